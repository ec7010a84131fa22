"""200 forks a second, numbers that are used again at once, and thousands of random keys: nothing that is
done reaches a process that was not shown. In a PID namespace (see storm.c), as root; it has 8 seconds."""
import os
import random
import shutil
import subprocess
import tempfile
import time
import unittest

from terminal import DOWN, ENTER, ESC, F, SONDE, UP, Terminal

STORM = os.environ.get("STORM", "")
SECONDS = float(os.environ.get("STORM_SECONDS", "6"))
UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc", "--cgroup", "--kill-child"]

# Not those that end, stop or slow sonde, and none that shows others than the filter does (the tree shows
# process 1, and all are below it).
KEYS = ([UP, DOWN, DOWN, ENTER, ENTER, ENTER, ESC, "\t", "\x1b[Z", F[9], "k", "k", "k", "K", "]", "[", "r", "Y", "a",
         "\x18", "y", "|", "\x15", " ", "U", "C", "H", "M", "P", "N", "I", "n", "F", "z", "(", ")", "`", "1", "2",
         "9", "15", "19", "0", "5", "x", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F"])


def can_unshare():
    try:
        return subprocess.run([*UNSHARE, "true"], capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


class Storm(unittest.TestCase):
    def back(self, t):
        """To the table, from wherever it is; Esc is no part of a key when nothing follows soon."""
        for _ in range(2):
            t.keys(ESC)
            end = time.monotonic() + 0.04
            while time.monotonic() < end:
                t.read(0.01)

    @unittest.skipUnless(shutil.which("unshare") and can_unshare(), "no PID namespace may be made here (needs root)")
    def test_storm(self):
        seed = int(os.environ.get("STORM_SEED", time.time_ns() & 0xffffff))
        chance = random.Random(seed)
        keys = 0
        with tempfile.TemporaryDirectory() as d:
            result = os.path.join(d, "result")
            sonde = [os.path.abspath(SONDE), "-d", "0.1", "-f", "name=prey"]
            with Terminal(argv=[*UNSHARE, STORM, result, *sonde], size=(100, 30)) as t:
                t.wait("prey")
                end = time.monotonic() + SECONDS
                while time.monotonic() < end and t.alive():
                    if chance.random() < 0.7:
                        # Somebody who reads first: meanwhile it may end, and its number be used again,
                        # while the dialog is open or while the screen stands still.
                        self.back(t)
                        t.keys("`", "U")
                        key, still = chance.choice(["k", "k", "k", "r", "a"]), chance.random() < 0.4
                        t.keys(*(["z", UP, DOWN] if still else [UP, DOWN, key]))
                        pause = time.monotonic() + chance.choice([0.03, 0.03, 0.3, 0.6])
                        while time.monotonic() < pause:
                            t.read(0.02)
                        t.keys(key if still else "", chance.choice(["9", "15", "19", "12", "1"]), ENTER)
                        keys += 9
                    else:
                        burst = chance.choices(KEYS, k=chance.randint(100, 900))
                        t.keys("".join(burst))
                        keys += len(burst)
                    t.read(0.01)
                self.assertTrue(t.alive(), f"seed {seed}: ended by itself:\n{t.text()}")
                self.back(t)
                self.assertEqual(t.end("q"), 0, f"seed {seed}")
            with open(result) as f:
                words = f.read().split()
        tally = {name: int(n) for name, n in zip(words[::2], words[1::2])}
        print(f"seed {seed}: {keys} keys, {tally}")
        self.assertEqual((tally["hit"], tally["changed"]), (0, 0), f"seed {seed}: {tally}")
        # It can fail: much was forked, numbers were used again, and signals were sent.
        self.assertGreater(tally["forks"], SECONDS * 100)
        self.assertGreater(tally["signalled"], 0, tally)


if __name__ == "__main__":
    unittest.main()
