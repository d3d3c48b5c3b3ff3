//! Sourcing by rules: what the judge refuses, what the default sourcer chooses, and how it says why.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use oms_core::catalog::{Capabilities, Handling};
use oms_core::decision::Amount;
use oms_core::sourcing::{
    Assignment, Budget, ChannelRow, ConstraintRow, ExcludedRow, Explanation, FenceRow, FirstFit,
    GroupRow, HeldRow, ItemRow, LaneRow, LineRow, NodeRow, OrderRow, Plan, PoolRow, ReservedRow,
    Rule, ShortReason, Sourcer, SourcingSnapshot, StockRow, Unplanned, check, check_all,
};
use oms_core::words::{Country, Currency, Destination, Qty, Timestamp};

const NOW_MS: i64 = 1_800_000_000_000;

fn qty(units: u64) -> Qty {
    Qty::new(units).unwrap()
}

/// A node in pool P with one lane to EAST: so many cents a package, so many days.
fn node(id: &str, cents: i64, days: u32) -> NodeRow {
    let usd = Currency::new("USD").unwrap();
    NodeRow {
        id: id.parse().unwrap(),
        pool: "P".parse().unwrap(),
        capabilities: Capabilities::default(),
        place: None,
        handling_cost: None,
        capacity_left: None,
        closed: false,
        lanes: vec![LaneRow {
            to: "EAST".parse().unwrap(),
            service: "standard".parse().unwrap(),
            cost_fixed: oms_core::words::Money::from_minor(cents, usd).unwrap(),
            cost_per_kg: "1.00 USD".parse().unwrap(),
            days,
        }],
    }
}

fn line(id: &str, sku: &str, open: u64) -> LineRow {
    LineRow {
        id: id.parse().unwrap(),
        group: "G".parse().unwrap(),
        sku: sku.parse().unwrap(),
        open: qty(open),
        reserved: Vec::new(),
        allow_split: true,
    }
}

fn reserved(pool: &str, units: u64) -> ReservedRow {
    ReservedRow { pool: pool.parse().unwrap(), fenced: false, qty: qty(units) }
}

fn order(id: &str, lines: Vec<LineRow>) -> OrderRow {
    OrderRow {
        id: id.parse().unwrap(),
        version: 1,
        priority: 0,
        placed_at: Timestamp::from_ms(NOW_MS).unwrap(),
        channel: "WEB".parse().unwrap(),
        on_hold: false,
        constraints: ConstraintRow::default(),
        groups: vec![group("G")],
        lines,
        excluded: Vec::new(),
        held: Vec::new(),
    }
}

fn group(id: &str) -> GroupRow {
    GroupRow {
        id: id.parse().unwrap(),
        destination: Destination::new(Country::new("US").unwrap(), "EAST".parse().unwrap()),
        service: Some("standard".parse().unwrap()),
        deadline: None,
    }
}

/// Nodes with their stock, and orders of channel WEB that sells from pool P; every unit is ats.
fn world(nodes: &[(NodeRow, &[(&str, i64)])], orders: Vec<OrderRow>) -> SourcingSnapshot {
    let at = Timestamp::from_ms(NOW_MS).unwrap();
    let mut snapshot = SourcingSnapshot::new(7, at, Currency::new("USD").unwrap());
    snapshot.channels =
        vec![ChannelRow { id: "WEB".parse().unwrap(), pools: vec!["P".parse().unwrap()] }];
    for sku in ["A", "B"] {
        let (sku, flags) = (sku.parse().unwrap(), Handling::default());
        snapshot.items.push(ItemRow { sku, weight_g: 1_000, flags });
    }
    for (node, stock) in nodes {
        snapshot.nodes.push(node.clone());
        for (sku, available) in *stock {
            let (node, sku) = (node.id.clone(), sku.parse().unwrap());
            snapshot.stock.push(StockRow { node, sku, available: *available });
        }
    }
    let reserved = |sku: &str, pool: &str| -> u64 {
        let lines = orders.iter().flat_map(|order| &order.lines);
        let rows = lines.filter(|line| line.sku.as_str() == sku).flat_map(|line| &line.reserved);
        rows.filter(|row| row.pool.as_str() == pool).map(|row| row.qty.get()).sum()
    };
    for sku in ["A", "B"] {
        let rows = snapshot.stock.iter().filter(|row| row.sku.as_str() == sku);
        let ats =
            rows.map(|row| row.available).sum::<i64>() - i64::try_from(reserved(sku, "P")).unwrap();
        let (pool, sku) = ("P".parse().unwrap(), sku.parse().unwrap());
        snapshot.pools.push(PoolRow { pool, sku, ats, fenced: Vec::new() });
    }
    snapshot.orders = orders;
    snapshot
}

fn assign(order: &str, line: &str, node: &str, units: u64) -> Assignment {
    Assignment {
        order: order.parse().unwrap(),
        line: line.parse().unwrap(),
        node: node.parse().unwrap(),
        qty: qty(units),
    }
}

fn plan(snapshot: &SourcingSnapshot) -> Plan {
    let plan = FirstFit.plan(snapshot, Budget::UNLIMITED).unwrap();
    check(&plan.assignments, snapshot).unwrap();
    plan
}

/// The assignments as text: `O1/1 2@DC`.
fn told(plan: &Plan) -> Vec<String> {
    let tell = |a: &Assignment| format!("{}/{} {}@{}", a.order, a.line, a.qty, a.node);
    plan.assignments.iter().map(tell).collect()
}

fn shorts(plan: &Plan) -> Vec<String> {
    let tell = |s: &oms_core::sourcing::Shortfall| {
        format!("{}/{} {} {}", s.order, s.line, s.qty, s.reason.code())
    };
    plan.shortfalls.iter().map(tell).collect()
}

/// Two nodes with ten of A and B each, one order for two A and one B.
fn simple() -> SourcingSnapshot {
    let stock: &[(&str, i64)] = &[("A", 10), ("B", 10)];
    let orders = vec![order("O1", vec![line("1", "A", 2), line("2", "B", 1)])];
    world(&[(node("DC", 500, 2), stock), (node("ST", 700, 1), stock)], orders)
}

/// What a case changes in the world before it plans.
type Change = fn(&mut SourcingSnapshot);

// Goal: each rule speaks, alone and with its code, where it alone is broken. Method: one sound plan, and per
// rule the smallest change of world or plan that breaks it.
#[test]
fn every_rule_is_told_where_it_alone_is_broken() {
    let good = || vec![assign("O1", "1", "DC", 2), assign("O1", "2", "DC", 1)];
    assert_eq!(check(&good(), &simple()), Ok(()));
    let far = |s: &mut SourcingSnapshot| {
        s.orders[0].groups[0].destination.region = "WEST".parse().unwrap();
    };
    let split = vec![assign("O1", "1", "DC", 2), assign("O1", "2", "ST", 1)];
    let cases: Vec<(Rule, Change, Vec<Assignment>)> = vec![
        (Rule::OrderUnknown, |_| {}, vec![assign("O9", "1", "DC", 2)]),
        (Rule::LineUnknown, |_| {}, vec![assign("O1", "9", "DC", 2)]),
        (Rule::ItemUnknown, |s| s.items.truncate(1), good()),
        (Rule::NodeUnknown, |_| {}, vec![assign("O1", "1", "NO", 2)]),
        (Rule::QuantityZero, |_| {}, vec![assign("O1", "1", "DC", 0)]),
        (Rule::Duplicate, |_| {}, vec![assign("O1", "1", "DC", 1), assign("O1", "1", "DC", 1)]),
        (Rule::OrderOnHold, |s| s.orders[0].on_hold = true, good()),
        (Rule::LineExceeded, |_| {}, vec![assign("O1", "1", "DC", 3)]),
        (Rule::NodeClosed, |s| s.nodes[0].closed = true, good()),
        (Rule::PoolNotSold, |s| s.channels[0].pools.clear(), good()),
        (Rule::NodeIncapable, |s| s.nodes[0].capabilities.ship = false, good()),
        (Rule::NodeIncapable, |s| s.items[1].flags.cold = true, good()),
        (Rule::NodeIncapable, |s| s.items[1].flags.hazmat = true, good()),
        (Rule::NodeExcluded, exclude_dc, good()),
        (Rule::LaneMissing, far, good()),
        (Rule::LaneMissing, |s| s.nodes[0].lanes[0].service = "air".parse().unwrap(), good()),
        (Rule::DeadlineMissed, |s| due_in_days(s, 1), good()),
        (Rule::LineSplit, |s| s.orders[0].lines[0].allow_split = false, {
            vec![assign("O1", "1", "DC", 1), assign("O1", "1", "ST", 1)]
        }),
        (Rule::LineSplit, |s| s.orders[0].lines[0].allow_split = false, {
            vec![assign("O1", "1", "DC", 1)]
        }),
        (Rule::NotSingleNode, |s| s.orders[0].constraints.single_node = true, split.clone()),
        (Rule::TooManyPackages, |s| s.orders[0].constraints.max_packages = Some(1), split),
        (Rule::ShipIncomplete, |s| s.orders[0].constraints.ship_complete = true, {
            vec![assign("O1", "1", "DC", 2)]
        }),
        (Rule::StockExceeded, |s| s.stock[0].available = 1, good()),
        (Rule::ClaimExceeded, |s| s.pools[0].ats = 1, good()),
        (Rule::CapacityExceeded, |s| s.nodes[0].capacity_left = Some(0), good()),
    ];
    for rule in Rule::ALL {
        assert!(cases.iter().any(|(of, ..)| *of == rule), "no case for {}", rule.code());
        assert_eq!(serde_json::to_string(&rule).unwrap(), format!("\"{}\"", rule.code()));
    }
    for (rule, change, assignments) in cases {
        let mut snapshot = simple();
        change(&mut snapshot);
        let broken = check_all(&assignments, &snapshot);
        assert!(!broken.is_empty(), "{} is not told", rule.code());
        assert!(broken.iter().all(|b| b.rule == rule), "{}: {broken:?}", rule.code());
        assert!(broken[0].to_string().contains(rule.code()), "{}", broken[0]);
    }
}

fn exclude_dc(snapshot: &mut SourcingSnapshot) {
    snapshot.orders[0].excluded.push(ExcludedRow {
        sku: "A".parse().unwrap(),
        node: "DC".parse().unwrap(),
        reason: Some("not_found".parse().unwrap()),
        until: Some("2027-01-16T08:00:00Z".parse().unwrap()),
    });
}

fn due_in_days(snapshot: &mut SourcingSnapshot, days: i64) {
    snapshot.orders[0].groups[0].deadline = Some(snapshot.at.plus_days(days));
}

// Goal: rules are told in the documented order. Method: one plan that breaks five of them, in reverse.
#[test]
fn broken_rules_come_in_the_documented_order() {
    let mut snapshot = simple();
    snapshot.nodes[0].capacity_left = Some(0);
    snapshot.nodes[0].closed = true;
    snapshot.stock[0].available = 0;
    snapshot.orders[0].on_hold = true;
    let assignments = [assign("O1", "1", "DC", 2), assign("O9", "1", "DC", 1)];
    let rules: Vec<Rule> = check_all(&assignments, &snapshot).iter().map(|b| b.rule).collect();
    assert_eq!(
        rules,
        [
            Rule::OrderUnknown,
            Rule::OrderOnHold,
            Rule::NodeClosed,
            Rule::StockExceeded,
            Rule::CapacityExceeded
        ]
    );
    assert_eq!(check(&assignments, &snapshot).unwrap_err().rule, Rule::OrderUnknown);
}

// Goal: reserved units of the node's pool need no ats; open ones do; units reserved in another pool are
// claimed anew; a fence serves its own channel only; all of it over the wave. Method: worlds with ats 0.
#[test]
fn claims_follow_the_pool_of_the_node() {
    let mut other = node("Q1", 100, 1);
    other.pool = "Q".parse().unwrap();
    let mut lines = vec![line("1", "A", 0)];
    lines[0].reserved = vec![reserved("P", 2)];
    let mut snapshot =
        world(&[(node("DC", 500, 2), &[("A", 2)]), (other, &[("A", 5)])], vec![order("O1", lines)]);
    snapshot.channels[0].pools.push("Q".parse().unwrap());
    let (web, sku) = ("WEB".parse().unwrap(), "A".parse().unwrap());
    let fenced = vec![FenceRow { channel: web, qty: qty(2) }];
    snapshot.pools[0].ats = 0;
    snapshot.pools.push(PoolRow { pool: "Q".parse().unwrap(), sku, ats: 0, fenced });
    assert_eq!(check(&[assign("O1", "1", "DC", 2)], &snapshot), Ok(()));
    assert_eq!(check(&[assign("O1", "1", "Q1", 2)], &snapshot), Ok(()));
    snapshot.pools[2].fenced[0].qty = qty(1);
    let broken = check(&[assign("O1", "1", "Q1", 2)], &snapshot).unwrap_err();
    assert_eq!(broken.rule, Rule::ClaimExceeded);
    snapshot.channels.push(ChannelRow { id: "POS".parse().unwrap(), pools: Vec::new() });
    snapshot.pools[2].fenced[0].channel = "POS".parse().unwrap();
    assert!(check(&[assign("O1", "1", "Q1", 1)], &snapshot).is_err());
    // The cheaper node has units, but they are others': the dispatcher stays where the claim is.
    let plan = plan(&snapshot);
    assert_eq!(told(&plan), ["O1/1 2@DC"]);
    let removed = &plan.records["O1"].removed;
    assert_eq!((removed[0].node.as_str(), &*removed[0].rule), ("Q1", "plan.claim_exceeded"));
}

// Goal: an order never competes with itself for capacity, packages and single nodes, and old faults are not
// the plan's. Method: units already at a node that is full.
#[test]
fn work_already_at_a_node_counts_once() {
    let mut snapshot = simple();
    let held = |node: &str| HeldRow {
        line: "1".parse().unwrap(),
        group: "G".parse().unwrap(),
        node: node.parse().unwrap(),
    };
    snapshot.nodes[1].capacity_left = Some(0);
    snapshot.orders[0].constraints.single_node = true;
    snapshot.orders[0].constraints.max_packages = Some(1);
    snapshot.orders[0].held.push(held("ST"));
    let plan = plan(&snapshot);
    assert_eq!(told(&plan), ["O1/1 2@ST", "O1/2 1@ST"]);
    snapshot.orders[0].held.push(held("DC"));
    assert_eq!(check(&plan.assignments, &snapshot), Ok(()));
}

// Goal: one node that has all beats two that are cheaper; among such nodes the cheapest wins, then the fastest,
// then the lower id. Method: prices that would tempt a splitter.
#[test]
fn a_single_node_beats_cheaper_splits_and_the_cheapest_of_them_wins() {
    let both: &[(&str, i64)] = &[("A", 10), ("B", 10)];
    let orders = || vec![order("O1", vec![line("1", "A", 2), line("2", "B", 1)])];
    let snapshot = world(
        &[
            (node("N1", 10, 1), &[("A", 10)]),
            (node("N2", 10, 1), &[("B", 10)]),
            (node("N3", 900, 1), both),
            (node("N4", 800, 3), both),
            (node("N5", 800, 2), both),
            (node("N6", 800, 2), both),
        ],
        orders(),
    );
    let plan = plan(&snapshot);
    assert_eq!(told(&plan), ["O1/1 2@N5", "O1/2 1@N5"]);
    let choice = &plan.records["O1"].chosen[0];
    assert_eq!((choice.cost.to_string().as_str(), choice.days), ("11.00 USD", 2));
    let drivers: Vec<_> = choice
        .drivers
        .iter()
        .map(|driver| match &driver.amount {
            Amount::Money(money) => format!("{} {money}", driver.code),
            Amount::Days(days) => format!("{} {days}", driver.code),
        })
        .collect();
    assert_eq!(drivers, ["cost.lane 8.00 USD", "cost.weight 3.00 USD", "time.days 2"]);
    let runner_up = choice.runner_up.as_ref().unwrap();
    assert_eq!((runner_up.nodes[0].as_str(), runner_up.gap.is_zero()), ("N6", true));
}

// Goal: two lines that share a SKU, and two orders that do, see what the first took; who goes first is
// priority, then age, then id. Method: scarce units and orders in the wrong order.
#[test]
fn scarce_units_go_by_priority_then_age_then_id() {
    let mut orders =
        vec![order("O1", vec![line("1", "A", 2), line("2", "A", 2)]), order("O2", Vec::new())];
    orders[1].lines = vec![line("1", "A", 2)];
    let mut snapshot = world(&[(node("DC", 500, 2), &[("A", 3)])], orders);
    assert_eq!(told(&plan(&snapshot)), ["O1/1 2@DC", "O1/2 1@DC"]);
    assert_eq!(shorts(&plan(&snapshot)), ["O1/2 1 short.taken_first", "O2/1 2 short.taken_first"]);
    snapshot.orders[1].placed_at = snapshot.at.plus_minutes(-1);
    assert_eq!(told(&plan(&snapshot)), ["O2/1 2@DC", "O1/1 1@DC"]);
    snapshot.orders[0].priority = 1;
    assert_eq!(told(&plan(&snapshot)), ["O1/1 2@DC", "O1/2 1@DC"]);
}

// Goal: every reason for a shortfall is told where it is the reason. Method: one small world for each.
#[test]
fn every_shortfall_says_why() {
    let apart = || {
        let orders = vec![order("O1", vec![line("1", "A", 2), line("2", "B", 1)])];
        world(
            &[(node("N1", 10, 1), &[("A", 1)]), (node("N2", 20, 1), &[("A", 1), ("B", 9)])],
            orders,
        )
    };
    let cases: [(ShortReason, &str, Change); 9] = [
        (ShortReason::OnHold, "O1/1 2 O1/2 1", |s| s.orders[0].on_hold = true),
        (ShortReason::NoStock, "O1/1 2", |s| s.stock.retain(|row| row.sku.as_str() != "A")),
        (ShortReason::Claimed, "O1/1 2", |s| s.pools[0].ats = 0),
        (ShortReason::NodesRemoved, "O1/2 1", |s| s.items[1].flags.cold = true),
        (ShortReason::Packages, "O1/1 1", |s| s.orders[0].constraints.max_packages = Some(1)),
        (ShortReason::SingleNode, "O1/1 1", |s| s.orders[0].constraints.single_node = true),
        (ShortReason::LineWhole, "O1/1 2", |s| s.orders[0].lines[0].allow_split = false),
        (ShortReason::NotComplete, "O1/1 2 O1/2 1", |s| {
            s.orders[0].constraints.ship_complete = true;
            s.stock[0].available = 0;
        }),
        (ShortReason::TakenFirst, "O1/1 1", |s| {
            s.orders.push(order("O0", vec![line("1", "A", 1)]));
        }),
    ];
    for (reason, short, change) in cases {
        let mut snapshot = apart();
        change(&mut snapshot);
        let plan = plan(&snapshot);
        let told: Vec<String> =
            plan.shortfalls.iter().map(|s| format!("{}/{} {}", s.order, s.line, s.qty)).collect();
        assert_eq!(told.join(" "), short, "{}", reason.code());
        assert!(plan.shortfalls.iter().any(|s| s.reason == reason), "{:?}", shorts(&plan));
    }
    let broke = FirstFit.plan(&apart(), Budget::steps(0)).unwrap();
    assert!(broke.shortfalls.iter().all(|s| s.reason == ShortReason::Budget));
    assert_eq!(told(&plan(&apart())), ["O1/1 1@N2", "O1/2 1@N2", "O1/1 1@N1"]);
}

// Goal: an order that ships complete takes all or nothing, and leaves nothing taken behind. Method: a complete order
// that cannot be filled goes before one that wants the same units.
#[test]
fn an_incomplete_order_gives_everything_back() {
    let mut first = order("O1", vec![line("1", "A", 3), line("2", "B", 1)]);
    first.constraints.ship_complete = true;
    let mut full = node("DC", 500, 2);
    full.capacity_left = Some(1);
    let snapshot = world(&[(full, &[("A", 3)])], vec![first, order("O2", vec![line("1", "A", 3)])]);
    let plan = plan(&snapshot);
    assert_eq!(told(&plan), ["O2/1 3@DC"]);
    assert_eq!(shorts(&plan), ["O1/1 3 short.not_complete", "O1/2 1 short.no_stock"]);
}

// Goal: a limit on packages gives each group one before any gets two. Method: two groups, two packages, a first
// group that could use both.
#[test]
fn each_group_gets_a_package_before_any_gets_two() {
    let mut orders = vec![order("O1", vec![line("1", "A", 2), line("2", "B", 1)])];
    orders[0].groups.push(group("H"));
    orders[0].lines[1].group = "H".parse().unwrap();
    orders[0].constraints.max_packages = Some(2);
    let snapshot = world(
        &[(node("N1", 10, 1), &[("A", 1)]), (node("N2", 20, 1), &[("A", 1), ("B", 1)])],
        orders,
    );
    assert_eq!(told(&plan(&snapshot)), ["O1/1 1@N1", "O1/2 1@N2"]);
}

// Goal: a person reads why. Method: the story of a near store, a far center and a store that rejected the work.
#[test]
fn explanations_read_like_a_dispatcher() {
    let mut snapshot = world(
        &[
            (node("STORE-12", 210, 1), &[("A", 5)]),
            (node("DC-EAST", 395, 2), &[("A", 50)]),
            (node("STORE-7", 100, 1), &[("A", 5)]),
        ],
        vec![order("O1", vec![line("1", "A", 2)]), order("O2", vec![line("1", "A", 99)])],
    );
    exclude_dc(&mut snapshot);
    snapshot.orders[0].excluded[0].node = "STORE-7".parse().unwrap();
    let plan = plan(&snapshot);
    let told =
        |order: &str| Explanation::of_order(&plan, &order.parse().unwrap()).unwrap().to_string();
    assert_eq!(
        told("O1"),
        "2 from STORE-12: in stock, 1 day, 4.10 USD; DC-EAST 5.95 USD, +1 day; \
         not STORE-7: not found there until 2027-01-16T08:00:00Z"
    );
    assert_eq!(
        told("O2"),
        "50 from DC-EAST: in stock, 2 days, 53.95 USD; STORE-7 has only 5 of them\n\
         5 from STORE-7: in stock, 1 day, 6.00 USD; STORE-12 has only 3 of them\n\
         3 from STORE-12: in stock, 1 day, 5.10 USD\n\
         41 short: taken by what goes first"
    );
    let data = serde_json::to_value(Explanation::of_order(&plan, &"O1".parse().unwrap())).unwrap();
    assert_eq!(data["packages"][0]["runner_up"]["gap"], "1.85 USD");
    assert_eq!(data["removed"][0]["rule"], "plan.node_excluded");
}

// Goal: a recorded snapshot and a plan are files. Method: JSON there and back, unknown fields refused.
#[test]
fn snapshots_and_plans_are_files() {
    let mut snapshot = simple();
    exclude_dc(&mut snapshot);
    let file = serde_json::to_string(&snapshot).unwrap();
    assert_eq!(serde_json::from_str::<SourcingSnapshot>(&file).unwrap(), snapshot);
    assert!(
        serde_json::from_str::<SourcingSnapshot>(&file.replacen("\"seq\"", "\"sea\"", 1)).is_err()
    );
    let plan = plan(&snapshot);
    let file = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&file).unwrap(), plan);
}

// Goal: equal snapshots have equal fingerprints whatever the order of their rows, different ones differ. Method:
// reverse rows, then change one unit.
#[test]
fn fingerprints_follow_the_content_alone() {
    let snapshot = simple();
    let mut other = snapshot.clone();
    other.nodes.reverse();
    other.stock.reverse();
    other.orders[0].lines.reverse();
    assert_ne!(other, snapshot);
    assert_eq!(other.fingerprint(), snapshot.fingerprint());
    other.sort();
    assert!(other.is_sorted());
    other.stock[0].available += 1;
    assert_ne!(other.fingerprint(), snapshot.fingerprint());
}

// Goal: a snapshot that contradicts itself is told by array and position; absurd numbers are no panic. Method: spoil
// one row each.
#[test]
fn nonsense_is_told_by_array_and_position() {
    let unknown =
        |array, index, what, id: &str| Unplanned::Unknown { array, index, what, id: id.into() };
    let twice = |array, index, id: &str| Unplanned::Duplicate { array, index, id: id.into() };
    let cases: [(Unplanned, Change); 7] = [
        (twice("nodes", 2, "DC"), |s| s.nodes.push(s.nodes[0].clone())),
        (twice("stock", 4, "DC A"), |s| s.stock.push(s.stock[0].clone())),
        (twice("pools", 2, "P A"), |s| s.pools.push(s.pools[0].clone())),
        (twice("orders.lines", 0, "1"), |s| s.orders[0].lines[1].id = "1".parse().unwrap()),
        (unknown("stock", 0, "SKU", "Z"), |s| s.stock[0].sku = "Z".parse().unwrap()),
        (unknown("orders", 0, "channel", "POS"), |s| s.orders[0].channel = "POS".parse().unwrap()),
        (unknown("orders.lines", 0, "group", "X"), |s| {
            s.orders[0].lines[0].group = "X".parse().unwrap();
        }),
    ];
    for (expected, change) in cases {
        let mut snapshot = simple();
        change(&mut snapshot);
        assert_eq!(FirstFit.plan(&snapshot, Budget::UNLIMITED), Err(expected));
    }
    let mut absurd = simple();
    absurd.items[0].weight_g = 1_000_000_000_000;
    absurd.nodes[1].lanes[0].cost_per_kg = "1000000000000000 USD".parse().unwrap();
    let why = FirstFit.plan(&absurd, Budget::UNLIMITED).unwrap_err();
    assert!(matches!(&why, Unplanned::Absurd { what, .. } if what.contains("`ST`")), "{why}");
}

// Goal: a plan comes apart into orders without losing anything. Method: split and put together again.
#[test]
fn a_plan_splits_into_orders() {
    let orders = vec![
        order("O1", vec![line("1", "A", 2)]),
        order("O2", vec![line("1", "A", 9)]),
        order("O3", vec![line("1", "B", 1)]),
    ];
    let whole = plan(&world(&[(node("DC", 500, 2), &[("A", 4)])], orders));
    let parts = whole.clone().into_orders();
    let ids: Vec<&str> = parts.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["O1", "O2", "O3"]);
    for (id, part) in &parts {
        assert_eq!(part, &whole.for_order(id));
        assert_eq!(part.records.len(), 1);
    }
    assert_eq!(parts.iter().map(|(_, part)| part.assignments.len()).sum::<usize>(), 2);
    assert_eq!(parts.iter().map(|(_, part)| part.shortfalls.len()).sum::<usize>(), 2);
}
