//! The project's own commands: `cargo xtask test`, `cargo xtask tidy`, `cargo xtask demo`,
//! `cargo xtask highs`.
//!
//! What a developer runs by hand and what runs before anything lands is the same command. Nothing here
//! depends on the crates it judges, so a broken core never hides its own findings.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the yard speaks to a terminal")]

mod demo;
mod floors;
mod glossary;
mod highs;
mod links;
mod manifest;
mod rust;
mod test;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
The project's own commands.

usage: cargo xtask test [--long] [--from STEP]
       cargo xtask tidy
       cargo xtask demo [--weeks N | --full] [--synthetic] [--out DIR]
       cargo xtask highs [CARGO WORDS]

test   everything that must pass before a change lands, in order, up to the first red step
         --long         property tests a hundred times longer (sets OMS_LONG=1)
         --from STEP    start at a step: fmt clippy deny tidy tests doctests examples features benches demo
tidy   floors, sizes, banned words, links, glossary, drift of generated pages
demo   run a real grocer's orders through the engine and write a report
         --weeks N      how many weeks of the year (default 2)
         --full         the whole year
         --synthetic    no download: made-up data of the same shape
         --out DIR      where the file and the report go (default out)
highs  the allocator's tests with HiGHS built in, which `test` leaves out: it builds for minutes
         CARGO WORDS    anything else of cargo, such as `build --release -p oms-cli --features highs`
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.split_first() {
        Some((&"test", rest)) => root().and_then(|root| test::run(&root, rest)),
        Some((&"tidy", [])) => root().and_then(|root| tidy::run(&root)),
        Some((&"demo", rest)) => root().and_then(|root| demo::run(&root, rest)),
        Some((&"highs", rest)) => root().and_then(|root| highs::run(&root, rest)),
        Some((&("help" | "--help" | "-h"), _)) => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("no such command: `{}`\n\n{USAGE}", words.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> Result<PathBuf, String> {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|own| PathBuf::from(own).parent().map(PathBuf::from))
        .ok_or_else(|| "cannot tell where the workspace is; run this as `cargo xtask …`".to_owned())
}

/// The cargo that runs us, so that every step uses the same toolchain.
fn cargo() -> std::process::Command {
    std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
