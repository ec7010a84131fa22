"""File systems that never answer: everything else goes on, and nothing waits for them."""
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
from fuse import STATFS, Fuse, why_not  # noqa: E402
from live import SONDE, run  # noqa: E402

LIMIT = 5       # seconds in which everything has to have ended, on a loaded machine too; it takes 0.5


def timed(*args):
    began = time.monotonic()
    out = run(SONDE, *args)
    return out, time.monotonic() - began


def helpers():
    """Numbers of processes that do errands, of whomever."""
    out = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", "rb") as f:
                text = f.read()
        except OSError:
            continue
        if b"(sonde-errand)" in text and b") Z" not in text:
            out.append(int(pid))
    return out


class Hangs(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.before = set(helpers())
        self.addCleanup(self.nothing_is_left)

    def nothing_is_left(self):
        """Also of those that could not be killed while they waited."""
        end = time.monotonic() + 10
        while set(helpers()) - self.before:
            self.assertLess(time.monotonic(), end, "a helper lives on")
            time.sleep(0.02)

    def mount(self, name="mount", **how):
        path = os.path.join(self.dir.name, name)
        os.mkdir(path)
        fuse = Fuse(path, **how)
        self.addCleanup(fuse.close)
        return fuse

    def check(self, silent):
        """The rows of these paths are there without sizes, all others with."""
        out, took = timed("once", "-T", "fs", "--format", "json")
        self.assertLess(took, LIMIT)
        rows = {r["mount"]: r for r in json.loads(out.splitlines()[-1])["tables"]["fs"]}
        for path in silent:
            self.assertEqual({rows[path][f] for f in ("size_bytes", "used_bytes", "files_count",
                                                      "used_ratio")}, {None}, path)
        root = os.statvfs("/")
        self.assertEqual(rows["/"]["size_bytes"], root.f_blocks * root.f_frsize)

    def test_silent(self):
        for talks in (False, True):
            with self.subTest(talks=talks):
                fuse = self.mount(f"mount-{talks}", talks=talks)
                self.check([fuse.path])
                out, took = timed("once", "-T", "fs", "-o", "mount,size_bytes,used_ratio")
                self.assertLess(took, LIMIT)
                self.assertRegex(out, rf"(?m)^{fuse.path} +~ +~$")
                self.assertRegex(out, r"(?m)^/ +\d")
                out, took = timed("once", "-T", "fs", "--format", "csv", "-o", "mount,size_bytes")
                self.assertRegex(out, rf"(?m){fuse.path},\r?$")
                out, took = timed("doctor")
                self.assertLess(took, LIMIT)
                self.assertRegex(out, r"(?m)^statvfs\(\) +(partly|failed) .* timed out +size and")

    def test_many(self):
        """More than there are helpers."""
        self.check([self.mount(f"m{i}", talks=i % 2 == 0).path for i in range(12)])

    def test_below(self):
        """A file system in memory whose path leads through one that is silent."""
        fuse = self.mount(talks=False)
        subprocess.run(["mount", "-t", "tmpfs", "memory", fuse.path], check=True)
        try:
            self.check([])
        finally:
            subprocess.run(["umount", fuse.path], check=True)

    def test_comes_back(self):
        fuse = self.mount()
        with subprocess.Popen([SONDE, "once", "-T", "fs", "--format", "json", "-d", "0.25", "-n",
                               "0"], stdout=subprocess.PIPE) as p:
            try:
                sizes, began = [], time.monotonic()
                for line in p.stdout:
                    rows = json.loads(line)["tables"]["fs"]
                    sizes += [r["size_bytes"] for r in rows if r["mount"] == fuse.path]
                    if len(sizes) == 4:
                        fuse.start_to_answer(STATFS)
                    if sizes and sizes[-1] is not None:
                        break
                    self.assertLess(time.monotonic() - began, 30)
            finally:
                p.kill()
        self.assertEqual(set(sizes[:4]), {None})
        self.assertEqual(sizes[-1], 1000 * 4096)

    def test_answers(self):
        """One that is well is shown as any other."""
        fuse = self.mount(answers=[STATFS])
        out, _ = timed("once", "-T", "fs", "--format", "json")
        row = [r for r in json.loads(out.splitlines()[-1])["tables"]["fs"]
               if r["mount"] == fuse.path][0]
        self.assertEqual([row[f] for f in ("size_bytes", "used_bytes", "available_bytes",
                                           "files_count", "files_free_count")],
                         [1000 * 4096, 600 * 4096, 300 * 4096, 50, 20])

    def test_whoever_waits_for_us(self):
        """The shell gets its prompt and the reader of a pipe its end, though the helper that asked
        cannot be killed."""
        self.mount()
        began = time.monotonic()
        out = subprocess.run(f"{SONDE} once -T fs -o mount,size_bytes | cat; echo done", shell=True, check=True,
                             capture_output=True, timeout=60).stdout
        self.assertTrue(out.endswith(b"done\n"))
        self.assertLess(time.monotonic() - began, LIMIT)
        self.assertTrue(set(helpers()) - self.before, "the mount was not asked")


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(reason)
        sys.exit(77)
    unittest.main()
