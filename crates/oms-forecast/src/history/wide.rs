//! One row a series.

use std::io::Read;

use super::{BTreeSet, BadRow, Columns, History, HistoryError, Line, value};
use crate::series::Series;

pub(super) fn read<R: Read>(
    rows: &mut csv::Reader<R>,
    columns: &Columns,
    horizon: Option<usize>,
) -> Result<History, HistoryError> {
    let [id, h, season, y] = ["unique_id", "h", "season", "y"].map(|name| columns.find(name));
    let (id, h, season, y) = (id?, h?, season?, y?);
    let freq = columns.find("freq").ok();
    let unread = columns.beside(&["unique_id", "freq", "h", "season", "start", "y"]);
    let mut history = History { unread, ..History::default() };
    let mut ids = BTreeSet::new();
    for record in rows.records() {
        let record = record?;
        let line = Line::of(&record, id)?;
        if !ids.insert(line.id.to_owned()) {
            return Err(line.bad(BadRow::Twice("the series".to_owned())));
        }
        let count = |name, text: &str| {
            let found = text.parse::<usize>().ok().filter(|count| *count > 0);
            found.ok_or_else(|| line.bad(BadRow::NotACount { name, value: text.to_owned() }))
        };
        let hidden = count("h", line.get(h))?;
        let season = count("season", line.get(season))?;
        let values: Vec<&str> = line.get(y).split_ascii_whitespace().collect();
        // LAW: the hidden part is cut off before anything is read of it.
        let known = values.iter().take(values.len().saturating_sub(hidden));
        let known: Result<Vec<Option<f64>>, BadRow> = known.map(|text| value(text)).collect();
        let known = known.map_err(|why| line.bad(why))?;
        let series = Series::new(line.id, season, known);
        let series = series.map(|series| match freq {
            Some(freq) => series.with_freq(line.get(freq)),
            None => series,
        });
        history.take(series, horizon.unwrap_or(hidden)).map_err(|why| line.bad(why))?;
    }
    Ok(history)
}
