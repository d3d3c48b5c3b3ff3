//! `oms`: create, run, look into and verify an order engine's file.
//!
//! A door without logic: it parses arguments, calls the hall, and prints.

mod events;
mod exec;
mod open;
mod show;
mod source;
mod verify;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use open::CliError;

/// The order management engine that other products link in.
#[derive(Debug, Parser)]
#[command(name = "oms", version, about, propagate_version = true)]
struct Cli {
    /// The tenant whose orders are meant.
    #[arg(long, global = true, default_value = "main")]
    tenant: String,
    /// Print JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// What to show.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// An order.
    Order,
    /// The stock of a SKU.
    Stock,
    /// A location.
    Location,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create an engine file.
    Init {
        /// The file; must not exist.
        db: PathBuf,
    },
    /// Run commands: JSON Lines in, receipts out, in order.
    ///
    /// Exit status: 0 all lines were commands (refusals are receipts), 1 a line was none, 2 the
    /// store failed (what was acknowledged before is kept).
    Exec {
        /// The engine file.
        db: PathBuf,
        /// The commands; `-` for standard input.
        #[arg(default_value = "-")]
        file: PathBuf,
        /// At most so many commands become durable together.
        #[arg(long, default_value_t = 100)]
        group: usize,
        /// Survive process kill always, power loss up to the last moments: faster.
        #[arg(long)]
        relaxed: bool,
    },
    /// Source orders: snapshot, plan, commit.
    Source {
        /// The engine file.
        db: PathBuf,
        /// These orders; all that wait when absent.
        #[arg(long, value_delimiter = ',')]
        orders: Vec<String>,
        /// The id of the round: the same id again gives the same receipt. Derived from the moment
        /// when absent.
        #[arg(long)]
        id: Option<String>,
        /// Plan and tell, commit nothing.
        #[arg(long)]
        dry_run: bool,
        /// Write the snapshot that the plan is made from.
        #[arg(long)]
        snapshot: Option<PathBuf>,
    },
    /// Show an order, a SKU's stock or a location.
    Show {
        /// The engine file.
        db: PathBuf,
        /// What.
        what: What,
        /// Which.
        id: String,
    },
    /// Explain why an order is sourced as it is, and what has happened to it.
    Explain {
        /// The engine file.
        db: PathBuf,
        /// The order.
        order: String,
    },
    /// Print events as JSON Lines.
    Events {
        /// The engine file.
        db: PathBuf,
        /// From this position on.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// At most so many.
        #[arg(long)]
        limit: Option<u64>,
    },
    /// Rebuild everything from the events, check every law; exit 1 with the first difference.
    Verify {
        /// The engine file.
        db: PathBuf,
    },
    /// Count what is in the file.
    Stats {
        /// The engine file.
        db: PathBuf,
    },
}

fn run(cli: &Cli) -> Result<ExitCode, CliError> {
    match &cli.command {
        Command::Init { db } => open::init(db, cli),
        Command::Exec { db, file, group, relaxed } => exec::run(db, file, *group, *relaxed, cli),
        Command::Source { db, orders, id, dry_run, snapshot } => {
            source::run(db, orders, id.as_deref(), *dry_run, snapshot.as_deref(), cli)
        }
        Command::Show { db, what, id } => show::run(db, *what, id, cli),
        Command::Explain { db, order } => show::explain(db, order, cli),
        Command::Events { db, from, limit } => events::run(db, *from, *limit, cli),
        Command::Verify { db } => verify::run(db, cli),
        Command::Stats { db } => verify::stats(db, cli),
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(code) => code,
        // The reader of our output has gone: nothing to complain about.
        Err(CliError::Output(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            write::complain(&error);
            ExitCode::from(2)
        }
    }
}
