//! `loaddiff inspect`: the content of files.

use std::process::ExitCode;

use clap::{ArgMatches, Command};
use loaddiff::ingest::{self, Parts};
use loaddiff::report::inspect;

use crate::output::Shape;
use crate::{Failure, args, output};

pub fn command() -> Command {
    Command::new("inspect")
        .about("Show what loaddiff reads from result files")
        .arg(args::paths("files").help("Result files. Files of one run are grouped by name"))
        .arg(args::format(["text", "json"]))
        .after_help("Example:\n  loaddiff inspect run_stats.csv run_stats_history.csv")
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let runs = ingest::group(args::parts(args, "files")?)
        .into_iter()
        .map(|group| ingest::assemble(group.parts, Parts::Merge).map_err(|e| e.to_string()))
        .collect::<Result<Vec<_>, _>>()?;
    let is_json = args.get_one::<String>("format").is_some_and(|f| f == "json");
    let text = match (runs.as_slice(), is_json) {
        ([run], true) => inspect::json(run),
        (runs, true) => inspect::json_list(runs),
        (runs, false) => runs.iter().map(inspect::text).collect::<Vec<_>>().join("\n"),
    };
    output::print(&text, if is_json { Shape::Json } else { Shape::Lines })?;
    Ok(ExitCode::SUCCESS)
}
