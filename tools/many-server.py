#!/usr/bin/env python3
"""The demo server with a settable number of endpoints, for measuring how long links are.

    python3 tools/many-server.py --endpoints 50 --port 8765 --seed 1
    python3 tools/many-server.py --endpoints 50 --port 8765 --seed 2 --slowed

`--slowed` makes about every eighth endpoint slower and every tenth faster, by factors that `catalogue.py` holds.
"""

import argparse
import importlib.util
import os
import re

import catalogue

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = importlib.util.spec_from_file_location("demo_server", os.path.join(HERE, "demo-server.py"))
demo = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(demo)


def main():
    parser = argparse.ArgumentParser(description="The demo server with a settable number of endpoints.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--seed", default="1", help="seed of the service times (default: 1)")
    parser.add_argument("--endpoints", type=int, default=50)
    parser.add_argument("--slowed", action="store_true")
    args = parser.parse_args()

    served = []
    for e in catalogue.endpoints(args.endpoints):
        key = "{} {}".format(e.method, e.path)
        demo.ENDPOINTS[key] = (re.escape(e.path), e.median_ms, e.sigma, e.error_share, 200)
        served.append(demo.Endpoint(key, args.seed))
        served[-1].factor = e.slowed if args.slowed else 1.0

    server = demo.Server((args.host, args.port), demo.Handler)
    server.endpoints = served
    print("listening on http://{}:{}".format(*server.server_address[:2]), flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


# What the demo server does not know by itself.
demo.Handler.do_PATCH = demo.Handler.do_DELETE = demo.Handler.answer

if __name__ == "__main__":
    main()
