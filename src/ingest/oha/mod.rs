//! oha: its JSON and its rows.

pub(super) mod csv;
pub(super) mod json;
