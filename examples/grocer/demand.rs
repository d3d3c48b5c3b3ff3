//! What the orders ask of the network, before anything is promised to anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::data::{Basket, Dataset, Intake};
use crate::days::{date, day_of};
use crate::geo::{self, CENTERS, Point};

/// Zones of a parcel, 1 to 8.
const ZONES: usize = 8;

/// The orders counted.
#[derive(Debug)]
pub(crate) struct Demand {
    /// Where each household lives.
    homes: BTreeMap<u64, Point>,
    last_day: i64,
    days: BTreeSet<i64>,
    stores: BTreeSet<u64>,
    products: BTreeSet<u64>,
    households: BTreeSet<u64>,
    most_lines: usize,
    /// Orders by zone from the store that sold, and from the nearest center.
    from_store: [u64; ZONES],
    from_center: [u64; ZONES],
}

impl Demand {
    /// No orders yet; every household at home.
    pub(crate) fn of(data: &Dataset) -> Self {
        let homes = data.households().iter().map(|household| {
            (household.id, geo::home(household.id, geo::store_site(household.home_store).point))
        });
        Self {
            homes: homes.collect(),
            last_day: data.first_day(),
            days: BTreeSet::new(),
            stores: BTreeSet::new(),
            products: BTreeSet::new(),
            households: BTreeSet::new(),
            most_lines: 0,
            from_store: [0; ZONES],
            from_center: [0; ZONES],
        }
    }

    /// Counts one order.
    pub(crate) fn take(&mut self, basket: &Basket) {
        self.last_day = day_of(basket.at);
        self.days.insert(self.last_day);
        self.stores.insert(basket.store);
        self.households.insert(basket.household);
        self.products.extend(basket.lines.iter().map(|line| line.product));
        self.most_lines = self.most_lines.max(basket.lines.len());
        let Some(home) = self.homes.get(&basket.household).copied() else { return };
        let store = geo::store_site(basket.store).point;
        let centers = CENTERS.iter().map(|center| geo::miles(center.point, home));
        tally(&mut self.from_store, geo::miles(store, home));
        tally(&mut self.from_center, centers.fold(f64::INFINITY, f64::min));
    }

    /// The figures, for people.
    pub(crate) fn table(&self, data: &Dataset, intake: &Intake) -> String {
        let mut text = format!(
            "{}, {} to {}\n{} stores, {} distribution centers, {} households, {} products\n\n",
            data.describe(),
            date(data.first_day()),
            date(self.last_day),
            grouped(count(data.stores().len())),
            CENTERS.len(),
            grouped(count(data.households().len())),
            grouped(count(data.products().len())),
        );
        for (name, figure, remark) in self.order_rows(intake).into_iter().chain(left_out(intake)) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name:<20} {figure:>13}  {remark}");
        }
        text.push_str(
            "\nzone  days   cents  orders from their store  orders from the nearest center\n",
        );
        for (zone, (store, center)) in (1_u8..).zip(self.from_store.iter().zip(self.from_center)) {
            let _ = writeln!(
                text,
                "{zone:>4}  {:>4}  {:>6}  {:>23}  {:>30}",
                geo::transit_days(zone),
                geo::parcel_cents(zone, 1),
                grouped(*store),
                grouped(center),
            );
        }
        text
    }

    fn order_rows(&self, intake: &Intake) -> Vec<(&'static str, String, &'static str)> {
        vec![
            ("orders", grouped(intake.baskets), "baskets with at least one line"),
            ("lines", grouped(intake.lines), "of known products, with a quantity"),
            ("units", grouped(intake.units), "fuel apart"),
            ("fuel lines", grouped(intake.fuel_lines), "sold at the pump"),
            ("fuel units", grouped(intake.fuel_units), "mostly thousandths of a gallon"),
            ("over 1,000 units", grouped(intake.over_thousand_units), "lines, kept: all fuel"),
            ("sales", dollars(intake.sales_cents), "dollars"),
            ("given away", dollars(intake.shelf_cents - intake.sales_cents), "off the shelf price"),
            ("most lines", grouped(count(self.most_lines)), "in one order"),
            ("days", grouped(count(self.days.len())), "with orders"),
            ("stores", grouped(count(self.stores.len())), "with orders"),
            ("households", grouped(count(self.households.len())), "that ordered"),
            ("products", grouped(count(self.products.len())), "ordered"),
        ]
    }
}

fn left_out(intake: &Intake) -> Vec<(&'static str, String, &'static str)> {
    vec![
        ("rows read", grouped(intake.rows), "of the till roll"),
        ("rows left out", grouped(intake.left_out()), "for want of"),
        ("  a quantity", grouped(intake.zero_quantity), ""),
        ("  a known product", grouped(intake.unknown_product), ""),
        ("  both", grouped(intake.lacking_both), "counted in each of the two"),
        (
            "value, no quantity",
            grouped(intake.zero_quantity_with_value),
            "left out all the same, for no unit can be promised",
        ),
        ("baskets left out", grouped(intake.empty_baskets), "not a line was left of them"),
        ("amounts off a cent", grouped(intake.residues), "by a residue; the nearest was taken"),
    ]
}

fn tally(zones: &mut [u64; ZONES], miles: f64) {
    let zone = usize::from(geo::zone(miles));
    if let Some(orders) = zones.get_mut(zone.saturating_sub(1)) {
        *orders += 1;
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Cents as dollars: `1,234.05`.
fn dollars(cents: i64) -> String {
    format!("{}.{:02}", grouped(cents.unsigned_abs() / 100), cents.unsigned_abs() % 100)
}

/// A number with its thousands set apart: `1,469,307`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Demand, dollars, grouped};
    use crate::data::Dataset;

    #[test]
    fn numbers_are_grouped_and_cents_kept() {
        // Goal: what people read. Method: around each change of length.
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (123_456, "123,456"),
            (1_469_307, "1,469,307"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(dollars(123_405), "1,234.05");
    }

    #[test]
    fn every_order_travels_from_somewhere() {
        // Goal: no order is lost on the map. Method: a synthetic week; both zone counts sum to
        // the orders, and the table says so.
        let data = Dataset::synthetic(1);
        let mut demand = Demand::of(&data);
        let mut stream = data.baskets(Some(1)).unwrap();
        for basket in stream.by_ref() {
            demand.take(&basket.unwrap());
        }
        let orders = stream.intake().baskets;
        assert!(orders > 0);
        assert_eq!(demand.from_store.iter().sum::<u64>(), orders);
        assert_eq!(demand.from_center.iter().sum::<u64>(), orders);
        assert_eq!(demand.days.len(), 7);
        let table = demand.table(&data, stream.intake());
        assert!(table.contains("2017-01-01 to 2017-01-07"), "{table}");
        assert!(table.contains(&grouped(orders)));
    }
}
