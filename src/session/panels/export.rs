//! The report as files, and an issue about it.

use super::parts::{KEEP, button, check};
use crate::mask::Names;
use crate::report::html::escape::Text;
use crate::report::issue;
use crate::session::action::Action;
use crate::session::export::{EXPORTS, GROUPS};
use crate::session::state::State;

/// The section of exports.
pub(super) fn export(state: &State) -> String {
    let Some(comparison) = state.comparison.as_ref().filter(|_| !state.embedded) else { return String::new() };
    let mut groups = String::new();
    for (title, range) in GROUPS {
        let items: String = EXPORTS
            .iter()
            .enumerate()
            .filter(|(number, _)| range.contains(number))
            .map(|(number, export)| {
                format!("<li>{}<p>{}</p></li>", button("", &Action::Export(number), export.label), export.about)
            })
            .collect();
        groups += &format!("<div><h3>{title}</h3><ul>{items}</ul></div>");
    }
    let hidden = if state.wishes.names == Names::Hash {
        "<p class=\"muted\">Endpoint names are hidden, as chosen under Share.</p>"
    } else {
        ""
    };
    let issue = if issue::is_due(comparison) { issue_form(state) } else { String::new() };
    format!(
        "<section class=\"panel export\" id=\"export\" tabindex=\"-1\" aria-labelledby=\"export-title\"><h2 \
         id=\"export-title\">Export <span class=\"sub\">files, made in this tab</span></h2><div \
         class=\"export-groups\">{groups}</div><div class=\"share-options\">{}{hidden}</div><p class=\"export-said\" role=\"status\">{}</p>{issue}</section>",
        check(
            "export-",
            &Action::KeepNames,
            KEEP.0,
            "in HTML, Markdown and the issue",
            state.wishes.names == Names::Keep
        ),
        Text(&state.exported)
    )
}

/// An issue on GitHub about what fails or warns. The page fills in the repository it remembers.
fn issue_form(state: &State) -> String {
    let mistake = &state.issue_mistake;
    let why = mistake.as_ref().map(|why| format!("<p class=\"issue-mistake\" role=\"alert\">{}</p>", Text(why)));
    format!(
        "<div class=\"issue\"><h3>An issue on GitHub</h3><div class=\"acts\"><input type=\"text\" id=\"repository\" \
         aria-label=\"Repository\" placeholder=\"OWNER/REPO\" autocomplete=\"off\" autocapitalize=\"off\" \
         spellcheck=\"false\" aria-invalid=\"{}\" aria-describedby=\"issue-about\" data-enter=\"{issue}\"><button \
         type=\"button\" data-do=\"{issue}\" data-value=\"repository\">Open issue</button></div>{}<p class=\"muted\" \
         id=\"issue-about\">GitHub opens in a new tab with title, labels and text filled in. The address tells GitHub what \
         the report says; nothing is posted before you submit it.</p></div>",
        mistake.is_some(),
        why.unwrap_or_default(),
        issue = Action::Issue
    )
}
