//! `count_stock`: a count says how many good units of a SKU a node had at a moment (or how many lay
//! in another bucket), and the books follow.
//!
//! The difference is taken to what the books say of that moment: what is there now less all
//! movements since, corrections by other counts aside. It moves from *found* or to *shrink*. A count
//! tells the truth, so it goes all the way: what is free, hidden, fenced, claimed, at last below
//! zero. Claims are taken before it from the last in rank, and claimed again after it from the first.
//!
//! A count taken before the last count there is answered `stale`: the later one has seen more. One
//! older than the policy's window (or taken in the future) is refused, for the movements since may
//! not be known well enough.
//!
//! Refusals, in order: `invalid.range` of the bucket; `item.unknown`; `location.unknown`;
//! `location.closed` for good units there; `invalid.date_range`; (`stale`;) `limit.reads`;
//! `stock.insufficient` where more was taken out of the bucket since than was counted in it;
//! `limit.count` where more orders lose claims than one command may touch.

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use crate::catalog::{Location, PolicyScope};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{
    Desk, EntityKey, Hurt, ReadSet, Steps, Stop, last_count, last_movement, moment_of,
    movements_after,
};
use crate::event::{DiscrepancyFound, Event, StockCounted};
use crate::stock::{Account, Bucket, Deltas, Outside};
use crate::words::{LocationId, Qty, Sku, Timestamp};

/// Tells what a count found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountStock {
    /// What.
    pub sku: Sku,
    /// Where.
    pub node: LocationId,
    /// How many base units were there.
    pub counted: Qty,
    /// When; now, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<Timestamp>,
    /// `inspect`, `damaged` or `quarantine`; all good units, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Bucket>,
}

/// A moment in the past that the window of counts still reaches.
pub(crate) fn in_window(
    at: Timestamp,
    now: Timestamp,
    days: u32,
    path: &str,
) -> Result<(), Refusal> {
    let first = now.plus_days(-i64::from(days));
    if at < first || at > now {
        let expected = format!("a moment from {first} to {now}");
        return Err(Refusal::new(Code::DateRange, expected, at.to_string()).at(path));
    }
    Ok(())
}

impl Verb for CountStock {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        match self.bucket.filter(|b| b.is_good()) {
            None => Ok(()),
            Some(bucket) => Err(Refusal::new(
                Code::OutOfRange,
                "`inspect`, `damaged` or `quarantine`, or none for all good units",
                format!("`{}`", bucket.name()),
            )
            .at("/bucket")),
        }
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Item(self.sku.clone()));
        reads.entity(EntityKey::Location(self.node.clone()));
        reads.entity(EntityKey::Policy(PolicyScope::Tenant));
        reads.entity(EntityKey::Policy(PolicyScope::Location(self.node.clone())));
        for account in self.counts().chain([self.times()]) {
            reads.balance(account);
        }
        reads.ranges.insert(last_count(&self.sku, &self.node, self.bucket));
        reads.ranges.insert(last_movement(&self.sku, &self.node));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        desk.item(&self.sku, "/sku")?;
        let node = desk.location(&self.node, "/node")?;
        if self.bucket.is_none() {
            desk.open_location(&self.node, "/node")?;
        }
        let now = desk.ctx().now;
        let days = desk.policy(None, Some(&node.id))?.count_window_days;
        let counted_at = self.counted_at.unwrap_or(now);
        in_window(counted_at, now, days, "/counted_at")?;
        let last = desk.range(&last_count(&self.sku, &self.node, self.bucket))?;
        if last.first().and_then(moment_of).is_some_and(|last| counted_at < last) {
            return desk.answer_stale(None);
        }
        let mut books = 0_i64;
        for account in self.counts() {
            books = books.saturating_add(desk.balance(&account)?);
        }
        let since = self.moved_after(desk, counted_at)?;
        let difference = self.counted.as_i64().saturating_sub(books.saturating_sub(since));
        let (mut deltas, hurt) = self.deltas(desk, &node, difference, books)?;
        deltas.add(self.times(), 1);
        let moved_at = desk.moved_at([(self.sku.clone(), node.id.clone())])?;
        desk.emit(
            Event::StockCounted(StockCounted {
                sku: self.sku.clone(),
                node: node.id.clone(),
                bucket: self.bucket,
                counted: self.counted,
                counted_at,
                difference,
                deltas: deltas.into_vec(),
                moved_at,
            }),
            Vec::new(),
        )?;
        if difference != 0 {
            desk.emit(
                Event::DiscrepancyFound(DiscrepancyFound {
                    sku: self.sku.clone(),
                    node: node.id.clone(),
                    qty: difference,
                    cause: "count".to_owned(),
                }),
                Vec::new(),
            )?;
        }
        desk.claim_again(hurt)
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

impl CountStock {
    /// The accounts whose units are counted.
    fn counts(&self) -> impl Iterator<Item = Account> {
        let buckets = match self.bucket {
            None => vec![Bucket::Available, Bucket::Buffered, Bucket::Allocated],
            Some(bucket) => vec![bucket],
        };
        buckets.into_iter().map(|b| Account::Node(self.sku.clone(), self.node.clone(), b))
    }

    fn times(&self) -> Account {
        Account::Counts(self.sku.clone(), self.node.clone())
    }

    /// By how much movements have changed the units since a moment.
    fn moved_after(&self, desk: &Desk<'_>, at: Timestamp) -> Result<i64, Stop> {
        let cap = desk.ctx().limits.keys;
        let mut limit = 256.min(cap);
        loop {
            let read = movements_after(&self.sku, &self.node, self.bucket, at, limit);
            let rows = desk.range(&read)?;
            if rows.len() < limit {
                return Ok(rows.iter().fold(0, |sum: i64, r| sum.saturating_add(r.value)));
            }
            if limit >= cap {
                let expected = format!("fewer than {cap} movements since the count");
                return Err(Refusal::new(Code::TooMuchToRead, expected, "more").into());
            }
            limit = limit.saturating_mul(8).min(cap);
        }
    }

    /// What the difference does, before or after taking claims; and whose claims it took.
    fn deltas(
        &self,
        desk: &mut Desk<'_>,
        node: &Location,
        difference: i64,
        books: i64,
    ) -> Result<(Deltas, Vec<Hurt>), Stop> {
        let qty =
            Qty::new(difference.unsigned_abs()).map_err(|e| Refusal::from(e).at("/counted"))?;
        let (mut deltas, mut hurt) = (Deltas::default(), Vec::new());
        match self.bucket {
            None if difference < 0 => {
                let lowered = desk.lower(&self.sku, node, None, qty, Steps::COUNT)?;
                (deltas, hurt) = (lowered.deltas, lowered.hurt);
            }
            None => desk.raise(&mut deltas, &self.sku, node, qty)?,
            Some(bucket) => {
                let after = books.saturating_add(difference);
                if after < 0 {
                    return Err(Refusal::new(
                        Code::StockInsufficient,
                        format!("at least {} in `{}`", after.saturating_neg(), bucket.name()),
                        format!("{} counted, and more taken out since", self.counted),
                    )
                    .at("/counted")
                    .into());
                }
                deltas.add(Account::Node(self.sku.clone(), node.id.clone(), bucket), difference);
            }
        }
        let outside = if difference < 0 { Outside::Shrink } else { Outside::Found };
        deltas.add(Account::Outside(self.sku.clone(), outside), difference.saturating_neg());
        Ok((deltas, hurt))
    }
}
