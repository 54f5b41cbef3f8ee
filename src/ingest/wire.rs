//! [`Wire`] for parts and errors: a worker reads, the page displays.

use super::assemble::Group;
use super::content::{Content, History, Part, Percentiles};
use super::error::{Error, Place, Problem};
use super::importer::Options;
use crate::wire::{Wire, wire_enum, wire_struct};

wire_struct! {
    Part { file, path, tool, version, content, notes }
    Group { label, key, parts }
    History { total, users, endpoints, last }
    Percentiles { endpoints, total }
    Options { collapse_sub_results }
    Place { file, line, column, excerpt, problem }
}

wire_enum! {
    Content { 0 Results(run), 1 Percentiles(labels), 2 History(history), 3 Failures(list), 4 Exceptions(list), 5 Runs(list) }
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
        22 BadDigest { number, why },
        23 DigestTooLarge { limit },
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
