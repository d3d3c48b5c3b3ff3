//! `release_to_node`: allocated units become work of their node, one work order per group.
//!
//! Refusals, in order: shape of the lines (`invalid.empty`, `limit.count`, `invalid.duplicate`,
//! `invalid.quantity_zero`); `order.unknown`, `order.closed`, `order.on_hold`; `location.unknown`,
//! `location.closed`; `line.unknown`; `line.stage_forbids` where the node itself does not hold as
//! much allocated (units of another node have to be sourced anew first); `limit.count` of the order's
//! work orders.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::checks::room_for;
use super::verb::{Sealer, Verb, plain};
use super::work::{Part, Source, check_wanted, choose, live_order, not_held, parts};
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Shifting, Stop};
use crate::event::Work;
use crate::order::{Direction, Spot, Stage, Verb as Move};
use crate::words::{LocationId, OrderId, Timestamp};

/// Hands allocated units to their node as work. Without lines: all that the node holds allocated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseToNode {
    /// The order.
    pub order: OrderId,
    /// The node that holds the units.
    pub node: LocationId,
    /// Which units; all allocated at the node when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Part>>,
    /// When the node shall hand over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over_by: Option<Timestamp>,
}

impl Verb for ReleaseToNode {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        check_wanted(&parts(self.lines.as_deref()), limits)
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads.entity(EntityKey::Location(self.node.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = live_order(desk, &self.order)?;
        not_held(&order, Move::Release)?;
        desk.open_location(&self.node, "/node")?;
        let source = Source {
            stage: Stage::Allocated,
            direction: Direction::Forward,
            place: format!("at `{}`", self.node),
            path: "/node",
            is_there: &|_, spot| spot.node.as_ref() == Some(&self.node),
        };
        let chosen = choose(&order, &parts(self.lines.as_deref()), &source)?;
        let groups: BTreeSet<_> =
            chosen.iter().filter_map(|(line, _)| Some(&order.group_of(line)?.group)).collect();
        let (known, most) = (order.fulfillments.len(), desk.ctx().limits.fulfillments);
        room_for(known, groups.len(), most, "work orders of an order", "/order")?;
        for group in &order.placed.groups {
            let mut s = Shifting::new(Move::Release, self.order.clone());
            let fulfillment = desk.next_fulfillment();
            for (line, holdings) in &chosen {
                if order.group_of(line).is_none_or(|g| g.group != group.group) {
                    continue;
                }
                for h in holdings {
                    let to = Spot {
                        stage: Stage::Released,
                        fulfillment: Some(fulfillment.clone()),
                        ..h.at.clone()
                    };
                    s.push(line, h.at.clone(), to, h.qty);
                }
            }
            s.shift.work = Some(Work {
                fulfillment,
                node: self.node.clone(),
                group: group.group.clone(),
                hand_over_by: self.hand_over_by,
            });
            desk.emit_shift(s)?;
        }
        Ok(())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
