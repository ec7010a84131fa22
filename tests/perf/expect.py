"""Files of what is expected: lines "NAME COUNT", and "# KEY: VALUE" for what they depend on."""
import sys


def read(path):
    about, counts = {}, {}
    for line in open(path, encoding="utf-8"):
        if line.startswith("# ") and ": " in line:
            key, value = line[2:].rstrip("\n").split(": ", 1)
            about[key] = value
        elif line.strip() and not line.startswith("#"):
            name, count = line.rsplit(None, 1)
            counts[name] = float(count)
    return about, counts


def write(path, about, counts):
    with open(path, "w", encoding="utf-8") as f:
        for key, value in about.items():
            f.write(f"# {key}: {value}\n")
        width = max(map(len, counts)) + 1
        for name, count in sorted(counts.items()):
            f.write(f"{name:<{width}} {count:g}\n" if count < 1e5 else f"{name:<{width}} {count:.0f}\n")


def compare(expected, counts, share, absolute):
    """The table, and whether something is above its allowance."""
    bad = False
    for name in sorted({*expected, *counts}):
        was, now = expected.get(name, 0), counts.get(name, 0)
        may = was + max(was * share, absolute)
        verdict = ""
        if now > may:
            bad, verdict = True, f"TOO MANY: may be {may:.10g}"
        elif now < was - max(was * share, absolute):
            verdict = "FEWER"
        print(f"{name:<64} {was:>13.10g} {now:>13.10g}  {verdict}")
    sys.stdout.flush()
    return not bad
