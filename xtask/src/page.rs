//! What the built page must be: its policy first and strict, nothing inline, every address relative.

use std::fs;
use std::path::Path;

use crate::command::{Failure, Result};

/// The content security policy, word for word. It is the page's promise that no file leaves it: what is allowed here
/// is a decision, so that the page and this line change together.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                      img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; \
                      manifest-src 'self'; base-uri 'self'; form-action 'none'";

/// The part of [`POLICY`] that a build may extend.
const CONNECT: &str = "connect-src 'self'";

/// The policy of a build whose page may fetch from these origins too: [`POLICY`] where there are none.
pub fn policy(hosts: &[String]) -> String {
    let connect: String = hosts.iter().fold(CONNECT.to_owned(), |connect, host| format!("{connect} {host}"));
    POLICY.replacen(CONNECT, &connect, 1)
}

/// The page with the policy of [`policy`] in place of the strict one. The page reads its own policy to learn what it
/// may fetch: it stands there and nowhere else.
pub fn allow(html: &str, hosts: &[String]) -> Result<String> {
    match html.matches(POLICY).count() {
        1 => Ok(html.replacen(POLICY, &policy(hosts), 1)),
        count => {
            Err(Failure::new(format!("the strict content security policy is {count} times in the page, not once")))
        }
    }
}

/// Reads `--allow-host ORIGIN`, as often as it stands; returns the other options too.
pub fn allowed_hosts<'o>(options: &[&'o str]) -> Result<(Vec<String>, Vec<&'o str>)> {
    let (mut hosts, mut others) = (Vec::new(), Vec::new());
    let mut options = options.iter();
    while let Some(option) = options.next() {
        if *option != "--allow-host" {
            others.push(*option);
            continue;
        }
        let host = options.next().ok_or_else(|| Failure::new("--allow-host takes an origin, such as https://host"))?;
        if !is_origin(host) {
            return Err(Failure::new(format!(
                "--allow-host takes an origin as a browser spells it (https://host or https://host:8443, in lower case, \
                 without a path or *), not {host}"
            )));
        }
        if !hosts.iter().any(|known| known == host) {
            hosts.push((*host).to_owned());
        }
    }
    Ok((hosts, others))
}

/// Whether a text is an origin of one host, and can be no other part of a policy.
fn is_origin(text: &str) -> bool {
    let Some((scheme @ ("https" | "http"), authority)) = text.split_once("://") else { return false };
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_label = |label: &str| {
        let chars = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        !label.is_empty() && label.bytes().all(chars)
    };
    let default_port = if scheme == "https" { 443 } else { 80 };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|p| p.to_string() == port && p != default_port);
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

/// Attributes that hold an address.
const ADDRESSES: &[&str] = &[
    "href",
    "src",
    "action",
    "data-js",
    "data-wasm",
    "data-engine-js",
    "data-engine-wasm",
    "data-unpack",
    "data-sample",
    "data-sample-narrow",
];

/// Elements whose content is text up to their end tag.
const RAW: &[&str] = &["script", "style", "title", "textarea"];

/// Checks the page at this path, whose build allows these hosts; the failure lists everything that is wrong.
pub fn check_file(page: &Path, hosts: &[String]) -> Result<()> {
    let html = fs::read_to_string(page).map_err(|error| {
        Failure::new(format!("{} cannot be read ({error}): `cargo xtask build` writes it", page.display()))
    })?;
    let problems = check(&html, hosts);
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("{}:\n  {}", page.display(), problems.join("\n  "))))
}

/// Everything that is wrong with a page, a sentence each.
fn check(html: &str, hosts: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let wanted = policy(hosts);
    let tags = tags(html);

    let after_head = tags.iter().skip_while(|tag| tag.name != "head").nth(1);
    match after_head {
        Some(tag) if tag.is_policy() => {
            let policy = tag.attribute("content").unwrap_or_default();
            if policy != wanted {
                problems.push(format!("the content security policy is \"{policy}\", and must be \"{wanted}\""));
            }
        }
        _ => problems.push("the content security policy is not the first element of <head>".to_owned()),
    }
    if tags.iter().filter(|tag| tag.is_policy()).count() > 1 {
        problems.push("there is a second content security policy".to_owned());
    }

    for tag in &tags {
        let name = &tag.name;
        if name == "style" {
            problems.push("there is a <style> element".to_owned());
        }
        if name == "base" {
            problems.push("there is a <base> element".to_owned());
        }
        if name == "script" {
            if tag.attribute("src").is_none() {
                problems.push("there is a <script> without src".to_owned());
            }
            if !tag.text.trim().is_empty() {
                problems.push(format!("there is an inline script: {:.60}", tag.text.trim()));
            }
        }
        for (attribute, value) in &tag.attributes {
            if attribute.starts_with("on") {
                problems.push(format!("<{name}> has the inline handler {attribute}"));
            }
            if matches!(attribute.as_str(), "style" | "srcdoc") {
                problems.push(format!("<{name}> has an inline {attribute}"));
            }
            // The icon is in the page: it asks for nothing when the page's address changes.
            let is_icon = tag.attribute("rel") == Some("icon") && value.starts_with("data:image/svg+xml,");
            if ADDRESSES.contains(&attribute.as_str()) && !is_relative(value) && !is_icon {
                problems.push(format!("<{name}> has the address \"{value}\", which is not relative to the page"));
            }
        }
    }
    problems
}

/// Whether an address stays below the page's own folder, wherever that is.
fn is_relative(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    !path.starts_with('/') && !path.contains(':') && !path.contains('\\') && !path.split('/').any(|part| part == "..")
}

/// A start tag, names in lower case.
#[derive(Debug, Default)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    /// What a raw element holds; of others, nothing.
    text: String,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn is_policy(&self) -> bool {
        self.name == "meta"
            && self.attribute("http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("content-security-policy"))
    }
}

/// The start tags of a page, in order. Enough of HTML for a page that we write: comments, the document type and end
/// tags are passed over, and references in values are not resolved.
fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if after.starts_with(|first: char| first.is_ascii_alphabetic()) {
            let (mut tag, after) = start_tag(after);
            rest = after;
            if RAW.contains(&tag.name.as_str()) {
                let end = format!("</{}", tag.name);
                // Of the same length as `rest`, byte for byte.
                let at = rest.to_ascii_lowercase().find(&end).unwrap_or(rest.len());
                let (text, after) = rest.split_at(at);
                tag.text = text.to_owned();
                rest = after;
            }
            tags.push(tag);
        } else {
            rest = after;
        }
    }
    tags
}

/// Reads a start tag whose `<` is read already; returns what follows its `>` too.
fn start_tag(html: &str) -> (Tag, &str) {
    let ends_name = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>');
    let (name, mut rest) = html.split_at(html.find(ends_name).unwrap_or(html.len()));
    let mut tag = Tag { name: name.to_ascii_lowercase(), ..Tag::default() };
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return (tag, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (tag, after);
        }
        // An attribute's name may begin with `=`, oddly; what follows it may not hold one.
        let ends_key = |(at, c): (usize, char)| (ends_name(c) || (c == '=' && at > 0)).then_some(at);
        let (key, after) = rest.split_at(rest.char_indices().find_map(ends_key).unwrap_or(rest.len()));
        rest = after;
        let mut value = "";
        if let Some(after) = after.trim_start().strip_prefix('=') {
            (value, rest) = attribute_value(after.trim_start());
        }
        tag.attributes.push((key.to_ascii_lowercase(), value.to_owned()));
    }
}

/// Reads a value, in quotes or not; returns what follows it too.
fn attribute_value(html: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inside) = html.strip_prefix(quote) {
            return inside.split_once(quote).unwrap_or((inside, ""));
        }
    }
    html.split_at(html.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(html.len()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A page with this in its head, after a good policy.
    fn page(more: &str) -> String {
        format!(
            "<!doctype html><html><head>\n<!-- <script>no</script> -->\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">{more}</head><body></body></html>"
        )
    }

    #[test]
    fn a_good_page_passes() {
        let good =
            page("<meta charset=utf-8><title>a < b</title><script src=./boot.js></script><a href='./#x:y'>x</a>");
        assert_eq!(check(&good, &[]), Vec::<String>::new());
    }

    #[test]
    fn each_thing_inline_is_found() {
        for (inline, said) in [
            ("<script>go()</script>", "without src"),
            ("<script src='a.js'>go()</script>", "inline script: go()"),
            ("<SCRIPT\n>go()</SCRIPT>", "without src"),
            ("<img src=x OnError=alert(1)>", "inline handler onerror"),
            ("<p/onclick=\"go()\">", "inline handler onclick"),
            ("<p style='color:red'>", "inline style"),
            ("<style>p{}</style>", "<style> element"),
            ("<iframe srcdoc=x>", "inline srcdoc"),
        ] {
            let problems = check(&page(inline), &[]).join("; ");
            assert!(problems.contains(said), "{inline}: {problems}");
        }
    }

    #[test]
    fn addresses_that_leave_the_folder_are_found() {
        for address in ["/app.js", "//host/app.js", "https://host/app.js", "javascript:go()", "data:,x", "../app.js"] {
            let problems = check(&page(&format!("<script src=\"{address}\"></script>")), &[]);
            assert_eq!(problems.len(), 1, "{address}: {problems:?}");
        }
        assert!(!check(&page("<base href=./>"), &[]).is_empty());
    }

    #[test]
    fn a_policy_that_is_late_missing_or_looser_is_found() {
        let late = page("").replacen("<head>", "<head><meta charset=utf-8>", 1);
        let looser = page("").replacen("connect-src 'self'", "connect-src *", 1);
        let second = page(&format!("<meta http-equiv=content-security-policy content=\"{POLICY}\">"));
        for (page, said) in [(late, "not the first"), (looser, "must be"), (second, "second")] {
            let problems = check(&page, &[]).join("; ");
            assert!(problems.contains(said), "{problems}");
        }
        assert!(check("<html></html>", &[]).join("").contains("not the first"));
    }

    #[test]
    fn hosts_are_allowed_where_the_build_says_so_and_nowhere_else() {
        let options = ["--allow-host", "https://a.example", "--port", "1", "--allow-host", "http://127.0.0.1:8080"];
        let (hosts, others) = allowed_hosts(&options).unwrap();
        assert_eq!(others, ["--port", "1"]);
        let open = allow(&page(""), &hosts).unwrap();
        assert!(open.contains("connect-src 'self' https://a.example http://127.0.0.1:8080; worker-src"));
        assert_eq!(check(&open, &hosts), Vec::<String>::new());
        assert_eq!(check(&open, &[]).len(), 1);
        assert_eq!(check(&page(""), &hosts).len(), 1);
        assert_eq!(policy(&[]), POLICY);
        assert_eq!(allow(&page(""), &[]).unwrap(), page(""));
        assert!(allow(&open, &hosts).is_err());
    }

    #[test]
    fn what_is_no_origin_is_not_allowed() {
        for wrong in [
            "a.example",
            "https://",
            "https://*.example",
            "https:",
            "*",
            "https://a.example/",
            "https://A.example",
            "https://a.example:443",
            "http://a.example:80",
            "https://a.example:+1",
            "https://a.example; script-src *",
            "https://a.example https://b.example",
            "data://a",
            "https://a@b",
            "https://a.example:",
            "https://é.example",
        ] {
            assert!(allowed_hosts(&["--allow-host", wrong]).is_err(), "{wrong}");
        }
        assert!(allowed_hosts(&["--allow-host"]).is_err());
    }
}
