//! An adaptive binary arithmetic coder for the bits of a link.
//!
//! Every decision costs its information content. The probability of a 1 is estimated from earlier decisions in the same
//! contexts, with several contexts mixed in the logistic domain (Mahoney, *Adaptive Weighing of Context Models for
//! Lossless Data Compression*, 2005; the tables are those of his lpaq). All arithmetic is on integers: every target
//! reads the same bits. Memory is fixed, for any input.
//!
//! One [`Codec`] writes or reads: a caller passes each value and continues with the returned value, which is the passed
//! one when writing and the decoded one when reading. One description serves both directions.

use super::LinkError;

/// Slots for probabilities of contexts, a power of two.
const SLOTS: usize = 1 << 17;
/// Maximum contexts mixed for one decision.
pub(super) const MIXED: usize = 6;
/// Sets of weights.
const SETS: usize = 512 * CLASSES;
/// Sets of one kind.
const CLASSES: usize = 24;
/// Sets of the second mixing, a power of two.
const SECOND_SETS: usize = 4096;
/// Maximum decisions when reading, for any length of the body.
const MAX_DECISIONS: u64 = 20_000_000;
/// Maximum decisions of an empty body, and per additional byte: thirty times those of real links.
const DECISIONS: (u64, u64) = (100_000, 1000);
/// Number of observations after which the adaptation rate stays constant.
const MAX_OBSERVATIONS: u32 = 250;

/// A kind of value, with its own contexts and weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind(pub u16);

pub(super) struct Codec<'a> {
    way: Way<'a>,
    model: Model,
    decisions: u64,
    most: u64,
    texts: usize,
    patterns: usize,
    regexes: usize,
    values: usize,
}

enum Way<'a> {
    /// The model learns; nothing is written.
    Learn,
    Write(Range, Vec<u8>),
    Read {
        range: Range,
        code: u32,
        bytes: &'a [u8],
        at: usize,
    },
}

#[derive(Clone, Copy)]
struct Range {
    low: u32,
    high: u32,
}

impl Range {
    const FULL: Self = Self { low: 0, high: u32::MAX };

    /// The last value of the part for 1. `chance` is the probability of a 1 in 65,536ths.
    fn middle(self, chance: u32) -> u32 {
        let width = u64::from(self.high - self.low);
        self.low + ((width * u64::from(chance)) >> 16) as u32
    }

    fn narrow(&mut self, middle: u32, bit: bool) {
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
    }

    /// The leading byte, once it is final.
    fn settled(&mut self) -> Option<u8> {
        let byte = (self.high >> 24) as u8;
        if (self.low >> 24) as u8 != byte {
            return None;
        }
        self.low <<= 8;
        self.high = self.high << 8 | 0xff;
        Some(byte)
    }

    /// The fewest bytes that, followed by zeros, are in the range.
    fn ending(self) -> Vec<u8> {
        for bytes in 0..4 {
            let mask = u32::MAX.checked_shr(8 * bytes).unwrap_or(0);
            let value = self.low.checked_add(mask).map(|v| v & !mask);
            if let Some(value) = value.filter(|v| *v <= self.high) {
                return value.to_be_bytes().into_iter().take(bytes as usize).collect();
            }
        }
        self.low.to_be_bytes().to_vec()
    }
}

impl<'a> Codec<'a> {
    /// A codec that learns from passed values until switched to writing or reading.
    pub fn new() -> Self {
        Self::knowing(Model::new())
    }

    /// A codec with a learned model.
    pub fn knowing(model: Model) -> Self {
        Self { way: Way::Learn, model, decisions: 0, most: u64::MAX, texts: 0, patterns: 0, regexes: 0, values: 0 }
    }

    /// The learned model.
    pub fn known(self) -> Model {
        self.model
    }

    /// Switches to writing.
    pub fn writing(mut self) -> Self {
        self.way = Way::Write(Range::FULL, Vec::new());
        self.texts = 0;
        self.patterns = 0;
        self.regexes = 0;
        self.values = 0;
        self
    }

    /// Switches to reading.
    pub fn reading<'b>(self, bytes: &'b [u8]) -> Codec<'b> {
        let code = (0..4).fold(0, |code, i| code << 8 | u32::from(bytes.get(i).copied().unwrap_or(0)));
        let (least, each) = DECISIONS;
        let most = (bytes.len() as u64).saturating_mul(each).saturating_add(least).min(MAX_DECISIONS);
        let way = Way::Read { range: Range::FULL, code, bytes, at: 4 };
        Codec { way, model: self.model, decisions: 0, most, texts: 0, patterns: 0, regexes: 0, values: 0 }
    }

    /// Whether values are decoded rather than passed in.
    pub fn is_reading(&self) -> bool {
        matches!(self.way, Way::Read { .. })
    }

    /// The written bytes.
    pub fn written(self) -> Vec<u8> {
        match self.way {
            Way::Write(range, mut bytes) => {
                bytes.extend(range.ending());
                bytes
            }
            _ => Vec::new(),
        }
    }

    /// Refuses trailing data that no writer produces.
    pub fn finish(&self) -> Result<(), LinkError> {
        let Way::Read { range, bytes, at, .. } = &self.way else { return Ok(()) };
        let ending = range.ending();
        let settled = at - 4;
        match bytes.get(settled..) {
            Some(rest) if rest == ending => Ok(()),
            _ => Err(LinkError::Unreadable),
        }
    }

    /// Takes from the budget for texts; `characters` are those of one text.
    pub fn count_text(&mut self, characters: usize) -> Result<(), LinkError> {
        self.texts = self.texts.saturating_add(characters);
        if self.is_reading() && self.texts > super::caps::TEXT_IN_ALL {
            return Err(LinkError::Beyond { what: "texts" });
        }
        Ok(())
    }

    /// Takes from the budgets for patterns, before compiling one.
    pub fn count_pattern(&mut self, is_regex: bool) -> Result<(), LinkError> {
        self.patterns += 1;
        self.regexes += usize::from(is_regex);
        if self.is_reading() && self.patterns > super::caps::PATTERNS_IN_ALL {
            return Err(LinkError::Beyond { what: "patterns" });
        }
        if self.is_reading() && self.regexes > super::caps::REGEXES {
            return Err(LinkError::Beyond { what: "regular expressions" });
        }
        Ok(())
    }

    /// Takes from the budget for table values.
    pub fn count_values(&mut self, values: usize) -> Result<(), LinkError> {
        self.values = self.values.saturating_add(values);
        if self.is_reading() && self.values > super::caps::VALUES_IN_ALL {
            return Err(LinkError::Beyond { what: "percentiles" });
        }
        Ok(())
    }

    /// One decision. `node` distinguishes the decisions of one value; `contexts` are at most [`MIXED`].
    pub fn bit(&mut self, kind: Kind, node: u32, contexts: &[u32], bit: bool) -> Result<bool, LinkError> {
        self.decisions += 1;
        if self.decisions > self.most {
            return Err(LinkError::Beyond { what: "values" });
        }
        let seen = self.model.predict(kind, node, contexts);
        let bit = match &mut self.way {
            Way::Learn => bit,
            Way::Write(range, bytes) => {
                range.narrow(range.middle(seen.chance), bit);
                while let Some(byte) = range.settled() {
                    bytes.push(byte);
                }
                bit
            }
            Way::Read { range, code, bytes, at } => {
                let middle = range.middle(seen.chance);
                let bit = *code <= middle;
                range.narrow(middle, bit);
                while range.settled().is_some() {
                    *code = *code << 8 | u32::from(bytes.get(*at).copied().unwrap_or(0));
                    *at += 1;
                    // Past the end only zeros follow; an ending of four bytes needs at most four.
                    if *at > bytes.len() + 8 {
                        return Err(LinkError::Unreadable);
                    }
                }
                bit
            }
        };
        self.model.learn(&seen, bit);
        Ok(bit)
    }

    /// A number of at least 0: its number of bits, then the bits.
    pub fn number(&mut self, kind: Kind, contexts: &[u32], value: u64) -> Result<u64, LinkError> {
        self.magnitude(kind, 0, contexts, value)
    }

    fn magnitude(&mut self, kind: Kind, base: u32, contexts: &[u32], value: u64) -> Result<u64, LinkError> {
        let bits = u64::BITS - value.leading_zeros();
        let mut found = 0;
        while found < u64::BITS && self.bit(kind, base + found, contexts, bits > found)? {
            found += 1;
        }
        if found < 2 {
            return Ok(u64::from(found));
        }
        let mut number = 1_u64;
        for place in (0..found - 1).rev() {
            let done = found - 1 - place;
            // The leading bits in full, those after them by position.
            let node = if done <= 4 { 100 + (found << 6) + (number as u32 & 31) } else { 5000 + (found << 6) + place };
            let few = if done <= 4 { contexts } else { contexts.get(..1).unwrap_or_default() };
            number = number << 1 | u64::from(self.bit(kind, base + node, few, value >> place & 1 == 1)?);
        }
        Ok(number)
    }

    /// A number usually close to 0.
    pub fn signed(&mut self, kind: Kind, contexts: &[u32], value: i64) -> Result<i64, LinkError> {
        if !self.bit(kind, 20_000, contexts, value != 0)? {
            return Ok(0);
        }
        let negative = self.bit(kind, 20_001, contexts, value < 0)?;
        let magnitude = self.magnitude(kind, 0, contexts, value.unsigned_abs().saturating_sub(1))?;
        let magnitude = i64::try_from(magnitude).ok().and_then(|m| m.checked_add(1)).ok_or(LinkError::Unreadable)?;
        Ok(if negative { -magnitude } else { magnitude })
    }

    /// A boolean.
    pub fn flag(&mut self, kind: Kind, contexts: &[u32], value: bool) -> Result<bool, LinkError> {
        self.bit(kind, 0, contexts, value)
    }

    /// One of `of` choices.
    pub fn choice(&mut self, kind: Kind, contexts: &[u32], of: u32, value: u32) -> Result<u32, LinkError> {
        let mut low = 0;
        let mut high = of.max(1);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.bit(kind, 30_000 + (middle << 8) + (high - low), contexts, value >= middle)? {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// 64 bits without a pattern.
    pub fn raw(&mut self, kind: Kind, value: u64) -> Result<u64, LinkError> {
        let mut number = 0;
        for place in (0..64).rev() {
            number = number << 1 | u64::from(self.bit(kind, 40_000 + place, &[], value >> place & 1 == 1)?);
        }
        Ok(number)
    }
}

struct Seen {
    /// Probability of a 1, in 65,536ths.
    chance: u32,
    set: usize,
    inputs: usize,
    slots: [usize; MIXED],
    stretched: [i32; MIXED],
    mixed: i32,
    /// The set of the second mixing and its result.
    second: (usize, i32),
}

/// The learned probabilities and weights.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// Upper 22 bits: probability of a 1; lower 10: number of observations.
    slots: Vec<u32>,
    weights: Vec<[i32; MIXED]>,
    /// Weights by kind and node, averaged with the others.
    second: Vec<[i32; MIXED]>,
    stretch: Vec<i16>,
}

impl Model {
    fn new() -> Self {
        let mut stretch = Vec::with_capacity(4096);
        for x in -2047..=2047 {
            let up_to = squash(x) as usize;
            while stretch.len() <= up_to {
                stretch.push(x as i16);
            }
        }
        stretch.resize(4096, 2047);
        let sets = |n| vec![[FIRST_WEIGHT; MIXED]; n];
        Self { slots: vec![1 << 31; SLOTS], weights: sets(SETS), second: sets(SECOND_SETS), stretch }
    }

    fn stretched(&self, chance: u32) -> i32 {
        self.stretch.get(chance as usize).copied().map_or(0, i32::from)
    }

    fn predict(&self, kind: Kind, node: u32, contexts: &[u32]) -> Seen {
        let bare = [0];
        let contexts = if contexts.is_empty() { &bare } else { contexts };
        let mut seen = Seen {
            chance: 0,
            set: 0,
            inputs: contexts.len().min(MIXED),
            slots: [0; MIXED],
            stretched: [0; MIXED],
            mixed: 0,
            second: (0, 0),
        };
        let mut familiar = 0;
        for (i, ((slot, input), context)) in seen.slots.iter_mut().zip(&mut seen.stretched).zip(contexts).enumerate() {
            *slot = hash(u32::from(kind.0) << 4 | i as u32, node, *context) as usize % SLOTS;
            let state = self.slots.get(*slot).copied().unwrap_or_default();
            *input = self.stretched(state >> 20);
            familiar += usize::from(state & 1023 > 0);
        }
        let class = match node {
            0..3 => node as usize,
            3..20_000 => 3,
            _ => 4 + node as usize % 2,
        };
        // The weight of each context depends on how many were seen before.
        seen.set = (usize::from(kind.0) * CLASSES + class * 4 + familiar * 3 / seen.inputs.max(1)) % SETS;
        let mix = |weights: Option<&[i32; MIXED]>| {
            let pairs = seen.stretched.iter().zip(weights.copied().unwrap_or_default());
            let dot: i64 = pairs.map(|(x, weight)| i64::from(*x) * i64::from(weight)).sum();
            (dot >> 16).clamp(-2047, 2047) as i32
        };
        let mixed = mix(self.weights.get(seen.set));
        let set = hash(u32::from(kind.0), node, 77) as usize % SECOND_SETS;
        let second = mix(self.second.get(set));
        (seen.mixed, seen.second) = (mixed, (set, second));
        seen.chance = ((squash((mixed + second) / 2) as u32) << 4 | 8).clamp(24, 65_536 - 24);
        seen
    }

    fn learn(&mut self, seen: &Seen, bit: bool) {
        let correct = |weights: &mut [i32; MIXED], mixed: i32| {
            let error = i64::from((i32::from(bit) << 12) - squash(mixed)) * LEARNING;
            for (weight, input) in weights.iter_mut().zip(seen.stretched).take(seen.inputs) {
                let moved = i64::from(*weight) + ((i64::from(input) * error + 0x8000) >> 16);
                *weight = moved.clamp(-(1 << 20), 1 << 20) as i32;
            }
        };
        if let Some(weights) = self.weights.get_mut(seen.set) {
            correct(weights, seen.mixed);
        }
        let (set, mixed) = seen.second;
        if let Some(weights) = self.second.get_mut(set) {
            correct(weights, mixed);
        }
        let target: i64 = if bit { (1 << 22) - 1 } else { 0 };
        for slot in seen.slots.iter().take(seen.inputs) {
            let Some(slot) = self.slots.get_mut(*slot) else { continue };
            let (chance, count) = (i64::from(*slot >> 10), *slot & 1023);
            // Halfway between Laplace's rule and full adaptation to the first observation.
            let moved = chance + (target - chance) * 2 / (2 * i64::from(count) + 3);
            *slot = (moved.clamp(0, (1 << 22) - 1) as u32) << 10 | (count + 1).min(MAX_OBSERVATIONS);
        }
    }
}

/// 65,536 is a weight of 1.
const FIRST_WEIGHT: i32 = 20_000;
const LEARNING: i64 = 80;

/// 4096 / (1 + e^(-x/256)), interpolated between 33 values.
fn squash(x: i32) -> i32 {
    const AT: [i32; 33] = [
        1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785, 3901,
        3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094,
    ];
    if x > 2047 {
        return 4095;
    }
    if x < -2047 {
        return 0;
    }
    let (place, part) = ((x >> 7) + 16, x & 127);
    let at = |i: i32| AT.get(i as usize).copied().unwrap_or(4095);
    (at(place) * (128 - part) + at(place + 1) * part + 64) >> 7
}

/// Mixes the parts of a context (Murmur3's finaliser).
pub(super) fn hash(a: u32, b: u32, c: u32) -> u32 {
    let mut h = a.wrapping_mul(0x9e37_79b1) ^ b.wrapping_mul(0x85eb_ca6b).rotate_left(13) ^ c.wrapping_mul(0xc2b2_ae35);
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ h >> 16
}
