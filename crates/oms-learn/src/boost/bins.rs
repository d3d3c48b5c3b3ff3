//! Columns in bytes: a value is the number of its bin, 0 where it is unknown.
//!
//! A column of few values has a bin for each. Of many, bins hold about equally many rows, and a value that alone fills
//! one gets its own. Edges lie halfway between values, so that a model says the same about new values in between.

use crate::shared::shared_out;
use crate::table::{ColumnKind, Table};

/// Bins that a column may have, the one of unknown values included.
pub(crate) const MOST_BINS: usize = 256;
/// Rows from which edges are learned, evenly spaced over all.
const SEEN_FOR_EDGES: usize = 60_000;

/// A column as trees learn from it.
#[derive(Debug)]
pub(crate) struct Binned {
    pub(crate) kind: ColumnKind,
    /// Numbers: the edge above bin `i + 1`. Categories: the category of bin `i + 1`.
    pub(crate) edges: Vec<f64>,
    /// Shape: `(n_rows,)`
    pub(crate) bins: Vec<u8>,
}

impl Binned {
    /// How many bins there are, that of unknown values included.
    pub(crate) fn len(&self) -> usize {
        self.edges.len() + 2
    }

    /// What a split behind a bin asks values to be at most, or to be if they are categories.
    pub(crate) fn threshold(&self, bin: u8) -> f64 {
        self.edges.get(usize::from(bin) - 1).copied().unwrap_or(f64::MAX)
    }

    fn of(values: &[f64], kind: ColumnKind, most: usize) -> Self {
        let step = values.len().div_ceil(SEEN_FOR_EDGES).max(1);
        let mut seen: Vec<f64> =
            values.iter().step_by(step).copied().filter(|value| !value.is_nan()).collect();
        seen.sort_unstable_by(f64::total_cmp);
        let mut distinct: Vec<(f64, usize)> = Vec::new();
        for value in seen {
            match distinct.last_mut() {
                // Both zeros are one value.
                Some(last) if last.0 >= value => last.1 += 1,
                _ => distinct.push((value, 1)),
            }
        }
        let edges = match kind {
            ColumnKind::Number => cuts(&distinct, most - 1),
            ColumnKind::Category => most_frequent(distinct, most - 2),
        };
        let bin = |value: &f64| {
            if value.is_nan() {
                return 0;
            }
            let at = edges.partition_point(|edge| edge < value);
            let at = match kind {
                ColumnKind::Number => at,
                // The last bin is for those that are not told apart.
                ColumnKind::Category if edges.get(at).is_some_and(|its| its <= value) => at,
                ColumnKind::Category => edges.len(),
            };
            at as u8 + 1
        };
        let bins = values.iter().map(bin).collect();
        Self { kind, edges, bins }
    }
}

/// All columns in bins.
pub(crate) fn binned(table: &Table, most: usize, threads: usize) -> Vec<Binned> {
    let columns = (0..table.n_cols()).filter_map(|at| table.column(at).zip(table.kind(at)));
    shared_out(columns, threads, |(values, kind)| Binned::of(values, kind, most))
}

/// Edges between at most so many bins.
fn cuts(distinct: &[(f64, usize)], most: usize) -> Vec<f64> {
    let halfway = |pair: &[(f64, usize)]| pair[0].0 + (pair[1].0 / 2.0 - pair[0].0 / 2.0);
    if distinct.len() <= most {
        return distinct.windows(2).map(halfway).collect();
    }
    let mut edges = Vec::with_capacity(most);
    let mut rows: usize = distinct.iter().map(|(_, count)| count).sum();
    let mut inside = 0;
    for pair in distinct.windows(2) {
        inside += pair[0].1;
        let bins_left = most - edges.len();
        if bins_left == 1 {
            break;
        }
        let share = rows / bins_left;
        if inside >= share || pair[1].1 >= share {
            edges.push(halfway(pair));
            rows -= inside;
            inside = 0;
        }
    }
    edges
}

fn most_frequent(mut distinct: Vec<(f64, usize)>, most: usize) -> Vec<f64> {
    distinct.sort_by(|one, two| two.1.cmp(&one.1).then(one.0.total_cmp(&two.0)));
    let mut edges: Vec<f64> = distinct.into_iter().take(most).map(|(value, _)| value).collect();
    edges.sort_unstable_by(f64::total_cmp);
    edges
}

#[cfg(test)]
mod tests {
    use super::{Binned, cuts};
    use crate::table::ColumnKind;

    // Goal: few values have a bin each, unknown ones bin 0. Method: by hand.
    #[test]
    fn few() {
        let column = Binned::of(&[2.0, f64::NAN, -0.0, 0.0, 4.0], ColumnKind::Number, 255);
        assert_eq!(column.bins, [2, 0, 1, 1, 3]);
        assert_eq!(column.edges, [1.0, 3.0]);
        let column = Binned::of(&[7.0, 3.0, 7.0, f64::NAN, 9.0], ColumnKind::Category, 4);
        assert_eq!((column.edges, column.bins), (vec![3.0, 7.0], vec![2, 1, 2, 0, 3]));
    }

    // Goal: never more bins than asked for, and a heavy value alone. Method: half of all rows are one value.
    #[test]
    fn many() {
        let mut distinct: Vec<(f64, usize)> = (0..1_000).map(|at| (f64::from(at), 1)).collect();
        distinct[300].1 = 1_000;
        let edges = cuts(&distinct, 16);
        assert!(edges.len() <= 15);
        assert!(edges.contains(&299.5) && edges.contains(&300.5), "{edges:?}");
    }
}
