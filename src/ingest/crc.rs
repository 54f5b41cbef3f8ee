//! CRC-32 as gzip has it (RFC 1952, section 8), eight bytes at a time (Kounavis and Berry, *Novel Table Lookup-Based
//! Algorithms for High-Performance CRC Generation*).
//!
//! The tables are computed when an archive is read: those of a crate are 16 kB that do not compress, in a module that every
//! visitor downloads.

/// The polynomial, its lowest power in the highest bit.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// A sum of bytes as they come.
pub(super) struct Crc {
    /// What a byte does to the sum, followed by none, one, … and seven others.
    tables: Box<[[u32; 256]; 8]>,
    sum: u32,
    /// Bytes, of which the last 32 bits count.
    amount: u32,
}

impl Crc {
    pub(super) fn new() -> Self {
        let mut tables = Box::new([[0; 256]; 8]);
        let [first, others @ ..] = &mut *tables;
        for (byte, entry) in (0_u32..).zip(first.iter_mut()) {
            *entry = (0..8).fold(byte, |sum, _| (sum >> 1) ^ (POLYNOMIAL & (sum & 1).wrapping_neg()));
        }
        let mut before = *first;
        for table in others {
            for (entry, shorter) in table.iter_mut().zip(before) {
                *entry = (shorter >> 8) ^ at(first, shorter);
            }
            before = *table;
        }
        Self { tables, sum: 0, amount: 0 }
    }

    /// Begins anew.
    pub(super) fn reset(&mut self) {
        (self.sum, self.amount) = (0, 0);
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        let [t0, t1, t2, t3, t4, t5, t6, t7] = &*self.tables;
        let mut sum = !self.sum;
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            let both = u64::from_le_bytes(*eight) ^ u64::from(sum);
            let (low, high) = (both as u32, (both >> 32) as u32);
            sum = at(t7, low)
                ^ at(t6, low >> 8)
                ^ at(t5, low >> 16)
                ^ at(t4, low >> 24)
                ^ at(t3, high)
                ^ at(t2, high >> 8)
                ^ at(t1, high >> 16)
                ^ at(t0, high >> 24);
        }
        sum = rest.iter().fold(sum, |sum, byte| (sum >> 8) ^ at(t0, sum ^ u32::from(*byte)));
        self.sum = !sum;
        self.amount = self.amount.wrapping_add(bytes.len() as u32);
    }

    pub(super) fn sum(&self) -> u32 {
        self.sum
    }

    pub(super) fn amount(&self) -> u32 {
        self.amount
    }
}

/// What the lowest byte stands for.
#[inline]
fn at(table: &[u32; 256], byte: u32) -> u32 {
    table.get((byte & 0xff) as usize).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
    #[test]
    fn the_check_value() {
        let mut crc = Crc::new();
        crc.update(b"123456789");
        assert_eq!((crc.sum(), crc.amount()), (0xcbf4_3926, 9));
    }

    proptest! {
        /// Against flate2's.
        #[test]
        fn sums_are_those_of_flate2(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 0..5)) {
            let (mut ours, mut theirs) = (Crc::new(), flate2::Crc::new());
            for part in &parts {
                ours.update(part);
                theirs.update(part);
            }
            prop_assert_eq!((ours.sum(), ours.amount()), (theirs.sum(), theirs.amount()));
        }
    }
}
