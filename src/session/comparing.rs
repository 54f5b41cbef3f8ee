//! The comparison of the two sides, made again whenever they or the thresholds change.

use std::sync::Arc;

use super::state::{Compared, State};
use crate::compare::{self, Comparison};
use crate::ingest::{self, Parts};
use crate::policy;
use crate::run::{Run, repeats};

/// With more endpoints than this, a comparison is announced before it is made.
const MANY: usize = 500;

/// What follows from the state.
pub(super) enum Step {
    /// Nothing is left to do.
    Done,
    /// A comparison of this many endpoints is to be made.
    Announced(usize),
}

impl State {
    /// The two runs, where both sides are runs. Without a baseline, it is the last good level of a history.
    pub fn runs(&self) -> Option<(&Arc<Run>, &Arc<Run>)> {
        let baseline = match &self.baseline {
            Some(side) => side.run().ok()?,
            None => self.history.as_ref()?.last_good()?,
        };
        Some((baseline, self.run.as_ref()?.run().ok()?))
    }

    /// Brings the comparison up to date, or announces that this takes a moment.
    pub fn follow(&mut self) -> Step {
        let run = self.run.as_ref().and_then(|side| side.run().ok()).map(Arc::clone);
        if let Some((trends, run)) = self.history.as_mut().zip(run) {
            trends.judge(&run);
        }
        let Some((baseline, run)) = self.runs() else {
            self.set_comparison(None, None);
            self.refused = None;
            return Step::Done;
        };
        let now = self.compared(baseline, run);
        if self.compared.as_ref().is_some_and(|compared| compared.is(&now))
            && let Some(last) = &self.comparison
            && compare::only_moves_limits(&last.policy, &self.policy)
        {
            self.pending = false;
            if last.policy != *self.policy
                && let Some(last) = self.comparison.take()
            {
                let again = compare::judge_again(Arc::unwrap_or_clone(last), (*self.policy).clone());
                self.set_comparison(Some(again), Some(now));
            }
            return Step::Done;
        }
        let allowed = compare::check_matching([&*now.baseline, &*now.run], &self.policy, policy::MOST_STEPS);
        self.refused = allowed.err().map(|error| (self.policy.name.clone(), error));
        if self.refused.is_some() || self.paused {
            self.set_comparison(None, None);
            return Step::Done;
        }
        let endpoints = now.baseline.endpoints.len().max(now.run.endpoints.len());
        if endpoints > MANY {
            self.pending = true;
            return Step::Announced(endpoints);
        }
        self.judge(now);
        Step::Done
    }

    /// Makes the comparison that was announced.
    pub fn compare_announced(&mut self) {
        let Some((baseline, run)) = self.runs().filter(|_| self.pending) else { return };
        self.judge(self.compared(baseline, run));
    }

    /// What is compared now.
    fn compared(&self, baseline: &Arc<Run>, run: &Arc<Run>) -> Compared {
        let history = self.history.iter().map(|trends| format!("history {}", trends.number));
        let earlier =
            self.earlier.iter().map(|group| format!("{} {}", group.label, group.key)).chain(history).collect();
        Compared { baseline: Arc::clone(baseline), run: Arc::clone(run), earlier }
    }

    fn judge(&mut self, of: Compared) {
        let earlier = self.earlier.iter().filter_map(|g| ingest::assemble(g.parts.clone(), Parts::Merge).ok());
        let earlier: Vec<Run> = earlier.collect();
        let mut baseline = (*of.baseline).clone();
        repeats::note_noise(&mut baseline, earlier.iter().collect());
        if let Some(reference) = self.history.as_ref().and_then(|trends| trends.reference()) {
            reference.note(&mut baseline);
        }
        let comparison = compare::compare(baseline, (*of.run).clone(), (*self.policy).clone());
        self.set_comparison(Some(comparison), Some(of));
    }

    fn set_comparison(&mut self, comparison: Option<Comparison>, of: Option<Compared>) {
        if comparison.is_some() || self.comparison.is_some() {
            self.made = self.made.wrapping_add(1);
        }
        self.comparison = comparison.map(Arc::new);
        self.compared = of;
        self.pending = false;
    }
}
