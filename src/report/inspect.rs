//! What was read from one run.
