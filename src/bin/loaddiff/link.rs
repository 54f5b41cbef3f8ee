//! `loaddiff link`: the comparison as a URL that needs no files, and back.

use std::io::Read;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use loaddiff::mask::{Names, Told};
use loaddiff::run::shown;
use loaddiff::{link, number};

use crate::output::Shape;
use crate::{Failure, args, compare, output};

/// Arguments of a comparison, which a link to open has in itself.
const OF_COMPARISON: [&str; 8] =
    ["both", "baseline", "run", "history", "group-ids", "fail-on", "no-verdict", "thresholds"];

/// Longest text that is read for a link, in bytes.
const MAX_LINK: u64 = 1 << 20;

pub fn command() -> Command {
    args::with_sides(Command::new("link"))
        .about("Print a link that contains the whole comparison, or open one")
        .mut_arg("baseline", |arg| arg.required_unless_present_any(["both", "history", "decode"]))
        .mut_arg("run", |arg| arg.required_unless_present_any(["both", "decode"]))
        .arg(
            Arg::new("base-url")
                .long("base-url")
                .value_name("URL")
                .default_value("")
                .hide_default_value(true)
                .help("Address of the page [default: none, print the link from the # on]"),
        )
        .arg(
            Arg::new("hash-names")
                .long("hash-names")
                .action(ArgAction::SetTrue)
                .help("Replace endpoint names with short hashes, and leave out causes of failures"),
        )
        .arg(args::keep_names().conflicts_with("hash-names"))
        .arg(
            Arg::new("max-chars")
                .long("max-chars")
                .value_name("N")
                .value_parser(value_parser!(u32))
                .default_value("2000")
                .help("Longest link. To fit, leave out time series, then causes of failures. 0 means no limit"),
        )
        .arg(
            Arg::new("decode")
                .long("decode")
                .value_name("LINK")
                .conflicts_with_all(OF_COMPARISON)
                .conflicts_with_all(["base-url", "hash-names", "keep-names", "max-chars"])
                .help("Open a link: show its report, as `compare` does. - reads the link from standard input"),
        )
        .arg(
            Arg::new("contents")
                .long("contents")
                .action(ArgAction::SetTrue)
                .requires("decode")
                .conflicts_with("format")
                .help("List every name and message in the link instead of its report"),
        )
        .arg(compare::format().requires("decode"))
        .arg(args::output().requires("decode"))
        .after_help(
            "The link goes to standard output. Its length and contents go to standard error.\n\n\
             Examples:\n  loaddiff link base_stats.csv run_stats.csv --base-url https://example.org/\n  \
             loaddiff link --decode 'https://example.org/#r1.…'",
        )
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    if let Some(text) = args.get_one::<String>("decode") {
        return open(text, args);
    }
    let comparison = args::comparison(args)?;
    let options = link::Options {
        names: if args.get_flag("hash-names") { Names::Hash } else { args::names(args) },
        max_chars: args.get_one::<u32>("max-chars").filter(|most| **most > 0).map(|most| *most as usize),
        ..link::Options::default()
    };
    let leaving = args::leaving(&comparison, options.names)?;
    let link = link::encode_leaving(&comparison, &leaving, &options).map_err(|e| format!("{e}."))?;
    // A URL has only one fragment.
    let page = args.get_one::<String>("base-url").and_then(|url| url.split('#').next()).unwrap_or_default();
    output::print(&format!("{page}{}\n", link.text), Shape::Lines)?;
    let named = |pieces: &[link::Piece]| pieces.iter().map(link::Piece::text).collect::<Vec<_>>().join(", ");
    let length = number::count((page.chars().count() + link.text.len()) as u64);
    let left_out = match link.left_out.as_slice() {
        [] => String::new(),
        pieces => format!(" Left out: {}.", named(pieces)),
    };
    output::print_error(&format!("{length} characters: {}.{left_out}", named(&link.included)));
    print_texts(&leaving.texts);
    Ok(ExitCode::SUCCESS)
}

/// Lines of the preview.
const MOST_TEXTS: usize = 40;

/// Says what was masked, and how.
fn print_texts(texts: &[Told]) {
    let masked: Vec<&Told> = texts.iter().filter(|told| told.is_masked()).collect();
    if masked.is_empty() {
        return;
    }
    let count = |n: usize| number::count(n as u64);
    output::print_error(&format!("Masked: {} of {} names and messages.", count(masked.len()), count(texts.len())));
    for told in masked.iter().take(MOST_TEXTS) {
        output::print_error(&format!("  {}: {} → {}", told.what, shown(&told.before), shown(&told.after)));
    }
    if masked.len() > MOST_TEXTS {
        output::print_error(&format!("  and {} more", count(masked.len() - MOST_TEXTS)));
    }
}

/// Shows the report of a link. The exit code is the gate's.
fn open(text: &str, args: &ArgMatches) -> Result<ExitCode, Failure> {
    let mut read = String::new();
    let text = match text {
        "-" => {
            let stdin = std::io::stdin().lock();
            stdin.take(MAX_LINK).read_to_string(&mut read).map_err(|e| format!("standard input: {e}."))?;
            read.trim()
        }
        text => text.trim(),
    };
    let fragment = text.split_once('#').map_or(text, |(_, fragment)| fragment);
    if fragment.starts_with("base=") || fragment.starts_with("run=") {
        return Err("--decode: this link names files at other addresses. Open it in a browser, or download the files \
                    and give them to `loaddiff compare`."
            .into());
    }
    // A fragment may come without its sign.
    let is_bare = text.split_once('.').is_some_and(|(version, _)| {
        version.strip_prefix('r').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    });
    let text = if is_bare { format!("#{text}") } else { text.to_owned() };
    let shared = link::decode(&text).map_err(|e| format!("--decode: {e}."))?;
    let comparison = shared.judge();
    if args.get_flag("contents") {
        let leaving = args::leaving(&comparison, Names::Keep)?;
        let lines: String = leaving.texts.iter().map(|told| format!("{}: {}\n", told.what, told.after)).collect();
        output::write(args.get_one("output"), lines, Shape::Lines)?;
        return Ok(args::exit_code(&comparison));
    }
    // What is in a link has left already.
    compare::show(&comparison, args, Names::Keep)
}
