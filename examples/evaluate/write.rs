//! Writes a simulated test in the formats of tools: a JMeter JTL, and Locust's tables.
//!
//! Locust's are generated as in `locust/stats.py` of 2.47: response times in buckets of two digits, percentiles by its
//! own definition, a writer that wakes once per second and does not write the end of the run, percentiles in the
//! history that are a sliding window with `--csv-full-history` and cumulative without.

use std::fmt::Write;

use crate::simulate::Test;

/// JMeter 5's columns.
const JTL_HEADER: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,\
                          failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n";

/// A CSV JTL: every sample, in the order of responses.
pub fn jtl(test: &Test) -> String {
    let mut out = String::with_capacity(JTL_HEADER.len() + test.samples.len() * 130);
    out.push_str(JTL_HEADER);
    for sample in &test.samples {
        let endpoint = usize::from(sample.endpoint);
        let (start, end) = (sample.start_ms + test.clock_ms, sample.end_ms() + test.clock_ms);
        integer(&mut out, test.epoch_s * 1000 + start as u64);
        out.push(',');
        // JMeter truncates both ends to milliseconds.
        let elapsed = end as u64 - start as u64;
        integer(&mut out, elapsed);
        out.push(',');
        out.push_str(test.names[endpoint]);
        out.push_str(if sample.failed { ",500,Internal Server Error,Users 1-" } else { ",200,OK,Users 1-" });
        integer(&mut out, u64::from(sample.user) + 1);
        out.push_str(if sample.failed { ",text,false,," } else { ",text,true,," });
        integer(&mut out, u64::from(test.bytes[endpoint]));
        out.push_str(",120,");
        let users = test.users_at(sample.end_ms()) as u64;
        integer(&mut out, users);
        out.push(',');
        integer(&mut out, users);
        out.push_str(",http://127.0.0.1");
        out.push_str(test.names[endpoint]);
        out.push(',');
        integer(&mut out, elapsed);
        out.push_str(",0,0\n");
    }
    out
}

/// An integer in decimal, without the formatting machinery.
fn integer(out: &mut String, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// Locust's buckets: 1 ms up to 100, then two digits.
const BUCKETS: usize = 400;

/// `bucket_response_time`: rounds half to even, like Python.
fn bucket(ms: f64) -> usize {
    let index = match ms {
        ms if ms < 100.0 => libm::rint(ms),
        ms if ms < 1000.0 => 90.0 + libm::rint(ms / 10.0),
        ms if ms < 10_000.0 => 180.0 + libm::rint(ms / 100.0),
        ms => 270.0 + libm::rint(ms / 1000.0),
    };
    (index as usize).min(BUCKETS - 1)
}

/// The bucket's value in ms.
fn bucket_ms(index: usize) -> u64 {
    let index = index as u64;
    match index {
        0..=100 => index,
        101..=190 => (index - 90) * 10,
        191..=280 => (index - 180) * 100,
        _ => (index - 270) * 1000,
    }
}

/// `PERCENTILES_TO_REPORT`.
const PERCENTILES: [f64; 11] = [0.50, 0.66, 0.75, 0.80, 0.90, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0];
const PERCENTILE_NAMES: &str = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%";

/// `calculate_response_time_percentile` for all of them at once, over the buckets minus those of an earlier time.
fn percentiles(counts: &[u32; BUCKETS], earlier: Option<&Snapshot>, total: u64) -> [u64; 11] {
    let n = total - earlier.map_or(0, |e| e.requests);
    let mut values = [0; 11];
    let mut next = PERCENTILES.len();
    let mut passed = 0;
    for index in (0..BUCKETS).rev() {
        let count = counts[index] - earlier.map_or(0, |e| e.counts[index]);
        if count == 0 {
            continue;
        }
        passed += u64::from(count);
        while next > 0 && n - passed <= (n as f64 * PERCENTILES[next - 1]) as u64 {
            next -= 1;
            values[next] = bucket_ms(index);
        }
        if next == 0 {
            break;
        }
    }
    values
}

/// A copy of the buckets at the end of a second.
struct Snapshot {
    second: u64,
    counts: [u32; BUCKETS],
    requests: u64,
}

/// `StatsEntry`.
struct Entry {
    method: &'static str,
    name: &'static str,
    requests: u64,
    failures: u64,
    sum_ms: f64,
    min_ms: f64,
    max_ms: f64,
    bytes: u64,
    counts: [u32; BUCKETS],
    /// Requests and failures by second since the start.
    per_second: Vec<(u32, u32)>,
    /// `response_times_cache`, the last 20.
    cache: Vec<Snapshot>,
    last_s: Option<u64>,
}

impl Entry {
    fn new(method: &'static str, name: &'static str, second: u64, with_cache: bool) -> Self {
        let mut entry = Self {
            method,
            name,
            requests: 0,
            failures: 0,
            sum_ms: 0.0,
            min_ms: f64::INFINITY,
            max_ms: 0.0,
            bytes: 0,
            counts: [0; BUCKETS],
            per_second: Vec::new(),
            cache: Vec::new(),
            last_s: None,
        };
        if with_cache {
            entry.remember(second);
        }
        entry
    }

    /// `_cache_response_times`.
    fn remember(&mut self, second: u64) {
        let snapshot = Snapshot { second, counts: self.counts, requests: self.requests };
        match self.cache.iter_mut().find(|c| c.second == second) {
            Some(same) => *same = snapshot,
            None => self.cache.push(snapshot),
        }
        if self.cache.len() > 20 {
            self.cache.remove(0);
        }
    }

    /// `log` and `log_error`.
    fn log(&mut self, second: u64, ms: f64, bytes: u32, failed: bool, with_cache: bool) {
        if with_cache && self.last_s.is_some_and(|last| second > last) {
            self.remember(second.saturating_sub(1));
        }
        self.last_s = Some(second);
        self.requests += 1;
        self.failures += u64::from(failed);
        self.sum_ms += ms;
        self.min_ms = self.min_ms.min(ms);
        self.max_ms = self.max_ms.max(ms);
        self.bytes += u64::from(bytes);
        self.counts[bucket(ms)] += 1;
        let at = second as usize;
        if self.per_second.len() <= at {
            self.per_second.resize(at + 1, (0, 0));
        }
        self.per_second[at].0 += 1;
        self.per_second[at].1 += u32::from(failed);
    }

    /// `current_rps` and `current_fail_per_sec`: a mean over ten seconds, delayed by two.
    fn current_rates(&self, total_last_s: Option<u64>) -> (f64, f64) {
        let Some(last) = total_last_s else { return (0.0, 0.0) };
        let (from, to) = (last.saturating_sub(12), last.saturating_sub(2));
        if from >= to {
            return (0.0, 0.0);
        }
        let mut sums = (0, 0);
        for second in from..to {
            let (requests, failures) = self.per_second.get(second as usize).copied().unwrap_or_default();
            sums = (sums.0 + requests, sums.1 + failures);
        }
        let seconds = (to - from) as f64;
        (f64::from(sums.0) / seconds, f64::from(sums.1) / seconds)
    }

    /// `get_current_response_time_percentile`, for all: over about the last ten seconds; 0 if the cache is empty.
    fn window(&self, second: i64) -> [u64; 11] {
        let near = (1..9).flat_map(|i| [second - 10 - i, second - 10 + i]);
        let mut wanted = std::iter::once(second - 10).chain(near);
        let cached = wanted.find_map(|want| self.cache.iter().find(|c| c.second as i64 == want));
        cached.map_or([0; 11], |cached| percentiles(&self.counts, Some(cached), self.requests))
    }

    /// The median in Python's format: an integer, unless clamped to the exact minimum or maximum.
    fn median(&self, out: &mut String) {
        let median = percentiles(&self.counts, None, self.requests)[0];
        if self.requests == 0 {
            out.push('0');
        } else if median as f64 > self.max_ms {
            float(out, self.max_ms);
        } else if (median as f64) < self.min_ms {
            float(out, self.min_ms);
        } else {
            integer(out, median);
        }
    }

    fn min(&self, out: &mut String) {
        if self.requests == 0 { out.push('0') } else { float(out, self.min_ms) }
    }

    fn max(&self, out: &mut String) {
        if self.requests == 0 { out.push('0') } else { float(out, self.max_ms) }
    }

    fn per_request(&self, sum: f64) -> f64 {
        if self.requests == 0 { 0.0 } else { sum / self.requests as f64 }
    }

    fn percentile_fields(&self, out: &mut String, values: [u64; 11]) {
        for value in values {
            out.push(',');
            if self.requests == 0 {
                out.push_str("N/A");
            } else {
                integer(out, value);
            }
        }
    }

    fn history_row(&self, out: &mut String, beat: &Beat, full: bool) {
        integer(out, beat.timestamp);
        out.push(',');
        integer(out, beat.users);
        let (rate, failure_rate) = self.current_rates(beat.last_s);
        // Writing to a string cannot fail.
        let _ = write!(out, ",{},{},{rate:.6},{failure_rate:.6}", self.method, self.name);
        let values = if full { self.window(beat.second) } else { percentiles(&self.counts, None, self.requests) };
        self.percentile_fields(out, values);
        out.push(',');
        integer(out, self.requests);
        out.push(',');
        integer(out, self.failures);
        out.push(',');
        self.median(out);
        out.push(',');
        float(out, self.per_request(self.sum_ms));
        out.push(',');
        self.min(out);
        out.push(',');
        self.max(out);
        out.push(',');
        // 0 as an integer without requests.
        if self.requests == 0 {
            out.push('0')
        } else {
            float(out, self.per_request(self.bytes as f64))
        }
        out.push_str("\r\n");
    }

    fn stats_row(&self, out: &mut String, seconds: f64) {
        let _ = write!(out, "{},{},{},{},", self.method, self.name, self.requests, self.failures);
        self.median(out);
        out.push(',');
        float(out, self.per_request(self.sum_ms));
        out.push(',');
        self.min(out);
        out.push(',');
        self.max(out);
        out.push(',');
        if self.requests == 0 {
            out.push('0')
        } else {
            float(out, self.per_request(self.bytes as f64))
        }
        for count in [self.requests, self.failures] {
            out.push(',');
            float(out, if seconds > 0.0 { count as f64 / seconds } else { 0.0 });
        }
        self.percentile_fields(out, percentiles(&self.counts, None, self.requests));
        out.push_str("\r\n");
    }
}

/// Python's `repr`: the shortest digits that parse to the value, with a decimal point.
fn float(out: &mut String, value: f64) {
    let _ = write!(out, "{value:?}");
}

/// One wake-up of the writer.
struct Beat {
    timestamp: u64,
    /// Relative to the second in which the test started.
    second: i64,
    users: u64,
    last_s: Option<u64>,
}

/// Locust's files.
pub struct Locust {
    pub stats: String,
    /// `_stats_history.csv` without `--csv-full-history`.
    pub history: String,
    /// The same with it; empty if not requested.
    pub full_history: String,
}

/// `_stats.csv` and `_stats_history.csv`, with `--csv-full-history` also where `with_full`.
pub fn locust(test: &Test, with_full: bool) -> Locust {
    let header = format!(
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,{PERCENTILE_NAMES},Total Request Count,Total Failure \
         Count,Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response \
         Time,Total Average Content Size\r\n"
    );
    let mut out = Locust {
        stats: format!(
            "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max \
             Response Time,Average Content Size,Requests/s,Failures/s,{PERCENTILE_NAMES}\r\n"
        ),
        history: header.clone(),
        full_history: if with_full { header } else { String::new() },
    };
    let mut total = Entry::new("", "Aggregated", 0, with_full);
    let mut entries: Vec<Option<Entry>> = test.names.iter().map(|_| None).collect();
    // Rows are in the order of names.
    let mut order: Vec<usize> = (0..test.names.len()).collect();
    order.sort_by_key(|e| test.names[*e]);

    // The writer starts before the users: its first row has none.
    let mut beat_ms = test.phase_ms - 1000.0;
    let mut samples = test.samples.iter().peekable();
    let mut last_ms = 0.0;
    while beat_ms < test.end_ms {
        while let Some(sample) = samples.next_if(|s| s.end_ms() <= beat_ms) {
            last_ms = sample.end_ms();
            let second = ((last_ms + test.clock_ms) / 1000.0) as u64;
            let endpoint = usize::from(sample.endpoint);
            let bytes = test.bytes[endpoint];
            total.log(second, sample.elapsed_ms, bytes, sample.failed, with_full);
            entries[endpoint].get_or_insert_with(|| Entry::new("GET", test.names[endpoint], second, with_full)).log(
                second,
                sample.elapsed_ms,
                bytes,
                sample.failed,
                with_full,
            );
        }
        let second = libm::floor((beat_ms + test.clock_ms) / 1000.0);
        let beat = Beat {
            timestamp: (test.epoch_s as f64 + second) as u64,
            second: second as i64,
            users: test.users_at(beat_ms) as u64,
            last_s: total.last_s,
        };
        total.history_row(&mut out.history, &beat, false);
        if with_full {
            for entry in order.iter().filter_map(|e| entries[*e].as_ref()) {
                entry.history_row(&mut out.full_history, &beat, true);
            }
            total.history_row(&mut out.full_history, &beat, true);
        }
        // It sleeps for a second and needs time to write: occasionally a second has no row.
        beat_ms += 1001.0;
    }
    // A difference of two times since the epoch, to the last digit of such floats.
    let start_s = test.epoch_s as f64 + test.clock_ms / 1000.0;
    let seconds = (start_s + last_ms / 1000.0) - start_s;
    for entry in order.iter().filter_map(|e| entries[*e].as_ref()) {
        entry.stats_row(&mut out.stats, seconds);
    }
    total.stats_row(&mut out.stats, seconds);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::simulate::{Drift, ENDPOINTS, Effect, World};
    use loaddiff::ingest;
    use loaddiff::run::{Metric, Percentile};

    /// Against Python: `[bucket_response_time(x) for x in …]`, Locust 2.47.
    #[test]
    fn buckets_are_locusts() {
        let cases = [
            (0.2, 0),
            (0.5, 0),
            (1.5, 2),
            (98.7, 99),
            (99.4, 99),
            (99.6, 100),
            (100.0, 100),
            (104.9, 100),
            (105.1, 110),
            (147.0, 150),
            (994.0, 990),
            (996.0, 1000),
            (999.9, 1000),
            (1049.0, 1000),
            (1051.0, 1100),
            (3432.0, 3400),
            (9960.0, 10_000),
            (10_400.0, 10_000),
            (10_600.0, 11_000),
            (58_760.0, 59_000),
        ];
        for (ms, expected) in cases {
            assert_eq!(bucket_ms(bucket(ms)), expected, "{ms}");
        }
    }

    /// The files read back as simulated: counts, means and users.
    #[test]
    fn written_files_read_back() -> Result<(), Box<dyn std::error::Error>> {
        let mut random = Random::new(&[3]);
        let world = World::draw(&mut random, 2000.0, 100.0, 0.02, Drift::Second90, false);
        let test = world.run(&mut random, Effect::None, 1.0, 0);
        let files = locust(&test, true);
        for history in [&files.history, &files.full_history] {
            let parts = vec![
                ingest::read("base_stats.csv", files.stats.as_bytes())?,
                ingest::read("base_stats_history.csv", history.as_bytes())?,
            ];
            let run = ingest::assemble(parts, ingest::Parts::Refuse)?;
            assert_eq!(run.users, Some(test.users as u64));
            assert_eq!(run.endpoints.len(), ENDPOINTS);
            // All requests except those that ended after the writer's last wake-up, less than a second before the end.
            let written = test.samples.iter().filter(|s| s.end_ms() <= test.end_ms - 1000.0).count() as u64;
            let total = run.total.as_ref().ok_or("no total")?;
            let counted = total.requests.ok_or("no requests")?;
            assert!(counted >= written && counted <= test.samples.len() as u64, "{counted}");
            assert_eq!(run.endpoints.iter().filter_map(|e| e.requests).sum::<u64>(), counted);
            let mean = test.samples[..counted as usize].iter().map(|s| s.elapsed_ms).sum::<f64>() / counted as f64;
            let read = total.value(&Metric::Mean).number.ok_or("no mean")?;
            assert!((read / mean - 1.0).abs() < 1e-9, "{read} {mean}");
            // Two digits: within 5 % of the order statistic.
            let mut sorted: Vec<f64> = test.samples[..counted as usize].iter().map(|s| s.elapsed_ms).collect();
            sorted.sort_by(f64::total_cmp);
            let exact = sorted[(counted as f64 * 0.95) as usize];
            let p95 = total.value(&Metric::Latency(Percentile::P95)).number.ok_or("no p95")?;
            assert!((p95 / exact - 1.0).abs() < 0.051, "{p95} {exact}");
            let timeline = run.timeline.ok_or("no timeline")?;
            assert!(timeline.duration_s().is_some_and(|s| (97.0..=100.0).contains(&s)), "{:?}", timeline.duration_s());
        }
        Ok(())
    }

    #[test]
    fn a_jtl_holds_every_sample() {
        let mut random = Random::new(&[4]);
        let world = World::draw(&mut random, 500.0, 50.0, 0.02, Drift::None, false);
        let test = world.run(&mut random, Effect::Errors(0.03), 1.0, 0);
        let text = jtl(&test);
        let columns = text.lines().next().map_or(0, |header| header.split(',').count());
        assert_eq!(text.lines().count(), test.samples.len() + 1);
        assert!(text.lines().all(|line| line.split(',').count() == columns));
        let failed = test.samples.iter().filter(|s| s.failed).count();
        assert_eq!(text.lines().filter(|line| line.contains(",false,")).count(), failed);
    }
}
