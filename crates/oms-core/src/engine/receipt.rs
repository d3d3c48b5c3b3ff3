//! Receipts: what came of a turn.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::command::RefusalNote;
use crate::order::OrderStatus;
use crate::words::{CommandId, FulfillmentId, LineId, OrderId, PackageId, Qty, Sku, Timestamp};

/// How a command was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Done.
    Accepted,
    /// Accepted without events: its source's message was known already.
    Duplicate,
    /// Accepted without events: something newer was known already.
    Stale,
    /// A business no.
    Refused,
}

/// What came of a command. The same command again gets the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The command, where its id could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CommandId>,
    /// Its verb.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub verb: String,
    /// How it was answered.
    pub outcome: Outcome,
    /// When it was handled.
    pub at: Timestamp,
    /// Nothing was committed; this is what would have happened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Position of its first event in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Types of its events in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// The orders that it changed, with their computed status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderNote>,
    /// Work orders that it began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fulfillments: Vec<FulfillmentId>,
    /// Packages that it filled for the first time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageId>,
    /// Units that were wanted and not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub short: Vec<ShortNote>,
    /// Orders that the command went on past because they failed; they are as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<SkippedNote>,
    /// How many orders, shortages and skipped orders a sourcing round has beyond those listed.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unlisted: u64,
    /// More is due: send another command of the kind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Balances after, by account (parts joined by `/`); in a dry run only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub balances: BTreeMap<String, i64>,
    /// How often it was decided anew because somebody was faster.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalNote>,
    /// The line of the input, where it was no command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

fn is_none(n: &u64) -> bool {
    *n == 0
}

/// An order after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderNote {
    /// Which.
    pub order: OrderId,
    /// Its computed status.
    pub status: OrderStatus,
}

/// Units that were wanted and not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShortNote {
    /// The order.
    pub order: OrderId,
    /// The line.
    pub line: LineId,
    /// The SKU.
    pub sku: Sku,
    /// How many are missing.
    pub qty: Qty,
    /// Stable code of the reason.
    pub code: String,
}

/// An order that a command for many orders went on past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkippedNote {
    /// The order.
    pub order: OrderId,
    /// Stable code of the refusal, or the name of the law that would have broken.
    pub code: String,
    /// What was found.
    pub detail: String,
}

impl Receipt {
    /// A receipt without content yet.
    #[must_use]
    pub fn new(id: CommandId, verb: &str, outcome: Outcome, at: Timestamp) -> Receipt {
        Receipt { id: Some(id), verb: verb.to_owned(), ..Receipt::bare(outcome, at) }
    }

    fn bare(outcome: Outcome, at: Timestamp) -> Receipt {
        Receipt {
            id: None,
            verb: String::new(),
            outcome,
            at,
            dry_run: false,
            seq: None,
            events: Vec::new(),
            orders: Vec::new(),
            fulfillments: Vec::new(),
            packages: Vec::new(),
            short: Vec::new(),
            skipped: Vec::new(),
            unlisted: 0,
            more: false,
            balances: BTreeMap::new(),
            retries: 0,
            refusal: None,
            line: None,
        }
    }

    /// The receipt of a line that was no command.
    #[must_use]
    pub fn unreadable(
        id: Option<CommandId>,
        refusal: RefusalNote,
        at: Timestamp,
        line: Option<u64>,
    ) -> Receipt {
        Receipt { id, refusal: Some(refusal), line, ..Receipt::bare(Outcome::Refused, at) }
    }
}
