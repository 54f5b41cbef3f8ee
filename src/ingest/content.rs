//! The content of one file, independent of the tool.

use std::collections::BTreeMap;

use crate::run::{Exception, Failure, Note, PercentileTable, Run, SourceFile, Timeline};

/// One file and its content.
#[derive(Debug, Clone)]
pub struct Part {
    /// The file.
    pub file: SourceFile,
    /// The given name with its folders, for grouping only.
    pub path: String,
    pub(super) tool: &'static str,
    pub(super) version: Option<String>,
    pub(super) content: Content,
    pub(super) notes: Vec<Note>,
}

impl Part {
    /// Whether the file alone can be one side of a comparison.
    #[must_use]
    pub fn is_results(&self) -> bool {
        matches!(self.content, Content::Results(_) | Content::Runs(_))
    }
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Endpoints with counts and percentiles: a complete run.
    Results(Box<Run>),
    /// The parts of one run, each assembled: a [digest](super::digest).
    Runs(Vec<Run>),
    /// Percentiles for a summary that has none.
    Percentiles(Box<Percentiles>),
    /// Endpoints over time.
    History(Box<History>),
    /// Failures by cause.
    Failures(Vec<Failure>),
    /// Exceptions of the load generator.
    Exceptions(Vec<Exception>),
}

/// Percentiles of a run's endpoints.
#[derive(Debug, Clone, Default)]
pub(super) struct Percentiles {
    /// By [`Endpoint::label`](crate::run::Endpoint::label).
    pub endpoints: Vec<(String, PercentileTable)>,
    /// Of all endpoints together.
    pub total: Option<PercentileTable>,
}

/// A run over time.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// The whole run over time.
    pub total: Option<Timeline>,
    /// Maximum users in any row.
    pub users: Option<u64>,
    /// Each endpoint over time, by name and method, if known.
    pub endpoints: BTreeMap<(String, Option<String>), Timeline>,
    /// The last state of every entry, as a summary if there is no other.
    pub last: Run,
}
