//! Rows of a till roll gathered into baskets, with what does not belong left out and counted.

use super::{DataError, Product};

/// One row of the till roll, as it stands in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) household: u64,
    pub(crate) store: u64,
    pub(crate) basket: u64,
    pub(crate) product: u64,
    pub(crate) quantity: u64,
    pub(crate) amounts: Amounts,
    /// Amounts of this row that were next to a cent, not on it.
    pub(crate) residues: u64,
    pub(crate) at: i64,
}

/// The four amounts of a line, in cents, none negative.
///
/// The shelf price is `sales + loyalty_discount + coupon_match`: what the retailer took, plus
/// what it gave away. The manufacturer's coupon is not among these: it is a tender that somebody
/// else paid, part of `sales`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amounts {
    /// What the retailer received for the line.
    pub(crate) sales: i64,
    /// Given away on the loyalty card.
    pub(crate) loyalty_discount: i64,
    /// Given away by matching a manufacturer's coupon.
    pub(crate) coupon_match: i64,
    /// Paid by the manufacturer's coupon.
    pub(crate) manufacturer_coupon: i64,
}

impl Amounts {
    /// The line at shelf price, in cents.
    pub(crate) const fn shelf(&self) -> i64 {
        self.sales.saturating_add(self.loyalty_discount).saturating_add(self.coupon_match)
    }
}

/// One line of a basket: a known product and at least one unit of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The product's id; no product stands in a basket twice in the real data.
    pub(crate) product: u64,
    /// Units; thousandths of a gallon for most fuel (see [`Product::fuel`]).
    pub(crate) quantity: u64,
    /// The amounts of the whole line.
    pub(crate) amounts: Amounts,
    /// True if the product is fuel, which is pumped, not picked.
    pub(crate) fuel: bool,
}

/// One basket: what a household took from one store at one moment. It has at least one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Basket {
    pub(crate) id: u64,
    pub(crate) household: u64,
    pub(crate) store: u64,
    /// Seconds since 1970-01-01 UTC.
    pub(crate) at: i64,
    pub(crate) lines: Vec<Line>,
}

/// What was read, what was kept and what was left out so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Intake {
    /// Rows read.
    pub(crate) rows: u64,
    /// Baskets that had at least one line to keep.
    pub(crate) baskets: u64,
    /// Lines kept.
    pub(crate) lines: u64,
    /// Units kept, fuel apart.
    pub(crate) units: u64,
    /// Lines of fuel among the kept.
    pub(crate) fuel_lines: u64,
    /// Units of fuel among the kept, mostly thousandths of a gallon.
    pub(crate) fuel_units: u64,
    /// Sales value of the kept lines, in cents.
    pub(crate) sales_cents: i64,
    /// The kept lines at shelf price, in cents.
    pub(crate) shelf_cents: i64,
    /// Rows without quantity.
    pub(crate) zero_quantity: u64,
    /// Rows without quantity that have a sales value all the same (part of the above). A residue
    /// is no value: of the 49 doubles above 0 in the real data, 20 are residues of nothing.
    pub(crate) zero_quantity_with_value: u64,
    /// Rows whose product is not in the catalog.
    pub(crate) unknown_product: u64,
    /// Rows that lack both (counted in both of the above, left out once).
    pub(crate) lacking_both: u64,
    /// Baskets of which no line was kept.
    pub(crate) empty_baskets: u64,
    /// Kept lines of more than 1,000 units: fuel, kept as they are.
    pub(crate) over_thousand_units: u64,
    /// Amounts that were next to a cent, not on it.
    pub(crate) residues: u64,
}

impl Intake {
    /// Rows left out, each counted once.
    pub(crate) const fn left_out(&self) -> u64 {
        self.zero_quantity + self.unknown_product - self.lacking_both
    }
}

/// Gathers rows that come in time order, the rows of a basket next to each other.
#[derive(Debug)]
pub(crate) struct Gather<'a> {
    products: &'a [Product],
    open: Option<Basket>,
    intake: Intake,
}

impl<'a> Gather<'a> {
    /// Starts with the catalog, sorted by id.
    pub(crate) fn new(products: &'a [Product]) -> Self {
        Self { products, open: None, intake: Intake::default() }
    }

    /// What was read so far.
    pub(crate) const fn intake(&self) -> &Intake {
        &self.intake
    }

    /// Takes one row; gives the basket before it when the row opens another.
    pub(crate) fn push(&mut self, row: &Row) -> Result<Option<Basket>, DataError> {
        let before = match &self.open {
            Some(open) if open.id == row.basket => {
                if (open.household, open.store, open.at) != (row.household, row.store, row.at) {
                    return Err(DataError::BasketDiffers { basket: row.basket });
                }
                None
            }
            Some(open) if open.at > row.at => {
                return Err(DataError::OutOfOrder { basket: row.basket });
            }
            _ => self.finish(),
        };
        let line = self.line_of(row);
        let open = self.open.get_or_insert_with(|| Basket {
            id: row.basket,
            household: row.household,
            store: row.store,
            at: row.at,
            lines: Vec::new(),
        });
        open.lines.extend(line);
        Ok(before)
    }

    /// Closes the open basket and gives it, if it has a line.
    pub(crate) fn finish(&mut self) -> Option<Basket> {
        let basket = self.open.take()?;
        if basket.lines.is_empty() {
            self.intake.empty_baskets += 1;
            return None;
        }
        self.intake.baskets += 1;
        Some(basket)
    }

    fn line_of(&mut self, row: &Row) -> Option<Line> {
        let known = self.products.binary_search_by_key(&row.product, |product| product.id);
        let product = known.ok().and_then(|index| self.products.get(index));
        let intake = &mut self.intake;
        intake.rows += 1;
        intake.residues += row.residues;
        if row.quantity == 0 {
            intake.zero_quantity += 1;
            intake.zero_quantity_with_value += u64::from(row.amounts.sales > 0);
        }
        if product.is_none() {
            intake.unknown_product += 1;
            intake.lacking_both += u64::from(row.quantity == 0);
        }
        let product = product.filter(|_| row.quantity > 0)?;
        intake.lines += 1;
        intake.sales_cents += row.amounts.sales;
        intake.shelf_cents += row.amounts.shelf();
        intake.over_thousand_units += u64::from(row.quantity > 1000);
        if product.fuel {
            intake.fuel_lines += 1;
            intake.fuel_units += row.quantity;
        } else {
            intake.units += row.quantity;
        }
        Some(Line {
            product: row.product,
            quantity: row.quantity,
            amounts: row.amounts,
            fuel: product.fuel,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Amounts, Basket, Gather, Row};
    use crate::data::{DataError, Product};

    fn catalog() -> Vec<Product> {
        [(10, "APPLES", false), (20, "BREAD", false), (30, "GASOLINE-REG UNLEADED", true)]
            .map(|(id, name, fuel)| Product {
                id,
                department: "GROCERY".to_owned(),
                category: name.to_owned(),
                name: name.to_owned(),
                size: String::new(),
                fuel,
            })
            .to_vec()
    }

    fn row(basket: u64, product: u64, quantity: u64) -> Row {
        let amounts = Amounts { sales: 100, loyalty_discount: 20, ..Amounts::default() };
        let at = i64::try_from(basket).unwrap();
        Row { household: 1, store: 2, basket, product, quantity, amounts, residues: 0, at }
    }

    fn gather_all(gather: &mut Gather<'_>, rows: &[Row]) -> Vec<Basket> {
        let mut baskets = Vec::new();
        for row in rows {
            baskets.extend(gather.push(row).unwrap());
        }
        baskets.extend(gather.finish());
        baskets
    }

    #[test]
    fn lines_without_quantity_or_product_are_left_out_and_counted_once() {
        // Goal: the traps of the data. Method: a till roll with each of them, and with both in
        // one row; what is kept and every count are compared.
        let catalog = catalog();
        let mut gather = Gather::new(&catalog);
        let rows = [row(1, 10, 2), row(1, 20, 0), row(1, 99, 1), row(2, 99, 0), row(3, 30, 12_000)];
        let baskets = gather_all(&mut gather, &rows);
        assert_eq!(baskets.iter().map(|basket| basket.id).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(baskets[0].lines.len(), 1);
        assert_eq!(baskets[0].lines[0].amounts.shelf(), 120);
        assert!(baskets[1].lines[0].fuel);
        let intake = gather.intake();
        assert_eq!((intake.rows, intake.lines, intake.left_out()), (5, 2, 3));
        assert_eq!((intake.zero_quantity, intake.zero_quantity_with_value), (2, 2));
        assert_eq!((intake.unknown_product, intake.lacking_both), (2, 1));
        assert_eq!((intake.baskets, intake.empty_baskets), (2, 1));
        assert_eq!((intake.units, intake.fuel_units, intake.over_thousand_units), (2, 12_000, 1));
        assert_eq!((intake.sales_cents, intake.shelf_cents), (200, 240));
    }

    #[test]
    fn a_basket_that_contradicts_itself_or_comes_late_is_an_error() {
        // Goal: no order is built from rows that do not belong together. Method: one basket
        // with two stores; a basket older than the one before it.
        let catalog = catalog();
        let mut gather = Gather::new(&catalog);
        gather.push(&row(5, 10, 1)).unwrap();
        let other_store = Row { store: 3, ..row(5, 20, 1) };
        assert!(matches!(gather.push(&other_store), Err(DataError::BasketDiffers { basket: 5 })));
        assert!(matches!(gather.push(&row(4, 10, 1)), Err(DataError::OutOfOrder { basket: 4 })));
    }

    #[test]
    fn nothing_in_nothing_out() {
        // Goal: the empty roll. Method: finish at once.
        let catalog = catalog();
        let mut gather = Gather::new(&catalog);
        assert_eq!(gather.finish(), None);
        assert_eq!(gather.intake().rows, 0);
    }
}
