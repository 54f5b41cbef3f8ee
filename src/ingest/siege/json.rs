//! Output of `siege --json-output`: always seconds.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, at, count, number};
use super::Figures;

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "siege-json",
        tool: "siege",
        title: "JSON summary",
        command: "siege --json-output -c 10 -r 100 URL > results.json",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    json::has(sniff.json?, ["transactions", "availability", "elapsed_time"])
        .then(|| "JSON object with transactions, availability and elapsed_time".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let all = json::values(input.name, input.json.unwrap_or_default())?;
    let ms = |key: &str| number(at(&all, key)).map(|seconds| seconds * 1000.0);
    let figures = Figures {
        transactions: count(at(&all, "transactions")),
        ok: count(at(&all, "successful_transactions")),
        failed: count(at(&all, "failed_transactions")),
        availability_pct: number(at(&all, "availability")),
        elapsed_s: number(at(&all, "elapsed_time")),
        mean_ms: ms("response_time"),
        max_ms: ms("longest_transaction"),
        min_ms: ms("shortest_transaction"),
        ..Figures::default()
    };
    figures.imported(input, 1, "")
}
