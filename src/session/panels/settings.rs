//! The panel of limits, beside the report: fields to move, a profile or a file, and the rules that follow.

use super::parts::{button, file_input};
use crate::number;
use crate::policy::{self, Correction, Gate, Noise, PROFILES, WarmupMode};
use crate::report::html::escape::{Name, Text};
use crate::report::thresholds_file::thresholds_file;
use crate::report::view::MovableLimit;
use crate::report::{band, brief, view, words};
use crate::session::action::Action;
use crate::session::state::State;
use crate::session::state::thresholds::{Field, Thresholds};

/// The content of the panel; nothing while it is closed.
pub(super) fn settings(state: &State) -> String {
    if !state.settings_open {
        return String::new();
    }
    format!("{}{}{}", fields(state), choice(state), rules(state))
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

/// A choice in plain words; its tooltip is the word of a thresholds file, where that is another.
fn option(value: &str, text: &str, selected: bool) -> String {
    let selected = if selected { " selected" } else { "" };
    let title = if value == text { String::new() } else { format!(" title=\"{value}\"") };
    format!("<option value=\"{value}\"{title}{selected}>{text}</option>")
}

/// A field for a number.
struct Number<'a> {
    field: Field,
    label: &'a str,
    sign: &'a str,
    value: String,
    unit: &'a str,
    /// The accessible name, where the label alone does not say enough.
    name: &'a str,
    /// What stands in it while it is empty: what that means.
    empty: &'a str,
    most: f64,
    /// What is said of it: that it was moved, or why its value is not used.
    said: Said,
}

/// What is said beside a field.
enum Said {
    Nothing,
    Was(String),
    Refused(String),
}

impl Number<'_> {
    fn html(&self, set: u32) -> String {
        let Self { field, label, sign, value, unit, name, empty, most, said } = self;
        let action = Action::Move(*field);
        let id = format!("{}-{set}", action.to_string().replace(' ', "-"));
        let name = if name.is_empty() { label } else { name };
        let (invalid, class, text) = match said {
            Said::Nothing => ("", "said", String::new()),
            Said::Was(was) => ("", "said", format!("was {was}")),
            Said::Refused(why) => (" aria-invalid=\"true\"", "said refused", why.clone()),
        };
        format!(
            "<div class=\"moved\"><label for=\"{id}\">{}</label><span class=\"sign\" aria-hidden=\"true\">{sign}</span>\
             <input type=\"number\" id=\"{id}\" aria-label=\"{}\" aria-describedby=\"{id}-said\" step=\"any\" min=\"0\" \
             max=\"{most}\" placeholder=\"{empty}\" value=\"{value}\" data-set=\"{action}\"{invalid}><span \
             class=\"unit\">{unit}</span><small class=\"{class}\" id=\"{id}-said\">{}</small></div>",
            Text(label),
            Text(name),
            Text(&text)
        )
    }
}

/// What can be moved: every endpoint is judged again at once. The values are those of the thresholds, so that a field that
/// is being typed in is never written to; its id is that of the choice, so that other thresholds bring other fields.
fn fields(state: &State) -> String {
    let set = state.thresholds_set;
    let limits: String =
        view::movable_limits(&state.base_policy).iter().map(|limit| limit_field(state, limit)).collect();
    let now = state.comparison.as_ref().map_or_else(String::new, |c| {
        let (word, gate) = (words::word_title(c.word), brief::gate(c));
        format!("<b class=\"tone-{}\">{word}</b> · gate: {gate}", words::word_tone(c.word))
    });
    let file = thresholds_file(&state.policy);
    // The thresholds that were chosen stay: another profile is another choice.
    let reset = match &state.thresholds {
        Thresholds::Profile("default") => "Reset".to_owned(),
        Thresholds::Profile(name) => format!("Reset to profile {name}"),
        Thresholds::File(policy) | Thresholds::Opened(policy) => format!("Reset to {}", policy.name),
    };
    format!(
        "<p class=\"limits-now\" role=\"status\" aria-label=\"With these limits\">{now}</p><fieldset class=\"adjust\"><legend>\
         Fails from</legend>{limits}</fieldset><fieldset class=\"adjust\"><legend>Judged by</legend>{}</fieldset><div \
         class=\"acts\"><button type=\"button\" class=\"primary\" data-copy=\"{}\">Copy as thresholds file</button>{}{}\
         </div><p class=\"muted\">For <code>loaddiff compare --policy FILE</code>.</p>",
        judging(state, set),
        Text(&file),
        button("", &Action::ExportThresholds, "Download"),
        button("quiet", &Action::LimitsReset, &reset)
    )
}

/// One limit. Emptied, it is no limit.
fn limit_field(state: &State, limit: &MovableLimit) -> String {
    let Some(rule) = state.base_policy.rules.get(limit.rule) else { return String::new() };
    let was = || format!("{}{} {}", limit.sign, limit.magnitude, limit.unit).trim_end().to_owned();
    let said = match state.adjustments.limits.get(&limit.rule) {
        Some(Some(moved)) if !(*moved > 0.0 && *moved <= rule.most()) => {
            Said::Refused(format!("Not used: write more than 0 and at most {}.", number::figure(rule.most())))
        }
        Some(Some(moved)) if *moved == limit.magnitude => Said::Nothing,
        Some(_) => Said::Was(was()),
        None => Said::Nothing,
    };
    Number {
        field: Field::Limit(limit.rule),
        label: &limit.name,
        sign: limit.sign,
        value: limit.magnitude.to_string(),
        unit: limit.unit,
        name: &format!("{} limit", limit.name),
        empty: "no limit",
        most: rule.most(),
        said,
    }
    .html(state.thresholds_set)
}

/// What is set for all limits together.
fn judging(state: &State, set: u32) -> String {
    let settings = &state.base_policy.compare;
    let select = |field: Field, label: &str, options: String| {
        let action = Action::Move(field);
        format!(
            "<div class=\"moved\"><label for=\"{action}-{set}\">{label}</label><select id=\"{action}-{set}\" \
             data-set=\"{action}\">{options}</select></div>"
        )
    };
    let percentiles = ["50", "90", "95", "99", "99.9"];
    let percentiles: String = percentiles.iter().map(|p| option(p, &format!("p{p} only"), false)).collect();
    let percentiles = format!("<option value=\"\" selected>all of the limits</option>{percentiles}");
    let gates = Gate::ALL.iter().map(|g| option(g.word(), band::fails_on(*g), *g == settings.gate)).collect();
    let corrections =
        Correction::ALL.iter().map(|c| option(c.word(), band::correction(*c), *c == settings.correction)).collect();
    let noise = match settings.noise {
        Noise::Auto => String::new(),
        Noise::None => "0".to_owned(),
        Noise::Percent(pct) => pct.to_string(),
    };
    let level = state.adjustments.confidence;
    let confidence = Number {
        field: Field::Confidence,
        label: "Confidence",
        sign: "",
        value: (settings.confidence * 100.0).to_string(),
        unit: "%",
        name: "",
        empty: "as before",
        most: 99.999,
        said: match level {
            Some(level) if !(0.5..1.0).contains(&level) => Said::Refused("Not used: write 50 to 99.999.".into()),
            _ => Said::Nothing,
        },
    };
    let noise = Number {
        field: Field::Noise,
        label: "Noise",
        sign: "±",
        value: noise,
        unit: "%",
        name: "How far equal runs may differ",
        empty: "auto",
        most: 99.0,
        said: match state.adjustments.noise {
            Some(Noise::Percent(pct)) if pct >= 100.0 => Said::Refused("Not used: write 0 to 99.".into()),
            _ => Said::Nothing,
        },
    };
    format!(
        "{}{}{}{}{}{}",
        select(Field::Percentile, "Percentile", percentiles),
        confidence.html(set),
        select(Field::Gate, "Gate fails on", gates),
        select(Field::Correction, "Correction", corrections),
        noise.html(set),
        warmup(state, &select)
    )
}

/// What becomes of the warm-up: both sides are cut by the same rule.
fn warmup(state: &State, select: &dyn Fn(Field, &str, String) -> String) -> String {
    let start = state.base_policy.compare.warmup;
    let now = state.adjustments.warmup.unwrap_or(start);
    let chosen = start.leave_out.then_some(start.mode);
    let choices = [
        (None, "included"),
        (Some(WarmupMode::Users), "cut until all users run"),
        (Some(WarmupMode::Mser5), "cut until the mean settles"),
        (Some(WarmupMode::Fixed), "cut after a fixed time"),
    ];
    let options = choices
        .into_iter()
        .map(|(mode, text)| option(mode.map_or("kept", WarmupMode::word), text, mode == chosen))
        .collect();
    let seconds = if now.leave_out && now.mode != WarmupMode::Mser5 {
        let number = Number {
            field: Field::WarmupSeconds,
            label: if now.mode == WarmupMode::Fixed { "Warm-up time" } else { "and then" },
            sign: "",
            value: start.settle_ms.map_or(0.0, |ms| ms / 1000.0).to_string(),
            unit: "s",
            name: "Warm-up seconds",
            empty: "0",
            most: 1e6,
            said: Said::Nothing,
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
                "<tr><td>{}</td><td title=\"{}\">{}</td><td>{}</td><td>{}</td>{line}</tr>",
                Name(&rule.about),
                Text(&rule.metric),
                Name(&rule.title),
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
        "<details class=\"in-force\"><summary>Rules in force <span class=\"sub\">({count})</span></summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Rules in force\"><table class=\"rules\"><thead><tr><th scope=\"col\">About</th><th \
         scope=\"col\">Metric</th><th scope=\"col\">Warning from</th><th \
         scope=\"col\">Limit</th>{line}</tr></thead><tbody>{rows}</tbody></table></div></details>{}",
        text.unwrap_or_default()
    )
}
