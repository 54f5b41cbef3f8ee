//! The thresholds in force, and what of them was moved by hand.

use std::sync::Arc;

use super::state::State;
use super::state::thresholds::{Field, Thresholds};
use crate::compare;
use crate::policy::{Adjustments, Correction, Gate, Noise, WarmupMode};
use crate::run::{Metric, Percentile};

impl State {
    /// Judges by other thresholds. What was moved on top of the former ones is forgotten.
    pub fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.base_policy = thresholds.policy();
        self.thresholds = thresholds;
        self.reset_limits();
    }

    /// Forgets what was moved on top of the thresholds.
    pub fn reset_limits(&mut self) {
        self.adjustments = Adjustments::default();
        self.thresholds_set = self.thresholds_set.wrapping_add(1);
        self.adjust();
    }

    /// Moves fields as they were moved before.
    pub fn set_adjustments(&mut self, adjustments: Adjustments) {
        self.adjustments = adjustments;
        self.adjust();
    }

    fn adjust(&mut self) {
        self.policy = Arc::new(self.base_policy.adjusted(&self.adjustments));
    }

    /// Moves one field. An empty one is no limit, or what the thresholds say of it; any other text that is no number
    /// leaves it as it is.
    pub fn move_field(&mut self, field: Field, value: &str) {
        let by = &mut self.adjustments;
        let value = value.trim();
        let number = value.parse::<f64>().ok();
        let warmup = by.warmup.unwrap_or(self.base_policy.compare.warmup);
        match field {
            Field::Limit(rule) => {
                if number.is_some() || value.is_empty() {
                    by.limits.insert(rule, number);
                }
            }
            Field::Percentile => {
                by.percentile = Percentile::parse(value);
                if let Some(percentile) = by.percentile {
                    self.choose(Metric::Latency(percentile));
                }
            }
            Field::Gate => by.gate = Gate::ALL.iter().copied().find(|g| g.word() == value),
            Field::Confidence => by.confidence = number.map(|n| n / 100.0),
            Field::Correction => by.correction = Correction::ALL.iter().copied().find(|c| c.word() == value),
            Field::Noise => {
                by.noise = Some(match number {
                    Some(pct) if pct > 0.0 => Noise::Percent(pct),
                    Some(_) => Noise::None,
                    None => Noise::Auto,
                });
            }
            Field::Warmup => {
                by.warmup = Some(warmup.found_by(WarmupMode::ALL.iter().copied().find(|m| m.word() == value)));
            }
            Field::WarmupAt => {
                let seconds = number.filter(|seconds| *seconds > 0.0);
                let mode = seconds.map(|_| WarmupMode::Fixed);
                by.warmup = Some(warmup.found_by(mode).settling_s(seconds.unwrap_or(0.0)));
            }
            Field::WarmupSeconds => by.warmup = Some(warmup.settling_s(number.unwrap_or(0.0))),
        }
        self.adjust();
    }

    /// Adds the matches that judge endpoints that differ in ids as one; returns how many.
    pub fn group_ids(&mut self) -> usize {
        let Some(comparison) = &self.comparison else { return 0 };
        let matches = compare::id_matches(&comparison.baseline, &comparison.run, &comparison.policy);
        let count = matches.len();
        self.adjustments.matches.extend(matches);
        self.adjust();
        count
    }
}
