//! Those with a past of their own, and what they say of one that is like them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ndarray::Array2;

use crate::choose::Forecast;
use crate::demand::DemandClass;
use crate::forecaster::Parts;
use crate::global::blend;
use crate::levels::Levels;
use crate::models::Sample;
use crate::panel::Effects;
use crate::past::Past;

use super::worth::worth;

/// A past of fewer steps is that of a newcomer: the least that any model can be tested on, and two seasons up to the most.
/// Looked at on the M5 sample, where those that it is like know more up to four weeks.
const YOUNG: (usize, usize) = (7, 14);
/// A past that holds fewer totals than this, side by side, or is young, has seen too few of its errors to speak for itself
/// alone, where others have seen more: looked at on the M5 sample with series cut to 2 to 90 days.
const TOTALS: usize = 6;
/// Steps that an elder has known, at least.
const LEAST: usize = 14;
/// Fewer elders than this tell nothing of how far levels lie apart.
const LEAST_ELDERS: usize = 5;
/// Elders that are looked at; of more, those at equal distances.
const MOST_ELDERS: usize = 2_000;
/// Of these, how many a newcomer is like: at least, where there are so many, and at most.
const ALIKE: (usize, usize) = (8, 40);
/// The last steps of an elder, whose distribution a newcomer may have.
const LATE: usize = 140;
/// Stretches of one elder that a total is drawn from.
const STRETCHES: usize = 20;
/// Ages up to these are told apart, in steps since the launch.
const AGES: [usize; 7] = [1, 3, 7, 14, 28, 56, 112];
/// Attributes make a level at most so many times another, as a logarithm.
const MOST_APART: f64 = 6.0;
/// Elders that are taken to have sold at every age alike, beside those whose launch was seen.
const LEVEL_ELDERS: f64 = 5.0;

/// The series of a season and frequency that have a past of their own.
#[derive(Clone, Debug)]
pub(crate) struct Elders {
    all: Vec<Elder>,
    /// Attributes by name, each with what it explains.
    attributes: Vec<(String, f64)>,
    /// Their values, each with its number.
    values: BTreeMap<(usize, String), u32>,
    /// What each adds to the logarithm of a level, by its number.
    worth: Vec<f64>,
    /// What sold at an age, over what sold in all.
    ages: [f64; AGES.len()],
    /// Steps that half of them have known at least.
    known: usize,
}

/// A series that has been there for long.
#[derive(Clone, Debug)]
pub(super) struct Elder {
    id: String,
    /// By attribute, the number of its value.
    pub(super) attributes: Vec<Option<u32>>,
    pub(super) level: f64,
    /// Of its last steps what was wanted over what was expected; not a number where nothing was seen.
    ratios: Vec<f32>,
}

/// How much a newcomer is like each of some elders.
struct Alike<'a> {
    elders: Vec<&'a Elder>,
    /// The level of each as it would be for the newcomer.
    levels: Vec<f64>,
    /// The mean of those.
    level: f64,
    /// What a step ahead has beside its level, as a factor.
    factors: Vec<f64>,
}

/// Whether a past has hardly begun.
pub(crate) fn is_young(past: &Past<'_>) -> bool {
    past.values().len() < grown(past) && past.known().all(|y| y >= 0.0)
}

/// How many steps make a past one of its own.
fn grown(past: &Past<'_>) -> usize {
    (2 * past.season().min(YOUNG.1)).clamp(YOUNG.0, YOUNG.1)
}

impl Elders {
    /// `None` where too few pasts are long enough.
    pub(crate) fn of(pasts: &[Past<'_>], effects: &Effects) -> Option<Self> {
        let old = |past: &&Past<'_>| {
            past.known().count() >= LEAST
                && past.known().all(|y| y >= 0.0)
                && past.known().any(|y| y > 0.0)
        };
        let old: Vec<&Past<'_>> = pasts.iter().filter(old).collect();
        let apart = old.len().div_ceil(MOST_ELDERS).max(1);
        let old: Vec<&Past<'_>> = old.into_iter().step_by(apart).collect();
        let (mut names, mut values) = (Vec::<String>::new(), BTreeMap::new());
        let mut all = Vec::with_capacity(old.len());
        for past in &old {
            let mut attributes = Vec::new();
            for (name, value) in past.attributes() {
                let at = names.iter().position(|its| its == name).unwrap_or_else(|| {
                    names.push(name.to_owned());
                    names.len() - 1
                });
                let next = u32::try_from(values.len()).unwrap_or(u32::MAX);
                let value = *values.entry((at, value.to_owned())).or_insert(next);
                attributes.resize(names.len().max(attributes.len()), None);
                attributes[at] = Some(value);
            }
            all.extend(Elder::of(past, attributes, effects));
        }
        let worth = worth(&all, names.len(), values.len());
        let attributes = names.into_iter().enumerate();
        let attributes = attributes.map(|(at, name)| (name, explained(&all, at))).collect();
        let ages = ages(&old);
        let mut known: Vec<usize> = old.iter().map(|past| past.known().count()).collect();
        known.sort_unstable();
        let known = known.get(known.len() / 2).copied().unwrap_or_default();
        (all.len() >= LEAST_ELDERS).then_some(Self { all, attributes, values, worth, ages, known })
    }

    /// How much of a total of so many steps they tell: all where nothing of a past is known, ever less the more there is, and
    /// nothing where it has as much as half of them.
    fn share_of(&self, past: &Past<'_>, steps: usize) -> f64 {
        if past.known().any(|y| y < 0.0) {
            return 0.0;
        }
        let enough = TOTALS.saturating_mul(steps).min(self.known).max(grown(past));
        (1.0 - (past.known().count() as f64 / enough as f64).sqrt()).max(0.0)
    }

    /// What of a past's attributes elders have too: which, the number of the value, if it has one, and what the attribute
    /// explains.
    fn shared(&self, past: &Past<'_>) -> Vec<(usize, Option<u32>, f64)> {
        let own = past.attributes().filter_map(|(name, value)| {
            let at = self.attributes.iter().position(|(its, _)| its == name)?;
            let known = self.values.get(&(at, value.to_owned())).copied();
            Some((at, known, self.attributes[at].1))
        });
        own.collect()
    }

    /// The level that an elder would have with the values of a newcomer, as far as these are known to be worth anything.
    fn level_with(&self, own: &[(usize, Option<u32>, f64)], elder: &Elder) -> f64 {
        let worth = |value: u32| self.worth.get(value as usize).copied().unwrap_or_default();
        let more = own.iter().filter_map(|(at, value, _)| {
            let its = elder.attributes.get(*at).copied().flatten();
            Some(worth((*value)?) - its.map_or(0.0, worth))
        });
        elder.level * more.sum::<f64>().clamp(-MOST_APART, MOST_APART).exp()
    }

    /// Those that are like a past of these attributes, the nearest first.
    fn nearest(&self, own: &[(usize, Option<u32>, f64)]) -> Vec<&Elder> {
        let apart = |elder: &Elder| -> f64 {
            let differs = |(at, value, _): &&(usize, Option<u32>, f64)| {
                value.is_none() || elder.attributes.get(*at).copied().flatten() != *value
            };
            own.iter().filter(differs).map(|(.., weight)| weight).sum()
        };
        let mut all: Vec<(f64, &Elder)> =
            self.all.iter().map(|elder| (apart(elder), elder)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut near: Vec<&Elder> = Vec::new();
        for class in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            if near.len() >= ALIKE.0 {
                break;
            }
            let apart = class.len().div_ceil(ALIKE.1 - near.len());
            near.extend(class.iter().step_by(apart).map(|(_, elder)| *elder));
        }
        near
    }

    /// What was sold over what was expected at an age.
    fn at_age(&self, age: usize) -> f64 {
        AGES.iter().position(|most| age < *most).map_or(1.0, |at| self.ages[at])
    }

    fn alike(&self, panel: &crate::Panel, past: &Past<'_>, horizon: usize) -> Option<Alike<'_>> {
        // Of a newcomer without a past the one step that stands for it is before the launch.
        let n = past.values().len();
        let before = usize::from(past.known().next().is_none());
        let factors = factors(past, &panel.effects(past), n + horizon);
        let age = |step: usize| self.at_age(step.saturating_sub(before));
        let factors: Vec<f64> =
            factors.into_iter().enumerate().map(|(step, factor)| factor * age(step)).collect();
        let own = self.shared(past);
        let elders = self.nearest(&own);
        let count = elders.len() as f64;
        let levels: Vec<f64> = elders.iter().map(|elder| self.level_with(&own, elder)).collect();
        let mean = levels.iter().sum::<f64>() / count;
        let seen = (0..n).filter(|step| past.seen()[*step]);
        let (sold, expected, known) = seen.fold((0.0, 0.0, 0), |(sold, expected, known), step| {
            (sold + past.values()[step], expected + factors[step], known + 1)
        });
        let own = if expected > 0.0 { sold / expected } else { mean };
        let apart = levels.iter().map(|level| (level - mean).powi(2)).sum::<f64>() / count;
        let rough = elders.iter().zip(&levels);
        let rough = rough.map(|(elder, level)| elder.roughness(known) * level * level);
        let rough = rough.sum::<f64>() / count;
        let trust = if known > 0 && apart + rough > 0.0 { apart / (apart + rough) } else { 0.0 };
        let level = trust * own + (1.0 - trust) * mean;
        // As far from one another as is still believed.
        let spread = levels.iter().map(|level| (level / mean).powf((1.0 - trust).sqrt()));
        let spread: Vec<f64> = spread.collect();
        let whole = spread.iter().sum::<f64>() / count;
        let levels: Vec<f64> = spread.into_iter().map(|its| its / whole * level).collect();
        let ahead = factors.get(n..).unwrap_or_default().to_vec();
        let sound = level.is_finite() && levels.iter().chain(&ahead).all(|its| its.is_finite());
        sound.then_some(Alike { elders, levels, level, factors: ahead })
    }

    /// Ids of the series that a past is like.
    pub(crate) fn ids(&self, past: &Past<'_>) -> Vec<&str> {
        self.nearest(&self.shared(past)).into_iter().map(|elder| elder.id.as_str()).collect()
    }

    /// What those like it say of each step ahead.
    pub(crate) fn forecast(
        &self,
        panel: &crate::Panel,
        past: &Past<'_>,
        horizon: usize,
        levels: &Levels,
    ) -> Option<Forecast> {
        let alike = self.alike(panel, past, horizon)?;
        let points = alike.elders.iter().zip(&alike.levels).flat_map(|(elder, level)| {
            let ratios = elder.ratios.iter().filter(|ratio| ratio.is_finite());
            let weight = 1.0 / ratios.clone().count().max(1) as f64;
            ratios.map(move |ratio| (f64::from(*ratio) * level, weight))
        });
        let quantiles = Sample::of(points.collect())?.quantiles(levels);
        let mean: Vec<f64> = alike.factors.iter().map(|factor| factor * alike.level).collect();
        let part = |factor: &f64| Parts {
            level: alike.level,
            season: (factor - 1.0) * alike.level,
            ..Parts::default()
        };
        let mut next = Forecast {
            parts: alike.factors.iter().map(part).collect(),
            quantiles: Array2::from_shape_fn((horizon, levels.len()), |(step, level)| {
                alike.factors[step] * quantiles[level]
            }),
            mean,
            class: DemandClass::of(past),
            tested: Vec::new(),
        };
        next.orderly(past);
        Some(next)
    }

    /// Quantiles of what the next steps want together: what stretches as long of those like it came to, each at its level; the
    /// less of that, the more is known of its own.
    pub(crate) fn total(
        &self,
        panel: &crate::Panel,
        past: &Past<'_>,
        (steps, levels): (usize, &Levels),
        own: &[f64],
    ) -> Option<Vec<f64>> {
        let share = self.share_of(past, steps);
        if share <= 0.0 {
            return None;
        }
        let alike = self.alike(panel, past, steps)?;
        let n = past.values().len();
        let ahead = alike.factors.iter().enumerate();
        let open = ahead.filter(|(step, _)| !past.is_closed(n + step)).map(|(_, factor)| factor);
        let (units, open) = open.fold((0.0, 0), |(sum, n), factor| (sum + factor, n + 1));
        if open == 0 {
            return Some(vec![0.0; levels.len()]);
        }
        let points = alike.elders.iter().zip(&alike.levels).flat_map(|(elder, level)| {
            let means = elder.stretches(open);
            let weight = 1.0 / means.len().max(1) as f64;
            means.into_iter().map(move |mean| (mean * level * units, weight))
        });
        let its = Sample::of(points.collect())?.quantiles(levels);
        Some(own.iter().zip(its).map(|(own, its)| blend(*own, its, share)).collect())
    }
}

impl Elder {
    fn of(past: &Past<'_>, attributes: Vec<Option<u32>>, effects: &Effects) -> Option<Self> {
        let late = past.last(LATE);
        let n = late.values().len();
        let factors = factors(&late, effects, n);
        let seen = || (0..n).filter(|step| late.seen()[*step]);
        let sold: f64 = seen().map(|step| late.values()[step]).sum();
        let level = sold / seen().map(|step| factors[step]).sum::<f64>();
        let ratio = |step: usize| match late.seen()[step] {
            true => (late.values()[step] / factors[step] / level) as f32,
            false => f32::NAN,
        };
        let ratios = (0..n).map(ratio).collect();
        let id = past.id().to_owned();
        (level.is_finite() && level > 0.0).then_some(Self { id, attributes, level, ratios })
    }

    /// Means of up to [`STRETCHES`] stretches of so many steps, over the level.
    fn stretches(&self, steps: usize) -> Vec<f64> {
        let steps = steps.clamp(1, self.ratios.len());
        let room = self.ratios.len() - steps;
        let count = (room + 1).min(STRETCHES);
        let from = |at: usize| if count > 1 { at * room / (count - 1) } else { 0 };
        let mean = |from: usize| {
            let seen = self.ratios[from..from + steps].iter().filter(|ratio| ratio.is_finite());
            let (sum, known) =
                seen.fold((0.0, 0.0), |(sum, n), its| (sum + f64::from(*its), n + 1.0));
            (2.0 * known >= steps as f64).then(|| sum / known)
        };
        (0..count).filter_map(|at| mean(from(at))).collect()
    }

    /// The variance of the mean of so many steps, over the square of the level.
    fn roughness(&self, steps: usize) -> f64 {
        let means = self.stretches(steps);
        let off = means.iter().map(|mean| (mean - 1.0).powi(2)).sum::<f64>();
        off / means.len().max(1) as f64
    }
}

/// What each step has beside its level by what the panel knows, as a factor.
fn factors(past: &Past<'_>, effects: &Effects, steps: usize) -> Vec<f64> {
    let width = effects.design.width();
    if width == 0 {
        return vec![1.0; steps];
    }
    let figures = effects.design.figures(past, steps);
    let factor = |figures: &[f64]| {
        let sum: f64 = figures.iter().zip(&effects.means).map(|(its, mean)| its * mean).sum();
        sum.clamp(-4.0, 4.0).exp()
    };
    figures.chunks_exact(width).map(factor).collect()
}

/// How much of the differences of levels, as logarithms, an attribute explains, less what chance would.
fn explained(all: &[Elder], at: usize) -> f64 {
    let mut groups: BTreeMap<Option<u32>, (f64, f64, f64)> = BTreeMap::new();
    for elder in all {
        let (log, of) = (elder.level.ln(), elder.attributes.get(at).copied().flatten());
        let group = groups.entry(of).or_default();
        *group = (group.0 + 1.0, group.1 + log, group.2 + log * log);
    }
    let within: f64 = groups.values().map(|(n, sum, squares)| squares - sum * sum / n).sum();
    let (n, sum, squares) = groups
        .values()
        .fold((0.0, 0.0, 0.0), |all, its| (all.0 + its.0, all.1 + its.1, all.2 + its.2));
    let (free, whole) = (n - groups.len() as f64, squares - sum * sum / n);
    if free < 1.0 || whole <= 0.0 {
        return 0.0;
    }
    (1.0 - (within / free) / (whole / (n - 1.0))).max(0.0)
}

/// What sold at an age, over what sold in all: of those that came after the first of them.
fn ages(all: &[&Past<'_>]) -> [f64; AGES.len()] {
    let first: Option<NaiveDate> = all.iter().filter_map(|past| past.first_day()).min();
    let came = |past: &&&Past<'_>| {
        let later = past.first_day().zip(first).is_some_and(|(day, first)| {
            (day - first).num_days() > i64::try_from(past.season()).unwrap_or(i64::MAX)
        });
        later || past.counted(0) > 0
    };
    // Each in units of its own mean: by age, the sum and the number of elders.
    let mut sums = [(0.0, 0.0); AGES.len()];
    for past in all.iter().filter(came) {
        let mean = past.known().sum::<f64>() / past.known().count() as f64;
        let mut from = 0;
        for (sum, to) in sums.iter_mut().zip(AGES) {
            let steps = (from..to.min(past.values().len())).filter(|step| past.seen()[*step]);
            let (sold, known) =
                steps.fold((0.0, 0.0), |(sold, n), step| (sold + past.values()[step], n + 1.0));
            if known > 0.0 {
                *sum = (sum.0 + sold / known / mean, sum.1 + 1.0);
            }
            from = to;
        }
    }
    sums.map(|(sum, count)| (sum + LEVEL_ELDERS) / (count + LEVEL_ELDERS))
}
