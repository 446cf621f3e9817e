#!/usr/bin/env python3
"""Writes the corpus of the speed benchmark: one hour of a small system's access log.

Every peer and Magpie read the same files, so the corpus must be the same on every machine: it is drawn from a seeded
generator, minute by minute, with the Python standard library alone. What is measured over it, and how the columns are
derived from a line, is said in `benches/README.md`.

Variants (files in `benches/data/`):
  text           one access-log line per record, in time order, about 175 bytes each
  text-dirty     the same, 2 % of the lines malformed and 5 % of the others out of order
  json           the same records as `text`, JSON lines with one key order
  json-shuffled  the same records, keys in another order on every line
  json-dirty     `json` with the same share of damage as `text-dirty`
"""

import argparse
import itertools
import math
import multiprocessing
import operator
import os
import random
import time

MINUTES = 60
CLIENTS = 200
HOSTS_PER_MODULE = 6
MALFORMED_SHARE = 50  # one line in 50
LATE_SHARE = 20  # one line in 20
LATEST_BY_S = 90
POOL = 4096

# Ten modules serve two routes each; two more only call. A route's first segment names the module that serves it.
CALLERS_ONLY = ["search-frontend", "mobile-gateway"]
ROUTES = [
    "/video/search", "/video/detail", "/user/login", "/user/profile", "/order/create", "/order/list",
    "/stock/reserve", "/stock/level", "/payment/charge", "/payment/refund", "/cart/add", "/cart/view",
    "/review/list", "/review/write", "/shipping/quote", "/shipping/track", "/catalog/item", "/catalog/category",
    "/mail/send", "/mail/status",
]
SERVING = sorted({route.split("/")[1] for route in ROUTES})
MODULES = CALLERS_ONLY + SERVING

VARIANTS = {
    "text": "access.log",
    "text-dirty": "access-dirty.log",
    "json": "access.jsonl",
    "json-shuffled": "access-shuffled.jsonl",
    "json-dirty": "access-dirty.jsonl",
}
DEFAULT_VARIANTS = ["text", "text-dirty", "json", "json-shuffled"]


class World:
    """Who calls whom how often, and the pools that a line's values are drawn from: equal in every worker."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.calls, weights = [], []
        hosts = {m: [f"10.0.{20 + i}.{4 + h}:8080" for h in range(HOSTS_PER_MODULE)] for i, m in enumerate(SERVING)}
        for client in range(CLIENTS):
            source = f"10.0.{1 + client // 40}.{10 + client % 40}"
            agent = f"{MODULES[client % len(MODULES)]}/1.{client % 5}"
            for rank, route in enumerate(ROUTES):
                for target in hosts[route.split("/")[1]]:
                    self.calls.append((source, route, agent, target, rank))
                    # Some clients and routes are busier than others: Zipf, the exponents set so that 6 M lines make 800 k groups.
                    weights.append((client + 1) ** -1.08 * (rank + 1) ** -1.16)
        self.cumulative = list(itertools.accumulate(weights))
        self.elapsed = [_elapsed_pool(rng, 0.012 * (1 + rank % 7)) for rank in range(len(ROUTES))]
        self.bytes = [_bytes_pool(rng, 900 * (1 + rank % 5)) for rank in range(len(ROUTES))]
        self.queries = [_query(rng) for _ in range(16 * POOL)]
        self.statuses = ["200"] * 240 + ["404"] * 8 + ["302"] * 5 + ["500"] * 3
        self.key_orders = [operator.itemgetter(*rng.sample(range(11), 11)) for _ in range(POOL)]

    def expected_groups(self, lines_per_minute):
        """Distinct base combinations that a minute of this many lines is expected to hold."""
        total = self.cumulative[-1]
        steps = zip(self.cumulative, [0.0] + self.cumulative[:-1])
        return sum(-math.expm1(-lines_per_minute * (high - low) / total) for high, low in steps)


def _elapsed_pool(rng, median_s):
    """Seconds with three decimals, log-normal with a long tail, as response times are."""
    return [f"{max(0.001, rng.lognormvariate(math.log(median_s), 0.8)):.3f}" for _ in range(POOL)]


def _bytes_pool(rng, median):
    return [str(int(rng.lognormvariate(math.log(median), 0.9)) + 20) for _ in range(POOL)]


def _query(rng):
    word = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 9)))
    return f"q={word}&page={rng.randint(1, 40)}&session={rng.getrandbits(88):022x}"


def _clock(second_of_hour):
    return f"10:{second_of_hour // 60:02d}:{second_of_hour % 60:02d}"


def _text_line(clock, record):
    source, route, agent, target, query, status, size, elapsed, warn = record
    return (f'{source} - - [22/Nov/2026:{clock} +0000] "GET {route}?{query} HTTP/1.1" {status} {size} "-" '
            f'"{agent}" {target} {elapsed} warn={warn}\n')


def _json_members(clock, record):
    source, route, agent, target, query, status, size, elapsed, warn = record
    return (f'"time":"2026-11-22T{clock}Z"', f'"source":"{source}"', '"method":"GET"', f'"path":"{route}?{query}"',
            '"protocol":"HTTP/1.1"', f'"status":{status}', f'"bytes":{size}', f'"agent":"{agent}"',
            f'"target":"{target}"', f'"elapsed":{float(elapsed)}', f'"warn":{warn}')


def _draw_records(world, rng, lines):
    """`lines` records of one minute; one 64-bit draw per line is cut into indices of the pools."""
    records = []
    for source, route, agent, target, rank in rng.choices(world.calls, cum_weights=world.cumulative, k=lines):
        bits = rng.getrandbits(60)
        elapsed = world.elapsed[rank][bits & 4095]
        size = world.bytes[rank][(bits >> 12) & 4095]
        query = world.queries[(bits >> 24) & 65535]
        status = world.statuses[(bits >> 40) & 255]
        warn = 1 if (bits >> 48) & 127 == 0 else 0
        records.append((source, route, agent, target, query, status, size, elapsed, warn))
    return records


def _damage(rng, line):
    """A line that no parser of the format may accept, in one of the ways that real files show."""
    kind = rng.randrange(6)
    body = line.rstrip("\n")
    if kind == 0:  # cut by a crash or a full disk
        return body[: rng.randrange(1, len(body) * 3 // 5)].encode() + b"\n"
    if kind == 1:  # another program writes into the same file
        return b"java.lang.IllegalStateException: pool closed at com.example.Pool.take(Pool.java:118)\n"
    if kind == 2:  # the start is lost
        return body[rng.randrange(len(body) * 2 // 5, len(body) - 1):].encode() + b"\n"
    if kind == 3:  # a time that is none
        return body.replace("/Nov/2026", "/Nom/2026", 1).replace("2026-11-22T", "2026-13-52T", 1).encode() + b"\n"
    if kind == 4:  # bytes that are no text
        return bytes(rng.choices(range(128, 256), k=40)) + b"\n"
    return b"---- log rotated ----\n"


def _dirty(rng, clocks, records, render):
    """Rendered lines, some malformed; the late ones show an earlier time than their place in the file."""
    lines = len(records)
    picked = rng.sample(range(lines), lines // MALFORMED_SHARE + lines // LATE_SHARE)
    malformed = set(picked[: lines // MALFORMED_SHARE])
    late = set(picked[lines // MALFORMED_SHARE:])
    out = []
    for index, (second, record) in enumerate(zip(clocks, records)):
        if index in late:
            second = max(0, second - rng.randint(2, LATEST_BY_S))
        line = render(_clock(second), record)
        out.append(_damage(rng, line) if index in malformed else line.encode())
    return b"".join(out)


def _json_line(clock, record):
    return "{" + ",".join(_json_members(clock, record)) + "}\n"


def write_minute(job):
    """One minute of every wanted variant, as bytes; a pure function of its arguments."""
    seed, minute, lines, variants = job
    world = _world(seed)
    rng = random.Random(f"{seed}/{minute}")
    records = _draw_records(world, rng, lines)
    seconds = [minute * 60 + index * 60 // lines for index in range(lines)]
    clocks = {second: _clock(second) for second in set(seconds)}
    out = {}
    for variant in variants:
        if variant == "text":
            out[variant] = "".join(_text_line(clocks[s], r) for s, r in zip(seconds, records)).encode()
        elif variant == "json":
            out[variant] = "".join(_json_line(clocks[s], r) for s, r in zip(seconds, records)).encode()
        elif variant == "json-shuffled":
            orders = random.Random(f"{seed}/{minute}/keys").choices(world.key_orders, k=lines)
            out[variant] = "".join(
                "{" + ",".join(order(_json_members(clocks[s], r))) + "}\n"
                for order, s, r in zip(orders, seconds, records)
            ).encode()
        else:
            render = _text_line if variant == "text-dirty" else _json_line
            out[variant] = _dirty(random.Random(f"{seed}/{minute}/dirt"), seconds, records, render)
    return out


_WORLDS = {}


def _world(seed):
    if seed not in _WORLDS:
        _WORLDS[seed] = World(seed)
    return _WORLDS[seed]


def lines_of_minute(total, minute):
    """Traffic swells and ebbs by a fifth over the hour; the shares add up to `total` exactly."""
    shape = list(itertools.accumulate(1 + 0.2 * math.sin(2 * math.pi * m / MINUTES) for m in range(MINUTES)))
    edge = [0] + [round(total * part / shape[-1]) for part in shape]
    return edge[minute + 1] - edge[minute]


def write_corpus(directory, total, seed, variants, workers):
    os.makedirs(directory, exist_ok=True)
    jobs = [(seed, m, lines_of_minute(total, m), variants) for m in range(MINUTES) if lines_of_minute(total, m)]
    paths = {variant: os.path.join(directory, VARIANTS[variant]) for variant in variants}
    # Written beside and renamed at the end: a cut run never leaves a file that looks whole.
    files = {variant: open(path + ".part", "wb") for variant, path in paths.items()}
    with multiprocessing.Pool(workers) as pool:
        for blocks in pool.imap(write_minute, jobs):
            for variant, block in blocks.items():
                files[variant].write(block)
    for variant, path in paths.items():
        files[variant].close()
        os.replace(path + ".part", path)
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=6_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "data"))
    parser.add_argument("--variants", default=",".join(DEFAULT_VARIANTS), help="of: " + ", ".join(VARIANTS))
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    variants = options.variants.split(",")
    unknown = [variant for variant in variants if variant not in VARIANTS]
    if unknown:
        parser.error(f"unknown variant {unknown[0]!r}; there are: {', '.join(VARIANTS)}")
    started = time.monotonic()
    paths = write_corpus(options.out, options.lines, options.seed, variants, options.workers)
    for variant, path in paths.items():
        print(f"{variant}: {path}, {os.path.getsize(path) / options.lines:.1f} B/line")
    groups = sum(_world(options.seed).expected_groups(lines_of_minute(options.lines, m)) for m in range(MINUTES))
    print(f"about {groups:.0f} base groups; {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
