//! What a codec says of a value that does not fit, as a refusal: code, path, expected and found.

use serde_json::error::Category;

use crate::command::{Code, Refusal};

/// The refusal of a payload that does not fit its verb.
pub(super) fn misfit(path: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Refusal {
    refusal_of(error.inner(), &pointer(path, error.path()))
}

/// The JSON pointer of a serde path below `base`.
fn pointer(base: &str, path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(base.to_owned(), |mut at, segment| {
        at.push('/');
        match segment {
            Segment::Seq { index } => at.push_str(&index.to_string()),
            Segment::Map { key } => at.push_str(&shown(key).replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => at.push_str(variant),
            Segment::Unknown => at.push('?'),
        }
        at
    })
}

/// As much of a foreign text as a refusal shows.
const SHOWN_CHARS: usize = 160;

/// The refusal that a codec error stands for.
pub(super) fn refusal_of(error: &serde_json::Error, path: &str) -> Refusal {
    let text = clean(error);
    let (code, expected, found) = read_message(&text);
    let at = match code {
        // serde tells the parent's path; the field itself is what the caller looks for.
        Code::UnknownField | Code::MissingField | Code::Duplicate => match quoted(&text) {
            Some(field) if !path.ends_with(&format!("/{field}")) => {
                format!("{path}/{}", shown(field).replace('~', "~0").replace('/', "~1"))
            }
            _ => path.to_owned(),
        },
        _ => path.to_owned(),
    };
    Refusal::new(code, expected, shown(&found)).at(at)
}

/// Foreign text in one line and within bounds: control characters escaped, the end left out.
pub(super) fn shown(text: &str) -> String {
    let mut line = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == SHOWN_CHARS {
            line.push('…');
            break;
        }
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

fn read_message(text: &str) -> (Code, String, String) {
    // Words of our own say their code first: "code: expected x, found y".
    if let Some((name, rest)) = text.split_once(": expected ")
        && let Some(code) = Code::by_name(name)
    {
        let (expected, found) = rest.split_once(", found ").unwrap_or((rest, "something else"));
        let code = match code {
            Code::QuantityRange if found.trim_start_matches('`').starts_with('-') => {
                Code::QuantityNegative
            }
            other => other,
        };
        return (code, expected.to_owned(), found.to_owned());
    }
    if let Some(rest) = text.strip_prefix("unknown field ") {
        let (field, expected) = rest.split_once(", expected ").unwrap_or((rest, "no more fields"));
        return (Code::UnknownField, expected.to_owned(), field.to_owned());
    }
    if let Some(field) = text.strip_prefix("missing field ") {
        return (Code::MissingField, field.to_owned(), "none".to_owned());
    }
    for lead in ["invalid type: ", "invalid value: ", "unknown variant ", "invalid length "] {
        if let Some(rest) = text.strip_prefix(lead) {
            let (found, expected) = rest.split_once(", expected ").unwrap_or((rest, "another"));
            return (Code::WrongType, in_words(expected).to_owned(), found.to_owned());
        }
    }
    (Code::WrongType, "a value of the field's type".to_owned(), text.to_owned())
}

/// What a codec expected, in words that a caller knows.
fn in_words(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number in range",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of zero or more, in range",
        "a sequence" | "a tuple" => "a list",
        "a map" => "an object",
        "a borrowed string" | "a character" => "a string",
        "string or map" => "a word, or an object with one field",
        _ if expected.starts_with("struct ") => "an object",
        _ if expected.starts_with("enum ") => "one of the words of the reference",
        _ if expected.starts_with("tuple ") => "a list",
        _ if expected.contains("Decimal") => "a decimal number in quotes, such as `0.92`",
        other => other,
    }
}

/// The message without the position that serde appends; of a line that is no JSON the column stays.
pub(super) fn clean(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let Some((head, _)) = text.split_once(" at line ") else { return text };
    match (error.classify(), error.line()) {
        // Of one line there is a column to tell; the host knows the line.
        (Category::Syntax | Category::Eof, 1) => format!("{head} at column {}", error.column()),
        (Category::Syntax | Category::Eof, _) => text,
        _ => head.to_owned(),
    }
}

fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}
