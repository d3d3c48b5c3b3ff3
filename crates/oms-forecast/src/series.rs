//! One demand history: what was seen, what was not, and how long its season is.
//!
//! Missing is not zero: a closed day or a week nobody measured is `None`, and no model counts it as demand. Where a
//! recursion needs a value at a missing step it takes the one a season before, or the last one; what is taken so is
//! never scored and never enters a distribution.
//!
//! # Units
//! Values are units of demand per period, in the order of time; a season is a number of periods, 1 for none.

/// Values that one series may have: 10 million.
pub const MOST_VALUES: usize = 10_000_000;
/// The size of a value, whatever its sign; its square must stay far from infinity.
pub const MOST_SIZE: f64 = 1e50;

/// Why there can be no series of these values.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SeriesError {
    /// Nothing was seen.
    #[error("series `{id}` has no value; give it one at least, or leave it out")]
    Empty {
        /// The series.
        id: String,
    },
    /// A value is infinite, not a number, or beyond [`MOST_SIZE`].
    #[error(
        "series `{id}` has `{value}` as value {at}; give a number, or nothing where it is not known"
    )]
    NotANumber {
        /// The series.
        id: String,
        /// Which of its values, from 1 on.
        at: usize,
        /// What was found.
        value: f64,
    },
    /// More than [`MOST_VALUES`].
    #[error("series `{id}` has more than {MOST_VALUES} values; give the last ones only")]
    TooLong {
        /// The series.
        id: String,
    },
}

/// A history that can be forecast: at least one value was seen, and all that were seen are numbers.
///
/// # Example
/// ```
/// use oms_forecast::Series;
///
/// let milk = Series::new("MILK", 7, [Some(3.0), None, Some(5.0)])?;
/// assert_eq!((milk.values(), milk.seen()), (&[3.0, 3.0, 5.0][..], &[true, false, true][..]));
/// assert!(Series::new("MILK", 7, [Some(f64::NAN)]).is_err());
/// # Ok::<(), oms_forecast::SeriesError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    id: String,
    freq: String,
    season: usize,
    values: Vec<f64>,
    seen: Vec<bool>,
}

impl Series {
    /// A series of what was seen, oldest first; `None` is a step at which nothing is known. Steps before the first
    /// value are left out. A season of 0 is taken as 1: none.
    ///
    /// # Errors
    /// [`SeriesError`] names the series and what to do.
    pub fn new(
        id: impl Into<String>,
        season: usize,
        observed: impl IntoIterator<Item = Option<f64>>,
    ) -> Result<Self, SeriesError> {
        let (id, season) = (id.into(), season.max(1));
        let (mut values, mut seen) = (Vec::new(), Vec::new());
        for (at, value) in observed.into_iter().enumerate() {
            if at == MOST_VALUES {
                return Err(SeriesError::TooLong { id });
            }
            match value {
                Some(value) if value.is_nan() || value.abs() > MOST_SIZE => {
                    return Err(SeriesError::NotANumber { id, at: at + 1, value });
                }
                Some(value) => {
                    values.push(value);
                    seen.push(true);
                }
                None if values.is_empty() => {}
                None => {
                    let before = values.len().checked_sub(season).unwrap_or(values.len() - 1);
                    values.push(values[before]);
                    seen.push(false);
                }
            }
        }
        if values.is_empty() {
            return Err(SeriesError::Empty { id });
        }
        // A hundred thousand series wait in memory for their turn: none keeps room that it does not need.
        values.shrink_to_fit();
        seen.shrink_to_fit();
        Ok(Self { id, freq: String::new(), season, values, seen })
    }

    /// The same with a name of its frequency, kept as it was given and never read.
    #[must_use]
    pub fn with_freq(mut self, freq: impl Into<String>) -> Self {
        self.freq = freq.into();
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its frequency as it was given; empty where nobody said.
    #[must_use]
    pub fn freq(&self) -> &str {
        &self.freq
    }

    /// Periods in a season, 1 for none. A hint: models test whether it is there.
    #[must_use]
    pub fn season(&self) -> usize {
        self.season
    }

    /// Every step's value; where nothing was seen, what stands in.
    ///
    /// # Shape
    /// As [`seen`](Self::seen): one for each step from the first value on.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Whether a step's value was seen.
    #[must_use]
    pub fn seen(&self) -> &[bool] {
        &self.seen
    }

    /// What was seen, as models get it.
    #[must_use]
    pub fn past(&self) -> Past<'_> {
        Past { values: &self.values, seen: &self.seen, season: self.season }
    }
}

/// The part of a history that a model may know.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    values: &'a [f64],
    seen: &'a [bool],
    season: usize,
}

impl<'a> Past<'a> {
    /// Every step's value, what stands in for missing ones too; never empty.
    #[must_use]
    pub fn values(&self) -> &'a [f64] {
        self.values
    }

    /// Whether a step's value was seen.
    #[must_use]
    pub fn seen(&self) -> &'a [bool] {
        self.seen
    }

    /// Periods in a season, 1 for none.
    #[must_use]
    pub fn season(&self) -> usize {
        self.season
    }

    /// The values that were seen.
    pub fn known(&self) -> impl Iterator<Item = f64> + 'a {
        self.values.iter().zip(self.seen).filter(|(_, seen)| **seen).map(|(value, _)| *value)
    }

    /// The first `len` steps; all where there are fewer.
    #[must_use]
    pub fn first(&self, len: usize) -> Past<'a> {
        let len = len.min(self.values.len());
        Past { values: &self.values[..len], seen: &self.seen[..len], season: self.season }
    }

    /// The last `len` steps; all where there are fewer.
    #[must_use]
    pub fn last(&self, len: usize) -> Past<'a> {
        let from = self.values.len().saturating_sub(len);
        Past { values: &self.values[from..], seen: &self.seen[from..], season: self.season }
    }

    /// The same steps with other values, as a model sees them that takes a season out first.
    #[must_use]
    pub fn with_values<'b>(&self, values: &'b [f64], season: usize) -> Past<'b>
    where
        'a: 'b,
    {
        let len = values.len().min(self.seen.len());
        Past { values: &values[..len], seen: &self.seen[..len], season }
    }
}
