//! Every order's field at once: where a solver begins, and where its sketch becomes a plan.

use super::super::index::SnapshotIndex;
use super::super::plan::{Plan, Unplanned};
use super::super::sourcer::Budget;
use super::attempt::{Attempt, Take};
use super::field::{Field, Scratch};
use super::left::Left;
use super::{Round, wants_any};
use crate::decision::DecidedBy;

/// The field of every order of a snapshot, before anybody takes anything.
///
/// A solver reads here which nodes pass the rules for which lines, and hands back a *sketch*: who should ship what.
/// [`finish`](Self::finish) does what the sketch says as far as every rule and balance allows, fills what is left as
/// [`FirstFit`](super::FirstFit) does, and writes the evidence. So a sketch may be wrong, but a plan is not.
///
/// # Cost
/// O(nodes that hold one of an order's SKUs × lines), over all orders.
///
/// # Example
/// ```
/// use oms_core::decision::DecidedBy;
/// use oms_core::sourcing::{Budget, Fields, SnapshotIndex, SourcingSnapshot};
/// use oms_core::words::{Currency, Timestamp};
///
/// let snapshot = SourcingSnapshot::new(42, Timestamp::MIN, Currency::new("USD")?);
/// let index = SnapshotIndex::new(&snapshot).unwrap();
/// let plan = Fields::new(&index).finish(&[], DecidedBy::model("mine", "1"), Budget::UNLIMITED);
/// assert_eq!(plan.unwrap().based_on, 42);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug)]
pub struct Fields<'i, 'a> {
    index: &'i SnapshotIndex<'a>,
    fields: Vec<Field>,
}

impl<'i, 'a> Fields<'i, 'a> {
    /// Looks at all orders. Those on hold, and those that want nothing, have an empty field.
    #[must_use]
    pub fn new(index: &'i SnapshotIndex<'a>) -> Self {
        let left = Left::new(index);
        let mut scratch = Scratch::new(index.nodes().len());
        let orders = index.orders().iter();
        let fields = orders.map(|order| {
            if order.row.on_hold || !wants_any(order) {
                return Field::default();
            }
            Field::gather(index, order, &left, &mut scratch)
        });
        Self { index, fields: fields.collect() }
    }

    /// Gives the snapshot by number.
    #[must_use]
    pub const fn index(&self) -> &'i SnapshotIndex<'a> {
        self.index
    }

    /// Gives the field of an order.
    #[must_use]
    pub fn of(&self, order: usize) -> Option<&Field> {
        self.fields.get(order)
    }

    /// Counts the (order, node) pairs that were looked at.
    #[must_use]
    pub fn looked_at(&self) -> u64 {
        self.fields.iter().fold(0, |sum, field| sum.saturating_add(field.looked_at))
    }

    /// Makes a plan of a sketch: what each order should take, in the order of the index.
    ///
    /// An order's part that breaks a rule, or wants what earlier orders' parts took, is dropped as a whole; the order
    /// is then filled from what all other parts leave. The budget is for that filling only.
    ///
    /// # Errors
    /// [`Unplanned::Absurd`] where a cost is beyond all reckoning.
    pub fn finish(
        &self,
        sketch: &[Vec<Take>],
        by: DecidedBy,
        budget: Budget,
    ) -> Result<Plan, Unplanned> {
        let mut round = Round::new(self.index, by, budget);
        let orders = self.index.orders().iter().zip(&self.fields);
        let mut attempts: Vec<_> =
            orders.map(|(order, field)| Attempt::new(self.index, order, field)).collect();
        for (attempt, takes) in attempts.iter_mut().zip(sketch) {
            attempt.follow(&mut round.left, takes);
        }
        for attempt in attempts {
            if !round.passes_over(attempt.order) {
                round.complete(attempt)?;
            }
        }
        Ok(round.plan)
    }
}
