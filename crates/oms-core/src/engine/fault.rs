//! Faults: what goes wrong that is nobody's wish. Never mixed with refusals.

use crate::desk::LawBroken;

/// A technical failure, or a law that would have been broken. Nothing was committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Another writer holds the store.
    #[error("the store is busy: {0}; try again")]
    Busy(String),
    /// There is no room left.
    #[error("the store is full: {0}; make room and try again")]
    Full(String),
    /// What is stored is not what was stored.
    #[error("the store is damaged at {place}: {found}; restore a backup and verify it")]
    Corrupt {
        /// Where.
        place: String,
        /// What was found.
        found: String,
    },
    /// The file is not a store of ours, or of a version that we do not know.
    #[error("the store has another form: expected {expected}, found {found}")]
    Schema {
        /// What we can open.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The store was opened to read only.
    #[error("the store is open to read only")]
    ReadOnly,
    /// Reading or writing failed.
    #[error("the store cannot {doing}: {why}")]
    Io {
        /// What was tried.
        doing: String,
        /// What the system said.
        why: String,
    },
    /// An event of a type or version that we do not know, and may not skip.
    #[error(
        "event {seq} cannot be read: expected a type and version of this engine, found `{kind}` \
         version {version}; use a newer engine"
    )]
    UnknownEvent {
        /// Its position.
        seq: u64,
        /// Its type.
        kind: String,
        /// Its version.
        version: u16,
    },
    /// A law of the ledgers would be broken: an error of ours, which commits nothing.
    #[error(transparent)]
    Law(#[from] LawBroken),
    /// A group was abandoned or failed, and this command with it.
    #[error("the group that the command was part of failed: {0}")]
    GroupFailed(String),
}

impl Fault {
    /// The stable text code.
    ///
    /// ```
    /// use oms_core::engine::Fault;
    /// assert_eq!(Fault::ReadOnly.code(), "store.read_only");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Busy(_) => "store.busy",
            Fault::Full(_) => "store.full",
            Fault::Corrupt { .. } => "store.corrupt",
            Fault::Schema { .. } => "store.schema",
            Fault::ReadOnly => "store.read_only",
            Fault::Io { .. } => "store.io",
            Fault::UnknownEvent { .. } => "event.unknown",
            Fault::Law(_) => "law.broken",
            Fault::GroupFailed(_) => "group.failed",
        }
    }

    /// Whether the same call may succeed later without anybody mending anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Fault::Busy(_) | Fault::GroupFailed(_))
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Fault {
        Fault::Corrupt { place: "a stored document".to_owned(), found: error.to_string() }
    }
}
