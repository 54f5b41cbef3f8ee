//! Findings of the checks, with their words.

use std::borrow::Cow;

use super::load;
use super::pair::Parts;
use crate::compare::Which;
use crate::number;
use crate::run::{Note, NoteLevel, Percentile, time};

/// The checks of a comparison.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checks {
    /// On the baseline, warnings first.
    pub baseline: Vec<Check>,
    /// On the run, warnings first.
    pub run: Vec<Check>,
    /// On both together, warnings first.
    pub pair: Vec<Check>,
}

/// A reason to doubt a file's numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// A note of the importer.
    Noted(Note),
    /// The total row and the endpoints have different counts.
    TotalDisagrees {
        /// The quantity: `requests` or `failures`.
        what: &'static str,
        /// In the total row.
        total: u64,
        /// Sum over the endpoints.
        sum: u64,
    },
    /// Endpoints with more failures than requests.
    MoreFailuresThanRequests {
        /// Number of endpoints, including the total.
        endpoints: u64,
        /// The first.
        example: String,
        /// Its failures.
        failures: u64,
        /// Its requests.
        requests: u64,
    },
    /// The sum of failures by cause differs from the count of failures.
    CausesDisagree {
        /// Sum over all causes.
        listed: u64,
        /// Count in the total.
        counted: u64,
    },
    /// Requests divided by their rate differ from the duration of the run.
    RateDisagrees {
        /// Number of rows, including the total.
        rows: u64,
        /// The first.
        example: String,
        /// Its requests.
        requests: u64,
        /// Its throughput as reported.
        rate_per_s: f64,
        /// The run's duration in seconds.
        duration_s: f64,
    },
    /// A higher percentile is smaller than a lower one.
    PercentilesOutOfOrder {
        /// Number of endpoints.
        endpoints: u64,
        /// The first.
        example: String,
        /// Its lower percentile, and the value in milliseconds.
        lower: (Percentile, f64),
        /// Its higher percentile, and the value in milliseconds.
        higher: (Percentile, f64),
    },
    /// A percentile exceeds the maximum by more than the tool's rounding.
    PercentileBeyondMax {
        /// Number of percentiles.
        count: u64,
        /// The first one's endpoint.
        example: String,
        /// The first one.
        percentile: Percentile,
        /// Its value in milliseconds.
        ms: f64,
        /// The endpoint's maximum in milliseconds.
        max_ms: f64,
    },
    /// The mean is below the minimum or above the maximum.
    MeanOutOfRange {
        /// Number of endpoints.
        endpoints: u64,
        /// The first.
        example: String,
        /// Its mean in milliseconds.
        mean_ms: f64,
        /// Its minimum in milliseconds, if known.
        min_ms: Option<f64>,
        /// Its maximum in milliseconds, if known.
        max_ms: Option<f64>,
    },
    /// No distribution with these percentiles has this mean.
    MeanContradictsPercentiles {
        /// Number of endpoints.
        endpoints: u64,
        /// The first.
        example: String,
        /// Its mean in milliseconds.
        mean_ms: f64,
        /// The smallest mean allowed by its percentiles.
        least_ms: f64,
        /// The largest.
        most_ms: f64,
    },
    /// A percentile is the same multiple of the mean on every endpoint, so it was not measured.
    ConstantRatio {
        /// The percentile.
        percentile: Percentile,
        /// Number of endpoints: all that have it.
        endpoints: u64,
        /// The multiple.
        ratio: f64,
    },
    /// Too few requests for an interval of a percentile.
    TooFewForPercentile {
        /// The percentiles, the lowest first.
        percentiles: Vec<Thin>,
        /// The endpoint with the fewest requests.
        example: String,
        /// Its requests.
        requests: u64,
        /// Whether the total itself has too few requests for its p95.
        whole_run: bool,
    },
    /// A period without requests, although many were expected.
    Silence {
        /// Total seconds of such periods.
        seconds: u64,
        /// Length of the longest in seconds.
        longest_s: u64,
        /// Start of the longest, seconds since the Unix epoch.
        from_s: i64,
        /// Requests per second over the whole timeline.
        rate_per_s: f64,
    },
    /// More requests were in progress than there were users.
    MoreBusyThanUsers {
        /// Mean requests in progress: throughput × mean response time (Little 1961).
        busy: f64,
        /// Users: the mean if there is a timeline, else the maximum.
        users: f64,
    },
    /// The users waited for responses nearly all the time, without pauses.
    NoPauses {
        /// Mean requests in progress.
        busy: f64,
        /// Users.
        users: f64,
    },
    /// At the end the users only waited, and throughput no longer grew with their number.
    Saturated {
        /// The first third of the run.
        early: Phase,
        /// The last third.
        late: Phase,
    },
    /// The same number of users made fewer requests, although responses did not become slower.
    GeneratorSlowed {
        /// The first third of the run.
        early: Phase,
        /// The last third.
        late: Phase,
    },
    /// Too short for reliable results.
    TooShort {
        /// The run's duration in seconds.
        duration_s: f64,
    },
    /// Latency is lower on the side where more requests fail.
    FailFast {
        /// The side where they fail.
        side: Which,
        /// Number of endpoints; 0 if only the total shows it.
        endpoints: u64,
        /// The one with the largest increase in failures, or the total.
        example: String,
        /// Its error rate on the other side, in percent.
        from_error_pct: f64,
        /// Its error rate on that side, in percent.
        to_error_pct: f64,
        /// Its mean response time on the other side, in milliseconds.
        from_mean_ms: f64,
        /// Its mean response time on that side, in milliseconds.
        to_mean_ms: f64,
    },
    /// The total's mean changed with the mix of requests, not only with response times (Simpson 1951).
    MeanMovedByMix(Parts),
    /// The same for the total's error rate, in percentage points.
    ErrorsMovedByMix(Parts),
}

/// A percentile for which some endpoints have too few requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thin {
    /// The percentile.
    pub percentile: Percentile,
    /// Requests needed.
    pub needed: u64,
    /// Number of endpoints with fewer.
    pub endpoints: u64,
}

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// Mean users.
    pub users: f64,
    /// Requests per second.
    pub rate_per_s: f64,
    /// Mean response time in milliseconds.
    pub mean_ms: f64,
}

impl Phase {
    /// Mean requests in progress: throughput × mean response time (Little 1961).
    #[must_use]
    pub fn busy(&self) -> f64 {
        self.rate_per_s * self.mean_ms / 1000.0
    }

    /// Seconds from a response to the same user's next request: users ÷ throughput − response time, the interactive
    /// response time law (Denning and Buzen 1978).
    #[must_use]
    pub fn pause_s(&self) -> f64 {
        self.users / self.rate_per_s - self.mean_ms / 1000.0
    }
}

impl Check {
    /// Importance.
    #[must_use]
    pub fn level(&self) -> NoteLevel {
        match self {
            Self::Noted(note) => note.level(),
            Self::TooFewForPercentile { whole_run: false, .. } | Self::NoPauses { .. } => NoteLevel::Info,
            _ => NoteLevel::Warning,
        }
    }

    /// The file concerned, if it is a single one.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Noted(note) => note.file.as_deref(),
            _ => None,
        }
    }

    /// Stable identifier for programs.
    #[must_use]
    pub fn code(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Noted(note) => note.code(),
            Self::TotalDisagrees { .. } => "total-disagrees",
            Self::MoreFailuresThanRequests { .. } => "more-failures-than-requests",
            Self::CausesDisagree { .. } => "failures-cut-off",
            Self::RateDisagrees { .. } => "rate-disagrees",
            Self::PercentilesOutOfOrder { .. } => "percentiles-out-of-order",
            Self::PercentileBeyondMax { .. } => "percentile-beyond-max",
            Self::MeanOutOfRange { .. } => "mean-out-of-range",
            Self::MeanContradictsPercentiles { .. } => "mean-contradicts-percentiles",
            Self::ConstantRatio { .. } => "constant-ratio",
            Self::TooFewForPercentile { .. } => "too-few-for-percentile",
            Self::Silence { .. } => "silence",
            Self::MoreBusyThanUsers { .. } => "more-busy-than-users",
            Self::NoPauses { .. } => "no-pauses",
            Self::Saturated { .. } => "saturated",
            Self::GeneratorSlowed { .. } => "generator-slowed",
            Self::TooShort { .. } => "too-short",
            Self::FailFast { .. } => "fail-fast",
            Self::MeanMovedByMix(_) => "mean-moved-by-mix",
            Self::ErrorsMovedByMix(_) => "errors-moved-by-mix",
        })
    }

    /// The check in words, with its numbers.
    #[must_use]
    pub fn text(&self) -> String {
        let count = number::count;
        let ms = number::latency_ms;
        let seconds = |s: u64| format!("{} s", count(s));
        let others = |n: u64, one: &str, many: &str| match n {
            0 | 1 => String::new(),
            2 => format!(" (and 1 more {one})"),
            n => format!(" (and {} more {many})", count(n - 1)),
        };
        let endpoints = |n: u64| format!("{} {}", count(n), if n == 1 { "endpoint" } else { "endpoints" });
        match self {
            Self::Noted(note) => note.text(),
            Self::TotalDisagrees { what, total, sum } => {
                format!("The total row counts {} {what}, the endpoints add up to {}.", count(*total), count(*sum))
            }
            Self::MoreFailuresThanRequests { endpoints: n, example, failures, requests } => format!(
                "{example} has {} failures but {} requests{}.",
                count(*failures),
                count(*requests),
                others(*n, "endpoint like it", "endpoints like it")
            ),
            Self::CausesDisagree { listed, counted } => {
                format!("The failures by cause add up to {}, the summary counts {}.", count(*listed), count(*counted))
            }
            Self::RateDisagrees { rows, example, requests, rate_per_s, duration_s } => format!(
                "{example}: {} requests at {} per second take {}, but the run took {}{}.",
                count(*requests),
                number::rate(*rate_per_s),
                number::duration_s(*requests as f64 / rate_per_s),
                number::duration_s(*duration_s),
                others(*rows, "row disagrees", "rows disagree")
            ),
            Self::PercentilesOutOfOrder { endpoints: n, example, lower, higher } => format!(
                "{example}: p{} is {} and p{} is {}{}. A higher percentile cannot be smaller.",
                lower.0,
                ms(lower.1),
                higher.0,
                ms(higher.1),
                others(*n, "endpoint", "endpoints")
            ),
            Self::PercentileBeyondMax { count: n, example, percentile, ms: value, max_ms } => format!(
                "{example}: p{percentile} is {}, above the maximum of {} by more than rounding explains{}.",
                ms(*value),
                ms(*max_ms),
                others(*n, "percentile", "percentiles")
            ),
            Self::MeanOutOfRange { endpoints: n, example, mean_ms, min_ms, max_ms } => {
                let bound = |bound: &Option<f64>| bound.map_or_else(|| "unknown".into(), ms);
                format!(
                    "{example}: the mean of {} is not between the minimum ({}) and the maximum ({}){}.",
                    ms(*mean_ms),
                    bound(min_ms),
                    bound(max_ms),
                    others(*n, "endpoint", "endpoints")
                )
            }
            Self::MeanContradictsPercentiles { endpoints: n, example, mean_ms, least_ms, most_ms } => format!(
                "{example}: the mean is {}, but the percentiles allow only {} to {}{}. The figures are not of the same \
                 requests.",
                ms(*mean_ms),
                ms(*least_ms),
                ms(*most_ms),
                others(*n, "endpoint", "endpoints")
            ),
            Self::ConstantRatio { percentile, endpoints: n, ratio } => format!(
                "p{percentile} is {} times the mean on all {}. It looks computed from the mean, not measured.",
                number::figure(*ratio),
                endpoints(*n)
            ),
            Self::TooFewForPercentile { percentiles, example, requests, .. } => {
                let each = percentiles.iter().map(|thin| {
                    let have = if thin.endpoints == 1 { "has" } else { "have" };
                    format!(
                        "p{} needs {} ({} {have} fewer)",
                        thin.percentile,
                        count(thin.needed),
                        endpoints(thin.endpoints)
                    )
                });
                format!(
                    "Too few requests for a confidence interval: {}. {example} has {}.",
                    each.collect::<Vec<_>>().join(", "),
                    count(*requests)
                )
            }
            Self::Silence { seconds: all, longest_s, from_s, rate_per_s } => format!(
                "No request ended for {}, at an average of {} per second. The longest gap is {}, from {}. The service or \
                 the load generator stalled.",
                seconds(*all),
                number::rate(*rate_per_s),
                seconds(*longest_s),
                time::format_rfc3339(from_s.saturating_mul(1000))
            ),
            Self::MoreBusyThanUsers { busy, users } => format!(
                "Throughput × mean latency gives {} concurrent requests, but there are {} users. The users send requests \
                 in parallel, or the users, the duration or the latency is wrong.",
                number::figure(*busy),
                number::figure(*users)
            ),
            Self::NoPauses { busy, users } => format!(
                "On average {} of {} users wait for a response: they hardly pause. While the service is slow, few requests \
                 are sent, so percentiles understate the delay (coordinated omission).",
                number::figure(*busy),
                number::figure(*users)
            ),
            Self::Saturated { early, late } => format!(
                "At the end {} of {} users wait for a response. Latency rose from {} to {} while throughput went from {} to \
                 {} per second. The service or the load generator is at its limit, where latency depends on the number of \
                 users.",
                number::figure(late.busy()),
                number::figure(late.users),
                ms(early.mean_ms),
                ms(late.mean_ms),
                number::rate(early.rate_per_s),
                number::rate(late.rate_per_s)
            ),
            Self::GeneratorSlowed { early, late } => format!(
                "{} users made {} requests per second in the first third and {} in the last, at a mean latency of {} and \
                 {}. The load generator may not have kept up, or the test changed.",
                number::figure(late.users),
                number::rate(early.rate_per_s),
                number::rate(late.rate_per_s),
                ms(early.mean_ms),
                ms(late.mean_ms)
            ),
            Self::TooShort { duration_s } => format!(
                "The run took {}. Below {}, the start or a single slow moment can decide the result.",
                number::duration_s(*duration_s),
                number::duration_s(load::SHORT_S)
            ),
            Self::FailFast { side, endpoints: n, example, from_error_pct, to_error_pct, from_mean_ms, to_mean_ms } => {
                let (side, other, meaning) = match side {
                    Which::Run => ("run", "baseline", "Part of the improvement may be requests that fail fast"),
                    Which::Baseline => ("baseline", "run", "The baseline may look fast because its requests fail fast"),
                };
                format!(
                    "{example}: {} of requests fail in the {side}, {} in the {other}. The mean, failed requests included, is \
                     {} in the {side}, {} in the {other}{}. {meaning}.",
                    number::percent(*to_error_pct),
                    number::percent(*from_error_pct),
                    ms(*to_mean_ms),
                    ms(*from_mean_ms),
                    others(*n, "endpoint", "endpoints")
                )
            }
            Self::MeanMovedByMix(parts) => parts.text("mean", " ms"),
            Self::ErrorsMovedByMix(parts) => parts.text("error rate", " pp"),
        }
    }
}
