//! Whether a command costs the same in a large file as in a small one.

use std::path::Path;
use std::time::{Duration, Instant};

use oms_core::engine::Engine;
use oms_store::{Settings, SqliteStore};

use super::{ctx, median, opening, order, run};

/// Orders of the small file that a large one is held against, and rounds of 500 orders each.
const SMALL: u64 = 10_000;
const ROUNDS: u64 = 15;

/// Resident memory of this process, MiB, where the system tells.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    let kib = line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok());
    kib.unwrap_or(0) / 1_024
}

/// Processor time of this process so far, where the system tells: unlike time on the wall it does not
/// grow with what else the machine does. In ticks of 10 ms.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the process may hold blanks; the fields after it do not.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok());
    Duration::from_millis(10 * ticks.sum::<u64>())
}

fn fresh(path: &Path) -> Engine<SqliteStore> {
    let mut engine = Engine::new(SqliteStore::create(path, Settings::default()).expect("a file"));
    engine.execute_batch(&ctx(), opening()).expect("the opening");
    engine
}

/// What a command costs in a file of so many orders beside one of [`SMALL`], the two taking turns: medians.
fn beside(large: &mut Engine<SqliteStore>, orders: u64, dir: &Path) {
    let mut small = fresh(&dir.join("small.oms"));
    run(&mut small, (0..SMALL).map(order).collect(), 100);
    let (mut ratios, mut processor_ratios) = (Vec::new(), Vec::new());
    let step = 500;
    for round in 0..ROUNDS {
        let timed = |engine: &mut Engine<SqliteStore>, from: u64| {
            let batch = (from..from + step).map(order).collect();
            let before = processor();
            let wall = run(engine, batch, 100).as_secs_f64();
            (wall, (processor() - before).as_secs_f64())
        };
        let one = timed(&mut small, SMALL + round * step);
        let other = timed(large, orders + round * step);
        ratios.push(other.0 / one.0);
        processor_ratios.push(other.1 / one.1);
    }
    let (wall, cpu) = (median(ratios), median(processor_ratios));
    println!(
        "{orders} orders beside {SMALL}: {wall:.2} times the time, {cpu:.2} times the processor's"
    );
}

/// Grows a file to so many orders, tells at each doubling what the last thousands cost, and compares
/// the file at the end with a small one.
pub(crate) fn grow(dir: &Path, orders: u64) {
    let path = dir.join("grow.oms");
    let mut engine = fresh(&path);
    let (mut told, mut counted) = (1_250, 0_u64);
    let mut window = [Duration::ZERO; 2];
    println!(
        "{:>9} {:>12} {:>10} {:>9} {:>9} {:>9}",
        "orders", "us/command", "us of cpu", "MiB file", "MiB peak", "ms open"
    );
    let step = 500;
    let mut n = 0;
    while n < orders {
        let batch = (n..n + step).map(order).collect();
        n += step;
        let before = processor();
        let took = run(&mut engine, batch, 100);
        // The last quarter before each mark counts.
        if n * 4 > told * 3 {
            window[0] += took;
            window[1] += processor() - before;
            counted += step;
        }
        if n >= told || n >= orders {
            let mib = std::fs::metadata(&path).expect("a file").len() >> 20;
            let start = Instant::now();
            drop(SqliteStore::open_read_only(&path, Settings::default()).expect("a file"));
            let open = start.elapsed().as_secs_f64() * 1e3;
            let [wall, cpu] = window.map(|took| took.as_secs_f64() * 1e6 / counted as f64);
            println!("{n:>9} {wall:>12.1} {cpu:>10.1} {mib:>9} {:>9} {open:>9.1}", resident_mib());
            (window, counted) = ([Duration::ZERO; 2], 0);
            told *= 2;
        }
    }
    if n > SMALL {
        beside(&mut engine, n, dir);
    }
}
