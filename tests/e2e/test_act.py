"""What leaves the screen: numbers that are picked, texts that are copied, and the switch that takes actions away."""
import base64
import os
import re
import shutil
import subprocess
import unittest

from terminal import ENTER, ESC, F, SONDE, Terminal


class Act(unittest.TestCase):
    def setUp(self):
        self.child = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(self.child.wait)
        self.addCleanup(self.child.kill)

    def pick(self, *keys):
        """What $(sonde --pick) is, and its status."""
        script = f'out=$("{os.path.abspath(SONDE)}" --pick -p {self.child.pid}); printf "\\n[%s] %s\\n" "$out" $?; exec sleep 1000'
        with Terminal(argv=["/bin/sh", "-c", script]) as t:
            t.wait(r"^ *\d+ .*sleep 1000")
            t.keys(*keys)
            t.wait(r"\[[\d\n]*\] \d")
            t.given_back()
            return re.search(r"\[[\d\n]*\] \d", t.text())[0]

    def test_pick(self):
        self.assertEqual(self.pick("\x1b[H", ENTER), f"[{self.child.pid}] 0")

    def test_pick_nothing(self):
        self.assertEqual(self.pick("\x1b[H", ESC), "[] 1")
        self.assertEqual(self.pick("q"), "[] 1")

    def test_pick_acts_not(self):
        with Terminal(["--pick", "-p", str(self.child.pid)]) as t:
            t.wait(r"^ *\d+ .*sleep 1000")
            t.keys("\x1b[H", "k")
            t.wait("picking: Enter takes")
            self.assertEqual(t.end("q"), 1)
        self.assertIsNone(self.child.poll())

    def test_no_terminal(self):
        """Nothing to draw on: a sentence, and no hanging."""
        r = subprocess.run([SONDE, "--pick"], stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True,
                           timeout=10)
        self.assertEqual((r.returncode, r.stdout), (2, b""))
        self.assertIn(b"/dev/tty", r.stderr)

    def test_copy(self):
        with Terminal(["-p", str(self.child.pid)]) as t:
            t.wait(r"^ *\d+ .*sleep 1000")
            t.keys("\x1b[H", "y")
            t.wait("clipboard")
            t.keys(ENTER)
            t.wait("pid copied")
            self.assertIn(b"\x1b]52;c;" + base64.b64encode(str(self.child.pid).encode()) + b"\x07", t.raw)
            t.keys("y", " ")
            t.wait(rf"^{self.child.pid}$")
            t.keys("x")
            t.wait("CPU%")
            self.assertEqual(t.end("q"), 0)

    def switch(self, then, pid):
        """Another /etc, which nobody else sees, with the switch or without."""
        script = f'mount -t tmpfs none /etc && mkdir /etc/sonde && {then} && exec "$0" "$@"'
        return Terminal(argv=["unshare", "--mount", "sh", "-c", script, os.path.abspath(SONDE), "-p", str(pid)])

    def test_switch(self):
        may = shutil.which("unshare") and os.geteuid() == 0 and subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/etc"], capture_output=True).returncode == 0
        if not may:
            self.skipTest("no other /etc may be mounted here (needs root)")
        for then, says in (("touch /etc/sonde/readonly", "read only: /etc/sonde/readonly says so"),
                           ("ln -s nowhere /etc/sonde/readonly", "read only: /etc/sonde/readonly says so"),
                           ("true", "SIGTERM to ")):
            with self.switch(then, self.child.pid) as t:
                t.wait(r"^ *\d+ .*sleep 1000")
                t.keys("\x1b[H", F[9])
                t.wait(says)
                t.keys(ESC)
                t.settle()
                self.assertEqual(t.end("q"), 0)
        self.assertIsNone(self.child.poll())


if __name__ == "__main__":
    unittest.main()
