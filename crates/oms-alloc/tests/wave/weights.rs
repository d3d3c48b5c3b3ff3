//! Waves with weights, and lots that live only so long: against brute force, and in exact parts.
use crate::overlay::{held_back, may, more, overlay};
use crate::world::{
    Size, brute_under, brute_weighed, gain, judge, package, plain, unfilled, weights, with_facts,
    world,
};
use oms_alloc::instance::Instance;
use oms_alloc::{
    Bill, Outcome, Overlay, Policy, Shipment, WaveOptions, Weights, bill_weighed,
    compare_on_instance, explain_order, plan_wave,
};

/// How many worlds: fewer where the code is not optimized.
const WORLDS: u64 = if cfg!(debug_assertions) { 100 } else { 4_000 };

const SIZES: [Size; 3] = [
    Size { orders: 4, nodes: 4, skus: 3, lines: 2, units: 2 },
    Size { orders: 4, nodes: 3, skus: 4, lines: 3, units: 1 },
    Size { orders: 3, nodes: 3, skus: 2, lines: 2, units: 4 },
];

fn prove(world: &Instance, weights: Weights, overlay: &Overlay) -> Outcome {
    let options = WaveOptions { gap: 0.0, ..WaveOptions::default() };
    let problem = world.problem_weighed(weights, overlay).unwrap();
    plan_wave(&problem, &options, &mut |_| false)
}

/// The weighed parts and the facts of a plan, each by a rule of its own; what rules weigh comes last.
fn parts(world: &Instance, weights: Weights, rules: &Overlay, plan: &[Shipment]) -> Bill {
    let mut packages: Vec<(u32, u32)> = plan.iter().map(|row| (row.order, row.node)).collect();
    packages.sort_unstable();
    packages.dedup();
    let mut orders: Vec<u32> = packages.iter().map(|package| package.0).collect();
    orders.dedup();
    let mut bill =
        Bill { further_packages: (packages.len() - orders.len()) as u64, ..Bill::default() };
    let weighed = &mut bill.weighed;
    for (order, row) in world.orders.iter().enumerate() {
        let wanted: i64 = row.lines.iter().map(|line| i64::from(line.1)).sum();
        let own = plan.iter().filter(|row| row.order as usize == order);
        let got: i64 = own.map(|row| i64::from(row.qty)).sum();
        weighed.unfilled += (wanted - got) * unfilled(world, weights, order);
    }
    let further = i64::from(weights.further_package_minor);
    weighed.further_packages = further * bill.further_packages as i64;
    for (order, node) in packages {
        let row = &world.orders[order as usize];
        let lane = world.lanes[node as usize][row.region as usize].unwrap();
        let parts = package(world, weights, order as usize, node);
        weighed.days += parts[0];
        weighed.packages += parts[1];
        weighed.lateness += parts[2];
        weighed.carbon += parts[3];
        let before = lane.0 + parts.iter().sum::<i64>();
        weighed.rules += (before + more(rules, world, order as usize, node)).max(0) - before;
        bill.carbon_g += u64::from(world.carbon[node as usize][row.region as usize].unwrap());
        let late = row.due.map_or(0, |due| u64::from(lane.2.saturating_sub(due)));
        bill.late_packages += u64::from(late > 0);
        bill.late_days += late;
    }
    for row in plan {
        let sku = world.orders[row.order as usize].lines[usize::from(row.line)].0;
        let units = i64::from(row.qty);
        bill.weighed.markdown -= gain(world, weights, sku, row.node) * units;
        let full = Weights { markdown_percent: 100, ..Weights::NONE };
        bill.markdown_saved += gain(world, full, sku, row.node) * units;
    }
    bill
}

/// Goal: with all weights, lots and rules the wave finds the plan that weighs least and proves it, no lot in it is too
/// old, and money and weighed parts sum to what was chosen by. Method: random worlds with every fact, half of them
/// with bundles, all plans tried; parts reckoned from the file by code of their own.
#[test]
fn a_weighed_wave_equals_brute_force() {
    let mut sum = Bill::default();
    let mut dearer = 0;
    for seed in 0..WORLDS {
        let make = if seed / 2 % 2 == 0 { plain } else { world };
        let world = with_facts(make(seed, SIZES[(seed % 3) as usize]), seed);
        world.check().unwrap();
        let weights = weights(seed);
        let rules = if seed % 2 == 0 { Overlay::empty() } else { overlay(seed, &world, true) };
        let name = format!("world {seed} with {weights:?} under {}", rules.write());
        let less = held_back(&rules, &world);
        let may = |order, sku, node| may(&rules, &world, order, sku, node);
        let weigh = |order, node| more(&rules, &world, order, node);
        let best = brute_weighed(&less, weights, &may, &weigh);
        let outcome = prove(&world, weights, &rules);
        // A problem counts a further package once more for each order.
        let offset = i64::from(weights.further_package_minor) * world.orders.len() as i64;
        let Outcome { progress, .. } = outcome;
        assert_eq!((progress.cost, progress.bound), (best + offset, Some(best + offset)), "{name}");
        let plan = &outcome.shipments;
        let cost = judge(&less, plan).unwrap_or_else(|why| panic!("{name}: {why}"));
        let bill = bill_weighed(&world, weights, &rules, plan).unwrap();
        assert_eq!((bill.total, bill.total + bill.weighed.sum()), (cost, best), "{name}");
        let told = parts(&world, weights, &rules, plan);
        assert_eq!(bill.weighed, told.weighed, "{name}");
        let facts = |it: &Bill| {
            (it.further_packages, it.late_packages, it.late_days, it.carbon_g, it.markdown_saved)
        };
        assert_eq!(facts(&bill), facts(&told), "{name}");
        let weighs = weights != Weights::NONE || rules.weighs();
        let money = outcome.clone().in_money(&bill, weights, &rules).progress;
        assert_eq!((money.cost, money.bound), (cost, (!weighs).then_some(cost)), "{name}");
        dearer += u64::from(brute_under(&less, &may, &|_, _| 0) < cost);
        sum.late_days += bill.late_days;
        sum.further_packages += bill.further_packages;
    }
    assert!(dearer > WORLDS / 10, "weights choose now and then: {dearer}");
    assert!(sum.late_days > 0 && sum.further_packages > WORLDS / 20, "{sum:?}");
}

/// Goal: facts that nothing weighs change no plan, bit for bit, and policies plan an instance without facts as they did
/// before there were any. Method: worlds with facts but no wish for life, and without facts.
#[test]
fn facts_alone_change_nothing() {
    for seed in 0..300 {
        let plain = world(seed, SIZES[0]);
        let mut full = with_facts(plain.clone(), seed);
        full.orders.iter_mut().for_each(|order| order.life = None);
        let empty = Overlay::empty();
        let (one, other) =
            (prove(&plain, Weights::NONE, &empty), prove(&full, Weights::NONE, &empty));
        assert_eq!((one.shipments, one.progress), (other.shipments, other.progress), "{seed}");
        let before = Weights { day_minor: 100, package_minor: 100, ..Weights::NONE };
        for (policy, weights) in [(Policy::Balanced, before), (Policy::Green, Weights::NONE)] {
            let one = prove(&plain, policy.weights().unwrap(), &empty);
            let other = prove(&plain, weights, &empty);
            assert_eq!((one.shipments, one.progress), (other.shipments, other.progress), "{seed}");
        }
    }
}

/// Goal: explanations with weights add up in money and in what was weighed. Method: every order of random worlds.
#[test]
fn explanations_with_weights_add_up() {
    for seed in 0..WORLDS / 10 {
        let world = with_facts(world(seed, SIZES[(seed % 3) as usize]), seed);
        let (weights, rules) = (weights(seed), overlay(seed, &world, seed % 2 == 0));
        let problem = world.problem_weighed(weights, &rules).unwrap();
        let outcome = prove(&world, weights, &rules);
        let bill = bill_weighed(&world, weights, &rules, &outcome.shipments).unwrap();
        let outcome = outcome.in_money(&bill, weights, &rules);
        let (mut total, mut weighed) = (0, 0);
        for order in 0..world.orders.len() {
            let told = explain_order(&world, weights, &rules, &problem, &outcome, order).unwrap();
            let of_packages: i64 = told.packages.iter().map(|it| it.weighed.sum()).sum();
            let of_order = told.bill.weighed;
            let of_none = of_order.further_packages + of_order.unfilled;
            assert_eq!(of_packages + of_none, of_order.sum(), "world {seed}");
            let grams: u64 = told.packages.iter().map(|it| it.carbon_g).sum();
            assert_eq!(grams, told.bill.carbon_g, "world {seed}");
            total += told.bill.total;
            weighed += of_order.sum();
        }
        assert_eq!((total, weighed), (bill.total, bill.weighed.sum()), "world {seed}");
    }
}

/// Goal: what a further package weighs keeps no single one back, and two together. Method: by hand: two SKUs from two
/// nodes for 4.00 each, or both from a third for 9.50.
#[test]
fn further_packages_by_hand() {
    let text = r#"{ "version": 1, "name": "one", "currency": "USD", "regions": 1,
        "nodes": [{ "id": "N0", "kind": "dc", "capacity": null, "handling": 0, "can": [] },
                  { "id": "N1", "kind": "dc", "capacity": null, "handling": 0, "can": [] },
                  { "id": "N2", "kind": "dc", "capacity": null, "handling": 0, "can": [] }],
        "skus": [{ "id": "S0", "weight_g": 0, "needs": [] }, { "id": "S1", "weight_g": 0, "needs": [] }],
        "lanes": [[[400, 0, 1]], [[400, 0, 1]], [[950, 0, 1]]],
        "stock": [[0, 0, 2, 0], [1, 1, 2, 0], [2, 0, 2, 0], [2, 1, 2, 0]],
        "orders": [{ "id": "O0", "region": 0, "days": 3, "complete": false, "splits": null,
                     "lines": [[0, 1, 1000], [1, 1, 1000]] },
                   { "id": "O1", "region": 0, "days": 3, "complete": true, "splits": null,
                     "lines": [[0, 1, 401]] }] }"#;
    let world = Instance::read(text.as_bytes()).unwrap();
    for (weight, cost) in [(0, 800), (149, 800), (151, 950), (100_000, 950)] {
        let weights = Weights { further_package_minor: weight, ..Weights::NONE };
        let plan = prove(&world, weights, &Overlay::empty()).shipments;
        let bill = bill_weighed(&world, weights, &Overlay::empty(), &plan).unwrap();
        assert_eq!((bill.total, bill.unfilled_cost), (cost + 400, 0), "{weight}");
        let further = u64::from(cost == 800);
        assert_eq!(bill.further_packages, further);
        assert_eq!(bill.weighed.sum(), i64::from(weight) * further as i64);
    }
}

/// Goal: no unit stays unfilled for what a package weighs, and policies fill together no less than money alone. Method:
/// small worlds under every policy with weights, proven; to every plan one unit more is added, wherever the rules of
/// the format allow it: none may save money.
#[test]
fn no_unit_stays_unfilled_for_a_weight() {
    let policies = [Policy::Fast, Policy::Balanced, Policy::Green];
    let mut filled = [0_u64; 3];
    let (mut by_money, mut unfilled, mut tried) = (0_u64, 0_u64, 0_u64);
    for seed in 0..WORLDS / 4 {
        let world = with_facts(world(seed, SIZES[(seed % 3) as usize]), seed);
        let units = |plan: &[Shipment]| plan.iter().map(|row| u64::from(row.qty)).sum::<u64>();
        by_money += units(&prove(&world, Weights::NONE, &Overlay::empty()).shipments);
        for (policy, filled) in policies.iter().zip(&mut filled) {
            let plan = prove(&world, policy.weights().unwrap(), &Overlay::empty()).shipments;
            let cost = judge(&world, &plan).unwrap();
            *filled += units(&plan);
            for (order, row) in world.orders.iter().enumerate() {
                for line in 0..row.lines.len() {
                    for node in 0..world.nodes.len() {
                        let (order, line, node) = (order as u32, line as u16, node as u32);
                        let mut more = plan.clone();
                        let key = (order, line, node);
                        match more.iter_mut().find(|it| (it.order, it.line, it.node) == key) {
                            Some(row) => row.qty += 1,
                            None => more.push(Shipment { order, line, node, qty: 1 }),
                        }
                        let Ok(other) = judge(&world, &more) else { continue };
                        tried += 1;
                        assert!(other >= cost, "world {seed}, {policy}: {key:?} saves");
                    }
                }
            }
            let wanted = world.orders.iter().flat_map(|row| &row.lines);
            unfilled += wanted.map(|line| u64::from(line.1)).sum::<u64>() - units(&plan);
        }
    }
    assert!(filled.iter().all(|filled| *filled >= by_money), "{filled:?} of {by_money}");
    assert!(unfilled > WORLDS / 4 && tried > WORLDS / 20, "{unfilled} unfilled, {tried} tried");
}

/// Goal: weights beyond all bounds are told as such or planned with, and nothing overflows. Method: the largest of each, and
/// the longest lanes, over small worlds.
#[test]
fn the_largest_weights() {
    let most = u32::MAX;
    let all = [
        Weights { day_minor: most, ..Weights::NONE },
        Weights { package_minor: most, further_package_minor: most, ..Weights::NONE },
        Weights { late_day_minor: most, ..Weights::NONE },
        Weights { carbon_minor_per_kg: most, ..Weights::NONE },
        Weights { markdown_percent: most, ..Weights::NONE },
    ];
    let (mut planned, mut refused) = (0, 0);
    for seed in 0..100 {
        let mut world = with_facts(world(seed, SIZES[0]), seed);
        if seed % 2 == 0 {
            world.lanes.iter_mut().flatten().flatten().for_each(|lane| lane.2 = most);
            world.orders.iter_mut().for_each(|order| order.days = most);
            world.carbon.iter_mut().flatten().flatten().for_each(|grams| *grams = most);
        }
        let plan = prove(&world, Weights::NONE, &Overlay::empty()).shipments;
        for weights in all {
            bill_weighed(&world, weights, &Overlay::empty(), &plan).unwrap();
            match world.problem_weighed(weights, &Overlay::empty()) {
                Err(why) => {
                    assert_eq!(why.code(), "instance.out_of_bounds");
                    refused += 1;
                }
                Ok(problem) => {
                    let outcome = plan_wave(&problem, &WaveOptions::default(), &mut |_| false);
                    judge(&world, &outcome.shipments).unwrap();
                    planned += 1;
                }
            }
        }
    }
    assert!(planned > 50 && refused > 50, "{planned} planned, {refused} refused");
}

/// Goal: policies side by side tell late packages, CO2e and markdown where the facts are there, and only there; green
/// emits no more than money alone where both fill alike. Method: small worlds, with and without facts.
#[test]
fn policies_tell_the_facts() {
    let (mut greener, mut browner) = (0, 0);
    for seed in 0..200 {
        let plain = world(seed, SIZES[0]);
        let full = with_facts(plain.clone(), seed);
        for (world, known) in [(&plain, false), (&full, true)] {
            let rows = compare_on_instance(world, &Overlay::empty(), &Policy::ALL, 300).unwrap();
            for row in &rows {
                let told = row.carbon_g.is_some();
                assert_eq!(told, known && !world.carbon.is_empty(), "{row:?}");
                let is_due = world.orders.iter().any(|order| order.due.is_some());
                assert_eq!(row.late_packages.is_some(), is_due, "{row:?}");
                let marked = !world.markdown.is_empty();
                assert_eq!(row.markdown_saved_minor.is_some(), marked, "{row:?}");
            }
            let (optimal, green) = (&rows[0], &rows[5]);
            assert_eq!((optimal.policy.as_str(), green.policy.as_str()), ("optimal", "green"));
            let alike = green.unfilled == optimal.unfilled;
            greener += u64::from(alike && green.carbon_g < optimal.carbon_g);
            browner += u64::from(alike && green.carbon_g > optimal.carbon_g);
        }
    }
    // A weight of carbon beside money may serve dearer units first, so single worlds may go the other way.
    assert!(greener > 20 && browner * 5 < greener, "{greener} greener, {browner} browner");
}
