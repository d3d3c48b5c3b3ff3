//! Proofs for implementors: call one function, and your store or sourcer is held to every law of its seam.
//!
//! Behind the feature `testing`; nothing of it belongs in a product.

pub mod auditor;
pub mod faulty_store;
pub mod interleave;
pub mod life;
pub mod sourcer_laws;
pub mod store_laws;
pub mod story;
pub mod strategies;
