//! What was promised to the customer.
pub mod totals;
