//! Compare two load-test results: see what regressed, and share it.
//!
//! # The road a file takes
//!
//! ```text
//!  bytes ──▶ ingest ──▶ run ──▶ compare ──▶ report ──▶ HTML, Markdown, JSON, CSV, JUnit
//!            detect,    the      match,     link ──▶ a URL's fragment        session ──▶ what a face shows
//!            one file   model    judge      chart ──▶ SVG
//!            per tool
//!                                history: many runs, and when they changed
//!                                stats: numbers in, numbers out
//!                                policy: the thresholds file
//! ```
//!
//! One direction: a module imports only what stands to its left, or below ([`stats`], [`policy`]). The command
//! line and the [`session`] stand at the right end. The page is two programs: [`engine`], which runs a session in a worker,
//! and `app`, which shows its updates. Neither holds arithmetic: everything they show was computed here.
//! `docs/architecture.md` follows one file through all of it.
//!
//! ```
//! use loaddiff::{compare, ingest, policy, report};
//!
//! let header = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,\
//!               Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,100%";
//! let file = |p50: u32, p95: u32| {
//!     let csv = format!("{header}\nGET,/a,1000,0,{p50},{p50},1,{p95},10,5.0,0.0,{p50},{p95},{p95}\n");
//!     ingest::read("stats.csv", csv.as_bytes())
//! };
//! let baseline = ingest::assemble(vec![file(100, 200)?], ingest::Parts::Refuse)?;
//! let run = ingest::assemble(vec![file(150, 300)?], ingest::Parts::Refuse)?;
//!
//! let policy = policy::profile("default").ok_or("no such profile")?;
//! let comparison = compare::compare(baseline, run, policy);
//! assert_eq!(comparison.word, compare::Word::Regressed);
//! assert!(report::markdown::render(&comparison).contains("+50"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # One answer on every target
//!
//! Transcendental functions go through [`libm`], sums are integers, every output is ordered, charts use scales of our
//! own. The page, a test and the command line print the same bytes.

#[cfg(all(target_arch = "wasm32", feature = "web"))]
pub mod app;
mod base64;
pub mod chart;
pub mod compare;
pub mod engine;
mod fnv;
pub mod history;
pub mod ingest;
pub mod link;
pub mod mask;
pub mod number;
mod order;
pub mod policy;
pub mod report;
pub mod run;
pub mod session;
pub mod stats;
mod wire;
