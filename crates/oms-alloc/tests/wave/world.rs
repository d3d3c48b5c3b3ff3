//! Random worlds, a judge of plans and a brute force that share nothing with the solver.

use crate::draw::Draw;
use oms_alloc::instance::{Instance, InstanceNode, InstanceOrder, InstanceSku};
use oms_alloc::{Bundle, Shipment, Weights};

impl Draw {
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// How large a world is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) orders: u64,
    pub(crate) nodes: u64,
    pub(crate) skus: u64,
    pub(crate) lines: u64,
    pub(crate) units: u64,
}

/// A world with every rule of the format in it: lanes that lack, deadlines, equipment, capacities, ship-complete,
/// split limits, bundles, stock too short for all.
pub(crate) fn world(seed: u64, size: Size) -> Instance {
    with_bundles(plain(seed, size), seed, size.units)
}

/// The same without bundles.
pub(crate) fn plain(seed: u64, size: Size) -> Instance {
    let mut draw = Draw(seed);
    let tags = ["cold", "hazmat"];
    let regions = 1 + draw.below(3) as u32;
    let nodes = (0..size.nodes).map(|at| InstanceNode {
        id: format!("N{at}"),
        kind: "store".to_owned(),
        capacity: (draw.one_in(3)).then(|| draw.below(size.orders + 1) as u32),
        handling: draw.below(100) as i64,
        can: tags.iter().filter(|_| !draw.one_in(3)).map(|tag| (*tag).to_owned()).collect(),
    });
    let nodes: Vec<InstanceNode> = nodes.collect();
    let skus = (0..size.skus).map(|at| InstanceSku {
        id: format!("S{at}"),
        weight_g: draw.below(5_000) as i64,
        needs: tags.iter().filter(|_| draw.one_in(6)).map(|tag| (*tag).to_owned()).collect(),
    });
    let skus: Vec<InstanceSku> = skus.collect();
    let mut lane = || {
        let there = !draw.one_in(6);
        let cost = (draw.below(900) as i64, draw.below(200) as i64, draw.below(6) as u32);
        there.then_some(cost)
    };
    let lanes = nodes.iter().map(|_| (0..regions).map(|_| lane()).collect()).collect();
    let mut stock = Vec::new();
    for node in 0..size.nodes as u32 {
        for sku in 0..size.skus as u32 {
            if !draw.one_in(3) {
                let hold = draw.below(200) as i64 - 60;
                stock.push((node, sku, draw.below(size.units + 2) as u32, hold));
            }
        }
    }
    let orders = (0..size.orders).map(|at| {
        let mut lines: Vec<(u32, u32, i64)> = Vec::new();
        for _ in 0..=draw.below(size.lines) {
            let sku = draw.below(size.skus) as u32;
            if lines.iter().all(|line| line.0 != sku) {
                let units = 1 + draw.below(size.units) as u32;
                lines.push((sku, units, draw.below(3_000) as i64));
            }
        }
        InstanceOrder {
            id: format!("O{at}"),
            region: draw.below(u64::from(regions)) as u32,
            days: 1 + draw.below(6) as u32,
            complete: draw.one_in(4),
            splits: draw.one_in(3).then(|| draw.below(3) as u32),
            lines,
            ..InstanceOrder::default()
        }
    });
    let orders = orders.collect();
    let (version, name, currency) = (1, format!("world-{seed}"), "USD".to_owned());
    let head = Instance { version, name, currency, regions, ..Instance::default() };
    Instance { nodes, skus, lanes, stock, orders, ..head }
}

/// Makes bundles of neighboring lines in a quarter of the orders, of none of them more than so many units.
fn with_bundles(mut world: Instance, seed: u64, most: u64) -> Instance {
    let mut draw = Draw(seed ^ 0xB0D1);
    for order in &mut world.orders {
        let mut at = 0;
        while draw.one_in(4) && at < order.lines.len() {
            let end = (at + 1 + draw.below(3) as usize).min(order.lines.len());
            let units = 1 + draw.below(most.min(2)) as u32;
            for line in &mut order.lines[at..end] {
                line.1 = units * (1 + draw.below(most / u64::from(units)) as u32);
            }
            order.bundles.push(Bundle { units, lines: (at as u32..end as u32).collect() });
            at = end;
        }
    }
    world
}

/// Whether the units of lines of an order that a node ships, told by line, are whole bundles.
fn whole(order: &InstanceOrder, got: &dyn Fn(u32) -> u32) -> bool {
    order.bundles.iter().all(|bundle| {
        (0..=bundle.units).any(|units| {
            let wanted = |line: u32| order.lines[line as usize].1 / bundle.units * units;
            bundle.lines.iter().all(|line| got(*line) == wanted(*line))
        })
    })
}

/// Fills in what an instance may leave out: orders that are due and want life, lots, CO2e, markdown.
pub(crate) fn with_facts(mut world: Instance, seed: u64) -> Instance {
    let mut draw = Draw(seed ^ 0x5EED);
    for order in &mut world.orders {
        order.due = draw.one_in(2).then(|| draw.below(4) as u32);
        order.life = draw.one_in(2).then(|| draw.below(5) as u32);
    }
    for row in &world.lanes {
        let grams = row.iter().map(|lane| lane.map(|_| draw.below(3_000) as u32));
        world.carbon.push(grams.collect());
    }
    for &(node, sku, _, _) in &world.stock {
        if draw.one_in(2) {
            world.markdown.push((node, sku, draw.below(400) as i64));
        }
        if draw.one_in(2) {
            world.lots.push((node, sku, draw.below(10) as u32));
        }
    }
    world
}

/// Random weights of every name, some of them nothing.
pub(crate) fn weights(seed: u64) -> Weights {
    let mut draw = Draw(seed ^ 0x3E16);
    let mut some = |most: u64| if draw.one_in(3) { 0 } else { draw.below(most) as u32 };
    Weights {
        day_minor: some(120),
        package_minor: some(300),
        late_day_minor: some(400),
        further_package_minor: some(900),
        carbon_minor_per_kg: some(300),
        markdown_percent: some(150),
    }
}

/// Whether the lot at a node is as fresh at the door as an order wants it.
fn fresh(world: &Instance, order: usize, sku: u32, node: u32) -> bool {
    let row = &world.orders[order];
    let lane = world.lanes[node as usize][row.region as usize];
    let lot = world.lots.iter().find(|lot| (lot.0, lot.1) == (node, sku));
    match (row.life, lot, lane) {
        (Some(wanted), Some(lot), Some(lane)) => wanted + lane.2 <= lot.2,
        _ => true,
    }
}

fn eligible(world: &Instance, order: usize, sku: u32, node: u32) -> bool {
    let row = &world.orders[order];
    let lane = world.lanes[node as usize][row.region as usize];
    lane.is_some_and(|lane| lane.2 <= row.days)
        && fresh(world, order, sku, node)
        && world.skus[sku as usize].needs.iter().all(|n| world.nodes[node as usize].can.contains(n))
}

fn unit_cost(world: &Instance, order: usize, sku: u32, node: u32) -> Option<i64> {
    let stock = world.stock.iter().find(|row| (row.0, row.1) == (node, sku))?;
    let lane = world.lanes[node as usize][world.orders[order].region as usize]?;
    let weight = (world.skus[sku as usize].weight_g * lane.1 + 500).div_euclid(1_000);
    Some(weight + world.nodes[node as usize].handling + stock.3)
}

/// What taking a unit weighs less, as it would lose something unsold.
pub(crate) fn gain(world: &Instance, weights: Weights, sku: u32, node: u32) -> i64 {
    let row = world.markdown.iter().find(|row| (row.0, row.1) == (node, sku));
    row.map_or(0, |row| (row.2 * i64::from(weights.markdown_percent) + 50) / 100)
}

/// What a package weighs beyond its cost, if it is the first one: days, package, lateness, CO2e.
pub(crate) fn package(world: &Instance, weights: Weights, order: usize, node: u32) -> [i64; 4] {
    let row = &world.orders[order];
    let (node, region) = (node as usize, row.region as usize);
    let days = i64::from(world.lanes[node][region].unwrap().2);
    let late = (days - row.due.map_or(i64::MAX, i64::from)).max(0);
    let grams = world.carbon.get(node).map_or(0, |row| i64::from(row[region].unwrap()));
    [
        days * i64::from(weights.day_minor),
        i64::from(weights.package_minor),
        late * i64::from(weights.late_day_minor),
        (grams * i64::from(weights.carbon_minor_per_kg) + 500) / 1_000,
    ]
}

/// What a unit of an order that stays unfilled weighs beyond its penalty: the heaviest package that could come to it.
pub(crate) fn unfilled(world: &Instance, weights: Weights, order: usize) -> i64 {
    let row = &world.orders[order];
    let in_time = |node: u32| {
        let lane = world.lanes[node as usize][row.region as usize];
        lane.is_some_and(|lane| lane.2 <= row.days)
    };
    let rows = world.stock.iter().filter(|held| row.lines.iter().any(|line| line.0 == held.1));
    let packages = rows.filter(|held| in_time(held.0)).map(|held| {
        let further = i64::from(weights.further_package_minor);
        package(world, weights, order, held.0).iter().sum::<i64>() + further
    });
    packages.max().unwrap_or(0)
}

/// Judges a plan by the rules of the format; gives its cost.
pub(crate) fn judge(world: &Instance, plan: &[Shipment]) -> Result<i64, String> {
    let mut cost = 0;
    let mut packages: Vec<(u32, u32)> = Vec::new();
    for (at, s) in plan.iter().enumerate() {
        let order = s.order as usize;
        let sku = world.orders[order].lines[s.line as usize].0;
        if s.qty == 0
            || plan[..at].iter().any(|o| (o.order, o.line, o.node) == (s.order, s.line, s.node))
        {
            return Err(format!("{s:?} is empty or there twice"));
        }
        if !eligible(world, order, sku, s.node) {
            return Err(format!("{s:?} may not be"));
        }
        let unit = unit_cost(world, order, sku, s.node).ok_or(format!("{s:?} has no stock"))?;
        cost += unit * i64::from(s.qty);
        packages.push((s.order, s.node));
    }
    packages.sort_unstable();
    packages.dedup();
    for (order, node) in &packages {
        let region = world.orders[*order as usize].region as usize;
        cost += world.lanes[*node as usize][region].map_or(0, |lane| lane.0);
    }
    for (node, row) in world.nodes.iter().enumerate() {
        let used = packages.iter().filter(|package| package.1 as usize == node).count();
        if row.capacity.is_some_and(|most| used > most as usize) {
            return Err(format!("node {node} makes {used} packages"));
        }
    }
    for &(node, sku, units, _) in &world.stock {
        let of = |s: &&Shipment| {
            s.node == node && world.orders[s.order as usize].lines[s.line as usize].0 == sku
        };
        let taken: u32 = plan.iter().filter(of).map(|s| s.qty).sum();
        if taken > units {
            return Err(format!("{taken} of {units} units of SKU {sku} leave node {node}"));
        }
    }
    for (order, row) in world.orders.iter().enumerate() {
        let mut missing = 0;
        for (line, &(_, qty, penalty)) in row.lines.iter().enumerate() {
            let of = |s: &&Shipment| s.order as usize == order && s.line as usize == line;
            let got: u32 = plan.iter().filter(of).map(|s| s.qty).sum();
            if got > qty {
                return Err(format!("order {order} line {line} gets {got} of {qty}"));
            }
            missing += qty - got;
            cost += i64::from(qty - got) * penalty;
        }
        for node in 0..world.nodes.len() as u32 {
            let own = plan.iter().filter(|s| (s.order as usize, s.node) == (order, node));
            let own: Vec<&Shipment> = own.collect();
            let of = |line| own.iter().filter(|s| u32::from(s.line) == line).map(|s| s.qty).sum();
            if !whole(row, &of) {
                return Err(format!("node {node} tears a bundle of order {order}"));
            }
        }
        let made = packages.iter().filter(|package| package.0 as usize == order).count();
        if row.complete && made > 0 && missing > 0 {
            return Err(format!("order {order} is not complete"));
        }
        if row.splits.is_some_and(|most| made > most as usize) {
            return Err(format!("order {order} makes {made} packages"));
        }
    }
    Ok(cost)
}

/// Part of a way: cost, units by place in the stock list, units missing.
type Partial = (i64, Vec<(usize, u32)>, u32);

/// One way to serve an order: cost, units by place in the stock list, nodes used.
type BruteWay = (i64, Vec<(usize, u32)>, Vec<u32>);

/// The least cost of any plan, by trying all of them.
pub(crate) fn brute(world: &Instance) -> i64 {
    brute_under(world, &|_, _, _| true, &|_, _| 0)
}

/// Whether an order may get a SKU from a node.
type May<'a> = &'a dyn Fn(usize, u32, u32) -> bool;
/// What a package of an order from a node weighs more.
type More<'a> = &'a dyn Fn(usize, u32) -> i64;

/// The least weight of any plan under rules, by trying all of them.
pub(crate) fn brute_under(world: &Instance, may: May<'_>, more: More<'_>) -> i64 {
    brute_weighed(world, Weights::NONE, may, more)
}

/// The same with weights.
pub(crate) fn brute_weighed(
    world: &Instance,
    weights: Weights,
    may: May<'_>,
    more: More<'_>,
) -> i64 {
    let ways: Vec<Vec<BruteWay>> =
        (0..world.orders.len()).map(|order| ways_of(world, order, weights, may, more)).collect();
    let mut rest = vec![0; ways.len() + 1];
    for at in (0..ways.len()).rev() {
        rest[at] = rest[at + 1] + ways[at][0].0;
    }
    let mut left: Vec<u32> = world.stock.iter().map(|row| row.2).collect();
    let mut room: Vec<u32> = world.nodes.iter().map(|n| n.capacity.unwrap_or(u32::MAX)).collect();
    let mut best = i64::MAX;
    try_all(&ways, &rest, 0, 0, (&mut left, &mut room), &mut best);
    best
}

fn try_all(
    ways: &[Vec<BruteWay>],
    rest: &[i64],
    at: usize,
    cost: i64,
    (left, room): (&mut [u32], &mut [u32]),
    best: &mut i64,
) {
    if at == ways.len() {
        *best = (*best).min(cost);
        return;
    }
    for (price, takes, nodes) in &ways[at] {
        if cost + price + rest[at + 1] >= *best {
            return;
        }
        let fits = takes.iter().all(|(row, qty)| left[*row] >= *qty)
            && nodes.iter().all(|node| room[*node as usize] > 0);
        if !fits {
            continue;
        }
        takes.iter().for_each(|(row, qty)| left[*row] -= qty);
        nodes.iter().for_each(|node| room[*node as usize] -= 1);
        try_all(ways, rest, at + 1, cost + price, (left, room), best);
        takes.iter().for_each(|(row, qty)| left[*row] += qty);
        nodes.iter().for_each(|node| room[*node as usize] += 1);
    }
}

/// All ways to serve an order alone, cheapest first.
fn ways_of(
    world: &Instance,
    order: usize,
    weights: Weights,
    may: May<'_>,
    more: More<'_>,
) -> Vec<BruteWay> {
    let row = &world.orders[order];
    let unfilled = unfilled(world, weights, order);
    let mut partial: Vec<Partial> = vec![(0, Vec::new(), 0)];
    for &(sku, qty, penalty) in &row.lines {
        let mut offers: Vec<(usize, i64)> = Vec::new();
        for (at, stock) in world.stock.iter().enumerate() {
            let eligible = eligible(world, order, sku, stock.0) && may(order, sku, stock.0);
            if stock.1 == sku && eligible {
                let unit = unit_cost(world, order, sku, stock.0).unwrap();
                offers.push((at, unit - gain(world, weights, sku, stock.0)));
            }
        }
        let mut amounts: Vec<Partial> = vec![(0, Vec::new(), qty)];
        for (at, unit) in offers {
            let mut more = Vec::new();
            for (cost, takes, need) in &amounts {
                for units in 1..=world.stock[at].2.min(*need) {
                    let mut takes = takes.clone();
                    takes.push((at, units));
                    more.push((cost + unit * i64::from(units), takes, need - units));
                }
            }
            amounts.extend(more);
        }
        let mut next = Vec::new();
        for (cost, takes, missing) in &partial {
            for (more, others, need) in &amounts {
                let cost = cost + more + (penalty + unfilled) * i64::from(*need);
                next.push((cost, [takes.as_slice(), others].concat(), missing + need));
            }
        }
        partial = next;
    }
    let mut ways: Vec<BruteWay> = Vec::new();
    for (mut cost, takes, missing) in partial {
        let mut nodes: Vec<u32> = takes.iter().map(|(at, _)| world.stock[*at].0).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let split = row.splits.is_some_and(|most| nodes.len() > most as usize);
        let torn = nodes.iter().any(|node| {
            let own = |line: u32| {
                let held = (*node, row.lines[line as usize].0);
                let own =
                    takes.iter().filter(|(at, _)| (world.stock[*at].0, world.stock[*at].1) == held);
                own.map(|(_, units)| units).sum()
            };
            !whole(row, &own)
        });
        if split || torn || (row.complete && missing > 0 && !nodes.is_empty()) {
            continue;
        }
        for node in &nodes {
            let fixed = world.lanes[*node as usize][row.region as usize].map_or(0, |lane| lane.0);
            let weight: i64 = package(world, weights, order, *node).iter().sum();
            cost += (fixed + weight + more(order, *node)).max(0);
        }
        cost += nodes.len().saturating_sub(1) as i64 * i64::from(weights.further_package_minor);
        ways.push((cost, takes, nodes));
    }
    ways.sort();
    ways
}
