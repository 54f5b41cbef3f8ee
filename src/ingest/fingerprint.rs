//! A fast hash of a file's bytes, that slices can compute apart.

use std::hash::Hasher;

use twox_hash::XxHash64;

use crate::wire::Wire;

const BLOCK: u64 = 1 << 20;

/// A 64-bit fingerprint of a file as its bytes arrive: XXH64 with seed 0. Of a file longer than 1 MiB it is the hash of
/// the hashes of its blocks of 1 MiB, each as eight bytes, the lowest first; so slices that begin at multiples of a block
/// can be hashed by different threads. It tells whether two files are the same; it is no cryptographic hash.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    /// Hashes of the blocks that are complete.
    blocks: Vec<u64>,
    /// The block that is not.
    block: XxHash64,
    length: u64,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self { blocks: Vec::new(), block: XxHash64::with_seed(0), length: 0 }
    }
}

impl Fingerprint {
    /// Where slices may begin: multiples of this many bytes.
    pub const ALIGNMENT: u64 = BLOCK;

    /// Takes the next bytes.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = (BLOCK - self.length % BLOCK) as usize;
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.block.write(now);
            self.length += now.len() as u64;
            if self.length.is_multiple_of(BLOCK) {
                self.blocks.push(self.block.finish());
                self.block = XxHash64::with_seed(0);
            }
            bytes = later;
        }
    }

    /// Takes what another has computed of the bytes that follow; `false`, and nothing is taken, where this one does not
    /// end at a multiple of [`Fingerprint::ALIGNMENT`].
    pub fn append(&mut self, next: Self) -> bool {
        let fits = self.length.is_multiple_of(BLOCK);
        if fits {
            self.blocks.extend(next.blocks);
            self.length += next.length;
            self.block = next.block;
        }
        fits
    }

    /// Bytes taken.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.length
    }

    /// The fingerprint of all bytes taken.
    #[must_use]
    pub fn value(&self) -> u64 {
        match self.hashes().as_slice() {
            [] => self.block.finish(),
            [only] => *only,
            hashes => {
                let mut all = XxHash64::with_seed(0);
                hashes.iter().for_each(|hash| all.write(&hash.to_le_bytes()));
                all.finish()
            }
        }
    }

    /// Hashes of all blocks, the last one complete or not.
    fn hashes(&self) -> Vec<u64> {
        let mut hashes = self.blocks.clone();
        if (hashes.len() as u64) < self.length.div_ceil(BLOCK) {
            hashes.push(self.block.finish());
        }
        hashes
    }
}

/// Sent when its slice has ended: one that arrives takes no more bytes unless it ends with a block.
impl Wire for Fingerprint {
    fn put(&self, out: &mut Vec<u8>) {
        self.hashes().put(out);
        self.length.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let blocks: Vec<u64> = Wire::take(from)?;
        let length: u64 = Wire::take(from)?;
        (blocks.len() as u64 == length.div_ceil(BLOCK)).then_some(Self { blocks, length, ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{from_bytes, to_bytes};

    fn of(bytes: &[u8]) -> Fingerprint {
        let mut print = Fingerprint::default();
        print.push(bytes);
        print
    }

    /// Vectors that python-xxhash and others publish.
    #[test]
    fn short_files_have_their_xxh64() {
        for (text, expected) in [
            ("", 0xef46_db37_51d8_e999),
            ("a", 0xd24e_c4f1_a98c_6e5b),
            ("abc", 0x44bc_2cf5_ad77_0999),
            ("Nobody inspects the spammish repetition", 0xfbce_a83c_8a37_8bf1_u64),
        ] {
            assert_eq!(of(text.as_bytes()).value(), expected, "{text}");
        }
    }

    #[test]
    fn long_files_have_that_of_their_blocks() {
        let bytes: Vec<u8> = (0..BLOCK as usize + 5).map(|i| (i * i / 3) as u8).collect();
        let blocks = bytes.chunks(BLOCK as usize).flat_map(|block| XxHash64::oneshot(0, block).to_le_bytes());
        assert_eq!(of(&bytes).value(), XxHash64::oneshot(0, &blocks.collect::<Vec<u8>>()));
    }

    #[test]
    fn chunks_and_slices_make_no_difference() {
        let block = BLOCK as usize;
        let bytes: Vec<u8> = (0..2 * block + 77).map(|i| (i * i / 3 + i / 7) as u8).collect();
        let whole = of(&bytes).value();
        for size in [1, 31, 32, 33, 1000, block - 1, block, block + 5] {
            let mut print = Fingerprint::default();
            bytes.chunks(size).for_each(|chunk| print.push(chunk));
            assert_eq!(print.value(), whole, "{size}");
        }
        for cut in [0, block, 2 * block] {
            let (a, b) = bytes.split_at(cut);
            let mut print = of(a);
            let sent: Option<Fingerprint> = from_bytes(&to_bytes(&of(b)));
            assert!(sent.is_some_and(|rest| print.append(rest)));
            assert_eq!((print.value(), print.bytes()), (whole, bytes.len() as u64), "{cut}");
        }
        assert!(!of(b"x").append(Fingerprint::default()));
    }
}
