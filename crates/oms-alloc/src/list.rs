//! A list of ways, and how it is made to tell the best plan of them: prices by a linear programme, cuts that its vertex
//! breaks, and branches. (Price, cut and branch.)
//!
//! # Law
//! The bound is reckoned here as everywhere, in whole ticks over whole ways. A solver gives prices and picks ways: what it
//! says is tried, not believed.

use crate::bound::broken;
use crate::cuts::{Cuts, Vertex};
use crate::lp::LpSolver;
use crate::master::{Column, NEARLY_ALL, weights};
use crate::plan::value_at;
use crate::problem::{TICK_BITS, TICKS};

/// After so many turns without a part of what is left being closed, cuts end and branches begin.
const LOOK: u32 = 10;
const WORTH: i128 = 12;
/// Turns of a branch before it branches again.
const TURNS: u32 = 2;
/// Below every bound.
const LOWEST: i128 = i128::MIN >> 8;

/// Ways, and what is known of the plans made of them.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) columns: Vec<Column>,
    /// Each has a way in the columns, unless a branch left it none.
    orders: usize,
    pub(crate) cuts: Cuts,
    /// Minor units: what matters is whether there is a plan below this.
    pub(crate) aim: i64,
    /// In ticks, and the prices that prove it.
    bound: i128,
    pub(crate) price: Vec<i64>,
    /// Turns left, and the bound at which cuts were last found to be worth it.
    turns: u32,
    mark: i128,
    /// Whether it is a branch.
    branch: bool,
    /// Where the last vertex is split most evenly, or the plan below the aim that it is.
    pub(crate) split: Option<Split>,
    pub(crate) plan: Option<Vec<Column>>,
}

impl List {
    /// Ways of so many orders, grouped by order, that draw on rows and on these cuts. No plan of them costs less than
    /// the bound; what matters is whether one costs less than the aim.
    pub(crate) fn new(columns: Vec<Column>, orders: usize, cuts: Cuts, bound: i128) -> Self {
        Self {
            columns,
            orders,
            cuts,
            aim: i64::MAX,
            bound,
            price: Vec::new(),
            turns: LOOK,
            mark: bound,
            branch: false,
            split: None,
            plan: None,
        }
    }

    /// Ways that draw on rows of this supply alone, without cuts; prices tell where the bound begins.
    pub(crate) fn priced(
        columns: Vec<Column>,
        orders: usize,
        (supply, price): (&[i64], Vec<i64>),
        aim: i64,
    ) -> Self {
        let mut list = Self::new(columns, orders, Cuts::over(supply.len()), LOWEST);
        list.aim = aim;
        list.prove(supply, price);
        list
    }

    /// Whether no plan of the list is below the aim.
    pub(crate) fn reached(&self) -> bool {
        self.bound >= i128::from(self.aim) << TICK_BITS
    }

    /// Two lists: the ways of an order on either side of a split, with all ways of the others. The likelier side stands
    /// last, to be looked at first.
    pub(crate) fn branches(&self, split: Split) -> [Self; 2] {
        [!split.likely, split.likely].map(|side| {
            let stays = |column: &&Column| split.tells(column).is_none_or(|here| here == side);
            Self {
                columns: self.columns.iter().filter(stays).cloned().collect(),
                turns: TURNS,
                branch: true,
                price: self.price.clone(),
                cuts: self.cuts.clone(),
                plan: None,
                ..*self
            }
        })
    }

    pub(crate) fn bound_minor(&self) -> i64 {
        let up = self.bound.saturating_add(i128::from(TICKS) - 1) >> TICK_BITS;
        i64::try_from(up).map_or(self.aim, |up| up.min(self.aim))
    }

    /// Prices of the list, the bound that they prove, and cuts that the vertex breaks; false once that is all.
    pub(crate) fn tighten(&mut self, supply: &[i64], dearest: f64, solver: LpSolver) -> bool {
        let most = self.cuts.full(supply);
        let left = most.iter().map(|most| *most as f64).collect();
        let told = weights(left, &self.columns, solver, Some(dearest));
        let mut price = vec![0_i64; self.cuts.rows()];
        for (row, worth) in &told.price {
            price[*row as usize] = (worth.max(0.0).min(dearest) * TICKS as f64).round() as i64;
        }
        self.split = most_even(&self.columns, &told.weight);
        if self.split.is_none() {
            let picks = (0..told.weight.len()).filter(|at| told.weight[*at] > NEARLY_ALL);
            self.plan = self.plan_of(supply, picks);
        }
        let ways = (self.columns.as_slice(), told.weight.as_slice());
        let found = broken(&Vertex::new(&most, ways, &|_| true));
        self.prove(supply, price);
        self.turns -= 1;
        if self.turns == 0 && !self.branch {
            let left = (i128::from(self.aim) << TICK_BITS) - self.mark;
            if (self.bound - self.mark) * WORTH >= left {
                (self.turns, self.mark) = (LOOK, self.bound);
            }
        }
        if self.reached() || self.turns == 0 {
            return false;
        }
        let before = self.cuts.list.len();
        found.into_iter().for_each(|cut| self.cuts.join(cut));
        self.price.resize(self.cuts.rows(), 0);
        for column in &mut self.columns {
            for (at, cut) in self.cuts.list.iter().enumerate().skip(before) {
                let counts = cut.counts(column.order, &column.rows);
                if counts > 0 {
                    column.rows.push((self.cuts.first + at as u32, counts));
                }
            }
        }
        self.cuts.list.len() > before
    }

    /// The ways that were picked, if there is one for each order, they fit and they cost less than the aim.
    pub(crate) fn plan_of(
        &self,
        supply: &[i64],
        picks: impl Iterator<Item = usize>,
    ) -> Option<Vec<Column>> {
        let picks: Vec<&Column> = picks.map(|pick| &self.columns[pick]).collect();
        let mut left = supply.to_vec();
        for (row, units) in picks.iter().flat_map(|column| &column.rows) {
            if let Some(left) = left.get_mut(*row as usize) {
                *left -= units;
            }
        }
        let cost: i64 = picks.iter().map(|column| column.cost).sum();
        let good = picks.len() == self.orders && left.iter().all(|left| *left >= 0);
        (good && cost < self.aim).then(|| picks.into_iter().cloned().collect())
    }

    /// Takes over prices if they prove more, and drops the ways that no plan below the aim takes then.
    fn prove(&mut self, supply: &[i64], price: Vec<i64>) {
        let mut least = vec![i64::MAX; self.orders];
        for column in &self.columns {
            let least = &mut least[column.order as usize];
            *least = value_at(&price, column.cost, &column.rows).min(*least);
        }
        let mut bound: i128 = least.iter().map(|least| i128::from(*least)).sum();
        for (row, price) in price.iter().enumerate() {
            bound -= i128::from(*price) * i128::from(self.cuts.most(supply, row as u32));
        }
        if bound <= self.bound {
            return;
        }
        self.bound = bound;
        let room = (i128::from(self.aim) << TICK_BITS) - bound;
        self.columns.retain(|column| {
            let value = value_at(&price, column.cost, &column.rows);
            i128::from(value - least[column.order as usize]) <= room
        });
        self.price = price;
    }
}

/// Tells the ways of an order apart by whether they draw so many units or more on a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split {
    order: u32,
    row: u32,
    units: i64,
    /// Whether those that do weigh more at the vertex.
    likely: bool,
}

impl Split {
    /// Whether a way draws so many units on the row; nothing for other orders' ways.
    fn tells(&self, column: &Column) -> Option<bool> {
        let drawn = || column.rows.iter().find(|(row, _)| *row == self.row);
        (column.order == self.order).then(|| drawn().is_some_and(|(_, units)| *units >= self.units))
    }
}

/// The split whose sides weigh most evenly; nothing where none is seen, as where each order has a way that weighs nearly
/// all.
fn most_even(columns: &[Column], weight: &[f64]) -> Option<Split> {
    let mut most = (1.0 - NEARLY_ALL, None);
    let mut at = 0;
    for chunk in columns.chunk_by(|a, b| a.order == b.order) {
        let weight = &weight[at..at + chunk.len()];
        at += chunk.len();
        if weight.iter().any(|weight| *weight > NEARLY_ALL) {
            continue;
        }
        let drawn = chunk.iter().zip(weight).filter(|(_, weight)| **weight > 1.0 - NEARLY_ALL);
        let mut drawn: Vec<(u32, i64, f64)> = drawn
            .flat_map(|(column, weight)| {
                column.rows.iter().map(|(row, units)| (*row, *units, *weight))
            })
            .collect();
        drawn.sort_by_key(|(row, units, _)| (*row, std::cmp::Reverse(*units)));
        let mut sum = 0.0;
        for (at, (row, units, weight)) in drawn.iter().enumerate() {
            sum += weight;
            let next = drawn.get(at + 1);
            let less = f64::min(sum, 1.0 - sum);
            if less > most.0 && next.is_none_or(|next| (next.0, next.1) != (*row, *units)) {
                let (order, likely) = (chunk[0].order, sum > 0.5);
                most = (less, Some(Split { order, row: *row, units: *units, likely }));
            }
            if next.is_none_or(|next| next.0 != *row) {
                sum = 0.0;
            }
        }
    }
    most.1
}
