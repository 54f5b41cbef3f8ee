//! `loaddiff issue` and `loaddiff comment` against a server on this machine that behaves as GitHub's API does.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/github.rs"]
mod api;
mod support;

use std::net::TcpListener;
use std::process::{Command, Output};

use api::{Api, Fault, TOKEN};
use loaddiff::link;
use serde_json::{Value, json};

const BASE: &str = "locust/2.47.0/base_stats.csv";
const SLOW: &str = "locust/2.47.0/slow_stats.csv";

const ISSUES: &str = "/repos/octo/load/issues";

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn slower(api: &Api, more: &[&str]) -> Output {
    api.loaddiff(&[&["issue", "--baseline", BASE, "--run", SLOW], more].concat())
}

/// The scripts' golden case with its sides swapped: everything passes.
fn mended(api: &Api, more: &[&str]) -> Output {
    let (baseline, run) = ("scripts/report-1/load-results.csv", "scripts/report-1/performance-baselines.json");
    api.loaddiff(&[&["issue", "--profile", "seed-v1", "--baseline", baseline, "--run", run], more].concat())
}

fn ok(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}{}", out(output), err(output));
    out(output)
}

#[test]
fn an_issue_is_opened_then_commented_then_closed() {
    let api = Api::start();
    assert_eq!(ok(&slower(&api, &[])), "Opened issue #1: https://github.example/octo/load/issues/1\n");
    assert_eq!(api.take(), [format!("GET {ISSUES}"), format!("POST {ISSUES}")]);
    let issue = api.state().issues[0].clone();
    let title = issue["title"].as_str().unwrap();
    assert!(
        title.starts_with("🚨 Critical Performance Regression Detected (") && title.ends_with(" metrics)"),
        "{title}"
    );
    let labels: Vec<&Value> = issue["labels"].as_array().unwrap().iter().map(|l| &l["name"]).collect();
    assert_eq!(labels, ["performance", "regression", "automated", "priority-critical"]);
    let body = issue["body"].as_str().unwrap();
    let (marker, report) = body.split_once('\n').unwrap();
    assert!(marker.starts_with("<!-- loaddiff: issue ") && marker.ends_with(" -->"), "{marker}");
    let review = api.loaddiff(&["report", "--format", "review", "--baseline", BASE, "--run", SLOW]);
    assert_eq!(report, out(&review), "what leaves is the report, and nothing else");

    assert!(ok(&slower(&api, &[])).starts_with("Commented on issue #1: "));
    let state = api.state();
    assert_eq!((state.issues.len(), state.comments.len()), (1, 1));
    let comment = state.comments[0].1["body"].as_str().unwrap();
    assert!(comment.starts_with("<!-- loaddiff: update ") && comment.contains(title), "{comment}");
    drop(state);

    // Only if asked for.
    api.take();
    ok(&mended(&api, &[]));
    assert_eq!(api.take(), [""; 0]);
    assert!(ok(&mended(&api, &["--when-gone", "comment"])).starts_with("Commented on issue #1: "));
    assert_eq!(api.state().issues[0]["state"], "open");
    assert!(api.state().comments[1].1["body"].as_str().unwrap().contains("**✅ The regression is gone**"));
    // It stays gone: told once.
    assert_eq!(ok(&mended(&api, &["--when-gone", "comment"])), "Issue #1 says already that the regression is gone.\n");
    assert!(ok(&mended(&api, &["--when-gone", "close"])).starts_with("Closed issue #1: "));
    let state = api.state();
    assert_eq!(state.comments.len(), 2);
    assert_eq!((&state.issues[0]["state"], &state.issues[0]["state_reason"]), (&json!("closed"), &json!("completed")));
    drop(state);
    // Nothing is open any more; a new regression is a new issue.
    assert!(ok(&mended(&api, &["--when-gone", "close"])).starts_with("Nothing fails or warns, and no issue is open"));
    assert!(ok(&slower(&api, &[])).starts_with("Opened issue #4: "));
}

/// No verdict is no proof that a regression is gone.
#[test]
fn no_verdict_closes_nothing() {
    let api = Api::start();
    ok(&slower(&api, &[]));
    api.take();
    let same = api.loaddiff(&["issue", "--when-gone", "close", "--baseline", BASE, "--run", BASE]);
    assert_eq!(ok(&same), "There is no verdict, so that there is nothing to send.\n");
    // Nor does a gate that passes without a verdict.
    let passed =
        api.loaddiff(&["issue", "--when-gone", "close", "--no-verdict", "pass", "--baseline", BASE, "--run", BASE]);
    ok(&passed);
    assert_eq!(api.take(), [""; 0]);
    assert_eq!(api.state().issues[0]["state"], "open");
}

#[test]
fn the_issue_is_found_on_a_later_page_by_key_and_never_in_a_pull_request() {
    let api = Api::start();
    let labels = json!([{ "name": "performance" }, { "name": "regression" }, { "name": "automated" }]);
    assert!(ok(&slower(&api, &["--key", "api"])).starts_with("Opened"));
    {
        let mut state = api.state();
        let marker = state.issues[0]["body"].clone();
        for number in 100..106 {
            let body = json!("<!-- loaddiff: issue of another -->");
            state.issues.push(json!({ "number": number, "state": "open", "labels": labels, "body": body }));
        }
        // Newest first: these come before the real one.
        state
            .issues
            .push(json!({ "number": 200, "state": "open", "labels": labels, "body": marker, "pull_request": {} }));
        let quoted = json!(format!("> {}", marker.as_str().unwrap()));
        state.issues.push(json!({ "number": 201, "state": "open", "labels": labels, "body": quoted }));
        state.per_page = Some(3);
    }
    api.take();
    assert!(ok(&slower(&api, &["--key", "api"])).starts_with("Commented on issue #1: "));
    assert_eq!(api.take().iter().filter(|line| line.starts_with("GET")).count(), 3);
    // Another load test of the same repository.
    assert!(ok(&slower(&api, &["--key", "web"])).starts_with("Opened issue #"));
    // Its default is the workflow.
    let mut command = api.command(&["issue", "--baseline", BASE, "--run", SLOW]);
    assert!(ok(&command.env("GITHUB_WORKFLOW", "api").output().unwrap()).starts_with("Commented on issue #1: "));
}

#[test]
fn a_post_that_may_have_been_carried_out_is_not_sent_twice() {
    for fault in [Fault::DoneThenCut, Fault::DoneThen(502)] {
        let api = Api::start();
        api.plan("POST /repos/octo/load/issues", fault.clone());
        assert!(ok(&slower(&api, &[])).starts_with("Opened issue #1: "), "{fault:?}");
        assert_eq!(api.state().issues.len(), 1, "{fault:?}");
        assert_eq!(api.take(), [format!("GET {ISSUES}"), format!("POST {ISSUES}"), format!("GET {ISSUES}")]);
        api.plan("POST /repos/octo/load/issues/1/comments", fault.clone());
        assert!(ok(&slower(&api, &[])).starts_with("Commented on issue #1: "), "{fault:?}");
        assert_eq!(api.state().comments.len(), 1, "{fault:?}");
    }
    for fault in [Fault::Cut, Fault::Answer(503, Vec::new(), Value::Null)] {
        let api = Api::start();
        api.plan("POST /repos/octo/load/issues", fault.clone());
        ok(&slower(&api, &[]));
        assert_eq!(api.state().issues.len(), 1, "sent again: {fault:?}");
    }
}

/// Waits as long as it is told to, and says when to come back where that is too long.
#[test]
fn rate_limits() {
    let limited = |status, headers: Vec<(&'static str, String)>, message: &str| {
        Fault::Answer(status, headers, json!({ "message": message }))
    };
    let api = Api::start();
    api.plan("GET", limited(429, vec![("Retry-After", "1".into())], "slow down"));
    ok(&slower(&api, &[]));

    api.plan("GET", limited(403, vec![("Retry-After", "90".into())], "You have exceeded a secondary rate limit"));
    let late = slower(&api, &[]);
    assert_eq!(late.status.code(), Some(2));
    assert!(
        err(&late).contains("did not list the open issues (403, “You have exceeded a secondary rate limit”)"),
        "{}",
        err(&late)
    );
    assert!(
        err(&late).contains("The rate limit is reached. Try again after 20") && err(&late).contains("(in 90 s)"),
        "{}",
        err(&late)
    );

    let far = || vec![("x-ratelimit-remaining", "0".into()), ("x-ratelimit-reset", "4102444800".into())];
    api.plan("GET", limited(403, far(), "API rate limit exceeded"));
    // The moment is that of the header: 2100-01-01, and a second for clocks that differ.
    assert!(err(&slower(&api, &[])).contains("Try again after 2100-01-01T00:00:01"), "{}", err(&slower(&api, &[])));

    let past = || vec![("x-ratelimit-remaining", "0".into()), ("x-ratelimit-reset", "1".into())];
    api.plan("GET", limited(429, past(), "API rate limit exceeded"));
    ok(&slower(&api, &[]));

    // Without headers, GitHub asks for a minute.
    api.plan("GET", limited(429, Vec::new(), "too many"));
    assert!(err(&slower(&api, &["--max-wait", "5"])).contains("(in 60 s)"));
}

#[test]
fn each_refusal_has_its_next_step() {
    let api = Api::start();
    let said = json!({ "message": "The server's words" });
    let validation = json!({ "message": "Validation Failed", "errors": [{ "resource": "Issue", "field": "title", "code": "missing_field" }, "odd"] });
    for (status, body, expected) in [
        (401, said.clone(), "GITHUB_TOKEN"),
        (403, said.clone(), "permissions: issues: write"),
        (404, said.clone(), "There is no such repository"),
        (410, said.clone(), "Issues are turned off in this repository."),
        (422, validation, "title missing_field; odd"),
        (301, said.clone(), "The repository has moved."),
        (307, said.clone(), "The repository has moved."),
        (418, said.clone(), "Check GITHUB_API_URL."),
    ] {
        api.plan("GET", Fault::Answer(status, vec![("Location", format!("{}/elsewhere", api.url))], body));
        let refused = slower(&api, &[]);
        let lines = err(&refused);
        assert_eq!(refused.status.code(), Some(2), "{status}");
        assert!(lines.starts_with("error: GitHub did not list the open issues ("), "{lines}");
        assert!(lines.contains(&status.to_string()) && lines.contains(expected), "{lines}");
        assert_eq!(lines.lines().count(), 1, "{lines}");
        assert_eq!(api.take(), [format!("GET {ISSUES}")], "{status}: sent once, and to nowhere else");
    }
    for _ in 0..4 {
        api.plan("GET", Fault::Answer(500, Vec::new(), Value::Null));
    }
    let broken = slower(&api, &["--max-wait", "4"]);
    assert!(err(&broken).contains("(500). GitHub has a problem. Try again later"), "{}", err(&broken));
    assert_eq!(api.take().len(), 4);
    // A page in the place of an answer.
    api.plan("GET", Fault::Answer(200, Vec::new(), json!({ "not": "a list" })));
    assert!(err(&slower(&api, &[])).contains("has not the expected fields"));
}

#[test]
fn time_outs_and_dead_servers_end_the_wait() {
    let api = Api::start();
    api.plan("GET", Fault::Silence);
    let silent = slower(&api, &["--timeout", "1", "--max-wait", "0"]);
    assert_eq!(silent.status.code(), Some(2));
    assert!(err(&silent).contains("no answer within the time-out. Try again, or raise --timeout."), "{}", err(&silent));
    api.plan("POST", Fault::Silence);
    let silent = slower(&api, &["--timeout", "1", "--max-wait", "0"]);
    assert!(err(&silent).contains("It is unknown whether it was carried out"), "{}", err(&silent));

    // A port that nothing listens on.
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let mut command = api.command(&["issue", "--max-wait", "0", "--baseline", BASE, "--run", SLOW]);
    let refused = command.env("GITHUB_API_URL", format!("http://127.0.0.1:{port}")).output().unwrap();
    assert!(err(&refused).contains("the connection is refused"), "{}", err(&refused));
}

/// Not even a server that repeats the token gets it shown.
#[test]
fn the_token_is_never_shown() {
    let api = Api::start();
    api.plan("GET", Fault::Answer(401, Vec::new(), json!({ "message": format!("bad token {TOKEN}") })));
    // `loaddiff` checks both streams.
    assert!(err(&slower(&api, &[])).contains("“bad token ***”"));
    ok(&slower(&api, &[]));
    for request in &api.state().requests {
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {TOKEN}")));
        assert!(!request.body.to_string().contains(TOKEN) && !request.path.contains(TOKEN));
    }
    // Sent to no other machine without encryption, and nowhere at all if it is no token.
    let with = |name: &str, value: &str| {
        let mut command = api.command(&["issue", "--baseline", BASE, "--run", SLOW]);
        let output = command.env(name, value).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(!err(&output).contains("Sup3rS3cret"), "{}", err(&output));
        err(&output)
    };
    assert!(with("GITHUB_API_URL", "http://api.example.org").contains("unencrypted"));
    assert!(with("GITHUB_TOKEN", "ghs_Sup3rS3cret\nX-Other: 1").contains("holds a character that no token has"));
    assert!(with("GITHUB_TOKEN", "").contains("no token is set"));
    assert!(with("GITHUB_REPOSITORY", "../../user").contains("repository"));
}

#[test]
fn a_dry_run_sends_nothing_and_needs_no_token() {
    let api = Api::start();
    let mut command = api.command(&["issue", "--dry-run", "--baseline", BASE, "--run", SLOW]);
    let printed = ok(&command.env_remove("GITHUB_TOKEN").output().unwrap());
    let (line, json) = printed.split_once('\n').unwrap();
    assert_eq!(line, format!("POST {}{ISSUES}", api.url));
    let request: Value = serde_json::from_str(json).unwrap();
    assert_eq!(api.take(), [""; 0]);
    ok(&slower(&api, &[]));
    assert_eq!(api.state().requests[1].body, request, "what is sent is what was printed");
    api.take();
    let printed = ok(&mended(&api, &["--dry-run", "--when-gone", "close"]));
    assert!(printed.contains("/issues/NUMBER/comments\n") && printed.contains("PATCH "), "{printed}");
    assert_eq!(api.take(), [""; 0]);
}

#[test]
fn the_commit_and_the_workflow_run_are_named_if_they_are_ones() {
    let body = |sha: &str, run: &str| {
        let api = Api::start();
        let mut command = api.command(&["issue", "--baseline", BASE, "--run", SLOW]);
        command.env("GITHUB_SERVER_URL", "https://github.example").env("GITHUB_SHA", sha).env("GITHUB_RUN_ID", run);
        ok(&command.output().unwrap());
        let body = api.state().issues[0]["body"].as_str().unwrap().to_owned();
        body.lines().last().unwrap().to_owned()
    };
    let sha = "0123456789abcdef0123456789abcdef01234567";
    let link = "[workflow run 77](https://github.example/octo/load/actions/runs/77)";
    assert_eq!(body(sha, "77"), format!("Commit {sha} · {link}"));
    assert_eq!(body("](https://example.org)", "77"), link);
    assert!(body("x", "7)](x").starts_with("Gate: "));
}

#[test]
fn labels_that_are_left_out_are_told() {
    let api = Api::start();
    api.state().drops_labels = true;
    let opened = slower(&api, &[]);
    assert!(ok(&opened).starts_with("Opened"));
    assert!(
        err(&opened).contains("warning: GitHub left out the labels performance, regression, automated"),
        "{}",
        err(&opened)
    );
}

#[test]
fn a_pull_request_has_one_comment_which_is_updated() {
    let api = Api::start();
    let on = |run: &str| {
        let mut command =
            api.command(&["comment", "--pull-request", "7", "--no-verdict", "pass", "--baseline", BASE, "--run", run]);
        ok(&command.env("GITHUB_WORKFLOW", "load").output().unwrap())
    };
    // Somebody else wrote the same marker before.
    on(SLOW);
    let marker = api.state().comments[0].1["body"].as_str().unwrap().lines().next().unwrap().to_owned();
    api.state().comments[0].1["user"] = json!({ "login": "mallory", "type": "User" });
    assert!(on(SLOW).starts_with("Commented on pull request #7: "));
    assert!(on(BASE).starts_with("Updated the comment on pull request #7: "));
    let state = api.state();
    assert_eq!(state.comments.len(), 2);
    let body = |at: usize| state.comments[at].1["body"].as_str().unwrap().to_owned();
    assert!(body(0).contains("Regressed") && body(1).contains("Not comparable"), "{}", body(1));
    assert_eq!(body(1).lines().next().unwrap(), marker);
    drop(state);
    // A person's token knows its name.
    api.state().person = Some("octocat");
    api.plan("GET /user", Fault::Answer(502, Vec::new(), Value::Null));
    assert!(on(SLOW).starts_with("Commented"));
    assert!(on(SLOW).starts_with("Updated"));
    assert_eq!(api.state().comments.len(), 3);
}

#[test]
fn the_pull_request_is_that_of_the_event() {
    let api = Api::start();
    let dir = std::env::temp_dir().join(format!("loaddiff-event-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let event = dir.join("event.json");
    std::fs::write(&event, "{\"number\": 1, \"pull_request\": {\"number\": 42}}").unwrap();
    let args = ["comment", "--baseline", BASE, "--run", SLOW];
    let run = |with: &dyn Fn(&mut Command)| {
        let mut command = api.command(&args);
        with(&mut command);
        command.output().unwrap()
    };
    let by_event = run(&|c| {
        c.env("GITHUB_EVENT_PATH", &event);
    });
    assert!(ok(&by_event).starts_with("Commented on pull request #42: "));
    let by_ref = run(&|c| {
        c.env("GITHUB_REF", "refs/pull/43/merge");
    });
    assert!(ok(&by_ref).starts_with("Commented on pull request #43: "));
    let of_none = run(&|_| {});
    assert_eq!(of_none.status.code(), Some(2));
    assert!(err(&of_none).contains("Name it with --pull-request NUMBER."), "{}", err(&of_none));
    std::fs::remove_dir_all(&dir).unwrap();
}

/// What was compared once is told without the result files, with the same words and a link to the same verdict.
#[test]
fn a_report_stands_for_its_files() {
    let api = Api::start();
    let dir = std::env::temp_dir().join(format!("loaddiff-told-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let html = dir.join("report.html");
    let html = html.to_str().unwrap();
    let written = api.loaddiff(&["report", "--format", "html", "--output", html, "--baseline", BASE, "--run", SLOW]);
    assert_eq!(written.status.code(), Some(1));
    let page = ["--base-url", "https://example.org/loaddiff/"];
    ok(&api.loaddiff(&[&["comment", "--pull-request", "1", "--report", html][..], &page].concat()));
    ok(&api.loaddiff(&[&["comment", "--pull-request", "2", "--baseline", BASE, "--run", SLOW][..], &page].concat()));
    let state = api.state();
    let bodies: Vec<&str> = state.comments.iter().map(|(_, c)| c["body"].as_str().unwrap()).collect();
    let parts: Vec<(&str, &str)> = bodies.iter().map(|b| b.split_once("[The whole report](").unwrap()).collect();
    assert_eq!(parts[0].0, parts[1].0);
    for (_, link) in parts {
        let link = link.split(')').next().unwrap();
        assert!(link.starts_with("https://example.org/loaddiff/#r1."), "{link}");
        assert_eq!(link::decode(link).unwrap().judge().word.as_str(), "REGRESSED");
    }
    drop(state);
    let both = api.loaddiff(&["issue", "--report", html, "--baseline", BASE, "--run", SLOW]);
    assert_eq!(both.status.code(), Some(2));
    std::fs::remove_dir_all(&dir).unwrap();
}

/// What the four scripts did in a night, over recorded runs of Locust: `tests/pipeline/run.sh` does the same with Locust
/// itself.
#[test]
fn the_pipeline_of_the_scripts() {
    let api = Api::start();
    let dir = std::env::temp_dir().join(format!("loaddiff-pipeline-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let baselines = dir.join("performance-baselines.json");
    let baselines = baselines.to_str().unwrap();
    let files = |pair: &str, side: &str| {
        ["stats", "stats_history", "failures"].map(|kind| format!("pairs/{pair}/{side}_{kind}.csv"))
    };
    // The change of this pair, by its manifest: every endpoint 60 % slower.
    let (first, slowed, mended) =
        (files("locust-all-60", "base"), files("locust-all-60", "run"), files("locust-same-1", "base"));
    let with = |words: &[&str], files: &[String], more: &[&str]| {
        let files = files.iter().map(String::as_str);
        api.loaddiff(&words.iter().copied().chain(files).chain(more.iter().copied()).collect::<Vec<_>>())
    };

    let metrics: Value = serde_json::from_str(&ok(&with(&["extract"], &slowed, &[]))).unwrap();
    assert!(metrics["POST /v1/chat"]["p95_latency_ms"].is_number(), "{metrics}");
    ok(&with(&["baseline"], &first, &["--output", baselines]));

    let against =
        |command: &str, run: &[String], more: &[&str]| with(&[command, "--baseline", baselines, "--run"], run, more);
    let compared = against("compare", &slowed, &["--format", "json"]);
    assert_eq!(compared.status.code(), Some(1));
    let report: Value = serde_json::from_str(&out(&compared)).unwrap();
    assert_eq!((&report["word"], &report["gate"]), (&json!("regressed"), &json!("fail")));

    let linked = ok(&against("link", &slowed, &["--base-url", "https://example.org/"]));
    let judged = link::decode(linked.trim()).unwrap().judge();
    assert_eq!((judged.word.code(), judged.gate.as_str()), ("regressed", "fail"));

    let night = ["--when-gone", "close", "--base-url", "https://example.org/"];
    assert!(ok(&against("issue", &slowed, &night)).starts_with("Opened issue #1: "));
    assert!(api.state().issues[0]["body"].as_str().unwrap().contains(linked.trim()));
    assert!(ok(&against("issue", &slowed, &night)).starts_with("Commented on issue #1: "));
    assert_eq!(against("compare", &mended, &[]).status.code(), Some(0));
    assert!(ok(&against("issue", &mended, &night)).starts_with("Closed issue #1: "));
    let state = api.state();
    assert_eq!((state.issues.len(), state.comments.len()), (1, 2));
    assert_eq!(state.issues[0]["state"], "closed");
    std::fs::remove_dir_all(&dir).unwrap();
}
