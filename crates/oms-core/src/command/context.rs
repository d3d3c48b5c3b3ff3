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
    /// Packages of one order, empty ones too.
    pub packages: usize,
    /// Work orders of one order, done ones too.
    pub fulfillments: usize,
    /// Pools that one channel sells from.
    pub pools: usize,
    /// Channels that sell, or once sold, from one pool.
    pub channels: usize,
    /// Lanes that leave from one location.
    pub lanes: usize,
    /// Cut-offs of one location.
    pub cut_offs: usize,
    /// Holidays of one calendar.
    pub holidays: usize,
    /// Versions of the policy of one scope.
    pub policies: usize,
    /// Values, each field and each item of a list one, in one command on the wire.
    pub values: usize,
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
            packages: 10_000,
            fulfillments: 10_000,
            pools: 1_000,
            channels: 1_000,
            lanes: 10_000,
            cut_offs: 256,
            holidays: 4_000,
            policies: 4_000,
            values: 100_000,
        }
    }
}
