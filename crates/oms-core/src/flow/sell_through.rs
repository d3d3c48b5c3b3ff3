//! `sell_through`: a sale at a till of what the customer already holds. Placed, committed and
//! collected in one command; the order ends Delivered.
//!
//! The payload is an order without groups, with the till's `node` beside it: everything left over
//! the counter. A till that numbers its baskets by group may send groups, each a pickup at `node`.
//! `happened_at` tells when the customer left, for sales that arrive late; absent, it is now.
//!
//! Units come from the channel's own fence at first, then from what is free, then as far as the
//! policy `sell_through` (of the location, else of the channel) reaches: what the buffer hides, what
//! others have claimed, below zero. Claims are taken before the sale from the last in rank, and
//! claimed again after it from the first. A late sale that happened at or before the last count
//! there was counted already: its units come out of *shrink*.
//!
//! A sale is judged by the moment at which it happened. One that is told late stands although the
//! item was retired or the location closed after it, or the channel sells there no more. Closing
//! took what was sold for quarantine, so there it comes out of: as far as quarantine has it, the rest
//! (moved on since, wherever it will be missed) out of *shrink* where the policy reaches below zero.
//!
//! Refusals, in order: shape (`invalid.*`, `limit.*`) field by field, then `invalid.group_kind` of
//! groups; `order.exists` (a source's older or equal version is answered `stale` or `duplicate`
//! instead); `channel.unknown`; `location.unknown`, `location.closed` before the sale;
//! `invalid.group_kind` where the channel does not sell from the node's pool (of a late sale: never
//! did); per line `item.unknown`, `item.retired` before the sale; `invalid.date_range` where
//! `happened_at` is in the future or before the policy's window of counts; `invalid.money` as at
//! placing; `totals.differ`; `stock.insufficient`; `limit.count` where more orders lose claims than
//! one command may touch.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::adjust_stock::insufficient;
use super::count_stock::in_window;
use super::place_order::{
    check_items, check_order, emit_differences, met_before, order_reads, seal, totals,
    totals_differ,
};
use super::verb::{Sealer, Verb};
use super::work::minus;
use crate::catalog::{Channel, Location, PolicyScope, Reach, Resolved};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{
    Desk, EntityKey, Hurt, ReadSet, Steps, Stop, last_count, last_movement, moment_of, positive,
};
use crate::event::{DiscrepancyFound, Event, TillSold};
use crate::order::{Charge, ClearOrder, Group, Placed, PlacedLine, Presentment, SourceRef, Way};
use crate::stock::{Account, Bound, Bucket, Deltas, Outside};
use crate::words::{
    Address, ChannelId, Currency, CustomerId, GroupId, LocationId, Money, OrderId, Qty, Sku,
    Timestamp,
};

/// Tells of a sale at a till.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SellThrough {
    /// The till's location.
    pub node: LocationId,
    /// When the customer left; now, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<Timestamp>,
    /// The order's id, chosen by the host.
    pub order: OrderId,
    /// The channel that sold it.
    pub channel: ChannelId,
    /// The message that told us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRef>,
    /// The customer's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// Shop currency of every amount.
    pub currency: Currency,
    /// What the customer saw, when another currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentment: Option<Presentment>,
    /// A test order: carried, never counted as demand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// Pickups at the till's location; one for all lines, if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group<Address>>,
    /// What was sold; at least one.
    pub lines: Vec<PlacedLine<String>>,
    /// Discounts on the order as a whole, as given (positive amounts).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Charge>,
    /// Fees on the order as a whole, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<Charge>,
    /// The total as given by the till; authoritative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
}

/// The group of a sale whose till sends none.
const COUNTER: &str = "till";

impl Verb for SellThrough {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        check_order(&self.order()?, limits)?;
        let here = |group: &Group<Address>| group.to.pickup() == Some(&self.node);
        match self.groups.iter().position(|g| !here(g)) {
            None => Ok(()),
            Some(index) => {
                let expected = format!("a pickup at `{}`", self.node);
                let no = Refusal::new(Code::GroupKind, expected, "another way");
                Err(no.at(format!("/groups/{index}/to")))
            }
        }
    }

    fn reads(&self) -> ReadSet {
        let mut reads = self.order().map(|order| order_reads(&order)).unwrap_or_default();
        reads.entity(EntityKey::Location(self.node.clone()));
        reads.entity(EntityKey::Policy(PolicyScope::Location(self.node.clone())));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = self.order()?;
        if met_before(desk, &order)? {
            return Ok(());
        }
        let channel = desk.channel(&self.channel, "/channel")?;
        let node = self.till(desk, &channel)?;
        check_items(desk, &order, self.happened_at.unwrap_or(Timestamp::MAX))?;
        let policy = desk.policy(Some(&channel.id), Some(&node.id))?;
        if let Some(at) = self.happened_at {
            in_window(at, desk.ctx().now, policy.count_window_days, "/happened_at")?;
        }
        let totals = totals(&order, &channel)?;
        let verdict = totals.judge(policy.totals);
        if verdict == crate::order::totals::Verdict::Refuse {
            return Err(totals_differ(&totals).into());
        }

        let taken = self.take(desk, &node, &policy)?;
        let shares = totals.lines.iter().map(|l| l.discount_share);
        let shares = if self.discounts.is_empty() { Vec::new() } else { shares.collect() };
        let placed = seal(&order, &mut |subject, slot, value| desk.seal(subject, slot, value));
        desk.emit(
            Event::TillSold(TillSold {
                order: Box::new(placed),
                discount_shares: shares,
                node: node.id.clone(),
                happened_at: taken.at,
                deltas: taken.deltas.into_vec(),
                counted: taken.counted,
                moved_at: taken.moved_at,
            }),
            taken.bounds,
        )?;
        emit_differences(desk, &order, &totals, verdict)?;
        for (sku, beyond) in taken.beyond {
            discrepancy(desk, sku, &node, beyond)?;
        }
        desk.claim_again(taken.hurt)
    }

    fn content(&self, sealer: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        #[derive(Serialize)]
        struct Content<'a> {
            node: &'a LocationId,
            #[serde(skip_serializing_if = "Option::is_none")]
            happened_at: Option<Timestamp>,
            #[serde(flatten)]
            order: Placed,
        }
        let order = self.order().map_err(serde::ser::Error::custom)?;
        let order = seal(&order, sealer);
        serde_json::to_vec(&Content { node: &self.node, happened_at: self.happened_at, order })
    }
}

/// Where the books have what a till sells: among the good units, and after the location's closing in
/// quarantine.
const BUCKETS_SOLD: [Option<Bucket>; 2] = [None, Some(Bucket::Quarantine)];

/// What the sale takes.
struct Taken {
    at: Timestamp,
    deltas: Deltas,
    bounds: Vec<Bound>,
    counted: Vec<Sku>,
    hurt: Vec<Hurt>,
    /// When the units count as moved, where that is not when they were sold.
    moved_at: Option<Timestamp>,
    /// By SKU, where the sale may go beyond the books.
    beyond: Vec<(Sku, Beyond)>,
}

/// How far a sale went beyond what the books had.
enum Beyond {
    /// Below zero, seen from what was available before.
    Available(i64),
    /// So many units that quarantine of a closed location had no more.
    Quarantine(i64),
}

impl SellThrough {
    /// The till's location: open when it sold, and one that the channel sells from. Who tells late
    /// may have sold there once.
    fn till(&self, desk: &Desk<'_>, channel: &Channel) -> Result<Arc<Location>, Stop> {
        let node = desk.location(&self.node, "/node")?;
        if !node.was_open_at(self.happened_at.unwrap_or(Timestamp::MAX)) {
            desk.open_location(&self.node, "/node")?;
        }
        let sells = channel.sells_from(&node.pool)
            || self.happened_at.is_some()
                && desk.pool(&node.pool, "/node")?.former.contains(&channel.id);
        if !sells {
            return Err(Refusal::new(
                Code::GroupKind,
                format!("a location in a pool of channel `{}`", channel.id),
                format!("`{}` lies in `{}`", node.id, node.pool),
            )
            .at("/node")
            .into());
        }
        Ok(node)
    }

    /// The sale as an order.
    fn order(&self) -> Result<ClearOrder, Refusal> {
        let groups = if self.groups.is_empty() {
            let group = GroupId::new(COUNTER).map_err(Refusal::from)?;
            let to = Way::Pickup { location: self.node.clone() };
            vec![Group {
                group,
                to,
                service: None,
                window: None,
                not_before: None,
                shipping: Vec::new(),
            }]
        } else {
            self.groups.clone()
        };
        Ok(ClearOrder {
            order: self.order.clone(),
            channel: self.channel.clone(),
            source: self.source.clone(),
            customer: self.customer.clone(),
            currency: self.currency,
            presentment: self.presentment.clone(),
            priority: 0,
            test: self.test,
            constraints: crate::order::Constraints::default(),
            groups,
            lines: self.lines.clone(),
            discounts: self.discounts.clone(),
            fees: self.fees.clone(),
            total: self.total,
        })
    }

    /// Units by SKU; the sum of an order is in bounds.
    fn wanted(&self) -> BTreeMap<&Sku, Qty> {
        let mut wanted = BTreeMap::new();
        for line in &self.lines {
            let sum = wanted.entry(&line.sku).or_insert(Qty::ZERO);
            *sum = sum.checked_add(line.qty).unwrap_or(Qty::MAX);
        }
        wanted
    }

    /// Everything that the sale reads, at once.
    fn load(&self, desk: &Desk<'_>, node: &Location) -> Result<(), Stop> {
        let mut balances = Vec::new();
        let mut ranges = Vec::new();
        for sku in self.wanted().into_keys() {
            balances.extend(desk.lowering_reads(sku, node)?);
            if self.happened_at.is_some() {
                ranges.extend(BUCKETS_SOLD.map(|bucket| last_count(sku, &node.id, bucket)));
                let quarantine = Account::Node(sku.clone(), node.id.clone(), Bucket::Quarantine);
                balances.push(quarantine);
                balances.push(Account::Counts(sku.clone(), node.id.clone()));
            } else {
                ranges.push(last_movement(sku, &node.id));
            }
        }
        let (ranges, balances) = (desk.load_ranges(ranges), desk.load([], balances));
        ranges.and(balances)
    }

    /// Takes the units of all lines, claims of others before it where it must and may.
    fn take(&self, desk: &mut Desk<'_>, node: &Location, policy: &Resolved) -> Result<Taken, Stop> {
        self.load(desk, node)?;
        let at = match self.happened_at {
            Some(at) => at,
            None => {
                let skus = self.wanted().into_keys();
                let moved_at = desk.moved_at(skus.map(|s| (s.clone(), node.id.clone())))?;
                moved_at.unwrap_or(desk.ctx().now)
            }
        };
        let mut taken = Taken {
            at,
            deltas: Deltas::default(),
            bounds: Vec::new(),
            counted: Vec::new(),
            hurt: Vec::new(),
            moved_at: node.closed_at.filter(|_| node.closed),
            beyond: Vec::new(),
        };
        for (sku, qty) in self.wanted() {
            let customer = Account::Outside(sku.clone(), Outside::Customer);
            taken.deltas.add(customer, qty.as_i64());
            if self.happened_at.is_some() {
                let counts = Account::Counts(sku.clone(), node.id.clone());
                let seen = desk.balance(&counts)?;
                taken.bounds.push(Bound::exactly(counts, seen));
                if counted_since(desk, sku, node, at)? {
                    let shrink = Account::Outside(sku.clone(), Outside::Shrink);
                    taken.deltas.add(shrink, -qty.as_i64());
                    taken.counted.push(sku.clone());
                    continue;
                }
            }
            if node.closed {
                self.take_closed(desk, node, policy, (sku, qty), &mut taken)?;
                continue;
            }
            let available = Account::Node(sku.clone(), node.id.clone(), Bucket::Available);
            let before = Beyond::Available(desk.balance(&available)?);
            taken.beyond.push((sku.clone(), before));
            let reach = Steps::from(policy.sell_through);
            let lowered = desk.lower(sku, node, Some(&self.channel), qty, reach)?;
            if !lowered.short.is_zero() {
                let had = qty.checked_sub(lowered.short).unwrap_or(Qty::ZERO);
                let wanted = format!("{qty} as far as the policy reaches");
                return Err(insufficient(desk, sku, node, wanted, &self.beyond(sku, had))?);
            }
            taken.deltas.absorb(lowered.deltas);
            taken.hurt.extend(lowered.hurt);
        }
        Ok(taken)
    }

    /// Takes what was sold before the location closed out of what closing took for quarantine.
    fn take_closed(
        &self,
        desk: &Desk<'_>,
        node: &Location,
        policy: &Resolved,
        (sku, qty): (&Sku, Qty),
        taken: &mut Taken,
    ) -> Result<(), Stop> {
        let quarantine = Account::Node(sku.clone(), node.id.clone(), Bucket::Quarantine);
        let there = positive(desk.balance(&quarantine)?).min(qty);
        let gone = minus(qty, there);
        if !gone.is_zero() && policy.sell_through < Reach::BelowZero {
            let wanted = format!("{qty} as far as the policy reaches");
            let found = format!("{there} in quarantine of `{}`, which has closed since", node.id);
            let no = Refusal::new(Code::StockInsufficient, wanted, found);
            return Err(no.at(self.beyond(sku, there)).into());
        }
        taken.deltas.add(quarantine, -there.as_i64());
        taken.deltas.add(Account::Outside(sku.clone(), Outside::Shrink), -gone.as_i64());
        taken.beyond.push((sku.clone(), Beyond::Quarantine(gone.as_i64())));
        Ok(())
    }

    /// The line of a SKU at which more is sold than was there.
    fn beyond(&self, sku: &Sku, had: Qty) -> String {
        let mut sum = Qty::ZERO;
        let index = self.lines.iter().position(|line| {
            if line.sku == *sku {
                sum = sum.checked_add(line.qty).unwrap_or(Qty::MAX);
            }
            sum > had
        });
        index.map_or_else(String::new, |index| format!("/lines/{index}/qty"))
    }
}

/// Whether a count has seen already that what was sold at a moment was gone. Of a location closed
/// since, counts of quarantine tell too, for that is where the books then had it.
fn counted_since(desk: &Desk<'_>, sku: &Sku, node: &Location, at: Timestamp) -> Result<bool, Stop> {
    for bucket in BUCKETS_SOLD {
        let from = match (bucket, node.closed_at.filter(|_| node.closed)) {
            (None, _) => at,
            (Some(_), Some(closed_at)) => closed_at,
            (Some(_), None) => continue,
        };
        let last = desk.range(&last_count(sku, &node.id, bucket))?.first();
        if last.and_then(moment_of).is_some_and(|last| from <= last) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells that the sale took more than the books had.
fn discrepancy(desk: &mut Desk<'_>, sku: Sku, node: &Location, beyond: Beyond) -> Result<(), Stop> {
    let below = match beyond {
        Beyond::Quarantine(gone) => gone,
        Beyond::Available(before) => {
            let available = Account::Node(sku.clone(), node.id.clone(), Bucket::Available);
            before.min(0).saturating_sub(desk.balance(&available)?.min(0))
        }
    };
    if below <= 0 {
        return Ok(());
    }
    let found =
        DiscrepancyFound { sku, node: node.id.clone(), qty: below, cause: "till".to_owned() };
    desk.emit(Event::DiscrepancyFound(found), Vec::new())
}
