//! What the run's own file says should be ordered.

use std::collections::BTreeSet;
use std::num::NonZero;

use oms::words::{BusinessDay, Sku, TimeZone};
use oms::{
    LeadDays, Oms, ReplenishPolicy, Siblings, SqliteStore, SupplyKind, SupplyPlan, SupplyProposal,
    Terms, TermsRule, TermsScope,
};

use crate::Failure;
use crate::data::Dataset;
use crate::days::date;
use crate::drive::{Spent, stopwatch};
use crate::network::Grid;
use crate::one_order::product_name;
use crate::report::{SupplyRow, SupplySum};

/// Proposals that are shown: those with the largest forecast.
const SHOWN: usize = 10;
/// Days from an order to its goods, and from one look to the next: deliveries come weekly.
const LEAD_DAYS: u32 = 2;
const REVIEW_DAYS: u32 = 7;
/// Days from one distribution center to another.
const BETWEEN_CENTERS: u32 = 2;

/// What came of the round.
#[derive(Debug)]
pub(crate) struct Supplies {
    /// The last day that the round knew.
    pub(crate) as_of: String,
    pub(crate) proposals: u64,
    pub(crate) units: u64,
    /// Of these, transfers between distribution centers.
    pub(crate) transfers: u64,
    /// SKUs at nodes that need nothing.
    pub(crate) enough: u64,
    pub(crate) shown: Vec<SupplyRow>,
    /// The one of these that most is behind, and how it comes about.
    pub(crate) explained: Option<(SupplyRow, Vec<SupplySum>)>,
    pub(crate) spent: Spent,
}

impl Supplies {
    /// Asks for proposals by the facts up to a day; what is measured instead of counted is left out.
    pub(crate) fn of(
        oms: &mut Oms<SqliteStore>,
        (data, grid): (&Dataset, &Grid),
        last_day: i64,
        measured: &BTreeSet<Sku>,
    ) -> Result<Self, Failure> {
        let policy = policy(measured, grid)?;
        let until: BusinessDay = date(last_day).parse()?;
        let began = stopwatch();
        let threads = std::thread::available_parallelism().ok();
        let threads = threads.and_then(|threads| NonZero::try_from(threads).ok());
        let threads = threads.unwrap_or(NonZero::<u16>::MIN);
        let plan = oms.propose_supplies(&policy, until, threads, &mut |_, _| {})?;
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let proposals = count(plan.proposals.len());
        let spent =
            Spent { count: proposals.saturating_add(count(plan.enough)), time: began.elapsed() };
        let shown = largest(&plan);
        Ok(Self {
            as_of: plan.as_of.to_string(),
            proposals,
            transfers: count(
                plan.proposals.iter().filter(|its| its.kind == SupplyKind::Transfer).count(),
            ),
            units: plan.proposals.iter().map(|its| its.units).sum(),
            enough: count(plan.enough),
            explained: shown
                .iter()
                .rev()
                .max_by_key(|its| sums(its).len())
                .map(|its| (row(its, data, grid), sums(its))),
            shown: shown.iter().map(|its| row(its, data, grid)).collect(),
            spent,
        })
    }
}

/// Weekly deliveries two days after the order, and nothing of what is pumped. Distribution centers help one another.
fn policy(measured: &BTreeSet<Sku>, grid: &Grid) -> Result<ReplenishPolicy, Failure> {
    let defaults = Terms {
        lead_time_days: Some(LeadDays::Days(LEAD_DAYS)),
        review_days: Some(REVIEW_DAYS),
        ..Terms::default()
    };
    let pumped = TermsRule {
        scope: TermsScope { skus: measured.clone(), ..TermsScope::default() },
        set: Terms { skip: Some(true), ..Terms::default() },
    };
    Ok(ReplenishPolicy {
        time_zone: TimeZone::new("America/New_York")?,
        defaults,
        siblings: vec![Siblings {
            nodes: grid.nodes().filter(|node| node.is_center).map(|node| node.id.clone()).collect(),
            days: BETWEEN_CENTERS,
            unit_cost: None,
        }],
        // A scope without SKUs would mean all.
        rules: if measured.is_empty() { Vec::new() } else { vec![pumped] },
        ..ReplenishPolicy::default()
    })
}

fn largest(plan: &SupplyPlan) -> Vec<&SupplyProposal> {
    let mut all: Vec<&SupplyProposal> = plan.proposals.iter().collect();
    all.sort_by(|a, b| b.why.forecast.total_cmp(&a.why.forecast));
    all.truncate(SHOWN);
    all
}

fn row(its: &SupplyProposal, data: &Dataset, grid: &Grid) -> SupplyRow {
    let product = its.sku.to_string().parse::<u64>().ok().and_then(|id| {
        let place = data.products().binary_search_by_key(&id, |product| product.id).ok()?;
        data.products().get(place)
    });
    SupplyRow {
        sku: its.sku.to_string(),
        name: product.map_or_else(|| its.sku.to_string(), product_name),
        node: grid.node(&its.node).map_or_else(|| its.node.to_string(), |node| node.name.clone()),
        units: its.units,
        due: its.due.to_string(),
        why: its.explained(),
    }
}

/// Each number behind a proposal; those that are nothing are left out.
fn sums(its: &SupplyProposal) -> Vec<SupplySum> {
    let why = &its.why;
    let term = |what: String, units: f64| SupplySum { what, units };
    let days = format!(
        "expected demand of {:.0} days: {:.0} until the goods come, {REVIEW_DAYS} until the next look",
        why.protection_days, why.lead_time_days
    );
    let service = format!(
        "safety stock, with which {:.1} % of units are expected to be served from the shelf",
        100.0 * why.fill_rate
    );
    let all = [
        term(days, why.forecast),
        term(service, why.safety_stock),
        term("so that orders are fewer".to_owned(), why.cycle_stock),
        term("what would spoil".to_owned(), -why.spoils),
        term("on hand".to_owned(), -(why.on_hand as f64)),
        term("on its way".to_owned(), -(why.inbound as f64)),
        term("promised to customers".to_owned(), why.owed as f64),
    ];
    let mut all: Vec<SupplySum> = all.into_iter().filter(|term| term.units.abs() > 0.05).collect();
    let sum: f64 = all.iter().map(|term| term.units).sum();
    let rounded = its.units as f64 - sum;
    if rounded.abs() > 0.005 {
        all.push(term("to whole units".to_owned(), rounded));
    }
    all
}
