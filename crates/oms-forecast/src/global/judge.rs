//! Whether a model of all series knows more than each series' own models: the ends of many series are held back, and
//! forecast by both.

use std::collections::BTreeMap;

use oms_learn::shared_out;

use crate::calibration::{Calibration, Held};
use crate::choose::{Forecast, Hosted, MOST_PAST, uncalibrated};
use crate::demand::DemandClass;
use crate::global::blend::{Blend, Global, Heard};
use crate::global::train::{Calibrated, Evidence};
use crate::global::{Draft, GlobalModel, Wanted, learnable};
use crate::levels::Levels;
use crate::panel::Panel;
use crate::past::{Key, Past};
use crate::ranking::Ranking;

/// Series whose end is held back to see what quantiles are worth.
pub const JUDGES: usize = 300;
/// Steps that must be known before an end that is held back.
const LEAST_JUDGED: usize = 8;
/// Fewer judges than this do not make a global model the better one. Not tuned.
pub(crate) const LEAST_GLOBAL: usize = 20;

/// Season and frequency, and whether demand comes now and then.
pub(crate) type Kind = (Key, bool);

pub(crate) fn kind(past: &Past<'_>, class: DemandClass) -> Kind {
    (past.key(), class.is_sparse())
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

    /// The series without the steps held back, and what its own models said of these.
    pub(crate) fn said(&self) -> (&Past<'a>, &Forecast) {
        (&self.known, &self.own)
    }

    /// What was seen of the steps held back, each with its place among them.
    pub(crate) fn came(&self) -> impl Iterator<Item = (usize, f64)> {
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

/// How much of each kind of series a global model knows better, and what quantiles are worth then.
pub(crate) fn better<'a, 'l>(
    judges: impl IntoIterator<Item = &'a Judge<'a>>,
    global: impl Fn(&Past<'_>) -> Option<(&'l Evidence, &'l Levels)>,
) -> BTreeMap<Kind, Blend> {
    let heard = heard(judges, global).into_iter();
    heard.map(|(kind, heard)| (kind, heard.chosen())).collect()
}

fn heard<'a, 'l>(
    judges: impl IntoIterator<Item = &'a Judge<'a>>,
    global: impl Fn(&Past<'_>) -> Option<(&'l Evidence, &'l Levels)>,
) -> BTreeMap<Kind, Heard> {
    let mut all: BTreeMap<Kind, Heard> = BTreeMap::new();
    for judge in judges {
        if let Some((evidence, levels)) = global(&judge.past) {
            all.entry(judge.kind.clone())
                .or_insert_with(|| Heard::new(levels.clone()))
                .add(judge, evidence);
        }
    }
    all
}

impl GlobalModel {
    /// What judges choose of a model of all series, by kind. Nothing is learned that cannot be taken, or is not.
    pub(crate) fn chosen(
        wanted: &[Wanted<'_>],
        levels: &Levels,
        judges: &[Judge<'_>],
        threads: usize,
    ) -> (Self, BTreeMap<Kind, Blend>) {
        let (mut groups, mut taken) = (BTreeMap::new(), BTreeMap::new());
        let Some(known) = learnable(levels) else { return (Self { groups }, taken) };
        for (key, draft) in Draft::all(wanted) {
            let judges = || judges.iter().filter(|judge| judge.kind.0 == key);
            if judges().count() < LEAST_GLOBAL {
                continue;
            }
            let heard = |its: &Calibrated| {
                heard(judges(), |past| Some((its.tested.get(past.id())?, &known)))
            };
            let some: Vec<Past<'_>> = judges().map(|judge| judge.past.last(MOST_PAST)).collect();
            let quick = draft.quick(&some, levels, threads);
            if quick.is_some_and(|quick| !heard(&quick).values().any(Heard::is_near)) {
                continue;
            }
            let tried = draft.tried(levels, threads);
            let found = tried.iter().flat_map(|(its, _)| heard(its));
            let found: BTreeMap<Kind, Blend> =
                found.map(|(kind, heard)| (kind, heard.chosen())).collect();
            let wants = found.values().fold(Global::default(), |all, its| all.or(its.shares));
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
