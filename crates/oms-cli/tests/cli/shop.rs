//! A shop in a folder of its own, and the real binary run in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::TempDir;

/// The engine file of every shop.
pub(crate) const DB: &str = "shop.oms";

/// The moment at which tests place their orders, unless they say another.
pub(crate) const AT: &str = "2026-11-24T09:00:00Z";

/// The binary, not started yet.
pub(crate) fn oms(args: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oms"));
    command.args(args).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) struct Shop {
    folder: TempDir,
}

impl Shop {
    /// A folder without a file.
    pub(crate) fn empty() -> Shop {
        Shop { folder: tempfile::tempdir().unwrap() }
    }

    /// An engine file without a command.
    pub(crate) fn new() -> Shop {
        let shop = Shop::empty();
        shop.run(&["init", DB]).done();
        shop
    }

    /// A shop with a pool, two stores that ship to NY (n1 cheaper), a channel, and 10 of item A at each.
    pub(crate) fn open() -> Shop {
        let shop = Shop::new();
        shop.exec(opening(10).join("\n")).done();
        shop
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn db(&self) -> PathBuf {
        self.path().join(DB)
    }

    /// The file as SQLite sees it, to tamper with its rows: what is written is sealed as the engine seals it.
    pub(crate) fn rows(&self) -> Connection {
        drop(oms::SqliteStore::open_read_only(self.db(), oms::Settings::default()).unwrap());
        let flags = OpenFlags::default();
        Connection::open_with_flags_and_vfs(self.db(), flags, c"oms-sealed").unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Runs the binary in the shop's folder.
    pub(crate) fn run(&self, args: &[&str]) -> Told {
        Told::of(args, oms(args, self.path()).output().unwrap())
    }

    /// Runs the binary with something on its standard input.
    pub(crate) fn pour(&self, args: &[&str], input: impl AsRef<[u8]>) -> Told {
        let mut child = oms(args, self.path()).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.as_ref().to_vec();
        // The output is read meanwhile: neither side waits for the other for ever.
        let writer = thread::Builder::new().spawn(move || stdin.write_all(&input)).unwrap();
        let output = child.wait_with_output().unwrap();
        let _ = writer.join().unwrap();
        Told::of(args, output)
    }

    pub(crate) fn exec(&self, input: impl AsRef<[u8]>) -> Told {
        self.pour(&["exec", DB], input)
    }

    /// The log as JSON Lines.
    pub(crate) fn log(&self) -> Vec<String> {
        self.run(&["events", DB, "--json"]).done().lines()
    }
}

/// What a run of the binary came to.
#[derive(Debug)]
pub(crate) struct Told {
    args: String,
    pub(crate) code: i32,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Told {
    fn of(args: &[&str], output: Output) -> Told {
        let told = Told {
            args: args.join(" "),
            // A signal has no code.
            code: output.status.code().unwrap_or(-1),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!told.err.contains("panicked"), "{told:?}");
        told
    }

    /// It ended with this status.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Told {
        let (args, out) = (&self.args, String::from_utf8_lossy(&self.out));
        assert_eq!(self.code, code, "oms {args}\n{out}\n{}", self.err);
        self
    }

    /// It ended well and complained about nothing.
    #[track_caller]
    pub(crate) fn done(self) -> Told {
        let told = self.code(0);
        assert_eq!(told.err, "", "oms {}", told.args);
        told
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }

    /// Each line as JSON.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Its only line as JSON.
    pub(crate) fn one(&self) -> Value {
        let mut all = self.json();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// The JSON on standard error.
    pub(crate) fn error(&self) -> Value {
        assert!(self.out.is_empty(), "{self:?}");
        serde_json::from_str::<Value>(&self.err).unwrap()["error"].clone()
    }
}

/// Pool, stores, channel and item, with so many units at each store.
pub(crate) fn opening(units: u64) -> Vec<String> {
    let mut lines = vec![r#"{"id":"o1","define_pool":{"id":"P"}}"#.to_owned()];
    for (n, cost) in [(1, "4.10"), (2, "5.95")] {
        lines.push(format!(
            r#"{{"id":"o2.{n}","define_location":{{"id":"n{n}","kind":"store","pool":"P","time_zone":"America/New_York","capabilities":{{"ship":true,"pickup":true}},"lanes":[{{"to":{{"region":"NY"}},"service":"ground","cost_fixed":"{cost} USD","cost_per_kg":"0.50 USD","transit_days":{n}}}]}}}}"#
        ));
    }
    lines
        .push(r#"{"id":"o3","define_channel":{"id":"WEB","kind":"web","pools":["P"]}}"#.to_owned());
    lines.push(
        r#"{"id":"o4","define_item":{"sku":"A","base_unit":"each","weight_g":200}}"#.to_owned(),
    );
    for n in 1..=2 {
        lines.push(format!(
            r#"{{"id":"o5.{n}","receive_stock":{{"sku":"A","node":"n{n}","qty":{units}}}}}"#
        ));
    }
    // The same in every run.
    lines.iter().map(|line| line.replacen(',', &format!(r#","at":"{AT}","#), 1)).collect()
}

/// An order of so many of item A, to be shipped to NY.
pub(crate) fn place(id: &str, order: &str, qty: u64) -> String {
    format!(
        r#"{{"id":"{id}","at":"{AT}","place_order":{{"order":"{order}","channel":"WEB","currency":"USD","groups":[{{"group":"home","to":{{"ship":{{"destination":{{"country":"US","region":"NY"}}}}}}}}],"lines":[{{"line":"1","sku":"A","qty":{qty},"unit_price":"19.99 USD"}}]}}}}"#
    )
}

/// A round over all orders that wait, or over some.
pub(crate) fn round(id: &str, orders: &[&str]) -> String {
    let orders = match orders {
        [] => r#""all""#.to_owned(),
        ids => {
            format!("[{}]", ids.iter().map(|id| format!("{id:?}")).collect::<Vec<_>>().join(","))
        }
    };
    format!(r#"{{"id":"{id}","at":"{AT}","source":{{"orders":{orders}}}}}"#)
}
