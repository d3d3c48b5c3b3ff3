//! A policy under an overlay, as one sourcer.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use oms_core::decision::{
    Amount, Choice, DecidedBy, DecisionRecord, Driver, Removed, RemovedCount,
};
use oms_core::sourcing::{Budget, Plan, ShortReason, Sourcer, SourcingSnapshot, Unplanned};
use oms_core::words::{LineId, LocationId, Money, OrderId, PoolId, Sku};

use super::{Policy, minor_of};
use crate::overlay::{AVOIDED, Does, Overlay, PREFERRED, RESERVED, Weigher};

/// A policy under an overlay.
///
/// It plans the tighter snapshot that [`Overlay::lay_on`] makes, and lets packages weigh what the overlay says. `first_fit`
/// goes by the number of units and knows no weights; forbidden, pinned and held back it knows.
///
/// Its decision records tell that an overlay took part: the version is that of the policy, a plus, and the overlay's
/// [`mark`](Overlay::mark); removed nodes carry the rule as their reason; a package that was weighed has a driver
/// `rule.avoided` or `rule.preferred`; units that are held back are told as `rule.reserved` where an order is short of
/// them. An empty overlay changes nothing, bit for bit.
///
/// # Example
/// ```
/// use oms_alloc::{Overlaid, Overlay, Policy};
/// use oms_core::sourcing::Sourcer;
///
/// let text = r#"{ "version": 1, "rules": [
///     { "id": "launch", "reserve": { "node": "DC-EAST", "sku": "SHIRT", "units": 40 } }] }"#;
/// let overlay = Overlay::read(text.as_bytes())?;
/// let version = format!("1+{}", overlay.mark());
/// let sourcer = Overlaid::new(Policy::Optimal, overlay);
/// assert_eq!((sourcer.name(), sourcer.version()), ("optimal", version.as_str()));
/// assert_eq!(Overlaid::new(Policy::Fast, Overlay::empty()).version(), "1");
/// # Ok::<(), oms_alloc::BadOverlay>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlaid {
    policy: Policy,
    overlay: Overlay,
    version: String,
}

impl Overlaid {
    /// Puts a policy under an overlay.
    #[must_use]
    pub fn new(policy: Policy, overlay: Overlay) -> Self {
        let mut version = policy.version().to_owned();
        if !overlay.is_empty() {
            version = format!("{version}+{}", overlay.mark());
        }
        Self { policy, overlay, version }
    }
}

impl Sourcer for Overlaid {
    fn name(&self) -> &str {
        self.policy.name()
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn plan(&self, snapshot: &SourcingSnapshot, budget: Budget) -> Result<Plan, Unplanned> {
        if self.overlay.is_empty() {
            return self.policy.plan(snapshot, budget);
        }
        let tighter = self.overlay.lay_on(snapshot);
        let mut plan = self.policy.plan_under(&self.overlay, &tighter, budget)?;
        let weigher = Weigher::new(&self.overlay, snapshot);
        let by = DecidedBy::model(self.name(), self.version());
        let hash = snapshot.fingerprint();
        for (order, record) in &mut plan.records {
            record.by = by.clone();
            record.inputs.hash.clone_from(&hash);
            if let Some(weigher) = &weigher {
                for choice in &mut record.chosen {
                    choice.drivers.extend(driver(weigher, order, choice));
                }
            }
        }
        HeldBackUnits::new(&self.overlay, snapshot, &tighter).tell(&mut plan);
        Ok(plan)
    }
}

/// What rules weighed in a package, where they did.
fn driver(weigher: &Weigher<'_>, order: &OrderId, choice: &Choice) -> Option<Driver> {
    let weight = weigher.weight(order, choice);
    let code = if weight > 0 { AVOIDED } else { PREFERRED };
    let amount = Money::from_minor(weight, choice.cost.currency()).ok()?;
    let amount = Amount::Money(amount);
    (weight != 0).then_some(Driver { code: Cow::Borrowed(code), amount })
}

/// Where all units of a SKU are held back, and what rules do so.
struct HeldBackUnits<'a> {
    snapshot: &'a SourcingSnapshot,
    /// By SKU: nodes with their pools, and the rule.
    nodes: BTreeMap<&'a Sku, Vec<(&'a LocationId, &'a PoolId, &'a str)>>,
}

impl<'a> HeldBackUnits<'a> {
    fn new(
        overlay: &'a Overlay,
        snapshot: &'a SourcingSnapshot,
        tighter: &SourcingSnapshot,
    ) -> Self {
        let mut rules: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for rule in overlay.rules() {
            if let Does::Reserve(reserve) = &rule.does {
                rules.entry((&reserve.node, &reserve.sku)).or_insert(&rule.id);
            }
        }
        let pools: BTreeMap<&LocationId, &PoolId> =
            snapshot.nodes.iter().map(|node| (&node.id, &node.pool)).collect();
        let mut nodes: BTreeMap<&Sku, Vec<(&LocationId, &PoolId, &str)>> = BTreeMap::new();
        for (row, left) in snapshot.stock.iter().zip(&tighter.stock) {
            let rule = rules.get(&(row.node.as_str(), row.sku.as_str()));
            let pool = pools.get(&row.node);
            if let (true, 0, Some(rule), Some(pool)) =
                (row.available > 0, left.available, rule, pool)
            {
                nodes.entry(&row.sku).or_default().push((&row.node, pool, rule));
            }
        }
        nodes.values_mut().for_each(|nodes| nodes.sort_unstable());
        Self { snapshot, nodes }
    }

    /// Tells what is held back where an order is short of it.
    fn tell(&self, plan: &mut Plan) {
        if self.nodes.is_empty() {
            return;
        }
        for short in &mut plan.shortfalls {
            let removed = self.removed(&short.order, &short.line);
            let Some(record) = plan.records.get_mut(&short.order).filter(|_| !removed.is_empty())
            else {
                continue;
            };
            if short.reason == ShortReason::NoStock {
                short.reason = ShortReason::NodesRemoved;
            }
            note(record, removed);
        }
    }

    /// The nodes of an order's channel where all units of a line's SKU are held back.
    fn removed(&self, order: &OrderId, line: &LineId) -> Vec<Removed> {
        let order = self.snapshot.orders.iter().find(|row| row.id == *order);
        let wanted = order.and_then(|row| row.lines.iter().find(|row| row.id == *line));
        let Some((order, wanted)) = order.zip(wanted).filter(|(order, _)| !order.on_hold) else {
            return Vec::new();
        };
        let channels = self.snapshot.channels.iter().filter(|row| row.id == order.channel);
        let sold: BTreeSet<&PoolId> = channels.flat_map(|row| &row.pools).collect();
        let nodes = self.nodes.get(&wanted.sku).map_or(&[][..], Vec::as_slice);
        let nodes = nodes.iter().filter(|(_, pool, _)| sold.contains(pool));
        let removed = nodes.map(|(node, _, rule)| Removed {
            node: LocationId::clone(node),
            line: Some(line.clone()),
            rule: Cow::Borrowed(RESERVED),
            reason: Some(Cow::Owned((*rule).to_owned())),
            until: None,
        });
        removed.collect()
    }
}

/// Adds removed nodes to a record: all are counted, as many are named as there is room for.
fn note(record: &mut DecisionRecord, removed: Vec<Removed>) {
    let count = removed.len() as u64;
    match record.removed_by_rule.iter_mut().find(|row| row.rule == RESERVED) {
        Some(row) => row.count = row.count.saturating_add(count),
        None => record.removed_by_rule.push(RemovedCount { rule: Cow::Borrowed(RESERVED), count }),
    }
    let room = DecisionRecord::REMOVED_SHOWN.saturating_sub(record.removed.len());
    record.removed.extend(removed.into_iter().take(room));
}

/// What rules and other weights add to a package's cost in the choice: it never weighs less than nothing.
pub(super) fn added(weight: i64, days: i64, package: &Choice) -> i64 {
    let lane = package.drivers.iter().find(|driver| driver.code == "cost.lane");
    let lane = lane.map_or(0, |driver| match &driver.amount {
        Amount::Money(money) => minor_of(*money),
        Amount::Days(_) => 0,
    });
    let weighed = lane.saturating_add(days).saturating_add(weight).max(0);
    weighed.saturating_sub(lane)
}
