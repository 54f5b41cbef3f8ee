//! Single requests whose figures are those of a service.

use loaddiff::stats::random::SplitMix64;

use super::scenario::{Scenario, Service};

/// What differs from the scenario, of one service.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change {
    /// Percent by which response times are longer.
    pub slower: f64,
    /// Percent of requests that fail, in place of the scenario's.
    pub errors: Option<f64>,
    /// Percent by which response times are longer at the end; they rise steadily.
    pub leak: f64,
}

/// How to simulate.
#[derive(Debug, Clone, Copy)]
pub struct How {
    pub seed: u64,
    /// Times the scenario's requests.
    pub scale: u32,
    /// Standard deviation of response times between runs, in percent.
    pub noise: f64,
}

/// A request. Milliseconds since the start of the run.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub start: u64,
    pub elapsed: u64,
    pub failed: bool,
}

impl Sample {
    pub fn end(&self) -> u64 {
        self.start + self.elapsed
    }
}

/// A service and its requests, in the order in which they end.
pub struct Simulated<'s> {
    pub service: &'s Service,
    pub samples: Vec<Sample>,
}

/// The requests of a scenario. The same seed gives the same.
pub fn simulate<'s>(scenario: &'s Scenario, how: How, change: impl Fn(&Service) -> Change) -> Vec<Simulated<'s>> {
    let mut random = SplitMix64::new(how.seed);
    scenario
        .services
        .iter()
        .map(|service| {
            let samples = samples(scenario, service, how, change(service), &mut random);
            Simulated { service, samples }
        })
        .collect()
}

fn samples(scenario: &Scenario, service: &Service, how: How, change: Change, random: &mut SplitMix64) -> Vec<Sample> {
    let requests = service.requests as usize * how.scale as usize;
    let mut times = times(service, requests, random);
    random.shuffle(&mut times);
    let run_ms = u64::from(scenario.seconds()) * 1000;
    let factor = libm::exp(how.noise / 100.0 * normal(random)) * (1.0 + change.slower / 100.0);
    let failures = match change.errors {
        Some(pct) => libm::round(requests as f64 * pct / 100.0) as usize,
        None => service.failures as usize * how.scale as usize,
    };
    let mut failed: Vec<bool> = (0..requests).map(|at| at < failures).collect();
    random.shuffle(&mut failed);
    let mut samples: Vec<Sample> = times
        .into_iter()
        .zip(failed)
        .enumerate()
        .map(|(at, (ms, failed))| {
            let start = scenario.moment((at as f64 + unit(random)) / requests as f64);
            let leak = 1.0 + change.leak / 100.0 * start as f64 / run_ms as f64;
            // What has not ended by the end of the run would be in no file.
            let elapsed = (libm::round(ms as f64 * factor * leak) as u64).clamp(1, run_ms);
            Sample { start: start.min(run_ms - elapsed), elapsed, failed }
        })
        .collect();
    samples.sort_by_key(|sample| (sample.end(), sample.start));
    samples
}

/// Response times with exactly the service's median, average, minimum and maximum: log-normal above the median, between
/// minimum and median below it, and moved where they differ from the figures.
fn times(service: &Service, requests: usize, random: &mut SplitMix64) -> Vec<u64> {
    let [median, average, min, max] = [service.median, service.average, service.min, service.max].map(f64::from);
    let sigma = libm::sqrt(2.0 * libm::log(average / median));
    let draw = |random: &mut SplitMix64| loop {
        let z = normal(random);
        let ms = if z < 0.0 { min + (median - min) * libm::exp(z) } else { median * libm::exp(sigma * z) };
        if ms <= max {
            return libm::round(ms) as u64;
        }
    };
    let mut times: Vec<u64> = (0..requests).map(|_| draw(random)).collect();
    times.sort_unstable();
    let (low, high) = ((requests.max(1) - 1) / 2, requests / 2);
    let last = requests.saturating_sub(1);
    let bounds = |at: usize| match at {
        0 => (service.min, service.min),
        at if at == last => (service.max, service.max),
        at if at == low || at == high => (service.median, service.median),
        at if at < low => (service.min, service.median),
        _ => (service.median, service.max),
    };
    let bounds = |at: usize| {
        let (least, most) = bounds(at);
        (u64::from(least), u64::from(most))
    };
    for (at, ms) in times.iter_mut().enumerate() {
        let (least, most) = bounds(at);
        *ms = (*ms).clamp(least, most);
    }
    let wanted = i128::from(service.average) * requests as i128;
    let mut over = times.iter().map(|ms| i128::from(*ms)).sum::<i128>() - wanted;
    while over != 0 {
        // What can still move in that direction, by how much.
        let room = |at: usize, ms: u64| {
            let (least, most) = bounds(at);
            if over > 0 { ms - least } else { most - ms }
        };
        let free = times.iter().enumerate().filter(|(at, ms)| room(*at, **ms) > 0).count() as i128;
        if free == 0 {
            break;
        }
        let step = (over.abs() / free).max(1) as u64;
        for (at, ms) in times.iter_mut().enumerate() {
            let moved = step.min(over.unsigned_abs() as u64).min({
                let (least, most) = bounds(at);
                if over > 0 { *ms - least } else { most - *ms }
            });
            if over > 0 {
                *ms -= moved;
                over -= i128::from(moved);
            } else {
                *ms += moved;
                over += i128::from(moved);
            }
        }
    }
    times
}

/// Between 0 and 1, exclusive.
fn unit(random: &mut SplitMix64) -> f64 {
    ((random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// From the normal distribution (Box and Muller).
fn normal(random: &mut SplitMix64) -> f64 {
    libm::sqrt(-2.0 * libm::log(unit(random))) * libm::cos(2.0 * std::f64::consts::PI * unit(random))
}

#[cfg(test)]
mod tests {
    use super::super::scenario::SCENARIOS;
    use super::*;

    /// Figures of `scenarios.md`, for every scenario and several seeds.
    #[test]
    fn requests_have_the_figures_of_their_service() {
        for (scenario, seed, scale) in SCENARIOS.iter().flat_map(|s| [(s, 1, 1), (s, 2, 1), (s, 99, 7)]) {
            for Simulated { service, samples } in
                simulate(scenario, How { seed, scale, noise: 0.0 }, |_| Change::default())
            {
                let mut times: Vec<u64> = samples.iter().map(|s| s.elapsed).collect();
                times.sort_unstable();
                let n = times.len();
                assert_eq!(n, (service.requests * scale) as usize);
                assert_eq!(samples.iter().filter(|s| s.failed).count(), (service.failures * scale) as usize);
                assert_eq!(times.iter().sum::<u64>(), n as u64 * u64::from(service.average));
                let at = |at: usize| times.get(at).copied().map(|ms| ms as u32);
                assert_eq!([at((n - 1) / 2), at(n / 2)], [Some(service.median); 2]);
                assert_eq!([at(0), at(n - 1)], [Some(service.min), Some(service.max)]);
                let end = u64::from(scenario.seconds()) * 1000;
                assert!(samples.iter().all(|s| s.end() <= end));
                // No pile: the shape is that of the distribution, not of the corrections.
                let largest = times.chunk_by(|a, b| a == b).map(<[u64]>::len).max().unwrap_or(n);
                assert!(largest <= n / 8, "{}: {largest} of {n}", service.name);
            }
        }
    }

    #[test]
    fn stages_get_requests_by_their_users() {
        for scenario in &SCENARIOS {
            let total: u32 = scenario.stages.iter().map(|(users, seconds)| users * seconds).sum();
            let (mut before, mut began) = (0, 0);
            for (users, seconds) in scenario.stages {
                let share = f64::from(before) / f64::from(total);
                assert!(scenario.moment(share).abs_diff(began) <= 1);
                assert_eq!(scenario.users_at(began), *users);
                before += users * seconds;
                began += u64::from(*seconds) * 1000;
            }
            assert_eq!(scenario.users_at(began), 0);
        }
    }
}
