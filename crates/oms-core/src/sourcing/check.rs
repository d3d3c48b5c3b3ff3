//! The judge of plans: every rule, over the whole wave, by code that no sourcer shares.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Assignment;
use super::rule::{Broken, Rule};
use super::snapshot::{GroupRow, ItemRow, LineRow, NodeRow, OrderRow, PoolRow, SourcingSnapshot};
use crate::words::{ChannelId, GroupId, LineId, LocationId, OrderId, PoolId, Sku};

/// Proves assignments against a snapshot; says which rule they break first.
///
/// It shares no code with any sourcer, so it may judge all of them, and a plan made by hand as well. The
/// order of the rules is that of [`Rule`]; within a rule the lowest order, line and node are told.
///
/// # Law
/// Units of a line that are assigned in a pool beyond what the line has reserved there are claimed
/// anew in that pool: from the channel's own fence first, then from ats, over all orders together. What the
/// line gives back in another pool by this serves nobody else within the same plan, so assignments that
/// pass may be committed order by order in any order.
///
/// # Errors
/// [`Broken`] with the first broken rule.
///
/// # Cost
/// O((assignments + rows of the snapshot) × log).
///
/// # Example
/// ```
/// use oms_core::sourcing::{Assignment, Rule, SourcingSnapshot, check};
/// use oms_core::words::{Currency, LineId, LocationId, OrderId, Qty, Timestamp};
///
/// let snapshot = SourcingSnapshot::new(42, Timestamp::MIN, Currency::new("USD")?);
/// assert!(check(&[], &snapshot).is_ok());
/// let ghost = Assignment {
///     order: OrderId::new("O1")?,
///     line: LineId::new("1")?,
///     node: LocationId::new("DC-EAST")?,
///     qty: Qty::ONE,
/// };
/// assert_eq!(check(&[ghost], &snapshot).unwrap_err().rule, Rule::OrderUnknown);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
pub fn check(assignments: &[Assignment], snapshot: &SourcingSnapshot) -> Result<(), Broken> {
    check_all(assignments, snapshot).into_iter().next().map_or(Ok(()), Err)
}

/// Proves assignments against a snapshot; says everything that they break, in the order of the rules.
///
/// Assignments that name something unknown, or no unit, are told and then left out, so that one
/// mistake is not told twice. A balance or a limit that is exceeded is told once.
#[must_use]
pub fn check_all(assignments: &[Assignment], snapshot: &SourcingSnapshot) -> Vec<Broken> {
    let mut judge = Judge::new(snapshot);
    let known = judge.known(assignments);
    for case in &known {
        judge.order_and_node(case);
        judge.way(case);
    }
    judge.lines(&known);
    judge.orders(&known);
    judge.stock(&known);
    judge.claims(&known);
    judge.capacity(&known);
    let mut broken = judge.broken;
    broken.sort_by(|a, b| {
        (a.rule, &a.order, &a.line, &a.node).cmp(&(b.rule, &b.order, &b.line, &b.node))
    });
    broken
}

/// An assignment whose ids are all known.
struct Case<'a> {
    assignment: &'a Assignment,
    order: &'a OrderRow,
    line: &'a LineRow,
    group: Option<&'a GroupRow>,
    item: &'a ItemRow,
    node: &'a NodeRow,
}

struct Judge<'a> {
    snapshot: &'a SourcingSnapshot,
    orders: BTreeMap<&'a OrderId, &'a OrderRow>,
    nodes: BTreeMap<&'a LocationId, &'a NodeRow>,
    items: BTreeMap<&'a Sku, &'a ItemRow>,
    sold: BTreeSet<(&'a ChannelId, &'a PoolId)>,
    broken: Vec<Broken>,
}

impl<'a> Judge<'a> {
    fn new(snapshot: &'a SourcingSnapshot) -> Self {
        let channels = snapshot.channels.iter();
        Self {
            snapshot,
            orders: snapshot.orders.iter().map(|row| (&row.id, row)).collect(),
            nodes: snapshot.nodes.iter().map(|row| (&row.id, row)).collect(),
            items: snapshot.items.iter().map(|row| (&row.sku, row)).collect(),
            sold: channels.flat_map(|row| row.pools.iter().map(|pool| (&row.id, pool))).collect(),
            broken: Vec::new(),
        }
    }

    fn tell(
        &mut self,
        rule: Rule,
        assignment: &Assignment,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        self.broken.push(Broken {
            rule,
            order: assignment.order.clone(),
            line: Some(assignment.line.clone()),
            node: Some(assignment.node.clone()),
            expected: expected.into(),
            found: found.into(),
        });
    }

    fn tell_order(&mut self, rule: Rule, order: &OrderId, expected: String, found: String) {
        let order = order.clone();
        self.broken.push(Broken { rule, order, line: None, node: None, expected, found });
    }

    /// Looks up what assignments name, tells what is unknown or empty, and keeps the rest.
    fn known(&mut self, assignments: &'a [Assignment]) -> Vec<Case<'a>> {
        let mut seen = BTreeSet::new();
        let mut cases = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            let Assignment { order, line, node, qty } = assignment;
            if !seen.insert((order, line, node)) {
                self.tell(Rule::Duplicate, assignment, "one assignment", "a second one");
            }
            if qty.is_zero() {
                self.tell(Rule::QuantityZero, assignment, "at least 1 unit", "0 units");
                continue;
            }
            let node_row = self.nodes.get(node).copied();
            if node_row.is_none() {
                let found = format!("`{node}`");
                self.tell(Rule::NodeUnknown, assignment, "a node of the snapshot", found);
            }
            let Some(order_row) = self.orders.get(order).copied() else {
                let found = format!("`{order}`");
                self.tell(Rule::OrderUnknown, assignment, "an order to be sourced", found);
                continue;
            };
            let Some(line_row) = order_row.lines.iter().find(|row| row.id == *line) else {
                let expected = "a line with open or reserved units to be shipped";
                self.tell(Rule::LineUnknown, assignment, expected, format!("`{line}`"));
                continue;
            };
            let Some(item) = self.items.get(&line_row.sku).copied() else {
                let found = format!("`{}`", line_row.sku);
                self.tell(Rule::ItemUnknown, assignment, "an item of the snapshot", found);
                continue;
            };
            if let Some(node) = node_row {
                let group = order_row.groups.iter().find(|row| row.id == line_row.group);
                let (order, line) = (order_row, line_row);
                cases.push(Case { assignment, order, line, group, item, node });
            }
        }
        cases
    }

    /// Judges whether the order may go to the node at all.
    fn order_and_node(&mut self, case: &Case<'a>) {
        let Case { assignment, order, line, item, node, .. } = *case;
        if order.on_hold {
            self.tell(Rule::OrderOnHold, assignment, "an order without a hold", "a hold");
        }
        if node.closed {
            self.tell(Rule::NodeClosed, assignment, "an open node", "a closed one");
        }
        if !self.sold.contains(&(&order.channel, &node.pool)) {
            let expected = format!("a pool of channel `{}`", order.channel);
            let found = format!("pool `{}`", node.pool);
            self.tell(Rule::PoolNotSold, assignment, expected, found);
        }
        let lacks = [
            ("ship", !node.capabilities.ship),
            ("hazmat", item.flags.hazmat && !node.capabilities.hazmat),
            ("hold_cold", item.flags.cold && !node.capabilities.hold_cold),
        ];
        if let Some((capability, _)) = lacks.into_iter().find(|(_, lacks)| *lacks) {
            let expected = format!("a node with `{capability}`");
            self.tell(Rule::NodeIncapable, assignment, expected, "one without");
        }
        let excluded = order.excluded.iter().find(|row| row.node == node.id && row.sku == line.sku);
        if let Some(row) = excluded {
            let until = row.until.map_or(String::new(), |until| format!(" until {until}"));
            let found = format!("one that is excluded for `{}`{until}", row.sku);
            self.tell(Rule::NodeExcluded, assignment, "a node that did not reject it", found);
        }
    }

    /// Judges whether a lane leads there in time.
    fn way(&mut self, case: &Case<'a>) {
        let Some(group) = case.group else {
            let found = format!("unknown group `{}`", case.line.group);
            self.tell(Rule::LaneMissing, case.assignment, "a group that is shipped", found);
            return;
        };
        let service = group.service.as_ref();
        let leads = case.node.lanes.iter().filter(|lane| {
            lane.to == group.destination.region
                && service.is_none_or(|wanted| lane.service == *wanted)
        });
        let Some(days) = leads.map(|lane| lane.days).min() else {
            let service = service.map_or(String::new(), |service| format!(" by `{service}`"));
            let expected = format!("a lane to `{}`{service}", group.destination.region);
            self.tell(Rule::LaneMissing, case.assignment, expected, "none");
            return;
        };
        let arrives = self.snapshot.at.plus_days(i64::from(days));
        if let Some(deadline) = group.deadline
            && arrives > deadline
        {
            let expected = format!("arrival by {deadline}");
            self.tell(Rule::DeadlineMissed, case.assignment, expected, arrives.to_string());
        }
    }

    /// Judges what each line gets.
    fn lines(&mut self, cases: &[Case<'a>]) {
        let mut lines: BTreeMap<(&OrderId, &LineId), Vec<&Case<'a>>> = BTreeMap::new();
        for case in cases {
            lines.entry((&case.order.id, &case.line.id)).or_default().push(case);
        }
        for cases in lines.into_values() {
            let Some(first) = cases.first() else { continue };
            let (wanted, gets) = (first.line.wanted(), units(&cases));
            if gets > wanted {
                let expected = format!("at most {wanted} open and reserved units");
                self.tell(Rule::LineExceeded, first.assignment, expected, gets.to_string());
            }
            if first.line.allow_split {
                continue;
            }
            let held = first.order.held.iter().filter(|row| row.line == first.line.id);
            let held: BTreeSet<&LocationId> = held.map(|row| &row.node).collect();
            let nodes: BTreeSet<&LocationId> = cases.iter().map(|case| &case.node.id).collect();
            if grows_beyond(1, &held, &nodes) {
                let found = list(held.union(&nodes));
                self.tell(Rule::LineSplit, first.assignment, "one node for the whole line", found);
            } else if gets < wanted {
                let expected = format!("all {wanted} units of the line or none");
                self.tell(Rule::LineSplit, first.assignment, expected, gets.to_string());
            }
        }
    }

    /// Judges the packages that each order makes.
    fn orders(&mut self, cases: &[Case<'a>]) {
        let mut orders: BTreeMap<&OrderId, Vec<&Case<'a>>> = BTreeMap::new();
        for case in cases {
            orders.entry(&case.order.id).or_default().push(case);
        }
        for (id, cases) in orders {
            let Some(order) = cases.first().map(|case| case.order) else { continue };
            let shipped: BTreeSet<&GroupId> = order.groups.iter().map(|group| &group.id).collect();
            let held = order.held.iter().filter(|row| shipped.contains(&row.group));
            let held: BTreeSet<_> = held.map(|row| (&row.group, &row.node)).collect();
            let packages: BTreeSet<_> =
                cases.iter().map(|case| (&case.line.group, &case.node.id)).collect();
            let held_nodes: BTreeSet<_> = held.iter().map(|(_, node)| *node).collect();
            let nodes: BTreeSet<_> = packages.iter().map(|(_, node)| *node).collect();
            if order.constraints.single_node && grows_beyond(1, &held_nodes, &nodes) {
                let found = list(held_nodes.union(&nodes));
                self.tell_order(Rule::NotSingleNode, id, "one node".to_owned(), found);
            }
            if let Some(most) = order.constraints.max_packages {
                let limit = usize::try_from(most).unwrap_or(usize::MAX);
                if grows_beyond(limit, &held, &packages) {
                    let found = held.union(&packages).count().to_string();
                    let expected = format!("at most {most} packages");
                    self.tell_order(Rule::TooManyPackages, id, expected, found);
                }
            }
            if order.constraints.ship_complete {
                let wanted =
                    order.lines.iter().fold(0, |sum: u64, line| sum.saturating_add(line.wanted()));
                let gets = units(&cases);
                if gets < wanted {
                    let expected = format!("all {wanted} units or none");
                    self.tell_order(Rule::ShipIncomplete, id, expected, gets.to_string());
                }
            }
        }
    }

    /// Judges the units taken at each node.
    fn stock(&mut self, cases: &[Case<'a>]) {
        let rows = self.snapshot.stock.iter();
        let stock: BTreeMap<(&LocationId, &Sku), i64> =
            rows.map(|row| ((&row.node, &row.sku), row.available)).collect();
        let mut taken: BTreeMap<(&LocationId, &Sku), u64> = BTreeMap::new();
        for case in cases {
            let key = (&case.node.id, &case.line.sku);
            let available = stock.get(&key).copied().map_or(0, there);
            let before = taken.entry(key).or_insert(0);
            let after = before.saturating_add(case.assignment.qty.get());
            let first_too_many = *before <= available && after > available;
            *before = after;
            if first_too_many {
                let expected = format!("at most {available} of `{}`", case.line.sku);
                let found = format!("{after} with the orders before");
                self.tell(Rule::StockExceeded, case.assignment, expected, found);
            }
        }
    }

    /// Judges what is claimed anew in each pool.
    fn claims(&mut self, cases: &[Case<'a>]) {
        let rows = self.snapshot.pools.iter();
        let pools: BTreeMap<(&PoolId, &Sku), &PoolRow> =
            rows.map(|row| ((&row.pool, &row.sku), row)).collect();
        let mut in_pool: BTreeMap<(&OrderId, &LineId, &PoolId), u64> = BTreeMap::new();
        let mut claimed: BTreeMap<(&PoolId, &Sku), BTreeMap<&ChannelId, u64>> = BTreeMap::new();
        let mut told: BTreeSet<(&PoolId, &Sku)> = BTreeSet::new();
        for case in cases {
            let pool = &case.node.pool;
            let own = case.line.reserved.iter().filter(|row| row.pool == *pool);
            let own = own.fold(0_u64, |sum, row| sum.saturating_add(row.qty.get()));
            let here = in_pool.entry((&case.order.id, &case.line.id, pool)).or_insert(0);
            let beyond_before = here.saturating_sub(own);
            *here = here.saturating_add(case.assignment.qty.get());
            let anew = here.saturating_sub(own).saturating_sub(beyond_before);
            if anew == 0 {
                continue;
            }
            let key = (pool, &case.line.sku);
            let by_channel = claimed.entry(key).or_default();
            let sum = by_channel.entry(&case.order.channel).or_insert(0);
            *sum = sum.saturating_add(anew);
            let row = pools.get(&key).copied();
            let ats = row.map_or(0, |row| there(row.ats));
            let beyond_fences = by_channel.iter().fold(0_u64, |sum, (channel, claims)| {
                let fence = row.map_or(0, |row| fenced(row, channel));
                sum.saturating_add(claims.saturating_sub(fence))
            });
            if beyond_fences > ats && told.insert(key) {
                let expected = format!(
                    "at most {ats} of `{}` claimed in pool `{pool}` beyond own fences",
                    case.line.sku
                );
                let found = format!("{beyond_fences} with the orders before");
                self.tell(Rule::ClaimExceeded, case.assignment, expected, found);
            }
        }
    }

    /// Judges how many further orders each node gets.
    fn capacity(&mut self, cases: &[Case<'a>]) {
        let mut orders: BTreeMap<&LocationId, BTreeSet<&OrderId>> = BTreeMap::new();
        for case in cases {
            if case.order.held.iter().any(|row| row.node == case.node.id) {
                continue;
            }
            let Some(left) = case.node.capacity_left else { continue };
            let taken = orders.entry(&case.node.id).or_default();
            let limit = usize::try_from(left).unwrap_or(usize::MAX);
            let was_full = taken.len() == limit;
            if taken.insert(&case.order.id) && was_full {
                let expected = format!("at most {left} further orders today");
                self.tell(Rule::CapacityExceeded, case.assignment, expected, "one more");
            }
        }
    }
}

/// Tells whether a plan adds something new to what is held and has more than the limit then.
///
/// What was too much before the plan is not the plan's fault.
fn grows_beyond<T: Ord>(limit: usize, held: &BTreeSet<T>, planned: &BTreeSet<T>) -> bool {
    let new = planned.difference(held).count();
    new > 0 && held.len().saturating_add(new) > limit
}

fn units(cases: &[&Case<'_>]) -> u64 {
    cases.iter().fold(0, |sum, case| sum.saturating_add(case.assignment.qty.get()))
}

fn there(balance: i64) -> u64 {
    u64::try_from(balance).unwrap_or(0)
}

fn fenced(row: &PoolRow, channel: &ChannelId) -> u64 {
    row.fenced.iter().find(|fence| fence.channel == *channel).map_or(0, |fence| fence.qty.get())
}

fn list<'i>(ids: impl Iterator<Item = &'i &'i LocationId>) -> String {
    ids.map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}
