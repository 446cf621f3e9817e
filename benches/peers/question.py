"""The one question that every peer answers, and the form of its answer.

A peer may plan the work as it likes, but must end with four tables in memory (`base` and three monitors) whose columns
and grouping are these; the totals over them are printed as JSON, so that `run.py` can refuse a comparison between
programs that did not compute the same thing. Which columns come from which part of a line is said in `../README.md`.
"""

import argparse
import json
import re
import resource
import time

MONITORS = {
    "source": ["source"],
    "source,target_module": ["source", "target_module"],
    "source,target_module,service": ["source", "target_module", "service"],
}
QUANTILES = [0.5, 0.95, 0.99]
QUANTILE_NAMES = ["p50", "p95", "p99"]

# Folding lines into `base`, and `base` into a monitor: the two column lists of every SQL peer.
FOLD_LINES = """count(*) AS records,
    sum(bytes) AS bytes_sum, min(bytes) AS bytes_min, max(bytes) AS bytes_max,
    sum(elapsed) AS elapsed_sum, min(elapsed) AS elapsed_min, max(elapsed) AS elapsed_max, sum(warn) AS warned"""
FOLD_BASE = """sum(base.records) AS records,
    sum(base.bytes_sum) AS bytes_sum, min(base.bytes_min) AS bytes_min, max(base.bytes_max) AS bytes_max,
    sum(base.elapsed_sum) AS elapsed_sum, min(base.elapsed_min) AS elapsed_min,
    max(base.elapsed_max) AS elapsed_max, sum(base.warned) AS warned"""

# Sums over the rows of a table: they differ as soon as one group's count, sum, minimum or maximum does.
TOTALS = ["records", "bytes_sum", "bytes_min", "bytes_max", "elapsed_sum", "elapsed_min", "elapsed_max", "warned"]


def table_name(monitor):
    return "by_" + re.sub(r"\W", "_", monitor)


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--input", required=True)
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--percentiles", action="store_true", help="p50, p95, p99 of elapsed in each monitor")
    return parser.parse_args()


def start():
    """The clocks of the measured part: wall and processor time of all threads, imports left out."""
    return time.monotonic(), time.process_time()


def answer(peer, version, started, totals_of):
    """Stops the clocks, then asks `totals_of(table)` for the number of rows and the sum of each column."""
    seconds, cpu_seconds = time.monotonic() - started[0], time.process_time() - started[1]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tables = {}
    for table in ["base", *MONITORS]:
        rows, sums = totals_of(table)
        tables[table] = {"groups": int(rows), **{name: round(float(s), 3) for name, s in sums.items()}}
    print(json.dumps({"peer": peer, "version": version, "seconds": seconds, "cpu_seconds": cpu_seconds,
                      "peak_mb": peak_mb, "tables": tables}))


def totals_sql(table, percentiles):
    """`SELECT` of the row count and the sum of each column of a table, and the columns' names."""
    if table == "base":
        name, names = "base", TOTALS
    else:
        name, names = table_name(table), TOTALS + (QUANTILE_NAMES if percentiles else [])
    sums = ", ".join(f"sum({column})" for column in names)
    return f"SELECT count(*), {sums} FROM {name}", names
