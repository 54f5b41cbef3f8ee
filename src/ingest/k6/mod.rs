//! k6's raw outputs, `--out json` (one JSON object per line) and `--out csv`: one line for each point of each metric.
//!
//! From k6's sources (`internal/output/{json,csv}`, `lib/netext/httpext`): a request ends in ten points with the same
//! tags and the same moment, that of its end: `http_reqs` (1), `http_req_duration` in milliseconds with six parts of it
//! (`http_req_blocked` … `http_req_receiving`, of which blocked, connecting and the TLS handshake are *not* in the
//! duration), and `http_req_failed`.
//!
//! * **An endpoint** is given by the tags `name` (else `url`) and `method`. A tag `service` common to all its requests
//!   is its service. Groups and scenarios are parts of the script, not of the system under test: one endpoint may be in
//!   several.
//! * **A request** is a point of `http_req_duration`. All of them are in the percentiles, including failed ones, as in
//!   k6's own summary. A request without a connection (status 0) has 0 ms there, and so here; a note counts these. One
//!   that timed out or was cut off has its elapsed time.
//! * **A failed request** is a point of `http_req_failed` with the value 1. (In k6's summaries these are the `passes`
//!   of that rate, since it counts true values.) Points are counted per endpoint without joining them with the
//!   durations, so nothing is buffered. The response times of failed requests come from the tag `expected_response`. If
//!   a script has disabled such points (`http.setResponseCallback(null)`), or k6 is older than 0.31 and has none,
//!   failures are unknown, not 0.
//! * **Checks** are counted by name and never fail a request.
//! * **`vus`**, the users, is written once per second.
//! * All other metrics are left out, and a note lists them: the parts of a request, iterations and groups, data sent
//!   and received, the script's own, and those of other protocols (gRPC, WebSocket, the browser).
//!
//! Of a point that is left out, only the metric's name and the line's ends are checked.

pub(super) mod csv;
pub(super) mod dashboard;
pub(super) mod json;
mod line;
pub(super) mod moment;
mod notes;
mod points;
pub(super) mod summary;
pub(super) mod text;
mod totals;
