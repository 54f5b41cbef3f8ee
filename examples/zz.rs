use loaddiff::report::html::{render, restore};
use loaddiff::report::summaries::from_canonical_json;
fn main() {
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    let (b, r, p) = from_canonical_json(&text).unwrap();
    let html = render(&loaddiff::compare::compare(b, r, p), "2026-01-02T03:04:05Z");
    let again = restore("report.html", &html).unwrap();
    println!("{}", again.verified.sentence());
    let two = render(&loaddiff::compare::compare(again.baseline, again.run, again.policy), "2026-01-02T03:04:05Z");
    std::fs::write("/tmp/one.html", html).unwrap();
    std::fs::write("/tmp/two.html", two).unwrap();
}
