//! The grocer's year as daily demand.

use std::collections::BTreeMap;

use oms::forecast::{Series, SeriesError};

use super::stock_test;
use crate::data::{DataError, Dataset};
use crate::days::day_of;
use crate::one_order::product_name;
use crate::supply::shelf_units;

/// Products that are looked at: those that sold most before the tests begin, of those that sold nearly every day.
const PRODUCTS: usize = 60;
/// Days before the tests, and on how many of them a product must have sold.
const STEADY: (usize, usize) = (56, 42);
/// Days of a week.
const WEEK: usize = 7;

/// Units by day, fuel apart.
#[derive(Debug)]
pub(super) struct Year {
    pub(super) first_day: i64,
    pub(super) total: Vec<f64>,
    /// Days on which no store sells, which a grocer knows ahead.
    pub(super) closed: Vec<bool>,
    /// The best-selling first.
    pub(super) products: Vec<DailySales>,
}

/// Units of a product by day.
#[derive(Debug)]
pub(super) struct DailySales {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) units: Vec<f64>,
}

impl Year {
    /// Reads all baskets.
    pub(super) fn read(data: &Dataset) -> Result<Self, DataError> {
        let mut sold: BTreeMap<u64, BTreeMap<usize, u64>> = BTreeMap::new();
        let mut total: Vec<u64> = Vec::new();
        for basket in data.baskets(None)? {
            let basket = basket?;
            let day = usize::try_from(day_of(basket.at) - data.first_day()).unwrap_or(0);
            if total.len() <= day {
                total.resize(day + 1, 0);
            }
            for line in &basket.lines {
                let units = shelf_units(line);
                if let Some(all) = total.get_mut(day).filter(|_| units > 0) {
                    *all += units;
                    *sold.entry(line.product).or_default().entry(day).or_insert(0) += units;
                }
            }
        }
        let tested = total.len().saturating_sub(stock_test::DAYS);
        let mut ranked: Vec<(u64, u64)> = sold
            .iter()
            .filter(|(_, days)| {
                days.range(tested.saturating_sub(STEADY.0)..tested).count() >= STEADY.1
            })
            .map(|(id, days)| (days.range(..tested).map(|(_, units)| units).sum(), *id))
            .collect();
        ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let products = ranked.iter().take(PRODUCTS).filter_map(|(_, id)| {
            let place = data.products().binary_search_by_key(id, |product| product.id).ok()?;
            let (product, days) = (data.products().get(place)?, sold.get(id)?);
            let units = |day| days.get(&day).copied().unwrap_or(0) as f64;
            let units = (0..total.len()).map(units).collect();
            Some(DailySales { id: *id, name: product_name(product), units })
        });
        Ok(Self {
            first_day: data.first_day(),
            products: products.collect(),
            closed: total.iter().map(|units| *units == 0).collect(),
            total: total.iter().map(|units| *units as f64).collect(),
        })
    }

    /// The products as series.
    pub(super) fn series(&self) -> Result<Vec<Series>, SeriesError> {
        self.products.iter().map(|one| daily(one.id, &one.units, &self.closed)).collect()
    }
}

/// A series of days; `closed` may go beyond its end.
pub(super) fn daily(id: u64, units: &[f64], closed: &[bool]) -> Result<Series, SeriesError> {
    let series = Series::new(id.to_string(), WEEK, units.iter().copied().map(Some))?;
    series.with_freq("D").with_closed(closed)
}

#[cfg(test)]
mod tests {
    use super::Year;
    use crate::data::Dataset;

    #[test]
    fn the_year_holds_every_unit_once() {
        // Goal: what is forecast is what was sold. Method: the synthetic year, summed by basket; best sellers stand
        // in order of what they sold before the tests, and no day of theirs exceeds the day of all.
        let data = Dataset::synthetic(3);
        let year = Year::read(&data).unwrap();
        let mut stream = data.baskets(None).unwrap();
        for basket in stream.by_ref() {
            basket.unwrap();
        }
        let intake = stream.intake();
        assert!((year.total.iter().sum::<f64>() - intake.units as f64).abs() < 0.5);
        assert!(!year.products.is_empty());
        assert!(year.products.iter().all(|one| one.units.len() == year.total.len()));
        for (day, all) in year.total.iter().enumerate() {
            assert!(year.products.iter().map(|one| one.units[day]).sum::<f64>() <= *all);
        }
    }
}
