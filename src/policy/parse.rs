//! Parses the tree of a thresholds file into a [`Policy`]. Every key is known, every value is checked, and every error
//! has a position.

use super::error::{Fault, Lines, PolicyError, one_of, quote};
use super::limit::{Bound, Limit, Quantity, Refusal, Unit, duration_ms, percent, points};
use super::pattern::{self, Pattern};
use super::profiles::{PROFILES, profile_text};
use super::rule::{Better, Condition, Rule, Severity, Source};
use super::settings::{CompareSettings, Noise, Warmup, Word};
use super::tree::{self, Entry, Node, Value};
use super::{Ack, Aggregate, Match, Policy, Question};

/// Maximum bytes of a thresholds file.
const MAX_FILE_BYTES: usize = 256 * 1024;

/// Maximum relative limit in percent that may be intended as points, on a metric that is itself a percentage.
const AMBIGUOUS_UP_TO: f64 = 10.0;

const FILE_KEYS: &[&str] = &["schema", "profile", "compare", "match", "rule", "ack"];
const COMPARE_KEYS: &[&str] = &[
    "gate",
    "no_verdict",
    "confidence",
    "correction",
    "equal_is",
    "zero_baseline",
    "missing",
    "unmatched_new",
    "require_same",
    "other_tool",
    "warmup",
    "noise",
    "unmapped",
    "improved",
    "evidence",
    "max_lost",
    "must_see",
    "must_see_errors",
];
const WARMUP_KEYS: &[&str] = &["mode", "settle"];
const MATCH_KEYS: &[&str] = &["service", "name", "method", "aggregate"];
const RULE_KEYS: &[&str] = &[
    "service",
    "name",
    "method",
    "metric",
    "better",
    "warn",
    "fail",
    "limit",
    "band",
    "max",
    "min",
    "severity",
    "min_requests",
    "source",
];
const CONDITION_KEYS: &[&str] = &["any", "all", "min_events"];
const ACK_KEYS: &[&str] = &["service", "name", "metric", "until", "reason", "up_to"];

/// Reads a thresholds file. It is JSON if its first non-blank character is `{`, else TOML; a byte order mark is
/// skipped. The file's name is used in errors and as the policy's name only.
///
/// ```
/// use loaddiff::policy::parse;
///
/// let error = parse("thresholds.toml", "[[rule]]\nmetric = \"error_rate_pct\"\nlimit = \"+0.5\"").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "thresholds.toml:3:9: \"+0.5\" has no unit: write \"+0.5%\" (relative) or \"+0.5pp\" (percentage points)"
/// );
/// ```
pub fn parse(file_name: &str, text: &str) -> Result<Policy, PolicyError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    read(file_name, text, false).map_err(|fault| fault.locate(file_name, text))
}

/// As [`parse`], from bytes: UTF-8, or UTF-16 with a byte order mark (from older PowerShell versions).
pub fn parse_bytes(file_name: &str, bytes: &[u8]) -> Result<Policy, PolicyError> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|pair| match *pair {
            [a, b] => unit([a, b]),
            _ => 0xd800,
        });
        let decoded: String =
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        parse(file_name, &decoded)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => parse(file_name, text),
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let valid = String::from_utf8_lossy(valid);
                let text = valid.strip_prefix('\u{feff}').unwrap_or(&valid);
                let fault = Fault::new(text.len(), "this byte is not UTF-8").hint("save the file as UTF-8");
                Err(fault.locate(file_name, text))
            }
        },
    }
}

/// A built-in profile; `None` for an unknown name.
pub fn profile(name: &str) -> Option<Policy> {
    parse_profile(name, profile_text(name)?).ok()
}

/// Reads the text of a built-in profile: its rules have no line, and there are no questions.
fn parse_profile(name: &str, text: &str) -> Result<Policy, PolicyError> {
    read(name, text, true).map_err(|fault| fault.locate(name, text))
}

/// Reads a policy stored in a report as a thresholds file, with its profile's rules among its own. Rules have no lines,
/// and there are no questions: the report stores both separately.
pub(crate) fn parse_stored(name: &str, text: &str) -> Result<Policy, PolicyError> {
    read_within(8 * MAX_FILE_BYTES, name, text, true).map_err(|fault| fault.locate(name, text))
}

fn read(name: &str, text: &str, built_in: bool) -> Result<Policy, Fault> {
    read_within(MAX_FILE_BYTES, name, text, built_in)
}

fn read_within(longest: usize, name: &str, text: &str, built_in: bool) -> Result<Policy, Fault> {
    if text.len() > longest {
        let size = format!("the file has {} bytes", text.len());
        return Err(Fault::new(0, size).hint(format!("a thresholds file has at most {} KiB", longest / 1024)));
    }
    let root = tree::read(text)?;
    let file = Table::of(&root, "the file", FILE_KEYS)?;
    few_patterns(&file)?;
    let lines = (!built_in).then(|| Lines::new(text));
    let mut reader = Reader {
        lines,
        policy: Policy {
            name: name.to_owned(),
            profile: None,
            compare: CompareSettings::default(),
            matches: Vec::new(),
            rules: Vec::new(),
            acks: Vec::new(),
            questions: Vec::new(),
        },
    };
    reader.file(&file)?;
    Ok(reader.policy)
}

struct Reader<'t> {
    lines: Option<Lines<'t>>,
    policy: Policy,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> Option<usize> {
        self.lines.as_ref().map(|lines| lines.position(at).0)
    }

    fn file(&mut self, file: &Table<'_>) -> Result<(), Fault> {
        if let Some(node) = file.get("schema") {
            let version = integer(node, "schema")?;
            if version != 1 {
                return Err(
                    Fault::new(node.at, format!("schema {version} is not known")).hint("this version reads schema = 1")
                );
            }
        }
        let mut below = Vec::new();
        if let Some(node) = file.get("profile") {
            let name = text(node, "profile")?;
            let base = profile(name).ok_or_else(|| unknown_profile(node.at, name))?;
            self.policy.profile = Some(name.to_owned());
            self.policy.compare = base.compare;
            self.policy.rules = base.rules;
            below = base.matches;
        }
        if let Some(node) = file.get("compare") {
            compare(&Table::of(node, "compare", COMPARE_KEYS)?, &mut self.policy.compare)?;
        }
        for node in tables(file, "match")? {
            let found = Match { line: self.line(node.at), ..endpoint_match(&Table::of(node, "a match", MATCH_KEYS)?)? };
            self.policy.matches.push(found);
        }
        self.policy.matches.append(&mut below);
        for node in tables(file, "rule")? {
            self.rule(&Table::of(node, "a rule", RULE_KEYS)?)?;
        }
        for node in tables(file, "ack")? {
            let found = Ack { line: self.line(node.at), ..ack(&Table::of(node, "an ack", ACK_KEYS)?)? };
            self.policy.acks.push(found);
        }
        Ok(())
    }

    fn rule(&mut self, table: &Table<'_>) -> Result<(), Fault> {
        let mut limits = Vec::new();
        let mut rule = rule(table, &mut limits)?;
        rule.line = self.line(table.at);
        if let Some(lines) = self.lines.as_ref().filter(|_| rule.band.is_none()) {
            let asked = limits.iter().filter(|(_, limit)| {
                Quantity::of(&rule.metric) == Quantity::Share
                    && limit.unit == Unit::Percent
                    && limit.amount.abs() <= AMBIGUOUS_UP_TO
            });
            for (at, limit) in asked {
                let (line, column) = lines.position(*at);
                self.policy.questions.push(Question {
                    rule: self.policy.rules.len(),
                    line,
                    column,
                    metric: rule.metric.clone(),
                    relative: limit.text.clone(),
                    points: limit.in_points().text,
                });
            }
        }
        self.policy.rules.push(rule);
        Ok(())
    }
}

/// A rule without its line. Adds its limits on changes to `limits`, with their positions.
fn rule(table: &Table<'_>, limits: &mut Vec<(usize, Limit)>) -> Result<Rule, Fault> {
    let mut rule = Rule {
        service: Pattern::any(),
        method: None,
        name: None,
        metric: filled(table.need("metric")?, "metric")?.to_owned(),
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
    };
    if let Some(service) = optional(table, "service", pattern)? {
        rule.service = service;
    }
    rule.name = optional(table, "name", pattern)?;
    rule.method = optional(table, "method", filled)?.map(str::to_owned);
    rule.warn = condition(table, "warn", &rule.metric, limits)?;
    rule.fail = condition(table, "fail", &rule.metric, limits)?;
    limit_and_band(table, &mut rule, limits)?;
    rule.max = bound(table, "max", &rule.metric)?;
    rule.min = bound(table, "min", &rule.metric)?;
    if let (Some(max), Some(min)) = (&rule.max, &rule.min)
        && min.value > max.value
    {
        let at = table.get("min").map_or(table.at, |node| node.at);
        let message = format!("min {} is above max {}", quote(&min.text), quote(&max.text));
        return Err(Fault::new(at, message));
    }
    rule.better = direction(table, &rule, limits)?;
    rule.severity = table.word("severity")?.unwrap_or(rule.severity);
    rule.min_requests = optional(table, "min_requests", count)?;
    rule.source = table.word("source")?.unwrap_or(rule.source);
    Ok(rule)
}

/// `limit` and `band`: short for `fail`, or for `warn` and `fail`.
fn limit_and_band(table: &Table<'_>, rule: &mut Rule, limits: &mut Vec<(usize, Limit)>) -> Result<(), Fault> {
    let one = |limit| Some(Condition { limits: vec![limit], all: false, min_events: None });
    let band_at = table.get("band").map_or(table.at, |node| node.at);
    rule.band = optional(table, "band", number)?;
    let Some(node) = table.get("limit") else {
        return match rule.band {
            None => Ok(()),
            Some(_) => Err(Fault::new(band_at, "\"band\" needs a \"limit\"").hint("write limit = \"+50%\" beside it")),
        };
    };
    if let Some(other) = table.entry("warn").or(table.entry("fail")) {
        let message = format!("\"limit\" and \"{}\" do not go together", other.key);
        return Err(
            Fault::new(other.key_at, message).hint("\"limit\" stands for both; write either it, or warn and fail")
        );
    }
    let limit = limit(node, &rule.metric)?;
    limits.push((node.at, limit.clone()));
    let Some(band) = rule.band else {
        rule.fail = one(limit);
        return Ok(());
    };
    let edge = limit.scaled(band);
    if band < 1.0 {
        return Err(Fault::new(band_at, "band must be at least 1")
            .hint("write 1.5 for a warning up to one and a half times the limit"));
    }
    if limit.limits_fall() {
        let message = format!("a fall, {}, has no band", quote(&limit.text));
        return Err(Fault::new(band_at, message).hint("write warn and fail instead"));
    }
    if !edge.amount.is_finite() {
        return Err(Fault::new(band_at, "the band is too wide"));
    }
    rule.warn = one(limit);
    rule.fail = one(edge);
    Ok(())
}

fn unknown_profile(at: usize, name: &str) -> Fault {
    let known = one_of(PROFILES.iter().map(|(name, _)| *name));
    let also = match name {
        "strict" => "; strict is not built in",
        _ => "",
    };
    Fault::new(at, format!("there is no profile {}", quote(name))).hint(format!("write {known}{also}"))
}

fn compare(table: &Table<'_>, settings: &mut CompareSettings) -> Result<(), Fault> {
    fn set<T: Word>(field: &mut T, table: &Table<'_>, key: &str) -> Result<(), Fault> {
        *field = table.word(key)?.unwrap_or(*field);
        Ok(())
    }
    set(&mut settings.gate, table, "gate")?;
    set(&mut settings.no_verdict, table, "no_verdict")?;
    set(&mut settings.correction, table, "correction")?;
    set(&mut settings.equal_is, table, "equal_is")?;
    set(&mut settings.zero_baseline, table, "zero_baseline")?;
    set(&mut settings.missing, table, "missing")?;
    set(&mut settings.unmatched_new, table, "unmatched_new")?;
    set(&mut settings.unmapped, table, "unmapped")?;
    set(&mut settings.improved, table, "improved")?;
    set(&mut settings.evidence, table, "evidence")?;
    set(&mut settings.other_tool, table, "other_tool")?;
    if let Some(node) = table.get("confidence") {
        let confidence = number(node, "confidence")?;
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Fault::new(node.at, "confidence must lie between 0 and 1").hint("write 0.95 for 95 %"));
        }
        settings.confidence = confidence;
    }
    if let Some(node) = table.get("require_same") {
        let items = list(node, "require_same")?.iter();
        let items = items.map(|item| word(item, "require_same"));
        settings.require_same = items.collect::<Result<_, _>>()?;
    }
    if let Some(node) = table.get("warmup") {
        let warmup = Table::of(node, "warmup", WARMUP_KEYS)?;
        let mode = word(warmup.need("mode")?, "mode")?;
        settings.warmup = Warmup {
            mode,
            settle_ms: optional(&warmup, "settle", |node, key| {
                duration_ms(text(node, key)?).map_err(|refusal| refused(node.at, refusal))
            })?,
            leave_out: mode != super::WarmupMode::None,
        };
    }
    if let Some(node) = table.get("max_lost") {
        settings.max_lost_pct = percent(text(node, "max_lost")?)
            .map_err(|(message, _)| Fault::new(node.at, message).hint("write a share of the rows such as \"5%\""))?;
    }
    if let Some(node) = table.get("must_see") {
        settings.must_see_pct = percent(text(node, "must_see")?)
            .map_err(|(message, _)| Fault::new(node.at, message).hint("write a slowdown such as \"50%\""))?;
    }
    if let Some(node) = table.get("must_see_errors") {
        settings.must_see_errors_pp = points(text(node, "must_see_errors")?)
            .map_err(|(message, _)| Fault::new(node.at, message).hint("write percentage points such as \"5pp\""))?;
    }
    if let Some(node) = table.get("noise") {
        settings.noise = match text(node, "noise")? {
            "auto" => Noise::Auto,
            "none" => Noise::None,
            share => Noise::Percent(percent(share).map_err(|(message, _)| {
                Fault::new(node.at, message).hint("write \"auto\", \"none\" or a share such as \"8%\"")
            })?),
        };
    }
    Ok(())
}

fn endpoint_match(table: &Table<'_>) -> Result<Match, Fault> {
    let names = table.need("name")?;
    let name = match &names.value {
        Value::List(items) if items.is_empty() => {
            return Err(
                Fault::new(names.at, "\"name\" holds no pattern").hint("write name = [\"*\"] for every endpoint")
            );
        }
        Value::List(items) => items.iter().map(|item| pattern(item, "name")).collect::<Result<_, _>>()?,
        _ => vec![pattern(names, "name")?].into(),
    };
    Ok(Match {
        service: filled(table.need("service")?, "service")?.to_owned(),
        name,
        method: optional(table, "method", filled)?.map(str::to_owned),
        aggregate: table.word("aggregate")?.unwrap_or(Aggregate::PerEndpoint),
        line: None,
    })
}

fn ack(table: &Table<'_>) -> Result<Ack, Fault> {
    let metric = filled(table.need("metric")?, "metric")?;
    Ok(Ack {
        service: optional(table, "service", pattern)?.unwrap_or_else(Pattern::any),
        name: optional(table, "name", pattern)?,
        metric: metric.to_owned(),
        until: optional(table, "until", date)?,
        reason: filled(table.need("reason")?, "reason")?.to_owned(),
        up_to: optional(table, "up_to", |node, _| limit(node, metric))?,
        line: None,
    })
}

/// `warn` or `fail`. Also adds its limits to `seen`, with their positions.
fn condition(
    table: &Table<'_>,
    key: &'static str,
    metric: &str,
    seen: &mut Vec<(usize, Limit)>,
) -> Result<Option<Condition>, Fault> {
    let Some(node) = table.get(key) else {
        return Ok(None);
    };
    if !matches!(node.value, Value::Table(_)) {
        return Err(mistyped(node, key, "a table").hint(format!("write {key} = {{ any = [\"+20%\"] }}")));
    }
    let inner = Table::of(node, key, CONDITION_KEYS)?;
    let (list_node, all) = match (inner.get("any"), inner.get("all")) {
        (Some(any), None) => (any, false),
        (None, Some(all)) => (all, true),
        (None, None) => {
            return Err(Fault::new(node.at, format!("\"{key}\" holds no limit"))
                .hint(format!("write {key} = {{ any = [\"+20%\"] }}")));
        }
        (Some(any), Some(all)) => {
            return Err(
                Fault::new(any.at.max(all.at), "\"any\" and \"all\" do not go together").hint("write one of them")
            );
        }
    };
    let mut limits: Vec<Limit> = Vec::new();
    for item in list(list_node, if all { "all" } else { "any" })? {
        let limit = limit(item, metric)?;
        if let Some(first) = limits.first().filter(|first| all && first.limits_fall() != limit.limits_fall()) {
            return Err(Fault::new(
                item.at,
                format!("{} and {} can never be exceeded together", quote(&first.text), quote(&limit.text)),
            )
            .hint("write any instead of all"));
        }
        seen.push((item.at, limit.clone()));
        limits.push(limit);
    }
    if limits.is_empty() {
        return Err(
            Fault::new(list_node.at, format!("\"{key}\" holds no limit")).hint("write a limit such as \"+20%\"")
        );
    }
    Ok(Some(Condition { limits, all, min_events: optional(&inner, "min_events", count)? }))
}

/// Determines `better`, and checks that every limit agrees with it.
fn direction(table: &Table<'_>, rule: &Rule, limits: &[(usize, Limit)]) -> Result<Better, Fault> {
    let metric = rule.metric.as_str();
    let written = table.word("better")?;
    let better = written.unwrap_or_else(|| match (Quantity::of(metric), limits.first()) {
        (Quantity::Share | Quantity::Time, _) => Better::Lower,
        (Quantity::Rate, _) => Better::Higher,
        (Quantity::Plain, Some((_, limit))) if limit.limits_fall() => Better::Higher,
        (Quantity::Plain, Some(_)) => Better::Lower,
        (Quantity::Plain, None) if rule.max.is_some() && rule.min.is_none() => Better::Lower,
        (Quantity::Plain, None) if rule.min.is_some() && rule.max.is_none() => Better::Higher,
        (Quantity::Plain, None) => Better::Neutral,
    });
    let (worse_falls, worse, opposite) = match better {
        Better::Lower => (false, "above", "higher"),
        Better::Higher => (true, "below", "lower"),
        Better::Neutral => return Ok(better),
    };
    let Some((at, limit)) = limits.iter().find(|(_, limit)| limit.limits_fall() != worse_falls) else {
        return Ok(better);
    };
    let contradicted = match written {
        Some(_) => format!("better = \"{}\"", better.word()),
        None => format!("better = \"{}\", which {} has by its name", better.word(), quote(metric)),
    };
    let digits = limit.text.trim_start_matches(['+', '-', '−']);
    let sign = if worse_falls { '-' } else { '+' };
    Err(Fault::new(*at, format!("{} contradicts {contradicted}", quote(&limit.text)))
        .hint(format!("what is worse lies {worse} the baseline: write \"{sign}{digits}\", or better = \"{opposite}\"")))
}

/// A table of the file with only known keys.
struct Table<'n> {
    at: usize,
    what: &'n str,
    entries: &'n [Entry],
}

impl<'n> Table<'n> {
    fn of(node: &'n Node, what: &'n str, keys: &[&str]) -> Result<Self, Fault> {
        let Value::Table(entries) = &node.value else {
            return Err(mistyped(node, what, "a table"));
        };
        let unknown = entries.iter().filter(|entry| !keys.contains(&entry.key.as_str()));
        if let Some(entry) = unknown.min_by_key(|entry| entry.key_at) {
            let near = nearest(&entry.key, keys);
            let near = match near.as_slice() {
                [] => String::new(),
                near => format!("did you mean {}? ", one_of(near.iter().copied())),
            };
            return Err(Fault::new(entry.key_at, format!("unknown key {} in {what}", quote(&entry.key)))
                .hint(format!("{near}the keys here are {}", keys.join(", "))));
        }
        // Since every key is known, a duplicate is among the first few.
        for (index, entry) in entries.iter().enumerate() {
            let before = entries.iter().take(index);
            if before.into_iter().any(|other| other.key == entry.key) {
                return Err(tree::twice(entry.key_at, &entry.key));
            }
        }
        Ok(Self { at: node.at, what, entries })
    }

    fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    fn need(&self, key: &str) -> Result<&'n Node, Fault> {
        self.get(key).ok_or_else(|| Fault::new(self.at, format!("{} needs \"{key}\"", self.what)))
    }

    fn word<T: Word>(&self, key: &str) -> Result<Option<T>, Fault> {
        self.get(key).map(|node| word(node, key)).transpose()
    }
}

/// The known keys closest to a mistyped one.
fn nearest<'k>(key: &str, keys: &[&'k str]) -> Vec<&'k str> {
    let short: String = key.chars().take(40).collect();
    let near = |known: &&&str| distance(&short, known) <= (known.len() / 3).max(1);
    keys.iter().filter(near).copied().collect()
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

fn tables<'n>(file: &Table<'n>, key: &str) -> Result<&'n [Node], Fault> {
    match file.get(key) {
        None => Ok(&[]),
        Some(node) => match &node.value {
            Value::List(items) => Ok(items),
            Value::Table(_) => Err(mistyped(node, key, "a list of tables").hint(format!("write [[{key}]]"))),
            _ => Err(mistyped(node, key, "a list of tables")),
        },
    }
}

fn optional<'n, T>(
    table: &Table<'n>,
    key: &str,
    read: impl Fn(&'n Node, &str) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    table.get(key).map(|node| read(node, key)).transpose()
}

fn mistyped(node: &Node, key: &str, wanted: &str) -> Fault {
    Fault::new(node.at, format!("{key} must be {wanted}, not {}", node.value.kind()))
}

fn refused(at: usize, (message, hint): Refusal) -> Fault {
    let fault = Fault::new(at, message);
    match hint {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

fn text<'n>(node: &'n Node, key: &str) -> Result<&'n str, Fault> {
    match &node.value {
        Value::Text(text) => Ok(text),
        _ => Err(mistyped(node, key, "a string")),
    }
}

fn filled<'n>(node: &'n Node, key: &str) -> Result<&'n str, Fault> {
    match text(node, key)?.trim() {
        "" => Err(Fault::new(node.at, format!("{key} is empty"))),
        text => Ok(text),
    }
}

fn word<T: Word>(node: &Node, key: &str) -> Result<T, Fault> {
    let index = index_of(node, key, T::WORDS)?;
    // The index is into WORDS, which is as long as ALL.
    let value = T::ALL.get(index).copied();
    value.ok_or_else(|| mistyped(node, key, "another word"))
}

/// Index of the word.
fn index_of(node: &Node, key: &str, words: &[&str]) -> Result<usize, Fault> {
    let written = text(node, key)?;
    let found = words.iter().position(|word| *word == written);
    found.ok_or_else(|| {
        Fault::new(node.at, format!("{key} cannot be {}", quote(written)))
            .hint(format!("write {}", one_of(words.iter().copied())))
    })
}

fn list<'n>(node: &'n Node, key: &str) -> Result<&'n [Node], Fault> {
    match &node.value {
        Value::List(items) => Ok(items),
        _ => Err(mistyped(node, key, "a list")),
    }
}

fn number(node: &Node, key: &str) -> Result<f64, Fault> {
    match &node.value {
        Value::Number(number) if number.value.is_finite() => Ok(number.value),
        Value::Number(number) => {
            Err(Fault::new(node.at, format!("{key} cannot be {}", quote(&number.text))).hint("write a finite number"))
        }
        _ => Err(mistyped(node, key, "a number")),
    }
}

fn integer(node: &Node, key: &str) -> Result<i64, Fault> {
    match &node.value {
        Value::Number(number) => number.integer.ok_or_else(|| {
            Fault::new(node.at, format!("{key} cannot be {}", quote(&number.text))).hint("write a whole number")
        }),
        _ => Err(mistyped(node, key, "a whole number")),
    }
}

fn count(node: &Node, key: &str) -> Result<u64, Fault> {
    let number = integer(node, key)?;
    u64::try_from(number).map_err(|_| Fault::new(node.at, format!("{key} cannot be negative")))
}

fn pattern(node: &Node, key: &str) -> Result<Pattern, Fault> {
    let text = text(node, key)?;
    Pattern::new(text).map_err(|message| Fault::new(node.at, format!("{key} cannot be {}: {message}", quote(text))))
}

/// Checks the number of patterns before compiling any.
fn few_patterns(file: &Table<'_>) -> Result<(), Fault> {
    let (mut patterns, mut regexes) = (0, 0);
    for node in ["match", "rule", "ack"].into_iter().filter_map(|key| file.get(key)) {
        let Value::List(tables) = &node.value else { continue };
        for table in tables {
            let Value::Table(entries) = &table.value else { continue };
            let meant = entries.iter().filter(|entry| matches!(entry.key.as_str(), "name" | "service"));
            for value in meant.map(|entry| &entry.node) {
                let values =
                    if let Value::List(items) = &value.value { items.as_slice() } else { std::slice::from_ref(value) };
                for value in values {
                    patterns += 1;
                    regexes += usize::from(matches!(&value.value, Value::Text(text) if Pattern::is_regex(text)));
                    let (what, most) = match (patterns > pattern::MAX_PATTERNS, regexes > pattern::MAX_REGEXES) {
                        (true, _) => ("patterns", pattern::MAX_PATTERNS),
                        (_, true) => ("regular expressions", pattern::MAX_REGEXES),
                        _ => continue,
                    };
                    return Err(Fault::new(value.at, format!("the file has more than {most} {what}"))
                        .hint("write globs such as \"/v1/*\" for several names at once"));
                }
            }
        }
    }
    Ok(())
}

fn limit(node: &Node, metric: &str) -> Result<Limit, Fault> {
    match &node.value {
        Value::Text(text) => Limit::parse(text, metric).map_err(|refusal| refused(node.at, refusal)),
        Value::Number(number) => {
            // The number lacks its unit (and in TOML perhaps its sign): show the correction.
            let text = &number.text;
            let signed = match text.starts_with(['+', '-']) {
                true => text.clone(),
                false => format!("+{text}"),
            };
            let hint = match Limit::parse(&signed, metric) {
                Err((_, hint)) => hint,
                Ok(_) => None,
            };
            let message = format!("a limit is a string with a unit, not the number {}", short(text));
            Err(refused(node.at, (message, hint)))
        }
        _ => Err(mistyped(node, "a limit", "a string")),
    }
}

fn short(text: &str) -> String {
    quote(text).trim_matches('"').to_owned()
}

fn bound(table: &Table<'_>, key: &str, metric: &str) -> Result<Option<Bound>, Fault> {
    optional(table, key, |node, key| {
        let text = match &node.value {
            Value::Text(text) => text,
            Value::Number(number) => &number.text,
            _ => return Err(mistyped(node, key, "a string such as \"800ms\"")),
        };
        Bound::parse(text, metric).map_err(|refusal| refused(node.at, refusal))
    })
}

fn date(node: &Node, key: &str) -> Result<String, Fault> {
    let written = match &node.value {
        Value::Text(text) | Value::Date(text) => text,
        _ => return Err(mistyped(node, key, "a date")),
    };
    match written.parse::<toml::value::Datetime>() {
        Ok(read) if read.date.is_some() && read.time.is_none() => Ok(written.clone()),
        _ => {
            Err(Fault::new(node.at, format!("{key} cannot be {}", quote(written)))
                .hint("write a date such as 2026-12-31"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_profile_reads() {
        for (name, _) in PROFILES {
            let policy = parse_profile(name, profile_text(name).unwrap()).unwrap();
            assert_eq!(policy.name, *name);
            assert!(policy.questions.is_empty(), "{name}");
            assert!(policy.rules.iter().all(|rule| rule.line.is_none()));
        }
        assert_eq!(profile("strict"), None);
    }
}
