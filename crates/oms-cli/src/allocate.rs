//! `oms allocate`: a wave from a file.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use oms::alloc::instance::Instance;
use oms::alloc::{
    Bill, LpSolver, OrderExplained, Outcome, Policy, Progress, WaveOptions, bill_weighed,
    explain_order, find_order, plan_by_rules, plan_wave,
};
use serde::Serialize;

use crate::bar::bar;
use crate::complaint::CliError;
use crate::{Cli, explained, rules, write};

/// What the command line asks for.
pub(crate) struct Wish<'a> {
    /// An order to explain, by its id.
    pub(crate) explain: Option<&'a str>,
    pub(crate) policy: Policy,
    /// An overlay to plan under.
    pub(crate) rules: Option<&'a Path>,
    pub(crate) gap: f64,
    pub(crate) seconds: Option<f64>,
    pub(crate) work: Option<u64>,
    pub(crate) threads: usize,
    pub(crate) lp: LpSolver,
}

/// The end of it, for programs.
#[derive(Serialize)]
struct Told<'a> {
    instance: &'a str,
    bound: Option<i64>,
    gap: Option<f64>,
    work: u64,
    seconds: f64,
    peak_kib: Option<u64>,
    #[serde(flatten)]
    bill: &'a Bill,
    #[serde(skip_serializing_if = "Option::is_none")]
    explained: Option<&'a OrderExplained>,
}

/// Plans the instance, writes the plan if asked to, and tells what it costs, and why one order is served as it is.
#[expect(clippy::disallowed_methods, reason = "a door may read the clock that the mind must not")]
pub(crate) fn run(
    path: &Path,
    out: Option<&Path>,
    wish: &Wish<'_>,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let start = Instant::now();
    let file = |doing, path: &Path| {
        let path = path.to_owned();
        move |why| CliError::File { doing, path, why }
    };
    if let Some(out) = out {
        write::apart(out, &[Some(path), wish.rules])?;
    }
    let bad = |why| CliError::Instance { path: path.to_owned(), why };
    let text = std::fs::read(path).map_err(file("read", path))?;
    let instance = Instance::read(&text).map_err(bad)?;
    let overlay = rules::read(wish.rules)?;
    if let Some(rules) = wish.rules {
        overlay.check_names(&instance).map_err(rules::bad(rules))?;
    }
    let weights = wish.policy.weights().unwrap_or_default();
    let problem = instance.problem_weighed(weights, &overlay).map_err(bad)?;
    let order = wish.explain.map(|id| find_order(&instance, id)).transpose()?;
    let reading = start.elapsed();
    drop(text);
    let outcome = match wish.policy.weights() {
        None => plan_by_rules(&problem),
        Some(_) => {
            let Wish { gap, work, threads, lp, .. } = *wish;
            let options = WaveOptions { gap, work, threads, lp };
            let mut watch = Watch::new(start, reading, wish.seconds);
            let outcome = plan_wave(&problem, &options, &mut |progress| watch.over(progress));
            watch.bar.finish_and_clear();
            outcome
        }
    };
    let bill = bill_weighed(&instance, weights, &overlay, &outcome.shipments)?;
    let outcome = outcome.in_money(&bill, weights, &overlay);
    if let Some(out) = out {
        let solution = instance.solution(&outcome, start.elapsed().as_secs_f64());
        std::fs::write(out, serde_json::to_vec(&solution)?).map_err(file("write", out))?;
    }
    let took = start.elapsed();
    let explain = |order| explain_order(&instance, weights, &overlay, &problem, &outcome, order);
    let explained = order.map(explain).transpose()?;
    tell(&instance, &outcome, (&bill, explained.as_ref()), took, cli)?;
    Ok(ExitCode::SUCCESS)
}

/// Shows how far a wave is, and stops it in time.
struct Watch {
    end: Option<Instant>,
    bar: ProgressBar,
    last: Instant,
    longest: Duration,
}

impl Watch {
    #[expect(
        clippy::disallowed_methods,
        reason = "a door may read the clock that the mind must not"
    )]
    fn new(start: Instant, reading: Duration, seconds: Option<f64>) -> Self {
        // Checking and writing the plan take about as long as reading the instance did.
        let limit = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let end = limit.and_then(|limit| start.checked_add(limit.saturating_sub(reading / 2)));
        let bar = bar(None, "{spinner} {elapsed} {msg}");
        Self { end, bar, last: Instant::now(), longest: Duration::ZERO }
    }

    /// Whether time is up: the next step could take as long as half the longest so far.
    #[expect(
        clippy::disallowed_methods,
        reason = "a door may read the clock that the mind must not"
    )]
    fn over(&mut self, progress: &Progress) -> bool {
        let now = Instant::now();
        self.longest = self.longest.max(now - self.last);
        self.last = now;
        if !self.bar.is_hidden() {
            let bound = progress.bound.map_or("-".to_owned(), |bound| bound.to_string());
            let gap = 100.0 * progress.gap();
            self.bar.set_message(format!("cost {} bound {bound} gap {gap:.3} %", progress.cost));
            self.bar.tick();
        }
        self.end.is_some_and(|end| now + self.longest / 2 >= end)
    }
}

/// The most memory that this process ever had, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

fn tell(
    instance: &Instance,
    outcome: &Outcome,
    (bill, explained): (&Bill, Option<&OrderExplained>),
    took: Duration,
    cli: &Cli,
) -> Result<(), CliError> {
    let Progress { work, bound, .. } = outcome.progress;
    let gap = bound.map(|_| outcome.progress.gap());
    let (seconds, peak_kib) = (took.as_secs_f64(), peak_kib());
    if cli.json {
        let instance = instance.name.as_str();
        return write::json(&Told {
            instance,
            bound,
            gap,
            work,
            seconds,
            peak_kib,
            bill,
            explained,
        });
    }
    let number = |name: &str, number: String| vec![name.to_owned(), number];
    let mut rows = parts(bill);
    rows.push(number("bound", bound.map_or("-".to_owned(), cents)));
    rows.push(number("gap", gap.map_or("-".to_owned(), |gap| format!("{:.4} %", 100.0 * gap))));
    rows.push(number("packages made", bill.packages.to_string()));
    rows.push(number("orders split", bill.split_orders.to_string()));
    rows.push(number("units shipped", bill.units.to_string()));
    rows.push(number("units unfilled", bill.unfilled.values().sum::<u64>().to_string()));
    for (why, units) in &bill.unfilled {
        rows.push(number(&format!("  {}", why.code()), units.to_string()));
    }
    rows.extend(beside(bill));
    rows.push(number("steps", work.to_string()));
    rows.push(number("seconds", format!("{seconds:.2}")));
    if let Some(kib) = peak_kib {
        rows.push(number("memory", format!("{:.1} MiB", kib as f64 / 1_024.0)));
    }
    write::table(&[instance.name.as_str(), instance.currency.as_str()], &[1], rows)?;
    explained.map_or(Ok(()), |order| explained::tell(order, &instance.currency))
}

/// What a bill comes to, by parts.
pub(crate) fn parts(bill: &Bill) -> Vec<Vec<String>> {
    let money = |name: &str, amount: i64| vec![name.to_owned(), cents(amount)];
    vec![
        money("packages", bill.package_cost),
        money("weight", bill.weight_cost),
        money("handling", bill.handling_cost),
        money("opportunity", bill.opportunity_cost),
        money("unfilled", bill.unfilled_cost),
        money("cost", bill.total),
    ]
}

/// What a bill tells beside its money: facts that are there, and what was weighed.
pub(crate) fn beside(bill: &Bill) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut tell = |name: &str, is_there: bool, told: String| {
        if is_there {
            rows.push(vec![name.to_owned(), told]);
        }
    };
    tell("packages late", bill.late_packages > 0, bill.late_packages.to_string());
    tell("days late", bill.late_days > 0, bill.late_days.to_string());
    tell("CO2e kg", bill.carbon_g > 0, kilograms(bill.carbon_g));
    tell("markdown saved", bill.markdown_saved != 0, cents(bill.markdown_saved));
    for (part, weight) in bill.weighed.parts() {
        tell(&format!("weighed {part}"), weight != 0, cents(weight));
    }
    rows
}

/// Grams as kilograms.
pub(crate) fn kilograms(grams: u64) -> String {
    format!("{}.{:03}", grams / 1_000, grams % 1_000)
}

/// Cents with a point.
pub(crate) fn cents(cents: i64) -> String {
    let (sign, cents) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}
