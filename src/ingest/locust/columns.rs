//! Common to several of Locust's files.

use super::super::field;
use super::super::table::Row;
use crate::run::{Latency, Percentile, PercentileTable, Rounding};

/// Old versions' quoted text for a missing number.
pub(in super::super) const BLANK: &str = "N/A";

/// Whether a header begins with these columns, as evidence.
pub(in super::super) fn begins(header: &[String], names: &[&str]) -> Option<String> {
    (header.len() >= names.len() && header.iter().zip(names).all(|(h, n)| h == n))
        .then(|| format!("header {}", names.join(",")))
}

/// A header's first columns, as evidence.
pub(in super::super) fn evidence(header: &[String]) -> String {
    let mut text = format!("header {}", header.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(","));
    if header.len() > 3 {
        text.push_str(",…");
    }
    text
}

/// Whether this is a name of the total row: `Total` up to 0.12.1, `Aggregated` since.
pub(in super::super) fn is_total_name(name: &str) -> bool {
    matches!(name, "Aggregated" | "Total")
}

/// Whether this is the type of a total row: empty, or the text `None` up to 1.0.
pub(in super::super) fn is_total_type(kind: &str) -> bool {
    matches!(kind, "" | "None")
}

pub(in super::super) fn some_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The percentile columns of a header. Users can change the list (`stats.PERCENTILES_TO_REPORT`), so they are found by
/// form: `95%`, `99.9%`; after such a column also `99.999`, which 0.13.3 to 0.14 wrote without its sign.
pub(in super::super) fn percentile_columns(header: &[String]) -> Vec<(usize, Percentile)> {
    let mut columns = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let bare = name.strip_suffix('%');
        if bare.is_none() && columns.is_empty() {
            continue;
        }
        if let Some(p) = Percentile::parse(bare.unwrap_or(name)) {
            columns.push((index, p));
        }
    }
    columns
}

/// The percentile table of a row; `None` without values. The error contains the column.
pub(in super::super) fn percentiles(
    row: &Row,
    columns: &[(usize, Percentile)],
    rounding: Rounding,
) -> Result<Option<PercentileTable>, (usize, field::FieldError)> {
    let mut table = PercentileTable { rounding, ..PercentileTable::default() };
    for (column, p) in columns {
        if let Some(ms) = field::time_ms(row.get(Some(*column))).map_err(|bad| (*column, bad))? {
            table.values_ms.insert(*p, ms);
        }
    }
    Ok((!table.values_ms.is_empty()).then_some(table))
}

/// The exact sum from a mean and a count, in nanoseconds. `None` on overflow.
pub(in super::super) fn sum_ns(mean_ms: Option<f64>, requests: Option<u64>) -> Option<u128> {
    let sum = mean_ms? * requests? as f64 * 1e6;
    (sum.is_finite() && sum < 1e30).then(|| libm::round(sum) as u128)
}

/// Drops response times that were never measured. Returns whether it did so for an endpoint with requests.
///
/// Without requests, old versions print 0 and newer ones `N/A`. With requests but none timed (a client that reports
/// `response_time=None`), every column prints 0; a measured time is never exactly 0.
pub(in super::super) fn without_times(latency: &mut Latency, requests: Option<u64>) -> bool {
    let quantiles = latency.distribution.points_ms();
    let untimed = requests.is_some_and(|n| n > 0)
        && latency.max_ms == Some(0.0)
        && latency.mean_ms.is_none_or(|mean| mean == 0.0)
        && quantiles.iter().all(|(_, ms)| *ms == 0.0);
    if untimed || requests == Some(0) {
        *latency = Latency { timed: Some(0), ..Latency::default() };
    }
    untimed
}
