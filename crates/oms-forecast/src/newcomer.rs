//! What is hardly known yet: a series without a past, or with a few steps of one, wants what those like it wanted.
//!
//! 1. *Elders* are series of the panel with a past of their own. An attribute counts for as much as it explains of their
//!    levels; those that have most of it in common with a newcomer are the ones that it is like.
//! 2. What sold in the steps after a launch, beside what sold later, makes a profile by age, learned from the elders whose
//!    launch was seen.
//! 3. What the value of an attribute is worth is learned from all elders: a SKU sells twice as much as others, a store half as
//!    much. Each of those that it is like has the level that it would have with the newcomer's values. The newcomer's level is
//!    what it sold over what was expected at its age, drawn to their mean: the less the more steps there are, the less steps
//!    differ and the more elders do.
//! 4. The distribution is that of the steps of the elders, each in units of its own level, at levels as different as is still
//!    believed.
//!
//! # Source
//! Credibility of a short experience beside that of a collective: Bühlmann, *Experience rating and credibility*, ASTIN
//! Bulletin 4, 1967.

mod elders;
mod worth;

pub(crate) use elders::{Elders, is_young};

use crate::choose::{Forecast, MOST_STEPS, NoForecast};
use crate::history::ToForecast;
use crate::levels::Levels;
use crate::past::Past;
use crate::series::{Series, SeriesError};

/// A series without any value, and how far ahead it is wanted: a product that is about to be launched.
///
/// # Example
/// ```
/// use oms_forecast::{History, Levels, Model, Panel, forecast_newcomer};
///
/// let old = |id: usize| {
///     let y = (0..60).map(|day| (4 + (day * 5 + id) % 4).to_string()).collect::<Vec<_>>();
///     format!("{id},2,7,{}\n", y.join(" "))
/// };
/// let rows: String = (0..9).map(old).collect();
/// let history = History::read(format!("unique_id,h,season,y\n{rows}NEW,2,7,\n").as_bytes(), None)?;
/// let pasts: Vec<_> = history.wanted.iter().map(|wanted| wanted.series.past()).collect();
/// let panel = Panel::of_pasts(pasts.iter().copied()).welcoming(&pasts);
/// let next = forecast_newcomer(&panel, &history.newcomers[0], &Levels::new(&[0.5])?)?;
/// assert!(next.is_some_and(|next| (next.mean[1] - 5.5).abs() < 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Newcomer(
    /// One step that nobody saw, and what is planned after it.
    pub(crate) ToForecast,
);

impl Newcomer {
    /// One that is not of a file, of this season and [frequency](Series::with_freq); of the step before its launch and those
    /// ahead it is told which are closed.
    ///
    /// # Errors
    /// [`SeriesError`] where no series may be like that.
    ///
    /// # Example
    /// ```
    /// use oms_forecast::Newcomer;
    ///
    /// let tea = Newcomer::new("TEA", (7, "D"), vec![false, false, true], 14)?;
    /// let tea = tea.with(|tea| Ok(tea.with_attributes(["kind".to_owned()].into(), vec!["store".to_owned()])))?;
    /// assert_eq!((tea.id(), tea.past().known().count()), ("TEA", 0));
    /// # Ok::<(), oms_forecast::SeriesError>(())
    /// ```
    pub fn new(
        id: impl Into<String>,
        (season, freq): (usize, &str),
        closed: Vec<bool>,
        horizon: usize,
    ) -> Result<Self, SeriesError> {
        let series = Series::before_launch(id.into(), (season, freq), closed)?;
        Ok(Self(ToForecast { series, horizon }))
    }

    /// The same with what is known beside it, from the step before its launch on: its day, columns, attributes.
    ///
    /// # Errors
    /// That of what is given.
    pub fn with(
        self,
        give: impl FnOnce(Series) -> Result<Series, SeriesError>,
    ) -> Result<Self, SeriesError> {
        Ok(Self(ToForecast { series: give(self.0.series)?, ..self.0 }))
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.series.id()
    }

    /// What stands for its past: one step that nobody saw.
    #[must_use]
    pub fn past(&self) -> Past<'_> {
        self.0.series.past()
    }

    /// Steps ahead; the first is its launch.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.0.horizon
    }
}

/// Forecasts a series that has no value yet by those of the panel that it is like, from its launch on. `None` where the panel
/// was not asked to [welcome](crate::Panel::welcoming) any, or has fewer than five series of its season and frequency with a past.
///
/// # Law
/// As [`forecast_in`](crate::forecast_in).
///
/// # Errors
/// [`NoForecast`] for a horizon of nothing, or of more than [`MOST_STEPS`].
///
/// # Cost
/// Looks at up to 2,000 series, and at up to 140 steps of 40 of them.
pub fn forecast_newcomer(
    panel: &crate::Panel,
    newcomer: &Newcomer,
    levels: &Levels,
) -> Result<Option<Forecast>, NoForecast> {
    let (past, horizon) = (newcomer.0.series.past(), newcomer.0.horizon);
    if !(1..=MOST_STEPS).contains(&horizon) {
        return Err(NoForecast::Horizon { id: past.id().to_owned(), steps: horizon });
    }
    Ok(panel
        .elders_of_young(&past)
        .and_then(|elders| elders.forecast(panel, &past, horizon, levels)))
}
