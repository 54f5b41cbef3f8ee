//! Notes that any format may raise. Notes of a single tool are in the tool's module.
#![allow(missing_docs)] // The texts are the documentation.

use crate::run::{Figure, Note, NoteLevel, Words};

/// Figure: the encoding.
pub const DECODED: Words =
    Words { code: "decoded", level: NoteLevel::Info, text: "The file is not UTF-8. It was read as {0}." };

pub const BANNER_SKIPPED: Words =
    Words { code: "banner-skipped", level: NoteLevel::Info, text: "Skipped {0:byte|bytes} of other text." };

/// Figures: number of rows, place and reason of the first.
pub const ROWS_REJECTED: Words = Words {
    code: "rows-rejected",
    level: NoteLevel::Warning,
    text: "Left out {0:row|rows} that could not be used. First: {1}",
};

/// Figure: the line.
pub const CUT_ROW: Words = Words {
    code: "cut-row",
    level: NoteLevel::Warning,
    text: "The file ends in the middle of line {0}. That row was left out.",
};

/// Figure: number of additional runs.
pub const APPENDED: Words = Words {
    code: "runs-appended",
    level: NoteLevel::Warning,
    text: "{0:more run begins|more runs begin} within the file: several runs were written into it. They were read as one run, \
           without rates where times count from each run's start. Cut the file where they begin to compare them.",
};

/// The same for a log whose counters restart with each run.
pub const APPENDED_BEFORE: Words = Words {
    text: "{0:earlier run is|earlier runs are} in the file. Only the last run was read. Cut the file where runs begin to compare \
           them.",
    ..APPENDED
};

/// Figure: the tool.
pub const CUT_REPORT: Words = Words {
    code: "cut-report",
    level: NoteLevel::Warning,
    text: "The end of {0}'s report is missing. Its figures are unknown.",
};

pub const FAILING_ROWS_LOST: Words = Words {
    code: "failing-rows-lost",
    level: NoteLevel::Warning,
    text: "{0:row that was left out shows|rows that were left out each show} a failed request. The error rate may be \
           higher than shown.",
};

pub const MOMENTS_UNREAD: Words = Words {
    code: "moments-unread",
    level: NoteLevel::Warning,
    text: "{0:row has|rows have} an unreadable timestamp ({1}). Their response times count. They are in no timeline, and \
           no rate is given.",
};

/// Figures: number of rows, an example.
pub const ROWS_MERGED: Words = Words {
    code: "rows-merged",
    level: NoteLevel::Info,
    text: "{0:row|rows} repeated the endpoint of an earlier row (such as {1}). Their counts were added.",
};

pub const ENDPOINTS_OVERLAP: Words = Words {
    code: "endpoints-overlap",
    level: NoteLevel::Info,
    text: "Some rows count requests of other rows again, such as transactions. The total is the tool's own.",
};

pub const TOTAL_SUMMED: Words = Words {
    code: "total-summed",
    level: NoteLevel::Info,
    text: "The file has no total row. The total is the sum of the endpoints.",
};

/// Figures: the quantity, the total's count, the endpoints' count.
pub const TOTAL_DISAGREES: Words = Words {
    code: "total-disagrees",
    level: NoteLevel::Warning,
    text: "The total row counts {1} {0}, the endpoints add up to {2}.",
};

pub const PERCENTILE_ABOVE_MAX: Words = Words {
    code: "percentile-above-max",
    level: NoteLevel::Info,
    text: "{0:percentile is|percentiles are} above the maximum (such as {1}). Percentiles are rounded, the maximum is not.",
};

pub const PERCENTILES_OUT_OF_ORDER: Words = Words {
    code: "percentiles-out-of-order",
    level: NoteLevel::Warning,
    text: "A higher percentile is smaller than a lower one on {0:endpoint|endpoints} (such as {1}).",
};

/// Figure: the endpoint.
pub const MORE_FAILURES_THAN_REQUESTS: Words = Words {
    code: "more-failures-than-requests",
    level: NoteLevel::Warning,
    text: "{0} has more failures than requests.",
};

/// Figures: the history's requests, the summary's.
pub const HISTORY_ENDS_EARLY: Words = Words {
    code: "history-ends-early",
    level: NoteLevel::Warning,
    text: "The history counts {0} requests, the summary {1}. One of them misses the end of the run.",
};

/// Figures: the sum of the causes, the summary's count.
pub const FAILURES_CUT_OFF: Words = Words {
    code: "failures-cut-off",
    level: NoteLevel::Warning,
    text: "The failures by cause add up to {0}, the summary counts {1}.",
};

pub const UNZIPPED: Words =
    Words { code: "unzipped", level: NoteLevel::Info, text: "Unpacked {0:byte|bytes} from the gzip archive." };

pub const CUT_ARCHIVE: Words = Words {
    code: "cut-archive",
    level: NoteLevel::Warning,
    text: "The gzip archive is cut. What could be unpacked was read.",
};

/// Figures: position, number of bytes from there.
pub const DAMAGED_ARCHIVE: Words = Words {
    code: "damaged-archive",
    level: NoteLevel::Warning,
    text: "The gzip archive is damaged at byte {0}. {1:byte|bytes} from there on could not be unpacked. The requests in \
           them are missing.",
};

/// The same for a file in another archive. Figure: the reason.
pub const DAMAGED_FILE: Words = Words {
    text: "The file could not be unpacked whole ({0}). The requests behind that place are missing.",
    ..DAMAGED_ARCHIVE
};

/// The same for a file without readable content. Figures: its name, the reason.
pub const DAMAGED_BESIDE: Words =
    Words { text: "{0} in the archive could not be unpacked ({1}). Its contents are missing.", ..DAMAGED_ARCHIVE };

/// Figures: position, number of bytes.
pub const TRAILING_BYTES: Words = Words {
    code: "trailing-bytes",
    level: NoteLevel::Warning,
    text: "{1:byte|bytes} behind the gzip archive, from byte {0} on, are no part of it. They are too few to hold requests.",
};

/// A file was decoded from an encoding other than UTF-8.
pub(super) fn decoded(file: &str, from: &'static str) -> Note {
    Note::say(file, &DECODED, [Figure::Word(from)])
}
