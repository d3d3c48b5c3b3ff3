//! One demand history: what was seen, what was not, and how long its season is.
//!
//! Missing is not zero: a closed day or a week nobody measured is `None`, and no model counts it as demand. Where a
//! recursion needs a value at a missing step it takes the one a season before, or the last one; what is taken so is
//! never scored and never enters a distribution.
//!
//! A closed step is missing too, and nothing is wanted at it, now and ahead. What is known beside demand (promotions,
//! prices, holidays) runs along, past and planned.
//!
//! # Units
//! Values are units of demand per period, in the order of time; a season is a number of periods, 1 for none.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::censored::recovered;
use crate::past::Past;
use crate::regressors::{MOST_REGRESSOR, MOST_REGRESSORS, Regressors};

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
    /// A regressor is infinite, not a number, or beyond [`MOST_REGRESSOR`].
    #[error(
        "series `{id}` has `{value}` as value {at} of `{name}`; give a number up to {MOST_REGRESSOR:e}"
    )]
    Regressor {
        /// The series.
        id: String,
        /// The column.
        name: String,
        /// Which of its values, from 1 on.
        at: usize,
        /// What was found.
        value: f64,
    },
    /// More than [`MOST_REGRESSORS`], or not one column for each name.
    #[error(
        "series `{id}` has {found} columns of regressors; give one for each name, {MOST_REGRESSORS} at most"
    )]
    Columns {
        /// The series.
        id: String,
        /// How many there are.
        found: usize,
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
    /// Steps before the first value, which were left out.
    skipped: usize,
    /// Over the past and ahead; empty where it is never closed.
    closed: Vec<bool>,
    regressors: Option<Regressors>,
    attributes: Option<(Arc<[String]>, Vec<String>)>,
    first: Option<NaiveDate>,
    /// Whether somebody said when it was launched.
    launch_known: bool,
}

impl Series {
    /// A series of what was seen, oldest first; `None` is a step at which nothing is known. Steps before the first
    /// value are left out. A season of 0, or of more steps than a series may
    /// have, is taken as 1: none.
    ///
    /// # Errors
    /// [`SeriesError`] names the series and what to do.
    pub fn new(
        id: impl Into<String>,
        season: usize,
        observed: impl IntoIterator<Item = Option<f64>>,
    ) -> Result<Self, SeriesError> {
        let id = id.into();
        let season = if season > MOST_VALUES { 1 } else { season.max(1) };
        let observed = observed.into_iter();
        let room = observed.size_hint().0.min(MOST_VALUES);
        let (mut values, mut seen) = (Vec::with_capacity(room), Vec::with_capacity(room));
        let mut skipped = 0;
        for (at, value) in observed.enumerate() {
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
                None if values.is_empty() => skipped += 1,
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
        Ok(Self {
            id,
            freq: String::new(),
            season,
            values,
            seen,
            skipped,
            closed: Vec::new(),
            regressors: None,
            attributes: None,
            first: None,
            launch_known: false,
        })
    }

    /// A series that has no value yet: one step that nobody saw stands before its launch. What is closed and what else is
    /// planned begins with that step.
    pub(crate) fn before_launch(
        id: String,
        (season, freq): (usize, &str),
        closed: Vec<bool>,
    ) -> Result<Self, SeriesError> {
        let series = Self::new(id, season, [Some(0.0)])?.with_freq(freq);
        Ok(Self { seen: vec![false], closed, launch_known: true, ..series })
    }

    /// The same with what is known beside demand: a column for each name, which begins with the first step that
    /// [`new`](Self::new) was given and runs over the past and as far ahead as it is planned. A figure that is not
    /// there is 0 in a column of flags, else as the last one was. Beyond its end a column goes on as a season ago.
    ///
    /// # Errors
    /// [`SeriesError::Columns`] and [`SeriesError::Regressor`].
    ///
    /// # Example
    /// ```
    /// use oms_forecast::Series;
    ///
    /// let milk = Series::new("MILK", 7, [3.0, 9.0].map(Some))?
    ///     .with_regressors(["promo".to_owned()].into(), &[vec![None, Some(1.0), Some(0.0)]])?;
    /// // The third step is one ahead.
    /// assert_eq!(milk.past().regressor("promo"), Some(&[0.0, 1.0, 0.0][..]));
    /// # Ok::<(), oms_forecast::SeriesError>(())
    /// ```
    pub fn with_regressors(
        self,
        names: Arc<[String]>,
        columns: &[Vec<Option<f64>>],
    ) -> Result<Self, SeriesError> {
        let regressors = Regressors::new(&self.id, names, columns)?.from(self.skipped);
        Ok(Self { regressors: Some(regressors), ..self })
    }

    /// The same with steps at which it was, or will be, closed, from the first step that [`new`](Self::new) was given
    /// on. A closed step without demand is not seen; a closed step ahead has a forecast of nothing.
    ///
    /// # Errors
    /// [`SeriesError::Empty`] where nothing was ever seen at an open step.
    ///
    /// # Example
    /// ```
    /// use oms_forecast::{Levels, Model, Series, forecast};
    ///
    /// let shop = Series::new("SHOP", 1, [5.0, 0.0, 6.0].map(Some))?
    ///     .with_closed(&[false, true, false, true, false])?;
    /// assert_eq!(shop.seen(), [true, false, true]);
    /// let next = forecast(&shop, 2, &Levels::default(), Model::Auto);
    /// assert_eq!(next.map(|next| (next.mean[0], next.mean[1] > 5.0)), Ok((0.0, true)));
    /// # Ok::<(), oms_forecast::SeriesError>(())
    /// ```
    pub fn with_closed(self, closed: &[bool]) -> Result<Self, SeriesError> {
        let closed = closed.get(self.skipped..).unwrap_or_default().to_vec();
        let series = Self { closed: closed.clone(), ..self };
        series.unseen(|step, y| y == 0.0 && closed.get(step).copied().unwrap_or_default())
    }

    /// The same with the share of each step during which the goods were there, from the first step that
    /// [`new`](Self::new) was given on; 1 beyond its end. What was sold while they were not there all the time is the least
    /// that was wanted: such a step gets a value from the distribution of demand above it. Where they were never there,
    /// nothing is known.
    ///
    /// # Law
    /// No demand is less than what was sold, and none is zero because the shelf was empty.
    ///
    /// # Errors
    /// [`SeriesError::Empty`] where the goods were never there.
    ///
    /// # Example
    /// ```
    /// use oms_forecast::Series;
    ///
    /// let sold = [6.0, 4.0, 5.0, 2.0, 6.0, 0.0, 5.0].map(Some);
    /// let milk = Series::new("MILK", 1, sold)?.with_available(&[1.0, 1.0, 1.0, 0.4, 1.0, 0.0])?;
    /// assert!(milk.values()[3] > 2.0 && milk.seen()[3]);
    /// assert!(!milk.seen()[5]);
    /// # Ok::<(), oms_forecast::SeriesError>(())
    /// ```
    pub fn with_available(self, shares: &[f64]) -> Result<Self, SeriesError> {
        let share = |step: usize| shares.get(self.skipped + step).copied().unwrap_or(1.0);
        let steps = self.values.iter().zip(&self.seen).enumerate();
        let sold = steps.map(|(step, (y, seen))| {
            let told = *seen && !(share(step) <= 0.0 && *y <= 0.0);
            if told { *y } else { f64::NAN }
        });
        let sold: Vec<f64> = sold.collect();
        let bounded: Vec<bool> = (0..sold.len()).map(|step| share(step) < 1.0).collect();
        let demand = recovered(&sold, &bounded, self.season);
        let mut series = self.unseen(|step, _| sold[step].is_nan())?;
        let gone = demand.len() - series.values.len();
        let known = series.values.iter_mut().zip(&series.seen).zip(&demand[gone..]);
        for ((value, seen), demand) in known {
            *value = if *seen { demand.min(MOST_SIZE) } else { *value };
        }
        Ok(series)
    }

    /// The same with its launch: steps before it, counted from the first that [`new`](Self::new) was given, are not seen,
    /// whatever they had. Zeros from it on are demand of zero, as many as they are.
    ///
    /// # Errors
    /// [`SeriesError::Empty`] where nothing was seen since.
    ///
    /// # Example
    /// ```
    /// use oms_forecast::Series;
    ///
    /// let milk = Series::new("MILK", 1, [0.0, 0.0, 0.0, 5.0, 4.0].map(Some))?.with_launch(2)?;
    /// assert_eq!(milk.values(), [0.0, 5.0, 4.0]);
    /// # Ok::<(), oms_forecast::SeriesError>(())
    /// ```
    pub fn with_launch(self, step: usize) -> Result<Self, SeriesError> {
        let before = step.saturating_sub(self.skipped);
        Ok(Self { launch_known: true, ..self.unseen(|step, _| step < before)? })
    }

    /// The same without zeros from before its launch, where nobody said when that was: zeros before the first demand that are
    /// more than any wait since and that the demand since would hardly ever have left. What sells now and then keeps those
    /// that its own waits explain, and a series without demand, or with hardly any, keeps all.
    ///
    /// # Example
    /// ```
    /// use oms_forecast::Series;
    ///
    /// let zeros = [0.0; 30].into_iter();
    /// let new = Series::new("NEW", 7, zeros.clone().chain([3.0, 0.0, 2.0, 4.0]).map(Some))?;
    /// assert_eq!(new.launched().values(), [3.0, 0.0, 2.0, 4.0]);
    /// // One sale says nothing of how long a wait is.
    /// let slow = Series::new("SLOW", 7, zeros.chain([1.0]).map(Some))?;
    /// assert_eq!(slow.launched().values().len(), 31);
    /// # Ok::<(), oms_forecast::SeriesError>(())
    /// ```
    #[must_use]
    pub fn launched(self) -> Self {
        let before = self.past().before_launch();
        if before == 0 {
            return self;
        }
        // What was demanded first is left.
        self.clone().unseen(|step, _| step < before).unwrap_or(self)
    }

    /// The same with these steps not seen.
    fn unseen(self, hides: impl Fn(usize, f64) -> bool) -> Result<Self, SeriesError> {
        let steps = self.values.iter().zip(&self.seen).enumerate();
        let left = steps.map(|(step, (y, seen))| (*seen && !hides(step, *y)).then_some(*y));
        let mut left = Self::new(self.id, self.season, left)?;
        left.closed = self.closed.get(left.skipped..).unwrap_or_default().to_vec();
        left.regressors = self.regressors.map(|regressors| regressors.from(left.skipped));
        left.skipped += self.skipped;
        Ok(Self {
            freq: self.freq,
            attributes: self.attributes,
            first: self.first,
            launch_known: self.launch_known,
            ..left
        })
    }

    /// The same with what does not change over time, a value for each name: brand, category, store.
    #[must_use]
    pub fn with_attributes(self, names: Arc<[String]>, values: Vec<String>) -> Self {
        Self { attributes: Some((names, values)), ..self }
    }

    /// The same with the day of the first step that [`new`](Self::new) was given.
    #[must_use]
    pub fn with_first(self, day: NaiveDate) -> Self {
        Self { first: Some(day), ..self }
    }

    /// What does not change over time, by name.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.attributes.iter().flat_map(|(names, values)| names.iter().zip(values));
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same with a name of its frequency, kept as it was given. Of `H`, `D`, `W`, `M` and `Q` further seasons are known;
    /// `D`, `W` and `M` are known to holidays and the calendar too.
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
        Past::new(self)
    }

    /// Steps before the first value, which were left out.
    pub(crate) fn skipped(&self) -> usize {
        self.skipped
    }

    /// Whether a step is closed, from the first value on, past and ahead.
    pub(crate) fn closed(&self) -> &[bool] {
        &self.closed
    }

    /// Gives it these columns after the first so many of its own; names are for all.
    pub(crate) fn add_regressors(
        &mut self,
        names: &Arc<[String]>,
        kept: usize,
        more: Vec<(Arc<[f32]>, usize)>,
    ) -> Result<(), SeriesError> {
        let before = self.regressors.take();
        self.regressors = Some(Regressors::joined(&self.id, before, names.clone(), kept, more)?);
        Ok(())
    }

    pub(crate) fn launch_known(&self) -> bool {
        self.launch_known
    }

    pub(crate) fn regressors(&self) -> Option<&Regressors> {
        self.regressors.as_ref()
    }

    /// The day of the first step that was given, also if it was left out.
    pub(crate) fn first(&self) -> Option<NaiveDate> {
        self.first
    }
}
