//! `cargo xtask test`: everything that must pass before a change lands, in order, up to the first red step.
//!
//! A step looks at what the workspace has. Where there is nothing to run yet, it says so and is skipped; it
//! begins to work by itself when the files come. Whatever runs is built in the release profile: law tests are long,
//! and benches and the demo need that build anyway.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::manifest::{self, Package};
use crate::{demo, tidy};

/// One step: its name, what it proves, and how it finds out what to do.
struct Step {
    name: &'static str,
    proves: &'static str,
    jobs: fn(&Yard) -> Plan,
}

const STEPS: &[Step] = &[
    Step { name: "fmt", proves: "the code is formatted", jobs: fmt },
    Step { name: "clippy", proves: "no lint speaks", jobs: clippy },
    Step { name: "deny", proves: "licenses and advisories of third parties are fine", jobs: deny },
    Step { name: "tidy", proves: "floors, sizes, words, links, generated pages", jobs: tidy_step },
    Step { name: "tests", proves: "units, stories, laws, stores, crashes", jobs: tests },
    Step { name: "doctests", proves: "every example in the documentation runs", jobs: doctests },
    Step { name: "examples", proves: "every example builds", jobs: examples },
    Step {
        name: "features",
        proves: "bare core, default and all features but `highs` compile",
        jobs: features,
    },
    Step { name: "benches", proves: "every bench runs once", jobs: benches },
    Step { name: "demo", proves: "the whole engine on a synthetic grocer", jobs: demo_step },
];

enum Plan {
    Run(Vec<Job>),
    Skip(String),
}

enum Job {
    Cargo(Vec<String>),
    /// Cargo, counting the tests that its output on this stream reports.
    Counted(Vec<String>, Stream),
    Call(fn(&Path) -> Result<(), String>),
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Err,
}

/// What the steps look at.
struct Yard<'a> {
    root: &'a Path,
    packages: Vec<Package>,
    long: bool,
}

impl Yard<'_> {
    /// What cargo is asked for so that all features are on that need nothing but Rust.
    fn features(&self) -> String {
        manifest::features(&self.packages)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// What came of one step.
struct Line {
    name: &'static str,
    result: String,
    took: Duration,
}

/// Runs the steps named on the command line.
pub(crate) fn run(root: &Path, words: &[&str]) -> Result<(), String> {
    let (long, from) = read(words)?;
    let yard = Yard { root, packages: manifest::packages(root)?, long };
    let mut table = Vec::new();
    let mut count = Count::default();
    let mut red = None;
    for (number, step) in STEPS.iter().enumerate().skip(from) {
        println!("\n== {}/{} {}: {}", number + 1, STEPS.len(), step.name, step.proves);
        let (outcome, took) = timed(|| work(&yard, step, &mut count));
        let result = match outcome {
            Ok(None) => "ok".to_owned(),
            Ok(Some(why)) => {
                println!("skipped: {why}");
                format!("skipped: {why}")
            }
            Err(why) => {
                eprintln!("{why}");
                red = Some(step.name);
                "RED".to_owned()
            }
        };
        table.push(Line { name: step.name, result, took });
        if red.is_some() {
            break;
        }
    }
    print!("\n{}", closing(&table, from));
    let verdict = if red.is_some() { "FAILED" } else { "ok" };
    let Count { passed, failed, ignored } = count;
    println!("test result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored");
    match red {
        None => Ok(()),
        Some(name) => {
            Err(format!("`{name}` is red; go on from it with `cargo xtask test --from {name}`"))
        }
    }
}

/// Long or not, and the number of the first step.
fn read(words: &[&str]) -> Result<(bool, usize), String> {
    let (mut long, mut from) = (false, 0);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--long" => long = true,
            "--from" => {
                let name = words.next().copied().unwrap_or_default();
                from = STEPS.iter().position(|step| step.name == name).ok_or_else(|| {
                    let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
                    format!("no step `{name}`; the steps are: {}", names.join(" "))
                })?;
            }
            other => return Err(format!("`{other}` is no option of `cargo xtask test`")),
        }
    }
    Ok((long, from))
}

/// Does one step; says why if there is nothing to do.
fn work(yard: &Yard<'_>, step: &Step, count: &mut Count) -> Result<Option<String>, String> {
    let jobs = match (step.jobs)(yard) {
        Plan::Skip(why) => return Ok(Some(why)),
        Plan::Run(jobs) => jobs,
    };
    for job in jobs {
        match job {
            Job::Call(call) => call(yard.root)?,
            Job::Cargo(words) => cargo(yard, &words, None, count)?,
            Job::Counted(words, stream) => cargo(yard, &words, Some(stream), count)?,
        }
    }
    Ok(None)
}

/// Runs cargo; with a stream, reads it line by line, passes it on and counts tests.
fn cargo(
    yard: &Yard<'_>,
    words: &[String],
    stream: Option<Stream>,
    count: &mut Count,
) -> Result<(), String> {
    let told = format!("cargo {}", words.join(" "));
    println!("-- {told}");
    let mut command: Command = crate::cargo();
    command.args(words).current_dir(yard.root);
    if yard.long {
        command.env("OMS_LONG", "1");
    }
    match stream {
        Some(Stream::Out) => command.stdout(Stdio::piped()),
        Some(Stream::Err) => command.stderr(Stdio::piped()),
        None => &mut command,
    };
    let wrong = |error: std::io::Error| format!("cannot run `{told}`: {error}");
    let mut child = command.spawn().map_err(wrong)?;
    if let Some(pipe) = child.stdout.take() {
        pass_on(BufReader::new(pipe), count, |line| println!("{line}")).map_err(wrong)?;
    }
    if let Some(pipe) = child.stderr.take() {
        pass_on(BufReader::new(pipe), count, |line| eprintln!("{line}")).map_err(wrong)?;
    }
    let status = child.wait().map_err(wrong)?;
    if status.success() { Ok(()) } else { Err(format!("`{told}` ended with {status}")) }
}

fn pass_on(pipe: impl BufRead, count: &mut Count, say: impl Fn(&str)) -> std::io::Result<()> {
    for line in pipe.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let here = reported(&line);
        count.passed += here.passed;
        count.failed += here.failed;
        count.ignored += here.ignored;
        say(line.trim_end_matches('\r'));
    }
    Ok(())
}

/// The tests that a line of `cargo test` or of nextest sums up: `… 3 passed; 0 failed; 1 ignored; …`.
fn reported(line: &str) -> Count {
    let mut count = Count::default();
    if !(line.starts_with("test result: ") || line.trim_start().starts_with("Summary [")) {
        return count;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    for two in words.windows(2) {
        let [number, what] = two else { continue };
        let Ok(number) = number.trim_start_matches('(').parse::<u64>() else { continue };
        match what.trim_matches([',', ';', ')']) {
            "passed" => count.passed += number,
            "failed" => count.failed += number,
            "ignored" | "skipped" => count.ignored += number,
            _ => {}
        }
    }
    count
}

/// The table of steps, results and seconds.
fn closing(table: &[Line], from: usize) -> String {
    let mut text = format!("{:<10} {:>8}  result\n", "step", "seconds");
    for step in STEPS.iter().take(from) {
        text.push_str(&format!("{:<10} {:>8}  not run\n", step.name, "-"));
    }
    for line in table {
        text.push_str(&format!(
            "{:<10} {:>8.1}  {}\n",
            line.name,
            line.took.as_secs_f64(),
            line.result
        ));
    }
    for step in STEPS.iter().skip(from + table.len()) {
        text.push_str(&format!("{:<10} {:>8}  not run\n", step.name, "-"));
    }
    let total: Duration = table.iter().map(|line| line.took).sum();
    text.push_str(&format!("{:<10} {:>8.1}\n", "all", total.as_secs_f64()));
    text
}

#[expect(clippy::disallowed_methods, reason = "the yard times itself; nothing is decided by it")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let done = work();
    (done, start.elapsed())
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn one(line: &str) -> Plan {
    Plan::Run(vec![Job::Cargo(words(line))])
}

fn fmt(_: &Yard<'_>) -> Plan {
    one("fmt --all -- --check")
}

fn clippy(yard: &Yard<'_>) -> Plan {
    one(&format!("clippy --workspace --all-targets {} -- -D warnings", yard.features()))
}

fn deny(_: &Yard<'_>) -> Plan {
    if on_path("cargo-deny") {
        return one("deny --workspace --all-features check");
    }
    Plan::Skip("cargo-deny is not installed; `cargo install cargo-deny` brings it".to_owned())
}

fn tidy_step(_: &Yard<'_>) -> Plan {
    Plan::Run(vec![Job::Call(tidy::run)])
}

fn tests(yard: &Yard<'_>) -> Plan {
    let features = yard.features();
    let job = if on_path("cargo-nextest") {
        let line = format!("nextest run --release --workspace {features} --status-level slow");
        Job::Counted(words(&line), Stream::Err)
    } else {
        let line = format!("test --release --workspace {features} --lib --bins --tests");
        Job::Counted(words(&line), Stream::Out)
    };
    Plan::Run(vec![job])
}

fn doctests(yard: &Yard<'_>) -> Plan {
    let line = format!("test --release --workspace {} --doc", yard.features());
    Plan::Run(vec![Job::Counted(words(&line), Stream::Out)])
}

fn examples(yard: &Yard<'_>) -> Plan {
    if yard.packages.iter().all(|package| package.targets("example").next().is_none()) {
        return Plan::Skip("no package has an example yet".to_owned());
    }
    one(&format!("build --release --workspace {} --examples", yard.features()))
}

fn features(yard: &Yard<'_>) -> Plan {
    let bare = yard.packages.iter().filter(|package| package.targets("lib").next().is_some());
    let bare =
        bare.map(|package| format!("check --no-default-features --package {}", package.name));
    let whole = ["check --workspace".to_owned(), format!("check --workspace {}", yard.features())];
    Plan::Run(bare.chain(whole).map(|line| Job::Cargo(words(&line))).collect())
}

fn benches(yard: &Yard<'_>) -> Plan {
    let mut jobs = Vec::new();
    for package in &yard.packages {
        for bench in package.targets("bench") {
            let name = &package.name;
            let features = manifest::features([package]);
            let line = format!("bench --package {name} {features} --bench {bench} -- --test");
            jobs.push(Job::Cargo(words(&line)));
        }
    }
    if jobs.is_empty() {
        return Plan::Skip("no package has a bench yet".to_owned());
    }
    Plan::Run(jobs)
}

fn demo_step(yard: &Yard<'_>) -> Plan {
    let there = |package: &Package| package.targets("example").any(|name| name == demo::EXAMPLE);
    if !yard.packages.iter().any(there) {
        return Plan::Skip(format!("there is no example `{}` yet", demo::EXAMPLE));
    }
    Plan::Run(vec![Job::Call(demo::rehearse)])
}

/// Whether a program stands in one of the folders of PATH.
fn on_path(program: &str) -> bool {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(&name).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Goal: both kinds of summary are counted and nothing else is. Method: real lines of each.
    #[test]
    fn summaries_are_counted() {
        let libtest = "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(reported(libtest), Count { passed: 12, failed: 0, ignored: 3 });
        let nextest =
            "     Summary [   0.512s] 9 tests run: 7 passed (1 slow), 2 failed, 1 skipped";
        assert_eq!(reported(nextest), Count { passed: 7, failed: 2, ignored: 1 });
        assert_eq!(reported("12 passed and 3 failed, says somebody"), Count::default());
    }

    // Goal: options are read and mistakes are named. Method: good and bad command lines.
    #[test]
    fn options_are_read() {
        assert_eq!(read(&[]), Ok((false, 0)));
        assert_eq!(read(&["--from", "clippy", "--long"]), Ok((true, 1)));
        assert!(
            read(&["--from", "lunch"]).unwrap_err().contains("no step `lunch`; the steps are: fmt")
        );
        assert!(read(&["--quick"]).unwrap_err().contains("`--quick`"));
    }

    // Goal: the closing table names every step, run or not. Method: a run from the second step, red at the third.
    #[test]
    fn the_table_is_whole() {
        let line = |name, result: &str| Line {
            name,
            result: result.to_owned(),
            took: Duration::from_millis(1250),
        };
        let text = closing(&[line("clippy", "ok"), line("deny", "RED")], 1);
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), STEPS.len() + 2);
        assert_eq!(rows[1], "fmt               -  not run");
        assert_eq!(rows[2], "clippy          1.2  ok");
        assert!(rows[3].ends_with("RED") && rows[4].ends_with("not run"));
        assert_eq!(rows[STEPS.len() + 1], "all             2.5");
    }
}
