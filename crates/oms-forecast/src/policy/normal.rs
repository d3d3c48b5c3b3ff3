//! The standard normal distribution, to the last digits that a double has.
//!
//! # Source
//! The series of the error function and the continued fraction of its complement: Abramowitz and Stegun, *Handbook of
//! Mathematical Functions*, 7.1.6 and 7.1.14. The quantile: Acklam's first guess and one step of Halley's method.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use crate::spread;

/// From here on the continued fraction is the better one, with so many terms.
const FAR: f64 = 2.5;
const TERMS: u32 = 60;

/// Density at `z`.
#[must_use]
pub fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// Probability of at most `z`.
///
/// # Example
/// ```
/// use oms_forecast::policy::normal_cdf;
///
/// assert!((normal_cdf(1.96) - 0.975_002_104_851_780).abs() < 1e-14);
/// ```
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z * FRAC_1_SQRT_2)
}

/// The `z` that is not exceeded with probability `p`; infinite at 0 and 1.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    if p > 0.5 {
        // 1 - p is exact here, and the lower tail keeps its digits.
        return -normal_quantile(1.0 - p);
    }
    let z = spread::normal_quantile(p);
    let off = (normal_cdf(z) - p) / normal_density(z);
    z - off / (1.0 + 0.5 * z * off)
}

/// Expected part of a standard normal above `z`: E max(Z - z, 0). The expected part below is this plus `z`.
#[must_use]
pub fn normal_loss(z: f64) -> f64 {
    let loss = normal_density(z) - z * normal_cdf(-z);
    // Far out both terms are nearly the same, and their difference is noise.
    if z > 5.0 { normal_density(z) * far_loss(z) } else { loss }
}

/// Mills' ratio less its leading part, times z: the loss over the density, by the asymptotic series of both.
fn far_loss(z: f64) -> f64 {
    // Loss / density = 1 - z R(z) with R the continued fraction 1/(z+1/(z+2/(z+3/...))).
    // 1 - z/(z + t) = t/(z + t), where t = 1/(z + 2/(z + ...)).
    let tail = (2..=TERMS).rev().fold(0.0, |tail, k| f64::from(k) / (z + tail));
    let t = 1.0 / (z + tail);
    t / (z + t)
}

/// The complement of the error function.
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < FAR {
        // All terms are positive, so nothing cancels.
        let (mut term, mut sum, mut n) = (x, x, 1.0);
        while term > sum * 1e-17 && n < 200.0 {
            term *= 2.0 * x * x / (2.0 * n + 1.0);
            sum += term;
            n += 1.0;
        }
        return 1.0 - 2.0 / PI.sqrt() * (-x * x).exp() * sum;
    }
    let tail = (1..=TERMS).rev().fold(0.0, |tail, k| f64::from(k) / 2.0 / (x + tail));
    (-x * x).exp() / PI.sqrt() / (x + tail)
}

#[cfg(test)]
mod tests {
    use super::{normal_cdf, normal_loss, normal_quantile};

    // Goal: the distribution is right in the middle, in the tails, and where the two ways meet. Method: figures of tables
    // with 15 digits, and the quantile as its inverse.
    #[test]
    fn cdf_and_quantile() {
        let table = [
            (0.0, 0.5),
            (-1.0, 0.158_655_253_931_457_05),
            (-3.0, 1.349_898_031_630_094_5e-3),
            (-6.0, 9.865_876_450_376_98e-10),
            (-10.0, 7.619_853_024_160_527e-24),
        ];
        for (z, p) in table {
            assert!((normal_cdf(z) / p - 1.0).abs() < 1e-12, "{z}");
            assert!((normal_quantile(p) - z).abs() < 1e-12, "{z}");
        }
        for k in -500..=500 {
            let z = f64::from(k) / 100.0;
            assert!((normal_cdf(z) + normal_cdf(-z) - 1.0).abs() < 1e-15);
            // Near 1 a double has no more digits of p than this.
            assert!((normal_quantile(normal_cdf(z)) - z).abs() < 2e-10, "{z}");
        }
    }

    // Goal: the loss is what its integral says, where the two ways meet too. Method: summed numerically.
    #[test]
    fn loss() {
        for z in [-4.0, -0.5, 0.0, 1.3, 4.9, 5.1, 7.0] {
            let step = 1e-4;
            let at = |k: i32| {
                let x = (f64::from(k) + 0.5) * step;
                (x, super::normal_density(z + x) * step)
            };
            let first: f64 = (0..120_000).map(at).map(|(x, mass)| x * mass).sum();
            assert!((normal_loss(z) / first - 1.0).abs() < 1e-6, "{z}");
        }
    }
}
