//! Installs what is missing, and nothing else.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::command::{Failure, Result, cargo, in_root, output, root, run};
use crate::tools::{
    self, CARGO_DENY, CHROMIUM_NAMES, CHROMIUM_PLACES, NODE_MAJOR, TRUNK, Tool, WASM_BINDGEN, WASM_TARGET,
};

/// What all commands need.
pub fn everything() -> Result<()> {
    for_build()?;
    for_test()?;
    println!("setup: everything is in place");
    Ok(())
}

/// What it takes to build the page for development.
pub fn for_serve() -> Result<()> {
    wasm_target()?;
    wasm_bindgen_matches()?;
    tool(&TRUNK)?;
    tool(&WASM_BINDGEN)
}

/// What it takes to build the release.
pub fn for_build() -> Result<()> {
    for_serve()?;
    npm_packages()?;
    crates()
}

/// What it takes to run the checks, beyond [`for_build`].
pub fn for_test() -> Result<()> {
    component("rustfmt", "fmt")?;
    component("clippy", "clippy")?;
    tool(&CARGO_DENY)?;
    chromium().map(drop)
}

/// The browser of the tests: `$CHROMIUM_PATH`, the system's, or the one that apt installs for root.
pub fn chromium() -> Result<PathBuf> {
    if let Some(chosen) = env::var_os("CHROMIUM_PATH") {
        let chosen = PathBuf::from(chosen);
        return if chosen.is_file() {
            Ok(chosen)
        } else {
            Err(Failure::new(format!("CHROMIUM_PATH names {}, where no file is", chosen.display())))
        };
    }
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    let how = "install Chromium or Chrome (on Debian: apt-get install chromium), \
               or set CHROMIUM_PATH to the program, and run this again";
    let is_root = output(in_root("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !is_root || tools::find("apt-get").is_none() {
        return Err(Failure::new(format!("the browser tests need Chromium, and none was found: {how}")));
    }
    println!("setup: installing Debian's chromium");
    let apt = |words: &[&str]| run(in_root("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive"));
    apt(&["update", "-qq"])
        .and_then(|()| apt(&["install", "-y", "-qq", "chromium"]))
        .map_err(|failure| Failure::new(format!("Debian's chromium could not be installed ({failure}): {how}")))?;
    find_chromium().ok_or_else(|| Failure::new(format!("apt-get installed no Chromium that can be found: {how}")))
}

fn find_chromium() -> Option<PathBuf> {
    let places = CHROMIUM_PLACES.iter().map(PathBuf::from).filter(|path| path.is_file());
    CHROMIUM_NAMES.iter().filter_map(|name| tools::find(name)).chain(places).next()
}

/// A program that cargo makes, into its own folder of the cache.
fn tool(tool: &Tool) -> Result<()> {
    let program = tool.path()?;
    let expected = format!("{} {}", tool.program, tool.version);
    if output(in_root(&program).arg("--version")).is_some_and(|said| said.trim().starts_with(&expected)) {
        return Ok(());
    }
    let Tool { package, version, .. } = tool;
    println!("setup: installing {package} {version} (once; some minutes)");
    let mut install = cargo();
    install.args(["install", "--locked", "--force", package, "--version", version, "--root"]);
    install.arg(tool.folder()?);
    // Its thousand files are of no use to the project's own builds.
    install.env_remove("CARGO_TARGET_DIR").envs(tool.profile.iter().copied());
    run(&mut install).map_err(|failure| Failure::new(format!("{package} {version} could not be installed: {failure}")))
}

/// The standard library of the page's target.
fn wasm_target() -> Result<()> {
    let sysroot = output(in_root("rustc").args(["--print", "sysroot"]))
        .ok_or_else(|| Failure::new("rustc cannot be run: install Rust (https://rustup.rs)"))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).join("lib").is_dir() {
        return Ok(());
    }
    println!("setup: adding the target {WASM_TARGET}");
    run(in_root("rustup").args(["target", "add", WASM_TARGET])).map_err(|failure| {
        Failure::new(format!(
            "Rust's standard library for {WASM_TARGET} is missing and could not be installed ({failure}): \
             run `rustup target add {WASM_TARGET}`, or install your distribution's package of it"
        ))
    })
}

/// A part of the toolchain, which a minimal one lacks.
fn component(name: &str, subcommand: &str) -> Result<()> {
    if output(cargo().args([subcommand, "--version"])).is_some() {
        return Ok(());
    }
    println!("setup: adding {name}");
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

/// Everything in the root's `package-lock.json`.
fn npm_packages() -> Result<()> {
    npm_packages_of(".")
}

/// Everything in the `package-lock.json` of a folder of ours, unless it is there and newer than the lock.
pub fn npm_packages_of(folder: &str) -> Result<()> {
    let how = format!(
        "install Node {NODE_MAJOR} or later with npm (on Debian: apt-get install nodejs npm; \
                       elsewhere: https://nodejs.org), and run this again"
    );
    let node = output(in_root("node").arg("--version")).unwrap_or_default();
    let major = node.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MAJOR => {}
        Some(_) => {
            return Err(Failure::new(format!("Node {} is too old: {how}", node.trim())));
        }
        None => return Err(Failure::new(format!("node cannot be run: {how}"))),
    }
    let lock = modified(&root().join(folder).join("package-lock.json"));
    // npm writes this file last.
    let installed = modified(&root().join(folder).join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= lock {
        return Ok(());
    }
    match folder {
        "." => println!("setup: installing npm packages"),
        folder => println!("setup: installing npm packages of {folder}"),
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(in_root(npm).args(["ci", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"])).map_err(
        |failure| Failure::new(format!("npm could not install what package-lock.json lists ({failure}): {how}")),
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
