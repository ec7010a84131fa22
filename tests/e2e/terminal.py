"""A terminal with a program in it: a pty, and the screen model of tests/bench.

    t = Terminal(["-d", "0.2"])        sonde with these arguments, 80x24
    t.wait("PID")                      until the screen has it, else the test fails with the screen
    t.keys("M")                        what a keyboard sends
    t.end("q")                         the keys that end it; gives its exit status
"""
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from vt import Screen  # noqa: E402

SONDE = os.environ.get("SONDE", "build/src/sonde")
FIXTURES = os.environ.get("SONDE_FIXTURES", "build/tests/fixtures")
LIMIT = 15  # seconds until a test that waits gives up

UP, DOWN, ESC, ENTER = "\x1bOA", "\x1bOB", "\x1b", "\r"
F = {1: "\x1bOP", 3: "\x1bOR", 4: "\x1bOS", 5: "\x1b[15~", 6: "\x1b[17~", 9: "\x1b[20~"}


def fixture(name):
    return ["--root", os.path.join(FIXTURES, name)]


class Terminal:
    def __init__(self, args=(), size=(80, 24), argv=None, env=None, before=None):
        """argv: another program than sonde. env: what differs; None removes. before: called in the
        child before the exec."""
        self.screen, self.raw = Screen(*size), b""
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
                       "TERM": "xterm-256color"}
        for name in os.environ:         # the sanitizers' settings
            if name.endswith("SAN_OPTIONS"):
                environment[name] = os.environ[name]
        for name, value in (env or {}).items():
            environment[name] = value
        environment = {k: v for k, v in environment.items() if v is not None}
        argv = argv or [SONDE, *args]
        self.master, slave = os.openpty()
        self.resize(*size)
        self.settings = termios.tcgetattr(slave)
        self.slave = slave              # kept, so that the settings can be looked at
        self.status = None
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for fd in range(3):
                    os.dup2(slave, fd)
                if before:
                    before()
                os.closerange(3, 256)
                os.execvpe(argv[0], argv, environment)
            finally:
                os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        for fd in (self.slave, self.master):
            if fd is not None:
                os.close(fd)

    def resize(self, width, height):
        if (width, height) != (self.screen.width, self.screen.height):
            self.screen = Screen(width, height)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def keys(self, *keys):
        for key in keys:
            os.write(self.master, key.encode() if isinstance(key, str) else key)

    def read(self, seconds):
        """Takes what comes within the time. False: nothing did."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError as e:
            if e.errno == errno.EIO:
                return False
            raise
        self.raw += data
        self.screen.feed(data)
        return True

    def text(self):
        return "\n".join(row.rstrip() for row in self.screen.rows())

    def shows(self, what):
        return what(self.text()) if callable(what) else re.search(what, self.text(), re.M)

    def wait(self, what, limit=LIMIT):
        """Until the screen matches the pattern, or the function of its text says so."""
        end = time.monotonic() + limit
        while not self.shows(what):
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"waited {limit} s for {what!r}; the screen:\n{self.text()}")
            self.read(min(left, 0.2))
            if not self.alive():
                while self.read(0):
                    pass
                if not self.shows(what):
                    raise AssertionError(f"ended ({self.status}) before {what!r}:\n{self.text()}")

    def settle(self, quiet=0.15, limit=3):
        """Until nothing has come for a while."""
        end = time.monotonic() + limit
        while time.monotonic() < end and self.read(quiet):
            pass

    def alive(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is None

    def ended(self, limit=LIMIT):
        """Waits for the end; the exit status, negative for a signal."""
        end = time.monotonic() + limit
        while self.alive():
            if time.monotonic() > end:
                raise AssertionError(f"still there after {limit} s:\n{self.text()}")
            if self.master is None or not self.read(0.05):
                time.sleep(0.01)
        while self.master is not None and self.read(0):
            pass
        return self.status

    def end(self, *keys):
        self.keys(*(keys or "q"))
        return self.ended()

    def close(self):
        """The terminal goes away."""
        for fd in (self.slave, self.master):
            os.close(fd)
        self.slave = self.master = None

    def given_back(self):
        """Asserts that the terminal is as it was found."""
        now = termios.tcgetattr(self.slave)
        assert now == self.settings, (now, self.settings)
        tail = self.raw[-300:]
        for must in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?1002l"):
            assert must in tail, (must, tail)
