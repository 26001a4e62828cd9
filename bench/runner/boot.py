# SPDX-License-Identifier: Apache-2.0
"""W0 with the real program: `baton run` with a config, a manager with two handlers, one event, the end.

usage: boot.py PEER BUILD [TRIAL]   prints one line of JSON; TRIAL is true (the default of a config) or false
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

CONFIG = """\
host: {{name: boot, socket: {folder}/socket, runtime_dir: {folder}/run, log_level: warning}}
plugins: {{directories: [{folder}/plugins], trial: {trial}, watch: false}}
managers:
  events:
    handlers: [CountHandler, AppendHandler]
"""
EVENT = "0" * 32  # as long as the payload of all workloads


def boot_rows(build, row):
    host = os.path.join(build, "bin", "baton")
    if not os.access(host, os.X_OK):
        return []
    here = os.path.abspath(__file__)
    return [row("W0", peer, "ours", [sys.executable, here, peer, build, trial], 0)
            for peer, trial in (("baton run", "true"), ("baton run/no trial", "false"))]


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.readline().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def boot(peer, build, trial):
    with tempfile.TemporaryDirectory(prefix="baton-boot-") as folder:
        os.mkdir(os.path.join(folder, "plugins"))
        for library in ("bench_count.so", "bench_append.so"):
            shutil.copy(os.path.join(build, "bench_plugins", library), os.path.join(folder, "plugins"))
        config = os.path.join(folder, "boot.yaml")
        with open(config, "w", encoding="ascii") as out:
            out.write(CONFIG.format(folder=folder, trial=trial))
        begin = time.monotonic_ns()
        with subprocess.Popen([os.path.join(build, "bin", "baton"), "run", config, "--console"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as host:
            host.stdin.write(f"sync-notify events event {EVENT}\ncall events/CountHandler count\n")
            host.stdin.flush()
            line = host.stdout.readline()
            while line and line.strip() != "1":
                line = host.stdout.readline()
            first_event = time.monotonic_ns()
            resident = resident_bytes(host.pid) if line else 0
            errors = host.communicate(timeout=30)[1]
            ended = time.monotonic_ns()
        if host.returncode != 0 or not line:
            sys.exit(f"CHECK FAILED: `baton run` ended with {host.returncode}: {errors}")
        print(json.dumps({"peer": peer, "workload": "W0", "n": 1, "ns": ended - begin,
                          "first_event_ns": first_event - begin, "resident_bytes": resident}))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    boot(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else "true")
