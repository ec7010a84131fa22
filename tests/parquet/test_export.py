"""sonde export as a program: which files it makes, what it leaves alone, and what is left when it is ended."""
import contextlib
import functools
import os
import pty
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

SONDE, FIXTURES = os.environ["SONDE"], os.environ["SONDE_FIXTURES"]
ENV = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def sonde(*args, status=0, **options):
    p = subprocess.run([SONDE, *args], capture_output=True, env=ENV, timeout=100, check=False, **options)
    if p.returncode != status:
        raise AssertionError(f"status {p.returncode}: {p.stderr.decode()}")
    return p.stdout.decode(), p.stderr.decode()


def files(where):
    return sorted(os.path.relpath(os.path.join(d, name), where) for d, _, names in os.walk(where) for name in names)


def stamps(where):
    """Which file it is: its number may be that of one that went."""
    return {f: (s.st_ino, s.st_mtime_ns) for f in files(where) for s in [os.stat(os.path.join(where, f))]}


class Export(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        self.out = os.path.join(self.dir, "out")

    def record(self, name):
        where = os.path.join(self.dir, name)
        sonde("record", where, "--root", os.path.join(FIXTURES, name))
        return where

    def test_layout(self):
        rec = self.record("busy")
        said, _ = sonde("export", rec, "--dir", self.out, "--format", "parquet")
        tables = sorted(os.listdir(self.out))
        self.assertIn("proc", tables)
        self.assertNotIn("fd", tables)
        for f in files(self.out):
            self.assertRegex(f, r"^[a-z]+/host=[A-Za-z0-9%._-]+/date=\d{4}-\d\d-\d\d/\d\d\.parquet$")
            with open(os.path.join(self.out, f), "rb") as file:
                data = file.read()
            self.assertEqual((data[:4], data[-4:]), (b"PAR1", b"PAR1"))
        self.assertIn(f"{len(files(self.out))} files", said)
        self.assertEqual(stat.S_IMODE(os.stat(self.out).st_mode), 0o700)

    def test_open_as_its_directory(self):
        os.mkdir(self.out)
        os.chmod(self.out, 0o755)
        old = os.umask(0o077)
        try:
            sonde("export", self.record("busy"), "--dir", self.out, "-T", "system")
        finally:
            os.umask(old)
        path = os.path.join(self.out, files(self.out)[0])
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o644)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode), 0o755)

    def test_resume(self):
        rec = self.record("busy")
        sonde("export", rec, "--dir", self.out, "-T", "proc,cpu")
        before = stamps(self.out)
        said, _ = sonde("export", rec, "--dir", self.out, "-T", "proc,cpu")
        self.assertEqual(stamps(self.out), before)
        self.assertRegex(said, f"0 files.*{len(before)} were there already")
        # other columns, and by force
        sonde("export", rec, "--dir", self.out, "-T", "proc", "-o", "pid,name")
        changed = {f for f, s in stamps(self.out).items() if before[f] != s}
        self.assertEqual({f.split("/")[0] for f in changed}, {"proc"})
        now = stamps(self.out)
        sonde("export", rec, "--dir", self.out, "-T", "cpu", "--force")
        changed = {f for f, s in stamps(self.out).items() if now[f] != s}
        self.assertEqual({f.split("/")[0] for f in changed}, {"cpu"})
        # what is missing is made, what is there stays
        now = stamps(self.out)
        os.unlink(os.path.join(self.out, sorted(now)[0]))
        sonde("export", rec, "--dir", self.out, "-T", "cpu")
        self.assertEqual({f for f, s in stamps(self.out).items() if now[f] != s}, {sorted(now)[0]})

    def test_goes_on(self):
        """The hour that goes on is written again; fewer moments never replace more."""
        rec = os.path.join(self.dir, "rec")
        sonde("record", rec, "-d", "0.1", "-n", "3", "--fields", "system")
        sonde("export", rec, "--dir", self.out, "-T", "system")
        before = stamps(self.out)
        sonde("record", rec, "-d", "0.1", "-n", "3", "--fields", "system")
        sonde("export", rec, "--dir", self.out, "-T", "system")
        after = stamps(self.out)
        self.assertNotEqual(after, before)
        said, _ = sonde("export", rec, "--dir", self.out, "-T", "system", "--every", "1h")
        self.assertEqual(stamps(self.out), after)
        self.assertIn("0 files", said)

    def test_hostile_host(self):
        sonde("export", self.record("hostile"), "--dir", self.out)
        hosts = {f.split("/")[1] for f in files(self.out)}
        self.assertEqual(len(hosts), 1)
        self.assertRegex(hosts.pop(), r"^host=[A-Za-z0-9%._-]+$")
        self.assertEqual(sorted(os.listdir(self.dir)), ["hostile", "out"])

    def test_not_ours(self):
        rec = self.record("busy")
        sonde("export", rec, "--dir", self.out, "-T", "cpu")
        path = os.path.join(self.out, files(self.out)[0])
        with open(path, "w", encoding="ascii") as f:
            f.write("mine")
        _, why = sonde("export", rec, "--dir", self.out, "-T", "cpu", status=1)
        self.assertIn("not from sonde", why)
        with open(path, encoding="ascii") as f:
            self.assertEqual(f.read(), "mine")
        sonde("export", rec, "--dir", self.out, "-T", "cpu", "--force")
        # a link out of the directory is none
        os.rename(os.path.join(self.out, "cpu"), os.path.join(self.dir, "elsewhere"))
        os.symlink(os.path.join(self.dir, "elsewhere"), os.path.join(self.out, "cpu"))
        now = stamps(os.path.join(self.dir, "elsewhere"))
        sonde("export", rec, "--dir", self.out, "-T", "cpu", "--force", status=1)
        self.assertEqual(stamps(os.path.join(self.dir, "elsewhere")), now)

    @classmethod
    @functools.cache
    def long_recording(cls):
        """Of the machine, made long, once: the same file again and again under other names is none,
        so it is many moments."""
        directory = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, directory)
        rec = os.path.join(directory, "long")
        sonde("record", rec, "-d", "0.1", "-n", "40")
        return rec

    def test_no_room(self):
        rec = self.long_recording()
        _, why = sonde("export", rec, "--dir", self.out, "-T", "proc", status=1, preexec_fn=lambda:
                       resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        self.assertIn("proc/host=", why)
        self.assertEqual(files(self.out), [])

    def ended(self, how):
        """Ends an export while it writes: stopped as soon as its temporary file is there."""
        rec = self.long_recording()
        master, slave = pty.openpty()
        for _ in range(200):
            shutil.rmtree(self.out, ignore_errors=True)
            p = subprocess.Popen([SONDE, "export", rec, "--dir", self.out, "-T", "proc"], env=ENV,
                                 stdout=subprocess.DEVNULL, stderr=slave)
            while p.poll() is None and not files(self.out):
                pass
            with contextlib.suppress(ProcessLookupError):
                p.send_signal(how)
            status = p.wait(timeout=20)
            if status != 0:
                break
        os.close(slave)
        os.close(master)
        self.assertNotEqual(status, 0, "it was never ended in time")
        return status

    def test_interrupted(self):
        self.assertEqual(self.ended(signal.SIGINT), 1)
        self.assertEqual(files(self.out), [])

    def test_killed(self):
        self.assertEqual(self.ended(signal.SIGKILL), -signal.SIGKILL)
        for f in files(self.out):
            name = os.path.basename(f)
            self.assertRegex(name, r"^\.\d\d\.parquet-\d+$")
            self.assertFalse(name.endswith(".parquet"))

    def test_bar(self):
        """On a terminal only, and gone at the end."""
        rec = self.long_recording()
        _, said = sonde("export", rec, "--dir", self.out)
        self.assertEqual(said, "")
        master, slave = pty.openpty()
        subprocess.run([SONDE, "export", rec, "--dir", self.out, "--force"], stderr=slave, check=True, env=ENV,
                       stdout=subprocess.DEVNULL, timeout=100)
        os.close(slave)
        said = os.read(master, 1 << 16).decode()
        os.close(master)
        self.assertRegex(said, r"^\r\x1b\[K\d{4}-\d\d-\d\d \d\d:00 \[[#-]{24}\] +\d+ %, ")
        self.assertTrue(said.endswith("\r\x1b[K"))

    def test_lines(self):
        rec = self.record("busy")
        for table in ("proc", "cpu", "memory"):
            a, _ = sonde("export", rec, "-F", "csv", "-T", table)
            b, _ = sonde("once", "--in", rec, "-n", "0", "-F", "csv", "-T", table)
            self.assertEqual(sorted(a.splitlines()), sorted(b.splitlines()))
        a, _ = sonde("export", rec, "-F", "influx")
        b, _ = sonde("once", "--in", rec, "-n", "0", "-F", "influx")
        self.assertEqual(a, b)
        a, _ = sonde("export", rec, "-F", "jsonl", "-T", "cpu")
        b, _ = sonde("once", "--in", rec, "-n", "0", "-F", "jsonl", "-T", "cpu")
        self.assertEqual(a, b)

    def test_openmetrics(self):
        """All points of a family together, the end once, and what each moment says by itself."""
        rec = self.record("busy")
        text, _ = sonde("export", rec, "-F", "openmetrics", "-T", "system,cpu,proc")
        self.assertEqual([n for n, line in enumerate(text.splitlines()) if line == "# EOF"],
                         [len(text.splitlines()) - 1])
        heads = re.findall(r"^# TYPE (\S+)", text, re.M)
        self.assertEqual(len(heads), len(set(heads)))
        many, _ = sonde("once", "--in", rec, "-n", "0", "-F", "openmetrics", "-T", "system,cpu,proc")
        points = [line for line in many.splitlines() if not line.startswith("#")]
        self.assertEqual(sorted(line for line in text.splitlines() if not line.startswith("#")), sorted(points))
        self.assertGreater(len(points), 100)
        family = None
        for line in text.splitlines()[:-1]:
            if line.startswith("# TYPE "):
                family = line.split()[2]
            elif not line.startswith("#"):
                self.assertTrue(line.startswith(family), line)

    def test_file(self):
        rec, path = self.record("busy"), os.path.join(self.dir, "x.csv")
        sonde("export", rec, "-F", "csv", "--output", path)
        _, why = sonde("export", rec, "-F", "csv", "--output", path, status=1)
        self.assertIn("is there already", why)
        sonde("export", rec, "-F", "csv", "--output", path, "--force")
        with open(path, encoding="utf-8") as f:
            self.assertEqual(f.read(), sonde("export", rec, "-F", "csv")[0])
        self.assertEqual(sorted(os.listdir(self.dir)), ["busy", "x.csv"])

    def test_spool(self):
        """More of a family than is kept in memory."""
        rec = self.long_recording()
        text, _ = sonde("export", rec, "-F", "openmetrics", "-T", "proc")
        heads = re.findall(r"^# TYPE (\S+)", text, re.M)
        self.assertEqual(len(heads), len(set(heads)))
        self.assertGreater(len(text), 40 * 65536)
        many, _ = sonde("once", "--in", rec, "-n", "0", "-F", "openmetrics", "-T", "proc")
        self.assertEqual(sorted(line for line in text.splitlines() if line[0] != "#"),
                         sorted(line for line in many.splitlines() if line[0] != "#"))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
