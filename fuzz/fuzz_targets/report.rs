//! `cargo +nightly fuzz run report`: any bytes as an HTML report, and as the summaries of one whose frame and hash are
//! right.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use loaddiff::compare;
use loaddiff::policy::Policy;
use loaddiff::report::html::{render, restore};
use loaddiff::report::summaries::from_canonical_json;
use loaddiff::run::Run;

/// A report in two parts: what stands before its summaries, and what stands behind them.
fn around() -> &'static (String, String) {
    static AROUND: OnceLock<(String, String)> = OnceLock::new();
    AROUND.get_or_init(|| {
        let html = render(&compare::compare(Run::default(), Run::default(), Policy::default()), "2026-01-02T03:04:05Z");
        let tag = html.find("id=\"loaddiff-summaries\"").expect("summaries");
        let from = tag + html[tag..].find("\">").expect("the tag's end") + 2;
        let to = from + html[from..].find("</script>").expect("the element's end");
        (html[..from].to_owned(), html[to..].to_owned())
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = restore("report.html", text);
    let (before, behind) = around();
    if let Ok(restored) = restore("report.html", &format!("{before}{text}{behind}")) {
        let _ = restored.verified.sentence();
    }
    // What was read is judged and written again, and that is read alike.
    if let Ok((baseline, run, policy)) = from_canonical_json(text) {
        let html = render(&compare::compare(baseline, run, policy), "2026-01-02T03:04:05Z");
        assert!(restore("report.html", &html).is_ok_and(|r| r.verified.holds()));
    }
});
