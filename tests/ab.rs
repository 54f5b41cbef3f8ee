//! `loaddiff ab`, by the real binary and small shell commands that copy results; and the whole procedure, simulated.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use loaddiff::compare::{self, Gate};
use loaddiff::policy;
use loaddiff::run::Run;
use loaddiff::stats::random::SplitMix64;
use loaddiff::stats::sequential::{Answer, Plan, to_confirm};
use serde_json::Value;
use support::Line;

/// What the commands of the tests do: copy the result of their side and round.
const COPY: &str = "echo $LOADDIFF_SIDE $LOADDIFF_ROUND >> order.txt; \
                    cp made/$LOADDIFF_SIDE-$LOADDIFF_ROUND.csv \"$LOADDIFF_OUT/run_stats.csv\"";

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loaddiff"));
    command.arg("ab").args(args).current_dir(folder).env("TMPDIR", folder.join("tmp"));
    command
}

fn ab(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A sum of twelve uniform numbers, less its mean: nearly normal.
fn normal(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| random.below(1_000_000)).sum::<u64>() as f64 / 1e6 - 6.0
}

/// A result whose response times are those of a test of 500 ms times a factor.
fn result(factor: f64, random: &mut SplitMix64, sd: f64, failures: u64) -> String {
    let factor = factor * (1.0 + sd * normal(random));
    let failures = if failures > 0 { failures * (80 + random.below(41)) / 100 } else { 0 };
    let line = |method, name: &str, requests: u64, p50: f64| Line {
        method,
        name: name.into(),
        requests,
        failures: failures * requests / 10_000,
        mean: 1.1 * p50,
        rate: requests as f64 / 120.0,
        percentiles: [p50, 1.4 * p50, 1.7 * p50, 2.5 * p50, 4.0 * p50],
    };
    let own = |random: &mut SplitMix64| factor * (1.0 + sd / 3.0 * normal(random));
    let (chat, models) = (500.0 * own(random), 410.0 * own(random));
    support::summary(&[
        line("POST", "/chat", 6_000, chat),
        line("GET", "/models", 4_000, models),
        line("", "Aggregated", 10_000, 0.6 * chat + 0.4 * models),
    ])
}

/// A folder with results for some rounds; `head` gives factor and failures in 10,000 by round.
fn made(rounds: usize, sd: f64, seed: u64, head: impl Fn(usize) -> (f64, u64)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("made")).unwrap();
    std::fs::create_dir(folder.path().join("tmp")).unwrap();
    let mut random = SplitMix64::new(seed);
    for round in 1..=rounds {
        let (factor, failures) = head(round);
        for (side, factor, failures) in [("base", 1.0, 10), ("head", factor, failures)] {
            let text = result(factor, &mut random, sd, failures);
            std::fs::write(folder.path().join(format!("made/{side}-{round}.csv")), text).unwrap();
        }
    }
    folder
}

fn order(folder: &Path) -> Vec<String> {
    std::fs::read_to_string(folder.join("order.txt")).unwrap().lines().map(str::to_owned).collect()
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn equal_commands_are_cleared() {
    let folder = made(20, 0.015, 1, |_| (1.0, 10));
    let done = ab(folder.path(), &["--base", COPY, "--head", COPY]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert!(err(&done).contains("decided after 6 rounds"), "{}", err(&done));
    assert!(out(&done).contains("NO REGRESSION FOUND") || out(&done).contains("No regression found"), "{}", out(&done));
    // A B, B A, A B, …
    let order = order(folder.path());
    assert_eq!(order[..8], ["base 1", "head 1", "head 2", "base 2", "base 3", "head 3", "head 4", "base 4"]);
    assert_eq!(order.len(), 12);
    assert!(is_empty(&folder.path().join("tmp")));
}

#[test]
fn a_slowdown_is_confirmed_by_fresh_rounds() {
    let folder = made(30, 0.015, 2, |_| (1.2, 10));
    let done = ab(folder.path(), &["--base", COPY, "--head", COPY, "--format", "json", "--keep", "kept"]);
    assert_eq!(done.status.code(), Some(1), "{}", err(&done));
    assert!(err(&done).contains("6 fresh rounds must confirm it"), "{}", err(&done));
    assert!(err(&done).contains("confirmed by 6 fresh rounds"), "{}", err(&done));
    let report: Value = serde_json::from_str(&out(&done)).unwrap();
    assert_eq!(report["word"], "regressed");
    // 6 rounds raise the suspicion, 6 others confirm it.
    assert_eq!(order(folder.path()).len(), 24);
    // The report is what `compare` says of the fresh ones.
    let fresh = |side: &str| -> Vec<String> {
        let file = |round| format!("kept/round-{round:02}-{side}/run_stats.csv");
        (7..=12)
            .flat_map(|round| [if side == "base" { "--baseline" } else { "--run" }.to_owned(), file(round)])
            .collect()
    };
    let args: Vec<String> = ["compare".to_owned(), "--format".to_owned(), "json".to_owned()]
        .into_iter()
        .chain(fresh("base"))
        .chain(fresh("head"))
        .collect();
    let compared =
        Command::new(env!("CARGO_BIN_EXE_loaddiff")).args(&args).current_dir(folder.path()).output().unwrap();
    assert_eq!(compared.status.code(), Some(1));
    let same: Value = serde_json::from_str(&out(&compared)).unwrap();
    assert_eq!(report["counts"], same["counts"]);
    assert_eq!(report["rows"], same["rows"]);
}

#[test]
fn what_fresh_rounds_do_not_show_is_not_a_regression() {
    let folder = made(30, 0.015, 3, |round| (if round <= 6 { 1.3 } else { 1.0 }, 10));
    let done = ab(folder.path(), &["--base", COPY, "--head", COPY]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert!(err(&done).contains("not confirmed by 6 fresh rounds"), "{}", err(&done));
    assert_eq!(order(folder.path()).len(), 24);
}

/// The watched figure stays, failures rise from 0.1 % to 5 %.
#[test]
fn every_row_is_judged_not_only_the_watched_one() {
    let folder = made(30, 0.01, 4, |_| (1.0, 500));
    let done = ab(folder.path(), &["--base", COPY, "--head", COPY]);
    assert_eq!(done.status.code(), Some(1), "{}", err(&done));
    assert!(err(&done).contains("suspected: REGRESSED"), "{}", err(&done));
    assert!(err(&done).contains("confirmed by 6 fresh rounds"), "{}", err(&done));
}

/// The same rates in every run have no spread, and are nevertheless judged: here the head always fails.
#[test]
fn requests_that_always_fail_are_a_regression() {
    let folder = made(30, 0.01, 11, |_| (1.0, 0));
    let fails = format!("{COPY}; sed -E 's/,([0-9]+),0,/,\\1,\\1,/' -i \"$LOADDIFF_OUT/run_stats.csv\"");
    let quiet = "sed -E 's/,([0-9]+),[0-9]+,/,\\1,0,/' made/base-$LOADDIFF_ROUND.csv > \"$LOADDIFF_OUT/run_stats.csv\"";
    let done = ab(folder.path(), &["--base", quiet, "--head", &fails]);
    assert_eq!(done.status.code(), Some(1), "{}{}", err(&done), out(&done));
}

#[test]
fn a_failing_command_is_told_with_its_last_lines() {
    let folder = made(20, 0.01, 5, |_| (1.0, 10));
    let fails = format!("{COPY}; echo a first line >&2; echo 12 requests failed >&2; exit 7");
    let done = ab(folder.path(), &["--base", COPY, "--head", &fails]);
    assert_eq!(done.status.code(), Some(2));
    let said = err(&done);
    assert!(said.contains("12 requests failed") && said.contains("exit code 7 in round 1"), "{said}");
    assert!(said.contains("--allow-exit 7"), "{said}");
    assert!(out(&done).is_empty());
    assert!(is_empty(&folder.path().join("tmp")));
    let allowed = ab(folder.path(), &["--base", COPY, "--head", &fails, "--allow-exit", "1,7"]);
    assert_eq!(allowed.status.code(), Some(0), "{}", err(&allowed));
}

#[test]
fn results_are_found_where_the_command_leaves_them() {
    let folder = made(20, 0.01, 6, |_| (1.0, 10));
    let run = |args: &[&str]| ab(folder.path(), args);
    // Printed.
    let printed = "cat made/$LOADDIFF_SIDE-$LOADDIFF_ROUND.csv";
    let done = run(&["--base", printed, "--head", printed]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    // The same file each time; it is kept.
    let replaced = "cp made/$LOADDIFF_SIDE-$LOADDIFF_ROUND.csv run_stats.csv";
    let done = run(&["--base", replaced, "--head", replaced, "--results", "run_stats.csv", "--keep", "kept"]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    let same = |a: &str, b: &str| {
        let [a, b] = [a, b].map(|path| std::fs::read(folder.path().join(path)).unwrap());
        a == b
    };
    assert!(same("kept/round-02-head/run_stats.csv", "made/head-2.csv"));
    // A pattern with side and round.
    let named = "mkdir -p r; cp made/$LOADDIFF_SIDE-$LOADDIFF_ROUND.csv r/$LOADDIFF_SIDE-${LOADDIFF_ROUND}_stats.csv";
    let done = run(&["--base", named, "--head", named, "--results", "r/{side}-{round}_*.csv"]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    // A file of an earlier run is not a result.
    let done = run(&["--base", "true", "--head", "true", "--results", "run_stats.csv"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(err(&done).contains("did not write run_stats.csv in round 1"), "{}", err(&done));
    // Nothing at all.
    let done = run(&["--base", "true", "--head", "true"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(err(&done).contains("LOADDIFF_OUT"), "{}", err(&done));
    // Something else.
    let done = run(&["--base", "echo hello", "--head", "echo hello"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(err(&done).contains("--base: no result can be read"), "{}", err(&done));
}

fn is_alive(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().unwrap().success()
}

/// Waits for the end of a process: it has been killed, and is still to be buried.
fn ends(pid: &str) {
    let since = Instant::now();
    while is_alive(pid) {
        assert!(since.elapsed() < Duration::from_secs(60), "the command's child lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The content of a file that is about to be written.
fn awaited(path: &Path) -> String {
    let since = Instant::now();
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if text.ends_with('\n') {
            return text.trim().to_owned();
        }
        assert!(since.elapsed() < Duration::from_secs(60), "{path:?} was not written");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_budget_ends_a_command_and_its_children() {
    let folder = made(1, 0.01, 7, |_| (1.0, 10));
    let hangs = "sleep 600 & echo $! > pid.txt; wait";
    let done = ab(folder.path(), &["--base", hangs, "--head", COPY, "--budget", "1s"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(err(&done).contains("budget of 1 s was spent"), "{}", err(&done));
    ends(&awaited(&folder.path().join("pid.txt")));
}

#[test]
fn a_budget_for_too_few_rounds_is_told_after_the_first() {
    let folder = made(1, 0.01, 8, |_| (1.0, 10));
    let slow = format!("sleep 0.6; {COPY}");
    let done = ab(folder.path(), &["--base", &slow, "--head", COPY, "--budget", "4s"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(err(&done).contains("--budget: it has no time for 6 rounds and 6 that confirm"), "{}", err(&done));
    assert_eq!(order(folder.path()).len(), 2);
}

#[test]
fn an_interrupt_ends_the_command_as_well() {
    let folder = made(1, 0.01, 9, |_| (1.0, 10));
    let hangs = "sleep 600 & echo $! > pid.txt; wait";
    let mut running = command(folder.path(), &["--base", hangs, "--head", COPY]).stderr(Stdio::null()).spawn().unwrap();
    let child = awaited(&folder.path().join("pid.txt"));
    assert!(is_alive(&child));
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    assert_eq!(running.wait().unwrap().code(), Some(130));
    ends(&child);
    assert!(is_empty(&folder.path().join("tmp")));
}

#[test]
fn wrong_arguments() {
    let folder = made(1, 0.01, 10, |_| (1.0, 10));
    for (args, said) in [
        (&["--base", COPY][..], "--head"),
        (&["--base", COPY, "--head", COPY, "--budget", "soon"], "90s, 30m or 1h30m"),
        (&["--base", COPY, "--head", COPY, "--rounds", "5"], "6..=60"),
        (&["--base", COPY, "--head", COPY, "--change", "2%"], "--change: 2 % is not above the limit of p50"),
        (&["--base", COPY, "--head", COPY, "--metric", "p90"], "no limit on a rise of p90"),
        (&["--base", COPY, "--head", COPY, "--endpoint", "/none"], "Its endpoints are"),
    ] {
        let done = ab(folder.path(), args);
        assert_eq!(done.status.code(), Some(2), "{args:?}: {}", err(&done));
        assert!(err(&done).contains(said), "{args:?}: {}", err(&done));
    }
}

#[test]
fn a_plan_without_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let planned = |noise: &str| {
        let done = ab(folder.path(), &["--plan", "--noise", noise, "--change", "10%"]);
        assert_eq!(done.status.code(), Some(0), "{}", err(&done));
        let text = out(&done);
        let text = text.replace(['\u{a0}', '%'], " ");
        let row = |change: &str| -> Vec<f64> {
            let line = text.lines().find(|line| line.split_whitespace().next() == Some(change));
            let line = line.unwrap_or_else(|| panic!("{text}"));
            line.split_whitespace().skip(1).map(|n| n.parse().unwrap()).collect()
        };
        (row("+0"), row("+10"))
    };
    let (equal, ten) = planned("3%");
    // Rounds in half and in nine of ten tests, cleared and regressed in percent.
    assert!(equal[0] <= 8.0 && equal[2] >= 95.0 && equal[3] <= 1.0, "{equal:?}");
    assert!(ten[0] <= 10.0 && ten[3] >= 80.0, "{ten:?}");
    let (_, noisier) = planned("6%");
    assert!(noisier[0] > ten[0] && noisier[3] < ten[3], "{noisier:?} {ten:?}");
    assert!(is_empty(folder.path()));
}

/// The whole procedure with the real comparison, as `decide` of the command: the share that ends as a regression.
fn regressed(change: f64, sd: f64, seed: u64, times: usize) -> usize {
    let policy = policy::profile("default").unwrap();
    let plan = Plan::new(libm::log1p(0.025), libm::log1p(0.1), 20).unwrap();
    let mut random = SplitMix64::new(seed);
    let mut round = || {
        let base = support::run_from(&result(1.0, &mut random, sd, 10));
        (base, support::run_from(&result(1.0 + change, &mut random, sd, 10)))
    };
    let p50 = |run: &Run| {
        run.total.as_ref().unwrap().latency.distribution.quantile_ms(loaddiff::run::Percentile::P50).unwrap()
    };
    let gate = |pairs: Vec<(Run, Run)>| {
        let (base, head): (Vec<Run>, Vec<Run>) = pairs.into_iter().unzip();
        compare::compare_sides(base, head, &[], policy.clone()).unwrap().gate
    };
    (0..times)
        .filter(|_| {
            let (mut pairs, mut ratios) = (Vec::new(), Vec::new());
            let answer = loop {
                let pair = round();
                ratios.push(libm::log(p50(&pair.1) / p50(&pair.0)));
                pairs.push(pair);
                match plan.answer(&ratios) {
                    Answer::Open => {}
                    answer => break answer,
                }
            };
            let fresh = to_confirm(6, pairs.len());
            (answer == Answer::Worse || gate(pairs) == Gate::Fail)
                && gate((0..fresh).map(|_| round()).collect()) == Gate::Fail
        })
        .count()
}

#[test]
fn equal_programs_rarely_regress_and_slower_ones_do() {
    let equal = regressed(0.0, 0.03, 20, 300);
    assert!(equal <= 3, "{equal} of 300 equal ones regressed");
    let slower = regressed(0.12, 0.03, 21, 60);
    assert!(slower >= 45, "{slower} of 60 regressed");
}
