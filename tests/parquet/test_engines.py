"""What `sonde export` writes, read back by DuckDB and ClickHouse, is row for row what `sonde once` says.

Their libraries are looked for in SONDE_DUCKDB and SONDE_CHDB (files), and below SONDE_ENGINES, by default
~/.cache/sonde-engines. With SONDE_ENGINES_INSTALL=1 they are put there by npm first, which fetches 200 MB and
takes 600; without them the test skips and says so.
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import engines

SONDE, FIXTURES, RECORDINGS = os.environ["SONDE"], os.environ["SONDE_FIXTURES"], os.environ["SONDE_RECORDINGS"]
CACHE = os.environ.get("SONDE_ENGINES") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "sonde-engines")
PACKAGES = ("@duckdb/node-bindings-linux-x64", "@chdb/lib-linux-x64-gnu")
ENV = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def run(*args):
    return subprocess.run([SONDE, *args], check=True, capture_output=True, env=ENV, timeout=300).stdout.decode()


def install():
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, "package.json"), "w", encoding="ascii") as f:
        f.write('{"private": true}\n')
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES],
                   cwd=CACHE, check=True, timeout=900, stdout=subprocess.DEVNULL)


def library(variable, name):
    path = os.environ.get(variable)
    return path if path else engines.find([name], CACHE)


def csv_rows(text):
    """Absent is None, a text that is there but empty is ""."""
    rows, row, cell, quoted, i = [], [], "", None, 0
    while i < len(text):
        c = text[i]
        if c == '"' and quoted is not True:
            quoted = True
        elif c == '"' and text[i + 1:i + 2] == '"':
            cell += c
            i += 1
        elif c == '"':
            quoted = False
        elif c in ",\n" and quoted is not True:
            row.append(None if not cell and quoted is None else cell)
            cell, quoted = "", None
            if c == "\n":
                rows.append(row)
                row = []
        else:
            cell += c
        i += 1
    return rows


def normal(kind, text):
    if text is None:
        return None
    if kind == "number":
        return float(text)
    if kind == "bool":
        return {"true": "1", "false": "0"}.get(text, text)
    if kind == "moment":
        text = text.replace("T", " ").rstrip("Z")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return text


TYPES = {}
for line in csv_rows(run("fields", "--format", "csv"))[1:]:
    TYPES[line[0], line[1]] = line[5]
TABLES = list(dict.fromkeys(table for table, _ in TYPES))[:11]


def kinds(table, columns):
    return ["moment" if c == "time" else "number" if TYPES.get((table, c)) == "f64" else "other" for c in columns]


class Engines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.environ.get("SONDE_ENGINES_INSTALL") == "1":
            install()
        cls.open = {}
        for variable, name, engine in (("SONDE_DUCKDB", "libduckdb.so", engines.DuckDB),
                                       ("SONDE_CHDB", "libchdb.so", engines.ClickHouse)):
            path = library(variable, name)
            if path:
                cls.open[engine.__name__] = engine(path)
        cls.dir = tempfile.mkdtemp()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    def export(self, recording, *options):
        out = tempfile.mkdtemp(dir=self.dir)
        run("export", recording, "--dir", out, "--rates", *options)
        return out

    def rows(self, engine, out, table, columns):
        names = ", ".join(f'"{c}"' for c in columns)
        glob = f"{out}/{table}/*/*/*.parquet"
        if engine == "DuckDB":
            source = f"read_parquet('{glob}', hive_partitioning = false)"
        else:
            source = f"file('{glob}', Parquet)"
            names = names.replace('"time"', "toString(time)")
        return self.open[engine].query(f"SELECT {names} FROM {source}")

    def compare(self, recording):
        out = self.export(recording)
        rows = 0
        for table in TABLES:
            said = csv_rows(run("once", "--in", recording, "-T", table, "-F", "csv", "-n", "0"))
            if not said or said[0][0] != "time":
                continue  # a recording of one moment is no stream
            columns = said[0]
            kind = kinds(table, columns)
            want = collections.Counter(tuple(map(normal, kind, row)) for row in said[1:])
            for engine in self.open:
                with self.subTest(recording=recording, table=table, engine=engine):
                    got = collections.Counter(tuple(map(normal, kind, row))
                                              for row in self.rows(engine, out, table, columns))
                    self.assertEqual(got, want)
            rows += len(said) - 1
        return rows

    def test_recordings(self):
        for engine, name in (("DuckDB", "libduckdb.so"), ("ClickHouse", "libchdb.so")):
            if engine not in self.open:
                print(f"{engine}: no {name} below {CACHE}: not compared", flush=True)
        if not self.open:
            self.skipTest("neither libduckdb.so nor libchdb.so is there; SONDE_ENGINES_INSTALL=1 has npm fetch them")
        rows = 0
        for recording in self.recordings():
            rows += self.compare(recording)
        self.assertGreater(rows, 1000)

    def test_machine(self):
        """Rows of the machine at hand: more of them, and other names than one thinks of."""
        if not self.open:
            self.skipTest("no engine")
        recording = os.path.join(self.dir, "machine")
        run("record", recording, "-n", "8", "-d", "0.1")
        self.assertGreater(self.compare(recording), 100)

    def recordings(self):
        for fixture in sorted(os.listdir(FIXTURES)):
            root = os.path.join(FIXTURES, fixture)
            if os.path.exists(os.path.join(root, "MANIFEST")):
                recording = os.path.join(self.dir, "of-" + fixture)
                run("record", recording, "--root", root)
                yield recording
        for version in sorted(os.listdir(RECORDINGS)):
            for path, _, files in os.walk(os.path.join(RECORDINGS, version)):
                if any(f.endswith(".sonde") for f in files):
                    yield path

    def ask(self, question, *options):
        return csv_rows(run("query", "-F", "csv", *options, question))

    def test_sqlite(self):
        """`sonde query` says the same with either engine, of a recording and of what is exported of it."""
        if "DuckDB" not in self.open:
            self.skipTest("no DuckDB")
        ENV["SONDE_DUCKDB"] = library("SONDE_DUCKDB", "libduckdb.so")
        rows = 0
        for recording in self.recordings():
            out = self.export(recording)
            for table in TABLES:
                said = self.ask(f'SELECT * FROM "{table}"', "--in", recording)
                kind = ["bool" if TYPES.get((table, c)) == "bool" else k for c, k in
                        zip(said[0], kinds(table, said[0]))]
                want = collections.Counter(tuple(map(normal, kind, row)) for row in said[1:])
                names = ", ".join(f'"{c}"' for c in said[0])
                rows += len(said) - 1
                for source in [recording, out] if len(said) > 1 else [recording]:
                    with self.subTest(recording=recording, table=table, source=source):
                        got = self.ask(f'SELECT {names} FROM "{table}"', "--in", source, "--engine", "duckdb")
                        self.assertEqual(got[0], said[0])
                        self.assertEqual(collections.Counter(tuple(map(normal, kind, row)) for row in got[1:]),
                                         want)
        self.assertGreater(rows, 1000)

    def test_named(self):
        """The ready questions are in both engines' SQL, and have the same answers."""
        if "DuckDB" not in self.open:
            self.skipTest("no DuckDB")
        ENV["SONDE_DUCKDB"] = library("SONDE_DUCKDB", "libduckdb.so")
        names = [name for name, _ in csv_rows(run("query", "--named", "list", "-F", "csv"))[1:]]
        self.assertGreater(len(names), 10)
        for recording in self.recordings():
            for name in names:
                with self.subTest(recording=recording, name=name):
                    asked = ["query", "-F", "csv", "--in", recording, "--named", name]
                    a, b = csv_rows(run(*asked)), csv_rows(run(*asked, "--engine", "duckdb"))
                    self.assertEqual(a[0], b[0])
                    self.assertEqual(len(a), len(b))

    def test_live(self):
        if "DuckDB" not in self.open:
            self.skipTest("no DuckDB")
        ENV["SONDE_DUCKDB"] = library("SONDE_DUCKDB", "libduckdb.so")
        said = self.ask("SELECT pid, name FROM proc WHERE cpu_ratio >= 0 AND pid = " + str(os.getpid()),
                        "--engine", "duckdb", "-d", "0.2")
        self.assertEqual(said[1][0], str(os.getpid()))

    def test_manual(self):
        """The questions in the manual, as they stand there."""
        with open(os.environ["SONDE_MAN"], encoding="utf-8") as f:
            asked = re.findall(r'^\.\\" run by \S+: (\w+)\n\.Bd.*\n((?:[^.].*\n)+)\.Ed', f.read(), re.M)
        self.assertGreaterEqual({name for name, _ in asked}, {"DuckDB", "ClickHouse"})
        recording = os.path.join(self.dir, "manual")
        run("record", recording, "--root", os.path.join(FIXTURES, "busy"))
        out = self.export(recording)
        for name, question in asked:
            if name in self.open:
                self.assertTrue(self.open[name].query(question.replace("lake/", out + "/")), question)

    def test_window(self):
        """What is asked of a time is what is there, whatever the row groups say of themselves."""
        if not self.open:
            self.skipTest("no engine")
        recording = os.path.join(self.dir, "window")
        run("record", recording, "-n", "12", "-d", "0.1")
        out = self.export(recording)
        for engine, q in self.open.items():
            source = f"'{out}/proc/*/*/*.parquet'"
            if engine == "ClickHouse":
                source = f"file({source}, Parquet)"
            all_rows = q.query(f"SELECT time_ns, pid FROM {source}")
            times = sorted({int(r[0]) for r in all_rows})
            self.assertEqual(len(times), 12)
            for first, last in ((3, 7), (0, 0), (11, 11), (0, 11)):
                got = q.query(f"SELECT time_ns, pid FROM {source} WHERE time_ns BETWEEN {times[first]} AND "
                              f"{times[last]}")
                want = [r for r in all_rows if times[first] <= int(r[0]) <= times[last]]
                self.assertEqual(sorted(got), sorted(want), engine)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    program = unittest.main(exit=False)
    skipped = program.result.skipped
    sys.exit(77 if skipped and program.result.wasSuccessful() else not program.result.wasSuccessful())
