//! What is known beside demand, step by step, in the past and ahead: promotions, prices, holidays, open days.
//!
//! # Units
//! A flag is 0 or 1; any other figure has the unit of its column. Seven digits are kept.

use std::sync::Arc;

use crate::series::SeriesError;

/// The size of a regressor, whatever its sign.
pub const MOST_REGRESSOR: f64 = 1e30;
/// Columns of regressors that a series may have.
pub const MOST_REGRESSORS: usize = 64;

/// Columns of figures known beside demand, each over the past and as far ahead as it is planned.
///
/// A figure that is not there is 0 in a column of flags; elsewhere it is as the last one was, and before the first, as
/// that one is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Regressors {
    names: Arc<[String]>,
    /// Figures, which series may share, and how many of the first are not this one's.
    columns: Vec<(Arc<[f32]>, usize)>,
}

impl Regressors {
    /// Columns of as many figures as the longest has.
    pub(crate) fn new(
        id: &str,
        names: Arc<[String]>,
        columns: &[Vec<Option<f64>>],
    ) -> Result<Self, SeriesError> {
        if columns.len() != names.len() || names.len() > MOST_REGRESSORS {
            let (id, found) = (id.to_owned(), columns.len().max(names.len()));
            return Err(SeriesError::Columns { id, found });
        }
        let steps = columns.iter().map(Vec::len).max().unwrap_or_default();
        let mut all = Vec::with_capacity(columns.len());
        for (name, column) in names.iter().zip(columns) {
            for (at, figure) in column.iter().enumerate() {
                if let Some(figure) =
                    figure.filter(|its| its.is_nan() || its.abs() > MOST_REGRESSOR)
                {
                    let (id, name) = (id.to_owned(), name.clone());
                    return Err(SeriesError::Regressor { id, name, at: at + 1, value: figure });
                }
            }
            let is_flag = |figure: f64| figure == 0.0 || (figure - 1.0).abs() < f64::EPSILON;
            let flags = column.iter().flatten().all(|figure| is_flag(*figure));
            let mut last = column.iter().flatten().next().copied().unwrap_or_default();
            let figures = (0..steps).map(|at| {
                let figure = column.get(at).copied().flatten();
                last = figure.unwrap_or(if flags { 0.0 } else { last });
                last as f32
            });
            all.push((figures.collect(), 0));
        }
        Ok(Self { names, columns: all })
    }

    /// The same without its first steps.
    pub(crate) fn from(mut self, skipped: usize) -> Self {
        self.columns.iter_mut().for_each(|(_, from)| *from += skipped);
        self
    }

    /// The first so many columns, and these after them; names are for all.
    pub(crate) fn joined(
        id: &str,
        before: Option<Self>,
        names: Arc<[String]>,
        kept: usize,
        more: Vec<(Arc<[f32]>, usize)>,
    ) -> Result<Self, SeriesError> {
        let mut columns = before.map(|its| its.columns).unwrap_or_default();
        columns.resize_with(kept, || (Arc::from([]), 0));
        columns.extend(more);
        if columns.len() != names.len() || names.len() > MOST_REGRESSORS {
            let (id, found) = (id.to_owned(), columns.len().max(names.len()));
            return Err(SeriesError::Columns { id, found });
        }
        Ok(Self { names, columns })
    }

    pub(crate) fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    pub(crate) fn column(&self, at: usize) -> &[f32] {
        let (figures, from) = &self.columns[at];
        figures.get(*from..).unwrap_or_default()
    }
}
