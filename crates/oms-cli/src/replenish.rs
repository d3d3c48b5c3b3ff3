//! `oms replenish`: proposes what to order, from an engine file's own facts.

use std::num::NonZero;
use std::path::Path;
use std::process::ExitCode;

use oms::words::BusinessDay;
use oms::{ReplenishPolicy, SupplyPlan};

use crate::bar::bar;
use crate::complaint::CliError;
use crate::crew::hands;
use crate::{Cli, open, write};

/// How a policy looks.
pub(crate) const POLICY: &str = "\
Demand of a node is what left it for customers, on a day on which its shelf went empty the least that was wanted; days on
which it is closed by its calendar want nothing. All SKUs at nodes teach each other what a weekday or a promotion is worth.
What has hardly begun at a node that sells is ordered as what is most like it there and elsewhere, where five have a past.
With a DATE after the last fact, orders of later reviews are planned too; facts after DATE are not read. A policy, JSON,
all but `version` optional:
  {\"version\":1,\"time_zone\":\"America/New_York\",
   \"defaults\":{\"lead_time_days\":7,\"review_days\":7,\"service\":{\"cycle\":0.95}},
   \"rules\":[{\"where\":{\"skus\":[\"MILK\"],\"nodes\":[\"STORE-12\"]},
             \"set\":{\"source\":{\"node\":\"DC-EAST\"},\"lead_time_days\":[[1,0.8],[2,0.2]],\"multiple\":12,
                    \"minimum\":24,\"most\":240,\"shelf_life_days\":9,\"tolerated_waste\":0.02}},
            {\"set\":{\"unit_cost\":\"1.20 USD\"}}],
   \"inbound\":[{\"sku\":\"MILK\",\"node\":\"DC-EAST\",\"units\":48,\"due\":\"2026-11-26\"}],
   \"promotions\":[{\"where\":{\"skus\":[\"MILK\"]},\"from\":\"2026-12-01\",\"to\":\"2026-12-07\",\"discount\":0.2}],
   \"siblings\":[{\"nodes\":[\"STORE-12\",\"STORE-14\"],\"days\":1,\"unit_cost\":\"0.10 USD\"}],
   \"budget\":\"5000 USD\"}
Service is `cycle`, the chance that no unit is missed in a cycle, `fill`, the share of units served, or
`{\"costs\":{\"missed\":9,\"left\":1}}` of a unit, which come to the cycle that costs least. Later rules win;
`\"source\":{\"supplier\":\"ACME\"}` buys, `\"skip\":true` proposes nothing. Name promotions of the past too, those that had been announced: they teach what the planned ones are worth.
What a sibling has above its level is moved before anything is bought; the engine's lanes between locations are ways too.
Where each node of a chain has a `\"holding_cost\":1.5`, safety stock lies where it costs least (guaranteed service), and
customers wait `\"wait_days\":0`. With an `\"order_cost\":20` beside it a single node orders seldom and much: (s, S).";

/// Names of a policy that nobody defined, told one by one.
const MOST_TOLD: usize = 20;

/// Prints proposals; commits nothing.
pub(crate) fn run(
    db: &Path,
    until: &str,
    policy: Option<&Path>,
    threads: Option<NonZero<u16>>,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let until: BusinessDay = until.parse()?;
    let policy = match policy {
        None => ReplenishPolicy::default(),
        Some(path) => {
            let failed = |why| CliError::File { doing: "read", path: path.to_owned(), why };
            let text = std::fs::read(path).map_err(failed)?;
            let bad = |why| CliError::Policy { path: path.to_owned(), why };
            ReplenishPolicy::read(&text).map_err(bad)?
        }
    };
    let mut oms = open::readable(db, cli)?;
    let bar = bar(None, "{spinner} {pos} forecast, {per_sec}, {eta} left");
    let threads = NonZero::new(u16::try_from(hands(threads)).unwrap_or(u16::MAX));
    let threads = threads.unwrap_or(NonZero::<u16>::MIN);
    let plan = oms.propose_supplies(&policy, until, threads, &mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    if cli.json {
        write::json(&plan)?;
    } else {
        tell(&plan)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(plan: &SupplyPlan) -> Result<(), CliError> {
    if !plan.proposals.is_empty() {
        let rows = plan.proposals.iter().map(|its| {
            vec![
                its.order_on.to_string(),
                its.node.to_string(),
                its.sku.to_string(),
                its.units.to_string(),
                its.source.clone(),
                its.due.to_string(),
                its.explained(),
            ]
        });
        let head = ["order on", "node", "sku", "units", "from", "due", "why"];
        write::table(&head, &[3], rows.collect())?;
    }
    if let Some(spent) = plan.spent {
        write::line(&format!("purchases of {} cost {spent}", plan.as_of))?;
    }
    for unknown in plan.unknown.iter().take(MOST_TOLD) {
        write::line(&format!("{unknown}: it does nothing"))?;
    }
    if let Some(more @ 1..) = plan.unknown.len().checked_sub(MOST_TOLD) {
        let s = if more == 1 { "" } else { "s" };
        write::line(&format!("{more} more unknown name{s}; `--json` has all"))?;
    }
    let (count, enough) = (plan.proposals.len(), plan.enough);
    let s = if count == 1 { "" } else { "s" };
    write::line(&format!(
        "{count} proposal{s} by the facts of {}; {enough} need nothing; nothing was changed",
        plan.as_of
    ))
}
