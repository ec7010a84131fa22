"""Children that test_procs.py does not have: names the kernel keeps, policies, states in a crowd,
one that replaces itself, and one that ends while it is looked at."""
import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import unittest

from live import SONDE, procs

# prctl(PR_SET_NAME): any 15 bytes but NUL.
RENAME = """
import ctypes, sys, time
name = bytes.fromhex(sys.argv[1])
assert ctypes.CDLL(None).prctl(15, name, 0, 0, 0) == 0
print("ready", flush=True); time.sleep(60)"""
NAMES = (b'a"b\\c', b"new\nline,x", b"\x1b[31mred", b"\xff\xfe\xc3(", b") R 1 (x", b"cr\r\ttab",
         "\u202eabc".encode(), "日本語日本".encode(), b"''$(x)`", b" ", b"\x7f\xc2\x9b")


class Children(unittest.TestCase):
    def start(self, code, *args, **kw):
        child = subprocess.Popen([sys.executable, "-c", code, *args], stdout=subprocess.PIPE, **kw)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.addCleanup(child.stdout.close)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        return child

    def once(self, *args):
        return subprocess.run([SONDE, "once", *args], capture_output=True, check=True,
                              timeout=20).stdout

    def test_hostile_names(self):
        children = {self.start(RENAME, raw.hex()).pid: raw for raw in NAMES}
        args = ("--pid", ",".join(map(str, children)), "--columns", "pid,ppid,state,name")
        out = self.once("--format", "json", *args)
        self.assertEqual(out.count(b"\n"), 1)               # one object a line
        rows = {r["pid"]: r for r in json.loads(out)["tables"]["proc"]}
        self.assertEqual(rows.keys(), children.keys())
        text = self.once("--format", "csv", *args)
        cells = {int(r["pid"]): r for r in csv.DictReader(io.StringIO(text.decode(), newline=""))}
        self.assertEqual(cells.keys(), children.keys())
        plain = self.once("--format", "text", *args)
        self.assertEqual(len(plain.decode().splitlines()), len(children) + 1)
        for pid, raw in children.items():
            with self.subTest(raw):
                # The fields behind the name are where a parser that stops at the first ')' errs.
                self.assertEqual(rows[pid]["ppid"], os.getpid())
                self.assertEqual(cells[pid]["ppid"], str(os.getpid()))
                self.assertIn(rows[pid]["state"], "SR")
                if raw.decode(errors="replace").isprintable() and b"\xff" not in raw:
                    self.assertEqual(rows[pid]["name"], raw.decode())
                    self.assertEqual(cells[pid]["name"], raw.decode())
        for out in (out, text, plain):                      # nothing that moves a cursor
            decoded = out.decode()
            for bad in "\x1b\x7f\x9b\u202e":
                self.assertNotIn(bad, decoded)

    def test_policies(self):
        for policy, name, priority in ((os.SCHED_BATCH, "batch", 0), (os.SCHED_IDLE, "idle", 0),
                                       (os.SCHED_FIFO, "fifo", 3), (os.SCHED_RR, "rr", 5)):
            with self.subTest(name):
                child = self.start("import time; print('ready', flush=True); time.sleep(60)")
                try:
                    os.sched_setscheduler(child.pid, policy, os.sched_param(priority))
                except PermissionError:
                    continue                # real time is for root, and not in every container
                row = procs("--pid", str(child.pid))[child.pid]
                self.assertEqual(row["policy"], name)
                self.assertEqual(row["rt_priority"], priority)
                self.assertEqual(row["priority"], -1 - priority if priority else 20)

    def test_crowd(self):
        """States among many at once, and the counts of them in the system table."""
        code = "print('ready', flush=True); import time; time.sleep(60)"
        stopped = [self.start(code).pid for _ in range(3)]
        zombies = [self.start(code).pid for _ in range(3)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
            os.waitpid(pid, os.WUNTRACED)
        for pid in zombies:
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        tables = json.loads(self.once("--format", "json", "--table", "system,proc"))["tables"]
        state = {r["pid"]: r["state"] for r in tables["proc"]}
        self.assertEqual({state[p] for p in stopped}, {"T"})
        self.assertEqual({state[p] for p in zombies}, {"Z"})
        # Of this very sample, so no slack.
        for field, states in (("stopped_count", "Tt"), ("zombie_count", "Z")):
            self.assertEqual(tables["system"][0][field],
                             sum(s in states for s in state.values()), field)
        rows = procs("--pid", ",".join(map(str, zombies)))
        for row in rows.values():
            self.assertEqual(row["ppid"], os.getpid())
            self.assertIn(row["resident_bytes"], (0, None))
            self.assertTrue(row["command"])                 # its name, as it has no arguments now

    def test_exec(self):
        """One that becomes another program keeps its number, start and parent."""
        child = self.start("""
import os, sys
print("ready", flush=True); sys.stdin.readline()
os.execv("/bin/sleep", ["sleep", "60"])""", stdin=subprocess.PIPE)
        before = procs("--pid", str(child.pid))[child.pid]
        child.stdin.write(b"\n")
        child.stdin.close()
        end = time.monotonic() + 10
        after = before
        while after["name"] != "sleep" and time.monotonic() < end:
            after = procs("--pid", str(child.pid))[child.pid]
        self.assertEqual(after["command"].split()[-1], "60")
        self.assertEqual(after["ppid"], before["ppid"])
        # By the wall clock, which may be set a little in between: within a tick or two.
        self.assertLess(abs(after["start_time_ns"] - before["start_time_ns"]), 20_000_000)

    def test_ends_between_samples(self):
        """It is in the first line and not in the second, which is valid all the same."""
        child = self.start("import time; print('ready', flush=True); time.sleep(60)")
        with subprocess.Popen([SONDE, "once", "--format", "json", "--pid", str(child.pid), "-n",
                               "2", "-d", "0.5"], stdout=subprocess.PIPE) as sonde:
            first = json.loads(sonde.stdout.readline())
            child.kill()
            child.wait()
            second = json.loads(sonde.stdout.readline())
        self.assertEqual(sonde.returncode, 0)
        self.assertEqual([r["pid"] for r in first["tables"]["proc"]], [child.pid])
        self.assertEqual(second["tables"]["proc"], [])


if __name__ == "__main__":
    unittest.main()
