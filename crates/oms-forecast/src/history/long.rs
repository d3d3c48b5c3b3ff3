//! One row a value.

use std::collections::BTreeMap;
use std::io::Read;

use super::calendar::{Moment, Steps};
use super::{BadRow, Columns, History, HistoryError, Line, value};
use crate::series::{MOST_VALUES, Series, SeriesError};

/// The rows of one series.
#[derive(Default)]
struct Rows {
    first_line: u64,
    values: Vec<(Moment, Option<f64>, u64)>,
}

pub(super) fn read<R: Read>(
    rows: &mut csv::Reader<R>,
    columns: &Columns,
    horizon: Option<usize>,
) -> Result<History, HistoryError> {
    let [id, ds, y] = ["unique_id", "ds", "y"].map(|name| columns.find(name));
    let (id, ds, y) = (id?, ds?, y?);
    if let Some(regressor) = columns.beside(&["unique_id", "ds", "y"]).into_iter().next() {
        return Err(HistoryError::Regressor(regressor));
    }
    let horizon = horizon.ok_or(HistoryError::NoHorizon)?;
    let mut all: BTreeMap<String, Rows> = BTreeMap::new();
    let mut record = csv::StringRecord::new();
    while rows.read_record(&mut record)? {
        let line = Line::of(&record, id)?;
        let moment = Moment::read(line.get(ds))
            .ok_or_else(|| line.bad(BadRow::NotATime(line.get(ds).to_owned())))?;
        let value = value(line.get(y)).map_err(|why| line.bad(why))?;
        if !all.contains_key(line.id) {
            let rows = Rows { first_line: line.number(), values: Vec::new() };
            all.insert(line.id.to_owned(), rows);
        }
        if let Some(rows) = all.get_mut(line.id) {
            rows.values.push((moment, value, line.number()));
        }
    }
    let mut all: Vec<(String, Rows)> = all.into_iter().collect();
    all.sort_by_key(|(_, rows)| rows.first_line);
    let mut history = History::default();
    for (id, rows) in all {
        let first_line = rows.first_line;
        let series = on_grid(&id, rows)?;
        history.take(series, horizon).map_err(|why| HistoryError::Row {
            line: first_line,
            id,
            why: why.into(),
        })?;
    }
    Ok(history)
}

/// Puts the values of a series on a regular grid, from its first known one to its last.
fn on_grid(id: &str, mut rows: Rows) -> Result<Result<Series, SeriesError>, HistoryError> {
    let bad = |line, why| HistoryError::Row { line, id: id.to_owned(), why };
    rows.values.sort_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
    // Rows after the last known value only say that there is a future.
    while rows.values.last().is_some_and(|(_, value, _)| value.is_none()) {
        rows.values.pop();
    }
    let moments: Vec<Moment> = rows.values.iter().map(|(moment, _, _)| *moment).collect();
    let steps = Steps::of(&moments);
    let mut grid: Vec<Option<f64>> = Vec::new();
    let mut before = None;
    for (moment, value, line) in &rows.values {
        if before == Some(*moment) {
            return Err(bad(*line, BadRow::Twice(format!("`ds` {moment}"))));
        }
        before = Some(*moment);
        let at =
            steps.place(*moment).ok_or_else(|| bad(*line, BadRow::OffStep(moment.to_string())))?;
        if at >= MOST_VALUES || at < grid.len() {
            return Err(bad(*line, BadRow::Series(SeriesError::TooLong { id: id.to_owned() })));
        }
        grid.resize(at, None);
        grid.push(*value);
    }
    Ok(Series::new(id, steps.season(), grid).map(|series| series.with_freq(steps.name())))
}
