"""DuckDB and ClickHouse from their shared libraries, by their C interfaces: as much of them as
tests ask. Each has query(sql): rows of texts, None for NULL."""
import ctypes
import os
import re


class DuckDB:
    """libduckdb.so: a database in memory, that loads and installs nothing."""
    class Result(ctypes.Structure):
        _fields_ = [("counts", ctypes.c_uint64 * 3), ("columns", ctypes.c_void_p),
                    ("error", ctypes.c_void_p), ("internal", ctypes.c_void_p)]

    def __init__(self, path):
        lib = self.lib = ctypes.CDLL(path)
        pointer, size = ctypes.c_void_p, ctypes.c_uint64
        result = ctypes.POINTER(self.Result)
        lib.duckdb_result_error.argtypes = [result]
        lib.duckdb_result_error.restype = ctypes.c_char_p
        for name in ("duckdb_row_count", "duckdb_column_count"):
            getattr(lib, name).argtypes = [result]
            getattr(lib, name).restype = size
        lib.duckdb_query.argtypes = [pointer, ctypes.c_char_p, result]
        lib.duckdb_destroy_result.argtypes = [result]
        lib.duckdb_value_varchar.argtypes = [result, size, size]
        lib.duckdb_value_varchar.restype = pointer
        lib.duckdb_free.argtypes = [pointer]
        self.db, self.connection = pointer(), pointer()
        lib.duckdb_open.argtypes = [ctypes.c_char_p, ctypes.POINTER(pointer)]
        lib.duckdb_connect.argtypes = [pointer, ctypes.POINTER(pointer)]
        if lib.duckdb_open(None, ctypes.byref(self.db)) or \
                lib.duckdb_connect(self.db, ctypes.byref(self.connection)):
            raise RuntimeError("DuckDB does not open")
        self.query("SET autoinstall_known_extensions = false")
        self.query("SET autoload_known_extensions = false")

    def query(self, sql):
        lib, result = self.lib, self.Result()
        if lib.duckdb_query(self.connection, sql.encode(), ctypes.byref(result)):
            why = lib.duckdb_result_error(ctypes.byref(result)).decode()
            lib.duckdb_destroy_result(ctypes.byref(result))
            raise RuntimeError(why)
        rows = []
        columns = lib.duckdb_column_count(ctypes.byref(result))
        for r in range(lib.duckdb_row_count(ctypes.byref(result))):
            row = []
            for c in range(columns):
                text = lib.duckdb_value_varchar(ctypes.byref(result), c, r)
                row.append(ctypes.string_at(text).decode() if text else None)
                lib.duckdb_free(text)
            rows.append(tuple(row))
        lib.duckdb_destroy_result(ctypes.byref(result))
        return rows


class ClickHouse:
    """libchdb.so: ClickHouse in the process."""
    def __init__(self, path):
        lib = self.lib = ctypes.CDLL(path)
        pointer = ctypes.c_void_p
        lib.chdb_connect.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]
        lib.chdb_connect.restype = ctypes.POINTER(pointer)
        lib.chdb_query.argtypes = [pointer, ctypes.c_char_p, ctypes.c_char_p]
        for name in ("chdb_query", "chdb_result_buffer"):
            getattr(lib, name).restype = pointer
        lib.chdb_result_error.restype = ctypes.c_char_p
        lib.chdb_result_length.restype = ctypes.c_size_t
        for name in ("buffer", "error", "length"):
            getattr(lib, "chdb_result_" + name).argtypes = [pointer]
        lib.chdb_destroy_query_result.argtypes = [pointer]
        self.connection = lib.chdb_connect(1, (ctypes.c_char_p * 1)(b"clickhouse"))
        if not self.connection:
            raise RuntimeError("ClickHouse does not open")
        self.query("SET use_hive_partitioning = 0")

    def query(self, sql):
        lib = self.lib
        result = lib.chdb_query(self.connection.contents, sql.encode(), b"TabSeparated")
        why = lib.chdb_result_error(result)
        if why:
            raise RuntimeError(why.decode())
        text = ctypes.string_at(lib.chdb_result_buffer(result), lib.chdb_result_length(result))
        lib.chdb_destroy_query_result(result)
        return [tuple(None if cell == "\\N" else unescape(cell) for cell in line.split("\t"))
                for line in text.decode().split("\n")[:-1]]


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
                  .get(m[1], m[1]), text)


def find(names, where):
    """The first library of that name below the directory, or None."""
    for directory, _, files in os.walk(where):
        for name in names:
            if name in files:
                return os.path.join(directory, name)
    return None
