//! Bytes to [`Run`]s.
//!
//! [`Reader`] takes a file in chunks of any size, [`read`] takes it whole: either recognises one file **by its content, never by its name**, and reads it into a
//! [`Part`]. [`assemble`] puts
//! the parts of one execution together (summary, history, failures, exceptions). [`group`] sorts a pile of parts that
//! were dropped in one gesture into executions, and [`guess_roles`] suggests which is the baseline: names and folders
//! may suggest, visibly and changeably, and what stays ambiguous is asked.
//!
//! To add a format, write a module with a `recognise` and a `read` function, add what it is to [`FORMATS`] and how it is
//! read to the table in `importers.rs`; see `docs/adding-a-format.md`. The two stand apart since the page lists formats and
//! reads none: that is its workers' part.

mod assemble;
mod crc;
mod error;
mod field;
mod fingerprint;
mod gzip;
mod importers;
mod jmeter;
mod json;
mod k6;
mod locust;
mod losses;
mod mask;
mod rows;
mod service_metrics;
pub mod slice;
mod stream;
mod table;
mod text;
mod unread;
mod wire;

pub use assemble::{Group, Parts, Role, RoleGuess, RoleReason, assemble, group, guess_roles};
pub use error::{Error, Problem};
pub use fingerprint::Fingerprint;
pub use stream::{DOCUMENT_LIMIT, Options, Reader, read};

use crate::run::{Exception, Failure, Note, PercentileTable, Run, SourceFile};
use locust::history::History;

/// A format that can be read.
pub struct Format {
    /// A stable name, e.g. `locust-stats`.
    pub id: &'static str,
    /// The tool that writes it.
    pub tool: &'static str,
    /// What the file is, for people.
    pub title: &'static str,
    /// The command that makes such a file, or the script that wrote it.
    pub command: &'static str,
}

/// Every format, most specific first: the first that recognises the content reads it. How, `importers` says.
pub static FORMATS: &[Format] = &[
    Format {
        id: "locust-stats",
        tool: "Locust",
        title: "summary CSV (`_stats.csv`, `_requests.csv` up to 0.13.2)",
        command: "locust --headless --csv results",
    },
    Format {
        id: "locust-history",
        tool: "Locust",
        title: "history CSV (`_stats_history.csv`)",
        command: "locust --headless --csv results --csv-full-history",
    },
    Format {
        id: "locust-failures",
        tool: "Locust",
        title: "failures CSV (`_failures.csv`)",
        command: "locust --headless --csv results",
    },
    Format {
        id: "locust-exceptions",
        tool: "Locust",
        title: "exceptions CSV (`_exceptions.csv`)",
        command: "locust --headless --csv results",
    },
    Format {
        id: "locust-distribution",
        tool: "Locust",
        title: "percentiles CSV up to 0.13.2 (`_distribution.csv`)",
        command: "locust --no-web --csv results",
    },
    Format {
        id: "locust-json",
        tool: "Locust",
        title: "JSON (`--json`, `--json-file`): histogram and per-second counts",
        command: "locust --headless --json > results.json",
    },
    Format {
        id: "locust-requests",
        tool: "Locust",
        title: "log of every request (`CsvRequestLogger`)",
        command: "locust.contrib.csv_request_logger: CsvRequestLogger(\"requests.csv\").register(environment)",
    },
    Format {
        id: "jmeter-csv",
        tool: "JMeter",
        title: "results CSV (`.jtl`): every sample",
        command: "jmeter -n -t plan.jmx -l results.jtl",
    },
    Format {
        id: "k6-json",
        tool: "k6",
        title: "every point as JSON (`--out json`), `.gz` too",
        command: "k6 run --out json=results.json script.js",
    },
    Format {
        id: "k6-csv",
        tool: "k6",
        title: "every point as CSV (`--out csv`), `.gz` too",
        command: "k6 run --out csv=results.csv script.js",
    },
    Format {
        id: "simulator-csv",
        tool: "Simulator",
        title: "CSV in Locust's old columns (`Name,# requests,# failures,Median response time,…`)",
        command: "the load simulator's results file",
    },
    Format {
        id: "service-metrics",
        tool: "Service metrics",
        title: "normalised metrics JSON and `performance-baselines.json`",
        command: "extract_metrics.py, extract_baselines.py",
    },
];

/// A file's content while its format is being recognised.
struct Sniff<'a> {
    /// The first line's fields where the text is a table.
    header: Vec<String>,
    /// The document where the text is JSON.
    json: Option<&'a serde_json::Value>,
    /// The first bytes, without a byte-order mark: what formats that are read as they arrive are recognised by. The last
    /// line may be cut.
    head: &'a [u8],
}

/// What an importer is given.
struct Input<'a> {
    /// The file's name, for messages.
    name: &'a str,
    /// The decoded text: no byte-order mark, `\n` line ends.
    text: &'a str,
    /// The document where the text is JSON.
    json: Option<&'a serde_json::Value>,
}

/// What an importer gives back.
struct Reading {
    content: Content,
    version: Option<String>,
    notes: Vec<Note>,
    /// The format with its evidence, where only the importer knows it: of documents that are read as a whole.
    format: Option<(&'static Format, String)>,
}

/// What one file told about an execution.
#[derive(Debug, Clone)]
pub struct Part {
    /// The file.
    pub file: SourceFile,
    /// The file's name as it was given, with its folders: used for grouping only.
    pub path: String,
    tool: &'static str,
    version: Option<String>,
    content: Content,
    notes: Vec<Note>,
}

#[derive(Debug, Clone)]
enum Content {
    /// Endpoints with their counts and percentiles: enough to be a run.
    Results(Box<Run>),
    /// Percentiles by label, that belong to a summary of old Locust versions.
    Distribution(Vec<(String, PercentileTable)>),
    /// Endpoints over time.
    History(Box<History>),
    /// Failures by cause.
    Failures(Vec<Failure>),
    /// Exceptions of the load generator.
    Exceptions(Vec<Exception>),
}

impl Part {
    /// The format the file was recognised as.
    #[must_use]
    pub fn format(&self) -> Option<&'static Format> {
        FORMATS.iter().find(|f| f.id == self.file.format)
    }

    /// Whether the file alone could be one side of a comparison.
    #[must_use]
    pub fn is_results(&self) -> bool {
        matches!(self.content, Content::Results(_))
    }
}
