//! `loaddiff compare`: the verdict, for the terminal and the pipeline.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use loaddiff::report::{json, markdown, text};

use crate::{Failure, args, files};

pub fn command() -> Command {
    args::with_sides(Command::new("compare"))
        .about("Compare a run with a baseline and print the verdict")
        .arg(args::format(["markdown", "json", "text"]).help("Output format. On a terminal, the default is text"))
        .arg(args::output())
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let comparison = args::comparison(args)?;
    let output = args.get_one::<PathBuf>("output");
    let asked = args.value_source("format") == Some(ValueSource::CommandLine);
    let on_terminal = !asked && output.is_none() && std::io::stdout().is_terminal();
    let text = match args.get_one::<String>("format").map(String::as_str) {
        Some("json") => json::render(&comparison, &files::now()),
        Some("text") => text::render(&comparison),
        _ if on_terminal => text::render(&comparison),
        _ => markdown::render(&comparison),
    };
    files::write(output, &text)?;
    Ok(args::gate(&comparison))
}
