//! What a turn is given beside the command: time, actor, salt, limits. Nothing is read from the air.

use crate::words::{ActorId, CommandId, TenantId, Timestamp};

/// The circumstances of one command.
#[derive(Clone, Debug)]
pub struct Context {
    /// Whose key space.
    pub tenant: TenantId,
    /// The moment at which the command is handled.
    pub now: Timestamp,
    /// Who wishes it.
    pub actor: Option<ActorId>,
    /// What it belongs to, for tracing across systems.
    pub correlation: Option<CommandId>,
    /// Secret from which the salts of personal values are derived; the same salt and command give
    /// the same log.
    pub salt: [u8; 32],
    /// Every bound.
    pub limits: Limits,
}

impl Context {
    /// A context with the default limits and no salt secret.
    #[must_use]
    pub fn new(tenant: TenantId, now: Timestamp) -> Context {
        Context {
            tenant,
            now,
            actor: None,
            correlation: None,
            salt: [0; 32],
            limits: Limits::default(),
        }
    }
}

/// Every bound of a turn, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lines of an order.
    pub lines: usize,
    /// Groups of an order.
    pub groups: usize,
    /// Charges, taxes and discounts at one place.
    pub charges: usize,
    /// Bytes of a free text.
    pub text_bytes: usize,
    /// Bytes of one command on the wire.
    pub command_bytes: usize,
    /// Rounds of reading in one turn.
    pub read_rounds: u32,
    /// Keys read in one turn.
    pub keys: usize,
    /// Retries after a conflict.
    pub retries: u32,
    /// Orders touched by one tick, count or till sale, or named in one sourcing round.
    pub orders: usize,
    /// Assignments of one plan for one order.
    pub assignments: usize,
    /// Notes on one order.
    pub notes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            lines: 2_000,
            groups: 64,
            charges: 64,
            text_bytes: 4_096,
            command_bytes: 4 << 20,
            read_rounds: 64,
            keys: 200_000,
            retries: 16,
            orders: 4_096,
            assignments: 20_000,
            notes: 1_000,
        }
    }
}
