//! Where along a supply chain to keep safety stock, when each stage guarantees its service time.
//!
//! A stage that quotes a service time S, gets its goods after SI and needs T itself must bridge SI + T - S periods from
//! stock. Quoting more saves stock here and costs stock there; the best quotes of a whole tree come from a dynamic
//! programme over its edges.
//!
//! # Source
//! Graves and Willems, *Optimizing strategic safety stock placement in supply chains*, Manufacturing & Service Operations
//! Management 2, 2000.

use super::error::{PolicyError, above_zero, not_negative};

/// The longest service time that a stage may come to, in periods.
pub const MOST_SERVICE_TIME: u32 = 2_000;

/// A stage of the supply chain.
#[derive(Clone, Debug, PartialEq)]
pub struct StockNode {
    /// Periods from having all its inputs to having made or moved a unit.
    pub processing_time: u32,
    /// Cost of a unit that lies here, by the period.
    pub holding_cost: f64,
    /// Periods that its outside supplier takes, where it has one.
    pub external_inbound: u32,
    /// Periods that its outside customers wait at most, where it has some.
    pub external_outbound: Option<u32>,
    /// How many deviations of demand safety stock covers: 1.645 for 95 %.
    pub demand_bound_constant: f64,
    /// Standard deviation of outside demand at this stage in one period, 0 where there is none.
    pub demand_deviation: f64,
    /// The stages that it supplies, by their places.
    pub successors: Vec<usize>,
}

/// What a stage promises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Committed {
    /// Periods after which its inputs are there: SI.
    pub inbound: u32,
    /// Periods within which it serves: S.
    pub outbound: u32,
    /// Periods that its stock must bridge.
    pub net_lead_time: u32,
    /// Units of safety stock.
    pub safety_stock: f64,
}

/// The best promises.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// By stage.
    pub committed: Vec<Committed>,
    /// Holding cost of all safety stock, by the period.
    pub cost: f64,
}

/// The service times of least holding cost, exact for a tree: stages whose lanes, whatever their direction, hold all
/// together without a circle.
///
/// Demand that comes to a stage from several successors is taken as independent.
///
/// # Errors
/// [`PolicyError`] where the stages are no tree, a value is out of range, or service times go beyond
/// [`MOST_SERVICE_TIME`].
///
/// # Cost
/// Stages times the square of the longest service time.
///
/// # Example
/// ```
/// use oms_forecast::policy::{StockNode, guaranteed_service};
///
/// let plant = StockNode {
///     processing_time: 5, holding_cost: 1.0, external_inbound: 0, external_outbound: None,
///     demand_bound_constant: 2.0, demand_deviation: 0.0, successors: vec![1],
/// };
/// let shop = StockNode {
///     processing_time: 1, holding_cost: 1.2, external_outbound: Some(0), demand_deviation: 10.0,
///     successors: vec![], ..plant.clone()
/// };
/// let best = guaranteed_service(&[plant, shop])?;
/// // All of it in the shop: 1.2 · 2 · 10 · √6 is less than keeping some at both.
/// assert_eq!(best.committed[1].net_lead_time, 6);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn guaranteed_service(nodes: &[StockNode]) -> Result<Placement, PolicyError> {
    let tree = Tree::of(nodes)?;
    let deviation = tree.deviations()?;
    let longest = tree.longest()?;
    let mut solved =
        Solved { tree: &tree, deviation, longest, tables: vec![Vec::new(); nodes.len()] };
    for &node in tree.order.iter().rev() {
        solved.tables[node] = solved.table(node);
    }
    Ok(solved.unfold())
}

/// The stages, hung up at the first one.
struct Tree<'a> {
    nodes: &'a [StockNode],
    predecessors: Vec<Vec<usize>>,
    parent: Vec<Option<usize>>,
    /// Each stage after its parent.
    order: Vec<usize>,
}

impl<'a> Tree<'a> {
    fn of(nodes: &'a [StockNode]) -> Result<Self, PolicyError> {
        let broken = |what: String| PolicyError::Shape {
            what,
            instead: "give stages that hang together without a circle",
        };
        let mut predecessors = vec![Vec::new(); nodes.len()];
        let mut edges = 0;
        for (at, node) in nodes.iter().enumerate() {
            not_negative("holding_cost", node.holding_cost)?;
            above_zero("demand_bound_constant", node.demand_bound_constant)?;
            not_negative("demand_deviation", node.demand_deviation)?;
            for &to in &node.successors {
                if to >= nodes.len() || to == at {
                    return Err(broken(format!(
                        "stage `{at}` supplies `{to}`, which is no other stage"
                    )));
                }
                predecessors[to].push(at);
                edges += 1;
            }
        }
        let mut tree =
            Self { nodes, predecessors, parent: vec![None; nodes.len()], order: Vec::new() };
        let mut found = vec![false; nodes.len()];
        if let Some(first) = found.first_mut() {
            *first = true;
            tree.order.push(0);
        }
        let mut next = 0;
        while let Some(&node) = tree.order.get(next) {
            next += 1;
            let around: Vec<usize> = tree.around(node).collect();
            for other in around {
                if !found[other] {
                    found[other] = true;
                    tree.parent[other] = Some(node);
                    tree.order.push(other);
                }
            }
        }
        if tree.order.len() != nodes.len() || edges + 1 != nodes.len() {
            return Err(broken(format!(
                "`{}` stages with `{edges}` lanes are no tree",
                nodes.len()
            )));
        }
        Ok(tree)
    }

    fn around(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.predecessors[node].iter().chain(&self.nodes[node].successors).copied()
    }

    /// Stages from suppliers to customers: each after all its predecessors.
    fn downstream(&self) -> Vec<usize> {
        let mut waiting: Vec<usize> = self.predecessors.iter().map(Vec::len).collect();
        let mut order: Vec<usize> = (0..waiting.len()).filter(|at| waiting[*at] == 0).collect();
        let mut next = 0;
        while let Some(&node) = order.get(next) {
            next += 1;
            for &to in &self.nodes[node].successors {
                waiting[to] -= 1;
                if waiting[to] == 0 {
                    order.push(to);
                }
            }
        }
        order
    }

    /// Deviation of all demand that a stage serves.
    fn deviations(&self) -> Result<Vec<f64>, PolicyError> {
        let mut variance: Vec<f64> =
            self.nodes.iter().map(|node| node.demand_deviation * node.demand_deviation).collect();
        for &node in self.downstream().iter().rev() {
            let passed: f64 = self.nodes[node].successors.iter().map(|to| variance[*to]).sum();
            variance[node] += passed;
        }
        variance.iter().map(|v| not_negative("demand_deviation", v.sqrt())).collect()
    }

    /// The longest time from nothing to a unit, by stage.
    fn longest(&self) -> Result<Vec<u32>, PolicyError> {
        let mut longest = vec![0_u32; self.nodes.len()];
        for node in self.downstream() {
            let its = &self.nodes[node];
            let inputs = self.predecessors[node].iter().map(|from| longest[*from]);
            let inbound = inputs.max().unwrap_or_default().max(its.external_inbound);
            longest[node] = inbound.saturating_add(its.processing_time);
            if longest[node] > MOST_SERVICE_TIME {
                return Err(PolicyError::TooMuch {
                    what: "the time from the first supplier to a stage",
                    found: f64::from(longest[node]),
                    most: MOST_SERVICE_TIME as usize,
                    instead: "count in longer periods",
                });
            }
        }
        Ok(longest)
    }

    fn is_upstream(&self, node: usize, of: usize) -> bool {
        self.nodes[node].successors.contains(&of)
    }
}

/// Least cost of the part of the tree below a stage, by the time that it shares with its parent: what it quotes where the
/// parent is its customer, what it waits for where the parent supplies it.
struct Solved<'a> {
    tree: &'a Tree<'a>,
    deviation: Vec<f64>,
    longest: Vec<u32>,
    tables: Vec<Vec<(f64, u32)>>,
}

impl Solved<'_> {
    fn children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.tree.around(node).filter(move |other| self.tree.parent[*other] == Some(node))
    }

    /// Times that a stage's inputs may take.
    fn inbounds(&self, node: usize) -> std::ops::RangeInclusive<u32> {
        let its = &self.tree.nodes[node];
        its.external_inbound..=self.longest[node] - its.processing_time
    }

    /// The longest time that a stage may quote.
    fn most_outbound(&self, node: usize, inbound: u32) -> u32 {
        let its = &self.tree.nodes[node];
        let able = inbound + its.processing_time;
        its.external_outbound.map_or(able, |outside| able.min(outside))
    }

    /// Cost of the part below a stage with both of its times.
    fn cost(&self, node: usize, inbound: u32, outbound: u32) -> f64 {
        let its = &self.tree.nodes[node];
        let net = f64::from(inbound + its.processing_time - outbound);
        let own = its.holding_cost * its.demand_bound_constant * self.deviation[node] * net.sqrt();
        let below = self.children(node).map(|child| self.child(node, child, inbound, outbound).0);
        own + below.sum::<f64>()
    }

    /// The best that a child can do, and the time that it then shares.
    fn child(&self, node: usize, child: usize, inbound: u32, outbound: u32) -> (f64, u32) {
        let table = &self.tables[child];
        if self.tree.is_upstream(child, node) {
            table[(inbound as usize).min(table.len() - 1)]
        } else {
            table.get(outbound as usize).copied().unwrap_or((f64::INFINITY, 0))
        }
    }

    /// Least cost below a stage by the time that it may share with its parent, and the time that reaches it: inputs may be
    /// there earlier than needed, and customers may count on less than is quoted.
    fn table(&self, node: usize) -> Vec<(f64, u32)> {
        let quotes = self.quotes(node);
        let mut table: Vec<(f64, u32)> =
            (0..=self.longest[node]).map(|time| (f64::INFINITY, time)).collect();
        for inbound in self.inbounds(node) {
            for outbound in 0..=self.most_outbound(node, inbound) {
                let shared = &mut table[if quotes { outbound } else { inbound } as usize];
                shared.0 = shared.0.min(self.cost(node, inbound, outbound));
            }
        }
        let mut best = (f64::INFINITY, 0);
        let mut keep = |here: &mut (f64, u32)| {
            if here.0 < best.0 {
                best = *here;
            }
            *here = best;
        };
        if quotes {
            table.iter_mut().for_each(&mut keep);
        } else {
            table.iter_mut().rev().for_each(&mut keep);
        }
        table
    }

    /// Whether a stage supplies its parent.
    fn quotes(&self, node: usize) -> bool {
        self.tree.parent[node].is_some_and(|parent| self.tree.is_upstream(node, parent))
    }

    /// Reads the best times off the tables, from the first stage on.
    fn unfold(&self) -> Placement {
        let none = Committed { inbound: 0, outbound: 0, net_lead_time: 0, safety_stock: 0.0 };
        let mut placement = Placement { committed: vec![none; self.tables.len()], cost: 0.0 };
        let mut shared: Vec<Option<u32>> = vec![None; self.tables.len()];
        for &node in &self.tree.order {
            let its = &self.tree.nodes[node];
            let quotes = self.quotes(node);
            let mut best = (f64::INFINITY, 0, 0);
            for inbound in self.inbounds(node) {
                for outbound in 0..=self.most_outbound(node, inbound) {
                    let own = if quotes { outbound } else { inbound };
                    let cost = self.cost(node, inbound, outbound);
                    if shared[node].is_none_or(|time| time == own) && cost < best.0 {
                        best = (cost, inbound, outbound);
                    }
                }
            }
            let (_, inbound, outbound) = best;
            let children: Vec<usize> = self.children(node).collect();
            for child in children {
                shared[child] = Some(self.child(node, child, inbound, outbound).1);
            }
            let net_lead_time = inbound + its.processing_time - outbound;
            let safety_stock =
                its.demand_bound_constant * self.deviation[node] * f64::from(net_lead_time).sqrt();
            placement.cost += its.holding_cost * safety_stock;
            placement.committed[node] =
                Committed { inbound, outbound, net_lead_time, safety_stock };
        }
        placement
    }
}
