//! The physical walk of goods to the customer.
pub mod promise;
