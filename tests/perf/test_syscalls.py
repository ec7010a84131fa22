"""System calls of a tick, beside 200 sleeping processes. With SONDE_PERF_UPDATE
the counts become those that are expected."""
import os
import sys
import tempfile
from contextlib import ExitStack

import expect
from counts import SIZE, SKIP, SONDE, Terminal, check_crowd, in_crowd, skip

HERE = os.path.dirname(os.path.abspath(__file__))
COUNTER = os.environ["SONDE_PERF_SYSCALLS"]
# What is read of processes that sleep goes round in 16 ticks, and in 4: so the ticks counted are a
# multiple of both.
WARM, TICKS = 16, 32
SHARE, ABSOLUTE = 0.05, 2
# name: arguments. The first as it starts; trees and orders by what others can change cost more.
SCREENS = {"cpu": [], "memory": ["-s", "res"]}


def start(args, file):
    return Terminal(size=SIZE, argv=in_crowd(
        [COUNTER, file, str(WARM), str(TICKS), SONDE, "-d", "0.1", *args]))


def end(t, file, all_runs):
    """The counts of one tick. All are read meanwhile, so that none waits for its terminal."""
    while t.alive():
        for r in all_runs:
            if r.alive():
                r.read(0.02)
    status = t.ended()
    if status == SKIP:
        skip(t.text().strip())
    assert status == 0, (status, t.text())
    _, counts = expect.read(file)
    return {name: n / TICKS for name, n in counts.items()}


def main():
    check_crowd()
    got = {}
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.NamedTemporaryFile(prefix="sonde-perf-"))
                 for _ in SCREENS]
        runs = [stack.enter_context(start(args, f.name))
                for args, f in zip(SCREENS.values(), files)]
        for screen, run, f in zip(SCREENS, runs, files):
            for name, n in end(run, f.name, runs).items():
                got[f"{screen} {name}"] = n
    file = os.path.join(HERE, "syscalls.expect")
    if os.environ.get("SONDE_PERF_UPDATE"):
        expect.write(file, {"beside": "200 sleeping processes, by what the rows are sorted by"}, got)
        return 0
    _, expected = expect.read(file)
    print(f"{'a tick':<64} {'expected':>13} {'counted':>13}")
    good = expect.compare(expected, got, SHARE, ABSOLUTE)
    for screen in SCREENS:
        if got[f"{screen} terminal"] > 1.1:
            print(f"{screen}: more than one write to the terminal for a screen")
            good = False
    return 0 if good else 1


sys.exit(main())
