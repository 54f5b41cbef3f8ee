//! `cargo xtask evaluate`: the verdict benchmark. The work is done by `examples/evaluate`, which links the library.

use crate::command::{Result, cargo, run};

/// Builds the benchmark and passes it the options.
pub fn evaluate(options: &[&str]) -> Result<()> {
    run(cargo()
        .args(["run", "--quiet", "--profile", "evaluate", "--package", "loaddiff", "--example", "evaluate", "--"])
        .args(options))
}
