//! The calls of the API: issues of a repository, and comments on an issue or a pull request.

use loaddiff::report::issue::Repository;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Call, Client};
use super::settings::{Settings, Token};
use crate::Failure;

/// Entries of a page, GitHub's most.
const PER_PAGE: usize = 100;

/// Pages that are read of one list.
const MOST_PAGES: usize = 100;

/// An issue, as far as it is needed.
#[derive(Debug, Deserialize)]
pub struct Issue {
    pub number: u64,
    #[serde(default)]
    pub html_url: String,
    #[serde(default)]
    pub body: Option<String>,
    /// Pull requests are listed as issues too.
    #[serde(default)]
    pull_request: Option<Value>,
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Debug, Deserialize)]
struct Label {
    #[serde(default)]
    name: String,
}

/// A comment, as far as it is needed.
#[derive(Debug, Deserialize)]
pub struct Comment {
    pub id: u64,
    #[serde(default)]
    pub html_url: String,
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    user: Option<User>,
}

#[derive(Debug, Deserialize)]
struct User {
    #[serde(default)]
    login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

/// Whose token it is.
#[derive(Debug)]
pub enum Me {
    Person(String),
    /// The token of a workflow or an app, which cannot ask for its own name.
    Bot,
}

impl Me {
    /// Whether a comment is of this user. Anybody can write our marker into a comment of their own.
    pub fn wrote(&self, comment: &Comment) -> bool {
        comment.user.as_ref().is_some_and(|user| match self {
            Self::Person(login) => user.login.eq_ignore_ascii_case(login),
            Self::Bot => user.kind == "Bot",
        })
    }
}

/// One repository.
pub struct Api {
    client: Client,
    repository: Repository,
    needs: &'static str,
}

impl Api {
    /// `needs` is the permission that messages name.
    pub fn new(settings: &Settings, token: Token, needs: &'static str) -> Result<Self, Failure> {
        Ok(Self { client: Client::new(settings, token)?, repository: settings.repository.clone(), needs })
    }

    /// The open issue with these labels whose text begins with the marker.
    pub fn find_issue(&self, labels: &[&str], marker: &str) -> Result<Option<Issue>, Failure> {
        let labels = labels.join(",");
        let path = format!("/repos/{}/issues?state=open&labels={labels}", self.repository);
        self.first("list the open issues", &path, |issue: &Issue| {
            issue.pull_request.is_none() && begins(issue.body.as_deref(), marker)
        })
    }

    /// Opens an issue. Returns it, and the labels that it lacks.
    pub fn open_issue(
        &self,
        title: &str,
        body: &str,
        labels: &[&str],
        look: &dyn Fn() -> Result<Option<Issue>, Failure>,
    ) -> Result<(Issue, Vec<String>), Failure> {
        let content = json!({ "title": title, "body": body, "labels": labels });
        let path = format!("/repos/{}/issues", self.repository);
        let call = Call { method: "POST", path: &path, body: Some(&content), what: "open an issue", needs: self.needs };
        let look = || {
            Ok(look()?.map(|i| {
                let labels: Vec<Value> = i.labels.iter().map(|l| json!({ "name": l.name })).collect();
                json!({ "number": i.number, "html_url": i.html_url, "labels": labels })
            }))
        };
        let issue: Issue = read(self.client.make(call, &look)?, call.what)?;
        let has = |label: &&&str| issue.labels.iter().any(|l| l.name.eq_ignore_ascii_case(label));
        let lacks = labels.iter().filter(|label| !has(label)).map(|label| (*label).to_owned()).collect();
        Ok((issue, lacks))
    }

    /// Closes an issue as done.
    pub fn close(&self, issue: u64) -> Result<(), Failure> {
        let content = json!({ "state": "closed", "state_reason": "completed" });
        let path = format!("/repos/{}/issues/{issue}", self.repository);
        let what = format!("close issue #{issue}");
        self.client.send(Call {
            method: "PATCH",
            path: &path,
            body: Some(&content),
            what: &what,
            needs: self.needs,
        })?;
        Ok(())
    }

    /// The last comment of an issue or pull request for which a condition holds.
    pub fn last_comment(&self, on: u64, is_it: impl Fn(&Comment) -> bool) -> Result<Option<Comment>, Failure> {
        let mut last = None;
        self.each(&format!("list the comments of #{on}"), &self.comments_path(on), |comment: Comment| {
            if is_it(&comment) {
                last = Some(comment);
            }
            false
        })?;
        Ok(last)
    }

    /// The first such comment.
    pub fn first_comment(&self, on: u64, is_it: impl Fn(&Comment) -> bool) -> Result<Option<Comment>, Failure> {
        self.first(&format!("list the comments of #{on}"), &self.comments_path(on), is_it)
    }

    /// Comments. The body's first line tells it from every other comment.
    pub fn comment(&self, on: u64, body: &str) -> Result<Comment, Failure> {
        let content = json!({ "body": body });
        let path = self.comments_path(on);
        let what = format!("comment on #{on}");
        let call = Call { method: "POST", path: &path, body: Some(&content), what: &what, needs: self.needs };
        let marker = body.lines().next().unwrap_or_default();
        let look = || {
            let there = self.first_comment(on, |c| begins(c.body.as_deref(), marker))?;
            Ok(there.map(|c| json!({ "id": c.id, "html_url": c.html_url })))
        };
        read(self.client.make(call, &look)?, call.what)
    }

    /// Replaces a comment's text.
    pub fn update_comment(&self, id: u64, body: &str) -> Result<Comment, Failure> {
        let content = json!({ "body": body });
        let path = format!("/repos/{}/issues/comments/{id}", self.repository);
        let call =
            Call { method: "PATCH", path: &path, body: Some(&content), what: "update the comment", needs: self.needs };
        read(self.client.send(call)?.1, call.what)
    }

    /// Whose token it is.
    pub fn me(&self) -> Result<Me, Failure> {
        let call = Call { method: "GET", path: "/user", body: None, what: "tell whose token it is", needs: self.needs };
        let answer = self.client.ask(call)?;
        // The token of a workflow may not ask.
        if matches!(answer.status, 403 | 404) && answer.retry_after.is_none() && answer.remaining != Some(0) {
            return Ok(Me::Bot);
        }
        // Anything else is asked again, or ends the command.
        let user: User = match answer.status {
            200 => serde_json::from_slice(&answer.body).ok(),
            _ => None,
        }
        .map_or_else(|| read(self.client.send(call)?.1, call.what), Ok)?;
        Ok(if user.kind == "Bot" { Me::Bot } else { Me::Person(user.login) })
    }

    fn comments_path(&self, on: u64) -> String {
        format!("/repos/{}/issues/{on}/comments", self.repository)
    }

    fn first<T: for<'d> Deserialize<'d>>(
        &self,
        what: &str,
        path: &str,
        is_it: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, Failure> {
        let mut found = None;
        self.each(what, path, |entry: T| {
            let is_found = is_it(&entry);
            if is_found {
                found = Some(entry);
            }
            is_found
        })?;
        Ok(found)
    }

    /// Shows each entry of a list, until one ends it.
    fn each<T: for<'d> Deserialize<'d>>(
        &self,
        what: &str,
        path: &str,
        mut ends: impl FnMut(T) -> bool,
    ) -> Result<(), Failure> {
        let sign = if path.contains('?') { '&' } else { '?' };
        for page in 1..=MOST_PAGES {
            let path = format!("{path}{sign}per_page={PER_PAGE}&page={page}");
            let call = Call { method: "GET", path: &path, body: None, what, needs: self.needs };
            let (answer, value) = self.client.send(call)?;
            let entries: Vec<T> = read(value, what)?;
            for entry in entries {
                if ends(entry) {
                    return Ok(());
                }
            }
            if !answer.has_next {
                return Ok(());
            }
        }
        Err(format!(
            "GitHub was asked to {what}, and there are more than {} of them. Close old ones, or take another repository.",
            MOST_PAGES * PER_PAGE
        ))
    }
}

/// Whether a text begins with a marker. Names from results come later in a text, and cannot imitate one.
pub fn begins(text: Option<&str>, marker: &str) -> bool {
    text.is_some_and(|text| text.starts_with(marker))
}

fn read<T: for<'d> Deserialize<'d>>(value: Value, what: &str) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|_| {
        format!("GitHub was asked to {what}, and its answer has not the expected fields. Check GITHUB_API_URL.")
    })
}
