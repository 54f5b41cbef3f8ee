"""Writes tests/vectors/sequential.json: edges of group-sequential looks, by scipy's multivariate normal distribution.

    pip install scipy
    python tools/sequential-edges.py > tests/vectors/sequential.json

The error is spent as by Lan and DeMets in Pocock's form, error * ln(1 + (e - 1) * share). Edge by edge, the probability
to be below all edges before and above this one is set equal to what is spent in between.
"""

import json
import math

import numpy
import scipy
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

PLANS = [
    ([0.2, 0.4, 0.6, 0.8, 1.0], 0.025),
    ([0.2, 0.4, 0.6, 0.8, 1.0], 0.1),
    ([0.5, 1.0], 0.025),
    ([4 / 7, 6 / 7, 1.0], 0.1),
    ([0.05, 0.1, 0.3, 0.35, 0.9, 1.0], 0.025),
]


def below(edges, shares):
    """The probability to be below all edges."""
    cov = numpy.array([[math.sqrt(min(s, t) / max(s, t)) for t in shares] for s in shares])
    distribution = multivariate_normal(mean=numpy.zeros(len(shares)), cov=cov, seed=1)
    distribution.maxpts, distribution.abseps, distribution.releps = 2_000_000, 1e-7, 1e-7
    return float(distribution.cdf(numpy.array(edges)))


def edges(shares, error):
    spent = [error * math.log(1 + (math.e - 1) * share) for share in shares]
    found = [float(norm.isf(spent[0]))]
    for look in range(1, len(shares)):
        # P(below all before and above this one) = P(below all before) - P(below all and this one).
        before = below(found, shares[:look]) if look > 1 else 1 - spent[0]
        step = spent[look] - spent[look - 1]
        found.append(brentq(lambda edge: before - below(found + [edge], shares[: look + 1]) - step, 1.0, 4.5, xtol=1e-5))
    return found


def main():
    plans = [{"shares": shares, "error": error, "edges": [round(edge, 5) for edge in edges(shares, error)]}
             for shares, error in PLANS]
    print(json.dumps({"scipy": scipy.__version__, "plans": plans}, indent=1))


main()
