//! The thresholds dialog: a profile or a file, fields to move, and the rules that follow.

use super::parts::{button, file_input};
use crate::policy::{self, Correction, Gate, Noise, PROFILES, WarmupMode};
use crate::report::html::escape::{Name, Text};
use crate::report::{band, view, words};
use crate::session::action::Action;
use crate::session::state::State;
use crate::session::state::thresholds::{Field, Thresholds};

/// The content of the dialog; nothing while it is closed.
pub(super) fn settings(state: &State) -> String {
    if !state.settings_open {
        return String::new();
    }
    format!("{}{}{}", choice(state), fields(state), rules(state))
}

/// The profile, or the file.
fn choice(state: &State) -> String {
    let (profile, file) = match &state.thresholds {
        Thresholds::Profile(name) => (*name, None),
        Thresholds::File(policy) | Thresholds::Opened(policy) => ("", Some(policy)),
    };
    let of_file = file.map_or("", |_| "<option value=\"\" selected>the thresholds file</option>");
    let options: String = PROFILES.iter().map(|(name, _)| option(name, name, *name == profile)).collect();
    let about = PROFILES.iter().find(|(name, _)| *name == profile).map_or("", |(_, about)| *about);
    let chosen = match file {
        Some(policy) => {
            let on_top = policy.profile.as_ref().map(|p| format!("on top of the profile {p}")).unwrap_or_default();
            let remove = Action::Profile("default".into());
            format!(
                "<span class=\"chip-file\"><b class=\"mono wrap\">{}</b>{}</span><p class=\"muted\">{}</p>",
                Name(&policy.name),
                button("small", &remove, "Remove"),
                Text(&on_top)
            )
        }
        None => format!(
            "<label class=\"button\">Choose a file {}</label><p class=\"muted\">TOML or JSON; or drop it anywhere on \
             the page.</p>",
            file_input("anywhere", "Thresholds file")
        ),
    };
    format!(
        "<div class=\"setting\"><label for=\"profile\">Profile</label><select id=\"profile\" \
         data-set=\"profile\">{of_file}{options}</select><p class=\"muted\">{about}</p></div><div \
         class=\"setting\"><span>Thresholds file</span>{chosen}</div>"
    )
}

fn option(value: &str, text: &str, selected: bool) -> String {
    let selected = if selected { " selected" } else { "" };
    format!("<option value=\"{value}\"{selected}>{text}</option>")
}

/// A field for a number.
struct Number<'a> {
    field: Field,
    before: &'a str,
    sign: &'a str,
    value: String,
    after: &'a str,
    name: &'a str,
    more: &'a str,
}

impl Number<'_> {
    fn html(&self, set: u32) -> String {
        let Self { field, before, sign, value, after, name, more } = self;
        let action = Action::Move(*field);
        let id = action.to_string().replace(' ', "-");
        let label = if name.is_empty() { String::new() } else { format!(" aria-label=\"{}\"", Text(name)) };
        format!(
            "<label class=\"moved\"><span>{}</span>{sign}<input type=\"number\" id=\"{id}-{set}\"{label} step=\"any\" \
             {more} value=\"{value}\" data-set=\"{action}\">{after}</label>",
            Text(before)
        )
    }
}

/// What can be moved: every row is judged again at once. The values are those of the thresholds, so that a field that is
/// being typed in is never written to; its id is that of the choice, so that other thresholds bring other fields.
fn fields(state: &State) -> String {
    let (start, set) = (&state.base_policy, state.thresholds_set);
    let settings = &start.compare;
    let select = |field: Field, label: &str, options: String| {
        let action = Action::Move(field);
        format!(
            "<label class=\"moved\"><span>{label}</span><select id=\"{action}-{set}\" \
             data-set=\"{action}\">{options}</select></label>"
        )
    };
    let gates = Gate::ALL.iter().map(|g| option(g.word(), g.word(), *g == settings.gate)).collect();
    let corrections = Correction::ALL.iter().map(|c| option(c.word(), c.word(), *c == settings.correction)).collect();
    let noise = match settings.noise {
        Noise::Auto => String::new(),
        Noise::None => "0".to_owned(),
        Noise::Percent(pct) => pct.to_string(),
    };
    let confidence = Number {
        field: Field::Confidence,
        before: "Confidence",
        sign: "",
        value: (settings.confidence * 100.0).to_string(),
        after: "%",
        name: "",
        more: "min=\"50\" max=\"99.999\"",
    };
    let noise = Number {
        field: Field::Noise,
        before: "Equal runs may differ by",
        sign: "",
        value: noise,
        after: "%",
        name: "",
        more: "min=\"0\" max=\"99\" placeholder=\"auto\"",
    };
    let limits: String = view::movable_limits(start)
        .into_iter()
        .map(|limit| {
            let name = format!("{} limit", limit.name);
            let number = Number {
                field: Field::Limit(limit.rule),
                before: &limit.name,
                sign: limit.sign,
                value: limit.magnitude.to_string(),
                after: limit.unit,
                name: &name,
                more: "min=\"0\"",
            };
            number.html(set)
        })
        .collect();
    let counted = state.comparison.as_ref().map(|c| format!("{}: {}", words::word_title(c.word), band::judged_by(c)));
    format!(
        "<fieldset class=\"adjust\"><legend>Move limits</legend>{}{}{}{}{}{limits}<p class=\"muted\" \
         aria-live=\"polite\">{}</p><p>{} <span class=\"muted\">The file says what is set here.</span></p></fieldset>",
        select(Field::Gate, "Gate", gates),
        confidence.html(set),
        select(Field::Correction, "Correction", corrections),
        noise.html(set),
        warmup(state, &select),
        Text(&counted.unwrap_or_default()),
        button("", &Action::ExportThresholds, "Export thresholds")
    )
}

/// What becomes of the warm-up: both sides are cut by the same rule.
fn warmup(state: &State, select: &dyn Fn(Field, &str, String) -> String) -> String {
    let start = state.base_policy.compare.warmup;
    let now = state.adjustments.warmup.unwrap_or(start);
    let chosen = start.leave_out.then_some(start.mode);
    let choices = [
        (None, "in the figures"),
        (Some(WarmupMode::Users), "left out, until all users are there"),
        (Some(WarmupMode::Mser5), "left out, until the mean settles"),
        (Some(WarmupMode::Fixed), "left out, a fixed time"),
    ];
    let options = choices
        .into_iter()
        .map(|(mode, text)| option(mode.map_or("kept", WarmupMode::word), text, mode == chosen))
        .collect();
    let seconds = if now.leave_out && now.mode != WarmupMode::Mser5 {
        let number = Number {
            field: Field::WarmupSeconds,
            before: if now.mode == WarmupMode::Fixed { "Warm-up time" } else { "and then" },
            sign: "",
            value: start.settle_ms.map_or(0.0, |ms| ms / 1000.0).to_string(),
            after: "s",
            name: "Warm-up seconds",
            more: "min=\"0\"",
        };
        number.html(state.thresholds_set)
    } else {
        String::new()
    };
    select(Field::Warmup, "Warm-up", options) + &seconds
}

/// The rules in force.
fn rules(state: &State) -> String {
    let rules = view::rules(&state.policy);
    let built_in = rules.iter().all(|rule| rule.line.is_none());
    let count = rules.len();
    let rows: String = rules
        .into_iter()
        .map(|rule| {
            let line = rule.line.map(|line| line.to_string()).unwrap_or_default();
            let line = if built_in { String::new() } else { format!("<td class=\"n\">{line}</td>") };
            format!(
                "<tr><td>{}</td><td class=\"mono\">{}</td><td>{}</td><td>{}</td>{line}</tr>",
                Name(&rule.about),
                Name(&rule.metric),
                Text(&rule.warn),
                Text(&rule.fail)
            )
        })
        .collect();
    let line = if built_in { "" } else { "<th scope=\"col\" class=\"n\">Line</th>" };
    let text = policy::profile_text(&state.policy.name).map(|text| {
        format!(
            "<details class=\"profile-text\"><summary>The profile as a file, to start your own from</summary><pre \
             tabindex=\"0\">{}</pre></details>",
            text.lines().map(|line| format!("{}\n", Text(line))).collect::<String>()
        )
    });
    format!(
        "<h3>Rules in force <span class=\"sub\">{count}</span></h3><div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Rules in force\"><table class=\"rules\"><thead><tr><th scope=\"col\">About</th><th \
         scope=\"col\">Metric</th><th scope=\"col\">Warning from</th><th \
         scope=\"col\">Limit</th>{line}</tr></thead><tbody>{rows}</tbody></table></div>{}",
        text.unwrap_or_default()
    )
}
