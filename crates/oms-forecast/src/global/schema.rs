//! What a global model may ask about a step, the same for every series of a group.
//!
//! Whatever has the unit of demand is measured in the series' own scale, so that a series of thousands teaches one of ones.
//! A figure that a history is too short for is unknown, not zero.

use std::collections::BTreeMap;
use std::fmt::Arguments;

use crate::part::Part;
use crate::past::Past;

/// Attributes that are told apart.
const MOST_ATTRIBUTES: usize = 16;

/// How a column of regressors is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reading {
    /// 0 or 1.
    Flag,
    /// Any other.
    Figure,
    /// The same everywhere.
    Constant,
}

/// Takes figures one after the other, with their names and whether they are categories.
pub(crate) trait Sink {
    /// What the figures that follow are a part of.
    fn part(&mut self, _part: Part) {}

    fn put(&mut self, name: Arguments<'_>, category: bool, value: f64);
}

/// The columns of a group.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) season: usize,
    /// Steps after which a longer season comes again; 0 where none is known.
    pub(crate) year: usize,
    pub(crate) readings: Vec<Reading>,
    /// What each column of regressors is a part of.
    pub(crate) parts: Vec<Part>,
    /// Codes of the values of each attribute, by name.
    attributes: Vec<(String, BTreeMap<String, usize>)>,
}

impl Schema {
    pub(crate) fn of(pasts: &[Past<'_>]) -> Self {
        let season = pasts.first().map_or(1, Past::season);
        let year = match season {
            7 => 364,
            24 => 168,
            _ => 0,
        };
        let widest = pasts.iter().max_by_key(|past| past.regressors().count());
        let names = widest.into_iter().flat_map(|past| past.regressors().map(|(name, _)| name));
        let parts: Vec<Part> = names.map(Part::of_regressor).collect();
        let reading = |at: usize| {
            let columns = pasts.iter().filter_map(|past| past.regressors().nth(at));
            Reading::of(columns.flat_map(|(_, column)| column).copied())
        };
        let mut attributes: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
        for (name, value) in pasts.iter().flat_map(Past::attributes) {
            attributes.entry(name).or_default().insert(value.to_owned(), 0);
        }
        let coded = attributes.into_iter().filter(|(_, values)| values.len() > 1);
        let coded = coded.take(MOST_ATTRIBUTES).map(|(name, mut values)| {
            values.values_mut().enumerate().for_each(|(code, at)| *at = code);
            (name.to_owned(), values)
        });
        let attributes = coded.collect();
        let readings = (0..parts.len()).map(reading).collect();
        Self { season, year, readings, parts, attributes }
    }

    /// The codes of a series' attributes.
    pub(crate) fn put_attributes(&self, past: &Past<'_>, sink: &mut impl Sink) {
        for (name, codes) in &self.attributes {
            let value = past.attributes().find(|(its, _)| its == name).map(|(_, value)| value);
            let code = value.and_then(|value| codes.get(value));
            sink.put(format_args!("{name}"), true, code.map_or(f64::NAN, |code| *code as f64));
        }
    }
}

impl Reading {
    fn of(figures: impl Iterator<Item = f32>) -> Self {
        let (mut low, mut high, mut flags) = (f32::MAX, f32::MIN, true);
        for figure in figures {
            (low, high) = (low.min(figure), high.max(figure));
            flags &= figure == 0.0 || (figure - 1.0).abs() < f32::EPSILON;
        }
        match (low < high, flags) {
            (false, _) => Self::Constant,
            (true, true) => Self::Flag,
            (true, false) => Self::Figure,
        }
    }
}
