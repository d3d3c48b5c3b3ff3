//! Stories, lives and interleavings of the core, kept in a file: the same to the byte.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::path::PathBuf;

use oms_core::engine::MemoryStore;
use oms_core::testing::interleave::{Pairs, interleave};
use oms_core::testing::life::live;
use oms_core::testing::story::check;
use oms_core::testing::strategies::Draw;
use oms_store::{Durability, Settings, SqliteStore};
use tempfile::TempDir;

/// A file for each store.
struct Shelf {
    dir: TempDir,
    files: u32,
}

impl Shelf {
    fn new() -> Shelf {
        Shelf { dir: tempfile::tempdir().unwrap(), files: 0 }
    }

    fn store(&mut self) -> SqliteStore {
        self.files += 1;
        let settings = Settings { durability: Durability::Normal, ..Settings::default() };
        SqliteStore::create(self.dir.path().join(format!("{}.oms", self.files)), settings).unwrap()
    }
}

// Goal: every story comes true in a file, with the log that it has in memory. Method: each story on a
// file of its own and in memory.
#[test]
fn every_story_comes_true_in_a_file() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/stories");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 30, "only {} stories", paths.len());
    let mut shelf = Shelf::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.display();
        let memory = check(MemoryStore::new(), &text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let file = check(shelf.store(), &text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(memory == file, "{name}: another log in the file");
    }
}

// Goal: whatever is wished for, a file keeps it as memory does. Method: random lives on both, every
// law after every event, the same last hashes.
#[test]
fn lives_are_the_same_in_a_file() {
    let mut shelf = Shelf::new();
    for seed in 1_000_000..1_000_020 {
        let mut draw = Draw::new(seed);
        let words: Vec<u64> = (0..80).map(|_| draw.word()).collect();
        let memory = live(MemoryStore::new(), seed, &words).unwrap_or_else(|e| panic!("{e}"));
        let file = live(shelf.store(), seed, &words).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(memory.hashes, file.hashes, "life {seed}");
        assert_eq!(file.replayed(shelf.store()).unwrap(), file.hashes, "life {seed} sent again");
    }
}

// Goal: in a file, too, two commands decided on one state stand or conflict; and an abandoned group
// leaves nothing. Method: pairs in both orders, each in a group that is abandoned.
#[test]
fn pairs_commute_or_conflict_in_a_file() {
    let mut shelf = Shelf::new();
    let mut sum = Pairs::default();
    for seed in 0..4 {
        sum.add(interleave(shelf.store(), seed, 30, 4).unwrap_or_else(|e| panic!("{e}")));
    }
    assert!(sum.tried == 480 && sum.anew > 0 && sum.answered > 0, "{sum:?}");
}
