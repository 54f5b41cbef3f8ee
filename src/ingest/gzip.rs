//! gzip archives (RFC 1952), unpacked as they arrive: all members of a file, one after another.

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Unpacked bytes beyond which an archive that unpacks to more than [`MOST_RATIO`] times its size is refused. Logs
/// shrink to a tenth to a fiftieth; DEFLATE's own limit is 1,032.
const FREE: u64 = 64 << 20;
const MOST_RATIO: u64 = 500;

/// So much is unpacked at a time.
const STEP: usize = 64 << 10;

/// Maximum bytes of a member's header: a name, a comment and extra fields.
const LONGEST_HEADER: usize = 256 << 10;

/// A member has a header of 10 bytes, at least 2 bytes, and a trailer of 8.
pub(super) const SHORTEST: u64 = 20;

/// The first two bytes of a gzip archive.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Unpacks an archive.
pub(super) struct Unpacker {
    at: At,
    inflate: Decompress,
    crc: Crc,
    /// The beginning of a header or trailer.
    held: Vec<u8>,
    out: Vec<u8>,
    packed: u64,
    unpacked: u64,
    /// Where the member begins that is being unpacked.
    member: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Header,
    Body,
    Trailer,
    /// Behind the last member: zeros, which some programs fill up a block with.
    Padding,
    /// Behind this byte stands what is neither a member nor padding.
    Damaged(u64),
}

/// How an archive ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    /// Within a member.
    Cut,
    /// The members are whole up to byte `at`. The `rest` from there on could not be unpacked.
    Damaged {
        at: u64,
        rest: u64,
    },
}

impl Unpacker {
    pub(super) fn new() -> Self {
        Self {
            at: At::Header,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            held: Vec::new(),
            out: vec![0; STEP],
            packed: 0,
            unpacked: 0,
            member: 0,
        }
    }

    /// Unpacks more, handing on what was inside. The outer error is the archive's, in words.
    pub(super) fn push<E>(
        &mut self,
        mut packed: &[u8],
        mut with: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Result<(), E>, String> {
        self.packed += packed.len() as u64;
        // A step may leave unpacked bytes behind, with nothing packed to come.
        let mut more = false;
        while !packed.is_empty() || more {
            match self.at {
                At::Header => {
                    let before = self.held.len();
                    // Few bytes at a time: behind the header begins what is packed.
                    let (now, later) = packed.split_at_checked(256).unwrap_or((packed, &[]));
                    self.held.extend_from_slice(now);
                    if !MAGIC.starts_with(self.held.get(..2).unwrap_or(&self.held)) {
                        let is_padding = before == 0 && self.held.first() == Some(&0);
                        self.at = if is_padding { At::Padding } else { At::Damaged(self.member) };
                        continue;
                    }
                    match header_length(&self.held) {
                        // What was held before did not make a header.
                        Ok(Some(length)) => {
                            packed = packed.get(length - before..).unwrap_or_default();
                            self.held.clear();
                            self.inflate.reset(false);
                            self.crc.reset();
                            self.at = At::Body;
                        }
                        Ok(None) => packed = later,
                        Err(why) if self.member == 0 => return Err(why),
                        Err(_) => self.at = At::Damaged(self.member),
                    }
                }
                At::Body => {
                    let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
                    let status = self.inflate.decompress(packed, &mut self.out, FlushDecompress::None);
                    let status = status.map_err(|e| format!("{e}, in the part that begins at byte {}", self.member))?;
                    let taken = usize::try_from(self.inflate.total_in() - before_in).unwrap_or(usize::MAX);
                    let made = usize::try_from(self.inflate.total_out() - before_out).unwrap_or(usize::MAX);
                    packed = packed.get(taken..).unwrap_or_default();
                    let bytes = self.out.get(..made).unwrap_or_default();
                    self.crc.update(bytes);
                    self.unpacked += made as u64;
                    if self.unpacked > FREE && self.unpacked / self.packed.max(1) > MOST_RATIO {
                        return Err(format!("it unpacks to more than {MOST_RATIO} times its size"));
                    }
                    if let Err(error) = with(bytes) {
                        return Ok(Err(error));
                    }
                    more = made == self.out.len();
                    if status == Status::StreamEnd {
                        more = false;
                        self.at = At::Trailer;
                    } else if taken == 0 && made == 0 {
                        break;
                    }
                }
                At::Trailer => {
                    let (now, later) = packed.split_at_checked(8 - self.held.len().min(8)).unwrap_or((packed, &[]));
                    self.held.extend_from_slice(now);
                    packed = later;
                    if let Some((crc, length)) = self.held.split_first_chunk::<4>() {
                        let Some(length) = length.first_chunk::<4>() else { break };
                        if u32::from_le_bytes(*crc) != self.crc.sum()
                            || u32::from_le_bytes(*length) != self.crc.amount()
                        {
                            return Err(format!(
                                "the checksum of the part that begins at byte {} does not match, so it was damaged",
                                self.member
                            ));
                        }
                        self.held.clear();
                        self.at = At::Header;
                        self.member = self.packed - packed.len() as u64;
                    }
                }
                At::Padding => match packed.iter().position(|byte| *byte != 0) {
                    Some(at) => self.at = At::Damaged(self.packed - (packed.len() - at) as u64),
                    None => break,
                },
                At::Damaged(_) => break,
            }
        }
        Ok(Ok(()))
    }

    /// How many bytes were inside, and whether the archive is whole.
    pub(super) fn finish(self) -> (u64, End) {
        let end = match self.at {
            At::Damaged(at) => End::Damaged { at, rest: self.packed - at },
            At::Padding => End::Whole,
            At::Header if self.held.is_empty() => End::Whole,
            At::Header | At::Body | At::Trailer => End::Cut,
        };
        (self.unpacked, end)
    }
}

/// The length of a member's header; `None` where it is not complete.
fn header_length(bytes: &[u8]) -> Result<Option<usize>, String> {
    let Some((fixed, _)) = bytes.split_first_chunk::<10>() else { return Ok(None) };
    let [_, _, method, flags, ..] = *fixed;
    if method != 8 || flags & 0xe0 != 0 {
        return Err("it is packed by a method that is not known".into());
    }
    if bytes.len() > LONGEST_HEADER {
        return Err("its header does not end".into());
    }
    let mut at = 10;
    if flags & 4 != 0 {
        let Some(length) = bytes.get(at..).and_then(<[u8]>::first_chunk::<2>) else { return Ok(None) };
        at += 2 + usize::from(u16::from_le_bytes(*length));
    }
    // A name, a comment: texts that end with 0.
    for flag in [8, 16] {
        if flags & flag != 0 {
            let Some(end) = bytes.get(at..).and_then(|rest| memchr::memchr(0, rest)) else { return Ok(None) };
            at += end + 1;
        }
    }
    at += if flags & 2 != 0 { 2 } else { 0 };
    Ok((at <= bytes.len()).then_some(at))
}
