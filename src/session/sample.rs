//! The sample data, and the report that the page can show of it before the engine has arrived.

use super::{Action, Command, Content, Failure, Opening, Session, Target, Update};
use crate::ingest;

/// Two real Locust runs.
const FILES: [(&str, &[u8]); 6] = [
    ("baseline_stats.csv", include_bytes!("../../samples/baseline_stats.csv")),
    ("baseline_stats_history.csv", include_bytes!("../../samples/baseline_stats_history.csv")),
    ("baseline_failures.csv", include_bytes!("../../samples/baseline_failures.csv")),
    ("run_stats.csv", include_bytes!("../../samples/run_stats.csv")),
    ("run_stats_history.csv", include_bytes!("../../samples/run_stats_history.csv")),
    ("run_failures.csv", include_bytes!("../../samples/run_failures.csv")),
];

/// Reads the sample data: what follows [`Action::Sample`].
#[must_use]
pub fn sample() -> Command {
    let read = |(name, bytes): (&str, &[u8])| {
        ingest::read(name, bytes).map(|part| Content::Parts(vec![part])).map_err(Failure::Results)
    };
    Command::Read { contents: FILES.into_iter().map(read).collect(), target: Target::Anywhere }
}

/// The parts of the page that show the sample's report, each with its id: what the engine shows when it is asked for the
/// sample first. They are files of the site (`web/sample*.html`), shown while the engine is on its way.
#[must_use]
pub fn sample_page(narrow: bool) -> Vec<(String, String)> {
    let mut session = Session::new();
    session.apply(Command::Open(Opening { narrow, ..Opening::default() }));
    session.apply(Command::Do { action: Action::Sample, value: String::new(), at_ms: 0 });
    let (mut parts, mut rows) = (Vec::new(), String::new());
    for update in session.apply(sample()) {
        match update {
            Update::Part { id, html } => parts.push((id, html)),
            // All are new, and in their order.
            Update::Rows(new) => new.iter().for_each(|(_, html)| rows.push_str(html)),
            _ => {}
        }
    }
    let body = "<tbody id=\"endpoint-rows\">";
    for (_, html) in &mut parts {
        *html = html.replacen(body, &format!("{body}{rows}"), 1);
    }
    parts
}
