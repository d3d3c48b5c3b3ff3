//! Worlds of the sizes that retailers have: centers and stores on a map, lanes that cost by distance, few items that
//! sell most, and a little more stock than orders want.

use crate::draw::Draw;
use oms_alloc::instance::{Instance, InstanceNode, InstanceOrder, InstanceSku};

impl Draw {
    fn pick(&mut self, n: usize) -> usize {
        self.below(n as u64) as usize
    }

    /// An item or a place, the first ones far more often.
    fn popular(&mut self, n: usize) -> usize {
        let bound = 1 + self.pick(n);
        self.pick(bound)
    }
}

/// How large a world is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) name: &'static str,
    pub(crate) orders: usize,
    pub(crate) nodes: usize,
    pub(crate) skus: usize,
}

pub(crate) const S: Size = Size { name: "S", orders: 100, nodes: 10, skus: 60 };
pub(crate) const M: Size = Size { name: "M", orders: 2_000, nodes: 50, skus: 1_000 };
pub(crate) const L: Size = Size { name: "L", orders: 20_000, nodes: 150, skus: 8_000 };

const REGIONS: usize = 20;
/// The map is a square with sides of so many miles.
const SIDE: usize = 2_000;

/// A world; the same seed gives the same one.
pub(crate) fn town(seed: u64, size: Size) -> Instance {
    let mut draw = Draw(seed);
    let homes: Vec<_> = (0..REGIONS).map(|_| (draw.pick(SIDE), draw.pick(SIDE))).collect();
    // One node in ten is a center; stores stand where people live.
    let centers = size.nodes.div_ceil(10);
    let mut nodes = Vec::new();
    let mut lanes = Vec::new();
    for at in 0..size.nodes {
        let near = homes[draw.popular(REGIONS)];
        let is_center = at < centers;
        let place = if is_center { (draw.pick(SIDE), draw.pick(SIDE)) } else { near };
        nodes.push(InstanceNode {
            id: format!("N{at}"),
            kind: if is_center { "dc" } else { "store" }.to_owned(),
            capacity: (!is_center).then(|| (size.orders / size.nodes + draw.pick(40)) as u32),
            handling: if is_center { 40 } else { 90 + draw.pick(60) as i64 },
            can: Vec::new(),
        });
        let lane = |home: &(usize, usize)| {
            let miles = (home.0.abs_diff(place.0) + home.1.abs_diff(place.1)) as i64;
            let reach = is_center || miles < 900;
            reach.then_some((
                500 + miles / 3,
                60 + miles / 20,
                1 + (miles / 500).unsigned_abs() as u32,
            ))
        };
        lanes.push(homes.iter().map(lane).collect());
    }
    let skus = (0..size.skus).map(|at| InstanceSku {
        id: format!("S{at}"),
        weight_g: 100 + draw.pick(3_000) as i64,
        needs: Vec::new(),
    });
    let skus = skus.collect();
    let mut wanted = vec![0; size.skus];
    let orders = (0..size.orders).map(|at| {
        let mut lines: Vec<(u32, u32, i64)> = Vec::new();
        for _ in 0..1 + draw.popular(4) {
            let (sku, units) = (draw.popular(size.skus), 1 + draw.popular(3));
            if lines.iter().all(|line| line.0 != sku as u32) {
                wanted[sku] += units;
                lines.push((sku as u32, units as u32, 3_000 + draw.pick(4_000) as i64));
            }
        }
        InstanceOrder {
            id: format!("O{at}"),
            region: draw.popular(REGIONS) as u32,
            days: 2 + draw.pick(5) as u32,
            complete: false,
            splits: None,
            lines,
            ..InstanceOrder::default()
        }
    });
    let orders = orders.collect();
    let mut stock = std::collections::BTreeMap::new();
    for (sku, units) in wanted.into_iter().enumerate() {
        // Half of what is wanted again, in lots of one to three: half at centers, half in stores.
        let mut left = units + units / 2;
        while left > 0 {
            let lot = (1 + draw.pick(3)).min(left);
            let at_center = draw.pick(2) == 0;
            let node = if at_center { draw.pick(centers) } else { draw.pick(size.nodes) };
            *stock.entry((node as u32, sku as u32)).or_insert(0) += lot as u32;
            left -= lot;
        }
    }
    let stock = stock.into_iter().map(|((node, sku), units)| (node, sku, units, 30)).collect();
    let (version, name, currency) = (1, format!("{}-{seed}", size.name), "USD".to_owned());
    let regions = REGIONS as u32;
    let head = Instance { version, name, currency, regions, ..Instance::default() };
    Instance { nodes, skus, lanes, stock, orders, ..head }
}
