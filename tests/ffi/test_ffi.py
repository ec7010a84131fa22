#!/usr/bin/env python3
"""libsonde through ctypes beside what `sonde once` prints of the same fixture.

    test_ffi.py LIBRARY SONDE FIXTURES RECORDING
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import sonde  # noqa: E402  (beside this file)

LIBRARY, PROGRAM, FIXTURES, RECORDING = sys.argv[1:5]
lib = sonde.load(LIBRARY)


def fixture(name):
    return os.path.join(FIXTURES, name)


def once(name, *options):
    """The tables of the last moment, as columns."""
    out = subprocess.run([PROGRAM, "once", "--root", fixture(name), "--format", "json", *options],
                         check=True, capture_output=True, text=True).stdout
    tables = json.loads(out)["tables"]
    return {t: {k: [r[k] for r in rows] for k in (rows[0] if rows else [])} for t, rows in tables.items()}


def in_order(table, key="pid"):
    order = sorted(range(len(table[key])), key=lambda i: table[key][i])
    return {k: [v[i] for i in order] for k, v in table.items()}


def last(s):
    shot = None
    while s.next():
        shot = s.snapshot()
    return shot


class Ffi(unittest.TestCase):
    def compare(self, name, tables):
        """Every value of every field that is not dear."""
        with sonde.Sonde(lib, root=fixture(name)) as s:
            for t in tables:
                s.want(t)
            mine, cells = last(s), 0
        theirs = once(name, "--table", ",".join(tables))
        self.assertEqual(sorted(mine), sorted(tables))
        for t in tables:
            a, b = mine[t], theirs[t]
            if t == "proc":
                a, b = in_order(a), in_order(b)
            if not b:                   # no rows
                self.assertFalse(any(a.values()))
                continue
            self.assertEqual(list(a), list(b), t)
            for field in a:
                for x, y in zip(a[field], b[field], strict=True):
                    cells += y is not None
                    if isinstance(x, str):      # names that are no UTF-8 are cleaned in JSON
                        self.assertEqual(x.encode(errors="surrogateescape").decode(errors="replace"), y,
                                         (t, field))
                    else:
                        self.assertEqual(x, y, (t, field))
        return cells

    def test_all(self):
        tables = ["system", "cpu", "memory", "vm", "pressure", "disk", "fs", "net", "sockets", "proc", "exit"]
        self.assertGreater(self.compare("busy", tables), 2000)
        self.compare("tenants", tables)
        self.compare("old418", tables)

    def test_large(self):
        self.assertGreater(self.compare("procs1000", ["proc"]), 30000)

    def test_views(self):
        with sonde.Sonde(lib, root=fixture("busy")) as s:
            s.want("proc", "pid,name,resident_bytes,nice")
            s.next()
            a, b = s.snapshot()["proc"], s.views()["proc"]
            for field in a:
                self.assertEqual([v or 0 for v in a[field]], [v or 0 for v in b[field]])
            self.assertEqual(max(b["resident_bytes"]), max(a["resident_bytes"]))

    def test_filter(self):
        with sonde.Sonde(lib, root=fixture("busy")) as s:
            s.want("proc", "pid,name,cpu_ratio,resident_bytes")
            while s.next():
                found = s.rows("proc", "cpu>5 or rss>100M")
                proc = s.snapshot()["proc"]
        theirs = once("busy", "--table", "proc", "--columns", "pid", "--filter", "cpu>5 or rss>100M")
        self.assertEqual([proc["pid"][i] for i in found], sorted(theirs["proc"]["pid"]))

    def test_format(self):
        with sonde.Sonde(lib, root=fixture("idle")) as s:
            s.want("memory")
            s.want("cpu", "cpu,busy_ratio")
            while s.next():
                text = s.format()
                csv = s.format(sonde.CSV, "cpu")
                rows = s.format(sonde.CSV_ROWS, "cpu")
                metrics = s.format(sonde.OPENMETRICS)
        out = subprocess.run([PROGRAM, "once", "--root", fixture("idle"), "--format", "json", "--table", "memory"],
                             check=True, capture_output=True, text=True).stdout
        self.assertEqual(json.loads(text)["tables"]["memory"], json.loads(out)["tables"]["memory"])
        self.assertEqual(json.loads(text)["meta"], json.loads(out)["meta"])
        out = subprocess.run([PROGRAM, "once", "--root", fixture("idle"), "--format", "csv", "--table", "cpu",
                              "--columns", "cpu,busy_ratio"], check=True, capture_output=True, text=True).stdout
        self.assertEqual(csv, out)
        self.assertEqual("cpu,busy_ratio\n" + rows, out)
        out = subprocess.run([PROGRAM, "once", "--root", fixture("idle"), "--format", "openmetrics", "--table",
                              "memory"], check=True, capture_output=True, text=True).stdout
        self.assertTrue(metrics.endswith("\n# EOF\n") and metrics.count("# EOF") == 1)
        self.assertIn('sonde_cpu_busy_ratio{cpu="0"} ', metrics)
        self.assertLess(set(out.split("\n")), set(metrics.split("\n")))

    def test_errors(self):
        with self.assertRaisesRegex(sonde.SondeError, "/nonexistent") as caught:
            sonde.Sonde(lib, root="/nonexistent")
        self.assertEqual(lib.sonde_code_name(caught.exception.code), b"SONDE_E_OPEN")
        with sonde.Sonde(lib, root=fixture("idle")) as s:
            with self.assertRaisesRegex(sonde.SondeError, '"nonesuch"') as caught:
                s.want("proc", "pid,nonesuch")
            self.assertEqual(caught.exception.at, 4)
            self.assertEqual(lib.sonde_code_name(caught.exception.code), b"SONDE_E_FIELD")
            with self.assertRaisesRegex(sonde.SondeError, "proc.user, which was not wanted"):
                s.want("proc", "pid")
                s.next()
                s.rows("proc", "user=root")

    def test_recording(self):
        with sonde.Sonde(lib, recording=RECORDING) as s:
            s.want("proc", "pid,name,cpu_ratio")
            shots = list(s)
        self.assertGreater(len(shots), 3)
        self.assertEqual(shots[0]["proc"]["cpu_ratio"][0], None)
        # A recording of the fixture and the fixture itself are the same.
        with tempfile.TemporaryDirectory() as tmp:
            subprocess.run([PROGRAM, "record", "--root", fixture("idle"), tmp + "/r"], check=True,
                           capture_output=True)
            with sonde.Sonde(lib, recording=tmp + "/r") as s, sonde.Sonde(lib, root=fixture("idle")) as live:
                for each in s, live:
                    each.want("proc", "pid,name,cpu_ratio,resident_bytes")
                    each.want("disk")
                self.assertEqual(list(s), list(live))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
