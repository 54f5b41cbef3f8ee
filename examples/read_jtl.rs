//! Reads a JMeter results file in one of two ways, for `perf stat`: with this library, or with the `csv` crate's
//! records and the same counts.
//!
//! ```sh
//! perf stat -e cycles:u,instructions:u target/release/examples/read_jtl ours out.jtl
//! perf stat -e cycles:u,instructions:u target/release/examples/read_jtl csv out.jtl
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, dead_code)]

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;

use loaddiff::ingest::{Options, Parts, Reader, assemble};
use loaddiff::run::Recorder;
use loaddiff::run::recorder::Slot;

/// Bytes per read: of 32 kB to 4 MB the fastest for both.
const CHUNK: usize = 128 << 10;

/// As in the command line, on one thread.
pub fn ours(bytes: &[u8]) -> Reader {
    let mut reader = Reader::new("bench.jtl", Options::default());
    bytes.chunks(CHUNK).for_each(|chunk| reader.push(chunk).unwrap());
    reader
}

/// The same counts from the `csv` crate's records.
pub fn by_csv(bytes: impl Read) -> Recorder {
    let mut reader = csv::ReaderBuilder::new().flexible(true).buffer_capacity(CHUNK).from_reader(bytes);
    let (mut record, mut recorder) = (csv::ByteRecord::new(), Recorder::default());
    let mut labels: HashMap<Vec<u8>, Slot> = HashMap::new();
    let number = |field: &[u8]| std::str::from_utf8(field).unwrap().parse::<u64>().unwrap();
    while reader.read_byte_record(&mut record).unwrap() {
        let slot = match labels.get(&record[2]) {
            Some(slot) => *slot,
            None => {
                let slot = recorder.endpoint(None, std::str::from_utf8(&record[2]).unwrap(), true);
                labels.insert(record[2].to_vec(), slot);
                slot
            }
        };
        let (start, elapsed) = (number(&record[0]) as i64, number(&record[1]) as u32);
        let failed = &record[7] != b"true";
        let users = Some(number(&record[12]));
        recorder.record_ms(slot, start + i64::from(elapsed), elapsed, failed, Some(number(&record[9])), users);
        if failed {
            recorder.failed(slot, &String::from_utf8_lossy(&record[4]), 1);
        }
    }
    recorder
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mut file = File::open(&args[2]).expect("a file to read");
    let run = match args[1].as_str() {
        "csv" => by_csv(file).run(0, 0),
        _ => {
            let (mut reader, mut chunk) = (Reader::new("bench.jtl", Options::default()), vec![0; CHUNK]);
            while let read @ 1.. = file.read(&mut chunk).unwrap() {
                reader.push(&chunk[..read]).unwrap();
            }
            assemble(vec![reader.finish().unwrap()], Parts::Refuse).unwrap()
        }
    };
    let total = run.total.unwrap();
    println!("{:?} requests, {:?} failures, {:?}", total.requests, total.failures, total.latency.mean_ms);
}
