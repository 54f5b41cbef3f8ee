//! The thresholds: a profile or a file, and the rules that follow from it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;

use super::ask::Dialog;
use super::parts::FileInput;
use super::state;
use super::state::{Target, Thresholds};
use crate::policy::{self, PROFILES};
use crate::report::view;

#[component]
pub(super) fn Settings() -> impl IntoView {
    let state = state();
    let open = state.settings_open;
    view! {
        <Dialog open close=move || open.set(false) title="Thresholds">
            <Show when=move || open.get()>
                <Choice/>
                <Rules/>
            </Show>
        </Dialog>
    }
}

#[component]
fn Choice() -> impl IntoView {
    let state = state();
    let profile = move || {
        state.thresholds.with(|t| match t {
            Thresholds::Profile(name) => *name,
            Thresholds::File(_) | Thresholds::Opened(_) => "",
        })
    };
    let file = move || {
        state.thresholds.with(|t| match t {
            Thresholds::Profile(_) => None,
            Thresholds::File(policy) | Thresholds::Opened(policy) => {
                Some((policy.name.clone(), policy.profile.clone()))
            }
        })
    };
    let chosen = move |event: web_sys::Event| {
        let value = event.target().and_then(|t| t.dyn_into::<HtmlSelectElement>().ok()).map(|s| s.value());
        if let Some((name, _)) = PROFILES.iter().find(|(name, _)| value.as_deref() == Some(*name)) {
            state.thresholds.set(Thresholds::Profile(name));
        }
    };
    view! {
        <div class="setting">
            <label for="profile">"Profile"</label>
            <select id="profile" on:change=chosen>
                <Show when=move || file().is_some()>
                    <option value="" selected=true>"the thresholds file"</option>
                </Show>
                {PROFILES
                    .iter()
                    .map(|(name, _)| view! { <option value=*name selected=move || profile() == *name>{*name}</option> })
                    .collect_view()}
            </select>
            <p class="muted">
                {move || PROFILES.iter().find(|(name, _)| *name == profile()).map(|(_, about)| *about)}
            </p>
        </div>
        <div class="setting">
            <span>"Thresholds file"</span>
            {move || match file() {
                Some((name, profile)) => view! {
                    <span class="chip-file">
                        <b class="mono wrap">{name}</b>
                        <button
                            type="button"
                            class="small"
                            on:click=move |_| state.thresholds.set(Thresholds::Profile("default"))
                        >
                            "Remove"
                        </button>
                    </span>
                    <p class="muted">{profile.map(|p| format!("on top of the profile {p}"))}</p>
                }
                    .into_any(),
                None => view! {
                    <label class="button">"Choose a file" <FileInput target=Target::Anywhere name="Thresholds file"/></label>
                    <p class="muted">"TOML or JSON; or drop it anywhere on the page."</p>
                }
                    .into_any(),
            }}
        </div>
    }
}

#[component]
fn Rules() -> impl IntoView {
    let state = state();
    move || {
        let policy = state.policy.get();
        let rules = view::rules(&policy);
        let built_in = rules.iter().all(|r| r.line.is_none());
        view! {
            <h3>"Rules in force" <span class="sub">{rules.len()}</span></h3>
            <div class="scroll" tabindex="0" role="region" aria-label="Rules in force">
                <table class="rules">
                    <thead>
                        <tr>
                            <th scope="col">"About"</th>
                            <th scope="col">"Metric"</th>
                            <th scope="col">"Warning from"</th>
                            <th scope="col">"Critical from"</th>
                            {(!built_in).then(|| view! { <th scope="col" class="n">"Line"</th> })}
                        </tr>
                    </thead>
                    <tbody>
                        {rules
                            .into_iter()
                            .map(|rule| {
                                view! {
                                    <tr>
                                        <td>{rule.about}</td>
                                        <td class="mono">{rule.metric}</td>
                                        <td>{rule.warn}</td>
                                        <td>{rule.fail}</td>
                                        {(!built_in).then(|| view! { <td class="n">{rule.line}</td> })}
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
            {policy::profile_text(&policy.name)
                .map(|text| {
                    view! {
                        <details class="profile-text">
                            <summary>"The profile as a file, to start your own from"</summary>
                            <pre tabindex="0">{text}</pre>
                        </details>
                    }
                })}
        }
    }
}
