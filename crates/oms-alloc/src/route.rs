//! One order at a time, against what is left of everything, at the prices of the last wave.

use crate::hover::hover;
use crate::oracle::Oracle;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::wave::{Outcome, Progress, Shipment, shipments, shipments_of};

/// Passes over the orders of a wave that its prices are the mean of, or rather of their later half.
const PASSES: u32 = 100;

/// What a unit of each row is worth to the orders that are still to come.
///
/// They are told by row, as a builder gave the rows out, so that the prices of one wave serve every later problem over
/// the same rows.
///
/// # Units
/// 256 ticks to a minor unit.
///
/// # Example
/// See [`Router`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowPrices(Vec<i64>);

impl RowPrices {
    /// The prices of a wave over `problem`: the mean of those around the ones that prove its bound; none where it has no
    /// bound.
    ///
    /// # Cost
    /// 100 passes over the orders: 0.1 to 0.3 s for 2,000 orders and 50 nodes.
    #[must_use]
    pub fn of(problem: &Problem, wave: &Outcome) -> Self {
        if wave.price().is_empty() {
            return Self::default();
        }
        let mut from = vec![0; problem.supply.len()];
        from.iter_mut().zip(wave.price()).for_each(|(from, price)| *from = *price);
        let orders: Vec<usize> = (0..problem.orders.len()).collect();
        let of = (problem.supply.as_slice(), orders.as_slice());
        Self::told(problem, &hover(problem, &from, of, PASSES, &mut Oracle::default()))
    }

    /// The prices that prove the bound of a wave over `problem`; none where it has no bound.
    pub(crate) fn proving(problem: &Problem, wave: &Outcome) -> Self {
        Self::told(problem, wave.price())
    }

    /// Prices by place, told by row.
    fn told(problem: &Problem, price: &[i64]) -> Self {
        let row = |place: &u32| price.get(*place as usize).copied().unwrap_or(0);
        Self(problem.places().iter().map(row).collect())
    }

    /// The mean of several prices of the same rows; none of none.
    #[must_use]
    pub fn mean(all: &[Self]) -> Self {
        let rows = all.iter().map(|prices| prices.0.len()).max().unwrap_or(0);
        let mean = |row: usize| {
            let sum: i128 =
                all.iter().filter_map(|prices| prices.0.get(row)).copied().map(i128::from).sum();
            i64::try_from(sum / all.len().max(1) as i128).unwrap_or(i64::MAX)
        };
        Self((0..rows).map(mean).collect())
    }

    /// The same for the rows of another problem; a row that they do not know has no price.
    fn at(&self, problem: &Problem) -> Vec<i64> {
        let mut price = vec![0; problem.supply.len()];
        for (place, known) in problem.places().iter().zip(&self.0) {
            price[*place as usize] = *known;
        }
        // What cannot bind is worth nothing.
        price[0] = 0;
        price
    }
}

/// Serves the orders of a problem one by one, in any order.
///
/// Each is served in the best way there is for it at the prices: exactly, but for orders beyond the tables. RowPrices keep
/// units of what is scarce for orders that need them more; without prices a router looks at nothing but the order. Where
/// prices come from other orders than those of the problem, it is one that [keeps its rows](crate::Builder::keeping_rows).
///
/// # Cost
/// Microseconds an order: O(nodes that may serve it × its lines), and exponential in lines that are split.
///
/// # Example
/// ```
/// use oms_alloc::{NewSite, Offer, OrderRules, Problem, Router, Row, RowPrices, WaveOptions, plan_wave};
///
/// // One unit at node 0, which is near; node 1 is far, and the second order can do without it least.
/// let mut builder = Problem::builder();
/// let near = builder.row(1);
/// for far in [500, 900] {
///     let offer = |stock| Offer { line: 0, cost: 10, units: 1, stock, claim: Row::FREE };
///     let site = |node, fixed, offer| NewSite { node, fixed, capacity: Row::FREE, counts: true, offers: vec![offer] };
///     let sites = vec![site(0, 400, offer(near)), site(1, far, offer(Row::FREE))];
///     builder.order(OrderRules::default(), &[(1, 5_000, false)], sites)?;
/// }
/// let problem = builder.build()?;
/// let wave = plan_wave(&problem, &WaveOptions::default(), &mut |_| false);
/// let mut router = Router::new(&problem, &RowPrices::of(&problem, &wave));
/// let nodes = [0, 1].map(|order| router.route(order).unwrap().shipments[0].node);
/// assert_eq!(nodes, [1, 0]);
/// # Ok::<(), oms_alloc::Unsolvable>(())
/// ```
#[derive(Debug)]
pub struct Router<'p> {
    problem: &'p Problem,
    price: Vec<i64>,
    plan: Plan,
    /// Whether each order has come.
    came: Vec<bool>,
    oracle: Oracle,
}

/// How an order is served.
///
/// # Units
/// Minor units, what stays unfilled included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed {
    /// Who ships what of it.
    pub shipments: Vec<Shipment>,
    /// What that costs, prices apart.
    pub cost: i64,
}

impl<'p> Router<'p> {
    /// A router with all units of all rows at hand.
    #[must_use]
    pub fn new(problem: &'p Problem, prices: &RowPrices) -> Self {
        let (price, plan) = (prices.at(problem), Plan::empty(problem));
        let came = vec![false; problem.orders.len()];
        Self { problem, price, plan, came, oracle: Oracle::default() }
    }

    /// Serves an order from what is left, and takes the units; one that was served before is served anew. Nothing if
    /// there is no such order.
    pub fn route(&mut self, order: usize) -> Option<Routed> {
        self.withdraw(order)?;
        self.plan.serve_best(self.problem, order, &self.price, &mut self.oracle);
        let takes = &self.plan.takes[order];
        let shipments = shipments_of(self.problem, order, takes).collect();
        Some(Routed { shipments, cost: self.plan.cost[order] })
    }

    /// Goes on at other prices, as when stock and expectations have moved.
    pub fn reprice(&mut self, prices: &RowPrices) {
        self.price = prices.at(self.problem);
    }

    /// Goes on at prices for the rest: those orders of the problem that were neither routed nor withdrawn so far, served
    /// from what is left now. Whoever routes the orders of a wave calls this now and then, such as after each twentieth
    /// of them: the units that earlier ones took or refused move what the others are worth.
    ///
    /// # Cost
    /// A pass takes what routing all these orders takes; 30 are enough. It is no part of routing an order, and may run
    /// while nobody waits.
    ///
    /// # Example
    /// ```
    /// use oms_alloc::{NewSite, Offer, OrderRules, Problem, Router, Row, RowPrices};
    ///
    /// // One unit at node 0, which is near; the second order can do without it least.
    /// let mut builder = Problem::builder();
    /// let near = builder.row(1);
    /// for far in [500, 900] {
    ///     let offer = |stock| Offer { line: 0, cost: 10, units: 1, stock, claim: Row::FREE };
    ///     let site = |node, fixed, offer| NewSite { node, fixed, capacity: Row::FREE, counts: true, offers: vec![offer] };
    ///     let sites = vec![site(0, 400, offer(near)), site(1, far, offer(Row::FREE))];
    ///     builder.order(OrderRules::default(), &[(1, 5_000, false)], sites)?;
    /// }
    /// let problem = builder.build()?;
    /// let mut router = Router::new(&problem, &RowPrices::default());
    /// router.reprice_for_rest(30);
    /// assert_eq!(router.route(0).unwrap().shipments[0].node, 1);
    /// // The second order is cancelled before it comes, and the first is served anew.
    /// router.withdraw(1).unwrap();
    /// router.reprice_for_rest(30);
    /// assert_eq!(router.route(0).unwrap().shipments[0].node, 0);
    /// # Ok::<(), oms_alloc::Unsolvable>(())
    /// ```
    pub fn reprice_for_rest(&mut self, passes: u32) {
        let rest = (0..self.came.len()).filter(|order| !self.came[*order]);
        let rest: Vec<usize> = rest.collect();
        let of = (self.plan.left.as_slice(), rest.as_slice());
        self.price = hover(self.problem, &self.price, of, passes, &mut self.oracle);
    }

    /// Gives back the units of an order, as when it is cancelled, and expects it no more. Nothing if there is no such
    /// order.
    pub fn withdraw(&mut self, order: usize) -> Option<()> {
        *self.came.get_mut(order)? = true;
        self.plan.withdraw(self.problem, order);
        Some(())
    }

    /// All that is routed, as the outcome of a wave without a bound.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let takes = self.plan.takes.iter().map(Vec::as_slice);
        let progress = Progress { work: 0, cost: self.plan.total, bound: None };
        Outcome::unpriced(shipments(self.problem, takes), progress)
    }
}
