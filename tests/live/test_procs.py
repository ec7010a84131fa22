"""The processes beside ps and psutil, and children of the test of which everything is known."""
import csv
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import psutil
from live import SONDE, procs, public_copy, run

NOBODY = 65534
# KiB. The kernel counts resident pages per CPU, in batches; stat and statm have the sum of what was
# handed in, status, which ps may read, that of all. Three counters.
CPUS = os.cpu_count()
RSS_SLACK = 3 * max(32, 2 * CPUS) * CPUS * os.sysconf("SC_PAGE_SIZE") // 1024


def ps():
    out = {}
    for line in run("ps", "-eo", "pid,ppid,uid,stat,ni,vsz,rss,nlwp,etimes,pgrp,sess,cls,rtprio"
                    ).splitlines()[1:]:
        v = line.split()
        out[int(v[0])] = v
    return out


class BesidePs(unittest.TestCase):
    def test_all(self):
        a, rows, b = ps(), procs(), ps()
        lived = set(a) & set(b)
        self.assertEqual(lived - set(rows), set())
        self.assertLessEqual(len(set(rows) - set(a) - set(b)), 5)   # ps and sonde themselves
        checked = 0
        for pid in lived & set(rows):
            row = rows[pid]
            for field, column in (("ppid", 1), ("uid", 2), ("nice", 4), ("threads_count", 7),
                                  ("pgrp", 9), ("session", 10), ("rt_priority", 12)):
                if a[pid][column] != b[pid][column] or a[pid][column] == "-":
                    continue
                self.assertEqual(str(row[field]), a[pid][column], f"{pid} {field}")
                checked += 1
            for field, column, slack in (("virtual_bytes", 5, 0), ("resident_bytes", 6, RSS_SLACK)):
                low, high = sorted((int(a[pid][column]), int(b[pid][column])))
                self.assertTrue(low - slack <= row[field] // 1024 <= high + slack
                                or high - low > slack,
                                f"{pid} {field}: {low} {row[field] // 1024} {high}")
            self.assertLessEqual(abs(row["age_ns"] / 1e9 - int(b[pid][8])), 2.5, pid)
            if a[pid][3][0] == b[pid][3][0] != "R":
                self.assertIn(row["state"], (a[pid][3][0], "R"), pid)
        self.assertGreater(checked, 100)


class Children(unittest.TestCase):
    def start(self, code, *args, **kw):
        child = subprocess.Popen([sys.executable, "-c", code, *args], stdout=subprocess.PIPE, **kw)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.addCleanup(child.stdout.close)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        return child

    def row(self, child, *args, **kw):
        return procs("--pid", str(child.pid), *args, **kw)[child.pid]

    def test_cpu(self):
        """One that burns all it gets; how much that is its own clock says."""
        child = self.start("print('ready', flush=True)\nwhile True: pass")
        def burnt():
            return sum(psutil.Process(child.pid).cpu_times()[:2])
        for _ in range(4):      # our window is wider than sonde's, and others may run in it
            start, used = time.monotonic(), burnt()
            row = self.row(child, "-d", "1.5")
            share = (burnt() - used) / (time.monotonic() - start)
            if abs(row["cpu_ratio"] - share) < 0.1:
                break
        self.assertAlmostEqual(row["cpu_ratio"], share, delta=0.1)
        self.assertAlmostEqual(row["cpu_ns_total"] / 1e9, burnt(), delta=0.3)
        self.assertGreater(row["user_ratio"], row["system_ratio"])

    def test_io(self):
        child = self.start("""
import os, tempfile
f = tempfile.TemporaryFile(dir=".")
f.write(b"x" * (20 << 20)); f.flush(); os.fsync(f.fileno())
print("ready", flush=True); input()""", stdin=subprocess.PIPE)
        self.addCleanup(child.stdin.close)
        row, other = self.row(child), psutil.Process(child.pid).io_counters()
        self.assertEqual(row["write_bytes_total"], other.write_bytes)
        self.assertEqual(row["read_bytes_total"], other.read_bytes)

    def test_threads_and_nice(self):
        child = self.start("""
import os, threading, time
os.nice(7)
for _ in range(11): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ready", flush=True); time.sleep(60)""")
        row = self.row(child)
        self.assertEqual(row["threads_count"], 12)
        self.assertEqual(row["nice"], 7)
        self.assertEqual(row["priority"], 27)
        rows = procs("--pid", str(child.pid), "--threads")
        self.assertEqual(len(rows), 12)
        self.assertEqual({r["tgid"] for r in rows.values()}, {child.pid})

    def test_states(self):
        child = self.start("import time; print('ready', flush=True); time.sleep(60)")
        self.assertEqual(self.row(child)["state"], "S")
        os.kill(child.pid, signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        self.assertEqual(self.row(child)["state"], "T")
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        row = self.row(child)
        self.assertEqual(row["state"], "Z")
        self.assertEqual(row["ppid"], os.getpid())

    def test_memory(self):
        child = self.start("""
import time
b = bytearray(64 << 20)
for i in range(0, len(b), 4096): b[i] = 1
print("ready", flush=True); time.sleep(60)""")
        row, other = self.row(child), psutil.Process(child.pid).memory_full_info()
        self.assertLess(abs(row["resident_bytes"] - other.rss), (4 << 20) + RSS_SLACK * 1024)
        self.assertLess(abs(row["virtual_bytes"] - other.vms), 4 << 20)
        self.assertGreater(row["anonymous_bytes"], 64 << 20)

    def test_hostile_names(self):
        for raw in (b'a"b\\c', b"new\nline,comma", b"\x1b[31m\xff\xc3(", "日本語 \u202e".encode(), b"''"):
            with self.subTest(raw):
                child = subprocess.Popen([raw, "60"], executable="/bin/sleep")
                try:
                    out = subprocess.run([SONDE, "once", "--pid", str(child.pid), "-d", "0.1", "--format", "json"],
                                         capture_output=True, check=True, timeout=20).stdout
                    self.assertEqual(json.loads(out)["tables"]["proc"][0]["pid"], child.pid)
                    out = subprocess.run([SONDE, "once", "--pid", str(child.pid), "-d", "0.1", "--format", "csv"],
                                         capture_output=True, check=True, timeout=20).stdout
                    rows = list(csv.DictReader(io.StringIO(out.decode(), newline="")))
                    self.assertEqual([int(r["pid"]) for r in rows], [child.pid])
                    self.assertNotIn(b"\x1b", out)
                finally:
                    child.kill()
                    child.wait()

    def test_dear(self):
        """What is read because it is asked for by name."""
        child = self.start("""
import os, sys, time
b = bytearray(24 << 20)
for i in range(0, len(b), 4096): b[i] = 1
held = [os.open("/dev/null", os.O_RDONLY) for _ in range(37)]
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
with open("/proc/self/oom_score_adj", "w") as f: f.write("123")
os.chdir("/usr")
print("ready", flush=True); time.sleep(60)""")
        row, other = self.row(child), psutil.Process(child.pid)
        memory, proc = other.memory_full_info(), f"/proc/{child.pid}/"
        self.assertLess(abs(row["proportional_bytes"] - memory.pss), 2 << 20)
        self.assertLess(abs(row["unique_bytes"] - memory.uss), 2 << 20)
        self.assertGreater(row["proportional_anonymous_bytes"], 24 << 20)
        self.assertEqual(row["open_files_count"], other.num_fds())
        self.assertEqual(row["open_files_limit"], other.rlimit(psutil.RLIMIT_NOFILE)[0])
        self.assertAlmostEqual(row["open_files_ratio"],
                               row["open_files_count"] / row["open_files_limit"])
        self.assertEqual(row["executable"], other.exe())
        self.assertEqual(row["working_directory"], "/usr")
        self.assertEqual(row["root_directory"], os.readlink(proc + "root"))
        self.assertFalse(row["replaced"])
        self.assertEqual(row["oom_score_adjust"], 123)
        with open(proc + "oom_score", encoding="ascii") as f:
            self.assertLess(abs(row["oom_score"] - int(f.read())), 20)
        self.assertEqual(row["cpus_allowed"], str(other.cpu_affinity()[0]))
        self.assertEqual(row["saved_uid"], other.uids().saved)
        self.assertEqual(row["namespace_pid"], child.pid)
        with open(proc + "schedstat", encoding="ascii") as f:
            _, wait, slices = map(int, f.read().split())
        self.assertLess(abs(row["run_wait_ns_total"] - wait), 50e6)
        self.assertLess(abs(row["timeslices_total"] - slices), 5)
        for field, kind in (("pid", "pid"), ("network", "net"), ("mount", "mnt"), ("user", "user"),
                            ("uts", "uts"), ("ipc", "ipc"), ("cgroup", "cgroup"), ("time", "time")):
            try:
                self.assertEqual(row[field + "_namespace"], os.stat(proc + "ns/" + kind).st_ino)
            except FileNotFoundError:
                self.assertIsNone(row[field + "_namespace"])    # an older kernel

    def test_replaced(self):
        """The file of the program is another one now, and the row says so."""
        with tempfile.TemporaryDirectory() as directory:
            program = os.path.join(directory, "snooze")
            with open("/bin/sleep", "rb") as old, open(program, "wb") as new:
                new.write(old.read())
            os.chmod(program, 0o755)
            child = subprocess.Popen([program, "60"])
            self.addCleanup(child.wait)
            self.addCleanup(child.kill)
            for _ in range(200):
                if os.readlink(f"/proc/{child.pid}/exe") == program:
                    break
                time.sleep(0.01)
            self.assertFalse(self.row(child)["replaced"])
            os.remove(program)
            row = self.row(child)
        self.assertTrue(row["replaced"])
        self.assertEqual(row["executable"], program)

    @unittest.skipUnless(os.getuid() == 0, "only root can become somebody else")
    def test_dear_without_privilege(self):
        """Others' are absent, and neither empty nor zero; one's own are there."""
        child = self.start("import time; print('ready', flush=True); time.sleep(60)")
        with tempfile.TemporaryDirectory() as directory:
            row = self.row(child, program=public_copy(directory), user=NOBODY, extra_groups=[],
                           cwd="/")
        for field in ("executable", "replaced", "working_directory", "root_directory",
                      "proportional_bytes", "unique_bytes", "network_namespace"):
            self.assertIsNone(row[field], field)
        self.assertIsNotNone(row["oom_score"])
        self.assertIsNotNone(row["open_files_limit"])

    @unittest.skipUnless(os.getuid() == 0, "only root can become somebody else")
    def test_without_privilege(self):
        """What others did is not known then, and not zero."""
        child = self.start("import time; print('ready', flush=True); time.sleep(60)")
        with tempfile.TemporaryDirectory() as directory:
            row = self.row(child, program=public_copy(directory), user=NOBODY, extra_groups=[],
                           cwd="/")
        self.assertIsNone(row["read_bytes_total"])
        self.assertIsNone(row["write_bytes_per_second"])
        self.assertEqual(row["uid"], 0)
        self.assertEqual(row["ppid"], os.getpid())
        self.assertIsNotNone(row["resident_bytes"])


if __name__ == "__main__":
    unittest.main()
