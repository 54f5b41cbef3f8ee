//! What a reader should know about a run: data first, words at the edge.

use crate::number;
use crate::wire::wire_enum;

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteLevel {
    /// Good to know.
    Info,
    /// May change how a number should be read.
    Warning,
}

/// Something the reader should know.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The file it is about; `None` where it is about the run as a whole.
    pub file: Option<String>,
    /// What it says.
    pub kind: NoteKind,
}

/// The kinds of notes.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // The variants' texts, in `Note::text`, say what each is.
pub enum NoteKind {
    PercentilesRounded,
    CsvMayMissEnd,
    Decoded {
        from: &'static str,
    },
    BannerSkipped {
        bytes: u64,
    },
    RowsRejected {
        count: u64,
        first: String,
    },
    CutRow {
        line: u64,
    },
    FailingRowsLost {
        count: u64,
    },
    QuotesRepaired {
        count: u64,
        line: u64,
    },
    RowsMerged {
        count: u64,
        example: String,
    },
    PartsMerged {
        files: u64,
    },
    Repeats {
        runs: u64,
    },
    TotalSummed,
    TotalDisagrees {
        what: &'static str,
        total: u64,
        sum: u64,
    },
    PercentileAboveMax {
        count: u64,
        example: String,
    },
    PercentilesOutOfOrder {
        count: u64,
        example: String,
    },
    MoreFailuresThanRequests {
        endpoint: String,
    },
    HistoryPercentilesCumulative,
    HistoryPercentilesWindowed,
    HistoryEndsEarly {
        history: u64,
        stats: u64,
    },
    HistorySkippedSeconds {
        seconds: u64,
    },
    HistoryReset {
        resets: u64,
    },
    HistoryBeforeStart {
        requests: u64,
    },
    KeySkipped {
        key: String,
        why: &'static str,
    },
    KeysSkippedMore {
        count: u64,
    },
    NoTotal,
    NoneResponses {
        count: u64,
    },
    FailuresCutOff {
        listed: u64,
        counted: u64,
    },
    EstimateSuspected {
        example: String,
    },
    /// The warm-up was taken away.
    WarmupCut {
        seconds: u64,
        /// Endpoints, the total among them, that could not be cut.
        whole: u64,
        /// Whether there are percentiles that are still those of the whole run.
        quantiles: bool,
        /// Whether there are percentiles that were read off sketches.
        approximate: bool,
    },
    EndpointsCapped {
        most: u64,
    },
    CausesCapped {
        most: u64,
    },
    TimelinesCoarse {
        endpoints: u64,
    },
    Unzipped {
        bytes: u64,
    },
    CutArchive,
    DamagedArchive {
        at: u64,
        rest: u64,
    },
    TrailingBytes {
        at: u64,
        rest: u64,
    },
    TransactionsListed {
        rows: u64,
        example: String,
    },
    SubResults {
        rows: u64,
        all: u64,
        left_out: bool,
    },
    SeveralPerRow {
        rows: u64,
        samples: u64,
    },
    BaselineEdited,
    DashboardWindow {
        window: u64,
        most: u64,
        example: String,
    },
    MomentsUnread {
        rows: u64,
        first: String,
    },
    MomentsLocal {
        pattern: &'static str,
    },
    NoSuccessColumn,
    MomentsWholeSeconds,
    MetricsLeftOut {
        names: String,
        points: u64,
        protocols: bool,
    },
    ChecksCounted {
        passed: u64,
        failed: u64,
        /// The check that failed most, and how often.
        worst: Option<(String, u64)>,
    },
    NoResponses {
        requests: u64,
    },
    FailuresUnknown {
        requests: u64,
        of: u64,
    },
    RequestsUntimed {
        requests: u64,
        timed: u64,
    },
    /// A note as a report or a link carries it: in the words of the version that made it.
    Told {
        code: String,
        warning: bool,
        text: String,
    },
    FromLink {
        quantiles: bool,
    },
}

wire_enum! {
    NoteKind {
        0 PercentilesRounded,
        1 CsvMayMissEnd,
        2 Decoded { from },
        3 BannerSkipped { bytes },
        4 RowsRejected { count, first },
        5 CutRow { line },
        6 QuotesRepaired { count, line },
        7 RowsMerged { count, example },
        8 PartsMerged { files },
        9 TotalSummed,
        10 TotalDisagrees { what, total, sum },
        11 PercentileAboveMax { count, example },
        12 PercentilesOutOfOrder { count, example },
        13 MoreFailuresThanRequests { endpoint },
        14 HistoryPercentilesCumulative,
        15 HistoryPercentilesWindowed,
        16 HistoryEndsEarly { history, stats },
        17 HistorySkippedSeconds { seconds },
        18 HistoryReset { resets },
        19 HistoryBeforeStart { requests },
        20 KeySkipped { key, why },
        21 KeysSkippedMore { count },
        22 NoTotal,
        23 NoneResponses { count },
        24 FailuresCutOff { listed, counted },
        25 EstimateSuspected { example },
        26 EndpointsCapped { most },
        27 CausesCapped { most },
        28 TimelinesCoarse { endpoints },
        29 Unzipped { bytes },
        30 CutArchive,
        49 DamagedArchive { at, rest },
        50 FailingRowsLost { count },
        51 TrailingBytes { at, rest },
        31 TransactionsListed { rows, example },
        32 SubResults { rows, all, left_out },
        33 SeveralPerRow { rows, samples },
        34 MomentsUnread { rows, first },
        35 MomentsLocal { pattern },
        36 NoSuccessColumn,
        37 Told { code, warning, text },
        38 FromLink { quantiles },
        39 Repeats { runs },
        40 WarmupCut { seconds, whole, quantiles, approximate },
        41 MomentsWholeSeconds,
        42 MetricsLeftOut { names, points, protocols },
        43 ChecksCounted { passed, failed, worst },
        44 NoResponses { requests },
        45 FailuresUnknown { requests, of },
        46 RequestsUntimed { requests, timed },
        47 DashboardWindow { window, most, example },
        48 BaselineEdited,
    }
}

/// A kind of note in words, which stand beside the code that raises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// A stable name for programs, e.g. `percentiles-rounded`.
    pub code: &'static str,
    /// How much it matters.
    pub level: NoteLevel,
    /// One or two sentences. `{0}` is the first figure; `{0:row|rows}` the first figure with its noun, as in `2,000 rows`.
    pub text: &'static str,
}

/// What a note counts or names.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// Shown with separators: `2,000`.
    Count(u64),
    /// Shown as it is.
    Text(String),
}

impl From<u64> for Figure {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<&str> for Figure {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Figure {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A text with its figures in their places.
fn filled(text: &str, figures: &[Figure]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((place, behind)) = behind.split_once('}') else { break };
        let (index, nouns) = place.split_once(':').unwrap_or((place, ""));
        match index.parse().ok().and_then(|index: usize| figures.get(index)) {
            Some(Figure::Count(count)) => match nouns.split_once('|') {
                Some((one, many)) => filled.push_str(&some(*count, one, many)),
                None => filled.push_str(&number::count(*count)),
            },
            Some(Figure::Text(text)) => filled.push_str(text),
            None => filled.push_str(place),
        }
        rest = behind;
    }
    filled + rest
}

impl Note {
    /// A note about one file, in words that stand beside the code that raises it.
    #[must_use]
    pub fn say<const N: usize>(file: &str, words: &Words, figures: [Figure; N]) -> Self {
        let (code, warning) = (words.code.to_owned(), words.level == NoteLevel::Warning);
        Self::about(file, NoteKind::Told { code, warning, text: filled(words.text, &figures) })
    }

    /// As [`Note::say`], about the run as a whole.
    #[must_use]
    pub fn say_of_run<const N: usize>(words: &Words, figures: [Figure; N]) -> Self {
        Self { file: None, ..Self::say("", words, figures) }
    }

    /// A note about one file.
    #[must_use]
    pub fn about(file: &str, kind: NoteKind) -> Self {
        Self { file: Some(file.to_owned()), kind }
    }

    /// A note about the run as a whole.
    #[must_use]
    pub fn on_run(kind: NoteKind) -> Self {
        Self { file: None, kind }
    }

    /// How much it matters.
    #[must_use]
    pub fn level(&self) -> NoteLevel {
        use NoteKind as K;
        match &self.kind {
            K::PercentilesRounded
            | K::CsvMayMissEnd
            | K::Decoded { .. }
            | K::BannerSkipped { .. }
            | K::PartsMerged { .. }
            | K::Repeats { .. }
            | K::RowsMerged { .. }
            | K::TotalSummed
            | K::HistoryPercentilesCumulative
            | K::HistoryPercentilesWindowed
            | K::NoTotal
            | K::KeySkipped { .. }
            | K::KeysSkippedMore { .. }
            | K::NoneResponses { .. }
            | K::PercentileAboveMax { .. }
            | K::WarmupCut { .. }
            | K::Unzipped { .. }
            | K::TransactionsListed { .. }
            | K::SubResults { .. }
            | K::SeveralPerRow { .. }
            | K::DashboardWindow { .. }
            | K::MomentsLocal { .. }
            | K::MomentsWholeSeconds
            | K::MetricsLeftOut { protocols: false, .. }
            | K::ChecksCounted { .. }
            | K::FromLink { .. } => NoteLevel::Info,
            K::BaselineEdited
            | K::RowsRejected { .. }
            | K::CutRow { .. }
            | K::FailingRowsLost { .. }
            | K::QuotesRepaired { .. }
            | K::TotalDisagrees { .. }
            | K::PercentilesOutOfOrder { .. }
            | K::MoreFailuresThanRequests { .. }
            | K::HistoryEndsEarly { .. }
            | K::HistorySkippedSeconds { .. }
            | K::HistoryReset { .. }
            | K::HistoryBeforeStart { .. }
            | K::FailuresCutOff { .. }
            | K::EndpointsCapped { .. }
            | K::CausesCapped { .. }
            | K::TimelinesCoarse { .. }
            | K::CutArchive
            | K::DamagedArchive { .. }
            | K::TrailingBytes { .. }
            | K::MomentsUnread { .. }
            | K::NoSuccessColumn
            | K::MetricsLeftOut { protocols: true, .. }
            | K::NoResponses { .. }
            | K::FailuresUnknown { .. }
            | K::RequestsUntimed { .. }
            | K::EstimateSuspected { .. } => NoteLevel::Warning,
            K::Told { warning, .. } => {
                if *warning {
                    NoteLevel::Warning
                } else {
                    NoteLevel::Info
                }
            }
        }
    }

    /// A stable name for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        use NoteKind as K;
        match &self.kind {
            K::PercentilesRounded => "percentiles-rounded",
            K::CsvMayMissEnd => "csv-may-miss-end",
            K::Decoded { .. } => "decoded",
            K::BannerSkipped { .. } => "banner-skipped",
            K::RowsRejected { .. } => "rows-rejected",
            K::CutRow { .. } => "cut-row",
            K::FailingRowsLost { .. } => "failing-rows-lost",
            K::QuotesRepaired { .. } => "quotes-repaired",
            K::RowsMerged { .. } => "rows-merged",
            K::PartsMerged { .. } => "parts-merged",
            K::Repeats { .. } => "repeats",
            K::TotalSummed => "total-summed",
            K::TotalDisagrees { .. } => "total-disagrees",
            K::PercentileAboveMax { .. } => "percentile-above-max",
            K::PercentilesOutOfOrder { .. } => "percentiles-out-of-order",
            K::MoreFailuresThanRequests { .. } => "more-failures-than-requests",
            K::HistoryPercentilesCumulative => "history-percentiles-cumulative",
            K::HistoryPercentilesWindowed => "history-percentiles-windowed",
            K::HistoryEndsEarly { .. } => "history-ends-early",
            K::HistorySkippedSeconds { .. } => "history-skipped-seconds",
            K::HistoryReset { .. } => "history-reset",
            K::HistoryBeforeStart { .. } => "history-before-start",
            K::KeySkipped { .. } => "key-skipped",
            K::KeysSkippedMore { .. } => "keys-skipped-more",
            K::NoTotal => "no-total",
            K::NoneResponses { .. } => "none-responses",
            K::FailuresCutOff { .. } => "failures-cut-off",
            K::EstimateSuspected { .. } => "estimate-suspected",
            K::WarmupCut { .. } => "warm-up-cut",
            K::EndpointsCapped { .. } => "endpoints-capped",
            K::CausesCapped { .. } => "causes-capped",
            K::TimelinesCoarse { .. } => "timelines-coarse",
            K::Unzipped { .. } => "unzipped",
            K::CutArchive => "cut-archive",
            K::DamagedArchive { .. } => "damaged-archive",
            K::TrailingBytes { .. } => "trailing-bytes",
            K::TransactionsListed { .. } => "transactions-listed",
            K::SubResults { .. } => "sub-results",
            K::SeveralPerRow { .. } => "several-per-row",
            K::BaselineEdited => "baseline-edited",
            K::DashboardWindow { .. } => "dashboard-window",
            K::MomentsUnread { .. } => "moments-unread",
            K::MomentsLocal { .. } => "moments-local",
            K::NoSuccessColumn => "no-success-column",
            K::MomentsWholeSeconds => "moments-whole-seconds",
            K::MetricsLeftOut { .. } => "metrics-left-out",
            K::ChecksCounted { .. } => "checks-counted",
            K::NoResponses { .. } => "no-responses",
            K::FailuresUnknown { .. } => "failures-unknown",
            K::RequestsUntimed { .. } => "requests-untimed",
            K::FromLink { .. } => "from-link",
            K::Told { code, .. } => code,
        }
    }

    /// The note in words, one or two sentences.
    #[must_use]
    pub fn text(&self) -> String {
        use NoteKind as K;
        let count = |n: &u64| number::count(*n);
        match &self.kind {
            K::PercentilesRounded => {
                "Locust rounds percentiles to two digits (10 ms steps from 100 ms, 100 ms steps from \
                                      1 s). Mean, minimum and maximum are exact."
                    .into()
            }
            K::CsvMayMissEnd => {
                "The CSV may miss the last second of the run: Locust writes it once a second and not again \
                                 at the end. --json-file holds the whole run."
                    .into()
            }
            K::Decoded { from } => format!("The file is not UTF-8. It was read as {from}."),
            K::BannerSkipped { bytes } => format!("Skipped {} of other text.", some(*bytes, "byte", "bytes")),
            K::RowsRejected { count: n, first } => {
                format!("Left out {} that could not be used. First: {first}", rows(*n))
            }
            K::CutRow { line } => {
                format!("The file ends in the middle of line {}. That row was left out.", count(line))
            }
            K::FailingRowsLost { count: n } => format!(
                "{} a failed request. The error rate may be higher than shown.",
                some(*n, "row that was left out shows", "rows that were left out each show")
            ),
            K::QuotesRepaired { count: n, line } => format!(
                "{} had unescaped quotes in a name, as this Locust version writes them (first on line {}). The name was read \
                 up to the numeric columns.",
                rows(*n),
                count(line)
            ),
            K::RowsMerged { count: n, example } => format!(
                "{} repeated the endpoint of an earlier row (such as {example}). Their counts were added.",
                rows(*n)
            ),
            K::Repeats { runs } => {
                format!("Combined {} runs of the same test. Figures are geometric means, counts are sums.", count(runs))
            }
            K::PartsMerged { files } => format!(
                "Merged {} result files as parts of one run. Counts and rates are sums, percentiles are known only as \
                 bounds.",
                count(files)
            ),
            K::TotalSummed => "The file has no total row. The total is the sum of the endpoints.".into(),
            K::TotalDisagrees { what, total, sum } => {
                format!("The total row counts {} {what}, the endpoints add up to {}.", count(total), count(sum))
            }
            K::PercentileAboveMax { count: n, example } => format!(
                "{} above the maximum (such as {example}). Percentiles are rounded, the maximum is not.",
                some(*n, "percentile is", "percentiles are")
            ),
            K::PercentilesOutOfOrder { count: n, example } => format!(
                "A higher percentile is smaller than a lower one on {} (such as {example}).",
                some(*n, "endpoint", "endpoints")
            ),
            K::MoreFailuresThanRequests { endpoint } => format!("{endpoint} has more failures than requests."),
            K::HistoryPercentilesCumulative => {
                "The history's percentiles are cumulative from the start, since Locust ran \
                                                without --csv-full-history. They are not drawn over time."
                    .into()
            }
            K::HistoryPercentilesWindowed => "The history's percentiles cover a sliding window of about 10 s.".into(),
            K::HistoryEndsEarly { history, stats } => format!(
                "The history counts {} requests, the summary {}. One of them misses the end of the run.",
                count(history),
                count(stats)
            ),
            K::HistorySkippedSeconds { seconds } => format!(
                "The history skips {}. The load generator may have been overloaded. Counts next to a gap are spread over it.",
                some(*seconds, "second", "seconds")
            ),
            K::HistoryReset { resets } => format!(
                "The history's counters were reset {} (--reset-stats at the end of the ramp). Counting restarts there.",
                if *resets == 1 { "once".into() } else { format!("{} times", count(resets)) }
            ),
            K::HistoryBeforeStart { requests } => {
                format!("The history begins after {}. They are in no interval.", some(*requests, "request", "requests"))
            }
            K::KeySkipped { key, why } => format!("Skipped “{key}”: {why}."),
            K::KeysSkippedMore { count: n } => format!("Skipped {}.", some(*n, "more key", "more keys")),
            K::NoTotal => "The file has services but no total.".into(),
            K::NoneResponses { count: n } => format!(
                "{} no response time. They count as requests and are in no percentile.",
                some(*n, "request has", "requests have")
            ),
            K::FailuresCutOff { listed, counted } => {
                format!("The failures by cause add up to {}, the summary counts {}.", count(listed), count(counted))
            }
            K::EstimateSuspected { example } => format!(
                "p95 and p99 are 1.4 and 1.7 times the mean (such as on {example}). They look like estimates of an older \
                 script, not measurements."
            ),
            K::EndpointsCapped { most } => format!(
                "The run has more than {} endpoints, as with ids in names. The rest is one row, “{}”. Which endpoints have \
                 their own row depends on the order of reading. The totals do not.",
                count(most),
                super::recorder::OTHER_ENDPOINTS
            ),
            K::CausesCapped { most } => format!(
                "The run has more than {} causes of failures. The rest is counted as “{}”. Which causes are listed depends on \
                 the order of reading. Their sum does not.",
                count(most),
                super::recorder::OTHER_CAUSES
            ),
            K::TimelinesCoarse { endpoints } => format!(
                "The run has more than {} endpoints. Each keeps at most {} intervals, with counts and means and without \
                 percentiles. The timeline of the whole run is complete.",
                count(endpoints),
                super::timeline::COARSE_INTERVALS
            ),
            K::Unzipped { bytes } => format!("Unpacked {} from the gzip archive.", some(*bytes, "byte", "bytes")),
            K::CutArchive => "The gzip archive is cut. What could be unpacked was read.".into(),
            K::DamagedArchive { at, rest } => format!(
                "The gzip archive is damaged at byte {}. {} from there on could not be unpacked. The requests in them are \
                 missing.",
                count(at),
                some(*rest, "byte", "bytes")
            ),
            K::TrailingBytes { at, rest } => format!(
                "{} behind the gzip archive, from byte {} on, are no part of it. They are too few to hold requests.",
                some(*rest, "byte", "bytes"),
                count(at)
            ),
            K::TransactionsListed { rows: n, example } => format!(
                "Left {} of transaction controllers (such as {example}) out of the total, as JMeter's dashboard does. They \
                 are listed. The requests in them have their own rows.",
                rows(*n)
            ),
            K::SubResults { rows: n, all, left_out } => format!(
                "{} {} of sub-results (redirects and embedded resources, which their page's row covers){}. The run has {} \
                 samples with them, {} without.",
                if *left_out { "Left out" } else { "Counted" },
                rows(*n),
                if *left_out { "" } else { ", as JMeter's dashboard does" },
                count(all),
                number::count(all.saturating_sub(*n))
            ),
            K::SeveralPerRow { rows: n, samples } => format!(
                "{} for several samples, {} in total. Each sample counts with its row's mean response time, so percentiles \
                 are too narrow.",
                some(*n, "row stands", "rows stand"),
                count(samples)
            ),
            K::BaselineEdited => {
                "The figures in the file were changed after loaddiff wrote it. Only these figures are used, \
                                  not the run kept beside them."
                    .into()
            }
            K::DashboardWindow { window, most, example } => format!(
                "Percentiles cover all samples, {} on “{example}”. JMeter's dashboard covers the last {} of each row.",
                count(most),
                count(window)
            ),
            K::MomentsUnread { rows: n, first } => format!(
                "{} an unreadable timestamp ({first}). Their response times count. They are in no timeline, and no rate is \
                 given.",
                some(*n, "row has", "rows have")
            ),
            K::MomentsLocal { pattern } => {
                format!("Timestamps are text without a time zone ({pattern}). They were read as UTC.")
            }
            K::NoSuccessColumn => {
                "The file does not say which requests failed. A request counts as failed if its response \
                                   code is 400 or higher, or not a number."
                    .into()
            }
            K::MomentsWholeSeconds => {
                "Timestamps are whole seconds. The duration may be off by 1 s, and the rates with it.".into()
            }
            K::MetricsLeftOut { names, points, protocols } => format!(
                "Left out {} of other metrics ({names}).{}",
                some(*points, "point", "points"),
                if *protocols {
                    " Some are of protocols other than HTTP. Those requests are in no figure."
                } else {
                    ""
                }
            ),
            K::ChecksCounted { passed, failed, worst } => {
                let all = passed.saturating_add(*failed);
                let worst = worst.as_ref().map(|(name, n)| format!(" (most often “{name}”: {})", count(n)));
                format!(
                    "{} of {} checks failed{}. As in k6, a failed check is not a failed request.",
                    count(failed),
                    count(&all),
                    worst.unwrap_or_default()
                )
            }
            K::NoResponses { requests } => format!(
                "{} got no response (status 0). k6 writes 0 ms for them and counts them in percentiles, and so does this \
                 report. They lower the percentiles.",
                some(*requests, "request", "requests")
            ),
            K::FailuresUnknown { requests, of } => format!(
                "{} of {} requests have no http_req_failed (k6 before 0.31, a filter, or a script that switched it off). \
                 Whether they failed is unknown.",
                count(requests),
                count(of)
            ),
            K::RequestsUntimed { requests, timed } => format!(
                "http_reqs counts {} requests, but there are {} response times. The response times are counted.",
                count(requests),
                count(timed)
            ),
            K::FromLink { quantiles } => format!(
                "The figures came in a link. Means and rates are rounded to four digits, minimum and maximum to three, where \
                 that changes no verdict. Counts are exact.{}",
                if *quantiles {
                    " The percentiles were read from a histogram at 33 places. The link does not hold the histogram."
                } else {
                    ""
                }
            ),
            K::WarmupCut { seconds, whole, quantiles, approximate } => format!(
                "Left out the first {} s as warm-up.{}{}{}",
                count(seconds),
                match whole {
                    0 => String::new(),
                    1 => " 1 row has no timeline and covers the whole run.".into(),
                    n => format!(" {} rows have no timeline and cover the whole run.", count(n)),
                },
                if *quantiles {
                    " Percentiles, minimum and maximum cover the whole run: a table cannot be cut."
                } else {
                    ""
                },
                if *approximate { " Percentiles are read from sketches, within 0.8 %." } else { "" }
            ),
            K::Told { text, .. } => text.clone(),
        }
    }
}

/// `1 row`, `2,000 rows`.
fn some(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number::count(count), if count == 1 { one } else { many })
}

fn rows(count: u64) -> String {
    some(count, "row", "rows")
}
