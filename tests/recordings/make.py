"""Writes a recording by src/store/FORMAT and nothing else: what another program, or a later sonde, may
write. Fields and tables are in another order than ours; there are some that no sonde has; clock ticks and
page size are of another machine; nothing is packed; there are a bookmark and a record of a type to come.

    make.py FILE.sonde
"""
import struct
import sys

U64, I64, F64, TEXT, BOOL = range(5)
KEY, DELTA, BOOKMARK, FOOTER = 1, 2, 3, 4
START = 1767229200 * 10**9      # 2026-01-01 01:00:00


def crc32c(data):
    c = 0xffffffff
    for byte in data:
        c ^= byte
        for _ in range(8):
            c = c >> 1 ^ (0x82f63b78 if c & 1 else 0)
    return c ^ 0xffffffff


def varint(v):
    out = bytearray()
    while v >= 0x80:
        out.append(v & 0x7f | 0x80)
        v >>= 7
    return bytes(out) + bytes([v])


def zigzag(v):
    return varint(v << 1 if v >= 0 else -v * 2 - 1)


def text(s):
    b = s.encode() if isinstance(s, str) else s
    return varint(len(b)) + b


# name, is it a single row, fields: name, type, unit, kind
TABLES = [
    ("martians", 0, [("eyes", U64, 4, 2), ("home", TEXT, 0, 1)]),
    ("proc", 0, [("antennas", U64, 0, 2), ("name", TEXT, 0, 1), ("nice", TEXT, 0, 2), ("cpu_ns_total", U64, 2, 3),
                 ("pid", U64, 0, 0)]),
    ("memory", 1, [("free_bytes", U64, 1, 2), ("total_bytes", U64, 1, 2)]),
]
SOURCES = ["telescope", "meminfo"]


def head():
    rest = bytes(range(16)) + struct.pack("<qq", START, 5 * 10**9)
    rest += varint(0) + varint(1000) + varint(65536)    # flags, clock ticks, page size
    rest += text("mars-01") + text("7.0") + text("99.1")
    rest += varint(len(TABLES))
    for name, single, fields in TABLES:
        rest += text(name) + varint(single) + varint(len(fields))
        for field, kind_type, unit, kind in fields:
            rest += text(field) + bytes([kind_type, unit, kind])
    rest += varint(len(SOURCES)) + b"".join(map(text, SOURCES))
    begin = b"\x89sonde\r\n" + struct.pack("<II", 1, len(rest))
    return begin + struct.pack("<I", crc32c(begin[8:] + rest)) + rest


def record(kind, n, number, payload, bars=(25, 100, 255, 0)):
    rest = struct.pack("<IBB4BHIqq", len(payload), kind, 0, *bars, 7 if kind in (KEY, DELTA) else 0, number,
                       START + n * 10**9, (5 + n) * 10**9) + payload
    return b"srec" + struct.pack("<I", crc32c(rest)) + rest


def places(rows):
    out, after = varint(len(rows)), -1
    for r in rows:
        out += varint(r - after - 1)
        after = r
    return out


def values(pairs):
    out, after = b"", -1
    for row, v in pairs:
        out += varint(row - after) + zigzag(v)
        after = row
    return out + varint(0)


def column(place, flags, *lists):
    return varint(place + 1) + varint(flags) + b"".join(lists)


def rows(gone, come, keys):
    out, above = places(gone) + places(come), (0, 0)
    for k in keys:
        out += zigzag(k[0] - above[0]) + zigzag(k[1] - above[1])
        above = k
    return out


NEW, GONE, SHIFT, VALIDITY, VALUES, LATE = 1, 2, 4, 8, 16, 32


def key_sample():
    out = varint(4) + text("mars-01") + text("Olympus") + text("rover") + text("wheel")
    out += varint(0) + varint(1) + varint(0) + varint(0)        # flags, host, no sampler, first
    out += varint(1) + zigzag(-5) + varint(3) + varint(2) + zigzag(-2) + varint(1) + varint(0)
    # martians: two, with three eyes and four; home text 1
    out += varint(1) + rows([], [0, 1], [(1, 0), (2, 0)])
    out += column(0, NEW | VALUES, values([(0, 3), (1, 1)]))
    out += column(1, NEW | VALUES | LATE, values([(0, 1)]), varint(1) + varint(0))
    out += varint(0)
    # proc: rover (text 2) and wheel (3); pid 10 and 20; CPU 1 s and not known
    out += varint(2) + rows([], [0, 1], [(10, 100), (20, 200)])
    out += column(0, NEW | VALUES, values([(0, 2)]))
    out += column(1, NEW | VALUES, values([(0, 2), (1, 1)]))
    out += column(2, NEW | VALUES, values([(0, 1)]))
    out += column(3, NEW | VALIDITY | VALUES, varint(2) + varint(0), values([(0, 10**9)]))
    out += column(4, NEW | VALUES, values([(0, 10), (1, 10)]))
    out += varint(0)
    out += varint(3) + rows([], [0], [(0, 0)])
    out += column(0, NEW | VALUES, values([(0, 1 << 30)])) + column(1, NEW | VALUES, values([(0, 4 << 30)]))
    return out + varint(0) + varint(0)


def delta_sample():
    out = varint(1) + text("drill")
    out += varint(0) + varint(1) + varint(0) + varint(1)
    out += varint(2) + zigzag(0) + varint(0) + varint(0)        # meminfo can be read again
    out += varint(1) + rows([0], [], []) + column(0, SHIFT, zigzag(2)) + column(1, GONE) + varint(0)
    # wheel stays and has a past now; drill (text 4) comes below it
    out += varint(2) + rows([0], [1], [(30, 300)])
    out += column(1, VALUES, values([(1, 1)]))
    out += column(3, VALIDITY | VALUES, varint(1) + varint(0), values([(0, 5 * 10**8)]))
    out += column(4, VALUES, values([(1, 10)]))
    out += varint(0)
    out += varint(3) + rows([], [], []) + column(0, VALUES, values([(0, -(1 << 29))])) + varint(0)
    return out + varint(0)


def last_sample():
    out = varint(0) + varint(0) + varint(1) + varint(0) + varint(2) + varint(0)
    out += varint(2) + rows([], [], []) + column(3, VALUES, values([(0, 25 * 10**7), (1, 25 * 10**7)])) + varint(0)
    return out + varint(0)


def main():
    out = head()
    begin = end = len(out)
    footer, before = b"", (0, 0)
    for n, (kind, payload) in enumerate([(KEY, key_sample()), (BOOKMARK, text("landed")), (DELTA, delta_sample()),
                                         (9, b"what is this?"), (DELTA, last_sample())]):
        number = (0, 0, 1, 0, 2)[n]
        r = record(kind, n, number, payload)
        if kind in (KEY, DELTA):
            now = START + n * 10**9, (5 + n) * 10**9
            footer += varint(len(out) - end) + varint(len(r)) + zigzag(now[0] - before[0])
            footer += zigzag(now[1] - before[1]) + varint(number) + bytes((25, 100, 255, 0))
            before, end = now, len(out) + len(r)
        out += r
    assert begin < end
    r = record(FOOTER, 4, 3, footer)
    with open(sys.argv[1], "wb") as f:
        f.write(out + r + struct.pack("<I", len(r)) + b"send")


main()
