//! How a comparison is judged as a whole: the keys of `[compare]`.

use serde::Serialize;

/// Enums that are one word in the file: the word, its reading, and its writing in one place.
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

            /// The words for them in a thresholds file, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word for it in a thresholds file.
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

/// What the parser needs to know of such an enum.
pub(super) trait Word: Copy + 'static {
    const ALL: &'static [Self];
    const WORDS: &'static [&'static str];
}

words! {
    /// Which changes beyond a `fail` limit fail the gate.
    pub enum Gate {
        /// All, as measured.
        Point = "point",
        /// What regressed or probably regressed.
        Suspected = "suspected",
        /// What regressed.
        Confirmed = "confirmed",
        /// All, as measured, and a comparison that can't tell.
        Inconclusive = "inconclusive",
    }

    /// What the gate is where nothing can be said: the runs cannot be compared, or too little was measured to tell.
    pub enum NoVerdictIs {
        /// An answer of its own: `no_verdict`, exit code 3.
        Report = "report",
        /// The gate passes.
        Pass = "pass",
        /// The gate fails.
        Fail = "fail",
    }

    /// What evidence is for.
    pub enum EvidenceIs {
        /// It judges: a change beyond a limit is regressed, probably regressed or unclear.
        Judge = "judge",
        /// Nothing: verdicts are by the limits alone, as the four scripts' (`seed-v1`).
        Ignore = "ignore",
    }

    /// What response times are that the two sides measured with different tools.
    pub enum OtherToolIs {
        /// At most probably regressed.
        Probable = "probable",
        /// As sure as those of one tool.
        Accept = "accept",
    }

    /// The correction for judging many rules at once.
    pub enum Correction {
        /// No correction.
        None = "none",
        /// Holm 1979.
        Holm = "holm",
        /// Benjamini and Hochberg 1995.
        Bh = "bh",
    }

    /// What a change that just reaches its limit is (within a relative tolerance of 1e-9). It concerns changes alone: a
    /// value equal to `max` or `min`, and one equal to the baseline, always passes.
    pub enum EqualIs {
        /// Within the limit.
        Pass = "pass",
        /// Beyond it.
        Fail = "fail",
    }

    /// What a `%` limit says about a baseline of 0.
    pub enum ZeroBaseline {
        /// The change is infinite: any value above 0 exceeds every limit on growth.
        Infinite = "infinite",
        /// Nothing: only the absolute limits are judged.
        Absolute = "absolute",
        /// Nothing, and the row is INFO unless `max` or `min` is broken.
        Ignore = "ignore",
    }

    /// What it is that a metric or endpoint of the baseline is not in the run.
    pub enum MissingIs {
        /// A failure of the gate.
        Fail = "fail",
        /// A warning.
        Warn = "warn",
        /// Shown, and nothing more.
        Ignore = "ignore",
        /// Read as 0, and the row says so (`seed-v1`).
        Zero = "zero",
    }

    /// What it is that an endpoint of the run is not in the baseline.
    pub enum NewIs {
        /// Shown, and nothing more.
        Info = "info",
        /// A warning.
        Warn = "warn",
        /// A failure of the gate.
        Fail = "fail",
    }

    /// What becomes of endpoints for which no `[[match]]` names a service.
    pub enum UnmappedIs {
        /// They are judged on their own, and so is the total.
        Judge = "judge",
        /// They are left out and named, and so is the total: the four scripts knew services alone (`seed-v1`).
        Exclude = "exclude",
    }

    /// How an improvement is shown.
    pub enum ImprovedIs {
        /// As IMPROVED.
        Show = "show",
        /// As PASS: the four scripts never showed an improvement (`seed-v1`).
        AsPass = "as-pass",
    }

    /// What both runs must have in common to be comparable.
    pub enum Same {
        /// The number of users.
        Users = "users",
        /// The load-testing tool.
        Tool = "tool",
        /// The duration, within 20 %.
        Duration = "duration",
    }

    /// How the warm-up is found.
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

/// Which part of the beginning is no part of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Warmup {
    /// How its end is found.
    pub mode: WarmupMode,
    /// What is dropped beyond that, in milliseconds.
    pub settle_ms: Option<f64>,
    /// Whether the figures leave it out as well. A thresholds file that says how its end is found asks for that; where
    /// nothing is said the figures are those that the tool printed, and it bears on how sure they are alone.
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
    /// This many per cent.
    Percent(f64),
}

/// The keys of `[compare]`. [`CompareSettings::default`] is what a file says that leaves all of them out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompareSettings {
    /// Which changes beyond a `fail` limit fail the gate.
    pub gate: Gate,
    /// What the gate is where nothing can be said.
    pub no_verdict: NoVerdictIs,
    /// The level of the intervals, between 0 and 1.
    pub confidence: f64,
    /// The correction for judging many rules at once.
    pub correction: Correction,
    /// What a change that just reaches its limit is.
    pub equal_is: EqualIs,
    /// What a `%` limit says about a baseline of 0.
    pub zero_baseline: ZeroBaseline,
    /// What a metric or endpoint is that is in the baseline but not in the run.
    pub missing: MissingIs,
    /// What an endpoint is that is in the run but not in the baseline.
    pub unmatched_new: NewIs,
    /// What both runs must have in common.
    pub require_same: Vec<Same>,
    /// What response times of two tools are.
    pub other_tool: OtherToolIs,
    /// Which part of the beginning is no part of the measurement.
    pub warmup: Warmup,
    /// The noise floor.
    pub noise: Noise,
    /// What becomes of endpoints that belong to no service.
    pub unmapped: UnmappedIs,
    /// How an improvement is shown.
    pub improved: ImprovedIs,
    /// What evidence is for.
    pub evidence: EvidenceIs,
    /// Rows that may be unusable before nothing is told, in percent of the rows of a run.
    pub max_lost_pct: f64,
    /// The slowdown of all requests that has to be detectable before "no regression found" is said, in percent.
    pub must_see_pct: f64,
    /// The same of the total's error rate, in percentage points.
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
