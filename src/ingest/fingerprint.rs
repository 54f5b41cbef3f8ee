//! A fast hash of a file's bytes, that slices can compute apart.

/// A fingerprint covers blocks of this many bytes, from the beginning of the file on.
const BLOCK: usize = 1 << 20;

const PRIME: u64 = 0x9e37_79b1_85eb_ca87;

/// So many bytes are one step: two words for each lane.
const STEP: usize = 16 * LANES;

const LANES: usize = 8;

/// A 64-bit fingerprint of a file as its bytes arrive. Blocks of 1 MiB are hashed apart, in eight 64-bit lanes that do not
/// wait for each other, and their hashes folded in order with the length at the end; so slices that begin at multiples of
/// a block can be hashed by different threads. It tells whether two files are the same; it is no cryptographic hash.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    blocks: Vec<u64>,
    lanes: [u64; LANES],
    /// Bytes that do not make a step yet.
    pending: [u8; STEP],
    length: u64,
}

crate::wire::wire_struct! { Fingerprint { blocks, lanes, pending, length } }

impl Default for Fingerprint {
    fn default() -> Self {
        Self { blocks: Vec::new(), lanes: SEEDS, pending: [0; STEP], length: 0 }
    }
}

/// The digits of π.
const SEEDS: [u64; LANES] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7344,
    0xa409_3822_299f_31d0,
    0x082e_fa98_ec4e_6c89,
    0x4528_21e6_38d0_1377,
    0xbe54_66cf_34e9_0c6c,
    0xc0ac_29b7_c97c_50dd,
    0x3f84_d5b5_b547_0917,
];

impl Fingerprint {
    /// Where slices may begin: multiples of this many bytes.
    pub const ALIGNMENT: u64 = BLOCK as u64;

    /// Takes the next bytes.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let in_block = (self.length % BLOCK as u64) as usize;
            let (now, later) = bytes.split_at_checked(BLOCK - in_block).unwrap_or((bytes, &[]));
            self.push_in_block(now);
            if self.length.is_multiple_of(BLOCK as u64) {
                self.blocks.push(mixed(self.lanes, BLOCK as u64));
                self.lanes = SEEDS;
            }
            bytes = later;
        }
    }

    fn push_in_block(&mut self, mut bytes: &[u8]) {
        let held = (self.length % STEP as u64) as usize;
        self.length += bytes.len() as u64;
        if held > 0 {
            let (now, later) = bytes.split_at_checked(STEP - held).unwrap_or((bytes, &[]));
            if let Some(room) = self.pending.get_mut(held..held + now.len()) {
                room.copy_from_slice(now);
            }
            bytes = later;
            if held + now.len() < STEP {
                return;
            }
            let pending = self.pending;
            step(&mut self.lanes, &pending);
        }
        let (whole, rest) = bytes.as_chunks::<STEP>();
        let mut lanes = self.lanes;
        whole.iter().for_each(|chunk| step(&mut lanes, chunk));
        self.lanes = lanes;
        if let Some(room) = self.pending.get_mut(..rest.len()) {
            room.copy_from_slice(rest);
        }
    }

    /// Takes what another has computed of the bytes that follow; `false`, and nothing is taken, where this one does not
    /// end at a multiple of [`Fingerprint::ALIGNMENT`].
    pub fn append(&mut self, next: Self) -> bool {
        let fits = self.length.is_multiple_of(Self::ALIGNMENT);
        if fits {
            self.blocks.extend(next.blocks);
            self.length += next.length;
            (self.lanes, self.pending) = (next.lanes, next.pending);
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
        let mut lanes = self.lanes;
        let held = (self.length % STEP as u64) as usize;
        if held > 0 {
            let mut last = [0; STEP];
            if let (Some(room), Some(bytes)) = (last.get_mut(..held), self.pending.get(..held)) {
                room.copy_from_slice(bytes);
            }
            step(&mut lanes, &last);
        }
        let last = mixed(lanes, self.length % BLOCK as u64);
        let folded = self
            .blocks
            .iter()
            .chain([&last])
            .fold(PRIME, |hash, block| (hash ^ block).rotate_left(29).wrapping_mul(PRIME));
        mixed([folded, 0, 0, 0, 0, 0, 0, 0], self.length)
    }
}

#[inline]
fn step(lanes: &mut [u64; LANES], bytes: &[u8; STEP]) {
    let (pairs, _) = bytes.as_chunks::<16>();
    for (lane, pair) in lanes.iter_mut().zip(pairs) {
        // Two words for a product: each alone, a word or the other, decides the lane.
        let pair = u128::from_le_bytes(*pair);
        let mixed = (*lane ^ pair as u64).rotate_left(29).wrapping_add((pair >> 64) as u64);
        *lane = mixed.wrapping_mul(PRIME);
    }
}

fn mixed(lanes: [u64; LANES], length: u64) -> u64 {
    let hash = lanes.into_iter().fold(length, |hash, lane| (hash ^ lane).rotate_left(31).wrapping_mul(PRIME));
    let hash = (hash ^ (hash >> 32)).wrapping_mul(PRIME);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> u64 {
        let mut print = Fingerprint::default();
        print.push(bytes);
        print.value()
    }

    #[test]
    fn chunks_and_slices_make_no_difference() {
        let bytes: Vec<u8> = (0..2 * BLOCK + 77).map(|i| (i * i / 3 + i / 7) as u8).collect();
        let whole = of(&bytes);
        for size in [1, 7, 127, 128, 129, 1000, BLOCK - 1, BLOCK, BLOCK + 5] {
            let mut print = Fingerprint::default();
            bytes.chunks(size).for_each(|chunk| print.push(chunk));
            assert_eq!(print.value(), whole, "{size}");
        }
        for cut in [0, BLOCK, 2 * BLOCK] {
            let (a, b) = bytes.split_at(cut);
            let (mut print, mut rest) = (Fingerprint::default(), Fingerprint::default());
            print.push(a);
            rest.push(b);
            assert!(print.append(rest));
            assert_eq!(print.value(), whole, "{cut}");
        }
        let mut print = Fingerprint::default();
        print.push(b"x");
        assert!(!print.append(Fingerprint::default()));
    }

    #[test]
    fn every_byte_counts() {
        let bytes: Vec<u8> = (1..=250).collect();
        let mut seen = vec![of(&bytes), of(&[]), of(&[0]), of(&[0, 0])];
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            if let Some(byte) = other.get_mut(at) {
                *byte ^= 1;
            }
            seen.push(of(&other));
            seen.push(of(bytes.get(..at).unwrap_or_default()));
        }
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        // The empty beginning is there twice.
        assert_eq!(seen.len(), all - 1);
    }
}
