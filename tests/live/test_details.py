"""What details say of this process, beside what procfs and Python say of it."""
import os
import pwd
import re
import resource
import socket
import subprocess
import tempfile
import unittest

from live import SONDE, public_copy, sonde


def details(table):
    return sonde(table, "--pid", str(os.getpid()))


class Details(unittest.TestCase):
    def test_files(self):
        with tempfile.NamedTemporaryFile() as named, tempfile.TemporaryFile() as gone:
            named.write(b"x" * 5000)
            named.flush()
            os.lseek(named.fileno(), 1234, os.SEEK_SET)
            rows = {r["descriptor"]: r for r in details("fd")}
            ours = {}
            for name in os.listdir("/proc/self/fd"):
                try:
                    ours[int(name)] = os.readlink(f"/proc/self/fd/{name}")
                except OSError:
                    continue    # of listdir() itself
            # While sonde ran there were the pipes of its output, too.
            self.assertEqual({n: r["target"] for n, r in rows.items() if n in ours}, ours)
            self.assertLessEqual(len(rows), len(ours) + 6)
            row = rows[named.fileno()]
            self.assertEqual((row["kind"], row["mode"], row["position_bytes"], row["size_bytes"],
                              row["deleted"]), ("file", "rw", 1234, 5000, False))
            self.assertTrue(rows[gone.fileno()]["deleted"])

    def test_sockets(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.send(b"not read")
                peer, _ = server.accept()
                with peer:
                    rows = {r["descriptor"]: r for r in details("fd")}
                    local = "127.0.0.1:%d" % client.getsockname()[1]
                    self.assertEqual(rows[server.fileno()]["state"], "listen")
                    self.assertEqual(rows[server.fileno()]["local_address"], f"127.0.0.1:{port}")
                    self.assertIsNone(rows[server.fileno()]["remote_address"])
                    self.assertEqual(rows[client.fileno()]["local_address"], local)
                    self.assertEqual(rows[peer.fileno()]["remote_address"], local)
                    self.assertEqual(rows[peer.fileno()]["receive_queue_bytes"], 8)
                    self.assertEqual(rows[peer.fileno()]["state"], "established")
                    self.assertEqual(rows[peer.fileno()]["protocol"], "tcp")

    def test_sockets_of_more_kinds(self):
        with tempfile.TemporaryDirectory() as directory, \
             socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_INET6) as six:
            server.bind(directory + "/a b")
            server.listen()
            six.bind(("::1", 0))
            six.listen()
            rows = {r["descriptor"]: r for r in details("fd")}
            self.assertEqual(rows[server.fileno()]["local_address"], directory + "/a b")
            self.assertEqual(rows[server.fileno()]["state"], "listen")
            self.assertEqual(rows[six.fileno()]["local_address"], f"[::1]:{six.getsockname()[1]}")

    def test_memory(self):
        held = bytearray(os.urandom(1)) * (24 << 20)
        rows = details("map")
        with open("/proc/self/smaps_rollup") as f:
            rollup = {k: int(v) * 1024 for k, v in re.findall(r"(?m)^(\w+): +(\d+) kB$", f.read())}
        for field, want in (("resident_bytes", rollup["Rss"]), ("swap_bytes", rollup["Swap"]),
                            ("proportional_bytes", rollup["Pss"]),
                            ("private_bytes", rollup["Private_Clean"] + rollup["Private_Dirty"])):
            got = sum(r[field] for r in rows)
            self.assertAlmostEqual(got, want, delta=2 << 20, msg=field)
        kinds = {r["kind"] for r in rows}
        self.assertLessEqual({"program", "library", "heap", "stack", "anonymous", "kernel"}, kinds)
        program = [r["name"] for r in rows if r["kind"] == "program"]
        self.assertEqual(program, [os.readlink("/proc/self/exe")])
        self.assertGreaterEqual(sum(r["private_bytes"] for r in rows if r["kind"] in
                                    ("anonymous", "heap")), len(held))

    def test_environment(self):
        with open("/proc/self/environ", "rb") as f:
            want = [v for v in f.read().decode(errors="replace").split("\0") if v]
        got = [r["name"] + ("" if r["value"] is None else "=" + r["value"]) for r in details("env")]
        self.assertEqual(got, want)

    def test_limits(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
        try:
            rows = {r["name"]: r for r in details("limit")}
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        self.assertEqual(rows["open files"]["soft_limit"], soft - 1)
        self.assertEqual(rows["open files"]["hard_limit"], hard)
        self.assertGreaterEqual(rows["open files"]["used"], 3)
        self.assertGreaterEqual(len(rows), 16)
        for row in rows.values():
            self.assertEqual(row["unlimited"], row["soft_limit"] is None)

    def test_namespaces(self):
        rows = {r["kind"]: r for r in details("ns")}
        for kind in os.listdir("/proc/self/ns"):
            number = int(re.search(r"\d+", os.readlink(f"/proc/self/ns/{kind}"))[0])
            self.assertEqual(rows[kind]["number"], number)
            self.assertTrue(rows[kind]["same_as_sonde"])

    @unittest.skipIf(os.getuid(), "needs root, to be somebody else")
    def test_of_others(self):
        with tempfile.TemporaryDirectory() as directory:
            program = public_copy(directory)
            nobody = pwd.getpwnam("nobody")
            for table, allowed in (("fd", False), ("env", False), ("map", False), ("stack", False),
                                   ("limit", True)):
                r = subprocess.run([program, "once", "--table", table, "--pid", str(os.getpid())],
                                   user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
                                   capture_output=True, text=True, timeout=60)
                if allowed:
                    self.assertEqual((r.returncode, r.stderr), (0, ""))
                else:
                    self.assertEqual(r.returncode, 1)
                    self.assertIn("not permitted: needs CAP_SYS_", r.stderr)

    def test_gone(self):
        process = subprocess.Popen(["true"])
        process.wait()
        r = subprocess.run([SONDE, "once", "--table", "fd", "--pid", str(process.pid)],
                           capture_output=True, text=True, timeout=60)
        self.assertEqual(r.returncode, 1)
        self.assertIn("it has ended", r.stderr)


if __name__ == "__main__":
    unittest.main()
