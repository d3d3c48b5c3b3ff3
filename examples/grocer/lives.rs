//! Orders that are still on their way, and what is remarkable about each.

use std::collections::BTreeMap;

use oms::order::OrderStatus;
use oms::words::{LocationId, OrderId};

use crate::orders::Route;

/// An order on its way.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) route: Route,
    /// Where the household lives.
    pub(crate) region: usize,
    pub(crate) lines: usize,
    pub(crate) status: Option<OrderStatus>,
    /// Nodes that plans have chosen for it.
    pub(crate) nodes: Vec<LocationId>,
    /// Parcels that have left.
    pub(crate) parcels: u32,
    /// Times that a node gave work back.
    pub(crate) rejections: u32,
    /// Parcels that were lost.
    pub(crate) losses: u32,
    /// Rounds that chose a node for it.
    pub(crate) plans: u32,
    /// Shifts of its units.
    pub(crate) events: u32,
    /// The round that saw it first.
    first_round: Option<i64>,
}

impl Life {
    pub(crate) const fn new(route: Route, region: usize, lines: usize) -> Self {
        Self {
            route,
            region,
            lines,
            status: None,
            nodes: Vec::new(),
            parcels: 0,
            rejections: 0,
            losses: 0,
            plans: 0,
            events: 0,
            first_round: None,
        }
    }

    /// Whether the round at a moment is the first that sees the order.
    pub(crate) fn is_first_round(&mut self, at: i64) -> bool {
        *self.first_round.get_or_insert(at) == at
    }

    /// How much there is to tell of a delivered order: setbacks that were overcome and a split
    /// count most, and an order of few lines and events is easier to follow.
    const fn interest(&self) -> u32 {
        let setbacks =
            if self.rejections > 0 { 4 } else { 0 } + if self.losses > 0 { 2 } else { 0 };
        let split = if self.nodes.len() > 1 { 4 } else { 0 };
        let again = if self.plans > 1 { 3 } else { 0 };
        let few_lines = if self.lines >= 3 && self.lines <= 7 { 4 } else { 0 };
        let few_events = if self.events <= 13 { 8 } else { 0 };
        setbacks + split + again + few_lines + few_events
    }
}

/// All orders: those on their way by id, those that ended by number only.
#[derive(Debug, Default)]
pub(crate) struct Lives {
    open: BTreeMap<OrderId, Life>,
    counts: BTreeMap<OrderStatus, u64>,
    most: Option<(u32, OrderId)>,
    /// Orders that were shipped, and those of them that left in more than one parcel.
    shipped: (u64, u64),
}

impl Lives {
    pub(crate) fn begin(&mut self, order: OrderId, life: Life) {
        self.open.insert(order, life);
    }

    pub(crate) fn get(&self, order: &OrderId) -> Option<&Life> {
        self.open.get(order)
    }

    pub(crate) fn get_mut(&mut self, order: &OrderId) -> Option<&mut Life> {
        self.open.get_mut(order)
    }

    /// What a receipt says of an order.
    pub(crate) fn stands(&mut self, order: &OrderId, status: OrderStatus) {
        let Some(life) = self.open.get_mut(order) else { return };
        if let Some(before) = life.status.replace(status)
            && let Some(count) = self.counts.get_mut(&before)
        {
            *count = count.saturating_sub(1);
        }
        *self.counts.entry(status).or_insert(0) += 1;
    }

    /// Lets go of orders that have ended. Call it when everything that was committed has been heard.
    pub(crate) fn bury(&mut self) {
        let ended = |life: &Life| {
            matches!(life.status, Some(OrderStatus::Delivered | OrderStatus::Cancelled))
        };
        let (shipped, most) = (&mut self.shipped, &mut self.most);
        self.open.retain(|order, life| {
            if !ended(life) {
                return true;
            }
            if life.parcels > 0 {
                shipped.0 += 1;
                shipped.1 += u64::from(life.nodes.len() > 1);
            }
            let interest = life.interest();
            let delivered = life.status == Some(OrderStatus::Delivered);
            if delivered
                && life.parcels > 0
                && most.as_ref().is_none_or(|(known, _)| *known < interest)
            {
                *most = Some((interest, order.clone()));
            }
            false
        });
    }

    /// Orders by status now.
    pub(crate) const fn counts(&self) -> &BTreeMap<OrderStatus, u64> {
        &self.counts
    }

    /// The ended order that there is most to tell of.
    pub(crate) fn most_interesting(&self) -> Option<&OrderId> {
        self.most.as_ref().map(|(_, order)| order)
    }

    /// Orders that were shipped and have ended, and those of them that needed more than one node.
    pub(crate) const fn shipped_and_split(&self) -> (u64, u64) {
        self.shipped
    }
}
