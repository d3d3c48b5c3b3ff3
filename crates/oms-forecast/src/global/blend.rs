//! How much of a forecast is what a model of all series says, the rest being what the series' own models say: by quarters, as
//! steps ask that were held back.
//!
//! Two kinds of models that err in different ways are better together than either, and their quantiles wider than they need be.
//! So what is counted, and calibrated, is what they make together.
//!
//! # Source
//! Bates and Granger, *The combination of forecasts*, Operational Research Quarterly 20, 1969; Lichtendahl, Grushka-Cockayne
//! and Winkler, *Is it better to average probabilities or quantiles?*, Management Science 59, 2013.

use oms_learn::score;

use crate::calibration::{Calibration, Held};
use crate::global::between;
use crate::global::judge::{Judge, LEAST_GLOBAL};
use crate::global::train::Evidence;
use crate::levels::Levels;

/// What some of both is tried with.
const SHARES: [f64; 3] = [0.25, 0.5, 0.75];
/// Both kinds of models cost more than one: what they make together must be better by this factor. Not tuned.
const WORTH: f64 = 0.99;
/// A small global model that costs this share more than the series' own models may still be better once it is large.
const NEAR: f64 = 0.2;

/// Some of one and, by the share, some of the other.
pub(crate) fn blend(one: f64, two: f64, share: f64) -> f64 {
    one * (1.0 - share) + two * share
}

/// How much of quantiles and of means comes from the model of all series.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Global {
    pub(crate) quantiles: f64,
    pub(crate) means: f64,
}

impl Global {
    pub(crate) const ALL: Self = Self { quantiles: 1.0, means: 1.0 };

    pub(crate) fn is_any(self) -> bool {
        self.quantiles > 0.0 || self.means > 0.0
    }

    /// The greater share of each.
    pub(crate) fn or(self, other: Self) -> Self {
        let quantiles = self.quantiles.max(other.quantiles);
        Self { quantiles, means: self.means.max(other.means) }
    }
}

/// What held back steps choose for a kind of series.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blend {
    pub(crate) shares: Global,
    /// What quantiles are worth of which some are the global model's and some are not.
    pub(crate) calibration: Option<Calibration>,
}

/// What both kinds of models said of steps that were held back.
pub(crate) struct Heard {
    levels: Levels,
    judges: Vec<Vec<Step>>,
}

/// A step, in units of how much its series moves: what came, and what its own models and the global one said.
struct Step {
    came: f64,
    means: [f64; 2],
    quantiles: [Vec<f64>; 2],
    /// A unit of demand, where there is no half.
    unit: Option<f64>,
}

impl Step {
    fn mixed(&self, share: f64) -> Vec<f64> {
        let [own, its] = &self.quantiles;
        own.iter().zip(its).map(|(own, its)| blend(*own, *its, share)).collect()
    }
}

impl Heard {
    pub(crate) fn new(levels: Levels) -> Self {
        Self { levels, judges: Vec::new() }
    }

    pub(crate) fn add(&mut self, judge: &Judge<'_>, global: &Evidence) {
        let (known, own) = judge.said();
        let values = known.values();
        let moves = values.windows(2).map(|two| (two[1] - two[0]).abs()).sum::<f64>();
        let scale = moves / (values.len() as f64 - 1.0);
        if scale.is_nan() || scale <= 0.0 {
            return;
        }
        let whole = known.known().all(|y| y.fract() == 0.0);
        let usual: Vec<f64> = Levels::default().iter().collect();
        let steps = judge.came().filter_map(|(ahead, came)| {
            // Either may have begun elsewhere: a step is told by how far it is from the end of the past.
            let left = own.mean.len() - ahead;
            let said = global.steps.iter().find(|said| said.left == left)?;
            let row = own.quantiles.row(ahead);
            let own_at = |level| between(&usual, row.iter().copied(), level) / scale;
            let quantiles = [
                self.levels.iter().map(own_at).collect(),
                said.quantiles.iter().map(|q| q / scale).collect(),
            ];
            let means = [own.mean[ahead] / scale, said.mean / scale];
            Some(Step { came: came / scale, means, quantiles, unit: whole.then(|| 1.0 / scale) })
        });
        let steps: Vec<Step> = steps.collect();
        if !steps.is_empty() {
            self.judges.push(steps);
        }
    }

    /// Whether a larger global model than this one might be better.
    pub(crate) fn is_near(&self) -> bool {
        let near = |own: f64, its: f64| its < own * (1.0 + NEAR);
        self.judges.len() >= LEAST_GLOBAL
            && (near(self.quantiles(0.0).0, self.quantiles(1.0).0)
                || near(self.means(0.0), self.means(1.0)))
    }

    pub(crate) fn chosen(&self) -> Blend {
        if self.judges.len() < LEAST_GLOBAL {
            return Blend::default();
        }
        // Without a median there is nothing that quantiles could be nearer to.
        let some = self.levels.iter().any(|level| (level - 0.5).abs() < 1e-9);
        let some = if some { &SHARES[..] } else { &[] };
        let quantiles = best(some, |share| self.quantiles(share).0);
        let is_some = quantiles > 0.0 && quantiles < 1.0;
        let calibration = is_some.then(|| self.quantiles(quantiles).1).flatten();
        let means = best(&SHARES, |share| self.means(share));
        Blend { shares: Global { quantiles, means }, calibration }
    }

    /// What quantiles cost with so much of the global model's, calibrated as they would be, and that calibration.
    fn quantiles(&self, share: f64) -> (f64, Option<Calibration>) {
        let mut held = Held::new(self.levels.clone());
        let steps = self.judges.iter().flatten();
        steps.for_each(|step| held.add(step.came, step.mixed(share)));
        // The global model has moved its own.
        let calibration = if share < 1.0 { held.calibration() } else { None };
        let cost = |step: &Step| {
            let mut row = step.mixed(share);
            if let Some(calibration) = &calibration {
                calibration.apply(
                    &self.levels,
                    blend(step.means[0], step.means[1], share),
                    &mut row,
                );
            }
            let unit = step.unit.filter(|_| share > 0.0);
            let pairs = self.levels.iter().zip(row);
            let losses = pairs.map(|(level, q)| {
                score::pinball(step.came, unit.map_or(q, |unit| (q / unit).round() * unit), level)
            });
            losses.sum::<f64>()
        };
        (
            self.mean_of(|steps| steps.iter().map(cost).sum::<f64>() / steps.len() as f64),
            calibration,
        )
    }

    /// What means are off with so much of the global model's.
    fn means(&self, share: f64) -> f64 {
        let square = |step: &Step| (blend(step.means[0], step.means[1], share) - step.came).powi(2);
        self.mean_of(|steps| (steps.iter().map(square).sum::<f64>() / steps.len() as f64).sqrt())
    }

    fn mean_of(&self, each: impl Fn(&[Step]) -> f64) -> f64 {
        self.judges.iter().map(|steps| each(steps)).sum::<f64>() / self.judges.len() as f64
    }
}

/// None where the series' own models are as good alone: what is not learned costs nothing. Else all, or the best of some
/// where that is worth it.
fn best(some: &[f64], cost: impl Fn(f64) -> f64) -> f64 {
    let all = cost(1.0);
    let is_better = all < cost(0.0);
    if !is_better {
        return 0.0;
    }
    let costs = some.iter().map(|share| (*share, cost(*share)));
    let best = costs.min_by(|one, two| one.1.total_cmp(&two.1));
    best.filter(|(_, cost)| *cost < all * WORTH).map_or(1.0, |(share, _)| share)
}

#[cfg(test)]
mod tests {
    use oms_learn::normal_quantile;
    use oms_learn::testing::noise;

    use super::{Heard, SHARES, Step, best};
    use crate::levels::Levels;

    // Goal: the model of all is asked only where it is better, and some of it only where that is worth it; what cannot be
    // counted is not better. Method: costs as functions of the share, by hand.
    #[test]
    fn as_much_as_is_worth_it() {
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        let chosen = |some: &[f64], own: f64, all: f64, half: f64| {
            let costs = [(0.0, own), (1.0, all), (0.5, half)];
            let cost = |share| costs.iter().find(|its| near(its.0, share)).map_or(2.0, |its| its.1);
            best(some, cost)
        };
        assert!(near(chosen(&SHARES, 1.0, 1.0, 0.5), 0.0));
        assert!(near(chosen(&SHARES, 1.0, f64::NAN, 0.5), 0.0));
        assert!(near(chosen(&SHARES, 1.0, 0.9, 0.895), 1.0));
        assert!(near(chosen(&SHARES, 1.0, 0.9, 0.88), 0.5));
        assert!(near(chosen(&[], 1.0, 0.9, 0.5), 1.0));
    }

    // Goal: where each kind errs by itself something of both is chosen, and what they make together is narrowed: as wide as the
    // two, it errs less. Method: values around what neither knows, both with quantiles that are right; counted on other values.
    #[test]
    fn calibrated_together() {
        let levels = Levels::default();
        let step = |at: usize| {
            let drawn = |of: u64| normal_quantile(noise(of, at));
            let (came, own, its) = (drawn(0), drawn(1), 0.9 * drawn(2));
            let fan = |middle: f64, off: f64| {
                let wide = (1.0 + off * off).sqrt();
                levels.iter().map(|level| middle + wide * normal_quantile(level)).collect()
            };
            let quantiles = [fan(own, 1.0), fan(its, 0.9)];
            Step { came, means: [own, its], quantiles, unit: None }
        };
        let mut heard = Heard::new(levels.clone());
        heard.judges =
            (0..100).map(|judge| (0..20).map(|at| step(judge * 20 + at)).collect()).collect();
        let chosen = heard.chosen();
        let shares = [chosen.shares.quantiles, chosen.shares.means];
        assert!(shares.iter().all(|share| (0.5..1.0).contains(share)), "{shares:?}");
        let calibration = chosen.calibration.unwrap();
        let (mut plain, mut moved) = (0.0, 0.0);
        for step in (2_000..6_000).map(step) {
            let mut row = step.mixed(shares[0]);
            let within = |row: &[f64]| f64::from((row[3]..=row[11]).contains(&step.came));
            plain += within(&row) / 4_000.0;
            calibration.apply(&levels, 0.0, &mut row);
            moved += within(&row) / 4_000.0;
        }
        assert!(plain > 0.83 && moved < plain - 0.015 && moved > 0.79, "{plain} {moved}");
    }
}
