//! Verification: what is stored is rebuilt from the events and compared, and every law is checked
//! after every event.
//!
//! Two walks, so that a log of any length fits in little room. The first goes through the log: the
//! chain of hashes, positions without gaps, the laws of stock, and all balances summed up. The
//! second goes through the stored orders one by one: each is rebuilt from its own stream and
//! compared, rows of the ordered tables included. At the end the sums of both meet.
//!
//! # Law
//! Nothing is held per order; rows are compared by a sum of their hashes, and only when the sums
//! differ does another walk look for the first difference.

mod log;
mod orders;
mod rows;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::store::Store;
use crate::desk::{LawBroken, ReadSet};
use crate::event::hex;
use crate::stock::StockLaw;
use crate::words::TenantId;

/// What a whole log comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Events, from the first to the last position.
    pub events: u64,
    /// Hash of the last one, hex.
    pub hash: String,
    /// Orders.
    pub orders: u64,
    /// Other entities: items, locations, pools, channels, policies.
    pub catalog: u64,
    /// Balances that are not zero.
    pub balances: u64,
    /// Rows of the ordered tables.
    pub rows: u64,
    /// Events that the world has not been told of, as far as was looked (the oldest ones).
    pub unsettled: u64,
}

/// Why a store is not what its events say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// A law does not hold.
    #[error("law `{law}` broken at {place}: {detail}")]
    Broken {
        /// The law's name.
        law: String,
        /// Where: an event, a balance, an entity, a row.
        place: String,
        /// The numbers.
        detail: String,
    },
    /// The store cannot be read, or an event is unknown.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Finding {
    fn broken(law: &str, place: impl fmt::Display, detail: impl Into<String>) -> Finding {
        Finding::Broken { law: law.to_owned(), place: place.to_string(), detail: detail.into() }
    }

    fn law(broken: LawBroken, place: impl fmt::Display) -> Finding {
        Finding::Broken { law: broken.law, place: place.to_string(), detail: broken.detail }
    }

    fn stock(broken: StockLaw, place: impl fmt::Display) -> Finding {
        Finding::broken(broken.law, place, broken.detail)
    }
}

/// How far verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is walked through.
    pub walk: &'static str,
    /// How many are behind.
    pub done: u64,
    /// Of how many.
    pub of: u64,
}

/// Rebuilds everything from the events and compares it with what is stored.
///
/// Nobody may write meanwhile; if somebody does, the store is reported as busy.
///
/// # Errors
/// The first [`Finding`].
///
/// # Cost
/// Linear in the log. Memory: the balances that are not zero and the catalogue; nothing per order.
///
/// # Example
/// ```
/// use oms_core::engine::{MemoryStore, verify};
/// use oms_core::words::TenantId;
/// let report = verify(&mut MemoryStore::new(), &TenantId::new("T")?)?;
/// assert_eq!(report.events, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(store: &mut dyn Store, tenant: &TenantId) -> Result<Report, Finding> {
    verify_watched(store, tenant, &mut |_| ())
}

/// [`verify`], telling now and then how far it has come.
///
/// # Errors
/// As [`verify`].
pub fn verify_watched(
    store: &mut dyn Store,
    tenant: &TenantId,
    watch: &mut dyn FnMut(Progress),
) -> Result<Report, Finding> {
    let end = store.read(tenant, &ReadSet::default())?.seq;
    let mut log = log::Log::new(tenant.clone());
    log.walk(store, end, watch)?;
    let unsettled = log.outbox(store)?;
    let orders = orders::walk(store, tenant, &log, watch)?;
    let balances = u64::try_from(log.books.len()).unwrap_or(u64::MAX);
    let catalog = log.catalog_len();
    let rows = rows::compare(store, tenant, &log, &orders)?;
    let tip = log.tip;
    log.compare_balances(store)?;
    let now = store.read(tenant, &ReadSet::default())?.seq;
    if now != end {
        let grown = format!("the log grew from {end} to {now} meanwhile");
        return Err(Finding::Fault(Fault::Busy(grown)));
    }
    Ok(Report {
        events: tip.seq,
        hash: hex(&tip.hash),
        orders: orders.count,
        catalog,
        balances,
        rows,
        unsettled,
    })
}
