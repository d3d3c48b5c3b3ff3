//! Many orders at once: a plan that only gets better, and a bound that says how much better it could still get.
//!
//! Two sides take turns. The bound side climbs with the prices, then round after round solves the restricted master,
//! adds the cuts that its vertex breaks, and climbs on; it also rounds the vertex to a plan. The plan side serves
//! related orders anew, a few or a zone of a hundred at a time. They meet at the end of every *epoch*: prices and cuts
//! go one way, plans the other. With two threads both sides of an epoch run at once, and whichever is done first helps
//! the other: passes are shared by orders, and where orders are many, plans are made better by two searches side by side.
//! What comes of it is the same.
//!
//! The wave reads no clock. It asks its watcher after every step of work whether to go on.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::bill::Bill;
use crate::bound::{BoundSide, WHOLE};
use crate::cuts::{Cuts, Users};
use crate::greedy::greedy;
use crate::lp::LpSolver;
use crate::oracle::{Oracle, Take};
use crate::overlay::Overlay;
use crate::plan::Plan;
use crate::problem::{Problem, Row, TICK_BITS, TICKS};
use crate::search::{Pair, Search};
use crate::sourcing::Weights;

/// How far a wave has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps done so far; the same steps give the same result.
    pub work: u64,
    /// What the best plan costs, in minor units.
    pub cost: i64,
    /// No plan costs less, in minor units; nothing until the first pass is over.
    pub bound: Option<i64>,
}

impl Progress {
    /// Gives how far the plan may be above the best one, as a fraction of its cost; 1 without a bound.
    #[must_use]
    pub fn gap(&self) -> f64 {
        match self.bound {
            Some(bound) if self.cost > 0 => {
                ((self.cost - bound) as f64 / self.cost as f64).max(0.0)
            }
            Some(bound) if bound >= self.cost => 0.0,
            _ => 1.0,
        }
    }
}

/// When a wave ends by itself, and how it works.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaveOptions {
    /// Good enough: the gap as a fraction; 0 goes on until the plan is proven to be the best.
    pub gap: f64,
    /// The most steps; nothing means any number.
    pub work: Option<u64>,
    /// One thread or two.
    pub threads: usize,
    /// Which solver answers the linear programmes.
    pub lp: LpSolver,
}

impl Default for WaveOptions {
    fn default() -> Self {
        Self { gap: 1e-4, work: None, threads: 1, lp: LpSolver::Microlp }
    }
}

/// Units of a line that a node ships.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shipment {
    /// The order's number.
    pub order: u32,
    /// The line's number within the order.
    pub line: u16,
    /// The node's number.
    pub node: u32,
    /// Units; at least one.
    pub qty: u32,
}

/// What came of a wave.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The plan.
    pub shipments: Vec<Shipment>,
    /// Its cost, its bound and the steps done.
    pub progress: Progress,
    /// What a unit of each row is worth, in ticks, where the bound has prices.
    price: Vec<i64>,
}

impl Outcome {
    /// An outcome without prices.
    pub(crate) const fn unpriced(shipments: Vec<Shipment>, progress: Progress) -> Self {
        Self { shipments, progress, price: Vec::new() }
    }

    /// The outcome of a problem with weights under an overlay, in true money: the cost is that of the bill, and the bound
    /// is kept only where it is one of the true cost, which it is unless something weighs beside money.
    #[must_use]
    pub fn in_money(self, bill: &Bill, weights: Weights, overlay: &Overlay) -> Self {
        let progress = Progress { cost: bill.total, ..self.progress };
        if weights != Weights::NONE || overlay.weighs() {
            return Self::unpriced(self.shipments, Progress { bound: None, ..progress });
        }
        Self { progress, ..self }
    }

    /// What a unit of each row is worth, in ticks; empty without a bound.
    pub(crate) fn price(&self) -> &[i64] {
        &self.price
    }

    /// What one more unit of a row would save at the prices that prove the bound, to the nearest minor unit.
    pub(crate) fn price_minor(&self, problem: &Problem, row: Row) -> Option<i64> {
        let ticks = self.price.get(problem.place_of(row) as usize)?;
        Some((ticks + TICKS / 2) >> TICK_BITS)
    }
}

/// Plans with rules alone, as commerce platforms do: the baseline.
#[must_use]
pub fn plan_by_rules(problem: &Problem) -> Outcome {
    let plan = greedy(problem);
    let takes = plan.takes.iter().map(Vec::as_slice);
    let progress = Progress { work: 0, cost: plan.total, bound: None };
    Outcome::unpriced(shipments(problem, takes), progress)
}

/// Plans a wave. `stop` hears of every step and answers whether to end here.
///
/// # Cost
/// Memory: about 100 bytes an arc. A first plan takes one pass over the arcs; how long the rest goes on is up to
/// `stop` and the options.
pub fn plan_wave(
    problem: &Problem,
    options: &WaveOptions,
    stop: &mut dyn FnMut(&Progress) -> bool,
) -> Outcome {
    let mut wave = Wave::new(problem, options);
    while wave.epoch(stop) {}
    let progress = wave.progress();
    let mut price = wave.bound.prices.best;
    price.truncate(if progress.bound.is_some() { problem.supply.len() } else { 0 });
    Outcome { shipments: shipments(problem, wave.search.first.takes()), progress, price }
}

/// What takes of all orders ship.
pub(crate) fn shipments<'t>(
    problem: &Problem,
    takes: impl Iterator<Item = &'t [Take]>,
) -> Vec<Shipment> {
    takes.enumerate().flat_map(|(order, takes)| shipments_of(problem, order, takes)).collect()
}

/// What takes of an order ship, in the lines that it was given: bundles part by part, and no line that stands for its
/// first package.
pub(crate) fn shipments_of(
    problem: &Problem,
    order: usize,
    takes: &[Take],
) -> impl Iterator<Item = Shipment> {
    takes.iter().flat_map(move |take| {
        let node = problem.sites[take.site as usize].node;
        let told = problem.told(order, problem.arcs[take.arc as usize].line);
        told.map(move |(line, times)| {
            let (order, qty) = (order as u32, take.qty * times);
            Shipment { order, line, node, qty }
        })
    })
}

struct Wave<'p> {
    problem: &'p Problem,
    options: WaveOptions,
    users: Users,
    bound: BoundSide,
    search: Pair,
    /// Scratch of the bound side and of a second thread that helps it, and of the two searches.
    oracles: [Oracle; 2],
    searching: [Oracle; 2],
    /// Prices and cuts that the plan side goes by.
    price: Vec<i64>,
    cuts: Cuts,
    work: u64,
    quantum: u64,
    /// The plan's cost at the end of the last epoch, and how many more epochs without any gain are borne.
    met: i64,
    patience: u32,
    /// What the plan side gets of an epoch's work, in per mille.
    share: u64,
}

/// Where orders are too many for one master, two searches work side by side, and an epoch has so many legs.
const LEGS: u64 = 16;
/// Work of an epoch, at least, and per arc.
const QUANTUM: u64 = 300_000;
const QUANTUM_PER_ARC: u64 = 22;
/// What of an epoch's work the plan side gets, in per mille: nothing until the first prices are ripe, so much then,
/// and later at least and at most so much.
const FIRST_SHARE: u64 = 700;
const SHARES: (u64, u64) = (200, 800);
/// The least where orders are too many for one master: few of them have been tried when the bound is nearly done.
const LEAST_OF_MANY: u64 = 450;
/// A plan that closes this part of the gap in an epoch earns its side all of the work: the bound is the harder half.
const GOOD_GAIN: i128 = 15;
/// Epochs without any gain after which the wave ends.
const PATIENCE: u32 = 200;
/// How long the plan side waits at a time for the bound side to end its epoch.
const WAIT: std::time::Duration = std::time::Duration::from_micros(200);

impl<'p> Wave<'p> {
    fn new(problem: &'p Problem, options: &WaveOptions) -> Self {
        let mut oracle = Oracle::default();
        let price = vec![0; problem.supply.len()];
        let exact = Plan::in_turn(problem, &price, &mut oracle);
        let rules = greedy(problem);
        let first = if rules.total < exact.total { &rules } else { &exact };
        let search = Pair::new(problem, first, WHOLE);
        Self {
            problem,
            options: *options,
            users: Users::new(problem),
            bound: BoundSide::new(problem, options),
            search,
            oracles: [oracle, Oracle::default()],
            searching: [Oracle::default(), Oracle::default()],
            price,
            cuts: Cuts::new(problem),
            work: 0,
            quantum: QUANTUM.max(QUANTUM_PER_ARC * problem.arcs.len() as u64),
            met: i64::MAX,
            patience: PATIENCE,
            share: 0,
        }
    }

    fn progress(&self) -> Progress {
        Progress { work: self.work, cost: self.search.first.total, bound: self.bound.bound() }
    }

    /// Whether the wave has to end in the middle of an epoch.
    fn cut_short(&self, stop: &mut dyn FnMut(&Progress) -> bool) -> bool {
        stop(&self.progress()) || self.options.work.is_some_and(|most| self.work >= most)
    }

    /// One epoch; false if the wave is over.
    fn epoch(&mut self, stop: &mut dyn FnMut(&Progress) -> bool) -> bool {
        let threads = self.options.threads.clamp(1, 2);
        // While the plan side has nothing to do, a second thread helps the bound side.
        if threads == 1 || self.share == 0 {
            self.in_turn(stop, threads)
        } else {
            self.at_once(stop)
        }
    }

    fn in_turn(&mut self, stop: &mut dyn FnMut(&Progress) -> bool, threads: usize) -> bool {
        let incumbent = self.search.first.clone();
        self.bound.begin(self.quantum * (1_000 - self.share) / 1_000);
        let (problem, users) = (self.problem, &self.users);
        while self.bound.step(problem, users, &incumbent, &mut self.oracles[..threads]) {
            self.work += 1;
            if self.cut_short(stop) {
                return false;
            }
        }
        self.search_on(stop, threads)
    }

    /// The plan side of an epoch whose bound side is done, and the end of it.
    fn search_on(&mut self, stop: &mut dyn FnMut(&Progress) -> bool, threads: usize) -> bool {
        let mut turn = PlanTurn::new(self.quantum * self.share / 1_000);
        while turn.step(
            self.problem,
            &self.users,
            (&self.price, &self.cuts),
            (&mut self.search, threads),
            &mut self.searching,
        ) {
            self.work += 1;
            if self.cut_short(stop) {
                return false;
            }
        }
        self.meet()
    }

    /// Both sides at once. What a stop cuts short is dropped unless all that comes before it in turn was done; so is
    /// what the plan side did beyond the last step, which is made anew up to there.
    fn at_once(&mut self, stop: &mut dyn FnMut(&Progress) -> bool) -> bool {
        let incumbent = self.search.first.clone();
        let parted = self.options.work.map(|_| self.search.clone());
        let before = self.work;
        let room = self.options.work.map_or(u64::MAX, |most| most.saturating_sub(before));
        self.bound.begin(self.quantum * (1_000 - self.share) / 1_000);
        let side = Side::default();
        let known = self.bound.bound();
        let (problem, users) = (self.problem, &self.users);
        let (bound, search) = (&mut self.bound, &mut self.search);
        let (bound_oracles, oracles) = (&mut self.oracles, &mut self.searching);
        let guide = (self.price.as_slice(), &self.cuts);
        let mut turn = PlanTurn::new(self.quantum * self.share / 1_000);
        let mut plan_steps = 0;
        let mut stopped = false;
        let finished = std::thread::scope(|scope| {
            let run = || side.run((problem, users), bound, &incumbent, bound_oracles, room);
            let other = scope.spawn(run);
            let mut more = true;
            while !stopped && (more || !other.is_finished()) {
                if more {
                    let threads = if other.is_finished() { 2 } else { 1 };
                    more = turn.step(problem, users, guide, (search, threads), oracles);
                    plan_steps += u64::from(more);
                    side.alone.store(!more, Ordering::Relaxed);
                } else {
                    std::thread::sleep(WAIT);
                }
                let work = before + side.steps.load(Ordering::Relaxed) + plan_steps;
                stopped = stop(&Progress { work, cost: search.first.total, bound: known });
            }
            side.halt.store(stopped, Ordering::Relaxed);
            other.join().unwrap_or(false)
        });
        let bound_steps = side.steps.load(Ordering::Relaxed);
        self.work = before + bound_steps;
        if !finished {
            self.search.first = incumbent;
            return false;
        }
        if let Some(parted) = parted.filter(|_| bound_steps + plan_steps >= room) {
            self.search = parted;
            return bound_steps < room && self.search_on(stop, 2);
        }
        self.work += plan_steps;
        if stopped { false } else { self.meet() }
    }

    /// The end of an epoch: prices and cuts go to the plan side, plans to the search; false if the wave is over.
    fn meet(&mut self) -> bool {
        let better = self.bound.improved();
        let before = self.search.first.total;
        let mut anew = better;
        for plan in self.bound.plans.drain(..) {
            anew |= self.search.first.offer(&plan);
        }
        if better {
            self.price.clone_from(&self.bound.prices.best);
            self.cuts.clone_from(&self.bound.prices.cuts);
        }
        self.search.first.stale |= anew;
        let stuck =
            !better && self.search.first.total == before && self.search.first.total == self.met;
        self.share = self.earned();
        self.met = self.search.first.total;
        self.patience = if stuck { self.patience.saturating_sub(1) } else { PATIENCE };
        let progress = self.progress();
        let done = progress.bound.is_some_and(|bound| bound >= progress.cost)
            || progress.gap() <= self.options.gap
            || self.patience == 0;
        !done
    }
}

impl Wave<'_> {
    /// What the plan side has earned of the next epoch's work by what it gained in the last one.
    fn earned(&self) -> u64 {
        let Some(bound) = self.bound.bound().filter(|_| self.bound.ripe()) else { return 0 };
        // Where plans come out of lists of ways, a search over few orders at a time has little to add.
        if self.bound.lists() {
            return SHARES.0;
        }
        if self.share == 0 {
            return FIRST_SHARE;
        }
        let gain = i128::from(self.met.saturating_sub(self.search.first.total).max(0));
        let gap = i128::from(self.met.saturating_sub(bound).max(1));
        let fair = u64::try_from(1_000 * GOOD_GAIN * gain / gap).unwrap_or(1_000).min(1_000);
        let is_large = self.problem.orders.len() > WHOLE;
        let least = if is_large { LEAST_OF_MANY } else { SHARES.0 };
        ((self.share + fair) / 2).clamp(least, SHARES.1)
    }
}

/// What both threads of an epoch see.
#[derive(Default)]
struct Side {
    halt: AtomicBool,
    steps: AtomicU64,
    /// The plan side is done: its processor is free to help.
    alone: AtomicBool,
}

impl Side {
    /// The bound side of an epoch, at most so many steps; false if it was halted before its end.
    fn run(
        &self,
        (problem, users): (&Problem, &Users),
        bound: &mut BoundSide,
        incumbent: &Search,
        oracles: &mut [Oracle],
        most: u64,
    ) -> bool {
        while !self.halt.load(Ordering::Relaxed) {
            let threads = if self.alone.load(Ordering::Relaxed) { oracles.len() } else { 1 };
            if self.steps.load(Ordering::Relaxed) >= most
                || !bound.step(problem, users, incumbent, &mut oracles[..threads])
            {
                return true;
            }
            self.steps.fetch_add(1, Ordering::Relaxed);
        }
        false
    }
}

/// The plan side of an epoch.
struct PlanTurn {
    quantum: u64,
    begun: Option<u64>,
}

impl PlanTurn {
    fn new(quantum: u64) -> Self {
        Self { quantum, begun: None }
    }

    /// A chunk of steps, or a leg of two searches; false if the epoch's work is done.
    fn step(
        &mut self,
        problem: &Problem,
        users: &Users,
        (price, cuts): (&[i64], &Cuts),
        (search, threads): (&mut Pair, usize),
        oracles: &mut [Oracle; 2],
    ) -> bool {
        if self.quantum == 0 {
            return false;
        }
        let Some(begun) = self.begun else {
            self.begun = Some(search.work(oracles));
            if price.len() == cuts.rows() && search.first.stale {
                search.reprice(problem, (price, cuts), &mut oracles[0]);
            }
            return search.first.priced();
        };
        if search.work(oracles) - begun >= self.quantum {
            return false;
        }
        let leg = self.quantum / (2 * LEGS) + 1;
        search.go(problem, (users, cuts), oracles, (leg, threads));
        true
    }
}
