//! The comparison to tell about: result files, or a report that was written before.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};
use loaddiff::compare::{self, Comparison};
use loaddiff::link;
use loaddiff::mask::Leaving;
use loaddiff::report::html;

use crate::{Failure, args, files, output};

/// Adds the arguments of a comparison, `--report` and `--base-url`.
pub fn with_source(command: Command) -> Command {
    let or_report = |arg: Arg| arg.required_unless_present_any(["both", "report"]);
    args::with_sides(command)
        .mut_arg("baseline", or_report)
        .mut_arg("run", or_report)
        .arg(
            Arg::new("report")
                .long("report")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with_all([
                    "both",
                    "baseline",
                    "run",
                    "history",
                    "policy",
                    "profile",
                    "group-ids",
                    "fail-on",
                    "no-verdict",
                ])
                .help("Take the comparison from an HTML report of loaddiff instead of result files"),
        )
        .arg(base_url())
        .arg(args::keep_names())
}

/// `--base-url`.
pub fn base_url() -> Arg {
    Arg::new("base-url")
        .long("base-url")
        .value_name("URL")
        .help("Address of the page, for a link that holds the whole comparison [default: no link]")
}

/// The comparison.
pub fn comparison(args: &ArgMatches) -> Result<Comparison, Failure> {
    match args.get_one::<PathBuf>("report") {
        Some(path) => restored(path),
        None => args::comparison(args),
    }
}

fn restored(path: &Path) -> Result<Comparison, Failure> {
    let shown = path.display();
    let text = String::from_utf8(files::bytes(path)?).map_err(|_| {
        format!("{shown}: it is no HTML report of loaddiff. Write one with `loaddiff report --format html`.")
    })?;
    let report = html::restore(&path.to_string_lossy(), &text).map_err(|e| e.to_string())?;
    if !report.verified.holds() {
        output::print_error(&format!("warning: {shown}: {}", report.verified.sentence()));
    }
    Ok(compare::compare(report.baseline, report.run, report.policy))
}

/// The link to the comparison; `None` without `--base-url`, or where none can be made, which is said.
pub fn link(args: &ArgMatches, comparison: &Comparison, leaving: &Leaving) -> Result<Option<String>, Failure> {
    let Some(url) = args.get_one::<String>("base-url").map(|url| url.trim()).filter(|url| !url.is_empty()) else {
        return Ok(None);
    };
    if !(url.starts_with("https://") || url.starts_with("http://")) || !url.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!("--base-url “{url}”: an address is expected, such as https://example.org/loaddiff/."));
    }
    let page = url.split('#').next().unwrap_or_default();
    let options = link::Options { names: args::names(args), ..link::Options::default() };
    match link::encode_leaving(comparison, leaving, &options) {
        Ok(link) => Ok(Some(format!("{page}{}", link.text))),
        Err(why) => {
            output::print_error(&format!("warning: there is no link: {why}."));
            Ok(None)
        }
    }
}
