//! Initial training of the coder: typical names, figures and facts of load tests. It is part of the version and never
//! changed: other examples are another format.
//!
//! `examples/rows.txt` holds a real pair of runs, eight endpoints and the total under Locust 2.47: for each, the
//! baseline and then the run, with requests, failures, mean, minimum, maximum, and the quantiles of [`QUANTILES`].
//! `examples/sureness.txt` holds their precision if links include it, in the order of [`METRICS`] ([`precision`]),
//! followed by what was judged of the run ([`judged`]); the last two lines are the total's without a histogram.

use std::sync::OnceLock;

use super::coder::{Codec, Model};
use super::rows::{LOCUST, QUANTILES};
use super::value::{at_log, nearest_log, text};
use super::{LinkError, Shared, body, rows, thresholds};
use crate::compare::ORDER_TAILS;
use crate::ingest::locust::notes::{
    CSV_MAY_MISS_END, HISTORY_PERCENTILES_CUMULATIVE, HISTORY_PERCENTILES_WINDOWED, PERCENTILES_ROUNDED,
};
use crate::ingest::notes::{PERCENTILE_ABOVE_MAX, TOTAL_SUMMED};
use crate::order;
use crate::run::{
    Batches, Distribution, Endpoint, Failure, Interval, Judged, Latency, Metric, Note, Order, Percentile,
    PercentileTable, Precision, Rounding, RowAccount, Run, Source, Timeline, at_place,
};

const WORDS: &str = include_str!("examples/words.txt");
const ROWS: &str = include_str!("examples/rows.txt");
const SURENESS: &str = include_str!("examples/sureness.txt");

const METRICS: [Metric; 6] = [
    Metric::Latency(Percentile::P50),
    Metric::Latency(Percentile::P95),
    Metric::Latency(Percentile::P99),
    Metric::Mean,
    Metric::ErrorRate,
    Metric::Rps,
];

const NAMES: [(&str, &str); 8] = [
    ("GET", "/health"),
    ("POST", "/query"),
    ("GET", "/search"),
    ("POST", "/tools/run"),
    ("GET", "/users/[id]"),
    ("PUT", "/users/[id]"),
    ("POST", "/v1/chat"),
    ("GET", "/v1/models"),
];

/// A codec trained on the examples.
pub(super) fn learned() -> Result<Codec<'static>, LinkError> {
    static LEARNED: OnceLock<Result<Model, LinkError>> = OnceLock::new();
    LEARNED.get_or_init(learn).clone().map(Codec::knowing)
}

fn learn() -> Result<Model, LinkError> {
    let mut codec = Codec::new();
    let mut last = "";
    for line in WORDS.lines() {
        let (sort, word) = line.split_once(' ').unwrap_or(("0", line));
        let sort = sort.parse().unwrap_or(0);
        text(&mut codec, sort, if sort == 0 { last } else { "" }, word)?;
        last = word;
    }
    // The last one, which has most influence, is the most usual.
    for kept in [QuantileForm::Logarithmic, QuantileForm::Quantiles, QuantileForm::Table] {
        body::body(&mut codec, example(kept))?;
    }
    Ok(codec.known())
}

#[derive(Clone, Copy, PartialEq)]
enum QuantileForm {
    Table,
    Quantiles,
    Logarithmic,
}

fn example(kept: QuantileForm) -> Shared {
    let mut baseline = blank("baseline", 1_795_458_079_000, kept);
    let mut run = blank("run", 1_795_461_679_000, kept);
    let mut lines = ROWS.lines();
    for name in NAMES.into_iter().map(Some).chain([None]) {
        for (run, seconds) in [(&mut baseline, 89.328_649_520_874_02), (&mut run, 89.553_030_252_456_67)] {
            let Some(e) = lines.next().map(|line| row(line, name, seconds, kept)) else { continue };
            match name {
                Some(_) => run.endpoints.push(e),
                None => run.total = Some(e),
            }
        }
    }
    sample_precision(&mut baseline, &mut run, kept);
    let policy = thresholds::known_profile(0).unwrap_or_default();
    Shared { baseline, run, policy }
}

/// Precision of the figures, and the notes.
fn sample_precision(baseline: &mut Run, run: &mut Run, kept: QuantileForm) {
    let lines: Vec<&str> = SURENESS.lines().collect();
    let (histograms, tables) = lines.split_at(lines.len().saturating_sub(2));
    let sure = |e: Option<&mut Endpoint>, line: Option<&&str>| {
        if let (Some(e), Some(line)) = (e, line) {
            let metrics = || METRICS.into_iter();
            let judged_from = line.split(' ').skip(METRICS.len());
            let one = |(metric, text)| precision(text).map(|precision| (metric, precision));
            e.sureness.precision = order::map(metrics().zip(line.split(' ')).filter_map(one));
            let one = |(metric, text)| judged(text).map(|judged| (metric, judged));
            e.sureness.judged = order::map(metrics().zip(judged_from).filter_map(one));
        }
    };
    let mut lines = if kept == QuantileForm::Quantiles { histograms.iter() } else { [].iter() };
    for (a, b) in baseline.endpoints.iter_mut().zip(&mut run.endpoints) {
        sure(Some(a), lines.next());
        sure(Some(b), lines.next());
    }
    let mut lines = if kept == QuantileForm::Table { tables.iter() } else { lines };
    sure(baseline.total.as_mut(), lines.next());
    sure(run.total.as_mut(), lines.next());
    for (run, count, example) in [
        (baseline, 12_u64, "p99.9 of POST /tools/run at 480 ms, maximum 476 ms"),
        (run, 9, "p99.9 of GET /health at 47 ms, maximum 46.8 ms"),
    ] {
        run.notes = vec![Note::on_run(&PERCENTILES_ROUNDED, [])];
        if kept == QuantileForm::Table {
            run.notes.push(Note::on_run(&CSV_MAY_MISS_END, []));
            run.notes.push(Note::on_run(&PERCENTILE_ABOVE_MAX, [count.into(), example.into()]));
            run.notes.push(Note::on_run(&HISTORY_PERCENTILES_CUMULATIVE, []));
        } else {
            run.notes.push(Note::on_run(&TOTAL_SUMMED, []));
        }
    }
}

/// Parses `-150/-142/3/1.5`: order statistics, with the position of the tail and the design effect; `-109*17`: slices,
/// or moments; `x0`: the dispersion of counts; `-`: nothing. Errors are grid positions.
fn precision(text: &str) -> Option<Precision> {
    let error = |place: &str| place.parse().ok().and_then(at_place);
    if let Some(place) = text.strip_prefix('x') {
        return error(place).map(Precision::Dispersion);
    }
    if let Some((place, batches)) = text.split_once('*') {
        let (standard_error, batches) = (error(place)?, batches.parse().ok()?);
        return Some(Precision::Batches(Batches { standard_error, batches, assumed: false }));
    }
    let mut parts = text.split('/');
    let (below, above) = (error(parts.next()?)?, error(parts.next()?)?);
    let deepest = *ORDER_TAILS.get(parts.next()?.parse::<usize>().ok()?)?;
    Some(Precision::Order(Order { below, above, deepest, design: parts.next()?.parse().ok()?, assumed: false }))
}

/// Parses `194`: a shift; `528+5`: one in the baseline's mix, with seconds excluded; `-`: nothing.
fn judged(text: &str) -> Option<Judged> {
    let (shift, left_out_s) = text.split_once('+').map_or((text, None), |(shift, s)| (shift, s.parse().ok()));
    let shift = shift.parse().ok()?;
    Some(Judged { shift, mix: shift != 0 && left_out_s.is_some(), left_out_s, ..Judged::default() })
}

fn row(line: &str, name: Option<(&str, &str)>, seconds: f64, kept: QuantileForm) -> Endpoint {
    let mut numbers = line.split(' ').map(|n| n.parse::<f64>().unwrap_or(0.0));
    let mut next = || numbers.next().unwrap_or(0.0);
    let (requests, failures, mean, min, max) = (next() as u64, next() as u64, next(), next(), next());
    let values = QUANTILES.into_iter().zip(numbers).filter(|(p, _)| kept != QuantileForm::Table || LOCUST.contains(p));
    let kept_as = |ms: f64| if kept == QuantileForm::Logarithmic { at_log(nearest_log(ms)).unwrap_or(ms) } else { ms };
    let values_ms = order::map(values.map(|(p, ms)| (Percentile(p), kept_as(ms))));
    let rounding = if kept == QuantileForm::Logarithmic { Rounding::None } else { Rounding::TwoDigits };
    Endpoint {
        method: name.map(|(method, _)| method.to_owned()),
        name: name.map_or("Aggregated", |(_, name)| name).to_owned(),
        requests: Some(requests),
        failures: Some(failures),
        latency: Latency {
            mean_ms: Some(mean),
            sum_ns: rows::sum_ns(Some(mean), Some(requests)),
            min_ms: Some(min),
            max_ms: Some(max),
            timed: Some(requests),
            distribution: Distribution::Table(PercentileTable { values_ms, rounding }),
        },
        rate_per_s: Some(requests as f64 / seconds),
        ..Endpoint::default()
    }
}

fn blank(label: &str, started_ms: i64, kept: QuantileForm) -> Run {
    let interval = |s: u8| Interval {
        end_s: started_ms / 1000 + i64::from(s) + 1,
        length_s: 1,
        requests: 38 + u64::from(s) * 7 % 5,
        failures: u64::from(s % 10 == 9),
        mean_ms: Some(100.0 + f64::from(s % 11)),
        users: Some(20.min(u64::from(s) * 10)),
        window_p50_ms: None,
        window_p95_ms: None,
        ..Interval::default()
    };
    let mut notes = vec![Note::on_run(&PERCENTILES_ROUNDED, [])];
    if kept == QuantileForm::Table {
        notes.push(Note::on_run(&CSV_MAY_MISS_END, []));
        notes.push(Note::on_run(&HISTORY_PERCENTILES_WINDOWED, []));
    }
    Run {
        label: label.to_owned(),
        source: Source { tool: "Locust".to_owned(), version: Some(">=1.0".to_owned()), files: Vec::new() },
        started_ms: Some(started_ms),
        duration_s: Some(89.0),
        users: Some(20),
        timeline: Some(Timeline { intervals: (0..30).map(interval).collect(), grid: None }),
        failures: vec![Failure {
            method: Some("POST".to_owned()),
            name: "/query".to_owned(),
            message: "HTTPError('500 Server Error: Internal Server Error for url: /query')".to_owned(),
            count: 3,
        }],
        rows: RowAccount { read: 9, endpoints: 8, totals: 1, merged: 0, rejected: 0 },
        notes,
        ..Run::default()
    }
}
