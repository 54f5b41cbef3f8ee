//! `loaddiff compare`: the verdict, for the terminal and the pipeline.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, Command};
use loaddiff::report::{json, markdown};

use crate::{Failure, args, files};

pub fn command() -> Command {
    args::with_sides(Command::new("compare"))
        .about("Judges a run against a baseline")
        .arg(args::format(["markdown", "json"]))
        .arg(args::output())
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let comparison = args::comparison(args)?;
    let text = match args.get_one::<String>("format").map(String::as_str) {
        Some("json") => json::render(&comparison, &files::now()),
        _ => markdown::render(&comparison),
    };
    files::write(args.get_one::<PathBuf>("output"), &text)?;
    Ok(args::gate(&comparison))
}
