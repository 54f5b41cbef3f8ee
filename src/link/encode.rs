//! Encodes a comparison as a link.

use super::decode::{VERSION, decode};
use super::{Link, LinkError, Options, Piece, Shared, Unshareable, frame, packed, rows, simplify};
use crate::compare::Comparison;
use crate::mask::{self, Leaving, Names, NamesDecide};
use crate::run::Run;

/// Creates the link to a comparison.
///
/// # Errors
///
/// [`Unshareable`], if no link can hold it or would give the same verdicts.
pub fn encode(comparison: &Comparison, options: &Options) -> Result<Link, Unshareable> {
    let leaving = mask::leaving(comparison, options.names).map_err(|NamesDecide| Unshareable::NamesDecide)?;
    encode_leaving(comparison, &leaving, options)
}

/// The same, of a comparison that was prepared to leave with [`Options::names`].
///
/// # Errors
///
/// As [`encode`].
pub fn encode_leaving(comparison: &Comparison, leaving: &Leaving, options: &Options) -> Result<Link, Unshareable> {
    let shown = leaving.of(comparison);
    let hashed = options.names == Names::Hash;
    simplify::check(shown)?;
    let known = simplify::KnownErrors::of(shown);
    let exact = settle(shown, &known);
    let contents = |time_series, causes| simplify::Contents { time_series, causes };
    let causes = !hashed;
    let tries = [contents(options.time_series, causes), contents(false, causes), contents(false, false)];
    let mut made = Err(Unshareable::VerdictWouldChange);
    for contents in tries {
        let shared = simplify::shared(shown, &known, &exact, contents);
        let bytes = packed::write(&shared).map_err(|_| Unshareable::VerdictWouldChange)?;
        let text = frame::wrap(VERSION, &bytes).ok_or(Unshareable::TooMuch { what: "characters" })?;
        let fits = options.max_chars.is_none_or(|most| text.len() <= most);
        // The figures are verified above; this verifies the characters and the additional content.
        let proved = if fits || !(contents.time_series || contents.causes) { prove(shown, &text) } else { Ok(()) };
        made = proved.map(|()| (text, shared));
        if fits && made.is_ok() {
            break;
        }
    }
    let (text, shared) = made?;
    let (included, left_out) = pieces(comparison, &shared, hashed);
    let asked_for = |piece: &&Piece| match piece {
        Piece::TimeSeries => options.time_series,
        // A few rare causes are left out in any case.
        Piece::FailureCauses(_) => causes && shared.baseline.failures.is_empty() && shared.run.failures.is_empty(),
        _ => false,
    };
    let cut_to_fit = left_out.iter().filter(asked_for).copied().collect();
    Ok(Link { text, included, left_out, cut_to_fit })
}

/// Verifies that a recipient gets the same verdicts.
fn prove(comparison: &Comparison, text: &str) -> Result<(), Unshareable> {
    let read = decode(text).map_err(|e| match e {
        LinkError::Beyond { what } => Unshareable::TooMuch { what },
        LinkError::Matching(_) => Unshareable::TooMuch { what: "patterns for so many endpoints" },
        _ => Unshareable::VerdictWouldChange,
    })?;
    // A setting unknown to the format is refused, not dropped, even if it decided nothing.
    let alike =
        read.policy == comparison.policy && simplify::differences(comparison, &read.judge()).verdicts.is_empty();
    if alike { Ok(()) } else { Err(Unshareable::VerdictWouldChange) }
}

/// Maximum rounds of increasing precision: for each of three reasons from usual to exact.
const ROUNDS: usize = 12;

/// Finds the figures that must be exact.
fn settle(comparison: &Comparison, known: &simplify::KnownErrors) -> simplify::Exact {
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

fn pieces(comparison: &Comparison, shared: &Shared, hashed: bool) -> (Vec<Piece>, Vec<Piece>) {
    use crate::run::Distribution as D;
    let (mut included, mut left_out) = (Vec::new(), Vec::new());
    let mut put = |is_in: bool, piece: Piece| if is_in { included.push(piece) } else { left_out.push(piece) };
    let subjects = [&shared.baseline, &shared.run].map(|r| r.endpoints.iter().map(crate::run::Endpoint::key));
    let endpoints = crate::order::set(subjects.into_iter().flatten()).len();
    put(true, Piece::Endpoints(endpoints));
    put(!hashed, Piece::Names);
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
