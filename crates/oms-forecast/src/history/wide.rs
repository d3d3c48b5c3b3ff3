//! One row a series.

use std::io::Read;

use super::beside::{Beside, figure};
use super::calendar::Moment;
use super::{BTreeSet, BadRow, Columns, History, HistoryError, Line, value};
use crate::series::Series;

pub(super) fn read<R: Read>(
    rows: &mut csv::Reader<R>,
    columns: &Columns,
    horizon: Option<usize>,
    whole: bool,
) -> Result<History, HistoryError> {
    let [id, h, season, y] = ["unique_id", "h", "season", "y"].map(|name| columns.find(name));
    let (id, h, season, y) = (id?, h?, season?, y?);
    let (freq, start) = (columns.find("freq").ok(), columns.find("start").ok());
    let others = columns.beside(&["unique_id", "freq", "h", "season", "start", "y"]);
    let records = rows.records().collect::<Result<Vec<_>, _>>()?;
    // A column of as many figures as there are values runs along them; any other says what the series is.
    let mut beside = Beside::default();
    for (at, name) in others {
        let runs = records.iter().any(|record| {
            let count =
                |at: usize| record.get(at).map_or(0, |y| y.split_ascii_whitespace().count());
            count(at) > 1 && count(at) == count(y)
        });
        (if runs { &mut beside.regressors } else { &mut beside.attributes }).push((at, name));
    }
    let named = beside.names();
    let mut history = History {
        regressors: named.own.clone(),
        attributes: named.attributes.clone(),
        ..History::default()
    };
    let mut ids = BTreeSet::new();
    for record in records {
        let line = Line::of(&record, id)?;
        if !ids.insert(line.id.to_owned()) {
            return Err(line.bad(BadRow::Twice("the series".to_owned())));
        }
        let count = |name, text: &str| {
            let found = text.parse::<usize>().ok().filter(|count| *count > 0);
            found.ok_or_else(|| line.bad(BadRow::NotACount { name, value: text.to_owned() }))
        };
        let h = count("h", line.get(h))?;
        let hidden = if whole { 0 } else { h };
        let season = count("season", line.get(season))?;
        let values: Vec<&str> = line.get(y).split_ascii_whitespace().collect();
        // LAW: the hidden part is cut off before anything is read of it.
        let known = values.iter().take(values.len().saturating_sub(hidden));
        let known: Result<Vec<Option<f64>>, BadRow> = known.map(|text| value(text)).collect();
        let known = known.map_err(|why| line.bad(why))?;
        let running = beside.regressors.iter().map(|(at, name)| {
            let figures: Vec<&str> = line.get(*at).split_ascii_whitespace().collect();
            let (name, found, wanted) = (name.clone(), figures.len(), values.len());
            if found != wanted && found > 0 {
                return Err(BadRow::NotAsLong { name, found, wanted });
            }
            figures.into_iter().map(|text| figure(&name, text)).collect()
        });
        let running = running.collect::<Result<Vec<_>, _>>().map_err(|why| line.bad(why))?;
        let texts = beside.attributes.iter().map(|(at, _)| line.get(*at).to_owned()).collect();
        let first = start.and_then(|start| Moment::read(line.get(start))?.day());
        let series = Series::new(line.id, season, known).and_then(|series| {
            let series = match freq {
                Some(freq) => series.with_freq(line.get(freq)),
                None => series,
            };
            beside.give(&named, series, running, texts, first)
        });
        history.take(series, horizon.unwrap_or(h)).map_err(|why| line.bad(why))?;
    }
    Ok(history)
}
