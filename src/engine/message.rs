//! What page and engine send each other, as bytes: postcard's format of these types. Both ends are of one build.

use serde::{Deserialize, Serialize};

use crate::session::{As, Opening, Target, Update};

/// From the page to the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToEngine {
    /// The page is opened; the first message.
    Open(Opening),
    /// The page's address is another one.
    Address(String),
    /// The page is now narrow, or wide.
    Narrow(bool),
    /// A person touched an element: an [`Action`](crate::session::Action) as text, and the value of a field.
    Do {
        /// The action.
        action: String,
        /// The value of the field; else empty.
        value: String,
    },
    /// A person gave the files that come with this message.
    Files {
        /// Their names with folders, in the order of the files.
        paths: Vec<String>,
        /// Where they were put.
        target: Target,
    },
    /// The browser could not open a file of a dropped folder.
    Unreadable {
        /// The file's name.
        file: String,
        /// What the browser says.
        detail: String,
    },
    /// Another page gave the files that come with this message.
    Given {
        /// What [`ToPage::Answer`] is about.
        request: u32,
        /// What each is, in the order of the files.
        files: Vec<As>,
    },
}

/// From the engine to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToPage {
    /// The engine has started and can be asked.
    Ready,
    /// Show this, in its order.
    Show(Vec<Update>),
    /// Everything that was asked is done; files may still be read.
    Idle,
    /// What became of [`ToEngine::Given`]: word and gate of the comparison, or why there is none.
    Answer {
        /// The number of the request.
        request: u32,
        /// Word and gate.
        verdict: Result<(String, String), String>,
    },
    /// The engine's program has failed; nothing comes after this.
    Died(String),
}

/// A message as bytes.
#[must_use]
pub fn to_bytes(message: &impl Serialize) -> Vec<u8> {
    // Every type here can be written.
    postcard::to_allocvec(message).unwrap_or_default()
}

/// The message in these bytes.
#[must_use]
pub fn from_bytes<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Role;

    #[test]
    fn messages_read_back() {
        let sent = [
            ToEngine::Open(Opening { address: "http://a/#r1".into(), narrow: true, ..Opening::default() }),
            ToEngine::Do { action: "limit 3".into(), value: "ü".into() },
            ToEngine::Files { paths: vec!["a/b.csv".into()], target: Target::Over(Role::Run) },
            ToEngine::Given { request: 7, files: vec![As::Thresholds, As::Side(Role::Baseline)] },
        ];
        for message in sent {
            assert_eq!(from_bytes(&to_bytes(&message)), Some(message));
        }
        let shown = ToPage::Show(vec![
            Update::Part { id: "bar".into(), html: "<b>".into() },
            Update::Address { fragment: "c=1".into(), push: true },
        ]);
        assert_eq!(from_bytes(&to_bytes(&shown)), Some(shown));
        assert_eq!(from_bytes::<ToPage>(&[250]), None);
    }
}
