//! The file methods that differ from the system's: opening, reading, writing, what is promised of reads.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::ffi::{
    SQLITE_ERROR, SQLITE_IOCAP_SUBPAGE_READ, SQLITE_IOERR_DATA, SQLITE_OK, SQLITE_OPEN_MAIN_DB,
    sqlite3_file, sqlite3_filename, sqlite3_io_methods, sqlite3_vfs,
};

use crate::page::{Page, fits, seal};
use crate::{MISFIT, PAGE_BYTES};

/// The methods of a file, with the system's own behind them. SQLite sees the first field only; what it
/// hands back as a file's methods is a pointer to the whole.
#[repr(C)]
struct Sealed {
    ours: sqlite3_io_methods,
    system: &'static sqlite3_io_methods,
}

/// One for each of the system's sets of methods: a handful in a process, kept for ever.
static SETS: Mutex<Vec<&'static Sealed>> = Mutex::new(Vec::new());

/// The system's way of opening files, as it was when the layer was registered.
pub(crate) static SYSTEM: AtomicPtr<sqlite3_vfs> = AtomicPtr::new(null_mut());

/// Our methods over these of the system.
fn over(system: &'static sqlite3_io_methods) -> &'static Sealed {
    let mut sets = SETS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = sets.iter().find(|set| std::ptr::eq(set.system, system)) {
        return known;
    }
    // Version 2 has shared memory but no memory mapping: a mapped page would pass unread.
    let ours = sqlite3_io_methods {
        iVersion: system.iVersion.min(2),
        xRead: Some(read),
        xWrite: Some(write),
        xDeviceCharacteristics: Some(characteristics),
        ..*system
    };
    let set: &'static Sealed = Box::leak(Box::new(Sealed { ours, system }));
    sets.push(set);
    set
}

/// The system's methods of a file that [`open`] opened as a main file.
///
/// # Safety
/// `file` is such a file, and open.
unsafe fn system(file: *mut sqlite3_file) -> &'static sqlite3_io_methods {
    // SAFETY: the caller says that the file is open.
    let methods = unsafe { (*file).pMethods };
    // SAFETY: its methods were set by `open` to the first field of a `Sealed`, which is never freed.
    unsafe { (*methods.cast::<Sealed>()).system }
}

/// Opens a file as the system does; the pages of a main file are sealed from then on.
///
/// # Safety
/// Called by SQLite: see `sqlite3_vfs.xOpen`.
pub(crate) unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // Not today's default: a host may have made another one since, whose files are of another size.
    let system = SYSTEM.load(Ordering::Acquire);
    // SAFETY: it is null, or what was found when the layer was registered, which is never freed.
    let Some(opened) = (unsafe { system.as_ref() }).and_then(|system| system.xOpen) else {
        return SQLITE_ERROR;
    };
    // SAFETY: SQLite's own arguments, for a file as large as the system asks for.
    let code = unsafe { opened(system, name, file, flags, out) };
    if code != SQLITE_OK || flags & SQLITE_OPEN_MAIN_DB == 0 {
        return code;
    }
    // SAFETY: the file is open now.
    let methods = unsafe { (*file).pMethods };
    // SAFETY: the methods of an open file are a structure of the system that is never freed.
    let Some(methods) = (unsafe { methods.as_ref::<'static>() }) else { return code };
    // SAFETY: the file is SQLite's to lend and nobody else sees it yet.
    unsafe { (*file).pMethods = &raw const over(methods).ours };
    code
}

/// Reads as the system does; a page that does not fit its seal is an error.
unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    buffer: *mut c_void,
    bytes: c_int,
    at: i64,
) -> c_int {
    // SAFETY: SQLite calls this for files that `open` gave these methods.
    let Some(read) = (unsafe { system(file) }).xRead else { return SQLITE_ERROR };
    // SAFETY: SQLite's own arguments.
    let code = unsafe { read(file, buffer, bytes, at) };
    if code != SQLITE_OK || !is_page(bytes, at) {
        return code;
    }
    // SAFETY: the buffer holds `bytes` bytes, which are those of a page, and the read filled it.
    let page: &Page = unsafe { &*buffer.cast::<Page>() };
    if fits(page, at) {
        return SQLITE_OK;
    }
    MISFIT.set(Some(at / SIZE + 1));
    SQLITE_IOERR_DATA
}

/// Writes as the system does, a page with its seal.
unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    buffer: *const c_void,
    bytes: c_int,
    at: i64,
) -> c_int {
    // SAFETY: SQLite calls this for files that `open` gave these methods.
    let Some(write) = (unsafe { system(file) }).xWrite else { return SQLITE_ERROR };
    if !is_page(bytes, at) {
        // SAFETY: SQLite's own arguments.
        return unsafe { write(file, buffer, bytes, at) };
    }
    // SQLite may look at its own copy meanwhile: the seal goes on another.
    // SAFETY: the buffer holds `bytes` bytes, which are those of a page.
    let mut page: Page = unsafe { *buffer.cast::<Page>() };
    seal(&mut page, at);
    // SAFETY: SQLite's own arguments, with as many bytes of our own.
    unsafe { write(file, (&raw const page).cast(), bytes, at) }
}

/// What the system says of the device, but that a part of a page may be read: it would pass unchecked.
unsafe extern "C" fn characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite calls this for files that `open` gave these methods.
    let Some(told) = (unsafe { system(file) }).xDeviceCharacteristics else { return 0 };
    // SAFETY: SQLite's own argument.
    unsafe { told(file) & !SQLITE_IOCAP_SUBPAGE_READ }
}

const SIZE: i64 = PAGE_BYTES as i64;

/// Whether so many bytes at this place are a page. SQLite writes nothing else to a main file, and reads
/// less only of the header, whose page it reads as a whole before it relies on it.
fn is_page(bytes: c_int, at: i64) -> bool {
    usize::try_from(bytes) == Ok(PAGE_BYTES) && at % SIZE == 0
}
