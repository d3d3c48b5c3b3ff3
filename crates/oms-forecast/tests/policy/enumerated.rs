//! Tiny worlds in which every answer can be tried.

use oms_forecast::policy::{
    Counts, Distribution, Lane, NodeStock, Offer, OrderRule, StockNode, guaranteed_service,
    reorder_point_and_level, reorder_point_and_quantity, silver_meal, transfers, wagner_whitin,
    within_budget,
};
use proptest::prelude::*;

fn counts() -> impl Strategy<Value = Counts> {
    proptest::collection::vec(0.05..1.0_f64, 2..5).prop_map(|mass| Counts::of(0, mass).unwrap())
}

fn mismatch(demand: &Distribution, h: f64, p: f64, x: f64) -> f64 {
    h * demand.left(x) + p * demand.loss(x)
}

proptest! {
    // Goal: no plan costs less than Wagner and Whitin's, Silver and Meal's none at all too little. Method: all subsets of
    // periods with an order.
    #[test]
    fn lot_sizes(demand in proptest::collection::vec(0..40_u32, 1..9), k in 1.0..99.0_f64, h in 0.1..4.0_f64) {
        let demand: Vec<f64> = demand.into_iter().map(f64::from).collect();
        let mut best = f64::INFINITY;
        for plan in 0..1_u32 << demand.len() {
            let (mut cost, mut last) = (0.0, None);
            for (at, units) in demand.iter().enumerate() {
                if plan >> at & 1 == 1 {
                    last = Some(at);
                    cost += k;
                }
                match last {
                    Some(last) => cost += h * units * (at - last) as f64,
                    None if *units > 0.0 => cost = f64::INFINITY,
                    None => {}
                }
            }
            best = best.min(cost);
        }
        let exact = wagner_whitin(&demand, k, h).unwrap();
        prop_assert!((exact.cost - best).abs() < 1e-9, "{exact:?} {best}");
        let quick = silver_meal(&demand, k, h).unwrap();
        for plan in [&exact, &quick] {
            let (mut stock, mut cost) = (0.0, 0.0);
            for (order, units) in plan.orders.iter().zip(&demand) {
                stock += order - units;
                prop_assert!(stock >= -1e-9);
                cost += h * stock + if *order > 0.0 { k } else { 0.0 };
            }
            prop_assert!((cost - plan.cost).abs() < 1e-6);
        }
        prop_assert!(quick.cost >= exact.cost - 1e-9);
    }

    // Goal: (r, Q) and (s, S) are the best pairs for any demand in whole units. Method: all pairs nearby, each reckoned from
    // its definition.
    #[test]
    fn reorder_points(day in counts(), h in 0.5..3.0_f64, p in 3.0..30.0_f64, k in 1.0..40.0_f64) {
        let demand = Distribution::from(day.clone());
        let best = reorder_point_and_quantity(&demand, day.mean(), h, p, k).unwrap();
        let level = reorder_point_and_level(&day, &day, h, p, k).unwrap();
        let mut least = (f64::INFINITY, f64::INFINITY);
        for s in -12..6_i32 {
            for distance in 1..40_i32 {
                let span = || (s + 1..=s + distance).map(f64::from);
                let held: f64 = span().map(|y| mismatch(&demand, h, p, y)).sum();
                least.0 = least.0.min((k * day.mean() + held) / f64::from(distance));
                // The expected cost and length of a cycle, from each position down to s.
                let mut cycle = vec![(0.0, 0.0); distance as usize + 1];
                let stay = day.mass()[0];
                for above in 1..=distance as usize {
                    let y = f64::from(s) + above as f64;
                    let (mut cost, mut len) = (mismatch(&demand, h, p, y), 1.0);
                    for (units, mass) in day.mass().iter().enumerate().skip(1) {
                        if let Some(next) = above.checked_sub(units) {
                            cost += mass * cycle[next].0;
                            len += mass * cycle[next].1;
                        }
                    }
                    cycle[above] = (cost / (1.0 - stay), len / (1.0 - stay));
                }
                let (cost, len) = cycle[distance as usize];
                least.1 = least.1.min((k + cost) / len);
            }
        }
        prop_assert!((best.cost_rate - least.0).abs() < 1e-7, "{best:?} {least:?}");
        prop_assert!((level.cost_rate - least.1).abs() < 1e-7, "{level:?} {least:?}");
    }

    // Goal: the service times are the best of a tree of any shape. Method: all outbound times of all stages.
    #[test]
    fn service_times(
        parents in (0..1_usize, 0..2_usize, 0..3_usize, 0..4_usize),
        down in proptest::collection::vec(any::<bool>(), 4),
        stages in proptest::collection::vec((0..3_u32, 0.1..5.0_f64, 0..2_u32, proptest::option::of(0..3_u32), 0.0..4.0_f64), 5),
        len in 1..6_usize,
    ) {
        let mut nodes: Vec<StockNode> = stages[..len].iter().map(|stage| StockNode {
            processing_time: stage.0,
            holding_cost: stage.1,
            external_inbound: stage.2,
            external_outbound: stage.3,
            demand_bound_constant: 1.5,
            demand_deviation: stage.4,
            successors: Vec::new(),
        }).collect();
        for (at, parent) in [parents.0, parents.1, parents.2, parents.3].into_iter().enumerate().take(len - 1) {
            let (from, to) = if down[at] { (parent, at + 1) } else { (at + 1, parent) };
            nodes[from].successors.push(to);
        }
        let best = guaranteed_service(&nodes).unwrap();
        let deviation: Vec<f64> = (0..len).map(|at| deviation(&nodes, at)).collect();
        let mut least = f64::INFINITY;
        let mut quoted = vec![0_u32; len];
        'all: loop {
            let mut cost = 0.0;
            for (at, node) in nodes.iter().enumerate() {
                let inputs = nodes.iter().zip(&quoted).filter(|(from, _)| from.successors.contains(&at));
                let inbound = inputs.map(|(_, time)| *time).fold(node.external_inbound, u32::max);
                let able = inbound + node.processing_time;
                if quoted[at] > able || node.external_outbound.is_some_and(|most| quoted[at] > most) {
                    cost = f64::INFINITY;
                    break;
                }
                cost += node.holding_cost * 1.5 * deviation[at] * f64::from(able - quoted[at]).sqrt();
            }
            least = least.min(cost);
            for time in &mut quoted {
                *time += 1;
                if *time < 12 {
                    continue 'all;
                }
                *time = 0;
            }
            break;
        }
        prop_assert!((best.cost - least).abs() < 1e-9 * (1.0 + least), "{best:?} {least}");
    }

    // Goal: the budget is kept, its bound holds, and the plan is within it of the best. Method: all plans.
    #[test]
    fn budgets(
        items in proptest::collection::vec((0.5..6.0_f64, 0.5..4.0_f64, 1..4_u64, 0..4_u64, 0.0..3.0_f64), 1..4),
        budget in 0.0..25.0_f64,
    ) {
        let demands: Vec<Distribution> = items.iter().map(|item| Distribution::poisson(item.0).unwrap()).collect();
        let offers: Vec<Offer<'_>> = items.iter().zip(&demands).map(|(item, demand)| Offer {
            demand,
            position: item.4,
            unit_cost: item.1,
            holding_cost: 1.0,
            stockout_cost: 7.0,
            rule: OrderRule { multiple: item.2, minimum: item.3, most: Some(12) },
        }).collect();
        let bought = within_budget(&offers, budget).unwrap();
        let saved = |units: &[u64]| -> f64 {
            offers.iter().zip(units).map(|(offer, units)| {
                let at = |units: f64| mismatch(offer.demand, 1.0, 7.0, offer.position + units);
                at(0.0) - at(*units as f64)
            }).sum()
        };
        let paid = |units: &[u64]| -> f64 { offers.iter().zip(units).map(|(o, u)| o.unit_cost * *u as f64).sum() };
        let mut best = 0.0_f64;
        let mut units = vec![0_u64; offers.len()];
        'all: loop {
            let kept = offers.iter().zip(&units).all(|(offer, units)| {
                *units == 0 || (units % offer.rule.multiple == 0 && *units >= offer.rule.minimum)
            });
            if kept && paid(&units) <= budget {
                best = best.max(saved(&units));
            }
            for its in &mut units {
                *its += 1;
                if *its <= 12 {
                    continue 'all;
                }
                *its = 0;
            }
            break;
        }
        prop_assert!(paid(&bought.units) <= budget + 1e-9);
        prop_assert!((bought.benefit - saved(&bought.units)).abs() < 1e-9);
        prop_assert!((bought.spent - paid(&bought.units)).abs() < 1e-9);
        prop_assert!(bought.benefit <= best + 1e-9 && best <= bought.bound + 1e-9, "{bought:?} {best}");
    }

    // Goal: no moves save more. Method: all quantities on all lanes between three nodes.
    #[test]
    fn moves(
        nodes in proptest::collection::vec((0.5..5.0_f64, 0..7_u32, 0..4_u64), 3),
        costs in proptest::collection::vec(0.0..3.0_f64, 6),
    ) {
        let demands: Vec<Distribution> = nodes.iter().map(|node| Distribution::poisson(node.0).unwrap()).collect();
        let stock: Vec<NodeStock<'_>> = nodes.iter().zip(&demands).map(|(node, demand)| NodeStock {
            demand,
            position: f64::from(node.1),
            free: node.2.min(node.1.into()),
            holding_cost: 1.0,
            stockout_cost: 6.0,
        }).collect();
        let ends = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];
        let lanes: Vec<Lane> =
            ends.iter().zip(&costs).map(|(&(from, to), &unit_cost)| Lane { from, to, unit_cost }).collect();
        let saved = |moved: &[u64]| {
            let mut net = [0.0; 3];
            let mut given = [0; 3];
            let mut cost = 0.0;
            for (lane, units) in lanes.iter().zip(moved) {
                net[lane.from] -= *units as f64;
                net[lane.to] += *units as f64;
                given[lane.from] += units;
                cost += lane.unit_cost * *units as f64;
            }
            let able = stock.iter().zip(given).all(|(node, given)| given <= node.free);
            let off = stock.iter().zip(net).map(|(node, net)| {
                let at = |x| mismatch(node.demand, 1.0, 6.0, x);
                at(node.position) - at(node.position + net)
            });
            able.then(|| off.sum::<f64>() - cost)
        };
        let done = transfers(&stock, &lanes, 1).unwrap();
        let mut moved = vec![0; 6];
        for its in &done.moved {
            moved[its.lane] = its.units;
        }
        let own = saved(&moved).expect("no more than is free");
        prop_assert!((own - done.saved).abs() < 1e-6, "{own} {}", done.saved);
        let (mut best, mut tried) = (0.0_f64, vec![0_u64; 6]);
        'all: loop {
            best = best.max(saved(&tried).unwrap_or_default());
            for units in &mut tried {
                *units += 1;
                if *units <= 3 {
                    continue 'all;
                }
                *units = 0;
            }
            break;
        }
        prop_assert!(own >= best - 1e-6, "{own} {best} {done:?}");
    }
}

fn deviation(nodes: &[StockNode], at: usize) -> f64 {
    let below = nodes[at].successors.iter().map(|to| deviation(nodes, *to).powi(2));
    (nodes[at].demand_deviation.powi(2) + below.sum::<f64>()).sqrt()
}
