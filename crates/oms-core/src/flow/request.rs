//! A command on the wire: one JSON object with an id and one verb.

use serde::de::Error as _;
use serde_json::{Map, Value};

use super::command::{Command, VERB_NAMES};
use super::define_location::with_own_pool;
use super::document::document;
use super::misfit::{misfit, refusal_of, shown};
use super::sending::Sending;
use crate::command::{Code, Limits, Refusal};
use crate::words::CommandId;

/// A command with its id and what else its sender says.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What its sender says beside the wish.
    pub sending: Sending,
    /// The wish.
    pub command: Command,
}

/// A line that is no command: its id where one could be read, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{refusal}")]
pub struct Unreadable {
    /// The id, if that much could be read.
    pub id: Option<CommandId>,
    /// Why.
    pub refusal: Refusal,
}

impl Request {
    /// A request for a verb.
    ///
    /// ```
    /// use oms_core::flow::{DefinePool, Request};
    /// use oms_core::words::{CommandId, PoolId};
    /// let pool = DefinePool { id: PoolId::new("EAST").unwrap() };
    /// let request = Request::new(CommandId::new("C1").unwrap(), pool);
    /// assert_eq!(request.to_json().unwrap(), r#"{"id":"C1","define_pool":{"id":"EAST"}}"#);
    /// ```
    pub fn new(id: CommandId, command: impl Into<Command>) -> Request {
        Request { sending: Sending::new(id), command: command.into() }
    }

    /// Reads a request from one line of JSON.
    ///
    /// ```
    /// use oms_core::command::{Code, Limits};
    /// use oms_core::flow::Request;
    /// let line = br#"{"id": "C1", "receive_stock": {"sku": "A", "node": "n1", "qty": -2}}"#;
    /// let refused = Request::parse(line, &Limits::default()).unwrap_err();
    /// assert_eq!(refused.refusal.code, Code::QuantityNegative);
    /// assert_eq!(refused.refusal.path, "/receive_stock/qty");
    /// ```
    ///
    /// # Errors
    /// [`Unreadable`] with a stable code, the path, what was expected and what was found.
    pub fn parse(line: &[u8], limits: &Limits) -> Result<Request, Unreadable> {
        Request::from_line(RequestLine::parse(line, limits)?)
    }

    /// The request that a line asks for.
    ///
    /// # Errors
    /// [`Unreadable`] when there is no such verb, or the payload is not of that verb.
    pub fn from_line(line: RequestLine) -> Result<Request, Unreadable> {
        let RequestLine { sending, verb, mut payload } = line;
        if verb == "define_location" {
            with_own_pool(&mut payload);
        }
        let path = format!("/{verb}");
        let fields = fields(&path, &payload);
        let command = match Command::parse(&verb, payload) {
            Some(command) => fields.and(command.map_err(|e| misfit(&path, &e))),
            None => {
                let found = format!("`{}`", shown(&verb));
                Err(Refusal::new(Code::UnknownVerb, nearest(&verb), found).at(shown(&path)))
            }
        };
        match command {
            Ok(command) => Ok(Request { sending, command }),
            Err(refusal) => Err(Unreadable { id: Some(sending.id), refusal }),
        }
    }

    /// The request as one line of JSON.
    ///
    /// # Errors
    /// The codec's, which no value of ours provokes.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut object = self.sending.object()?;
        if object.contains_key(self.command.name()) {
            return Err(serde_json::Error::custom("a verb is named like a field"));
        }
        object.insert(self.command.name().into(), self.command.payload()?);
        serde_json::to_string(&Value::Object(object))
    }
}

/// A line of the wire before its verb is looked at: doors that know more verbs than the engine,
/// such as a sourcing round, read it themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestLine {
    /// What its sender says beside the wish.
    pub sending: Sending,
    /// The verb's wire name, whether there is such a verb or not.
    pub verb: String,
    /// What the verb is given.
    pub payload: Value,
}

impl RequestLine {
    /// Reads one line of JSON.
    ///
    /// # Errors
    /// [`Unreadable`] when it is too long, no JSON object, or has no id or not exactly one verb.
    pub fn parse(line: &[u8], limits: &Limits) -> Result<RequestLine, Unreadable> {
        let bare = |refusal| Unreadable { id: None, refusal };
        if line.len() > limits.command_bytes {
            return Err(bare(too_long(limits, u64::try_from(line.len()).unwrap_or(u64::MAX))));
        }
        let text = std::str::from_utf8(line).map_err(|e| {
            bare(Refusal::new(
                Code::Malformed,
                "valid UTF-8",
                format!("invalid bytes after byte {}", e.valid_up_to()),
            ))
        })?;
        let Value::Object(mut object) = document(text, limits.values).map_err(bare)? else {
            return Err(bare(Refusal::new(Code::Malformed, "one JSON object", "another value")));
        };
        let id = match object.shift_remove("id") {
            Some(id) => serde_json::from_value(id)
                .map_err(|e| Unreadable { id: None, refusal: refusal_of(&e, "/id") })?,
            None => {
                let refusal = Refusal::new(Code::MissingField, "a command id", "none").at("/id");
                return Err(Unreadable { id: None, refusal });
            }
        };
        RequestLine::from_fields(&id, object)
            .map_err(|refusal| Unreadable { id: Some(id.clone()), refusal })
    }

    /// What to answer a line that is longer than a command may be, without reading it.
    #[must_use]
    pub fn too_long(limits: &Limits, bytes: u64) -> Unreadable {
        Unreadable { id: None, refusal: too_long(limits, bytes) }
    }

    fn from_fields(id: &CommandId, mut object: Map<String, Value>) -> Result<RequestLine, Refusal> {
        let sending = Sending::take(id.clone(), &mut object)?;
        let mut rest = object.into_iter();
        let (Some((verb, payload)), None) = (rest.next(), rest.next()) else {
            return Err(Refusal::new(Code::UnknownVerb, "exactly one verb", "none or several"));
        };
        Ok(RequestLine { sending, verb, payload })
    }

    /// The payload as a type of the reader's own.
    ///
    /// # Errors
    /// [`Unreadable`] with the path of the field that does not fit.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, Unreadable> {
        let path = format!("/{}", self.verb);
        let read = serde_path_to_error::deserialize(&self.payload);
        let read = fields(&path, &self.payload).and(read.map_err(|e| misfit(&path, &e)));
        read.map_err(|refusal| Unreadable { id: Some(self.sending.id.clone()), refusal })
    }
}

fn too_long(limits: &Limits, bytes: u64) -> Refusal {
    let expected = format!("at most {} bytes in one command", limits.command_bytes);
    Refusal::new(Code::TooLong, expected, format!("{bytes} bytes"))
}

/// A payload has named fields: what derives its codec would take a list of them, too.
fn fields(path: &str, payload: &Value) -> Result<(), Refusal> {
    let found = match payload {
        Value::Object(_) => return Ok(()),
        Value::Array(_) => "a list",
        Value::String(_) => "a text",
        Value::Number(_) => "a number",
        Value::Bool(_) => "a truth value",
        Value::Null => "null",
    };
    Err(Refusal::new(Code::WrongType, "an object with the verb's fields", found).at(shown(path)))
}

/// The verb that was probably meant.
fn nearest(verb: &str) -> String {
    let letters = |s: &str| -> Vec<char> {
        s.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
    };
    // What is much longer than any verb is nobody's slip of the pen.
    let meant = (verb.len() <= 40).then(|| letters(verb)).and_then(|verb| {
        let slips = VERB_NAMES.iter().map(|name| (slips(&verb, &letters(name)), *name));
        slips.min().filter(|(slips, _)| *slips <= 2 && slips * 3 <= verb.len() + 1)
    });
    match meant {
        Some((_, name)) => format!("`{name}`"),
        None => "a verb of the reference".to_owned(),
    }
}

/// How many letters are to be put in, left out or changed to make one word of the other.
fn slips(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (y, around) in b.iter().zip(before.windows(2)) {
            let (&[corner, above], Some(&left)) = (around, row.last()) else { continue };
            row.push((corner + usize::from(x != y)).min(above + 1).min(left + 1));
        }
        before = row;
    }
    before.last().copied().unwrap_or(0)
}
