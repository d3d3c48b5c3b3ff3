//! Nodes give work back: what becomes of the units, of the claim, and of what was promised.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod floor;

use floor::Floor;
use oms_core::event::Event;

/// Story 4. Goal: a short pick after a split lets the hurt order claim first, and the stock books
/// lose what is not there. Method: 5 units over two nodes, all released, one more on the shelf; the
/// first node misses two of its three.
#[test]
fn short_pick_after_a_split() {
    let mut floor = Floor::new();
    floor.receive("n1", 3);
    floor.receive("n2", 3);
    floor.place("X", 5);
    floor.allocate("X", "n1", 3);
    floor.allocate("X", "n2", 2);
    for node in ["n1", "n2"] {
        floor.ok("release_to_node", &format!(r#"{{"order":"X","node":"{node}"}}"#));
    }
    assert_eq!(floor.balance("ats/A/P"), 1);
    let receipt = floor.ok(
        "node_rejects",
        r#"{"order":"X","node":"n1","lines":[{"line":"1","qty":2}],"reason":"not_found"}"#,
    );
    assert_eq!(floor.spread("X"), "open 1, reserved 1, released n1 1, released n2 2");
    assert_eq!(receipt.short[0].qty.get(), 1);
    assert_eq!(floor.balance("ats/A/P"), 0);
    assert_eq!(floor.balance("reserved/A/P"), 1);
    assert_eq!(floor.balance("allocated/A/n1"), 1);
    assert_eq!(floor.balance("outside/A/shrink"), 2);
    assert_eq!(floor.balance("available/A/n2"), 1);
    let order = floor.order("X");
    let excluded = &order.exclusions[0];
    assert_eq!((excluded.node.as_str(), excluded.sku.as_str()), ("n1", "A"));
    assert_eq!(excluded.until, floor.now().plus_days(1));
    let found = floor.events().into_iter().find_map(|e| match e {
        Event::DiscrepancyFound(found) => Some((found.node.to_string(), found.qty, found.cause)),
        _ => None,
    });
    assert_eq!(found, Some(("n1".to_owned(), -2, "not_found".to_owned())));
}

fn reject(qty: u32, reason: &str) -> String {
    format!(
        r#"{{"order":"X","node":"n1","lines":[{{"line":"1","qty":{qty}}}],"reason":"{reason}"}}"#
    )
}

/// Goal: units that are good keep their claim when a node is closed, full or late. Method: for each
/// such reason reject two of three while another order waits for the same units, which must get
/// nothing.
#[test]
fn good_units_keep_their_claim() {
    for reason in ["closed", "capacity", "late"] {
        let mut floor = Floor::new();
        floor.released("X", "n1", 3);
        floor.place("Y", 1);
        floor.wait(5);
        floor.ok("node_rejects", &reject(2, reason));
        assert_eq!(floor.spread("X"), "reserved 2, released n1 1", "{reason}");
        assert_eq!(floor.spread("Y"), "open 1");
        assert_eq!(floor.balance("available/A/n1"), 2);
        assert_eq!(floor.balance("reserved/A/P"), 2);
        assert_eq!(floor.balance("ats/A/P"), 0);
        let order = floor.order("X");
        let claim = order.lines[0].holdings.iter().find(|h| h.at.node.is_none()).unwrap();
        assert_eq!(claim.at.until, Some(floor.now().plus_days(1)), "a fresh deadline");
        assert_eq!(order.exclusions.len(), 1, "the node is not asked again");
        let discrepancies = floor.events().into_iter();
        assert_eq!(discrepancies.filter(|e| matches!(e, Event::DiscrepancyFound(_))).count(), 0);
    }
}

/// Goal: broken units stay at the node as damaged, and others are claimed. Method: one of two is
/// broken, one more lies in the second pool of the channel.
#[test]
fn broken_units_are_replaced_from_the_next_pool() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 2);
    floor.receive("n3", 1);
    floor.ok("node_rejects", &reject(1, "damaged"));
    assert_eq!(floor.spread("X"), "reserved 1, released n1 1");
    assert_eq!(floor.balance("damaged/A/n1"), 1);
    assert_eq!(floor.balance("available/A/n1"), 0);
    assert_eq!(floor.balance("reserved/A/Q"), 1);
}

/// Goal: hurt orders come first. Method: the only other unit arrives before the short pick and a
/// third order would have it a moment later; the event that claims again stands in the same commit.
#[test]
fn the_hurt_order_claims_before_new_demand() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 1);
    floor.receive("n2", 1);
    let seen = floor.events().len();
    floor.ok("node_rejects", &reject(1, "not_found"));
    let types = floor.types_after(seen);
    let told = [
        "units.rejected",
        "stock.discrepancy_found",
        "units.claimed",
        "order.node_excluded",
        "order.promise_changed",
    ];
    assert_eq!(types, told);
    floor.place("Y", 1);
    assert_eq!(floor.spread("X"), "reserved 1");
    assert_eq!(floor.spread("Y"), "open 1");
}

/// Goal: what awaits the node's assent is cancelled first, and the node is not blamed for it.
/// Method: of three released units two await cancellation; the node gives back two, then one more.
#[test]
fn pending_cancellations_are_answered_first() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 3);
    floor.ask_to_cancel("X", "n1", 2);
    floor.ok("node_rejects", &reject(2, "late"));
    assert_eq!(floor.spread("X"), "released n1 1, cancelled 2");
    assert_eq!(floor.balance("available/A/n1"), 2);
    assert_eq!(floor.balance("ats/A/P"), 2, "cancelled units are free again");
    assert!(floor.order("X").pending.is_empty());
    assert!(floor.order("X").exclusions.is_empty(), "an answer is no refusal");
    floor.ok("node_rejects", &reject(1, "late"));
    assert_eq!(floor.spread("X"), "reserved 1, cancelled 2");
    assert_eq!(floor.order("X").exclusions.len(), 1);
}

/// Goal: one rejection may answer a cancellation and refuse the rest. Method: three given back, two
/// of them pending; the reason decides where the things go, cancelled or not.
#[test]
fn an_answer_and_a_refusal_in_one() {
    let expected = [
        ("closed", "reserved 1, cancelled 2", ("available/A/n1", 3)),
        ("not_found", "open 1, cancelled 2", ("outside/A/shrink", 3)),
        ("damaged", "open 1, cancelled 2", ("damaged/A/n1", 3)),
    ];
    for (reason, spread, (account, balance)) in expected {
        let mut floor = Floor::new();
        floor.released("X", "n1", 3);
        floor.ask_to_cancel("X", "n1", 2);
        floor.ok("node_rejects", &reject(3, reason));
        assert_eq!(floor.spread("X"), spread, "{reason}");
        assert_eq!(floor.balance(account), balance, "{reason}");
        assert_eq!(floor.balance("allocated/A/n1"), 0);
        assert_eq!(floor.order("X").exclusions.len(), 1);
    }
}

/// Goal: a pickup waits at its location, whatever the reason, and is never kept from it. Method: a
/// good rejection leaves it allocated with its deadline; a short pick takes another unit there, and
/// none from elsewhere.
#[test]
fn a_pickup_stays_at_its_location() {
    let mut floor = Floor::new();
    floor.receive("n1", 2);
    floor.place_pickup("X", 2, "n1");
    let deadline = floor.order("X").lines[0].holdings[0].at.until;
    floor.ok("release_to_node", r#"{"order":"X","node":"n1"}"#);
    floor.wait(30);
    floor.ok("node_rejects", &reject(2, "capacity"));
    assert_eq!(floor.spread("X"), "allocated n1 2");
    let order = floor.order("X");
    assert_eq!(order.lines[0].holdings[0].at.until, deadline);
    assert_eq!(order.lines[0].holdings[0].at.fulfillment, None);
    assert!(order.exclusions.is_empty());

    floor.ok("release_to_node", r#"{"order":"X","node":"n1"}"#);
    floor.receive("n1", 1);
    floor.receive("n2", 5);
    let receipt = floor.ok("node_rejects", &reject(2, "not_found"));
    assert_eq!(floor.spread("X"), "open 1, allocated n1 1");
    assert_eq!(receipt.short[0].qty.get(), 1);
    assert!(floor.order("X").exclusions.is_empty());
    let fresh = floor.order("X").lines[0].holdings[1].at.until;
    assert_eq!(fresh, Some(floor.now().plus_days(7)), "a new claim has a new deadline");
}

/// Goal: the customer's promise is put in doubt once, only by what the customer still wants, and is
/// made anew when another node has the units. Method: a rejection that answers a cancellation, one
/// that takes units, one more, and a new plan a day later.
#[test]
fn a_promise_is_put_in_doubt_once() {
    let changes = |floor: &mut Floor| {
        let all = floor.events().into_iter();
        all.filter(|e| matches!(e, Event::PromiseChanged(_))).count()
    };
    let mut floor = Floor::new();
    floor.released("X", "n1", 3);
    floor.ask_to_cancel("X", "n1", 1);
    floor.ok("node_rejects", &reject(1, "late"));
    assert_eq!(changes(&mut floor), 0);
    let told = floor.order("X").promises[0].window;
    floor.ok("node_rejects", &reject(1, "late"));
    assert_eq!(changes(&mut floor), 1);
    let promise = floor.order("X").promises[0].clone();
    assert_eq!((promise.window, promise.confidence_percent), (told, 0));
    floor.ok("node_rejects", &reject(1, "not_found"));
    assert_eq!(changes(&mut floor), 1);
    floor.receive("n2", 2);
    floor.wait(24 * 60);
    floor.allocate("X", "n2", 2);
    assert_eq!(changes(&mut floor), 2);
    let promise = floor.order("X").promises[0].clone();
    assert_eq!((promise.window.to(), promise.confidence_percent), (told.to().plus_days(1), 90));
}

/// Goal: policy says how long a node is left out, the node's own before the channel's. Method: set
/// both, reject, and read the exclusion; then set zero, which leaves nobody out.
#[test]
fn policy_says_how_long_a_node_is_left_out() {
    let mut floor = Floor::new();
    let set = |scope: &str, minutes: u32| {
        format!(r#"{{"scope":{scope},"policy":{{"excluded_minutes":{minutes}}}}}"#)
    };
    floor.ok("set_policy", &set(r#"{"channel":"WEB"}"#, 30));
    floor.ok("set_policy", &set(r#"{"location":"n1"}"#, 45));
    floor.released("X", "n1", 2);
    floor.ok("node_rejects", &reject(1, "late"));
    assert_eq!(floor.order("X").exclusions[0].until, floor.now().plus_minutes(45));
    floor.wait(60);
    floor.ok("set_policy", &set(r#"{"location":"n1"}"#, 0));
    floor.ok("node_rejects", &reject(1, "late"));
    assert_eq!(floor.order("X").exclusions[0].until, floor.now().plus_minutes(45 - 60));
}

/// Goal: every refusal names its field, and earlier ones win. Method: from the broadest mistake to
/// the finest, each command has all the later mistakes too.
#[test]
fn refusals_in_their_order() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 2);
    floor.receive("n1", 1);
    floor.place_pickup("D", 1, "n1");
    floor.ok("release_to_node", r#"{"order":"D","node":"n1"}"#);
    let done = floor.pack("D", "n1", 1);
    floor.ok("collect", &format!(r#"{{"order":"D","node":"n1","package":"{done}"}}"#));
    let ask = |order: &str, node: &str, work: &str, lines: &str, reason: &str| {
        format!(
            r#"{{"order":"{order}","node":"{node}"{work},"lines":[{lines}],"reason":"{reason}"}}"#
        )
    };
    let work = r#","fulfillment":"F""#;
    let bad = r#"{"line":"9","qty":1},{"line":"1","qty":9}"#;
    let cases = [
        (ask("N", "n9", work, "", "r"), "invalid.empty", "/lines"),
        (
            ask("N", "n9", work, r#"{"line":"1","qty":0}"#, "r"),
            "invalid.quantity_zero",
            "/lines/0/qty",
        ),
        (
            ask("N", "n9", work, r#"{"line":"1","qty":1},{"line":"1","qty":1}"#, "r"),
            "invalid.duplicate",
            "/lines/1/line",
        ),
        (ask("N", "n9", work, bad, "r"), "order.unknown", "/order"),
        (ask("D", "n9", work, bad, "r"), "order.closed", "/order"),
        (ask("X", "n9", work, bad, "r"), "location.unknown", "/node"),
        (ask("X", "n1", work, bad, "r"), "fulfillment.unknown", "/fulfillment"),
        (ask("X", "n1", "", bad, "fraud"), "reason.unknown", "/reason"),
        (ask("X", "n1", "", bad, "late"), "line.unknown", "/lines/0/line"),
        (
            ask("X", "n1", "", r#"{"line":"1","qty":9}"#, "late"),
            "line.stage_forbids",
            "/lines/0/qty",
        ),
        (
            ask("X", "n2", "", r#"{"line":"1","qty":1}"#, "late"),
            "line.stage_forbids",
            "/lines/0/qty",
        ),
    ];
    for (payload, code, path) in cases {
        let no = floor.no("node_rejects", &payload);
        assert_eq!((no.code.as_str(), no.path.as_str()), (code, path), "{payload}");
    }
    let no = floor.no("node_rejects", &ask("X", "n1", "", r#"{"line":"1","qty":9}"#, "late"));
    assert_eq!(
        (no.expected.as_str(), no.found.as_str()),
        ("9 released at `n1`", "2 released at `n1`")
    );
}

/// Goal: a large order goes through a node and back like a small one: reading comes in few rounds,
/// however many lines. Method: 200 lines of as many SKUs, more than a turn may read in rounds, some
/// packed and shipped, some unpacked, the rest not found.
#[test]
fn a_large_order_is_no_exception() {
    let mut floor = Floor::new();
    let ids: Vec<usize> = (1..=200).collect();
    let list =
        |each: &dyn Fn(usize) -> String| ids.iter().map(|i| each(*i)).collect::<Vec<_>>().join(",");
    for i in &ids {
        floor.ok("define_item", &format!(r#"{{"sku":"S{i}","base_unit":"each"}}"#));
        floor.ok("receive_stock", &format!(r#"{{"sku":"S{i}","node":"n1","qty":2}}"#));
    }
    let lines = list(&|i| format!(r#"{{"line":"{i}","sku":"S{i}","qty":2}}"#));
    let groups = format!(r#"[{{"group":"g","to":{}}}]"#, floor::TO_ADDRESS);
    floor.ok(
        "place_order",
        &format!(
            r#"{{"order":"X","channel":"WEB","currency":"USD","groups":{groups},"lines":[{lines}]}}"#
        ),
    );
    let plan = list(&|i| format!(r#"{{"line":"{i}","node":"n1","qty":2}}"#));
    floor.ok("commit_plan", &format!(r#"{{"order":"X","assignments":[{plan}]}}"#));
    floor.ok("release_to_node", r#"{"order":"X","node":"n1"}"#);
    let ones = list(&|i| format!(r#"{{"line":"{i}","qty":1}}"#));
    let pack = format!(r#"{{"order":"X","node":"n1","lines":[{ones}]}}"#);
    let package = floor.ok("pack", &pack).packages[0].to_string();
    let parcel = format!(r#"{{"order":"X","package":"{package}"}}"#);
    floor.ok("unpack", &parcel);
    let package = floor.ok("pack", &pack).packages[0].to_string();
    let parcel = format!(r#"{{"order":"X","package":"{package}"}}"#);
    let lost = floor.ok(
        "node_rejects",
        &format!(r#"{{"order":"X","node":"n1","lines":[{ones}],"reason":"not_found"}}"#),
    );
    assert_eq!(lost.short.len(), 200);
    assert_eq!(floor.order("X").exclusions.len(), 200);
    floor.ok("ship", &parcel);
    let lost = format!(r#"{{"order":"X","package":"{package}","then":"reship"}}"#);
    floor.ok("lose_parcel", &lost);
    assert_eq!(floor.spread("X"), "open 2");
    assert_eq!(floor.balance("outside/S200/lost"), 1);
}
