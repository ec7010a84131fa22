"""What sonde and others say of this machine, at about the same moment."""
import functools
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
SONDE = os.environ.get("SONDE", "build/src/sonde")


def public_copy(directory):
    """sonde where everybody may run it: the checkout may be in root's home."""
    os.chmod(directory, 0o755)
    return shutil.copy(SONDE, directory)


def run(*argv, **kw):
    return subprocess.run(argv, check=True, capture_output=True, timeout=60,
                          env=dict(os.environ, LC_ALL="C"), **kw).stdout.decode(errors="replace")


def sonde(table, *args, program=SONDE, **kw):
    """The rows of a table in the last sample."""
    out = run(program, "once", "--format", "json", "--table", table, *args, **kw)
    return json.loads(out.splitlines()[-1])["tables"][table]


@functools.cache
def fields():
    return [f["name"] for f in json.loads(run(SONDE, "fields", "--format", "json"))
            if f["table"] == "proc"]


def procs(*args, **kw):
    """{pid: row}, with every field there is."""
    return {p["pid"]: p for p in sonde("proc", "--columns", ",".join(fields()), *args, **kw)}
