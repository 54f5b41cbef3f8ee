//! One run as the scripts wrote it: normalised metrics JSON ([`extract`]) and `performance-baselines.json`
//! ([`baseline`]). [`ingest`](crate::ingest) reads both back.
//!
//! What is one entry follows from the policy, as in a comparison: the endpoints of a pooled service are one, added by
//! their counts; every other endpoint is one, by its label; what the policy leaves out is left out here. A figure that
//! is not known is `null`: so is a percentile of rows that were added, unless the tool gave a histogram.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::json::to_text;
use crate::compare::{self, Account};
use crate::policy::Policy;
use crate::run::merge::add_endpoint;
use crate::run::{Endpoint, Metric, Percentile, Run, kept, time};

/// The figures of every entry, by the scripts' names.
const FIGURES: [(&str, Metric); 10] = [
    ("avg_latency_ms", Metric::Mean),
    ("median_latency_ms", Metric::Latency(Percentile::P50)),
    ("p95_latency_ms", Metric::Latency(Percentile::P95)),
    ("p99_latency_ms", Metric::Latency(Percentile::P99)),
    ("min_latency_ms", Metric::Min),
    ("max_latency_ms", Metric::Max),
    ("error_rate_pct", Metric::ErrorRate),
    ("rps", Metric::Rps),
    ("total_requests", Metric::Requests),
    ("total_failures", Metric::Failures),
];

/// A file's text, and where the run's rows went.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The JSON, with a newline at its end.
    pub text: String,
    /// How many entries it has.
    pub entries: usize,
    /// Where the rows went: [`Account::excluded`] names what the policy leaves out.
    pub account: Account,
    /// Whether the run itself is in the file, beside its figures: of [`baseline`] as a rule, and of [`extract`] never. A
    /// run that came from a link, or is very large, is not.
    pub whole: bool,
}

impl Written {
    /// The endpoints that the policy leaves out, by name: the first dozen, and how many more. Empty if there are none.
    #[must_use]
    pub fn left_out(&self) -> String {
        const NAMED: usize = 12;
        let all: Vec<&str> = self.account.excluded.iter().flat_map(|e| &e.names).map(String::as_str).collect();
        let named = all.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        match all.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named}, and {more} more"),
        }
    }
}

/// Normalised metrics: an object of entries. Error rates are the quotients of the counts, not rounded.
#[must_use]
pub fn extract(run: &Run, policy: &Policy) -> Written {
    write(run, policy, None, |endpoint| Entry { endpoint, promoted: None })
}

/// `performance-baselines.json`: the same with the run's users and its start; `null` where no file says so. Error rates
/// are rounded to two decimals, as the scripts' own comparison expects them; the counts beside them are exact. Behind the
/// entries stands the whole run ([`Written::whole`]) under `_loaddiff`, which the scripts skip: read back, the baseline is
/// the run that it was made of, with its tool, its distributions and its timelines.
#[must_use]
pub fn baseline(run: &Run, policy: &Policy) -> Written {
    write(run, policy, Some(run), |endpoint| Entry { endpoint, promoted: Some(run) })
}

fn write<'r>(run: &'r Run, policy: &Policy, kept: Option<&Run>, entry: impl Fn(Endpoint) -> Entry<'r>) -> Written {
    let (endpoints, account) = compare::judged(run, policy);
    let mut entries: Vec<(String, Endpoint)> = Vec::with_capacity(endpoints.len());
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for endpoint in endpoints {
        let label = endpoint.label();
        // A method and a name may read like another's name alone.
        match places.get(&label).and_then(|at| entries.get_mut(*at)) {
            Some((_, same)) => add_endpoint(same, &endpoint),
            None => {
                places.insert(label.clone(), entries.len());
                entries.push((label, endpoint));
            }
        }
    }
    let count = entries.len();
    let object = Object(entries.into_iter().map(|(label, endpoint)| (label, entry(endpoint))).collect());
    let mut text = to_text(&object);
    let kept = kept.filter(|_| count > 0).and_then(|run| kept::write(run, &serde_json::from_str(&text).ok()?));
    let whole = kept.is_some();
    if let Some(kept) = kept {
        // Behind the entries, which stay in their order.
        let kept = to_text(&crate::order::map([(kept::KEY, kept)]));
        let entries = text.strip_suffix("\n}\n").unwrap_or_default();
        text = format!("{entries},\n{}", kept.strip_prefix("{\n").unwrap_or_default());
    }
    Written { text, entries: count, account, whole }
}

/// An object with its keys in order.
struct Object<'r>(Vec<(String, Entry<'r>)>);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(label, entry)| (label, entry)))
    }
}

struct Entry<'r> {
    endpoint: Endpoint,
    /// The run, in a file of baselines.
    promoted: Option<&'r Run>,
}

impl Entry<'_> {
    fn figure(&self, metric: &Metric) -> Option<f64> {
        let number = self.endpoint.value(metric).number?;
        let counted = self.endpoint.requests.is_some() && self.endpoint.failures.is_some();
        if *metric == Metric::ErrorRate && counted && self.promoted.is_some() {
            return format!("{number:.2}").parse().ok();
        }
        Some(number)
    }
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(run) = self.promoted {
            map.serialize_entry("baseline_users", &run.users)?;
        }
        for (name, metric) in &FIGURES {
            match metric {
                Metric::Requests => map.serialize_entry(name, &self.endpoint.requests)?,
                Metric::Failures => map.serialize_entry(name, &self.endpoint.failures)?,
                _ => map.serialize_entry(name, &self.figure(metric))?,
            }
        }
        // What rules of one's own may ask for: the tool's other percentiles, and named metrics.
        let further = self.endpoint.latency.distribution.points_ms().into_iter().map(|(p, _)| Metric::Latency(p));
        for metric in further.filter(|m| FIGURES.iter().all(|(_, figure)| figure != m)) {
            if let Some(ms) = self.figure(&metric) {
                map.serialize_entry(&metric.to_string(), &ms)?;
            }
        }
        for (name, number) in self.endpoint.metrics.iter().filter(|(name, _)| *name != "timestamp") {
            map.serialize_entry(name, number)?;
        }
        if let Some(run) = self.promoted {
            map.serialize_entry("timestamp", &run.started_ms.map(time::format_rfc3339))?;
        }
        map.end()
    }
}
