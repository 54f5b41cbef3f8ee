//! From a link to what it holds.

use super::{LinkError, Shared, frame, packed};

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// Reads a link: a whole address, or what begins with its `#`; also where a chat or mail program has percent-encoded
/// it.
///
/// # Errors
///
/// [`LinkError`] says what is wrong. There are no partial results.
pub fn decode(text: &str) -> Result<Shared, LinkError> {
    let framed = frame::unwrap(text)?;
    if framed.version != VERSION {
        return Err(LinkError::Newer { version: framed.version });
    }
    packed::read(&framed.body)
}
