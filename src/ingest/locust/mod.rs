//! Locust, every generation of its files. Formats are from locust/stats.py at each release.

pub(super) mod columns;
pub(super) mod distribution;
pub(super) mod exceptions;
pub(super) mod failures;
pub(super) mod history;
pub(super) mod html;
pub(super) mod json;
pub mod notes;
pub(super) mod requests;
pub(super) mod stats;
