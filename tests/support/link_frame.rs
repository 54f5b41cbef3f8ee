//! The frame of a link, implemented from docs/link-format.md alone: adds a valid check to an invalid body.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE_62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `#r<version>.<payload>.<length>.<check>` around a body.
pub fn framed(version: u32, body: &[u8]) -> String {
    let length = ((3 + body.len()) * 4).div_ceil(3);
    let mut bytes = vec![(length >> 16) as u8, (length >> 8) as u8, length as u8];
    bytes.extend_from_slice(body);
    sealed(&format!("r{version}.{}.{length}", base64(&bytes)))
}

/// Appends the check to a text.
pub fn sealed(text: &str) -> String {
    let mut crc = 0_u64;
    for byte in text.bytes() {
        crc ^= u64::from(byte) << 32;
        for _ in 0..8 {
            crc = if crc >> 39 & 1 == 1 { crc << 1 ^ 0x0482_0009 } else { crc << 1 } & 0xff_ffff_ffff;
        }
    }
    crc ^= 0xff_ffff_ffff;
    let mut check = [0_u8; 7];
    for digit in check.iter_mut().rev() {
        *digit = BASE_62[(crc % 62) as usize];
        crc /= 62;
    }
    format!("#{text}.{}", std::str::from_utf8(&check).unwrap())
}

fn base64(bytes: &[u8]) -> String {
    let bits: Vec<bool> = bytes.iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1 == 1)).collect();
    let sextet = |chunk: &[bool]| (0..6).fold(0, |n, i| n << 1 | usize::from(chunk.get(i).copied().unwrap_or(false)));
    bits.chunks(6).map(|chunk| char::from(ALPHABET[sextet(chunk)])).collect()
}

/// The body of a link.
pub fn body(link: &str) -> Vec<u8> {
    let payload = link.split('.').nth(1).unwrap();
    let sextets = payload.bytes().map(|c| ALPHABET.iter().position(|a| *a == c).unwrap());
    let bits: Vec<bool> = sextets.flat_map(|s| (0..6).rev().map(move |i| s >> i & 1 == 1)).collect();
    let bytes = bits.chunks_exact(8).map(|chunk| chunk.iter().fold(0_u8, |n, bit| n << 1 | u8::from(*bit)));
    bytes.skip(3).collect()
}
