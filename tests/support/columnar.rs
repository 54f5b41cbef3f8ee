//! The two alternative link encodings measured in docs/link-format.md: compact JSON, and columns of variable-length
//! integers, both with raw deflate. Only lengths are computed: nothing reads these links.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};

use loaddiff::link::Shared;
use loaddiff::run::{Distribution, Endpoint, Percentile, Rounding, Run};
use miniz_oxide::deflate::compress_to_vec;

/// Base64url characters of the bytes after deflate at the best level.
fn deflated(bytes: &[u8]) -> usize {
    (compress_to_vec(bytes, 10).len() * 4).div_ceil(3)
}

/// The same figures as compact JSON, without a special format.
pub fn json_length(shared: &Shared) -> usize {
    let endpoint = |e: &Endpoint| {
        let percentiles: BTreeMap<String, f64> = match &e.latency.distribution {
            Distribution::Table(t) => t.values_ms.iter().map(|(p, v)| (p.to_string(), *v)).collect(),
            _ => BTreeMap::new(),
        };
        serde_json::json!({
            "method": e.method, "name": e.name, "requests": e.requests, "failures": e.failures,
            "mean_ms": e.latency.mean_ms, "min_ms": e.latency.min_ms, "max_ms": e.latency.max_ms,
            "rate_per_s": e.rate_per_s, "percentiles_ms": percentiles,
        })
    };
    let run = |r: &Run| {
        serde_json::json!({
            "label": r.label, "tool": r.source.tool, "version": r.source.version, "started_ms": r.started_ms,
            "duration_s": r.duration_s, "users": r.users, "total": r.total.as_ref().map(endpoint),
            "endpoints": r.endpoints.iter().map(endpoint).collect::<Vec<_>>(),
            "notes": r.notes.iter().map(|n| n.code()).collect::<Vec<_>>(),
        })
    };
    let all =
        serde_json::json!({ "baseline": run(&shared.baseline), "run": run(&shared.run), "policy": shared.policy });
    deflated(all.to_string().as_bytes())
}

/// The same figures by column, in the integers of the link's own coder: counts; Locust's steps or those of the
/// logarithmic grid for percentiles; four significant digits for means, three for extremes. Rates follow from the
/// counts, and the thresholds are one byte, in favour of this encoding. The shortest of several layouts counts.
pub fn columnar_length(shared: &Shared) -> usize {
    // Frame and check are the same for any payload.
    let frame = "#r1...1234567".len() + 4 + 4;
    let ways =
        [false, true].into_iter().flat_map(|deltas| [false, true].map(|rows| deflated(&columns(shared, deltas, rows))));
    frame + ways.min().unwrap()
}

/// `deltas`: a percentile as the difference from the next lower one, and the run's from the baseline's. `by_rows`:
/// percentiles grouped by endpoint, not by percentile.
fn columns(shared: &Shared, deltas: bool, by_rows: bool) -> Vec<u8> {
    let mut out = vec![1]; // the built-in thresholds
    let sides = [&shared.baseline, &shared.run];
    let mut texts: Vec<String> = Vec::new();
    for run in sides {
        texts.extend([run.label.clone(), run.source.tool.clone(), run.source.version.clone().unwrap_or_default()]);
        texts.extend(run.notes.iter().map(|n| n.code().to_owned()));
    }
    let rows = |run: &Run| -> BTreeMap<(String, String), Endpoint> {
        let all = run.endpoints.iter().chain(&run.total);
        all.map(|e| ((e.name.clone(), e.method.clone().unwrap_or_default()), e.clone())).collect()
    };
    let both = sides.map(rows);
    let keys: BTreeSet<_> = both.iter().flat_map(|side| side.keys().cloned()).collect();
    texts.extend(keys.iter().map(|(name, _)| name.clone()));
    texts.extend(keys.iter().map(|(_, method)| method.clone()));
    out.extend_from_slice(texts.join("\n").as_bytes());
    for run in sides {
        put(&mut out, run.started_ms.unwrap_or_default());
        put(&mut out, run.duration_s.unwrap_or_default() as i64);
        put(&mut out, run.users.unwrap_or_default() as i64);
        // The duration that rates were divided by, in steps of 2^-22 s.
        let rated = run.endpoints.iter().find_map(|e| Some(e.requests? as f64 / e.rate_per_s?));
        put(&mut out, (rated.unwrap_or_default() * 4_194_304.0) as i64);
    }
    let mut column = |of: &dyn Fn(&Endpoint) -> i64| {
        for key in &keys {
            let before = both[0].get(key).map(of);
            for (side, rows) in both.iter().enumerate() {
                let value = rows.get(key).map_or(0, of);
                put(&mut out, if deltas && side == 1 { value - before.unwrap_or(0) } else { value });
            }
        }
    };
    column(&|e| e.requests.unwrap_or_default() as i64);
    column(&|e| e.failures.unwrap_or_default() as i64);
    column(&|e| digits(e.latency.mean_ms, 4));
    column(&|e| digits(e.latency.min_ms, 3));
    column(&|e| digits(e.latency.max_ms, 3));
    let mut places: BTreeSet<Percentile> = BTreeSet::new();
    for e in both.iter().flat_map(BTreeMap::values) {
        if let Distribution::Table(t) = &e.latency.distribution {
            places.extend(t.values_ms.keys());
        }
    }
    let places: Vec<Percentile> = places.into_iter().collect();
    let step = |e: &Endpoint, p: usize| match &e.latency.distribution {
        Distribution::Table(t) => {
            let of = |p: usize| t.values_ms.get(&places[p]).map_or(0, |ms| grid(*ms, t.rounding));
            if deltas && p > 0 { of(p) - of(p - 1) } else { of(p) }
        }
        _ => 0,
    };
    if by_rows {
        for key in &keys {
            for p in 0..places.len() {
                let before = both[0].get(key).map_or(0, |e| step(e, p));
                let after = both[1].get(key).map_or(0, |e| step(e, p));
                put(&mut out, before);
                put(&mut out, if deltas { after - before } else { after });
            }
        }
    } else {
        for p in 0..places.len() {
            column(&|e| step(e, p));
        }
    }
    out
}

/// A variable-length integer, short for small ones of either sign.
fn put(out: &mut Vec<u8>, value: i64) {
    let mut rest = (value << 1 ^ value >> 63) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Index among numbers with this many significant digits, so that neighbours differ by 1.
fn digits(value: Option<f64>, count: i32) -> i64 {
    let Some(value) = value.filter(|v| *v > 0.0) else { return 0 };
    let decade = value.log10().floor() as i32;
    let span = 9 * 10_i64.pow(count as u32 - 1);
    let mantissa = (value / 10_f64.powi(decade - count + 1)).round() as i64;
    i64::from(decade + 5) * span + mantissa
}

/// Index of a response time on the link's grid.
fn grid(ms: f64, rounding: Rounding) -> i64 {
    match rounding {
        Rounding::TwoDigits if ms < 100.0 => ms as i64,
        Rounding::TwoDigits => {
            let decade = ms.log10().floor() as i32;
            100 + i64::from(decade - 2) * 90 + (ms / 10_f64.powi(decade - 1)).round() as i64 - 10
        }
        _ if ms > 0.0 => (ms.log10() * 59.0).round() as i64 + 600,
        _ => 0,
    }
}
