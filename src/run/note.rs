//! What a reader should know about a run: data first, words at the edge.

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

impl Note {
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
            K::RowsRejected { .. }
            | K::CutRow { .. }
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
            K::TransactionsListed { .. } => "transactions-listed",
            K::SubResults { .. } => "sub-results",
            K::SeveralPerRow { .. } => "several-per-row",
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
        match &self.kind {
            K::PercentilesRounded => "Percentiles are rounded to two digits by Locust (10 ms steps from 100 ms on, \
                 100 ms steps from 1 s on); mean, minimum and maximum are exact."
                .into(),
            K::CsvMayMissEnd => "The CSV may miss the last second of the run: Locust writes it once a second and not \
                 once more at the end. --json-file holds the whole run."
                .into(),
            K::Decoded { from } => format!("The file is not UTF-8; it was read as {from}."),
            K::BannerSkipped { bytes } => {
                format!("{bytes} bytes of other text beside the data were skipped.")
            }
            K::RowsRejected { count, first } => {
                format!("{} could not be used and {} left out; the first: {first}", rows(*count), were(*count))
            }
            K::CutRow { line } => {
                format!(
                    "The file ends in the middle of line {line}; that row was left out, the rows before it are kept."
                )
            }
            K::QuotesRepaired { count, line } => format!(
                "{} had quotes in a name that this Locust version did not escape (first on line {line}); the name was \
                 read up to the columns of numbers.",
                rows(*count)
            ),
            K::RowsMerged { count, example } => format!(
                "{} named an endpoint that another row had already opened (such as {example}); their counts were \
                 added.",
                rows(*count)
            ),
            K::Repeats { runs } => format!(
                "{runs} runs of the same test: figures are the geometric means of the runs', counts their sums."
            ),
            K::PartsMerged { files } => format!(
                "{files} result files were merged as parts of one run: counts and rates add, percentiles are known \
                 only as bounds."
            ),
            K::TotalSummed => "The file has no total row; the total is summed over the endpoints.".into(),
            K::TotalDisagrees { what, total, sum } => {
                format!("The total row counts {total} {what}, the endpoints add up to {sum}.")
            }
            K::PercentileAboveMax { count, example } => format!(
                "{} above the maximum (such as {example}): percentiles are rounded, the maximum is not.",
                if *count == 1 { "One percentile lies".into() } else { format!("{count} percentiles lie") }
            ),
            K::PercentilesOutOfOrder { count, example } => format!(
                "On {count} {} a higher percentile is smaller than a lower one (such as {example}).",
                if *count == 1 { "endpoint" } else { "endpoints" }
            ),
            K::MoreFailuresThanRequests { endpoint } => {
                format!("{endpoint} has more failures than requests.")
            }
            K::HistoryPercentilesCumulative => "The history's percentiles are cumulative since the start (Locust ran \
                 without --csv-full-history); they are not drawn over time."
                .into(),
            K::HistoryPercentilesWindowed => {
                "The history's percentiles are of a sliding window of about 10 seconds.".into()
            }
            K::HistoryEndsEarly { history, stats } => {
                format!(
                    "The history counts {history} requests, the summary {stats}: one of them misses the end of the run."
                )
            }
            K::HistorySkippedSeconds { seconds } => format!(
                "The history skips {seconds} {}: the load generator may have been overloaded. Counts around the gaps \
                 are spread over them.",
                if *seconds == 1 { "second" } else { "seconds" }
            ),
            K::HistoryReset { resets } => format!(
                "The history's counters fell {} (--reset-stats at the end of the ramp); counting starts anew there.",
                if *resets == 1 { "once".into() } else { format!("{resets} times") }
            ),
            K::HistoryBeforeStart { requests } => {
                format!("The history begins with {requests} requests already made; they belong to no interval.")
            }
            K::KeySkipped { key, why } => format!("“{key}” was skipped: {why}."),
            K::KeysSkippedMore { count } => format!("{count} more keys were skipped."),
            K::NoTotal => "The file names services and no total over them.".into(),
            K::NoneResponses { count } => {
                format!("{count} requests have no response time; they count as requests and are in no percentile.")
            }
            K::FailuresCutOff { listed, counted } => {
                format!("The failures listed by cause add up to {listed}, the summary counts {counted}.")
            }
            K::EstimateSuspected { example } => format!(
                "p95 and p99 are 1.4 and 1.7 times the mean (such as on {example}): these look like estimates by an \
                 older script, not measurements."
            ),
            K::EndpointsCapped { most } => format!(
                "There are more than {} endpoints, as with ids in their names: the rest is one row, “{}”. Which \
                 endpoints have a row of their own depends on the order of reading; the totals do not.",
                crate::number::count(*most),
                super::recorder::OTHER_ENDPOINTS
            ),
            K::CausesCapped { most } => format!(
                "There are more than {} causes of failures: the rest is counted as “{}”. Which causes are listed \
                 depends on the order of reading; their sum does not.",
                crate::number::count(*most),
                super::recorder::OTHER_CAUSES
            ),
            K::TimelinesCoarse { endpoints } => format!(
                "There are more than {endpoints} endpoints: of each, at most {} intervals are kept over time, with \
                 counts and means and without percentiles. The run's own timeline is complete.",
                super::timeline::COARSE_INTERVALS
            ),
            K::Unzipped { bytes } => format!("The file is a gzip archive; {bytes} bytes were inside."),
            K::CutArchive => "The gzip archive ends early; what could be unpacked was read.".into(),
            K::TransactionsListed { rows: count, example } => format!(
                "{} of transaction controllers (such as {example}) {} listed and not added to the total, as in \
                 JMeter's dashboard: they cover requests that have rows of their own.",
                rows(*count),
                if *count == 1 { "is" } else { "are" }
            ),
            K::SubResults { rows: count, all, left_out } => format!(
                "{} of sub-results (redirects and embedded resources, which the row of their page covers) {}: \
                 {all} samples with them, {} without.",
                rows(*count),
                if *left_out { "left out" } else { "counted, as JMeter's dashboard does" },
                all.saturating_sub(*count)
            ),
            K::SeveralPerRow { rows: count, samples } => format!(
                "{} for several samples each, {samples} in all: every one counts with its row's mean response time, so \
                 that percentiles are too narrow.",
                if *count == 1 { "One row stands".into() } else { format!("{count} rows stand") }
            ),
            K::DashboardWindow { window, most, example } => format!(
                "Percentiles are of all samples, {} of “{example}”; JMeter's dashboard takes them of the last {} of each row.",
                crate::number::count(*most),
                crate::number::count(*window)
            ),
            K::MomentsUnread { rows: count, first } => format!(
                "{} a moment that cannot be read ({first}): their response times count, they are in no timeline, \
                 and no rate is given.",
                if *count == 1 { "One row has".into() } else { format!("{count} rows have") }
            ),
            K::MomentsLocal { pattern } => format!(
                "The moments were written as text ({pattern}) without a time zone; they were read as UTC."
            ),
            K::NoSuccessColumn => {
                "The file does not say which requests failed; those with a response code from 400 on, or none that is a \
                 number, count as failed.".into()
            }
            K::MomentsWholeSeconds => {
                "The moments are whole seconds: the run's length, and with it the rates, may be off by a second.".into()
            }
            K::MetricsLeftOut { names, points, protocols } => format!(
                "{points} points of other metrics were left out ({names}).{}",
                if *protocols { " Some are of other protocols than HTTP: those requests are in no figure." } else { "" }
            ),
            K::ChecksCounted { passed, failed, worst } => {
                let all = passed.saturating_add(*failed);
                let worst = worst.as_ref().map(|(name, n)| format!(" (most often “{name}”: {n})")).unwrap_or_default();
                format!("Of {all} checks {failed} failed{worst}. As in k6, a failed check is no failed request.")
            }
            K::NoResponses { requests } => format!(
                "{} got no response (status 0). k6 writes 0 ms for such requests and counts them in its percentiles, and so \
                 does this report: they pull percentiles down.",
                if *requests == 1 { "One request".into() } else { format!("{requests} requests") }
            ),
            K::FailuresUnknown { requests, of } => format!(
                "Of {of} requests {requests} have no http_req_failed (k6 before 0.31, a filter, or a script that switched it \
                 off): whether they failed is unknown."
            ),
            K::RequestsUntimed { requests, timed } => format!(
                "http_reqs counts {requests} requests, and there are {timed} response times: those are what is counted."
            ),
            K::FromLink { quantiles } => format!(
                "The figures came in a link: means and rates are rounded to four digits, minimum and maximum to three, \
                 where that changes no verdict; counts are exact.{}",
                if *quantiles {
                    " The percentiles were read off a histogram at 33 places, which the link does not hold."
                } else {
                    ""
                }
            ),
            K::WarmupCut { seconds, whole, quantiles, approximate } => format!(
                "The first {seconds} s are left out as warm-up.{}{}{}",
                match whole {
                    0 => String::new(),
                    1 => " One row has no timeline of its own and is of the whole run.".into(),
                    n => format!(" {n} rows have no timeline of their own and are of the whole run."),
                },
                if *quantiles {
                    " Percentiles, minimum and maximum are of the whole run: a table cannot be cut."
                } else {
                    ""
                },
                if *approximate { " Percentiles are read off sketches, within 0.8 %." } else { "" }
            ),
            K::Told { text, .. } => text.clone(),
        }
    }
}

fn rows(count: u64) -> String {
    if count == 1 { "One row".into() } else { format!("{count} rows") }
}

fn were(count: u64) -> &'static str {
    if count == 1 { "was" } else { "were" }
}
