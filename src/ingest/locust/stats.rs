//! `_stats.csv` of every generation, and `_requests.csv` of the oldest.

use super::super::capped::Capped;
use super::super::content::Content;
use super::super::error::Error;
use super::super::field::{self, FieldError};
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::notes::{
    MORE_FAILURES_THAN_REQUESTS, PERCENTILE_ABOVE_MAX, PERCENTILES_OUT_OF_ORDER, ROWS_MERGED, TOTAL_DISAGREES,
    TOTAL_SUMMED,
};
use super::super::table::{Row, Table};
use super::columns::{
    BLANK, evidence, is_total_name, is_total_type, percentile_columns, percentiles, some_text, sum_ns, without_times,
};
use super::notes::{
    CSV_MAY_MISS_END, NO_FAILURE_COLUMN, NONE_RESPONSES, PERCENTILES_ROUNDED, TOTAL_BY_NAME_ALONE, quotes_repaired,
};
use crate::number;
use crate::run::merge::sum_endpoints;
use crate::run::{
    Definition, Distribution, Endpoint, Figure, Latency, Note, Percentile, PercentileTable, Rounding, RowAccount, Run,
};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "locust-stats",
        tool: "Locust",
        title: "summary CSV (`_stats.csv`, `_requests.csv` up to 0.13.2)",
        command: "locust --headless --csv results",
        percentiles: Some(Definition::RankTwoDigits),
        endings: &["_stats", "_requests"],
    },
    recognise,
    read: How::Whole(read),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    generation(&sniff.header).map(|_| evidence(&sniff.header))
}

/// The generation of a header, as a range of versions. Columns may be in any order, with others among them.
fn generation(header: &[String]) -> Option<&'static str> {
    let has = |wanted: &str| header.iter().any(|h| h.eq_ignore_ascii_case(wanted));
    // With timestamps it is a history.
    if !has("Name") || has("Timestamp") {
        return None;
    }
    match (has("Type"), has("Method"), has("Request Count"), has("# requests")) {
        (true, _, true, _) => Some(">=1.0"),
        (true, _, _, true) => Some("0.13.3 to 0.14"),
        (_, true, _, true) => Some("<=0.13.2"),
        _ => None,
    }
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let table = parse(input)?;
    let version = generation(&table.header);
    read_table(input, table, version, true)
}

/// Parses the table of endpoints in a file.
pub(in super::super) fn parse<'a>(input: &Input<'a>) -> Result<Table<'a>, Error> {
    Table::parse(input.name, input.text, &["Request Count", "# requests"])
}

struct Columns {
    method: Option<usize>,
    name: usize,
    requests: usize,
    failures: Option<usize>,
    median: Option<usize>,
    mean: Option<usize>,
    min: Option<usize>,
    max: Option<usize>,
    bytes: Option<usize>,
    rate: Option<usize>,
    failure_rate: Option<usize>,
    percentiles: Vec<(usize, Percentile)>,
}

/// Maximum rows with a total's name to examine, besides the last.
const MAX_TOTALS: usize = 1000;

/// Reads a table of endpoints: Locust's, or one with the same columns.
pub(in super::super) fn read_table(
    input: &Input<'_>,
    mut table: Table<'_>,
    version: Option<&'static str>,
    is_locust: bool,
) -> Result<Imported, Error> {
    let columns = Columns {
        method: table.column(&["Type", "Method"]),
        name: table.need(&["Name"])?,
        requests: table.need(&["Request Count", "# requests"])?,
        failures: table.column(&["Failure Count", "# failures"]),
        median: table.column(&["Median Response Time"]),
        mean: table.column(&["Average Response Time"]),
        min: table.column(&["Min Response Time"]),
        max: table.column(&["Max Response Time"]),
        bytes: table.column(&["Average Content Size"]),
        rate: table.column(&["Requests/s"]),
        failure_rate: table.column(&["Failures/s", "Requests Failed/s"]),
        percentiles: percentile_columns(&table.header),
    };
    let repaired = if is_locust { table.repair_quotes(2, 1, BLANK) } else { None };
    let mut notes = quotes_repaired(input.name, repaired);
    let read = table.len();
    table.reject_misshapen();

    let rounding = if is_locust { Rounding::TwoDigits } else { Rounding::None };
    let places = table.take();
    let mut endpoints = Capped::default();
    let (mut total, mut untimed) = (None, 0);
    let mut row = Row::default();
    // Locust writes the total last. If the table was re-sorted, it is the row with its name whose counts equal those of
    // all others.
    let (mut all, mut named) = (0_u64, Vec::new());
    for (index, place) in places.iter().enumerate() {
        table.fill(*place, &mut row);
        let count = field::count(row.get(Some(columns.requests))).ok().flatten().unwrap_or(0);
        all = all.saturating_add(count);
        let is_named = is_total_type(row.get(columns.method)) && is_total_name(row.get(Some(columns.name)));
        if is_named && (named.len() < MAX_TOTALS || index + 1 == places.len()) {
            named.push((index, count));
        }
    }
    let is_sum = |(_, count): &&(usize, u64)| all.checked_sub(*count) == Some(*count);
    let last = |(index, _): &&(usize, u64)| index + 1 == places.len();
    let total_at = named.iter().rev().find(is_sum).or_else(|| named.iter().find(last)).map(|(index, _)| *index);
    if let Some((index, count)) = named.iter().find(|(index, _)| Some(*index) != total_at)
        && let Some(place) = places.get(*index)
    {
        table.fill(*place, &mut row);
        let figures = [row.get(Some(columns.name)).into(), (*count).into(), all.saturating_sub(*count).into()];
        notes.push(Note::say(input.name, &TOTAL_BY_NAME_ALONE, figures));
    }
    for (index, place) in places.iter().enumerate() {
        table.fill(*place, &mut row);
        match endpoint(&row, &columns, rounding) {
            Err((column, bad)) => table.reject_field(&row, column, bad),
            Ok((endpoint, is_untimed)) => {
                if total_at == Some(index) {
                    total = Some(Endpoint { method: None, name: "Total".into(), ..endpoint });
                } else {
                    untimed += endpoint.requests.filter(|_| is_untimed).unwrap_or(0);
                    endpoints.push(endpoint);
                }
            }
        }
    }
    if endpoints.is_empty() && total.is_none() {
        return Err(table.unusable(read));
    }
    let (endpoints, merged, repeated, capped) = endpoints.finish(input.name);
    let rows = RowAccount {
        read,
        totals: u64::from(total.is_some()),
        rejected: table.rejected(),
        merged,
        endpoints: endpoints.len() as u64,
    };

    notes.extend(table.notes());
    notes.extend(capped);
    if let Some(example) = repeated {
        notes.push(Note::say(input.name, &ROWS_MERGED, [merged.into(), example.into()]));
    }
    if is_locust {
        notes.push(Note::say(input.name, &PERCENTILES_ROUNDED, []));
        notes.push(Note::say(input.name, &CSV_MAY_MISS_END, []));
    }
    if columns.failures.is_none() {
        notes.push(Note::say(input.name, &NO_FAILURE_COLUMN, []));
    }
    if untimed > 0 {
        notes.push(Note::say(input.name, &NONE_RESPONSES, [untimed.into()]));
    }
    notes.extend(check(input.name, &endpoints, total.as_ref()));
    let total = total.or_else(|| {
        notes.push(Note::say(input.name, &TOTAL_SUMMED, []));
        sum_endpoints("Total", &endpoints)
    });
    let run = Run { endpoints: endpoints.into(), total, rows, ..Run::default() };
    Ok(Imported { content: Content::Results(Box::new(run)), version: version.map(Into::into), notes, evidence: None })
}

fn endpoint(row: &Row, columns: &Columns, rounding: Rounding) -> Result<(Endpoint, bool), (usize, FieldError)> {
    let time = |column: Option<usize>| field::time_ms(row.get(column)).map_err(|bad| (column.unwrap_or(0), bad));
    let number = |column: Option<usize>| field::number(row.get(column)).map_err(|bad| (column.unwrap_or(0), bad));
    let count = |column: Option<usize>| field::count(row.get(column)).map_err(|bad| (column.unwrap_or(0), bad));

    let requests = count(Some(columns.requests))?;
    let mean_ms = time(columns.mean)?;
    let mut table = percentiles(row, &columns.percentiles, rounding)?;
    if let Some(median) = time(columns.median)? {
        let table = table.get_or_insert_with(|| PercentileTable { rounding, ..PercentileTable::default() });
        table.values_ms.entry(Percentile::P50).or_insert(median);
    }
    let mut latency = Latency {
        mean_ms,
        sum_ns: sum_ns(mean_ms, requests),
        min_ms: time(columns.min)?,
        max_ms: time(columns.max)?,
        timed: requests,
        distribution: table.map_or(Distribution::Unknown, Distribution::Table),
    };
    let is_untimed = without_times(&mut latency, requests);
    let endpoint = Endpoint {
        method: some_text(row.get(columns.method)),
        name: row.get(Some(columns.name)).to_owned(),
        requests,
        failures: count(columns.failures)?,
        latency,
        rate_per_s: number(columns.rate)?,
        failures_per_s: number(columns.failure_rate)?,
        mean_bytes: number(columns.bytes)?,
        ..Endpoint::default()
    };
    Ok((endpoint, is_untimed))
}

/// Inconsistencies in the numbers.
fn check(file: &str, endpoints: &[Endpoint], total: Option<&Endpoint>) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut above = (0_u64, None);
    let mut disordered = (0_u64, None);
    for endpoint in endpoints {
        let Distribution::Table(table) = &endpoint.latency.distribution else { continue };
        if let Some(max) = endpoint.latency.max_ms {
            let over: Vec<_> = table.values_ms.iter().filter(|(_, v)| **v > max).collect();
            above.0 += over.len() as u64;
            if let Some((p, v)) = over.first() {
                above.1.get_or_insert_with(|| {
                    let (v, max) = (number::latency_ms(**v), number::latency_ms(max));
                    format!("p{p} of {} at {v}, maximum {max}", endpoint.shown())
                });
            }
        }
        let values: Vec<_> = table.values_ms.values().collect();
        if values.windows(2).any(|w| w.first() > w.last()) {
            disordered.0 += 1;
            disordered.1.get_or_insert_with(|| endpoint.shown());
        }
        if endpoint.failures > endpoint.requests {
            notes.push(Note::say(file, &MORE_FAILURES_THAN_REQUESTS, [endpoint.shown().into()]));
        }
    }
    if let (count, Some(example)) = above {
        notes.push(Note::say(file, &PERCENTILE_ABOVE_MAX, [count.into(), example.into()]));
    }
    if let (count, Some(example)) = disordered {
        notes.push(Note::say(file, &PERCENTILES_OUT_OF_ORDER, [count.into(), example.into()]));
    }
    if let Some(total) = total {
        let sum = |pick: fn(&Endpoint) -> Option<u64>| {
            endpoints.iter().map(pick).try_fold(0_u64, |sum, n| sum.checked_add(n?))
        };
        for (what, of_total, of_rows) in
            [("requests", total.requests, sum(|e| e.requests)), ("failures", total.failures, sum(|e| e.failures))]
        {
            if let (Some(total), Some(sum)) = (of_total, of_rows)
                && total != sum
            {
                notes.push(Note::say(file, &TOTAL_DISAGREES, [Figure::Word(what), total.into(), sum.into()]));
            }
        }
    }
    notes
}
