//! What a face is shown.

use serde::{Deserialize, Serialize};

/// Something to show, in the order it comes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Update {
    /// The content of a part of the page, as HTML.
    Part {
        /// The part: `p-` and this is the element's id.
        id: String,
        /// Its content; empty where there is nothing to show.
        html: String,
    },
    /// The ids of all rows of the endpoint table, in order. Others go; those that are not there yet come with
    /// [`Update::Rows`].
    Order(Vec<String>),
    /// Rows of the endpoint table that are new or changed, as HTML; each has its id. They come in the order of the table,
    /// and each with the id of the row above it, which is there by then; empty for the first.
    Rows(Vec<(String, String)>),
    /// Whether there is a report, and whether there is any run.
    Shown {
        /// Two runs are compared.
        report: bool,
        /// At least one side is filled.
        any: bool,
    },
    /// A sentence for screen readers: what an action did.
    Said(String),
    /// A text to save as a file.
    Save {
        /// The file's name.
        name: String,
        /// Its media type.
        media_type: String,
        /// Its content.
        text: String,
    },
    /// An address to open in a new tab.
    Visit(String),
    /// The repository to remember on this device.
    Repository(String),
    /// Bring an element into view, and give it the focus where it takes it.
    Reveal {
        /// Its id.
        id: String,
        /// As little as is needed; else its beginning.
        nearest: bool,
    },
    /// The fragment of the page's address, without its `#`; empty for none.
    Address {
        /// The fragment.
        fragment: String,
        /// Whether it is a step to go back from; else it takes the place of the last one.
        push: bool,
    },
    /// A comparison of this many endpoints begins and takes a moment.
    Comparing(u64),
}
