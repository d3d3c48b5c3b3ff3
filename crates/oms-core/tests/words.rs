//! Words: what may become one, what it looks like on the wire, and the laws of its arithmetic.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::collections::BTreeMap;

use oms_core::words::{
    Address, BusinessDay, CommandId, Country, Currency, Destination, EventId, Money, OrderId,
    PackageId, Point, Qty, RegionId, Rounding, Sealed, Sku, TimeOfDay, TimeZone, Timestamp, Window,
    digest, spread,
};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(word: &T) {
    let wire = serde_json::to_string(word).unwrap();
    let back: T = serde_json::from_str(&wire).unwrap();
    assert_eq!(&back, word, "{wire}");
    assert_eq!(serde_json::to_string(&back).unwrap(), wire);
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> BusinessDay {
    text.parse().unwrap()
}

fn clock(text: &str) -> TimeOfDay {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::new(name).unwrap()
}

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["JPY", "USD", "KWD", "CLF", "EUR"])
        .prop_map(|code| Currency::new(code).unwrap())
}

#[test]
fn ids_take_nothing_that_looks_like_another_id() {
    // Goal: an id is never empty, long, padded or invisible in part. Method: each flaw once, with
    // its code and its text.
    let long = "x".repeat(65);
    let flaws =
        ["", " ", "A ", " A", "A\n", "A\u{0}B", "A\u{200b}B", "A\u{202e}B", "\u{feff}A", &long];
    for flaw in flaws {
        let refused = Sku::new(flaw).unwrap_err();
        assert_eq!(refused.code(), "invalid.id_format", "{flaw:?}");
        assert!(refused.expected().contains("SKU of 1 to 64 bytes"), "{}", refused.expected());
        assert!(!refused.found().contains(char::is_control), "{}", refused.found());
        let wire = serde_json::to_string(flaw).unwrap();
        let error = serde_json::from_str::<Sku>(&wire).unwrap_err().to_string();
        assert!(error.starts_with("invalid.id_format: "), "{error}");
    }
    for sound in ["A", "shirt M/blue", "é-1", "注文", &"x".repeat(64)] {
        assert_eq!(Sku::new(sound).unwrap().as_str(), sound);
    }
    assert!(serde_json::from_str::<Sku>("7").unwrap_err().to_string().contains("a SKU"));
}

#[test]
fn ids_are_found_by_text_and_ordered_by_text() {
    // Goal: maps keyed by ids answer to plain text. Method: look one up through `Borrow<str>`.
    let ids = ["b", "a", "C"].map(|id| OrderId::new(id).unwrap());
    let map: BTreeMap<OrderId, usize> = ids.into_iter().zip(0..).collect();
    assert_eq!(map.get("a"), Some(&1));
    assert_eq!(map.keys().map(OrderId::as_str).collect::<Vec<_>>(), ["C", "a", "b"]);
    assert_eq!(format!("{:?}", OrderId::new("O1").unwrap()), "OrderId(\"O1\")");
}

#[test]
fn derived_ids_fit_and_are_valid_ids() {
    // Goal: an id derived from the longest command and ordinal is one that the wire takes. Method:
    // the extreme case.
    let command = CommandId::new("c".repeat(64)).unwrap();
    let id = EventId::derived(&command, u32::MAX);
    assert_eq!(id.as_str().len(), 75);
    round_trip(&id);
    assert_ne!(PackageId::derived(&command, 1), PackageId::derived(&command, 11));
}

#[test]
fn quantities_refuse_what_is_not_a_whole_number_in_range() {
    // Goal: every flaw of a quantity is said. Method: JSON texts against the words of the error.
    for flaw in ["-1", "1.5", "1.0", "1000000000001", "1e30", "18446744073709551616"] {
        let error = serde_json::from_str::<Qty>(flaw).unwrap_err().to_string();
        assert!(
            error.starts_with("invalid.quantity: expected a whole number from 0 to"),
            "{error}"
        );
    }
    assert!(serde_json::from_str::<Qty>("\"1\"").is_err());
    assert_eq!(serde_json::from_str::<Qty>("1000000000000").unwrap(), Qty::MAX);
    assert_eq!(Qty::MAX.checked_add(Qty::ONE), None);
    assert_eq!(Qty::ZERO.checked_sub(Qty::ONE), None);
    assert_eq!(Qty::from_i64(-1), None);
    assert_eq!(Qty::MAX.as_i64(), 1_000_000_000_000);
}

#[test]
fn currencies_know_their_minor_unit() {
    // Goal: ISO 4217 exponents. Method: one of each, and texts that are no codes, among them a
    // piece of the table.
    for (code, exponent) in [("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3), ("CLF", 4), ("ZWG", 2)]
    {
        assert_eq!(Currency::new(code).unwrap().exponent(), exponent, "{code}");
    }
    for flaw in ["", "usd", "US", "USDX", "XAU", "D A", "   "] {
        assert_eq!(Currency::new(flaw).unwrap_err().code(), "invalid.currency", "{flaw:?}");
    }
}

#[test]
fn money_has_one_form_on_the_wire() {
    // Goal: equal amounts have equal bytes. Method: variants of a text and the one text they
    // become.
    for (given, wire) in [
        ("19.9 USD", "19.90 USD"),
        ("19.900000 USD", "19.90 USD"),
        ("3.333000 USD", "3.333 USD"),
        ("333.000 JPY", "333 JPY"),
        ("-0.00 USD", "0.00 USD"),
        ("007 KWD", "7.000 KWD"),
        ("1000000000000000 USD", "1000000000000000.00 USD"),
    ] {
        assert_eq!(money(given).to_string(), wire);
        round_trip(&money(given));
    }
    for flaw in [
        "19.99",
        "USD 19.99",
        "19.99USD",
        "1,99 USD",
        "1_0 USD",
        "+1 USD",
        ".5 USD",
        "5. USD",
        "1e3 USD",
        "0.0000001 USD",
        "1000000000000000.01 USD",
        "-1000000000000001 USD",
        "NaN USD",
        "",
        " ",
        "- USD",
        "1.2.3 USD",
    ] {
        assert_eq!(flaw.parse::<Money>().unwrap_err().code(), "invalid.money", "{flaw:?}");
    }
    for flaw in ["1 usd", "1  USD", "1 USD ", "1 "] {
        assert_eq!(flaw.parse::<Money>().unwrap_err().code(), "invalid.currency", "{flaw:?}");
    }
    assert!(serde_json::from_str::<Money>("19.99").unwrap_err().to_string().contains("19.99 USD"));
}

#[test]
fn money_never_mixes_nor_leaves_its_range() {
    // Goal: arithmetic is exact or refused. Method: mixed currencies, and sums and products at the
    // edge.
    let (usd, eur) = (money("1.00 USD"), money("1.00 EUR"));
    assert_eq!(usd.try_add(eur).unwrap_err().code(), "invalid.currency_mix");
    assert_eq!(usd.try_sub(eur).unwrap_err().code(), "invalid.currency_mix");
    let most = money("1000000000000000 USD");
    assert_eq!(most.try_add(money("0.01 USD")).unwrap_err().code(), "invalid.money");
    assert_eq!(most.neg().try_sub(money("0.01 USD")).unwrap_err().code(), "invalid.money");
    assert_eq!(most.times(Qty::new(2).unwrap()).unwrap_err().code(), "invalid.money");
    assert_eq!(most.times(Qty::MAX).unwrap_err().code(), "invalid.money");
    assert_eq!(money("0.000001 USD").times(Qty::MAX).unwrap(), money("1000000.00 USD"));
    assert_eq!(money("0.005 USD").to_minor(), None);
    assert_eq!(money("-12.34 USD").to_minor(), Some(-1234));
}

#[test]
fn halves_go_where_the_rule_says() {
    // Goal: the two rules differ on halves only, on both sides of zero. Method: a table.
    for (given, even, up) in [
        ("0.125 USD", "0.12 USD", "0.13 USD"),
        ("0.135 USD", "0.14 USD", "0.14 USD"),
        ("-0.125 USD", "-0.12 USD", "-0.13 USD"),
        ("0.1251 USD", "0.13 USD", "0.13 USD"),
        ("2.5 JPY", "2 JPY", "3 JPY"),
        ("-0.004 USD", "0.00 USD", "0.00 USD"),
    ] {
        assert_eq!(money(given).round_half_even().to_string(), even);
        assert_eq!(money(given).round_half_up().to_string(), up);
    }
}

#[test]
fn spread_needs_somebody_to_bear_the_amount() {
    // Goal: what cannot be spread is refused, what is nothing is spread over anybody. Method: the
    // edge cases.
    let (one, zero) = (Decimal::ONE, Decimal::ZERO);
    assert_eq!(spread(money("0.00 USD"), &[zero, zero]).unwrap(), vec![money("0.00 USD"); 2]);
    assert!(spread(money("0.00 USD"), &[]).unwrap().is_empty());
    for (total, weights) in [
        ("0.01 USD", vec![]),
        ("0.01 USD", vec![zero, zero]),
        ("0.001 USD", vec![one]),
        ("0.01 USD", vec![one, -one]),
        ("1000000000000000 CLF", vec![Decimal::MAX, Decimal::MAX]),
    ] {
        assert_eq!(spread(money(total), &weights).unwrap_err().code(), "invalid.money");
    }
    let parts = spread(money("-10.00 USD"), &[one, one, one]).unwrap();
    assert_eq!(parts.map_to_text(), ["-3.34 USD", "-3.33 USD", "-3.33 USD"]);
}

trait MapToText {
    fn map_to_text(&self) -> Vec<String>;
}

impl MapToText for Vec<Money> {
    fn map_to_text(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn moments_are_utc_milliseconds_in_bounds() {
    // Goal: one form out, many in, nothing cut off. Method: variants and flaws.
    for (given, wire) in [
        ("2026-11-24T10:00:00+01:00", "2026-11-24T09:00:00Z"),
        ("2026-11-24T09:00:00.250Z", "2026-11-24T09:00:00.250Z"),
        ("2026-11-24T09:00:00.007000Z", "2026-11-24T09:00:00.007Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("2200-01-01T00:00:00Z", "2200-01-01T00:00:00Z"),
    ] {
        assert_eq!(at(given).to_string(), wire);
        round_trip(&at(given));
    }
    for flaw in [
        "1969-12-31T23:59:59.999Z",
        "2200-01-01T00:00:00.001Z",
        "2026-11-24T09:00:00.0001Z",
        "2026-11-24T09:00:00",
        "2026-11-24",
        "2026-02-30T00:00:00Z",
        "",
    ] {
        assert_eq!(flaw.parse::<Timestamp>().unwrap_err().code(), "invalid.date_range", "{flaw}");
    }
    assert_eq!(Timestamp::MAX.plus_days(i64::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::MIN.plus_minutes(i64::MIN), Timestamp::MIN);
}

#[test]
fn days_hours_and_windows_have_one_form() {
    // Goal: no second spelling of a day or a time, no window that ends before it begins. Method:
    // flaws.
    for flaw in [
        "2026-1-04",
        "2026-01-4",
        "26-01-04",
        "1969-12-31",
        "2200-01-02",
        "2026-02-29",
        "+2026-01-04",
    ] {
        assert!(flaw.parse::<BusinessDay>().is_err(), "{flaw}");
    }
    for flaw in ["24:01", "9:00", "09:60", "0900", "09:00:00", "-1:00", "+9:00"] {
        assert!(flaw.parse::<TimeOfDay>().is_err(), "{flaw}");
    }
    round_trip(&day("2026-11-24"));
    round_trip(&clock("24:00"));
    let window = Window::new(at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")).unwrap();
    round_trip(&window);
    let turned = r#"{"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}"#;
    let error = serde_json::from_str::<Window>(turned).unwrap_err().to_string();
    assert!(error.starts_with("invalid.date_range"), "{error}");
    let extra = r#"{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z","x":1}"#;
    assert!(serde_json::from_str::<Window>(extra).is_err());
    assert_eq!(day("1970-01-01").prev(), day("1970-01-01"));
    assert_eq!(day("2200-01-01").next(), day("2200-01-01"));
}

#[test]
fn clocks_jump_and_turn_back() {
    // Goal: skipped times are the moment of the jump, doubled times the first. Method: known
    // changes of real zones.
    for (name, date, time, moment) in [
        ("Europe/Paris", "2026-03-29", "01:59", "2026-03-29T00:59:00Z"),
        ("Europe/Paris", "2026-03-29", "02:30", "2026-03-29T01:00:00Z"),
        ("Europe/Paris", "2026-03-29", "03:00", "2026-03-29T01:00:00Z"),
        ("Europe/Paris", "2026-10-25", "02:30", "2026-10-25T00:30:00Z"),
        ("Europe/Paris", "2026-10-25", "03:00", "2026-10-25T02:00:00Z"),
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00:00Z"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z"),
        ("America/New_York", "2026-11-01", "24:00", "2026-11-02T05:00:00Z"),
        ("Asia/Kolkata", "2026-11-01", "09:00", "2026-11-01T03:30:00Z"),
        // Samoa had no 30 December 2011.
        ("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00:00Z"),
        // Midnight itself is skipped.
        ("America/Santiago", "2026-09-06", "00:00", "2026-09-06T04:00:00Z"),
    ] {
        assert_eq!(zone(name).instant(day(date), clock(time)), at(moment), "{name} {date} {time}");
    }
    let paris = zone("Europe/Paris");
    assert_eq!(paris.local(at("2026-10-25T01:30:00Z")), (day("2026-10-25"), clock("02:30")));
    assert_eq!(zone("America/New_York").local_day(Timestamp::MIN), day("1970-01-01"));
    assert_eq!(TimeZone::new("Mars/Olympus").unwrap_err().code(), "invalid.time_zone");
    round_trip(&paris);
}

#[test]
fn addresses_stay_out_of_logs_and_in_bounds() {
    // Goal: a personal value is not printed, not even when it is refused. Method: Debug and the
    // error's text.
    let secret = "Jean Valjean ".repeat(30);
    let address = Address { name: Some(secret.clone()), ..Address::default() };
    assert!(!format!("{address:?}").contains("Valjean"));
    let refused = address.check().unwrap_err();
    assert_eq!(refused.code(), "invalid.place");
    assert!(refused.to_string().contains("`name`") && !refused.to_string().contains("Valjean"));
    let wire = serde_json::to_string(&address).unwrap();
    assert!(serde_json::from_str::<Address>(&wire).is_err());
    assert!(serde_json::from_str::<Address>(r#"{"nome":"x"}"#).is_err());
    let sound = Address { name: Some("x".repeat(256)), ..Address::default() };
    round_trip(&sound);
    assert!(Address::default().is_empty() && !sound.is_empty());
}

#[test]
fn digests_need_the_salt() {
    // Goal: a digest tells a value apart, and only with its salt. Method: the published digest of
    // 32 zero bytes, and values and salts next to each other.
    let (salt, other) = ([0; 32], [1; 32]);
    assert_eq!(
        digest(&salt, b""),
        "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    );
    let sealed = Sealed::of("C1", "order/O1", &salt, b"Lyon");
    assert!(sealed.matches(&salt, b"Lyon"));
    assert!(!sealed.matches(&other, b"Lyon") && !sealed.matches(&salt, b"Lyons"));
    round_trip(&sealed);
    let flawed = r#"{"subject":"C1","slot":"s","digest":"ABC"}"#;
    assert!(
        serde_json::from_str::<Sealed>(flawed).unwrap_err().to_string().contains("hexadecimal")
    );
}

#[test]
fn places_are_checked() {
    // Goal: countries and points are in form and range; distances are known ones. Method: flaws and
    // two city pairs.
    for flaw in ["us", "USA", "U", "1A", "É"] {
        assert_eq!(Country::new(flaw).unwrap_err().code(), "invalid.place", "{flaw}");
    }
    assert!(Point::new(90_000_001, 0).is_err() && Point::new(0, -180_000_001).is_err());
    assert!(Point::new(i32::MIN, i32::MIN).is_err());
    assert!(serde_json::from_str::<Point>(r#"{"lat_e6":91000000,"lon_e6":0}"#).is_err());
    assert!(serde_json::from_str::<Point>(r#"{"lat_e6":1.5,"lon_e6":0}"#).is_err());
    let (north, south) = (Point::new(90_000_000, 0).unwrap(), Point::new(-90_000_000, 7).unwrap());
    assert_eq!(north.distance_m(south), 20_015_114);
    assert_eq!(north.distance_m(north), 0);
    let mut place = Destination::new(Country::new("US").unwrap(), RegionId::new("W").unwrap());
    place.point = Some(north);
    round_trip(&place);
}

proptest! {
    /// Goal: any text is an id or is refused, and the wire agrees with the constructor. Method:
    /// random texts.
    #[test]
    fn any_text_is_an_id_or_refused(text in "\\PC{0,40}|.{0,70}") {
        let wire = serde_json::to_string(&text).unwrap();
        match Sku::new(&text) {
            Ok(id) => {
                prop_assert_eq!(id.as_str(), text.as_str());
                round_trip(&id);
            }
            Err(_) => prop_assert!(serde_json::from_str::<Sku>(&wire).is_err()),
        }
    }

    /// Goal: no text makes a parser panic, and what parses prints to itself again. Method: random
    /// texts near the forms.
    #[test]
    fn parsers_survive_any_text(text in "[-+0-9.:TZ A-Z]{0,30}|\\PC{0,20}") {
        if let Ok(money) = text.parse::<Money>() {
            round_trip(&money);
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            round_trip(&at);
        }
        if let Ok(day) = text.parse::<BusinessDay>() {
            prop_assert_eq!(day.to_string(), text.clone());
        }
        if let Ok(time) = text.parse::<TimeOfDay>() {
            prop_assert_eq!(time.to_string(), text.clone());
        }
        let _ = TimeZone::new(&text);
    }

    /// Goal: money is exact. Method: minor units as integers are the oracle of sum, difference and
    /// product.
    #[test]
    fn money_agrees_with_integers(
        cur in currency(),
        a in -1_000_000_000_i64..1_000_000_000,
        b in -1_000_000_000_i64..1_000_000_000,
        n in 0_u64..1000,
    ) {
        let [left, right] = [a, b].map(|minor| Money::from_minor(minor, cur).unwrap());
        prop_assert_eq!(left.try_add(right).unwrap().to_minor(), Some(a + b));
        prop_assert_eq!(left.try_sub(right).unwrap().to_minor(), Some(a - b));
        let times = left.times(Qty::new(n).unwrap()).unwrap();
        prop_assert_eq!(times.to_minor(), Some(a * i64::try_from(n).unwrap()));
        prop_assert_eq!(left.is_negative(), a < 0);
        round_trip(&left);
    }

    /// Goal: rounding is to the nearest, halves by rule. Method: millionths as integers are the
    /// oracle.
    #[test]
    fn rounding_agrees_with_integers(
        millionths in -10_000_000_000_i64..10_000_000_000,
        up in any::<bool>(),
    ) {
        let usd = Currency::new("USD").unwrap();
        let price = Money::new(Decimal::new(millionths, 6), usd).unwrap();
        let (cents, rest) = (millionths.div_euclid(10_000), millionths.rem_euclid(10_000));
        let half_goes_up = if up { millionths >= 0 } else { cents % 2 != 0 };
        let goes_up = rest > 5_000 || (rest == 5_000 && half_goes_up);
        let expected = cents + i64::from(goes_up);
        let rule = if up { Rounding::HalfUp } else { Rounding::HalfEven };
        prop_assert_eq!(price.round(rule).to_minor(), Some(expected));
        round_trip(&price);
    }

    /// Goal: parts sum to the whole, each within a minor unit of its exact share and of no other
    /// sign, none for weight zero, and equal weights differ by order only. Method: random totals
    /// and weights, checked in integers.
    #[test]
    fn spread_is_exact_and_fair(
        cur in currency(),
        total in -1_000_000_000_i64..1_000_000_000,
        weights in prop::collection::vec(
            prop_oneof![3 => 1_i64..100_000_000, 1 => Just(0), 1 => 1_i64..3],
            1..60,
        ),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let decimals: Vec<_> = weights.iter().map(|weight| Decimal::new(*weight, 2)).collect();
        let parts: Vec<_> = spread(Money::from_minor(total, cur).unwrap(), &decimals)
            .unwrap()
            .iter()
            .map(|part| part.to_minor().unwrap())
            .collect();
        prop_assert_eq!(parts.iter().sum::<i64>(), total);
        let sum = i128::from(weights.iter().sum::<i64>());
        for (index, (part, weight)) in parts.iter().zip(&weights).enumerate() {
            let off = i128::from(*part) * sum - i128::from(total) * i128::from(*weight);
            prop_assert!(off.abs() < sum, "part {} of weight {} is off", part, weight);
            prop_assert!(part.signum() * total.signum() >= 0);
            prop_assert!(*weight > 0 || *part == 0);
            for (later, other) in parts.iter().zip(&weights).skip(index + 1) {
                prop_assert!(other != weight || later.abs() <= part.abs());
            }
        }
    }

    /// Goal: the wire form of a moment sorts and parses as the moment. Method: random milliseconds.
    #[test]
    fn moments_round_trip(ms in 0_i64..=7_258_118_400_000) {
        let at = Timestamp::from_ms(ms).unwrap();
        prop_assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
        round_trip(&at);
    }

    /// Goal: reading the wall clock and finding its moment are each other's undo, and time never
    /// runs back within a day. Method: random minutes of real zones over thirty years, doubled
    /// hours apart.
    #[test]
    fn zones_agree_with_themselves(
        name in prop::sample::select(vec![
            "Europe/Paris",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "UTC",
        ]),
        minute in 0_i64..30 * 366 * 1440,
        ahead in 0_u16..600,
    ) {
        let zone = zone(name);
        let moment = at("2000-01-01T00:00:00Z").plus_minutes(minute);
        let (day, time) = zone.local(moment);
        let found = zone.instant(day, time);
        // In a doubled hour the first is found, an hour (Lord Howe: half) earlier.
        prop_assert!([0, 30, 60].contains(&((moment.ms() - found.ms()) / 60_000)));
        prop_assert_eq!(zone.local(found), (day, time));
        let minutes = (time.minutes() + ahead).min(1440);
        let later = TimeOfDay::new(minutes / 60, minutes % 60).unwrap();
        prop_assert!(zone.instant(day, later) >= found);
    }

    /// Goal: distance is symmetric and obeys the triangle within rounding. Method: random points.
    #[test]
    fn distances_are_a_metric(
        points in prop::array::uniform3((
            -90_000_000_i32..=90_000_000,
            -180_000_000_i32..=180_000_000,
        )),
    ) {
        let [a, b, c] = points.map(|(lat, lon)| Point::new(lat, lon).unwrap());
        prop_assert_eq!(a.distance_m(b), b.distance_m(a));
        prop_assert!(a.distance_m(c) <= a.distance_m(b) + b.distance_m(c) + 2);
    }
}
