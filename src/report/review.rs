//! The ten-second report as a comment on a pull request: the word, one or two sentences, the total, what is worse, what
//! improved; everything else folded and grouped by reason. It is always short enough to be posted, cut by whole rows, and
//! says how many.
//!
//! Foreign text cannot become markup, a mention, a reference or an address: see [`text`](super::markdown::text) and
//! [`code`](super::markdown::code).

use super::markdown as md;
use super::{band, brief, stages, view};
use crate::compare::Comparison;
use crate::number;

/// GitHub's limit for a comment, in characters. A review stays below it in bytes, and so by any way of counting.
pub const LIMIT: usize = 65_536;

/// How much of a foreign text is shown.
const CLIP: usize = md::CLIP;

/// Renders the review. A share link (`http:` or `https:`) is its last line.
#[must_use]
pub fn render(comparison: &Comparison, link: Option<&str>) -> String {
    within(comparison, link, &Room { limit: LIMIT - 1, measure: str::len, clip: CLIP })
}

/// The review in at most this number of bytes, to leave room for other text. Headline and gate are never cut.
#[must_use]
pub fn within_bytes(comparison: &Comparison, link: Option<&str>, limit: usize) -> String {
    within(comparison, link, &Room { limit, measure: str::len, clip: CLIP })
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
    let top = format!("## {}\n\n{}\n\n", md::title(c, room.clip), md::headline(c, room.clip));
    let sections = sections(c, room.clip);
    let least = |tail: &str| {
        let fixed = (room.measure)(&top) + (room.measure)(tail);
        fixed + sections.iter().map(|s| (room.measure)(&s.nothing())).sum::<usize>()
    };
    let gate = md::gate(c);
    let tail = match link.and_then(address) {
        Some(link) => format!("{gate} · [The whole report]({link})\n"),
        None => format!("{gate}\n"),
    };
    let tail = if least(&tail) <= room.limit {
        tail
    } else {
        format!("{gate} · The link to the whole report is too long for this place.\n")
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

/// A part that can be cut by whole rows.
struct Section {
    /// What stands before the rows: a heading or a summary, and the head of the table.
    open: String,
    /// What stands behind them.
    close: String,
    rows: Vec<String>,
    /// What the rows are, for the line that stands for all of them.
    what: &'static str,
}

impl Section {
    /// As much of the section as fits.
    fn within(&self, limit: usize, room: &Room) -> String {
        let measure = |text: &str| (room.measure)(text);
        let fixed = measure(&self.open) + measure(&self.close);
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

/// In the order in which they are shown, which is also the order in which they get their room.
fn sections(c: &Comparison, clip: usize) -> Vec<Section> {
    let (worse, more) = md::worse(c, clip);
    let close = match more {
        0 => "\n".to_owned(),
        1 => "\nOne more result is worse.\n\n".to_owned(),
        n => format!("\n{} more results are worse.\n\n", number::count(n as u64)),
    };
    let line = |text: String, what| Section {
        open: String::new(),
        rows: if text.is_empty() { Vec::new() } else { vec![text] },
        close: String::new(),
        what,
    };
    let folded = |summary: &str| format!("<details><summary>{}</summary>\n\n", md::text(summary));
    let mut runs = md::facts(c, clip);
    let judged_by = format!("{} {}", band::judged_by(c), band::judged_how(c));
    let judged_by = format!("- {}\n", md::text_within(&judged_by, clip.saturating_mul(2)));
    // A line between the table and the list.
    runs.extend(
        std::iter::once(judged_by)
            .chain(md::notes(c, clip))
            .enumerate()
            .map(|(i, item)| if i == 0 { format!("\n{item}") } else { item }),
    );
    let sections = [
        Section { open: md::total_head(c, clip), rows: md::total(c), close: "\n".into(), what: "the total" },
        Section { open: md::worse_head(c, clip), rows: worse, close, what: "what is worse" },
        line(md::improved(c, clip), "what improved"),
        line(md::open(c, clip), "what is unclear"),
        line(md::causes(c, clip), "failures that rose"),
        Section {
            open: stages::of(c).map_or_else(String::new, |stages| {
                let holds = format!("**Holds to:** {}.\n\n", stages::holds_text(stages));
                format!("{holds}{}{}", folded("Load stages, at equal numbers of users"), md::load_stages_head())
            }),
            rows: md::load_stages(c),
            close: stages::of(c).map_or_else(String::new, |stages| {
                format!("\n{} {}\n\n</details>\n\n", stages::limits(&stages.limits), stages::remarks(stages).join(" "))
            }),
            what: "load stages",
        },
        Section {
            open: folded(&brief::rest(c)),
            rows: md::groups(c, clip),
            close: "\n</details>\n\n".into(),
            what: "everything else that was judged",
        },
        Section {
            open: format!("{}{}", folded(&format!("Runs, checks, notes: {}", view::data_checks(c))), md::FACTS),
            rows: runs,
            close: "\n</details>\n\n".into(),
            what: "runs, checks and notes",
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
