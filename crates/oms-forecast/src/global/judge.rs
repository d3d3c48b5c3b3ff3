//! Whether a model of all series knows more than each series' own models: the ends of many series are held back, and
//! forecast by both.

use std::collections::BTreeMap;

use oms_learn::{score, shared_out};

use crate::calibration::{Calibration, Held};
use crate::choose::{Forecast, Hosted, MOST_PAST, uncalibrated};
use crate::demand::DemandClass;
use crate::global::train::{Calibrated, Evidence};
use crate::global::{Draft, GlobalModel, Wanted, between, learnable};
use crate::levels::Levels;
use crate::panel::Panel;
use crate::past::{Key, Past};
use crate::ranking::Ranking;

/// Series whose end is held back to see what quantiles are worth.
pub const JUDGES: usize = 300;
/// Steps that must be known before an end that is held back.
const LEAST_JUDGED: usize = 8;
/// Fewer judges than this do not make a global model the better one. Not tuned.
const LEAST_GLOBAL: f64 = 20.0;
/// A small global model that costs this share more than the series' own models may still be better once it is large.
const NEAR: f64 = 0.2;

/// Season and frequency, and whether demand comes now and then.
pub(crate) type Kind = (Key, bool);

pub(crate) fn kind(past: &Past<'_>, class: DemandClass) -> Kind {
    (past.key(), class.is_sparse())
}

/// What of a forecast comes from the model of all series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Global {
    pub(crate) quantiles: bool,
    pub(crate) means: bool,
}

impl Global {
    pub(crate) const ALL: Self = Self { quantiles: true, means: true };

    pub(crate) fn is_any(self) -> bool {
        self.quantiles || self.means
    }

    fn or(self, other: Self) -> Self {
        Self { quantiles: self.quantiles || other.quantiles, means: self.means || other.means }
    }
}

/// A series whose last steps its own models had to forecast.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    past: Past<'a>,
    known: Past<'a>,
    kind: Kind,
    own: Forecast,
}

impl<'a> Judge<'a> {
    /// Up to so many of these series, at equal distances, each by as many steps as are wanted ahead.
    pub(crate) fn all(
        panel: &Panel,
        wanted: &[Wanted<'a>],
        models: Hosted<'_>,
        most: usize,
        threads: usize,
    ) -> Vec<Self> {
        let asked = wanted.iter().step_by(wanted.len().div_ceil(most).max(1));
        let judges =
            shared_out(asked, threads, |(past, horizon)| Self::new(panel, *past, *horizon, models));
        judges.into_iter().flatten().collect()
    }

    fn new(panel: &Panel, past: Past<'a>, horizon: usize, models: Hosted<'_>) -> Option<Self> {
        let n = past.values().len();
        let ahead = horizon.min(n / 3);
        if ahead == 0 || n - ahead < LEAST_JUDGED {
            return None;
        }
        let known = past.first(n - ahead);
        let own = uncalibrated(panel, &known, ahead, &Levels::default(), models).ok()?;
        let kind = kind(&past, own.class);
        (!own.tested.is_empty()).then_some(Self { past, known, kind, own })
    }

    /// Takes in what the series' own models did before its end.
    pub(crate) fn rank(&self, rankings: &mut BTreeMap<Key, Ranking>) {
        rankings.entry(self.kind.0.clone()).or_default().add(&self.own.tested);
    }

    /// What was seen of the steps held back, each with its place among them.
    fn came(&self) -> impl Iterator<Item = (usize, f64)> {
        let from = self.known.values().len();
        let steps = self.past.values()[from..].iter().zip(&self.past.seen()[from..]).enumerate();
        steps.filter(|(_, (_, seen))| **seen).map(|(step, (y, _))| (step, *y))
    }
}

/// What quantiles of each kind of series are worth. Of too few judges nothing is learned.
pub(crate) fn calibrations(judges: &[Judge<'_>]) -> BTreeMap<Kind, Calibration> {
    let mut held: BTreeMap<&Kind, Held> = BTreeMap::new();
    for judge in judges {
        let held = held.entry(&judge.kind).or_default();
        judge.came().for_each(|(step, y)| held.add(y, judge.own.quantiles.row(step).to_vec()));
    }
    let known = held.into_iter();
    known.filter_map(|(kind, held)| Some((kind.clone(), held.calibration()?))).collect()
}

/// What of each kind of series a global model knows better.
pub(crate) fn better<'a, 'l>(
    judges: impl IntoIterator<Item = &'a Judge<'a>>,
    global: impl Fn(&Past<'_>) -> Option<(Evidence, &'l Levels)>,
) -> BTreeMap<Kind, Global> {
    let losses = losses(judges, global).into_iter();
    losses.map(|(kind, losses)| (kind, losses.better())).collect()
}

fn losses<'a, 'l>(
    judges: impl IntoIterator<Item = &'a Judge<'a>>,
    global: impl Fn(&Past<'_>) -> Option<(Evidence, &'l Levels)>,
) -> BTreeMap<Kind, Losses> {
    let mut losses: BTreeMap<Kind, Losses> = BTreeMap::new();
    for judge in judges {
        if let Some((global, levels)) = global(&judge.past) {
            losses.entry(judge.kind.clone()).or_default().add(judge, global, levels);
        }
    }
    losses
}

impl GlobalModel {
    /// What judges choose of a model of all series, by kind. Nothing is learned that cannot be taken, or is not.
    pub(crate) fn chosen(
        wanted: &[Wanted<'_>],
        levels: &Levels,
        judges: &[Judge<'_>],
        threads: usize,
    ) -> (Self, BTreeMap<Kind, Global>) {
        let (mut groups, mut taken) = (BTreeMap::new(), BTreeMap::new());
        let Some(known) = learnable(levels) else { return (Self { groups }, taken) };
        for (key, draft) in Draft::all(wanted) {
            let judges = || judges.iter().filter(|judge| judge.kind.0 == key);
            if (judges().count() as f64) < LEAST_GLOBAL {
                continue;
            }
            let losses = |its: &Calibrated| {
                losses(judges(), |past| Some((*its.tested.get(past.id())?, &known)))
            };
            let some: Vec<Past<'_>> = judges().map(|judge| judge.past.last(MOST_PAST)).collect();
            let quick = draft.quick(&some, levels, threads);
            if quick.is_some_and(|quick| !losses(&quick).values().any(Losses::is_near)) {
                continue;
            }
            let tried = draft.tried(levels, threads);
            let found = tried.iter().flat_map(|(its, _)| losses(its));
            let found: BTreeMap<Kind, Global> =
                found.map(|(kind, losses)| (kind, losses.better())).collect();
            let wants = found.values().fold(Global::default(), |all, its| all.or(*its));
            if wants.is_any()
                && let Some(group) = draft.learned(tried, levels, wants, threads)
            {
                groups.insert(key, group);
                taken.extend(found);
            }
        }
        (Self { groups }, taken)
    }
}

/// What held back steps cost by the series' own models and by the global one, each in units of how much the series moves:
/// pinball loss and deviation.
#[derive(Debug, Default)]
struct Losses {
    own: [f64; 2],
    global: [f64; 2],
    judges: f64,
}

impl Losses {
    fn add(&mut self, judge: &Judge<'_>, global: Evidence, levels: &Levels) {
        let usual: Vec<f64> = Levels::default().iter().collect();
        let (mut loss, mut square, mut steps) = (0.0, 0.0, 0.0);
        for (step, y) in judge.came() {
            let row = judge.own.quantiles.row(step);
            let each = levels.iter().map(|level| {
                let same = usual.iter().zip(row).find(|(its, _)| its.total_cmp(&level).is_eq());
                let q =
                    same.map_or_else(|| between(&usual, row.iter().copied(), level), |its| *its.1);
                score::pinball(y, q, level)
            });
            loss += each.sum::<f64>() / levels.len() as f64;
            square += (y - judge.own.mean[step]).powi(2);
            steps += 1.0;
        }
        let known = judge.known.values();
        let moves = known.windows(2).map(|two| (two[1] - two[0]).abs()).sum::<f64>();
        let scale = moves / (known.len() as f64 - 1.0);
        if steps > 0.0 && scale > 0.0 {
            let own = [loss / steps, f64::sqrt(square / steps)];
            let global = [global.pinball, global.deviation];
            self.own.iter_mut().zip(own).for_each(|(sum, its)| *sum += its / scale);
            self.global.iter_mut().zip(global).for_each(|(sum, its)| *sum += its / scale);
            self.judges += 1.0;
        }
    }

    /// Whether a larger global model than this one might be better.
    fn is_near(&self) -> bool {
        self.better_than(1.0 + NEAR).is_any()
    }

    fn better(&self) -> Global {
        self.better_than(1.0)
    }

    fn better_than(&self, share: f64) -> Global {
        let is_better = |at: usize| self.global[at] < self.own[at] * share;
        let [quantiles, means] = [0, 1].map(|at| self.judges >= LEAST_GLOBAL && is_better(at));
        Global { quantiles, means }
    }
}
