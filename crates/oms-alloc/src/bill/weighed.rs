//! What was weighed in a plan beside its money, by parts.

use serde::Serialize;

/// What was weighed beside money, in cents that nobody pays; below zero where it was a gain.
///
/// # Law
/// With the money of a bill, and what the first package of every order saves of `further_packages`, it is what the plan
/// comes to in the choice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Weighed {
    /// Days to the door.
    #[serde(skip_serializing_if = "is_zero")]
    pub days: i64,
    /// Packages, whichever of an order.
    #[serde(skip_serializing_if = "is_zero")]
    pub packages: i64,
    /// Days after an order is due.
    #[serde(skip_serializing_if = "is_zero")]
    pub lateness: i64,
    /// Packages of an order beyond its first.
    #[serde(skip_serializing_if = "is_zero")]
    pub further_packages: i64,
    /// CO2e.
    #[serde(skip_serializing_if = "is_zero")]
    pub carbon: i64,
    /// What units would have lost unsold.
    #[serde(skip_serializing_if = "is_zero")]
    pub markdown: i64,
    /// Units that stay unfilled, beyond what that costs: each as much as the heaviest package that could come to its order.
    #[serde(skip_serializing_if = "is_zero")]
    pub unfilled: i64,
    /// What rules of the overlay avoid and prefer.
    #[serde(skip_serializing_if = "is_zero")]
    pub rules: i64,
}

impl Weighed {
    /// Gives the parts with their names.
    ///
    /// # Example
    /// ```
    /// use oms_alloc::Weighed;
    ///
    /// let weighed = Weighed { carbon: 20, markdown: -5, ..Weighed::default() };
    /// let parts = weighed.parts().into_iter().filter(|(_, cents)| *cents != 0);
    /// assert_eq!(parts.collect::<Vec<_>>(), [("carbon", 20), ("markdown", -5)]);
    /// assert_eq!(weighed.sum(), 15);
    /// ```
    #[must_use]
    pub const fn parts(&self) -> [(&'static str, i64); 8] {
        [
            ("days", self.days),
            ("packages", self.packages),
            ("lateness", self.lateness),
            ("further packages", self.further_packages),
            ("carbon", self.carbon),
            ("markdown", self.markdown),
            ("unfilled", self.unfilled),
            ("rules", self.rules),
        ]
    }

    /// Gives all of it.
    #[must_use]
    pub fn sum(&self) -> i64 {
        self.parts().iter().fold(0, |sum, (_, cents)| sum.saturating_add(*cents))
    }

    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a number need not be told.
pub(crate) fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}
