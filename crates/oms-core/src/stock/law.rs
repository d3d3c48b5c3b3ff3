//! The laws of stock that one event alone must keep.

use std::collections::BTreeMap;

use super::account::{Account, Bucket, Delta};
use crate::words::{LocationId, PoolId, Sku};

/// A law of stock that does not hold, with its numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("law `{law}` broken: {detail}")]
pub struct StockLaw {
    /// The law's name.
    pub law: &'static str,
    /// What was found where.
    pub detail: String,
}

/// Checks the linear laws on the deltas of one event: physical deltas of a SKU sum to zero, and
/// Δ available of a pool's nodes = Δ ats + Δ reserved + Σ Δ fenced.
///
/// Both laws hold for all balances after every event if and only if they hold for every event's
/// deltas. `pool_of` tells the pool of a node.
///
/// # Errors
/// The first broken law with its numbers.
///
/// # Cost
/// O(d log d) for d deltas.
pub fn audit_deltas(
    deltas: &[Delta],
    pool_of: impl Fn(&LocationId) -> Option<PoolId>,
) -> Result<(), StockLaw> {
    let mut physical: BTreeMap<&Sku, i64> = BTreeMap::new();
    let mut claims: BTreeMap<(&Sku, PoolId), i64> = BTreeMap::new();
    for Delta { account, by } in deltas {
        if let (true, Some(sku)) = (account.is_physical(), account.sku()) {
            *physical.entry(sku).or_insert(0) += by;
        }
        match account {
            Account::Node(sku, node, Bucket::Available) => {
                let pool = pool_of(node).ok_or_else(|| StockLaw {
                    law: "stock.nodes_known",
                    detail: format!("`{node}` has no pool"),
                })?;
                *claims.entry((sku, pool)).or_insert(0) += by;
            }
            Account::Ats(sku, pool)
            | Account::Reserved(sku, pool)
            | Account::Fenced(sku, pool, _) => {
                *claims.entry((sku, pool.clone())).or_insert(0) -= by;
            }
            _ => {}
        }
    }
    if let Some((sku, sum)) = physical.iter().find(|(_, sum)| **sum != 0) {
        return Err(StockLaw {
            law: "stock.double_entry",
            detail: format!("physical deltas of `{sku}` sum to {sum}"),
        });
    }
    if let Some(((sku, pool), rest)) = claims.iter().find(|(_, rest)| **rest != 0) {
        return Err(StockLaw {
            law: "stock.claims_tied_to_things",
            detail: format!(
                "available of `{sku}` in pool `{pool}` differs from ats + reserved + fenced by {rest}"
            ),
        });
    }
    Ok(())
}
