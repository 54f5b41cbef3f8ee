//! `statistics.json` of JMeter's HTML dashboard, since 5.1: one object per label, and `Total`.
//!
//! From JMeter's source (`StatisticsSummaryConsumer`, `SamplingStatistic`): times are milliseconds, `errorPct` is in
//! percent, sizes are KiB per second. The three percentiles are those of `aggregate_rpt_pct1` to `3`, which the file
//! does not name; 90, 95 and 99 by default. Each covers the last 20,000 samples of its row.

use serde_json::Value;

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json::{self, at, count, number};
use super::super::summary::{Summary, percentiles};
use super::notes::{LEVELS_ASSUMED, WINDOW_OF_DASHBOARD};
use crate::run::{Definition, Endpoint, Latency, Note, Percentile, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "jmeter-statistics",
        tool: "JMeter",
        title: "`statistics.json` of the HTML dashboard",
        command: "jmeter -n -t plan.jmx -l results.jtl -e -o report",
        percentiles: Some(Definition::JMeterDashboard),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

/// Maximum samples in JMeter's percentiles, by default (`jmeter.reportgenerator.statistic_window`).
pub(super) const WINDOW_SAMPLES: u64 = 20_000;

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let is_row = json::first_has(sniff.json?, ["transaction", "sampleCount", "meanResTime"]);
    is_row.then(|| "JSON object of rows with transaction, sampleCount and meanResTime".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut summary = Summary::new(input);
    let (mut windowed, mut example) = (0_u64, None);
    json::members(input.name, input.json.unwrap_or_default(), &mut |key, row| {
        let Some(requests) = count(at(&row, "sampleCount")) else {
            summary.reject(1, 1, format!("“{key}” has no sampleCount"));
            return Ok(());
        };
        let endpoint = endpoint(key, requests, &row);
        if requests > WINDOW_SAMPLES {
            windowed += 1;
            example.get_or_insert_with(|| endpoint.shown());
        }
        // A sampler may also be named Total: the last row of that name is the dashboard's own.
        if key == "Total" {
            summary.total(endpoint)
        } else {
            summary.push(endpoint)
        }
        Ok(())
    })?;
    summary.note(Note::say(input.name, &LEVELS_ASSUMED, []));
    if let Some(example) = example {
        summary.note(Note::say(input.name, &WINDOW_OF_DASHBOARD, [windowed.into(), example.into()]));
    }
    summary.finish(Run::default(), Some(">=5.1".into()))
}

fn endpoint(name: &str, requests: u64, row: &Value) -> Endpoint {
    // Without samples the times are meaningless defaults.
    let time = |key: &str| number(&row[key]).filter(|_| requests > 0);
    let levels = [
        (Percentile::P50, time("medianResTime")),
        (Percentile::P90, time("pct1ResTime")),
        (Percentile::P95, time("pct2ResTime")),
        (Percentile::P99, time("pct3ResTime")),
    ];
    Endpoint {
        name: name.to_owned(),
        requests: Some(requests),
        failures: count(&row["errorCount"]),
        stated_error_rate_pct: number(&row["errorPct"]),
        latency: Latency {
            mean_ms: time("meanResTime"),
            min_ms: time("minResTime"),
            max_ms: time("maxResTime"),
            distribution: percentiles(levels),
            ..Latency::default()
        },
        rate_per_s: number(&row["throughput"]).filter(|_| requests > 0),
        ..Endpoint::default()
    }
}
