//! [`Wire`] for the model. [`Histogram`](super::Histogram) and [`Sketch`](super::Sketch) implement it in their own
//! files.

use super::{
    Buckets, Definition, Distribution, Endpoint, Exception, FailedInterval, FailedLatency, Failure, Grid, Interval,
    Latency, Percentile, PercentileTable, Rounding, RowAccount, Run, Source, SourceFile, Sureness, TablePart, Timeline,
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
}

wire_enum! {
    Distribution { 0 Unknown, 1 Table(table), 2 Tables(parts), 3 Buckets(buckets), 4 Samples(histogram) }
    Rounding { 0 None, 1 TwoDigits }
    Definition {
        0 Linear, 1 Legacy, 2 Rank, 3 RankTwoDigits, 4 JMeterDashboard, 5 TDigest, 6 Sketch, 7 HdrHistogram,
    }
}

/// Empty: a run from a file has no [`Sureness`]; only links, reports and typical runs have one.
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
