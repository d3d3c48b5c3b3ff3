//! What goes with a wish on its way: the same for every verb, the engine's own and the doors'.

use serde_json::{Map, Value};

use super::misfit::refusal_of;
use crate::command::{Code, Context, Refusal};
use crate::words::{ActorId, CommandId, TenantId, Timestamp};

/// What a sender says beside the wish: its id, for whom, when, by whom, and whether in earnest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// The idempotency key.
    pub id: CommandId,
    /// For which tenant; the connection's own when absent.
    pub tenant: Option<TenantId>,
    /// The moment, where the sender sets the clock.
    pub at: Option<Timestamp>,
    /// Who.
    pub actor: Option<ActorId>,
    /// What it belongs to.
    pub correlation: Option<CommandId>,
    /// Decide, tell, and commit nothing.
    pub dry_run: bool,
}

impl Sending {
    /// A sending of which only the id is said.
    #[must_use]
    pub fn new(id: CommandId) -> Sending {
        Sending { id, tenant: None, at: None, actor: None, correlation: None, dry_run: false }
    }

    /// The circumstances with what the sender says of them.
    #[must_use]
    pub fn under(&self, mut ctx: Context) -> Context {
        ctx.now = self.at.unwrap_or(ctx.now);
        ctx.actor = self.actor.clone().or(ctx.actor);
        ctx.correlation = self.correlation.clone().or(ctx.correlation);
        ctx
    }

    /// The sender means the tenant whose engine this is.
    ///
    /// # Errors
    /// `tenant.mismatch`.
    pub fn means(&self, ours: &TenantId) -> Result<(), Refusal> {
        match self.tenant.as_ref().filter(|theirs| *theirs != ours) {
            None => Ok(()),
            Some(theirs) => {
                let (ours, theirs) = (format!("`{ours}`"), format!("`{theirs}`"));
                Err(Refusal::new(Code::TenantMismatch, ours, theirs).at("/tenant"))
            }
        }
    }

    /// Takes the sender's fields out of an object of the wire; the rest is the wish.
    pub(super) fn take(id: CommandId, object: &mut Map<String, Value>) -> Result<Sending, Refusal> {
        Ok(Sending {
            id,
            tenant: field(object, "tenant")?,
            at: field(object, "at")?,
            actor: field(object, "actor")?,
            correlation: field(object, "correlation")?,
            dry_run: field(object, "dry_run")?.unwrap_or(false),
        })
    }

    /// The object of the wire that the wish is put into.
    pub(super) fn object(&self) -> Result<Map<String, Value>, serde_json::Error> {
        let mut object = Map::new();
        object.insert("id".into(), serde_json::to_value(&self.id)?);
        let said = [
            ("tenant", self.tenant.as_ref().map(serde_json::to_value)),
            ("at", self.at.as_ref().map(serde_json::to_value)),
            ("actor", self.actor.as_ref().map(serde_json::to_value)),
            ("correlation", self.correlation.as_ref().map(serde_json::to_value)),
            ("dry_run", self.dry_run.then_some(Ok(Value::Bool(true)))),
        ];
        for (name, value) in said {
            if let Some(value) = value {
                object.insert(name.into(), value?);
            }
        }
        Ok(object)
    }
}

fn field<T: serde::de::DeserializeOwned>(
    object: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<T>, Refusal> {
    object
        .shift_remove(name)
        .map(|v| serde_json::from_value(v))
        .transpose()
        .map_err(|e| refusal_of(&e, &format!("/{name}")))
}
