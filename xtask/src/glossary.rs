//! The glossary: every word in the name of a public type of `oms-core` is explained in GLOSSARY.md.

use std::collections::BTreeSet;

use crate::rust::tokens;
use crate::tidy::{Finding, SourceFile};

const HOME: &str = "crates/oms-core/src/";
const PAGE: &str = "GLOSSARY.md";

/// Plain English and plain programming: these need no line in the glossary.
const PLAIN: &[&str] = &[
    "A",
    "After",
    "Answered",
    "By",
    "Change",
    "Code",
    "Direction",
    "Done",
    "End",
    "Entry",
    "Error",
    "First",
    "Hour",
    "Id",
    "In",
    "Index",
    "Input",
    "Iter",
    "Key",
    "Kind",
    "List",
    "Made",
    "No",
    "Of",
    "Out",
    "Part",
    "Range",
    "Ref",
    "Requested",
    "Row",
    "Scope",
    "Set",
    "Step",
    "Stop",
    "Table",
    "To",
    "Value",
    "Verdict",
    "Weekday",
];

/// Checks the names of all public structs and enums.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let page = files.iter().find(|file| file.path == PAGE).map_or("", |file| file.text.as_str());
    let mut known = terms(page);
    known.extend(PLAIN.iter().map(|word| stem(word)));
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with(HOME)) {
        for (line, name) in public_types(&file.text) {
            for word in split(&name) {
                if !known.contains(&stem(&word)) {
                    let what = format!("`{word}` of `{name}` is no word of the house");
                    let todo = "use a word of GLOSSARY.md, or give the word a line there";
                    findings.push(Finding::new(&file.path, line, what, todo));
                }
            }
        }
    }
    findings
}

/// The stems of the words in the first column of the page's tables.
fn terms(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter_map(|line| line.trim().strip_prefix('|'))
        .filter_map(|row| row.split('|').next())
        .flat_map(|cell| cell.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .flat_map(|word| [stem(word)].into_iter().chain(split(word).into_iter().map(|w| stem(&w))))
        .collect()
}

/// Line and name of every `pub struct` and `pub enum`.
fn public_types(source: &str) -> Vec<(usize, String)> {
    let all = tokens(source);
    all.windows(3)
        .filter_map(|three| match three {
            [first, kind, name] if first.text == "pub" => {
                // `pub struct $name` of a macro names nothing yet.
                let named = matches!(kind.text.as_str(), "struct" | "enum") && name.text != "$";
                named.then(|| (name.line, name.text.clone()))
            }
            _ => None,
        })
        .collect()
}

/// The words of a CamelCase name; `SKUCode` is `SKU` and `Code`.
fn split(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let next = chars.get(at + 1);
        let starts = c.is_uppercase()
            && (before.is_none_or(|b| !b.is_uppercase()) || next.is_some_and(|n| n.is_lowercase()));
        match words.last_mut() {
            Some(word) if !starts => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words
}

/// What a word shares with its plural, its past and its noun: `Shipped`, `ships` and `ship` are one word.
fn stem(word: &str) -> String {
    let word = word.to_lowercase();
    for (ending, instead) in
        [("ies", "y"), ("ied", "y"), ("ations", "at"), ("ation", "at"), ("ing", ""), ("ed", "")]
    {
        if let Some(kept) = word.strip_suffix(ending).filter(|kept| kept.len() > 2) {
            return single_end(&format!("{kept}{instead}"));
        }
    }
    let word = if word.ends_with("ss") { &word } else { word.trim_end_matches('s') };
    single_end(word.strip_suffix('e').filter(|kept| kept.len() > 2).unwrap_or(word))
}

/// `shipp` is `ship`: a doubled last consonant counts once.
fn single_end(word: &str) -> String {
    let mut back = word.chars().rev();
    match (back.next(), back.next()) {
        (Some(last), Some(before)) if last == before && word.len() > 3 => {
            word.strip_suffix(last).unwrap_or(word).to_owned()
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(page: &str, source: &str) -> Vec<String> {
        let file =
            |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
        let files = [file(PAGE, page), file(&format!("{HOME}x.rs"), source)];
        check(&files).iter().map(ToString::to_string).collect()
    }

    const TABLE: &str = "| word | meaning |\n|---|---|\n| **Order** | a widget |\n| **On hand / Sku** | x |\n| place, ship | verbs |\n";

    // Goal: explained, plain and private names are silent. Method: one of each, in several forms of a word.
    #[test]
    fn known_words_are_silent() {
        let source = "pub struct OrderPlaced; pub enum SkuKind {} pub(crate) struct Widget; struct Gadget; pub struct Shipping; pub struct $name; // pub struct Gizmo";
        assert_eq!(findings(TABLE, source), [""; 0]);
    }

    // Goal: a word that only a meaning mentions, or nobody, is found. Method: one of each.
    #[test]
    fn unknown_words_are_found() {
        let found = findings(TABLE, "\npub struct OrderWidget;\npub enum Gizmo {}");
        assert!(found[0].starts_with(&format!("{HOME}x.rs:2: `Widget` of `OrderWidget`")));
        assert!(found[1].starts_with(&format!("{HOME}x.rs:3: `Gizmo` of `Gizmo`")));
        assert_eq!(found.len(), 2);
        assert_eq!(findings("no table", "pub struct Order;").len(), 1);
    }

    // Goal: the forms of a word meet and different words do not. Method: families of both.
    #[test]
    fn stems_join_forms_of_a_word() {
        for family in [
            ["Shipped", "ships", "ship"],
            ["Placed", "placing", "place"],
            ["Allocated", "allocation", "allocate"],
            ["Policies", "policy", "Policy"],
        ] {
            let stems: BTreeSet<String> = family.iter().map(|word| stem(word)).collect();
            assert_eq!(stems.len(), 1, "{stems:?}");
        }
        assert_ne!(stem("order"), stem("offer"));
        assert_eq!(split("SKUCodeX"), ["SKU", "Code", "X"]);
    }
}
