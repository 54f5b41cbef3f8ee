//! What an importer is: the contract between the formats and what reads files.
//!
//! A format's file exports one [`Descriptor`]. The [registry](super::registry) lists them.

use std::any::Any;

use super::content::Content;
use super::error::Error;
use crate::run::{Definition, Note, Run};
use crate::wire::wire_struct;

/// A format that can be read: plain data, which the page lists without carrying the importers.
#[derive(Debug)]
pub struct Format {
    /// A stable name, e.g. `locust-stats`.
    pub id: &'static str,
    /// The tool that writes it.
    pub tool: &'static str,
    /// What the file is, for people.
    pub title: &'static str,
    /// The command that makes such a file, or the script that wrote it.
    pub command: &'static str,
    /// How its percentiles are read off response times; `None` where that is not known, or the file holds none.
    pub percentiles: Option<Definition>,
    /// What the tool puts behind the part of the name that all files of one run share, e.g. `_stats`.
    pub endings: &'static [&'static str],
}

impl Format {
    /// Whether [`Format::command`] is one, and no description of where the file comes from.
    #[must_use]
    pub fn is_command(&self) -> bool {
        self.command.starts_with(|c: char| c.is_ascii_lowercase()) && self.command.contains(" -")
    }
}

/// A format with its functions.
pub(super) struct Descriptor {
    pub format: Format,
    /// What gave the content away (for example the header), or `None` where this is not the format.
    pub recognise: fn(&Sniff<'_>) -> Option<String>,
    pub read: How,
}

/// How a format is read.
#[derive(Clone, Copy)]
pub(super) enum How {
    /// All at once: the document is kept until its end, up to [`DOCUMENT_LIMIT`](super::DOCUMENT_LIMIT).
    Whole(fn(&Input<'_>) -> Result<Reading, Error>),
    /// The same of what is no JSON: JSON in such a text, as of a script that prints some, is not what is read.
    Text(fn(&Input<'_>) -> Result<Reading, Error>),
    /// A log, which may have more in front of its lines than [`console`](super::console) takes off: the importer reads past
    /// that, and takes moments from it.
    Log(fn(&Input<'_>) -> Result<Reading, Error>),
    /// As the bytes arrive, none of them kept: single requests, a row or a line each.
    Rows(fn(Opening<'_>) -> Box<dyn Sliced>),
}

/// How files are read, where there is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// JMeter from 5.0 on writes redirects and embedded resources as rows of their own, behind the row of the page that
    /// covers them, and its dashboard counts them all. Set, they are left out.
    pub collapse_sub_results: bool,
}

/// A file's content while its format is being recognised.
pub(super) struct Sniff<'a> {
    /// The first line's fields where the text is a table.
    pub header: Vec<String>,
    /// The document where the text is JSON.
    pub json: Option<&'a str>,
    /// The whole decoded text, for formats that are read as a whole.
    pub text: &'a str,
    /// The first bytes, without a byte-order mark: what formats that are read as they arrive are recognised by. The last
    /// line may be cut.
    pub head: &'a [u8],
}

/// What an importer of whole documents is given.
pub(super) struct Input<'a> {
    /// The file's name, for messages.
    pub name: &'a str,
    /// The decoded text: no byte-order mark, `\n` line ends.
    pub text: &'a str,
    /// The document where the text is JSON: it is well-formed.
    pub json: Option<&'a str>,
}

/// What an importer of rows begins with.
pub(super) struct Opening<'a> {
    /// The file's name, for messages.
    pub name: &'a str,
    /// The first bytes, those that the format was recognised by. They are pushed as well.
    pub head: &'a [u8],
    pub options: Options,
}

/// What an importer gives back.
pub(super) struct Reading {
    pub content: Content,
    /// The tool's version as far as the file tells: a version, or a range such as `>=1.0`.
    pub version: Option<String>,
    pub notes: Vec<Note>,
    /// Better evidence of the format than what it was recognised by.
    pub evidence: Option<String>,
}

/// What reads one format as its bytes arrive:
///
/// * **Chunks are of any size**, down to one byte, and may end anywhere, inside of a character as well. The importer
///   keeps the bytes of the row (line, record) that is not complete, and nothing else of what it was given.
/// * **Memory is bounded** by the endpoints: samples go into a [`Recorder`](crate::run::Recorder). A row that never ends
///   is an error once it is longer than any real one.
/// * **Every row is accounted for**: read, rejected, cut or left out. The first rejected row is named with its line.
///   `push` fails where nothing that follows can be read.
/// * **The same bytes give the same run**, whatever the chunks.
///
/// Nothing here speaks of lines: a binary log parses records off the front of what it holds
/// (`while let Some((record, rest)) = record(held)?`) and leaves the last, incomplete one.
pub(super) trait Importer: Send {
    /// Takes the next bytes. The first call begins at the first byte behind a byte-order mark.
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error>;

    /// What has been read so far, for a report that fills in: cheap enough for several times a second. `None` where
    /// there is nothing to show before the end.
    fn snapshot(&self) -> Option<Run> {
        None
    }

    /// Nothing follows: what is held is the last row, whole or cut.
    fn finish(self: Box<Self>) -> Result<Reading, Error>;
}

/// An importer that can begin in the middle of a file, and whose parts can be joined: row formats.
pub(super) trait Sliced: Importer + Any {
    /// Before the first bytes: these are from the middle of the file, at `from`, and what begins beyond `last` belongs to
    /// the next slice. `is_exact`: a row begins at `from`; otherwise the first is looked for behind it.
    fn slice(&mut self, from: u64, last: u64, is_exact: bool);

    /// Where the slice began and ended.
    fn reached(&self) -> Reached;

    /// The file has ended, and with it this slice.
    fn end_slice(&mut self);

    /// All that was read so far, to be sent to another worker; `None` where the format is not sent.
    fn pack(&self) -> Option<Vec<u8>>;

    /// Takes the place of the importer that [`Sliced::pack`] gave these bytes; `false` where they are of none.
    fn unpack(&mut self, bytes: &[u8]) -> bool;

    /// Adds what the importer of the next slice has read; `false` where it is of another format.
    fn join(&mut self, next: Box<dyn Sliced>) -> bool;
}

/// Where a slice of a file began and ended. It has the rows that begin behind its first byte and up to the first byte of
/// the next slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reached {
    /// Where the first of its rows begins, if there is one.
    pub start: Option<u64>,
    /// Behind its last row.
    pub end: u64,
    /// Whether all its rows are read.
    pub done: bool,
}

wire_struct! { Reached { start, end, done } }
