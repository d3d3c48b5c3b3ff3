//! Demand as the facts tell it: what was wanted where and when, what no shelf had, and when shelves were empty.
//!
//! Sales are not demand: who finds an empty shelf buys nothing, or elsewhere. So beside what was ordered stands what found
//! no stock, what was given up since, what left each node, and the stretches in which a node had nothing for sale. What a
//! mind makes of it is the mind's business; this is counting.
//!
//! # Law
//! Ordered less cancelled are the units of all lines that are not cancelled; what was served is what left the nodes for
//! customers. Following a log event by event comes to the same view as reading it from the start.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::{Fault, Feed, Store, decode};
use crate::event::{Event, OrderPlaced, Recorded, Shift, TillSold};
use crate::order::{Placed, PlacedLine, Stage, Verb, Way};
use crate::stock::{Account, Bucket, Delta};
use crate::words::{
    BusinessDay, ChannelId, CommandId, Country, LineId, LocationId, OrderId, PoolId, RegionId, Sku,
    TenantId, TimeZone, Timestamp,
};

/// Events read at once.
const CHUNK: usize = 512;

/// Where something was wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DemandPlace {
    /// Shipped to a region of a country.
    Region(Country, RegionId),
    /// At a node: picked up there, or sold over its till.
    Node(LocationId),
}

/// What was wanted, through which channel, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DemandKey {
    /// What.
    pub sku: Sku,
    /// The channel that sold it.
    pub channel: ChannelId,
    /// Where.
    pub place: DemandPlace,
}

/// The demand of a day, in base units; all of it counts on the day on which it was ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DemandDay {
    /// Ordered.
    pub ordered: u64,
    /// Of these, found no stock when they were ordered.
    pub short: u64,
    /// Of these, given up by now.
    pub cancelled: u64,
}

/// A stretch in which a node had nothing of a SKU for sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// Since when.
    pub from: Timestamp,
    /// Until when; absent while it lasts.
    pub to: Option<Timestamp>,
}

/// A line of an order whose units are still on their way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    key: DemandKey,
    day: BusinessDay,
    left: u64,
    /// Of these, nothing stands behind.
    open: u64,
}

/// Demand by SKU, channel, place and day; what nodes served, and when they were out of stock. Test orders count for
/// nothing.
///
/// # Example
/// ```
/// use oms_core::engine::MemoryStore;
/// use oms_core::views::DemandView;
/// use oms_core::words::{TenantId, TimeZone};
///
/// let mut view = DemandView::new(TimeZone::new("America/New_York")?);
/// view.follow(&mut MemoryStore::new(), &TenantId::new("T")?, None)?;
/// assert_eq!((view.seq(), view.demand().count()), (0, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandView {
    zone: TimeZone,
    seq: u64,
    last_at: Option<Timestamp>,
    demand: BTreeMap<DemandKey, BTreeMap<BusinessDay, DemandDay>>,
    served: BTreeMap<(Sku, LocationId), BTreeMap<BusinessDay, u64>>,
    shelves: BTreeMap<(Sku, LocationId), Shelf>,
    reserved: BTreeMap<(Sku, PoolId), i64>,
    lines: BTreeMap<OrderId, BTreeMap<LineId, Wanted>>,
    /// The command whose claims say what found stock.
    placing: Option<CommandId>,
}

/// What a node has for sale of a SKU, since when it has been known there, and when it had none.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shelf {
    since: Timestamp,
    available: i64,
    buffered: i64,
    outages: Vec<Outage>,
}

impl Shelf {
    fn empty(at: Timestamp) -> Shelf {
        Shelf { since: at, available: 0, buffered: 0, outages: vec![Outage { from: at, to: None }] }
    }
}

impl DemandView {
    /// An empty view, whose days are those of a time zone.
    #[must_use]
    pub fn new(zone: TimeZone) -> DemandView {
        DemandView {
            zone,
            seq: 0,
            last_at: None,
            demand: BTreeMap::new(),
            served: BTreeMap::new(),
            shelves: BTreeMap::new(),
            reserved: BTreeMap::new(),
            lines: BTreeMap::new(),
            placing: None,
        }
    }

    /// Reads on from where the view is, up to the end of the log or to the last event of a day.
    ///
    /// # Errors
    /// The store's [`Fault`], or that of an event that cannot be read.
    ///
    /// # Cost
    /// Linear in the events that are new. Memory grows with days that had demand, and with lines whose units are on
    /// their way.
    pub fn follow(
        &mut self,
        store: &mut dyn Store,
        tenant: &TenantId,
        until: Option<BusinessDay>,
    ) -> Result<(), Fault> {
        loop {
            let chunk = store.feed(tenant, &Feed::After(self.seq), CHUNK)?;
            for recorded in &chunk {
                if until.is_some_and(|day| self.zone.local_day(recorded.at) > day) {
                    return Ok(());
                }
                self.apply(recorded)?;
            }
            if chunk.is_empty() {
                return Ok(());
            }
        }
    }

    /// Folds one more event.
    ///
    /// # Errors
    /// The [`Fault`] of an event that cannot be read.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), Fault> {
        let event = decode(recorded)?;
        match &event {
            Event::OrderPlaced(placed) => self.place(placed, recorded),
            Event::TillSold(sold) => self.sell(sold, recorded.at),
            Event::Shifted(shift) => self.shift(shift, recorded),
            _ => {}
        }
        for delta in event.deltas() {
            self.shelve(delta, recorded.at);
        }
        self.seq = recorded.seq;
        self.last_at = Some(recorded.at);
        Ok(())
    }

    fn place(&mut self, event: &OrderPlaced, recorded: &Recorded) {
        let order = &event.order;
        if order.test {
            return;
        }
        let day = self.zone.local_day(recorded.at);
        let mut lines = BTreeMap::new();
        for line in &order.lines {
            let Some(key) = key_of(order, line) else { continue };
            let qty = line.qty.get();
            let count = self.demand.entry(key.clone()).or_default().entry(day).or_default();
            count.ordered = count.ordered.saturating_add(qty);
            // Until the claims of the same command say otherwise.
            count.short = count.short.saturating_add(qty);
            lines.insert(line.line.clone(), Wanted { key, day, left: qty, open: qty });
        }
        self.lines.insert(order.order.clone(), lines);
        self.placing = Some(recorded.command.clone());
    }

    fn sell(&mut self, event: &TillSold, at: Timestamp) {
        let order = &event.order;
        if order.test {
            return;
        }
        let day = self.zone.local_day(event.happened_at);
        for line in &order.lines {
            let key = DemandKey {
                sku: line.sku.clone(),
                channel: order.channel.clone(),
                place: DemandPlace::Node(event.node.clone()),
            };
            let count = self.demand.entry(key).or_default().entry(day).or_default();
            count.ordered = count.ordered.saturating_add(line.qty.get());
            self.serve(&line.sku, &event.node, (day, at), line.qty.get());
        }
    }

    fn serve(
        &mut self,
        sku: &Sku,
        node: &LocationId,
        (day, at): (BusinessDay, Timestamp),
        qty: u64,
    ) {
        let key = (sku.clone(), node.clone());
        // A till may sell what a node is not known to have.
        self.shelves.entry(key.clone()).or_insert_with(|| Shelf::empty(at));
        let count = self.served.entry(key).or_default().entry(day).or_default();
        *count = count.saturating_add(qty);
    }

    fn shift(&mut self, shift: &Shift, recorded: &Recorded) {
        let Some(mut lines) = self.lines.remove(&shift.order) else { return };
        let today = self.zone.local_day(recorded.at);
        let placing = shift.verb == Verb::Place && self.placing.as_ref() == Some(&recorded.command);
        for moved in &shift.moves {
            let Some(line) = lines.get_mut(&moved.line) else { continue };
            let qty = moved.qty.get();
            let from = moved.from.as_ref();
            if from.is_some_and(|from| from.stage == Stage::Open) {
                line.open = line.open.saturating_sub(qty);
            }
            if moved.to.stage == Stage::Open {
                line.open = line.open.saturating_add(qty);
            }
            let days = self.demand.entry(line.key.clone()).or_default();
            let count = days.entry(line.day).or_default();
            if placing && from.is_some_and(|from| from.stage == Stage::Open) {
                count.short = count.short.saturating_sub(qty);
            }
            if moved.to.stage == Stage::Cancelled {
                count.cancelled = count.cancelled.saturating_add(qty);
            }
            if moved.to.stage.is_final() {
                line.left = line.left.saturating_sub(qty);
            }
            let left = matches!(moved.to.stage, Stage::Shipped | Stage::Delivered);
            let node = from.filter(|from| left && from.stage.is_at_node());
            if let Some(node) = node.and_then(|from| from.node.as_ref()) {
                let sku = line.key.sku.clone();
                self.serve(&sku, node, (today, recorded.at), qty);
            }
        }
        if lines.values().any(|line| line.left > 0) {
            self.lines.insert(shift.order.clone(), lines);
        }
    }

    fn shelve(&mut self, delta: &Delta, at: Timestamp) {
        if let Account::Reserved(sku, pool) = &delta.account {
            let reserved = self.reserved.entry((sku.clone(), pool.clone())).or_default();
            *reserved = reserved.saturating_add(delta.by);
        }
        let Account::Node(sku, node, bucket) = &delta.account else { return };
        if !matches!(bucket, Bucket::Available | Bucket::Buffered) {
            return;
        }
        let key = (sku.clone(), node.clone());
        let shelf = self.shelves.entry(key).or_insert_with(|| Shelf::empty(at));
        if *bucket == Bucket::Buffered {
            shelf.buffered = shelf.buffered.saturating_add(delta.by);
            return;
        }
        shelf.available = shelf.available.saturating_add(delta.by);
        let out = shelf.outages.last().is_some_and(|last| last.to.is_none());
        if out && shelf.available > 0 {
            if let Some(mut last) = shelf.outages.pop().filter(|last| last.from < at) {
                last.to = Some(at);
                shelf.outages.push(last);
            }
        } else if !out && shelf.available <= 0 {
            shelf.outages.push(Outage { from: at, to: None });
        }
    }

    /// The number of the last event that is counted.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// When it happened.
    #[must_use]
    pub fn last_at(&self) -> Option<Timestamp> {
        self.last_at
    }

    /// The zone whose days these are.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        self.zone
    }

    /// Demand, in the order of keys; days without any are absent.
    pub fn demand(&self) -> impl Iterator<Item = (&DemandKey, &BTreeMap<BusinessDay, DemandDay>)> {
        self.demand.iter()
    }

    /// Every SKU at every node where it has ever been for sale or served, in this order.
    pub fn shelves(&self) -> impl Iterator<Item = (&Sku, &LocationId)> {
        self.shelves.keys().map(|(sku, node)| (sku, node))
    }

    /// Units of a SKU that left a node for customers, by day; days without any are absent.
    #[must_use]
    pub fn served(&self, sku: &Sku, node: &LocationId) -> Option<&BTreeMap<BusinessDay, u64>> {
        self.served.get(&(sku.clone(), node.clone()))
    }

    /// Since when a SKU has been known at a node.
    #[must_use]
    pub fn stocked_since(&self, sku: &Sku, node: &LocationId) -> Option<Timestamp> {
        self.shelf(sku, node).map(|shelf| shelf.since)
    }

    /// Units of a SKU that a node has for sale; below zero after a count or a till sale that knew better.
    #[must_use]
    pub fn available(&self, sku: &Sku, node: &LocationId) -> i64 {
        self.shelf(sku, node).map_or(0, |shelf| shelf.available)
    }

    /// Units of a SKU that a node hides from sale.
    #[must_use]
    pub fn buffered(&self, sku: &Sku, node: &LocationId) -> i64 {
        self.shelf(sku, node).map_or(0, |shelf| shelf.buffered)
    }

    /// Units of a SKU that are promised to lines and not yet at a node, by pool.
    pub fn reserved(&self) -> impl Iterator<Item = (&Sku, &PoolId, i64)> {
        self.reserved.iter().map(|((sku, pool), units)| (sku, pool, *units))
    }

    /// Units that are wanted and have nothing behind them, by who wants them where.
    #[must_use]
    pub fn unclaimed(&self) -> BTreeMap<&DemandKey, u64> {
        let mut all = BTreeMap::new();
        for line in self.lines.values().flat_map(BTreeMap::values).filter(|line| line.open > 0) {
            *all.entry(&line.key).or_insert(0_u64) += line.open;
        }
        all
    }

    /// Stretches in which a node had nothing of a SKU for sale, since it has been known there.
    #[must_use]
    pub fn outages(&self, sku: &Sku, node: &LocationId) -> &[Outage] {
        self.shelf(sku, node).map_or(&[], |shelf| &shelf.outages)
    }

    /// Milliseconds between two moments in which a node had nothing of a SKU for sale, since it has been known there: demand
    /// of that time may be higher than what was seen.
    #[must_use]
    pub fn out_ms(&self, sku: &Sku, node: &LocationId, from: Timestamp, to: Timestamp) -> u64 {
        let (start, end) = (from.ms(), to.ms());
        let within = |outage: &Outage| {
            let to = outage.to.map_or(end, Timestamp::ms).min(end);
            u64::try_from(to.saturating_sub(outage.from.ms().max(start))).unwrap_or_default()
        };
        self.outages(sku, node).iter().map(within).sum()
    }

    fn shelf(&self, sku: &Sku, node: &LocationId) -> Option<&Shelf> {
        self.shelves.get(&(sku.clone(), node.clone()))
    }
}

fn key_of(order: &Placed, line: &PlacedLine) -> Option<DemandKey> {
    let place = match &order.group_of(line)?.to {
        Way::Ship { destination, .. } => {
            DemandPlace::Region(destination.country, destination.region.clone())
        }
        Way::Pickup { location } => DemandPlace::Node(location.clone()),
    };
    Some(DemandKey { sku: line.sku.clone(), channel: order.channel.clone(), place })
}
