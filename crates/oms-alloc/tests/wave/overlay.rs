//! Waves under overlays: against brute force, and by the laws of rules.
use std::collections::{BTreeMap, BTreeSet};

use crate::draw::Draw;
use crate::world::{Size, brute_under, judge, world};
use oms_alloc::instance::Instance;
use oms_alloc::{
    Does, Forbid, Outcome, Overlay, OverlayRule, Pin, Policy, Reserve, Scope, Shipment,
    WaveOptions, Weigh, Weights, bill, bill_ruled, compare_on_instance, plan_by_rules, plan_wave,
};

/// How many worlds: fewer where the code is not optimized.
const WORLDS: u64 = if cfg!(debug_assertions) { 100 } else { 4_000 };

const SIZES: [Size; 2] = [
    Size { orders: 4, nodes: 4, skus: 3, lines: 2, units: 2 },
    Size { orders: 3, nodes: 3, skus: 2, lines: 2, units: 4 },
];

fn some(draw: &mut Draw, prefix: &str, count: u64) -> Option<BTreeSet<String>> {
    let ids = (0..count).filter(|_| draw.one_in(2)).map(|at| format!("{prefix}{at}"));
    let ids: BTreeSet<String> = ids.collect();
    (!ids.is_empty() && draw.one_in(2)).then_some(ids)
}

fn scope(draw: &mut Draw, world: &Instance, skus: bool) -> Scope {
    let mut scope = Scope {
        nodes: some(draw, "N", world.nodes.len() as u64),
        skus: if skus { some(draw, "S", world.skus.len() as u64) } else { None },
        orders: some(draw, "O", world.orders.len() as u64),
        regions: some(draw, "", u64::from(world.regions)),
    };
    if scope == Scope::default() {
        scope.nodes = Some(BTreeSet::from(["N0".to_owned()]));
    }
    scope
}

fn one(draw: &mut Draw, prefix: &str, count: usize) -> String {
    format!("{prefix}{}", draw.below(count as u64))
}

/// Random rules of every kind over what is in a world.
pub(crate) fn overlay(seed: u64, world: &Instance, weighs: bool) -> Overlay {
    let mut draw = Draw(seed ^ 0xABCD);
    let mut rules = Vec::new();
    let mut pinned = BTreeSet::new();
    for at in 0..1 + draw.below(4) {
        let does = match draw.below(if weighs { 5 } else { 3 }) {
            0 => Does::Forbid(Forbid { scope: scope(&mut draw, world, true) }),
            1 => Does::Reserve(Reserve {
                node: one(&mut draw, "N", world.nodes.len()),
                sku: one(&mut draw, "S", world.skus.len()),
                units: 1 + draw.below(2) as u32,
            }),
            2 => {
                let sku = draw.one_in(2).then(|| one(&mut draw, "S", world.skus.len()));
                let order = one(&mut draw, "O", world.orders.len());
                if !pinned.insert((order.clone(), sku.clone())) {
                    continue;
                }
                let node = one(&mut draw, "N", world.nodes.len());
                Does::Pin(Pin { order, sku, node, by: "anna".to_owned() })
            }
            kind => {
                let scope = scope(&mut draw, world, false);
                let weigh = Weigh { scope, weight_minor: 1 + draw.below(800) as i64 };
                if kind == 3 { Does::Avoid(weigh) } else { Does::Prefer(weigh) }
            }
        };
        rules.push(OverlayRule { id: format!("R{at}"), reason: Some("test".to_owned()), does });
    }
    Overlay::new(rules).unwrap()
}

fn has(list: Option<&BTreeSet<String>>, id: &str) -> bool {
    list.is_none_or(|list| list.contains(id))
}

fn concerns(scope: &Scope, world: &Instance, order: usize, node: u32) -> bool {
    has(scope.nodes.as_ref(), &world.nodes[node as usize].id)
        && has(scope.orders.as_ref(), &world.orders[order].id)
        && has(scope.regions.as_ref(), &world.orders[order].region.to_string())
}

/// Whether rules let an order get a SKU from a node, told from the document alone.
pub(crate) fn may(overlay: &Overlay, world: &Instance, order: usize, sku: u32, node: u32) -> bool {
    let sku = world.skus[sku as usize].id.as_str();
    let mut pins: BTreeMap<bool, &str> = BTreeMap::new();
    let mut forbidden = false;
    for rule in overlay.rules() {
        match &rule.does {
            Does::Forbid(Forbid { scope }) => {
                forbidden |= concerns(scope, world, order, node) && has(scope.skus.as_ref(), sku);
            }
            Does::Pin(pin)
                if pin.order == world.orders[order].id
                    && pin.sku.as_ref().is_none_or(|of| of == sku) =>
            {
                pins.insert(pin.sku.is_some(), &pin.node);
            }
            _ => {}
        }
    }
    let pin = pins.values().last();
    !forbidden && pin.is_none_or(|pin| *pin == world.nodes[node as usize].id)
}

pub(crate) fn more(overlay: &Overlay, world: &Instance, order: usize, node: u32) -> i64 {
    let weights = overlay.rules().iter().map(|rule| match &rule.does {
        Does::Avoid(weigh) if concerns(&weigh.scope, world, order, node) => weigh.weight_minor,
        Does::Prefer(weigh) if concerns(&weigh.scope, world, order, node) => -weigh.weight_minor,
        _ => 0,
    });
    weights.sum()
}

/// The world with what is held back taken away.
pub(crate) fn held_back(overlay: &Overlay, world: &Instance) -> Instance {
    let mut less = world.clone();
    for rule in overlay.rules() {
        if let Does::Reserve(reserve) = &rule.does {
            for row in &mut less.stock {
                let here = world.nodes[row.0 as usize].id == reserve.node
                    && world.skus[row.1 as usize].id == reserve.sku;
                row.2 = row.2.saturating_sub(if here { reserve.units } else { 0 });
            }
        }
    }
    less
}

/// Proves that a plan keeps every rule of the world and of the overlay; gives its true cost.
fn keeps(world: &Instance, overlay: &Overlay, plan: &[Shipment], name: &str) -> i64 {
    for row in plan {
        let order = row.order as usize;
        let sku = world.orders[order].lines[usize::from(row.line)].0;
        assert!(may(overlay, world, order, sku, row.node), "{name}: {row:?} may not be");
    }
    let less = held_back(overlay, world);
    judge(&less, plan).unwrap_or_else(|why| panic!("{name}: {why}"))
}

fn prove(world: &Instance, overlay: &Overlay) -> Outcome {
    let options = WaveOptions { gap: 0.0, ..WaveOptions::default() };
    plan_wave(&world.problem_with(overlay).unwrap(), &options, &mut |_| false)
}

/// Goal: under every kind of rule the wave finds the plan that weighs least and proves it, keeps what is forbidden,
/// pinned and held back, and is told in true money; so do plans by rules. Method: random worlds and overlays, all plans
/// tried, rules read from the document by code of its own.
#[test]
fn a_wave_under_rules_equals_brute_force() {
    let mut seen = BTreeMap::new();
    for seed in 0..WORLDS {
        let world = world(seed, SIZES[(seed % 2) as usize]);
        let overlay = overlay(seed, &world, seed % 3 > 0);
        let name = format!("world {seed} under {}", overlay.write());
        overlay.check_names(&world).unwrap();
        let less = held_back(&overlay, &world);
        let best = brute_under(
            &less,
            &|order, sku, node| may(&overlay, &world, order, sku, node),
            &|order, node| more(&overlay, &world, order, node),
        );
        let weighed = prove(&world, &overlay);
        assert_eq!(weighed.progress.cost, best, "{name}");
        assert_eq!(weighed.progress.bound, Some(best), "{name}");
        let cost = keeps(&world, &overlay, &weighed.shipments, &name);
        let bill = bill_ruled(&world, &overlay, &weighed.shipments).unwrap();
        let outcome = weighed.in_money(&bill, Weights::NONE, &overlay);
        assert_eq!((bill.total, outcome.progress.cost), (cost, cost), "{name}");
        let bound = outcome.progress.bound;
        assert_eq!(bound, if overlay.weighs() { None } else { Some(cost) }, "{name}");
        if !overlay.weighs() {
            let free = prove(&world, &Overlay::empty()).progress.cost;
            assert!(free <= cost, "{name}: {free} without rules, {cost} with");
            *seen.entry(if free < cost { "dearer" } else { "same" }).or_insert(0) += 1;
        }
        let rules = plan_by_rules(&world.problem_with(&overlay).unwrap());
        keeps(&world, &overlay, &rules.shipments, &name);
    }
    assert!(seen["dearer"] > WORLDS / 30, "rules bind now and then: {seen:?}");
}

/// Goal: an overlay that is empty changes nothing, bit for bit, and one more rule that forbids never makes a proven plan
/// cheaper. Method: small worlds; the same plan with and without; rule after rule.
#[test]
fn rules_only_take_away() {
    for seed in 0..200 {
        let world = world(seed, SIZES[0]);
        let options = WaveOptions::default();
        let plain = plan_wave(&world.problem().unwrap(), &options, &mut |_| false);
        let empty = world.problem_with(&Overlay::empty()).unwrap();
        let empty = plan_wave(&empty, &options, &mut |_| false);
        assert_eq!(plain.shipments, empty.shipments, "world {seed}");
        assert_eq!(plain.progress, empty.progress, "world {seed}");
        let all = overlay(seed, &world, false);
        let mut last = i64::MIN;
        for count in 0..=all.rules().len() {
            let some = Overlay::new(all.rules()[..count].to_vec()).unwrap();
            let is_pin_of_sku =
                |rule: &OverlayRule| matches!(&rule.does, Does::Pin(pin) if pin.sku.is_some());
            let cost = prove(&world, &some).progress.cost;
            // A pin of a SKU stands in for that of its order: it may allow what that one did not.
            let looser = some.rules().last().is_some_and(is_pin_of_sku);
            assert!(looser || cost >= last, "world {seed}: {cost} after {last}: {}", some.write());
            last = cost;
        }
    }
}

/// Goal: a plan that breaks a rule of an overlay is no plan. Method: plans made without rules, reckoned under them.
#[test]
fn a_bill_under_rules_refuses_what_breaks_them() {
    let mut refused = 0;
    for seed in 0..400 {
        let world = world(seed, SIZES[0]);
        let overlay = overlay(seed, &world, true);
        let plan = prove(&world, &Overlay::empty()).shipments;
        let free = bill(&world, &plan).unwrap();
        let sku = |row: &Shipment| world.orders[row.order as usize].lines[row.line as usize].0;
        let sound =
            plan.iter().all(|row| may(&overlay, &world, row.order as usize, sku(row), row.node))
                && judge(&held_back(&overlay, &world), &plan).is_ok();
        match bill_ruled(&world, &overlay, &plan) {
            Ok(bill) => assert!(sound && bill.total == free.total, "world {seed}"),
            Err(_) => {
                assert!(!sound, "world {seed}");
                refused += 1;
            }
        }
    }
    assert!(refused > 50, "rules bind now and then: {refused}");
}

/// Goal: policies side by side under rules: costs are true money, and a bound is told only where it is one. Method: all
/// policies on small worlds.
#[test]
fn policies_under_rules() {
    for seed in 0..100 {
        let world = world(seed, SIZES[0]);
        let overlay = overlay(seed, &world, seed % 2 == 0);
        for row in compare_on_instance(&world, &overlay, &Policy::ALL, 300).unwrap() {
            let has_bound = row.policy == "optimal" && !overlay.weighs();
            assert_eq!(row.bound_minor.is_some(), has_bound, "world {seed}: {row:?}");
            let whole = row.cost_minor + row.unfilled_minor.unwrap();
            assert!(row.bound_minor.is_none_or(|bound| bound <= whole), "world {seed}: {row:?}");
        }
    }
}
