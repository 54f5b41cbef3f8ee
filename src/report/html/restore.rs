//! From a report back to the comparison, and whether it shows what its own data say.

use std::fmt;

use super::super::summaries::{SummariesError, from_canonical_json};
use super::{END_TAG, SUMMARIES_TAG, VERDICTS_SCHEMA, VERDICTS_TAG, Verdicts, made_by, render, sha256_hex};
use crate::compare::{self, Comparison};
use crate::policy::Policy;
use crate::run::Run;

/// Longer files, in bytes, are refused.
const LONGEST: usize = 256 * 1024 * 1024;

/// Differences that are named one by one.
const MOST_NAMED: usize = 20;

/// What a report was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// The baseline.
    pub baseline: Run,
    /// The run.
    pub run: Run,
    /// The policy it was judged by.
    pub policy: Policy,
    /// When the report says that it was made.
    pub made_at: String,
    /// What it says that it was made by: program and version.
    pub made_by: String,
    /// Whether the report shows what its data say.
    pub verified: Verification,
}

/// Whether a report shows what its data say. It does not tell who made the report: whoever can write a file can write a
/// consistent one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// The summaries have the hash that is stated, judging them again gives the verdicts that the file states, and
    /// every byte of the file is what this version writes for them.
    Verified,
    /// Summaries and verdicts are right. The rest of the file was written by another version, and cannot be compared.
    OtherVersion {
        /// What the file says that it was made by.
        made_by: String,
    },
    /// Summaries and verdicts are right; what the file shows is not what this version writes for them.
    TextDiffers {
        /// The first line that differs, from 1.
        line: usize,
    },
    /// The summaries were changed after their hash was written.
    SummariesAltered {
        /// The hash that the file states.
        stated: String,
        /// The hash of the summaries in it.
        found: String,
    },
    /// Judging the summaries again gives other verdicts than the file states.
    VerdictsDiffer {
        /// What differs, each as a sentence; the first few.
        differences: Vec<String>,
        /// How many there are.
        count: usize,
        /// What the file says that it was made by.
        made_by: String,
    },
}

impl Verification {
    /// Whether the verdicts hold: the summaries are those that were hashed, and give what the file states.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(self, Self::Verified | Self::OtherVersion { .. })
    }

    /// The result in a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Verified => "Verified",
            Self::OtherVersion { .. } => "Verdicts verified",
            Self::TextDiffers { .. } => "Does not verify: its text was changed",
            Self::SummariesAltered { .. } => "Does not verify: its data were changed",
            Self::VerdictsDiffer { .. } => "Does not verify: its verdicts differ",
        }
    }

    /// The first differences, each as a sentence, and how many there are besides.
    #[must_use]
    pub fn differences(&self) -> (&[String], usize) {
        match self {
            Self::VerdictsDiffer { differences, count, .. } => (differences, count.saturating_sub(differences.len())),
            _ => (&[], 0),
        }
    }

    /// In words.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Verified => "The verdicts verify: judged again, the data in this report give every verdict it \
                 states, and the file is what this version writes for them, byte for byte."
                .into(),
            Self::OtherVersion { made_by } => format!(
                "The verdicts verify: judged again, the data in this report give every verdict it states. It was \
                 made by {made_by}, so that its text was not compared."
            ),
            Self::TextDiffers { line } => format!(
                "The data in this report give the verdicts stated beside them, but the text of the file was changed \
                 (first on line {line}): do not trust what it shows elsewhere."
            ),
            Self::SummariesAltered { .. } => "The data in this report were changed after it was made: they do not \
                 have the SHA-256 that the report states. What is shown here is what they say now."
                .into(),
            Self::VerdictsDiffer { differences, count, made_by } => {
                let first = differences.first().map_or("", String::as_str);
                let more = match count {
                    0 | 1 => String::new(),
                    n => format!(" {n} verdicts differ."),
                };
                let version = if *made_by == super::made_by() {
                    String::new()
                } else {
                    format!(" It was made by {made_by}, which may have judged differently.")
                };
                format!("The verdicts do not verify. {first}{more}{version}")
            }
        }
    }
}

/// Why a report cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreError {
    /// The file's name.
    pub file: String,
    /// What is wrong.
    pub problem: RestoreProblem,
}

/// What is wrong with a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreProblem {
    /// It is larger than what is read.
    TooLong {
        /// Its size in bytes.
        bytes: usize,
    },
    /// It is no report of loaddiff.
    NoReport,
    /// It holds summaries, or verdicts, more than once.
    Twice,
    /// It ends before the data do.
    Cut,
    /// The summaries cannot be read.
    Summaries(SummariesError),
    /// The verdicts cannot be read.
    Verdicts(String),
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.problem)
    }
}

impl fmt::Display for RestoreProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(f, "{bytes} bytes are more than a report has"),
            Self::NoReport => f.write_str("this is no report of loaddiff: it holds no summaries"),
            Self::Twice => f.write_str("the report holds its data twice, so that it cannot be told which count"),
            Self::Cut => f.write_str("the report is cut: it ends before its data do"),
            Self::Summaries(error) => error.fmt(f),
            Self::Verdicts(why) => write!(f, "the verdicts cannot be read: {why}"),
        }
    }
}

impl std::error::Error for RestoreError {}

/// Whether a text is a report of loaddiff, so that [`restore`] is the function to read it with.
#[must_use]
pub fn is_report(text: &str) -> bool {
    text.contains(SUMMARIES_TAG)
}

/// Reads a report back, judges it again, and compares that with what the file states.
///
/// # Errors
///
/// A [`RestoreError`] where the text is no report, is cut, or holds data that no report can have.
pub fn restore(file_name: &str, text: &str) -> Result<Restored, RestoreError> {
    restore_text(text).map_err(|problem| RestoreError { file: file_name.to_owned(), problem })
}

fn restore_text(text: &str) -> Result<Restored, RestoreProblem> {
    let unchecked = Unchecked::read(text)?;
    let comparison = compare::compare(unchecked.baseline.clone(), unchecked.run.clone(), unchecked.policy.clone());
    Ok(unchecked.check(text, &comparison))
}

/// A report that is read and not yet judged again: judging takes the time of a comparison.
#[derive(Debug)]
struct Unchecked {
    baseline: Run,
    run: Run,
    policy: Policy,
    verdicts: Verdicts,
    stated_sha256: String,
    found_sha256: String,
}

impl Unchecked {
    fn read(text: &str) -> Result<Self, RestoreProblem> {
        if text.len() > LONGEST {
            return Err(RestoreProblem::TooLong { bytes: text.len() });
        }
        let (stated, summaries) = element(text, SUMMARIES_TAG)?.split_once("\">").ok_or(RestoreProblem::Cut)?;
        let verdicts = element(text, VERDICTS_TAG)?;
        let verdicts: Verdicts =
            serde_json::from_str(verdicts).map_err(|error| RestoreProblem::Verdicts(error.to_string()))?;
        if verdicts.schema != VERDICTS_SCHEMA {
            let why = format!("they have schema {}, and this version reads schema {VERDICTS_SCHEMA}", verdicts.schema);
            return Err(RestoreProblem::Verdicts(why));
        }
        let (baseline, run, policy) = from_canonical_json(summaries).map_err(RestoreProblem::Summaries)?;
        let (stated_sha256, found_sha256) = (stated.to_owned(), sha256_hex(summaries));
        Ok(Self { baseline, run, policy, verdicts, stated_sha256, found_sha256 })
    }

    /// Holds the report's text against its comparison.
    fn check(self, text: &str, comparison: &Comparison) -> Restored {
        let verified = verify(text, &self, comparison);
        let Self { baseline, run, policy, verdicts: Verdicts { made_at, made_by, .. }, .. } = self;
        Restored { baseline, run, policy, made_at, made_by, verified }
    }
}

/// What stands between an opening tag, or its beginning, and `</script>`. JSON in a report holds no `<`.
fn element<'t>(text: &'t str, tag: &str) -> Result<&'t str, RestoreProblem> {
    let (_, rest) = text.split_once(tag).ok_or(RestoreProblem::NoReport)?;
    if rest.contains(tag) {
        return Err(RestoreProblem::Twice);
    }
    Ok(rest.split_once(END_TAG).ok_or(RestoreProblem::Cut)?.0)
}

fn verify(text: &str, report: &Unchecked, comparison: &Comparison) -> Verification {
    let Unchecked { verdicts: stated, stated_sha256, found_sha256: found, .. } = report;
    for hash in [stated_sha256, &stated.sha256] {
        if hash != found {
            return Verification::SummariesAltered { stated: hash.clone(), found: found.clone() };
        }
    }
    let judged = Verdicts::of(comparison, &stated.made_at, found);
    let differences = differences(stated, &judged);
    if !differences.is_empty() {
        let count = differences.len();
        let differences = differences.into_iter().take(MOST_NAMED).collect();
        return Verification::VerdictsDiffer { differences, count, made_by: stated.made_by.clone() };
    }
    if stated.made_by != made_by() {
        return Verification::OtherVersion { made_by: stated.made_by.clone() };
    }
    // Line ends alone are no change: mail and version control may rewrite them.
    let written = render(comparison, &stated.made_at);
    let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().zip(written.lines()).enumerate();
    match lines.find(|(_, (found, written))| found != written) {
        Some((line, _)) => Verification::TextDiffers { line: line + 1 },
        None if text.lines().count() != written.lines().count() => {
            Verification::TextDiffers { line: text.lines().count().min(written.lines().count()) + 1 }
        }
        None => Verification::Verified,
    }
}

/// What the file states and its data do not give, each as a sentence.
fn differences(stated: &Verdicts, judged: &Verdicts) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |what: &str, stated: &str, judged: &str| {
        if stated != judged {
            found.push(format!("{what} is {judged} by its data, and the report states {stated}."));
        }
    };
    check("The result", &stated.word, &judged.word);
    check("The gate", &stated.gate, &judged.gate);
    for (said, is) in stated.subjects.iter().zip(&judged.subjects) {
        let label = |s: &super::SubjectVerdicts| match &s.method {
            Some(method) => format!("{method} {}", s.name),
            None => s.name.clone(),
        };
        if (&said.scope, &said.method, &said.name) != (&is.scope, &is.method, &is.name) {
            check("An endpoint", &label(said), &label(is));
            continue;
        }
        check(&label(is), &said.verdict, &is.verdict);
        for metric in said.metrics.keys().chain(is.metrics.keys().filter(|m| !said.metrics.contains_key(*m))) {
            let verdict = |s: &super::SubjectVerdicts| s.metrics.get(metric).cloned().unwrap_or_else(|| "none".into());
            check(&format!("{metric} of {}", label(is)), &verdict(said), &verdict(is));
        }
    }
    if stated.subjects.len() != judged.subjects.len() {
        found.push(format!(
            "Its data hold {} endpoints and totals, and the report states verdicts of {}.",
            judged.subjects.len(),
            stated.subjects.len()
        ));
    }
    if found.is_empty() && stated != judged && stated.counts != judged.counts {
        found.push("The counts of verdicts are not those of its data.".into());
    }
    found
}
