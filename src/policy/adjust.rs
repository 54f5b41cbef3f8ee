//! Limits moved by hand, on top of a profile or a file.

use std::collections::BTreeMap;

use super::limit::Limit;
use super::{Correction, Gate, Match, Noise, Policy, Rule, Unit, Warmup, WarmupMode};

/// What was moved; what is `None` or not there is as it was.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Adjustments {
    /// Which changes beyond a `fail` limit fail the gate.
    pub gate: Option<Gate>,
    /// The level of the intervals, between 0 and 1.
    pub confidence: Option<f64>,
    /// The correction for judging many rules at once.
    pub correction: Option<Correction>,
    /// The noise floor.
    pub noise: Option<Noise>,
    /// What becomes of the warm-up.
    pub warmup: Option<Warmup>,
    /// By rule: how far its first `fail` limit lies from no change, in that limit's unit.
    pub limits: BTreeMap<usize, f64>,
    /// Further matches, behind the policy's own.
    pub matches: Vec<Match>,
}

impl Adjustments {
    /// Whether nothing was moved.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Warmup {
    /// Left out by a rule; `None` keeps it in the figures.
    #[must_use]
    pub fn found_by(self, mode: Option<WarmupMode>) -> Self {
        Self { mode: mode.unwrap_or(WarmupMode::Users), leave_out: mode.is_some(), ..self }
    }

    /// So many seconds more. What is no length of time is as none.
    #[must_use]
    pub fn settling_s(self, seconds: f64) -> Self {
        Self { settle_ms: (seconds > 0.0 && seconds <= MOST).then_some(seconds * 1000.0), ..self }
    }
}

impl Policy {
    /// The policy with what was moved. What no file could say (a confidence of 100 %, a limit below 0) is left as it was.
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
            if let Some(rule) = policy.rules.get_mut(*index) {
                move_limit(rule, *magnitude);
            }
        }
        if policy != *self && !policy.name.ends_with(CHANGED) {
            policy.name.push_str(CHANGED);
        }
        policy
    }
}

/// What stands behind the name of a policy with moved limits.
const CHANGED: &str = ", changed";

/// The largest limit that can be set by hand.
const MOST: f64 = 1e6;

impl Rule {
    /// The first limit of `fail`: the one that can be moved. A band's two limits hang together and stay.
    #[must_use]
    pub fn movable(&self) -> Option<&Limit> {
        self.fail.as_ref().filter(|_| self.band.is_none())?.limits.first()
    }
}

/// Moves the first `fail` limit, and the `warn` limits of its unit in proportion: half of a limit stays half of it.
fn move_limit(rule: &mut Rule, magnitude: f64) {
    let Some(limit) = rule.movable() else { return };
    let (unit, before, falls) = (limit.unit, limit.amount.abs(), limit.limits_fall());
    let most = if falls && unit == Unit::Percent { 99.0 } else { MOST };
    if !(before > 0.0 && magnitude > 0.0 && magnitude <= most) || magnitude == before {
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
    fn a_moved_limit_is_what_a_file_would_say() {
        let base = parse("t.toml", RULES).unwrap();
        let moved = base.adjusted(&Adjustments { limits: [(0, 30.0), (1, 25.0)].into(), ..Adjustments::default() });
        let said = RULES.replace("+10%", "+15%").replace("+20%", "+30%").replace("-10%", "-25%");
        let said = parse("t.toml", &said).unwrap();
        assert_eq!(moved.rules, said.rules);
        assert_eq!(moved.name, "t.toml, changed");
    }

    #[test]
    fn what_no_file_could_say_changes_nothing() {
        let base = parse("t.toml", RULES).unwrap();
        for magnitude in [0.0, -5.0, f64::NAN, f64::INFINITY, 100.0] {
            let by = Adjustments {
                confidence: Some(1.0),
                noise: Some(Noise::Percent(-1.0)),
                limits: [(1, magnitude), (9, 5.0)].into(),
                ..Adjustments::default()
            };
            assert_eq!(base.adjusted(&by), base, "{magnitude}");
        }
        assert_eq!(base.adjusted(&Adjustments::default()), base);
    }

    #[test]
    fn a_band_stays() {
        let seed = profile("seed-v1").unwrap();
        let index = seed.rules.iter().position(|r| r.band.is_some()).unwrap();
        assert_eq!(seed.rules[index].movable(), None);
        let by = Adjustments { limits: [(index, 5.0)].into(), ..Adjustments::default() };
        assert_eq!(seed.adjusted(&by), seed);
    }
}
