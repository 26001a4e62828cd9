# SPDX-License-Identifier: Apache-2.0
"""E1 to E4: events and calls from outside, over the socket of a real `baton run`.

usage: end_to_end.py PEER WORKLOAD BUILD [N]                   prints one line of JSON
       end_to_end.py --system-calls PEER WORKLOAD BUILD N      how many an event takes, by strace
       end_to_end.py --instructions PEER WORKLOAD BUILD N      the same of those outside of the kernel, by callgrind
"""
import contextlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

CONFIG = """\
host: {{name: end, socket: {folder}/socket, runtime_dir: {folder}/run, log_level: warning}}
plugins: {{directories: [{folder}/plugins], trial: false, watch: false}}
managers:
  events:
    handlers: [CountHandler, LineHandler]
servers:
  echo: {{type: EchoServer}}
"""
PLUGINS = ("bench_count.so", "bench_lines.so")
HANDLERS = ("CountHandler", "LineHandler")
EVENTS = 1_000_000  # of E1
START_SECONDS_MAX = 60  # with callgrind
TICKS = os.sysconf("SC_CLK_TCK")
# The peers of each workload: ours, and the measuring stick.
PEERS = {
    "E1": {"baton": "ours", "baton/file": "ours", "baton/sync": "ours", "wire": "probe"},
    "E2": {"baton": "ours", "wire": "probe"},
    "E3": {"baton": "ours"},
    "E4": {"baton": "ours", "baton/infinity": "ours", "wire": "probe"},
    "E4p": {"baton": "ours", "echo": "probe"},
}


def rows(build, row, workload, quick):
    """Nothing where the programs are not built."""
    if not all(os.access(os.path.join(build, "bin", program), os.X_OK) for program in ("baton", "bench_end_to_end")):
        return []
    n = max(workload.n // 10, 20) if quick else workload.n
    command = [sys.executable, "-B", os.path.abspath(__file__)]
    return [row(workload.name, peer, kind, [*command, peer, workload.name, build, str(n)], n)
            for peer, kind in PEERS[workload.name.split("/")[0]].items()]


def stop_unless(holds, what):
    if not holds:
        sys.exit(f"CHECK FAILED: {what}")


class Host:
    """A host of one's own in a folder of its own. `wrap` is put before its command."""

    def __init__(self, build, folder, wrap=()):
        self.program = os.path.join(build, "bin", "baton")
        self.socket = os.path.join(folder, "socket")
        os.mkdir(os.path.join(folder, "plugins"))
        for library in PLUGINS:
            shutil.copy(os.path.join(build, "bench_plugins", library), os.path.join(folder, "plugins"))
        config = os.path.join(folder, "end.yaml")
        with open(config, "w", encoding="ascii") as out:
            out.write(CONFIG.format(folder=folder))
        self.errors = open(os.path.join(folder, "errors"), "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen([*wrap, self.program, "run", config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=self.errors)
        self.wait_until_it_answers()

    def ask(self, *words):
        done = subprocess.run([self.program, *words, "--socket", self.socket], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def wait_until_it_answers(self):
        end = time.monotonic() + START_SECONDS_MAX
        while self.ask("call", "echo", "say", "here") != "here":
            stop_unless(self.process.poll() is None and time.monotonic() < end, f"the host starts: {self.said()}")
            time.sleep(0.01)

    def said(self):
        self.errors.seek(0)
        return self.errors.read()[-1000:]

    def counts(self):
        return [self.ask("call", f"events/{handler}", "count") for handler in HANDLERS]

    def cpu_ns(self):
        """Processor time so far, in steps of a clock tick."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1_000_000_000 // TICKS

    def close(self):
        self.ask("stop")
        try:
            code = self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        said = self.said()
        self.errors.close()
        stop_unless(code == 0, f"the host ends with 0, and not with {code}: {said}")


class Bench:
    """One peer and one workload. `wrap`: what is put before the commands of the host and of the client."""

    def __init__(self, peer, workload, build, wrap=((), ())):
        self.peer, self.workload, self.build = peer, workload, build
        self.client = os.path.join(build, "bin", "bench_end_to_end")
        self.wrap_host, self.wrap_client = wrap

    def has_host(self):
        return self.peer.startswith("baton")

    def run(self, n):
        """The figures."""
        with tempfile.TemporaryDirectory(prefix="baton-end-") as folder:
            host = Host(self.build, folder, self.wrap_host) if self.has_host() else None
            with contextlib.closing(host) if host else contextlib.nullcontext():
                if self.workload == "E1":
                    return self.pipe(host, folder, n)
                return self.own_client(host, n)

    def own_client(self, host, n):
        command = [*self.wrap_client, self.client, self.peer, self.workload, str(n), host.socket if host else "-",
                   os.path.join(self.build, "bin", "baton")]
        before = host.cpu_ns() if host else 0
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        stop_unless(done.returncode == 0, f"{done.stderr.strip()} (exit {done.returncode})")
        figures = json.loads(done.stdout)
        figures.setdefault("all", figures["n"] + figures["n"] // 10)
        if host:
            figures["host_cpu_ns"] = (host.cpu_ns() - before) / figures["all"]
            if self.workload[:2] in ("E2", "E3"):
                stop_unless(host.counts() == [str(int(figures["all"]))] * 2, f"both handlers have all: {host.counts()}")
        return figures

    def pipe(self, host, folder, n):
        warm_up, lines = os.path.join(folder, "warm_up"), os.path.join(folder, "lines")
        for file, first, count in ((warm_up, 0, n // 10), (lines, n // 10, n)):
            with open(file, "wb") as out:
                subprocess.run([self.client, "lines", str(first), str(count)], stdout=out, check=True)
        self.send(host, warm_up, n // 10)
        host_before = host.cpu_ns() if host else 0
        ns, client_ns = self.send(host, lines, n)
        figures = {"peer": self.peer, "workload": self.workload, "n": n, "all": n + n // 10, "ns": ns / n,
                   "client_cpu_ns": client_ns / n}
        if host:
            figures["host_cpu_ns"] = (host.cpu_ns() - host_before) / n
            stop_unless(host.counts() == [str(n + n // 10)] * 2, f"both handlers have all, in order: {host.counts()}")
        return figures

    def send(self, host, file, n):
        """(time, processor time of the sender): from its start to its end, which is when all are handled."""
        if host:
            verb = "sync-notify" if self.peer == "baton/sync" else "notify"
            command = [host.program, verb, "events", "line", "-", "--socket", host.socket]
        else:
            command = [self.client, self.peer, self.workload, str(n), "-", "-"]
        with open(file, "rb") as lines:
            begin = time.monotonic_ns()
            feeder = None if self.peer == "baton/file" else subprocess.Popen(["cat"], stdin=lines,
                                                                             stdout=subprocess.PIPE)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run([*self.wrap_client, *command], stdin=feeder.stdout if feeder else lines,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
            ns = time.monotonic_ns() - begin
            used_then = resource.getrusage(resource.RUSAGE_CHILDREN)
            if feeder:
                feeder.stdout.close()
                feeder.wait()
        stop_unless(done.returncode == 0, f"{done.stderr.strip()} (exit {done.returncode})")
        if host:
            stop_unless(f"{n} accepted, {n} handled, 0 refused" in done.stdout, f"all are handled: {done.stdout}")
        seconds = (used_then.ru_utime + used_then.ru_stime) - (used.ru_utime + used.ru_stime)
        return ns, seconds * 1e9


def system_calls(file):
    """{name: calls} of what `strace -c` has written."""
    found = {}
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            fields = line.split()
            if len(fields) >= 5 and re.fullmatch(r"[\d.]+", fields[0]) and fields[-1] != "total":
                found[fields[-1]] = int(fields[3])
    return found


def instructions(file):
    """The sum of what callgrind has written, for each process one file."""
    with open(file, encoding="utf-8", errors="replace") as profile:
        return {"instructions": int(re.search(r"^(?:summary|totals): (\d+)", profile.read(), re.MULTILINE).group(1))}


MEANS = {
    "--system-calls": (lambda file: ("strace", "-f", "-c", "-o", file), system_calls),
    "--instructions": (lambda file: ("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={file}"), instructions),
}


def counted(means, peer, workload, build, n):
    """{"host": (how many of what, for how many events), "client": …} of one run."""
    wrap, read = MEANS[means]
    with tempfile.TemporaryDirectory(prefix="baton-cost-") as folder:
        files = {side: os.path.join(folder, side) for side in ("host", "client")}
        figures = Bench(peer, workload, build, [wrap(file) for file in files.values()]).run(n)
        # The warm-up of E1 is a client of its own.
        events = {"host": figures["all"], "client": figures["n" if workload == "E1" else "all"]}
        return {side: (read(file), events[side]) for side, file in files.items() if os.path.exists(file)}


def cost(means, peer, workload, build, n):
    """What one event more takes: the difference of n events and 2 n, so that starting and ending are not in it."""
    few, many = counted(means, peer, workload, build, n), counted(means, peer, workload, build, 2 * n)
    found = {"peer": peer, "workload": workload}
    for side in many:
        events = many[side][1] - few[side][1]
        each = {what: (count - few[side][0].get(what, 0)) / events for what, count in many[side][0].items()}
        found[side] = {"all": round(sum(each.values()), 5), **{what: round(count, 5) for what, count in each.items()
                                                              if count >= 1e-4}}
    return found


def main(words):
    if len(words) == 5 and words[0] in MEANS:
        print(json.dumps(cost(*words[:4], int(words[4]))))
    elif len(words) in (3, 4):
        print(json.dumps(Bench(*words[:3]).run(int(words[3]) if len(words) == 4 else EVENTS)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
