//! Simulated requests as files of tools.

use std::collections::BTreeMap;
use std::fmt::Write;

use loaddiff::run::time;

use super::samples::{Sample, Simulated};
use super::scenario::Scenario;

/// The size of every response, in bytes.
const SIZE: u32 = 1024;

/// What a request fails with.
const ERROR: &str = "HTTPError('503 Server Error: Service Unavailable for url: /{}')";

/// Locust's percentiles.
const PERCENTILES: [(&str, f64); 11] = [
    ("50%", 0.5),
    ("66%", 0.66),
    ("75%", 0.75),
    ("80%", 0.8),
    ("90%", 0.9),
    ("95%", 0.95),
    ("98%", 0.98),
    ("99%", 0.99),
    ("99.9%", 0.999),
    ("99.99%", 0.9999),
    ("100%", 1.0),
];

/// The end of a file's name, and its text.
pub type File = (&'static str, String);

/// The load simulator's CSV. Its rates are the scenario's own: they do not follow from its requests and times.
pub fn scripts(services: &[Simulated<'_>], scale: u32) -> Vec<File> {
    let mut csv = String::from(
        "Name,# requests,# failures,Median response time,Average response time,Min response time,Max response time,\
         Average Content Size,Requests/s\n",
    );
    for Simulated { service, samples } in services {
        let figures = Figures::of(samples);
        let [median, min, max] = [figures.median(), figures.at(0.0), figures.at(1.0)];
        let (requests, failures, mean) = (samples.len(), figures.failures, figures.mean());
        let rps = service.rps * scale;
        let _ = writeln!(csv, "{},{requests},{failures},{median},{mean},{min},{max},{SIZE},{rps}", service.name);
    }
    vec![(".csv", csv)]
}

/// JMeter's CSV of every sample.
pub fn jtl(scenario: &Scenario, services: &[Simulated<'_>], start_ms: i64) -> Vec<File> {
    let mut jtl = String::from(
        "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,\
         grpThreads,allThreads,URL,Latency,IdleTime,Connect\n",
    );
    let mut rows: Vec<(&str, &Sample)> =
        services.iter().flat_map(|s| s.samples.iter().map(|sample| (s.service.name, sample))).collect();
    rows.sort_by_key(|(_, sample)| sample.end());
    for (at, (name, sample)) in rows.into_iter().enumerate() {
        let users = scenario.users_at(sample.start).max(1);
        let thread = at as u64 % u64::from(users) + 1;
        let stamp = start_ms + i64::try_from(sample.start).unwrap_or(i64::MAX);
        let (code, message) = if sample.failed { (503, "Service Unavailable") } else { (200, "OK") };
        let Sample { elapsed, failed, .. } = sample;
        let _ = writeln!(
            jtl,
            "{stamp},{elapsed},{name},{code},{message},Thread Group 1-{thread},text,{},,{SIZE},200,{users},{users},\
             http://127.0.0.1/{name},{elapsed},0,1",
            !failed
        );
    }
    vec![(".jtl", jtl)]
}

/// Locust's four CSV files, the history with every endpoint (`--csv-full-history`).
pub fn locust(scenario: &Scenario, services: &[Simulated<'_>], start_ms: i64) -> Vec<File> {
    let mut names: Vec<(&str, &str, Vec<Sample>)> =
        services.iter().map(|s| ("GET", s.service.name, s.samples.clone())).collect();
    names.sort_by_key(|(_, name, _)| *name);
    let mut all: Vec<Sample> = services.iter().flat_map(|s| s.samples.iter().copied()).collect();
    all.sort_by_key(Sample::end);
    names.push(("", "Aggregated", all));

    let percentiles = PERCENTILES.map(|(name, _)| name).join(",");
    let seconds = scenario.seconds();
    let mut stats = format!(
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response \
         Time,Average Content Size,Requests/s,Failures/s,{percentiles}\n"
    );
    let mut failures = String::from("Method,Name,Error,Occurrences,First Seen,Last Seen\n");
    for (method, name, samples) in &names {
        let figures = Figures::of(samples);
        let rate = |n: usize| n as f64 / f64::from(seconds);
        let _ = writeln!(
            stats,
            "{method},{name},{},{},{},{},{}.0,{}.0,{SIZE}.0,{},{},{}",
            samples.len(),
            figures.failures,
            figures.rounded(0.5),
            figures.mean(),
            figures.at(0.0),
            figures.at(1.0),
            rate(samples.len()),
            rate(figures.failures),
            figures.percentiles()
        );
        let failed = || samples.iter().filter(|s| s.failed);
        if let (false, Some(first), Some(last)) = (method.is_empty(), failed().next(), failed().next_back()) {
            let seen = |sample: &Sample| {
                let ms = start_ms + i64::try_from(sample.end()).unwrap_or(i64::MAX);
                time::format_rfc3339(ms - ms.rem_euclid(1000))
            };
            let (error, count) = (ERROR.replace("{}", name), failed().count());
            let _ = writeln!(failures, "{method},{name},{error},{count},{},{}", seen(first), seen(last));
        }
    }
    let history = history(scenario, &names, start_ms, &percentiles);
    let exceptions = "Count,Message,Traceback,Nodes\n".to_owned();
    vec![
        ("_stats.csv", stats),
        ("_stats_history.csv", history),
        ("_failures.csv", failures),
        ("_exceptions.csv", exceptions),
    ]
}

/// Seconds of the window of Locust's current rates and percentiles.
const WINDOW: usize = 10;

fn history(scenario: &Scenario, names: &[(&str, &str, Vec<Sample>)], start_ms: i64, percentiles: &str) -> String {
    let mut csv = format!(
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,{percentiles},Total Request Count,Total Failure Count,Total \
         Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average \
         Content Size\n"
    );
    let mut running: Vec<Running> = names.iter().map(|_| Running::default()).collect();
    for second in 0..=scenario.seconds() as usize {
        let ms = second as u64 * 1000;
        let stamp = start_ms / 1000 + i64::try_from(second).unwrap_or(i64::MAX);
        for ((method, name, samples), so_far) in names.iter().zip(&mut running) {
            // They are in the order of their ends.
            let until = |ms: u64| samples.partition_point(|sample| sample.end() <= ms);
            let (done, before) = (until(ms), until(ms.saturating_sub(WINDOW as u64 * 1000)));
            so_far.add(samples.get(so_far.requests..done).unwrap_or_default());
            let window = Figures::of(samples.get(before..done).unwrap_or_default());
            let seconds = second.clamp(1, WINDOW) as f64;
            let _ = write!(
                csv,
                "{stamp},{},{method},{name},{:.6},{:.6},{},{done},{}",
                scenario.users_at(ms),
                (done - before) as f64 / seconds,
                window.failures as f64 / seconds,
                window.percentiles(),
                so_far.failures
            );
            let [median, least, most] = [rounded(so_far.median()), so_far.least(), so_far.most()];
            let (mean, size) = (so_far.mean(), if done == 0 { 0 } else { SIZE });
            let _ = writeln!(csv, ",{median},{mean},{least},{most},{size}");
        }
    }
    csv
}

/// What Locust tells of all requests so far.
#[derive(Default)]
struct Running {
    counts: BTreeMap<u64, usize>,
    requests: usize,
    failures: usize,
    sum: u64,
}

impl Running {
    fn add(&mut self, samples: &[Sample]) {
        for sample in samples {
            *self.counts.entry(sample.elapsed).or_default() += 1;
            self.requests += 1;
            self.failures += usize::from(sample.failed);
            self.sum += sample.elapsed;
        }
    }

    fn mean(&self) -> f64 {
        if self.requests == 0 { 0.0 } else { self.sum as f64 / self.requests as f64 }
    }

    fn median(&self) -> u64 {
        let mut before = 0;
        let at_rank = self.counts.iter().find(|(_, count)| {
            before += **count;
            before * 2 >= self.requests
        });
        at_rank.map_or(0, |(ms, _)| *ms)
    }

    fn least(&self) -> u64 {
        self.counts.first_key_value().map_or(0, |(ms, _)| *ms)
    }

    fn most(&self) -> u64 {
        self.counts.last_key_value().map_or(0, |(ms, _)| *ms)
    }
}

/// Locust keeps two digits of a time.
fn rounded(ms: u64) -> u64 {
    let step = match ms {
        0..100 => 1,
        100..1000 => 10,
        1000..10_000 => 100,
        _ => 1000,
    };
    // A half goes to the even digit, as in Python.
    let (whole, rest) = (ms / step, ms % step);
    let up = rest * 2 > step || (rest * 2 == step && whole % 2 == 1);
    (whole + u64::from(up)) * step
}

/// What Locust tells of requests.
struct Figures {
    /// In order.
    times: Vec<u64>,
    failures: usize,
}

impl Figures {
    fn of(samples: &[Sample]) -> Self {
        let mut times: Vec<u64> = samples.iter().map(|sample| sample.elapsed).collect();
        times.sort_unstable();
        Self { times, failures: samples.iter().filter(|sample| sample.failed).count() }
    }

    fn mean(&self) -> f64 {
        if self.times.is_empty() { 0.0 } else { self.times.iter().sum::<u64>() as f64 / self.times.len() as f64 }
    }

    /// The value at a rank; 0 without requests, as in Locust.
    fn at(&self, share: f64) -> u64 {
        let rank = libm::ceil(share * self.times.len() as f64) as usize;
        self.times.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    }

    fn median(&self) -> u64 {
        self.at(0.5)
    }

    fn rounded(&self, share: f64) -> u64 {
        rounded(self.at(share))
    }

    fn percentiles(&self) -> String {
        let value = |share: f64| if self.times.is_empty() { "N/A".into() } else { self.rounded(share).to_string() };
        PERCENTILES.map(|(_, share)| value(share)).join(",")
    }
}
