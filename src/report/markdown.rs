//! The full report as Markdown.
use crate::compare::Comparison;

/// Renders the report.
#[must_use]
pub fn render(_comparison: &Comparison) -> String {
    String::new()
}
