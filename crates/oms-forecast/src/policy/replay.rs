//! What would have become of a shelf: demand that came, and the levels that it was ordered up to.
//!
//! A forecast is worth what it leaves of two evils, units that customers did not find and stock that no cycle needed. Each
//! service level trades one for the other, so planners are compared by whole frontiers: [`replay`] makes the points of one,
//! [`cuts`] reads what another saves.

use super::error::{PolicyError, not_negative, number};

/// Steps of the search for the joint cut.
const FINE: u32 = 4_000;
/// A share of lost units that counts as none, where logarithms are taken.
const NONE_LOST: f64 = 1e-7;

/// An order of a review: the position to order up to, and when its goods come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReviewOrder {
    /// Units on hand and on their way after the order.
    pub level: f64,
    /// Periods until its goods are there, in the morning.
    pub lead_time: u32,
}

/// What a shelf came to, over the periods that count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ShelfOutcome {
    /// Units that were wanted.
    pub wanted: f64,
    /// Of these, units that were not there; nobody waits for them.
    pub lost: f64,
    /// Units that lay there just before a delivery came, on average: stock that the cycle did not need.
    pub left: f64,
    /// Units that lay there at the end of a period, on average.
    pub on_hand: f64,
}

/// Plays a shelf: a review every so many periods, each with its order, goods in the morning, then demand. It begins as full
/// as its first order wants it. The first `warm` periods are played and not counted.
///
/// # Law
/// What is lost is never more than what was wanted. Where orders do not overtake one another, levels that are higher by
/// the same number of whole units lose no more.
///
/// # Errors
/// [`PolicyError`] where there is no review for a period, a level is no number, or demand is below 0.
///
/// # Cost
/// Linear in periods.
///
/// # Example
/// ```
/// use oms_forecast::policy::{ReviewOrder, replay};
///
/// // One unit a day, reviewed weekly, a week until the goods come: two weeks to cover.
/// let weekly = [ReviewOrder { level: 14.0, lead_time: 7 }; 10];
/// let shelf = replay(&[1.0; 70], &weekly, 7, 14)?;
/// assert!(shelf.lost < 1e-12 && shelf.left < 1e-12);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn replay(
    demand: &[f64],
    orders: &[ReviewOrder],
    review: usize,
    warm: usize,
) -> Result<ShelfOutcome, PolicyError> {
    if review == 0 || orders.len() < demand.len().div_ceil(review) {
        let (name, wanted) = ("number of orders", "one for each review of the demand");
        return Err(PolicyError::Value { name, found: orders.len() as f64, wanted });
    }
    for order in orders {
        number("level", order.level)?;
    }
    let mut on_hand = orders.first().map_or(0.0, |order| order.level.max(0.0));
    // By the period in which they come.
    let mut coming: Vec<(usize, f64)> = Vec::new();
    let mut shelf = ShelfOutcome::default();
    let (mut left, mut deliveries, mut stock) = (0.0, 0.0, 0.0);
    for (period, &wanted) in demand.iter().enumerate() {
        let wanted = not_negative("demand", wanted)?;
        let counts = period >= warm;
        let due: Vec<f64> = coming.extract_if(.., |its| its.0 == period).map(|its| its.1).collect();
        if !due.is_empty() && counts {
            left += on_hand;
            deliveries += 1.0;
        }
        on_hand += due.iter().sum::<f64>();
        if period.is_multiple_of(review) {
            let order = orders[period / review];
            let position = on_hand + coming.iter().map(|(_, units)| units).sum::<f64>();
            let units = (order.level - position).max(0.0).ceil();
            match order.lead_time as usize {
                0 => on_hand += units,
                lead => coming.push((period + lead, units)),
            }
        }
        let sold = wanted.min(on_hand);
        on_hand -= sold;
        if counts {
            shelf.wanted += wanted;
            shelf.lost += wanted - sold;
            stock += on_hand;
        }
    }
    shelf.left = left / f64::max(deliveries, 1.0);
    shelf.on_hand = stock / demand.len().saturating_sub(warm).max(1) as f64;
    Ok(shelf)
}

/// A point of a frontier.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StockPoint {
    /// The share of demand that was lost.
    pub lost: f64,
    /// What was left before deliveries, in any unit that is the same for both frontiers.
    pub left: f64,
}

/// What a frontier saves against a point of another one, as shares; below 0 where it costs more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cuts {
    /// Fewer lost units at equal leftovers.
    pub lost: f64,
    /// Less left over at equally many lost units.
    pub left: f64,
    /// The largest share by which both fall together.
    pub joint: f64,
}

/// Reads a frontier against a point: straight between its own points, over the logarithm of what is lost.
///
/// # Example
/// ```
/// use oms_forecast::policy::{StockPoint, cuts};
///
/// let line = [StockPoint { lost: 0.10, left: 2.0 }, StockPoint { lost: 0.05, left: 4.0 }];
/// let cut = cuts(StockPoint { lost: 0.10, left: 4.0 }, &line);
/// assert!((cut.lost - 0.5).abs() < 1e-9 && (cut.left - 0.5).abs() < 1e-9);
/// assert!(cut.joint > 0.25 && cut.joint < 0.35);
/// ```
#[must_use]
pub fn cuts(base: StockPoint, frontier: &[StockPoint]) -> Cuts {
    let log = |lost: f64| lost.max(NONE_LOST).ln();
    let mut line: Vec<(f64, f64)> =
        frontier.iter().map(|point| (point.left, log(point.lost))).collect();
    line.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some((first, last)) = line.first().zip(line.last()) else { return Cuts::default() };
    let lost_at = |left: f64| between(&line, left).exp();
    let turned: Vec<(f64, f64)> = line.iter().map(|(left, lost)| (-lost, *left)).collect();
    let step = (last.0 - first.0) / f64::from(FINE);
    let grid = (0..=FINE).map(|nth| first.0 + step * f64::from(nth));
    let both = |left: f64| (1.0 - left / base.left).min(1.0 - lost_at(left) / base.lost);
    Cuts {
        lost: 1.0 - lost_at(base.left) / base.lost,
        left: 1.0 - between(&turned, -log(base.lost)) / base.left,
        joint: grid.map(both).fold(f64::NEG_INFINITY, f64::max),
    }
}

/// The height of a line at a place; beyond its ends, that of the end.
fn between(line: &[(f64, f64)], at: f64) -> f64 {
    let after = line.partition_point(|(x, _)| *x < at);
    match (after.checked_sub(1).and_then(|before| line.get(before)), line.get(after)) {
        (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (at - x0) / (x1 - x0),
        (Some((_, y)), None) | (None, Some((_, y))) => *y,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ReviewOrder, StockPoint, cuts, replay};

    fn weekly(level: f64) -> [ReviewOrder; 30] {
        [ReviewOrder { level, lead_time: 7 }; 30]
    }

    // Goal: the play is right. Method: one unit a day. A level of 14 has nothing left when a delivery comes and loses
    // nothing; every unit more is left; of a level of 7 nothing is ordered before the shelf is empty.
    #[test]
    fn a_steady_shelf_is_reckoned_by_hand() {
        let demand = [1.0; 210];
        let play = |level: f64| replay(&demand, &weekly(level), 7, 28).unwrap();
        assert_eq!((play(14.0).lost, play(14.0).left), (0.0, 0.0));
        assert_eq!((play(17.0).lost, play(17.0).left), (0.0, 3.0));
        assert!((play(17.0).on_hand - 6.0).abs() < 1e-9, "{}", play(17.0).on_hand);
        let bare = play(7.0);
        assert!(bare.lost > 0.4 * 182.0 && bare.lost < 0.6 * 182.0, "{bare:?}");
        assert!((play(0.0).lost - 182.0).abs() < 1e-9 && (play(0.0).wanted - 182.0).abs() < 1e-9);
    }

    // Goal: orders may overtake one another, and goods of the same day serve it. Method: reckoned by hand.
    #[test]
    fn lead_times_differ() {
        let order = |level: f64, lead_time: u32| ReviewOrder { level, lead_time };
        // Two units on the shelf; one is ordered for period 3, then one for period 2, then one at once.
        let orders = [order(2.0, 9), order(2.0, 3), order(3.0, 1), order(4.0, 0)];
        let shelf = replay(&[1.0, 1.0, 1.0, 1.0], &orders, 1, 0).unwrap();
        // Period 0: 2 there, 1 sold. 1: one ordered for 4, 1 sold. 2: two ordered for 3, none there.
        // 3: two come on an empty shelf, one ordered at once, 1 sold, two left.
        assert_eq!((shelf.lost, shelf.left, shelf.on_hand), (1.0, 0.0, 0.75));
        assert!(
            replay(&[1.0; 8], &orders, 2, 0).is_ok() && replay(&[1.0; 9], &orders, 2, 0).is_err()
        );
        assert!(replay(&[-1.0], &orders, 1, 0).is_err());
        assert!(replay(&[1.0], &[order(f64::NAN, 0)], 1, 0).is_err());
    }

    // Goal: right shares. Method: a frontier against itself cuts nothing, and one of half the stock at the same losses
    // halves leftovers.
    #[test]
    fn cuts_are_those_of_the_frontiers() {
        let point = |at: u32, share: f64| StockPoint {
            lost: 0.2 / f64::from(at),
            left: f64::from(at) * share,
        };
        let line = |share: f64| (1..9).map(|at| point(at, share)).collect::<Vec<_>>();
        let base = point(5, 1.0);
        let same = cuts(base, &line(1.0));
        assert!(same.joint.abs() < 1e-3 && same.lost.abs() < 1e-9 && same.left.abs() < 1e-9);
        let half = cuts(base, &line(0.5));
        assert!(
            (half.left - 0.5).abs() < 1e-9 && half.joint > 0.25 && half.joint < 0.5,
            "{half:?}"
        );
    }

    proptest! {
        // Goal: no level is worse than a lower one at what it is for. Method: any demand, the same lead times.
        #[test]
        fn more_stock_loses_no_more(
            demand in proptest::collection::vec(0_u8..9, 20..60),
            leads in proptest::collection::vec(0_u32..9, 60),
            level in 0_u8..60,
        ) {
            let demand: Vec<f64> = demand.into_iter().map(f64::from).collect();
            // Weekly reviews with goods in time for the next one: orders do not cross.
            let at = |level: f64| leads.iter().map(|lead| ReviewOrder { level, lead_time: lead % 7 }).collect::<Vec<_>>();
            let low = replay(&demand, &at(f64::from(level)), 7, 0).unwrap();
            let high = replay(&demand, &at(f64::from(level) + 1.0), 7, 0).unwrap();
            prop_assert!(high.lost <= low.lost + 1e-9 && low.lost <= low.wanted);
        }
    }
}
