//! What holds for any demand.

use oms_forecast::policy::{
    Counts, Distribution, LeadTime, OrderRule, OrderUpTo, QuantileGrid, SerialStage, Service,
    demand_over, newsvendor, outdated, reorder_levels, reorder_point, reorder_point_and_level,
    serial_bounds, serial_system, service_of, sold_before_expiry,
};
use proptest::prelude::*;

fn counts() -> impl Strategy<Value = Counts> {
    (0..4_i64, proptest::collection::vec(0.0..1.0_f64, 1..9))
        .prop_filter_map("some mass", |(low, mass)| Counts::of(low, mass).ok())
}

fn grid() -> impl Strategy<Value = QuantileGrid> {
    proptest::collection::vec(0.0..20.0_f64, 4).prop_map(|mut steps| {
        for at in 1..4 {
            steps[at] += steps[at - 1];
        }
        QuantileGrid::new(&[0.05, 0.4, 0.8, 0.95], &steps).unwrap()
    })
}

fn any_demand() -> impl Strategy<Value = Distribution> {
    prop_oneof![
        counts().prop_map(Distribution::from),
        grid().prop_map(Distribution::from),
        (0.1..200.0_f64).prop_map(|mean| Distribution::poisson(mean).unwrap()),
        (0.1..50.0_f64, 1.01..9.0_f64).prop_map(|(m, by)| Distribution::negative_binomial(
            m,
            m * by
        )
        .unwrap()),
        (-5.0..99.0_f64, 0.0..30.0_f64).prop_map(|(m, s)| Distribution::normal(m, s).unwrap()),
        (-1.0..3.0_f64, 0.1..1.0_f64).prop_map(|(m, s)| Distribution::lognormal(m, s).unwrap()),
        (grid(), 1.0..30.0_f64).prop_map(|(grid, mean)| {
            let parts = vec![(0.3, grid.into()), (0.7, Distribution::normal(mean, 2.0).unwrap())];
            Distribution::mixture(parts).unwrap()
        }),
    ]
}

proptest! {
    // Goal: distribution, quantile and loss fit together whatever the kind. Method: their definitions: the loss is the
    // integral of the tail, so its slope is the tail; what is left less what is missed is stock less mean.
    #[test]
    fn distributions_are_sound(demand in any_demand(), p in 0.01..0.99_f64, x in 0.0..150.0_f64) {
        let q = demand.quantile(p);
        prop_assert!(demand.cdf(q + 1e-6 * (1.0 + q.abs())) >= p - 1e-6, "{q}");
        prop_assert!(demand.cdf(q - 1e-6 * (1.0 + q.abs())) <= p + 1e-6, "{q}");
        let step = 1e-3;
        let tail = 1.0 - demand.cdf(x);
        let slope = (demand.loss(x) - demand.loss(x + step)) / step;
        // The tail may fall within the step, and a grid's by a jump.
        let later = 1.0 - demand.cdf(x + step);
        prop_assert!(slope <= tail + 1e-6 && slope >= later - 1e-6, "{slope} {tail} {later}");
        prop_assert!(demand.loss(x) >= -1e-12 && demand.left(x) >= -1e-9);
        prop_assert!((demand.left(x) - demand.loss(x) - x + demand.mean()).abs() < 1e-8 * (1.0 + x));
    }

    // Goal: more service needs more stock, and the level is the least that serves so well. Method: either side of it.
    #[test]
    fn levels_serve(day in counts(), lead in 0..4_u32, review in 1..4_u32, target in 0.3..0.995_f64) {
        prop_assume!(day.mean() > 0.0);
        let lead_time = LeadTime::fixed(lead).unwrap();
        let over = |further| Distribution::from(demand_over(&day, &lead_time, further).unwrap());
        let (before, protection) = (over(0), over(review));
        let policy = OrderUpTo::new(&before, &protection).unwrap();
        let level = policy.level(Service::Fill(target)).unwrap();
        prop_assert!(policy.fill_rate(level) >= target - 1e-9);
        prop_assert!(policy.fill_rate(level - 1.0) < target + 1e-9);
        let cycle = policy.level(Service::Cycle(target)).unwrap();
        prop_assert!(policy.cycle_service(cycle) >= target - 1e-9);
        prop_assert!(policy.cycle_service(cycle - 1.0) < target + 1e-9);
        let point = reorder_point(&protection, 5.0, Service::Fill(target)).unwrap();
        prop_assert!(service_of(&protection, point, 5.0).fill_rate >= target - 1e-9);
        prop_assert!(service_of(&protection, point - 1.0, 5.0).fill_rate < target + 1e-9);
    }

    // Goal: no other stock costs less than the newsvendor's. Method: a walk over stocks.
    #[test]
    fn newsvendor_is_best(demand in any_demand(), h in 0.1..9.0_f64, p in 0.1..99.0_f64) {
        let best = newsvendor(&demand, h, p).unwrap();
        for k in -50..50 {
            let x = best.base_stock + f64::from(k);
            let cost = h * demand.left(x) + p * demand.loss(x);
            prop_assert!(cost >= best.cost - 1e-6 * (1.0 + best.cost), "{x} {cost} {best:?}");
        }
    }

    // Goal: demand over a random lead time has the mean and variance that theory gives it. Method: Wald's identities.
    #[test]
    fn lead_times_add_up(day in counts(), p in 0.1..0.9_f64, further in 0..3_u32) {
        let lead = LeadTime::of(&[(1, p), (4, 1.0 - p)]).unwrap();
        let sum = demand_over(&day, &lead, further).unwrap();
        let periods = lead.mean() + f64::from(further);
        let (mean, deviation) = lead.moments(day.mean(), day.variance().sqrt()).unwrap();
        prop_assert!((sum.mean() - day.mean() * periods).abs() < 1e-9 * (1.0 + sum.mean()));
        prop_assert!((sum.mean() - mean - f64::from(further) * day.mean()).abs() < 1e-9);
        let variance = deviation * deviation + f64::from(further) * day.variance();
        prop_assert!((sum.variance() - variance).abs() < 1e-8 * (1.0 + variance));
    }

    // Goal: levels in lots are those in units while a lot is one unit, cost as much where demand is large, and a demand that
    // hardly ever comes has none. Method: few units against the exact search; the same times a thousand, within a tenth of its cost.
    #[test]
    fn levels_in_lots(day in 4.0..9.0_f64, fixed in 1.0..60.0_f64, missed in 1.0..40.0_f64) {
        let both = |times: f64| {
            let of = |days: f64| Distribution::normal(days * day * times, day.sqrt() * times).unwrap();
            (of(1.0), of(4.0))
        };
        let (period, cycle) = both(1.0);
        let counts = [&period, &cycle].map(|its| its.in_lots(1.0, 1e-4).unwrap());
        let exact = reorder_point_and_level(&counts[0], &counts[1], 1.0, missed, fixed).unwrap();
        let found = reorder_levels(&period, &cycle, 1.0, missed, fixed).unwrap().unwrap();
        prop_assert_eq!(found, exact);
        let (period, cycle) = both(1e3);
        let large = reorder_levels(&period, &cycle, 1.0, missed, fixed * 1e3).unwrap().unwrap();
        prop_assert!(large.order_up_to > large.reorder_point);
        let cost = large.cost_rate / 1e3;
        prop_assert!((cost / exact.cost_rate - 1.0).abs() < 0.1, "{large:?} {exact:?}");
        let rare = Distribution::negative_binomial(2e-5, 3e-5).unwrap();
        prop_assert_eq!(reorder_levels(&rare, &rare, 1.0, missed, fixed).unwrap(), None);
    }

    // Goal: an order covers the need, keeps the rule and says what made it larger. Method: the law of its docs.
    #[test]
    fn orders_are_rounded(need in -9.0..500.0_f64, multiple in 0..40_u64, minimum in 0..90_u64, most in proptest::option::of(0..600_u64)) {
        let rule = OrderRule { multiple, minimum, most };
        let order = rule.rounded(need);
        prop_assert_eq!(order.units % multiple.max(1), 0);
        prop_assert!(most.is_none_or(|most| order.units <= most));
        prop_assert_eq!(order.units + order.above_most, order.needed + order.to_minimum + order.to_multiple);
        prop_assert!(need > 0.001 || order.units == 0);
        prop_assert!(order.above_most > 0 || order.units as f64 >= need - 1e-6);
        prop_assert!(order.units == 0 || order.above_most > 0 || order.units >= minimum);
        let least = order.needed.max(minimum);
        prop_assert!(order.needed == 0 || order.units < least + multiple.max(1));
    }

    // Goal: the echelon levels lie within the bounds of theory, and one stage alone is a newsvendor. Method: both.
    #[test]
    fn echelons_are_bounded(
        stages in proptest::collection::vec((0.1..3.0_f64, 0.5..8.0_f64), 1..5),
        missed in 1.0..60.0_f64,
    ) {
        let stages: Vec<SerialStage> = stages.into_iter().map(|(cost, mean)| SerialStage {
            echelon_holding_cost: cost,
            lead_time_demand: Distribution::poisson(mean).unwrap(),
        }).collect();
        let best = serial_system(&stages, missed).unwrap();
        for (level, (low, high)) in best.echelon_base_stock.iter().zip(serial_bounds(&stages, missed).unwrap()) {
            prop_assert!((low..=high).contains(level), "{low} {level} {high}");
        }
        let alone = serial_system(&stages[..1], missed).unwrap();
        let (h, demand) = (stages[0].echelon_holding_cost, &stages[0].lead_time_demand);
        // The stage's own holding cost counts on stock less backorders, so on what is left it is h, on what waits b.
        let single = newsvendor(demand, h, missed).unwrap();
        prop_assert!((alone.cost_rate - single.cost).abs() < 1e-8 * (1.0 + single.cost));
    }
}

// Goal: a grid through two quantiles of a normal distribution far above zero is that distribution. Method: figures of both.
#[test]
fn grid_gives_a_normal_back() {
    let normal = Distribution::normal(100.0, 8.0).unwrap();
    let levels = [0.2, 0.5, 0.9];
    let quantiles = levels.map(|p| normal.quantile(p));
    let grid = Distribution::from(QuantileGrid::new(&levels, &quantiles).unwrap());
    assert!((grid.mean() - 100.0).abs() < 1e-9);
    for x in [70.0, 95.0, 100.0, 111.0, 130.0] {
        assert!((grid.loss(x) - normal.loss(x)).abs() < 1e-9, "{x}");
        assert!((grid.cdf(x) - normal.cdf(x)).abs() < 1e-9, "{x}");
    }
    assert!((grid.quantile(0.9999) - normal.quantile(0.9999)).abs() < 1e-6);
}

/// Numbers between 0 and 1 from a seed, for simulations.
fn chance(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 11) as f64 / (1_u64 << 53) as f64
}

// Goal: no more spoils than the cap tolerates, and the formula is a bound that is not idle. Method: ten years of a shelf
// that sells oldest first, ordered up to the cap each day, goods there after a day and good for four more.
#[test]
fn cap_keeps_waste_down() {
    let (lead, life) = (1_usize, 4_usize);
    let day = Counts::poisson(6.0).unwrap();
    let to_expiry = demand_over(&day, &LeadTime::fixed((lead + life) as u32).unwrap(), 0).unwrap();
    let to_expiry = Distribution::from(to_expiry);
    let tolerated = 0.05 * day.mean();
    let cap = sold_before_expiry(&to_expiry, tolerated).unwrap();
    assert!(outdated(&to_expiry, cap) <= tolerated && outdated(&to_expiry, cap + 1.0) > tolerated);
    for (level, wasteful) in [(cap, false), (cap + 8.0, true)] {
        // Units by days of life left; those on their way have more than a shelf has.
        let mut units = vec![0_i64; lead + life];
        let (mut seed, mut spoiled, days) = (7, 0, 36_500);
        for _ in 0..days {
            let order = (level as i64 - units.iter().sum::<i64>()).max(0);
            let last = units.len() - 1;
            units[last] += order;
            let mut wanted = day.quantile(chance(&mut seed));
            for here in units.iter_mut().take(life) {
                let sold = wanted.min(*here);
                *here -= sold;
                wanted -= sold;
            }
            spoiled += units.remove(0);
            units.push(0);
        }
        let daily = spoiled as f64 / f64::from(days);
        assert_eq!(daily > tolerated, wasteful, "{level}: {daily} a day, {tolerated} tolerated");
    }
}

// Goal: the service that a level promises is the service that its shelf gives. Method: two hundred thousand periods of a
// shelf reviewed every second one, with goods after three, demand in bursts, customers who wait.
#[test]
fn service_is_as_promised() {
    let (lead, review, periods) = (3_usize, 2_usize, 200_000_usize);
    let day = Counts::negative_binomial(4.0, 11.0).unwrap();
    let over = |days: usize| {
        let lead_time = LeadTime::fixed(days as u32).unwrap();
        Distribution::from(demand_over(&day, &lead_time, 0).unwrap())
    };
    let (before, protection) = (over(lead), over(lead + review));
    let policy = OrderUpTo::new(&before, &protection).unwrap();
    for target in [0.8, 0.95, 0.99] {
        let level = policy.level(Service::Fill(target)).unwrap();
        let (mut stock, mut coming, mut position) =
            (level as i64, vec![0_i64; lead + 1], level as i64);
        let (mut seed, mut wanted, mut missed, mut cycles, mut good) = (3, 0, 0, 0, 0);
        let mut short = false;
        for period in 0..periods {
            if period % review == 0 {
                coming[(period + lead) % (lead + 1)] += level as i64 - position;
                position = level as i64;
            }
            let arrived = period % (lead + 1);
            stock += std::mem::take(&mut coming[arrived]);
            if period % review == lead % review {
                cycles += 1;
                good += i64::from(!short);
                short = stock < 0;
            }
            let demand = day.quantile(chance(&mut seed));
            missed += demand.min((demand - stock.max(0)).max(0));
            wanted += demand;
            stock -= demand;
            position -= demand;
            short |= stock < 0;
        }
        let fill = 1.0 - missed as f64 / wanted as f64;
        let cycle = good as f64 / f64::from(cycles);
        assert!(
            (fill - policy.fill_rate(level)).abs() < 0.003,
            "{fill} {}",
            policy.fill_rate(level)
        );
        assert!(
            (cycle - policy.cycle_service(level)).abs() < 0.01,
            "{cycle} {}",
            policy.cycle_service(level)
        );
    }
}
