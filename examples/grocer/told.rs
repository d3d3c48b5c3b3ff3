//! What there is to tell of a run, gathered for the table and the page.

use std::collections::BTreeSet;
use std::path::Path;

use oms::engine::{Fault, Report};
use oms::words::Sku;

use crate::Failure;
use crate::data::{Dataset, Intake};
use crate::demand::Demand;
use crate::drive::{Clock, Drive};
use crate::figures::Figures;
use crate::lives::Lives;
use crate::network::Grid;
use crate::one_order;
use crate::orders::sku;
use crate::outlook::{Outlook, Supplies};
use crate::policies::{POLICIES, Tally};
use crate::report::{StockGroup, Story};
use crate::shelves;

/// A run that has ended.
pub(crate) struct Told<'a> {
    pub(crate) data: &'a Dataset,
    pub(crate) demand: Demand,
    pub(crate) intake: Intake,
    pub(crate) grid: Grid,
    pub(crate) figures: Figures,
    pub(crate) lives: Lives,
    pub(crate) clock: Clock,
    pub(crate) policies: [Tally; POLICIES.len()],
    pub(crate) report: Report,
    pub(crate) stock: Vec<StockGroup>,
    pub(crate) story: Option<Story>,
    pub(crate) outlook: Outlook,
    pub(crate) supplies: Supplies,
    /// Bytes of the engine's file.
    pub(crate) bytes: u64,
}

impl<'a> Told<'a> {
    /// Verifies the run, looks at what it left, and closes its file.
    pub(crate) fn of(
        mut drive: Drive<'_>,
        data: &'a Dataset,
        (demand, intake, outlook): (Demand, Intake, Outlook),
        file: &Path,
    ) -> Result<Self, Failure> {
        let report = drive.verify()?;
        let tenant = drive.oms.tenant().clone();
        let fuel = data.products().iter().filter(|product| product.fuel);
        let fuel = fuel.map(|product| sku(product.id)).collect::<Result<BTreeSet<Sku>, _>>()?;
        let stock = shelves::groups(drive.oms.store(), &tenant, &drive.grid, &fuel)?;
        let story = match drive.lives.most_interesting().cloned() {
            Some(order) => one_order::tell(&mut drive.oms, &order, data, &drive.grid)?,
            None => None,
        };
        let known = (data, &drive.grid);
        let supplies = Supplies::of(&mut drive.oms, known, demand.last_day, &fuel)?;
        let Drive { oms, grid, figures, lives, clock, policies, .. } = drive;
        let policies = policies.get();
        // The last connection that closes moves the log into the file.
        drop(oms);
        let bytes = std::fs::metadata(file).map_err(|error| Fault::Io {
            doing: format!("measure `{}`", file.display()),
            why: error.to_string(),
        })?;
        let bytes = bytes.len();
        Ok(Self {
            data,
            demand,
            intake,
            grid,
            figures,
            lives,
            clock,
            policies,
            report,
            stock,
            story,
            outlook,
            supplies,
            bytes,
        })
    }
}

impl Told<'_> {
    /// The time in which the engine committed.
    pub(crate) fn engine_time(&self) -> std::time::Duration {
        let clock = &self.clock;
        clock.supply.time + clock.orders.time + clock.sourcing.time + clock.outbox.time
    }
}
