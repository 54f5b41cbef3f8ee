//! `loaddiff issue`: an issue on GitHub about what fails or warns; one that is open gets a comment.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use loaddiff::compare::{Comparison, Gate, Word};
use loaddiff::report::{issue, review};
use serde_json::{Value, json};

use crate::github::api::{Api, begins};
use crate::github::settings::{self, Settings};
use crate::github::source;
use crate::output::Shape;
use crate::{Failure, args, output};

/// The permission that the token needs.
const NEEDS: &str = "issues: write";

pub fn command() -> Command {
    let command = settings::with_settings(source::with_source(Command::new("issue")));
    command
        .about("Open a GitHub issue about a regression, or comment on the open one")
        .arg(
            Arg::new("when-gone")
                .long("when-gone")
                .value_name("WHAT")
                .value_parser(PossibleValuesParser::new(["nothing", "comment", "close"]))
                .default_value("nothing")
                .help("What to do with the open issue if the regression is gone. `close` also comments"),
        )
        .arg(
            Arg::new("open-on")
                .long("open-on")
                .value_name("WHAT")
                .value_parser(PossibleValuesParser::new(["warnings", "failures"]))
                .default_value("warnings")
                .help("What an issue is opened for: figures that warn or fail, or figures that fail the gate alone"),
        )
        .arg(
            Arg::new("dry-run")
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Print what would be sent, and send nothing. Needs no token"),
        )
        .after_help(
            "The token comes from GITHUB_TOKEN or GH_TOKEN, and needs `issues: write`. GITHUB_API_URL names the API of a GitHub \
             Enterprise Server.\nExit codes: 0 done, or nothing to do; 2 it could not be done. The gate's result is the exit \
             code of `compare`.\n\n\
             Example:\n  loaddiff issue base_stats.csv run_stats.csv --repository acme/shop --dry-run",
        )
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let settings = Settings::new(args)?;
    let when_gone = args.get_one::<String>("when-gone").map_or("nothing", String::as_str);
    let dry = args.get_flag("dry-run");
    // Before the files, which may be large.
    let token = if dry { None } else { Some(settings::token()?) };
    let comparison = source::comparison(args)?;
    let leaving = args::leaving(&comparison, args::names(args))?;
    let link = source::link(args, &comparison, &leaving)?;
    let comparison = leaving.of(&comparison);
    let texts = Texts {
        fingerprint: settings::fingerprint(args),
        origin: settings::origin(&settings.repository),
        link: link.as_deref(),
    };
    let only_failures = args.get_one::<String>("open-on").is_some_and(|what| what == "failures");
    let subject = issue::subject(comparison);
    let may_open = !only_failures || issue::failures(comparison) > 0;
    let Some(token) = token else {
        return dry_run(&settings, comparison, &texts, subject.filter(|_| may_open), when_gone);
    };
    let gone = is_gone(comparison);
    if subject.is_none() && !(gone && when_gone != "nothing") {
        return said(if gone {
            "Nothing fails or warns: there is nothing to send."
        } else {
            "There is no verdict, so that there is nothing to send."
        });
    }
    let api = Api::new(&settings, token, NEEDS)?;
    let find = || api.find_issue(issue::LABELS, &texts.marker());
    let open = find()?;
    match (subject, open) {
        (Some((title, _)), Some(open)) => {
            let comment = api.comment(open.number, &texts.comment(comparison, State::Worse, &title))?;
            said(&format!("Commented on issue #{}: {}", open.number, comment.html_url))
        }
        (Some(_), None) if !may_open => said("Nothing fails the gate, and no issue is open: there is nothing to send."),
        (Some((title, labels)), None) => {
            let (made, lacks) = api.open_issue(&title, &texts.issue(comparison), labels, &find)?;
            if !lacks.is_empty() {
                output::print_error(&format!(
                    "warning: GitHub left out the labels {}. Without them the next run does not find the issue. The token needs \
                     write access to the repository.",
                    lacks.join(", ")
                ));
            }
            said(&format!("Opened issue #{}: {}", made.number, made.html_url))
        }
        (None, None) => said("Nothing fails or warns, and no issue is open: there is nothing to send."),
        (None, Some(open)) => {
            // A regression that stays gone is told once.
            let last = api.last_comment(open.number, |c| begins(c.body.as_deref(), &texts.prefix()))?;
            let told = last.is_some_and(|c| begins(c.body.as_deref(), &texts.state_prefix(State::Gone)));
            if !told {
                api.comment(open.number, &texts.comment(comparison, State::Gone, GONE))?;
            }
            match (when_gone, told) {
                ("close", _) => {
                    api.close(open.number)?;
                    said(&format!("Closed issue #{}: {}", open.number, open.html_url))
                }
                (_, true) => said(&format!("Issue #{} says already that the regression is gone.", open.number)),
                (_, false) => said(&format!("Commented on issue #{}: {}", open.number, open.html_url)),
            }
        }
    }
}

const GONE: &str = "✅ The regression is gone";

/// Whether the comparison shows that nothing is worse. No verdict does not show it.
fn is_gone(c: &Comparison) -> bool {
    c.gate == Gate::Pass
        && issue::subject(c).is_none()
        && matches!(c.word, Word::Improved | Word::NoRegressionFound | Word::Pass)
}

fn said(sentence: &str) -> Result<ExitCode, Failure> {
    output::print(&format!("{sentence}\n"), Shape::Lines)?;
    Ok(ExitCode::SUCCESS)
}

/// What a comment tells.
#[derive(Debug, Clone, Copy)]
enum State {
    Worse,
    Gone,
}

/// The texts that are sent. Each begins with a marker, which GitHub does not show.
struct Texts<'a> {
    fingerprint: String,
    origin: String,
    link: Option<&'a str>,
}

impl Texts<'_> {
    /// The marker of an issue.
    fn marker(&self) -> String {
        format!("<!-- loaddiff: issue {} -->", self.fingerprint)
    }

    /// What the marker of every comment begins with.
    fn prefix(&self) -> String {
        format!("<!-- loaddiff: update {} ", self.fingerprint)
    }

    fn state_prefix(&self, state: State) -> String {
        let state = match state {
            State::Worse => "worse",
            State::Gone => "gone",
        };
        format!("{}{state} ", self.prefix())
    }

    fn issue(&self, c: &Comparison) -> String {
        self.around(&self.marker(), "", c)
    }

    /// A comment, which no other has the marker of: a second try finds it.
    fn comment(&self, c: &Comparison, state: State, title: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let marker = format!("{}{now:x}-{:x} -->", self.state_prefix(state), std::process::id());
        self.around(&marker, &format!("**{title}**\n\n"), c)
    }

    fn around(&self, marker: &str, title: &str, c: &Comparison) -> String {
        let around = marker.len() + title.len() + self.origin.len() + 2;
        let review = review::within_bytes(c, self.link, review::LIMIT.saturating_sub(around));
        format!("{marker}\n{title}{review}{}", self.origin)
    }
}

/// Prints the requests that would follow.
fn dry_run(
    settings: &Settings,
    comparison: &Comparison,
    texts: &Texts<'_>,
    subject: Option<(String, &[&str])>,
    when_gone: &str,
) -> Result<ExitCode, Failure> {
    let issues = format!("{}/repos/{}/issues", settings.api, settings.repository);
    let request = |method: &str, address: &str, body: &Value| {
        format!("{method} {address}\n{}\n", serde_json::to_string_pretty(body).unwrap_or_default())
    };
    let text = match subject {
        Some((title, labels)) => {
            output::print_error(
                "note: nothing was sent. If an issue with this marker is open, its text is sent as a comment instead.",
            );
            request("POST", &issues, &json!({ "title": title, "labels": labels, "body": texts.issue(comparison) }))
        }
        None if is_gone(comparison) && when_gone != "nothing" => {
            output::print_error("note: nothing was sent. NUMBER is the open issue; without one, nothing is sent.");
            let comment = json!({ "body": texts.comment(comparison, State::Gone, GONE) });
            let mut text = request("POST", &format!("{issues}/NUMBER/comments"), &comment);
            if when_gone == "close" {
                let close = json!({ "state": "closed", "state_reason": "completed" });
                text.push_str(&request("PATCH", &format!("{issues}/NUMBER"), &close));
            }
            text
        }
        None => return said("There is nothing to send."),
    };
    output::print(&text, Shape::Lines)?;
    Ok(ExitCode::SUCCESS)
}
