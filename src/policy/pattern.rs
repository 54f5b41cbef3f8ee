//! Patterns for services and endpoints.

use std::fmt;
use std::ops::Deref;

use memchr::memmem;
use regex_lite::{Regex, RegexBuilder};
use serde::{Serialize, Serializer};

use crate::order;

/// A glob (`*` any text, `?` one character) over the whole name, or, after `re:`, a regular expression that may match
/// anywhere. Both ignore case. The time to match a name is at most its length times the size of the pattern, without
/// backtracking.
///
/// ```
/// use loaddiff::policy::Pattern;
///
/// assert!(Pattern::new("/v1/*").unwrap().matches("/V1/chat"));
/// assert!(Pattern::new("re:^/user/[0-9]+$").unwrap().matches("/user/17"));
/// ```
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    /// A name without wildcards, as [`folded`].
    Name(String),
    Glob(Glob),
    Regex(Box<Expression>),
}

/// Maximum bytes of a pattern.
pub(super) const MAX_PATTERN_BYTES: usize = 4096;

/// Maximum bytes of a compiled regular expression. A repetition counts as its expansion.
const REGEX_BYTES: usize = 32 * 1024;

/// Smallest size class of compiled regular expressions, in bytes.
const SMALLEST_REGEX_BYTES: usize = 256;

/// Maximum patterns of a policy.
pub(crate) const MAX_PATTERNS: usize = 50_000;

/// Maximum regular expressions of a policy: each may take [`REGEX_BYTES`].
pub(crate) const MAX_REGEXES: usize = 1000;

/// Steps per byte of a name and 64 characters of a glob: measured, 2 to 6 ns.
const GLOB_STEPS: u64 = 4;

/// Bytes of a compiled regular expression per step and byte of a name: measured, up to 0.5 ns with every state active.
const STEP_BYTES: u64 = 2;

impl Pattern {
    /// Parses a glob, or a regular expression after `re:`. The error is a sentence without a position.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.len() > MAX_PATTERN_BYTES {
            return Err(format!("it has {} bytes; a pattern has at most {MAX_PATTERN_BYTES}", text.len()));
        }
        let matcher = match text.strip_prefix("re:") {
            Some("") => return Err("the regular expression after \"re:\" is empty".to_owned()),
            Some(regex) => Matcher::Regex(Box::new(Expression::new(regex)?)),
            None if text.is_empty() => return Err("the pattern is empty".to_owned()),
            None if text.contains(['*', '?']) => Matcher::Glob(Glob::new(text)),
            None => Matcher::Name(folded(text)),
        };
        Ok(Self { text: text.to_owned(), matcher })
    }

    /// The glob `*`, which matches every name, the empty one included.
    pub fn any() -> Self {
        Self { text: "*".to_owned(), matcher: Matcher::Glob(Glob::new("*")) }
    }

    /// Whether a text is a regular expression.
    pub(crate) fn is_regex(text: &str) -> bool {
        text.starts_with("re:")
    }

    /// The original text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the name matches.
    pub fn matches(&self, name: &str) -> bool {
        match &self.matcher {
            Matcher::Name(same) => name.chars().map(fold).eq(same.chars()),
            Matcher::Glob(glob) => glob.matches(name),
            Matcher::Regex(regex) => regex.may_match(name) && regex.program.is_match(name),
        }
    }

    /// Maximum steps of [`Pattern::matches`]; see [`work`](super::work).
    pub(super) fn steps(&self, name: &str) -> u64 {
        let length = name.len() as u64 + 1;
        match (self.steps_for_byte(), &self.matcher) {
            (Some(steps), _) => length * steps,
            (None, Matcher::Regex(regex)) if regex.may_match(name) => length * (1 + regex.bytes as u64 / STEP_BYTES),
            (None, _) => length,
        }
    }

    /// Steps per byte of a name; `None` if it depends on the name.
    pub(super) fn steps_for_byte(&self) -> Option<u64> {
        match &self.matcher {
            Matcher::Name(_) => Some(0),
            Matcher::Glob(glob) if glob.is_any() => Some(0),
            Matcher::Glob(glob) => Some(GLOB_STEPS * glob.words as u64),
            Matcher::Regex(_) => None,
        }
    }

    /// Specificity; larger is more specific. In descending order: a name without wildcards, globs by number of plain
    /// characters, regular expressions, `*`.
    pub fn specificity(&self) -> (u8, usize) {
        match &self.matcher {
            Matcher::Regex(_) => (1, 0),
            Matcher::Name(_) => (3, self.text.chars().count()),
            Matcher::Glob(_) => match self.text.chars().filter(|c| !matches!(c, '*' | '?')).count() {
                0 => (0, 0),
                some => (2, some),
            },
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Several patterns, of which one must match. Names without wildcards are looked up in a sorted list.
#[derive(Debug, Clone)]
pub struct Patterns {
    all: Vec<Pattern>,
    /// Sorted.
    names: Vec<String>,
    /// Indices of the others.
    others: Vec<usize>,
}

impl Patterns {
    /// Whether one of them matches the name.
    pub fn matches(&self, name: &str) -> bool {
        (!self.names.is_empty() && self.names.binary_search(&folded(name)).is_ok())
            || self.others().any(|pattern| pattern.matches(name))
    }

    /// Maximum steps of [`Patterns::matches`].
    pub(crate) fn steps(&self, name: &str) -> u64 {
        self.others().map(|pattern| pattern.steps(name)).fold(1, u64::saturating_add)
    }

    /// Those that are not plain names.
    pub(super) fn others(&self) -> impl Iterator<Item = &Pattern> {
        self.others.iter().filter_map(|index| self.all.get(*index))
    }
}

impl FromIterator<Pattern> for Patterns {
    fn from_iter<I: IntoIterator<Item = Pattern>>(patterns: I) -> Self {
        let all: Vec<Pattern> = patterns.into_iter().collect();
        let (mut names, mut others) = (Vec::new(), Vec::new());
        for (index, pattern) in all.iter().enumerate() {
            match &pattern.matcher {
                Matcher::Name(name) => names.push(name.clone()),
                _ => others.push(index),
            }
        }
        order::sort(&mut names);
        Self { all, names, others }
    }
}

impl From<Vec<Pattern>> for Patterns {
    fn from(patterns: Vec<Pattern>) -> Self {
        patterns.into_iter().collect()
    }
}

impl Deref for Patterns {
    type Target = [Pattern];

    fn deref(&self) -> &[Pattern] {
        &self.all
    }
}

impl PartialEq for Patterns {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Serialize for Patterns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(serializer)
    }
}

/// A character folded for comparison.
fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    // The capital İ is two characters in lower case.
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

/// A glob as an automaton whose states are bits: 64 characters of the glob take one step for each character of a name.
/// The glob crates (globset, wildmatch) either add a second regular expression engine to the page or take one step for
/// each character of the glob: 100 globs of 400 characters took 18 s for 20 names of 4,000.
#[derive(Debug, Clone)]
struct Glob {
    /// 64-bit words of a set of states. State n: n characters of the glob are matched.
    words: usize,
    /// The ASCII characters in the glob, sorted, then the others: row n of `next` is about the n-th.
    characters: Vec<char>,
    /// For each character, and last for those not in the glob: the states with a transition on it.
    next: Vec<u64>,
    /// The states that stay on any character: at a `*`.
    stay: Vec<u64>,
    /// The accepting state.
    last: usize,
    /// The part after the last `*`, from the end; `None` is any character. A cheap first test, which most names fail.
    end: Vec<Option<char>>,
}

impl Glob {
    fn new(text: &str) -> Self {
        let items: Vec<char> = text.chars().filter(|c| *c != '*').map(fold).collect();
        let mut characters: Vec<char> = items.iter().copied().filter(|c| *c != '?').collect();
        order::sort(&mut characters);
        characters.dedup();
        let words = items.len() / 64 + 1;
        let mut next = vec![0; words * (characters.len() + 1)];
        let mut set = |row: usize, state: usize| {
            if let Some(word) = next.get_mut(row * words + state / 64) {
                *word |= 1 << (state % 64);
            }
        };
        for (state, item) in items.iter().enumerate() {
            match characters.binary_search(item) {
                Ok(row) => set(row, state),
                // A question mark.
                Err(_) => (0..=characters.len()).for_each(|row| set(row, state)),
            }
        }
        let mut stay = vec![0_u64; words];
        let mut state = 0;
        for c in text.chars() {
            if c != '*' {
                state += 1;
            } else if let Some(word) = stay.get_mut(state / 64) {
                *word |= 1 << (state % 64);
            }
        }
        let end = text.chars().rev().take_while(|c| *c != '*').map(|c| (c != '?').then(|| fold(c))).collect();
        Self { words, characters, next, stay, last: items.len(), end }
    }

    /// Whether it is `*`.
    fn is_any(&self) -> bool {
        self.last == 0
    }

    fn matches(&self, name: &str) -> bool {
        let mut from_end = name.chars().rev();
        if !self.end.iter().all(|asked| from_end.next().is_some_and(|c| asked.is_none_or(|asked| asked == fold(c)))) {
            return false;
        }
        let (mut one, mut many);
        let states: &mut [u64] = if self.words == 1 {
            one = [0_u64];
            &mut one
        } else {
            many = vec![0_u64; self.words];
            &mut many
        };
        if let Some(first) = states.first_mut() {
            *first = 1;
        }
        // Range of words with states.
        let (mut low, mut high) = (0, 0);
        for c in name.chars() {
            let row = self.characters.binary_search(&fold(c)).unwrap_or(self.characters.len());
            let next = self.next.get(row * self.words + low..).unwrap_or_default();
            let stay = self.stay.get(low..).unwrap_or_default();
            let (mut carried, mut starred, mut first, mut last) = (0, None, None, None);
            let held = states.get_mut(low..(high + 2).min(self.words)).unwrap_or_default();
            for (at, ((states, next), stay)) in held.iter_mut().zip(next).zip(stay).enumerate() {
                let go = *states & next;
                *states = go << 1 | carried | *states & stay;
                carried = go >> 63;
                if *states != 0 {
                    first = first.or(Some(low + at));
                    last = Some(low + at);
                }
                if *states & stay != 0 {
                    starred = Some((low + at, 63 - (*states & stay).leading_zeros()));
                }
            }
            let Some((first, last)) = first.zip(last) else { return false };
            let before = low;
            (low, high) = (first, last);
            // After a `*`, earlier states no longer matter.
            if let Some((word, bit)) = starred {
                states.get_mut(before..word).unwrap_or_default().fill(0);
                if let Some(states) = states.get_mut(word) {
                    *states &= u64::MAX << bit;
                }
                low = word;
            }
        }
        states.get(self.last / 64).is_some_and(|word| word >> (self.last % 64) & 1 == 1)
    }
}

/// A regular expression.
#[derive(Debug, Clone)]
struct Expression {
    program: Regex,
    /// Size of the program in bytes, rounded up to a power of two.
    bytes: usize,
    /// A lower-case text contained in every matching name; empty if unknown.
    needs: String,
}

impl Expression {
    fn new(text: &str) -> Result<Self, String> {
        let mut bytes = SMALLEST_REGEX_BYTES;
        loop {
            match RegexBuilder::new(text).case_insensitive(true).size_limit(bytes).build() {
                Ok(program) => return Ok(Self { program, bytes, needs: needs(text) }),
                Err(_) if bytes < REGEX_BYTES => bytes *= 2,
                Err(error) => return Err(format!("the regular expression cannot be read: {error}")),
            }
        }
    }

    fn may_match(&self, name: &str) -> bool {
        self.needs.is_empty() || memmem::find(name.to_ascii_lowercase().as_bytes(), self.needs.as_bytes()).is_some()
    }
}

/// The longest lower-case text that a regular expression requires. It is searched for first: most names lack it, and a
/// search takes a thousandth of the time of the program.
fn needs(regex: &str) -> String {
    let (mut longest, mut found) = (String::new(), String::new());
    let mut depth = 0_usize;
    let mut chars = regex.chars().peekable();
    while let Some(c) = chars.next() {
        let literal = match c {
            // Alternatives, flags, and comments: nothing is certain.
            '|' if depth == 0 => return String::new(),
            '(' => {
                if chars.peek() == Some(&'?') {
                    return String::new();
                }
                depth += 1;
                None
            }
            ')' => {
                depth = depth.saturating_sub(1);
                None
            }
            '[' => {
                // A nested class, or one with a bracket as its first member: rare, and not handled.
                let mut closed = false;
                if matches!(chars.peek(), Some(']' | '^')) {
                    return String::new();
                }
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' => drop(chars.next()),
                        '[' => return String::new(),
                        ']' => {
                            closed = true;
                            break;
                        }
                        _ => {}
                    }
                }
                if !closed {
                    return String::new();
                }
                None
            }
            '\\' => match chars.next() {
                Some(escaped) if escaped.is_ascii_punctuation() && !matches!(escaped, '<' | '>') => Some(escaped),
                Some('d' | 'D' | 's' | 'S' | 'w' | 'W' | 'b' | 'B') => None,
                // A character by its number.
                _ => return String::new(),
            },
            '^' | '$' | '.' | '*' | '+' | '?' | '{' | '}' => None,
            c if c.is_ascii() => Some(c),
            _ => None,
        };
        if c == '{' {
            // Repetition counts are not text.
            while chars.next().is_some_and(|c| c != '}') {}
        }
        match literal.filter(|_| depth == 0) {
            Some(literal) => {
                let ends = match chars.peek() {
                    Some('*' | '?' | '{') => {
                        // Optional.
                        true
                    }
                    Some('+') => {
                        found.push(literal.to_ascii_lowercase());
                        true
                    }
                    _ => {
                        found.push(literal.to_ascii_lowercase());
                        false
                    }
                };
                if ends {
                    keep_longer(&mut longest, &mut found);
                }
            }
            None => keep_longer(&mut longest, &mut found),
        }
    }
    keep_longer(&mut longest, &mut found);
    longest
}

fn keep_longer(longest: &mut String, found: &mut String) {
    if found.len() > longest.len() {
        std::mem::swap(longest, found);
    }
    found.clear();
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A glob from its definition.
    fn by_definition(glob: &[char], name: &[char]) -> bool {
        match (glob.split_first(), name.split_first()) {
            (None, rest) => rest.is_none(),
            (Some((&'*', glob_rest)), rest) => {
                by_definition(glob_rest, name) || rest.is_some_and(|(_, name_rest)| by_definition(glob, name_rest))
            }
            (Some((c, glob_rest)), Some((d, name_rest))) => {
                (*c == '?' || c.to_lowercase().eq(d.to_lowercase())) && by_definition(glob_rest, name_rest)
            }
            (Some(_), None) => false,
        }
    }

    #[test]
    fn long_globs() {
        let long = "a".repeat(200);
        let glob = Pattern::new(&format!("*{long}?{long}*b")).unwrap();
        assert!(glob.matches(&format!("x{long}A{long}{long}B")));
        assert!(!glob.matches(&"a".repeat(400)) && !glob.matches(&format!("{}b", "a".repeat(400))));
        assert!(glob.matches(&format!("{}b", "a".repeat(401))));
        for n in 60..70 {
            let text = "x".repeat(n);
            assert!(Pattern::new(&format!("{text}*")).unwrap().matches(&text), "{n}");
            assert!(!Pattern::new(&format!("{text}?")).unwrap().matches(&text), "{n}");
        }
    }

    #[test]
    fn the_size_of_a_program_includes_repetitions() {
        let bytes = |text: &str| Expression::new(text).unwrap().bytes;
        assert!(bytes("(.*a){20}b") >= 8 * bytes("(.*a)b"));
        assert!(Pattern::new("re:(.*a){2000}b").unwrap_err().contains("cannot be read"));
        assert!(Pattern::new("re:((a{50}){50}){50}").unwrap_err().contains("cannot be read"));
        assert!(Pattern::new(&"a".repeat(5000)).unwrap_err().contains("at most 4096"));
    }

    #[test]
    fn required_text_of_expressions() {
        for (regex, text) in [
            ("^/user/[0-9]+$", "/user/"),
            ("(.*a){20}b0", "b0"),
            ("CHECK?out", "chec"),
            ("ab+c", "ab"),
            ("a|b", ""),
            ("(?x)a b", ""),
            (r"\x41b", ""),
            (r"/v1\.2/x", "/v1.2/x"),
            ("[abc]d", "d"),
            ("[]a]d", ""),
            ("a{2}bc", "bc"),
            ("(a|b)cd", "cd"),
        ] {
            assert_eq!(needs(regex), text, "{regex}");
        }
    }

    proptest! {
        #[test]
        fn globs_match_by_their_definition(glob in "[aAb?*éİK]{1,9}", name in "[aAbBkéÉİ]{0,9}") {
            let (g, n): (Vec<char>, Vec<char>) = (glob.chars().collect(), name.chars().collect());
            prop_assert_eq!(Pattern::new(&glob).unwrap().matches(&name), by_definition(&g, &n));
        }

        #[test]
        fn required_text_excludes_no_match(
            regex in r"([abA]|[ab][*+?]|\(a\|b\)|\(ab\)\?|\[ab\]|\.|\\d|\\\.|\||a\{0,2\}|\^|\$){1,8}",
            name in "[abAB1.]{0,10}",
        ) {
            if let Ok(expression) = Expression::new(&regex) {
                prop_assert!(!expression.program.is_match(&name) || expression.may_match(&name));
            }
        }

        #[test]
        fn many_patterns_match_as_each(globs in prop::collection::vec("[aAb?*]{1,4}", 0..9), name in "[abAB]{0,5}") {
            let each: Vec<Pattern> = globs.iter().map(|glob| Pattern::new(glob).unwrap()).collect();
            let any = each.iter().any(|pattern| pattern.matches(&name));
            prop_assert_eq!(Patterns::from(each).matches(&name), any);
        }
    }
}
