//! Aggregates the points of both outputs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::content::Content;
use super::super::error::{Error, Problem};
use super::super::importer::Imported;
use super::super::losses::Losses;
use super::super::notes::{BANNER_SKIPPED, decoded};
use super::super::text;
use super::super::text::clip;
use super::moment::Moment;
use super::notes;
use crate::run::recorder::{MOST_ENDPOINTS, Sample, Slot};
use crate::run::{Definition, Endpoint, Note, Recorder, Run, Timeline};

/// Name of requests with neither a name nor an address.
const NO_NAME: &str = "(requests without a name)";

/// Maximum names of checks, and of left-out metrics, kept separately.
const MAX_NAMES: usize = 1000;

/// Name for everything beyond [`MAX_NAMES`].
const OTHER: &str = "(all others)";

/// Maximum left-out metrics listed in a note.
const MAX_LISTED: usize = 12;

/// Left-out metrics of every k6 run, counted fast.
const COMMON: [&str; 13] = [
    "http_req_blocked",
    "http_req_connecting",
    "http_req_tls_handshaking",
    "http_req_sending",
    "http_req_waiting",
    "http_req_receiving",
    "vus_max",
    "data_sent",
    "data_received",
    "iteration_duration",
    "iterations",
    "dropped_iterations",
    "group_duration",
];

/// The role of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    /// `http_req_duration`.
    Duration,
    /// `http_req_failed`.
    Failed,
    /// `http_reqs`.
    Requests,
    /// `vus`.
    Users,
    /// `checks`.
    Check,
    /// One of [`COMMON`].
    Common(usize),
    /// Any other.
    Other,
}

impl Metric {
    #[inline(always)]
    pub(super) fn of(name: &[u8]) -> Self {
        match name {
            b"http_req_duration" => Self::Duration,
            b"http_req_failed" => Self::Failed,
            b"http_reqs" => Self::Requests,
            b"vus" => Self::Users,
            b"checks" => Self::Check,
            b"http_req_blocked" => Self::Common(0),
            b"http_req_connecting" => Self::Common(1),
            b"http_req_tls_handshaking" => Self::Common(2),
            b"http_req_sending" => Self::Common(3),
            b"http_req_waiting" => Self::Common(4),
            b"http_req_receiving" => Self::Common(5),
            _ => COMMON.iter().position(|common| common.as_bytes() == name).map_or(Self::Other, Self::Common),
        }
    }

    /// Whether its points are left out.
    pub(super) fn is_left_out(self) -> bool {
        matches!(self, Self::Common(_) | Self::Other)
    }
}

/// The relevant tags of a point, raw; empty if absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tags<'a> {
    pub name: &'a [u8],
    pub method: &'a [u8],
    pub url: &'a [u8],
    pub status: &'a [u8],
    pub error: &'a [u8],
    pub error_code: &'a [u8],
    pub service: &'a [u8],
    pub check: &'a [u8],
    /// `false` if the request failed: the opposite of `http_req_failed`, on every point of a request.
    pub expected_response: &'a [u8],
    /// Whether they may contain JSON escapes.
    pub escaped: bool,
}

impl<'a> Tags<'a> {
    /// The field of a tag, by its name.
    #[inline(always)]
    pub(super) fn place(&mut self, name: &[u8]) -> Option<&mut &'a [u8]> {
        Some(match name {
            b"name" => &mut self.name,
            b"method" => &mut self.method,
            b"url" => &mut self.url,
            b"status" => &mut self.status,
            b"error" => &mut self.error,
            b"error_code" => &mut self.error_code,
            b"service" => &mut self.service,
            b"check" => &mut self.check,
            b"expected_response" => &mut self.expected_response,
            _ => return None,
        })
    }

    fn text(&self, tag: &'a [u8]) -> Cow<'a, str> {
        if self.escaped && tag.contains(&b'\\') {
            let quoted = [b"\"", tag, b"\""].concat();
            if let Ok(text) = serde_json::from_slice::<String>(&quoted) {
                return Cow::Owned(text);
            }
        }
        match std::str::from_utf8(tag) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(text::lenient(tag).0),
        }
    }

    /// The cause of a failed request, in words.
    fn cause(&self) -> String {
        let (status, error, code) = (self.text(self.status), self.text(self.error), self.text(self.error_code));
        let mut cause = match (&*status, &*error) {
            ("" | "0", "") => String::new(),
            ("" | "0", error) => error.to_owned(),
            (status, "") => format!("status {status}"),
            (status, error) => format!("status {status}: {error}"),
        };
        // 1400 to 1599 only repeat the status.
        let repeats = code.strip_prefix('1').is_some_and(|rest| *rest == *status);
        if !code.is_empty() && !repeats {
            cause = if cause.is_empty() { format!("error {code}") } else { format!("{cause} (error {code})") };
        }
        if cause.is_empty() { "(no reason given)".into() } else { cause }
    }
}

/// Properties of a request from its tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Request {
    endpoint: usize,
    /// Whether it has the status 0.
    no_response: bool,
    /// Whether it failed, as `http_req_failed` counts it; `None` if the tags do not show it.
    failed: Option<bool>,
}

/// Properties of an endpoint outside the recorder.
#[derive(Debug, Clone)]
struct KnownEndpoint {
    slot: Slot,
    method: Option<String>,
    name: String,
    failure_points: FailurePoints,
    service: Service,
}

/// Counts of points that show failures.
#[derive(Debug, Clone, Copy, Default)]
struct FailurePoints {
    /// Points of `http_req_failed`.
    judged: u64,
    /// Points of `http_req_duration` without the tag `expected_response`, which can be disabled.
    untagged: u64,
}

impl FailurePoints {
    fn add(&mut self, other: Self) {
        self.judged += other.judged;
        self.untagged += other.untagged;
    }

    /// Whether the response times of failed requests are separate.
    fn is_separate(&self) -> bool {
        self.judged > 0 && self.untagged == 0
    }
}

/// The service in the tags of an endpoint's requests.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Service {
    Unseen,
    /// Empty: none.
    One(String),
    Several,
}

impl Service {
    fn add(&mut self, name: &str) {
        match self {
            Self::Unseen => *self = Self::One(name.to_owned()),
            Self::One(one) if one != name => *self = Self::Several,
            _ => {}
        }
    }
}

/// A k6 run during reading.
pub(super) struct Points {
    file: String,
    recorder: Recorder,
    known: Vec<KnownEndpoint>,
    /// By method and name.
    index: BTreeMap<Vec<u8>, usize>,
    /// Buffer for a key of `index`.
    key: Vec<u8>,
    counts: Counts,
}

/// Counts for the notes.
#[derive(Debug, Clone, Default)]
struct Counts {
    /// Points of `http_req_duration`.
    durations: u64,
    /// Sum of `http_reqs`.
    requests: u64,
    /// Points of `http_req_failed`.
    judged: u64,
    no_response: u64,
    losses: Losses,
    /// Some timestamp is finer than a second.
    fine: bool,
    decoded: bool,
    /// Bytes of lines that are not k6's points.
    other_text: u64,
    common: [u64; COMMON.len()],
    left_out: BTreeMap<String, u64>,
    /// Passed and failed, by name.
    checks: BTreeMap<String, (u64, u64)>,
}

impl Points {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            recorder: Recorder::by(Definition::of_samples("k6")),
            known: Vec::new(),
            index: BTreeMap::new(),
            key: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Resolves the tags of a request.
    pub(super) fn request(&mut self, tags: &Tags<'_>) -> Request {
        let name = if tags.name.is_empty() { tags.url } else { tags.name };
        let no_response = tags.status == b"0";
        let (method_text, name_text) = (tags.text(tags.method), tags.text(name));
        let (method_text, name_text) = (text::shortened(&method_text), text::shortened(&name_text));
        self.key.clear();
        self.key.extend_from_slice(method_text.as_bytes());
        self.key.push(0);
        self.key.extend_from_slice(name_text.as_bytes());
        let endpoint = match self.index.get(&self.key) {
            Some(endpoint) => *endpoint,
            None => {
                self.counts.decoded |= std::str::from_utf8(name).is_err();
                let method = Some(method_text).filter(|m| !m.is_empty());
                self.endpoint(method, if name_text.is_empty() { NO_NAME } else { name_text })
            }
        };
        if let Some(known) = self.known.get_mut(endpoint) {
            // Nearly always that of the previous request.
            if !matches!(&known.service, Service::One(one) if one.as_bytes() == tags.service) {
                known.service.add(text::shortened(&tags.text(tags.service)));
            }
        }
        let failed = match tags.expected_response {
            b"true" => Some(false),
            b"false" => Some(true),
            _ => None,
        };
        Request { endpoint, no_response, failed }
    }

    /// Creates the endpoint of a new `key`. Returns its index.
    #[cold]
    fn endpoint(&mut self, method: Option<&str>, name: &str) -> usize {
        let slot = self.recorder.endpoint(method, name, true);
        let is_beyond = self.known.len() >= MOST_ENDPOINTS;
        if is_beyond && let Some(at) = self.known.iter().rposition(|known| known.slot == slot) {
            return at;
        }
        let at = self.known.len();
        let (method, name) = (method.map(str::to_owned), name.to_owned());
        self.known.push(KnownEndpoint {
            slot,
            method,
            name,
            failure_points: FailurePoints::default(),
            service: Service::Unseen,
        });
        if !is_beyond {
            self.index.insert(self.key.clone(), at);
        }
        at
    }

    /// Counts a point of `http_req_duration`.
    #[inline(always)]
    pub(super) fn duration(&mut self, request: Request, moment: Option<Moment>, ns: u64) {
        self.counts.durations += 1;
        self.counts.no_response += u64::from(request.no_response && ns == 0);
        self.counts.fine |= moment.is_some_and(|m| m.is_fine);
        if let Some(known) = self.known.get_mut(request.endpoint) {
            known.failure_points.untagged += u64::from(request.failed.is_none());
            let sample = Sample::one(moment.map(|m| m.ms), ns, false);
            let failed = Some(u64::from(request.failed == Some(true)));
            self.recorder.record(known.slot, &Sample { failed, ..sample });
        }
    }

    /// Counts a point of `http_req_failed`, and the failure if there is one.
    #[inline(always)]
    pub(super) fn failed(&mut self, request: Request, moment: Option<Moment>, failed: bool, tags: &Tags<'_>) {
        self.judged(request);
        if !failed {
            return;
        }
        if let Some(known) = self.known.get(request.endpoint) {
            let sample = Sample { requests: 0, failed: Some(0), ..Sample::one(moment.map(|m| m.ms), 0, true) };
            self.recorder.record(known.slot, &sample);
            self.recorder.failed(known.slot, &tags.cause(), 1);
        }
    }

    /// Counts a point of `http_req_failed` for a successful request.
    #[inline(always)]
    pub(super) fn judged(&mut self, request: Request) {
        self.counts.judged += 1;
        if let Some(known) = self.known.get_mut(request.endpoint) {
            known.failure_points.judged += 1;
        }
    }

    /// Counts points of `http_reqs`.
    #[inline(always)]
    pub(super) fn requests(&mut self, n: u64) {
        self.counts.requests = self.counts.requests.saturating_add(n);
    }

    /// Counts a point of `vus`.
    pub(super) fn users(&mut self, moment: Moment, users: u64) {
        self.recorder.users(moment.ms.div_euclid(1000), users);
    }

    /// Counts a point of `checks`.
    pub(super) fn check(&mut self, passed: bool, tags: &Tags<'_>) {
        let name = tags.text(tags.check);
        let name = text::shortened(&name);
        let checks = &mut self.counts.checks;
        let count = match checks.get_mut(name) {
            Some(count) => count,
            None => {
                let name = if checks.len() < MAX_NAMES { name } else { OTHER };
                checks.entry(name.to_owned()).or_default()
            }
        };
        *(if passed { &mut count.0 } else { &mut count.1 }) += 1;
    }

    /// Counts a point of a left-out metric.
    #[inline(always)]
    pub(super) fn left_out(&mut self, metric: Metric, name: &[u8]) {
        if let Metric::Common(at) = metric
            && let Some(count) = self.counts.common.get_mut(at)
        {
            *count += 1;
            return;
        }
        let name = String::from_utf8_lossy(name);
        add(&mut self.counts.left_out, text::shortened(&name), 1);
    }

    /// Counts an unreadable timestamp.
    pub(super) fn unread_moment(&mut self, text: &[u8]) {
        let shown = || format!("“{}”", clip(&String::from_utf8_lossy(text)));
        self.losses().unread_moment(shown);
    }

    /// The losses of the file.
    pub(super) fn losses(&mut self) -> &mut Losses {
        &mut self.counts.losses
    }

    /// Counts a line that is not a k6 point.
    pub(super) fn other_text(&mut self, bytes: usize) {
        self.counts.other_text += bytes as u64;
    }

    /// Adds the next slice, which begins `lines` lines later.
    pub(super) fn join(&mut self, next: Self, lines: u64) {
        self.recorder.merge(&next.recorder);
        for theirs in next.known {
            self.key.clear();
            self.key.extend_from_slice(theirs.method.as_deref().unwrap_or_default().as_bytes());
            self.key.push(0);
            if theirs.name != NO_NAME {
                self.key.extend_from_slice(theirs.name.as_bytes());
            }
            let at = match self.index.get(&self.key) {
                Some(at) => *at,
                None => self.endpoint(theirs.method.as_deref(), &theirs.name),
            };
            if let Some(mine) = self.known.get_mut(at) {
                mine.failure_points.add(theirs.failure_points);
                match theirs.service {
                    Service::Unseen => {}
                    Service::One(name) => mine.service.add(&name),
                    Service::Several => mine.service = Service::Several,
                }
            }
        }
        self.counts.join(next.counts, lines);
    }

    fn rows(&self) -> u64 {
        self.counts.durations + self.counts.losses.lost()
    }

    #[cfg(test)]
    pub(super) fn run(&self) -> Run {
        self.dressed(self.recorder.run(self.rows(), self.counts.losses.lost()))
    }

    pub(super) fn digest(&self) -> Run {
        self.dressed(self.recorder.digest(self.rows(), self.counts.losses.lost()))
    }

    /// Adds the properties from outside the recorder.
    fn dressed(&self, mut run: Run) -> Run {
        run.rates_over_the_run();
        // By the sort key of endpoints.
        let mut known: BTreeMap<(&str, Option<&str>), (FailurePoints, Service)> = BTreeMap::new();
        for of in &self.known {
            let entry =
                known.entry((&of.name, of.method.as_deref())).or_insert((FailurePoints::default(), Service::Unseen));
            entry.0.add(of.failure_points);
            match &of.service {
                Service::Unseen => {}
                Service::One(name) => entry.1.add(name),
                Service::Several => entry.1 = Service::Several,
            }
        }
        for endpoint in &mut run.endpoints {
            let (failure_points, service) = known
                .get(&endpoint.key())
                .cloned()
                .unwrap_or((FailurePoints { judged: 1, ..FailurePoints::default() }, Service::Unseen));
            if failure_points.judged == 0 {
                (endpoint.failures, endpoint.failures_per_s) = (None, None);
            }
            if !failure_points.is_separate() {
                endpoint.forget_failed();
            }
            endpoint.service = match service {
                Service::One(name) if !name.is_empty() => Some(name),
                _ => None,
            };
        }
        if !known.values().all(|(failure_points, _)| failure_points.is_separate()) {
            run.total.iter_mut().for_each(Endpoint::forget_failed);
            run.timeline.iter_mut().for_each(Timeline::forget_failed);
        }
        let (passed, failed) = self.checks();
        if let Some(total) = &mut run.total {
            if self.counts.judged == 0 {
                (total.failures, total.failures_per_s) = (None, None);
            }
            if passed + failed > 0 {
                total.metrics.insert("checks_failed_pct".into(), failed as f64 / (passed + failed) as f64 * 100.0);
            }
        }
        if self.counts.losses.unread_moments() > 0 {
            run.forget_rates();
        }
        run.notes.iter_mut().for_each(|note| note.file = Some(self.file.clone()));
        run
    }

    fn checks(&self) -> (u64, u64) {
        self.counts.checks.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1))
    }

    fn notes(&self) -> Vec<Note> {
        let counts = &self.counts;
        let file = &self.file;
        let mut all = Vec::new();
        if counts.other_text > 0 {
            all.push(Note::say(file, &BANNER_SKIPPED, [counts.other_text.into()]));
        }
        all.extend(counts.losses.notes(file));
        if counts.judged < counts.durations {
            let figures = [counts.durations - counts.judged, counts.durations].map(Into::into);
            all.push(Note::say(file, &notes::FAILURES_UNKNOWN, figures));
        }
        if counts.requests > 0 && counts.requests != counts.durations {
            let figures = [counts.requests, counts.durations].map(Into::into);
            all.push(Note::say(file, &notes::REQUESTS_UNTIMED, figures));
        }
        if counts.no_response > 0 {
            all.push(Note::say(file, &notes::NO_RESPONSES, [counts.no_response.into()]));
        }
        let (passed, failed) = self.checks();
        if passed + failed > 0 {
            // The first of those that fail most.
            let worst = counts.checks.iter().rev().max_by_key(|(_, (_, failed))| *failed).filter(|(_, n)| n.1 > 0);
            all.push(notes::checks_counted(file, passed, failed, worst.map(|(name, n)| (name.clone(), n.1))));
        }
        if !counts.fine && counts.durations > counts.losses.unread_moments() {
            all.push(Note::say(file, &notes::MOMENTS_WHOLE_SECONDS, []));
        }
        if counts.decoded {
            all.push(decoded(file, "Windows-1252"));
        }
        all.extend(counts.left_out(file));
        all
    }

    pub(super) fn imported(mut self) -> Result<Imported, Error> {
        let counts = &self.counts;
        if counts.durations == 0 {
            if counts.losses.lost() > 0 {
                return Err(counts.losses.no_usable_row(&self.file, self.rows()));
            }
            let is_empty = counts.common.iter().all(|n| *n == 0) && counts.left_out.is_empty() && counts.requests == 0;
            if is_empty {
                return Err(Error::new(&self.file, Problem::HeaderOnly));
            }
            let id = "k6-without-http";
            let what = "k6's output without http_req_duration: it holds no HTTP request, and other protocols are not read \
                        yet";
            let instead =
                "Keep http_req_duration where the output is filtered, and check that the script makes HTTP requests.";
            return Err(Error::new(&self.file, Problem::NotYet { id, what, instead }));
        }
        let (rows, rejected) = (self.rows(), self.counts.losses.lost());
        let run = self.recorder.take(rows, rejected);
        let run = self.dressed(run);
        Ok(Imported { content: Content::Results(Box::new(run)), version: None, notes: self.notes(), evidence: None })
    }
}

impl Counts {
    fn join(&mut self, next: Self, lines: u64) {
        self.durations += next.durations;
        self.requests = self.requests.saturating_add(next.requests);
        self.judged += next.judged;
        self.no_response += next.no_response;
        self.losses.join(next.losses, lines);
        self.fine |= next.fine;
        self.decoded |= next.decoded;
        self.other_text += next.other_text;
        self.common.iter_mut().zip(next.common).for_each(|(mine, theirs)| *mine += theirs);
        next.left_out.iter().for_each(|(name, n)| add(&mut self.left_out, name, *n));
        for (name, (passed, failed)) in next.checks {
            let is_known = self.checks.len() < MAX_NAMES || self.checks.contains_key(&name);
            let count = self.checks.entry(if is_known { name } else { OTHER.to_owned() }).or_default();
            (count.0, count.1) = (count.0 + passed, count.1 + failed);
        }
    }

    /// The note on left-out metrics.
    fn left_out(&self, file: &str) -> Option<Note> {
        let common = COMMON.iter().copied().zip(self.common).filter(|(_, n)| *n > 0);
        let own = self.left_out.iter().map(|(name, n)| (name.as_str(), *n));
        // The script's own first: the parts of a request are always left out.
        let all: Vec<(&str, u64)> = own.chain(common).collect();
        let points = all.iter().fold(0, |sum, (_, n)| sum + n);
        let is_protocol = |name: &str| ["grpc_", "ws_", "browser_"].iter().any(|prefix| name.starts_with(prefix));
        let mut names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        crate::order::sort_by_key(&mut names, |name| !is_protocol(name));
        let protocols = names.iter().any(|name| is_protocol(name));
        let more = names.len().saturating_sub(MAX_LISTED);
        names.truncate(MAX_LISTED);
        let mut names = names.join(", ");
        if more > 0 {
            names.push_str(&format!(" and {more} more"));
        }
        let words = if protocols { notes::PROTOCOLS_LEFT_OUT } else { notes::METRICS_LEFT_OUT };
        (points > 0).then(|| Note::say(file, &words, [points.into(), names.into()]))
    }
}

fn add(counts: &mut BTreeMap<String, u64>, name: &str, n: u64) {
    if let Some(count) = counts.get_mut(name) {
        *count += n;
    } else {
        let name = if counts.len() < MAX_NAMES { name } else { OTHER };
        *counts.entry(name.to_owned()).or_default() += n;
    }
}

/// Parses a number of at least 0 in millionths; `None` if invalid.
#[inline(always)]
pub(super) fn millionths(text: &[u8]) -> Option<u64> {
    plain_millionths(text).or_else(|| {
        let number: f64 = std::str::from_utf8(text).ok()?.trim().parse().ok()?;
        of_number(number)
    })
}

/// The same for a float.
pub(super) fn of_number(number: f64) -> Option<u64> {
    let scaled = libm::round(number * 1e6);
    (number >= 0.0 && scaled < 1e18).then_some(scaled as u64)
}

/// Parses a decimal with at most nine digits before and six after the point, in JSON spelling.
#[inline(always)]
pub(super) fn plain_millionths(text: &[u8]) -> Option<u64> {
    let point = text.iter().take(10).position(|b| *b == b'.').unwrap_or(text.len());
    let (whole, fraction) = text.split_at_checked(point)?;
    let fraction = fraction.get(1..).unwrap_or_default();
    let ends_badly = point < text.len() && fraction.is_empty();
    if whole.is_empty()
        || whole.len() > 9
        || fraction.len() > 6
        || ends_badly
        || (whole.len() > 1 && whole.first() == Some(&b'0'))
    {
        return None;
    }
    let mut number = 0_u64;
    for byte in whole.iter().chain(fraction) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    for _ in fraction.len()..6 {
        number *= 10;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers() {
        for (text, want) in [
            ("1", Some(1_000_000)),
            ("0", Some(0)),
            ("218.508", Some(218_508_000)),
            ("25.937636", Some(25_937_636)),
            ("1.000000", Some(1_000_000)),
            ("1e-06", Some(1)),
            ("1.5e3", Some(1_500_000_000)),
            ("4.1234567", Some(4_123_457)),
            ("1234567890.5", Some(1_234_567_890_500_000)),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("1e300", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(millionths(text.as_bytes()), want, "{text}");
        }
        for text in ["01", "1.", ".5", "1.1234567", "1e3", "-0", "1234567890"] {
            assert_eq!(plain_millionths(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        /// The fast path equals parsing as a float.
        #[test]
        fn plain_numbers_are_floats(whole in 0..1_000_000_000_u64, fraction in 0..1_000_000_u64, digits in 0..7_usize) {
            let fraction = format!("{fraction:06}");
            let text = match fraction.get(..digits) {
                Some(fraction) if !fraction.is_empty() => format!("{whole}.{fraction}"),
                _ => whole.to_string(),
            };
            let float: f64 = text.parse().unwrap_or(f64::NAN);
            prop_assert_eq!(plain_millionths(text.as_bytes()), of_number(float));
        }
    }

    #[test]
    fn causes() {
        let tags = |status: &'static str, error: &'static str, error_code: &'static str| Tags {
            status: status.as_bytes(),
            error: error.as_bytes(),
            error_code: error_code.as_bytes(),
            ..Tags::default()
        };
        for (tags, want) in [
            (tags("500", "", "1500"), "status 500"),
            (tags("0", "dial: connection refused", "1212"), "dial: connection refused (error 1212)"),
            (tags("200", "", "1701"), "status 200 (error 1701)"),
            (tags("0", "", "1000"), "error 1000"),
            (tags("", "", ""), "(no reason given)"),
        ] {
            assert_eq!(tags.cause(), want);
        }
    }
}
