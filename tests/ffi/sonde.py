"""libsonde through ctypes, with nothing but the standard library: an example that is also used.

    with Sonde(root=None) as s:
        s.want("proc", "pid,name,cpu_ratio")
        for shot in s:
            print(shot["proc"]["name"])

A call into a library costs Python about a microsecond, a cell looked at through a call as much
again; a machine has ten thousand cells. So there are two calls for a whole snapshot: sonde_next() makes
it and sonde_frame_snapshot() says where all of it lies; from there on columns are read out of memory.
"""
import ctypes
import functools
import struct
from ctypes import POINTER, byref, c_char, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, \
    c_uint32, c_uint64, c_void_p

END = -1
PROC, BPF, CLOCK = 1, 2, 3              # samplers
THREADS, PATIENT = 1, 2                 # flags
JSON, CSV, CSV_ROWS, OPENMETRICS = 0, 1, 2, 3           # formats
ARRAYS = [c_uint64, c_int64, c_double, c_char_p, c_uint64]      # by type of a field
STRING, BOOL = 3, 4


class Error(ctypes.Structure):
    _fields_ = [("code", c_int32), ("at", c_int32), ("message", c_char * 256)]


class Options(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("recording", c_char_p), ("root", c_char_p), ("procfs", c_char_p),
                ("sysfs", c_char_p), ("cgroupfs", c_char_p), ("sampler", c_int32), ("flags", c_uint32)]


class Field(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("heading", c_char_p), ("doc", c_char_p), ("group", c_char_p),
                ("type", c_int32), ("unit", c_int32), ("kind", c_int32), ("flags", c_uint32)]


class Schema(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("doc", c_char_p), ("fields", POINTER(Field)),
                ("nfields", c_uint32), ("single", c_int32), ("detail", c_int32)]


class Snapshot(ctypes.Structure):
    _fields_ = [("number", c_uint64), ("wall_ns", c_int64), ("mono_ns", c_int64), ("interval_ns", c_int64),
                ("cost_ns", c_int64), ("skipped", c_uint64), ("host", c_char_p), ("sampler", c_char_p),
                ("ntables", c_size_t), ("nsources", c_size_t), ("tables", c_void_p), ("sources", c_void_p)]


TABLE = struct.Struct("@PNNP")          # struct sonde_table: schema, rows, ncolumns, columns
COLUMN = struct.Struct("@PPP")          # struct sonde_column: field, values, valid


class SondeError(Exception):
    def __init__(self, e):
        super().__init__(e.message.decode(errors="replace"))
        self.code, self.at = e.code, e.at


def load(path="libsonde.so.0"):
    lib = ctypes.CDLL(path)
    error = POINTER(Error)
    for name, result, *arguments in [
            ("version", c_char_p), ("code_name", c_char_p, c_int),
            ("schemas", c_size_t, POINTER(POINTER(Schema))),
            ("open", c_int, POINTER(Options), POINTER(c_void_p), error), ("close", None, c_void_p),
            ("want", c_int, c_void_p, c_char_p, c_char_p, error),
            ("detail", c_int, c_void_p, c_uint32, error),
            ("next", c_int, c_void_p, POINTER(c_void_p), error),
            ("seek", c_int, c_void_p, c_int64, error),
            ("span", c_int, c_void_p, POINTER(c_int64), POINTER(c_int64), error),
            ("frame_ref", c_void_p, c_void_p), ("frame_unref", None, c_void_p),
            ("frame_snapshot", POINTER(Snapshot), c_void_p),
            ("filter_new", c_int, c_char_p, c_char_p, POINTER(c_void_p), error),
            ("filter_free", None, c_void_p),
            ("filter_rows", c_int64, c_void_p, c_void_p, POINTER(POINTER(c_uint32)), error),
            ("filter_stopped", c_int, c_void_p),
            ("format", c_int, c_void_p, c_int, c_char_p, POINTER(c_uint32), c_size_t, POINTER(c_void_p),
             POINTER(c_size_t), error),
            ("free", None, c_void_p)]:
        f = getattr(lib, "sonde_" + name)
        f.restype, f.argtypes = result, arguments
    return lib


def schema(lib):
    """{address of a schema: (table, {address of a field: (name, type)})}, which stay as they are."""
    first, out = POINTER(Schema)(), {}
    for i in range(lib.sonde_schemas(byref(first))):
        s, size = first[i], ctypes.sizeof(Field)
        at = ctypes.addressof(s.fields.contents)
        out[ctypes.addressof(s)] = (s.name.decode(), {
            at + k * size: (s.fields[k].name.decode(), s.fields[k].type) for k in range(s.nfields)})
    return out


@functools.lru_cache(64)
def arrays(rows):
    """By type of a field: what makes an array of so many values from their address."""
    return [(kind * rows).from_address for kind in ARRAYS]


def texts(out):
    try:
        return b"\0".join(out).decode(errors="surrogateescape").split("\0")
    except TypeError:                   # some are absent: NULL
        return [s if s is None else s.decode(errors="surrogateescape") for s in out]


def without(out, rows, valid):
    """None where there is none."""
    there = int.from_bytes(ctypes.string_at(valid, (rows + 7) // 8), "little")
    if there & (1 << rows) - 1 != (1 << rows) - 1:
        for i in range(rows):
            if not there >> i & 1:
                out[i] = None
    return out


class Sonde:
    def __init__(self, lib=None, sampler=0, flags=0, **paths):
        self.lib, self.error = lib or load(), Error()
        self.handle, self.frame = c_void_p(), c_void_p()
        self.schema = schema(self.lib)
        options = Options(size=ctypes.sizeof(Options), sampler=sampler, flags=flags,
                          **{k: v and str(v).encode() for k, v in paths.items()})
        self.check(self.lib.sonde_open(byref(options), byref(self.handle), byref(self.error)))

    def check(self, result):
        if result < 0:
            raise SondeError(self.error)
        return result

    def close(self):
        self.lib.sonde_frame_unref(self.frame)
        self.lib.sonde_close(self.handle)
        self.handle, self.frame = c_void_p(), c_void_p()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def want(self, table, fields=None):
        self.check(self.lib.sonde_want(self.handle, table.encode(), fields and fields.encode(),
                                       byref(self.error)))

    def next(self):
        """Makes the next frame; False when there is none. The one before is no more."""
        self.lib.sonde_frame_unref(self.frame)
        self.frame = c_void_p()
        result = self.lib.sonde_next(self.handle, byref(self.frame), byref(self.error))
        return result != END and self.check(result) == 0

    def tables(self):
        """Of each table of the frame: its name and fields, rows, and columns: (field, values, valid)."""
        shot = self.lib.sonde_frame_snapshot(self.frame).contents
        for at, rows, n, columns in TABLE.iter_unpack(
                ctypes.string_at(shot.tables, shot.ntables * TABLE.size)):
            yield *self.schema[at], rows, COLUMN.iter_unpack(ctypes.string_at(columns, n * COLUMN.size))

    def snapshot(self):
        """{table: {field: [value, ...]}} of the frame, for good."""
        shot = {}
        for table, fields, rows, columns in self.tables():
            out, make = {}, arrays(rows)
            for field, values, valid in columns:
                name, kind = fields[field]
                cells = make[kind](values)[:] if rows else []
                if kind == STRING:
                    out[name] = texts(cells) if rows else []
                    continue
                if kind == BOOL:
                    cells = [v == 1 for v in cells]
                out[name] = without(cells, rows, valid)
            shot[table] = out
        return shot

    def views(self):
        """The same in place, until the next frame: sequences of numbers that are made when they are
        looked at, 0 where absent; lists of texts, None where absent."""
        shot = {}
        for table, fields, rows, columns in self.tables():
            out, make = {}, arrays(rows)
            for field, values, _ in columns:
                name, kind = fields[field]
                if not rows:
                    out[name] = []
                elif kind == STRING:
                    out[name] = texts(make[kind](values)[:])
                else:
                    out[name] = make[kind](values)
            shot[table] = out
        return shot

    def __iter__(self):
        while self.next():
            yield self.snapshot()

    def format(self, how=JSON, table=None):
        text, size = c_void_p(), c_size_t()
        self.check(self.lib.sonde_format(self.frame, how, table and table.encode(), None, 0, byref(text),
                                         byref(size), byref(self.error)))
        try:
            return ctypes.string_at(text, size.value).decode()
        finally:
            self.lib.sonde_free(text)

    def rows(self, table, text):
        """Numbers of the rows that match a filter."""
        f, rows = c_void_p(), POINTER(c_uint32)()
        self.check(self.lib.sonde_filter_new(table.encode(), text.encode(), byref(f), byref(self.error)))
        try:
            n = self.check(self.lib.sonde_filter_rows(f, self.frame, byref(rows), byref(self.error)))
            return rows[:n]
        finally:
            self.lib.sonde_filter_free(f)
