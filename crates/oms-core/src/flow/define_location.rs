//! `define_location`: a place that holds stock. Its pool is named once, for good.
//!
//! Refusals, in order: `limit.count` of cut-offs, lanes and holidays; `invalid.range` of costs, lead
//! times and lanes, and where it says that the location is closed; `definition.fixed` where the pool of a
//! known location would change; `location.closed`; `pool.unknown`.

use serde::{Deserialize, Serialize};

use super::checks::fit;
use super::define_item::{given_none, given_off};
use super::place_order::count_at_most;
use super::verb::{Sealer, Verb, plain};
use crate::catalog::{Calendar, Location};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, LocationDefined, PoolDefined};

/// Defines a location, or defines it anew. A pool named like the location itself is made with it; where
/// the command names none, that is the pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DefineLocation(pub Location);

/// A location for which no pool is named has one of its own.
pub(super) fn with_own_pool(payload: &mut serde_json::Value) {
    let Some(fields) = payload.as_object_mut().filter(|fields| !fields.contains_key("pool")) else {
        return;
    };
    if let Some(id) = fields.get("id").cloned() {
        fields.insert("pool".to_owned(), id);
    }
}

fn holidays(calendar: Option<&Calendar>, limits: &Limits, path: &str) -> Result<(), Refusal> {
    let days = calendar.map_or(0, |calendar| calendar.holidays.len());
    count_at_most(days, limits.holidays, &format!("{path}/holidays"))
}

impl Verb for DefineLocation {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        count_at_most(self.0.cut_offs.len(), limits.cut_offs, "/cut_offs")?;
        count_at_most(self.0.lanes.len(), limits.lanes, "/lanes")?;
        holidays(Some(&self.0.calendar), limits, "/calendar")?;
        for (index, lane) in self.0.lanes.iter().enumerate() {
            let at = |field: &str| format!("/lanes/{index}/{field}");
            holidays(lane.pickup_calendar.as_ref(), limits, &at("pickup_calendar"))?;
            holidays(lane.delivery_calendar.as_ref(), limits, &at("delivery_calendar"))?;
        }
        fit(self.0.check(), "")?;
        given_off(self.0.closed, "false; close_location closes", "/closed")?;
        given_none(self.0.closed_at, "/closed_at")
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Location(self.0.id.clone()));
        reads.entity(EntityKey::Pool(self.0.pool.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        if let Some(known) = desk.find_location(&self.0.id)? {
            if known.pool != self.0.pool {
                return Err(Refusal::new(
                    Code::DefinitionFixed,
                    format!("pool `{}`", known.pool),
                    format!("`{}`", self.0.pool),
                )
                .at("/pool")
                .into());
            }
            desk.open_location(&self.0.id, "/id")?;
        }
        if desk.find_pool(&self.0.pool)?.is_none() {
            if self.0.pool.as_str() != self.0.id.as_str() {
                desk.pool(&self.0.pool, "/pool")?;
            }
            let pool = self.0.pool.clone();
            desk.emit(Event::PoolDefined(PoolDefined { pool }), Vec::new())?;
        }
        let location = Box::new(self.0.clone());
        desk.emit(Event::LocationDefined(LocationDefined { location }), Vec::new())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
