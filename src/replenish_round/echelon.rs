//! Nodes that supply others: planned for their demand and with their stock too, so that no safety is held twice.

use super::NotReplenished;
use super::stocked::Stocked;

/// Adds to each giver what it supplies.
pub(super) fn joined(all: &mut [Stocked]) -> Result<(), NotReplenished> {
    // Before anything is added: what a node that sells nothing supplies must not look like its own, not even by rounding.
    let usual: Vec<f64> = all.iter().map(|its| its.days.mean()).collect();
    for at in order(all)? {
        let its = &mut all[at];
        its.members.push((at, usual[at]));
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

#[cfg(test)]
mod tests {
    use std::error::Error;

    use oms_core::words::{LocationId, Sku};

    use super::super::days::Days;
    use super::super::outlook::Outlook;
    use super::super::policy::ReplenishPolicy;
    use super::{Stocked, joined};

    /// A place that sold so many units in 10 days.
    fn sold(node: &str, units: usize, giver: Option<usize>) -> Result<Stocked, Box<dyn Error>> {
        let (sku, node) = (Sku::new("MILK")?, LocationId::new(node)?);
        let wanted = (0..10).map(|day| Some(if day < units { 1.0 } else { 0.0 })).collect();
        Ok(Stocked {
            agreed: ReplenishPolicy::default().book().agreed(&sku, &node)?,
            sku,
            node,
            giver,
            onward_days: 0,
            available: 0,
            on_hand: 0,
            owed: 0,
            inbound: Vec::new(),
            days: Days { wanted, recovered: 0 },
            members: Vec::new(),
            promoted: Vec::new(),
            service_days: None,
            outlook: Outlook::default(),
        })
    }

    // Goal: a center that sells nothing does not count as selling, and one that sells does with just that. Method: stores that
    // sell 7 and 1 units in 10 days, of which the means sum up to less than the mean of the sums.
    #[test]
    fn own_demand_is_exact() -> Result<(), Box<dyn Error>> {
        for (own, usual) in [(0, 0.0), (3, 0.3)] {
            let mut all =
                vec![sold("D", own, None)?, sold("S1", 7, Some(0))?, sold("S2", 1, Some(0))?];
            joined(&mut all)?;
            assert_eq!(all[0].members, [(1, 0.7), (2, 0.1), (0, usual)]);
            assert!((all[0].days.mean() - (0.8 + usual)).abs() < 1e-12);
        }
        Ok(())
    }
}
