//! What the users that a file tells stand for.

use super::{Interval, Timeline};

/// Of fewer intervals nothing can be told.
const FEWEST: usize = 20;

/// What is compared is the mean of so many stretches of time: single seconds scatter, by chance and since a number of
/// users is whole.
const STRETCHES: usize = 12;

/// So close are users and throughput × response time where one follows from the other, as a share of the larger.
const CLOSE: f64 = 0.35;

/// In so many of the stretches, at least, as a share.
const MOST: f64 = 0.75;

/// Whether the users of a run follow from its response times: then they are no load of its own, and a slower run has more
/// of them at the same load.
///
/// So it is where requests are started at a rate, however long they take (k6's arrival-rate executors, whose `vus` are
/// those that are in an iteration at the moment): by Little's law the users are then throughput × response time. The same
/// holds of users who never wait between requests. What tells them apart is that a number that was asked for is flat, or
/// rises and falls by plan, while one that follows wobbles from one second to the next.
///
/// Arrival rates whose iterations wait as well are not told: their users are more than their requests account for.
#[must_use]
pub fn follow_from_latency(timeline: &Timeline) -> bool {
    let known: Option<Vec<Known>> =
        timeline.intervals.iter().filter(|i| i.users.is_some() && i.requests > 0).map(Known::of).collect();
    known.is_some_and(|known| known.len() >= FEWEST && wobbles(&known) && are_busy(&known))
}

/// What counts of an interval.
#[derive(Clone, Copy)]
struct Known {
    seconds: f64,
    users: f64,
    /// Response times of all its requests, added up, in seconds.
    waited_s: f64,
}

impl Known {
    fn of(i: &Interval) -> Option<Self> {
        let (users, sum_ns) = (i.users? as f64, u128::from(i.sum_ns?));
        Some(Self { seconds: f64::from(i.length_s), users, waited_s: sum_ns as f64 / 1e9 })
    }
}

/// Whether the number of users goes up and down all the time, by more than a thread that ends before another starts.
fn wobbles(known: &[Known]) -> bool {
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
    // Of arrivals by chance, these lie 2.6 times the root of their mean apart; of evenly spaced ones, less.
    turns * 8 >= known.len() && at(0.9) - at(0.1) >= libm::fmax(1.0, 0.3 * libm::sqrt(at(0.5)))
}

/// Whether there are, most of the time, as many users as requests under way.
fn are_busy(known: &[Known]) -> bool {
    let stretches: Vec<&[Known]> = known.chunks(known.len().div_ceil(STRETCHES)).collect();
    let close = stretches.iter().filter(|stretch| {
        let sum = |of: fn(&Known) -> f64| stretch.iter().map(of).sum::<f64>();
        let seconds = sum(|k| k.seconds);
        let (users, busy) = (sum(|k| k.users * k.seconds) / seconds, sum(|k| k.waited_s) / seconds);
        // Half a user is what a whole number cannot tell.
        (users - busy).abs() <= CLOSE * users.max(busy) + 0.5
    });
    close.count() as f64 >= MOST * stretches.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of so many users, with requests that keep so many of them busy.
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

    /// 4 to 6 users, and 10 requests a second of 420 ms: 4.2 under way.
    #[test]
    fn a_number_that_wobbles_around_throughput_times_latency_follows() {
        assert!(follow_from_latency(&of((0..60).map(|s| (4 + s * 7 % 3, 4.2)))));
        // A hundred, by chance up to 20 more or less.
        assert!(follow_from_latency(&of((0..60).map(|s| (80 + s * 17 % 41, 100.0)))));
        // It follows a latency that doubles half way.
        assert!(follow_from_latency(&of((0..60).map(|s| {
            let busy = if s < 30 { 10 } else { 20 };
            (busy - 2 + s * 7 % 5, busy as f64)
        }))));
    }

    #[test]
    fn a_number_that_was_asked_for_does_not() {
        // Flat, though nobody waits between requests; and with threads that end a moment before others begin.
        assert!(!follow_from_latency(&of((0..60).map(|_| (50, 50.0)))));
        assert!(!follow_from_latency(&of((0..60).map(|s| (99 + s % 2, 99.5)))));
        // A ramp, stairs, and up and down again.
        assert!(!follow_from_latency(&of((0..60).map(|s| (s + 1, s as f64 + 1.0)))));
        assert!(!follow_from_latency(&of((0..60).map(|s| (10 * (s / 15 + 1), 10.0 * (s / 15 + 1) as f64)))));
        assert!(!follow_from_latency(&of((0..60_u64).map(|s| (31 - s.abs_diff(30), 31.0 - s.abs_diff(30) as f64)))));
        // Wobbling, and most of them wait.
        assert!(!follow_from_latency(&of((0..60).map(|s| (80 + s * 17 % 41, 20.0)))));
        // Too short to tell, and nothing to tell by.
        assert!(!follow_from_latency(&of((0..19).map(|s| (4 + s * 7 % 3, 4.2)))));
        assert!(!follow_from_latency(&Timeline::default()));
        let mut without = of((0..60).map(|s| (4 + s * 7 % 3, 4.2)));
        without.intervals.iter_mut().for_each(|i| i.sum_ns = None);
        assert!(!follow_from_latency(&without));
    }
}
