//! `siege.log`: one line per run, in columns, always seconds. A run may be preceded by a mark.

use super::super::error::Error;
use super::super::field;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::text::clip;
use super::Figures;

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "siege-log",
        tool: "siege",
        title: "`siege.log`: a line for each run, of which the last is read",
        command: "siege --log=siege.log -c 10 -r 100 URL",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const COLUMNS: usize = 10;

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let mut lines = sniff.text.lines().filter(|line| !line.trim().is_empty());
    let has_header = lines.any(|line| line.trim_start().starts_with("Date & Time,  Trans,"));
    (has_header && sniff.json.is_none()).then(|| "header “Date & Time, Trans, …”".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let (mut figures, mut runs, mut of) = (Figures::default(), 0, String::new());
    let mut mark = "";
    for line in input.text.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("****").and_then(|rest| rest.strip_suffix("****")) {
            mark = text.trim();
            continue;
        }
        let cells: Vec<&str> = line.splitn(COLUMNS + 1, ',').map(str::trim).collect();
        let [date, transactions, elapsed, _, mean, _, _, _, ok, failed] = cells.as_slice() else { continue };
        let number = |text: &str| field::number(text).ok().flatten();
        let Ok(Some(transactions)) = field::count(transactions) else { continue };
        runs += 1;
        of = format!(", of {date}");
        if !mark.is_empty() {
            of.push_str(&format!(" (“{}”)", clip(mark)));
        }
        mark = "";
        figures = Figures {
            transactions: Some(transactions),
            ok: field::count(ok).ok().flatten(),
            failed: field::count(failed).ok().flatten(),
            elapsed_s: number(elapsed),
            mean_ms: number(mean).map(|seconds| seconds * 1000.0),
            ..Figures::default()
        };
    }
    figures.imported(input, runs, &of)
}
