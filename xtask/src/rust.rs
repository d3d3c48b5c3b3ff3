//! Just enough Rust to read paths: the words and marks of a source file, without comments and literals.

/// One word or mark, and the line it stands on (from 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// Splits a source file into tokens; comments, strings, characters and lifetimes are left out.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (skip, is_token) = match literal(rest) {
            Some(length) => (length, false),
            None if first.is_alphanumeric() || first == '_' => (word(rest), true),
            None if rest.starts_with("::") => (2, true),
            None => (first.len_utf8(), !first.is_whitespace()),
        };
        let (head, tail) = rest.split_at_checked(skip).unwrap_or((rest, ""));
        if is_token {
            found.push(Token { line, text: head.to_owned() });
        }
        line += head.matches('\n').count();
        rest = tail;
    }
    found
}

/// Length of the word at the start.
fn word(rest: &str) -> usize {
    rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
}

/// Length of the comment, string, character or lifetime at the start, if one stands there.
fn literal(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if let Some(length) = raw_string(rest) {
        return Some(length);
    }
    for (open, quote) in [("\"", '"'), ("b\"", '"'), ("c\"", '"'), ("b'", '\'')] {
        if let Some(body) = rest.strip_prefix(open) {
            return Some(open.len() + quoted(body, quote));
        }
    }
    let body = rest.strip_prefix('\'')?;
    let mut chars = body.chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), _) | (_, Some('\'')) => Some(1 + quoted(body, '\'')),
        _ => Some(1 + word(body)),
    }
}

/// Length of a block comment; they nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Length of a raw string, with any number of hashes.
fn raw_string(rest: &str) -> Option<usize> {
    for open in ["r", "br", "cr"] {
        let Some(after) = rest.strip_prefix(open) else { continue };
        let hashes = after.find(|c| c != '#').unwrap_or(after.len());
        let Some(body) = after.get(hashes..).and_then(|body| body.strip_prefix('"')) else {
            continue;
        };
        let close = format!("\"{}", "#".repeat(hashes));
        let end = body.find(&close).map_or(body.len(), |end| end + close.len());
        return Some(open.len() + hashes + 1 + end);
    }
    None
}

/// Length of a quoted body up to and with its closing quote.
fn quoted(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        tokens(source).into_iter().map(|token| token.text).collect()
    }

    // Goal: what is said in comments and literals never counts as code. Method: hide a word in each kind.
    #[test]
    fn comments_and_literals_are_left_out() {
        let source = "a // no\n/* no /* no */ no */ b \"no \\\" no\" c r#\"no \" no\"# d b\"no\" 'n' '\\'' e";
        assert_eq!(texts(source), ["a", "b", "c", "d", "e"]);
    }

    // Goal: what looks like a literal and is none stays code. Method: lifetimes and raw identifiers.
    #[test]
    fn lifetimes_end_where_they_end() {
        assert_eq!(texts("<'a, T>(x: &'a T)"), ["<", ",", "T", ">", "(", "x", ":", "&", "T", ")"]);
        assert_eq!(texts("r#type::X"), ["r", "#", "type", "::", "X"]);
    }

    // Goal: findings point at the right line. Method: a word after literals that span lines.
    #[test]
    fn lines_are_counted_through_literals() {
        let found = tokens("/* 1\n2 */ \"\n3\"\nhere");
        assert_eq!(found, [Token { line: 4, text: "here".to_owned() }]);
    }
}
