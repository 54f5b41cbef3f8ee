//! A link, its content, and its errors.

use std::fmt;

use crate::compare::{self, Comparison};
use crate::mask::Names;
use crate::number;
use crate::policy::{Policy, TooMuchMatching};
use crate::run::Run;

/// Limits for reading. Every list in a link has its own limit, and all texts share one.
pub mod caps {
    /// Endpoints of both runs together.
    pub const ENDPOINTS: usize = 10_000;
    /// Bytes of one text.
    pub const TEXT: usize = 4096;
    /// Bytes of all texts.
    pub const TEXT_IN_ALL: usize = 4 * 1024 * 1024;
    /// Values of one percentile table.
    pub const PERCENTILES: usize = 200;
    /// Values of all percentile tables of a run.
    pub const VALUES_IN_ALL: usize = 1_000_000;
    /// Different lists of percentiles.
    pub const SHAPES: usize = 100;
    /// Buckets of one histogram.
    pub const BUCKETS: usize = 20_000;
    /// Tables that were merged into one endpoint.
    pub const PARTS: usize = 1000;
    /// Extra metrics of one endpoint.
    pub const METRICS: usize = 200;
    /// Names of extra metrics.
    pub const METRIC_NAMES: usize = 1000;
    /// Methods; also services.
    pub const WORDS: usize = 1000;
    /// Intervals of a time series.
    pub const INTERVALS: usize = 10_000;
    /// Causes of failures of one run.
    pub const FAILURES: usize = 100;
    /// Notes of one run.
    pub const NOTES: usize = 200;
    /// Rules, matches, and other lists of a policy.
    pub const RULES: usize = 500;
    /// Patterns of one match.
    pub const PATTERNS: usize = 10_000;
    /// Patterns of a policy.
    pub const PATTERNS_IN_ALL: usize = crate::policy::MAX_PATTERNS;
    /// Regular expressions of a policy.
    pub const REGEXES: usize = crate::policy::MAX_REGEXES;
    /// Bytes of a pattern.
    pub const PATTERN: usize = 512;
    /// Steps for matching names with patterns: a quarter of the limit for files, since a link opens without
    /// confirmation.
    pub const MATCHING: u64 = crate::policy::MOST_STEPS / 4;
    /// Endpoints × metrics × rules: the work of judging.
    pub const JUDGING: u64 = 100_000_000;
}

/// Requested content of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Whether to include runs over time, if [`Options::max_chars`] allows.
    pub time_series: bool,
    /// What happens to names. Hashed, every text that may contain a name is left out.
    pub names: Names,
    /// Maximum length with time series and then causes of failures. Everything judged and shown in the table is always
    /// included.
    pub max_chars: Option<usize>,
}

impl Default for Options {
    /// Masked names; time series if the link stays within 2,000 characters.
    fn default() -> Self {
        Self { time_series: true, names: Names::Mask, max_chars: Some(2000) }
    }
}

/// A link, and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The fragment, beginning with `#`. Append it to the page's URL. ASCII only.
    pub text: String,
    /// Included content.
    pub included: Vec<Piece>,
    /// Content of the comparison that is left out.
    pub left_out: Vec<Piece>,
    /// Content of [`Link::left_out`] that was requested, but would exceed [`Options::max_chars`].
    pub cut_to_fit: Vec<Piece>,
}

/// A kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// Endpoints with their figures; their number.
    Endpoints(usize),
    /// The endpoints' names.
    Names,
    /// The percentiles printed by the tool.
    Percentiles,
    /// Quantiles of each histogram; their number.
    Quantiles(usize),
    /// Whole histograms of response times.
    Histograms,
    /// The rules applied.
    Thresholds,
    /// Labels, tool, start, duration and users of both runs, and their notes.
    Facts,
    /// Causes of failures; their number.
    FailureCauses(usize),
    /// The runs over time.
    TimeSeries,
    /// Each endpoint over time.
    EndpointTimeSeries,
    /// Exceptions of the load generator's own code.
    Exceptions,
    /// The names, sizes and fingerprints of the files.
    Files,
}

impl Piece {
    /// Stable identifier for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Endpoints(_) => "endpoints",
            Self::Names => "names",
            Self::Percentiles => "percentiles",
            Self::Quantiles(_) => "quantiles",
            Self::Histograms => "histograms",
            Self::Thresholds => "thresholds",
            Self::Facts => "facts",
            Self::FailureCauses(_) => "failure-causes",
            Self::TimeSeries => "time-series",
            Self::EndpointTimeSeries => "endpoint-time-series",
            Self::Exceptions => "exceptions",
            Self::Files => "files",
        }
    }

    /// Description for a list.
    #[must_use]
    pub fn text(&self) -> String {
        let counted = |n: usize, one: &str, many: &str| {
            format!("{} {}", number::count(n as u64), if n == 1 { one } else { many })
        };
        match self {
            Self::Endpoints(n) => counted(*n, "endpoint", "endpoints"),
            Self::Names => "endpoint names".into(),
            Self::Percentiles => "percentiles".into(),
            Self::Quantiles(n) => format!("{n} quantiles of each histogram"),
            Self::Histograms => "whole histograms".into(),
            Self::Thresholds => "thresholds".into(),
            Self::Facts => "labels, facts and notes of both runs".into(),
            Self::FailureCauses(n) => counted(*n, "cause of failures", "causes of failures"),
            Self::TimeSeries => "time series".into(),
            Self::EndpointTimeSeries => "time series of single endpoints".into(),
            Self::Exceptions => "exceptions of the load generator".into(),
            Self::Files => "names and sizes of the files".into(),
        }
    }
}

/// The content of a link: everything needed to judge again.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// The reference.
    pub baseline: Run,
    /// The run to judge.
    pub run: Run,
    /// The thresholds.
    pub policy: Policy,
}

impl Shared {
    /// Judges, with the same result as the sender.
    #[must_use]
    pub fn judge(self) -> Comparison {
        compare::compare(self.baseline, self.run, self.policy)
    }
}

/// Why a text is not a readable link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkError {
    /// It contains no `#r…`.
    NotALink,
    /// It is longer than any link.
    TooLong {
        /// Number of characters.
        characters: usize,
    },
    /// Characters are missing, added or changed.
    Damaged {
        /// Number of characters present.
        got: usize,
        /// Original number of characters, if still known.
        expected: Option<usize>,
    },
    /// Written by a later version of this program.
    Newer {
        /// The version of the format.
        version: u32,
    },
    /// Every character is intact, but this program never writes such a link.
    Unreadable,
    /// It exceeds a limit.
    Beyond {
        /// The limited quantity.
        what: &'static str,
    },
    /// Its thresholds would take too long to match with its endpoints.
    Matching(TooMuchMatching),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |n: &usize| number::count(*n as u64);
        match self {
            Self::NotALink => f.write_str("this is no link to a comparison: it holds no “#r1.”"),
            Self::TooLong { characters } => {
                write!(f, "this is no link to a comparison: it has {} characters", count(characters))
            }
            Self::Damaged { got, expected: None } => write!(
                f,
                "this link is damaged: {} of its characters are there, and how many there were cannot be told",
                count(got)
            ),
            Self::Damaged { got, expected: Some(expected) } if got == expected => write!(
                f,
                "this link is damaged: {} of {} characters, and at least one of them was changed",
                count(got),
                count(expected)
            ),
            Self::Damaged { got, expected: Some(expected) } => {
                write!(f, "this link is damaged: {} of {} characters", count(got), count(expected))
            }
            Self::Newer { version } => write!(
                f,
                "this link was made by a newer version (r{version}): reload the page, or open the link where it was made"
            ),
            Self::Unreadable => {
                f.write_str("this link cannot be read: its characters are whole, but they hold no comparison")
            }
            Self::Beyond { what } => write!(f, "this link cannot be read: it holds too many {what}"),
            Self::Matching(error) => write!(f, "this link is not judged: {error}"),
        }
    }
}

impl std::error::Error for LinkError {}

/// Why a comparison cannot become a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unshareable {
    /// It exceeds a limit.
    TooMuch {
        /// The limited quantity.
        what: &'static str,
    },
    /// Endpoints are not sorted by name and method, or not unique.
    Unsorted,
    /// The rules depend on names, and hiding them would change verdicts.
    NamesDecide,
    /// The link would have different verdicts.
    VerdictWouldChange,
}

impl fmt::Display for Unshareable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMuch { what } => write!(f, "a link cannot hold this comparison: it has too many {what}"),
            Self::Unsorted => f.write_str("a link cannot hold this comparison: an endpoint is in it twice"),
            Self::NamesDecide => f.write_str(
                "the names cannot be masked or hidden: the thresholds judge endpoints by their names, and would judge otherwise",
            ),
            Self::VerdictWouldChange => {
                f.write_str("a link cannot hold this comparison: it would be judged otherwise where it is opened")
            }
        }
    }
}

impl std::error::Error for Unshareable {}
