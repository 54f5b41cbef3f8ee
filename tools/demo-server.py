#!/usr/bin/env python3
"""A small HTTP service with known service times, for making load-test fixtures.

Nothing but the Python standard library (3.8 or newer) is needed:

    python3 tools/demo-server.py --port 8765 --seed 1
    python3 tools/demo-server.py --port 8765 --seed 2 \
        --slow "POST /v1/chat=1.6" --errors "POST /query=0.05"

Every endpoint sleeps for a time drawn from a lognormal distribution, which is
the usual shape of response times: most are near the median, a few are much
longer. What a comparison of two runs ought to find is known before the runs are
made: `--slow` multiplies the service time of one endpoint (a factor below 1
makes it faster), `--slow-all` that of every one, `--tail` multiplies the
slowest 3 % of one endpoint alone, `--errors` sets its share of answers with
status 500, and `--more-errors` adds to that share everywhere. Those that name
an endpoint may be repeated.

Each endpoint has a random generator of its own, seeded by `--seed` and the
endpoint's name: the n-th request to an endpoint gets the same service time in
every run with that seed, whatever the other endpoints do. Use different seeds
for two runs that are to be compared, or their samples are not independent.

The server listens on 127.0.0.1 unless told otherwise. It is a stand-in for a
service under test, and nothing to put on a network.
"""

import argparse
import json
import math
import random
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Endpoint: (pattern of the path, median in ms, sigma of the logarithm, share of
# answers with status 500, bytes of filler in the answer). The percentiles
# follow from the two numbers: p95 = median * exp(1.645 * sigma).
ENDPOINTS = {
    "GET /health": (r"/health", 8, 0.25, 0.0, 0),
    "GET /v1/models": (r"/v1/models", 20, 0.30, 0.0, 900),
    "POST /v1/chat": (r"/v1/chat", 240, 0.35, 0.0, 1400),
    "POST /query": (r"/query", 90, 0.40, 0.005, 600),
    "GET /search": (r"/search", 55, 0.45, 0.005, 2200),
    "POST /tools/run": (r"/tools/run", 130, 0.50, 0.0, 300),
    "GET /users/{id}": (r"/users/\d+", 25, 0.30, 0.0, 250),
    "PUT /users/{id}": (r"/users/\d+", 45, 0.35, 0.0, 250),
}


# What `--tail` calls the slowest: service times above this quantile.
TAIL_SHARE = 0.03
TAIL_Z = 1.8807936081512509  # of the standard normal distribution at 1 - TAIL_SHARE


class Endpoint:
    """One endpoint: its distribution, its error share and its own generator."""

    def __init__(self, key, seed):
        self.key = key
        self.method, _, _ = key.partition(" ")
        pattern, median_ms, self.sigma, self.error_share, self.filler = ENDPOINTS[key]
        self.pattern = re.compile(pattern + r"\Z")
        self.mu = math.log(median_ms / 1000.0)
        self.factor = 1.0
        self.tail_factor = 1.0
        self.tail_from = math.exp(self.mu + TAIL_Z * self.sigma)
        # A string seed is hashed with SHA-512 by `random`, so it does not
        # depend on PYTHONHASHSEED.
        self.random = random.Random("{}/{}".format(seed, key))
        self.lock = threading.Lock()

    def draw(self):
        """Returns (service time in s, whether this answer is an error).

        Both numbers are drawn on every call, so a changed error share or
        factor does not shift the sequence.
        """
        with self.lock:
            seconds = self.random.lognormvariate(self.mu, self.sigma)
            chance = self.random.random()
        if seconds > self.tail_from:
            seconds *= self.tail_factor
        return seconds * self.factor, chance < self.error_share


class Handler(BaseHTTPRequestHandler):
    """Answers every request after the service time of its endpoint."""

    protocol_version = "HTTP/1.1"  # keep-alive, as a real client expects
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one write: no 40 ms delayed ACK

    def answer(self):
        # The body has to be read even where it is not used: what is left over
        # would be taken for the next request on this connection.
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        for endpoint in self.server.endpoints:
            if endpoint.method == self.command and endpoint.pattern.match(path):
                seconds, failed = endpoint.draw()
                time.sleep(seconds)
                if failed:
                    self.reply(500, {"error": "drawn by the demo server"})
                else:
                    self.reply(200, {"endpoint": endpoint.key, "data": "x" * endpoint.filler})
                return
        self.reply(404, {"error": "no such endpoint"})

    do_GET = do_POST = do_PUT = answer

    def reply(self, status, document):
        body = json.dumps(document).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """One line per request would cost more than the request."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that goes away while it is served is no news: load generators end so."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def setting(text):
    """Parses `METHOD /path=NUMBER`; the key is one of ENDPOINTS."""
    key, sign, number = text.rpartition("=")
    if not sign or key not in ENDPOINTS:
        raise argparse.ArgumentTypeError(
            "expected ENDPOINT=NUMBER with one of: " + ", ".join(ENDPOINTS)
        )
    return key, positive(number)


def positive(text):
    """Parses a finite number that is not negative."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError("{!r} is no number".format(text))
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError("the number must be finite and not negative")
    return value


def main():
    parser = argparse.ArgumentParser(
        description="A small HTTP service with known service times.",
        epilog="Endpoints: " + ", ".join(ENDPOINTS),
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--seed", default="1", help="seed of the service times (default: 1)")
    parser.add_argument(
        "--slow", action="append", type=setting, default=[], metavar="ENDPOINT=FACTOR",
        help="multiply the service time of an endpoint, e.g. 'POST /v1/chat=1.6'",
    )
    parser.add_argument(
        "--slow-all", type=positive, default=1.0, metavar="FACTOR",
        help="multiply the service time of every endpoint, e.g. 1.2",
    )
    parser.add_argument(
        "--tail", action="append", type=setting, default=[], metavar="ENDPOINT=FACTOR",
        help="multiply the slowest 3 %% of an endpoint, e.g. 'POST /query=5'",
    )
    parser.add_argument(
        "--errors", action="append", type=setting, default=[], metavar="ENDPOINT=SHARE",
        help="share of answers with status 500, e.g. 'POST /query=0.05'",
    )
    parser.add_argument(
        "--more-errors", type=positive, default=0.0, metavar="SHARE",
        help="add to the share of answers with status 500 everywhere, e.g. 0.02",
    )
    args = parser.parse_args()

    endpoints = {key: Endpoint(key, args.seed) for key in ENDPOINTS}
    for key, factor in args.slow:
        endpoints[key].factor = factor
    for key, factor in args.tail:
        endpoints[key].tail_factor = factor
    for key, share in args.errors:
        endpoints[key].error_share = share
    for endpoint in endpoints.values():
        endpoint.factor *= args.slow_all
        endpoint.error_share += args.more_errors

    server = Server((args.host, args.port), Handler)
    server.endpoints = list(endpoints.values())
    print("listening on http://{}:{}".format(*server.server_address[:2]), flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
