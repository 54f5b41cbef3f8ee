//! What an answer other than success means, and the next step.

use std::time::Duration;

use loaddiff::run::time;
use serde_json::Value;

use super::client::{Answer, Call};

/// The wait that GitHub asks for where a rate limit names none.
const UNNAMED_WAIT: u64 = 60;

/// Characters of the server's own words that are shown.
const MOST_QUOTED: usize = 300;

/// Why GitHub refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// 401.
    Token,
    /// 403 that is no rate limit.
    Permission,
    /// 404.
    NotFound,
    /// 410.
    Gone,
    /// 422.
    Content,
    /// 403 or 429: seconds to wait.
    RateLimit(u64),
    /// 301, 302, 307, 308.
    Moved,
    /// 500 and above.
    Server,
    /// Anything else.
    Other,
}

impl Refused {
    /// What an answer means at a time, in seconds since 1970.
    pub fn of(answer: &Answer, now: u64) -> Self {
        match answer.status {
            401 => Self::Token,
            403 | 429 => rate_limit(answer, now).map_or(Self::Permission, Self::RateLimit),
            404 => Self::NotFound,
            410 => Self::Gone,
            422 => Self::Content,
            301 | 302 | 303 | 307 | 308 => Self::Moved,
            500.. => Self::Server,
            _ => Self::Other,
        }
    }

    /// How long to wait before another try; `None` where none could help.
    pub fn wait(self, backoff: Duration) -> Option<Duration> {
        match self {
            Self::RateLimit(seconds) => Some(Duration::from_secs(seconds)),
            Self::Server => Some(backoff),
            _ => None,
        }
    }

    /// Whether the request may have been carried out all the same.
    pub fn may_be_done(self) -> bool {
        self == Self::Server
    }
}

/// The wait of a rate limit; `None` where the answer is none.
fn rate_limit(answer: &Answer, now: u64) -> Option<u64> {
    if let Some(seconds) = answer.retry_after {
        return Some(seconds);
    }
    if answer.remaining == Some(0) {
        // One second more, since clocks differ.
        return Some(answer.reset.map_or(UNNAMED_WAIT, |at| at.saturating_sub(now).saturating_add(1)));
    }
    let named = said(answer).is_some_and(|said| said.to_ascii_lowercase().contains("rate limit"));
    (answer.status == 429 || named).then_some(UNNAMED_WAIT)
}

/// What the answer means, in sentences with the next step.
pub fn sentence(refused: &Refused, answer: &Answer, call: Call<'_>, now: u64) -> String {
    let status = answer.status;
    let quoted = said(answer).map(|said| format!(", “{said}”")).unwrap_or_default();
    let head = format!("GitHub did not {} ({status}{quoted}).", call.what);
    let next = match refused {
        Refused::Token => "The token is wrong, has expired or was revoked. Set GITHUB_TOKEN to a valid one.".to_owned(),
        Refused::Permission => format!(
            "The token may not do this. It needs `{0}`: in a workflow, add `permissions: {0}`. Workflows of pull requests from \
             forks have no such token.",
            call.needs
        ),
        Refused::NotFound => format!(
            "There is no such repository, issue or pull request, or the token may not see it. Check GITHUB_REPOSITORY, and that \
             the token has `{}`.",
            call.needs
        ),
        Refused::Gone => {
            "Issues are turned off in this repository. Turn them on in its settings, or name another one with \
                          --repository."
                .to_owned()
        }
        Refused::Content => {
            format!(
                "The content was not accepted{}. This is a mistake of loaddiff or a rule of the repository.",
                errors(answer)
            )
        }
        Refused::RateLimit(seconds) => format!(
            "The rate limit is reached. Try again after {} (in {seconds} s), or raise --max-wait.",
            time::format_rfc3339(i64::try_from(now.saturating_add(*seconds).saturating_mul(1000)).unwrap_or(i64::MAX))
        ),
        Refused::Moved => {
            "The repository has moved. Set GITHUB_REPOSITORY, or --repository, to its new name.".to_owned()
        }
        Refused::Server => {
            "GitHub has a problem. Try again later; its state is on https://www.githubstatus.com.".to_owned()
        }
        Refused::Other => "Check GITHUB_API_URL.".to_owned(),
    };
    format!("{head} {next}")
}

/// The server's own words.
fn said(answer: &Answer) -> Option<String> {
    let value: Value = serde_json::from_slice(&answer.body).ok()?;
    let said = value.get("message")?.as_str()?.trim();
    (!said.is_empty()).then(|| clip(said))
}

/// What is wrong with the content, field by field.
fn errors(answer: &Answer) -> String {
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let one = |error: &Value| {
        if let Some(text) = error.as_str() {
            return text.to_owned();
        }
        let part = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        [part("field"), part("code"), part("message")]
            .into_iter()
            .filter(|p| !p.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let all = value.get("errors").and_then(Value::as_array).map(|all| all.iter().take(5).map(one).collect::<Vec<_>>());
    match all.filter(|all| !all.is_empty()) {
        Some(all) => clip(&format!(": {}", all.join("; "))),
        None => String::new(),
    }
}

fn clip(text: &str) -> String {
    let clipped: String = text.chars().take(MOST_QUOTED).collect();
    if clipped.len() < text.len() { clipped + "…" } else { clipped }
}
