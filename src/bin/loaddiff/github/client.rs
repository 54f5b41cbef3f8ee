//! Requests with a time-out, repeated where that is safe.
//!
//! A request that changes nothing, or sets what it names, may be sent again. One that makes something new may have been
//! carried out although no answer came: it is sent again only after a look has shown that the thing is not there.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use ureq::http::{HeaderMap, Request, StatusCode};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Error};

use super::refusal::{self, Refused};
use super::settings::{Settings, Token, variable};
use crate::Failure;

/// Tries of one request, in all.
const TRIES: u32 = 4;

/// The wait before the second try; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest answer that is read: 100 issues with the longest texts stay below.
const LONGEST_ANSWER: u64 = 64 << 20;

/// The version of the API that requests ask for.
const API_VERSION: &str = "2022-11-28";

/// An answer of the server.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Seconds of `Retry-After`.
    pub retry_after: Option<u64>,
    /// `x-ratelimit-remaining`.
    pub remaining: Option<u64>,
    /// `x-ratelimit-reset`, seconds since 1970.
    pub reset: Option<u64>,
    /// Whether the list goes on with another page.
    pub has_next: bool,
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
struct NoAnswer {
    why: String,
    /// Whether the request may have been carried out.
    may_be_done: bool,
    /// Whether another try could help.
    again: bool,
}

/// What a request does, for messages and for what may be repeated.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub method: &'static str,
    /// Below the API's address, with a leading slash.
    pub path: &'a str,
    pub body: Option<&'a Value>,
    /// `open an issue`.
    pub what: &'a str,
    /// The permission it takes: `issues: write`.
    pub needs: &'static str,
}

/// Looks whether the thing that a request makes is there.
pub type Look<'a> = &'a dyn Fn() -> Result<Option<Value>, Failure>;

/// A connection to the API.
pub struct Client {
    agent: Agent,
    api: String,
    token: Token,
    /// How long it may still wait.
    patience: Cell<Duration>,
}

impl Client {
    pub fn new(settings: &Settings, token: Token) -> Result<Self, Failure> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would carry the token elsewhere, or turn a POST into a GET.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .https_only(!settings.is_local)
            .user_agent(concat!("loaddiff/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(settings.timeout.min(Duration::from_secs(15))))
            .timeout_global(Some(settings.timeout));
        if settings.is_local {
            config = config.proxy(None);
        }
        if let Some(roots) = own_roots()? {
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        let agent = config.build().new_agent();
        Ok(Self { agent, api: settings.api.clone(), token, patience: Cell::new(settings.max_wait) })
    }

    /// Sends a request that may be sent twice.
    pub fn send(&self, call: Call<'_>) -> Result<(Answer, Value), Failure> {
        self.repeat(call, None)
    }

    /// Sends a request that makes something new; `look` finds it if it is there already.
    pub fn make(&self, call: Call<'_>, look: Look<'_>) -> Result<Value, Failure> {
        self.repeat(call, Some(look)).map(|(_, value)| value)
    }

    /// One try: for what is asked rather than needed.
    pub fn ask(&self, call: Call<'_>) -> Result<Answer, Failure> {
        self.once(call).map_err(|none| self.without_answer(call, &none))
    }

    fn repeat(&self, call: Call<'_>, look: Option<Look<'_>>) -> Result<(Answer, Value), Failure> {
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let (failure, after, may_be_done) = match self.once(call) {
                Ok(answer) if (200..300).contains(&answer.status) => match serde_json::from_slice(&answer.body) {
                    Ok(value) => return Ok((answer, value)),
                    Err(_) => {
                        return Err(format!(
                            "GitHub was asked to {}, and answered with something else than JSON. Check GITHUB_API_URL ({}).",
                            call.what, self.api
                        ));
                    }
                },
                Ok(answer) => {
                    let refused = Refused::of(&answer, seconds_now());
                    let after = refused.wait(wait);
                    let may_be_done = refused.may_be_done();
                    let mut failure = self.token.redact(&refusal::sentence(&refused, &answer, call, seconds_now()));
                    if may_be_done && look.is_some() {
                        failure.push_str(UNKNOWN);
                    }
                    (failure, after, may_be_done)
                }
                Err(none) => (self.without_answer(call, &none), none.again.then_some(wait), none.may_be_done),
            };
            let Some(after) = after.filter(|after| attempt < TRIES && *after <= self.patience.get()) else {
                return Err(failure);
            };
            std::thread::sleep(after);
            self.patience.set(self.patience.get().saturating_sub(after));
            wait = wait.saturating_mul(2);
            if may_be_done
                && let Some(look) = look
                && let Some(there) = look()?
            {
                let made = Answer {
                    status: 201,
                    retry_after: None,
                    remaining: None,
                    reset: None,
                    has_next: false,
                    body: Vec::new(),
                };
                return Ok((made, there));
            }
        }
        Err("no try is left.".into())
    }

    fn without_answer(&self, call: Call<'_>, none: &NoAnswer) -> Failure {
        let unknown = if none.may_be_done && call.method == "POST" { UNKNOWN } else { "" };
        let sentence = format!("GitHub ({}) was asked to {}: {}{unknown}", self.api, call.what, none.why);
        self.token.redact(&sentence)
    }

    fn once(&self, call: Call<'_>) -> Result<Answer, NoAnswer> {
        let never_sent = |why: String| NoAnswer { why, may_be_done: false, again: false };
        let request = Request::builder()
            .method(call.method)
            .uri(format!("{}{}", self.api, call.path))
            .header("Authorization", format!("Bearer {}", self.token.secret()))
            .header("Accept", "application/vnd.github+json")
            .header("X-GitHub-Api-Version", API_VERSION);
        let response = match call.body {
            Some(body) => {
                let request = request.header("Content-Type", "application/json").body(body.to_string());
                request.map(|request| self.agent.run(request))
            }
            None => request.body(()).map(|request| self.agent.run(request)),
        };
        // The error of a header could quote the header.
        let response =
            response.map_err(|_| never_sent("the request could not be written. Check GITHUB_API_URL.".into()))?;
        let mut response = response.map_err(no_answer)?;
        let headers = response.headers();
        let mut answer = Answer {
            status: response.status().as_u16(),
            retry_after: number(headers, "retry-after"),
            remaining: number(headers, "x-ratelimit-remaining"),
            reset: number(headers, "x-ratelimit-reset"),
            has_next: headers
                .get_all("link")
                .iter()
                .any(|link| link.to_str().is_ok_and(|l| l.contains("rel=\"next\""))),
            body: Vec::new(),
        };
        let read = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        answer.body = match read {
            Ok(body) => body,
            // The status is known: what is missing is its text.
            Err(_) if !StatusCode::from_u16(answer.status).is_ok_and(|s| s.is_success()) => Vec::new(),
            Err(error) => return Err(no_answer(error)),
        };
        Ok(answer)
    }
}

const UNKNOWN: &str = " It is unknown whether it was carried out: run the command again, which looks first.";

/// Certificates of `SSL_CERT_FILE`, for a server behind a company's own authority.
fn own_roots() -> Result<Option<RootCerts>, Failure> {
    let Some(path) = variable("SSL_CERT_FILE") else { return Ok(None) };
    let pem = std::fs::read(&path).map_err(|e| format!("SSL_CERT_FILE {path}: could not be read: {e}."))?;
    let certificates: Vec<Certificate<'static>> = ureq::tls::parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(format!("SSL_CERT_FILE {path}: holds no certificate in PEM form."));
    }
    Ok(Some(certificates.into()))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn no_answer(error: Error) -> NoAnswer {
    use ureq::Timeout;
    let sent = |why: String| NoAnswer { why, may_be_done: true, again: true };
    let unsent = |why: String| NoAnswer { why, may_be_done: false, again: true };
    let useless = |why: String| NoAnswer { why, may_be_done: false, again: false };
    match error {
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            unsent("no connection within the time-out. Check the network, or raise --timeout.".into())
        }
        Error::Timeout(_) => sent("no answer within the time-out. Try again, or raise --timeout.".into()),
        Error::HostNotFound => unsent("the host is not found. Check GITHUB_API_URL and the network.".into()),
        Error::ConnectionFailed => unsent("no connection. Check the network.".into()),
        Error::Io(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => {
            unsent("the connection is refused. Check GITHUB_API_URL and the network.".into())
        }
        // What TLS finds wrong, such as a certificate of an unknown authority.
        Error::Io(e) if e.kind() == std::io::ErrorKind::InvalidData => NoAnswer { again: false, ..sent(insecure(&e)) },
        Error::Io(e) => sent(format!("the connection broke: {e}.")),
        Error::Rustls(_) | Error::Tls(_) | Error::Pem(_) => useless(insecure(&error)),
        Error::InvalidProxyUrl | Error::ConnectProxyFailed(_) => {
            useless("the proxy does not work. Check HTTPS_PROXY and NO_PROXY.".into())
        }
        Error::Protocol(_) | Error::LargeResponseHeader(..) => {
            sent("the answer is not HTTP. Check GITHUB_API_URL.".into())
        }
        error => sent(format!("{error}.")),
    }
}

fn insecure(error: &impl std::fmt::Display) -> String {
    format!(
        "no secure connection: {error}. For a server with a company's own certificate, set SSL_CERT_FILE to the file of its \
         authority."
    )
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
