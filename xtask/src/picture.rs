//! The README's picture.

use crate::command::{Result, in_root, run};
use crate::{setup, site};

/// The picture, from the root.
const FILE: &str = "docs/img/report.png";

/// `cargo xtask picture`: builds the release site and takes a picture of its sample report.
pub fn picture() -> Result<()> {
    let chromium = setup::chromium()?;
    site::build(&[])?;
    println!("picture: writing {FILE}");
    run(in_root("node").arg("tools/picture.mjs").arg(site::dist()).arg(FILE).env("CHROMIUM_PATH", chromium))
}
