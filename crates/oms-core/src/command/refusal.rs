//! The catalogue of refusals: the business no.
//!
//! Text codes are stable, numbers are never reused. The class tells what kind of no it is and
//! whether the same command may succeed later.

use serde::{Deserialize, Serialize};

use crate::words::WordError;

/// What kind of no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Class {
    /// The command is wrong.
    Invalid,
    /// Somebody was faster; a retry may succeed.
    Conflict,
    /// Not now.
    State,
    /// Not allowed.
    Policy,
    /// Too much.
    Limit,
}

impl Class {
    /// Whether the answer is kept as *the* answer to the command id. Conflict and limit are not:
    /// the same command may succeed later.
    #[must_use]
    pub fn is_remembered(self) -> bool {
        !matches!(self, Class::Conflict | Class::Limit)
    }
}

macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal, $class:ident, $advice:literal;)*) => {
        /// Every reason for a no.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// The whole catalogue in order of number.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The stable text code.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// The stable number, never reused.
            #[must_use]
            pub fn number(self) -> u16 {
                match self { $(Code::$name => $number,)* }
            }

            /// The class.
            #[must_use]
            pub fn class(self) -> Class {
                match self { $(Code::$name => Class::$class,)* }
            }

            /// What to do.
            #[must_use]
            pub fn advice(self) -> &'static str {
                match self { $(Code::$name => $advice,)* }
            }
        }
    };
}

catalogue! {
    /// The text is not a command.
    Malformed = 100, "invalid.json", Invalid, "send one JSON object a line";
    /// A field that the verb does not have.
    UnknownField = 101, "invalid.unknown_field", Invalid, "remove the field or correct its name";
    /// A field that the verb needs.
    MissingField = 102, "invalid.missing_field", Invalid, "add the field";
    /// A value of the wrong type or shape.
    WrongType = 103, "invalid.type", Invalid, "send a value of the expected type";
    /// A verb that does not exist.
    UnknownVerb = 104, "invalid.verb", Invalid, "use one verb of the reference";
    /// An id that is no id.
    IdFormat = 105, "invalid.id_format", Invalid, "use 1 to 64 printable bytes without outer blanks";
    /// A quantity that is none.
    QuantityRange = 106, "invalid.quantity", Invalid, "send a whole number of base units within bounds";
    /// A quantity of zero where something must move.
    QuantityZero = 107, "invalid.quantity_zero", Invalid, "send a quantity of at least 1";
    /// A quantity below zero.
    QuantityNegative = 108, "invalid.quantity_negative", Invalid, "send a quantity of at least 1";
    /// An amount that is none.
    MoneyFormat = 109, "invalid.money", Invalid, "send an amount such as `19.99 USD`";
    /// A code that is no currency.
    CurrencyUnknown = 110, "invalid.currency", Invalid, "use an active ISO 4217 code";
    /// Amounts of several currencies.
    CurrencyMix = 111, "invalid.currency_mix", Invalid, "give every amount in the order's currency";
    /// A moment out of range.
    DateRange = 112, "invalid.date_range", Invalid, "send an RFC 3339 moment in range";
    /// A time zone that does not exist.
    TimeZoneUnknown = 113, "invalid.time_zone", Invalid, "use an IANA time zone";
    /// A place that is none.
    PlaceFormat = 114, "invalid.place", Invalid, "correct the country, the point or the address";
    /// A digest that is none.
    DigestFormat = 115, "invalid.digest", Invalid, "send the digest as it was given";
    /// An id twice where each must be there once.
    Duplicate = 116, "invalid.duplicate", Invalid, "name each id, and each field, once";
    /// Nothing in it.
    Empty = 117, "invalid.empty", Invalid, "name at least one";
    /// The group's kind does not allow the verb.
    GroupKind = 118, "invalid.group_kind", Invalid, "ship what is shipped, collect what is picked up, at its location";
    /// A reference to a group, line or parent that the command does not have.
    Reference = 119, "invalid.reference", Invalid, "refer to what the command itself defines";
    /// An amount that must not be negative.
    AmountNegative = 120, "invalid.amount_negative", Invalid, "send the amount as a positive number";
    /// A value outside what the field allows.
    OutOfRange = 121, "invalid.range", Invalid, "send a value in range";
    /// The same command id came with other content.
    IdReused = 130, "command.id_reused", Invalid, "use a fresh command id for a different wish";
    /// The command is of another tenant.
    TenantMismatch = 131, "tenant.mismatch", Invalid, "send the command to its own tenant";

    /// There is not enough.
    StockInsufficient = 200, "stock.insufficient", Conflict, "ask for less, wait for supply, or source elsewhere";
    /// A balance is not what the caller expected.
    StockUnexpected = 201, "stock.unexpected", Conflict, "read the balance again and decide anew";
    /// The plan was made from a state that has moved.
    PlanStale = 202, "plan.stale", Conflict, "take a new snapshot and plan again";
    /// Somebody else changed the same thing at the same time, again and again.
    VersionConflict = 203, "version.conflict", Conflict, "send the same command again";

    /// No such item.
    ItemUnknown = 300, "item.unknown", State, "define the item first";
    /// The item is not sold any more.
    ItemRetired = 301, "item.retired", State, "order another item";
    /// No such location.
    LocationUnknown = 302, "location.unknown", State, "define the location first";
    /// The location is closed.
    LocationClosed = 303, "location.closed", State, "use another location";
    /// No such pool.
    PoolUnknown = 304, "pool.unknown", State, "define the pool first";
    /// No such channel.
    ChannelUnknown = 305, "channel.unknown", State, "define the channel first";
    /// No such order.
    OrderUnknown = 306, "order.unknown", State, "check the order id";
    /// The order is there already.
    OrderExists = 307, "order.exists", State, "use the order that exists";
    /// The order is closed.
    OrderClosed = 308, "order.closed", State, "nothing is left to do";
    /// A hold stops the verb.
    OrderOnHold = 309, "order.on_hold", State, "lift the hold first";
    /// No such line.
    LineUnknown = 310, "line.unknown", State, "check the line id";
    /// The units are not at a stage from which the verb moves them.
    StageForbids = 311, "line.stage_forbids", State, "look where the units are and name what the verb can move";
    /// The node's available is below zero, or the location still has units tied to orders.
    StockNegative = 312, "stock.negative", State, "count the stock or settle the work there first";
    /// No such package.
    PackageUnknown = 313, "package.unknown", State, "check the package id";
    /// No such work.
    FulfillmentUnknown = 314, "fulfillment.unknown", State, "check the fulfillment id";
    /// No such hold.
    HoldUnknown = 315, "hold.unknown", State, "look at the order's holds";
    /// A hold of this kind is there already.
    HoldExists = 316, "hold.exists", State, "lift it first to set it anew";
    /// No such reason.
    ReasonUnknown = 317, "reason.unknown", State, "use a reason of the catalogue";
    /// The definition exists and the change would alter what must stay.
    DefinitionFixed = 318, "definition.fixed", State, "keep what is fixed for good and change the rest";
    /// The pool is not one that the channel sells from.
    PoolForeign = 319, "channel.pool_foreign", State, "use a pool of the channel";
    /// An order that ships together is not packed as a whole.
    OrderNotPacked = 320, "order.not_packed", State, "pack the rest first, or cancel it";

    /// The plan breaks a rule.
    PlanInfeasible = 400, "plan.infeasible", Policy, "plan again within the named rule";
    /// The node cannot handle the item or the way.
    NodeIncapable = 401, "node.incapable", Policy, "use a node that is equipped for it";
    /// The node has refused this SKU of this order lately.
    NodeExcluded = 402, "node.excluded", Policy, "use another node or wait";
    /// The totals as given differ from the sum by more than the channel allows.
    TotalsDiffer = 403, "totals.differ", Policy, "correct the totals or relax the channel's policy";
    /// The actor may not do this.
    ActorNotPermitted = 404, "actor.not_permitted", Policy, "ask somebody who may";

    /// The node has taken all orders that it takes in a day.
    NodeAtCapacity = 500, "node.at_capacity", Limit, "use another node or another day";
    /// Too many lines, groups, holdings, or the like.
    TooMany = 501, "limit.count", Limit, "send less at once";
    /// A text or a command that is too long.
    TooLong = 502, "limit.bytes", Limit, "send less at once";
    /// A number beyond what a balance holds.
    Overflow = 503, "limit.overflow", Limit, "send less at once";
    /// The command needs more reading than one turn may do.
    TooMuchToRead = 504, "limit.reads", Limit, "split the command";
}

impl Code {
    /// The code of a stable text.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|c| c.name() == name)
    }
}

/// A business no: which, where, what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: at `{path}` expected {expected}, found {found}", .code.name())]
pub struct Refusal {
    /// Which no.
    pub code: Code,
    /// JSON pointer of the offending field within the verb's payload; empty for the whole.
    pub path: String,
    /// What would have been right.
    pub expected: String,
    /// What was there.
    pub found: String,
}

impl Refusal {
    /// A no without a path.
    ///
    /// ```
    /// use oms_core::command::{Class, Code, Refusal};
    /// let no = Refusal::new(Code::OrderUnknown, "an order that exists", "`O1`").at("/order");
    /// assert_eq!(no.code.class(), Class::State);
    /// assert_eq!(no.path, "/order");
    /// ```
    #[must_use]
    pub fn new(code: Code, expected: impl Into<String>, found: impl Into<String>) -> Refusal {
        Refusal { code, path: String::new(), expected: expected.into(), found: found.into() }
    }

    /// The same no at a field.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Refusal {
        self.path = path.into();
        self
    }
}

impl From<WordError> for Refusal {
    fn from(word: WordError) -> Refusal {
        let code = Code::by_name(word.code()).unwrap_or(Code::WrongType);
        Refusal::new(code, word.expected(), word.found())
    }
}

/// The wire form of a refusal, as it stands in a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusalNote {
    /// Stable text code.
    pub code: String,
    /// Stable number.
    pub number: u16,
    /// Class.
    pub class: Class,
    /// JSON pointer of the offending field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// What would have been right.
    pub expected: String,
    /// What was there.
    pub found: String,
    /// What to do.
    pub advice: String,
}

impl From<&Refusal> for RefusalNote {
    fn from(refusal: &Refusal) -> RefusalNote {
        RefusalNote {
            code: refusal.code.name().to_owned(),
            number: refusal.code.number(),
            class: refusal.code.class(),
            path: refusal.path.clone(),
            expected: refusal.expected.clone(),
            found: refusal.found.clone(),
            advice: refusal.code.advice().to_owned(),
        }
    }
}
