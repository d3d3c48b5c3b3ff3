//! Random lives of two tenants: commands drawn one after another, every law looked at after every
//! event.
//!
//! A life is a list of random words. [`live`] plays it on any store; what it leaves can be played
//! again ([`Life::replayed`]) and must come to the same bytes. A life that breaks a law is cut down
//! to the words that it takes ([`shortest`]) and told as a story.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::auditor::Auditor;
use super::strategies::{Draw, Scene, Wish};
use crate::command::{Context, Limits};
use crate::engine::{Done, Engine, Outcome, Store, verify};
use crate::flow::Request;
use crate::words::{TenantId, Timestamp};

/// How often a verb was accepted and refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Accepted, with or without events.
    pub accepted: u64,
    /// Refused.
    pub refused: u64,
}

/// What was played.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// By verb, how it was answered; the opening is not counted.
    pub counts: BTreeMap<String, Count>,
    /// By code, how often it was given as the reason.
    pub codes: BTreeMap<String, u64>,
    /// By verb and code, how often the verb refused with it.
    pub refusals: BTreeMap<(String, String), u64>,
    /// By type, how many events came of it all.
    pub kinds: BTreeMap<String, u64>,
    /// By circumstance, how often it took part.
    pub parts: BTreeMap<String, u64>,
    /// By tenant, how many commands of it were accepted.
    pub tenants: BTreeMap<String, u64>,
    /// Commands that were sent, rehearsals and resends too.
    pub commands: u64,
    /// Resends that got the first answer.
    pub repeated: u64,
    /// Events in all.
    pub events: u64,
    /// Last hash of each tenant.
    pub hashes: Vec<[u8; 32]>,
    sent: Vec<Sent>,
}

/// A command as it was sent.
#[derive(Clone, Debug)]
struct Sent {
    player: usize,
    at: Timestamp,
    text: String,
}

/// A life that broke something, and everything that it took.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{why}\n{story}")]
pub struct Failed {
    /// What broke.
    pub why: String,
    /// The commands, one a line.
    pub story: String,
}

pub(super) struct Player {
    tenant: TenantId,
    prefix: &'static str,
    foreign: &'static str,
    auditor: Auditor,
    wished: u32,
}

pub(super) struct Game<S> {
    pub(super) engine: Engine<S>,
    players: Vec<Player>,
    now: Timestamp,
    commands: u32,
    life: Life,
}

const BEGIN: &str = "2026-11-24T09:00:00Z";

/// Plays a life: an opening drawn from `seed`, then one command for each word.
///
/// # Errors
/// [`Failed`] at the first broken law, fault, or difference.
pub fn live<S: Store>(store: S, seed: u64, words: &[u64]) -> Result<Life, Failed> {
    let mut game = match Game::new(Engine::new(store)) {
        Ok(game) => game,
        Err(why) => return Err(Failed { why, story: String::new() }),
    };
    match game.play(seed, words) {
        Ok(()) => Ok(game.life),
        Err(why) => Err(Failed { why, story: game.story() }),
    }
}

/// The words of a life that are enough to break what it breaks: whole stretches are left out as
/// long as it still fails.
pub fn shortest(words: &[u64], fails: impl Fn(&[u64]) -> bool) -> Vec<u64> {
    let mut kept = words.to_vec();
    let mut stretch = kept.len().div_ceil(2);
    while stretch > 0 {
        let mut from = 0;
        while from < kept.len() {
            let to = (from + stretch).min(kept.len());
            let fewer: Vec<u64> = kept
                .iter()
                .enumerate()
                .filter(|(i, _)| *i < from || *i >= to)
                .map(|(_, w)| *w)
                .collect();
            if fails(&fewer) {
                kept = fewer;
            } else {
                from = to;
            }
        }
        stretch /= 2;
    }
    kept
}

impl Life {
    /// Sends the same commands to another store, without looking at anything; returns the last hash
    /// of each tenant.
    ///
    /// # Errors
    /// What the engine fails with.
    pub fn replayed<S: Store>(&self, store: S) -> Result<Vec<[u8; 32]>, String> {
        let mut game = Game::new(Engine::new(store))?;
        for sent in &self.sent {
            game.now = sent.at;
            game.send(sent.player, &sent.text)?;
        }
        (0..game.players.len()).map(|player| game.tip(player)).collect()
    }

    /// The commands as they were sent, those that nobody could read too.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.sent.iter().map(|sent| sent.text.as_str())
    }

    /// Adds what another life counted.
    pub fn add(&mut self, other: &Life) {
        for (verb, count) in &other.counts {
            let sum = self.counts.entry(verb.clone()).or_default();
            sum.accepted += count.accepted;
            sum.refused += count.refused;
        }
        for (code, count) in &other.codes {
            *self.codes.entry(code.clone()).or_insert(0) += count;
        }
        for (refusal, count) in &other.refusals {
            *self.refusals.entry(refusal.clone()).or_insert(0) += count;
        }
        for (part, count) in &other.parts {
            *self.parts.entry(part.clone()).or_insert(0) += count;
        }
        for (tenant, count) in &other.tenants {
            *self.tenants.entry(tenant.clone()).or_insert(0) += count;
        }
        self.commands += other.commands;
        self.repeated += other.repeated;
        for (kind, count) in &other.kinds {
            *self.kinds.entry(kind.clone()).or_insert(0) += count;
        }
        self.events += other.events;
    }
}

impl<S: Store> Game<S> {
    pub(super) fn new(engine: Engine<S>) -> Result<Game<S>, String> {
        let player = |name: &str, prefix, foreign| {
            let tenant = TenantId::new(name).ok()?;
            let auditor = Auditor::new(tenant.clone());
            Some(Player { tenant, prefix, foreign, auditor, wished: 0 })
        };
        let players = [player("T1", "one.", "two."), player("T2", "two.", "one.")];
        Ok(Game {
            engine,
            players: players.into_iter().flatten().collect(),
            now: BEGIN.parse().map_err(|e| format!("{e}"))?,
            commands: 0,
            life: Life::default(),
        })
    }

    pub(super) fn story(&self) -> String {
        let mut story = String::new();
        for sent in &self.life.sent {
            let tenant = self.players.get(sent.player).map_or("", |p| p.tenant.as_str());
            let _ = writeln!(story, "{tenant} {} {}", sent.at, sent.text);
        }
        story
    }

    fn player(&mut self, index: usize) -> Result<&mut Player, String> {
        self.players.get_mut(index).ok_or_else(|| "no such player".to_owned())
    }

    /// Sets the stage for both tenants.
    pub(super) fn open(&mut self, draw: &mut Draw) -> Result<(), String> {
        for index in 0..self.players.len() {
            let prefix = self.player(index)?.prefix;
            for wish in Scene::opening(prefix, draw) {
                self.wish(index, &wish, false)?;
            }
        }
        Ok(())
    }

    /// The circumstances of a player's next command, and a copy of its auditor.
    pub(super) fn circumstances(&self, index: usize) -> Result<(Context, Auditor), String> {
        let player = self.players.get(index).ok_or("no such player")?;
        Ok((Context::new(player.tenant.clone(), self.now), player.auditor.clone()))
    }

    /// What a player might wish next; nothing is sent.
    pub(super) fn draw_wish(&mut self, index: usize, draw: &mut Draw) -> Result<Wish, String> {
        let Some(player) = self.players.get(index) else { return Err("no such player".into()) };
        let (prefix, now, wished) = (player.prefix, self.now, player.wished);
        let scene = Scene::read(self.engine.store(), &player.auditor, prefix, now, wished);
        Ok(scene.map_err(|e| e.to_string())?.wish(draw))
    }

    fn play(&mut self, seed: u64, words: &[u64]) -> Result<(), String> {
        self.open(&mut Draw::new(seed))?;
        for (n, word) in words.iter().enumerate() {
            self.step(&mut Draw::new(*word))?;
            if n % 25 == 24 {
                self.compare()?;
            }
        }
        self.compare()?;
        for index in 0..self.players.len() {
            let tenant = self.player(index)?.tenant.clone();
            verify(self.engine.store(), &tenant).map_err(|e| e.to_string())?;
            let tip = self.tip(index)?;
            self.life.hashes.push(tip);
            let auditor = &self.player(index)?.auditor;
            let kinds = auditor.kinds().clone();
            let parts = auditor.parts().iter().map(|(part, n)| ((*part).to_owned(), *n)).collect();
            self.life.add(&Life { kinds, parts, ..Life::default() });
        }
        Ok(())
    }

    pub(super) fn step(&mut self, draw: &mut Draw) -> Result<(), String> {
        let minutes = match draw.below(40) {
            0 => 60 * 24,
            1..=4 => draw.below(300),
            5..=20 => draw.below(40),
            _ => 0,
        };
        self.now = self.now.plus_minutes(i64::try_from(minutes).unwrap_or(0));
        let index = usize::from(draw.chance(15));
        let (now, player) = (self.now, self.player(index)?);
        // Now and then a tenant asks for what is the other's.
        let prefix = if draw.chance(2) { player.foreign } else { player.prefix };
        let (own, wished) = (player.prefix, player.wished);
        let Some(player) = self.players.get(index) else { return Ok(()) };
        let scene = Scene::read(self.engine.store(), &player.auditor, prefix, now, wished);
        let mut scene = scene.map_err(|e| e.to_string())?;
        let wish = scene.wish(draw);
        // What a tenant defines is its own, whatever name it has.
        if prefix != own && wish.0.starts_with("define") {
            return Ok(());
        }
        self.player(index)?.wished = scene.wished;
        if draw.chance(4) && !self.life.sent.is_empty() {
            return self.resend(draw);
        }
        self.wish(index, &wish, draw.chance(5)).map(|done| {
            let Some(done) = done else { return };
            let count = self.life.counts.entry(wish.0.clone()).or_default();
            match done.receipt.refusal {
                None => count.accepted += 1,
                Some(refusal) => {
                    count.refused += 1;
                    *self.life.codes.entry(refusal.code.clone()).or_insert(0) += 1;
                    *self.life.refusals.entry((wish.0, refusal.code)).or_insert(0) += 1;
                }
            }
        })
    }

    /// Sends a wish, before it perhaps as a dry run that must change nothing and foretell it.
    fn wish(&mut self, index: usize, wish: &Wish, dry: bool) -> Result<Option<Done>, String> {
        self.commands += 1;
        let text = |dry: bool| {
            let mut object = Map::new();
            object.insert("id".into(), format!("c{}", self.commands).into());
            if dry {
                object.insert("dry_run".into(), true.into());
            }
            object.insert(wish.0.clone(), wish.1.clone());
            Value::Object(object).to_string()
        };
        let (rehearsal, real) = (text(true), text(false));
        let foretold = if dry { Some(self.send(index, &rehearsal)?) } else { None };
        if dry {
            self.audit(index, 0)?;
        }
        let done = self.send(index, &real)?;
        let events = done.as_ref().map_or(0, |d| d.receipt.events.len());
        self.audit(index, events)?;
        if let (Some(Some(foretold)), Some(done)) = (&foretold, &done) {
            let of =
                |d: &Done| (d.receipt.outcome, d.receipt.events.clone(), d.receipt.short.clone());
            if of(foretold) != of(done) {
                return Err(format!(
                    "{:?} was foretold, {:?} came",
                    foretold.receipt, done.receipt
                ));
            }
        }
        if done.is_none() {
            let count = self.life.counts.entry(wish.0.clone()).or_default();
            count.refused += 1;
        }
        Ok(done)
    }

    fn resend(&mut self, draw: &mut Draw) -> Result<(), String> {
        let Some(sent) = draw.pick(&self.life.sent).cloned() else { return Ok(()) };
        let done = self.send(sent.player, &sent.text)?;
        let fresh = done.filter(|d| {
            !d.repeated && !d.receipt.dry_run && d.receipt.outcome == Outcome::Accepted
        });
        self.audit(sent.player, fresh.map_or(0, |d| d.receipt.events.len()))
    }

    fn send(&mut self, index: usize, text: &str) -> Result<Option<Done>, String> {
        let tenant = self.player(index)?.tenant.clone();
        let (at, player) = (self.now, index);
        self.life.sent.push(Sent { player, at, text: text.to_owned() });
        self.life.commands += 1;
        let ctx = Context::new(tenant, self.now);
        match Request::parse(text.as_bytes(), &Limits::default()) {
            Ok(request) => {
                let done = self.engine.execute(&ctx, request).map_err(|fault| fault.to_string())?;
                self.life.repeated += u64::from(done.repeated);
                if done.receipt.outcome == Outcome::Accepted && !done.receipt.dry_run {
                    *self.life.tenants.entry(ctx.tenant.to_string()).or_insert(0) += 1;
                }
                Ok(Some(done))
            }
            Err(unreadable) => {
                let code = unreadable.refusal.code.name().to_owned();
                *self.life.codes.entry(code).or_insert(0) += 1;
                Ok(None)
            }
        }
    }

    /// Every law after every event; the log grew by exactly what the receipt says.
    fn audit(&mut self, index: usize, events: usize) -> Result<(), String> {
        let store = self.engine.store();
        let player = self.players.get_mut(index).ok_or("no such player")?;
        let before = player.auditor.seq();
        player.auditor.watch(store).map_err(|e| e.to_string())?;
        let grown = player.auditor.seq() - before;
        self.life.events += grown;
        if usize::try_from(grown) != Ok(events) {
            return Err(format!("the receipt tells {events} events, the log grew by {grown}"));
        }
        Ok(())
    }

    fn compare(&mut self) -> Result<(), String> {
        let store = self.engine.store();
        for player in &self.players {
            player.auditor.compare(store).map_err(|e| e.to_string())?;
            player.auditor.names_only(player.foreign).map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    fn tip(&mut self, index: usize) -> Result<[u8; 32], String> {
        let tenant = self.player(index)?.tenant.clone();
        let reads = crate::desk::ReadSet::default();
        let seq = self.engine.store().read(&tenant, &reads).map_err(|e| e.to_string())?.seq;
        let feed = crate::engine::Feed::After(seq.saturating_sub(1));
        let last = self.engine.store().feed(&tenant, &feed, 1).map_err(|e| e.to_string())?;
        Ok(last.last().map_or([0; 32], |event| event.hash))
    }
}
