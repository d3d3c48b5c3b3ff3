//! Finding cuts that a fractional vertex breaks: elimination modulo 2 or 3.
//!
//! Rows that are full and orders that are served in parts are sums over the ways that have a fractional weight,
//! modulo the divisor. A combination in which all of these cancel while its right side does not is a cut that the
//! vertex breaks by the rest of the right side.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cut, times};
use crate::master::{Column, NO_WEIGHT};

/// The most that a row may lack of being full.
const SLACK: f64 = 0.1;
/// The least that a vertex must break a cut by.
const BROKEN: f64 = 0.02;
/// The most rows and orders in a cut: longer ones cost more than they give.
const LONGEST: usize = 400;

type Terms = Vec<(u32, u8)>;

/// A combination of rows and orders: what is left of it per fractional column, modulo the divisor.
struct Sum {
    terms: Terms,
    rest: u8,
    slack: f64,
    rows: Terms,
    orders: Terms,
}

/// `a + times * b`, modulo.
fn plus(a: &[(u32, u8)], b: &[(u32, u8)], times: u8, by: u8) -> Terms {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let (key, value) = if j == b.len() || (i < a.len() && a[i].0 < b[j].0) {
            i += 1;
            a[i - 1]
        } else if i == a.len() || b[j].0 < a[i].0 {
            j += 1;
            (b[j - 1].0, b[j - 1].1 * times % by)
        } else {
            i += 1;
            j += 1;
            (a[i - 1].0, (a[i - 1].1 + b[j - 1].1 * times) % by)
        };
        if value != 0 {
            out.push((key, value));
        }
    }
    out
}

/// What a column draws on a row.
fn units_of(column: &Column, row: u32) -> i64 {
    column.rows.binary_search_by_key(&row, |drawn| drawn.0).map_or(0, |at| column.rows[at].1)
}

fn modulo(units: i64, by: u8) -> u8 {
    units.rem_euclid(i64::from(by)) as u8
}

/// Weights of columns, which stand grouped by ascending order and carry the rows and cuts that they draw on.
pub(crate) struct Vertex<'a> {
    /// What each row comes to at most.
    most: &'a [i64],
    columns: &'a [Column],
    weight: &'a [f64],
    /// Whether rows are looked at for what an order draws on them.
    counts: &'a dyn Fn(u32) -> bool,
    /// Per row, the columns with a weight that draw on it.
    start: Vec<u32>,
    drawers: Vec<u32>,
}

impl<'a> Vertex<'a> {
    pub(crate) fn new(
        most: &'a [i64],
        (columns, weight): (&'a [Column], &'a [f64]),
        counts: &'a dyn Fn(u32) -> bool,
    ) -> Self {
        let weighty =
            || columns.iter().zip(weight).enumerate().filter(|(_, (_, w))| **w > NO_WEIGHT);
        let mut start = vec![0_u32; most.len() + 1];
        for (_, (column, _)) in weighty() {
            column.rows.iter().for_each(|(row, _)| start[*row as usize] += 1);
        }
        let mut sum = 0;
        for start in &mut start {
            sum += *start;
            *start = sum;
        }
        let mut drawers = vec![0; sum as usize];
        // From behind, so that each start ends up where its row begins, and columns ascend.
        for (at, (column, _)) in weighty().collect::<Vec<_>>().into_iter().rev() {
            for (row, _) in &column.rows {
                start[*row as usize] -= 1;
                drawers[start[*row as usize] as usize] = at as u32;
            }
        }
        Self { most, columns, weight, counts, start, drawers }
    }

    /// Finds cuts by this divisor that the weights break, shortest first. Columns with a weight of at most `small` are
    /// overlooked: what is found is tested with them.
    pub(crate) fn broken(&self, small: f64, by: u8) -> Vec<Cut> {
        let (mut sums, active) = self.sums(small, by);
        let found = eliminate(&mut sums, active, by);
        let made = found.into_iter().map(|at| self.make(&sums[at], by));
        let mut good: Vec<Cut> = made.filter(|cut| self.breaks(cut)).collect();
        good.sort_by_cached_key(|cut| (cut.rows.len() + cut.orders.len(), cut.clone()));
        good.dedup();
        good
    }

    /// The columns with a weight that draw on a row, ascending.
    fn drawers(&self, row: u32) -> &[u32] {
        let row = row as usize;
        &self.drawers[self.start[row] as usize..self.start[row + 1] as usize]
    }

    fn is_whole(&self, column: u32) -> bool {
        self.weight[column as usize] > 1.0 - NO_WEIGHT
    }

    /// The sums to combine, and the number of fractional columns.
    fn sums(&self, small: f64, by: u8) -> (Vec<Sum>, usize) {
        let mut load = vec![0.0; self.most.len()];
        let mut fixed = vec![0_i64; self.most.len()];
        let mut active: Vec<&Column> = Vec::new();
        for (column, &weight) in self.columns.iter().zip(self.weight) {
            let whole = weight > 1.0 - NO_WEIGHT;
            if weight > small && !whole {
                active.push(column);
            }
            for (row, units) in &column.rows {
                load[*row as usize] += *units as f64 * weight;
                if whole {
                    fixed[*row as usize] += units;
                }
            }
        }
        let mut of_row: BTreeMap<u32, (Terms, bool)> = BTreeMap::new();
        let mut of_order: BTreeMap<u32, Terms> = BTreeMap::new();
        for (at, column) in active.iter().enumerate() {
            let here = (self.counts)(column.order);
            of_order.entry(column.order).or_default().push((at as u32, 1));
            for (row, units) in &column.rows {
                let (terms, is_near) = of_row.entry(*row).or_default();
                *is_near |= here;
                let rest = modulo(*units, by);
                if rest != 0 {
                    terms.push((at as u32, rest));
                }
            }
        }
        of_row.retain(|_, (terms, is_near)| *is_near && terms.len() <= LONGEST);
        let mut sums: Vec<Sum> = Vec::new();
        for (order, terms) in of_order {
            let orders = vec![(order, 1)];
            sums.push(Sum { terms, rest: 1, slack: 0.0, rows: Vec::new(), orders });
        }
        for (row, (terms, _)) in of_row {
            let most = self.most[row as usize];
            let slack = most as f64 - load[row as usize];
            if slack < SLACK {
                let rest = modulo(most - fixed[row as usize], by);
                let rows = vec![(row, 1)];
                sums.push(Sum { terms, rest, slack, rows, orders: Vec::new() });
            }
        }
        (sums, active.len())
    }

    /// Makes a cut of a combination that cancels.
    fn make(&self, sum: &Sum, by: u8) -> Cut {
        // Any multiple will do: the one with the largest rest is broken most.
        let scale = (1..by).max_by_key(|scale| sum.rest * scale % by).unwrap_or(1);
        let scaled = |list: &[(u32, u8)]| -> Terms {
            list.iter().map(|(k, t)| (*k, t * scale % by)).collect()
        };
        let rows = scaled(&sum.rows);
        // Orders that are served whole join in, so that they lose nothing by the rounding.
        let mut whole: BTreeMap<u32, i64> = BTreeMap::new();
        for (row, times) in &rows {
            for &at in self.drawers(*row).iter().filter(|at| self.is_whole(**at)) {
                let column = &self.columns[at as usize];
                *whole.entry(column.order).or_default() +=
                    i64::from(*times) * units_of(column, *row);
            }
        }
        let joins = whole.into_iter().map(|(order, units)| (order, modulo(-units, by)));
        let joins: Terms = joins.filter(|(_, miss)| *miss != 0).collect();
        let orders = plus(&scaled(&sum.orders), &joins, 1, by);
        let units: i64 = rows.iter().map(|(row, t)| i64::from(*t) * self.most[*row as usize]).sum();
        let units = units + orders.iter().map(|(_, t)| i64::from(*t)).sum::<i64>();
        Cut { rows, orders, by, most: units.div_euclid(i64::from(by)) }
    }

    fn breaks(&self, cut: &Cut) -> bool {
        if cut.rows.len() + cut.orders.len() > LONGEST {
            return false;
        }
        // Who draws on none of the rows counts for nothing: an order's own multiplier is below the divisor.
        let drawing: BTreeSet<u32> =
            cut.rows.iter().flat_map(|(row, _)| self.drawers(*row)).copied().collect();
        let counts = drawing.into_iter().map(|at| {
            let column = &self.columns[at as usize];
            cut.counts(column.order, &column.rows) as f64 * self.weight[at as usize]
        });
        let counts: f64 = counts.sum();
        counts > cut.most as f64 + BROKEN
    }
}

/// Combinations that cancel and keep a rest, by Gaussian elimination with the sparsest pivots.
fn eliminate(sums: &mut [Sum], columns: usize, by: u8) -> Vec<usize> {
    let cancels =
        |sum: &Sum| sum.terms.is_empty() && sum.rest != 0 && sum.slack < 0.9 * f64::from(by - 1);
    let mut found: Vec<usize> = (0..sums.len()).filter(|s| cancels(&sums[*s])).collect();
    let mut holders = Holders::new(sums, columns);
    while let Some((column, list)) = holders.rarest() {
        let size = |s: u32| {
            let sum = &sums[s as usize];
            (sum.terms.len(), sum.rows.len() + sum.orders.len(), s)
        };
        let Some(pivot) = list.iter().copied().min_by_key(|s| size(*s)) else { return found };
        let lead = times(&sums[pivot as usize].terms, column) as u8;
        let inverse = (1..by).find(|t| t * lead % by == 1).unwrap_or(1);
        for s in list.into_iter().filter(|s| *s != pivot) {
            let (low, high) = sums.split_at_mut(s.max(pivot) as usize);
            let (sum, with) = if s < pivot {
                (&mut low[s as usize], &high[0])
            } else {
                (&mut high[0], &low[pivot as usize])
            };
            let factor = (by - times(&sum.terms, column) as u8 * inverse % by) % by;
            let terms = plus(&sum.terms, &with.terms, factor, by);
            sum.rows = plus(&sum.rows, &with.rows, factor, by);
            sum.orders = plus(&sum.orders, &with.orders, factor, by);
            sum.rest = (sum.rest + with.rest * factor) % by;
            sum.slack += with.slack * f64::from(factor);
            if terms.len() + sum.rows.len() + sum.orders.len() > LONGEST {
                holders.moved(s, &std::mem::take(&mut sum.terms), &[]);
                sum.rest = 0;
                continue;
            }
            holders.moved(s, &with.terms, &terms);
            sum.terms = terms;
            if cancels(sum) {
                found.push(s as usize);
            }
        }
        holders.moved(pivot, &std::mem::take(&mut sums[pivot as usize].terms), &[]);
    }
    found
}

/// Which sums have each column, and the columns by how many these are.
struct Holders {
    of_column: Vec<Vec<u32>>,
    rarest: BTreeSet<(usize, u32)>,
}

impl Holders {
    fn new(sums: &[Sum], columns: usize) -> Self {
        let mut of_column: Vec<Vec<u32>> = vec![Vec::new(); columns];
        for (s, sum) in (0..).zip(sums) {
            sum.terms.iter().for_each(|(column, _)| of_column[*column as usize].push(s));
        }
        let counted = (0..).zip(&of_column).filter(|(_, list)| !list.is_empty());
        let rarest = counted.map(|(column, list)| (list.len(), column)).collect();
        Self { of_column, rarest }
    }

    /// Takes out the column that the fewest sums have, with these, ascending.
    fn rarest(&mut self) -> Option<(u32, Vec<u32>)> {
        let (_, column) = self.rarest.pop_first()?;
        Some((column, std::mem::take(&mut self.of_column[column as usize])))
    }

    /// A sum has other terms now; `touched` are those that may have come or gone.
    fn moved(&mut self, sum: u32, touched: &[(u32, u8)], terms: &[(u32, u8)]) {
        for (column, _) in touched {
            let list = &mut self.of_column[*column as usize];
            let before = (list.len(), *column);
            match (list.binary_search(&sum), times(terms, *column) != 0) {
                (Ok(at), false) => drop(list.remove(at)),
                (Err(at), true) => list.insert(at, sum),
                _ => continue,
            }
            self.rarest.remove(&before);
            if !list.is_empty() {
                self.rarest.insert((list.len(), *column));
            }
        }
    }
}
