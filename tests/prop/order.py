#!/usr/bin/env python3
"""On fixtures: `--sort` by every field of the process table orders it, absent cells last; JSON and CSV say
the same of every cell of every table; and every filter that a .test file or a document shows is taken
or refused as there, and with its `not` splits the rows in two.

    order.py SONDE FIXTURES TEXTS...

On one fixture every field is tried upwards and downwards, and on one of the others one of the two; with
SONDE_TESTS_LONG everything on all.
"""
import csv
import functools
import io
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

SONDE, FIXTURES, *TEXTS = sys.argv[1:]


def once(fixture, *args):
    return subprocess.run([SONDE, "once", "--root", f"{FIXTURES}/{fixture}", *args], check=True,
                          capture_output=True, timeout=60).stdout


FIELDS = json.loads(subprocess.run([SONDE, "fields", "--format", "json"], check=True,
                                   capture_output=True).stdout)


def comparable(value):
    """Texts sort by bytes, A to Z as a to z."""
    if isinstance(value, str):
        return bytes(b | 32 if 65 <= b <= 90 else b for b in value.encode())
    return value


def check_order(job):
    fixture, field, sign = job
    name = field["name"]
    rows = json.loads(once(fixture, "--format", "json", "--sort", sign + name,
                           "--columns", "pid," + name))["tables"]["proc"]
    cells = [row[name] for row in rows]
    known = [c for c in cells if c is not None]
    assert cells[:len(known)] == known, f"{fixture} {sign}{name}: absent cells are not last"
    # What JSON had to replace was sorted by the bytes it was.
    keys = [comparable(c) for c in known if "\ufffd" not in str(c)]
    assert keys == sorted(keys, reverse=sign == "-"), f"{fixture} {sign}{name}: {known}"
    return len(keys)


def same_text(text, cell):
    """CSV has pictures of control characters, and U+FFFD for what must not reach a terminal."""
    pictures = {i: 0x2400 + i for i in range(32)} | {0x7f: 0x2421}
    text = text.translate(pictures)
    return len(text) == len(cell) and all(b in (a, "\ufffd") for a, b in zip(text, cell))


# Of one process: where all that they are made of is, and where all of it is an attack.
DETAILS = {"fd", "map", "env", "limit", "ns", "cglimit", "stack"}
OF = {"tenants": "3100", "hostile": "5115"}


def check_same(job):
    fixture, table = job
    of = ("--pid", OF[fixture]) if table in DETAILS else ()
    rows = json.loads(once(fixture, "--format", "json", "--table", table, *of))["tables"][table]
    lines = list(csv.DictReader(io.StringIO(
        once(fixture, "--format", "csv", "--table", table, *of).decode("utf-8", "surrogateescape"),
        newline="")))
    assert len(rows) == len(lines), f"{fixture} {table}: {len(rows)} rows in JSON, {len(lines)} in CSV"
    for row, line in zip(rows, lines):
        for name, value in row.items():
            if name not in line:
                continue
            text = line[name]
            same = (text == "" if value is None else text == str(value).lower()
                    if isinstance(value, bool) else type(value)(text) == value
                    if isinstance(value, (int, float)) else same_text(value, text))
            assert same, f"{fixture} {table}.{name}: JSON {value!r}, CSV {text!r}"
    return len(rows)


def filters():
    """What stands behind -f and --filter for the process table: {text: whether it is one}."""
    found = {}
    for path in TEXTS:
        lines = open(path, encoding="utf-8").read().split("\n")
        for line, after in zip(lines, lines[1:] + [""]):
            table = re.search(r"(?:-T|--table)[ =](\S+)", line)
            if "sonde" not in line or table and table[1] != "proc":
                continue
            for m in re.finditer(r"(?:-f|--filter)[ =](?:'([^']*)'|([^\s'$]+))(?:\s|$)", line):
                found[m[1] or m[2]] = not after.startswith("! ")
    return found


@functools.cache
def kept_by(fixture, text):
    return [row["pid"] for row in json.loads(once(fixture, "--format", "json", "--columns", "pid",
                                                  "--filter", text))["tables"]["proc"]]


def check_filter(job):
    fixture, text, good = job
    if not good:
        for table_format in "text", "json", "csv":
            r = subprocess.run([SONDE, "once", "--root", f"{FIXTURES}/{fixture}", "-f", text,
                                "--format", table_format], capture_output=True, timeout=60)
            assert r.returncode == 2 and not r.stdout and r.stderr, f"{fixture}: {text!r} is taken"
        return 0
    parts = [kept_by(fixture, f) for f in ("", text, f"not ({text})")]
    assert sorted(parts[1] + parts[2]) == sorted(parts[0]), f"{fixture} {text!r}: {parts}"
    return len(parts[1])


def main():
    shown = filters()
    tables = sorted({f["table"] for f in FIELDS})
    assert DETAILS < set(tables)
    same = [(x, t) for x in ("busy", "hostile", "nopsi", "cgroup1") for t in tables
            if t not in DETAILS]
    same += [(x, t) for x in OF for t in sorted(DETAILS) if (x, t) != ("hostile", "cglimit")]
    proc = [f for f in FIELDS if f["table"] == "proc"]
    # Of four fields one on each of the others, in each direction.
    turns = [("hostile", "+"), ("hidepid2", "+"), ("hostile", "-"), ("hidepid2", "-")]
    jobs = [(x, f, s) for x in ("busy", "hostile", "hidepid2") for i, f in enumerate(proc) for s in "+-"
            if x == "busy" or (x, s) == turns[i % 4] or "SONDE_TESTS_LONG" in os.environ]
    with ThreadPoolExecutor(2) as pool:
        cells = sum(pool.map(check_order, jobs))
        rows = sum(pool.map(check_same, same))
        kept = sum(pool.map(check_filter, [(x, f, good) for x in ("busy", "idle", "hostile")
                                           for f, good in shown.items()]))
    print(f"{len(jobs)} orders of {cells} cells, {rows} rows in JSON and CSV,",
          f"{len(shown)} filters kept {kept} rows")
    assert cells > 1000 and rows > 100 and kept > 10
    assert sum(shown.values()) > 4 and not all(shown.values()), shown


main()
