//! Notes on the pair, besides the differences in [`Comparability`](super::Comparability).

use super::Subject;
use super::matching::{OnlyOn, Services, Unnamed};
use crate::policy::{Aggregate, Match, Pattern, Patterns, Policy};
use crate::run::{Endpoint, NoteLevel, Run};

/// A note on the pair.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // The texts below are the documentation.
pub enum PairNote {
    SameFiles,
    NothingInCommon,
    RuleMatchesNothing { service: String, metric: String, line: usize },
    MatchMatchesNothing { service: String, line: usize },
    ServiceOnlyOnOneSide { service: String, in_baseline: bool },
    AmbiguousLimit { text: String },
    AckWithoutDay { metric: String, until: String },
    LabelsCarryIds { pattern: String, example: String, labels: usize },
    NamesNoEndpoints { in_baseline: bool },
}

impl PairNote {
    /// Importance.
    #[must_use]
    pub fn level(&self) -> NoteLevel {
        match self {
            Self::LabelsCarryIds { .. } | Self::NamesNoEndpoints { .. } => NoteLevel::Info,
            _ => NoteLevel::Warning,
        }
    }

    /// Stable identifier for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SameFiles => "same-files",
            Self::NothingInCommon => "nothing-in-common",
            Self::RuleMatchesNothing { .. } => "rule-matches-nothing",
            Self::MatchMatchesNothing { .. } => "match-matches-nothing",
            Self::ServiceOnlyOnOneSide { .. } => "service-on-one-side",
            Self::AmbiguousLimit { .. } => "ambiguous-limit",
            Self::AckWithoutDay { .. } => "ack-without-day",
            Self::LabelsCarryIds { .. } => "labels-carry-ids",
            Self::NamesNoEndpoints { .. } => "names-no-endpoints",
        }
    }

    /// The side whose file names no endpoints, for that kind of note.
    pub(super) fn unnamed(&self) -> Option<Unnamed> {
        match self {
            Self::NamesNoEndpoints { in_baseline } => Some(Unnamed { in_baseline: *in_baseline }),
            _ => None,
        }
    }

    /// The service on one side only, for that kind of note.
    pub(super) fn one_sided(&self) -> Option<OnlyOn> {
        match self {
            Self::ServiceOnlyOnOneSide { service, in_baseline } => {
                Some(OnlyOn { service: service.clone(), in_baseline: *in_baseline })
            }
            _ => None,
        }
    }

    /// Whether it is one of [`of_names`].
    pub(super) fn is_of_names(&self) -> bool {
        matches!(self, Self::MatchMatchesNothing { .. } | Self::LabelsCarryIds { .. })
    }

    /// Lines to append to a thresholds file, if the note proposes something.
    #[must_use]
    pub fn ready(&self) -> Option<String> {
        match self {
            Self::LabelsCarryIds { pattern, .. } => {
                let pattern = escaped(pattern);
                Some(format!(
                    "[[match]]\nservice = \"{pattern}\"\nname = [\"{pattern}\"]\naggregate = \"pooled-counts\"\n"
                ))
            }
            _ => None,
        }
    }

    /// The note in words.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::SameFiles => "Both sides are the same file: there is nothing to compare.".into(),
            Self::NothingInCommon => {
                "The runs have no endpoint in common. Check that the files belong together.".into()
            }
            Self::RuleMatchesNothing { service, metric, line } => {
                format!("The rule on line {line} (service “{service}”, {metric}) matches nothing in these files.")
            }
            Self::MatchMatchesNothing { service, line } => {
                format!("The match on line {line} (service “{service}”) matches no row in these files.")
            }
            Self::ServiceOnlyOnOneSide { service, in_baseline } => format!(
                "{service} is only in the {}. This profile does not judge it: the scripts ignore services that one side \
                 lacks.",
                if *in_baseline { "baseline" } else { "run" }
            ),
            Self::LabelsCarryIds { pattern, example, labels } => format!(
                "{} endpoints differ only in ids, such as {example}. To judge them as one, use --group-ids on the command line, or add to the \
                 thresholds file: [[match]] service = \"{}\", name = [\"{}\"], aggregate = \"pooled-counts\".",
                crate::number::count(*labels as u64),
                escaped(pattern),
                escaped(pattern)
            ),
            Self::NamesNoEndpoints { in_baseline } => format!(
                "The {}'s file names no endpoints, so that only all requests together are compared.",
                if *in_baseline { "baseline" } else { "run" }
            ),
            Self::AmbiguousLimit { text } => text.clone(),
            Self::AckWithoutDay { metric, until } => format!(
                "{metric} is acknowledged until {until}, but the files do not say when the run was made. The \
                 acknowledgement is ignored."
            ),
        }
    }
}

/// Escapes a text for a TOML string.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Matches that merge endpoints which differ only in ids: those proposed by [`PairNote::LabelsCarryIds`], and more.
/// Skips endpoints that the policy matches.
#[must_use]
pub fn id_matches(baseline: &Run, run: &Run, policy: &Policy) -> Vec<Match> {
    let endpoints = baseline.endpoints.iter().chain(&run.endpoints);
    let free = endpoints.filter(|e| !policy.matches.iter().any(|m| m.matches(e.method.as_deref(), &e.name)));
    let proposals = super::ids::propose(free.map(|e| e.name.as_str()));
    let matched = proposals.into_iter().filter_map(|proposal| {
        let name: Patterns = vec![Pattern::new(&proposal.pattern).ok()?].into();
        Some(Match { service: proposal.pattern, name, method: None, aggregate: Aggregate::PooledCounts, line: None })
    });
    matched.collect()
}

/// Maximum proposals for merging labels.
const MAX_PROPOSALS: usize = 5;

/// Notes that follow from the names of endpoints and the policy's matches alone.
pub(super) fn of_names(baseline: &Run, run: &Run, policy: &Policy, services: &Services) -> Vec<PairNote> {
    let mut notes = Vec::new();
    let names_service = |e: &Endpoint, service: &str| e.service.as_deref() == Some(service);
    let endpoints = || baseline.endpoints.iter().chain(&run.endpoints);
    for (index, candidate) in policy.matches.iter().enumerate() {
        if let Some(line) = candidate.line
            && !services.meets(index)
            && !endpoints().any(|e| names_service(e, &candidate.service))
        {
            notes.push(PairNote::MatchMatchesNothing { service: candidate.service.clone(), line });
        }
    }
    // Skip labels that the policy matches already.
    let labels = endpoints().filter(|e| services.first(e).is_none());
    let proposals = super::ids::propose(labels.map(|e| e.name.as_str()));
    notes.extend(proposals.into_iter().take(MAX_PROPOSALS).map(|p| PairNote::LabelsCarryIds {
        pattern: p.pattern,
        example: p.example,
        labels: p.labels,
    }));
    notes
}

pub(super) fn notes(
    baseline: &Run,
    run: &Run,
    policy: &Policy,
    used_rules: &[bool],
    (one_sided, unnamed): (Vec<OnlyOn>, Option<Unnamed>),
    of_names: Vec<PairNote>,
    subjects: &[Subject],
) -> Vec<PairNote> {
    let mut notes = Vec::new();
    if baseline.same_files(run) {
        notes.push(PairNote::SameFiles);
    }
    let in_both = |s: &Subject| s.scope != super::Scope::Total && s.baseline.is_some() && s.run.is_some();
    if let Some(Unnamed { in_baseline }) = unnamed {
        notes.push(PairNote::NamesNoEndpoints { in_baseline });
    } else if !subjects.iter().any(in_both) {
        notes.push(PairNote::NothingInCommon);
    }
    for service in one_sided {
        notes.push(PairNote::ServiceOnlyOnOneSide { service: service.service, in_baseline: service.in_baseline });
    }
    // Rules of a built-in profile are generic; only a file's own rules get a note.
    for (index, rule) in policy.rules() {
        if let (Some(false), Some(line)) = (used_rules.get(index), rule.line) {
            let (service, metric) = (rule.service.as_str().to_owned(), rule.metric.clone());
            notes.push(PairNote::RuleMatchesNothing { service, metric, line });
        }
    }
    notes.extend(of_names);
    notes.extend(policy.questions.iter().map(|q| PairNote::AmbiguousLimit { text: q.text() }));
    notes
}
