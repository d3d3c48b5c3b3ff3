//! Locations: places that hold stock, with what they can do, when, and at what cost.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::item::Item;
use super::network::{Lane, LaneEnd};
use super::{MOST_LEAD_DAYS, Unfit, at_most, is_off};
use crate::words::{
    Destination, LocationId, Money, PoolId, RegionId, ServiceId, TimeOfDay, TimeZone, Timestamp,
};

/// What sort of place a location is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocationKind {
    /// A distribution center.
    Dc,
    /// A store with customers in it.
    Store,
    /// A warehouse run by somebody else.
    ThirdParty,
    /// A supplier that ships for us.
    Supplier,
    /// A place that goods pass through on their way.
    Hub,
}

/// What a location is able and allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capabilities {
    /// Ships to customers; true unless said otherwise.
    pub ship: bool,
    /// Hands over to customers who come.
    #[serde(skip_serializing_if = "is_off")]
    pub pickup: bool,
    /// Keeps things cold.
    #[serde(skip_serializing_if = "is_off")]
    pub hold_cold: bool,
    /// Is licensed for dangerous goods.
    #[serde(skip_serializing_if = "is_off")]
    pub hazmat: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self { ship: true, pickup: false, hold_cold: false, hazmat: false }
    }
}

/// A place that holds stock.
///
/// # Example
/// ```
/// use oms_core::catalog::{Handling, Item, Location, LocationKind, Unit};
/// use oms_core::words::{LocationId, PoolId, Sku, TimeZone};
///
/// let zone = TimeZone::new("America/New_York")?;
/// let (id, pool) = (LocationId::new("S12")?, PoolId::new("EAST")?);
/// let store = Location::new(id, LocationKind::Store, pool, zone);
/// let mut item = Item::new(Sku::new("ICE")?, Unit::Each);
/// assert_eq!(store.can_handle(&item), Ok(()));
/// item.flags = Handling { cold: true, ..Handling::default() };
/// assert_eq!(store.can_handle(&item), Err("hold_cold"));
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// The name of the place.
    pub id: LocationId,
    /// What sort of place it is.
    pub kind: LocationKind,
    /// The pool its stock is sold from, for good.
    pub pool: PoolId,
    /// Where it stands, as a destination of lanes and distances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
    /// The time zone of its clock on the wall.
    pub time_zone: TimeZone,
    /// When it is open.
    #[serde(default, skip_serializing_if = "Calendar::is_always")]
    pub calendar: Calendar,
    /// What it can do.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// How many orders it takes in a local business day; none means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_orders_per_day: Option<u64>,
    /// What it costs to handle one unit here, beside what its lane costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling_cost: Option<Money>,
    /// Open days between the day an order counts and the day it is handed to the carrier.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub handling_days: u32,
    /// Minutes of opening hours until a pickup is ready.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pickup_ready_minutes: u32,
    /// The last time of day at which an order of a service counts for the same day; a service that
    /// is not here counts until closing time.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cut_offs: BTreeMap<ServiceId, TimeOfDay>,
    /// The lanes that leave from here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<Lane>,
    /// Closed for good: takes no more work.
    #[serde(default, skip_serializing_if = "is_off")]
    pub closed: bool,
    /// Since when; told by the engine, never by who defines the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

impl Location {
    /// Makes a location that is always open, ships, and has no lanes yet.
    #[must_use]
    pub fn new(id: LocationId, kind: LocationKind, pool: PoolId, time_zone: TimeZone) -> Self {
        Self {
            id,
            kind,
            pool,
            destination: None,
            time_zone,
            calendar: Calendar::always(),
            capabilities: Capabilities::default(),
            capacity_orders_per_day: None,
            handling_cost: None,
            handling_days: 0,
            pickup_ready_minutes: 0,
            cut_offs: BTreeMap::new(),
            lanes: Vec::new(),
            closed: false,
            closed_at: None,
        }
    }

    /// Tells whether the location was open for business at a moment, as far as its closing says.
    #[must_use]
    pub fn was_open_at(&self, at: Timestamp) -> bool {
        !self.closed || self.closed_at.is_some_and(|closed_at| at <= closed_at)
    }

    /// Tells whether an item may be kept and handled here.
    ///
    /// # Errors
    /// The name of the capability that is missing: `hazmat` or `hold_cold`.
    pub fn can_handle(&self, item: &Item) -> Result<(), &'static str> {
        if item.flags.hazmat && !self.capabilities.hazmat {
            return Err("hazmat");
        }
        if item.flags.cold && !self.capabilities.hold_cold {
            return Err("hold_cold");
        }
        Ok(())
    }

    /// Returns the lane from here to a region with a service.
    #[must_use]
    pub fn lane_to(&self, region: &RegionId, service: &str) -> Option<&Lane> {
        self.lanes.iter().find(|lane| {
            lane.service.as_str() == service
                && matches!(&lane.to, LaneEnd::Region(to) if to == region)
        })
    }

    /// Checks what the form alone does not show.
    ///
    /// # Errors
    /// An [`Unfit`] naming the field: a handling cost below zero, a lead time beyond
    /// [`MOST_LEAD_DAYS`], what [`Lane::check`] finds, a
    /// lane to the place itself, or a second lane of the same service to the same end.
    pub fn check(&self) -> Result<(), Unfit> {
        if let Some(cost) = self.handling_cost.filter(Money::is_negative) {
            return Err(Unfit::new("/handling_cost", "zero or more", cost));
        }
        at_most(self.handling_days.into(), MOST_LEAD_DAYS.into(), "/handling_days")?;
        let most_minutes = u64::from(MOST_LEAD_DAYS) * 24 * 60;
        at_most(self.pickup_ready_minutes.into(), most_minutes, "/pickup_ready_minutes")?;
        let mut seen = BTreeSet::new();
        for (index, lane) in self.lanes.iter().enumerate() {
            lane.check().map_err(|unfit| unfit.below(&format!("/lanes/{index}")))?;
            let at = |field: &str| format!("/lanes/{index}/{field}");
            if lane.to == LaneEnd::Location(self.id.clone()) {
                return Err(Unfit::new(at("to"), "another place than this one", &self.id));
            }
            if !seen.insert((&lane.to, &lane.service)) {
                let expected = "one lane for each end and service";
                return Err(Unfit::new(at("service"), expected, &lane.service));
            }
        }
        Ok(())
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
