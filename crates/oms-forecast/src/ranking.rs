//! How models do on the series of a panel alike: one short past says little about which of them is good, all of them much.
//!
//! # Source
//! Drawing what one series says towards what all say: James and Stein, *Estimation with quadratic loss*, 1961, with a share
//! that is chosen, not estimated.

use std::collections::BTreeMap;

use crate::choose::Tested;

/// How much of a model's standing is that in the panel; the rest is what the series itself says. Chosen on series whose last
/// steps were held back.
const SHARE: f64 = 0.5;
/// Fewer series than this rank nothing. Not tuned.
const LEAST: f64 = 20.0;

/// By model: the mean logarithm of its loss beside that of all models, and how many series that is the mean of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranking(BTreeMap<String, (f64, f64)>);

impl Ranking {
    /// Takes in what models did on one series.
    pub(crate) fn add(&mut self, tested: &[Tested]) {
        let losses: Vec<f64> = tested.iter().map(|tested| tested.pinball).collect();
        let Some(beside) = beside(&losses) else { return };
        for (tested, beside) in tested.iter().zip(beside) {
            let (mean, count) = self.0.entry(tested.model.clone()).or_default();
            *count += 1.0;
            *mean += (beside - *mean) / *count;
        }
    }

    /// Factors on the losses of these models on one series, that draw them towards the ranking. All are 1 where it does not
    /// know one of them, or too little.
    pub(crate) fn factors(&self, models: &[(&str, f64)]) -> Vec<f64> {
        let losses: Vec<f64> = models.iter().map(|(_, loss)| *loss).collect();
        let known = models.iter().map(|(model, _)| self.0.get(*model));
        let known: Option<Vec<f64>> =
            known.map(|its| its.filter(|its| its.1 >= LEAST).map(|its| its.0)).collect();
        match (beside(&losses), known) {
            (Some(own), Some(all)) => {
                own.iter().zip(all).map(|(own, all)| ((all - own) * SHARE).exp()).collect()
            }
            _ => vec![1.0; models.len()],
        }
    }
}

/// Logarithms of losses less their mean; `None` where one has none.
fn beside(losses: &[f64]) -> Option<Vec<f64>> {
    let logs: Vec<f64> = losses.iter().map(|loss| loss.ln()).collect();
    let middle = logs.iter().sum::<f64>() / logs.len() as f64;
    middle.is_finite().then(|| logs.iter().map(|log| log - middle).collect())
}

#[cfg(test)]
mod tests {
    use super::Ranking;
    use crate::choose::Tested;

    // Goal: a model that is better on all series wins on one that calls two alike, what nobody knows changes nothing, and
    // what a series says counts too. Method: two models, one twice as good.
    #[test]
    fn drawn() {
        let tested =
            |model: &str, pinball| Tested { model: model.to_owned(), pinball, taken: true };
        let mut ranking = Ranking::default();
        assert_eq!(ranking.factors(&[("a", 1.0), ("b", 1.0)]), [1.0, 1.0]);
        for _ in 0..30 {
            ranking.add(&[tested("a", 1.0), tested("b", 2.0)]);
            ranking.add(&[tested("a", 0.0), tested("b", 2.0)]);
        }
        let factors = ranking.factors(&[("a", 3.0), ("b", 3.0)]);
        assert!(factors[0] < 1.0 && factors[1] > 1.0, "{factors:?}");
        let factors = ranking.factors(&[("a", 5.0), ("b", 1.0)]);
        assert!(5.0 * factors[0] > factors[1], "{factors:?}");
        assert_eq!(ranking.factors(&[("a", 1.0), ("c", 1.0)]), [1.0, 1.0]);
        assert_eq!(ranking.factors(&[("a", 0.0), ("b", 1.0)]), [1.0, 1.0]);
    }
}
