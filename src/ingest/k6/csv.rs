//! `--out csv`: reads rows into points.

use super::super::error::Error;
use super::super::importer::{Descriptor, Format, How, Imported, Opening, Sliced, Sniff};
use super::super::quoted::Fields;
use super::super::rows::{RowFormat, Rows};
use super::super::text;
use super::super::text::clip;
use super::json::take;
use super::moment;
use super::points::{self, Metric, Points, Tags};
use crate::run::{Definition, Run};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "k6-csv",
        tool: "k6",
        title: "every point as CSV (`--out csv`), `.gz` too",
        command: "k6 run --out csv=results.csv script.js",
        percentiles: Some(Definition::Linear),
        endings: &[],
    },
    recognise,
    read: How::Rows(open),
};

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    Layout::find(sniff.head).map(|layout| layout.evidence)
}

fn open(opening: Opening<'_>) -> Box<dyn Sliced> {
    Box::new(Rows::new(Csv::new(opening)))
}

/// Maximum columns for the fast path.
const MAX_COLUMNS: usize = 48;

/// Column positions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Layout {
    /// The header line.
    header: Vec<u8>,
    columns: usize,
    metric: usize,
    time: usize,
    value: usize,
    /// Names of tags with their columns.
    tags: Vec<(&'static str, usize)>,
    /// Evidence for the format.
    evidence: String,
}

impl Layout {
    /// The layout of a file with this start; `None` if it is not k6's. Tags vary with `systemTags` and the version.
    fn find(head: &[u8]) -> Option<Self> {
        let head = head.get(head.iter().position(|b| !b.is_ascii_whitespace())?..)?;
        let line = head.split(|b| matches!(b, b'\n' | b'\r')).next()?;
        let mut fields = Fields::default();
        fields.split(line, b',');
        let at = |name: &str| fields.iter().position(|field| field.trim_ascii() == name.as_bytes());
        let tags = ["name", "method", "url", "status", "error", "error_code", "service", "check", "expected_response"];
        let shown: String = clip(&String::from_utf8_lossy(line));
        Some(Self {
            header: line.to_vec(),
            columns: fields.len(),
            metric: at("metric_name")?,
            time: at("timestamp")?,
            value: at("metric_value")?,
            tags: tags.into_iter().filter_map(|tag| Some((tag, at(tag)?))).collect(),
            evidence: format!("header “{shown}”"),
        })
    }

    fn tags<'a>(&self, field: impl Fn(usize) -> Option<&'a [u8]>) -> Tags<'a> {
        let mut tags = Tags::default();
        for (name, column) in &self.tags {
            if let (Some(place), Some(text)) = (tags.place(name.as_bytes()), field(*column)) {
                *place = text;
            }
        }
        tags
    }
}

/// A file during reading.
struct Csv {
    layout: Layout,
    points: Points,
    fields: Fields,
}

impl Csv {
    fn new(opening: Opening<'_>) -> Self {
        let layout = Layout::find(opening.head).unwrap_or_default();
        Self { layout, points: Points::new(opening.name), fields: Fields::default() }
    }

    /// Fast path: a row without quotes. Returns `None` without counting anything for the slow path.
    #[inline]
    fn fast(&mut self, row: &[u8]) -> Option<()> {
        if self.layout.metric == 0 {
            let name = row.get(..memchr::memchr(b',', row)?)?;
            let metric = Metric::of(name);
            // Nothing else of these is needed.
            if matches!(metric, Metric::Common(_)) {
                self.points.left_out(metric, name);
                return Some(());
            }
        }
        let mut ends = [0_usize; MAX_COLUMNS];
        let mut n = 0;
        for at in memchr::memchr_iter(b',', row).chain([row.len()]) {
            *ends.get_mut(n)? = at;
            n += 1;
        }
        if n != self.layout.columns {
            return None;
        }
        let field = |column: usize| {
            let from = match column.checked_sub(1) {
                Some(before) => *ends.get(before)? + 1,
                None => 0,
            };
            row.get(from..*ends.get(column)?)
        };
        let metric = Metric::of(field(self.layout.metric)?);
        if metric.is_left_out() {
            return None;
        }
        let value = points::millionths(field(self.layout.value)?)?;
        let tags = self.layout.tags(field);
        take(&mut self.points, metric, field(self.layout.time)?, value, &tags).ok()
    }

    /// Slow path: any row, as fields.
    fn any(&mut self, fields: &Fields) -> Result<(), String> {
        let layout = &self.layout;
        let name = fields.get(layout.metric).unwrap_or_default();
        let metric = Metric::of(name);
        if metric.is_left_out() && (fields.len() >= layout.columns || metric != Metric::Other) {
            self.points.left_out(metric, name);
            return Ok(());
        }
        if fields.len() < layout.columns {
            return Err(format!("it has {} of {} columns", fields.len(), layout.columns));
        }
        let text = fields.get(layout.value).unwrap_or_default();
        let value = points::millionths(text).ok_or_else(|| {
            let shown: String = clip(&text::lenient(text).0);
            format!("column {}: metric_value “{shown}” is no number of at least 0", layout.value + 1)
        })?;
        let tags = layout.tags(|column| fields.get(column));
        let time = fields.get(layout.time).unwrap_or_default();
        take(&mut self.points, metric, time, value, &tags)
    }
}

impl Csv {
    /// Marks a rejected row as a failed request if it is one.
    fn failing(&mut self, fields: &Fields) {
        let layout = &self.layout;
        let is_failed = fields.get(layout.metric) == Some(b"http_req_failed")
            && fields.get(layout.value).and_then(points::millionths).is_some_and(|value| value > 0);
        let tags = layout.tags(|column| fields.get(column));
        if is_failed || tags.expected_response == b"false" {
            self.points.losses().failing();
        }
    }
}

impl RowFormat for Csv {
    fn delimiter(&self) -> Option<u8> {
        Some(b',')
    }

    fn unquoted_row(&mut self, row: &[u8], line: u64) {
        if self.fast(row).is_none() {
            self.general_row(row, line, false);
        }
    }

    fn general_row(&mut self, row: &[u8], line: u64, is_last: bool) {
        let row = row.strip_suffix(b"\r").unwrap_or(row);
        // Concatenated files repeat the header.
        if row.trim_ascii().is_empty() {
            return;
        }
        if row.trim_ascii() == self.layout.header.trim_ascii() {
            return self.points.losses().header();
        }
        let mut fields = std::mem::take(&mut self.fields);
        fields.split(row, b',');
        if is_last && fields.len() < self.layout.columns {
            self.cut(row, line);
        } else if let Err(why) = self.any(&fields) {
            self.points.losses().reject(line, None, why);
            self.failing(&fields);
        }
        self.fields = fields;
    }

    fn broken(&mut self, line_text: &[u8], line: u64) {
        self.points.losses().broken(line_text, line);
    }

    fn cut(&mut self, _line_text: &[u8], line: u64) {
        self.points.losses().cut(line);
    }

    fn looks_like_row(&self, rest: &[u8]) -> bool {
        let line = rest.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
        let field = |column: usize| line.split(|b| *b == b',').nth(column).unwrap_or_default();
        points::millionths(field(self.layout.value)).is_some() && moment::parse(field(self.layout.time)).is_some()
    }

    fn columns(&self) -> usize {
        self.layout.columns
    }

    fn join(&mut self, next: Self, lines: u64) {
        self.points.join(next.points, lines);
    }

    fn digest(&self) -> Run {
        self.points.digest()
    }

    fn imported(self) -> Result<Imported, Error> {
        self.points.imported()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: &str = "metric_name,timestamp,metric_value,method,name,status,extra_tags";

    fn csv() -> Csv {
        Csv::new(Opening {
            name: "f",
            head: HEADER.as_bytes(),
            options: super::super::super::importer::Options::default(),
        })
    }

    proptest! {
        /// Both paths give the same.
        #[test]
        fn the_fast_path_equals_the_slow_path(rows in prop::collection::vec((0..7_usize, 0..6_usize, 0..6_usize, 0..5_usize, 5..9_usize), 1..9)) {
            let metrics = ["http_req_duration", "http_req_failed", "http_reqs", "vus", "checks", "mine", "vus_max"];
            let times = ["1795529802", "1795529802091", "2026-11-24T14:16:42.5Z", "", "x", "-5"];
            let values = ["1.000000", "0.000000", "25.937636", "-1", "", "1e3"];
            let names = ["/a", "", "é", "/b c", "(x)"];
            let (mut fast, mut slow) = (csv(), csv());
            for (at, (metric, time, value, name, columns)) in rows.into_iter().enumerate() {
                let pick = |from: &[&'static str], at: usize| from.get(at).copied().unwrap_or_default();
                let fields = [pick(&metrics, metric), pick(&times, time), pick(&values, value), "GET", pick(&names, name), "200", "", "", ""];
                let row = fields.get(..columns).unwrap_or_default().join(",");
                fast.unquoted_row(row.as_bytes(), at as u64);
                slow.general_row(row.as_bytes(), at as u64, false);
            }
            prop_assert_eq!(fast.points.run(), slow.points.run());
            let both = (fast.imported().map(|r| r.notes), slow.imported().map(|r| r.notes));
            prop_assert_eq!(both.0, both.1);
        }
    }
}
