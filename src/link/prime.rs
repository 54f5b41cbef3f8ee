//! What the coder knows before the first bit: what names and numbers of load tests look like. Part of version r1, and
//! never changed.

use super::coder::Codec;
use super::LinkError;
use super::value::text;

const WORDS: &str = include_str!("r1/words.txt");

/// A codec that has read the examples.
pub(super) fn learned() -> Result<Codec<'static>, LinkError> {
    let mut codec = Codec::new();
    let mut last = "";
    for line in WORDS.lines() {
        text(&mut codec, 0, last, line)?;
        last = line;
    }
    Ok(codec)
}
