//! The network: lanes between locations, and from locations to the regions of customers.
//!
//! A lane belongs to the location it leaves from and is defined with it. A [`Network`] is built
//! from locations when it is needed: a graph in which goods travel from place to place through
//! hubs, and an index of who reaches which region.

use std::collections::BTreeMap;
use std::ops::Add;

use petgraph::algo::astar;
use petgraph::graph::{DiGraph, EdgeReference, NodeIndex};
use petgraph::visit::{EdgeFiltered, EdgeRef};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::location::{Location, LocationKind};
use super::{MOST_LEAD_DAYS, Unfit, at_most};
use crate::words::{
    Currency, LocationId, Money, RegionId, Rounding, ServiceId, TimeZone, WordError,
};

/// Where a lane leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneEnd {
    /// To customers of a region.
    Region(RegionId),
    /// To another location.
    Location(LocationId),
}

/// Which share of parcels has arrived within so many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransitQuantile {
    /// Days from the carrier's pickup to delivery.
    pub days: u32,
    /// The share that has arrived by then, in percent from 1 to 100.
    pub percent: u8,
}

/// A way from a location to a region or to another location with a service: its price and its time.
///
/// # Units
/// Costs are of one parcel: a fixed part and a part for each kilogram. `transit_days` are days on
/// which the carrier delivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// Where it leads.
    pub to: LaneEnd,
    /// The service level.
    pub service: ServiceId,
    /// What a parcel costs, whatever its weight.
    pub cost_fixed: Money,
    /// What each kilogram costs.
    pub cost_per_kg: Money,
    /// Days from the carrier's pickup to delivery, by the carrier's table.
    pub transit_days: u32,
    /// What history says of the days from pickup to delivery, the fastest first; empty if there is
    /// none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transit_quantiles: Vec<TransitQuantile>,
    /// Days on which the carrier picks up here; every day if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup_calendar: Option<Calendar>,
    /// Days and hours of delivery at the other end; round the clock if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_calendar: Option<Calendar>,
    /// The time zone at the other end; the location's own if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_zone: Option<TimeZone>,
}

impl Lane {
    /// Makes a lane whose carrier works every day.
    #[must_use]
    pub fn new(
        to: LaneEnd,
        service: ServiceId,
        cost_fixed: Money,
        cost_per_kg: Money,
        transit_days: u32,
    ) -> Self {
        Self {
            to,
            service,
            cost_fixed,
            cost_per_kg,
            transit_days,
            transit_quantiles: Vec::new(),
            pickup_calendar: None,
            delivery_calendar: None,
            delivery_zone: None,
        }
    }

    /// Checks what the form alone does not show.
    ///
    /// # Errors
    /// An [`Unfit`] naming the field: a cost below zero, two currencies, days beyond
    /// [`MOST_LEAD_DAYS`], or quantiles that do not rise in days and percent within 1 to 100.
    pub fn check(&self) -> Result<(), Unfit> {
        for (path, cost) in [("/cost_fixed", self.cost_fixed), ("/cost_per_kg", self.cost_per_kg)] {
            if cost.is_negative() {
                return Err(Unfit::new(path, "zero or more", cost));
            }
        }
        if self.cost_fixed.currency() != self.cost_per_kg.currency() {
            let expected = format!("the currency of `cost_fixed`, {}", self.cost_fixed.currency());
            return Err(Unfit::new("/cost_per_kg", &expected, self.cost_per_kg));
        }
        at_most(self.transit_days.into(), MOST_LEAD_DAYS.into(), "/transit_days")?;
        let mut before = None;
        for (index, quantile) in self.transit_quantiles.iter().enumerate() {
            let at = |field: &str| format!("/transit_quantiles/{index}/{field}");
            at_most(quantile.days.into(), MOST_LEAD_DAYS.into(), &at("days"))?;
            let (days_before, percent_before) = before.unwrap_or((None, 0));
            if days_before.is_some_and(|days| quantile.days <= days) {
                return Err(Unfit::new(at("days"), "more days than the one before", quantile.days));
            }
            if quantile.percent <= percent_before || quantile.percent > 100 {
                let expected = "more than the one before, 100 at most";
                return Err(Unfit::new(at("percent"), expected, quantile.percent));
            }
            before = Some((Some(quantile.days), quantile.percent));
        }
        Ok(())
    }

    /// Returns what a parcel of a weight costs, rounded once to minor units, halves to even.
    ///
    /// # Errors
    /// `invalid.currency_mix` if the lane's two costs differ in currency, `invalid.money` beyond
    /// the range of money.
    pub fn cost(&self, weight_g: u64) -> Result<Money, WordError> {
        let fixed = self.cost_fixed;
        // Adding nothing of the other currency is where a mix shows itself.
        fixed.try_add(Money::zero(self.cost_per_kg.currency()))?;
        let kilograms = Decimal::from(weight_g) * Decimal::new(1, 3);
        let by_weight = self.cost_per_kg.amount().checked_mul(kilograms);
        let sum = by_weight.and_then(|by_weight| by_weight.checked_add(fixed.amount()));
        Money::rounded(sum.unwrap_or(Decimal::MAX), fixed.currency(), Rounding::HalfEven)
    }
}

/// A way through the network: the stops, what it costs and how long it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The locations passed, first and last included.
    pub stops: Vec<LocationId>,
    /// The sum of the lanes' costs.
    pub cost: Money,
    /// The sum of the lanes' transit days.
    pub transit_days: u64,
}

/// The lanes of many locations as a graph.
///
/// # Law
/// Same locations, same answers: among routes of equal price the faster wins, among routes of equal
/// time the cheaper.
///
/// # Example
/// ```
/// use oms_core::catalog::{Lane, LaneEnd, Location, LocationKind, Network};
/// use oms_core::words::{Currency, LocationId, PoolId, ServiceId, TimeZone};
///
/// let place = |id: &str, kind| -> Result<_, oms_core::words::WordError> {
///     Ok(Location::new(LocationId::new(id)?, kind, PoolId::new("P")?, TimeZone::UTC))
/// };
/// let lane = |to: &str, cost: &str, days| -> Result<_, oms_core::words::WordError> {
///     let to = LaneEnd::Location(LocationId::new(to)?);
///     Ok(Lane::new(to, ServiceId::new("truck")?, cost.parse()?, "0.00 USD".parse()?, days))
/// };
/// let mut dc = place("DC", LocationKind::Dc)?;
/// let mut hub = place("HUB", LocationKind::Hub)?;
/// let store = place("S1", LocationKind::Store)?;
/// dc.lanes = vec![lane("S1", "9.00 USD", 1)?, lane("HUB", "2.00 USD", 1)?];
/// hub.lanes = vec![lane("S1", "3.00 USD", 1)?];
///
/// let network = Network::build([&dc, &hub, &store]);
/// let usd = Currency::new("USD")?;
/// let cheapest = network.cheapest(&dc.id, &store.id, 500, usd).unwrap();
/// assert_eq!((cheapest.cost.to_string().as_str(), cheapest.transit_days), ("5.00 USD", 2));
/// assert_eq!(network.fastest(&dc.id, &store.id, 500, usd).unwrap().transit_days, 1);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Network {
    graph: DiGraph<Stop, Lane>,
    stops: BTreeMap<LocationId, NodeIndex>,
    regions: BTreeMap<RegionId, Vec<(LocationId, Lane)>>,
}

#[derive(Debug, Clone)]
struct Stop {
    id: LocationId,
    is_hub: bool,
}

/// What a search minimizes: first the one, then the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
struct Price(Decimal, Decimal);

impl Add for Price {
    type Output = Self;

    // No sum overflows: a lane's cost is at most 10^15, a decimal holds 10^13 of them.
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }
}

#[derive(Debug, Clone, Copy)]
enum Aim {
    Cheapest,
    Fastest,
}

impl Network {
    /// Builds the graph; lanes to places that are not among the locations, and all lanes of closed
    /// ones, are left out.
    #[must_use]
    pub fn build<'a>(locations: impl IntoIterator<Item = &'a Location>) -> Self {
        let open: Vec<_> = locations.into_iter().filter(|location| !location.closed).collect();
        let mut network =
            Self { graph: DiGraph::new(), stops: BTreeMap::new(), regions: BTreeMap::new() };
        for location in &open {
            let is_hub = location.kind == LocationKind::Hub;
            let stop = network.graph.add_node(Stop { id: location.id.clone(), is_hub });
            network.stops.insert(location.id.clone(), stop);
        }
        for location in &open {
            for lane in &location.lanes {
                network.add(&location.id, lane);
            }
        }
        network
    }

    /// Returns the cheapest way between two locations for a parcel of a weight, over lanes of one
    /// currency.
    #[must_use]
    pub fn cheapest(
        &self,
        from: &LocationId,
        to: &LocationId,
        weight_g: u64,
        currency: Currency,
    ) -> Option<Route> {
        self.search(from, to, weight_g, currency, Aim::Cheapest)
    }

    /// Returns the fastest way between two locations for a parcel of a weight, over lanes of one
    /// currency.
    #[must_use]
    pub fn fastest(
        &self,
        from: &LocationId,
        to: &LocationId,
        weight_g: u64,
        currency: Currency,
    ) -> Option<Route> {
        self.search(from, to, weight_g, currency, Aim::Fastest)
    }

    /// Lists the locations that reach a region directly with a service, and the lane of each, in
    /// the order they were given.
    pub fn reaching<'a>(
        &'a self,
        region: &RegionId,
        service: &'a str,
    ) -> impl Iterator<Item = (&'a LocationId, &'a Lane)> + 'a {
        let lanes = self.regions.get(region).into_iter().flatten();
        lanes.filter(move |(_, lane)| lane.service.as_str() == service).map(|(id, lane)| (id, lane))
    }

    fn add(&mut self, from: &LocationId, lane: &Lane) {
        match &lane.to {
            LaneEnd::Region(region) => {
                let lanes = self.regions.entry(region.clone()).or_default();
                lanes.push((from.clone(), lane.clone()));
            }
            LaneEnd::Location(to) => {
                if let (Some(from), Some(to)) = (self.stops.get(from), self.stops.get(to)) {
                    self.graph.add_edge(*from, *to, lane.clone());
                }
            }
        }
    }

    fn search(
        &self,
        from: &LocationId,
        to: &LocationId,
        weight_g: u64,
        currency: Currency,
        aim: Aim,
    ) -> Option<Route> {
        let (start, goal) = (*self.stops.get(from)?, *self.stops.get(to)?);
        let cost = |lane: &Lane| {
            lane.cost(weight_g)
                .ok()
                .filter(|cost| cost.currency() == currency)
                .map(|cost| cost.amount())
        };
        // Goods pass through hubs only; a store on the way is not a hub.
        let passable = |edge: EdgeReference<'_, Lane>| {
            let leaves = edge.source();
            let may_leave =
                leaves == start || self.graph.node_weight(leaves).is_some_and(|stop| stop.is_hub);
            may_leave && cost(edge.weight()).is_some()
        };
        let walkable = EdgeFiltered::from_fn(&self.graph, passable);
        let price = |edge: EdgeReference<'_, Lane>| {
            let cost = cost(edge.weight()).unwrap_or_default();
            let days = Decimal::from(edge.weight().transit_days);
            match aim {
                Aim::Cheapest => Price(cost, days),
                Aim::Fastest => Price(days, cost),
            }
        };
        let (total, path) = astar(&walkable, start, |at| at == goal, price, |_| Price::default())?;
        let (cost, days) = match aim {
            Aim::Cheapest => (total.0, total.1),
            Aim::Fastest => (total.1, total.0),
        };
        let stops = path.iter().filter_map(|stop| self.graph.node_weight(*stop));
        Some(Route {
            stops: stops.map(|stop| stop.id.clone()).collect(),
            cost: Money::new(cost, currency).ok()?,
            transit_days: u64::try_from(days).ok()?,
        })
    }
}
