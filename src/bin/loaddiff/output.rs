//! Output of the commands. A file is written atomically: beside its destination, then renamed. Several files appear
//! together or not at all, even if the program is interrupted. Text for a stream is made safe for terminals and CI
//! logs.

use std::fs::{self, Metadata};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::ArgMatches;
use loaddiff::report::terminal;
use tempfile::{Builder, TempPath};

use crate::{Failure, inputs, progress};

/// Arguments that name input files.
const INPUTS: [&str; 7] = ["baseline", "run", "both", "history", "policy", "files", "report"];

/// Kind of a text, which decides its escaping for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Text lines, Markdown, CSV, XML.
    Lines,
    /// JSON.
    Json,
    /// HTML, escaped by its writer, and containing its own hash.
    Html,
    /// Workflow commands, escaped by their writer.
    Commands,
    /// A report for a terminal: its writer made it safe, and its escape sequences are colors.
    Painted,
    /// Text without foreign words.
    Own,
}

/// A file to write.
#[derive(Debug)]
pub struct Output {
    pub path: PathBuf,
    pub text: String,
}

/// Temporary files that are not in place yet. Locked while renaming; a signal waits for that.
static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes temporary files when a signal ends the program.
pub fn watch_signals() {
    // If this fails, an interrupt leaves temporary files behind, and destinations unchanged.
    let _ = ctrlc::set_handler(|| {
        progress::end();
        crate::ab::interrupt();
        let pending = PENDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for path in pending.iter() {
            let _ = fs::remove_file(path);
        }
        // The shell's exit code for an interrupt.
        std::process::exit(130);
    });
}

/// Checks that no output file is also an input, under any name.
pub fn check_inputs(args: &ArgMatches, outputs: &[&Path]) -> Result<(), Failure> {
    let given = |name: &&&str| args.try_contains_id(name).unwrap_or(false);
    let inputs = INPUTS.iter().filter(given).flat_map(|name| args.get_many::<PathBuf>(name).into_iter().flatten());
    let inputs = inputs::expand_all(inputs.filter(|input| input.as_os_str() != "-"))?;
    // Paths without a flag bring Locust's other files with them.
    let companions: Vec<PathBuf> = inputs.iter().flat_map(|input| inputs::companions(input)).collect();
    for input in inputs.iter().chain(&companions) {
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

/// Writes to a file, or to standard output without one.
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
        written.push(TempFile::beside(path, text)?);
    }
    // From here to the end, signals wait.
    let mut pending = PENDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let several = written.len() > 1;
    let mut placed = Vec::new();
    for file in written {
        match file.place(several) {
            Ok(done) => placed.push(done),
            Err(failure) => {
                placed.into_iter().rev().for_each(PlacedFile::undo);
                pending.clear();
                return Err(failure);
            }
        }
    }
    pending.clear();
    Ok(())
}

/// A temporary file beside its destination; none if the destination is not a regular file and was written directly.
struct TempFile {
    path: PathBuf,
    file: Option<TempPath>,
}

/// A file in its place, with a backup of the previous one.
struct PlacedFile {
    path: PathBuf,
    before: Option<TempPath>,
}

impl TempFile {
    fn beside(path: &Path, text: &str) -> Result<Self, Failure> {
        let failed = |e: std::io::Error| format!("{}: could not be written: {e}.", path.display());
        // A symbolic link keeps pointing to the replaced file.
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
        // A new file gets the default permissions.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = {
            // The signal handler must know it from the start.
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

    /// Moves the file into its place. Keeps a backup if other files may still fail.
    fn place(self, keep: bool) -> Result<PlacedFile, Failure> {
        let Self { path, file } = self;
        let Some(file) = file else { return Ok(PlacedFile { path, before: None }) };
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
        Ok(PlacedFile { path, before })
    }
}

impl PlacedFile {
    /// Restores the previous file.
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

/// Prints to standard output. A closed pipe (`| head`) is not an error.
pub fn print(text: &str, shape: Shape) -> Result<(), Failure> {
    let text = match shape {
        Shape::Lines => terminal::output(text),
        Shape::Json => terminal::json(text),
        Shape::Html | Shape::Commands | Shape::Painted | Shape::Own => text.to_owned(),
    };
    let out = std::io::stdout().lock();
    let written = match shape {
        // Windows shows colors only where they are switched on.
        Shape::Painted => whole(anstream::AutoStream::always(out), &text),
        _ => whole(out, &text),
    };
    match written {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {e}.")),
        _ => Ok(()),
    }
}

fn whole(mut out: impl Write, text: &str) -> std::io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints a line on standard error, ignoring failures.
pub fn print_error(sentence: &str) {
    progress::end();
    let _ = writeln!(std::io::stderr().lock(), "{}", terminal::cell(sentence));
}
