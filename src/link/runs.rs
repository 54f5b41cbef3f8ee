//! Two runs, side by side.

use std::collections::BTreeMap;

use super::coder::{Codec, Kind};
use super::rows::{self, Expected, RowStats, RunSide};
use super::value::{FLOAT_KINDS, float, list, option, rounded, text};
use super::{LinkError, caps, notes};
use crate::run::time::{has_moment, is_moment};
use crate::run::{Endpoint, Failure, Interval, RowAccount, Run, Shared, Source, SourceFile, Timeline};

const THERE: Kind = Kind(300);
const FACT: Kind = Kind(301);
const ROWS: Kind = Kind(302);
const LENGTH: Kind = Kind(303);
const METHOD: Kind = Kind(304);
const PRESENT: Kind = Kind(305);
const SERVICE: Kind = Kind(306);
const FAILURE: Kind = Kind(307);
const TICK: Kind = Kind(308);
const FILES: Kind = Kind(312);
const DURATION: Kind = Kind(316);
const SECONDS: Kind = Kind(320);
const TICK_MEAN: Kind = Kind(328);
const _: () = assert!(TICK_MEAN.0 + FLOAT_KINDS < 400);

const NAME: u32 = 0;
const LABEL: u32 = 1;
const MESSAGE: u32 = 2;

/// Significant digits of an interval's mean.
pub(super) const INTERVAL_DIGITS: u32 = 3;

/// Codes both runs.
pub(super) fn runs(codec: &mut Codec<'_>, [a, b]: [Run; 2]) -> Result<[Run; 2], LinkError> {
    let same_files = codec.flag(FILES, &[0], a.same_files(&b))?;
    let seconds = [seconds_of(&a), seconds_of(&b)];
    let mut baseline = facts(codec, &Run::default(), &a)?;
    let mut run = facts(codec, &baseline, &b)?;
    if same_files {
        for side in [&mut baseline, &mut run] {
            // Files are left out, but their equality decides the verdict.
            side.source.files = vec![SourceFile { format: "link".into(), ..SourceFile::default() }];
        }
    }
    let mut known = [None, None];
    let durations = [baseline.duration_s, run.duration_s];
    for (((known, seconds), duration), s) in known.iter_mut().zip(seconds).zip(durations).zip(0_u32..) {
        *known = option(codec, THERE, &[20 + s], seconds, |c, v| span(c, s, duration, v))?;
    }
    let mut learned = RowStats::new(known);
    endpoints(codec, &mut learned, (a.endpoints, b.endpoints), &mut baseline, &mut run)?;
    let totals = (a.total, b.total);
    baseline.total = total(codec, &mut learned, RunSide::Baseline, None, &baseline, totals.0)?;
    run.total = total(codec, &mut learned, RunSide::Run, baseline.total.as_ref(), &run, totals.1)?;
    baseline.rows = account(codec, &baseline, a.rows)?;
    run.rows = account(codec, &run, b.rows)?;
    for (side, failures, all) in [(&mut baseline, a.failures, a.notes), (&mut run, b.failures, b.notes)] {
        side.failures = causes(codec, side, failures)?;
        let labels: Vec<String> = side.endpoints.iter().map(Endpoint::label).collect();
        side.notes = list(codec, LENGTH, caps::NOTES, "notes", all.into_iter().map(Some).collect(), |c, note| {
            notes::note(c, &labels, note.as_ref()).map(Some)
        })?
        .into_iter()
        .flatten()
        .collect();
    }
    let users = [baseline.users, run.users];
    for (((side, timeline), users), s) in
        [&mut baseline, &mut run].into_iter().zip([a.timeline, b.timeline]).zip(users).zip(0..)
    {
        let started = side.started_ms.map_or(0, |ms| ms.div_euclid(1000));
        side.timeline = option(codec, THERE, &[30 + s], timeline, |c, t| series(c, started, users, t))?;
    }
    Ok([baseline, run])
}

fn facts(codec: &mut Codec<'_>, other: &Run, r: &Run) -> Result<Run, LinkError> {
    let label = text(codec, LABEL, &other.label, &r.label)?;
    let tool = text(codec, LABEL, &other.source.tool, &r.source.tool)?;
    let before = other.source.version.as_deref().unwrap_or_default();
    let version = option(codec, THERE, &[0], r.source.version.clone(), |c, v| text(c, LABEL, before, &v))?;
    let started = option(codec, THERE, &[1], r.started_ms, |c, v| {
        // Whole seconds, unless it has milliseconds; relative to November 2023 without another start.
        let from = other.started_ms.unwrap_or(1_700_000_000_000);
        let (seconds, ms) = (v.div_euclid(1000), v.rem_euclid(1000));
        let seconds = c.signed(FACT, &[0], seconds.wrapping_sub(from.div_euclid(1000)))?;
        let ms = c.number(FACT, &[1], ms as u64)?;
        let ms = i64::try_from(ms).ok().filter(|ms| *ms < 1000).ok_or(LinkError::Unreadable)?;
        let seconds = seconds.checked_add(from.div_euclid(1000)).ok_or(LinkError::Unreadable)?;
        let moment = seconds.checked_mul(1000).and_then(|s| s.checked_add(ms));
        moment.filter(|moment| is_moment(*moment)).ok_or(LinkError::Unreadable)
    })?;
    let duration = option(codec, THERE, &[2], r.duration_s, |c, v| {
        float(c, DURATION, &[0], 4, other.duration_s.or(Some(60.0)), v)
    })?;
    let users = option(codec, THERE, &[3], r.users, |c, v| {
        let near = other.users.unwrap_or(10);
        c.signed(FACT, &[2], v.wrapping_sub(near) as i64).map(|moved| near.wrapping_add(moved as u64))
    })?;
    let users_follow = codec.flag(THERE, &[5], r.users_follow)?;
    let left_out_s = option(codec, THERE, &[4], r.left_out_s, |c, v| {
        u32::try_from(c.number(FACT, &[3], v.into())?).map_err(|_| LinkError::Unreadable)
    })?;
    Ok(Run {
        label,
        source: Source { tool, version, files: Vec::new() },
        started_ms: started,
        duration_s: duration,
        users,
        users_follow,
        left_out_s,
        ..Run::default()
    })
}

/// A duration. The difference of two times from Python's `time.time()` is a multiple of 2^-22 s.
fn span(codec: &mut Codec<'_>, side: u32, near: Option<f64>, value: f64) -> Result<f64, LinkError> {
    let ticks = value * TICKS_PER_S;
    let whole = ticks.fract() == 0.0 && (0.0..1e15).contains(&ticks);
    if !codec.flag(Kind(SECONDS.0 + FLOAT_KINDS), &[0], whole)? {
        return float(codec, SECONDS, &[side], 4, near, value);
    }
    let near = libm::round(near.unwrap_or(60.0).clamp(0.0, 1e8) * TICKS_PER_S) as i64;
    let moved = codec.signed(Kind(SECONDS.0 + FLOAT_KINDS + 1), &[0], ticks as i64 - near)?;
    Ok(near.wrapping_add(moved) as f64 / TICKS_PER_S)
}

const TICKS_PER_S: f64 = 4_194_304.0;

/// The seconds by which all rates of a run are computed from requests, if consistent.
pub(super) fn seconds_of(run: &Run) -> Option<f64> {
    let rows = || run.total.iter().chain(&run.endpoints);
    let most = rows().filter(|e| e.rate_per_s.is_some_and(|r| r > 0.0)).max_by_key(|e| e.requests)?;
    let near = most.requests? as f64 / most.rate_per_s?;
    let counted: Vec<(f64, f64)> = rows().filter_map(|e| Some((e.requests? as f64, e.rate_per_s?))).collect();
    let hits = |seconds: f64| counted.iter().filter(|(n, rate)| n / seconds == *rate).count();
    let candidates = (-8_i64..=8).map(|i| f64::from_bits(near.to_bits().wrapping_add_signed(i)));
    let tick = libm::round(near * TICKS_PER_S) / TICKS_PER_S;
    // Of equals the last: the tick.
    let best = candidates.chain([tick]).filter(|s| s.is_finite() && *s > 0.0).max_by_key(|s| hits(*s))?;
    // Rounded rates, and rates measured individually, are not worth the digits.
    (hits(best) * 4 > counted.len() * 3).then_some(best)
}

type EndpointPair = (Option<Endpoint>, Option<Endpoint>);

fn endpoints(
    codec: &mut Codec<'_>,
    learned: &mut RowStats,
    (a, b): (Shared<Endpoint>, Shared<Endpoint>),
    baseline: &mut Run,
    run: &mut Run,
) -> Result<(), LinkError> {
    let mut pairs: BTreeMap<(String, Option<String>), EndpointPair> = BTreeMap::new();
    for e in a {
        let key = (e.name.clone(), e.method.clone());
        pairs.entry(key).or_default().0 = Some(e);
    }
    for e in b {
        let key = (e.name.clone(), e.method.clone());
        pairs.entry(key).or_default().1 = Some(e);
    }
    let mut last: Option<(String, Option<String>)> = None;
    let mut methods: Vec<Option<String>> =
        [None, Some("GET"), Some("POST"), Some("PUT"), Some("DELETE"), Some("PATCH")]
            .map(|m| m.map(str::to_owned))
            .into();
    let mut services: Vec<Option<String>> = vec![None];
    let mut last_service = 0_u32;
    let items = pairs.into_iter().collect();
    list(codec, LENGTH, caps::ENDPOINTS, "endpoints", items, |c, ((name, method), (a, b))| {
        let before = last.as_ref().map_or("", |(name, _)| name.as_str());
        let name = text(c, NAME, before, &name)?;
        let same_name = last.as_ref().is_some_and(|(before, _)| *before == name);
        let before = last.as_ref().and_then(|(_, m)| methods.iter().position(|known| known == m)).unwrap_or(0) as u32;
        let method =
            known(c, METHOD, &[u32::from(same_name) << 8 | before, u32::from(same_name) << 16], &mut methods, method)?;
        let key = (name, method);
        if last.as_ref().is_some_and(|last| *last >= key) {
            return Err(LinkError::Unreadable);
        }
        let which = match (&a, &b) {
            (Some(_), Some(_)) => 0,
            (Some(_), None) => 1,
            _ => 2,
        };
        let which = c.choice(PRESENT, &[0], 3, which)?;
        let service_of = |e: &Option<Endpoint>| e.as_ref().and_then(|e| e.service.clone());
        let mut service = |c: &mut Codec<'_>, value, again: u32| {
            let found = known(c, SERVICE, &[again << 16 | last_service], &mut services, value)?;
            last_service = services.iter().position(|s| *s == found).unwrap_or(0) as u32;
            Ok::<_, LinkError>(found)
        };
        let mut first = None;
        if which != 2 {
            let service = service(c, service_of(&a), 0)?;
            let e = rows::endpoint(c, learned, RunSide::Baseline, None, Expected::default(), a.unwrap_or_default())?;
            let e = Endpoint { name: key.0.clone(), method: key.1.clone(), service, ..e };
            first = Some(e);
        }
        if which != 1 {
            let service = service(c, service_of(&b), 1)?;
            let e =
                rows::endpoint(c, learned, RunSide::Run, first.as_ref(), Expected::default(), b.unwrap_or_default())?;
            run.endpoints.push(Endpoint { name: key.0.clone(), method: key.1.clone(), service, ..e });
        }
        baseline.endpoints.extend(first);
        last = Some(key);
        Ok(Default::default())
    })?;
    Ok(())
}

/// A known text, or a new one.
fn known(
    codec: &mut Codec<'_>,
    kind: Kind,
    contexts: &[u32],
    seen: &mut Vec<Option<String>>,
    value: Option<String>,
) -> Result<Option<String>, LinkError> {
    let at = seen.iter().position(|s| *s == value).unwrap_or(seen.len());
    let at = usize::try_from(codec.number(kind, contexts, at as u64)?).map_err(|_| LinkError::Unreadable)?;
    if let Some(found) = seen.get(at) {
        return Ok(found.clone());
    }
    if at > seen.len() || seen.len() > caps::WORDS {
        return Err(LinkError::Beyond { what: "methods or services" });
    }
    let found = text(codec, 6, "", value.as_deref().unwrap_or_default())?;
    seen.push(Some(found.clone()));
    Ok(Some(found))
}

fn total(
    codec: &mut Codec<'_>,
    learned: &mut RowStats,
    side: RunSide,
    other: Option<&Endpoint>,
    run: &Run,
    value: Option<Endpoint>,
) -> Result<Option<Endpoint>, LinkError> {
    if !codec.flag(THERE, &[10 + side.index()], value.is_some())? {
        return Ok(None);
    }
    let value = value.unwrap_or_default();
    let name = text(codec, LABEL, "Aggregated", &value.name)?;
    let method = option(codec, THERE, &[12], value.method.clone(), |c, v| text(c, LABEL, "", &v))?;
    let service = option(codec, THERE, &[13], value.service.clone(), |c, v| text(c, LABEL, "", &v))?;
    let e = rows::endpoint(codec, learned, side, other, sums(run), value)?;
    Ok(Some(Endpoint { name, method, service, ..e }))
}

/// The total predicted from the rows.
fn sums(run: &Run) -> Expected {
    let rows = || run.endpoints.iter();
    let sum = |of: fn(&Endpoint) -> Option<u64>| rows().filter_map(of).fold(0_u64, u64::wrapping_add);
    let requests = sum(|e| e.requests);
    let weighted = rows().filter_map(|e| Some(e.latency.mean_ms? * e.requests? as f64)).fold(0.0, |a, b| a + b);
    let mean = rounded(weighted / requests as f64, rows::DIGITS as usize);
    let extreme = |of: fn(&Endpoint) -> Option<f64>, pick: fn(f64, f64) -> f64| rows().filter_map(of).reduce(pick);
    Expected {
        requests: Some(requests),
        failures: Some(sum(|e| e.failures)),
        mean_ms: Some(mean).filter(|m| m.is_finite()).or(Some(1.0)),
        min_ms: extreme(|e| e.latency.min_ms, f64::min),
        max_ms: extreme(|e| e.latency.max_ms, f64::max),
    }
}

fn account(codec: &mut Codec<'_>, run: &Run, rows: RowAccount) -> Result<RowAccount, LinkError> {
    let mut count = |which: u32, near: u64, value: u64| {
        let moved = codec.signed(ROWS, &[which], value.wrapping_sub(near) as i64)?;
        // The values are summed: reject implausible ones.
        Some(near.wrapping_add(moved as u64)).filter(|n| *n < 1 << 56).ok_or(LinkError::Unreadable)
    };
    let endpoints = count(0, run.endpoints.len() as u64, rows.endpoints)?;
    let totals = count(1, u64::from(run.total.is_some()), rows.totals)?;
    let merged = count(2, 0, rows.merged)?;
    let rejected = count(3, 0, rows.rejected)?;
    let sum = endpoints.wrapping_add(totals).wrapping_add(merged).wrapping_add(rejected);
    let read = count(4, sum, rows.read)?;
    Ok(RowAccount { read, endpoints, totals, merged, rejected })
}

fn causes(codec: &mut Codec<'_>, run: &Run, failures: Vec<Failure>) -> Result<Vec<Failure>, LinkError> {
    let mut last = Failure::default();
    list(codec, LENGTH, caps::FAILURES, "failures", failures, |c, f| {
        let at = run.endpoints.binary_search_by(|e| e.key().cmp(&(f.name.as_str(), f.method.as_deref())));
        let at = c.number(FAILURE, &[0], at.map_or(0, |at| at as u64 + 1))?;
        let (method, name) = match usize::try_from(at).ok().and_then(|at| at.checked_sub(1)) {
            Some(at) => {
                let e = run.endpoints.get(at).ok_or(LinkError::Unreadable)?;
                (e.method.clone(), e.name.clone())
            }
            None => {
                (option(c, THERE, &[14], f.method, |c, v| text(c, 6, "", &v))?, text(c, NAME, &last.name, &f.name)?)
            }
        };
        let message = text(c, MESSAGE, &last.message, &f.message)?;
        let count = c.number(FAILURE, &[1], f.count)?;
        last = Failure { method, name, message, count };
        Ok(last.clone())
    })
}

fn series(codec: &mut Codec<'_>, started: i64, users: Option<u64>, t: Timeline) -> Result<Timeline, LinkError> {
    let mut last = Interval { end_s: started, length_s: 1, users: Some(0), ..Interval::default() };
    let mut trend = [0_u32; 2];
    let intervals = list(codec, TICK, caps::INTERVALS, "intervals", t.intervals.into(), |c, i| {
        let length = c.signed(TICK, &[1], i64::from(i.length_s) - i64::from(last.length_s))?;
        let length_s =
            u32::try_from(i64::from(last.length_s).wrapping_add(length)).map_err(|_| LinkError::Unreadable)?;
        let near = last.end_s.wrapping_add(i64::from(length_s));
        let end_s = near.wrapping_add(c.signed(TICK, &[2], i.end_s.wrapping_sub(near))?);
        if !has_moment(end_s, length_s) {
            return Err(LinkError::Unreadable);
        }
        let near = last.users.unwrap_or(0);
        let at_most = u32::from(Some(near) == users);
        let users = option(c, THERE, &[15], i.users, |c, v| {
            c.signed(TICK, &[3 << 8 | at_most, 4 << 8 | trend[0]], v.wrapping_sub(near) as i64)
                .map(|moved| near.wrapping_add(moved as u64))
        })?;
        trend[0] = users.map_or(0, |now| now.abs_diff(near).min(50) as u32);
        let moved = c.signed(
            Kind(TICK.0 + 1),
            &[log2(last.requests), 100 + trend[1]],
            i.requests.wrapping_sub(last.requests) as i64,
        )?;
        trend[1] = (moved.clamp(-20, 20) + 20) as u32 / 4;
        let requests = last.requests.wrapping_add(moved as u64);
        let failures = c.number(Kind(TICK.0 + 2), &[log2(last.failures)], i.failures)?;
        let near = last.mean_ms;
        let mean_ms = option(c, THERE, &[16 << 8 | u32::from(requests == 0)], i.mean_ms, |c, v| {
            float(c, TICK_MEAN, &[0], INTERVAL_DIGITS, near.or(Some(100.0)), v)
        })?;
        last =
            Interval { end_s, length_s, requests, failures, mean_ms: mean_ms.or(near), users, ..Interval::default() };
        Ok(Interval { mean_ms, ..last.clone() })
    })?;
    Ok(Timeline { intervals: intervals.into(), grid: None })
}

fn log2(n: u64) -> u32 {
    u64::BITS - n.leading_zeros()
}
