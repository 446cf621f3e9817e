#!/usr/bin/env python3
"""How many three-step runs Magpie makes per second, and how soon a run starts, with every end of a step on disk.

    benches/runs.py --magpie target/release/magpie [--runs 6000] [--rate 50] [--seconds 20]

Starts `magpie serve` on a new data directory with one flow of three steps (set, switch, set) and asks for runs over HTTP. Throughput: all runs are asked for as
fast as they are taken, over 16 connections; the time is from the first trigger to the end of the last run. Start delay: from the moment at which a
run is on disk to the start of its first attempt, while runs come at a steady rate. Both come from Magpie's own times of each run.
"""
import argparse, http.client, json, os, socket, subprocess, sys, tempfile, threading, time, datetime

FLOW = """document: {dsl: '1.0.3', namespace: bench, name: three-steps, version: '1.0.0', metadata: {schedule: {overlap: allow}}}
do:
  - read: {set: {id: '${ .id }', items: '${ .items }'}}
  - decide: {switch: [{many: {when: (.items | length) > 2, then: total}}, {few: {then: end}}]}
  - total: {set: {text: '${ "order \\(.id) has \\(.items | length) items" }'}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (path, answer.status, body[:300])
    return json.loads(body)


def trigger(connection, number):
    body = json.dumps({"input": {"id": number, "items": [1, 2, 3]}})
    connection.request("POST", "/api/v1/flows/bench.three-steps/runs", body, {"content-type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 202, (answer.status, text[:300])


def runs_since(port, since):
    runs, cursor = [], ""
    while True:
        page = get(port, f"/api/v1/runs?from={since}&limit=500{cursor}")
        runs += page["runs"]
        if not page.get("next"):
            return runs
        cursor = f"&cursor={page['next']}"


def seconds(text):
    return datetime.datetime.fromisoformat(normal(text)).timestamp()


def normal(text):
    """RFC 3339 with any number of digits, as Python reads it."""
    head, _, fraction = text.rstrip("Z").partition(".")
    return f"{head}.{(fraction + '000000')[:6]}+00:00"


def wait_for_end(port, since, count):
    while True:
        page = get(port, f"/api/v1/runs?from={since}&limit=1&status=succeeded")
        if page["total"] >= count:
            return
        time.sleep(0.1)


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def throughput(port, count, connections):
    since, numbers, lock = now(), iter(range(count)), threading.Lock()

    def work():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            trigger(connection, number)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for_end(port, since, count)
    runs = runs_since(port, since)
    first, last = min(seconds(run["queued"]) for run in runs), max(seconds(run["ended"]) for run in runs)
    assert len(runs) == count, len(runs)
    return count / (last - first), last - first


def start_delay(port, rate, length):
    since, begin = now(), time.time()
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(4)]
    count = int(rate * length)
    for number in range(count):
        pause = begin + number / rate - time.time()
        if pause > 0:
            time.sleep(pause)
        trigger(connections[number % 4], number)
    wait_for_end(port, since, count)
    delays = sorted((seconds(run["started"]) - seconds(run["queued"])) * 1000 for run in runs_since(port, since))
    return count / (time.time() - begin), delays[len(delays) // 2], delays[int(len(delays) * 0.95)], delays[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--magpie", default="target/release/magpie")
    parser.add_argument("--runs", type=int, default=6000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as place:
        os.mkdir(f"{place}/flows")
        with open(f"{place}/flows/three-steps.yaml", "w") as file:
            file.write(FLOW)
        with open(f"{place}/magpie.yaml", "w") as file:
            file.write(f"data_dir: {place}/data\nflows: {{ dir: {place}/flows }}\n")
        port = free_port()
        errors = open(f"{place}/errors", "w")
        magpie = subprocess.Popen([arguments.magpie, "serve", "-c", f"{place}/magpie.yaml", "--listen", f"127.0.0.1:{port}"], stderr=errors)
        try:
            for _ in range(600):
                try:
                    if get(port, "/api/v1/flows")["flows"]:
                        break
                except (OSError, AssertionError):
                    pass
                time.sleep(0.1)
            rate, length = throughput(port, arguments.runs, arguments.connections)
            print(f"throughput: {arguments.runs} runs in {length:.1f} s: {rate:.0f} runs/s")
            steady, p50, p95, most = start_delay(port, arguments.rate, arguments.seconds)
            print(f"start delay at {steady:.0f} runs/s: p50 {p50:.1f} ms, p95 {p95:.1f} ms, longest {most:.1f} ms")
            ticks = open(f"/proc/{magpie.pid}/stat").read().rsplit(")", 1)[1].split()
            cpu = (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
            print(f"processor time of magpie in all: {cpu:.1f} s; load of the machine {os.getloadavg()[0]:.1f}")
        finally:
            magpie.terminate()
            magpie.wait()


if __name__ == "__main__":
    sys.exit(main())
