//! The command line: reads files, calls the library, writes text.
//!
//! Results go to standard output, errors and the deciding row to standard error. Exit code 0: the gate passes; 1: it
//! fails; 2: wrong arguments or input; 3: no verdict, since the runs cannot be compared or too little was measured.
//!
//! Every command is a file with two functions: `command`, its arguments, and `run`, its action. [`args`] and [`files`]
//! are shared.

#[cfg(not(target_arch = "wasm32"))]
mod args;
#[cfg(not(target_arch = "wasm32"))]
mod comment;
#[cfg(not(target_arch = "wasm32"))]
mod compare;
#[cfg(not(target_arch = "wasm32"))]
mod digest;
#[cfg(not(target_arch = "wasm32"))]
mod extract;
#[cfg(not(target_arch = "wasm32"))]
mod files;
#[cfg(not(target_arch = "wasm32"))]
mod github;
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
mod report;

#[cfg(not(target_arch = "wasm32"))]
use std::io::{IsTerminal, Write};

#[cfg(not(target_arch = "wasm32"))]
use loaddiff::report::terminal;

#[cfg(target_arch = "wasm32")]
fn main() {}

/// An error message for standard error.
#[cfg(not(target_arch = "wasm32"))]
type Failure = String;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    let command = clap::Command::new("loaddiff")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Compare two load-test results: what regressed, by how much, against which limit")
        .after_help("Exit codes: 0 the gate passes, 1 the gate fails, 2 wrong arguments or input, 3 no verdict (not comparable or too little \
             data, see --no-verdict).")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            inspect::command(),
            compare::command(),
            report::command(),
            link::command(),
            issue::command(),
            comment::command(),
            extract::command(&extract::EXTRACT),
            extract::command(&extract::BASELINE),
            digest::command(),
        ]);
    output::watch_signals();
    let matches = match args::with_read_options(command).try_get_matches() {
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
        _ => Err("a command is needed: see --help".into()),
    };
    outcome.unwrap_or_else(|failure| {
        output::print_error(&format!("error: {failure}"));
        std::process::ExitCode::from(2)
    })
}
