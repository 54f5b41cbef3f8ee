//! `loaddiff ab`: runs two commands in turn until it is decided whether head is slower than base.
//!
//! One figure decides when to stop: [`loaddiff::stats::sequential`]. The answer is the ordinary comparison of all runs. If
//! it fails, it is made again of fresh runs alone, since those that raised the suspicion exaggerate the change.

mod child;
mod plan;
mod results;
mod rounds;
mod watched;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use loaddiff::compare::{self, Comparison, Gate};
use loaddiff::number;
use loaddiff::policy::Policy;
use loaddiff::report::headline;
use loaddiff::run::Run;
use loaddiff::stats::sequential::{Answer, FEWEST_ROUNDS, MOST_ROUNDS, Plan, to_confirm};

pub use child::interrupt;

use crate::{Failure, args, compare as compared, output};
use rounds::Rounds;
use watched::Watched;

pub fn command() -> Command {
    let text = |name: &'static str, value: &'static str| Arg::new(name).long(name).value_name(value);
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let rounds = format!("{FEWEST_ROUNDS} to {MOST_ROUNDS}");
    let command = Command::new("ab")
        .about("Run two commands in turn until it is decided whether head is slower than base")
        .arg(text("base", "COMMAND").required_unless_present("plan").help("Command that runs one load test of the base"))
        .arg(text("head", "COMMAND").required_unless_present("plan").help("Command that runs one load test of the head"))
        .arg(
            args::path("results", "PATH").long("results").action(ArgAction::Append).help(
                "Result file, folder or pattern that a command writes, may contain {side} and {round} [default: the \
                 folder that LOADDIFF_OUT names, else what the command prints]",
            ),
        )
        .arg(
            text("rounds", "N")
                .value_parser(value_parser!(u16).range(FEWEST_ROUNDS as i64..=MOST_ROUNDS as i64))
                .default_value("20")
                .help(format!("Rounds at most, {rounds}, without those that confirm. A round is one run of each command")),
        )
        .arg(text("budget", "TIME").value_parser(plan::duration).help("Time at most, such as 90s, 30m or 1h30m"))
        .arg(
            text("confirm", "N")
                .value_parser(value_parser!(u16).range(5..=MOST_ROUNDS as i64))
                .default_value("6")
                .help("Fresh rounds that must confirm a regression, at least; and as many as raised it"),
        )
        .arg(
            text("change", "PCT")
                .value_parser(plan::percent)
                .help("Slowdown that matters: it stops when it is clear that there is none as large [default: 10%]"),
        )
        .arg(
            text("metric", "NAME")
                .value_parser(PossibleValuesParser::new(watched::METRICS.map(|(name, _)| name)))
                .default_value("p50")
                .help("Response time that decides when to stop. The report judges all"),
        )
        .arg(text("endpoint", "NAME").help("Endpoint whose response time decides when to stop [default: all requests]"))
        .arg(
            text("allow-exit", "CODE")
                .value_parser(value_parser!(i32))
                .action(ArgAction::Append)
                .value_delimiter(',')
                .help("Exit code of a command whose results count, for example 1 of Locust, if requests failed"),
        )
        .arg(args::path("keep", "DIR").long("keep").help("Keep the results and the output of every run in DIR"))
        .arg(flag("show-output").help("Show the output of the commands on standard error"))
        .arg(flag("plan").help("Print how many rounds to expect, and run nothing"))
        .arg(
            text("noise", "PCT")
                .value_parser(plan::percent)
                .default_value("3%")
                .requires("plan")
                .help("For --plan: standard deviation of the response time between equal runs"),
        )
        .arg(compared::format())
        .arg(args::output())
        .arg(args::keep_names())
        .after_help(
            "The commands are run by the shell, with LOADDIFF_OUT (a fresh folder for the results), LOADDIFF_SIDE (base or \
             head) and LOADDIFF_ROUND. The exit code is that of the comparison: 0 passes, 1 fails, 3 is no verdict.\n\n\
             Example:\n  loaddiff ab --base ./base.sh --head ./head.sh --budget 30m\n  loaddiff ab --plan --noise 3%",
        );
    args::with_gate(command)
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let output = args.get_one::<PathBuf>("output");
    output::check_inputs(args, &output.map(PathBuf::as_path).into_iter().collect::<Vec<_>>())?;
    let policy = args::judged_by(args)?;
    if args.get_flag("plan") {
        return plan::print(args, &policy);
    }
    let mut test = Test::new(args, policy)?;
    let comparison = test.decide()?;
    compared::show(&comparison, args, args::names(args))
}

/// Rounds until the watched figure is decided.
struct Search {
    pairs: Vec<(Run, Run)>,
    /// Its log ratios.
    ratios: Vec<f64>,
    plan: Plan,
    answer: Answer,
}

/// An A/B test that runs.
struct Test<'m> {
    args: &'m ArgMatches,
    policy: Policy,
    watched: Watched,
    rounds: Rounds<'m>,
    confirm: usize,
}

impl<'m> Test<'m> {
    fn new(args: &'m ArgMatches, policy: Policy) -> Result<Self, Failure> {
        let confirm = args.get_one::<u16>("confirm").map_or(6, |n| usize::from(*n));
        let rounds = Rounds::new(args, args.get_one::<Duration>("budget").copied())?;
        Ok(Self { args, watched: Watched::of(args), policy, rounds, confirm })
    }

    /// Runs until it is decided, and confirms what fails.
    fn decide(&mut self) -> Result<Comparison, Failure> {
        let Search { pairs, ratios, plan, answer } = self.search()?;
        let what = self.watched.title();
        let change = watched::shown(&ratios);
        let rounds = pairs.len();
        let all = self.compared(pairs)?;
        let limit = number::percent(libm::expm1(plan.limit) * 100.0);
        match answer {
            Answer::Worse => output::print_error(&format!(
                "after {rounds} rounds: {what} changed by {change}, beyond the limit of +{limit}."
            )),
            Answer::Cleared => output::print_error(&format!(
                "decided after {rounds} rounds: {what} changed by {change}, less than the +{} that matters.",
                number::percent(libm::expm1(plan.change) * 100.0)
            )),
            Answer::Open => output::print_error(&format!(
                "not decided after {rounds} rounds: {what} changed by {change}, and the budget has no time for more. Raise \
                 --budget."
            )),
            Answer::Undecided => output::print_error(&format!(
                "not decided after {rounds} rounds: {what} changed by {change}. Raise --rounds, or make each run longer."
            )),
        }
        if answer != Answer::Worse && all.gate != Gate::Fail {
            return Ok(all);
        }
        if all.gate == Gate::Fail {
            output::print_error(&format!("suspected: {}", headline::line(&all)));
        }
        let confirm = to_confirm(self.confirm, rounds);
        output::print_error(&format!("{confirm} fresh rounds must confirm it."));
        let mut fresh = Vec::new();
        for _ in 0..confirm {
            fresh.push(self.rounds.next()?);
            self.tell_round(fresh.last());
        }
        let again = self.compared(fresh)?;
        output::print_error(&format!(
            "{} by {confirm} fresh rounds. The report compares these alone.",
            if again.gate == Gate::Fail { "confirmed" } else { "not confirmed" },
        ));
        Ok(again)
    }

    fn search(&mut self) -> Result<Search, Failure> {
        let most = self.args.get_one::<u16>("rounds").map_or(20, |n| usize::from(*n));
        let first = self.rounds.next()?;
        let plan = self.watched.plan(self.args, &self.policy, &first.0, most)?;
        let (mut pairs, mut ratios) = (Vec::new(), vec![self.watched.ratio(&first, 1)?]);
        pairs.push(first);
        self.tell_round(pairs.last());
        let fewest = FEWEST_ROUNDS + self.confirm;
        if !self.rounds.has_time_for(fewest - 1) {
            let [fewest_time, round] = [fewest, 1].map(|n| number::duration_s(self.rounds.time_for(n).as_secs_f64()));
            return Err(format!(
                "--budget: it has no time for {FEWEST_ROUNDS} rounds and {} that confirm: a round took {round}. Give at \
                 least {fewest_time}, or make each run shorter.",
                self.confirm
            ));
        }
        loop {
            let answer = plan.answer(&ratios);
            // Time is kept for the rounds that confirm.
            if answer != Answer::Open || !self.rounds.has_time_for(1 + to_confirm(self.confirm, pairs.len() + 1)) {
                return Ok(Search { pairs, ratios, plan, answer });
            }
            let pair = self.rounds.next()?;
            ratios.push(self.watched.ratio(&pair, self.rounds.done())?);
            pairs.push(pair);
            self.tell_round(pairs.last());
        }
    }

    fn tell_round(&self, pair: Option<&(Run, Run)>) {
        if let Some((base, head)) = pair.and_then(|pair| self.watched.figures(pair)) {
            output::print_error(&format!(
                "round {}: {} {} → {} ({})",
                self.rounds.done(),
                self.watched.title(),
                number::latency_ms(base),
                number::latency_ms(head),
                number::percent_change((head / base - 1.0) * 100.0)
            ));
        }
    }

    fn compared(&self, pairs: Vec<(Run, Run)>) -> Result<Comparison, Failure> {
        let (base, head): (Vec<Run>, Vec<Run>) = pairs.into_iter().unzip();
        args::can_match(base.iter().chain(&head), &self.policy)?;
        compare::compare_sides(base, head, &[], self.policy.clone()).ok_or_else(|| "each side needs a run.".into())
    }
}
