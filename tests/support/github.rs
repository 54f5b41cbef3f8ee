//! A server on this machine that behaves as GitHub's API for issues and comments does, with planned faults.
#![allow(dead_code)]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

/// What the tests send as the token: it must never show.
pub const TOKEN: &str = "ghs_Sup3rS3cretT0kenOfTheTests";

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// `POST /repos/o/r/issues`, without the query.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap())
    }
}

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Another answer, and nothing is done.
    Answer(u16, Vec<(&'static str, String)>, Value),
    /// Done, and the answer is lost.
    DoneThenCut,
    /// Done, and a gateway answers instead.
    DoneThen(u16),
    /// Not done, and the connection breaks.
    Cut,
    /// No answer before the client's time-out.
    Silence,
}

#[derive(Debug, Default)]
pub struct State {
    pub requests: Vec<Request>,
    pub issues: Vec<Value>,
    /// The issue's number, and the comment.
    pub comments: Vec<(u64, Value)>,
    /// Who writes with the token; `None`: a bot, which may not ask `/user`.
    pub person: Option<&'static str>,
    /// Whether labels of new issues are left out, as for tokens without write access.
    pub drops_labels: bool,
    pub per_page: Option<usize>,
    faults: VecDeque<(&'static str, Fault)>,
    next: u64,
}

pub struct Api {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Api {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, address) = (Arc::clone(&state), url.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, address) = (Arc::clone(&shared), address.clone());
                thread::spawn(move || answer(stream, &shared, &address));
            }
        });
        Self { url, state }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The next request whose `METHOD /path` begins so meets a fault.
    pub fn plan(&self, line: &'static str, fault: Fault) {
        self.state().faults.push_back((line, fault));
    }

    /// The requests so far, `METHOD /path`, and forgets them.
    pub fn take(&self) -> Vec<String> {
        self.state().requests.drain(..).map(|r| r.line()).collect()
    }

    /// The command line with the environment of a job, and nothing of the machine's.
    pub fn loaddiff(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().unwrap();
        for text in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(text).contains(TOKEN), "the token is shown");
        }
        output
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loaddiff"));
        for name in ["GITHUB_WORKFLOW", "GITHUB_EVENT_PATH", "GITHUB_REF", "GITHUB_SHA", "GITHUB_RUN_ID", "GH_TOKEN"] {
            command.env_remove(name);
        }
        command
            .args(args)
            .current_dir(crate::support::fixture(""))
            .env_remove("SSL_CERT_FILE")
            .env("GITHUB_TOKEN", TOKEN)
            .env("GITHUB_REPOSITORY", "octo/load")
            .env("GITHUB_API_URL", &self.url);
        command
    }
}

fn answer(stream: TcpStream, state: &Mutex<State>, url: &str) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut request = Request { method, path, headers, body: Value::Null };
    let length = request.header("content-length").map_or(0, |l| l.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = serde_json::from_slice(&body).unwrap_or_default();

    let mut state = state.lock().unwrap();
    state.requests.push(request.clone());
    let at = state.faults.iter().position(|(line, _)| request.line().starts_with(line));
    let fault = at.and_then(|at| state.faults.remove(at)).map(|(_, fault)| fault);
    let reply = match fault {
        Some(Fault::Answer(status, headers, body)) => Some((status, headers, body)),
        Some(Fault::Cut) => None,
        Some(Fault::DoneThenCut) => {
            state.act(&request, url);
            None
        }
        Some(Fault::DoneThen(status)) => {
            state.act(&request, url);
            Some((status, Vec::new(), json!({ "message": "Bad gateway" })))
        }
        Some(Fault::Silence) => {
            drop(state);
            // The client hangs up first.
            let _ = reader.read(&mut [0]);
            return None;
        }
        None => Some(state.act(&request, url)),
    };
    let (status, headers, body) = reply?;
    let body = body.to_string();
    let mut text = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    (&stream).write_all(format!("{text}\r\n{body}").as_bytes()).ok()
}

type Reply = (u16, Vec<(&'static str, String)>, Value);

impl State {
    fn user(&self) -> Value {
        match self.person {
            Some(login) => json!({ "login": login, "type": "User" }),
            None => json!({ "login": "github-actions[bot]", "type": "Bot" }),
        }
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn act(&mut self, request: &Request, url: &str) -> Reply {
        let error = |status, message: &str| (status, Vec::new(), json!({ "message": message }));
        if request.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return error(401, "Bad credentials");
        }
        if request.header("user-agent").is_none_or(str::is_empty) {
            return error(403, "Request forbidden by administrative rules.");
        }
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let query = |name: &str| {
            query.split('&').filter_map(|pair| pair.split_once('=')).find(|(n, _)| *n == name).map(|(_, v)| v)
        };
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["user"]) if self.person.is_none() => error(403, "Resource not accessible by integration"),
            ("GET", ["user"]) => (200, Vec::new(), self.user()),
            ("GET", ["repos", "octo", "load", "issues"]) => {
                let wanted: Vec<&str> =
                    query("labels").unwrap_or_default().split(',').filter(|l| !l.is_empty()).collect();
                let all = self.issues.iter().rev().filter(|issue| {
                    let has = |label: &&str| issue["labels"].as_array().unwrap().iter().any(|l| l["name"] == **label);
                    query("state") != Some("open") || issue["state"] == "open" && wanted.iter().all(has)
                });
                self.page(all.cloned().collect(), query("page"), query("per_page"), url)
            }
            ("POST", ["repos", "octo", "load", "issues"]) => {
                let number = self.id();
                let labels = request.body["labels"].as_array().cloned().unwrap_or_default();
                let labels: Vec<Value> = labels.iter().map(|l| json!({ "name": l })).collect();
                let issue = json!({
                    "number": number,
                    "html_url": format!("https://github.example/octo/load/issues/{number}"),
                    "title": request.body["title"],
                    "body": request.body["body"],
                    "labels": if self.drops_labels { Vec::new() } else { labels },
                    "state": "open",
                    "user": self.user(),
                });
                if request.body["body"].as_str().unwrap().len() > 65_536 {
                    return error(422, "Validation Failed");
                }
                self.issues.push(issue.clone());
                (201, Vec::new(), issue)
            }
            ("PATCH", ["repos", "octo", "load", "issues", number]) => {
                let issue = self.issues.iter_mut().find(|i| i["number"].as_u64() == number.parse().ok());
                let Some(issue) = issue else { return error(404, "Not Found") };
                for (name, value) in request.body.as_object().unwrap() {
                    issue[name] = value.clone();
                }
                (200, Vec::new(), issue.clone())
            }
            ("GET", ["repos", "octo", "load", "issues", number, "comments"]) => {
                let number: u64 = number.parse().unwrap();
                let all = self.comments.iter().filter(|(on, _)| *on == number).map(|(_, c)| c.clone()).collect();
                self.page(all, query("page"), query("per_page"), url)
            }
            ("POST", ["repos", "octo", "load", "issues", number, "comments"]) => {
                let id = self.id();
                let url = format!("https://github.example/octo/load/issues/{number}#issuecomment-{id}");
                let comment = json!({ "id": id, "html_url": url, "body": request.body["body"], "user": self.user() });
                self.comments.push((number.parse().unwrap(), comment.clone()));
                (201, Vec::new(), comment)
            }
            ("PATCH", ["repos", "octo", "load", "issues", "comments", id]) => {
                let comment = self.comments.iter_mut().find(|(_, c)| c["id"].as_u64() == id.parse().ok());
                let Some((_, comment)) = comment else { return error(404, "Not Found") };
                comment["body"] = request.body["body"].clone();
                (200, Vec::new(), comment.clone())
            }
            _ => error(404, "Not Found"),
        }
    }

    fn page(&self, all: Vec<Value>, page: Option<&str>, per_page: Option<&str>, url: &str) -> Reply {
        let number = |text: Option<&str>, or: usize| text.map_or(or, |t| t.parse().unwrap());
        let (page, per_page) = (number(page, 1), self.per_page.unwrap_or_else(|| number(per_page, 30)));
        let entries: Vec<Value> = all.iter().skip((page - 1) * per_page).take(per_page).cloned().collect();
        let mut headers = Vec::new();
        if page * per_page < all.len() {
            headers
                .push(("Link", format!("<{url}/somewhere?page={}>; rel=\"next\", <{url}/x>; rel=\"last\"", page + 1)));
        }
        (200, headers, Value::Array(entries))
    }
}
