//! Whether a run's users are a load setting or a consequence of its response times.

use super::{Interval, Timeline};

/// Minimum intervals for a decision.
const MIN_INTERVALS: usize = 20;

/// Number of periods whose means are compared: single seconds scatter, by chance and by rounding of users to integers.
const PERIODS: usize = 12;

/// Maximum relative difference between users and throughput × response time if one follows from the other, as a share
/// of the larger.
const MAX_DIFFERENCE: f64 = 0.35;

/// Minimum share of periods within [`MAX_DIFFERENCE`].
const MIN_SHARE: f64 = 0.75;

/// Whether the users of a run follow from its response times: then they are not a load setting, and a slower run has
/// more of them at the same load.
///
/// This is so if requests start at a given rate (k6's arrival-rate executors, whose `vus` are the iterations in
/// progress): by Little's law, users = throughput × response time. The same holds for users without think time. The
/// difference: a configured number is flat, or rises and falls by plan, while a derived one fluctuates from second to
/// second.
///
/// Arrival rates whose iterations also pause are not detected: their users exceed those of Little's law.
#[must_use]
pub fn follow_from_latency(timeline: &Timeline) -> bool {
    let known: Option<Vec<UserLoad>> =
        timeline.intervals.iter().filter(|i| i.users.is_some() && i.requests > 0).map(UserLoad::of).collect();
    known.is_some_and(|known| known.len() >= MIN_INTERVALS && fluctuates(&known) && are_busy(&known))
}

/// The relevant figures of an interval.
#[derive(Clone, Copy)]
struct UserLoad {
    seconds: f64,
    users: f64,
    /// Sum of the response times of all its requests, in seconds.
    waited_s: f64,
}

impl UserLoad {
    fn of(i: &Interval) -> Option<Self> {
        let (users, sum_ns) = (i.users? as f64, u128::from(i.sum_ns?));
        Some(Self { seconds: f64::from(i.length_s), users, waited_s: sum_ns as f64 / 1e9 })
    }
}

/// Whether the number of users goes up and down all the time, by more than the one thread of a handover.
fn fluctuates(known: &[UserLoad]) -> bool {
    let steps = known.windows(2).filter_map(|pair| match pair {
        [a, b] if a.users != b.users => Some(b.users > a.users),
        _ => None,
    });
    let (mut turns, mut before) = (0, None);
    for is_up in steps {
        turns += usize::from(before.is_some_and(|before| before != is_up));
        before = Some(is_up);
    }
    let mut users: Vec<f64> = known.iter().map(|k| k.users).collect();
    crate::order::sort_by(&mut users, f64::total_cmp);
    let at = |share: f64| users.get((share * (users.len() - 1) as f64) as usize).copied().unwrap_or(0.0);
    // For random arrivals, these are 2.6 times the root of their mean apart; less for evenly spaced ones.
    turns * 8 >= known.len() && at(0.9) - at(0.1) >= libm::fmax(1.0, 0.3 * libm::sqrt(at(0.5)))
}

/// Whether users equal the requests in progress most of the time.
fn are_busy(known: &[UserLoad]) -> bool {
    let periods: Vec<&[UserLoad]> = known.chunks(known.len().div_ceil(PERIODS)).collect();
    let close = periods.iter().filter(|stretch| {
        let sum = |of: fn(&UserLoad) -> f64| stretch.iter().map(of).sum::<f64>();
        let seconds = sum(|k| k.seconds);
        let (users, busy) = (sum(|k| k.users * k.seconds) / seconds, sum(|k| k.waited_s) / seconds);
        // Half a user: rounding of an integer.
        (users - busy).abs() <= MAX_DIFFERENCE * users.max(busy) + 0.5
    });
    close.count() as f64 >= MIN_SHARE * periods.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds with this number of users and of requests in progress.
    fn of(seconds: impl IntoIterator<Item = (u64, f64)>) -> Timeline {
        let interval = |(at, (users, busy)): (usize, (u64, f64))| Interval {
            end_s: 1_700_000_001 + at as i64,
            length_s: 1,
            requests: 10,
            users: Some(users),
            sum_ns: Some(((busy * 1e9) as u128).into()),
            ..Interval::default()
        };
        Timeline { intervals: seconds.into_iter().enumerate().map(interval).collect(), grid: None }
    }

    /// 4 to 6 users, and 10 requests per second of 420 ms: 4.2 in progress.
    #[test]
    fn users_that_fluctuate_around_throughput_times_latency_follow() {
        assert!(follow_from_latency(&of((0..60).map(|s| (4 + s * 7 % 3, 4.2)))));
        // A hundred, randomly up to 20 more or less.
        assert!(follow_from_latency(&of((0..60).map(|s| (80 + s * 17 % 41, 100.0)))));
        // Follows a latency that doubles halfway.
        assert!(follow_from_latency(&of((0..60).map(|s| {
            let busy = if s < 30 { 10 } else { 20 };
            (busy - 2 + s * 7 % 5, busy as f64)
        }))));
    }

    #[test]
    fn configured_users_do_not_follow() {
        // Flat without think time; and with threads that overlap briefly.
        assert!(!follow_from_latency(&of((0..60).map(|_| (50, 50.0)))));
        assert!(!follow_from_latency(&of((0..60).map(|s| (99 + s % 2, 99.5)))));
        // A ramp, stairs, and up and down again.
        assert!(!follow_from_latency(&of((0..60).map(|s| (s + 1, s as f64 + 1.0)))));
        assert!(!follow_from_latency(&of((0..60).map(|s| (10 * (s / 15 + 1), 10.0 * (s / 15 + 1) as f64)))));
        assert!(!follow_from_latency(&of((0..60_u64).map(|s| (31 - s.abs_diff(30), 31.0 - s.abs_diff(30) as f64)))));
        // Fluctuating, mostly waiting.
        assert!(!follow_from_latency(&of((0..60).map(|s| (80 + s * 17 % 41, 20.0)))));
        // Too short, and without requests.
        assert!(!follow_from_latency(&of((0..19).map(|s| (4 + s * 7 % 3, 4.2)))));
        assert!(!follow_from_latency(&Timeline::default()));
        let mut without = of((0..60).map(|s| (4 + s * 7 % 3, 4.2)));
        without.intervals.iter_mut().for_each(|i| i.sum_ns = None);
        assert!(!follow_from_latency(&without));
    }
}
