# SPDX-License-Identifier: Apache-2.0
"""What the runner makes of runs, and of programs that fail."""
import os
import sys
import tempfile
import unittest
import xml.dom.minidom

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bench  # noqa: E402
import chart  # noqa: E402
import end_to_end  # noqa: E402
import report  # noqa: E402
import rows as table  # noqa: E402


def one_run(workload, peer, ns, others=0.0, round_trip_ns=120.0, **more):
    return {"workload": workload, "peer": peer, "kind": "ours", "ns": ns, "others": others,
            "round_trip_ns": round_trip_ns, "clock_ns": 25.0, "round": 1, "n": 1, **more}


def document_of(runs):
    return {"time": "2026-01-01T00:00:00Z", "machine": {"processor": "p", "cores": 2, "kernel": "k"}, "rounds": 7,
            "quick": False, "failures": [], "runs": runs}


def table_of(runs):
    return report.tables_of(document_of(runs))[0]


class WhichRunsCount(unittest.TestCase):
    def test_runs_that_others_disturbed_do_not_count_when_there_are_five_clean_ones(self):
        runs = [one_run("W1", "baton", 10.0)] * 5 + [one_run("W1", "baton", 1000.0, others=0.5)] * 4
        line = table_of(runs).line("baton")
        self.assertEqual((line.spread("ns"), line.is_marked), ((10.0, 10.0, 10.0), False))

    def test_with_fewer_clean_ones_the_least_disturbed_count_and_the_line_is_marked(self):
        runs = [one_run("W1", "baton", float(i), others=i / 10) for i in range(1, 8)]
        line = table_of(runs).line("baton")
        self.assertEqual((line.spread("ns"), line.is_marked), ((1.0, 3.0, 5.0), True))

    def test_runs_of_another_state_of_the_machine_do_not_count(self):
        runs = [one_run("W1", "baton", 10.0)] * 5 + [one_run("W1", "baton", 80.0, round_trip_ns=560.0)] * 5
        of_workload = table_of(runs)
        self.assertEqual((of_workload.state, of_workload.line("baton").median("ns")), ("near", 10.0))

    def test_where_all_runs_are_far_the_table_says_so(self):
        runs = [one_run("W1", "baton", 80.0, round_trip_ns=560.0)] * 5
        self.assertEqual(table_of(runs).state, "far")
        self.assertIn("[far runs", report.text(document_of(runs)))

    def test_a_machine_that_had_no_time_to_be_looked_at_is_not_near(self):
        runs = [one_run("W1", "baton", 80.0, round_trip_ns=None)] * 5
        self.assertNotEqual(table_of(runs).state, "near")
        self.assertIn("5 runs: 0 near", report.text(document_of(runs)))

    def test_near_of_one_program_and_far_of_another_are_not_passed_off_as_one_state(self):
        runs = [one_run("W1", "baton", 10.0)] * 5 + [one_run("W1", "beam", 80.0, round_trip_ns=560.0)] * 5
        self.assertEqual(table_of(runs).state, "mixed")


class WhatTargetsSay(unittest.TestCase):
    def judge(self, line, runs):
        return report.Target(line).judge(report.tables_of(document_of(runs)))

    def test_at_most_times_the_reference(self):
        runs = [one_run("W1", "baton", 20.0), one_run("W1", "lane-bounded", 10.0)]
        self.assertTrue(self.judge("W1\tbaton\tns\tat_most_times\t2\tlane-bounded", runs)[1])
        self.assertFalse(self.judge("W1\tbaton\tns\tat_most_times\t1.9\tlane-bounded", runs)[1])

    def test_times_faster_than_the_reference(self):
        runs = [one_run("W1", "baton", 20.0), one_run("W1", "beam", 300.0)]
        self.assertTrue(self.judge("W1\tbaton\tns\ttimes_faster\t15\tbeam", runs)[1])
        self.assertFalse(self.judge("W1\tbaton\tns\ttimes_faster\t15.1\tbeam", runs)[1])

    def test_an_absolute_figure(self):
        runs = [one_run("W6", "baton", 20.0, bytes_rss=601.0)]
        self.assertFalse(self.judge("W6\tbaton\tbytes_rss\tat_most\t600\t-", runs)[1])

    def test_what_was_not_measured_is_not_judged(self):
        runs = [one_run("W1", "baton", 20.0)]
        self.assertIsNone(self.judge("W1\tbaton\tns\ttimes_faster\t15\tbeam", runs))
        self.assertIn("not measured", report.text(document_of(runs)))

    def test_a_verdict_that_rests_on_disturbed_runs_is_marked(self):
        runs = [one_run("W1", "baton", 5.0)] * 5 + [one_run("W1", "beam", 300.0, others=0.5)] * 5
        of_beam = [verdict for target, _, verdict in report.verdicts(report.tables_of(document_of(runs)))
                   if target.reference == "beam"]
        self.assertEqual(of_beam, ["holds~"])

    def test_every_target_names_a_row_that_there_is(self):
        names = {workload.name for workload in table.WORKLOADS}
        peers = set(table.PROGRAMS) | {"baton run", "baton run/no trial", "-"}
        for target in report.targets():
            self.assertIn(target.workload, names)
            self.assertIn(target.row, peers)
            self.assertIn(target.reference, peers)


class WhatBecomesOfFailures(unittest.TestCase):
    def run_program(self, text):
        with tempfile.TemporaryDirectory() as folder:
            program, look = os.path.join(folder, "program.py"), os.path.join(folder, "look")
            with open(program, "w", encoding="utf-8") as out:
                out.write(text)
            with open(look, "w", encoding="utf-8") as out:
                out.write('#!/bin/sh\necho \'{"ns": 120, "clock_ns": 25}\'\n')
            os.chmod(look, 0o700)
            runner = bench.Runner(bench.parse(["W1", "--quiet", "0"]), [])
            runner.look = look
            runner.say = lambda text: None
            runner.run(table.Row("W1", "baton", "ours", [sys.executable, program], 0), 1)
            return runner

    def test_a_program_that_finds_its_check_broken_is_a_failure_and_no_figure(self):
        runner = self.run_program("import sys; print('{\"ns\": 1}'); sys.exit(3)")
        self.assertEqual((len(runner.failures), runner.runs), (1, []))

    def test_a_program_without_a_result_is_a_failure(self):
        self.assertEqual(len(self.run_program("pass").failures), 1)

    def test_a_result_keeps_what_the_machine_was_like(self):
        runner = self.run_program("print('{\"ns\": 7.5}')")
        self.assertEqual((runner.failures, runner.runs[0]["ns"], runner.runs[0]["round_trip_ns"]), ([], 7.5, 120))


# Plays the host and its client: `run` ends once `stop` was said; a call of LineHandler answers with what is in `handled`.
PLAYED_HOST = """#!/bin/sh
folder=$(dirname "$0")
case "$1 $2" in
  "run "*) while [ ! -e "$folder/stopped" ]; do sleep 0.01; done ;;
  "stop "*) : > "$folder/stopped" ;;
  "call echo") echo here ;;
  "call events/LineHandler") cat "$folder/handled" ;;
  "call events/CountHandler") echo 22 ;;
  "notify events") lines=$(wc -l); echo "$lines accepted, $lines handled, 0 refused" ;;
esac
"""
PLAYED_CLIENT = "#!/bin/sh\nseq $3\n"


class EndToEnd(unittest.TestCase):
    def build(self, folder, handled):
        for name in ("bin", "bench_plugins"):
            os.mkdir(os.path.join(folder, name))
        for name, text in (("baton", PLAYED_HOST), ("bench_end_to_end", PLAYED_CLIENT), ("handled", f"{handled}\n")):
            file = os.path.join(folder, "bin", name)
            with open(file, "w", encoding="ascii") as out:
                out.write(text)
            os.chmod(file, 0o700)
        for library in end_to_end.PLUGINS:
            with open(os.path.join(folder, "bench_plugins", library), "w", encoding="ascii"):
                pass

    def run_pipe(self, handled):
        with tempfile.TemporaryDirectory() as folder:
            self.build(folder, handled)
            return end_to_end.Bench("baton", "E1", folder).run(20)

    def test_a_run_counts_when_both_handlers_have_every_line(self):
        self.assertEqual(self.run_pipe(handled=22)["n"], 20)  # and two to warm up

    def test_a_line_that_a_handler_did_not_get_is_a_failure(self):
        with self.assertRaisesRegex(SystemExit, "CHECK FAILED: both handlers have all"):
            self.run_pipe(handled=21)

    def test_without_the_programs_there_are_no_rows(self):
        self.assertEqual(end_to_end.rows("/nowhere", table.Row, table.Workload("E1", "ns", "", 10), False), [])

    def test_a_measuring_stick_is_no_row_of_ours(self):
        with tempfile.TemporaryDirectory() as folder:
            self.build(folder, 0)
            rows = end_to_end.rows(folder, table.Row, table.Workload("E2/64", "ns", "", 640), True)
        self.assertEqual([(row.peer, row.kind, row.n) for row in rows], [("baton", "ours", 64), ("wire", "probe", 64)])

    def test_system_calls_are_read_with_and_without_a_column_of_errors(self):
        with tempfile.NamedTemporaryFile("w+", suffix=".txt") as out:
            out.write("% time     seconds  usecs/call     calls    errors syscall\n"
                      "------ ----------- ----------- --------- --------- ----------------\n"
                      " 70.00    0.000015           0       203           poll\n"
                      " 30.00    0.000003           1         7         2 futex\n"
                      "------ ----------- ----------- --------- --------- ----------------\n"
                      "100.00    0.000018           0       210         2 total\n")
            out.flush()
            self.assertEqual(end_to_end.system_calls(out.name), {"poll": 203, "futex": 7})


class WhatIsPublished(unittest.TestCase):
    def test_the_chart_is_well_formed_and_has_a_mark_for_each_program(self):
        runs = [one_run("W1", "baton", 20.0), one_run("W1", "beam", 300.0), one_run("W1", "mutex", 110.0)]
        text = chart.svg(document_of(runs))
        xml.dom.minidom.parseString(text)
        for name in ("Baton: 20 ns", "Erlang/OTP: 300 ns", "mutex + condvar: 110 ns"):
            self.assertIn(f"<title>{name}</title>", text)

    def test_the_tables_take_the_place_of_those_before(self):
        with tempfile.NamedTemporaryFile("w+", suffix=".md") as page:
            page.write(f"before\n{report.BEGIN}\nfigures of yesterday\n{report.END}\nafter\n")
            page.flush()
            report.publish(document_of([one_run("W1", "baton", 20.0)]), page.name)
            page.seek(0)
            text = page.read()
        self.assertNotIn("yesterday", text)
        self.assertTrue(text.startswith("before\n") and text.endswith("after\n") and "**W1**" in text)


if __name__ == "__main__":
    unittest.main()
