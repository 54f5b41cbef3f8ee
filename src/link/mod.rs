//! A comparison as the fragment of an address: `#r1.<payload>.<length>.<check>`.
//!
//! The link carries what was read from the files and the thresholds, and no verdict: whoever opens it judges again with
//! the same library and comes to the same result. A browser sends no fragment to any server. `docs/link-format.md`
//! describes every byte.
//!
//! * [`encode`] rounds what may be rounded, reads its own link back, judges it, and sends exactly whatever would be
//!   judged or shown otherwise: **a link never changes a verdict**.
//! * [`decode`] finds every change of a character, and is made for hostile input: nothing in it panics, and memory and
//!   work are bounded whatever the text says.
//!
//! The other kind of link says where the files are, and is fetched by whoever opens it: [`sources`], [`refusal`].
//!
//! ```
//! use loaddiff::{compare, link, policy, run::Run};
//!
//! let comparison = compare::compare(Run::default(), Run::default(), policy::Policy::default());
//! let link = link::encode(&comparison, &link::Options::default())?;
//! let shared = link::decode(&format!("https://example.org/{}", link.text))?;
//! assert_eq!(shared.judge().word, comparison.word);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod coder;
mod frame;
mod hide;
mod notes;
mod places;
mod prime;
pub mod refusal;
mod rows;
mod runs;
mod simplify;
pub mod sources;
mod sure;
mod thresholds;
mod value;

use std::fmt;

pub use places::Fit;

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

/// The version of the format.
const VERSION: u32 = 1;

/// Reads a link: a whole address, or what begins with its `#`; also where a chat or mail program has percent-encoded
/// it.
///
/// # Errors
///
/// [`LinkError`] says what is wrong. There are no partial results.
pub fn decode(text: &str) -> Result<Shared, LinkError> {
    let framed = frame::unwrap(text)?;
    if framed.version != VERSION {
        return Err(LinkError::Newer { version: framed.version });
    }
    body::read(&framed.body)
}

/// Makes the link to a comparison.
///
/// # Errors
///
/// [`Unshareable`], where no link could hold it or would be judged in the same way.
pub fn encode(comparison: &Comparison, options: &Options) -> Result<Link, Unshareable> {
    let hidden = if options.hash_names { Some(hide::names(comparison)?) } else { None };
    let shown = hidden.as_ref().unwrap_or(comparison);
    simplify::check(shown)?;
    let known = simplify::Known::of(shown);
    let exact = settle(shown, &known);
    let contents = |time_series, causes| simplify::Contents { time_series, causes };
    let causes = !options.hash_names;
    let tries = [contents(options.time_series, causes), contents(false, causes), contents(false, false)];
    let mut made = Err(Unshareable::VerdictWouldChange);
    for contents in tries {
        let shared = simplify::shared(shown, &known, &exact, contents);
        let bytes = body::write(&shared).map_err(|_| Unshareable::VerdictWouldChange)?;
        let text = frame::wrap(VERSION, &bytes).ok_or(Unshareable::TooMuch { what: "characters" })?;
        let fits = options.max_chars.is_none_or(|most| text.len() <= most);
        // What was proved above of the figures is proved once more of the characters, and of what goes along.
        let proved = if fits || !(contents.time_series || contents.causes) { prove(shown, &text) } else { Ok(()) };
        made = proved.map(|()| (text, shared));
        if fits && made.is_ok() {
            break;
        }
    }
    let (text, shared) = made?;
    let (included, left_out) = pieces(comparison, &shared, options);
    let asked_for = |piece: &&Piece| match piece {
        Piece::TimeSeries => options.time_series,
        // A few rare causes stay behind however much room there is.
        Piece::FailureCauses(_) => causes && shared.baseline.failures.is_empty() && shared.run.failures.is_empty(),
        _ => false,
    };
    let cut_to_fit = left_out.iter().filter(asked_for).copied().collect();
    Ok(Link { text, included, left_out, cut_to_fit })
}

/// That whoever opens a link judges as here.
fn prove(comparison: &Comparison, text: &str) -> Result<(), Unshareable> {
    let read = decode(text).map_err(|e| match e {
        LinkError::Beyond { what } => Unshareable::TooMuch { what },
        LinkError::Matching(_) => Unshareable::TooMuch { what: "patterns for so many endpoints" },
        _ => Unshareable::VerdictWouldChange,
    })?;
    // A setting that the format knows nothing of is refused, and not forgotten, even where it decided nothing.
    let alike =
        read.policy == comparison.policy && simplify::differences(comparison, &read.judge()).verdicts.is_empty();
    if alike { Ok(()) } else { Err(Unshareable::VerdictWouldChange) }
}

/// Rounds in which figures become more exact: for each of three reasons from usual to whole.
const ROUNDS: usize = 12;

/// Finds out what has to travel exactly.
fn settle(comparison: &Comparison, known: &simplify::Known) -> simplify::Exact {
    let mut exact = simplify::Exact::default();
    let contents = simplify::Contents { time_series: false, causes: false };
    for _ in 0..ROUNDS {
        let judged = simplify::shared(comparison, known, &exact, contents).judge();
        let differences = simplify::differences(comparison, &judged);
        if differences.is_empty() || !exact.raise(comparison, &differences) {
            break;
        }
    }
    exact
}

fn pieces(comparison: &Comparison, shared: &Shared, options: &Options) -> (Vec<Piece>, Vec<Piece>) {
    use crate::run::Distribution as D;
    let (mut included, mut left_out) = (Vec::new(), Vec::new());
    let mut put = |is_in: bool, piece: Piece| if is_in { included.push(piece) } else { left_out.push(piece) };
    let subjects = [&shared.baseline, &shared.run].map(|r| r.endpoints.iter().map(crate::run::Endpoint::key));
    let endpoints = crate::order::set(subjects.into_iter().flatten()).len();
    put(true, Piece::Endpoints(endpoints));
    put(!options.hash_names, Piece::Names);
    let rows = |runs: [&Run; 2]| {
        let all = runs.map(|r| r.endpoints.iter().chain(&r.total).map(|e| e.latency.distribution.clone()));
        all.into_iter().flatten().collect::<Vec<_>>()
    };
    let (had, has) = (rows([&comparison.baseline, &comparison.run]), rows([&shared.baseline, &shared.run]));
    if had.iter().any(|d| matches!(d, D::Table(_) | D::Tables(_))) {
        put(true, Piece::Percentiles);
    }
    let is_histogram = |d: &&D| matches!(d, D::Buckets(_) | D::Samples(_));
    if had.iter().any(|d| is_histogram(&d)) {
        let whole = has.iter().filter(|d| matches!(d, D::Buckets(_))).count();
        let all = had.iter().filter(is_histogram).count();
        if whole < all {
            put(true, Piece::Quantiles(rows::QUANTILES.len()));
        }
        put(whole == all, Piece::Histograms);
    }
    put(true, Piece::Thresholds);
    put(true, Piece::Facts);
    let causes = |a: &Run, b: &Run| a.failures.len() + b.failures.len();
    let (had, has) = (causes(&comparison.baseline, &comparison.run), causes(&shared.baseline, &shared.run));
    if has > 0 {
        put(true, Piece::FailureCauses(has));
    }
    if had > has {
        put(false, Piece::FailureCauses(had - has));
    }
    let any = |of: fn(&Run) -> bool| of(&comparison.baseline) || of(&comparison.run);
    if any(|r| r.timeline.is_some()) {
        put(shared.baseline.timeline.is_some() || shared.run.timeline.is_some(), Piece::TimeSeries);
    }
    if any(|r| r.endpoints.iter().any(|e| e.timeline.is_some())) {
        put(false, Piece::EndpointTimeSeries);
    }
    if any(|r| !r.exceptions.is_empty()) {
        put(false, Piece::Exceptions);
    }
    if any(|r| !r.source.files.is_empty()) {
        put(false, Piece::Files);
    }
    (included, left_out)
}
