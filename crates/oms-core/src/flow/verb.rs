//! What every verb is.

use crate::command::{Limits, Refusal};
use crate::desk::{Desk, ReadSet, Stop};
use crate::words::Sealed;

/// Puts a personal value away: subject, slot, canonical bytes in; what may stand in its place out.
///
/// A slot that ends in `/` is the command's own: the command's id is appended to it.
pub type Sealer<'s> = &'s mut dyn FnMut(&str, &str, Vec<u8>) -> Sealed;

/// A wish: checked, read for, decided.
pub trait Verb: Sized {
    /// Shape and bounds, without state: `invalid.*` and `limit.*` in the order of the fields.
    ///
    /// # Errors
    /// The first refusal.
    fn check(&self, limits: &Limits) -> Result<(), Refusal>;

    /// What it must read first. Keys that follow from what was read are asked for while deciding.
    fn reads(&self) -> ReadSet;

    /// Decides on the desk: emits events, or says no.
    ///
    /// # Errors
    /// [`Stop`]: a no, something not loaded, or a broken law.
    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop>;

    /// The content that a resend is compared with: the payload's bytes, personal values put away.
    ///
    /// # Errors
    /// The codec's, which no value of ours provokes.
    fn content(&self, sealer: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error>;
}

/// The content of a verb that carries no personal value: the payload itself.
///
/// # Errors
/// The codec's, which no value of ours provokes.
pub(crate) fn plain<T: serde::Serialize>(verb: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(verb)
}
