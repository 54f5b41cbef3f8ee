//! Manual adjustments of limits, on top of a profile or a file.

use std::collections::BTreeMap;

use super::limit::Limit;
use super::{Correction, Gate, Match, Noise, Policy, Rule, Unit, Warmup, WarmupMode};
use crate::run::{Metric, Percentile};

/// The adjustments; `None` and missing entries leave the policy unchanged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Adjustments {
    /// Which changes beyond a `fail` limit fail the gate.
    pub gate: Option<Gate>,
    /// The level of the intervals, between 0 and 1.
    pub confidence: Option<f64>,
    /// Correction for multiple testing.
    pub correction: Option<Correction>,
    /// The noise floor.
    pub noise: Option<Noise>,
    /// Treatment of the warm-up.
    pub warmup: Option<Warmup>,
    /// The only latency percentile that is judged; `None` judges all that have a rule.
    pub percentile: Option<Percentile>,
    /// By rule: distance of its first `fail` limit from no change, in that limit's unit; `None` is no limit.
    pub limits: BTreeMap<usize, Option<f64>>,
    /// Additional matches, after the policy's own.
    pub matches: Vec<Match>,
}

impl Adjustments {
    /// Whether there are no adjustments.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Warmup {
    /// Excluded by a rule; `None` keeps it in the figures.
    #[must_use]
    pub fn found_by(self, mode: Option<WarmupMode>) -> Self {
        Self { mode: mode.unwrap_or(WarmupMode::Users), leave_out: mode.is_some(), ..self }
    }

    /// Adds settling time in seconds. An invalid value counts as none.
    #[must_use]
    pub fn settling_s(self, seconds: f64) -> Self {
        Self { settle_ms: (seconds > 0.0 && seconds <= MAX_VALUE).then_some(seconds * 1000.0), ..self }
    }
}

impl Policy {
    /// The adjusted policy. Values that are invalid in a file (a confidence of 100 %, a limit below 0) are ignored.
    #[must_use]
    pub fn adjusted(&self, by: &Adjustments) -> Self {
        let mut policy = self.clone();
        let settings = &mut policy.compare;
        settings.gate = by.gate.unwrap_or(settings.gate);
        settings.correction = by.correction.unwrap_or(settings.correction);
        let inside = |c: &f64| *c >= 0.5 && *c < 1.0;
        settings.confidence = by.confidence.filter(inside).unwrap_or(settings.confidence);
        let sane = |noise: &Noise| !matches!(noise, Noise::Percent(pct) if !(0.0..100.0).contains(pct));
        settings.noise = by.noise.filter(sane).unwrap_or(settings.noise);
        settings.warmup = by.warmup.unwrap_or(settings.warmup);
        policy.matches.extend(by.matches.iter().cloned());
        for (index, magnitude) in &by.limits {
            if let Some(rule) = policy.rules.get_mut(*index).filter(|rule| rule.movable().is_some()) {
                match magnitude {
                    Some(magnitude) => move_limit(rule, *magnitude),
                    None => (rule.warn, rule.fail) = (None, None),
                }
            }
        }
        if let Some(percentile) = by.percentile {
            policy.judge_by(percentile);
        }
        if policy != *self && !policy.name.ends_with(CHANGED) {
            policy.name.push_str(CHANGED);
        }
        policy
    }

    /// Judges one latency percentile alone. Where no rule is about it, the rules of the nearest one are.
    fn judge_by(&mut self, percentile: Percentile) {
        let of = |rule: &Rule| match Metric::parse(&rule.metric) {
            Metric::Latency(of) => Some(of),
            _ => None,
        };
        let nearest = self.rules.iter().filter_map(of).min_by_key(|p| (p.0.abs_diff(percentile.0), u32::MAX - p.0));
        for rule in &mut self.rules {
            match of(rule) {
                Some(own) if Some(own) != nearest => {
                    (rule.warn, rule.fail, rule.band) = (None, None, None);
                    (rule.max, rule.min) = (None, None);
                }
                Some(own) if own != percentile => rule.metric = Metric::Latency(percentile).to_string(),
                _ => {}
            }
        }
    }
}

/// Suffix of the name of an adjusted policy.
const CHANGED: &str = ", changed";

/// Maximum of a manual limit.
const MAX_VALUE: f64 = 1e6;

impl Rule {
    /// The first limit of `fail`, which can be moved. The two limits of a band are linked and cannot.
    #[must_use]
    pub fn movable(&self) -> Option<&Limit> {
        self.fail.as_ref().filter(|_| self.band.is_none())?.limits.first()
    }

    /// The largest value of the movable limit.
    #[must_use]
    pub fn most(&self) -> f64 {
        let falls = self.movable().is_some_and(|limit| limit.limits_fall() && limit.unit == Unit::Percent);
        if falls { 99.0 } else { MAX_VALUE }
    }
}

/// Moves the first `fail` limit, and the `warn` limits of its unit in proportion.
fn move_limit(rule: &mut Rule, magnitude: f64) {
    let Some(limit) = rule.movable() else { return };
    let (unit, before) = (limit.unit, limit.amount.abs());
    if !(before > 0.0 && magnitude > 0.0 && magnitude <= rule.most()) || magnitude == before {
        return;
    }
    let factor = magnitude / before;
    if let Some(first) = rule.fail.iter_mut().flat_map(|c| &mut c.limits).next() {
        *first = first.scaled(factor);
    }
    for limit in rule.warn.iter_mut().flat_map(|c| &mut c.limits).filter(|l| l.unit == unit) {
        *limit = limit.scaled(factor);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::policy::{parse, profile};

    const RULES: &str = "[[rule]]\nmetric = \"p95_latency_ms\"\nwarn = { all = [\"+10%\", \"+1ms\"] }\n\
                         fail = { all = [\"+20%\", \"+2ms\"] }\n[[rule]]\nmetric = \"rps\"\nfail = { any = [\"-10%\"] }";

    #[test]
    fn a_moved_limit_equals_one_in_a_file() {
        let base = parse("t.toml", RULES).unwrap();
        let moved =
            base.adjusted(&Adjustments { limits: [(0, Some(30.0)), (1, Some(25.0))].into(), ..Adjustments::default() });
        let said = RULES.replace("+10%", "+15%").replace("+20%", "+30%").replace("-10%", "-25%");
        let said = parse("t.toml", &said).unwrap();
        assert_eq!(moved.rules, said.rules);
        assert_eq!(moved.name, "t.toml, changed");
    }

    #[test]
    fn invalid_adjustments_are_ignored() {
        let base = parse("t.toml", RULES).unwrap();
        for magnitude in [0.0, -5.0, f64::NAN, f64::INFINITY, 100.0] {
            let by = Adjustments {
                confidence: Some(1.0),
                noise: Some(Noise::Percent(-1.0)),
                limits: [(1, Some(magnitude)), (9, Some(5.0))].into(),
                ..Adjustments::default()
            };
            assert_eq!(base.adjusted(&by), base, "{magnitude}");
        }
        assert_eq!(base.adjusted(&Adjustments::default()), base);
    }

    #[test]
    fn no_limit_is_a_rule_without_limits() {
        let base = parse("t.toml", RULES).unwrap();
        let moved = base.adjusted(&Adjustments { limits: [(0, None)].into(), ..Adjustments::default() });
        assert!(moved.rules[0].is_info());
        assert_eq!(moved.rules[1], base.rules[1]);
        assert_eq!(moved.name, "t.toml, changed");
    }

    #[test]
    fn one_percentile_is_judged() {
        let base = profile("default").unwrap();
        let judged = |percentile| -> Vec<String> {
            let by = Adjustments { percentile: Some(percentile), ..Adjustments::default() };
            let rules = base.adjusted(&by).rules;
            rules.into_iter().filter(|rule| !rule.is_info()).map(|rule| rule.metric).collect()
        };
        let others = ["mean_latency_ms", "mean_latency_ms", "error_rate_pct", "rps"];
        let latency = |percentile| -> Vec<String> {
            judged(percentile).into_iter().filter(|metric| !others.contains(&metric.as_str())).collect()
        };
        assert_eq!(latency(Percentile::P99), ["p99_latency_ms"]);
        // Of everything, and of the total.
        assert_eq!(latency(Percentile::P50), ["p50_latency_ms", "p50_latency_ms"]);
        // The rule of the nearest percentile.
        assert_eq!(latency(Percentile(90_000)), ["p90_latency_ms"]);
        assert_eq!(judged(Percentile::P95).len(), 1 + others.len());
    }

    #[test]
    fn a_band_stays() {
        let seed = profile("seed-v1").unwrap();
        let index = seed.rules.iter().position(|r| r.band.is_some()).unwrap();
        assert_eq!(seed.rules[index].movable(), None);
        let by = Adjustments { limits: [(index, Some(5.0))].into(), ..Adjustments::default() };
        assert_eq!(seed.adjusted(&by), seed);
        let by = Adjustments { limits: [(index, None)].into(), ..Adjustments::default() };
        assert_eq!(seed.adjusted(&by), seed);
    }
}
