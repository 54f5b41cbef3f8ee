//! The thresholds file: its meaning, its errors with positions, and the decisions of its rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use loaddiff::policy::{
    Better, Decider, Events, Gate, ImprovedIs, Level, Limit, MissingIs, Noise, PROFILES, Policy, Reason, Rule,
    Severity, Source, Unit, WarmupMode, ZeroBaseline, evaluate, evaluate_run, parse, parse_bytes, profile,
    profile_text,
};
use proptest::prelude::*;

/// The example of the specification, without the profile.
const EXAMPLE: &str = r#"schema = 1

[compare]
gate = "confirmed"             # point (seed-v1) | suspected | confirmed
confidence = 0.95
correction = "holm"            # none | holm | bh
equal_is = "pass"              # boundary; tolerance 1e-9
zero_baseline = "infinite"     # infinite | absolute | ignore; applies to % limits only
missing = "fail"               # fail | warn | ignore   (metric/endpoint in baseline but not in run)
unmatched_new = "info"
require_same = ["users", "tool"]      # else NOT COMPARABLE; also duration ±20 %
warmup = { mode = "users", settle = "10s" }   # users | mser5 | fixed | none
noise = "auto"                 # auto (history) | "8%" | none

[[match]]                      # row -> service; first match wins; rows are SUMMED by counts, never overwritten
service = "api_gateway"
name = ["/v1/*", "/health"]    # glob; regex as re:...
aggregate = "per-endpoint"     # per-endpoint (default) | pooled-counts | reported-aggregate

[[rule]]
service = "api_gateway"        # glob; most specific selector wins, later wins ties
metric  = "p95_latency_ms"
better  = "lower"              # lower | higher | neutral
warn    = { any = ["+25%"] }
fail    = { all = ["+50%", "+20ms"] }   # must exceed BOTH: relative and absolute floor
max     = "800ms"              # absolute SLO, independent of the baseline
severity = "critical"          # critical | major | minor | info
min_requests = 72

[[rule]]
service = "*"
metric  = "error_rate_pct"
better  = "lower"
fail    = { any = ["+0.5pp"], min_events = 5 }
warn    = { any = ["+50%"] }
max     = "1pp"

[[rule]]
service = "*"
metric  = "rps"
better  = "higher"
fail    = { any = ["-30%"] }
severity = "major"

[[ack]]
service = "rag_service"
metric = "p95_latency_ms"
until = 2026-12-31
reason = "new index, ADR-12"
up_to = "+35%"
"#;

fn read(text: &str) -> Policy {
    match parse("thresholds.toml", text) {
        Ok(policy) => policy,
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// The only rule of a file with these lines in `[[rule]]`.
fn rule(lines: &str) -> Rule {
    read(&format!("[[rule]]\n{lines}")).rules.remove(0)
}

fn level(policy: &Policy, rule: &Rule, baseline: f64, run: f64) -> Level {
    evaluate(rule, &policy.compare, baseline, run, Events::default()).level
}

/// The TOML text as the same tree in JSON, dates as strings.
fn as_json(text: &str) -> serde_json::Value {
    fn value(value: toml::Value) -> serde_json::Value {
        match value {
            toml::Value::Datetime(date) => date.to_string().into(),
            toml::Value::Array(items) => items.into_iter().map(value_of).collect(),
            toml::Value::Table(table) => {
                serde_json::Value::Object(table.into_iter().map(|(key, item)| (key, value_of(item))).collect())
            }
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(number) => number.into(),
            toml::Value::Float(number) => number.into(),
            toml::Value::Boolean(yes) => yes.into(),
        }
    }
    fn value_of(item: toml::Value) -> serde_json::Value {
        value(item)
    }
    value(toml::Value::Table(toml::from_str(text).unwrap()))
}

fn without_lines(mut policy: Policy) -> Policy {
    policy.name.clear();
    policy.rules.iter_mut().for_each(|rule| rule.line = None);
    policy.matches.iter_mut().for_each(|found| found.line = None);
    policy.acks.iter_mut().for_each(|ack| ack.line = None);
    for question in &mut policy.questions {
        (question.line, question.column) = (0, 0);
    }
    policy
}

mod file {
    use super::*;

    #[test]
    fn the_example_is_read_completely() {
        let policy = read(EXAMPLE);
        assert_eq!(policy.name, "thresholds.toml");
        assert_eq!(policy.profile, None);
        assert_eq!(policy.compare.gate, Gate::Confirmed);
        assert_eq!(policy.compare.warmup.mode, WarmupMode::Users);
        assert_eq!(policy.compare.warmup.settle_ms, Some(10_000.0));
        assert_eq!(policy.compare.noise, Noise::Auto);
        assert_eq!(policy.questions, []);

        let [api, errors, rps] = policy.rules.as_slice() else {
            panic!("three rules");
        };
        let fail = api.fail.as_ref().unwrap();
        assert!(fail.all);
        assert_eq!(
            fail.limits,
            [
                Limit { amount: 50.0, unit: Unit::Percent, text: "+50%".into() },
                Limit { amount: 20.0, unit: Unit::Ms, text: "+20ms".into() },
            ]
        );
        assert_eq!(api.max.as_ref().unwrap().value, 800.0);
        assert_eq!(api.min_requests, Some(72));
        assert_eq!(api.line, Some(20));
        assert_eq!(errors.fail.as_ref().unwrap().min_events, Some(5));
        assert_eq!(errors.max.as_ref().unwrap().value, 1.0);
        assert_eq!(errors.source, Source::Counts);
        assert_eq!(rps.better, Better::Higher);
        assert_eq!(rps.severity, Severity::Major);

        let [ack] = policy.acks.as_slice() else {
            panic!("one ack");
        };
        assert_eq!(ack.until.as_deref(), Some("2026-12-31"));
        assert_eq!(ack.up_to.as_ref().unwrap().amount, 35.0);

        let health = policy.service_for(Some("GET"), "/health").unwrap();
        assert_eq!(health.service, "api_gateway");
        assert_eq!(policy.service_for(None, "/other"), None);
    }

    #[test]
    fn json_is_the_same_tree() {
        let mut texts = vec![EXAMPLE.to_owned(), format!("profile = \"default\"\n{EXAMPLE}")];
        texts.extend(PROFILES.iter().map(|(name, _)| profile_text(name).unwrap().to_owned()));
        texts.push("[[rule]]\nmetric='error_rate_pct'\nlimit='+0.5%'\nmax='1%'".into());
        texts.push("[[rule]]\nmetric='violations'\nmax=3\nmin=0.5".into());
        texts.push("[compare]\nnoise='8%'\nconfidence=0.9\n[[match]]\nservice='x'\nname='*é*'\nmethod='get'".into());
        for text in texts {
            let json = as_json(&text);
            for json in [json.to_string(), serde_json::to_string_pretty(&json).unwrap()] {
                let read_json = parse("thresholds.json", &json).unwrap();
                assert_eq!(without_lines(read_json), without_lines(read(&text)), "{json}");
            }
        }
    }

    #[test]
    fn the_language_is_detected_by_content_and_the_encoding_by_its_mark() {
        let json = "\n {\"rule\":[{\"metric\":\"rps\",\"limit\":\"-30%\"}]}";
        assert_eq!(parse("x.toml", json).unwrap().rules.len(), 1);
        assert_eq!(parse("x", "").unwrap().rules.len(), 0);
        for text in [json, EXAMPLE] {
            let plain = parse("f", text).unwrap();
            assert_eq!(parse("f", &format!("\u{feff}{text}")).unwrap(), plain);
            assert_eq!(parse_bytes("f", format!("\u{feff}{text}").as_bytes()).unwrap(), plain);
            let little: Vec<u8> =
                "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = little.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
            assert_eq!(parse_bytes("f", &little).unwrap(), plain);
            assert_eq!(parse_bytes("f", &big).unwrap(), plain);
            let crlf = text.replace('\n', "\r\n");
            assert_eq!(parse_bytes("f", crlf.as_bytes()).unwrap(), plain);
        }
        let error = parse_bytes("f.toml", b"\xef\xbb\xbf# \xc3\xa9\n# \xe9\n").unwrap_err();
        assert_eq!(error.to_string(), "f.toml:2:3: this byte is not UTF-8: save the file as UTF-8");
    }

    #[test]
    fn a_file_stands_alone_or_above_its_profile() {
        let alone = read("[[rule]]\nmetric = 'rps'\nlimit = '-20%'");
        assert_eq!(alone.rules.len(), 1);
        assert_eq!(alone.compare, Default::default());

        let text = "profile = 'seed-v1'\n[compare]\nmissing = 'warn'\n[[match]]\nservice = 'mine'\nname = '/api/*'\n\
                    [[rule]]\nservice = '*'\nmetric = 'rps'\nlimit = '-20%'";
        let above = read(text);
        let seed = profile("seed-v1").unwrap();
        assert_eq!(above.profile.as_deref(), Some("seed-v1"));
        assert_eq!(above.compare.missing, MissingIs::Warn);
        assert_eq!(above.compare.improved, ImprovedIs::AsPass);
        assert_eq!(above.rules.len(), seed.rules.len() + 1);
        assert_eq!(above.service_for(None, "/api/x").unwrap().service, "mine");
        assert_eq!(above.service_for(None, "/chat").unwrap().service, "api_gateway");
        // `*` of the file precedes `api_gateway` of the profile.
        let rps = above.rule_for(Some("api_gateway"), None, "/x", "rps").unwrap();
        assert_eq!(rps.fail.as_ref().unwrap().limits[0].text, "-20%");
        let p95 = above.find_rule(Some("api_gateway"), None, "/x", "p95_latency_ms");
        assert_eq!(p95.unwrap().1.line, None);
    }

    #[test]
    fn the_profiles_have_descriptions() {
        let default = Policy::default();
        assert_eq!(default.name, "default");
        assert_eq!(default.compare.gate, Gate::Confirmed);
        let p95 = default.rule_for(None, Some("GET"), "/", "p95_latency_ms").unwrap();
        // +10 % and at least 2 ms; half of each is a warning.
        for (baseline, run, expected) in [
            (100.0, 111.0, Level::Fail),
            (100.0, 110.0, Level::Warn),
            (100.0, 106.0, Level::Warn),
            (100.0, 105.0, Level::Pass),
            (10.0, 12.0, Level::Warn),
            (10.0, 11.0, Level::Pass),
            (1000.0, 1045.0, Level::Pass),
            (111.0, 100.0, Level::Improved),
            (0.0, 1.0, Level::Pass),
            (0.0, 3.0, Level::Fail),
        ] {
            assert_eq!(level(&default, p95, baseline, run), expected, "{baseline} {run}");
        }
        let errors = default.rule_for(None, None, "/", "error_rate_pct").unwrap();
        assert_eq!(level(&default, errors, 0.0, 0.33), Level::Warn);
        assert_eq!(level(&default, errors, 0.33, 1.0), Level::Fail);
        let rps = default.rule_for(None, None, "/", "rps").unwrap();
        assert_eq!(level(&default, rps, 50.0, 35.0), Level::Fail);
        assert_eq!(level(&default, rps, 50.0, 45.0), Level::Warn);
        assert_eq!(level(&default, rps, 0.27, 5.72), Level::Improved);
        let limit =
            |name, metric| default.rule_for(None, None, name, metric).unwrap().fail.clone().unwrap().limits[0].amount;
        assert_eq!((limit("/", "p50_latency_ms"), limit("Total", "mean_latency_ms")), (5.0, 2.5));

        let seed = profile("seed-v1").unwrap();
        assert_eq!(seed.compare.missing, MissingIs::Zero);
        let words = |name| seed.service_for(None, name).map(|found| found.service.as_str());
        assert_eq!(words("/API/v2"), Some("api_gateway"));
        assert_eq!(words("POST /rag"), Some("rag_service"));
        assert_eq!(words("Tools"), Some("mcp_server"));
        assert_eq!(words("/health"), None);
        let errors = seed.rule_for(None, None, "/", "error_rate_pct").unwrap();
        assert_eq!(errors.source, Source::RoundedPct);
        assert_eq!(errors.fail.as_ref().unwrap().limits[0].text, "+0.75%");
    }

    #[test]
    fn better_follows_from_the_metric_or_else_the_limits() {
        for (lines, expected) in [
            ("metric = 'p99_latency_ms'", Better::Lower),
            ("metric = 'error_rate_pct'", Better::Lower),
            ("metric = 'rps'", Better::Higher),
            ("metric = 'bytes_per_s'", Better::Higher),
            ("metric = 'timeouts'\nlimit = '+5req'", Better::Lower),
            ("metric = 'cache_hits'\nlimit = '-5%'", Better::Higher),
            ("metric = 'violations'\nmax = '0'", Better::Lower),
            ("metric = 'cache_hits'\nmin = '10req'", Better::Higher),
            ("metric = 'requests'\nmin = '10req'\nmax = 20", Better::Neutral),
            ("metric = 'rps'\nbetter = 'neutral'\nfail = { any = ['+10%', '-10%'] }", Better::Neutral),
        ] {
            assert_eq!(rule(lines).better, expected, "{lines}");
        }
    }

    #[test]
    fn units_become_the_metric_s_own() {
        let times = rule("metric = 'p95_latency_ms'\nfail = { any = ['+1.5s'] }\nmax = '2 s'");
        let limit = &times.fail.as_ref().unwrap().limits[0];
        assert_eq!((limit.amount, limit.unit, limit.text.as_str()), (1500.0, Unit::Ms, "+1.5s"));
        assert_eq!(times.max.unwrap().value, 2000.0);
        for max in ["1pp", "1%", "1 %"] {
            assert_eq!(rule(&format!("metric = 'error_rate_pct'\nmax = '{max}'")).max.unwrap().value, 1.0);
        }
        assert_eq!(rule("metric = 'rps'\nlimit = '−15 %'").fail.unwrap().limits[0].amount, -15.0);
        assert_eq!(rule("metric = 'x'\nlimit = '+0.1%'\nband = 1.5").fail.unwrap().limits[0].text, "+0.15%");
        assert_eq!(rule("metric = 'x_ms'\nlimit = '+3s'\nband = 2").fail.unwrap().limits[0].text, "+6000ms");
    }

    #[test]
    fn a_small_relative_limit_on_a_percentage_is_questioned() {
        let text = "profile = 'default'\n\n[[rule]]\nmetric = 'error_rate_pct'\nwarn = { any = ['+0.1pp'] }\n\
                    fail = { any = ['+90%', \"+0.5%\"] }\n";
        let policy = read(text);
        let [question] = policy.questions.as_slice() else {
            panic!("one question");
        };
        assert_eq!((question.line, question.column), (6, 25));
        assert!(question.text().contains("relative or percentage points?"));
        let points = policy.in_points();
        let (asked, shown) = (&policy.rules[question.rule], &points.rules[question.rule]);
        assert_eq!(shown.fail.as_ref().unwrap().limits[1].text, "+0.5pp");
        assert_eq!(shown.fail.as_ref().unwrap().limits[0].text, "+90%");
        assert_eq!(level(&policy, asked, 1.0, 1.008), Level::Fail);
        assert_eq!(level(&points, shown, 1.0, 1.008), Level::Pass);
        assert_eq!(points.questions, []);

        for answered in
            ["limit = '+0.5%'\nband = 1", "limit = '+0.5%'\nband = 1.5", "limit = '+0.5pp'", "limit = '+50%'"]
        {
            let text = format!("[[rule]]\nmetric = 'error_rate_pct'\n{answered}");
            assert_eq!(read(&text).questions, [], "{answered}");
        }
        assert_eq!(read("[[rule]]\nmetric = 'error_rate_pct'\nlimit = '+0.5%'").questions.len(), 1);
    }
}

mod selectors {
    use super::*;

    #[test]
    fn the_most_specific_rule_wins_and_later_wins_ties() {
        let mut text = String::new();
        for selector in [
            "",                                // 1%
            "service = 'api*'",                // 2%
            "service = 'API'",                 // 3%
            "service = '*'",                   // 4%: ties with the first
            "name = '/v1/*'",                  // 5%
            "name = '/v1/users'",              // 6%
            "name = '/v1/*'\nmethod = 'post'", // 7%
            "name = 're:^/v[0-9]'",            // 8%
            "service = 'a*'",                  // 9%
            "name = '/v1/*'\nservice = 'web'", // 10%
        ] {
            let number = text.matches("[[rule]]").count() + 1;
            text += &format!("[[rule]]\nmetric = 'p95_latency_ms'\nlimit = '+{number}%'\n{selector}\n");
        }
        let policy = read(&text);
        for (service, method, endpoint, expected) in [
            (None, None, "/", 4),
            (Some("db"), None, "/", 4),
            (Some("api"), None, "/", 3),
            (Some("api2"), Some("GET"), "/", 2),
            (Some("auth"), None, "/", 9),
            (Some("api"), None, "/v1/x", 5),
            (Some("api"), Some("POST"), "/v1/x", 7),
            (Some("web"), Some("POST"), "/v1/x", 7),
            (Some("web"), Some("GET"), "/v1/x", 10),
            (Some("api"), Some("POST"), "/V1/USERS", 6),
            (Some("api"), None, "/v2/x", 8),
        ] {
            let (index, found) = policy.find_rule(service, method, endpoint, "p95_latency_ms").unwrap();
            assert_eq!(
                found.fail.as_ref().unwrap().limits[0].amount,
                f64::from(expected),
                "{service:?} {method:?} {endpoint}"
            );
            assert_eq!(policy.rules().nth(index).unwrap().1, found);
        }
        assert_eq!(policy.rule_for(None, None, "/", "p95"), None);
    }

    #[test]
    fn a_match_may_name_a_method() {
        let policy = read("[[match]]\nservice = 'w'\nname = ['re:users/\\d+$', '/a?']\nmethod = 'POST'");
        let found = &policy.matches[0];
        assert!(found.matches(Some("post"), "/API/Users/12"));
        assert!(found.matches(Some("POST"), "/Ab"));
        assert!(!found.matches(Some("GET"), "/ab"));
        assert!(!found.matches(None, "/ab"));
        assert!(!found.matches(Some("POST"), "/abc"));
    }
}

mod verdicts {
    use super::*;

    fn seed_rule(limit: &str) -> Rule {
        if limit.starts_with('-') {
            rule(&format!("metric = 'rps'\nlimit = '{limit}'"))
        } else {
            rule(&format!("metric = 'error_rate_pct'\nlimit = '{limit}'\nband = 1.5"))
        }
    }

    #[test]
    fn seed_parity() {
        let seed = profile("seed-v1").unwrap();
        for (baseline, run, limit, expected) in [
            (0.33, 1.0, "+0.5%", Level::Fail),
            (0.0, 0.33, "+0.5%", Level::Fail),
            (0.0, 0.0, "+0.5%", Level::Pass),
            (50.0, 35.0, "-30%", Level::Pass),
            (50.0, 34.99, "-30%", Level::Fail),
            (25.0, 24.0, "-30%", Level::Pass),
            (0.27, 5.72, "-30%", Level::Pass),
            (450.0, 675.0, "+50%", Level::Pass),
            (450.0, 750.0, "+50%", Level::Warn),
            (450.0, 787.5, "+50%", Level::Fail),
            (1.0, 1.004, "+0.5%", Level::Pass),
            (1.0, 1.006, "+0.5%", Level::Warn),
            (1.0, 1.008, "+0.5%", Level::Fail),
            (10.0, 10.08, "+0.5%", Level::Fail),
            (0.5, 0.8, "+0.5%", Level::Fail),
            (0.4, 1.0, "+0.5%", Level::Fail),
            (50.0, 48.0, "-30%", Level::Pass),
            // On the boundary, where the scripts' division is wrong.
            (1.0, 0.7, "-30%", Level::Pass),
            (0.4, 0.402, "+0.5%", Level::Pass),
            (0.4, 0.7, "+50%", Level::Fail),
            // A missing latency read as 0.
            (210.0, 0.0, "+50%", Level::Pass),
        ] {
            let rule = seed_rule(limit);
            assert_eq!(level(&seed, &rule, baseline, run), expected, "{baseline} {run} {limit}");
        }
    }

    #[test]
    fn an_outcome_has_its_deciding_limit() {
        let seed = profile("seed-v1").unwrap();
        let judge =
            |baseline, run, limit: &str| evaluate(&seed_rule(limit), &seed.compare, baseline, run, Events::default());
        let near = |value: Option<f64>, expected: f64| (value.unwrap() - expected).abs() < 1e-12;
        let fail = judge(0.33, 1.0, "+0.5%");
        assert_eq!(fail.decided_by.as_ref().unwrap().text(), "+0.5%");
        assert!(near(fail.target, 0.33165) && near(fail.band_edge, 0.332475));
        assert_eq!(fail.why, Reason::Exceeded);
        assert_eq!(judge(450.0, 750.0, "+50%").why, Reason::InBand);
        let pass = judge(50.0, 35.0, "-30%");
        assert_eq!((pass.target, pass.band_edge, pass.why), (Some(35.0), None, Reason::WithinLimits));
        let zero = judge(0.0, 0.33, "+0.5%");
        assert_eq!((zero.target, zero.level), (Some(0.0), Level::Fail));
        let improved = judge(0.27, 5.72, "-30%");
        assert_eq!((improved.level, improved.why), (Level::Pass, Reason::ImprovedAsPass));
    }

    /// The scripts' formula, from the specification.
    fn scripts(baseline: f64, run: f64, limit: f64) -> Level {
        let change =
            if baseline == 0.0 { if run > 0.0 { f64::INFINITY } else { 0.0 } } else { (run - baseline) / baseline };
        if limit < 0.0 {
            if change < limit { Level::Fail } else { Level::Pass }
        } else if change <= limit {
            Level::Pass
        } else if change < 1.5 * limit {
            Level::Warn
        } else {
            Level::Fail
        }
    }

    /// The rule in integers (values in 1/10,000, limits in 1/1,000), and whether the run is on a boundary.
    fn exactly(baseline: i128, run: i128, limit: i128) -> (Level, bool) {
        let target = baseline * (1000 + limit) * 2;
        let edge = baseline * (2000 + 3 * limit);
        let value = run * 2000;
        let boundary = value == target || (limit >= 0 && value == edge);
        let level = if limit < 0 {
            if value < target { Level::Fail } else { Level::Pass }
        } else if value <= target {
            Level::Pass
        } else if value < edge {
            Level::Warn
        } else {
            Level::Fail
        };
        (level, boundary)
    }

    #[test]
    fn seed_differs_from_the_scripts_only_on_boundaries() {
        let bases: [i128; 27] = [
            0, 1_000, 2_000, 2_700, 3_300, 4_000, 5_000, 7_000, 8_000, 10_000, 12_000, 15_000, 20_000, 25_000, 30_000,
            50_000, 57_200, 100_000, 120_000, 250_000, 300_000, 500_000, 1_000_000, 2_000_000, 2_100_000, 4_500_000,
            10_000_000,
        ];
        let limits: [i128; 10] = [0, 1, 5, 10, 50, 100, 500, -100, -300, -500];
        // The runs: every baseline, then values exactly on a limit or on the edge of a band.
        let mut runs: BTreeSet<i128> = bases.into();
        'full: for base in bases {
            for limit in limits {
                for (value, parts) in [(base * (1000 + limit), 1000), (base * (2000 + 3 * limit), 2000)] {
                    if runs.len() == 84 {
                        break 'full;
                    }
                    if value % parts == 0 && (limit == 5 || limit == 500 || limit == -300) {
                        runs.insert(value / parts);
                    }
                }
            }
        }
        let seed = profile("seed-v1").unwrap();
        let (mut points, mut differences) = (0, Vec::new());
        for limit in limits {
            let sign = if limit < 0 { '-' } else { '+' };
            let rule = seed_rule(&format!("{sign}{}.{}%", limit.abs() / 10, limit.abs() % 10));
            for base in bases {
                for &run in &runs {
                    points += 1;
                    let (baseline, value) = (base as f64 / 10_000.0, run as f64 / 10_000.0);
                    let ours = level(&seed, &rule, baseline, value);
                    let (expected, boundary) = exactly(base, run, limit);
                    assert_eq!(ours, expected, "{baseline} {value} {limit}");
                    if ours != scripts(baseline, value, limit as f64 / 1000.0) {
                        assert!(boundary, "{baseline} {value} {limit}");
                        differences.push((baseline, value, limit));
                    }
                }
            }
        }
        assert_eq!(points, 22_680);
        println!("{} differences: {differences:?}", differences.len());
        for known in [(1.0, 0.7, -300), (0.4, 0.402, 5), (0.4, 0.7, 500)] {
            assert!(differences.contains(&known), "{known:?}");
        }
    }

    #[test]
    fn any_needs_one_and_all_needs_every_limit() {
        let policy = Policy::default();
        let any = rule("metric = 'p95_latency_ms'\nfail = { any = ['+50%', '+20ms'] }");
        let all = rule("metric = 'p95_latency_ms'\nfail = { all = ['+50%', '+20ms'] }");
        for (baseline, run, of_any, of_all, tightest, widest) in [
            (10.0, 16.0, Level::Fail, Level::Pass, "+50%", "+20ms"),
            (100.0, 130.0, Level::Fail, Level::Pass, "+20ms", "+50%"),
            (100.0, 151.0, Level::Fail, Level::Fail, "+20ms", "+50%"),
            (100.0, 120.0, Level::Pass, Level::Pass, "+20ms", "+50%"),
            (0.0, 25.0, Level::Fail, Level::Fail, "+50%", "+20ms"),
        ] {
            let any = evaluate(&any, &policy.compare, baseline, run, Events::default());
            let all = evaluate(&all, &policy.compare, baseline, run, Events::default());
            assert_eq!((any.level, all.level), (of_any, of_all), "{baseline} {run}");
            assert_eq!(any.decided_by.unwrap().text(), tightest, "{baseline} {run}");
            assert_eq!(all.decided_by.unwrap().text(), widest, "{baseline} {run}");
        }
    }

    #[test]
    fn fail_then_max_then_warn() {
        let policy = Policy::default();
        let rule = rule(
            "metric = 'p95_latency_ms'\nwarn = { any = ['+10%'] }\nfail = { any = ['+50%'] }\nmax = '200ms'\nmin = '5ms'",
        );
        for (baseline, run, expected, text, why) in [
            (100.0, 160.0, Level::Fail, "+50%", Reason::Exceeded),
            (100.0, 210.0, Level::Fail, "+50%", Reason::Exceeded),
            (180.0, 210.0, Level::Fail, "200ms", Reason::AboveMax),
            (180.0, 200.0, Level::Warn, "+10%", Reason::Exceeded),
            (180.0, 185.0, Level::Pass, "+50%", Reason::WithinLimits),
            (300.0, 201.0, Level::Fail, "200ms", Reason::AboveMax),
            (300.0, 150.0, Level::Improved, "+50%", Reason::OppositeFails),
            (300.0, 4.0, Level::Fail, "5ms", Reason::BelowMin),
        ] {
            let outcome = evaluate(&rule, &policy.compare, baseline, run, Events::default());
            assert_eq!((outcome.level, outcome.why), (expected, why), "{baseline} {run}");
            assert_eq!(outcome.decided_by.unwrap().text(), text, "{baseline} {run}");
        }
        assert_eq!(evaluate_run(&rule, 201.0).level, Level::Fail);
        assert_eq!(evaluate_run(&rule, 200.0).level, Level::Pass);
        let alone = evaluate_run(&rule, 4.0);
        assert!(matches!(alone.decided_by, Some(Decider::Min(_))));
        assert_eq!(alone.target, Some(5.0));
    }

    #[test]
    fn a_baseline_of_zero_follows_the_file() {
        let plain = "metric = 'p95_latency_ms'\nfail = { any = ['+20%'] }";
        let both = "metric = 'p95_latency_ms'\nfail = { all = ['+20%', '+10ms'] }";
        let bound = "metric = 'p95_latency_ms'\nfail = { any = ['+20%'] }\nmax = '30ms'";
        let absolute = "metric = 'p95_latency_ms'\nfail = { any = ['+10ms'] }";
        let warned = "metric = 'p95_latency_ms'\nwarn = { any = ['+10ms'] }\nfail = { any = ['+20%'] }";
        use ZeroBaseline::{Absolute, Ignore, Infinite};
        for (lines, zero_baseline, run, expected) in [
            (plain, Infinite, 5.0, Level::Fail),
            (plain, Absolute, 5.0, Level::Info),
            (plain, Ignore, 5.0, Level::Info),
            (both, Infinite, 5.0, Level::Pass),
            (both, Absolute, 5.0, Level::Pass),
            (both, Absolute, 11.0, Level::Fail),
            (both, Ignore, 11.0, Level::Info),
            (bound, Ignore, 31.0, Level::Fail),
            (bound, Absolute, 31.0, Level::Fail),
            (bound, Absolute, 5.0, Level::Pass),
            (absolute, Ignore, 11.0, Level::Fail),
            (absolute, Ignore, 9.0, Level::Pass),
            (warned, Absolute, 11.0, Level::Warn),
            (warned, Absolute, 9.0, Level::Pass),
        ] {
            let mut settings = Policy::default().compare;
            settings.zero_baseline = zero_baseline;
            let rule = rule(lines);
            let judged = evaluate(&rule, &settings, 0.0, run, Events::default());
            assert_eq!(judged.level, expected, "{lines} {zero_baseline:?} {run}");
            let still = evaluate(&rule, &settings, 0.0, 0.0, Events::default());
            assert_eq!(still.level, Level::Pass, "{lines} {zero_baseline:?}");
        }
    }

    #[test]
    fn an_improvement_is_the_opposite_of_a_failure() {
        let policy = Policy::default();
        let rps = rule("metric = 'rps'\nfail = { any = ['-30%'] }");
        assert_eq!(level(&policy, &rps, 0.27, 5.72), Level::Improved);
        assert_eq!(level(&policy, &rps, 0.0, 5.0), Level::Improved);
        assert_eq!(level(&policy, &rps, 5.0, 0.0), Level::Fail);
        assert_eq!(level(&policy, &rps, 70.0, 100.0), Level::Pass);
        let errors = rule("metric = 'error_rate_pct'\nfail = { any = ['+0.5pp'], min_events = 5 }");
        let judge = |baseline, run, of_baseline, of_run| {
            let events = Events { baseline: of_baseline, run: of_run };
            evaluate(&errors, &policy.compare, baseline, run, events)
        };
        assert_eq!(judge(0.7, 0.0, Some(2), Some(0)).level, Level::Pass);
        assert_eq!(judge(0.7, 0.0, Some(21), Some(0)).level, Level::Improved);
        assert_eq!(judge(0.7, 0.0, None, None).level, Level::Improved);
        assert_eq!(judge(0.0, 0.7, Some(0), Some(21)).level, Level::Fail);
        let few = judge(0.0, 0.7, Some(0), Some(2));
        assert_eq!((few.level, few.why), (Level::Pass, Reason::TooFewEvents { events: 2, needed: 5 }));
        let only_warn = rule("metric = 'rps'\nwarn = { any = ['-30%'] }");
        assert_eq!(level(&policy, &only_warn, 1.0, 9.0), Level::Pass);
        let neutral = rule("metric = 'rps'\nbetter = 'neutral'\nfail = { any = ['+10%', '-10%'] }");
        assert_eq!(level(&policy, &neutral, 100.0, 90.5), Level::Pass);
        assert_eq!(level(&policy, &neutral, 100.0, 89.0), Level::Fail);
        assert_eq!(level(&policy, &neutral, 100.0, 111.0), Level::Fail);
    }

    #[test]
    fn a_value_on_its_limit_follows_the_file() {
        let strict = read("[compare]\nequal_is = 'fail'");
        let rps = rule("metric = 'rps'\nfail = { any = ['-30%'] }\nmax = '50rps'");
        assert_eq!(level(&strict, &rps, 50.0, 35.0), Level::Fail);
        assert_eq!(level(&Policy::default(), &rps, 50.0, 35.0), Level::Pass);
        assert_eq!(level(&strict, &rps, 50.0, 50.0), Level::Pass);
        let zero = rule("metric = 'error_rate_pct'\nfail = { any = ['+0%'] }");
        assert_eq!(level(&strict, &zero, 0.0, 0.0), Level::Pass);
        let fall = rule("metric = 'rps'\nlimit = '-0%'");
        assert_eq!(level(&strict, &fall, 10.0, 9.99), Level::Fail);
        assert_eq!(level(&strict, &fall, 10.0, 10.01), Level::Improved);
    }

    #[test]
    fn non_numbers_are_not_judged() {
        let policy = Policy::default();
        let rule = rule("metric = 'rps'\nlimit = '-30%'\nmin = '1rps'");
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
            for (baseline, run) in [(bad, 1.0), (1.0, bad)] {
                let outcome = evaluate(&rule, &policy.compare, baseline, run, Events::default());
                assert_eq!((outcome.level, outcome.why), (Level::Info, Reason::NotANumber));
            }
            assert_eq!(evaluate_run(&rule, bad).level, Level::Info);
        }
        let info = super::rule("metric = 'rps'");
        assert_eq!(level(&policy, &info, 1.0, 9.0), Level::Info);
        // A target beyond the largest number equals nothing.
        let wide = super::rule("metric = 'x'\nlimit = '+40%'\nband = 1.5");
        assert_eq!(level(&policy, &wide, 1.2e308, 1.75e308), Level::Warn);
    }

    proptest! {
        #[test]
        fn a_run_against_itself_never_changes(value in 0.0..1e12f64, limit in 0u32..99, fall: bool, band in 1.0..3.0f64, equal_fails: bool) {
            let text = match fall {
                true => format!("metric = 'x'\nlimit = '-{limit}%'"),
                false => format!("metric = 'x'\nlimit = '+{limit}%'\nband = {band}"),
            };
            let policy = read(if equal_fails { "[compare]\nequal_is = 'fail'" } else { "" });
            prop_assert_eq!(level(&policy, &rule(&text), value, value), Level::Pass);
        }

        #[test]
        fn swapping_exchanges_failure_and_improvement(baseline in 0.0..1e6f64, run in 0.0..1e6f64, limit in 1u32..99, fall: bool) {
            let sign = if fall { '-' } else { '+' };
            let rule = rule(&format!("metric = 'x'\nfail = {{ any = ['{sign}{limit}%'] }}"));
            let policy = Policy::default();
            let (forth, back) = (level(&policy, &rule, baseline, run), level(&policy, &rule, run, baseline));
            prop_assert_eq!(forth == Level::Fail, back == Level::Improved);
            prop_assert!(!(forth == Level::Fail && back == Level::Fail));
        }

        #[test]
        fn judging_never_panics(baseline: f64, run: f64, amount in 0.0..1e300f64, band in 1.0..1e300f64) {
            let text = format!("metric = 'x'\nlimit = '+{amount:.3}%'\nband = {band}");
            if let Ok(policy) = parse("t", &format!("[[rule]]\n{text}")) {
                level(&policy, &policy.rules[0], baseline, run);
            }
        }
    }
}

mod schema {
    use super::*;

    fn validator() -> jsonschema::Validator {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/thresholds.schema.json");
        let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    }

    #[test]
    fn it_accepts_the_profiles_and_the_example() {
        let validator = validator();
        let example = format!("profile = \"default\"\n{EXAMPLE}");
        for text in [profile_text("default").unwrap(), profile_text("seed-v1").unwrap(), &example] {
            let errors: Vec<String> = validator.iter_errors(&as_json(text)).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }

    #[test]
    fn it_refuses_invalid_structure() {
        let validator = validator();
        for wrong in [
            r#"{"rules":[]}"#,
            r#"{"schema":2}"#,
            r#"{"profile":"strict"}"#,
            r#"{"compare":{"confidence":1}}"#,
            r#"{"rule":[{"metric":"rps","limit":"-30"}]}"#,
            r#"{"rule":[{"metric":"rps","limit":"-30%","fail":{"any":["-30%"]}}]}"#,
            r#"{"rule":[{"metric":"rps","band":2}]}"#,
            r#"{"rule":[{"metric":"rps","fail":{"any":["-30%"],"all":["-30%"]}}]}"#,
            r#"{"rule":[{"metric":"rps","fail":{"any":[]}}]}"#,
            r#"{"rule":[{"service":"*"}]}"#,
            r#"{"match":[{"service":"a","name":[]}]}"#,
            r#"{"ack":[{"metric":"rps"}]}"#,
        ] {
            assert!(!validator.is_valid(&serde_json::from_str(wrong).unwrap()), "{wrong}");
            assert!(parse("t", wrong).is_err(), "{wrong}");
        }
    }

    /// Values valid for some key, to be used with others.
    const LEAVES: &[&str] = &[
        r#""+0.5%""#,
        r#""-5rps""#,
        r#""+10ms""#,
        r#"" −5 % ""#,
        r#""800ms""#,
        r#""1pp""#,
        r#""0""#,
        "0",
        "1",
        "0.5",
        "1.0",
        "-1",
        "5e-1",
        "true",
        "null",
        "[]",
        "{}",
        r#"["+5%"]"#,
        r#"{"any":["+5%"]}"#,
        r#"{"all":["-5%"]}"#,
        r#"{"mode":"none"}"#,
        r#""none""#,
        r#""8%""#,
        r#""lower""#,
        r#""higher""#,
        r#""zero""#,
        r#""x_ms""#,
        r#""rps""#,
        r#""2026-12-31""#,
        r#""2026-13-31""#,
        r#"" ""#,
        r#""""#,
        r#""re:(""#,
        r#""re:a""#,
        r#"["*"]"#,
        r#"["users"]"#,
    ];
    const KEYS: &[&str] = &[
        "schema",
        "profile",
        "gate",
        "confidence",
        "missing",
        "noise",
        "warmup",
        "require_same",
        "service",
        "name",
        "method",
        "aggregate",
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
        "any",
        "all",
        "min_events",
        "until",
        "reason",
        "up_to",
        "mode",
        "settle",
        "improved",
    ];

    /// Visits every table of the tree, and changes one of them.
    fn change(node: &mut serde_json::Value, turn: &mut usize, key: &str, leaf: Option<&serde_json::Value>) {
        if let serde_json::Value::Object(table) = node {
            if *turn == 0 {
                match leaf {
                    Some(leaf) => table.insert(key.to_owned(), leaf.clone()),
                    None => table.remove(key),
                };
            }
            *turn = turn.wrapping_sub(1);
            table.values_mut().for_each(|child| change(child, turn, key, leaf));
        } else if let serde_json::Value::Array(items) = node {
            items.iter_mut().for_each(|child| change(child, turn, key, leaf));
        }
    }

    #[test]
    fn it_accepts_everything_that_the_parser_reads() {
        let validator = validator();
        let (mut tried, mut read) = (0, 0);
        let texts = [EXAMPLE, profile_text("seed-v1").unwrap(), "[[rule]]\nmetric = 'x'"];
        for text in texts {
            let tree = as_json(text);
            for turn in 0..24 {
                for key in KEYS {
                    for leaf in std::iter::once(None).chain(LEAVES.iter().map(Some)) {
                        // One in seven, which eventually covers every key and every value.
                        tried += 1;
                        if tried % 7 != 0 {
                            continue;
                        }
                        let leaf = leaf.map(|leaf| serde_json::from_str(leaf).unwrap());
                        let mut changed = tree.clone();
                        change(&mut changed, &mut turn.clone(), key, leaf.as_ref());
                        if changed != tree && parse("t", &changed.to_string()).is_ok() {
                            read += 1;
                            assert!(validator.is_valid(&changed), "{turn} {key} {leaf:?}");
                        }
                    }
                }
            }
        }
        assert!(read > 100, "{read}");
    }
}

mod mistakes {
    use super::*;

    /// File name, text, and the error after `name:`.
    pub const TABLE: &[(&str, &str, &str)] = &[
        (
            "t.toml",
            "[[rule]]\nmetric = \"error_rate_pct\"\nfail = { any = [\"+0.5\"] }",
            r#"3:17: "+0.5" has no unit: write "+0.5%" (relative) or "+0.5pp" (percentage points)"#,
        ),
        (
            "t.json",
            "{\n  \"rule\": [\n    {\"metric\": \"error_rate_pct\", \"fail\": {\"any\": [\"+0.5\"]}}\n  ]\n}",
            r#"3:51: "+0.5" has no unit: write "+0.5%" (relative) or "+0.5pp" (percentage points)"#,
        ),
        (
            "t.json",
            "{\"é\": 1}",
            r#"1:2: unknown key "é" in the file: the keys here are schema, profile, compare, match, rule, ack"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'p95_latency_ms'\nlimit = '+20'",
            r#"3:9: "+20" has no unit: write "+20%" or "+20ms""#,
        ),
        ("t.toml", "[[rule]]\nmetric = 'rps'\nlimit = '-20'", r#"3:9: "-20" has no unit: write "-20%" or "-20rps""#),
        ("t.toml", "[[rule]]\nmetric = 'x'\nlimit = '+20'", r#"3:9: "+20" has no unit: write "+20%" or "+20req""#),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x'\nlimit = '20%'",
            r#"3:9: "20%" has no sign: write "+20%" (the highest increase) or "-20%" (the largest decrease)"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x'\nlimit = ''",
            r#"3:9: "" is no limit: write a sign, a number and a unit, such as "+20%" or "+5req""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+0,5ms'",
            r#"3:9: "+0,5ms" holds no plain number: write a sign, a number and a unit, such as "+20%" or "+10ms""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+1e400%'",
            r#"3:9: "+1e400%" holds no plain number: write a sign, a number and a unit, such as "+20%" or "+10ms""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+NaN%'",
            r#"3:9: "+NaN%" holds no plain number: write a sign, a number and a unit, such as "+20%" or "+10ms""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+inf%'",
            r#"3:9: "+inf%" holds no plain number: write a sign, a number and a unit, such as "+20%" or "+10ms""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+1.2.3%'",
            r#"3:9: "+1.2.3%" holds no plain number: write a sign, a number and a unit, such as "+20%" or "+10ms""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+5MS'",
            r#"3:9: "+5MS" has the unknown unit "MS": the units are %, pp, ms, s, rps and req"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+5pp'",
            r#"3:9: "+5pp" does not fit the metric "x_ms": its unit is % or ms or s"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'rps'\nlimit = '-5ms'",
            r#"3:9: "-5ms" does not fit the metric "rps": its unit is % or rps"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'error_rate_pct'\nlimit = '+5req'",
            r#"3:9: "+5req" does not fit the metric "error_rate_pct": its unit is % or pp"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x'\nlimit = '+5rps'",
            r#"3:9: "+5rps" does not fit the metric "x": its unit is % or req"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'rps'\nlimit = '-100%'",
            r#"3:9: "-100%" can never be exceeded: a fall is at most 100 %: write a limit between "-0%" and "-99%""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'rps'\nlimit = -30",
            r#"3:9: a limit is a string with a unit, not the number -30: write "-30%" or "-30rps""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'error_rate_pct'\nlimit = 0.5",
            r#"3:9: a limit is a string with a unit, not the number 0.5: write "+0.5%" (relative) or "+0.5pp" (percentage points)"#,
        ),
        (
            "t.json",
            "{\"rule\":[{\"metric\":\"rps\",\"limit\":true}]}",
            "1:34: a limit must be a string, not true or false",
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'p95_latency_ms'\nbetter = 'lower'\nfail = { any = ['-30%'] }",
            r#"4:17: "-30%" contradicts better = "lower": what is worse lies above the baseline: write "+30%", or better = "higher""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'rps'\nfail = { any = ['+30%'] }",
            r#"3:17: "+30%" contradicts better = "higher", which "rps" has by its name: what is worse lies below the baseline: write "-30%", or better = "lower""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'rps'\nbetter = 'neutral'\nfail = { all = ['+30%', '-30%'] }",
            r#"4:25: "+30%" and "-30%" can never be exceeded together: write any instead of all"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'rps'\nlimit = '-30%'\nband = 1.5",
            r#"4:8: a fall, "-30%", has no band: write warn and fail instead"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nband = 1.5",
            r#"3:8: "band" needs a "limit": write limit = "+50%" beside it"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+5%'\nband = 0.5",
            "4:8: band must be at least 1: write 1.5 for a warning up to one and a half times the limit",
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+5%'\nband = nan",
            r#"4:8: band cannot be "nan": write a finite number"#,
        ),
        ("t.toml", "[[rule]]\nmetric = 'x_ms'\nlimit = '+5%'\nband = 1e308", "4:8: the band is too wide"),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+5%'\nband = 1e400",
            r#"4:8: band cannot be "1e400": write a finite number"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nlimit = '+5%'\nwarn = { any = ['+1%'] }",
            r#"4:1: "limit" and "warn" do not go together: "limit" stands for both; write either it, or warn and fail"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nfail = '+5%'",
            r#"3:8: fail must be a table, not a string: write fail = { any = ["+20%"] }"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nfail = { }",
            r#"3:8: "fail" holds no limit: write fail = { any = ["+20%"] }"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nfail = { any = [] }",
            r#"3:16: "fail" holds no limit: write a limit such as "+20%""#,
        ),
        ("t.toml", "[[rule]]\nmetric = 'x_ms'\nfail = { any = '+5%' }", "3:16: any must be a list, not a string"),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nfail = { any = ['+5%'], all = ['+5%'] }",
            r#"3:31: "any" and "all" do not go together: write one of them"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nfail = { any = ['+5%'], min_event = 5 }",
            r#"3:25: unknown key "min_event" in fail: did you mean "min_events"? the keys here are any, all, min_events"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nfail = { any = ['+5%'], min_events = 0.5 }",
            r#"3:38: min_events cannot be "0.5": write a whole number"#,
        ),
        ("t.toml", "[[rule]]\nmetric = 'x_ms'\nmin_requests = -1", "3:16: min_requests cannot be negative"),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nmin_requests = 99999999999999999999",
            r#"3:16: min_requests cannot be "99999999999999999999": write a whole number"#,
        ),
        ("t.toml", "[[rule]]\nmetric = 'x_ms'\nmax = '800'", r#"3:7: "800" has no unit: write "800ms" or "800s""#),
        ("t.toml", "[[rule]]\nmetric = 'x_ms'\nmax = 800", r#"3:7: "800" has no unit: write "800ms" or "800s""#),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nmax = '+800ms'",
            r#"3:7: "+800ms" has a sign, but max and min are values of the run, not changes: write the value itself, such as "800ms""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nmax = '800%'",
            r#"3:7: "800%" is relative, but max and min are values of the run, not changes: write the value itself, such as "800ms""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x_ms'\nmax = '5rps'",
            r#"3:7: "5rps" does not fit the metric "x_ms": its unit is ms or s"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'violations'\nmax = -1",
            r#"3:7: "-1" has a sign, but max and min are values of the run, not changes: write the value itself, such as "0""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'violations'\nmax = nan",
            r#"3:7: "nan" holds no plain number: write the value itself, such as "0""#,
        ),
        ("t.toml", "[[rule]]\nmetric = 'x_ms'\nmin = '9ms'\nmax = '8ms'", r#"3:7: min "9ms" is above max "8ms""#),
        (
            "t.toml",
            "[[rule]]\nmetirc = 'x_ms'",
            r#"2:1: unknown key "metirc" in a rule: did you mean "metric"? the keys here are service, name, method, metric, better, warn, fail, limit, band, max, min, severity, min_requests, source"#,
        ),
        ("t.toml", "\n[[rule]]\nservice = '*'", r#"2:1: a rule needs "metric""#),
        ("t.json", "{\"rule\":[\n {\"service\": \"*\"}]}", r#"2:2: a rule needs "metric""#),
        ("t.toml", "[[rule]]\nmetric = ' '", "2:10: metric is empty"),
        ("t.toml", "[[rule]]\nmetric = 'x'\nservice = ''", r#"3:11: service cannot be "": the pattern is empty"#),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x'\nservice = 're:('",
            r#"3:11: service cannot be "re:(": the regular expression cannot be read: found open group without closing ')'"#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x'\nname = 're:(a{1000}){1000}'",
            r#"3:8: name cannot be "re:(a{1000}){1000}": the regular expression cannot be read: compiled regex exceeded size limit"#,
        ),
        ("t.toml", "[[rule]]\nmetric = 'x'\nname = ['/a']", "3:8: name must be a string, not a list"),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x'\nbetter = 'smaller'",
            r#"3:10: better cannot be "smaller": write "lower", "higher" or "neutral""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x'\nseverity = 'CRITICAL'",
            r#"3:12: severity cannot be "CRITICAL": write "critical", "major", "minor" or "info""#,
        ),
        (
            "t.toml",
            "[[rule]]\nmetric = 'x'\nsource = 'rounded'",
            r#"3:10: source cannot be "rounded": write "counts" or "rounded_pct""#,
        ),
        ("t.toml", "[rule]\nmetric = 'x'", "1:1: rule must be a list of tables, not a table: write [[rule]]"),
        ("t.toml", "rule = 1", "1:8: rule must be a list of tables, not a number"),
        ("t.toml", "rule = [1]", "1:9: a rule must be a table, not a number"),
        ("t.toml", "schema = 2", "1:10: schema 2 is not known: this version reads schema = 1"),
        ("t.toml", "schema = '1'", "1:10: schema must be a whole number, not a string"),
        (
            "t.toml",
            "profile = \"strict\"",
            r#"1:11: there is no profile "strict": write "default" or "seed-v1"; strict is not built in"#,
        ),
        ("t.toml", "profile = \"defualt\"", r#"1:11: there is no profile "defualt": write "default" or "seed-v1""#),
        (
            "t.toml",
            "rules = []",
            r#"1:1: unknown key "rules" in the file: did you mean "rule"? the keys here are schema, profile, compare, match, rule, ack"#,
        ),
        (
            "t.toml",
            "[compare]\ngates = 'point'",
            r#"2:1: unknown key "gates" in compare: did you mean "gate"? the keys here are gate, no_verdict, confidence, correction, equal_is, zero_baseline, missing, unmatched_new, require_same, other_tool, warmup, noise, unmapped, improved, evidence, max_lost, must_see, must_see_errors"#,
        ),
        (
            "t.toml",
            "[compare]\ngate = 'pont'",
            r#"2:8: gate cannot be "pont": write "point", "suspected", "confirmed" or "inconclusive""#,
        ),
        ("t.toml", "[compare]\nconfidence = -0.95", "2:14: confidence must lie between 0 and 1: write 0.95 for 95 %"),
        ("t.toml", "[compare]\nconfidence = 95", "2:14: confidence must lie between 0 and 1: write 0.95 for 95 %"),
        ("t.toml", "[compare]\nconfidence = '95%'", "2:14: confidence must be a number, not a string"),
        ("t.toml", "[compare]\nconfidence = inf", r#"2:14: confidence cannot be "inf": write a finite number"#),
        ("t.toml", "[compare]\nconfidence = 1e400", r#"2:14: confidence cannot be "1e400": write a finite number"#),
        ("t.json", "{\"compare\": {\"confidence\": 1e400}}", "1:28: this is not JSON: number out of range"),
        (
            "t.toml",
            "[compare]\nrequire_same = ['users', 'host']",
            r#"2:26: require_same cannot be "host": write "users", "tool" or "duration""#,
        ),
        ("t.toml", "[compare]\nwarmup = 'none'", "2:10: warmup must be a table, not a string"),
        ("t.toml", "[compare]\nwarmup = { settle = '10s' }", r#"2:10: warmup needs "mode""#),
        (
            "t.toml",
            "[compare]\nwarmup = { mode = 'users', settle = '10' }",
            r#"2:37: "10" is no time: write a time such as "10s" or "500ms""#,
        ),
        ("t.toml", "[compare]\nnoise = '8'", r#"2:9: "8" is no share: write "auto", "none" or a share such as "8%""#),
        ("t.toml", "[compare]\nnoise = 8", "2:9: noise must be a string, not a number"),
        ("t.toml", "[compare]\n  improved = true", "2:14: improved must be a string, not true or false"),
        ("t.toml", "[[match]]\nservice = 'a'", r#"1:1: a match needs "name""#),
        (
            "t.toml",
            "[[match]]\nservice = 'a'\nname = []",
            r#"3:8: "name" holds no pattern: write name = ["*"] for every endpoint"#,
        ),
        ("t.toml", "[[match]]\nservice = 'a'\nname = ['x', 7]", "3:14: name must be a string, not a number"),
        (
            "t.toml",
            "[[match]]\nservice = 'a'\nname = 'x'\naggregate = 'sum'",
            r#"4:13: aggregate cannot be "sum": write "per-endpoint", "pooled-counts" or "reported-aggregate""#,
        ),
        (
            "t.toml",
            "[[ack]]\nmetric = 'rps'\nreason = 'x'\nuntil = '31.12.2026'",
            r#"4:9: until cannot be "31.12.2026": write a date such as 2026-12-31"#,
        ),
        (
            "t.toml",
            "[[ack]]\nmetric = 'rps'\nreason = 'x'\nuntil = 07:00:00",
            r#"4:9: until cannot be "07:00:00": write a date such as 2026-12-31"#,
        ),
        ("t.toml", "[[ack]]\nmetric = 'rps'", r#"1:1: an ack needs "reason""#),
        ("t.toml", "a = 1\na = 2", r#"2:1: the key "a" appears twice"#),
        ("t.json", "{\"schema\": 1,\n \"schema\": 1}", r#"2:2: the key "schema" appears twice"#),
        ("t.toml", "[compare\ngate = 'point'", "1:9: this is not TOML: unclosed table, expected `]`"),
        ("t.toml", "# ä\nschema = ", "2:10: this is not TOML: string values must be quoted, expected literal string"),
        ("t.json", "{\n  \"rule\": [x]\n}", "2:12: this is not JSON: expected value"),
        ("t.json", "{\"é\": [}", "1:8: this is not JSON: expected value"),
        ("t.json", "{\"rule\": [", "1:10: this is not JSON: EOF while parsing a list"),
        ("t.json", "{} {}", "1:4: this is not JSON: trailing characters"),
        ("t.toml", "just words", "1:6: this is not TOML: key with no value, expected `=`"),
        (
            "t.toml",
            "x = 'a\u{1b}[31m'",
            "1:7: this is not TOML: invalid literal string, expected non-single-quote visible characters",
        ),
        (
            "t.json",
            "{\"\\u001b[31m\": 1}",
            r#"1:2: unknown key "\u{1b}[31m" in the file: the keys here are schema, profile, compare, match, rule, ack"#,
        ),
    ];

    #[test]
    fn each_has_its_line_and_column() {
        let mut wrong = Vec::new();
        for (name, text, expected) in TABLE {
            let error = parse(name, text).expect_err(text).to_string();
            let found = error.strip_prefix(name).unwrap().strip_prefix(':').unwrap();
            if found != *expected {
                wrong.push(format!("{text}\n  found    {found}\n  expected {expected}\n"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn the_depth_and_the_size_are_bounded() {
        for (name, open) in [("t.json", "["), ("t.json", "{\"a\":"), ("t.toml", "["), ("t.toml", "{a=")] {
            let start = if name == "t.json" { "{\"rule\": " } else { "rule = " };
            for depth in [100, 1_000, 20_000] {
                assert!(parse(name, &format!("{start}{}", open.repeat(depth))).is_err());
            }
        }
        assert!(parse("t.toml", &format!("rule{} = 1", ".a".repeat(10_000))).is_err());
        let long = format!("# {}\nx = 1", "x".repeat(300 * 1024));
        let error = parse("t.toml", &long).unwrap_err();
        assert!(error.to_string().starts_with("t.toml:1:1: the file has "), "{error}");
    }

    /// An error position is inside the text, and its message is one short line without control characters.
    fn checked(text: &str) {
        if let Err(error) = parse("t", text) {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            let line = text.split('\n').nth(error.line - 1).expect(text);
            assert!((1..=line.chars().count() + 1).contains(&error.column), "{error} in {text:?}");
            let sentence = error.to_string();
            assert!(!sentence.contains(|c: char| c.is_control()), "{sentence:?}");
            assert!(sentence.len() < 1_000, "{sentence:?}");
        }
    }

    fn valid() -> impl Strategy<Value = String> {
        let texts = [EXAMPLE, profile_text("default").unwrap(), profile_text("seed-v1").unwrap()];
        let json = texts.map(|text| as_json(text).to_string());
        let all: Vec<String> = texts.map(str::to_owned).into_iter().chain(json).collect();
        proptest::sample::select(all)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            checked(&text);
            checked(&format!("{{{text}"));
            checked(&format!("[[rule]]\nmetric = 'x'\nlimit = '{text}'"));
            checked(&format!("[[rule]]\nmetric = 'x_pct'\nmax = '{text}'\nname = 're:{text}'"));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, mark in proptest::sample::select(vec![&[][..], b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"])) {
            let _ = parse_bytes("t", &[mark, &bytes].concat());
        }

        #[test]
        fn no_change_of_a_valid_file_makes_it_panic(
            text in valid(),
            edits in proptest::collection::vec((any::<proptest::sample::Index>(), 0usize..12, "[\\PC\\n\"'\\[\\]{}=,.0-9%+-]{0,6}"), 1..6),
        ) {
            let mut chars: Vec<char> = text.chars().collect();
            for (at, gone, put) in edits {
                let at = at.index(chars.len().max(1));
                let end = (at + gone).min(chars.len());
                chars.splice(at.min(end)..end, put.chars());
            }
            checked(&chars.into_iter().collect::<String>());
        }

        #[test]
        fn no_cut_of_a_valid_file_makes_it_panic(text in valid(), at: proptest::sample::Index) {
            checked(text.get(..at.index(text.len())).unwrap_or_default());
        }
    }
}

/// The page's export is a thresholds file with the applied settings: for every profile, unchanged and adjusted.
#[test]
fn an_exported_file_has_the_applied_settings() {
    use loaddiff::policy::{self, Adjustments, Correction, Gate, Noise};
    for (name, _) in policy::PROFILES {
        let profile = policy::profile(name).unwrap();
        let by = Adjustments {
            gate: Some(Gate::Suspected),
            confidence: Some(0.99),
            correction: Some(Correction::Bh),
            noise: Some(Noise::Percent(3.5)),
            warmup: Some(profile.compare.warmup.found_by(Some(WarmupMode::Fixed)).settling_s(2.5)),
            limits: (0..profile.rules.len()).map(|rule| (rule, Some(7.25))).collect(),
            percentile: None,
            matches: Vec::new(),
        };
        for before in [profile.adjusted(&by), profile] {
            let text = loaddiff::report::thresholds_file::thresholds_file(&before);
            let mut read = policy::parse("mine.json", &text).unwrap_or_else(|e| panic!("{e}\n{text}"));
            read.rules.iter_mut().for_each(|rule| rule.line = None);
            read.matches.iter_mut().for_each(|found| found.line = None);
            assert_eq!(read.compare, before.compare);
            assert_eq!(read.rules, before.rules);
            assert_eq!(read.matches, before.matches);
        }
    }
}
