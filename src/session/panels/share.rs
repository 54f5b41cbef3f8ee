//! The share dialog: the comparison as a link, what that holds, and how far it gets.

use super::parts::{KEEP, button, check};
use crate::link::{Fit, Link, Piece};
use crate::mask::{Names, Told};
use crate::number;
use crate::report::html::escape::{Name, Text};
use crate::report::review;
use crate::run::shown;
use crate::session::action::Action;
use crate::session::failure::capital;
use crate::session::share::SHORT;
use crate::session::state::State;
use crate::session::state::share::Made;

/// The content of the dialog; nothing while it is closed.
pub(crate) fn share(state: &State) -> String {
    if !state.share_open {
        return String::new();
    }
    let made = state.link.as_ref();
    let length = match made {
        None => "<p class=\"muted\">There is no comparison to share.</p>".to_owned(),
        Some(Ok(made)) => length(made, state.wishes.however_long),
        Some(Err(error)) => {
            let why = capital(&error.to_string());
            format!("<p class=\"share-error\" role=\"alert\">✕ {}.</p>", Text(&why))
        }
    };
    let made = made.and_then(|made| made.as_ref().ok());
    let wishes = state.wishes;
    format!(
        "<p class=\"share-lead\">Whoever opens the link sees this report, judged again in their own browser. It needs no \
         files and no server.</p><div class=\"share-made\">{length}</div><div class=\"share-options\">{}{}{}</div><div \
         class=\"acts\">{}</div><p class=\"share-said\" role=\"status\" id=\"share-said\"></p>{}<p class=\"share-foot \
         muted\">The link holds the figures: whoever has it can read them. Browsers send what stands behind # to no \
         server, and keep it in their history. A report that must not travel by link can go as a file: <button \
         type=\"button\" class=\"link\" data-do=\"{}\">save it as HTML</button>.</p>",
        check("", &Action::KeepNames, KEEP.0, KEEP.1, wishes.names == Names::Keep),
        check("", &Action::HideNames, "Hide endpoint names", "they become short hashes", wishes.names == Names::Hash),
        check("", &Action::TimeSeries, "Time series", "the runs over time, where they fit", wishes.time_series),
        copies(made),
        made.map(pieces).unwrap_or_default(),
        Action::Export(0)
    )
}

/// The buttons that copy the link, alone and in a text.
fn copies(made: Option<&Made>) -> String {
    let copy = |class: &str, label: &str, what: &str, text: Option<String>| {
        let (text, disabled) = match &text {
            Some(text) => (format!(" data-copy=\"{}\"", attribute(text)), ""),
            None => (String::new(), " disabled"),
        };
        format!("<button type=\"button\"{class} data-what=\"{what}\"{text}{disabled}>{label}</button>")
    };
    let link = made.map(|made| made.address.clone());
    let markdown = made.and_then(|made| review::markdown_link(&made.comparison, &made.address));
    let comment = made.map(|made| review::render(&made.comparison, Some(&made.address)));
    copy(" class=\"primary\"", "Copy link", "The link", link)
        + &copy("", "Copy Markdown link", "The Markdown link", markdown)
        + &copy("", "Copy PR comment", "The comment", comment)
}

/// A text as an attribute's value, with its line breaks.
fn attribute(text: &str) -> String {
    text.split('\n').map(|line| Text(line).to_string()).collect::<Vec<_>>().join("&#10;")
}

/// How long a link is, what that means, and what it cost.
fn length(made: &Made, however_long: bool) -> String {
    let length = made.address.chars().count();
    let fit = Fit::of(length);
    let cut = made.link.cut_to_fit.iter().map(Piece::text).collect::<Vec<_>>().join(", ");
    let link = |action: Action, label: &str| button("link", &action, label);
    let choice = if !cut.is_empty() {
        format!(
            "<p>Left out, to stay below {} characters: {}. {}</p>",
            number::count(SHORT as u64),
            Text(&cut),
            link(Action::HoweverLong(true), "Put in all the same")
        )
    } else if however_long {
        format!("<p>Nothing is left out to make it shorter. {}</p>", link(Action::HoweverLong(false), "Less"))
    } else {
        String::new()
    };
    // Green, amber and red end at 2,000, 4,000, and nowhere.
    format!(
        "<div class=\"share-length fit-{}\"><p><b>{} characters</b><span class=\"muted\"> · Slack cuts near 4,000 · a \
         GitHub comment holds 65,536</span></p><svg viewBox=\"0 0 4000 10\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\"><rect width=\"4000\" height=\"10\" class=\"share-room\"></rect><rect width=\"{length}\" \
         height=\"10\" class=\"share-taken\"></rect><path d=\"M2000 0V10\" \
         class=\"share-mark\"></path></svg><p>{}</p>{choice}</div>",
        fit.code(),
        number::count(length as u64),
        fit.text()
    )
}

/// What a link holds, and what it does not.
fn pieces(made: &Made) -> String {
    let Link { included, left_out, .. } = &made.link;
    let item = |class: &str, sign: &str, not: &str, piece: &Piece| {
        format!("<li{class}><span aria-hidden=\"true\">{sign}</span> {not}{}</li>", Text(&piece.text()))
    };
    let mut inside: String = included.iter().map(|piece| item("", "✓", "", piece)).collect();
    if !made.view.is_empty() {
        inside += "<li><span aria-hidden=\"true\">✓</span> the view: opened endpoint, filter, order, percentile, metrics of charts</li>";
    }
    let outside: String = left_out.iter().map(|piece| item(" class=\"out\"", "–", "not ", piece)).collect();
    format!(
        "<h3>What is inside</h3><ul class=\"share-pieces\" aria-label=\"What is inside\">{inside}{outside}</ul>{}",
        texts(&made.texts)
    )
}

/// Rows of the preview.
const MOST_TEXTS: usize = 40;

/// The names and messages as they are sent.
fn texts(all: &[Told]) -> String {
    let count = |n: usize| number::count(n as u64);
    let masked = all.iter().filter(|told| told.is_masked()).count();
    let row = |told: &Told| {
        let before = if told.is_masked() {
            format!("<s>{}</s> <span aria-hidden=\"true\">→</span> ", Name(&shown(&told.before)))
        } else {
            String::new()
        };
        format!(
            "<li><span class=\"muted\">{}</span> <span>{before}{}</span></li>",
            told.what,
            Name(&shown(&told.after))
        )
    };
    let rows: String = all.iter().take(MOST_TEXTS).map(row).collect();
    let more = match all.len().saturating_sub(MOST_TEXTS) {
        0 => String::new(),
        more => format!("<li class=\"muted\">and {} more</li>", count(more)),
    };
    format!(
        "<h3 id=\"share-texts\">Names in the link <span class=\"sub\">{} of {} masked</span></h3><ul \
         class=\"share-texts\" tabindex=\"0\" aria-labelledby=\"share-texts\">{rows}{more}</ul><p class=\"muted\">The PR comment names the files too; \
         the link does not.</p>",
        count(masked),
        count(all.len())
    )
}
