//! `loaddiff simulate`: results without a load test, for trying a pipeline.

mod samples;
mod scenario;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::output::{self, Output};
use crate::{Failure, args};
use samples::{Change, How};
use scenario::{SCENARIOS, Scenario, Service};

/// The first run begins on Sunday, 4 January 2026 at 02:00 UTC; the run of each next seed, a week later.
const FIRST_MS: i64 = 1_767_492_000_000;
const WEEK_MS: i64 = 7 * 24 * 3600 * 1000;
const WEEKS: u64 = 1000;

/// Largest change in percent, either way.
const MOST_PCT: f64 = 10_000.0;

pub fn command() -> Command {
    let scenarios = SCENARIOS.iter().map(|s| PossibleValue::new(s.name).help(s.about));
    let change = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("[SERVICE=]PCT")
            .action(ArgAction::Append)
            .allow_hyphen_values(true)
            .value_parser(change_of)
            .help(help)
    };
    Command::new("simulate")
        .about("Write results of a simulated load test, for trying a pipeline")
        .arg(Arg::new("scenario").value_name("SCENARIO").required(true).value_parser(scenarios.collect::<Vec<_>>()).help("The load"))
        .arg(
            args::format(["locust", "jtl", "scripts"])
                .action(ArgAction::Append)
                .value_delimiter(',')
                .help("Files to write: Locust's CSV with history, JMeter's JTL, the load simulator's CSV"),
        )
        .arg(
            args::path("output-dir", "DIR")
                .long("output-dir")
                .default_value(".")
                .help("Folder for the files, made if it is missing"),
        )
        .arg(
            Arg::new("name")
                .long("name")
                .value_name("NAME")
                .value_parser(file_name)
                .help("Beginning of the files' names [default: the scenario]"),
        )
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_name("N")
                .value_parser(value_parser!(u64))
                .default_value("1")
                .help("Number of the run. The same seed gives the same bytes"),
        )
        .arg(
            Arg::new("scale")
                .long("scale")
                .value_name("N")
                .value_parser(value_parser!(u32).range(1..=1000))
                .default_value("1")
                .help("Multiply the number of requests by N: more requests show smaller changes"),
        )
        .arg(
            Arg::new("noise")
                .long("noise")
                .value_name("PCT")
                .value_parser(|text: &str| percent(text, 0.0, 100.0))
                .default_value("0")
                .help("Let response times differ from seed to seed, with this standard deviation"),
        )
        .arg(change("slower", "Make response times longer by PCT percent; negative values make them shorter"))
        .arg(change("errors", "Let PCT percent of the requests fail"))
        .arg(change("leak", "Let response times rise during the run, up to PCT percent more at its end"))
        .after_help(
            "The figures of each service are those of the scenario. Services: api_gateway, rag_service, mcp_server. A change \
             without a service is one of all services.\n\n\
             Example:\n  loaddiff simulate baseline --scale 20 --name base\n  \
             loaddiff simulate baseline --scale 20 --name run --seed 2 --slower rag_service=30\n  \
             loaddiff base_stats.csv run_stats.csv",
        )
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let number = |name: &str| args.get_one::<u64>(name).copied().unwrap_or(1);
    let scenario = args.get_one::<String>("scenario").and_then(|name| SCENARIOS.iter().find(|s| s.name == name));
    let Some(scenario) = scenario else { return Err("name a scenario.".into()) };
    let seed = number("seed");
    let how = How {
        seed,
        scale: args.get_one("scale").copied().unwrap_or(1),
        noise: args.get_one("noise").copied().unwrap_or(0.0),
    };
    let changes = Changes::of(args, scenario)?;
    let services = samples::simulate(scenario, how, |service| changes.of_service(service));
    let weeks = i64::try_from((seed + WEEKS - 1) % WEEKS).unwrap_or(0);
    let start_ms = FIRST_MS + weeks * WEEK_MS;
    let mut formats: Vec<&str> = args.get_many::<String>("format").into_iter().flatten().map(String::as_str).collect();
    formats.dedup();
    let files = formats.into_iter().flat_map(|format| match format {
        "scripts" => write::scripts(&services, how.scale),
        "jtl" => write::jtl(scenario, &services, start_ms),
        _ => write::locust(scenario, &services, start_ms),
    });
    let folder = args.get_one::<PathBuf>("output-dir").cloned().unwrap_or_default();
    let name = args.get_one::<String>("name").map_or(scenario.name, String::as_str);
    let outputs: Vec<Output> =
        files.map(|(end, text)| Output { path: folder.join(format!("{name}{end}")), text }).collect();
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: could not be made: {e}.", folder.display()))?;
    let written: Vec<String> = outputs.iter().map(|output| output.path.display().to_string()).collect();
    output::write_all(outputs)?;
    output::print_error(&format!("wrote {}", written.join(", ")));
    Ok(ExitCode::SUCCESS)
}

/// Changes, each of one service or of all.
struct Changes {
    slower: Vec<OfService>,
    errors: Vec<OfService>,
    leak: Vec<OfService>,
}

/// A service, or all; and percent.
type OfService = (Option<String>, f64);

impl Changes {
    fn of(args: &ArgMatches, scenario: &Scenario) -> Result<Self, Failure> {
        let all = |name: &str, least: f64, most: f64| {
            let given: Vec<OfService> = args.get_many(name).into_iter().flatten().cloned().collect();
            for (service, pct) in &given {
                if let Some(service) = service.as_ref().filter(|s| scenario.services.iter().all(|of| of.name != **s)) {
                    let names: Vec<&str> = scenario.services.iter().map(|service| service.name).collect();
                    let (scenario, names) = (scenario.name, names.join(", "));
                    return Err(format!(
                        "--{name}: “{service}” is no service of the scenario {scenario}. It has {names}."
                    ));
                }
                if !(least..=most).contains(pct) {
                    return Err(format!("--{name}: {pct} is out of range. Give {least} to {most} percent."));
                }
            }
            Ok(given)
        };
        Ok(Self {
            slower: all("slower", -99.0, MOST_PCT)?,
            errors: all("errors", 0.0, 100.0)?,
            leak: all("leak", -99.0, MOST_PCT)?,
        })
    }

    fn of_service(&self, service: &Service) -> Change {
        // The last one that is about the service.
        let of = |changes: &[OfService]| {
            let is_about = |(name, _): &&OfService| name.as_ref().is_none_or(|name| name == service.name);
            changes.iter().rev().find(is_about).map(|(_, pct)| *pct)
        };
        Change {
            slower: of(&self.slower).unwrap_or(0.0),
            errors: of(&self.errors),
            leak: of(&self.leak).unwrap_or(0.0),
        }
    }
}

/// `30` or `rag_service=30`.
fn change_of(text: &str) -> Result<OfService, String> {
    let (service, pct) = match text.split_once('=') {
        Some((service, pct)) => (Some(service.to_owned()), pct),
        None => (None, text),
    };
    Ok((service, percent(pct, -MOST_PCT, MOST_PCT)?))
}

fn percent(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    let number = number.parse().ok().filter(|pct| (least..=most).contains(pct));
    number.ok_or_else(|| format!("give a number of percent from {least} to {most}, such as 30"))
}

/// A name that stays in its folder.
fn file_name(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && !text.contains(['/', '\\', '\0']) && !text.starts_with('.');
    if is_name { Ok(text.to_owned()) } else { Err("give the beginning of a file's name, such as base".into()) }
}
