//! The command line: the library's calls, files in, text out.
//!
//! Results go to standard output, errors and warnings to standard error. Exit code 0: the gate passes; 1: it fails;
//! 2: the call or an input is wrong.

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    cli::main()
}

#[cfg(not(target_arch = "wasm32"))]
mod cli {
    use std::io::Write;
    use std::path::{Path, PathBuf};
    use std::process::ExitCode;
    use std::time::{SystemTime, UNIX_EPOCH};

    use clap::builder::PossibleValuesParser;
    use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
    use loaddiff::compare::{self, Comparison, Gate, Verdict, Word};
    use loaddiff::ingest::{self, Parts};
    use loaddiff::policy::{self, Policy};
    use loaddiff::report::{inspect, json, markdown, words};
    use loaddiff::run::{Run, time};
    use loaddiff::{link, number};

    /// What went wrong, as a sentence for standard error.
    type Failure = String;

    pub fn main() -> ExitCode {
        let matches = command().get_matches();
        let outcome = match matches.subcommand() {
            Some(("inspect", args)) => inspect(args),
            Some(("compare", args)) => compare(args),
            Some(("link", args)) => link(args),
            _ => Err("a command is needed: see --help".into()),
        };
        match outcome {
            Ok(code) => code,
            Err(failure) => {
                eprintln!("error: {}", inspect::plain(&failure));
                ExitCode::from(2)
            }
        }
    }

    fn command() -> Command {
        let files = |name: &'static str| {
            Arg::new(name).value_name("FILE").value_parser(value_parser!(PathBuf)).num_args(1..).required(true)
        };
        let format = |formats: [&'static str; 2]| {
            Arg::new("format")
                .long("format")
                .value_parser(PossibleValuesParser::new(formats))
                .default_value(formats[0])
                .help("What to print")
        };
        let profiles = policy::PROFILES.iter().map(|(name, _)| *name);
        Command::new("loaddiff")
            .version(env!("CARGO_PKG_VERSION"))
            .about("Compares two load-test results: what regressed, by how much, against which limit")
            .after_help("Exit code 0: the gate passes; 1: it fails; 2: the call or an input is wrong.")
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand(
                Command::new("inspect")
                    .about("Shows what is read from the files of a run")
                    .arg(files("files").help("Result files; files of one run are put together by their names"))
                    .arg(format(["text", "json"])),
            )
            .subcommand(
                Command::new("compare")
                    .about("Judges a run against a baseline")
                    .arg(
                        files("baseline")
                            .long("baseline")
                            .action(ArgAction::Append)
                            .help("The files of the baseline; several summaries are parts of one run"),
                    )
                    .arg(
                        files("run")
                            .long("run")
                            .action(ArgAction::Append)
                            .help("The files of the run; several summaries are parts of one run"),
                    )
                    .arg(
                        Arg::new("policy")
                            .long("policy")
                            .value_name("FILE")
                            .value_parser(value_parser!(PathBuf))
                            .help("A thresholds file (TOML or JSON)"),
                    )
                    .arg(
                        Arg::new("profile")
                            .long("profile")
                            .value_name("NAME")
                            .value_parser(PossibleValuesParser::new(profiles))
                            .help("A built-in set of thresholds [default: default]"),
                    )
                    .group(ArgGroup::new("thresholds").args(["policy", "profile"]))
                    .arg(format(["markdown", "json"]))
                    .arg(
                        Arg::new("output")
                            .long("output")
                            .value_name("FILE")
                            .value_parser(value_parser!(PathBuf))
                            .help("Write to a file instead of standard output"),
                    ),
            )
            .subcommand(link_command())
    }

    fn link_command() -> Command {
        let files = |name: &'static str, help: &'static str| {
            let files = Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf));
            files.num_args(1..).required(true).action(ArgAction::Append).help(help)
        };
        let profiles = policy::PROFILES.iter().map(|(name, _)| *name);
        Command::new("link")
            .about("Prints a link that holds the comparison: whoever opens it needs no files")
            .arg(files("baseline", "The files of the baseline"))
            .arg(files("run", "The files of the run"))
            .arg(
                Arg::new("policy")
                    .long("policy")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .help("A thresholds file (TOML or JSON)"),
            )
            .arg(
                Arg::new("profile")
                    .long("profile")
                    .value_name("NAME")
                    .value_parser(PossibleValuesParser::new(profiles))
                    .help("A built-in set of thresholds [default: default]"),
            )
            .group(ArgGroup::new("thresholds").args(["policy", "profile"]))
            .arg(
                Arg::new("base-url")
                    .long("base-url")
                    .value_name("URL")
                    .default_value("")
                    .help("The page's address, to stand before the link [default: none, the part from # on]"),
            )
            .arg(
                Arg::new("hash-names")
                    .long("hash-names")
                    .action(ArgAction::SetTrue)
                    .help("Replace the endpoints' names by short hashes"),
            )
            .arg(
                Arg::new("max-chars")
                    .long("max-chars")
                    .value_name("N")
                    .value_parser(value_parser!(u32))
                    .default_value("2000")
                    .help("Leave out time series, then causes of failures, of a link that is longer; 0 leaves out nothing"),
            )
    }

    /// The link alone goes to standard output, so that a script can use it; what is in it, to standard error.
    fn link(args: &ArgMatches) -> Result<ExitCode, Failure> {
        let comparison = compare::compare(execution(args, "baseline")?, execution(args, "run")?, thresholds(args)?);
        let most = args.get_one::<u32>("max-chars").copied().filter(|most| *most > 0);
        let options = link::Options {
            hash_names: args.get_flag("hash-names"),
            max_chars: most.map(|most| most as usize),
            ..link::Options::default()
        };
        let link = link::encode(&comparison, &options).map_err(|e| format!("{e}."))?;
        // A fragment of the address given gives way.
        let base = args.get_one::<String>("base-url").map_or("", |url| url.split('#').next().unwrap_or_default());
        print(&format!("{base}{}\n", link.text))?;
        let named = |pieces: &[link::Piece]| pieces.iter().map(link::Piece::text).collect::<Vec<_>>().join(", ");
        let left_out = match link.left_out.as_slice() {
            [] => String::new(),
            pieces => format!(" Left out: {}.", named(pieces)),
        };
        let length = number::count((base.chars().count() + link.text.len()) as u64);
        eprintln!("{length} characters, which hold {}.{left_out}", named(&link.included));
        Ok(ExitCode::SUCCESS)
    }

    fn is_json(args: &ArgMatches) -> bool {
        args.get_one::<String>("format").is_some_and(|f| f == "json")
    }

    fn inspect(args: &ArgMatches) -> Result<ExitCode, Failure> {
        let paths = args.get_many::<PathBuf>("files").unwrap_or_default();
        let parts = paths.map(|p| read(p)).collect::<Result<Vec<_>, _>>()?;
        let runs = ingest::group(parts)
            .into_iter()
            .map(|group| ingest::assemble(group.parts, Parts::Merge).map_err(|e| e.to_string()))
            .collect::<Result<Vec<_>, _>>()?;
        let text = match (runs.as_slice(), is_json(args)) {
            ([run], true) => inspect::json(run),
            (runs, true) => inspect::json_list(runs),
            (runs, false) => runs.iter().map(inspect::text).collect::<Vec<_>>().join("\n"),
        };
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    }

    fn compare(args: &ArgMatches) -> Result<ExitCode, Failure> {
        let baseline = execution(args, "baseline")?;
        let run = execution(args, "run")?;
        let comparison = compare::compare(baseline, run, thresholds(args)?);
        let text = if is_json(args) { json::render(&comparison, &now()) } else { markdown::render(&comparison) };
        match args.get_one::<PathBuf>("output") {
            Some(path) => {
                std::fs::write(path, text).map_err(|e| format!("{}: could not be written: {e}.", path.display()))?;
            }
            None => print(&text)?,
        }
        warn(&comparison);
        Ok(match comparison.gate {
            Gate::Pass => ExitCode::SUCCESS,
            Gate::Fail => ExitCode::from(1),
        })
    }

    /// The execution that a flag names: the files behind one occurrence are its parts.
    fn execution(args: &ArgMatches, flag: &str) -> Result<Run, Failure> {
        let mut occurrences = args.get_occurrences::<PathBuf>(flag).into_iter().flatten();
        let files = occurrences.next().ok_or_else(|| format!("--{flag} is needed."))?;
        if occurrences.next().is_some() {
            return Err(format!(
                "--{flag} is given more than once: repeats of a run cannot be judged yet. Give the files of one run \
                 behind one --{flag}."
            ));
        }
        let parts = files.map(|p| read(p)).collect::<Result<Vec<_>, _>>()?;
        ingest::assemble(parts, Parts::Merge).map_err(|e| format!("--{flag}: {e}"))
    }

    fn read(path: &Path) -> Result<ingest::Part, Failure> {
        let bytes = std::fs::read(path).map_err(|e| format!("{}: could not be read: {e}.", path.display()))?;
        ingest::read(&path.to_string_lossy(), &bytes).map_err(|e| {
            let excerpt = e.excerpt().map(|x| format!(" It begins: {x}")).unwrap_or_default();
            format!("{e}{excerpt}")
        })
    }

    fn thresholds(args: &ArgMatches) -> Result<Policy, Failure> {
        if let Some(path) = args.get_one::<PathBuf>("policy") {
            let bytes = std::fs::read(path).map_err(|e| format!("{}: could not be read: {e}.", path.display()))?;
            let name = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy());
            return policy::parse_bytes(&name, &bytes).map_err(|e| e.to_string());
        }
        let name = args.get_one::<String>("profile").map_or("default", String::as_str);
        policy::profile(name).ok_or_else(|| format!("there is no profile “{name}”."))
    }

    /// What someone who only sees the exit code should still read.
    fn warn(comparison: &Comparison) {
        if comparison.word == Word::NotComparable {
            eprintln!("warning: both sides are the same file: there is nothing to compare.");
        }
        if comparison.gate == Gate::Pass && comparison.verdict == Verdict::Critical {
            let sentence: String = words::headline(comparison).iter().map(words::Span::text).collect();
            eprintln!("warning: the gate passes, and yet: {}", inspect::plain(&sentence));
        }
    }

    fn now() -> String {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        time::format_rfc3339(i64::try_from(since.as_millis()).unwrap_or(0))
    }

    /// Prints to standard output. A reader that has seen enough (`| head`) is no error.
    fn print(text: &str) -> Result<(), Failure> {
        match std::io::stdout().lock().write_all(text.as_bytes()) {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("standard output: {e}.")),
            _ => Ok(()),
        }
    }
}
