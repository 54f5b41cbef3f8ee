//! A run in which every response took longer by a factor: what a comparison is tried with. Counts and rates stay.

use loaddiff::run::{
    Distribution, Endpoint, FailedInterval, Histogram, Interval, Latency, Nanos, Run, Shared, Sketch, Timeline,
};

/// The run with every response time multiplied.
pub fn slowed(run: &Run, factor: f64) -> Run {
    let mut slow = run.clone();
    let endpoints: Vec<Endpoint> = run.endpoints.iter().map(|e| endpoint(e, factor)).collect();
    slow.endpoints = endpoints.into();
    slow.total = run.total.as_ref().map(|e| endpoint(e, factor));
    slow.timeline = run.timeline.as_ref().map(|t| timeline(t, factor));
    slow
}

fn endpoint(e: &Endpoint, factor: f64) -> Endpoint {
    let mut slow = e.clone();
    slow.latency = latency(&e.latency, factor);
    slow.timeline = e.timeline.as_ref().map(|t| timeline(t, factor));
    if let Some(failed) = &mut slow.failed {
        failed.histogram = histogram(&failed.histogram, factor);
        failed.sum_ns = sum(failed.sum_ns, factor);
    }
    slow
}

fn ns(value: u64, factor: f64) -> u64 {
    libm::round(value as f64 * factor) as u64
}

fn sum(value: u128, factor: f64) -> u128 {
    libm::round(value as f64 * factor) as u128
}

fn histogram(of: &Histogram, factor: f64) -> Histogram {
    let pairs = of.iter().map(|(value, count)| (ns(value, factor), count));
    let end = |value: Option<u64>| ns(value.unwrap_or(0), factor);
    Histogram::restore(pairs, end(of.min_ns()), end(of.max_ns()), of.is_exact()).by(of.definition())
}

fn latency(of: &Latency, factor: f64) -> Latency {
    let times = |ms: Option<f64>| ms.map(|ms| ms * factor);
    let mut distribution = of.distribution.clone();
    match &mut distribution {
        Distribution::Unknown => {}
        Distribution::Table(table) => table.values_ms.values_mut().for_each(|ms| *ms *= factor),
        Distribution::Tables(parts) => {
            for part in parts {
                part.table.values_ms.values_mut().for_each(|ms| *ms *= factor);
                (part.min_ms, part.max_ms) = (times(part.min_ms), times(part.max_ms));
            }
        }
        Distribution::Buckets(buckets) => {
            let mut counts = std::collections::BTreeMap::new();
            for (us, count) in &buckets.counts_by_us {
                *counts.entry(ns(*us, factor)).or_insert(0) += *count;
            }
            buckets.counts_by_us = counts;
        }
        Distribution::Samples(samples) => *samples = histogram(samples, factor),
    }
    Latency {
        mean_ms: times(of.mean_ms),
        sum_ns: of.sum_ns.map(|value| sum(value, factor)),
        min_ms: times(of.min_ms),
        max_ms: times(of.max_ms),
        timed: of.timed,
        distribution,
    }
}

fn timeline(of: &Timeline, factor: f64) -> Timeline {
    let intervals: Vec<Interval> = of.intervals.iter().map(|i| interval(i, factor)).collect();
    Timeline { intervals: Shared::from(intervals), grid: of.grid }
}

fn interval(of: &Interval, factor: f64) -> Interval {
    let times = |ms: Option<f64>| ms.map(|ms| ms * factor);
    let total = |value: Nanos| Nanos::from(sum(value.into(), factor));
    Interval {
        mean_ms: times(of.mean_ms),
        sum_ns: of.sum_ns.map(total),
        window_p50_ms: times(of.window_p50_ms),
        window_p95_ms: times(of.window_p95_ms),
        sketch: of.sketch.as_ref().map(|of| Box::new(sketch(of, factor))),
        failed: of.failed.as_ref().map(|failed| {
            Box::new(FailedInterval {
                requests: failed.requests,
                sum_ns: total(failed.sum_ns),
                sketch: sketch(&failed.sketch, factor),
            })
        }),
        ..of.clone()
    }
}

fn sketch(of: &Sketch, factor: f64) -> Sketch {
    let mut slow = Sketch::default();
    for (middle, count) in of.middles_ns() {
        slow.record(Sketch::bucket(ns(middle, factor)), u32::try_from(count).unwrap_or(u32::MAX));
    }
    slow.at_rest()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::slowed;
    use loaddiff::ingest::{self, Parts};
    use loaddiff::run::{Endpoint, Latency, Run};

    /// A log of requests that took 10 to 40 ms, times a factor; some failed.
    fn log(factor: f64) -> Run {
        let mut csv = String::from("endpoint,start_ms,latency_ms,ok\n");
        for i in 0..600 {
            let (start, ms) = (1_700_000_000_000_u64 + i * 100, (10.0 + (i * 7 % 31) as f64) * factor);
            csv.push_str(&format!("/{},{start},{ms},{}\n", i % 2, i % 50 != 0));
        }
        let part = ingest::read("log.csv", csv.as_bytes()).unwrap();
        ingest::assemble(vec![part], Parts::Refuse).unwrap()
    }

    #[test]
    fn as_if_the_tool_had_measured_it() {
        let (slow, measured) = (slowed(&log(1.0), 1.25), log(1.25));
        assert_eq!(slow.endpoints.len(), 2);
        let both = slow.endpoints.iter().zip(measured.endpoints.iter());
        for (ours, theirs) in both.chain(slow.total.iter().zip(&measured.total)) {
            let exact = |e: &Endpoint| Latency { mean_ms: None, ..e.latency.clone() };
            assert_eq!(exact(ours), exact(theirs));
            assert!((ours.latency.mean_ms.unwrap() / theirs.latency.mean_ms.unwrap() - 1.0).abs() < 1e-12);
            assert_eq!(ours.failed, theirs.failed);
            assert_eq!((ours.requests, ours.failures), (theirs.requests, theirs.failures));
        }
        let intervals = |run: &Run| run.timeline.clone().unwrap().intervals;
        assert!(intervals(&slow).len() > 30);
        for (ours, theirs) in intervals(&slow).iter().zip(intervals(&measured).iter()) {
            assert_eq!((ours.end_s, ours.requests, ours.sum_ns), (theirs.end_s, theirs.requests, theirs.sum_ns));
            assert!((ours.mean_ms.unwrap() / theirs.mean_ms.unwrap() - 1.0).abs() < 1e-12);
            // Sketches have buckets of 1.6 %.
            let median = |i: &loaddiff::run::Interval| i.quantile_ms(0.5).unwrap();
            assert!((median(ours) / median(theirs) - 1.0).abs() < 0.02);
        }
    }
}
