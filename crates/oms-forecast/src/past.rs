//! The part of a history that a model may know.

use chrono::NaiveDate;

use crate::launch::before_launch;
use crate::series::Series;

/// Season and frequency: series that have both in common can learn together.
pub(crate) type Key = (usize, String);

/// A stretch of a [`Series`], and what is known beside it, also of the steps after it.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    series: &'a Series,
    /// Where the stretch begins in the series.
    from: usize,
    values: &'a [f64],
    seen: &'a [bool],
    season: usize,
}

impl<'a> Past<'a> {
    /// All of it.
    pub(crate) fn new(series: &'a Series) -> Self {
        let (values, seen, season) = (series.values(), series.seen(), series.season());
        Self { series, from: 0, values, seen, season }
    }

    /// The id of its series.
    #[must_use]
    pub fn id(&self) -> &'a str {
        self.series.id()
    }

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

    /// What is known beside demand, by name: from the first step of this past on, over its end as far as it is planned.
    pub fn regressors(&self) -> impl Iterator<Item = (&'a str, &'a [f32])> + 'a {
        let from = self.from;
        self.series.regressors().into_iter().flat_map(move |all| {
            let columns = all.names().iter().enumerate();
            columns.map(move |(at, name)| {
                (name.as_str(), all.column(at).get(from..).unwrap_or_default())
            })
        })
    }

    /// One of the [`regressors`](Self::regressors).
    #[must_use]
    pub fn regressor(&self, name: &str) -> Option<&'a [f32]> {
        self.regressors().find(|(its, _)| *its == name).map(|(_, column)| column)
    }

    /// Whether steps are closed: from the first of this past on, over its end as far as it is planned; steps that are not
    /// there are open.
    #[must_use]
    pub fn closed(&self) -> &'a [bool] {
        self.series.closed().get(self.from..).unwrap_or_default()
    }

    /// The place of a step in a plan of so many steps: beyond the end of the plan, a season or more before. `None` where
    /// nothing is planned.
    pub(crate) fn planned(&self, step: usize, steps: usize) -> Option<usize> {
        let season = self.season.min(steps).max(1);
        let over = (step + 1).saturating_sub(steps);
        (steps > 0).then(|| step - over.div_ceil(season) * season)
    }

    /// Whether a step of this past, or ahead of it, is closed; beyond what is planned, as a season before.
    #[must_use]
    pub fn is_closed(&self, step: usize) -> bool {
        let closed = self.closed();
        self.planned(step, closed.len()).is_some_and(|step| closed[step])
    }

    /// What never changes: brand, category, store.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.series.attributes()
    }

    /// The day of its first step, if days are its steps and the day is known.
    #[must_use]
    pub fn first_day(&self) -> Option<NaiveDate> {
        let days = u64::try_from(self.series.skipped() + self.from).ok()?;
        let first = self.series.first().filter(|_| self.series.freq() == "D")?;
        first.checked_add_days(chrono::Days::new(days))
    }

    /// A step of this past counted from the first step that the series was given.
    pub(crate) fn counted(&self, step: usize) -> usize {
        self.series.skipped() + self.from + step
    }

    /// The name of its step, as [`Series::freq`].
    #[must_use]
    pub fn freq(&self) -> &'a str {
        self.series.freq()
    }

    pub(crate) fn key(&self) -> Key {
        (self.season, self.freq().to_owned())
    }

    /// The first `len` steps; all where there are fewer.
    #[must_use]
    pub fn first(&self, len: usize) -> Past<'a> {
        let len = len.min(self.values.len());
        Past { values: &self.values[..len], seen: &self.seen[..len], ..*self }
    }

    /// The last `len` steps; all where there are fewer.
    #[must_use]
    pub fn last(&self, len: usize) -> Past<'a> {
        let gone = self.values.len().saturating_sub(len);
        let (values, seen) = (&self.values[gone..], &self.seen[gone..]);
        Past { values, seen, from: self.from + gone, ..*self }
    }

    /// The same without zeros from before its launch, by what this past knows: see [`Series::launched`].
    #[must_use]
    pub fn launched(&self) -> Past<'a> {
        self.last(self.values.len() - self.before_launch())
    }

    /// Steps at its beginning that are before the launch.
    pub(crate) fn before_launch(&self) -> usize {
        if self.series.launch_known() {
            return 0;
        }
        let steps = self.values.iter().zip(self.seen);
        before_launch(steps.map(|(y, seen)| if *seen { *y } else { f64::NAN }))
    }

    /// The same steps with other values, as a model sees them that takes a season out first.
    #[must_use]
    pub fn with_values<'b>(&self, values: &'b [f64], season: usize) -> Past<'b>
    where
        'a: 'b,
    {
        let len = values.len().min(self.seen.len());
        Past { values: &values[..len], seen: &self.seen[..len], season, ..*self }
    }
}
