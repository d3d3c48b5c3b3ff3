//! The world of a test: what was wanted, what is known of it, and when goods come.

use std::fs::File;
use std::path::Path;

use oms::forecast::policy::{LeadTime, ReviewOrder, replay};
use oms::forecast::{History, Past, Series};

use crate::Failure;
use crate::chance::drawn;

/// Days from one look to the next.
pub(crate) const REVIEW: usize = 7;
/// Days that are played and counted, before the last stretch that an order must last for.
const PLAYED: usize = 182;
/// Days before, that are played and not counted: the first orders are on their way.
pub(crate) const WARM: usize = 28;
/// Days that must be known before.
const YEAR: usize = 364;
/// Days of which a series must have sold something before the test: half of a year.
const SOLD: usize = 182;
/// Days that the shelf looks at whose sales are all that is known of a censored demand, and its deviations: 0.90.
const SHEET: (usize, f64) = (28, 1.281_551_6);
/// What a lead time is drawn for.
const LEAD: u64 = 1;

/// A series, what was wanted, and what was sold.
#[derive(Debug)]
pub(crate) struct Item {
    /// As it was read, or as a shelf met it.
    pub(crate) series: Series,
    /// The same with the days told on which the shelf went empty.
    pub(crate) told: Series,
    /// As it was read, for who knows what was wanted.
    pub(crate) true_series: Series,
    pub(crate) demand: Vec<f64>,
    pub(crate) sold: Vec<f64>,
}

/// All of a test.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) items: Vec<Item>,
    pub(crate) leads: LeadTime,
    pub(crate) seed: u64,
}

/// The series of a file with nothing hidden.
pub(crate) fn read(path: &Path) -> Result<Vec<Series>, Failure> {
    let history = History::read_whole(File::open(path)?, REVIEW)?;
    Ok(history.wanted.into_iter().map(|wanted| wanted.series).collect())
}

/// What a step sold: nothing where nothing is known.
fn sold(past: &Past<'_>) -> Vec<f64> {
    let steps = past.values().iter().zip(past.seen());
    steps.map(|(units, seen)| if *seen { units.max(0.0) } else { 0.0 }).collect()
}

impl World {
    /// The series that are long enough and sold something, less the days that are shifted away.
    pub(crate) fn of(
        all: &[Series],
        (shift, limit): (usize, Option<usize>),
        leads: &LeadTime,
        seed: u64,
    ) -> Result<World, Failure> {
        let last = REVIEW + leads.longest() as usize;
        let need = PLAYED + WARM + YEAR + 2 * last;
        let long = all.iter().filter(|series| series.values().len() >= need + shift);
        let mut items = Vec::new();
        for series in long.take(limit.unwrap_or(usize::MAX)) {
            let past = series.past();
            let known = past.first(past.values().len() - shift);
            let demand = sold(&known);
            let start = demand.len() - PLAYED - WARM;
            if demand[start - SOLD..start].iter().sum::<f64>() > 0.0 {
                let series = again(&known, &known_of(&known), None)?;
                let (told, true_series) = (series.clone(), series.clone());
                items.push(Item { series, told, true_series, sold: demand.clone(), demand });
            }
        }
        if items.is_empty() {
            return Err("no series is long enough".into());
        }
        Ok(World { items, leads: leads.clone(), seed })
    }

    /// The same, known only as far as a shelf met it: a spreadsheet kept it, by what it sold itself.
    pub(crate) fn censored(mut self) -> Result<World, Failure> {
        for (at, item) in self.items.iter_mut().enumerate() {
            let days = item.demand.len();
            let (mut sold, mut shares) = (item.demand.clone(), vec![1.0; days]);
            let mut on_hand = 0.0;
            let mut coming: Vec<(usize, f64)> = Vec::new();
            // So that all know the first weeks.
            for day in SHEET.0..days {
                on_hand += coming.extract_if(.., |its| its.0 == day).map(|its| its.1).sum::<f64>();
                if (day - SHEET.0).is_multiple_of(REVIEW) {
                    let lead = lead(&self.leads, self.seed, (at, days - day));
                    let weeks = &sold[day - SHEET.0..day];
                    let cover = self.leads.mean() + REVIEW as f64;
                    let level = spreadsheet(weeks, (cover, self.leads.variance()), &[SHEET.1])[0];
                    on_hand = if day == SHEET.0 { level } else { on_hand };
                    let position = on_hand + coming.iter().map(|its| its.1).sum::<f64>();
                    let units = (level - position).max(0.0).ceil();
                    match lead as usize {
                        0 => on_hand += units,
                        lead => coming.push((day + lead, units)),
                    }
                }
                sold[day] = item.demand[day].min(on_hand);
                let empty = on_hand <= 0.0;
                on_hand -= sold[day];
                // Nobody wrote down when it went empty.
                shares[day] = if empty {
                    0.0
                } else if on_hand > 0.0 {
                    1.0
                } else {
                    0.5
                };
            }
            let past = item.true_series.past();
            let known: Vec<Option<f64>> =
                sold.iter().zip(past.seen()).map(|(units, seen)| seen.then_some(*units)).collect();
            let told = again(&past, &known, None)?.with_available(&shares)?;
            item.series = again(&past, &known, None)?;
            if told.values().len() != item.series.values().len() {
                return Err(format!("`{}` was never there on its first days", past.id()).into());
            }
            item.told = told;
            item.sold = sold;
        }
        Ok(self)
    }

    pub(crate) fn items(&self) -> usize {
        self.items.len()
    }

    /// Days until the end of each review, the first one first.
    pub(crate) fn backs(&self) -> Vec<usize> {
        let last = REVIEW + self.leads.longest() as usize;
        let all = (0..).map(|review| PLAYED + WARM - review * REVIEW);
        all.take_while(|back| *back >= last).collect()
    }

    /// When the goods come that are ordered for an item at a review.
    pub(crate) fn lead(&self, at: usize, back: usize) -> u32 {
        lead(&self.leads, self.seed, (at, back))
    }

    /// Plays all shelves by levels of each review and item: lost and wanted units, and leftovers, each in days of usual demand.
    pub(crate) fn played(&self, level: &dyn Fn(usize, usize) -> f64) -> Result<[f64; 3], Failure> {
        let backs = self.backs();
        let last = REVIEW + self.leads.longest() as usize;
        let mut sums = [0.0; 3];
        let mut shelves = 0.0;
        for (at, item) in self.items.iter().enumerate() {
            let start = item.demand.len() - PLAYED - WARM;
            let played = &item.demand[start..item.demand.len() - last + 1];
            let counted = &item.demand[start + WARM..];
            let scale = counted.iter().sum::<f64>() / counted.len() as f64;
            let orders = backs.iter().enumerate().map(|(review, back)| ReviewOrder {
                level: level(review, at),
                lead_time: self.lead(at, *back),
            });
            let orders: Vec<ReviewOrder> = orders.collect();
            let shelf = replay(played, &orders, REVIEW, WARM)?;
            if shelf.wanted > 0.0 {
                sums[0] += shelf.lost / scale;
                sums[1] += shelf.wanted / scale;
                sums[2] += shelf.left / scale;
                shelves += 1.0;
            }
        }
        sums[2] /= f64::max(shelves, 1.0);
        Ok(sums)
    }
}

/// Mean of some days, and so many deviations of each, for the days that an order must last for and their variance: what a
/// planner keeps in a spreadsheet.
pub(crate) fn spreadsheet(days: &[f64], (cover, uncertain): (f64, f64), z: &[f64]) -> Vec<f64> {
    let count = days.len() as f64;
    let mean = days.iter().sum::<f64>() / count;
    let squares: f64 = days.iter().map(|units| (units - mean).powi(2)).sum();
    let variance = squares / (count - 1.0) * cover + mean * mean * uncertain;
    z.iter().map(|z| (mean * cover + z * variance.sqrt()).max(0.0)).collect()
}

fn lead(leads: &LeadTime, seed: u64, place: (usize, usize)) -> u32 {
    leads.quantile(drawn(seed, LEAD, place))
}

/// What is known of a past.
fn known_of(past: &Past<'_>) -> Vec<Option<f64>> {
    past.values().iter().zip(past.seen()).map(|(units, seen)| seen.then_some(*units)).collect()
}

/// A past as a series of its own, of other demand, and with other columns if they are given.
pub(crate) fn again(
    past: &Past<'_>,
    demand: &[Option<f64>],
    columns: Option<&[Vec<Option<f64>>]>,
) -> Result<Series, Failure> {
    let mut series =
        Series::new(past.id(), past.season(), demand.iter().copied())?.with_freq(past.freq());
    if let Some(first) = past.first_day() {
        series = series.with_first(first);
    }
    let (names, own): (Vec<String>, Vec<Vec<Option<f64>>>) = past
        .regressors()
        .map(|(name, column)| {
            (name.to_owned(), column.iter().map(|its| Some(f64::from(*its))).collect())
        })
        .unzip();
    if !names.is_empty() {
        series = series.with_regressors(names.into(), columns.unwrap_or(&own))?;
    }
    if past.closed().contains(&true) { Ok(series.with_closed(past.closed())?) } else { Ok(series) }
}

#[cfg(test)]
mod tests {
    use oms::forecast::Series;
    use oms::forecast::policy::LeadTime;

    use super::{World, spreadsheet};

    fn series(id: usize) -> Series {
        let day = |day: usize| Some((day * (7 + id) % 11) as f64);
        Series::new(id.to_string(), 7, (0..700).map(day)).unwrap()
    }

    // Goal: a shelf that hides demand hides some, never invents any, and says when. Method: twenty series.
    #[test]
    fn a_shelf_hides_demand() {
        let all: Vec<Series> = (0..20).map(series).collect();
        let world = World::of(&all, (0, None), &LeadTime::fixed(7).unwrap(), 1).unwrap();
        let world = world.censored().unwrap();
        let mut hidden = 0.0;
        for item in &world.items {
            for (day, (sold, demand)) in item.sold.iter().zip(&item.demand).enumerate() {
                assert!(sold <= demand);
                hidden += demand - sold;
                if sold < demand && item.told.seen()[day] {
                    assert!(item.told.values()[day] >= *sold);
                }
            }
        }
        assert!(hidden > 0.0);
    }

    // Goal: the textbook's level. Method: by hand: ten a day without spread, two weeks; and lead times that spread.
    #[test]
    fn a_spreadsheet() {
        assert_eq!(spreadsheet(&[10.0; 28], (14.0, 0.0), &[1.0]), [140.0]);
        assert_eq!(spreadsheet(&[10.0; 28], (14.0, 4.0), &[2.0]), [180.0]);
    }
}
