//! Days of places: what was wanted on each, when it is closed, and what is promoted.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use oms_core::catalog::{Calendar, Location};
use oms_core::views::DemandView;
use oms_core::words::{BusinessDay, LocationId, Sku, TimeZone};
use oms_forecast::{Newcomer, Series, SeriesError};

use super::promotion::Promotions;

/// Days of the past that are looked at: five years.
pub(super) const MOST_DAYS: usize = 1_830;
/// Days in a season.
const WEEK: usize = 7;

/// When a place is open.
#[derive(Debug)]
pub(super) struct Opening {
    calendar: Calendar,
    zone: TimeZone,
}

impl Opening {
    pub(super) fn of(location: &Location) -> Opening {
        Opening { calendar: location.calendar.clone(), zone: location.time_zone }
    }

    /// The share of a day's opening hours in which goods were there.
    fn available(&self, view: &DemandView, sku: &Sku, node: &LocationId, day: BusinessDay) -> f64 {
        let (mut open, mut out) = (0, 0);
        for window in self.calendar.openings(day, self.zone) {
            open += window.to().ms() - window.from().ms();
            out += view.out_ms(sku, node, window.from(), window.to());
        }
        if open > 0 { 1.0 - out as f64 / open as f64 } else { 1.0 }
    }
}

/// What was wanted of a SKU at a node, by day up to the last one that is over.
#[derive(Clone, Debug, Default)]
pub(super) struct Days {
    /// `None` where nothing is known, for the shelf was empty.
    pub(super) wanted: Vec<Option<f64>>,
    /// Days on which the shelf went empty: more may have been wanted than was sold, and so much is taken for likely.
    pub(super) recovered: usize,
}

impl Days {
    /// From what left the node.
    pub(super) fn of(
        view: &DemandView,
        (sku, node): (&Sku, &LocationId),
        opening: &Opening,
        last: BusinessDay,
    ) -> Days {
        let Some(since) = view.stocked_since(sku, node) else { return Days::default() };
        let served = view.served(sku, node);
        let hidden = !view.outages(sku, node).is_empty();
        let first = view.zone().local_day(since);
        let (mut sold, mut shares, mut closed) = (Vec::new(), Vec::new(), Vec::new());
        let mut day = last;
        // The first day is as little known as the last one: goods came in the midst of it.
        while day > first && sold.len() < MOST_DAYS {
            sold.push(served.and_then(|days| days.get(&day)).copied().unwrap_or_default() as f64);
            let share = if hidden { opening.available(view, sku, node, day) } else { 1.0 };
            shares.push(share);
            closed.push(!opening.calendar.is_open_day(day));
            day = day.prev();
        }
        sold.reverse();
        shares.reverse();
        closed.reverse();
        let hides = |day: usize| shares[day] < 1.0 && !closed[day];
        if !(0..sold.len()).any(hides) {
            return Days { wanted: sold.into_iter().map(Some).collect(), recovered: 0 };
        }
        // A closed day without sales says nothing of what an open one wants.
        let told = Series::new("", WEEK, sold.iter().copied().map(Some))
            .and_then(|series| series.with_closed(&closed))
            .and_then(|series| series.with_available(&shares));
        let Ok(told) = told else { return Days { wanted: vec![None; sold.len()], recovered: 0 } };
        let before = sold.len() - told.values().len();
        let wanted = (0..sold.len()).map(|day| match day.checked_sub(before) {
            Some(at) if told.seen()[at] => Some(told.values()[at]),
            _ => closed[day].then_some(0.0),
        });
        let wanted: Vec<Option<f64>> = wanted.collect();
        let recovered = (0..sold.len()).filter(|day| hides(*day) && wanted[*day].is_some()).count();
        Days { wanted, recovered }
    }

    /// Days whose demand is not known.
    pub(super) fn unknown(&self) -> usize {
        self.wanted.iter().filter(|day| day.is_none()).count()
    }

    /// Usual demand of a day.
    pub(super) fn mean(&self) -> f64 {
        let known = self.wanted.iter().flatten().count();
        if known > 0 { self.wanted.iter().flatten().sum::<f64>() / known as f64 } else { 0.0 }
    }

    /// The demand of two places, day by day to the same end; what one does not know it is expected to have had.
    pub(super) fn together(&self, other: &Days) -> Days {
        let (usual, others) = (self.mean(), other.mean());
        let len = self.wanted.len().max(other.wanted.len());
        let at = |days: &[Option<f64>], day: usize| match (day + days.len()).checked_sub(len) {
            // Not there yet: it sold nothing, and that is known.
            None => Some(0.0),
            Some(day) => days.get(day).copied().flatten(),
        };
        let wanted = (0..len).map(|day| match (at(&self.wanted, day), at(&other.wanted, day)) {
            (None, None) => None,
            (Some(a), Some(b)) => Some(a + b),
            (Some(a), None) => Some(a + others),
            (None, Some(b)) => Some(usual + b),
        });
        Days { wanted: wanted.collect(), recovered: self.recovered + other.recovered }
    }
}

/// The days that are looked at, past and ahead, and what is known of them for each place.
pub(super) struct Span<'a> {
    days: Vec<BusinessDay>,
    /// So many of them are over.
    known: usize,
    closed: BTreeMap<&'a LocationId, Vec<bool>>,
    promotions: Promotions<'a>,
}

impl<'a> Span<'a> {
    /// From five years before the last day that is over to so many after it.
    pub(super) fn new(
        last: BusinessDay,
        ahead: usize,
        openings: &'a BTreeMap<LocationId, Opening>,
        promotions: Promotions<'a>,
    ) -> Self {
        let mut first = last;
        let mut known = 1;
        while known < MOST_DAYS && first.prev() < first {
            first = first.prev();
            known += 1;
        }
        let days = std::iter::successors(Some(first), |day| Some(day.next()));
        let days: Vec<BusinessDay> = days.take(known + ahead).collect();
        let closed = openings.iter().map(|(node, opening)| {
            (node, days.iter().map(|day| !opening.calendar.is_open_day(*day)).collect())
        });
        Self { closed: closed.collect(), known, promotions, days }
    }

    /// The series of a SKU, wanted at these nodes, each with its weight; `None` where no day is known.
    pub(super) fn series(
        &self,
        sku: &Sku,
        nodes: &[(&LocationId, f64)],
        days: &Days,
        ahead: usize,
    ) -> Result<Option<Series>, SeriesError> {
        if days.wanted.iter().all(Option::is_none) {
            return Ok(None);
        }
        let range = self.range(days.wanted.len(), ahead);
        let series = Series::new(id(sku, nodes), WEEK, days.wanted.iter().copied())?;
        let series = self.beside(series.with_freq("D"), (sku, nodes), range.clone())?;
        let closed = self.closed(nodes, range);
        if !closed.contains(&true) {
            return Ok(Some(series.launched()));
        }
        match series.with_closed(&closed) {
            // Nothing was ever seen at an open day.
            Err(SeriesError::Empty { .. }) => Ok(None),
            series => Ok(Some(series?.launched())),
        }
    }

    /// The same where no day is known: its launch is the first one ahead.
    pub(super) fn newcomer(
        &self,
        sku: &Sku,
        nodes: &[(&LocationId, f64)],
        ahead: usize,
    ) -> Result<Newcomer, SeriesError> {
        // The last day that is over stands for a past.
        let range = self.range(1, ahead);
        let closed = self.closed(nodes, range.clone());
        let newcomer = Newcomer::new(id(sku, nodes), (WEEK, "D"), closed, ahead)?;
        newcomer.with(|series| self.beside(series, (sku, nodes), range))
    }

    /// So many of the last days that are over, and some ahead.
    fn range(&self, past: usize, ahead: usize) -> Range<usize> {
        self.known.saturating_sub(past)..(self.known + ahead).min(self.days.len())
    }

    /// The series with its first day and what is promoted.
    fn beside(
        &self,
        mut series: Series,
        (sku, nodes): (&Sku, &[(&LocationId, f64)]),
        range: Range<usize>,
    ) -> Result<Series, SeriesError> {
        let days = self.days.get(range).unwrap_or_default();
        if let Some(Ok(first)) = days.first().map(|day| day.to_string().parse()) {
            series = series.with_first(first);
        }
        if !self.promotions.is_empty() {
            let columns = self.promotions.columns(sku, nodes, days);
            series = series.with_regressors(Arc::clone(self.promotions.names()), &columns)?;
        }
        Ok(series)
    }

    /// Whether none of these nodes is open, day by day; of those that sell, where any does.
    fn closed(&self, nodes: &[(&LocationId, f64)], range: Range<usize>) -> Vec<bool> {
        // Where nothing is wanted it does not matter who is open.
        let sells = nodes.iter().any(|(_, usual)| *usual > 0.0);
        let is_shut = |day| {
            nodes.iter().filter(|(_, usual)| *usual > 0.0 || !sells).all(|(node, _)| {
                self.closed.get(node).and_then(|days| days.get(day)).copied().unwrap_or_default()
            })
        };
        range.map(is_shut).collect()
    }

    /// Days ahead on which a SKU is promoted at one of these nodes; none where there are no promotions.
    pub(super) fn promoted(
        &self,
        sku: &Sku,
        nodes: &[(&LocationId, f64)],
        ahead: usize,
    ) -> Vec<bool> {
        if self.promotions.is_empty() {
            return Vec::new();
        }
        let to = self.known.saturating_add(ahead).min(self.days.len());
        let days = self.days.get(self.known..to).unwrap_or_default();
        let mut promoted = vec![false; days.len()];
        for (node, _) in nodes {
            let on = self.promotions.on(sku, node, days);
            promoted.iter_mut().zip(on).for_each(|(day, on)| *day |= on.is_some());
        }
        promoted
    }
}

/// The last node is the one that is planned for.
fn id(sku: &Sku, nodes: &[(&LocationId, f64)]) -> String {
    nodes.last().map_or_else(String::new, |(node, _)| format!("{sku} at {node}"))
}

#[cfg(test)]
mod tests {
    use super::Days;

    // Goal: demand is added to the same end, and what is unknown in one is no zero. Method: reckoned by hand.
    #[test]
    fn days_meet_at_the_end() {
        let days = |wanted: &[Option<f64>]| Days { wanted: wanted.to_vec(), recovered: 1 };
        let a = days(&[Some(1.0), None, Some(3.0)]);
        let sum = a.together(&days(&[None, Some(4.0)]));
        assert_eq!(sum.wanted, [Some(1.0), None, Some(7.0)]);
        assert_eq!(sum.recovered, 2);
        let sum = a.together(&days(&[Some(4.0), None]));
        assert_eq!(sum.wanted, [Some(1.0), Some(6.0), Some(7.0)]);
    }
}
