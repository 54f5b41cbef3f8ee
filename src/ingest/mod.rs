//! Bytes to [`Run`](crate::run::Run)s.
//!
//! [`Reader`] takes a file in chunks of any size, [`read`] takes it whole: either recognises one file **by its content, never by its name**, and reads it into a
//! [`Part`]. [`assemble`] puts
//! the parts of one execution together (summary, history, failures, exceptions). [`group`] sorts a pile of parts that
//! were dropped in one gesture into executions, and [`guess_roles`] suggests which is the baseline: names and folders
//! may suggest, visibly and changeably, and what stays ambiguous is asked.
//!
//! To add a format, write a file that exports its descriptor and add one line to the registry: see
//! `docs/adding-a-format.md`.

mod advice;
mod assemble;
mod capped;
mod content;
mod crc;
mod digits;
mod error;
mod field;
mod fingerprint;
mod gatling;
mod gzip;
mod hdr_histogram;
mod importer;
mod jmeter;
mod json;
mod k6;
mod labels;
mod locust;
mod losses;
mod mask;
mod phout;
mod plain;
mod quoted;
mod registry;
mod rows;
mod service_metrics;
mod siege;
mod simulator;
pub mod slice;
mod stream;
mod summary;
mod table;
mod tabs;
mod text;
mod tsung;
mod unread;
mod wire;

pub use assemble::{Group, Parts, Role, RoleGuess, RoleReason, assemble, group, guess_roles};
pub use content::Part;
pub use error::{Error, Problem};
pub use fingerprint::Fingerprint;
pub use importer::{Format, Options};
pub use registry::{FORMATS, markdown};
pub use stream::{DOCUMENT_LIMIT, Reader, read};
