//! The thresholds that follow from the noise, as a TOML file with comments.

use std::path::PathBuf;

use clap::ArgMatches;
use loaddiff::number;
use loaddiff::policy::{self, Policy, Rule, Unit, targets};
use loaddiff::run::{Endpoint, Metric, Run};

use super::measure::{LEADS, METRICS, noise};
use crate::{Failure, files};

/// Of a metric, limits of at most this many endpoints are raised one by one; of more, all together.
const ONE_BY_ONE: usize = 5;

/// A limit is raised by at least this many points, so that a few runs do not move every limit.
const SLACK_PCT: f64 = 0.5;

/// The thresholds, and their text.
pub struct Advice {
    pub policy: Policy,
    pub text: String,
    /// Noise between runs, in percent.
    pub noise_pct: f64,
    /// Limits that were raised.
    pub raised: usize,
}

/// A limit that equal runs exceed.
struct Raise {
    /// Name and method of the endpoint; `None` for all endpoints.
    of: Option<(String, Option<String>)>,
    label: String,
    metric: Metric,
    floor_pct: f64,
    limit_pct: f64,
}

/// The thresholds for these runs, made from those in force.
pub fn advice(args: &ArgMatches, runs: &[Run], present: &Policy) -> Result<Advice, Failure> {
    let total: Vec<&Endpoint> = runs.iter().filter_map(|run| run.total.as_ref()).collect();
    let endpoints = endpoints(runs);
    // Limit and noise together are what equal runs do not exceed.
    let lead = |of: &[&Endpoint], is_total: bool| {
        let needed = LEADS.iter().filter_map(|metric| {
            let noise = noise(of.iter().copied(), metric)?;
            Some((noise.floor_pct - limit(present, of.first()?, is_total, metric)?).max(0.0))
        });
        needed.reduce(f64::max)
    };
    let noise_pct = if total.is_empty() {
        let mut each: Vec<f64> = endpoints.iter().filter_map(|of| lead(of, false)).collect();
        each.sort_by(f64::total_cmp);
        each.get(each.len() / 2).copied()
    } else {
        lead(&total, true)
    };
    let noise_pct = libm::ceil(noise_pct.unwrap_or(0.0) * 10.0) / 10.0;
    let mut raises = Vec::new();
    for metric in METRICS {
        raises.extend(raise(present, &total, true, &metric, noise_pct));
        let mut each: Vec<Raise> =
            endpoints.iter().filter_map(|of| raise(present, of, false, &metric, noise_pct)).collect();
        if each.len() > ONE_BY_ONE {
            each.sort_by(|a, b| b.limit_pct.total_cmp(&a.limit_pct));
            each.truncate(1);
            if let Some(worst) = each.first_mut() {
                worst.of = None;
            }
        }
        raises.extend(each);
    }
    let text = text(args, runs, present, noise_pct, &raises)?;
    let made = policy::parse("thresholds.toml", &text).map_err(|e| format!("the thresholds could not be made: {e}"))?;
    Ok(Advice { policy: made, text, noise_pct, raised: raises.len() })
}

/// The runs of each endpoint.
fn endpoints(runs: &[Run]) -> Vec<Vec<&Endpoint>> {
    let first = runs.first().into_iter().flat_map(|run| run.endpoints.iter());
    let of = |e: &Endpoint| runs.iter().filter_map(|run| run.endpoint(e.method.as_deref(), &e.name)).collect();
    first.map(of).collect()
}

fn rule<'p>(policy: &'p Policy, endpoint: &Endpoint, is_total: bool, metric: &Metric) -> Option<&'p Rule> {
    let metric = metric.to_string();
    if is_total {
        return policy.rule_for(None, None, "Total", &metric);
    }
    let method = endpoint.method.as_deref();
    let service = policy.service_for(method, &endpoint.name).map(|found| found.service.as_str());
    policy.rule_for(service.or(endpoint.service.as_deref()), method, &endpoint.name, &metric)
}

/// The rise that a rule allows, in percent of the figure.
fn limit(policy: &Policy, endpoint: &Endpoint, is_total: bool, metric: &Metric) -> Option<f64> {
    let figure = endpoint.value(metric).number.filter(|value| *value > 0.0)?;
    let target = targets(rule(policy, endpoint, is_total, metric)?, &policy.compare, figure).fail?;
    (!target.falls).then_some((target.at / figure - 1.0) * 100.0)
}

fn raise(policy: &Policy, of: &[&Endpoint], is_total: bool, metric: &Metric, noise_pct: f64) -> Option<Raise> {
    let first = of.first()?;
    let floor_pct = noise(of.iter().copied(), metric)?.floor_pct;
    let limit = limit(policy, first, is_total, metric)?;
    let needed = floor_pct - noise_pct;
    (needed > limit + SLACK_PCT).then(|| Raise {
        of: Some(if is_total { ("Total".into(), None) } else { (first.name.clone(), first.method.clone()) }),
        label: if is_total { "all requests".into() } else { first.shown() },
        metric: metric.clone(),
        floor_pct,
        limit_pct: libm::ceil(needed * 2.0) / 2.0,
    })
}

/// The file.
fn text(
    args: &ArgMatches,
    runs: &[Run],
    present: &Policy,
    noise_pct: f64,
    raises: &[Raise],
) -> Result<String, Failure> {
    let setting = format!(
        "# Of 100 pairs of equal runs, one is slower by more than the limit of all requests and this noise together.\n\
         # A regression must exceed its limit and this noise.\nnoise = \"{noise_pct}%\"\n"
    );
    let mut text = format!("# Thresholds from {} runs of one program, by `loaddiff calibrate`.\n", runs.len());
    match args.get_one::<PathBuf>("policy") {
        Some(path) => {
            let before = String::from_utf8(files::bytes(path)?)
                .map_err(|_| format!("{}: it is not UTF-8 text. Save it as UTF-8.", path.display()))?;
            if before.trim_start().starts_with('{') {
                return Err(format!(
                    "{}: it is JSON, and thresholds are made of TOML. Leave --policy out, or write it as TOML.",
                    path.display()
                ));
            }
            text.push_str(&with_setting(&before, &setting));
        }
        None => {
            let profile = args.get_one::<String>("profile").map_or("default", String::as_str);
            text.push_str(&format!("schema = 1\nprofile = \"{profile}\"\n\n[compare]\n{setting}"));
        }
    }
    for raise in raises {
        let floor = number::percent(raise.floor_pct);
        let name = raise.metric.title();
        let comment = match raise.of {
            Some(_) => format!("{name} of {} differs by {floor} between equal runs.", raise.label),
            None => format!("{name} of endpoints differs by {floor} between equal runs, at {}.", raise.label),
        };
        // A name may be anything: a line end would end the comment.
        let comment: String = comment.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.push_str(&format!("\n# {comment}\n[[rule]]\nservice = \"*\"\n"));
        if let Some((name, method)) = &raise.of {
            text.push_str(&format!("name = {}\n", quoted(name)));
            if let Some(method) = method {
                text.push_str(&format!("method = {}\n", quoted(method)));
            }
        }
        let of = raise.of.as_ref();
        let is_total = of.is_some_and(|(name, method)| name == "Total" && method.is_none());
        let endpoint =
            of.map(|(name, method)| Endpoint { name: name.clone(), method: method.clone(), ..Endpoint::default() });
        let before = rule(present, &endpoint.unwrap_or_default(), is_total, &raise.metric);
        text.push_str(&format!("metric = \"{}\"\nbetter = \"lower\"\n", raise.metric));
        text.push_str(&format!(
            "warn = {}\n",
            condition(before.and_then(|rule| rule.warn.as_ref()), raise.limit_pct / 2.0)
        ));
        text.push_str(&format!("fail = {}\n", condition(before.and_then(|rule| rule.fail.as_ref()), raise.limit_pct)));
    }
    Ok(text)
}

/// A condition with another relative limit; its limits in milliseconds stay.
fn condition(before: Option<&policy::Condition>, limit_pct: f64) -> String {
    let all = before.is_none_or(|condition| condition.all);
    let kept = before.into_iter().flat_map(|condition| &condition.limits).filter(|limit| limit.unit != Unit::Percent);
    let mut limits = vec![format!("\"+{limit_pct}%\"")];
    limits.extend(kept.map(|limit| quoted(&limit.text)));
    format!("{{ {} = [{}] }}", if all { "all" } else { "any" }, limits.join(", "))
}

/// A TOML string: JSON's escapes are among its own.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// A thresholds file with another `noise` in its `[compare]`.
fn with_setting(before: &str, setting: &str) -> String {
    let (mut text, mut inside, mut done) = (String::new(), false, false);
    for line in before.lines() {
        let bare = line.split('#').next().unwrap_or_default().trim();
        if bare.starts_with('[') {
            inside = bare == "[compare]";
        }
        let is_old = inside && bare.strip_prefix("noise").is_some_and(|rest| rest.trim_start().starts_with('='));
        if !is_old {
            text.push_str(line);
            text.push('\n');
        }
        if bare == "[compare]" {
            text.push_str(setting);
            done = true;
        }
    }
    if !done {
        text.push_str(&format!("\n[compare]\n{setting}"));
    }
    text
}
