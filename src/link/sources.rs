//! A link to the locations of files: `#base=URL&run=URL[&policy=URL]`. `base` and `run` may be repeated, once per file
//! of a run. `docs/source-links.md` describes it.
//!
//! This module fetches nothing. The user sees the addresses first, so a link must have the same meaning here as in a
//! browser, or it is refused: an ambiguous address (credentials before the host, backslashes, unusual spellings of
//! hosts) is an error with a reason.
//!
//! ```
//! use loaddiff::link::sources::Sources;
//!
//! let fragment = "base=https://github.com/acme/load/blob/main/a_stats.csv&run=https://example.org/b_stats.csv";
//! let sources = Sources::parse(fragment, None)?;
//! let baseline = sources.baseline.first().map(|file| file.address.to_string());
//! assert_eq!(baseline.as_deref(), Some("https://raw.githubusercontent.com/acme/load/main/a_stats.csv"));
//! # Ok::<(), loaddiff::link::sources::SourcesError>(())
//! ```

use std::fmt;

use crate::number;

/// Maximum characters of a fragment.
pub const MAX_CHARACTERS: usize = 65_536;
/// Maximum files of a link.
pub const MOST_FILES: usize = 40;
/// Maximum bytes of one address.
const MAX_ADDRESS_BYTES: usize = 8192;
/// Maximum bytes of a host, as in the DNS.
const MAX_HOST_BYTES: usize = 253;

/// GitHub's host of raw files, which allows other pages to read them.
const RAW: &str = "https://raw.githubusercontent.com";
const RAW_GIST: &str = "https://gist.githubusercontent.com";

/// The files of a comparison, by their addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The files of the baseline.
    pub baseline: Vec<Source>,
    /// The files of the run.
    pub run: Vec<Source>,
    /// The thresholds.
    pub policy: Option<Source>,
}

/// A file at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The address in the link.
    pub given: String,
    /// The address to fetch: of the file itself, if `given` is a page about it.
    pub address: Address,
}

/// An address of `http` or `https`, normalised as by browsers: scheme and host in lower case, no default port, no
/// credentials, no fragment, other characters percent-encoded, no `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    origin: String,
    path: String,
    query: String,
}

impl Sources {
    /// Parses a fragment, with or without `#`. `page` is the base of relative addresses.
    ///
    /// # Errors
    ///
    /// [`SourcesError`], if any part is invalid: there are no partial results.
    pub fn parse(fragment: &str, page: Option<&Address>) -> Result<Self, SourcesError> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        if fragment.len() > MAX_CHARACTERS {
            return Err(SourcesError::TooLong { characters: fragment.len() });
        }
        let mut sources = Self::default();
        for pair in fragment.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = match key.to_ascii_lowercase().as_str() {
                "base" => Key::Base,
                "run" => Key::Run,
                "policy" => Key::Policy,
                _ => return Err(SourcesError::UnknownKey { key: excerpt(key) }),
            };
            let given = percent_decoded(value);
            let address = given
                .as_deref()
                .ok_or(AddressError::Encoding)
                .and_then(|given| raw(given, page))
                .map_err(|why| SourcesError::Address { key: key.as_str(), given: excerpt(value), why })?;
            let source = Source { given: given.unwrap_or_default().trim().to_owned(), address };
            match key {
                Key::Base => sources.baseline.push(source),
                Key::Run => sources.run.push(source),
                Key::Policy if sources.policy.is_some() => return Err(SourcesError::TwoPolicies),
                Key::Policy => sources.policy = Some(source),
            }
            if sources.baseline.len() + sources.run.len() > MOST_FILES {
                return Err(SourcesError::TooMany);
            }
        }
        if sources.baseline.is_empty() && sources.run.is_empty() {
            return Err(SourcesError::NoFiles);
        }
        Ok(sources)
    }

    /// The fragment of this link, beginning with `#`; the inverse of [`Sources::parse`].
    #[must_use]
    pub fn fragment(&self) -> String {
        let sides = self.baseline.iter().map(|s| ("base", s)).chain(self.run.iter().map(|s| ("run", s)));
        let all = sides.chain(self.policy.iter().map(|s| ("policy", s)));
        let pairs: Vec<String> = all.map(|(key, source)| format!("{key}={}", encoded_value(&source.given))).collect();
        format!("#{}", pairs.join("&"))
    }

    /// All files, in the order of fetching.
    pub fn files(&self) -> impl Iterator<Item = &Source> {
        self.baseline.iter().chain(&self.run).chain(&self.policy)
    }

    /// The origins to contact, without duplicates, in order of appearance.
    #[must_use]
    pub fn origins(&self) -> Vec<&str> {
        let mut origins: Vec<&str> = Vec::new();
        for file in self.files() {
            if !origins.contains(&file.address.origin()) {
                origins.push(file.address.origin());
            }
        }
        origins
    }
}

impl Source {
    /// The file name: the last part of its address.
    #[must_use]
    pub fn name(&self) -> String {
        let (path, _) = self
            .address
            .path
            .rsplit_once("/raw")
            .filter(|(_, rest)| rest.is_empty())
            .unwrap_or((self.address.path.as_str(), ""));
        let last = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
        let name = percent_decoded(last).unwrap_or_else(|| last.to_owned());
        let name: String = name.chars().map(|c| if is_odd(c) || matches!(c, '/' | '\\') { '_' } else { c }).collect();
        if name.is_empty() { "file".to_owned() } else { name }
    }
}

impl Address {
    /// Parses an absolute address.
    ///
    /// # Errors
    ///
    /// [`AddressError`], also for addresses that a browser would read and display differently.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = plain(text)?;
        match scheme(text) {
            Some((scheme, rest)) => Self::absolute(scheme, rest),
            None => Err(AddressError::Relative),
        }
    }

    /// Parses an address, absolute or relative to this one.
    ///
    /// # Errors
    ///
    /// [`AddressError`].
    pub fn join(&self, text: &str) -> Result<Self, AddressError> {
        let text = plain(text)?;
        if let Some((scheme, rest)) = scheme(text) {
            return Self::absolute(scheme, rest);
        }
        if text.starts_with("//") {
            return Err(AddressError::Relative);
        }
        let (path, query) = path_and_query(text);
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = match path {
            "" => self.path.clone(),
            path if path.starts_with('/') => path.to_owned(),
            path => format!("{folder}/{path}"),
        };
        Ok(Self { origin: self.origin.clone(), path: without_dots(&encoded(&path)), query: encoded(query) })
    }

    fn absolute(scheme: &str, rest: &str) -> Result<Self, AddressError> {
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return Err(AddressError::Scheme { scheme: excerpt(&scheme) }),
        };
        let rest = rest.strip_prefix("//").ok_or(AddressError::Host)?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(AddressError::Credentials);
        }
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let mut origin = format!("{scheme}://{}", spelled(host)?);
        if let Some(port) = port.filter(|port| !port.is_empty()) {
            let digits = port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
            let port = port.parse::<u16>().ok().filter(|_| digits).ok_or(AddressError::Port)?;
            if port != default_port {
                origin.push_str(&format!(":{port}"));
            }
        }
        let (path, query) = path_and_query(rest);
        let path = if path.is_empty() { "/".to_owned() } else { without_dots(&encoded(path)) };
        Ok(Self { origin, path, query: encoded(query) })
    }

    /// Scheme, host and port: `https://example.org`, `http://127.0.0.1:8080`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host only.
    #[must_use]
    pub fn host(&self) -> &str {
        host_of(&self.origin)
    }

    /// Whether a page at `page`, whose policy also allows the origins `allowed`, may fetch this.
    #[must_use]
    pub fn may_be_fetched(&self, page: Option<&Self>, allowed: &[String]) -> bool {
        page.is_some_and(|page| page.origin == self.origin) || allowed.contains(&self.origin)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.origin, self.path, self.query)
    }
}

/// The host and port of an origin.
#[must_use]
pub fn host_of(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

/// The origins, other than the page's own, from which a content security policy allows fetching. Skips sources that are
/// not a complete origin (`https:`, `*`, `*.example.org`).
#[must_use]
pub fn allowed_origins(policy: &str) -> Vec<String> {
    let directive = policy.split(';').map(str::trim).find_map(|directive| {
        let (name, sources) = directive.split_once(' ')?;
        name.eq_ignore_ascii_case("connect-src").then_some(sources)
    });
    let origin = |source: &str| Address::parse(source).ok().map(|a| a.origin).filter(|origin| origin == source);
    directive.unwrap_or_default().split_ascii_whitespace().filter_map(origin).collect()
}

/// The address of the file itself: GitHub pages about a file become the file's raw address.
fn raw(given: &str, page: Option<&Address>) -> Result<Address, AddressError> {
    let address = match page {
        Some(page) => page.join(given)?,
        None => Address::parse(given)?,
    };
    let at = |origin: &str, parts: &[&str]| Address {
        origin: origin.to_owned(),
        path: format!("/{}", parts.join("/")),
        query: address.query.clone(),
    };
    let parts: Vec<&str> = address.path.split('/').skip(1).collect();
    match (address.origin.as_str(), parts.as_slice()) {
        ("https://github.com" | "https://www.github.com", parts) => match parts {
            [owner, repository, "blob" | "raw", reference, path @ ..]
                if path.last().is_some_and(|name| !name.is_empty()) =>
            {
                let all: Vec<&str> =
                    [*owner, *repository, *reference].into_iter().chain(path.iter().copied()).collect();
                // `?plain=1`, `?raw=true`: display options of GitHub.
                Ok(Address { query: String::new(), ..at(RAW, &all) })
            }
            _ => Err(AddressError::GitHubPage),
        },
        ("https://gist.github.com", parts) => {
            let several = given.split_once('#').is_some_and(|(_, part)| part.starts_with("file-"));
            match parts {
                [user, id] | [user, id, ""] if is_hex(id) && !several => Ok(at(RAW_GIST, &[user, id, "raw"])),
                [user, id, revision] if is_hex(id) && is_hex(revision) && !several => {
                    Ok(at(RAW_GIST, &[user, id, "raw", revision]))
                }
                [_, id, "raw", ..] if is_hex(id) => Ok(at(RAW_GIST, parts)),
                _ => Err(AddressError::GistPage),
            }
        }
        _ => Ok(address),
    }
}

/// Whether a part of a gist's address is an identifier or a revision.
fn is_hex(text: &str) -> bool {
    text.len() >= 7 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[derive(Clone, Copy)]
enum Key {
    Base,
    Run,
    Policy,
}

impl Key {
    fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Run => "run",
            Self::Policy => "policy",
        }
    }
}

/// Trims an address. Browsers drop line breaks inside an address and read `\` as `/`.
fn plain(text: &str) -> Result<&str, AddressError> {
    let text = text.trim_matches(' ');
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    if text.len() > MAX_ADDRESS_BYTES {
        return Err(AddressError::TooLong);
    }
    if text.chars().any(|c| c.is_control() || c == '\\') {
        return Err(AddressError::Character);
    }
    Ok(text)
}

/// The scheme and the text after its colon, if there is one.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let mut chars = scheme.chars();
    let is_scheme = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then_some((scheme, rest))
}

/// Normalises a host as browsers do. They would read `127.1` and `0x7f.0.0.1` as other hosts.
fn spelled(host: &str) -> Result<String, AddressError> {
    if !host.is_ascii() || host.contains('%') {
        return Err(AddressError::UnicodeHost);
    }
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if host.len() > MAX_HOST_BYTES || !host.split('.').all(is_label) {
        return Err(AddressError::Host);
    }
    let host = host.to_ascii_lowercase();
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    let is_byte = |part: &str| part.parse::<u8>().is_ok_and(|byte| byte.to_string() == part);
    if is_number && !(host.split('.').count() == 4 && host.split('.').all(is_byte)) {
        return Err(AddressError::Host);
    }
    Ok(host)
}

/// Path and query, the query with its `?`, without the fragment.
fn path_and_query(text: &str) -> (&str, &str) {
    let text = text.split_once('#').map_or(text, |(text, _)| text);
    text.split_at(text.find('?').unwrap_or(text.len()))
}

/// A path from its `/` on, without `.` and `..`, in either spelling.
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut all = path.split('/').skip(1).peekable();
    while let Some(part) = all.next() {
        let is_last = all.peek().is_none();
        match part.to_ascii_lowercase().replace("%2e", ".").as_str() {
            "." => {}
            ".." => drop(parts.pop()),
            _ => {
                parts.push(part);
                continue;
            }
        }
        if is_last {
            parts.push("");
        }
    }
    format!("/{}", parts.join("/"))
}

/// Percent-encodes characters not allowed in a path or a query, leaving encoded ones unchanged.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let stands =
            byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'^' | b'\'');
        push(&mut out, byte, stands);
    }
    out
}

/// Percent-encodes characters not allowed in a value of the fragment.
pub(crate) fn encoded_value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let stands = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'?' | b'=' | b',' | b'@');
        push(&mut out, byte, stands);
    }
    out
}

fn push(out: &mut String, byte: u8, stands: bool) {
    if stands {
        out.push(char::from(byte));
    } else {
        out.push_str(&format!("%{byte:02X}"));
    }
}

/// Decodes `%41`; an incomplete escape stays unchanged. `None` if the bytes are not UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    let digit = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

/// Control characters, and bidirectional controls: a name would be displayed differently.
fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The start of a text from a link, for a message.
fn excerpt(text: &str) -> String {
    const MAX_CHARACTERS: usize = 120;
    let mut out: String = text.chars().take(MAX_CHARACTERS).map(|c| if is_odd(c) { ' ' } else { c }).collect();
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        out.push('…');
    }
    out
}

/// Why a fragment is not a link to files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourcesError {
    /// It is longer than any such link.
    TooLong {
        /// Number of bytes.
        characters: usize,
    },
    /// It has more files than [`MOST_FILES`].
    TooMany,
    /// It has no files.
    NoFiles,
    /// It has two thresholds files.
    TwoPolicies,
    /// It has a key other than `base=`, `run=` and `policy=`.
    UnknownKey {
        /// The key.
        key: String,
    },
    /// An address in it is invalid.
    Address {
        /// Its key.
        key: &'static str,
        /// The address in the link.
        given: String,
        /// The reason.
        why: AddressError,
    },
}

/// Why an address is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressError {
    /// It is empty.
    Empty,
    /// Longer than servers accept.
    TooLong,
    /// Percent-encoded bytes that are not text.
    Encoding,
    /// A control character or a backslash.
    Character,
    /// Neither `http:` nor `https:`.
    Scheme {
        /// The text before the colon.
        scheme: String,
    },
    /// A relative address without a base.
    Relative,
    /// User name or password before the host.
    Credentials,
    /// No host, or one in an ambiguous spelling.
    Host,
    /// A host with non-ASCII characters.
    UnicodeHost,
    /// An invalid port.
    Port,
    /// A GitHub page that is not about a single file.
    GitHubPage,
    /// A gist page without a file name.
    GistPage,
}

impl fmt::Display for SourcesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { characters } => write!(
                f,
                "The link has {} characters, and up to {} are read.",
                number::count(*characters as u64),
                number::count(MAX_CHARACTERS as u64)
            ),
            Self::TooMany => write!(f, "The link names more than {MOST_FILES} files."),
            Self::NoFiles => f.write_str("The link names no file: it needs a `base=` or a `run=` with an address."),
            Self::TwoPolicies => f.write_str("The link names two thresholds files, and one can be in force."),
            Self::UnknownKey { key } => write!(
                f,
                "The link holds “{key}”, and `base=`, `run=` and `policy=` are known. An & inside an address is \
                 written `%26`."
            ),
            Self::Address { key, given, why } => write!(f, "The address at `{key}=` cannot be used ({given}): {why}"),
        }
    }
}

impl std::error::Error for SourcesError {}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty."),
            Self::TooLong => write!(f, "it is longer than {} bytes.", number::count(MAX_ADDRESS_BYTES as u64)),
            Self::Encoding => f.write_str("its percent-encoded bytes are no UTF-8."),
            Self::Character => f.write_str("there is a control character or a backslash in it."),
            Self::Scheme { scheme } => write!(f, "it begins with `{scheme}:`, and `https:` and `http:` are fetched."),
            Self::Relative => f.write_str("it names no server; begin it with `https://`."),
            Self::Credentials => {
                f.write_str("there is a user name or a password before its host. None is ever sent: leave it out.")
            }
            Self::Host => f.write_str("its host is missing, or a number in an unusual spelling."),
            Self::UnicodeHost => f.write_str(
                "its host has other characters than letters of ASCII, digits, - and points; write it as its `xn--` form.",
            ),
            Self::Port => f.write_str("its port is no number up to 65535."),
            Self::GitHubPage => f.write_str(
                "this is a page of GitHub, and not a file: open the file there, and take the address of that page \
                 (with `/blob/` in it) or of its button “Raw”.",
            ),
            Self::GistPage => f.write_str(
                "this page of a gist does not say which file is meant: take the address of the file’s button “Raw”.",
            ),
        }
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page() -> Address {
        Address::parse("https://acme.github.io/loaddiff/index.html?embed=1").unwrap()
    }

    fn one(value: &str) -> Result<String, AddressError> {
        match Sources::parse(&format!("#run={}", encoded_value(value)), Some(&page())) {
            Ok(sources) => Ok(sources.run[0].address.to_string()),
            Err(SourcesError::Address { why, .. }) => Err(why),
            Err(other) => panic!("{other}"),
        }
    }

    /// Values from a browser: `new URL(text, page).href`, and GitHub's own “Raw” buttons for its pages.
    #[test]
    fn addresses_as_a_browser_reads_them() {
        for (text, href) in [
            ("https://example.org", "https://example.org/"),
            ("HTTPS://Example.ORG:443/A%20b/./c/../d.csv?x=1#part", "https://example.org/A%20b/d.csv?x=1"),
            ("http://127.0.0.1:8080/a b.csv", "http://127.0.0.1:8080/a%20b.csv"),
            ("http://localhost:80", "http://localhost/"),
            ("https://example.org:/x", "https://example.org/x"),
            ("https://example.org?x", "https://example.org/?x"),
            ("https://example.org/ü/%ff/%2E%2e/x", "https://example.org/%C3%BC/x"),
            ("https://example.org/a/..", "https://example.org/"),
            ("https://example.org/../../a/.", "https://example.org/a/"),
            ("https://example.org/a//b", "https://example.org/a//b"),
            ("https://example.org/50%", "https://example.org/50%"),
            ("https://xn--bcher-kva.example/x", "https://xn--bcher-kva.example/x"),
            ("  https://example.org/x  ", "https://example.org/x"),
            ("results/a_stats.csv", "https://acme.github.io/loaddiff/results/a_stats.csv"),
            ("./a.csv?v=2", "https://acme.github.io/loaddiff/a.csv?v=2"),
            ("../other/a.csv", "https://acme.github.io/other/a.csv"),
            ("/a.csv", "https://acme.github.io/a.csv"),
            ("?a", "https://acme.github.io/loaddiff/index.html?a"),
            ("./a:b.csv", "https://acme.github.io/loaddiff/a:b.csv"),
        ] {
            assert_eq!(one(text).as_deref(), Ok(href), "{text}");
        }
    }

    #[test]
    fn pages_of_github_become_files() {
        for (text, href) in [
            (
                "https://github.com/acme/load/blob/main/out/a_stats.csv?plain=1#L10",
                "https://raw.githubusercontent.com/acme/load/main/out/a_stats.csv",
            ),
            (
                "https://github.com/acme/load/raw/refs/heads/main/a%20b.csv",
                "https://raw.githubusercontent.com/acme/load/refs/heads/main/a%20b.csv",
            ),
            (
                "https://gist.github.com/ada/0123456789abcdef",
                "https://gist.githubusercontent.com/ada/0123456789abcdef/raw",
            ),
            (
                "https://gist.github.com/ada/0123456789abcdef/",
                "https://gist.githubusercontent.com/ada/0123456789abcdef/raw",
            ),
            (
                "https://gist.github.com/ada/0123456789abcdef/fedcba9876543210",
                "https://gist.githubusercontent.com/ada/0123456789abcdef/raw/fedcba9876543210",
            ),
            (
                "https://gist.github.com/ada/0123456789abcdef/raw/a_stats.csv",
                "https://gist.githubusercontent.com/ada/0123456789abcdef/raw/a_stats.csv",
            ),
            (
                "https://raw.githubusercontent.com/a/b/c/d.csv?token=x",
                "https://raw.githubusercontent.com/a/b/c/d.csv?token=x",
            ),
        ] {
            assert_eq!(one(text).as_deref(), Ok(href), "{text}");
        }
        for page in [
            "",
            "acme",
            "acme/load",
            "acme/load/tree/main/out",
            "acme/load/blob/main",
            "acme/load/blob/main/",
            "a/b/actions/runs/1",
        ] {
            assert_eq!(one(&format!("https://github.com/{page}")), Err(AddressError::GitHubPage), "{page}");
        }
        for page in
            ["", "ada", "0123456789abcdef", "ada/0123456789abcdef/revisions", "ada/0123456789abcdef#file-a_stats-csv"]
        {
            assert_eq!(one(&format!("https://gist.github.com/{page}")), Err(AddressError::GistPage), "{page}");
        }
        // Neither host is GitHub's.
        for other in ["https://github.com.example.org/a/b/blob/c/d", "http://github.com/a/b/blob/c/d"] {
            assert_eq!(one(other).as_deref(), Ok(other));
        }
    }

    #[test]
    fn hostile_addresses_are_refused() {
        use AddressError as E;
        let scheme = |scheme: &str| E::Scheme { scheme: scheme.to_owned() };
        for (text, why) in [
            ("", E::Empty),
            ("   ", E::Empty),
            ("javascript:alert(1)", scheme("javascript")),
            ("JavaScript://example.org/%0aalert(1)", scheme("javascript")),
            ("data:text/csv,a", scheme("data")),
            ("file:///etc/passwd", scheme("file")),
            ("blob:https://example.org/1", scheme("blob")),
            ("https:example.org", E::Host),
            ("https:///example.org", E::Host),
            ("https://", E::Host),
            ("https://.example.org/", E::Host),
            ("https://example.org./", E::Host),
            ("https://exa mple.org/", E::Host),
            ("https://[::1]/", E::Host),
            ("https://127.1/", E::Host),
            ("https://2130706433/", E::Host),
            ("https://0x7f.0.0.1/", E::Host),
            ("https://0177.0.0.1/", E::Host),
            ("https://1.2.3.256/", E::Host),
            ("https://user:secret@example.org/", E::Credentials),
            ("https://raw.githubusercontent.com@evil.example/", E::Credentials),
            ("https://example.org:99999/", E::Port),
            ("https://example.org:8a/", E::Port),
            ("https://example.org:+80/", E::Port),
            ("https://bücher.example/", E::UnicodeHost),
            ("https://gіthub.com/a", E::UnicodeHost), // a Cyrillic letter
            ("https://example。org/", E::UnicodeHost),
            ("https://ex%61mple.org/", E::UnicodeHost),
            ("https:\\\\example.org\\a", E::Character),
            ("https://example.org\\@evil.example/", E::Character),
            ("https://exam\nple.org/", E::Character),
            ("https://example.org/\0", E::Character),
            ("//evil.example/a.csv", E::Relative),
        ] {
            assert_eq!(one(text), Err(why), "{text}");
        }
        let label = "a".repeat(63);
        assert_eq!(one(&format!("https://{label}.{label}.{label}.{label}/")), Err(E::Host));
        assert_eq!(one(&format!("https://example.org/{}", "a".repeat(9000))), Err(E::TooLong));
        assert_eq!(Address::parse("results/a.csv"), Err(E::Relative));
    }

    #[test]
    fn fragments_round_trip() {
        let text = "#base=https://example.org/a%26b%3Dc.csv?x=1&BASE=b%2520c.csv&&run=d+e.csv&policy=limits.toml";
        let sources = Sources::parse(text, Some(&page())).unwrap();
        let given = |list: &[Source]| list.iter().map(|s| s.given.clone()).collect::<Vec<_>>();
        assert_eq!(given(&sources.baseline), ["https://example.org/a&b=c.csv?x=1", "b%20c.csv"]);
        assert_eq!(given(&sources.run), ["d+e.csv"]);
        assert_eq!(
            sources.files().map(Source::name).collect::<Vec<_>>(),
            ["a&b=c.csv", "b c.csv", "d+e.csv", "limits.toml"]
        );
        assert_eq!(sources.origins(), ["https://example.org", "https://acme.github.io"]);
        assert_eq!(Sources::parse(&sources.fragment(), Some(&page())), Ok(sources));
    }

    #[test]
    fn invalid_links_have_reasons() {
        let error = |text: &str| Sources::parse(text, Some(&page())).unwrap_err();
        assert_eq!(error(""), SourcesError::NoFiles);
        assert_eq!(error("policy=a.toml"), SourcesError::NoFiles);
        assert_eq!(error("run=a&policy=b&policy=c"), SourcesError::TwoPolicies);
        assert_eq!(error("run=a?x=1&y=2"), SourcesError::UnknownKey { key: "y".into() });
        assert!(error("run=a&é=1").to_string().contains("“é”"));
        assert!(matches!(error("run"), SourcesError::Address { why: AddressError::Empty, .. }));
        assert!(matches!(error("run=%FF%FE"), SourcesError::Address { why: AddressError::Encoding, .. }));
        assert_eq!(error(&"run=a&".repeat(41)), SourcesError::TooMany);
        assert!(Sources::parse(&"run=a&".repeat(40), Some(&page())).is_ok());
        assert!(matches!(error(&"run=a&".repeat(20_000)), SourcesError::TooLong { .. }));
        let long = error(&format!("run=javascript:{}", "x".repeat(60_000))).to_string();
        assert!(long.len() < 400 && long.contains('…'), "{long}");
    }

    proptest! {
        /// For any link, parsing ends, and the result is stable: printed and parsed again, it is the same, and its
        /// origins contain only a scheme, a host and a port.
        #[test]
        fn any_fragment(text in r"((base|run|policy|RUN|x)=(https?:)?[/\\]{0,2}([a-z.:@%#?0-9\PC]|%[0-9a-fA-F]{2}|\.\./){0,30}&?){0,4}") {
            if let Ok(sources) = Sources::parse(&text, Some(&page())) {
                prop_assert_eq!(&Sources::parse(&sources.fragment(), Some(&page())).unwrap(), &sources);
                for file in sources.files() {
                    let address = file.address.to_string();
                    prop_assert_eq!(&Address::parse(&address).unwrap(), &file.address);
                    let host = host_of(file.address.origin());
                    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.:".contains(&b);
                    prop_assert!(!host.is_empty() && host.bytes().all(plain), "{}", host);
                    prop_assert!(address.bytes().all(|b| b.is_ascii_graphic()), "{}", address);
                }
            }
        }

        #[test]
        fn any_text(text in r"\PC*") {
            let _ = Sources::parse(&text, None).map_err(|error| error.to_string());
            let _ = Sources::parse(&format!("run={text}"), Some(&page())).map(|s| s.files().map(Source::name).collect::<Vec<_>>());
        }
    }

    #[test]
    fn names_of_files() {
        for (text, name) in [
            ("https://example.org/out/a_stats.csv?token=1", "a_stats.csv"),
            ("https://example.org/", "file"),
            ("https://example.org/out/", "out"),
            ("https://example.org/a%2F..%2Fb%0A.csv", "a_.._b_.csv"),
            ("https://gist.github.com/ada/0123456789abcdef", "0123456789abcdef"),
            ("https://example.org/%ff.csv", "%ff.csv"),
            ("https://example.org/a%E2%80%AEvsc.exe", "a_vsc.exe"),
        ] {
            let address = raw(text, None).unwrap();
            assert_eq!(Source { given: text.into(), address }.name(), name);
        }
    }

    #[test]
    fn the_policy_decides_what_may_be_fetched() {
        let policy = "default-src 'none'; connect-src 'self' https://raw.githubusercontent.com http://127.0.0.1:8080 \
                      https: * https://*.example.org https://example.org/path; img-src https://img.example";
        let allowed = allowed_origins(policy);
        assert_eq!(allowed, ["https://raw.githubusercontent.com", "http://127.0.0.1:8080"]);
        assert_eq!(allowed_origins("default-src 'none'; connect-src 'self'"), Vec::<String>::new());
        assert_eq!(allowed_origins(""), Vec::<String>::new());
        for (address, may) in [
            ("https://raw.githubusercontent.com/a", true),
            ("http://raw.githubusercontent.com/a", false),
            ("https://raw.githubusercontent.com:444/a", false),
            ("https://raw.githubusercontent.com.example/a", false),
            ("http://127.0.0.1:8080/a", true),
            ("https://acme.github.io/else", true),
            ("http://acme.github.io/else", false),
        ] {
            assert_eq!(Address::parse(address).unwrap().may_be_fetched(Some(&page()), &allowed), may, "{address}");
        }
        assert!(!Address::parse("https://acme.github.io/").unwrap().may_be_fetched(None, &[]));
    }
}
