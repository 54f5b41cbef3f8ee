//! How far the reading of a large file is: one line on standard error, if that is a terminal, removed at the end.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use loaddiff::number;
use loaddiff::report::pace::pace;
use loaddiff::report::terminal;

use crate::screen;

/// Files below this are read before a line could be.
const LARGE: u64 = 64 << 20;

/// The time between two changes of the line.
const EVERY: Duration = Duration::from_millis(100);

/// Reading of one file at a time; its slices are read on several threads.
static CURRENT: Mutex<Option<Current>> = Mutex::new(None);

struct Current {
    name: String,
    /// `None` for a stream.
    bytes: Option<u64>,
    read: u64,
    began: Instant,
    shown: Option<Instant>,
}

/// Ends the progress of a file when dropped.
#[must_use]
pub struct Progress(());

impl Drop for Progress {
    fn drop(&mut self) {
        end();
    }
}

/// Begins to show the progress of a file. `bytes` is `None` for a stream.
pub fn begin(name: &str, bytes: Option<u64>) -> Progress {
    if bytes.is_none_or(|bytes| bytes >= LARGE) && is_shown() {
        let current = Current { name: name.to_owned(), bytes, read: 0, began: Instant::now(), shown: None };
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(current);
    }
    Progress(())
}

/// Counts bytes that were read.
pub fn add(bytes: usize) {
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(current) = current.as_mut() else { return };
    current.read = current.read.saturating_add(bytes as u64);
    let is_large = current.bytes.is_some() || current.read >= LARGE;
    if is_large && current.shown.is_none_or(|at| at.elapsed() >= EVERY) {
        current.shown = Some(Instant::now());
        let elapsed_ms = i64::try_from(current.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let line = line(&current.name, current.read, current.bytes, elapsed_ms, screen::error_columns());
        let _ = write!(std::io::stderr().lock(), "\r{line}\u{1b}[K");
    }
}

/// Removes the line.
pub fn end() {
    let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner).take();
    if current.is_some_and(|current| current.shown.is_some()) {
        let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K");
    }
}

fn is_shown() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// `big.jtl: 25 %, 250 MB of 1 GB · 125 MB/s · 6 s left`, in less than `columns` columns.
fn line(name: &str, read: u64, bytes: Option<u64>, elapsed_ms: i64, columns: usize) -> String {
    let how_far = match bytes {
        Some(bytes) => {
            let pace = pace(read, bytes, elapsed_ms);
            format!(": {} %, {}", pace.percent, pace.text)
        }
        None => format!(": {}", number::bytes(read)),
    };
    let (name, room) = (terminal::cell(name), columns.saturating_sub(1));
    let mut line = String::new();
    // The end of a path says more than its beginning.
    let over = (terminal::width(&name) + terminal::width(&how_far)).saturating_sub(room);
    let mut cut = 0;
    let shown: String = name
        .chars()
        .skip_while(|c| {
            let skips = over > 0 && cut < over + 1;
            cut += terminal::width(c.encode_utf8(&mut [0; 4]));
            skips
        })
        .collect();
    let name = if over > 0 { format!("…{shown}") } else { name };
    for c in name.chars().chain(how_far.chars()) {
        if terminal::width(&line) + terminal::width(c.encode_utf8(&mut [0; 4])) > room {
            break;
        }
        line.push(c);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits() {
        let shown = |name, columns| line(name, 250_000_000, Some(1_000_000_000), 2000, columns);
        assert_eq!(shown("big.jtl", 80), "big.jtl: 25 %, 250 MB of 1 GB · 125 MB/s · 6 s left");
        assert_eq!(shown("long/path/big.jtl", 54), "…/big.jtl: 25 %, 250 MB of 1 GB · 125 MB/s · 6 s left");
        for columns in 0..80 {
            for name in ["big.jtl", "漢漢漢/漢漢漢漢漢.jtl", "a\u{1b}[2J\n"] {
                let shown = shown(name, columns);
                assert!(terminal::width(&shown) < columns.max(1), "{columns}: {shown}");
                assert!(!shown.contains(['\u{1b}', '\n']), "{shown}");
            }
        }
        assert_eq!(line("standard input", 99_000_000, None, 0, 80), "standard input: 99 MB");
    }
}
