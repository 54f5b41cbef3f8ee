//! siege's console output, of every version, with or without lines of single requests before it.

use super::super::error::Error;
use super::super::field;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::Figures;

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "siege-text",
        tool: "siege",
        title: "console output",
        command: "siege -c 10 -r 100 URL > results.txt 2>&1",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    if sniff.json.is_some() {
        return None;
    }
    let has = |start: &str| sniff.text.lines().any(|line| line.trim_start().starts_with(start));
    (has("Availability:") && has("Transaction rate:")).then(|| "lines “Availability:” and “Transaction rate:”".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let (mut figures, mut runs, mut listed) = (Figures::default(), 0, 0);
    for line in input.text.split_inclusive('\n') {
        if is_request(line) {
            listed += 1;
            continue;
        }
        // A number at the end of a cut file may have lost digits.
        let is_open = !line.ends_with('\n');
        let Some((label, value)) = line.trim().split_once(':') else { continue };
        let value = value.trim();
        let first = value.split_whitespace().next().unwrap_or_default();
        let number = || field::number(first).ok().flatten();
        let count = || field::count(first).ok().flatten();
        let seconds_in_ms = || {
            let (number, unit) = (number()?, value.split_whitespace().nth(1).unwrap_or_default());
            Some(if unit == "ms" { number } else { number * 1000.0 })
        };
        match label {
            "Transactions" => {
                runs += 1;
                figures = Figures { transactions: count(), is_cut: true, ..Figures::default() };
            }
            "Availability" => figures.availability_pct = number(),
            "Elapsed time" => figures.elapsed_s = number(),
            "Response time" => figures.mean_ms = seconds_in_ms(),
            "Successful transactions" if !is_open => figures.ok = count(),
            "Failed transactions" if !is_open => figures.failed = count(),
            "Longest transaction" => figures.max_ms = seconds_in_ms(),
            "Shortest transaction" => {
                figures.min_ms = seconds_in_ms();
                figures.is_cut = false;
            }
            _ => {}
        }
    }
    figures.listed = listed;
    figures.imported(input, runs, "")
}

/// Whether this is the line of one request, printed with `-v`: `HTTP/1.1 200 0.01 secs: 120 bytes ==> GET /`.
fn is_request(line: &str) -> bool {
    line.contains(" secs:") && line.contains(" bytes ==> ")
}
