"""The recorder as a program: no room on the disk and room again, a second recorder, and the end of each."""
import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SONDE = os.environ["SONDE"]


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError("it did not happen")
        time.sleep(0.02)


class Recorder:
    def __init__(self, where, *options):
        # What it says goes into a pipe: no limit of sizes holds there.
        self.p = subprocess.Popen([SONDE, "record", where, "-d", "0.1", "--fields", "system,cpu,memory", *options],
                                  stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C.UTF-8"})
        os.set_blocking(self.p.stderr.fileno(), False)
        self.text = b""

    def said(self):
        self.text += self.p.stderr.read() or b""
        return self.text.decode().splitlines()

    def close(self):
        if self.p.poll() is None:
            self.p.kill()
            self.p.wait()
        self.p.stderr.close()

    def limit(self, size):
        resource.prlimit(self.p.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def end(self, how=signal.SIGTERM):
        self.p.send_signal(how)
        return self.p.wait(timeout=20)


def moments(where):
    out = subprocess.run([SONDE, "once", "--in", where, "-n", "0", "-T", "system", "-F", "json"], capture_output=True,
                         check=False, timeout=60).stdout
    return [json.loads(line)["meta"] for line in out.splitlines()]


class Record(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.where = os.path.join(self.dir, "rec")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def check_full(self, full, room):
        r = Recorder(self.where)
        self.addCleanup(r.close)
        wait_for(lambda: len(moments(self.where)) >= 3)
        full(r)
        wait_for(lambda: r.said())
        time.sleep(0.5)     # more samples are lost, and nothing more is said
        before = len(moments(self.where))
        room(r)
        wait_for(lambda: len(r.said()) == 2)
        wait_for(lambda: len(moments(self.where)) > before + 2)
        self.assertEqual(r.end(), 0)
        first, second = r.said()
        self.assertRegex(second, r"^sonde: recording again; [0-9]+ samples were lost$")
        self.assertGreater(int(second.split()[3]), 2)
        # no file was left that holds nothing
        for name in os.listdir(self.where):
            if name.endswith(".sonde"):
                self.assertGreater(os.path.getsize(os.path.join(self.where, name)), 1000)
        return first

    def test_size_limit(self):
        said = self.check_full(lambda r: r.limit(10), lambda r: r.limit(resource.RLIM_INFINITY))
        self.assertIn("File too large", said)

    def test_no_space(self):
        libc = ctypes.CDLL(None, use_errno=True)
        os.mkdir(self.where, 0o700)
        # CLONE_NEWNS; MS_REC | MS_PRIVATE: nobody else sees it, and it ends with us
        if (libc.unshare(0x20000) != 0 or libc.mount(None, b"/", None, 0x44000, None) != 0 or
                libc.mount(b"sonde-test", self.where.encode(), b"tmpfs", 0, b"size=256k,mode=700") != 0):
            self.skipTest("no file system may be mounted here")
        self.addCleanup(libc.umount2, self.where.encode(), 2)
        filler = os.path.join(self.where, "filler")

        def full(_):
            with open(filler, "wb", buffering=0) as f:
                try:
                    while True:
                        f.write(b"x" * 4096)
                except OSError:
                    pass
        said = self.check_full(full, lambda r: os.unlink(filler))
        self.assertIn("No space left on device", said)

    def test_two(self):
        one = Recorder(self.where)
        self.addCleanup(one.close)
        wait_for(lambda: len(moments(self.where)) >= 2)
        two = Recorder(self.where)
        self.addCleanup(two.close)
        self.assertEqual(two.p.wait(timeout=20), 1)
        self.assertEqual(two.said(), [f"sonde: {self.where}: another recorder writes there"])
        before = len(moments(self.where))
        wait_for(lambda: len(moments(self.where)) > before)
        # A new file when it is told so; nothing is lost when it is killed.
        one.p.send_signal(signal.SIGHUP)
        wait_for(lambda: len([n for n in os.listdir(self.where) if n.endswith(".sonde")]) == 2)
        before = len(moments(self.where))
        self.assertEqual(one.end(signal.SIGKILL), -signal.SIGKILL)
        kept = moments(self.where)
        self.assertGreaterEqual(len(kept), before)
        three = Recorder(self.where, "-n", "2")
        self.addCleanup(three.close)
        self.assertEqual(three.p.wait(timeout=20), 0)
        self.assertEqual(three.said(), [])
        self.assertEqual(moments(self.where)[:-2], kept)
        self.assertEqual(one.said(), [])


if __name__ == "__main__":
    sys.exit(unittest.main())
