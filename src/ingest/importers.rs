//! How each format is told from the others, and read.

use super::error::Error;
use super::stream::{Importer, Opening};
use super::{FORMATS, Format, Input, Reading, Sniff, jmeter, k6, locust, service_metrics};

/// How a format is told and read.
pub(super) struct Importing {
    /// Its [`Format::id`].
    id: &'static str,
    /// What gave the content away (for example the header), or `None` where this is not the format.
    pub recognise: fn(&Sniff<'_>) -> Option<String>,
    /// Reads the content.
    pub read: How,
}

/// How a format is read.
#[derive(Clone, Copy)]
pub(super) enum How {
    /// All at once: the document is kept until its end, up to [`DOCUMENT_LIMIT`](super::DOCUMENT_LIMIT).
    Whole(fn(&Input<'_>) -> Result<Reading, Error>),
    /// As the bytes arrive, none of them kept: raw samples, a row or a line each.
    Rows(fn(Opening<'_>) -> Box<dyn Importer>),
}

/// In the order of [`FORMATS`].
static IMPORTERS: &[Importing] = &[
    Importing { id: "locust-stats", recognise: locust::stats::recognise, read: How::Whole(locust::stats::read) },
    Importing { id: "locust-history", recognise: locust::history::recognise, read: How::Whole(locust::history::read) },
    Importing {
        id: "locust-failures",
        recognise: locust::failures::recognise_failures,
        read: How::Whole(locust::failures::read_failures),
    },
    Importing {
        id: "locust-exceptions",
        recognise: locust::failures::recognise_exceptions,
        read: How::Whole(locust::failures::read_exceptions),
    },
    Importing {
        id: "locust-distribution",
        recognise: locust::stats::recognise_distribution,
        read: How::Whole(locust::stats::read_distribution),
    },
    Importing { id: "locust-json", recognise: locust::json::recognise, read: How::Whole(locust::json::read) },
    Importing {
        id: "locust-requests",
        recognise: locust::requests::recognise,
        read: How::Rows(locust::requests::open),
    },
    Importing { id: "jmeter-csv", recognise: jmeter::recognise, read: How::Rows(jmeter::open) },
    Importing { id: "k6-json", recognise: k6::recognise_json, read: How::Rows(k6::open_json) },
    Importing { id: "k6-csv", recognise: k6::recognise_csv, read: How::Rows(k6::open_csv) },
    Importing {
        id: "simulator-csv",
        recognise: locust::stats::recognise_simulator,
        read: How::Whole(locust::stats::read_simulator),
    },
    Importing { id: "service-metrics", recognise: service_metrics::recognise, read: How::Whole(service_metrics::read) },
];

/// Every format with how it is read, most specific first.
pub(super) fn importers() -> impl Iterator<Item = (&'static Format, &'static Importing)> {
    FORMATS.iter().zip(IMPORTERS).filter(|(format, importing)| format.id == importing.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read() {
        assert_eq!(importers().count(), FORMATS.len());
        assert_eq!(IMPORTERS.len(), FORMATS.len());
    }
}
