//! Opening and creating engine files, and whose orders are meant.

use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use oms::engine::Fault;
use oms::words::{TenantId, Timestamp};
use oms::{Durability, Oms, Settings, SqliteStore};

use crate::complaint::CliError;
use crate::{Cli, write};

/// The tenant of whoever names none.
const TENANT: &str = "main";

/// Tenants that a complaint names at most.
const NAMED: usize = 10;

/// The moment, in UTC milliseconds. The door is where the clock is read.
#[expect(clippy::disallowed_methods, reason = "the engine takes time as an argument; this is it")]
pub(crate) fn now() -> Result<Timestamp, CliError> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))?)
}

/// Opens a file to run commands.
pub(crate) fn writable(
    db: &Path,
    durability: Durability,
    cli: &Cli,
) -> Result<Oms<SqliteStore>, CliError> {
    must_exist(db)?;
    let settings = Settings { durability, ..Settings::default() };
    let mut store = SqliteStore::open(db, settings).map_err(of(db))?;
    // Who names a tenant here may mean a new one.
    let tenant = match &cli.tenant {
        Some(name) => TenantId::new(name)?,
        None => own_tenant(&mut store)?,
    };
    Ok(Oms::new(store, tenant))
}

/// Opens a file to look at one tenant.
pub(crate) fn readable(db: &Path, cli: &Cli) -> Result<Oms<SqliteStore>, CliError> {
    let mut store = read_only(db)?;
    let tenant = match &cli.tenant {
        Some(name) => known_tenant(&mut store, name)?,
        None => own_tenant(&mut store)?,
    };
    Ok(Oms::new(store, tenant))
}

/// Opens a file to look at the tenant that is named, or at all of them.
pub(crate) fn readable_all(db: &Path, cli: &Cli) -> Result<(SqliteStore, Vec<TenantId>), CliError> {
    let mut store = read_only(db)?;
    let tenants = match &cli.tenant {
        Some(name) => vec![known_tenant(&mut store, name)?],
        None => store.tenants()?,
    };
    Ok((store, tenants))
}

fn read_only(db: &Path) -> Result<SqliteStore, CliError> {
    must_exist(db)?;
    SqliteStore::open_read_only(db, Settings::default()).map_err(of(db))
}

fn must_exist(db: &Path) -> Result<(), CliError> {
    if db.exists() { Ok(()) } else { Err(CliError::Missing(db.to_owned())) }
}

fn of(db: &Path) -> impl Fn(Fault) -> CliError {
    |fault| CliError::Open { path: db.to_owned(), fault }
}

/// The tenant of a file that whoever names none means.
fn own_tenant(store: &mut SqliteStore) -> Result<TenantId, CliError> {
    let main = TenantId::new(TENANT)?;
    let tenants = store.tenants()?;
    match tenants.as_slice() {
        [] => Ok(main),
        [only] => Ok(only.clone()),
        _ if tenants.contains(&main) => Ok(main),
        _ => Err(CliError::WhichTenant(names(&tenants))),
    }
}

fn known_tenant(store: &mut SqliteStore, name: &str) -> Result<TenantId, CliError> {
    let id = TenantId::new(name)?;
    let tenants = store.tenants()?;
    if tenants.contains(&id) {
        return Ok(id);
    }
    Err(CliError::UnknownTenant { id: name.to_owned(), known: names(&tenants) })
}

fn names(tenants: &[TenantId]) -> String {
    if tenants.is_empty() {
        return "none yet".to_owned();
    }
    let named: Vec<String> = tenants.iter().take(NAMED).map(|t| format!("`{t}`")).collect();
    let more = tenants.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

/// `oms init`.
pub(crate) fn init(db: &Path, cli: &Cli) -> Result<ExitCode, CliError> {
    if db.symlink_metadata().is_ok() {
        return Err(CliError::Exists(db.to_owned()));
    }
    if let Some(folder) = db.parent().filter(|f| !f.as_os_str().is_empty() && !f.is_dir()) {
        return Err(CliError::NoFolder(folder.to_owned()));
    }
    SqliteStore::create(db, Settings::default()).map_err(of(db))?;
    if cli.json {
        write::json(&serde_json::json!({ "created": db.display().to_string() }))?;
    } else {
        write::line(&format!("created {}", db.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
