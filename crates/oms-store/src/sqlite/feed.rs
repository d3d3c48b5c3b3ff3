//! The log and the outbox. Every event read is held against its hash, and every stretch of the log
//! against the chain.

use oms_core::engine::{Fault, Feed};
use oms_core::event::{GENESIS, Recorded};
use oms_core::words::{ActorId, CommandId, EventId, TenantId, Timestamp, WordError};
use rusqlite::Row;

use super::SqliteStore;
use super::cache::Space;
use super::fault::{Told, corrupt};
use super::schema::{MAX_SEQ, position, seq};

const DOING: &str = "read the log";

impl SqliteStore {
    /// Events of a feed. Call inside a view.
    pub(super) fn events(
        &mut self,
        tenant: &TenantId,
        feed: &Feed,
        limit: usize,
    ) -> Result<Vec<Recorded>, Fault> {
        let Some(space) = self.space(tenant)? else { return Ok(Vec::new()) };
        let count = i64::try_from(limit).unwrap_or(i64::MAX);
        let last = position(space.id, space.tip.seq)?;
        let after = |seq: u64| position(space.id, seq.min(space.tip.seq));
        match feed {
            Feed::After(seq) => {
                let sql = "SELECT position, id, stream, at, kind, version, actor, command,
                    correlation, payload, hash, NULL FROM event
                    WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT ?3";
                let mut statement = self.connection.prepare_cached(sql).told(DOING)?;
                let mut rows = statement.query((after(*seq)?, last, count)).told(DOING)?;
                let mut chain = self.chain(tenant, &space, after(*seq)?)?;
                let mut events = Vec::new();
                while let Some(row) = rows.next().told(DOING)? {
                    let event = recorded(tenant, row, Some(chain.1))?;
                    if event.seq != chain.0 + 1 {
                        return Err(missing(tenant, chain.0 + 1));
                    }
                    chain = (event.seq, event.hash);
                    events.push(event);
                }
                // Fewer than asked for: then the last one is the tip.
                let whole = chain == (space.tip.seq, space.tip.hash);
                if events.len() < limit && chain.0 < space.tip.seq {
                    return Err(missing(tenant, chain.0 + 1));
                }
                if chain.0 == space.tip.seq && !whole {
                    let place = format!("event {} of tenant `{tenant}`", chain.0);
                    return Err(corrupt(place, "a hash that is not the log's end"));
                }
                Ok(events)
            }
            Feed::Stream(stream, seq) => {
                let sql = "SELECT e.position, e.id, e.stream, e.at, e.kind, e.version, e.actor,
                    e.command, e.correlation, e.payload, e.hash, p.hash
                    FROM event e LEFT JOIN event p ON p.position = e.position - 1
                    WHERE e.stream = ?1 AND e.position > ?2 AND e.position <= ?3
                    ORDER BY e.position LIMIT ?4";
                let mut statement = self.connection.prepare_cached(sql).told(DOING)?;
                let mut rows = statement.query((stream, after(*seq)?, last, count)).told(DOING)?;
                let mut events = Vec::new();
                while let Some(row) = rows.next().told(DOING)? {
                    events.push(recorded(tenant, row, None)?);
                }
                Ok(events)
            }
        }
    }

    /// The place and hash that the first event after a position continues.
    fn chain(
        &self,
        tenant: &TenantId,
        space: &Space,
        after: i64,
    ) -> Result<(u64, [u8; 32]), Fault> {
        let at = seq(after);
        if at == 0 {
            return Ok((0, GENESIS));
        }
        if at == space.tip.seq {
            return Ok((at, space.tip.hash));
        }
        let sql = "SELECT hash FROM event WHERE position = ?1";
        let mut statement = self.connection.prepare_cached(sql).told(DOING)?;
        let mut rows = statement.query([after]).told(DOING)?;
        match rows.next().told(DOING)? {
            Some(row) => Ok((at, row.get(0).told(DOING)?)),
            None => Err(missing(tenant, at)),
        }
    }

    /// Events of the outbox, oldest first. Call inside a view.
    pub(super) fn untold(
        &mut self,
        tenant: &TenantId,
        limit: usize,
    ) -> Result<Vec<Recorded>, Fault> {
        let Some(space) = self.space(tenant)? else { return Ok(Vec::new()) };
        let sql = "SELECT o.position, e.id, e.stream, e.at, e.kind, e.version, e.actor,
            e.command, e.correlation, e.payload, e.hash, p.hash
            FROM outbox o LEFT JOIN event e ON e.position = o.position
            LEFT JOIN event p ON p.position = o.position - 1
            WHERE o.position > ?1 AND o.position <= ?2 ORDER BY o.position LIMIT ?3";
        let count = i64::try_from(limit).unwrap_or(i64::MAX);
        let first = position(space.id, 0)?;
        let mut statement = self.connection.prepare_cached(sql).told(DOING)?;
        let mut rows = statement.query((first, first | MAX_SEQ, count)).told(DOING)?;
        let mut events = Vec::new();
        while let Some(row) = rows.next().told(DOING)? {
            events.push(recorded(tenant, row, None)?);
        }
        Ok(events)
    }

    /// Removes outbox rows. Call inside a write transaction.
    pub(super) fn told(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        let doing = "settle the outbox";
        let Some(space) = self.space(tenant)? else { return Ok(()) };
        let sql = "DELETE FROM outbox WHERE position = ?1";
        let mut statement = self.connection.prepare_cached(sql).told(doing)?;
        for seq in seqs.iter().filter(|seq| **seq <= space.tip.seq) {
            statement.execute([position(space.id, *seq)?]).told(doing)?;
        }
        Ok(())
    }
}

fn missing(tenant: &TenantId, seq: u64) -> Fault {
    corrupt(format!("event {seq} of tenant `{tenant}`"), "no such event")
}

/// The event of a row; `previous` where the caller walks the chain, else the row's last column.
fn recorded(
    tenant: &TenantId,
    row: &Row<'_>,
    previous: Option<[u8; 32]>,
) -> Result<Recorded, Fault> {
    let seq = seq(row.get(0).told(DOING)?);
    let place = format!("event {seq} of tenant `{tenant}`");
    let word = |error: WordError| corrupt(place.clone(), error.to_string());
    fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str, rusqlite::Error> {
        Ok(row.get_ref(column)?.as_str()?)
    }
    fn given<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, rusqlite::Error> {
        Ok(row.get_ref(column)?.as_str_or_null()?)
    }
    let previous = match previous {
        Some(previous) => previous,
        None if seq == 1 => GENESIS,
        None => row.get(11).told(&place)?,
    };
    let event = Recorded {
        tenant: tenant.clone(),
        seq,
        id: EventId::new(text(row, 1).told(&place)?).map_err(word)?,
        stream: row.get(2).told(&place)?,
        at: Timestamp::from_ms(row.get(3).told(&place)?).map_err(word)?,
        kind: row.get(4).told(&place)?,
        version: row.get(5).told(&place)?,
        actor: given(row, 6).told(&place)?.map(ActorId::new).transpose().map_err(word)?,
        command: CommandId::new(text(row, 7).told(&place)?).map_err(word)?,
        correlation: given(row, 8).told(&place)?.map(CommandId::new).transpose().map_err(word)?,
        payload: row.get(9).told(&place)?,
        previous,
        hash: row.get(10).told(&place)?,
    };
    if event.digest() != event.hash {
        return Err(corrupt(place, "its hash does not fit"));
    }
    Ok(event)
}
