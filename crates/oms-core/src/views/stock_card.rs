//! The stock of one SKU: by node, by pool, outside; and what there is at one location.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::desk::{RangeRead, ReadSet, Table};
use crate::engine::{Fault, Store};
use crate::stock::{Account, Bucket, Outside};
use crate::words::{LocationId, PoolId, Sku, TenantId};

/// Most rows of one kind that a card shows.
const ROWS: usize = 100_000;

/// The stock of one SKU.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StockCard {
    /// By node: units by bucket.
    pub nodes: BTreeMap<LocationId, BTreeMap<&'static str, i64>>,
    /// By pool: ats, reserved, and fences by channel.
    pub pools: BTreeMap<PoolId, BTreeMap<String, i64>>,
    /// Outside.
    pub outside: BTreeMap<&'static str, i64>,
    /// In transit to customers.
    pub in_transit: i64,
}

impl StockCard {
    /// Available plus buffered plus allocated, over all nodes.
    #[must_use]
    pub fn good(&self) -> i64 {
        let good = Bucket::ALL.iter().filter(|b| b.is_good()).map(|b| b.name());
        good.map(|name| self.nodes.values().filter_map(|n| n.get(name)).sum::<i64>()).sum()
    }
}

/// Reads the stock of a SKU.
///
/// # Errors
/// The store's [`Fault`].
pub fn stock_card(store: &mut dyn Store, tenant: &TenantId, sku: &Sku) -> Result<StockCard, Fault> {
    let kinds = Bucket::ALL.iter().map(|b| b.name());
    let claims = ["ats", "reserved", "fenced", "outside", "transit"];
    let ranges: Vec<RangeRead> = kinds
        .chain(claims)
        .map(|kind| RangeRead::prefix(Table::Balances, &[kind, sku.as_str()], ROWS))
        .collect();
    let mut reads = ReadSet::default();
    reads.ranges.extend(ranges);
    let slice = store.read(tenant, &reads)?;
    let mut card = StockCard::default();
    for row in slice.ranges.values().flatten() {
        match Account::from_key(&row.key) {
            Some(Account::Node(_, node, bucket)) => {
                card.nodes.entry(node).or_default().insert(bucket.name(), row.value);
            }
            Some(Account::Ats(_, pool)) => {
                card.pools.entry(pool).or_default().insert("ats".to_owned(), row.value);
            }
            Some(Account::Reserved(_, pool)) => {
                card.pools.entry(pool).or_default().insert("reserved".to_owned(), row.value);
            }
            Some(Account::Fenced(_, pool, channel)) => {
                let name = format!("fenced for {channel}");
                card.pools.entry(pool).or_default().insert(name, row.value);
            }
            Some(Account::Outside(_, outside)) => {
                let known = Outside::ALL.iter().find(|o| **o == outside);
                card.outside.insert(known.map_or("", |o| o.name()), row.value);
            }
            Some(Account::Transit(..)) => card.in_transit += row.value,
            _ => {}
        }
    }
    Ok(card)
}
