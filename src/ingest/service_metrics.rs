//! The scripts' own JSON: normalised metrics and `performance-baselines.json`. Both are an object of services, each an
//! object of named numbers; the names include the units.
//!
//! A `performance-baselines.json` written by loaddiff also embeds the run ([`kept`]), which takes precedence.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::capped::Capped;
use super::content::Content;
use super::error::{Error, Problem};
use super::field;
use super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::json;
use crate::run::kept::{self, Embedded};
use crate::run::{
    Distribution, Endpoint, Figure, Metric, Note, NoteLevel, PercentileTable, Rounding, RowAccount, Run, Words, time,
};

pub(super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "service-metrics",
        tool: "Service metrics",
        title: "normalised metrics JSON and `performance-baselines.json`",
        command: "extract_metrics.py, extract_baselines.py",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

pub(crate) const NO_TOTAL: Words =
    Words { code: "no-total", level: NoteLevel::Info, text: "The file has services but no total." };

const BASELINE_EDITED: Words = Words {
    code: "baseline-edited",
    level: NoteLevel::Warning,
    text: "The figures in the file were changed after loaddiff wrote it. Only these figures are used, not the run kept \
           beside them.",
};

/// Figure: one of the services.
pub(crate) const ESTIMATE_SUSPECTED: Words = Words {
    code: "estimate-suspected",
    level: NoteLevel::Warning,
    text: "p95 and p99 are 1.4 and 1.7 times the mean (such as on {0}). They look like estimates of an older script, not \
           measurements.",
};

/// Figures: the key, one of the reasons below.
pub(crate) const KEY_SKIPPED: Words =
    Words { code: "key-skipped", level: NoteLevel::Info, text: "Skipped “{0}”: {1}." };

pub(crate) const KEYS_SKIPPED_MORE: Words =
    Words { code: "keys-skipped-more", level: NoteLevel::Info, text: "Skipped {0:more key|more keys}." };

/// Maximum skipped keys listed individually.
const MAX_NAMED_SKIPS: usize = 12;

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let mut first = None;
    json::peek(sniff.json?, Services { first: &mut first, is_inner: false });
    first.map(|name| format!("JSON object of services with metrics, such as {name}"))
}

/// Searches for the first service, in the document or in its `services` member, without keeping values.
struct Services<'a> {
    first: &'a mut Option<String>,
    is_inner: bool,
}

impl<'de> Visitor<'de> for Services<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of services")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut is_service = false;
        while let Some(name) = members.next_key::<String>()? {
            let inner = (name == "services" && !self.is_inner).then_some(&mut *self.first);
            members.next_value_seed(Service { found: &mut is_service, inner })?;
            // An embedded run identifies the format: its endpoint names may begin like comments.
            if is_service && !name.starts_with('_') || name == kept::KEY && !self.is_inner {
                self.first.get_or_insert(name);
            }
            is_service = false;
            if self.first.is_some() {
                // Stop here.
                break;
            }
        }
        Ok(())
    }
}

/// Whether a value is an object with a metric as a direct member.
struct Service<'a> {
    found: &'a mut bool,
    /// Set if it may contain services itself.
    inner: Option<&'a mut Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Service<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Service<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let (mut is_own, mut has_number) = (false, false);
        while let Some(name) = members.next_key::<String>()? {
            if is_metric_name(&name) {
                // A number, or a string with a unit; other objects are dropped at once.
                let value = members.next_value::<Scalar>()?.0;
                is_own |= is_own_metric(&name) && value.is_some();
                has_number |= value.is_some_and(|value| metric_value(&name, &value).is_some());
                continue;
            }
            let mut is_service = false;
            members.next_value_seed(Service { found: &mut is_service, inner: None })?;
            if let Some(first) = &mut self.inner
                && is_service
                && !name.starts_with('_')
            {
                first.get_or_insert(name);
            }
        }
        *self.found |= is_own && has_number;
        Ok(())
    }
}

/// A number or a string; `None` for anything else.
struct Scalar(Option<Value>);

impl<'de> serde::Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar, E> {
        Ok(Scalar(None))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar(Some(number.into())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar(Some(number.into())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar(Some(number.into())))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar(Some(text.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Scalar, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar(None))
    }
}

/// The object of services: the document, or its `services` member.
fn services(document: &Value) -> Option<&Map<String, Value>> {
    let top = document.as_object()?;
    match top.get("services").and_then(Value::as_object) {
        Some(inner) if inner.iter().any(|(name, value)| is_service(name, value)) => Some(inner),
        _ => Some(top),
    }
}

/// A service is an object with at least one metric as a direct member. Keys that begin with `_` are comments.
fn is_service(name: &str, value: &Value) -> bool {
    !name.starts_with('_')
        && value.as_object().is_some_and(|metrics| {
            metrics.iter().any(|(key, value)| is_metric_name(key) && metric_value(key, value).is_some())
        })
}

/// Whether a metric is specific to the scripts: `rps`, `requests` and `timeout_ms` occur in any tool's JSON.
fn is_own_metric(key: &str) -> bool {
    matches!(Metric::parse(key), Metric::Latency(_) | Metric::Mean | Metric::ErrorRate)
        || matches!(key, "total_requests" | "total_failures")
        || key.ends_with("_violations")
}

/// Whether a key is a metric name: a known one, or one ending in a unit.
fn is_metric_name(key: &str) -> bool {
    !matches!(Metric::parse(key), Metric::Named(_))
        || ["_ms", "_pct", "_per_s", "_violations"].iter().any(|unit| key.ends_with(unit))
}

/// Parses a metric: a JSON number, or a string such as `150ms`. `None` for negative and non-finite numbers.
fn metric_value(key: &str, value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => field::checked(number.as_f64()?).ok(),
        Value::String(text) if key.ends_with("_ms") => field::time_ms(text).ok()?,
        Value::String(text) => field::number(text).ok()?,
        _ => None,
    }
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let document = json::values(input.name, input.json.unwrap_or_default())?;
    let kept = kept::read(&document).map_err(|why| Error::new(input.name, Problem::BadKept { why }))?;
    let is_edited = match kept {
        Embedded::Whole(run) => {
            let names: Vec<&str> = run.source.files.iter().map(|file| file.name.as_str()).collect();
            let evidence = Some(format!("“{}”, the run of {} as a baseline", kept::KEY, names.join(", ")));
            return Ok(Imported { content: Content::Results(run), version: None, notes: Vec::new(), evidence });
        }
        Embedded::Edited => true,
        Embedded::Nothing => false,
    };
    let empty = Map::new();
    let services = services(&document).unwrap_or(&empty);
    let mut run = Run::default();
    let mut skipped: Vec<(String, &'static str)> = Vec::new();
    let mut example = None;
    let mut endpoints = Capped::default();
    for (name, value) in services {
        if name == kept::KEY {
            // Reported below, not a comment.
        } else if name.starts_with('_') {
            skipped.push((name.clone(), "keys that begin with “_” are comments"));
        } else if let Some(metrics) = value.as_object().filter(|_| is_service(name, value)) {
            let endpoint = service(name, metrics, &mut run, &mut skipped);
            if looks_estimated(&endpoint) {
                example.get_or_insert_with(|| name.clone());
            }
            endpoints.push(endpoint);
        } else {
            skipped.push((name.clone(), "not a service with metrics"));
        }
    }
    if endpoints.is_empty() {
        let path = "the top level".to_owned();
        return Err(Error::new(input.name, Problem::BadValue { path, expected: "an object of services with metrics" }));
    }
    let (endpoints, merged, _, capped) = endpoints.finish(input.name);
    let listed = endpoints.len() as u64;
    run.endpoints = endpoints.into();
    run.rows = RowAccount { read: listed + merged, endpoints: listed, merged, ..RowAccount::default() };
    let mut notes = vec![Note::say(input.name, &NO_TOTAL, [])];
    notes.extend(capped);
    if is_edited {
        notes.push(Note::say(input.name, &BASELINE_EDITED, []));
    }
    if let Some(example) = example {
        notes.push(Note::say(input.name, &ESTIMATE_SUSPECTED, [example.into()]));
    }
    let more = skipped.len().saturating_sub(MAX_NAMED_SKIPS) as u64;
    for (key, why) in skipped.into_iter().take(MAX_NAMED_SKIPS) {
        notes.push(Note::say(input.name, &KEY_SKIPPED, [key.into(), Figure::Word(why)]));
    }
    if more > 0 {
        notes.push(Note::say(input.name, &KEYS_SKIPPED_MORE, [more.into()]));
    }
    Ok(Imported { content: Content::Results(Box::new(run)), version: None, notes, evidence: None })
}

fn service(
    name: &str,
    metrics: &Map<String, Value>,
    run: &mut Run,
    skipped: &mut Vec<(String, &'static str)>,
) -> Endpoint {
    let mut endpoint = Endpoint { name: name.to_owned(), service: Some(name.to_owned()), ..Endpoint::default() };
    let mut table = PercentileTable { rounding: Rounding::None, ..PercentileTable::default() };
    for (key, value) in metrics {
        let full_key = || format!("{name}.{key}");
        match (key.as_str(), value) {
            ("baseline_users" | "users", Value::Number(users)) => {
                run.users = run.users.max(users.as_f64().and_then(|n| field::whole(n).ok()));
                continue;
            }
            ("timestamp", Value::String(text)) => {
                match time::parse_rfc3339(text) {
                    Some(ms) => run.started_ms = Some(run.started_ms.map_or(ms, |earlier| earlier.min(ms))),
                    None => skipped.push((full_key(), "not a readable time")),
                }
                continue;
            }
            // Explicitly missing in the file.
            (_, Value::Null) => continue,
            _ => {}
        }
        let Some(number) = metric_value(key, value) else {
            let why = match value {
                Value::Number(_) => "negative or not finite",
                Value::Object(_) | Value::Array(_) => "nested, not a number",
                _ => "not a number",
            };
            skipped.push((full_key(), why));
            continue;
        };
        match Metric::parse(key) {
            Metric::Latency(p) => {
                table.values_ms.insert(p, number);
            }
            Metric::Mean => endpoint.latency.mean_ms = Some(number),
            Metric::Min => endpoint.latency.min_ms = Some(number),
            Metric::Max => endpoint.latency.max_ms = Some(number),
            Metric::ErrorRate => endpoint.stated_error_rate_pct = Some(number),
            Metric::Rps => endpoint.rate_per_s = Some(number),
            Metric::Requests | Metric::Failures if field::whole(number).is_err() => {
                skipped.push((full_key(), "not a whole number"));
            }
            Metric::Requests => endpoint.requests = field::whole(number).ok(),
            Metric::Failures => endpoint.failures = field::whole(number).ok(),
            Metric::Named(name) => {
                endpoint.metrics.insert(name, number);
            }
        }
    }
    if !table.values_ms.is_empty() {
        endpoint.latency.distribution = Distribution::Table(table);
    }
    endpoint.latency.timed = endpoint.requests;
    endpoint.latency.sum_ns = endpoint
        .latency
        .mean_ms
        .zip(endpoint.requests)
        .map(|(mean, n)| mean * n as f64 * 1e6)
        .filter(|sum| *sum < 1e30)
        .map(|sum| libm::round(sum) as u128);
    endpoint
}

/// Percentiles at 1.4 and 1.7 times the mean: the scripts made these up for files without percentiles.
fn looks_estimated(endpoint: &Endpoint) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= 0.011 * b.max(1.0) && b > 0.0;
    let quantile = |p| endpoint.latency.distribution.quantile_ms(p);
    match (endpoint.latency.mean_ms, quantile(crate::run::Percentile::P95), quantile(crate::run::Percentile::P99)) {
        (Some(mean), Some(p95), Some(p99)) => near(p95, mean * 1.4) && near(p99, mean * 1.7),
        _ => false,
    }
}
