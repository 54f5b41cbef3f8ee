//! `--json` and `--json-file`: per endpoint a histogram of response times, and counts per second. Locust's most
//! detailed summary: it covers the whole run, and its percentiles can be merged.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::capped::Capped;
use super::super::content::Content;
use super::super::error::{Error, Problem};
use super::super::field;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::json;
use super::super::notes::{ROWS_REJECTED, TOTAL_SUMMED};
use super::columns::{some_text, sum_ns};
use super::notes::{HISTOGRAM_INCOMPLETE, NONE_RESPONSES, PERCENTILES_ROUNDED};
use crate::run::merge::sum_endpoints;
use crate::run::time::is_moment;
use crate::run::{
    Buckets, Definition, Distribution, Endpoint, Interval, Latency, Note, Rounding, RowAccount, Run, Timeline,
};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "locust-json",
        tool: "Locust",
        title: "JSON (`--json`, `--json-file`): histogram and per-second counts",
        command: "locust --headless --json > results.json",
        percentiles: Some(Definition::RankTwoDigits),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

/// Maximum length of a run whose seconds without requests are filled with zeros; beyond, the file is implausible.
const MAX_DURATION_S: i64 = 7 * 86_400;

/// Maximum seconds without requests filled in, over all entries of a file. Beyond, a timeline has only the listed
/// seconds, so that memory stays proportional to the file.
const MAX_FILLED: u64 = 1_000_000;

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let mut is_ours = false;
    json::peek(sniff.json?, First(&mut is_ours));
    is_ours.then(|| "JSON entries with num_reqs_per_sec and response_times".to_owned())
}

/// Reads the keys of the first entry.
struct First<'a>(&'a mut bool);

impl<'de> Visitor<'de> for First<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        entries.next_element_seed(Keys(self.0)).map(|_| ())
    }
}

struct Keys<'a>(&'a mut bool);

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let (mut seconds, mut times) = (false, false);
        while let Some(key) = members.next_key::<Cow<'_, str>>()? {
            seconds |= key == "num_reqs_per_sec";
            times |= key == "response_times";
            members.next_value::<IgnoredAny>()?;
        }
        *self.0 = seconds && times;
        Ok(())
    }
}

/// Aggregates a file, entry by entry.
struct All<'a> {
    file: &'a str,
    read: u64,
    endpoints: Capped,
    rejected: Option<(u64, Error)>,
    /// First and last request, seconds since the Unix epoch.
    span: Option<(f64, f64)>,
    none_responses: u64,
    /// Endpoints whose histogram does not cover all timed requests; for the first its name, its samples, and the
    /// requests.
    incomplete: Option<(u64, String, u64, u64)>,
    /// Seconds without requests that may still be filled in.
    fill: u64,
}

impl All<'_> {
    fn add(&mut self, fields: &Fields) {
        self.read += 1;
        let read = Entry { file: self.file, number: self.read, fields }.read(&mut self.fill);
        match read {
            Ok(entry) => {
                self.none_responses = self.none_responses.saturating_add(entry.none_requests);
                if let Some((counted, timed)) = entry.counted {
                    let first = self.incomplete.take();
                    let first = first.unwrap_or_else(|| (0, entry.endpoint.shown(), counted, timed));
                    self.incomplete = Some((first.0 + 1, first.1, first.2, first.3));
                }
                if let Some((start, end)) = entry.span {
                    self.span = Some(self.span.map_or((start, end), |(a, b): (f64, f64)| (a.min(start), b.max(end))));
                }
                self.endpoints.push(entry.endpoint);
            }
            Err(error) => {
                let first = self.rejected.take().map_or((1, error), |(count, first)| (count + 1, first));
                self.rejected = Some(first);
            }
        }
    }
}

impl<'de> Visitor<'de> for &mut All<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(fields) = entries.next_element::<Fields>()? {
            self.add(&fields);
        }
        Ok(())
    }
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let document = input.json.unwrap_or_default();
    let mut all = All {
        file: input.name,
        read: 0,
        endpoints: Capped::default(),
        rejected: None,
        span: None,
        none_responses: 0,
        incomplete: None,
        fill: MAX_FILLED,
    };
    serde_json::Deserializer::from_str(document)
        .deserialize_seq(&mut all)
        .map_err(|error| json::malformed(input.name, document, &error, 0))?;
    let All { read, endpoints, rejected, span, none_responses, incomplete, .. } = all;
    let mut notes = vec![Note::say(input.name, &PERCENTILES_ROUNDED, [])];
    let (mut endpoints, merged, _, note) = endpoints.finish(input.name);
    if let Some((count, first)) = &rejected {
        if endpoints.is_empty() {
            return Err(first.clone());
        }
        notes.push(Note::say(input.name, &ROWS_REJECTED, [(*count).into(), first.what().into()]));
    }
    let rows = RowAccount {
        read,
        rejected: rejected.map_or(0, |(count, _)| count),
        merged,
        endpoints: endpoints.len() as u64,
        ..RowAccount::default()
    };
    notes.extend(note);
    if none_responses > 0 {
        notes.push(Note::say(input.name, &NONE_RESPONSES, [none_responses.into()]));
    }
    if let Some((endpoints, example, counted, timed)) = incomplete {
        let figures = [endpoints.into(), example.into(), counted.into(), timed.into()];
        notes.push(Note::say(input.name, &HISTOGRAM_INCOMPLETE, figures));
    }
    notes.push(Note::say(input.name, &TOTAL_SUMMED, []));
    let duration_s = span.map(|(start, end)| end - start).filter(|s| *s > 0.0);
    let mut total = sum_endpoints("Total", &endpoints);
    // As in Locust's own table, a rate is over the whole run: over the time between an endpoint's own first and last
    // request, a single call would have 100,000 requests per second.
    let rate = |count: Option<u64>| count.zip(duration_s).map(|(n, s)| n as f64 / s).filter(|r| r.is_finite());
    for endpoint in endpoints.iter_mut().chain(&mut total) {
        endpoint.rate_per_s = rate(endpoint.requests);
        endpoint.failures_per_s = rate(endpoint.failures);
    }
    let run = Run {
        started_ms: span.map(|(start, _)| libm::round(start * 1000.0) as i64),
        duration_s,
        timeline: total.as_ref().and_then(|t| t.timeline.clone()),
        endpoints: endpoints.into(),
        total,
        rows,
        ..Run::default()
    };
    Ok(Imported { content: Content::Results(Box::new(run)), version: Some(">=2.14".into()), notes, evidence: None })
}

/// The fields to read.
const KEYS: [&str; 14] = [
    "name",
    "method",
    "num_requests",
    "num_failures",
    "num_none_requests",
    "total_response_time",
    "min_response_time",
    "max_response_time",
    "total_content_length",
    "start_time",
    "last_request_timestamp",
    "response_times",
    "num_reqs_per_sec",
    "num_fail_per_sec",
];

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
enum Field {
    Null,
    Number(f64),
    Text(String),
    /// An object of counts by number; `None` if a key or a value is not a number.
    Counts(Option<Vec<(f64, f64)>>),
    Other,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Field, E> {
        Ok(Field::Number(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Field, E> {
        Ok(Field::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Field, E> {
        Ok(Field::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Field, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Field, A::Error> {
        let mut counts = Some(Vec::new());
        while let Some(at) = members.next_key::<String>()? {
            let at = field::number(&at).ok().flatten();
            match (at, members.next_value::<Count>()?.0, &mut counts) {
                (Some(at), Some(count), Some(counts)) => counts.push((at, count)),
                _ => counts = None,
            }
        }
        Ok(Field::Counts(counts))
    }
}

/// A number, or anything else.
struct Count(Option<f64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A nested object has at most as many values as its text has bytes, and is dropped at once.
        Field::deserialize(deserializer).map(|field| Self(if let Field::Number(n) = field { Some(n) } else { None }))
    }
}

/// The fields of one entry; all `None` if it is not an object.
#[derive(Debug, Default)]
struct Fields([Option<Field>; KEYS.len()]);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry")
    }

    fn visit_unit<E>(self) -> Result<Fields, E> {
        Ok(Fields::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Fields, E> {
        Ok(Fields::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Fields, E> {
        Ok(Fields::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Fields, E> {
        Ok(Fields::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Fields, E> {
        Ok(Fields::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Fields, E> {
        Ok(Fields::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Fields, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Fields::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = members.next_key::<String>()? {
            let place = KEYS.iter().position(|known| *known == key);
            match place.and_then(|at| fields.0.get_mut(at)) {
                Some(place) => *place = Some(members.next_value()?),
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(fields)
    }
}

struct Entry<'a> {
    file: &'a str,
    /// From 1.
    number: u64,
    fields: &'a Fields,
}

struct ReadEntry {
    endpoint: Endpoint,
    none_requests: u64,
    /// Response times in the histogram and timed requests, if they differ.
    counted: Option<(u64, u64)>,
    /// First and last request, seconds since the Unix epoch.
    span: Option<(f64, f64)>,
}

impl Entry<'_> {
    fn bad(&self, key: &str, expected: &'static str) -> Error {
        let path = format!("entry {}, {key}", self.number);
        Error::new(self.file, Problem::BadValue { path, expected })
    }

    fn get(&self, key: &str) -> Option<&Field> {
        let at = KEYS.iter().position(|known| *known == key)?;
        self.fields.0.get(at)?.as_ref().filter(|field| **field != Field::Null)
    }

    fn text(&self, key: &str) -> Option<&str> {
        if let Some(Field::Text(text)) = self.get(key) { Some(text) } else { None }
    }

    fn number(&self, key: &str) -> Result<Option<f64>, Error> {
        let number = match self.get(key) {
            None => return Ok(None),
            Some(Field::Number(number)) => field::checked(*number).ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| self.bad(key, "a number of at least 0"))
    }

    fn count(&self, key: &str) -> Result<Option<u64>, Error> {
        let number = self.number(key)?;
        number.map(field::whole).transpose().map_err(|_| self.bad(key, "a whole number"))
    }

    /// Parses `{"key": count}` with numeric keys, scaled by `scale` to integers.
    fn counts(&self, key: &str, scale: f64) -> Result<BTreeMap<u64, u64>, Error> {
        let mut counts = BTreeMap::new();
        let expected = "an object of counts by number";
        let listed = match self.get(key) {
            None => return Ok(counts),
            Some(Field::Counts(Some(listed))) => listed,
            Some(_) => return Err(self.bad(key, expected)),
        };
        for (at, count) in listed {
            let at = field::whole(libm::round(at * scale)).ok();
            let count = field::checked(*count).ok().and_then(|n| field::whole(n).ok());
            let (Some(at), Some(count)) = (at, count) else { return Err(self.bad(key, expected)) };
            let slot = counts.entry(at).or_insert(0_u64);
            *slot = slot.saturating_add(count);
        }
        Ok(counts)
    }

    /// `fill` is the number of seconds without requests that may still be filled in.
    fn read(&self, fill: &mut u64) -> Result<ReadEntry, Error> {
        let name = self.text("name").ok_or_else(|| self.bad("name", "a text"))?;
        let requests = self.count("num_requests")?.ok_or_else(|| self.bad("num_requests", "a whole number"))?;
        let failures = self.count("num_failures")?;
        let none_requests = self.count("num_none_requests")?.unwrap_or(0);
        let timed = requests.saturating_sub(none_requests);
        let mean_ms = self.number("total_response_time")?.filter(|_| timed > 0).map(|sum| sum / timed as f64);
        let counts_by_us = self.counts("response_times", 1000.0)?;
        let counted = counts_by_us.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let latency = Latency {
            mean_ms,
            sum_ns: sum_ns(mean_ms, Some(timed)),
            min_ms: self.number("min_response_time")?,
            max_ms: self.number("max_response_time")?.filter(|_| timed > 0),
            timed: Some(timed),
            distribution: if counts_by_us.is_empty() {
                Distribution::Unknown
            } else {
                Distribution::Buckets(Buckets { counts_by_us, rounding: Rounding::TwoDigits })
            },
        };
        let span = self.number("start_time")?.zip(self.number("last_request_timestamp")?);
        let span =
            span.filter(|(start, end)| end > start && [start, end].iter().all(|s| is_moment((**s * 1000.0) as i64)));
        let bytes = self.number("total_content_length")?.filter(|_| requests > 0);
        Ok(ReadEntry {
            endpoint: Endpoint {
                method: self.text("method").and_then(some_text),
                name: name.to_owned(),
                requests: Some(requests),
                failures,
                latency,
                mean_bytes: bytes.map(|sum| sum / requests as f64),
                timeline: timeline(
                    &self.counts("num_reqs_per_sec", 1.0)?,
                    &self.counts("num_fail_per_sec", 1.0)?,
                    fill,
                ),
                ..Endpoint::default()
            },
            none_requests,
            counted: Some((counted, timed)).filter(|_| counted != timed),
            span,
        })
    }
}

/// Converts counts per second to intervals; seconds in between become empty intervals, as far as `fill` allows.
fn timeline(requests: &BTreeMap<u64, u64>, failures: &BTreeMap<u64, u64>, fill: &mut u64) -> Option<Timeline> {
    let bound = |at: Option<(&u64, &u64)>| at.and_then(|(s, _)| i64::try_from(*s).ok());
    let (first, last) = (bound(requests.first_key_value())?, bound(requests.last_key_value())?);
    if last - first > MAX_DURATION_S {
        return None;
    }
    let of =
        |counts: &BTreeMap<u64, u64>, s: i64| u64::try_from(s).ok().and_then(|s| counts.get(&s).copied()).unwrap_or(0);
    let interval = |s: i64| Interval {
        end_s: s + 1,
        length_s: 1,
        requests: of(requests, s),
        failures: of(failures, s),
        ..Interval::default()
    };
    let empty = u64::try_from(last - first + 1).unwrap_or(0).saturating_sub(requests.len() as u64);
    let intervals = if let Some(left) = fill.checked_sub(empty) {
        *fill = left;
        (first..=last).map(interval).collect()
    } else {
        requests.keys().filter_map(|s| i64::try_from(*s).ok()).map(interval).collect()
    };
    Some(Timeline { intervals, grid: None })
}
