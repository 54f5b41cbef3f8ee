//! One run as one line of a history, about 80 bytes an endpoint.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Figures, PERCENTILES};
use crate::run::{Endpoint, Metric, Run, significant, time};

/// Version of the line's form, its first member. Raise it with every change that older builds would misread.
pub const SCHEMA: u64 = 1;

/// Digits of a figure: more than a tool's own precision from run to run.
const DIGITS: usize = 5;

/// Maximum characters of a label, a version, a source, an endpoint's name; a reason has twice as many.
const LONGEST: usize = 1000;

/// What is known of a run beside its figures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entry {
    /// Names the run: of lines with the same id, one counts.
    pub id: String,
    /// Start of the run, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Label, for example a release.
    pub label: Option<String>,
    /// Version of what was tested.
    pub version: Option<String>,
    /// Why this run was made.
    pub reason: Option<String>,
    /// The tool that measured it.
    pub source: Option<String>,
    /// Maximum simultaneous users.
    pub users: Option<u64>,
    /// Duration in seconds.
    pub duration_s: Option<f64>,
    /// Whether the level of this run is accepted: later runs are judged against it, even if it is slower.
    pub accepted: bool,
}

impl Entry {
    /// The entry of a run, without what only a person knows. The id comes from the bytes that were read, so that the same
    /// files have the same id.
    #[must_use]
    pub fn of(run: &Run, at_ms: i64) -> Self {
        Self {
            id: id_of(run).unwrap_or_else(|| format!("{:016x}", crate::fnv::fnv1a(at_ms.to_le_bytes()))),
            at_ms,
            label: None,
            version: None,
            reason: None,
            source: Some(run.source.tool.clone()).filter(|tool| !tool.is_empty()),
            users: run.users.filter(|_| !run.users_follow),
            duration_s: run.duration_s,
            accepted: false,
        }
    }
}

/// The id of a run, from its files; `None` where none is known.
#[must_use]
pub fn id_of(run: &Run) -> Option<String> {
    let mut prints: Vec<(u64, u64)> = run.source.files.iter().map(|file| (file.fingerprint, file.bytes)).collect();
    crate::order::sort(&mut prints);
    let bytes = prints.iter().flat_map(|(print, bytes)| [print.to_le_bytes(), bytes.to_le_bytes()]).flatten();
    (!prints.is_empty()).then(|| format!("{:016x}", crate::fnv::fnv1a(bytes)))
}

/// The figures of an endpoint.
#[must_use]
pub fn figures(endpoint: &Endpoint) -> Figures {
    let value = |metric: Metric| endpoint.value(&metric).number.map(|value| significant(value, DIGITS));
    Figures {
        requests: endpoint.requests,
        failures: endpoint.failures,
        rate_per_s: value(Metric::Rps),
        mean_ms: value(Metric::Mean),
        percentiles_ms: PERCENTILES.map(|percentile| value(Metric::Latency(percentile))),
    }
}

/// The line of a run, with its line end.
#[must_use]
pub fn write(entry: &Entry, run: &Run) -> String {
    let mut line = format!("{{\"history\":{SCHEMA},\"id\":{},\"at\":\"{}\"", text(&entry.id), moment(entry.at_ms));
    let texts =
        [("label", &entry.label), ("version", &entry.version), ("reason", &entry.reason), ("source", &entry.source)];
    for (name, value) in texts {
        if let Some(value) = value {
            line.push_str(&format!(",\"{name}\":{}", text(value)));
        }
    }
    if let Some(users) = entry.users {
        line.push_str(&format!(",\"users\":{users}"));
    }
    if let Some(duration) = entry.duration_s {
        line.push_str(&format!(",\"duration_s\":{}", significant(duration, DIGITS)));
    }
    if entry.accepted {
        line.push_str(",\"accepted\":true");
    }
    if let Some(total) = &run.total {
        line.push_str(",\"total\":");
        push_row(&mut line, total);
    }
    line.push_str(",\"endpoints\":[");
    for (i, endpoint) in run.endpoints.iter().enumerate() {
        if i > 0 {
            line.push(',');
        }
        push_row(&mut line, endpoint);
    }
    line.push_str("]}\n");
    line
}

/// Method, name, requests, failures, requests per second, mean, then the percentiles.
fn push_row(line: &mut String, endpoint: &Endpoint) {
    let figures = figures(endpoint);
    let method = endpoint.method.as_ref().map_or_else(|| "null".to_owned(), |method| text(method));
    line.push_str(&format!("[{method},{}", text(&endpoint.name)));
    for count in [figures.requests, figures.failures] {
        line.push_str(&count.map_or_else(|| ",null".to_owned(), |count| format!(",{count}")));
    }
    for number in [figures.rate_per_s, figures.mean_ms].into_iter().chain(figures.percentiles_ms) {
        line.push_str(&number.map_or_else(|| ",null".to_owned(), |number| format!(",{number}")));
    }
    line.push(']');
}

fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// With milliseconds only where there are some, since runs are ordered by it.
fn moment(at_ms: i64) -> String {
    let whole = time::format_rfc3339(at_ms);
    match at_ms.rem_euclid(1000) {
        0 => whole,
        ms => format!("{}.{ms:03}Z", whole.trim_end_matches('Z')),
    }
}

/// A line as it is read. Members that are not known are passed over: a later build of the same schema may add some.
#[derive(Deserialize)]
struct Line<'a> {
    history: u64,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    at: Cow<'a, str>,
    label: Option<String>,
    version: Option<String>,
    reason: Option<String>,
    source: Option<String>,
    users: Option<u64>,
    duration_s: Option<f64>,
    #[serde(default)]
    accepted: bool,
    total: Option<Row>,
    endpoints: Vec<Row>,
}

/// See [`push_row`].
type Row = (
    Option<String>,
    String,
    Option<u64>,
    Option<u64>,
    Option<f64>,
    Option<f64>,
    Option<f64>,
    Option<f64>,
    Option<f64>,
    Option<f64>,
);

/// An endpoint of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Request method, if there is one.
    pub method: Option<String>,
    /// Name.
    pub name: String,
    /// Its figures.
    pub figures: Figures,
}

/// What a line holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The run.
    pub entry: Entry,
    /// All endpoints together.
    pub total: Option<Figures>,
    /// The endpoints.
    pub endpoints: Vec<Named>,
}

/// What is wrong with a line: the column, if there is one place, and the mistake.
pub type Mistake = (Option<usize>, String);

/// The only member that is read of a line of another version.
#[derive(Deserialize)]
struct Version {
    history: u64,
}

/// Reads a line.
///
/// # Errors
///
/// What is wrong, and where.
pub fn read(line: &[u8]) -> Result<Read, Mistake> {
    let text = std::str::from_utf8(line).map_err(|e| (Some(e.valid_up_to() + 1), "it is not UTF-8".to_owned()))?;
    if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|marker| text.starts_with(marker)) {
        return Err((
            None,
            "it is the mark of a merge conflict. Keep the lines of both sides, and delete it".to_owned(),
        ));
    }
    if !text.trim_ascii_start().starts_with('{') {
        return Err((Some(1), "expected an object, a run as `history add` writes it".to_owned()));
    }
    let line: Line<'_> = match serde_json::from_str(text) {
        Ok(line) => line,
        Err(error) => {
            return Err(match serde_json::from_str::<Version>(text) {
                Ok(Version { history }) if history != SCHEMA => another_version(history),
                _ => (Some(error.column()), mistake(&error)),
            });
        }
    };
    if line.history != SCHEMA {
        return Err(another_version(line.history));
    }
    let all = |mistake: &str| (None, mistake.to_owned());
    let at_ms = time::parse_rfc3339(&line.at)
        .ok_or_else(|| all("`at` is no time: expected one such as 2026-11-30T02:00:00Z"))?;
    let is_id = |id: &str| (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_id(&line.id) {
        return Err(all("`id` is not of 1 to 64 letters, digits and hyphens"));
    }
    let texts = [&line.label, &line.version, &line.source];
    if texts.into_iter().flatten().any(|text| text.chars().count() > LONGEST)
        || line.reason.as_ref().is_some_and(|reason| reason.chars().count() > 2 * LONGEST)
    {
        return Err(all("a text is longer than 1,000 characters, or a reason longer than 2,000"));
    }
    if line.duration_s.is_some_and(|s| !(s.is_finite() && s >= 0.0)) {
        return Err(all("`duration_s` is not a number of at least 0"));
    }
    let total = line.total.map(named).transpose()?.map(|named| named.figures);
    let mut endpoints = line.endpoints.into_iter().map(named).collect::<Result<Vec<_>, _>>()?;
    if !endpoints.is_sorted_by(|a, b| (&a.name, &a.method) < (&b.name, &b.method)) {
        crate::order::sort_by(&mut endpoints, |a, b| (&a.name, &a.method).cmp(&(&b.name, &b.method)));
        let twice =
            endpoints.iter().zip(endpoints.iter().skip(1)).find(|(a, b)| (&a.name, &a.method) == (&b.name, &b.method));
        if let Some((endpoint, _)) = twice {
            return Err((None, format!("the endpoint {:?} is in it twice", crate::run::shown(&endpoint.name))));
        }
    }
    let entry = Entry {
        id: line.id.into_owned(),
        at_ms,
        label: line.label,
        version: line.version,
        reason: line.reason,
        source: line.source,
        users: line.users,
        duration_s: line.duration_s,
        accepted: line.accepted,
    };
    Ok(Read { entry, total, endpoints })
}

fn named((method, name, requests, failures, rate, mean, p50, p90, p95, p99): Row) -> Result<Named, Mistake> {
    let numbers = [rate, mean, p50, p90, p95, p99];
    let wrong = |mistake: &str| (None, format!("endpoint {:?}: {mistake}", crate::run::shown(&name)));
    if name.chars().count() > LONGEST || method.as_ref().is_some_and(|method| method.chars().count() > LONGEST) {
        return Err((None, "the name of an endpoint is longer than 1,000 characters".to_owned()));
    }
    if numbers.iter().flatten().any(|n| !(n.is_finite() && *n >= 0.0)) {
        return Err(wrong("a figure is below 0"));
    }
    if requests.zip(failures).is_some_and(|(requests, failures)| failures > requests) {
        return Err(wrong("it has more failures than requests"));
    }
    let percentiles_ms = [p50, p90, p95, p99];
    let figures = Figures { requests, failures, rate_per_s: rate, mean_ms: mean, percentiles_ms };
    Ok(Named { method, name, figures })
}

fn another_version(schema: u64) -> Mistake {
    (
        None,
        format!(
            "it is of version {schema} of the format, and this loaddiff reads version {SCHEMA}. Use a newer loaddiff"
        ),
    )
}

/// What serde_json says, without its place, which is of the line alone.
fn mistake(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    match error.classify() {
        serde_json::error::Category::Eof => "it is cut off".to_owned(),
        _ => format!("expected a run as `history add` writes it: {text}"),
    }
}
