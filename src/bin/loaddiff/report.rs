//! `loaddiff report`: a comparison as one or several files.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, ArgMatches, Command};
use loaddiff::compare::Comparison;
use loaddiff::report::{csv, html, json, junit, markdown, review};

use crate::github::source;
use crate::output::{Output, Shape};
use crate::{Failure, args, files, job, output};

/// A format: its name in `--format`, its file in `--output-dir`, and its writer.
struct Format {
    name: &'static str,
    file: &'static str,
    shape: Shape,
    /// Whether it is for people elsewhere: names are masked.
    leaves: bool,
    render: fn(&Comparison, &Around<'_>) -> String,
}

/// What a report has beside the comparison.
struct Around<'a> {
    /// The current time, RFC 3339.
    now: &'a str,
    /// The link to the comparison.
    link: Option<&'a str>,
}

/// Every format; the first is the default.
const FORMATS: &[Format] = &[
    Format {
        name: "markdown",
        file: "loaddiff-report.md",
        shape: Shape::Lines,
        leaves: true,
        render: |c, _| markdown::render(c),
    },
    Format {
        name: "review",
        file: "loaddiff-review.md",
        shape: Shape::Lines,
        leaves: true,
        render: |c, a| review::render(c, a.link),
    },
    Format {
        name: "json",
        file: "loaddiff-report.json",
        shape: Shape::Json,
        leaves: false,
        render: |c, a| json::render(c, a.now),
    },
    Format {
        name: "csv",
        file: "loaddiff-report.csv",
        shape: Shape::Lines,
        leaves: false,
        render: |c, _| csv::render(c),
    },
    Format {
        name: "junit",
        file: "loaddiff-junit.xml",
        shape: Shape::Lines,
        leaves: false,
        render: |c, a| junit::render(c, a.now),
    },
    Format {
        name: "html",
        file: "loaddiff-report.html",
        shape: Shape::Html,
        leaves: true,
        render: |c, a| html::render(c, a.now),
    },
    Format {
        name: "github-annotations",
        file: "loaddiff-annotations.txt",
        shape: Shape::Commands,
        leaves: true,
        render: |c, _| job::annotations(c),
    },
    Format {
        name: "github-outputs",
        file: "loaddiff-outputs.txt",
        shape: Shape::Lines,
        leaves: true,
        render: |c, a| job::outputs(c, a.link),
    },
];

pub fn command() -> Command {
    args::with_sides(Command::new("report"))
        .about("Compare a run with a baseline and write reports in one or more formats")
        .arg(args::format(FORMATS.iter().map(|f| f.name)).action(ArgAction::Append).value_delimiter(','))
        .arg(args::output().conflicts_with("output-dir"))
        .arg(source::base_url())
        .arg(args::keep_names())
        .arg(args::path("output-dir", "DIR").long("output-dir").help("Write each format to its own file in DIR"))
        .after_help(
            "The exit code is the gate's, as for `compare`. `json`, `csv` and `junit` are for programs, and keep names.\n\n\
             Example:\n  loaddiff report base_stats.csv run_stats.csv --format html,junit --output-dir reports",
        )
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let wanted: Vec<&String> = args.get_many("format").unwrap_or_default().collect();
    let formats: Vec<&Format> = FORMATS.iter().filter(|f| wanted.iter().any(|name| *name == f.name)).collect();
    let folder = args.get_one::<PathBuf>("output-dir");
    if formats.len() > 1 && folder.is_none() {
        return Err("several formats are several files: name a folder for them with --output-dir.".into());
    }
    let named = args.get_one::<PathBuf>("output");
    let file = |format: &Format| folder.map(|folder| folder.join(format.file)).or_else(|| named.cloned());
    let files: Vec<PathBuf> = formats.iter().filter_map(|format| file(format)).collect();
    output::check_inputs(args, &files.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    let comparison = args::comparison(args)?;
    let leaving = args::leaving(&comparison, args::names(args))?;
    let link = source::link(args, &comparison, &leaving)?;
    let around = Around { now: &files::now(), link: link.as_deref() };
    let mut outputs = Vec::new();
    for format in formats {
        let told = if format.leaves { leaving.of(&comparison) } else { &comparison };
        let text = (format.render)(told, &around);
        match file(format) {
            Some(path) => outputs.push(Output { path, text }),
            None => output::print(&text, format.shape)?,
        }
    }
    let made = folder.filter(|folder| !folder.exists());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: could not be made: {e}.", folder.display()))?;
    }
    output::write_all(outputs).inspect_err(|_| {
        // Remove a folder created for the files, if empty.
        made.map(std::fs::remove_dir);
    })?;
    Ok(args::gate(&comparison))
}
