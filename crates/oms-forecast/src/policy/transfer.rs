//! One node has too much of what another lacks: what to move.
//!
//! Every node's expected cost of stock and of missed demand is convex in what it has, so the best moves are a flow of
//! least convex cost. Units are sent one lot at a time along the cheapest path, which may take back what an earlier one
//! did; when no path saves anything, nothing does.
//!
//! # Source
//! Successive shortest paths: Busacker and Gowen 1960; with convex costs: Ahuja, Magnanti and Orlin, *Network Flows*, ch. 14.

use super::distribution::Distribution;
use super::error::{PolicyError, above_zero, not_negative, number};
use super::newsvendor::mismatch;

/// Lots that one call moves.
pub const MOST_MOVES: usize = 100_000;
/// Savings below this share of a lot's cost are rounding.
const NOTHING: f64 = 1e-9;

/// A node with its stock.
#[derive(Clone, Debug)]
pub struct NodeStock<'a> {
    /// Demand there until the next supply.
    pub demand: &'a Distribution,
    /// Units on hand and on their way, less those owed.
    pub position: f64,
    /// Units that can leave: on hand and free.
    pub free: u64,
    /// What a unit costs that is left.
    pub holding_cost: f64,
    /// What a unit costs that is missed.
    pub stockout_cost: f64,
}

/// A way from node to node, by their places in the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lane {
    /// Where units leave.
    pub from: usize,
    /// Where they arrive.
    pub to: usize,
    /// What a unit costs on the way.
    pub unit_cost: f64,
}

/// Units moved along a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its place in the list of lanes.
    pub lane: usize,
    /// How many.
    pub units: u64,
}

/// What to move, and what it saves.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfers {
    /// By lane, in the order of the lanes.
    pub moved: Vec<Moved>,
    /// Expected cost saved, the cost of moving taken off.
    pub saved: f64,
}

/// The moves, in lots of so many units, that leave the least expected cost.
///
/// # Law
/// No moves save more; from no node leaves more than is free there now.
///
/// # Errors
/// [`PolicyError`] where a cost is out of range, a lane leads to no node, or more than [`MOST_MOVES`] lots would move.
///
/// # Cost
/// For each lot moved, nodes times lanes at worst.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, Lane, Moved, NodeStock, transfers};
///
/// let week = Distribution::poisson(5.0)?;
/// let node = |position: u32| NodeStock {
///     demand: &week, position: position.into(), free: position.into(), holding_cost: 1.0, stockout_cost: 9.0,
/// };
/// let done = transfers(&[node(12), node(2)], &[Lane { from: 0, to: 1, unit_cost: 0.5 }], 1)?;
/// assert_eq!(done.moved, [Moved { lane: 0, units: 5 }]);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn transfers(
    nodes: &[NodeStock<'_>],
    lanes: &[Lane],
    lot: u64,
) -> Result<Transfers, PolicyError> {
    above_zero("lot", lot as f64)?;
    for node in nodes {
        number("position", node.position)?;
        above_zero("holding_cost", node.holding_cost)?;
        above_zero("stockout_cost", node.stockout_cost)?;
    }
    for lane in lanes {
        not_negative("unit_cost", lane.unit_cost)?;
        let most = lane.from.max(lane.to);
        if most >= nodes.len() || lane.from == lane.to {
            let (name, wanted) = ("end of a lane", "the places of two different nodes");
            return Err(PolicyError::Value { name, found: most as f64, wanted });
        }
    }
    let mut flow = Flow::new(nodes, lanes, lot);
    let mut saved = 0.0;
    for _ in 0..MOST_MOVES {
        let Some(path) = flow.cheapest() else {
            let moved = flow.arcs.iter().take(lanes.len()).enumerate();
            let moved = moved.filter(|(_, arc)| arc.used > 0);
            let moved = moved.map(|(lane, arc)| Moved { lane, units: arc.used * lot }).collect();
            return Ok(Transfers { moved, saved });
        };
        saved -= path.cost;
        flow.send(&path);
    }
    let (what, instead) = ("the number of lots to move", "move in larger lots");
    Err(PolicyError::TooMuch { what, found: MOST_MOVES as f64, most: MOST_MOVES, instead })
}

/// A way that lots may take, and how many do.
struct Arc {
    from: usize,
    to: usize,
    cost: f64,
    most: u64,
    used: u64,
}

/// Each node stands three times: where lots arrive (`n + node`), where they are taken from its stock or from what arrived
/// (`2n + node`), and where they leave (`node`). No more leave than are free now.
struct Flow<'a> {
    nodes: &'a [NodeStock<'a>],
    lot: u64,
    /// The lanes first.
    arcs: Vec<Arc>,
    /// Lots taken from a node's stock and added to it.
    given: Vec<u32>,
    got: Vec<u32>,
}

struct Path {
    cost: f64,
    giver: usize,
    taker: usize,
    /// Arcs, and whether they are taken forward.
    steps: Vec<(usize, bool)>,
}

impl<'a> Flow<'a> {
    fn new(nodes: &'a [NodeStock<'a>], lanes: &[Lane], lot: u64) -> Self {
        let n = nodes.len();
        let mut arcs: Vec<Arc> = Vec::with_capacity(lanes.len() + 2 * n);
        let mut add = |from, to, cost, most| arcs.push(Arc { from, to, cost, most, used: 0 });
        for lane in lanes {
            add(lane.from, n + lane.to, lane.unit_cost * lot as f64, u64::MAX);
        }
        for (at, node) in nodes.iter().enumerate() {
            add(n + at, 2 * n + at, 0.0, u64::MAX);
            add(2 * n + at, at, 0.0, node.free / lot);
        }
        Self { nodes, lot, arcs, given: vec![0; n], got: vec![0; n] }
    }

    /// What a node's expected cost changes by from so many lots more to so many.
    fn change(&self, node: usize, from: f64, to: f64) -> f64 {
        let its = &self.nodes[node];
        let cost = |lots: f64| {
            let stock = its.position + lots * self.lot as f64;
            mismatch(its.demand, its.holding_cost, its.stockout_cost, stock)
        };
        cost(to) - cost(from)
    }

    /// The path by which one lot more saves most.
    fn cheapest(&self) -> Option<Path> {
        let n = self.nodes.len();
        // What it costs to have a lot here, and the arc by which it came.
        let mut best: Vec<(f64, Option<(usize, bool)>)> = vec![(f64::INFINITY, None); 3 * n];
        for node in 0..n {
            let given = -f64::from(self.given[node]);
            best[2 * n + node].0 = self.change(node, given, given - 1.0);
        }
        for _ in 0..3 * n {
            if !self.relax(&mut best) {
                break;
            }
        }
        let ends = (0..n).filter(|node| best[n + node].0 < f64::INFINITY).map(|node| {
            let got = f64::from(self.got[node]);
            (best[n + node].0 + self.change(node, got, got + 1.0), node)
        });
        let (cost, taker) = ends.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
        if cost >= -NOTHING {
            return None;
        }
        let (mut steps, mut at) = (Vec::new(), n + taker);
        while let Some((arc, forward)) = best[at].1 {
            steps.push((arc, forward));
            at = if forward { self.arcs[arc].from } else { self.arcs[arc].to };
            if steps.len() > 3 * n {
                return None;
            }
        }
        Some(Path { cost, giver: at - 2 * n, taker, steps })
    }

    /// Goes over all arcs once; says whether one led anywhere cheaper.
    fn relax(&self, best: &mut [(f64, Option<(usize, bool)>)]) -> bool {
        let mut changed = false;
        for (at, arc) in self.arcs.iter().enumerate() {
            let there = (arc.used < arc.most, arc.from, arc.to, arc.cost, true);
            let back = (arc.used > 0, arc.to, arc.from, -arc.cost, false);
            for (open, from, to, cost, forward) in [there, back] {
                // A hair less is rounding, and must not lead in circles.
                if open && best[from].0 + cost < best[to].0 - NOTHING {
                    best[to] = (best[from].0 + cost, Some((at, forward)));
                    changed = true;
                }
            }
        }
        changed
    }

    fn send(&mut self, path: &Path) {
        self.given[path.giver] += 1;
        self.got[path.taker] += 1;
        for &(arc, forward) in &path.steps {
            let arc = &mut self.arcs[arc];
            if forward { arc.used += 1 } else { arc.used -= 1 }
        }
    }
}
