//! `oms workload`: the work of each node by the hour, and who is needed for it, from an engine file's own facts.

use std::path::Path;
use std::process::ExitCode;

use oms::words::BusinessDay;
use oms::{WorkPlan, WorkTasks};

use crate::complaint::CliError;
use crate::{Cli, open, write};

/// How a file of tasks looks.
pub(crate) const TASKS: &str = "\
Work begins when an order is released to a node. Orders of an hour become tasks by what orders came to in lines, units and
packages, tasks become hours by the rate of one person, and people are counted as a queue: so many that the target share is
begun in time, in all but the hours beyond the level. Tasks, JSON; these are the default but for the zone:
  {\"version\":1,\"time_zone\":\"America/New_York\",\"level\":0.9,
   \"tasks\":[{\"task\":\"pick\",\"per\":\"line\",\"per_hour\":60,\"target_share\":0.9,\"within_hours\":1},
            {\"task\":\"pack\",\"per\":\"package\",\"per_hour\":30,\"target_share\":0.9,\"within_hours\":1}]}
`per` is `order`, `line`, `unit` or `package`. Hours are told by each node's own clock; those without any work are left out
of the table, and stand in the JSON.";

/// Prints hours; commits nothing.
pub(crate) fn run(
    db: &Path,
    until: &str,
    tasks: Option<&Path>,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let until: BusinessDay = until.parse()?;
    let tasks = match tasks {
        None => WorkTasks::default(),
        Some(path) => {
            let failed = |why| CliError::File { doing: "read", path: path.to_owned(), why };
            let text = std::fs::read(path).map_err(failed)?;
            let bad = |why| CliError::Tasks { path: path.to_owned(), why };
            WorkTasks::read(&text).map_err(bad)?
        }
    };
    let plan = open::readable(db, cli)?.plan_work(&tasks, until)?;
    if cli.json {
        write::json(&plan)?
    } else {
        tell(&plan)?
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(plan: &WorkPlan) -> Result<(), CliError> {
    let mut rows = Vec::new();
    for its in &plan.nodes {
        for hour in its.hours.iter().filter(|hour| hour.orders >= 0.005 || hour.heads > 0) {
            let mut row = vec![its.node.to_string(), hour.day.to_string(), hour.time.to_string()];
            row.push(format!("{:.1}", hour.orders));
            let tasks = hour.tasks.iter().filter(|task| task.hours_staffed > 0.0);
            let tasks = tasks.map(|task| {
                let (name, count, hours) = (&task.task, task.count, task.hours_staffed);
                format!("{name} {count:.1} ({hours:.1} h, {})", task.heads)
            });
            row.extend([hour.heads.to_string(), tasks.collect::<Vec<_>>().join(", ")]);
            rows.push(row);
        }
    }
    if !rows.is_empty() {
        let head = ["node", "day", "hour", "orders", "heads", "tasks (hours, heads)"];
        write::table(&head, &[3, 4], rows)?;
    }
    let nodes = plan.nodes.len();
    let s = if nodes == 1 { "" } else { "s" };
    write::line(&format!(
        "{nodes} node{s} by the facts before {}, staffed for {} % of hours; nothing was changed",
        plan.as_of,
        100.0 * plan.level
    ))
}
