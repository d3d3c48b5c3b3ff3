//! Policies: the retailer's choices, by scope and by time.
//!
//! A policy says only what its scope wants to say; everything is optional. What counts for a
//! command is resolved from the most specific scope to the most general, and what nobody says has a
//! default. Every set of a policy is a version with the moment from which it is valid, so
//! yesterday's order can be judged by yesterday's rules.

use serde::{Deserialize, Serialize};

use super::{MOST_POLICY_DAYS, Unfit, at_most};
use crate::words::{ChannelId, LocationId, Timestamp};

/// How far a sale that already happened at a till may reach for units.
///
/// # Law
/// Each reach includes the ones before it.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Only what is free to sell.
    #[default]
    Free,
    /// Also what the buffer hides.
    Hidden,
    /// Also what others have claimed.
    Claims,
    /// Also what is not there.
    BelowZero,
}

/// What happens when totals as given differ from ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TotalsPolicy {
    /// Any difference is refused.
    Strict,
    /// A difference is noted as a fact; beyond the bound the order is held.
    Tolerate {
        /// The largest difference of a total that goes unheld, in minor units.
        minor_units: u64,
    },
}

impl Default for TotalsPolicy {
    fn default() -> Self {
        Self::Tolerate { minor_units: 5 }
    }
}

/// What one scope wants; everything is optional.
///
/// # Example
/// ```
/// use oms_core::catalog::{Policy, resolve};
///
/// let channel = Policy { reserve_minutes: Some(30), ..Policy::default() };
/// let tenant = Policy { reserve_minutes: Some(90), pickup_days: Some(3), ..Policy::default() };
/// let resolved = resolve(&[channel, tenant]);
/// assert_eq!((resolved.reserve_minutes, resolved.pickup_days), (30, 3));
/// assert_eq!(resolved.excluded_minutes, 1440);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// An order that cannot claim all it wants is refused as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_or_nothing: Option<bool>,
    /// How long a reservation lasts, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve_minutes: Option<u32>,
    /// How long a pickup waits to be collected, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup_days: Option<u32>,
    /// How long a node that rejected is left out for the order's SKU, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded_minutes: Option<u32>,
    /// How far back a count may have been taken, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count_window_days: Option<u32>,
    /// How far a sale that already happened may reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sell_through: Option<Reach>,
    /// What happens when totals differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<TotalsPolicy>,
    /// A node must agree before work it has is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_assent: Option<bool>,
    /// The most packages an order may be split into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_packages: Option<u32>,
    /// An order goes out only when all of it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_complete: Option<bool>,
}

impl Policy {
    /// Checks what the form alone does not show.
    ///
    /// # Errors
    /// An [`Unfit`] naming the field: a deadline beyond [`MOST_POLICY_DAYS`], or no package at all.
    pub fn check(&self) -> Result<(), Unfit> {
        let days =
            [(self.pickup_days, "/pickup_days"), (self.count_window_days, "/count_window_days")];
        for (days, path) in days {
            at_most(days.unwrap_or(0).into(), MOST_POLICY_DAYS.into(), path)?;
        }
        let minutes = [
            (self.reserve_minutes, "/reserve_minutes"),
            (self.excluded_minutes, "/excluded_minutes"),
        ];
        for (minutes, path) in minutes {
            at_most(minutes.unwrap_or(0).into(), u64::from(MOST_POLICY_DAYS) * 24 * 60, path)?;
        }
        match self.max_packages {
            Some(0) => Err(Unfit::new("/max_packages", "at least 1", 0)),
            _ => Ok(()),
        }
    }
}

/// What counts, with every default filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// An order that cannot claim all it wants is refused as a whole; default no.
    pub all_or_nothing: bool,
    /// How long a reservation lasts, in minutes; default a day.
    pub reserve_minutes: u32,
    /// How long a pickup waits to be collected, in days; default 7.
    pub pickup_days: u32,
    /// How long a node that rejected is left out, in minutes; default a day.
    pub excluded_minutes: u32,
    /// How far back a count may have been taken, in days; default 7.
    pub count_window_days: u32,
    /// How far a sale that already happened may reach; default what is free.
    pub sell_through: Reach,
    /// What happens when totals differ; default 5 minor units are tolerated.
    pub totals: TotalsPolicy,
    /// A node must agree before work it has is cancelled; default no.
    pub cancel_assent: bool,
    /// The most packages an order may be split into; default no bound.
    pub max_packages: Option<u32>,
    /// An order goes out only when all of it can; default no.
    pub ship_complete: bool,
}

impl Default for Resolved {
    fn default() -> Self {
        resolve(&[])
    }
}

/// Merges policies, the most specific first, and fills what none of them says with the default.
#[must_use]
pub fn resolve(most_specific_first: &[Policy]) -> Resolved {
    fn first<T>(policies: &[Policy], pick: impl Fn(&Policy) -> Option<T>) -> Option<T> {
        policies.iter().find_map(pick)
    }
    let all = most_specific_first;
    Resolved {
        all_or_nothing: first(all, |policy| policy.all_or_nothing).unwrap_or(false),
        reserve_minutes: first(all, |policy| policy.reserve_minutes).unwrap_or(60 * 24),
        pickup_days: first(all, |policy| policy.pickup_days).unwrap_or(7),
        excluded_minutes: first(all, |policy| policy.excluded_minutes).unwrap_or(60 * 24),
        count_window_days: first(all, |policy| policy.count_window_days).unwrap_or(7),
        sell_through: first(all, |policy| policy.sell_through).unwrap_or_default(),
        totals: first(all, |policy| policy.totals).unwrap_or_default(),
        cancel_assent: first(all, |policy| policy.cancel_assent).unwrap_or(false),
        max_packages: first(all, |policy| policy.max_packages),
        ship_complete: first(all, |policy| policy.ship_complete).unwrap_or(false),
    }
}

/// Whose policy it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyScope {
    /// Of the whole tenant.
    Tenant,
    /// Of one channel.
    Channel(ChannelId),
    /// Of one location.
    Location(LocationId),
}

/// One set of a policy, and the moment from which it is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyVersion {
    /// The moment from which it is valid.
    pub valid_from: Timestamp,
    /// The number of the set within its scope, from 1.
    pub version: u64,
    /// What was set.
    pub policy: Policy,
}

/// All sets of the policy of one scope.
///
/// # Law
/// `versions` is sorted by (`valid_from`, `version`).
///
/// # Example
/// ```
/// use oms_core::catalog::{Policy, PolicyBook, PolicyScope, PolicyVersion};
/// use oms_core::words::Timestamp;
///
/// let mut book = PolicyBook::new(PolicyScope::Tenant);
/// let (monday, tuesday) = (Timestamp::from_ms(0)?, Timestamp::from_ms(86_400_000)?);
/// let strict = Policy { ship_complete: Some(true), ..Policy::default() };
/// book.add(PolicyVersion { valid_from: tuesday, version: 1, policy: strict });
/// assert_eq!(book.at(monday), Policy::default());
/// assert_eq!(book.at(tuesday), strict);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyBook {
    /// Whose policy it is.
    pub scope: PolicyScope,
    /// Every set, sorted by (`valid_from`, `version`).
    pub versions: Vec<PolicyVersion>,
}

impl PolicyBook {
    /// Makes a book with nothing set.
    #[must_use]
    pub fn new(scope: PolicyScope) -> Self {
        Self { scope, versions: Vec::new() }
    }

    /// Adds a set at its place in time.
    pub fn add(&mut self, set: PolicyVersion) {
        let key = |set: &PolicyVersion| (set.valid_from, set.version);
        let place = self.versions.partition_point(|known| key(known) <= key(&set));
        self.versions.insert(place, set);
    }

    /// Returns what is valid at a moment; nothing is set before the first version.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Policy {
        let past = self.versions.partition_point(|set| set.valid_from <= at);
        past.checked_sub(1)
            .and_then(|last| self.versions.get(last))
            .map_or_else(Policy::default, |set| set.policy)
    }

    /// Returns the number of the latest set, or zero if nothing was set.
    #[must_use]
    pub fn latest_version(&self) -> u64 {
        self.versions.iter().map(|set| set.version).max().unwrap_or(0)
    }
}
