//! The steps of the GitHub Action, run with a runner's environment variables, and the files that they write.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/github.rs"]
mod api;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use api::{Api, Fault, TOKEN};
use serde_json::json;
use support::{fixture, project};

/// A job on a runner: a folder to work in, and the files that steps write.
struct Job {
    folder: PathBuf,
    env: BTreeMap<String, String>,
}

impl Job {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("loaddiff-job-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("temp")).unwrap();
        fs::create_dir_all(folder.join("work")).unwrap();
        let bin = Path::new(env!("CARGO_BIN_EXE_loaddiff")).parent().unwrap();
        let mut job = Self { folder, env: BTreeMap::new() };
        for file in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH"] {
            fs::write(job.file(file), "").unwrap();
            job.set(file, job.file(file).to_str().unwrap());
        }
        job.set("RUNNER_TEMP", job.folder.join("temp").to_str().unwrap());
        job.set("RUNNER_OS", "Linux");
        job.set("RUNNER_ARCH", "X64");
        job.set("GITHUB_ACTIONS", "true");
        job.set("GITHUB_REPOSITORY", "octo/load");
        job.set("PATH", &format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
        job.set("HOME", &std::env::var("HOME").unwrap_or_default());
        job.set("LOADDIFF_ACTION", project("action").to_str().unwrap());
        job
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn set(&mut self, name: &str, value: &str) {
        self.env.insert(name.into(), value.into());
    }

    /// Runs a step in the work folder, with these variables and no others.
    fn step(&self, words: &[&str]) -> Output {
        let mut command = Command::new("bash");
        command.arg(project("action").join(words[0])).args(&words[1..]);
        let output = command.current_dir(self.folder.join("work")).env_clear().envs(&self.env).output().unwrap();
        let shown = [output.stdout.as_slice(), &output.stderr].concat();
        assert!(!String::from_utf8_lossy(&shown).contains(TOKEN), "the token is shown");
        output
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// The outputs as the runner reads them: lines `name=value`, or the delimited form, which no step writes.
    fn outputs(&self) -> BTreeMap<String, String> {
        let split = |line: &str| line.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned())).expect(line);
        self.text("GITHUB_OUTPUT").lines().map(split).collect()
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The workflow commands that a runner carries out of a step's output: `actions/runner`, `ActionCommand.cs`. A line that
/// begins with `::` is one; `##[` begins one anywhere in a line; between `stop-commands` and its token nothing is.
fn commands(output: &Output) -> Vec<(String, String)> {
    let text = String::from_utf8(output.stdout.clone()).unwrap() + &String::from_utf8(output.stderr.clone()).unwrap();
    let (mut stopped, mut all): (Option<String>, _) = (None, Vec::new());
    for line in text.lines() {
        let v2 = line.trim_start().strip_prefix("::").and_then(|rest| rest.split_once("::"));
        match (&stopped, v2) {
            (Some(token), Some((name, _))) if name == token => stopped = None,
            (Some(_), _) => {}
            (None, Some(("stop-commands", token))) => stopped = Some(token.to_owned()),
            (None, Some((name, data))) => {
                // As the runner reads them back, `%25` last.
                let read = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
                let name = name.replace("%3A", ":").replace("%2C", ",");
                all.push((read(&name), read(data)));
            }
            (None, None) => assert!(!line.contains("##["), "{line}"),
        }
    }
    assert_eq!(stopped, None, "the runner carries out commands again");
    all
}

fn compare(name: &str, baseline: &str, run: &str) -> Job {
    let mut job = Job::new(name);
    job.set("LOADDIFF_BASELINE", baseline);
    job.set("LOADDIFF_RUN", run);
    for side in ["base", "slow"] {
        for kind in ["stats", "stats_history", "failures"] {
            let from = fixture(&format!("locust/2.47.0/{side}_{kind}.csv"));
            fs::copy(from, job.folder.join(format!("work/{side}_{kind}.csv"))).unwrap();
        }
    }
    job
}

#[test]
fn a_regression_is_told_everywhere_and_fails_the_job() {
    let mut job = compare("regressed", "base_*.csv\n", "  slow_*.csv\r\n\n");
    job.set("LOADDIFF_BASE_URL", "https://example.org/loaddiff/");
    let output = job.step(&["compare.sh"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));

    let outputs = job.outputs();
    let value = |name: &str| outputs.get(name).map(String::as_str).unwrap_or_default();
    assert_eq!((value("verdict"), value("word"), value("code")), ("fail", "REGRESSED", "1"));
    assert!(value("failures").parse::<u32>().unwrap() > 0);
    let shared = loaddiff::link::decode(value("link")).unwrap();
    assert_eq!(shared.judge().word.as_str(), "REGRESSED");

    let summary = job.text("GITHUB_STEP_SUMMARY");
    assert!(summary.starts_with("## ▲ Regressed: slow against base\n") && summary.contains(value("link")), "{summary}");

    let told = commands(&output);
    assert_eq!(told[0].0, "error title=Load test: REGRESSED");
    assert!(
        told.iter().any(|(name, text)| name == "error title=POST /v1/chat" && text.contains("240 ms → 390 ms")),
        "{told:?}"
    );
    assert!(told.len() <= 20, "GitHub shows ten of each kind");

    // What is kept: reports alone, all of them.
    let mut kept: Vec<_> =
        fs::read_dir(value("folder")).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    kept.sort();
    assert_eq!(kept, ["loaddiff-junit.xml", "loaddiff-report.html", "loaddiff-report.json", "loaddiff-review.md"]);
    let report = fs::read_to_string(value("report")).unwrap();
    assert!(loaddiff::report::html::is_report(&report));

    let mut gate = Job::new("gate");
    for (code, ends, says) in [("0", 0, "passes"), ("1", 1, "fails"), ("3", 3, "no verdict"), ("", 2, "no comparison")]
    {
        gate.set("LOADDIFF_CODE", code);
        let ended = gate.step(&["gate.sh"]);
        assert_eq!(ended.status.code(), Some(ends), "{code}");
        assert!(String::from_utf8_lossy(&ended.stdout).contains(says), "{code}");
    }
}

#[test]
fn repeated_runs_are_lines_and_options_are_passed_on() {
    let mut job = compare("repeats", "one\nbase_stats.csv", "slow_stats.csv\n two runs/*.csv ");
    for folder in ["one", "two runs"] {
        fs::create_dir(job.folder.join("work").join(folder)).unwrap();
    }
    fs::copy(fixture("pairs/locust-same-1/base_stats.csv"), job.folder.join("work/one/a_stats.csv")).unwrap();
    fs::copy(fixture("pairs/locust-same-2/base_stats.csv"), job.folder.join("work/two runs/b_stats.csv")).unwrap();
    job.set("LOADDIFF_PROFILE", "seed-v1");
    let output = job.step(&["compare.sh"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let report = fs::read_to_string(Path::new(&job.outputs()["folder"]).join("loaddiff-report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["profile"], "seed-v1");
    let names = |side: &str| -> Vec<String> {
        let files = report["runs"][side]["files"].as_array().unwrap();
        files.iter().map(|f| f["name"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (names("baseline"), names("run")),
        (
            vec!["a_stats.csv".to_owned(), "base_stats.csv".to_owned()],
            vec!["slow_stats.csv".to_owned(), "b_stats.csv".to_owned()],
        )
    );
}

#[test]
fn mistakes_end_the_step_with_an_annotation() {
    let job = compare("nothing", "base_stats.csv", "nowhere-*.csv");
    let output = job.step(&["compare.sh"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(commands(&output), [("error title=loaddiff".into(), "run: no file matches “nowhere-*.csv”.".into())]);

    let job = compare("unnamed", " \n", "slow_stats.csv");
    let output = job.step(&["compare.sh"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(commands(&output)[0].1, "no result files are named. Set the inputs baseline and run.");

    let job = compare("unreadable", "base_stats.csv", "odd.csv");
    fs::write(job.folder.join("work/odd.csv"), "no result\n").unwrap();
    let output = job.step(&["compare.sh"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(commands(&output)[0].1.contains("could not be compared"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("odd.csv:1:1: The format is not recognised."));
}

/// Names from results, and names of files, are no commands of a shell or of the runner.
#[test]
fn hostile_names_do_nothing() {
    let job = compare("hostile", "$(touch pwned-1)*.csv", "*pwned-2*");
    let name = "/x##[set-output name=verdict]pass\n::set-output name=verdict::pass\r\n::add-mask::p%0A::error::x";
    let csv = |p50: u32| {
        let quoted = name.replace('"', "\"\"");
        format!(
            "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response \
             Time,Average Content Size,Requests/s,Failures/s,50%,95%,99%,100%\n\
             GET,\"{quoted}\",100000,0,{p50},{p50},1,900,10,50.0,0.0,{p50},{p50},{p50},900\n\
             ,Aggregated,100000,0,{p50},{p50},1,900,10,50.0,0.0,{p50},{p50},{p50},900\n"
        )
    };
    let work = job.folder.join("work");
    fs::write(work.join("$(touch pwned-1)_stats.csv"), csv(100)).unwrap();
    fs::write(work.join("-`touch pwned-2`_stats.csv"), csv(300)).unwrap();
    let output = job.step(&["compare.sh"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(job.outputs()["verdict"], "fail");
    assert_eq!(job.text("GITHUB_OUTPUT").lines().filter(|line| line.starts_with("verdict")).count(), 1);
    for (command, _) in commands(&output) {
        assert!(command.starts_with("error title=") || command.starts_with("warning title="), "{command}");
    }
    // Read as a stream, the annotations are the same.
    let (base, run) = ("$(touch pwned-1)_stats.csv", "./-`touch pwned-2`_stats.csv");
    let args = ["report", "--format", "github-annotations", "--baseline", base, "--run", run];
    let stream = Command::new(env!("CARGO_BIN_EXE_loaddiff")).args(args).current_dir(&work).output().unwrap();
    assert_eq!(commands(&stream), commands(&output));
    let there = fs::read_dir(&work).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    assert!(!there.into_iter().any(|name| name.starts_with("pwned")));
}

#[test]
fn the_comment_and_the_issue_never_decide_the_job() {
    let api = Api::start();
    let mut job = compare("told", "base_*.csv", "slow_*.csv");
    assert!(job.step(&["compare.sh"]).status.success());
    let event = job.file("event.json");
    fs::write(&event, "{\"pull_request\": {\"number\": 9}}").unwrap();
    for (name, value) in [
        ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
        ("GITHUB_API_URL", &api.url),
        ("GITHUB_TOKEN", TOKEN),
        ("LOADDIFF_REPORT", &job.outputs()["report"]),
        ("LOADDIFF_ISSUE", "close"),
        ("LOADDIFF_KEY", "a key; with $(words)"),
    ] {
        job.set(name, value);
    }
    for _ in 0..2 {
        let told = job.step(&["tell.sh", "comment"]);
        assert!(told.status.success() && commands(&told).is_empty(), "{}", String::from_utf8_lossy(&told.stdout));
    }
    assert!(job.step(&["tell.sh", "issue"]).status.success());
    {
        let state = api.state();
        assert_eq!((state.comments.len(), state.comments[0].0, state.issues.len()), (1, 9, 1));
    }
    // A pull request from a fork has a token that may only read.
    api.plan("GET", Fault::Answer(403, Vec::new(), json!({ "message": "Resource not accessible by integration" })));
    api.plan("GET", Fault::Answer(403, Vec::new(), json!({ "message": "Resource not accessible by integration" })));
    let refused = job.step(&["tell.sh", "comment"]);
    assert_eq!(refused.status.code(), Some(0));
    assert!(commands(&refused)[0].0.starts_with("warning title=loaddiff"), "{:?}", commands(&refused));
    assert!(
        String::from_utf8_lossy(&refused.stdout).contains("Workflows of pull requests from forks have no such token.")
    );
}

#[test]
fn a_release_is_installed_only_with_its_checksum() {
    let mut job = Job::new("install");
    let release = job.folder.join("releases/v1.2.3");
    fs::create_dir_all(&release).unwrap();
    // A program of its own, so that it is known which one was installed.
    let program = job.folder.join("loaddiff");
    fs::write(&program, "#!/bin/sh\necho the released one\n").unwrap();
    let tar = "loaddiff-x86_64-unknown-linux-musl.tar.gz";
    let shell = format!(
        "chmod +x loaddiff && tar -czf releases/v1.2.3/{tar} loaddiff && cd releases/v1.2.3 && sha256sum -- *.gz > SHA256SUMS"
    );
    assert!(Command::new("bash").args(["-c", &shell]).current_dir(&job.folder).status().unwrap().success());
    let sums = fs::read_to_string(release.join("SHA256SUMS")).unwrap();

    job.set("LOADDIFF_REF", "v1.2.3");
    job.set("LOADDIFF_REPOSITORY", "octo/loaddiff");
    job.set("LOADDIFF_RELEASES", &format!("file://{}", job.folder.join("releases").display()));
    assert!(job.step(&["plan.sh"]).status.success());
    let outputs = job.outputs();
    assert_eq!((outputs["method"].as_str(), outputs["asset"].as_str()), ("release", tar));
    for (name, output) in [("METHOD", "method"), ("FOLDER", "folder"), ("ASSET", "asset"), ("ADDRESS", "address")] {
        job.set(&format!("LOADDIFF_{name}"), &outputs[output]);
    }
    // Nothing but TLS, unless a test says so.
    assert!(!job.step(&["install.sh"]).status.success());
    job.set("LOADDIFF_PROTO", "=file");

    let wrong = [
        sums.replacen(|c: char| c.is_ascii_hexdigit(), "x", 1),
        sums.replace("musl", "gnu"),
        sums.repeat(2),
        String::new(),
    ];
    for sums in wrong {
        fs::write(release.join("SHA256SUMS"), &sums).unwrap();
        let refused = job.step(&["install.sh"]);
        assert!(!refused.status.success(), "{sums}");
        assert!(commands(&refused)[0].1.contains("checksum"), "{sums}");
        assert_eq!(job.text("GITHUB_PATH"), "", "{sums}");
        assert!(!Path::new(&outputs["folder"]).join("bin/loaddiff").exists(), "{sums}");
    }
    fs::write(release.join("SHA256SUMS"), &sums).unwrap();
    let installed = job.step(&["install.sh"]);
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stdout));
    assert!(String::from_utf8_lossy(&installed.stdout).contains("the released one"));
    assert_eq!(job.text("GITHUB_PATH").trim(), Path::new(&outputs["folder"]).join("bin").to_str().unwrap());
}

#[test]
fn without_a_release_the_source_is_built_or_restored() {
    let mut job = Job::new("source");
    // A branch or a commit is no release.
    job.set("LOADDIFF_REF", "main");
    job.set("LOADDIFF_REPOSITORY", "octo/loaddiff");
    assert!(job.step(&["plan.sh"]).status.success());
    let outputs = job.outputs();
    assert_eq!(outputs["method"], "source");
    assert!(outputs["key"].starts_with("loaddiff-Linux-X64-") && outputs["key"].len() == 19 + 16, "{}", outputs["key"]);
    // Restored from the cache: nothing is built.
    let bin = Path::new(&outputs["folder"]).join("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::copy("/bin/true", bin.join("loaddiff")).unwrap();
    job.set("LOADDIFF_METHOD", "source");
    job.set("LOADDIFF_FOLDER", &outputs["folder"]);
    let installed = job.step(&["install.sh"]);
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stdout));
    assert_eq!(job.text("GITHUB_PATH").trim(), bin.to_str().unwrap());

    job.set("LOADDIFF_VERSION", "latest; rm -rf /");
    let refused = job.step(&["plan.sh"]);
    assert!(!refused.status.success());
    assert!(commands(&refused)[0].1.contains("is no release"));
}

/// The lines below a key of a YAML file, up to the next key of its level.
fn below<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    let indent = key.len() - key.trim_start().len();
    let lines = text.lines().skip_while(|line| *line != key).skip(1);
    lines.take_while(|line| line.trim().is_empty() || line.len() - line.trim_start().len() > indent).collect()
}

#[test]
fn no_input_is_put_into_a_command_and_foreign_actions_are_pinned() {
    let action = fs::read_to_string(project("action.yml")).unwrap();
    let runs: Vec<&str> = action.lines().filter(|line| line.trim_start().starts_with("run:")).collect();
    assert!(runs.len() >= 6 && runs.iter().all(|line| !line.contains("${{")), "{runs:?}");
    let name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
    let inputs: Vec<&str> =
        below(&action, "inputs:").into_iter().filter(name).map(|l| l.trim().trim_end_matches(':')).collect();
    assert!(inputs.contains(&"baseline") && inputs.contains(&"version"), "{inputs:?}");
    for input in &inputs {
        assert!(action.contains(&format!("inputs.{input}")), "{input} is not used");
    }
    let folders = ["examples/workflows", ".github/workflows"].map(|folder| fs::read_dir(project(folder)).unwrap());
    let files: Vec<PathBuf> =
        folders.into_iter().flatten().map(|f| f.unwrap().path()).chain([project("action.yml")]).collect();
    assert!(files.len() > 8);
    let mut calls = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")) {
            if line == "./" || line.starts_with("OWNER/loaddiff@v") {
                continue;
            }
            let hash = line.split('@').nth(1).unwrap().split(' ').next().unwrap();
            assert!(hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{}: {line}", file.display());
        }
        // Each call names inputs that there are.
        for call in
            text.split("uses: ").skip(1).filter(|call| call.starts_with("OWNER/loaddiff@") || call.starts_with("./"))
        {
            calls += 1;
            let given = below(call, "        with:");
            let given = given.iter().filter(|l| l.starts_with("          ") && !l.starts_with("           "));
            for key in given.map(|l| l.trim().split(':').next().unwrap()) {
                assert!(inputs.contains(&key), "{}: {key} is no input", file.display());
            }
        }
    }
    assert_eq!(calls, 4);
}
