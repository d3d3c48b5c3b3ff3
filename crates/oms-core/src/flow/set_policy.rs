//! `set_policy`: the retailer's choices for a scope, from a moment on; versions are kept.
//!
//! Refusals, in order: `invalid.range` of a deadline or a number of packages; `channel.unknown`,
//! `location.unknown` of the scope; `limit.count` of its versions.

use serde::{Deserialize, Serialize};

use super::checks::{fit, room_for};
use super::verb::{Sealer, Verb, plain};
use crate::catalog::{Policy, PolicyScope};
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, PolicySet};
use crate::words::Timestamp;

/// Sets the policy of a scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetPolicy {
    /// For what.
    pub scope: PolicyScope,
    /// From when; from now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// What.
    pub policy: Policy,
}

impl Verb for SetPolicy {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        fit(self.policy.check(), "/policy")
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Policy(self.scope.clone()));
        match &self.scope {
            PolicyScope::Tenant => {}
            PolicyScope::Channel(id) => reads.entity(EntityKey::Channel(id.clone())),
            PolicyScope::Location(id) => reads.entity(EntityKey::Location(id.clone())),
        }
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        match &self.scope {
            PolicyScope::Tenant => {}
            PolicyScope::Channel(id) => {
                desk.channel(id, "/scope/channel")?;
            }
            PolicyScope::Location(id) => {
                desk.location(id, "/scope/location")?;
            }
        }
        let known = desk.policy_versions(&self.scope)?;
        room_for(known, 1, desk.ctx().limits.policies, "versions of a policy", "/scope")?;
        desk.emit(
            Event::PolicySet(PolicySet {
                scope: self.scope.clone(),
                valid_from: self.valid_from.unwrap_or(desk.ctx().now),
                policy: self.policy,
            }),
            Vec::new(),
        )
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
