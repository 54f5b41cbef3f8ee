//! The command line: reads files, calls the library, writes text.
//!
//! Results go to standard output, errors and the deciding row to standard error. Exit code 0: the gate passes; 1: it
//! fails; 2: wrong arguments or input; 3: no verdict, since the runs cannot be compared or too little was measured.
//!
//! Every command is a file with two functions: `command`, its arguments, and `run`, its action. [`args`] and [`files`]
//! are shared.

#[cfg(not(target_arch = "wasm32"))]
mod ab;
#[cfg(not(target_arch = "wasm32"))]
mod args;
#[cfg(not(target_arch = "wasm32"))]
mod calibrate;
#[cfg(not(target_arch = "wasm32"))]
mod comment;
#[cfg(not(target_arch = "wasm32"))]
mod compare;
#[cfg(not(target_arch = "wasm32"))]
mod completions;
#[cfg(not(target_arch = "wasm32"))]
mod digest;
#[cfg(not(target_arch = "wasm32"))]
mod extract;
#[cfg(not(target_arch = "wasm32"))]
mod files;
#[cfg(not(target_arch = "wasm32"))]
mod github;
#[cfg(not(target_arch = "wasm32"))]
mod history;
#[cfg(not(target_arch = "wasm32"))]
mod inputs;
#[cfg(not(target_arch = "wasm32"))]
mod inspect;
#[cfg(not(target_arch = "wasm32"))]
mod issue;
#[cfg(not(target_arch = "wasm32"))]
mod job;
#[cfg(not(target_arch = "wasm32"))]
mod link;
#[cfg(not(target_arch = "wasm32"))]
mod output;
#[cfg(not(target_arch = "wasm32"))]
mod progress;
#[cfg(not(target_arch = "wasm32"))]
mod report;
#[cfg(not(target_arch = "wasm32"))]
mod screen;
#[cfg(not(target_arch = "wasm32"))]
mod simulate;

#[cfg(not(target_arch = "wasm32"))]
use std::ffi::OsString;
#[cfg(not(target_arch = "wasm32"))]
use std::io::{IsTerminal, Write};

#[cfg(not(target_arch = "wasm32"))]
use clap::error::{ContextKind::SuggestedSubcommand, ErrorKind::InvalidSubcommand};
#[cfg(not(target_arch = "wasm32"))]
use loaddiff::report::terminal;

#[cfg(target_arch = "wasm32")]
fn main() {}

/// An error message for standard error.
#[cfg(not(target_arch = "wasm32"))]
type Failure = String;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    output::watch_signals();
    let words: Vec<OsString> = std::env::args_os().collect();
    let command = program().color(screen::of_help(&words));
    let words = with_command(words, &command);
    let mut parsed = command.clone().try_get_matches_from(&words);
    // What is like no command is a path.
    if parsed.as_ref().is_err_and(|e| e.kind() == InvalidSubcommand && e.get(SuggestedSubcommand).is_none()) {
        parsed = command.try_get_matches_from(comparing(words));
    }
    let matches = match parsed {
        Ok(matches) => matches,
        // Arguments are often untrusted file names.
        Err(error) if error.use_stderr() && !std::io::stderr().is_terminal() => {
            let _ = write!(std::io::stderr(), "{}", terminal::output(&error.render().to_string()));
            return std::process::ExitCode::from(2);
        }
        Err(error) => error.exit(),
    };
    let outcome = match matches.subcommand() {
        Some(("inspect", args)) => inspect::run(args),
        Some(("compare", args)) => compare::run(args),
        Some(("report", args)) => report::run(args),
        Some(("link", args)) => link::run(args),
        Some(("issue", args)) => issue::run(args),
        Some(("comment", args)) => comment::run(args),
        Some(("extract", args)) => extract::run(&extract::EXTRACT, args),
        Some(("digest", args)) => digest::run(args),
        Some(("baseline", args)) => extract::run(&extract::BASELINE, args),
        Some(("history", args)) => history::run(args),
        Some(("ab", args)) => ab::run(args),
        Some(("calibrate", args)) => calibrate::run(args),
        Some(("simulate", args)) => simulate::run(args),
        Some(("completions", args)) => completions::run_completions(args, program()),
        Some(("man", args)) => completions::run_man(args, program()),
        _ => Err("a command is needed: see --help".into()),
    };
    outcome.unwrap_or_else(|failure| {
        output::print_error(&format!("error: {failure}"));
        std::process::ExitCode::from(2)
    })
}

/// The program's commands and arguments.
#[cfg(not(target_arch = "wasm32"))]
fn program() -> clap::Command {
    let command = clap::Command::new("loaddiff")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Compare two load-test results: what regressed, by how much, against which limit")
        .override_usage("loaddiff [OPTIONS] <BASELINE> <RUN>\n       loaddiff [OPTIONS] <COMMAND>")
        .after_help(
            "Two paths without a command are compared. A path is a file, a folder, or a quoted pattern.\n\n\
             Exit codes: 0 the gate passes, 1 the gate fails, 2 wrong arguments or input, 3 no verdict (not comparable or \
             too little data, see --no-verdict).\n\n\
             Example:\n  loaddiff base_stats.csv run_stats.csv",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            compare::command(),
            inspect::command(),
            report::command(),
            link::command(),
            issue::command(),
            comment::command(),
            extract::command(&extract::EXTRACT),
            extract::command(&extract::BASELINE),
            digest::command(),
            history::command(),
            ab::command(),
            calibrate::command(),
            simulate::command(),
            completions::completions(),
            completions::man(),
        ]);
    args::with_read_options(command)
}

/// Puts `compare` before paths or options that stand without a command.
#[cfg(not(target_arch = "wasm32"))]
fn with_command(words: Vec<OsString>, command: &clap::Command) -> Vec<OsString> {
    let is_command = |word: &OsString| command.get_subcommands().any(|sub| *word == *sub.get_name()) || word == "help";
    let mut rest = words.iter().skip(1);
    let first = loop {
        match rest.next() {
            // Options of the program itself.
            Some(word) if word == "--threads" || word == "--color" => drop(rest.next()),
            Some(word) if word == "--collapse-sub-results" => {}
            Some(word) if word.to_str().is_some_and(|w| w.starts_with("--threads=") || w.starts_with("--color=")) => {}
            first => break first,
        }
    };
    let Some(first) = first.filter(|first| !is_command(first)) else { return words };
    let text = first.to_string_lossy();
    let is_option = text.starts_with('-') && !["-h", "--help", "-V", "--version"].contains(&&*text);
    if is_option || std::path::Path::new(first).exists() { comparing(words) } else { words }
}

#[cfg(not(target_arch = "wasm32"))]
fn comparing(mut words: Vec<OsString>) -> Vec<OsString> {
    words.insert(words.len().min(1), "compare".into());
    words
}
