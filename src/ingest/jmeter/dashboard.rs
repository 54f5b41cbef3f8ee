//! `content/js/dashboard.js` of JMeter's HTML dashboard: the page's tables, each as JSON in a call of `createTable`.
//!
//! From JMeter's source (`dashboard.js.fmkr`, `StatisticsSummaryConsumer`): a row is the label, samples, failures and
//! errors in percent. The following columns depend on the version (3.0: three percentiles, throughput, received, min,
//! max; 3.1: mean, three percentiles, throughput, received, sent, min, max; 3.2: mean, min, max, three percentiles,
//! throughput, …; 5.3: with the median before the percentiles). Titles are translated and contain the percentile
//! levels: the position of the first of these determines the layout. Times are milliseconds. Rows of transaction
//! controllers are marked; the overall row excludes them.

use std::borrow::Cow;

use serde_json::Value;

use super::super::error::{Error, Problem};
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, count, number};
use super::super::summary::{Summary, percentiles};
use super::notes::{self, LEVELS_ASSUMED, WINDOW_OF_DASHBOARD};
use super::statistics::WINDOW_SAMPLES;
use crate::run::{Definition, Endpoint, Failure, Latency, Note, Percentile, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "jmeter-dashboard-js",
        tool: "JMeter",
        title: "`content/js/dashboard.js` of the HTML dashboard",
        command: "jmeter -n -t plan.jmx -l results.jtl -e -o report",
        percentiles: Some(Definition::JMeterDashboard),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const STATISTICS: &str = "createTable($(\"#statisticsTable\"),";
const ERRORS: &str = "createTable($(\"#errorsTable\"),";

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    table(sniff.text, STATISTICS).map(|_| "a call of createTable for #statisticsTable".into())
}

/// The text after the start of a call: the table, and the rest of the file.
fn table<'t>(text: &'t str, call: &str) -> Option<&'t str> {
    let at = memchr::memmem::find(text.as_bytes(), call.as_bytes())?;
    text.get(at + call.len()..).map(str::trim_start).filter(|rest| rest.starts_with('{'))
}

/// The table of a call as JSON.
fn document<'t>(text: &'t str, call: &str) -> Option<Cow<'t, str>> {
    json::at_the_beginning(table(text, call)?)
}

/// Column positions.
struct Layout {
    mean: Option<usize>,
    min: usize,
    median: Option<usize>,
    /// The first of three percentiles.
    first: usize,
    levels: [Percentile; 3],
    rate: usize,
    version: &'static str,
    /// The titles do not contain the percentile levels.
    is_assumed: bool,
}

impl Layout {
    /// From the titles, else from the number of columns.
    fn of(titles: &[Value], columns: usize) -> Option<Self> {
        let level = |at: usize| titles.get(at).and_then(Value::as_str).and_then(super::level);
        let named = (4..=8).find(|at| level(*at).is_some());
        let first = named.or(match columns {
            11 => Some(4),
            13 => Some(7),
            14 => Some(8),
            _ => None,
        })?;
        let default = [Percentile::P90, Percentile::P95, Percentile::P99];
        let mut levels = default;
        for (level, found) in levels.iter_mut().zip((first..).map(level)) {
            *level = found.unwrap_or(*level);
        }
        let (mean, min, median, rate, version) = match first {
            4 => (None, 9, None, 7, "3.0"),
            5 => (Some(4), 11, None, 8, "3.1"),
            7 => (Some(4), 5, None, 10, ">=3.2"),
            8 => (Some(4), 5, Some(7), 11, ">=5.3"),
            _ => return None,
        };
        Some(Self { mean, min, median, first, levels, rate, version, is_assumed: named.is_none() })
    }

    fn endpoint(&self, row: &[Value]) -> Option<Endpoint> {
        let requests = count(row.get(1)?)?;
        // Without samples the times are meaningless defaults.
        let figure = |at: usize| row.get(at).and_then(number).filter(|_| requests > 0);
        let levels = self.levels.into_iter().zip((self.first..).map(figure));
        Some(Endpoint {
            name: row.first().map(text).unwrap_or_default(),
            requests: Some(requests),
            failures: row.get(2).and_then(count),
            stated_error_rate_pct: figure(3),
            latency: Latency {
                mean_ms: self.mean.and_then(figure),
                min_ms: figure(self.min),
                max_ms: figure(self.min + 1),
                distribution: percentiles(levels.chain([(Percentile::P50, self.median.and_then(figure))])),
                ..Latency::default()
            },
            rate_per_s: figure(self.rate),
            ..Endpoint::default()
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The items of an array in an object; empty if missing.
fn list<'v>(object: &'v Value, key: &str) -> &'v [Value] {
    object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn cells(row: &Value) -> &[Value] {
    list(row, "data")
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let cut = || Error::new(input.name, Problem::BadJson { detail: "the statistics table does not end".into() });
    let statistics = document(input.text, STATISTICS).ok_or_else(cut)?;
    let statistics = json::values(input.name, &statistics)?;
    let titles = list(&statistics, "titles");
    let rows = list(&statistics, "items");
    let overall = statistics.get("overall").map(cells).filter(|cells| !cells.is_empty());
    let columns = overall.or(rows.first().map(cells)).map_or(titles.len(), <[Value]>::len);
    let expected = "11, 13 or 14 columns, with titles that name the percentiles,";
    let unknown = || Error::new(input.name, Problem::BadValue { path: "the statistics table".into(), expected });
    let layout = Layout::of(titles, columns).ok_or_else(unknown)?;
    let mut summary = Summary::new(input);
    let (mut windowed, mut controllers, mut controller) = (0_u64, 0_u64, None);
    let mut largest: Option<Endpoint> = None;
    for row in rows {
        let Some(endpoint) = layout.endpoint(cells(row)) else {
            summary.reject(
                1,
                1,
                format!("“{}” has no number of samples", cells(row).first().map(text).unwrap_or_default()),
            );
            continue;
        };
        if row.get("isController").is_some_and(|is| *is == true) {
            controllers += 1;
            controller.get_or_insert_with(|| endpoint.shown());
        }
        if endpoint.requests > Some(WINDOW_SAMPLES) {
            windowed += 1;
            if largest.as_ref().is_none_or(|largest| largest.requests < endpoint.requests) {
                largest = Some(endpoint.clone());
            }
        }
        summary.push(endpoint);
    }
    // With only controllers recorded, the overall row is empty.
    let overall = overall.and_then(|row| layout.endpoint(row)).filter(|row| row.requests > Some(0) || controllers == 0);
    let has_total = overall.is_some();
    if let Some(overall) = overall {
        windowed += u64::from(overall.requests > Some(WINDOW_SAMPLES));
        largest = largest.or_else(|| Some(overall.clone()).filter(|row| row.requests > Some(WINDOW_SAMPLES)));
        summary.total(overall);
    }
    if layout.is_assumed {
        summary.note(Note::say(input.name, &LEVELS_ASSUMED, []));
    }
    if let Some(example) = largest {
        summary.note(Note::say(input.name, &WINDOW_OF_DASHBOARD, [windowed.into(), example.shown().into()]));
    }
    if let Some(example) = controller
        && has_total
    {
        summary.note(Note::say(input.name, &notes::TRANSACTIONS_LISTED, [controllers.into(), example.into()]));
    }
    let run = Run { failures: failures(input)?, ..Run::default() };
    let version = Some(layout.version.into());
    // A controller covers samples, unless there are none.
    if controllers > 0 && controllers < rows.len() as u64 {
        summary.finish_overlapping(run, version)
    } else {
        summary.finish(run, version)
    }
}

/// Errors by type: type, number, percent of the errors, percent of all samples.
fn failures(input: &Input<'_>) -> Result<Vec<Failure>, Error> {
    let Some(errors) = document(input.text, ERRORS) else { return Ok(Vec::new()) };
    let errors = json::values(input.name, &errors)?;
    let rows = list(&errors, "items");
    let failures = rows.iter().filter_map(|row| {
        let [message, number, ..] = cells(row) else { return None };
        Some(Failure { message: text(message), count: count(number)?, ..Failure::default() })
    });
    Ok(failures.collect())
}
