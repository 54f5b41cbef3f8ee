//! Edge cases: slow patterns, file output, text on terminals, and round trips.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use loaddiff::compare::{self, Comparison};
use loaddiff::ingest::{self, Parts};
use loaddiff::policy::{self, MOST_STEPS, Policy};
use loaddiff::report::html::{Verification, render, restore};
use loaddiff::report::metrics;
use loaddiff::report::summaries::{from_canonical_json, to_canonical_json};
use loaddiff::run::Run;
use loaddiff::{link, report};

mod support;

fn case(path: &str) -> PathBuf {
    support::project("tests/cases/robust").join(path)
}

fn loaddiff() -> Command {
    Command::new(env!("CARGO_BIN_EXE_loaddiff"))
}

fn output(args: &[&str]) -> Output {
    loaddiff().args(args).output().unwrap()
}

fn both(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

mod patterns {
    use super::*;

    /// Tests are built with little optimisation: a user waits a tenth of this.
    const SOON: Duration = Duration::from_secs(5);

    #[test]
    fn links_with_long_patterns_are_fast() {
        for (summary, thresholds) in [("e1.csv", "glob-slow/r100.toml"), ("e.csv", "link-freezes-page/q100.toml")] {
            let run = run(&case("link-freezes-page").join(summary));
            let text = fs::read_to_string(case(thresholds)).unwrap();
            let comparison = compare::compare(run.clone(), run, policy::parse("t.toml", &text).unwrap());
            let made = link::encode(&comparison, &link::Options::default()).unwrap();
            assert!(made.text.len() < 1300, "{}", made.text.len());
            let began = Instant::now();
            let shared = link::decode(&made.text).unwrap();
            assert_eq!(shared.run.endpoints.len(), if summary == "e1.csv" { 1 } else { 20 });
            let judged = shared.judge();
            assert!(began.elapsed() < SOON, "{summary}: {:?}", began.elapsed());
            // No name contains a b, so no endpoint belongs to the service.
            assert!(judged.subjects.iter().all(|s| s.service.is_none()), "{summary}");
        }
        // A more expensive one.
        let run = run(&case("link-freezes-page/e.csv"));
        let cheap = compare::compare(run.clone(), run, Policy::default());
        let dear = Comparison { policy: policy::parse("endless.toml", &endless()).unwrap(), ..cheap };
        let refused =
            link::encode(&dear, &link::Options { names: loaddiff::mask::Names::Keep, ..link::Options::default() })
                .unwrap_err();
        assert!(refused.to_string().contains("patterns for so many endpoints"), "{refused}");
    }

    #[test]
    fn thresholds_with_long_patterns_are_fast() {
        let summary = case("glob-slow/e.csv");
        let summary = summary.to_str().unwrap();
        for name in ["q100.toml", "r100.toml"] {
            let policy = case("glob-slow").join(name);
            let began = Instant::now();
            let done =
                output(&["compare", "--policy", policy.to_str().unwrap(), "--baseline", summary, "--run", summary]);
            assert!(began.elapsed() < SOON, "{name}: {:?}", began.elapsed());
            assert_eq!(done.status.code(), Some(3), "{name}: {}", both(&done));
            assert!(both(&done).contains("same file"), "{name}");
        }
    }

    /// A pattern that no literal search shortens, too expensive for these names.
    fn endless() -> String {
        let patterns: Vec<String> = (0..100).map(|i| format!("'re:c|(.*a){{20}}b{i}'")).collect();
        format!("profile = \"default\"\n[[match]]\nservice = \"s\"\nname = [{}]\n", patterns.join(", "))
    }

    #[test]
    fn expensive_patterns_are_refused_before_judging() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("endless.toml");
        fs::write(&file, endless()).unwrap();
        let (summary, file) = (case("glob-slow/e.csv"), file.to_str().unwrap());
        let summary = summary.to_str().unwrap();
        for args in [
            ["compare", "--policy", file, "--baseline", summary, "--run", summary].as_slice(),
            ["extract", "--policy", file, summary].as_slice(),
        ] {
            let began = Instant::now();
            let done = output(args);
            assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
            assert_eq!(done.status.code(), Some(2), "{}", both(&done));
            let said = both(&done);
            for part in
                ["endless.toml: matching 1", "20 endpoint names of 80 kB", "2,000,000,000 steps", "globs such as"]
            {
                assert!(said.contains(part), "{part}: {said}");
            }
        }
        // A report and a link with the same pattern.
        let run = run(&case("glob-slow/e.csv"));
        let cheap = compare::compare(run.clone(), run.clone(), Policy::default());
        let dear = Comparison { policy: policy::parse("endless.toml", &endless()).unwrap(), ..cheap };
        let error = restore("r.html", &render(&dear, "2026-01-02T03:04:05Z")).unwrap_err().to_string();
        assert!(error.contains("the report is not judged: matching 1") && error.contains("2,000,000,000"), "{error}");
        let error = compare::check_matching([&run], &dear.policy, MOST_STEPS).unwrap_err();
        assert_eq!(error.costliest.as_deref().map(|p| &p[..5]), Some("re:c|"));
    }

    #[test]
    fn too_many_patterns_are_refused() {
        let list =
            |pattern: &str, n: usize| format!("[[match]]\nservice='s'\nname=[{}]", format!("'{pattern}',").repeat(n));
        for (text, message) in [
            (list("re:a", 1001), "the file has more than 1000 regular expressions"),
            (list(&"a".repeat(5000), 1), "a pattern has at most 4096"),
        ] {
            let error = policy::parse("t.toml", &text).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    /// Thresholds needed by a large service.
    #[test]
    fn thresholds_of_a_large_service_are_accepted() {
        let names: Vec<String> =
            (0..10_000).map(|i| format!("/api/v1/customers/{i}/orders/latest?expand=items")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let globs: Vec<String> = (0..500).map(|i| format!("'/api/v{i}/*/orders/*'")).collect();
        let regexes: Vec<String> = (0..100).map(|i| format!("'re:^/api/v{i}/[a-z]+/[0-9]+$'")).collect();
        for patterns in [globs, regexes] {
            let text = format!("[[match]]\nservice='s'\nname=[{}]", patterns.join(","));
            policy::parse("t.toml", &text).unwrap().check_matching(&names, &[], MOST_STEPS).unwrap();
        }
    }
}

fn run(path: &Path) -> Run {
    let name = path.file_name().unwrap().to_str().unwrap();
    let part = ingest::read(name, &fs::read(path).unwrap()).unwrap_or_else(|e| panic!("{e}"));
    ingest::assemble(vec![part], Parts::Merge).unwrap_or_else(|e| panic!("{e}"))
}

mod outputs {
    use super::*;

    fn pair() -> [String; 2] {
        ["base", "slow"]
            .map(|side| support::fixture(&format!("locust/2.47.0/{side}_stats.csv")).to_str().unwrap().to_owned())
    }

    const ALL: &str = "markdown,review,json,csv,junit,html";

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_have_the_usual_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let [base, slow] = pair();
        let out = folder.path().join("new/reports");
        let done = output(&[
            "report",
            "--format",
            ALL,
            "--output-dir",
            out.to_str().unwrap(),
            "--baseline",
            &base,
            "--run",
            &slow,
        ]);
        assert_eq!(done.status.code(), Some(1), "{}", both(&done));
        assert_eq!(names(&out).len(), 6);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            let other = folder.path().join("other");
            fs::write(&other, "").unwrap();
            assert_eq!(mode(&out.join("loaddiff-report.md")), mode(&other));
            // An existing file keeps its permissions.
            fs::set_permissions(&other, fs::Permissions::from_mode(0o640)).unwrap();
            let done = output(&["compare", "--output", other.to_str().unwrap(), "--baseline", &base, "--run", &slow]);
            assert_eq!((done.status.code(), mode(&other)), (Some(1), 0o640));
        }
    }

    /// If one file cannot be put in its place, the others stay unchanged: the last of six is a folder.
    #[test]
    fn several_files_appear_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let [base, slow] = pair();
        for name in ["loaddiff-report.md", "loaddiff-report.json"] {
            fs::write(folder.path().join(name), "before").unwrap();
        }
        fs::create_dir(folder.path().join("loaddiff-report.html")).unwrap();
        let args = [
            "report",
            "--format",
            ALL,
            "--output-dir",
            folder.path().to_str().unwrap(),
            "--baseline",
            &base,
            "--run",
            &slow,
        ];
        let done = output(&args);
        assert_eq!(done.status.code(), Some(2), "{}", both(&done));
        assert!(both(&done).contains("loaddiff-report.html: could not be written"));
        assert_eq!(names(folder.path()), ["loaddiff-report.html", "loaddiff-report.json", "loaddiff-report.md"]);
        assert_eq!(fs::read_to_string(folder.path().join("loaddiff-report.md")).unwrap(), "before");
    }

    #[test]
    fn an_output_replaces_no_input() {
        let folder = tempfile::tempdir().unwrap();
        let [base, slow] = pair();
        let (input, policy) = (folder.path().join("in_stats.csv"), folder.path().join("t.toml"));
        fs::copy(&slow, &input).unwrap();
        fs::write(&policy, "profile = \"default\"\n").unwrap();
        let mut same = vec![input.clone()];
        #[cfg(unix)]
        {
            let (symbolic, hard) = (folder.path().join("symbolic"), folder.path().join("hard"));
            std::os::unix::fs::symlink(&input, &symbolic).unwrap();
            fs::hard_link(&input, &hard).unwrap();
            same.extend([
                symbolic,
                hard,
                folder.path().join("./../").join(folder.path().file_name().unwrap()).join("in_stats.csv"),
            ]);
        }
        let before = fs::read(&input).unwrap();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let run = text(&input);
        for output_file in same.iter().map(|p| text(p)).chain([text(&policy)]) {
            let sides = ["--baseline", &base, "--run", &run, "--policy", &text(&policy), "--output", &output_file];
            let compare: Vec<&str> = std::iter::once("compare").chain(sides).collect();
            let report: Vec<&str> = ["report", "--format", "csv"].into_iter().chain(sides).collect();
            let extract = ["extract", &run, "--policy", &text(&policy), "--output", &output_file];
            for args in [compare.as_slice(), report.as_slice(), extract.as_slice()] {
                let done = output(args);
                assert_eq!(done.status.code(), Some(2), "{args:?}: {}", both(&done));
                assert!(both(&done).contains("the output would replace an input"), "{}", both(&done));
            }
        }
        assert_eq!(fs::read(&input).unwrap(), before);
        assert_eq!(names(folder.path()).len(), if cfg!(unix) { 4 } else { 2 });
    }

    #[cfg(unix)]
    #[test]
    fn special_files_are_written_directly() {
        let [base, slow] = pair();
        let to = |path: &str| output(&["compare", "--output", path, "--baseline", &base, "--run", &slow]);
        assert_eq!(to("/dev/null").status.code(), Some(1));
        let full = to("/dev/full");
        assert_eq!(full.status.code(), Some(2));
        assert!(both(&full).contains("/dev/full: could not be written"), "{}", both(&full));
        // A symbolic link keeps pointing to its file.
        let folder = tempfile::tempdir().unwrap();
        let (file, symbolic) = (folder.path().join("f"), folder.path().join("l"));
        fs::write(&file, "before").unwrap();
        std::os::unix::fs::symlink(&file, &symbolic).unwrap();
        assert_eq!(to(symbolic.to_str().unwrap()).status.code(), Some(1));
        assert!(fs::symlink_metadata(&symbolic).unwrap().is_symlink());
        assert!(fs::read_to_string(&file).unwrap().len() > 100);
    }

    /// A limit on file size simulates a full disk.
    #[cfg(unix)]
    #[test]
    fn a_full_disk_keeps_the_previous_files() {
        let [base, slow] = pair();
        let folder = tempfile::tempdir().unwrap();
        let names_before = ["loaddiff-report.csv", "loaddiff-report.html"];
        for name in names_before {
            fs::write(folder.path().join(name), "before").unwrap();
        }
        // 16 blocks of 512 or 1,024 bytes: less than the HTML report needs.
        let script = "trap '' XFSZ; ulimit -f 16; exec \"$@\"";
        let done = Command::new("sh")
            .args(["-c", script, "sh", env!("CARGO_BIN_EXE_loaddiff"), "report", "--format", ALL, "--output-dir"])
            .arg(folder.path())
            .args(["--baseline", &base, "--run", &slow])
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(2), "{}", both(&done));
        assert!(both(&done).contains("could not be written"), "{}", both(&done));
        assert_eq!(names(folder.path()), names_before);
        for name in names_before {
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "before");
        }
        let stdout = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let done = loaddiff().args(["compare", "--baseline", &base, "--run", &slow]).stdout(stdout).output().unwrap();
        assert_eq!(done.status.code(), Some(2), "{}", both(&done));
    }

    /// Signals at many moments of a run: the folder holds all files of one run, or the previous ones.
    #[cfg(unix)]
    #[test]
    fn a_signal_leaves_a_complete_set() {
        let [base, slow] = pair();
        let folder = tempfile::tempdir().unwrap();
        let files = [
            "loaddiff-junit.xml",
            "loaddiff-report.csv",
            "loaddiff-report.html",
            "loaddiff-report.json",
            "loaddiff-report.md",
            "loaddiff-review.md",
        ];
        let (mut before, mut after) = (0, 0);
        for i in 0..60_u64 {
            for name in files {
                fs::write(folder.path().join(name), "before").unwrap();
            }
            let mut child = loaddiff()
                .args(["report", "--format", ALL, "--output-dir"])
                .arg(folder.path())
                .args(["--baseline", &base, "--run", &slow])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_micros(1500 * i));
            let signal = if i % 2 == 0 { "-INT" } else { "-TERM" };
            let sent =
                Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
            let _ = (sent, child.wait().unwrap());
            assert_eq!(names(folder.path()), files, "after {i}");
            let old = files.iter().filter(|name| fs::read(folder.path().join(name)).unwrap() == b"before").count();
            assert!(old == 0 || old == files.len(), "{old} of {} are old after {i}", files.len());
            if old == 0 { after += 1 } else { before += 1 }
        }
        assert!(before > 0, "{before} ended before, {after} after");
    }

    #[cfg(unix)]
    #[test]
    fn a_closed_pipe_is_not_an_error() {
        let [base, slow] = pair();
        let script = "\"$@\" | head -c 1 >/dev/null; exit 0";
        let done = Command::new("bash")
            .args([
                "-c",
                &format!("set -o pipefail; {script}"),
                "sh",
                env!("CARGO_BIN_EXE_loaddiff"),
                "report",
                "--format",
                "html",
            ])
            .args(["--baseline", &base, "--run", &slow])
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(0));
        assert!(!both(&done).contains("panicked") && !both(&done).contains("error:"), "{}", both(&done));
        let done = Command::new("bash")
            .args([
                "-c",
                "\"$@\" 2>&-; exit $?",
                "sh",
                env!("CARGO_BIN_EXE_loaddiff"),
                "compare",
                "--baseline",
                &base,
                "--run",
                &slow,
            ])
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(1), "{}", both(&done));
    }
}

mod terminals {
    use super::*;

    /// Names that a terminal or a runner could interpret.
    const HOSTILE: [&str; 16] = [
        "::error file=a.rs::pwned",
        "  ::stop-commands::t",
        "\t::add-mask::x",
        "a\n::error::b",
        "a\r::error::b",
        "a\r\n  ::error::b",
        "a\u{b}::error::b",
        "a\u{c}::error::b",
        "a\u{85}::error::b",
        "a\u{2028}::error::b",
        "a\u{2029}::error::b",
        "##[error]x",
        "##vso[task.setvariable variable=x]y",
        "\u{1b}[31mred\u{1b}[0m\u{7}\u{9b}2J",
        "a\u{202e}b\u{2066}c\u{200b}d\u{feff}e\u{200d}f\u{ad}g",
        "=cmd()\n##[group]x",
    ];

    fn jtl(name: &str, elapsed: u32, message: &str) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut text = "timeStamp,elapsed,label,responseCode,responseMessage,success\n".to_owned();
        for i in 0..40_u64 {
            let fails = i % 8 == 0;
            let moment = 1_700_000_000_000 + i * 250;
            text.push_str(&format!(
                "{moment},{},{},500,{},{}\n",
                elapsed + i as u32,
                quoted(name),
                quoted(message),
                !fails
            ));
        }
        text
    }

    fn assert_harmless(what: &str, text: &str, html: bool) {
        for line in text.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']) {
            assert!(!line.trim_start().starts_with("::"), "{what}: {line:?}");
            assert!(html || !(line.contains("##[") || line.contains("##vso[")), "{what}: {line:?}");
        }
        // Joiners form characters of many scripts and emoji; in a browser they hide nothing.
        let unmarked = |c: char| {
            !(html && matches!(c, '\u{200c}'..='\u{200d}'))
                && ((c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}'))
        };
        let found = text.chars().find(|c| unmarked(*c));
        assert!(found.is_none(), "{what}: {found:?}");
        assert!(!text.replace("\r\n", "\n").contains('\r'), "{what}");
    }

    #[test]
    fn no_output_contains_a_command() {
        let folder = tempfile::tempdir().unwrap();
        let mut lines_seen = 0;
        for (n, name) in HOSTILE.iter().enumerate() {
            let (base, slow) = (folder.path().join(format!("{n}a.jtl")), folder.path().join(format!("{n}b.jtl")));
            fs::write(&base, jtl(name, 100, name)).unwrap();
            fs::write(&slow, jtl(name, 300, &format!("{name} 2"))).unwrap();
            let policy = folder.path().join(format!("{n}.toml"));
            let quoted = serde_json::to_string(name).unwrap();
            fs::write(
                &policy,
                format!("{{\"profile\": \"default\", \"match\": [{{\"service\": {quoted}, \"name\": \"*\"}}]}}"),
            )
            .unwrap();
            let broken = folder.path().join(format!("{n}-broken.toml"));
            fs::write(&broken, format!("{{\"profile\": {quoted}}}")).unwrap();
            let (base, slow) = (base.to_str().unwrap(), slow.to_str().unwrap());
            let (policy, broken) = (policy.to_str().unwrap(), broken.to_str().unwrap());
            let sides = ["--baseline", base, "--run", slow];
            let mut commands: Vec<Vec<&str>> = vec![
                vec!["inspect", base],
                vec!["inspect", "--format", "json", base],
                vec!["extract", base],
                vec!["baseline", base],
                vec!["extract", "--profile", "seed-v1", base],
                [&["link"], &sides[..]].concat(),
                [&["compare", "--policy", broken], &sides[..]].concat(),
                vec!["inspect", name],
                vec!["compare", name],
                vec!["inspect", base, "--threads", name],
            ];
            for format in ["markdown", "json", "text"] {
                commands.push([&["compare", "--format", format], &sides[..]].concat());
                commands.push([&["compare", "--format", format, "--policy", policy], &sides[..]].concat());
            }
            for format in ["markdown", "review", "json", "csv", "junit", "html"] {
                commands.push([&["report", "--format", format, "--policy", policy], &sides[..]].concat());
            }
            for args in commands {
                if args.iter().any(|arg| arg.contains('\0')) {
                    continue;
                }
                let done = output(&args);
                let html = args.contains(&"html");
                let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
                assert!(!out.is_empty() || !err.is_empty(), "{args:?}");
                lines_seen += out.lines().count() + err.lines().count();
                assert_harmless(&format!("{args:?} on standard output"), &out, html);
                assert_harmless(&format!("{args:?} on standard error"), &err, html);
            }
        }
        assert!(lines_seen > 5000, "{lines_seen}");
    }

    #[test]
    fn the_label_of_the_case_is_kept_apart() {
        let done = output(&["inspect", case("gha-commands/a.jtl").to_str().unwrap()]);
        let text = both(&done);
        assert!(text.contains("  '::error file=a.rs::pwned "), "{text}");
        assert_harmless("inspect", &text, false);
    }

    /// Columns are aligned, for any characters in names.
    #[test]
    fn columns_are_aligned() {
        let text = "timeStamp,elapsed,label,responseCode,success\n";
        let rows: String = ["a", "漢字漢字", "e\u{301}e\u{301}", "::x", "b\u{200b}\u{202e}c", "d\u{1b}[0m"]
            .iter()
            .map(|name| format!("1700000000000,10,{name},200,true\n"))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jtl");
        fs::write(&file, format!("{text}{rows}")).unwrap();
        let text = both(&output(&["inspect", file.to_str().unwrap()]));
        let lines: Vec<&str> = text.lines().skip_while(|l| !l.contains("p95")).take(8).collect();
        let widths: Vec<usize> = lines.iter().map(|line| report::terminal::width(line)).collect();
        assert!(lines.len() > 6 && widths.iter().all(|w| *w == widths[0]), "{widths:?}\n{}", lines.join("\n"));
    }

    /// JSON keeps its value: invisible characters are escaped.
    #[test]
    fn json_is_the_same_value() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jtl");
        for name in HOSTILE {
            fs::write(&file, jtl(name, 10, "")).unwrap();
            let done = output(&["inspect", "--format", "json", file.to_str().unwrap()]);
            let value: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
            assert_eq!(value["endpoints"][0]["name"].as_str(), Some(name));
        }
    }
}

mod round_trips {
    use super::*;

    /// A generator with a fixed seed: xorshift64*.
    struct Seed(u64);

    impl Seed {
        fn below(&mut self, n: usize) -> usize {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
        }
    }

    /// Boundary values of fields.
    const EDGES: [&str; 24] = [
        "0",
        "-1",
        "1e12",
        "999999999999",
        "253402300799",
        "253402300800",
        "-62135596801",
        "9999999999999999",
        "9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "1e308",
        "-9e300",
        "nan",
        "inf",
        "1e-320",
        "",
        "0.1",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "\"a\nb\"",
        "::x",
        "true",
        "\u{202e}",
    ];

    /// The text with some fields replaced, and lines moved, duplicated, or cut.
    fn mutated(text: &str, seed: &mut Seed) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for _ in 0..=seed.below(4) {
            let at = 1 + seed.below(lines.len().saturating_sub(1));
            let Some(line) = lines.get(at).cloned() else { continue };
            match seed.below(8) {
                0 => drop(lines.remove(at)),
                1 => lines.insert(at, line),
                2 => {
                    let other = 1 + seed.below(lines.len() - 1);
                    let at = at.min(lines.len() - 1);
                    lines.swap(at, other);
                }
                _ => {
                    let mut fields: Vec<&str> = line.split(',').collect();
                    let field = seed.below(fields.len());
                    fields[field] = EDGES[seed.below(EDGES.len())];
                    lines[at] = fields.join(",");
                }
            }
        }
        lines.join("\n") + "\n"
    }

    fn originals() -> Vec<(String, String)> {
        let read = |path: PathBuf| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        };
        let mut files: Vec<(String, String)> = ["h.csv", "jm.jtl", "k.csv", "requests.csv"]
            .map(|name| read(case("html-not-restorable").join(name)))
            .into();
        for name in ["base_stats.csv", "base_stats_history.csv", "base_failures.csv"] {
            files.push(read(support::fixture("locust/2.47.0").join(name)));
        }
        files.push(("slow.jtl".into(), String::new()));
        let rows = (0..60).map(|i| {
            format!(
                "{},{},{},200,true,{},{}\n",
                1_700_000_000_000_u64 + i * 500,
                10 + i * 7 % 90,
                ["/a", "/b"][i as usize % 2],
                100 + i,
                3
            )
        });
        files.last_mut().unwrap().1 =
            "timeStamp,elapsed,label,responseCode,success,bytes,allThreads\n".to_owned() + &rows.collect::<String>();
        files
    }

    fn read(name: &str, bytes: &[u8]) -> Option<Run> {
        ingest::assemble(vec![ingest::read(name, bytes).ok()?], Parts::Merge).ok()
    }

    /// A run round-trips: through a report, a link, and a baseline.
    fn assert_round_trip(what: &str, run: &Run, other: &Run) {
        let comparison = compare::compare(other.clone(), run.clone(), Policy::default());
        let html = render(&comparison, "2026-01-02T03:04:05Z");
        let restored = restore("r.html", &html).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(restored.verified, Verification::Verified, "{what}: {}", restored.verified.sentence());
        assert_eq!(restored.run.endpoints.len(), run.endpoints.len(), "{what}");
        assert_eq!(restored.run.started_ms, run.started_ms, "{what}");
        assert_eq!(
            restored.run.timeline.as_ref().map(|t| t.intervals.len()),
            run.timeline.as_ref().map(|t| t.intervals.len()),
            "{what}"
        );
        let again = compare::compare(restored.baseline, restored.run, restored.policy);
        assert_eq!(
            (again.word, again.gate, again.counts),
            (comparison.word, comparison.gate, comparison.counts),
            "{what}"
        );
        if let Ok(made) = link::encode(&comparison, &link::Options::default()) {
            let shared = link::decode(&made.text).unwrap_or_else(|e| panic!("{what}: {e}"));
            assert_eq!(shared.judge().counts, comparison.counts, "{what}");
        }
        let baseline = metrics::baseline(run, &Policy::default());
        if baseline.entries > 0 {
            let read = read("performance-baselines.json", baseline.text.as_bytes());
            let read = read.unwrap_or_else(|| panic!("{what}: the baseline is not read"));
            if baseline.whole {
                assert_eq!(read.endpoints, run.endpoints, "{what}");
            }
        }
    }

    /// Summaries with the precision of a percentile, but without the percentile.
    #[test]
    fn precision_without_a_figure_is_dropped() {
        let (baseline, run) = support::locust_pair();
        let text = to_canonical_json(&compare::compare(baseline, run, Policy::default()));
        let mut summaries: serde_json::Value = serde_json::from_str(&text).unwrap();
        let endpoint = summaries["run"]["endpoints"][0].as_object_mut().unwrap();
        assert!(endpoint.contains_key("sureness") && endpoint.remove("percentiles_ms").is_some());
        let (baseline, run, policy) = from_canonical_json(&summaries.to_string()).unwrap();
        let html = render(&compare::compare(baseline, run, policy), "2026-01-02T03:04:05Z");
        assert_eq!(restore("r.html", &html).unwrap().verified, Verification::Verified);
    }

    #[test]
    fn the_cases_are_restored() {
        for (name, text) in originals() {
            if let Some(run) = read(&name, text.as_bytes()) {
                assert_round_trip(&name, &run, &run);
            }
        }
    }

    #[test]
    fn every_readable_run_round_trips() {
        let mut seed = Seed(0x5eed_0003);
        let (mut tried, mut accepted) = (0, 0);
        let originals = originals();
        let others: Vec<Option<Run>> = originals.iter().map(|(name, text)| read(name, text.as_bytes())).collect();
        for _ in 0..100 {
            for ((name, text), other) in originals.iter().zip(&others) {
                let original = text;
                let text = mutated(original, &mut seed);
                tried += 1;
                let Some(run) = read(name, text.as_bytes()) else { continue };
                accepted += 1;
                let changed: Vec<&str> = text.lines().filter(|line| !original.contains(line)).collect();
                let what = format!("input {tried} of {name}, {changed:?}");
                assert_round_trip(&what, &run, other.as_ref().unwrap_or(&run));
            }
        }
        println!("{tried} inputs, {accepted} accepted and read back");
        assert!(accepted > tried / 4, "{accepted} of {tried}");
    }
}
