//! What the output is shown on: its width, and whether it takes colours.

use std::io::IsTerminal;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, ColorChoice};
use loaddiff::report::text::Look;

/// Columns of a terminal that does not tell them.
const USUAL: usize = 80;

/// Narrower than this, a table cannot be read.
const LEAST: usize = 40;

/// `--color`.
pub fn color() -> Arg {
    Arg::new("color")
        .long("color")
        .value_name("WHEN")
        .value_parser(PossibleValuesParser::new(["auto", "always", "never"]))
        .default_value("auto")
        .hide_default_value(true)
        .global(true)
        .help("Use colors [default: auto, on a terminal unless NO_COLOR is set, or if CLICOLOR_FORCE is set]")
}

/// Whether standard output is a terminal.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// How to show a report on standard output.
pub fn look(args: &ArgMatches) -> Look {
    let colors = match args.get_one::<String>("color").map(String::as_str) {
        Some("always") => true,
        Some("never") => false,
        _ => !matches!(anstream::AutoStream::choice(&std::io::stdout()), anstream::ColorChoice::Never),
    };
    Look { width: is_terminal().then(|| columns(terminal_size::terminal_size_of(std::io::stdout()))), colors }
}

/// Columns of standard error.
pub fn error_columns() -> usize {
    columns(terminal_size::terminal_size_of(std::io::stderr()))
}

fn columns(size: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    // 0 is a terminal that does not know.
    size.map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0).map_or(USUAL, |width| width.max(LEAST))
}

/// The colors of help and of errors on arguments, which are printed before arguments are understood.
pub fn of_help<'a>(words: impl IntoIterator<Item = &'a std::ffi::OsString>) -> ColorChoice {
    let words: Vec<_> = words.into_iter().filter_map(|word| word.to_str()).collect();
    let named = |when: &str| {
        words.contains(&format!("--color={when}").as_str()) || words.windows(2).any(|pair| pair == ["--color", when])
    };
    match (named("always"), named("never")) {
        (_, true) => ColorChoice::Never,
        (true, _) => ColorChoice::Always,
        _ => ColorChoice::Auto,
    }
}
