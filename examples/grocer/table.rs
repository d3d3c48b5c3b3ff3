//! The figures of a run as a table for people.

use std::fmt::Write as _;

use crate::days::date;
use crate::demand::{grouped, left_out};
use crate::drive::Spent;
use crate::geo::CENTERS;
use crate::outlook::SEASONAL_NAIVE;
use crate::policies::{POLICIES, Tally};
use crate::report::Remark;
use crate::told::Told;

/// The whole table.
pub(crate) fn table(told: &Told<'_>) -> String {
    let (households, stores, products) = told.demand.parties();
    let mut text = format!(
        "{}, {} to {}\n{} of {} stores, {} distribution centers, {} households, {} products\n\n",
        told.data.describe(),
        date(told.data.first_day()),
        date(told.demand.last_day),
        grouped(stores),
        grouped(u64::try_from(told.data.stores().len()).unwrap_or(0)),
        CENTERS.len(),
        grouped(households),
        grouped(products),
    );
    for (name, figure, remark) in rows(told) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<20} {figure:>13}  {remark}", name.trim_end());
    }
    text.push('\n');
    for (name, figure, remark) in ahead(told) {
        let _ = writeln!(text, "{name:<20} {figure:>13}  {remark}");
    }
    for why in &told.outlook.missing {
        let _ = writeln!(text, "{why}");
    }
    text.push('\n');
    for Remark { what, figure, remark } in left_out(&told.intake) {
        let _ = writeln!(text, "{what:<20} {:>13}  {remark}", grouped(figure));
    }
    let report = &told.report;
    let _ = writeln!(
        text,
        "\nverified: {} events, {} orders, {} balances rebuilt and compared; every law holds",
        grouped(report.events),
        grouped(report.orders),
        grouped(report.balances),
    );
    text
}

type Row = (&'static str, String, String);

fn rows(told: &Told<'_>) -> Vec<Row> {
    let figures = &told.figures;
    let clock = &told.clock;
    let routes: Vec<String> =
        figures.orders.iter().map(|(name, count)| format!("{} {name}", grouped(*count))).collect();
    let (shipped, split) = told.lives.shipped_and_split();
    let refused: Vec<String> =
        figures.refused.iter().map(|(code, count)| format!("{} {code}", grouped(*count))).collect();
    let count = |name, figure: u64, remark: &str| (name, grouped(figure), remark.to_owned());
    vec![
        ("orders", grouped(figures.all_orders()), routes.join(", ")),
        count("lines", figures.lines, ""),
        count("units", figures.promised_units + figures.sold_units, "fuel apart"),
        count("parcels", figures.parcels, "handed to the carrier"),
        (
            "split rate",
            percent(split, shipped),
            format!("of {} shipped orders came from more than one node", grouped(shipped)),
        ),
        (
            "fill rate",
            percent(figures.delivered, figures.wanted()),
            format!(
                "of {} units promised and not withdrawn reached the customer",
                grouped(figures.wanted())
            ),
        ),
        ("sourcing cost", cost(&told.policies[0]), by_policy(told)),
        (
            "commands",
            grouped(figures.commands),
            format!("{} refused: {}", grouped(figures.refused.values().sum()), refused.join(", ")),
        ),
        count("events", figures.events, "heard from the outbox, and settled"),
        (
            "commands/s",
            per_second(clock.orders),
            format!("{} about orders in {}", grouped(clock.orders.count), seconds(clock.orders)),
        ),
        (
            "deliveries/s",
            per_second(clock.supply),
            format!(
                "{} items and deliveries in {}",
                grouped(clock.supply.count),
                seconds(clock.supply)
            ),
        ),
        (
            "durable commits/s",
            per_second(Spent { count: figures.commits, time: told.engine_time() }),
            format!("{} of up to 100 commands, each on the disk", grouped(figures.commits)),
        ),
        (
            "sourcing",
            per_second(clock.sourcing),
            format!(
                "orders/s: {} planned in {}",
                grouped(clock.sourcing.count),
                seconds(clock.sourcing)
            ),
        ),
        ("verify", per_second(clock.verify), format!("events/s, in {}", seconds(clock.verify))),
        ("file size", format!("{:.1} MB", megabytes(told.bytes)), "grocer.oms".to_owned()),
    ]
}

/// What comes next.
fn ahead(told: &Told<'_>) -> Vec<Row> {
    let (outlook, supplies) = (&told.outlook, &told.supplies);
    let cut = |share: f64| format!("{:.0} %", 100.0 * share);
    let trial = outlook.trial.iter().filter(|row| row.by != SEASONAL_NAIVE).map(|row| {
        let (half, ninety) = (cut(row.within_half), cut(row.within_ninety));
        let remark = format!(
            "of the seasonal naive pinball loss: {}, 3 x 28 days; {half} in the 50 % band, {ninety} in the 90 % band",
            row.what,
        );
        ("forecast loss", format!("{:.2}", row.against), remark)
    });
    let frontiers = outlook.frontiers.iter().map(|one| {
        let remark = format!(
            "less of both lost units and leftovers than four-week average + z sd at 0.95: {}, {} series",
            one.name, one.series,
        );
        ("stock", cut(one.joint), remark)
    });
    let proposals = (
        "supply proposals",
        grouped(supplies.proposals),
        format!(
            "{} units, by the facts up to {}; {} transfers between centers",
            grouped(supplies.units),
            supplies.as_of,
            grouped(supplies.transfers),
        ),
    );
    let times = (
        "forecasts/s",
        per_second(outlook.forecasts),
        format!(
            "{} in {}; {} quantiles of two weeks in {}; proposals in {}",
            grouped(outlook.forecasts.count),
            seconds(outlook.forecasts),
            grouped(outlook.quantiles.count),
            seconds(outlook.quantiles),
            seconds(supplies.spent),
        ),
    );
    trial.chain(frontiers).chain([proposals, times]).collect()
}

/// What the other policies' plans of the same waves come to.
fn by_policy(told: &Told<'_>) -> String {
    let all = POLICIES.iter().zip(&told.policies).map(|(policy, tally)| {
        let split = percent(tally.split, tally.orders);
        format!("{policy} {} an order, {split} split", cost_per_order(tally))
    });
    all.collect::<Vec<_>>().join("; ")
}

/// What a policy's packages cost, to the cent.
pub(crate) fn cost(tally: &Tally) -> String {
    tally.cost.map_or_else(|| "–".to_owned(), |cost| format!("${:.2}", cost.amount()))
}

/// The same for an order that got units.
pub(crate) fn cost_per_order(tally: &Tally) -> String {
    let each = tally.cost.and_then(|cost| cost.amount().checked_div(tally.orders.into()));
    each.map_or_else(|| "–".to_owned(), |cost| format!("${cost:.3}"))
}

/// A share in percent, to a tenth.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let tenths = u128::from(part) * 1_000 / u128::from(whole);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// How many in a second.
pub(crate) fn per_second(spent: Spent) -> String {
    let micros = spent.time.as_micros().max(1);
    let rate = u128::from(spent.count) * 1_000_000 / micros;
    u64::try_from(rate).map_or_else(|_| "–".to_owned(), grouped)
}

fn seconds(spent: Spent) -> String {
    format!("{:.1} s", spent.time.as_secs_f64())
}

/// Bytes as megabytes.
pub(crate) const fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::{per_second, percent};
    use crate::drive::Spent;
    use std::time::Duration;

    #[test]
    fn shares_and_rates_are_cut_not_rounded_up() {
        // Goal: nothing is made to look better than it is. Method: values next to the border.
        assert_eq!(percent(9_999, 10_000), "99.9 %");
        assert_eq!(percent(10_000, 10_000), "100.0 %");
        assert_eq!(percent(1, 0), "–");
        let spent = Spent { count: 1_999, time: Duration::from_millis(2_000) };
        assert_eq!(per_second(spent), "999");
    }
}
