//! Outcomes as Markdown, inserted into `docs/verdicts.md`.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::cells::{Group, Outcome};
use crate::judge::{FLOORS, Kind};
use crate::rivals::Rival;

/// Wilson's score interval at 95 % (1927), in percent.
fn wilson(x: u32, n: u32) -> (f64, f64) {
    if n == 0 {
        return (0.0, 100.0);
    }
    let z = 1.959_963_984_540_054;
    let (x, n) = (f64::from(x), f64::from(n));
    let (p, zz) = (x / n, z * z);
    let centre = (p + zz / (2.0 * n)) / (1.0 + zz / n);
    let half = z * libm::sqrt(p * (1.0 - p) / n + zz / (4.0 * n * n)) / (1.0 + zz / n);
    // At the ends the two sums cancel only up to rounding.
    let low = if x == 0.0 { 0.0 } else { centre - half };
    let high = if x == n { 1.0 } else { centre + half };
    (low * 100.0, high * 100.0)
}

fn percent(x: u32, n: u32) -> String {
    if n == 0 { "–".into() } else { format!("{:.0}", f64::from(x) / f64::from(n) * 100.0) }
}

/// `0.3 % [0.1, 0.9]`.
fn rate(x: u32, n: u32) -> String {
    let (low, high) = wilson(x, n);
    format!("{:.1} % [{low:.1}, {high:.1}]", f64::from(x) / f64::from(n.max(1)) * 100.0)
}

/// The tables by name, each for the markers of that name.
pub fn tables(outcomes: &[Outcome]) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("detection", detection(outcomes)),
        ("rivals", rivals(outcomes)),
        ("words", words(outcomes)),
        ("floors", floors(outcomes)),
        ("groups", groups(outcomes)),
        ("time", time(outcomes)),
    ])
}

fn header(out: &mut String, columns: &[&str], left: usize) {
    let _ = writeln!(out, "| {} |", columns.join(" | "));
    let rules: Vec<&str> = (0..columns.len()).map(|i| if i < left { "---" } else { "---:" }).collect();
    let _ = writeln!(out, "| {} |", rules.join(" | "));
}

/// Label of a line: `3 %`, `20,000`, `raw`.
fn about(outcome: &Outcome) -> String {
    let thousands = format!("{},000", outcome.cell.requests / 1000);
    format!("{} | {} | {thousands} | {} %", repeats(outcome), outcome.kind.title(), outcome.cell.sd_pct)
}

fn repeats(outcome: &Outcome) -> String {
    if outcome.cell.repeats == 1 { "1".into() } else { format!("{}", outcome.cell.repeats) }
}

const ABOUT: [&str; 4] = ["runs a side", "files", "requests", "sd"];

fn effect_names(outcomes: &[Outcome]) -> Vec<&str> {
    outcomes.first().map(|o| o.effects.iter().map(|e| e.effect.as_str()).collect()).unwrap_or_default()
}

/// `default`: false alarms and detection.
fn detection(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    let columns = [&ABOUT[..], &["pairs", "false alarms, %", "CRITICAL, %"], &effect_names(outcomes)].concat();
    header(&mut out, &columns, 2);
    for o in outcomes {
        let alarms = match o.false_alarms.first() {
            Some(alarms) => rate(*alarms, o.unchanged),
            None => "not judged".into(),
        };
        let any = if o.false_alarms.is_empty() { "–".into() } else { percent(o.any_critical, o.unchanged) };
        let detected = o.effects.iter().map(|e| e.detected.first().map_or("–".into(), |d| percent(*d, e.pairs)));
        let detected: Vec<String> = detected.collect();
        let pairs = format!("{} / {}", o.unchanged, o.effects.first().map_or(0, |e| e.pairs));
        let _ = writeln!(out, "| {} | {pairs} | {alarms} | {any} | {} |", about(o), detected.join(" | "));
    }
    out
}

/// All methods on the same pairs.
fn rivals(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    for o in outcomes {
        let sd = o.cell.sd_pct;
        let (runs, kind, n) = (o.cell.repeats, o.kind.title(), o.cell.requests / 1000);
        let _ = writeln!(out, "<details><summary>{runs} a side, {kind}, {n},000 requests, sd {sd} %</summary>\n");
        let columns = [&["who", "threshold", "false alarms"][..], &effect_names(outcomes)].concat();
        header(&mut out, &columns, 2);
        if let Some(alarms) = o.false_alarms.first() {
            let detected: Vec<String> =
                o.effects.iter().map(|e| e.detected.first().map_or("–".into(), |d| percent(*d, e.pairs))).collect();
            let _ = writeln!(
                out,
                "| **`default`** | its own | {} | {} |",
                rate(*alarms, o.unchanged),
                detected.join(" | ")
            );
        }
        for (r, rival) in Rival::EVERY.iter().enumerate() {
            let Some(outcome) = o.rivals.get(r).and_then(Option::as_ref) else { continue };
            let line = |pick: fn(&(u32, u32)) -> u32| -> String {
                let cells = o.effects.iter().map(|e| match e.rivals.get(r) {
                    Some(Some(counts)) => percent(pick(counts), e.pairs),
                    _ => "–".into(),
                });
                cells.collect::<Vec<_>>().join(" | ")
            };
            let alarms = rate(outcome.false_alarms, o.unchanged);
            let _ = writeln!(out, "| {} | its own | {alarms} | {} |", rival.title(), line(|c| c.0));
            // Both p95 rules become equal.
            if *rival != Rival::P95By10 {
                let threshold = rival.raised(outcome.raised.unwrap_or(f64::INFINITY));
                let alarms = if outcome.raised.is_some() { "≤ 1 %" } else { "–" };
                let _ = writeln!(out, "| {}, raised | {threshold} | {alarms} | {} |", rival.title(), line(|c| c.1));
            }
        }
        out.push_str("\n</details>\n\n");
    }
    out
}

/// The verdicts of changed pairs.
fn words(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    let shown = |o: &&Outcome| o.cell.sd_pct == 2 && o.cell.requests == 20_000;
    for o in outcomes.iter().filter(shown).filter(|o| !o.false_alarms.is_empty()) {
        let mut names: Vec<&str> = o.effects.iter().flat_map(|e| e.words.keys().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        let (runs, kind) = (o.cell.repeats, o.kind.title());
        let _ = writeln!(out, "{kind}, {runs} a side, 20,000 requests, sd 2 %, per cent of the pairs:\n");
        header(&mut out, &[&["change"][..], &names].concat(), 1);
        for effect in &o.effects {
            let cells: Vec<String> = names
                .iter()
                .map(|name| effect.words.get(*name).map_or(String::new(), |count| percent(*count, effect.pairs)))
                .collect();
            let _ = writeln!(out, "| {} | {} |", effect.effect, cells.join(" | "));
        }
        out.push('\n');
    }
    out
}

/// Effect of the noise floor: false alarms, and detection of the four main effects.
fn floors(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    let wanted = ["everything +20 %", "one endpoint +30 %", "tail ×5", "errors +1 pp"];
    let columns = [&ABOUT[..], &["floor", "false alarms"], &wanted].concat();
    header(&mut out, &columns, 2);
    for o in outcomes.iter().filter(|o| o.false_alarms.len() == FLOORS.len() && o.cell.repeats == 1) {
        for (index, floor) in FLOORS.iter().enumerate() {
            let floor = floor.map_or("`auto`".into(), |percent| format!("{percent:.0} %"));
            let alarms = rate(o.false_alarms[index], o.unchanged);
            let cells: Vec<String> = wanted
                .iter()
                .map(|name| match o.effects.iter().find(|e| e.effect == *name) {
                    Some(e) => e.detected.get(index).map_or("–".into(), |d| percent(*d, e.pairs)),
                    None => "–".into(),
                })
                .collect();
            let _ = writeln!(out, "| {} | {floor} | {alarms} | {} |", about(o), cells.join(" | "));
        }
    }
    out
}

/// False alarms by dependence between requests, and by the ratio of sizes, over all cells of a kind up to sd 3 %.
fn groups(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    header(&mut out, &["files", "runs a side", "unchanged pairs with", "pairs", "false alarms"], 3);
    for kind in Kind::EVERY {
        for repeats in [1, 5] {
            let mut sums: Vec<Group> = Vec::new();
            let of = |o: &&Outcome| o.kind == kind && o.cell.repeats == repeats && o.cell.sd_pct <= 3;
            for o in outcomes.iter().filter(of).filter(|o| !o.false_alarms.is_empty()) {
                for group in o.by_drift.iter().chain(&o.by_ratio) {
                    match sums.iter_mut().find(|s| s.title == group.title) {
                        Some(sum) => {
                            sum.pairs += group.pairs;
                            sum.false_alarms += group.false_alarms;
                        }
                        None => sums.push(group.clone()),
                    }
                }
            }
            for g in sums {
                let rate = rate(g.false_alarms, g.pairs);
                let _ = writeln!(out, "| {} | {repeats} | {} | {} | {rate} |", kind.title(), g.title, g.pairs);
            }
        }
    }
    out
}

/// Medians in ms.
fn time(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    header(&mut out, &[&ABOUT[..], &["read both sides, ms", "compare, ms", "Mann-Whitney alone, ms"]].concat(), 2);
    for o in outcomes.iter().filter(|o| o.cell.sd_pct == 2) {
        let rival = if o.kind == Kind::Raw { format!("{:.2}", o.mann_whitney_ms) } else { "–".into() };
        let _ = writeln!(out, "| {} | {:.2} | {:.2} | {rival} |", about(o), o.read_ms, o.compare_ms);
    }
    out
}

/// Inserts a table between its markers.
pub fn insert(document: &str, name: &str, table: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- evaluate: {name} -->"), format!("<!-- /evaluate: {name} -->"));
    let missing = || format!("docs/verdicts.md has no `{begin}` … `{end}`: put the markers where the table belongs");
    let (before, rest) = document.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}\n\n{}\n\n{end}{after}", table.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T1 of the statistics' vectors: `statsmodels.stats.proportion.proportion_confint(…, method="wilson")`.
    #[test]
    fn wilson_is_statsmodels() {
        let cases = [
            (1, 300, 0.000_588_657_721_851_2, 0.018_636_693_694_531_2),
            (15, 1500, 0.006_069_437_504_076_5, 0.016_433_904_601_701_3),
            (0, 150, 0.0, 0.024_970_244_368_076_6),
            (17_837, 17_837, 0.999_784_681_746_678_8, 1.0),
        ];
        for (x, n, low, high) in cases {
            let (l, h) = wilson(x, n);
            assert!((l / 100.0 - low).abs() < 1e-12 && (h / 100.0 - high).abs() < 1e-12, "{x}/{n}: {l} {h}");
        }
    }

    #[test]
    fn a_table_is_inserted_between_its_markers() {
        let document = "a\n<!-- evaluate: x -->\nold\n<!-- /evaluate: x -->\nb\n";
        let expected = Ok("a\n<!-- evaluate: x -->\n\nnew\n\n<!-- /evaluate: x -->\nb\n".into());
        assert_eq!(insert(document, "x", "new\n"), expected);
        assert!(insert(document, "y", "new").is_err());
    }
}
