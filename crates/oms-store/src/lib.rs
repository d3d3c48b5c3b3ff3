//! Where `oms` keeps its facts: one SQLite file per shop or many tenants in one, durable by default,
//! checked when it is opened and when it is read, backed up while it runs.
//!
//! ```
//! use oms_core::command::{Context, Limits};
//! use oms_core::engine::{Engine, Outcome};
//! use oms_core::flow::Request;
//! use oms_core::words::TenantId;
//! use oms_store::{Settings, SqliteStore};
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("shop.oms");
//! let mut engine = Engine::new(SqliteStore::create(&path, Settings::default())?);
//! let ctx = Context::new(TenantId::new("SHOP")?, "2026-11-24T09:00:00Z".parse()?);
//! let line = br#"{"id":"C1","define_pool":{"id":"EAST"}}"#;
//! let done = engine.execute(&ctx, Request::parse(line, &Limits::default())?)?;
//! assert_eq!(done.receipt.outcome, Outcome::Accepted);
//!
//! // The file outlives the process: the same command later gets the same receipt.
//! drop(engine);
//! let mut engine = Engine::new(SqliteStore::open(&path, Settings::default())?);
//! let again = engine.execute(&ctx, Request::parse(line, &Limits::default())?)?;
//! assert!(again.repeated);
//! assert_eq!(again.bytes, done.bytes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod sqlite;

pub use sqlite::{Durability, Settings, SqliteStore};
