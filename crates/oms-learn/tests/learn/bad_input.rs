//! What is no table, no target and no option is refused by name, and what is odd but possible is learned from.

use oms_learn::{Boosting, Direction, Loss, NoLine, NotTrained, Ridge, Sample, Table, TableError};

use crate::world;

#[test]
fn refused_tables() {
    let table = Table::new().with_numbers("x", vec![1.0, 2.0]).unwrap();
    let with = |values| table.clone().with_numbers("z", values).unwrap_err();
    assert!(matches!(with(vec![1.0]), TableError::Length { found: 1, rows: 2, .. }));
    assert!(matches!(with(vec![1.0, f64::INFINITY]), TableError::Value { row: 1, .. }));
    let half = table.clone().with_categories("c", vec![0.0, 0.5]).unwrap_err();
    assert!(matches!(half, TableError::Value { row: 1, .. }), "{half}");
    assert!(matches!(Sample::new(&table, &[1.0]), Err(TableError::Length { .. })));
    assert!(matches!(Sample::new(&table, &[1.0, f64::NAN]), Err(TableError::Value { .. })));
    assert!(matches!(Sample::new(&table, &[1.0, 1e60]), Err(TableError::Value { .. })));
    let sample = Sample::new(&table, &[1.0, 2.0]).unwrap();
    assert!(matches!(sample.with_weights(&[1.0, 0.0]), Err(TableError::Value { row: 1, .. })));
}

#[test]
fn refused_training() {
    let (table, target) = world(50, 6);
    let sample = Sample::new(&table, &target).unwrap();
    let usual = Boosting::default();
    let fit = |options: &Boosting, loss: &Loss| options.fit(&sample, None, loss).unwrap_err();
    let wrong = |options: Boosting, wanted: &str| match fit(&options, &Loss::Squared) {
        NotTrained::Option { name, .. } => assert_eq!(name, wanted),
        other => panic!("{other}"),
    };
    wrong(Boosting { rounds: 0, ..usual.clone() }, "rounds");
    wrong(Boosting { rate: f64::NAN, ..usual.clone() }, "rate");
    wrong(Boosting { leaves: 1, ..usual.clone() }, "leaves");
    wrong(Boosting { depth: 65, ..usual.clone() }, "depth");
    wrong(Boosting { bins: 257, ..usual.clone() }, "bins");
    wrong(Boosting { l2: -1.0, ..usual.clone() }, "l2");
    wrong(Boosting { row_share: 0.0, ..usual.clone() }, "row_share");
    wrong(Boosting { threads: 0, ..usual.clone() }, "threads");
    let nowhere = vec![("nowhere".to_owned(), Direction::Up)];
    let options = Boosting { directions: nowhere, ..usual.clone() };
    assert_eq!(fit(&options, &Loss::Squared), NotTrained::NoColumn("nowhere".to_owned()));
    for levels in [vec![], vec![0.0], vec![0.5, 0.5], vec![f64::NAN], vec![0.5; 64]] {
        assert!(matches!(fit(&usual, &Loss::Quantiles { levels }), NotTrained::Option { .. }));
    }
    let tweedie = Loss::Tweedie { power: 2.0 };
    assert!(matches!(fit(&usual, &tweedie), NotTrained::Option { name: "power", .. }));
    let below: Vec<f64> = target.iter().map(|y| y - 1e3).collect();
    let sample = Sample::new(&table, &below).unwrap();
    assert!(matches!(usual.fit(&sample, None, &Loss::Poisson), Err(NotTrained::Table(_))));
    let none = Table::new();
    let empty = Sample::new(&none, &[]).unwrap();
    assert_eq!(usual.fit(&empty, None, &Loss::Squared), Err(NotTrained::Empty));
    assert_eq!(Ridge::fit(&empty, 1.0), Err(NoLine::Empty));
    let (table, target) = world(50, 7);
    let gaps = Sample::new(&table, &target).unwrap();
    assert!(matches!(Ridge::fit(&gaps, 1.0), Err(NoLine::Unknown { .. })));
}

// Goal: odd tables give numbers. Method: one row, all unknown, all equal, huge, tiny and one-sided targets, every loss.
#[test]
fn odd_tables() {
    let columns: [Vec<f64>; 4] = [
        vec![f64::NAN; 40],
        vec![3.0; 40],
        (0..40).map(f64::from).collect(),
        (0..40).map(|at| if at % 2 == 0 { 1e308 } else { -1e308 }).collect(),
    ];
    let targets: [Vec<f64>; 5] = [
        vec![0.0; 40],
        vec![7.0; 40],
        (0..40).map(|at| f64::from(at % 3) * 1e49).collect(),
        (0..40).map(|at| f64::from(at % 3) * 1e-300).collect(),
        (0..40).map(|at| if at == 39 { 1e9 } else { 0.0 }).collect(),
    ];
    let losses = [
        Loss::Squared,
        Loss::Poisson,
        Loss::Tweedie { power: 1.9 },
        Loss::Quantiles { levels: vec![0.001, 0.5, 0.999] },
    ];
    let options = Boosting { rows_in_leaf: 1, rate: 1.0, rounds: 30, ..Boosting::default() };
    for column in &columns {
        let table = Table::new().with_numbers("x", column.clone()).unwrap();
        for target in &targets {
            let sample = Sample::new(&table, target).unwrap();
            for loss in &losses {
                let model = options.fit(&sample, Some(&sample), loss).unwrap();
                let said = model.predict(&table).unwrap();
                assert!(said.iter().all(|value| value.is_finite()), "{loss:?} {target:?}");
            }
        }
    }
    let table = Table::new().with_numbers("x", vec![1.0]).unwrap();
    let sample = Sample::new(&table, &[2.0]).unwrap();
    let model = options.fit(&sample, None, &Loss::Quantiles { levels: vec![0.5] }).unwrap();
    assert_eq!(model.predict(&table).unwrap()[[0, 0]], 2.0);
}
