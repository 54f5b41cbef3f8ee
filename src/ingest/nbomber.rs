//! NBomber's CSV report, of every version: one row per step.
//!
//! From NBomber's source (`DomainServices/Reports/CsvReport.fs`, 2 to 4): response times are milliseconds. They and
//! `rps` cover successful requests only; `request_count` covers all. Later versions call these columns `ok_rps`,
//! `ok_min` and so on. From 4 on a scenario has a row of its own(step name `global information`), which times the
//! scenario with all its steps. Nothing is quoted. Up to 3, numbers use the system culture's decimal separator: a comma
//! gives a row more fields than the header, and such a row cannot be read.

use std::collections::BTreeSet;

use super::capped::Capped;
use super::content::Content;
use super::error::{Error, Problem};
use super::field::{self, FieldError};
use super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::notes::{ROWS_MERGED, TOTAL_SUMMED};
use super::summary::percentiles;
use super::table::{Row, Table};
use crate::run::merge::sum_endpoints;
use crate::run::recorder::MOST_ENDPOINTS;
use crate::run::{Endpoint, Latency, Note, NoteLevel, Percentile, RowAccount, Run, Words};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "nbomber-csv",
        tool: "NBomber",
        title: "CSV report",
        command: "NBomberRunner.WithReportFormats(ReportFormat.Csv)",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const OK_TIMES: Words = Words {
    code: "nbomber-ok-times",
    level: NoteLevel::Info,
    text: "Response times are of the successful requests alone, as NBomber writes them. Rates are left out where requests \
           failed.",
};

const DECIMAL_COMMAS: Words = Words {
    code: "decimal-commas",
    level: NoteLevel::Warning,
    text: "{0:row has|rows have} not the header's number of fields. NBomber up to 3 writes decimal commas where the \
           system's culture has them: set it to the invariant one, or use a later version.",
};

const SCENARIO_ROWS: Words = Words {
    code: "scenario-rows",
    level: NoteLevel::Info,
    text: "{0:row times a whole scenario|rows time a whole scenario each}, and the rows of its steps are in it. There is no \
           total.",
};

/// Step name of a scenario's own row.
const SCENARIO: &str = "global information";

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let has = |wanted: &str| sniff.header.iter().any(|column| column == wanted);
    let all = ["test_suite", "scenario", "step_name", "request_count", "failed"];
    all.into_iter().all(has).then(|| "header with test_suite, scenario, step_name and request_count".into())
}

/// Whether every row has more fields than the header, but fewer than two joined rows would.
fn has_decimal_commas(text: &str, width: usize) -> bool {
    let mut rows = text.lines().filter(|line| !line.trim().is_empty()).skip(1).peekable();
    rows.peek().is_some() && rows.all(|row| (width + 1..2 * width - 1).contains(&row.split(',').count()))
}

struct Columns {
    scenario: usize,
    step: usize,
    duration: Option<usize>,
    requests: usize,
    ok: Option<usize>,
    failed: usize,
    rate: Option<usize>,
    mean: Option<usize>,
    min: Option<usize>,
    max: Option<usize>,
    percentiles: [(Percentile, Option<usize>); 4],
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut table = Table::parse(input.name, input.text, &["request_count"])?;
    let columns = Columns {
        scenario: table.need(&["scenario"])?,
        step: table.need(&["step_name"])?,
        duration: table.column(&["duration"]),
        requests: table.need(&["request_count"])?,
        ok: table.column(&["ok"]),
        failed: table.need(&["failed"])?,
        rate: table.column(&["rps", "ok_rps"]),
        mean: table.column(&["mean", "ok_mean"]),
        min: table.column(&["min", "ok_min"]),
        max: table.column(&["max", "ok_max"]),
        percentiles: [
            (Percentile::P50, table.column(&["50_percent", "ok_50_percent"])),
            (Percentile(75_000), table.column(&["75_percent", "ok_75_percent"])),
            (Percentile::P95, table.column(&["95_percent", "ok_95_percent"])),
            (Percentile::P99, table.column(&["99_percent", "ok_99_percent"])),
        ],
    };
    let read = table.len();
    table.reject_misshapen();
    let misshapen = read - table.len();

    let mut listed = Capped::default();
    // Scenarios with their own row, and those with step rows.
    let (mut whole, mut divided) = (BTreeSet::new(), BTreeSet::new());
    let mut duration_s: Option<f64> = None;
    let mut row = Row::default();
    for place in table.take() {
        table.fill(place, &mut row);
        match endpoint(&row, &columns) {
            Ok(endpoint) => {
                let seconds = columns.duration.and_then(|column| seconds(row.get(Some(column))));
                duration_s = seconds.into_iter().chain(duration_s).reduce(f64::max);
                let is_whole = row.get(Some(columns.step)) == SCENARIO;
                let scenarios = if is_whole { &mut whole } else { &mut divided };
                if scenarios.len() < MOST_ENDPOINTS {
                    scenarios.insert(row.get(Some(columns.scenario)).to_owned());
                }
                listed.push(endpoint);
            }
            Err((column, bad)) => table.reject_field(&row, column, bad),
        }
    }
    // A scenario without steps is itself measured; one with steps covers them.
    let covering = whole.intersection(&divided).count() as u64;
    if listed.is_empty() && misshapen == read && has_decimal_commas(input.text, table.header.len()) {
        return Err(Error::new(
            input.name,
            Problem::NotYet {
                id: "nbomber-decimal-commas",
                what: "a CSV report of NBomber with decimal commas (up to version 3), whose fields cannot be told apart",
                instead: "Run the test with the invariant culture, or with a later NBomber, and take its report again.",
            },
        ));
    }
    if listed.is_empty() {
        return Err(table.unusable(read));
    }
    let (endpoints, merged, repeated, capped) = listed.finish(input.name);
    let rows = RowAccount {
        read,
        rejected: table.rejected(),
        merged,
        endpoints: endpoints.len() as u64,
        ..RowAccount::default()
    };
    let mut notes = table.notes();
    notes.extend(capped);
    if misshapen > 0 {
        notes.push(Note::say(input.name, &DECIMAL_COMMAS, [misshapen.into()]));
    }
    if let Some(example) = repeated {
        notes.push(Note::say(input.name, &ROWS_MERGED, [merged.into(), example.into()]));
    }
    if endpoints.iter().any(|endpoint| endpoint.failures != Some(0)) {
        notes.push(Note::say(input.name, &OK_TIMES, []));
    }
    let total = if covering > 0 {
        notes.push(Note::say(input.name, &SCENARIO_ROWS, [covering.into()]));
        None
    } else {
        notes.push(Note::say(input.name, &TOTAL_SUMMED, []));
        sum_endpoints("Total", &endpoints)
    };
    let run = Run { endpoints: endpoints.into(), total, rows, duration_s, ..Run::default() };
    Ok(Imported { content: Content::Results(Box::new(run)), version: None, notes, evidence: None })
}

fn endpoint(row: &Row, columns: &Columns) -> Result<Endpoint, (usize, FieldError)> {
    let number = |column: Option<usize>| field::number(row.get(column)).map_err(|bad| (column.unwrap_or(0), bad));
    let count = |column: usize| field::count(row.get(Some(column))).map_err(|bad| (column, bad));
    let (requests, failures) = (count(columns.requests)?, count(columns.failed)?);
    let ok =
        columns.ok.map_or(Ok(None), count)?.or_else(|| requests.zip(failures).and_then(|(n, bad)| n.checked_sub(bad)));
    // Without successes the times are 0, meaning none.
    let time = |column: Option<usize>| Ok::<_, (usize, FieldError)>(number(column)?.filter(|_| ok != Some(0)));
    let mut levels = Vec::new();
    for (percentile, column) in columns.percentiles {
        levels.push((percentile, time(column)?));
    }
    let (scenario, step) = (row.get(Some(columns.scenario)), row.get(Some(columns.step)));
    let name = if step == SCENARIO || step.is_empty() { scenario.to_owned() } else { format!("{scenario} / {step}") };
    let rate_per_s = number(columns.rate)?;
    Ok(Endpoint {
        name,
        requests,
        failures,
        latency: Latency {
            mean_ms: time(columns.mean)?,
            min_ms: time(columns.min)?,
            max_ms: time(columns.max)?,
            timed: ok,
            distribution: percentiles(levels),
            ..Latency::default()
        },
        rate_per_s: rate_per_s.filter(|_| failures == Some(0)),
        ..Endpoint::default()
    })
}

/// A .NET time span, `00:03:00`, `00:00:30.1234567` or `1.02:00:00`.
fn seconds(text: &str) -> Option<f64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let number = |text: &str| field::number(text).ok().flatten();
    let sum = number(days)? * 86_400.0 + number(hours)? * 3600.0 + number(minutes)? * 60.0 + number(seconds)?;
    Some(sum).filter(|s| parts.next().is_none() && *s > 0.0)
}
