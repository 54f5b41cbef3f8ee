/// The change of one figure from the baseline to the run (statistics.md §4.8).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// `run - baseline`, in the metric's unit: percentage points for a rate in percent.
    pub abs: f64,
    /// `run / baseline`; `None` for a baseline of 0.
    pub ratio: Option<f64>,
    /// `ln(run) - ln(baseline)`, negated when the sides are swapped; `None` unless both are above 0.
    pub log_ratio: Option<f64>,
    /// `(run - baseline) / baseline` in percent: 0 if both are 0, `None` for growth from 0, which is infinite.
    pub pct: Option<f64>,
}

impl Change {
    /// The change between two finite figures of at least 0.
    #[must_use]
    pub fn between(baseline: f64, run: f64) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        let positive = baseline > 0.0 && run > 0.0;
        Self {
            abs: run - baseline,
            ratio: if baseline > 0.0 { finite(run / baseline) } else { None },
            // libm: std's logarithm differs between targets.
            log_ratio: positive.then(|| libm::log(run) - libm::log(baseline)),
            pct: if baseline > 0.0 {
                finite((run - baseline) / baseline * 100.0)
            } else if run == 0.0 {
                Some(0.0)
            } else {
                None
            },
        }
    }

    /// Whether it is growth from 0, or overflows.
    #[must_use]
    pub fn is_infinite(&self) -> bool {
        self.pct.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of statistics.md §4.8.
    #[test]
    fn edge_cases() {
        assert_eq!(Change::between(0.0, 0.0).pct, Some(0.0));
        assert_eq!(Change::between(0.0, 0.33).pct, None);
        assert_eq!(Change::between(0.0, 0.33).abs, 0.33);
        assert_eq!(Change::between(50.0, 0.0).pct, Some(-100.0));
        assert_eq!(Change::between(1e-308, 1e308).pct, None);
        assert!(Change::between(1.0, 1e308).pct.is_none_or(f64::is_finite));
    }
}
