//! The start page that index.html holds, and the sample's report in web/, are those that the program shows.
#![allow(clippy::unwrap_used, missing_docs)]

use loaddiff::session;

/// Line breaks between blocks, so that index.html can be read.
fn with_lines(html: &str) -> String {
    let blocks = ["<div", "<ul", "<li", "<section", "<details", "<h1", "<h2", "<h3", "<p", "<span class=\"bar-space"];
    let mut html = html.to_owned();
    for block in blocks {
        for end in [" ", ">"] {
            html = html.replace(&format!(">{block}{end}"), &format!(">\n{block}{end}"));
        }
    }
    html
}

/// `LOADDIFF_BLESS=1` writes what the program shows into index.html.
#[test]
fn index_html_holds_what_the_program_shows() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/index.html");
    let page = std::fs::read_to_string(path).unwrap();
    let mut expected = page.clone();
    for (id, html) in session::start_page() {
        let (start, end) = (format!("<!-- start of {id} -->"), format!("<!-- end of {id} -->"));
        let (before, rest) = expected.split_once(&start).unwrap();
        let (_, after) = rest.split_once(&end).unwrap();
        expected = format!("{before}{start}{}{end}{after}", with_lines(&html));
    }
    if std::env::var_os("LOADDIFF_BLESS").is_some() {
        std::fs::write(path, expected).unwrap();
        return;
    }
    assert_eq!(page, expected, "LOADDIFF_BLESS=1 cargo test --test start_page");
}

/// `LOADDIFF_BLESS=1` writes what the program shows into the files.
#[test]
fn the_sample_files_hold_what_the_program_shows() {
    for (name, narrow) in [("sample.html", false), ("sample-narrow.html", true)] {
        let path = format!("{}/web/{name}", env!("CARGO_MANIFEST_DIR"));
        let part = |(id, html): &(String, String)| format!("<div id=\"p-{id}\">{}</div>\n", with_lines(html));
        let expected: String = session::sample_page(narrow).iter().map(part).collect();
        assert!(expected.contains("Regressed"), "{name}");
        if std::env::var_os("LOADDIFF_BLESS").is_some() {
            std::fs::write(path, expected).unwrap();
            continue;
        }
        let held = std::fs::read_to_string(path).unwrap();
        assert_eq!(held, expected, "LOADDIFF_BLESS=1 cargo test --test start_page");
    }
}
