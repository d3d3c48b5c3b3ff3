//! Verbs, one per file: what is wished, when it is refused, what happens.
//!
//! This is the one place where orders and stock are in scope together. Every file opens with its
//! refusals in the order in which they are checked.

mod cancel_lines;
mod cancel_order;
mod checks;
mod collect;
mod command;
mod commit_plan;
mod define_channel;
mod define_item;
mod define_location;
mod define_pool;
mod deliver;
mod hold_order;
mod lift_hold;
mod lose_parcel;
mod node_rejects;
mod note;
mod pack;
mod place_order;
mod receive_stock;
mod release_to_node;
mod request;
mod reserve;
mod retire_item;
mod set_policy;
mod ship;
mod tick;
mod unallocate;
mod unpack;
mod unreserve;
mod verb;
mod work;

pub use cancel_lines::{CancelLine, CancelLines};
pub use cancel_order::CancelOrder;
pub use collect::Collect;
pub use command::{Command, VERB_NAMES};
pub use commit_plan::{CommitPlan, PlanLine};
pub use define_channel::DefineChannel;
pub use define_item::DefineItem;
pub use define_location::DefineLocation;
pub use define_pool::DefinePool;
pub use deliver::Deliver;
pub use hold_order::HoldOrder;
pub use lift_hold::{LiftEnd, LiftHold};
pub use lose_parcel::{AfterLoss, LoseParcel};
pub use node_rejects::NodeRejects;
pub use note::Note;
pub use pack::Pack;
pub use place_order::PlaceOrder;
pub use receive_stock::ReceiveStock;
pub use release_to_node::ReleaseToNode;
pub use request::{Request, Unreadable};
pub use reserve::Reserve;
pub use retire_item::RetireItem;
pub use set_policy::SetPolicy;
pub use ship::Ship;
pub use tick::Tick;
pub use unallocate::{Unallocate, UnallocateLine};
pub use unpack::Unpack;
pub use unreserve::{Unreserve, UnreserveLine};
pub use verb::{Sealer, Verb};
pub use work::{Part, Units};
