//! Sweeps over the orders: masters weigh the ways of a part of them at a time, and their vertices break cuts.
//!
//! Those who do not choose stay as they *stand*: in the ways that the last passes met, weighed by how often they did, or
//! as a master of this sweep weighed them. So all masters together come near one vertex over all orders, where orders that
//! keep the ways of a plan would bend it to that plan. Two masters are answered at a time, on one thread or two; the cuts
//! of all count once the sweep is over.
//!
//! # Source
//! That ways met along a climb, averaged, come near the best weights: Larsson, Patriksson and Strömberg (Mathematical
//! Programming 1999).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::cuts::{Cut, Cuts, Users, Vertex};
use crate::lp::LpSolver;
use crate::master::{Column, Local, NO_WEIGHT, weights};
use crate::oracle::{Market, Oracle, Take};
use crate::plan::{cost_of, value_at};
use crate::price::Met;
use crate::problem::{FREE, Problem, span};
use crate::search::Search;

/// The most orders that one master leaves a choice.
pub(crate) const WHOLE: usize = 2_200;
/// The most where all are more than that: solvers take far less time for several parts, and most cuts lie within one.
const PART: usize = 500;
/// The most ways of an order in the master.
const POOL: usize = 30;
/// Fewer new cuts than this, and the vertex is looked at once more, overlooking small weights.
const FEW: usize = 10;
/// Where more who do not choose draw on a row than so many, they are left out for it: a cut in it would be too long to be
/// worth much.
const MANY: usize = 60;

/// How an order stands: ways with weights that come to one.
type Stand = Vec<(Column, f64)>;

/// The sweep at hand, and the ways that earlier masters chose from.
#[derive(Clone)]
pub(super) struct Sweep {
    pool: Vec<Vec<Column>>,
    /// Orders that the sweep has not had yet; all before `next` it has.
    waiting: Vec<bool>,
    next: usize,
    pub(super) stands: Vec<Stand>,
    /// What all that draws on each row and cut.
    load: Vec<f64>,
    /// Per row and cut, the orders whose stands draw on it, ascending.
    drawers: Vec<Vec<u32>>,
    cuts: Vec<Cut>,
}

/// An order that a master leaves a choice, and its pool.
struct Chooser {
    order: usize,
    pool: Vec<Column>,
}

/// What masters go by.
#[derive(Clone, Copy)]
pub(super) struct View<'v> {
    pub(super) problem: &'v Problem,
    pub(super) users: &'v Users,
    pub(super) cuts: &'v Cuts,
    pub(super) price: &'v [i64],
    pub(super) incumbent: &'v Search,
    /// Ways that lose at most so many ticks are offered.
    pub(super) slack: i64,
    pub(super) solver: LpSolver,
}

/// What a master tells: how those who choose stand, and the cuts that its vertex breaks.
struct Told {
    stands: Vec<Stand>,
    cuts: Vec<Cut>,
    work: u64,
}

impl Sweep {
    pub(super) fn new(problem: &Problem) -> Self {
        let count = problem.orders.len();
        Self {
            pool: vec![Vec::new(); count],
            waiting: vec![true; count],
            next: 0,
            stands: vec![Vec::new(); count],
            load: Vec::new(),
            drawers: Vec::new(),
            cuts: Vec::new(),
        }
    }

    /// The next masters of the sweep, which begins with the ways that the last passes met; tells their work.
    pub(super) fn go(
        &mut self,
        view: View<'_>,
        met: &mut [Vec<Met>],
        oracles: &mut [Oracle],
    ) -> u64 {
        if self.next == 0 {
            self.begin(view, met);
        }
        let mut masters = [self.choosers(view), self.choosers(view)];
        let told = {
            let here = &*self;
            let [one, other] = &mut masters;
            match oracles {
                [first, second] if !other.is_empty() => std::thread::scope(|scope| {
                    let others = scope.spawn(|| view.master(here, other, second));
                    let told = view.master(here, one, first);
                    let others = others.join();
                    vec![told, others.unwrap_or_else(|panic| std::panic::resume_unwind(panic))]
                }),
                [first, ..] => {
                    let masters = masters.iter_mut().filter(|choosers| !choosers.is_empty());
                    masters.map(|choosers| view.master(here, choosers, first)).collect()
                }
                [] => Vec::new(),
            }
        };
        let mut work = 0;
        for (choosers, told) in masters.into_iter().zip(told) {
            work += told.work;
            self.cuts.extend(told.cuts);
            for (Chooser { order, pool }, stand) in choosers.into_iter().zip(told.stands) {
                self.pool[order] = pool;
                self.stand(order, stand);
            }
        }
        work
    }

    /// The cuts of the sweep if it has had all orders; another one begins then.
    pub(super) fn over(&mut self) -> Option<Vec<Cut>> {
        (self.next == self.waiting.len()).then(|| {
            self.waiting.fill(true);
            self.next = 0;
            std::mem::take(&mut self.cuts)
        })
    }

    fn begin(&mut self, view: View<'_>, met: &mut [Vec<Met>]) {
        self.load.clear();
        self.load.resize(view.cuts.rows(), 0.0);
        self.drawers.iter_mut().for_each(Vec::clear);
        self.drawers.resize(view.cuts.rows(), Vec::new());
        self.stands.iter_mut().for_each(Vec::clear);
        for (order, met) in met.iter_mut().enumerate() {
            let all: u32 = met.iter().map(|met| met.times).sum();
            let stand = met.drain(..).map(|Met { takes, times }| {
                (view.column(order, &takes), f64::from(times) / f64::from(all))
            });
            self.stand(order, stand.collect());
        }
    }

    /// An order stands otherwise from now on.
    fn stand(&mut self, order: usize, stand: Stand) {
        let (load, drawers, number) = (&mut self.load, &mut self.drawers, order as u32);
        let mut count = |stand: &Stand, sign: f64| {
            for (column, weight) in stand {
                for (row, units) in &column.rows {
                    load[*row as usize] += sign * weight * *units as f64;
                    let drawers = &mut drawers[*row as usize];
                    match drawers.binary_search(&number) {
                        Ok(at) if sign < 0.0 => drop(drawers.remove(at)),
                        Err(at) if sign > 0.0 => drawers.insert(at, number),
                        _ => {}
                    }
                }
            }
        };
        count(&self.stands[order], -1.0);
        count(&stand, 1.0);
        self.stands[order] = stand;
    }

    /// The orders of the next master, ascending: all, or those around one that the sweep has not had yet.
    fn choosers(&mut self, View { problem, users, price, .. }: View<'_>) -> Vec<Chooser> {
        let most = if self.waiting.len() > WHOLE { PART } else { WHOLE };
        let mut chosen = Vec::new();
        let mut seen: BTreeSet<u32> = BTreeSet::new();
        let mut queue: VecDeque<usize> = VecDeque::new();
        while chosen.len() < most {
            self.skip();
            let order = queue.pop_front().unwrap_or(self.next);
            match self.waiting.get_mut(order).map(std::mem::take) {
                None => break,
                Some(false) => continue,
                Some(true) => chosen.push(order),
            }
            for site in &problem.sites[span(problem.orders[order].sites)] {
                for arc in &problem.arcs[span(site.arcs)] {
                    for row in problem.stock_of(arc) {
                        if row != FREE && price[row as usize] > 0 && seen.insert(row) {
                            queue.extend(users.of(row).iter().map(|order| *order as usize));
                        }
                    }
                }
            }
        }
        self.skip();
        chosen.sort_unstable();
        let chooser = |order| Chooser { order, pool: std::mem::take(&mut self.pool[order]) };
        chosen.into_iter().map(chooser).collect()
    }

    /// Goes on to the first order that waits.
    fn skip(&mut self) {
        while self.waiting.get(self.next) == Some(&false) {
            self.next += 1;
        }
    }
}

impl View<'_> {
    fn master(&self, sweep: &Sweep, choosers: &mut [Chooser], oracle: &mut Oracle) -> Told {
        let takes: Vec<&[Take]> = self.incumbent.takes().collect();
        for Chooser { order, pool } in choosers.iter_mut() {
            self.offer(*order, (&sweep.stands[*order], takes[*order]), pool, oracle);
        }
        let columns: Vec<Column> =
            choosers.iter().flat_map(|chooser| chooser.pool.iter().cloned()).collect();
        let local = Local::new(columns.iter().flat_map(|column| &column.rows));
        let here: Vec<Column> = columns.iter().map(|column| local.column(column)).collect();
        let left = self.left(sweep, choosers, &local);
        let weight = weights(left, &here, self.solver, None).weight;
        let work = self.solver.work(columns.len(), choosers.len());
        let chosen: Vec<(Column, f64)> =
            columns.into_iter().zip(weight).filter(|(_, weight)| *weight > NO_WEIGHT).collect();
        let cuts = self.broken(sweep, choosers, &chosen);
        let mut chosen = chosen.into_iter().peekable();
        let stands = choosers.iter().map(|chooser| {
            let own = |(column, _): &(Column, f64)| column.order as usize == chooser.order;
            std::iter::from_fn(|| chosen.next_if(own)).collect()
        });
        Told { stands: stands.collect(), cuts, work }
    }

    /// What is left of rows and cuts to those who choose. Where one has a price, that is what they drew on it before: it is
    /// full at the best weights, of which ways that were met tell no more than about as much.
    fn left(&self, sweep: &Sweep, choosers: &[Chooser], local: &Local) -> Vec<f64> {
        let mut drew = vec![0.0; local.rows.len()];
        for (column, weight) in choosers.iter().flat_map(|chooser| &sweep.stands[chooser.order]) {
            for (row, units) in &column.rows {
                if let Ok(at) = local.rows.binary_search(row) {
                    drew[at] += *units as f64 * weight;
                }
            }
        }
        let alone = choosers.len() == self.problem.orders.len();
        let rows = local.rows.iter().zip(drew).map(|(&row, drew)| {
            let most = self.cuts.most(&self.problem.supply, row) as f64;
            let is_full = self.price[row as usize] > 0 && !alone;
            // Others, who stand by and large, may draw more than there is.
            if is_full { drew } else { (most - (sweep.load[row as usize] - drew)).max(0.0) }
        });
        rows.collect()
    }

    /// The cuts that are broken by the weights that were chosen, and by how others stand.
    fn broken(&self, sweep: &Sweep, choosers: &[Chooser], chosen: &[(Column, f64)]) -> Vec<Cut> {
        let chooses =
            |order: usize| choosers.binary_search_by_key(&order, |chooser| chooser.order).is_ok();
        let split = |weight: f64| weight < 1.0 - NO_WEIGHT;
        let pieces = chosen.iter().filter(|(_, weight)| split(*weight));
        let touched: BTreeSet<u32> =
            pieces.flat_map(|(column, _)| column.rows.iter().map(|(row, _)| *row)).collect();
        let mut all: BTreeMap<usize, &[(Column, f64)]> = BTreeMap::new();
        for row in touched {
            let drawers = sweep.drawers[row as usize].iter().map(|order| *order as usize);
            let others: Vec<usize> = drawers.filter(|order| !chooses(*order)).collect();
            if others.len() <= MANY {
                all.extend(others.into_iter().map(|order| (order, sweep.stands[order].as_slice())));
            }
        }
        for own in chosen.chunk_by(|a, b| a.0.order == b.0.order) {
            all.insert(own[0].0.order as usize, own);
        }
        let all: Vec<&(Column, f64)> = all.into_values().flatten().collect();
        let local = Local::new(all.iter().flat_map(|(column, _)| &column.rows));
        let columns: Vec<Column> = all.iter().map(|(column, _)| local.column(column)).collect();
        let weight: Vec<f64> = all.iter().map(|(_, weight)| *weight).collect();
        let most: Vec<i64> =
            local.rows.iter().map(|row| self.cuts.most(&self.problem.supply, *row)).collect();
        let counts = |order: u32| chooses(order as usize);
        let vertex = Vertex::new(&most, (&columns, &weight), &counts);
        let mut cuts = broken(&vertex);
        cuts.iter_mut().flat_map(|cut| &mut cut.rows).for_each(|(row, _)| {
            *row = local.rows[*row as usize];
        });
        cuts
    }

    /// Adds to the pool of an order the ways in which it stands, what it takes and what is near the best; the best of all
    /// stay.
    fn offer(
        &self,
        order: usize,
        (stand, takes): (&Stand, &[Take]),
        pool: &mut Vec<Column>,
        oracle: &mut Oracle,
    ) {
        let Self { problem, cuts, price, .. } = *self;
        let mut near: Vec<Vec<Take>> =
            stand.iter().map(|(column, _)| column.takes.clone()).collect();
        near.push(takes.to_vec());
        near.push(Vec::new());
        let market = Market { price, left: &problem.supply };
        oracle.near(problem, order, market, self.slack, false, &mut |_: i64, way: &[Take]| {
            near.push(way.to_vec());
            if near.len() < 4 * POOL { i64::MAX } else { i64::MIN }
        });
        for mut way in near {
            way.sort_unstable_by_key(|take| (take.site, take.arc));
            if !pool.iter().any(|column| column.takes == way) {
                pool.push(self.column(order, &way));
            }
        }
        for column in pool.iter_mut() {
            column.rows = cuts.drawn(problem, order as u32, &column.takes);
        }
        let value = |column: &Column| value_at(price, column.cost, &column.rows);
        pool.sort_by_cached_key(|column| (!column.takes.is_empty(), value(column)));
        pool[1..].sort_by_cached_key(value);
        pool.truncate(POOL);
    }

    fn column(&self, order: usize, takes: &[Take]) -> Column {
        let mut takes = takes.to_vec();
        takes.sort_unstable_by_key(|take| (take.site, take.arc));
        Column {
            order: order as u32,
            cost: cost_of(self.problem, order, &takes),
            rows: self.cuts.drawn(self.problem, order as u32, &takes),
            takes,
        }
    }
}

/// Cuts that a vertex breaks.
pub(crate) fn broken(vertex: &Vertex<'_>) -> Vec<Cut> {
    let mut found = vertex.broken(NO_WEIGHT, 2);
    found.extend(vertex.broken(NO_WEIGHT, 3));
    if found.len() < FEW {
        for small in [0.11, 0.21] {
            found.extend(vertex.broken(small, 2));
        }
    }
    found
}
