//! The release site, and its weight.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use lzma_rust2::{CheckType, XzOptions, XzWriter};

use crate::command::{Failure, Result, in_root, root, run};
use crate::{page, service_worker, setup, tools};

/// What a visitor should have to download at most, in bytes after gzip.
const GOAL: u64 = 900_000;
/// Maximum weight until the page reaches the goal: a ceiling that is lowered with the weight.
const LIMIT: u64 = 1_300_000;
/// What counts as that.
const WEIGHED: &[&str] = &["wasm", "xz", "js", "css"];

/// The release site.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The folder that cargo builds into.
pub fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// `cargo xtask build [--allow-host ORIGIN ...]`: writes [`dist`] and weighs it.
pub fn build(options: &[&str]) -> Result<()> {
    let (hosts, others) = page::allowed_hosts(options)?;
    if let Some(other) = others.first() {
        return Err(Failure::new(format!("the one option of `cargo xtask build` is --allow-host ORIGIN, not {other}")));
    }
    setup::for_build()?;
    println!("build: writing the release site into dist/ (some minutes)");
    run(trunk()?.args(["build", "--offline"]))?;
    pack_engine(&dist())?;
    name_by_content(&dist())?;
    one_style_sheet(&dist())?;
    if !hosts.is_empty() {
        println!("build: the page may fetch from {}", hosts.join(", "));
        allow(&dist(), &hosts)?;
    }
    service_worker::write(&dist())?;
    weigh(&dist())
}

/// Packs the engine with xz, which is a quarter smaller than what a server's gzip makes of it, and adds what unpacks it.
/// web/boot.js does so while the bytes arrive.
fn pack_engine(site: &Path) -> Result<()> {
    const ENGINE: &str = "engine_bg.wasm";
    let from = site.join(ENGINE);
    let wasm = fs::read(&from).map_err(|error| unreadable(&from, &error))?;
    let packed = xz(&wasm).map_err(|error| Failure::new(format!("{ENGINE} cannot be packed: {error}")))?;
    let unpacker = root().join("node_modules/xz-decompress/dist/package/xz-decompress.min.js");
    let script = fs::read(&unpacker).map_err(|error| unreadable(&unpacker, &error))?;
    let page = site.join("index.html");
    let html = fs::read_to_string(&page).map_err(|error| unreadable(&page, &error))?;
    let named = format!("\"./{ENGINE}\"");
    if html.matches(&named).count() != 1 {
        return Err(Failure::new(format!("{} does not name {named} once", page.display())));
    }
    let html = html.replace(&named, "\"./engine.xz\" data-unpack=\"./xz.js\"");
    let written = |name: &str, bytes: &[u8]| {
        let path = site.join(name);
        fs::write(&path, bytes).map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))
    };
    written("engine.xz", &packed)?;
    written("xz.js", &script)?;
    written("index.html", html.as_bytes())?;
    fs::remove_file(&from).map_err(|error| Failure::new(format!("{} cannot be removed: {error}", from.display())))
}

/// As `xz -9e --lzma2=pb=0`: WebAssembly is aligned to bytes.
fn xz(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut options = XzOptions::with_preset(9);
    options.set_check_sum_type(CheckType::Crc32);
    // The unpacker allocates a dictionary of this size.
    options.lzma_options.dict_size = u32::try_from(bytes.len()).unwrap_or(u32::MAX).clamp(1 << 12, 8 << 20);
    options.lzma_options.nice_len = 273;
    options.lzma_options.pb = 0;
    let mut writer = XzWriter::new(Vec::new(), options)?;
    writer.write_all(bytes)?;
    writer.finish()
}

/// Files that Trunk does not name by their content, as it does the page's own: a page from the cache would start another
/// version's engine.
const UNNAMED: &[&str] = &["engine.js", "engine.xz", "xz.js", "sample.html", "sample-narrow.html"];

/// Names these files by their content, in the page too.
fn name_by_content(site: &Path) -> Result<()> {
    let page = site.join("index.html");
    let mut html = fs::read_to_string(&page).map_err(|error| unreadable(&page, &error))?;
    for name in UNNAMED {
        let path = site.join(name);
        let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        let (stem, kind) = name.split_once('.').unwrap_or((name, ""));
        let named = format!("{stem}-{:016x}.{kind}", fnv1a(&bytes));
        let (before, after) = (format!("\"./{name}\""), format!("\"./{named}\""));
        if html.matches(&before).count() != 1 {
            return Err(Failure::new(format!("{} does not name {before} once", page.display())));
        }
        html = html.replace(&before, &after);
        fs::rename(&path, site.join(&named))
            .map_err(|error| Failure::new(format!("{} cannot be renamed: {error}", path.display())))?;
    }
    fs::write(&page, html).map_err(|error| Failure::new(format!("{} cannot be written: {error}", page.display())))
}

/// Puts all style sheets into one file, in the order of the page: one request, and the first paint waits for nothing else.
/// What Trunk would load ahead of the first paint goes: web/boot.js fetches the programs after it.
fn one_style_sheet(site: &Path) -> Result<()> {
    let page = site.join("index.html");
    let html = fs::read_to_string(&page).map_err(|error| unreadable(&page, &error))?;
    let (mut styles, mut kept) = (String::new(), String::new());
    let mut place = None;
    for piece in html.split_inclusive('>') {
        let (before, tag) = piece.split_at(piece.rfind('<').unwrap_or(0));
        let is = |rel: &str| tag.starts_with("<link") && tag.contains(&format!("rel=\"{rel}\""));
        kept.push_str(before);
        if is("stylesheet") {
            let name = tag.split("href=\"./").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            let path = site.join(name);
            styles.push_str(&fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?);
            fs::remove_file(&path)
                .map_err(|error| Failure::new(format!("{} cannot be removed: {error}", path.display())))?;
            place.get_or_insert(kept.len());
        } else if !is("preload") && !is("modulepreload") {
            kept.push_str(tag);
        }
    }
    let place = place.ok_or_else(|| Failure::new(format!("{} has no style sheet", page.display())))?;
    let name = format!("page-{:016x}.css", fnv1a(styles.as_bytes()));
    kept.insert_str(place, &format!("<link rel=\"stylesheet\" href=\"./{name}\">"));
    let written = |path: &Path, text: &str| {
        fs::write(path, text).map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))
    };
    written(&site.join(&name), &styles)?;
    written(&page, &kept)
}

/// FNV-1a, 64 bits: enough to tell one build from another.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Lets the page in this folder fetch from these origins, and checks it.
pub fn allow(site: &Path, hosts: &[String]) -> Result<()> {
    let path = site.join("index.html");
    let html = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
    fs::write(&path, page::allow(&html, hosts)?)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))?;
    page::check_file(&path, hosts)
}

/// A copy of [`dist`] whose page may fetch from these origins: what `--allow-host` builds, without building it twice.
pub fn copy_with_hosts(to: &Path, hosts: &[String]) -> Result<()> {
    let not_copied =
        |error: std::io::Error| Failure::new(format!("dist/ cannot be copied to {}: {error}", to.display()));
    if to.exists() {
        fs::remove_dir_all(to).map_err(not_copied)?;
    }
    let mut folders = vec![dist()];
    while let Some(folder) = folders.pop() {
        let into = to.join(folder.strip_prefix(dist()).unwrap_or(&folder));
        fs::create_dir_all(&into).map_err(not_copied)?;
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
            let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
            match path.file_name() {
                _ if path.is_dir() => folders.push(path),
                Some(name) => drop(fs::copy(&path, into.join(name)).map_err(not_copied)?),
                None => {}
            }
        }
    }
    allow(to, hosts)?;
    service_worker::write(to)
}

/// Trunk, with our tools on its path.
pub fn trunk() -> Result<Command> {
    let mut trunk = in_root(tools::TRUNK.path()?);
    trunk.env("PATH", tools::search_path()?).arg("--skip-version-check");
    trunk.env(FLAGS_VARIABLE, page_flags());
    // Trunk reads the variable as a flag, and refuses the usual NO_COLOR=1.
    if std::env::var_os("NO_COLOR").is_some() {
        trunk.env_remove("NO_COLOR").arg("--no-color");
    }
    Ok(trunk)
}

/// Where cargo looks for [`page_flags`].
pub const FLAGS_VARIABLE: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// Flags for what is compiled for the page, and for that alone. Every current browser has simd128, and the search for
/// line ends is written for it. Leptos erases the types of its views: that compiles faster, and the module is smaller. The
/// threshold of inlining is 50 at `opt-level = "s"`: with 15 the engine is smaller, and reads logs of JMeter and k6 as fast
/// within 3 % (`docs/performance.md`). The names of folders stay out of panic messages: they are of this machine, and they weigh.
pub fn page_flags() -> String {
    let mut flags = "--cfg erase_components -C target-feature=+simd128 -C llvm-args=--inline-threshold=15".to_owned();
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| home + "/.cargo"));
    // Flags are cut at blanks, and no quoting helps.
    if let Ok(home) = home.map(|home| home + "/registry/src")
        && !home.contains(' ')
    {
        flags += &format!(" --remap-path-prefix={home}=crates");
    }
    flags
}

/// Prints what each file of the page weighs; fails above the limit.
fn weigh(site: &Path) -> Result<()> {
    let mut files: Vec<PathBuf> = Vec::new();
    collect(site, &mut files)?;
    files.sort();
    println!("build: the page weighs, after gzip -9:");
    let mut total = 0;
    for file in &files {
        let bytes = fs::read(file).map_err(|error| unreadable(file, &error))?;
        let weight = gzipped(&bytes).map_err(|error| unreadable(file, &error))?;
        total += weight;
        println!("  {} kB  {}", kilobytes(weight), file.strip_prefix(site).unwrap_or(file).display());
    }
    println!("  {} kB  in all; the goal is {} kB, the limit {} kB", kilobytes(total), GOAL / 1000, LIMIT / 1000);
    if total > LIMIT {
        return Err(Failure::new(format!(
            "the page weighs {} kB after gzip, and {} kB is its limit",
            kilobytes(total).trim(),
            LIMIT / 1000
        )));
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().and_then(OsStr::to_str).is_some_and(|kind| WEIGHED.contains(&kind)) {
            files.push(path);
        }
    }
    Ok(())
}

/// The size after gzip -9.
pub fn gzipped(bytes: &[u8]) -> std::io::Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len() as u64)
}

/// In thousands of bytes, right-aligned, with one decimal.
fn kilobytes(bytes: u64) -> String {
    let tenths = (bytes + 50) / 100;
    format!("{:>4}.{}", tenths / 10, tenths % 10)
}

pub fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a_as_published() {
        // Vectors by the authors: http://www.isthe.com/chongo/src/fnv/test_fnv.c
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn kilobytes_are_rounded_and_aligned() {
        assert_eq!(kilobytes(0), "   0.0");
        assert_eq!(kilobytes(49_950), "  50.0");
        assert_eq!(kilobytes(123_449), " 123.4");
    }
}
