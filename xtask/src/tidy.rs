//! `cargo xtask tidy`: what the compiler does not check and the house wants.

use std::fmt;
use std::path::Path;

use crate::manifest::Package;
use crate::rust::tokens;
use crate::{floors, glossary, links, manifest};

/// Lines of a file: where a warning starts, and where it ends.
const AIM: usize = 500;
const LIMIT: usize = 800;

/// The example that writes the reference, and the folder that it writes.
const REFERENCE: &str = "reference";
const REFERENCE_PAGES: &str = "docs/reference";

/// Folders that hold no source of ours.
const ASIDE: &[&str] = &["target", "out", ".git"];
/// Endings of the files that are read.
const READ: &[&str] = &["rs", "md", "toml", "yml", "json", "story", "py", "sh", "run"];

/// Names that say nothing about what a module holds.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc"];
/// Macros that must not be left behind.
const LEFT_BEHIND: &[&str] = &["todo", "unimplemented", "dbg"];
/// Starts of paths that exist on somebody's machine only; split, so that this file does not find itself.
const MACHINE_PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("/tmp", "/w/"),
    concat!("C:", "\\Users"),
];

/// A file of the repository.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Below the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Something that is not as the house wants it.
#[derive(Debug)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
    todo: String,
}

impl Finding {
    pub(crate) fn new(path: &str, line: usize, what: String, todo: &str) -> Self {
        Self { path: path.to_owned(), line, what, todo: todo.to_owned() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.what, self.todo)
    }
}

/// Runs every check and prints what it finds.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    gather(root, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let exists = |path: &str| root.join(path).exists();

    let (mut findings, long): (Vec<Finding>, Vec<Finding>) = sizes(&files);
    let packages = manifest::packages(root)?;
    findings.extend(manifest::check(&packages, &files));
    findings.extend(floors::check(&files));
    findings.extend(banned(&files));
    findings.extend(unopened(&files));
    findings.extend(links::check(&files, &exists));
    findings.extend(glossary::check(&files));

    for finding in &long {
        println!("warning: {finding}");
    }
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        return Err(format!("tidy: {} findings in {} files", findings.len(), files.len()));
    }
    generated_reference(root, &packages)?;
    println!("tidy: {} files, nothing to do", files.len());
    Ok(())
}

/// The reference pages must be what the code says now. They are written by the example `reference`, wherever it
/// lives; pages without it are a finding, for nobody would see them drift.
fn generated_reference(root: &Path, packages: &[Package]) -> Result<(), String> {
    let Some(package) = packages.iter().find(|its| its.targets("example").any(|x| x == REFERENCE))
    else {
        return if root.join(REFERENCE_PAGES).exists() {
            Err(format!(
                "tidy: `{REFERENCE_PAGES}` is there, the example `{REFERENCE}` that writes it is not"
            ))
        } else {
            Ok(())
        };
    };
    let run = crate::cargo()
        .args([
            "run",
            "--quiet",
            "--package",
            &package.name,
            "--example",
            REFERENCE,
            "--",
            "--check",
        ])
        .current_dir(root)
        .status()
        .map_err(|error| format!("cannot run the example `{REFERENCE}`: {error}"))?;
    if run.success() {
        return Ok(());
    }
    let name = &package.name;
    let anew = format!("`cargo run --package {name} --example {REFERENCE}`");
    Err(format!("tidy: the generated reference has drifted; run {anew} and commit what changes"))
}

/// Reads every file below `folder`.
fn gather(root: &Path, folder: &str, files: &mut Vec<SourceFile>) -> Result<(), String> {
    let told = |error: std::io::Error| format!("cannot read `{folder}`: {error}");
    for entry in std::fs::read_dir(root.join(folder)).map_err(told)? {
        let entry = entry.map_err(told)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.file_type().map_err(told)?.is_dir() {
            if !ASIDE.contains(&name.as_str()) {
                gather(root, &path, files)?;
            }
        } else if READ.contains(&name.rsplit('.').next().unwrap_or_default()) || path == ".ci/run" {
            let text = std::fs::read_to_string(entry.path())
                .map_err(|error| format!("cannot read `{path}`: {error}"))?;
            files.push(SourceFile { path, text });
        }
    }
    Ok(())
}

/// Rust files that are too long, and those that are about to be.
fn sizes(files: &[SourceFile]) -> (Vec<Finding>, Vec<Finding>) {
    let (mut over, mut long) = (Vec::new(), Vec::new());
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let lines = file.text.lines().count();
        let say =
            |what: String| Finding::new(&file.path, lines, what, "split it by what it is about");
        if lines > LIMIT {
            over.push(say(format!("{lines} lines, the limit is {LIMIT}")));
        } else if lines > AIM {
            long.push(say(format!("{lines} lines, the aim is {AIM}")));
        }
    }
    (over, long)
}

/// Words that must not land: macros left behind, empty names, paths of somebody's machine.
fn banned(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        for (line, number) in file.text.lines().zip(1..) {
            for path in MACHINE_PATHS.iter().filter(|path| begins_a_path(line, path)) {
                let what = format!("`{path}` is a path of one machine");
                findings.push(Finding::new(&file.path, number, what, "use a path below the root"));
            }
        }
        let Some(stem) = file.path.strip_suffix(".rs") else { continue };
        for part in stem.split('/').filter(|part| EMPTY_NAMES.contains(part)) {
            let what = format!("`{part}` says nothing about what it holds");
            findings.push(Finding::new(&file.path, 1, what, "name it after what it is about"));
        }
        for two in tokens(&file.text).windows(2) {
            let [word, mark] = two else { continue };
            if mark.text == "!" && LEFT_BEHIND.contains(&word.text.as_str()) {
                let what = format!("`{}!` was left behind", word.text);
                findings.push(Finding::new(
                    &file.path,
                    word.line,
                    what,
                    "finish it or take it out",
                ));
            }
        }
    }
    findings
}

/// Whether a line holds a path that begins so, and not merely a longer path that contains it.
fn begins_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*')))
    })
}

/// Public modules of `oms-core` that do not open with the idea.
fn unopened(files: &[SourceFile]) -> Vec<Finding> {
    const HOME: &str = "crates/oms-core/src/";
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with(HOME)) {
        let folder = ["lib.rs", "mod.rs", ".rs"].iter().find_map(|end| file.path.strip_suffix(end));
        let folder = folder.unwrap_or_default().trim_end_matches('/');
        for four in tokens(&file.text).windows(4) {
            let [public, module, name, end] = four else { continue };
            if (public.text.as_str(), module.text.as_str(), end.text.as_str())
                != ("pub", "mod", ";")
            {
                continue;
            }
            let both =
                [format!("{folder}/{}.rs", name.text), format!("{folder}/{}/mod.rs", name.text)];
            let opened = files.iter().find(|file| both.contains(&file.path));
            if let Some(opened) = opened.filter(|opened| !opened.text.starts_with("//!")) {
                let what = format!("the public module `{}` does not open with its idea", name.text);
                let todo = "begin the file with `//!`: what it is, why, which law holds";
                findings.push(Finding::new(&opened.path, 1, what, todo));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    fn told(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(ToString::to_string).collect()
    }

    // Goal: size is judged at both marks. Method: files at and beyond each.
    #[test]
    fn long_files_are_found() {
        let lines = |path: &str, count: usize| file(path, &"x\n".repeat(count));
        let (over, long) = sizes(&[
            lines("a.rs", AIM),
            lines("b.rs", LIMIT),
            lines("c.rs", LIMIT + 1),
            lines("d.md", 9999),
        ]);
        assert_eq!(
            told(&long),
            ["b.rs:800: 800 lines, the aim is 500; split it by what it is about"]
        );
        assert!(told(&over)[0].starts_with("c.rs:801: 801 lines, the limit is 800"));
        assert_eq!(over.len(), 1);
    }

    // Goal: each banned word is found at its line, and talk about it is not. Method: one of each.
    #[test]
    fn banned_words_are_found() {
        let left = format!("fn f() {{\n{}!() }} // {}!()", "to\u{64}o", "dbg");
        assert_eq!(told(&banned(&[file("a.rs", &left)])).len(), 1);
        assert!(
            told(&banned(&[file("a.rs", &left)]))[0].starts_with("a.rs:2: `todo!` was left behind")
        );
        assert!(told(&banned(&[file("a/utils/b.rs", "")]))[0].contains("`utils` says nothing"));
        let path = format!("x\n see {}me/ann/x", "/ho");
        assert!(told(&banned(&[file("a.md", &path)]))[0].starts_with("a.md:2: `/ho"));
        let longer = format!("https://shop.example{}me/ and src{}me/x", "/ho", "/ho");
        assert_eq!(told(&banned(&[file("a.md", &longer)])), [""; 0]);
    }

    // Goal: a public module without an opening is found, a private one is left alone. Method: both.
    #[test]
    fn unopened_modules_are_found() {
        let home = "crates/oms-core/src";
        let files = [
            file(&format!("{home}/lib.rs"), "pub mod a; mod b; pub mod c;"),
            file(&format!("{home}/a/mod.rs"), "use x;"),
            file(&format!("{home}/b.rs"), "use x;"),
            file(&format!("{home}/c.rs"), "//! Idea.\npub mod d;"),
            file(&format!("{home}/c/d.rs"), ""),
        ];
        let found = told(&unopened(&files));
        assert!(found[0].starts_with(&format!("{home}/a/mod.rs:1: the public module `a`")));
        assert!(found[1].starts_with(&format!("{home}/c/d.rs:1: the public module `d`")));
        assert_eq!(found.len(), 2);
    }
}
