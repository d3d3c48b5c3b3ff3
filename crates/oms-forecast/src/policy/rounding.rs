//! From what is needed to what can be ordered: cases, minimum orders, room.

/// What a source sells at a time.
///
/// # Example
/// ```
/// use oms_forecast::policy::OrderRule;
///
/// let by_case = OrderRule { multiple: 12, minimum: 24, most: Some(100) };
/// assert_eq!(by_case.rounded(5.0).units, 24);
/// assert_eq!(by_case.rounded(25.0).units, 36);
/// assert_eq!(by_case.rounded(500.0).units, 96);
/// assert_eq!(by_case.rounded(0.0).units, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderRule {
    /// Units in a case; 0 counts as 1.
    pub multiple: u64,
    /// Units that an order has at least.
    pub minimum: u64,
    /// Units that an order has at most.
    pub most: Option<u64>,
}

impl Default for OrderRule {
    fn default() -> Self {
        Self { multiple: 1, minimum: 0, most: None }
    }
}

/// An order, and what made it so large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// Units to order.
    pub units: u64,
    /// Whole units that are needed.
    pub needed: u64,
    /// Units on top, up to the minimum.
    pub to_minimum: u64,
    /// Units on top of that, up to full cases.
    pub to_multiple: u64,
    /// Units left out, for no more may be ordered.
    pub above_most: u64,
}

impl OrderRule {
    /// The least order that covers a need; nothing where nothing is needed. A need that is no number is none.
    ///
    /// # Law
    /// `units + above_most = needed + to_minimum + to_multiple`, and units are a multiple.
    #[must_use]
    pub fn rounded(&self, need: f64) -> Rounded {
        // A hair above a whole unit is a rounding error of the forecast.
        let needed = (need - 1e-6).ceil().max(0.0) as u64;
        if needed == 0 {
            return Rounded { units: 0, needed, to_minimum: 0, to_multiple: 0, above_most: 0 };
        }
        let multiple = self.multiple.max(1);
        let enough = needed.max(self.minimum);
        let full =
            enough.checked_next_multiple_of(multiple).unwrap_or(u64::MAX / multiple * multiple);
        let units = full.min(self.most.map_or(full, |most| most / multiple * multiple));
        Rounded {
            units,
            needed,
            to_minimum: enough - needed,
            to_multiple: full.saturating_sub(enough),
            above_most: full - units,
        }
    }
}
