//! The envelope of a recorded event, and the chain of hashes that ties the log together.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::words::{ActorId, CommandId, EventId, TenantId, Timestamp};

/// The hash before the first event of a tenant.
pub const GENESIS: [u8; 32] = [0; 32];

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Whose log.
    pub tenant: TenantId,
    /// Position in the tenant's log, from 1, without gaps.
    pub seq: u64,
    /// Id, derived from the command and the ordinal within it.
    pub id: EventId,
    /// The stream it belongs to.
    pub stream: String,
    /// When.
    pub at: Timestamp,
    /// Type name.
    pub kind: String,
    /// Version of the type.
    pub version: u16,
    /// Who.
    pub actor: Option<ActorId>,
    /// By which command.
    pub command: CommandId,
    /// What it belongs to.
    pub correlation: Option<CommandId>,
    /// The payload's bytes.
    pub payload: Vec<u8>,
    /// Hash of the event before.
    pub previous: [u8; 32],
    /// Hash of this event.
    pub hash: [u8; 32],
}

impl Recorded {
    /// The hash that this event must carry: SHA-256 over the previous hash, every field of the
    /// envelope (each with its length), and the payload.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.previous);
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.at.ms().to_be_bytes());
        hasher.update(self.version.to_be_bytes());
        let fields = [
            self.tenant.as_str(),
            self.id.as_str(),
            &self.stream,
            &self.kind,
            self.actor.as_ref().map_or("", ActorId::as_str),
            self.command.as_str(),
            self.correlation.as_ref().map_or("", CommandId::as_str),
        ];
        for field in fields {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field.as_bytes());
        }
        hasher.update(&self.payload);
        hasher.finalize().into()
    }
}

/// The envelope on the wire (JSON Lines of `oms events --json`, after CloudEvents in spirit).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireEvent {
    /// Position.
    pub seq: u64,
    /// Id.
    pub id: String,
    /// Tenant.
    pub tenant: String,
    /// Stream.
    pub stream: String,
    /// When, RFC 3339.
    pub at: Timestamp,
    /// Type name.
    #[serde(rename = "type")]
    pub kind: String,
    /// Version of the type.
    pub version: u16,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorId>,
    /// By which command.
    pub command: CommandId,
    /// What it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<CommandId>,
    /// Hash, hex.
    pub hash: String,
    /// Payload.
    pub data: serde_json::Value,
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 0x0f] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        text
    })
}

impl Recorded {
    /// The wire form.
    ///
    /// # Errors
    /// The codec's, when the payload is not JSON.
    pub fn to_wire(&self) -> Result<WireEvent, serde_json::Error> {
        Ok(WireEvent {
            seq: self.seq,
            id: self.id.to_string(),
            tenant: self.tenant.to_string(),
            stream: self.stream.clone(),
            at: self.at,
            kind: self.kind.clone(),
            version: self.version,
            actor: self.actor.clone(),
            command: self.command.clone(),
            correlation: self.correlation.clone(),
            hash: hex(&self.hash),
            data: serde_json::from_slice(&self.payload)?,
        })
    }
}
