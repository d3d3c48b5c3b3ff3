//! The clerk writes commands: ids in a row, the moment, who.

use oms::flow::{Command, Request};
use oms::words::{ActorId, CommandId, Timestamp, WordError};

/// Numbers commands.
#[derive(Debug, Default)]
pub(crate) struct Clerk {
    written: u64,
}

impl Clerk {
    /// A command at a moment (seconds since 1970-01-01 UTC), by somebody.
    pub(crate) fn write(
        &mut self,
        at: i64,
        by: &str,
        command: impl Into<Command>,
    ) -> Result<Request, WordError> {
        self.written += 1;
        let mut request = Request::new(CommandId::new(format!("C{}", self.written))?, command);
        request.sending.at = Some(moment(at)?);
        request.sending.actor = Some(ActorId::new(by)?);
        Ok(request)
    }
}

/// Seconds since 1970-01-01 UTC as the engine has them.
pub(crate) fn moment(at: i64) -> Result<Timestamp, WordError> {
    Timestamp::from_ms(at.saturating_mul(1_000))
}
