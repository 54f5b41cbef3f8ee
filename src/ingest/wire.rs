//! [`Wire`] for parts and errors: a worker reads, the page displays.

use super::content::{Content, History, Part, Percentiles};
use super::error::{Error, Place, Problem};
use super::importer::Options;
use crate::run::{Endpoint, Shared};
use crate::wire::{Packed, Wire, to_bytes, wire_enum, wire_struct};

wire_struct! {
    Part { file, path, tool, version, content, notes }
    History { total, users, endpoints, last }
    Percentiles { endpoints, total }
    Options { collapse_sub_results }
    Place { file, line, column, excerpt, problem }
}

wire_enum! {
    Content { 0 Results(run), 1 Percentiles(labels), 2 History(history), 3 Failures(list), 4 Exceptions(list) }
    Problem {
        0 Empty,
        1 Binary { what },
        2 Unrecognised { looks, near },
        3 BadJson { detail },
        4 HeaderOnly,
        5 NoUsableRow { rows, first },
        6 MissingColumn { column },
        7 BadValue { path, expected },
        8 NoResults { files, damaged },
        9 SeveralResults { files },
        10 TooLarge { limit },
        11 BadArchive { detail },
        12 NotYet { id, what, instead },
        13 NoFile,
        14 BadKept { why },
        15 TooMany { what, limit },
        16 NothingInArchive { kind, files, first },
        17 RenamedColumn { column, found },
        18 ArchiveRefused { detail },
        19 OtherColumns,
        20 SeveralDocuments { tool },
        21 Aborted { tool, why },
    }
}

impl Wire for Error {
    fn put(&self, out: &mut Vec<u8>) {
        self.place().put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Place::take(from).map(|place| Self::of(Box::new(place)))
    }
}

impl Part {
    /// Takes the endpoints out, packed in batches of about this many bytes, each quick to unpack as a list. A batch is
    /// packed and removed when requested. [`Part::put_back`] takes them all together.
    pub(crate) fn take_endpoints(&mut self, bytes: usize) -> impl Iterator<Item = Packed> + use<> {
        let endpoints = match &mut self.content {
            Content::Results(run) => std::mem::take(&mut run.endpoints),
            _ => Shared::default(),
        };
        let mut endpoints = endpoints.into_iter();
        std::iter::from_fn(move || {
            let (mut packed, mut count) = (Vec::new(), 0_usize);
            while packed.len() < bytes
                && let Some(endpoint) = endpoints.next()
            {
                endpoint.put(&mut packed);
                count += 1;
            }
            let mut lot = to_bytes(&count);
            lot.append(&mut packed);
            (count > 0).then_some(Packed(lot))
        })
    }

    /// Restores the endpoints from [`Part::take_endpoints`].
    pub(crate) fn put_back(&mut self, endpoints: Vec<Endpoint>) {
        if let Content::Results(run) = &mut self.content {
            run.endpoints = endpoints.into();
        }
    }
}
