//! Demand of several steps together: what an order must last for.
//!
//! Quantiles of a sum are no sums of quantiles. They come from how far off the sums of the past were, each forecast from
//! the level that was known before it, over as many steps.

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
    let past = past.last(MOST_PAST);
    let n = past.values().len();
    let longest = each.iter().max().copied().unwrap_or_default();
    let open = |steps| (n..n + steps).filter(|step| !past.is_closed(*step)).count();
    if open(longest) == 0 {
        return Ok(vec![vec![0.0; levels.len()]; each.len()]);
    }
    let effects = panel.effects(&past);
    let scaled = Scaled::of(&past, &effects.design, n + longest).and_then(|mut scaled| {
        scaled.closes(&past);
        if !effects.design.is_empty() {
            scaled.settle(&effects, PASSES)?;
        }
        Some(scaled)
    });
    let total = |steps: usize| {
        let open = open(steps);
        if open == 0 {
            return vec![0.0; levels.len()];
        }
        let left = scaled.as_ref().and_then(|scaled| scaled.totals(steps));
        let quantiles = left.and_then(|left| left.quantiles(1, levels));
        let found = quantiles.map(|quantiles| quantiles.row(0).to_vec());
        let sound = found.filter(|found| found.iter().all(|value| value.is_finite()));
        sound.unwrap_or_else(|| sums_of_the_past(&past, steps, open, levels))
    };
    Ok(each.iter().map(|steps| total(*steps)).collect())
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
