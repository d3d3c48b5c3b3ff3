//! The refusals that a verb's own file tells of at its head.

use std::path::PathBuf;

/// The codes that a verb's file documents, in order. Words in brackets are no refusals.
pub(crate) fn documented(verb: &str) -> Vec<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("src/flow/{verb}.rs"));
    let text = std::fs::read_to_string(file).unwrap();
    let head = text.lines().map_while(|line| line.strip_prefix("//!")).collect::<String>();
    let list = head.split("Refusals").nth(1).unwrap_or_else(|| panic!("{verb} documents none"));
    let is_code = |word: &&str| {
        let letter = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '.' | '*');
        word.contains('.') && word.chars().all(letter)
    };
    list.split('`').skip(1).step_by(2).filter(is_code).map(str::to_owned).collect()
}
