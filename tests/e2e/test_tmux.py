"""Inside tmux, as most will run it: a real terminal between sonde and us."""
import os
import re
import subprocess
import tempfile
import time
import unittest

from terminal import SONDE


class Tmux(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        env = {k: v for k, v in os.environ.items() if k not in ("TMUX", "TERM", "NO_COLOR")}
        self.env = dict(env, LC_ALL="C.UTF-8", TERM="xterm-256color", TMUX_TMPDIR=self.dir.name)
        self.addCleanup(lambda: subprocess.run(["tmux", "kill-server"], env=self.env,
                                               capture_output=True))
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24",
                  f"{os.path.abspath(SONDE)} -d 0.2; echo status $?; sleep 60")
        self.pid = int(self.tmux("display-message", "-p", "#{pane_pid}"))

    def tmux(self, *args):
        return subprocess.run(["tmux", *args], env=self.env, check=True, capture_output=True,
                              timeout=20).stdout.decode()

    def wait(self, pattern, limit=15):
        end = time.monotonic() + limit
        while True:
            text = self.tmux("capture-pane", "-p")
            if re.search(pattern, text, re.M):
                return text
            if time.monotonic() > end:
                raise AssertionError(f"no {pattern!r} in:\n{text}")
            time.sleep(0.05)

    def test_session(self):
        text = self.wait(r"^ *PID USER")
        self.assertLessEqual(max(map(len, text.split("\n"))), 80)
        self.wait(r"^F1 help")
        for size in ((120, 40), (1, 1), (20, 5), (200, 60), (80, 24)):
            self.tmux("resize-window", "-x", str(size[0]), "-y", str(size[1]))
            self.wait(r"live 0\.2s$" if size[0] > 60 else r"PID" if size[0] > 1 else "")
        self.wait(r"live 0\.2s$")
        self.tmux("send-keys", "F4", "user=root", "Enter")
        self.wait(r"^\d+ of \d+ .*user=root")
        self.tmux("send-keys", "F1")
        self.wait("show this list of keys")
        self.tmux("send-keys", "Escape")
        time.sleep(0.2)
        self.tmux("send-keys", "q")
        text = self.wait("^status 0")
        self.assertNotIn("PID USER", text)      # what was on the screen before is back

    def test_killed_with_its_window(self):
        self.wait(r"^ *PID USER")
        sonde = int(subprocess.run(["pgrep", "-P", str(self.pid)], check=True,
                                   capture_output=True).stdout)
        self.tmux("kill-window")
        end = time.monotonic() + 2
        while os.path.exists(f"/proc/{sonde}"):
            self.assertLess(time.monotonic(), end, "sonde outlives its window")
            time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
