//! A synthetic grocer: the shape of the real data without the data.
//!
//! Popularity falls off by ranks, in which each doubling is equally likely: a few stores and
//! products take most of the baskets. A basket has a handful of lines, seldom dozens. Rows
//! without quantity and rows of unknown products occur at about the real rates, so that the
//! same filter is put to work.

use super::{Amounts, Household, Product, Row};
use crate::days::start_of_day;
use crate::draws::Draws;

/// The first day, counted from 1970-01-01: 2017-01-01, as in the real data.
pub(super) const FIRST_DAY: i64 = 17_167;

/// Days in the synthetic year.
const DAYS: i64 = 364;
const STORES: u64 = 240;
const HOUSEHOLDS: u64 = 2_500;
const PRODUCTS: u64 = 16_000;

/// Baskets on an average day.
const BASKETS_A_DAY: u64 = 420;

/// More lines than any basket of the real data.
const MOST_LINES: u64 = 160;

/// Relative trade by hour from 06:00 to 23:00, strongest in the late afternoon.
const TRADE_BY_HOUR: [u64; 18] =
    [3, 5, 8, 12, 16, 18, 19, 20, 22, 25, 29, 32, 31, 27, 21, 14, 8, 4];

/// Relative trade by weekday, from Sunday (the first day is one).
const TRADE_BY_WEEKDAY: [u64; 7] = [118, 98, 92, 92, 94, 100, 106];

/// Departments and what they sell; the share of each in the catalog.
const DEPARTMENTS: [(&str, u64, [&str; 5]); 8] = [
    ("GROCERY", 56, ["SOUP", "CEREAL", "CHEESE", "SOFT DRINKS", "FROZEN PIZZA"]),
    ("DRUG GM", 16, ["CANDY", "GREETING CARDS", "HAIR CARE", "PAPER TOWELS", "BATTERIES"]),
    ("PRODUCE", 10, ["APPLES", "BANANAS", "POTATOES", "SALAD MIX", "BERRIES"]),
    ("MEAT", 6, ["BEEF", "CHICKEN", "PORK", "TURKEY", "LAMB"]),
    ("PASTRY", 4, ["BREAD", "DONUTS", "CAKES", "ROLLS", "COOKIES"]),
    ("DELI", 4, ["SANDWICHES", "SLICED MEAT", "SALADS", "HOT FOOD", "DELI CHEESE"]),
    ("NUTRITION", 3, ["GRANOLA", "SOY MILK", "SUPPLEMENTS", "TEA", "ORGANIC SNACKS"]),
    ("FLORAL", 1, ["ROSES", "BOUQUETS", "PLANTS", "SEEDS", "WREATHS"]),
];

/// The one product sold by the thousandth of a gallon.
const FUEL: u64 = 900_000;

/// Which draws belong to what; a name may not be used twice.
mod stream {
    pub(super) const PRODUCT: u64 = 1;
    pub(super) const HOUSEHOLD: u64 = 2;
    pub(super) const DAY: u64 = 3;
    pub(super) const BASKET: u64 = 4;
    pub(super) const LINE: u64 = 5;
}

const fn product_id(rank: u64) -> u64 {
    // Not in order of popularity, and never the fuel's id.
    1_000 + (rank.wrapping_mul(7_919)) % PRODUCTS
}

const fn store_id(rank: u64) -> u64 {
    300 + (rank.wrapping_mul(101)) % STORES
}

/// The catalog, sorted by id.
pub(super) fn products(seed: u64) -> Vec<Product> {
    let draws = Draws::new(seed, stream::PRODUCT);
    let mut products: Vec<Product> = (0..PRODUCTS).map(|rank| product(draws, rank)).collect();
    products.push(Product {
        id: FUEL,
        department: "FUEL".to_owned(),
        category: "FUEL".to_owned(),
        name: "GASOLINE-REG UNLEADED".to_owned(),
        size: String::new(),
        fuel: true,
    });
    products.sort_by_key(|product| product.id);
    products
}

fn product(draws: Draws, rank: u64) -> Product {
    let id = product_id(rank);
    let mut point = draws.below(3 * id, DEPARTMENTS.iter().map(|(_, share, _)| share).sum());
    let mut chosen = ("GROCERY", "GROCERY");
    for (department, share, categories) in DEPARTMENTS {
        if point < share {
            let index = usize::try_from(draws.below(3 * id + 1, 5)).unwrap_or(0);
            chosen = (department, categories.get(index).copied().unwrap_or(department));
            break;
        }
        point -= share;
    }
    let ounces = 4 + draws.below(3 * id + 2, 28);
    Product {
        id,
        department: chosen.0.to_owned(),
        category: chosen.1.to_owned(),
        name: format!("{} {}", chosen.1, id % 100),
        size: format!("{ounces} OZ"),
        fuel: false,
    }
}

/// The shelf price of one unit, in cents: 0.59 to 12.99, cheap ones more often.
fn shelf_price(seed: u64, product: u64) -> i64 {
    let draws = Draws::new(seed, stream::PRODUCT);
    let dimes = 5 + draws.below(1_000_000_007 + product, 12 + draws.below(product << 32, 114));
    i64::try_from(dimes * 10 + 9).unwrap_or(9)
}

/// The ids of all stores, sorted.
pub(super) fn stores() -> Vec<u64> {
    let mut stores: Vec<u64> = (0..STORES).map(store_id).collect();
    stores.sort_unstable();
    stores
}

fn home_store(seed: u64, household: u64) -> u64 {
    store_id(Draws::new(seed, stream::HOUSEHOLD).by_popularity(household, STORES))
}

/// All households, sorted by id.
pub(super) fn households(seed: u64) -> Vec<Household> {
    (1..=HOUSEHOLDS).map(|id| Household { id, home_store: home_store(seed, id) }).collect()
}

/// The till roll, row by row; one day of it lies in memory.
#[derive(Debug)]
pub(super) struct Rows {
    seed: u64,
    next_day: i64,
    /// What is left of the current day, the last row first.
    day: Vec<Row>,
}

impl Rows {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, next_day: 0, day: Vec::new() }
    }

    pub(super) fn next(&mut self) -> Option<Row> {
        while self.day.is_empty() && self.next_day < DAYS {
            self.day = rows_of_day(self.seed, self.next_day);
            self.day.reverse();
            self.next_day += 1;
        }
        self.day.pop()
    }
}

fn rows_of_day(seed: u64, day: i64) -> Vec<Row> {
    let draws = Draws::new(seed, stream::DAY);
    let day_key = u64::try_from(day).unwrap_or(0);
    let weekday = usize::try_from(day.rem_euclid(7)).unwrap_or(0);
    let trade = TRADE_BY_WEEKDAY.get(weekday).copied().unwrap_or(100);
    let count = BASKETS_A_DAY * (trade + draws.below(day_key << 32, 8)) / 100;
    let start = start_of_day(FIRST_DAY + day);
    let mut times: Vec<i64> = (1..=count)
        .map(|basket| start.saturating_add(second_of_day(draws, day_key << 32 | basket << 2)))
        .collect();
    times.sort_unstable();
    let mut rows = Vec::new();
    for (nth, at) in (0_u64..).zip(times) {
        rows_of_basket(seed, day_key * 1_000_000 + nth, at, &mut rows);
    }
    rows
}

fn second_of_day(draws: Draws, key: u64) -> i64 {
    let mut point = draws.below(key + 1, TRADE_BY_HOUR.iter().sum());
    let mut hour = 6;
    for trade in TRADE_BY_HOUR {
        if point < trade {
            break;
        }
        point -= trade;
        hour += 1;
    }
    hour * 3_600 + i64::try_from(draws.below(key + 2, 3_600)).unwrap_or(0)
}

fn rows_of_basket(seed: u64, key: u64, at: i64, rows: &mut Vec<Row>) {
    let draws = Draws::new(seed, stream::BASKET);
    let counter = key << 3;
    let household = 1 + draws.below(counter, HOUSEHOLDS);
    let store = if draws.chance(counter + 1, 850_000) {
        home_store(seed, household)
    } else {
        store_id(draws.by_popularity(counter + 2, STORES))
    };
    let count =
        1 + draws.by_popularity(counter + 3, 1 + draws.by_popularity(counter + 4, MOST_LINES));
    let basket = Row {
        household,
        store,
        basket: 31_000_000_000 + key,
        product: 0,
        quantity: 0,
        amounts: Amounts::default(),
        residues: 0,
        at,
    };
    let mut taken: Vec<u64> = Vec::new();
    for line in 0..count {
        let row = row_of_line(seed, key << 8 | line, &basket);
        if !taken.contains(&row.product) {
            taken.push(row.product);
            rows.push(row);
        }
    }
}

fn row_of_line(seed: u64, key: u64, basket: &Row) -> Row {
    let draws = Draws::new(seed, stream::LINE);
    let counter = key << 3;
    let kind = draws.below(counter, 1_000_000);
    let (product, quantity, sales) = if kind < 9_000 {
        let quantity = 4_000 + draws.below(counter + 1, 14_000);
        (FUEL, quantity, i64::try_from(quantity * 245 / 1_000).unwrap_or(0))
    } else {
        let known = product_id(draws.by_popularity(counter + 2, PRODUCTS));
        let product = if kind < 12_000 { known + 10_000_000 } else { known };
        let quantity = match kind {
            9_300..18_000 => 0,
            9_000..9_300 | 18_000..780_000 => 1,
            780_000..950_000 => 2,
            _ => 3 + draws.below(counter + 1, 6),
        };
        let price = shelf_price(seed, known);
        (product, quantity, i64::try_from(quantity).unwrap_or(0).saturating_mul(price))
    };
    // Half of the lines are on offer, at 5 to 30 percent.
    let on_offer = product != FUEL && draws.chance(counter + 3, 500_000);
    let percent = if on_offer { 5 + draws.below(counter + 4, 26) } else { 0 };
    let loyalty_discount = sales * i64::try_from(percent).unwrap_or(0) / 100;
    let amounts =
        Amounts { sales: sales - loyalty_discount, loyalty_discount, ..Amounts::default() };
    Row { product, quantity, amounts, ..basket.clone() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::data::{Basket, Dataset, Intake};

    fn read(seed: u64) -> (Vec<Basket>, Intake) {
        let data = Dataset::synthetic(seed);
        let mut stream = data.baskets(Some(2)).unwrap();
        let baskets = stream.by_ref().map(|basket| basket.unwrap()).collect();
        (baskets, *stream.intake())
    }

    #[test]
    fn a_seed_gives_the_same_baskets_and_another_seed_others() {
        // Goal: determinism. Method: two weeks twice from one seed, once from the next.
        assert_eq!(read(1), read(1));
        assert_ne!(read(1).0, read(2).0);
    }

    #[test]
    fn the_shape_is_that_of_a_grocer() {
        // Goal: similar to the real data. Method: two weeks are compared with what the real
        // ones have: some 5,800 baskets, a median of 5 lines, 1 % left out, skewed stores.
        let (baskets, intake) = read(42);
        assert!((5_000..7_000).contains(&baskets.len()), "{}", baskets.len());
        let mut lines: Vec<usize> = baskets.iter().map(|basket| basket.lines.len()).collect();
        lines.sort_unstable();
        let median = lines[lines.len() / 2];
        assert!((2..=8).contains(&median), "{median}");
        assert!((30..=160).contains(lines.last().unwrap()), "{:?}", lines.last());
        let left_out = intake.left_out() * 1_000 / intake.rows;
        assert!((3..=20).contains(&left_out), "{left_out} of a thousand");
        assert!(intake.lacking_both > 0 && intake.unknown_product > 0 && intake.fuel_lines > 0);
        let stores: BTreeSet<u64> = baskets.iter().map(|basket| basket.store).collect();
        assert!(stores.len() > 100, "{}", stores.len());
    }

    #[test]
    fn baskets_come_in_time_order_with_known_stores_and_unrepeated_products() {
        // Goal: what the engine may rely on. Method: each law checked on two weeks.
        let data = Dataset::synthetic(3);
        let (baskets, _) = read(3);
        assert!(baskets.is_sorted_by_key(|basket| basket.at));
        let ids: BTreeSet<u64> = baskets.iter().map(|basket| basket.id).collect();
        assert_eq!(ids.len(), baskets.len());
        for basket in &baskets {
            assert!(data.stores().binary_search(&basket.store).is_ok());
            assert!(
                data.households().binary_search_by_key(&basket.household, |home| home.id).is_ok()
            );
            let products: BTreeSet<u64> = basket.lines.iter().map(|line| line.product).collect();
            assert_eq!(products.len(), basket.lines.len());
        }
    }
}
