//! What the page is built with: every pin but npm's, which are in `package.json`.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::command::{Failure, Result, in_root, output, root};

/// A program of a crate.
pub struct Tool {
    /// The crate, as in the registry.
    pub package: &'static str,
    /// The program it installs.
    pub program: &'static str,
    /// The one version that is used.
    pub version: &'static str,
    /// The optimisation it is compiled with.
    pub level: &'static str,
    /// How long that compiles on two cores, for the person who waits.
    pub takes: &'static str,
}

/// Cargo's release profile for tools that are compiled, beside [`Tool::level`]: they work for a second, so that compiling
/// them fast gains more than their own speed.
pub const COMPILED_FAST: &[(&str, &str)] =
    &[("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")];

/// Builds and serves the page.
pub const TRUNK: Tool =
    Tool { package: "trunk", program: "trunk", version: "0.21.14", level: "1", takes: "some six minutes" };

/// Writes the page's JavaScript. Must be exactly the version of the crate: `Cargo.toml` pins the other half.
pub const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    program: "wasm-bindgen",
    version: "0.2.126",
    level: "1",
    takes: "some six minutes",
};

/// Checks licences, duplicates and sources of all crates.
pub const CARGO_DENY: Tool =
    Tool { package: "cargo-deny", program: "cargo-deny", version: "0.20.2", level: "0", takes: "some three minutes" };

/// What the page is compiled to.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The page's binaries, behind the feature `web`.
pub const PAGE_BINARIES: &[&str] = &["app", "engine"];

/// The oldest Node that runs wasm-opt and the browser tests.
pub const NODE_MAJOR: u32 = 20;

/// Programs that are a Chromium, in the order in which they are tried.
pub const CHROMIUM_NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where a Chromium is that is not on the path.
pub const CHROMIUM_PLACES: &[&str] = &[
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
];

impl Tool {
    /// The folder that holds this version alone.
    pub fn folder(&self) -> Result<PathBuf> {
        Ok(cache()?.join("tools").join(format!("{}-{}", self.package, self.version)))
    }

    /// The folder of the program in there.
    pub fn bin(&self) -> Result<PathBuf> {
        Ok(self.folder()?.join("bin"))
    }

    /// The program in its pinned version, ours or one on the path.
    pub fn find(&self) -> Result<Option<PathBuf>> {
        let ours = self.bin()?.join(format!("{}{}", self.program, env::consts::EXE_SUFFIX));
        let is_pinned = |path: &PathBuf| {
            let said = output(in_root(path).arg("--version"));
            said.is_some_and(|said| said.split_ascii_whitespace().nth(1) == Some(self.version))
        };
        Ok([Some(ours), find(self.program)].into_iter().flatten().find(is_pinned))
    }

    /// The program, once it is set up.
    pub fn path(&self) -> Result<PathBuf> {
        let Self { package, version, .. } = self;
        self.find()?.ok_or_else(|| Failure::new(format!("{package} {version} is not there: run `cargo xtask setup`")))
    }
}

/// `$LOADDIFF_CACHE`, or `loaddiff` in the person's own cache.
pub fn cache() -> Result<PathBuf> {
    if let Some(chosen) = folder_in("LOADDIFF_CACHE") {
        return Ok(chosen);
    }
    let users = match env::consts::OS {
        "windows" => folder_in("LOCALAPPDATA"),
        "macos" => folder_in("HOME").map(|home| home.join("Library/Caches")),
        _ => folder_in("XDG_CACHE_HOME").or_else(|| folder_in("HOME").map(|home| home.join(".cache"))),
    };
    users.map(|users| users.join("loaddiff")).ok_or_else(|| {
        Failure::new("no cache folder is known, since HOME is not set; set LOADDIFF_CACHE to the folder to use")
    })
}

/// The path with our tools and npm's in front.
pub fn search_path() -> Result<OsString> {
    let mut folders = vec![TRUNK.bin()?, WASM_BINDGEN.bin()?, root().join("node_modules/.bin")];
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    env::join_paths(folders).map_err(|error| Failure::new(format!("PATH cannot be extended: {error}")))
}

/// The first program of this name on the path.
pub fn find(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

fn folder_in(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
