//! Endpoints whose names are the same path in different notations: `http://shop:8080/users/:id?q=1` and `/users/{id}`.

use std::collections::BTreeMap;

use super::ids;
use crate::policy::Policy;
use crate::run::recorder::OTHER_ENDPOINTS;
use crate::run::{Endpoint, Note, NoteLevel, Run, Words};

/// Maximum bytes of a name; longer ones are compared unchanged.
const MAX_NAME_BYTES: usize = 2048;

/// Method and path of an endpoint, if its name or label has one: without scheme, host, query, fragment and last slash.
fn path(endpoint: &Endpoint) -> Option<(Option<String>, &str)> {
    let (mut method, mut name) = (endpoint.method.as_deref(), endpoint.name.as_str());
    if name.len() > MAX_NAME_BYTES {
        return None;
    }
    // A label such as `GET /users`.
    if method.is_none()
        && let Some((word, rest)) = name.split_once(' ')
        && is_method(word)
    {
        (method, name) = (Some(word), rest.trim_start());
    }
    let name =
        name.split_once("://").map_or(name, |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"));
    let name = name.split(['?', '#']).next().unwrap_or_default();
    let name = if name.len() > 1 { name.trim_end_matches('/') } else { name };
    name.starts_with('/').then(|| (method.map(str::to_ascii_uppercase), name))
}

/// A path with ids and placeholders replaced by `*`.
fn folded(path: &str) -> String {
    let parts = path.split('/').map(|part| if is_placeholder(part) || ids::is_id(part) { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether two paths are the same: each part is equal, or a placeholder on one side. Two ids are two endpoints.
fn agree(a: &str, b: &str) -> bool {
    a.split('/').zip(b.split('/')).all(|(a, b)| a == b || is_placeholder(a) || is_placeholder(b))
}

fn is_method(word: &str) -> bool {
    matches!(word, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "CONNECT" | "TRACE")
}

/// Whether a part of a path is a placeholder for ids, as written by frameworks and tools.
fn is_placeholder(part: &str) -> bool {
    let within = |open: &str, close: &str| part.starts_with(open) && part.ends_with(close) && part.len() > 2;
    part == "*"
        || part.len() > 1 && part.starts_with(':')
        || within("{", "}")
        || within("[", "]")
        || within("<", ">")
        || within("${", "}")
}

const MATCHED: Words = Words {
    code: "matched-by-path",
    level: NoteLevel::Info,
    text: "{0:endpoint is|endpoints are} named differently in the two files and {1} matched by path, such as {2} with {3}. A \
           [[match]] in the thresholds file matches them otherwise.",
};

/// Maximum steps for matching names with the policy; beyond, names stay unchanged.
const MAX_STEPS: u64 = 20_000_000;

/// Renames endpoints of the baseline that the run does not have to those of the run with the same path, with a note.
/// Endpoints that the policy matches stay unchanged.
pub(super) fn align(baseline: &mut Run, run: &Run, policy: &Policy) {
    let mut steps = 0_u64;
    let mut is_free = |endpoint: &Endpoint| {
        policy.matches.iter().all(|candidate| {
            steps = steps.saturating_add(candidate.name.steps(&endpoint.name));
            steps <= MAX_STEPS && !candidate.matches(endpoint.method.as_deref(), &endpoint.name)
        })
    };
    let mut only = |of: &Run, other: &Run| -> Vec<usize> {
        let alone = |e: &Endpoint| other.endpoint(e.method.as_deref(), &e.name).is_none();
        let places = of.endpoints.iter().enumerate().filter(|(_, e)| e.name != OTHER_ENDPOINTS && alone(e));
        places.filter(|(_, e)| is_free(e)).map(|(at, _)| at).collect()
    };
    let (mine, theirs) = (only(baseline, run), only(run, baseline));
    let pairs = pairs(&baseline.endpoints, &mine, &run.endpoints, &theirs);
    let Some((first, second)) = pairs.first() else { return };
    let shown = |run: &Run, at: &usize| run.endpoints.get(*at).map(Endpoint::shown).unwrap_or_default();
    let figures = [
        (pairs.len() as u64).into(),
        (if pairs.len() == 1 { "was" } else { "were" }).into(),
        shown(baseline, first).into(),
        shown(run, second).into(),
    ];
    baseline.notes.push(Note::on_run(&MATCHED, figures));
    for (at, other) in pairs {
        if let (Some(mine), Some(theirs)) = (baseline.endpoints.get_mut(at), run.endpoints.get(other)) {
            mine.method.clone_from(&theirs.method);
            mine.name.clone_from(&theirs.name);
        }
    }
    crate::order::sort_by(&mut baseline.endpoints, |a, b| a.key().cmp(&b.key()));
}

/// Endpoints by path and method; `None` for a path that several have.
type ByPath = BTreeMap<String, BTreeMap<Option<String>, Option<usize>>>;

fn by_path(endpoints: &[Endpoint], places: &[usize]) -> ByPath {
    let mut all = ByPath::new();
    for at in places {
        if let Some((method, path)) = endpoints.get(*at).and_then(path) {
            all.entry(folded(path)).or_default().entry(method).and_modify(|place| *place = None).or_insert(Some(*at));
        }
    }
    all
}

/// Pairs endpoints of the two sides at the given indices with the same path in different notations. If a method is
/// missing on one side, the path alone decides, if it is unique.
fn pairs(baseline: &[Endpoint], mine: &[usize], run: &[Endpoint], theirs: &[usize]) -> Vec<(usize, usize)> {
    let (my_paths, mut their_paths) = (by_path(baseline, mine), by_path(run, theirs));
    let mut pairs = Vec::new();
    for (path, mut methods) in my_paths {
        let Some(others) = their_paths.get_mut(&path) else { continue };
        methods.retain(|method, at| match others.get(method) {
            Some(other) => {
                pairs.extend(at.zip(*other));
                others.remove(method);
                false
            }
            None => true,
        });
        let (mut left, mut right) = (methods.into_iter(), others.iter());
        if let (Some((method, Some(at))), None, Some((other_method, Some(other))), None) =
            (left.next(), left.next(), right.next(), right.next())
            && (method.is_none() || other_method.is_none())
        {
            pairs.push((at, *other));
        }
    }
    pairs.retain(|(at, other)| {
        let paths = baseline.get(*at).and_then(path).zip(run.get(*other).and_then(path));
        paths.is_some_and(|((_, a), (_, b))| agree(a, b))
    });
    pairs
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn endpoint(label: &str) -> Endpoint {
        let (method, name) =
            label.split_once('|').map_or((None, label), |(method, name)| (Some(method.to_owned()), name));
        Endpoint { method, name: name.to_owned(), requests: Some(1), ..Endpoint::default() }
    }

    fn run(labels: &[&str]) -> Run {
        let mut endpoints: Vec<Endpoint> = labels.iter().map(|label| endpoint(label)).collect();
        endpoints.sort_by(|a, b| a.key().cmp(&b.key()));
        Run { endpoints: endpoints.into(), ..Run::default() }
    }

    fn aligned(baseline: &[&str], other: &[&str]) -> Vec<String> {
        let mut baseline = run(baseline);
        align(&mut baseline, &run(other), &crate::policy::profile("default").unwrap());
        baseline.endpoints.iter().map(Endpoint::label).collect()
    }

    #[test]
    fn equivalent_paths_are_one_endpoint() {
        for (baseline, other) in [
            ("GET|/users/:id", "GET|http://shop:8080/users/{id}?q=1"),
            ("GET|/users/[id]/", "GET /users/<id>"),
            ("GET /cart", "GET|https://shop/cart#top"),
            ("/health", "GET|/health/"),
            ("get|/a/${x}", "GET|/a/17"),
            ("GET|/", "GET|http://shop"),
            ("GET|/doc/0f8fad5b-d9cb-469f-a165-70867728950e", "GET|/doc/*"),
        ] {
            assert_eq!(aligned(&[baseline], &[other]), [endpoint(other).label()], "{baseline}");
        }
    }

    #[test]
    fn ambiguous_paths_are_not_matched() {
        for (baseline, other) in [
            (&["GET|/users/1", "GET|/users/2"][..], &["GET|/users/:id"][..]),
            (&["GET|/a"], &["POST|/a"]),
            (&["/a"], &["GET|http://x/a", "POST|http://x/a"]),
            (&["login"], &["Login"]),
            (&["GET|/users/1"], &["GET|/users/2"]),
            (&["GET|/a"], &["GET|/a", "GET|http://x/a"]),
        ] {
            let mut labels: Vec<String> = baseline.iter().map(|label| endpoint(label).label()).collect();
            labels.sort();
            let mut got = aligned(baseline, other);
            got.sort();
            assert_eq!(got, labels, "{other:?}");
        }
    }

    #[test]
    fn a_note_reports_the_match() {
        let mut baseline = run(&["GET|/a", "GET|/b"]);
        align(&mut baseline, &run(&["GET|http://x/a", "GET|http://x/b"]), &crate::policy::profile("default").unwrap());
        let texts: Vec<String> = baseline.notes.iter().map(Note::text).collect();
        let text = "2 endpoints are named differently in the two files and were matched by path, such as GET /a with GET \
                    http://x/a. A [[match]] in the thresholds file matches them otherwise.";
        assert_eq!(texts, [text]);
    }
}
