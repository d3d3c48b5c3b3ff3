//! `oms exec`: JSON Lines in, receipts out, in order.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use oms::command::{Code, Limits, RefusalNote};
use oms::engine::{Fault, Receipt};
use oms::flow::{Request, Unreadable};
use oms::{Durability, Oms, SourceOrders, SqliteStore};

use crate::Cli;
use crate::open::{self, CliError};

/// One line of input, read.
enum Item {
    Request(Box<Request>),
    Source(SourceOrders),
    Bad(u64, Unreadable),
}

/// What `exec` keeps while it runs.
struct Run<'a, W: Write> {
    oms: Oms<SqliteStore>,
    out: W,
    bar: &'a ProgressBar,
    bad: bool,
}

/// `oms exec`.
pub(crate) fn run(
    db: &Path,
    file: &Path,
    group: usize,
    relaxed: bool,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let durability = if relaxed { Durability::Normal } else { Durability::Full };
    let oms = open::writable(db, durability, cli)?;
    let limits = *oms.limits();
    let (input, bytes): (Box<dyn Read>, Option<u64>) = if file.as_os_str() == "-" {
        (Box::new(io::stdin()), None)
    } else {
        let failed = |why| CliError::File { path: file.to_owned(), why };
        let opened = File::open(file).map_err(failed)?;
        let len = opened.metadata().map(|m| m.len()).ok();
        (Box::new(opened), len)
    };
    let bar = progress(bytes);
    let mut reader = BufReader::with_capacity(1 << 16, input);
    let out = BufWriter::new(io::stdout().lock());
    let mut run = Run { oms, out, bar: &bar, bad: false };
    let mut batch: Vec<Item> = Vec::new();
    let mut number = 0;
    loop {
        let line = read_line(&mut reader, limits.command_bytes)
            .map_err(|why| CliError::File { path: file.to_owned(), why })?;
        let Some(line) = line else { break };
        number += 1;
        bar.inc(line.bytes);
        if let Some(item) = read_item(&line, number, &limits) {
            batch.push(item);
        }
        // Wait for nobody: when no whole line is at hand, what there is becomes durable now.
        let more = reader.buffer().contains(&b'\n');
        if batch.len() >= group.max(1) || !more {
            run.batch(&mut batch)?;
        }
    }
    run.batch(&mut batch)?;
    bar.finish_and_clear();
    Ok(if run.bad { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// A progress bar on a terminal, nothing elsewhere.
fn progress(bytes: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() || io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let Some(bytes) = bytes else { return ProgressBar::new_spinner() };
    let style =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta} left");
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

struct Line {
    text: Vec<u8>,
    bytes: u64,
    too_long: bool,
}

/// Reads a line of bounded length; the rest of a longer one is read past and not kept.
fn read_line(reader: &mut impl BufRead, most: usize) -> io::Result<Option<Line>> {
    let mut text = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = 0;
    bytes += u64::try_from(reader.by_ref().take(bound).read_until(b'\n', &mut text)?).unwrap_or(0);
    if bytes == 0 {
        return Ok(None);
    }
    let too_long = text.len() > most && text.last() != Some(&b'\n');
    let mut whole = text.last() == Some(&b'\n');
    while too_long && !whole {
        let part = reader.fill_buf()?;
        if part.is_empty() {
            break;
        }
        let end = part.iter().position(|b| *b == b'\n');
        whole = end.is_some();
        let used = end.map_or(part.len(), |i| i + 1);
        bytes += u64::try_from(used).unwrap_or(0);
        reader.consume(used);
    }
    while matches!(text.last(), Some(b'\n' | b'\r')) {
        text.pop();
    }
    Ok(Some(Line { text, bytes, too_long }))
}

/// Empty lines are no commands and no mistakes.
fn read_item(line: &Line, number: u64, limits: &Limits) -> Option<Item> {
    if line.text.iter().all(u8::is_ascii_whitespace) && !line.too_long {
        return None;
    }
    Some(match Request::parse(&line.text, limits) {
        Ok(request) => Item::Request(Box::new(request)),
        Err(bad) if bad.refusal.code == Code::UnknownVerb && bad.refusal.path == "/source" => {
            match SourceOrders::parse(&line.text) {
                Ok(source) => Item::Source(source),
                Err(bad) => Item::Bad(number, bad),
            }
        }
        Err(bad) => Item::Bad(number, bad),
    })
}

impl<W: Write> Run<'_, W> {
    /// Runs what has gathered and prints the receipts in the order of the lines.
    fn batch(&mut self, batch: &mut Vec<Item>) -> Result<(), CliError> {
        let mut requests = Vec::new();
        for item in batch.drain(..) {
            match item {
                Item::Request(request) => requests.push(Ok(*request)),
                Item::Bad(number, bad) => requests.push(Err((number, bad))),
                Item::Source(source) => {
                    self.requests(std::mem::take(&mut requests))?;
                    let done = self.oms.source(&source, open::now()?)?;
                    self.print(&done.bytes)?;
                }
            }
        }
        self.requests(requests)?;
        self.out.flush().map_err(CliError::Output)
    }

    fn requests(&mut self, items: Vec<Result<Request, (u64, Unreadable)>>) -> Result<(), CliError> {
        if items.is_empty() {
            return Ok(());
        }
        let now = open::now()?;
        let good: Vec<Request> = items.iter().filter_map(|i| i.as_ref().ok()).cloned().collect();
        let ids: Vec<_> = good.iter().map(|r| r.id.clone()).collect();
        let mut answers = if good.is_empty() {
            Vec::new().into_iter()
        } else {
            self.oms.execute_batch(good, now)?.into_iter()
        };
        let mut ids = ids.into_iter();
        for item in items {
            match item {
                Err((number, bad)) => {
                    self.bad = true;
                    let note = RefusalNote::from(&bad.refusal);
                    let receipt = Receipt::unreadable(bad.id, note, now, Some(number));
                    self.print(&serde_json::to_vec(&receipt)?)?;
                }
                Ok(_) => match (answers.next(), ids.next()) {
                    (Some(Ok(done)), _) => self.print(&done.bytes)?,
                    (Some(Err(fault)), id) => {
                        self.bad = true;
                        let told = serde_json::json!({ "id": id, "fault": fault.to_string() });
                        self.print(&serde_json::to_vec(&told)?)?;
                    }
                    (None, _) => {
                        let why = "fewer answers than commands".to_owned();
                        return Err(Fault::GroupFailed(why).into());
                    }
                },
            }
        }
        Ok(())
    }

    fn print(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.bar.tick();
        self.out.write_all(bytes).and_then(|()| self.out.write_all(b"\n")).map_err(CliError::Output)
    }
}
