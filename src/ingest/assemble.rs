//! Assembles single files into executions: grouping, merging, and the guess of sides.

use std::collections::BTreeSet;

use super::content::{Content, History, Part, Percentiles};
use super::digest_parts;
use super::error::{Error, Problem};
use super::notes::{DAMAGED_BESIDE, FAILURES_CUT_OFF, HISTORY_ENDS_EARLY};
use super::registry::FORMATS;
use crate::run::merge::{
    cap_causes, fold_failures, merge_all, merge_runs, merge_timelines, note_parts, users_together,
};
use crate::run::{ALL_REQUESTS, Distribution, Endpoint, Note, NoteLevel, PercentileTable, Run, Source, Words};

/// How to treat several results on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// Refuse them: they may be different runs.
    Refuse,
    /// Merge them as parts of one run (several load generators).
    Merge,
}

/// Assembles the files of one execution: a summary and its companions.
///
/// # Errors
///
/// [`Problem::NoFile`] without parts, [`Problem::NoResults`] if no file is a summary or history,
/// [`Problem::SeveralResults`] if several are and `several` is [`Parts::Refuse`].
pub fn assemble(parts: Vec<Part>, several: Parts) -> Result<Run, Error> {
    if parts.is_empty() {
        return Err(Error::new("", Problem::NoFile));
    }
    let given = parts.len();
    let mut parts = digest_parts::expand(parts);
    // A digest is one result, of any number of files.
    let allowed = 1 + parts.len().saturating_sub(given);
    // The order of the input files must not matter.
    crate::order::sort_by(&mut parts, |a, b| {
        (&a.file.name, a.file.fingerprint).cmp(&(&b.file.name, b.file.fingerprint))
    });
    let told_twice = leave_out_twins(&mut parts);
    let names = |parts: &[&Part]| parts.iter().map(|p| p.file.name.clone()).collect::<Vec<_>>();
    let results: Vec<&Part> = parts.iter().filter(|p| p.is_results()).collect();
    if results.len() > allowed && several == Parts::Refuse {
        return Err(Error::new("", Problem::SeveralResults { files: names(&results) }));
    }
    let histories: Vec<&Part> = parts.iter().filter(|p| matches!(p.content, Content::History(_))).collect();
    if histories.len() > 1 && several == Parts::Refuse {
        return Err(Error::new("", Problem::SeveralResults { files: names(&histories) }));
    }
    if let [Part { content: Content::Results(run), .. }] = parts.as_slice()
        && told_twice.is_empty()
        && is_whole(run)
    {
        return Ok((**run).clone());
    }
    let summaries = results.len() as u64;
    let label = label(&parts);
    let source = source(&parts);

    let mut results: Vec<(Stem, &'static str, Run)> = Vec::new();
    let mut histories = Vec::new();
    let mut percentiles = Vec::new();
    let (mut failures, mut exceptions, mut notes) = (Vec::new(), Vec::new(), told_twice);
    let all_names = parts.iter().map(|p| p.file.name.clone()).collect::<Vec<_>>();
    let mut said = BTreeSet::new();
    for part in parts {
        // Notes on an archive are repeated in each of its files.
        notes.extend(part.notes.into_iter().filter(|note| said.insert((note.file.clone(), note.text()))));
        match part.content {
            Content::Results(next) => results.push((stem(&part.path), part.tool, *next)),
            // Expanded above.
            Content::Runs(_) => {}
            Content::History(history) => histories.push((stem(&part.path), part.file.name, *history)),
            Content::Percentiles(of) => percentiles.push((stem(&part.path), part.tool, part.file.name, *of)),
            Content::Failures(more) => failures.extend(more),
            Content::Exceptions(more) => exceptions.extend(more),
        }
    }
    // Before merging: percentiles apply only to their own part.
    for (own, tool, file, percentiles) in percentiles {
        let homes = results.iter().enumerate().map(|(at, (stem, tool, _))| (at, stem, *tool));
        let at = if results.len() == 1 { Some(0) } else { home(&own, tool, homes) };
        match at.and_then(|at| results.get_mut(at)) {
            Some((_, _, run)) => join_percentiles(run, percentiles),
            None if summaries == 0 => {}
            None => notes.push(Note::say(&file, &COMPANION_LEFT_OUT, [file.as_str().into()])),
        }
    }
    // A summary may have no times, but its history does. Overlap in time decides how rates add up.
    for (own, _, history) in &histories {
        if let Some((_, _, run)) = results.iter_mut().find(|(stem, ..)| stem == own)
            && let Some(timeline) = &history.total
        {
            run.started_ms = run.started_ms.or_else(|| timeline.start_s().map(|s| s.saturating_mul(1000)));
            run.duration_s = run.duration_s.or_else(|| timeline.duration_s().filter(|s| *s > 0.0));
        }
    }
    let merged = merge_all(results.into_iter().map(|(_, _, run)| run).collect());
    let history = merge_histories(histories.into_iter().map(|(_, file, history)| (file, history)).collect());
    let mut run = match (merged, &history) {
        (Some(run), _) => run,
        (None, Some((_, history))) => history.last.clone(),
        (None, None) => {
            let damaged = notes.iter().filter(|note| note.is(&DAMAGED_BESIDE)).map(Note::text).collect::<Vec<_>>();
            return Err(Error::new("", Problem::NoResults { files: all_names, damaged: damaged.join(" ") }));
        }
    };
    run.label = label;
    run.source = source;
    // Of digests of several files each, the files come in the order that all files have.
    crate::order::sort_by(&mut run.source.files, |a, b| (&a.name, a.fingerprint).cmp(&(&b.name, b.fingerprint)));
    if let Some((file, history)) = history {
        notes.extend(join_history(&mut run, &file, history));
    }
    run.failures.append(&mut failures);
    fold_failures(&mut run.failures);
    cap_causes(&mut run);
    run.exceptions.append(&mut exceptions);
    let listed = run.failures.iter().fold(0_u64, |sum, f| sum.saturating_add(f.count));
    if let Some(counted) = run.total.as_ref().and_then(|t| t.failures)
        && !run.failures.is_empty()
        && listed != counted
    {
        notes.push(Note::on_run(&FAILURES_CUT_OFF, [listed.into(), counted.into()]));
    }
    run.notes.extend(notes);
    crate::order::sort_by_key(&mut run.notes, |n| std::cmp::Reverse(n.level()));
    if summaries > 1 {
        note_parts(&mut run, summaries);
    }
    Ok(run)
}

const COMPANION_LEFT_OUT: Words = Words {
    code: "companion-left-out",
    level: NoteLevel::Info,
    text: "{0} was left out: it belongs to a run, and several runs or none of its tool are in its folder.",
};

/// Figures: path, number of runs, their names.
const SEVERAL_RUNS: Words = Words {
    code: "several-runs-on-a-side",
    level: NoteLevel::Warning,
    text: "{0} holds {1} runs in different folders: {2}. They were read as parts of one run. If they are two runs to \
           compare, name one on each side.",
};

const TOLD_TWICE: Words = Words {
    code: "told-twice",
    level: NoteLevel::Info,
    text: "{0} holds the same run as {1}, with less detail, and was left out.",
};

const TOOK_OVER: Words = Words {
    code: "failures-from-twin",
    level: NoteLevel::Info,
    text: "The failures are those of {0}: {1} does not mark failed requests.",
};

/// Removes results that another file has in more detail, such as a summary next to the log it was made from. Figures
/// missing in the detailed file are copied from the other.
fn leave_out_twins(parts: &mut Vec<Part>) -> Vec<Note> {
    let mut notes = Vec::new();
    while let Some((poorer, richer)) = twins(parts) {
        let kept = parts.get(richer).map(|part| part.file.name.clone()).unwrap_or_default();
        let left = parts.remove(poorer);
        let name = left.file.name;
        // The removed one may have been before it.
        let richer = parts.get_mut(richer - usize::from(poorer < richer));
        if let (Some(Part { content: Content::Results(run), notes: told, .. }), Content::Results(other)) =
            (richer, left.content)
            && take_over(run, *other, told.iter().any(|note| note.code() == "moments-whole-seconds"))
        {
            notes.push(Note::say(&name, &TOOK_OVER, [name.as_str().into(), kept.as_str().into()]));
            notes.extend(left.notes);
        }
        notes.push(Note::say(&name, &TOLD_TWICE, [name.as_str().into(), kept.into()]));
    }
    notes
}

/// Copies from another file of the same run what is missing here, or known in whole seconds only. Returns whether
/// failures are among it.
fn take_over(run: &mut Run, other: Run, is_coarse: bool) -> bool {
    let better = |mine: Option<f64>, theirs: Option<f64>| if is_coarse { theirs.or(mine) } else { mine.or(theirs) };
    run.users = run.users.or(other.users);
    run.started_ms = run.started_ms.or(other.started_ms);
    run.duration_s = better(run.duration_s, other.duration_s);
    let same = |a: &Endpoint, b: &Endpoint| a.requests == b.requests;
    // A file of one endpoint may not name it.
    if let ([mine], [theirs]) = (run.endpoints.as_mut_slice(), other.endpoints.as_slice()) {
        if mine.name == ALL_REQUESTS && mine.method.is_none() {
            (mine.method, mine.name) = (theirs.method.clone(), theirs.name.clone());
            run.failures.iter_mut().for_each(|failure| {
                (failure.method, failure.name) = (theirs.method.clone(), theirs.name.clone());
            });
        }
        mine.rate_per_s = better(mine.rate_per_s, theirs.rate_per_s.filter(|_| same(mine, theirs)));
    }
    let mut took = false;
    let mut take = |mine: &mut Endpoint, theirs: &Endpoint| {
        if mine.failures.is_none() && same(mine, theirs) {
            mine.failures = theirs.failures;
            took |= theirs.failures.is_some();
        }
    };
    for mine in &mut run.endpoints {
        if let Some(theirs) = other.endpoint(mine.method.as_deref(), &mine.name) {
            take(mine, theirs);
        }
    }
    if let (Some(mine), Some(theirs)) = (&mut run.total, &other.total) {
        take(mine, theirs);
        mine.rate_per_s = better(mine.rate_per_s, theirs.rate_per_s.filter(|_| same(mine, theirs)));
    }
    if run.failures.is_empty() && run.total.as_ref().and_then(|total| total.failures) > Some(0) {
        run.failures = other.failures;
    }
    took
}

/// Maximum files to search for duplicates of a run: the search is quadratic.
const MAX_TWINS: usize = 100;

/// Finds two parts of the same run: the one with less detail, then the other.
fn twins(parts: &[Part]) -> Option<(usize, usize)> {
    if parts.len() > MAX_TWINS {
        return None;
    }
    parts.iter().enumerate().find_map(|(at, a)| {
        let (other, b) = parts.iter().enumerate().skip(at + 1).find(|(_, b)| are_twins(a, b))?;
        // With equal detail, the format listed first in the registry has the finer figures.
        let rank = |part: &Part| FORMATS.iter().position(|format| format.id == part.file.format);
        let a_is_richer = detail(a).cmp(&detail(b)).then(rank(b).cmp(&rank(a))).is_ge();
        Some(if a_is_richer { (other, at) } else { (at, other) })
    })
}

/// Whether two files hold the same run in two formats of one tool. Two files of one format are two runs, as are files
/// without overlap in time. Otherwise requests and failures must be equal or close: some formats miss the end of a run,
/// and some also count transactions.
fn are_twins(a: &Part, b: &Part) -> bool {
    let (Content::Results(x), Content::Results(y)) = (&a.content, &b.content) else { return false };
    if a.tool != b.tool || a.file.format == b.file.format {
        return false;
    }
    let total =
        |run: &Run| run.total.as_ref().and_then(|total| Some((total.requests.filter(|n| *n > 0)?, total.failures)));
    let Some(((n, failed), (m, also_failed))) = total(x).zip(total(y)) else { return false };
    if n == m {
        return failed.zip(also_failed).is_none_or(|(a, b)| a == b);
    }
    let span = |run: &Run| {
        let start = run.started_ms? as f64;
        Some((start, start + run.duration_s? * 1000.0))
    };
    let apart = span(x).zip(span(y)).is_some_and(|((a, a_end), (b, b_end))| a >= b_end || b >= a_end);
    let names_none = |run: &Run| run.endpoints.iter().all(|e| e.name == ALL_REQUESTS);
    let shared = x.endpoints.iter().filter(|e| y.endpoint(e.method.as_deref(), &e.name).is_some()).count();
    let named_alike = shared * 5 >= x.endpoints.len().max(y.endpoints.len()) * 4;
    let near = n.min(m) as f64 >= NEAR_TWINS * n.max(m) as f64;
    !apart && near && (named_alike || names_none(x) || names_none(y))
}

/// Minimum ratio of the smaller to the larger number of requests for two files of one run.
const NEAR_TWINS: f64 = 0.5;

/// Amount of detail: kind of distribution, number of endpoints, whether there is a timeline.
fn detail(part: &Part) -> (u8, usize, bool) {
    let Content::Results(run) = &part.content else { return (0, 0, false) };
    let kind = match run.total.as_ref().map(|total| &total.latency.distribution) {
        Some(Distribution::Samples(_)) => 4,
        Some(Distribution::Buckets(_)) => 3,
        Some(Distribution::Table(_)) => 2,
        Some(Distribution::Tables(_)) => 1,
        Some(Distribution::Unknown) | None => 0,
    };
    (kind, run.endpoints.len(), run.timeline.is_some())
}

/// Whether a run was assembled before and embedded in a file of baselines with its own list of files.
fn is_whole(run: &Run) -> bool {
    !run.source.tool.is_empty()
}

fn source(parts: &[Part]) -> Source {
    let whole = |part: &Part| match &part.content {
        Content::Results(run) if is_whole(run) => Some(run.source.clone()),
        _ => None,
    };
    let sources: Vec<Source> = parts
        .iter()
        .map(|part| {
            whole(part).unwrap_or_else(|| Source {
                tool: part.tool.to_owned(),
                version: part.version.clone(),
                files: vec![part.file.clone()],
            })
        })
        .collect();
    let mut tools: Vec<&str> = sources.iter().flat_map(|source| source.tool.split(" + ")).collect();
    crate::order::sort(&mut tools);
    tools.dedup();
    // The narrowest version range: deduplicate, and prefer later versions over `>=1.0`.
    let mut versions: Vec<&String> = sources.iter().filter_map(|source| source.version.as_ref()).collect();
    crate::order::sort(&mut versions);
    versions.dedup();
    Source {
        tool: tools.join(" + "),
        version: versions.last().map(|v| (*v).clone()),
        files: sources.iter().flat_map(|source| source.files.iter().cloned()).collect(),
    }
}

/// Merges the histories of several parts, under the first file's name.
fn merge_histories(histories: Vec<(String, History)>) -> Option<(String, History)> {
    let when = |history: &History| {
        let (total, ms) = (history.total.as_ref()?, |s: i64| s.saturating_mul(1000));
        Some((ms(total.start_s()?), ms(total.intervals.last()?.end_s)))
    };
    let users: Vec<_> = histories.iter().map(|(_, history)| (when(history), history.users)).collect();
    let (file, mut all) = histories.into_iter().reduce(|(file, mut a), (_, b)| {
        a.total = a.total.zip(b.total).map(|(x, y)| merge_timelines(x, y, true));
        for (key, timeline) in b.endpoints {
            let merged = match a.endpoints.remove(&key) {
                Some(mine) => merge_timelines(mine, timeline, true),
                None => timeline,
            };
            a.endpoints.insert(key, merged);
        }
        a.last = merge_runs(a.last, b.last);
        (file, a)
    })?;
    all.users = users_together(&users);
    Some((file, all))
}

/// Adds the timelines, and users, start and duration if only the history has them.
fn join_history(run: &mut Run, file: &str, history: History) -> Vec<Note> {
    let mut notes = Vec::new();
    let counted = history.last.total.as_ref().and_then(|t| t.requests);
    if let (Some(history), Some(stats)) = (counted, run.total.as_ref().and_then(|t| t.requests))
        && history != stats
    {
        notes.push(Note::say(file, &HISTORY_ENDS_EARLY, [history.into(), stats.into()]));
    }
    if let Some(timeline) = history.total {
        run.users = run.users.max(history.users);
        run.started_ms = run.started_ms.or_else(|| timeline.start_s().map(|s| s.saturating_mul(1000)));
        run.duration_s = run.duration_s.or_else(|| timeline.duration_s().filter(|s| *s > 0.0));
        if let Some(total) = &mut run.total {
            total.timeline.get_or_insert_with(|| timeline.clone());
        }
        run.timeline.get_or_insert(timeline);
    }
    for ((name, method), timeline) in history.endpoints {
        if let Ok(at) = run.endpoints.binary_search_by(|e| e.key().cmp(&(name.as_str(), method.as_deref())))
            && let Some(endpoint) = run.endpoints.get_mut(at)
        {
            endpoint.timeline.get_or_insert(timeline);
        }
    }
    notes
}

/// Adds the percentiles of one file to the endpoints of another.
fn join_percentiles(run: &mut Run, percentiles: Percentiles) {
    let mut by_label = crate::order::map(percentiles.endpoints);
    let give = |endpoint: &mut Endpoint, table: Option<PercentileTable>| {
        // Samples are more precise.
        let has_samples = matches!(endpoint.latency.distribution, Distribution::Samples(_));
        if let Some(mut table) = table.filter(|_| !has_samples) {
            if let Distribution::Table(median) = &endpoint.latency.distribution {
                for (p, ms) in &median.values_ms {
                    table.values_ms.entry(*p).or_insert(*ms);
                }
            }
            if endpoint.requests != Some(0) {
                endpoint.latency.distribution = Distribution::Table(table);
            }
        }
    };
    // A file without endpoint names has one endpoint: the total percentiles are its own.
    let is_of_one = by_label.is_empty() && run.endpoints.len() == 1;
    for endpoint in &mut run.endpoints {
        let own = by_label.remove(&endpoint.label());
        give(endpoint, own.or_else(|| percentiles.total.clone().filter(|_| is_of_one)));
    }
    if let Some(total) = &mut run.total {
        give(total, percentiles.total);
    }
}

/// Files that were dropped together and form one execution, by their names.
#[derive(Debug, Clone)]
pub struct Group {
    /// Common part of the file names, e.g. `base`.
    pub label: String,
    /// Grouping key: folder and common name.
    pub key: String,
    /// The files.
    pub parts: Vec<Part>,
}

/// A side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Role {
    /// The reference.
    Baseline,
    /// The run to judge.
    Run,
}

/// The guessed baseline of two groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleGuess {
    /// Index of the group guessed as the baseline.
    pub baseline: usize,
    /// Reason for the guess.
    pub reason: RoleReason,
}

/// Reason for a guessed role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleReason {
    /// A word in a name.
    Name(String),
    /// The earlier start.
    EarlierStart,
    /// The input order: a guess only.
    Order,
}

impl RoleReason {
    /// The reason in words, to follow “taken as the baseline”.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Name(word) => format!("its name says “{word}”"),
            Self::EarlierStart => "it started earlier".into(),
            Self::Order => "it came first; there is no other indication".into(),
        }
    }
}

/// Groups files into executions by folder and common name. Companion files (failures, exceptions, percentiles) go to
/// the only run, or to the only one of their tool in their folder. Others are left out with a note. Without any run,
/// they stay in groups of their own that [`assemble`] refuses.
#[must_use]
pub fn group(parts: Vec<Part>) -> Vec<Group> {
    let (mut with_run, without) = by_name(parts);
    let mut left = Vec::new();
    match with_run.as_mut_slice() {
        [] => return without,
        [only] => only.parts.extend(without.into_iter().flat_map(|g| g.parts)),
        runs => {
            let of = |(at, group): (usize, &Group)| -> Vec<(usize, Stem, &'static str)> {
                group.parts.iter().map(|part| (at, stem(&part.path), part.tool)).collect()
            };
            let homes: Vec<_> = runs.iter().enumerate().flat_map(of).collect();
            for part in without.into_iter().flat_map(|g| g.parts) {
                let at = home(&stem(&part.path), part.tool, homes.iter().map(|(at, stem, tool)| (*at, stem, *tool)));
                match at.and_then(|at| runs.get_mut(at)) {
                    Some(group) => group.parts.push(part),
                    None => {
                        left.push(Note::say(&part.file.name, &COMPANION_LEFT_OUT, [part.file.name.as_str().into()]))
                    }
                }
            }
        }
    }
    for first in with_run.iter_mut().filter_map(|group| group.parts.first_mut()) {
        first.notes.extend(left.iter().cloned());
    }
    with_run
}

/// Groups by folder and common name: those with a run, and the others.
fn by_name(parts: Vec<Part>) -> (Vec<Group>, Vec<Group>) {
    let mut groups: Vec<Group> = Vec::new();
    for part in parts {
        let (folder, stem) = stem(&part.path);
        let key = format!("{folder}{stem}");
        // Two files of one kind under one name are two executions, such as the same file name in two folders.
        let home = groups.iter_mut().find(|g| {
            g.key == key && !g.parts.iter().any(|p| p.file.format == part.file.format && p.file.name == part.file.name)
        });
        match home {
            Some(group) => group.parts.push(part),
            None => groups.push(Group { label: stem_label(&folder, &stem), key, parts: vec![part] }),
        }
    }
    let (mut with_run, without): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(Group::is_run);
    join_twins(&mut with_run);
    (with_run, without)
}

/// The index of the run that a companion file belongs to: the one of its name; else the only one of its tool in its
/// folder; else the only one of these whose name is a prefix of its own, as `ab.e.csv` for `ab.txt`.
fn home<'a>(own: &Stem, tool: &str, runs: impl Iterator<Item = (usize, &'a Stem, &'a str)>) -> Option<usize> {
    let near: Vec<(usize, &Stem)> =
        runs.filter(|(_, stem, of)| stem.0 == own.0 && *of == tool).map(|(at, stem, _)| (at, stem)).collect();
    let only = |wanted: &dyn Fn(&Stem) -> bool| {
        let mut found = near.iter().filter(|(_, stem)| wanted(stem)).map(|(at, _)| *at);
        let first = found.next()?;
        found.all(|at| at == first).then_some(first)
    };
    let begins = |stem: &Stem| own.1.strip_prefix(&stem.1).is_some_and(|rest| rest.starts_with(['.', '_', '-']));
    only(&|stem| stem == own).or_else(|| only(&|_| true)).or_else(|| only(&begins))
}

/// The parts of an archive or folder given as one side, and a warning if they are runs in different folders, which may
/// be the two sides.
#[must_use]
pub fn several_runs(path: &str, parts: Vec<Part>) -> (Vec<Part>, Option<Note>) {
    let (groups, others) = by_name(parts);
    let folders =
        crate::order::set(groups.iter().filter_map(|group| group.parts.first()).map(|part| stem(&part.path).0));
    let note = (folders.len() > 1).then(|| {
        let names: Vec<&str> = groups.iter().take(MAX_NAMED).map(|group| group.key.as_str()).collect();
        let more = if groups.len() > MAX_NAMED { " and more" } else { "" };
        let (count, names) = (groups.len() as u64, format!("{}{more}", names.join(", ")));
        Note::on_run(&SEVERAL_RUNS, [path.into(), count.into(), names.into()])
    });
    (groups.into_iter().chain(others).flat_map(|group| group.parts).collect(), note)
}

/// Maximum runs named in a note.
const MAX_NAMED: usize = 5;

/// Joins groups that hold the same run in several formats if one's folder contains the other's: a report next to its
/// log.
fn join_twins(groups: &mut Vec<Group>) {
    let folder = |group: &Group| group.parts.first().map(|part| stem(&part.path).0).unwrap_or_default();
    let is_twin = |a: &Group, b: &Group| {
        let (x, y) = (folder(a), folder(b));
        (x.starts_with(&y) || y.starts_with(&x)) && a.parts.iter().any(|a| b.parts.iter().any(|b| are_twins(a, b)))
    };
    if groups.iter().map(|group| group.parts.len()).sum::<usize>() > MAX_TWINS {
        return;
    }
    let mut at = 0;
    while let Some(group) = groups.get(at) {
        match (at + 1..groups.len()).find(|other| groups.get(*other).is_some_and(|other| is_twin(group, other))) {
            Some(other) => {
                let twin = groups.remove(other);
                if let Some(group) = groups.get_mut(at) {
                    group.parts.extend(twin.parts);
                }
            }
            None => at += 1,
        }
    }
}

/// Words in names that indicate the baseline, and those that indicate the run.
const BASELINE_WORDS: &[&str] =
    &["base", "baseline", "baselines", "main", "master", "before", "old", "previous", "prev", "reference", "control"];
const RUN_WORDS: &[&str] =
    &["run", "after", "new", "pr", "head", "candidate", "current", "branch", "feature", "change", "changed"];

/// Guesses which of two executions is the baseline: by a word in a name, else the earlier start, else the input order.
/// `None` unless there are exactly two.
#[must_use]
pub fn guess_roles(groups: &[Group]) -> Option<RoleGuess> {
    let [first, second] = groups else { return None };
    let words_of = |group: &Group| -> Vec<String> {
        group.key.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
    };
    let (a, b) = (words_of(first), words_of(second));
    // Words common to both names, such as the archive's name, are no indication.
    let word = |own: &[String], other: &[String], words: &[&str]| {
        own.iter().find(|w| words.contains(&w.as_str()) && !other.contains(w)).cloned()
    };
    let by_name = match (word(&a, &b, BASELINE_WORDS), word(&b, &a, BASELINE_WORDS)) {
        (Some(w), None) => Some((0, w)),
        (None, Some(w)) => Some((1, w)),
        _ => match (word(&a, &b, RUN_WORDS), word(&b, &a, RUN_WORDS)) {
            (Some(w), None) => Some((1, w)),
            (None, Some(w)) => Some((0, w)),
            _ => None,
        },
    };
    if let Some((baseline, word)) = by_name {
        return Some(RoleGuess { baseline, reason: RoleReason::Name(word) });
    }
    match (first.started_ms(), second.started_ms()) {
        (Some(a), Some(b)) if a != b => {
            Some(RoleGuess { baseline: usize::from(b < a), reason: RoleReason::EarlierStart })
        }
        _ => Some(RoleGuess { baseline: 0, reason: RoleReason::Order }),
    }
}

/// The side that each of several executions is on by the words in its name; `None` where the name does not say. Words
/// that all names share are no indication.
#[must_use]
pub fn told_roles(groups: &[Group]) -> Vec<Option<Role>> {
    let words_of = |group: &Group| -> BTreeSet<String> {
        let key = group.key.to_lowercase();
        crate::order::set(key.split(|c: char| !c.is_alphanumeric()).flat_map(stem_and_word).map(str::to_owned))
    };
    let words: Vec<BTreeSet<String>> = groups.iter().map(words_of).collect();
    let says = |own: &BTreeSet<String>, of: &[&str]| {
        own.iter().any(|word| of.contains(&word.as_str()) && !words.iter().all(|all| all.contains(word)))
    };
    let role = |own: &BTreeSet<String>| match (says(own, BASELINE_WORDS), says(own, RUN_WORDS)) {
        (true, false) => Some(Role::Baseline),
        (false, true) => Some(Role::Run),
        _ => None,
    };
    words.iter().map(role).collect()
}

/// A word, and what it is without the number at its end: `base2`.
fn stem_and_word(word: &str) -> [&str; 2] {
    [word, word.trim_end_matches(|c: char| c.is_ascii_digit())]
}

impl Group {
    /// Whether any of its files is a run.
    #[must_use]
    pub fn is_run(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.content, Content::Results(_) | Content::History(_)))
    }

    /// The earliest start in its files, milliseconds since the Unix epoch.
    #[must_use]
    pub fn started_ms(&self) -> Option<i64> {
        let starts = self.parts.iter().filter_map(|p| match &p.content {
            Content::Results(run) => run.started_ms,
            Content::History(h) => h.total.as_ref().and_then(|t| t.start_s()).map(|s| s.saturating_mul(1000)),
            _ => None,
        });
        starts.min()
    }
}

/// A path's folder and the common part of the names of one run's files.
type Stem = (String, String);

/// Splits a path into its folder (with the last slash) and the common part of the names of one run's files.
fn stem(path: &str) -> Stem {
    let cut = path.rfind(['/', '\\']).map_or(0, |i| i + 1);
    let (folder, name) = path.split_at_checked(cut).unwrap_or(("", path));
    let bare = [".csv", ".json", ".txt"]
        .iter()
        .find_map(|end| {
            name.len()
                .checked_sub(end.len())
                .and_then(|at| name.split_at_checked(at))
                .filter(|(_, e)| e.eq_ignore_ascii_case(end))
        })
        .map_or(name, |(bare, _)| bare);
    let endings = FORMATS.iter().flat_map(|format| format.endings).filter_map(|ending| bare.strip_suffix(ending));
    // The longest matching ending leaves the shortest rest.
    let shared = endings.min_by_key(|rest| rest.len()).unwrap_or(bare);
    (folder.to_owned(), shared.to_owned())
}

fn stem_label(folder: &str, stem: &str) -> String {
    if !stem.is_empty() {
        return stem.to_owned();
    }
    folder.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or("").to_owned()
}

/// The label of a set of files: the common part of the name of the first run.
fn label(parts: &[Part]) -> String {
    let stems: Vec<String> = parts
        .iter()
        .filter(|p| p.is_results())
        .chain(parts)
        .map(|p| stem(&p.file.name))
        .filter(|(_, shared)| !shared.is_empty())
        // A file in an archive is labelled with its folder too.
        .map(|(folder, shared)| folder + &shared)
        .collect();
    stems.into_iter().next().unwrap_or_else(|| "results".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems() {
        for (path, folder, shared) in [
            ("base_stats.csv", "", "base"),
            ("out/base_stats_history.csv", "out/", "base"),
            ("C:\\x\\pr-482_failures.CSV", "C:\\x\\", "pr-482"),
            ("load-results.json", "", "load-results"),
            ("unknown", "", "unknown"),
            ("_stats.csv", "", ""),
            ("é_stats.csv", "", "é"),
        ] {
            assert_eq!(stem(path), (folder.to_owned(), shared.to_owned()), "{path}");
        }
    }
}
