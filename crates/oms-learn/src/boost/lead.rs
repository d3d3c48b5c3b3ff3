//! Two models of one kind at once: one is judged by held-out rows, the other has as many rounds as that one needs.
//!
//! Rounds that were needed once stay needed: the second model never goes further than the best round so far, so that none
//! of its work is in vain, and both end at nearly the same time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::boost::bins::binned;
use crate::boost::fit::{Pace, fit};
use crate::boost::model::Boosted;
use crate::boost::{Boosting, Loss, NotTrained};
use crate::sample::Sample;
use crate::shared::shared_out;

/// All rows, those that were held out among them, and how to learn from them.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// How to boost; its rounds and threads are not asked.
    pub options: &'a Boosting,
    /// The rows.
    pub sample: &'a Sample<'a>,
}

impl Boosting {
    /// Learns for each of these losses as [`fit`](Self::fit) does, so many rounds at most, side by side where there are
    /// threads for it. The rows are looked at once.
    ///
    /// # Law
    /// The same bits as one after the other with [`fit`](Self::fit), for any number of threads.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    ///
    /// # Example
    /// ```
    /// use oms_learn::{Boosting, Loss, Sample, Table};
    ///
    /// let x: Vec<f64> = (0..400).map(|at| f64::from(at % 20)).collect();
    /// let y: Vec<f64> = (0..400).map(|at| f64::from(at % 20 + at % 3)).collect();
    /// let table = Table::new().with_numbers("x", x)?;
    /// let sample = Sample::new(&table, &y)?;
    /// let losses = [(Loss::Squared, 20), (Loss::Poisson, 10)];
    /// let models = Boosting { threads: 2, ..Boosting::default() }.fit_each(&sample, None, &losses)?;
    /// assert_eq!([models[0].rounds(), models[1].rounds()], [20, 10]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit_each(
        &self,
        sample: &Sample<'_>,
        held: Option<&Sample<'_>>,
        losses: &[(Loss, usize)],
    ) -> Result<Vec<Boosted>, NotTrained> {
        self.check()?;
        let columns = binned(sample.table, self.bins, self.threads);
        let threads = (self.threads / losses.len().max(1)).max(1);
        let models = shared_out(losses, self.threads, |(loss, rounds)| {
            let options = Self { threads, rounds: *rounds, ..self.clone() };
            options.check()?;
            fit(&options, (sample, &columns), loss, Pace { held, ..Pace::default() })
        });
        models.into_iter().collect()
    }

    /// Learns twice for each loss: with held-out rows, as [`fit`](Self::fit) does, and from all rows, as many rounds as the
    /// first needed, at least one. All of it is shared out over the threads.
    ///
    /// # Law
    /// The same bits as one after the other with [`fit`](Self::fit), for any number of threads.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    ///
    /// # Example
    /// ```
    /// use oms_learn::{Boosting, Loss, Sample, Table, Whole};
    ///
    /// let x: Vec<f64> = (0..400).map(|at| f64::from(at % 20)).collect();
    /// let y: Vec<f64> = (0..400).map(|at| f64::from(at % 20 + at % 3)).collect();
    /// let table = |from, to| Table::new().with_numbers("x", x[from..to].to_vec());
    /// let (early, late, all) = (table(0, 300)?, table(300, 400)?, table(0, 400)?);
    /// let (early, held) = (Sample::new(&early, &y[..300])?, Sample::new(&late, &y[300..])?);
    /// let options = Boosting { patience: 5, threads: 2, ..Boosting::default() };
    /// let whole = Whole { options: &options, sample: &Sample::new(&all, &y)? };
    /// let both = options.fit_twice(&early, &held, whole, &[Loss::Squared])?;
    /// assert_eq!(both[0][0].rounds().max(1), both[0][1].rounds());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit_twice(
        &self,
        sample: &Sample<'_>,
        held: &Sample<'_>,
        whole: Whole<'_>,
        losses: &[Loss],
    ) -> Result<Vec<[Boosted; 2]>, NotTrained> {
        self.check()?;
        whole.options.check()?;
        let columns = binned(sample.table, self.bins, self.threads);
        let all_columns = binned(whole.sample.table, whole.options.bins, self.threads);
        let leads: Vec<Lead> = losses.iter().map(|_| Lead::default()).collect();
        // A leader is begun before its follower: with one thread it has ended by then.
        let fits = losses.iter().zip(&leads).flat_map(|pair| [(pair, true), (pair, false)]);
        let fits = fits.collect::<Vec<_>>();
        let threads = (self.threads / fits.len().max(1)).max(1);
        let models = shared_out(fits, self.threads, |((loss, lead), leads)| {
            if leads {
                let _ends = lead.ends();
                let options = Self { threads, ..self.clone() };
                let pace = Pace { held: Some(held), leads: Some(lead), ..Pace::default() };
                fit(&options, (sample, &columns), loss, pace)
            } else {
                let options = Self { threads, rounds: self.rounds, ..whole.options.clone() };
                let pace = Pace { follows: Some(lead), ..Pace::default() };
                fit(&options, (whole.sample, &all_columns), loss, pace)
            }
        });
        let models = models.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut models = models.into_iter();
        Ok(std::iter::from_fn(|| Some([models.next()?, models.next()?])).collect())
    }
}

/// How many rounds the leading model is known to need.
#[derive(Debug, Default)]
pub(crate) struct Lead {
    known: Mutex<Known>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Known {
    needed: usize,
    over: bool,
}

impl Lead {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This many rounds were best so far.
    pub(crate) fn needs(&self, rounds: usize) {
        let mut known = self.known();
        if rounds > known.needed {
            known.needed = rounds;
            self.more.notify_all();
        }
    }

    /// Whether so many rounds are not yet enough; waits until that is known. One round is always taken.
    pub(crate) fn is_short(&self, rounds: usize) -> bool {
        let waits = |known: &mut Known| rounds > 0 && rounds >= known.needed && !known.over;
        let known = self.more.wait_while(self.known(), waits);
        let known = known.unwrap_or_else(PoisonError::into_inner);
        rounds < known.needed.max(1)
    }

    /// Nobody waits for a leader that has ended, however it did.
    pub(crate) fn ends(&self) -> impl Drop + '_ {
        Ends(self)
    }
}

struct Ends<'a>(&'a Lead);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.known().over = true;
        self.0.more.notify_all();
    }
}
