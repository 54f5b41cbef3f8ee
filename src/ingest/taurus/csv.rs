//! `dump-csv`: the columns are those of the total, so a code that only a label has is missing.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::summary::Summary;
use super::super::table::{Row as Fields, Table};
use super::{Row, add, note};
use crate::run::Run;

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "taurus-csv",
        tool: "Taurus",
        title: "final statistics as CSV (`dump-csv`)",
        command: "reporting: [{module: final-stats, dump-csv: stats.csv}]",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let has = |name: &str| sniff.header.iter().any(|column| column == name);
    let is_ours = ["label", "avg_rt", "fail", "throughput"].iter().all(|name| has(name))
        && sniff.header.iter().any(|column| column.starts_with("perc_"));
    is_ours.then(|| "header with label, avg_rt, fail, throughput and perc_…".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut table = Table::parse(input.name, input.text, &["throughput", "fail", "succ"])?;
    let label = table.need(&["label"])?;
    let mut summary = Summary::new(input);
    summary.note(note(input.name));
    let mut run = Run::default();
    let places = table.take();
    let mut fields = Fields::default();
    let is_all = |fields: &Fields| fields.get(Some(label)).trim() == "ALL";
    let (mut totals, mut all) = (0_u64, 0_u64);
    for place in &places {
        table.fill(*place, &mut fields);
        totals += u64::from(fields.get(Some(label)).trim().is_empty());
        all += u64::from(is_all(&fields));
    }
    for place in places {
        table.fill(place, &mut fields);
        if !fields.has_width(table.header.len()) {
            summary.reject(fields.line(), 1, format!("it has not the header's {} fields", table.header.len()));
            continue;
        }
        let mut row = Row::default();
        for (at, column) in table.header.iter().enumerate() {
            let (name, level) = column.split_once("perc_").map_or((column.as_str(), ""), |(_, level)| ("perc", level));
            row.take(name, level, fields.get(Some(at)));
        }
        // In the cloud the row of all requests has a name.
        if !(totals == 0 && all == 1 && is_all(&fields)) {
            row.label = fields.get(Some(label)).to_owned();
        }
        add(&mut summary, &mut run, row, fields.line());
    }
    summary.finish(run, None)
}
