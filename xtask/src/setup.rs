//! Installs what is missing, and nothing else.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use crate::command::{Failure, Result, cargo, in_root, output, root, run};
use crate::tools::{
    self, CARGO_DENY, CHROMIUM_NAMES, CHROMIUM_PLACES, COMPILED_FAST, NODE_MAJOR, TRUNK, Tool, WASM_BINDGEN,
    WASM_TARGET,
};

/// Something that a command needs.
#[derive(Clone, Copy)]
enum Need {
    /// The standard library of the page's target.
    WasmTarget,
    /// A part of the toolchain, which a minimal one lacks: its name, and the command that it brings.
    Component(&'static str, &'static str),
    Tool(&'static Tool),
    /// Everything in the `package-lock.json` of a folder of ours.
    NpmPackages(&'static str),
    Chromium,
}

const FOR_SERVE: &[Need] = &[Need::WasmTarget, Need::Tool(&TRUNK), Need::Tool(&WASM_BINDGEN)];
const FOR_BUILD: &[Need] = &[Need::NpmPackages(".")];
const FOR_TEST: &[Need] =
    &[Need::Component("rustfmt", "fmt"), Need::Component("clippy", "clippy"), Need::Tool(&CARGO_DENY), Need::Chromium];

/// What all commands need.
pub fn everything() -> Result<()> {
    for_test()?;
    println!("setup: everything is in place");
    Ok(())
}

/// What it takes to build the page for development.
pub fn for_serve() -> Result<()> {
    wasm_bindgen_matches()?;
    meet(FOR_SERVE)
}

/// What it takes to build the release.
pub fn for_build() -> Result<()> {
    wasm_bindgen_matches()?;
    meet(&[FOR_SERVE, FOR_BUILD].concat())?;
    crates()
}

/// What it takes to build the release and run the checks.
pub fn for_test() -> Result<()> {
    wasm_bindgen_matches()?;
    meet(&[FOR_SERVE, FOR_BUILD, FOR_TEST].concat())?;
    crates()
}

/// Everything in the `package-lock.json` of a folder of ours.
pub fn npm_packages_of(folder: &'static str) -> Result<()> {
    meet(&[Need::NpmPackages(folder)])
}

/// Installs what is missing, after a list of it.
fn meet(needs: &[Need]) -> Result<()> {
    let mut missing = Vec::new();
    for need in needs {
        if !need.is_met()? {
            missing.push(*need);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    println!("setup: installs, once:");
    for need in &missing {
        println!("  {}", need.plan());
    }
    for (at, need) in (1..).zip(&missing) {
        println!("setup: step {at} of {}: {}", missing.len(), need.name());
        let started = Instant::now();
        need.install()?;
        println!("setup: step {at} took {:.0} s", started.elapsed().as_secs_f64());
    }
    Ok(())
}

impl Need {
    fn name(self) -> String {
        match self {
            Self::WasmTarget => format!("Rust's standard library for {WASM_TARGET}"),
            Self::Component(name, _) => name.into(),
            Self::Tool(tool) => format!("{} {}", tool.package, tool.version),
            Self::NpmPackages(".") => "npm packages".into(),
            Self::NpmPackages(folder) => format!("npm packages of {folder}"),
            Self::Chromium => "Debian's chromium".into(),
        }
    }

    /// The name, how it is installed, and how long that takes.
    fn plan(self) -> String {
        let how = match self {
            Self::WasmTarget | Self::Component(..) => "by rustup, seconds".into(),
            Self::Tool(tool) if has_binstall() => {
                format!("by cargo binstall, seconds; compiled where it has none, {}", tool.takes)
            }
            Self::Tool(tool) => format!("compiled, {}; cargo-binstall, where installed, takes seconds", tool.takes),
            Self::NpmPackages(_) => "by npm, seconds".into(),
            Self::Chromium => "by apt-get, a minute".into(),
        };
        format!("{}: {how}", self.name())
    }

    fn is_met(self) -> Result<bool> {
        match self {
            Self::WasmTarget => has_wasm_target(),
            Self::Component(_, subcommand) => Ok(output(cargo().args([subcommand, "--version"])).is_some()),
            Self::Tool(tool) => Ok(tool.find()?.is_some()),
            Self::NpmPackages(folder) => has_npm_packages(folder),
            Self::Chromium => Ok(chosen_chromium()?.or_else(find_chromium).is_some()),
        }
    }

    fn install(self) -> Result<()> {
        match self {
            Self::WasmTarget => add_wasm_target(),
            Self::Component(name, _) => add_component(name),
            Self::Tool(tool) => install_tool(tool),
            Self::NpmPackages(folder) => install_npm_packages(folder),
            Self::Chromium => install_chromium(),
        }
    }
}

/// `$CHROMIUM_PATH`.
fn chosen_chromium() -> Result<Option<PathBuf>> {
    match env::var_os("CHROMIUM_PATH").map(PathBuf::from) {
        Some(chosen) if !chosen.is_file() => {
            Err(Failure::new(format!("CHROMIUM_PATH names {}, where no file is", chosen.display())))
        }
        chosen => Ok(chosen),
    }
}

/// The browser of the tests: `$CHROMIUM_PATH`, the system's, or the one that apt installs for root.
pub fn chromium() -> Result<PathBuf> {
    meet(&[Need::Chromium])?;
    chosen_chromium()?
        .or_else(find_chromium)
        .ok_or_else(|| Failure::new(format!("apt-get installed no Chromium that can be found: {CHROMIUM_HOW}")))
}

const CHROMIUM_HOW: &str = "install Chromium or Chrome (on Debian: apt-get install chromium), \
                            or set CHROMIUM_PATH to the program, and run this again";

fn install_chromium() -> Result<()> {
    let is_root = output(in_root("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !is_root || tools::find("apt-get").is_none() {
        return Err(Failure::new(format!("the browser tests need Chromium, and none was found: {CHROMIUM_HOW}")));
    }
    let apt = |words: &[&str]| run(in_root("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive"));
    apt(&["update", "-qq"]).and_then(|()| apt(&["install", "-y", "-qq", "chromium"])).map_err(|failure| {
        Failure::new(format!("Debian's chromium could not be installed ({failure}): {CHROMIUM_HOW}"))
    })
}

fn find_chromium() -> Option<PathBuf> {
    let places = CHROMIUM_PLACES.iter().map(PathBuf::from).filter(|path| path.is_file());
    CHROMIUM_NAMES.iter().filter_map(|name| tools::find(name)).chain(places).next()
}

fn has_binstall() -> bool {
    output(cargo().args(["binstall", "-V"])).is_some()
}

/// Installs a program of a crate into its own folder of the cache: its release where cargo-binstall is there and finds one,
/// else compiled.
fn install_tool(tool: &Tool) -> Result<()> {
    let Tool { package, version, .. } = tool;
    if has_binstall() {
        let mut binstall = cargo();
        binstall.args(["binstall", "--no-confirm", "--disable-strategies", "compile", "--force", "--root"]);
        binstall.arg(tool.folder()?).arg(format!("{package}@{version}"));
        match run(&mut binstall) {
            Ok(()) if tool.find()?.is_some() => return Ok(()),
            Ok(()) => println!("setup: cargo binstall installed another version; compiling"),
            Err(failure) => println!("setup: {failure}; compiling"),
        }
    }
    let mut install = cargo();
    install.args(["install", "--locked", "--force", package, "--version", version, "--bin", tool.program]);
    install.arg("--root").arg(tool.folder()?);
    // Its thousand files are of no use to the project's own builds.
    install.env_remove("CARGO_TARGET_DIR").envs(COMPILED_FAST.iter().copied());
    install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", tool.level);
    run(&mut install).map_err(|failure| Failure::new(format!("{package} {version} could not be installed: {failure}")))
}

fn has_wasm_target() -> Result<bool> {
    let sysroot = output(in_root("rustc").args(["--print", "sysroot"]))
        .ok_or_else(|| Failure::new("rustc cannot be run: install Rust (https://rustup.rs)"))?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).join("lib").is_dir())
}

fn add_wasm_target() -> Result<()> {
    run(in_root("rustup").args(["target", "add", WASM_TARGET])).map_err(|failure| {
        Failure::new(format!(
            "Rust's standard library for {WASM_TARGET} is missing and could not be installed ({failure}): \
             run `rustup target add {WASM_TARGET}`, or install your distribution's package of it"
        ))
    })
}

fn add_component(name: &str) -> Result<()> {
    run(in_root("rustup").args(["component", "add", name])).map_err(|failure| {
        Failure::new(format!(
            "{name} is missing and could not be installed ({failure}): run `rustup component add {name}`"
        ))
    })
}

/// The crate and the program must be of one version: half an update is said here, not by a page that fails.
fn wasm_bindgen_matches() -> Result<()> {
    let lock = root().join("Cargo.lock");
    let lock = fs::read_to_string(&lock)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", lock.display())))?;
    let pinned = WASM_BINDGEN.version;
    match locked_version(&lock, "wasm-bindgen") {
        Some(version) if version == pinned => Ok(()),
        found => Err(Failure::new(format!(
            "Cargo.lock has wasm-bindgen {}, and xtask/src/tools.rs pins wasm-bindgen-cli {pinned}: \
             the two must be the same",
            found.unwrap_or("nowhere")
        ))),
    }
}

/// The version that a `Cargo.lock` gives to a package.
fn locked_version<'lock>(lock: &'lock str, package: &str) -> Option<&'lock str> {
    let name = format!("name = \"{package}\"");
    let line = lock.lines().skip_while(|line| *line != name).nth(1)?;
    line.strip_prefix("version = \"")?.strip_suffix('"')
}

/// What to do where Node or npm fails.
fn npm_how() -> String {
    format!(
        "install Node {NODE_MAJOR} or later with npm (on Debian: apt-get install nodejs npm; \
         elsewhere: https://nodejs.org), and run this again"
    )
}

/// Whether the packages are there and newer than the lock; fails without a Node that can run them.
fn has_npm_packages(folder: &str) -> Result<bool> {
    let node = output(in_root("node").arg("--version")).unwrap_or_default();
    let major = node.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MAJOR => {}
        Some(_) => return Err(Failure::new(format!("Node {} is too old: {}", node.trim(), npm_how()))),
        None => return Err(Failure::new(format!("node cannot be run: {}", npm_how()))),
    }
    let lock = modified(&root().join(folder).join("package-lock.json"));
    // npm writes this file last.
    let installed = modified(&root().join(folder).join("node_modules/.package-lock.json"));
    Ok(installed.is_some() && installed >= lock)
}

fn install_npm_packages(folder: &str) -> Result<()> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(in_root(npm).args(["ci", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"])).map_err(
        |failure| {
            Failure::new(format!("npm could not install what package-lock.json lists ({failure}): {}", npm_how()))
        },
    )
}

/// The crates in `Cargo.lock`: Trunk is then told to build without the network, so that it never downloads a tool.
fn crates() -> Result<()> {
    let about = output(in_root("rustc").arg("-vV")).unwrap_or_default();
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or(WASM_TARGET);
    run(cargo().args(["fetch", "--locked", "--target", WASM_TARGET, "--target", host]))
        .map_err(|failure| Failure::new(format!("the crates in Cargo.lock could not be fetched: {failure}")))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|about| about.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_version_of_a_package_and_not_of_its_namesakes() {
        let lock = "[[package]]\nname = \"wasm-bindgen-shared\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.126\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.126"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
