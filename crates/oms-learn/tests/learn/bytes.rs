//! Models as bytes: the same back, and nothing but a typed error for what is none.

use oms_learn::{BadModel, Boosted, Boosting, Loss, Sample};
use proptest::prelude::*;

use crate::world;

fn models() -> Vec<Boosted> {
    let (table, target) = world(300, 1);
    let sample = Sample::new(&table, &target).unwrap();
    let options = Boosting { rounds: 8, ..Boosting::default() };
    let losses = [
        Loss::Squared,
        Loss::Poisson,
        Loss::Tweedie { power: 1.3 },
        Loss::Quantiles { levels: vec![0.05, 0.5, 0.975] },
    ];
    losses.iter().map(|loss| options.fit(&sample, None, loss).unwrap()).collect()
}

// Goal: bytes are the model. Method: there and back, plain and through serde, for every loss.
#[test]
fn there_and_back() {
    for model in models() {
        assert_eq!(Boosted::from_bytes(&model.to_bytes()), Ok(model.clone()));
        let json = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<Boosted>(&json).unwrap(), model);
        assert!(serde_json::from_str::<Boosted>("[1,2,3]").is_err());
    }
}

// Goal: no changed or cut byte goes unseen. Method: every cut, and a change at every byte.
#[test]
fn damage_is_seen() {
    let bytes = models().pop().unwrap().to_bytes();
    for at in 0..bytes.len() {
        assert!(Boosted::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        let found = Boosted::from_bytes(&changed).unwrap_err();
        let wanted = match at {
            0..8 => matches!(found, BadModel::Foreign),
            8..10 => matches!(found, BadModel::Version { .. }),
            _ => found == BadModel::Damaged,
        };
        assert!(wanted, "byte {at}: {found}");
    }
}

proptest! {
    // Goal: bytes that are whole and make no sense are broken, never a panic. Method: changes with the hash made right.
    #[test]
    fn nonsense_is_broken(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        use sha2::{Digest, Sha256};
        let mut bytes = models().pop().unwrap().to_bytes();
        let end = bytes.len() - 8;
        for (at, byte) in changes {
            let at = 10 + at.index(end - 10);
            bytes[at] = byte;
        }
        let hash = Sha256::digest(&bytes[..end]);
        bytes.truncate(end);
        bytes.extend(&hash[..8]);
        // What is read all the same must be a model that can be asked.
        if let Ok(model) = Boosted::from_bytes(&bytes) {
            let (table, _) = world(5, 2);
            if let Ok(said) = model.predict(&table) {
                prop_assert!(said.iter().all(|value| value.is_finite()));
                prop_assert!(model.explain(&table, 0, 0).is_ok());
            }
        }
    }
}
