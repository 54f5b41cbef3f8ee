//! Column positions.

use super::super::quoted::Fields;
use super::super::text::clip;
use super::time;
use crate::wire::wire_struct;

/// The columns, in JMeter's order.
pub(super) const NAMES: [&str; 22] = [
    "timeStamp",
    "elapsed",
    "label",
    "responseCode",
    "responseMessage",
    "threadName",
    "dataType",
    "success",
    "failureMessage",
    "bytes",
    "sentBytes",
    "grpThreads",
    "allThreads",
    "URL",
    "Filename",
    "Latency",
    "Encoding",
    "SampleCount",
    "ErrorCount",
    "Hostname",
    "IdleTime",
    "Connect",
];

/// Positions of the columns to read; `None` if absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Layout {
    pub delimiter: u8,
    /// The header line; `None` without one.
    pub header: Option<Vec<u8>>,
    /// Number of columns.
    pub columns: usize,
    pub time: Option<usize>,
    pub elapsed: usize,
    pub label: Option<usize>,
    pub code: Option<usize>,
    pub message: Option<usize>,
    pub thread: Option<usize>,
    pub success: Option<usize>,
    pub failure: Option<usize>,
    pub bytes: Option<usize>,
    pub threads: Option<usize>,
    pub samples: Option<usize>,
    pub errors: Option<usize>,
    pub idle: Option<usize>,
    /// Evidence for the format.
    pub evidence: String,
}

wire_struct! {
    Layout {
        delimiter, header, columns, time, elapsed, label, code, message, thread, success, failure, bytes, threads, samples,
        errors, idle, evidence,
    }
}

impl Layout {
    /// The layout of a file with this start; `None` if it is not JMeter's.
    pub(super) fn find(head: &[u8]) -> Option<Self> {
        let head = head.get(head.iter().position(|b| !b.is_ascii_whitespace())?..)?;
        let line = head.split(|b| matches!(b, b'\n' | b'\r')).next()?;
        [b',', b'\t', b';', b'|'].into_iter().find_map(|delimiter| {
            let mut fields = Fields::default();
            fields.split(line, delimiter);
            Self::of_header(line, &fields, delimiter).or_else(|| Self::of_row(&fields, delimiter))
        })
    }

    /// From the names in the header: the response time, and the label or the timestamp.
    pub(super) fn of_header(line: &[u8], fields: &Fields, delimiter: u8) -> Option<Self> {
        let names: Vec<&[u8]> = fields.iter().map(<[u8]>::trim_ascii).collect();
        let at = |name: &str| names.iter().position(|n| n.eq_ignore_ascii_case(name.as_bytes()));
        let known = NAMES.iter().filter(|name| at(name).is_some()).count();
        let (elapsed, time, label) = (at("elapsed")?, at("timeStamp"), at("label"));
        // Other tools also have an `elapsed`.
        if known < 3 || time.or(label).is_none() {
            return None;
        }
        let shown = String::from_utf8_lossy(line);
        Some(Self {
            delimiter,
            header: Some(line.to_vec()),
            columns: names.len(),
            time,
            elapsed,
            label,
            code: at("responseCode"),
            message: at("responseMessage"),
            thread: at("threadName"),
            success: at("success"),
            failure: at("failureMessage"),
            bytes: at("bytes"),
            threads: at("allThreads"),
            idle: at("IdleTime"),
            samples: at("SampleCount"),
            errors: at("ErrorCount"),
            evidence: format!("header “{}”", clip(&shown)),
        })
    }

    /// Whether the columns to read are in the same positions.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let places = |layout: &Self| {
            let more = [layout.thread, layout.success, layout.failure, layout.bytes, layout.threads, layout.samples];
            (
                layout.columns,
                layout.elapsed,
                [layout.time, layout.label, layout.code, layout.message, layout.errors],
                more,
            )
        };
        places(self) == places(other)
    }

    /// A JMeter header with a required column renamed: that column, and the names present. `None` if it is not clearly
    /// JMeter's.
    pub(super) fn renamed(line: &str) -> Option<(&'static str, String)> {
        // Names unique to JMeter.
        const OWN: [&str; 9] = [
            "responseCode",
            "responseMessage",
            "threadName",
            "dataType",
            "failureMessage",
            "grpThreads",
            "allThreads",
            "SampleCount",
            "IdleTime",
        ];
        let line = line.as_bytes().get(..4096).unwrap_or(line.as_bytes());
        [b',', b'\t', b';', b'|'].into_iter().find_map(|delimiter| {
            let mut fields = Fields::default();
            fields.split(line, delimiter);
            let names: Vec<String> = fields.iter().map(|f| String::from_utf8_lossy(f).trim().to_owned()).collect();
            let has = |name: &&&str| names.iter().any(|n| n.eq_ignore_ascii_case(name));
            if NAMES.iter().filter(has).count() < 3 || !OWN.iter().any(|name| has(&name)) {
                return None;
            }
            let missing = ["elapsed", "label"].into_iter().find(|name| !has(&name))?;
            let shown: Vec<String> = names.iter().take(30).map(|name| name.chars().take(40).collect()).collect();
            Some((missing, shown.join(", ")))
        })
    }

    /// Without a header, JMeter's default up to 2.13: a timestamp, a response time, and `true` or `false` in its
    /// default column. The number of columns determines the version.
    fn of_row(fields: &Fields, delimiter: u8) -> Option<Self> {
        let number = |column: usize| {
            let field = fields.get(column)?;
            let digits = !field.is_empty() && field.len() < 19 && field.iter().all(u8::is_ascii_digit);
            digits.then_some(field.len())
        };
        let first = fields.get(0)?;
        let is_moment = number(0).is_some_and(|digits| digits == 13) || time::parse(first).is_some();
        let success = (3..fields.len()).find(|column| {
            fields.get(*column).is_some_and(|f| f.eq_ignore_ascii_case(b"true") || f.eq_ignore_ascii_case(b"false"))
        })?;
        if !is_moment || number(1).is_none() {
            return None;
        }
        let columns = fields.len();
        let mut layout = Self {
            delimiter,
            columns,
            time: Some(0),
            elapsed: 1,
            label: Some(2),
            success: Some(success),
            evidence: format!(
                "no header; a moment, a response time and “{}”",
                String::from_utf8_lossy(fields.get(success)?)
            ),
            ..Self::default()
        };
        if success >= 6 {
            (layout.code, layout.message, layout.thread) = (Some(3), Some(4), Some(5));
        }
        if success == 7 {
            // 2.x: `bytes[,grpThreads,allThreads],Latency`; from 3.0 on `failureMessage` comes first.
            let has_failure = columns >= 13;
            layout.failure = has_failure.then_some(8);
            layout.bytes = Some(8 + usize::from(has_failure)).filter(|c| number(*c).is_some());
            layout.threads = match columns {
                12 => Some(10),
                14 => Some(11),
                16 | 17 => Some(12),
                _ => None,
            };
        }
        Some(layout)
    }

    /// The last column that is read of every row.
    pub(super) fn last_needed(&self) -> usize {
        [
            self.time,
            Some(self.elapsed),
            self.label,
            self.message,
            self.thread,
            self.success,
            self.bytes,
            self.threads,
            self.samples,
            self.errors,
        ]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(0)
    }
}
