//! The policy in force, written as a thresholds file.

use serde_json::{Value, json};

use crate::policy::{Aggregate, Condition, Noise, Policy, Severity, Source as Figure};

/// The policy as the text of a thresholds file that stands alone: JSON, all rules in force among it.
#[must_use]
pub fn thresholds_file(policy: &Policy) -> String {
    format!("{:#}\n", without_null(value(policy)))
}

fn without_null(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_null(v))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_null).collect(),
        other => other,
    }
}

/// The policy as a thresholds file that stands alone. What is `null` here is left out.
pub(super) fn value(policy: &Policy) -> Value {
    let c = &policy.compare;
    let noise = match c.noise {
        Noise::Auto => "auto".to_owned(),
        Noise::None => "none".to_owned(),
        Noise::Percent(percent) => format!("{percent}%"),
    };
    let matches: Vec<Value> = policy
        .matches
        .iter()
        .map(|m| {
            json!({
                "service": m.service,
                "name": m.name,
                "method": m.method,
                "aggregate": (m.aggregate != Aggregate::PerEndpoint).then(|| m.aggregate.word()),
            })
        })
        .collect();
    let condition = |condition: &Option<Condition>| {
        condition.as_ref().map(|c| json!({ (if c.all { "all" } else { "any" }): c.limits, "min_events": c.min_events }))
    };
    let rules: Vec<Value> = policy
        .rules
        .iter()
        .map(|r| {
            // Written `limit` and `band`, as which it is read: `warn` and `fail` follow from these.
            let banded = r.band.and(r.warn.as_ref()).and_then(|warn| warn.limits.first());
            json!({
                "service": r.service,
                "method": r.method,
                "name": r.name,
                "metric": r.metric,
                "better": r.better.word(),
                "limit": banded,
                "band": r.band,
                "warn": if banded.is_none() { condition(&r.warn) } else { None },
                "fail": if banded.is_none() { condition(&r.fail) } else { None },
                "max": r.max,
                "min": r.min,
                "severity": (r.severity != Severity::Critical).then(|| r.severity.word()),
                "min_requests": r.min_requests,
                "source": (r.source != Figure::Counts).then(|| r.source.word()),
            })
        })
        .collect();
    let acks: Vec<Value> = policy
        .acks
        .iter()
        .map(|a| {
            json!({
                "service": a.service,
                "name": a.name,
                "metric": a.metric,
                "until": a.until,
                "reason": a.reason,
                "up_to": a.up_to,
            })
        })
        .collect();
    json!({
        "schema": 1,
        "compare": {
            "gate": c.gate.word(),
            "no_verdict": c.no_verdict.word(),
            "confidence": c.confidence,
            "correction": c.correction.word(),
            "equal_is": c.equal_is.word(),
            "zero_baseline": c.zero_baseline.word(),
            "missing": c.missing.word(),
            "unmatched_new": c.unmatched_new.word(),
            "require_same": c.require_same.iter().map(|same| same.word()).collect::<Vec<_>>(),
            "other_tool": c.other_tool.word(),
            // Said, it is asked for.
            "warmup": (c.warmup.leave_out || c.warmup.mode == crate::policy::WarmupMode::None).then(|| json!({
                "mode": c.warmup.mode.word(),
                "settle": c.warmup.settle_ms.map(|ms| format!("{ms}ms")),
            })),
            "noise": noise,
            "unmapped": c.unmapped.word(),
            "improved": c.improved.word(),
            "evidence": c.evidence.word(),
            "max_lost": format!("{}%", c.max_lost_pct),
            "must_see": format!("{}%", c.must_see_pct),
            "must_see_errors": format!("{}pp", c.must_see_errors_pp),
        },
        "match": matches,
        "rule": rules,
        "ack": acks,
    })
}
