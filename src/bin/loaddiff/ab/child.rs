//! One command at a time, by the shell, with a time limit. It ends with its children when time is up, and when loaddiff is
//! interrupted.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Failure;

/// Pause between two looks at a command that runs.
const POLL: Duration = Duration::from_millis(5);

/// Time for a command to end by itself when asked to.
const GRACE: Duration = Duration::from_secs(5);

/// What an interrupt has to end and to remove.
struct Running {
    /// Process id of the command, which is that of its group.
    id: Option<u32>,
    /// Folder of temporary files.
    folder: Option<PathBuf>,
}

static RUNNING: Mutex<Running> = Mutex::new(Running { id: None, folder: None });

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the command that runs, and removes temporary files: for the handler of signals, before it ends the program.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::SeqCst);
    let (id, folder) = {
        let running = running();
        (running.id, running.folder.clone())
    };
    if let Some(id) = id {
        signal(id, false);
        let since = Instant::now();
        while running().id == Some(id) && since.elapsed() < GRACE {
            std::thread::sleep(POLL);
        }
        // Also what the command left behind in its group.
        signal(id, true);
    }
    if let Some(folder) = folder {
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// Names the folder of temporary files, which an interrupt removes.
pub fn remove_when_interrupted(folder: &Path) {
    running().folder = Some(folder.to_owned());
}

/// Where the output of a command goes.
pub enum Shown<'p> {
    /// To loaddiff's standard error.
    Yes,
    /// To files: standard output and standard error.
    No(&'p Path, &'p Path),
}

/// Runs a command to its end; `None` if time was up.
pub fn run(
    command: &str,
    environment: &[(&str, &OsStr)],
    shown: &Shown,
    until: Option<Instant>,
) -> Result<Option<ExitStatus>, Failure> {
    let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    shell.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(command).stdin(Stdio::null());
    shell.envs(environment.iter().copied());
    let file = |path: &Path| File::create(path).map_err(|e| format!("{}: could not be written: {e}.", path.display()));
    match shown {
        Shown::Yes => shell.stdout(std::io::stderr()).stderr(Stdio::inherit()),
        Shown::No(out, err) => shell.stdout(file(out)?).stderr(file(err)?),
    };
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    let mut child = {
        // An interrupt waits until the command is known.
        let mut running = running();
        if INTERRUPTED.load(Ordering::SeqCst) {
            drop(running);
            wait_if_interrupted();
            return Ok(None);
        }
        let child = shell.spawn().map_err(|e| format!("the shell could not be started: {e}."))?;
        running.id = Some(child.id());
        child
    };
    let ended = wait(&mut child, until);
    running().id = None;
    wait_if_interrupted();
    ended.map_err(|e| format!("the command could not be waited for: {e}."))
}

/// Waits for a command; ends it when time is up.
fn wait(child: &mut Child, until: Option<Instant>) -> std::io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
        std::thread::sleep(POLL);
    }
    signal(child.id(), false);
    let asked = Instant::now();
    while asked.elapsed() < GRACE && child.try_wait()?.is_none() {
        std::thread::sleep(POLL);
    }
    signal(child.id(), true);
    child.wait()?;
    Ok(None)
}

/// After an interrupt, the handler ends the program: nothing else is to be said or started.
fn wait_if_interrupted() {
    while INTERRUPTED.load(Ordering::SeqCst) {
        std::thread::sleep(POLL);
    }
}

/// Asks a command and its children to end, or ends them.
#[cfg(unix)]
fn signal(id: u32, kill: bool) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    if let Ok(id) = i32::try_from(id) {
        // It may have ended already.
        let _ = killpg(Pid::from_raw(id), if kill { Signal::SIGKILL } else { Signal::SIGTERM });
    }
}

#[cfg(not(unix))]
fn signal(id: u32, _kill: bool) {
    let mut command = Command::new("taskkill");
    let _ = command.args(["/T", "/F", "/PID", &id.to_string()]).stdout(Stdio::null()).stderr(Stdio::null()).status();
}
