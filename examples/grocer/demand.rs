//! What the orders ask of the network, before anything is promised to anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::data::{Basket, Dataset, Intake};
use crate::days::{date, day_of, start_of_day};
use crate::geo::{self, AREAS, CENTERS, Point};
use crate::report::{Figure, MapLabel, Network, NodeDot, Pulse, Remark, ReportData};

/// Zones of a parcel, 1 to 8.
const ZONES: usize = 8;

/// The orders counted.
#[derive(Debug)]
pub(crate) struct Demand {
    /// Where each household lives.
    homes: BTreeMap<u64, Point>,
    last_day: i64,
    days: BTreeSet<i64>,
    products: BTreeSet<u64>,
    households: BTreeSet<u64>,
    most_lines: usize,
    /// Units sold by each store, fuel apart.
    sold: BTreeMap<u64, u64>,
    /// Orders by the hour, from the first second of the first day.
    hours: Vec<u64>,
    first_second: i64,
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
            products: BTreeSet::new(),
            households: BTreeSet::new(),
            most_lines: 0,
            sold: BTreeMap::new(),
            hours: Vec::new(),
            first_second: start_of_day(data.first_day()),
            from_store: [0; ZONES],
            from_center: [0; ZONES],
        }
    }

    /// Counts one order.
    pub(crate) fn take(&mut self, basket: &Basket) {
        self.last_day = day_of(basket.at);
        self.days.insert(self.last_day);
        let shelf = basket.lines.iter().filter(|line| !line.fuel);
        *self.sold.entry(basket.store).or_default() += shelf.map(|line| line.quantity).sum::<u64>();
        self.count_hour(basket.at);
        self.households.insert(basket.household);
        self.products.extend(basket.lines.iter().map(|line| line.product));
        self.most_lines = self.most_lines.max(basket.lines.len());
        let Some(home) = self.homes.get(&basket.household).copied() else { return };
        let store = geo::store_site(basket.store).point;
        let centers = CENTERS.iter().map(|center| geo::miles(center.point, home));
        tally(&mut self.from_store, geo::miles(store, home));
        tally(&mut self.from_center, centers.fold(f64::INFINITY, f64::min));
    }

    fn count_hour(&mut self, at: i64) {
        let hour = usize::try_from(at.saturating_sub(self.first_second) / 3_600).unwrap_or(0);
        if self.hours.len() <= hour {
            self.hours.resize(hour + 1, 0);
        }
        if let Some(orders) = self.hours.get_mut(hour) {
            *orders += 1;
        }
    }

    /// The page, as far as demand alone can tell.
    pub(crate) fn report(&self, data: &Dataset, intake: &Intake) -> ReportData {
        let figure = |name: &str, number: u64, note: &str| Figure {
            name: name.to_owned(),
            value: grouped(number),
            note: note.to_owned(),
        };
        let span = format!("{} to {}", date(data.first_day()), date(self.last_day));
        ReportData {
            title: "A grocer's orders".to_owned(),
            eyebrow: "oms · what was ordered".to_owned(),
            lede: format!("{}, before anything is promised to anybody.", data.describe()),
            pulse: Pulse {
                name: "Orders placed".to_owned(),
                from: self.first_second,
                span: 3_600,
                orders: self.hours.clone(),
            },
            headline: vec![
                figure("Orders", intake.baskets, &span),
                figure("Lines", intake.lines, "of known products, with a quantity"),
                figure("Units", intake.units, "fuel apart"),
                figure("Households", count(self.households.len()), "that ordered"),
                figure("Stores", count(self.sold.len()), "with orders"),
                figure("Products", count(self.products.len()), "ordered"),
            ],
            network: self.network(),
            intake: left_out(intake)
                .into_iter()
                .map(|(what, figure, remark)| Remark {
                    what: what.trim().to_owned(),
                    figure,
                    remark: remark.to_owned(),
                })
                .collect(),
            notes: vec![
                "The data holds no places: stores, centers and homes are put on the map by a \
                 fixed rule."
                    .to_owned(),
            ],
            ..ReportData::default()
        }
    }

    fn network(&self) -> Network {
        let dot = |name: String, center, point: Point, units| NodeDot {
            name,
            center,
            latitude: point.latitude,
            longitude: point.longitude,
            units,
        };
        let stores = self.sold.iter().map(|(id, units)| {
            let site = geo::store_site(*id);
            dot(format!("Store {id}, {}", site.area.name), false, site.point, *units)
        });
        let centers = CENTERS.iter().map(|place| dot(place.name.to_owned(), true, place.point, 0));
        let labels = AREAS.iter().map(|area| MapLabel {
            name: area.name.split(',').next().unwrap_or(area.name).to_owned(),
            latitude: area.point.latitude,
            longitude: area.point.longitude,
        });
        Network {
            meaning: "The stores by the units they sold, and the distribution centers.".to_owned(),
            nodes: stores.chain(centers).collect(),
            flows: Vec::new(),
            labels: labels.collect(),
        }
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
        let left_out = left_out(intake);
        let left_out =
            left_out.into_iter().map(|(name, figure, remark)| (name, grouped(figure), remark));
        for (name, figure, remark) in self.order_rows(intake).into_iter().chain(left_out) {
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
            ("stores", grouped(count(self.sold.len())), "with orders"),
            ("households", grouped(count(self.households.len())), "that ordered"),
            ("products", grouped(count(self.products.len())), "ordered"),
        ]
    }
}

fn left_out(intake: &Intake) -> [(&'static str, u64, &'static str); 8] {
    [
        ("rows read", intake.rows, "of the till roll"),
        ("rows left out", intake.left_out(), "for want of a quantity, a known product, or both"),
        ("  no quantity", intake.zero_quantity, ""),
        ("  unknown product", intake.unknown_product, ""),
        ("  both", intake.lacking_both, "counted in each of the two"),
        (
            "value, no quantity",
            intake.zero_quantity_with_value,
            "left out all the same, for no unit can be promised",
        ),
        ("baskets left out", intake.empty_baskets, "not a line was left of them"),
        ("amounts off a cent", intake.residues, "by a residue; the nearest was taken"),
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
        let report = demand.report(&data, stream.intake());
        assert_eq!(report.pulse.orders.iter().sum::<u64>(), orders);
        let sold: u64 = report.network.nodes.iter().map(|node| node.units).sum();
        assert_eq!(sold, stream.intake().units);
    }
}
