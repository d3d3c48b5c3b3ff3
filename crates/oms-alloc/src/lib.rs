//! Who ships what: waves of orders proven near the optimum, and what each choice rests on.
//!
//! A [`Problem`] is a wave as dense arrays: orders with lines, the sites that could serve them, and the rows that are
//! scarce. [`plan_wave`] plans it and says how far the plan is from the best one at most; [`plan_by_rules`] plans it
//! as commerce platforms do, for comparison.
//!
//! ```text
//! problem ─ oracle (one order, exact) ─┬─ price, cuts, master, proof ── bound side ─┐
//!                                      └─ plan, search ───────────────── plan side ──┴─ wave
//! ```
//!
//! # Law
//! The bound is a sum of whole ticks of exact answers, so it is a proof. The same problem and the same steps of work
//! give the same plan, bit for bit, on one thread or two. There is no clock in here: whoever watches stops the wave.
//!
//! # Example
//! ```
//! use oms_alloc::{NewSite, Offer, OrderRules, Problem, Row, WaveOptions, plan_wave};
//!
//! // One unit at node 0, which is near, and plenty at node 1; two orders want one unit each.
//! let mut builder = Problem::builder();
//! let (near, far) = (builder.row(1), builder.row(10));
//! for _ in 0..2 {
//!     let offer = |cost, units, stock| Offer { line: 0, cost, units, stock, claim: Row::FREE };
//!     let site = |node, fixed, offer| NewSite { node, fixed, capacity: Row::FREE, counts: true, offers: vec![offer] };
//!     let sites = vec![site(0, 400, offer(10, 1, near)), site(1, 700, offer(10, 10, far))];
//!     builder.order(OrderRules::default(), &[(1, 5_000, false)], sites)?;
//! }
//! let problem = builder.build()?;
//! let outcome = plan_wave(&problem, &WaveOptions { gap: 0.0, ..WaveOptions::default() }, &mut |_| false);
//! assert_eq!((outcome.progress.cost, outcome.progress.bound), (1_120, Some(1_120)));
//! # Ok::<(), oms_alloc::Unsolvable>(())
//! ```
#![allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "dense arrays, whose numbers a builder keeps in bounds"
)]

mod bill;
mod bound;
mod branch;
mod cuts;
mod expect;
mod explain;
mod greedy;
mod hover;
pub mod instance;
mod list;
mod lp;
mod master;
mod oracle;
mod overlay;
mod plan;
mod price;
mod problem;
mod proof;
mod random;
mod route;
mod search;
mod settle;
mod sourcing;
mod walk;
mod wave;
mod wheel;

pub use bill::{Bill, BrokenRule, Unfilled, Weighed, bill, bill_ruled, bill_weighed};
pub use expect::Expected;
pub use explain::{
    MOST_REMOVED, NodeRemoved, NotExplained, OneMore, OrderExplained, OrderShort, PackageExplained,
    RunnerUp, UnitsExplained, UnitsTaken, UnitsUnfilled, explain_order, find_order,
};
pub use lp::{LpSolver, NoLpSolver};
pub use overlay::{
    BadOverlay, Does, Flaw, Forbid, MOST_ID_BYTES, MOST_NAMED, MOST_RESERVED, MOST_RULES,
    MOST_TEXT_BYTES, MOST_WEIGHT, Overlay, OverlayRule, Pin, Reserve, Scope, Weigh,
};
pub use problem::{
    Builder, Bundle, MOST_ARCS, MOST_COST, MOST_LINES, MOST_ORDERS, MOST_TOTAL, MOST_UNITS,
    NewSite, Offer, OrderRules, Problem, Row, Unsolvable,
};
pub use route::{Routed, Router, RowPrices};
pub use sourcing::{
    Compared, GreedySourcer, LpSourcer, NotCompared, OrderWaiting, Overlaid, Policy, UnknownPolicy,
    WaitingShort, Weights, WithoutNode, compare, compare_on_instance, explain_waiting,
};
pub use wave::{Outcome, Progress, Shipment, WaveOptions, plan_by_rules, plan_wave};
