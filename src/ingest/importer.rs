//! The interface between the formats and the readers of files.
//!
//! A format's file exports one [`Descriptor`]. The [registry](super::registry) lists them.

use std::any::Any;

use super::content::Content;
use super::error::Error;
use crate::run::{Definition, Note, Run};
use crate::wire::wire_struct;

/// A readable format: plain data, which the page lists without linking the importers.
#[derive(Debug)]
pub struct Format {
    /// A stable identifier, e.g. `locust-stats`.
    pub id: &'static str,
    /// The tool that writes it.
    pub tool: &'static str,
    /// Display title.
    pub title: &'static str,
    /// The command that writes such a file, or the script that wrote it.
    pub command: &'static str,
    /// How its percentiles are computed from response times; `None` if unknown, or if the file has none.
    pub percentiles: Option<Definition>,
    /// The tool's suffixes after the common part of the file names of one run, e.g. `_stats`.
    pub endings: &'static [&'static str],
}

impl Format {
    /// Whether [`Format::command`] is a command, not a description of the origin.
    #[must_use]
    pub fn is_command(&self) -> bool {
        self.command.starts_with(|c: char| c.is_ascii_lowercase()) && self.command.contains(" -")
    }
}

/// A format with its functions.
pub(super) struct Descriptor {
    pub format: Format,
    /// The evidence for this format (for example the header), or `None` if the content is not of it.
    pub recognise: fn(&Sniff<'_>) -> Option<String>,
    pub read: How,
}

/// How a format is read.
#[derive(Clone, Copy)]
pub(super) enum How {
    /// As a whole: the document is buffered to its end, up to [`DOCUMENT_LIMIT`](super::DOCUMENT_LIMIT).
    Whole(fn(&Input<'_>) -> Result<Imported, Error>),
    /// As a whole, not JSON: JSON inside such a text, as printed by a script, is ignored.
    Text(fn(&Input<'_>) -> Result<Imported, Error>),
    /// A log whose lines may have longer prefixes than [`console`](super::console) strips: the importer skips them and
    /// reads timestamps from them.
    Log(fn(&Input<'_>) -> Result<Imported, Error>),
    /// As a stream, without buffering: single requests, one row or line each.
    Rows(fn(Opening<'_>) -> Box<dyn Sliced>),
}

/// Options for reading files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Leave out sub-results. From 5.0 on, JMeter writes redirects and embedded resources as separate rows after the
    /// row of their page, and its dashboard counts them all.
    pub collapse_sub_results: bool,
}

/// A file's content during format detection.
pub(super) struct Sniff<'a> {
    /// Fields of the first line if the text is a table.
    pub header: Vec<String>,
    /// The document if the text is JSON.
    pub json: Option<&'a str>,
    /// The whole decoded text, for formats read as a whole.
    pub text: &'a str,
    /// The first bytes, without a byte-order mark, to detect streamed formats. The last line may be cut.
    pub head: &'a [u8],
}

/// Input of an importer of whole documents.
pub(super) struct Input<'a> {
    /// The file's name, for messages.
    pub name: &'a str,
    /// The decoded text: no byte-order mark, `\n` line ends.
    pub text: &'a str,
    /// The well-formed document if the text is JSON.
    pub json: Option<&'a str>,
}

/// Input of an importer of rows.
pub(super) struct Opening<'a> {
    /// The file's name, for messages.
    pub name: &'a str,
    /// The first bytes, used for detection. They are pushed again.
    pub head: &'a [u8],
    pub options: Options,
}

/// Result of an importer.
pub(super) struct Imported {
    pub content: Content,
    /// The tool's version as far as the file shows it: a version, or a range such as `>=1.0`.
    pub version: Option<String>,
    pub notes: Vec<Note>,
    /// Better evidence for the format than that of the detection.
    pub evidence: Option<String>,
}

/// Reads one format as a stream:
///
/// * **Chunks are of any size**, down to one byte, and may end anywhere, even inside a character. The importer keeps
///   only the bytes of the incomplete row (line, record).
/// * **Memory is bounded** by the endpoints: samples go into a [`Recorder`](crate::run::Recorder). A row longer than
///   any real one is an error.
/// * **Every row is accounted for**: read, rejected, cut or left out. The first rejected row is reported with its line.
///   `push` fails if nothing after it can be read.
/// * **The same bytes give the same run**, in any chunks.
///
/// The interface does not depend on lines: a binary log parses records off the front of its buffer
/// (`while let Some((record, rest)) = record(held)?`) and keeps the last, incomplete one.
pub(super) trait Importer: Send {
    /// Takes the next bytes. The first call begins after a byte-order mark.
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error>;

    /// The run at this point, for a live report: cheap enough for several calls per second. `None` if there is nothing
    /// to show before the end.
    fn snapshot(&self) -> Option<Run> {
        None
    }

    /// Ends the input: the buffered bytes are the last row, complete or cut.
    fn finish(self: Box<Self>) -> Result<Imported, Error>;
}

/// An importer that can begin in the middle of a file and whose parts can be joined: row formats.
pub(super) trait Sliced: Importer + Any {
    /// Called before the first bytes: they come from the middle of the file, at `from`; rows that begin after `last`
    /// belong to the next slice. `is_exact`: a row begins at `from`; otherwise the importer searches for the first.
    fn slice(&mut self, from: u64, last: u64, is_exact: bool);

    /// Start and end of the slice.
    fn reached(&self) -> Reached;

    /// Ends the file and this slice.
    fn end_slice(&mut self);

    /// Serialises the state for another worker; `None` if the format does not support it.
    fn pack(&self) -> Option<Vec<u8>>;

    /// Restores the state from [`Sliced::pack`]; `false` for invalid bytes.
    fn unpack(&mut self, bytes: &[u8]) -> bool;

    /// Appends the importer of the next slice; `false` if it is of another format.
    fn join(&mut self, next: Box<dyn Sliced>) -> bool;
}

/// Start and end of a slice of a file. A slice has the rows that begin after its first byte and up to the first byte of
/// the next slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reached {
    /// Start of its first row, if there is one.
    pub start: Option<u64>,
    /// End of its last row.
    pub end: u64,
    /// Whether all its rows are read.
    pub done: bool,
}

wire_struct! { Reached { start, end, done } }
