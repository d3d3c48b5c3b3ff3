//! Rows that a global model learns from: steps ahead of origins in the past, with what came.

use std::fmt::Arguments;

use oms_learn::{Table, TableError, shared_out};

use crate::global::origin::Origin;
use crate::global::schema::{Schema, Sink};
use crate::part::Part;
use crate::past::Past;

/// A target is at most so many times its series' scale: one wild day shall not be what a model learns.
const MOST: f64 = 50.0;
/// Series whose rows one thread makes at a time.
const TOGETHER: usize = 16;

/// Rows, column by column.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    names: Vec<(String, bool)>,
    columns: Vec<Vec<f64>>,
    at: usize,
    part: Part,
    /// What each column is a part of.
    pub(crate) parts: Vec<Part>,
    /// Shape: `(rows,)`
    pub(crate) target: Vec<f64>,
    pub(crate) scale: Vec<f64>,
    /// Which series a row is of, and how far ahead of its origin.
    pub(crate) series: Vec<usize>,
    pub(crate) ahead: Vec<usize>,
}

impl Sink for Rows {
    fn part(&mut self, part: Part) {
        self.part = part;
    }

    fn put(&mut self, name: Arguments<'_>, category: bool, value: f64) {
        if self.at == self.columns.len() {
            self.names.push((name.to_string(), category));
            self.columns.push(Vec::new());
            self.parts.push(self.part);
        }
        // A figure beyond all bounds is as good as unknown.
        self.columns[self.at].push(if value.is_finite() { value } else { f64::NAN });
        self.at += 1;
    }
}

/// Where origins stand: the last `skip` steps are not looked at, `count` origins stand `apart`, and of each one's
/// `horizon` steps one in `every` is taken. Before each, `least` values were seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origins {
    pub(crate) horizon: usize,
    pub(crate) skip: usize,
    pub(crate) count: usize,
    pub(crate) apart: usize,
    pub(crate) every: usize,
    pub(crate) least: usize,
}

impl Rows {
    /// Rows of these origins of all pasts.
    pub(crate) fn of(
        schema: &Schema,
        pasts: &[Past<'_>],
        origins: &Origins,
        threads: usize,
    ) -> Self {
        let some = pasts.chunks(TOGETHER).enumerate();
        let some = shared_out(some, threads, |(at, some)| {
            let mut rows = Self::default();
            for (series, past) in some.iter().enumerate() {
                rows.take_origins(schema, past, origins, at * TOGETHER + series);
            }
            rows
        });
        some.into_iter().fold(Self::default(), Self::followed_by)
    }

    fn take_origins(&mut self, schema: &Schema, past: &Past<'_>, origins: &Origins, series: usize) {
        for which in 0..origins.count {
            let back = origins.skip + origins.horizon + which * origins.apart;
            let Some(end) = past.values().len().checked_sub(back) else { break };
            let before = past.first(end);
            if before.known().count() < origins.least {
                break;
            }
            let Some(origin) = Origin::new(schema, before) else { continue };
            // Which steps are left out changes from origin to origin.
            let first = (series * 7 + which * 3) % origins.every;
            for ahead in (first..origins.horizon).step_by(origins.every) {
                let step = end + ahead;
                if past.seen()[step] && !past.is_closed(step) {
                    let y = (past.values()[step] / origin.scale).clamp(-MOST, MOST);
                    self.take(&origin, ahead, series, y);
                }
            }
        }
    }

    pub(crate) fn followed_by(mut self, other: Self) -> Self {
        if self.target.is_empty() {
            return other;
        }
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            column.extend(more);
        }
        self.target.extend(other.target);
        self.scale.extend(other.scale);
        self.series.extend(other.series);
        self.ahead.extend(other.ahead);
        self
    }

    /// Adds a row: a step ahead.
    pub(crate) fn take(&mut self, origin: &Origin<'_>, ahead: usize, series: usize, target: f64) {
        self.at = 0;
        origin.put(ahead, self);
        self.end((series, ahead), origin.scale, target);
    }

    /// Adds a row: so many steps together, of which each open one is expected to bring so much.
    pub(crate) fn take_window(
        &mut self,
        origin: &Origin<'_>,
        (steps, expected): (usize, Option<f64>),
        series: usize,
        target: f64,
    ) {
        self.at = 0;
        origin.put_window(steps, expected.unwrap_or(f64::NAN), self);
        self.end((series, 0), origin.scale, target);
    }

    fn end(&mut self, (series, ahead): (usize, usize), scale: f64, target: f64) {
        self.target.push(target);
        self.scale.push(scale);
        self.series.push(series);
        self.ahead.push(ahead);
    }

    /// The table of all rows, which are gone then.
    pub(crate) fn table(&mut self) -> Result<Table, TableError> {
        let columns = std::mem::take(&mut self.columns);
        let named = std::mem::take(&mut self.names);
        named.into_iter().zip(columns).try_fold(
            Table::new(),
            |table, ((name, category), values)| {
                // An attribute may be called like a figure of ours.
                let name = if category { format!("{name} (category)") } else { name };
                if category {
                    table.with_categories(name, values)
                } else {
                    table.with_numbers(name, values)
                }
            },
        )
    }
}
