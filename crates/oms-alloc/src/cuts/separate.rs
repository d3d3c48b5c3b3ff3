//! Finding cuts that a fractional vertex breaks: elimination modulo 2 or 3.
//!
//! Rows that are full and orders that are served in parts are sums over the ways that have a fractional weight,
//! modulo the divisor. A combination in which all of these cancel while its right side does not is a cut that the
//! vertex breaks by the rest of the right side.

use std::collections::BTreeMap;

use super::{Cut, Cuts, times};
use crate::master::Column;

/// A weight that counts as none, and as all.
const NONE: f64 = 1e-6;
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

fn modulo(units: i64, by: u8) -> u8 {
    units.rem_euclid(i64::from(by)) as u8
}

/// Finds cuts by this divisor that the weights break, shortest first. Columns stand grouped by ascending order and
/// carry the rows and cuts that they draw on.
///
/// Columns with a weight of at most `small` are overlooked: what is found is tested with them.
pub(crate) fn separate(
    supply: &[i64],
    cuts: &Cuts,
    (columns, weight): (&[Column], &[f64]),
    small: f64,
    by: u8,
) -> Vec<Cut> {
    let vertex = Vertex { supply, cuts, columns, weight };
    let (mut sums, active) = vertex.sums(small, by);
    let found = eliminate(&mut sums, active, by);
    let made = found.into_iter().map(|at| vertex.make(&sums[at], by));
    let mut good: Vec<Cut> = made.filter(|cut| vertex.breaks(cut)).collect();
    good.sort_by_cached_key(|cut| (cut.rows.len() + cut.orders.len(), cut.clone()));
    good.dedup();
    good
}

struct Vertex<'a> {
    supply: &'a [i64],
    cuts: &'a Cuts,
    columns: &'a [Column],
    weight: &'a [f64],
}

impl Vertex<'_> {
    /// The columns that are chosen whole.
    fn whole(&self) -> impl Iterator<Item = &Column> {
        let pairs = self.columns.iter().zip(self.weight);
        pairs.filter(|(_, weight)| **weight > 1.0 - NONE).map(|(column, _)| column)
    }

    /// The sums to combine, and the number of fractional columns.
    fn sums(&self, small: f64, by: u8) -> (Vec<Sum>, usize) {
        let mut load = vec![0.0; self.cuts.rows()];
        let mut fixed = vec![0_i64; self.cuts.rows()];
        let mut active: Vec<&Column> = Vec::new();
        for (column, &weight) in self.columns.iter().zip(self.weight) {
            let whole = weight > 1.0 - NONE;
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
        let mut of_row: BTreeMap<u32, Terms> = BTreeMap::new();
        let mut of_order: BTreeMap<u32, Terms> = BTreeMap::new();
        for (at, column) in active.iter().enumerate() {
            of_order.entry(column.order).or_default().push((at as u32, 1));
            for (row, units) in &column.rows {
                let terms = of_row.entry(*row).or_default();
                let rest = modulo(*units, by);
                if rest != 0 {
                    terms.push((at as u32, rest));
                }
            }
        }
        let mut sums: Vec<Sum> = Vec::new();
        for (order, terms) in of_order {
            let orders = vec![(order, 1)];
            sums.push(Sum { terms, rest: 1, slack: 0.0, rows: Vec::new(), orders });
        }
        for (row, terms) in of_row {
            let most = self.cuts.most(self.supply, row);
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
        let mut joins: Terms = Vec::new();
        for column in self.whole() {
            let units: i64 =
                column.rows.iter().map(|(row, units)| times(&rows, *row) * units).sum();
            let miss = modulo(-units, by);
            if miss != 0 {
                joins.push((column.order, miss));
            }
        }
        let orders = plus(&scaled(&sum.orders), &joins, 1, by);
        let units: i64 =
            rows.iter().map(|(row, t)| i64::from(*t) * self.cuts.most(self.supply, *row)).sum();
        let units = units + orders.iter().map(|(_, t)| i64::from(*t)).sum::<i64>();
        Cut { rows, orders, by, most: units.div_euclid(i64::from(by)) }
    }

    fn breaks(&self, cut: &Cut) -> bool {
        if cut.rows.len() + cut.orders.len() > LONGEST {
            return false;
        }
        let pairs = self.columns.iter().zip(self.weight).filter(|(_, weight)| **weight > NONE);
        let counts: f64 =
            pairs.map(|(column, w)| cut.counts(column.order, &column.rows) as f64 * w).sum();
        counts > cut.most as f64 + BROKEN
    }
}

/// Combinations that cancel and keep a rest, by Gaussian elimination with the sparsest pivots.
fn eliminate(sums: &mut [Sum], columns: usize, by: u8) -> Vec<usize> {
    let mut of_column: Vec<Vec<u32>> = vec![Vec::new(); columns];
    for (s, sum) in sums.iter().enumerate() {
        for (column, _) in &sum.terms {
            of_column[*column as usize].push(s as u32);
        }
    }
    let cancels =
        |sum: &Sum| sum.terms.is_empty() && sum.rest != 0 && sum.slack < 0.9 * f64::from(by - 1);
    let mut found: Vec<usize> = (0..sums.len()).filter(|s| cancels(&sums[*s])).collect();
    let mut gone = vec![false; sums.len()];
    let mut left: Vec<usize> = (0..columns).collect();
    let has = |sum: &Sum, column: usize| {
        sum.terms.binary_search_by_key(&(column as u32), |term| term.0).ok()
    };
    loop {
        for &column in &left {
            let mut list = std::mem::take(&mut of_column[column]);
            list.retain(|s| !gone[*s as usize] && has(&sums[*s as usize], column).is_some());
            list.sort_unstable();
            list.dedup();
            of_column[column] = list;
        }
        left.retain(|column| !of_column[*column].is_empty());
        let Some(&column) = left.iter().min_by_key(|c| (of_column[**c].len(), **c)) else {
            return found;
        };
        let list = std::mem::take(&mut of_column[column]);
        let size = |s: u32| {
            let sum = &sums[s as usize];
            (sum.terms.len(), sum.rows.len() + sum.orders.len(), s)
        };
        let Some(pivot) = list.iter().copied().min_by_key(|s| size(*s)) else { return found };
        gone[pivot as usize] = true;
        let lead =
            has(&sums[pivot as usize], column).map_or(1, |at| sums[pivot as usize].terms[at].1);
        let inverse = (1..by).find(|t| t * lead % by == 1).unwrap_or(1);
        for s in list.into_iter().filter(|s| *s != pivot) {
            let (low, high) = sums.split_at_mut(s.max(pivot) as usize);
            let (sum, with) = if s < pivot {
                (&mut low[s as usize], &high[0])
            } else {
                (&mut high[0], &low[pivot as usize])
            };
            let Some(at) = has(sum, column) else { continue };
            let factor = (by - sum.terms[at].1 * inverse % by) % by;
            let terms = plus(&sum.terms, &with.terms, factor, by);
            for (other, _) in &terms {
                if has(sum, *other as usize).is_none() {
                    of_column[*other as usize].push(s);
                }
            }
            sum.terms = terms;
            sum.rows = plus(&sum.rows, &with.rows, factor, by);
            sum.orders = plus(&sum.orders, &with.orders, factor, by);
            sum.rest = (sum.rest + with.rest * factor) % by;
            sum.slack += with.slack * f64::from(factor);
            if sum.terms.is_empty() {
                gone[s as usize] = true;
                if cancels(sum) {
                    found.push(s as usize);
                }
            }
        }
        left.retain(|other| *other != column);
    }
}
