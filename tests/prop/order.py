#!/usr/bin/env python3
"""On fixtures: `--sort` by every field of the process table orders it, absent cells last; and JSON and CSV
say the same of every cell of every table.

    order.py SONDE FIXTURES
"""
import csv
import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

SONDE, FIXTURES = sys.argv[1:]


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


def check_same(job):
    fixture, table = job
    rows = json.loads(once(fixture, "--format", "json", "--table", table))["tables"][table]
    lines = list(csv.DictReader(io.StringIO(
        once(fixture, "--format", "csv", "--table", table).decode("utf-8", "surrogateescape"),
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


def main():
    tables = sorted({f["table"] for f in FIELDS})
    proc = [f for f in FIELDS if f["table"] == "proc"]
    jobs = [(x, f, s) for x in ("busy", "hostile", "hidepid2") for f in proc for s in "+-"]
    with ThreadPoolExecutor(2) as pool:
        cells = sum(pool.map(check_order, jobs))
        rows = sum(pool.map(check_same, [(x, t) for x in ("busy", "hostile", "nopsi", "cgroup1")
                                         for t in tables]))
    print(f"{len(jobs)} orders of {cells} cells, {rows} rows in JSON and CSV")
    assert cells > 1000 and rows > 100


main()
