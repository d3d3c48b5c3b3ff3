//! The seam: one trait that rules, solvers and hosts implement alike.

use super::{Plan, SourcingSnapshot, Unplanned};

/// Chooses nodes for lines: the seam for rules, solvers and a host's own logic.
///
/// A sourcer sees an immutable [`SourcingSnapshot`] and answers with a [`Plan`]; it has no clock, no
/// IO and no memory between calls. Prove one with `oms_core::testing::sourcer_laws`.
///
/// # Law
/// The plan passes [`check`](super::check) on the same snapshot, the same snapshot gives the same
/// plan, the order of rows in the snapshot does not matter, every unit is either assigned or short
/// with a reason, and every order that wants units has a record.
///
/// # Errors
/// On a snapshot that contradicts itself answer [`Unplanned`]; never panic. Demand that cannot be
/// met is a shortfall. When the budget is spent, answer the best plan so far, with
/// [`ShortReason::Budget`](super::ShortReason::Budget) for what it did not get to.
pub trait Sourcer: Send + Sync {
    /// Names the sourcer in decision records; stable over versions.
    fn name(&self) -> &str;

    /// Names the version of its behavior; it changes whenever a plan may change.
    fn version(&self) -> &str;

    /// Plans the orders of the snapshot within the budget.
    ///
    /// # Errors
    /// [`Unplanned`] where the snapshot contradicts itself.
    fn plan(&self, snapshot: &SourcingSnapshot, budget: Budget) -> Result<Plan, Unplanned>;
}

/// How much work a sourcer may do, in steps.
///
/// # Units
/// One step is about one (order, node) pair looked at. It is never wall time, so that the same
/// budget gives the same plan on every machine.
///
/// # Example
/// ```
/// use oms_core::sourcing::Budget;
///
/// let budget = Budget::steps(1_000);
/// assert_eq!(budget.get(), 1_000);
/// assert!(Budget::UNLIMITED > budget);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Budget(u64);

impl Budget {
    /// As many steps as it takes.
    pub const UNLIMITED: Self = Self(u64::MAX);

    /// Allows so many steps.
    pub const fn steps(steps: u64) -> Self {
        Self(steps)
    }

    /// Gives the number of steps.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::UNLIMITED
    }
}
