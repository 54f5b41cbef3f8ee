//! The project's own commands: `cargo xtask serve`, `build`, `test` and others.
//!
//! Each installs what is missing and nothing else, says what it does in a line, and can be repeated. Versions are
//! pinned in [`tools`] and in `package.json`; nothing that a person has installed is replaced.

mod bench;
mod command;
mod evaluate;
mod page;
mod picture;
mod serve;
mod service_worker;
mod setup;
mod site;
mod test;
mod tools;
mod wasm;
mod weight;
mod workflows;

use std::process::ExitCode;

use command::{Failure, Result};

const HELP: &str = "\
Usage: cargo xtask COMMAND

  serve [--port N]   Build the page and serve it on 127.0.0.1:8080; build and load it again on every change
  build              Write the release site into dist/, and weigh it
    --allow-host ORIGIN  Of both: let the page fetch from this origin too, for links to files there; may be repeated
  test [STEP ...]    Run every check there is, or the named ones
  evaluate [OPTION]  Measure the verdicts on pairs whose difference is known; --help lists the options
  setup              Install what serve, build and test need, and do nothing else
  bench-browser [--size 200MB] [--runs 3] [--kind jtl|k6] [--only NAME,NAME] [--memory]
                     Measure reading in Chromium against DuckDB-WASM and others; see docs/performance.md
  bench-page [--runs N] [--only visit,work]
                     Measure the page in Chromium: the first visit beside speedscope's, drops, keystrokes, frames
  firefox            Walk through the built page in the system's Firefox (FIREFOX_PATH sets another one)
  picture            Take the README's picture anew: the release site with its sample data
  weight [--write | BINARY ...]
                     Print which crates and modules the page's code comes from; --write puts it into docs/performance.md
  help               Print this

Each command installs what it needs and does not find: crates' tools into a folder of your cache
(LOADDIFF_CACHE sets another one), npm packages into node_modules/.
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Builds the site, installs the npm packages of a folder, and runs a script there.
fn node(folder: &'static str, script: &str, options: &[&str]) -> Result<()> {
    setup::npm_packages_of(folder)?;
    site::build(&[])?;
    command::run(command::in_root("node").arg(format!("{folder}/{script}")).args(options))
}

/// Carries out one command line, without the program's name.
fn run(words: &[&str]) -> Result<()> {
    match words {
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            test::print_steps();
            Ok(())
        }
        ["serve", options @ ..] => serve::serve(options),
        ["build", options @ ..] => site::build(options),
        ["test", steps @ ..] => test::test(steps),
        ["evaluate", options @ ..] => evaluate::evaluate(options),
        ["setup"] => setup::everything(),
        ["bench-browser", options @ ..] => bench::bench_browser(options),
        ["bench-page", options @ ..] => node("tools/bench-page", "run.mjs", options),
        ["firefox"] => node("tests/firefox", "journeys.mjs", &[]),
        ["picture"] => picture::picture(),
        ["weight", options @ ..] => weight::weight(options),
        // Called by Trunk.dev.toml alone.
        ["reload-script"] => serve::copy_reload_script(),
        [other, ..] => Err(Failure::new(format!(
            "`cargo xtask {other}` is not a command, or takes no arguments; `cargo xtask help` lists what there is"
        ))),
    }
}
