//! What one file tells about an execution, whatever tool wrote it.

use std::collections::BTreeMap;

use crate::run::{Exception, Failure, Note, PercentileTable, Run, SourceFile, Timeline};

/// What one file told about an execution.
#[derive(Debug, Clone)]
pub struct Part {
    /// The file.
    pub file: SourceFile,
    /// The file's name as it was given, with its folders: used for grouping only.
    pub path: String,
    pub(super) tool: &'static str,
    pub(super) version: Option<String>,
    pub(super) content: Content,
    pub(super) notes: Vec<Note>,
}

impl Part {
    /// Whether the file alone could be one side of a comparison.
    #[must_use]
    pub fn is_results(&self) -> bool {
        matches!(self.content, Content::Results(_))
    }
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Endpoints with their counts and percentiles: enough to be a run.
    Results(Box<Run>),
    /// Percentiles that belong to a summary without them.
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
    /// The largest number of users in any row.
    pub users: Option<u64>,
    /// Each endpoint over time, by name and method, where the file tells.
    pub endpoints: BTreeMap<(String, Option<String>), Timeline>,
    /// The last state of every entry as a summary of the run, for want of one.
    pub last: Run,
}
