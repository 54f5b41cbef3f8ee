//! Arguments shared by several commands.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use loaddiff::compare::{self, Comparison, Gate};
use loaddiff::ingest::{self, Group, Options, Part, Parts, RoleReason};
use loaddiff::mask::{self, Leaving, Names};
use loaddiff::policy::{self, Policy};
use loaddiff::report::headline;
use loaddiff::run::Run;
use loaddiff::run::repeats::FEWEST_EARLIER;

use crate::{Failure, files, history, inputs, output, screen};

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
        .value_name("FORMAT")
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
        .arg(path("both", "PATH").num_args(1..).conflicts_with_all(["baseline", "run"]).help(
            "Two paths: the baseline and the run, each a file, a folder or a quoted pattern. Locust's other files of a \
             run are read with its summary. One path: an archive or a folder that holds both runs",
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
        );
    with_gate(command)
}

/// What fails the gate, and the thresholds.
pub fn with_gate(command: Command) -> Command {
    let command = command
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

/// `--keep-names`, of what leaves this machine.
pub fn keep_names() -> Arg {
    Arg::new("keep-names").long("keep-names").action(ArgAction::SetTrue).help(
        "Keep hosts, query values, ids, credentials and e-mail addresses in names and messages [default: masked in what \
         leaves, see docs/privacy.md]",
    )
}

/// The comparison as it leaves: masked, unless `--keep-names` was given.
pub fn leaving(comparison: &Comparison, names: Names) -> Result<Leaving, Failure> {
    mask::leaving(comparison, names).map_err(|e| format!("{e}. --keep-names sends them as they are."))
}

/// What `--keep-names` says.
pub fn names(args: &ArgMatches) -> Names {
    if args.get_flag("keep-names") { Names::Keep } else { Names::Mask }
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

/// The policy given by the arguments of [`with_gate`].
pub fn judged_by(args: &ArgMatches) -> Result<Policy, Failure> {
    let mut policy = thresholds(args)?;
    if let Some(word) = args.get_one::<String>("fail-on") {
        let gate = policy::Gate::ALL.iter().find(|gate| gate.word() == word);
        policy.compare.gate = gate.copied().unwrap_or(policy.compare.gate);
    }
    if let Some(word) = args.get_one::<String>("no-verdict") {
        let counts_as = policy::NoVerdictIs::ALL.iter().find(|is| is.word() == word);
        policy.compare.no_verdict = counts_as.copied().unwrap_or(policy.compare.no_verdict);
    }
    Ok(policy)
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
        .arg(screen::color())
}

/// Evaluates the arguments of [`with_read_options`].
pub fn read_options(args: &ArgMatches) -> files::ReadOptions {
    let options = Options { collapse_sub_results: args.get_flag("collapse-sub-results") };
    let machine = || std::thread::available_parallelism().map_or(1, usize::from);
    files::ReadOptions { options, threads: args.get_one::<u16>("threads").map_or_else(machine, |n| usize::from(*n)) }
}

/// Reads the files of a positional argument.
pub fn parts(args: &ArgMatches, name: &str) -> Result<Vec<Part>, Failure> {
    let paths = inputs::expand_all(args.get_many::<PathBuf>(name).unwrap_or_default())?;
    let read: Result<Vec<_>, _> = paths.iter().map(|path| files::read(path, read_options(args))).collect();
    Ok(read?.into_iter().flatten().collect())
}

/// The comparison given by the arguments of [`with_sides`].
pub fn comparison(args: &ArgMatches) -> Result<Comparison, Failure> {
    let history = history::given(args)?;
    let paths: Vec<&PathBuf> = args.get_many("both").into_iter().flatten().collect();
    let (mut baseline, run) = match paths.as_slice() {
        [baseline, run] => two(baseline, run, args)?,
        paths @ [_, ..] => both(paths, args)?,
        [] if history.is_some() && !args.contains_id("baseline") => (Vec::new(), executions(args, "run")?),
        [] => (executions(args, "baseline")?, executions(args, "run")?),
    };
    let reference = history.map(|given| history::reference(given, &mut baseline, &run)).transpose()?;
    let mut policy = judged_by(args)?;
    let earlier = args.get_many::<PathBuf>("history").filter(|_| reference.is_none()).unwrap_or_default();
    let earlier = inputs::expand_all(earlier)?;
    let earlier = earlier
        .iter()
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
    let comparison = match reference {
        Some(reference) => compare::compare_noted(baseline, run, |baseline| reference.note(baseline), policy),
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
        let mut read = Vec::new();
        for path in inputs::expand_all(paths)? {
            let parts = files::read(&path, read_options(args))?;
            read.push((path, parts));
        }
        execution(&format!("--{flag}"), read)
    });
    let runs = runs.collect::<Result<Vec<Run>, Failure>>()?;
    if runs.is_empty() {
        return Err(format!("--{flag} is needed."));
    }
    Ok(runs)
}

/// One execution, of the parts of each path.
fn execution(named: &str, read: Vec<(PathBuf, Vec<Part>)>) -> Result<Run, Failure> {
    let (mut parts, mut notes) = (Vec::new(), Vec::new());
    for (path, of_path) in read {
        let (more, note) = ingest::several_runs(&path.to_string_lossy(), of_path);
        parts.extend(more);
        notes.extend(note);
    }
    for note in &notes {
        output::print_error(&format!("warning: {named}: {}", note.text()));
    }
    let mut run = ingest::assemble(parts, Parts::Merge).map_err(|e| format!("{named}: {e}"))?;
    run.notes.splice(0..0, notes);
    Ok(run)
}

/// Baseline and run from one path each.
fn two(baseline: &Path, run: &Path, args: &ArgMatches) -> Result<(Vec<Run>, Vec<Run>), Failure> {
    let [before, after] = [inputs::expand(baseline)?, inputs::expand(run)?];
    let is_of = |file: &PathBuf, others: &[PathBuf]| others.iter().any(|o| inputs::companions(o).contains(file));
    if let Some(file) = after.iter().find(|f| is_of(f, &before)).or(before.iter().find(|f| is_of(f, &after))) {
        return Err(format!(
            "{}: this is another file of the same run. Name a file of the baseline and a file of the run: loaddiff \
             base_stats.csv run_stats.csv",
            file.display()
        ));
    }
    let side = |path: &Path, files: &[PathBuf]| {
        let parts = inputs::read_with_companions(files, read_options(args))?;
        Ok::<_, Failure>(vec![execution(&path.display().to_string(), vec![(path.to_owned(), parts)])?])
    };
    Ok((side(baseline, &before)?, side(run, &after)?))
}

/// The two runs in an archive, in a folder or among several files. The baseline is guessed, and printed; a guess by order
/// alone is refused.
fn both(paths: &[&PathBuf], args: &ArgMatches) -> Result<(Vec<Run>, Vec<Run>), Failure> {
    const INSTEAD: &str = "Name the files of each run with --baseline and --run.";
    let files = inputs::expand_all(paths.iter().copied())?;
    let shown = match files.as_slice() {
        [file] => file.display().to_string(),
        files => format!("{} files", files.len()),
    };
    let mut groups = ingest::group(inputs::read_with_companions(&files, read_options(args))?);
    let name = |group: &Group| group.key.clone();
    let names = groups.iter().take(5).map(name).collect::<Vec<_>>().join(", ");
    let Some(guess) = ingest::guess_roles(&groups).filter(|_| groups.iter().all(Group::is_run)) else {
        let (count, more) = (groups.len(), if groups.len() > 5 { " and more" } else { "" });
        let runs = if count == 1 { "one run" } else { &format!("{count} runs") };
        let hold = if files.len() == 1 { "it holds" } else { "they hold" };
        return Err(format!("{shown}: {hold} {runs} ({names}{more}), and two are compared. {INSTEAD}"));
    };
    if guess.reason == RoleReason::Order {
        let its = if files.len() == 1 { "its" } else { "the" };
        return Err(format!(
            "{shown}: it is unclear which of {its} two runs ({names}) is the baseline. Put them in folders named `base` \
             and `run`. Or: {INSTEAD}"
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
    exit_code(comparison)
}

/// The exit code of a comparison.
pub fn exit_code(comparison: &Comparison) -> ExitCode {
    match comparison.gate {
        Gate::Pass => ExitCode::SUCCESS,
        Gate::Fail => ExitCode::from(1),
        Gate::NoVerdict => ExitCode::from(3),
    }
}
