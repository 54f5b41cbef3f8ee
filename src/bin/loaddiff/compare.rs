//! `loaddiff compare`: the verdict, for the terminal and the pipeline.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use loaddiff::compare::Comparison;
use loaddiff::mask::Names;
use loaddiff::report::text::{self, Look};
use loaddiff::report::{json, markdown};

use crate::output::Shape;
use crate::{Failure, args, files, output, screen};

pub fn command() -> Command {
    args::with_sides(Command::new("compare"))
        .about("Compare a run with a baseline and print the verdict")
        .arg(format())
        .arg(args::output())
        .arg(args::keep_names())
        .after_help(
            "The exit code is the gate's: 0 passes, 1 fails, 3 is no verdict. The word `compare` can be left out.\n\n\
             Example:\n  loaddiff compare base_stats.csv run_stats.csv",
        )
}

/// `--format`, for [`show`].
pub fn format() -> Arg {
    args::format(["markdown", "json", "text"])
        .hide_default_value(true)
        .help("Output format [default: text on a terminal, else markdown]")
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let output = args.get_one::<PathBuf>("output");
    output::check_inputs(args, &output.map(PathBuf::as_path).into_iter().collect::<Vec<_>>())?;
    show(&args::comparison(args)?, args, args::names(args))
}

/// Writes a comparison in the format asked for. The exit code is the gate's.
pub fn show(comparison: &Comparison, args: &ArgMatches, names: Names) -> Result<ExitCode, Failure> {
    let output = args.get_one::<PathBuf>("output");
    let asked = args.value_source("format") == Some(ValueSource::CommandLine);
    let on_terminal = output.is_none() && screen::is_terminal();
    let format = match args.get_one::<String>("format").map(String::as_str) {
        Some(format) if asked || !on_terminal => format,
        _ => "text",
    };
    let (text, shape) = match format {
        "json" => (json::render(comparison, &files::now()), Shape::Json),
        "text" => {
            let look = if output.is_some() { Look::default() } else { screen::look(args) };
            (text::render_for(comparison, look), Shape::Painted)
        }
        // Markdown is for people elsewhere.
        _ => (markdown::render(args::leaving(comparison, names)?.of(comparison)), Shape::Lines),
    };
    output::write(output, text, shape)?;
    // On the same terminal, the report says what decided.
    let said = format == "text" && on_terminal && std::io::stderr().is_terminal();
    Ok(if said { args::exit_code(comparison) } else { args::gate(comparison) })
}
