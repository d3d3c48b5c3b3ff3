//! Writes `docs/reference/`: events, refusals, stages and commands, from the code itself.
//!
//! `cargo run -p oms-core --example reference` writes the pages; with `--check` it only compares and fails
//! where a page is not what the code says.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program of the yard, not a library"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use oms_core::command::Code;
use oms_core::event::{EVENT_NAMES, EVENT_VERSION, SHIFT_NAMES};
use oms_core::flow::VERB_NAMES;
use oms_core::order::{HoldKind, MOVES, Stage, Verb};

type Failure = Box<dyn std::error::Error>;

const NOTE: &str = "<!-- Written by `cargo run -p oms-core --example reference`. Change the code, not the page. -->\n";

fn main() -> ExitCode {
    let check = std::env::args().any(|arg| arg == "--check");
    match pages().and_then(|pages| settle(&pages, check)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("reference: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn pages() -> Result<Vec<(&'static str, String)>, Failure> {
    Ok(vec![
        ("events.md", events()?),
        ("refusals.md", refusals()?),
        ("stages.md", stages()?),
        ("commands.md", commands()?),
    ])
}

/// Writes the pages, or tells which ones differ.
fn settle(pages: &[(&str, String)], check: bool) -> Result<bool, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    if !check {
        fs::create_dir_all(&folder)?;
    }
    let mut same = true;
    for (name, text) in pages {
        let path = folder.join(name);
        if !check {
            fs::write(&path, text)?;
        } else if fs::read_to_string(&path).unwrap_or_default() != *text {
            same = false;
            eprintln!(
                "docs/reference/{name} is not what the code says: run `cargo run -p oms-core --example reference`"
            );
        }
    }
    Ok(same)
}

fn events() -> Result<String, Failure> {
    let mut page = format!("{NOTE}# Events\n\n");
    writeln!(
        page,
        "Every event has an envelope (`seq`, `id`, `tenant`, `stream`, `at`, `type`, `version`, `actor`, \
         `command`, `correlation`, `hash`) and a payload. All types are version {EVENT_VERSION}.\n"
    )?;
    page.push_str("| type | says |\n|---|---|\n");
    for (name, says) in EVENT_NAMES {
        writeln!(page, "| `{name}` | {says} |")?;
    }
    page.push_str(
        "\nShifts: units of an order move, and stock and claims with them, in one event.\n\n",
    );
    page.push_str("| type | verb | says |\n|---|---|---|\n");
    for (verb, name, says) in SHIFT_NAMES {
        writeln!(page, "| `{name}` | `{}` | {says} |", word(verb)?)?;
    }
    Ok(page)
}

fn refusals() -> Result<String, Failure> {
    let mut page = format!("{NOTE}# Refusals\n\n");
    page.push_str(
        "Codes and numbers are stable; numbers are never reused. A refusal of class *conflict* or *limit* is not \
         remembered: the same command may succeed later. All others are the answer to that command id for ever.\n\n",
    );
    page.push_str("| number | code | class | what to do |\n|---|---|---|---|\n");
    for code in Code::ALL {
        let class = word(&code.class())?;
        writeln!(page, "| {} | `{}` | {class} | {} |", code.number(), code.name(), code.advice())?;
    }
    Ok(page)
}

fn stages() -> Result<String, Failure> {
    let mut page = format!(
        "{NOTE}# Stages\n\nEvery unit of an order line is at one stage. Rows: from; columns: to; cells: by which verb.\n\n"
    );
    page.push_str("| from \\ to |");
    for stage in Stage::ALL {
        write!(page, " {} |", stage.name())?;
    }
    page.push_str("\n|---|");
    page.push_str(&"---|".repeat(Stage::ALL.len()));
    page.push('\n');
    let rows = std::iter::once(None).chain(Stage::ALL.into_iter().map(Some));
    for from in rows {
        write!(page, "| {} |", from.map_or("*nothing*", Stage::name))?;
        for to in Stage::ALL {
            let by = MOVES.iter().filter(|(f, _, t)| *f == from && *t == to);
            let by: Vec<String> = by.map(|(_, verb, _)| word(verb)).collect::<Result<_, _>>()?;
            write!(page, " {} |", by.join(", "))?;
        }
        page.push('\n');
    }
    page.push_str("\n## Holds\n\n| hold | stops |\n|---|---|\n");
    for hold in HoldKind::ALL {
        let stops = Verb::ALL.iter().filter(|verb| hold.blocks(**verb));
        let stops: Vec<String> = stops.map(word).collect::<Result<_, _>>()?;
        writeln!(page, "| {} | {} |", word(&hold)?, stops.join(", "))?;
    }
    Ok(page)
}

/// What a verb's file says of itself, and the fields of its command.
fn commands() -> Result<String, Failure> {
    let mut page = format!("{NOTE}# Commands\n\n");
    page.push_str(
        "One JSON object a line: `{\"id\": …, \"at\"?: …, \"actor\"?: …, \"correlation\"?: …, \"tenant\"?: …, \
         \"dry_run\"?: true, \"<verb>\": {…}}`. The same id with the same content gets the first receipt again.\n\n\
         `oms exec`, and whoever reads lines with `oms::Asked`, knows one line more: `{\"id\": …, \"source\": \
         {\"orders\": [ids] or \"all\"}}` runs a sourcing round. It commits a plan for each order under an id \
         derived from its own (`R1#0`, `R1#1` …) and answers once, in one receipt: `orders` that were sourced, \
         `short` for units that nobody has, `skipped` for named orders that could not be sourced and why. \
         Refusals, in order: `tenant.mismatch`, `command.id_reused`, `invalid.id_format` of an id longer than \
         52 bytes, `invalid.empty`, `limit.count`, `invalid.duplicate`.\n",
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/flow");
    for verb in VERB_NAMES {
        let source = fs::read_to_string(folder.join(format!("{verb}.rs")))
            .map_err(|e| format!("{verb}: {e}"))?;
        writeln!(page, "\n## {verb}\n")?;
        let lead = format!("`{verb}`: ");
        for line in source.lines().map_while(|l| l.strip_prefix("//!")) {
            let line = line.trim();
            let line = line.strip_prefix(lead.as_str()).unwrap_or(line);
            writeln!(page, "{line}")?;
        }
        let fields = fields(&source, &camel(verb));
        if !fields.is_empty() {
            page.push_str("\n| field | type | meaning |\n|---|---|---|\n");
            for (name, kind, meaning) in fields {
                writeln!(page, "| `{name}` | `{}` | {meaning} |", kind.replace('|', "\\|"))?;
            }
        }
    }
    Ok(page)
}

/// The documented public fields of a struct, read from its source.
fn fields(source: &str, name: &str) -> Vec<(String, String, String)> {
    let head = format!("pub struct {name} {{");
    let body = source.lines().skip_while(|l| *l != head).skip(1).take_while(|l| *l != "}");
    let mut meaning = String::new();
    let mut found = Vec::new();
    for line in body.map(str::trim) {
        if let Some(doc) = line.strip_prefix("///") {
            if !meaning.is_empty() {
                meaning.push(' ');
            }
            meaning.push_str(doc.trim());
        } else if let Some((field, kind)) =
            line.strip_prefix("pub ").and_then(|l| l.split_once(": "))
        {
            let kind = kind.trim_end_matches(',').to_owned();
            found.push((field.to_owned(), kind, std::mem::take(&mut meaning)));
        }
    }
    found
}

fn camel(verb: &str) -> String {
    verb.split('_')
        .map(|part| {
            let mut letters = part.chars();
            letters
                .next()
                .map_or(String::new(), |c| c.to_uppercase().collect::<String>() + letters.as_str())
        })
        .collect()
}

/// The wire word of a value.
fn word(value: &impl serde::Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().to_owned())
}
