# Reads `sonde once --format json` and says whether each value is of its field's type.
import json
import subprocess
import sys

TYPES = {"u64": int, "i64": int, "f64": float, "string": str, "bool": bool}
fields = {}
for f in json.loads(subprocess.run(["sonde", "fields", "--format", "json"],
                                   capture_output=True, check=True).stdout):
    fields[f["table"], f["name"]] = TYPES[f["type"]]

values = wrong = lines = 0
for line in sys.stdin.buffer:
    frame = json.loads(line.decode("utf-8"))
    lines += 1
    for table, rows in frame["tables"].items():
        for row in rows:
            for name, value in row.items():
                values += value is not None
                if value is not None and type(value) is not fields[table, name]:
                    wrong += 1
                    print(table, name, repr(value))
print(lines, "objects", "some values" if values > 10000 else "few values", wrong, "wrong")
