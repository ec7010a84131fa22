"""Births and ends, as the collector tells them, beside what the parent of each child knows."""
import collections
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
LIFE = os.environ.get("LIFE", "build/tests/live/live-life")
NOBODY = 65534
TICK = 1 / os.sysconf("SC_CLK_TCK")
SLACK = 0.011           # of the CPU's time: what ran since the last tick or switch
# What a child does first of all: a name of its own, and CPU time.
SETUP = """
import ctypes, os, signal, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
def name(raw): assert libc.prctl(15, raw, 0, 0, 0) == 0
def burn(seconds):
    while time.thread_time() < seconds: pass
"""


class Watch:
    """The collector, from now until stop()."""

    def __init__(self, *args, program=LIFE, **kw):
        self.process = subprocess.Popen([program, "watch", *args], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, **kw)
        self.sources = json.loads(self.process.stdout.readline())
        self.lines = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def stop(self):
        """The ended processes by number (a list each), and the counts."""
        self.process.stdin.close()
        status = self.process.wait(timeout=30)
        self.reader.join()
        self.process.stdout.close()
        assert status == 0, status
        *ended, self.counts = self.lines
        self.ended = collections.defaultdict(list)
        for row in ended:
            row["name"] = bytes.fromhex(row["name"])
            self.ended[row["pid"]].append(row)
        return self.ended


class Life(unittest.TestCase):
    records = True

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp()
        os.chmod(cls.directory, 0o755)
        # A file system in memory writes nothing.
        kind = subprocess.run(["stat", "-f", "-c", "%T", cls.directory], capture_output=True,
                              check=True).stdout
        cls.written = 0 if b"tmpfs" in kind or b"overlay" in kind else 1 << 20
        cls.program = shutil.copy(LIFE, cls.directory)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)

    def watch(self, *args, **kw):
        return Watch(*args, program=self.program, **kw)

    def child(self, code, **kw):
        """Runs a child. Its number, wait status, usage, and the times around it."""
        start = time.monotonic_ns()
        child = subprocess.Popen([sys.executable, "-c", SETUP + code], cwd=self.directory, **kw)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        return child.pid, status, usage, start, time.monotonic_ns()

    def check(self, rows, child, threads=False, **want):
        pid, status, usage, start, end = child
        self.assertEqual(len(rows), 1, rows)
        row = rows[0]
        have = set(row["have"])
        self.assertEqual(row["ppid"], os.getpid())
        # Without records nobody says how it ended when its first thread had ended before.
        if self.records or "end" in have:
            self.assertIn("status", have)
            self.assertEqual((row["code"], row["signal"], row["dumped"]),
                             (status >> 8, status & 0x7f, bool(status & 0x80)))
        else:
            self.assertNotIn("status", have)
        self.assertIn("start", have)
        self.assertTrue(start < row["start"] < row["end"], row)
        if "end" in have:
            self.assertLess(row["end"], end + 100_000_000)  # the parent may know it a little before
        if not self.records:
            self.assertFalse(have & {"name", "ids", "cpu", "rss", "io", "faults"}, have)
            self.assertEqual(row["name"], b"")
            return row
        # Sums over threads are believed only when they add up to the kernel's own.
        self.assertLess({"name", "ids", "cpu", "rss"} | (set() if threads else {"split", "faults"}),
                        have)
        self.assertEqual((row["uid"], row["gid"]), (os.getuid(), os.getgid()))
        used = usage.ru_utime + usage.ru_stime
        self.assertAlmostEqual(row["cpu"] / 1e9, used, delta=SLACK + used * 0.02 + 0.02)
        if "split" in have:
            self.assertEqual(row["user"] + row["system"], row["cpu"])
        # The parent's number has the time before the last exec in it too.
        self.assertTrue(1 << 20 < row["rss"] <= (usage.ru_maxrss + 256) * 1024, (row, usage))
        if "faults" in have:
            self.assertEqual(row["faults"], usage.ru_majflt)
        for key, value in want.items():
            self.assertEqual(row[key], value, row)
        return row

    def test_children(self):
        """Known ends, known names, known use: one thread and many."""
        core = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20)); "
        threads = """
def work(n):
    name(b"thread%d" % n); burn(0.03)
ts = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for t in ts: t.start()
"""
        wrote = """
fd = os.open("written", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.write(fd, b"x" * (1 << 20)); os.fsync(fd)
"""
        cases = {
            "code": ("name(b'three'); burn(0.05); os._exit(3)", b"three"),
            "bytes": (r"name(b'\xff\n) R 1\x1b[2J'); os._exit(255)", b"\xff\n) R 1\x1b[2J"),
            "killed": ("name(b'killed'); os.kill(os.getpid(), 9)", b"killed"),
            "core": (core + "name(b'dumps'); os.abort()", b"dumps"),
            "threads": (threads + "name(b'joins'); [t.join() for t in ts]; os._exit(4)", b"joins"),
            "exit_group": (threads + "name(b'leaves'); time.sleep(0.01); os._exit(5)", b"leaves"),
            "thread ends it": ("""
def work(): name(b"thread"); time.sleep(0.05); os._exit(6)
name(b"waits"); threading.Thread(target=work).start(); time.sleep(60)""", b"waits"),
            "first leaves": ("""
def work(): name(b"thread"); burn(0.02); time.sleep(0.3); os._exit(7)
name(b"first"); threading.Thread(target=work).start(); libc.syscall(60, 1)
""", b"first"),
            "exec of a thread": ("""
def work(): burn(0.03); time.sleep(0.1); os.execv("/bin/sleep", ["sleep", "0.1"])
name(b"before"); threading.Thread(target=work).start(); time.sleep(60)""", b"sleep"),
            "memory": ("x = b'x' * (100 << 20); del x; name(b'large'); os._exit(0)", b"large"),
            "writes": (wrote + "name(b'writes'); os._exit(0)", b"writes"),
        }
        if os.uname().machine != "x86_64":
            del cases["first leaves"]           # the number of exit()
        watch = self.watch()
        self.assertEqual(watch.sources, {"events": 0, "records": 0 if self.records else -1})
        done = {name: self.child(code) for name, (code, _) in cases.items()}
        ended = watch.stop()
        for name, child in done.items():
            with self.subTest(name):
                row = self.check(ended[child[0]], child, "Thread" in cases[name][0],
                                 name=cases[name][1])
                self.assertEqual("end" in row["have"], name != "first leaves")
                if name == "core":
                    self.assertEqual(row["signal"], signal.SIGABRT)
                if name == "first leaves":
                    # How others than root learn it: by asking, and the status from nobody.
                    self.assertGreater(row["end"] - row["start"], 300_000_000)
                if name == "memory" and self.records:
                    self.assertAlmostEqual(row["rss"] / 1024, child[2].ru_maxrss, delta=1024)
                if name == "writes" and "io" in row["have"]:
                    self.assertGreaterEqual(row["write"], self.written)
        counts = watch.counts
        self.assertGreaterEqual(counts["forks"], len(cases))
        self.assertGreaterEqual(counts["execs"], len(cases) + 1)
        self.assertGreaterEqual(counts["exits"], len(cases))
        self.assertEqual((counts["unlisted"], counts["lost_events"], counts["lost_records"]),
                         (0, 0, 0))

    def test_threads_are_no_processes(self):
        """200 threads begin and end: one process does."""
        watch = self.watch()
        child = self.child("""
for i in range(200):
    t = threading.Thread(target=lambda: None); t.start(); t.join()
os._exit(0)""")
        ended = watch.stop()
        self.check(ended[child[0]], child, threads=True)
        mine = [row["pid"] for rows in ended.values() for row in rows if row["ppid"] == os.getpid()]
        self.assertEqual(mine, [child[0]])

    def test_mine_before(self):
        """A process that was there before the collector, and its threads: totals all the same."""
        child = subprocess.Popen([sys.executable, "-c", SETUP + """
def work(): burn(0.1)
t = threading.Thread(target=work); t.start(); t.join()
print("ready", flush=True); sys.stdin.readline()
name(b"early")
t = threading.Thread(target=work); t.start(); t.join(); os._exit(0)"""],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        watch = self.watch()
        child.stdin.close()
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        child.stdout.close()
        row, = watch.stop()[child.pid]
        if not self.records:
            self.assertNotIn("start", row["have"])
            return
        self.assertEqual(row["name"], b"early")
        self.assertAlmostEqual(row["cpu"] / 1e9, usage.ru_utime + usage.ru_stime, delta=0.035)
        self.assertFalse({"faults", "io"} & set(row["have"]))   # one thread's were not seen

    def storm(self, rate, seconds):
        # The leak checker would be a child more.
        out = subprocess.Popen([self.program, "storm", str(rate), str(seconds)],
                               stdout=subprocess.PIPE, env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
        made = json.loads(out.stdout.read())
        out.stdout.close()
        self.assertEqual(out.wait(), 0)
        return out.pid, made["forks"]

    def test_storm(self):
        """Every one of thousands a second is told once, with the right end."""
        watch = self.watch()
        pid, forks = self.storm(5000, 1)
        ended = watch.stop()
        mine = [row for rows in ended.values() for row in rows
                if row["ppid"] == pid and "ppid" in row["have"]]
        counts = watch.counts
        lost = counts["lost_events"] + counts["lost_records"] + counts["unlisted"]
        print(f"storm: {forks} forks, {len(mine)} ends, {lost} lost", file=sys.stderr)
        self.assertGreater(forks, 3000)
        self.assertLessEqual(len(mine), forks)
        if lost == 0:
            self.assertEqual(len(mine), forks)
            self.assertLessEqual(max(collections.Counter(r["code"] for r in mine).values()) -
                                 min(collections.Counter(r["code"] for r in mine).values()), 1)
            want = {"start", "status"} | ({"name", "cpu", "rss"} if self.records else set())
            for row in mine:
                self.assertLess(want, set(row["have"]))
            # The event comes last: under load some may be too late.
            self.assertGreater(sum("end" in r["have"] for r in mine), forks * 0.99)
        else:
            self.assertGreaterEqual(len(mine) + lost, forks)

    def test_cost(self):
        """Of the same storm: memory stays, and the CPU time of each process that came and went."""
        watch = self.watch("quiet")
        forks = self.storm(5000, 2)[1]
        watch.stop()
        c = watch.counts
        each = c["cpu_ns"] / max(c["exits"], 1)
        print(f"cost: {forks} processes, {each / 1000:.1f} us each, at most {c['most_kb']} KiB"
              f" ({c['first_kb']} after a second), {c['switches']} waits,"
              f" longest take {c['worst_take_ns'] / 1e6:.2f} ms", file=sys.stderr)
        self.assertLess(c["most_kb"] - c["first_kb"], 1024)
        self.assertLess(each, 50_000)
        # A round is a wait or two whatever the rate: far fewer than processes.
        self.assertLess(c["switches"], forks / 10)

    def test_idle(self):
        """Nothing happens: nobody wakes up but the one who asks."""
        watch = self.watch("quiet")
        time.sleep(1)
        watch.stop()
        c = watch.counts
        events = c["forks"] + c["execs"] + c["exits"]       # others live here too
        self.assertGreater(c["ticks"], 10)
        self.assertLessEqual(c["switches"], c["ticks"] + 10 + 4 * events)

    def test_stopped(self):
        """Longer than the kernel's queues are: what is lost is counted."""
        watch = self.watch("quiet")
        os.kill(watch.process.pid, signal.SIGSTOP)
        forks = self.storm(4000, 1)[1]
        os.kill(watch.process.pid, signal.SIGCONT)
        watch.stop()
        c = watch.counts
        print(f"stopped: {forks} forks, {c}", file=sys.stderr)
        self.assertGreater(c["lost_events"], 0)         # the queue is not that long
        self.assertEqual(c["listed"] + c["unlisted"], c["exits"])
        self.assertGreaterEqual(c["exits"] + c["lost_events"] + c["lost_records"], forks)

    def test_signals(self):
        """They are not taken by the collector's thread: it blocks them all."""
        watch = self.watch("quiet")
        tasks = pathlib.Path(f"/proc/{watch.process.pid}/task")
        blocked = {t.name: int((t / "status").read_text().split("SigBlk:")[1].split()[0], 16)
                   for t in tasks.iterdir()}
        watch.stop()
        self.assertEqual(len(blocked), 2)
        del blocked[str(watch.process.pid)]
        usual = {signal.SIGINT, signal.SIGTERM, signal.SIGWINCH, signal.SIGCHLD, signal.SIGUSR1}
        for mask in blocked.values():
            for s in usual:
                self.assertTrue(mask >> (s - 1) & 1, s)


class Nobody(Life):
    """The same without privileges: who, when and how, but not what it was."""
    records = False
    if not os.environ.get("SONDE_TESTS_LONG"):
        test_cost = test_idle = test_stopped = None     # nothing in them looks at who asks

    def watch(self, *args, **kw):
        watch = super().watch(*args, user=NOBODY, group=NOBODY, extra_groups=[], **kw)
        return watch


class Elsewhere(unittest.TestCase):
    def sources(self, *how):
        if shutil.which(how[0]) is None or subprocess.run([*how, "true"], capture_output=True).returncode:
            self.skipTest(f"{how[0]} does not work here")
        out = subprocess.run([*how, LIFE, "watch", "quiet"], stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=20, check=True).stdout
        return json.loads(out.splitlines()[0])

    def test_container(self):
        """Another PID namespace: off, and it says so at once."""
        start = time.monotonic()
        self.assertEqual(self.sources("unshare", "-p", "-f", "--mount-proc"),
                         {"events": -95, "records": -95})
        self.assertLess(time.monotonic() - start, 5)

    def test_network(self):
        self.assertEqual(self.sources("unshare", "-n")["events"], -95)


def why_not():
    """What this machine lacks for these tests."""
    if os.geteuid() != 0:
        return "needs root"
    with subprocess.Popen([LIFE, "watch", "quiet"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as p:
        sources = json.loads(p.stdout.read().splitlines()[0])
    if sources != {"events": 0, "records": 0}:
        return f"the kernel does not tell here: {sources}"
    return None


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print("skipped:", reason)
        sys.exit(77)
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 6):
        del Nobody                              # events too are for root there
    unittest.main()
