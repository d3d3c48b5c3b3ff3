//! `oms backtest`: what would have been said of the past, of several steps together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use oms::forecast::{
    History, Levels, MOST_STEPS, NoForecast, Panel, Past, TotalModel, TotalWriter, total_in,
};
use serde::Serialize;

use crate::bar::bar;
use crate::complaint::CliError;
use crate::crew::{hands, in_order};
use crate::forecast::Wish;
use crate::history::{failed, levels, opened};
use crate::{Cli, write};

/// Models of all series that are learned at most.
const QUARTERS: usize = 4;

/// The end of it.
#[derive(Serialize)]
struct Told {
    series: usize,
    rows: usize,
    too_short: usize,
    seconds: f64,
    left_out: Vec<String>,
}

/// What is known of each series that is known at all, less its last values.
fn known(history: &History, back: usize) -> Vec<Past<'_>> {
    let pasts = history.wanted.iter().map(|wanted| wanted.series.past());
    let known = pasts.filter_map(|past| {
        let known = past.values().len().checked_sub(back).filter(|known| *known > 0)?;
        Some(past.first(known).launched())
    });
    known.collect()
}

/// Models of all series. Dates of one quarter of the time between the first and the last share the model that was learned at
/// the earliest of them.
struct Models {
    /// By the back of the date at which it is learned.
    learned: BTreeMap<usize, Option<Arc<TotalModel>>>,
}

impl Models {
    fn of(backs: &[usize]) -> Self {
        let last = backs.iter().min().copied().unwrap_or_default();
        let first = backs.iter().max().copied().unwrap_or_default();
        let quarter = (first - last) / QUARTERS + 1;
        // Counted from the earliest date on, of which the back is the largest.
        let mut earliest = BTreeMap::new();
        for back in backs {
            let its: &mut usize = earliest.entry((first - back) / quarter).or_default();
            *its = (*its).max(*back);
        }
        Self { learned: earliest.into_values().map(|back| (back, None)).collect() }
    }

    /// The one of a date.
    fn of_date(
        &mut self,
        history: &History,
        back: usize,
        (sum, levels): (usize, &Levels),
        threads: usize,
    ) -> Option<Arc<TotalModel>> {
        let (at, model) = self.learned.range_mut(back..).next()?;
        let learn = || {
            let pasts = known(history, *at);
            let panel = Panel::of_pasts(pasts.iter().copied());
            Arc::new(TotalModel::learn(&panel, &pasts, sum, levels, threads))
        };
        Some(model.get_or_insert_with(learn).clone())
    }
}

/// For each series and each `back`, writes quantiles of the demand of the next `sum` steps together, known when the last
/// `back` values are not.
#[expect(clippy::disallowed_methods, reason = "a door may read the clock that the mind must not")]
pub(crate) fn run(
    path: &Path,
    out: &Path,
    (backs, sum): (&[usize], usize),
    wish: &Wish<'_>,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let start = Instant::now();
    write::apart(out, &[Some(path), wish.holidays])?;
    let levels = levels(wish.levels)?;
    let history = opened(path, wish.holidays, |file| History::read_whole(file, sum))?;
    if let Some(wanted) = history.wanted.first().filter(|_| sum > MOST_STEPS) {
        // Before the output is opened: a refusal leaves no file.
        return Err(NoForecast::Horizon { id: wanted.series.id().to_owned(), steps: sum }.into());
    }
    // What is asked for twice is told once.
    let mut told = BTreeSet::new();
    let backs: Vec<usize> = backs.iter().copied().filter(|back| told.insert(*back)).collect();
    let output = File::create(out).map_err(failed("write", out))?;
    let mut file =
        TotalWriter::new(BufWriter::new(output), &levels).map_err(failed("write", out))?;
    let whole = history.wanted.len().saturating_mul(backs.len()) as u64;
    let bar = bar(Some(whole), "{bar:30} {pos}/{len} forecasts, {per_sec}, {eta} left");
    let (mut rows, mut too_short) = (0, 0);
    let mut models = Models::of(&backs);
    for &back in &backs {
        let pasts = known(&history, back);
        too_short += history.wanted.len() - pasts.len();
        let totals = models.of_date(&history, back, (sum, &levels), hands(wish.threads));
        let panel = Panel::of_pasts(pasts.iter().copied()).welcoming(&pasts);
        let panel = totals.into_iter().fold(panel, Panel::with_totals);
        let work = |past: &Past<'_>| total_in(&panel, past, sum, &levels);
        in_order(&pasts, hands(wish.threads), work, |past, quantiles| {
            file.write(past.id(), back, &quantiles?).map_err(failed("write", out))?;
            rows += 1;
            bar.inc(1);
            Ok::<(), CliError>(())
        })?;
    }
    let written = file.finish().and_then(|file| Ok(file.into_inner()?));
    written.map_err(failed("write", out))?;
    bar.finish_and_clear();
    let told = Told {
        series: history.wanted.len(),
        rows,
        too_short,
        seconds: start.elapsed().as_secs_f64(),
        left_out: history.left_out.iter().map(ToString::to_string).collect(),
    };
    if cli.json {
        write::json(&told)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Told { series, seconds, .. } = &told;
    write::line(&format!("{series} series, {rows} rows, {seconds:.2} s"))?;
    if too_short > 0 {
        write::line(&format!("{too_short} rows left out: nothing is known so far back"))?;
    }
    for why in &told.left_out {
        write::line(&format!("left out: {why}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
