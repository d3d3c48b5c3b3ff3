//! The turn: one command's run, without IO.
//!
//! ```text
//!  Turn::next ──▶ Ask::Read(what)   ── the host reads ──▶ supply(slice)
//!             ──▶ Ask::Commit(all)  ── the host writes ─▶ settled(outcome)
//!             ──▶ Ask::Done(receipt)
//! ```
//! A host drives it synchronously in ten lines ([`super::Engine`]) or asynchronously in ten of its
//! own. A conflict begins the turn anew with fresh reads, a bounded number of times.

use super::commit::{Commit, Conflict, Rejected, Sealed};
use super::fault::Fault;
use super::receipt::{OrderNote, Outcome, Receipt, ShortNote, SkippedNote};
use crate::command::{Code, Context, Refusal, RefusalNote};
use crate::desk::{
    Answer, Answered, Decision, Desk, Entity, EntityKey, PersonalKey, ReadSet, Slice, Stop,
    value_salt, whole_slot,
};
use crate::event::Event;
use crate::flow::{Request, Verb};
use crate::order::status;
use crate::words::{PackageId, Sealed as SealedValue};

/// What the turn wants next.
#[derive(Debug)]
pub enum Ask {
    /// Read this and call [`Turn::supply`].
    Read(ReadSet),
    /// Write this and call [`Turn::settled`].
    Commit(Box<Commit>),
    /// The end.
    Done(Box<Done>),
}

/// What came of the turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The receipt.
    pub receipt: Receipt,
    /// Its bytes, as they were given the first time.
    pub bytes: Vec<u8>,
    /// Whether this is the answer to an earlier sending.
    pub repeated: bool,
}

#[derive(Debug)]
enum State {
    Read(ReadSet),
    Ready,
    Commit(Box<Commit>),
    Waiting,
    Done(Box<Done>),
}

/// One command's run.
#[derive(Debug)]
pub struct Turn {
    ctx: Context,
    request: Request,
    slice: Slice,
    rounds: u32,
    retries: u32,
    state: State,
}

impl Turn {
    /// A turn for a request under its circumstances.
    #[must_use]
    pub fn new(ctx: Context, request: Request) -> Turn {
        let mut turn = Turn {
            ctx: request.sending.under(ctx),
            request,
            slice: Slice::default(),
            rounds: 0,
            retries: 0,
            state: State::Waiting,
        };
        turn.begin();
        turn
    }

    fn begin(&mut self) {
        let mut reads = self.request.command.reads();
        reads.answered = Some(self.request.sending.id.clone());
        self.slice = Slice::default();
        self.rounds = 0;
        self.state = State::Read(reads);
    }

    /// What the turn wants next.
    ///
    /// # Errors
    /// A [`Fault`] when a law would break.
    #[expect(
        clippy::should_implement_trait,
        reason = "a turn is asked until it is done; no iterator"
    )]
    pub fn next(&mut self) -> Result<Ask, Fault> {
        loop {
            match std::mem::replace(&mut self.state, State::Waiting) {
                State::Read(reads) => return Ok(Ask::Read(reads)),
                State::Ready => self.decide()?,
                State::Commit(commit) => return Ok(Ask::Commit(commit)),
                State::Done(done) => return Ok(Ask::Done(done)),
                // Asked again without an answer: the safe thing is to begin anew.
                State::Waiting => self.begin(),
            }
        }
    }

    /// Answers [`Ask::Read`].
    pub fn supply(&mut self, slice: Slice) {
        self.slice.merge(slice);
        self.state = State::Ready;
    }

    /// Answers [`Ask::Commit`].
    ///
    /// # Errors
    /// The store's [`Fault`].
    pub fn settled(&mut self, outcome: Result<Sealed, Rejected>) -> Result<(), Fault> {
        match outcome {
            Ok(sealed) => {
                self.state = State::Done(Box::new(Done {
                    receipt: sealed.receipt,
                    bytes: sealed.receipt_bytes,
                    repeated: false,
                }));
            }
            Err(Rejected::Fault(fault)) => return Err(fault),
            Err(Rejected::Answered) => self.begin(),
            Err(Rejected::Conflict(conflict)) => {
                self.retries += 1;
                if self.retries > self.ctx.limits.retries {
                    let refusal = conflict_refusal(&conflict, self.retries);
                    self.done_without_commit(self.refused(&refusal))?;
                } else {
                    self.begin();
                }
            }
        }
        Ok(())
    }

    fn done_without_commit(&mut self, receipt: Receipt) -> Result<(), Fault> {
        let bytes = serde_json::to_vec(&receipt)?;
        self.state = State::Done(Box::new(Done { receipt, bytes, repeated: false }));
        Ok(())
    }

    fn refused(&self, refusal: &Refusal) -> Receipt {
        let mut receipt = self.receipt(Outcome::Refused);
        receipt.refusal = Some(RefusalNote::from(refusal));
        receipt
    }

    fn receipt(&self, outcome: Outcome) -> Receipt {
        let name = self.request.command.name();
        let mut receipt =
            Receipt::new(self.request.sending.id.clone(), name, outcome, self.ctx.now);
        receipt.dry_run = self.request.sending.dry_run;
        receipt.retries = self.retries;
        receipt
    }

    fn decide(&mut self) -> Result<(), Fault> {
        if let Err(refusal) = self.request.sending.means(&self.ctx.tenant) {
            return self.done_without_commit(self.refused(&refusal));
        }
        if let Some(answered) = self.slice.answered.clone() {
            return self.repeat(&answered);
        }
        let checked = self.request.command.check(&self.ctx.limits).map_err(Stop::Refuse);
        let mut desk = Desk::new(&self.ctx, &self.request.sending.id, &self.slice);
        match checked.and_then(|()| self.request.command.decide(&mut desk)) {
            Ok(()) => {
                let decision = desk.finish();
                self.accept(decision)
            }
            Err(Stop::Need) => {
                let needs = desk.take_needs();
                self.read_more(needs)
            }
            Err(Stop::Refuse(refusal)) => self.refuse(&refusal),
            Err(Stop::Broken(broken)) => Err(Fault::Law(broken)),
        }
    }

    fn read_more(&mut self, needs: ReadSet) -> Result<(), Fault> {
        self.rounds += 1;
        let limits = self.ctx.limits;
        let keys = self.slice.entities.len() + self.slice.balances.len() + needs.len();
        if needs.is_empty() || self.rounds > limits.read_rounds || keys > limits.keys {
            let refusal = Refusal::new(
                Code::TooMuchToRead,
                format!("at most {} keys in {} rounds", limits.keys, limits.read_rounds),
                format!("{keys} keys after {} rounds", self.rounds),
            );
            return self.done_without_commit(self.refused(&refusal));
        }
        self.state = State::Read(needs);
        Ok(())
    }

    fn content(&self) -> Result<Vec<u8>, Fault> {
        let id = &self.request.sending.id;
        let mut sealer = |subject: &str, slot: &str, value: Vec<u8>| {
            let slot = &whole_slot(id, slot);
            let salt = value_salt(&self.ctx, id, subject, slot);
            SealedValue::of(subject, slot, &salt, &value)
        };
        self.content_with(&mut sealer)
    }

    /// The verb's name stands before the payload, so that another verb is other content.
    fn content_with(
        &self,
        sealer: &mut dyn FnMut(&str, &str, Vec<u8>) -> SealedValue,
    ) -> Result<Vec<u8>, Fault> {
        let mut content = format!("{{\"{}\":", self.request.command.name()).into_bytes();
        content.extend(self.request.command.content(sealer)?);
        content.push(b'}');
        Ok(content)
    }

    fn refuse(&mut self, refusal: &Refusal) -> Result<(), Fault> {
        let receipt = self.refused(refusal);
        if self.request.sending.dry_run || !refusal.code.class().is_remembered() {
            return self.done_without_commit(receipt);
        }
        // A refusal that is remembered: a receipt row, nothing else.
        let content = self.content()?;
        let nothing = Decision::default();
        let id = self.request.sending.id.clone();
        self.state = State::Commit(Box::new(Commit::new(&self.ctx, id, nothing, content, receipt)));
        Ok(())
    }

    fn accept(&mut self, decision: Decision) -> Result<(), Fault> {
        let outcome = match decision.answer {
            Answer::Done => Outcome::Accepted,
            Answer::Duplicate => Outcome::Duplicate,
            Answer::Stale => Outcome::Stale,
        };
        let mut receipt = self.receipt(outcome);
        fill(&mut receipt, &decision, &self.slice);
        if self.request.sending.dry_run {
            receipt.balances = decision
                .balances
                .iter()
                .map(|(account, balance)| (account.parts().join("/"), *balance))
                .collect();
            return self.done_without_commit(receipt);
        }
        let content = self.content()?;
        let id = self.request.sending.id.clone();
        self.state =
            State::Commit(Box::new(Commit::new(&self.ctx, id, decision, content, receipt)));
        Ok(())
    }

    /// The command was answered before: the same content gets the same receipt, other content is
    /// refused naming the first field that differs.
    fn repeat(&mut self, answered: &Answered) -> Result<(), Fault> {
        // The salts that this context gives are the first sending's too, unless its secret changed.
        if self.content()? == answered.content {
            return self.again(answered);
        }
        let mut needs = ReadSet::default();
        let now = {
            let slice = &self.slice;
            let ctx = &self.ctx;
            let id = &self.request.sending.id;
            let mut sealer = |subject: &str, slot: &str, value: Vec<u8>| {
                let slot = &whole_slot(id, slot);
                let key = PersonalKey { subject: subject.to_owned(), slot: slot.to_owned() };
                match slice.personal.get(&key) {
                    // The salt of the first sending; without it (erased, or refused then and never
                    // kept) the context's own.
                    Some(Some(kept)) => SealedValue::of(subject, slot, &kept.salt, &value),
                    Some(None) => {
                        let salt = value_salt(ctx, id, subject, slot);
                        SealedValue::of(subject, slot, &salt, &value)
                    }
                    None => {
                        needs.personal.insert(key);
                        SealedValue::of(subject, slot, &[0; 32], &value)
                    }
                }
            };
            self.content_with(&mut sealer)?
        };
        if !needs.is_empty() {
            return self.read_more(needs);
        }
        match repeat(answered, &now)? {
            None => self.again(answered),
            Some(refusal) => self.done_without_commit(self.refused(&refusal)),
        }
    }

    /// The first receipt, byte for byte.
    fn again(&mut self, answered: &Answered) -> Result<(), Fault> {
        let receipt = serde_json::from_slice(&answered.receipt)?;
        let bytes = answered.receipt.clone();
        self.state = State::Done(Box::new(Done { receipt, bytes, repeated: true }));
        Ok(())
    }
}

/// Compares the content of a resend with what was answered: `None` when it is the same, else the
/// refusal that names the first field that differs.
///
/// # Errors
/// The codec's, when what is kept is damaged.
pub fn repeat(answered: &Answered, content: &[u8]) -> Result<Option<Refusal>, Fault> {
    if content == answered.content {
        return Ok(None);
    }
    let before: serde_json::Value = serde_json::from_slice(&answered.content)?;
    let now: serde_json::Value = serde_json::from_slice(content)?;
    Ok(first_difference(&before, &now, String::new()).map(|(path, expected, found)| {
        // The verb's own name is not part of a payload's path.
        let below = path.get(1..).and_then(|p| p.split_once('/'));
        let path = below.map_or(path.clone(), |(_, rest)| format!("/{rest}"));
        Refusal::new(Code::IdReused, expected, found).at(path)
    }))
}

fn conflict_refusal(conflict: &Conflict, tries: u32) -> Refusal {
    let found = match conflict {
        Conflict::Version { key, .. } => key.key().replace('\u{1f}', "/"),
        Conflict::Bound { account, .. } => account.parts().join("/"),
    };
    Refusal::new(
        Code::VersionConflict,
        "to be faster than everybody else",
        format!("`{found}` moved {tries} times"),
    )
}

/// Fills a receipt with what a decision comes to.
fn fill(receipt: &mut Receipt, decision: &Decision, slice: &Slice) {
    for planned in &decision.events {
        receipt.events.push(planned.event.type_name().to_owned());
        if let Event::Shifted(shift) = &planned.event {
            receipt.fulfillments.extend(shift.work.iter().map(|w| w.fulfillment.clone()));
            let known = |package: &PackageId| {
                let before = slice.entities.get(&EntityKey::Order(shift.order.clone()));
                match before.and_then(Option::as_ref).map(|v| &v.entity) {
                    Some(Entity::Order(order)) => order.package(package).is_some(),
                    _ => false,
                }
            };
            let packs = shift.verb == crate::order::Verb::Pack;
            let new = shift.parcel.iter().filter(|p| packs && !known(&p.package));
            for package in new.map(|p| &p.package) {
                if !receipt.packages.contains(package) {
                    receipt.packages.push(package.clone());
                }
            }
        }
    }
    for (_, _, versioned) in &decision.entities {
        if let Entity::Order(order) = &versioned.entity {
            receipt.orders.push(OrderNote { order: order.id.clone(), status: status(order) });
        }
    }
    if let Some(id) = &decision.about {
        let known = slice.entities.get(&EntityKey::Order(id.clone()));
        if let Some(Some(Entity::Order(order))) = known.map(|v| v.as_ref().map(|v| &v.entity)) {
            receipt.orders.push(OrderNote { order: id.clone(), status: status(order) });
        }
    }
    let skipped = decision.skipped.iter().map(|s| SkippedNote {
        order: s.order.clone(),
        code: s.code.clone(),
        detail: s.detail.clone(),
    });
    receipt.skipped = skipped.collect();
    receipt.more = decision.more;
    receipt.short = decision
        .shorts
        .iter()
        .map(|s| ShortNote {
            order: s.order.clone(),
            line: s.line.clone(),
            sku: s.sku.clone(),
            qty: s.qty,
            code: s.code.name().to_owned(),
        })
        .collect();
}

/// The first place where two documents differ: path, before, now.
fn first_difference(
    before: &serde_json::Value,
    now: &serde_json::Value,
    path: String,
) -> Option<(String, String, String)> {
    use serde_json::Value::{Array, Object};
    match (before, now) {
        (Object(a), Object(b)) => {
            let is_sealed = |o: &serde_json::Map<String, serde_json::Value>| {
                o.contains_key("digest") && o.contains_key("slot")
            };
            if is_sealed(a) && is_sealed(b) {
                let differs = a != b;
                return differs.then(|| {
                    (path, "the value given before".to_owned(), "another value".to_owned())
                });
            }
            let keys: Vec<&String> =
                a.keys().chain(b.keys().filter(|k| !a.contains_key(*k))).collect();
            keys.into_iter().find_map(|key| {
                let at = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (a.get(key), b.get(key)) {
                    (Some(x), Some(y)) => first_difference(x, y, at),
                    (x, y) => Some((at, show(x), show(y))),
                }
            })
        }
        (Array(a), Array(b)) => (0..a.len().max(b.len())).find_map(|i| {
            let at = format!("{path}/{i}");
            match (a.get(i), b.get(i)) {
                (Some(x), Some(y)) => first_difference(x, y, at),
                (x, y) => Some((at, show(x), show(y))),
            }
        }),
        (a, b) => (a != b).then(|| (path, show(Some(a)), show(Some(b)))),
    }
}

fn show(value: Option<&serde_json::Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}
