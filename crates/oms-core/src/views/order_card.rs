//! One order for people and programs: where its units are, what has happened, why so.

use serde::Serialize;

use crate::decision::DecisionRecord;
use crate::desk::{Entity, EntityKey, ReadSet};
use crate::engine::{Fault, Feed, Store};
use crate::event::Event;
use crate::order::{
    FulfillmentStatus, Hold, Order, OrderStatus, Promised, Spot, fulfillment_status, status,
};
use crate::words::{
    ActorId, ChannelId, FulfillmentId, LineId, LocationId, Money, OrderId, PackageId, Qty, Sku,
    TenantId, Timestamp,
};

/// An order as it is now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrderCard {
    /// Its id.
    pub order: OrderId,
    /// Its computed status.
    pub status: OrderStatus,
    /// Its channel.
    pub channel: ChannelId,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The number of facts about it.
    pub version: u64,
    /// The total as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// Its lines.
    pub lines: Vec<LineCard>,
    /// Its holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// Its work orders.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fulfillments: Vec<FulfillmentCard>,
    /// Its packages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageCard>,
    /// What the customer was told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<Promised>,
}

/// A line and where its units are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineCard {
    /// Its id.
    pub line: LineId,
    /// What.
    pub sku: Sku,
    /// How many were ordered.
    pub ordered: Qty,
    /// Where they are.
    pub units: Vec<UnitsCard>,
}

/// Units at one spot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitsCard {
    /// How many.
    pub qty: Qty,
    /// Where.
    #[serde(flatten)]
    pub at: Spot,
}

/// A work order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FulfillmentCard {
    /// Its id.
    pub fulfillment: FulfillmentId,
    /// Its node.
    pub node: LocationId,
    /// Its computed status.
    pub status: FulfillmentStatus,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PackageCard {
    /// Its id.
    pub package: PackageId,
    /// Where it was packed.
    pub node: LocationId,
    /// Its state in one word: open, shipped, delivered, lost.
    pub state: &'static str,
    /// Carrier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Tracking number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
}

/// Reads one order; `None` where there is none.
///
/// # Errors
/// The store's [`Fault`].
pub fn order_card(
    store: &mut dyn Store,
    tenant: &TenantId,
    id: &OrderId,
) -> Result<Option<OrderCard>, Fault> {
    let key = EntityKey::Order(id.clone());
    let mut reads = ReadSet::default();
    reads.entity(key.clone());
    let slice = store.read(tenant, &reads)?;
    let Some(Some(found)) = slice.entities.get(&key) else { return Ok(None) };
    let Entity::Order(order) = &found.entity else { return Ok(None) };
    Ok(Some(card(order, found.version)))
}

fn card(order: &Order, version: u64) -> OrderCard {
    OrderCard {
        order: order.id.clone(),
        status: status(order),
        channel: order.placed.channel.clone(),
        placed_at: order.placed_at,
        version,
        total: order.placed.total,
        lines: order
            .lines
            .iter()
            .map(|line| LineCard {
                line: line.given.line.clone(),
                sku: line.given.sku.clone(),
                ordered: line.given.qty,
                units: line
                    .holdings
                    .iter()
                    .map(|h| UnitsCard { qty: h.qty, at: h.at.clone() })
                    .collect(),
            })
            .collect(),
        holds: order.holds.clone(),
        fulfillments: order
            .fulfillments
            .iter()
            .map(|f| FulfillmentCard {
                fulfillment: f.fulfillment.clone(),
                node: f.node.clone(),
                status: fulfillment_status(order, &f.fulfillment),
            })
            .collect(),
        packages: order
            .packages
            .iter()
            .map(|p| PackageCard {
                package: p.package.clone(),
                node: p.node.clone(),
                state: match (p.lost_at, p.delivered_at, p.shipped_at) {
                    (Some(_), ..) => "lost",
                    (_, Some(_), _) => "delivered",
                    (.., Some(_)) => "shipped",
                    _ => "open",
                },
                carrier: p.carrier.clone(),
                tracking: p.tracking.clone(),
            })
            .collect(),
        promises: order.promises.clone(),
    }
}

/// One fact of an order's life.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Position in the log.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Option<ActorId>,
    /// The fact.
    pub event: Event,
}

/// Everything that has happened to an order, in order.
///
/// # Errors
/// The store's [`Fault`]; [`Fault::UnknownEvent`] for a fact that this engine cannot read.
pub fn timeline(
    store: &mut dyn Store,
    tenant: &TenantId,
    id: &OrderId,
) -> Result<Vec<Moment>, Fault> {
    let stream = format!("order/{id}");
    let mut moments = Vec::new();
    let mut after = 0;
    loop {
        let chunk = store.feed(tenant, &Feed::Stream(stream.clone(), after), 1_000)?;
        let Some(last) = chunk.last() else { return Ok(moments) };
        after = last.seq;
        for recorded in &chunk {
            let event = Event::decode(&recorded.kind, &recorded.payload)?.ok_or_else(|| {
                Fault::UnknownEvent {
                    seq: recorded.seq,
                    kind: recorded.kind.clone(),
                    version: recorded.version,
                }
            })?;
            moments.push(Moment {
                seq: recorded.seq,
                at: recorded.at,
                actor: recorded.actor.clone(),
                event,
            });
        }
    }
}

/// The sourcing decisions of an order, oldest first.
///
/// # Errors
/// As [`timeline`].
pub fn decisions(
    store: &mut dyn Store,
    tenant: &TenantId,
    id: &OrderId,
) -> Result<Vec<(Timestamp, DecisionRecord)>, Fault> {
    Ok(timeline(store, tenant, id)?
        .into_iter()
        .filter_map(|m| match m.event {
            Event::PlanCommitted(e) => Some((m.at, *e.decision)),
            _ => None,
        })
        .collect())
}
