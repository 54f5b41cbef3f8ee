//! The policy: a built-in profile of this version of the format, or every rule applied.
//!
//! Copies of the profiles are beside this file, with every setting, so that later changes of a profile do not change
//! verdicts of old links.

use super::coder::{Codec, Kind};
use super::value::{FLOAT_KINDS, float, list, option, text};
use super::{LinkError, caps};
use crate::policy::{
    Ack, Aggregate, Better, Bound, CompareSettings, Condition, Correction, EqualIs, EvidenceIs, Gate, ImprovedIs,
    Limit, Match, MissingIs, NewIs, NoVerdictIs, Noise, OtherToolIs, Pattern, Patterns, Policy, Question, Rule, Same,
    Severity, Source, Unit, UnmappedIs, Warmup, WarmupMode, ZeroBaseline, parse,
};

const WHICH: Kind = Kind(120);
const WORD: Kind = Kind(121);
const IS_THERE: Kind = Kind(122);
const LENGTH: Kind = Kind(123);
const COUNT: Kind = Kind(124);
const NUMBER: Kind = Kind(125);
const TEXT_KIND: u32 = 5;
const _: () = assert!(NUMBER.0 + FLOAT_KINDS < 130);

/// The profiles of this version of the format.
const PROFILES: [(&str, &str); 2] =
    [("default", include_str!("profiles/default.toml")), ("seed-v1", include_str!("profiles/seed-v1.toml"))];

/// A built-in profile of this version of the format.
pub(super) fn known_profile(index: usize) -> Option<Policy> {
    let (name, text) = PROFILES.get(index)?;
    let mut policy = parse(name, text).ok()?;
    policy.rules.iter_mut().for_each(|rule| rule.line = None);
    policy.matches.iter_mut().for_each(|found| found.line = None);
    policy.questions.clear();
    Some(policy)
}

/// Codes a policy, with all settings applied.
pub(super) fn policy(codec: &mut Codec<'_>, policy: Policy) -> Result<Policy, LinkError> {
    let known = (0..PROFILES.len()).find(|i| known_profile(*i).as_ref() == Some(&policy));
    let which = codec.choice(WHICH, &[0], 4, known.map_or(0, |i| i as u32 + 1))? as usize;
    if let Some(index) = which.checked_sub(1) {
        return known_profile(index).ok_or(LinkError::Unreadable);
    }
    let Policy { name, profile, compare, matches, rules, acks, questions } = policy;
    Ok(Policy {
        name: words(codec, &name)?,
        profile: option(codec, IS_THERE, &[1], profile, |c, v| words(c, &v))?,
        compare: settings(codec, compare)?,
        matches: list(codec, LENGTH, caps::RULES, "matches", wrap(matches), |c, v| {
            one(v, blank_match, |v| endpoint_match(c, v))
        })
        .map(unwrap)?,
        rules: list(codec, LENGTH, caps::RULES, "rules", wrap(rules), |c, v| one(v, blank_rule, |v| rule(c, v)))
            .map(unwrap)?,
        acks: list(codec, LENGTH, caps::RULES, "acks", wrap(acks), |c, v| one(v, blank_ack, |v| ack(c, v)))
            .map(unwrap)?,
        questions: list(codec, LENGTH, caps::RULES, "questions", wrap(questions), |c, v| {
            one(v, blank_question, |v| question(c, v))
        })
        .map(unwrap)?,
    })
}

/// The model's types have no default; `None` represents one to be read.
fn wrap<T>(items: Vec<T>) -> Vec<Option<T>> {
    items.into_iter().map(Some).collect()
}

fn unwrap<T>(items: Vec<Option<T>>) -> Vec<T> {
    items.into_iter().flatten().collect()
}

fn one<T>(
    item: Option<T>,
    blank: fn() -> T,
    of: impl FnOnce(T) -> Result<T, LinkError>,
) -> Result<Option<T>, LinkError> {
    of(item.unwrap_or_else(blank)).map(Some)
}

fn blank_match() -> Match {
    Match {
        service: String::new(),
        name: Patterns::from(Vec::new()),
        method: None,
        aggregate: Aggregate::PerEndpoint,
        line: None,
    }
}

fn blank_rule() -> Rule {
    Rule {
        service: Pattern::any(),
        method: None,
        name: None,
        metric: String::new(),
        better: Better::Neutral,
        warn: None,
        fail: None,
        band: None,
        max: None,
        min: None,
        severity: Severity::Critical,
        min_requests: None,
        source: Source::Counts,
        line: None,
    }
}

fn blank_ack() -> Ack {
    Ack {
        service: Pattern::any(),
        name: None,
        metric: String::new(),
        until: None,
        reason: String::new(),
        up_to: None,
        line: None,
    }
}

fn blank_question() -> Question {
    Question { rule: 0, line: 0, column: 0, metric: String::new(), relative: String::new(), points: String::new() }
}

fn words(codec: &mut Codec<'_>, value: &str) -> Result<String, LinkError> {
    text(codec, TEXT_KIND, "", value)
}

/// An enum value, by its index in the list of all.
fn word<T: Copy + PartialEq>(codec: &mut Codec<'_>, sort: u32, all: &[T], value: T) -> Result<T, LinkError> {
    let at = all.iter().position(|v| *v == value).unwrap_or(0);
    let at = codec.choice(WORD, &[sort], 8, at as u32)?;
    all.get(at as usize).copied().ok_or(LinkError::Unreadable)
}

fn pattern(codec: &mut Codec<'_>, value: &Pattern) -> Result<Pattern, LinkError> {
    let text = words(codec, value.as_str())?;
    if text.len() > caps::PATTERN {
        return Err(LinkError::Beyond { what: "characters in a pattern" });
    }
    codec.count_pattern(Pattern::is_regex(&text))?;
    Pattern::new(&text).map_err(|_| LinkError::Unreadable)
}

fn optional_pattern(codec: &mut Codec<'_>, sort: u32, value: Option<Pattern>) -> Result<Option<Pattern>, LinkError> {
    option(codec, IS_THERE, &[sort], value.map(Some), |c, v| pattern(c, &v.unwrap_or_else(Pattern::any)).map(Some))
        .map(Option::flatten)
}

fn optional_text(codec: &mut Codec<'_>, sort: u32, value: Option<String>) -> Result<Option<String>, LinkError> {
    option(codec, IS_THERE, &[sort], value, |c, v| words(c, &v))
}

fn number(codec: &mut Codec<'_>, value: f64) -> Result<f64, LinkError> {
    float(codec, NUMBER, &[0], 3, Some(10.0), value)
}

/// A line or an index.
fn place(codec: &mut Codec<'_>, value: usize) -> Result<usize, LinkError> {
    usize::try_from(codec.number(COUNT, &[0], value as u64)?).map_err(|_| LinkError::Unreadable)
}

fn line(codec: &mut Codec<'_>, value: Option<usize>) -> Result<Option<usize>, LinkError> {
    option(codec, IS_THERE, &[20], value, place)
}

fn settings(codec: &mut Codec<'_>, s: CompareSettings) -> Result<CompareSettings, LinkError> {
    Ok(CompareSettings {
        gate: word(codec, 0, Gate::ALL, s.gate)?,
        no_verdict: word(codec, 31, NoVerdictIs::ALL, s.no_verdict)?,
        confidence: number(codec, s.confidence)?,
        correction: word(codec, 1, Correction::ALL, s.correction)?,
        equal_is: word(codec, 2, EqualIs::ALL, s.equal_is)?,
        zero_baseline: word(codec, 3, ZeroBaseline::ALL, s.zero_baseline)?,
        missing: word(codec, 4, MissingIs::ALL, s.missing)?,
        unmatched_new: word(codec, 5, NewIs::ALL, s.unmatched_new)?,
        require_same: list(codec, LENGTH, 16, "settings", wrap(s.require_same), |c, v| {
            word(c, 6, Same::ALL, v.unwrap_or(Same::Users)).map(Some)
        })
        .map(unwrap)?,
        other_tool: word(codec, 32, OtherToolIs::ALL, s.other_tool)?,
        warmup: Warmup {
            mode: word(codec, 7, WarmupMode::ALL, s.warmup.mode)?,
            settle_ms: option(codec, IS_THERE, &[2], s.warmup.settle_ms, number)?,
            leave_out: codec.flag(IS_THERE, &[30], s.warmup.leave_out)?,
        },
        noise: match (
            codec.choice(
                WORD,
                &[8],
                8,
                match s.noise {
                    Noise::Auto => 0,
                    Noise::None => 1,
                    Noise::Percent(_) => 2,
                },
            )?,
            s.noise,
        ) {
            (0, _) => Noise::Auto,
            (1, _) => Noise::None,
            (2, noise) => {
                Noise::Percent(number(codec, if let Noise::Percent(percent) = noise { percent } else { 0.0 })?)
            }
            _ => return Err(LinkError::Unreadable),
        },
        unmapped: word(codec, 9, UnmappedIs::ALL, s.unmapped)?,
        improved: word(codec, 10, ImprovedIs::ALL, s.improved)?,
        max_lost_pct: number(codec, s.max_lost_pct)?,
        must_see_pct: number(codec, s.must_see_pct)?,
        must_see_errors_pp: number(codec, s.must_see_errors_pp)?,
        evidence: word(codec, 30, EvidenceIs::ALL, s.evidence)?,
    })
}

fn endpoint_match(codec: &mut Codec<'_>, m: Match) -> Result<Match, LinkError> {
    Ok(Match {
        service: words(codec, &m.service)?,
        name: list(codec, LENGTH, caps::PATTERNS, "patterns", wrap(m.name.to_vec()), |c, v| {
            pattern(c, &v.unwrap_or_else(Pattern::any)).map(Some)
        })
        .map(unwrap)?
        .into(),
        method: optional_text(codec, 3, m.method)?,
        aggregate: word(codec, 11, Aggregate::ALL, m.aggregate)?,
        line: line(codec, m.line)?,
    })
}

fn rule(codec: &mut Codec<'_>, r: Rule) -> Result<Rule, LinkError> {
    Ok(Rule {
        service: pattern(codec, &r.service)?,
        method: optional_text(codec, 4, r.method)?,
        name: optional_pattern(codec, 5, r.name)?,
        metric: words(codec, &r.metric)?,
        better: word(codec, 12, Better::ALL, r.better)?,
        warn: condition(codec, 6, r.warn)?,
        fail: condition(codec, 7, r.fail)?,
        band: option(codec, IS_THERE, &[8], r.band, number)?,
        max: bound(codec, 9, r.max)?,
        min: bound(codec, 10, r.min)?,
        severity: word(codec, 13, Severity::ALL, r.severity)?,
        min_requests: option(codec, IS_THERE, &[11], r.min_requests, |c, v| c.number(COUNT, &[1], v))?,
        source: word(codec, 14, Source::ALL, r.source)?,
        line: line(codec, r.line)?,
    })
}

fn condition(codec: &mut Codec<'_>, sort: u32, value: Option<Condition>) -> Result<Option<Condition>, LinkError> {
    if !codec.flag(IS_THERE, &[sort], value.is_some())? {
        return Ok(None);
    }
    let value = value.unwrap_or_else(|| Condition { limits: Vec::new(), all: false, min_events: None });
    Ok(Some(Condition {
        limits: list(codec, LENGTH, 16, "limits", wrap(value.limits), |c, v| {
            one(v, || Limit { amount: 0.0, unit: Unit::Percent, text: String::new() }, |v| limit(c, v))
        })
        .map(unwrap)?,
        all: codec.flag(IS_THERE, &[12], value.all)?,
        min_events: option(codec, IS_THERE, &[13], value.min_events, |c, v| c.number(COUNT, &[2], v))?,
    }))
}

const UNITS: [Unit; 5] = [Unit::Percent, Unit::Pp, Unit::Ms, Unit::Rps, Unit::Req];

fn limit(codec: &mut Codec<'_>, value: Limit) -> Result<Limit, LinkError> {
    let falls = codec.flag(IS_THERE, &[14], value.amount.is_sign_negative())?;
    let amount = number(codec, value.amount.abs())?;
    Ok(Limit {
        amount: if falls { -amount } else { amount },
        unit: word(codec, 15, &UNITS, value.unit)?,
        text: words(codec, &value.text)?,
    })
}

fn bound(codec: &mut Codec<'_>, sort: u32, value: Option<Bound>) -> Result<Option<Bound>, LinkError> {
    if !codec.flag(IS_THERE, &[sort], value.is_some())? {
        return Ok(None);
    }
    let value = value.unwrap_or(Bound { value: 0.0, unit: None, text: String::new() });
    let unit = option(codec, IS_THERE, &[15], value.unit.map(Some), |c, v| {
        word(c, 15, &UNITS, v.unwrap_or(Unit::Percent)).map(Some)
    })?;
    Ok(Some(Bound { value: number(codec, value.value)?, unit: unit.flatten(), text: words(codec, &value.text)? }))
}

fn ack(codec: &mut Codec<'_>, a: Ack) -> Result<Ack, LinkError> {
    let up_to = a.up_to;
    Ok(Ack {
        service: pattern(codec, &a.service)?,
        name: optional_pattern(codec, 16, a.name)?,
        metric: words(codec, &a.metric)?,
        until: optional_text(codec, 17, a.until)?,
        reason: words(codec, &a.reason)?,
        up_to: if codec.flag(IS_THERE, &[18], up_to.is_some())? {
            let blank = || Limit { amount: 0.0, unit: Unit::Percent, text: String::new() };
            Some(limit(codec, up_to.unwrap_or_else(blank))?)
        } else {
            None
        },
        line: line(codec, a.line)?,
    })
}

fn question(codec: &mut Codec<'_>, q: Question) -> Result<Question, LinkError> {
    Ok(Question {
        rule: place(codec, q.rule)?,
        line: place(codec, q.line)?,
        column: place(codec, q.column)?,
        metric: words(codec, &q.metric)?,
        relative: words(codec, &q.relative)?,
        points: words(codec, &q.points)?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Links depend on these files permanently: a change of the parser must not change their meaning.
    #[test]
    fn the_profiles_of_the_format_are_unchanged() {
        let fnv = |text: &str| crate::fnv::fnv1a(text.bytes());
        let written = |i| serde_json::to_string(&known_profile(i).unwrap()).unwrap();
        let seen: Vec<u64> = (0..2).map(|i| fnv(&written(i))).collect();
        assert_eq!(seen, [14_889_461_611_002_886_823, 4_962_093_593_141_981_848]);
    }

    #[test]
    fn current_profiles_equal_those_of_the_format() {
        for (i, (name, _)) in PROFILES.iter().enumerate() {
            assert_eq!(known_profile(i), crate::policy::profile(name), "{name}: links will carry every rule");
        }
    }
}
