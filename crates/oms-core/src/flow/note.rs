//! `note`: a remark on an order, for people.
//!
//! A note may name a person, so it is a personal value: it is put away under the order (`order/ID`)
//! and the event carries only its digest. A closed order takes notes too.
//!
//! Refusals, in order: `invalid.empty`, `limit.bytes`; `order.unknown`, `limit.count`.

use serde::{Deserialize, Serialize};

use super::checks::room_for;
use super::receive_stock::text;
use super::verb::{Sealer, Verb};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, OrderNoted};
use crate::words::{OrderId, Sealed};

/// Puts a note on an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// On which order.
    pub order: OrderId,
    /// What it says.
    pub text: String,
}

/// A note as it may be kept: the text put away.
#[derive(Serialize)]
struct Kept<'n> {
    order: &'n OrderId,
    text: Sealed,
}

impl Note {
    /// Where the text is put away: in a slot of the command's own.
    fn place(&self) -> (String, String) {
        let order = &self.order;
        (format!("order/{order}"), format!("order/{order}/note/"))
    }
}

impl Verb for Note {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        if self.text.trim().is_empty() {
            return Err(Refusal::new(Code::Empty, "a text", "none").at("/text"));
        }
        text(Some(&self.text), limits, "/text")
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = desk.order(&self.order)?;
        let most = desk.ctx().limits.notes;
        room_for(order.notes.len(), 1, most, "notes on an order", "/order")?;
        drop(order);
        let (subject, slot) = self.place();
        let note = desk.seal(&subject, &slot, self.text.as_bytes().to_vec());
        desk.emit(Event::OrderNoted(OrderNoted { order: self.order.clone(), note }), Vec::new())
    }

    fn content(&self, sealer: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        let (subject, slot) = self.place();
        let text = sealer(&subject, &slot, self.text.as_bytes().to_vec());
        serde_json::to_vec(&Kept { order: &self.order, text })
    }
}
