"""Very many threads: hidden they cost no more than their processes; shown, those at rest are not read.

Opt-in, for it raises kernel.pid_max and kernel.threads-max while it runs: SONDE_MANY_THREADS=100000.
"""
import json
import os
import subprocess
import sys
import unittest

from live import SONDE

MANY = int(os.environ.get("SONDE_MANY_THREADS", "0"))
THREADS = os.environ["THREADS"]
PROCESSES = 10
LIMITS = {f"/proc/sys/kernel/{name}": factor * MANY + 10000
          for name, factor in (("pid_max", 2), ("threads-max", 2))}
LIMITS["/proc/sys/vm/max_map_count"] = 4 * MANY + 65530


def cost(*options):
    """Of a tick of the live monitor."""
    out = subprocess.run([SONDE, "doctor", "--cost", "-n", "5", "--format", "json", *options],
                         check=True, capture_output=True, timeout=120).stdout
    c = json.loads(out)
    return {k: v / c["ticks"] / 1e6 for k, v in c.items() if k.endswith("_ns")} | {
        "resident": c["resident_bytes"]}


class Population:
    def __init__(self, threads):
        self.threads = threads

    def __enter__(self):
        self.processes = [subprocess.Popen([THREADS, str(self.threads)], stdin=subprocess.PIPE,
                                           stdout=subprocess.PIPE) for _ in range(PROCESSES)]
        for p in self.processes:
            assert p.stdout.readline() == b"ready %d\n" % self.threads
        return self

    def __exit__(self, *_):
        for p in self.processes:
            p.stdin.close()
            p.stdout.close()
            p.wait()


class Threads(unittest.TestCase):
    def setUp(self):
        self.old = {path: open(path).read() for path in LIMITS}
        for path, least in LIMITS.items():
            if int(self.old[path]) < least:
                open(path, "w").write(str(least))

    def tearDown(self):
        for path, value in self.old.items():
            open(path, "w").write(value)

    def test_hidden_and_shown(self):
        # ms a thread: when a clock is asked the kernel adds up all threads of the process, a cache
        # miss or two for each; the sweep goes past every thread besides.
        for sampler, each in (("clock", 200e-6), ("bpf", 700e-6)):
            with Population(1):
                few = cost("--sampler", sampler)
            with Population(MANY // PROCESSES):
                hidden = cost("--sampler", sampler)
                shown = cost("--sampler", sampler, "-H")
            print(f"{sampler}: {few['cpu_ns']:.2f} ms a tick with {PROCESSES} processes,"
                  f" {hidden['cpu_ns']:.2f} with {MANY} threads hidden,"
                  f" {shown['cpu_ns']:.2f} with them shown"
                  f" (read {shown['read_ns']:.2f}, derive {shown['derive_ns']:.2f},"
                  f" sort {shown['sort_ns']:.2f});"
                  f" resident {few['resident'] >> 10}, {hidden['resident'] >> 10},"
                  f" {shown['resident'] >> 10} KiB", file=sys.stderr)
            self.assertLess(hidden["cpu_ns"], few["cpu_ns"] * 1.5 + MANY * each)
            self.assertLess(hidden["resident"], few["resident"] * 1.2)
            # A stat of each would be 5 us a thread.
            self.assertLess(shown["cpu_ns"], few["cpu_ns"] * 1.5 + MANY * 1e-3)


if __name__ == "__main__":
    if not MANY or os.geteuid() != 0:
        print("opt-in: SONDE_MANY_THREADS=100000, as root (raises kernel limits while it runs)")
        sys.exit(77)
    unittest.main()
