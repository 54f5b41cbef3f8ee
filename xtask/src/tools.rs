//! What the page is built with: every pin but npm's, which are in `package.json`.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::command::{Failure, Result, root};

/// A program that `cargo install` makes.
pub struct Tool {
    /// The crate, as in the registry.
    pub package: &'static str,
    /// The program it installs.
    pub program: &'static str,
    /// The one version that is used.
    pub version: &'static str,
    /// Settings of cargo's release profile for the installation, as environment variables.
    pub profile: &'static [(&'static str, &'static str)],
}

/// Builds and serves the page. Its own release profile (one unit, full link-time optimisation) takes minutes and
/// gains nothing here, where it only starts other programs.
pub const TRUNK: Tool = Tool {
    package: "trunk",
    program: "trunk",
    version: "0.21.14",
    profile: &[
        ("CARGO_PROFILE_RELEASE_LTO", "off"),
        ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ],
};

/// Writes the page's JavaScript. Must be exactly the version of the crate: `Cargo.toml` pins the other half.
pub const WASM_BINDGEN: Tool =
    Tool { package: "wasm-bindgen-cli", program: "wasm-bindgen", version: "0.2.126", profile: &[] };

/// Checks licences, duplicates and sources of all crates. Optimised code gains nothing: a check takes a second.
pub const CARGO_DENY: Tool = Tool {
    package: "cargo-deny",
    program: "cargo-deny",
    version: "0.20.2",
    profile: &[
        ("CARGO_PROFILE_RELEASE_LTO", "off"),
        ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ],
};

/// What the page is compiled to.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The page's binaries, behind the feature `web`.
pub const PAGE_BINARIES: &[&str] = &["app", "worker"];

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

    /// The folder of the program itself.
    pub fn bin(&self) -> Result<PathBuf> {
        Ok(self.folder()?.join("bin"))
    }

    /// The program itself.
    pub fn path(&self) -> Result<PathBuf> {
        Ok(self.bin()?.join(format!("{}{}", self.program, env::consts::EXE_SUFFIX)))
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
