//! What the trucks bring: a documented rule, because the data says nothing of stock.
//!
//! Every week begins with deliveries. They know what the week will want (the data is in the
//! past) and bring that. The first delivery of an item to a place also fills the shelf: half as
//! much again, at least one. There are flaws:
//!
//! * What is sold at the till or collected comes to that store.
//! * What is shipped comes, order by order, with equal chance to the household's home store or to
//!   the center of its pool; cold goods to the store where that center keeps nothing cold.
//! * Of 1,000 shipped lines, [`MISPLACED`] come to the other of these two: such an order is split,
//!   or waits for the stock of others.
//! * Of 1,000 lines, [`MISSING`] come nowhere.
//!
//! Items are defined in the week that first wants them.

use std::collections::{BTreeMap, BTreeSet};

use oms::catalog::{Handling, Item, Unit};
use oms::flow::{Command, DefineItem, ReceiveStock};
use oms::words::{LocationId, Qty, WordError};

use crate::data::{Basket, Dataset, Line, Product};
use crate::draws::Draws;
use crate::network::Grid;
use crate::orders::{Orders, Route, sku};

/// Of 1,000 shipped lines, those whose goods come to the other place.
const MISPLACED: u64 = 25;
/// Of 1,000 lines, those whose goods do not come.
const MISSING: u64 = 12;
const STREAM: u64 = 12;

/// Departments and categories that are kept cold.
const COLD: [&str; 9] =
    ["MEAT", "SEAFOOD", "DELI", "DAIRY", "FROZEN", "MILK", "YOGURT", "CHEESE", "ICE CREAM"];

/// The supplier of all nodes.
#[derive(Debug)]
pub(crate) struct Supply<'a> {
    products: &'a [Product],
    defined: BTreeSet<u64>,
    /// What has come to where before.
    stocked: BTreeSet<(LocationId, u64)>,
    draws: Draws,
}

impl<'a> Supply<'a> {
    pub(crate) fn of(data: &'a Dataset, seed: u64) -> Self {
        let draws = Draws::new(seed, STREAM);
        let (defined, stocked) = (BTreeSet::new(), BTreeSet::new());
        Self { products: data.products(), defined, stocked, draws }
    }

    /// What a week begins with: items that are new in it, then deliveries.
    pub(crate) fn week(
        &mut self,
        baskets: &[Basket],
        orders: &Orders,
        grid: &Grid,
    ) -> Result<Vec<Command>, WordError> {
        let mut commands: Vec<Command> = Vec::new();
        let mut wanted: BTreeMap<(LocationId, u64), (u64, bool)> = BTreeMap::new();
        for basket in baskets {
            for (nth, line) in (0_u64..).zip(&basket.lines) {
                let product = self.product(line.product);
                if self.defined.insert(line.product)
                    && let Some(product) = product
                {
                    commands.push(DefineItem(item(product)?).into());
                }
                let key = basket.id.wrapping_mul(1_000).wrapping_add(nth);
                let cold = product.is_some_and(is_cold);
                let place = self.place(basket, key, cold, orders, grid);
                if let Some(node) = place.filter(|_| self.draws.below(key, 1_000) >= MISSING) {
                    wanted.entry((node, line.product)).or_insert((0, line.fuel)).0 += line.quantity;
                }
            }
        }
        for ((node, product), (units, fuel)) in wanted {
            let first = self.stocked.insert((node.clone(), product));
            let spare = if first && !fuel { units.div_ceil(2) } else { 0 };
            let qty = Qty::new(units.saturating_add(spare))?;
            commands.push(ReceiveStock { sku: sku(product)?, node, qty, reference: None }.into());
        }
        Ok(commands)
    }

    /// Where the goods of a line come to.
    fn place(
        &self,
        basket: &Basket,
        key: u64,
        cold: bool,
        orders: &Orders,
        grid: &Grid,
    ) -> Option<LocationId> {
        if orders.route(basket) != Route::Ship {
            return grid.store(basket.store).map(|node| node.id.clone());
        }
        let store = grid.store(orders.home_store(basket))?;
        let center = grid.center(store.pool)?;
        let from_center = self.draws.chance(basket.id, 500_000);
        let misplaced = self.draws.below(key ^ u64::MAX, 1_000) < MISPLACED;
        let wanted = if from_center == misplaced { store } else { center };
        let holds = !cold || grid.keeps_cold(wanted);
        Some(if holds { wanted } else { store }.id.clone())
    }

    fn product(&self, id: u64) -> Option<&'a Product> {
        let place = self.products.binary_search_by_key(&id, |product| product.id).ok()?;
        self.products.get(place)
    }
}

/// Units of a line, fuel apart.
pub(crate) const fn shelf_units(line: &Line) -> u64 {
    if line.fuel { 0 } else { line.quantity }
}

fn is_cold(product: &Product) -> bool {
    let says = |word: &&str| product.department.contains(*word) || product.category.contains(*word);
    COLD.iter().any(says)
}

fn item(product: &Product) -> Result<Item, WordError> {
    let mut item = Item::new(sku(product.id)?, Unit::Each);
    let name = [&product.name, &product.category, &product.department];
    item.name = name.into_iter().find(|name| !name.is_empty()).cloned();
    item.flags = Handling { cold: is_cold(product), ..Handling::default() };
    item.weight_g = if product.fuel { 3 } else { grams(&product.size) };
    Ok(item)
}

/// The weight of a package size such as `14 OZ` or `1 LB`; 300 g where the size tells none.
fn grams(size: &str) -> u64 {
    const OTHER: u64 = 300;
    let mut words = size.split_whitespace();
    let (Some(number), Some(unit)) = (words.next(), words.next()) else { return OTHER };
    let gram_tenths = match unit.trim_end_matches('.') {
        "OZ" => 284,
        "LB" => 4_536,
        "PT" => 4_732,
        "QT" => 9_464,
        "GAL" | "GA" => 37_854,
        "LTR" | "L" => 10_000,
        "ML" => 10,
        _ => return OTHER,
    };
    let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
    let digit = tenth.chars().next().and_then(|first| first.to_digit(10)).unwrap_or(0);
    let Ok(whole) = whole.parse::<u64>() else { return OTHER };
    let tenths = whole.saturating_mul(10).saturating_add(u64::from(digit));
    (tenths.saturating_mul(gram_tenths) / 100).clamp(1, 20_000)
}

#[cfg(test)]
mod tests {
    use super::{Supply, grams};
    use crate::data::Dataset;
    use crate::network::Grid;
    use crate::orders::Orders;
    use oms::flow::{Command, ReceiveStock};

    #[test]
    fn sizes_are_weighed() {
        // Goal: plausible weights out of real sizes. Method: one of each kind, and nonsense.
        for (size, weight) in [
            ("14 OZ", 397),
            ("1 LB", 453),
            ("12.5 OZ", 355),
            ("2 LTR", 2_000),
            ("1 GAL", 3_785),
            ("50 CT", 300),
            ("", 300),
            ("OZ", 300),
            ("X OZ", 300),
        ] {
            assert_eq!(grams(size), weight, "{size}");
        }
    }

    #[test]
    fn the_trucks_bring_about_what_the_week_wants() {
        // Goal: scarce, not empty. Method: a synthetic week; what comes is at least what is
        // wanted less the missing share, and no more than the shelves take.
        let data = Dataset::synthetic(4);
        let grid = Grid::of(data.stores()).unwrap();
        let orders = Orders::of(&data, 4).unwrap();
        let baskets: Vec<_> = data.baskets(Some(1)).unwrap().map(Result::unwrap).collect();
        let lines = baskets.iter().flat_map(|basket| &basket.lines).filter(|line| !line.fuel);
        let wanted: u64 = lines.map(super::shelf_units).sum();
        let fuel = |product: u64| {
            let place = data.products().binary_search_by_key(&product, |known| known.id).unwrap();
            data.products()[place].fuel
        };
        let mut supply = Supply::of(&data, 4);
        let commands = supply.week(&baskets, &orders, &grid).unwrap();
        let brought: u64 = commands
            .iter()
            .filter_map(|command| match command {
                Command::ReceiveStock(ReceiveStock { sku, qty, .. }) => {
                    (!fuel(sku.as_str().parse().unwrap())).then(|| qty.get())
                }
                _ => None,
            })
            .sum();
        assert!(brought > wanted - wanted / 50, "{brought} of {wanted}");
        assert!(brought < wanted * 2, "{brought} of {wanted}");
        // What is known is not defined again.
        let again = supply.week(&baskets, &orders, &grid).unwrap();
        assert!(again.iter().all(|command| matches!(command, Command::ReceiveStock(_))));
    }
}
