//! Reading words from text on the wire, without a copy in between.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Error, Visitor};

use super::error::WordError;

/// Reads a string and parses it; `form` says what was expected where something else than a string
/// comes.
pub(super) fn parsed<'de, D, T>(deserializer: D, form: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = WordError>,
{
    deserializer.deserialize_str(Text { form, word: PhantomData })
}

struct Text<T> {
    form: &'static str,
    word: PhantomData<T>,
}

impl<T: FromStr<Err = WordError>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.form)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
