//! Why a file could not be fetched, in words: each cause has its own, since each has a different remedy.

use super::sources::host_of;
use crate::number;
use crate::run::time;

/// Why a file could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// This page may not contact the hosts.
    NotAllowed {
        /// The origins to contact.
        origins: Vec<String>,
    },
    /// The browser has no network.
    Offline,
    /// The browser reports only that there is no response: the host does not exist, or does not allow other pages to
    /// read its files (CORS), or redirects to a host that the page may not contact.
    NoAnswer {
        /// The contacted origin.
        origin: String,
    },
    /// 404 or 410.
    NotFound {
        /// The status.
        status: u16,
    },
    /// 429, or 403: too many requests, or a file that is not public.
    Limited {
        /// The status.
        status: u16,
        /// Time of the next attempt, in ms since the Unix epoch, if the response has it.
        until_ms: Option<i64>,
    },
    /// Another unsuccessful status.
    Status {
        /// The status.
        status: u16,
    },
    /// Too large to fetch.
    TooLarge {
        /// Its bytes, if the response states them.
        bytes: Option<u64>,
        /// Maximum bytes to fetch.
        limit: u64,
    },
    /// The response broke off.
    Broken {
        /// Bytes received.
        bytes: u64,
    },
}

impl Refusal {
    /// The refusal for a status; `None` for success. Headers: `Retry-After`, and GitHub's `X-RateLimit-Reset`.
    #[must_use]
    pub fn of_status(
        status: u16,
        retry_after: Option<&str>,
        rate_limit_reset: Option<&str>,
        now_ms: i64,
    ) -> Option<Self> {
        match status {
            200..=299 => None,
            404 | 410 => Some(Self::NotFound { status }),
            403 | 429 => Some(Self::Limited { status, until_ms: until_ms(retry_after, rate_limit_reset, now_ms) }),
            _ => Some(Self::Status { status }),
        }
    }

    /// The problem.
    #[must_use]
    pub fn what(&self, now_ms: i64) -> String {
        match self {
            Self::NotAllowed { origins } => {
                let hosts: Vec<&str> = origins.iter().map(|origin| host_of(origin)).collect();
                format!("This page is not allowed to contact {}: nothing was asked for.", listed(&hosts))
            }
            Self::Offline => "The browser is offline.".to_owned(),
            Self::NoAnswer { origin } => format!(
                "No answer that this page may read. Either {} cannot be reached, or it does not allow other pages to \
                 read its files (CORS), or it sends on to a host that this page may not contact.",
                host_of(origin)
            ),
            Self::NotFound { status } => format!("There is no such file ({status})."),
            Self::Limited { status: 429, until_ms } => {
                format!("Too many requests (429): the server has a rate limit{}", until(*until_ms, now_ms))
            }
            Self::Limited { status, until_ms: Some(moment) } => {
                format!("The server refuses ({status}): its rate limit is reached{}", until(Some(*moment), now_ms))
            }
            Self::Limited { status, until_ms: None } => format!(
                "The server refuses ({status}): the file is not public, or its rate limit is reached. It does not say \
                 which, or until when."
            ),
            Self::Status { status } => format!("The server answered with the status {status}, and no file."),
            Self::TooLarge { bytes: Some(bytes), limit } => format!(
                "It holds {}; the files of a link may hold {} together.",
                number::bytes(*bytes),
                number::bytes(*limit)
            ),
            Self::TooLarge { bytes: None, limit } => {
                format!("It was given up: the files of a link may hold {} together.", number::bytes(*limit))
            }
            Self::Broken { bytes } => {
                format!("The answer broke off after {}: a part of a file is not compared.", number::bytes(*bytes))
            }
        }
    }

    /// The next step for the user.
    #[must_use]
    pub fn next_step(&self) -> String {
        match self {
            Self::NotAllowed { origins } => format!(
                "Download the file from {}, then drop it here. Or build a page that may: `cargo xtask build{}`.",
                listed(&origins.iter().map(|origin| host_of(origin)).collect::<Vec<_>>()),
                origins.iter().map(|origin| format!(" --allow-host {origin}")).collect::<String>()
            ),
            Self::Offline => "Fetch again when it is back.".to_owned(),
            Self::NoAnswer { .. } => {
                "Open the file in a tab of its own: if it is there, save it and drop it here. raw.githubusercontent.com \
                 and gist.githubusercontent.com allow other pages to read."
                    .to_owned()
            }
            Self::NotFound { .. } => {
                "Check the address: a branch that is gone, a renamed file, a private repository.".to_owned()
            }
            Self::Limited { .. } => "Wait, or open the file in a tab of its own, save it, and drop it here.".to_owned(),
            Self::Status { .. } => "Try again later, or open the file in a tab of its own.".to_owned(),
            Self::TooLarge { .. } => {
                "Take the tool’s summary instead (for Locust the file ending in `_stats.csv`), or compare on the command \
                 line: `loaddiff compare --baseline A --run B`."
                    .to_owned()
            }
            Self::Broken { .. } => "Fetch again.".to_owned(),
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn listed(items: &[&str]) -> String {
    match items.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        last => last.map_or("", |(last, _)| last).to_owned(),
    }
}

/// The end of a sentence about a rate limit.
fn until(until_ms: Option<i64>, now_ms: i64) -> String {
    let Some(moment) = until_ms else { return ". It does not say until when.".to_owned() };
    let left_s = moment.saturating_sub(now_ms).max(0) as f64 / 1000.0;
    format!(" until {} (in {}).", time::format_rfc3339(moment), number::duration_s(libm::ceil(left_s)))
}

/// Time of the next attempt: `Retry-After` is seconds or a date, GitHub's header seconds since the Unix epoch.
fn until_ms(retry_after: Option<&str>, rate_limit_reset: Option<&str>, now_ms: i64) -> Option<i64> {
    const YEAR_MS: i64 = 366 * 86_400_000;
    let seconds = |text: &str| {
        let digits = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<i64>().ok().filter(|_| digits)
    };
    let after = retry_after.map(str::trim).and_then(|text| match seconds(text) {
        Some(seconds) => now_ms.checked_add(seconds * 1000),
        None => time::parse_http_date(text),
    });
    let reset = || rate_limit_reset.map(str::trim).and_then(seconds).map(|seconds| seconds * 1000);
    // Ignore clocks that are far off.
    after.or_else(reset).filter(|moment| moment.abs_diff(now_ms) < YEAR_MS.unsigned_abs())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// 2026-11-24T12:00:00Z, by Python's `datetime.timestamp`.
    const NOW: i64 = 1_795_521_600_000;

    #[test]
    fn each_status_has_a_message() {
        let say = |status, after, reset| Refusal::of_status(status, after, reset, NOW).map(|r| r.what(NOW));
        assert_eq!(say(200, None, None), None);
        assert_eq!(say(206, None, None), None);
        assert_eq!(say(404, None, None).unwrap(), "There is no such file (404).");
        assert_eq!(say(500, None, None).unwrap(), "The server answered with the status 500, and no file.");
        let at = "until 2026-11-24T12:01:30Z (in 1 min 30 s).";
        for (status, after, reset) in [
            (429, Some("90"), None),
            (429, None, Some("1795521690")),
            (429, Some("Tue, 24 Nov 2026 12:01:30 GMT"), None),
            (403, None, Some("1795521690")),
        ] {
            let said = say(status, after, reset).unwrap();
            assert!(said.ends_with(at) && said.contains(&status.to_string()), "{said}");
        }
        for nonsense in [None, Some(""), Some("soon"), Some("-5"), Some("999999999999"), Some("9999999999999999999999")]
        {
            assert!(say(429, nonsense, nonsense).unwrap().ends_with("It does not say until when."), "{nonsense:?}");
        }
        assert!(say(403, None, None).unwrap().contains("not public"));
    }

    #[test]
    fn a_forbidden_host_explains_the_build() {
        let refused = |origins: &[&str]| Refusal::NotAllowed { origins: origins.iter().map(|o| (*o).into()).collect() };
        let refusal = refused(&["https://example.org:8443"]);
        assert!(refusal.what(NOW).contains("contact example.org:8443:"));
        assert!(refusal.next_step().contains("`cargo xtask build --allow-host https://example.org:8443`"));
        let three = refused(&["https://a.example", "https://b.example", "https://c.example"]);
        assert!(three.what(NOW).contains("contact a.example, b.example and c.example:"));
        assert!(three.next_step().contains("--allow-host https://b.example --allow-host https://c.example`"));
        assert!(refusal.next_step().contains("drop it here"));
    }

    #[test]
    fn sizes_are_stated() {
        let large = |bytes| Refusal::TooLarge { bytes, limit: 100_000_000 }.what(NOW);
        assert_eq!(large(Some(150_000_000)), "It holds 150 MB; the files of a link may hold 100 MB together.");
        assert!(large(None).contains("100 MB"));
        assert!(Refusal::Broken { bytes: 1500 }.what(NOW).contains("after 1.5 kB"));
    }
}
