//! The sum of all verbs.

use super::*;
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, ReadSet, Stop};

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident => $text:literal;)*) => {
        /// A wish of any kind.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Command { $($(#[$doc])* $name($name),)* }

        /// Wire names of all verbs, in the order of the reference.
        pub const VERB_NAMES: &[&str] = &[$($text,)*];

        impl Command {
            /// The verb's wire name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Command::$name(_) => $text,)* }
            }

            /// The command of a verb's name and payload; `None` for a verb that does not exist.
            ///
            /// # Errors
            /// The codec's with the path, when the payload is not of that verb.
            pub fn parse(
                name: &str,
                payload: serde_json::Value,
            ) -> Option<Result<Command, serde_path_to_error::Error<serde_json::Error>>> {
                match name {
                    $($text => {
                        Some(serde_path_to_error::deserialize(payload).map(Command::$name))
                    })*
                    _ => None,
                }
            }

            /// The payload on the wire, personal values in clear.
            ///
            /// # Errors
            /// The codec's, which no value of ours provokes.
            pub fn payload(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self { $(Command::$name(verb) => serde_json::to_value(verb),)* }
            }
        }

        impl Verb for Command {
            fn check(&self, limits: &Limits) -> Result<(), Refusal> {
                match self { $(Command::$name(verb) => verb.check(limits),)* }
            }

            fn reads(&self) -> ReadSet {
                match self { $(Command::$name(verb) => verb.reads(),)* }
            }

            fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
                match self { $(Command::$name(verb) => verb.decide(desk),)* }
            }

            fn content(
                &self,
                sealer: Sealer<'_>,
            ) -> Result<Vec<u8>, serde_json::Error> {
                match self { $(Command::$name(verb) => verb.content(sealer),)* }
            }
        }

        $(impl From<$name> for Command {
            fn from(verb: $name) -> Command {
                Command::$name(verb)
            }
        })*
    };
}

verbs! {
    /// An item's master record.
    DefineItem => "define_item";
    /// An item off sale.
    RetireItem => "retire_item";
    /// A place that holds stock.
    DefineLocation => "define_location";
    /// A set of locations sold together.
    DefinePool => "define_pool";
    /// Who sells from which pools.
    DefineChannel => "define_channel";
    /// The retailer's choices.
    SetPolicy => "set_policy";
    /// An order is captured.
    PlaceOrder => "place_order";
    /// Units of an order are given up.
    CancelLines => "cancel_lines";
    /// An order is given up.
    CancelOrder => "cancel_order";
    /// An order may not move on.
    HoldOrder => "hold_order";
    /// A hold ends.
    LiftHold => "lift_hold";
    /// A remark on an order.
    Note => "note";
    /// A sourcing plan becomes binding.
    CommitPlan => "commit_plan";
    /// Open units are claimed.
    Reserve => "reserve";
    /// Claims are given back.
    Unreserve => "unreserve";
    /// Allocations are taken back.
    Unallocate => "unallocate";
    /// What is due takes effect.
    Tick => "tick";
    /// Goods come in.
    ReceiveStock => "receive_stock";
    /// Allocated units become work of their node.
    ReleaseToNode => "release_to_node";
    /// A node gives work back.
    NodeRejects => "node_rejects";
    /// Units go into a package.
    Pack => "pack";
    /// Units come out of a package.
    Unpack => "unpack";
    /// A package is handed to the carrier.
    Ship => "ship";
    /// A package reaches the customer.
    Deliver => "deliver";
    /// A customer takes a pickup.
    Collect => "collect";
    /// A package is given up as lost.
    LoseParcel => "lose_parcel";
    /// A sale at the till of what the customer already holds.
    SellThrough => "sell_through";
    /// A count tells the truth.
    CountStock => "count_stock";
    /// Units change their bucket or their node.
    MoveStock => "move_stock";
    /// A location is closed for good.
    CloseLocation => "close_location";
    /// A balance is corrected by hand.
    AdjustStock => "adjust_stock";
    /// A safety buffer.
    SetBuffer => "set_buffer";
    /// A channel's fence.
    SetFence => "set_fence";
}
