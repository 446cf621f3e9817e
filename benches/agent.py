#!/usr/bin/env python3
"""What `magpie agent` costs, how much it can do, and how soon a line can be asked for.

    benches/agent.py --magpie target/release/magpie [--only cost,capacity,latency] [--rate 10000] [--seconds 30] [--lines 3000000]

* cost: a module writes JSON lines of about 220 bytes at a steady rate; processor time, memory and bytes sent by the agent.
* capacity: a file of many such lines is there already, and the agent has one core; lines per second.
* latency: as in "cost", but to a real `magpie serve`, which is asked for its newest record all the time: from a line's
  being written to its being in an answer.

In the first two the receiver is a part of this script that keeps every request and says yes; afterwards all are unpacked,
and every line must be there exactly once. Processor times hardly depend on what else the machine does; times by the clock do.
Needs the programs `zstd` and `taskset`.
"""
import argparse, http.client, json, os, random, re, signal, socket, subprocess, sys, tempfile, threading, time

ROUTES = ["/video/search", "/video/detail", "/user/login", "/order/create", "/order/list", "/stock/level", "/payment/charge", "/cart/view"]
POOL = 20_000
TICK = 0.01  # seconds between two writes of a module


def make_pool(rng):
    """What follows the number of a line, but for its trace id: busy routes and clients, and some that are not."""
    ends = []
    for _ in range(POOL):
        route = min(int(rng.expovariate(0.6)), len(ROUTES) - 1)
        ends.append(
            f'"source":"10.0.{rng.randrange(1, 6)}.{10 + min(int(rng.expovariate(0.1)), 40)}","path":"{ROUTES[route]}",'
            f'"status":{200 if rng.random() < 0.96 else 500},"bytes":{int(rng.lognormvariate(6.5 + route * 0.2, 0.3))},'
            f'"elapsed_ms":{int(rng.lognormvariate(3, 0.8)) + 1},"target":"10.0.{20 + route}.{rng.randrange(4, 10)}:8080"'
        )
    return ends


class Lines:
    """Numbered lines; the same ones for the same seed, but for their times. Nothing can compress their trace ids."""

    def __init__(self, seed=20261128):
        self.rng = random.Random(seed)
        self.pool = make_pool(self.rng)
        self.number = 0

    def some(self, count, now):
        second, millis = int(now), int(now * 1000) % 1000
        head = f'{{"time":"{time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))}.{millis:03}Z","level":"info","n":'
        rng, pool, lines = self.rng, self.pool, []
        for number in range(self.number, self.number + count):
            bits = rng.getrandbits(128 + 24)
            lines.append(f'{head}{number},{pool[(bits >> 128) % POOL]},"trace_id":"{bits & (1 << 128) - 1:032x}"}}\n')
        self.number += count
        return "".join(lines)


class Receiver:
    """Says yes to every request and keeps it."""

    def __init__(self, place):
        self.place, self.requests, self.bytes, self.first, self.last = place, 0, 0, None, None
        os.mkdir(place)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        stream = connection.makefile("rwb", buffering=1 << 16)
        while stream.readline():
            length = 0
            while (header := stream.readline()) not in (b"\r\n", b""):
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            body = stream.read(length)
            with open(f"{self.place}/{self.requests:06}.zst", "wb") as file:
                file.write(body)
            self.first = self.first or time.time()
            self.last = time.time()
            self.requests, self.bytes = self.requests + 1, self.bytes + len(body)
            stream.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")
            stream.flush()

    def numbers(self):
        """Numbers of the lines that came, in order of coming."""
        names = sorted(f"{self.place}/{name}" for name in os.listdir(self.place))
        for at in range(0, len(names), 100):
            plain = subprocess.run(["zstd", "-dcq", *names[at : at + 100]], capture_output=True, check=True).stdout
            yield from map(int, re.findall(rb'"n":(\d+),"source"', plain))


def check_once(receiver, count):
    numbers = sorted(receiver.numbers())
    assert numbers == list(range(count)), f"{count} lines were written, {len(numbers)} came, {len(set(numbers))} of them different"


def start_agent(magpie, place, address, core=None):
    config = f"{place}/agent.yaml"
    with open(config, "w") as file:
        file.write(f"agent: bench\ndata_dir: {place}/agent\nservers: [http://{address}]\nsources:\n  - {{ name: app, module: shop, file: ['{place}/app.log'] }}\n")
    command = [magpie, "agent", "-c", config]
    if core is not None:
        command = ["taskset", "-c", str(core), *command]
    return subprocess.Popen(command, stderr=open(f"{place}/agent.stderr", "w"))


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait()


def processor_time(pid):
    """Seconds that its threads have run."""
    threads = os.listdir(f"/proc/{pid}/task")
    return sum(int(open(f"/proc/{pid}/task/{thread}/schedstat").read().split()[0]) for thread in threads) / 1e9


def memory(pid):
    """Most MB that were resident, and of those that are now, how many are the program's own file."""
    status = dict(re.findall(r"^(\w+):\s+(\d+) kB$", open(f"/proc/{pid}/status").read(), re.M))
    return int(status["VmHWM"]) / 1024, int(status["RssFile"]) / 1024


def write_steadily(path, lines, rate, seconds):
    """Appends at the rate; gives how many lines had been written when."""
    written, begin, before = [], time.time(), lines.number
    with open(path, "a") as file:
        while (now := time.time()) < begin + seconds:
            due = before + int((now - begin) * rate) - lines.number
            if due > 0:
                file.write(lines.some(due, now))
                file.flush()
                written.append((now, lines.number))
            time.sleep(TICK)
    return written


def wait_until(condition, patience=120):
    end = time.time() + patience
    while not condition():
        assert time.time() < end, "it did not end"
        time.sleep(0.05)


def quiet(receiver, seconds=1.5):
    return lambda: receiver.last is not None and time.time() - receiver.last > seconds


def cost(arguments, place):
    receiver, lines, log = Receiver(f"{place}/requests"), Lines(), f"{place}/app.log"
    agent = start_agent(arguments.magpie, place, receiver.address)
    write_steadily(log, lines, arguments.rate, 3)
    before, first, begin = processor_time(agent.pid), lines.number, time.time()
    write_steadily(log, lines, arguments.rate, arguments.seconds)
    took, count = time.time() - begin, lines.number - first
    spent, (most, program) = processor_time(agent.pid) - before, memory(agent.pid)
    wait_until(quiet(receiver))
    stop(agent)
    check_once(receiver, lines.number)
    print(f"cost at {count / took:,.0f} lines/s of {os.path.getsize(log) / lines.number:.0f} B: {spent / took:.4f} core ({spent / count * 1e6:.2f} us/line), "
          f"{most:.1f} MB at most ({program:.1f} MB of them the program's file), {receiver.bytes / lines.number:.1f} B sent per line; "
          f"all {lines.number:,} lines once in {receiver.requests} requests")


def capacity(arguments, place):
    receiver, lines, log = Receiver(f"{place}/requests"), Lines(), f"{place}/app.log"
    with open(log, "w") as file:
        while lines.number < arguments.lines:
            file.write(lines.some(10_000, time.time()))
    begin = time.time()
    agent = start_agent(arguments.magpie, place, receiver.address, core=0)
    wait_until(quiet(receiver, 3), patience=600)
    spent, (most, _) = processor_time(agent.pid), memory(agent.pid)
    stop(agent)
    check_once(receiver, lines.number)
    print(f"capacity: {lines.number / (receiver.last - begin):,.0f} lines/s on one core by the clock, start included; {lines.number / spent:,.0f} per second of "
          f"processor time; {most:.1f} MB at most, {receiver.bytes / lines.number:.1f} B sent per line; all {lines.number:,} lines once")


SERVER = """data_dir: {place}/data
sources:
  - {{ name: otlp, otlp: {{ grpc: '{grpc}', http: '{http}' }} }}
  - {{ name: app, agent: true, module: shop }}
"""


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return "127.0.0.1:%d" % listener.getsockname()[1]


def newest(connection):
    """Number of the newest line that an answer holds."""
    connection.request("GET", "/api/v1/records?limit=1")
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body[:300]
    records = json.loads(body)["records"]
    return int(re.search(r'"n":(\d+)', records[0]["message"])[1]) + 1 if records else 0


def latency(arguments, place):
    http_address, api, lines, log = free_address(), free_address(), Lines(), f"{place}/app.log"
    with open(f"{place}/magpie.yaml", "w") as file:
        file.write(SERVER.format(place=place, grpc=free_address(), http=http_address))
    server = subprocess.Popen([arguments.magpie, "serve", "-c", f"{place}/magpie.yaml", "--listen", api], stderr=open(f"{place}/serve.stderr", "w"))
    agent, seen, over = None, [], threading.Event()

    def ask():
        connection = http.client.HTTPConnection(api, timeout=60)
        while not over.is_set():
            seen.append((newest(connection), time.time()))
            time.sleep(0.02)

    try:
        wait_until(lambda: answers(api))
        agent = start_agent(arguments.magpie, place, http_address)
        asking = threading.Thread(target=ask)
        asking.start()
        write_steadily(log, lines, arguments.rate, 5)
        first, before = lines.number, processor_time(server.pid)
        written = write_steadily(log, lines, arguments.rate, arguments.seconds)
        spent = processor_time(server.pid) - before
        wait_until(lambda: seen[-1][0] >= lines.number)
        over.set()
        asking.join()
    finally:
        for process in filter(None, (agent, server)):
            stop(process)
    delays = sorted(delays_of(written, seen, first))
    at = lambda share: delays[int((len(delays) - 1) * share)]
    print(f"latency at {arguments.rate:,} lines/s, line written to line in an answer: p50 {at(0.5):.2f} s, p99 {at(0.99):.2f} s, longest {at(1):.2f} s, "
          f"of {len(delays):,} lines; {len(seen)} queries; the server took {spent / arguments.seconds:.2f} core")


def answers(api):
    try:
        return newest(http.client.HTTPConnection(api, timeout=5)) == 0
    except (OSError, AssertionError):
        return False


def delays_of(written, seen, first):
    """For each line from `first` on: the time of the first answer that had it, less that at which it was written."""
    answers, at = sorted(seen, key=lambda answer: answer[1]), 0
    for when, upto in written:
        while answers[at][0] < upto:
            at += 1
        yield from [answers[at][1] - when] * (upto - first)
        first = upto


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--magpie", default="target/release/magpie")
    parser.add_argument("--only", default="cost,capacity,latency")
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--lines", type=int, default=3_000_000)
    arguments = parser.parse_args()
    parts = {"cost": cost, "capacity": capacity, "latency": latency}
    for name in arguments.only.split(","):
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as place:
            parts[name](arguments, place)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    sys.exit(main())
