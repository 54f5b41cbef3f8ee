//! Dependencies between modules, read from the sources: no cycles, and no layer that uses a higher one.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The layers that a layer may use besides itself. Unlisted ones are available to all: `number`, `order`, `wire`,
/// `base64`.
const LAYERS: [(&str, &[&str]); 13] = [
    ("stats", &[]),
    ("run", &["stats"]),
    ("ingest", &["run", "stats"]),
    ("policy", &["run"]),
    ("history", &["run", "stats"]),
    ("compare", &["run", "stats", "policy"]),
    ("chart", &["run", "stats", "policy", "compare", "history"]),
    ("mask", &["run", "policy", "compare", "history"]),
    ("report", &["ingest", "run", "stats", "policy", "compare", "chart", "link", "history"]),
    ("link", &["ingest", "run", "stats", "policy", "compare", "mask"]),
    ("session", &["mask", "ingest", "run", "stats", "policy", "compare", "chart", "report", "link", "history"]),
    ("engine", &["ingest", "run", "link", "session"]),
    ("app", &["ingest", "link", "session", "engine"]),
];

/// Layers whose files must not form cycles.
const WITHOUT_CYCLES: [&str; 9] =
    ["history", "ingest", "compare", "mask", "link", "policy", "session", "engine", "app"];

#[test]
fn no_layer_uses_a_higher_one() {
    let layers: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    let mut wrong = Vec::new();
    for (file, uses) in uses() {
        let layer = file[0].as_str();
        let Some(allowed) = layers.get(layer) else { continue };
        for used in uses {
            let other = used[0].as_str();
            if other != layer && layers.contains_key(other) && !allowed.contains(&other) {
                wrong.push(format!("{} uses {}", file.join("::"), used.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_in_a_cycle() {
    let uses = uses();
    let files: BTreeSet<&Vec<String>> = uses.keys().collect();
    let mut circles = Vec::new();
    for layer in WITHOUT_CYCLES {
        let edges: BTreeMap<&Vec<String>, Vec<&Vec<String>>> = uses
            .iter()
            .filter(|(file, _)| file[0] == layer)
            .map(|(file, used)| {
                (
                    file,
                    used.iter().filter_map(|path| home(&files, path)).filter(|f| *f != file && f[0] == layer).collect(),
                )
            })
            .collect();
        for start in edges.keys() {
            if let Some(path) = cycle(&edges, start) {
                circles.push(path.iter().map(|file| file.join("::")).collect::<Vec<_>>().join(" → "));
            }
        }
        assert!(edges.len() > 4, "{layer}");
    }
    assert!(circles.is_empty(), "{circles:#?}");
}

/// The shortest cycle from a file back to itself, where the file is its first by name.
fn cycle<'f>(
    edges: &BTreeMap<&'f Vec<String>, Vec<&'f Vec<String>>>,
    start: &'f Vec<String>,
) -> Option<Vec<&'f Vec<String>>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while let Some(way) = (!ways.is_empty()).then(|| ways.remove(0)) {
        for next in edges.get(way[way.len() - 1]).into_iter().flatten() {
            if *next == start {
                return Some([way, vec![start]].concat());
            }
            if *next > start && seen.insert(*next) {
                ways.push([way.clone(), vec![*next]].concat());
            }
        }
    }
    None
}

/// The file that a path leads to: the longest prefix of the path that is a file. A path to a non-module item of a
/// `mod.rs` leads to that file.
fn home<'f>(files: &BTreeSet<&'f Vec<String>>, path: &[String]) -> Option<&'f Vec<String>> {
    (1..=path.len()).rev().find_map(|length| files.get(&path[..length].to_vec()).copied())
}

/// Each file of `src/`, as a module path, with the paths used in its code. Test modules are left out.
fn uses() -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let mut uses = BTreeMap::new();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("bin") {
                    folders.push(path);
                }
                continue;
            }
            let inner = path.strip_prefix(&src).unwrap().with_extension("");
            let mut module: Vec<String> = inner.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            let is_folder = module.last().is_some_and(|last| last == "mod");
            if is_folder {
                module.pop();
            }
            if module == ["lib"] {
                continue;
            }
            let code = code(&std::fs::read_to_string(&path).unwrap());
            let own: Vec<String> = code.lines().filter_map(own_module).collect();
            let named = paths(&code, &own).into_iter().filter_map(|path| absolute(&module, &path));
            uses.insert(module.clone(), named.collect());
        }
    }
    uses
}

/// The code without comments, strings, module declarations, re-exports (`pub use`), and test modules.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let mut code = String::new();
    let mut handed_on = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap();
        handed_on |= line.trim_start().starts_with("pub use ")
            || line.trim_start().starts_with("pub(crate) use ")
            || line.trim_start().starts_with("pub(super) use ");
        if !handed_on {
            code.push_str(line);
            code.push('\n');
        }
        handed_on &= !line.contains(';');
    }
    code
}

/// The module declared in a line.
fn own_module(line: &str) -> Option<String> {
    let rest = line.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ").trim_start_matches("pub ");
    Some(rest.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
}

/// Paths that begin with `crate`, `super`, `self` or a submodule, with braces expanded.
fn paths(code: &str, own: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let roots = ["crate", "super", "self"].into_iter().map(str::to_owned).chain(own.iter().cloned());
    for root in roots {
        for (at, _) in code.match_indices(&format!("{root}::")) {
            // `super::super::x` is found at its first part.
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
                continue;
            }
            let mut path = if own.contains(&root) { vec!["self".to_owned()] } else { Vec::new() };
            tree(&code[at..], &mut path, &mut found);
        }
    }
    found
}

/// Takes one `use` tree of paths off the front. Returns the rest.
fn tree<'c>(mut rest: &'c str, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'c str {
    let depth = before.len();
    loop {
        rest = rest.trim_start();
        if let Some(inner) = rest.strip_prefix('{') {
            rest = inner;
            loop {
                rest = tree(rest, before, found).trim_start();
                match rest.strip_prefix(',') {
                    Some(more) => rest = more,
                    None => break,
                }
            }
            before.truncate(depth);
            return rest.strip_prefix('}').unwrap_or(rest);
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if end > 0 {
            before.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(more) if !more.starts_with('<') => rest = more,
            _ => {
                if before.len() > depth {
                    found.push(before.clone());
                }
                before.truncate(depth);
                // An alias.
                let alias = rest.trim_start().strip_prefix("as ").map(|name| name.trim_start());
                return alias.map_or(rest, |name| name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'));
            }
        }
    }
}

/// Makes a path absolute.
fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let (first, mut rest) = path.split_first()?;
    let mut base = match first.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        _ => module[..module.len() - 1].to_vec(),
    };
    while let Some((_, more)) = rest.split_first().filter(|(part, _)| *part == "super") {
        base.pop();
        rest = more;
    }
    base.extend(rest.iter().cloned());
    (!base.is_empty()).then_some(base)
}
