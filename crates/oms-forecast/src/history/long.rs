//! One row a value.

use std::collections::BTreeMap;

use super::beside::{Beside, LAUNCH, Named, figure};
use super::calendar::{Moment, Steps};
use super::named::{NAMES, NamedColumns, Texts};
use super::table::Table;
use super::{BadRow, History, HistoryError};
use crate::series::{MOST_VALUES, Series, SeriesError};

/// The rows of one series. What is not known is not a number: ten million rows have no room to spare.
#[derive(Default)]
struct Rows {
    id: String,
    first_line: u64,
    values: Vec<(Moment, f64, u64, u32)>,
    /// A figure for each regressor, row after row.
    figures: Vec<f64>,
    attributes: Vec<String>,
    /// Rows that name a holiday, and the rank of the text.
    holidays: Vec<(u32, u32)>,
}

pub(super) fn read<T: Table>(
    mut table: T,
    horizon: Option<usize>,
    whole: bool,
) -> Result<History, HistoryError> {
    let [id, ds, y] = ["unique_id", "ds", "y"].map(|name| table.find(name));
    let (id, ds, y) = (id?, ds?, y?);
    let horizon = horizon.ok_or(HistoryError::NoHorizon)?;
    let mut any = table.advance()?;
    // A column is what its first row says: a figure (or nothing) runs along, a text is what the series is.
    let mut beside = Beside::default();
    for (at, name) in table.beside(&["unique_id", "ds", "y"]) {
        let runs = name == NAMES || name != LAUNCH && figure("", &table.cell(at)).is_ok();
        (if runs { &mut beside.regressors } else { &mut beside.attributes }).push((at, name));
    }
    let mut texts = Texts::of(&beside);
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<Rows> = Vec::new();
    let mut place = 0;
    while any {
        let (cell, number) = (table.cell(id), table.number());
        let its = cell.text();
        // Rows of a series mostly lie together.
        if all.get(place).is_none_or(|rows| rows.id != its) {
            if its.is_empty() {
                return Err(T::bad(number, "", BadRow::NoId));
            }
            place = places.get(&*its).copied().unwrap_or(all.len());
            if place == all.len() {
                let id = its.clone().into_owned();
                places.insert(id.clone(), place);
                all.push(Rows { id, first_line: number, ..Rows::default() });
            }
        }
        let taken = all[place].take(&table, (ds, y), &beside, &mut texts);
        taken.map_err(|why| T::bad(number, &its, why))?;
        any = table.advance()?;
    }
    drop((table, places));
    let columns = beside.regressors.len();
    let split = texts.split(&mut beside);
    let named = beside.names();
    if let Some(first) = all.first() {
        named.fit(&first.id).map_err(|why| T::bad(first.first_line, &first.id, why.into()))?;
    }
    let mut history = History {
        regressors: named.own.clone(),
        attributes: named.attributes.clone(),
        ..History::default()
    };
    let usual = usual(&all);
    let known = all.iter().flat_map(|rows| rows.values.iter().filter(|row| !row.1.is_nan()));
    let latest = known.map(|row| row.0).max();
    for mut rows in all {
        let (line, id) = (rows.first_line, std::mem::take(&mut rows.id));
        // One whose rows are of a time that others are known at was there, unseen, and is left out.
        let is_ahead = rows.values.iter().all(|row| row.1.is_nan() && Some(row.0) > latest);
        let is_new = !whole && is_ahead;
        let grid = Grid::of(&id, rows, usual, columns, split.as_ref());
        let grid = grid.map_err(|(line, why)| T::bad(line, &id, why))?;
        let bad = |why: SeriesError| T::bad(line, &id, why.into());
        if is_new {
            history.welcome(grid.newcomer(&id, &beside, &named).map_err(bad)?, horizon);
            continue;
        }
        let series = grid.series(&id, &beside, &named);
        let series = series.map_err(|(line, why)| T::bad(line, &id, why))?;
        history.take(series, (horizon, whole)).map_err(bad)?;
    }
    Ok(history)
}

/// Series whose steps tell which are usual; of more, those at equal distances are asked.
const ASKED: usize = 200;

/// The steps that a series of one row has: those of most others.
fn usual(all: &[Rows]) -> Option<Steps> {
    if all.iter().all(|rows| rows.values.len() > 1) {
        return None;
    }
    let told = all.iter().filter(|rows| rows.values.len() > 1);
    let apart = told.clone().count().div_ceil(ASKED).max(1);
    Steps::usual(told.step_by(apart).map(|rows| {
        let mut moments: Vec<Moment> = rows.values.iter().map(|row| row.0).collect();
        moments.sort_unstable();
        Steps::of(&moments)
    }))
}

impl Rows {
    fn take(
        &mut self,
        table: &impl Table,
        (ds, y): (usize, usize),
        beside: &Beside,
        texts: &mut Texts,
    ) -> Result<(), BadRow> {
        // A series of more rows than fit here has more values than a series may have.
        let row = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        let time = table.cell(ds);
        let moment = time.moment().ok_or_else(|| BadRow::NotATime(time.text().into_owned()))?;
        let value = table.cell(y).value()?.unwrap_or(f64::NAN);
        for (place, (at, name)) in beside.regressors.iter().enumerate() {
            let cell = table.cell(*at);
            if texts.is(place) {
                self.holidays.extend(texts.rank(&cell).map(|rank| (row, rank)));
                self.figures.push(figure(name, &cell).ok().flatten().unwrap_or(f64::NAN));
            } else {
                self.figures.push(figure(name, &cell)?.unwrap_or(f64::NAN));
            }
        }
        for (place, (at, name)) in beside.attributes.iter().enumerate() {
            let cell = table.cell(*at);
            let text = cell.text();
            match self.attributes.get(place) {
                None => self.attributes.push(text.into_owned()),
                Some(its) if *its == text => {}
                Some(_) => return Err(BadRow::Changes(name.clone())),
            }
        }
        self.values.push((moment, value, table.number(), row));
        Ok(())
    }
}

/// The rows of a series on a regular grid, from its first value to its last known one, and what stands beside them as far as it
/// goes.
struct Grid {
    steps: Steps,
    values: Vec<Option<f64>>,
    running: Vec<Vec<Option<f64>>>,
    attributes: Vec<String>,
    first: Option<Moment>,
    line: u64,
}

impl Grid {
    fn of(
        id: &str,
        mut rows: Rows,
        usual: Option<Steps>,
        columns: usize,
        split: Option<&NamedColumns>,
    ) -> Result<Self, (u64, BadRow)> {
        rows.values.sort_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
        let moments: Vec<Moment> = rows.values.iter().map(|row| row.0).collect();
        let steps = match moments.as_slice() {
            [one] => usual.and_then(|usual| usual.begun_at(*one)),
            _ => None,
        };
        let steps = steps.unwrap_or_else(|| Steps::of(&moments));
        let mut values: Vec<Option<f64>> = Vec::new();
        let mut running: Vec<Vec<Option<f64>>> = vec![Vec::new(); columns];
        let (mut before, mut holidays) = (None, Vec::new());
        for (moment, value, line, row) in &rows.values {
            if before == Some(*moment) {
                return Err((*line, BadRow::Twice(format!("`ds` {moment}"))));
            }
            before = Some(*moment);
            let at =
                steps.place(*moment).ok_or_else(|| (*line, BadRow::OffStep(moment.to_string())))?;
            if at >= MOST_VALUES || at < values.len() {
                return Err((*line, BadRow::Series(SeriesError::TooLong { id: id.to_owned() })));
            }
            let some = |value: f64| (!value.is_nan()).then_some(value);
            values.resize(at, None);
            values.push(some(*value));
            if let Ok(found) = rows.holidays.binary_search_by_key(row, |its| its.0) {
                holidays.push((at, rows.holidays[found].1));
            }
            for (which, column) in running.iter_mut().enumerate() {
                column.resize(at, None);
                column.push(some(rows.figures[*row as usize * columns + which]));
            }
        }
        if let Some(split) = split {
            split.put(&mut running, &holidays);
        }
        // Rows after the last known value only say what is known of the future.
        while values.last().is_some_and(Option::is_none) {
            values.pop();
        }
        let line = rows.values.first().map_or(rows.first_line, |row| row.2);
        let (first, attributes) = (moments.first().copied(), rows.attributes);
        Ok(Self { steps, values, running, attributes, first, line })
    }

    fn series(
        mut self,
        id: &str,
        beside: &Beside,
        named: &Named,
    ) -> Result<Result<Series, SeriesError>, (u64, BadRow)> {
        let (line, steps) = (self.line, self.steps);
        let told = beside.launch(&mut self.attributes).map_err(|why| (line, why))?;
        let other = |moment: Moment| (line, BadRow::NotALaunch(moment.to_string()));
        let launch = told.map(|moment| steps.step_of(moment).ok_or_else(|| other(moment)));
        let launch = launch.transpose()?;
        let first = self.first.and_then(Moment::day);
        Ok(Series::new(id, steps.season(), self.values).and_then(|series| {
            let series = series.with_freq(steps.name());
            beside.give(named, series, self.running, self.attributes, (first, launch))
        }))
    }

    /// The same of a series without a value: its first row is its launch.
    fn newcomer(mut self, id: &str, beside: &Beside, named: &Named) -> Result<Series, SeriesError> {
        // Where it has a column for it, that of the launch says no more.
        drop(beside.launch(&mut self.attributes));
        let kind = (id, self.steps.season(), self.steps.name());
        let first = self.first.and_then(Moment::day);
        beside.newcomer(named, kind, (self.running, 0), self.attributes, first)
    }
}
