"""A process whose address space is locked: its command line cannot be read, by nobody. Everything
else goes on, and nothing waits for it."""
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


class Locks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.dir.cleanup)
        cls.locked = cls.enterClassContext(Locked(os.path.join(cls.dir.name, "file")))
        end = time.monotonic() + 10
        while True:             # until it is locked: cat hangs
            try:
                subprocess.run(["cat", f"/proc/{cls.locked.pid}/cmdline"], check=True, timeout=0.5,
                               capture_output=True)
            except subprocess.TimeoutExpired:
                return
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


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(reason)
        sys.exit(77)
    unittest.main()
