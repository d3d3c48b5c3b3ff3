//! An order as its source gave it.
//!
//! The same shape serves the command (addresses and texts in clear) and the event (only sealed
//! references to them), so nothing can be captured that is not kept.

use serde::{Deserialize, Serialize};

use crate::words::{
    Address, ChannelId, Currency, CustomerId, Destination, GroupId, LineId, LocationId, Money,
    OrderId, Qty, Sealed, Sku, SourceId, SourceName, Timestamp, Window,
};

/// Which message of which system told us; identifies a message beside the command id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRef {
    /// The system.
    pub system: SourceName,
    /// The system's own id of the object.
    pub id: SourceId,
    /// The system's own version of the object; grows with each change there.
    #[serde(default)]
    pub version: u64,
}

/// An order as given. `A` is an address, `T` a free text: clear in a command, [`Sealed`] in a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed<A = Sealed, T = Sealed> {
    /// The order's id, chosen by the host.
    pub order: OrderId,
    /// The channel that sold it.
    pub channel: ChannelId,
    /// The message that told us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRef>,
    /// The customer's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// Shop currency of every amount.
    pub currency: Currency,
    /// What the customer saw, when another currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentment: Option<Presentment>,
    /// Higher goes first when units are scarce; 0 is ordinary.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// A test order: carried, never counted as demand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// How the order may be cut.
    #[serde(default, skip_serializing_if = "Constraints::is_default")]
    pub constraints: Constraints,
    /// Where and how lines go; at least one.
    pub groups: Vec<Group<A>>,
    /// What is ordered; at least one.
    pub lines: Vec<PlacedLine<T>>,
    /// Discounts on the order as a whole, as given (positive amounts).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Charge>,
    /// Fees on the order as a whole, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<Charge>,
    /// The total as given by the source; authoritative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
}

fn is_zero(n: &i32) -> bool {
    *n == 0
}

/// The currency that the customer saw, with the rate as given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presentment {
    /// The currency.
    pub currency: Currency,
    /// Units of it per unit of shop currency, as given; never used to convert.
    pub rate: rust_decimal::Decimal,
    /// The total in it, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
}

/// How an order may be cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraints {
    /// All units together or none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ship_complete: bool,
    /// All from one node.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub single_node: bool,
    /// The most nodes that may serve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_packages: Option<u32>,
    /// The least worth of an order that may be split: one worth less comes from one node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<Money>,
    /// Nothing of it is handed to a carrier before all of it that is to be shipped, and still wanted, is packed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ship_together: bool,
}

impl Constraints {
    fn is_default(&self) -> bool {
        *self == Constraints::default()
    }
}

/// Where and how a set of lines goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group<A = Sealed> {
    /// The group's id within the order.
    pub group: GroupId,
    /// Shipped to an address, or picked up.
    pub to: Way<A>,
    /// The service asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The window asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Not to be handed over before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Shipping charges of this group, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipping: Vec<Charge>,
}

/// The two ways to the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Way<A = Sealed> {
    /// Shipped.
    Ship {
        /// The part of the address that sourcing needs and that names nobody.
        destination: Destination,
        /// The address itself.
        #[serde(default = "no_address", skip_serializing_if = "Option::is_none")]
        address: Option<A>,
    },
    /// Collected by the customer.
    Pickup {
        /// Where.
        location: LocationId,
    },
}

fn no_address<A>() -> Option<A> {
    None
}

impl<A> Way<A> {
    /// The pickup location, if it is a pickup.
    #[must_use]
    pub fn pickup(&self) -> Option<&LocationId> {
        match self {
            Way::Pickup { location } => Some(location),
            Way::Ship { .. } => None,
        }
    }
}

/// A line as given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacedLine<T = Sealed> {
    /// The line's id within the order.
    pub line: LineId,
    /// The group it goes with; may be left out when there is one group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// What.
    pub sku: Sku,
    /// How many base units.
    pub qty: Qty,
    /// Price of one base unit, up to six decimals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// Discounts on the line, as given (positive amounts).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Charge>,
    /// Taxes on the line, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<Tax>,
    /// The line's total as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// The bundle line it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<LineId>,
    /// Engraving and the like.
    #[serde(default = "no_text", skip_serializing_if = "Option::is_none")]
    pub personalization: Option<T>,
    /// May wait for supply.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_backorder: bool,
    /// May be replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_substitute: bool,
    /// Must come from one node.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_split: bool,
}

fn no_text<T>() -> Option<T> {
    None
}

/// A named amount: a discount, a fee, a shipping charge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// What it is, in the source's word.
    pub code: String,
    /// How much; never negative.
    pub amount: Money,
}

/// A tax as given; the engine never computes one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tax {
    /// Which, in the source's word.
    pub code: String,
    /// How much.
    pub amount: Money,
    /// By which rate, in percent, where the source tells; never used to compute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_percent: Option<rust_decimal::Decimal>,
    /// Whether the price has it already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inclusive: bool,
}

impl<A, T> Placed<A, T> {
    /// The group of a line: its own, or the only one.
    #[must_use]
    pub fn group_of(&self, line: &PlacedLine<T>) -> Option<&Group<A>> {
        match &line.group {
            Some(id) => self.groups.iter().find(|g| g.group == *id),
            None => match self.groups.as_slice() {
                [only] => Some(only),
                _ => None,
            },
        }
    }

    /// The same order with its personal values put away by `address` and `text`, which are given
    /// the group's or the line's id.
    ///
    /// # Errors
    /// The first one that a sealer returns.
    pub fn seal<E>(
        &self,
        mut address: impl FnMut(&GroupId, &A) -> Result<Sealed, E>,
        mut text: impl FnMut(&LineId, &T) -> Result<Sealed, E>,
    ) -> Result<Placed, E> {
        let mut groups = Vec::with_capacity(self.groups.len());
        for g in &self.groups {
            let to = match &g.to {
                Way::Ship { destination, address: given } => Way::Ship {
                    destination: destination.clone(),
                    address: given.as_ref().map(|a| address(&g.group, a)).transpose()?,
                },
                Way::Pickup { location } => Way::Pickup { location: location.clone() },
            };
            groups.push(Group {
                group: g.group.clone(),
                to,
                service: g.service.clone(),
                window: g.window,
                not_before: g.not_before,
                shipping: g.shipping.clone(),
            });
        }
        let mut lines = Vec::with_capacity(self.lines.len());
        for l in &self.lines {
            lines.push(PlacedLine {
                line: l.line.clone(),
                group: l.group.clone(),
                sku: l.sku.clone(),
                qty: l.qty,
                unit_price: l.unit_price,
                discounts: l.discounts.clone(),
                taxes: l.taxes.clone(),
                total: l.total,
                parent: l.parent.clone(),
                personalization: l
                    .personalization
                    .as_ref()
                    .map(|t| text(&l.line, t))
                    .transpose()?,
                allow_backorder: l.allow_backorder,
                allow_substitute: l.allow_substitute,
                no_split: l.no_split,
            });
        }
        Ok(Placed {
            order: self.order.clone(),
            channel: self.channel.clone(),
            source: self.source.clone(),
            customer: self.customer.clone(),
            currency: self.currency,
            presentment: self.presentment.clone(),
            priority: self.priority,
            test: self.test,
            constraints: self.constraints.clone(),
            groups,
            lines,
            discounts: self.discounts.clone(),
            fees: self.fees.clone(),
            total: self.total,
        })
    }
}

/// The clear form that a command carries.
pub type ClearOrder = Placed<Address, String>;
