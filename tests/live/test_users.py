"""A process of a user who is not in /etc/passwd: others are asked for the name, by a process of its own.
What they load is not loaded into the monitor, and when they hang nothing waits for them."""
import glob
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from live import SONDE, run, sonde  # noqa: E402
from terminal import Terminal  # noqa: E402

UID = 3999999999
NAME_SERVICE = os.environ.get("NAME_SERVICE")


def mapped(pid):
    with open(f"/proc/{pid}/maps") as f:
        return {line.split()[5] for line in f if len(line.split()) > 5}


def helpers(pid):
    """Living children of all its threads."""
    out = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with open(path) as f:
            out += f.read().split()
    return out


class Users(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sleeper = subprocess.Popen(["sleep", "600"], preexec_fn=lambda: os.setuid(UID))
        cls.addClassCleanup(cls.sleeper.wait)
        cls.addClassCleanup(cls.sleeper.kill)
        cls.pid = cls.sleeper.pid

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.hangs = os.path.join(directory.name, "hangs")
        with open(self.hangs, "w"):
            pass
        # The shim need not come before the sanitizer's library.
        self.env = {"LD_PRELOAD": NAME_SERVICE, "NAME_SERVICE_HANGS": self.hangs,
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def stream(self, *args):
        """(user, seconds since the sample before) of the process, sample by sample."""
        argv = [SONDE, "once", "--format", "json", "-n", "0", "-p", str(self.pid), *args]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, env=dict(os.environ, **self.env)) as p:
            try:
                for line in p.stdout:
                    frame = json.loads(line)
                    yield frame["tables"]["proc"][0]["user"], (frame["meta"]["interval_ns"] or 0) / 1e9
            finally:
                p.kill()

    def test_number_has_no_name(self):
        """And getpwuid(3) says so too."""
        with self.assertRaises(KeyError):
            pwd.getpwuid(UID)
        row = [r for r in sonde("proc", "-p", str(self.pid))][0]
        self.assertEqual(row["user"], str(UID))

    def test_nothing_is_loaded(self):
        for sampler in ("clock", "proc"):
            with Terminal(["-d", "0.1", "--sampler", sampler, "-u", "root", "-p",
                           f"{self.pid},{os.getpid()}"], env={"COLUMNS": None}) as t:
                t.wait("python")        # of root
                loaded = {path for path in mapped(t.pid) if "libnss_" in path}
                self.assertEqual(loaded, set())
                t.end("q")
            with Terminal(["-d", "0.1", "--sampler", sampler, "-p", str(self.pid)]) as t:
                t.wait(str(UID)[:8])
                for _ in range(20):     # asked once, not on every tick
                    time.sleep(0.02)
                    self.assertEqual(helpers(t.pid), [])
                loaded = {path for path in mapped(t.pid) if "libnss_" in path}
                self.assertEqual(loaded, set())
                t.end("q")

    def test_hangs(self):
        """The number stands for the name, samples come in time, and when the name can be had it is there
        though the process does nothing."""
        seen, longest, began = [], 0.0, time.monotonic()
        for user, interval in self.stream("-d", "0.25"):
            seen.append(user)
            longest = max(longest, interval)
            if len(seen) == 8:
                os.unlink(self.hangs)
            if user != str(UID):
                break
            self.assertLess(time.monotonic() - began, 30)
        self.assertEqual(set(seen[:8]), {str(UID)})
        self.assertEqual(seen[-1], f"late-{UID}")
        self.assertLess(longest, 2, "a sample waited")

    def test_hangs_on_the_screen(self):
        with Terminal(["-d", "0.1", "-p", str(self.pid), "-u", str(UID)], env=self.env) as t:
            t.wait(str(UID)[:8])
            os.unlink(self.hangs)
            t.wait(f"late-{UID}"[:8])   # and the row is still that of the user who was asked for
            began = time.monotonic()
            t.end("q")
            self.assertLess(time.monotonic() - began, 5)

    def test_doctor(self):
        """As a user who is only known there."""
        with tempfile.TemporaryDirectory() as directory:
            from live import public_copy
            program = public_copy(directory)
            # The checkout may be where that user may not look.
            self.env["LD_PRELOAD"] = shutil.copy(NAME_SERVICE, directory)

            def doctor():
                began = time.monotonic()
                out = subprocess.run([program, "doctor", "--format", "json"], check=True, timeout=60,
                                     capture_output=True, env=dict(os.environ, **self.env),
                                     preexec_fn=lambda: os.setuid(UID)).stdout
                return json.loads(out)["user"], time.monotonic() - began

            os.chmod(os.path.dirname(self.hangs), 0o755)
            user, took = doctor()
            self.assertEqual(user, str(UID))
            self.assertLess(took, 10)
            os.unlink(self.hangs)
            self.assertEqual(doctor()[0], f"late-{UID}")


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("needs root: it makes a process of a user that nobody knows")
        sys.exit(77)
    unittest.main()
