//! One row a series.

use std::collections::BTreeSet;

use super::beside::{Beside, Named, figure};
use super::calendar::{Moment, Steps};
use super::named::{NAMES, NamedColumns, Texts};
use super::table::{Cell, Table};
use super::{BadRow, History, HistoryError};
use crate::series::{Series, SeriesError};

pub(super) fn read<T: Table>(
    mut table: T,
    horizon: Option<usize>,
    whole: bool,
) -> Result<History, HistoryError> {
    let [id, h, season, y] = ["unique_id", "h", "season", "y"].map(|name| table.find(name));
    let (id, h, season, y) = (id?, h?, season?, y?);
    let (freq, start) = (table.find("freq").ok(), table.find("start").ok());
    let others = table.beside(&["unique_id", "freq", "h", "season", "start", "y"]);
    let mut rows: Vec<Row> = Vec::new();
    let mut ids = BTreeSet::new();
    while table.advance()? {
        let (number, its) = (table.number(), table.cell(id));
        let its = its.text();
        let bad = |why: BadRow| T::bad(number, &its, why);
        if its.is_empty() {
            return Err(bad(BadRow::NoId));
        }
        if !ids.insert(its.clone().into_owned()) {
            return Err(bad(BadRow::Twice("the series".to_owned())));
        }
        let count = |name, at: usize| {
            let cell = table.cell(at);
            let found = cell.text().parse::<usize>().ok().filter(|count| *count > 0);
            found.ok_or_else(|| bad(BadRow::NotACount { name, value: cell.text().into_owned() }))
        };
        let h = count("h", h)?;
        let season = count("season", season)?;
        // LAW: the hidden part is cut off before anything is read of it.
        let (hidden, values) = (if whole { 0 } else { h }, table.cell(y));
        let steps = values.count();
        let known = values.values(steps.saturating_sub(hidden)).map_err(bad)?;
        rows.push(Row {
            number,
            id: its.clone().into_owned(),
            horizon: horizon.unwrap_or(h),
            season,
            steps,
            known: known.len(),
            freq: freq.map(|freq| table.cell(freq).text().into_owned()).unwrap_or_default(),
            begin: start.and_then(|start| table.cell(start).moment()),
            series: Series::new(its, season, known),
            holidays: Vec::new(),
            others: others.iter().map(|(at, _)| table.cell(*at).into_owned()).collect(),
        });
    }
    let form = Form::of(&mut rows, others);
    let named = &form.named;
    if let Some(row) = rows.first() {
        named.fit(&row.id).map_err(|why| T::bad(row.number, &row.id, why.into()))?;
    }
    let mut history = History {
        regressors: named.own.clone(),
        attributes: named.attributes.clone(),
        ..History::default()
    };
    for row in rows {
        let (number, id, horizon) = (row.number, row.id.clone(), row.horizon);
        let bad = |why: BadRow| T::bad(number, &id, why);
        if !whole && matches!(row.series, Err(SeriesError::Empty { .. })) {
            history.welcome(row.newcomer(&form).map_err(bad)?, horizon);
            continue;
        }
        let series = row.with(&form).map_err(bad)?;
        history.take(series, (horizon, whole)).map_err(|why| bad(why.into()))?;
    }
    Ok(history)
}

/// A row whose values are read. A hundred thousand of them wait for the last, so that none keeps their text.
struct Row {
    number: u64,
    id: String,
    horizon: usize,
    season: usize,
    /// Values of `y`, the hidden ones too, and without them.
    steps: usize,
    known: usize,
    freq: String,
    begin: Option<Moment>,
    series: Result<Series, SeriesError>,
    /// What stands in the columns that have no meaning of their own.
    others: Vec<Cell<'static>>,
    /// Steps that name a holiday, and the rank of the text.
    holidays: Vec<(usize, u32)>,
}

/// What the columns of a file are.
struct Form {
    /// Those that run along the values, as they stand in the file.
    columns: Vec<(usize, String)>,
    /// What the one that names holidays becomes.
    split: Option<NamedColumns>,
    /// The same after that.
    beside: Beside,
    named: Named,
}

impl Form {
    /// A column of as many figures as there are values runs along them; any other says what the series is.
    fn of(rows: &mut [Row], others: Vec<(usize, String)>) -> Self {
        let mut beside = Beside::default();
        for (at, (_, name)) in others.into_iter().enumerate() {
            let runs = rows.iter().any(|row| {
                let count = row.others[at].count();
                count > 1 && count == row.steps
            });
            (if runs { &mut beside.regressors } else { &mut beside.attributes }).push((at, name));
        }
        let columns = beside.regressors.clone();
        let mut texts = Texts::of(&beside);
        if let Some((at, _)) = columns.iter().find(|(_, name)| name == NAMES) {
            for row in rows {
                let items = row.others[*at].items();
                let ranks = items.iter().enumerate();
                let ranks = ranks.filter_map(|(step, cell)| Some((step, texts.rank(cell)?)));
                row.holidays = ranks.collect();
            }
        }
        let split = texts.split(&mut beside);
        let named = beside.names();
        Self { columns, split, beside, named }
    }
}

/// Columns of figures, and texts.
type Aside = (Vec<Vec<Option<f64>>>, Vec<String>);

impl Row {
    /// Figures that run along, and what the series is.
    fn aside(&self, Form { columns, split, beside, .. }: &Form) -> Result<Aside, BadRow> {
        let running = columns.iter().map(|(at, name)| {
            let figures = self.others[*at].items();
            let (name, found, wanted) = (name.clone(), figures.len(), self.steps);
            if found != wanted && found > 0 {
                return Err(BadRow::NotAsLong { name, found, wanted });
            }
            if split.is_some() && name == NAMES {
                return Ok(vec![None; found]);
            }
            figures.iter().map(|cell| figure(&name, cell)).collect()
        });
        let mut running = running.collect::<Result<Vec<_>, _>>()?;
        if let Some(split) = split {
            split.put(&mut running, &self.holidays);
        }
        let texts = beside.attributes.iter().map(|(at, _)| self.others[*at].text().into_owned());
        Ok((running, texts.collect()))
    }

    /// The series with what stands beside it.
    fn with(self, form: &Form) -> Result<Result<Series, SeriesError>, BadRow> {
        let (running, mut texts) = self.aside(form)?;
        let Form { beside, named, .. } = form;
        let launch = launch(beside, &mut texts, &self.freq, self.begin)?;
        let first = self.begin.and_then(Moment::day);
        let series = self.series.map(|series| series.with_freq(self.freq));
        Ok(series.and_then(|series| beside.give(named, series, running, texts, (first, launch))))
    }

    /// The series of which no value is known.
    fn newcomer(self, form: &Form) -> Result<Series, BadRow> {
        let (running, mut texts) = self.aside(form)?;
        let Form { beside, named, .. } = form;
        launch(beside, &mut texts, &self.freq, self.begin)?;
        let first = self.begin.and_then(Moment::day);
        let kind = (self.id.as_str(), self.season, self.freq.as_str());
        Ok(beside.newcomer(named, kind, (running, self.known), texts, first)?)
    }
}

/// The step of the launch, if there is one among the texts.
fn launch(
    beside: &Beside,
    texts: &mut Vec<String>,
    freq: &str,
    begin: Option<Moment>,
) -> Result<Option<usize>, BadRow> {
    let Some(moment) = beside.launch(texts)? else { return Ok(None) };
    let steps = begin.and_then(|begin| Steps::named(freq, begin));
    let step = steps.and_then(|steps| steps.step_of(moment));
    step.map(Some).ok_or_else(|| BadRow::NotALaunch(moment.to_string()))
}
