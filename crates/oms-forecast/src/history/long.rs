//! One row a value.

use std::collections::BTreeMap;
use std::io::Read;

use super::beside::{Beside, Named, figure};
use super::calendar::{Moment, Steps};
use super::{BadRow, Columns, History, HistoryError, Line, value};
use crate::series::{MOST_VALUES, Series, SeriesError};

/// The rows of one series. What is not known is not a number: ten million rows have no room to spare.
#[derive(Default)]
struct Rows {
    first_line: u64,
    values: Vec<(Moment, f64, u64, u32)>,
    /// A figure for each regressor, row after row.
    figures: Vec<f64>,
    attributes: Vec<String>,
}

pub(super) fn read<R: Read>(
    rows: &mut csv::Reader<R>,
    columns: &Columns,
    horizon: Option<usize>,
) -> Result<History, HistoryError> {
    let [id, ds, y] = ["unique_id", "ds", "y"].map(|name| columns.find(name));
    let (id, ds, y) = (id?, ds?, y?);
    let horizon = horizon.ok_or(HistoryError::NoHorizon)?;
    let mut record = csv::StringRecord::new();
    let mut any = rows.read_record(&mut record)?;
    // A column is what its first row says: a figure (or nothing) runs along, a text is what the series is.
    let mut beside = Beside::default();
    for (at, name) in columns.beside(&["unique_id", "ds", "y"]) {
        let runs = value(record.get(at).unwrap_or_default().trim()).is_ok();
        (if runs { &mut beside.regressors } else { &mut beside.attributes }).push((at, name));
    }
    let mut all: BTreeMap<String, Rows> = BTreeMap::new();
    while any {
        let line = Line::of(&record, id)?;
        if !all.contains_key(line.id) {
            let rows = Rows { first_line: line.number(), ..Rows::default() };
            all.insert(line.id.to_owned(), rows);
        }
        if let Some(rows) = all.get_mut(line.id) {
            rows.take(&line, (ds, y), &beside).map_err(|why| line.bad(why))?;
        }
        any = rows.read_record(&mut record)?;
    }
    let mut all: Vec<(String, Rows)> = all.into_iter().collect();
    all.sort_by_key(|(_, rows)| rows.first_line);
    let named = beside.names();
    let mut history = History {
        regressors: named.own.clone(),
        attributes: named.attributes.clone(),
        ..History::default()
    };
    for (id, rows) in all {
        let line = rows.first_line;
        let series = on_grid(&id, rows, &beside, &named)?;
        history.take(series, horizon).map_err(|why| HistoryError::Row {
            line,
            id,
            why: why.into(),
        })?;
    }
    Ok(history)
}

impl Rows {
    fn take(
        &mut self,
        line: &Line<'_>,
        (ds, y): (usize, usize),
        beside: &Beside,
    ) -> Result<(), BadRow> {
        let moment =
            Moment::read(line.get(ds)).ok_or_else(|| BadRow::NotATime(line.get(ds).to_owned()))?;
        let value = value(line.get(y))?.unwrap_or(f64::NAN);
        for (at, name) in &beside.regressors {
            self.figures.push(figure(name, line.get(*at))?.unwrap_or(f64::NAN));
        }
        for (place, (at, name)) in beside.attributes.iter().enumerate() {
            let text = line.get(*at);
            match self.attributes.get(place) {
                None => self.attributes.push(text.to_owned()),
                Some(its) if its == text => {}
                Some(_) => return Err(BadRow::Changes(name.clone())),
            }
        }
        // A series of more rows than fit here has more values than a series may have.
        let row = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push((moment, value, line.number(), row));
        Ok(())
    }
}

/// Puts the rows of a series on a regular grid, from its first known value to its last, and what stands beside them as far
/// as it goes.
fn on_grid(
    id: &str,
    mut rows: Rows,
    beside: &Beside,
    named: &Named,
) -> Result<Result<Series, SeriesError>, HistoryError> {
    let bad = |line, why| HistoryError::Row { line, id: id.to_owned(), why };
    rows.values.sort_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
    let moments: Vec<Moment> = rows.values.iter().map(|row| row.0).collect();
    let steps = Steps::of(&moments);
    let columns = beside.regressors.len();
    let mut grid: Vec<Option<f64>> = Vec::new();
    let mut running: Vec<Vec<Option<f64>>> = vec![Vec::new(); columns];
    let mut before = None;
    for (moment, value, line, row) in &rows.values {
        if before == Some(*moment) {
            return Err(bad(*line, BadRow::Twice(format!("`ds` {moment}"))));
        }
        before = Some(*moment);
        let at =
            steps.place(*moment).ok_or_else(|| bad(*line, BadRow::OffStep(moment.to_string())))?;
        if at >= MOST_VALUES || at < grid.len() {
            return Err(bad(*line, BadRow::Series(SeriesError::TooLong { id: id.to_owned() })));
        }
        let some = |value: f64| (!value.is_nan()).then_some(value);
        grid.resize(at, None);
        grid.push(some(*value));
        for (which, column) in running.iter_mut().enumerate() {
            column.resize(at, None);
            column.push(some(rows.figures[*row as usize * columns + which]));
        }
    }
    // Rows after the last known value only say what is known of the future.
    while grid.last().is_some_and(Option::is_none) {
        grid.pop();
    }
    let first = moments.first().and_then(|moment| moment.day());
    Ok(Series::new(id, steps.season(), grid).and_then(|series| {
        let series = series.with_freq(steps.name());
        beside.give(named, series, running, rows.attributes, first)
    }))
}
