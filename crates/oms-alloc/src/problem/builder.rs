//! Taking in a problem, order by order, and proving its bounds.

use std::borrow::Cow;

use super::bundle::{self, BadBundle, Bundle, BundleOffer};
use super::{
    Arc, ENDLESS, FREE, Line, MOST_ARCS, MOST_COST, MOST_LINES, MOST_ORDERS, MOST_TOTAL,
    MOST_UNITS, Order, Problem, Site, Unsolvable,
};

/// A row that a [`Builder`] gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row(pub(super) u32);

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
pub struct OrderRules<'b> {
    /// All units or none.
    pub complete: bool,
    /// The most packages of sites that count; nothing means any number.
    pub splits: Option<u16>,
    /// What every package beyond the first costs, in minor units; not below zero.
    ///
    /// A plan counts it once more than that for the order, whether or not it ships anything: every package costs it,
    /// and the first one, which is a line of its own that no shipment tells, saves it.
    pub further: i64,
    /// Lines that leave together; what a site lacks one line of, it cannot offer.
    pub bundles: &'b [Bundle],
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
    pub(super) fn new() -> Self {
        Self { problem: Problem::empty(), limits: vec![ENDLESS], keeps_rows: false }
    }

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
    /// Offers that can never be worth it are left out: a unit or a bundle that costs as much as leaving it unfilled, a
    /// package that costs as much as all that it could save.
    ///
    /// # Errors
    /// [`Unsolvable`] where a number is beyond the bounds of this module.
    pub fn order(
        &mut self,
        rules: OrderRules<'_>,
        lines: &[(u32, i64, bool)],
        mut sites: Vec<NewSite>,
    ) -> Result<(), Unsolvable> {
        let number = self.problem.orders.len();
        let given = lines.len();
        let mut lines = Cow::Borrowed(lines);
        if rules.further != 0 {
            charge_further(rules.further, lines.to_mut(), &mut sites);
        }
        self.bounds(number, &lines, &sites)?;
        let (mut told, mut bundled) = (Vec::new(), Vec::new());
        if !rules.bundles.is_empty() || rules.further != 0 {
            self.check_bundles(number, rules.bundles, &lines[..given])?;
            let whole = bundle::compose(number, rules.bundles, (&lines, given), &mut sites)?;
            (lines, told, bundled) = (Cow::Owned(whole.lines), whole.told, whole.offers);
        }
        let problem = &mut self.problem;
        let first_line = problem.lines.len() as u32;
        let first_site = problem.sites.len() as u32;
        problem.add_lines(&lines, &told);
        for (at, site) in sites.iter().enumerate() {
            let bundled = bundled.get(at).map_or(&[][..], Vec::as_slice);
            problem.add_site(site, bundled, (&lines, rules.complete));
        }
        let nothing = lines.iter().map(|(qty, penalty, _)| i64::from(*qty) * penalty).sum();
        problem.orders.push(Order {
            lines: (first_line, problem.lines.len() as u32),
            sites: (first_site, problem.sites.len() as u32),
            splits: rules.splits.unwrap_or(u16::MAX),
            complete: rules.complete,
            shares: false,
            nothing,
        });
        Ok(())
    }

    fn check_bundles(
        &self,
        number: usize,
        bundles: &[Bundle],
        lines: &[(u32, i64, bool)],
    ) -> Result<(), Unsolvable> {
        let wanted: Vec<u32> = lines.iter().map(|line| line.0).collect();
        bundle::check(bundles, &wanted).map_err(|bad| {
            let BadBundle { field, found, expected } = bad;
            Unsolvable::OutOfRange { what: format!("{field} of order {number}"), found, expected }
        })
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
            let rows = site.offers.iter().flat_map(|offer| [offer.stock, offer.claim]);
            for Row(row) in rows.chain([site.capacity]) {
                below(row as usize, self.limits.len(), || of("a row"))?;
            }
            for offer in &site.offers {
                below(offer.line, lines.len(), || of("the line of an offer"))?;
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

impl Problem {
    /// Adds lines, with what each is told as where that is not itself.
    fn add_lines(&mut self, lines: &[(u32, i64, bool)], told: &[Vec<(u16, u32)>]) {
        for (at, &(qty, penalty, whole)) in lines.iter().enumerate() {
            let parts = told.get(at).map(|parts| {
                let first = self.told.len() as u32;
                self.told.extend(parts);
                (first, self.told.len() as u32)
            });
            let units = told.get(at).map_or(1, |parts| parts.iter().map(|part| part.1).sum());
            self.lines.push(Line { qty, penalty, whole, units: units.max(1), told: parts });
        }
    }

    /// Adds a site of the order whose lines these are, with what it offers of bundles beside other lines, unless it is
    /// never worth it.
    fn add_site(
        &mut self,
        site: &NewSite,
        bundled: &[BundleOffer],
        (lines, complete): (&[(u32, i64, bool)], bool),
    ) {
        let (first_arc, first_draw) = (self.arcs.len(), self.draws.len());
        let mut saves = 0;
        let loose = site.offers.iter().map(|offer| (offer, None));
        let bundled = bundled.iter().map(|(offer, draws)| (offer, Some(draws)));
        for (offer, draws) in loose.chain(bundled) {
            let (qty, penalty, whole) = lines[offer.line];
            let cap = offer.units.min(qty);
            let useless = cap == 0 || (whole && cap < qty);
            if useless || (offer.cost >= penalty && !complete) {
                continue;
            }
            saves += (penalty - offer.cost) * i64::from(cap);
            let from = self.draws.len() as u32;
            self.draws.extend(draws.into_iter().flatten().map(|(row, times)| (row.0, *times)));
            self.arcs.push(Arc {
                cost: offer.cost,
                cap,
                draws: match draws {
                    None => (offer.stock.0, offer.claim.0),
                    Some(_) => (from, self.draws.len() as u32),
                },
                line: offer.line as u16,
                is_bundle: draws.is_some(),
            });
        }
        if saves <= site.fixed && !complete {
            self.arcs.truncate(first_arc);
            self.draws.truncate(first_draw);
        }
        if self.arcs.len() > first_arc {
            self.sites.push(Site {
                arcs: (first_arc as u32, self.arcs.len() as u32),
                fixed: site.fixed,
                node: site.node,
                row: site.capacity.0,
                counts: site.counts,
            });
        }
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

fn below(found: usize, count: usize, what: impl Fn() -> String) -> Result<(), Unsolvable> {
    let number = |index| i64::try_from(index).unwrap_or(i64::MAX);
    in_range(number(found), 0, number(count) - 1, what)
}

pub(super) fn in_range(
    found: i64,
    low: i64,
    high: i64,
    what: impl Fn() -> String,
) -> Result<(), Unsolvable> {
    if (low..=high).contains(&found) {
        return Ok(());
    }
    Err(Unsolvable::OutOfRange { what: what(), found, expected: format!("{low} to {high}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Goal: an offer of a line that is none, and a row of another problem, are told. Method: one of each, by hand.
    #[test]
    fn strangers_are_told() {
        let foreign = {
            let mut other = Builder::new();
            other.row(1);
            other.row(1)
        };
        let site = |line, stock, capacity| {
            let offers = vec![Offer { line, cost: 1, units: 1, stock, claim: Row::FREE }];
            vec![NewSite { node: 0, fixed: 0, capacity, counts: true, offers }]
        };
        let order = |sites| {
            let told = Builder::new().order(OrderRules::default(), &[(1, 9, false)], sites);
            told.map_err(|error| error.to_string())
        };
        assert_eq!(order(site(0, Row::FREE, Row::FREE)), Ok(()));
        for sites in [
            site(1, Row::FREE, Row::FREE),
            site(0, foreign, Row::FREE),
            site(0, Row::FREE, foreign),
        ] {
            assert!(order(sites).unwrap_err().contains("of order 0 is "));
        }
    }
}
