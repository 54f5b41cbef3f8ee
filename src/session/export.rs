//! The report as files, the run as the next baseline, and an issue about it.

use super::state::State;
use super::state::share::Wishes;
use super::update::Update;
use crate::compare::Comparison;
use crate::mask;
use crate::report::issue::{self, Repository};
use crate::report::metrics::{self, Written};
use crate::report::{csv, html, json, junit, markdown, thresholds_file};
use crate::run::time;

/// A file to download.
pub(super) struct Export {
    /// The button.
    pub label: &'static str,
    /// What it is for.
    pub about: &'static str,
    file: &'static str,
    media_type: &'static str,
    render: Render,
}

#[derive(Clone, Copy)]
enum Render {
    /// The whole comparison, as it leaves; the second argument is the moment of writing, RFC 3339.
    Report(fn(&Comparison, &str) -> String),
    /// The same for programs, with the names that they know.
    Data(fn(&Comparison, &str) -> String),
    /// The run alone, by the services that the thresholds name.
    Run(fn(&Comparison) -> Written),
}

/// Every export; the number of one is its place here. The HTML file is the first.
pub(super) const EXPORTS: [Export; 7] = [
    Export {
        label: "Download HTML",
        about: "One file that opens anywhere and prints. Drop it here and it is checked.",
        file: "loaddiff-report.html",
        media_type: "text/html;charset=utf-8",
        render: Render::Report(html::render),
    },
    Export {
        label: "Download Markdown",
        about: "The whole report, failures first.",
        file: "loaddiff-report.md",
        media_type: "text/markdown;charset=utf-8",
        render: Render::Report(|c, _| markdown::render(c)),
    },
    Export {
        label: "Download JSON",
        about: "For programs, with a published schema. Keeps names.",
        file: "loaddiff-report.json",
        media_type: "application/json",
        render: Render::Data(json::render),
    },
    Export {
        label: "Download CSV",
        about: "For spreadsheets: one line for each figure, no formulas. Keeps names.",
        file: "loaddiff-report.csv",
        media_type: "text/csv;charset=utf-8",
        render: Render::Data(|c, _| csv::render(c)),
    },
    Export {
        label: "Download JUnit",
        about: "For viewers of test results: one test case for each judged figure. Keeps names.",
        file: "loaddiff-junit.xml",
        media_type: "application/xml",
        render: Render::Data(junit::render),
    },
    Export {
        label: "Download baseline",
        about: "Promotes this run: what the next ones are compared with.",
        file: "performance-baselines.json",
        media_type: "application/json",
        render: Render::Run(|c| metrics::baseline(&c.run, &c.policy)),
    },
    Export {
        label: "Download metrics",
        about: "Its figures as normalised metrics JSON.",
        file: "load-results.json",
        media_type: "application/json",
        render: Render::Run(|c| metrics::extract(&c.run, &c.policy)),
    },
];

/// The exports by what they are for.
pub(super) const GROUPS: [(&str, std::ops::Range<usize>); 3] =
    [("To read", 0..2), ("For tools", 2..5), ("The run alone", 5..7)];

impl State {
    /// Writes an export, and keeps what there is to say about it.
    pub fn export(&mut self, number: usize, at_ms: i64) -> Option<Update> {
        let (comparison, export) = (self.comparison.as_ref()?, EXPORTS.get(number)?);
        self.exported.clear();
        let text = match export.render {
            Render::Report(render) => match mask::leaving(comparison, self.wishes.names) {
                Ok(leaving) => render(leaving.of(comparison), &time::format_rfc3339(at_ms)),
                Err(why) => {
                    self.exported = format!("No file: {why}.");
                    return None;
                }
            },
            Render::Data(render) => render(comparison, &time::format_rfc3339(at_ms)),
            Render::Run(render) => {
                let written = render(comparison);
                let left_out = written.left_out();
                if written.entries == 0 {
                    self.exported = format!(
                        "No file: none of the endpoints is of a service that “{}” names: {left_out}.",
                        comparison.policy.name
                    );
                    return None;
                }
                if !left_out.is_empty() {
                    self.exported =
                        format!("{} is without these, for which no service is named: {left_out}.", export.file);
                }
                written.text
            }
        };
        Some(Update::Save { name: export.file.into(), media_type: export.media_type.into(), text })
    }

    /// The thresholds in force as a file.
    pub fn export_thresholds(&self) -> Update {
        let text = thresholds_file::thresholds_file(&self.policy);
        Update::Save { name: "loaddiff-thresholds.json".into(), media_type: "application/json".into(), text }
    }

    /// The address at GitHub that opens an issue about the comparison.
    pub fn issue(&mut self, repository: &str) -> Vec<Update> {
        let Some(comparison) = self.comparison.clone() else { return Vec::new() };
        let wanted = match Repository::parse(repository) {
            Ok(wanted) => wanted,
            Err(why) => {
                self.issue_mistake = Some(why);
                return Vec::new();
            }
        };
        self.issue_mistake = None;
        let leaving = mask::leaving(&comparison, self.wishes.names);
        let wishes = Wishes { names: self.wishes.names, ..Wishes::default() };
        let made = self.make_link(wishes).and_then(Result::ok);
        let shown = match &leaving {
            Ok(leaving) => leaving.of(&comparison),
            // No text with names is opened in its place.
            Err(_) => {
                self.issue_mistake = Some("The names cannot be masked: see Share.".into());
                return Vec::new();
            }
        };
        let link = made.as_ref().map(|made| made.address.as_str());
        let visit = issue::address(shown, &wanted, link).map(Update::Visit);
        visit.into_iter().chain([Update::Repository(wanted.to_string())]).collect()
    }
}
