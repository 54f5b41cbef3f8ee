//! Tests that `docs/features.md` names exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::string_slice)]

/// Files and titles: “…” after `file`, up to the next file.
fn named(table: &str) -> Vec<(String, String)> {
    let mut named = Vec::new();
    for row in table.lines().filter(|line| line.starts_with('|')) {
        let mut file = None;
        let mut rest = row;
        while let Some(at) = rest.find(['`', '“']) {
            let (open, close) = if rest[at..].starts_with('`') { ('`', '`') } else { ('“', '”') };
            rest = &rest[at + open.len_utf8()..];
            let (text, after) = rest.split_once(close).expect("a quote that ends");
            rest = after;
            if open == '“' {
                named.push((file.clone().expect("a file before its tests"), text.to_owned()));
            } else if [".rs", ".ts", ".mjs"].iter().any(|end| text.ends_with(end)) {
                file = Some(text.to_owned());
            }
        }
    }
    named
}

#[test]
fn tests_of_features_exist() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let table = std::fs::read_to_string(format!("{root}docs/features.md")).unwrap();
    let named = named(&table);
    assert!(named.len() > 50, "{}", named.len());
    let missing: Vec<_> = named
        .iter()
        .filter(|(file, title)| {
            let source = std::fs::read_to_string(format!("{root}tests/{file}")).unwrap_or_default();
            let titles = [format!("\"{title}\""), format!("`{title}`"), format!("fn {title}(")];
            !titles.iter().any(|title| source.contains(title))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    // All 25 features have a row.
    let rows = (1..=25).filter(|n| table.contains(&format!("\n| {n} | ")));
    assert_eq!(rows.count(), 25);
}
