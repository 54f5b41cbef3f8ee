//! `loaddiff extract` and `loaddiff baseline`: one run as normalised metrics, or as the next baseline.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, Command};
use loaddiff::ingest::{self, Parts};
use loaddiff::policy::Policy;
use loaddiff::report::metrics::{self, Written};
use loaddiff::run::Run;

use crate::output::Shape;
use crate::{Failure, args, output};

/// One of the two commands.
pub struct Kind {
    name: &'static str,
    about: &'static str,
    example: &'static str,
    write: fn(&Run, &Policy) -> Written,
}

pub const EXTRACT: Kind = Kind {
    name: "extract",
    about: "Write the figures of a run as normalised metrics JSON",
    example: "loaddiff extract run_stats.csv --output metrics.json",
    write: metrics::extract,
};

pub const BASELINE: Kind = Kind {
    name: "baseline",
    about: "Write a run as performance-baselines.json",
    example: "loaddiff baseline 'run_*.csv' --output performance-baselines.json",
    write: metrics::baseline,
};

pub fn command(kind: &Kind) -> Command {
    args::with_thresholds(Command::new(kind.name))
        .about(kind.about)
        .arg(args::paths("files").help("Result files of the run. Several files are parts of one run"))
        .arg(args::output())
        .after_help(format!(
            "Services come from the thresholds. Without services, each endpoint is an entry under its label.\n\n\
             Example:\n  {}",
            kind.example
        ))
}

pub fn run(kind: &Kind, args: &ArgMatches) -> Result<ExitCode, Failure> {
    let output = args.get_one::<PathBuf>("output");
    output::check_inputs(args, &output.map(PathBuf::as_path).into_iter().collect::<Vec<_>>())?;
    let run = ingest::assemble(args::parts(args, "files")?, Parts::Merge).map_err(|e| e.to_string())?;
    let policy = args::thresholds(args)?;
    args::can_match([&run], &policy)?;
    let written = (kind.write)(&run, &policy);
    let left_out = written.left_out();
    if written.entries == 0 {
        return Err(format!("none of the endpoints is of a service that “{}” names: {left_out}.", policy.name));
    }
    output::write(output, written.text, Shape::Json)?;
    if kind.name == BASELINE.name && !written.whole {
        output::print_error(
            "warning: the baseline has the run's figures alone: the run itself is too large to be kept in it.",
        );
    }
    if !left_out.is_empty() {
        output::print_error(&format!("warning: left out, since no service is named for: {left_out}."));
    }
    Ok(ExitCode::SUCCESS)
}
