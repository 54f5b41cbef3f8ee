//! `loaddiff link`: the comparison as a URL that needs no files.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use loaddiff::{link, number};

use crate::output::Shape;
use crate::{Failure, args, output};

pub fn command() -> Command {
    args::with_sides(Command::new("link"))
        .about("Print a link that contains the whole comparison")
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
                .help("Replace endpoint names with short hashes"),
        )
        .arg(
            Arg::new("max-chars")
                .long("max-chars")
                .value_name("N")
                .value_parser(value_parser!(u32))
                .default_value("2000")
                .help("Longest link. To fit, leave out time series, then causes of failures. 0 means no limit"),
        )
        .after_help("The link goes to standard output. Its length and contents go to standard error.")
}

pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let comparison = args::comparison(args)?;
    let options = link::Options {
        hash_names: args.get_flag("hash-names"),
        max_chars: args.get_one::<u32>("max-chars").filter(|most| **most > 0).map(|most| *most as usize),
        ..link::Options::default()
    };
    let link = link::encode(&comparison, &options).map_err(|e| format!("{e}."))?;
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
    Ok(ExitCode::SUCCESS)
}
