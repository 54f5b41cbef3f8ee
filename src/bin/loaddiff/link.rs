//! `loaddiff link`: the comparison as an address.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use loaddiff::{link, number};

use crate::{Failure, args, files};

pub fn command() -> Command {
    args::with_sides(Command::new("link"))
        .about("Prints a link that holds the comparison: whoever opens it needs no files")
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
pub fn run(args: &ArgMatches) -> Result<ExitCode, Failure> {
    let comparison = args::comparison(args)?;
    let most = args.get_one::<u32>("max-chars").copied().filter(|most| *most > 0);
    let options = link::Options {
        hash_names: args.get_flag("hash-names"),
        max_chars: most.map(|most| most as usize),
        ..link::Options::default()
    };
    let link = link::encode(&comparison, &options).map_err(|e| format!("{e}."))?;
    // A fragment of the address given gives way.
    let base = args.get_one::<String>("base-url").map_or("", |url| url.split('#').next().unwrap_or_default());
    files::print(&format!("{base}{}\n", link.text))?;
    let named = |pieces: &[link::Piece]| pieces.iter().map(link::Piece::text).collect::<Vec<_>>().join(", ");
    let left_out = match link.left_out.as_slice() {
        [] => String::new(),
        pieces => format!(" Left out: {}.", named(pieces)),
    };
    let length = number::count((base.chars().count() + link.text.len()) as u64);
    eprintln!("{length} characters, which hold {}.{left_out}", named(&link.included));
    Ok(ExitCode::SUCCESS)
}
