//! `oms exec`: JSON Lines in, receipts out, in order.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use indicatif::ProgressBar;
use oms::alloc::Overlaid;
use oms::command::{Limits, RefusalNote};
use oms::engine::{Done, Fault, Receipt};
use oms::flow::{Request, RequestLine, Unreadable};
use oms::words::{CommandId, Timestamp};
use oms::{Asked, Durability, Oms, SourceOrders, SqliteStore};

use crate::Cli;
use crate::bar::bar;
use crate::complaint::CliError;
use crate::open;

/// Bytes of input that are gathered for one commit at most: a batch ends with the line that reaches
/// this, so that memory is bounded however long the lines are.
const GATHERED_BYTES: u64 = 1 << 20;

/// What some editors put before the first line of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One line of input, read.
enum Item {
    Command(Box<Request>),
    Source(SourceOrders),
    Bad(u64, Unreadable),
}

/// What `exec` keeps while it runs.
struct Run<'a, W: Write> {
    oms: Oms<SqliteStore>,
    out: W,
    bar: &'a ProgressBar,
    /// Lines that were no commands.
    bad: u64,
    /// Commands that would have broken a law: errors of the engine, told in their places.
    faults: u64,
}

/// What the command line asks for.
pub(crate) struct Wish {
    pub(crate) group: u16,
    pub(crate) relaxed: bool,
    pub(crate) sourcer: Overlaid,
}

/// `oms exec`.
pub(crate) fn run(db: &Path, file: &Path, wish: Wish, cli: &Cli) -> Result<ExitCode, CliError> {
    let durability = if wish.relaxed { Durability::Normal } else { Durability::Full };
    let oms = open::writable(db, durability, cli)?.with_sourcer(wish.sourcer);
    let limits = *oms.limits();
    let failed = |why| CliError::File { doing: "read", path: file.to_owned(), why };
    let (input, bytes): (Box<dyn Read>, Option<u64>) = if file.as_os_str() == "-" {
        if io::stdin().is_terminal() {
            let _ = writeln!(io::stderr(), "oms: one command a line; end with Ctrl-D");
        }
        (Box::new(io::stdin()), None)
    } else {
        let opened = File::open(file).map_err(failed)?;
        let len = opened.metadata().map(|m| m.len()).ok();
        (Box::new(opened), len)
    };
    let bar = progress(bytes);
    let mut reader = BufReader::with_capacity(1 << 16, input);
    let out = BufWriter::new(io::stdout().lock());
    let mut run = Run { oms, out, bar: &bar, bad: 0, faults: 0 };
    let mut batch: Vec<Item> = Vec::new();
    let (mut number, mut gathered) = (0, 0);
    while let Some(line) = read_line(&mut reader, limits.command_bytes).map_err(failed)? {
        number += 1;
        gathered += line.bytes;
        bar.inc(line.bytes);
        batch.extend(read_item(&line, number, &limits));
        // Wait for nobody: when no whole line is at hand, what there is becomes durable now.
        let more = reader.buffer().contains(&b'\n');
        if batch.len() >= usize::from(wish.group) || gathered >= GATHERED_BYTES || !more {
            gathered = 0;
            run.batch(&mut batch).map_err(|error| unread(error, number))?;
        }
    }
    run.batch(&mut batch).map_err(|error| unread(error, number))?;
    bar.finish_and_clear();
    Ok(run.closing(number))
}

/// Who pours commands in and does not read what comes of them must hear that the rest was not run.
fn unread(error: CliError, number: u64) -> CliError {
    match error {
        CliError::Output(e) if e.kind() == ErrorKind::BrokenPipe => CliError::Unread(number),
        other => other,
    }
}

/// How much of the input is read.
fn progress(bytes: Option<u64>) -> ProgressBar {
    // Receipts on the same terminal would tear it.
    if io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    bar(
        bytes,
        match bytes {
            Some(_) => "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
            None => "{spinner} {bytes} {bytes_per_sec}",
        },
    )
}

struct Line {
    /// The line without its end; of one that is too long, its beginning.
    text: Vec<u8>,
    /// Its length, its end included.
    bytes: u64,
    too_long: bool,
}

/// Reads a line of bounded length; the rest of a longer one is read past and not kept.
fn read_line(reader: &mut impl BufRead, most: usize) -> io::Result<Option<Line>> {
    let mut text = Vec::new();
    // Room for what may end a line, so that only its content counts.
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(2);
    let mut bytes =
        u64::try_from(reader.by_ref().take(bound).read_until(b'\n', &mut text)?).unwrap_or(0);
    if bytes == 0 {
        return Ok(None);
    }
    let mut whole = text.last() == Some(&b'\n');
    if whole {
        text.pop();
    }
    if text.last() == Some(&b'\r') {
        text.pop();
    }
    let too_long = text.len() > most;
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
    Ok(Some(Line { text, bytes, too_long }))
}

/// Empty lines are no commands and no mistakes.
fn read_item(line: &Line, number: u64, limits: &Limits) -> Option<Item> {
    if line.too_long {
        return Some(Item::Bad(number, RequestLine::too_long(limits, line.bytes)));
    }
    let mut text = line.text.as_slice();
    if number == 1 {
        text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    }
    if text.iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    Some(match Asked::parse(text, limits) {
        Ok(Asked::Command(request)) => Item::Command(request),
        Ok(Asked::Source(source)) => Item::Source(source),
        Err(bad) => Item::Bad(number, bad),
    })
}

impl<W: Write> Run<'_, W> {
    /// Runs what has gathered and prints the receipts in the order of the lines: commands together,
    /// a sourcing round by itself.
    fn batch(&mut self, batch: &mut Vec<Item>) -> Result<(), CliError> {
        let mut items = Vec::new();
        for item in batch.drain(..) {
            let Item::Source(round) = item else {
                items.push(item);
                continue;
            };
            self.commands(std::mem::take(&mut items))?;
            match self.oms.source(&round, open::now()?) {
                Err(fault @ Fault::Law(_)) => self.fault(&round.sending.id, &fault)?,
                done => self.print(&done?.bytes)?,
            }
        }
        self.commands(items)?;
        self.out.flush().map_err(CliError::Output)
    }

    fn commands(&mut self, items: Vec<Item>) -> Result<(), CliError> {
        if items.is_empty() {
            return Ok(());
        }
        let now = open::now()?;
        let mut requests = Vec::new();
        let mut places = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Item::Command(request) => {
                    places.push(Ok(request.sending.id.clone()));
                    requests.push(*request);
                }
                Item::Bad(number, bad) => places.push(Err((number, bad))),
                // Split off by the caller.
                Item::Source(_) => {}
            }
        }
        let mut answers = if requests.is_empty() {
            Vec::new().into_iter()
        } else {
            self.oms.execute_batch(requests, now)?.into_iter()
        };
        for place in places {
            match place {
                Err((number, bad)) => self.unreadable(number, bad, now)?,
                Ok(id) => match answers.next() {
                    Some(Ok(Done { bytes, .. })) => self.print(&bytes)?,
                    Some(Err(fault)) => self.fault(&id, &fault)?,
                    None => {
                        let why = "fewer answers than commands".to_owned();
                        return Err(Fault::GroupFailed(why).into());
                    }
                },
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, number: u64, bad: Unreadable, now: Timestamp) -> Result<(), CliError> {
        self.bad += 1;
        let note = RefusalNote::from(&bad.refusal);
        let receipt = Receipt::unreadable(bad.id, note, now, Some(number));
        self.print(&serde_json::to_vec(&receipt)?)
    }

    fn fault(&mut self, id: &CommandId, fault: &Fault) -> Result<(), CliError> {
        self.faults += 1;
        let told = serde_json::json!({ "id": id, "fault": fault.to_string() });
        self.print(&serde_json::to_vec(&told)?)
    }

    fn print(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.bar.tick();
        self.out.write_all(bytes).and_then(|()| self.out.write_all(b"\n")).map_err(CliError::Output)
    }

    /// The exit status, and a word about it: receipts are many, and read by programs.
    fn closing(&self, lines: u64) -> ExitCode {
        let mut told = io::stderr().lock();
        if self.faults > 0 {
            let _ = writeln!(told, "oms: {} commands broke a law of the engine", self.faults);
            return ExitCode::from(2);
        }
        if self.bad == 0 {
            return ExitCode::SUCCESS;
        }
        let (were, bad) = (if self.bad == 1 { "was" } else { "were" }, self.bad);
        let _ = writeln!(
            told,
            "oms: {bad} of {lines} lines {were} no command; the receipts with a `line` say why"
        );
        ExitCode::from(1)
    }
}
