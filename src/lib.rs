//! Compare two load-test results.
