//! The seam: what a model must answer, so that one from outside is backtested and calibrated like ours.

use std::fmt::Debug;

use ndarray::Array2;

use crate::levels::Levels;
use crate::models::State;
use crate::past::Past;

/// A model has no answer for this history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotFitted {
    /// There is too little of it.
    #[error("the history has {found} steps, `{model}` needs {needed}")]
    TooShort {
        /// The model.
        model: String,
        /// Steps that it needs.
        needed: usize,
        /// Steps that there are.
        found: usize,
    },
    /// It has values that the model cannot take, such as zeros under a ratio.
    #[error("`{model}` has no answer for such values: {why}")]
    Unsuited {
        /// The model.
        model: String,
        /// What is in the way.
        why: String,
    },
}

/// A model of one series at a time.
///
/// # Law
/// The same past gives the same bits. A past that ends earlier is all that is known: a model reads nothing else.
///
/// # Example
/// ```
/// use oms_forecast::{Fitted, Forecaster, NotFitted, Past, Series};
///
/// /// Tomorrow is as today.
/// #[derive(Debug)]
/// struct AsToday;
/// #[derive(Debug)]
/// struct Today(f64);
///
/// impl Forecaster for AsToday {
///     fn name(&self) -> &str { "as_today" }
///     fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
///         Ok(Box::new(Today(past.values().last().copied().unwrap_or_default())))
///     }
/// }
/// impl Fitted for Today {
///     fn mean(&self, horizon: usize) -> Vec<f64> { vec![self.0; horizon] }
/// }
///
/// let series = Series::new("MILK", 1, [1.0, 4.0].map(Some))?;
/// let fitted = AsToday.fit(&series.past()).ok();
/// assert_eq!(fitted.map(|today| today.mean(2)), Some(vec![4.0, 4.0]));
/// # Ok::<(), oms_forecast::SeriesError>(())
/// ```
pub trait Forecaster: Debug + Send + Sync {
    /// Its name, in lower case.
    fn name(&self) -> &str;

    /// Whether it reads what is planned ahead. A model that does not is taken beside one that does only where it did
    /// clearly better: the past cannot tell what a plan without example will do.
    fn reads_plans(&self) -> bool {
        false
    }

    /// The same with the weights that it learns from this past, where looking for them is what a fit costs: a backtest
    /// then looks for them once, before its first origin, and not at each. `None` where a fit is cheap.
    fn with_weights(&self, _past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        None
    }

    /// Learns from a past.
    ///
    /// # Errors
    /// [`NotFitted`] where it has no answer; the choice then goes on without it.
    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted>;

    /// Learns at each of some origins, numbers of steps that are known, from low to high. A model may begin each search
    /// where the one before ended, so that a backtest costs little more than a fit.
    ///
    /// # Law
    /// What stands for an origin is learned from the steps before it alone.
    ///
    /// # Errors
    /// [`NotFitted`] where it has no answer at one of them.
    fn fit_each(
        &self,
        past: &Past<'_>,
        origins: &[usize],
    ) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
        origins.iter().map(|origin| self.fit(&past.first(*origin))).collect()
    }
}

impl Forecaster for Box<dyn Forecaster> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn reads_plans(&self) -> bool {
        (**self).reads_plans()
    }

    fn with_weights(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        (**self).with_weights(past)
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        (**self).fit(past)
    }

    fn fit_each(
        &self,
        past: &Past<'_>,
        origins: &[usize],
    ) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
        (**self).fit_each(past, origins)
    }
}

/// What a model has learned from one past.
pub trait Fitted: Debug {
    /// Expected demand of each of the next steps.
    ///
    /// # Shape
    /// `(horizon,)`
    fn mean(&self, horizon: usize) -> Vec<f64>;

    /// Quantiles of its own, where the model is a distribution; without them they come from its backtested errors.
    ///
    /// # Shape
    /// `(horizon, levels)`
    fn quantiles(&self, _horizon: usize, _levels: &Levels) -> Option<Array2<f64>> {
        None
    }

    /// Quantiles of the demand of the next steps together, where the model knows them in closed form.
    fn total(&self, _steps: usize, _levels: &Levels) -> Option<Vec<f64>> {
        None
    }

    /// What the mean of each step is made of. A model that does not know has it all in the level.
    ///
    /// # Law
    /// The parts of a step sum to its mean.
    ///
    /// # Shape
    /// `(horizon,)`
    fn parts(&self, horizon: usize) -> Vec<Parts> {
        self.mean(horizon).into_iter().map(Parts::level).collect()
    }

    /// What takes in the next value without looking back, where the model is a smoothing one.
    fn state(&self) -> Option<State> {
        None
    }
}

/// What one step's expected demand is made of, in units of demand.
///
/// # Law
/// The parts sum to the mean: what a factor brings stands here as the amount that it adds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Parts {
    /// What demand is at.
    pub level: f64,
    /// What it gains or loses from the last step on.
    pub trend: f64,
    /// What the place of the season adds.
    pub season: f64,
    /// What a planned promotion adds, and any column known beside demand whose name says nothing else.
    pub promotion: f64,
    /// What a planned price adds: a column with `price` in its name.
    pub price: f64,
    /// What the day of the calendar adds: closed days beside it, and columns named after a holiday, an event or opening.
    pub holiday: f64,
}

impl Parts {
    /// All of it in the level.
    #[must_use]
    pub fn level(level: f64) -> Self {
        Self { level, ..Self::default() }
    }

    /// The parts together.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.level + self.trend + self.season + self.promotion + self.price + self.holiday
    }

    /// A level, and a season as what each mean is beside it.
    pub(crate) fn around(level: f64, means: Vec<f64>) -> Vec<Self> {
        let part = |mean| Self { level, season: mean - level, ..Self::default() };
        means.into_iter().map(part).collect()
    }

    /// Adds a share of other parts.
    pub(crate) fn add(&mut self, other: &Self, weight: f64) {
        self.level += weight * other.level;
        self.trend += weight * other.trend;
        self.season += weight * other.season;
        self.promotion += weight * other.promotion;
        self.price += weight * other.price;
        self.holiday += weight * other.holiday;
    }
}
