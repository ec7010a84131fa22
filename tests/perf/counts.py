"""What the tests of this directory share: a program on a pty that is read all the time, and the
counters of allocs.c."""
import ctypes
import functools
import mmap
import os
import re
import select
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from terminal import SONDE, Screen, Terminal  # noqa: E402

SKIP = 77
SIZE = (160, 50)
CROWD = os.environ.get("SONDE_PERF_CROWD", "crowd")
SLEEPERS = 200
KINDS = {2: "malloc", 3: "calloc", 4: "realloc", 5: "memalign", 6: "free", 7: "mmap", 8: "munmap"}
SITES, SITE, WORDS = 256, 24, 16 + 256 * 24


def in_crowd(argv, busy=0):
    return [CROWD, str(SLEEPERS), str(busy), *argv]


class Counted:
    """sonde under allocs.c: a Terminal whose counters can be read."""

    def __init__(self, args, crowd=True, busy=10):
        self.file = tempfile.NamedTemporaryFile(prefix="sonde-perf-")
        self.file.truncate(WORDS * 8)
        self.map = mmap.mmap(self.file.fileno(), WORDS * 8)
        env = dict(a.split("=") for a in args if a.startswith("TERM="))
        argv = [SONDE, *[a for a in args if not a.startswith("TERM=")]]
        self.terminal = Terminal(argv=in_crowd(argv, busy) if crowd else argv, size=SIZE, env={
            **env, "LD_PRELOAD": os.environ["SONDE_PERF_ALLOCS"],
            "SONDE_PERF_COUNTS": self.file.name})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.terminal.__exit__()
        self.map.close()
        self.file.close()

    def take(self):
        """Reads what the terminal has; the screen is not made of it (that is slow)."""
        while select.select([self.terminal.master], [], [], 0)[0]:
            try:
                self.terminal.raw += os.read(self.terminal.master, 65536)
            except OSError:     # its other end is closed
                return

    def shows(self):
        """The text of the screen, by now."""
        self.terminal.screen = Screen(*SIZE)
        self.terminal.screen.feed(self.terminal.raw)
        return self.terminal.text()

    def word(self, i):
        return struct.unpack_from("=Q", self.map, i * 8)[0]

    def ticks(self):
        return self.word(1)

    def read(self):
        return {name: self.word(i) for i, name in KINDS.items()}

    def since(self, before):
        return {name: n - before[name] for name, n in self.read().items() if n != before[name]}

    def record(self):
        struct.pack_into("=Q", self.map, 9 * 8, 1)

    def alive(self):
        if not self.terminal.alive():
            raise AssertionError(f"ended ({self.terminal.status}):\n{self.shows()}")

    def sites(self):
        """What left a site: [(times, kind, size, where)], by the calls' stacks."""
        found = {}
        maps = self.maps()
        for i in range(min(self.word(10), SITES)):
            kind, size, _, *pcs = struct.unpack_from(f"={SITE}Q", self.map, (16 + i * SITE) * 8)
            stack = tuple(pc for pc in pcs if pc)
            times, _ = found.get((kind, stack), (0, 0))
            found[kind, stack] = times + 1, size
        return [(times, KINDS.get(kind, "?"), size, self.names(stack, maps))
                for (kind, stack), (times, size) in sorted(found.items(), key=lambda x: -x[1][0])]

    def maps(self):
        """The program's own; in a crowd it is the child of the child of the terminal."""
        pid = self.terminal.pid
        try:
            while not os.path.samefile(f"/proc/{pid}/exe", SONDE):
                with open(f"/proc/{pid}/task/{pid}/children") as f:
                    pid = int(f.read().split()[0])
            with open(f"/proc/{pid}/maps") as f:
                return [re.match(r"(\w+)-(\w+) \S+ (\w+) \S+ \S+ *(.*)", line).groups()
                        for line in f]
        except (OSError, IndexError, ValueError):
            return []

    def names(self, stack, maps):
        out = []
        for pc in stack:
            for start, end, offset, path in maps:
                if int(start, 16) <= pc < int(end, 16) and path.startswith("/"):
                    out.append(place(path, pc - 1 - int(start, 16) + int(offset, 16)))
                    break
        return " < ".join(out[:9])


@functools.cache
def place(path, at):
    """function file:line, where addr2line is there to say so."""
    try:
        r = subprocess.run(["addr2line", "-f", "-s", "-e", path, hex(at)], capture_output=True,
                           text=True, timeout=10)
        function, line = r.stdout.split("\n")[:2]
    except (OSError, ValueError, subprocess.TimeoutExpired):
        function = line = "??"
    if line.startswith("??"):
        return f"{function if not function.startswith('??') else hex(at)} ({os.path.basename(path)})"
    return f"{function} {line.split(' ')[0]}"


def pump(programs, until, limit=30):
    """Reads all their terminals until each says it is done."""
    end = time.monotonic() + limit
    left = list(programs)
    while left:
        for p in list(left):
            p.take()
            p.alive()
            if until(p):
                left.remove(p)
        if time.monotonic() > end:
            raise AssertionError(f"not there after {limit} s:\n{left[0].shows()}")
        time.sleep(0.01)


def fields():
    """The names of all that is known of a process."""
    r = subprocess.run([SONDE, "fields", "-T", "proc", "-F", "csv"], capture_output=True, text=True,
                       check=True)
    return [line.split(",")[1] for line in r.stdout.splitlines()[1:]]


def check_crowd():
    """Ends the test, skipped, on a machine that allows no namespaces."""
    r = subprocess.run(in_crowd(["true"]), capture_output=True, text=True, timeout=20)
    if r.returncode:
        skip(r.stderr.strip())


def skip(why):
    print("skipped:", why)
    sys.exit(SKIP)
