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

DELAY = 0.4
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


def listens(pid):
    """Does it look into the ring of what is told?"""
    with open(f"/proc/{pid}/maps", encoding="ascii") as f:
        return any("r--s" in line and "bpf-map" in line for line in f)


class Told(unittest.TestCase):
    """All of it in one recording, since it takes some samples."""

    @classmethod
    def start(cls, *argv):
        child = subprocess.Popen(argv, start_new_session=True)
        cls.addClassCleanup(child.wait)
        cls.addClassCleanup(os.killpg, child.pid, signal.SIGKILL)   # and what it waits for
        return child

    @classmethod
    def run_to_end(cls, *argv):
        child = subprocess.Popen(argv)
        child.wait()
        return child.pid

    @classmethod
    def setUpClass(cls):
        to = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, to)
        recorder = subprocess.Popen(
            [live.SONDE, "record", "--sampler", "bpf", "-d", str(DELAY), to + "/r"])
        cls.addClassCleanup(recorder.kill)
        while not listens(recorder.pid):
            time.sleep(0.05)

        cls.short = {cls.run_to_end("/bin/true", "told", str(i), "two words"):
                     f"/bin/true told {i} two words" for i in range(100)}
        # Two programs, one after the other: the last one's.
        cls.short[cls.run_to_end("/bin/sh", "-c", "exec /bin/true the second")] = "/bin/true the second"
        cls.hostile = {cls.run_to_end("/bin/true", raw, b"end"):
                       (b"/bin/true " + raw + b" end").decode(errors="replace") for raw in HOSTILE}
        cls.living = [cls.start("/bin/sleep", "60"),
                      cls.start("/bin/sh", "-c", "sleep 60; true", *LONG)]
        cls.titled = cls.start(sys.executable, "-c", TITLE)
        cls.twice = cls.start("/bin/sh", "-c",
                              f"sleep {3 * DELAY}; exec /bin/sh -c 'sleep 60; true second'")
        time.sleep((AGAIN + 4) * DELAY)
        cls.said = {}
        for child in cls.living:
            with open(f"/proc/{child.pid}/cmdline", "rb") as f:
                cls.said[child.pid] = f.read().decode().replace("\0", " ").strip()
        recorder.terminate()
        assert recorder.wait() == 0

        cls.ended = {}                          # the last command of each
        cls.commands = {}                       # of each, in all samples in which it lived
        out = live.run(live.SONDE, "once", "--in", to + "/r", "--from", "-1h", "--table", "exit,proc",
                       "--format", "json")
        for line in out.splitlines():
            tables = json.loads(line)["tables"]
            cls.ended.update((r["pid"], r["command"]) for r in tables["exit"])
            for row in tables["proc"]:
                cls.commands.setdefault(row["pid"], []).append(row["command"])

    def test_ended_before_anybody_looked(self):
        for pid, command in self.short.items():
            self.assertEqual(self.ended.get(pid), command)

    def test_hostile(self):
        for pid, command in self.hostile.items():
            self.assertEqual(self.ended.get(pid), command)

    def test_as_it_says_itself(self):
        """What lives: at its first sample, and longer than what is told."""
        for child in self.living:
            got = self.commands[child.pid]
            self.assertGreater(len(got), AGAIN)
            self.assertEqual(set(got), {self.said[child.pid]})

    def test_title(self):
        """A program that writes another one over its arguments."""
        got = self.commands[self.titled.pid]
        self.assertTrue(got[0].startswith(sys.executable + " -c"), got[0])
        self.assertEqual(got[-1], "titled by itself")

    def test_another_program_of_the_same_name(self):
        """Nothing but the arguments tells them apart; none need be asked for."""
        got = self.commands[self.twice.pid]
        self.assertIn("exec", got[0])
        self.assertEqual(got[-1], "/bin/sh -c sleep 60; true second")


class Once(unittest.TestCase):
    def test_in_between(self):
        """Two samples, and what ended in between."""
        once = subprocess.Popen([live.SONDE, "once", "--table", "exit", "-n", "2", "-d", "1",
                                 "--format", "json", "--sampler", "bpf"], stdout=subprocess.PIPE)
        once.stdout.readline()
        child = subprocess.Popen(["/bin/true", "in between"])
        child.wait()
        rows = json.loads(once.communicate()[0])["tables"]["exit"]
        self.assertIn((child.pid, "/bin/true in between"), [(r["pid"], r["command"]) for r in rows])


if __name__ == "__main__":
    why = unavailable()
    if why:
        print("skipped:", why)
        sys.exit(77)
    unittest.main()
