//! The replenishment round: facts, demand, forecast, policy, proposals. Nothing is committed.
//!
//! Demand of a node are the units that left it for customers, day by day. Where its shelf went empty they are the least that
//! was wanted; where it was empty all day nothing is known; where the node was closed nothing is missing. All series are one
//! panel and teach each other what a weekday and a promotion are worth; what has hardly begun is forecast by those that are
//! like it by the engine's own facts; what an order must last for is forecast as one sum, of which all places have a model too.
//! What stands at each node is held against the level that its service asks for. A node that supplies others is planned for
//! their demand too, and with their stock (its echelon), so that no safety is held twice; where the policy prices a whole
//! chain, safety stock is placed along it. What a sibling has above its level is moved before anything is bought.
#![allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in one list that the round itself made and never shortens; floats are bounded before they are counts"
)]

mod days;
mod echelon;
mod forecasts;
mod levels;
mod newcomers;
mod outlook;
mod placement;
mod policy;
mod promotion;
mod siblings;
mod stocked;
mod supply;
mod unknown;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;

use oms_core::engine::{Fault, Feed, Store};
use oms_core::views::DemandView;
use oms_core::words::{BusinessDay, LocationId, Money, Sku};
use oms_forecast::policy::{Offer, OrderRule, PolicyError, within_budget};
use oms_forecast::{NoForecast, SeriesError};

pub use placement::ServiceDays;
pub use policy::{
    BadPolicy, Inbound, LeadDays, MOST_POLICY_BYTES, ReplenishPolicy, ServiceGoal, SupplySource,
    Terms, TermsRule, TermsScope,
};
pub use promotion::{MOST_PROMOTIONS, Promotion};
pub use siblings::{MOST_SIBLINGS, Siblings};
pub use supply::{SupplyKind, SupplyPlan, SupplyProposal, SupplyReason};
pub use unknown::{PolicyName, UnknownName};

use crate::Oms;
use days::Span;
use levels::Need;
use promotion::Promotions;
use siblings::{Help, planned};
use stocked::{Shop, Stocked, gathered};

/// Days from the last known one to the end of a plan.
pub const MOST_PLAN_DAYS: usize = 3_650;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotReplenished {
    /// The store, or an event in it.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The policy.
    #[error("the policy cannot be used: {0}")]
    Policy(#[from] BadPolicy),
    /// A level that cannot be reckoned.
    #[error("`{sku}` at `{node}` cannot be planned: {why}")]
    Level {
        /// What.
        sku: Sku,
        /// Where.
        node: LocationId,
        /// Why.
        why: PolicyError,
    },
    /// A demand that cannot be forecast so far.
    #[error(transparent)]
    Forecast(#[from] NoForecast),
    /// A demand that is no series.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// The plan would be too long.
    #[error(
        "`{until}` is more than {MOST_PLAN_DAYS} days after the last fact of `{as_of}`; plan for less"
    )]
    TooFar {
        /// The last day that is known.
        as_of: BusinessDay,
        /// The end that was asked for.
        until: BusinessDay,
    },
    /// Nodes that supply one another in a circle.
    #[error(
        "`{node}` supplies itself with `{sku}` over other nodes; break the circle in the policy's sources"
    )]
    Circle {
        /// What.
        sku: Sku,
        /// One of them.
        node: LocationId,
    },
    /// A source that cannot give.
    #[error(
        "`{sku}` at `{node}` comes from `{source_node}`, which is closed or was never defined; name another source"
    )]
    NoSource {
        /// What.
        sku: Sku,
        /// Whither.
        node: LocationId,
        /// Whence.
        source_node: LocationId,
    },
    /// A budget that cannot be held against a price.
    #[error(
        "the budget is in `{budget}`, and `{sku}` at `{node}` has no unit cost in it; give it a `unit_cost`"
    )]
    NoCost {
        /// The budget.
        budget: Money,
        /// What.
        sku: Sku,
        /// Where.
        node: LocationId,
    },
}

impl<S: Store> Oms<S> {
    /// Proposes what to order: for the day after the last fact, and, where `until` lies later, for every review up to it.
    /// Facts after `until` are not read.
    ///
    /// `threads` work while it runs: the same proposals for any number of them. `watch` is told how many SKUs at nodes are
    /// forecast, and of how many.
    ///
    /// # Errors
    /// [`NotReplenished`] says where and what.
    ///
    /// # Cost
    /// Reads the whole log once; learns from all series; then a forecast for each SKU at each node.
    ///
    /// # Example
    /// ```
    /// use oms::engine::MemoryStore;
    /// use oms::words::TenantId;
    /// use oms::{Oms, ReplenishPolicy};
    ///
    /// let mut oms = Oms::new(MemoryStore::new(), TenantId::new("shop")?);
    /// let (policy, one) = (ReplenishPolicy::default(), std::num::NonZero::<u16>::MIN);
    /// let plan = oms.propose_supplies(&policy, "2026-11-24".parse()?, one, &mut |_, _| {})?;
    /// assert!(plan.proposals.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn propose_supplies(
        &mut self,
        policy: &ReplenishPolicy,
        until: BusinessDay,
        threads: NonZero<u16>,
        watch: &mut dyn FnMut(usize, usize),
    ) -> Result<SupplyPlan, NotReplenished> {
        policy.check()?;
        let mut view = DemandView::new(policy.time_zone);
        view.follow(self.engine.store(), &self.tenant, Some(until))?;
        let later = self.engine.store().feed(&self.tenant, &Feed::After(view.seq()), 1)?;
        // Of a day that may not be over yet nobody knows the demand.
        let over = !later.is_empty();
        let last = view.last_at().map_or(until, |at| view.zone().local_day(at));
        let as_of = if over { until } else { last };
        let ahead = days_between(as_of, until);
        if ahead > MOST_PLAN_DAYS {
            return Err(NotReplenished::TooFar { as_of, until });
        }
        let store = self.engine.store();
        let last_over = if over { as_of } else { as_of.prev() };
        let days = (as_of, last_over);
        let (mut all, shop) = gathered(store, &self.tenant, &view, policy, days)?;
        echelon::joined(&mut all)?;
        let further = all.iter().map(forecasts::stretch).max().unwrap_or_default();
        let promotions = Promotions::of(&policy.promotions);
        let span = Span::new(last_over, ahead + further, &shop.openings, promotions);
        forecasts::forecast_all(&mut all, (&span, &shop.master), ahead, threads, watch)?;
        stocked::share_owed(store, &self.tenant, &view, &mut all)?;
        let planned = planned(&mut all, (&shop, &policy.siblings), ahead)?;
        let unknown = unknown::unknown(store, &self.tenant, policy)?;
        let (seq, proposals) = (view.seq(), Vec::new());
        let mut plan = SupplyPlan { as_of, seq, proposals, enough: 0, spent: None, unknown };
        proposed(&all, planned, policy, &mut plan)?;
        Ok(plan)
    }
}

/// Days from one to the other; 0 where it is not later.
fn days_between(from: BusinessDay, to: BusinessDay) -> usize {
    let mut day = from;
    (0..=MOST_PLAN_DAYS)
        .find(|_| {
            let there = day >= to;
            day = day.next();
            there
        })
        .unwrap_or(MOST_PLAN_DAYS + 1)
}

fn proposed(
    all: &[Stocked],
    (helps, mut needs): (Vec<Help>, Vec<Need>),
    policy: &ReplenishPolicy,
    plan: &mut SupplyPlan,
) -> Result<(), NotReplenished> {
    let helped = helps.iter().map(|help| help.need.at);
    let in_need: BTreeSet<usize> = needs.iter().map(|need| need.at).chain(helped).collect();
    plan.enough = all
        .iter()
        .enumerate()
        .filter(|(at, its)| !its.agreed.skip && !in_need.contains(at))
        .count();
    given_out(all, &mut needs);
    plan.spent = afforded(all, &mut needs, policy)?;
    for need in needs {
        let its = &all[need.at];
        let (kind, source) = match &its.agreed.source {
            SupplySource::Supplier(name) => (SupplyKind::Purchase, name.clone()),
            SupplySource::Node(node) => (SupplyKind::Transfer, node.to_string()),
        };
        let order_on = plan.as_of.plus_days(need.day);
        plan.proposals.push(SupplyProposal {
            kind,
            sku: its.sku.clone(),
            node: its.node.clone(),
            source,
            order_on,
            due: order_on.plus_days(its.agreed.lead_time.quantile(0.5)),
            planned: need.day > 0,
            units: need.units,
            why: need.why,
        });
    }
    for Help { need, giver, days } in helps {
        let its = &all[need.at];
        plan.proposals.push(SupplyProposal {
            kind: SupplyKind::Transfer,
            sku: its.sku.clone(),
            node: its.node.clone(),
            source: all[giver].node.to_string(),
            order_on: plan.as_of.plus_days(need.day),
            due: plan.as_of.plus_days(need.day.saturating_add(days)),
            planned: need.day > 0,
            units: need.units,
            why: need.why,
        });
    }
    plan.proposals
        .sort_by(|a, b| (a.order_on, &a.node, &a.sku).cmp(&(b.order_on, &b.node, &b.sku)));
    Ok(())
}

/// Shares out what a node can give now, where others ask for more: in proportion, in full cases.
fn given_out(all: &[Stocked], needs: &mut [Need]) {
    let mut asked: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, need) in needs.iter().enumerate().filter(|(_, need)| need.day == 0) {
        if let Some(giver) = all[need.at].giver {
            asked.entry(giver).or_default().push(at);
        }
    }
    for (giver, askers) in asked {
        let wanted: u64 = askers.iter().map(|at| needs[*at].units).sum();
        let there = u64::try_from(all[giver].available).unwrap_or_default();
        if wanted <= there {
            continue;
        }
        let mut left = there;
        for at in askers {
            let multiple = all[needs[at].at].agreed.rule.multiple.max(1);
            let need = &mut needs[at];
            let share = u128::from(need.units) * u128::from(there) / u128::from(wanted);
            let share = u64::try_from(share).unwrap_or(left).min(left) / multiple * multiple;
            need.why.short_at_source = need.units - share;
            need.units = share;
            left -= share;
        }
    }
}

/// Leaves out what there is no money for; says what the rest costs.
fn afforded(
    all: &[Stocked],
    needs: &mut [Need],
    policy: &ReplenishPolicy,
) -> Result<Option<Money>, NotReplenished> {
    let now: Vec<usize> = (0..needs.len())
        .filter(|at| needs[*at].day == 0 && all[needs[*at].at].giver.is_none())
        .collect();
    let mut priced = Vec::new();
    for &at in &now {
        let its = &all[needs[at].at];
        let fits = |cost: &Money| policy.budget.is_none_or(|all| all.currency() == cost.currency());
        let cost = its.agreed.unit_cost.filter(fits);
        if let (None, Some(budget)) = (cost, policy.budget) {
            let (sku, node) = (its.sku.clone(), its.node.clone());
            return Err(NotReplenished::NoCost { budget, sku, node });
        }
        priced.push(cost);
    }
    let Some(costs) = priced.into_iter().collect::<Option<Vec<Money>>>() else { return Ok(None) };
    let minor = |cost: &Money| -> f64 {
        let exponent = i32::try_from(cost.currency().exponent()).unwrap_or_default();
        cost.amount().to_string().parse::<f64>().unwrap_or_default() * 10_f64.powi(exponent)
    };
    if let Some(budget) = policy.budget.filter(|_| !now.is_empty()) {
        let wanted: f64 =
            now.iter().zip(&costs).map(|(at, cost)| needs[*at].units as f64 * minor(cost)).sum();
        if wanted > minor(&budget) {
            cut(all, needs, &now, &costs.iter().map(minor).collect::<Vec<_>>(), minor(&budget))?;
        }
    }
    let mut spent: Option<Money> = None;
    for (at, cost) in now.iter().zip(&costs) {
        let units =
            oms_core::words::Qty::new(needs[*at].units).unwrap_or(oms_core::words::Qty::ZERO);
        let paid = cost.times(units).map(Money::round_half_even);
        spent = match (spent, paid) {
            (None, Ok(paid)) => Some(paid),
            (Some(sum), Ok(paid)) => sum.try_add(paid).ok(),
            // Prices in several currencies, or beyond what money can be, come to no sum.
            (_, Err(_)) => return Ok(None),
        };
    }
    Ok(spent)
}

/// Buys what saves most for the money, no more of anything than it needs.
fn cut(
    all: &[Stocked],
    needs: &mut [Need],
    now: &[usize],
    costs: &[f64],
    budget: f64,
) -> Result<(), NotReplenished> {
    let fails = |at: usize| {
        let its = &all[at];
        move |why| NotReplenished::Level { sku: its.sku.clone(), node: its.node.clone(), why }
    };
    let mut demands = Vec::with_capacity(now.len());
    for at in now.iter().map(|at| needs[*at].at) {
        demands.push(levels::protection(&all[at], 0).map_err(fails(at))?);
    }
    let mut offers = Vec::with_capacity(now.len());
    for ((at, &unit_cost), demand) in now.iter().zip(costs).zip(&demands) {
        let need = &needs[*at];
        let agreed = &all[need.at].agreed;
        let target = agreed.service.target().unwrap_or(0.5);
        offers.push(Offer {
            demand,
            position: need.why.position,
            unit_cost,
            holding_cost: unit_cost,
            // The ratio at which this service is the cheapest one.
            stockout_cost: unit_cost * target / (1.0 - target),
            rule: OrderRule { most: Some(need.units), ..agreed.rule },
        });
    }
    let first = now.first().map_or(0, |at| needs[*at].at);
    let bought = within_budget(&offers, budget).map_err(fails(first))?;
    for (at, units) in now.iter().zip(bought.units) {
        let need = &mut needs[*at];
        need.why.over_budget = need.units - units.min(need.units);
        need.units = units.min(need.units);
    }
    Ok(())
}
