"""Is what sonde writes what other programs read?

    formats.py own|promtool|client|jsonschema SONDE [FIXTURES]

own: by grammars written here, strictly, and the formats say the same as JSON does; also when names are
random bytes. promtool, client (python3-prometheus-client), jsonschema (python3-jsonschema): by those, where
they are installed; else it is skipped (exit status 77). Of every fixture, or without FIXTURES of the machine
at hand, of which nothing is kept or printed. Of the moments of a fixture JSON is read at the first two and
the last; with SONDE_TESTS_LONG at all.
"""
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
SONDE, FIXTURES = sys.argv[2], sys.argv[3:]
ROWS = "60"
DETAILS = "fd,map,env,limit,ns,cglimit,stack"


class Wrong(Exception):
    pass


def want(truth, what, where=""):
    if not truth:
        raise Wrong(f"{what}: {str(where)[:200]!r}")


def run(*argv, **kw):
    r = subprocess.run(argv, capture_output=True, timeout=120, env=dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC"), **kw)
    return r.returncode, r.stdout, r.stderr


def sonde(*argv):
    r = run(SONDE, *argv)
    want(r[0] >= 0 and b"Sanitizer" not in r[2], "sonde crashed", r[2])
    return r[1].decode("utf-8")


def machines():
    """(what to call it, options that name it)"""
    if not FIXTURES:
        yield "this machine", []
        return
    for manifest in sorted(pathlib.Path(FIXTURES[0]).glob("*/MANIFEST")):
        yield manifest.parent.name, ["--root", str(manifest.parent)]


def once(form, where, *argv):
    return sonde("once", "-F", form, *where, *argv)


# Grammars.

def unescape(text, escapes):
    out, i = [], 0
    while i < len(text):
        if text[i] == "\\":
            i += 1
            want(i < len(text) and text[i] in escapes, "no such escape", text)
            out.append(escapes[text[i]])
        else:
            want(text[i] not in escapes.values(), "not escaped", text)
            out.append(text[i])
        i += 1
    return "".join(out)


SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{(.*)\})? (-?[0-9][0-9.e+-]*)( [0-9.]+)?')
LABEL = re.compile(r'([a-z_][a-z0-9_]*)="((?:[^"\\]|\\.)+)"(,(?=.)|$)')
SUFFIX = {"counter": "_total", "info": "_info", "gauge": ""}


def labels_of(text):
    labels, at = {}, 0
    while at < len(text):
        m = LABEL.match(text, at)
        want(m, "not a label", text[at:])
        want(m[1] not in labels, "a label twice", text)
        labels[m[1]] = unescape(m[2], {"\\": "\\", '"': '"', "n": "\n"} if "\\" in m[2] else {})
        at = m.end()
    return labels


def openmetrics(page, classic=False, timed=False):
    """{(sample name, labels): value}; each family in one place, TYPE first, nothing twice."""
    samples, families, types = {}, set(), {}
    family = kind = None
    count = 1
    lines = page.split("\n")
    want(lines.pop() == "", "no newline at the end")
    if not classic:
        want(lines.pop() == "# EOF", "no end")
    for line in lines:
        if line.startswith("# TYPE "):
            family, kind = line[7:].split(" ")
            want(count, "no sample of the family before", line)
            want(family not in families, "a family in two places", line)
            want(kind in (("counter", "gauge") if classic else SUFFIX), "unknown type", line)
            families.add(family)
            count = 0
        elif line.startswith("# UNIT "):
            name, unit = line[7:].split(" ")
            want(not classic and name == family and not count and name.endswith("_" + unit), "not its unit", line)
        elif line.startswith("# HELP "):
            want(line[7:].split(" ", 1)[0] == family and not count, "not of the family", line)
        else:
            m = SAMPLE.fullmatch(line)
            want(m, "not a sample", line)
            want(m[1] == family + ("" if classic else SUFFIX[kind]), "not of the family", line)
            want(bool(m[4]) == timed, "a time, or none", line)
            key = m[1], tuple(sorted(labels_of(m[2] or "").items()))
            want(key not in samples, "a series twice", line)
            samples[key] = float(m[3])
            types[m[1]] = kind
            count += 1
    want(count, "no sample of the last family")
    return samples, types


def influx(text):
    """[(measurement, {tag: text}, {field: value}, moment)]"""
    def upto(line, at, stop):
        begin = at
        while line[at] not in stop:
            at += 2 if line[at] == "\\" else 1
        return line[begin:at], at

    lines = text.split("\n")
    want(lines.pop() == "", "no newline at the end")
    rows = []
    for line in lines:
        name, at = upto(line, 0, ", ")
        tags, fields = {}, {}
        while line[at] == ",":
            key, at = upto(line, at + 1, "=")
            value, at = upto(line, at + 1, ", ")
            want(key not in tags and value, "a tag twice, or without a text", line)
            tags[key] = re.sub(r"\\([,= ])", r"\1", value)
        while line[at] == "," or not fields:
            key, at = upto(line, at + 1, "=")
            want(key not in fields and key not in tags, "a field twice", line)
            if line[at + 1] == '"':
                value, at = upto(line, at + 2, '"')
                value, at = unescape(value, {"\\": "\\", '"': '"'} if "\\" in value else {}), at + 1
            else:
                value, at = upto(line, at + 1, ", ")
                if re.fullmatch("-?[0-9]+i", value):
                    value = int(value[:-1])
                    want(-2**63 <= value < 2**63, "too large", line)
                else:
                    value = {"t": True, "f": False}[value] if value in "tf" else float(value)
            fields[key] = value
        want(re.fullmatch(" -?[0-9]+", line[at:]), "no moment", line)
        rows.append((name, tags, fields, int(line[at:])))
    return rows


# JSON Schema, as much of it as ours uses.

KNOWN = {"$schema", "$defs", "title", "description", "unit", "kind", "format", "type", "minimum", "required",
         "additionalProperties", "properties", "items", "maxItems", "$ref", "pattern"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_type(value, name):
    if name == "integer":
        return type(value) is int
    if name == "number":
        return type(value) in (int, float)
    return type(value) is TYPES[name]


def validate(value, schema, top, at="$"):
    want(set(schema) <= KNOWN, "a schema with words that are unknown here", set(schema) - KNOWN)
    if "$ref" in schema:
        want(schema["$ref"].startswith("#/$defs/"), "a reference elsewhere", schema)
        validate(value, top["$defs"][schema["$ref"][8:]], top, at)
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        want(any(is_type(value, n) for n in names), f"{at} is not {names}", value)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        want(set(schema.get("required", [])) <= set(value), f"{at} has not all", sorted(value))
        for k, v in value.items():
            if k in properties:
                validate(v, properties[k], top, f"{at}.{k}")
            else:
                want(schema.get("additionalProperties", True), f"{at}.{k} is unknown")
    if isinstance(value, list):
        want(len(value) <= schema.get("maxItems", len(value)), f"{at} has too many", len(value))
        for i, v in enumerate(value):
            validate(v, schema.get("items", {}), top, f"{at}[{i}]")
    if isinstance(value, str) and "pattern" in schema:
        want(re.search(schema["pattern"], value), f"{at} is not like {schema['pattern']}", value)
    if type(value) in (int, float) and "minimum" in schema:
        want(value >= schema["minimum"], f"{at} is too small", value)


def json_outputs(where):
    """Texts of `once -F json`: all tables, all moments; every field by name; the details of a process."""
    lines = once("json", where, "-T", "all", "-H", "-l", ROWS, *(["-n", "0"] if where else [])).splitlines()
    yield from lines if "SONDE_TESTS_LONG" in os.environ else lines[:2] + lines[2:][-1:]
    rows = json.loads(once("json", where, "-T", "proc", "-l", "1", "-o", "pid"))["tables"]["proc"]
    yield once("json", where, "-T", "proc", "-l", ROWS, "-o", ",".join(
        f["name"] for f in FIELDS if f["table"] == "proc"))
    for row in rows:
        yield once("json", where, "-T", DETAILS, "-p", str(row["pid"]), "-l", ROWS)


# That they say the same.

def no_repeats(pairs):
    out = dict(pairs)
    want(len(out) == len(pairs), "a key twice", [k for k, _ in pairs])
    return out


def seconds(f, value):
    return value / 1e9 if f["unit"] in ("ns", "ns since 1970") else value


def same(a, b):
    return a == b or abs(a - b) <= 1e-9 * max(abs(a), abs(b))


def agree(where):
    """Of a machine that stands still."""
    argv = ["-T", "all", "-l", ROWS]
    frame = json.loads(once("json", where, *argv), object_pairs_hook=no_repeats)
    tables, host = frame["tables"], frame["meta"]["host"]
    # jsonl: the same rows, each with whose they are
    rows = [json.loads(line, object_pairs_hook=no_repeats) for line in once("jsonl", where, *argv).splitlines()]
    flat = [dict(row, time=frame["meta"]["time"], host=host, table=t) for t in tables for row in tables[t]]
    want(rows == flat, "jsonl is not what json is", where)
    # influx: every field that is there, under its tags
    lines = influx(once("influx", where, *argv))
    seen = 0
    for name, tags, fields, _ in lines:
        for k, v in fields.items():
            key = name[6:], k
            want(key in BY_NAME and (not isinstance(v, bool) or BY_NAME[key]["type"] == "bool"), "not a field", key)
            seen += any(type(row[k]) is type(v) and row[k] == v and
                        all(str(row[t]) == tags[t] or not is_plain(row[t]) for t in tags if t in row)
                        for row in tables[name[6:]]) or not is_plain(v)
    want(seen == sum(len(fields) for _, _, fields, _ in lines), "influx is not what json is", where)
    # openmetrics: each sample is a cell
    samples, types = openmetrics(once("openmetrics", where, *argv))
    classic, _ = openmetrics(once("prometheus", where, *argv), classic=True)
    want(classic == samples, "prometheus is not what openmetrics is", where)
    columns = {}
    for (t, name), f in BY_NAME.items():
        stem = re.sub("_total$", "", name) if f["kind"] == "counter" else name
        stem = re.sub("_count$|_ns$", "", stem)
        unit = {"ns": "seconds", "ns since 1970": "seconds", "bytes": "bytes", "ratio": "ratio"}.get(f["unit"], "")
        if unit and not stem.endswith(unit):
            stem += "_" + unit
        columns[f"sonde_{t}_{stem}" + ("_total" if f["kind"] == "counter" else "")] = t, f
    for (name, labels), value in samples.items():
        if types[name] == "info":
            want(value == 1, "an info that is not 1", name)
            continue
        t, f = columns[name]
        want((types[name] == "counter") == (f["kind"] == "counter"), "the wrong type", name)
        want(any(row.get(f["name"]) is not None and same(seconds(f, row[f["name"]]), value) and
                 all(str(row[k]) == v or not is_plain(row[k]) for k, v in labels)
                 for row in tables[t]), "a sample that json has not", (name, labels, value))
    return len(samples), len(lines)


def is_plain(v):
    """No text, or one that every format can say."""
    return not isinstance(v, str) or (v.isascii() and v.isprintable() and "\\" not in v and len(v) < 200)


def random_names(scratch, seed):
    """A copy of a fixture in which names are random bytes."""
    dice = random.Random(seed)
    root = pathlib.Path(scratch) / f"random{seed}"
    shutil.copytree(pathlib.Path(FIXTURES[0]) / "idle", root, symlinks=True)

    def noise(n, without):
        meant = b"\\\"',= {}#()\n\r\t\x1b\x7f\xff\xc3\xe2\x80\xae"
        bag = [dice.choice(meant) if dice.random() < .5 else dice.randrange(1, 256)
               for _ in range(dice.randrange(1, n))]
        return bytes(b for b in bag if b not in without)

    for stat in root.glob("*/proc/[0-9]*/stat"):
        line = stat.read_bytes()
        name = noise(15, b"")
        stat.write_bytes(line[:line.index(b"(") + 1] + name + line[line.rindex(b")"):])
        (stat.parent / "cmdline").write_bytes(noise(300, b"") + b"\0")
        (stat.parent / "cgroup").write_bytes(b"0::/" + noise(40, b"\n") + b".service\n")
    for mounts in root.glob("*/proc/self/mountinfo"):
        mounts.write_bytes(re.sub(rb" /run\S* ", lambda m: b" /" + noise(200, b" \n\t\\") + b" ",
                                  mounts.read_bytes()))
    for host in root.glob("*/proc/sys/kernel/hostname"):
        host.write_bytes(noise(60, b"\n") + b"\n")
    manifest = root / "MANIFEST"
    manifest.write_bytes(re.sub(rb"(?m)^host .*$", lambda m: b"host " + noise(60, b"\n\r"), manifest.read_bytes()))
    return ["--root", str(root)]


def refuses(check, *argv):
    try:
        check(*argv)
    except (Wrong, KeyError, IndexError):
        return
    raise Wrong(f"{check.__name__} takes what is wrong: {argv[0]!r}")


def test_own():
    schema = json.loads(sonde("fields", "-F", "jsonschema"), object_pairs_hook=no_repeats)
    good = json.loads(once("json", next(machines())[1], "-T", "memory,net"))
    validate(good, schema, schema)
    for spoil in (lambda o: o.pop("meta"), lambda o: o.update(more=1), lambda o: o["meta"].update(time="now"),
                  lambda o: o["tables"].update(nothing=[]), lambda o: o["tables"]["memory"][0].update(total_bytes=1.5),
                  lambda o: o["tables"]["memory"][0].update(total_bytes=-1),
                  lambda o: o["tables"]["net"][0].update(x=1),
                  lambda o: o["tables"]["memory"].append({}), lambda o: o["tables"]["net"][0].update(name=1)):
        bad = json.loads(json.dumps(good))
        spoil(bad)
        refuses(validate, bad, schema, schema)
    head = "# TYPE a counter\n# HELP a x\n"
    openmetrics(head + 'a_total{b="c\\n\\\\"} 1\n# EOF\n')
    for bad in ("", "a 1\n", 'a_total{b="c"} 1\na_total{b="c"} 2\n', 'a_total{b="\\x"} 1\n', 'a_total{b="c",} 1\n',
                "a_total 1\n# TYPE a gauge\na 1\n", "a_total one\n", "a_total 1\n\n"):
        refuses(openmetrics, head + bad + "# EOF\n")
    refuses(openmetrics, head + "a_total 1\n")
    for bad in ("a b=1 2", "a,b c=1 2\n", "a b=1\n", "a,b= c=1 2\n", 'a b="c 2\n', "a b=1,b=1 2\n"):
        refuses(influx, bad)
    texts = samples = lines = 0
    for name, where in machines():
        for text in json_outputs(where):
            validate(json.loads(text, object_pairs_hook=no_repeats), schema, schema)
            texts += 1
        openmetrics(once("openmetrics", where, "-n", "1"))
        influx(once("influx", where))
        if where:
            counts = agree(where)
            samples, lines = samples + counts[0], lines + counts[1]
    print(texts, "objects fit the schema;", samples, "samples and", lines, "lines say what json says")
    want(not FIXTURES or (texts > 30 and samples > 10000 and lines > 500), "too little was looked at")
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(3 if FIXTURES else 0):
            where = random_names(scratch, seed)
            for text in json_outputs(where):
                validate(json.loads(text, object_pairs_hook=no_repeats), schema, schema)
            agree(where)


def test_promtool():
    program = shutil.which("promtool")
    if not program:
        skip("promtool is not installed (Debian: prometheus)")
    for name, where in machines():
        for argv in [], ["-T", "all", "-H", "-l", ROWS]:
            page = once("prometheus", where, *argv).encode()
            r = run(program, "check", "metrics", input=page)
            want(r == (0, b"", b""), f"promtool check metrics, {name} {argv}", r[1] + r[2])
        # Prometheus's own parser of OpenMetrics: with times, a page of a stream
        pages = once("openmetrics", where, "-T", "all", "-H", "-l", ROWS, "-n", "2", *([] if where else ["-d", "0.2"]))
        with tempfile.TemporaryDirectory() as scratch:
            for page in pages.split("# EOF\n")[:-1]:
                at = pathlib.Path(scratch) / "page"
                at.write_text(page + "# EOF\n")
                r = run(program, "tsdb", "create-blocks-from", "openmetrics", str(at), scratch)
                want(r[0] == 0, f"promtool reads OpenMetrics, {name}", r[1] + r[2])
    r = run(program, "check", "metrics", input=b"# TYPE a counter\na 1\n")
    want(r[0] != 0, "promtool takes what is wrong")


def test_client():
    try:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
        from prometheus_client.parser import text_string_to_metric_families as classic
    except ImportError:
        skip("python3-prometheus-client is not installed")
    for name, where in machines():
        argv = ["-T", "all", "-H", "-l", ROWS]
        page = once("openmetrics", where, *argv)
        n = sum(len(f.samples) for f in strict(page))
        want(n == sum(not line.startswith("#") for line in page.splitlines()), "samples are lost", name)
        timed = once("openmetrics", where, "-n", "2", "-T", "cpu,disk,memory", *([] if where else ["-d", "0.2"]))
        for page in timed.split("# EOF\n")[:-1]:
            want(all(s.timestamp for f in strict(page + "# EOF\n") for s in f.samples), "no time", name)
        page = once("prometheus", where, *argv)
        want(sum(len(f.samples) for f in classic(page)) ==
             sum(not line.startswith("#") for line in page.splitlines()), "samples are lost", name)


def test_jsonschema():
    try:
        import jsonschema
    except ImportError:
        skip("python3-jsonschema is not installed")
    schema = json.loads(sonde("fields", "-F", "jsonschema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for name, where in machines():
        for text in json_outputs(where):
            for error in validator.iter_errors(json.loads(text)):
                raise Wrong(f"{name}: {error.json_path}: {error.message[:200]}")
    want(list(validator.iter_errors({"meta": {}, "tables": {"cpu": [{"cpu": "x"}]}})), "it takes what is wrong")


def skip(why):
    print("skipped:", why)
    sys.exit(77)


FIELDS = json.loads(sonde("fields", "-F", "json"))
BY_NAME = {(f["table"], f["name"]): f for f in FIELDS}
try:
    {"own": test_own, "promtool": test_promtool, "client": test_client, "jsonschema": test_jsonschema}[sys.argv[1]]()
except Wrong as e:
    # of the machine at hand nothing is printed but what kind of thing it is
    sys.exit(f"wrong: {e if FIXTURES else str(e).split(':')[0]}")
