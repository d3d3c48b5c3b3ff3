//! Attributions of whole models.

use oms_learn::{Boosting, Loss, Sample, WrongTable};

use crate::world;

// Goal: values sum to the score less the base to 1e-9, and the score is what was predicted, of every output. Method: models
// of every loss, on rows with gaps.
#[test]
fn sums() {
    let (table, target) = world(2_000, 4);
    let sample = Sample::new(&table, &target).unwrap();
    let options = Boosting { rounds: 60, row_share: 0.8, ..Boosting::default() };
    let levels = vec![0.01, 0.1, 0.5, 0.9, 0.99];
    for loss in
        [Loss::Squared, Loss::Poisson, Loss::Tweedie { power: 1.5 }, Loss::Quantiles { levels }]
    {
        let model = options.fit(&sample, None, &loss).unwrap();
        let said = model.predict(&table).unwrap();
        for row in (0..2_000).step_by(97) {
            for output in 0..model.outputs() {
                let why = model.explain(&table, row, output).unwrap();
                let sum = why.base + why.values.iter().sum::<f64>();
                assert!((sum - why.score).abs() < 1e-9, "{loss:?} {row} {output}");
                let read = match loss {
                    Loss::Poisson | Loss::Tweedie { .. } => why.score.exp(),
                    _ => why.score,
                };
                assert!((read - said[[row, output]]).abs() < 1e-9);
            }
        }
    }
}

// Goal: what is not there is refused by name. Method: a row, an output and a table too many.
#[test]
fn refused() {
    let (table, target) = world(100, 5);
    let sample = Sample::new(&table, &target).unwrap();
    let model = Boosting::default().fit(&sample, None, &Loss::Squared).unwrap();
    let (row, output) = (model.explain(&table, 100, 0), model.explain(&table, 0, 1));
    assert_eq!(row.unwrap_err(), WrongTable::Row { row: 100, rows: 100 });
    assert_eq!(output.unwrap_err(), WrongTable::Output { output: 1, outputs: 1 });
    let other = table.with_numbers("more", vec![0.0; 100]).unwrap();
    assert!(matches!(model.explain(&other, 0, 0), Err(WrongTable::Columns(_))));
}
