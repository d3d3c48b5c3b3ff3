//! The standard normal distribution, to the last digits that a double has.
//!
//! # Source
//! The series of the error function and the continued fraction of its complement: Abramowitz and Stegun, *Handbook of
//! Mathematical Functions*, 7.1.6 and 7.1.14. The quantile: Wichura, *Algorithm AS 241: The percentage points of the normal
//! distribution*, Applied Statistics 37, 1988, whose relative error is about 1e-16.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// From here on the continued fraction is the better one, with so many terms.
const FAR: f64 = 1.8;
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
/// use oms_learn::normal_cdf;
///
/// assert!((normal_cdf(1.96) - 0.975_002_104_851_780).abs() < 1e-14);
/// ```
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z * FRAC_1_SQRT_2)
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

/// The `z` that is not exceeded with probability `p`; infinite at 0 and 1 and beyond.
///
/// # Cost
/// Two polynomials; in the tails a logarithm and a root more.
///
/// # Example
/// ```
/// use oms_learn::normal_quantile;
///
/// assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
/// ```
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let off = p - 0.5;
    if off.abs() <= 0.425 {
        return off * MIDDLE.at(0.180_625 - off * off);
    }
    // Of the nearer end: 1 - p is exact where p is above a half.
    let r = (-p.min(1.0 - p).ln()).sqrt();
    let z = if r <= 5.0 { TAIL.at(r - 1.6) } else { FAR_TAIL.at(r - 5.0) };
    z.copysign(off)
}

/// A ratio of two polynomials, coefficients of high powers first.
struct Ratio {
    above: [f64; 8],
    below: [f64; 8],
}

impl Ratio {
    fn at(&self, x: f64) -> f64 {
        let poly = |coefficients: &[f64; 8]| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
        poly(&self.above) / poly(&self.below)
    }
}

const MIDDLE: Ratio = Ratio {
    above: [
        2.509_080_928_730_122_7e3,
        3.343_057_558_358_813e4,
        6.726_577_092_700_87e4,
        4.592_195_393_154_987e4,
        1.373_169_376_550_946e4,
        1.971_590_950_306_551_3e3,
        1.331_416_678_917_843_8e2,
        3.387_132_872_796_366_5,
    ],
    below: [
        5.226_495_278_852_854e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ],
};
const TAIL: Ratio = Ratio {
    above: [
        7.745_450_142_783_414e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    below: [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
};
const FAR_TAIL: Ratio = Ratio {
    above: [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2,
        2.965_605_718_285_048_7e-1,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    below: [
        2.044_263_103_389_939_7e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4,
        1.487_536_129_085_061_5e-2,
        1.369_298_809_227_358e-1,
        5.998_322_065_558_88e-1,
        1.0,
    ],
};

#[cfg(test)]
mod tests {
    use super::{normal_cdf, normal_density, normal_quantile};

    // Goal: the distribution is right in the middle, in the tails, and where its ways meet. Method: figures of tables with 15
    // digits, and the quantile as its inverse.
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
        let ends = [normal_quantile(0.0), normal_quantile(1.0)];
        assert!(ends[0] < -1e300 && ends[1] > 1e300, "{ends:?}");
    }

    // Goal: the quantile undoes the distribution to the last digits, far into the tail too. Method: all powers of a ratio.
    #[test]
    fn inverse() {
        let mut p = 0.5;
        while p > 1e-300 {
            let z = normal_quantile(p);
            let off = (normal_cdf(z) - p) / normal_density(z);
            assert!(off.abs() <= 4e-15 * z.abs().max(1.0), "{p}: {z} is off by {off}");
            p *= 0.83;
        }
    }
}
