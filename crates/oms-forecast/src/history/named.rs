//! A column that names holidays: each name becomes a column of its own.

use std::collections::BTreeMap;

use super::beside::{Beside, figure};
use super::table::Cell;
use crate::holidays::HOLIDAY;

/// The name of the column.
pub(super) const NAMES: &str = "holiday";

/// Texts of the column, each once.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Where the column stands among the regressors.
    at: Option<usize>,
    ranks: BTreeMap<String, u32>,
}

/// Which columns the texts become.
#[derive(Debug, Default)]
pub(super) struct NamedColumns {
    /// Where they stand among the regressors, and how many they are.
    at: usize,
    count: usize,
    /// Of each text, those that it names.
    of: Vec<Vec<usize>>,
}

impl Texts {
    /// Takes the column among the regressors, whatever its first row says.
    pub(super) fn of(beside: &Beside) -> Self {
        let at = beside.regressors.iter().position(|(_, name)| name == NAMES);
        Self { at, ranks: BTreeMap::new() }
    }

    pub(super) fn is(&self, place: usize) -> bool {
        self.at == Some(place)
    }

    /// The rank of a text, unless it is nothing.
    pub(super) fn rank(&mut self, cell: &Cell<'_>) -> Option<u32> {
        let text = cell.text();
        if text.is_empty()
            || figure(NAMES, cell) == Ok(None)
            || figure(NAMES, cell) == Ok(Some(0.0))
        {
            return None;
        }
        if let Some(rank) = self.ranks.get(&*text) {
            return Some(*rank);
        }
        let rank = u32::try_from(self.ranks.len()).ok()?;
        self.ranks.insert(text.into_owned(), rank);
        Some(rank)
    }

    /// Puts columns in place of the one, unless all its texts are figures.
    pub(super) fn split(self, beside: &mut Beside) -> Option<NamedColumns> {
        let at = self.at?;
        let is_figure = |text: &String| figure(NAMES, &Cell::from(text.as_str())).is_ok();
        if self.ranks.keys().all(is_figure) {
            return None;
        }
        let mut texts: Vec<(String, u32)> = self.ranks.into_iter().collect();
        texts.sort_by_key(|(_, rank)| *rank);
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut names: Vec<String> = Vec::new();
        let of = texts.iter().map(|(text, _)| {
            let each = text.split(';').map(str::trim).filter(|name| !name.is_empty());
            let place = |name| {
                *places.entry(name).or_insert_with(|| {
                    names.push(name.to_owned());
                    names.len() - 1
                })
            };
            each.map(place).collect()
        });
        let of = of.collect();
        let count = names.len();
        let (column, _) = beside.regressors.remove(at);
        let named = names.into_iter().map(|name| (column, format!("{HOLIDAY}{name}")));
        beside.regressors.splice(at..at, named);
        Some(NamedColumns { at, count, of })
    }
}

impl NamedColumns {
    /// The columns of a series in place of the one that stands there: the text of a step, where it has one, by rank.
    pub(super) fn put(&self, running: &mut Vec<Vec<Option<f64>>>, texts: &[(usize, u32)]) {
        let steps = running.get(self.at).map_or(0, Vec::len);
        let mut columns = vec![vec![Some(0.0); steps]; self.count];
        for (step, rank) in texts {
            for column in &self.of[*rank as usize] {
                columns[*column][*step] = Some(1.0);
            }
        }
        running.splice(self.at..=self.at, columns);
    }
}
