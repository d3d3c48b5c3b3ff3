//! Stock by node, as it lies when the run ends.

use std::collections::{BTreeMap, BTreeSet};

use oms::desk::{RangeRead, ReadSet, Table};
use oms::engine::{Fault, Store};
use oms::stock::{Account, Bucket};
use oms::words::{LocationId, Sku, TenantId};

use crate::network::Grid;
use crate::report::{NodeStock, StockGroup};

/// Balances that are read at once.
const CHUNK: usize = 4_096;
/// Stores that are shown.
const STORES: usize = 12;

/// The centers, and the stores that hold the most, without what is measured instead of counted:
/// one pump of fuel would dwarf all shelves.
pub(crate) fn groups(
    store: &mut dyn Store,
    tenant: &TenantId,
    grid: &Grid,
    measured: &BTreeSet<Sku>,
) -> Result<Vec<StockGroup>, Fault> {
    let mut nodes: BTreeMap<LocationId, NodeStock> = BTreeMap::new();
    for bucket in Bucket::ALL {
        let mut next = RangeRead::prefix(Table::Balances, &[bucket.name()], CHUNK);
        loop {
            let mut reads = ReadSet::default();
            reads.ranges.insert(next.clone());
            let slice = store.read(tenant, &reads)?;
            let rows = slice.ranges.get(&next).map_or(&[][..], Vec::as_slice);
            let Some(last) = rows.last() else { break };
            for row in rows {
                let Some(Account::Node(sku, node, bucket)) = Account::from_key(&row.key) else {
                    continue;
                };
                if measured.contains(&sku) {
                    continue;
                }
                let units = u64::try_from(row.value).unwrap_or(0);
                let stock = nodes.entry(node).or_default();
                *match bucket {
                    Bucket::Available => &mut stock.available,
                    Bucket::Buffered => &mut stock.buffered,
                    Bucket::Allocated => &mut stock.allocated,
                    _ => &mut stock.withheld,
                } += units;
            }
            next = next.after(&last.key.clone());
        }
    }
    let named = nodes.into_iter().filter_map(|(id, stock)| {
        let node = grid.node(&id)?;
        Some((node.is_center, NodeStock { name: node.name.clone(), ..stock }))
    });
    let (centers, stores): (Vec<_>, Vec<_>) = named.partition(|(is_center, _)| *is_center);
    let fullest = |nodes: Vec<(bool, NodeStock)>, most: usize| -> Vec<NodeStock> {
        let mut nodes: Vec<NodeStock> = nodes.into_iter().map(|(_, node)| node).collect();
        nodes.sort_by(|a, b| b.available.cmp(&a.available).then_with(|| a.name.cmp(&b.name)));
        nodes.truncate(most);
        nodes
    };
    Ok(vec![
        StockGroup { name: "Distribution centers".to_owned(), nodes: fullest(centers, usize::MAX) },
        StockGroup {
            name: "The stores that hold the most".to_owned(),
            nodes: fullest(stores, STORES),
        },
    ])
}
