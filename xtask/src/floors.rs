//! Module floors inside `oms-core`: which module may name which, read from `crate::` and `super::` paths.

use std::collections::{BTreeMap, BTreeSet};

use crate::rust::{Token, tokens};
use crate::tidy::{Finding, SourceFile};

/// From top to bottom. On the floor marked `false` neighbors never meet; elsewhere they may, in one direction.
const FLOORS: &[(&[&str], bool)] = &[
    (&["engine", "views", "testing"], true),
    (&["flow"], true),
    (&["desk"], true),
    (&["command", "event"], true),
    (&["order", "stock", "sourcing", "fulfillment"], false),
    (&["catalog", "decision"], true),
    (&["words"], true),
];

const HOME: &str = "crates/oms-core/src/";

/// One mention of a top module.
#[derive(Debug, PartialEq, Eq)]
struct Mention {
    name: String,
    line: usize,
    /// Inside `mod tests`, or followed by `!`.
    excused: Excuse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Excuse {
    None,
    Tests,
    Macro,
}

/// Checks every file of `oms-core`.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut sideways: BTreeMap<(String, String), (String, usize)> = BTreeMap::new();
    let mut homeless = BTreeSet::new();
    for file in files {
        let Some(inside) = file.path.strip_prefix(HOME).and_then(|path| path.strip_suffix(".rs"))
        else {
            continue;
        };
        let own = inside.split('/').next().unwrap_or_default();
        if own == "lib" {
            continue;
        }
        let Some(floor) = floor(own) else {
            if homeless.insert(own) {
                let what = format!("module `{own}` stands on no floor");
                let todo = "move it into a module of the house, or place it in xtask/src/floors.rs";
                findings.push(Finding::new(&file.path, 1, what, todo));
            }
            continue;
        };
        for mention in mentions(&file.text, depth(inside)) {
            if mention.name == own || mention.excused == Excuse::Macro {
                continue;
            }
            match judge(floor, own, &mention) {
                Verdict::Fine => {}
                Verdict::Neighbor => {
                    let pair = (own.to_owned(), mention.name);
                    sideways.entry(pair).or_insert((file.path.clone(), mention.line));
                }
                Verdict::Wrong(what, todo) => {
                    findings.push(Finding::new(&file.path, mention.line, what, todo));
                }
            }
        }
    }
    findings.extend(circles(&sideways));
    findings
}

enum Verdict {
    Fine,
    Neighbor,
    Wrong(String, &'static str),
}

fn judge(floor_of_own: usize, own: &str, mention: &Mention) -> Verdict {
    let name = &mention.name;
    let Some(other) = floor(name) else {
        let what = format!("`crate::{name}` names no module of the house");
        return Verdict::Wrong(
            what,
            "name the module that owns it, so that its floor can be checked",
        );
    };
    let strict = FLOORS.get(floor_of_own).is_some_and(|(_, neighbors_meet)| !neighbors_meet);
    match other.cmp(&floor_of_own) {
        std::cmp::Ordering::Greater => Verdict::Fine,
        _ if name == "testing" && mention.excused == Excuse::Tests => Verdict::Fine,
        std::cmp::Ordering::Equal if !strict => Verdict::Neighbor,
        std::cmp::Ordering::Equal => Verdict::Wrong(
            format!("`{own}` must not import its sibling `{name}`"),
            "let them meet in `flow`, or move the shared word down",
        ),
        std::cmp::Ordering::Less => Verdict::Wrong(
            format!("`{own}` must not import `{name}`: it stands higher"),
            "imports go down only: move the code up or the word down",
        ),
    }
}

/// Neighbors that import each other.
fn circles(sideways: &BTreeMap<(String, String), (String, usize)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((from, to), (path, line)) in sideways {
        if from < to && sideways.contains_key(&(to.clone(), from.clone())) {
            let what = format!("`{from}` and `{to}` import each other");
            findings.push(Finding::new(path, *line, what, "keep one of the two directions"));
        }
    }
    findings
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|(names, _)| names.contains(&module))
}

/// How many modules lie between a file and the crate root: `order/mod` 1, `order/line` 2.
fn depth(inside: &str) -> usize {
    inside.split('/').filter(|part| *part != "mod").count()
}

/// Every top module that a file names by a path from the crate root.
fn mentions(source: &str, depth: usize) -> Vec<Mention> {
    let all = tokens(source);
    let text = |at: usize| all.get(at).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    // Inline modules that are open: at which brace depth each began, and whether it holds tests.
    let mut inline: Vec<(usize, bool)> = Vec::new();
    let mut braces = 0_usize;
    for at in 0..all.len() {
        match text(at) {
            "{" => {
                braces += 1;
                if at >= 2 && text(at - 2) == "mod" {
                    inline.push((braces, text(at - 1) == "tests"));
                }
            }
            "}" => {
                inline.pop_if(|(began, _)| *began == braces);
                braces = braces.saturating_sub(1);
            }
            start @ ("crate" | "super") if text(at + 1) == "::" => {
                let continued =
                    at > 0 && text(at - 1) == "::" && text(at.wrapping_sub(2)) == "super";
                let up = if start == "crate" { 0 } else { depth + inline.len() - 1 };
                if !continued {
                    let in_tests = inline.iter().any(|(_, tests)| *tests);
                    follow(&all, at + 2, up, in_tests, &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

/// Follows a path whose next token is at `at` and which stands `up` modules below the root.
fn follow(all: &[Token], at: usize, up: usize, in_tests: bool, found: &mut Vec<Mention>) {
    let text = |at: usize| all.get(at).map_or("", |token| token.text.as_str());
    match text(at) {
        "{" => {
            let mut braces = 1;
            let mut next = at + 1;
            follow(all, next, up, in_tests, found);
            while braces > 0 && next < all.len() {
                match text(next) {
                    "{" => braces += 1,
                    "}" => braces -= 1,
                    "," if braces == 1 => follow(all, next + 1, up, in_tests, found),
                    _ => {}
                }
                next += 1;
            }
        }
        "super" if text(at + 1) == "::" && up > 0 => follow(all, at + 2, up - 1, in_tests, found),
        name if up == 0 && name.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
            let excused = match (text(at + 1), in_tests) {
                ("!", _) => Excuse::Macro,
                (_, true) => Excuse::Tests,
                _ => Excuse::None,
            };
            let line = all.get(at).map_or(1, |token| token.line);
            found.push(Mention { name: name.to_owned(), line, excused });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let file = |(path, text): &(&str, &str)| SourceFile {
            path: format!("{HOME}{path}"),
            text: (*text).to_owned(),
        };
        let files: Vec<SourceFile> = files.iter().map(file).collect();
        check(&files).iter().map(ToString::to_string).collect()
    }

    fn finding(path: &str, text: &str) -> String {
        findings(&[(path, text)]).join("\n")
    }

    // Goal: imports that go down, stay at home or are mere talk are silent. Method: one of each.
    #[test]
    fn imports_going_down_are_silent() {
        let fine = "//! [`crate::engine`]\nuse crate::{words::Qty, event};\nuse super::place;\nfn f() { crate::desk::x() }";
        assert_eq!(finding("flow/place_order.rs", fine), "");
        assert_eq!(
            finding("order/line.rs", "use crate::order::Order; use super::super::words::Qty;"),
            ""
        );
        assert_eq!(finding("words/id.rs", "crate::id_type!(X); $crate::words::Y"), "");
    }

    // Goal: siblings and higher floors are found in every spelling. Method: one spelling a line.
    #[test]
    fn wrong_imports_are_found_in_every_spelling() {
        for text in [
            "\nuse crate::stock::Account;",
            "\nuse crate::{words::Qty, stock::{Account, Delta}};",
            "\nfn f(x: crate::stock::Account) {}",
            "\nuse super::super::stock::Account;",
            "\nuse super::{super::stock, Order};",
            "\nmod tests { use super::super::super::stock; }",
            "\nmacro_rules! m { () => { $crate::stock::x() } }",
        ] {
            let found = finding("order/line.rs", text);
            let wanted =
                format!("{HOME}order/line.rs:2: `order` must not import its sibling `stock`");
            assert!(found.starts_with(&wanted) && !found.contains('\n'), "{text} gives {found}");
        }
        assert!(finding("words/id.rs", "use crate::flow;").contains("it stands higher"));
        assert!(finding("words/mod.rs", "use super::flow;").contains("it stands higher"));
        assert!(finding("order.rs", "use crate::desk::Desk;").contains("it stands higher"));
        assert!(finding("order.rs", "use crate::Qty;").contains("names no module of the house"));
        assert!(finding("helpers.rs", "").contains("stands on no floor"));
    }

    // Goal: neighbors may import one way only. Method: one direction, then both.
    #[test]
    fn neighbors_import_one_way() {
        let one = ("command/mod.rs", "use crate::event::Event;");
        assert_eq!(findings(&[one]), [""; 0]);
        let found = findings(&[one, ("event/mod.rs", "\nuse crate::command::Command;")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("`command` and `event` import each other"));
    }

    // Goal: test modules may use the testing feature, and nothing else may. Method: the same path in both.
    #[test]
    fn tests_may_use_testing() {
        assert_eq!(finding("order.rs", "mod tests { use crate::testing::order; }"), "");
        assert!(finding("order.rs", "use crate::testing::order;").contains("it stands higher"));
        assert!(
            finding("order.rs", "mod tests { } use crate::testing::x;").contains("stands higher")
        );
    }
}
