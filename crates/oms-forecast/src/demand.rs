//! What kind of demand a history shows: how often it comes, and how much its sizes differ.
//!
//! # Source
//! Syntetos, Boylan and Croston, *On the categorization of demand patterns*, Journal of the Operational Research Society
//! 56, 2005: mean wait 1.32, squared coefficient of variation of sizes 0.49.

use crate::past::Past;

const WAIT: f64 = 1.32;
const VARIED: f64 = 0.49;

/// The four kinds of demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemandClass {
    /// Often, and of much the same size.
    Smooth,
    /// Often, of very different sizes.
    Erratic,
    /// Now and then, of much the same size; what never sold too.
    Intermittent,
    /// Now and then, of very different sizes.
    Lumpy,
}

impl DemandClass {
    /// The class of a history. Any value but zero is demand.
    ///
    /// # Example
    /// ```
    /// use oms_forecast::{DemandClass, Series};
    ///
    /// let part = Series::new("BOLT", 12, [0.0, 0.0, 2.0, 0.0, 0.0, 2.0].map(Some))?;
    /// assert_eq!(DemandClass::of(&part.past()), DemandClass::Intermittent);
    /// # Ok::<(), oms_forecast::SeriesError>(())
    /// ```
    #[must_use]
    pub fn of(past: &Past<'_>) -> Self {
        let (mut steps, mut times, mut sum, mut squares) = (0.0, 0.0, 0.0, 0.0);
        for y in past.known() {
            steps += 1.0;
            if y != 0.0 {
                (times, sum, squares) = (times + 1.0, sum + y, squares + y * y);
            }
        }
        if times == 0.0 {
            return Self::Intermittent;
        }
        let mean: f64 = sum / times;
        let varied = squares / times - mean * mean > VARIED * mean * mean;
        match (steps / times > WAIT, varied) {
            (false, false) => Self::Smooth,
            (false, true) => Self::Erratic,
            (true, false) => Self::Intermittent,
            (true, true) => Self::Lumpy,
        }
    }

    /// Whether demand comes now and then only.
    #[must_use]
    pub fn is_sparse(self) -> bool {
        matches!(self, Self::Intermittent | Self::Lumpy)
    }
}
