//! What can be dropped, and the command that makes it.

use super::parts::copy_button;
use crate::ingest::{FORMATS, Format};
use crate::report::html::escape::Text;

/// Tools whose formats are listed at once; the others are one click away.
const FIRST: usize = 3;
/// Tools that are shown last in any case: the scripts' own.
const OWN: [&str; 2] = ["Simulator", "Service metrics"];

/// The list of formats.
pub(super) fn formats() -> String {
    let mut tools: Vec<&str> = Vec::new();
    for format in FORMATS {
        if !tools.contains(&format.tool) {
            tools.push(format.tool);
        }
    }
    // The tools with most formats first.
    let count = |tool: &str| FORMATS.iter().filter(|format| format.tool == tool).count();
    let (own, mut others): (Vec<&str>, Vec<&str>) = tools.into_iter().partition(|tool| OWN.contains(tool));
    crate::order::sort_by_key(&mut others, |tool| std::cmp::Reverse(count(tool)));
    let more = others.split_off(FIRST.min(others.len()));
    let first: String = others.into_iter().chain(own).map(tool).collect();
    let rest: String = more.iter().map(|name| tool(name)).collect();
    format!(
        "<section class=\"formats\" aria-labelledby=\"formats-title\"><h2 id=\"formats-title\">What you can drop</h2><div \
         class=\"formats-list\">{first}<div class=\"format\"><h3>Thresholds</h3><ul><li><span>a TOML or JSON file of \
         limits, dropped at any time</span></li></ul></div><div class=\"format\"><h3>History</h3><ul><li><span>a file \
         of <code>loaddiff history add</code>: when each figure changed</span></li></ul></div></div><details class=\"formats-more\"><summary>{} more \
         tools<span class=\"muted\">{}</span></summary><div class=\"formats-list\">{rest}</div></details></section>",
        more.len(),
        more.join(", ")
    )
}

/// A tool's formats by the command that makes them.
fn tool(tool: &str) -> String {
    let formats = || FORMATS.iter().filter(|f| f.tool == tool);
    let mut commands: Vec<&str> = Vec::new();
    for format in formats() {
        if !commands.contains(&format.command) {
            commands.push(format.command);
        }
    }
    let items: String = commands
        .into_iter()
        .map(|command| {
            let of = |f: &&Format| f.command == command;
            let titles = formats().filter(of).map(|f| f.title).collect::<Vec<_>>().join(", ").replace('`', "");
            let from = if formats().filter(of).any(Format::is_command) {
                let copy = copy_button(command, &format!("Copy: {command}"));
                format!("<p class=\"command\"><code>{}</code> {copy}</p>", Text(command))
            } else {
                format!("<p class=\"source\">from {}</p>", Text(command))
            };
            format!("<li>{from}<span>{}</span></li>", Text(&titles))
        })
        .collect();
    format!("<div class=\"format\"><h3>{tool}</h3><ul>{items}</ul></div>")
}
