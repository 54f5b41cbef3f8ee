//! Precision of both sides' figures of one subject, computed once and independent of limits.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::quantiles::{Quantiles, half_width};
use super::side::{Error, Side, USUAL_TAIL, Wider, batches, log, order};
use super::slices::{IntervalSum, MIN_SLICES, Sliced, Windows};
use super::{Sides, Spread};
use crate::compare::Scope;
use crate::compare::check::sides as side_by_side;
use crate::policy::Warmup;
use crate::run::repeats::FEWEST_EARLIER;
use crate::run::{
    Batches, Distribution, Endpoint, Judged, Metric, Percentile, Precision, Run, Shared, Sketch, Timeline, Value,
    rounded_up,
};
use crate::stats::proportion::Proportion;
use crate::stats::quantile::minimum_samples;
use crate::stats::rate::Rate;
use crate::stats::scatter::scatter;
use crate::stats::welch::Estimate;

/// Assumed factor of the variance over that of independent requests, without information.
const ASSUMED_DESIGN: f64 = 3.0;
/// Maximum widening of a table's percentiles by means over time: a few long pauses move only the mean.
const MAX_BY_MEANS: f64 = 2.5;
/// The same for endpoints with too few requests for slices.
const THIN_DESIGN: f64 = 1.5;
/// Minimum share of failures on either side for judging response times without failures.
const FAILURE_SHARE: f64 = 0.01;
/// The same for counts of failures, from [`SOME_FAILURES`] on; below [`FEW_FAILURES`] nothing is assumed.
const ASSUMED_DISPERSION: f64 = 1.5;
const FEW_FAILURES: f64 = 20.0;
const SOME_FAILURES: f64 = 50.0;
/// Minimum requests per side to judge an error rate as within a limit.
pub(crate) const MIN_FOR_ERRORS: u64 = 20;
/// Minimum requests per side to derive the error of the mean from the spread of response times.
const MIN_FOR_MEAN: u64 = 20;
/// Minimum share of the baseline's requests with a partner endpoint for weighting totals by the baseline's mix.
const MIN_PARTNERED: f64 = 0.5;
/// Minimum share of moved requests for weighting the total's quantiles by the baseline's mix.
const MIN_MOVED: f64 = 0.01;
/// Number of standard errors at which the error of slices is compared with that of independent requests.
const USUAL_Z: f64 = 3.0;
/// The stated floor, on the log scale.
const USUAL_FLOOR: f64 = 0.077;
/// Minimum failures for judging the total's error rate by endpoint.
const STRATA_FROM: u64 = 30;
/// Below this duration in seconds, a run has too few periods of correlated requests.
const SHORT_S: f64 = 30.0;

/// Computes the precision of two runs' figures.
pub(in crate::compare) struct Precisions {
    windows: Windows,
    timelines: (Option<Timeline>, Option<Timeline>),
    endpoints: (Shared<Endpoint>, Shared<Endpoint>),
    pub short: bool,
    /// Shift of ln(run ÷ baseline) of the total's mean by the warm-ups: 0 if both or none have one.
    warmup_moves: f64,
}

impl Precisions {
    pub fn of(baseline: &Run, run: &Run, warmup: &Warmup) -> Self {
        let seconds = |run: &Run| run.duration_s.or_else(|| run.timeline.as_ref()?.duration_s());
        let windows = Windows::of(baseline, run, warmup);
        Self {
            warmup_moves: warmup_moves(&windows, baseline, run).unwrap_or(0.0),
            windows,
            timelines: (baseline.timeline.clone(), run.timeline.clone()),
            endpoints: (baseline.endpoints.clone(), run.endpoints.clone()),
            short: [baseline, run].into_iter().filter_map(seconds).any(|s| s > 0.0 && s < SHORT_S),
        }
    }

    /// Collects the data of one subject on both sides.
    pub fn pair<'e>(&'e self, scope: Scope, baseline: Option<&'e Endpoint>, run: Option<&'e Endpoint>) -> Pair<'e> {
        let is_total = scope == Scope::Total;
        let with_time = |e: &'e Endpoint, timeline: &Option<Timeline>| match (&e.timeline, timeline) {
            (None, Some(timeline)) if is_total => {
                Cow::Owned(Endpoint { timeline: Some(timeline.clone()), ..e.clone() })
            }
            _ => Cow::Borrowed(e),
        };
        let baseline = baseline.map(|e| with_time(e, &self.timelines.0));
        let run = run.map(|e| with_time(e, &self.timelines.1));
        let fails = |e: &Option<Cow<'e, Endpoint>>| {
            let share = |e: &Endpoint| Some(e.failures? as f64 / e.requests.filter(|n| *n > 0)? as f64);
            e.as_ref().and_then(|e| share(e)).unwrap_or(0.0)
        };
        let failures = (fails(&baseline), fails(&run));
        let failing = failures.0.max(failures.1) >= FAILURE_SHARE;
        // Summed rows are judged as from a link, which has no separate successful requests.
        let told_apart = scope != Scope::Service;
        let apart = |e: &Option<Cow<'e, Endpoint>>| e.as_ref().filter(|_| told_apart).and_then(|e| e.successes());
        let (mut timed_b, mut timed_r, mut successes) = (baseline.clone(), run.clone(), false);
        if failing && let (Some(b), Some(r)) = (apart(&baseline), apart(&run)) {
            (timed_b, timed_r, successes) = (Some(Cow::Owned(b)), Some(Cow::Owned(r)), true);
        }
        let sliced = match (&timed_b, &timed_r) {
            (Some(b), Some(r)) => self.windows.slices(b, r, failing && !successes),
            _ => Sliced::default(),
        };
        let quiet = failing && !successes;
        let cut = |e: &Option<Cow<'e, Endpoint>>, is_run| self.windows.inside(e.as_deref()?, is_run, quiet);
        let inside = match (cut(&timed_b, false), cut(&timed_r, true)) {
            (Some(b), Some(r)) if self.windows.left_out_s > 0 || quiet => Some((b, r)),
            _ => None,
        };
        let mut mixed = if failing && !successes { failures } else { (0.0, 0.0) };
        let without_dead = mixed != (0.0, 0.0) && is_total && self.without_dead().is_some();
        if without_dead && let Some(rest) = self.without_dead() {
            mixed = if rest.0.max(rest.1) >= FAILURE_SHARE { rest } else { (0.0, 0.0) };
        }
        // Outside of outages, the remaining ones are among the means over time.
        let mixed_means = match &inside {
            Some((b, r)) if mixed != (0.0, 0.0) && !without_dead => {
                let rest = (b.failures / b.requests, r.failures / r.requests);
                if rest.0.max(rest.1) >= FAILURE_SHARE { rest } else { (0.0, 0.0) }
            }
            _ => mixed,
        };
        Pair {
            precisions: self,
            mixed_means,
            without_dead,
            is_total,
            counted: (baseline, run),
            timed: (timed_b, timed_r),
            successes,
            mixed,
            sliced,
            inside,
            quantiles: OnceCell::new(),
            mix: OnceCell::new(),
        }
    }

    /// Shares of failures on both sides without the endpoints that mostly fail; `None` if there are none.
    fn without_dead(&self) -> Option<(f64, f64)> {
        let partners = self.partners()?;
        let rest: Vec<_> = partners.iter().filter(|(_, b, r)| !is_dead(b) && !is_dead(r)).collect();
        if rest.is_empty() || rest.len() == partners.len() {
            return None;
        }
        let share = |of: fn(&(f64, &Endpoint, &Endpoint)) -> (u64, u64)| {
            let (n, x) = rest
                .iter()
                .map(|one| of(one))
                .fold((0_u64, 0_u64), |(a, b), (n, x)| (a.saturating_add(n), b.saturating_add(x)));
            x as f64 / n.max(1) as f64
        };
        Some((
            share(|(_, b, _)| (b.requests.unwrap_or(0), b.failures.unwrap_or(0))),
            share(|(_, _, r)| (r.requests.unwrap_or(0), r.failures.unwrap_or(0))),
        ))
    }

    /// The common endpoints: share of the baseline's requests among these, and both sides.
    fn partners(&self) -> Option<Vec<(f64, &Endpoint, &Endpoint)>> {
        let (mut all, mut both) = (0.0, Vec::new());
        for (b, r) in side_by_side(&self.endpoints.0, &self.endpoints.1) {
            let n = b.and_then(|e| e.requests).unwrap_or(0) as f64;
            all += n;
            if let (Some(b), Some(r)) = (b, r)
                && n > 0.0
                && r.requests.is_some_and(|n| n > 0)
            {
                both.push((n, b, r));
            }
        }
        let shared: f64 = both.iter().map(|(n, ..)| n).sum();
        both.iter_mut().for_each(|(n, ..)| *n /= shared);
        (shared > 0.0 && shared >= MIN_PARTNERED * all && both.len() > 1).then_some(both)
    }
}

/// The total's endpoints in the baseline's mix.
struct Mix {
    /// Added to ln(run ÷ baseline) of the mean.
    mean: f64,
    /// Quantiles of both sides, if the mix moved.
    quantiles: Option<(Quantiles, Quantiles)>,
}

/// One subject on both sides.
pub(in crate::compare) struct Pair<'e> {
    precisions: &'e Precisions,
    is_total: bool,
    /// Whether the total's response times exclude endpoints that mostly fail.
    without_dead: bool,
    /// All requests.
    counted: (Option<Cow<'e, Endpoint>>, Option<Cow<'e, Endpoint>>),
    /// Those whose response times are judged.
    timed: (Option<Cow<'e, Endpoint>>, Option<Cow<'e, Endpoint>>),
    successes: bool,
    /// Shares of failures among the response times, and among the judged means.
    mixed: (f64, f64),
    mixed_means: (f64, f64),
    sliced: Sliced,
    /// Without the excluded warm-up.
    inside: Option<(IntervalSum, IntervalSum)>,
    quantiles: OnceCell<(Option<Quantiles>, Option<Quantiles>)>,
    mix: OnceCell<Option<Mix>>,
}

/// Transferred errors of one metric on both sides.
type Carried = (Option<Precision>, Option<Precision>);
/// A standard error per side, with its degrees of freedom.
type Scattered = (Option<(f64, f64)>, Option<(f64, f64)>);
/// Both sides' errors of one metric.
type Errors = (Option<Error>, Option<Error>);

impl Pair<'_> {
    /// The errors of a metric on both sides; `None` if unknown.
    pub fn sides(&self, metric: &Metric, was: &Value, is: &Value) -> Option<Box<Sides>> {
        let carried =
            |e: &Option<Cow<'_, Endpoint>>| e.as_ref().and_then(|e| e.sureness.precision.get(metric).cloned());
        let stated = self.counted.1.as_ref().and_then(|e| e.sureness.judged.get(metric).copied());
        let known = (carried(&self.counted.0), carried(&self.counted.1));
        let travelled = known.0.is_some() || known.1.is_some();
        let (errors, judged, assumed) = match (metric, predicted(metric, &known)) {
            (_, Some(errors)) => (errors, Judged::default(), false),
            (Metric::ErrorRate, _) => self.errors(known, stated),
            (Metric::Mean, _) => self.means(known, stated, was, is),
            (Metric::Rps, _) => self.rates(known, stated, was, is),
            (Metric::Latency(p), _) => self.percentile(*p, known, stated, was, is),
            _ => return None,
        };
        // With only one side there is no change to judge.
        let one_sided = self.counted.0.is_none() || self.counted.1.is_none();
        let judged = if one_sided || travelled { stated.unwrap_or_default() } else { stated.unwrap_or(judged) };
        let shift = f64::from(judged.shift) / Judged::STEPS;
        let side = |error: Option<Error>, value: &Value, endpoint: &Option<Cow<'_, Endpoint>>, shift: f64| {
            let endpoint = endpoint.as_ref()?;
            let number = value.number?;
            let figure = match &error {
                Some(Error::Counts(counts, _)) => counts.share(),
                _ if *metric == Metric::ErrorRate => number / 100.0,
                _ => number * libm::exp(shift),
            };
            let requests = match metric {
                Metric::Latency(_) | Metric::Mean => self.timed(endpoint, stated),
                _ => endpoint.requests,
            };
            let half_width = if let Metric::Latency(_) = metric { half_width(&endpoint.latency, number) } else { 0.0 };
            Some(Side { figure, error: error?, requests, half_width, assumed })
        };
        let counts = matches!(metric, Metric::ErrorRate | Metric::Rps);
        let (b, r) = if counts { (&self.counted.0, &self.counted.1) } else { (&self.timed.0, &self.timed.1) };
        let baseline = side(errors.0, was, b, 0.0);
        let run = side(errors.1, is, r, shift);
        let spread = baseline.as_ref().zip(run.as_ref()).and_then(|(b, r)| match self.strata(metric, b, r) {
            Some(strata) => Some(strata),
            None => Spread::of(metric, b, r),
        });
        let usual = spread.as_ref().map(|s| s.bounds(USUAL_TAIL)).unwrap_or_default();
        (baseline.is_some() || run.is_some())
            .then(|| Box::new(Sides { baseline, run, spread, usual, judged, ..Sides::default() }))
    }

    /// Number of requests whose response times are judged: successful ones only if that was transferred.
    fn timed(&self, endpoint: &Endpoint, stated: Option<Judged>) -> Option<u64> {
        let all = endpoint.latency.timed.or(endpoint.requests)?;
        let apart = !self.successes && stated.is_some_and(|stated| stated.successes);
        Some(if apart { all.saturating_sub(endpoint.failures.unwrap_or(0)) } else { all })
    }

    // ---- failures ----

    fn errors(&self, known: Carried, judged: Option<Judged>) -> (Errors, Judged, bool) {
        // Runs that all have the same rate, such as 0 %, say nothing of its spread: then the counts are judged.
        let varies = |runs: &[f64]| runs.iter().any(|rate| Some(rate) != runs.first());
        if let (Some(Precision::Runs(b)), Some(Precision::Runs(r))) = &known
            && (varies(b) || varies(r))
        {
            return ((Some(Error::Runs(b.clone())), Some(Error::Runs(r.clone()))), Judged::default(), false);
        }
        let stated = |precision: &Option<Precision>| match precision {
            Some(Precision::Dispersion(d)) => Some(*d),
            _ => None,
        };
        let counts = |e: &Option<Cow<'_, Endpoint>>| {
            let e = e.as_ref()?;
            Proportion::new(e.failures?, e.requests?)
        };
        let (b, r) = (counts(&self.counted.0), counts(&self.counted.1));
        let (measured, burst_s) = match (stated(&known.0), stated(&known.1)) {
            // The observation over time was transferred with them.
            (Some(b), Some(r)) => (Some(b.max(r)), None),
            // The other side has no counts.
            (Some(one), None) | (None, Some(one)) => (Some(one), None),
            _ if judged.is_some() => (None, None),
            _ => (self.dispersion(), self.burst()),
        };
        let failures = b.map_or(0, Proportion::events).max(r.map_or(0, Proportion::events)) as f64;
        let some = ((failures - FEW_FAILURES) / (SOME_FAILURES - FEW_FAILURES)).clamp(0.0, 1.0);
        let dispersion = measured.unwrap_or(1.0 + (ASSUMED_DISPERSION - 1.0) * some);
        let error = |counts: Option<Proportion>| counts.map(|counts| Error::Counts(counts, dispersion));
        let judged = Judged { burst_s, ..Judged::default() };
        ((error(b), error(r)), judged, measured.is_none())
    }

    fn burst(&self) -> Option<(u32, u32)> {
        let (b, r) = (self.counted.0.as_ref()?, self.counted.1.as_ref()?);
        let own;
        let sliced = if self.successes || self.mixed != (0.0, 0.0) {
            own = self.precisions.windows.slices(b, r, false);
            &own
        } else {
            &self.sliced
        };
        sliced.burst_s()
    }

    /// Factor of the variance of failures among slices over that of independent ones, as far as both runs show it:
    /// Pearson's χ² divided by its degrees of freedom. A burst in one run only is a change, not dispersion. `None`
    /// without slices.
    fn dispersion(&self) -> Option<f64> {
        let (b, r) = (self.counted.0.as_ref()?, self.counted.1.as_ref()?);
        let sliced = self.precisions.windows.slices(b, r, false);
        let of = |slices: &[IntervalSum]| {
            let counts: Vec<(f64, f64)> = slices.iter().map(|s| (s.requests, s.failures)).collect();
            (counts.len() >= MIN_SLICES).then(|| chi2_ratio(&counts).unwrap_or(1.0))
        };
        Some(rounded_up(of(&sliced.baseline)?.min(of(&sliced.run)?).clamp(1.0, MAX_DISPERSION)))
    }

    /// The total's error rate by endpoint, so that an endpoint that always fails hides nothing.
    fn strata(&self, metric: &Metric, baseline: &Side, run: &Side) -> Option<Spread> {
        let (Error::Counts(b, dispersion), Error::Counts(r, _)) = (&baseline.error, &run.error) else { return None };
        if *metric != Metric::ErrorRate || !self.is_total || b.events() + r.events() < STRATA_FROM {
            return None;
        }
        let counts = |e: &Endpoint| Proportion::new(e.failures?, e.requests?);
        let partners = self.precisions.partners()?;
        let strata: Option<Vec<(Proportion, Proportion)>> =
            partners.iter().map(|(_, b, r)| Some((counts(b)?, counts(r)?))).collect();
        Spread::strata(&strata?, *dispersion)
    }

    // ---- means and rates ----

    fn means(&self, known: Carried, stated: Option<Judged>, was: &Value, is: &Value) -> (Errors, Judged, bool) {
        if let Some(found) = settled(&known, stated) {
            return found;
        }
        let n = |e: &Option<Cow<'_, Endpoint>>| e.as_ref().and_then(|e| e.latency.timed.or(e.requests));
        let few = |e| n(e).filter(|n| *n < MIN_FOR_MEAN).map(|_| Error::TooFew(MIN_FOR_MEAN));
        let few = (few(&self.timed.0), few(&self.timed.1));
        if few.0.is_some() || few.1.is_some() {
            return (few, Judged { successes: self.successes, ..Judged::default() }, false);
        }
        let mean = |e: &Option<Cow<'_, Endpoint>>| e.as_ref().and_then(|e| e.latency.mean_ms);
        let (b, r) = match &self.inside {
            Some((b, r)) => (b.mean_ms(), r.mean_ms()),
            None => (mean(&self.timed.0), mean(&self.timed.1)),
        };
        let mix = self.mix().map(|mix| mix.mean);
        let judged = self.judged(b.and_then(log).zip(r.and_then(log)), mix, was, is);
        let series = |slice: &IntervalSum, _: bool| slice.mean_ms().and_then(log);
        let scattered = self.scattered(series);
        let moments = |quantiles: Option<&Quantiles>, e: &Option<Cow<'_, Endpoint>>| {
            let e = e.as_ref()?;
            let n = e.latency.timed.or(e.requests).filter(|n| *n > 1)? as f64;
            let (mean, deviation) =
                quantiles.and_then(Quantiles::moments).or_else(|| Quantiles::moments_of_tables(e))?;
            Some(deviation / e.latency.mean_ms.unwrap_or(mean).max(mean * 0.5) / libm::sqrt(n))
        };
        let (qb, qr) = self.quantiles();
        let plain = moments(qb.as_ref(), &self.timed.0).zip(moments(qr.as_ref(), &self.timed.1));
        let design = match (scattered, plain) {
            ((Some((b, _)), Some((r, _))), Some((pb, pr))) => (b * b + r * r) / (pb * pb + pr * pr),
            _ => 1.0,
        };
        let judged = Judged { since_s: self.sliced.since_s(USUAL_FLOOR), more_noise: more_noise(design), ..judged };
        let (mut errors, assumed) = self.chosen(scattered, plain);
        if self.inside.is_none() && self.precisions.warmup_moves > 0.0 {
            widen_by(&mut errors, self.precisions.warmup_moves);
        }
        if self.mixed_means != (0.0, 0.0) {
            widen_mean(&mut errors, (qb.as_ref(), qr.as_ref()), self.mixed_means);
        }
        (errors, judged, assumed)
    }

    fn rates(&self, known: Carried, stated: Option<Judged>, was: &Value, is: &Value) -> (Errors, Judged, bool) {
        if let Some(found) = settled(&known, stated) {
            return found;
        }
        let series = |slice: &IntervalSum, _: bool| (slice.requests > 0.0).then(|| libm::log(slice.requests));
        let (b, r) = self.scattered(series);
        if let (Some(b), Some(r)) = (b, r) {
            let error = |(error, df): (f64, f64)| batches(error, df, false).map(Error::Batches);
            return ((error(b), error(r)), Judged::default(), false);
        }
        let poisson = |e: &Option<Cow<'_, Endpoint>>, value: &Value| {
            let count = e.as_ref()?.requests.filter(|n| *n > 0)?;
            Some(Error::Poisson(Rate::new(count, count as f64 / value.number?)?))
        };
        ((poisson(&self.counted.0, was), poisson(&self.counted.1, is)), Judged::default(), true)
    }

    /// Standard error of each side from slices, with its degrees of freedom: for pairs, half the variance per side.
    fn scattered(&self, series: impl Fn(&IntervalSum, bool) -> Option<f64>) -> Scattered {
        if self.sliced.aligned {
            let pairs = self.sliced.paired(&series);
            let whole = self.sliced.run.len();
            let found = (pairs.len() >= MIN_SLICES && 5 * pairs.len() >= 4 * whole).then(|| scatter(&pairs)).flatten();
            let half = found.map(|s| (s.standard_error / std::f64::consts::SQRT_2, s.degrees_of_freedom / 2.0));
            return (half, half);
        }
        let alone = |slices: &[IntervalSum], is_run: bool| {
            let values: Vec<f64> = slices.iter().filter_map(|s| series(s, is_run)).collect();
            let found = (values.len() >= MIN_SLICES).then(|| scatter(&values)).flatten();
            found.map(|s| (s.standard_error, s.degrees_of_freedom))
        };
        (alone(&self.sliced.baseline, false), alone(&self.sliced.run, true))
    }

    /// Selects slices, or moments with an assumed dependence and a higher floor, whichever confirms more. This ensures
    /// that anything a table confirms is also confirmed with every sample.
    fn chosen(&self, scattered: Scattered, plain: Option<(f64, f64)>) -> (Errors, bool) {
        let normal = |error: f64, assumed: bool| batches(error, 1e4, assumed).map(Error::Batches);
        let plain_by = |design: f64, assumed: bool| {
            let (b, r) = plain?;
            Some((normal(b * libm::sqrt(design), assumed), normal(r * libm::sqrt(design), assumed)))
        };
        let assumed = plain_by(ASSUMED_DESIGN, true);
        match scattered {
            (Some(b), Some(r)) => {
                let reach = |floor: f64, error: f64| libm::hypot(floor, USUAL_Z * error);
                let by_slices = reach(USUAL_FLOOR, libm::hypot(b.0, r.0));
                let by_moments = plain.map(|(b, r)| {
                    reach(super::settle::ASSUMED_TIMES * USUAL_FLOOR, libm::hypot(b, r) * libm::sqrt(ASSUMED_DESIGN))
                });
                if by_moments.is_some_and(|m| m < by_slices) {
                    return (assumed.unwrap_or_default(), true);
                }
                let error = |(error, df): (f64, f64)| batches(error, df, false).map(Error::Batches);
                ((error(b), error(r)), false)
            }
            _ if self.is_thin() => (plain_by(THIN_DESIGN, false).unwrap_or_default(), false),
            _ => (assumed.unwrap_or_default(), true),
        }
    }

    /// Whether both sides have times, but too few requests for slices.
    fn is_thin(&self) -> bool {
        let timed = |e: &Option<Cow<'_, Endpoint>>| e.as_ref().is_some_and(|e| e.timeline.is_some());
        timed(&self.timed.0) && timed(&self.timed.1)
    }

    // ---- percentiles ----

    fn percentile(
        &self,
        p: Percentile,
        known: Carried,
        stated: Option<Judged>,
        was: &Value,
        is: &Value,
    ) -> (Errors, Judged, bool) {
        let share = p.share();
        let nothing = ((None, None), Judged::default(), false);
        if !(share > 0.0 && share < 1.0) {
            return nothing;
        }
        if let (Some(Precision::Runs(b)), Some(Precision::Runs(r))) = &known {
            return ((Some(Error::Runs(b.clone())), Some(Error::Runs(r.clone()))), Judged::default(), false);
        }
        if let Some(found) = settled(&known, stated) {
            return found;
        }
        let Some(needed) = minimum_samples(share, USUAL_TAIL) else { return nothing };
        let n = |e: &Option<Cow<'_, Endpoint>>| e.as_ref().and_then(|e| e.latency.timed.or(e.requests));
        let requests = (n(&self.timed.0), n(&self.timed.1));
        let too_few = |n: Option<u64>| n.filter(|n| *n < needed).map(|_| Error::TooFew(needed));
        let few = (too_few(requests.0), too_few(requests.1));
        if few.0.is_some() || few.1.is_some() {
            return (few, Judged { successes: self.successes, ..Judged::default() }, false);
        }
        let by_mix = self.mix().and_then(|mix| mix.quantiles.as_ref());
        let inside = self.inside.as_ref().and_then(|(b, r)| {
            let all = |i: &IntervalSum| i.sketch.count() as f64 >= 0.99 * i.requests;
            (all(b) && all(r)).then(|| Some((Quantiles::of_interval_sum(b)?, Quantiles::of_interval_sum(r)?))).flatten()
        });
        let own = self.quantiles();
        let (b, r) = match (by_mix, &inside) {
            (Some((b, r)), _) | (None, Some((b, r))) => (Some(b), Some(r)),
            (None, None) => (own.0.as_ref(), own.1.as_ref()),
        };
        let figure = |q: Option<&Quantiles>| q.and_then(|q| q.log_at(share));
        let logs = figure(b).zip(figure(r));
        let independent = b.zip(r).and_then(|(b, r)| independent((b, r), share, (requests.0?, requests.1?)));
        let found = logs.and_then(|logs| self.design(share, logs));
        let by_windows = self.design_of_windows(p, independent);
        // Anything that a less detailed file confirms is confirmed too: by means over time, or by the table alone.
        let windowed = by_windows.zip(independent).is_some_and(|((design, _), error)| {
            found.is_none_or(|(means, _)| reach(design, design, error) <= reach(means, means.min(MAX_BY_MEANS), error))
        });
        let found = if windowed { by_windows } else { found };
        let measured = windowed || self.sketched();
        let weaker = |(design, _): &(f64, f64)| {
            !measured && independent.is_some_and(|error| assumed_reaches_less(*design, error))
        };
        let found = found.filter(|found| !weaker(found));
        let more = more_noise(found.map_or(1.0, |(design, _)| design));
        let judged = Judged { mix: by_mix.is_some(), more_noise: more, ..self.judged(logs, None, was, is) };
        // A few long pauses move the means of a table's run, but hardly a percentile.
        let found = found.map(|(design, df)| (if measured { design } else { design.min(MAX_BY_MEANS) }, df));
        let (design, degrees_of_freedom, assumed) = match found {
            Some((design, df)) if design <= MAX_DESIGN => (design, df, false),
            None if self.is_thin() => (THIN_DESIGN, f64::INFINITY, false),
            _ => (ASSUMED_DESIGN, f64::INFINITY, true),
        };
        // A table includes the warm-up, with its effect on one side.
        let warmed = self.precisions.warmup_moves > 0.0 && by_mix.is_none() && inside.is_none();
        let whole = match logs.filter(|_| warmed && windowed) {
            Some((b, r)) => self.windows_change(p).map_or(0.0, |change| (change - (r - b)).abs()),
            None if warmed => self.warmup_moves(share, b.zip(r)),
            None => 0.0,
        };
        let disagree = libm::hypot(self.neighbours_disagree(p).unwrap_or(0.0) / 2.0, whole);
        let error = |q: Option<&Quantiles>, e: &Option<Cow<'_, Endpoint>>, n: Option<u64>, failures: f64| {
            let (q, e, n) = (q?, e.as_ref()?, n?);
            let centre = q.log_at(share)?;
            let rounding = half_width(&e.latency, libm::exp(centre)) / libm::sqrt(3.0) / libm::exp(centre);
            let moved = match failures > 0.0 {
                true => {
                    let success = share * (1.0 - failures);
                    let at = |s: f64| q.log_at(s).unwrap_or(centre);
                    (centre - at(success), at((success + failures).min(0.999_999)) - centre)
                }
                false => (0.0, 0.0),
            };
            let wider = Wider { design, degrees_of_freedom, beside: libm::hypot(rounding, disagree), moved, assumed };
            order(centre, n, (share, needed), &wider, |s| q.log_at(s)).map(Error::Order)
        };
        let errors =
            (error(b, &self.timed.0, requests.0, self.mixed.0), error(r, &self.timed.1, requests.1, self.mixed.1));
        let assumed = any_assumed(&errors);
        (errors, judged, assumed)
    }

    /// Factor of the variance of the share of slower requests over that of independent ones, with its degrees of
    /// freedom: from slices, relative to each side's own quantile. For a table with means over time, from the means.
    /// `None` without usable times.
    fn design(&self, share: f64, (b, r): (f64, f64)) -> Option<(f64, f64)> {
        let n = |slices: &[IntervalSum]| slices.iter().map(|s| s.requests).sum::<f64>();
        let (n0, n1) = (n(&self.sliced.baseline), n(&self.sliced.run));
        if !self.sketched() {
            return self.design_of_means();
        }
        // A quantile on the edge of two buckets ends the lower one; the logarithm may round to either side of the edge.
        let bucket = |log: f64| Sketch::bucket((libm::exp(log) * 1e6 * (1.0 - 1e-9)) as u64);
        let buckets = (bucket(b), bucket(r));
        let slower = |slice: &IntervalSum, is_run: bool| slice.above(if is_run { buckets.1 } else { buckets.0 });
        let (b, r) = self.scattered(slower);
        let ((b, df), (r, df_run)) = (b?, r?);
        if n0.min(n1) / (self.sliced.run.len().max(1) as f64) < MIN_IN_SLICE {
            return None;
        }
        let independent = share * (1.0 - share) * (1.0 / n0 + 1.0 / n1);
        let design = (b * b + r * r) / independent;
        Some((rounded_up(design.max(1.0)), (df + df_run).max(3.0)))
    }

    fn sketched(&self) -> bool {
        self.sliced.run.iter().any(|s| s.sketch.count() > 0)
    }

    /// Design effect of a percentile from the tool's sliding windows, one per slice: excludes what moves only the
    /// means, such as a pause. `independent` is the error of the change for independent requests.
    fn design_of_windows(&self, p: Percentile, independent: Option<f64>) -> Option<(f64, f64)> {
        if !self.sliced.windows_apart() || self.sketched() {
            return None;
        }
        let independent = independent.filter(|error| *error > 0.0)?;
        let (b, r) = self.scattered(|slice, _| slice.window_ms(p).and_then(log));
        let ((b, df), (r, df_run)) = (b?, r?);
        let design = ((b * b + r * r) / independent / independent).max(1.0);
        design.is_finite().then(|| (rounded_up(design), (df + df_run).max(3.0)))
    }

    /// Maximum shift of a table's quantile by the warm-up, on the log scale: at most the shift of the means, and at
    /// most the shift possible for the same number of requests.
    fn warmup_moves(&self, share: f64, quantiles: Option<(&Quantiles, &Quantiles)>) -> f64 {
        let by_means = self.precisions.warmup_moves;
        let left_out = |inside: &IntervalSum, e: &Option<Cow<'_, Endpoint>>| {
            let all = e.as_ref()?.requests.filter(|n| *n > 0)? as f64;
            Some((1.0 - inside.requests / all).clamp(0.0, 1.0))
        };
        let reach = |q: &Quantiles, f: f64| {
            let at = |share: f64| q.log_at(share.min(0.999_999));
            let (kept, own) = ((1.0 - f) * share, at(share)?);
            Some((own - at(kept)?).max(at(kept + f)? - own))
        };
        let most = self.inside.as_ref().zip(quantiles).and_then(|((b, r), (q, s))| {
            let (b, r) = (left_out(b, &self.timed.0)?, left_out(r, &self.timed.1)?);
            Some(reach(q, b)?.max(reach(s, r)?))
        });
        most.map_or(by_means, |most| by_means.min(most))
    }

    /// Mean change of the tool's sliding windows over the slices.
    fn windows_change(&self, p: Percentile) -> Option<f64> {
        let changes = self.sliced.paired(|slice, _| slice.window_ms(p).and_then(log));
        (!changes.is_empty()).then(|| changes.iter().sum::<f64>() / changes.len() as f64)
    }

    /// Design effect of the mean, for a history with means over time and a table with the distribution.
    fn design_of_means(&self) -> Option<(f64, f64)> {
        let (b, r) = self.scattered(|slice, _| slice.mean_ms().and_then(log));
        let ((b, df), (r, df_run)) = (b?, r?);
        let moments = |q: Option<&Quantiles>, e: &Option<Cow<'_, Endpoint>>| {
            let e = e.as_ref()?;
            let (mean, deviation) = q.and_then(Quantiles::moments).or_else(|| Quantiles::moments_of_tables(e))?;
            let n = e.requests.filter(|n| *n > 0)? as f64;
            Some(deviation * deviation / mean / mean / n)
        };
        let (qb, qr) = self.quantiles();
        let independent = moments(qb.as_ref(), &self.timed.0)? + moments(qr.as_ref(), &self.timed.1)?;
        let design = ((b * b + r * r) / independent).max(1.0);
        design.is_finite().then(|| (rounded_up(design), df + df_run))
    }

    /// Difference between the changes of a printed percentile and the next higher one, on the log scale: between two
    /// modes one jumps and the other stays. Only for two tables.
    fn neighbours_disagree(&self, p: Percentile) -> Option<f64> {
        let table = |e: &Option<Cow<'_, Endpoint>>| match &e.as_ref()?.latency.distribution {
            Distribution::Table(table) => Some(table.values_ms.clone()),
            _ => None,
        };
        let (b, r) = (table(&self.timed.0)?, table(&self.timed.1)?);
        let change = |p: &Percentile| Some(log(*r.get(p)?)? - log(*b.get(p)?)?);
        let own = change(&p)?;
        let next = b.range(p..).map(|(p, _)| p).find(|q| **q > p && r.contains_key(q)).and_then(change)?;
        // The next one moving as far or farther in the same direction agrees.
        let kept = (next * own.signum()).clamp(0.0, own.abs());
        Some(own.abs() - kept)
    }

    fn quantiles(&self) -> &(Option<Quantiles>, Option<Quantiles>) {
        let of = |e: &Option<Cow<'_, Endpoint>>| e.as_ref().and_then(|e| Quantiles::of(e));
        self.quantiles.get_or_init(|| (of(&self.timed.0), of(&self.timed.1)))
    }

    // ---- what is judged ----

    /// What is judged if not the figures shown, from the logarithms of both sides' judged figures.
    fn judged(&self, logs: Option<(f64, f64)>, mix: Option<f64>, was: &Value, is: &Value) -> Judged {
        let shown = was.number.and_then(log).zip(is.number.and_then(log));
        let shift = logs.zip(shown).map_or(0.0, |((b, r), (was, is))| (r - b) - (is - was)) + mix.unwrap_or(0.0);
        let steps = libm::round(shift * Judged::STEPS).clamp(-Judged::STEPS * 20.0, Judged::STEPS * 20.0);
        Judged {
            shift: steps as i32,
            successes: self.successes,
            mixed: self.mixed != (0.0, 0.0),
            mix: mix.is_some_and(|mix| mix.abs() > MIX_TOLD),
            left_out_s: self.inside.as_ref().map(|_| self.precisions.windows.left_out_s).filter(|s| *s > 0),
            since_s: None,
            burst_s: None,
            more_noise: 0,
        }
    }

    /// The total in the baseline's mix; `None` for other subjects, and with too few partner endpoints.
    fn mix(&self) -> Option<&Mix> {
        self.mix.get_or_init(|| if self.is_total { self.find_mix() } else { None }).as_ref()
    }

    fn find_mix(&self) -> Option<Mix> {
        let partners = self.precisions.partners()?;
        let timed = |e: &Endpoint| if self.successes { e.successes() } else { None };
        let kept = |(_, b, r): &(f64, &Endpoint, &Endpoint)| !self.without_dead || (!is_dead(b) && !is_dead(r));
        let total = self.without_dead.then(|| {
            let mean = |e: &Option<Cow<'_, Endpoint>>| e.as_ref()?.latency.mean_ms.and_then(log);
            Some(mean(&self.timed.1)? - mean(&self.timed.0)?)
        });
        let mut both: Vec<(f64, Cow<'_, Endpoint>, Cow<'_, Endpoint>)> = partners
            .into_iter()
            .filter(kept)
            .map(|(share, b, r)| {
                let own = |e| timed(e).map_or(Cow::Borrowed(e), Cow::Owned);
                (share, own(b), own(r))
            })
            .collect();
        let whole: f64 = both.iter().map(|(share, ..)| share).sum();
        both.iter_mut().for_each(|(share, ..)| *share /= whole);
        let mean = |e: &Endpoint| e.latency.mean_ms.filter(|mean| *mean > 0.0);
        let n = |e: &Endpoint| e.latency.timed.or(e.requests).unwrap_or(0) as f64;
        let (mut crude, mut crude_run, mut at_mix) = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0));
        let (all, all_run) = both.iter().fold((0.0, 0.0), |(a, b), (_, x, y)| (a + n(x), b + n(y)));
        let mut moved = 0.0;
        for (share, b, r) in &both {
            // If every request failed, there is no response time to weight.
            let (Some(was), Some(is)) = (mean(b), mean(r)) else {
                if n(b) > 0.0 && n(r) > 0.0 { return None } else { continue }
            };
            (crude.0, crude.1) = (crude.0 + n(b) * was, crude.1 + n(b));
            (crude_run.0, crude_run.1) = (crude_run.0 + n(r) * is, crude_run.1 + n(r));
            (at_mix.0, at_mix.1) = (at_mix.0 + share * was, at_mix.1 + share * is);
            moved += (n(b) / all - n(r) / all_run).abs() / 2.0;
        }
        let crude = match total {
            Some(total) => total?,
            None => log(crude_run.0 / crude_run.1)? - log(crude.0 / crude.1)?,
        };
        let change = log(at_mix.1)? - log(at_mix.0)?;
        // Requests moved by chance: half the mean distance of shares of equal mixes.
        let by_chance: f64 = both
            .iter()
            .map(|(share, ..)| {
                libm::sqrt(share * (1.0 - share).max(0.0) * (1.0 / all + 1.0 / all_run) / std::f64::consts::TAU)
            })
            .sum();
        let quantiles = (self.without_dead || (moved > MIN_MOVED && moved > 1.5 * by_chance)).then(|| {
            let side = |run: bool| {
                let parts = both.iter().map(|(share, b, r)| Some((*share, Quantiles::of(if run { r } else { b })?)));
                let parts: Option<Vec<(f64, Quantiles)>> = parts.collect();
                Quantiles::mixture(parts?.iter().map(|(share, q)| (*share, Cow::Borrowed(q))))
            };
            side(false).zip(side(true))
        });
        Some(Mix { mean: change - crude, quantiles: quantiles.flatten() })
    }
}

/// Maximum widening by bursts of failures on both sides: beyond, a run has a single event, whose size is reported.
const MAX_DISPERSION: f64 = 12.0;
/// Design effect from which requests depend on each other as in a queue; also the excess that doubles the variance of
/// the noise between runs.
const QUEUE_DESIGN: f64 = 4.0;
/// Maximum noise, as a multiple of the stated noise.
const MAX_NOISE: f64 = 2.5;

/// See [`Judged::more_noise`]: √(1 + (D − 4) ÷ 4) times the stated noise for a design effect D above 4. A service near
/// its limit amplifies small changes, which shows in long dependence between requests.
fn more_noise(design: f64) -> u8 {
    let times = libm::sqrt(1.0 + (design - QUEUE_DESIGN).max(0.0) / QUEUE_DESIGN).min(MAX_NOISE);
    libm::round((times - 1.0) * 10.0) as u8
}

/// Whether at least half of an endpoint's requests fail: its response times are then not representative.
fn is_dead(endpoint: &Endpoint) -> bool {
    endpoint.requests.zip(endpoint.failures).is_some_and(|(n, x)| n > 0 && x.saturating_mul(2) >= n)
}

/// Maximum design effect; beyond, it reflects the slices, not the requests.
const MAX_DESIGN: f64 = 40.0;
/// Minimum mean requests per slice for using its share of slower ones.
const MIN_IN_SLICE: f64 = 5.0;
/// Minimum shift of the total by the mix to report, on the log scale.
const MIX_TOLD: f64 = 0.01;

/// Whether the assumed dependence with its higher floor confirms more than a design effect of the means, given the
/// error of the change for independent requests.
fn assumed_reaches_less(design: f64, independent: f64) -> bool {
    let assumed =
        libm::hypot(super::settle::ASSUMED_TIMES * USUAL_FLOOR, USUAL_Z * independent * libm::sqrt(ASSUMED_DESIGN));
    assumed < reach(design, design.min(MAX_BY_MEANS), independent)
}

/// The approximate change that a quantile confirms, from the design effect for the noise, the one for the error, and
/// the error of the change for independent requests.
fn reach(noise: f64, design: f64, independent: f64) -> f64 {
    let floor = (1.0 + f64::from(more_noise(noise)) / 10.0) * USUAL_FLOOR;
    libm::hypot(floor, USUAL_Z * independent * libm::sqrt(design))
}

/// Standard error of the change of a quantile's logarithm for independent requests, from the slope of both sides'
/// quantiles.
fn independent((b, r): (&Quantiles, &Quantiles), share: f64, (n, m): (u64, u64)) -> Option<f64> {
    let error = |q: &Quantiles, n: u64| {
        let step = libm::sqrt(share * (1.0 - share) / n.max(1) as f64);
        let half = step.min(share / 2.0).min((1.0 - share) / 2.0);
        Some((q.log_at(share + half)? - q.log_at(share - half)?) / 2.0 * step / half)
    };
    Some(libm::hypot(error(b, n)?, error(r, m)?))
}

/// Pearson's χ² of "all slices have the same share" divided by its degrees of freedom, from requests and failures.
fn chi2_ratio(counts: &[(f64, f64)]) -> Option<f64> {
    let counts: Vec<&(f64, f64)> = counts.iter().filter(|(n, _)| *n > 0.0).collect();
    let (n, x) = counts.iter().fold((0.0, 0.0), |(a, b), (n, x)| (a + n, b + x));
    let share = x / n;
    if counts.len() < 2 || !(share > 0.0 && share < 1.0) {
        return None;
    }
    let chi2: f64 = counts.iter().map(|(n, x)| (x - n * share) * (x - n * share) / (n * share * (1.0 - share))).sum();
    Some(chi2 / (counts.len() - 1) as f64)
}

/// One run against the runs of a level: a prediction interval. The run's error is the standard deviation between these
/// runs. Its degrees of freedom are such that those of the difference are theirs (Welch and Satterthwaite): both
/// variances are one estimate.
fn predicted(metric: &Metric, known: &Carried) -> Option<Errors> {
    let (Some(Precision::Runs(runs)), None) = known else { return None };
    if runs.len() < FEWEST_EARLIER || !matches!(metric, Metric::Latency(_) | Metric::Mean | Metric::Rps) {
        return None;
    }
    let logs: Vec<f64> = runs.iter().map(|value| log(*value)).collect::<Option<_>>()?;
    let n = logs.len() as f64;
    let deviation = Estimate::of_mean(&logs)?.standard_error * libm::sqrt(n);
    let run = batches(deviation, (n - 1.0) / (1.0 + 2.0 / n), false)?;
    Some((Some(Error::Runs(runs.clone())), Some(Error::Batches(run))))
}

/// Errors of both sides from a link or a report, if it has them or states that there are none.
fn settled(known: &Carried, stated: Option<Judged>) -> Option<(Errors, Judged, bool)> {
    let errors = (carried(&known.0), carried(&known.1));
    let all = stated.is_some() || (errors.0.is_some() && errors.1.is_some());
    let assumed = any_assumed(&errors);
    all.then_some((errors, Judged::default(), assumed))
}

fn any_assumed(errors: &Errors) -> bool {
    [&errors.0, &errors.1].into_iter().flatten().any(is_assumed)
}

/// A side's error from a link or a report.
fn carried(precision: &Option<Precision>) -> Option<Error> {
    match precision.as_ref()? {
        Precision::Batches(batches) => Some(Error::Batches(*batches)),
        Precision::Order(order) => Some(Error::Order(*order)),
        Precision::Runs(values) => Some(Error::Runs(values.clone())),
        Precision::TooFew(needed) => Some(Error::TooFew(*needed)),
        Precision::Dispersion(_) => None,
    }
}

fn is_assumed(error: &Error) -> bool {
    match error {
        Error::Batches(Batches { assumed, .. }) => *assumed,
        Error::Order(order) => order.assumed,
        _ => false,
    }
}

/// Widens for failures at unknown positions among the response times: the mean of the others is between that of the
/// fastest and that of the slowest of this number.
fn widen_mean(errors: &mut Errors, quantiles: (Option<&Quantiles>, Option<&Quantiles>), failures: (f64, f64)) {
    let widen = |error: &mut Option<Error>, q: Option<&Quantiles>, failures: f64| {
        let Some(Error::Batches(b)) = error else { return };
        let trimmed = |from: f64, to: f64| q.and_then(|q| q.mean_between(from, to)).and_then(log);
        let (low, all, high) = (trimmed(0.0, 1.0 - failures), trimmed(0.0, 1.0), trimmed(failures, 1.0));
        let (Some(low), Some(all), Some(high)) = (low, all, high) else {
            // For any duration of the failures.
            *error = None;
            return;
        };
        let (below, above) = ((all - low).max(0.0), (high - all).max(0.0));
        let beside = |moved: f64| rounded_up(b.standard_error + moved / super::side::FAILURES_Z);
        *error = Some(Error::Order(crate::run::Order {
            below: beside(below),
            above: beside(above),
            deepest: MIN_TAIL,
            design: 1.0,
            assumed: b.assumed,
        }));
    };
    widen(&mut errors.0, quantiles.0, failures.0);
    widen(&mut errors.1, quantiles.1, failures.1);
}

/// See [`Precisions::warmup_moves`].
fn warmup_moves(windows: &Windows, baseline: &Run, run: &Run) -> Option<f64> {
    if windows.left_out_s == 0 {
        return None;
    }
    let change = |run: &Run, is_run: bool| {
        let total = Endpoint { timeline: run.timeline.clone(), ..run.total.clone()? };
        let inside = windows.inside(&total, is_run, false)?.mean_ms().and_then(log)?;
        Some(total.latency.mean_ms.and_then(log)? - inside)
    };
    Some((change(run, true)? - change(baseline, false)?).abs())
}

/// Adds a non-sampling error to both sides, half of its variance each.
fn widen_by(errors: &mut Errors, beside: f64) {
    for error in [&mut errors.0, &mut errors.1] {
        if let Some(Error::Batches(b)) = error {
            b.standard_error = rounded_up(libm::hypot(b.standard_error, beside / std::f64::consts::SQRT_2));
        }
    }
}

/// Minimum tail of a bound.
const MIN_TAIL: f64 = 1e-12;
