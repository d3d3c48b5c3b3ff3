//! Reading state: entities, balances, ranges, personal values, earlier answers.

use oms_core::desk::{
    Answered, Entity, EntityKey, PersonalKey, PersonalValue, RangeRead, ReadSet, Row, Slice, Table,
    Versioned,
};
use oms_core::engine::{Fault, Tip};
use oms_core::stock::Account;
use oms_core::words::{CommandId, TenantId};

use super::SqliteStore;
use super::cache::{Kept, Space};
use super::fault::{Told, corrupt};
use super::schema::sum;

/// The damage of a row whose checksum does not fit.
pub(super) fn misfit(table: &str, key: &str) -> Fault {
    let place = format!("table `{table}`, `{}`", key.replace('\u{1f}', "/"));
    corrupt(place, "its checksum does not fit")
}

impl SqliteStore {
    /// Everything asked for. Call inside a view or a transaction.
    pub(super) fn slice(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        let mut slice = Slice::default();
        let Some(space) = self.space(tenant)? else {
            slice.entities.extend(reads.entities.iter().map(|key| (key.clone(), None)));
            slice.balances.extend(reads.balances.iter().map(|account| (account.clone(), 0)));
            slice.ranges.extend(reads.ranges.iter().map(|read| (read.clone(), Vec::new())));
            slice.personal.extend(reads.personal.iter().map(|key| (key.clone(), None)));
            return Ok(slice);
        };
        slice.seq = space.tip.seq;
        if let Some(command) = &reads.answered {
            slice.answered = self.answer(space.id, command)?;
        }
        for key in &reads.entities {
            let kept = self.entity(space.id, key)?;
            slice.entities.insert(key.clone(), kept.map(|kept| kept.versioned));
        }
        for account in &reads.balances {
            slice.balances.insert(account.clone(), self.balance(space.id, account)?);
        }
        for read in &reads.ranges {
            slice.ranges.insert(read.clone(), self.range(space.id, read)?);
        }
        for key in &reads.personal {
            slice.personal.insert(key.clone(), self.personal(space.id, key)?);
        }
        Ok(slice)
    }

    /// A tenant's number and tip; `None` before its first commit.
    pub(super) fn space(&mut self, tenant: &TenantId) -> Result<Option<Space>, Fault> {
        if let Some(space) = self.cache.spaces.get(tenant) {
            return Ok(Some(*space));
        }
        let doing = "read the tenant";
        let sql = "SELECT id, seq, hash, sum FROM tenant WHERE name = ?1";
        let mut statement = self.connection.prepare_cached(sql).told(doing)?;
        let mut rows = statement.query([tenant.as_str()]).told(doing)?;
        let Some(row) = rows.next().told(doing)? else { return Ok(None) };
        let (id, seq): (i64, i64) = (row.get(0).told(doing)?, row.get(1).told(doing)?);
        let hash: [u8; 32] = row.get(2).told(doing)?;
        let name = tenant.as_str();
        if row.get::<_, i64>(3).told(doing)? != space_sum(id, name, seq, &hash) {
            return Err(misfit("tenant", name));
        }
        let tip = Tip { seq: seq.unsigned_abs(), hash };
        let space = Space { id, tip };
        self.cache.spaces.put(tenant.clone(), space, 1);
        Ok(Some(space))
    }

    /// An entity with its row.
    pub(super) fn entity(&mut self, tenant: i64, key: &EntityKey) -> Result<Option<Kept>, Fault> {
        let at = (tenant, key.clone());
        if let Some(kept) = self.cache.entities.get(&at) {
            return Ok(kept.clone());
        }
        let doing = "read an entity";
        let text = key.key();
        let sql = "SELECT id, version, body, sum FROM entity WHERE tenant = ?1 AND key = ?2";
        let mut statement = self.connection.prepare_cached(sql).told(doing)?;
        let mut rows = statement.query((tenant, &text)).told(doing)?;
        let Some(row) = rows.next().told(doing)? else {
            self.cache.keep_entity(at, None, 0);
            return Ok(None);
        };
        let version: i64 = row.get(1).told(doing)?;
        let body =
            row.get_ref(2).told(doing)?.as_blob().map_err(rusqlite::Error::from).told(doing)?;
        if row.get::<_, i64>(3).told(doing)? != entity_sum(tenant, &text, version, body) {
            return Err(misfit("entity", &text));
        }
        let entity = Entity::decode(key, body).map_err(|error| {
            corrupt(format!("entity `{}`", text.replace('\u{1f}', "/")), error.to_string())
        })?;
        let versioned = Versioned { version: version.unsigned_abs(), entity };
        let kept = Kept { row: row.get(0).told(doing)?, versioned };
        self.cache.keep_entity(at, Some(kept.clone()), body.len());
        Ok(Some(kept))
    }

    /// A balance; zero where there is none.
    pub(super) fn balance(&mut self, tenant: i64, account: &Account) -> Result<i64, Fault> {
        let at = (tenant, account.clone());
        if let Some(balance) = self.cache.balances.get(&at) {
            return Ok(*balance);
        }
        let doing = "read a balance";
        let key = account.key();
        let sql = "SELECT value, sum FROM balance WHERE tenant = ?1 AND key = ?2";
        let mut statement = self.connection.prepare_cached(sql).told(doing)?;
        let mut rows = statement.query((tenant, &key)).told(doing)?;
        let balance = match rows.next().told(doing)? {
            None => 0,
            Some(row) => {
                let value: i64 = row.get(0).told(doing)?;
                if row.get::<_, i64>(1).told(doing)? != balance_sum(tenant, &key, value) {
                    return Err(misfit("balance", &key));
                }
                value
            }
        };
        self.cache.balances.put(at, balance, 1);
        Ok(balance)
    }

    fn range(&self, tenant: i64, read: &RangeRead) -> Result<Vec<Row>, Fault> {
        let doing = "read a range";
        let limit = i64::try_from(read.limit).unwrap_or(i64::MAX);
        let sql = match (read.table, read.reverse) {
            (Table::Balances, false) => {
                "SELECT key, value, sum FROM balance
                 WHERE tenant = ?1 AND ?2 = ?2 AND key >= ?3 AND key < ?4 ORDER BY key LIMIT ?5"
            }
            (Table::Balances, true) => {
                "SELECT key, value, sum FROM balance
                 WHERE tenant = ?1 AND ?2 = ?2 AND key >= ?3 AND key < ?4 ORDER BY key DESC LIMIT ?5"
            }
            (Table::Entities, false) => {
                "SELECT key, version, NULL FROM entity
                 WHERE tenant = ?1 AND ?2 = ?2 AND key >= ?3 AND key < ?4 ORDER BY key LIMIT ?5"
            }
            (Table::Entities, true) => {
                "SELECT key, version, NULL FROM entity
                 WHERE tenant = ?1 AND ?2 = ?2 AND key >= ?3 AND key < ?4 ORDER BY key DESC LIMIT ?5"
            }
            (_, false) => {
                "SELECT key, value, sum FROM entry
                 WHERE tenant = ?1 AND tbl = ?2 AND key >= ?3 AND key < ?4 ORDER BY key LIMIT ?5"
            }
            (_, true) => {
                "SELECT key, value, sum FROM entry
                 WHERE tenant = ?1 AND tbl = ?2 AND key >= ?3 AND key < ?4 ORDER BY key DESC LIMIT ?5"
            }
        };
        let table = i64::from(read.table.number());
        let mut statement = self.connection.prepare_cached(sql).told(doing)?;
        let mut found =
            statement.query((tenant, table, &read.from, &read.to, limit)).told(doing)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().told(doing)? {
            let key: String = row.get(0).told(doing)?;
            let value: i64 = row.get(1).told(doing)?;
            let kept: Option<i64> = row.get(2).told(doing)?;
            let expected = match read.table {
                // Its sum covers the body; the entity is checked when it is read itself.
                Table::Entities => None,
                Table::Balances => Some(balance_sum(tenant, &key, value)),
                _ => Some(entry_sum(tenant, table, &key, value)),
            };
            if kept != expected {
                return Err(misfit("entry", &key));
            }
            rows.push(Row { key, value });
        }
        Ok(rows)
    }

    fn personal(&self, tenant: i64, key: &PersonalKey) -> Result<Option<PersonalValue>, Fault> {
        let doing = "read a personal value";
        let sql = "SELECT salt, value, sum FROM personal
            WHERE tenant = ?1 AND subject = ?2 AND slot = ?3";
        let mut statement = self.connection.prepare_cached(sql).told(doing)?;
        let mut rows = statement.query((tenant, &key.subject, &key.slot)).told(doing)?;
        let Some(row) = rows.next().told(doing)? else { return Ok(None) };
        let value = PersonalValue {
            key: key.clone(),
            salt: row.get(0).told(doing)?,
            value: row.get(1).told(doing)?,
        };
        if row.get::<_, i64>(2).told(doing)? != personal_sum(tenant, &value) {
            return Err(misfit("personal", &key.slot));
        }
        Ok(Some(value))
    }

    /// What is kept of a command that was answered.
    fn answer(&mut self, tenant: i64, command: &CommandId) -> Result<Option<Answered>, Fault> {
        let doing = "read an answer";
        let sql = "SELECT content, receipt, sum FROM answer WHERE tenant = ?1 AND command = ?2";
        let mut statement = self.connection.prepare_cached(sql).told(doing)?;
        let mut rows = statement.query((tenant, command.as_str())).told(doing)?;
        let Some(row) = rows.next().told(doing)? else {
            self.cache.unanswered = Some((tenant, command.clone()));
            return Ok(None);
        };
        let answered =
            Answered { content: row.get(0).told(doing)?, receipt: row.get(1).told(doing)? };
        let Answered { content, receipt } = &answered;
        let expected = answer_sum(tenant, command.as_str(), content, receipt);
        if row.get::<_, i64>(2).told(doing)? != expected {
            return Err(misfit("answer", command.as_str()));
        }
        Ok(Some(answered))
    }

    /// Whether a command has been answered.
    pub(super) fn answered(&self, tenant: i64, command: &CommandId) -> Result<bool, Fault> {
        if self.cache.unanswered.as_ref().is_some_and(|(t, c)| *t == tenant && c == command) {
            return Ok(false);
        }
        let doing = "read an answer";
        let sql = "SELECT 1 FROM answer WHERE tenant = ?1 AND command = ?2";
        let mut statement = self.connection.prepare_cached(sql).told(doing)?;
        statement.exists((tenant, command.as_str())).told(doing)
    }
}

pub(super) fn space_sum(id: i64, name: &str, seq: i64, hash: &[u8; 32]) -> i64 {
    sum(id, &[name.as_bytes(), &seq.to_le_bytes(), hash])
}

pub(super) fn balance_sum(tenant: i64, key: &str, value: i64) -> i64 {
    sum(tenant, &[key.as_bytes(), &value.to_le_bytes()])
}

pub(super) fn entity_sum(tenant: i64, key: &str, version: i64, body: &[u8]) -> i64 {
    sum(tenant, &[key.as_bytes(), &version.to_le_bytes(), body])
}

pub(super) fn entry_sum(tenant: i64, table: i64, key: &str, value: i64) -> i64 {
    sum(tenant, &[&table.to_le_bytes(), key.as_bytes(), &value.to_le_bytes()])
}

pub(super) fn personal_sum(tenant: i64, value: &PersonalValue) -> i64 {
    let PersonalKey { subject, slot } = &value.key;
    sum(tenant, &[subject.as_bytes(), slot.as_bytes(), &value.salt, &value.value])
}

pub(super) fn answer_sum(tenant: i64, command: &str, content: &[u8], receipt: &[u8]) -> i64 {
    sum(tenant, &[command.as_bytes(), content, receipt])
}
