//! Decodes a link.

use super::{LinkError, Shared, frame, packed};

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// Decodes a link: a whole URL, or its fragment from `#` on, also percent-encoded by a chat or mail program.
///
/// # Errors
///
/// [`LinkError`] with the reason. There are no partial results.
pub fn decode(text: &str) -> Result<Shared, LinkError> {
    let framed = frame::unwrap(text)?;
    if framed.version != VERSION {
        return Err(LinkError::Newer { version: framed.version });
    }
    packed::read(&framed.body)
}
