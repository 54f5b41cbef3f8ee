//! k6's printed summary, alone or inside the log of a CI system.
//!
//! From k6's source (`internal/js/summary.js`, `internal/cmd/summary`), checked with 0.57 and 1.1. A line is a
//! metric's name, dots and its figures: `http_reqs......: 40 9.06/s`. Three layouts:
//!
//! * up to 0.53 rates are `20.00% ✓ 8 ✗ 32`. The first number counts true values: failed requests for
//!   `http_req_failed`;
//! * from 0.54 on they are `20.00% 8 out of 40`;
//! * from 1.0 on there are sections. `TOTAL RESULTS` has the whole run. Those of groups and scenarios have the same
//!   names and are skipped.
//!
//! Times are truncated to two decimals of their unit, and to whole seconds from a minute on. Counts are exact.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::totals::{Failed, Figures, Totals};
use crate::run::{Definition, Note, NoteLevel, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "k6-text",
        tool: "k6",
        title: "end-of-test summary as text, also within a log",
        command: "k6 run --no-color script.js > summary.txt",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Log(read),
};

const CUT: Words = Words {
    code: "cut-to-two-decimals",
    level: NoteLevel::Info,
    text: "k6 prints times cut to two decimals of their unit: 1.23s is 1,230 ms or up to 9 ms more. \
           `k6 run --summary-export summary.json` has them whole.",
};

const SEVERAL: Words = Words {
    code: "several-summaries",
    level: NoteLevel::Warning,
    text: "The text holds {0:summary|summaries} of k6. The last was read.",
};

/// Every k6 summary has one of these metrics.
const KNOWN: [&str; 3] = ["http_req_duration", "iteration_duration", "http_reqs"];

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    if sniff.text.starts_with(['{', '[', '<']) {
        return None;
    }
    let is_known = |line: &&str| {
        metric(line).is_some_and(|(name, figures)| {
            let is_figure = if name == "http_reqs" { figures.ends_with("/s") } else { figures.contains("avg=") };
            is_figure && KNOWN.contains(&name)
        })
    };
    let line = sniff.text.lines().filter(|line| line.contains("...")).find(is_known)?;
    let (name, _) = metric(line)?;
    Some(format!("line of the metric {name}"))
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut totals = Totals::default();
    let mut summaries = 0_u64;
    // Whether the section covers the whole run; `None` before the first section.
    let mut is_total = None;
    let (mut failed, mut asked) = (Failed::default(), None::<&str>);
    let mut parent = String::new();
    for line in input.text.lines() {
        match section(line) {
            Some(true) => {
                (totals, is_total) = (Totals::default(), Some(true));
                summaries += 1;
            }
            Some(false) => is_total = Some(false),
            None => {}
        }
        if line.trim_end().ends_with(" THRESHOLDS") {
            (failed, asked) = (Failed::default(), Some(""));
        } else if section(line).is_some() {
            asked = None;
        } else if let Some(metric) = &mut asked {
            // A metric is on the line before its conditions.
            if let Some((_, condition)) = line.split_once("✗ '") {
                failed.add(metric, condition.rsplit_once("' ").map_or(condition, |(condition, _)| condition));
            } else if !line.contains("✓ '") {
                *metric = line.split_whitespace().next_back().unwrap_or(metric);
            }
        }
        let Some((name, text)) = metric(line).filter(|_| is_total != Some(false)) else { continue };
        let Some(figures) = figures(text) else { continue };
        let tags = name.strip_prefix("{ ").and_then(|tags| tags.strip_suffix(" }"));
        let name = match tags {
            Some(tags) => format!("{parent}{{{tags}}}"),
            None => {
                name.clone_into(&mut parent);
                name.to_owned()
            }
        };
        // Without sections, the next summary begins with the first repeated name.
        if summaries == 0 || totals.has(&name) {
            (totals, failed) = (Totals::default(), Failed::default());
            summaries += 1;
        }
        // Up to 0.57 a mark precedes the name of a metric with thresholds.
        if is_total.is_none() && has_failed(line) {
            failed.add(&name, "");
        }
        totals.put(&name, figures);
    }
    if let Some(passes) = totals.get("checks_succeeded", "passes") {
        let fails = totals.get("checks_succeeded", "fails").unwrap_or(0.0);
        totals.put("checks", Figures::from([("passes".into(), passes), ("fails".into(), fails)]));
    }
    if totals.has("http_req_duration") {
        totals.notes.push(Note::say(input.name, &CUT, []));
    }
    if summaries > 1 {
        totals.notes.push(Note::say(input.name, &SEVERAL, [summaries.into()]));
    }
    totals.thresholds = failed;
    totals.imported(input, Run::default())
}

/// Whether a line begins the section of the whole run, or that of a group or a scenario. `█` and `↳` precede these
/// words, possibly garbled by another code page; `✓` and `✗` precede the name of a check.
fn section(line: &str) -> Option<bool> {
    if line.trim_end().ends_with(" TOTAL RESULTS") {
        return Some(true);
    }
    let (before, _) = line.split_once(" GROUP: ").or_else(|| line.split_once(" SCENARIO: "))?;
    let last = before.chars().next_back()?;
    (!last.is_ascii_alphanumeric() && !last.is_whitespace() && !"✓✗".contains(last)).then_some(false)
}

/// Whether the cross of a failed threshold precedes a metric's name or tags.
fn has_failed(line: &str) -> bool {
    let before = line.split_once("...:").map_or("", |(before, _)| before);
    before.split_once('✗').is_some_and(|(_, name)| {
        let name = name.trim_start();
        name.starts_with('{') || !name.contains(char::is_whitespace)
    })
}

/// Name and figures in a metric's line: three dots or more, and a colon. A sub-metric's name is its tags, in braces.
fn metric(line: &str) -> Option<(&str, &str)> {
    let (before, figures) = line.split_once("...:")?;
    let figures = figures.trim();
    let name = match before.trim_end_matches('.').trim_end() {
        tags if tags.ends_with(" }") => tags.get(tags.find("{ ")?..)?,
        name => name.rsplit(|c: char| c.is_whitespace() || c.is_control()).next()?,
    };
    (!name.is_empty() && !figures.is_empty()).then_some((name, figures))
}

/// Parses a trend (`avg=1.2ms min=…`), a rate (`20.00% 8 out of 40`, `20.00% ✓ 8 ✗ 32`), a counter (`40 9.06/s`) or a
/// gauge (`1 min=1 max=3`).
fn figures(text: &str) -> Option<Figures> {
    let mut figures = Figures::new();
    let put = |figures: &mut Figures, key: &str, value: f64| figures.insert(key.to_owned(), value);
    for (key, value) in text.split_whitespace().filter_map(|word| word.split_once('=')) {
        let value = value.parse().ok().or_else(|| duration_ms(value));
        if let Some(value) = value {
            put(&mut figures, key, value);
        }
    }
    let words: Vec<&str> = text.split_whitespace().take_while(|word| !word.contains('=')).collect();
    match words.as_slice() {
        [percent, rest @ ..] if percent.ends_with('%') => {
            let mut numbers = rest.iter().filter_map(|word| word.parse::<u64>().ok());
            if let Some((first, second)) = numbers.next().zip(numbers.next()) {
                let fails = if rest.contains(&"of") { second.checked_sub(first)? } else { second };
                put(&mut figures, "passes", first as f64);
                put(&mut figures, "fails", fails as f64);
            } else {
                // A cut line.
                put(&mut figures, "percent", percent.strip_suffix('%')?.parse().ok()?);
            }
        }
        [count, rate] if rate.ends_with("/s") => {
            put(&mut figures, "count", count.parse().ok()?);
            put(&mut figures, "rate", rate.strip_suffix("/s")?.parse().ok()?);
        }
        [value] => {
            put(&mut figures, "value", value.parse().ok()?);
        }
        _ => {}
    }
    (!figures.is_empty()).then_some(figures)
}

/// Parses `1h2m3s`, `1m5s`, `1.23s`, `4.5ms`, `6.7µs`, `0s` into milliseconds.
fn duration_ms(text: &str) -> Option<f64> {
    let mut sum = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, behind) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?)?;
        let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(end)?;
        let ms = match unit {
            "h" => 3_600_000.0,
            "m" => 60_000.0,
            "s" => 1000.0,
            "ms" => 1.0,
            // Logs in another code page have other letters for the µ.
            "us" | "µs" | "μs" | "Âµs" | "\u{fffd}s" => 0.001,
            "ns" => 0.000_001,
            _ => return None,
        };
        sum += number.parse::<f64>().ok()? * ms;
        rest = behind;
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, ms) in [
            ("0s", 0.0),
            ("1.23s", 1230.0),
            ("1m5s", 65_000.0),
            ("1h2m3s", 3_723_000.0),
            ("500ns", 0.0005),
            ("12.5ms", 12.5),
        ] {
            assert_eq!(duration_ms(text), Some(ms), "{text}");
        }
        for text in ["12.5µs", "12.5μs", "12.5us", "12.5Âµs", "12.5\u{fffd}s"] {
            assert!(duration_ms(text).is_some_and(|ms| (ms - 0.0125).abs() < 1e-12), "{text}");
        }
        for text in ["", "5", "s", "5x", "5m3", "-5s", "1.2.3s"] {
            assert_eq!(duration_ms(text), None, "{text}");
        }
    }

    #[test]
    fn lines() {
        assert_eq!(metric("  http_reqs......: 40  9.06/s"), Some(("http_reqs", "40  9.06/s")));
        assert_eq!(metric("12:01 ... | ✓ { name:/a b }.....: avg=1ms"), Some(("{ name:/a b }", "avg=1ms")));
        for line in ["", "wait... : 5", "...: 5", "x...:", "a } ...: 1", "Loading..."] {
            assert_eq!(metric(line), None, "{line}");
        }
        for (line, is_total) in [
            ("  █ TOTAL RESULTS ", Some(true)),
            ("x | â–ˆ TOTAL RESULTS", Some(true)),
            ("  █ SCENARIO: back ", Some(false)),
            ("    ↳ GROUP: a b", Some(false)),
            ("    â†³ GROUP: a b", Some(false)),
            ("  â–ˆ SCENARIO: a", Some(false)),
            ("    ✓ GROUP: a check", None),
            ("  █ THRESHOLDS ", None),
            ("  █ browse", None),
        ] {
            assert_eq!(section(line), is_total, "{line}");
        }
    }
}
