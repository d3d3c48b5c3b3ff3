//! Crate floors: who may depend on whom, and on which third parties.
//!
//! Imports go down only, never sideways. A third party enters a shipped crate by a line in [`RULES`], and for
//! `oms-core` by an architecture decision record as well.

use std::path::Path;

use serde_json::Value;

use crate::tidy::{Finding, SourceFile};

/// What one crate may stand on.
struct Rule {
    name: &'static str,
    ours: &'static [&'static str],
    theirs: &'static [&'static str],
}

const GROUND: &[&str] = &["oms-core", "oms-learn"];
const HALL: &[&str] = &["oms"];

const RULES: &[Rule] = &[
    Rule {
        name: "oms-core",
        ours: &[],
        theirs: &[
            "serde",
            "serde_json",
            "thiserror",
            "rust_decimal",
            "chrono",
            "chrono-tz",
            "petgraph",
            "sha2",
            "proptest",
            // docs/adr/0006-path-of-a-bad-field.md
            "serde_path_to_error",
        ],
    },
    Rule { name: "oms-learn", ours: &[], theirs: &["serde", "thiserror", "ndarray", "sha2"] },
    Rule {
        name: "oms-alloc",
        ours: GROUND,
        theirs: &[
            "serde",
            "thiserror",
            "good_lp",
            "petgraph",
            "rust_decimal",
            // Instance and solution files are read here, so that every door reads them alike and tells the same path.
            "serde_json",
            "serde_path_to_error",
            // The mark of an overlay in decision records.
            "sha2",
        ],
    },
    Rule {
        name: "oms-forecast",
        ours: GROUND,
        theirs: &[
            "serde",
            "thiserror",
            "ndarray",
            "chrono",
            // Histories are read here, so that every door reads them alike and tells the same line.
            "csv",
            "flate2",
            "parquet",
            "bytes",
            // Writing decimals was a fifth of a fast forecast; serde_json brings it anyway.
            "zmij",
        ],
    },
    Rule {
        name: "oms-intel",
        ours: GROUND,
        theirs: &["serde", "thiserror", "ndarray", "good_lp", "petgraph"],
    },
    Rule { name: "oms-vfs", ours: &[], theirs: &["rusqlite"] },
    Rule {
        name: "oms-store",
        ours: &["oms-core", "oms-vfs"],
        theirs: &["rusqlite", "postgres", "serde", "serde_json", "thiserror", "sha2"],
    },
    Rule {
        name: "oms-connect",
        ours: &["oms-core"],
        theirs: &["serde", "serde_json", "thiserror"],
    },
    Rule {
        name: "oms",
        ours: &[
            "oms-core",
            "oms-learn",
            "oms-alloc",
            "oms-forecast",
            "oms-intel",
            "oms-store",
            "oms-connect",
        ],
        theirs: &["serde", "serde_json", "thiserror", "tracing"],
    },
    Rule { name: "oms-ffi", ours: HALL, theirs: &["serde", "serde_json", "thiserror"] },
    Rule { name: "oms-py", ours: HALL, theirs: &["serde", "serde_json", "thiserror", "pyo3"] },
    Rule {
        name: "oms-cli",
        ours: HALL,
        theirs: &["clap", "comfy-table", "indicatif", "serde", "serde_json", "thiserror"],
    },
    Rule { name: "oms-sim", ours: HALL, theirs: &["serde", "serde_json", "thiserror"] },
    Rule { name: "xtask", ours: &[], theirs: &["serde_json"] },
];

/// Third parties that a crate may carry only as an option.
const ONLY_OPTIONAL: &[(&str, &str)] = &[
    ("oms-core", "proptest"),
    ("oms-forecast", "parquet"),
    ("oms-forecast", "bytes"),
    ("oms-store", "postgres"),
];

/// Crates that may use `unsafe`: docs/adr/0010-sealed-pages.md. They state the house's other lints themselves.
const MAY_BE_UNSAFE: &[&str] = &["oms-vfs"];

/// Features that need more than Rust to build: whatever runs before a change lands leaves them out.
/// docs/adr/0012-lp-solver.md
const APART: &[&str] = &["highs"];

/// A crate of the workspace, as cargo sees it.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Path of the manifest below the root, with `/`.
    pub(crate) manifest: String,
    dependencies: Vec<Dependency>,
    /// (kind, name): `("bench", "engine")`.
    targets: Vec<(String, String)>,
    features: Vec<String>,
}

#[derive(Debug)]
struct Dependency {
    name: String,
    ours: bool,
    optional: bool,
    dev: bool,
}

impl Package {
    /// Names of the targets of a kind, such as `bench` or `example`.
    pub(crate) fn targets<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        self.targets.iter().filter(move |(its, _)| its == kind).map(|(_, name)| name.as_str())
    }

    /// Its features but those that need more than Rust, as cargo is asked for them.
    fn features(&self) -> impl Iterator<Item = String> {
        let ours = self.features.iter().filter(|feature| !APART.contains(&feature.as_str()));
        ours.map(|feature| format!("{}/{feature}", self.name))
    }
}

/// What stands for `--all-features`: the features of these crates but those that need more than Rust.
pub(crate) fn features<'a>(packages: impl IntoIterator<Item = &'a Package>) -> String {
    let all: Vec<String> = packages.into_iter().flat_map(Package::features).collect();
    if all.is_empty() { String::new() } else { format!("--features {}", all.join(",")) }
}

/// Asks cargo for the crates of the workspace.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let answer = crate::cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run `cargo metadata`: {error}"))?;
    if !answer.status.success() {
        return Err(String::from_utf8_lossy(&answer.stderr).into_owned());
    }
    let root = root.to_string_lossy().replace('\\', "/");
    read(&String::from_utf8_lossy(&answer.stdout), &root)
}

fn read(metadata: &str, root: &str) -> Result<Vec<Package>, String> {
    let all: Value = serde_json::from_str(metadata)
        .map_err(|error| format!("cannot read what `cargo metadata` says: {error}"))?;
    let list = |value: &Value, key: &str| -> Vec<Value> {
        value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let text = |value: &Value, key: &str| -> String {
        value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let dependency = |value: &Value| Dependency {
        name: text(value, "name"),
        ours: value.get("path").is_some_and(Value::is_string),
        optional: value.get("optional").and_then(Value::as_bool).unwrap_or_default(),
        dev: text(value, "kind") == "dev",
    };
    let target = |value: &Value| {
        let kinds = list(value, "kind");
        let kind = kinds.first().and_then(Value::as_str).unwrap_or_default();
        (kind.to_owned(), text(value, "name"))
    };
    let features = |value: &Value| {
        let features = value.get("features").and_then(Value::as_object);
        features.into_iter().flat_map(|map| map.keys().cloned()).collect()
    };
    let package = |value: &Value| {
        let manifest = text(value, "manifest_path").replace('\\', "/");
        Package {
            name: text(value, "name"),
            manifest: manifest.strip_prefix(root).unwrap_or(&manifest).trim_matches('/').to_owned(),
            dependencies: list(value, "dependencies").iter().map(dependency).collect(),
            targets: list(value, "targets").iter().map(target).collect(),
            features: features(value),
        }
    };
    Ok(list(&all, "packages").iter().map(package).collect())
}

/// Checks every crate against its rule.
pub(crate) fn check(packages: &[Package], files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let text = files.iter().find(|file| file.path == package.manifest);
        let text = text.map_or("", |file| file.text.as_str());
        let mut say = |word: &str, what: String, todo: &str| {
            findings.push(Finding::new(&package.manifest, line_of(text, word), what, todo));
        };
        let todo = "add `[lints] workspace = true`";
        if let Some(lint) = missing_lint(&package.name, text, files) {
            say("[package]", format!("the house's lints are off: {lint}"), todo);
        }
        let Some(rule) = RULES.iter().find(|rule| rule.name == package.name) else {
            let what = format!("crate `{}` stands on no floor", package.name);
            say("name", what, "give it a rule in xtask/src/manifest.rs");
            continue;
        };
        for dependency in &package.dependencies {
            if let Some((what, todo)) = broken(rule, dependency) {
                say(&dependency.name, what, todo);
            }
        }
    }
    findings
}

/// A lint of the house that a crate does not have; all of them where it has none.
fn missing_lint<'a>(name: &str, manifest: &str, files: &'a [SourceFile]) -> Option<&'a str> {
    if manifest.contains("[lints]\nworkspace = true") {
        return None;
    }
    if !MAY_BE_UNSAFE.contains(&name) {
        return Some("all of them");
    }
    let root = files.iter().find(|file| file.path == "Cargo.toml").map_or("", |file| &file.text);
    let lints = root.lines().skip_while(|line| *line != "[workspace.lints.rust]").skip(1);
    lints
        .take_while(|line| !line.starts_with('#'))
        .filter(|line| line.contains(" = \"") && !line.starts_with("unsafe_code"))
        .chain(["undocumented_unsafe_blocks = \"deny\""])
        .find(|line| !manifest.contains(line))
}

/// What is wrong with one dependency, and what to do. Third parties of tests are free.
fn broken(rule: &Rule, dependency: &Dependency) -> Option<(String, &'static str)> {
    let (name, wanted) = (rule.name, dependency.name.as_str());
    if dependency.ours {
        return (!rule.ours.contains(&wanted)).then(|| {
            let what = format!("`{name}` must not import `{wanted}`: imports go down only");
            (what, "move the shared part to a lower floor, or the code to a higher one")
        });
    }
    if dependency.dev {
        return None;
    }
    if !rule.theirs.contains(&wanted) {
        let what = format!("third party `{wanted}` is not on the list of `{name}`");
        let todo = if name == "oms-core" {
            "do without it, or write an ADR and add it in xtask/src/manifest.rs"
        } else {
            "do without it, or add it in xtask/src/manifest.rs and say why in the commit"
        };
        return Some((what, todo));
    }
    (ONLY_OPTIONAL.contains(&(name, wanted)) && !dependency.optional)
        .then(|| (format!("`{wanted}` must be optional"), "put it behind a feature"))
}

/// The line of a manifest that names a dependency (or starts with a word); 1 if none does.
fn line_of(manifest: &str, word: &str) -> usize {
    let names = |line: &str| {
        line.trim_start_matches('"').strip_prefix(word).is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_')
        })
    };
    manifest.lines().position(names).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEALTHY: &str = "[package]\nname = \"x\"\n[dependencies]\nserde = \"1\"\nrusqlite = \"1\"\noms-store = \"1\"\n[lints]\nworkspace = true\n";

    fn findings(name: &str, dependencies: &str, manifest: &str) -> Vec<String> {
        let metadata = format!(
            r#"{{"packages":[{{"name":"{name}","manifest_path":"/r/c/Cargo.toml","dependencies":[{dependencies}]}}]}}"#
        );
        let packages = read(&metadata, "/r").unwrap();
        let file = SourceFile { path: "c/Cargo.toml".to_owned(), text: manifest.to_owned() };
        check(&packages, &[file]).iter().map(ToString::to_string).collect()
    }

    // Goal: a crate within its rule is silent. Method: allowed parties, ours and theirs, of every kind.
    #[test]
    fn allowed_imports_are_silent() {
        let store = r#"{"name":"oms-core","path":"/r/k"},{"name":"rusqlite"},{"name":"tempfile","kind":"dev"}"#;
        assert_eq!(findings("oms-store", store, HEALTHY), [""; 0]);
        assert_eq!(
            findings("oms-core", r#"{"name":"proptest","optional":true}"#, HEALTHY),
            [""; 0]
        );
    }

    // Goal: each kind of wrong import is found at its line. Method: one of each.
    #[test]
    fn wrong_imports_are_found() {
        let upward = findings("oms-core", r#"{"name":"oms-store","path":"/r/s"}"#, HEALTHY);
        assert!(upward[0].starts_with("c/Cargo.toml:6: `oms-core` must not import `oms-store`"));
        let test_upward =
            findings("oms-core", r#"{"name":"oms-store","path":"/r/s","kind":"dev"}"#, HEALTHY);
        assert_eq!(test_upward, upward);
        let beside = findings("oms-cli", r#"{"name":"oms-core","path":"/r/k"}"#, HEALTHY);
        assert!(beside[0].contains("`oms-cli` must not import `oms-core`"));
        let third = findings("oms-core", r#"{"name":"rusqlite"}"#, HEALTHY);
        assert!(third[0].starts_with("c/Cargo.toml:5: third party `rusqlite` is not on the list"));
        let built = findings("oms-core", r#"{"name":"cc","kind":"build"}"#, HEALTHY);
        assert!(built[0].contains("third party `cc`"));
        let always = findings("oms-core", r#"{"name":"proptest","optional":false}"#, HEALTHY);
        assert!(always[0].contains("`proptest` must be optional"));
    }

    // Goal: features that need more than Rust are left out, all others are asked for. Method: crates with both kinds
    // and with none.
    #[test]
    fn features_apart_are_left_out() {
        let metadata = r#"{"packages":[
            {"name":"a","manifest_path":"/r/a","features":{"default":["x"],"highs":[],"x":[]}},
            {"name":"b","manifest_path":"/r/b","features":{}}]}"#;
        let packages = read(metadata, "/r").unwrap();
        assert_eq!(features(&packages), "--features a/default,a/x");
        assert_eq!(features(&packages[1..]), "");
    }

    // Goal: a crate that nobody placed, or that escapes the lints, is found. Method: one of each.
    #[test]
    fn strange_crates_are_found() {
        assert!(findings("oms-extra", "", HEALTHY)[0].contains("`oms-extra` stands on no floor"));
        assert!(findings("oms-core", "", "[package]\n")[0].contains("lints are off"));
        let own = findings("oms-vfs", "", "[package]\n");
        assert!(own[0].contains("lints are off: undocumented_unsafe_blocks"), "{own:?}");
    }
}
