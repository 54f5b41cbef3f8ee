"""Writes tests/fixtures/statistics.json: what scipy, statsmodels, NumPy and mpmath answer.

    pip install scipy statsmodels mpmath
    python tools/statistics-fixture.py > tests/fixtures/statistics.json

Tails, edges and ties that the published vectors do not reach. Special functions
are computed by mpmath with 60 digits, so that a probability of 1e-300 has all of
its digits; everything else comes from the library named beside it.
"""

import json
import math
import warnings

import mpmath as mp
import numpy as np
import scipy
import statsmodels
from scipy import special, stats
from statsmodels.stats import proportion as sm

warnings.simplefilter("ignore")
mp.mp.dps = 60


def normal_sf(z):
    return float(mp.erfc(mp.mpf(z) / mp.sqrt(2)) / 2)


def beta_tails(a, b, x):
    """Both tails of the regularised incomplete beta function, by integration where the series is slow."""
    a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)
    lower = mp.betainc(a, b, 0, x, regularized=True)
    upper = mp.betainc(b, a, 0, 1 - x, regularized=True)
    return float(lower), float(upper)


def student_sf(t, df):
    t, df = mp.mpf(t), mp.mpf(df)
    return float(mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2)


def binomial(k, n, p):
    """P(X = k), P(X <= k), P(X >= k): sums of exact terms."""
    p = mp.mpf(p)
    q = 1 - p

    def term(i):
        return mp.binomial(n, i) * p**i * q ** (n - i)

    def tail(start, step):
        total, value, i = mp.mpf(0), term(start), start
        while 0 <= i <= n and value > 0:
            total += value
            if total and value < total * mp.mpf(10) ** -40:
                break
            value *= ((n - i) * p / ((i + 1) * q)) if step > 0 else (i * q / ((n - i + 1) * p))
            i += step
        return total

    mean = n * p
    if k >= mean:
        upper = tail(k, 1)
        lower = 1 - upper + term(k)
    else:
        lower = tail(k, -1)
        upper = 1 - lower + term(k)
    return float(term(k)), float(lower), float(upper)


def special_functions():
    rows = {}
    rows["normal_sf"] = [[z, normal_sf(z)] for z in (-38.0, -8.3, -1.0, -1e-9, 0.0, 1e-9, 0.3, 1.96, 6.0, 20.0, 37.0)]
    quantiles = []
    for tail in (1e-300, 1e-100, 1e-17, 1e-9, 1e-5, 0.001, 0.025, 0.07, 0.075, 0.2, 0.4999, 0.6, 0.93, 0.999):
        start = mp.mpf(float(stats.norm.isf(tail)))
        z = mp.findroot(lambda z: mp.log(mp.erfc(z / mp.sqrt(2)) / 2) - mp.log(mp.mpf(tail)), start)
        quantiles.append([tail, float(z)])
    rows["normal_quantile"] = quantiles
    rows["student_sf"] = [
        [t, df, student_sf(t, df)]
        for df in (1, 1.7, 2, 3, 9, 18, 37.4, 1000, 123456.7)
        for t in (1e-6, 0.1, 1.0, 2.1, 7.0, 35.0, 1e5)
        if student_sf(t, df) > 1e-307
    ]
    quantiles = []
    for df in (1, 1.7, 2, 3, 9, 18, 37.4, 1000, 123456.7):
        for tail in (1e-20, 3e-9, 1e-4, 0.005, 0.025, 0.2, 0.45, 0.7):
            start = mp.mpf(float(stats.t.isf(tail, df)))
            half, d, goal = mp.mpf(1) / 2, mp.mpf(df), mp.mpf(tail)

            def log_tail(t):
                p = mp.betainc(d / 2, half, 0, d / (d + t * t), regularized=True) / 2
                return mp.log(p if t > 0 else 1 - p) - mp.log(goal)

            quantiles.append([tail, df, float(mp.findroot(log_tail, start))])
    rows["student_quantile"] = quantiles
    rows["beta"] = [
        [a, b, x, *beta_tails(a, b, x)]
        for a, b, x in (
            (0.5, 0.5, 0.3), (0.01, 3, 0.2), (2, 5, 1e-9), (30, 2, 0.1), (30, 2, 0.999), (1.5, 200, 0.01),
            (12.25, 0.5, 0.97), (400, 300, 0.5), (400, 300, 0.2), (1e-3, 1e-3, 0.5), (7, 1, 0.4),
        )
    ]
    rows["binomial"] = [
        [k, n, p, *binomial(k, n, p)]
        for k, n, p in (
            (0, 10, 0.3), (10, 10, 0.3), (4, 10, 0.3), (949, 1000, 0.95), (900, 1000, 0.95), (999, 1000, 0.95),
            (95_000, 100_000, 0.95), (94_000, 100_000, 0.95), (949_800, 1_000_000, 0.95), (990_500, 1_000_000, 0.99),
            (500_900, 1_000_000, 0.5), (480_000, 1_000_000, 0.5), (9_999_000, 10_000_000, 0.9999), (3, 1_000_000, 1e-6),
        )
    ]
    rows["kolmogorov_sf"] = [[x, float(special.kolmogorov(x))] for x in (0.3, 0.5, 0.8, 0.99, 1.0, 1.36, 2.0, 5.0)]
    return rows


PAIRS = [
    ((0, 1), (0, 1)), ((0, 1), (1, 1)), ((1, 1), (0, 1)), ((1, 1), (1, 1)), ((0, 50), (0, 70)), ((50, 50), (70, 70)),
    ((0, 50), (70, 70)), ((3, 3000), (3, 300)), ((30, 3000), (12, 300)), ((1, 20000), (0, 2000)), ((7, 9), (2, 11)),
    ((500, 1000), (501, 1000)), ((100, 200_000), (400, 200_000)), ((10_000, 1_000_000), (10_900, 1_000_000)),
    ((2, 100), (60, 100)),
]
TAILS = (0.25, 0.025, 0.0005, 1e-7)


def miettinen_nurminen(x0, n0, x1, n1, margin):
    """One-sided p of "the difference is at most margin", from the definition.

    Not from statsmodels: its restricted estimate solves the cubic equation in
    closed form and does not maximise the likelihood where sizes differ (for
    3/3000 and 3/300 at 0.005 its p is 0.18823, and that of the maximum 0.18833).
    """
    d = mp.mpf(margin)

    def slope(p):
        total = mp.mpf(0)
        for events, share in ((x0, p), (x1, p + d)):
            total += events / share if events else 0
        for others, share in ((n0 - x0, 1 - p), (n1 - x1, 1 - p - d)):
            total -= others / share if others else 0
        return total

    low, high = max(mp.mpf(0), -d), min(mp.mpf(1), 1 - d)
    for _ in range(200):
        middle = (low + high) / 2
        if slope(middle) > 0:
            low = middle
        else:
            high = middle
    p0 = (low + high) / 2
    p1 = p0 + d
    variance = (p0 * (1 - p0) / n0 + p1 * (1 - p1) / n1) * mp.mpf(n0 + n1) / (n0 + n1 - 1)
    if variance < mp.mpf(10) ** -50:
        return None
    z = (mp.mpf(x1) / n1 - mp.mpf(x0) / n0 - d) / mp.sqrt(variance)
    return float(mp.erfc(z / mp.sqrt(2)) / 2)


def proportions():
    rows = []
    for (x0, n0), (x1, n1) in PAIRS:
        row = {"base": [x0, n0], "run": [x1, n1], "wilson": [], "newcombe": [], "score": []}
        for tail in TAILS:
            row["wilson"].append([tail, *map(float, sm.proportion_confint(x1, n1, alpha=2 * tail, method="wilson"))])
            row["newcombe"].append(
                [tail, *map(float, sm.confint_proportions_2indep(x1, n1, x0, n0, method="newcomb", alpha=2 * tail))]
            )
        for margin in (-0.02, 0.0, 0.005, 0.1):
            p = miettinen_nurminen(x0, n0, x1, n1, margin)
            if p is not None:
                row["score"].append([margin, p])
        table = [[x1, n1 - x1], [x0, n0 - x0]]
        row["fisher"] = [float(stats.fisher_exact(table, a)[1]) for a in ("greater", "less", "two-sided")]
        rows.append(row)
    return rows


def rates():
    rows = []
    for (c0, t0), (c1, t1) in (
        ((10, 1.0), (0, 1.0)), ((1, 10.0), (1, 1.0)), ((5, 3.0), (9, 3.0)), ((1_000_000, 600.0), (1_003_000, 600.0)),
        ((20_000, 60.0), (24_000, 60.0)), ((3, 0.5), (3000, 60.0)),
    ):
        bounds = []
        for tail in (0.025, 1e-6):
            # Clopper and Pearson's bounds as quantiles of the beta distribution.
            low = 0.0 if c1 == 0 else float(stats.beta.ppf(tail, c1, c0 + 1))
            high = float(stats.beta.isf(tail, c1 + 1, c0))
            bounds.append([tail, low / (1 - low) * t0 / t1, high / (1 - high) * t0 / t1])
        rows.append({"base": [c0, t0], "run": [c1, t1], "bounds": bounds})
    return rows


def order_statistics():
    rows = []
    for n in (1, 2, 6, 59, 72, 368, 1000, 12_345, 200_000, 1_000_000):
        for p in (0.01, 0.5, 0.66, 0.95, 0.99, 0.999):
            for tail in (0.2, 0.025, 0.025 / 2**7, 0.025 / 2**20):
                k = np.arange(0, n + 1)
                if n > 20_000:
                    middle, spread = n * p, 9 * math.sqrt(n * p * (1 - p)) + 5
                    k = np.arange(max(0, int(middle - spread)), min(n, int(middle + spread)) + 1)
                lower = k[stats.binom.cdf(k - 1, n, p) <= tail]
                upper = k[stats.binom.sf(k - 1, n, p) <= tail]
                l = int(lower.max()) if lower.size and lower.max() >= 1 else None
                u = int(upper.min()) if upper.size and upper.min() <= n else None
                rows.append([n, p, tail, l, u])
    return rows


def samples():
    rng = np.random.default_rng(20240613)
    cases = [
        ([5.0] * 12, [5.0] * 11 + [6.0]),
        ([1.0, 1.0, 2.0], [2.0, 2.0, 3.0, 3.0]),
        (list(range(1, 13)), [v + 0.5 for v in range(3, 13)]),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [2.5, 3.5, 4.5, 1e12]),
        (list(np.round(np.exp(rng.normal(4, 0.6, 60)))), list(np.round(np.exp(rng.normal(4.2, 0.9, 45))))),
        (list(np.round(np.exp(rng.normal(4, 0.5, 400)), -1)), list(np.round(np.exp(rng.normal(4.1, 0.5, 900)), -1))),
        (list(np.exp(rng.normal(3, 0.5, 25))), list(np.exp(rng.normal(3.4, 0.5, 7)))),
    ]
    rows = []
    for base, run in cases:
        base, run = [float(v) for v in base], [float(v) for v in run]
        row = {"base": base, "run": run}
        if len(set(base)) > 1 or len(set(run)) > 1:
            test = stats.brunnermunzel(base, run)
            one = stats.brunnermunzel(base, run, alternative="less")
            row["brunner_munzel"] = [float(test.statistic), float(test.pvalue), float(one.pvalue)]
        differences = np.sort(np.subtract.outer(run, base).ravel())
        row["hodges_lehmann"] = float(np.median(differences))
        test = stats.ks_2samp(base, run, method="exact")
        row["ks"] = [float(test.statistic), float(test.pvalue)]
        test = stats.ttest_ind(run, base, equal_var=False)
        row["welch"] = [float(test.statistic), float(test.df), float(test.pvalue)]
        row["type7"] = [[q, float(np.quantile(run, q))] for q in (0.0, 0.1, 0.5, 0.95, 1.0)]
        rows.append({k: v for k, v in row.items() if v is not None})
    return rows


def main():
    result = {
        "made_with": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "mpmath": mp.__version__},
        "special": special_functions(),
        "proportions": proportions(),
        "rates": rates(),
        "order_statistics": order_statistics(),
        "samples": samples(),
    }

    # A row a line.
    def lines(value, depth):
        pad = " " * depth
        if isinstance(value, dict) and depth < 2:
            inner = ",\n".join(f'{pad} "{k}": {lines(v, depth + 1)}' for k, v in value.items())
            return "{\n" + inner + "\n" + pad + "}"
        if isinstance(value, list) and depth < 3:
            return "[\n" + ",\n".join(f"{pad} {json.dumps(v)}" for v in value) + "\n" + pad + "]"
        return json.dumps(value)

    print(lines(result, 0))


if __name__ == "__main__":
    main()
