//! Totals: rounding once, spreading exactly, and what policies say to totals as given.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use oms_core::catalog::{RoundingScope, TotalsPolicy};
use oms_core::order::totals::{
    Difference, PricedLine, PricedOrder, Rule, TotalOf, Totals, Verdict, line_net, spread_discount,
    total_up,
};
use oms_core::words::{Currency, Money, Qty, Rounding};
use proptest::prelude::*;

const PER_LINE: Rule = Rule { rounding: Rounding::HalfEven, scope: RoundingScope::PerLine };
const PER_UNIT: Rule = Rule { rounding: Rounding::HalfUp, scope: RoundingScope::PerUnit };

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn line(price: &str, units: u64) -> PricedLine<'static> {
    PricedLine::new(money(price), Qty::new(units).unwrap())
}

fn order<'a>(lines: &'a [PricedLine<'a>], discounts: &'a [Money]) -> PricedOrder<'a> {
    let currency = lines[0].unit_price.currency();
    PricedOrder { currency, lines, discounts, additions: &[], given: None }
}

fn shares(totals: &Totals) -> Vec<String> {
    totals.lines.iter().map(|line| line.discount_share.to_string()).collect()
}

/// What is due for some of the lines: their net without their share.
fn due(totals: &Totals, lines: &[usize]) -> Money {
    let zero = Money::zero(totals.total.currency());
    lines.iter().map(|index| totals.lines[*index]).fold(zero, |sum, line| {
        sum.try_add(line.net).unwrap().try_sub(line.discount_share).unwrap()
    })
}

#[test]
fn a_discount_is_spread_for_ever() {
    // Goal: story 6. Method: spread, then leave line 1 out: what the others bear does not change.
    let lines = [line("19.99 USD", 1), line("5.00 USD", 3), line("0.01 USD", 1)];
    let totals = total_up(&order(&lines, &[money("10.00 USD")]), PER_LINE).unwrap();
    assert_eq!(shares(&totals), ["5.71 USD", "4.29 USD", "0.00 USD"]);
    assert_eq!(totals.total, money("25.00 USD"));
    assert_eq!(due(&totals, &[1, 2]), money("10.72 USD"));
}

#[test]
fn a_price_is_rounded_once() {
    // Goal: story 8. Method: the same price by both scopes.
    let fine = line("3.333 USD", 3);
    assert_eq!(line_net(&fine, PER_LINE).unwrap(), money("10.00 USD"));
    assert_eq!(line_net(&fine, PER_UNIT).unwrap(), money("9.99 USD"));
    let half = line("0.125 USD", 1);
    assert_eq!(line_net(&half, PER_LINE).unwrap(), money("0.12 USD"));
    assert_eq!(line_net(&half, PER_UNIT).unwrap(), money("0.13 USD"));
}

#[test]
fn currencies_without_minor_units_spread_whole_units() {
    // Goal: story 9. Method: yen and dinars.
    let yen = [line("333 JPY", 1), line("333 JPY", 1), line("333 JPY", 1)];
    let totals = total_up(&order(&yen, &[money("100 JPY")]), PER_LINE).unwrap();
    assert_eq!(shares(&totals), ["34 JPY", "33 JPY", "33 JPY"]);
    assert_eq!(due(&totals, &[0]), money("299 JPY"));
    let equal = [(money("5 KWD"), true); 3];
    let parts = spread_discount(money("1.000 KWD"), &equal).unwrap();
    assert_eq!(parts, [money("0.334 KWD"), money("0.333 KWD"), money("0.333 KWD")]);
}

#[test]
fn a_free_line_bears_nothing() {
    // Goal: story 10. Method: a line of zero price among others, and one that takes no part in
    // discounts.
    let lines = [line("1.00 USD", 1), line("1.00 USD", 1), line("0.00 USD", 1)];
    let totals = total_up(&order(&lines, &[money("0.05 USD")]), PER_LINE).unwrap();
    assert_eq!(shares(&totals), ["0.03 USD", "0.02 USD", "0.00 USD"]);
    assert_eq!(due(&totals, &[2]), money("0.00 USD"));
    let kept_out = PricedLine { discountable: false, ..line("100.00 USD", 1) };
    let lines = [kept_out, line("1.00 USD", 1)];
    let totals = total_up(&order(&lines, &[money("0.05 USD")]), PER_LINE).unwrap();
    assert_eq!(shares(&totals), ["0.00 USD", "0.05 USD"]);
}

#[test]
fn discounts_never_make_a_line_negative() {
    // Goal: several discounts that together take all leave exactly nothing on each line. Method:
    // three discounts whose shares each round up on the same line if they did not see each other.
    let lines = [line("0.05 USD", 1), line("0.05 USD", 1)];
    let discounts = [money("0.03 USD"), money("0.03 USD"), money("0.04 USD")];
    let totals = total_up(&order(&lines, &discounts), PER_LINE).unwrap();
    assert_eq!(shares(&totals), ["0.05 USD", "0.05 USD"]);
    assert!(totals.total.is_zero());
    let one_more = [discounts.as_slice(), &[money("0.01 USD")]].concat();
    let refused = total_up(&order(&lines, &one_more), PER_LINE).unwrap_err();
    assert_eq!((refused.path.as_str(), refused.cause.code()), ("/discounts/3", "invalid.money"));
}

#[test]
fn totals_as_given_stand_and_differences_are_facts() {
    // Goal: theirs counts, ours is kept beside it, policies judge the size. Method: a line 2 off,
    // an order 1 more off.
    let lines = [
        PricedLine { given: Some(money("10.01 USD")), ..line("3.333 USD", 3) },
        PricedLine { given: Some(money("2.00 USD")), ..line("2.00 USD", 1) },
    ];
    let one_off = [money("1.00 USD")];
    let order = PricedOrder {
        additions: &[money("4.99 USD"), money("0.50 USD")],
        given: Some(money("16.50 USD")),
        ..order(&lines, &one_off)
    };
    let totals = total_up(&order, PER_LINE).unwrap();
    assert_eq!(totals.lines[0].net, money("10.01 USD"));
    assert_eq!(totals.total, money("16.50 USD"));
    let first = Difference {
        of: TotalOf::Line(0),
        given: money("10.01 USD"),
        computed: money("10.00 USD"),
        difference: money("0.01 USD"),
    };
    assert_eq!(totals.differences, [first]);

    let off = PricedOrder { given: Some(money("16.44 USD")), ..order };
    let totals = total_up(&off, PER_LINE).unwrap();
    assert_eq!(totals.differences[1].of, TotalOf::Order);
    assert_eq!(totals.differences[1].difference, money("-0.06 USD"));
    assert_eq!(totals.judge(TotalsPolicy::default()), Verdict::Hold);
    assert_eq!(totals.judge(TotalsPolicy::Tolerate { minor_units: 6 }), Verdict::Fine);
    assert_eq!(totals.judge(TotalsPolicy::Strict), Verdict::Refuse);

    let same = PricedOrder { given: Some(money("17 USD")), additions: &[], ..order };
    let no_difference = [line("9.00 USD", 2)];
    let same = PricedOrder { lines: &no_difference, ..same };
    let totals = total_up(&same, PER_LINE).unwrap();
    assert!(totals.differences.is_empty());
    assert_eq!(totals.judge(TotalsPolicy::Strict), Verdict::Fine);
}

fn flaw(order: &PricedOrder<'_>) -> (String, &'static str) {
    let refused = total_up(order, PER_LINE).unwrap_err();
    (refused.path, refused.cause.code())
}

#[test]
fn a_flawed_line_is_named_with_its_path() {
    // Goal: every amount of a line that cannot be is refused at its place. Method: one flaw at a
    // time, in the second line.
    let sound = line("1.00 USD", 2);
    let price = |text| PricedLine { unit_price: money(text), ..sound };
    let given = |text| PricedLine { given: Some(money(text)), ..sound };
    for (flawed, path, code) in [
        (price("-1.00 USD"), "/lines/1/unit_price", "invalid.money"),
        (price("1000000000000000 USD"), "/lines/1/unit_price", "invalid.money"),
        (price("1.00 EUR"), "/lines/1/unit_price", "invalid.currency_mix"),
        (given("-2.00 USD"), "/lines/1/given", "invalid.money"),
        (given("2.001 USD"), "/lines/1/given", "invalid.money"),
        (given("2.00 EUR"), "/lines/1/given", "invalid.currency_mix"),
    ] {
        assert_eq!(flaw(&order(&[sound, flawed], &[])), (path.to_owned(), code));
    }
    for (discounts, index, code) in [
        (["2.00 USD", "0.01 USD"], 1, "invalid.money"),
        (["-0.01 USD", "0.00 USD"], 0, "invalid.money"),
        (["0.00 USD", "0.001 USD"], 1, "invalid.money"),
        (["1.00 EUR", "0.00 USD"], 0, "invalid.currency_mix"),
    ] {
        let discounts = discounts.map(money);
        let flawed = PricedLine { discounts: &discounts, ..sound };
        let path = format!("/lines/1/discounts/{index}");
        assert_eq!(flaw(&order(&[sound, flawed], &[])), (path, code));
    }
}

#[test]
fn a_flawed_order_amount_is_named_with_its_path() {
    // Goal: every amount of an order that cannot be is refused at its place. Method: one flaw at a
    // time.
    let lines = [line("1.00 USD", 2)];
    let sound = order(&lines, &[]);
    let (over, mixed, below) = ([money("2.01 USD")], [money("1.00 EUR")], [money("-1.00 USD")]);
    for (flawed, path, code) in [
        (PricedOrder { discounts: &over, ..sound }, "/discounts/0", "invalid.money"),
        (PricedOrder { discounts: &mixed, ..sound }, "/discounts/0", "invalid.currency_mix"),
        (PricedOrder { additions: &below, ..sound }, "/additions/0", "invalid.money"),
        (PricedOrder { additions: &mixed, ..sound }, "/additions/0", "invalid.currency_mix"),
        (PricedOrder { given: Some(mixed[0]), ..sound }, "/given", "invalid.currency_mix"),
    ] {
        assert_eq!(flaw(&flawed), (path.to_owned(), code));
    }
}

proptest! {
    /// Goal: whatever is given, shares sum to the discounts, no line falls below zero, and the
    /// total is the sum of its parts. Method: random prices, quantities and discounts, checked in
    /// minor units.
    #[test]
    fn parts_sum_to_the_whole(
        prices in prop::collection::vec((0_i64..50_000_000, 1_u64..40, any::<bool>()), 1..40),
        cuts in prop::collection::vec(0_i64..=100, 0..4),
        scope in prop::sample::select(vec![RoundingScope::PerLine, RoundingScope::PerUnit]),
        rounding in prop::sample::select(vec![Rounding::HalfEven, Rounding::HalfUp]),
    ) {
        let usd = Currency::new("USD").unwrap();
        let rule = Rule { rounding, scope };
        let lines: Vec<_> = prices
            .iter()
            .map(|(millionths, units, discountable)| {
                let price = Money::new(rust_decimal::Decimal::new(*millionths, 6), usd).unwrap();
                let line = PricedLine::new(price, Qty::new(*units).unwrap());
                PricedLine { discountable: *discountable, ..line }
            })
            .collect();
        let minor = |money: Money| money.to_minor().unwrap();
        let nets: Vec<_> = lines.iter().map(|line| minor(line_net(line, rule).unwrap())).collect();
        let bearing = nets.iter().zip(&lines).filter(|(_, line)| line.discountable);
        let mut left: i64 = bearing.map(|(net, _)| net).sum();
        let cuts: Vec<_> = cuts
            .iter()
            .map(|percent| {
                let cut = left * percent / 100;
                left -= cut;
                Money::from_minor(cut, usd).unwrap()
            })
            .collect();
        let totals = total_up(&order(&lines, &cuts), rule).unwrap();
        let cut: i64 = cuts.iter().map(|cut| minor(*cut)).sum();
        let borne = totals.lines.iter().map(|line| minor(line.discount_share));
        prop_assert_eq!(borne.sum::<i64>(), cut);
        prop_assert_eq!(minor(totals.total), nets.iter().sum::<i64>() - cut);
        for (line, priced) in totals.lines.iter().zip(&lines) {
            let share = minor(line.discount_share);
            prop_assert!(share >= 0 && share <= minor(line.net));
            prop_assert!(priced.discountable || share == 0);
        }
    }
}
