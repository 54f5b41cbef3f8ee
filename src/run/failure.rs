/// Requests that failed for one cause.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// Request method, where the file names one.
    pub method: Option<String>,
    /// The endpoint's name.
    pub name: String,
    /// The error as the tool wrote it.
    pub message: String,
    /// Number of failed requests.
    pub count: u64,
}

/// An exception raised in the load generator's own code (a task that crashed), which may or may not be a failed
/// request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exception {
    /// The exception's message.
    pub message: String,
    /// The stack trace as the tool wrote it.
    pub traceback: String,
    /// Number of times it was raised.
    pub count: u64,
}
