//! The report as a comment on a pull request: the headline, what regressed, what improved; everything else folded. It is
//! always short enough to be posted, cut by whole rows, and says how many.
//!
//! Foreign text cannot become markup, a mention, a reference or an address: see [`text`](super::markdown::text) and
//! [`code`](super::markdown::code).

use super::markdown as md;
use crate::compare::{Comparison, Verdict};

/// GitHub's limit for a comment, in characters. A review stays below it in bytes, and so by any way of counting.
pub const LIMIT: usize = 65_536;

/// How much of a foreign text is shown.
const CLIP: usize = 120;

/// Renders the review. A share link (`http:` or `https:`) is its last line.
#[must_use]
pub fn render(comparison: &Comparison, link: Option<&str>) -> String {
    within(comparison, link, &Room { limit: LIMIT - 1, measure: str::len, clip: CLIP })
}

/// A link to the report, as Markdown: its text is the result and the two runs.
#[must_use]
pub fn markdown_link(comparison: &Comparison, link: &str) -> Option<String> {
    address(link).map(|link| format!("[{}]({link})", md::title(comparison, CLIP)))
}

/// How long a review may be.
pub(super) struct Room {
    /// The most it may measure.
    pub limit: usize,
    /// The length of a text: additive.
    pub measure: fn(&str) -> usize,
    /// How many characters of a foreign text are shown.
    pub clip: usize,
}

/// The review in the room there is: without the link where that leaves none for the headline.
pub(super) fn within(c: &Comparison, link: Option<&str>, room: &Room) -> String {
    let top = top(c, room.clip);
    let sections = sections(c, room.clip);
    let least = |tail: &str| {
        let fixed = (room.measure)(&top) + (room.measure)(tail);
        fixed + sections.iter().map(|s| (room.measure)(&s.nothing())).sum::<usize>()
    };
    let tail = link.and_then(address).map(|link| format!("[The whole report]({link})\n")).unwrap_or_default();
    let tail = if least(&tail) <= room.limit {
        tail
    } else {
        "The link to the whole report is too long for this place.\n".to_owned()
    };
    let mut left = room.limit.saturating_sub(least(&tail));
    let mut out = top;
    for section in &sections {
        let text = section.within(left + (room.measure)(&section.nothing()), room);
        left = (left + (room.measure)(&section.nothing())).saturating_sub((room.measure)(&text));
        out.push_str(&text);
    }
    out + &tail
}

fn top(c: &Comparison, clip: usize) -> String {
    let judged_by = md::text_within(&super::view::judged_by(c), clip);
    format!(
        "### {}\n\n{}\n\n{}\n\nJudged by {judged_by}.\n\n",
        md::title(c, clip),
        md::headline(c, clip),
        md::counts(c)
    )
}

/// A part that can be cut by whole rows.
struct Section {
    /// What stands before the rows: a heading or a summary, and the head of the table.
    open: String,
    /// What stands behind them.
    close: &'static str,
    rows: Vec<String>,
    /// What the rows are, for the line that stands for all of them.
    what: &'static str,
}

impl Section {
    /// As much of the section as fits.
    fn within(&self, limit: usize, room: &Room) -> String {
        let measure = |text: &str| (room.measure)(text);
        let fixed = measure(&self.open) + measure(self.close);
        let mut length = fixed + self.rows.iter().map(|row| measure(row)).sum::<usize>();
        if length <= limit {
            return format!("{}{}{}", self.open, self.rows.concat(), self.close);
        }
        let mut kept = self.rows.len();
        // The more rows are left out, the longer the line that counts them: its longest is reserved.
        length += measure(&more(self.rows.len()));
        while length > limit && kept > 0 {
            kept -= 1;
            length -= self.rows.get(kept).map_or(0, |row| measure(row));
        }
        if kept == 0 {
            return self.nothing();
        }
        let rows: String = self.rows.iter().take(kept).map(String::as_str).collect();
        format!("{}{rows}{}{}", self.open, more(self.rows.len() - kept), self.close)
    }

    /// The line that stands for the section where none of its rows fits.
    fn nothing(&self) -> String {
        match self.rows.len() {
            1 => format!("… and one more row: {}.\n\n", self.what),
            n => format!("… and {n} more rows: {}.\n\n", self.what),
        }
    }
}

/// The line that counts the rows left out, behind those of a table or a list.
fn more(rows: usize) -> String {
    match rows {
        1 => "\n… and one more row\n".to_owned(),
        n => format!("\n… and {n} more rows\n"),
    }
}

const FIGURES: &str =
    "| Endpoint | Metric | Baseline | Run | Change | Limit | Verdict |\n|---|---|--:|--:|--:|---|---|\n";

/// In the order in which they are shown, which is also the order in which they get their room.
fn sections(c: &Comparison, clip: usize) -> Vec<Section> {
    use Verdict as V;
    let figures = |verdicts: &[Verdict]| -> Vec<String> {
        let rows = verdicts.iter().flat_map(|v| {
            let verdict = md::verdict(*v);
            md::lines(c, *v, clip).into_iter().map(move |line| format!("{}\n", line.ending(&verdict)))
        });
        rows.collect()
    };
    let lines = |rows: Vec<String>| -> Vec<String> { rows.into_iter().map(|row| row + "\n").collect() };
    let folded = |summary: &str, head: &str| format!("<details><summary>{summary}</summary>\n\n{head}");
    let (worse, better) = (figures(&[V::Critical, V::Missing, V::Warning]), figures(&[V::Improved]));
    let rest = figures(&[V::NoData, V::New, V::Pass]);
    let notes = lines(md::checks(c, clip).into_iter().chain(md::notes(c, clip)).collect());
    let sections = [
        Section {
            open: format!("#### ▲ Worse ({})\n\n{FIGURES}", worse.len()),
            rows: worse,
            close: "\n",
            what: "what is worse",
        },
        Section {
            open: format!("#### ▼ Improved ({})\n\n{FIGURES}", better.len()),
            rows: better,
            close: "\n",
            what: "what has improved",
        },
        Section {
            open: folded("The total", &format!("{}\n", md::TILES)),
            rows: lines(md::tiles(c)),
            close: "\n</details>\n\n",
            what: "the total",
        },
        Section {
            open: folded(&format!("Data checks: {}", md::text(&super::view::data_checks(c))), ""),
            rows: notes,
            close: "\n</details>\n\n",
            what: "data checks",
        },
        Section {
            open: folded("The two runs", &format!("{}\n", md::FACTS)),
            rows: lines(md::facts(c, clip)),
            close: "\n</details>\n\n",
            what: "facts about the runs",
        },
        Section {
            open: folded(&format!("Everything else that was judged ({})", rest.len()), FIGURES),
            rows: rest,
            close: "\n</details>\n\n",
            what: "everything else that was judged",
        },
    ];
    sections.into_iter().filter(|section| !section.rows.is_empty()).collect()
}

/// An address as the target of a Markdown link; `None` where it is none that a browser opens from a review.
fn address(link: &str) -> Option<String> {
    if !link.starts_with("https://") && !link.starts_with("http://") {
        return None;
    }
    let mut safe = String::with_capacity(link.len());
    for byte in link.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => safe.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?' | b'#' | b'&' | b'=' | b'+' | b',' | b';' | b'%' | b'@' => {
                safe.push(char::from(byte));
            }
            byte => safe.push_str(&format!("%{byte:02X}")),
        }
    }
    Some(safe)
}
