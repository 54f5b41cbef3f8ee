//! `dump-xml`: `<Group label="">` with an element per figure, which has its `value` and, for percentiles and codes, its
//! `param`. AWS' Distributed Load Testing adds elements around the groups, and stores one file per task.

use memchr::{memchr, memchr2, memmem};

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::summary::Summary;
use super::super::text;
use super::super::xml::{Attributes, name, unescaped};
use super::{Row, add, note};
use crate::run::{Note, NoteLevel, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "taurus-xml",
        tool: "Taurus",
        title: "final statistics as XML (`dump-xml`), also of AWS' Distributed Load Testing",
        command: "reporting: [{module: final-stats, dump-xml: stats.xml}]",
        percentiles: None,
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const ENDS_EARLY: Words = Words {
    code: "xml-ends-early",
    level: NoteLevel::Warning,
    text: "The file ends without `</FinalStatus>`: it is cut. Its complete groups were read.",
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    let head = sniff.text.trim_start().as_bytes();
    let head = head.get(..4096).unwrap_or(head);
    (head.starts_with(b"<") && memmem::find(head, b"<FinalStatus").is_some()).then(|| "XML element FinalStatus".into())
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut summary = Summary::new(input);
    summary.note(note(input.name));
    let mut run = Run::default();
    let mut row: Option<(Row, u64)> = None;
    let (mut is_closed, mut is_duration) = (false, false);
    let text = input.text.as_bytes();
    let (mut at, mut line) = (0, 1);
    while let Some(open) = text.get(at..).and_then(|rest| memchr(b'<', rest)).map(|open| at + open) {
        let between = text.get(at..open).unwrap_or_default();
        if std::mem::take(&mut is_duration) {
            let seconds = std::str::from_utf8(between).ok().and_then(|text| text.trim().parse::<f64>().ok());
            run.duration_s = seconds.filter(|s| s.is_finite() && *s > 0.0);
        }
        line += memchr::memchr_iter(b'\n', between).count() as u64;
        let rest = text.get(open + 1..).unwrap_or_default();
        // Values escape both brackets.
        let Some(end) = memchr2(b'<', b'>', rest) else { break };
        let tag = rest.get(..end).unwrap_or_default();
        let (element, behind) = name(tag);
        match element {
            b"Group" => {
                let label = attribute(behind, b"label").unwrap_or_default();
                let whole = Row { label: text::shortened(&label).to_owned(), ..Row::default() };
                row = Some((whole, line));
            }
            b"TestDuration" => is_duration = true,
            b"" if behind == b"/Group" => {
                if let Some((row, line)) = row.take() {
                    add(&mut summary, &mut run, row, line);
                }
            }
            b"" => is_closed |= behind == b"/FinalStatus",
            figure => {
                if let Some((row, _)) = &mut row
                    && let (Ok(figure), Some(value)) = (std::str::from_utf8(figure), attribute(behind, b"value"))
                {
                    row.take(figure, &attribute(behind, b"param").unwrap_or_default(), &value);
                }
            }
        }
        line += memchr::memchr_iter(b'\n', tag).count() as u64;
        at = open + 1 + end + usize::from(rest.get(end) == Some(&b'>'));
    }
    if !is_closed {
        summary.note(Note::say(input.name, &ENDS_EARLY, []));
    }
    summary.finish(run, None)
}

fn attribute(tag: &[u8], wanted: &[u8]) -> Option<String> {
    let (_, value) = Attributes::new(tag).find(|(name, _)| *name == wanted)?;
    Some(String::from_utf8_lossy(&unescaped(value)).into_owned())
}
