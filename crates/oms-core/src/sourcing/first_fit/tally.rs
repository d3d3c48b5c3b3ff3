//! Which candidates rules took out: all are counted, the most telling are named.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::index::{OrderIndex, SnapshotIndex};
use super::super::rule::Rule;
use super::super::snapshot::ExcludedRow;
use crate::decision::{DecisionRecord, Removed, RemovedCount};

/// Removed candidates of one order.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: BTreeMap<&'static str, u64>,
    /// The most telling ones, the most telling first, then as they came.
    shown: Vec<Shown>,
}

#[derive(Debug)]
struct Shown {
    dullness: u8,
    node: usize,
    line: Option<usize>,
    code: &'static str,
    /// The position of the exclusion in the order's row.
    excluded: Option<usize>,
}

impl Tally {
    pub(super) fn add(
        &mut self,
        node: usize,
        line: Option<usize>,
        code: &'static str,
        excluded: Option<usize>,
    ) {
        let count = self.counts.entry(code).or_insert(0);
        *count = count.saturating_add(1);
        let dullness = dullness(code);
        let place = self.shown.partition_point(|shown| shown.dullness <= dullness);
        if place < DecisionRecord::REMOVED_SHOWN {
            self.shown.truncate(DecisionRecord::REMOVED_SHOWN.saturating_sub(1));
            self.shown.insert(place, Shown { dullness, node, line, code, excluded });
        }
    }

    /// Writes what was taken out into a record.
    pub(super) fn write(
        &self,
        index: &SnapshotIndex<'_>,
        order: &OrderIndex<'_>,
        record: &mut DecisionRecord,
    ) {
        record.removed_by_rule = self
            .counts
            .iter()
            .map(|(code, count)| RemovedCount { rule: Cow::Borrowed(*code), count: *count })
            .collect();
        record.removed = self
            .shown
            .iter()
            .filter_map(|shown| {
                let excluded: Option<&ExcludedRow> =
                    shown.excluded.and_then(|at| order.row.excluded.get(at));
                let line = shown.line.and_then(|at| order.lines.get(at));
                Some(Removed {
                    node: index.nodes().get(shown.node)?.row.id.clone(),
                    line: line.map(|line| line.row.id.clone()),
                    rule: Cow::Borrowed(shown.code),
                    reason: excluded
                        .and_then(|row| row.reason.as_ref())
                        .map(|reason| Cow::Owned(reason.to_string())),
                    until: excluded.and_then(|row| row.until),
                })
            })
            .collect();
    }
}

/// How little a removal tells a person: an exclusion is news, a missing lane is geography.
fn dullness(code: &'static str) -> u8 {
    const TELLING: [Rule; 9] = [
        Rule::NodeExcluded,
        Rule::NodeIncapable,
        Rule::CapacityExceeded,
        Rule::DeadlineMissed,
        Rule::NotSingleNode,
        Rule::LineSplit,
        Rule::NodeClosed,
        Rule::ClaimExceeded,
        Rule::PoolNotSold,
    ];
    let place = TELLING.iter().position(|rule| rule.code() == code);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Goal: the record stays small and names what is news. Method: many dull removals, then one that is not.
    #[test]
    fn the_most_telling_removals_are_kept_and_all_are_counted() {
        let mut tally = Tally::default();
        for node in 0..20 {
            tally.add(node, None, Rule::LaneMissing.code(), None);
        }
        tally.add(20, Some(0), Rule::NodeExcluded.code(), Some(0));
        assert_eq!(tally.shown.len(), DecisionRecord::REMOVED_SHOWN);
        assert_eq!(tally.shown[0].node, 20);
        assert_eq!(tally.shown[1].node, 0);
        assert_eq!(tally.counts.values().sum::<u64>(), 21);
    }
}
