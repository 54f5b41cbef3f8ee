//! What leaves this device: a comparison whose names, causes, notes, labels and file names tell no host, person, session
//! or secret.
//!
//! [`leaving`] takes a comparison as it was judged and gives the one that is sent: links, HTML reports, Markdown, comments
//! and issues are made of it. Names are masked after matching, and the result is judged again: **no figure and no verdict
//! changes**. [`text()`] masks one text.
//!
//! ```
//! use loaddiff::mask::{Kind, text};
//!
//! assert_eq!(text("https://shop.example.com/orders/12345?token=abc", Kind::Name), "https://…/orders/…?token=…");
//! ```

mod aliases;
mod comparison;
mod history;
mod hosts;
mod ids;
mod policy;
mod text;
mod view;

use std::fmt;

pub use comparison::leaving;
pub use history::history;
pub use text::text;

use crate::compare::Comparison;

/// Stands in place of what was masked.
pub const MASK: char = '…';

/// What a text is, which decides what in it may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name of an endpoint, a service or a method.
    Name,
    /// A message, a cause or a note: sentences.
    Message,
    /// A file's name or a label, which may have a date.
    File,
}

/// What happens to names in what leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    /// Hosts, query values, ids, credentials and people are masked.
    #[default]
    Mask,
    /// Endpoints are called by short hashes, and no cause or note is told. The rest is masked.
    Hash,
    /// Everything stays.
    Keep,
}

/// A comparison as it leaves.
#[derive(Debug)]
pub struct Leaving {
    /// It; `None` if it is the one that was given.
    pub comparison: Option<Comparison>,
    /// Every text in it that is not the program's own, changed ones first.
    pub texts: Vec<Told>,
}

impl Leaving {
    /// The comparison that leaves.
    #[must_use]
    pub fn of<'c>(&'c self, given: &'c Comparison) -> &'c Comparison {
        self.comparison.as_ref().unwrap_or(given)
    }

    /// Number of texts that were changed.
    #[must_use]
    pub fn masked(&self) -> usize {
        self.texts.iter().filter(|told| told.is_masked()).count()
    }
}

/// A text, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it is: `endpoint`, `cause`, `label`.
    pub what: &'static str,
    /// As it was read.
    pub before: String,
    /// As it is sent.
    pub after: String,
}

impl Told {
    /// Whether it was changed.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.before != self.after
    }
}

/// The rules depend on names, and masking these would change a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamesDecide;

impl fmt::Display for NamesDecide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("names cannot be masked: the thresholds judge endpoints by their names, and would judge otherwise")
    }
}

impl std::error::Error for NamesDecide {}
