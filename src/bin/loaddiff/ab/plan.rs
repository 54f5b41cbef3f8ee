//! `loaddiff ab --plan`: how many rounds to expect; and the arguments that are a percentage or a time.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::ArgMatches;
use loaddiff::number;
use loaddiff::policy::Policy;

use super::watched::Watched;
use crate::output::Shape;
use crate::{Failure, output};

/// Simulated comparisons behind each row.
const TIMES: usize = 2000;

/// Milliseconds at which limits are taken: limits in milliseconds hardly matter there.
const USUAL_MS: f64 = 1000.0;

/// Reads `10%`, `10 %` or `10`: above 0, at most 1000.
pub fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim_end();
    let value = number.parse::<f64>().ok().filter(|value| *value > 0.0 && *value <= 1000.0);
    value.ok_or_else(|| "a percentage above 0 is expected, such as 10%".to_owned())
}

/// Reads `90s`, `30m`, `2h` or `1h30m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time is expected, such as 90s, 30m or 1h30m".to_owned();
    let (mut seconds, mut rest) = (0_u64, text.trim());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (times, length) = match unit.chars().next() {
            Some('h') => (3600, 1),
            Some('m') => (60, 1),
            Some('s') => (1, 1),
            _ => return Err(wrong()),
        };
        seconds = number.checked_mul(times).and_then(|more| seconds.checked_add(more)).ok_or_else(wrong)?;
        rest = unit.get(length..).unwrap_or_default().trim_start();
    }
    // A century is longer than any test, and fits every clock.
    if seconds == 0 || seconds > 3_200_000_000 { Err(wrong()) } else { Ok(Duration::from_secs(seconds)) }
}

pub fn print(args: &ArgMatches, policy: &Policy) -> Result<ExitCode, Failure> {
    let most = args.get_one::<u16>("rounds").map_or(20, |n| usize::from(*n));
    let confirm = args.get_one::<u16>("confirm").map_or(6, |n| usize::from(*n));
    let noise = args.get_one::<f64>("noise").copied().unwrap_or(3.0);
    let watched = Watched::of(args);
    let plan = watched.plan_at(args, policy, USUAL_MS, None, most)?;
    let (limit, change) = (libm::expm1(plan.limit) * 100.0, libm::expm1(plan.change) * 100.0);
    let looks: Vec<String> = plan.looks.iter().map(|look| look.rounds.to_string()).collect();
    let mut text = format!(
        "{}: limit +{}, slowdown that matters +{}, noise {} (standard deviation between equal runs)\n\
         At most {most} rounds, looked at after {}. A regression is confirmed by as many fresh rounds, at least {confirm}.\n\n\
         true change  rounds: half of the tests  nine of ten  no such slowdown  regressed\n",
        watched.title(),
        number::percent(limit),
        number::percent(change),
        number::percent(noise),
        looks.join(", "),
    );
    for (seed, true_change) in (1..).zip([0.0, limit, change / 2.0, change, 1.5 * change, 2.0 * change]) {
        let found = plan.expected(libm::log1p(true_change / 100.0), libm::log1p(noise / 100.0), confirm, seed, TIMES);
        let share = |share: f64| number::percent(share * 100.0);
        text.push_str(&format!(
            "{:<13}{:<27}{:<13}{:<18}{}\n",
            format!("+{}", number::percent(true_change)),
            found.median_rounds,
            found.most_rounds,
            share(found.cleared),
            share(found.confirmed),
        ));
    }
    text.push_str(&format!(
        "\nOf {} simulated tests each. The rest is not decided, or not confirmed.\n",
        number::count(TIMES as u64)
    ));
    output::write(args.get_one::<PathBuf>("output"), text, Shape::Lines)?;
    Ok(ExitCode::SUCCESS)
}
