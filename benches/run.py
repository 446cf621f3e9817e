#!/usr/bin/env python3
"""Runs Magpie and its peers on the same files, checks that they computed the same thing, and prints the table.

Each program runs as a process of its own, pinned to the cores it may use; the programs take turns within a round, so that
a busy moment of the machine falls on all of them. Peers time their query alone (start of Python and imports left out),
Magpie is timed as a whole process: the comparison leans to the peers. A program whose totals differ from the others' is
reported as wrong and gets no figure.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "peers"))

import corpus  # noqa: E402
import question  # noqa: E402

PEERS = ["duckdb", "polars", "chdb"]
# Magpie keeps the name `base` for itself.
BASE_MONITOR = "combinations"
# Case -> corpus variant, format, with percentiles.
CASES = {
    "text": ("text", "text", False),
    "text, dirty": ("text-dirty", "text", False),
    "text, percentiles": ("text", "text", True),
    "JSON, stable keys": ("json", "json", False),
    "JSON, keys in any order": ("json-shuffled", "json", False),
}
# Sketches and different definitions of a quantile differ by this much at most; everything else must be equal.
QUANTILE_TOLERANCE = 0.03


class Failed(Exception):
    """A program that could not be run or gave no answer; the text says why."""


def run_pinned(command, cores, stdout):
    """Wall seconds, processor seconds and peak MB of one child process."""
    started = time.monotonic()
    child = subprocess.Popen(["taskset", "-c", ",".join(map(str, range(cores))), *command],
                             stdout=stdout, stderr=subprocess.PIPE)
    complaint = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise Failed(f"{command[0]} ended with {child.returncode}: {complaint.decode(errors='replace')[-600:]}")
    return {"seconds": time.monotonic() - started, "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_mb": usage.ru_maxrss / 1024}


def run_peer(name, path, form, percentiles, cores, options):
    command = [options.python, os.path.join(HERE, "peers", f"{name}_peer.py"),
               "--input", path, "--format", form, "--threads", str(cores)]
    with tempfile.TemporaryFile() as out:
        process = run_pinned(command + (["--percentiles"] if percentiles else []), cores, out)
        out.seek(0)
        answer = json.load(out)
    return {"seconds": answer["seconds"], "cpu_seconds": answer["cpu_seconds"], "peak_mb": process["peak_mb"]}, answer["tables"]


def magpie_command(path, form, percentiles, cores, options):
    config = os.path.join(HERE, f"magpie-{form}{'-percentiles' if percentiles else ''}.yaml")
    if options.with_base:
        config = with_base(config)
    return [options.magpie, "report", "--config", config, "--threads", str(cores), path]


def with_base(config):
    """The configuration with a fourth monitor, which shows every base combination."""
    path = os.path.join(tempfile.gettempdir(), "with-base-" + os.path.basename(config))
    with open(config, encoding="utf-8") as file, open(path, "w", encoding="utf-8") as out:
        out.write(file.read().rstrip("\n") + f"\n  - {{ name: {BASE_MONITOR}, by: [source, source_module, service, target, target_module] }}\n")
    return path


def run_magpie(path, form, percentiles, cores, options):
    printing = ["--json"] if options.json else []
    with open(os.devnull, "wb") as nowhere:
        return run_pinned(magpie_command(path, form, percentiles, cores, options) + printing, cores, nowhere)


def magpie_tables(path, form, percentiles, cores, options):
    """The totals of Magpie's monitors, from the report that a further, untimed run prints. Read in a process of its own: a
    program's peak of memory begins with what this one held when it started it."""
    with tempfile.NamedTemporaryFile() as out:
        run_pinned(magpie_command(path, form, percentiles, cores, options) + ["--json"], cores, out)
        with multiprocessing.get_context("spawn").Pool(1) as reader:
            return reader.apply(report_totals, (out.name, percentiles))


def report_totals(path, percentiles):
    with open(path, encoding="utf-8") as report_file:
        report = json.load(report_file)
    totals = {monitor["name"]: monitor_totals(monitor["rows"], percentiles and monitor["name"] != BASE_MONITOR)
              for monitor in report["monitors"]}
    if BASE_MONITOR in totals:
        totals["base"] = totals.pop(BASE_MONITOR)
    return totals


def monitor_totals(rows, percentiles):
    totals = {"groups": len(rows), "records": sum(row["records"] for row in rows)}
    for field, column, unit in [("bytes", "bytes", 1), ("elapsed_ms", "elapsed", 1000)]:
        for how in ["sum", "min", "max"]:
            totals[f"{column}_{how}"] = round(sum(row["fields"][field][how] for row in rows) / unit, 3)
    totals["warned"] = sum(row["fields"]["warning"]["count"] for row in rows)
    for name in question.QUANTILE_NAMES if percentiles else []:
        totals[name] = round(sum(row["fields"]["elapsed_ms"][name] for row in rows) / 1000, 3)
    return totals


def differences(expected, found):
    """What is not equal, as `table.column: expected ..., found ...`; only the tables that both have are compared."""
    out = []
    for table in expected.keys() & found.keys():
        for column, want in expected[table].items():
            have = found[table].get(column)
            slack = QUANTILE_TOLERANCE if column in question.QUANTILE_NAMES else 1e-9
            if have is None or abs(have - want) > slack * abs(want) + 0.0015:
                out.append(f"{table}.{column}: expected {want}, found {have}")
    if not set(question.MONITORS) <= found.keys():
        out.append(f"monitors are missing: {sorted(set(question.MONITORS) - found.keys())}")
    return out


def measure(case, cores, programs, options):
    """Program -> its runs on one case; a program that fails or differs maps to the reason."""
    variant, form, percentiles = CASES[case]
    path = os.path.join(options.data, corpus.VARIANTS[variant])
    runs, answers = {name: [] for name in programs}, {}
    for _ in range(options.runs):
        for name in programs:
            if isinstance(runs[name], str):
                continue
            try:
                if name == "magpie":
                    runs[name].append(run_magpie(path, form, percentiles, cores, options))
                else:
                    figures, answers[name] = run_peer(name, path, form, percentiles, cores, options)
                    runs[name].append(figures)
            except (Failed, OSError, ValueError) as problem:
                runs[name] = str(problem)
            print(f"{case}, {cores} core(s), {name}: {runs[name] if isinstance(runs[name], str) else runs[name][-1]}",
                  file=sys.stderr, flush=True)
    if "magpie" in runs and not isinstance(runs["magpie"], str):
        try:
            answers["magpie"] = magpie_tables(path, form, percentiles, cores, options)
        except (Failed, OSError, ValueError, KeyError, TypeError) as problem:
            runs["magpie"] = f"its report could not be read: {problem!r}"
    reference = next((answers[name] for name in programs if name in answers and name != "magpie"), None)
    for name, tables in answers.items():
        wrong = differences(reference, tables) if reference else []
        if wrong:
            runs[name] = "other totals than the first peer: " + "; ".join(wrong[:4])
    return runs


def median_of(runs, key):
    return statistics.median(run[key] for run in runs)


def table(results, lines):
    """Two ratios: by the clock, and by processor time, which still holds when others use the machine meanwhile."""
    out = ["| case | cores | program | M lines/s | per core | per CPU second | peak MB | Magpie / it | by CPU time |",
           "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for (case, cores), runs in results.items():
        by_clock, by_cpu = ({name: lines / median_of(r, key) / 1e6 for name, r in runs.items() if not isinstance(r, str)}
                            for key in ["seconds", "cpu_seconds"])
        best = max((name for name in by_cpu if name != "magpie"), key=by_cpu.get, default=None)
        for name, figures in runs.items():
            if isinstance(figures, str):
                out.append(f"| {case} | {cores} | {name} | failed: {figures.splitlines()[0][:120]} | | | | | |")
                continue
            ratios = [f"{speed['magpie'] / speed[name]:.2f}" if "magpie" in speed and name != "magpie" else ""
                      for speed in [by_clock, by_cpu]]
            mark = f"**{name}** (best peer)" if name == best else name
            out.append(f"| {case} | {cores} | {mark} | {by_clock[name]:.2f} | {by_clock[name] / cores:.2f} |"
                       f" {by_cpu[name]:.2f} | {median_of(figures, 'peak_mb'):.0f} | {ratios[0]} | {ratios[1]} |")
    return "\n".join(out)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown")
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"


def count_lines(path):
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 22), b""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cores", default="1,2")
    parser.add_argument("--cases", default="; ".join(CASES), help="separated by semicolons")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--magpie", default=os.path.join(HERE, "..", "target", "release", "magpie"))
    parser.add_argument("--python", default=os.path.join(HERE, ".venv", "bin", "python"), help="the one that has the peers")
    parser.add_argument("--data", default=os.path.join(HERE, "data"))
    parser.add_argument("--with-base", action="store_true", help="Magpie folds and prints the base table, too")
    parser.add_argument("--json", action="store_true", help="Magpie prints every row of its monitors while it is timed; peers print none")
    parser.add_argument("--raw", help="also write every run's figures to this file, as JSON")
    options = parser.parse_args()
    cases = [case.strip() for case in options.cases.split(";")]
    for case in cases:
        if case not in CASES:
            parser.error(f"unknown case {case!r}; there are: {'; '.join(CASES)}")
    programs = [peer for peer in options.peers.split(",") if peer]
    if os.access(options.magpie, os.X_OK):
        programs.append("magpie")
    else:
        print(f"no {options.magpie}: the peers run alone", file=sys.stderr)
    lines = count_lines(os.path.join(options.data, corpus.VARIANTS[CASES[cases[0]][0]]))
    head = f"{machine()}; {time.strftime('%Y-%m-%d')}; {lines} lines; median of {options.runs}"
    results = {(case, cores): measure(case, cores, programs, options)
               for case in cases for cores in map(int, options.cores.split(","))}
    print(head + "\n\n" + table(results, lines))
    if options.raw:
        with open(options.raw, "w", encoding="utf-8") as file:
            json.dump([{"case": c, "cores": n, "runs": r} for (c, n), r in results.items()], file, indent=1)
    return 1 if any(isinstance(r, str) for runs in results.values() for r in runs.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
