"""The columns of ps that test_procs.py does not have, uptime and pressure, and what one who is not
root gets to see. What moves is asked for before and after."""
import csv
import io
import json
import os
import re
import tempfile
import time
import unittest

import psutil
from live import SONDE, procs, public_copy, run, sonde

NOBODY = 65534
POLICIES = {"TS": "other", "FF": "fifo", "RR": "rr", "B": "batch", "IDL": "idle", "DLN": "dl"}
COLUMNS = ("pid", "user:64", "cls", "psr", "tty", "lstart", "comm")     # what may hold blanks: last


def ps():
    """{pid: {column: text}}; a name with a line feed in it is shown by ps with a '?'."""
    out = {}
    args = [a for c in COLUMNS for a in ("-o", c + "=")]
    for line in run("ps", "-e", *args).splitlines():
        pid, user, cls, psr, tty, rest = line.split(None, 5)
        out[int(pid)] = {"user": user, "policy": cls, "last_cpu": psr, "tty": tty,
                         "start": rest[:24], "name": rest[24:].strip()}
    return out


def cpu_seconds():
    return {p.pid: sum(p.info["cpu_times"][:2])
            for p in psutil.process_iter(["cpu_times"]) if p.info["cpu_times"]}


class BesidePs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cpu_before = cpu_seconds()
        cls.before, cls.rows, cls.after = ps(), procs("--kernel-threads"), ps()
        cls.cpu_after = cpu_seconds()
        # The same start says that the number was not given to another one in between.
        cls.lived = {p for p in cls.before.keys() & cls.after.keys() & cls.rows.keys()
                     if cls.before[p]["start"] == cls.after[p]["start"]}

    def test_everybody_is_there(self):
        self.assertEqual((self.before.keys() & self.after.keys()) - self.rows.keys(), set())
        self.assertGreater(len(self.lived), 2)

    def same(self, field, shown):
        """shown(row) is what ps writes. Where ps changed its mind, either may be right."""
        checked = 0
        for pid in self.lived:
            said = self.before[pid][field]
            if said == self.after[pid][field]:
                self.assertEqual(shown(self.rows[pid]), said, f"{pid} {field}")
                checked += 1
        self.assertGreater(checked, 0)

    def test_user(self):
        self.same("user", lambda r: r["user"])

    def test_tty(self):
        self.same("tty", lambda r: r["tty"] or "?")

    def test_policy(self):
        names = {v: k for k, v in POLICIES.items()}
        self.same("policy", lambda r: names.get(r["policy"], r["policy"]))

    def test_last_cpu(self):
        """One that ran in between may have gone and come back: most stand still, and have to agree;
        a reader of the wrong number would be wrong nearly everywhere but on CPU 0."""
        still = [p for p in self.lived
                 if self.before[p]["last_cpu"] == self.after[p]["last_cpu"]]
        wrong = [p for p in still if str(self.rows[p]["last_cpu"]) != self.after[p]["last_cpu"]]
        self.assertLessEqual(len(wrong), 3 + len(still) // 10, wrong)

    def test_name(self):
        """ps writes <defunct> behind the name of a zombie, and '?' for what cannot be shown."""
        for pid in self.lived:
            said = self.before[pid]["name"].removesuffix(" <defunct>")
            if said == self.after[pid]["name"].removesuffix(" <defunct>") and said.isascii() \
                    and "?" not in said:
                self.assertEqual(self.rows[pid]["name"].strip(), said, pid)

    def test_start(self):
        """ps: boot time in whole seconds, and clock ticks; 1 s for its rounding, 1 s for ours."""
        for pid in self.lived:
            said = time.mktime(time.strptime(self.after[pid]["start"], "%a %b %d %H:%M:%S %Y"))
            self.assertLessEqual(abs(self.rows[pid]["start_time_ns"] / 1e9 - said), 2.0, pid)

    def test_kernel_threads(self):
        """Children of kthreadd and itself; in a container there may be none."""
        kernel = {p for p in self.lived if self.rows[p]["kernel_thread"]}
        said = {p for p in self.lived if self.rows[p]["ppid"] == 2 or p == 2}
        if self.rows.get(2, {}).get("name") == "kthreadd":
            self.assertEqual(kernel, said)

    def test_cpu_times(self):
        """psutil has clock ticks where sonde may have the scheduler's nanoseconds: 20 ms."""
        checked = 0
        for pid in self.lived & self.cpu_before.keys() & self.cpu_after.keys():
            used = self.rows[pid]["cpu_ns_total"] / 1e9
            low, high = self.cpu_before[pid], self.cpu_after[pid]
            self.assertTrue(low - 0.02 <= used <= high + 0.02, (pid, low, used, high))
            checked += 1
        self.assertGreater(checked, 2)


class System(unittest.TestCase):
    def test_uptime_and_load(self):
        def proc(name):
            with open("/proc/" + name, encoding="ascii") as f:
                return f.read().split()
        a, load_a = float(proc("uptime")[0]), proc("loadavg")
        s = sonde("system")[0]
        b, load_b = float(proc("uptime")[0]), proc("loadavg")
        # The file cuts off what is below 10 ms.
        self.assertTrue(a <= s["uptime_ns"] / 1e9 < b + 0.01, (a, s["uptime_ns"], b))
        # A load is written anew every 5 s: it is the one or the other.
        for i, name in enumerate(("load1", "load5", "load15")):
            low, high = sorted((float(load_a[i]), float(load_b[i])))
            self.assertTrue(low <= s[name] <= high, (name, low, s[name], high))
        # Threads come and go beside the test: a compiler beside it starts a few at a time.
        low, high = sorted(int(load[3].split("/")[1]) for load in (load_a, load_b))
        count = s["threads_count"]
        self.assertTrue(low - 30 <= count <= high + 30, (low, count, high))

    def test_uptime_of_uptime(self):
        since = time.mktime(time.strptime(run("uptime", "-s").strip(), "%Y-%m-%d %H:%M:%S"))
        self.assertLessEqual(abs(sonde("system")[0]["boot_time_ns"] / 1e9 - since), 2.0)

    def test_processes(self):
        """How many there are: between those that lived throughout and those that lived at all."""
        a = set(psutil.pids())
        out = run(SONDE, "once", "--format", "json", "--table", "system,proc", "--kernel-threads")
        b = set(psutil.pids())
        tables = json.loads(out.splitlines()[-1])["tables"]
        count = tables["system"][0]["processes_count"]
        self.assertTrue(len(a & b) <= count <= len(a | b) + 30, (len(a & b), count, len(a | b)))

    def test_pressure(self):
        def pressure():
            out = {}
            for name in ("cpu", "io", "memory"):
                try:
                    with open("/proc/pressure/" + name, encoding="ascii") as f:
                        for kind, total in re.findall(r"^(\w+) .*total=(\d+)$", f.read(), re.M):
                            out[name, kind] = int(total)
                except OSError:
                    pass                # a kernel without, or one told psi=0
            return out
        a, rows, b = pressure(), {r["resource"]: r for r in sonde("pressure")}, pressure()
        self.assertEqual({name for name, _ in a} - rows.keys(), set())
        for name, kind in a:
            value = rows[name][kind + "_ns_total"] // 1000
            self.assertTrue(a[name, kind] <= value <= b[name, kind], (name, kind))


@unittest.skipUnless(os.getuid() == 0, "only root can become somebody else")
class WithoutPrivilege(unittest.TestCase):
    FIELDS = "pid,uid,read_bytes_total,write_bytes_total,read_bytes_per_second"

    def as_nobody(self, *args):
        with tempfile.TemporaryDirectory() as directory:
            return run(public_copy(directory), "once", "--columns", self.FIELDS, "-n", "2",
                       "-d", "0.2", *args, user=NOBODY, group=NOBODY, extra_groups=[], cwd="/")

    def test_io_is_not_known(self):
        """No others' I/O, neither as a zero: null in JSON, an empty cell in CSV. Its own, yes."""
        rows = json.loads(self.as_nobody("--format", "json").splitlines()[-1])["tables"]["proc"]
        others = [r for r in rows if r["uid"] != NOBODY]
        self.assertGreater(len(others), 1)
        for row in others:
            self.assertIsNone(row["read_bytes_total"], row)
            self.assertIsNone(row["write_bytes_total"], row)
            self.assertIsNone(row["read_bytes_per_second"], row)
        self.assertTrue(any(r["read_bytes_total"] is not None for r in rows if r["uid"] == NOBODY))

    def test_csv(self):
        out = self.as_nobody("--format", "csv")
        rows = [r for r in csv.DictReader(io.StringIO(out, newline="")) if r["uid"] == "0"]
        self.assertGreater(len(rows), 1)
        self.assertEqual({r["write_bytes_total"] for r in rows}, {""})


if __name__ == "__main__":
    unittest.main()
