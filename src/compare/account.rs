//! Account of every row of the files, so that nothing is dropped silently.

use crate::run::Run;

/// Rows that are not judged, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// The reason, to precede the names.
    pub what: &'static str,
    /// The endpoints.
    pub names: Vec<String>,
}

/// Account of one side's rows. [`Account::rows`] is always the sum of the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Rows in the side's files.
    pub rows: u64,
    /// Endpoints in the comparison.
    pub shown: u64,
    /// Total rows.
    pub totals: u64,
    /// Rows added to another of the same endpoint.
    pub merged: u64,
    /// Rows summed into a service.
    pub pooled: u64,
    /// Rows that could not be read.
    pub rejected: u64,
    /// Endpoints excluded by the policy.
    pub excluded: Vec<Excluded>,
}

impl Account {
    pub(super) fn of(run: &Run, side: SideAccount) -> Self {
        Self {
            rows: run.rows.read,
            shown: side.shown,
            totals: run.rows.totals,
            merged: run.rows.merged,
            pooled: side.pooled,
            rejected: run.rows.rejected,
            excluded: side.excluded,
        }
    }

    /// Number of excluded endpoints.
    #[must_use]
    pub fn excluded_count(&self) -> u64 {
        self.excluded.iter().map(|e| e.names.len() as u64).sum()
    }

    /// Whether every row is accounted for.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.rows == self.shown + self.totals + self.merged + self.pooled + self.rejected + self.excluded_count()
    }

    /// The sum in words: `9 rows = 8 endpoints + 1 total`.
    #[must_use]
    pub fn text(&self) -> String {
        let plural =
            |n: u64, one: &str, many: &str| format!("{} {}", crate::number::count(n), if n == 1 { one } else { many });
        let mut parts = Vec::new();
        for (count, one, many) in [
            (self.shown, "endpoint", "endpoints"),
            (self.totals, "total", "totals"),
            (self.merged, "further row of the same endpoints", "further rows of the same endpoints"),
            (self.pooled, "summed into a service", "summed into services"),
            (self.excluded_count(), "left out", "left out"),
            (self.rejected, "unusable", "unusable"),
        ] {
            if count > 0 {
                parts.push(plural(count, one, many));
            }
        }
        format!("{} = {}", plural(self.rows, "row", "rows"), parts.join(" + "))
    }
}

/// Account of one side's endpoints.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SideAccount {
    /// Judged on their own.
    pub shown: u64,
    /// Summed into a service.
    pub pooled: u64,
    /// Excluded, by reason.
    pub excluded: Vec<Excluded>,
}

impl SideAccount {
    /// Moves endpoints from shown to excluded.
    pub fn leave_out(&mut self, what: &'static str, names: Vec<String>) {
        if !names.is_empty() {
            self.shown = self.shown.saturating_sub(names.len() as u64);
            self.excluded.push(Excluded { what, names });
        }
    }
}
