//! The scripts' `regression-analysis.md`.
