//! The service worker: `web/sw.js` with the files of the site, and their version.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::command::{Failure, Result, root};
use crate::site::{fnv1a, unreadable};

/// The name of the file; it stays when the content changes, since a browser looks for updates there.
const NAME: &str = "sw.js";

/// What `web/sw.js` says where the version and the files belong.
const VERSION: &str = "const VERSION = \"development\";";
const FILES: &str = "const FILES = [];";

/// Writes the service worker of a site, and tells the page of it. The last step: a later change makes a file refused.
pub fn write(site: &Path) -> Result<()> {
    name_in_page(site)?;
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(site).map_err(|error| unreadable(site, &error))? {
        let name = entry.map_err(|error| unreadable(site, &error))?.file_name().to_string_lossy().into_owned();
        // Where the files are kept, the engine is there as soon as the sample's report would be.
        if name != NAME && name != "index.html" && !name.starts_with("sample") {
            names.push(name);
        }
    }
    names.sort();
    let mut files = vec![listed("./", &site.join("index.html"))?];
    for name in names {
        files.push(listed(&format!("./{name}"), &site.join(&name))?);
    }
    let files = files.concat();
    let version = format!("{:016x}", fnv1a(files.as_bytes()));
    let template = root().join("web").join(NAME);
    let script = fs::read_to_string(&template).map_err(|error| unreadable(&template, &error))?;
    if script.matches(VERSION).count() != 1 || script.matches(FILES).count() != 1 {
        return Err(Failure::new(format!("{} does not hold `{VERSION}` and `{FILES}` once each", template.display())));
    }
    let script = script
        .replace(VERSION, &format!("const VERSION = \"{version}\";"))
        .replace(FILES, &format!("const FILES = [\n{files}];"));
    let path = site.join(NAME);
    fs::write(&path, script).map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))
}

/// One file as the script lists it, with the hash that `fetch` checks.
fn listed(name: &str, path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let hash = BASE64_STANDARD.encode(Sha256::digest(bytes));
    Ok(format!("  [\"{name}\", \"sha256-{hash}\"],\n"))
}

/// `web/boot.js` registers the worker that the page names; a page for development names none.
fn name_in_page(site: &Path) -> Result<()> {
    let page = site.join("index.html");
    let html = fs::read_to_string(&page).map_err(|error| unreadable(&page, &error))?;
    let (tag, named) = ("<meta id=\"loaddiff-app\"", format!("<meta id=\"loaddiff-app\" data-worker=\"./{NAME}\""));
    if html.contains(&named) {
        return Ok(());
    }
    if html.matches(tag).count() != 1 {
        return Err(Failure::new(format!("{} does not hold {tag} once", page.display())));
    }
    fs::write(&page, html.replace(tag, &named))
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", page.display())))
}
