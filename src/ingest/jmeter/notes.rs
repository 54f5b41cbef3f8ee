//! Notes on JMeter's files.

use crate::run::{NoteLevel, Words};

/// Figures: number of rows, one of the controllers.
pub(super) const TRANSACTIONS_LISTED: Words = Words {
    code: "transactions-listed",
    level: NoteLevel::Info,
    text: "Left {0:row|rows} of transaction controllers (such as {1}) out of the total, as JMeter's dashboard does. They \
           are listed. The requests in them have their own rows.",
};

/// As [`TRANSACTIONS_LISTED`].
pub(super) const TRANSACTIONS_COUNTED: Words = Words {
    code: "transactions-counted",
    level: NoteLevel::Info,
    text: "Counted {0:row|rows} of transaction controllers (such as {1}) as requests: those in them have no rows of their own \
           (“Generate parent sample”). JMeter's dashboard leaves them out of its total.",
};

/// Figures: rows of sub-results, samples with them and without.
pub(super) const SUB_RESULTS_COUNTED: Words = Words {
    code: "sub-results",
    level: NoteLevel::Info,
    text: "Counted {0:row|rows} of sub-results (redirects and embedded resources, which their page's row covers), as \
           JMeter's dashboard does. The run has {1} samples with them, {2} without.",
};

/// As [`SUB_RESULTS_COUNTED`].
pub(super) const SUB_RESULTS_LEFT_OUT: Words = Words {
    text: "Left out {0:row|rows} of sub-results (redirects and embedded resources, which their page's row covers). The \
           run has {1} samples with them, {2} without.",
    ..SUB_RESULTS_COUNTED
};

/// Figures: rows, samples in all of them.
pub(super) const SEVERAL_PER_ROW: Words = Words {
    code: "several-per-row",
    level: NoteLevel::Info,
    text: "{0:row stands|rows stand} for several samples, {1} in total. Each sample counts with its row's mean response \
           time, so percentiles are too narrow.",
};

/// Figure: the pattern.
pub(super) const MOMENTS_LOCAL: Words = Words {
    code: "moments-local",
    level: NoteLevel::Info,
    text: "Timestamps are text without a time zone ({0}). They were read as UTC.",
};

pub(super) const NO_SUCCESS_COLUMN: Words = Words {
    code: "no-success-column",
    level: NoteLevel::Warning,
    text: "The file does not say which requests failed. A request counts as failed if its response code is 400 or \
           higher, or not a number.",
};

/// Figures: samples covered by the dashboard, those of the largest row, and that row.
pub(super) const WINDOW: Words = Words {
    code: "dashboard-window",
    level: NoteLevel::Info,
    text: "Percentiles cover all samples, {1} on “{2}”. JMeter's dashboard covers the last {0} of each row.",
};

/// The same for the dashboard's own percentiles. Figures: number of rows with more samples, one of them.
pub(super) const WINDOW_OF_DASHBOARD: Words = Words {
    text: "{0:row has|rows have} more than 20,000 samples (such as {1}). JMeter's percentiles cover the last 20,000 of \
           each row.",
    ..WINDOW
};

pub(super) const LEVELS_ASSUMED: Words = Words {
    code: "percentile-levels-assumed",
    level: NoteLevel::Info,
    text: "The file does not name its percentiles. They were read as p90, p95 and p99, JMeter's default \
           (aggregate_rpt_pct1 to 3).",
};

/// "Generate parent sample", up to 4.0: samples in a transaction have no rows.
pub(super) const CONTROLLERS_ALONE: Words = Words {
    code: "transactions-alone",
    level: NoteLevel::Info,
    text: "The file has rows of transaction controllers alone (“Generate parent sample”), such as {0}. They were counted \
           as the requests of the run; those in them are not in the file.",
};
