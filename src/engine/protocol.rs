//! What the engine asks of a reader, and what it answers.
//!
//! A message is bytes of this build's own shape. The first is the reader's: [`Answer::Ready`]. Then the engine asks for one
//! file at a time ([`Request::Read`], with the file beside it), until the answer is [`Answer::Done`] or
//! [`Answer::Failed`]. An archive has several parts; any other file has one ([`Answer::Part`]).
//!
//! Where several readers may read one file, and it can be cut, the first answers [`Answer::Cut`] and reads the first
//! slice; the engine has others read the other slices ([`Request::Slice`]), collects them ([`Answer::Sliced`]), and gives
//! all of them to the first ([`Request::Join`]), which joins them to exactly what one reader would have read.
//!
//! To cancel, the engine ends the reader: that works at once whatever the reader does, and frees its memory.

use crate::ingest::slice::Stretch;
use crate::ingest::{Error, Options, Part};
use crate::run::Run;
pub use crate::wire::Packed;
use crate::wire::{self, wire_enum};

/// From the engine to a reader.
#[derive(Debug, Clone)]
pub enum Request {
    /// Read the file that comes with this message.
    Read {
        /// What answers are about.
        id: u32,
        /// The file's name with its folders.
        path: String,
        /// Its size in bytes.
        bytes: u64,
        /// How it is read, where there is a choice.
        options: Options,
        /// Whether the browser fills a buffer that it is given; else it is asked for slices.
        byob: bool,
        /// Readers that may read it, this one among them.
        workers: usize,
    },
    /// Read a slice of the file that comes with this message.
    Slice {
        /// What answers are about.
        id: u32,
        /// The file's name with its folders.
        path: String,
        /// How it is read, where there is a choice.
        options: Options,
        /// As in [`Request::Read`].
        byob: bool,
        /// The file's beginning, as [`Answer::Cut`] had it.
        head: Packed,
        /// The slice.
        stretch: Stretch,
    },
    /// All slices but the first, in order, for the reader of the first.
    Join {
        /// Of which file.
        id: u32,
        /// As [`Answer::Sliced`] had them.
        slices: Vec<Packed>,
    },
}

/// From a reader to the engine.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The reader has started and can be asked.
    Ready,
    /// The reading goes on.
    Progress {
        /// Of which file.
        id: u32,
        /// Bytes of it that this reader has read.
        bytes: u64,
    },
    /// The file can be read in slices; this reader reads the first one.
    Cut {
        /// Which file.
        id: u32,
        /// Its beginning.
        head: Packed,
        /// All slices.
        stretches: Vec<Stretch>,
    },
    /// A slice is read.
    Sliced {
        /// Of which file.
        id: u32,
        /// What it holds; nothing of the first one, which stays where it was read.
        slice: Packed,
    },
    /// What was read so far, for a report that fills in: [`Recorder::digest`](crate::run::Recorder::digest).
    Snapshot {
        /// Of which file.
        id: u32,
        /// The endpoints with most requests, and the total. How many there are is in [`Run::rows`].
        run: Box<Run>,
    },
    /// What the file holds, or one of the files in an archive.
    Part {
        /// Of which file.
        id: u32,
        /// What it holds.
        part: Box<Part>,
    },
    /// The file is read.
    Done {
        /// Which one.
        id: u32,
    },
    /// The file cannot be used.
    Failed {
        /// Which one.
        id: u32,
        /// Where and why.
        error: Error,
    },
    /// The browser does not give the file's bytes.
    Unreadable {
        /// Which one.
        id: u32,
        /// What the browser says.
        detail: String,
    },
    /// The reader's program has failed; it says nothing after that.
    Died {
        /// Where.
        detail: String,
    },
}

wire_enum! {
    Request {
        0 Read { id, path, bytes, options, byob, workers },
        1 Slice { id, path, options, byob, head, stretch },
        2 Join { id, slices },
    }
    Answer {
        0 Ready,
        1 Progress { id, bytes },
        8 Cut { id, head, stretches },
        9 Sliced { id, slice },
        2 Snapshot { id, run },
        4 Part { id, part },
        10 Done { id },
        5 Failed { id, error },
        6 Unreadable { id, detail },
        7 Died { detail },
    }
}

impl Request {
    /// As a message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::to_bytes(self)
    }

    /// Reads a message.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        wire::from_bytes(bytes)
    }
}

impl Answer {
    /// As a message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::to_bytes(self)
    }

    /// Reads a message.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        wire::from_bytes(bytes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::ingest;

    /// A part as it arrives.
    fn sent(part: &Part) -> Part {
        let answer = Answer::Part { id: 7, part: Box::new(part.clone()) };
        match Answer::from_bytes(&answer.to_bytes()).unwrap() {
            Answer::Part { id: 7, part } => *part,
            other => panic!("{other:?}"),
        }
    }

    /// Every fixture and sample comes out of the messages as it went in.
    #[test]
    fn what_is_read_arrives() {
        let mut folders = vec![std::path::PathBuf::from("tests/fixtures"), std::path::PathBuf::from("samples")];
        let (mut parts, mut errors) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                match ingest::read(path.to_str().unwrap(), &std::fs::read(&path).unwrap()) {
                    Ok(part) => {
                        assert_eq!(format!("{:?}", sent(&part)), format!("{part:?}"), "{}", path.display());
                        parts += 1;
                    }
                    Err(error) => {
                        let answer = Answer::Failed { id: 7, error: error.clone() };
                        match Answer::from_bytes(&answer.to_bytes()) {
                            Some(Answer::Failed { error: arrived, .. }) => assert_eq!(arrived, error),
                            other => panic!("{other:?}"),
                        }
                        errors += 1;
                    }
                }
            }
        }
        assert!(parts > 20 && errors > 2, "{parts} parts, {errors} errors");
    }

    /// Samples with histograms, sketches and many endpoints.
    #[test]
    fn many_endpoints_arrive() {
        let mut csv = "timeStamp,elapsed,label,responseCode,success\n".to_owned();
        for i in 0..60_000_u64 {
            let (at, elapsed, label) = (1_700_000_000_000 + i * 37, 1 + i * i % 3001, i % 700);
            csv.push_str(&format!("{at},{elapsed},label {label},200,true\n"));
        }
        let part = ingest::read("many.jtl", csv.as_bytes()).unwrap();
        assert_eq!(format!("{:?}", sent(&part)), format!("{part:?}"));
    }
}
