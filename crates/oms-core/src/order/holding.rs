//! Holdings: how the ordered quantity of a line is spread.
//!
//! `ordered = Σ holdings`, always. Equal spots merge, so a line has as many holdings as it has
//! different whereabouts.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::stage::Stage;
use crate::words::{BatchId, FulfillmentId, LineId, LocationId, PackageId, PoolId, Qty, Timestamp};

/// Where some units of a line are: a stage and what the stage knows about them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// The stage.
    pub stage: Stage,
    /// The pool whose stock is claimed (Reserved up to Packed).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolId>,
    /// Whether the claim was taken from the fence of the order's channel; forgotten at Shipped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fenced: bool,
    /// The node that holds the units (Allocated up to Packed).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<LocationId>,
    /// The batch, when stock is kept by batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
    /// The work order they belong to (Released, Packed).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfillment: Option<FulfillmentId>,
    /// The package they are in (Packed, Shipped).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageId>,
    /// When the claim ends by itself at the next tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Spot {
    /// A spot of which only the stage is known.
    #[must_use]
    pub fn bare(stage: Stage) -> Spot {
        Spot {
            stage,
            pool: None,
            fenced: false,
            node: None,
            batch: None,
            fulfillment: None,
            package: None,
            until: None,
        }
    }

    /// A soft claim in a pool.
    #[must_use]
    pub fn reserved(pool: PoolId, fenced: bool, until: Option<Timestamp>) -> Spot {
        Spot { pool: Some(pool), fenced, until, ..Spot::bare(Stage::Reserved) }
    }

    /// A hard claim at a node of a pool.
    #[must_use]
    pub fn allocated(
        pool: PoolId,
        fenced: bool,
        node: LocationId,
        until: Option<Timestamp>,
    ) -> Spot {
        Spot { pool: Some(pool), fenced, node: Some(node), until, ..Spot::bare(Stage::Allocated) }
    }
}

/// A quantity at a spot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// Where.
    pub at: Spot,
    /// How many, never zero.
    pub qty: Qty,
}

/// One shift of units of a line from one spot to another; `from: None` means out of nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The line.
    pub line: LineId,
    /// Whence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Spot>,
    /// Whither.
    pub to: Spot,
    /// How many.
    pub qty: Qty,
}

/// Which of several equal holdings goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the customer: common before fenced, earliest deadline first.
    Forward,
    /// Back to stock, and on cancel: fenced before common, latest deadline first.
    Back,
}

/// The order in which holdings are taken; never left to chance.
#[must_use]
pub fn precedence(direction: Direction, a: &Spot, b: &Spot) -> Ordering {
    // No deadline counts as the latest one.
    let until = |s: &Spot| s.until.map_or(i64::MAX, Timestamp::ms);
    let first = match direction {
        Direction::Forward => a.fenced.cmp(&b.fenced).then(until(a).cmp(&until(b))),
        Direction::Back => b.fenced.cmp(&a.fenced).then(until(b).cmp(&until(a))),
    };
    first
        .then_with(|| a.pool.cmp(&b.pool))
        .then_with(|| a.node.cmp(&b.node))
        .then_with(|| a.package.cmp(&b.package))
        .then_with(|| a.fulfillment.cmp(&b.fulfillment))
        .then_with(|| a.batch.cmp(&b.batch))
}

/// Takes up to `qty` units out of `holdings` that satisfy `wanted`, in the order of [`precedence`].
///
/// Returns what was found, spot by spot; the sum may be less than `qty`.
#[must_use]
pub fn pick(
    holdings: &[Holding],
    qty: Qty,
    direction: Direction,
    wanted: impl Fn(&Spot) -> bool,
) -> Vec<Holding> {
    let mut found: Vec<&Holding> = holdings.iter().filter(|h| wanted(&h.at)).collect();
    found.sort_by(|a, b| precedence(direction, &a.at, &b.at));
    let mut left = qty;
    let mut taken = Vec::new();
    for holding in found {
        if left.is_zero() {
            break;
        }
        let part = holding.qty.min(left);
        left = left.checked_sub(part).unwrap_or(Qty::ZERO);
        taken.push(Holding { at: holding.at.clone(), qty: part });
    }
    taken
}

/// The sum of quantities, saturating at [`Qty::MAX`] (which no lawful line reaches).
#[must_use]
pub fn total<'a>(holdings: impl IntoIterator<Item = &'a Holding>) -> Qty {
    holdings.into_iter().fold(Qty::ZERO, |sum, h| sum.checked_add(h.qty).unwrap_or(Qty::MAX))
}
