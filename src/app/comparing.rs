//! The comparison of the two sides, made anew whenever they or the thresholds change. What takes longer than a moment is
//! done in steps, so that the page answers meanwhile.

use std::sync::Arc;

use js_sys::Date;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser::breathe;
use crate::compare::{self, Comparing, Comparison};
use crate::policy::{self, Policy, TooMuchMatching};
use crate::run::{Run, repeats};

/// So long is judged at a time, in milliseconds.
const STEP_MS: f64 = 15.0;

/// So many pairs are judged between two looks at the clock. With samples a pair takes up to 2 ms.
const PAIRS: usize = 4;

/// From so many pairs on, what is done to all of them together takes more than a moment.
const MANY: usize = 500;

/// What is compared.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub baseline: Arc<Run>,
    pub run: Arc<Run>,
    /// Earlier runs of the baseline's program.
    pub earlier: Arc<Vec<Run>>,
}

/// What [`follow`] keeps up to date.
pub(super) struct Compared {
    pub comparison: RwSignal<Option<Arc<Comparison>>>,
    /// How many endpoints are being compared, where that takes more than one step.
    pub comparing: RwSignal<Option<usize>>,
    /// Whether a person ended the comparison; to set it back begins it anew. Other data set it back.
    pub cancelled: RwSignal<bool>,
    /// The thresholds that are not matched with these data, and why.
    pub refused: RwSignal<Option<(String, TooMuchMatching)>>,
}

impl Data {
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.baseline, &other.baseline)
            && Arc::ptr_eq(&self.run, &other.run)
            && Arc::ptr_eq(&self.earlier, &other.earlier)
    }

    fn compare(&self, policy: &Policy) -> Comparing {
        let mut baseline = (*self.baseline).clone();
        repeats::note_noise(&mut baseline, self.earlier.iter().collect());
        Comparing::new(baseline, (*self.run).clone(), policy.clone())
    }
}

/// Compares what there is, from now on. Without data there is no comparison; with other data the one before stays until
/// the next is made.
pub(super) fn follow(data: Memo<Option<Data>>, policy: Memo<Arc<Policy>>) -> Compared {
    let comparison = RwSignal::new(None::<Arc<Comparison>>);
    let comparing = RwSignal::new(None);
    let cancelled = RwSignal::new(false);
    let refused = RwSignal::new(None);
    let cancelled_of = StoredValue::new(None::<Data>);
    // What `comparison` is of, and how many comparisons were begun: the last one counts.
    let compared = StoredValue::new(None::<Data>);
    let begun = StoredValue::new(0_u32);
    Effect::new(move || {
        let (data, policy) = (data.get(), policy.get());
        begun.update_value(|begun| *begun = begun.wrapping_add(1));
        let mine = begun.get_value();
        let done = move |made: Option<Comparison>, of: Option<Data>| {
            compared.set_value(of);
            comparing.set(None);
            comparison.set(made.map(Arc::new));
        };
        let Some(data) = data else {
            cancelled.set(false);
            refused.set(None);
            return done(None, None);
        };
        let same = cancelled_of.with_value(|of| of.as_ref().is_some_and(|of| of.is(&data)));
        cancelled_of.set_value(Some(data.clone()));
        if cancelled.get() {
            if same {
                return done(None, None);
            }
            cancelled.set(false);
        }
        let allowed = compare::check_matching([&*data.baseline, &*data.run], &policy, policy::MOST_STEPS);
        refused.set(allowed.err().map(|error| (policy.name.clone(), error)));
        if refused.with_untracked(Option::is_some) {
            return done(None, None);
        }
        // A moved limit judges again, without a look at the data.
        let last =
            comparison.get_untracked().filter(|_| compared.with_value(|of| of.as_ref().is_some_and(|of| of.is(&data))));
        if let Some(last) = last.filter(|last| compare::only_moves_limits(&last.policy, &policy)) {
            if last.policy == *policy {
                return comparing.set(None);
            }
            return done(Some(compare::judge_again((*last).clone(), (*policy).clone())), Some(data));
        }
        let endpoints = data.baseline.endpoints.len().max(data.run.endpoints.len());
        let mut begun_with = None;
        // What is large is announced, and can be cancelled, before anything is matched.
        if endpoints <= MANY {
            let mut made = data.compare(&policy);
            if !step(&mut made) {
                return done(Some(made.finish()), Some(data));
            }
            begun_with = Some(made);
        }
        comparing.set(Some(endpoints));
        spawn_local(async move {
            breathe().await;
            if begun.get_value() != mine {
                return;
            }
            let made = begun_with.unwrap_or_else(|| data.compare(&policy));
            let made = in_steps(made, || begun.get_value() == mine).await;
            if let Some(made) = made.filter(|_| begun.get_value() == mine) {
                done(Some(made), Some(data));
            }
        });
    });
    Compared { comparison, comparing, cancelled, refused }
}

/// Makes a comparison in steps; `None` where it is not wanted any more.
pub(super) async fn in_steps(mut comparing: Comparing, wanted: impl Fn() -> bool) -> Option<Comparison> {
    while step(&mut comparing) {
        breathe().await;
        if !wanted() {
            return None;
        }
    }
    // The conclusion is a step of its own.
    breathe().await;
    wanted().then(|| comparing.finish())
}

/// Does some of the work; whether there is more. Of many endpoints, what is done to all of them together has a step of
/// its own.
fn step(comparing: &mut Comparing) -> bool {
    let began_ms = Date::now();
    while comparing.step(PAIRS) {
        let many = comparing.pairs() > MANY;
        if Date::now() - began_ms > STEP_MS || (many && comparing.is_judged()) {
            return true;
        }
    }
    false
}
