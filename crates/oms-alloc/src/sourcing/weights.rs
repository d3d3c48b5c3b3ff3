//! What counts besides money.

/// What counts besides money: how a retailer weighs days, packages, lateness, markdown and CO2e, in minor units of the
/// currency.
///
/// Weights choose and are never paid: costs are told in true money, and what was weighed beside them
/// ([`Bill::weighed`](crate::Bill::weighed)). They choose how units are shipped, not whether: in a snapshot, filled units
/// come before everything. An instance tells what an unfilled unit costs, and a unit that is too dear in money may stay
/// unfilled there; to this adds the heaviest package that could come to the order, so that none does for its weight alone.
///
/// # Law
/// No order of the best plan could have one more unit of what is left, beside all that it has, for less money than
/// leaving it costs.
///
/// In a snapshot they choose nodes: a package from a node goes by the cheapest lane that arrives in time, and what the
/// core's rules still fill after a wave goes by cost alone.
///
/// A snapshot knows no lateness, CO2e or markdown, so that these weigh nothing there. Neither do the facts that an
/// instance leaves out.
///
/// # Example
/// ```
/// use oms_alloc::Weights;
///
/// let fast = Weights { day_minor: 10_000, ..Weights::NONE };
/// assert_ne!(fast, Weights::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weights {
    /// What a day to the door weighs, for each package.
    pub day_minor: u32,
    /// What a package weighs beyond its cost.
    pub package_minor: u32,
    /// What a day after an order is due weighs, for each package.
    pub late_day_minor: u32,
    /// What a package of an order beyond its first weighs. In a snapshot, whose orders may have packages already, the
    /// first one of it counts too.
    pub further_package_minor: u32,
    /// What a kilogram of CO2e weighs.
    pub carbon_minor_per_kg: u32,
    /// How much of what a unit would lose unsold counts as a gain of taking it, in percent.
    pub markdown_percent: u32,
}

impl Weights {
    /// Money alone.
    pub const NONE: Self = Self {
        day_minor: 0,
        package_minor: 0,
        late_day_minor: 0,
        further_package_minor: 0,
        carbon_minor_per_kg: 0,
        markdown_percent: 0,
    };

    /// What a package of so many days and grams of CO2e weighs beyond its cost, if it is not a further one.
    pub(crate) fn package(self, days: i64, due: Option<i64>, grams: u32) -> i64 {
        let late = due.map_or(0, |due| days.saturating_sub(due).max(0));
        let carbon = i64::from(grams).saturating_mul(i64::from(self.carbon_minor_per_kg));
        days.saturating_mul(i64::from(self.day_minor))
            .saturating_add(i64::from(self.package_minor))
            .saturating_add(late.saturating_mul(i64::from(self.late_day_minor)))
            .saturating_add(carbon.saturating_add(500) / 1_000)
    }

    /// What a package of a snapshot weighs beyond its cost.
    pub(crate) fn of_snapshot(self, days: i64) -> i64 {
        self.package(days, None, 0).saturating_add(i64::from(self.further_package_minor))
    }

    /// What a unit weighs less that would lose so much unsold.
    pub(crate) fn unit(self, markdown: i64) -> i64 {
        markdown.saturating_mul(i64::from(self.markdown_percent)).saturating_add(50) / 100
    }
}
