//! Development: the page on this machine, built and loaded again on every change.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use crate::command::{Failure, Result, root};
use crate::{page, setup, site};

/// The port of Trunk.dev.toml.
const PORT: u16 = 8080;

/// Tells the last step of each build which hosts the page may fetch from, separated by blanks.
const HOSTS: &str = "LOADDIFF_ALLOW_HOSTS";

/// `cargo xtask serve [--port N] [--allow-host ORIGIN ...]`: serves until it is interrupted.
pub fn serve(options: &[&str]) -> Result<()> {
    let (hosts, options) = page::allowed_hosts(options)?;
    let port = match options.as_slice() {
        [] => PORT,
        ["--port", port] => {
            port.parse().map_err(|_| Failure::new(format!("--port takes a number up to 65535, not {port}")))?
        }
        _ => {
            return Err(Failure::new("the options of `cargo xtask serve` are --port N and --allow-host ORIGIN"));
        }
    };
    if let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
        let why = match error.kind() {
            ErrorKind::AddrInUse => "another program uses it".to_owned(),
            _ => error.to_string(),
        };
        return Err(Failure::new(format!(
            "port {port} of 127.0.0.1 cannot be had ({why}): end that, or choose another with --port N"
        )));
    }
    setup::for_serve()?;
    println!(
        "serve: building the page (the first time some minutes), then serving it on http://127.0.0.1:{port}/ \
         (end with Ctrl-C)"
    );
    let mut trunk = site::trunk()?;
    // Polled, since a watch on one file (index.html) ends when an editor puts a new file in its place.
    trunk.env(HOSTS, hosts.join(" "));
    trunk.args(["--config", "Trunk.dev.toml", "serve", "--poll", "--poll-interval=500ms", "--port", &port.to_string()]);
    replace_by(&mut trunk)
}

/// Puts `web/reload.js` beside the page that Trunk has built, and allows hosts: the last step of each build for
/// development.
pub fn copy_reload_script() -> Result<()> {
    let staging = env::var_os("TRUNK_STAGING_DIR")
        .ok_or_else(|| Failure::new("`cargo xtask reload-script` is for Trunk, which sets TRUNK_STAGING_DIR"))?;
    let staging = PathBuf::from(staging);
    let copy = staging.join("reload.js");
    fs::copy(root().join("web/reload.js"), &copy)
        .map_err(|error| Failure::new(format!("web/reload.js cannot be copied to {}: {error}", copy.display())))?;
    let hosts: Vec<String> = env::var(HOSTS).unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect();
    if hosts.is_empty() { Ok(()) } else { site::allow(&staging, &hosts) }
}

/// Becomes the other program, so that a signal to end reaches it.
#[cfg(unix)]
fn replace_by(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(crate::command::not_started(command, &error))
}

/// Runs the other program to its end.
#[cfg(not(unix))]
fn replace_by(command: &mut Command) -> Result<()> {
    crate::command::run(command)
}
