//! Columns beside demand: what they are, and how they come to a series.

use std::sync::Arc;

use chrono::{Days, Months, NaiveDate};

use super::BadRow;
use super::calendar::Moment;
use super::table::Cell;
use crate::regressors::MOST_REGRESSORS;
use crate::series::{Series, SeriesError};

/// 0 where a step is closed.
const OPEN: &str = "open";
/// The share of a step during which the goods were there.
const AVAILABLE: &str = "available";
/// 1 where the goods ran out within a step.
const STOCKOUT: &str = "stockout";

/// The first moment from which a series could be sold.
pub(super) const LAUNCH: &str = "launch";

/// Which columns of a file are regressors and which attributes.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) regressors: Vec<(usize, String)>,
    pub(super) attributes: Vec<(usize, String)>,
}

impl Beside {
    /// Names without those that have a meaning of their own, and attributes.
    pub(super) fn names(&self) -> Named {
        let own = self.regressors.iter().filter(|(_, name)| !is_meant(name));
        let names = |pairs: &mut dyn Iterator<Item = &(usize, String)>| {
            pairs.map(|(_, name)| name.clone()).collect::<Arc<[String]>>()
        };
        let texts = self.attributes.iter().filter(|(_, name)| name != LAUNCH);
        Named { own: names(&mut own.into_iter()), attributes: names(&mut texts.into_iter()) }
    }

    /// Takes the launch out of a series' texts, if they have one.
    pub(super) fn launch(&self, texts: &mut Vec<String>) -> Result<Option<Moment>, BadRow> {
        let at = self.attributes.iter().position(|(_, name)| name == LAUNCH);
        let Some(at) = at.filter(|at| *at < texts.len()) else { return Ok(None) };
        let text = texts.remove(at);
        let moment = Moment::read(&text).map(Some);
        if text.is_empty() { Ok(None) } else { moment.ok_or(BadRow::NotALaunch(text)) }
    }

    /// Gives a series what stands beside it: a column for each regressor, a text for each attribute; its first day and the
    /// step of its launch, where they are known.
    pub(super) fn give(
        &self,
        named: &Named,
        series: Series,
        columns: Vec<Vec<Option<f64>>>,
        attributes: Vec<String>,
        (first, launch): (Option<NaiveDate>, Option<usize>),
    ) -> Result<Series, SeriesError> {
        let mut series = series;
        let mut own = Vec::with_capacity(columns.len());
        let mut masks = Vec::new();
        for (column, (_, name)) in columns.into_iter().zip(&self.regressors) {
            if is_meant(name) { masks.push((name, column)) } else { own.push(column) }
        }
        if let Some(first) = first {
            series = series.with_first(first);
        }
        if !own.is_empty() {
            series = series.with_regressors(named.own.clone(), &own)?;
        }
        if !attributes.is_empty() {
            series = series.with_attributes(named.attributes.clone(), attributes);
        }
        if let Some(step) = launch {
            series = series.with_launch(step)?;
        }
        for (name, column) in masks {
            if name == OPEN {
                let closed: Vec<bool> = column.iter().map(|open| *open == Some(0.0)).collect();
                series = series.with_closed(&closed)?;
            } else {
                let share = |figure: &Option<f64>| match figure {
                    Some(out) if name == STOCKOUT => 1.0 - out,
                    Some(share) => *share,
                    None => 1.0,
                };
                series = series.with_available(&column.iter().map(share).collect::<Vec<f64>>())?;
            }
        }
        Ok(series)
    }

    /// A series without any value, whose launch is so many steps after its columns begin.
    pub(super) fn newcomer(
        &self,
        named: &Named,
        (id, season, freq): (&str, usize, &str),
        (columns, before_it): (Vec<Vec<Option<f64>>>, usize),
        attributes: Vec<String>,
        first: Option<NaiveDate>,
    ) -> Result<Series, SeriesError> {
        // Of steps that are known to have had nothing nobody tells the day.
        let first = first.filter(|_| before_it == 0);
        let (mut own, mut closed) = (Vec::with_capacity(columns.len()), Vec::new());
        for (column, (_, name)) in columns.into_iter().zip(&self.regressors) {
            // A step before the launch stands for the past.
            let column = std::iter::once(None).chain(column.into_iter().skip(before_it));
            match name {
                name if name == OPEN => closed = column.map(|open| open == Some(0.0)).collect(),
                name if is_meant(name) => {}
                _ => own.push(column.collect()),
            }
        }
        let mut series = Series::before_launch(id.to_owned(), (season, freq), closed)?;
        if let Some(first) = first.and_then(|first| before(first, freq)) {
            series = series.with_first(first);
        }
        if !own.is_empty() {
            series = series.with_regressors(named.own.clone(), &own)?;
        }
        if !attributes.is_empty() {
            series = series.with_attributes(named.attributes.clone(), attributes);
        }
        Ok(series)
    }
}

/// The day of the step before; `None` of a step whose days nobody counts.
fn before(day: NaiveDate, freq: &str) -> Option<NaiveDate> {
    match freq {
        "D" => day.checked_sub_days(Days::new(1)),
        "W" => day.checked_sub_days(Days::new(7)),
        "M" => day.checked_sub_months(Months::new(1)),
        _ => None,
    }
}

/// Names that all series of a file share.
pub(super) struct Named {
    pub(super) own: Arc<[String]>,
    pub(super) attributes: Arc<[String]>,
}

impl Named {
    /// That a series may have so many columns, before any is made.
    pub(super) fn fit(&self, id: &str) -> Result<(), SeriesError> {
        let found = self.own.len();
        let fits = found <= MOST_REGRESSORS;
        if fits { Ok(()) } else { Err(SeriesError::Columns { id: id.to_owned(), found }) }
    }
}

/// Whether a column says what demand could be seen, and is no regressor.
fn is_meant(name: &str) -> bool {
    [OPEN, AVAILABLE, STOCKOUT].contains(&name)
}

/// A figure of a column.
pub(super) fn figure(name: &str, cell: &Cell<'_>) -> Result<Option<f64>, BadRow> {
    let wrong = || {
        let (name, value) = (name.to_owned(), cell.text().into_owned());
        BadRow::NotAFigure { name, value }
    };
    let figure = match cell {
        Cell::Text(text) if text.eq_ignore_ascii_case("true") => Some(1.0),
        Cell::Text(text) if text.eq_ignore_ascii_case("false") => Some(0.0),
        cell => cell.value().map_err(|_| wrong())?,
    };
    let fits = |figure: f64| match name {
        OPEN | STOCKOUT => figure == 0.0 || (figure - 1.0).abs() < f64::EPSILON,
        AVAILABLE => (0.0..=1.0).contains(&figure),
        _ => figure.is_finite(),
    };
    if figure.is_none_or(fits) {
        return Ok(figure);
    }
    Err(wrong())
}
