//! Links of the Markdown pages: every relative one leads somewhere.

use std::collections::BTreeSet;

use crate::tidy::{Finding, SourceFile};

/// Checks the relative links of all pages. `exists` answers for a path below the root.
pub(crate) fn check(files: &[SourceFile], exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for page in files.iter().filter(|file| file.path.ends_with(".md")) {
        for (line, target) in links(&page.text) {
            let (path, heading) = target.split_once('#').unwrap_or((target.as_str(), ""));
            let outside = target.contains("://") || target.starts_with("mailto:");
            if outside || target.is_empty() {
                continue;
            }
            let there = if path.is_empty() { page.path.clone() } else { resolve(&page.path, path) };
            if !exists(&there) {
                let what = format!("the link to `{target}` leads nowhere");
                findings.push(Finding::new(&page.path, line, what, "correct or remove the link"));
                continue;
            }
            let goal = files.iter().find(|file| file.path == there && there.ends_with(".md"));
            if let Some(goal) = goal.filter(|goal| !heading.is_empty() && !has(goal, heading)) {
                let what = format!("`{}` has no heading `#{heading}`", goal.path);
                findings.push(Finding::new(&page.path, line, what, "name a heading that is there"));
            }
        }
    }
    findings
}

/// Line and target of every link, outside code.
fn links(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(page) {
        // Code between backticks is every second piece.
        let plain: Vec<&str> = line.split('`').step_by(2).collect();
        let plain = plain.join("code");
        for piece in plain.split("](").skip(1) {
            let target = piece.split([')', ' ']).next().unwrap_or_default();
            found.push((number, target.trim_matches(['<', '>']).to_owned()));
        }
        if let Some((label, target)) = plain.split_once("]: ")
            && label.starts_with('[')
        {
            found.push((number, target.split_whitespace().next().unwrap_or_default().to_owned()));
        }
    }
    found
}

/// The numbered lines outside fenced code.
fn prose(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    page.lines().zip(1..).filter_map(move |(line, number)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((number, line))
    })
}

/// A link's path, seen from the page that holds it, as a path below the root.
fn resolve(page: &str, path: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether a page has a heading of that anchor.
fn has(page: &SourceFile, anchor: &str) -> bool {
    let anchors: BTreeSet<String> = prose(&page.text)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            let kept =
                heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect();
    anchors.contains(anchor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let page =
            |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
        let pages =
            [page("docs/a.md", text), page("README.md", "# The `one` Idea\n```\n# no\n```")];
        let there = ["docs/a.md", "README.md", "docs/pic.svg", "docs"];
        check(&pages, &|path| there.contains(&path)).iter().map(ToString::to_string).collect()
    }

    // Goal: good links, foreign links and code are silent. Method: one of each.
    #[test]
    fn good_links_are_silent() {
        let fine = "[a](../README.md#the-one-idea) ![b](./pic.svg) [c](https://x.example/y) `[d](no)`\n```\n[e](no)\n```\n[f]: pic.svg\n# Own\n[g](#own) [h](../docs)";
        assert_eq!(findings(fine), [""; 0]);
    }

    // Goal: a lost file and a lost heading are found at their line. Method: one of each kind of link.
    #[test]
    fn lost_links_are_found() {
        let found = findings("\n[a](../LOST.md) [b](../README.md#no)\n[c]: lost.svg\n[d](#none)");
        assert!(found[0].starts_with("docs/a.md:2: the link to `../LOST.md` leads nowhere"));
        assert!(found[1].starts_with("docs/a.md:2: `README.md` has no heading `#no`"));
        assert!(found[2].starts_with("docs/a.md:3: the link to `lost.svg` leads nowhere"));
        assert!(found[3].starts_with("docs/a.md:4: `docs/a.md` has no heading `#none`"));
        assert_eq!(found.len(), 4);
    }
}
