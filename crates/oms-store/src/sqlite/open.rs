//! Making a file and opening one: whose it is, which version, how durable.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use oms_core::engine::Fault;
use rusqlite::{Connection, OpenFlags};

use super::cache::Cache;
use super::fault::{Told, corrupt};
use super::migrate::{LADDER, Ladder};
use super::schema::APPLICATION_ID;
use super::{Phase, SqliteStore};

/// What survives what. In either mode a killed process loses nothing that was acknowledged, and no
/// commit is ever half there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Each commit, or group of commits, is on the disk before it is acknowledged: it survives the
    /// loss of power too. One sync per commit or group.
    #[default]
    Full,
    /// The system writes to the disk in its own time: loss of power, or of the system, may lose the
    /// last commits, in order from the end. No sync per commit.
    Normal,
}

/// How a file is opened.
///
/// ```
/// use oms_store::{Durability, Settings};
/// let till = Settings { durability: Durability::Normal, ..Settings::default() };
/// assert_eq!(till.busy_ms, 5_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What survives what.
    pub durability: Durability,
    /// How long a writer waits for another one, milliseconds; then the call is `Fault::Busy`.
    pub busy_ms: u32,
    /// Memory for pages of the file, KiB.
    pub cache_kib: u32,
    /// Pages of 4 KiB that the write-ahead log gathers before they move into the file; while
    /// readers keep old views open it may grow further.
    pub log_pages: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            durability: Durability::Full,
            busy_ms: 5_000,
            cache_kib: 16 * 1024,
            log_pages: 4_096,
        }
    }
}

/// How a file may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

impl SqliteStore {
    /// Makes a new file; it must not be there yet. The file appears whole or not at all.
    ///
    /// # Errors
    /// [`Fault::Io`] when it is there already or cannot be made, [`Fault::Full`].
    pub fn create(path: impl AsRef<Path>, settings: Settings) -> Result<SqliteStore, Fault> {
        let path = path.as_ref();
        appear(path, |new| {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = connect(new, flags, settings)?;
            connection.pragma_update(None, "journal_mode", "WAL").told("make the file")?;
            let made = connection
                .execute_batch("BEGIN IMMEDIATE")
                .told("make the file")
                .and_then(|()| LADDER.shape.lay(&connection))
                .and_then(|()| connection.execute_batch("COMMIT").told("make the file"));
            connection.close().map_err(|(_, error)| error).told("make the file").and(made)
        })?;
        SqliteStore::open(path, settings)
    }

    /// Opens a file to read and write. A file of an older version is brought forward, and a copy of
    /// it as it was is kept beside it as `<file>.v<version>.bak`.
    ///
    /// # Errors
    /// [`Fault::Schema`] for a file that is not ours or of a newer version, [`Fault::Corrupt`] for
    /// one whose header is damaged, [`Fault::Io`] for one that cannot be opened, [`Fault::Busy`].
    pub fn open(path: impl AsRef<Path>, settings: Settings) -> Result<SqliteStore, Fault> {
        open_with(path.as_ref(), settings, Access::Write, &LADDER)
    }

    /// Opens a file to read only: every write is [`Fault::ReadOnly`]. A file on a medium that
    /// cannot be written is read as it lies there, if nobody had it in use when it was brought there.
    ///
    /// # Errors
    /// As [`SqliteStore::open`]; and [`Fault::Schema`] for an older version, which only a writer
    /// brings forward.
    pub fn open_read_only(
        path: impl AsRef<Path>,
        settings: Settings,
    ) -> Result<SqliteStore, Fault> {
        open_with(path.as_ref(), settings, Access::Read, &LADDER)
    }
}

pub(super) fn open_with(
    path: &Path,
    settings: Settings,
    access: Access,
    ladder: &Ladder,
) -> Result<SqliteStore, Fault> {
    recognize(path)?;
    let mode = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let looked_into = |connection: Connection| -> Result<(Connection, i32), Fault> {
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
        Ok((connection, version.told("read the file's header")?))
    };
    let opened = connect(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX, settings);
    let (connection, version) = match opened.and_then(looked_into) {
        // Even a reader writes beside a file in use. Where that cannot be, and nobody has the file
        // in use, it is read as it lies there.
        Err(Fault::ReadOnly | Fault::Io { .. }) if access == Access::Read && is_at_rest(path) => {
            looked_into(connect_at_rest(path, settings)?)?
        }
        Err(Fault::ReadOnly | Fault::Io { .. }) if access == Access::Read => {
            return Err(Fault::Io {
                doing: format!("open `{}`", path.display()),
                why: "its journal lies beside it, and a reader must be able to write there: copy \
                      both to a folder that is yours"
                    .to_owned(),
            });
        }
        opened => opened?,
    };
    let newest = ladder.shape.version;
    if version > newest || version < 1 || (version < newest && access == Access::Read) {
        let expected = match access {
            Access::Read => format!("version {newest} (a writer brings older ones forward)"),
            Access::Write => format!("version 1 to {newest}"),
        };
        return Err(Fault::Schema { expected, found: format!("version {version}") });
    }
    if version < newest {
        ladder.climb(&connection, path)?;
    }
    ladder.shape.check(&connection)?;
    let phase = match access {
        Access::Write => {
            let mode: String = connection
                .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
                .told("write ahead")?;
            if !mode.eq_ignore_ascii_case("wal") {
                let why = format!("the journal is `{mode}`");
                return Err(Fault::Io { doing: "write ahead".to_owned(), why });
            }
            Phase::Single
        }
        Access::Read => Phase::Reading,
    };
    Ok(SqliteStore { connection, path: path.to_owned(), phase, cache: Cache::new() })
}

/// Whether nothing of the file stands in a journal beside it.
fn is_at_rest(path: &Path) -> bool {
    !fs::metadata(beside(path, "-wal")).is_ok_and(|journal| journal.len() > 0)
}

/// A connection to a file that nobody writes and beside which nothing can be written.
fn connect_at_rest(path: &Path, settings: Settings) -> Result<Connection, Fault> {
    let whole = fs::canonicalize(path).map_err(|error| Fault::Io {
        doing: format!("open `{}`", path.display()),
        why: error.to_string(),
    })?;
    // The characters that mean something in a URI.
    let name = whole.to_string_lossy();
    let name = name.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let uri = PathBuf::from(format!("file:{name}?immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    connect(&uri, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX, settings)
}

/// A connection with every setting that the store relies on.
pub(super) fn connect(
    path: &Path,
    flags: OpenFlags,
    settings: Settings,
) -> Result<Connection, Fault> {
    let doing = format!("open `{}`", path.display());
    let connection = oms_vfs::open(path, flags).told(&doing)?;
    let wait = std::time::Duration::from_millis(u64::from(settings.busy_ms));
    connection.busy_timeout(wait).told(&doing)?;
    connection.set_prepared_statement_cache_capacity(64);
    let synchronous = match settings.durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous).told(&doing)?;
    // Negative: KiB instead of pages.
    connection.pragma_update(None, "cache_size", -i64::from(settings.cache_kib)).told(&doing)?;
    connection.pragma_update(None, "wal_autocheckpoint", settings.log_pages).told(&doing)?;
    // After a checkpoint the log shrinks back to what it is meant to hold.
    let log_bytes = i64::from(settings.log_pages) * 4_096;
    connection.pragma_update(None, "journal_size_limit", log_bytes).told(&doing)?;
    connection.pragma_update(None, "temp_store", "MEMORY").told(&doing)?;
    connection.pragma_update(None, "cell_size_check", "ON").told(&doing)?;
    connection.pragma_update(None, "trusted_schema", "OFF").told(&doing)?;
    Ok(connection)
}

/// Judges a file by its first bytes, before SQLite does: another kind of file is not a damaged one.
fn recognize(path: &Path) -> Result<(), Fault> {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    let io = |error: std::io::Error| Fault::Io {
        doing: format!("open `{}`", path.display()),
        why: error.to_string(),
    };
    let damaged =
        || corrupt(format!("the header of `{}`", path.display()), "bytes that do not fit");
    let mut header = Vec::with_capacity(100);
    File::open(path).map_err(io)?.take(100).read_to_end(&mut header).map_err(io)?;
    let application = header.get(68..72);
    let ours = application == Some(&APPLICATION_ID.to_be_bytes());
    match (header.starts_with(MAGIC), application) {
        (true, _) if ours && oms_vfs::is_sealed(&header) => Ok(()),
        (true, Some(application)) if !ours => {
            let application = application.iter().fold(0, |id, byte| id << 8 | i32::from(*byte));
            Err(Fault::Schema {
                expected: format!("application id {APPLICATION_ID}"),
                found: format!("application id {application}"),
            })
        }
        (true, _) => Err(damaged()),
        (false, _) if ours => Err(damaged()),
        (false, _) => {
            let found = if header.is_empty() { "an empty file" } else { "another kind of file" };
            let expected = "a file of this engine".to_owned();
            Err(Fault::Schema { expected, found: found.to_owned() })
        }
    }
}

/// Lets a file appear under its name once it is whole: made beside it, then linked. It must not be
/// there yet.
pub(super) fn appear(
    path: &Path,
    make: impl FnOnce(&Path) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let io = |error: std::io::Error| Fault::Io {
        doing: format!("make `{}`", path.display()),
        why: error.to_string(),
    };
    if path.symlink_metadata().is_ok() {
        return Err(io(ErrorKind::AlreadyExists.into()));
    }
    let new = beside(path, &format!(".new-{}", std::process::id()));
    let linked = make(&new).and_then(|()| match fs::hard_link(&new, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(io(error)),
        // A file system without links: nobody else has made it up to now.
        Err(_) => fs::rename(&new, path).map_err(io),
        Ok(()) => Ok(()),
    });
    let _ = fs::remove_file(&new);
    sync_folder(path);
    linked
}

/// The path with something added to its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes a new name durable where the system can; SQLite does the same for its journals.
pub(super) fn sync_folder(path: &Path) {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
