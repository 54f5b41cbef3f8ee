#!/usr/bin/env python3
"""Checks that the verdict benchmark writes Locust's files as Locust would: byte for byte, by Locust's own code.

    cargo xtask evaluate --dump target/evaluate/dump
    python3 tools/check-evaluate-files.py target/evaluate/dump    # with a Python that has Locust 2.40 or newer

The samples of the simulated test are logged into Locust's `RequestStats` at their times, with the clock of
`locust.stats` replaced, and written by its `StatsCSV` at the moments at which the simulated writer wakes.
"""

import csv
import io
import json
import pathlib
import sys
import types

from locust import stats

folder = pathlib.Path(sys.argv[1])
facts = json.loads((folder / "facts.json").read_text())
samples = list(csv.DictReader((folder / "samples.csv").open()))
# Seconds since the epoch of the test's start.
start = facts["epoch_s"] + facts["clock_ms"] / 1000

clock = types.SimpleNamespace(now=start)
stats.time = types.SimpleNamespace(time=lambda: clock.now)


def users_at(ms):
    if ms < 0:
        return 0
    return min(int(ms / (facts["ramp_ms"] / facts["users"])) + 1, facts["users"])


def rows_of(write):
    out = io.StringIO()
    write(csv.writer(out))
    return out.getvalue()


request_stats = stats.RequestStats()
runner = types.SimpleNamespace(user_count=0)
environment = types.SimpleNamespace(stats=request_stats, runner=runner)
writer = stats.StatsCSV(environment, stats.PERCENTILES_TO_REPORT)
history = types.MethodType(stats.StatsCSVFileWriter._stats_history_data_rows, writer)

made = {False: "", True: ""}
position, beat = 0, facts["phase_ms"] - 1000
summary = ""
while beat < facts["end_ms"]:
    while position < len(samples) and float(samples[position]["end_ms"]) <= beat:
        sample = samples[position]
        clock.now = start + float(sample["end_ms"]) / 1000
        request_stats.log_request("GET", sample["name"], float(sample["elapsed_ms"]), int(sample["bytes"]))
        if sample["failed"] == "true":
            request_stats.log_error("GET", sample["name"], "500")
        position += 1
    clock.now = start + beat / 1000
    runner.user_count = users_at(beat)
    for full in made:
        writer.full_history = full
        made[full] += rows_of(lambda out: history(out, clock.now))
    summary = rows_of(writer._requests_data_rows)
    beat += 1001

failed = False
for name, theirs in [("test_stats.csv", summary), ("test_stats_history.csv", made[False]), ("full_stats_history.csv", made[True])]:
    ours = (folder / name).read_bytes().decode().partition("\r\n")[2].split("\r\n")
    theirs = theirs.split("\r\n")
    differ = [(i, a, b) for i, (a, b) in enumerate(zip(ours, theirs)) if a != b]
    print("{}: {} rows, {} differ{}".format(name, len(theirs) - 1, len(differ), "" if len(ours) == len(theirs) else ", COUNT DIFFERS"))
    for i, a, b in differ[:5]:
        print("  row {}\n    ours   {}\n    Locust {}".format(i + 2, a, b))
    failed |= bool(differ) or len(ours) != len(theirs)
sys.exit(failed)
