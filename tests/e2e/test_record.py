"""The recorder as a service sees it, and a replay of what it records while it does."""
import json
import os
import resource
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from terminal import SONDE, Terminal

LIMIT = 20


def wait_for(what, limit=LIMIT):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {limit} s: {what}")


class Recorder:
    def __init__(self, directory, *args, **popen):
        self.dir = os.path.join(directory, "rec")
        self.process = subprocess.Popen([SONDE, "record", self.dir, "-d", "0.1", *args],
                                        stderr=subprocess.PIPE, text=True, **popen)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def segments(self):
        try:
            return sorted(f for f in os.listdir(self.dir) if f.endswith(".sonde"))
        except FileNotFoundError:
            return []

    def size(self):
        return sum(os.path.getsize(os.path.join(self.dir, f)) for f in self.segments())

    def recorded(self):
        """So many samples, as a reader counts them."""
        r = subprocess.run([SONDE, "once", "--in", self.dir, "-T", "system", "-F", "json",
                            "-n", "0"], capture_output=True, text=True)
        return [json.loads(line) for line in r.stdout.splitlines()]

    def end(self, sig):
        begun = time.monotonic()
        self.process.send_signal(sig)
        _, said = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, said, time.monotonic() - begun


class Record(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.addCleanup(self.tmp.cleanup)

    def test_signals(self):
        """Ended by a wish it seals what it wrote, within a second; SIGHUP begins a new file."""
        for sig in (signal.SIGTERM, signal.SIGINT):
            with tempfile.TemporaryDirectory() as d, Recorder(d) as r:
                wait_for(lambda: len(r.recorded()) >= 3)
                r.process.send_signal(signal.SIGHUP)
                wait_for(lambda: len(r.segments()) == 2)
                before = len(r.recorded())
                wait_for(lambda: len(r.recorded()) > before)
                self.assertEqual(len(r.segments()), 2)
                status, said, took = r.end(sig)
                self.assertEqual((status, said), (0, ""))
                self.assertLess(took, 1)
                for name in r.segments():
                    with open(os.path.join(r.dir, name), "rb") as f:
                        self.assertTrue(f.read().endswith(b"send"), name)
                seq = [m["meta"]["seq"] for m in r.recorded()]
                self.assertEqual(seq, list(range(len(seq))))

    def test_killed(self):
        """What was there when it was killed is read, and the next one goes on behind it."""
        with Recorder(self.tmp.name) as r:
            wait_for(lambda: len(r.recorded()) >= 5)
            r.process.kill()
            r.process.wait()
            before = r.recorded()
        with Recorder(self.tmp.name) as r:
            wait_for(lambda: len(r.recorded()) > len(before))
            self.assertEqual(r.recorded()[:len(before)], before)

    def test_service_manager(self):
        path = os.path.join(self.tmp.name, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(path)
            s.settimeout(LIMIT)
            with Recorder(self.tmp.name, env={**os.environ, "NOTIFY_SOCKET": path}) as r:
                self.assertEqual(s.recv(100), b"READY=1")
                self.assertEqual(len(r.segments()), 1)
                r.process.send_signal(signal.SIGTERM)
                self.assertEqual(s.recv(100), b"STOPPING=1")

    def test_modest(self):
        """Its nice value is higher than ours, and it keeps to its files."""
        with Recorder(self.tmp.name) as r:
            wait_for(r.recorded)
            self.assertEqual(os.getpriority(os.PRIO_PROCESS, r.process.pid),
                             min(os.getpriority(os.PRIO_PROCESS, 0) + 5, 19))
            self.assertEqual(os.stat(r.dir).st_mode & 0o777, 0o700)
            for name in os.listdir(r.dir):
                self.assertEqual(os.stat(os.path.join(r.dir, name)).st_mode & 0o777, 0o600)

    def test_full(self):
        """Where a file may grow no more it says so once, and goes on in another one."""
        with tempfile.TemporaryDirectory() as tmp, Recorder(tmp) as r:
            wait_for(r.recorded)
            limit = r.size() + (16 << 10)
        with Recorder(self.tmp.name, preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_FSIZE, (limit, limit))) as r:
            wait_for(lambda: len(r.segments()) > 1)
            before = len(r.recorded())
            wait_for(lambda: len(r.recorded()) > before)
            _, said, _ = r.end(signal.SIGTERM)
            self.assertIn("File too large\nsonde: recording again; 1 samples were lost\n", said)

    def test_replay(self):
        """A replay begins at the end of what there is, and finds what is added meanwhile."""
        with Recorder(self.tmp.name) as r:
            wait_for(lambda: len(r.recorded()) >= 5)
            with Terminal(["replay", r.dir], (100, 30)) as t:
                t.wait("replay")
                t.wait("end of the recording|PID USER")
                t.keys("(", "(")
                first = t.wait(r"\d\d:\d\d:\d\d ◀ replay")
                t.keys("z")  # plays
                t.wait("playing")
                t.keys("z")
                t.wait("◀ replay")
                t.keys("t")
                t.keys("k")
                t.wait("this is a recording: look only")
                t.keys("b", "-1s", "\r")
                t.wait("replay")
                t.keys("0")
                t.wait("replay")
                self.assertEqual(t.end("q"), 0)
                t.given_back()


if __name__ == "__main__":
    unittest.main()
