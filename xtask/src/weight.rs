//! What the page's modules are made of: bytes by crate, and by module of loaddiff.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use crate::command::{Failure, Result, cargo, in_root, line, root, run};
use crate::tools::{self, WASM_BINDGEN, WASM_TARGET};
use crate::wasm::{self, Function, Module};
use crate::{setup, site};

/// The block of [`DOCUMENT`] that holds the tables.
const BLOCK: &str = "weight";
const DOCUMENT: &str = "docs/performance.md";

/// The library, and the part of it whose modules are listed one level deeper.
const LIBRARY: &str = "loaddiff";
const SPLIT: &str = "ingest";

/// Rows below this share of the code are added up in one.
const SMALLEST_SHARE: f64 = 0.005;

/// A binary that Trunk builds.
#[derive(Debug, PartialEq)]
struct Binary {
    name: String,
    profile: String,
    features: String,
    /// wasm-bindgen's kind of JavaScript.
    target: String,
    /// wasm-opt's level.
    level: String,
    /// wasm-opt's other options, separated by blanks.
    parameters: String,
}

/// `cargo xtask weight [--write | BINARY ...]`: prints a table for each binary of `index.html`, or for the named ones, or
/// writes all into [`DOCUMENT`].
pub fn weight(options: &[&str]) -> Result<()> {
    let (is_written, names) = match options {
        ["--write"] => (true, &[][..]),
        names => (false, names),
    };
    let profile = release_profile(&read("Trunk.toml")?)
        .ok_or_else(|| Failure::new("Trunk.toml names no cargo_profile"))?
        .to_owned();
    let mut binaries = binaries(&read("index.html")?, &profile);
    if let Some(unknown) = names.iter().find(|name| binaries.iter().all(|binary| binary.name != **name)) {
        return Err(Failure::new(format!(
            "`cargo xtask weight` takes --write or binaries of index.html, not {unknown}"
        )));
    }
    binaries.retain(|binary| names.is_empty() || names.contains(&binary.name.as_str()));
    setup::for_build()?;
    let mut tables = String::new();
    for binary in binaries {
        println!("weight: building {} with names", binary.name);
        let module = built(&binary)?;
        tables += &table(&binary, &module)?;
    }
    if !is_written {
        println!("\n{}", tables.trim_end());
        return Ok(());
    }
    let text = filled(&read(DOCUMENT)?, BLOCK, tables.trim_end())
        .ok_or_else(|| Failure::new(format!("{DOCUMENT} has no block `{BLOCK}`")))?;
    fs::write(root().join(DOCUMENT), text)
        .map_err(|error| Failure::new(format!("{DOCUMENT} cannot be written: {error}")))?;
    println!("weight: wrote the tables into {DOCUMENT}");
    Ok(())
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).map_err(|error| Failure::new(format!("{path} cannot be read: {error}")))
}

/// The profile of binaries that name none.
fn release_profile(trunk: &str) -> Option<&str> {
    trunk.lines().find_map(|line| line.strip_prefix("cargo_profile = \"")?.strip_suffix('"'))
}

/// The binaries that Trunk finds in the page.
fn binaries(html: &str, profile: &str) -> Vec<Binary> {
    let links = html.split("<link ").skip(1).filter_map(|rest| rest.split('>').next());
    let rust = links.filter(|link| attribute(link, "rel") == Some("rust"));
    rust.filter_map(|link| {
        let value = |name, default: &str| attribute(link, name).unwrap_or(default).to_owned();
        Some(Binary {
            name: attribute(link, "data-bin")?.to_owned(),
            profile: value("data-cargo-profile-release", &value("data-cargo-profile", profile)),
            features: value("data-cargo-features", ""),
            target: value("data-bindgen-target", "web"),
            level: value("data-wasm-opt", "z"),
            parameters: value("data-wasm-opt-params", ""),
        })
    })
    .collect()
}

/// The value of an attribute in double quotes.
fn attribute<'html>(tag: &'html str, name: &str) -> Option<&'html str> {
    tag.split_once(&format!("{name}=\""))?.1.split('"').next()
}

/// Builds a binary as Trunk does, but keeps the names of its functions.
fn built(binary: &Binary) -> Result<Module> {
    let Binary { name, profile, features, target, level, parameters } = binary;
    let folder = site::target().join("weight");
    let mut build = cargo();
    build.args(["build", "--quiet", "--locked", "--package", LIBRARY, "--target", WASM_TARGET, "--bin", name]);
    build.args(["--features", features, "--profile", profile, "--config", &format!("profile.{profile}.strip=false")]);
    run(build.arg("--target-dir").arg(&folder).env(site::FLAGS_VARIABLE, site::page_flags()))?;

    let mut bindgen = in_root(WASM_BINDGEN.path()?);
    bindgen.args(["--target", target, "--no-typescript", "--out-name", name, "--out-dir"]).arg(&folder);
    run(bindgen.arg(folder.join(WASM_TARGET).join(profile).join(name).with_extension("wasm")))?;

    let optimised = folder.join(name).with_extension("wasm");
    let mut optimise = in_root("wasm-opt");
    optimise.env("PATH", tools::search_path()?).arg(format!("-O{level}")).args(parameters.split_ascii_whitespace());
    optimise.arg("--debuginfo").arg(folder.join(format!("{name}_bg.wasm"))).arg("--output").arg(&optimised);
    run(&mut optimise)?;
    parsed(&optimised, &line(&optimise))
}

fn parsed(path: &PathBuf, maker: &str) -> Result<Module> {
    let bytes = fs::read(path).map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
    wasm::parse(&bytes).ok_or_else(|| Failure::new(format!("`{maker}` wrote a module that cannot be read")))
}

/// What a binary weighs, in Markdown.
fn table(binary: &Binary, module: &Module) -> Result<String> {
    let Binary { name, profile, features, .. } = binary;
    let shipped = &module.stripped;
    let gzipped = site::gzipped(shipped).map_err(|error| Failure::new(format!("gzip failed: {error}")))?;
    let (mut crates, mut modules) = (BTreeMap::new(), BTreeMap::new());
    for Function { name, bytes } in &module.functions {
        let name = without_hashes(name);
        let place = place(&name);
        *crates.entry(place.krate.to_owned()).or_default() += bytes;
        if place.krate == LIBRARY {
            *modules.entry(place.module()).or_default() += bytes;
        }
    }
    let mut text = String::new();
    let _ = writeln!(
        text,
        "`{name}` (profile `{profile}`, features `{features}`): {} kB, of them code {}, data {}; gzip -9 {}.\n",
        kilobytes(shipped.len() as u64),
        kilobytes(module.code),
        kilobytes(module.data),
        kilobytes(gzipped),
    );
    rows(&mut text, "crate", crates, module.code);
    rows(&mut text, &format!("module of {LIBRARY}"), modules, module.code);
    Ok(text)
}

/// A table, the heaviest first.
fn rows(text: &mut String, title: &str, weights: BTreeMap<String, u64>, code: u64) {
    let share = |bytes: u64| bytes as f64 / code.max(1) as f64;
    let _ = writeln!(text, "| {title} | kB of code | % |\n|---|--:|--:|");
    let mut row = |name: &str, bytes| {
        let _ = writeln!(text, "| {name} | {} | {:.1} |", kilobytes(bytes), 100.0 * share(bytes));
    };
    let (mut shown, small): (Vec<_>, Vec<_>) =
        weights.into_iter().partition(|(_, bytes)| share(*bytes) >= SMALLEST_SHARE);
    shown.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    shown.iter().for_each(|(name, bytes)| row(name, *bytes));
    if !small.is_empty() {
        row(&format!("{} others", small.len()), small.iter().map(|(_, bytes)| bytes).sum());
    }
    text.push('\n');
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1000.0)
}

/// Where a function is written.
#[derive(Debug, PartialEq)]
struct Place<'name> {
    krate: &'name str,
    /// The modules below the crate, the outermost first.
    modules: Vec<&'name str>,
}

impl Place<'_> {
    /// The module of the library that a row stands for.
    fn module(&self) -> String {
        let depth = if self.modules.first() == Some(&SPLIT) { 2 } else { 1 };
        match self.modules.get(..depth.min(self.modules.len())) {
            Some(modules) if !modules.is_empty() => modules.join("::"),
            _ => "(root)".into(),
        }
    }
}

/// The crate of functions whose name has no path: those of C, of wasm-bindgen and of the linker.
const NO_CRATE: &str = "(none)";

/// Attributes a function by its demangled name without hashes: `krate::module::function`, `<krate::module::Type as Trait>::function`, or,
/// where the type is of no crate, `<T as krate::module::Trait>::function`.
fn place(name: &str) -> Place<'_> {
    let Some((path, rest)) = name.split(" as ").find_map(first_path) else {
        return Place { krate: NO_CRATE, modules: Vec::new() };
    };
    let mut parts = path.split("::").filter(|part| !part.is_empty());
    let krate = parts.next().unwrap_or(NO_CRATE);
    let names: Vec<&str> = parts.collect();
    // Types begin with a capital.
    let is_module = |part: &&&str| part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let mut modules: Vec<&str> = names.iter().take_while(is_module).copied().collect();
    if modules.len() == names.len() && !rest.starts_with("<impl ") {
        // The function.
        modules.pop();
    }
    Place { krate, modules }
}

/// The name without hashes: one at the end of a legacy name, one in brackets behind each crate of another.
fn without_hashes(name: &str) -> String {
    let is_hash = |hash: &str| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = name.rsplit_once("::h").filter(|(_, hash)| is_hash(hash)).map_or(name, |(name, _)| name);
    let mut parts = name.split('[');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']').filter(|(hash, _)| is_hash(hash)) {
            Some((_, rest)) => plain += rest,
            None => plain.extend(["[", part]),
        }
    }
    plain
}

/// The first path in a text and what follows it; `None` where that has no `::`.
fn first_path(text: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut text = text.trim_start_matches(|c: char| !is_name(c));
    for word in ["mut ", "const ", "dyn "] {
        text = text.strip_prefix(word).unwrap_or(text);
    }
    let end = text.find(|c: char| !is_name(c) && c != ':').unwrap_or(text.len());
    text.split_at_checked(end).filter(|(path, _)| path.contains("::"))
}

/// The text with this in the block of this name; `None` where it has none.
fn filled(text: &str, block: &str, content: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {block}: begin -->"), format!("<!-- {block}: end -->"));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n\n{content}\n\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_attributed_to_crates_and_modules() {
        for (name, krate, module) in [
            ("loaddiff::base64::encode::h0123456789abcdef", "loaddiff", "base64"),
            ("loaddiff::ingest::k6::json::Rows::push::h0123456789abcdef", "loaddiff", "ingest::k6"),
            ("<loaddiff::ingest::k6::Kind as core::fmt::Debug>::fmt::h0123456789abcdef", "loaddiff", "ingest::k6"),
            ("loaddiff::ingest::open::{{closure}}::h0123456789abcdef", "loaddiff", "ingest"),
            ("loaddiff::run::<impl loaddiff::Wire for u8>::put", "loaddiff", "run"),
            ("loaddiff::run::merged::<alloc::vec::Vec<u8>>", "loaddiff", "run"),
            ("loaddiff::start", "loaddiff", "(root)"),
            ("<&mut T as loaddiff::wire::Wire>::put", "loaddiff", "wire"),
            ("core::ptr::drop_in_place<loaddiff::run::Run>::h0123456789abcdef", "core", "ptr"),
            ("<alloc::vec::Vec<T> as core::clone::Clone>::clone", "alloc", "vec"),
            ("<dyn core::any::Any>::is", "core", "any"),
            ("<f64 as core[c5930c85a12de822]::str::traits::FromStr>::from_str", "core", "str"),
            ("<[loaddiff::run::Run]>::sort", "loaddiff", "run"),
            ("__wbindgen_malloc", NO_CRATE, "(root)"),
            ("", NO_CRATE, "(root)"),
        ] {
            let name = without_hashes(name);
            let place = place(&name);
            assert_eq!((place.krate, place.module().as_str()), (krate, module), "{name}");
        }
    }

    #[test]
    fn binaries_are_read_as_trunk_reads_them() {
        let html = r#"<link data-trunk rel="css" href="a.css"><link data-trunk rel="rust" data-bin="app">
            <link data-trunk rel="rust" data-bin="worker" data-cargo-profile-release="fast" data-cargo-features="a,b"
                  data-bindgen-target="no-modules" data-wasm-opt="3" data-wasm-opt-params="--x --y">"#;
        let binary = |[name, profile, features, target, level, parameters]: [&str; 6]| Binary {
            name: name.into(),
            profile: profile.into(),
            features: features.into(),
            target: target.into(),
            level: level.into(),
            parameters: parameters.into(),
        };
        let expected = [["app", "web", "", "web", "z", ""], ["worker", "fast", "a,b", "no-modules", "3", "--x --y"]];
        assert_eq!(binaries(html, "web"), expected.map(binary));
        assert_eq!(release_profile("[build]\ncargo_profile = \"web\"\n"), Some("web"));
    }

    #[test]
    fn the_heaviest_stand_first_and_the_lightest_together() {
        let weights = [("a", 4), ("b", 600), ("c", 395), ("d", 1)].map(|(name, bytes)| (name.to_owned(), bytes));
        let mut text = String::new();
        rows(&mut text, "crate", weights.into(), 1000);
        let expected = "| crate | kB of code | % |\n|---|--:|--:|\n\
                        | b | 0.6 | 60.0 |\n| c | 0.4 | 39.5 |\n| 2 others | 0.0 | 0.5 |\n\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_block_is_renewed_and_nothing_else() {
        let text = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n";
        let expected = "a\n<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\nb\n";
        assert_eq!(filled(text, "x", "new").as_deref(), Some(expected));
        assert_eq!(filled(text, "y", "new"), None);
    }
}
