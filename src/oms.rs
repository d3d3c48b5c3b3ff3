//! The hall: one tenant's engine with its sourcer, and thin calls into both.

use oms_core::command::{Context, Limits};
use oms_core::engine::{Done, Engine, Fault, Store};
use oms_core::flow::Request;
use oms_core::sourcing::{FirstFit, Sourcer};
use oms_core::views;
use oms_core::words::{OrderId, Sku, TenantId, Timestamp};

/// One tenant's engine over a store, with a sourcer.
///
/// Time is an argument of every call that changes something: the engine reads no clock.
pub struct Oms<S> {
    pub(crate) engine: Engine<S>,
    pub(crate) tenant: TenantId,
    pub(crate) sourcer: Box<dyn Sourcer>,
    pub(crate) limits: Limits,
    salt: [u8; 32],
}

impl<S> std::fmt::Debug for Oms<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oms")
            .field("tenant", &self.tenant)
            .field("sourcer", &self.sourcer.name())
            .finish_non_exhaustive()
    }
}

impl<S: Store> Oms<S> {
    /// The engine of a tenant over a store, with the rule-based sourcer and the default limits.
    pub fn new(store: S, tenant: TenantId) -> Oms<S> {
        Oms {
            engine: Engine::new(store),
            tenant,
            sourcer: Box::new(FirstFit),
            limits: Limits::default(),
            salt: [0; 32],
        }
    }

    /// The same with another sourcer.
    #[must_use]
    pub fn with_sourcer(mut self, sourcer: impl Sourcer + 'static) -> Oms<S> {
        self.sourcer = Box::new(sourcer);
        self
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Oms<S> {
        self.limits = limits;
        self
    }

    /// The same with a secret from which the salts of personal values derive.
    #[must_use]
    pub fn with_salt(mut self, salt: [u8; 32]) -> Oms<S> {
        self.salt = salt;
        self
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The store.
    pub fn store(&mut self) -> &mut S {
        self.engine.store()
    }

    /// The circumstances of a command now.
    #[must_use]
    pub fn context(&self, now: Timestamp) -> Context {
        let mut ctx = Context::new(self.tenant.clone(), now);
        ctx.limits = self.limits;
        ctx.salt = self.salt;
        ctx
    }

    /// Runs one command to its receipt.
    ///
    /// # Errors
    /// A [`Fault`]; then nothing was committed. A business no is a receipt.
    pub fn execute(&mut self, request: Request, now: Timestamp) -> Result<Done, Fault> {
        let ctx = self.context(now);
        self.engine.execute(&ctx, request)
    }

    /// Runs many commands and makes them durable together; each is accepted or refused alone.
    ///
    /// # Errors
    /// A [`Fault`] of the store: then none of the batch happened.
    pub fn execute_batch(
        &mut self,
        requests: Vec<Request>,
        now: Timestamp,
    ) -> Result<Vec<Result<Done, Fault>>, Fault> {
        let ctx = self.context(now);
        self.engine.execute_batch(&ctx, requests)
    }

    /// One order as it is now.
    ///
    /// # Errors
    /// The store's [`Fault`].
    pub fn order(&mut self, id: &OrderId) -> Result<Option<views::OrderCard>, Fault> {
        views::order_card(self.engine.store(), &self.tenant, id)
    }

    /// Everything that has happened to an order.
    ///
    /// # Errors
    /// The store's [`Fault`].
    pub fn timeline(&mut self, id: &OrderId) -> Result<Vec<views::Moment>, Fault> {
        views::timeline(self.engine.store(), &self.tenant, id)
    }

    /// The stock of a SKU.
    ///
    /// # Errors
    /// The store's [`Fault`].
    pub fn stock(&mut self, sku: &Sku) -> Result<views::StockCard, Fault> {
        views::stock_card(self.engine.store(), &self.tenant, sku)
    }
}
