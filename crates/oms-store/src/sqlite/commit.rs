//! Writing a commit: checks first, then rows.

use std::cell::RefCell;
use std::collections::BTreeMap;

use oms_core::engine::{Commit, Fault, Rejected, Sealed, Tip};
use oms_core::event::Recorded;
use oms_core::stock::Account;
use rusqlite::Params;

use super::SqliteStore;
use super::cache::{Kept, Space};
use super::fault::{Told, corrupt};
use super::read::{answer_sum, balance_sum, entity_sum, entry_sum, personal_sum, space_sum};
use super::schema::{MAX_TENANT, position};

/// A commit that may be written.
pub(super) struct Checked {
    space: Option<Space>,
    after: BTreeMap<Account, i64>,
    sealed: Sealed,
}

impl SqliteStore {
    /// Checks a commit against what is there. Writes nothing. Call inside a write transaction.
    pub(super) fn check(&mut self, commit: &Commit) -> Result<Checked, Rejected> {
        let space = self.space(&commit.tenant)?;
        let store = RefCell::new(self);
        let after = match space {
            Some(Space { id, .. }) => {
                if store.borrow().answered(id, &commit.command)? {
                    return Err(Rejected::Answered);
                }
                commit.check(
                    |key| {
                        let kept = store.borrow_mut().entity(id, key)?;
                        Ok(kept.map_or(0, |kept| kept.versioned.version))
                    },
                    |account| store.borrow_mut().balance(id, account),
                )?
            }
            None => commit.check(|_| Ok(0), |_| Ok(0))?,
        };
        let tip = space.map_or_else(Tip::default, |space| space.tip);
        Ok(Checked { space, after, sealed: commit.seal(tip)? })
    }

    /// Writes a commit that was checked. After a failure the transaction is of no use.
    pub(super) fn put(&mut self, commit: &Commit, checked: Checked) -> Result<Sealed, Fault> {
        let Checked { space, after, sealed } = checked;
        let tenant = self.put_space(commit, space, &sealed)?;
        for event in &sealed.events {
            self.put_event(tenant, event)?;
        }
        for (account, balance) in after {
            self.put_balance(tenant, account, balance)?;
        }
        self.put_entities(tenant, commit)?;
        self.put_entries(tenant, commit)?;
        for value in &commit.personal {
            let sql = "INSERT INTO personal (tenant, subject, slot, salt, value, sum)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE
                SET salt = excluded.salt, value = excluded.value, sum = excluded.sum";
            let sum = personal_sum(tenant, value);
            let key = &value.key;
            let row = (tenant, &key.subject, &key.slot, &value.salt, &value.value, sum);
            self.put_row("write a personal value", sql, row)?;
        }
        let sql = "INSERT INTO answer (tenant, command, content, receipt, sum)
            VALUES (?1, ?2, ?3, ?4, ?5)";
        let (content, receipt) = (&commit.content, &sealed.receipt_bytes);
        let sum = answer_sum(tenant, commit.command.as_str(), content, receipt);
        let row = (tenant, commit.command.as_str(), content, receipt, sum);
        self.put_row("write an answer", sql, row)?;
        self.cache.unanswered = None;
        Ok(sealed)
    }

    /// Runs a statement that changes exactly one row.
    fn put_row(&self, doing: &str, sql: &str, row: impl Params) -> Result<(), Fault> {
        let mut statement = self.connection.prepare_cached(sql).told(doing)?;
        match statement.execute(row).told(doing)? {
            1 => Ok(()),
            changed => Err(corrupt(doing, format!("{changed} rows where one should be"))),
        }
    }

    fn put_space(
        &mut self,
        commit: &Commit,
        space: Option<Space>,
        sealed: &Sealed,
    ) -> Result<i64, Fault> {
        let doing = "write the tenant";
        let tip = sealed.tip;
        let id = match space {
            Some(Space { id, tip: before }) if before == tip => return Ok(id),
            Some(Space { id, .. }) => id,
            None => {
                let sql = "SELECT coalesce(max(id), 0) + 1 FROM tenant";
                self.connection.query_row(sql, [], |row| row.get(0)).told(doing)?
            }
        };
        if id > MAX_TENANT {
            return Err(Fault::Full(format!("at most {MAX_TENANT} tenants")));
        }
        position(id, tip.seq)?;
        let (name, seq) = (commit.tenant.as_str(), tip.seq.cast_signed());
        let sum = space_sum(id, name, seq, &tip.hash);
        match space {
            Some(_) => {
                let sql = "UPDATE tenant SET seq = ?2, hash = ?3, sum = ?4 WHERE id = ?1";
                self.put_row(doing, sql, (id, seq, &tip.hash, sum))?;
            }
            None => {
                let sql =
                    "INSERT INTO tenant (id, name, seq, hash, sum) VALUES (?1, ?2, ?3, ?4, ?5)";
                self.put_row(doing, sql, (id, name, seq, &tip.hash, sum))?;
            }
        }
        self.cache.spaces.put(commit.tenant.clone(), Space { id, tip }, 1);
        Ok(id)
    }

    fn put_event(&self, tenant: i64, event: &Recorded) -> Result<(), Fault> {
        let doing = "write an event";
        let position = position(tenant, event.seq)?;
        let sql = "INSERT INTO event (position, id, stream, at, kind, version, actor, command,
            correlation, payload, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let row = (
            position,
            event.id.as_str(),
            &event.stream,
            event.at.ms(),
            &event.kind,
            event.version,
            event.actor.as_ref().map(|id| id.as_str()),
            event.command.as_str(),
            event.correlation.as_ref().map(|id| id.as_str()),
            &event.payload,
            &event.hash,
        );
        self.put_row(doing, sql, row)?;
        self.put_row(doing, "INSERT INTO outbox (position) VALUES (?1)", [position])
    }

    fn put_balance(&mut self, tenant: i64, account: Account, balance: i64) -> Result<(), Fault> {
        let doing = "write a balance";
        let key = account.key();
        if balance == 0 {
            // Zero is absence, so that packages long delivered take no room.
            let sql = "DELETE FROM balance WHERE tenant = ?1 AND key = ?2";
            let mut statement = self.connection.prepare_cached(sql).told(doing)?;
            statement.execute((tenant, &key)).told(doing)?;
        } else {
            let sql = "INSERT INTO balance (tenant, key, value, sum) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum";
            let sum = balance_sum(tenant, &key, balance);
            self.put_row(doing, sql, (tenant, &key, balance, sum))?;
        }
        self.cache.balances.put((tenant, account), balance, 1);
        Ok(())
    }

    fn put_entities(&mut self, tenant: i64, commit: &Commit) -> Result<(), Fault> {
        let doing = "write an entity";
        for (key, _, versioned) in &commit.entities {
            let before = self.entity(tenant, key)?;
            let text = key.key();
            let body = versioned.entity.encode()?;
            let version = i64::try_from(versioned.version)
                .map_err(|_| corrupt(format!("entity `{text}`"), "a version beyond all bounds"))?;
            let sum = entity_sum(tenant, &text, version, &body);
            let row = match before {
                Some(kept) => {
                    let sql = "UPDATE entity SET version = ?2, body = ?3, sum = ?4 WHERE id = ?1";
                    self.put_row(doing, sql, (kept.row, version, &body, sum))?;
                    kept.row
                }
                None => {
                    let sql = "INSERT INTO entity (tenant, key, version, body, sum)
                        VALUES (?1, ?2, ?3, ?4, ?5)";
                    self.put_row(doing, sql, (tenant, &text, version, &body, sum))?;
                    self.connection.last_insert_rowid()
                }
            };
            let kept = Kept { row, versioned: versioned.clone() };
            self.cache.keep_entity((tenant, key.clone()), Some(kept), body.len());
        }
        Ok(())
    }

    fn put_entries(&self, tenant: i64, commit: &Commit) -> Result<(), Fault> {
        let doing = "write a row of a table";
        for (table, row) in &commit.rows_gone {
            let sql = "DELETE FROM entry WHERE tenant = ?1 AND tbl = ?2 AND key = ?3";
            let mut statement = self.connection.prepare_cached(sql).told(doing)?;
            statement.execute((tenant, table.number(), &row.key)).told(doing)?;
        }
        for (table, row) in &commit.rows_new {
            let sql = "INSERT INTO entry (tenant, tbl, key, value, sum) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum";
            let table = table.number();
            let sum = entry_sum(tenant, i64::from(table), &row.key, row.value);
            self.put_row(doing, sql, (tenant, table, &row.key, row.value, sum))?;
        }
        Ok(())
    }
}
