//! `loaddiff comment`: the report as one comment on a pull request, updated by each run.

use std::path::Path;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use loaddiff::report::review;
use serde_json::{Value, json};

use crate::github::api::{Api, begins};
use crate::github::settings::{self, Settings, variable};
use crate::github::source;
use crate::output::Shape;
use crate::{Failure, args, files, output};

/// The permission that the token needs.
const NEEDS: &str = "pull-requests: write";

pub fn command() -> Command {
    let command = settings::with_settings(source::with_source(Command::new("comment")));
    command
        .about("Post the report as a comment on a GitHub pull request, or update it")
        .arg(
            Arg::new("pull-request")
                .long("pull-request")
                .value_name("NUMBER")
                .value_parser(value_parser!(u64).range(1..))
                .help("Number of the pull request [default: that of the workflow's event]"),
        )
        .arg(
            Arg::new("dry-run")
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Print what would be sent, and send nothing. Needs no token"),
        )
        .after_help(
            "The token comes from GITHUB_TOKEN or GH_TOKEN, and needs `pull-requests: write`.\nExit codes: 0 done; 2 it could \
             not be done. The gate's result is the exit code of `compare`.\n\n\
             Example:\n  loaddiff comment base_stats.csv run_stats.csv --repository acme/shop --pull-request 12 --dry-run",
        )
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let settings = Settings::new(args)?;
    let number = match args.get_one::<u64>("pull-request") {
        Some(number) => *number,
        None => of_event()?,
    };
    let dry = args.get_flag("dry-run");
    // Before the files, which may be large.
    let token = if dry { None } else { Some(settings::token()?) };
    let comparison = source::comparison(args)?;
    let leaving = args::leaving(&comparison, args::names(args))?;
    let link = source::link(args, &comparison, &leaving)?;
    let comparison = leaving.of(&comparison);
    let marker = format!("<!-- loaddiff: comment {} -->", settings::fingerprint(args));
    let origin = settings::origin(&settings.repository);
    let room = review::LIMIT.saturating_sub(marker.len() + origin.len() + 2);
    let body = format!("{marker}\n{}{origin}", review::within_bytes(comparison, link.as_deref(), room));
    let Some(token) = token else {
        output::print_error("note: nothing was sent. If a comment with this marker is there, it is updated instead.");
        let json = serde_json::to_string_pretty(&json!({ "body": body })).unwrap_or_default();
        let address = format!("{}/repos/{}/issues/{number}/comments", settings.api, settings.repository);
        output::print(&format!("POST {address}\n{json}\n"), Shape::Lines)?;
        return Ok(ExitCode::SUCCESS);
    };
    let api = Api::new(&settings, token, NEEDS)?;
    let me = api.me()?;
    let there = api.first_comment(number, |c| begins(c.body.as_deref(), &marker) && me.wrote(c))?;
    let (done, comment) = match there {
        Some(comment) => ("Updated the comment on", api.update_comment(comment.id, &body)?),
        None => ("Commented on", api.comment(number, &body)?),
    };
    output::print(&format!("{done} pull request #{number}: {}\n", comment.html_url), Shape::Lines)?;
    Ok(ExitCode::SUCCESS)
}

/// The pull request of the workflow's event.
fn of_event() -> Result<u64, Failure> {
    if let Some(path) = variable("GITHUB_EVENT_PATH") {
        let event: Value = serde_json::from_slice(&files::bytes(Path::new(&path))?)
            .map_err(|e| format!("{path}: it is no event of GitHub: {e}."))?;
        if let Some(number) = event.pointer("/pull_request/number").and_then(Value::as_u64) {
            return Ok(number);
        }
    }
    let of_ref = variable("GITHUB_REF").and_then(|r| r.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok());
    of_ref.ok_or_else(|| {
        "no pull request is named, and the event is about none. Name it with --pull-request NUMBER.".to_owned()
    })
}
