"""Writes tests/fixtures/otava.json: the change points that Apache Otava finds in 100 seeded series.

    pip install apache-otava
    python tools/otava-changes.py > tests/fixtures/otava.json

The series are made of whole numbers from SplitMix64, so that tests/change_points.rs makes the same ones. Every fourth
is rounded to whole milliseconds, as many tools print them. The time that Otava took goes to standard error.

`otava` are the places that Otava 0.8.0 finds. When its merge step removes a change, it computes the change after it
anew, and the one after that, but not the one before: that keeps the p of a segment that is no longer there. `mended`
is the same with both neighbours computed anew, with p and the means on both sides.
"""

import json
import sys
import time
from importlib.metadata import version

from otava.analysis import TTestSignificanceTester, compute_change_points, split

MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return (self.next() * n) >> 64


def series(seed):
    """20 to 500 runs around 100 to 999 ms, noise of 1 to 5 %, up to four steps of -20 to +30 %."""
    random = SplitMix64(seed)
    length = 20 + random.below(481)
    level = 100 + random.below(900)
    noise_pct = 1 + random.below(5)
    steps = {}
    for _ in range(random.below(5)):
        place = random.below(length)
        steps[place] = 80 + random.below(51)
    values = []
    level = float(level)
    for at in range(length):
        if at in steps:
            level = level * steps[at] / 100.0
        normal = sum(random.below(1000) for _ in range(12)) / 1000.0 - 6.0
        value = level + level * noise_pct / 100.0 * normal
        values.append(float(int(value + 0.5)) if seed % 4 == 0 else value)
    return values


def mended(values, level=0.001):
    """Otava's merge step, with both neighbours of a removed change computed anew."""
    changes = split(list(values), 50, level * 10)
    tester = TTestSignificanceTester(level)
    while changes:
        weakest = max(changes, key=lambda c: c.stats.pvalue)
        if weakest.stats.pvalue < level:
            weakest = min(changes, key=lambda c: c.stats.change_magnitude())
            if weakest.stats.change_magnitude() > 0:
                break
        at = changes.index(weakest)
        del changes[at]
        intervals = tester.get_intervals(changes)
        for near in (at - 1, at):
            if 0 <= near < len(changes):
                changes[near] = tester.change_point(changes[near].to_candidate(), list(values), intervals)
    return changes


def main():
    every = [series(seed) for seed in range(1, 101)]
    start = time.process_time()
    found = [compute_change_points(list(values), window_len=50, max_pvalue=0.001, min_magnitude=0.0)[0] for values in every]
    took = time.process_time() - start
    print(f"Otava {version('apache-otava')}: {took:.3f} s of processor time for 100 series, {sum(map(len, every))} values", file=sys.stderr)
    rows = [
        {
            "sum": sum(values),
            "otava": [int(c.index) for c in changes],
            "mended": [
                [int(c.index), float(c.stats.pvalue), float(c.stats.mean_1), float(c.stats.mean_2)]
                for c in mended(values)
            ],
        }
        for values, changes in zip(every, found)
    ]
    print('{"version": "%s", "series": [' % version("apache-otava"))
    print(",\n".join(json.dumps(row) for row in rows))
    print("]}")


if __name__ == "__main__":
    main()
