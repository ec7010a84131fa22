"""shared.py: what `bench`, `recorders` and `psutil` have in common outside the namespace."""
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading

from measure import read

HERE = os.path.dirname(os.path.abspath(__file__))


def check_tools(most, strace=False):
    """Ends with a sentence unless a population of `most` can be made here."""
    if os.geteuid():
        sys.exit("must be root, to make a PID namespace with the population in it")
    for tool, package in [("unshare", "util-linux"), ("cc", "gcc, libc6-dev")] + (
            [("strace", "strace")] if strace else []):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed (Debian: {package})")
    probe = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"],
                           capture_output=True, text=True)
    if probe.returncode:
        sys.exit("cannot make a PID and mount namespace here: " + probe.stderr.strip())
    free = int(re.search(r"MemAvailable:\s+(\d+)", read("/proc/meminfo"))[1]) / 1024
    if most * 0.16 > free * 0.9:        # 160 KiB a dummy, kernel memory included
        sys.exit(f"{most} processes need {most * 0.16:.0f} MiB, "
                 f"{free:.0f} MiB are available (give smaller --procs)")


def version(argv, option):
    """The first line a program says about itself, or why it does not."""
    try:
        out = subprocess.run([argv[0], option], timeout=20, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True,
                             env=dict(os.environ, TERM="xterm-256color", HOME="/nonexistent"))
        return re.sub(r"\x1b\[[0-9;]*m", "", out.stdout + out.stderr).strip().split("\n")[0]
    except (OSError, subprocess.TimeoutExpired) as e:
        return str(e)


def compile_population(tmp):
    """Its path."""
    compiled = subprocess.run(["cc", "-O2", "-static", "-o", tmp + "/population",
                               HERE + "/population.c", "-lm"], capture_output=True, text=True)
    if compiled.returncode:
        sys.exit("cannot compile population.c:\n" + compiled.stderr)
    return tmp + "/population"


def in_namespace(argv, options, limit):
    """Yields what argv, as PID 1 of a fresh namespace with the options as one JSON argument,
    prints: one JSON object a line. The namespace lives no longer than this; the last object
    says when it was stopped early."""
    proc = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable,
         *argv, json.dumps(options)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    timer = threading.Timer(limit, proc.kill)
    timer.start()
    said = 0
    try:
        for line in proc.stdout:
            said += 1
            yield json.loads(line)
        if proc.wait() and said:
            yield {"failed": f"stopped early (time limit {limit:.0f} s, or killed)"}
    finally:
        timer.cancel()
        proc.kill()                     # --kill-child takes the namespace along
        proc.wait()


def medians(runs):
    """{figure: median over the runs that have it}"""
    keys = {k for r in runs for k, v in r.items() if isinstance(v, (int, float))}
    return {k: statistics.median(r[k] for r in runs if k in r) for k in keys}


def table(head, rows):
    """Prints rows of strings under their headings: first column left, the others right."""
    width = [max(len(r[i]) for r in [head] + rows) for i in range(len(head))]
    for r in [head] + rows:
        print("  ".join(c.rjust(w) if i else c.ljust(w)
                        for i, (c, w) in enumerate(zip(r, width))).rstrip())


def number(value, how):
    return "-" if value is None else how % value


def ratio_table(meds, figures, own="sonde"):
    """own/peer, smaller is better, `<` where own is first; below it own's place."""
    peers = {name: m for name, m in meds.items() if name != own}
    mine, rows, place = meds.get(own, {}), [], [own + " is"]
    if not peers:
        return
    for name, m in peers.items():
        row = ["/" + name]
        for k, _, _ in figures:
            a, b = mine.get(k), m.get(k)
            row.append("-" if a is None or not b else
                       "%.2f %s" % (a / b, "<" if a < b else "behind"))
        rows.append(row)
    for k, _, _ in figures:
        ahead = sum(mine.get(k, 1e99) >= m[k] for m in peers.values() if k in m)
        place.append("-" if k not in mine else "first <" if not ahead else
                     f"{ahead + 1} of {len(peers) + 1}")
    print()
    table([own + "/peer"] + [h for _, h, _ in figures], rows + [place])


def verdict(value, bound):
    return "no figure" if value is None else "met" if value <= bound else "MISSED"


def machine():
    cpu = re.search(r"model name\s*: (.*)", read("/proc/cpuinfo"))
    return dict(uname=os.uname().release, cpus=os.cpu_count(), cpu=cpu[1] if cpu else "")


def end(name, main):
    """Exits as main() says: 2 for what it could not do, with a sentence."""
    try:
        status = main()
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted", file=sys.stderr)
        status = 2
    except SystemExit as e:             # a sentence: say it, and tell "could not" from "missed"
        if isinstance(e.code, str):
            print(f"{name}: {e.code}", file=sys.stderr)
            status = 2
        else:
            status = e.code
    sys.exit(status)
