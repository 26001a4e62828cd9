# SPDX-License-Identifier: Apache-2.0
"""Which programs run which workloads: one Row is one line of a table."""
import collections
import os
import shutil

HERE = os.path.dirname(os.path.abspath(__file__))

Workload = collections.namedtuple("Workload", "name metric title n")
# kind: ours, probe (a measuring stick) or peer
Row = collections.namedtuple("Row", "workload peer kind command n")

WORKLOADS = [
    Workload("W0", "ns", "boot: start of the process, 2 handlers, one event, end", 1),
    Workload("W1", "ns", "cast: 1 producer, 1 server", 1_000_000),
    Workload("W1long", "ns", "the same, ten times as many", 10_000_000),
    Workload("W2", "p50", "call from a thread outside, median", 100_000),
    Workload("W2p", "p50", "call after 1 ms of sleep, median", 500),
    Workload("W2in", "p50", "call of one server by another, median", 100_000),
    Workload("W3", "ns", "notify: 1 producer, 2 handlers", 1_000_000),
    Workload("W3long", "ns", "the same, ten times as many", 10_000_000),
    Workload("W3b", "p50", "sync_notify, 2 handlers, median", 100_000),
    Workload("W4", "ns", "notify: 4 producers, 2 handlers", 1_000_000),
    Workload("W4long", "ns", "the same, ten times as many", 10_000_000),
    Workload("W5/1", "ns_per_handler", "notify: 1 handler", 1_000_000),
    Workload("W5/10", "ns_per_handler", "notify: 10 handlers, per handler", 1_000_000),
    Workload("W5/100", "ns_per_handler", "notify: 100 handlers, per handler", 100_000),
    Workload("W5/1000", "ns_per_handler", "notify: 1,000 handlers, per handler", 10_000),
    Workload("W6", "ns", "start one of 100,000 servers", 100_000),
    Workload("W6ring", "ns", "a hop in a ring of 1,000 servers", 1_000_000),
    Workload("W7", "swap_p50", "swap under 100,000 events/s, median", 200_000),
    Workload("W7big", "swap_p50", "the same with a state of 1 MiB, median", 200_000),
    Workload("E1", "ns", "lines from a pipe, into `notify MANAGER TYPE -` of a real host", 1_000_000),
    Workload("E2/1", "ns", "events over the socket by a client of one's own, one in each request", 100_000),
    Workload("E2/64", "ns", "the same, 64 in each, per event", 1_000_000),
    Workload("E2/1024", "ns", "the same, 1,024 in each, per event", 1_000_000),
    Workload("E3/1", "ns", "events over the socket by Beast, one in each request", 100_000),
    Workload("E3/64", "ns", "the same, 64 in each, per event", 1_000_000),
    Workload("E3/1024", "ns", "the same, 1,024 in each, per event", 1_000_000),
    Workload("E4", "p50", "call over the socket, median", 20_000),
    Workload("E4p", "p50", "the whole process of `baton call`, median", 200),
]

# What is shown besides the metric.
MORE = {
    "W0": ["resident_bytes"],
    "W1": ["send_ns"], "W1long": ["send_ns"],
    "W2": ["p99", "p999"], "W2p": ["p99", "p999"], "W2in": ["p99", "p999"], "W3b": ["p99", "p999"],
    "W6": ["bytes_rss", "first_touch_ns", "stop_ns"],
    "E1": ["client_cpu_ns", "host_cpu_ns"],
    **{name: ["p50", "p99", "host_cpu_ns"] for name in ("E2/1", "E2/64", "E2/1024", "E3/1", "E3/64", "E3/1024")},
    "E4": ["p99", "p999", "host_cpu_ns"], "E4p": ["p99", "host_cpu_ns"],
    "W7": ["swap_p90", "gap_p50", "gap_p90", "base_p50"], "W7big": ["swap_p90", "gap_p50", "gap_p90", "base_p50"],
}

W5 = ["W5/1", "W5/10", "W5/100", "W5/1000"]

# peer: kind, program, the workloads it runs
PROGRAMS = {
    "baton": ("ours", "baton_workloads", ["W0", "W1", "W1long", "W2", "W2p", "W2in", "W3", "W3long", "W3b", "W4",
                                          "W4long", *W5, "W6", "W6ring", "W7", "W7big"]),
    "baton/infinity": ("ours", "baton_workloads", ["W2", "W2in", "W3b"]),
    "baton/batch": ("ours", "baton_workloads", ["W3", "W4", *W5]),
    "lane": ("probe", "bench_lane", ["W0", "W1", "W2", "W2p", "W3", "W3b", "W4", *W5, "W7", "W7big"]),
    "lane/batch": ("probe", "bench_lane", ["W3", "W4", *W5]),
    "lane-bounded": ("probe", "bench_lane", ["W1", "W1long", "W3", "W3long", "W4", "W4long"]),
    "run-next": ("probe", "bench_run_next", ["W2in", "W6", "W6ring"]),
    "inline": ("probe", "bench_run_next", ["W2", "W2p"]),
    "beam": ("peer", "otp", ["W0", "W1", "W2", "W2p", "W3", "W3b", "W4", *W5, "W6", "W6ring", "W7", "W7big"]),
    "beam/infinity": ("peer", "otp", ["W2"]),
    "beam/hibernate": ("peer", "otp", ["W6"]),
    "genevent": ("peer", "elixir", ["W3", "W3b", "W4", *W5]),
    "caf": ("peer", "bench_caf", ["W1", "W2", "W2in", "W3", "W3b", "W4", *W5, "W6", "W6ring"]),
    "caf-detached": ("peer", "bench_caf", ["W1", "W2", "W3", "W3b"]),
    "asio-strand": ("peer", "bench_asio", ["W1", "W2", "W3", "W3b", "W4", *W5, "W6", "W6ring"]),
    "moodycamel": ("peer", "bench_moodycamel", ["W1", "W2", "W2p"]),
    "moodycamel-bulk": ("peer", "bench_moodycamel", ["W1", "W3", "W3b", "W4", *W5, "W7", "W7big"]),
    "tbb": ("peer", "bench_tbb", ["W1", "W2", "W2p", "W3", "W3b", "W4"]),
    "mutex": ("peer", "bench_mutex", ["W1", "W2", "W2p", "W3", "W3b", "W4", *W5, "W7", "W7big"]),
    "mutex-swap": ("peer", "bench_mutex", ["W1", "W3", "W4"]),
}

PACKAGES = {"otp": "erlang-base", "elixir": "elixir", "bench_caf": "libcaf-dev", "bench_tbb": "libtbb-dev",
            "bench_moodycamel": "libconcurrentqueue-dev", "bench_asio": "libboost1.74-dev"}
ROUNDS_OF_CAF = 20_000  # calls from outside: one takes 50 us


def command_of(build, program):
    """How the program is started; nothing when this machine does not have it."""
    if program == "otp":
        ebin = os.path.join(build, "bench_otp")
        has = shutil.which("erl") and os.path.exists(os.path.join(ebin, "bench_otp.beam"))
        return ["erl", "+P", "300000", "-noshell", "-pa", ebin, "-run", "bench_otp", "main"] if has else None
    if program == "elixir":
        script = os.path.join(HERE, os.pardir, "peers", "otp", "genevent.exs")
        return ["elixir", script] if shutil.which("elixir") else None
    path = os.path.join(build, "bin", program)
    return [path] if os.access(path, os.X_OK) else None


def operations(workload, peer, quick):
    """0: as many as the program does by itself."""
    if workload.name.endswith("long"):
        return workload.n // 10 if quick else workload.n
    if not quick or workload.n == 1:
        return 0
    if peer == "caf" and workload.name in ("W2", "W3b"):
        return ROUNDS_OF_CAF // 10
    return max(workload.n // 10, 50)


def rows_of(build, wanted, quick):
    """(all rows of the wanted workloads, {what is left out: why})"""
    from boot import boot_rows
    import end_to_end

    rows, left_out = [], {}
    for workload in WORKLOADS:
        if wanted and workload.name not in wanted and workload.name.split("/")[0] not in wanted:
            continue
        for peer, (kind, program, names) in PROGRAMS.items():
            if workload.name not in names:
                continue
            command = command_of(build, program)
            if command is None:
                left_out[peer] = f"there is no {program}" + (
                    f"; it takes the package {PACKAGES[program]}" if program in PACKAGES else "")
                continue
            n = operations(workload, peer, quick)
            name = workload.name.removesuffix("long")
            rows.append(Row(workload.name, peer, kind, [*command, peer, name, *([str(n)] if n else [])], n))
        if workload.name == "W0":
            rows.extend(boot_rows(build, Row))
        if workload.name.split("/")[0] in end_to_end.PEERS:
            rows.extend(end_to_end.rows(build, Row, workload, quick))
    return rows, left_out
