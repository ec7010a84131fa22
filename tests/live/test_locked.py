"""A process whose address space is locked: its command line cannot be read, by nobody. Everything
else goes on, and nothing waits for it."""
import glob
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from fuse import Locked, why_not  # noqa: E402
from live import SONDE, run  # noqa: E402
from terminal import Terminal  # noqa: E402

LIMIT = 5       # seconds; it takes 0.5, and more on a loaded machine
# The search for leaks stops every thread first, and waits for those that are stuck.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"


def errands(pid="*"):
    """Threads that do errands: of a process and its children, or of all there are."""
    out = []
    for path in glob.glob(f"/proc/{pid}/task/*"):
        try:
            with open(path + "/comm") as f, open(path + "/stat") as g:
                if f.read() == "sonde-errand\n" and ") Z" not in g.read():
                    out.append(path)
            with open(path + "/children") as f:
                children = f.read().split()
        except OSError:
            continue
        if pid != "*":
            out += [path for child in children for path in errands(child)]
    return out


class Locks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.dir.cleanup)
        cls.locked = cls.lock("file")

    @classmethod
    def lock(cls, name):
        locked = cls.enterClassContext(Locked(os.path.join(cls.dir.name, name)))
        end = time.monotonic() + 10
        while True:             # until it is locked: cat hangs
            try:
                subprocess.run(["cat", f"/proc/{locked.pid}/cmdline"], check=True, timeout=0.5,
                               capture_output=True)
            except subprocess.TimeoutExpired:
                return locked
            assert time.monotonic() < end, "its address space is not locked"

    @classmethod
    def enterClassContext(cls, context):        # unittest has it from Python 3.11
        value = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        return value

    def timed(self, *args):
        began = time.monotonic()
        out = run(SONDE, *args)
        self.assertLess(time.monotonic() - began, LIMIT)
        return out

    def test_once(self):
        out = self.timed("once", "--format", "json", "-o", "pid,name,command,threads_count")
        rows = {r["pid"]: r for r in json.loads(out.splitlines()[-1])["tables"]["proc"]}
        self.assertIsNone(rows[self.locked.pid]["command"])
        self.assertTrue(rows[self.locked.pid]["name"])
        self.assertIn(os.path.basename(__file__), rows[os.getpid()]["command"])
        self.assertEqual([pid for pid, r in rows.items() if r["command"] is None],
                         [self.locked.pid])
        out = self.timed("once", "-o", "pid,command")
        self.assertRegex(out, rf"(?m)^ *{self.locked.pid} ~$")
        self.assertRegex(out, rf"(?m)^ *{os.getpid()} .*{os.path.basename(__file__)}")
        self.assertRegex(self.timed("doctor"), r"(?m)^proc/PID/cmdline +partly .* timed out +argum")

    def test_memory_by_sharing(self):
        """smaps_rollup waits for the same lock: no number, and no zero."""
        out = self.timed("once", "--format", "json", "-o", "pid,pss,uss,fds,exe")
        rows = {r["pid"]: r for r in json.loads(out.splitlines()[-1])["tables"]["proc"]}
        row, ours = rows[self.locked.pid], rows[os.getpid()]
        self.assertIsNone(row["proportional_bytes"])
        self.assertIsNone(row["unique_bytes"])
        self.assertTrue(row["executable"] and row["open_files_count"])
        self.assertTrue(ours["proportional_bytes"])
        out = self.timed("once", "-o", "pid,pss", "-p", f"{self.locked.pid},{os.getpid()}")
        self.assertRegex(out, rf"(?m)^ *{self.locked.pid} +~$")
        self.assertRegex(out, rf"(?m)^ *{os.getpid()} +[0-9.]+M$")

    def test_details(self):
        """What waits for the lock is said to be late, and what does not is there."""
        began = time.monotonic()
        for table, waits in (("map", True), ("env", True), ("fd", False), ("limit", False)):
            r = subprocess.run([SONDE, "once", "--table", table, "--pid", str(self.locked.pid)],
                               capture_output=True, text=True, timeout=60)
            self.assertEqual(r.returncode, int(waits), table)
            self.assertEqual("no answer in time" in r.stderr, waits, table)
        self.assertLess(time.monotonic() - began, 4 * LIMIT)
        with Terminal(["-d", "0.2", "-p", str(self.locked.pid)], (100, 30)) as t:
            t.wait(rf"^ *{self.locked.pid} .* ~ python3")
            t.keys("\x1b[B\r")
            t.wait("^summary cpu memory", LIMIT)
            t.keys("\x1b[C\x1b[C")
            t.wait("no answer in time", LIMIT)
            t.keys("l")
            t.wait("^ *0 ", LIMIT)
            t.keys("q")
            t.wait(rf"^ *{self.locked.pid} ", LIMIT)
            self.assertEqual(t.end(), 0)

    def test_screen(self):
        with Terminal(["-d", "0.2", "-p", str(self.locked.pid)], (100, 30)) as t:
            t.wait(rf"^ *{self.locked.pid} .* ~ python3")
            t.keys("?")
            t.wait("change the delay", LIMIT)
            t.keys("\x1b")
            t.wait(rf"^ *{self.locked.pid} ", LIMIT)
            began = time.monotonic()
            self.assertEqual(t.end(), 0)
            self.assertLess(time.monotonic() - began, 1)
            t.given_back()

    def test_with_many(self):
        """More than there are threads to wait for them: processes read what is well."""
        locked = {self.locked.pid} | {self.lock(f"file{i}").pid for i in range(6)}
        there = set(filter(str.isdigit, os.listdir("/proc")))
        out = run(SONDE, "once", "--format", "json", "-o", "pid,command", "-d", "0.3", "-n", "4")
        there &= set(os.listdir("/proc"))
        rows = {r["pid"]: r for r in json.loads(out.splitlines()[-1])["tables"]["proc"]}
        self.assertEqual({pid for pid in map(int, there) if rows[pid]["command"] is None}, locked)
        self.assertIn(os.path.basename(__file__), rows[os.getpid()]["command"])
        with Terminal(["-d", "0.2", "-p", ",".join(map(str, locked))], (100, 30)) as t:
            end = time.monotonic() + 20
            seen = []
            while len(seen) < 5:     # four threads that are stuck, and a process
                self.assertLess(time.monotonic(), end, f"only {seen} do errands")
                t.read(0.05)
                seen = errands(t.pid)
            began = time.monotonic()
            self.assertEqual(t.end(), 0)
            self.assertLess(time.monotonic() - began, 1)
            t.given_back()
        end = time.monotonic() + 5
        while set(errands()) & set(seen):
            self.assertLess(time.monotonic(), end, "somebody does errands still")
            time.sleep(0.02)


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(reason)
        sys.exit(77)
    unittest.main()
