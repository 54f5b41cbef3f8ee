//! What `siege --json-output` prints: always seconds.

use super::super::error::{Error, Problem};
use super::super::importer::{Descriptor, Format, How, Input, Reading, Sniff};
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
    let document = sniff.json.filter(|document| document.starts_with('{'))?;
    let mut found = 0;
    // Gives up behind the last member that is asked for, and at what siege does not write.
    let _ = json::members("", document, &mut |key, value| {
        found += u8::from(matches!(key, "transactions" | "availability" | "elapsed_time") && !value.is_object());
        if found < 3 && !value.is_object() && !value.is_array() { Ok(()) } else { Err(Error::new("", Problem::Empty)) }
    });
    (found == 3).then(|| "JSON object with transactions, availability and elapsed_time".into())
}

fn read(input: &Input<'_>) -> Result<Reading, Error> {
    let all = json::values(input.name, input.json.unwrap_or_default())?;
    let ms = |key: &str| number(at(&all, key)).map(|seconds| seconds * 1000.0);
    let figures = Figures {
        transactions: count(at(&all, "transactions")),
        failed: count(at(&all, "failed_transactions")),
        availability_pct: number(at(&all, "availability")),
        elapsed_s: number(at(&all, "elapsed_time")),
        mean_ms: ms("response_time"),
        max_ms: ms("longest_transaction"),
        min_ms: ms("shortest_transaction"),
    };
    figures.reading(input, 1, "")
}
