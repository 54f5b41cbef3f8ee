//! A link, what is in it, and what can be wrong with it.

use std::fmt;

use crate::compare::{self, Comparison};
use crate::number;
use crate::policy::{Policy, TooMuchMatching};
use crate::run::Run;

/// Where reading gives up. Every list that a link holds has its own bound, and all texts together have one.
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
    /// Methods, and services.
    pub const WORDS: usize = 1000;
    /// Intervals of a time series.
    pub const INTERVALS: usize = 10_000;
    /// Causes of failures of one run.
    pub const FAILURES: usize = 100;
    /// Notes of one run.
    pub const NOTES: usize = 200;
    /// Rules, and matches, and what else a policy lists.
    pub const RULES: usize = 500;
    /// Patterns of one match.
    pub const PATTERNS: usize = 10_000;
    /// Patterns of a policy.
    pub const PATTERNS_IN_ALL: usize = crate::policy::MOST_PATTERNS;
    /// Regular expressions of a policy.
    pub const REGEXES: usize = crate::policy::MOST_REGEXES;
    /// Bytes of a pattern.
    pub const PATTERN: usize = 512;
    /// Steps to match names with patterns: a quarter of what is accepted of files, since a link opens without a question.
    pub const MATCHING: u64 = crate::policy::MOST_STEPS / 4;
    /// Endpoints × metrics × rules: what judging has to look at.
    pub const JUDGING: u64 = 100_000_000;
}

/// What a link is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Whether the runs over time go along, where [`Options::max_chars`] leaves room for them.
    pub time_series: bool,
    /// Whether endpoints are called by a short hash of their names, and every text that may hold a name stays behind.
    pub hash_names: bool,
    /// The length up to which the time series, and then the causes of failures, go along. What is judged and shown in
    /// the table always does.
    pub max_chars: Option<usize>,
}

impl Default for Options {
    /// Names as they are; the time series where the link stays within 2,000 characters.
    fn default() -> Self {
        Self { time_series: true, hash_names: false, max_chars: Some(2000) }
    }
}

/// A link, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The fragment, beginning with `#`. Put the page's address before it. ASCII: its bytes are its characters.
    pub text: String,
    /// What it holds.
    pub included: Vec<Piece>,
    /// What it does not hold, and the comparison does.
    pub left_out: Vec<Piece>,
    /// What of [`Link::left_out`] was asked for, and would have made it longer than [`Options::max_chars`].
    pub cut_to_fit: Vec<Piece>,
}

/// Something that a link holds or leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// So many endpoints with their figures.
    Endpoints(usize),
    /// The endpoints' names.
    Names,
    /// The percentiles as the tool printed them.
    Percentiles,
    /// So many quantiles of each histogram.
    Quantiles(usize),
    /// Whole histograms of response times.
    Histograms,
    /// The rules in force.
    Thresholds,
    /// Labels, tool, start, duration and users of both runs, and the notes on them.
    Facts,
    /// So many causes of failures.
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
    /// A stable name for programs.
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

    /// What it is, in words that go into a list.
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

/// What a link brings: everything needed to judge again.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// What is compared with.
    pub baseline: Run,
    /// What is judged.
    pub run: Run,
    /// The thresholds.
    pub policy: Policy,
}

impl Shared {
    /// Judges, as the sender's page did.
    #[must_use]
    pub fn judge(self) -> Comparison {
        compare::compare(self.baseline, self.run, self.policy)
    }
}

/// Why a text is no link that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkError {
    /// There is no `#r…` in it.
    NotALink,
    /// It is longer than any link.
    TooLong {
        /// Its characters.
        characters: usize,
    },
    /// Characters are missing, added or changed.
    Damaged {
        /// Characters of the fragment that are there.
        got: usize,
        /// Characters that it was made with, where that can still be told.
        expected: Option<usize>,
    },
    /// A later version of this program made it.
    Newer {
        /// The version of the format.
        version: u32,
    },
    /// Every character is as it was written, but this program never writes such a link.
    Unreadable,
    /// It holds more of something than any link may.
    Beyond {
        /// Of what.
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
    /// It holds more of something than a link may.
    TooMuch {
        /// Of what.
        what: &'static str,
    },
    /// Endpoints are not sorted by name and method, each once.
    Unsorted,
    /// The rules look at the names, and would judge otherwise if these were hidden.
    NamesDecide,
    /// The link would be judged otherwise than the comparison.
    VerdictWouldChange,
}

impl fmt::Display for Unshareable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMuch { what } => write!(f, "a link cannot hold this comparison: it has too many {what}"),
            Self::Unsorted => f.write_str("a link cannot hold this comparison: an endpoint is in it twice"),
            Self::NamesDecide => f.write_str(
                "the names cannot be hidden: the thresholds judge endpoints by their names, and would judge otherwise",
            ),
            Self::VerdictWouldChange => {
                f.write_str("a link cannot hold this comparison: it would be judged otherwise where it is opened")
            }
        }
    }
}

impl std::error::Error for Unshareable {}
