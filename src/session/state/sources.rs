//! The files of a link to files.

use crate::ingest::Role;
use crate::link::refusal::Refusal;
use crate::link::sources::Sources;

/// What a file is given as, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum As {
    /// A file of this side.
    Side(Role),
    /// Thresholds.
    Thresholds,
}

/// A link to files.
#[derive(Debug, Clone)]
pub enum Fetching {
    /// The files, and how far each is.
    Files { sources: Sources, stages: Vec<Stage>, phase: Phase },
    /// The link cannot be read, and why.
    Wrong(String),
}

/// How far the fetching is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is fetched yet.
    Asking,
    /// Files are being fetched.
    Fetching,
    /// A file could not be used.
    Failed,
}

/// How far one file is.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // The variants say what their fields are.
pub enum Stage {
    /// Not begun.
    Waiting,
    /// This many bytes have come, of how many where that is known.
    Coming { bytes: u64, of: Option<u64> },
    /// It is here.
    Here { bytes: u64 },
    /// It cannot be had.
    Refused(Refusal),
}
