//! Arguments shared by several commands.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use loaddiff::compare::{self, Comparison, Gate};
use loaddiff::ingest::{self, Group, Options, Part, Parts, RoleReason};
use loaddiff::policy::{self, Policy};
use loaddiff::report::headline;
use loaddiff::run::Run;
use loaddiff::run::repeats::FEWEST_EARLIER;

use crate::{Failure, files, history, output};

/// An argument that takes a path.
pub fn path(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).value_name(value).value_parser(value_parser!(PathBuf))
}

/// An argument that takes one or more files.
pub fn paths(name: &'static str) -> Arg {
    path(name, "FILE").num_args(1..).required(true)
}

/// `--format`; the first is the default.
pub fn format(formats: impl IntoIterator<Item = &'static str>) -> Arg {
    let formats: Vec<&str> = formats.into_iter().collect();
    let default = formats.first().copied().unwrap_or_default();
    Arg::new("format")
        .long("format")
        .value_parser(PossibleValuesParser::new(formats))
        .default_value(default)
        .help("Output format")
}

/// `--output`.
pub fn output() -> Arg {
    path("output", "FILE").long("output").help("Write to FILE instead of standard output")
}

/// `--policy` or `--profile`.
pub fn with_thresholds(command: Command) -> Command {
    let profiles = policy::PROFILES.iter().map(|(name, _)| *name);
    command
        .arg(path("policy", "FILE").long("policy").help("Thresholds file (TOML or JSON)"))
        .arg(
            Arg::new("profile")
                .long("profile")
                .value_name("NAME")
                .value_parser(PossibleValuesParser::new(profiles))
                .help("Built-in thresholds [default: default]"),
        )
        .group(ArgGroup::new("thresholds").args(["policy", "profile"]))
}

/// `--baseline` and `--run`, or one archive with both, and the thresholds.
pub fn with_sides(command: Command) -> Command {
    let side = |name: &'static str| paths(name).long(name).action(ArgAction::Append).required(false);
    let command = command
        .arg(path("both", "ARCHIVE").conflicts_with_all(["baseline", "run"]).help(
            "Archive or folder that holds the two runs, for example in folders named `base` and `run`, in place of \
             --baseline and --run",
        ))
        .arg(side("baseline").required_unless_present_any(["both", "history"]).help(
            "Result files of the baseline. Several files after one flag are parts of one run. Repeat the flag for each \
             repeated run",
        ))
        .arg(side("run").required_unless_present("both").help(
            "Result files of the run. Several files after one flag are parts of one run. Repeat the flag for each \
             repeated run",
        ))
        .arg(
            path("history", "FILE")
                .long("history")
                .num_args(1..)
                .action(ArgAction::Append)
                .help(
                    "Earlier runs, to measure how far equal runs differ: result files of the baseline's version, one run \
                     each, or a history of `loaddiff history add`. With a history and without --baseline, its last good \
                     runs are the baseline",
                ),
        )
        .arg(
            Arg::new("group-ids")
                .long("group-ids")
                .action(ArgAction::SetTrue)
                .help("Judge endpoints that differ only in ids as one, such as /users/1 and /users/2"),
        )
        .arg(
            Arg::new("fail-on")
                .long("fail-on")
                .value_name("WHAT")
                .value_parser(PossibleValuesParser::new(policy::Gate::WORDS))
                .help(
                    "Fail the gate on: `confirmed` regressions only, `suspected` also on probable ones, `point` on every \
                     figure beyond its limit as measured, `inconclusive` also on figures without a verdict [default: from \
                     the thresholds]",
                ),
        )
        .arg(
            Arg::new("no-verdict")
                .long("no-verdict")
                .value_name("WHAT")
                .value_parser(PossibleValuesParser::new(["pass", "fail"]))
                .help(
                    "Result of the gate if the runs are not comparable or have too little data [default: no verdict, exit \
                     code 3]",
                ),
        );
    with_thresholds(command)
}

/// The policy given by the arguments of [`with_thresholds`].
pub fn thresholds(args: &ArgMatches) -> Result<Policy, Failure> {
    if let Some(path) = args.get_one::<PathBuf>("policy") {
        let bytes = files::bytes(path)?;
        let name = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy());
        return policy::parse_bytes(&name, &bytes).map_err(|e| e.to_string());
    }
    let name = args.get_one::<String>("profile").map_or("default", String::as_str);
    policy::profile(name).ok_or_else(|| format!("there is no profile “{name}”."))
}

/// Adds the arguments for reading results.
pub fn with_read_options(command: Command) -> Command {
    command
        .arg(
            Arg::new("collapse-sub-results")
                .long("collapse-sub-results")
                .action(ArgAction::SetTrue)
                .global(true)
                .help("Leave out JMeter's rows of redirects and embedded resources: their page's row covers them"),
        )
        .arg(
            Arg::new("threads")
                .long("threads")
                .value_name("N")
                .value_parser(value_parser!(u16).range(1..))
                .global(true)
                .help("Threads to read one large file [default: one per processor]"),
        )
}

/// Evaluates the arguments of [`with_read_options`].
fn read_options(args: &ArgMatches) -> files::ReadOptions {
    let options = Options { collapse_sub_results: args.get_flag("collapse-sub-results") };
    let machine = || std::thread::available_parallelism().map_or(1, usize::from);
    files::ReadOptions { options, threads: args.get_one::<u16>("threads").map_or_else(machine, |n| usize::from(*n)) }
}

/// Reads the files of a positional argument.
pub fn parts(args: &ArgMatches, name: &str) -> Result<Vec<Part>, Failure> {
    all(args.get_many::<PathBuf>(name).unwrap_or_default(), args)
}

/// All parts of several files.
fn all<'p>(paths: impl Iterator<Item = &'p PathBuf>, args: &ArgMatches) -> Result<Vec<Part>, Failure> {
    let read: Result<Vec<_>, _> = paths.map(|path| files::read(path, read_options(args))).collect();
    Ok(read?.into_iter().flatten().collect())
}

/// The comparison given by the arguments of [`with_sides`].
pub fn comparison(args: &ArgMatches) -> Result<Comparison, Failure> {
    let history = history::given(args)?;
    let (mut baseline, run) = match args.get_one::<PathBuf>("both") {
        Some(path) => both(path, args)?,
        None if history.is_some() && !args.contains_id("baseline") => (Vec::new(), executions(args, "run")?),
        None => (executions(args, "baseline")?, executions(args, "run")?),
    };
    let history = history.map(|history| history.judged(&mut baseline, &run)).transpose()?;
    let mut policy = thresholds(args)?;
    if let Some(word) = args.get_one::<String>("fail-on") {
        let gate = policy::Gate::ALL.iter().find(|gate| gate.word() == word);
        policy.compare.gate = gate.copied().unwrap_or(policy.compare.gate);
    }
    if let Some(word) = args.get_one::<String>("no-verdict") {
        let counts_as = policy::NoVerdictIs::ALL.iter().find(|is| is.word() == word);
        policy.compare.no_verdict = counts_as.copied().unwrap_or(policy.compare.no_verdict);
    }
    let earlier = args.get_many::<PathBuf>("history").filter(|_| history.is_none()).unwrap_or_default();
    let earlier = earlier
        .map(|path| {
            ingest::assemble(files::read(path, read_options(args))?, Parts::Refuse)
                .map_err(|e| format!("--history: {e}"))
        })
        .collect::<Result<Vec<Run>, _>>()?;
    if !earlier.is_empty() && earlier.len() < FEWEST_EARLIER {
        output::print_error(&format!(
            "warning: --history names {} earlier runs; {FEWEST_EARLIER} are needed to measure how far equal runs differ.",
            earlier.len()
        ));
    }
    if args.get_flag("group-ids")
        && let (Some(first), Some(second)) = (baseline.first(), run.first())
    {
        policy.matches.extend(compare::id_matches(first, second, &policy));
    }
    can_match(baseline.iter().chain(&run), &policy)?;
    let comparison = match history {
        Some(history) => compare::compare_noted(baseline, run, |baseline| history.note_noise(baseline), policy),
        None => compare::compare_sides(baseline, run, &earlier, policy),
    };
    comparison.ok_or_else(|| "each side needs a run.".into())
}

/// Checks that matching the thresholds with the runs is bounded.
pub fn can_match<'r>(runs: impl IntoIterator<Item = &'r Run>, policy: &Policy) -> Result<(), Failure> {
    compare::check_matching(runs, policy, policy::MOST_STEPS).map_err(|e| format!("{}: {e}.", policy.name))
}

/// The executions given by a flag, one per occurrence: the files of one occurrence are its parts.
fn executions(args: &ArgMatches, flag: &str) -> Result<Vec<Run>, Failure> {
    let occurrences = args.get_occurrences::<PathBuf>(flag).into_iter().flatten();
    let runs = occurrences.map(|paths| {
        let (mut parts, mut notes) = (Vec::new(), Vec::new());
        for path in paths {
            let (more, note) = ingest::several_runs(&path.to_string_lossy(), files::read(path, read_options(args))?);
            parts.extend(more);
            notes.extend(note);
        }
        for note in &notes {
            output::print_error(&format!("warning: --{flag}: {}", note.text()));
        }
        let mut run = ingest::assemble(parts, Parts::Merge).map_err(|e| format!("--{flag}: {e}"))?;
        run.notes.splice(0..0, notes);
        Ok(run)
    });
    let runs = runs.collect::<Result<Vec<Run>, Failure>>()?;
    if runs.is_empty() {
        return Err(format!("--{flag} is needed."));
    }
    Ok(runs)
}

/// The two runs in one archive or folder. The baseline is guessed, and printed; a guess by order alone is refused.
fn both(path: &Path, args: &ArgMatches) -> Result<(Vec<Run>, Vec<Run>), Failure> {
    const INSTEAD: &str = "Name the files of each run with --baseline and --run.";
    let mut groups = ingest::group(files::read(path, read_options(args))?);
    let shown = path.display();
    let name = |group: &Group| group.key.clone();
    let names = groups.iter().take(5).map(name).collect::<Vec<_>>().join(", ");
    let Some(guess) = ingest::guess_roles(&groups).filter(|_| groups.iter().all(Group::is_run)) else {
        let (count, more) = (groups.len(), if groups.len() > 5 { " and more" } else { "" });
        let runs = if count == 1 { "one run" } else { &format!("{count} runs") };
        return Err(format!("{shown}: it holds {runs} ({names}{more}), and two are compared. {INSTEAD}"));
    };
    if guess.reason == RoleReason::Order {
        return Err(format!(
            "{shown}: it is unclear which of its two runs ({names}) is the baseline. Put them in folders named `base` and \
             `run`. Or: {INSTEAD}"
        ));
    }
    if guess.baseline == 1 {
        groups.reverse();
    }
    let why = match &guess.reason {
        // The word may belong to the run.
        RoleReason::Name(word) => format!("a name says “{word}”"),
        reason => reason.text(),
    };
    let roles = groups.iter().map(name).collect::<Vec<_>>().join(" is the baseline, ");
    output::print_error(&format!("note: {roles} is the run: {why}."));
    let assembled = groups.into_iter().map(|group| {
        ingest::assemble(group.parts, Parts::Merge).map(|run| vec![run]).map_err(|e| format!("{shown}: {e}"))
    });
    let mut sides = assembled.collect::<Result<Vec<_>, Failure>>()?.into_iter();
    sides.next().zip(sides.next()).ok_or_else(|| "each side needs a run.".into())
}

/// The exit code of a comparison. Prints the deciding row in one line on standard error.
pub fn gate(comparison: &Comparison) -> ExitCode {
    if comparison.gate != Gate::Pass {
        output::print_error(&headline::line(comparison));
    }
    match comparison.gate {
        Gate::Pass => ExitCode::SUCCESS,
        Gate::Fail => ExitCode::from(1),
        Gate::NoVerdict => ExitCode::from(3),
    }
}
