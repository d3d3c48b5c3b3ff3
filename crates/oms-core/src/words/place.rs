//! Places: the personal address, and the part of it that sourcing may know.
//!
//! An [`Address`] says where a person lives and never enters an event. A [`Destination`] says which
//! zone a parcel goes to; it is no personal data and stands in facts, so that a plan can be
//! explained for ever.

use std::fmt;
use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

use super::error::{WordError, quote};
use super::id::{PostalPrefix, RegionId};
use super::wire::parsed;

/// The longest field of an address, in bytes.
const FIELD_BYTES: usize = 256;
/// The form of a country in words, for errors.
const COUNTRY_FORM: &str = "a country of two upper-case letters, such as `US`";
/// The mean radius of the earth, in meters.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Where a person lives or receives goods: personal, every field optional.
///
/// `Debug` shows no value, so an address does not slip into a log.
///
/// # Law
/// No field is longer than 256 bytes once [`Address::check`] passed; deserialization runs it.
///
/// # Example
/// ```
/// use oms_core::words::Address;
///
/// let address = Address { city: Some("Lyon".to_owned()), ..Address::default() };
/// assert_eq!(format!("{address:?}"), "Address(..)");
/// assert_eq!(address.canonical(), br#"{"city":"Lyon"}"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Address {
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// What else finds the door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// The city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The whole postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// The telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Address {
    /// Checks the bound of every field.
    ///
    /// # Errors
    /// `invalid.place` names the first field that is longer than 256 bytes; its text is not quoted.
    pub fn check(&self) -> Result<(), WordError> {
        let long = self.fields().into_iter().find_map(|(field, text)| {
            let bytes = text.as_ref().map_or(0, String::len);
            (bytes > FIELD_BYTES).then_some((field, bytes))
        });
        match long {
            None => Ok(()),
            Some((field, bytes)) => Err(WordError::Place {
                expected: format!("at most {FIELD_BYTES} bytes in `{field}`"),
                found: format!("{bytes} bytes"),
            }),
        }
    }

    /// Tells whether no field is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields().iter().all(|(_, text)| text.is_none())
    }

    /// Returns the bytes that a digest of this address is taken of: its wire form.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        // Writing strings to memory does not fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn fields(&self) -> [(&'static str, &Option<String>); 8] {
        [
            ("name", &self.name),
            ("company", &self.company),
            ("line1", &self.line1),
            ("line2", &self.line2),
            ("city", &self.city),
            ("postal_code", &self.postal_code),
            ("phone", &self.phone),
            ("email", &self.email),
        ]
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        #[derive(Default)]
        struct Fields {
            name: Option<String>,
            company: Option<String>,
            line1: Option<String>,
            line2: Option<String>,
            city: Option<String>,
            postal_code: Option<String>,
            phone: Option<String>,
            email: Option<String>,
        }
        let Fields { name, company, line1, line2, city, postal_code, phone, email } =
            Fields::deserialize(deserializer)?;
        let address = Self { name, company, line1, line2, city, postal_code, phone, email };
        address.check().map_err(D::Error::custom)?;
        Ok(address)
    }
}

/// A country: two upper-case letters of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Checks the form of a code; whether such a country exists is not asked.
    ///
    /// # Errors
    /// `invalid.place` unless the code is two letters from `A` to `Z`.
    pub fn new(code: &str) -> Result<Self, WordError> {
        match <[u8; 2]>::try_from(code.as_bytes()) {
            Ok(bytes) if bytes.iter().all(u8::is_ascii_uppercase) => Ok(Self(bytes)),
            _ => Err(WordError::Place { expected: COUNTRY_FORM.to_owned(), found: quote(code) }),
        }
    }

    /// Returns the two letters.
    #[must_use]
    pub fn code(&self) -> &str {
        // Two ASCII letters are text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({})", self.code())
    }
}

impl FromStr for Country {
    type Err = WordError;

    fn from_str(code: &str) -> Result<Self, WordError> {
        Self::new(code)
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, COUNTRY_FORM)
    }
}

/// Where goods go, as far as sourcing must know it; not personal data.
///
/// # Example
/// ```
/// use oms_core::words::{Country, Destination, RegionId};
///
/// let west = Destination::new(Country::new("US")?, RegionId::new("WEST")?);
/// assert_eq!(serde_json::to_string(&west).unwrap(), r#"{"country":"US","region":"WEST"}"#);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// The country.
    pub country: Country,
    /// The zone that lanes lead to.
    pub region: RegionId,
    /// The beginning of the postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_prefix: Option<PostalPrefix>,
    /// A point, as coarse as the host likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
}

impl Destination {
    /// Makes a destination known by country and region only.
    #[must_use]
    pub fn new(country: Country, region: RegionId) -> Self {
        Self { country, region, postal_prefix: None, point: None }
    }
}

/// A point on the earth, in whole micro-degrees.
///
/// # Units
/// Micro-degrees (10^-6 degree, about 11 cm), north and east positive.
///
/// # Example
/// ```
/// use oms_core::words::Point;
///
/// let paris = Point::new(48_856_600, 2_352_200)?;
/// let london = Point::new(51_507_400, -127_800)?;
/// assert_eq!(paris.distance_m(london) / 1000, 343);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Point {
    lat_e6: i32,
    lon_e6: i32,
}

impl Point {
    /// Checks latitude and longitude and makes them a point.
    ///
    /// # Errors
    /// `invalid.place` beyond 90 degrees of latitude or 180 of longitude.
    pub fn new(lat_e6: i32, lon_e6: i32) -> Result<Self, WordError> {
        if lat_e6.unsigned_abs() <= 90_000_000 && lon_e6.unsigned_abs() <= 180_000_000 {
            return Ok(Self { lat_e6, lon_e6 });
        }
        Err(WordError::Place {
            expected: "at most 90000000 micro-degrees of latitude and 180000000 of longitude"
                .to_owned(),
            found: quote(format_args!("{lat_e6}, {lon_e6}")),
        })
    }

    /// Returns the latitude in micro-degrees.
    #[must_use]
    pub const fn lat_e6(self) -> i32 {
        self.lat_e6
    }

    /// Returns the longitude in micro-degrees.
    #[must_use]
    pub const fn lon_e6(self) -> i32 {
        self.lon_e6
    }

    /// Returns the great-circle distance in whole meters.
    ///
    /// # Source
    /// Haversine formula on a sphere of the earth's mean radius; within 0.5 % of the ellipsoid.
    #[must_use]
    pub fn distance_m(self, other: Self) -> u64 {
        let radians = |e6: i32| (f64::from(e6) / 1e6).to_radians();
        let (lat, other_lat) = (radians(self.lat_e6), radians(other.lat_e6));
        let half_sin_lat = ((other_lat - lat) / 2.0).sin();
        let half_sin_lon = ((radians(other.lon_e6) - radians(self.lon_e6)) / 2.0).sin();
        let chord = half_sin_lat.powi(2) + lat.cos() * other_lat.cos() * half_sin_lon.powi(2);
        let meters = 2.0 * EARTH_RADIUS_M * chord.clamp(0.0, 1.0).sqrt().asin();
        meters.round().to_u64().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Degrees {
            lat_e6: i32,
            lon_e6: i32,
        }
        let degrees = Degrees::deserialize(deserializer)?;
        Self::new(degrees.lat_e6, degrees.lon_e6).map_err(D::Error::custom)
    }
}
