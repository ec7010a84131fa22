#!/usr/bin/env python3
"""A symbol of libsonde, its line in the map, in the header and in the manual agree, and nothing else
is to be seen of it.

    symbols.py NM READELF SHARED STATIC HEADER MAP MAN
"""
import pathlib
import re
import subprocess
import sys

nm, readelf, shared, static, header, version_map, man = sys.argv[1:]


def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def defined(*argv):
    """Names, without versions; those of the machine's own that every library may have are no matter."""
    return {line.split()[2].split("@")[0] for line in run(*argv).splitlines()
            if len(line.split()) == 3 and line.split()[1] in "TDBRVWi"}


texts = {k: pathlib.Path(v).read_text() for k, v in (("header", header), ("map", version_map), ("man", man))}
documented = texts["man"]
synopsis = documented[documented.index(".Sh SYNOPSIS"):documented.index(".Sh DESCRIPTION")]
names = {
    "the shared library": defined(nm, "-D", "--defined-only", shared),
    "the static library": defined(nm, "-g", "--defined-only", static),
    "the header": set(re.findall(r"SONDE_API\b[^;(]*?\b(sonde_\w+)\(", texts["header"])),
    "the map": set(re.findall(r"^\t(\w+);$", texts["map"].split("local:")[0], re.M)),
    "the manual's SYNOPSIS": set(re.findall(r'^\.F[no] (sonde_\w+)', synopsis, re.M))
    - set(re.findall(r"^static inline.*\n(sonde_\w+)\(", texts["header"], re.M)),
}
bad = []
for where, found in names.items():
    for name in sorted(names["the map"] ^ found):
        bad.append(f"{name}: {'in the map, not in' if name in names['the map'] else 'not in the map, but in'} {where}")
if len(names["the map"]) < 15:
    bad.append(f"only {len(names['the map'])} symbols in the map")

# Everything a caller may write is explained: constants, structures, their members, inline functions.
code = re.sub(r"/\*.*?\*/", "", texts["header"], flags=re.S)
words = set(re.findall(r"^\t(SONDE_\w+)\b", code, re.M)) | set(re.findall(r"^sonde_\w+", code, re.M))
for body in re.findall(r"^struct \w+ \{[^}]*\n(.*?)^\};", code, re.M | re.S) + \
        re.findall(r"^struct \w+ \{\n(.*?)^\};", code, re.M | re.S):
    words |= set(re.findall(r"(\w+)(?:\[\d+\])?[,;]", body))
plain = re.sub(r"[\\]&|\\-", "-", documented)
for word in sorted(words):
    if not re.search(rf"\b{word}\b", plain):
        bad.append(f"{word}: not in the manual")

needed = set(re.findall(r"NEEDED.*\[(.*)\]", run(readelf, "-d", shared)))
for library in needed:
    if re.match(r"lib(ncurses|tinfo|bsd|md|sqlite)", library):
        bad.append(f"the shared library needs {library}")
if "libsonde.so.0" not in run(readelf, "-d", shared):
    bad.append("its soname is not libsonde.so.0")
foreign = {line.split()[-1].split("@")[0] for line in run(nm, "-g", "--undefined-only", static).splitlines()
           if len(line.split()) == 2}
for name in sorted(foreign):
    if re.match(r"sqlite3_|wadd|initscr|strl(cpy|cat)|setproctitle", name):
        bad.append(f"the static library needs {name}")
print("\n".join(bad) or f"{len(names['the map'])} symbols, {len(words)} words")
sys.exit(bool(bad))
