//! Notes on k6's outputs.

use crate::run::{Note, NoteLevel, Words};

pub(super) const MOMENTS_WHOLE_SECONDS: Words = Words {
    code: "moments-whole-seconds",
    level: NoteLevel::Info,
    text: "Timestamps are whole seconds. The duration may be off by 1 s, and the rates with it.",
};

/// Figures: points, names of their metrics.
pub(super) const METRICS_LEFT_OUT: Words = Words {
    code: "metrics-left-out",
    level: NoteLevel::Info,
    text: "Left out {0:point|points} of other metrics ({1}).",
};

/// As [`METRICS_LEFT_OUT`].
pub(super) const PROTOCOLS_LEFT_OUT: Words = Words {
    level: NoteLevel::Warning,
    text: "Left out {0:point|points} of other metrics ({1}). Some are of protocols other than HTTP. Those requests are in \
           no figure.",
    ..METRICS_LEFT_OUT
};

/// Figures: failed checks, all checks.
pub(super) const CHECKS_COUNTED: Words = Words {
    code: "checks-counted",
    level: NoteLevel::Info,
    text: "{0} of {1} checks failed. As in k6, a failed check is not a failed request.",
};

/// Figures: failed checks, all checks, the one that failed most, its number of failures.
pub(super) const CHECKS_FAILED: Words = Words {
    text: "{0} of {1} checks failed (most often “{2}”: {3}). As in k6, a failed check is not a failed request.",
    ..CHECKS_COUNTED
};

/// The note on checks: numbers passed and failed, and the one that failed most with its number of failures.
pub(super) fn checks_counted(file: &str, passed: u64, failed: u64, worst: Option<(String, u64)>) -> Note {
    let [failed, checks] = [failed, passed.saturating_add(failed)].map(Into::into);
    match worst {
        None => Note::say(file, &CHECKS_COUNTED, [failed, checks]),
        Some((name, times)) => Note::say(file, &CHECKS_FAILED, [failed, checks, name.into(), times.into()]),
    }
}

pub(super) const NO_RESPONSES: Words = Words {
    code: "no-responses",
    level: NoteLevel::Warning,
    text: "No response (status 0, 0 ms) to {0:request|requests}. k6 counts 0 ms in percentiles, and so does this report: the \
           percentiles are lower than what users waited.",
};

/// Figures: number, and condition and metric of the first.
pub(super) const THRESHOLDS_FAILED: Words = Words {
    code: "k6-thresholds-failed",
    level: NoteLevel::Warning,
    text: "{0:threshold|thresholds} of the k6 script failed (such as {1}). They have no say in this report.",
};

pub(super) const ITERATIONS_DROPPED: Words = Words {
    code: "k6-iterations-dropped",
    level: NoteLevel::Warning,
    text: "k6 dropped {0:iteration|iterations}, since all users were busy. It sent fewer requests than the script asks for.",
};

/// Figures: requests without, all requests.
pub(super) const FAILURES_UNKNOWN: Words = Words {
    code: "failures-unknown",
    level: NoteLevel::Warning,
    text: "{0} of {1} requests have no http_req_failed (k6 before 0.31, a filter, or a script that switched it off). \
           Whether they failed is unknown.",
};

/// Figures: requests, response times.
pub(super) const REQUESTS_UNTIMED: Words = Words {
    code: "requests-untimed",
    level: NoteLevel::Warning,
    text: "http_reqs counts {0} requests, but there are {1} response times. The response times are counted.",
};
