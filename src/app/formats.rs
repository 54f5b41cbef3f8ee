//! What can be dropped, and the command that makes it.

use leptos::prelude::*;

use super::parts::Copy;
use crate::ingest::{FORMATS, Format};

/// Tools whose formats are listed at once; the others are a click away.
const FIRST: usize = 3;
/// Tools that are shown last, in any case: the scripts' own.
const OWN: [&str; 2] = ["Simulator", "Service metrics"];

#[component]
pub(super) fn Formats() -> impl IntoView {
    let mut tools: Vec<&str> = Vec::new();
    for format in FORMATS {
        if !tools.contains(&format.tool) {
            tools.push(format.tool);
        }
    }
    // Those of which most is read first.
    let read = |tool: &str| FORMATS.iter().filter(|format| format.tool == tool).count();
    let (own, mut others): (Vec<&str>, Vec<&str>) = tools.into_iter().partition(|tool| OWN.contains(tool));
    crate::order::sort_by_key(&mut others, |tool| std::cmp::Reverse(read(tool)));
    let more = others.split_off(FIRST.min(others.len()));
    let names = more.join(", ");
    let first = others.into_iter().chain(own);
    view! {
        <section class="formats" aria-labelledby="formats-title">
            <h2 id="formats-title">"What you can drop"</h2>
            <div class="formats-list">
                {first.map(|tool| view! { <Tool tool/> }).collect_view()}
                <div class="format">
                    <h3>"Thresholds"</h3>
                    <ul>
                        <li>
                            <span>"a TOML or JSON file of limits, dropped at any time"</span>
                        </li>
                    </ul>
                </div>
            </div>
            <details class="formats-more">
                <summary>{format!("{} more tools", more.len())}<span class="muted">{names}</span></summary>
                <div class="formats-list">{more.into_iter().map(|tool| view! { <Tool tool/> }).collect_view()}</div>
            </details>
        </section>
    }
}

/// A tool's formats by the command that makes them.
#[component]
fn Tool(tool: &'static str) -> impl IntoView {
    let formats = || FORMATS.iter().filter(|f| f.tool == tool);
    let mut commands: Vec<&str> = Vec::new();
    for format in formats() {
        if !commands.contains(&format.command) {
            commands.push(format.command);
        }
    }
    let of = |command: &'static str| {
        let titles: Vec<&str> = formats().filter(|f: &&Format| f.command == command).map(|f| f.title).collect();
        titles.join(", ").replace('`', "")
    };
    let is_command = |command: &str| formats().any(|f| f.command == command && f.is_command());
    view! {
        <div class="format">
            <h3>{tool}</h3>
            <ul>
                {commands
                    .into_iter()
                    .map(|command| {
                        let titles = of(command);
                        view! {
                            <li>
                                {if is_command(command) {
                                    view! {
                                        <p class="command">
                                            <code>{command}</code>
                                            <Copy text=command.to_owned() label="Copy" name=format!("Copy: {command}")/>
                                        </p>
                                    }
                                        .into_any()
                                } else {
                                    view! { <p class="source">"from " {command}</p> }.into_any()
                                }}
                                <span>{titles}</span>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </div>
    }
}
