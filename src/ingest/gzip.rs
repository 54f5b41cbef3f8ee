//! gzip archives (RFC 1952), unpacked as they arrive: all members of a file, one after another.

use std::io::{ErrorKind, Write};

use flate2::write::MultiGzDecoder;

/// So many packed bytes are unpacked at a time. DEFLATE makes at most 1,032 bytes of one, so that no step holds more than
/// 4 MiB.
const STEP: usize = 4096;

/// Beyond so many unpacked bytes, an archive that unpacks to more than [`MOST_RATIO`] times its size is refused. Logs
/// shrink to a tenth to a fiftieth; DEFLATE's own limit is 1,032.
const FREE: u64 = 64 << 20;
const MOST_RATIO: u64 = 500;

/// The first two bytes of a gzip archive.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Unpacks an archive.
pub(super) struct Unpacker {
    decoder: MultiGzDecoder<Vec<u8>>,
    packed: u64,
    unpacked: u64,
}

/// How an archive ended.
pub(super) enum End {
    Whole,
    Cut,
}

impl Unpacker {
    pub(super) fn new() -> Self {
        Self { decoder: MultiGzDecoder::new(Vec::new()), packed: 0, unpacked: 0 }
    }

    /// Unpacks more, handing on what was inside. The outer error is the archive's, in words.
    pub(super) fn push<E>(
        &mut self,
        packed: &[u8],
        mut with: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Result<(), E>, String> {
        for step in packed.chunks(STEP) {
            self.packed += step.len() as u64;
            self.decoder.write_all(step).map_err(|e| e.to_string())?;
            let out = self.decoder.get_mut();
            self.unpacked += out.len() as u64;
            if self.unpacked > FREE && self.unpacked / self.packed.max(1) > MOST_RATIO {
                return Err(format!("it unpacks to more than {MOST_RATIO} times its size"));
            }
            if let Err(error) = with(out) {
                return Ok(Err(error));
            }
            out.clear();
        }
        Ok(Ok(()))
    }

    /// Hands on the last bytes.
    pub(super) fn finish<E>(
        mut self,
        mut with: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Result<(u64, End), E>, String> {
        let end = match self.decoder.try_finish() {
            Ok(()) => End::Whole,
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => End::Cut,
            Err(e) => return Err(e.to_string()),
        };
        let out = std::mem::take(self.decoder.get_mut());
        self.unpacked += out.len() as u64;
        let unpacked = self.unpacked;
        Ok(with(&out).map(|()| (unpacked, end)))
    }
}
