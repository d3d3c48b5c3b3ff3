//! What an event does to entities. The one fold that deciding, replay and verification share.

use std::sync::Arc;

use super::reads::{Entity, EntityKey};
use crate::catalog::{PolicyBook, PolicyVersion, Pool};
use crate::event::{DayChange, Event, Shift, Work};
use crate::order::{FulfillmentOrder, NodeDay, Order, OrderLaw, Package, Stage, Verb};
use crate::stock::StockLaw;
use crate::words::Timestamp;

/// A law that an event would break. Nothing commits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("law `{law}` broken: {detail}")]
pub struct LawBroken {
    /// The law's name.
    pub law: String,
    /// What was found where.
    pub detail: String,
}

impl LawBroken {
    /// A broken law.
    #[must_use]
    pub fn new(law: &str, detail: impl Into<String>) -> LawBroken {
        LawBroken { law: law.to_owned(), detail: detail.into() }
    }
}

impl From<OrderLaw> for LawBroken {
    fn from(broken: OrderLaw) -> LawBroken {
        LawBroken::new(broken.law, broken.detail)
    }
}

impl From<StockLaw> for LawBroken {
    fn from(broken: StockLaw) -> LawBroken {
        LawBroken::new(broken.law, broken.detail)
    }
}

/// Where entities are taken from and put back.
pub trait World {
    /// Takes an entity out, or `None` where there is none.
    fn take(&mut self, key: &EntityKey) -> Option<Entity>;
    /// Puts an entity back; its version grows by one.
    fn put(&mut self, key: EntityKey, entity: Entity);
}

/// Folds an event over the entities.
///
/// # Errors
/// [`LawBroken`] when the event does not fit the state: it cannot refuse, only be wrong.
pub fn evolve(world: &mut impl World, event: &Event, at: Timestamp) -> Result<(), LawBroken> {
    match event {
        Event::OrderPlaced(e) => {
            let order = Order::new((*e.order).clone(), &e.discount_shares, at, Stage::Open);
            fresh(world, order)
        }
        Event::TillSold(e) => {
            let order = Order::new((*e.order).clone(), &e.discount_shares, at, Stage::Delivered);
            fresh(world, order)
        }
        other => match other.order() {
            Some(id) => {
                let key = EntityKey::Order(id.clone());
                let Some(Entity::Order(mut order)) = world.take(&key) else {
                    return Err(LawBroken::new("order.exists", format!("order `{id}`")));
                };
                let done = evolve_order(Arc::make_mut(&mut order), other, at);
                world.put(key, Entity::Order(order));
                done
            }
            None => evolve_catalog(world, other, at),
        },
    }
}

fn fresh(world: &mut impl World, order: Order) -> Result<(), LawBroken> {
    let key = EntityKey::Order(order.id.clone());
    if world.take(&key).is_some() {
        return Err(LawBroken::new("order.placed_once", format!("order `{}`", order.id)));
    }
    world.put(key, Entity::Order(Arc::new(order)));
    Ok(())
}

fn evolve_order(order: &mut Order, event: &Event, at: Timestamp) -> Result<(), LawBroken> {
    match event {
        Event::Shifted(shift) => shifted(order, shift, at)?,
        Event::HoldSet(e) => {
            order.holds.retain(|h| h.kind != e.hold.kind);
            order.holds.push(e.hold.clone());
            order.holds.sort_by_key(|h| h.kind);
        }
        Event::HoldEnded(e) => order.holds.retain(|h| h.kind != e.kind),
        Event::OrderNoted(e) => order.notes.push(e.note.clone()),
        Event::CancellationRequested(e) => {
            let now = order.pending_at(&e.line, &e.node).checked_add(e.qty);
            let now = now.ok_or_else(|| LawBroken::new("line.bounded", "pending overflows"))?;
            order.set_pending(&e.line, &e.node, now);
        }
        Event::CancellationLapsed(e) => {
            let now = order.pending_at(&e.line, &e.node).checked_sub(e.qty);
            let now = now.ok_or_else(|| LawBroken::new("pending.within_work", "lapses twice"))?;
            order.set_pending(&e.line, &e.node, now);
        }
        Event::NodeExcluded(e) => {
            order.exclusions.retain(|x| !(x.sku == e.sku && x.node == e.node));
            order.exclusions.push(crate::order::Exclusion {
                sku: e.sku.clone(),
                node: e.node.clone(),
                until: e.until,
            });
        }
        Event::ExclusionEnded(e) => {
            order.exclusions.retain(|x| !(x.sku == e.sku && x.node == e.node));
        }
        Event::PromiseMade(e) => promised(order, &e.promise),
        Event::PromiseChanged(e) => promised(order, &e.promise),
        _ => {}
    }
    Ok(order.audit()?)
}

fn promised(order: &mut Order, promise: &crate::order::Promised) {
    order.promises.retain(|p| p.group != promise.group);
    order.promises.push(promise.clone());
    order.promises.sort_by(|a, b| a.group.cmp(&b.group));
}

fn shifted(order: &mut Order, shift: &Shift, at: Timestamp) -> Result<(), LawBroken> {
    order.shift(shift.verb, &shift.moves)?;
    for p in &shift.pending {
        order.set_pending(&p.line, &p.node, p.qty);
    }
    for d in &shift.days {
        match d.what {
            DayChange::Taken => {
                order.days.push(NodeDay { node: d.node.clone(), day: d.day, used: false })
            }
            DayChange::Given => order.days.retain(|x| !(x.node == d.node && x.day == d.day)),
            DayChange::Used => {
                for x in order.days.iter_mut().filter(|x| x.node == d.node && x.day == d.day) {
                    x.used = true;
                }
            }
        }
    }
    if let Some(work) = &shift.work {
        begin_work(order, shift, work, at);
    }
    if let Some(parcel) = &shift.parcel {
        let index = order.packages.iter().position(|p| p.package == parcel.package);
        let index = index.unwrap_or_else(|| {
            order.packages.push(Package {
                package: parcel.package.clone(),
                node: parcel.node.clone(),
                fulfillment: parcel.fulfillment.clone(),
                contents: std::collections::BTreeMap::new(),
                weight_g: None,
                carrier: None,
                service: None,
                tracking: None,
                shipped_at: None,
                delivered_at: None,
                lost_at: None,
            });
            order.packages.len() - 1
        });
        if let Some(package) = order.packages.get_mut(index) {
            package.contents =
                parcel.contents.clone().unwrap_or(std::mem::take(&mut package.contents));
            package.weight_g = parcel.weight_g.or(package.weight_g);
            package.carrier = parcel.carrier.clone().or(package.carrier.take());
            package.service = parcel.service.clone().or(package.service.take());
            package.tracking = parcel.tracking.clone().or(package.tracking.take());
            match shift.verb {
                Verb::Ship => package.shipped_at = Some(at),
                Verb::Deliver | Verb::Collect => package.delivered_at = Some(at),
                Verb::LoseParcel => package.lost_at = Some(at),
                _ => {}
            }
        }
    }
    Ok(())
}

fn begin_work(order: &mut Order, shift: &Shift, work: &Work, at: Timestamp) {
    let mut lines = std::collections::BTreeMap::new();
    for m in &shift.moves {
        let sum: &mut crate::words::Qty =
            lines.entry(m.line.clone()).or_insert(crate::words::Qty::ZERO);
        *sum = sum.checked_add(m.qty).unwrap_or(crate::words::Qty::MAX);
    }
    order.fulfillments.push(FulfillmentOrder {
        fulfillment: work.fulfillment.clone(),
        node: work.node.clone(),
        group: work.group.clone(),
        hand_over_by: work.hand_over_by,
        at,
        lines,
    });
}

fn evolve_catalog(world: &mut impl World, event: &Event, at: Timestamp) -> Result<(), LawBroken> {
    let missing = |what: &str| LawBroken::new("catalog.exists", what.to_owned());
    match event {
        Event::ItemDefined(e) => {
            let key = EntityKey::Item(e.item.sku.clone());
            world.take(&key);
            world.put(key, Entity::Item(Arc::new(e.item.clone())));
        }
        Event::ItemRetired(e) => {
            let key = EntityKey::Item(e.sku.clone());
            let Some(Entity::Item(mut item)) = world.take(&key) else {
                return Err(missing(e.sku.as_str()));
            };
            let body = Arc::make_mut(&mut item);
            (body.retired, body.retired_at) = (true, Some(at));
            world.put(key, Entity::Item(item));
        }
        Event::LocationDefined(e) => {
            let key = EntityKey::Location(e.location.id.clone());
            world.take(&key);
            world.put(key, Entity::Location(Arc::new((*e.location).clone())));
        }
        Event::LocationClosed(e) => {
            let key = EntityKey::Location(e.location.clone());
            let Some(Entity::Location(mut location)) = world.take(&key) else {
                return Err(missing(e.location.as_str()));
            };
            let body = Arc::make_mut(&mut location);
            (body.closed, body.closed_at) = (true, Some(at));
            world.put(key, Entity::Location(location));
        }
        Event::PoolDefined(e) => {
            let key = EntityKey::Pool(e.pool.clone());
            world.take(&key);
            world.put(key, Entity::Pool(Arc::new(Pool::new(e.pool.clone()))));
        }
        Event::ChannelDefined(e) => {
            let key = EntityKey::Channel(e.channel.id.clone());
            let before = match world.take(&key) {
                Some(Entity::Channel(channel)) => channel.pools.clone(),
                _ => Vec::new(),
            };
            for id in before.iter().chain(&e.channel.pools) {
                let pool_key = EntityKey::Pool(id.clone());
                let Some(Entity::Pool(mut pool)) = world.take(&pool_key) else {
                    return Err(missing(id.as_str()));
                };
                let sells = e.channel.pools.contains(id);
                let body = Arc::make_mut(&mut pool);
                body.remove_channel(&e.channel.id);
                if sells {
                    body.add_channel(e.channel.id.clone());
                }
                world.put(pool_key, Entity::Pool(pool));
            }
            world.put(key, Entity::Channel(Arc::new(e.channel.clone())));
        }
        Event::PolicySet(e) => {
            let key = EntityKey::Policy(e.scope.clone());
            let mut book = match world.take(&key) {
                Some(Entity::Policy(book)) => (*book).clone(),
                _ => PolicyBook::new(e.scope.clone()),
            };
            let version = book.latest_version() + 1;
            book.add(PolicyVersion { valid_from: e.valid_from, version, policy: e.policy });
            world.put(key, Entity::Policy(Arc::new(book)));
        }
        _ => {}
    }
    Ok(())
}
