//! Settings of the comparison as a whole: the keys of `[compare]`.

use serde::Serialize;

/// Enums that are one word in the file: words, parsing and writing in one place.
macro_rules! words {
    ($(
        $(#[$about:meta])*
        pub enum $name:ident { $( $(#[$each:meta])* $variant:ident = $word:literal, )+ }
    )+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $( $(#[$each])* $variant, )+ }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Their words in a thresholds file, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Its word in a thresholds file.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl crate::policy::settings::Word for $name {
            const ALL: &'static [Self] = Self::ALL;
            const WORDS: &'static [&'static str] = Self::WORDS;
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    )+};
}

/// Interface of such an enum for the parser.
pub(super) trait Word: Copy + 'static {
    const ALL: &'static [Self];
    const WORDS: &'static [&'static str];
}

words! {
    /// Which changes beyond a `fail` limit fail the gate.
    pub enum Gate {
        /// All, as measured.
        Point = "point",
        /// Confirmed and likely regressions.
        Suspected = "suspected",
        /// Confirmed regressions.
        Confirmed = "confirmed",
        /// All, as measured, and inconclusive comparisons.
        Inconclusive = "inconclusive",
    }

    /// The gate without a verdict: the runs cannot be compared, or too little was measured.
    pub enum NoVerdictIs {
        /// A separate result: `no_verdict`, exit code 3.
        Report = "report",
        /// The gate passes.
        Pass = "pass",
        /// The gate fails.
        Fail = "fail",
    }

    /// Use of evidence.
    pub enum EvidenceIs {
        /// Judge: a change beyond a limit is regressed, probably regressed or unclear.
        Judge = "judge",
        /// Ignore: verdicts by limits only, as in the four scripts (`seed-v1`).
        Ignore = "ignore",
    }

    /// Treatment of response times from different tools.
    pub enum OtherToolIs {
        /// At most probably regressed.
        Probable = "probable",
        /// As certain as those of one tool.
        Accept = "accept",
    }

    /// Correction for multiple testing.
    pub enum Correction {
        /// No correction.
        None = "none",
        /// Holm 1979.
        Holm = "holm",
        /// Benjamini and Hochberg 1995.
        Bh = "bh",
    }

    /// Treatment of a change that just reaches its limit (within a relative tolerance of 1e-9). It applies to changes
    /// only: a value equal to `max` or `min`, and one equal to the baseline, always passes.
    pub enum EqualIs {
        /// Within the limit.
        Pass = "pass",
        /// Beyond it.
        Fail = "fail",
    }

    /// Treatment of a `%` limit with a baseline of 0.
    pub enum ZeroBaseline {
        /// The change is infinite: any value above 0 exceeds every limit on growth.
        Infinite = "infinite",
        /// Only absolute limits apply.
        Absolute = "absolute",
        /// The row is INFO unless `max` or `min` is violated.
        Ignore = "ignore",
    }

    /// Treatment of a metric or endpoint of the baseline that is missing in the run.
    pub enum MissingIs {
        /// A failure of the gate.
        Fail = "fail",
        /// A warning.
        Warn = "warn",
        /// Shown only.
        Ignore = "ignore",
        /// Read as 0, with a remark in the row (`seed-v1`).
        Zero = "zero",
    }

    /// Treatment of an endpoint of the run that is missing in the baseline.
    pub enum NewIs {
        /// Shown only.
        Info = "info",
        /// A warning.
        Warn = "warn",
        /// A failure of the gate.
        Fail = "fail",
    }

    /// Treatment of endpoints without a matching `[[match]]`.
    pub enum UnmappedIs {
        /// Judged individually, and so is the total.
        Judge = "judge",
        /// Excluded and listed, and so is the total: the four scripts had services only (`seed-v1`).
        Exclude = "exclude",
    }

    /// How an improvement is shown.
    pub enum ImprovedIs {
        /// As IMPROVED.
        Show = "show",
        /// As PASS: the four scripts never showed improvements (`seed-v1`).
        AsPass = "as-pass",
    }

    /// Required common properties of both runs.
    pub enum Same {
        /// The number of users.
        Users = "users",
        /// The load-testing tool.
        Tool = "tool",
        /// The duration, within 20 %.
        Duration = "duration",
    }

    /// Detection of the warm-up.
    pub enum WarmupMode {
        /// Until the users first reach their maximum.
        Users = "users",
        /// By MSER-5 on the mean of each second.
        Mser5 = "mser5",
        /// For the time given as `settle`.
        Fixed = "fixed",
        /// Nothing is dropped.
        None = "none",
    }
}

/// The excluded start of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Warmup {
    /// Detection of its end.
    pub mode: WarmupMode,
    /// Additional time, in milliseconds.
    pub settle_ms: Option<f64>,
    /// Whether the figures exclude it. A thresholds file with a detection mode requests that. By default the figures
    /// are the tool's own, and the warm-up only affects the evidence.
    pub leave_out: bool,
}

/// The change between two equal runs below which nothing is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Noise {
    /// From history or repeats, else the built-in floor.
    Auto,
    /// No floor.
    None,
    /// Percent.
    Percent(f64),
}

/// The keys of `[compare]`. [`CompareSettings::default`] is a file without any of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompareSettings {
    /// Which changes beyond a `fail` limit fail the gate.
    pub gate: Gate,
    /// The gate without a verdict.
    pub no_verdict: NoVerdictIs,
    /// The level of the intervals, between 0 and 1.
    pub confidence: f64,
    /// Correction for multiple testing.
    pub correction: Correction,
    /// Treatment of a change that just reaches its limit.
    pub equal_is: EqualIs,
    /// Treatment of a `%` limit with a baseline of 0.
    pub zero_baseline: ZeroBaseline,
    /// Treatment of a metric or endpoint missing in the run.
    pub missing: MissingIs,
    /// Treatment of an endpoint missing in the baseline.
    pub unmatched_new: NewIs,
    /// Required common properties of both runs.
    pub require_same: Vec<Same>,
    /// Treatment of response times from different tools.
    pub other_tool: OtherToolIs,
    /// The excluded start of a run.
    pub warmup: Warmup,
    /// The noise floor.
    pub noise: Noise,
    /// Treatment of endpoints without a service.
    pub unmapped: UnmappedIs,
    /// How an improvement is shown.
    pub improved: ImprovedIs,
    /// Use of evidence.
    pub evidence: EvidenceIs,
    /// Maximum unusable rows for a verdict, in percent of the rows of a run.
    pub max_lost_pct: f64,
    /// The slowdown of all requests that must be detectable for "no regression found", in percent.
    pub must_see_pct: f64,
    /// The same for the total's error rate, in percentage points.
    pub must_see_errors_pp: f64,
}

impl Default for CompareSettings {
    fn default() -> Self {
        Self {
            gate: Gate::Confirmed,
            no_verdict: NoVerdictIs::Report,
            confidence: 0.95,
            correction: Correction::Holm,
            equal_is: EqualIs::Pass,
            zero_baseline: ZeroBaseline::Infinite,
            missing: MissingIs::Fail,
            unmatched_new: NewIs::Info,
            require_same: vec![Same::Users],
            other_tool: OtherToolIs::Probable,
            warmup: Warmup { mode: WarmupMode::Users, settle_ms: None, leave_out: false },
            noise: Noise::Auto,
            unmapped: UnmappedIs::Judge,
            improved: ImprovedIs::Show,
            evidence: EvidenceIs::Judge,
            max_lost_pct: 5.0,
            must_see_pct: 50.0,
            must_see_errors_pp: 5.0,
        }
    }
}
