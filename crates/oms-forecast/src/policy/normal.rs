//! What a normal demand leaves over and lacks, beside the distribution itself.

pub use oms_learn::{normal_cdf, normal_density, normal_quantile};

/// Terms of the continued fraction far out.
const TERMS: u32 = 60;

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

#[cfg(test)]
mod tests {
    use super::{normal_density, normal_loss};

    // Goal: the loss is what its integral says, where the two ways meet too. Method: summed numerically.
    #[test]
    fn loss() {
        for z in [-4.0, -0.5, 0.0, 1.3, 4.9, 5.1, 7.0] {
            let step = 1e-4;
            let at = |k: i32| {
                let x = (f64::from(k) + 0.5) * step;
                (x, normal_density(z + x) * step)
            };
            let first: f64 = (0..120_000).map(at).map(|(x, mass)| x * mass).sum();
            assert!((normal_loss(z) / first - 1.0).abs() < 1e-6, "{z}");
        }
    }
}
