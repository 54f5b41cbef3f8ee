//! `loaddiff completions` and `loaddiff man`: what a shell and `man` know of the commands.

use std::io::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::output::{self, Output, Shape};
use crate::{Failure, args};

pub fn completions() -> Command {
    Command::new("completions")
        .about("Print the completions for a shell")
        .arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell)).help("The shell"))
        .after_help("Example:\n  loaddiff completions bash > ~/.local/share/bash-completion/completions/loaddiff")
}

pub fn run_completions(args: &ArgMatches, mut command: Command) -> Result<ExitCode, Failure> {
    let Some(shell) = args.get_one::<Shell>("shell") else { return Err("name a shell.".into()) };
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut command, "loaddiff", &mut script);
    output::print(&String::from_utf8_lossy(&script), Shape::Own)?;
    Ok(ExitCode::SUCCESS)
}

pub fn man() -> Command {
    Command::new("man")
        .about("Print the manual page, or write one for each command")
        .arg(args::path("dir", "DIR").long("dir").help("Write the pages of all commands to DIR"))
        .after_help("Example:\n  loaddiff man --dir ~/.local/share/man/man1")
}

pub fn run_man(args: &ArgMatches, mut command: Command) -> Result<ExitCode, Failure> {
    command.build();
    let failed = |e: Error| format!("the manual page could not be made: {e}.");
    let Some(folder) = args.get_one::<PathBuf>("dir") else {
        output::print(&page(command).map_err(failed)?, Shape::Own)?;
        return Ok(ExitCode::SUCCESS);
    };
    let commands: Vec<Command> = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
        .map(|sub| sub.clone().name(format!("loaddiff-{}", sub.get_name())))
        .collect();
    let mut pages = Vec::new();
    for command in std::iter::once(command).chain(commands) {
        let path = folder.join(format!("{}.1", command.get_name()));
        pages.push(Output { path, text: page(command).map_err(failed)? });
    }
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: could not be made: {e}.", folder.display()))?;
    output::write_all(pages)?;
    Ok(ExitCode::SUCCESS)
}

fn page(command: Command) -> Result<String, Error> {
    let mut page = Vec::new();
    // The date of a build is no fact about the program.
    Man::new(command).date("").render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
