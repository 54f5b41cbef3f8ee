//! Writes the HTML report of two executions: `cargo run --example html_report -- OUT BASELINE... -- RUN...`.
#![cfg_attr(target_arch = "wasm32", allow(unused))]

use loaddiff::{compare, ingest, policy, report};

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (out, files) = args.split_first().ok_or("OUT BASELINE... -- RUN...")?;
    let mut sides = files.split(|arg| arg == "--").map(|files| {
        let read = |path: &String| -> Result<ingest::Part, Box<dyn std::error::Error>> {
            Ok(ingest::read(path, &std::fs::read(path)?)?)
        };
        let parts = files.iter().map(read).collect::<Result<_, _>>()?;
        Ok::<_, Box<dyn std::error::Error>>(ingest::assemble(parts, ingest::Parts::Refuse)?)
    });
    let (baseline, run) = (sides.next().ok_or("no baseline")??, sides.next().ok_or("no run")??);
    let comparison = compare::compare(baseline, run, policy::Policy::default());
    std::fs::write(out, report::html::render(&comparison, "2026-01-02T03:04:05Z"))?;
    Ok(())
}

#[cfg(target_arch = "wasm32")]
fn main() {}
