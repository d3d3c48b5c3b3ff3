//! A process that is killed while it runs commands loses nothing that it acknowledged.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::morning::{Dice, morning};
use crate::shop::{DB, Shop, oms};

const ORDERS: u64 = 48;
const KILLS: usize = 200;

/// When to kill.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// After so many receipts, and a little later.
    Receipts(usize, Duration),
    /// After so much time from the start of the process.
    Time(Duration),
    Never,
}

/// How the commands are poured in.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// How many commands at most become durable together.
    group: u64,
    /// How many lines are on their way without a receipt at most.
    ahead: usize,
}

/// Pours lines in so that never too many are on their way; ends when the process does.
fn pour(child: &mut Child, lines: Vec<String>, ahead: usize, receipts: mpsc::Receiver<()>) {
    let mut stdin = child.stdin.take().unwrap();
    let pouring = move || {
        let (mut sent, mut told) = (0, 0);
        while sent < lines.len() {
            while sent - told >= ahead {
                if receipts.recv().is_err() {
                    return;
                }
                told += 1;
            }
            let next = lines.len().min(told + ahead);
            let text = lines[sent..next].join("\n") + "\n";
            if stdin.write_all(text.as_bytes()).is_err() {
                return;
            }
            sent = next;
        }
    };
    thread::Builder::new().spawn(pouring).unwrap();
}

/// Runs `oms exec` over the lines, kills it at a moment, and gives the receipts that it told in
/// whole lines: those are acknowledged.
fn exec(folder: &Path, lines: &[String], pace: Pace, moment: Moment) -> Vec<String> {
    let group = pace.group.to_string();
    let mut child = oms(&["exec", DB, "--group", &group], folder)
        .stdin(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let (to_pourer, receipts) = mpsc::channel();
    let (to_killer, reached) = mpsc::channel();
    pour(&mut child, lines.to_vec(), pace.ahead, receipts);
    let reading = move || {
        let mut told = Vec::new();
        let mut stdout = stdout;
        loop {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            if line.pop() != Some('\n') {
                // The end, or a line that was cut off where the process ended.
                return told;
            }
            told.push(line);
            let _ = to_pourer.send(());
            if matches!(moment, Moment::Receipts(n, _) if told.len() == n) {
                let _ = to_killer.send(());
            }
        }
    };
    let reader = thread::Builder::new().spawn(reading).unwrap();
    match moment {
        Moment::Receipts(_, later) => {
            reached.recv().unwrap();
            thread::sleep(later);
        }
        Moment::Time(after) => thread::sleep(after),
        Moment::Never => {}
    }
    if matches!(moment, Moment::Never) {
        assert!(child.wait().unwrap().success());
    } else {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    reader.join().unwrap()
}

/// The receipt with no moment where its command names none.
fn timeless(line: &str, receipt: &str) -> Value {
    let mut value: Value = serde_json::from_str(receipt).unwrap();
    if !line.contains(r#""at":"#) {
        value["at"] = Value::Null;
    }
    value
}

/// An uninterrupted run: its receipts and its log, which are what has to come.
struct Whole {
    lines: Vec<String>,
    receipts: Vec<String>,
    log: Vec<String>,
}

impl Whole {
    fn run(lines: Vec<String>) -> Whole {
        let shop = Shop::new();
        let receipts = shop.exec(lines.join("\n")).done().lines();
        assert_eq!(receipts.len(), lines.len());
        let (mut refused, mut rounds) = (0, 0);
        for (line, receipt) in lines.iter().zip(&receipts) {
            let receipt: Value = serde_json::from_str(receipt).unwrap();
            let class = receipt["refusal"]["class"].as_str().unwrap_or("none");
            assert!(!["conflict", "limit"].contains(&class), "{receipt}");
            assert!(line.contains(r#""at":"#) || class == "state", "{line}: {receipt}");
            refused += usize::from(class != "none");
            rounds += usize::from(receipt["verb"] == "source" && receipt["orders"].is_array());
        }
        assert!(refused >= 5 && rounds >= 4, "{refused} refused, {rounds} rounds with orders");
        shop.run(&["verify", DB]).done();
        Whole { lines, receipts, log: shop.log() }
    }

    /// What was acknowledged is what has to come, and what was acknowledged before, byte for byte.
    fn acknowledged(&self, told: &[String], known: &mut Vec<String>) {
        for (n, receipt) in told.iter().enumerate() {
            match known.get(n) {
                Some(before) => {
                    assert_eq!(receipt, before, "another receipt for {}", self.lines[n])
                }
                None => {
                    let line = &self.lines[n];
                    assert_eq!(timeless(line, receipt), timeless(line, &self.receipts[n]));
                    known.push(receipt.clone());
                }
            }
        }
    }

    /// The file is sound, holds the beginning of the uninterrupted log and nothing else, and in it
    /// every event of an acknowledged receipt.
    fn kept(&self, shop: &Shop, known: &[String]) {
        shop.run(&["verify", DB]).done();
        let log = shop.log();
        assert_eq!(log[..], self.log[..log.len()]);
        let told = known.iter().map(|receipt| {
            let receipt: Value = serde_json::from_str(receipt).unwrap();
            let events = receipt["events"].as_array().map_or(0, Vec::len);
            receipt["seq"].as_u64().map_or(0, |seq| usize::try_from(seq).unwrap() + events - 1)
        });
        let told = told.max().unwrap_or(0);
        assert!(log.len() >= told, "{} events are kept, {told} were acknowledged", log.len());
    }
}

fn moment(dice: &mut Dice, lines: usize, whole: Duration) -> Moment {
    let micros = |dice: &mut Dice, most: u128| {
        Duration::from_micros(dice.below(u64::try_from(most).unwrap().max(1)))
    };
    if dice.below(2) == 0 {
        let receipts = 1 + dice.below(u64::try_from(lines).unwrap() - 1);
        Moment::Receipts(usize::try_from(receipts).unwrap(), micros(dice, 1_500))
    } else {
        Moment::Time(micros(dice, whole.as_micros()))
    }
}

// Goal: whenever a process that runs commands is killed, the file is sound, no acknowledged receipt
// is lost, all commands sent again get the same receipts byte for byte, nothing happens twice, and in the
// end the log is that of a run without any kill.
// Method: `oms exec` on a morning of several hundred commands, sourcing rounds among them, killed
// 200 times at moments spread over receipts and over time, at several paces and sizes of groups; half of the
// resends are killed again. What must come is an uninterrupted run of the same lines.
#[test]
fn killed_at_any_moment() {
    let whole = Whole::run(morning(ORDERS, 11));
    let lines = &whole.lines;
    let new = fs::read(Shop::new().db()).unwrap();
    let paces = [(1, 1), (1, 40), (5, 9), (20, 60), (100, 400)];
    let paces = paces.map(|(group, ahead)| Pace { group, ahead });
    // How long a whole run takes at each pace.
    let times = paces.map(|pace| {
        let shop = Shop::empty();
        shop.write(DB, &new);
        let start = Instant::now();
        exec(shop.path(), lines, pace, Moment::Never);
        start.elapsed()
    });
    let start = Instant::now();
    let mut dice = Dice(3);
    let (mut kills, mut files, mut mid_way) = (0, 0, 0);
    while kills < KILLS {
        let shop = Shop::empty();
        shop.write(DB, &new);
        files += 1;
        let mut known = Vec::new();
        loop {
            let which = usize::try_from(dice.below(5)).unwrap();
            let moment = moment(&mut dice, lines.len(), times[which]);
            let told = exec(shop.path(), lines, paces[which], moment);
            kills += 1;
            mid_way += usize::from(!told.is_empty() && told.len() < lines.len());
            whole.acknowledged(&told, &mut known);
            whole.kept(&shop, &known);
            if dice.below(2) == 0 {
                break;
            }
        }
        let told = shop.exec(lines.join("\n")).done().lines();
        assert_eq!(told.len(), lines.len());
        whole.acknowledged(&told, &mut known);
        assert_eq!(shop.log(), whole.log);
    }
    println!(
        "{kills} kills of {} commands in {files} files, {mid_way} amid receipts, {:.0?}; whole runs took {times:.0?}",
        lines.len(),
        start.elapsed()
    );
    assert!(mid_way >= KILLS / 2, "{mid_way} kills met a command");
}
