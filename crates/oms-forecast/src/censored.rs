//! What was wanted when the shelf was empty: sales of a step at which the goods ran out are a lower bound of its demand.
//!
//! Demand of a step is taken as negative binomial around a local mean and a place of the season (normal where it is large),
//! and means and scatter are learned by expectation and maximization from what was seen and what must have been. Then each
//! such step gets a value of its own distribution above the bound: not always the expected one, which would make demand
//! look steadier than it is, but values spread evenly over that distribution, in a fixed order without chance.
//!
//! # Source
//! Dempster, Laird and Rubin, Journal of the Royal Statistical Society B 39, 1977; Nahmias, *Demand estimation in lost sales
//! inventory systems*, Naval Research Logistics 41, 1994; van der Corput's sequence, 1935.

use oms_learn::{normal_cdf, normal_quantile};

const ROUNDS: usize = 12;
/// Seasons over which a mean is local, and the least steps.
const LOCAL: (f64, f64) = (8.0, 28.0);
/// Means from here on are taken as normal.
const LARGE: f64 = 40.0;
/// The scatter over the mean that is believed.
const SCATTER: (f64, f64) = (1.0, 50.0);

/// Demand of steps of which some are a lower bound (`true`), with a value in place of each bound. What nobody knows is not
/// a number, and stays so.
pub(crate) fn recovered(sold: &[f64], bounded: &[bool], season: usize) -> Vec<f64> {
    let is_bound = |step: usize| bounded.get(step).copied().unwrap_or_default();
    let mut demand = sold.to_vec();
    let known = |demand: &[f64]| demand.iter().any(|y| *y > 0.0);
    if !(0..sold.len()).any(is_bound) || !known(sold) {
        return demand;
    }
    let mut squares: Vec<f64> = demand.clone();
    let (mut means, mut scatter) = (Vec::new(), 1.0);
    for _ in 0..ROUNDS {
        means = local(&demand, season);
        let (mut off, mut count) = (0.0, 0.0);
        for ((y, spread), mean) in demand.iter().zip(&squares).zip(&means) {
            if y.is_finite() && *mean > 0.0 {
                off += (spread.powi(2) - 2.0 * y * mean + mean * mean) / mean;
                count += 1.0;
            }
        }
        scatter = f64::clamp(off / f64::max(count, 1.0), SCATTER.0, SCATTER.1);
        for step in (0..sold.len()).filter(|step| is_bound(*step) && sold[*step].is_finite()) {
            let above = Above::of(means[step], scatter, sold[step]);
            (demand[step], squares[step]) = (above.mean, above.square.sqrt());
        }
    }
    for (rank, step) in (0..sold.len()).filter(|step| is_bound(*step)).enumerate() {
        if sold[step].is_finite() {
            demand[step] = Above::of(means[step], scatter, sold[step]).at(corput(rank + 1));
        }
    }
    demand
}

/// A mean at each step, of both sides of it, times what its place of the season has.
fn local(demand: &[f64], season: usize) -> Vec<f64> {
    let n = demand.len();
    let mean_of = |steps: &mut dyn Iterator<Item = f64>| {
        let (sum, count) =
            steps.filter(|y| y.is_finite()).fold((0.0, 0.0), |(sum, n), y| (sum + y, n + 1.0));
        if count > 0.0 { sum / count } else { 0.0 }
    };
    let all = mean_of(&mut demand.iter().copied());
    let places = if season > 1 && n >= 3 * season { season } else { 1 };
    let factor = |place: usize| {
        let own = mean_of(&mut demand.iter().skip(place).step_by(places).copied());
        if all > 0.0 && own > 0.0 { own / all } else { 1.0 }
    };
    let factors: Vec<f64> = (0..places).map(factor).collect();
    let left = (-1.0 / f64::max(LOCAL.0 * season as f64, LOCAL.1)).exp2();
    let mut sums = vec![(all, 1.0); n];
    let mut run = |steps: &mut dyn Iterator<Item = usize>| {
        let mut sum = (0.0, 0.0);
        for step in steps {
            if demand[step].is_finite() {
                sum = (sum.0 + demand[step], sum.1 + factors[step % places]);
            }
            sums[step] = (sums[step].0 + sum.0, sums[step].1 + sum.1);
            sum = (sum.0 * left, sum.1 * left);
        }
    };
    run(&mut (0..n));
    run(&mut (0..n).rev());
    let means = sums.iter().enumerate();
    means.map(|(step, (sum, count))| sum / count * factors[step % places]).collect()
}

/// The distribution of demand that is not below a bound.
struct Above {
    mean: f64,
    /// The mean of its square.
    square: f64,
    from: f64,
    /// Chances of whole units from the bound on; none where it is normal or the bound is beyond belief.
    chances: Vec<f64>,
    normal: Option<(f64, f64, f64)>,
}

impl Above {
    fn of(mean: f64, scatter: f64, bound: f64) -> Self {
        let from = bound.max(0.0);
        let beyond =
            Self { mean: from, square: from * from, from, chances: Vec::new(), normal: None };
        if mean <= 0.0 {
            return beyond;
        }
        let deviation = (mean * scatter).sqrt();
        if mean > LARGE || from.fract() != 0.0 {
            // At 1 nothing would be above the bound.
            let below = normal_cdf((from - mean) / deviation).min(1.0 - 1e-9);
            if below > 1.0 - 1e-6 {
                return beyond;
            }
            // The middle of 64 equal shares above the bound.
            let mut above = Self { normal: Some((mean, deviation, below)), ..beyond };
            let values: Vec<f64> =
                (0..64).map(|at| above.at((f64::from(at) + 0.5) / 64.0)).collect();
            above.mean = values.iter().sum::<f64>() / 64.0;
            above.square = values.iter().map(|y| y * y).sum::<f64>() / 64.0;
            return above;
        }
        let most = mean + 12.0 * deviation + 10.0;
        // Negative binomial with this variance; Poisson where the scatter is one.
        let size = mean / (scatter - 1.0).max(1e-9);
        let mut chance = (-size * (mean / size).ln_1p()).exp();
        let (mut units, mut all) = (0.0, (0.0, 0.0, 0.0));
        let mut chances = Vec::new();
        while units <= most {
            if units >= from {
                chances.push(chance);
                all = (all.0 + chance, all.1 + chance * units, all.2 + chance * units * units);
            }
            chance *= (units + size) / (units + 1.0) * mean / (size + mean);
            units += 1.0;
        }
        if all.0 < 1e-9 {
            return beyond;
        }
        Self { mean: all.1 / all.0, square: all.2 / all.0, from, chances, normal: None }
    }

    /// The value with this share of the distribution below it.
    fn at(&self, share: f64) -> f64 {
        if let Some((mean, deviation, below)) = self.normal {
            let level = below + share * (1.0 - below);
            return (mean + deviation * normal_quantile(level)).max(self.from);
        }
        let wanted = share * self.chances.iter().sum::<f64>();
        let mut sum = 0.0;
        let units = self.chances.iter().take_while(|chance| {
            sum += **chance;
            sum < wanted
        });
        self.from + units.count() as f64
    }
}

/// Shares that fill the stretch from 0 to 1 evenly, however many are taken.
fn corput(rank: usize) -> f64 {
    let (mut rank, mut share, mut digit) = (rank, 0.0, 0.5);
    while rank > 0 {
        share += digit * (rank % 2) as f64;
        (rank, digit) = (rank / 2, digit / 2.0);
    }
    share
}
