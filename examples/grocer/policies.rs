//! Every round's wave as several policies would source it: all plan from the same stock, the first one's plan
//! is committed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oms::alloc::Policy;
use oms::decision::Choice;
use oms::sourcing::{Budget, OrderRow, Plan, Sourcer, SourcingSnapshot, Unplanned};
use oms::words::{LocationId, Money, OrderId, RegionId, WordError};

use crate::drive::stopwatch;
use crate::geo::{self, AREAS, Point};
use crate::network::{Grid, destination};

/// The policies, the one that decides first.
pub(crate) const POLICIES: [Policy; 3] = [Policy::Optimal, Policy::Greedy, Policy::FirstFit];

/// What the plans of a policy come to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// Lanes, weight and handling; nothing until there is a package.
    pub(crate) cost: Option<Money>,
    /// Orders that get units.
    pub(crate) orders: u64,
    /// Those of them that leave from more than one node.
    pub(crate) split: u64,
    pub(crate) packages: u64,
    /// Days in transit and miles to the door, summed over packages.
    pub(crate) days: u64,
    pub(crate) miles: f64,
    pub(crate) units: u64,
    pub(crate) short: u64,
    pub(crate) time: Duration,
}

/// The tallies, in the order of [`POLICIES`]; the run reads them while the sourcer writes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tallies(Arc<Mutex<[Tally; POLICIES.len()]>>);

impl Tallies {
    pub(crate) fn get(&self) -> [Tally; POLICIES.len()] {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time that went into plans that nobody commits.
    pub(crate) fn aside(&self) -> Duration {
        self.get().iter().skip(1).map(|tally| tally.time).sum()
    }
}

/// Plans every wave by all policies and answers with the plan of the first.
#[derive(Debug)]
pub(crate) struct SideBySide {
    tallies: Tallies,
    nodes: BTreeMap<LocationId, Point>,
    regions: BTreeMap<RegionId, Point>,
}

impl SideBySide {
    pub(crate) fn new(grid: &Grid, tallies: Tallies) -> Result<Self, WordError> {
        let nodes = grid.nodes().map(|node| (node.id.clone(), node.point)).collect();
        let areas = AREAS.iter().enumerate();
        let regions = areas.map(|(at, area)| Ok((destination(at)?.region, area.point)));
        Ok(Self { tallies, nodes, regions: regions.collect::<Result<_, WordError>>()? })
    }

    fn add(&self, tally: &mut Tally, plan: &Plan, orders: &BTreeMap<&OrderId, &OrderRow>) {
        for (order, record) in plan.records.iter().filter(|(_, record)| !record.chosen.is_empty()) {
            tally.orders += 1;
            tally.split += u64::from(record.chosen.len() > 1);
            for choice in &record.chosen {
                let groups = orders.get(order).map_or(&[] as &[_], |row| row.groups.as_slice());
                let group = groups.iter().find(|group| group.id == choice.group);
                let region = group.and_then(|group| self.regions.get(&group.destination.region));
                tally.add(choice, self.nodes.get(&choice.node).zip(region));
            }
        }
        tally.short += plan.shortfalls.iter().map(|short| short.qty.get()).sum::<u64>();
    }
}

impl Tally {
    fn add(&mut self, choice: &Choice, way: Option<(&Point, &Point)>) {
        self.packages += 1;
        self.days += u64::from(choice.days);
        self.units += choice.quantity();
        self.miles += way.map_or(0.0, |(from, to)| geo::miles(*from, *to));
        let before = self.cost.unwrap_or_else(|| Money::zero(choice.cost.currency()));
        // All costs are dollars, and 10^15 of them are out of reach.
        self.cost = before.try_add(choice.cost).ok();
    }
}

impl Sourcer for SideBySide {
    fn name(&self) -> &str {
        POLICIES[0].name()
    }

    fn version(&self) -> &str {
        POLICIES[0].version()
    }

    fn plan(&self, snapshot: &SourcingSnapshot, budget: Budget) -> Result<Plan, Unplanned> {
        let mut tallies = self.tallies.0.lock().unwrap_or_else(PoisonError::into_inner);
        let orders = snapshot.orders.iter().map(|row| (&row.id, row)).collect();
        let mut decided = None;
        for (policy, tally) in POLICIES.iter().zip(tallies.iter_mut()) {
            let began = stopwatch();
            let plan = policy.plan(snapshot, budget)?;
            tally.time += began.elapsed();
            self.add(tally, &plan, &orders);
            decided.get_or_insert(plan);
        }
        Ok(decided.unwrap_or_else(|| Plan::empty(snapshot.seq)))
    }
}
