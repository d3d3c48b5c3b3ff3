//! Orders by the hour, and what they come to.

use oms_forecast::{
    Forecast, Levels, Model, OrderMix, Per, Series, Task, erlang_c, forecast, workload,
};

fn orders() -> Forecast {
    let hours = (0..24 * 40).map(|hour: u32| {
        let busy = if hour % 24 < 7 { 0.0 } else { f64::from(30 + (hour * 7_919) % 23) };
        Some(busy)
    });
    let series = Series::new("DC", 24, hours).unwrap();
    forecast(&series, 48, &Levels::new(&[0.5, 0.9, 0.975]).unwrap(), Model::Auto).unwrap()
}

fn task(name: &str, per: Per, per_hour: f64) -> Task {
    Task { name: name.to_owned(), per, per_hour, target_share: 0.9, within_hours: 0.1 }
}

// Goal: counts follow the mix, hours the rate, and heads are the fewest that serve in time. Method: each hour reckoned
// again, with one head less.
#[test]
fn work_follows_orders() {
    let (next, mix) = (orders(), OrderMix::of(200, 500, 900, 240));
    let tasks = [task("pick", Per::Unit, 90.0), task("pack", Per::Package, 25.0)];
    let day = workload(&next, &mix, &tasks, 1).unwrap();
    assert_eq!(day.len(), 48);
    for (hour, load) in day.iter().enumerate() {
        for (its, each) in load.tasks.iter().zip([4.5, 1.2]) {
            let rate = if its.task == "pick" { 90.0 } else { 25.0 };
            assert!((its.count - load.orders * each).abs() < 1e-9);
            assert!((its.hours - its.count / rate).abs() < 1e-12);
            assert!(its.hour_quantiles.windows(2).all(|two| two[0] <= two[1]));
            let arrivals = next.quantiles[[hour, 1]] * each;
            let Some(staffing) = its.staffing else {
                assert!(arrivals <= 0.0);
                continue;
            };
            assert!(
                staffing.service_level >= 0.9
                    && f64::from(staffing.servers) > its.hour_quantiles[1]
            );
            let less = erlang_c(arrivals, rate, staffing.servers - 1, 0.1).unwrap();
            assert!(less.is_none_or(|less| less.service_level < 0.9));
        }
        let heads: u32 =
            load.tasks.iter().filter_map(|its| its.staffing).map(|its| its.servers).sum();
        assert_eq!(heads, load.heads);
    }
    assert!(day[2].heads < day[12].heads);
    let safer = workload(&next, &mix, &tasks, 2).unwrap();
    assert!(day.iter().zip(&safer).all(|(usual, safer)| usual.heads <= safer.heads));
}

// Goal: what cannot be reckoned is told. Method: one of each.
#[test]
fn bad_input() {
    let (next, mix) = (orders(), OrderMix::of(0, 0, 0, 0));
    let told = |mix: &OrderMix, task: Task, level| {
        workload(&next, mix, &[task], level).unwrap_err().to_string()
    };
    let pick = task("pick", Per::Line, 60.0);
    assert!(told(&mix, pick.clone(), 3).contains("the place of a level"));
    assert!(told(&mix, Task { per_hour: 0.0, ..pick.clone() }, 0).contains("`per_hour` is `0`"));
    assert!(told(&mix, Task { target_share: 1.0, ..pick.clone() }, 0).contains("`target_share`"));
    assert!(told(&OrderMix { lines: f64::NAN, ..mix }, pick, 0).contains("`lines`"));
}
