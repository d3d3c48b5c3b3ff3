//! Branch and bound over a few orders: a way each, such that excess and waste come to the least.

use crate::oracle::Take;

/// One way to serve an order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Way {
    pub(crate) takes: Vec<Take>,
    /// Rows and cuts with units.
    pub(crate) rows: Vec<(u32, i64)>,
    /// Minor units.
    pub(crate) cost: i64,
    /// Ticks above the order's best at the prices.
    pub(crate) excess: i64,
}

/// What came of it.
pub(crate) struct Found {
    /// The places of the ways in their lists; nothing if none comes to less than what was to be beaten.
    pub(crate) pick: Option<Vec<usize>>,
    /// Steps that were not needed; with none left, something better may have been missed.
    pub(crate) steps_left: u32,
}

/// Chooses one way from each list, cheapest first each, such that excess and waste come to less than `beat`.
///
/// `waste` is the worth at these prices of what is left of the rows that matter; a way turns some of it into use.
/// `left` stands at the end as it did at the beginning.
pub(crate) fn branch(
    lists: &[&[Way]],
    price: &[i64],
    (beat, waste): (i64, i64),
    left: &mut [i64],
    steps: u32,
) -> Found {
    let mut rest = vec![0; lists.len() + 1];
    for at in (0..lists.len()).rev() {
        rest[at] = rest[at + 1] + lists[at].first().map_or(beat, |way| way.excess);
    }
    let pick = vec![0; lists.len()];
    let mut deep = Deep { lists, price, rest, best: beat, steps, pick, found: None };
    deep.go(0, 0, waste, left);
    Found { pick: deep.found, steps_left: deep.steps }
}

/// Depth first over the lists.
struct Deep<'a> {
    lists: &'a [&'a [Way]],
    price: &'a [i64],
    /// The least excess of the lists from here on.
    rest: Vec<i64>,
    best: i64,
    steps: u32,
    pick: Vec<usize>,
    found: Option<Vec<usize>>,
}

impl Deep<'_> {
    fn go(&mut self, at: usize, excess: i64, waste: i64, left: &mut [i64]) {
        if at == self.lists.len() {
            if excess + waste < self.best {
                self.best = excess + waste;
                self.found = Some(self.pick.clone());
            }
            return;
        }
        let list = self.lists[at];
        for (number, way) in list.iter().enumerate() {
            if self.steps == 0 || excess + way.excess + self.rest[at + 1] >= self.best {
                return;
            }
            self.steps -= 1;
            if way.rows.iter().any(|(row, units)| left[*row as usize] < *units) {
                continue;
            }
            let mut worth = 0;
            for (row, units) in &way.rows {
                left[*row as usize] -= units;
                worth += self.price[*row as usize] * units;
            }
            self.pick[at] = number;
            self.go(at + 1, excess + way.excess, waste - worth, left);
            for (row, units) in &way.rows {
                left[*row as usize] += units;
            }
        }
    }
}
