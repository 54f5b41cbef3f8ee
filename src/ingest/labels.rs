//! Interned labels: every row has one, few are new.

use crate::run::recorder::{MOST_ENDPOINTS, Slot};
use crate::wire::wire_struct;

/// A label.
#[derive(Debug, Clone)]
pub(super) struct Label {
    /// Bytes in the file.
    pub bytes: Vec<u8>,
    /// Its endpoint, after the first sample with this label.
    pub slot: Option<Slot>,
    /// Its endpoint, after the first transaction controller with this label.
    pub controller: Option<Slot>,
    /// Length of the part before a final `-` and digits, if there is one.
    pub page: Option<usize>,
}

/// Labels, numbered in the order of their first occurrence.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels {
    all: Vec<Label>,
    /// Hash and number plus one, by open addressing; 0 is free.
    table: Vec<(u64, u32)>,
}

/// Minimum slots of the table: with few labels, nearly every first probe hits.
const MIN_SLOTS: usize = 1024;

/// Labels with the same prefix of this many bytes are one.
const MAX_LABEL_BYTES: usize = 2048;

/// The number for all labels beyond the limit.
pub(super) const OTHER: u32 = u32::MAX;

wire_struct! {
    Label { bytes, slot, controller, page }
    Labels { all, table }
}

impl Labels {
    pub(super) fn get(&self, number: u32) -> Option<&Label> {
        self.all.get(number as usize)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Label> {
        self.all.get_mut(number as usize)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Label> {
        self.all.iter()
    }

    /// The number of a label; [`OTHER`] if there are too many.
    #[inline]
    pub(super) fn number(&mut self, bytes: &[u8]) -> u32 {
        let hash = hash(bytes);
        self.find(bytes, hash).unwrap_or_else(|| self.add(bytes, hash))
    }

    /// The number of a known label.
    pub(super) fn known(&self, bytes: &[u8]) -> Option<u32> {
        self.find(bytes, hash(bytes))
    }

    /// The number of a known label, given its [`hash`].
    #[inline]
    pub(super) fn find(&self, bytes: &[u8], hash: u64) -> Option<u32> {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let (held, number) = *self.table.get(at)?;
            let number = number.checked_sub(1)?;
            if held == hash && self.all.get(number as usize).is_some_and(|label| same(&label.bytes, bytes)) {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, bytes: &[u8], hash: u64) -> u32 {
        if self.all.len() > MOST_ENDPOINTS {
            return OTHER;
        }
        let number = self.all.len() as u32;
        let digits = bytes.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let page = (digits > 0).then(|| bytes.len() - digits).and_then(|at| at.checked_sub(1));
        let page = page.filter(|at| *at > 0 && bytes.get(*at) == Some(&b'-'));
        self.all.push(Label { bytes: bytes.to_vec(), slot: None, controller: None, page });
        if self.all.len() * 2 > self.table.len() {
            self.table = vec![(0, 0); (self.table.len() * 2).max(MIN_SLOTS)];
            for (number, label) in self.all.iter().enumerate() {
                put(&mut self.table, self::hash(&label.bytes), number as u32);
            }
        } else {
            put(&mut self.table, hash, number);
        }
        number
    }
}

fn put(table: &mut [(u64, u32)], hash: u64, number: u32) {
    let mask = table.len().wrapping_sub(1);
    let mut at = hash as usize & mask;
    while let Some(slot) = table.get_mut(at) {
        if slot.1 == 0 {
            *slot = (hash, number + 1);
            return;
        }
        at = (at + 1) & mask;
    }
}

/// Whether two texts are equal. Most have 8 to 32 bytes: compared without a call or a loop.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let Some(behind) = is_short(a) else { return a == b };
    // One by one, not as arrays, which would be written to memory first.
    let other = |at: usize| word(a, at) ^ word(b, at);
    other(0) | other(behind.min(8)) | other(behind.saturating_sub(8)) | other(behind) == 0
}

/// For a text of 8 to 32 bytes, the start of its last eight. It is compared as four words, which may overlap: at 0, at
/// 8 or before, eight before the last, and the last.
#[inline]
fn is_short(bytes: &[u8]) -> Option<usize> {
    bytes.len().checked_sub(8).filter(|behind| *behind <= 24)
}

#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk::<8>).map_or(0, |eight| u64::from_le_bytes(*eight))
}

/// The stored part of a label: its first [`MAX_LABEL_BYTES`] bytes, up to a character boundary.
#[inline]
pub(super) fn name(label: &[u8]) -> &[u8] {
    if label.len() <= MAX_LABEL_BYTES {
        return label;
    }
    let ends = (MAX_LABEL_BYTES - 3..=MAX_LABEL_BYTES).rev();
    let mut at_characters = ends.filter(|at| label.get(*at).is_some_and(|byte| byte & 0xc0 != 0x80));
    label.get(..at_characters.next().unwrap_or(MAX_LABEL_BYTES)).unwrap_or(label)
}

/// A fast hash of a short text.
#[inline]
pub(super) fn hash(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    const OTHER_PRIME: u64 = 0xc2b2_ae3d_27d4_eb4f;
    let hash = match is_short(bytes) {
        Some(behind) => {
            let (a, b) = (word(bytes, 0), word(bytes, behind.min(8)));
            let (c, d) = (word(bytes, behind.saturating_sub(8)), word(bytes, behind));
            let ab = (a ^ b.rotate_left(29) ^ bytes.len() as u64).wrapping_mul(PRIME);
            let cd = (c ^ d.rotate_left(31)).wrapping_mul(OTHER_PRIME);
            (ab ^ ab >> 32).wrapping_add(cd).wrapping_mul(PRIME)
        }
        None => long_hash(bytes, PRIME),
    };
    hash ^ (hash >> 32)
}

/// Eight bytes at a time.
fn long_hash(bytes: &[u8], prime: u64) -> u64 {
    let mut hash = bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = (hash.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(prime);
    }
    let word = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    (hash.rotate_left(23) ^ word).wrapping_mul(prime)
}
