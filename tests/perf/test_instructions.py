"""Instructions of a tick, counted by callgrind on fixtures. With SONDE_PERF_UPDATE the counts become
those that are expected.

The counts hold for one compiler, its options and one libc: those instructions.expect was made with.
Elsewhere the test is skipped. CPUs make no difference: libc is told not to use what only some have.
"""
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import expect
from counts import SIZE, SONDE, Terminal, skip

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.environ["SONDE_FIXTURES"]
KEPT = os.environ.get("SONDE_PERF_KEEP")    # a directory for what callgrind_annotate reads
SHARE, ABSOLUTE = 0.05, 20000
THOUSAND = ["--root", os.path.join(FIXTURES, "procs1000")]
BUSY = ["--root", os.path.join(FIXTURES, "busy")]
SCREEN = ["--screen", "160x50"]

# What is run, over how many moments, and the functions whose share (all they call included) is
# looked at by itself.
RUNS = {
    "screen, 1,000 processes": (12, [*THOUSAND, *SCREEN], [
        "procs_tick", "procs_fill", "frame_derive", "rows_build", "screen_render", "ring_add"]),
    "tree and filter, 1,000 processes": (12, [
        *THOUSAND, *SCREEN, "-t", "-f", "cpu>1 or command~python"], [
        "tree_build", "filter_match", "rows_build"]),
    "text in the order of texts, 1,000 processes": (12, [
        *THOUSAND, "-n", "0", "-l", "1", "-o", "pid,cpu", "-s", "command,user,-cpu"], ["rows_sort"]),
    "screen, 110 processes": (8, [*BUSY, *SCREEN], ["screen_render", "header_draw", "tableview_draw"]),
    "keys": (8, [*BUSY, *SCREEN, "--keys", "Down Down F5 M PgDn End c"], []),
    "all there is in JSON, 110 processes": (8, [*BUSY, "-n", "0", "-F", "json", "-T", "all"], [
        "json_frame_pieces"]),
    "all there is in CSV, 110 processes": (8, [*BUSY, "-n", "0", "-F", "csv"], ["csv_frame"]),
}
# The screen on a terminal: all moments of the fixture at this rhythm, and how often it is drawn: at
# the start, for each moment, and at the end.
RHYTHMS, DRAWN = ("0.2", "0.5", "1.5"), 14


def about():
    return {"machine": platform.machine(), "compiler": os.environ["SONDE_PERF_COMPILER"],
            "libc": os.confstr("CS_GNU_LIBC_VERSION")}


def environment():
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "LD_BIND_NOW": "1",
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM,"
                              "-BMI2,-MOVBE,-LZCNT,-SSE4_2,-SSSE3,-FMA,-FMA4"}


def valgrind(file, function, *args):
    return ["valgrind", "-q", "--tool=callgrind", "--fair-sched=try", "--compress-strings=no",
            "--compress-pos=no", f"--toggle-collect={function}", f"--callgrind-out-file={file}",
            SONDE, *args]


@contextmanager
def output(name):
    if KEPT:
        yield os.path.join(KEPT, "callgrind." + name.replace(",", "").replace(" ", "-"))
    else:
        with tempfile.NamedTemporaryFile(prefix="sonde-perf-") as f:
            yield f.name


def run(name, args):
    """Instructions by function, all that it calls included, and of the whole."""
    with output(name) as file:
        r = subprocess.run(valgrind(file, "main", "once", *args), capture_output=True,
                           env=environment(), timeout=100)
        if r.returncode:
            raise AssertionError(f"{name}: {r.returncode}\n{r.stderr.decode()[-2000:]}")
        return totals(file)[0]


def run_on_terminal():
    """Instructions of one term_show(). When the machine is so slow that moments are left out it
    is tried again with more time for each."""
    for rhythm in RHYTHMS:
        with output("terminal") as file:
            argv = valgrind(file, "term_show", *THOUSAND, "-d", rhythm)
            with Terminal(argv=argv, size=SIZE, env=environment()) as t:
                t.wait("● end", 60)
                status = t.end("q")
                assert status == 0, (status, t.text())
            of, calls = totals(file)
        if calls == DRAWN:
            return of[""] / DRAWN
    raise AssertionError(f"the screen was drawn {calls} times, not {DRAWN}")


def totals(file):
    """Adds up callgrind's file: lines of cost, and behind each call the cost of what was called.
    Also how often the function that is counted was entered."""
    of, now, counted, entered = {"": 0}, None, None, 0
    for line in open(file, encoding="utf-8", errors="replace"):
        if line.startswith("cmd:"):
            continue
        if line.startswith("fn="):
            now = line[3:].rstrip("\n").split("'")[0].split(".")[0]
        elif line.startswith("cfn="):
            counted = line[4:].rstrip("\n").split("'")[0].split(".")[0]
        elif line.startswith("calls=") and counted == "term_show":
            entered += int(line[6:].split()[0])
        elif line[0].isdigit() and now:
            of[now] = of.get(now, 0) + int(line.split()[1])
        elif line.startswith("summary:"):
            of[""] = int(line.split()[1])
    return of, entered


def count():
    got = {}
    with ThreadPoolExecutor(3) as pool:
        terminal = pool.submit(run_on_terminal)
        runs = {name: pool.submit(run, name, args) for name, (_, args, _) in RUNS.items()}
        for name, (moments, _, functions) in RUNS.items():
            of = runs[name].result()
            got[name] = round(of[""] / moments)
            for function in functions:
                if function not in of:
                    raise AssertionError(f"{name}: {function}() is not called; is it renamed?")
                got[f"{name}: {function}()"] = round(of[function] / moments)
        got["terminal, 1,000 processes: term_show()"] = round(terminal.result())
    return got


def main():
    file = os.path.join(HERE, "instructions.expect")
    if not shutil.which("valgrind"):
        skip("valgrind is not installed")
    if os.environ.get("SONDE_PERF_UPDATE"):
        expect.write(file, about(), count())
        return 0
    wanted, expected = expect.read(file)
    for key, value in about().items():
        if wanted.get(key) != value:
            skip(f"{key} is {value}; the counts are those of {wanted.get(key)}")
    got = count()
    print(f"{'a tick':<64} {'expected':>13} {'counted':>13}")
    return 0 if expect.compare(expected, got, SHARE, ABSOLUTE) else 1


sys.exit(main())
