//! What the commands write. A file is whole or not there: it is written beside its place and renamed, and several files
//! appear together or not at all, whatever ends the program meanwhile. What goes to a stream is safe for a terminal and
//! for the log of a runner.

use std::fs::{self, Metadata};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::ArgMatches;
use loaddiff::report::terminal;
use tempfile::{Builder, TempPath};

use crate::Failure;

/// The arguments that name files that are read.
const INPUTS: [&str; 6] = ["baseline", "run", "both", "history", "policy", "files"];

/// What a text is: how it is made safe for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Lines for people, Markdown, CSV, XML.
    Lines,
    /// JSON.
    Json,
    /// HTML, which its own writer makes safe, and which states its own hash.
    Html,
}

/// A file to write.
#[derive(Debug)]
pub struct Output {
    pub path: PathBuf,
    pub text: String,
}

/// Files that are written and not yet in place. Held while some are put there: a signal waits for that.
static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Has signals that end the program take away what is half written.
pub fn watch_signals() {
    // Where that cannot be had, files that are half written stay beside their places, and these are as they were.
    let _ = ctrlc::set_handler(|| {
        let pending = PENDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for path in pending.iter() {
            let _ = fs::remove_file(path);
        }
        // As a shell tells of an interrupt.
        std::process::exit(130);
    });
}

/// That no file to write is one that is read, under whatever name.
pub fn keeps_inputs(args: &ArgMatches, outputs: &[&Path]) -> Result<(), Failure> {
    let given = |name: &&&str| args.try_contains_id(name).unwrap_or(false);
    let inputs = INPUTS.iter().filter(given).flat_map(|name| args.get_many::<PathBuf>(name).into_iter().flatten());
    for input in inputs.filter(|input| input.as_os_str() != "-") {
        for output in outputs {
            if same_file::is_same_file(input, output).unwrap_or(false) {
                return Err(format!(
                    "{}: the output would replace an input, {}. Write to another file.",
                    output.display(),
                    input.display()
                ));
            }
        }
    }
    Ok(())
}

/// Writes to a file, or to standard output where none is named.
pub fn write(path: Option<&PathBuf>, text: String, shape: Shape) -> Result<(), Failure> {
    match path {
        Some(path) => write_all(vec![Output { path: path.clone(), text }]),
        None => print(&text, shape),
    }
}

/// Writes files: all of them, or none.
pub fn write_all(outputs: Vec<Output>) -> Result<(), Failure> {
    let mut written = Vec::new();
    for Output { path, text } in &outputs {
        written.push(Written::beside(path, text)?);
    }
    // From here to the end no signal ends the program.
    let mut pending = PENDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let several = written.len() > 1;
    let mut placed = Vec::new();
    for file in written {
        match file.place(several) {
            Ok(done) => placed.push(done),
            Err(failure) => {
                placed.into_iter().rev().for_each(Placed::undo);
                pending.clear();
                return Err(failure);
            }
        }
    }
    pending.clear();
    Ok(())
}

/// A file that is written beside its place; without one where it is no regular file and was written to.
struct Written {
    path: PathBuf,
    file: Option<TempPath>,
}

/// A file in its place, and what stood there before.
struct Placed {
    path: PathBuf,
    before: Option<TempPath>,
}

impl Written {
    fn beside(path: &Path, text: &str) -> Result<Self, Failure> {
        let failed = |e: std::io::Error| format!("{}: could not be written: {e}.", path.display());
        // A link keeps pointing to the file that is replaced.
        let path = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(e) if e.kind() == ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => path.to_owned(),
            Err(e) => return Err(failed(e)),
        };
        let there = fs::metadata(&path).ok();
        if there.as_ref().is_some_and(Metadata::is_dir) {
            return Err(format!("{}: could not be written: it is a folder.", path.display()));
        }
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            fs::write(&path, text).map_err(failed)?;
            return Ok(Self { path, file: None });
        }
        let mut builder = Builder::new();
        builder.prefix(".loaddiff-").suffix(".tmp");
        // A file that is new has the permissions that any new file has.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = {
            // Known to the handler of signals as soon as it is there.
            let mut pending = PENDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let file = builder.tempfile_in(folder(&path)).map_err(failed)?;
            pending.push(file.path().to_owned());
            file
        };
        if let Some(there) = there {
            fs::set_permissions(file.path(), there.permissions()).map_err(failed)?;
        }
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        Ok(Self { path, file: Some(file.into_temp_path()) })
    }

    /// Puts the file into its place; keeps what stood there where others may fail yet.
    fn place(self, keep: bool) -> Result<Placed, Failure> {
        let Self { path, file } = self;
        let Some(file) = file else { return Ok(Placed { path, before: None }) };
        let failed = |e: std::io::Error| format!("{}: could not be written: {e}.", path.display());
        let mut before = None;
        if keep && path.exists() {
            let kept = Builder::new().prefix(".loaddiff-").suffix(".tmp").tempfile_in(folder(&path)).map_err(failed)?;
            let kept = kept.into_temp_path();
            fs::remove_file(&kept).map_err(failed)?;
            // Not every file system has hard links.
            fs::hard_link(&path, &kept).or_else(|_| fs::copy(&path, &kept).map(drop)).map_err(failed)?;
            before = Some(kept);
        }
        file.persist(&path).map_err(|e| failed(e.error))?;
        Ok(Placed { path, before })
    }
}

impl Placed {
    /// What stood there stands there again.
    fn undo(self) {
        let _ = match self.before {
            Some(before) => before.persist(&self.path).map_err(|e| e.error),
            None => fs::remove_file(&self.path),
        };
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Prints to standard output. A reader that has seen enough (`| head`) is no error.
pub fn print(text: &str, shape: Shape) -> Result<(), Failure> {
    let text = match shape {
        Shape::Lines => terminal::output(text),
        Shape::Json => terminal::json(text),
        Shape::Html => text.to_owned(),
    };
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {e}.")),
        _ => Ok(()),
    }
}

/// Says a sentence on standard error. Where nobody can hear it, there is nothing to be done about that.
pub fn say(sentence: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", terminal::cell(sentence));
}
