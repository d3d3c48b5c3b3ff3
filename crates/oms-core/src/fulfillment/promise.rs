//! Promises: the window told to the customer, from calendars, cut-offs and lanes.
//!
//! The order's moment is read on the node's wall clock. If the cut-off of its service has not
//! passed on an open day, the day counts. Handling days are open days of the node; the parcel
//! leaves on a day on which node and carrier both work; transit days are days of delivery at the
//! other end, and its hours make the window. All of it is civil time of the places concerned, so
//! daylight saving moves the moments and nothing else.
//!
//! # Units
//! Open days; percent; the window in UTC.
//!
//! # Law
//! Same catalog values and same moment, same promise. A later order is never promised earlier on
//! the same lane.
//!
//! # Example
//! ```
//! use oms_core::catalog::{Lane, LaneEnd, Location, LocationKind};
//! use oms_core::fulfillment::promise::promise_delivery;
//! use oms_core::words::{LocationId, PoolId, RegionId, ServiceId, TimeZone};
//!
//! let zone = TimeZone::new("America/New_York")?;
//! let mut dc = Location::new(LocationId::new("DC")?, LocationKind::Dc, PoolId::new("P")?, zone);
//! dc.cut_offs.insert(ServiceId::new("ground")?, "14:00".parse()?);
//! let (west, free) = (RegionId::new("WEST")?, "0.00 USD".parse()?);
//! let lane = Lane::new(LaneEnd::Region(west), ServiceId::new("ground")?, free, free, 2);
//!
//! let in_time = promise_delivery(&dc, &lane, "2026-11-24T18:59:00Z".parse()?, 95).unwrap();
//! assert_eq!(in_time.window.to().to_string(), "2026-11-27T05:00:00Z");
//! let too_late = promise_delivery(&dc, &lane, "2026-11-24T19:01:00Z".parse()?, 95).unwrap();
//! assert_eq!(too_late.window.to().to_string(), "2026-11-28T05:00:00Z");
//! # Ok::<(), oms_core::words::WordError>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::catalog::{Calendar, Lane, Location};
use crate::words::{BusinessDay, LocationId, ServiceId, TimeOfDay, TimeZone, Timestamp, Window};

/// The confidence of a carrier's table without history behind it, in percent: tables are kept nine
/// times in ten, and whoever knows better gives the lane its quantiles.
pub const TABLE_CONFIDENCE_PERCENT: u8 = 90;

/// How many days ahead a day is looked for on which node and carrier both work.
const HANDOVER_HORIZON_DAYS: u32 = 366;

/// A window told to the customer, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// When the goods come, or from when until when they may be collected.
    pub window: Window,
    /// The share of such promises that is kept, in percent.
    pub confidence_percent: u8,
}

/// No promise can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoPromise {
    /// The node may not do this.
    #[error("`{node}` has no capability `{capability}`: choose another node")]
    Incapable {
        /// The node.
        node: LocationId,
        /// What it cannot do: `ship` or `pickup`.
        capability: &'static str,
    },
    /// The node, the carrier or the delivery has no open day within a year.
    #[error("`{node}` has no open day within a year for {step}: check the calendars")]
    NeverOpen {
        /// The node.
        node: LocationId,
        /// For what no day was found: `handling`, `carrier pickup`, `delivery` or `preparing`.
        step: &'static str,
    },
}

/// Promises when an order that comes in at a moment is delivered from a node over a lane.
///
/// `level_percent` asks for a confidence: of the lane's quantiles the first that reaches it ends
/// the window, the fastest begins it. A lane without quantiles is promised by its table, with
/// [`TABLE_CONFIDENCE_PERCENT`].
///
/// # Errors
/// [`NoPromise::Incapable`] if the node does not ship; [`NoPromise::NeverOpen`] if a calendar has
/// no day for a step.
pub fn promise_delivery(
    node: &Location,
    lane: &Lane,
    ordered_at: Timestamp,
    level_percent: u8,
) -> Result<Promise, NoPromise> {
    if !node.capabilities.ship {
        return Err(NoPromise::Incapable { node: node.id.clone(), capability: "ship" });
    }
    let never = |step| NoPromise::NeverOpen { node: node.id.clone(), step };
    let handover = handover_day(node, lane, ordered_at)?;
    let always = Calendar::always();
    let delivery = Delivery {
        calendar: lane.delivery_calendar.as_ref().unwrap_or(&always),
        zone: lane.delivery_zone.unwrap_or(node.time_zone),
        // Goods do not arrive before the order, nor before the day they leave.
        not_before: ordered_at.max(node.time_zone.instant(handover, TimeOfDay::START)),
    };
    let (fastest, surest, confidence_percent) = transit(lane, level_percent);
    let first = delivery.window_after(handover, fastest).ok_or_else(|| never("delivery"))?;
    let last = delivery.window_after(handover, surest).ok_or_else(|| never("delivery"))?;
    let window = Window::new(first.from(), last.to()).unwrap_or(last);
    Ok(Promise { window, confidence_percent })
}

/// Promises when an order that comes in at a moment can be collected at a node.
///
/// The window begins when the order is ready, which takes the node's minutes of opening hours, and
/// ends at `until`, or when it is ready if that is later.
///
/// # Errors
/// [`NoPromise::Incapable`] if nothing is collected there; [`NoPromise::NeverOpen`] if it is never
/// open.
pub fn promise_pickup(
    node: &Location,
    ordered_at: Timestamp,
    until: Timestamp,
) -> Result<Promise, NoPromise> {
    if !node.capabilities.pickup {
        return Err(NoPromise::Incapable { node: node.id.clone(), capability: "pickup" });
    }
    let never = || NoPromise::NeverOpen { node: node.id.clone(), step: "preparing" };
    let minutes = node.pickup_ready_minutes;
    let ready = node.calendar.work_until(ordered_at, minutes, node.time_zone).ok_or_else(never)?;
    let window = Window::new(ready, until.max(ready)).map_err(|_| never())?;
    Ok(Promise { window, confidence_percent: TABLE_CONFIDENCE_PERCENT })
}

/// Returns the civil day on which an order of this moment leaves the node with the lane's carrier.
///
/// # Errors
/// [`NoPromise::NeverOpen`] if node and carrier have no common day within a year.
pub fn handover_day(
    node: &Location,
    lane: &Lane,
    ordered_at: Timestamp,
) -> Result<BusinessDay, NoPromise> {
    let never = |step| NoPromise::NeverOpen { node: node.id.clone(), step };
    let cut_off = cut_off(node, &lane.service, ordered_at);
    let counted = node.calendar.ready_day(ordered_at, cut_off, node.time_zone);
    let counted = counted.ok_or_else(|| never("handling"))?;
    let handled = node.calendar.plus_open_days(counted, node.handling_days);
    let handled = handled.ok_or_else(|| never("handling"))?;
    let carrier_comes = |day: &BusinessDay| {
        lane.pickup_calendar.as_ref().is_none_or(|calendar| calendar.is_open_day(*day))
    };
    (0..=HANDOVER_HORIZON_DAYS)
        .map(|ahead| handled.plus_days(ahead))
        .find(|day| node.calendar.is_open_day(*day) && carrier_comes(day))
        .ok_or_else(|| never("carrier pickup"))
}

/// A service without a cut-off of its own counts until closing time.
fn cut_off(node: &Location, service: &ServiceId, ordered_at: Timestamp) -> TimeOfDay {
    node.cut_offs.get(service).copied().unwrap_or_else(|| {
        let today = node.time_zone.local_day(ordered_at);
        node.calendar.hours_on(today).map_or(TimeOfDay::END, |hours| hours.close())
    })
}

/// Returns the days of the fastest and of the surest arrival, and the confidence of the latter.
fn transit(lane: &Lane, level_percent: u8) -> (u32, u32, u8) {
    let quantiles = &lane.transit_quantiles;
    let surest = quantiles.iter().find(|quantile| quantile.percent >= level_percent);
    match (quantiles.first(), surest.or(quantiles.last())) {
        (Some(fastest), Some(surest)) => (fastest.days, surest.days, surest.percent),
        _ => (lane.transit_days, lane.transit_days, TABLE_CONFIDENCE_PERCENT),
    }
}

struct Delivery<'a> {
    calendar: &'a Calendar,
    zone: TimeZone,
    not_before: Timestamp,
}

impl Delivery<'_> {
    /// Returns the hours of delivery on the day that lies so many delivery days after the handover.
    fn window_after(&self, handover: BusinessDay, days: u32) -> Option<Window> {
        let mut day = match days {
            0 => self.calendar.open_day_from(handover)?,
            _ => self.calendar.plus_open_days(handover, days)?,
        };
        loop {
            // From the first stretch that is not over, to the end of the day's last.
            let mut open =
                self.calendar.openings(day, self.zone).filter(|o| self.not_before < o.to());
            if let Some(first) = open.next() {
                let last = open.last().unwrap_or(first);
                return Window::new(first.from().max(self.not_before), last.to()).ok();
            }
            day = self.calendar.next_open_day(day)?;
        }
    }
}
