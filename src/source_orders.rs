//! The wish to source orders: a verb that the hall knows beside the engine's own.

use std::collections::BTreeSet;
use std::fmt;

use oms_core::command::{Code, Limits, Refusal};
use oms_core::engine::Fault;
use oms_core::flow::{Request, RequestLine, Sending, Unreadable};
use oms_core::words::{CommandId, OrderId};
use serde::de::{SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest id of a round: its plans' ids are the round's with a number behind.
pub const ROUND_ID_BYTES: usize = 52;

/// The verb's wire name.
const VERB: &str = "source";

/// Which orders are to be sourced. On the wire `"all"` or a list of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that wait, the most urgent first.
    All,
    /// These.
    These(Vec<OrderId>),
}

/// A wish to source orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceOrders {
    /// What its sender says beside the wish.
    pub sending: Sending,
    /// Which orders.
    pub which: Which,
}

/// What a line asks for: a command of the engine, or a sourcing round.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// A command.
    Command(Box<Request>),
    /// A sourcing round.
    Source(SourceOrders),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    orders: Which,
}

impl Asked {
    /// Reads a line of the wire.
    ///
    /// ```
    /// use oms::command::Limits;
    /// use oms::Asked;
    /// let line = br#"{"id": "R1", "source": {"orders": "all"}}"#;
    /// assert!(matches!(Asked::parse(line, &Limits::default()), Ok(Asked::Source(_))));
    /// let line = br#"{"id": "C1", "define_pool": {"id": "EAST"}}"#;
    /// assert!(matches!(Asked::parse(line, &Limits::default()), Ok(Asked::Command(_))));
    /// ```
    ///
    /// # Errors
    /// [`Unreadable`] with a stable code, the path, what was expected and what was found.
    pub fn parse(line: &[u8], limits: &Limits) -> Result<Asked, Unreadable> {
        let line = RequestLine::parse(line, limits)?;
        if line.verb == VERB {
            return Ok(Asked::Source(SourceOrders::from_line(line)?));
        }
        Ok(Asked::Command(Box::new(Request::from_line(line)?)))
    }
}

impl SourceOrders {
    /// A round over some orders or all.
    #[must_use]
    pub fn new(id: CommandId, which: Which) -> SourceOrders {
        SourceOrders { sending: Sending::new(id), which }
    }

    /// Reads `{"id": …, "source": {"orders": [...] or "all"}}`.
    ///
    /// ```
    /// use oms::command::{Code, Limits};
    /// use oms::{SourceOrders, Which};
    /// let line = br#"{"id": "R1", "source": {"orders": "all"}}"#;
    /// assert_eq!(SourceOrders::parse(line, &Limits::default()).unwrap().which, Which::All);
    /// let line = br#"{"id": "R1", "source": {"orders": ["O-1", ""]}}"#;
    /// let bad = SourceOrders::parse(line, &Limits::default()).unwrap_err();
    /// assert_eq!((bad.refusal.code, &*bad.refusal.path), (Code::IdFormat, "/source/orders/1"));
    /// ```
    ///
    /// # Errors
    /// [`Unreadable`] with a stable code, the path, what was expected and what was found.
    pub fn parse(line: &[u8], limits: &Limits) -> Result<SourceOrders, Unreadable> {
        SourceOrders::from_line(RequestLine::parse(line, limits)?)
    }

    fn from_line(line: RequestLine) -> Result<SourceOrders, Unreadable> {
        if line.verb != VERB {
            let refusal = Refusal::new(Code::UnknownVerb, "`source`", format!("`{}`", line.verb));
            return Err(Unreadable { id: Some(line.sending.id), refusal });
        }
        let Payload { orders: which } = line.read()?;
        Ok(SourceOrders { sending: line.sending, which })
    }

    /// The bounds, and that each order is named once.
    ///
    /// # Refusals
    /// `invalid.id_format`, `invalid.empty`, `limit.count`, `invalid.duplicate`.
    pub(crate) fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        let bytes = self.sending.id.as_str().len();
        if bytes > ROUND_ID_BYTES {
            let expected = format!("an id of at most {ROUND_ID_BYTES} bytes for a round");
            return Err(Refusal::new(Code::IdFormat, expected, format!("{bytes} bytes")).at("/id"));
        }
        let Which::These(ids) = &self.which else { return Ok(()) };
        if ids.is_empty() {
            let refusal = Refusal::new(Code::Empty, "at least one order, or `all`", "none");
            return Err(refusal.at("/orders"));
        }
        if ids.len() > limits.orders {
            let expected = format!("at most {} orders, or `all`", limits.orders);
            let found = ids.len().to_string();
            return Err(Refusal::new(Code::TooMany, expected, found).at("/orders"));
        }
        let mut seen = BTreeSet::new();
        match ids.iter().enumerate().find(|(_, id)| !seen.insert(*id)) {
            None => Ok(()),
            Some((n, id)) => {
                let refusal =
                    Refusal::new(Code::Duplicate, "each order once", format!("`{id}` again"));
                Err(refusal.at(format!("/orders/{n}")))
            }
        }
    }

    /// What is compared with a resend.
    pub(crate) fn content(&self) -> Result<Vec<u8>, Fault> {
        let payload = Payload { orders: self.which.clone() };
        Ok(serde_json::to_vec(&serde_json::json!({ VERB: payload }))?)
    }
}

impl Serialize for Which {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Which::All => serializer.serialize_str("all"),
            Which::These(ids) => ids.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Which {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Which, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Which;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`all` or a list of order ids")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Which, E> {
                match word {
                    "all" => Ok(Which::All),
                    _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Which, A::Error> {
                let mut ids = Vec::new();
                while let Some(id) = list.next_element()? {
                    ids.push(id);
                }
                Ok(Which::These(ids))
            }
        }
        // Written out instead of `untagged`: that would lose the path of an id that is none.
        deserializer.deserialize_any(Reader)
    }
}
