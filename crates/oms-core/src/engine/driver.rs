//! The engine: a synchronous driver of turns over a store.

use super::fault::Fault;
use super::store::{Edge, Store};
use super::turn::{Ask, Done, Turn};
use crate::command::Context;
use crate::flow::Request;

/// A store with turns driven over it.
#[derive(Debug)]
pub struct Engine<S> {
    store: S,
}

impl<S: Store> Engine<S> {
    /// An engine over a store.
    pub fn new(store: S) -> Engine<S> {
        Engine { store }
    }

    /// The store.
    pub fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// The store, for good.
    pub fn into_store(self) -> S {
        self.store
    }

    /// Runs one command to its receipt.
    ///
    /// # Errors
    /// A [`Fault`]; then nothing was committed. A business no is a receipt.
    pub fn execute(&mut self, ctx: &Context, request: Request) -> Result<Done, Fault> {
        let mut turn = Turn::new(ctx.clone(), request);
        loop {
            match turn.next()? {
                Ask::Read(reads) => {
                    let slice = self.store.read(&ctx.tenant, &reads)?;
                    turn.supply(slice);
                }
                Ask::Commit(commit) => {
                    let outcome = self.store.commit(&commit);
                    turn.settled(outcome)?;
                }
                Ask::Done(done) => return Ok(*done),
            }
        }
    }

    /// Runs many commands and makes them durable together; each is accepted or refused alone.
    ///
    /// # Errors
    /// A [`Fault`] of the store: then none of the batch happened. A command whose own turn breaks a
    /// law is a fault in its place; the others go on.
    pub fn execute_batch(
        &mut self,
        ctx: &Context,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<Done, Fault>>, Fault> {
        self.store.group(Edge::Begin)?;
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            match self.execute(ctx, request) {
                Err(fault) if !matches!(fault, Fault::Law(_)) => {
                    self.store.group(Edge::Abandon)?;
                    return Err(fault);
                }
                answer => answers.push(answer),
            }
        }
        self.store.group(Edge::End)?;
        Ok(answers)
    }

    /// Runs many commands of which all happen or none: the first refusal abandons the whole.
    ///
    /// # Errors
    /// A [`Fault`]; then none of the batch happened.
    pub fn execute_all_or_nothing(
        &mut self,
        ctx: &Context,
        requests: Vec<Request>,
    ) -> Result<Vec<Done>, Fault> {
        self.store.group(Edge::Begin)?;
        let mut answers: Vec<Done> = Vec::with_capacity(requests.len());
        for request in requests {
            let answer = self.execute(ctx, request);
            let refused = answer.as_ref().is_ok_and(|d| d.receipt.refusal.is_some());
            match answer {
                Err(fault) => {
                    self.store.group(Edge::Abandon)?;
                    return Err(fault);
                }
                Ok(done) => answers.push(done),
            }
            if refused {
                self.store.group(Edge::Abandon)?;
                return Ok(answers.split_off(answers.len() - 1));
            }
        }
        self.store.group(Edge::End)?;
        Ok(answers)
    }
}
