//! Where to send, as whom, and about what: the arguments and the environment of a job.

use std::time::Duration;

use clap::{Arg, ArgMatches, Command, value_parser};
use loaddiff::report::issue::Repository;
use sha2::{Digest, Sha256};

use crate::Failure;

/// Environment variables that may hold the token, the first that is set wins.
const TOKENS: [&str; 2] = ["GITHUB_TOKEN", "GH_TOKEN"];

const PUBLIC_API: &str = "https://api.github.com";

/// A secret. It has no `Display`, and its `Debug` shows nothing.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The secret, for the header of a request alone.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// Removes the token from a text of the server's.
    pub fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "***")
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(***)")
    }
}

/// Where requests go.
#[derive(Debug, Clone)]
pub struct Settings {
    pub repository: Repository,
    /// Without a slash at its end.
    pub api: String,
    /// Whether the API is on this machine.
    pub is_local: bool,
    /// The longest time for one request.
    pub timeout: Duration,
    /// The longest time to wait between requests, in all.
    pub max_wait: Duration,
}

/// Adds `--repository`, `--key`, `--timeout`, `--max-wait`.
pub fn with_settings(command: Command) -> Command {
    let seconds = |name: &'static str, default: &'static str, range: std::ops::RangeInclusive<i64>| {
        Arg::new(name)
            .long(name)
            .value_name("SECONDS")
            .default_value(default)
            .value_parser(value_parser!(u32).range(range))
    };
    command
        .arg(
            Arg::new("repository")
                .long("repository")
                .value_name("OWNER/REPO")
                .help("Repository on GitHub [default: $GITHUB_REPOSITORY]"),
        )
        .arg(
            Arg::new("key")
                .long("key")
                .value_name("NAME")
                .help("Name of the load test, if a repository has several [default: $GITHUB_WORKFLOW]"),
        )
        .arg(seconds("timeout", "30", 1..=600).help("Longest time for one request"))
        .arg(
            seconds("max-wait", "60", 0..=7_200)
                .help("Longest time to wait for a rate limit or before another try, in all"),
        )
}

impl Settings {
    pub fn new(args: &ArgMatches) -> Result<Self, Failure> {
        let named = args.get_one::<String>("repository").cloned().or_else(|| variable("GITHUB_REPOSITORY"));
        let Some(named) = named else {
            return Err(
                "no repository is named. Name it with --repository OWNER/REPO, or set GITHUB_REPOSITORY.".into()
            );
        };
        let repository = Repository::parse(&named).map_err(|why| format!("the repository “{named}”: {why}"))?;
        let api = variable("GITHUB_API_URL").unwrap_or_else(|| PUBLIC_API.into());
        let (api, is_local) = api_address(&api).map_err(|why| format!("GITHUB_API_URL “{api}”: {why}"))?;
        let seconds = |name: &str| Duration::from_secs(args.get_one::<u32>(name).copied().unwrap_or(30).into());
        Ok(Self { repository, api, is_local, timeout: seconds("timeout"), max_wait: seconds("max-wait") })
    }
}

/// The token of the environment.
pub fn token() -> Result<Token, Failure> {
    let Some((name, token)) = TOKENS.iter().find_map(|name| Some((name, variable(name)?))) else {
        return Err(
            "no token is set. Set GITHUB_TOKEN (or GH_TOKEN). In a workflow: `env: GITHUB_TOKEN: ${{ github.token }}`."
                .into(),
        );
    };
    if token.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(Token(token))
    } else {
        Err(format!("{name} holds a character that no token has, such as a space or a line end. Set it again."))
    }
}

/// An environment variable without white space around it; `None` where it is empty.
pub fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// A token is sent by TLS, or stays on this machine.
fn api_address(text: &str) -> Result<(String, bool), &'static str> {
    let text = text.trim_end_matches('/');
    let (rest, secure) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return Err("it must begin with https://."),
    };
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() || !rest.bytes().all(|b| b.is_ascii_graphic()) || rest.contains(['?', '#', '@', '\\']) {
        return Err("it must be an address such as https://api.github.com or https://HOST/api/v3.");
    }
    let name = host.strip_prefix('[').map_or_else(|| host.split(':').next(), |v6| v6.split(']').next());
    let is_local = matches!(name, Some("127.0.0.1" | "localhost" | "::1"));
    if secure || is_local {
        Ok((text.to_owned(), is_local))
    } else {
        Err("the token would travel unencrypted. Use an https:// address.")
    }
}

/// What tells the issue or comment of one load test from those of others: 16 hexadecimal digits.
pub fn fingerprint(args: &ArgMatches) -> String {
    let key = args.get_one::<String>("key").cloned().or_else(|| variable("GITHUB_WORKFLOW"));
    let key = key.as_deref().unwrap_or("loaddiff");
    Sha256::digest(key.as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// The workflow run that reports, as a line of Markdown; empty outside of GitHub Actions.
pub fn origin(repository: &Repository) -> String {
    let digits = |text: &String| text.bytes().all(|b| b.is_ascii_digit());
    let commit = variable("GITHUB_SHA").filter(|sha| sha.len() >= 40 && sha.bytes().all(|b| b.is_ascii_hexdigit()));
    let run = variable("GITHUB_RUN_ID").filter(digits);
    let server = variable("GITHUB_SERVER_URL").filter(|url| {
        url.starts_with("https://") && url.bytes().all(|b| b.is_ascii_alphanumeric() || b":/.-".contains(&b))
    });
    let run =
        server.zip(run).map(|(server, run)| format!("[workflow run {run}]({server}/{repository}/actions/runs/{run})"));
    let parts: Vec<String> = [commit.map(|sha| format!("Commit {sha}")), run].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("\n{}\n", parts.join(" · ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_travels_unencrypted() {
        for good in
            ["https://api.github.com", "https://ghe.example.org/api/v3/", "http://127.0.0.1:80", "http://[::1]:8"]
        {
            assert!(api_address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.github.com",
            "http://127.0.0.1.example.org",
            "http://127.0.0.1@example.org",
            "http://localhost\\@example.org",
            "api.github.com",
            "https://",
            "https://api.github.com?x",
            "ftp://127.0.0.1",
        ] {
            assert!(api_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_shows_nothing() {
        let token = Token("ghp_secret".into());
        assert_eq!(format!("{token:?}"), "Token(***)");
        assert_eq!(token.redact("Bearer ghp_secret!"), "Bearer ***!");
    }
}
