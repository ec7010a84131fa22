"""measure.py: runs programs on a pty under a population and measures them.

bench starts it as PID 1 of a fresh namespace, with the options as one JSON argument; it
prints one line of JSON per run. README.md says what the figures mean.
"""
import fcntl
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.dont_write_bytecode = True
import vt  # noqa: E402  (beside this file)

# Every wait has an end, in seconds; together they bound a run.
START_LIMIT = 60        # exec to the first process rows
SETTLE = 4              # from there to the window
WINDOW_STRETCH = 3      # the window grows up to so many times its length for MIN_BURSTS
MIN_BURSTS = 6
KEY_LIMIT, KEYS_LIMIT = 5, 30
SYSCALLS_LIMIT = 40     # no new tick is waited for after it
STOP_LIMIT = 7
QUIET = 0.03            # silence that ends the answer to a key

# What xterm answers to the questions a program may ask of it.
REPLIES = [
    (rb"\x1b\[6n", b"\x1b[1;1R"), (rb"\x1b\[0?c", b"\x1b[?62;22c"),
    (rb"\x1b\[>0?c", b"\x1b[>41;379;0c"), (rb"\x1b\[\?2026\$p", b"\x1b[?2026;0$y"),
    (rb"\x1b\]11;\?(?:\x07|\x1b\\)", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
]


# ---- CPU time and memory of a process tree ------------------------------------------------

def read(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def cpu_clock(pid):
    """ns of CPU the thread group has used, dead threads included: the clock of the pid."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return 0


def tree(pid):
    """pid and its descendants, children of every thread included."""
    todo, seen = [pid], []
    while todo:
        pid = todo.pop()
        seen.append(pid)
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                todo += map(int, read(f"/proc/{pid}/task/{task}/children").split())
        except OSError:
            pass
    return seen


def tree_cpu(pids):
    """ns of CPU of the live pids plus what the first of them inherited from dead children."""
    stat = read(f"/proc/{pids[0]}/stat").rpartition(")")[2].split()
    dead = int(stat[13]) + int(stat[14]) if stat else 0
    return sum(map(cpu_clock, pids)) + dead * 10**9 // os.sysconf("SC_CLK_TCK")


def tree_memory(pid):
    rss = pss = 0
    for p in tree(pid):
        for line in read(f"/proc/{p}/smaps_rollup").splitlines():
            if line.startswith("Rss:"):
                rss += int(line.split()[1])
            elif line.startswith("Pss:"):
                pss += int(line.split()[1])
    return rss / 1024, pss / 1024


# ---- one program on one pty ---------------------------------------------------------------

class Run:
    """Inside the namespace: starts a program, measures it, ends it."""

    def __init__(self, opt, program, names, home):
        self.opt, self.program, self.names, self.home = opt, program, names, home
        self.d = opt["interval"]
        self.chunks = []                # (time, bytes, CPU clock of the program)
        self.screen, self.fed = vt.Screen(*opt["size"]), 0
        self.dead = False

    def start(self):
        sub = dict(d="%g" % self.d, ms=round(self.d * 1000), ds=max(1, round(self.d * 10)))
        for name, text in self.program.get("files", {}).items():
            path = os.path.join(self.home, name)
            os.makedirs(os.path.dirname(path))
            with open(path, "w") as f:
                f.write(text.format(**sub))
        env = dict(TERM="xterm-256color", LANG="C.UTF-8", HOME=self.home, SHELL="/bin/sh",
                   USER="root", LOGNAME="root", PATH="/usr/sbin:/usr/bin:/sbin:/bin",
                   **self.program.get("env", {}))
        argv = self.program["argv"] + [a.format(**sub) for a in self.program["args"]]
        self.master, slave = pty.openpty()
        width, height = self.opt["size"]
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        clock_r, clock_w = os.pipe()    # the child says when it calls exec
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for fd in range(3):
                    os.dup2(slave, fd)
                os.chdir(self.home)
                os.write(clock_w, struct.pack("d", time.monotonic()))
                os.execve(argv[0], argv, env)
            except BaseException as e:
                os.write(2, f"cannot run {argv[0]}: {e}\n".encode())
            os._exit(127)
        os.close(slave)
        os.close(clock_w)
        self.t0 = struct.unpack("d", os.read(clock_r, 8))[0]
        os.close(clock_r)

    def read(self, seconds, one=False):
        """Records output for so long, or until the first of it; False when time ran out."""
        end = time.monotonic() + seconds
        while not self.dead:
            if select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                now = time.monotonic()
                try:
                    data = os.read(self.master, 65536)
                except OSError:         # EIO: nobody has the terminal open any more
                    self.dead = True
                    return False
                self.chunks.append((now, data, cpu_clock(self.pid)))
                for question, reply in REPLIES:
                    if re.search(question, data):
                        os.write(self.master, reply)
                if one:
                    return True
            if time.monotonic() >= end:
                return False
        return False

    def feed(self, upto=None):
        upto = len(self.chunks) if upto is None else upto
        while self.fed < upto:
            self.screen.feed(self.chunks[self.fed][1])
            self.fed += 1

    def rows(self, screen):
        """Screen rows that show a process: its pid and the start of its name or command."""
        return sum(any(name in row for pid in re.findall(r"\d+", row)
                       for name in self.names.get(int(pid), ())) for row in screen.rows())

    def burst(self, limit):
        """Records up to the end of the next burst, if it comes and ends in time."""
        end = time.monotonic() + limit
        if not self.read(limit, one=True):
            return False
        while time.monotonic() < end:
            if not self.read(0.4 * self.d, one=True):
                return True
        return False

    def bursts(self, i, j):
        """Output i..j as [(first chunk, past last)], split at silences of 0.4 intervals."""
        out = []
        for k in range(i, j):
            if out and self.chunks[k][0] - self.chunks[k - 1][0] <= 0.4 * self.d:
                out[-1][1] = k + 1
            else:
                out.append([k, k + 1])
        return out

    def ticks(self, i, j, seconds, cpu_share):
        """How many ticks passed. The period is that between starts of bursts, which a program
        that cannot keep its interval stretches; gaps over silent ticks do not count. A program
        that is mostly asleep and mostly silent had its ticks on time and nothing to show."""
        starts = [self.chunks[a][0] for a, _ in self.bursts(i, j)]
        gaps = [b - a for a, b in zip(starts, starts[1:])]
        nominal = seconds / self.d
        if len(gaps) < 2 or (len(starts) < nominal / 2 and cpu_share < 0.3):
            return nominal
        usual = statistics.median(gaps)
        period = statistics.mean(g for g in gaps if g <= 1.5 * usual)
        return seconds / max(period, self.d)    # never more ticks than were asked for

    def measure(self):
        self.start()
        res = {}
        # Look at the screen only in pauses, so as not to compete with the start.
        end = self.t0 + START_LIMIT
        while time.monotonic() < end and not self.dead:
            if not self.read(0.05, one=True):
                self.feed()
                if self.rows(self.screen) >= 3:
                    break
        else:
            self.feed()
            res["note"] = ("ended" if self.dead else "no process rows") + self.last_words()
            return res
        self.read(max(SETTLE * self.d, 3))
        self.feed()
        self.window(res)
        self.first_screen(res)
        self.keys(res)
        res["rss_mb"], res["pss_mb"] = tree_memory(self.pid)
        if self.opt["syscalls"] and not self.dead:
            self.syscalls(res)
        self.feed()
        res["screen"] = [r.rstrip() for r in self.screen.rows()]
        if self.dead:
            res["note"] = "ended" + self.last_words()
        return res

    def last_words(self):
        lines = [r.strip() for r in self.screen.rows() if r.strip()]
        return " after %.1f s; screen: %s" % (
            time.monotonic() - self.t0, lines[-1] if lines else "empty")

    def window(self, res):
        """CPU, bytes and ticks of the settled program; reads and nothing else meanwhile."""
        i, t, pids = len(self.chunks), time.monotonic(), tree(self.pid)
        cpu, length = tree_cpu(pids), self.opt["ticks"] * self.d
        self.read(length)
        while (len(self.bursts(i, len(self.chunks))) < MIN_BURSTS and not self.dead
               and time.monotonic() - t < WINDOW_STRETCH * length):
            self.read(self.d)
        pids += [p for p in tree(self.pid) if p not in pids]
        cpu = (tree_cpu(pids) - cpu) / 1e6
        seconds, j = time.monotonic() - t, len(self.chunks)
        ticks = self.ticks(i, j, seconds, cpu / 1e3 / seconds)
        res.update(seconds=seconds, ticks=ticks, tick_s=seconds / ticks, cpu_ms=cpu / ticks,
                   bytes=sum(len(c[1]) for c in self.chunks[i:j]) / ticks)
        # Afterwards, burst by burst: what the bytes were for, how many rows a screen shows.
        self.screen.spent.clear()
        cells = ideal = 0
        rows = []
        for _, b in self.bursts(i, j):
            before = self.screen.copy()
            self.feed(b)
            rows.append(self.rows(self.screen))
            if self.opt["analyse"]:
                cells += vt.cells_changed(before, self.screen.cells)
                ideal += vt.diff_cost(before, self.screen.cells)
        res["rows"] = min(rows, default=self.rows(self.screen))
        res["spent"] = {k: self.screen.spent[k] / ticks for k in vt.PURPOSES}
        res.update(cells=cells / ticks, diff_bytes=ideal / ticks)

    def first_screen(self, res):
        """When did the recording first show the rows that the settled screen does? Four in
        five will do: the header may be higher at first (atop), the program not yet in its list."""
        screen = vt.Screen(*self.opt["size"])
        for t, data, cpu in self.chunks:
            screen.feed(data)
            if self.rows(screen) >= 0.8 * res["rows"]:
                res.update(first_ms=(t - self.t0) * 1e3, first_cpu_ms=cpu / 1e6)
                return

    def keys(self, res):
        """Presses Down at random moments; the answer is the first output that changes a cell."""
        answers, lost, end = [], 0, time.monotonic() + KEYS_LIMIT
        for _ in range(self.opt["keys"]):
            self.read(random.uniform(0.25, 0.75) * min(1, self.d))
            quiet = time.monotonic() + KEY_LIMIT
            while time.monotonic() < quiet and self.read(QUIET, one=True):
                pass
            if self.dead or time.monotonic() > end:
                break
            self.feed()
            before, sent = self.screen.copy(), time.monotonic()
            os.write(self.master, self.program["key"].encode())
            while self.screen.cells == before:
                if not self.read(sent + KEY_LIMIT - time.monotonic(), one=True):
                    lost += 1
                    break
                self.feed()
            else:
                answers.append((self.chunks[-1][0] - sent) * 1e3)
        res["keys"], res["keys_lost"] = answers, lost

    def syscalls(self, res):
        """Whole ticks, from the end of a burst to the end of another. Last of all, as strace
        slows the program: its ticks stretch, their work stays the same."""
        self.burst(SYSCALLS_LIMIT)
        report = os.path.join(self.home, "strace")
        pids = [a for p in tree(self.pid) for a in ("-p", str(p))]
        strace = subprocess.Popen(["strace", "-c", "-f", "-o", report] + pids,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        ticks, end = 0, time.monotonic() + SYSCALLS_LIMIT
        while ticks < self.opt["ticks"] and time.monotonic() < end and not self.dead:
            ticks += self.burst(SYSCALLS_LIMIT)
        strace.send_signal(signal.SIGINT)
        strace.wait()
        if not ticks:
            return
        res["syscalls"] = {}
        for line in read(report).splitlines():
            col = line.split()      # % seconds us/call calls [errors] name
            if len(col) >= 5 and col[3].isdigit() and col[-1] != "total":
                res["syscalls"][col[-1]] = int(col[3]) / ticks

    def save(self, stem):
        """The raw bytes, and beside them when (s since exec) how many of them came."""
        with open(stem + ".raw", "wb") as raw, open(stem + ".times", "w") as times:
            for t, data, _ in self.chunks:
                raw.write(data)
                times.write("%.4f %d\n" % (t - self.t0, len(data)))

    def stop(self):
        family = tree(self.pid)
        for sig in (signal.SIGTERM, signal.SIGKILL):
            for pid in family:
                try:
                    os.kill(pid, sig)
                except ProcessLookupError:
                    pass
            end = time.monotonic() + STOP_LIMIT / 2
            while time.monotonic() < end:
                self.read(0.05)
                if self.dead:
                    time.sleep(0.05)    # read() returns at once then
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    os.close(self.master)
                    return
        os.close(self.master)


def make_crowd(opt):
    """In the namespace: everything here ends with the parent, and the population lives."""
    def follow():                       # the parent is gone when our standard input ends
        os.read(0, 1)
        os._exit(1)
    threading.Thread(target=follow, daemon=True).start()

    argv = [opt["population"], str(opt["n"]), "1"] + ["busy"] * opt.get("busy", False)
    crowd = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    ready = crowd.stdout.readline().split()
    if ready != ["ready", str(opt["n"])]:
        print(json.dumps({"failed": f"only {ready[1] if ready else 0} of the {opt['n']} "
                          "processes came to be (limits? memory?)"}), flush=True)
        os._exit(1)


def inside(opt):
    """PID 1 of the namespace: the population, then every program in turn, `repeat` times.
    Prints one JSON line per run. All processes here die with this one."""
    make_crowd(opt)
    time.sleep(1.5 + opt["n"] / 15000)
    names = {}                          # pid: what a row about it must contain
    for pid in filter(str.isdigit, os.listdir("/proc")):
        comm, line = read(f"/proc/{pid}/comm"), read(f"/proc/{pid}/cmdline")
        names[int(pid)] = [s.strip()[:6] for s in (comm, line) if s.strip()]
    for repeat in range(opt["repeat"]):
        for name, program in opt["programs"].items():
            home = tempfile.mkdtemp(prefix="home-", dir=opt["dir"])
            run = Run(opt, program, names, home)
            res = run.measure()
            run.stop()
            if opt["raw"]:
                run.save(os.path.join(opt["raw"], f"{name}-{opt['n']}-{repeat + 1}"))
            shutil.rmtree(home, ignore_errors=True)
            print(json.dumps(dict(program=name, n=opt["n"], repeat=repeat + 1, **res)), flush=True)
            time.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    inside(json.loads(sys.argv[1]))
