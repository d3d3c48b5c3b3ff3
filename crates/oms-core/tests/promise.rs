//! Calendars, cut-offs and promises: civil time of the places concerned, daylight saving and
//! holidays included.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use oms_core::catalog::{
    Calendar, DayHours, Hours, Lane, LaneEnd, Location, LocationKind, TransitQuantile,
};
use oms_core::fulfillment::promise::{
    NoPromise, TABLE_CONFIDENCE_PERCENT, handover_day, promise_delivery, promise_pickup,
};
use oms_core::words::{
    BusinessDay, LocationId, PoolId, RegionId, ServiceId, TimeOfDay, TimeZone, Timestamp, Weekday,
    Window,
};
use proptest::prelude::*;

const WORKDAYS: [Weekday; 5] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

const ZONES: [&str; 4] =
    ["Europe/Paris", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> BusinessDay {
    text.parse().unwrap()
}

fn clock(text: &str) -> TimeOfDay {
    text.parse().unwrap()
}

fn window(from: &str, to: &str) -> Window {
    Window::new(at(from), at(to)).unwrap()
}

fn hours(days: &[Weekday], open: &str, close: &str) -> Calendar {
    Calendar::same_hours(days, Hours::new(clock(open), clock(close)).unwrap())
}

/// A node open on workdays from 08:00 to 18:00, with a cut-off of 14:00 for `ground`.
fn node(zone: &str) -> Location {
    let (id, pool) = (LocationId::new("N").unwrap(), PoolId::new("P").unwrap());
    let mut node = Location::new(id, LocationKind::Dc, pool, TimeZone::new(zone).unwrap());
    node.calendar = hours(&WORKDAYS, "08:00", "18:00");
    node.cut_offs.insert(ServiceId::new("ground").unwrap(), clock("14:00"));
    node.capabilities.pickup = true;
    node
}

fn lane(service: &str, days: u32) -> Lane {
    let region = LaneEnd::Region(RegionId::new("R").unwrap());
    let free = "0.00 EUR".parse().unwrap();
    Lane::new(region, ServiceId::new(service).unwrap(), free, free, days)
}

#[test]
fn the_cut_off_is_the_last_moment_that_counts() {
    // Goal: in time to the millisecond, in the node's zone, summer and winter. Method: moments
    // around 14:00 in Paris.
    let (paris, ground) = (node("Europe/Paris"), lane("ground", 1));
    for (ordered, leaves) in [
        ("2026-07-01T12:00:00Z", "2026-07-01"),
        ("2026-07-01T12:00:00.001Z", "2026-07-02"),
        ("2026-12-01T13:00:00Z", "2026-12-01"),
        ("2026-12-01T13:00:00.001Z", "2026-12-02"),
        // Already Thursday in Paris.
        ("2026-07-01T22:30:00Z", "2026-07-02"),
        // Friday too late, and Saturday: Monday.
        ("2026-07-03T12:30:00Z", "2026-07-06"),
        ("2026-07-04T06:00:00Z", "2026-07-06"),
    ] {
        assert_eq!(handover_day(&paris, &ground, at(ordered)), Ok(day(leaves)), "{ordered}");
    }
    // Another service has no cut-off of its own: closing time counts.
    let other = lane("express", 1);
    assert_eq!(handover_day(&paris, &other, at("2026-07-01T16:00:00Z")), Ok(day("2026-07-01")));
    assert_eq!(handover_day(&paris, &other, at("2026-07-01T16:00:01Z")), Ok(day("2026-07-02")));
}

#[test]
fn the_cut_off_moves_with_the_clocks() {
    // Goal: the same time of day is another moment on either side of a change. Method: the Friday
    // before and the Monday after the clocks of New York turn back.
    let (york, ground) = (node("America/New_York"), lane("ground", 1));
    for (ordered, leaves) in [
        ("2026-10-30T18:00:00Z", "2026-10-30"),
        ("2026-10-30T18:00:01Z", "2026-11-02"),
        ("2026-11-02T18:00:01Z", "2026-11-02"),
        ("2026-11-02T19:00:01Z", "2026-11-03"),
    ] {
        assert_eq!(handover_day(&york, &ground, at(ordered)), Ok(day(leaves)), "{ordered}");
    }
}

#[test]
fn holidays_and_handling_days_and_the_carrier_count() {
    // Goal: each calendar delays by its own days. Method: the week of Christmas 2026, one calendar
    // after the other.
    let mut paris = node("Europe/Paris");
    let mut ground = lane("ground", 2);
    ground.delivery_calendar = Some(hours(&WORKDAYS, "09:00", "17:00"));
    let ordered = at("2026-12-22T09:00:00Z");
    let delivered =
        |node: &Location, lane: &Lane| promise_delivery(node, lane, ordered, 95).unwrap().window;
    // Tuesday + 2 delivery days = Thursday.
    assert_eq!(delivered(&paris, &ground), window("2026-12-24T08:00:00Z", "2026-12-24T16:00:00Z"));
    // Two handling days, the 24th closed: out on the 28th (25th is a Friday, closed too), in on the
    // 30th.
    paris.handling_days = 2;
    paris.calendar.holidays.extend([day("2026-12-24"), day("2026-12-25")]);
    assert_eq!(handover_day(&paris, &ground, ordered), Ok(day("2026-12-28")));
    assert_eq!(delivered(&paris, &ground), window("2026-12-30T08:00:00Z", "2026-12-30T16:00:00Z"));
    // The carrier comes on Wednesdays only.
    ground.pickup_calendar = Some(Calendar::same_hours(&[Weekday::Wed], Hours::ALL_DAY));
    assert_eq!(handover_day(&paris, &ground, ordered), Ok(day("2026-12-30")));
    // Nothing is delivered on New Year's Day, nor at the week-end.
    let closed = ground.delivery_calendar.as_mut().unwrap();
    closed.holidays.insert(day("2027-01-01"));
    assert_eq!(delivered(&paris, &ground), window("2027-01-04T08:00:00Z", "2027-01-04T16:00:00Z"));
}

#[test]
fn delivery_is_told_in_the_time_of_the_other_end() {
    // Goal: hours at the other end are its own, also across a change of its clocks. Method: New
    // York to Paris, delivered on the Monday after the clocks went forward in Paris.
    let york = node("America/New_York");
    let mut ground = lane("ground", 1);
    ground.delivery_calendar = Some(hours(&WORKDAYS, "09:00", "17:00"));
    ground.delivery_zone = Some(TimeZone::new("Europe/Paris").unwrap());
    let promise = promise_delivery(&york, &ground, at("2026-03-27T15:00:00Z"), 95).unwrap();
    assert_eq!(promise.window, window("2026-03-30T07:00:00Z", "2026-03-30T15:00:00Z"));
}

#[test]
fn same_day_delivery_never_comes_before_the_order() {
    // Goal: a window of today begins now at the earliest, and is tomorrow's when today's hours are
    // over. Method: transit 0.
    let paris = node("Europe/Paris");
    let mut express = lane("express", 0);
    express.delivery_calendar = Some(hours(&WORKDAYS, "09:00", "17:00"));
    for (ordered, from, to) in [
        ("2026-07-01T05:00:00Z", "2026-07-01T07:00:00Z", "2026-07-01T15:00:00Z"),
        ("2026-07-01T10:00:00Z", "2026-07-01T10:00:00Z", "2026-07-01T15:00:00Z"),
        ("2026-07-01T15:30:00Z", "2026-07-02T07:00:00Z", "2026-07-02T15:00:00Z"),
    ] {
        let promise = promise_delivery(&paris, &express, at(ordered), 95).unwrap();
        assert_eq!(promise.window, window(from, to), "{ordered}");
    }
}

#[test]
fn history_widens_the_window_to_the_wanted_confidence() {
    // Goal: with quantiles the window runs from the fastest day to the day of the level, and says
    // its share. Method: four levels on one history, and none.
    let paris = node("Europe/Paris");
    let mut ground = lane("ground", 3);
    let quantile = |days, percent| TransitQuantile { days, percent };
    let ordered = at("2026-07-01T08:00:00Z");
    let told = |lane: &Lane, level| {
        let promise = promise_delivery(&paris, lane, ordered, level).unwrap();
        (promise.window.to(), promise.confidence_percent)
    };
    assert_eq!(told(&ground, 99), (at("2026-07-04T22:00:00Z"), TABLE_CONFIDENCE_PERCENT));
    ground.transit_quantiles = vec![quantile(1, 40), quantile(2, 80), quantile(4, 97)];
    assert_eq!(told(&ground, 30), (at("2026-07-02T22:00:00Z"), 40));
    assert_eq!(told(&ground, 80), (at("2026-07-03T22:00:00Z"), 80));
    assert_eq!(told(&ground, 81), (at("2026-07-05T22:00:00Z"), 97));
    assert_eq!(told(&ground, 99), (at("2026-07-05T22:00:00Z"), 97));
    let promise = promise_delivery(&paris, &ground, ordered, 95).unwrap();
    assert_eq!(promise.window.from(), at("2026-07-01T22:00:00Z"));
}

#[test]
fn a_pickup_is_prepared_in_opening_hours() {
    // Goal: minutes run only while the store is open, over nights, holidays and changes of the
    // clocks. Method: 120 minutes from several moments.
    let mut store = node("Europe/Paris");
    store.pickup_ready_minutes = 120;
    store.calendar.holidays.insert(day("2026-07-14"));
    for (ordered, ready) in [
        ("2026-07-01T08:00:00Z", "2026-07-01T10:00:00Z"),
        ("2026-07-01T04:00:00Z", "2026-07-01T08:00:00Z"),
        ("2026-07-01T14:00:00Z", "2026-07-01T16:00:00Z"),
        ("2026-07-01T15:30:00Z", "2026-07-02T07:30:00Z"),
        ("2026-07-01T16:00:00Z", "2026-07-02T08:00:00Z"),
        ("2026-07-13T15:00:00Z", "2026-07-15T07:00:00Z"),
        ("2026-07-03T15:30:00Z", "2026-07-06T07:30:00Z"),
        ("2026-10-23T15:30:00Z", "2026-10-26T08:30:00Z"),
    ] {
        let until = at("2026-07-08T00:00:00Z");
        let promise = promise_pickup(&store, at(ordered), until).unwrap();
        assert_eq!(promise.window.from(), at(ready), "{ordered}");
        assert_eq!(promise.window.to(), until.max(at(ready)));
    }
}

#[test]
fn a_break_is_no_time_to_work_or_to_deliver_in() {
    // Goal: a pickup is made ready, and a parcel delivered, only while the place is open; a break does
    // not end the day. Method: a shop open from 9 to 13 and from 16 to 20, orders around its break.
    let stretch = |open, close| Hours::new(clock(open), clock(close)).unwrap();
    let siesta = DayHours::new(&[stretch("09:00", "13:00"), stretch("16:00", "20:00")]).unwrap();
    let calendar = Calendar {
        weekly: WORKDAYS.map(|day| (day, siesta.clone())).into(),
        ..Calendar::same_hours(&[], Hours::ALL_DAY)
    };
    let mut shop = node("UTC");
    shop.calendar = calendar.clone();
    shop.pickup_ready_minutes = 60;
    for (ordered, ready) in [
        ("2026-07-01T11:59:00Z", "2026-07-01T12:59:00Z"),
        // Work that ends with the break ends there.
        ("2026-07-01T12:00:00Z", "2026-07-01T13:00:00Z"),
        ("2026-07-01T12:20:00Z", "2026-07-01T16:20:00Z"),
        ("2026-07-01T14:00:00Z", "2026-07-01T17:00:00Z"),
        ("2026-07-01T19:30:00Z", "2026-07-02T09:30:00Z"),
    ] {
        let promise = promise_pickup(&shop, at(ordered), at("2026-07-08T00:00:00Z")).unwrap();
        assert_eq!(promise.window.from(), at(ready), "{ordered}");
    }
    let mut same_day = lane("rush", 0);
    same_day.delivery_calendar = Some(calendar);
    for (ordered, told) in [
        ("2026-07-01T08:00:00Z", window("2026-07-01T09:00:00Z", "2026-07-01T20:00:00Z")),
        ("2026-07-01T12:59:00Z", window("2026-07-01T12:59:00Z", "2026-07-01T20:00:00Z")),
        ("2026-07-01T13:00:00Z", window("2026-07-01T16:00:00Z", "2026-07-01T20:00:00Z")),
        ("2026-07-01T17:00:00Z", window("2026-07-01T17:00:00Z", "2026-07-01T20:00:00Z")),
    ] {
        let promise = promise_delivery(&shop, &same_day, at(ordered), 90).unwrap();
        assert_eq!(promise.window, told, "{ordered}");
    }
    // Without a cut-off of its own a service counts until the day's last closing.
    assert_eq!(handover_day(&shop, &same_day, at("2026-07-01T20:00:00Z")), Ok(day("2026-07-01")));
    assert_eq!(handover_day(&shop, &same_day, at("2026-07-01T20:00:01Z")), Ok(day("2026-07-02")));
}

#[test]
fn who_cannot_keep_a_promise_makes_none() {
    // Goal: missing capabilities and empty calendars are said, and end. Method: one at a time.
    let (sound, ground) = (node("Europe/Paris"), lane("ground", 1));
    let ordered = at("2026-07-01T08:00:00Z");
    let mut mute = sound.clone();
    mute.capabilities.ship = false;
    mute.capabilities.pickup = false;
    let ship = promise_delivery(&mute, &ground, ordered, 95).unwrap_err();
    assert!(matches!(ship, NoPromise::Incapable { capability: "ship", .. }));
    let pickup = promise_pickup(&mute, ordered, ordered).unwrap_err();
    assert!(matches!(pickup, NoPromise::Incapable { capability: "pickup", .. }));
    let never = Calendar::same_hours(&[], Hours::ALL_DAY);
    let mut shut = sound.clone();
    shut.calendar = never.clone();
    let step = |result: Result<_, NoPromise>| match result {
        Err(NoPromise::NeverOpen { step, .. }) => step,
        other => panic!("{other:?}"),
    };
    assert_eq!(step(promise_delivery(&shut, &ground, ordered, 95)), "handling");
    assert_eq!(step(promise_pickup(&shut, ordered, ordered)), "preparing");
    let mut week_end = ground.clone();
    week_end.pickup_calendar = Some(Calendar::same_hours(&[Weekday::Sun], Hours::ALL_DAY));
    assert_eq!(step(promise_delivery(&sound, &week_end, ordered, 95)), "carrier pickup");
    let mut nowhere = ground;
    nowhere.delivery_calendar = Some(never);
    assert_eq!(step(promise_delivery(&sound, &nowhere, ordered, 95)), "delivery");
}

proptest! {
    /// Goal: who orders later is never promised earlier, and nothing comes before it is ordered.
    /// Method: two random moments within two years, random cut-off, handling, transit and calendars
    /// of node and carrier, delivery in another zone.
    #[test]
    fn later_orders_are_not_promised_earlier(
        first in 0_i64..2 * 365 * 1440,
        gap in 0_i64..5000,
        cut_off in 0_u16..=1440,
        handling in 0_u32..4,
        transit in 0_u32..5,
        open in prop::collection::btree_set(prop::sample::select(Weekday::ALL.to_vec()), 1..7),
        carrier in prop::collection::btree_set(prop::sample::select(Weekday::ALL.to_vec()), 1..7),
        zone in prop::sample::select(ZONES.to_vec()),
        other in prop::sample::select(ZONES.to_vec()),
        prepare in 0_u32..3000,
    ) {
        let mut node = node(zone);
        node.calendar = hours(&open.into_iter().collect::<Vec<_>>(), "02:15", "21:45");
        let cut_off = TimeOfDay::new(cut_off / 60, cut_off % 60).unwrap();
        node.cut_offs.insert(ServiceId::new("ground").unwrap(), cut_off);
        node.handling_days = handling;
        node.pickup_ready_minutes = prepare;
        let mut lane = lane("ground", transit);
        let carrier: Vec<_> = carrier.into_iter().collect();
        lane.delivery_calendar = Some(hours(&carrier, "02:30", "17:00"));
        lane.delivery_zone = Some(TimeZone::new(other).unwrap());
        let first = at("2026-01-01T00:00:00Z").plus_minutes(first);
        let second = first.plus_minutes(gap);
        let told = |ordered| promise_delivery(&node, &lane, ordered, 95).unwrap().window;
        let (one, two) = (told(first), told(second));
        prop_assert!(one.from() <= two.from() && one.to() <= two.to());
        prop_assert!(one.from() >= first && two.from() >= second);
        let ready = [first, second]
            .map(|ordered| promise_pickup(&node, ordered, ordered).unwrap().window.from());
        prop_assert!(first <= ready[0] && ready[0] <= ready[1]);
    }
}
