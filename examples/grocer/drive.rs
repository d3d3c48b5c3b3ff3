//! The run: weeks of deliveries, days of orders, rounds of sourcing, and what follows.
//!
//! A day has eight windows of three hours. Commands of a window go to the engine in time order,
//! up to a hundred in one durable group. After each group the outbox is read, as any host reads
//! it: facts are counted, the world answers them with deeds in a later window, and the outbox is
//! settled. Every window begins with a tick; at midnight and at noon a sourcing round plans everything that waits. When no more
//! orders come, the run goes on until nothing is due.

use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use oms::engine::{Outcome, Receipt, Report, Store as _, decode, verify_watched};
use oms::flow::{Command, Request, Tick};
use oms::words::{CommandId, OrderId, TenantId};
use oms::{Oms, Settings, SourceOrders, SqliteStore, Which};

use crate::Failure;
use crate::clerk::{Clerk, moment};
use crate::data::{Basket, Dataset};
use crate::days::{DAY, day_of, start_of_day};
use crate::figures::Figures;
use crate::lives::{Life, Lives};
use crate::network::Grid;
use crate::orders::{Orders, Route, order_id};
use crate::policies::{SideBySide, Tallies};
use crate::supply::{Supply, shelf_units};
use crate::world::{Deed, World};

/// Commands that become durable together.
pub(crate) const GROUP: usize = 100;
/// Facts that are read from the outbox at once.
const OUTBOX: usize = 512;
/// Facts that nothing here answers; they need not be read.
const UNHEARD: [&str; 5] =
    ["item.defined", "location.defined", "stock.received", "order.placed", "order.till_sold"];
const WINDOW: i64 = 3 * 3_600;
const WINDOWS: i64 = DAY / WINDOW;
/// Windows that begin with a sourcing round.
const ROUNDS: [i64; 2] = [0, 4];
/// Days that the run goes on at most after the last order.
const AFTER_DAYS: i64 = 21;

/// What time went into.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) count: u64,
    pub(crate) time: Duration,
}

/// Where the time of the run went.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Definitions and deliveries.
    pub(crate) supply: Spent,
    /// Commands of orders.
    pub(crate) orders: Spent,
    /// Orders planned by sourcing rounds.
    pub(crate) sourcing: Spent,
    /// Facts read from the outbox and settled.
    pub(crate) outbox: Spent,
    /// Events verified.
    pub(crate) verify: Spent,
}

/// Reads a clock; the example measures, the engine never does.
#[expect(clippy::disallowed_methods, reason = "how long the run takes is what it tells")]
pub(crate) fn stopwatch() -> Instant {
    Instant::now()
}

/// The run.
#[derive(Debug)]
pub(crate) struct Drive<'a> {
    pub(crate) oms: Oms<SqliteStore>,
    pub(crate) grid: Grid,
    pub(crate) figures: Figures,
    pub(crate) lives: Lives,
    pub(crate) clock: Clock,
    pub(crate) policies: Tallies,
    orders: Orders,
    supply: Supply<'a>,
    world: World,
    clerk: Clerk,
    batch: Vec<Request>,
    bar: ProgressBar,
}

impl<'a> Drive<'a> {
    /// A new engine in a new file, with the network defined.
    pub(crate) fn begin(
        data: &'a Dataset,
        seed: u64,
        file: &Path,
        bar: ProgressBar,
    ) -> Result<Self, Failure> {
        let store = SqliteStore::create(file, Settings::default())?;
        let (grid, policies) = (Grid::of(data.stores())?, Tallies::default());
        let sourcer = SideBySide::new(&grid, policies.clone())?;
        let mut drive = Self {
            oms: Oms::new(store, TenantId::new("grocer")?).with_sourcer(sourcer),
            grid,
            policies,
            figures: Figures::default(),
            lives: Lives::default(),
            clock: Clock::default(),
            orders: Orders::of(data, seed)?,
            supply: Supply::of(data, seed),
            world: World::new(seed),
            clerk: Clerk::default(),
            batch: Vec::new(),
            bar,
        };
        let commands = drive.grid.definitions()?;
        drive.prepare(commands, start_of_day(data.first_day()) - DAY)?;
        Ok(drive)
    }

    /// Runs a week of baskets, in time order.
    pub(crate) fn week(&mut self, first_day: i64, baskets: Vec<Basket>) -> Result<(), Failure> {
        let commands = self.supply.week(&baskets, &self.orders, &self.grid)?;
        self.prepare(commands, start_of_day(first_day) - 3_600)?;
        let mut baskets = baskets.into_iter().peekable();
        for day in first_day..first_day + 7 {
            for window in 0..WINDOWS {
                let (from, until) = self.open_window(day, window)?;
                while let Some(basket) = baskets.next_if(|basket| basket.at < until) {
                    self.deeds(basket.at, until)?;
                    self.basket(&basket, until)?;
                }
                self.close_window(from, until)?;
            }
        }
        Ok(())
    }

    /// Goes on from a day until nothing is due.
    pub(crate) fn wind_down(&mut self, first_day: i64) -> Result<(), Failure> {
        for day in first_day..first_day + AFTER_DAYS {
            if self.world.next_at().is_none() {
                break;
            }
            for window in 0..WINDOWS {
                let (from, until) = self.open_window(day, window)?;
                self.close_window(from, until)?;
            }
        }
        Ok(())
    }

    /// Every page, hash, balance and status of the file, checked against its events.
    pub(crate) fn verify(&mut self) -> Result<Report, Failure> {
        let began = stopwatch();
        self.oms.store().integrity()?;
        let tenant = self.oms.tenant().clone();
        let bar = &self.bar;
        let report = verify_watched(self.oms.store(), &tenant, &mut |progress| {
            bar.set_message(format!(
                "verifying {} ({} of {})",
                progress.walk, progress.done, progress.of
            ));
        })?;
        self.clock.verify = Spent { count: report.events, time: began.elapsed() };
        Ok(report)
    }

    /// Definitions and deliveries: none of them may be refused.
    fn prepare(&mut self, commands: Vec<Command>, at: i64) -> Result<(), Failure> {
        let mut commands = commands.into_iter().peekable();
        while commands.peek().is_some() {
            let mut batch = Vec::with_capacity(GROUP);
            for command in commands.by_ref().take(GROUP) {
                batch.push(self.clerk.write(at, "planner", command)?);
            }
            let began = stopwatch();
            let answers = self.oms.execute_batch(batch, moment(at)?)?;
            self.clock.supply.time += began.elapsed();
            self.figures.commits += 1;
            for answer in answers {
                let receipt = answer?.receipt;
                self.clock.supply.count += 1;
                self.figures.receipt(&receipt);
                accepted(&receipt)?;
            }
        }
        self.hear(at)
    }

    /// Begins a window: with a sourcing round, where one is due.
    fn open_window(&mut self, day: i64, window: i64) -> Result<(i64, i64), Failure> {
        let from = start_of_day(day) + window * WINDOW;
        self.bar.set_message(crate::days::date(day));
        self.give(from, "clock", Tick { limit: None }, from)?;
        self.flush(from)?;
        if ROUNDS.contains(&window) {
            self.source(from)?;
        }
        Ok((from, from + WINDOW))
    }

    /// Ends a window: what is due by then is done, and how the orders stand is written down.
    fn close_window(&mut self, _from: i64, until: i64) -> Result<(), Failure> {
        self.deeds(until, until)?;
        self.flush(until)?;
        self.lives.bury();
        self.figures.sample(until, &self.lives);
        Ok(())
    }

    /// An order comes in.
    fn basket(&mut self, basket: &Basket, until: i64) -> Result<(), Failure> {
        let route = self.orders.route(basket);
        let order = order_id(basket)?;
        let shelf = basket.lines.iter().map(shelf_units).sum();
        self.figures.order(route, basket.lines.len(), shelf);
        self.bar.inc(1);
        if route == Route::Till {
            let Some(store) = self.grid.store(basket.store) else { return Ok(()) };
            self.figures.sold(&store.id, shelf);
            let till = format!("till of {}", store.id);
            let command = self.orders.sell(basket, store)?;
            return self.give(basket.at, &till, command, until);
        }
        let command = self.orders.place(basket, route, &self.grid)?;
        let life = Life::new(route, self.orders.region(basket), basket.lines.len());
        self.lives.begin(order.clone(), life);
        self.world.placed(&order, basket.at);
        self.give(basket.at, "customer", command, until)
    }

    /// Does what is due before a moment.
    fn deeds(&mut self, before: i64, until: i64) -> Result<(), Failure> {
        while self.world.next_at().is_some_and(|at| at < before) {
            let Some((at, deed)) = self.world.next() else { break };
            let card = match &deed {
                Deed::GiveUp(order) => {
                    self.flush(until)?;
                    self.oms.order(order)?
                }
                _ => None,
            };
            for (by, command) in self.world.commands(deed, card.as_ref())? {
                self.give(at, &by, command, until)?;
            }
        }
        Ok(())
    }

    /// Gives a command to the engine, with others in one group.
    fn give(
        &mut self,
        at: i64,
        by: &str,
        command: impl Into<Command>,
        until: i64,
    ) -> Result<(), Failure> {
        self.batch.push(self.clerk.write(at, by, command)?);
        if self.batch.len() >= GROUP {
            self.flush(until)?;
        }
        Ok(())
    }

    /// Makes the group durable and hears what came of it.
    fn flush(&mut self, until: i64) -> Result<(), Failure> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        let began = stopwatch();
        let answers = self.oms.execute_batch(batch, moment(until)?)?;
        self.clock.orders.time += began.elapsed();
        self.figures.commits += 1;
        for answer in answers {
            let receipt = answer?.receipt;
            self.clock.orders.count += 1;
            self.figures.receipt(&receipt);
            self.note(&receipt, until);
        }
        self.hear(until)
    }

    /// A sourcing round over all orders that wait.
    fn source(&mut self, at: i64) -> Result<(), Failure> {
        let id = CommandId::new(format!("ROUND-{}", at / 3_600))?;
        let round = SourceOrders::new(id, Which::All);
        let (began, aside) = (stopwatch(), self.policies.aside());
        let done = self.oms.source(&round, moment(at)?)?;
        let aside = self.policies.aside().saturating_sub(aside);
        self.clock.sourcing.time += began.elapsed().saturating_sub(aside);
        self.clock.sourcing.count += u64::try_from(done.receipt.orders.len()).unwrap_or(0);
        self.figures.commits += 1;
        self.figures.receipt(&done.receipt);
        accepted(&done.receipt)?;
        self.note(&done.receipt, at);
        for note in &done.receipt.short {
            self.figures.short(at, note, &mut self.lives);
        }
        self.hear(at)
    }

    /// What a receipt says of orders.
    fn note(&mut self, receipt: &Receipt, at: i64) {
        for note in &receipt.orders {
            self.lives.stands(&note.order, note.status);
        }
        let mut short: Vec<&OrderId> = receipt.short.iter().map(|note| &note.order).collect();
        short.dedup();
        for order in short {
            self.world.found_short(order, day_of(at));
        }
    }

    /// Reads the outbox to its end, answers what is in it, and settles it.
    fn hear(&mut self, soon: i64) -> Result<(), Failure> {
        let began = stopwatch();
        let tenant = self.oms.tenant().clone();
        loop {
            let facts = self.oms.store().outbox(&tenant, OUTBOX)?;
            let mut seqs = Vec::with_capacity(facts.len());
            for fact in &facts {
                seqs.push(fact.seq);
                if !UNHEARD.contains(&fact.kind.as_str()) {
                    let event = decode(fact)?;
                    let at = fact.at.ms() / 1_000;
                    self.world.hear(&event, soon, &self.lives, &self.grid);
                    self.figures.hear(&event, at, &mut self.lives, &self.grid);
                }
            }
            self.figures.events += u64::try_from(facts.len()).unwrap_or(0);
            self.clock.outbox.count += u64::try_from(facts.len()).unwrap_or(0);
            if !seqs.is_empty() {
                self.oms.store().settle(&tenant, &seqs)?;
                self.figures.commits += 1;
            }
            if seqs.len() < OUTBOX {
                break;
            }
        }
        self.clock.outbox.time += began.elapsed();
        Ok(())
    }
}

/// What may not be refused.
fn accepted(receipt: &Receipt) -> Result<(), Failure> {
    match &receipt.refusal {
        Some(note) if receipt.outcome == Outcome::Refused => Err(Failure::Refused {
            verb: receipt.verb.clone(),
            why: format!(
                "{} at `{}`: expected {}, found {}",
                note.code, note.path, note.expected, note.found
            ),
        }),
        _ => Ok(()),
    }
}
