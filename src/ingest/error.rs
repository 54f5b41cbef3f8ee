use crate::number;
use crate::run::kept;

/// A file, or a set of files, that could not be used: place, problem, and next step.
#[derive(Debug, Clone, PartialEq)]
pub struct Error(Box<Place>);

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub file: String,
    pub line: Option<u64>,
    pub column: Option<u64>,
    pub excerpt: Option<String>,
    pub problem: Problem,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// The file has no content.
    Empty,
    /// The file is compressed or binary.
    Binary {
        /// Its apparent kind.
        what: &'static str,
    },
    /// No known format.
    Unrecognised {
        /// Apparent kind, a sentence.
        looks: String,
        /// The nearest format and what is missing for it, in sentences; empty if none is near.
        near: String,
    },
    /// JSON documents in an array or in sequence, each of which is a result.
    SeveralDocuments {
        /// The tool that wrote the first of them.
        tool: &'static str,
    },
    /// JSON that ends early or is malformed.
    BadJson {
        /// What the parser expected.
        detail: String,
    },
    /// A header without rows.
    HeaderOnly,
    /// Rows, none of which could be used.
    NoUsableRow {
        /// Number of rows.
        rows: u64,
        /// Why the first could not be used.
        first: String,
    },
    /// A printed report without its figures: the tool was aborted, or the file is cut.
    Aborted {
        /// The tool.
        tool: &'static str,
        /// The tool's own message; empty if there is none.
        why: String,
    },
    /// A required column is missing.
    MissingColumn {
        /// Its name.
        column: &'static str,
    },
    /// A required column is missing, and other columns have names unknown to the tool.
    RenamedColumn {
        /// The tool's name for it.
        column: &'static str,
        /// The names present.
        found: String,
    },
    /// A second header with different columns: the rows after it would be misread.
    OtherColumns,
    /// JSON of a known format with an unexpected value.
    BadValue {
        /// Path in the document.
        path: String,
        /// Expected value.
        expected: &'static str,
    },
    /// Files of one side that contain no run.
    NoResults {
        /// The files.
        files: Vec<String>,
        /// Companion files that could not be unpacked, in sentences; empty if there are none.
        damaged: String,
    },
    /// Several results on one side without a request to merge.
    SeveralResults {
        /// The files.
        files: Vec<String>,
    },
    /// A document that must be read whole and is too large.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// More items than any file of its kind has.
    TooMany {
        /// The items: `values`, `columns`, `rows`.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// An archive that cannot be unpacked.
    BadArchive {
        /// The reason.
        detail: String,
    },
    /// An intact archive that is not unpacked: a bomb, more than two levels of nesting, a password.
    ArchiveRefused {
        /// The reason.
        detail: String,
    },
    /// An archive without a readable file.
    NothingInArchive {
        /// `zip`, `tar` or `zstd`.
        kind: &'static str,
        /// Number of files in it.
        files: u64,
        /// The most informative file, and its problem.
        first: String,
    },
    /// A file of a known but unsupported kind.
    NotYet {
        /// A stable identifier for programs, e.g. `gatling-html`.
        id: &'static str,
        /// Its kind.
        what: &'static str,
        /// The alternative.
        instead: &'static str,
    },
    /// A file of baselines whose embedded run cannot be read.
    BadKept {
        /// The reason.
        why: String,
    },
    /// A digest with a run that cannot be read.
    BadDigest {
        /// The run's number, from 1; 0 for the digest itself.
        number: u64,
        /// The reason.
        why: String,
    },
    /// A digest of too many or too large parts.
    DigestTooLarge {
        /// The limit in bytes, unpacked.
        limit: usize,
    },
    /// No file at all.
    NoFile,
}

impl Error {
    pub(super) fn new(file: &str, problem: Problem) -> Self {
        Self(Box::new(Place { file: file.to_owned(), line: None, column: None, excerpt: None, problem }))
    }

    pub(super) fn of(place: Box<Place>) -> Self {
        Self(place)
    }

    pub(super) fn place(&self) -> &Place {
        &self.0
    }

    pub(super) fn at(mut self, line: u64, column: u64) -> Self {
        self.0.line = Some(line);
        self.0.column = Some(column);
        self
    }

    /// Keeps the first 80 characters of the offending text.
    pub(super) fn showing(mut self, text: &str) -> Self {
        let line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
        let mut excerpt: String = line.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect();
        if line.chars().nth(80).is_some() {
            excerpt.push('…');
        }
        self.0.excerpt = (!excerpt.is_empty()).then_some(excerpt);
        self
    }

    /// The file's name; empty for an error on a set of files.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// The line (1-based), if known.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.0.line
    }

    /// The column in characters (1-based), if known.
    #[must_use]
    pub fn column(&self) -> Option<u64> {
        self.0.column
    }

    /// The offending text, at most 80 characters.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// The problem.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// The problem as a sentence.
    #[must_use]
    pub fn what(&self) -> String {
        match &self.0.problem {
            Problem::Empty => "The file is empty.".into(),
            Problem::Binary { what } => format!("This is {what}, not a result file."),
            Problem::Unrecognised { looks, .. } if looks.is_empty() => "The format is not recognised.".into(),
            Problem::Unrecognised { looks, .. } => format!("The format is not recognised. {looks}"),
            Problem::SeveralDocuments { tool } => {
                format!("The file holds a list of JSON documents. The first is a result of {tool}.")
            }
            Problem::BadJson { detail } => format!("The JSON is malformed or cut: {detail}."),
            Problem::HeaderOnly => "The file has a header and no rows: no request was recorded.".into(),
            Problem::NoUsableRow { rows, first } => {
                format!("None of its {rows} rows could be used; the first: {first}")
            }
            Problem::Aborted { tool, why } if why.is_empty() => {
                format!("{tool}'s report ends before its figures: {tool} was stopped, or the file is cut.")
            }
            Problem::Aborted { tool, why } => format!("{tool} was aborted: {why}."),
            Problem::MissingColumn { column } => format!("The header has no column “{column}”."),
            Problem::RenamedColumn { column, found } => {
                format!("This is a JMeter results file with no column for {column}; found {found}.")
            }
            Problem::OtherColumns => {
                "A second header begins here, with columns in other places: several runs were written into one file."
                    .into()
            }
            Problem::BadValue { path, expected } => format!("At {path}, {expected} was expected."),
            Problem::NoResults { files, damaged } => {
                let files = files.join(", ");
                let damaged = if damaged.is_empty() { String::new() } else { format!(" {damaged}") };
                format!(
                    "No summary among the files ({files}): they belong to a run but are none by themselves.{damaged}"
                )
            }
            Problem::SeveralResults { files } => format!("{} results on one side: {}.", files.len(), files.join(", ")),
            Problem::TooLarge { limit } => format!(
                "The file is a document or an archive, which is read as a whole, and it is over {} MiB.",
                limit >> 20
            ),
            Problem::TooMany { what, limit } => format!("It has more than {} {what}.", number::count(*limit as u64)),
            Problem::BadArchive { detail } => format!("The archive cannot be unpacked: {detail}."),
            Problem::ArchiveRefused { detail } => format!("The archive was not unpacked: {detail}."),
            Problem::NothingInArchive { kind, files: 0, .. } => format!("The {kind} archive is empty."),
            Problem::NothingInArchive { kind, files, first } => {
                format!("None of the {} files in the {kind} archive can be read. {first}", number::count(*files))
            }
            Problem::NotYet { what, .. } => format!("This is {what}."),
            Problem::BadKept { why } => format!("The run that loaddiff kept in it (“{}”) {why}.", kept::KEY),
            Problem::DigestTooLarge { limit } => format!("The digest has more than {} MiB, unpacked.", limit >> 20),
            Problem::BadDigest { number: 0, why } => format!("This digest {why}."),
            Problem::BadDigest { number, why } => format!("Run {number} of this digest {why}."),
            Problem::NoFile => "No file was given.".into(),
        }
    }
}
