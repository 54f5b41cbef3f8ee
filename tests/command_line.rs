//! The command line as a person uses it: paths without flags, help, a terminal.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::Path;
use std::process::{Command, Output};

const BIN: &str = env!("CARGO_BIN_EXE_loaddiff");

fn run_in(folder: &Path, args: &[&str]) -> Output {
    Command::new(BIN).args(args).current_dir(folder).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder with the files of two runs of Locust.
fn two_runs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in [("base", "base"), ("slow", "run")] {
        for kind in ["stats", "stats_history", "failures", "exceptions"] {
            let bytes = std::fs::read(support::fixture(&format!("locust/2.47.0/{from}_{kind}.csv"))).unwrap();
            std::fs::create_dir_all(folder.path().join(to)).unwrap();
            std::fs::write(folder.path().join(format!("{to}_{kind}.csv")), &bytes).unwrap();
            std::fs::write(folder.path().join(format!("{to}/{to}_{kind}.csv")), &bytes).unwrap();
        }
    }
    folder
}

/// Two paths, however they are named, give what the four files of each run behind flags give.
#[test]
fn two_paths_compare() {
    let folder = two_runs();
    let files = |side: &str| {
        ["stats", "stats_history", "failures", "exceptions"].map(|kind| format!("{side}_{kind}.csv")).to_vec()
    };
    let (base, run) = (files("base"), files("run"));
    let mut flags = vec!["compare", "--baseline"];
    flags.extend(base.iter().map(String::as_str));
    flags.push("--run");
    flags.extend(run.iter().map(String::as_str));
    let expected = run_in(folder.path(), &flags);
    assert_eq!(expected.status.code(), Some(1));
    // Labels and files are named by their folders where they come from one.
    let verdict = |text: &str| text.lines().filter(|line| line.starts_with('|') && line.contains('%')).count();
    let deciding = |text: &str| text.lines().last().unwrap().to_owned();
    let mut every: Vec<&str> = base.iter().chain(&run).map(String::as_str).collect();
    // Their order is that of the names, not of the roles.
    every.sort_by_key(|name| std::cmp::Reverse(*name));
    for args in [
        vec!["base_stats.csv", "run_stats.csv"],
        vec!["compare", "base_stats.csv", "run_stats.csv"],
        vec!["--threads", "1", "base_stats.csv", "run_stats.csv"],
        vec!["--format", "markdown", "base_stats.csv", "run_stats.csv"],
        vec!["base_*.csv", "run_*.csv"],
        vec!["base/", "run"],
        vec!["base/*_stats.csv", "./run_stats.csv"],
        every,
    ] {
        let output = run_in(folder.path(), &args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", err(&output));
        assert_eq!(deciding(&err(&output)), deciding(&err(&expected)), "{args:?}");
        assert_eq!(verdict(&out(&output)), verdict(&out(&expected)), "{args:?}");
        assert!(out(&output).starts_with("## ▲ Regressed: "), "{args:?}: {}", out(&output));
    }
    let output = run_in(folder.path(), &["base_stats.csv", "run_stats.csv"]);
    assert_eq!(out(&output), out(&expected));
    assert_eq!(
        err(&output).lines().next(),
        Some("note: base_stats.csv: read with base_stats_history.csv, base_failures.csv, base_exceptions.csv.")
    );
}

/// What is beside a summary, and no result, is named and left out.
#[test]
fn a_companion_that_cannot_be_read_is_left_out() {
    let folder = two_runs();
    std::fs::write(folder.path().join("run_failures.csv"), "not,a,result\n1,2,3\n").unwrap();
    let output = run_in(folder.path(), &["base_stats.csv", "run_stats.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("warning: left out: run_failures.csv:1:1: "), "{}", err(&output));
    assert!(err(&output).contains("note: run_stats.csv: read with run_stats_history.csv, run_exceptions.csv.\n"));
}

#[test]
fn wrong_paths_are_named_with_what_to_do() {
    let folder = two_runs();
    for (args, expected) in [
        (&["nothing", "run_stats.csv"][..], "error: nothing: there is no such file or folder. Check its name"),
        (&["no_*.csv", "run_stats.csv"], "error: no_*.csv: no file matches. "),
        (&["base***.csv", "run_stats.csv"], "error: base***.csv:1:"),
        (&["base_stats.csv"], "error: base_stats.csv: it holds one run (base), and two are compared. "),
        (
            &["base_stats.csv", "base_stats_history.csv"],
            "error: base_stats_history.csv: this is another file of the same run. ",
        ),
        (&["comprae", "base_stats.csv", "run_stats.csv"], "similar subcommand"),
        (&["base_stats.csv", "run_stats.csv", "--output", "run_failures.csv"], "the output would replace an input"),
        (&["link", "--decode", "https://example.org/"], "error: --decode: "),
        (&["link", "--decode", "#base=https://a.example/x&run=y"], "Open it in a browser"),
        (&["link", "--decode", "#r1.x", "--baseline", "base_stats.csv"], "cannot be used with"),
    ] {
        let output = run_in(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", err(&output));
        assert!(err(&output).contains(expected), "{args:?}: {}", err(&output));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

/// A decoded link shows the report that its sender saw, and ends with the same code.
#[test]
fn a_link_is_opened() {
    let folder = two_runs();
    let made = run_in(folder.path(), &["link", "base_stats.csv", "run_stats.csv", "--max-chars", "0"]);
    let link = out(&made);
    let sent = run_in(folder.path(), &["compare", "base_stats.csv", "run_stats.csv", "--format", "text"]);
    for args in [
        vec!["link", "--format", "text", "--decode", link.trim()],
        vec!["link", "--format", "text", "--decode", link.trim().trim_start_matches('#')],
    ] {
        let opened = run_in(folder.path(), &args);
        assert_eq!(opened.status.code(), Some(1), "{}", err(&opened));
        assert_eq!(out(&opened), out(&sent));
    }
    let url = format!("https://example.org/{}", link.trim());
    std::fs::write(folder.path().join("link.txt"), format!("{url}\n")).unwrap();
    let file = std::fs::File::open(folder.path().join("link.txt")).unwrap();
    let piped = Command::new(BIN).args(["link", "--decode", "-"]).stdin(file).output().unwrap();
    assert!(out(&piped).starts_with("## ▲ Regressed: run against base\n"), "{}", err(&piped));
    let cut = run_in(folder.path(), &["link", "--decode", &url[..url.len() - 9]]);
    assert_eq!(cut.status.code(), Some(2));
}

/// Every command's help ends with an example, and each example is a command that is understood.
#[test]
fn help_ends_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let help = out(&run_in(folder.path(), &["--help"]));
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|l| !l.starts_with(' '))
        .map(|l| l.split(' ').next().unwrap())
        .filter(|n| *n != "help")
        .collect();
    assert!(names.len() >= 9, "{names:?}");
    let mut examples = 0;
    for name in names.iter().copied().chain([""]) {
        let args: Vec<&str> = [name, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let help = out(&run_in(folder.path(), &args));
        let (_, after) = help.rsplit_once("Example").unwrap_or_else(|| panic!("{name}: {help}"));
        let mut lines = after.lines().skip(1).peekable();
        assert!(lines.peek().is_some(), "{name}");
        for line in lines {
            let line = line.strip_prefix("  ").unwrap_or_else(|| panic!("{name}: {line}"));
            let line = line.split(" > ").next().unwrap().replace('\'', "");
            let words: Vec<&str> = line.split(' ').skip(1).collect();
            assert!(
                line.starts_with("loaddiff ") && (words[0] == name || name.is_empty() || words[0].contains('.')),
                "{line}"
            );
            let output =
                Command::new(BIN).args(&words).env("HOME", folder.path()).current_dir(folder.path()).output().unwrap();
            // Its files are not there; its arguments are right.
            assert!(!err(&output).contains("Usage:"), "{line}: {}", err(&output));
            examples += 1;
        }
    }
    assert!(examples > names.len());
    let root = out(&run_in(folder.path(), &["--help"]));
    for code in ["0 the gate passes", "1 the gate fails", "2 wrong arguments or input", "3 no verdict"] {
        assert!(root.contains(code), "{root}");
    }
}

/// Shells read the scripts, and the pages are there for every command.
#[test]
fn completions_and_manual_pages() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run_in(folder.path(), &["completions", shell]);
        assert_eq!(script.status.code(), Some(0));
        for word in ["simulate", "no-verdict", "base-url"] {
            assert!(out(&script).contains(word), "{shell}: {word}");
        }
    }
    let script = folder.path().join("loaddiff.bash");
    std::fs::write(&script, run_in(folder.path(), &["completions", "bash"]).stdout).unwrap();
    // What bash offers after `loaddiff comp`, where bash is there.
    let ask = "source loaddiff.bash; COMP_WORDS=(loaddiff comp); COMP_CWORD=1; _loaddiff loaddiff comp loaddiff; echo \"${COMPREPLY[@]}\"";
    if let Ok(answer) = Command::new("bash").args(["-c", ask]).current_dir(folder.path()).output() {
        assert_eq!(out(&answer).trim(), "compare completions", "{}", err(&answer));
    }
    let pages = run_in(folder.path(), &["man", "--dir", "pages/man1"]);
    assert_eq!((pages.status.code(), out(&pages)), (Some(0), String::new()));
    let read = |name: &str| std::fs::read_to_string(folder.path().join("pages/man1").join(name)).unwrap();
    assert!(read("loaddiff-simulate.1").contains("\\-\\-slower"));
    assert!(read("loaddiff.1").starts_with(".ie"));
    assert_eq!(read("loaddiff.1"), out(&run_in(folder.path(), &["man"])));
}

/// `--color` and the variables of the environment, without a terminal.
#[test]
fn colors_are_asked_for() {
    let folder = two_runs();
    let colored = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(BIN);
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
            command.env_remove(name);
        }
        let args = [&["base_stats.csv", "run_stats.csv", "--format", "text"], args].concat();
        let output = command.args(args).envs(variables.iter().copied()).current_dir(folder.path()).output().unwrap();
        out(&output).contains('\u{1b}')
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color=always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[cfg(unix)]
mod on_a_terminal {
    use std::fs::{File, OpenOptions};
    use std::io::Read;
    use std::process::Stdio;

    use loaddiff::report::terminal;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Winsize, tcsetwinsize};

    use super::*;

    /// Runs the program on a terminal of a given width. Returns the exit code and the output.
    fn on_terminal(folder: &Path, columns: u16, args: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&main).unwrap();
        unlockpt(&main).unwrap();
        let name = ptsname(&main, Vec::new()).unwrap().into_string().unwrap();
        let other = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
        let held = other();
        tcsetwinsize(&held, Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let mut command = Command::new(BIN);
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm").envs(variables.iter().copied());
        let mut child = command
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::from(other()))
            .stdout(Stdio::from(other()))
            .stderr(Stdio::from(other()))
            .spawn()
            .unwrap();
        drop(command);
        let mut main = File::from(main);
        let reader = std::thread::spawn(move || {
            let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
            // A terminal that nobody holds any more is an error on Linux.
            while let Ok(n @ 1..) = main.read(&mut buffer) {
                text.extend_from_slice(&buffer[..n]);
            }
            text
        });
        let code = child.wait().unwrap().code();
        drop(held);
        (code, String::from_utf8(reader.join().unwrap()).unwrap())
    }

    /// The text without escape sequences of colours, line by line.
    fn plain(text: &str) -> Vec<String> {
        let mut shown = String::new();
        let mut pieces = text.split("\u{1b}[");
        shown.push_str(pieces.next().unwrap());
        for piece in pieces {
            shown.push_str(piece.split_once('m').unwrap().1);
        }
        shown.replace("\r\n", "\n").lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_report_fits_and_says_the_verdict_first() {
        let folder = two_runs();
        for columns in [40, 60, 80, 120, 200] {
            let (code, text) = on_terminal(folder.path(), columns, &["base_stats.csv", "run_stats.csv"], &[]);
            assert_eq!(code, Some(1));
            assert!(text.contains("\u{1b}[1;97;41m▲ Regressed\u{1b}[0m: run against base"), "{text}");
            let lines: Vec<String> = plain(&text).into_iter().filter(|line| !line.starts_with("note: ")).collect();
            assert_eq!(lines[0], "▲ Regressed: run against base");
            assert!(lines.last().unwrap().starts_with("Gate: fail"), "{lines:?}");
            for line in &lines {
                // On 40 columns the figures alone are wider.
                assert!(columns < 60 || terminal::width(line) <= usize::from(columns), "{columns}: {line}");
            }
            assert!(lines.iter().any(|line| line.contains("POST /v1/chat") && line.contains("+62 %")), "{lines:#?}");
        }
        let (_, text) = on_terminal(folder.path(), 80, &["base_stats.csv", "run_stats.csv"], &[("NO_COLOR", "1")]);
        assert!(!text.contains('\u{1b}'), "{text}");
        let markdown = ["base_stats.csv", "run_stats.csv", "--format", "markdown"];
        assert!(on_terminal(folder.path(), 80, &markdown, &[]).1.contains("## ▲ Regressed: run against base"));
    }

    /// A large file shows how far it is on one line, which is gone at the end; in a pipe there is nothing.
    #[test]
    fn progress_is_one_line_that_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = String::from("endpoint,start_ms,latency_ms,ok\n");
        let name = "x".repeat(1000);
        while log.len() < 65 << 20 {
            log.push_str(&format!("/{name},{},12,true\n", 1_700_000_000_000_u64 + log.len() as u64));
        }
        std::fs::write(folder.path().join("big.csv"), log).unwrap();
        let args = ["inspect", "big.csv", "--format", "json"];
        let (code, text) = on_terminal(folder.path(), 60, &args, &[]);
        assert_eq!(code, Some(0), "{text}");
        let (progress, rest) = text.rsplit_once("\r\u{1b}[K").unwrap();
        assert!(progress.starts_with("\rbig.csv: ") && !progress.contains('\n'), "{progress}");
        assert!(progress.split('\r').all(|line| terminal::width(line.trim_end_matches("\u{1b}[K")) < 60), "{progress}");
        assert!(rest.starts_with('{'), "{}", &rest[..rest.len().min(200)]);
        let piped = run_in(folder.path(), &args);
        assert_eq!((piped.status.code(), err(&piped)), (Some(0), String::new()));
        assert!(!on_terminal(folder.path(), 60, &args, &[("TERM", "dumb")]).1.contains("\u{1b}[K"));
    }
}
