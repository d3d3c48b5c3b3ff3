//! What stands in a fact instead of a personal value.
//!
//! Names, addresses and notes never enter an event. There stands whose value it is, which one, and
//! a salted digest that proves it; the value and its salt live in a table of their own. Without the
//! salt the digest tells nothing, so forgetting salt and value forgets the person.

use serde::de::{Deserialize, Deserializer, Error};
use sha2::{Digest, Sha256};

use super::error::{WordError, quote};

/// A pointer to a personal value, with its digest: what an event carries.
///
/// # Example
/// ```
/// use oms_core::words::{Sealed, digest};
///
/// let sealed = Sealed::new("customer-7", "order/O1/ship_to", digest(&[1; 32], b"Lyon"))?;
/// assert_eq!(sealed.digest().len(), 64);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Sealed {
    subject: String,
    slot: String,
    digest: String,
}

impl Sealed {
    /// Makes a pointer of whose value it is, which one, and its digest.
    ///
    /// # Errors
    /// `invalid.digest` unless the digest is 64 lower-case hexadecimal digits.
    pub fn new(
        subject: impl Into<String>,
        slot: impl Into<String>,
        digest: impl Into<String>,
    ) -> Result<Self, WordError> {
        let digest = digest.into();
        let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digest.len() == 64 && digest.bytes().all(is_hex) {
            return Ok(Self { subject: subject.into(), slot: slot.into(), digest });
        }
        Err(WordError::Digest {
            expected: "64 lower-case hexadecimal digits".to_owned(),
            found: quote(digest),
        })
    }

    /// Makes a pointer to a value, taking its digest.
    #[must_use]
    pub fn of(
        subject: impl Into<String>,
        slot: impl Into<String>,
        salt: &[u8; 32],
        canonical: &[u8],
    ) -> Self {
        Self { subject: subject.into(), slot: slot.into(), digest: digest(salt, canonical) }
    }

    /// Returns whose value it is.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns which value of the subject it is.
    #[must_use]
    pub fn slot(&self) -> &str {
        &self.slot
    }

    /// Returns the salted digest, 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Tells whether a salt and a value are the ones that were sealed.
    #[must_use]
    pub fn matches(&self, salt: &[u8; 32], canonical: &[u8]) -> bool {
        self.digest == digest(salt, canonical)
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parts {
            subject: String,
            slot: String,
            digest: String,
        }
        let parts = Parts::deserialize(deserializer)?;
        Self::new(parts.subject, parts.slot, parts.digest).map_err(D::Error::custom)
    }
}

/// Takes the SHA-256 digest of a salt and a value, as 64 lower-case hexadecimal digits.
#[must_use]
pub fn digest(salt: &[u8; 32], canonical: &[u8]) -> String {
    let hash = Sha256::new().chain_update(salt).chain_update(canonical).finalize();
    hash.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(hex_digit).collect()
}

fn hex_digit(nibble: u8) -> Option<char> {
    char::from_digit(u32::from(nibble), 16)
}
