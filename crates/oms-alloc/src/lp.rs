//! Linear programmes over ways, and which solver answers them.
//!
//! A solver advises: its vertex shows where cuts are to be found and how to round, its prices are a start for the
//! climb. What is told of a plan is reckoned in whole numbers elsewhere, so that a solver that errs costs time only.

use std::fmt;
use std::str::FromStr;

use good_lp::constraint::ConstraintReference;
use good_lp::solvers::microlp::microlp;
use good_lp::variable::UnsolvedProblem;
#[cfg(feature = "highs")]
use good_lp::{DualValues, SolutionWithDual};
use good_lp::{Expression, Solution, SolverModel, Variable, variable, variables};
use thiserror::Error;

/// Which solver answers the linear programmes of a wave.
///
/// # Example
/// ```
/// use oms_alloc::LpSolver;
///
/// assert_eq!(LpSolver::default(), "microlp".parse()?);
/// // Where it was not built in, the error says how to get it.
/// assert_eq!("highs".parse::<LpSolver>().is_ok(), cfg!(feature = "highs"));
/// assert!("simplex".parse::<LpSolver>().is_err());
/// # Ok::<(), oms_alloc::NoLpSolver>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LpSolver {
    /// Pure Rust, in every build.
    #[default]
    Microlp,
    /// HiGHS: C++, one thread, fixed seed. It comes with feature `highs`, which needs a C++ compiler, cmake and
    /// libclang at build time.
    #[cfg(feature = "highs")]
    Highs,
}

/// A solver that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoLpSolver {
    /// It was not built in.
    #[error(
        "`highs` is not in this build: build with `--features highs`, which needs a C++ compiler, cmake and libclang"
    )]
    NotBuilt,
    /// There is none of this name.
    #[error("`{name}` is no solver: expected `microlp` or `highs`")]
    Unknown {
        /// The name.
        name: String,
    },
}

impl LpSolver {
    /// Its name, as [`FromStr`] reads it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Microlp => "microlp",
            #[cfg(feature = "highs")]
            Self::Highs => "highs",
        }
    }

    /// About how much work a programme is: the same on every machine.
    pub(crate) const fn work(self, columns: usize, orders: usize) -> u64 {
        let all = (columns * orders) as u64;
        match self {
            Self::Microlp => all / 10,
            #[cfg(feature = "highs")]
            Self::Highs => all / 150,
        }
    }
}

impl fmt::Display for LpSolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LpSolver {
    type Err = NoLpSolver;

    fn from_str(name: &str) -> Result<Self, NoLpSolver> {
        match name {
            "microlp" => Ok(Self::Microlp),
            #[cfg(feature = "highs")]
            "highs" => Ok(Self::Highs),
            #[cfg(not(feature = "highs"))]
            "highs" => Err(NoLpSolver::NotBuilt),
            _ => Err(NoLpSolver::Unknown { name: name.to_owned() }),
        }
    }
}

/// An optimal vertex.
pub(crate) struct Vertex {
    pub(crate) weight: Vec<f64>,
    /// What one more unit of each sum that is limited would save; empty where the solver does not tell.
    pub(crate) price: Vec<f64>,
}

/// A programme: the least cost of weights that are never negative.
#[derive(Debug, Default)]
pub(crate) struct Programme {
    /// Per weight, what it costs.
    cost: Vec<f64>,
    /// Sums of weights that come to exactly one.
    ones: Vec<Vec<usize>>,
    /// Sums of weights, times units, that come to at most so much.
    mosts: Vec<(Vec<(usize, f64)>, f64)>,
}

impl Programme {
    /// Adds a weight, and tells its number.
    pub(crate) fn weight(&mut self, cost: f64) -> usize {
        self.cost.push(cost);
        self.cost.len() - 1
    }

    /// These weights come to one.
    pub(crate) fn one(&mut self, weights: Vec<usize>) {
        self.ones.push(weights);
    }

    /// These weights, times units, come to at most so much.
    pub(crate) fn most(&mut self, terms: Vec<(usize, f64)>, most: f64) {
        self.mosts.push((terms, most));
    }

    /// An optimal vertex; nothing where the solver fails.
    pub(crate) fn vertex(&self, solver: LpSolver) -> Option<Vertex> {
        let (problem, ids) = self.problem(false);
        match solver {
            LpSolver::Microlp => {
                let mut model = problem.using(microlp);
                self.bind(&mut model, &ids);
                let answer = model.solve().ok()?;
                let weight = ids.iter().map(|id| answer.value(*id)).collect();
                Some(Vertex { weight, price: Vec::new() })
            }
            #[cfg(feature = "highs")]
            LpSolver::Highs => {
                let mut model = quiet(problem);
                let rows = self.bind(&mut model, &ids);
                let mut answer = model.solve().ok()?;
                let weight = ids.iter().map(|id| answer.value(*id)).collect();
                let dual = answer.compute_dual();
                let price = rows.into_iter().map(|row| -dual.dual(row)).collect();
                Some(Vertex { weight, price })
            }
        }
    }

    /// What one more unit of each sum that is limited would save: as the solver told it, or else by the dual programme.
    pub(crate) fn prices(&self, told: Vec<f64>) -> Option<Vec<f64>> {
        if told.len() == self.mosts.len() {
            return Some(told);
        }
        let mut vars = variables!();
        let one = vars.add_vector(variable(), self.ones.len());
        let most = vars.add_vector(variable().min(0.0), self.mosts.len());
        let mut goal = Expression::with_capacity(self.ones.len() + self.mosts.len());
        let mut sums = vec![Expression::default(); self.cost.len()];
        for (id, weights) in one.iter().zip(&self.ones) {
            goal.add_mul(1.0, *id);
            weights.iter().for_each(|weight| sums[*weight].add_mul(1.0, *id));
        }
        for (id, (terms, limit)) in most.iter().zip(&self.mosts) {
            goal.add_mul(-limit, *id);
            terms.iter().for_each(|(weight, units)| sums[*weight].add_mul(-units, *id));
        }
        let mut model = vars.maximise(goal).using(microlp);
        for (sum, cost) in sums.into_iter().zip(&self.cost) {
            model.add_constraint(sum.leq(*cost));
        }
        let answer = model.solve().ok()?;
        Some(most.iter().map(|id| answer.value(*id)).collect())
    }

    /// The best weights that are none or one, all at most `off` dearer than need be, as far as the solver gets within
    /// so many nodes: the weights that are one, or nothing where it finds none.
    #[cfg_attr(
        not(feature = "highs"),
        expect(unused_variables, reason = "microlp's search has no end that can be set in nodes")
    )]
    pub(crate) fn whole(&self, solver: LpSolver, off: f64, nodes: i32) -> Option<Vec<usize>> {
        match solver {
            LpSolver::Microlp => None,
            #[cfg(feature = "highs")]
            LpSolver::Highs => {
                let (problem, ids) = self.problem(true);
                let mut model = quiet(problem)
                    .set_option("mip_rel_gap", 0.0)
                    .set_option("mip_abs_gap", off)
                    .set_option("mip_max_nodes", nodes);
                self.bind(&mut model, &ids);
                let answer = model.solve().ok()?;
                Some((0..ids.len()).filter(|at| answer.value(ids[*at]) > 0.5).collect())
            }
        }
    }

    fn problem(&self, whole: bool) -> (UnsolvedProblem, Vec<Variable>) {
        let mut vars = variables!();
        let mut goal = Expression::with_capacity(self.cost.len());
        let mut ids = Vec::with_capacity(self.cost.len());
        for cost in &self.cost {
            let weight = if whole { variable().binary() } else { variable().min(0.0) };
            let id = vars.add(weight);
            goal.add_mul(*cost, id);
            ids.push(id);
        }
        (vars.minimise(goal), ids)
    }

    /// Adds the constraints; tells those with a price.
    fn bind<M: SolverModel>(&self, model: &mut M, ids: &[Variable]) -> Vec<ConstraintReference> {
        for weights in &self.ones {
            let mut sum = Expression::with_capacity(weights.len());
            weights.iter().for_each(|weight| sum.add_mul(1.0, ids[*weight]));
            model.add_constraint(sum.eq(1.0));
        }
        let rows = self.mosts.iter().map(|(terms, most)| {
            let mut sum = Expression::with_capacity(terms.len());
            terms.iter().for_each(|(weight, units)| sum.add_mul(*units, ids[*weight]));
            model.add_constraint(sum.leq(*most))
        });
        rows.collect()
    }
}

/// HiGHS without a word, on one thread, from one seed, and without a clock: the same programme gets the same answer.
#[cfg(feature = "highs")]
fn quiet(problem: UnsolvedProblem) -> good_lp::solvers::highs::HighsProblem {
    let model = problem.using(good_lp::solvers::highs::highs);
    model
        .set_threads(1)
        .set_parallel(good_lp::solvers::highs::HighsParallelType::Off)
        .set_option("random_seed", 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Goal: every solver of the build finds the vertex. Method: two orders, one unit that both want, by hand.
    #[test]
    fn the_vertex_is_found() {
        let mut solvers = vec!["microlp"];
        solvers.extend(cfg!(feature = "highs").then_some("highs"));
        for name in solvers {
            let mut programme = Programme::default();
            let ids: Vec<usize> = [1.0, 5.0, 2.0, 9.0].map(|c| programme.weight(c)).to_vec();
            programme.one(ids[..2].to_vec());
            programme.one(ids[2..].to_vec());
            programme.most(vec![(ids[0], 1.0), (ids[2], 1.0)], 1.0);
            let vertex = programme.vertex(name.parse().unwrap()).unwrap();
            assert_eq!(
                vertex.weight.iter().map(|w| w.round() as i64).collect::<Vec<_>>(),
                [0, 1, 1, 0]
            );
            // One more unit would save the first order 4.
            assert!(vertex.price.iter().all(|price| (price - 4.0).abs() < 1e-6), "{name}");
        }
    }
}
