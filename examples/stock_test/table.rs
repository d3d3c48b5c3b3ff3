//! Frontiers, and a table of what they save.

use std::io::Write;
use std::process::ExitCode;

use oms::forecast::policy::{Cuts, StockPoint, cuts};

use crate::planners::{LEVELS, Planner};
use crate::world::World;
use crate::{Failure, Wish};

/// Points at which planners are compared, by their places among the levels.
const COMPARED: [usize; 3] = [3, 4, 5];

/// A planner's frontier.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) planner: Planner,
    pub(crate) points: Vec<StockPoint>,
}

/// What every planner comes to.
pub(crate) fn frontiers(
    world: &World,
    planners: &[Planner],
    wish: &Wish,
) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    for &planner in planners {
        let targets = planner.targets(world)?;
        let point = |service: usize| -> Result<StockPoint, Failure> {
            let [lost, wanted, left] = world.played(&|review, at| targets[review][at][service])?;
            Ok(StockPoint { lost: lost / wanted, left })
        };
        let points = (0..LEVELS.len()).map(point).collect::<Result<_, _>>()?;
        lines.push(Line { planner, points });
    }
    if wish.frontier {
        say("planner,level,lost_share,left_days")?;
        for line in &lines {
            for (level, point) in LEVELS.iter().zip(&line.points) {
                let name = line.planner.name();
                say(&format!("\"{name}\",{level},{:.5},{:.3}", point.lost, point.left))?;
            }
        }
        say("")?;
    }
    Ok(lines)
}

/// Prints what was saved, test by test, and the spread of all.
pub(crate) fn tell(wish: &Wish, tests: &[(usize, usize, Vec<Line>)]) -> Result<(), Failure> {
    say(
        "| planner | ends, days before | items | at 0.95: lost cut, left cut | joint cut at 0.90, 0.95, 0.975 | joint, sheet56, at 0.95 |",
    )?;
    say("|---|---|---|---|---|---|")?;
    let planners = tests.first().map(|(_, _, lines)| lines.as_slice()).unwrap_or_default();
    for (at, line) in
        planners.iter().enumerate().filter(|(_, its)| its.planner != Planner::Sheet(28))
    {
        let mut joints = Vec::new();
        for (shift, items, lines) in tests {
            let against = |sheet: &Line, point: usize| cuts(sheet.points[point], &lines[at].points);
            let all: Vec<Cuts> = COMPARED.iter().map(|point| against(&lines[0], *point)).collect();
            let other = match line.planner {
                Planner::Sheet(_) => String::new(),
                _ => percent(against(&lines[1], COMPARED[1]).joint),
            };
            joints.push(all[1].joint);
            say(&format!(
                "| {} | {shift} | {items} | {}, {} | {}, {}, {} | {other} |",
                line.planner.name(),
                percent(all[1].lost),
                percent(all[1].left),
                percent(all[0].joint),
                percent(all[1].joint),
                percent(all[2].joint),
            ))?;
        }
        if tests.len() > 1 {
            let mean = joints.iter().sum::<f64>() / joints.len() as f64;
            let low = joints.iter().copied().fold(f64::INFINITY, f64::min);
            let high = joints.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            say(&format!(
                "| {}, all dates | | | | {} ({} to {}) | |",
                line.planner.name(),
                percent(mean),
                percent(low),
                percent(high)
            ))?;
        }
    }
    let (leads, seed) = (&wish.leads, wish.seed);
    let hidden = if wish.censored { "; demand is known as far as a shelf met it" } else { "" };
    say(&format!(
        "\nAgainst sheet28 unless it says otherwise. Lead times {leads:?}, promotions announced with {}{hidden}, seed {seed}.",
        wish.announced
    ))
}

/// Says what went wrong.
pub(crate) fn failed(why: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{why}");
    ExitCode::FAILURE
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
