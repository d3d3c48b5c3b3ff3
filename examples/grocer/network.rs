//! The grocer's network as the engine knows it: pools, locations with their lanes, channels.
//!
//! * Every distribution center has a **pool**, and each store belongs to the pool of the center
//!   nearest to its area.
//! * Customers live in fourteen **regions**, one around each area. A **lane** leads from every
//!   center to every region, and from a store to the regions within
//!   [`STORE_REACH_MILES`]; its price and its days follow [`geo::parcel_cents`] and
//!   [`geo::transit_days`] by the distance to the region's middle.
//! * There is one **web channel** for each pool, which sells from that pool first and from the
//!   two next nearest after it, and one **till channel** for all.
//! * Stores keep things cold and hand over pickups. Two of the centers keep nothing cold.

use std::collections::BTreeMap;

use oms::catalog::{
    Capabilities, Channel, ChannelKind, Lane, LaneEnd, Location, LocationKind, Policy, PolicyScope,
    Reach,
};
use oms::flow::{Command, DefineChannel, DefineLocation, DefinePool, SetPolicy};
use oms::words::{
    ChannelId, Country, Currency, Destination, LocationId, Money, PoolId, RegionId, ServiceId,
    TimeZone, WordError,
};

use crate::geo::{self, AREAS, CENTERS, Place, Point};

/// How far a store ships.
const STORE_REACH_MILES: f64 = 300.0;
/// Pools that a web channel sells from.
const POOLS_OF_A_CHANNEL: usize = 3;
/// The most orders that a store packs in a day; a center has no such bound.
const STORE_ORDERS_A_DAY: u64 = 25;
/// Handling of one unit, in cents: dearer between shelves than between racks.
const HANDLING_CENTS: (i64, i64) = (22, 48);
/// Centers without a cold room, by position.
const WITHOUT_COLD: [usize; 2] = [1, 4];
/// The only service.
pub(crate) const SERVICE: &str = "ground";

/// A store or a center.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) id: LocationId,
    /// For people: `Store 367, Columbus, OH`.
    pub(crate) name: String,
    pub(crate) point: Point,
    pub(crate) is_center: bool,
    /// Position of its area, or of its center.
    pub(crate) place: usize,
    /// Position of its pool's center.
    pub(crate) pool: usize,
    time_zone: &'static str,
}

/// All nodes, with what is asked about them by id.
#[derive(Debug)]
pub(crate) struct Grid {
    nodes: BTreeMap<LocationId, Node>,
    stores: BTreeMap<u64, LocationId>,
    centers: Vec<LocationId>,
}

impl Grid {
    /// The centers, and a store for each id.
    pub(crate) fn of(stores: &[u64]) -> Result<Self, WordError> {
        let mut grid =
            Self { nodes: BTreeMap::new(), stores: BTreeMap::new(), centers: Vec::new() };
        for (place, center) in CENTERS.iter().enumerate() {
            let id = LocationId::new(format!("DC-{}", code(center)))?;
            grid.centers.push(id.clone());
            grid.add(Node {
                id,
                name: center.name.to_owned(),
                point: center.point,
                is_center: true,
                place,
                pool: place,
                time_zone: center.time_zone,
            });
        }
        for store in stores {
            let site = geo::store_site(*store);
            let place = AREAS.iter().position(|area| area.name == site.area.name).unwrap_or(0);
            let id = LocationId::new(format!("STORE-{store}"))?;
            grid.stores.insert(*store, id.clone());
            grid.add(Node {
                id,
                name: format!("Store {store}, {}", site.area.name),
                point: site.point,
                is_center: false,
                place,
                pool: nearest_center(site.area.point),
                time_zone: site.area.time_zone,
            });
        }
        Ok(grid)
    }

    fn add(&mut self, node: Node) {
        self.nodes.insert(node.id.clone(), node);
    }

    /// All nodes, by id.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    /// A node.
    pub(crate) fn node(&self, id: &LocationId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// The node of a store.
    pub(crate) fn store(&self, store: u64) -> Option<&Node> {
        self.stores.get(&store).and_then(|id| self.nodes.get(id))
    }

    /// The node of a center.
    pub(crate) fn center(&self, place: usize) -> Option<&Node> {
        self.centers.get(place).and_then(|id| self.nodes.get(id))
    }

    /// Whether a node keeps things cold.
    pub(crate) fn keeps_cold(&self, node: &Node) -> bool {
        !(node.is_center && WITHOUT_COLD.contains(&node.place))
    }

    /// Days from a node to a region.
    pub(crate) fn days(&self, from: &LocationId, region: usize) -> i64 {
        let (Some(node), Some(area)) = (self.node(from), AREAS.get(region)) else { return 1 };
        i64::from(geo::transit_days(geo::zone(geo::miles(node.point, area.point))))
    }

    /// Everything that defines the network, in the order in which it can be defined.
    pub(crate) fn definitions(&self) -> Result<Vec<Command>, WordError> {
        let mut commands: Vec<Command> = Vec::new();
        for center in &CENTERS {
            commands.push(DefinePool { id: pool_id(center)? }.into());
        }
        for node in self.nodes.values() {
            let mut location = location(node)?;
            location.capabilities.hold_cold = self.keeps_cold(node);
            commands.push(DefineLocation(location).into());
        }
        for (place, center) in CENTERS.iter().enumerate() {
            let mut pools: Vec<&Place> = CENTERS.iter().collect();
            pools.sort_by(|a, b| {
                geo::miles(center.point, a.point).total_cmp(&geo::miles(center.point, b.point))
            });
            let pools = pools.into_iter().take(POOLS_OF_A_CHANNEL).map(pool_id);
            let channel = Channel::new(
                web_channel(place)?,
                ChannelKind::Web,
                pools.collect::<Result<_, _>>()?,
            );
            commands.push(DefineChannel(channel).into());
        }
        let pools = CENTERS.iter().map(pool_id).collect::<Result<_, _>>()?;
        let tills = Channel::new(till_channel()?, ChannelKind::Pos, pools);
        commands.push(DefineChannel(tills).into());
        commands.push(
            SetPolicy { scope: PolicyScope::Tenant, valid_from: None, policy: policy() }.into(),
        );
        Ok(commands)
    }
}

/// What the grocer has chosen.
fn policy() -> Policy {
    Policy {
        reserve_minutes: Some(5 * 24 * 60),
        pickup_days: Some(3),
        max_packages: Some(4),
        // A till that has scanned the goods is believed, whatever the books say.
        sell_through: Some(Reach::BelowZero),
        ..Policy::default()
    }
}

/// The center nearest to a point.
pub(crate) fn nearest_center(point: Point) -> usize {
    let miles = |place: &Place| geo::miles(place.point, point);
    let nearest = CENTERS.iter().enumerate().min_by(|a, b| miles(a.1).total_cmp(&miles(b.1)));
    nearest.map_or(0, |(place, _)| place)
}

/// `SAN-ANTONIO` of `San Antonio, TX`.
fn code(place: &Place) -> String {
    city(place).to_uppercase().replace(' ', "-")
}

/// `San Antonio` of `San Antonio, TX`.
pub(crate) fn city(place: &Place) -> &'static str {
    place.name.split(',').next().unwrap_or(place.name)
}

fn pool_id(center: &Place) -> Result<PoolId, WordError> {
    PoolId::new(code(center))
}

/// The web channel of the pool of a center.
pub(crate) fn web_channel(pool: usize) -> Result<ChannelId, WordError> {
    ChannelId::new(format!("WEB-{}", CENTERS.get(pool).map(code).unwrap_or_default()))
}

/// The channel of all tills.
pub(crate) fn till_channel() -> Result<ChannelId, WordError> {
    ChannelId::new("POS")
}

/// Where a customer of a region lives, as far as sourcing must know.
pub(crate) fn destination(region: usize) -> Result<Destination, WordError> {
    let code = AREAS.get(region).map(code).unwrap_or_default();
    Ok(Destination::new(Country::new("US")?, RegionId::new(code)?))
}

fn location(node: &Node) -> Result<Location, WordError> {
    let center = CENTERS.get(node.pool).unwrap_or(&CENTERS[0]);
    let kind = if node.is_center { LocationKind::Dc } else { LocationKind::Store };
    let zone = TimeZone::new(node.time_zone)?;
    let mut location = Location::new(node.id.clone(), kind, pool_id(center)?, zone);
    let usd = Currency::new("USD")?;
    let (center_cents, store_cents) = HANDLING_CENTS;
    location.capabilities = Capabilities { pickup: !node.is_center, ..Capabilities::default() };
    let cents = if node.is_center { center_cents } else { store_cents };
    location.handling_cost = Some(Money::from_minor(cents, usd)?);
    location.capacity_orders_per_day = (!node.is_center).then_some(STORE_ORDERS_A_DAY);
    for (region, area) in AREAS.iter().enumerate() {
        let miles = geo::miles(node.point, area.point);
        if node.is_center || miles <= STORE_REACH_MILES {
            location.lanes.push(lane(region, geo::zone(miles), usd)?);
        }
    }
    Ok(location)
}

fn lane(region: usize, zone: u8, usd: Currency) -> Result<Lane, WordError> {
    let cents = i64::try_from(geo::parcel_cents(zone, 1)).unwrap_or(i64::MAX);
    // Half as much again for each further 5 kg is a tenth for each.
    let per_kg = Money::from_minor(cents / 10, usd)?;
    let to = LaneEnd::Region(destination(region)?.region);
    let service = ServiceId::new(SERVICE)?;
    Ok(Lane::new(to, service, Money::from_minor(cents, usd)?, per_kg, geo::transit_days(zone)))
}

#[cfg(test)]
mod tests {
    use super::{Grid, web_channel};
    use crate::geo::{AREAS, CENTERS};
    use oms::catalog::LaneEnd;
    use oms::flow::{Command, DefineChannel, DefineLocation};

    #[test]
    fn every_region_is_reached_from_every_channel() {
        // Goal: no customer lives where nothing can be sent. Method: for each channel, the
        // lanes of the locations in its pools lead to all regions.
        let grid = Grid::of(&[1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
        let commands = grid.definitions().unwrap();
        let channels = commands.iter().filter_map(|command| match command {
            Command::DefineChannel(DefineChannel(channel)) => Some(channel),
            _ => None,
        });
        let channels: Vec<_> = channels.collect();
        assert_eq!(channels.len(), CENTERS.len() + 1);
        assert_eq!(channels[0].id, web_channel(0).unwrap());
        for channel in channels {
            let mut reached = std::collections::BTreeSet::new();
            for command in &commands {
                if let Command::DefineLocation(DefineLocation(location)) = command
                    && channel.sells_from(&location.pool)
                {
                    assert_eq!(location.check(), Ok(()));
                    reached.extend(location.lanes.iter().filter_map(|lane| match &lane.to {
                        LaneEnd::Region(region) => Some(region.clone()),
                        LaneEnd::Location(_) => None,
                    }));
                }
            }
            assert_eq!(reached.len(), AREAS.len(), "{}", channel.id);
        }
    }
}
