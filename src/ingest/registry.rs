//! Every format, one line each.

use super::importer::{Descriptor, Format};
use super::{
    ab, artillery, autocannon, bombardier, digest, fortio, gatling, ghz, goose, hdr_histogram, hey, jmeter, k6, locust,
    nbomber, nighthawk, oha, phout, plain, postman, service_metrics, siege, simulator, taurus, tsung, vegeta, wrk,
};

/// Builds two tables from one list: the formats, and their readers. The page uses only the first, so that it does not
/// link the importers.
macro_rules! registry {
    ($($first:ident $(:: $rest:ident)*),* $(,)?) => {
        /// Every format, most specific first: the first match reads the content.
        pub static FORMATS: &[Format] = &[$($first $(:: $rest)* :: FORMAT.format),*];

        /// The same with their functions.
        pub(super) static DESCRIPTORS: &[Descriptor] = &[$($first $(:: $rest)* :: FORMAT),*];
    };
}

registry! {
    locust::stats,
    locust::history,
    locust::failures,
    locust::exceptions,
    locust::distribution,
    locust::json,
    locust::requests,
    locust::html,
    jmeter::csv,
    jmeter::xml,
    jmeter::statistics,
    jmeter::dashboard,
    jmeter::tables,
    jmeter::summariser,
    taurus::csv,
    taurus::xml,
    k6::json,
    k6::csv,
    k6::dashboard,
    k6::summary,
    k6::text,
    artillery,
    postman::newman,
    postman::runner,
    ab::text,
    ab::percentiles,
    ab::plot,
    hey::csv,
    hey::text,
    wrk::wrk2,
    wrk::text,
    oha::json,
    oha::csv,
    vegeta::json,
    vegeta::csv,
    vegeta::report,
    vegeta::hist,
    vegeta::hdrplot,
    autocannon,
    bombardier,
    fortio,
    nighthawk,
    ghz::json,
    ghz::csv,
    goose::json,
    goose::requests,
    nbomber,
    gatling::text,
    gatling::binary,
    gatling::stats,
    phout,
    tsung::text,
    tsung::json,
    siege::text,
    siege::log,
    siege::json,
    hdr_histogram,
    digest,
    plain,
    simulator,
    service_metrics,
}

/// The table of formats in Markdown, used in the README and the documentation.
#[must_use]
pub fn markdown() -> String {
    let mut table = "| Tool | File | Made by | Percentiles | Name |\n|---|---|---|---|---|\n".to_owned();
    for format in FORMATS {
        let percentiles = format.percentiles.map_or("–", |definition| definition.text());
        let Format { id, tool, title, command, .. } = format;
        let made_by = if format.is_command() { format!("`{command}`") } else { (*command).to_owned() };
        table.push_str(&format!("| {tool} | {title} | {made_by} | {percentiles} | `{id}` |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::importer::How;
    use super::*;
    use crate::run::Definition;

    #[test]
    fn format_ids_are_unique() {
        for (at, format) in FORMATS.iter().enumerate() {
            assert!(FORMATS.iter().skip(at + 1).all(|other| other.id != format.id), "{}", format.id);
            assert!(!format.tool.is_empty() && !format.title.is_empty() && !format.command.is_empty(), "{}", format.id);
        }
    }

    /// A restored run computes percentiles from its samples as its importer does.
    #[test]
    fn restored_samples_have_the_same_definition() {
        for Descriptor { format, read, .. } in DESCRIPTORS {
            if let How::Rows(_) = read {
                assert_eq!(format.percentiles, Some(Definition::of_samples(format.tool)), "{}", format.id);
            }
        }
    }
}
