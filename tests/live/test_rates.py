"""Rates beside vmstat over the same seconds, and beside what a child did of which it says how much.
Nothing here knows how loaded the machine is: both sides are measured over the same time."""
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

import psutil
from live import SONDE, run

MIB = 1 << 20


class BesideVmstat(unittest.TestCase):
    def both(self):
        """The same second of both. sonde takes a sample that it does not print, a second later
        prints what happened since: its second line is the second that begins with the first one's
        coming, which is when vmstat starts."""
        argv = [SONDE, "once", "--format", "json", "--table", "system,cpu", "-n", "2", "-d", "1"]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            said = run("vmstat", "1", "2").splitlines()
            rows = json.loads(child.stdout.readline())["tables"]
        return rows, dict(zip(said[1].split(), map(int, said[3].split())))

    def differences(self):
        rows, said = self.both()
        system, cpu = rows["system"][0], rows["cpu"][0]
        self.assertEqual(cpu["cpu"], -1)
        for field, name in (("context_switches_per_second", "cs"), ("interrupts_per_second", "in")):
            if abs(system[field] - said[name]) > 0.1 * said[name] + 50:
                yield field, system[field], said[name]
        # vmstat counts nice as user and interrupts as system, in whole per cents.
        for name, mine in (("us", cpu["user_ratio"] + cpu["nice_ratio"]),
                           ("sy", cpu["system_ratio"] + cpu["irq_ratio"] + cpu["softirq_ratio"]),
                           ("id", cpu["idle_ratio"]), ("wa", cpu["iowait_ratio"])):
            if abs(mine - said[name] / 100) > 0.06:
                yield name, mine, said[name]

    def test_all(self):
        """On a loaded machine one of the two may wake late, and have another second: what sonde
        does wrong is wrong each time, so one second in which all agree is enough."""
        for _ in range(4):
            differences = list(self.differences())
            if not differences:
                return
        self.fail(differences)


class KnownLoads(unittest.TestCase):
    def start(self, code, *args):
        child = subprocess.Popen([sys.executable, "-c", code, *args], stdout=subprocess.PIPE,
                                 stdin=subprocess.PIPE, text=True)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.stdout.close)
        self.assertEqual(child.stdout.readline(), "ready\n")
        return child

    def sample(self, child, columns, *args):
        """The first line of sonde's, and a function that waits for the next, of a second later."""
        p = subprocess.Popen([SONDE, "once", "--format", "json", "--pid", str(child.pid), "-n", "2",
                              "-d", "1", "--columns", columns, *args],
                             stdout=subprocess.PIPE, text=True)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        self.addCleanup(p.stdout.close)
        return json.loads(p.stdout.readline()), lambda: json.loads(p.stdout.readline())

    def test_writes(self):
        """20 MB, synced, between two samples: the rate is what the kernel's own count says. On a
        file system in memory nothing is sent to storage."""
        child = self.start("""
import os, sys
f = open(sys.argv[1], "wb")
print("ready", flush=True)
input()
f.write(b"x" * (20 << 20)); f.flush(); os.fsync(f.fileno())
print("done", flush=True)
input()""", self.temporary_file())
        before = psutil.Process(child.pid).io_counters()
        first, second = self.sample(
            child, "pid,write_bytes_total,write_bytes_per_second,write_chars_total")
        child.stdin.write("\n")
        child.stdin.flush()
        asked = time.monotonic()
        self.assertEqual(child.stdout.readline(), "done\n")
        took = time.monotonic() - asked
        last, after = second(), psutil.Process(child.pid).io_counters()
        row, old = last["tables"]["proc"][0], first["tables"]["proc"][0]
        seconds = last["meta"]["interval_ns"] / 1e9
        self.assertEqual(old["write_bytes_total"], before.write_bytes)
        # A slow disk may have taken longer than the interval; then less is seen, and never more.
        self.assertLessEqual(row["write_bytes_total"], after.write_bytes)
        self.assertAlmostEqual(row["write_bytes_per_second"] * seconds,
                               row["write_bytes_total"] - old["write_bytes_total"], delta=MIB)
        self.assertGreaterEqual(after.write_chars - before.write_chars, 20 * MIB)
        if after.write_bytes > before.write_bytes:          # a disk, not memory
            self.assertGreaterEqual(after.write_bytes - before.write_bytes, 20 * MIB)
            if took < 0.5:                                  # well within the interval
                self.assertGreater(row["write_bytes_per_second"] * seconds, 19 * MIB)

    def temporary_file(self):
        # Where the build is, which is a disk more often than /tmp is.
        directory = tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(SONDE)))
        self.addCleanup(directory.cleanup)
        return os.path.join(directory.name, "written")

    def test_cpu_of_threads(self):
        """A thread that spins and one that sleeps: the first one's row has all the time that the
        process used by its own clock, however little that was; the other one's row nothing."""
        child = self.start("""
import threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ready", flush=True)
while True: pass""")
        _, second = self.sample(child, "pid,tgid,thread,cpu_ratio", "--threads")
        used = sum(psutil.Process(child.pid).cpu_times()[:2])
        start = time.monotonic()
        last = second()
        used = sum(psutil.Process(child.pid).cpu_times()[:2]) - used
        passed = time.monotonic() - start
        rows = {r["pid"]: r["cpu_ratio"] for r in last["tables"]["proc"]}
        self.assertEqual(len(rows), 2)
        # Two windows of nearly a second: what lies in one alone is at most as long as their
        # difference at either end; and psutil's clock ticks.
        seconds = last["meta"]["interval_ns"] / 1e9
        delta = 0.15 + abs(seconds - passed)
        self.assertAlmostEqual(rows.pop(child.pid), used / passed, delta=delta)
        self.assertLessEqual(sum(rows.values()), 0.05)


if __name__ == "__main__":
    unittest.main()
