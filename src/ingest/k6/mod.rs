//! k6's raw outputs, `--out json` (a JSON object a line) and `--out csv`: a line for each point of each metric.
//!
//! From k6's sources (`internal/output/{json,csv}`, `lib/netext/httpext`): a request ends in ten points with the same
//! tags and the same moment, that of its end: `http_reqs` (1), `http_req_duration` in milliseconds with six parts of it
//! (`http_req_blocked` … `http_req_receiving`, of which blocked, connecting and the TLS handshake are *not* in the
//! duration), and `http_req_failed`.
//!
//! * **An endpoint** is what the tags `name` and `method` say; `url` where there is no name. A tag `service` that all its
//!   requests have is its service. Groups and scenarios are parts of the script, not of what is tested: one endpoint may be
//!   in several.
//! * **A request** is a point of `http_req_duration`. All of them are in the percentiles, failed ones as well, as in k6's
//!   own summary. A request without a response (status 0) has 0 ms there where it had no connection, and so here; a note counts
//!   these. One that timed out or was cut off has the time that it took.
//! * **A failed request** is a point of `http_req_failed` with the value 1. (In k6's summaries these are the `passes` of
//!   that rate, since it counts what is true.) Points are counted for each endpoint, and need not be joined with the
//!   durations: nothing is held. So the response times of failed requests alone are not known. Where a script has
//!   switched such points off (`http.setResponseCallback(null)`), or k6 is older than 0.31 and has none, failures are
//!   unknown, not 0.
//! * **Checks** are counted by name and never fail a request.
//! * **`vus`** is written once a second: the users.
//! * All other metrics are left out, and a note names them: the parts of a request, iterations and groups, data sent and
//!   received, the script's own, and those of other protocols (gRPC, WebSocket, the browser).
//!
//! Of a point that is left out, only the metric's name and the line's ends are looked at.

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
