#!/usr/bin/env python3
"""What every file of src must keep to, as far as a program can see it.

    source.py SRC
"""
import pathlib
import re
import sys

SRC = pathlib.Path(sys.argv[1])
UNSAFE = r"sprintf|vsprintf|strcpy|strcat|gets|strtok|atoi|atol|atof|system|popen|alloca|tmpnam"

# name, what is forbidden (a pattern of a line), where it is allowed
LINES = [
    ("curses is known to term.c, newterm.c and terminfo.c only", r"#\s*include <(curses|term|ncurses)\b",
     {"ui/newterm.c", "ui/term.c", "ui/terminfo.c"}),
    ("only root.c knows where proc and sys are", r'"/(proc|sys)\b', {"base/root.c", "base/root.h"}),
    ("no unsafe function", rf"(?<![\w.>])({UNSAFE})\(", set()),
    ("only app/ writes to the standard streams or ends the program",
     r"(?<![\w.>])(printf|puts|putchar|exit|_exit)\(|\b(stdout|stderr)\b",
     {"base/mem.c", "sys/helper.c"}),  # the latter is a process of its own
    ("no blank at the end of a line", r"[ \t]$", set()),
    ("tabs, not blanks, in front", r"^\t* {8}|^\t* +\t", set()),
]
COLUMNS = 100
# Longer lines that are there; no file gets more, and one that loses some is struck here.
LONGER = {
    "base/root.c": 1, "draw/theme.c": 1, "feed/feed.h": 2, "frame/derive.c": 1, "frame/frame.h": 1,
    "schema/field.h": 1, "schema/format.h": 2, "schema/schema.c": 3,
    "sys/loadavg.c": 1, "sys/pid.c": 1, "sys/pid.h": 2, "ui/columns.c": 1,
    "ui/events.c": 1, "ui/header.c": 1, "ui/menu.c": 1, "ui/meters.h": 1, "ui/sgr.h": 2,
}


def strip(text):
    """Without comments, lines kept; for the checks of code."""
    quoted = r"""(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')"""
    return re.sub(rf"{quoted}|/\*.*?\*/|//[^\n]*",
                  lambda m: m[0] if m[0][0] in "'\"" else re.sub(r"[^\n]", "", m[0]), text, flags=re.S)


def main():
    bad, files = [], sorted(p for p in SRC.rglob("*") if p.suffix in (".c", ".h"))
    assert len(files) > 50, f"{SRC}: only {len(files)} files"
    for path in files:
        name, text = path.relative_to(SRC).as_posix(), path.read_text()
        raw = text.split("\n")
        for what, pattern, allowed in LINES:
            if name in allowed or (what.startswith("only app/") and name.startswith("app/")):
                continue
            plain = what.startswith(("no blank", "tabs"))
            for n, line in enumerate(raw if plain else strip(text).split("\n"), 1):
                if re.search(pattern, line):
                    bad.append(f"{name}:{n}: {what}: {line.strip()[:60]}")
        longer = [n for n, line in enumerate(raw, 1) if len(line.expandtabs(8)) > COLUMNS]
        if len(longer) > LONGER.get(name, 0):
            bad.append(f"{name}: lines {longer} have more than {COLUMNS} columns")
        if len(raw) > 700:
            bad.append(f"{name}: {len(raw)} lines: it holds two things")
        if path.suffix == ".c" and (SRC / name).with_suffix(".h").exists():
            first = re.search(r'#include [<"]([^>"]+)', text)
            if first and first[1] != name[:-2] + ".h":
                bad.append(f"{name}: its own header comes first, to prove that it stands alone")
        if path.suffix == ".h" and not re.search(r"/\*", text):
            bad.append(f"{name}: says nowhere what it is")
        if not text.endswith("\n") or text.endswith("\n\n"):
            bad.append(f"{name}: ends with one newline")
    print("\n".join(bad) or f"{len(files)} files")
    sys.exit(bool(bad))


main()
