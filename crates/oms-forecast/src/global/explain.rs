//! What a global model's means are made of: the exact attributions of its trees, gathered by part.
//!
//! An attribution says what a figure of this step adds beside an average row of the training. Where the model's score is a
//! logarithm, parts are factors and become amounts, one on top of the other.

use oms_learn::Loss;

use crate::forecaster::Parts;
use crate::global::Group;
use crate::global::origin::Origin;
use crate::global::rows::Rows;
use crate::past::Past;

impl Group {
    /// The parts of each mean that it forecasts.
    pub(super) fn parts(&self, past: &Past<'_>, horizon: usize) -> Option<Vec<Parts>> {
        let origin = Origin::new(&self.schema, *past)?;
        let mut rows = Rows::default();
        (0..horizon).for_each(|ahead| rows.take(&origin, ahead, 0, 0.0));
        let table = rows.table().ok()?;
        let model = self.learned.mean.as_ref()?;
        let means = model.predict(&table).ok()?;
        let unit = self.factor * origin.scale;
        let step = |(step, mean): (usize, &f64)| {
            let why = model.explain(&table, step, 0).ok()?;
            let mut parts = Parts::default();
            let columns = rows.parts.iter().zip(&why.values);
            columns.for_each(|(part, value)| *parts.at(*part) += value);
            if *model.loss() != Loss::Squared {
                return Some(Parts::multiplied(mean * unit, parts));
            }
            let mut told = Parts::default();
            told.add(&parts, unit);
            told.level += mean * unit - told.sum();
            Some(told)
        };
        means.iter().enumerate().map(step).collect()
    }
}
