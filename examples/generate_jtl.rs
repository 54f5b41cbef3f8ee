//! Writes a JMeter results file of any size, for benchmarks: 40 labels, response times by log-normal distributions, 0.5 %
//! errors with commas, quotes and line ends in their messages. The same seed gives the same bytes.
//!
//! ```sh
//! cargo run --release --example generate_jtl -- --bytes 200MB --seed 1 out.jtl
//! cargo run --release --example generate_jtl -- --bytes 1GB --labels 10000 > many.jtl
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, dead_code)]

use std::io::{BufWriter, Write};

use loaddiff::stats::random::SplitMix64;

/// Random numbers from SplitMix64.
pub struct Random(SplitMix64);

impl Random {
    /// A generator from a seed.
    pub fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }

    /// Between 0 and 1, exclusive.
    pub fn unit(&mut self) -> f64 {
        ((self.draw() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// From the normal distribution (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        libm::sqrt(-2.0 * libm::log(self.unit())) * libm::cos(2.0 * std::f64::consts::PI * self.unit())
    }
}

/// JMeter's columns since 5.0.
pub const HEADER: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,\
                          bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n";

/// Writes at least this many bytes, up to the end of a row.
pub fn write(out: &mut impl Write, bytes: u64, labels: u64, seed: u64) -> std::io::Result<u64> {
    const VERBS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    const THINGS: [&str; 8] = ["orders", "carts", "users", "search", "items", "invoices", "sessions", "reports"];
    let mut random = Random::new(seed);
    let kinds: Vec<(String, String, f64, f64)> = (0..labels)
        .map(|i| {
            let (verb, thing) = (VERBS[(i % 5) as usize], THINGS[(i / 5 % 8) as usize]);
            let label = format!("{verb} /api/v{}/{thing}/{{id}}", 1 + i / 40);
            let url = format!("https://shop.example.test/api/v{}/{thing}/", 1 + i / 40);
            // Medians of 20 ms to 400 ms.
            (label, url, libm::log(20.0 + 380.0 * random.unit()), 0.3 + 0.5 * random.unit())
        })
        .collect();
    let mut written = HEADER.len() as u64;
    out.write_all(HEADER.as_bytes())?;
    let (mut clock_ms, mut row) = (1_700_000_000_000_f64, String::new());
    while written < bytes {
        use std::fmt::Write;
        let (label, url, mu, sigma) = &kinds[random.below(labels) as usize];
        let elapsed = libm::round(libm::exp(mu + sigma * random.normal())).clamp(1.0, 60_000.0) as i64;
        // 2,000 requests per second; rows are written at the end of a sample.
        clock_ms += 0.5 * -libm::log(random.unit());
        let start = clock_ms as i64 - elapsed;
        let thread = 1 + random.below(200);
        let (code, message, success, failure) = match random.below(1000) {
            0..2 => ("500", "Internal Server Error", "false", ""),
            2..4 => (
                "200",
                "OK",
                "false",
                "\"Test failed: text expected to contain /\"\"total\"\": [0-9]+, \"\"currency\"\"/\nreceived: {\"\"error\"\", \"\"retry\"\"}\"",
            ),
            4 => (
                "Non HTTP response code: java.net.SocketTimeoutException",
                "Non HTTP response message: Read timed out",
                "false",
                "",
            ),
            _ => ("200", "OK", "true", ""),
        };
        row.clear();
        let (size, id) = (800 + random.below(9000), random.below(100_000));
        writeln!(
            row,
            "{start},{elapsed},{label},{code},{message},Thread Group 1-{thread},text,{success},{failure},{size},{},200,200,{url}{id},{},0,{}",
            300 + id % 200,
            elapsed - elapsed / 8,
            id % 3
        )
        .expect("writing to a text");
        out.write_all(row.as_bytes())?;
        written += row.len() as u64;
    }
    out.flush()?;
    Ok(written)
}

/// Parses a size such as `200MB` or `1GB` into bytes.
pub fn bytes_of(text: &str) -> u64 {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let times = match &text[digits.len()..] {
        "GB" => 1_000_000_000,
        "MB" => 1_000_000,
        _ => 1,
    };
    digits.parse::<u64>().expect("a size such as 200MB") * times
}

fn main() {
    let (mut bytes, mut labels, mut seed, mut file) = (200_000_000, 40, 1, None);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().expect("a value behind the option");
        match arg.as_str() {
            "--bytes" => bytes = bytes_of(&value()),
            "--labels" => labels = value().parse().expect("a number of labels"),
            "--seed" => seed = value().parse().expect("a number"),
            _ => file = Some(arg),
        }
    }
    let written = match file {
        Some(path) => {
            write(&mut BufWriter::new(std::fs::File::create(path).expect("a file to write")), bytes, labels, seed)
        }
        None => write(&mut BufWriter::new(std::io::stdout().lock()), bytes, labels, seed),
    };
    eprintln!("{} bytes", written.expect("the file is written"));
}
