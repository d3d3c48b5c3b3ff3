//! The round of work: what each node will have to pick and pack, hour by hour, and how many people that takes. Nothing is
//! committed.
//!
//! Work begins when an order is released to a node: that hour counts, with what the node's work came to in lines, units and
//! packages. Sales at a till are no such work. The hours of each node are a series of their own, forecast by what did best on
//! its past; a day on which its calendar has it closed wants nothing.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of hours, that are bounded before"
)]

mod tasks;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use oms_core::catalog::Calendar;
use oms_core::desk::{Entity, EntityKey, ReadSet};
use oms_core::engine::{Fault, Feed, Store, decode};
use oms_core::event::{Event, Shift};
use oms_core::order::Verb;
use oms_core::words::{BusinessDay, LocationId, TenantId, TimeOfDay, TimeZone, Timestamp};
use oms_forecast::policy::PolicyError;
use oms_forecast::{
    HourLoad, Model, NoForecast, OrderMix, Panel, Series, SeriesError, Task, ToForecast,
    forecast_in, workload,
};
use serde::Serialize;

pub use tasks::{BadTasks, MOST_TASKS, MOST_TASKS_BYTES, TaskRate, WorkPer, WorkTasks};

use crate::Oms;

/// Hours from the last known one to the end of a plan: a quarter of a year.
pub const MOST_WORK_HOURS: usize = 24 * 92;
/// Hours of the past that are looked at: two years.
const MOST_PAST_HOURS: i64 = 24 * 731;
/// Hours of a day.
const DAY: usize = 24;
const HOUR_MS: i64 = 3_600_000;
/// Events read at once, and entities.
const CHUNK: usize = 512;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoWorkPlan {
    /// The store, or an event in it.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The tasks.
    #[error("the tasks cannot be used: {0}")]
    Tasks(#[from] BadTasks),
    /// Work that cannot be staffed.
    #[error("`{node}` cannot be staffed: {why}")]
    Staffing {
        /// Where.
        node: LocationId,
        /// Why.
        why: PolicyError,
    },
    /// Hours that cannot be forecast.
    #[error(transparent)]
    Forecast(#[from] NoForecast),
    /// Hours that are no series.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// The plan would be too long.
    #[error(
        "`{until}` is more than {MOST_WORK_HOURS} hours after the last fact at `{as_of}`; plan for less"
    )]
    TooFar {
        /// The last moment that is known.
        as_of: Timestamp,
        /// The end that was asked for.
        until: BusinessDay,
    },
}

/// The work of nodes, hour by hour. Nothing of it is a fact.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkPlan {
    /// Hours before this are known.
    pub as_of: Timestamp,
    /// The last event that is known.
    pub seq: u64,
    /// The level of the forecast that people are called in for.
    pub level: f64,
    /// Nodes that have had work, by id.
    pub nodes: Vec<NodeWork>,
}

/// The work of a node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeWork {
    /// Where.
    pub node: LocationId,
    /// Releases that were counted, each an order for this node: those of the hours that are over, of the last two years.
    pub orders_seen: u64,
    /// Hours over which they came.
    pub hours_seen: u64,
    /// Lines of a release.
    pub lines_per_order: f64,
    /// Units of a release.
    pub units_per_order: f64,
    /// Packages of a release.
    pub packages_per_order: f64,
    /// Models that the forecast is averaged from; none where history is too short to try any.
    pub models: Vec<String>,
    /// The hours ahead.
    pub hours: Vec<WorkHour>,
}

/// One hour of a node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkHour {
    /// Its day by the node's clock.
    pub day: BusinessDay,
    /// Its time by the node's clock.
    pub time: TimeOfDay,
    /// Releases that are expected.
    pub orders: f64,
    /// Each task.
    pub tasks: Vec<WorkLoad>,
    /// People over all tasks.
    pub heads: u32,
}

/// The work of one task in one hour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkLoad {
    /// Its name.
    pub task: String,
    /// How many are expected.
    pub count: f64,
    /// Hours of one person that are expected.
    pub hours: f64,
    /// The same at the level that is staffed for.
    pub hours_staffed: f64,
    /// People who are needed then.
    pub heads: u32,
}

impl<S: Store> Oms<S> {
    /// Says what work is to come at each node, from the hour of the last fact, which is not over, to the end of a day. Facts
    /// after that day are not read.
    ///
    /// # Errors
    /// [`NoWorkPlan`] says where and what.
    ///
    /// # Cost
    /// Reads the whole log once; then a forecast for each node.
    ///
    /// # Example
    /// ```
    /// use oms::engine::MemoryStore;
    /// use oms::words::TenantId;
    /// use oms::{Oms, WorkTasks};
    ///
    /// let mut oms = Oms::new(MemoryStore::new(), TenantId::new("shop")?);
    /// let plan = oms.plan_work(&WorkTasks::default(), "2026-11-24".parse()?)?;
    /// assert!(plan.nodes.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn plan_work(
        &mut self,
        tasks: &WorkTasks,
        until: BusinessDay,
    ) -> Result<WorkPlan, NoWorkPlan> {
        let (levels, staffed) = tasks.levels()?;
        let end = tasks.time_zone.instant(until.next(), TimeOfDay::START);
        let seen = Seen::read(self.engine.store(), &self.tenant, end)?;
        let first = seen.last_at.map_or_else(|| end.ms(), Timestamp::ms).div_euclid(HOUR_MS);
        let as_of = Timestamp::from_ms(first.saturating_mul(HOUR_MS)).unwrap_or(end);
        let ahead = usize::try_from(end.ms().div_euclid(HOUR_MS) - first).unwrap_or_default();
        let mut plan = WorkPlan { as_of, seq: seen.seq, level: tasks.level, nodes: Vec::new() };
        if ahead > MOST_WORK_HOURS {
            return Err(NoWorkPlan::TooFar { as_of, until });
        }
        let clocks = clocks(self.engine.store(), &self.tenant, seen.nodes.keys())?;
        let mut wanted = Vec::new();
        let mut counted = Vec::new();
        for (node, work) in seen.nodes.iter().filter(|_| ahead > 0) {
            let Some(clock) = clocks.get(node) else { continue };
            if let Some(series) = work.series(node, clock, (first, ahead))? {
                wanted.push(ToForecast { series, horizon: ahead });
                counted.push((node, work, clock.zone));
            }
        }
        let panel = Panel::of(wanted.iter().map(|wanted| &wanted.series));
        let panel = panel.calibrated(&wanted, Model::Auto);
        let rates: Vec<Task> = tasks.tasks.iter().map(TaskRate::task).collect();
        for (wanted, (node, work, zone)) in wanted.iter().zip(counted) {
            let next = forecast_in(&panel, &wanted.series, ahead, &levels, Model::Auto)?;
            let fails = |why| NoWorkPlan::Staffing { node: node.clone(), why };
            let loads = workload(&next, &work.mix(), &rates, staffed).map_err(fails)?;
            let models = next.tested.into_iter().filter(|tested| tested.taken);
            let mix = work.mix();
            plan.nodes.push(NodeWork {
                node: node.clone(),
                orders_seen: work.seen(first).map_or(0, |hours| work.orders_in(hours)),
                hours_seen: wanted.series.seen().len() as u64,
                lines_per_order: mix.lines,
                units_per_order: mix.units,
                packages_per_order: mix.packages,
                models: models.map(|tested| tested.model).collect(),
                hours: hours(loads, first, zone, staffed),
            });
        }
        Ok(plan)
    }
}

fn hours(loads: Vec<HourLoad>, first: i64, zone: TimeZone, staffed: usize) -> Vec<WorkHour> {
    let hour = |(load, hour): (HourLoad, i64)| {
        let at = Timestamp::from_ms(hour.saturating_mul(HOUR_MS)).unwrap_or(Timestamp::MIN);
        let (day, time) = zone.local(at);
        let tasks = load.tasks.into_iter().map(|its| WorkLoad {
            count: its.count,
            hours: its.hours,
            hours_staffed: its.hour_quantiles.get(staffed).copied().unwrap_or_default(),
            heads: its.staffing.map_or(0, |staffing| staffing.servers),
            task: its.task,
        });
        WorkHour { day, time, orders: load.orders, tasks: tasks.collect(), heads: load.heads }
    };
    loads.into_iter().zip(first..).map(hour).collect()
}

/// What nodes have been given to do.
#[derive(Debug, Default)]
struct Seen {
    seq: u64,
    last_at: Option<Timestamp>,
    nodes: BTreeMap<LocationId, Work>,
}

/// What a node has been given to do.
#[derive(Debug, Default)]
struct Work {
    orders: u64,
    lines: u64,
    units: u64,
    packages: u64,
    /// Orders by the hour since the beginning of time.
    by_hour: BTreeMap<i64, u64>,
}

impl Seen {
    fn read(store: &mut dyn Store, tenant: &TenantId, end: Timestamp) -> Result<Seen, Fault> {
        let mut seen = Seen::default();
        loop {
            let chunk = store.feed(tenant, &Feed::After(seen.seq), CHUNK)?;
            for recorded in &chunk {
                if recorded.at >= end {
                    // What is known is known to the end of the day.
                    seen.last_at = Some(end);
                    return Ok(seen);
                }
                if let Event::Shifted(shift) = decode(recorded)? {
                    seen.shifted(&shift, recorded.at);
                }
                seen.seq = recorded.seq;
                seen.last_at = Some(recorded.at);
            }
            if chunk.is_empty() {
                return Ok(seen);
            }
        }
    }

    fn shifted(&mut self, shift: &Shift, at: Timestamp) {
        if let (Verb::Release, Some(work)) = (shift.verb, &shift.work) {
            let its = self.nodes.entry(work.node.clone()).or_default();
            let lines: BTreeSet<_> = shift.moves.iter().map(|moved| &moved.line).collect();
            its.orders += 1;
            its.lines += lines.len() as u64;
            its.units += shift.moves.iter().map(|moved| moved.qty.get()).sum::<u64>();
            *its.by_hour.entry(at.ms().div_euclid(HOUR_MS)).or_default() += 1;
        }
        // A package counts once, when it leaves.
        if let (Verb::Ship, Some(parcel)) = (shift.verb, &shift.parcel) {
            self.nodes.entry(parcel.node.clone()).or_default().packages += 1;
        }
    }
}

/// A node's clock on the wall.
#[derive(Debug)]
struct Clock {
    zone: TimeZone,
    calendar: Calendar,
}

impl Work {
    fn mix(&self) -> OrderMix {
        OrderMix::of(self.orders, self.lines, self.units, self.packages)
    }

    /// The hours that are looked at, from the first one with an order on; none of a node without any.
    fn seen(&self, now: i64) -> Option<Range<i64>> {
        let (&begin, _) = self.by_hour.first_key_value().filter(|(hour, _)| **hour < now)?;
        Some(begin.max(now - MOST_PAST_HOURS)..now)
    }

    fn orders_in(&self, hours: Range<i64>) -> u64 {
        self.by_hour.range(hours).map(|(_, orders)| orders).sum()
    }

    /// Orders by the hour.
    fn series(
        &self,
        node: &LocationId,
        clock: &Clock,
        (now, ahead): (i64, usize),
    ) -> Result<Option<Series>, SeriesError> {
        let Some(Range { start: begin, .. }) = self.seen(now) else { return Ok(None) };
        let count = |hour| self.by_hour.get(&hour).copied().unwrap_or_default() as f64;
        let orders = (begin..now).map(|hour| Some(count(hour)));
        let series = Series::new(node.as_str(), DAY, orders)?.with_freq("H");
        let end = now.saturating_add(i64::try_from(ahead).unwrap_or(i64::MAX));
        let is_shut = |hour: i64| {
            let at = Timestamp::from_ms(hour.saturating_mul(HOUR_MS)).unwrap_or(Timestamp::MIN);
            !clock.calendar.is_open_day(clock.zone.local_day(at))
        };
        let closed: Vec<bool> = (begin..end).map(is_shut).collect();
        if !closed.contains(&true) {
            return Ok(Some(series));
        }
        match series.with_closed(&closed) {
            Err(SeriesError::Empty { .. }) => Ok(None),
            series => series.map(Some),
        }
    }
}

/// The clocks of nodes that are not closed for good.
fn clocks<'a>(
    store: &mut dyn Store,
    tenant: &TenantId,
    nodes: impl Iterator<Item = &'a LocationId>,
) -> Result<BTreeMap<LocationId, Clock>, Fault> {
    let keys: Vec<EntityKey> = nodes.map(|node| EntityKey::Location(node.clone())).collect();
    let mut clocks = BTreeMap::new();
    for chunk in keys.chunks(CHUNK) {
        let mut reads = ReadSet::default();
        chunk.iter().for_each(|key| reads.entity(key.clone()));
        let slice = store.read(tenant, &reads)?;
        for found in slice.entities.values().flatten() {
            if let Entity::Location(location) = &found.entity
                && !location.closed
            {
                let clock = Clock { zone: location.time_zone, calendar: location.calendar.clone() };
                clocks.insert(location.id.clone(), clock);
            }
        }
    }
    Ok(clocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Goal: what is told as seen is what was looked at: orders of the hours that are over, of two years at most. Method: orders
    // at the first hour, at the last one and in the one that is not over, by how long ago the first hour is.
    #[test]
    fn orders_of_hours_that_count() -> Result<(), Box<dyn std::error::Error>> {
        let (now, node) = (500_000, LocationId::new("S1")?);
        let clock = Clock { zone: TimeZone::new("UTC")?, calendar: Calendar::default() };
        let long = MOST_PAST_HOURS;
        for (ago, hours, orders) in
            [(2, 2, 5), (long, long, 5), (long + 1, long, 3), (2 * long, long, 3)]
        {
            let by_hour = BTreeMap::from([(now - ago, 2), (now - 1, 3), (now, 7)]);
            let work = Work { by_hour, ..Work::default() };
            let seen = work.seen(now).ok_or("no hours")?;
            assert_eq!((seen.end - seen.start, work.orders_in(seen)), (hours, orders));
            let series = work.series(&node, &clock, (now, 24))?.ok_or("no series")?;
            assert_eq!(i64::try_from(series.seen().len())?, hours);
            assert_eq!(series.values().iter().sum::<f64>().round() as u64, orders);
        }
        let new = Work { by_hour: BTreeMap::from([(now, 7)]), ..Work::default() };
        assert_eq!(new.seen(now), None);
        Ok(())
    }
}
