//! SQLite files in which every page carries a checksum.
//!
//! SQLite trusts what the disk gives back: a rotten page under a sound B-tree can hide a row, and a
//! row that is not found is taken for one that never was. Here a thin layer stands between SQLite
//! and the system's own file methods. A page is sealed on its way to the file: its last eight bytes,
//! which SQLite leaves alone because the file's header reserves them, become a checksum over its
//! place and its content. A page that comes back with another checksum is not handed on; the read
//! fails, and so does every answer that would have rested on it.
//!
//! The layer is in force for the main file of a connection made by [`open`]. The write-ahead log
//! has SQLite's own checksums, which are checked when it is recovered. Everything else (locks, shared
//! memory, syncs, journals) is the system's, untouched.
//!
//! # Source
//! The idea is that of SQLite's `cksumvfs` extension; place in the checksum, so that a page written
//! to the wrong place is found as well, follows the ZFS block pointer.

mod methods;
mod page;

use std::cell::Cell;
use std::ffi::CStr;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use rusqlite::ffi;
use rusqlite::{Connection, OpenFlags};

/// Bytes of a page; the only size that these files have.
pub const PAGE_BYTES: usize = 4_096;

/// Bytes at the end of every page that hold its checksum.
pub const SEAL_BYTES: usize = 8;

const NAME: &CStr = c"oms-sealed";

/// Opens a connection to a file whose pages are sealed. A file that is made by it is of that kind
/// from its first page on.
///
/// ```
/// use rusqlite::OpenFlags;
/// let folder = tempfile::tempdir().unwrap();
/// let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
/// let file = oms_vfs::open(&folder.path().join("sealed.db"), flags).unwrap();
/// file.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (7)").unwrap();
/// assert_eq!(file.query_row("SELECT x FROM t", [], |row| row.get(0)), Ok(7));
/// ```
///
/// # Errors
/// Those of SQLite. A read that meets a page whose checksum does not fit fails with the extended
/// code [`ffi::SQLITE_IOERR_DATA`], and [`misfit`] names the page. A file that is there and is not
/// of this kind must not be opened here (its pages would all be misfits): see [`is_sealed`].
///
/// # Cost
/// Less than a microsecond for a page read from or written to the file; none for one in memory.
pub fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    register()?;
    let connection = Connection::open_with_flags_and_vfs(path, flags, NAME)?;
    let mut reserve = i32::try_from(SEAL_BYTES).unwrap_or(i32::MAX);
    // SAFETY: the handle is that of a connection that lives beyond the call.
    let handle = unsafe { connection.handle() };
    let (schema, asked) = (c"main".as_ptr(), ffi::SQLITE_FCNTL_RESERVE_BYTES);
    // SAFETY: the handle is open, the name ends in NUL, and this control reads and writes one int,
    // which outlives the call.
    let code =
        unsafe { ffi::sqlite3_file_control(handle, schema, asked, (&raw mut reserve).cast()) };
    told(code)?;
    Ok(connection)
}

/// Whether a database whose first bytes these are reserves room for the seals, in pages of
/// [`PAGE_BYTES`].
///
/// # Units
/// `header` is the start of the file, at least 21 bytes.
///
/// # Source
/// SQLite, "Database File Format", §1.3: page size at offset 16, reserved bytes at offset 20.
#[must_use]
pub fn is_sealed(header: &[u8]) -> bool {
    let size = header.get(16..18).map(|size| size.iter().fold(0, |n, b| n * 256 + usize::from(*b)));
    let reserved = header.get(20).map(|reserved| usize::from(*reserved));
    size == Some(PAGE_BYTES) && reserved == Some(SEAL_BYTES)
}

thread_local! {
    static MISFIT: Cell<Option<i64>> = const { Cell::new(None) };
}

/// The number of the page, from 1, at which a read of this thread last failed; taking it forgets it.
#[must_use]
pub fn misfit() -> Option<i64> {
    MISFIT.take()
}

fn told(code: i32) -> rusqlite::Result<()> {
    if code == ffi::SQLITE_OK {
        return Ok(());
    }
    Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
}

/// Makes the layer known to SQLite, once in a process.
fn register() -> rusqlite::Result<()> {
    static CODE: OnceLock<i32> = OnceLock::new();
    told(*CODE.get_or_init(|| {
        // SAFETY: a null name asks for the system's default, which lives as long as the process.
        let found = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
        // SAFETY: what was found is null or points to a structure that is never changed again.
        let Some(system) = (unsafe { found.as_ref() }) else { return ffi::SQLITE_ERROR };
        methods::SYSTEM.store(found, Ordering::Release);
        // Everything but the opening of files is the system's own.
        let layer = Box::leak(Box::new(ffi::sqlite3_vfs {
            zName: NAME.as_ptr(),
            pNext: std::ptr::null_mut(),
            xOpen: Some(methods::open),
            ..*system
        }));
        // SAFETY: the structure is leaked, so it lives as long as the process, and its name is unique.
        unsafe { ffi::sqlite3_vfs_register(layer, 0) }
    }))
}
