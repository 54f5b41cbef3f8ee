//! A closed-loop load test of a service with a queue, request by request.
//!
//! Users think, pick an endpoint, and wait for the response; a request waits while all workers are busy (first come,
//! first served). Common properties of a pair are a [`World`]; [`World::run`] draws those of each side.
//! `docs/verdicts.md` describes the model in prose: keep both in sync.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::random::Random;

/// Number of endpoints.
pub const ENDPOINTS: usize = 10;

/// Their names, most frequent first: each belongs to a service of `seed-v1`.
pub const NAMES: [&str; ENDPOINTS] = [
    "/api/chat",
    "/rag/query",
    "/api/models",
    "/mcp/tools",
    "/gateway/search",
    "/rag/index",
    "/api/users",
    "/api/files",
    "/rag/documents",
    "/mcp/run",
];

/// Standard normal quantile of the slowest 3 %.
const TAIL_Z: f64 = 1.880_793_608_151_250_9;

/// Share of failed requests without a change.
const BASE_ERRORS: f64 = 0.005;

/// The change of the run from the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// Nothing does.
    None,
    /// Factor of every service time.
    All(f64),
    /// Factor of the service time of one endpoint with at least 10 % of the traffic.
    One(f64),
    /// Factor of the slowest 3 % of the service times of one such endpoint.
    Tail(f64),
    /// The same for any endpoint, drawn uniformly.
    AnyTail(f64),
    /// Increase of the share of failed requests, everywhere.
    Errors(f64),
}

impl Effect {
    /// All evaluated effects, the unchanged pairs first.
    pub const EVERY: [Self; 11] = [
        Self::None,
        Self::All(1.05),
        Self::All(1.10),
        Self::All(1.20),
        Self::One(1.30),
        Self::Tail(3.0),
        Self::Tail(5.0),
        Self::AnyTail(5.0),
        Self::Errors(0.005),
        Self::Errors(0.01),
        Self::Errors(0.03),
    ];

    /// For tables.
    pub fn title(self) -> String {
        match self {
            Self::None => "nothing".into(),
            Self::All(factor) => format!("everything +{:.0} %", (factor - 1.0) * 100.0),
            Self::One(factor) => format!("one endpoint +{:.0} %", (factor - 1.0) * 100.0),
            Self::Tail(factor) => format!("tail ×{factor}"),
            Self::AnyTail(factor) => format!("tail ×{factor}, any endpoint"),
            Self::Errors(more) => format!("errors +{} pp", more * 100.0),
        }
    }
}

/// Dependence between requests of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// Not at all.
    None,
    /// A load factor that changes every second, AR(1) with ρ = 0.5 on the log scale, and a slow trend.
    Second50,
    /// The same with ρ = 0.9.
    Second90,
    /// The noise of the service times itself is AR(1) with ρ = 0.9 from request to request, and a slow trend.
    Request90,
}

impl Drift {
    /// All of them; pairs alternate.
    pub const EVERY: [Self; 4] = [Self::None, Self::Second50, Self::Second90, Self::Request90];

    /// For tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::None => "independent",
            Self::Second50 => "ρ 0.5 per second",
            Self::Second90 => "ρ 0.9 per second",
            Self::Request90 => "ρ 0.9 per request",
        }
    }
}

/// Stationary standard deviation of the load factor's logarithm.
const DRIFT_SD: f64 = 0.05;

/// Maximum amplitude of the trend, on the log scale.
const TREND: f64 = 0.03;

/// One endpoint, common to both sides.
#[derive(Debug, Clone, Copy)]
struct Service {
    mean_ms: f64,
    sigma: f64,
    /// Sum of the shares up to and including this one.
    up_to: f64,
    bytes: u32,
}

/// Common properties of a pair.
pub struct World {
    services: [Service; ENDPOINTS],
    users: usize,
    workers: usize,
    /// Run-to-run standard deviation of the log service time.
    sd: f64,
    drift: Drift,
    /// The endpoint changed by [`Effect::One`] and [`Effect::Tail`].
    pub changed: usize,
    /// Length of a run of nominal size.
    seconds: f64,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Start, ms since the start of the test.
    pub start_ms: f64,
    /// Response time.
    pub elapsed_ms: f64,
    pub endpoint: u8,
    pub failed: bool,
    pub user: u16,
}

impl Sample {
    /// End, ms since the start of the test.
    pub fn end_ms(&self) -> f64 {
        self.start_ms + self.elapsed_ms
    }
}

/// One execution of a load test.
pub struct Test {
    /// The requests with a response, in the order of their responses.
    pub samples: Vec<Sample>,
    pub users: usize,
    /// Start of the last user, ms.
    pub ramp_ms: f64,
    /// End of the test, ms.
    pub end_ms: f64,
    /// If users do not start one by one: times in ms with numbers of users.
    pub stairs: Vec<(f64, usize)>,
    /// Endpoints' names, [`NAMES`] or a scenario's own.
    pub names: &'static [&'static str],
    /// Response size in bytes, by endpoint.
    pub bytes: Vec<u32>,
    /// Offset of Locust's writer after the start, less than a second.
    pub phase_ms: f64,
    /// Start of the test within a second of the clock.
    pub clock_ms: f64,
    /// Seconds since the epoch at the start.
    pub epoch_s: u64,
}

impl Test {
    /// Number of users started by this time.
    pub fn users_at(&self, ms: f64) -> usize {
        if ms < 0.0 {
            return 0;
        }
        if !self.stairs.is_empty() {
            return self.stairs.iter().rfind(|(from, _)| *from <= ms).map_or(0, |(_, users)| *users);
        }
        let gap = self.ramp_ms / self.users as f64;
        ((ms / gap) as usize + 1).min(self.users)
    }
}

/// The next send time of a user, ordered by time.
#[derive(PartialEq)]
struct Due(f64, u16);

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

impl World {
    /// Draws a service and a load, such that a run has about `requests` in `seconds`.
    pub fn draw(random: &mut Random, requests: f64, seconds: f64, sd: f64, drift: Drift, any: bool) -> Self {
        let weight = |rank: usize| 1.0 / (rank + 1) as f64;
        let whole: f64 = (0..ENDPOINTS).map(weight).sum();
        let mut up_to = 0.0;
        let services: [Service; ENDPOINTS] = std::array::from_fn(|rank| {
            up_to += weight(rank) / whole;
            Service {
                mean_ms: libm::exp(random.between(libm::log(30.0), libm::log(400.0))),
                sigma: random.between(0.4, 1.0),
                up_to,
                bytes: random.between(100.0, 4000.0) as u32,
            }
        });
        let mean_ms: f64 = services.iter().enumerate().map(|(rank, s)| s.mean_ms * weight(rank) / whole).sum();
        let rate = requests / seconds;
        let users = libm::round(rate * (THINK_MS + mean_ms) / 1000.0).max(2.0) as usize;
        let workers = libm::ceil(rate * mean_ms / 1000.0 / UTILISATION).max(2.0) as usize;
        // Zipf's first three of ten have 34, 17 and 11 % of the traffic.
        let changed = random.below(if any { ENDPOINTS as u64 } else { 3 }) as usize;
        Self { services, users, workers, sd, drift, changed, seconds }
    }

    /// One execution, `times` as long as nominal. `execution` distinguishes the runs of a pair.
    pub fn run(&self, random: &mut Random, effect: Effect, times: f64, execution: u64) -> Test {
        let end_ms = self.seconds * times * 1000.0;
        let ramp_ms = (end_ms / 10.0).min(20_000.0);
        // Run to run: four fifths of the variance are common, one fifth is per endpoint.
        let common = random.normal() * self.sd * libm::sqrt(0.8);
        let mus: [f64; ENDPOINTS] = std::array::from_fn(|e| {
            let service = &self.services[e];
            let own = random.normal() * self.sd * libm::sqrt(0.2);
            let effect = match effect {
                Effect::All(factor) => libm::log(factor),
                Effect::One(factor) if e == self.changed => libm::log(factor),
                _ => 0.0,
            };
            libm::log(service.mean_ms) - service.sigma * service.sigma / 2.0 + common + own + effect
        });
        let tail = match effect {
            Effect::Tail(factor) | Effect::AnyTail(factor) => factor,
            _ => 1.0,
        };
        let errors = BASE_ERRORS + if let Effect::Errors(more) = effect { more } else { 0.0 };

        let load = self.load(random, end_ms);
        let rho = if self.drift == Drift::Request90 { 0.9 } else { 0.0 };
        let fresh = libm::sqrt(1.0 - rho * rho);
        let mut noise = random.normal();

        let mut due: BinaryHeap<Reverse<Due>> =
            (0..self.users).map(|user| Reverse(Due(ramp_ms * user as f64 / self.users as f64, user as u16))).collect();
        let mut free: BinaryHeap<Reverse<Due>> = (0..self.workers).map(|w| Reverse(Due(0.0, w as u16))).collect();
        let mut samples = Vec::with_capacity((end_ms / 1000.0 * 250.0).min(250_000.0) as usize);
        // Cold start: the first responses are slow until caches are warm.
        while let Some(Reverse(Due(now, user))) = due.pop() {
            if now >= end_ms {
                break;
            }
            let pick = random.uniform();
            let endpoint = self.services.iter().position(|s| pick < s.up_to).unwrap_or(ENDPOINTS - 1);
            noise = rho * noise + fresh * random.normal();
            let at = load[((now / 1000.0) as usize).min(load.len() - 1)];
            let mut service_ms = libm::exp(mus[endpoint] + self.services[endpoint].sigma * noise + at);
            if now < COLD_MS * 8.0 {
                service_ms *= 1.0 + libm::exp(-now / COLD_MS);
            }
            if noise > TAIL_Z && endpoint == self.changed {
                service_ms *= tail;
            }
            // Failures come slightly in bursts, at high load.
            let failed = random.uniform() < errors * libm::exp(3.0 * at);
            let (begin, worker) = match free.pop() {
                Some(Reverse(Due(at, worker))) => (at.max(now), worker),
                None => (now, 0),
            };
            let end = begin + service_ms;
            free.push(Reverse(Due(end, worker)));
            if end < end_ms {
                let sample = Sample { start_ms: now, elapsed_ms: end - now, endpoint: endpoint as u8, failed, user };
                samples.push(sample);
            }
            due.push(Reverse(Due(end + random.between(0.5, 1.5) * THINK_MS, user)));
        }
        samples.sort_unstable_by(|a, b| a.end_ms().total_cmp(&b.end_ms()).then(a.user.cmp(&b.user)));
        Test {
            samples,
            users: self.users,
            ramp_ms,
            end_ms,
            stairs: Vec::new(),
            names: &NAMES,
            bytes: self.services.iter().map(|s| s.bytes).collect(),
            phase_ms: random.between(0.0, 1000.0),
            clock_ms: libm::floor(random.between(0.0, 1000.0)),
            epoch_s: 1_760_000_000 + 7200 * execution,
        }
    }

    /// The load factor's logarithm per second.
    fn load(&self, random: &mut Random, end_ms: f64) -> Vec<f64> {
        let seconds = libm::ceil(end_ms / 1000.0).max(1.0) as usize;
        let rho = match self.drift {
            Drift::None | Drift::Request90 => 0.0,
            Drift::Second50 => 0.5,
            Drift::Second90 => 0.9,
        };
        let sd = if rho > 0.0 { DRIFT_SD } else { 0.0 };
        let trend = if self.drift == Drift::None { 0.0 } else { random.between(-TREND, TREND) };
        let fresh = libm::sqrt(1.0 - rho * rho);
        let mut state = random.normal();
        (0..seconds)
            .map(|second| {
                state = rho * state + fresh * random.normal();
                sd * state + trend * (2.0 * second as f64 / seconds as f64 - 1.0)
            })
            .collect()
    }
}

/// Mean think time, uniform between half and one and a half of it.
const THINK_MS: f64 = 1000.0;

/// Mean share of busy workers.
const UTILISATION: f64 = 0.6;

/// Responses take twice as long at first; the excess falls to 1/e in this time.
const COLD_MS: f64 = 8000.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn world(seed: u64, drift: Drift) -> (World, Random) {
        let mut random = Random::new(&[seed]);
        (World::draw(&mut random, 20_000.0, 400.0, 0.02, drift, false), random)
    }

    #[test]
    fn a_run_has_about_its_nominal_size_and_no_user_does_two_things_at_once() {
        for seed in 0..4 {
            let (world, mut random) = world(seed, Drift::Second90);
            let test = world.run(&mut random, Effect::None, 1.0, 0);
            let n = test.samples.len() as f64;
            assert!((17_000.0..22_000.0).contains(&n), "{n}");
            let mut last = vec![0.0; test.users];
            let mut by_start = test.samples.clone();
            by_start.sort_by(|a, b| a.start_ms.total_cmp(&b.start_ms));
            for sample in by_start {
                assert!(sample.start_ms >= last[usize::from(sample.user)]);
                last[usize::from(sample.user)] = sample.end_ms();
            }
        }
    }

    /// The effects have their stated size, within sampling error, in the middle of many runs.
    #[test]
    fn effects_have_the_stated_size() {
        let mean = |effect: Effect, pick: fn(&World, &Sample) -> Option<f64>| {
            let mut logs = Vec::new();
            for seed in 0..4 {
                let (world, mut random) = world(seed, Drift::None);
                // The same random numbers on both sides, so that hardly anything but the effect differs.
                let state = random.next();
                let side = |effect| {
                    let test = world.run(&mut Random::new(&[state]), effect, 1.0, 0);
                    let values: Vec<f64> = test.samples.iter().filter_map(|s| pick(&world, s)).collect();
                    values.iter().sum::<f64>() / values.len() as f64
                };
                logs.push(side(effect) / side(Effect::None));
            }
            logs.iter().sum::<f64>() / logs.len() as f64
        };
        let all = mean(Effect::All(1.2), |_, s| Some(s.elapsed_ms));
        assert!((1.17..1.26).contains(&all), "{all}");
        let one = mean(Effect::One(1.3), |w, s| (usize::from(s.endpoint) == w.changed).then_some(s.elapsed_ms));
        assert!((1.26..1.36).contains(&one), "{one}");
        let others = mean(Effect::One(1.3), |w, s| (usize::from(s.endpoint) != w.changed).then_some(s.elapsed_ms));
        assert!((0.96..1.05).contains(&others), "{others}");
        let errors = mean(Effect::Errors(0.01), |_, s| Some(f64::from(u8::from(s.failed))));
        assert!((2.5..3.6).contains(&errors), "{errors}");
    }
}
