//! The browser's benchmark: files of a stated size, what reads them, and the table in `docs/performance.md`.

use std::fs;
use std::path::PathBuf;

use crate::command::{Failure, Result, cargo, in_root, root, run};
use crate::{setup, site};

/// Where the peers are, with a `package.json` of their own: nothing but this command installs them.
const FOLDER: &str = "tools/bench-browser";

/// What the options say.
#[derive(Debug, PartialEq)]
struct Asked<'words> {
    /// As the generators take it: `200MB`, `1GB`.
    size: &'words str,
    runs: u32,
    /// `jtl` or `k6`; both where it is not said.
    kind: Option<&'words str>,
    /// Names of contenders; all where there are none.
    only: Option<&'words str>,
    /// Memory at several sizes and labels, in place of speed.
    memory: bool,
}

/// A file that is read, and by whom.
struct Reading<'words> {
    /// `jtl` or `k6`.
    kind: &'static str,
    size: &'words str,
    labels: u32,
    /// So many times in one Blob.
    times: u32,
    only: Option<&'words str>,
    /// The block of `docs/performance.md` that the table goes into.
    block: String,
}

/// `cargo xtask bench-browser [--size 200MB|1GB] [--runs N] [--kind jtl|k6] [--only NAME,NAME] [--memory]`.
pub fn bench_browser(options: &[&str]) -> Result<()> {
    let asked = asked(options)?;
    setup::for_build()?;
    let chromium = setup::chromium()?;
    setup::npm_packages_of(FOLDER)?;
    site::build(&[])?;
    println!("bench-browser: building what writes the files");
    run(cargo().args(["build", "--release", "--quiet", "--example", "generate_jtl", "--example", "generate_k6"]))?;
    let command = format!("cargo xtask bench-browser {}", options.join(" "));
    for reading in readings(&asked) {
        let Reading { kind, size, labels, times, only, block } = reading;
        let file = generated(kind, size, labels, 1)?;
        let baseline = generated(kind, "1MB", 40, 2)?;
        let mut node = in_root("node");
        node.arg(format!("{FOLDER}/run.mjs")).args(["--kind", kind, "--block", &block, "--command", command.trim()]);
        node.arg("--file").arg(file).arg("--baseline").arg(baseline);
        node.args(["--runs", &asked.runs.to_string(), "--times", &times.to_string()]);
        if let Some(only) = only {
            node.args(["--only", only]);
        }
        run(node.env("CHROMIUM_PATH", &chromium))?;
    }
    Ok(())
}

/// What is read, in order.
fn readings<'words>(asked: &Asked<'words>) -> Vec<Reading<'words>> {
    let Asked { size, kind, only, memory, .. } = *asked;
    if memory {
        let ours = Some(only.unwrap_or("loaddiff"));
        let reading = |size, labels, times, name: &str| {
            let block = format!("bench-browser memory {name}");
            Reading { kind: "jtl", size, labels, times, only: ours, block }
        };
        return vec![
            reading("200MB", 40, 1, "200MB"),
            reading("1GB", 40, 1, "1GB"),
            reading("1GB", 40, 5, "5GB"),
            reading("1GB", 10_000, 1, "10,000 labels"),
        ];
    }
    let reading =
        |kind| Reading { kind, size, labels: 40, times: 1, only, block: format!("bench-browser {kind} {size}") };
    ["jtl", "k6"].into_iter().filter(|name| kind.is_none_or(|kind| kind == *name)).map(reading).collect()
}

/// The file of this kind, written where it is not there yet.
fn generated(kind: &str, size: &str, labels: u32, seed: u32) -> Result<PathBuf> {
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("{} cannot be made: {error}", folder.display())))?;
    let name = match labels {
        40 => format!("{kind}-{size}-seed{seed}"),
        labels => format!("{kind}-{size}-{labels}-labels-seed{seed}"),
    };
    let file = folder.join(name).with_extension(if kind == "jtl" { "jtl" } else { "ndjson" });
    if !file.exists() {
        println!("bench-browser: writing {}", file.display());
        let started = file.with_extension("part");
        let mut generate = in_root(site::target().join("release/examples").join(format!("generate_{kind}")));
        generate.args(["--bytes", size, "--seed", &seed.to_string()]);
        if labels != 40 {
            generate.args(["--labels", &labels.to_string()]);
        }
        run(generate.arg(&started))?;
        // Under its name once it is whole.
        fs::rename(&started, &file)
            .map_err(|error| Failure::new(format!("{} cannot be renamed: {error}", started.display())))?;
    }
    Ok(file)
}

fn asked<'words>(mut options: &[&'words str]) -> Result<Asked<'words>> {
    let mut asked = Asked { size: "200MB", runs: 3, kind: None, only: None, memory: false };
    loop {
        options = match options {
            [] => return Ok(asked),
            ["--size", size, rest @ ..] if is_size(size) => {
                asked.size = size;
                rest
            }
            ["--runs", runs, rest @ ..] if runs.parse::<u32>().is_ok_and(|runs| runs > 0) => {
                asked.runs = runs.parse().unwrap_or(asked.runs);
                rest
            }
            ["--kind", kind @ ("jtl" | "k6"), rest @ ..] => {
                asked.kind = Some(kind);
                rest
            }
            ["--only", only, rest @ ..] => {
                asked.only = Some(only);
                rest
            }
            ["--memory", rest @ ..] => {
                asked.memory = true;
                rest
            }
            _ => {
                return Err(Failure::new(
                    "the options of `cargo xtask bench-browser` are --size 200MB (or 1GB, any whole number of them), \
                     --runs N, --kind jtl or k6, --only NAME,NAME (of tools/bench-browser/contenders.mjs) and --memory",
                ));
            }
        };
    }
}

/// Whether the generators know it.
fn is_size(text: &str) -> bool {
    let digits = text.strip_suffix("MB").or_else(|| text.strip_suffix("GB"));
    digits.is_some_and(|digits| digits.parse::<u32>().is_ok_and(|number| number > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_or_refused() {
        let words = ["--size", "1GB", "--runs", "5", "--only", "bare,loaddiff"];
        let expected = Asked { size: "1GB", runs: 5, kind: None, only: Some("bare,loaddiff"), memory: false };
        assert_eq!(asked(&words).ok(), Some(expected));
        for wrong in [&["--size", "1"][..], &["--size", "0GB"], &["--runs", "0"], &["--runs"], &["1GB"]] {
            assert!(asked(wrong).is_err(), "{wrong:?}");
        }
    }
}
