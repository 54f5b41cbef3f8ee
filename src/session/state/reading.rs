//! Files that are being read, as a person sees them.

use std::sync::Arc;

use crate::run::Run;

/// A file that is being read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// How far it is.
    pub stage: Stage,
    /// Bytes read.
    pub read: u64,
    /// When its reading began, and when it was last heard of, in milliseconds since the Unix epoch.
    pub began_ms: i64,
    /// See `began_ms`.
    pub now_ms: i64,
}

/// How far the reading of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits for a reader.
    Waiting,
    /// It is being read.
    Reading,
    /// It is read.
    Done,
    /// It could not be used.
    Failed,
    /// A person cancelled it.
    Cancelled,
}

impl Stage {
    /// Whether there is something left to cancel.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Reading)
    }
}

/// Figures of the part of a file that was read.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The number of the file.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// The total and the endpoints with most requests.
    pub run: Arc<Run>,
}
