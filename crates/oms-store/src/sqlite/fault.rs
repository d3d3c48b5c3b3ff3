//! What SQLite says, in the engine's words.

use oms_core::engine::Fault;
use rusqlite::ffi::SQLITE_IOERR_DATA;
use rusqlite::{Error, ErrorCode};

/// The fault of an error, and what was tried.
pub(super) fn fault(doing: &str, error: &Error) -> Fault {
    let why = error.to_string();
    let code = match error {
        Error::SqliteFailure(told, _) if told.extended_code == SQLITE_IOERR_DATA => {
            let page = oms_vfs::misfit().map_or_else(String::new, |page| format!(" {page}"));
            return corrupt(format!("page{page}, met to {doing}"), "its checksum does not fit");
        }
        Error::SqliteFailure(told, _) => told.code,
        // A value of a type that was never written there.
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::Utf8Error(..)
        | Error::QueryReturnedNoRows => return corrupt(doing, why),
        _ => return Fault::Io { doing: doing.to_owned(), why },
    };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Fault::Busy(why),
        ErrorCode::DiskFull => Fault::Full(why),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => corrupt(doing, why),
        ErrorCode::ReadOnly => Fault::ReadOnly,
        // Every write is checked beforehand; the rows contradict one another.
        ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch => corrupt(doing, why),
        _ => Fault::Io { doing: doing.to_owned(), why },
    }
}

/// A fault for damage found at a place.
pub(super) fn corrupt(place: impl Into<String>, found: impl Into<String>) -> Fault {
    Fault::Corrupt { place: place.into(), found: found.into() }
}

/// Turns SQLite's errors into faults.
pub(super) trait Told<T> {
    /// The value, or the fault of having tried this.
    fn told(self, doing: &str) -> Result<T, Fault>;
}

impl<T> Told<T> for Result<T, Error> {
    fn told(self, doing: &str) -> Result<T, Fault> {
        self.map_err(|error| fault(doing, &error))
    }
}
