//! What a model of sums is worth beside what series say of themselves: sums of the time that is held back, forecast both ways.

use ndarray::Array2;
use oms_learn::{conformal_bound, score, shared_out};

use super::{Draft, MOST, came, mixed, moved, unit};
use crate::global::origin::Origin;
use crate::global::rows::Rows;
use crate::global::train::width;
use crate::levels::Levels;
use crate::panel::Panel;
use crate::past::Past;
use crate::total::Stretches;

/// Sums that are forecast both ways, about; and origins of a series among them, at least.
const JUDGED: usize = 1_500;
const JUDGED_EACH: usize = 26;
/// Times at which a series' run of origins may begin.
const TIMES: usize = 3;
/// How much of a forecast may be the model's.
const SHARES: [f64; 4] = [0.25, 0.5, 0.75, 1.0];

/// A sum of the time that is held back.
pub(super) struct Judge {
    pub(super) row: Rows,
    /// What came, and what the series' own quantiles said, in units.
    pub(super) came: f64,
    own: Vec<f64>,
    /// A unit of all open steps, and how much it is beside the series' scale.
    unit: f64,
    weight: f64,
    /// What was wanted since the judge before it; `None` for the first of a series.
    since: Option<f64>,
}

/// How much of a forecast is the model's, of which this was said, and how far quantiles are moved then, where that costs less
/// than what series say of themselves.
pub(super) fn worth(
    said: &Array2<f64>,
    judges: &[Judge],
    levels: &Levels,
) -> Option<(f64, Vec<f64>)> {
    let own: Vec<Vec<f64>> = judges.iter().map(|judge| judge.own.clone()).collect();
    let each = SHARES.map(|share| {
        let both = said.outer_iter().zip(judges);
        let mut both: Vec<Vec<f64>> =
            both.map(|(its, judge)| mixed(&judge.own, its, share)).collect();
        let shifts = shifts(&both, judges, levels);
        both.iter_mut().for_each(|row| moved(row, levels, shifts.iter().copied()));
        (cost(both, judges, levels), share, shifts)
    });
    // Of equals the one that asks the model least.
    let (least, share, shifts) = each.into_iter().min_by(|one, two| one.0.total_cmp(&two.0))?;
    (least < cost(own, judges, levels)).then_some((share, shifts))
}

/// How far these quantiles must be moved, in their widths, so that as many sums lie below as their levels say.
fn shifts(said: &[Vec<f64>], judges: &[Judge], levels: &Levels) -> Vec<f64> {
    let widths: Vec<f64> = said.iter().map(|row| width(row.iter().copied(), levels)).collect();
    let shift = |(at, level): (usize, f64)| {
        let off = said.iter().zip(judges).zip(&widths);
        let off = off.map(|((row, judge), width)| (judge.came - row[at]) / width);
        conformal_bound(&off.collect::<Vec<f64>>(), level).unwrap_or_default()
    };
    levels.iter().enumerate().map(shift).collect()
}

/// What these quantiles cost a shelf that is filled up to them, each time.
fn cost(said: Vec<Vec<f64>>, judges: &[Judge], levels: &Levels) -> f64 {
    let (mut cost, mut shelf) = (0.0, Vec::new());
    for (mut row, judge) in said.into_iter().zip(judges) {
        // What was ordered stays: a shelf that is filled up to a quantile keeps what is left of a higher one before. So
        // quantiles that jump up and down cost more than each of them alone.
        let left =
            judge.since.map(|since| shelf.iter().map(move |q: &f64| (q - since) / judge.unit));
        if let Some(left) = left {
            row.iter_mut().zip(left).for_each(|(q, left)| *q = q.max(left));
        }
        let losses = row.iter().zip(levels.iter());
        let losses = losses.map(|(q, level)| score::pinball(judge.came, *q, level));
        cost += losses.sum::<f64>() * judge.weight;
        shelf = row.iter().map(|q| q * judge.unit).collect();
    }
    cost
}

impl Draft<'_> {
    /// Sums of the time that is held back, of series evenly apart: of each a run of origins as far apart as goods may be
    /// ordered, which begins at another time from series to series.
    pub(super) fn judges(&self, panel: &Panel, levels: &Levels, held: usize) -> Vec<Judge> {
        let (series, apart) = (self.pasts.len().max(1), self.apart());
        let most = (held - self.steps) / apart + 1;
        let run = (JUDGED / series).max(JUDGED_EACH).min(most);
        let every = (series * run).div_ceil(JUDGED);
        let some = self.pasts.iter().step_by(every).enumerate();
        let judges = shared_out(some, self.threads, |(at, past)| {
            let first = at % TIMES * (most - run) / (TIMES - 1);
            let backs = (first..first + run).rev().map(|which| self.steps + which * apart);
            let mut judges: Vec<Judge> = Vec::new();
            let mut last = None;
            for end in backs.filter_map(|back| past.values().len().checked_sub(back)) {
                let Some(mut judge) = self.judge(panel, past, end, levels) else { continue };
                let wanted = |from: usize| past.first(end).last(end - from).known().sum();
                judge.since = last.map(wanted);
                last = Some(end);
                judges.push(judge);
            }
            judges
        });
        judges.into_iter().flatten().collect()
    }

    fn judge(&self, panel: &Panel, past: &Past<'_>, end: usize, levels: &Levels) -> Option<Judge> {
        let known = past.first(end);
        if !self.is_known(&known) {
            return None;
        }
        let (sum, seen) = came(past, end, self.steps)?;
        let origin = Origin::new(&self.schema, known)?;
        let stretches = Stretches::of(panel, &known, self.steps);
        let open = stretches.open(self.steps) as f64;
        let (expected, own) = stretches.own(self.steps, levels);
        let expected = expected.map(|expected| expected / open);
        let mut row = Rows::default();
        row.take_window(&origin, (self.steps, expected), 0, 0.0);
        let unit = unit(expected, origin.scale);
        let own = own.iter().map(|q| q / open / unit).collect();
        let came = (sum / seen / unit).clamp(-MOST, MOST);
        let weight = unit / origin.scale;
        Some(Judge { row, came, own, unit: unit * open, weight, since: None })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use oms_learn::normal_quantile;
    use oms_learn::testing::noise;

    use super::{Judge, worth};
    use crate::global::rows::Rows;
    use crate::levels::Levels;

    // Goal: nothing of a model is taken that knows no more than the series, and more the more it knows; what was said without it
    // costs what it costs as it is served, unmoved. Method: sums around what the model knows by a part and the series does not.
    #[test]
    fn as_much_as_it_knows() {
        let levels = Levels::default();
        let chosen = |known: f64, bias: f64| {
            let drawn = |of: u64, at: usize| normal_quantile(noise(of, at));
            let fan = |middle: f64, wide: f64| -> Vec<f64> {
                levels.iter().map(|level| middle + wide * normal_quantile(level)).collect()
            };
            let judge = |at: usize| Judge {
                row: Rows::default(),
                came: 10.0 + drawn(0, at) + drawn(1, at),
                own: fan(10.0 + bias, 2.0_f64.sqrt()),
                unit: 1.0,
                weight: 1.0,
                since: None,
            };
            let judges: Vec<Judge> = (0..600).map(judge).collect();
            let rows =
                (0..600).flat_map(|at| fan(10.0 + known * drawn(0, at) + 0.3 * drawn(2, at), 1.1));
            let said = Array2::from_shape_vec((600, levels.len()), rows.collect()).unwrap();
            worth(&said, &judges, &levels).map(|(share, _)| share)
        };
        assert_eq!(chosen(-1.0, 0.0), None);
        assert!(chosen(1.0, 0.0).is_some_and(|share| share >= 0.75));
        // Own quantiles that are all too high would be right if they were moved; nobody moves them.
        assert!(chosen(0.0, 3.0).is_some());
    }
}
