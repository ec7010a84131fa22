"""In steady state a tick allocates nothing, in either thread: of processes of its own (Allocations), and,
with what begins and ends there, of the machine at hand (Machine)."""
import os
import time
import unittest
from contextlib import ExitStack

from counts import Counted, check_crowd, fields, pump

WARM, TICKS = 10, 20
ALL = ",".join(fields())

# What the screen may be doing. Each runs alone with the same sleeping processes.
SCREENS = {
    "as it starts": [],
    "on the Linux console": ["TERM=linux"],
    "in tmux": ["TERM=tmux-256color"],
    "on a VT100": ["TERM=vt100"],
    "tree": ["-t"],
    "threads": ["-H"],
    "a bar for each CPU": ["-1"],
    "sorted by texts": ["-s", "command,user"],
    "sorted by a level": ["-s", "-res,pid"],
    "filtered": ["-f", "user=root or name~sleep"],
    "one user's": ["-u", "root"],
    "all columns": ["-o", ALL],
    "ascii, no colours": ["-A", "-C"],
}


def forks():
    with open("/proc/stat") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("processes "))


# What is known to allocate, at most so often a tick. Nothing is to be added here.
KNOWN = {
}
# In a machine at work processes begin (names, command lines, rooms in tables) and end, and some
# that slept are read for the first time.
PER_FORK, PER_PROCESS = 20, 3

MOVES = {"Down": "\x1bOB", "Up": "\x1bOA", "PgDn": "\x1b[6~", "PgUp": "\x1b[5~", "End": "\x1bOF",
         "Home": "\x1bOH", "Right": "\x1bOC", "Left": "\x1bOD"}
OTHERS = {"tree": "t", "no tree": "t", "by memory": "M", "by time": "T", "by CPU": "P",
          "reverse": "I", "a menu of columns": "f", "its end": "\x1b", "help": "?", "help's end": "q",
          "a filter": "\\root\r", "no filter": "=", "a search": "/sleep\r", "a tag": " ",
          "no tags": "U", "CPUs": "1", "no header": "#", "header": "#"}


def processes():
    return [name for name in os.listdir("/proc") if name.isdigit()]


def report(program):
    return "\n".join(f"  {times} x {kind}({size}): {where}"
                     for times, kind, size, where in program.sites())


class Warm(unittest.TestCase):
    def warm(self, programs):
        pump(programs, lambda p: p.ticks() >= WARM)
        for p in programs:
            # Else the counting counts nothing.
            self.assertGreater(p.read()["malloc"] + p.read()["calloc"], 100)
            p.record()
        return [(p.ticks(), p.read()) for p in programs]

    def later(self, programs, before, ticks=TICKS):
        """How many ticks later what was allocated meanwhile."""
        pump(programs, lambda p: p.ticks() >= WARM + ticks)
        return [(p.ticks() - t, p.since(counts)) for p, (t, counts) in zip(programs, before)]


class Machine(Warm):
    def test_machine(self):
        """The machine at hand, whatever happens there."""
        with Counted(["-d", "0.1"], crowd=False) as p:
            before, forked = self.warm([p]), forks()
            (ticks, count), = self.later([p], before)
            forked = forks() - forked
            may = PER_FORK * forked + PER_PROCESS * len(processes())
            print(f"{sum(count.values())} in {ticks} ticks, {forked} forks: {count}")
            if sum(count.values()) > may:
                self.fail(f"more than {may}\n{report(p)}")


class Allocations(Warm):
    def test_screens(self):
        with ExitStack() as stack:
            programs = [stack.enter_context(Counted(["-d", "0.1", *args]))
                        for args in SCREENS.values()]
            counts = self.later(programs, self.warm(programs))
            for name, p, (ticks, count) in zip(SCREENS, programs, counts):
                with self.subTest(name):
                    self.assertGreaterEqual(ticks, TICKS - 2)
                    self.assertRegex(p.shows(), "crowd 200|sleeper")
                    may = {k: n * ticks + 1 for k, n in KNOWN.get(name, {}).items()}
                    more = {k: n for k, n in count.items() if n > may.get(k, 0)}
                    self.assertFalse(more, more and f"{more} in {ticks} ticks\n{report(p)}")

    def test_keys(self):
        """To move allocates nothing; what else does is said."""
        with Counted(["-d", "0.1"]) as p:
            self.warm([p])
            for key in [*MOVES.values(), *OTHERS.values()]:
                self.press(p, key)          # what a first time takes
            for key in MOVES.values():      # and rows that were not in view: with the next tick
                now = p.ticks()
                p.terminal.keys(key)
                pump([p], lambda p: p.ticks() >= now + 2)
            moves = {name: self.press(p, key) for name, key in MOVES.items()}
            others = {name: self.press(p, key) for name, key in OTHERS.items()}
            for name, count in others.items():
                print(f"{name}: {count or 'nothing'}")
            moves = {name: count for name, count in moves.items() if count}
            self.assertFalse(moves, moves and f"{moves}\n{report(p)}")

    def press(self, p, key):
        before, end = p.read(), time.monotonic()+ 0.04     # ten times what an answer takes
        p.terminal.keys(key)
        pump([p], lambda p: time.monotonic() > end)
        return p.since(before)


if __name__ == "__main__":
    check_crowd()
    unittest.main(verbosity=2)
