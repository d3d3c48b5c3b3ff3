//! Markup that is well-formed by construction: every element is closed where it was opened, and
//! every text and attribute is escaped.

/// HTML or SVG under construction.
#[derive(Debug, Default)]
pub(crate) struct Markup {
    text: String,
}

/// Attributes of an element: names from the program, values from anywhere.
pub(crate) type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Markup {
    /// An element with what `inside` writes.
    pub(crate) fn element(
        &mut self,
        tag: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.start(tag, attributes);
        self.text.push('>');
        inside(self);
        self.text.push_str("</");
        self.text.push_str(tag);
        self.text.push('>');
    }

    /// An element with text alone.
    pub(crate) fn leaf(&mut self, tag: &'static str, attributes: Attributes<'_>, text: &str) {
        self.element(tag, attributes, |inside| inside.text(text));
    }

    /// An element that holds nothing, such as `meta` or `path`.
    pub(crate) fn empty(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.start(tag, attributes);
        self.text.push_str("/>");
    }

    /// Text, escaped.
    pub(crate) fn text(&mut self, text: &str) {
        escape_into(&mut self.text, text);
    }

    /// Text of the program that is markup already, such as the style sheet.
    pub(crate) fn constant(&mut self, text: &'static str) {
        self.text.push_str(text);
    }

    /// A drawing of `width` by `height` units, read out as `label`.
    pub(crate) fn drawing(
        &mut self,
        (width, height): (f64, f64),
        label: &str,
        inside: impl FnOnce(&mut Self),
    ) {
        let view = format!("0 0 {} {}", number(width), number(height));
        self.element("svg", &[("viewBox", &view), ("role", "img"), ("aria-label", label)], inside);
    }

    /// A word at a point of a drawing; `class` may name an anchor by `start`, `middle`, `end`.
    pub(crate) fn word(&mut self, (x, y): (f64, f64), anchor: &str, class: &str, text: &str) {
        self.leaf(
            "text",
            &[("x", &number(x)), ("y", &number(y)), ("text-anchor", anchor), ("class", class)],
            text,
        );
    }

    /// A straight line of a drawing.
    pub(crate) fn rule(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(number);
        self.empty("line", &[("class", class), ("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)]);
    }

    /// The finished text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    fn start(&mut self, tag: &str, attributes: Attributes<'_>) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            escape_into(&mut self.text, value);
            self.text.push('"');
        }
    }
}

/// A coordinate: at most two decimals, none that say nothing.
pub(crate) fn number(value: f64) -> String {
    let mut text = format!("{value:.2}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" { "0".to_owned() } else { text }
}

/// A path through points, straight from one to the next.
pub(crate) fn path(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut text = String::new();
    for (x, y) in points {
        text.push(if text.is_empty() { 'M' } else { 'L' });
        text.push_str(&number(x));
        text.push(' ');
        text.push_str(&number(y));
    }
    text
}

fn escape_into(into: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            '\t' | '\n' => into.push(character),
            character if character.is_control() => into.push('\u{FFFD}'),
            character => into.push(character),
        }
    }
}

/// For tests: says what is not well-formed about markup, if anything is. Understands what this
/// module writes: elements, attributes in double quotes, the five escapes.
#[cfg(test)]
pub(crate) fn flaw_in(markup: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = markup.strip_prefix("<!DOCTYPE html>").unwrap_or(markup);
    while let Some((text, from_tag)) = rest.split_once('<') {
        if let Some(flaw) = flaw_in_text(text, open.last() == Some(&"style")) {
            return Some(flaw);
        }
        let Some((tag, behind)) = from_tag.split_once('>') else {
            return Some("a tag without end".to_owned());
        };
        rest = behind;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Some(format!("</{name}> closes nothing, open are {open:?}"));
            }
            continue;
        }
        let (name, attributes) = tag.trim_end_matches('/').split_once(' ').unwrap_or((tag, ""));
        let quotes = attributes.matches('"').count();
        if quotes != 2 * attributes.matches("=\"").count() {
            return Some(format!("quotes of <{tag}>"));
        }
        if let Some(flaw) = flaw_in_text(attributes, false) {
            return Some(flaw);
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    (!open.is_empty()).then(|| format!("never closed: {open:?}")).or(flaw_in_text(rest, false))
}

#[cfg(test)]
fn flaw_in_text(text: &str, verbatim: bool) -> Option<String> {
    let known = |rest: &str| {
        ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|name| rest.starts_with(name))
    };
    let stray = text.split('&').skip(1).find(|rest| !known(rest));
    let bare = stray.map(|rest| format!("a bare & before {rest:?}"));
    let bare = bare.or_else(|| text.contains('>').then(|| format!("a bare > in {text:?}")));
    bare.filter(|_| !verbatim)
}

#[cfg(test)]
mod tests {
    use super::{Markup, flaw_in, number, path};

    #[test]
    fn hostile_text_stays_text() {
        // Goal: nothing out of the data becomes markup. Method: a name that tries to close an
        // attribute, open a script and smuggle a control character, in text and in an attribute.
        let hostile = "\"><script>alert('x')</script> & \u{1}";
        let mut markup = Markup::default();
        markup.element("g", &[("aria-label", hostile)], |inside| inside.text(hostile));
        let text = markup.into_text();
        assert_eq!(flaw_in(&text), None, "{text}");
        assert!(!text.contains("<script") && !text.contains('\u{1}'));
        assert_eq!(text.matches("&lt;script&gt;").count(), 2);
        assert_eq!(text.matches('"').count(), 2);
    }

    #[test]
    fn the_checker_finds_flaws() {
        // Goal: a check that can fail. Method: one broken text per kind of flaw.
        for broken in [
            "<g>",
            "<g></p>",
            "</g>",
            "<g>a & b</g>",
            "<g a=\"1></g>",
            "<g",
            "<p><g></p></g>",
            "<p>></p>",
        ] {
            assert!(flaw_in(broken).is_some(), "{broken}");
        }
        assert_eq!(flaw_in("<!DOCTYPE html><p class=\"a\">x &amp; y<path d=\"M0 0\"/></p>"), None);
    }

    #[test]
    fn numbers_are_short_and_paths_start_with_a_move() {
        // Goal: coordinates as drawings want them. Method: each rule of rounding once.
        for (value, text) in [
            (1.0, "1"),
            (1.5, "1.5"),
            (0.126, "0.13"),
            (-0.001, "0"),
            (100.0, "100"),
            (-3.1, "-3.1"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(path([(0.0, 1.0), (2.5, 3.0)]), "M0 1L2.5 3");
        assert_eq!(path([]), "");
    }
}
