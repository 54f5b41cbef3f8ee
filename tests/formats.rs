//! The lists of formats in the README and the documentation are those of the registry.
//!
//! `LOADDIFF_BLESS=1 cargo test --test formats` writes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

const BEGIN: &str = "<!-- formats: made from the registry -->\n";
const END: &str = "<!-- end of formats -->";

#[test]
fn lists_are_those_of_the_registry() {
    let table = loaddiff::ingest::markdown();
    for file in ["README.md", "docs/formats.md"] {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once(BEGIN).expect(file);
        let (listed, after) = rest.split_once(END).expect(file);
        if std::env::var_os("LOADDIFF_BLESS").is_some() {
            std::fs::write(&path, [before, BEGIN, &table, END, after].concat()).unwrap();
        } else {
            assert_eq!(listed, table, "{file}");
        }
    }
}
