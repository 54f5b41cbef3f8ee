//! `loaddiff compare`: the verdict, for the terminal and the pipeline.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use loaddiff::report::{json, markdown, text};

use crate::output::Shape;
use crate::{Failure, args, files, output};

pub fn command() -> Command {
    args::with_sides(Command::new("compare"))
        .about("Compare a run with a baseline and print the verdict")
        .arg(args::format(["markdown", "json", "text"]).help("Output format. On a terminal, the default is text"))
        .arg(args::output())
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let output = args.get_one::<PathBuf>("output");
    output::check_inputs(args, &output.map(PathBuf::as_path).into_iter().collect::<Vec<_>>())?;
    let comparison = args::comparison(args)?;
    let asked = args.value_source("format") == Some(ValueSource::CommandLine);
    let on_terminal = !asked && output.is_none() && std::io::stdout().is_terminal();
    let (text, shape) = match args.get_one::<String>("format").map(String::as_str) {
        Some("json") => (json::render(&comparison, &files::now()), Shape::Json),
        Some("text") => (text::render(&comparison), Shape::Lines),
        _ if on_terminal => (text::render(&comparison), Shape::Lines),
        _ => (markdown::render(&comparison), Shape::Lines),
    };
    output::write(output, text, shape)?;
    Ok(args::gate(&comparison))
}
