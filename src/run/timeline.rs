/// A run, or one endpoint of it, over time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    /// The intervals in order of time, none overlapping.
    pub intervals: Vec<Interval>,
}

/// What happened in one interval.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Interval {
    /// End of the interval, seconds since the Unix epoch: the moment at which the tool wrote its counters down.
    pub end_s: i64,
    /// Length in seconds; more than the tool's period where it skipped a beat.
    pub length_s: u32,
    /// Requests that ended in the interval.
    pub requests: u64,
    /// Of these, failed ones.
    pub failures: u64,
    /// Mean response time of the interval's requests; `None` where there were none.
    pub mean_ms: Option<f64>,
    /// Users at the end of the interval, where the file says so.
    pub users: Option<u64>,
    /// The tool's sliding-window 95th percentile at the end of the interval, where it has one.
    pub window_p95_ms: Option<f64>,
}

impl Timeline {
    /// The moment the first interval began, seconds since the Unix epoch.
    #[must_use]
    pub fn start_s(&self) -> Option<i64> {
        self.intervals.first().map(|i| i.end_s.saturating_sub(i64::from(i.length_s)))
    }

    /// Seconds from the first interval's beginning to the last one's end.
    #[must_use]
    pub fn duration_s(&self) -> Option<f64> {
        Some(self.intervals.last()?.end_s.saturating_sub(self.start_s()?) as f64)
    }

    /// The largest number of users in any interval.
    #[must_use]
    pub fn max_users(&self) -> Option<u64> {
        self.intervals.iter().filter_map(|i| i.users).max()
    }

    /// Requests over all intervals.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.intervals.iter().fold(0, |sum, i| sum.saturating_add(i.requests))
    }
}
