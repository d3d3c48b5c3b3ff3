//! Files whose pages are sealed: whole under every way of writing, and never believed once they rot.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use std::fs;
use std::path::Path;

use oms_vfs::{PAGE_BYTES, SEAL_BYTES, is_sealed};
use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

fn open(path: &Path) -> Connection {
    oms_vfs::open(path, OpenFlags::default()).unwrap()
}

/// Some hundred pages: an index, bodies on pages of their own, rows that came and went.
fn fill(file: &Connection) {
    file.execute_batch(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT UNIQUE, body BLOB);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
         INSERT INTO t SELECT i, 'word ' || (i * 7919 % 503), zeroblob(i % 5 * 1500) FROM n;
         DELETE FROM t WHERE id BETWEEN 150 AND 250;
         UPDATE t SET body = zeroblob(9000) WHERE id % 97 = 0",
    )
    .unwrap();
}

/// Everything in the file, asked both ways: by rows, and row by row through the index.
fn contents(file: &Connection) -> rusqlite::Result<Vec<(i64, String, usize)>> {
    let mut statement = file.prepare("SELECT id, word, body FROM t ORDER BY id")?;
    let rows = statement
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get::<_, Vec<u8>>(2)?.len())))?
        .collect::<Result<Vec<(i64, String, usize)>, _>>()?;
    let mut by_word = file.prepare("SELECT count(*) FROM t WHERE word = ?1")?;
    let mut found = Vec::new();
    for n in 0..503 {
        let word = format!("word {n}");
        let count: u32 = by_word.query_row([&word], |r| r.get(0))?;
        found.push((-1, word, usize::try_from(count).unwrap()));
    }
    Ok([rows, found].concat())
}

/// A file written in this journal mode, and nothing beside it.
fn written(path: &Path, journal: &str) -> Vec<u8> {
    let file = open(path);
    file.pragma_update(None, "journal_mode", journal).unwrap();
    fill(&file);
    file.close().unwrap();
    fs::read(path).unwrap()
}

fn is_misfit(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|told| told.extended_code == ffi::SQLITE_IOERR_DATA)
}

// Goal: a file is whole whichever way its pages came to it. Method: both kinds of journal, a copy by
// the backup, a vacuum, a rollback; each read back sealed, and by SQLite alone.
#[test]
fn every_way_of_writing_seals() {
    let dir = tempfile::tempdir().unwrap();
    let mut expected = None;
    let mut whole = |path: &Path| {
        assert!(is_sealed(&fs::read(path).unwrap()), "{}", path.display());
        let found = contents(&open(path)).unwrap();
        let plain = Connection::open(path).unwrap();
        let checked: String = plain.query_row("PRAGMA integrity_check", [], |r| r.get(0)).unwrap();
        assert_eq!(checked, "ok");
        assert_eq!(contents(&plain).unwrap(), found);
        assert_eq!(*expected.get_or_insert_with(|| found.clone()), found);
    };
    for journal in ["WAL", "DELETE", "MEMORY"] {
        let path = dir.path().join(journal);
        written(&path, journal);
        whole(&path);
        let mut file = open(&path);
        let undone = file.transaction().unwrap();
        undone.execute("UPDATE t SET word = 'x' || id, body = zeroblob(5000)", []).unwrap();
        undone.rollback().unwrap();
        file.execute_batch("VACUUM").unwrap();
        let copied = dir.path().join(format!("{journal}-copy"));
        let mut copy = open(&copied);
        Backup::new(&file, &mut copy).unwrap().step(-1).unwrap();
        file.close().unwrap();
        copy.close().unwrap();
        whole(&path);
        whole(&copied);
    }
}

// Goal: no answer rests on a page that rotted. Method: a byte of every page in turn, at several
// places; pages that change places; a page of an older day.
#[test]
fn no_rotten_page_is_believed() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = written(&dir.path().join("sound"), "DELETE");
    let expected = contents(&open(&dir.path().join("sound"))).unwrap();
    let path = dir.path().join("rotten");
    let pages = bytes.len() / PAGE_BYTES;
    assert!(pages > 100, "{pages}");
    let judge = |rotten: &[u8], what: &str| -> bool {
        fs::write(&path, rotten).unwrap();
        match contents(&open(&path)) {
            Ok(found) => {
                assert_eq!(found, expected, "{what}");
                false
            }
            Err(error) => {
                // A header that says another size of pages is no page at all.
                let header = matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase));
                assert!(is_misfit(&error) || header, "{what}: {error}");
                true
            }
        }
    };
    let mut found = 0;
    for page in 0..pages {
        let at = page * PAGE_BYTES + [0, 5, 100, 2_000, PAGE_BYTES - SEAL_BYTES][page % 5];
        let mut rotten = bytes.clone();
        rotten[at] ^= 1 << (page % 8);
        found += usize::from(judge(&rotten, &format!("byte {at}")));
    }
    // Free pages are read by nobody.
    assert!(found * 10 > pages * 7, "{found} of {pages}");
    let mut exchanged = bytes.clone();
    let (first, second) = (4 * PAGE_BYTES, 5 * PAGE_BYTES);
    exchanged.copy_within(first..second, second);
    assert!(judge(&exchanged, "a page in the place of another"));
}

// Goal: the page is named. Method: spoil one that every question reads.
#[test]
fn the_page_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let mut bytes = written(&path, "WAL");
    bytes[PAGE_BYTES + 2_000] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(is_misfit(&contents(&open(&path)).unwrap_err()));
    assert_eq!((oms_vfs::misfit(), oms_vfs::misfit()), (Some(2), None));
}

// Goal: two connections share locks and the log's index as with SQLite's own methods. Method: a
// reader keeps its view while a writer commits, and both meet at a lock.
#[test]
fn others_may_share_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    written(&path, "WAL");
    let (one, two) = (open(&path), open(&path));
    two.busy_timeout(std::time::Duration::ZERO).unwrap();
    let count = |file: &Connection| -> i64 {
        file.query_row("SELECT count(*) FROM t", [], |r| r.get(0)).unwrap()
    };
    one.execute_batch("BEGIN").unwrap();
    let before = count(&one);
    two.execute("DELETE FROM t WHERE id < 50", []).unwrap();
    assert_eq!((count(&one), count(&two)), (before, before - 49));
    one.execute_batch("COMMIT; BEGIN IMMEDIATE").unwrap();
    let busy = two.execute("DELETE FROM t", []).unwrap_err();
    assert_eq!(busy.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
}
