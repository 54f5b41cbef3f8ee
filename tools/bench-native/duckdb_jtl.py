"""What a JMeter log's report costs natively: the command line on one thread beside DuckDB on two, taking turns.

    pip install duckdb
    cargo build --release --bin loaddiff --example generate_jtl --example read_jtl
    target/release/examples/generate_jtl --bytes 1GB --seed 1 1g.jtl
    python3 tools/bench-native/duckdb_jtl.py 1g.jtl [RUNS]

Each reading is a process of its own. Printed are medians of the time by the clock and of the processor's. The two
must count the same requests and failures per label.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = ["label", "responseCode", "responseMessage", "threadName", "dataType", "failureMessage", "URL"]
WHOLE = ["timeStamp", "elapsed", "bytes", "sentBytes", "grpThreads", "allThreads", "Latency", "IdleTime", "Connect"]
QUANTILES = "[0.5, 0.9, 0.95, 0.99]"


def table(path):
    """The file as a table whose columns are given, so that DuckDB guesses nothing."""
    header = Path(path).open(encoding="utf-8").readline().strip().split(",")
    kinds = {**dict.fromkeys(TEXT, "VARCHAR"), **dict.fromkeys(WHOLE, "BIGINT"), "success": "BOOLEAN"}
    columns = ", ".join(f"'{name}': '{kinds[name]}'" for name in header)
    return f"""read_csv('{path}', header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
        columns = {{{columns}}})"""


def scan(path):
    """Counts and quantiles per label."""
    return f"""SELECT label, NULL AS slot, count(*), count(*) FILTER (NOT success), quantile_cont(elapsed, {QUANTILES})
        FROM {table(path)} GROUP BY label"""


def same(path):
    """What a report holds: that, with sums, extremes and causes of failures, and all of it over time."""
    return f"""SELECT label, (timeStamp + elapsed) >> 15 AS slot, count(*), count(*) FILTER (NOT success),
        quantile_cont(elapsed, {QUANTILES}), sum(elapsed), min(elapsed), max(elapsed), sum(bytes), min(timeStamp),
        max(timeStamp + elapsed), histogram(responseMessage) FILTER (NOT success)
        FROM {table(path)} GROUP BY GROUPING SETS ((label), (label, slot)) ORDER BY label, slot"""


def query(which, path):
    """The child's work: prints counts per label as JSON."""
    import duckdb

    connection = duckdb.connect(config={"threads": 2})
    rows = connection.execute({"scan": scan, "same": same}[which](path)).fetchall()
    print(json.dumps({row[0]: [row[2], row[3]] for row in rows if row[1] is None}))


def timed(command):
    """Output, seconds by the clock, seconds of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def counts_of(report):
    """Requests and failures per label, as the JSON report has them."""
    return {row["name"]: [row["requests"], row["failures"]] for row in json.loads(report)["endpoints"]}


def main(path, runs):
    python = [sys.executable, __file__]
    rivals = {
        "loaddiff, one thread": [str(ROOT / "target/release/loaddiff"), "inspect", "--threads", "1", "--format", "json", path],
        "csv crate, a ByteRecord loop": [str(ROOT / "target/release/examples/read_jtl"), "csv", path],
        "DuckDB, two threads, one scan": [*python, "scan", path],
        "DuckDB, two threads, the same output": [*python, "same", path],
    }
    times = {name: [] for name in rivals}
    counted = {}
    for _ in range(runs):
        for name, command in rivals.items():
            out, wall, cpu = timed(command)
            times[name].append((wall, cpu))
            if "DuckDB" in name:
                counted[name] = json.loads(out)
            elif "loaddiff" in name:
                counted[name] = counts_of(out)
    first = next(iter(counted.values()))
    if any(counts != first for counts in counted.values()):
        sys.exit(f"they count differently: {counted}")
    medians = {name: [statistics.median(column) for column in zip(*values)] for name, values in times.items()}
    ours = medians["loaddiff, one thread"]
    megabytes = os.path.getsize(path) / 1e6
    print("| | s by the clock | MB/s | ÷ loaddiff | s of processor time | ÷ loaddiff |\n|---|--:|--:|--:|--:|--:|")
    for name, (wall, cpu) in medians.items():
        print(f"| {name} | {wall:.2f} | {megabytes / wall:.0f} | {wall / ours[0]:.2f} | {cpu:.2f} | {cpu / ours[1]:.2f} |")
    print(f"\nmedians of {runs}, taking turns; {sum(n for n, _ in first.values())} requests, {len(first)} labels")


if __name__ == "__main__":
    if sys.argv[1] in ("scan", "same"):
        query(sys.argv[1], sys.argv[2])
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)
