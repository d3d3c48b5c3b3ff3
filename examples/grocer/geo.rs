//! Where things are: a documented rule, because the data says nothing of places.
//!
//! * **Stores** are spread over fourteen inland metropolitan areas of the US. A store's id, mixed,
//!   picks the area by its share, and a point within 30 miles of the area's center, evenly over
//!   the disc. The same id gives the same point, whatever other stores there are.
//! * **Distribution centers** stand at five real crossroads of US freight.
//! * **Households** live in the area of the store where they shop most.
//! * **Zones** follow the bands of parcel carriers by great-circle distance: up to 50, 150, 300,
//!   600, 1,000, 1,400 and 1,800 miles are zones 1 to 7, anything beyond is zone 8.
//! * **Cost and days** of a parcel grow with its zone; see [`parcel_cents`] and
//!   [`transit_days`]. They are chosen for this demo, in the order of size of US ground parcels.
//!
//! The coordinates are public facts, to a hundredth of a degree.

use crate::draws::Draws;

/// A point on the globe, in degrees; north and east are positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

/// A metropolitan area or a crossroads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// City and state, for example `Cincinnati, OH`.
    pub(crate) name: &'static str,
    pub(crate) point: Point,
    /// IANA name of the time zone.
    pub(crate) time_zone: &'static str,
    /// Share of the stores, relative to the other areas; 0 for a distribution center.
    share: u64,
}

const fn place(
    name: &'static str,
    latitude: f64,
    longitude: f64,
    time_zone: &'static str,
    share: u64,
) -> Place {
    Place { name, point: Point { latitude, longitude }, time_zone, share }
}

const EASTERN: &str = "America/New_York";
const CENTRAL: &str = "America/Chicago";
const MOUNTAIN: &str = "America/Denver";
const PACIFIC: &str = "America/Los_Angeles";

/// The areas where stores are. All lie inland, so that no store stands in the sea.
pub(crate) const AREAS: [Place; 14] = [
    place("Cincinnati, OH", 39.10, -84.51, EASTERN, 14),
    place("Columbus, OH", 39.96, -83.00, EASTERN, 10),
    place("Indianapolis, IN", 39.77, -86.16, "America/Indiana/Indianapolis", 8),
    place("Nashville, TN", 36.16, -86.78, CENTRAL, 8),
    place("Atlanta, GA", 33.75, -84.39, EASTERN, 10),
    place("Charlotte, NC", 35.23, -80.84, EASTERN, 7),
    place("Harrisburg, PA", 40.27, -76.88, EASTERN, 6),
    place("Dallas, TX", 32.78, -96.80, CENTRAL, 9),
    place("San Antonio, TX", 29.42, -98.49, CENTRAL, 5),
    place("Kansas City, MO", 39.10, -94.58, CENTRAL, 5),
    place("Denver, CO", 39.74, -104.99, MOUNTAIN, 6),
    place("Phoenix, AZ", 33.45, -112.07, "America/Phoenix", 5),
    place("Riverside, CA", 33.95, -117.40, PACIFIC, 5),
    place("Portland, OR", 45.52, -122.68, PACIFIC, 4),
];

/// The distribution centers, by id from 1.
pub(crate) const CENTERS: [Place; 5] = [
    place("Groveport, OH", 39.85, -82.89, EASTERN, 0),
    place("Memphis, TN", 35.15, -90.05, CENTRAL, 0),
    place("Fort Worth, TX", 32.76, -97.33, CENTRAL, 0),
    place("Carlisle, PA", 40.20, -77.19, EASTERN, 0),
    place("Reno, NV", 39.53, -119.81, PACIFIC, 0),
];

/// Seed of every point: the map is the same whatever the orders are drawn from.
const MAP_SEED: u64 = 0;
const STORE_STREAM: u64 = 1;

const STORE_RADIUS_MILES: f64 = 30.0;
const EARTH_RADIUS_MILES: f64 = 3_958.8;

/// The upper bounds of zones 1 to 7, in miles.
const ZONE_BOUNDS: [f64; 7] = [50.0, 150.0, 300.0, 600.0, 1_000.0, 1_400.0, 1_800.0];

/// Where a store stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct StoreSite {
    pub(crate) id: u64,
    pub(crate) area: Place,
    pub(crate) point: Point,
}

/// Places a store by its id.
pub(crate) fn store_site(id: u64) -> StoreSite {
    let draws = Draws::new(MAP_SEED, STORE_STREAM);
    let mut ticket = draws.below(3 * id, AREAS.iter().map(|area| area.share).sum());
    let [first, rest @ ..] = AREAS;
    let mut area = first;
    for next in rest {
        if ticket < area.share {
            break;
        }
        ticket -= area.share;
        area = next;
    }
    let point = scatter(area.point, STORE_RADIUS_MILES, draws, 3 * id + 1);
    StoreSite { id, area, point }
}

/// A point evenly drawn from the disc around `center`.
fn scatter(center: Point, radius_miles: f64, draws: Draws, counter: u64) -> Point {
    let distance = radius_miles * share(draws.at(counter)).sqrt();
    let bearing = std::f64::consts::TAU * share(draws.at(counter + 1));
    let miles_a_degree = EARTH_RADIUS_MILES.to_radians();
    let latitude = center.latitude + distance * bearing.cos() / miles_a_degree;
    let narrowing = center.latitude.to_radians().cos();
    let longitude = center.longitude + distance * bearing.sin() / (miles_a_degree * narrowing);
    Point { latitude, longitude }
}

/// 64 bits as a number from 0 up to 1; the upper 32 are enough for any map.
fn share(bits: u64) -> f64 {
    u32::try_from(bits >> 32).map_or(0.0, |upper| f64::from(upper) / (f64::from(u32::MAX) + 1.0))
}

/// Great-circle distance in miles, by the haversine formula on a sphere.
pub(crate) fn miles(from: Point, to: Point) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let widths = from.latitude.to_radians().cos() * to.latitude.to_radians().cos();
    let chord = half(from.latitude, to.latitude) + widths * half(from.longitude, to.longitude);
    2.0 * EARTH_RADIUS_MILES * chord.sqrt().min(1.0).asin()
}

/// The parcel zone of a distance, 1 to 8.
pub(crate) fn zone(miles: f64) -> u8 {
    ZONE_BOUNDS.iter().fold(1, |zone, bound| zone + u8::from(miles > *bound))
}

/// What a parcel of up to 5 kg costs by zone, in cents: 5.90 next door to 14.90 across the
/// country, and half as much again for each further 5 kg begun.
pub(crate) fn parcel_cents(zone: u8, grams: u64) -> u64 {
    let first = match zone {
        0 | 1 => 590,
        2 => 640,
        3 => 710,
        4 => 820,
        5 => 950,
        6 => 1_110,
        7 => 1_290,
        _ => 1_490,
    };
    let further = grams.saturating_sub(1) / 5_000;
    first + further.saturating_mul(first / 2)
}

/// Working days from hand-over to the door, by zone.
pub(crate) const fn transit_days(zone: u8) -> u32 {
    match zone {
        0 | 1 => 1,
        2 | 3 => 2,
        4 | 5 => 3,
        6 => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        AREAS, CENTERS, Point, STORE_RADIUS_MILES, miles, parcel_cents, store_site, transit_days,
        zone,
    };

    const NEW_YORK: Point = Point { latitude: 40.71, longitude: -74.01 };
    const LOS_ANGELES: Point = Point { latitude: 34.05, longitude: -118.24 };

    #[test]
    fn distances_are_those_of_the_globe() {
        // Goal: the formula. Method: a well-known distance (2,446 miles, within 5), symmetry,
        // nothing to itself, half the globe to the antipode.
        assert!((miles(NEW_YORK, LOS_ANGELES) - 2_446.0).abs() < 5.0);
        assert!((miles(NEW_YORK, LOS_ANGELES) - miles(LOS_ANGELES, NEW_YORK)).abs() < 1e-9);
        assert!(miles(NEW_YORK, NEW_YORK) < 1e-9);
        let antipode = Point { latitude: -40.71, longitude: 105.99 };
        assert!((miles(NEW_YORK, antipode) - 12_437.0).abs() < 5.0);
    }

    #[test]
    fn zones_change_just_beyond_their_bound() {
        // Goal: the bands. Method: on each bound and just beyond it.
        for (bound, within) in [
            (50.0, 1),
            (150.0, 2),
            (300.0, 3),
            (600.0, 4),
            (1_000.0, 5),
            (1_400.0, 6),
            (1_800.0, 7),
        ] {
            assert_eq!((zone(bound), zone(bound + 0.01)), (within, within + 1));
        }
        assert_eq!((zone(0.0), zone(9_000.0)), (1, 8));
    }

    #[test]
    fn farther_costs_no_less_and_takes_no_less() {
        // Goal: monotone tariffs. Method: each zone against the next, each weight step too.
        for zone in 1..8 {
            assert!(parcel_cents(zone, 500) < parcel_cents(zone + 1, 500));
            assert!(transit_days(zone) <= transit_days(zone + 1));
        }
        assert_eq!(parcel_cents(1, 0), parcel_cents(1, 5_000));
        assert_eq!(parcel_cents(1, 5_001), 590 + 295);
    }

    #[test]
    fn stores_stand_in_their_area() {
        // Goal: the placing rule. Method: 2,000 ids; every area takes part by its share, every
        // point lies in its disc, and the same id gives the same point.
        let mut counts = [0_u64; AREAS.len()];
        for id in 0..2_000 {
            let site = store_site(id);
            assert_eq!(site, store_site(id));
            assert!(miles(site.area.point, site.point) <= STORE_RADIUS_MILES * 1.01);
            let area = AREAS.iter().position(|area| area.name == site.area.name).unwrap();
            counts[area] += 1;
        }
        let shares: u64 = AREAS.iter().map(|area| area.share).sum();
        for (count, area) in counts.iter().zip(&AREAS) {
            let expected = 2_000 * area.share / shares;
            assert!(count.abs_diff(expected) <= expected / 2, "{}: {count}", area.name);
        }
        assert!(CENTERS.iter().all(|center| (24.0..50.0).contains(&center.point.latitude)));
    }
}
