//! Notes on Locust's files.
#![allow(missing_docs)] // The texts are the documentation.

use crate::run::{Note, NoteLevel, Words};

pub const PERCENTILES_ROUNDED: Words = Words {
    code: "percentiles-rounded",
    level: NoteLevel::Info,
    text: "Locust rounds percentiles to two digits (10 ms steps from 100 ms, 100 ms steps from 1 s). Mean, minimum and \
           maximum are exact.",
};

pub const CSV_MAY_MISS_END: Words = Words {
    code: "csv-may-miss-end",
    level: NoteLevel::Info,
    text: "The CSV may miss the last second of the run: Locust writes it once a second and not again at the end. \
           --json-file holds the whole run.",
};

/// Figures: number, first line.
pub const QUOTES_REPAIRED: Words = Words {
    code: "quotes-repaired",
    level: NoteLevel::Warning,
    text: "{0:row|rows} had unescaped quotes in a name, as this Locust version writes them (first on line {1}). The name \
           was read up to the numeric columns.",
};

pub const NO_FAILURE_COLUMN: Words = Words {
    code: "failures-unknown",
    level: NoteLevel::Warning,
    text: "The table has no column of failures (`Failure Count`, `# failures`). Whether requests failed is unknown.",
};

/// Figures: the row, its requests, those of all other rows.
pub const TOTAL_BY_NAME_ALONE: Words = Words {
    code: "total-by-name-alone",
    level: NoteLevel::Warning,
    text: "The row “{0}” has a total's name, but counts {1:request|requests} where the other rows count {2}. It was read as an \
           endpoint.",
};

pub const NONE_RESPONSES: Words = Words {
    code: "none-responses",
    level: NoteLevel::Info,
    text: "{0:request has|requests have} no response time. They count as requests and are in no percentile.",
};

/// Figures: number of endpoints, one of them, its response times, its requests with a time.
pub const HISTOGRAM_INCOMPLETE: Words = Words {
    code: "histogram-incomplete",
    level: NoteLevel::Warning,
    text: "`response_times` does not add up to the timed requests of {0:endpoint|endpoints} (such as {1}: {2} of {3}). \
           Percentiles are of the response times that are there.",
};

pub const HISTORY_PERCENTILES_CUMULATIVE: Words = Words {
    code: "history-percentiles-cumulative",
    level: NoteLevel::Info,
    text: "The history's percentiles are cumulative from the start, since Locust ran without --csv-full-history. They are \
           not drawn over time. Those of the run are read from `_stats.csv` alone.",
};

pub const HISTORY_PERCENTILES_WINDOWED: Words = Words {
    code: "history-percentiles-windowed",
    level: NoteLevel::Info,
    text: "The history's percentiles cover a sliding window of about 10 s. Those of the run are read from `_stats.csv` alone.",
};

pub const HISTORY_SKIPPED_SECONDS: Words = Words {
    code: "history-skipped-seconds",
    level: NoteLevel::Warning,
    text: "The history skips {0:second|seconds}. The load generator may have been overloaded. Counts next to a gap are \
           spread over it.",
};

/// Figure: 1.
pub const HISTORY_RESET_ONCE: Words = Words {
    code: "history-reset",
    level: NoteLevel::Warning,
    text: "The history's counters were reset once (--reset-stats at the end of the ramp). Counting restarts there.",
};

pub const HISTORY_RESET: Words = Words {
    text: "The history's counters were reset {0} times (--reset-stats at the end of the ramp). Counting restarts there.",
    ..HISTORY_RESET_ONCE
};

pub const HISTORY_BEFORE_START: Words = Words {
    code: "history-before-start",
    level: NoteLevel::Warning,
    text: "The history begins after {0:request|requests}. They are in no interval.",
};

/// The note on the rows repaired by [`Table::repair_quotes`](super::super::table::Table::repair_quotes): their number,
/// and the line of the first.
pub(super) fn quotes_repaired(file: &str, repaired: Option<[u64; 2]>) -> Vec<Note> {
    repaired.map(|figures| Note::say(file, &QUOTES_REPAIRED, figures.map(Into::into))).into_iter().collect()
}
