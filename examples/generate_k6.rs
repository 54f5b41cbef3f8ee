//! Writes a k6 results file (`k6 run --out json=FILE`) of any size, for benchmarks: 40 endpoints, durations by log-normal
//! distributions, 0.5 % of requests failed. The same seed gives the same bytes.
//!
//! ```sh
//! cargo run --release --example generate_k6 -- --bytes 200MB --seed 1 out.ndjson
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::io::{BufWriter, Write};

#[path = "generate_jtl.rs"]
mod generate_jtl;

use generate_jtl::{Random, bytes_of};

/// The timings of a request besides its duration, each with its share of the duration.
const TIMINGS: [(&str, f64); 6] = [
    ("http_req_blocked", 0.001),
    ("http_req_connecting", 0.0),
    ("http_req_tls_handshaking", 0.0),
    ("http_req_sending", 0.002),
    ("http_req_waiting", 0.95),
    ("http_req_receiving", 0.048),
];

/// k6's metric descriptions before the first point: name, type, content.
const METRICS: [(&str, &str, &str); 13] = [
    ("http_reqs", "counter", "default"),
    ("http_req_duration", "trend", "time"),
    ("http_req_blocked", "trend", "time"),
    ("http_req_connecting", "trend", "time"),
    ("http_req_tls_handshaking", "trend", "time"),
    ("http_req_sending", "trend", "time"),
    ("http_req_waiting", "trend", "time"),
    ("http_req_receiving", "trend", "time"),
    ("http_req_failed", "rate", "default"),
    ("checks", "rate", "default"),
    ("iterations", "counter", "default"),
    ("iteration_duration", "trend", "time"),
    ("vus", "gauge", "default"),
];

/// Writes at least this many bytes, up to the last point of a request.
pub fn write(out: &mut impl Write, bytes: u64, seed: u64) -> std::io::Result<u64> {
    const VERBS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    const THINGS: [&str; 8] = ["orders", "carts", "users", "search", "items", "invoices", "sessions", "reports"];
    let mut random = Random::new(seed);
    let kinds: Vec<(&str, String, f64, f64)> = (0..40)
        .map(|i| {
            let name = format!("https://shop.example.test/api/{}/{{id}}", THINGS[i / 5]);
            // Medians of 20 ms to 400 ms.
            (VERBS[i % 5], name, libm::log(20.0 + 380.0 * random.unit()), 0.3 + 0.5 * random.unit())
        })
        .collect();
    let mut lines = String::new();
    for (name, kind, contains) in METRICS {
        writeln!(
            lines,
            r#"{{"type":"Metric","data":{{"name":"{name}","type":"{kind}","contains":"{contains}","thresholds":[],"submetrics":null}},"metric":"{name}"}}"#
        )
        .expect("writing to a text");
    }
    let (mut written, mut clock_us, mut next_second) = (0, 0_f64, 0);
    let (mut requests, mut tags) = (0_u64, String::new());
    loop {
        out.write_all(lines.as_bytes())?;
        written += lines.len() as u64;
        if written >= bytes {
            break;
        }
        lines.clear();
        let (method, name, mu, sigma) = &kinds[random.below(40) as usize];
        let failed = random.below(1000) < 5;
        let duration = libm::exp(mu + sigma * random.normal()).clamp(0.1, 60_000.0);
        // 2,000 requests per second.
        clock_us -= 500.0 * libm::log(random.unit());
        let at = clock_us as u64;
        let time = time(at);
        let id = random.below(100_000);
        let (status, expected) = if failed { (500, "false") } else { (200, "true") };
        tags.clear();
        write!(
            tags,
            r#"{{"expected_response":"{expected}","group":"","method":"{method}","name":"{name}","proto":"HTTP/1.1","scenario":"default","status":"{status}","url":"{}"}}"#,
            name.replace("{id}", &id.to_string())
        )
        .expect("writing to a text");
        let mut point = |metric: &str, value: &str, tags: &str| {
            writeln!(
                lines,
                r#"{{"metric":"{metric}","type":"Point","data":{{"time":"{time}","value":{value},"tags":{tags}}}}}"#
            )
            .expect("writing to a text");
        };
        point("http_reqs", "1", &tags);
        point("http_req_duration", &ms(duration), &tags);
        for (metric, share) in TIMINGS {
            point(metric, &ms(duration * share), &tags);
        }
        point("http_req_failed", if failed { "1" } else { "0" }, &tags);
        let check = r#"{"check":"status is 200","group":"","scenario":"default"}"#;
        point("checks", if failed { "0" } else { "1" }, check);
        requests += 1;
        if requests.is_multiple_of(3) {
            point("iteration_duration", &ms(3.0 * duration), r#"{"group":"","scenario":"default"}"#);
            point("iterations", "1", r#"{"group":"","scenario":"default"}"#);
        }
        if at / 1_000_000 >= next_second {
            next_second = at / 1_000_000 + 1;
            point("vus", "200", "{}");
        }
    }
    out.flush()?;
    Ok(written)
}

/// Milliseconds in k6's format: to the nanosecond, without trailing zeros.
fn ms(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The time this many microseconds after midnight of 30 October 2024; a file of 10 GB ends within the day.
fn time(us: u64) -> String {
    let (seconds, us) = (us / 1_000_000, us % 1_000_000);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("2024-10-30T{hour:02}:{minute:02}:{second:02}.{us:06}Z")
}

fn main() {
    let (mut bytes, mut seed, mut file) = (200_000_000, 1, None);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().expect("a value behind the option");
        match arg.as_str() {
            "--bytes" => bytes = bytes_of(&value()),
            "--seed" => seed = value().parse().expect("a number"),
            _ => file = Some(arg),
        }
    }
    let written = match file {
        Some(path) => write(&mut BufWriter::new(std::fs::File::create(path).expect("a file to write")), bytes, seed),
        None => write(&mut BufWriter::new(std::io::stdout().lock()), bytes, seed),
    };
    eprintln!("{} bytes", written.expect("the file is written"));
}
