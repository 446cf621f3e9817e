#!/usr/bin/env python3
"""Measures ingest into the store: `magpie serve` on a file of access lines, until every line is sealed and durable.

The whole process is measured, from its start to its end after SIGTERM: reading, parsing, folding, writing, syncing,
compacting, judging, serving. The configuration is the one of the report's case (`magpie-text.yaml`) over the first lines of the
text corpus; `--cases without-raw` adds `keep_raw: false`. chDB's bare parse-and-aggregate over the same lines takes turns
with it when `--peer` is given, so that a busy moment of the machine falls on both. Every row is counted: a run that
stored another number of records than there are lines is an error.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = {"raw": "raw line kept", "without-raw": "`keep_raw: false`"}
# Nothing is waited for longer than this.
MOST_SECONDS = 600


def first_lines(path, lines, directory):
    """The first lines of the corpus as a file of their own."""
    out = os.path.join(directory, "access.log")
    with open(path, "rb") as file, open(out, "wb") as copy:
        for _, line in zip(range(lines), file):
            copy.write(line)
    return out


def config_of(case, corpus, directory):
    with open(os.path.join(HERE, "magpie-text.yaml"), encoding="utf-8") as file:
        text = file.read().replace("benches/data/access.log", corpus)
    if case == "without-raw":
        text = text.replace("  - name: access\n", "  - name: access\n    keep_raw: false\n")
    path = os.path.join(directory, "magpie.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"data_dir: {directory}/data\n{text}")
    return path


def metrics(address):
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.partition(" ") for line in lines if not line.startswith("#"))
            if name.startswith("magpie_store_")}


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_until_stored(child, address, lines):
    """Waits until all lines are in sealed segments; polls seldom, since answering is part of what is measured."""
    end = time.monotonic() + MOST_SECONDS
    while time.monotonic() < end:
        if child.poll() is not None:
            raise SystemExit(f"magpie ended with {child.returncode}")
        try:
            found = metrics(address)
            if found.get("magpie_store_rows", 0) >= lines and found.get("magpie_store_open_rows", 0) == 0:
                return found
        except OSError:
            pass
        time.sleep(0.25)
    raise SystemExit("not everything was stored in time")


def run_magpie(case, corpus, lines, options):
    directory = tempfile.mkdtemp(prefix="magpie-ingest-", dir=options.scratch)
    try:
        address = f"127.0.0.1:{free_port()}"
        command = ["taskset", "-c", options.cpus, *options.wrap.split(), options.magpie, "serve", "--config",
                   config_of(case, corpus, directory), "--listen", address]
        started = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = wait_until_stored(child, address, lines)
        seconds = time.monotonic() - started
        child.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0 or found["magpie_store_rows"] != lines:
            raise SystemExit(f"magpie ended with {child.returncode}, {found['magpie_store_rows']:.0f} of {lines} rows")
        return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "user_seconds": usage.ru_utime,
                "peak_mb": usage.ru_maxrss / 1024, "disk_mb": found["magpie_store_bytes"] / 1e6}
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def run_peer(corpus, options):
    command = ["taskset", "-c", options.cpus, options.python, os.path.join(HERE, "peers", "chdb_peer.py"), "--input", corpus,
               "--format", "text", "--threads", "1"]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {"seconds": answer["seconds"], "cpu_seconds": answer["cpu_seconds"]}


def row(name, runs, peer, millions):
    def middle(key):
        return statistics.median(run[key] for run in runs)

    ratio = f"{statistics.median(run['cpu_seconds'] for run in peer) / middle('cpu_seconds'):.2f}" if peer else ""
    return (f"| {name} | {middle('cpu_seconds') / millions:.2f} | {millions / middle('cpu_seconds'):.2f} | {ratio} |"
            f" {middle('peak_mb'):.0f} | {middle('disk_mb') / millions:.0f} | {middle('seconds'):.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--magpie", default=os.path.join(HERE, "..", "target", "release", "magpie"))
    parser.add_argument("--data", default=os.path.join(HERE, "data"), help="folder of access.log")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cases", default=",".join(CASES), help="of: " + ", ".join(CASES))
    parser.add_argument("--cpus", default="0", help="as for taskset -c")
    parser.add_argument("--peer", action="store_true", help="chDB takes turns")
    parser.add_argument("--python", default=os.path.join(HERE, ".venv", "bin", "python"), help="the one that has the peer")
    parser.add_argument("--scratch", help="folder for data directories; the system's by default")
    parser.add_argument("--wrap", default="", help="put before the command, such as a profiler")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="magpie-corpus-", dir=options.scratch) as directory:
        corpus = first_lines(os.path.join(options.data, "access.log"), options.lines, directory)
        runs, peer = {case: [] for case in options.cases.split(",")}, []
        for _ in range(options.runs):
            for case in runs:
                runs[case].append(run_magpie(case, corpus, options.lines, options))
                print(f"{case}: {runs[case][-1]}", file=sys.stderr, flush=True)
            if options.peer:
                peer.append(run_peer(corpus, options))
                print(f"chdb: {peer[-1]}", file=sys.stderr, flush=True)
    print(f"{time.strftime('%Y-%m-%d')}, {options.lines} lines, median of {options.runs}, load {os.getloadavg()[0]:.1f}\n")
    print("| | CPU s per M lines | M lines per CPU s | of chDB | peak MB | MB on disk per M lines | s by the clock |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for case, of in runs.items():
        print(row(CASES[case], of, peer, options.lines / 1e6))
    if peer:
        print(f"\nchDB alone: {statistics.median(run['cpu_seconds'] for run in peer) / (options.lines / 1e6):.2f} CPU s per M lines")


if __name__ == "__main__":
    main()
