//! Catalog: wire forms, what checks find, policies by scope and time, and ways through the network.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::collections::BTreeSet;

use oms_core::catalog::{
    Calendar, Channel, ChannelKind, DayHours, Hours, Item, Lane, LaneEnd, Location, LocationKind,
    Network, Policy, PolicyBook, PolicyScope, PolicyVersion, Reach, Reason, ReasonKind,
    RejectEffect, Resolved, TotalsPolicy, TransitQuantile, Unit, resolve,
};
use oms_core::words::{
    ChannelId, Currency, LocationId, Money, PoolId, ReasonId, RegionId, ServiceId, Sku, TimeZone,
    Timestamp, Weekday,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(thing: &T) {
    let wire = serde_json::to_string(thing).unwrap();
    let back: T = serde_json::from_str(&wire).unwrap();
    assert_eq!(&back, thing, "{wire}");
    assert_eq!(serde_json::to_string(&back).unwrap(), wire);
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn place(id: &str, kind: LocationKind) -> Location {
    let (id, pool) = (LocationId::new(id).unwrap(), PoolId::new("P").unwrap());
    Location::new(id, kind, pool, TimeZone::UTC)
}

fn to_region(region: &str, service: &str) -> Lane {
    let end = LaneEnd::Region(RegionId::new(region).unwrap());
    Lane::new(end, ServiceId::new(service).unwrap(), money("4.00 USD"), money("0.50 USD"), 2)
}

fn to_place(id: &str, cost: Money, days: u32) -> Lane {
    let end = LaneEnd::Location(LocationId::new(id).unwrap());
    Lane::new(end, ServiceId::new("truck").unwrap(), cost, Money::zero(cost.currency()), days)
}

#[test]
fn a_location_says_on_the_wire_what_differs_from_the_default() {
    // Goal: the wire form is stable, small and strict. Method: a whole location against its text;
    // the least one; one with a field that nobody knows.
    let mut dc = place("DC", LocationKind::ThirdParty);
    let hours = Hours::new("08:00".parse().unwrap(), "18:00".parse().unwrap()).unwrap();
    dc.calendar = Calendar::same_hours(&[Weekday::Mon], hours);
    dc.calendar.holidays.insert("2026-12-25".parse().unwrap());
    dc.cut_offs.insert(ServiceId::new("ground").unwrap(), "14:00".parse().unwrap());
    dc.lanes.push(to_region("WEST", "ground"));
    dc.handling_cost = Some(money("1.20 USD"));
    let wire = concat!(
        r#"{"id":"DC","kind":"third_party","pool":"P","time_zone":"UTC","#,
        r#""calendar":{"weekly":{"mon":{"open":"08:00","close":"18:00"}},"#,
        r#""holidays":["2026-12-25"]},"#,
        r#""capabilities":{"ship":true},"handling_cost":"1.20 USD","cut_offs":{"ground":"14:00"},"#,
        r#""lanes":[{"to":{"region":"WEST"},"service":"ground","cost_fixed":"4.00 USD","#,
        r#""cost_per_kg":"0.50 USD","transit_days":2}]}"#,
    );
    assert_eq!(serde_json::to_string(&dc).unwrap(), wire);
    round_trip(&dc);
    let least = r#"{"id":"S","kind":"store","pool":"P","time_zone":"Europe/Paris"}"#;
    let store: Location = serde_json::from_str(least).unwrap();
    assert!(store.calendar.is_always() && store.capabilities.ship && !store.closed);
    let unknown = least.replace("}", r#","color":"red"}"#);
    assert!(serde_json::from_str::<Location>(&unknown).unwrap_err().to_string().contains("color"));
    let backwards = r#"{"open":"18:00","close":"08:00"}"#;
    assert!(serde_json::from_str::<Hours>(backwards).is_err());
}

#[test]
fn a_day_may_have_breaks() {
    // Goal: one stretch is an object as ever, several are a list; what overlaps, touches, goes back or
    // is too much is no day. Method: each, there and back.
    let stretch = |open: &str, close: &str| format!(r#"{{"open":"{open}","close":"{close}"}}"#);
    let list = |all: &[(&str, &str)]| {
        let all: Vec<String> = all.iter().map(|(open, close)| stretch(open, close)).collect();
        format!("[{}]", all.join(","))
    };
    let one = stretch("08:00", "18:00");
    let two = list(&[("08:00", "12:00"), ("14:00", "18:00")]);
    for (wire, written) in [(&one, &one), (&list(&[("08:00", "18:00")]), &one), (&two, &two)] {
        let hours: DayHours = serde_json::from_str(wire).unwrap();
        assert_eq!(serde_json::to_string(&hours).unwrap(), *written);
        assert_eq!(
            (hours.open().to_string(), hours.close().to_string()),
            ("08:00".into(), "18:00".into())
        );
        let all: Vec<Hours> = hours.stretches().collect();
        assert_eq!(DayHours::new(&all), Some(hours));
    }
    let clocks: Vec<String> =
        (0..=26).map(|n| format!("{:02}:{:02}", n / 2, 30 * (n % 2))).collect();
    let many: Vec<(&str, &str)> =
        clocks.chunks_exact(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
    assert!(serde_json::from_str::<DayHours>(&list(&many[..DayHours::MOST])).is_ok());
    for (wire, code) in [
        ("[]".to_owned(), "invalid.empty"),
        (list(&many[..=DayHours::MOST]), "invalid.date_range"),
        (list(&[("08:00", "12:00"), ("11:00", "18:00")]), "invalid.date_range"),
        (list(&[("08:00", "12:00"), ("12:00", "18:00")]), "invalid.date_range"),
        (list(&[("14:00", "18:00"), ("08:00", "12:00")]), "invalid.date_range"),
        (r#"{"open":"08:00"}"#.to_owned(), "close"),
        ("\"08:00-18:00\"".to_owned(), "a list of them"),
    ] {
        let error = serde_json::from_str::<DayHours>(&wire).unwrap_err().to_string();
        assert!(error.contains(code), "{wire}: {error}");
    }
}

#[test]
fn checks_name_the_field_that_contradicts_another() {
    // Goal: what serde cannot see is found and named. Method: one contradiction at a time.
    let found = |change: &dyn Fn(&mut Location)| {
        let mut dc = place("DC", LocationKind::Dc);
        dc.lanes = vec![to_region("WEST", "ground"), to_region("EAST", "ground")];
        dc.lanes[1].transit_quantiles =
            [(1, 50), (2, 90)].map(|(days, percent)| TransitQuantile { days, percent }).to_vec();
        assert_eq!(dc.check(), Ok(()));
        change(&mut dc);
        dc.check().unwrap_err().path
    };
    assert_eq!(found(&|dc| dc.handling_cost = Some(money("-1 USD"))), "/handling_cost");
    assert_eq!(found(&|dc| dc.lanes[1].cost_fixed = money("-1 USD")), "/lanes/1/cost_fixed");
    assert_eq!(found(&|dc| dc.lanes[1].cost_per_kg = money("-1 USD")), "/lanes/1/cost_per_kg");
    assert_eq!(found(&|dc| dc.lanes[1].cost_per_kg = money("1 EUR")), "/lanes/1/cost_per_kg");
    assert_eq!(found(&|dc| dc.lanes[1].to = dc.lanes[0].to.clone()), "/lanes/1/service");
    assert_eq!(found(&|dc| dc.lanes[0].to = LaneEnd::Location(dc.id.clone())), "/lanes/0/to");
    let quantile = |dc: &mut Location, days, percent| {
        dc.lanes[1].transit_quantiles[1] = TransitQuantile { days, percent };
    };
    let at = "/lanes/1/transit_quantiles/1";
    assert_eq!(found(&|dc| quantile(dc, 1, 90)), format!("{at}/days"));
    assert_eq!(found(&|dc| quantile(dc, 2, 50)), format!("{at}/percent"));
    assert_eq!(found(&|dc| quantile(dc, 2, 101)), format!("{at}/percent"));
    assert_eq!(found(&|dc| quantile(dc, 367, 90)), format!("{at}/days"));

    let channel = |pools: &[&str]| {
        let pools = pools.iter().map(|pool| PoolId::new(pool).unwrap()).collect();
        Channel::new(ChannelId::new("WEB").unwrap(), ChannelKind::Web, pools)
    };
    assert_eq!(channel(&["A", "B"]).check(), Ok(()));
    assert_eq!(channel(&[]).check().unwrap_err().path, "/pools");
    assert_eq!(channel(&["A", "B", "A"]).check().unwrap_err().path, "/pools/2");
    round_trip(&channel(&["A", "B"]));
}

#[test]
fn locations_take_only_what_they_can_handle() {
    // Goal: hazmat and cold need their capability, nothing else does. Method: every combination of
    // the four switches.
    for bits in 0..16_u8 {
        let on = |bit: u8| bits & (1 << bit) != 0;
        let mut dc = place("DC", LocationKind::Dc);
        (dc.capabilities.hazmat, dc.capabilities.hold_cold) = (on(0), on(1));
        let mut item = Item::new(Sku::new("A").unwrap(), Unit::Gram);
        (item.flags.hazmat, item.flags.cold) = (on(2), on(3));
        (item.flags.fragile, item.flags.oversize, item.flags.age_restricted) = (true, true, true);
        let expected = match (on(2) && !on(0), on(3) && !on(1)) {
            (true, _) => Err("hazmat"),
            (_, true) => Err("hold_cold"),
            _ => Ok(()),
        };
        assert_eq!(dc.can_handle(&item), expected);
        round_trip(&item);
    }
}

#[test]
fn lanes_cost_by_weight_rounded_once() {
    // Goal: fixed part plus kilograms, one rounding of the sum. Method: a case where two roundings
    // would differ, and the ends.
    let mut lane = to_region("WEST", "ground");
    (lane.cost_fixed, lane.cost_per_kg) = (money("0.004 USD"), money("0.30 USD"));
    assert_eq!(lane.cost(5).unwrap(), money("0.01 USD"));
    assert_eq!(lane.cost(0).unwrap(), money("0.00 USD"));
    assert_eq!(lane.cost(1_234_567).unwrap(), money("370.37 USD"));
    assert_eq!(lane.cost(u64::MAX).unwrap_err().code(), "invalid.money");
    lane.cost_per_kg = money("1 EUR");
    assert_eq!(lane.cost(1).unwrap_err().code(), "invalid.currency_mix");
}

#[test]
fn policies_merge_field_by_field_and_by_time() {
    // Goal: the most specific word counts, the default else, and each moment has its version.
    // Method: three scopes, and a book filled out of order.
    let location = Policy { cancel_assent: Some(true), ..Policy::default() };
    let channel =
        Policy { sell_through: Some(Reach::Claims), pickup_days: Some(3), ..Policy::default() };
    let tenant = Policy {
        pickup_days: Some(9),
        max_packages: Some(2),
        totals: Some(TotalsPolicy::Strict),
        cancel_assent: Some(false),
        ..Policy::default()
    };
    let expected = Resolved {
        cancel_assent: true,
        sell_through: Reach::Claims,
        pickup_days: 3,
        max_packages: Some(2),
        totals: TotalsPolicy::Strict,
        ..Resolved::default()
    };
    assert_eq!(resolve(&[location, channel, tenant]), expected);
    let default = Resolved::default();
    assert_eq!((default.reserve_minutes, default.pickup_days), (1440, 7));
    assert_eq!((default.excluded_minutes, default.count_window_days), (1440, 7));
    assert_eq!(default.totals, TotalsPolicy::Tolerate { minor_units: 5 });
    assert_eq!(default.sell_through, Reach::Free);

    let at = |day: i64| Timestamp::MIN.plus_days(day);
    let mut book = PolicyBook::new(PolicyScope::Channel(ChannelId::new("WEB").unwrap()));
    for (version, (day, policy)) in (1..).zip([(10, tenant), (5, channel), (10, location)]) {
        book.add(PolicyVersion { valid_from: at(day), version, policy });
    }
    assert_eq!(book.latest_version(), 3);
    let valid = [4, 5, 9, 10, 99].map(|day| book.at(at(day)));
    assert_eq!(valid, [Policy::default(), channel, channel, location, location]);
    round_trip(&book);
}

#[test]
fn policies_have_a_plain_form_on_the_wire() {
    // Goal: scopes and choices read as the trade would write them. Method: texts, and one with an
    // unknown field.
    let scopes = [
        (PolicyScope::Tenant, r#""tenant""#),
        (PolicyScope::Channel(ChannelId::new("WEB").unwrap()), r#"{"channel":"WEB"}"#),
        (PolicyScope::Location(LocationId::new("S1").unwrap()), r#"{"location":"S1"}"#),
    ];
    for (scope, wire) in scopes {
        assert_eq!(serde_json::to_string(&scope).unwrap(), wire);
        round_trip(&scope);
    }
    let wire = r#"{"sell_through":"below_zero","totals":{"tolerate":{"minor_units":9}}}"#;
    let policy: Policy = serde_json::from_str(wire).unwrap();
    assert_eq!(serde_json::to_string(&policy).unwrap(), wire);
    for flaw in [
        r#"{"totals":{"tolerate":{"minor_units":9,"x":1}}}"#,
        r#"{"reserve":9}"#,
        r#"{"reserve_minutes":-1}"#,
        r#"{"sell_through":"anything"}"#,
    ] {
        assert!(serde_json::from_str::<Policy>(flaw).is_err(), "{flaw}");
    }
    assert!(
        Reach::Free < Reach::Hidden
            && Reach::Hidden < Reach::Claims
            && Reach::Claims < Reach::BelowZero
    );
}

#[test]
fn the_engines_reasons_are_complete_and_sound() {
    // Goal: each reason to reject has an effect and no other has; codes are unique and valid ids.
    // Method: walk all kinds.
    let kinds = [
        ReasonKind::Cancel,
        ReasonKind::Reject,
        ReasonKind::Return,
        ReasonKind::Refund,
        ReasonKind::Adjust,
        ReasonKind::Hold,
        ReasonKind::Override,
    ];
    let mut seen = BTreeSet::new();
    for kind in kinds {
        for code in Reason::builtin_codes(kind) {
            let reason = Reason::builtin(&ReasonId::new(code).unwrap()).unwrap();
            assert_eq!(reason.kind, kind);
            assert_eq!(reason.reject.is_some(), kind == ReasonKind::Reject, "{code}");
            assert!(seen.insert(code), "{code} twice");
            round_trip(&reason);
        }
    }
    let effect = |code| Reason::builtin(&ReasonId::new(code).unwrap()).unwrap().reject.unwrap();
    assert_eq!(["closed", "capacity", "late"].map(effect), [RejectEffect::Good; 3]);
    assert_eq!(["not_found", "damaged"].map(effect), [RejectEffect::Shrink, RejectEffect::Damaged]);
}

#[test]
fn the_network_leaves_out_what_cannot_be_used() {
    // Goal: closed places, stores on the way, other currencies and unknown places carry nothing.
    // Method: one way at a time.
    let (usd, one) = (Currency::new("USD").unwrap(), money("1.00 USD"));
    let (mut dc, goal) = (place("DC", LocationKind::Dc), place("Z", LocationKind::Store));
    dc.lanes = vec![to_place("M", one, 1), to_place("NOWHERE", one, 1), to_region("W", "ground")];
    let mut middle = place("M", LocationKind::Hub);
    middle.lanes = vec![to_place("Z", one, 1), to_region("W", "ground"), to_region("W", "air")];
    let route = |dc: &Location, middle: &Location| {
        Network::build([dc, middle, &goal])
            .cheapest(&dc.id, &goal.id, 100, usd)
            .map(|route| route.stops)
    };
    let ids = ["DC", "M", "Z"].map(|id| LocationId::new(id).unwrap());
    assert_eq!(route(&dc, &middle), Some(ids.to_vec()));
    let store = Location { kind: LocationKind::Store, ..middle.clone() };
    assert_eq!(route(&dc, &store), None);
    let closed = Location { closed: true, ..middle.clone() };
    assert_eq!(route(&dc, &closed), None);
    let mut euros = middle.clone();
    euros.lanes[0] = to_place("Z", money("1.00 EUR"), 1);
    assert_eq!(route(&dc, &euros), None);

    let network = Network::build([&dc, &middle, &goal]);
    let reaching = |service| -> Vec<_> {
        let region = RegionId::new("W").unwrap();
        network.reaching(&region, service).map(|(id, _)| id.as_str()).collect()
    };
    assert_eq!((reaching("ground"), reaching("air")), (vec!["DC", "M"], vec!["M"]));
    assert!(dc.lane_to(&RegionId::new("W").unwrap(), "ground").is_some());
    assert!(dc.lane_to(&RegionId::new("W").unwrap(), "air").is_none());
    let here = network.cheapest(&dc.id, &dc.id, 100, usd).unwrap();
    assert_eq!((here.stops.len(), here.cost.is_zero(), here.transit_days), (1, true, 0));
}

/// The best (price, days) or (days, price) over every way without a repeated stop, by trying them
/// all.
fn brute(
    locations: &[Location],
    at: usize,
    goal: usize,
    seen: &mut Vec<usize>,
    by_days: bool,
) -> Option<(i64, i64)> {
    if at == goal {
        return Some((0, 0));
    }
    if !seen.is_empty() && locations[at].kind != LocationKind::Hub {
        return None;
    }
    seen.push(at);
    let mut best = None;
    for lane in &locations[at].lanes {
        let LaneEnd::Location(to) = &lane.to else { continue };
        let to = locations.iter().position(|location| location.id == *to).unwrap();
        if seen.contains(&to) {
            continue;
        }
        let Some(rest) = brute(locations, to, goal, seen, by_days) else { continue };
        let (cost, days) = (lane.cost_fixed.to_minor().unwrap(), i64::from(lane.transit_days));
        let own = if by_days { (days, cost) } else { (cost, days) };
        let sum = (own.0 + rest.0, own.1 + rest.1);
        best = Some(best.map_or(sum, |best: (i64, i64)| best.min(sum)));
    }
    seen.pop();
    best
}

proptest! {
    /// Goal: the search finds the best way, ties by the other aim. Method: small random networks
    /// against trying every way.
    #[test]
    fn routes_are_the_best_there_are(
        hubs in prop::collection::vec(any::<bool>(), 6),
        lanes in prop::collection::vec((0_usize..6, 0_usize..6, 0_i64..4, 0_u32..3), 0..24),
    ) {
        let usd = Currency::new("USD").unwrap();
        let name = |index: usize| format!("L{index}");
        let mut locations: Vec<_> = hubs
            .iter()
            .enumerate()
            .map(|(index, hub)| {
                let kind = if *hub { LocationKind::Hub } else { LocationKind::Store };
                place(&name(index), kind)
            })
            .collect();
        for (from, to, cost, days) in lanes {
            let cost = Money::from_minor(cost, usd).unwrap();
            locations[from].lanes.push(to_place(&name(to), cost, days));
        }
        let network = Network::build(&locations);
        let (from, to) = (&locations[0].id, &locations[5].id);
        let cheapest = network.cheapest(from, to, 700, usd);
        let fastest = network.fastest(from, to, 700, usd);
        let figures = |route: &oms_core::catalog::Route| {
            (route.cost.to_minor().unwrap(), i64::try_from(route.transit_days).unwrap())
        };
        let expected = brute(&locations, 0, 5, &mut Vec::new(), false);
        prop_assert_eq!(cheapest.as_ref().map(figures), expected);
        let expected = brute(&locations, 0, 5, &mut Vec::new(), true);
        prop_assert_eq!(fastest.as_ref().map(figures), expected.map(|(days, cost)| (cost, days)));
        // The same question has the same answer, stops and all.
        prop_assert_eq!(network.cheapest(from, to, 700, usd), cheapest);
    }
}
