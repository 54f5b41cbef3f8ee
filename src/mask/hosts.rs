//! Hosts and addresses: what of a text names a machine.

use super::view::View;

/// Last labels of host names, also of two labels alone.
const DOMAINS: &[&str] = &[
    "com",
    "net",
    "org",
    "edu",
    "gov",
    "mil",
    "io",
    "ai",
    "co",
    "eu",
    "internal",
    "intranet",
    "local",
    "localdomain",
    "corp",
    "lan",
    "arpa",
    "onion",
    "de",
    "uk",
    "fr",
    "nl",
    "ch",
    "at",
    "be",
    "us",
    "ca",
    "au",
    "nz",
    "jp",
    "cn",
    "kr",
    "br",
    "mx",
    "se",
    "fi",
    "dk",
    "cz",
    "es",
    "pt",
    "ie",
    "ru",
    "ua",
    "tr",
    "il",
    "za",
    "sg",
    "hk",
    "tw",
    "tv",
];

/// Last labels that are also words of a program: host names of three labels and more.
const WORDS_TOO: &[&str] = &[
    "app", "dev", "cloud", "svc", "cluster", "home", "test", "example", "invalid", "site", "store", "shop", "online",
    "tech", "info", "biz", "xyz", "int", "me", "in", "it", "is", "no", "pl", "to", "id", "gg", "cc", "sh", "rs", "do",
];

/// Endings of files: `main.go:12` names no host.
const FILES: &[&str] = &[
    "java", "kt", "scala", "py", "js", "mjs", "cjs", "ts", "tsx", "jsx", "go", "rs", "rb", "php", "cs", "c", "cc",
    "cpp", "h", "hpp", "lua", "sh", "groovy", "ex", "exs", "erl", "swift", "html", "json", "xml", "csv", "sql", "txt",
    "log", "yml", "yaml", "toml", "jmx", "jtl", "gz", "zip", "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "pdf",
];

/// Words before a colon and a number that are no host.
const NOT_HOSTS: &[&str] = &[
    "status",
    "code",
    "error",
    "errno",
    "line",
    "http",
    "https",
    "exit",
    "port",
    "time",
    "took",
    "count",
    "size",
    "page",
    "row",
    "col",
    "column",
    "pid",
    "tid",
    "thread",
    "user",
    "users",
    "id",
    "step",
    "year",
    "version",
    "offset",
    "length",
    "localhost",
];

/// Words in messages that a host follows.
const BEFORE_HOSTS: &[&str] =
    &["enotfound", "eai_again", "lookup", "unknownhostexception", "resolve", "host", "hostname", "peer", "server"];

/// Whether a last label ends the name of a file.
pub(super) fn is_file(last: &str) -> bool {
    FILES.contains(&last)
}

pub(super) fn is_host_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// The end of a port after here, if one is: `:8080`.
pub(super) fn port(view: &View, at: usize) -> Option<usize> {
    let end = view.run(at + 1, |c| c.is_ascii_digit());
    let is_port = view.at(at) == ':' && (1..=5).contains(&(end - at - 1)) && !view.at(end).is_alphanumeric();
    is_port.then_some(end)
}

/// The authority of a URL, such as `user:pass@host:8080` after `https://`: its beginning, the end of what names a host
/// or a user, and the end of its port.
pub(super) fn authority(view: &View, at: usize) -> Option<(usize, usize, usize)> {
    let scheme = view.run_most(at, 25, |c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let is_slash = |at: usize| matches!(view.at(at), '/' | '\\');
    if !(2..=24).contains(&(scheme - at)) || view.at(scheme) != ':' || !is_slash(scheme + 1) || !is_slash(scheme + 2) {
        return None;
    }
    let from = scheme + 3;
    let mut end = from;
    let mut in_brackets = false;
    while end < view.len() {
        let c = view.at(end);
        in_brackets = c == '[' || in_brackets && c != ']';
        // Within a plain address, an encoded slash may be part of a password.
        let ends = matches!(c, '/' | '?' | '#' | '\\') && (view.is_plain(end) || !view.is_plain(scheme))
            || matches!(c, '"' | '\'' | '<' | '>' | '`' | '|' | '(' | ')' | '{' | '}' | ';')
            || c == ',' && view.at(end + 1).is_whitespace()
            || c.is_whitespace();
        if ends && !in_brackets {
            break;
        }
        end += 1;
    }
    while end > from && matches!(view.before(end), '.' | ':' | ',' | '!') {
        end -= 1;
    }
    let digits = view.run_back(end, 5, |c| c.is_ascii_digit());
    let has_port = digits < end && digits > from && view.before(digits) == ':' && view.before(digits - 1) != ':';
    Some((from, if has_port { digits - 1 } else { end }, end))
}

/// The end of an IPv4 address.
pub(super) fn ipv4(view: &View, at: usize) -> Option<usize> {
    let before = view.before(at);
    let is_part = before == '.' && at > 1 && view.before(at - 1).is_ascii_digit();
    if before.is_ascii_digit() || matches!(before, 'v' | 'V') || is_part {
        return None;
    }
    let mut from = at;
    for group in 0..4 {
        let end = view.run(from, |c| c.is_ascii_digit());
        let value = view.chars(from, end.min(from + 4)).fold(0, |sum, c| sum * 10 + c.to_digit(10).unwrap_or(0));
        if end == from || end - from > 3 || value > 255 {
            return None;
        }
        if group == 3 {
            let goes_on = view.at(end).is_ascii_digit() || view.at(end) == '.' && view.at(end + 1).is_ascii_digit();
            return (!goes_on).then_some(end);
        }
        if view.at(end) != '.' {
            return None;
        }
        from = end + 1;
    }
    None
}

/// The end of an IPv6 or a hardware address.
pub(super) fn ipv6(view: &View, at: usize) -> Option<usize> {
    let before = view.before(at);
    if before.is_alphanumeric() || matches!(before, ':' | '.' | '_') {
        return None;
    }
    let mut end = view.run_most(at, 64, |c| c.is_ascii_hexdigit() || c == ':');
    let groups = |end: usize| view.lower(at, end);
    let mut v4 = false;
    // `::ffff:10.0.0.1`
    if view.at(end) == '.' {
        let last = view.run_back(end, 3, |c| c.is_ascii_digit());
        if view.before(last) == ':'
            && let Some(after) = ipv4(view, last)
        {
            (end, v4) = (after, true);
        }
    }
    while end > at && view.before(end) == ':' && !(end > at + 1 && view.before(end - 1) == ':') {
        end -= 1;
    }
    let text = groups(end);
    let parts: Vec<&str> = text.split(':').collect();
    let filled = parts.iter().filter(|part| !part.is_empty()).count();
    let sound = parts.iter().all(|part| part.len() <= 4 || v4 && part.contains('.'));
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    let short = text.contains("::") && filled >= 1 && (has_digit || filled >= 3 || before == '[');
    let whole = parts.len() == 8 && filled == 8 || v4 && filled == 7;
    let hardware = parts.len() == 6 && parts.iter().all(|part| part.len() == 2);
    if !(sound && (short || whole || hardware) && parts.len() <= 9) {
        return None;
    }
    // A zone: `fe80::1%eth0`.
    if view.at(end) == '%' {
        end = view.run(end + 1, |c| c.is_ascii_alphanumeric());
    }
    (!view.at(end).is_alphanumeric()).then_some(end)
}

/// What a run of host characters is.
pub(super) enum Host {
    /// A host, up to here.
    Named(usize),
    /// A host that tells nothing, with its port: kept up to here.
    Kept(usize),
    /// None.
    No,
}

/// Judges the run of host characters from `at` to `end`. In `messages`, words before it tell that it is a host.
pub(super) fn host(view: &View, at: usize, end: usize, messages: bool) -> Host {
    let trimmed = view.run_back(end, end - at, |c| matches!(c, '.' | '-' | '_'));
    let (end, next) = (trimmed, view.at(trimmed));
    if next == '@' || end <= at {
        return Host::No;
    }
    let name = view.lower(at, end);
    let port = port(view, end);
    if name == "localhost" {
        return Host::Kept(port.unwrap_or(end));
    }
    let labels = name.split('.').count();
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_word = last.starts_with(|c: char| c.is_alphabetic()) && one_case(view, end - last.chars().count(), end);
    let is_file = labels == 2 && FILES.contains(&last);
    let is_host = if labels > 1 {
        is_word && (port.is_some() && !is_file || next != '(' && is_domain(&name, labels, last))
    } else {
        let digits = port.map_or(0, |to| to - end - 1);
        let plain = view.chars(at, end).all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        digits >= 4 && plain && name.len() > 1 && is_word && !NOT_HOSTS.contains(&name.as_str())
    };
    // `shop-db/10.0.0.5:5432`, as Java writes an address.
    let has_address = next == '/' && view.before(at) != '/' && ipv4(view, end + 1).is_some();
    if is_host || has_address || messages && name.len() > 1 && follows(view, at, &name) {
        return Host::Named(end);
    }
    // A file named after a host.
    if let Some(stem) =
        name.strip_suffix(last).and_then(|stem| stem.strip_suffix('.')).filter(|_| FILES.contains(&last))
    {
        let last = stem.rsplit('.').next().unwrap_or_default();
        if labels > 2 && is_domain(stem, labels - 1, last) {
            return Host::Named(at + stem.chars().count());
        }
    }
    Host::No
}

fn one_case(view: &View, from: usize, to: usize) -> bool {
    let upper = view.chars(from, to).filter(|c| c.is_uppercase()).count();
    upper == 0 || upper == to - from
}

fn is_domain(name: &str, labels: usize, last: &str) -> bool {
    let of_a_program = labels == 2 && ["java.", "javax.", "system.", "socket."].iter().any(|p| name.starts_with(p));
    labels > 1 && !of_a_program && (DOMAINS.contains(&last) || last.starts_with("xn--"))
        || labels > 2 && WORDS_TOO.contains(&last)
}

/// Whether the words before a name tell that it is a host.
fn follows(view: &View, at: usize, name: &str) -> bool {
    let after = view.run_back(at, 4, |c| c.is_whitespace() || matches!(c, ':' | '=' | '\'' | '"' | '('));
    if after == at {
        return false;
    }
    let from = view.run_back(after, 24, |c| c.is_ascii_alphanumeric() || c == '_');
    let word = view.lower(from, after);
    let marked = view.chars(after, at).any(|c| matches!(c, ':' | '=' | '\'' | '"'));
    let is_known = BEFORE_HOSTS.contains(&word.as_str());
    match word.as_str() {
        "host" | "hostname" | "server" | "peer" | "resolve" => is_known && marked,
        // `connect to payments-db`, not `connect to server`.
        "to" | "tcp" => name.contains('-') || name.contains('.'),
        _ => is_known,
    }
}
