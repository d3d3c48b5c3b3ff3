//! One JSON document in which every field stands once.
//!
//! Which of two equal fields counts is left open by JSON: two readers may see two commands in the same
//! bytes. Such a document is no command.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::misfit::{clean, misfit};
use crate::command::{Code, Refusal};

/// A value whose objects name each field once.
struct Once(Value);

/// Reads the one document that a text is.
///
/// # Errors
/// `invalid.json` where it is none; `invalid.duplicate` at a field that stands twice.
pub(super) fn document(text: &str) -> Result<Value, Refusal> {
    let error = match serde_json::from_str(text) {
        Ok(Once(value)) => return Ok(value),
        Err(error) => error,
    };
    if error.is_data() {
        // Only now is it worth the work to know where we are.
        let mut again = serde_json::Deserializer::from_str(text);
        if let Err(placed) = serde_path_to_error::deserialize::<_, Once>(&mut again) {
            return Err(misfit("", &placed));
        }
    }
    Err(Refusal::new(Code::Malformed, "one JSON object", clean(&error)))
}

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Once, D::Error> {
        deserializer.deserialize_any(Reader).map(Once)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
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
        while let Some(Once(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let Once(value) = fields.next_value()?;
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
