//! The dense problem: orders, lines, sites and arcs by number, all money in whole minor units.
//!
//! Units of an order come from *sites*: a site is a node that may serve the order. A site that ships anything costs
//! its package once. An *arc* is what one site may ship of one line. What is scarce is a *row*: units of a SKU at a
//! node, claims of a SKU in a pool, packages of a node. A [`Builder`] takes them in and proves every bound that the
//! solver relies on, so that sums of costs and prices never overflow.
//!
//! # Law
//! Row 0 is free: it has no limit and never a price. Everything that cannot bind points at it.

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;

/// Prices are whole ticks, this many to a minor unit, so that sums of costs and prices are exact.
pub(crate) const TICKS: i64 = 1 << TICK_BITS;
pub(crate) const TICK_BITS: u32 = 8;

/// The row that has no limit.
pub(crate) const FREE: u32 = 0;

/// What a row without a limit holds: more than all orders together could draw.
const ENDLESS: i64 = 1 << 60;

/// The most orders of a problem.
pub const MOST_ORDERS: usize = 1 << 24;
/// The most lines of an order.
pub const MOST_LINES: usize = 1 << 14;
/// The most arcs of a problem.
pub const MOST_ARCS: usize = 1 << 30;
/// The most units of a line.
pub const MOST_UNITS: u32 = 1 << 30;
/// The largest cost of a unit or a package, either way, in minor units.
pub const MOST_COST: i64 = 1 << 40;
/// The largest cost that all of an order, or all of a problem, could come to, in minor units.
pub const MOST_TOTAL: i64 = 1 << 50;

/// A problem that is out of bounds, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unsolvable {
    /// There is more of something than the solver counts to.
    #[error("{what} are {found}: at most {most} can be reckoned with")]
    TooMany {
        /// What there is too much of, such as "lines of order 7".
        what: String,
        /// How many there are.
        found: i64,
        /// How many there may be.
        most: i64,
    },
    /// A cost or a quantity is out of range.
    #[error("{what} is {found}: expected {expected}")]
    OutOfRange {
        /// Whose it is, such as "the package cost of order 7".
        what: String,
        /// What it is.
        found: i64,
        /// What it may be.
        expected: String,
    },
}

/// What a wave has to decide, as dense arrays.
///
/// Made by a [`Builder`]; orders, lines and nodes keep the numbers that they were added under.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Units of each row that can bind; row 0 has no limit.
    pub(crate) supply: Vec<i64>,
    /// Where each row that a builder gave out stands among these.
    number: Vec<u32>,
    pub(crate) orders: Vec<Order>,
    pub(crate) lines: Vec<Line>,
    pub(crate) sites: Vec<Site>,
    pub(crate) arcs: Vec<Arc>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) lines: (u32, u32),
    pub(crate) sites: (u32, u32),
    /// The most packages of sites that count.
    pub(crate) splits: u16,
    /// All units or none.
    pub(crate) complete: bool,
    /// Whether two lines may draw on one row that can bind.
    pub(crate) shares: bool,
    /// Whether the last line is no line of units, but stands for the first package.
    pub(crate) first: bool,
    /// What it costs to ship nothing.
    pub(crate) nothing: i64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) qty: u32,
    /// What a unit that stays unfilled costs.
    pub(crate) penalty: i64,
    /// All units from one site, or none.
    pub(crate) whole: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pub(crate) arcs: (u32, u32),
    /// What the package costs.
    pub(crate) fixed: i64,
    pub(crate) node: u32,
    /// The row of the node's capacity.
    pub(crate) row: u32,
    /// Whether the package counts towards the order's limit.
    pub(crate) counts: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Arc {
    /// What a unit costs.
    pub(crate) cost: i64,
    /// The most units.
    pub(crate) cap: u32,
    /// The row of the units themselves.
    pub(crate) row: u32,
    /// The row of the claims that they need.
    pub(crate) claim: u32,
    /// The line, counted within the order.
    pub(crate) line: u16,
}

pub(crate) fn span(range: (u32, u32)) -> Range<usize> {
    range.0 as usize..range.1 as usize
}

impl Problem {
    /// Starts an empty problem.
    #[must_use]
    pub fn builder() -> Builder {
        Builder { problem: Self::empty(), limits: vec![ENDLESS], keeps_rows: false }
    }

    fn empty() -> Self {
        let (orders, lines, sites, arcs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { supply: Vec::new(), number: Vec::new(), orders, lines, sites, arcs }
    }

    /// Counts the orders.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    /// Counts the ways to ship a line from a site, over all orders.
    #[must_use]
    pub fn arcs(&self) -> usize {
        self.arcs.len()
    }

    /// Counts the rows that can bind.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.supply.len() - 1
    }

    /// Gives what it costs to ship nothing at all.
    #[must_use]
    pub fn nothing(&self) -> i64 {
        self.orders.iter().map(|order| order.nothing).sum()
    }

    /// The order of magnitude of a package's cost in minor units: the mean over all sites, at least 1.
    pub(crate) fn package_scale(&self) -> f64 {
        let sum: f64 = self.sites.iter().map(|site| site.fixed as f64).sum();
        (sum / self.sites.len().max(1) as f64).max(1.0)
    }

    pub(crate) fn lines_of(&self, order: usize) -> &[Line] {
        &self.lines[span(self.orders[order].lines)]
    }

    /// Finds the rows that can bind, and points everything else at row 0 unless all are kept.
    fn settle(&mut self, limits: &[i64], keeps: bool) {
        let mut wanted = vec![0_i64; limits.len()];
        for site in &self.sites {
            wanted[site.row as usize] += 1;
            for arc in &self.arcs[span(site.arcs)] {
                wanted[arc.row as usize] += i64::from(arc.cap);
                wanted[arc.claim as usize] += i64::from(arc.cap);
            }
        }
        let mut number = vec![FREE; limits.len()];
        self.supply = vec![ENDLESS];
        for row in 1..limits.len() {
            if keeps || wanted[row] > limits[row] {
                number[row] = self.supply.len() as u32;
                self.supply.push(limits[row]);
            }
        }
        for site in &mut self.sites {
            site.row = number[site.row as usize];
        }
        for arc in &mut self.arcs {
            arc.row = number[arc.row as usize];
            arc.claim = number[arc.claim as usize];
        }
        for at in 0..self.orders.len() {
            self.orders[at].shares = self.shares(at);
        }
        self.number = number;
    }

    /// Where a row stands in `supply`; 0 if it cannot bind.
    pub(crate) fn place_of(&self, row: Row) -> u32 {
        self.number.get(row.0 as usize).copied().unwrap_or(FREE)
    }

    /// Where the rows stand in `supply`, in the order in which a builder gave them out, the free one first.
    pub(crate) fn places(&self) -> &[u32] {
        &self.number
    }

    fn shares(&self, order: usize) -> bool {
        let mut drawn: Vec<(u32, u16)> = Vec::new();
        for site in &self.sites[span(self.orders[order].sites)] {
            for arc in &self.arcs[span(site.arcs)] {
                drawn.extend([arc.row, arc.claim].map(|row| (row, arc.line)));
            }
        }
        drawn.retain(|(row, _)| *row != FREE);
        drawn.sort_unstable();
        drawn.dedup();
        drawn.windows(2).any(|two| two[0].0 == two[1].0)
    }
}

/// A row that a [`Builder`] gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row(u32);

impl Row {
    /// What has no limit.
    pub const FREE: Self = Self(FREE);

    /// The row that a builder gave out as the `at`-th one, counted from 0.
    pub(crate) fn given(at: usize) -> Self {
        Self(at as u32 + 1)
    }
}

/// The rules of an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrderRules {
    /// All units or none.
    pub complete: bool,
    /// The most packages of sites that count; nothing means any number.
    pub splits: Option<u16>,
    /// What every package beyond the first costs, in minor units; not below zero.
    ///
    /// A plan counts it once more than that for the order, whether or not it ships anything: every package costs it,
    /// and the first one, which is a line of its own that no shipment tells, saves it.
    pub further: i64,
}

/// What one site may ship of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The line, counted within the order.
    pub line: usize,
    /// What a unit costs, in minor units.
    pub cost: i64,
    /// Units that are there.
    pub units: u32,
    /// What they draw on.
    pub stock: Row,
    /// What claims they need.
    pub claim: Row,
}

/// A site of the order that is being added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSite {
    /// The node's number, for telling the plan.
    pub node: u32,
    /// What a package costs, in minor units.
    pub fixed: i64,
    /// What the package draws on.
    pub capacity: Row,
    /// Whether it counts towards the most packages.
    pub counts: bool,
    /// What it may ship, at most one offer a line, lines ascending.
    pub offers: Vec<Offer>,
}

/// Takes in a problem and proves its bounds.
#[derive(Debug, Clone)]
pub struct Builder {
    problem: Problem,
    limits: Vec<i64>,
    /// Whether rows that cannot bind stay rows.
    keeps_rows: bool,
}

impl Builder {
    /// Keeps rows that its own orders cannot exhaust, for a router: their prices tell what others want of them.
    #[must_use]
    pub const fn keeping_rows(mut self) -> Self {
        self.keeps_rows = true;
        self
    }

    /// Adds something scarce with this many units.
    pub fn row(&mut self, units: u64) -> Row {
        let row = self.limits.len() as u32;
        self.limits.push(i64::try_from(units).map_or(ENDLESS, |units| units.min(ENDLESS)));
        Row(row)
    }

    /// Adds an order with its lines (units, penalty of a unit that stays unfilled, whether the line comes whole) and
    /// its sites.
    ///
    /// Offers that can never be worth it are left out: a unit that costs as much as leaving it unfilled, a package
    /// that costs as much as all that it could save.
    ///
    /// # Errors
    /// [`Unsolvable`] where a number is beyond the bounds of this module.
    pub fn order(
        &mut self,
        rules: OrderRules,
        lines: &[(u32, i64, bool)],
        mut sites: Vec<NewSite>,
    ) -> Result<(), Unsolvable> {
        let number = self.problem.orders.len();
        let mut lines = Cow::Borrowed(lines);
        if rules.further != 0 {
            charge_further(rules.further, lines.to_mut(), &mut sites);
        }
        self.bounds(number, &lines, &sites)?;
        let problem = &mut self.problem;
        let first_line = problem.lines.len() as u32;
        let first_site = problem.sites.len() as u32;
        let added = lines.iter().map(|&(qty, penalty, whole)| Line { qty, penalty, whole });
        problem.lines.extend(added);
        for site in sites {
            let first_arc = problem.arcs.len();
            let mut saves = 0;
            for offer in &site.offers {
                let (qty, penalty, whole) = lines[offer.line];
                let cap = offer.units.min(qty);
                let useless = cap == 0 || (whole && cap < qty);
                if useless || (offer.cost >= penalty && !rules.complete) {
                    continue;
                }
                saves += (penalty - offer.cost) * i64::from(cap);
                problem.arcs.push(Arc {
                    cost: offer.cost,
                    cap,
                    row: offer.stock.0,
                    claim: offer.claim.0,
                    line: offer.line as u16,
                });
            }
            if saves <= site.fixed && !rules.complete {
                problem.arcs.truncate(first_arc);
            }
            if problem.arcs.len() > first_arc {
                problem.sites.push(Site {
                    arcs: (first_arc as u32, problem.arcs.len() as u32),
                    fixed: site.fixed,
                    node: site.node,
                    row: site.capacity.0,
                    counts: site.counts,
                });
            }
        }
        let nothing = lines.iter().map(|(qty, penalty, _)| i64::from(*qty) * penalty).sum();
        problem.orders.push(Order {
            lines: (first_line, problem.lines.len() as u32),
            sites: (first_site, problem.sites.len() as u32),
            splits: rules.splits.unwrap_or(u16::MAX),
            complete: rules.complete,
            shares: false,
            first: rules.further != 0,
            nothing,
        });
        Ok(())
    }

    fn bounds(
        &self,
        number: usize,
        lines: &[(u32, i64, bool)],
        sites: &[NewSite],
    ) -> Result<(), Unsolvable> {
        let of = |what: &str| format!("{what} of order {number}");
        at_most(number + 1, MOST_ORDERS, || "orders".to_owned())?;
        at_most(lines.len(), MOST_LINES, || of("lines"))?;
        let arcs = sites.iter().map(|site| site.offers.len()).sum::<usize>();
        at_most(self.problem.arcs.len() + arcs, MOST_ARCS, || "arcs".to_owned())?;
        at_most(sites.len(), usize::from(u16::MAX), || of("sites"))?;
        let mut worst = 0_i64;
        for (qty, penalty, _) in lines {
            in_range(i64::from(*qty), 0, i64::from(MOST_UNITS), || of("a quantity"))?;
            in_range(*penalty, 0, MOST_COST, || of("a penalty"))?;
            worst = worst.saturating_add(i64::from(*qty).saturating_mul(*penalty));
        }
        for site in sites {
            in_range(site.fixed, 0, MOST_COST, || of("the package cost"))?;
            worst = worst.saturating_add(site.fixed);
            for offer in &site.offers {
                in_range(offer.cost, -MOST_COST, MOST_COST, || of("a unit cost"))?;
                let qty = lines.get(offer.line).map_or(0, |line| line.0);
                let cost = i64::from(qty).saturating_mul(offer.cost.abs());
                worst = worst.saturating_add(cost);
            }
        }
        in_range(worst, 0, MOST_TOTAL, || of("the largest total"))
    }

    /// Ends the problem.
    ///
    /// # Errors
    /// [`Unsolvable`] if all orders together could cost more than can be reckoned with.
    pub fn build(mut self) -> Result<Problem, Unsolvable> {
        let total = self.problem.orders.iter().fold(0_i64, |sum, o| sum.saturating_add(o.nothing));
        let packages = self.problem.sites.iter().fold(0_i64, |sum, s| sum.saturating_add(s.fixed));
        let total = total.saturating_add(packages);
        in_range(total, 0, MOST_TOTAL, || "the largest total of all orders".to_owned())?;
        self.problem.settle(&self.limits, self.keeps_rows);
        Ok(self.problem)
    }
}

/// Lets every package cost so much, and the first one save it.
fn charge_further(further: i64, lines: &mut Vec<(u32, i64, bool)>, sites: &mut [NewSite]) {
    let line = lines.len();
    lines.push((1, further, false));
    for site in sites {
        site.fixed = site.fixed.saturating_add(further);
        let (stock, claim) = (Row::FREE, Row::FREE);
        site.offers.push(Offer { line, cost: 0, units: 1, stock, claim });
    }
}

fn at_most(found: usize, most: usize, what: impl Fn() -> String) -> Result<(), Unsolvable> {
    if found <= most {
        return Ok(());
    }
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    Err(Unsolvable::TooMany { what: what(), found: number(found), most: number(most) })
}

fn in_range(found: i64, low: i64, high: i64, what: impl Fn() -> String) -> Result<(), Unsolvable> {
    if (low..=high).contains(&found) {
        return Ok(());
    }
    Err(Unsolvable::OutOfRange { what: what(), found, expected: format!("{low} to {high}") })
}
