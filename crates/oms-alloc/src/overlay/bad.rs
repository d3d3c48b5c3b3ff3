//! What is wrong with an overlay, by stable code.

use std::fmt;

use thiserror::Error;

/// What is wrong with an overlay, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadOverlay {
    /// The file is no overlay.
    #[error("`{path}` in line {line}, column {column}: {detail}")]
    Unreadable {
        /// Where in the document.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the reader says.
        detail: String,
    },
    /// Something in it is not what it must be.
    #[error("`{path}`{}: found {found}, expected {expected}", of_rule(.rule.as_ref()))]
    Wrong {
        /// What kind of mistake it is.
        flaw: Flaw,
        /// Where in the document.
        path: String,
        /// The id of the rule, where it is about one.
        rule: Option<String>,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
}

fn of_rule(rule: Option<&String>) -> String {
    rule.map_or(String::new(), |id| format!(" of rule `{id}`"))
}

/// A kind of mistake in an overlay.
///
/// # Example
/// ```
/// use oms_alloc::Flaw;
///
/// assert_eq!(Flaw::UnknownId.code(), "overlay.unknown_id");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// It is of another version.
    Version,
    /// There is too much of something.
    TooMany,
    /// An id or a text is empty, too long or unprintable.
    BadText,
    /// Two rules have one id.
    IdAgain,
    /// A rule names nothing, or a list is empty.
    NamesNothing,
    /// A rule weighs packages by what is in them.
    WeighsSkus,
    /// A number is out of range.
    OutOfRange,
    /// A pin does not say why.
    NoReason,
    /// The same is pinned twice.
    PinnedTwice,
    /// Something that a rule names is not there.
    UnknownId,
}

impl Flaw {
    /// Gives the stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Version => "overlay.version",
            Self::TooMany => "overlay.too_many",
            Self::BadText => "overlay.bad_text",
            Self::IdAgain => "overlay.id_again",
            Self::NamesNothing => "overlay.names_nothing",
            Self::WeighsSkus => "overlay.weighs_skus",
            Self::OutOfRange => "overlay.out_of_range",
            Self::NoReason => "overlay.no_reason",
            Self::PinnedTwice => "overlay.pinned_twice",
            Self::UnknownId => "overlay.unknown_id",
        }
    }
}

impl BadOverlay {
    /// Gives the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "overlay.unreadable",
            Self::Wrong { flaw, .. } => flaw.code(),
        }
    }
}

pub(super) fn wrong(
    flaw: Flaw,
    path: String,
    rule: Option<&str>,
    found: impl fmt::Display,
    expected: impl Into<String>,
) -> BadOverlay {
    let (rule, found, expected) = (rule.map(str::to_owned), found.to_string(), expected.into());
    BadOverlay::Wrong { flaw, path, rule, found, expected }
}

pub(super) fn unreadable(path: String, error: &serde_json::Error) -> BadOverlay {
    let detail = error.to_string();
    BadOverlay::Unreadable { path, line: error.line(), column: error.column(), detail }
}
