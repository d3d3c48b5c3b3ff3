//! Series of a file and the sums over them, forecast so that they add up.

use std::collections::BTreeSet;

use chrono::Datelike;
use ndarray::{Array2, Axis};
use oms_learn::shared_out;

use super::chosen::errors_before;
use super::{
    Hierarchy, HierarchyError, HierarchyTrial, Reconciled, Reconciler, Reconciliation,
    coherent_samples, reconciled_best, sample_quantiles,
};
use crate::choose::{Forecast, Hosted, MOST_STEPS, NoForecast, uncalibrated};
use crate::global::forecast_in;
use crate::history::ToForecast;
use crate::levels::Levels;
use crate::model::Model;
use crate::panel::Panel;
use crate::past::Past;
use crate::regressors::Regressors;
use crate::series::{Series, SeriesError};

/// Origins of the past that are forecast again: errors from the first of them teach the ways that learn, the others judge.
const TAUGHT: usize = 2;
const JUDGED: usize = 4;
/// The longest series keeps at least so much of its past, in horizons, at the first of them.
const KEPT: usize = 2;
/// Draws of a distribution, at least.
const DRAWS: usize = 400;
/// What is not seen of a sum's step may be so much of it.
const UNSEEN: f64 = 0.1;

/// Why series cannot be forecast together.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTogether {
    /// A level names what no series has.
    #[error(
        "series `{id}` has no attribute `{name}` to sum by; name a column of text that each series has"
    )]
    Attribute {
        /// The series.
        id: String,
        /// The attribute.
        name: String,
    },
    /// Two series are not on the same steps, or are not wanted equally far.
    #[error(
        "series `{id}` and `{other}` differ in {what}, so that they cannot be summed; give both the same"
    )]
    Differ {
        /// A series.
        id: String,
        /// Another.
        other: String,
        /// In what.
        what: &'static str,
    },
    /// Two series, two sums, or a series and a sum have one name.
    #[error("`{0}` is the name of two series or sums; give a series another id, name a level once")]
    Name(String),
    /// The horizon is wrong.
    #[error(transparent)]
    Forecast(#[from] NoForecast),
    /// A sum is no series: too long or too large.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// The hierarchy is wrong.
    #[error(transparent)]
    Hierarchy(#[from] HierarchyError),
}

/// Forecasts that add up.
#[derive(Clone, Debug)]
pub struct Together {
    /// Its nodes: sums first, then the series in the order in which they were given, by their ids.
    pub hierarchy: Hierarchy,
    /// A forecast of each node.
    pub forecasts: Vec<Forecast>,
    /// The ways of adding up as they did on the past, the one that was taken first and the base forecasts last; empty where
    /// the past is too short, and sums are believed by their structure then.
    pub ways: Vec<Reconciled>,
}

/// Forecasts series and their sums: the total, and for each level the sums over all series that have its attributes in common.
///
/// Each node gets a forecast of its own by the model; of all ways of adding up the one is taken that was best on origins of
/// the past; what a mean is moved by moves its quantiles, and quantiles of sums are drawn from those of the series, which
/// rise together where their errors did. A sum's step counts as seen unless more than a tenth of it is not; before its first
/// value a series adds nothing. A regressor of a sum is the mean over its series, weighed by their demand.
///
/// Series end together; where their days are known, on the same day.
///
/// # Law
/// Means of each sum are the sums of means, step by step; the same bits for any number of threads.
///
/// # Errors
/// [`NotTogether`].
///
/// # Cost
/// Up to seven forecasts of each node; for each step ahead the draws of all nodes, up to 800 each.
///
/// # Example
/// ```
/// use oms_forecast::{Levels, Model, Series, ToForecast, forecast_together};
///
/// let sold = |id: &str, brand: &str, n: usize| {
///     let series = Series::new(id, 7, (0..60).map(|day| Some((n + day % 7) as f64)))?
///         .with_attributes(["brand".to_owned()].into(), vec![brand.to_owned()]);
///     Ok::<_, oms_forecast::SeriesError>(ToForecast { series, horizon: 7 })
/// };
/// let wanted = [sold("1", "A", 3)?, sold("2", "A", 9)?, sold("3", "B", 5)?];
/// let brand = [vec!["brand".to_owned()]];
/// let all = forecast_together(&wanted, &brand, &Levels::default(), Model::Theta, 1)?;
/// assert_eq!(all.hierarchy.names(), ["total", "brand=A", "brand=B", "1", "2", "3"]);
/// let mean = |node: usize| all.forecasts[node].mean[0];
/// assert!((mean(1) - mean(3) - mean(4)).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn forecast_together(
    wanted: &[ToForecast],
    levels_of_sums: &[Vec<String>],
    levels: &Levels,
    model: Model,
    threads: usize,
) -> Result<Together, NotTogether> {
    let hierarchy = tree(wanted, levels_of_sums)?;
    let horizon = same_steps(wanted)?;
    let sums = (0..hierarchy.sums()).map(|sum| {
        let leaves: Vec<&Series> =
            hierarchy.leaves_of(sum).iter().map(|leaf| &wanted[*leaf].series).collect();
        summed(&hierarchy.names[sum], &leaves, horizon)
    });
    let sums = sums.collect::<Result<Vec<_>, _>>()?;
    let leaves: Vec<&Series> = wanted.iter().map(|wanted| &wanted.series).collect();
    let sums: Vec<&Series> = sums.iter().collect();
    let base = [&sums, &leaves].map(|series| {
        let pasts: Vec<_> = series.iter().map(|series| (series.past(), horizon)).collect();
        let panel = Panel::learned(&pasts, levels, model, threads);
        let next = |series: &&Series| forecast_in(&panel, series, horizon, levels, model);
        shared_out(series.iter(), threads, next).into_iter().collect::<Result<Vec<_>, _>>()
    });
    let [of_sums, of_leaves] = base;
    let base: Vec<Forecast> = of_sums?.into_iter().chain(of_leaves?).collect();
    let nodes: Vec<&Series> = sums.into_iter().chain(leaves).collect();
    let trials = trials(&nodes, hierarchy.sums(), (horizon, levels, model), threads)?;
    let nothing = Array2::zeros((0, nodes.len()));
    let errors = errors_before(&trials, &nothing);
    let ways = match trials.split_at_checked(TAUGHT) {
        Some((taught, judged)) if !judged.is_empty() => {
            let scale: Vec<f64> = nodes.iter().map(|node| size_of_change(&node.past())).collect();
            reconciled_best(&hierarchy, judged, &errors_before(taught, &nothing), &scale)?
        }
        _ => Vec::new(),
    };
    let way = ways.first().and_then(|best| best.way).unwrap_or(Reconciliation::WlsStructure);
    let reconciler = Reconciler::of(&hierarchy, way, &errors)?;
    let order = draws(&errors, &nodes, hierarchy.sums());
    let forecasts = added_up(&reconciler, &nodes, base, (levels, &order))?;
    Ok(Together { hierarchy, forecasts, ways })
}

fn tree(wanted: &[ToForecast], levels: &[Vec<String>]) -> Result<Hierarchy, NotTogether> {
    let mut names: Vec<&str> = levels.iter().flatten().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let keys = wanted.iter().map(|ToForecast { series, .. }| {
        let key = |name: &&str| {
            let found = series.attributes().find(|(its, _)| its == name);
            found.map(|(name, value)| format!("{name}={value}")).ok_or_else(|| {
                NotTogether::Attribute { id: series.id().to_owned(), name: (*name).to_owned() }
            })
        };
        names.iter().map(key).collect::<Result<Vec<String>, _>>()
    });
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let places = levels.iter().map(|level| {
        level.iter().filter_map(|name| names.binary_search(&name.as_str()).ok()).collect()
    });
    let places: Vec<Vec<usize>> = std::iter::once(Vec::new()).chain(places).collect();
    let places: Vec<&[usize]> = places.iter().map(Vec::as_slice).collect();
    let mut tree = Hierarchy::of_keys(&keys, &places)?;
    let sums = tree.sums();
    for (name, ToForecast { series, .. }) in tree.names[sums..].iter_mut().zip(wanted) {
        series.id().clone_into(name);
    }
    let mut names = BTreeSet::new();
    match tree.names.iter().find(|name| !names.insert(*name)) {
        Some(twice) => Err(NotTogether::Name(twice.clone())),
        None => Ok(tree),
    }
}

/// The horizon of all, which end together on steps of one kind.
fn same_steps(wanted: &[ToForecast]) -> Result<usize, NotTogether> {
    let Some(first) = wanted.first() else { return Err(HierarchyError::Empty.into()) };
    if !(1..=MOST_STEPS).contains(&first.horizon) {
        let (id, steps) = (first.series.id().to_owned(), first.horizon);
        return Err(NoForecast::Horizon { id, steps }.into());
    }
    for other in wanted {
        let (one, its) = (&first.series, &other.series);
        let ends = || Some((end(one)?, end(its)?));
        let what = if first.horizon != other.horizon {
            "their horizon"
        } else if (one.freq(), one.season()) != (its.freq(), its.season()) {
            "their steps"
        } else if ends().is_some_and(|(one, its)| one != its) {
            "the day of their last value"
        } else if one.regressors().map(Regressors::names) != its.regressors().map(Regressors::names)
        {
            "their regressors"
        } else {
            continue;
        };
        let (id, other) = (one.id().to_owned(), its.id().to_owned());
        return Err(NotTogether::Differ { id, other, what });
    }
    Ok(first.horizon)
}

/// The day, or the month, after a series, where days are known.
fn end(series: &Series) -> Option<i64> {
    let steps = i64::try_from(series.skipped() + series.values().len()).ok()?;
    let first = series.first()?;
    // The last days of months are as far apart as months are.
    let months = i64::from(first.year()) * 12 + i64::from(first.month0());
    let days = i64::from(first.num_days_from_ce());
    match series.freq() {
        "D" => Some(days + steps),
        "W" => Some(days + 7 * steps),
        "M" => Some(months + steps),
        "Q" => Some(months + 3 * steps),
        "Y" => Some(months + 12 * steps),
        _ => None,
    }
}

/// The sum of series that end together.
fn summed(name: &str, leaves: &[&Series], horizon: usize) -> Result<Series, SeriesError> {
    let steps = leaves.iter().map(|leaf| leaf.values().len()).max().unwrap_or_default();
    // Where a series stands at a step of the sum; nowhere before it begins.
    let place = |leaf: &Series, step: usize| (step + leaf.values().len()).checked_sub(steps);
    let weight: Vec<f64> = leaves.iter().map(|leaf| mean_size(leaf)).collect();
    let closed: Vec<bool> = (0..steps + horizon)
        .map(|step| {
            let mut there = leaves.iter().filter_map(|leaf| Some((leaf, place(leaf, step)?)));
            there.clone().next().is_some() && there.all(|(leaf, at)| leaf.past().is_closed(at))
        })
        .collect();
    let value = |step: usize| {
        let (mut sum, mut unseen, mut all) = (0.0, 0.0, 0.0);
        for (leaf, weight) in leaves.iter().zip(&weight) {
            let Some(at) = place(leaf, step) else { continue };
            all += weight;
            if leaf.past().is_closed(at) && !leaf.seen()[at] {
                continue;
            }
            sum += leaf.values()[at];
            unseen += if leaf.seen()[at] { 0.0 } else { *weight };
        }
        (unseen <= UNSEEN * all && !closed[step]).then_some(sum)
    };
    let mut observed: Vec<Option<f64>> = (0..steps).map(value).collect();
    if observed.iter().all(Option::is_none) {
        // Hardly ever are all seen together: what stands in is better than nothing.
        let all = |step: usize| {
            let known = leaves.iter().filter_map(|leaf| Some(leaf.values()[place(leaf, step)?]));
            Some(known.sum())
        };
        observed = (0..steps).map(all).collect();
    }
    let mut sum = Series::new(name, leaves[0].season(), observed)?.with_freq(leaves[0].freq());
    let longest = leaves.iter().find(|leaf| leaf.values().len() == steps);
    if let Some(first) = longest.and_then(|leaf| leaf.past().first_day()) {
        sum = sum.with_first(first);
    }
    if let Some(names) = leaves[0].regressors().map(|its| its.names().clone()) {
        let columns: Vec<Vec<Option<f64>>> = (0..names.len())
            .map(|column| {
                let at = |step: usize| {
                    let (mut sum, mut all) = (0.0, 0.0);
                    for (leaf, weight) in leaves.iter().zip(&weight) {
                        let column = leaf.regressors().map(|its| its.column(column));
                        let figure = column.and_then(|its| its.get(place(leaf, step)?));
                        if let Some(figure) = figure {
                            (sum, all) = (sum + weight * f64::from(*figure), all + weight);
                        }
                    }
                    (all > 0.0).then(|| sum / all)
                };
                (0..steps + horizon).map(at).collect()
            })
            .collect();
        sum = sum.with_regressors(names, &columns)?;
    }
    if closed.contains(&true) { sum.with_closed(&closed) } else { Ok(sum) }
}

/// The mean size of what was seen, and a little, so that nothing weighs nothing.
fn mean_size(series: &Series) -> f64 {
    let (sum, count) = series
        .past()
        .known()
        .fold((0.0, 0.0), |(sum, count), value| (sum + value.abs(), count + 1.0));
    sum / f64::max(count, 1.0) + 1e-9
}

/// The mean size of a change from step to step; 1 where there is none.
fn size_of_change(past: &Past<'_>) -> f64 {
    let known: Vec<f64> = past.known().collect();
    let changes = known.windows(2).map(|two| (two[1] - two[0]).abs());
    let size = changes.sum::<f64>() / known.len().saturating_sub(1).max(1) as f64;
    if size > 0.0 { size } else { 1.0 }
}

/// What would have been forecast at origins of the past, a horizon apart, oldest first. A panel knows what was known at the
/// first of them.
fn trials(
    nodes: &[&Series],
    sums: usize,
    (horizon, levels, model): (usize, &Levels, Model),
    threads: usize,
) -> Result<Vec<HierarchyTrial>, NotTogether> {
    let longest = nodes.iter().map(|node| node.values().len()).max().unwrap_or_default();
    let origins = (longest / horizon.max(1)).saturating_sub(KEPT).min(TAUGHT + JUDGED);
    let known = |node: &Series, back: usize| node.values().len().saturating_sub(back);
    let panels = [&nodes[..sums], &nodes[sums..]].map(|nodes| {
        let first = nodes.iter().map(|node| node.past().first(known(node, origins * horizon)));
        Panel::of_pasts(first.filter(|past| past.known().next().is_some()))
    });
    let trial = |back: usize| {
        let means = |(at, node): (usize, &&Series)| {
            let past = node.past().first(known(node, back));
            if past.known().next().is_none() {
                return Ok(vec![0.0; horizon]);
            }
            let panel = &panels[usize::from(at >= sums)];
            uncalibrated(panel, &past, horizon, levels, Hosted::ours(model)).map(|next| next.mean)
        };
        let means = shared_out(nodes.iter().enumerate(), threads, means);
        let means = means.into_iter().collect::<Result<Vec<_>, _>>()?;
        let came = |step: usize, node: &Series| {
            if known(node, back) == 0 {
                return f64::NAN;
            }
            let Some(at) = (node.values().len() + step).checked_sub(back) else { return 0.0 };
            if node.seen()[at] { node.values()[at] } else { f64::NAN }
        };
        let shape = (horizon, nodes.len());
        Ok(HierarchyTrial {
            base: Array2::from_shape_fn(shape, |(step, node)| means[node][step]),
            actual: Array2::from_shape_fn(shape, |(step, node)| came(step, nodes[node])),
        })
    };
    (1..=origins).rev().map(|origin| trial(origin * horizon)).collect()
}

/// Errors of the leaves in the order of time, repeated until they are enough to draw by, or some at equal distances; changes
/// over a season where nothing was forecast again.
fn draws(errors: &Array2<f64>, nodes: &[&Series], sums: usize) -> Array2<f64> {
    let leaves = &nodes[sums..];
    let columns: Vec<usize> = (sums..nodes.len()).collect();
    let mut own = errors.select(Axis(1), &columns);
    if own.nrows() == 0 {
        let steps = leaves.iter().map(|leaf| leaf.values().len()).min().unwrap_or_default();
        let apart = leaves[0].season().min(steps.saturating_sub(1));
        own = Array2::from_shape_fn((steps.saturating_sub(apart).max(1), leaves.len()), |at| {
            let values = leaves[at.1].values();
            let from = values.len() - steps + at.0;
            values.get(from + apart).map_or(0.0, |value| value - values[from])
        });
    }
    own.mapv_inplace(|error| if error.is_finite() { error } else { 0.0 });
    let apart = own.nrows().div_ceil(DRAWS);
    let rows = own.nrows() / apart;
    let times = DRAWS.div_ceil(rows);
    Array2::from_shape_fn((rows * times, leaves.len()), |(row, leaf)| {
        own[[row % rows * apart, leaf]]
    })
}

/// Moves base forecasts until they add up, step by step.
fn added_up(
    reconciler: &Reconciler<'_>,
    nodes: &[&Series],
    mut all: Vec<Forecast>,
    (levels, order): (&Levels, &Array2<f64>),
) -> Result<Vec<Forecast>, HierarchyError> {
    let tree = reconciler.hierarchy;
    let (sums, horizon) = (tree.sums(), all.first().map_or(0, |one| one.mean.len()));
    let demand = nodes.iter().all(|node| node.past().known().all(|value| value >= 0.0));
    for step in 0..horizon {
        let base: Vec<f64> = all.iter().map(|one| one.mean[step]).collect();
        let moved =
            if demand { reconciler.reconcile_demand(&base) } else { reconciler.reconcile(&base) }?;
        let leaves = nodes[sums..].iter().zip(&moved[sums..]).map(|(leaf, mean)| {
            if leaf.past().is_closed(leaf.values().len() + step) { 0.0 } else { *mean }
        });
        let means = tree.added_up(&leaves.collect::<Vec<f64>>())?;
        let mut quantiles = Array2::zeros((tree.leaves(), levels.len()));
        for (mut row, (one, mean)) in
            quantiles.outer_iter_mut().zip(all[sums..].iter_mut().zip(&means[sums..]))
        {
            let was = one.mean[step];
            // What falls shrinks and keeps its zeros; what rises is moved, so that nothing grows by more than its mean.
            let shrinks = demand && *mean < was;
            let mut its = one.quantiles.row_mut(step);
            its.mapv_inplace(|q| if shrinks { q * (mean / was) } else { q + mean - was });
            row.assign(&its);
        }
        let drawn = sample_quantiles(&coherent_samples(tree, levels, &quantiles, order)?, levels);
        for (node, (one, mean)) in all.iter_mut().zip(&means).enumerate() {
            one.parts[step].level += mean - one.mean[step];
            one.mean[step] = *mean;
            if node < sums {
                one.quantiles.row_mut(step).assign(&drawn.row(node));
            }
        }
    }
    Ok(all)
}
