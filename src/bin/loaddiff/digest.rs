//! `loaddiff digest`: a run as a small file that merges.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, Command};
use loaddiff::ingest;

use crate::output::Shape;
use crate::{Failure, args, output};

pub fn command() -> Command {
    Command::new("digest")
        .about("Write a run as a small file that stands for its result files and merges with others")
        .arg(args::paths("files").help("Result files and digests: parts of one run, such as a file of each load generator"))
        .arg(args::output())
        .after_help(
            "A digest holds the histograms, the timeline and the causes of failures. Every command and the page read it \
             in place of the files. Its size does not depend on the number of requests.\n\n\
             Example, one digest on each load generator, and one of all:\n  \
             loaddiff digest gen1/results.jtl --output gen1.digest.json\n  \
             loaddiff digest gen*.digest.json --output run.digest.json",
        )
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let output = args.get_one::<PathBuf>("output");
    output::check_inputs(args, &output.map(PathBuf::as_path).into_iter().collect::<Vec<_>>())?;
    let text = ingest::digest(args::parts(args, "files")?).map_err(|e| e.to_string())?;
    output::write(output, text, Shape::Json)?;
    Ok(ExitCode::SUCCESS)
}
