//! Where the warm-up ends, where no user curve tells.

/// Values per batch.
const BATCH: usize = 5;

/// The start of the steady part of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Warmup {
    /// How many values to drop from the start.
    pub truncate: usize,
    /// The statistic there: the squared standard error of what is left.
    pub statistic: f64,
}

/// MSER-5 (White 1997): the truncation, in batches of five values and within the first half, after which the mean of the
/// rest has the smallest standard error. Of equals the shortest. At least two batches (10 values), all finite; what does
/// not fill a batch at the end is ignored. For a mean per second of response time. Vector T13.
#[must_use]
pub fn mser5(series: &[f64]) -> Option<Warmup> {
    let batches: Vec<f64> = series.chunks_exact(BATCH).map(super::mean).collect::<Option<_>>()?;
    let all = batches.len();
    if all < 2 {
        return None;
    }
    // From the end, so that every truncation costs one step (Welford 1962).
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut best: Option<Warmup> = None;
    for (at, value) in batches.iter().enumerate().rev() {
        count += 1.0;
        let off = value - mean;
        mean += off / count;
        squares += off * (value - mean);
        let statistic = super::finite(squares / (count * count))?;
        if at <= all / 2 && best.is_none_or(|best| statistic <= best.statistic) {
            best = Some(Warmup { truncate: at * BATCH, statistic });
        }
    }
    best
}
