//! The table of hard cases names every case, and only tests that are there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How many stories and failures the design tells.
const STORIES: usize = 32;
const FAILURES: usize = 46;

struct Row {
    case: String,
    reach: String,
    proofs: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn table() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/cases.md")).unwrap();
    let rows = text.lines().filter(|l| l.starts_with("| S") || l.starts_with("| F"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [case, _, reach, proofs] = cells.as_slice() else { panic!("four cells: {line}") };
        let names = proofs.split('`').skip(1).step_by(2).map(str::to_owned);
        Row { case: (*case).to_owned(), reach: (*reach).to_owned(), proofs: names.collect() }
    })
    .collect()
}

/// The file of a proof, and the test in it: `NAME.story`, or `path::test`.
fn file_of(proof: &str) -> (PathBuf, Option<&str>) {
    match proof.split_once("::") {
        Some((path, test)) => (root().join(path), Some(test)),
        None => (root().join("testdata/stories").join(proof), None),
    }
}

fn is_test(file: &Path, test: &str) -> bool {
    let Ok(text) = std::fs::read_to_string(file) else { return false };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines.iter().position(|l| l.starts_with(&format!("fn {test}(")));
    at.is_some_and(|at| lines[..at].iter().rev().take(6).any(|l| *l == "#[test]"))
}

/// Goal: whoever looks for a case finds its test, or reads why there is none yet. Method: every case
/// of the design once; a proof for each that these verbs reach, none for the others; every file and
/// test that is named is there; every story belongs to a case or to the verbs' own.
#[test]
fn every_case_has_its_test() {
    let rows = table();
    let cases: Vec<&str> = rows.iter().map(|row| row.case.as_str()).collect();
    let wanted: Vec<String> = (1..=STORIES)
        .map(|n| format!("S{n}"))
        .chain((1..=FAILURES).map(|n| format!("F{n}")))
        .collect();
    assert_eq!(cases, wanted);
    let mut named = BTreeSet::new();
    for row in &rows {
        let later = row.reach == "later";
        assert!(later || row.reach == "whole" || row.reach.starts_with("part:"), "{}", row.case);
        assert_eq!(later, row.proofs.is_empty(), "{} is `{}`", row.case, row.reach);
        for proof in &row.proofs {
            let (file, test) = file_of(proof);
            assert!(file.exists(), "{}: no file `{proof}`", row.case);
            assert!(
                test.is_none_or(|test| is_test(&file, test)),
                "{}: no test `{proof}`",
                row.case
            );
            named.insert(proof.clone());
        }
    }
    for entry in std::fs::read_dir(root().join("testdata/stories")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let of_case =
            name.starts_with('s') || name.starts_with('f') && name != "fences-on-the-way.story";
        let first = name.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        assert!(!(of_case && first) || named.contains(&name), "`{name}` stands in no row");
    }
}
