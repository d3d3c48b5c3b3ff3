//! One JSON document in which every field stands once, of no more values than a command may have.
//!
//! Which of two equal fields counts is left open by JSON: two readers may see two commands in the same
//! bytes. Such a document is no command. And bytes say little about what reading them takes: a value
//! of two bytes takes a hundred in memory, so values are counted while they are read, and reading ends
//! with the first that is too many.

use std::cell::Cell;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::misfit::{clean, misfit, refusal_of};
use crate::command::{Code, Refusal};

/// Reads a value whose objects name each field once.
#[derive(Clone, Copy)]
struct Once<'c> {
    /// How many values may still come.
    left: &'c Cell<usize>,
    /// How many there may be in all.
    most: usize,
}

/// Reads the one document that a text is.
///
/// # Errors
/// `invalid.json` where it is none; `limit.count` where it has more than `most` values;
/// `invalid.duplicate` at a field that stands twice.
pub(super) fn document(text: &str, most: usize) -> Result<Value, Refusal> {
    let left = Cell::new(most);
    let once = Once { left: &left, most };
    let mut reader = serde_json::Deserializer::from_str(text);
    let error = match once.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value)) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if !error.is_data() {
        return Err(Refusal::new(Code::Malformed, "one JSON object", clean(&error)));
    }
    let refusal = refusal_of(&error, "");
    if refusal.code == Code::TooMany {
        return Err(refusal);
    }
    // Only now is it worth the work to know where we are.
    left.set(most);
    let mut track = serde_path_to_error::Track::new();
    let mut again = serde_json::Deserializer::from_str(text);
    let placed = serde_path_to_error::Deserializer::new(&mut again, &mut track);
    match once.deserialize(placed) {
        Err(error) => Err(misfit("", &serde_path_to_error::Error::new(track.path(), error))),
        Ok(_) => Err(refusal),
    }
}

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(D::Error::custom(format_args!(
                "limit.count: expected at most {} values in one command, found more",
                self.most
            )));
        };
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(self)?;
            if all.contains_key(&name) {
                return Err(Error::custom(format_args!(
                    "invalid.duplicate: expected each field once, found `{name}` twice"
                )));
            }
            all.insert(name, value);
        }
        Ok(Value::Object(all))
    }
}
