//! The laws of the store's seam, on SQLite.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use oms_core::testing::store_laws::store_laws;
use oms_store::{Durability, Settings, SqliteStore};

// Goal: the store in a file keeps every law. Method: the public suite; each store in a file of its own.
#[test]
fn sqlite_keeps_the_laws() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings { durability: Durability::Normal, ..Settings::default() };
    let mut files = 0;
    store_laws(|| {
        files += 1;
        SqliteStore::create(dir.path().join(format!("{files}.oms")), settings).unwrap()
    });
}
