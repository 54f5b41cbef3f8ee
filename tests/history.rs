//! Histories of runs, by the command line as a pipeline uses it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use loaddiff::history::{History, State, line, trends};
use loaddiff::stats::random::SplitMix64;
use serde_json::Value;
use support::Line;

fn loaddiff(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loaddiff")).args(args).current_dir(folder).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Vector T15: p50 of 20 equal runs, noise floor 9.79540004 %, 95 % prediction interval 394.15958 to 433.06663.
const T15: [f64; 20] = [
    412.0, 398.0, 431.0, 405.0, 420.0, 409.0, 415.0, 402.0, 427.0, 411.0, 418.0, 404.0, 422.0, 413.0, 407.0, 416.0,
    401.0, 425.0, 410.0, 419.0,
];

/// A run of two endpoints. `p50` is that of `POST /chat`; `GET /models` does not change.
fn summary(p50: f64, requests: u64) -> String {
    let line = |method, name: &str, p50: f64| Line {
        method,
        name: name.into(),
        requests,
        failures: requests / 1000,
        mean: p50 * 1.1,
        rate: requests as f64 / 300.0,
        percentiles: [p50, p50 * 1.5, p50 * 1.9, p50 * 2.7, p50 * 4.0],
    };
    support::summary(&[line("POST", "/chat", p50), line("GET", "/models", 20.0 + requests as f64 / 1e4)])
}

/// Adds a run; `day` is the day of January or later.
fn add(folder: &Path, day: usize, p50: f64, more: &[&str]) -> Output {
    let file = format!("run{day}_stats.csv");
    std::fs::write(folder.join(&file), summary(p50, 9_000 + day as u64)).unwrap();
    let at = format!("2026-{:02}-{:02}T02:00:00Z", 1 + day / 28, 1 + day % 28);
    let args = ["history", "add", &file, "--to", "history.jsonl", "--at", &at];
    let added = loaddiff(folder, &[&args[..], more].concat());
    assert_eq!(added.status.code(), Some(0), "{}", err(&added));
    added
}

/// A history of T15's runs and the same again, slower by a factor from run 21.
fn stepped(folder: &Path, factor: f64, accept: bool) {
    for (day, p50) in T15.into_iter().chain(T15.map(|p50| p50 * factor)).enumerate() {
        let version = if day < 15 { "1.0" } else { "1.1" };
        let accept = if accept && day == 20 { &["--accept", "--reason", "new index"][..] } else { &[] };
        add(folder, day, p50, &[&["--label", version, "--version", version][..], accept].concat());
    }
}

fn shown(folder: &Path, args: &[&str]) -> Value {
    let shown = loaddiff(folder, &[&["history", "show", "history.jsonl", "--format", "json"][..], args].concat());
    assert_eq!(shown.status.code(), Some(0), "{}", err(&shown));
    serde_json::from_str(&out(&shown)).unwrap()
}

fn trend<'v>(shown: &'v Value, name: &str, metric: &str) -> &'v Value {
    let all = shown["trends"].as_array().unwrap();
    all.iter().find(|trend| trend["name"] == name && trend["metric"] == metric).unwrap()
}

#[test]
fn broken_since_the_planted_run() {
    let folder = tempfile::tempdir().unwrap();
    stepped(folder.path(), 1.2, false);
    let all = shown(folder.path(), &[]);
    let chat = trend(&all, "/chat", "p50_latency_ms");
    assert_eq!((&chat["state"], &chat["since_run"]), (&"broken".into(), &21.into()), "{chat:#}");
    assert_eq!(chat["levels"].as_array().unwrap().len(), 2);
    let change = chat["levels"][1]["change_pct"].as_f64().unwrap();
    assert!((change - 20.0).abs() < 0.01, "{change}");
    // Published: vector T15.
    let level = &chat["levels"][0];
    assert!((level["noise_pct"].as_f64().unwrap() - 9.795_400_04).abs() < 1e-6, "{level:#}");
    for (bound, published) in [394.159_580_911_892_4, 433.066_631_731_712_1].into_iter().enumerate() {
        assert!((level["next_run"][bound].as_f64().unwrap() - published).abs() < 1e-6, "{level:#}");
    }
    let models = trend(&all, "/models", "p50_latency_ms");
    assert_eq!((&models["state"], &models["since_run"]), (&"steady".into(), &Value::Null), "{models:#}");

    let text =
        out(&loaddiff(folder.path(), &["history", "show", "history.jsonl", "--endpoint", "CHAT", "--metric", "p95"]));
    assert!(text.starts_with("history.jsonl: 40 runs, 2026-01-01 to 2026-02-12\n1 of 1 metric is broken."), "{text}");
    assert!(text.contains("p95 of POST /chat  broken  785 ms  942 ms  +20 %"), "{text}");
    assert!(text.contains("run 21 (1.1, 2026-01-21)"), "{text}");
}

#[test]
fn an_accepted_level_is_the_good_one() {
    let folder = tempfile::tempdir().unwrap();
    stepped(folder.path(), 1.2, true);
    let all = shown(folder.path(), &["--endpoint", "/chat"]);
    let chat = trend(&all, "/chat", "p50_latency_ms");
    assert_eq!((&chat["state"], &chat["good_level"]), (&"steady".into(), &1.into()), "{chat:#}");
    assert_eq!((&all["runs"][20]["reason"], &all["runs"][20]["accepted"]), (&"new index".into(), &true.into()));
}

/// The HTML file leaves: it tells no id, token, host or person. What is printed here does not.
#[test]
fn the_html_file_of_a_history_is_masked() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = ["58213", "s3cr3tt0k3n", "jane.doe@example.com", "10.1.2.3"];
    for (day, p50) in T15.into_iter().enumerate() {
        let text = summary(p50, 9_000).replace("/chat", "/orders/58213?token=s3cr3tt0k3n");
        std::fs::write(folder.path().join("run_stats.csv"), text).unwrap();
        let at = format!("2026-01-{:02}T02:00:00Z", day + 1);
        let label = format!("v{day} of jane.doe@example.com");
        let args = ["history", "add", "run_stats.csv", "--to", "history.jsonl", "--at", &at, "--label", &label];
        let added = loaddiff(folder.path(), &[&args[..], &["--reason", "failed on http://10.1.2.3:8080/x"]].concat());
        assert_eq!(added.status.code(), Some(0), "{}", err(&added));
    }
    let mut lines = std::fs::read_to_string(folder.path().join("history.jsonl")).unwrap();
    lines.push_str("{\"history\":1,\"id\":\"x\",\"at\":\"2026-03-01T02:00:00Z\",\"users\":\"jane.doe@example.com\"}\n");
    std::fs::write(folder.path().join("history.jsonl"), lines).unwrap();
    let html = |more: &[&str]| {
        let args = ["history", "show", "history.jsonl", "--format", "html"];
        out(&loaddiff(folder.path(), &[&args[..], more].concat()))
    };
    let (masked, kept) = (html(&[]), html(&["--keep-names"]));
    for secret in secrets {
        assert!(!masked.contains(secret), "{secret}");
    }
    assert!(kept.contains("58213") && kept.contains("jane.doe@example.com"));
    assert!(masked.contains("/orders/…?token=…"));
    assert!(out(&loaddiff(folder.path(), &["history", "show", "history.jsonl", "--all"])).contains("/orders/58213"));
    let bytes = std::fs::read(folder.path().join("history.jsonl")).unwrap();
    let before = History::read("history.jsonl", &bytes).unwrap();
    let after = loaddiff::mask::history(before.clone());
    let told = format!("{:?}", after.runs);
    assert!(secrets.iter().all(|secret| !told.contains(secret)), "{told}");
    let figures = |history: &History| history.subjects.iter().map(|s| s.figures.clone()).collect::<Vec<_>>();
    assert_eq!(figures(&before), figures(&after));
    let names = after.subjects.iter().map(|s| s.label()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(names.len(), before.subjects.len());
}

#[test]
fn a_run_is_judged_against_the_last_good_level() {
    let folder = tempfile::tempdir().unwrap();
    stepped(folder.path(), 1.2, false);
    let judge = |p50: f64, more: &[&str]| {
        std::fs::write(folder.path().join("new_stats.csv"), summary(p50, 9_500)).unwrap();
        let args = ["compare", "--history", "history.jsonl", "--run", "new_stats.csv", "--format", "json"];
        loaddiff(folder.path(), &[&args[..], more].concat())
    };
    // As slow as since run 21: a regression, since that level is not the good one.
    let slow = judge(496.0, &[]);
    assert_eq!(slow.status.code(), Some(1), "{}", err(&slow));
    let report: Value = serde_json::from_str(&out(&slow)).unwrap();
    let text = report.to_string();
    // Geometric mean of T15, by hand: exp(mean ln) = 413.16.
    let mean = (T15.iter().map(|v| v.ln()).sum::<f64>() / 20.0).exp();
    assert!(text.contains(&format!("{mean:.3}")[..6]), "{mean} is not the baseline");
    // As fast as before it.
    let fast = judge(413.0, &[]);
    assert_eq!(fast.status.code(), Some(0), "{}", err(&fast));
    // The published 95 % prediction interval of the next run (vector T15): 394.16 to 433.07 ms.
    let lower = |p50: f64| {
        let report: Value = serde_json::from_str(&out(&judge(p50, &[]))).unwrap();
        let is_chat = |row: &&Value| row["name"] == "/chat" && row["metric"] == "p50_latency_ms";
        report["rows"].as_array().unwrap().iter().find(is_chat).unwrap()["evidence"]["lower"].as_f64().unwrap()
    };
    assert!(lower(432.9) < 0.0 && lower(433.3) > 0.0, "{} {}", lower(432.9), lower(433.3));
    // An old baseline of another version is told, with what to do.
    let old = judge(413.0, &["--baseline", "run3_stats.csv"]);
    let told = err(&old);
    assert!(told.contains("warning: The baseline is 39 days older than run 40"), "{told}");
    assert!(
        told.contains("of version 1.0, and run 20 (1.1, 2026-01-20), the last before the change, is of version 1.1"),
        "{told}"
    );
    assert!(told.contains("`loaddiff baseline FILES --output performance-baselines.json`"), "{told}");
    let other =
        loaddiff(folder.path(), &["compare", "--run", "new_stats.csv", "--history", "history.jsonl", "run3_stats.csv"]);
    assert_eq!(other.status.code(), Some(2));
}

/// The page, given a history and one run, judges that run as the command line does.
#[test]
fn the_page_judges_a_run_against_a_history_as_the_command_line_does() {
    use loaddiff::ingest;
    use loaddiff::session::{Command, Content, Session, Target, Update};

    let folder = tempfile::tempdir().unwrap();
    stepped(folder.path(), 1.2, false);
    let history = std::fs::read(folder.path().join("history.jsonl")).unwrap();
    for (p50, status) in [(496.0, 1), (413.0, 0)] {
        let new = summary(p50, 9_500);
        std::fs::write(folder.path().join("new_stats.csv"), &new).unwrap();
        let args = ["compare", "--history", "history.jsonl", "--run", "new_stats.csv", "--format", "json"];
        let told = loaddiff(folder.path(), &args);
        assert_eq!(told.status.code(), Some(status), "{}", err(&told));
        let report: Value = serde_json::from_str(&out(&told)).unwrap();
        let mut session = Session::new();
        let run = ingest::read("new_stats.csv", new.as_bytes()).unwrap();
        let contents = vec![loaddiff::session::history("history.jsonl", &history), Ok(Content::Parts(vec![run]))];
        let updates = session.apply(Command::Read { contents, target: Target::Anywhere });
        let (word, gate) = session.verdict().unwrap();
        assert_eq!(report["word"], word.to_lowercase().replace(' ', "_"));
        assert_eq!(report["gate"], gate);
        let bar = updates.iter().find_map(|update| match update {
            Update::Part { id, html } if id == "bar" => Some(html.as_str()),
            _ => None,
        });
        assert!(bar.unwrap().contains("last good of history.jsonl"), "{bar:?}");
    }
}

/// Two writers at a time, each with runs of its own.
#[test]
fn two_writers_do_not_mix_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let folder = folder.path();
            scope.spawn(move || (0..10).for_each(|run| drop(add(folder, writer * 10 + run, 400.0 + run as f64, &[]))));
        }
    });
    let bytes = std::fs::read(folder.path().join("history.jsonl")).unwrap();
    let history = History::read("history.jsonl", &bytes).unwrap();
    assert_eq!((history.runs.len(), history.troubles.len()), (20, 0));
    assert!(history.runs.is_sorted_by_key(|run| run.at_ms));
}

#[test]
fn a_line_that_was_cut_off_is_left_out_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    add(folder.path(), 0, 400.0, &[]);
    add(folder.path(), 1, 410.0, &[]);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.len() - 40]).unwrap();
    add(folder.path(), 2, 420.0, &[]);
    let shown = loaddiff(folder.path(), &["history", "show", "history.jsonl"]);
    assert_eq!(shown.status.code(), Some(0));
    assert!(out(&shown).starts_with("history.jsonl: 2 runs, 2026-01-01 to 2026-01-03\n"), "{}", out(&shown));
    let column = text.lines().nth(1).unwrap().len() + 1 - 40;
    assert_eq!(err(&shown), format!("warning: history.jsonl: line 2, column {column}: left out: it is cut off.\n"));
    // The same run again is not kept twice; with another label, its new line counts.
    assert!(err(&add(folder.path(), 2, 420.0, &[])).contains("it holds this run already"), "kept twice");
    add(folder.path(), 2, 420.0, &["--label", "v2"]);
    let history = History::read("history.jsonl", &std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(history.runs.len(), 2);
    assert_eq!(history.runs[1].label.as_deref(), Some("v2"));
}

/// Two branches that each add a run, merged by git as `merge=union` does.
#[test]
fn git_merges_two_branches() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    (0..3).for_each(|day| drop(add(folder.path(), day, 400.0, &[])));
    let base = std::fs::read_to_string(&file).unwrap();
    let mut sides = Vec::new();
    for (name, day) in [("ours", 3), ("theirs", 4)] {
        std::fs::write(&file, &base).unwrap();
        add(folder.path(), day, 405.0, &[]);
        let side = folder.path().join(name);
        std::fs::copy(&file, &side).unwrap();
        sides.push(side);
    }
    std::fs::write(folder.path().join("base"), base).unwrap();
    let merged = Command::new("git")
        .args(["merge-file", "--union", "-p", "theirs", "base", "ours"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let history = History::read("history.jsonl", &merged.stdout).unwrap();
    assert_eq!((history.runs.len(), history.troubles.len()), (5, 0));
    assert!(history.runs.is_sorted_by_key(|run| run.at_ms));
}

#[test]
fn lines_with_a_mistake() {
    let row = r#"["GET","/a",10,1,2,3,4,5,6,7]"#;
    let head = r#"{"history":1,"id":"a1","at":"2026-01-01T00:00:00Z","endpoints":["#;
    let whole = format!("{head}{row}]}}");
    for (line, column, says) in [
        ("{".to_owned(), Some(1), "cut off"),
        (whole.replace("\"history\":1", "\"history\":2"), None, "version 2"),
        (whole.replace("\"id\":\"a1\"", "\"id\":\"\""), None, "`id`"),
        (whole.replace("2026-01-01T00:00:00Z", "yesterday"), None, "2026-11-30T02:00:00Z"),
        (whole.replace(",10,1,", ",10,11,"), None, "more failures than requests"),
        (whole.replace(",4,5,", ",-4,5,"), None, "below 0"),
        (whole.replace(",4,5,", ",1e999,5,"), Some(90), "out of range"),
        (format!("{head}{row},{row}]}}"), None, "in it twice"),
        ("<<<<<<< HEAD".to_owned(), None, "merge conflict"),
        ("[1]".to_owned(), Some(1), "expected an object"),
    ] {
        let file = format!("{whole}\n\n{line}\n");
        let history = History::read("h.jsonl", file.as_bytes()).unwrap();
        assert_eq!(history.runs.len(), 1);
        let trouble = &history.troubles[0];
        assert_eq!((trouble.line, trouble.column), (Some(3), column), "{line}: {trouble}");
        assert!(trouble.text.contains(says), "{line}: {trouble}");
    }
    let error = History::read("h.jsonl", b"\xff\n").unwrap_err().to_string();
    assert!(error.starts_with("h.jsonl: It holds no run. The first mistake: line 1, column 1: "), "{error}");
    // Missing stays missing, and order does not count.
    let missing = whole.replace("[\"GET\",\"/a\",10,1,2,3,4,5,6,7]", "[null,\"/a\",null,null,null,3,null,5,null,null]");
    let read = line::read(missing.as_bytes()).unwrap();
    let figures = read.endpoints[0].figures;
    assert_eq!((figures.requests, figures.rate_per_s, figures.percentiles_ms[0]), (None, None, None));
    assert_eq!((figures.mean_ms, figures.percentiles_ms[1]), (Some(3.0), Some(5.0)));
    let other = whole.replace("a1", "b2").replace("2026-01-01", "2025-01-01");
    let there = History::read("h", format!("{whole}\n{other}\n").as_bytes()).unwrap();
    let back = History::read("h", format!("{other}\r\n{whole}\r\n{other}").as_bytes()).unwrap();
    assert_eq!(there, back);
}

/// What a line costs: about 80 bytes an endpoint.
#[test]
fn a_line_is_small() {
    let (base, _) = support::recorded_pair(50, support::Recorded::Csv);
    let text = line::write(&loaddiff::history::Entry::of(&base, 0), &base);
    assert!(text.len() <= 80 * base.endpoints.len() + 400, "{} bytes, {} endpoints", text.len(), base.endpoints.len());
    let read = line::read(text.trim_end().as_bytes()).unwrap();
    assert_eq!(read.endpoints.len(), base.endpoints.len());
    for (kept, endpoint) in read.endpoints.iter().zip(&base.endpoints) {
        assert_eq!((kept.method.as_ref(), &kept.name), (endpoint.method.as_ref(), &endpoint.name));
        assert_eq!(kept.figures.requests, endpoint.requests);
        let p95 = endpoint.latency.distribution.quantile_ms(loaddiff::run::Percentile::P95);
        assert_eq!(kept.figures.percentiles_ms[2], p95);
    }
}

/// 1,000 endpoints over 60 runs with this noise (sums of 12 uniform numbers), slower by a factor in the last ten.
fn simulated(seed: u64, noise: f64, factor: f64) -> Vec<State> {
    let mut random = SplitMix64::new(seed);
    let mut file = String::new();
    for run in 0..60 {
        let level = if run < 50 { 100.0 } else { 100.0 * factor };
        let row = |endpoint| {
            let normal = (0..12).map(|_| random.below(1000)).sum::<u64>() as f64 / 1000.0 - 5.994;
            let ms = level * (1.0 + noise * normal);
            format!("[null,\"/{endpoint:04}\",null,null,null,null,null,null,{ms:.3},null]")
        };
        let rows: Vec<String> = (0..1000).map(row).collect();
        file.push_str(&format!(
            "{{\"history\":1,\"id\":\"{run}\",\"at\":\"2026-01-01T00:{run:02}:00Z\",\"endpoints\":[{}]}}\n",
            rows.join(",")
        ));
    }
    let history = History::read("h.jsonl", file.as_bytes()).unwrap();
    assert_eq!(history.troubles, vec![]);
    trends(&history, |_, _| true).into_iter().map(|trend| trend.state).collect()
}

/// The figures of `docs/history.md`.
#[test]
fn equal_runs_are_rarely_broken_and_slower_ones_nearly_always() {
    let count = |states: &[State], is: fn(&State) -> bool| states.iter().filter(|state| is(state)).count();
    let broken: fn(&State) -> bool = |state| matches!(state, State::Broken { .. });
    let told: fn(&State) -> bool = |state| matches!(state, State::Broken { .. } | State::Suspected { .. });
    let equal = simulated(1, 0.03, 1.0);
    let slower = simulated(2, 0.03, 1.1);
    let noisy = simulated(3, 0.06, 1.0);
    let near: fn(&State) -> bool = |state| matches!(state, State::Broken { since: 49..=51 });
    let found = [&equal, &noisy].map(|states| (count(states, broken), count(states, told)));
    let seen = (count(&slower, broken), count(&slower, near));
    assert_eq!(equal.len(), 1000);
    println!("broken, and broken or suspected, of 1,000 equal: {found:?}; broken, and since the right run: {seen:?}");
    let [(broken, told), (noisy_broken, noisy_told)] = found;
    assert!(broken <= 5 && told <= 20 && noisy_broken <= 20 && noisy_told <= 50, "{found:?}");
    assert!(seen.0 >= 990 && seen.1 >= 950, "{seen:?}");
}

/// One endpoint, its p50 by run.
fn of_levels(levels: &[(u32, f64)]) -> loaddiff::history::Trend {
    let mut file = String::new();
    let values = levels.iter().flat_map(|(runs, ms)| (0..*runs).map(move |_| *ms));
    for (run, ms) in values.enumerate() {
        // Noise of ±1 %.
        let ms = ms * (1.0 + (run * 7 % 5) as f64 / 200.0 - 0.01);
        file.push_str(&format!(
            "{{\"history\":1,\"id\":\"{run}\",\"at\":\"2026-01-01T{:02}:{:02}:00Z\",\"endpoints\":\
             [[null,\"/\",null,null,null,null,{ms},null,null,null]]}}\n",
            run / 60,
            run % 60
        ));
    }
    let history = History::read("h.jsonl", file.as_bytes()).unwrap();
    trends(&history, |_, _| true).remove(0)
}

#[test]
fn a_few_lucky_runs_are_no_good_level() {
    let state = |levels: &[(u32, f64)]| of_levels(levels).state;
    assert_eq!(state(&[(30, 100.0), (5, 80.0), (30, 100.0)]), State::Steady);
    // A better level that lasts is one.
    assert_eq!(state(&[(30, 100.0), (15, 80.0), (15, 100.0)]), State::Broken { since: 45 });
    // An episode of slow runs is over; one at the end is not confirmed by two runs.
    assert_eq!(state(&[(30, 100.0), (5, 120.0), (30, 100.0)]).since(), Some(35));
    assert_eq!(state(&[(30, 100.0), (2, 120.0)]), State::Suspected { since: 30 });
    assert_eq!(state(&[(30, 100.0), (3, 120.0)]), State::Broken { since: 30 });
    assert_eq!(state(&[(30, 100.0), (10, 80.0)]), State::Improved { since: 30 });
    // Worse twice is broken since the first time.
    assert_eq!(state(&[(30, 100.0), (12, 110.0), (12, 130.0)]), State::Broken { since: 30 });
    assert_eq!(state(&[(4, 100.0)]), State::TooFew);
}

/// A large file is read on several threads: lines keep their numbers.
#[test]
fn a_large_file_has_its_line_numbers() {
    let reason = "x".repeat(1_900);
    let line = |run: u32| match run {
        100 | 1_999 | 3_998 => "{broken".to_owned(),
        _ => format!(
            "{{\"history\":1,\"id\":\"{run}\",\"at\":\"2026-01-01T00:00:00Z\",\"reason\":\"{reason}\",\"endpoints\":[]}}"
        ),
    };
    let file: Vec<String> = (1..4_000).map(line).collect();
    let history = History::read("h.jsonl", file.join("\n").as_bytes()).unwrap();
    let lines: Vec<Option<usize>> = history.troubles.iter().map(|trouble| trouble.line).collect();
    assert_eq!((history.runs.len(), lines), (3_996, vec![Some(100), Some(1_999), Some(3_998)]));
}
