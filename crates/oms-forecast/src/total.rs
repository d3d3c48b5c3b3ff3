//! Demand of several steps together: what an order must last for.
//!
//! Quantiles of a sum are no sums of quantiles. They come from how far off the sums of the past were, each forecast from
//! the level that was known before it, over as many steps; and, where a panel has one, from [a model of sums of all its
//! series](crate::TotalModel). Of a past that has hardly begun they come from those that it is like too, the less the more is
//! known, where a panel [welcomes](crate::Panel::welcoming) such.

use std::io::Write;

use crate::choose::{MOST_PAST, MOST_STEPS, NoForecast};
use crate::forecaster::Fitted;
use crate::levels::Levels;
use crate::models::{Sample, Scaled};
use crate::panel::Panel;
use crate::past::Past;

/// Passes over a series.
const PASSES: usize = 4;

/// Quantiles of the demand of the next `steps` steps together, from low to high, one for each level.
///
/// # Law
/// Every figure is a number, none is below zero where the past never was, and nothing after the past is read but what is
/// planned.
///
/// # Errors
/// [`NoForecast`] for no steps, or for more than [`MOST_STEPS`].
///
/// # Cost
/// One fit: the errors of all origins come with it.
///
/// # Example
/// ```
/// use oms_forecast::{Levels, Panel, Series, total_in};
///
/// let milk = Series::new("MILK", 7, (0..70).map(|day| Some(f64::from(4 + day % 3))))?;
/// let week = total_in(&Panel::default(), &milk.past(), 7, &Levels::new(&[0.5, 0.95])?)?;
/// assert!((week[0] - 35.0).abs() < 2.0 && week[1] >= week[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn total_in(
    panel: &Panel,
    past: &Past<'_>,
    steps: usize,
    levels: &Levels,
) -> Result<Vec<f64>, NoForecast> {
    let all = totals_in(panel, past, &[steps], levels)?;
    Ok(all.into_iter().flatten().collect())
}

/// [`total_in`] for several numbers of steps, in their order.
///
/// # Errors
/// As [`total_in`], for the first of them that is refused.
///
/// # Cost
/// One fit for all.
///
/// # Example
/// ```
/// use oms_forecast::{Levels, Panel, Series, totals_in};
///
/// let milk = Series::new("MILK", 7, (0..70).map(|day| Some(f64::from(4 + day % 3))))?;
/// let found = totals_in(&Panel::default(), &milk.past(), &[7, 14], &Levels::new(&[0.5])?)?;
/// assert!((found[1][0] - 2.0 * found[0][0]).abs() < 2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn totals_in(
    panel: &Panel,
    past: &Past<'_>,
    each: &[usize],
    levels: &Levels,
) -> Result<Vec<Vec<f64>>, NoForecast> {
    if let Some(steps) = each.iter().copied().find(|steps| !(1..=MOST_STEPS).contains(steps)) {
        return Err(NoForecast::Horizon { id: past.id().to_owned(), steps });
    }
    let longest = each.iter().max().copied().unwrap_or_default();
    let stretches = Stretches::of(panel, past, longest);
    let elders = panel.elders_of(past);
    let total = |steps: &usize| {
        let own = stretches.quantiles(panel, *steps, levels);
        let both = elders.and_then(|elders| elders.total(panel, past, (*steps, levels), &own));
        both.unwrap_or(own)
    };
    Ok(each.iter().map(total).collect())
}

/// A past, ready to tell what several of its steps come to.
pub(crate) struct Stretches<'a> {
    pub(crate) past: Past<'a>,
    scaled: Option<Scaled>,
}

impl<'a> Stretches<'a> {
    /// Of a past of a panel, up to so many steps ahead.
    pub(crate) fn of(panel: &Panel, past: &Past<'a>, longest: usize) -> Self {
        let past = past.last(MOST_PAST);
        let n = past.values().len();
        let effects = panel.effects(&past);
        let scaled = Scaled::of(&past, &effects.design, n + longest).and_then(|mut scaled| {
            scaled.closes(&past);
            if !effects.design.is_empty() {
                scaled.settle(&effects, PASSES)?;
            }
            Some(scaled)
        });
        Self { past, scaled }
    }

    /// How many of the next steps are open.
    pub(crate) fn open(&self, steps: usize) -> usize {
        let n = self.past.values().len();
        (n..n + steps).filter(|step| !self.past.is_closed(*step)).count()
    }

    /// What was expected, at each step of the past, of those of the next steps that were seen.
    pub(crate) fn expectations(&self, steps: usize) -> Vec<Option<f64>> {
        self.scaled.as_ref().map(|scaled| scaled.expectations(steps)).unwrap_or_default()
    }

    /// What the next steps are expected to come to, and quantiles of that, by the series' own past.
    pub(crate) fn own(&self, steps: usize, levels: &Levels) -> (Option<f64>, Vec<f64>) {
        let left = self.scaled.as_ref().and_then(|scaled| scaled.totals(steps));
        let expected = left.as_ref().map(|left| left.mean(1).into_iter().sum::<f64>());
        let expected = expected.filter(|expected| expected.is_finite());
        let quantiles = left.and_then(|left| left.quantiles(1, levels));
        let found = quantiles.map(|quantiles| quantiles.row(0).to_vec());
        let sound = found.filter(|found| found.iter().all(|value| value.is_finite()));
        let past = || sums_of_the_past(&self.past, steps, self.open(steps), levels);
        (expected, sound.unwrap_or_else(past))
    }

    fn quantiles(&self, panel: &Panel, steps: usize, levels: &Levels) -> Vec<f64> {
        if self.open(steps) == 0 {
            return vec![0.0; levels.len()];
        }
        let (expected, own) = self.own(steps, levels);
        match panel.totals(steps) {
            Some(model) => model.joined(self, steps, levels, (expected, own)),
            None => own,
        }
    }
}

/// What the past itself had in as many steps; of a past that is shorter, in proportion.
fn sums_of_the_past(past: &Past<'_>, steps: usize, open: usize, levels: &Levels) -> Vec<f64> {
    let known: Vec<f64> = past.known().collect();
    let window = steps.min(known.len()).max(1);
    let share = open as f64 / window as f64;
    let sums = known.windows(window).map(|window| (window.iter().sum::<f64>() * share, 1.0));
    let sample = Sample::of(sums.collect());
    sample.map_or_else(|| vec![0.0; levels.len()], |sample| sample.quantiles(levels))
}

/// Writes totals as CSV: `unique_id, back`, then a column for each level. `back` is how many of the last values were not
/// known.
///
/// # Example
/// ```
/// use oms_forecast::{Levels, TotalWriter};
///
/// let mut file = TotalWriter::new(Vec::new(), &Levels::new(&[0.5, 0.95])?)?;
/// file.write("MILK, whole", 28, &[35.0, 40.5])?;
/// assert_eq!(file.finish()?, b"unique_id,back,q500,q950\n\"MILK, whole\",28,35,40.5\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TotalWriter<W: Write> {
    rows: csv::Writer<W>,
}

impl<W: Write> TotalWriter<W> {
    /// Begins with the names of the columns.
    ///
    /// # Errors
    /// What the output says.
    pub fn new(output: W, levels: &Levels) -> std::io::Result<Self> {
        let mut rows = csv::Writer::from_writer(output);
        let names = ["unique_id", "back"].map(str::to_owned).into_iter().chain(levels.names());
        rows.write_record(names)?;
        Ok(Self { rows })
    }

    /// Writes the quantiles of one total.
    ///
    /// # Errors
    /// What the output says.
    pub fn write(&mut self, id: &str, back: usize, quantiles: &[f64]) -> std::io::Result<()> {
        let numbers = quantiles.iter().map(ToString::to_string);
        let head = [id.to_owned(), back.to_string()];
        self.rows.write_record(head.into_iter().chain(numbers))?;
        Ok(())
    }

    /// Ends the file and gives the output back.
    ///
    /// # Errors
    /// What the output says.
    pub fn finish(self) -> std::io::Result<W> {
        self.rows.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}
