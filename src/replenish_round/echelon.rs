//! Nodes that supply others: planned for their demand and with their stock too, so that no safety is held twice.

use super::NotReplenished;
use super::stocked::Stocked;

/// Adds to each giver what it supplies.
pub(super) fn joined(all: &mut [Stocked]) -> Result<(), NotReplenished> {
    for at in order(all)? {
        let own = (at, all[at].days.mean());
        let its = &mut all[at];
        // What it supplies has been added already, and its own demand is what is left of its days.
        let supplied: f64 = its.members.iter().map(|(_, usual)| usual).sum();
        its.members.push((at, (own.1 - supplied).max(0.0)));
        let Some(giver) = its.giver else { continue };
        let (days, on_hand, inbound) = (its.days.clone(), its.on_hand, its.inbound.clone());
        let members = its.members.clone();
        let lead = its.agreed.lead_time.quantile(0.5);
        let onward = lead.saturating_add(its.agreed.review_days).saturating_add(its.onward_days);
        let giver = &mut all[giver];
        giver.onward_days = giver.onward_days.max(onward);
        giver.on_hand += on_hand;
        giver.inbound.extend(inbound);
        giver.days = giver.days.together(&days);
        giver.members.extend(members);
    }
    Ok(())
}

/// All places, each before its giver.
pub(super) fn order(all: &[Stocked]) -> Result<Vec<usize>, NotReplenished> {
    let mut waits = vec![0_usize; all.len()];
    for giver in all.iter().filter_map(|its| its.giver) {
        waits[giver] += 1;
    }
    let mut order: Vec<usize> = (0..all.len()).filter(|at| waits[*at] == 0).collect();
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        next += 1;
        if let Some(giver) = all[at].giver {
            waits[giver] -= 1;
            if waits[giver] == 0 {
                order.push(giver);
            }
        }
    }
    match waits.iter().position(|waits| *waits > 0) {
        None => Ok(order),
        Some(at) => {
            let its = &all[at];
            Err(NotReplenished::Circle { sku: its.sku.clone(), node: its.node.clone() })
        }
    }
}
