//! The model as [`Wire`]. [`Histogram`](super::Histogram) and [`Sketch`](super::Sketch) stand in their own files.

use super::{
    Buckets, Definition, Distribution, Endpoint, Exception, FailedInterval, FailedLatency, Failure, Grid, Interval,
    Latency, Note, NoteKind, Percentile, PercentileTable, Rounding, RowAccount, Run, Source, SourceFile, Sureness,
    TablePart, Timeline,
};
use crate::wire::{Wire, wire_enum, wire_struct};

wire_struct! {
    Run {
        label, source, started_ms, duration_s, users, users_follow, left_out_s, endpoints, total, timeline, failures, exceptions, notes, rows,
    }
    Source { tool, version, files }
    SourceFile { name, bytes, fingerprint, format, evidence }
    RowAccount { read, endpoints, totals, merged, rejected }
    Endpoint {
        method, name, service, requests, failures, latency, rate_per_s, failures_per_s, stated_error_rate_pct,
        mean_bytes, sum_bytes, span_ms, timeline, metrics, sureness, failed,
    }
    Latency { mean_ms, sum_ns, min_ms, max_ms, timed, distribution }
    PercentileTable { values_ms, rounding }
    TablePart { requests, table, min_ms, max_ms }
    Buckets { counts_by_us, rounding }
    Timeline { intervals, grid }
    Grid { doublings, most }
    Interval { end_s, length_s, requests, failures, mean_ms, sum_ns, users, window_p50_ms, window_p95_ms, sketch, failed }
    FailedInterval { requests, sum_ns, sketch }
    FailedLatency { histogram, sum_ns }
    Failure { method, name, message, count }
    Exception { message, traceback, count }
    Note { file, kind }
}

wire_enum! {
    Distribution { 0 Unknown, 1 Table(table), 2 Tables(parts), 3 Buckets(buckets), 4 Samples(histogram) }
    Rounding { 0 None, 1 TwoDigits }
    Definition {
        0 Linear, 1 Legacy, 2 Rank, 3 RankTwoDigits, 4 JMeterDashboard, 5 TDigest, 6 Sketch, 7 HdrHistogram,
    }
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

/// Nothing is sent: a file that is read tells no [`Sureness`], which links, reports and typical runs carry.
impl Wire for Sureness {
    fn put(&self, _: &mut Vec<u8>) {}

    fn take(_: &mut &[u8]) -> Option<Self> {
        Some(Self::default())
    }
}

impl Wire for Percentile {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        u32::take(from).map(Self)
    }
}
