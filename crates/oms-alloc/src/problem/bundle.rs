//! Bundles: lines of an order that leave together.
//!
//! An order with bundles is solved as one without: what a bundle has of its lines becomes one line, whose unit is a whole
//! bundle. A site offers as many of it as it has units for, at what these cost together, and a unit draws on every row
//! that they draw on. So nothing beyond the builder has to know the rule, and none can tear a bundle.

use serde::{Deserialize, Serialize};

use super::builder::in_range;
use super::{MOST_COST, MOST_UNITS, NewSite, Offer, Row, Unsolvable};

/// Lines of an order that leave together: every bundle comes from one site in one package, or stays unfilled as a whole.
///
/// Where an order wants several, each may come from another site. A table with four chairs, ordered twice, is a bundle
/// of two units with a line of two tables and a line of eight chairs.
///
/// # Example
/// ```
/// use oms_alloc::{Bundle, NewSite, Offer, OrderRules, Problem, Row, WaveOptions, plan_wave};
///
/// // Two tables with four chairs each; site 0 has two tables and seven chairs: enough for one bundle.
/// let mut builder = Problem::builder();
/// let offer = |line, units| Offer { line, cost: 10, units, stock: Row::FREE, claim: Row::FREE };
/// let offers = vec![offer(0, 2), offer(1, 7)];
/// let site = NewSite { node: 0, fixed: 500, capacity: Row::FREE, counts: true, offers };
/// let bundles = [Bundle { units: 2, lines: vec![0, 1] }];
/// let rules = OrderRules { bundles: &bundles, ..OrderRules::default() };
/// builder.order(rules, &[(2, 3_000, false), (8, 500, false)], vec![site])?;
/// let outcome = plan_wave(&builder.build()?, &WaveOptions::default(), &mut |_| false);
/// assert_eq!(outcome.shipments.iter().map(|row| row.qty).collect::<Vec<_>>(), [1, 4]);
/// assert_eq!(outcome.progress.cost, 500 + 5 * 10 + 3_000 + 4 * 500);
/// # Ok::<(), oms_alloc::Unsolvable>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// How many of it are ordered.
    pub units: u32,
    /// Its lines, counted within the order, each in no other bundle. What each wants is a multiple of `units`.
    pub lines: Vec<u32>,
}

/// What is wrong with the bundles of an order.
pub(crate) struct BadBundle {
    pub(crate) field: &'static str,
    pub(crate) found: i64,
    pub(crate) expected: String,
}

/// Proves the bundles of an order whose lines want so many units.
pub(crate) fn check(bundles: &[Bundle], wanted: &[u32]) -> Result<(), BadBundle> {
    let bad = |field, found: u32, expected: &str| {
        Err(BadBundle { field, found: i64::from(found), expected: expected.to_owned() })
    };
    let mut is_bundled = vec![false; if bundles.is_empty() { 0 } else { wanted.len() }];
    for Bundle { units, lines } in bundles {
        if *units == 0 {
            return bad("the units of a bundle", 0, "at least 1");
        }
        if lines.is_empty() {
            return bad("the number of lines of a bundle", 0, "at least 1");
        }
        for line in lines {
            let Some((wanted, is_bundled)) =
                wanted.get(*line as usize).zip(is_bundled.get_mut(*line as usize))
            else {
                let expected = format!("an index below {}", wanted.len());
                return bad("a line of a bundle", *line, &expected);
            };
            if std::mem::replace(is_bundled, true) {
                return bad(
                    "a line of a bundle",
                    *line,
                    "each line of an order in one bundle, once",
                );
            }
            if *wanted == 0 || wanted % units != 0 {
                let expected = format!("a multiple of the bundle's {units}, at least that");
                return bad("the units of a line of a bundle", *wanted, &expected);
            }
        }
    }
    Ok(())
}

/// What a site offers of a bundle, and the rows that one draws on, each once, with the units.
pub(super) type BundleOffer = (Offer, Vec<(Row, u32)>);

/// An order whose bundles are lines.
pub(super) struct Composed {
    /// The lines: first those of no bundle, in their order, then the bundles.
    pub(super) lines: Vec<(u32, i64, bool)>,
    /// What each of these is told as: lines as they were given, with the units of each in one unit of it.
    pub(super) told: Vec<Vec<(u16, u32)>>,
    /// Per site, what it offers of bundles; what it offers of other lines is left to it.
    pub(super) offers: Vec<Vec<BundleOffer>>,
}

/// Composes lines to bundles, whose numbers are proven; lines from `given` on are told as nothing.
///
/// # Errors
/// [`Unsolvable`] where a bundle as a whole is beyond the bounds.
pub(super) fn compose(
    number: usize,
    bundles: &[Bundle],
    (lines, given): (&[(u32, i64, bool)], usize),
    sites: &mut [NewSite],
) -> Result<Composed, Unsolvable> {
    let mut is_loose = vec![true; lines.len()];
    for line in bundles.iter().flat_map(|bundle| &bundle.lines) {
        is_loose[*line as usize] = false;
    }
    let loose: Vec<usize> = (0..lines.len()).filter(|line| is_loose[*line]).collect();
    let itself = |line: &usize| (*line < given).then_some((*line as u16, 1)).into_iter().collect();
    let mut composed = Composed {
        lines: loose.iter().map(|line| lines[*line]).collect(),
        told: loose.iter().map(itself).collect(),
        offers: vec![Vec::new(); sites.len()],
    };
    let of = |what: &str| format!("{what} of a bundle of order {number}");
    for bundle in bundles {
        let each = |line: &u32| (*line as u16, lines[*line as usize].0 / bundle.units);
        let parts: Vec<(u16, u32)> = bundle.lines.iter().map(each).collect();
        let units = parts.iter().map(|(_, times)| i64::from(*times)).sum();
        in_range(units, 1, i64::from(MOST_UNITS), || of("the units in one"))?;
        let penalty = parts.iter().fold(0, |sum: i64, (line, times)| {
            sum.saturating_add(lines[usize::from(*line)].1.saturating_mul(i64::from(*times)))
        });
        in_range(penalty, 0, MOST_COST, || of("the penalty"))?;
        let is_whole = parts.iter().any(|(line, _)| lines[usize::from(*line)].2);
        composed.lines.push((bundle.units, penalty, is_whole));
        composed.told.push(parts);
    }
    for (site, offers) in sites.iter().zip(&mut composed.offers) {
        let mut by_line = vec![None; lines.len()];
        site.offers.iter().for_each(|offer| by_line[offer.line] = Some(offer));
        for (line, parts) in composed.told.iter().enumerate().skip(loose.len()) {
            let Some((offer, draws)) = offer_of(&by_line, (line, parts)) else { continue };
            in_range(offer.cost, -MOST_COST, MOST_COST, || of("the cost"))?;
            offers.push((offer, draws));
        }
    }
    for offers in sites.iter_mut().map(|site| &mut site.offers) {
        offers.retain(|offer| is_loose[offer.line]);
        for offer in offers {
            offer.line = loose.partition_point(|line| *line < offer.line);
        }
    }
    Ok(composed)
}

/// What a site that offers this by line offers of a bundle with these parts, which is the line of this number; nothing
/// if it lacks a part.
fn offer_of(
    by_line: &[Option<&Offer>],
    (line, parts): (usize, &[(u16, u32)]),
) -> Option<BundleOffer> {
    let none = Offer { line, cost: 0, units: u32::MAX, stock: Row::FREE, claim: Row::FREE };
    let mut whole = (none, Vec::with_capacity(2 * parts.len()));
    for &(part, times) in parts {
        let offer = by_line[usize::from(part)]?;
        let cost = offer.cost.saturating_mul(i64::from(times));
        whole.0.cost = whole.0.cost.saturating_add(cost);
        whole.0.units = whole.0.units.min(offer.units / times);
        whole.1.extend([(offer.stock, times), (offer.claim, times)]);
    }
    // LAW: two parts may draw on one row; what is left of it is shared out by the units of both.
    whole.1.sort_unstable();
    whole.1.dedup_by(|later, first| {
        let is_same = later.0 == first.0;
        first.1 = if is_same { first.1.saturating_add(later.1) } else { first.1 };
        is_same
    });
    whole.1.retain(|(row, _)| *row != Row::FREE);
    Some(whole)
}
