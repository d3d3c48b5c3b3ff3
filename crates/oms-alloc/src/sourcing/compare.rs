//! What policies come to on the same wave, side by side.

use std::collections::BTreeSet;

use oms_core::sourcing::{Budget, Plan, Sourcer, SourcingSnapshot, Unplanned};
use serde::Serialize;

use super::{Overlaid, Policy, micro};
use crate::bill::{BrokenRule, bill_ruled};
use crate::instance::{BadInstance, Instance};
use crate::overlay::Overlay;
use crate::wave::{Outcome, WaveOptions, plan_by_rules, plan_wave};

/// What a policy comes to.
///
/// # Units
/// Money in minor units; days summed over packages, so that `days / packages` is the mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// The policy's name.
    pub policy: String,
    /// What shipping costs: packages, weight and handling, and what the units are worth where they lie.
    pub cost_minor: i64,
    /// Packages made.
    pub packages: u64,
    /// Orders that leave in more than one package.
    pub split_orders: u64,
    /// Days to the door, summed over packages.
    pub package_days: u64,
    /// Units shipped.
    pub units: u64,
    /// Units that stay unfilled.
    pub unfilled: u64,
    /// What it costs that they do, where the wave tells: with `cost_minor` all that a plan comes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfilled_minor: Option<i64>,
    /// Packages that arrive after their order is due, where some order is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_packages: Option<u64>,
    /// Grams of CO2e of all packages, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carbon_g: Option<u64>,
    /// What the units shipped would have lost unsold, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown_saved_minor: Option<i64>,
    /// The least that `cost_minor` and `unfilled_minor` of any plan could come to, where it was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound_minor: Option<i64>,
}

/// Sources a recorded snapshot by several policies under an overlay; an empty one changes nothing.
///
/// # Errors
/// [`Unplanned`] where the snapshot contradicts itself.
///
/// # Example
/// ```
/// use oms_alloc::{Overlay, Policy, compare};
/// use oms_core::sourcing::SourcingSnapshot;
/// use oms_core::words::{Currency, Timestamp};
///
/// let snapshot = SourcingSnapshot::new(42, Timestamp::MIN, Currency::new("USD")?);
/// let compared = compare(&snapshot, &Overlay::empty(), &Policy::ALL).unwrap();
/// assert_eq!((compared.len(), compared[0].units), (6, 0));
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
pub fn compare(
    snapshot: &SourcingSnapshot,
    overlay: &Overlay,
    policies: &[Policy],
) -> Result<Vec<Compared>, Unplanned> {
    let compared = policies.iter().map(|policy| {
        let plan = Overlaid::new(*policy, overlay.clone()).plan(snapshot, Budget::UNLIMITED)?;
        Ok(sum(policy.name(), &plan, snapshot))
    });
    compared.collect()
}

fn sum(policy: &str, plan: &Plan, snapshot: &SourcingSnapshot) -> Compared {
    let (mut cost, mut packages, mut days, mut units) = (0_i128, 0_u64, 0_u64, 0_u64);
    let mut split_orders = 0_u64;
    for record in plan.records.values() {
        let made = record.chosen.len() as u64;
        packages += made;
        split_orders += u64::from(made > 1);
        for choice in &record.chosen {
            cost = cost.saturating_add(micro(choice.cost));
            days = days.saturating_add(u64::from(choice.days));
            units = units.saturating_add(choice.quantity());
        }
    }
    let per_minor = 10_i128.pow(6_u32.saturating_sub(snapshot.currency.exponent()));
    let unfilled =
        plan.shortfalls.iter().fold(0, |sum: u64, row| sum.saturating_add(row.qty.get()));
    Compared {
        policy: policy.to_owned(),
        cost_minor: i64::try_from(cost / per_minor).unwrap_or(i64::MAX),
        packages,
        split_orders,
        package_days: days,
        units,
        unfilled,
        unfilled_minor: None,
        late_packages: None,
        carbon_g: None,
        markdown_saved_minor: None,
        bound_minor: None,
    }
}

/// Why an instance could not be planned by a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotCompared {
    /// The instance is beyond what can be reckoned with.
    #[error(transparent)]
    Instance(#[from] BadInstance),
    /// A plan breaks a rule.
    #[error(transparent)]
    Broken(#[from] BrokenRule),
}

/// Plans an instance by several policies under an overlay, each wave with so many steps of work at most.
///
/// An instance tells what an unfilled unit costs, so that a policy may leave one that is too dear. `first_fit` knows
/// snapshots only and is planned as `greedy`.
///
/// # Errors
/// [`NotCompared`] where the instance is out of bounds.
pub fn compare_on_instance(
    instance: &Instance,
    overlay: &Overlay,
    policies: &[Policy],
    work: u64,
) -> Result<Vec<Compared>, NotCompared> {
    let compared = policies.iter().map(|policy| {
        let weights = policy.weights();
        let problem = instance.problem_weighed(weights.unwrap_or_default(), overlay)?;
        let options = WaveOptions { work: Some(work), ..WaveOptions::default() };
        let outcome = match weights {
            Some(_) => plan_wave(&problem, &options, &mut |_| false),
            None => plan_by_rules(&problem),
        };
        price(*policy, (instance, overlay), outcome)
    });
    compared.collect()
}

fn price(
    policy: Policy,
    (instance, overlay): (&Instance, &Overlay),
    outcome: Outcome,
) -> Result<Compared, NotCompared> {
    let bill = bill_ruled(instance, overlay, &outcome.shipments)?;
    let outcome = outcome.in_money(&bill, policy.weights().unwrap_or_default(), overlay);
    let is_due = instance.orders.iter().any(|order| order.due.is_some());
    let packages: BTreeSet<(u32, u32)> =
        outcome.shipments.iter().map(|row| (row.order, row.node)).collect();
    let days = packages.into_iter().filter_map(|(order, node)| {
        let region = instance.orders[order as usize].region as usize;
        instance.lanes[node as usize][region].map(|lane| u64::from(lane.2))
    });
    Ok(Compared {
        policy: policy.name().to_owned(),
        cost_minor: bill.total - bill.unfilled_cost,
        packages: bill.packages,
        split_orders: bill.split_orders,
        package_days: days.sum(),
        units: bill.units,
        unfilled: bill.unfilled.values().sum(),
        unfilled_minor: Some(bill.unfilled_cost),
        late_packages: is_due.then_some(bill.late_packages),
        carbon_g: (!instance.carbon.is_empty()).then_some(bill.carbon_g),
        markdown_saved_minor: (!instance.markdown.is_empty()).then_some(bill.markdown_saved),
        bound_minor: outcome.progress.bound.filter(|_| policy == Policy::Optimal),
    })
}
