//! The hard family: services and loads that may break a rule tuned on the plain family.
//!
//! Each scenario fixes one property and draws the rest, so that none is a single fixed case. Common properties of a
//! pair are a [`World`]; [`World::run`] draws those of each side. Where requests do not wait for each other there is no
//! queue: their times are drawn.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::f64::consts::{PI, SQRT_2};
use std::sync::OnceLock;

use crate::random::Random;
use crate::simulate::{Sample, Test};

/// Share of failed requests without a change.
const BASE_ERRORS: f64 = 0.005;

/// Share of the slowest part of an endpoint.
const TAIL: f64 = 0.03;

/// Client timeout, ms.
const TIMEOUT_MS: f64 = 60_000.0;

/// Duration of an outage in seconds.
const OUTAGE_S: f64 = 15.0;

/// Minimum share of requests of a large endpoint.
pub const LARGE: f64 = 0.1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Requests at random times, lognormal response times.
    LognormalOpen,
    /// A cache with a hit ratio of 70 %.
    TwoPeaks70,
    /// The same with 50 %: the median is between the peaks.
    TwoPeaksP50,
    /// The same with 95 %: p95 is between the peaks.
    TwoPeaksP95,
    Pareto15,
    Pareto11,
    /// Everything stops for half a second every 20 s.
    Pauses20,
    /// Everything stops for a second and a half every 60 s.
    Pauses60,
    /// Several workers that are busy 80 % of the time.
    Queue80,
    /// Users with little think time, and random stops.
    ClosedStalls,
    /// 10, 50, then 100 users.
    Stairs,
    /// Rate and response time follow a sine over the run.
    DailyInPhase,
    /// The same, and the run starts half a period later.
    DailyOutOfPhase,
    /// A large endpoint and 40 with 30 requests each.
    Tiny30,
    Endpoints200,
    /// Times in steps of 10 ms, with medians near a step.
    Clock10,
    /// 60 s with 2,000 requests.
    Short60,
    Long600,
    /// The first 20 s take 2 to 3 times as long, on both sides.
    WarmBoth,
    /// The same on one random side.
    WarmOne,
    /// An endpoint that always fails, on both sides.
    DeadBoth,
    /// 15 s in which everything fails, at a random time, on both sides.
    OutagesBoth,
    /// The endpoints' shares of the requests differ from run to run.
    MixShifts,
    /// A load factor that changes every second, AR(1) with ρ = 0.9.
    ArDrift,
    /// Users that call one endpoint after another, for 20 s.
    Sequence20,
}

impl Scenario {
    pub const EVERY: [Self; 25] = [
        Self::LognormalOpen,
        Self::TwoPeaks70,
        Self::TwoPeaksP50,
        Self::TwoPeaksP95,
        Self::Pareto15,
        Self::Pareto11,
        Self::Pauses20,
        Self::Pauses60,
        Self::Queue80,
        Self::ClosedStalls,
        Self::Stairs,
        Self::DailyInPhase,
        Self::DailyOutOfPhase,
        Self::Tiny30,
        Self::Endpoints200,
        Self::Clock10,
        Self::Short60,
        Self::Long600,
        Self::WarmBoth,
        Self::WarmOne,
        Self::DeadBoth,
        Self::OutagesBoth,
        Self::MixShifts,
        Self::ArDrift,
        Self::Sequence20,
    ];

    /// For tables, and for `--scenario`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LognormalOpen => "lognormal-open",
            Self::TwoPeaks70 => "two-peaks-70",
            Self::TwoPeaksP50 => "two-peaks-p50",
            Self::TwoPeaksP95 => "two-peaks-p95",
            Self::Pareto15 => "pareto-1.5",
            Self::Pareto11 => "pareto-1.1",
            Self::Pauses20 => "pauses-20s",
            Self::Pauses60 => "pauses-60s",
            Self::Queue80 => "queue-80",
            Self::ClosedStalls => "closed-stalls",
            Self::Stairs => "stairs",
            Self::DailyInPhase => "daily-in-phase",
            Self::DailyOutOfPhase => "daily-out-of-phase",
            Self::Tiny30 => "tiny-30",
            Self::Endpoints200 => "endpoints-200",
            Self::Clock10 => "clock-10ms",
            Self::Short60 => "short-60s",
            Self::Long600 => "long-600s",
            Self::WarmBoth => "warmup-both",
            Self::WarmOne => "warmup-one",
            Self::DeadBoth => "dead-both",
            Self::OutagesBoth => "outages-both",
            Self::MixShifts => "mix-shifts",
            Self::ArDrift => "ar-drift",
            Self::Sequence20 => "sequence-20s",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|s| s.name() == text)
    }
}

/// The change of the run from the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    None,
    /// Factor of every response time; with a queue or closed loop, of every service time.
    All(f64),
    /// The same of one large endpoint.
    One(f64),
    /// The slowest 3 % of one large endpoint.
    Tail(f64),
    /// Increase of the share of failed requests.
    Errors(f64),
    /// All requests of one endpoint fail, a large or a small one.
    Dead,
    /// All requests fail for a while.
    Outage,
    /// Times grow linearly to ten times over the run.
    Leak,
    /// Three times as long after 60 % of the run.
    Step,
    /// Every response time by 1 + this, also with a queue: the size itself is tested.
    Planted(f64),
    /// The same of one endpoint.
    PlantedOne(usize, f64),
}

impl Change {
    /// The default changes.
    pub const EVERY: [Self; 13] = [
        Self::None,
        Self::All(1.2),
        Self::All(1.5),
        Self::All(0.8),
        Self::All(0.5),
        Self::All(10.0),
        Self::One(1.3),
        Self::Tail(5.0),
        Self::Errors(0.01),
        Self::Dead,
        Self::Outage,
        Self::Leak,
        Self::Step,
    ];

    /// For tables, and for `--change`.
    pub fn name(self) -> String {
        match self {
            Self::None => "none".into(),
            Self::All(factor) => format!("all-x{factor}"),
            Self::One(factor) => format!("one-x{factor}"),
            Self::Tail(factor) => format!("tail-x{factor}"),
            Self::Errors(more) => format!("errors+{}pp", more * 100.0),
            Self::Dead => "dead".into(),
            Self::Outage => "outage".into(),
            Self::Leak => "leak".into(),
            Self::Step => "step".into(),
            Self::Planted(d) => format!("planted={d}"),
            Self::PlantedOne(_, d) => format!("planted-one={d}"),
        }
    }

    /// Parses a name, with any factor: `all-x1.1`, `planted=0.07`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |prefix: &str| text.strip_prefix(prefix)?.trim_end_matches("pp").parse::<f64>().ok();
        let sized = number("all-x").map(Self::All).or_else(|| number("one-x").map(Self::One));
        let sized = sized.or_else(|| number("tail-x").map(Self::Tail));
        let sized = sized.or_else(|| number("errors+").map(|pp| Self::Errors(pp / 100.0)));
        sized.or_else(|| number("planted=").map(Self::Planted)).or(match text {
            "none" => Some(Self::None),
            "dead" => Some(Self::Dead),
            "outage" => Some(Self::Outage),
            "leak" => Some(Self::Leak),
            "step" => Some(Self::Step),
            _ => None,
        })
    }

    /// Whether the gate should fail.
    pub fn is_worse(self) -> bool {
        match self {
            Self::None => false,
            Self::All(factor) | Self::One(factor) | Self::Tail(factor) => factor > 1.0,
            Self::Planted(d) | Self::PlantedOne(_, d) | Self::Errors(d) => d > 0.0,
            Self::Dead | Self::Outage | Self::Leak | Self::Step => true,
        }
    }

    /// A number for its own stream of random numbers.
    fn stream(self) -> u64 {
        self.name().bytes().fold(17, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
    }
}

/// Distribution of an endpoint's times.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Lognormal {
        median_ms: f64,
        sigma: f64,
    },
    /// Fast with the world's hit ratio, else slow.
    TwoPeaks {
        fast_ms: f64,
        slow_ms: f64,
        sigma: f64,
    },
    Pareto {
        least_ms: f64,
        alpha: f64,
    },
}

impl Shape {
    /// Draws a time, and the share of times that are slower.
    fn draw(self, random: &mut Random, hit: f64) -> (f64, f64) {
        match self {
            Self::Lognormal { median_ms, sigma } => {
                let z = random.normal();
                (median_ms * libm::exp(sigma * z), slower(z))
            }
            Self::TwoPeaks { fast_ms, slow_ms, sigma } => {
                let is_hit = random.uniform() < hit;
                let z = random.normal();
                let (ms, above) =
                    if is_hit { (fast_ms, 1.0 - hit + hit * slower(z)) } else { (slow_ms, (1.0 - hit) * slower(z)) };
                (ms * libm::exp(sigma * z), above)
            }
            Self::Pareto { least_ms, alpha } => {
                let above = 1.0 - random.uniform();
                ((least_ms * libm::pow(above, -1.0 / alpha)).min(TIMEOUT_MS), above)
            }
        }
    }

    fn mean_ms(self, hit: f64) -> f64 {
        match self {
            Self::Lognormal { median_ms, sigma } => median_ms * libm::exp(sigma * sigma / 2.0),
            Self::TwoPeaks { fast_ms, slow_ms, sigma } => {
                (hit * fast_ms + (1.0 - hit) * slow_ms) * libm::exp(sigma * sigma / 2.0)
            }
            Self::Pareto { least_ms, alpha } => least_ms * alpha / (alpha - 1.0),
        }
    }

    fn times(self, factor: f64) -> Self {
        match self {
            Self::Lognormal { median_ms, sigma } => Self::Lognormal { median_ms: median_ms * factor, sigma },
            Self::TwoPeaks { fast_ms, slow_ms, sigma } => {
                Self::TwoPeaks { fast_ms: fast_ms * factor, slow_ms: slow_ms * factor, sigma }
            }
            Self::Pareto { least_ms, alpha } => Self::Pareto { least_ms: least_ms * factor, alpha },
        }
    }
}

/// Share of a standard normal above `z`.
fn slower(z: f64) -> f64 {
    0.5 * libm::erfc(z / SQRT_2)
}

/// Arrival process.
#[derive(Debug, Clone, Copy)]
enum Load {
    /// Requests arrive at random times.
    Open,
    /// The same, waiting for one of the workers.
    Queue { workers: usize },
    /// Users wait for a response, think for this time on average, and send again.
    Closed { users: usize, think_ms: f64 },
    /// The same, through the endpoints in order.
    Sequence { users: usize, think_ms: f64 },
    /// 10, 50, then 100 users with think time; every additional user slows all of them by this share.
    Stairs { think_ms: f64, slowdown: f64 },
}

/// Users of the steps.
const STAIRS: [usize; 3] = [10, 50, 100];

/// When everything stops.
#[derive(Debug, Clone, Copy)]
enum Stops {
    Never,
    /// At regular intervals, for a fixed time.
    Every {
        s: f64,
        for_s: f64,
    },
    /// At random intervals with this mean, for a random time.
    AtRandom {
        s: f64,
        for_s: f64,
    },
}

struct Service {
    shape: Shape,
    weight: f64,
    bytes: u32,
}

/// Common properties of a pair.
pub struct World {
    services: Vec<Service>,
    names: &'static [&'static str],
    seconds: f64,
    /// Mean requests per second of open loads.
    rate: f64,
    load: Load,
    stops: Stops,
    /// Run-to-run standard deviation of the logarithm of times.
    sd: f64,
    hit: f64,
    /// Maximum change of the hit ratio from run to run.
    hit_moves: f64,
    /// Standard deviation of the load factor's logarithm.
    drift_sd: f64,
    /// Amplitudes of the daily rate (share) and time (log), and the start of each side's run within it.
    day: Option<(f64, f64, [f64; 2])>,
    /// Slowdown of the first seconds, on each side.
    warm: [f64; 2],
    warm_s: f64,
    /// An endpoint that fails on both sides.
    dead: Option<usize>,
    /// Whether both sides have an outage.
    outages: bool,
    /// Standard deviation of the log weights of a run.
    mix_sd: f64,
    /// Times are multiples of this.
    clock_ms: f64,
    /// Requests that fail in an outage, or on a dead endpoint, take this share of their time.
    failing: f64,
    /// The endpoint changed by [`Change::One`] and [`Change::Tail`]: a large one.
    pub changed: usize,
    /// The endpoint that fails with [`Change::Dead`].
    pub dying: usize,
}

/// Names that no reader mistakes for a number or an id.
fn names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let letters = || ('a'..='z').map(String::from);
        let pairs = letters().flat_map(|a| letters().map(move |b| format!("/shop/{a}{b}")));
        pairs.take(200).map(|name| &*name.leak()).collect()
    })
}

impl World {
    pub fn draw(random: &mut Random, scenario: Scenario, sd: f64) -> Self {
        use Scenario as S;
        let endpoints: usize = match scenario {
            S::Endpoints200 => 200,
            S::Tiny30 => 41,
            S::TwoPeaks70 | S::TwoPeaksP50 | S::TwoPeaksP95 | S::Clock10 => 4,
            S::Sequence20 => 6,
            _ => 5 + random.below(6) as usize,
        };
        let (seconds, requests) = match scenario {
            S::Short60 => (60.0, 2000.0),
            S::Long600 => (600.0, 20_000.0),
            S::Sequence20 => (20.0, 20_000.0),
            S::WarmBoth | S::WarmOne => (300.0, 20_000.0),
            _ => (libm::floor(random.between(240.0, 361.0)), random.between(18_000.0, 22_000.0)),
        };
        let hit = match scenario {
            S::TwoPeaksP50 => 0.5 + random.between(-0.01, 0.01),
            S::TwoPeaksP95 => 0.95 + random.between(-0.01, 0.01),
            _ => 0.7 + random.between(-0.05, 0.05),
        };
        let alpha = if scenario == S::Pareto11 { 1.1 } else { 1.5 } + random.between(-0.05, 0.05);
        let mut services: Vec<Service> = (0..endpoints)
            .map(|rank| {
                let sigma = random.between(0.3, 0.9);
                let shape = match scenario {
                    S::TwoPeaks70 | S::TwoPeaksP50 | S::TwoPeaksP95 => Shape::TwoPeaks {
                        fast_ms: 12.0 * random.between(0.9, 1.1),
                        slow_ms: 120.0 * random.between(0.9, 1.1),
                        sigma: random.between(0.15, 0.3),
                    },
                    S::Pareto15 | S::Pareto11 => Shape::Pareto { least_ms: random.between(10.0, 40.0), alpha },
                    S::Clock10 => {
                        // Rounding steps at 35, 45, 55 ms.
                        let step = 35.0 + 10.0 * random.below(3) as f64;
                        Shape::Lognormal { median_ms: step + random.between(-0.7, 0.7), sigma: sigma / 2.0 }
                    }
                    _ => {
                        let median_ms = libm::exp(random.between(libm::log(20.0), libm::log(300.0)));
                        Shape::Lognormal { median_ms, sigma }
                    }
                };
                let weight = match scenario {
                    S::Tiny30 if rank > 0 => 30.0 / requests,
                    S::Tiny30 => 1.0 - 40.0 * 30.0 / requests,
                    S::Sequence20 => 1.0,
                    _ => 1.0 / (rank + 1) as f64,
                };
                Service { shape, weight, bytes: random.between(100.0, 4000.0) as u32 }
            })
            .collect();
        let whole: f64 = services.iter().map(|s| s.weight).sum();
        for service in &mut services {
            service.weight /= whole;
        }
        let mean_ms: f64 = services.iter().map(|s| s.weight * s.shape.mean_ms(hit)).sum();
        let rate = requests / seconds;
        let load = match scenario {
            S::Queue80 => {
                let workers = 4 + random.below(13) as usize;
                let factor = random.between(0.77, 0.83) * workers as f64 * 1000.0 / (rate * mean_ms);
                for service in &mut services {
                    service.shape = service.shape.times(factor);
                }
                Load::Queue { workers }
            }
            S::ClosedStalls => {
                let think_ms = random.between(0.0, 20.0);
                let users = libm::round(rate * (mean_ms + think_ms) / 1000.0).max(2.0) as usize;
                Load::Closed { users, think_ms }
            }
            S::Sequence20 => {
                // Enough to make their requests in so short a time, but at most 200.
                let think_ms = random.between(20.0, 60.0);
                let users = libm::round(rate * (mean_ms + think_ms) / 1000.0).clamp(2.0, 200.0) as usize;
                Load::Sequence { users, think_ms }
            }
            S::Stairs => {
                let slowdown = random.between(0.005, 0.02);
                let at_mean = 1.0 + slowdown * 53.0;
                let think_ms = (53.3 * 1000.0 / rate - mean_ms * at_mean).max(100.0);
                Load::Stairs { think_ms, slowdown }
            }
            _ => Load::Open,
        };
        let stops = match scenario {
            S::Pauses20 => Stops::Every { s: 20.0, for_s: random.between(0.4, 0.6) },
            S::Pauses60 => Stops::Every { s: 60.0, for_s: random.between(1.2, 1.8) },
            S::ClosedStalls => Stops::AtRandom { s: random.between(10.0, 30.0), for_s: random.between(0.5, 1.5) },
            _ => Stops::Never,
        };
        let slow = random.between(2.0, 3.0);
        let warm = match scenario {
            S::WarmBoth => [slow, slow],
            S::WarmOne if random.below(2) == 0 => [slow, 1.0],
            S::WarmOne => [1.0, slow],
            _ => [1.0, 1.0],
        };
        let phase = random.between(0.0, 2.0 * PI);
        let day = match scenario {
            S::DailyInPhase => Some([phase, phase]),
            S::DailyOutOfPhase => Some([phase, phase + PI]),
            _ => None,
        };
        let day = day.map(|phases| (random.between(0.5, 0.8), random.between(0.2, 0.5), phases));
        let large: Vec<usize> = (0..services.len()).filter(|e| services[*e].weight >= LARGE).collect();
        let changed = large.get(random.below(large.len().max(1) as u64) as usize).copied().unwrap_or(0);
        let dead = (scenario == S::DeadBoth).then(|| 1 + random.below(endpoints as u64 - 1) as usize);
        let dying = loop {
            let endpoint = random.below(endpoints as u64) as usize;
            if dead != Some(endpoint) {
                break endpoint;
            }
        };
        // A dead endpoint cannot regress in this way: use another large one.
        let changed = if dead == Some(changed) { 0 } else { changed };
        Self {
            services,
            names: &names()[..endpoints],
            seconds,
            rate,
            load,
            stops,
            sd,
            hit,
            hit_moves: if matches!(scenario, S::TwoPeaks70 | S::TwoPeaksP50 | S::TwoPeaksP95) { 0.01 } else { 0.0 },
            drift_sd: if scenario == S::ArDrift { random.between(0.05, 0.15) } else { 0.0 },
            day,
            warm,
            warm_s: if matches!(scenario, S::WarmBoth | S::WarmOne) { random.between(15.0, 25.0) } else { 0.0 },
            dead,
            outages: scenario == S::OutagesBoth,
            mix_sd: if scenario == S::MixShifts { random.between(0.2, 0.5) } else { 0.0 },
            clock_ms: if scenario == S::Clock10 { 10.0 } else { 0.0 },
            failing: if random.below(2) == 0 { 1.0 } else { 0.1 },
            changed,
            dying,
        }
    }

    /// Endpoints with at least a tenth of the requests that do not always fail.
    pub fn large(&self) -> Vec<usize> {
        (0..self.services.len()).filter(|e| self.services[*e].weight >= LARGE && self.dead != Some(*e)).collect()
    }

    pub fn name(&self, endpoint: usize) -> &'static str {
        self.names[endpoint]
    }

    /// One execution of a side, 0 the baseline and 1 the run.
    pub fn run(&self, parts: &[u64], change: Change, side: usize) -> Test {
        let mut parts = parts.to_vec();
        parts.extend([side as u64, change.stream()]);
        let mut random = Random::new(&parts);
        Execution::draw(self, &mut random, change, side).samples(&mut random)
    }
}

/// Random properties of one execution.
struct Execution<'a> {
    world: &'a World,
    change: Change,
    side: usize,
    /// Factor of the times, by endpoint.
    factors: Vec<f64>,
    /// Sums of the endpoints' shares.
    up_to: Vec<f64>,
    hit: f64,
    /// The load factor per second; empty if there is none.
    drift: Vec<f64>,
    phase: f64,
    warm: f64,
    /// Periods without responses, ms.
    stops: Vec<(f64, f64)>,
    /// Periods in which everything fails, ms.
    outages: Vec<(f64, f64)>,
    end_ms: f64,
}

impl<'a> Execution<'a> {
    fn draw(world: &'a World, random: &mut Random, change: Change, side: usize) -> Self {
        let end_ms = world.seconds * 1000.0;
        // Run to run: four fifths of the variance are common, one fifth is per endpoint.
        let common = random.normal() * world.sd * libm::sqrt(0.8);
        let factors =
            world.services.iter().map(|_| libm::exp(common + random.normal() * world.sd * libm::sqrt(0.2))).collect();
        let weights: Vec<f64> =
            world.services.iter().map(|s| s.weight * libm::exp(world.mix_sd * random.normal())).collect();
        let whole: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let up_to = weights
            .iter()
            .map(|w| {
                sum += w / whole;
                sum
            })
            .collect();
        let hit = world.hit + random.between(-world.hit_moves, world.hit_moves);
        let mut state = random.normal();
        let mut drift = Vec::new();
        if world.drift_sd > 0.0 {
            drift.extend((0..=world.seconds as usize).map(|_| {
                state = 0.9 * state + libm::sqrt(1.0 - 0.81) * random.normal();
                libm::exp(world.drift_sd * state)
            }));
        }
        let mut stops = Vec::new();
        match world.stops {
            Stops::Never => {}
            Stops::Every { s, for_s } => {
                let mut at = random.uniform() * s;
                while at < world.seconds {
                    // Nearly regular.
                    let begin = at + random.between(-0.02, 0.02) * s;
                    stops.push((begin * 1000.0, (begin + for_s * random.between(0.8, 1.2)) * 1000.0));
                    at += s;
                }
            }
            Stops::AtRandom { s, for_s } => {
                let mut at = exponential(random, s);
                while at < world.seconds {
                    let until = at + exponential(random, for_s);
                    stops.push((at * 1000.0, until * 1000.0));
                    at = until + exponential(random, s);
                }
            }
        }
        let mut outages = Vec::new();
        for _ in 0..u32::from(world.outages) + u32::from(change == Change::Outage) {
            let begin = random.uniform() * (world.seconds - OUTAGE_S).max(0.0) * 1000.0;
            outages.push((begin, begin + OUTAGE_S * 1000.0));
        }
        let phase = world.day.map_or(0.0, |(_, _, phases)| phases[side]);
        Self { world, change, side, factors, up_to, hit, drift, phase, warm: world.warm[side], stops, outages, end_ms }
    }

    /// Position in the day, −1 to 1.
    fn day(&self, ms: f64) -> f64 {
        libm::sin(2.0 * PI * ms / self.end_ms + self.phase)
    }

    /// Factor of times and of the share of failures at a time.
    fn at(&self, ms: f64) -> f64 {
        let mut factor = self.drift.get((ms / 1000.0) as usize).copied().unwrap_or(1.0);
        if let Some((_, amplitude, _)) = self.world.day {
            factor *= libm::exp(amplitude * self.day(ms));
        }
        if self.warm > 1.0 && ms < self.world.warm_s * 1000.0 {
            // Full at first, then decreasing linearly in the last third.
            let left = 1.0 - ms / (self.world.warm_s * 1000.0);
            factor *= 1.0 + (self.warm - 1.0) * (3.0 * left).min(1.0);
        }
        factor
    }

    /// The change's factor of a time.
    fn changed(&self, ms: f64, endpoint: usize, above: f64) -> f64 {
        let is_changed = endpoint == self.world.changed;
        match self.change {
            Change::All(factor) => factor,
            Change::One(factor) if is_changed => factor,
            Change::Tail(factor) if is_changed && above < TAIL => factor,
            Change::Leak => 1.0 + 9.0 * ms / self.end_ms,
            Change::Step if ms >= 0.6 * self.end_ms => 3.0,
            _ => 1.0,
        }
    }

    /// The factor of whole response times.
    fn planted(&self, endpoint: usize) -> f64 {
        match self.change {
            Change::Planted(d) => 1.0 + d,
            Change::PlantedOne(which, d) if which == endpoint => 1.0 + d,
            _ => 1.0,
        }
    }

    fn pick(&self, random: &mut Random) -> usize {
        let at = random.uniform();
        self.up_to.partition_point(|up_to| *up_to <= at).min(self.up_to.len() - 1)
    }

    /// A request: its service time, the changed time, and whether it fails.
    fn draw_one(&self, random: &mut Random, ms: f64, endpoint: usize) -> (f64, f64, bool) {
        let service = &self.world.services[endpoint];
        let (drawn, above) = service.shape.draw(random, self.hit);
        let at = self.at(ms);
        let errors = BASE_ERRORS + if let Change::Errors(more) = self.change { more } else { 0.0 };
        // Failures come slightly in bursts, at high load.
        let errors = if self.drift.is_empty() { errors } else { errors * at * at };
        let mut time = drawn * self.factors[endpoint] * at;
        let mut failed = random.uniform() < errors;
        let is_dead = self.world.dead == Some(endpoint)
            || (self.change == Change::Dead && endpoint == self.world.dying)
            || self.outages.iter().any(|(from, to)| (*from..*to).contains(&ms));
        if is_dead {
            failed = true;
            time *= self.world.failing;
        }
        (time, self.changed(ms, endpoint, above), failed)
    }

    /// End of a request with this start and duration, extended by stops.
    fn end_of(&self, begin: f64, time: f64) -> f64 {
        let mut end = begin + time;
        let from = self.stops.partition_point(|(_, until)| *until <= begin);
        for (at, until) in &self.stops[from..] {
            if *at >= end {
                break;
            }
            end += until - at.max(begin);
        }
        end
    }

    fn samples(&self, random: &mut Random) -> Test {
        let mut samples: Vec<Sample> = Vec::with_capacity(24_000);
        let mut stairs = vec![(0.0, OPEN_USERS)];
        let mut push = |start_ms: f64, elapsed_ms: f64, endpoint: usize, failed: bool, user: usize| {
            let elapsed_ms = match self.world.clock_ms {
                0.0 => elapsed_ms,
                tick => libm::round(elapsed_ms / tick) * tick,
            };
            if start_ms + elapsed_ms < self.end_ms {
                samples.push(Sample { start_ms, elapsed_ms, endpoint: endpoint as u8, failed, user: user as u16 });
            }
        };
        match self.world.load {
            Load::Open | Load::Queue { .. } => {
                let workers = if let Load::Queue { workers } = self.world.load { workers } else { 0 };
                let mut free: BinaryHeap<Reverse<Moment>> = (0..workers).map(|_| Reverse(Moment(0.0))).collect();
                let amplitude = self.world.day.map_or(0.0, |(amplitude, _, _)| amplitude);
                let gap_ms = 1000.0 / (self.world.rate * (1.0 + amplitude));
                let mut now = 0.0;
                let mut user = 0;
                loop {
                    now += exponential(random, gap_ms);
                    if now >= self.end_ms {
                        break;
                    }
                    if amplitude > 0.0 && random.uniform() * (1.0 + amplitude) > 1.0 + amplitude * self.day(now) {
                        continue;
                    }
                    user = (user + 1) % OPEN_USERS;
                    let endpoint = self.pick(random);
                    let (time, change, failed) = self.draw_one(random, now, endpoint);
                    let elapsed = if workers > 0 {
                        let begin = free.pop().map_or(now, |Reverse(Moment(at))| at.max(now));
                        let end = begin + time * change;
                        free.push(Reverse(Moment(end)));
                        end - now
                    } else {
                        (self.end_of(now, time) - now) * change
                    };
                    push(now, elapsed * self.planted(endpoint), endpoint, failed, user);
                }
            }
            // Users do not wait for each other: simulate one after another.
            Load::Closed { users, think_ms } | Load::Sequence { users, think_ms } => {
                let in_order = matches!(self.world.load, Load::Sequence { .. });
                stairs = vec![(0.0, users)];
                for user in 0..users {
                    let mut now = random.uniform() * (think_ms + 100.0);
                    let mut next = 0;
                    while now < self.end_ms {
                        let endpoint = if in_order { next } else { self.pick(random) };
                        next = (next + 1) % self.up_to.len();
                        let (time, change, failed) = self.draw_one(random, now, endpoint);
                        let elapsed = (self.end_of(now, time * change) - now) * self.planted(endpoint);
                        push(now, elapsed, endpoint, failed, user);
                        now += elapsed + random.between(0.5, 1.5) * think_ms;
                    }
                }
            }
            Load::Stairs { think_ms, slowdown } => {
                let from = |step: usize| self.end_ms * step as f64 / STAIRS.len() as f64;
                stairs = (0..STAIRS.len()).map(|step| (from(step), STAIRS[step])).collect();
                let users_at = |ms: f64| stairs.iter().rfind(|(from, _)| *from <= ms).map_or(0, |(_, users)| *users);
                for user in 0..STAIRS[2] {
                    let begin = STAIRS.iter().position(|users| user < *users).map_or(0.0, from);
                    let mut now = begin + random.uniform() * think_ms;
                    while now < self.end_ms {
                        let endpoint = self.pick(random);
                        let (time, change, failed) = self.draw_one(random, now, endpoint);
                        let crowded = 1.0 + slowdown * users_at(now) as f64;
                        let elapsed = time * change * crowded * self.planted(endpoint);
                        push(now, elapsed, endpoint, failed, user);
                        now += elapsed + random.between(0.5, 1.5) * think_ms;
                    }
                }
            }
        }
        samples.sort_by(|a, b| a.end_ms().total_cmp(&b.end_ms()).then(a.user.cmp(&b.user)));
        let users = stairs.iter().map(|(_, users)| *users).max().unwrap_or(1);
        Test {
            samples,
            users,
            ramp_ms: 0.0,
            end_ms: self.end_ms,
            stairs,
            names: self.world.names,
            bytes: self.world.services.iter().map(|s| s.bytes).collect(),
            phase_ms: random.between(0.0, 1000.0),
            clock_ms: libm::floor(random.between(0.0, 1000.0)),
            epoch_s: 1_760_000_000 + 7200 * self.side as u64,
        }
    }
}

/// Threads of an open load: only a number for the files.
const OPEN_USERS: usize = 100;

fn exponential(random: &mut Random, mean: f64) -> f64 {
    -mean * libm::log(1.0 - random.uniform())
}

/// A time, ordered.
#[derive(PartialEq)]
struct Moment(f64);

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(scenario: Scenario, pair: u64) -> (World, [u64; 2]) {
        let parts = [scenario as u64, pair];
        (World::draw(&mut Random::new(&parts), scenario, 0.02), parts)
    }

    #[test]
    fn every_scenario_has_its_requests_and_is_the_same_twice() {
        for scenario in Scenario::EVERY {
            let (world, parts) = world(scenario, 0);
            let test = world.run(&parts, Change::None, 0);
            let expected = if scenario == Scenario::Short60 { 1500..2500 } else { 13_000..25_000 };
            assert!(expected.contains(&test.samples.len()), "{}: {}", scenario.name(), test.samples.len());
            assert!(test.samples.iter().all(|s| usize::from(s.endpoint) < test.names.len() && s.elapsed_ms >= 0.0));
            let again = world.run(&parts, Change::None, 0);
            let sums = [&test, &again].map(|t| t.samples.iter().map(Sample::end_ms).sum::<f64>());
            assert_eq!(sums[0], sums[1], "{}", scenario.name());
            assert_eq!(Scenario::parse(scenario.name()), Some(scenario));
        }
        assert!(Change::EVERY.iter().all(|c| Change::parse(&c.name()) == Some(*c)));
    }

    /// The changes have their stated size, within sampling error, in the middle of some pairs.
    #[test]
    fn changes_have_the_stated_size() {
        let ratio = |scenario: Scenario, change: Change, pick: fn(&World, &Sample) -> Option<f64>| {
            let pairs = 12;
            let logs = (0..pairs).map(|pair| {
                let (world, parts) = world(scenario, pair);
                let side = |change: Change, side: usize| {
                    let test = world.run(&parts, change, side);
                    let values: Vec<f64> = test.samples.iter().filter_map(|s| pick(&world, s)).collect();
                    values.iter().sum::<f64>() / values.len() as f64
                };
                libm::log(side(change, 1) / side(Change::None, 0))
            });
            libm::exp(logs.sum::<f64>() / pairs as f64)
        };
        let time: fn(&World, &Sample) -> Option<f64> = |_, s| Some(s.elapsed_ms);
        let at_changed: fn(&World, &Sample) -> Option<f64> =
            |w, s| (usize::from(s.endpoint) == w.changed).then_some(s.elapsed_ms);
        let elsewhere: fn(&World, &Sample) -> Option<f64> =
            |w, s| (usize::from(s.endpoint) != w.changed).then_some(s.elapsed_ms);
        let errors: fn(&World, &Sample) -> Option<f64> = |_, s| Some(f64::from(u8::from(s.failed)));
        let is_near = |got: f64, wanted: f64| assert!((got / wanted - 1.0).abs() < 0.05, "{got} {wanted}");
        for scenario in [Scenario::LognormalOpen, Scenario::Pauses60, Scenario::DailyOutOfPhase, Scenario::Tiny30] {
            is_near(ratio(scenario, Change::None, time), 1.0);
            is_near(ratio(scenario, Change::All(1.5), time), 1.5);
            is_near(ratio(scenario, Change::Planted(0.2), time), 1.2);
            is_near(ratio(scenario, Change::One(1.3), at_changed), 1.3);
            is_near(ratio(scenario, Change::One(1.3), elsewhere), 1.0);
            // Except if the growth always coincides with the same part of the day.
            if scenario != Scenario::DailyOutOfPhase {
                is_near(ratio(scenario, Change::Leak, time), 5.5);
                is_near(ratio(scenario, Change::Step, time), 1.8);
            }
        }
        let plain = Scenario::LognormalOpen;
        assert!((2.7..3.4).contains(&ratio(plain, Change::Errors(0.01), errors)));
        assert!(ratio(plain, Change::Outage, errors) > 8.0);
        assert!(ratio(plain, Change::Dead, errors) > 5.0);
        assert!(ratio(plain, Change::Tail(5.0), at_changed) > 1.3);
        // Queues amplify the change of the service, but not the planted one.
        assert!(ratio(Scenario::Queue80, Change::All(1.2), time) > 1.5);
    }
}
