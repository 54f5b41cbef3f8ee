//! Reads bytes into [`Run`](crate::run::Run)s.
//!
//! [`Reader`] takes a file in chunks of any size, [`read`] takes it whole. Both detect the format **by content, never
//! by name**, and read the file into a [`Part`]. [`assemble`] joins the parts of one execution (summary, history,
//! failures, exceptions). [`group`] sorts parts that were dropped together into executions, and [`guess_roles`]
//! suggests the baseline. Names and folders only suggest: the suggestion is visible and can be changed.
//!
//! To add a format, write a file that exports its descriptor and add one line to the registry: see
//! `docs/adding-a-format.md`.

mod ab;
mod advice;
mod archive;
mod artillery;
mod assemble;
mod autocannon;
mod bombardier;
mod capped;
mod console;
mod content;
mod digest;
mod digest_parts;
mod digest_write;
mod digits;
mod error;
mod field;
mod fingerprint;
mod fortio;
mod gatling;
mod ghz;
mod goose;
mod gzip;
mod hdr_histogram;
mod hey;
mod importer;
mod jmeter;
mod json;
mod k6;
mod labels;
pub mod locust;
mod losses;
mod mask;
mod nbomber;
mod nearest;
mod nighthawk;
pub mod notes;
mod oha;
mod phout;
mod plain;
mod postman;
mod printed;
mod quoted;
mod registry;
mod rows;
pub(crate) mod service_metrics;
mod siege;
mod simulator;
mod single;
pub mod slice;
mod stream;
mod summary;
mod table;
mod tabs;
mod taurus;
mod text;
mod tsung;
mod unread;
mod vegeta;
mod wire;
mod wrk;
mod xml;

pub use assemble::{Group, Parts, Role, RoleGuess, RoleReason, assemble, group, guess_roles, several_runs, told_roles};
pub use content::Part;
pub use digest_write::digest;
pub use error::{Error, Problem};
pub use fingerprint::Fingerprint;
pub use importer::{Format, Options};
pub use registry::{FORMATS, markdown};
pub use stream::{DOCUMENT_LIMIT, Reader, read};
