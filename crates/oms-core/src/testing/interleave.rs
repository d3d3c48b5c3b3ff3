//! Interleavings: two commands decided on the same state, committed one after the other, in both
//! orders.
//!
//! The second commit meets a state that its decision has not seen. Either every law holds all the
//! same, for its bounds and versions allow it, or it is a conflict and the command is decided anew.
//! The group of a store serves as the way back to the state before.

use super::auditor::Auditor;
use super::life::{Failed, Game};
use super::strategies::{Draw, Wish};
use crate::command::{Context, Limits};
use crate::engine::{Ask, Commit, Done, Edge, Outcome, Rejected, Store, Turn, verify};
use crate::flow::Request;

/// What came of the pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Pairs, each tried in both orders.
    pub tried: u64,
    /// Pairs of which both commands left events, whichever came first.
    pub committed: u64,
    /// Orders in which the second stood as it was decided.
    pub stood: u64,
    /// Orders in which the second was decided anew.
    pub anew: u64,
    /// Orders in which the second found its own command answered.
    pub answered: u64,
}

impl Pairs {
    /// Adds other pairs.
    pub fn add(&mut self, other: Pairs) {
        self.tried += other.tried;
        self.committed += other.committed;
        self.stood += other.stood;
        self.anew += other.anew;
        self.answered += other.answered;
    }
}

/// A command on its way: its turn, and the commit that it asks for, if it asks for one.
struct Decided {
    turn: Turn,
    commit: Option<Box<Commit>>,
    done: Option<Done>,
}

/// Plays a life of `steps` commands, and before each tries `pairs` pairs of others.
///
/// # Errors
/// [`Failed`] at the first broken law, fault, or difference; the last two commands of the story are
/// the pair.
pub fn interleave<S: Store>(store: S, seed: u64, steps: u64, pairs: u64) -> Result<Pairs, Failed> {
    let failed = |why: String| Failed { why, story: String::new() };
    let mut game = Game::new(crate::engine::Engine::new(store)).map_err(failed)?;
    let mut draw = Draw::new(seed);
    match play(&mut game, &mut draw, steps, pairs) {
        Ok(sum) => Ok(sum),
        Err(why) => Err(Failed { why: format!("seed {seed}: {why}"), story: game.story() }),
    }
}

fn play<S: Store>(
    game: &mut Game<S>,
    draw: &mut Draw,
    steps: u64,
    pairs: u64,
) -> Result<Pairs, String> {
    let mut sum = Pairs::default();
    game.open(draw)?;
    for _ in 0..steps {
        for _ in 0..pairs {
            pair(game, draw, &mut sum)?;
        }
        game.step(&mut Draw::new(draw.word()))?;
    }
    Ok(sum)
}

fn request(id: &str, (verb, payload): &Wish) -> Option<(String, Request)> {
    let mut object = serde_json::Map::new();
    object.insert("id".into(), id.into());
    object.insert(verb.clone(), payload.clone());
    let text = serde_json::Value::Object(object).to_string();
    let request = Request::parse(text.as_bytes(), &Limits::default()).ok()?;
    Some((text, request))
}

/// Draws a command that can be read.
fn readable<S: Store>(
    game: &mut Game<S>,
    draw: &mut Draw,
    id: &str,
) -> Result<(String, Request), String> {
    loop {
        let wish = game.draw_wish(0, draw)?;
        if let Some(found) = request(id, &wish) {
            return Ok(found);
        }
    }
}

/// Draws two commands and commits them in both orders.
fn pair<S: Store>(game: &mut Game<S>, draw: &mut Draw, sum: &mut Pairs) -> Result<(), String> {
    // Now and then the same command twice at the same instant.
    let same = draw.chance(3);
    let a = readable(game, draw, "x1")?;
    let b = if same { a.clone() } else { readable(game, draw, "x2")? };
    sum.tried += 1;
    let thorough = draw.chance(2);
    let mut orders = 0;
    for (one, two) in [(&a, &b), (&b, &a)] {
        let result = game.aside(|game, ctx, auditor| {
            orders += u8::from(both(game, ctx, auditor, (&one.1, &two.1), same, sum)?);
            if thorough {
                verify(game.engine.store(), &ctx.tenant).map_err(|e| e.to_string())?;
            }
            Ok(())
        });
        if let Err(why) = result {
            return Err(format!("{why}\nfirst  {}\nsecond {}", one.0, two.0));
        }
    }
    sum.committed += u64::from(orders == 2);
    Ok(())
}

/// Commits one command after the other, both decided before; returns whether both left events.
fn both<S: Store>(
    game: &mut Game<S>,
    ctx: &Context,
    mut auditor: Auditor,
    (one, two): (&Request, &Request),
    same: bool,
    sum: &mut Pairs,
) -> Result<bool, String> {
    let store = game.engine.store();
    let one = decide(store, ctx, one)?;
    let two = decide(store, ctx, two)?;
    let (_, first) = finish(store, ctx, one)?;
    auditor.watch(store).map_err(|e| e.to_string())?;
    let (met, second) = finish(store, ctx, two)?;
    auditor.watch(store).map_err(|e| e.to_string())?;
    auditor.compare(store).map_err(|e| e.to_string())?;
    match met {
        Met::Nothing => sum.stood += 1,
        Met::Conflict => sum.anew += 1,
        Met::Answer => sum.answered += 1,
    }
    let remembered = first.receipt.refusal.is_none() || met == Met::Answer;
    if same && remembered && (first.bytes != second.bytes || !second.repeated) {
        return Err(format!("one command, two answers: {first:?} and {second:?}"));
    }
    if met == Met::Answer && !same {
        return Err("answered for somebody else".to_owned());
    }
    let left = |done: &Done| done.receipt.seq.is_some() && !done.repeated;
    Ok(left(&first) && left(&second))
}

/// Drives a turn up to its commit.
fn decide(store: &mut dyn Store, ctx: &Context, request: &Request) -> Result<Decided, String> {
    let mut turn = Turn::new(ctx.clone(), request.clone());
    loop {
        match turn.next().map_err(|e| e.to_string())? {
            Ask::Read(reads) => {
                let slice = store.read(&ctx.tenant, &reads).map_err(|e| e.to_string())?;
                turn.supply(slice);
            }
            Ask::Commit(commit) => return Ok(Decided { turn, commit: Some(commit), done: None }),
            Ask::Done(done) => return Ok(Decided { turn, commit: None, done: Some(*done) }),
        }
    }
}

/// What a commit met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    Nothing,
    Conflict,
    Answer,
}

/// Commits what was decided, and drives the turn to its end.
fn finish(store: &mut dyn Store, ctx: &Context, decided: Decided) -> Result<(Met, Done), String> {
    let Decided { mut turn, commit, done } = decided;
    if let Some(done) = done {
        return Ok((Met::Nothing, done));
    }
    let Some(mut commit) = commit else { return Err("nothing was decided".to_owned()) };
    let mut met = Met::Nothing;
    loop {
        let outcome = store.commit(&commit);
        match &outcome {
            Err(Rejected::Conflict(_)) => met = Met::Conflict,
            Err(Rejected::Answered) => met = Met::Answer,
            _ => {}
        }
        turn.settled(outcome).map_err(|e| e.to_string())?;
        loop {
            match turn.next().map_err(|e| e.to_string())? {
                Ask::Read(reads) => {
                    let slice = store.read(&ctx.tenant, &reads).map_err(|e| e.to_string())?;
                    turn.supply(slice);
                }
                Ask::Commit(again) => {
                    commit = again;
                    break;
                }
                Ask::Done(done) => {
                    let lost = done.receipt.outcome == Outcome::Refused
                        && done.receipt.retries > ctx.limits.retries;
                    if lost {
                        return Err("nobody else writes, yet it never came through".to_owned());
                    }
                    return Ok((met, *done));
                }
            }
        }
    }
}

impl<S: Store> Game<S> {
    /// Does something in a group that is abandoned after it, with a copy of the auditor.
    fn aside(
        &mut self,
        act: impl FnOnce(&mut Game<S>, &Context, Auditor) -> Result<(), String>,
    ) -> Result<(), String> {
        let (ctx, auditor) = self.circumstances(0)?;
        self.engine.store().group(Edge::Begin).map_err(|e| e.to_string())?;
        let acted = act(self, &ctx, auditor);
        self.engine.store().group(Edge::Abandon).map_err(|e| e.to_string())?;
        acted
    }
}
