//! The thresholds: a profile or a file, and the rules that follow from it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;

use super::ask::Dialog;
use super::parts::FileInput;
use super::state::{Target, Thresholds};
use super::{browser, state};
use crate::policy::{self, Adjustments, Correction, Gate, Noise, PROFILES, Warmup, WarmupMode};
use crate::report::{thresholds_file, view, words};

#[component]
pub(super) fn Settings() -> impl IntoView {
    let state = state();
    let open = state.settings_open;
    view! {
        <Dialog open close=move || open.set(false) title="Thresholds">
            <Show when=move || open.get()>
                <Choice/>
                <MovedAnew/>
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

/// The fields, drawn anew for other thresholds: what was moved on top of the former ones is gone.
#[component]
fn MovedAnew() -> impl IntoView {
    let state = state();
    let drawn = StoredValue::new(false);
    move || {
        state.thresholds.track();
        if drawn.get_value() {
            state.adjustments.set(Adjustments::default());
        }
        drawn.set_value(true);
        view! { <Moved/> }
    }
}

/// What can be moved live: every row is judged again at once.
#[component]
fn Moved() -> impl IntoView {
    let state = state();
    let by = state.adjustments;
    // The fields are drawn once, so that typing in one keeps the focus there.
    let start = state.policy.get_untracked();
    let settings = start.compare.clone();
    let noise = match settings.noise {
        Noise::Auto => String::new(),
        Noise::None => "0".to_owned(),
        Noise::Percent(pct) => pct.to_string(),
    };
    let number = |event: &web_sys::Event| event_target_value(event).trim().parse::<f64>().ok();
    let limits = view::movable_limits(&start)
        .into_iter()
        .map(|limit| {
            let rule = limit.rule;
            let label = format!("{} limit", limit.name);
            let moved = move |event: web_sys::Event| {
                if let Some(value) = number(&event) {
                    by.update(|by| {
                        by.limits.insert(rule, value);
                    });
                }
            };
            view! {
                <label class="moved">
                    <span>{limit.name}</span>
                    {limit.sign}
                    <input type="number" min="0" step="any" aria-label=label prop:value=limit.magnitude.to_string() on:input=moved/>
                    {limit.unit}
                </label>
            }
        })
        .collect_view();
    let export = move |_| {
        let text = thresholds_file::thresholds_file(&state.policy.get_untracked());
        browser::download("loaddiff-thresholds.json", "application/json", &text);
    };
    let counted = move || {
        state.comparison.with(|c| c.as_ref().map(|c| format!("{}: {}", words::word_title(c.word), view::judged_by(c))))
    };
    view! {
        <fieldset class="adjust">
            <legend>"Move limits"</legend>
            <label class="moved">
                <span>"Gate"</span>
                <select on:change=move |event| {
                    let word = event_target_value(&event);
                    by.update(|by| by.gate = Gate::ALL.iter().copied().find(|g| g.word() == word));
                }>
                    {Gate::ALL
                        .iter()
                        .map(|g| view! { <option value=g.word() selected=*g == settings.gate>{g.word()}</option> })
                        .collect_view()}
                </select>
            </label>
            <label class="moved">
                <span>"Confidence"</span>
                <input
                    type="number"
                    min="50"
                    max="99.999"
                    step="any"
                    prop:value=(settings.confidence * 100.0).to_string()
                    on:input=move |event| {
                        if let Some(value) = number(&event) {
                            by.update(|by| by.confidence = Some(value / 100.0));
                        }
                    }
                />
                "%"
            </label>
            <label class="moved">
                <span>"Correction"</span>
                <select on:change=move |event| {
                    let word = event_target_value(&event);
                    by.update(|by| by.correction = Correction::ALL.iter().copied().find(|c| c.word() == word));
                }>
                    {Correction::ALL
                        .iter()
                        .map(|c| view! { <option value=c.word() selected=*c == settings.correction>{c.word()}</option> })
                        .collect_view()}
                </select>
            </label>
            <label class="moved">
                <span>"Equal runs may differ by"</span>
                <input
                    type="number"
                    min="0"
                    max="99"
                    step="any"
                    placeholder="auto"
                    prop:value=noise
                    on:input=move |event| {
                        let noise = match number(&event) {
                            Some(pct) if pct > 0.0 => Noise::Percent(pct),
                            Some(_) => Noise::None,
                            None => Noise::Auto,
                        };
                        by.update(|by| by.noise = Some(noise));
                    }
                />
                "%"
            </label>
            <WarmupChoice start=settings.warmup/>
            {limits}
            <p class="muted" aria-live="polite">{counted}</p>
            <p>
                <button type="button" on:click=export>"Export thresholds"</button>
                " "
                <span class="muted">"The file says what is set here."</span>
            </p>
        </fieldset>
    }
}

/// What becomes of the warm-up: both sides are cut by the same rule.
#[component]
fn WarmupChoice(start: Warmup) -> impl IntoView {
    let by = state().adjustments;
    let now = move || by.with(|by| by.warmup.unwrap_or(start));
    let moved = move |warmup: Warmup| by.update(|by| by.warmup = Some(warmup));
    let chosen = start.leave_out.then_some(start.mode);
    let option = move |mode: Option<WarmupMode>, text: &'static str| {
        view! { <option value=mode.map_or("kept", WarmupMode::word) selected=mode == chosen>{text}</option> }
    };
    let seconds = start.settle_ms.map_or(0.0, |ms| ms / 1000.0);
    view! {
        <label class="moved">
            <span>"Warm-up"</span>
            <select on:change=move |event| {
                let word = event_target_value(&event);
                moved(now().found_by(WarmupMode::ALL.iter().copied().find(|mode| mode.word() == word)));
            }>
                {option(None, "in the figures")}
                {option(Some(WarmupMode::Users), "left out, until all users are there")}
                {option(Some(WarmupMode::Mser5), "left out, until the mean settles")}
                {option(Some(WarmupMode::Fixed), "left out, a fixed time")}
            </select>
        </label>
        <Show when=move || now().leave_out && now().mode != WarmupMode::Mser5>
            <label class="moved">
                <span>{move || if now().mode == WarmupMode::Fixed { "Warm-up time" } else { "and then" }}</span>
                <input
                    type="number"
                    min="0"
                    step="any"
                    aria-label="Warm-up seconds"
                    prop:value=seconds.to_string()
                    on:input=move |event| moved(now().settling_s(event_target_value(&event).trim().parse().unwrap_or(0.0)))
                />
                "s"
            </label>
        </Show>
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
                            <th scope="col">"Limit"</th>
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
