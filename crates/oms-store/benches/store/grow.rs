//! Whether a command costs the same in a large file as in a small one.

use std::path::Path;
use std::time::{Duration, Instant};

use oms_core::engine::Engine;
use oms_store::{Settings, SqliteStore};

use super::{ctx, opening, order, run};

/// Resident memory of this process, MiB, where the system tells.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    let kib = line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok());
    kib.unwrap_or(0) / 1_024
}

/// Grows a file to so many orders, and tells at each doubling what the last thousands cost.
pub(crate) fn grow(dir: &Path, orders: u64) {
    let path = dir.join("grow.oms");
    let mut engine = Engine::new(SqliteStore::create(&path, Settings::default()).expect("a file"));
    engine.execute_batch(&ctx(), opening()).expect("the opening");
    let (mut told, mut window, mut counted) = (1_250, Duration::ZERO, 0_u64);
    println!(
        "{:>9} {:>12} {:>9} {:>9} {:>9}",
        "orders", "us/command", "MiB file", "MiB peak", "ms open"
    );
    let step = 500;
    let mut n = 0;
    while n < orders {
        let batch = (n..n + step).map(order).collect();
        n += step;
        let took = run(&mut engine, batch, 100);
        // The last quarter before each mark counts.
        if n * 4 > told * 3 {
            window += took;
            counted += step;
        }
        if n >= told || n >= orders {
            let mib = std::fs::metadata(&path).expect("a file").len() >> 20;
            let start = Instant::now();
            drop(SqliteStore::open_read_only(&path, Settings::default()).expect("a file"));
            let open = start.elapsed().as_secs_f64() * 1e3;
            let each = window.as_secs_f64() * 1e6 / counted as f64;
            println!("{n:>9} {each:>12.1} {mib:>9} {:>9} {open:>9.1}", resident_mib());
            (window, counted) = (Duration::ZERO, 0);
            told *= 2;
        }
    }
}
