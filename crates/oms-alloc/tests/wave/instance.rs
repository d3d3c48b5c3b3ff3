//! Files that are no instances: every mistake is told with its place, and nothing panics.
use crate::world::{Size, judge, with_facts, world};
use oms_alloc::instance::{BadInstance, Instance};
use oms_alloc::{WaveOptions, bill, plan_by_rules, plan_wave};
use proptest::prelude::*;
use serde_json::{Value, json};

const SIZE: Size = Size { orders: 4, nodes: 3, skus: 3, lines: 2, units: 3 };

fn sound() -> Value {
    json!({
        "version": 1, "name": "one", "currency": "USD", "regions": 2,
        "nodes": [{ "id": "N0", "kind": "dc", "capacity": null, "handling": 30, "can": ["cold"] }],
        "skus": [{ "id": "S0", "weight_g": 500, "needs": [] }],
        "lanes": [[[430, 55, 1], null]], "stock": [[0, 0, 3, 0]],
        "orders": [{ "id": "O0", "region": 0, "days": 3, "complete": false, "splits": null,
                     "lines": [[0, 2, 2000]] }],
    })
}

/// Proves that one change to a sound instance is told, with its code and in these words.
fn refused((path, value, told): (&str, Value, &str)) {
    let mut document = sound();
    let (of, field) = path.rsplit_once('/').unwrap();
    match document.pointer_mut(of).unwrap() {
        Value::Object(fields) => drop(fields.insert(field.to_owned(), value)),
        list => list[field.parse::<usize>().unwrap()] = value,
    }
    let text = serde_json::to_vec(&document).unwrap();
    let error = Instance::read(&text).and_then(|i| i.problem().map(|_| ())).unwrap_err();
    assert!(error.to_string().contains(told), "{path}: {error}");
    assert!(error.code().starts_with("instance."), "{path}");
}

/// Goal: every mistake has its code, the array, the index, what was found and what was expected. Method: one change
/// at a time to an instance that is sound.
#[test]
fn mistakes_are_told_with_their_place() {
    let huge = json!(i64::MAX);
    let cases: Vec<(&str, Value, &str)> = vec![
        ("/version", json!(2), "`version[0]` itself: found 2, expected 1"),
        ("/nodes/0/handling", huge.clone(), "`nodes[0]` handling: found 9223372036854775807"),
        ("/nodes/0/capacity", json!(-1), "`nodes[0].capacity` in line 1"),
        ("/nodes/0/color", json!("red"), "unknown field `color`"),
        ("/skus/0/weight_g", json!(-5), "`skus[0]` weight_g: found -5, expected 0 to 16777216"),
        ("/skus/0/weight_g", json!(1.5), "`skus[0].weight_g` in line 1"),
        ("/lanes", json!([]), "`lanes[0]` its length: found 0, expected 1 rows, one per node"),
        ("/lanes/0", json!([null]), "`lanes[0]` its length: found 1, expected 2, one per region"),
        ("/lanes/0/0", json!([-1, 0, 1]), "`lanes[0]` the cost of a package: found -1"),
        ("/lanes/0/0", json!([1, huge, 1]), "`lanes[0]` the cost of a kilogram"),
        (
            "/stock/0",
            json!([7, 0, 3, 0]),
            "`stock[0]` its node: found 7, expected an index below 1",
        ),
        ("/stock/0", json!([0, 9, 3, 0]), "`stock[0]` its SKU: found 9, expected an index below 1"),
        ("/stock/0", json!([0, 0, -3, 0]), "`stock[0][2]` in line 1"),
        ("/stock", json!([[0, 0, 1, 0], [0, 0, 2, 0]]), "`stock[1]` itself: found 0, 0 again"),
        ("/orders/0/region", json!(2), "`orders[0]` region: found 2, expected an index below 2"),
        ("/orders/0/lines", json!([[0, 1, -1]]), "`orders[0]` a line's penalty: found -1"),
        ("/orders/0/lines", json!([[4, 1, 1]]), "`orders[0]` a line's SKU: found 4"),
        (
            "/orders/0/lines",
            json!([[0, 1, 1], [0, 1, 1]]),
            "found 0, expected each SKU in one line",
        ),
        (
            "/orders/0/lines",
            json!([[0, 4_000_000_000_u32, 1]]),
            "a quantity of order 0 is 4000000000",
        ),
    ];
    let lines: Vec<Value> = (0..40_000).map(|_| json!([0, 1, 1])).collect();
    let cases =
        cases.into_iter().chain([("/orders/0/lines", json!(lines), "each SKU in one line")]);
    cases.for_each(refused);
    for text in ["", "[", "{}", "null", "{\"version\":1}", "\u{0}"] {
        assert_eq!(Instance::read(text.as_bytes()).unwrap_err().code(), "instance.unreadable");
    }
    let twice = [serde_json::to_string(&sound()).unwrap(), "{}".to_owned()].concat();
    assert!(matches!(Instance::read(twice.as_bytes()), Err(BadInstance::Unreadable { .. })));
    Instance::read(&serde_json::to_vec(&sound()).unwrap()).unwrap();
}

/// Goal: the same of what an instance may leave out. Method: one fact at a time, wrong.
#[test]
fn mistakes_in_facts_are_told_with_their_place() {
    let cases = [
        ("/orders/0/due", json!(-1), "`orders[0].due` in line 1"),
        ("/orders/0/life", json!("3 days"), "`orders[0].life` in line 1"),
        ("/orders/0/late", json!(3), "unknown field `late`"),
        (
            "/orders/0/bundles",
            json!([{ "units": 0, "lines": [0] }]),
            "`orders[0]` the units of a bundle: found 0, expected at least 1",
        ),
        (
            "/orders/0/bundles",
            json!([{ "units": 1, "lines": [] }]),
            "`orders[0]` the number of lines of a bundle: found 0, expected at least 1",
        ),
        (
            "/orders/0/bundles",
            json!([{ "units": 1, "lines": [1] }]),
            "`orders[0]` a line of a bundle: found 1, expected an index below 1",
        ),
        (
            "/orders/0/bundles",
            json!([{ "units": 1, "lines": [0] }, { "units": 2, "lines": [0] }]),
            "`orders[0]` a line of a bundle: found 0, expected each line of an order in one bundle",
        ),
        (
            "/orders/0/bundles",
            json!([{ "units": 3, "lines": [0] }]),
            "`orders[0]` the units of a line of a bundle: found 2, expected a multiple of the bundle's 3",
        ),
        (
            "/orders/0/bundles",
            json!([{ "units": 1, "lines": [0], "kind": "set" }]),
            "unknown field `kind`",
        ),
        (
            "/orders/0/bundles",
            json!([{ "units": -1, "lines": [0] }]),
            "`orders[0].bundles[0].units`",
        ),
        ("/carbon", json!([[1, null], []]), "`carbon[2]` its length: found 2, expected 1 rows"),
        ("/carbon", json!([[1]]), "`carbon[0]` its length: found 1, expected 2, one per region"),
        (
            "/carbon",
            json!([[null, 7]]),
            "`carbon[0]` the grams of a package: found null, expected grams, as a lane leads to region 0",
        ),
        ("/carbon", json!([[-5, null]]), "`carbon[0][0]` in line 1"),
        ("/markdown", json!([[1, 0, 5]]), "`markdown[0]` its node: found 1"),
        ("/markdown", json!([[0, 0, 5], [0, 1, 5]]), "`markdown[1]` its SKU: found 1"),
        ("/markdown", json!([[0, 0, -1]]), "`markdown[0]` its cents: found -1, expected 0 to"),
        ("/markdown", json!([[0, 0, 1], [0, 0, 2]]), "`markdown[1]` itself: found 0, 0 again"),
        ("/lots", json!([[0, 0, 5], [0, 0, 5]]), "`lots[1]` itself: found 0, 0 again"),
        ("/lots", json!([[3, 0, 5]]), "`lots[0]` its node: found 3, expected an index below 1"),
        ("/lots", json!([[0, 0, -2]]), "`lots[0][2]` in line 1"),
    ];
    cases.into_iter().for_each(refused);
}

/// Goal: what an instance leaves out is not written, and what it tells is written as it is read. Method: there and back,
/// without any of it and with all.
#[test]
fn an_instance_is_written_as_it_is_read() {
    let text = serde_json::to_string(&sound()).unwrap();
    let plain = Instance::read(text.as_bytes()).unwrap();
    assert_eq!(serde_json::to_value(&plain).unwrap(), sound());
    for seed in 0..50 {
        let mut plain = world(seed, SIZE);
        plain.orders.iter_mut().for_each(|order| order.bundles.clear());
        let plain = serde_json::to_string(&plain).unwrap();
        let facts = ["due", "life", "carbon", "markdown", "lots", "bundles"];
        assert!(facts.iter().all(|it| !plain.contains(it)));
        let full = with_facts(world(seed, SIZE), seed);
        let text = serde_json::to_string(&full).unwrap();
        assert_eq!(Instance::read(text.as_bytes()).unwrap(), full);
    }
}

/// Goal: demand that nobody can serve is no error. Method: a wave without stock, one without lanes, one without orders.
#[test]
fn nothing_to_ship_is_a_plan() {
    for (path, value) in [
        ("/stock", json!([])),
        ("/lanes", json!([[null, null]])),
        ("/orders", json!([])),
        ("/orders/0/lines", json!([])),
        ("/orders/0/lines", json!([[0, 0, 100]])),
        ("/orders/0/splits", json!(0)),
        ("/nodes/0/capacity", json!(0)),
    ] {
        let mut document = sound();
        *document.pointer_mut(path).unwrap() = value;
        let instance = Instance::read(&serde_json::to_vec(&document).unwrap()).unwrap();
        let problem = instance.problem().unwrap();
        for outcome in
            [plan_wave(&problem, &WaveOptions::default(), &mut |_| false), plan_by_rules(&problem)]
        {
            assert!(outcome.shipments.is_empty(), "{path}");
            let bill = bill(&instance, &outcome.shipments).unwrap();
            assert_eq!(bill.total, outcome.progress.cost, "{path}");
            assert_eq!(bill.unfilled_cost, bill.total, "{path}");
        }
    }
}

/// Goal: the bill agrees with a second judge, on good plans and on bad ones. Method: plans of random worlds, and the
/// same with one number changed.
#[test]
fn the_bill_agrees_with_another_judge() {
    let mut refused = 0;
    for seed in 0..400 {
        let world = world(seed, SIZE);
        let outcome = plan_by_rules(&world.problem().unwrap());
        let mut plan = outcome.shipments;
        for change in 0..5 {
            let bill = bill(&world, &plan);
            assert_eq!(
                bill.as_ref().map(|bill| bill.total).ok(),
                judge(&world, &plan).ok(),
                "{seed}"
            );
            refused += u64::from(bill.is_err());
            let at = seed as usize % plan.len().max(1);
            let Some(row) = plan.get_mut(at) else { break };
            match change {
                0 => row.qty += 1,
                1 => row.node = (row.node + 1) % 3,
                2 => row.qty = 0,
                _ => row.order = (row.order + 1) % 4,
            }
            if usize::from(row.line) >= world.orders[row.order as usize].lines.len() {
                break;
            }
        }
    }
    assert!(refused > 200, "changed plans are refused: {refused}");
}

proptest! {
    /// Goal: no bytes make the reader or the solver panic. Method: a sound file with bytes changed, cut and doubled.
    #[test]
    fn no_bytes_panic(seed in 0_u64..200, cuts in prop::collection::vec((any::<u16>(), any::<u8>()), 0..6)) {
        let plain = world(seed, SIZE);
        let world = if seed % 2 == 0 { plain } else { with_facts(plain, seed) };
        let mut text = serde_json::to_vec(&world).unwrap();
        for (at, byte) in cuts {
            let at = usize::from(at) % text.len().max(1);
            match byte % 3 {
                0 => text[at] = byte,
                1 => text.truncate(at),
                _ => text.insert(at, b'0' + byte % 10),
            }
            if text.is_empty() { break; }
        }
        if let Ok(instance) = Instance::read(&text)
            && let Ok(problem) = instance.problem()
        {
            let options = WaveOptions { work: Some(50), ..WaveOptions::default() };
            let outcome = plan_wave(&problem, &options, &mut |_| false);
            prop_assert_eq!(bill(&instance, &outcome.shipments).unwrap().total, outcome.progress.cost);
        }
    }
}
