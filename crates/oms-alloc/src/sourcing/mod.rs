//! The engine's sourcers: a snapshot becomes a problem, the problem a sketch, and the core's rules make a plan of it.
//!
//! Both sourcers see the same problem. [`LpSourcer`] plans it as a wave, towards the least cost; [`GreedySourcer`] goes
//! order by order, as commerce platforms do. What the problem cannot say exactly ([`translate`]) is put right by the
//! core's rules, which do what a sketch says only as far as every balance allows and fill what is left.

mod compare;
mod overlaid;
mod policy;
mod scarce;
mod translate;
mod waiting;
mod weights;

use std::cmp::Reverse;

use oms_core::decision::DecidedBy;
use oms_core::sourcing::{
    Budget, Fields, Plan, SnapshotIndex, Sourcer, SourcingSnapshot, Unplanned,
};
use oms_core::words::Money;

use crate::overlay::{Overlay, Weigher};
use crate::wave::{Outcome, Progress, WaveOptions, plan_by_rules, plan_wave};
pub use compare::{Compared, NotCompared, compare, compare_on_instance};
pub use overlaid::Overlaid;
pub use policy::{Policy, UnknownPolicy};
use scarce::tell_scarce;
use translate::Translation;
pub use waiting::{OrderWaiting, WaitingShort, WithoutNode, explain_waiting};
pub use weights::Weights;

/// Steps of a wave where the budget does not say: enough for a thousand orders to come within a percent of the best.
const STEPS: u64 = 600;
/// The gap at which a wave is good enough.
const GAP: f64 = 1e-4;
/// The steps without a better plan or bound after which a wave of a snapshot is over.
const IDLE: u64 = 80;

/// Plans all orders of a snapshot together, towards the least cost.
///
/// As many units are filled as the rules of the default sourcer fill, at no more cost; where a wave sees that an order
/// should leave a unit to another, it does so. The same snapshot gives the same plan, bit for bit.
///
/// # Units
/// A step of the [`Budget`] is one (order, node) pair looked at. A budget too small for a wave gives a plan by rules.
///
/// # Cost
/// Milliseconds for tens of orders, about a second for a thousand orders that compete for stock of fifty nodes.
///
/// # Example
/// ```
/// use oms_alloc::LpSourcer;
/// use oms_core::sourcing::{Budget, Sourcer, SourcingSnapshot};
/// use oms_core::words::{Currency, Timestamp};
///
/// let snapshot = SourcingSnapshot::new(42, Timestamp::MIN, Currency::new("USD")?);
/// let plan = LpSourcer::OPTIMAL.plan(&snapshot, Budget::UNLIMITED).unwrap();
/// assert_eq!(plan.based_on, 42);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LpSourcer {
    /// Its name in decision records: another one for other weights.
    pub name: &'static str,
    /// What counts besides money.
    pub weights: Weights,
}

impl LpSourcer {
    /// Money alone.
    pub const OPTIMAL: Self = Self { name: "optimal", weights: Weights::NONE };
    /// Days first: each weighs as much as 10,000 minor units.
    pub const FAST: Self =
        Self { name: "fast", weights: Weights { day_minor: 10_000, ..Weights::NONE } };
    /// A day, and a further package, weigh as much as 100 minor units; where the facts are there, a late day weighs 300
    /// beside, a kilogram of CO2e 10, and what a unit would lose counts as it is.
    pub const BALANCED: Self = Self {
        name: "balanced",
        weights: Weights {
            day_minor: 100,
            package_minor: 100,
            late_day_minor: 300,
            further_package_minor: 0,
            carbon_minor_per_kg: 10,
            markdown_percent: 100,
        },
    };
    /// CO2e first: a kilogram weighs as much as 1,000 minor units, some hundred times what it is traded for.
    pub const GREEN: Self =
        Self { name: "green", weights: Weights { carbon_minor_per_kg: 1_000, ..Weights::NONE } };

    /// Plans a snapshot that an overlay is laid on already, with its weights.
    fn plan_under(
        &self,
        overlay: &Overlay,
        snapshot: &SourcingSnapshot,
        budget: Budget,
    ) -> Result<Plan, Unplanned> {
        let index = SnapshotIndex::new(snapshot)?;
        let fields = Fields::new(&index);
        let by = DecidedBy::model(self.name(), self.version());
        let by_rules = fields.finish(&[], by.clone(), budget)?;
        let steps = (budget.get() / fields.looked_at().max(1)).min(STEPS);
        if steps == 0 {
            return Ok(by_rules);
        }
        // Numbers beyond the solver's bounds are none of the rules' business.
        let Ok(translation) = Translation::new(&fields, self.weights, overlay) else {
            return Ok(by_rules);
        };
        let options = WaveOptions { gap: GAP, work: Some(steps), ..WaveOptions::default() };
        let mut last: Option<Progress> = None;
        let outcome = plan_wave(&translation.problem, &options, &mut |now| {
            let better = |last: &Progress| now.cost < last.cost || now.bound > last.bound;
            if last.as_ref().is_none_or(better) {
                last = Some(*now);
            }
            last.is_some_and(|last| now.work - last.work > IDLE)
        });
        let plan = finish(&fields, &translation, &outcome, by, budget)?;
        let weigher = Weigher::new(overlay, snapshot);
        let worth = |plan: &Plan| worth(plan, self.weights, weigher.as_ref());
        let mut better = if worth(&plan) <= worth(&by_rules) { plan } else { by_rules };
        // Where more than money counts, prices are not money.
        if weigher.is_none() && self.weights == Weights::NONE {
            tell_scarce(&mut better, &index, &translation, &outcome)?;
        }
        Ok(better)
    }
}

impl Sourcer for LpSourcer {
    fn name(&self) -> &str {
        self.name
    }

    fn version(&self) -> &str {
        "1"
    }

    fn plan(&self, snapshot: &SourcingSnapshot, budget: Budget) -> Result<Plan, Unplanned> {
        self.plan_under(&Overlay::empty(), snapshot, budget)
    }
}

/// Plans order by order: the node that ships all of it at the least cost a unit, else again and again the one that
/// covers its share at the least cost a unit. The baseline that waves are measured against.
///
/// # Cost
/// O(nodes that hold one of an order's SKUs × lines × packages) per order.
///
/// # Example
/// ```
/// use oms_alloc::GreedySourcer;
/// use oms_core::sourcing::Sourcer;
///
/// assert_eq!(GreedySourcer.name(), "greedy");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GreedySourcer;

impl GreedySourcer {
    /// Plans a snapshot that an overlay is laid on already, with its weights.
    fn plan_under(
        self,
        overlay: &Overlay,
        snapshot: &SourcingSnapshot,
        budget: Budget,
    ) -> Result<Plan, Unplanned> {
        let index = SnapshotIndex::new(snapshot)?;
        let fields = Fields::new(&index);
        let by = DecidedBy::model(self.name(), self.version());
        match Translation::new(&fields, Weights::NONE, overlay) {
            Ok(translation) if budget.get() >= fields.looked_at() => {
                let outcome = plan_by_rules(&translation.problem);
                finish(&fields, &translation, &outcome, by, budget)
            }
            _ => fields.finish(&[], by, budget),
        }
    }
}

impl Sourcer for GreedySourcer {
    fn name(&self) -> &str {
        "greedy"
    }

    fn version(&self) -> &str {
        "1"
    }

    fn plan(&self, snapshot: &SourcingSnapshot, budget: Budget) -> Result<Plan, Unplanned> {
        self.plan_under(&Overlay::empty(), snapshot, budget)
    }
}

fn finish(
    fields: &Fields<'_, '_>,
    translation: &Translation,
    outcome: &Outcome,
    by: DecidedBy,
    budget: Budget,
) -> Result<Plan, Unplanned> {
    fields.finish(&translation.sketch(&outcome.shipments), by, budget)
}

/// What a plan is worth, the lower the better: units filled, then cost and weights in millionths of the currency.
fn worth(plan: &Plan, weights: Weights, weigher: Option<&Weigher<'_>>) -> (Reverse<u64>, i128) {
    let mut units = 0_u64;
    let mut cost = 0_i128;
    let chosen = plan.records.iter();
    let chosen = chosen.flat_map(|(order, record)| record.chosen.iter().map(move |it| (order, it)));
    for (order, choice) in chosen {
        units = units.saturating_add(choice.quantity());
        cost = cost.saturating_add(micro(choice.cost));
        let extra = weights.of_snapshot(i64::from(choice.days));
        let weight = weigher.map_or(0, |weigher| weigher.weight(order, choice));
        let extra = if weight == 0 { extra } else { overlaid::added(weight, extra, choice) };
        let extra = Money::from_minor(extra, choice.cost.currency()).map_or(0, micro);
        cost = cost.saturating_add(extra);
    }
    (Reverse(units), cost)
}

/// An amount in minor units, those cut off that are none whole.
fn minor_of(money: Money) -> i64 {
    let per_minor = 10_i128.pow(6_u32.saturating_sub(money.currency().exponent()));
    i64::try_from(micro(money) / per_minor).unwrap_or(i64::MAX)
}

/// An amount in millionths of its currency's unit, the finest that money has.
fn micro(money: Money) -> i128 {
    let amount = money.amount();
    amount.mantissa().saturating_mul(10_i128.saturating_pow(6_u32.saturating_sub(amount.scale())))
}
