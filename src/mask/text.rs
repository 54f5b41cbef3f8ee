//! Finds what a text should not tell, in one pass, and writes a mark in its place.

use std::borrow::Cow;

use super::hosts::{self, Host};
use super::view::View;
use super::{Kind, MASK, ids};

/// Passes until nothing more is found: what stands between two marks may be found after the first.
const PASSES: usize = 8;

/// Names of values that are secret, after `=` or `:`. Compared without `-`, `_` and `.`, at the end of a name.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "signature",
    "credential",
    "credentials",
    "authorization",
    "cookie",
    "sessionid",
    "jwt",
];

/// More of them: after `=`, or in quotes.
const SECRET_WHEN_SET: &[&str] = &[
    "key",
    "auth",
    "session",
    "sid",
    "bearer",
    "csrf",
    "xsrf",
    "otp",
    "pin",
    "user",
    "username",
    "login",
    "email",
    "mail",
    "phone",
    "iban",
    "ssn",
    "host",
    "hostname",
    "server",
    "address",
    "addr",
    "ip",
    "peer",
    "accountid",
    "customerid",
    "userid",
];

/// Headers whose whole line is secret.
const LINES: &[&str] = &["authorization", "cookie"];

/// Words after `Bearer` that are no token.
const NO_TOKENS: &[&str] = &[
    "token",
    "tokens",
    "auth",
    "authentication",
    "authorization",
    "error",
    "is",
    "was",
    "not",
    "realm",
    "scheme",
    "of",
];

/// The text with a mark in place of everything that names a host, a person, a session or a secret.
#[must_use]
pub fn text(text: &str, kind: Kind) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    for _ in 0..PASSES {
        match once(&masked, kind) {
            Some(next) => masked = Cow::Owned(next),
            None => return masked,
        }
    }
    // Nothing is known about a text that never comes to rest.
    MASK.to_string().into()
}

/// One pass; `None` if nothing was found.
fn once(text: &str, kind: Kind) -> Option<String> {
    // Every secret has one of these.
    let may_hold =
        |b: u8| b.is_ascii_digit() || b >= 0x80 || matches!(b, b':' | b'=' | b'@' | b'.' | b'%' | b'&' | b' ');
    if text.len() < 10 && !text.bytes().any(may_hold) {
        return None;
    }
    let view = View::of(text);
    let mut found = Found { view: &view, ranges: Vec::new() };
    let mut scan = Scan { kind, in_query: false, hosts_to: 0 };
    let mut at = 0;
    while at < view.len() {
        let next = scan.step(&mut found, at);
        at = next.max(at + 1);
    }
    found.written(text)
}

/// What was found, in order.
struct Found<'v> {
    view: &'v View,
    ranges: Vec<(usize, usize)>,
}

impl Found<'_> {
    /// Masks these characters, unless they are a mark.
    fn add(&mut self, from: usize, to: usize) -> usize {
        if self.view.chars(from, to).any(|c| c != MASK) {
            let mut from = from;
            while let Some(last) = self.ranges.last().filter(|last| last.1 >= from) {
                from = from.min(last.0);
                self.ranges.pop();
            }
            self.ranges.push((from, to));
        }
        to
    }

    fn written(&self, text: &str) -> Option<String> {
        if self.ranges.is_empty() {
            return None;
        }
        let (mut out, mut done) = (String::with_capacity(text.len()), 0);
        for (from, to) in &self.ranges {
            let Some((from, to)) = self.view.place(*from, *to) else { continue };
            out.push_str(text.get(done..from).unwrap_or_default());
            out.push(MASK);
            done = to;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Some(out)
    }
}

struct Scan {
    kind: Kind,
    /// Whether a parameter of a query may stand here.
    in_query: bool,
    /// The end of the run of host characters that was last looked at.
    hosts_to: usize,
}

impl Scan {
    /// Looks at one place, and returns the next.
    fn step(&mut self, found: &mut Found<'_>, at: usize) -> usize {
        let view = found.view;
        let (c, before) = (view.at(at), view.before(at));
        match c {
            '?' | '&' | ';' | '#' => self.in_query = true,
            '"' | '\'' | '<' | '>' | '`' => self.in_query = false,
            c if c.is_whitespace() => self.in_query = false,
            _ => {}
        }
        match c {
            '=' if self.in_query && !before.is_whitespace() => self.parameter(found, at),
            '=' | ':' => {
                if let Some(next) = assigned(found, at, self.kind) {
                    return next;
                }
                // `::1`
                match hosts::ipv6(view, at) {
                    Some(end) if c == ':' => {
                        found.add(at, end);
                        hosts::port(view, end).unwrap_or(end)
                    }
                    _ => at,
                }
            }
            '@' => at_sign(found, at),
            c if c.is_alphanumeric() => self.word(found, at, before),
            _ => at,
        }
    }

    /// At a letter or digit.
    fn word(&mut self, found: &mut Found<'_>, at: usize, before: char) -> usize {
        let view = found.view;
        if !before.is_alphanumeric() {
            if let Some((from, to, end)) = hosts::authority(view, at) {
                return authority(found, from, to, end);
            }
            if let Some(end) = hosts::ipv6(view, at) {
                found.add(at, end);
                return end;
            }
            if let Some(next) = scheme(found, at).or_else(|| home(found, at, self.kind)) {
                return next;
            }
            if at >= self.hosts_to {
                // File names join words by `_`.
                let is_part = |c: char| hosts::is_host_char(c) && !(c == '_' && self.kind == Kind::File);
                self.hosts_to = view.run(at, is_part);
                match hosts::host(view, at, self.hosts_to, self.kind == Kind::Message) {
                    Host::Named(end) => {
                        found.add(at, end);
                        let port = hosts::port(view, end).filter(|_| view.chars(at, end).any(|c| c == '.'));
                        return port.unwrap_or(end);
                    }
                    Host::Kept(end) => return end,
                    Host::No => {}
                }
            }
            if let Some(end) = ids::token(view, at, self.kind) {
                return found.add(at, end);
            }
        }
        let c = view.at(at);
        if c.is_ascii_digit()
            && let Some(end) = hosts::ipv4(view, at)
        {
            found.add(at, end);
            return hosts::port(view, end).unwrap_or(end);
        }
        if c.is_ascii_hexdigit()
            && let Some(end) = ids::hex(view, at)
        {
            return found.add(at, end);
        }
        if c.is_numeric()
            && let Some(end) = ids::number(view, at, self.kind)
        {
            return found.add(at, end);
        }
        at
    }

    /// A value in a query: everything up to the next parameter.
    fn parameter(&self, found: &mut Found<'_>, at: usize) -> usize {
        let view = found.view;
        let from = at + 1;
        let mut end = from;
        while end < view.len() {
            let c = view.at(end);
            // An encoded separator is part of the value. Names hold queries as they were sent, with their spaces.
            let ends = matches!(c, '&' | '#') && view.is_plain(end)
                || self.kind != Kind::Name
                    && (c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | ';' | ','));
            if ends {
                break;
            }
            end += 1;
        }
        if end == from || is_masked(view, from, end) || is_placeholder(view, from, end) {
            return end;
        }
        found.add(from, end)
    }
}

/// The host of a URL, and whoever is named with it; the port stays.
fn authority(found: &mut Found<'_>, from: usize, to: usize, end: usize) -> usize {
    let view = found.view;
    // `${host}`, `{{host}}`, `file:///`
    if to <= from || matches!(view.at(from), '{' | '$' | '<') {
        return from;
    }
    if view.lower(from, to) != "localhost" {
        found.add(from, to);
    }
    end
}

/// `Bearer eyJ…`, `Basic dXNlcjpwYXNz`.
fn scheme(found: &mut Found<'_>, at: usize) -> Option<usize> {
    let view = found.view;
    let end = view.run(at, |c| c.is_ascii_alphabetic());
    let from = view.run(end, |c| c.is_whitespace() || c == '+' || c == ':');
    if !(5..=9).contains(&(end - at)) || from == end || from > end + 3 {
        return None;
    }
    let word = view.lower(at, end);
    if !["bearer", "basic", "negotiate", "digest"].contains(&word.as_str()) {
        return None;
    }
    let part = |c: char| !c.is_whitespace() && !matches!(c, ',' | ';' | '"' | '\'' | '<' | '>' | ')' | ']' | '}' | '&');
    let to = view.run_most(from, 64, part);
    // No word is that long.
    let is_long = to == from + 64;
    let to = if is_long { view.run(to, part) } else { to };
    let value = view.lower(from, to.min(from + 64));
    let inner =
        view.chars(from + 1, to.min(from + 64)).any(|c| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '=');
    let is_token = if word == "bearer" {
        to - from >= 3 && !NO_TOKENS.contains(&value.trim_end_matches(['.', ':']))
    } else {
        to - from >= 8 && inner
    };
    (is_long || is_token && !is_placeholder(view, from, to)).then(|| found.add(from, to))
}

/// The user in `/home/ada/…` and `C:\Users\ada\…`; not in names of endpoints, where these are paths.
fn home(found: &mut Found<'_>, at: usize, kind: Kind) -> Option<usize> {
    let view = found.view;
    let is_slash = |c: char| matches!(c, '/' | '\\');
    let end = view.run(at, |c| c.is_ascii_alphabetic());
    if kind == Kind::Name || !is_slash(view.before(at)) || !is_slash(view.at(end)) || end - at > 5 {
        return None;
    }
    let word: String = view.chars(at, end).collect();
    let to = view.run(end + 1, |c| !is_slash(c) && !c.is_whitespace() && !matches!(c, '"' | '\'' | ':'));
    (matches!(word.as_str(), "home" | "Users") && (is_slash(view.at(to)) || view.at(end) == '\\') && to > end + 1)
        .then(|| found.add(end + 1, to))
}

/// `name@domain`, `user:pass@host`.
fn at_sign(found: &mut Found<'_>, at: usize) -> usize {
    let view = found.view;
    let is_local =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '~' | ':' | '!' | '$' | MASK);
    let mut from = view.run_back(at, at, is_local);
    // `"Ada L"@example.org`
    if view.before(at) == '"' {
        from = view.run_back(at - 1, 64, |c| c != '"' && c != '\n').saturating_sub(1);
    }
    let to = view.run(at + 1, hosts::is_host_char);
    let to = view.run_back(to, to - at - 1, |c| matches!(c, '.' | '-' | '_'));
    let last = view.run_back(to, 64, |c| c != '.' && c != '@');
    let is_named = |c: char| c.is_alphabetic();
    let is_word = to - last >= 2 && view.chars(last, to).all(is_named);
    // Not `logo@2x.png`.
    let domain = is_named(view.at(at + 1)) || is_word && !hosts::is_file(&view.lower(last, to));
    let address = view.at(at + 1) == '[' || hosts::ipv4(view, at + 1) == Some(to);
    let credentials = view.chars(from, at).any(|c| c == ':');
    if from == at || !(domain && to > at + 1 || address || credentials && to > at + 1) {
        return at;
    }
    // A label before the colon stays: `mailto:ada@example.org`.
    let colon = view.run_back(at, at - from, |c| c != ':');
    if view.lower(from, colon) == "mailto:" {
        from = colon;
    }
    found.add(from, to.max(at + 1))
}

/// The value of a name that is secret: `password=…`, `token: …`, `"apiKey":"…"`.
fn assigned(found: &mut Found<'_>, at: usize, kind: Kind) -> Option<usize> {
    let view = found.view;
    let sets = view.at(at) == '=';
    let spaced = view.run_back(at, 2, char::is_whitespace);
    let quoted = view.run_back(spaced, 2, |c| matches!(c, '"' | '\'' | ']'));
    let from = view.run_back(quoted, 48, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let name: String = view.lower(from, quoted).chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let ends = |all: &[&str]| all.iter().any(|secret| name.ends_with(secret));
    // Of short words, the whole name: `task` is no `sk`.
    let whole = view.run_back(quoted, 48, |c| c.is_ascii_alphanumeric());
    let last = view.lower(whole, quoted);
    let is_set = (sets || quoted < spaced)
        && SECRET_WHEN_SET
            .iter()
            .any(|secret| last == *secret || name.ends_with(secret) && (secret.len() > 4 || *secret == "key"));
    if name.is_empty() || !(ends(SECRET) || is_set) {
        return None;
    }
    let mut value = view.run(at, |c| matches!(c, '=' | ':' | '>'));
    value = view.run(value, char::is_whitespace).min(value + 4);
    if view.at(value) == '/' && view.at(value + 1) == '/' {
        return None;
    }
    let mut quote = None;
    while let c @ ('"' | '\'' | '`' | '[' | '(' | '{' | '“') = view.at(value) {
        if matches!(c, '[' | '(' | '{') && quote.is_some() || value > at + 10 {
            break;
        }
        quote = Some(c).filter(|c| matches!(c, '"' | '\'' | '`')).or(quote);
        value += 1;
    }
    let line = LINES.iter().any(|header| name.ends_with(header));
    let mut end = value;
    loop {
        let from = end;
        end = view.run(end, |c| match quote {
            Some(quote) => c != quote,
            None if line => c != '\n',
            None => {
                !c.is_whitespace() && !matches!(c, ',' | ';' | '&' | '"' | '\'' | '<' | '>' | ')' | ']' | '}' | '|')
            }
        });
        // The value may be a scheme and its token: `token: Bearer eyJ…`.
        let is_scheme = ["bearer", "basic", "token", "digest"].contains(&view.lower(from, end.min(from + 8)).as_str());
        let next = view.run(end, |c| c == ' ');
        if !is_scheme || next == end || from > value {
            break;
        }
        end = next;
    }
    if view.lower(value, end) == "localhost" || !view.chars(value, end).any(char::is_alphanumeric) {
        return None;
    }
    if is_placeholder(view, value, end) || kind == Kind::Name && is_masked(view, value, end) {
        return Some(end);
    }
    Some(found.add(value, end))
}

/// Whether a value is a mark already, with the number that keeps two names apart.
fn is_masked(view: &View, from: usize, to: usize) -> bool {
    let rest = view.run(from, |c| c == MASK);
    let after: String = view.chars(rest, to).take(16).collect();
    let number = after.strip_prefix(" (").and_then(|text| text.strip_suffix(')'));
    rest > from && (rest >= to || number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())))
}

/// Whether a value is a placeholder, as scripts write one: `{id}`, `${id}`, `<id>`, `:id`, `*`.
fn is_placeholder(view: &View, from: usize, to: usize) -> bool {
    if to - from > 40 {
        return false;
    }
    let value: String = view.chars(from, to).collect();
    let within = |open: &str, close: &str| value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let inner = within("{{", "}}")
        .or_else(|| within("${", "}"))
        .or_else(|| within("{", "}"))
        .or_else(|| within("<", ">"))
        .or_else(|| within("[", "]"))
        .or_else(|| value.strip_prefix(':'));
    let is_name = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '-' | '.' | ' ');
    value == "*" || inner.is_some_and(|name| !name.is_empty() && name.chars().all(is_name))
}
