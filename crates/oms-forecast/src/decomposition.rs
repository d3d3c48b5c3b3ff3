//! Whether values have a season, and what its places have: of a whole past, or of a past that grows.
//!
//! # Source
//! The test at 90 % and the classical decomposition as in Assimakopoulos and Nikolopoulos, *The theta model*,
//! International Journal of Forecasting 16, 2000, and Fiorucci et al., *Models for optimising the theta method*, ibid. 32,
//! 2016.

/// The quantile of the normal distribution at 95 %: both sides of the test together leave 10 %.
const AT_95: f64 = 1.644_853_626_951_472_2;
/// A place below this factor hardly sells, and would make a giant of its rare values.
const LEAST_FACTOR: f64 = 0.05;

/// Whether values a season apart go together more than chance would have it.
#[must_use]
pub fn is_seasonal(values: &[f64], season: usize) -> bool {
    values.len() >= 3 * season && is_alike(values, season)
}

/// The same, without asking for three seasons.
pub(crate) fn is_alike(values: &[f64], season: usize) -> bool {
    let mut growing = Growing::new(values, season);
    growing.to(values.len());
    growing.is_alike()
}

/// What each place of a season has: factors around 1 where all values are above zero, else amounts around 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Season {
    pub(crate) indices: Vec<f64>,
    pub(crate) factors: bool,
}

impl Season {
    /// Classical decomposition: what is left beside a centered moving average, by place.
    pub(crate) fn of(values: &[f64], season: usize, factors: bool) -> Option<Self> {
        if season < 2 || values.len() < 2 * season {
            return None;
        }
        let mut places = Places::new(season, factors);
        let half = season / 2;
        (half..values.len() - half).for_each(|middle| places.add(values, middle));
        places.season()
    }

    /// The season of values, where the test finds one.
    pub(crate) fn shown(values: &[f64], season: usize) -> Option<Self> {
        let factors = values.iter().all(|y| *y > 0.0);
        is_seasonal(values, season).then(|| Self::of(values, season, factors)).flatten()
    }

    /// What a step has.
    pub(crate) fn at(&self, step: usize) -> f64 {
        self.indices[step % self.indices.len()]
    }

    /// A value without its season.
    pub(crate) fn without(&self, step: usize, value: f64) -> f64 {
        if self.factors { value / self.at(step) } else { value - self.at(step) }
    }

    /// All values without their season.
    pub(crate) fn all_without(&self, values: &[f64]) -> Vec<f64> {
        let mut rest = Vec::with_capacity(values.len());
        for values in values.chunks(self.indices.len()) {
            let pairs = values.iter().zip(&self.indices);
            if self.factors {
                rest.extend(pairs.map(|(y, index)| y / index));
            } else {
                rest.extend(pairs.map(|(y, index)| y - index));
            }
        }
        rest
    }

    /// A value with its season again.
    pub(crate) fn with(&self, step: usize, value: f64) -> f64 {
        if self.factors { value * self.at(step) } else { value + self.at(step) }
    }
}

/// The average of a season around a step; over an even season the ends count half.
pub(crate) fn average(values: &[f64], season: usize, middle: usize) -> f64 {
    let half = season / 2;
    let mut sum: f64 = values[middle - half..=middle + half].iter().sum();
    if season.is_multiple_of(2) {
        sum -= 0.5 * (values[middle - half] + values[middle + half]);
    }
    sum / season as f64
}

/// What was left beside moving averages, summed by place.
#[derive(Clone, Debug)]
struct Places {
    factors: bool,
    sums: Vec<f64>,
    counts: Vec<u32>,
}

impl Places {
    fn new(season: usize, factors: bool) -> Self {
        Self { factors, sums: vec![0.0; season], counts: vec![0; season] }
    }

    /// Takes in the step in the middle of a season.
    fn add(&mut self, values: &[f64], middle: usize) {
        let season = self.sums.len();
        let average = average(values, season, middle);
        let part = match (self.factors, average > 0.0) {
            (true, true) => values[middle] / average,
            (true, false) => return,
            (false, _) => values[middle] - average,
        };
        self.sums[middle % season] += part;
        self.counts[middle % season] += 1;
    }

    fn season(&self) -> Option<Season> {
        if self.counts.contains(&0) {
            return None;
        }
        let means = self.sums.iter().zip(&self.counts).map(|(sum, count)| sum / f64::from(*count));
        let mut indices: Vec<f64> = means.collect();
        let mean = indices.iter().sum::<f64>() / indices.len() as f64;
        for index in &mut indices {
            *index = if self.factors { *index / mean } else { *index - mean };
        }
        if self.factors && !indices.iter().all(|index| *index > LEAST_FACTOR && index.is_finite()) {
            return None;
        }
        Some(Season { indices, factors: self.factors })
    }
}

/// The first steps of values, more and more of them: what the test and the decomposition need is carried on, so that all
/// origins of a backtest cost what one does.
///
/// # Cost
/// Two passes of a season for each value.
#[derive(Debug)]
pub(crate) struct Growing<'a> {
    values: &'a [f64],
    season: usize,
    /// Values less the first of them, so that little is lost in differences of sums; and sums of the first so many.
    moved: Vec<f64>,
    sums: Vec<f64>,
    /// Sums of products of values so many steps apart.
    products: Vec<f64>,
    places: Places,
    positive: bool,
}

impl<'a> Growing<'a> {
    pub(crate) fn new(values: &'a [f64], season: usize) -> Self {
        Self {
            values,
            season,
            moved: Vec::with_capacity(values.len()),
            sums: vec![0.0],
            products: vec![0.0; season + 1],
            places: Places::new(season, true),
            positive: true,
        }
    }

    /// Takes in values up to so many.
    pub(crate) fn to(&mut self, known: usize) {
        let (from, known) = (self.moved.len(), known.min(self.values.len()));
        for &y in self.values.get(from..known).unwrap_or_default() {
            let moved = y - self.values[0];
            self.sums.push(self.sums[self.moved.len()] + moved);
            self.moved.push(moved);
            let before = self.moved.iter().rev();
            self.products.iter_mut().zip(before).for_each(|(sum, other)| *sum += moved * other);
            self.positive &= y > 0.0;
        }
    }

    /// Whether values a season apart go together more than chance would have it.
    fn is_alike(&self) -> bool {
        let (n, season) = (self.moved.len(), self.season);
        if season < 2 || n <= season {
            return false;
        }
        let count = n as f64;
        let mean = self.sums[n] / count;
        let lag = |lag: usize| {
            let ends = self.sums[n - lag] + (self.sums[n] - self.sums[lag]);
            self.products[lag] - mean * ends + (n - lag) as f64 * mean * mean
        };
        let (all, middle) = (lag(0), self.values[0] + mean);
        // Smaller than rounding leaves of a constant: nothing goes together with nothing.
        if all <= 1e-18 * middle * middle * count {
            return false;
        }
        let before: f64 = (1..season).map(|before| lag(before) / all).map(|r| r * r).sum();
        (lag(season) / all).abs() > AT_95 * ((1.0 + 2.0 * before) / count).sqrt()
    }

    /// The season of what was taken in, where the test finds one.
    pub(crate) fn shown(&mut self) -> Option<Season> {
        let (n, half) = (self.moved.len(), self.season / 2);
        if n < 3 * self.season || !self.is_alike() {
            return None;
        }
        if self.places.factors != self.positive {
            // A value that is not above zero came: from here on the season is one of amounts.
            self.places = Places::new(self.season, self.positive);
        }
        let done = half + self.places.counts.iter().sum::<u32>() as usize;
        (done..n - half).for_each(|middle| self.places.add(self.values, middle));
        self.places.season()
    }
}

#[cfg(test)]
mod tests {
    use oms_learn::testing::noise;

    use super::{AT_95, Growing, Season, is_alike};

    /// The test as it is written down.
    fn by_definition(y: &[f64], season: usize) -> bool {
        let n = y.len();
        let mean = y.iter().sum::<f64>() / n as f64;
        let lag = |lag: usize| -> f64 {
            (lag..n).map(|t| (y[t] - mean) * (y[t - lag] - mean)).sum::<f64>()
        };
        let before: f64 = (1..season).map(|before| (lag(before) / lag(0)).powi(2)).sum();
        (lag(season) / lag(0)).abs() > AT_95 * ((1.0 + 2.0 * before) / n as f64).sqrt()
    }

    // Goal: a past that grows shows what the same past shows alone. Method: all lengths of values with a season, with a
    // value of zero on the way, on a level far from zero, and without pattern.
    #[test]
    fn grows() {
        for kind in 0..4 {
            for season in [2, 4, 7, 12] {
                let values: Vec<f64> = (0..90)
                    .map(|t| {
                        let swing = if kind < 3 { 8.0 * f64::from(t as u32 % season) } else { 0.0 };
                        let level = if kind == 2 { 1e6 } else { 10.0 };
                        let y = level + swing + 6.0 * noise(u64::from(season), t);
                        if kind == 1 && t == 61 { 0.0 } else { y }
                    })
                    .collect();
                let season = season as usize;
                let mut growing = Growing::new(&values, season);
                let mut found = 0;
                for known in (1..=values.len()).filter(|known| known % 3 == 0) {
                    growing.to(known);
                    let grown = growing.shown();
                    assert_eq!(grown, Season::shown(&values[..known], season), "{kind} {known}");
                    found += usize::from(grown.is_some());
                    let known = &values[..known];
                    let alike = known.len() > season && by_definition(known, season);
                    assert_eq!(is_alike(known, season), alike, "{kind} {season}");
                }
                assert!(kind == 3 || found > 10, "{kind} {season}: {found}");
            }
        }
    }
}
