//! What was read, and what was not, as [`Wire`]: a worker reads, the page shows.

use super::error::{Error, Place, Problem};
use super::locust::history::History;
use super::{Content, Options, Part};
use crate::run::Endpoint;
use crate::wire::{Wire, to_bytes, wire_enum, wire_struct};

wire_struct! {
    Part { file, path, tool, version, content, notes }
    History { total, users, endpoints, last }
    Options { collapse_sub_results }
    Place { file, line, column, excerpt, problem }
}

wire_enum! {
    Content { 0 Results(run), 1 Distribution(labels), 2 History(history), 3 Failures(list), 4 Exceptions(list) }
    Problem {
        0 Empty,
        1 Binary { what },
        2 Unrecognised,
        3 BadJson { detail },
        4 HeaderOnly,
        5 NoUsableRow { rows, first },
        6 MissingColumn { column },
        7 BadValue { path, expected },
        8 NoResults { files },
        9 SeveralResults { files },
        10 TooLarge { limit },
        11 BadArchive { detail },
        12 NotYet { what, instead },
        13 NoFile,
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
    /// Takes the endpoints out, in lots of about so many bytes on their way to the page: each can be unpacked in a moment.
    /// [`Part::put_back`] takes them all together.
    pub(crate) fn take_endpoints(&mut self, bytes: usize) -> Vec<Vec<Endpoint>> {
        let Content::Results(run) = &mut self.content else { return Vec::new() };
        let mut lots: Vec<Vec<Endpoint>> = Vec::new();
        let mut room = 0;
        for endpoint in std::mem::take(&mut run.endpoints) {
            let weight = to_bytes(&endpoint).len();
            match lots.last_mut().filter(|_| weight <= room) {
                Some(lot) => {
                    room -= weight;
                    lot.push(endpoint);
                }
                None => {
                    room = bytes.saturating_sub(weight);
                    lots.push(vec![endpoint]);
                }
            }
        }
        lots
    }

    /// The endpoints that [`Part::take_endpoints`] has taken out.
    pub(crate) fn put_back(&mut self, endpoints: Vec<Endpoint>) {
        if let Content::Results(run) = &mut self.content {
            run.endpoints = endpoints;
        }
    }
}
