"""Every field of a process has a fixture in which it is not constant, and one in which it is not zero: a reader
that reads the wrong column, or none, shows.

    fields.py SONDE FIXTURES
"""
import json
import subprocess
import sys

SONDE, FIXTURES = sys.argv[1:]
# The first has most; the others are asked for what is left.
NAMES = ["tenants", "busy", "numa64", "hostile", "cgroup1"]


def run(*argv):
    return json.loads(subprocess.run([SONDE, *argv], check=True, capture_output=True, timeout=60).stdout)


fields = [f for f in run("fields", "--format", "json") if f["table"] == "proc"]
left = {f["name"]: f for f in fields}
for name in NAMES:
    if not left:
        break
    rows = run("once", "--root", f"{FIXTURES}/{name}", "--format", "json", "--kernel-threads", "--threads",
               "--columns", ",".join(left))["tables"]["proc"]
    for field in list(left):
        seen = {r[field] for r in rows} - {None}
        if len(seen) > 1 and seen - {0, "", False}:
            del left[field]
for f in left.values():
    print(f"{f['name']} ({f['source']}): constant, or not there, in all of {', '.join(NAMES)}")
bad = [f["name"] for f in fields if not f["group"]]
if bad:
    print("no group:", ", ".join(bad))
print(f"{len(fields)} fields")
sys.exit(bool(left or bad or len(fields) < 90))
