#!/usr/bin/env python3
"""Command lines that the kernel tells when a program begins: of what ended before anybody looked,
and of what lives, beside what that process says of itself. Needs root and BPF."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import live

DELAY = 0.5
AGAIN = 8           # samples of a recorder until it reads the file of what it was told of
LONG = ["word%04d" % i for i in range(900)]     # more than is told, less than is read
# As setproctitle() does it; the name the kernel has stays as it is.
TITLE = """
import time
begin, end = map(int, open("/proc/self/stat").read().rsplit(")", 1)[1].split()[45:47])
time.sleep(0.3)
with open("/proc/self/mem", "r+b", 0) as memory:
    memory.seek(begin)
    memory.write(b"titled by itself".ljust(end - begin, b"\\0"))
time.sleep(60)"""
HOSTILE = [b"a\nb", b"\x1b]0;owned\x07", b"\xff\xfe", b"", b"two  blanks "]


def unavailable():
    """Why nothing can be told here; None."""
    out = subprocess.run([live.SONDE, "doctor", "--sampler", "bpf"], capture_output=True, text=True)
    state = [line for line in out.stdout.splitlines() if "BPF at exec" in line]
    return None if state and " ok " in state[0] else (out.stderr or str(state)).strip()


class Told(unittest.TestCase):
    def setUp(self):
        self.to = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.to)
        self.recorder = subprocess.Popen(
            [live.SONDE, "record", "--sampler", "bpf", "-d", str(DELAY), self.to + "/r"])
        self.addCleanup(self.recorder.wait)
        self.addCleanup(self.recorder.kill)
        time.sleep(3 * DELAY)                   # it listens from the second sample on

    def start(self, *argv, **kw):
        child = subprocess.Popen(argv, start_new_session=True, **kw)
        self.addCleanup(child.wait)
        self.addCleanup(os.killpg, child.pid, signal.SIGKILL)   # and what it waits for
        return child

    def stop(self, samples):
        time.sleep(samples * DELAY)
        self.recorder.terminate()
        self.assertEqual(self.recorder.wait(), 0)

    def frames(self, table, columns="pid,command"):
        """The rows of each sample, by process number: a list of commands each."""
        out = live.run(live.SONDE, "once", "--in", self.to + "/r", "--from", "-1h", "--table", table,
                       "--columns", columns, "--format", "json")
        for line in out.splitlines():
            rows = {}
            for row in json.loads(line)["tables"][table]:
                rows.setdefault(row["pid"], []).append(row["command"])
            yield rows

    def ended(self):
        rows = {}
        for frame in self.frames("exit"):
            for pid, commands in frame.items():
                rows.setdefault(pid, []).extend(commands)
        return rows

    def commands(self, pid):
        return [frame[pid][0] for frame in self.frames("proc") if pid in frame]

    def test_ended_before_anybody_looked(self):
        want = {}
        for i in range(100):
            child = subprocess.Popen(["/bin/true", "told", str(i), "two words"])
            child.wait()
            want[child.pid] = f"/bin/true told {i} two words"
        # Two programs, one after the other: the last one's.
        child = subprocess.Popen(["/bin/sh", "-c", "exec /bin/true the second"])
        child.wait()
        want[child.pid] = "/bin/true the second"
        self.stop(2)
        ended = self.ended()
        self.assertEqual({pid: ended.get(pid, [None])[-1] for pid in want}, want)

    def test_hostile(self):
        want = {}
        for raw in HOSTILE:
            child = subprocess.Popen(["/bin/true", raw, b"end"])
            child.wait()
            text = (b"/bin/true " + raw + b" end").decode(errors="replace")
            want[child.pid] = text
        self.stop(2)
        ended = self.ended()
        for pid, text in want.items():
            self.assertEqual(ended[pid][-1], text)

    def test_as_it_says_itself(self):
        """What lives: at its first sample, and longer than what is told."""
        short = self.start("/bin/sleep", "60")
        long = self.start("/bin/sh", "-c", "sleep 60; true", *LONG)
        self.stop(3)
        for child in short, long:
            with open(f"/proc/{child.pid}/cmdline", "rb") as f:
                want = f.read().decode().replace("\0", " ").strip()
            got = self.commands(child.pid)
            self.assertGreater(len(got), 1)
            self.assertEqual(set(got), {want})

    def test_title(self):
        """A program that writes another one over its arguments."""
        child = self.start(sys.executable, "-c", TITLE)
        self.stop(AGAIN + 3)
        got = self.commands(child.pid)
        self.assertTrue(got[0].startswith(sys.executable + " -c"), got[0])
        self.assertEqual(got[-1], "titled by itself")

    def test_another_program_of_the_same_name(self):
        """Nothing but the arguments tells them apart; none need be asked for."""
        child = self.start("/bin/sh", "-c", f"sleep {3 * DELAY}; exec /bin/sh -c 'sleep 60; true second'")
        self.stop(7)
        got = self.commands(child.pid)
        self.assertIn("exec", got[0])
        self.assertEqual(got[-1], "/bin/sh -c sleep 60; true second")


if __name__ == "__main__":
    why = unavailable()
    if why:
        print("skipped:", why)
        sys.exit(77)
    unittest.main()
