//! How percentiles are computed from response times.

/// How a percentile is computed from response times. Tools differ by a few percent of the value for the same requests,
/// and by far more for few or widely spread values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Definition {
    /// Linear interpolation between the order statistics around 1 + (n − 1)·p (Hyndman and Fan's type 7): k6, and tools
    /// without a definition of their own.
    #[default]
    Linear,
    /// Linear interpolation between the order statistics around (n + 1)·p (their type 6, Commons Math's `LEGACY`):
    /// JMeter's dashboard, over all samples.
    Legacy,
    /// The sample at rank ⌊n·p⌋ + 1: ab, and Locust with unrounded response times. ghz, hey, oha and wrk also take a
    /// rank, at most one away.
    Rank,
    /// The value at a rank, of response times rounded to two digits: Locust's own output.
    RankTwoDigits,
    /// Commons Math's `LEGACY` over the last 20,000 samples: JMeter's dashboard output.
    JMeterDashboard,
    /// From a t-digest: Gatling, vegeta.
    TDigest,
    /// From a sketch with a relative error of 1 %: Artillery.
    Sketch,
    /// From an HDR histogram: autocannon, wrk2, Nighthawk.
    HdrHistogram,
}

impl Definition {
    /// The definition in words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Linear => "interpolated between samples",
            Self::Legacy => "interpolated between samples, at p·(n + 1)",
            Self::Rank => "the value at a rank",
            Self::RankTwoDigits => "the value at a rank, rounded to two digits",
            Self::JMeterDashboard => "of each row's last 20,000 samples",
            Self::TDigest => "read off a t-digest",
            Self::Sketch => "read off a sketch, to 1 %",
            Self::HdrHistogram => "read off an HDR histogram",
        }
    }

    /// The definition applied to raw samples of a tool.
    #[must_use]
    pub fn of_samples(tool: &str) -> Self {
        match tool {
            t if t.eq_ignore_ascii_case("jmeter") => Self::Legacy,
            t if ["locust", "ab", "hey", "oha"].iter().any(|of| t.eq_ignore_ascii_case(of)) => Self::Rank,
            _ => Self::Linear,
        }
    }

    /// The definition behind the percentiles that a tool printed in a file of this format. `None` if unknown.
    #[must_use]
    pub fn of_printed(tool: &str, format: &str) -> Option<Self> {
        // JMeter's GUI tables cover the whole run.
        if format == "jmeter-table" {
            return Some(Self::Rank);
        }
        let known = [
            ("locust", Self::RankTwoDigits),
            ("k6", Self::Linear),
            ("newman", Self::Linear),
            ("postman", Self::Linear),
            ("jmeter", Self::JMeterDashboard),
            ("gatling", Self::TDigest),
            ("vegeta", Self::TDigest),
            ("artillery", Self::Sketch),
            ("autocannon", Self::HdrHistogram),
            ("wrk2", Self::HdrHistogram),
            ("wrk", Self::Rank),
            ("ab", Self::Rank),
            ("hey", Self::Rank),
            ("oha", Self::Rank),
            ("nighthawk", Self::HdrHistogram),
            ("ghz", Self::Rank),
        ];
        known.into_iter().find(|(name, _)| tool.eq_ignore_ascii_case(name)).map(|(_, definition)| definition)
    }
}
