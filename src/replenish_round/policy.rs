//! The policy file of a replenishment round: what a retailer has agreed with its suppliers, and what service it wants.

use std::collections::{BTreeMap, BTreeSet};

use oms_core::words::{BusinessDay, LocationId, Money, Sku, TimeZone};
use oms_forecast::policy::{LeadTime, OrderRule, PolicyError, Service};
use serde::{Deserialize, Serialize};

use super::promotion::{MOST_PROMOTIONS, Promotion};
use super::siblings::{self, MOST_SIBLINGS, Siblings};

/// Bytes of a policy file: 16 MiB.
pub const MOST_POLICY_BYTES: usize = 16 << 20;
/// Days of a review period or a shelf life.
const MOST_DAYS: u32 = 3_650;
/// What a unit may cost that lies for a day.
const MOST_COST: f64 = 1e12;

const LEAD_DAYS: u32 = 7;
const REVIEW_DAYS: u32 = 7;
const CYCLE_SERVICE: f64 = 0.95;
/// What may spoil, as a share of what is sold between two reviews.
const WASTE: f64 = 0.02;

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadPolicy {
    /// It is longer than [`MOST_POLICY_BYTES`].
    #[error("it has more than {MOST_POLICY_BYTES} bytes; name what differs from the defaults only")]
    TooLong,
    /// It is no JSON of a policy.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version.
    #[error("`version` is `{0}`; this engine reads `1`")]
    Version(u32),
    /// There are more promotions than [`MOST_PROMOTIONS`].
    #[error("it has {0} promotions; name those of the last years, {MOST_PROMOTIONS} at most")]
    Promotions(usize),
    /// A promotion ends before it begins.
    #[error("promotion {at}: it ends on `{to}`, before it begins on `{from}`; turn the days round")]
    PromotionDays {
        /// By its number.
        at: usize,
        /// Its first day.
        from: BusinessDay,
        /// Its last day.
        to: BusinessDay,
    },
    /// Groups of siblings make more ways between nodes than one of [`MOST_SIBLINGS`] does.
    #[error(
        "siblings {at}: the groups up to it make `{ways}` ways between nodes, more than one of {MOST_SIBLINGS} nodes \
         does; name smaller groups"
    )]
    Siblings {
        /// The group, by its number.
        at: usize,
        /// From each node of a group to each, over all groups up to this one.
        ways: usize,
    },
    /// A value is out of range.
    #[error("{place}: {why}")]
    Terms {
        /// Where: the defaults, or a rule by its number.
        place: String,
        /// What is wrong.
        why: PolicyError,
    },
}

/// What is agreed and wanted, for which SKUs at which nodes. Later rules win over earlier ones, and rules over defaults.
///
/// # Example
/// ```
/// use oms::ReplenishPolicy;
///
/// let policy = ReplenishPolicy::read(br#"{
///     "version": 1,
///     "time_zone": "America/New_York",
///     "defaults": {"lead_time_days": 3, "review_days": 7, "service": {"fill": 0.98}},
///     "rules": [
///         {"where": {"nodes": ["STORE-12"]}, "set": {"source": {"node": "DC-EAST"}, "lead_time_days": 1}},
///         {"where": {"skus": ["MILK"]}, "set": {"multiple": 12, "minimum": 24, "shelf_life_days": 9}}
///     ],
///     "inbound": [{"sku": "MILK", "node": "DC-EAST", "units": 48, "due": "2026-11-26"}],
///     "promotions": [{"where": {"skus": ["MILK"]}, "from": "2026-12-01", "to": "2026-12-07"}]
/// }"#)?;
/// assert_eq!(policy.rules.len(), 2);
/// assert!(ReplenishPolicy::read(br#"{"version": 1, "lead_time": 3}"#).is_err());
/// # Ok::<(), oms::BadPolicy>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplenishPolicy {
    /// 1.
    pub version: u32,
    /// The zone of days; UTC unless it is named.
    #[serde(default = "utc")]
    pub time_zone: TimeZone,
    /// For every SKU at every node.
    #[serde(default)]
    pub defaults: Terms,
    /// What differs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<TermsRule>,
    /// What is ordered already and on its way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inbound: Vec<Inbound>,
    /// Promotions, of the past and planned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<Promotion>,
    /// Nodes that help one another out, beside those that the engine has lanes between.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub siblings: Vec<Siblings>,
    /// Money for purchases of this round; needs a `unit_cost` for everything that is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
}

/// Terms for some SKUs at some nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsRule {
    /// For which; all where nothing is named.
    #[serde(default, rename = "where")]
    pub scope: TermsScope,
    /// What is set.
    pub set: Terms,
}

/// SKUs and nodes; a list that is empty means all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsScope {
    /// These SKUs.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skus: BTreeSet<Sku>,
    /// These nodes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub nodes: BTreeSet<LocationId>,
}

/// What can be agreed; what is absent is as before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Days from an order to its goods, 7 by default: a number, or a list of days with the probability of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_time_days: Option<LeadDays>,
    /// Days from one look at stock to the next, 7 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_days: Option<u32>,
    /// The service that is wanted, `{"cycle": 0.95}` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceGoal>,
    /// Units in a case, 1 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiple: Option<u64>,
    /// Units that an order has at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<u64>,
    /// Units that an order has at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u64>,
    /// Days from arrival to the last day of sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf_life_days: Option<u32>,
    /// What may spoil, as a share of what is sold between two reviews, 0.02 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_waste: Option<f64>,
    /// Where goods come from, `{"supplier": "supplier"}` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SupplySource>,
    /// What a unit costs to buy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Money>,
    /// What it costs that a unit lies here for a day, beside what it costs at the other nodes of its chain. Where each of
    /// them has one, safety stock is placed along the chain so that it costs least (guaranteed service).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holding_cost: Option<f64>,
    /// What an order costs beside its goods. With a `holding_cost`, and where no chain is placed, fewer and larger orders are
    /// proposed: from a reorder point on, up to a level, both of least expected cost - (s, S).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_cost: Option<f64>,
    /// Days that customers wait here at most, 0 by default; heard where `holding_cost` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_days: Option<u32>,
    /// Propose nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<bool>,
}

/// Days from an order to its goods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "`lead_time_days` is days from 0 on, such as 7, or each with its chance, such as [[5, 0.8], [9, 0.2]]"
)]
pub enum LeadDays {
    /// Always so many.
    Days(u32),
    /// Days, each with its probability.
    Chances(Vec<(u32, f64)>),
}

/// The service that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceGoal {
    /// The probability that a cycle passes without a unit missed.
    Cycle(f64),
    /// The share of units that are served from the shelf.
    Fill(f64),
    /// What a unit costs that is missed, and one that is left at the end of a cycle: the cycle service that costs least (the
    /// newsvendor's).
    Costs {
        /// Of a unit missed.
        missed: f64,
        /// Of a unit left.
        left: f64,
    },
}

/// Where goods come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupplySource {
    /// From outside: a purchase.
    Supplier(String),
    /// From another node: a transfer.
    Node(LocationId),
}

/// Goods that are on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    /// What.
    pub sku: Sku,
    /// Whither.
    pub node: LocationId,
    /// How many.
    pub units: u64,
    /// The day on which they come.
    pub due: BusinessDay,
}

/// The terms of a SKU at a node with all defaults filled in.
#[derive(Clone, Debug)]
pub(super) struct Agreed {
    pub(super) lead_time: LeadTime,
    pub(super) review_days: u32,
    pub(super) service: Service,
    pub(super) rule: OrderRule,
    pub(super) shelf_life_days: Option<u32>,
    pub(super) tolerated_waste: f64,
    pub(super) source: SupplySource,
    pub(super) unit_cost: Option<Money>,
    pub(super) holding_cost: Option<f64>,
    pub(super) order_cost: Option<f64>,
    pub(super) wait_days: u32,
    pub(super) skip: bool,
}

impl Default for ReplenishPolicy {
    fn default() -> Self {
        Self {
            version: 1,
            time_zone: utc(),
            defaults: Terms::default(),
            rules: Vec::new(),
            inbound: Vec::new(),
            promotions: Vec::new(),
            siblings: Vec::new(),
            budget: None,
        }
    }
}

impl ReplenishPolicy {
    /// Reads a policy file, and checks every rule of it.
    ///
    /// # Errors
    /// [`BadPolicy`] says where and what.
    pub fn read(text: &[u8]) -> Result<Self, BadPolicy> {
        if text.len() > MOST_POLICY_BYTES {
            return Err(BadPolicy::TooLong);
        }
        let policy: Self = serde_json::from_slice(text)?;
        policy.check()?;
        Ok(policy)
    }

    /// That every value is in its range.
    ///
    /// # Errors
    /// [`BadPolicy`] says where and what.
    pub fn check(&self) -> Result<(), BadPolicy> {
        if self.version != 1 {
            return Err(BadPolicy::Version(self.version));
        }
        let all = std::iter::once(("the defaults".to_owned(), &self.defaults)).chain(
            self.rules
                .iter()
                .zip(1..)
                .map(|(rule, n): (_, usize)| (format!("rule {n}"), &rule.set)),
        );
        for (place, terms) in all {
            terms.agreed().map_err(|why| BadPolicy::Terms { place, why })?;
        }
        let mut ways = 0_usize;
        for (group, at) in self.siblings.iter().zip(1_usize..) {
            let nodes = group.nodes.len();
            ways = ways.saturating_add(nodes.saturating_mul(nodes.saturating_sub(1)));
            if ways > MOST_SIBLINGS * (MOST_SIBLINGS - 1) {
                return Err(BadPolicy::Siblings { at, ways });
            }
            let (days, most) = (f64::from(group.days), f64::from(siblings::MOST_DAYS));
            in_range("days", days, 0.0, most, "0 to 365 days")
                .map_err(|why| BadPolicy::Terms { place: format!("siblings {at}"), why })?;
        }
        if self.promotions.len() > MOST_PROMOTIONS {
            return Err(BadPolicy::Promotions(self.promotions.len()));
        }
        for (its, at) in self.promotions.iter().zip(1..) {
            let (from, to) = (its.from, its.to);
            if to < from {
                return Err(BadPolicy::PromotionDays { at, from, to });
            }
            let discount = its.discount.unwrap_or_default();
            in_range("discount", discount, 0.0, 1.0, "a share from 0 to 1")
                .map_err(|why| BadPolicy::Terms { place: format!("promotion {at}"), why })?;
        }
        Ok(())
    }

    /// The terms of SKUs at nodes, looked up.
    pub(super) fn book(&self) -> TermsBook<'_> {
        let mut book = TermsBook { policy: self, for_all: Vec::new(), by_sku: BTreeMap::new() };
        for (place, rule) in self.rules.iter().enumerate() {
            if rule.scope.skus.is_empty() {
                book.for_all.push(place);
            }
            for sku in &rule.scope.skus {
                book.by_sku.entry(sku).or_default().push(place);
            }
        }
        book
    }
}

/// Rules by the SKUs that they name, so that a rule for each of a hundred thousand costs no more than it must.
#[derive(Debug)]
pub(super) struct TermsBook<'a> {
    policy: &'a ReplenishPolicy,
    for_all: Vec<usize>,
    by_sku: BTreeMap<&'a Sku, Vec<usize>>,
}

impl TermsBook<'_> {
    /// The terms of a SKU at a node.
    pub(super) fn agreed(&self, sku: &Sku, node: &LocationId) -> Result<Agreed, PolicyError> {
        let own = self.by_sku.get(sku).map_or(&[][..], Vec::as_slice);
        let mut places: Vec<usize> = self.for_all.iter().chain(own).copied().collect();
        places.sort_unstable();
        let mut terms = self.policy.defaults.clone();
        for rule in places.into_iter().filter_map(|place| self.policy.rules.get(place)) {
            if rule.scope.nodes.is_empty() || rule.scope.nodes.contains(node) {
                terms = rule.set.clone().or(terms);
            }
        }
        terms.agreed()
    }
}

impl Terms {
    fn or(self, before: Terms) -> Terms {
        Terms {
            lead_time_days: self.lead_time_days.or(before.lead_time_days),
            review_days: self.review_days.or(before.review_days),
            service: self.service.or(before.service),
            multiple: self.multiple.or(before.multiple),
            minimum: self.minimum.or(before.minimum),
            most: self.most.or(before.most),
            shelf_life_days: self.shelf_life_days.or(before.shelf_life_days),
            tolerated_waste: self.tolerated_waste.or(before.tolerated_waste),
            source: self.source.or(before.source),
            unit_cost: self.unit_cost.or(before.unit_cost),
            holding_cost: self.holding_cost.or(before.holding_cost),
            order_cost: self.order_cost.or(before.order_cost),
            wait_days: self.wait_days.or(before.wait_days),
            skip: self.skip.or(before.skip),
        }
    }

    fn agreed(&self) -> Result<Agreed, PolicyError> {
        let lead_time = match &self.lead_time_days {
            None => LeadTime::fixed(LEAD_DAYS),
            Some(LeadDays::Days(days)) => LeadTime::fixed(*days),
            Some(LeadDays::Chances(chances)) => LeadTime::of(chances),
        }?;
        let service = match self.service {
            None => Service::Cycle(CYCLE_SERVICE),
            Some(ServiceGoal::Cycle(share)) => Service::Cycle(share),
            Some(ServiceGoal::Fill(share)) => Service::Fill(share),
            Some(ServiceGoal::Costs { missed, left }) => {
                let wanted = "a number above 0, 1e12 at most";
                in_range("missed", missed, f64::MIN_POSITIVE, MOST_COST, wanted)?;
                in_range("left", left, f64::MIN_POSITIVE, MOST_COST, wanted)?;
                // Rounded, a share could be all or nothing, which no stock gives.
                Service::Cycle((missed / (missed + left)).clamp(1e-6, 1.0 - 1e-6))
            }
        };
        service.target()?;
        let review_days = self.review_days.unwrap_or(REVIEW_DAYS);
        let days = "1 to 3650 days";
        in_range("review_days", f64::from(review_days), 1.0, f64::from(MOST_DAYS), days)?;
        if let Some(life) = self.shelf_life_days {
            in_range("shelf_life_days", f64::from(life), 1.0, f64::from(MOST_DAYS), days)?;
        }
        if let Some(cost) = self.holding_cost {
            in_range("holding_cost", cost, 0.0, MOST_COST, "a number from 0 to 1e12")?;
        }
        if let Some(cost) = self.order_cost {
            in_range("order_cost", cost, 0.0, MOST_COST, "a number from 0 to 1e12")?;
        }
        let wait = f64::from(self.wait_days.unwrap_or_default());
        in_range("wait_days", wait, 0.0, f64::from(MOST_DAYS), "0 to 3650 days")?;
        let tolerated_waste = self.tolerated_waste.unwrap_or(WASTE);
        in_range("tolerated_waste", tolerated_waste, 0.0, 1.0, "a share from 0 to 1")?;
        if let Some(cost) = self.unit_cost.filter(|cost| cost.is_negative() || cost.is_zero()) {
            let found = cost.to_minor().map_or(f64::NAN, |minor| minor as f64);
            return Err(PolicyError::Value {
                name: "unit_cost",
                found,
                wanted: "an amount above 0",
            });
        }
        Ok(Agreed {
            lead_time,
            review_days,
            service,
            rule: OrderRule {
                multiple: self.multiple.unwrap_or(1),
                minimum: self.minimum.unwrap_or(0),
                most: self.most,
            },
            shelf_life_days: self.shelf_life_days,
            tolerated_waste,
            source: self.source.clone().unwrap_or(SupplySource::Supplier("supplier".to_owned())),
            unit_cost: self.unit_cost,
            holding_cost: self.holding_cost,
            order_cost: self.order_cost,
            wait_days: self.wait_days.unwrap_or_default(),
            skip: self.skip.unwrap_or(false),
        })
    }
}

fn in_range(
    name: &'static str,
    found: f64,
    least: f64,
    most: f64,
    wanted: &'static str,
) -> Result<(), PolicyError> {
    let fits = found >= least && found <= most;
    if fits { Ok(()) } else { Err(PolicyError::Value { name, found, wanted }) }
}

fn utc() -> TimeZone {
    TimeZone::UTC
}
