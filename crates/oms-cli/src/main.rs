//! `oms`: create, run, look into and verify an order engine's file.
//!
//! A door without logic: it parses arguments, calls the hall, and prints.

mod allocate;
mod backtest;
mod bar;
mod complaint;
mod crew;
mod events;
mod exec;
mod explain;
mod explain_forecast;
mod explained;
mod forecast;
mod history;
mod open;
mod replenish;
mod rules;
mod show;
mod simulate;
mod source;
mod together;
mod told;
mod verify;
mod workload;
mod write;

use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use oms::alloc::{LpSolver, Overlaid, Policy};
use oms::forecast::Model;

use complaint::CliError;

/// The order management engine that other products link in.
#[derive(Debug, Parser)]
#[command(name = "oms", version, about, after_help = BEGIN)]
struct Cli {
    /// The tenant whose orders are meant; the file's only one when absent, else `main`.
    #[arg(long, global = true, help_heading = "Everywhere")]
    tenant: Option<String>,
    /// Print JSON instead of tables, errors too.
    #[arg(long, global = true, help_heading = "Everywhere")]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

const BEGIN: &str = "\
Begin with:
  oms init shop.oms
  echo '{\"id\":\"1\",\"define_pool\":{\"id\":\"EAST\"}}' | oms exec shop.oms
  oms stats shop.oms

Exit status:
  0  done
  1  the answer is no: a line was no command, a difference was found, there is no such thing
  2  it could not be done: wrong arguments, a file that cannot be used, a store that failed";

const COMMANDS: &str = "\
A line is one JSON object: an id, one verb, and if wanted `at` (the moment), `actor`, `correlation`,
`tenant` and `dry_run`:
  {\"id\":\"5\",\"receive_stock\":{\"sku\":\"SHIRT\",\"node\":\"STORE-12\",\"qty\":5}}
  {\"id\":\"R1\",\"source\":{\"orders\":\"all\"}}
All verbs stand in docs/reference/commands.md, all refusals in docs/reference/refusals.md. The same
id with the same content gets the same receipt again: after a failure send everything once more.

Exit status:
  0  every line was a command; what is refused has a receipt that says why
  1  a line was no command: its receipt has its line number, the other lines were run
  2  the store failed, or nobody read the receipts: what was acknowledged is kept";

const RULES: &str = "\
Rules stand in a document with `version` 1 and a list of `rules`. Each has an `id` and does one thing:
  {\"id\":\"a\",\"forbid\":{\"where\":{\"nodes\":[\"STORE-12\"],\"skus\":[\"MILK\"]}}}
  {\"id\":\"b\",\"avoid\":{\"where\":{\"nodes\":[\"STORE-12\"]},\"weight_minor\":300}}
  {\"id\":\"c\",\"prefer\":{\"where\":{\"nodes\":[\"DC-EAST\"],\"regions\":[\"NY\"]},\"weight_minor\":200}}
  {\"id\":\"d\",\"reserve\":{\"node\":\"DC-EAST\",\"sku\":\"SHIRT\",\"units\":40}}
  {\"id\":\"e\",\"reason\":\"by phone\",\"pin\":{\"order\":\"O1\",\"node\":\"DC-EAST\",\"by\":\"anna\"}}
A list that is absent means all: `nodes`, `skus` (to forbid only), `orders`, `regions`. A weight counts in the choice
and is never paid. A pin of one SKU has a `sku` beside the order.";

const HISTORY: &str = "\
A history is CSV, gzipped or not, or Parquet with the same columns. Wide, one row a series, whose last `h` values are hidden and never read:
  unique_id,freq,h,season,y
  MILK,D,7,7,3 5 4 nan 6 9 8 ...
Long, one row a value, with `--horizon`:
  unique_id,ds,y
  MILK,2024-05-31,3
`nan` or nothing is a value that nobody knows, and so is a step without a row; it is not zero. The smallest step between two
rows of a series is its step. Further columns of numbers along `y` are known of the steps ahead too: promo, price, ...; where
they end before, they go on as a season ago. Of them `open` is 0 on closed days, `available` is the share of a day with goods on
the shelf, `stockout` is 1 where they ran out; `holiday` names a day (in the wide form by a word for each, else `0`). Other columns say
what a series is: brand, store. Of them `launch` is the day from which it could be sold; where nobody says, zeros before the first demand are left
out if the demand since would hardly ever have left so many.
Holidays by rule, for days, weeks and months:
  holiday,when
  Christmas,12-25
  Good Friday,easter-2
  Black Friday,11 thu 4 +1
`when` is a day (2026-06-14), a date of each year, a weekday of a month, from its end if below zero, or a distance from
`easter` or `orthodox-easter`. A name may stand in many rows.
Models: auto, boosted, regression, theta, dot, ets, ces, arima, ens3, mstl, holt, holt_winters, ses, croston, sba, tsb,
negative_binomial, hurdle, adida, imapa, empirical, seasonal_empirical, seasonal_naive, drift. A model that cannot take a series leaves it to smoothing.
A series without a value (in the long form: with rows for what is planned from its launch on) is forecast by auto and boosted as
series with its attributes are, where there are five at least; so is one that has hardly begun.";

/// What to show.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// An order: where its units are.
    Order,
    /// The stock of a SKU, by node and by pool.
    Stock,
    /// A location: what it can do and where its lanes go.
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
    #[command(after_help = COMMANDS)]
    Exec {
        /// The engine file.
        db: PathBuf,
        /// The commands; `-` for standard input.
        #[arg(default_value = "-")]
        file: PathBuf,
        /// At most so many commands become durable together.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
        group: u16,
        /// Faster: a killed process still loses nothing, a loss of power may lose the last moments.
        #[arg(long)]
        relaxed: bool,
        /// How orders are sourced: optimal, greedy, first_fit, fast, balanced or green.
        #[arg(long, default_value_t = Policy::Optimal)]
        policy: Policy,
        /// Business rules and overrides to plan under, JSON.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
    /// Source orders: snapshot, plan, commit.
    #[command(after_help = RULES)]
    Source {
        /// The engine file.
        db: PathBuf,
        /// These orders, by id, with commas between; all that wait when absent.
        #[arg(long, value_delimiter = ',', value_name = "ID")]
        orders: Vec<String>,
        /// The id of the round: the same id again gives the same receipt. Derived from the moment
        /// when absent.
        #[arg(long)]
        id: Option<String>,
        /// Plan and tell, commit nothing.
        #[arg(long)]
        dry_run: bool,
        /// Write the snapshot that the plan is made from, as JSON.
        #[arg(long, value_name = "FILE")]
        snapshot: Option<PathBuf>,
        /// How orders are sourced: optimal, greedy, first_fit, fast, balanced or green.
        #[arg(long, default_value_t = Policy::Optimal)]
        policy: Policy,
        /// Business rules and overrides to plan under, JSON.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
    /// Compare policies on a recorded wave: what each would cost, split, fill and how fast it would be.
    #[command(after_help = RULES)]
    SimulatePolicies {
        /// What `oms source --dry-run --snapshot` wrote, or an instance of `oms allocate`.
        snapshot: PathBuf,
        /// The policies, with commas between.
        #[arg(
            long,
            value_delimiter = ',',
            value_name = "POLICY",
            default_value = "optimal,greedy,fast,balanced"
        )]
        policies: Vec<Policy>,
        /// Business rules and overrides to plan under, JSON.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
    /// Show an order, a SKU's stock or a location.
    Show {
        /// The engine file.
        db: PathBuf,
        /// What kind of thing.
        what: What,
        /// Its id.
        id: String,
    },
    /// Explain why an order is sourced as it is, and what has happened to it.
    Explain {
        /// The engine file.
        db: PathBuf,
        /// The order.
        order: String,
    },
    /// Print the log: one line an event, with `--json` one JSON object a line.
    Events {
        /// The engine file.
        db: PathBuf,
        /// From this position on.
        #[arg(long, default_value_t = 1, value_name = "SEQ")]
        from: u64,
        /// At most so many.
        #[arg(long)]
        limit: Option<u64>,
    },
    /// Rebuild everything from the events, check every law; exit 1 with the first difference.
    ///
    /// All tenants of the file, unless one is named.
    Verify {
        /// The engine file.
        db: PathBuf,
    },
    /// Plan a wave from an instance file: who ships what, and how far from the best plan it is at most.
    ///
    /// Ends when the gap is reached, the plan is proven to be the best, nothing gets better any more, or the time or
    /// the work is spent.
    #[command(after_help = RULES)]
    Allocate {
        /// The instance, JSON.
        instance: PathBuf,
        /// Write the plan, as JSON.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Tell of an order why it is served as it is: costs, runner-up, what competition costs, what is short.
        #[arg(long, value_name = "ORDER")]
        explain: Option<String>,
        /// How to plan: optimal, greedy (so is first_fit here), fast, balanced or green.
        #[arg(long, default_value_t = Policy::Optimal)]
        policy: Policy,
        /// Business rules and overrides to plan under, JSON.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
        /// Good enough: a fraction of the cost, 0.001 is a tenth of a percent.
        #[arg(long, default_value_t = 0.0001, value_name = "FRACTION")]
        gap: f64,
        /// Seconds for everything, reading and writing included; explaining comes after.
        #[arg(long, value_name = "SECONDS")]
        time_limit: Option<f64>,
        /// Steps of work: the same steps give the same plan, whatever the machine and the threads.
        #[arg(long, value_name = "STEPS")]
        work: Option<u64>,
        /// One thread, or two.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
        threads: u8,
        /// What solves linear programmes: microlp, or highs in a build with that feature.
        #[arg(long, default_value_t = LpSolver::Microlp, value_name = "SOLVER")]
        lp: LpSolver,
    },
    /// Forecast demand: the mean and quantiles of each step ahead, chosen on each series' own past.
    #[command(after_help = HISTORY)]
    Forecast {
        /// The histories, .csv, .csv.gz or .parquet.
        history: PathBuf,
        /// Steps ahead; needed for the long form, else `h` of each row.
        #[arg(long, value_name = "STEPS")]
        horizon: Option<usize>,
        /// Levels of the quantiles, from low to high, with commas between; 15 of them when absent.
        #[arg(long, value_delimiter = ',', value_name = "LEVEL")]
        levels: Vec<f64>,
        /// A model by name, or auto.
        #[arg(long, default_value_t = Model::Auto)]
        model: Model,
        /// Threads; as many as the machine has when absent. The forecast is the same, whatever their number.
        #[arg(long, value_name = "N")]
        threads: Option<NonZero<u16>>,
        /// Holidays by rule, known of the past and ahead: CSV with the columns `holiday` and `when`.
        #[arg(long, value_name = "FILE")]
        holidays: Option<PathBuf>,
        /// Forecast sums too, so that all add up: the total, and a sum for each value of an attribute; attributes with a
        /// plus between are one level, levels have commas between. Series without a value are left out then.
        #[arg(long, value_delimiter = ',', value_name = "LEVEL")]
        sums: Vec<String>,
        /// Write the forecast, as CSV.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Say what would have been said of the past: quantiles of the demand of several steps together.
    ///
    /// For each series and each number of BACKS, what is forecast of the next STEPS when the last so many values are not
    /// known. Nothing is hidden of the wide form; what stands beside the demand is known ahead.
    Backtest {
        /// The histories, .csv, .csv.gz or .parquet.
        history: PathBuf,
        /// Numbers of values, counted from the end, that are not known, with commas between.
        #[arg(long, required = true, value_delimiter = ',', value_name = "BACKS")]
        backs: Vec<usize>,
        /// Steps whose demand is summed.
        #[arg(long, value_name = "STEPS")]
        sum: NonZero<u16>,
        /// Levels of the quantiles, from low to high, with commas between; 15 of them when absent.
        #[arg(long, value_delimiter = ',', value_name = "LEVEL")]
        levels: Vec<f64>,
        /// Threads; as many as the machine has when absent.
        #[arg(long, value_name = "N")]
        threads: Option<NonZero<u16>>,
        /// Holidays by rule, known of the past and ahead: CSV with the columns `holiday` and `when`.
        #[arg(long, value_name = "FILE")]
        holidays: Option<PathBuf>,
        /// Write the quantiles, as CSV.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Propose what to order: purchases and transfers, from the file's own demand and stock. Changes nothing.
    #[command(after_help = replenish::POLICY)]
    Replenish {
        /// The engine file.
        db: PathBuf,
        /// The end of the plan.
        #[arg(long, value_name = "DATE")]
        until: String,
        /// Lead times, service, case sizes, sources and the rest, JSON.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        /// Threads; as many as the machine has when absent. The proposals are the same, whatever their number.
        #[arg(long, value_name = "N")]
        threads: Option<NonZero<u16>>,
    },
    /// Plan the work of each node by the hour: picks, packs, hours and people. Changes nothing.
    #[command(after_help = workload::TASKS)]
    Workload {
        /// The engine file.
        db: PathBuf,
        /// The last day of the plan.
        #[arg(long, value_name = "DATE")]
        until: String,
        /// Tasks and their rates, JSON.
        #[arg(long, value_name = "FILE")]
        tasks: Option<PathBuf>,
    },
    /// Tell what the forecast of one series is made of, and how the models did on its past.
    ExplainForecast {
        /// The histories, .csv, .csv.gz or .parquet.
        history: PathBuf,
        /// The series.
        id: String,
        /// Steps ahead; needed for the long form, else `h` of its row.
        #[arg(long, value_name = "STEPS")]
        horizon: Option<usize>,
        /// A model by name, or auto.
        #[arg(long, default_value_t = Model::Auto)]
        model: Model,
        /// Holidays by rule, known of the past and ahead: CSV with the columns `holiday` and `when`.
        #[arg(long, value_name = "FILE")]
        holidays: Option<PathBuf>,
    },
    /// Count what is in the file.
    ///
    /// All tenants of the file, unless one is named.
    Stats {
        /// The engine file.
        db: PathBuf,
    },
}

fn run(cli: &Cli) -> Result<ExitCode, CliError> {
    match &cli.command {
        Command::Init { db } => open::init(db, cli),
        Command::Exec { db, file, group, relaxed, policy, rules } => {
            let sourcer = Overlaid::new(*policy, rules::read(rules.as_deref())?);
            let wish = exec::Wish { group: *group, relaxed: *relaxed, sourcer };
            exec::run(db, file, wish, cli)
        }
        Command::Source { db, orders, id, dry_run, snapshot, policy, rules } => {
            let sourcer = Overlaid::new(*policy, rules::read(rules.as_deref())?);
            let (id, dry_run) = (id.as_deref(), *dry_run);
            let wish = source::Wish { orders, id, dry_run, sourcer };
            source::run(db, wish, snapshot.as_deref(), cli)
        }
        Command::SimulatePolicies { snapshot, policies, rules } => {
            simulate::run(snapshot, policies, rules.as_deref(), cli)
        }
        Command::Show { db, what, id } => show::run(db, *what, id, cli),
        Command::Explain { db, order } => explain::run(db, order, cli),
        Command::Events { db, from, limit } => events::run(db, *from, *limit, cli),
        Command::Verify { db } => verify::run(db, cli),
        Command::Allocate {
            instance,
            out,
            explain,
            policy,
            rules,
            gap,
            time_limit,
            work,
            threads,
            lp,
        } => {
            let wish = allocate::Wish {
                explain: explain.as_deref(),
                policy: *policy,
                rules: rules.as_deref(),
                gap: *gap,
                seconds: *time_limit,
                work: *work,
                threads: usize::from(*threads),
                lp: *lp,
            };
            allocate::run(instance, out.as_deref(), &wish, cli)
        }
        Command::Forecast { history, horizon, levels, model, threads, holidays, sums, out } => {
            let (horizon, model, threads) = (*horizon, *model, *threads);
            let holidays = holidays.as_deref();
            let wish = forecast::Wish { horizon, levels, model, threads, holidays };
            if sums.is_empty() {
                forecast::run(history, out, &wish, cli)
            } else {
                together::run(history, out, (&wish, sums), cli)
            }
        }
        Command::Backtest { history, backs, sum, levels, threads, holidays, out } => {
            let (model, threads) = (Model::Auto, *threads);
            let holidays = holidays.as_deref();
            let wish = forecast::Wish { horizon: None, levels, model, threads, holidays };
            backtest::run(history, out, (backs, usize::from(sum.get())), &wish, cli)
        }
        Command::Replenish { db, until, policy, threads } => {
            replenish::run(db, until, policy.as_deref(), *threads, cli)
        }
        Command::Workload { db, until, tasks } => workload::run(db, until, tasks.as_deref(), cli),
        Command::ExplainForecast { history, id, horizon, model, holidays } => {
            let of = (id.as_str(), holidays.as_deref());
            explain_forecast::run(history, of, *horizon, *model, cli)
        }
        Command::Stats { db } => verify::stats(db, cli),
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(code) => code,
        // The reader of our output has gone: nothing to complain about.
        Err(CliError::Output(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => error.complain(cli.json),
    }
}
