//! Ways of sourcing by name, for doors and for comparing them.

use std::fmt;
use std::str::FromStr;

use oms_core::sourcing::{Budget, FirstFit, Plan, Sourcer, SourcingSnapshot, Unplanned};
use thiserror::Error;

use crate::overlay::Overlay;

use super::{GreedySourcer, LpSourcer, Weights};

/// A way of sourcing, by name; each is a sourcer.
///
/// # Example
/// ```
/// use oms_alloc::Policy;
/// use oms_core::sourcing::Sourcer;
///
/// let policy: Policy = "balanced".parse()?;
/// assert_eq!((policy, policy.name()), (Policy::Balanced, "balanced"));
/// assert!("best".parse::<Policy>().is_err());
/// # Ok::<(), oms_alloc::UnknownPolicy>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Policy {
    /// Waves, towards the least cost.
    #[default]
    Optimal,
    /// Order by order, the least cost a unit, as commerce platforms do.
    Greedy,
    /// The default rules of the core: order by order, in as few packages as the first look gives.
    FirstFit,
    /// Waves, towards the fewest days.
    Fast,
    /// Waves, towards a balance of cost, days and packages, and of lateness, CO2e and markdown where they are known.
    Balanced,
    /// Waves, towards the least CO2e; towards the least cost where nobody knows it.
    Green,
}

/// A name that is no policy's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{name}` is no policy: expected {}", names())]
pub struct UnknownPolicy {
    /// The name.
    pub name: String,
}

fn names() -> String {
    Policy::ALL.map(|policy| format!("`{policy}`")).join(", ")
}

impl Policy {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Optimal, Self::Greedy, Self::FirstFit, Self::Fast, Self::Balanced, Self::Green];

    /// Gives what counts besides money where the policy plans waves; nothing where it goes order by order.
    #[must_use]
    pub const fn weights(self) -> Option<Weights> {
        match self {
            Self::Optimal => Some(LpSourcer::OPTIMAL.weights),
            Self::Fast => Some(LpSourcer::FAST.weights),
            Self::Balanced => Some(LpSourcer::BALANCED.weights),
            Self::Green => Some(LpSourcer::GREEN.weights),
            Self::Greedy | Self::FirstFit => None,
        }
    }

    /// Plans a snapshot that an overlay is laid on already, with its weights as far as the policy knows any.
    pub(super) fn plan_under(
        self,
        overlay: &Overlay,
        snapshot: &SourcingSnapshot,
        budget: Budget,
    ) -> Result<Plan, Unplanned> {
        match self {
            Self::Optimal => LpSourcer::OPTIMAL.plan_under(overlay, snapshot, budget),
            Self::Greedy => GreedySourcer.plan_under(overlay, snapshot, budget),
            Self::FirstFit => FirstFit.plan(snapshot, budget),
            Self::Fast => LpSourcer::FAST.plan_under(overlay, snapshot, budget),
            Self::Balanced => LpSourcer::BALANCED.plan_under(overlay, snapshot, budget),
            Self::Green => LpSourcer::GREEN.plan_under(overlay, snapshot, budget),
        }
    }

    fn sourcer(self) -> &'static dyn Sourcer {
        match self {
            Self::Optimal => &LpSourcer::OPTIMAL,
            Self::Greedy => &GreedySourcer,
            Self::FirstFit => &FirstFit,
            Self::Fast => &LpSourcer::FAST,
            Self::Balanced => &LpSourcer::BALANCED,
            Self::Green => &LpSourcer::GREEN,
        }
    }
}

impl Sourcer for Policy {
    fn name(&self) -> &str {
        self.sourcer().name()
    }

    fn version(&self) -> &str {
        self.sourcer().version()
    }

    fn plan(&self, snapshot: &SourcingSnapshot, budget: Budget) -> Result<Plan, Unplanned> {
        self.sourcer().plan(snapshot, budget)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        let found = Self::ALL.into_iter().find(|policy| policy.name() == name);
        found.ok_or_else(|| UnknownPolicy { name: name.to_owned() })
    }
}
