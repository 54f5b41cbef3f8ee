//! A comparison for a job of GitHub Actions: annotations, and a step's outputs.

use loaddiff::compare::{Comparison, Gate, Scope, Verdict};
use loaddiff::report::brief::{self, Worse};
use loaddiff::report::{headline, issue, terminal, words};

/// Annotations of one kind that GitHub shows for a step.
const MOST: usize = 10;

/// Characters of a foreign text that are shown.
const CLIP: usize = 200;

/// Workflow commands, a line each: what decided, then an endpoint each, what fails the gate as an error.
pub fn annotations(c: &Comparison) -> String {
    let level = match c.gate {
        Gate::Pass if issue::is_due(c) => Some("warning"),
        Gate::Pass => None,
        Gate::NoVerdict => Some("warning"),
        Gate::Fail => Some("error"),
    };
    let Some(level) = level else { return String::new() };
    let mut lines = command(level, &format!("Load test: {}", c.word.as_str()), &headline::plain(c));
    let of_level = |wanted: &str| -> Vec<(&'static str, Worse<'_>)> {
        let all = brief::worse(c).into_iter().map(|line| (level_of(c, &line), line));
        all.filter(|(level, _)| *level == wanted).collect()
    };
    for kind in ["error", "warning"] {
        let all = of_level(kind);
        // The line about the whole counts too.
        let room = if kind == level { MOST - 1 } else { MOST };
        for (level, line) in all.iter().take(room) {
            lines.push_str(&command(level, &name(line), &text(line)));
        }
    }
    lines
}

fn level_of(c: &Comparison, line: &Worse<'_>) -> &'static str {
    let fails = line.row.map_or_else(|| c.absence_fails_gate(line.subject), |row| c.fails_gate(row));
    if fails { "error" } else { "warning" }
}

fn name(line: &Worse<'_>) -> String {
    match line.subject.scope {
        Scope::Total => "All requests".into(),
        Scope::Service | Scope::Endpoint => clip(&line.subject.label()),
    }
}

/// `Regressed: p95, also mean: 120 ms → 310 ms, +158 %; beyond 10 % and 1 ms, confirmed.`
fn text(line: &Worse<'_>) -> String {
    let verdict = words::badge(line.verdict());
    let Some(row) = line.row else { return format!("{verdict}: {}.", line.why) };
    if row.verdict == Verdict::Missing || row.verdict == Verdict::New {
        return format!("{verdict}: {}: {}.", line.metrics(), clip(&line.why));
    }
    format!(
        "{verdict}: {}: {} → {}, {}; {}.",
        line.metrics(),
        brief::plain_value(row, &row.baseline),
        brief::plain_value(row, &row.run),
        words::change_with_interval(row),
        clip(line.why.trim_end_matches('.'))
    )
}

fn clip(text: &str) -> String {
    let clipped: String = text.chars().take(CLIP).collect();
    if clipped.len() < text.len() { clipped + "…" } else { clipped }
}

/// One workflow command.
fn command(level: &str, title: &str, text: &str) -> String {
    format!("::{level} title={}::{}\n", property(title), data(text))
}

/// A command's message, on one line: the runner reads `%25` back.
fn data(text: &str) -> String {
    terminal::cell(text).replace('%', "%25")
}

/// A command's property: `:` and `,` would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A step's outputs, `name=value` a line each: `verdict`, `word`, `failures`, `link`.
pub fn outputs(c: &Comparison, link: Option<&str>) -> String {
    let link = link.unwrap_or_default();
    format!("verdict={}\nword={}\nfailures={}\nlink={link}\n", c.gate.as_str(), c.word.as_str(), issue::failures(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The escapes of `@actions/core`, `escapeData` and `escapeProperty`; line ends are marks, as everywhere.
    #[test]
    fn a_name_cannot_end_a_command_or_begin_one() {
        let hostile = "a::b,c=d%0A\r\n::set-output name=verdict::pass##[x]";
        assert_eq!(
            command("error", hostile, hostile),
            "::error title=a%3A%3Ab%2Cc=d%250A␍␊%3A%3Aset-output name=verdict%3A%3Apass##'[x]::a::b,c=d%250A␍␊::set-output \
             name=verdict::pass##'[x]\n"
        );
    }
}
