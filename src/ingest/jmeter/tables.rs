//! Tables saved by JMeter's listeners ("Save Table Data"): Aggregate Report, Summary Report, Aggregate Graph, and the
//! plugins Synthesis Report and `AggregateReport` of `PluginsCMD`.
//!
//! From JMeter's source (`StatVisualizer`, `SummaryReport`, `StatGraphVisualizer`, `messages*.properties`,
//! `StatCalculator`): one row per label, the total last. Headers are translated, so columns are read by position;
//! percentile levels are in the titles. Numbers are in the locale of the JVM, independent of the header's language:
//! `0,909%`, or Arabic digits. Errors are percent with a sign, up to 2.12 a fraction. Times are whole milliseconds, the
//! mean is truncated. The total includes transaction controllers. A percentile is the value at rank n·p of the whole
//! run.

use super::super::error::{Error, Problem};
use super::super::field;
use super::super::importer::{Descriptor, Format, How, Imported, Input, Sniff};
use super::super::quoted::{End, Fields, line_end, row_end};
use super::super::summary::{Summary, percentiles};
use super::super::text::clip;
use super::notes::LEVELS_ASSUMED;
use crate::run::{Definition, Endpoint, Latency, Note, NoteLevel, Percentile, Run, Words};

pub(in super::super) const FORMAT: Descriptor = Descriptor {
    format: Format {
        id: "jmeter-table",
        tool: "JMeter",
        title: "table of a listener (Aggregate Report, Summary Report, Aggregate Graph, Synthesis Report), in any language",
        command: "“Save Table Data” in JMeter's window",
        percentiles: Some(Definition::Rank),
        endings: &[],
    },
    recognise,
    read: How::Whole(read),
};

const FAILURES_ROUNDED: Words = Words {
    code: "failures-from-percent",
    level: NoteLevel::Info,
    text: "The table gives failures in rounded percent alone. The numbers of failures of {0:row|rows} (such as {1}) were \
           computed from it and may be off by a few.",
};

/// Figures: the row, its samples, those of all other rows.
const TOTAL_BY_NAME_ALONE: Words = Words {
    code: "total-by-name-alone",
    level: NoteLevel::Warning,
    text: "The row “{0}” has a total's name, but counts {1:sample|samples} where the other rows count {2}. It was read as an \
           endpoint.",
};

const WITH_CONTROLLERS: Words = Words {
    code: "total-of-the-table",
    level: NoteLevel::Info,
    text: "The total is the table's own. If the plan has transaction controllers, it counts them beside their requests.",
};

/// Maximum rows with a total's name to examine.
const MAX_TOTALS: usize = 1000;

/// Maximum bytes of a row: text that is not a table has lines of any length.
const MAX_ROW_BYTES: usize = 64 << 10;

/// Titles of the second and third column, without signs and blanks, in lower case.
const COUNTS: [&str; 11] = [
    "samples",
    "aggregate_report_count",
    "anz.derproben",
    "muestras",
    "echantillons",
    "amostras",
    "样本",
    "取樣數",
    "표본수",
    "liczbapróbek",
    "örnek",
];
const MEANS: [&str; 9] =
    ["average", "durchschnitt", "media", "moyenne", "média", "平均值", "평균", "średnia", "ortalama"];

/// Names of the total row.
const TOTALS: [&str; 8] = ["total", "gesamt", "总体", "總計", "합계", "合計", "razem", "toplam"];

/// Column positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    columns: usize,
    median: Option<usize>,
    /// The first percentile, and the number of percentiles.
    levels: (usize, usize),
    min: usize,
    errors: usize,
    bytes: Option<usize>,
}

impl Layout {
    /// Aggregate Report and Aggregate Graph, with the number of percentiles after the median.
    fn aggregate(columns: usize, levels: usize) -> Self {
        let min = 4 + levels;
        Self { columns, median: Some(3), levels: (4, levels), min, errors: min + 2, bytes: None }
    }

    fn summary(columns: usize) -> Self {
        let bytes = match columns {
            11 => Some(10),
            10 => Some(9),
            _ => None,
        };
        Self { columns, median: None, levels: (0, 0), min: 3, errors: 6, bytes }
    }

    fn synthesis(columns: usize) -> Self {
        Self { columns, median: None, levels: (5, 1), min: 3, errors: 7, bytes: Some(10).filter(|_| columns == 11) }
    }

    /// From the titles that contain a percentile level.
    fn of_titles(titles: &[String]) -> Self {
        let columns = titles.len();
        let named = |at: usize| titles.get(at).is_some_and(|title| super::level(title).is_some());
        match (named(4), named(5)) {
            (true, true) => Self::aggregate(columns, 2 + usize::from(named(6))),
            (true, false) => Self::aggregate(columns, 1),
            (false, true) => Self::synthesis(columns),
            (false, false) => Self::summary(columns),
        }
    }

    /// From the position of the percent sign, for a table without a header or with one in an unknown language.
    fn of_row(row: &Row) -> Option<Self> {
        let mut signs = (1..row.columns()).filter(|at| row.figure(*at).1);
        let layout = match (row.columns(), signs.next()?) {
            (columns @ 12..=13, 9) => Self::aggregate(columns, 3),
            (columns @ 10..=11, 6) => Self::summary(columns),
            (columns @ 11, 7) => Self::synthesis(columns),
            _ => return None,
        };
        signs.next().is_none().then_some(layout)
    }
}

/// A detected table.
struct Table {
    layout: Layout,
    delimiter: u8,
    /// Empty if the first row is data.
    titles: Vec<String>,
    has_header: bool,
    evidence: String,
}

/// Sums over the rows so far, to detect the total.
#[derive(Default)]
struct Sums {
    rows: u64,
    requests: u64,
    failures: Option<u64>,
    min: Option<f64>,
    max: Option<f64>,
}

impl Sums {
    fn add(&mut self, endpoint: &Endpoint) {
        let Latency { min_ms, max_ms, .. } = endpoint.latency;
        self.rows += 1;
        self.requests = self.requests.saturating_add(endpoint.requests.unwrap_or(0));
        self.failures = self.failures.unwrap_or(0).checked_add(endpoint.failures.unwrap_or(0));
        self.min = self.min.into_iter().chain(min_ms).reduce(f64::min);
        self.max = self.max.into_iter().chain(max_ms).reduce(f64::max);
    }

    /// Whether a row equals the sum of all rows before it.
    fn are(&self, row: &Endpoint) -> bool {
        let Latency { min_ms, max_ms, .. } = row.latency;
        self.rows > 0 && row.requests == Some(self.requests) && min_ms == self.min && max_ms == self.max
    }
}

fn is_total(name: &str) -> bool {
    TOTALS.contains(&name.trim().to_lowercase().as_str())
}

impl Table {
    fn find(text: &str) -> Option<Self> {
        [b',', b';', b'\t']
            .into_iter()
            .find_map(|delimiter| Self::by_titles(text, delimiter))
            .or_else(|| [b',', b';', b'\t'].into_iter().find_map(|delimiter| Self::by_rows(text, delimiter)))
    }

    fn by_titles(text: &str, delimiter: u8) -> Option<Self> {
        let row = Rows::new(text, delimiter).next()?;
        let mut titles: Vec<String> = (0..row.columns().min(64)).map(|at| row.text(at).trim().to_owned()).collect();
        while titles.last().is_some_and(String::is_empty) {
            titles.pop();
        }
        let is = |at: usize, known: &[&str]| {
            let plain = |c: &char| *c != '#' && !c.is_whitespace();
            let title = titles.get(at).map(|title| title.chars().filter(plain).collect::<String>().to_lowercase());
            title.is_some_and(|title| known.contains(&title.as_str()))
        };
        if !is(1, &COUNTS) || !is(2, &MEANS) {
            return None;
        }
        let layout = Layout::of_titles(&titles);
        let shown: String = clip(&titles.join(char::from(delimiter).encode_utf8(&mut [0; 4])));
        let evidence = format!("header “{shown}”");
        (titles.len() > layout.errors + 1).then_some(Self { layout, delimiter, titles, has_header: true, evidence })
    }

    /// A table detected by its rows only: all have the percent sign in the same position with numbers around it, and
    /// the last is the sum of the others.
    fn by_rows(text: &str, delimiter: u8) -> Option<Self> {
        let mut rows = Rows::new(text, delimiter).peekable();
        let (mut layout, mut has_header) = (Layout::of_row(rows.peek()?), false);
        if layout.is_none() {
            let titles = rows.next()?;
            let second = rows.peek()?;
            has_header = true;
            layout = Layout::of_row(second).filter(|_| titles.columns() == second.columns());
        }
        let layout = layout?;
        let mut sums = Sums::default();
        let mut last: Option<Endpoint> = None;
        for row in rows {
            sums.add(&last.take().unwrap_or_default());
            let numbers = (1..layout.columns).filter(|at| row.figure(*at).0.is_some()).count();
            if Layout::of_row(&row) != Some(layout) || numbers + 4 < layout.columns {
                return None;
            }
            last = layout.endpoint(&row, &[], false).map(|(endpoint, _)| endpoint);
            last.as_ref()?;
        }
        // The first sum has no row.
        sums.rows = sums.rows.saturating_sub(1);
        let evidence = "rows of a label, numbers and a percentage; the last row is their sum".into();
        let found = Self { layout, delimiter, titles: Vec::new(), has_header, evidence };
        sums.are(&last?).then_some(found)
    }
}

impl Layout {
    /// The column and reason of a bad integer.
    fn bad(&self, row: &Row) -> Option<(usize, String)> {
        let shown = |at: usize| row.text(at).chars().take(40).collect::<String>();
        let Some(requests) = row.whole(1) else {
            return Some((1, format!("the number of samples “{}” is no whole number", shown(1))));
        };
        // Without samples they are meaningless defaults.
        [self.min, self.min + 1].into_iter().filter(|_| requests > 0).find_map(|at| {
            let is_bad = row.figure(at).0.is_some() && row.whole(at).is_none();
            is_bad.then(|| (at, format!("the time “{}” is no whole number of milliseconds", shown(at))))
        })
    }

    /// A row as an endpoint, and the maximum error of its number of failures, which was rounded as a percentage. `None`
    /// without a number of samples.
    fn endpoint(&self, row: &Row, levels: &[Percentile], is_fraction: bool) -> Option<(Endpoint, f64)> {
        let requests = row.whole(1)?;
        // Without samples a time is a meaningless default, or the largest number.
        let time = |at: usize| row.figure(at).0.filter(|ms| requests > 0 && *ms < 9e18);
        let stated = row.figure(self.errors).0.map(|errors| if is_fraction { errors * 100.0 } else { errors });
        let failures = stated.map(|pct| libm::round(pct * requests as f64 / 100.0)).and_then(|n| field::whole(n).ok());
        let slack = if is_fraction { 0.0 } else { requests as f64 * row.step(self.errors) / 200.0 };
        let levels = levels.iter().zip(self.levels.0..).map(|(level, at)| (*level, time(at)));
        let endpoint = Endpoint {
            name: row.text(0).into_owned(),
            requests: Some(requests),
            failures: failures.map(|failures| failures.min(requests)),
            stated_error_rate_pct: stated.filter(|_| requests > 0),
            latency: Latency {
                mean_ms: time(2),
                min_ms: time(self.min),
                max_ms: time(self.min + 1),
                distribution: percentiles(levels.chain([(Percentile::P50, self.median.and_then(time))])),
                ..Latency::default()
            },
            // Without a duration there is no rate.
            rate_per_s: row.figure(self.errors + 1).0.filter(|rate| requests > 0 && *rate > 0.0),
            mean_bytes: self.bytes.and_then(time),
            ..Endpoint::default()
        };
        Some((endpoint, slack))
    }
}

/// The non-empty rows of a table, including the header.
struct Rows<'t> {
    rest: &'t str,
    line: u64,
    delimiter: u8,
}

struct Row {
    fields: Fields,
    line: u64,
    is_broken: bool,
}

impl<'t> Rows<'t> {
    fn new(text: &'t str, delimiter: u8) -> Self {
        Self { rest: text, line: 1, delimiter }
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        while !self.rest.is_empty() {
            let rest = self.rest.as_bytes();
            let (end, is_broken) = match row_end(rest, Some(self.delimiter), |_| false) {
                End::At(end) if end <= MAX_ROW_BYTES => (end, false),
                End::Open if rest.len() <= MAX_ROW_BYTES && line_end(rest).is_none() => (rest.len(), false),
                _ => (line_end(rest).unwrap_or(rest.len()), true),
            };
            let line = self.line;
            let row = rest.get(..end).unwrap_or_default();
            self.line += memchr::memchr_iter(b'\n', row).count() as u64 + 1;
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !row.trim_ascii().is_empty() {
                let mut fields = Fields::default();
                fields.split(row.get(..MAX_ROW_BYTES).unwrap_or(row), self.delimiter);
                return Some(Row { fields, line, is_broken });
            }
        }
        None
    }
}

impl Row {
    fn columns(&self) -> usize {
        self.fields.len()
    }

    fn text(&self, at: usize) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.fields.get(at).unwrap_or_default())
    }

    /// A number of at least 0 in any locale, and whether it is in percent.
    fn figure(&self, at: usize) -> (Option<f64>, bool) {
        let (plain, is_percent) = super::plain(&self.text(at));
        (field::number(&plain).ok().flatten(), is_percent)
    }

    /// An integer in the digits of any locale.
    fn whole(&self, at: usize) -> Option<u64> {
        super::whole(&self.text(at))
    }

    /// The value of a number's last decimal.
    fn step(&self, at: usize) -> f64 {
        let (plain, _) = super::plain(&self.text(at));
        let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        (0..decimals.min(18)).fold(1.0, |step, _| step / 10.0)
    }
}

/// The line of the total: the row with its name whose counts equal those of all others, wherever it was sorted; else
/// the last row, if it has the name. `is_last`: the last row of the table is the sum of the others.
fn total_line(rows: impl Iterator<Item = Row>, is_last: bool) -> Option<u64> {
    let (mut all, mut named, mut last) = (0_u64, Vec::new(), None);
    for row in rows {
        let count = row.whole(1).unwrap_or(0);
        all = all.saturating_add(count);
        let is_named = is_total(&row.text(0));
        if is_named && named.len() < MAX_TOTALS {
            named.push((row.line, count));
        }
        last = Some((row.line, is_named));
    }
    let sum = named.into_iter().rev().find(|(_, count)| all.checked_sub(*count) == Some(*count));
    sum.map(|(line, _)| line)
        .filter(|_| !is_last)
        .or_else(|| last.filter(|(_, is_named)| is_last || *is_named).map(|(line, _)| line))
}

fn recognise(sniff: &Sniff<'_>) -> Option<String> {
    if sniff.json.is_some() {
        return None;
    }
    Table::find(sniff.text).map(|table| table.evidence)
}

fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let Some(table) = Table::find(input.text) else { return Err(Error::new(input.name, Problem::HeaderOnly)) };
    let Table { layout, delimiter, titles, has_header, .. } = table;
    let (first, levels) = layout.levels;
    let named: Vec<Option<Percentile>> = (first..first + levels).map(|at| super::level(titles.get(at)?)).collect();
    let is_assumed = named.iter().any(Option::is_none);
    let default: &[Percentile] =
        if levels == 1 { &[Percentile::P90] } else { &[Percentile::P90, Percentile::P95, Percentile::P99] };
    let levels_named: Vec<Percentile> =
        named.into_iter().zip(default).map(|(named, default)| named.unwrap_or(*default)).collect();
    let rows = || Rows::new(input.text, delimiter).skip(usize::from(has_header));
    // Up to 2.12 a fraction without a sign; values above 1 are not one. These versions have keys as titles. Cut or
    // shifted rows are ignored.
    let is_usable = |row: &Row| !row.is_broken && row.columns() >= layout.columns && layout.bad(row).is_none();
    let is_fraction = titles.get(1).is_some_and(|title| title == "aggregate_report_count")
        || rows()
            .filter(is_usable)
            .all(|row| matches!(row.figure(layout.errors), (errors, false) if errors.is_none_or(|e| e <= 1.0)));
    let mut summary = Summary::new(input);
    let total_line = total_line(rows().filter(is_usable), titles.is_empty());
    let (mut unsure, mut example) = (0_u64, None);
    let mut sums = Sums::default();
    let (mut total, mut slacks): (Option<Endpoint>, f64) = (None, 0.0);
    let mut named: Option<(String, u64)> = None;
    for row in rows() {
        if row.is_broken || row.columns() < layout.columns {
            let why = format!("{} fields where the header has {}", row.columns(), layout.columns);
            summary.reject(row.line, 1, if row.is_broken { "the row's quotes do not close".into() } else { why });
            continue;
        }
        if let Some((column, why)) = layout.bad(&row) {
            // Concatenated tables repeat the header.
            if row.text(1).trim() != titles.get(1).map_or("", String::as_str) {
                summary.reject(row.line, column as u64 + 1, why);
            }
            continue;
        }
        let Some((endpoint, slack)) = layout.endpoint(&row, &levels_named, is_fraction) else { continue };
        if slack >= 0.5 {
            unsure += 1;
            example.get_or_insert_with(|| endpoint.shown());
        }
        slacks += slack;
        if Some(row.line) == total_line {
            total = Some(endpoint);
            continue;
        }
        if is_total(&endpoint.name) && named.is_none() {
            named = Some((endpoint.name.clone(), endpoint.requests.unwrap_or(0)));
        }
        sums.add(&endpoint);
        summary.push(endpoint);
    }
    let counted = total.as_ref().and_then(|total| total.requests).unwrap_or(0).saturating_add(sums.requests);
    if let Some((name, count)) = named {
        let others = counted.saturating_sub(count);
        summary.note(Note::say(input.name, &TOTAL_BY_NAME_ALONE, [name.into(), count.into(), others.into()]));
    }
    if let Some(mut total) = total {
        // Rounded separately, the failures of the rows and of the total need not agree.
        let sum = sums.failures.filter(|_| sums.requests == total.requests.unwrap_or(0));
        if slacks >= 0.5
            && sum.zip(total.failures).is_some_and(|(sum, total)| sum.abs_diff(total) as f64 <= slacks + 1.0)
        {
            total.failures = sum;
        }
        summary.note(Note::say(input.name, &WITH_CONTROLLERS, []));
        summary.total(total);
    }
    if is_assumed {
        summary.note(Note::say(input.name, &LEVELS_ASSUMED, []));
    }
    if let Some(example) = example {
        summary.note(Note::say(input.name, &FAILURES_ROUNDED, [unsure.into(), example.into()]));
    }
    summary.finish(Run::default(), None)
}
