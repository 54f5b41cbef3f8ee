//! Compare two load-test results.

pub mod policy;
