//! What came in: orders by the hour, and what had to be left out.

use std::collections::BTreeSet;

use crate::data::{Basket, Dataset, Intake};
use crate::days::{day_of, start_of_day};
use crate::report::{Pulse, Remark};

/// The baskets counted.
#[derive(Debug)]
pub(crate) struct Demand {
    pub(crate) last_day: i64,
    products: BTreeSet<u64>,
    households: BTreeSet<u64>,
    stores: BTreeSet<u64>,
    pub(crate) most_lines: usize,
    /// Baskets by the hour, from the first second of the first day.
    hours: Vec<u64>,
    first_second: i64,
}

impl Demand {
    /// No baskets yet.
    pub(crate) const fn of(data: &Dataset) -> Self {
        Self {
            last_day: data.first_day(),
            products: BTreeSet::new(),
            households: BTreeSet::new(),
            stores: BTreeSet::new(),
            most_lines: 0,
            hours: Vec::new(),
            first_second: start_of_day(data.first_day()),
        }
    }

    /// Counts one basket.
    pub(crate) fn take(&mut self, basket: &Basket) {
        self.last_day = day_of(basket.at);
        let hour = usize::try_from(basket.at.saturating_sub(self.first_second) / 3_600);
        let hour = hour.unwrap_or(0);
        if self.hours.len() <= hour {
            self.hours.resize(hour + 1, 0);
        }
        if let Some(baskets) = self.hours.get_mut(hour) {
            *baskets += 1;
        }
        self.households.insert(basket.household);
        self.stores.insert(basket.store);
        self.products.extend(basket.lines.iter().map(|line| line.product));
        self.most_lines = self.most_lines.max(basket.lines.len());
    }

    /// Households, stores and products that took part.
    pub(crate) fn parties(&self) -> (u64, u64, u64) {
        (count(self.households.len()), count(self.stores.len()), count(self.products.len()))
    }

    /// Orders by the hour, for the page.
    pub(crate) fn pulse(&self) -> Pulse {
        Pulse {
            name: "Orders placed".to_owned(),
            from: self.first_second,
            span: 3_600,
            orders: self.hours.clone(),
        }
    }
}

/// What the till roll held and what of it became no order line, by cause.
pub(crate) fn left_out(intake: &Intake) -> Vec<Remark> {
    let row = |what: &str, figure, remark: &str| Remark {
        what: what.to_owned(),
        figure,
        remark: remark.to_owned(),
    };
    vec![
        row("rows read", intake.rows, "of the till roll"),
        row("lines kept", intake.lines, "of known products, with a quantity"),
        row("left out", intake.left_out(), "for want of a quantity, a known product, or both"),
        row("no quantity", intake.zero_quantity, "left out: there is no unit to promise"),
        row("with a value", intake.zero_quantity_with_value, "of these; left out all the same"),
        row("unknown product", intake.unknown_product, "left out: the catalog lacks it"),
        row("both", intake.lacking_both, "counted in each of the two causes, left out once"),
        row("baskets left out", intake.empty_baskets, "not a line was left of them"),
        row("fuel lines", intake.fuel_lines, "kept, and sold at the pump only"),
        row("over 1,000 units", intake.over_thousand_units, "kept: fuel by the thousandth gallon"),
        row("off a cent", intake.residues, "amounts next to a cent; the nearest was taken"),
    ]
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
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
    use super::{Demand, grouped, left_out};
    use crate::data::Dataset;

    #[test]
    fn numbers_are_grouped() {
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
    }

    #[test]
    fn every_basket_has_its_hour() {
        // Goal: the picture shows all of them. Method: a synthetic week; the hours sum to the
        // baskets, and what came in is what was kept and what was left out.
        let data = Dataset::synthetic(1);
        let mut demand = Demand::of(&data);
        let mut stream = data.baskets(Some(1)).unwrap();
        for basket in stream.by_ref() {
            demand.take(&basket.unwrap());
        }
        let intake = *stream.intake();
        assert!(intake.baskets > 0);
        assert_eq!(demand.pulse().orders.iter().sum::<u64>(), intake.baskets);
        assert_eq!(demand.last_day, data.first_day() + 6);
        let rows = left_out(&intake);
        let figure = |what: &str| rows.iter().find(|row| row.what == what).unwrap().figure;
        assert_eq!(figure("rows read"), figure("lines kept") + figure("left out"));
    }
}
