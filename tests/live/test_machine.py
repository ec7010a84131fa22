"""Memory, CPUs, load, disks, networks and file systems, beside free, vmstat, df and psutil. What
moves is asked for before and after: sonde's answer lies between."""
import os
import re
import shutil
import socket
import unittest

import psutil
from live import run, sonde

MIB = 1 << 20


class Machine(unittest.TestCase):
    def between(self, before, value, after, slack, what):
        low, high = min(before, after) - slack, max(before, after) + slack
        self.assertTrue(low <= value <= high, f"{what}: {before} {value} {after}, slack {slack}")

    def test_memory(self):
        def free():
            lines = run("free", "-b").splitlines()
            mem = dict(zip(lines[0].split(), map(int, lines[1].split()[1:])))
            return mem, dict(zip(("total", "used", "free"), map(int, lines[2].split()[1:])))
        (a, swap), m, (b, _) = free(), sonde("memory")[0], free()
        self.assertEqual(m["total_bytes"], a["total"])
        self.between(a["free"], m["free_bytes"], b["free"], 64 * MIB, "free")
        self.between(a["available"], m["available_bytes"], b["available"], 64 * MIB, "available")
        self.between(a["shared"], m["shmem_bytes"], b["shared"], 16 * MIB, "shared")
        self.between(a["buff/cache"], m["buffers_bytes"] + m["cache_bytes"], b["buff/cache"],
                     64 * MIB, "buff/cache")
        self.assertEqual(m["used_bytes"] + m["buffers_bytes"] + m["cache_bytes"] + m["free_bytes"],
                         m["total_bytes"])
        self.assertEqual(m["swap_total_bytes"], swap["total"])
        self.between(swap["used"], m["swap_used_bytes"], swap["used"], 16 * MIB, "swap")

    def test_memory_beside_psutil(self):
        a, m, b = psutil.virtual_memory(), sonde("memory")[0], psutil.virtual_memory()
        for name, other in (("active_bytes", "active"), ("inactive_bytes", "inactive"),
                            ("buffers_bytes", "buffers"), ("shmem_bytes", "shared")):
            self.between(getattr(a, other), m[name], getattr(b, other), 64 * MIB, name)

    def test_cpu_times(self):
        """psutil's are in seconds from the same counters: user has guest in it for both of us."""
        def cpus():
            return [psutil.cpu_times(), *psutil.cpu_times(percpu=True)]
        a, rows, b = cpus(), sonde("cpu"), cpus()
        self.assertEqual(len(rows), len(a))
        for i, row in enumerate(rows):
            for name in ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"):
                self.between(getattr(a[i], name), row[name + "_ns_total"] / 1e9,
                             getattr(b[i], name), 0.02, f"cpu {i} {name}")

    def test_system(self):
        s = sonde("system")[0]
        load = os.getloadavg()
        for name, value in zip(("load1", "load5", "load15"), load):
            self.between(value, s[name], value, 0.5, name)
        self.between(psutil.boot_time(), s["boot_time_ns"] / 1e9, psutil.boot_time(), 1.5, "boot")
        self.assertEqual(s["kernel"], os.uname().release)
        self.assertEqual(s["host"], os.uname().nodename)

    def test_counters_of_vmstat(self):
        def vmstat():
            return {m[2].strip(): int(m[1]) for m in
                    re.finditer(r"^ *(\d+) (.*)$", run("vmstat", "-s"), re.M)}
        a, s, v, b = vmstat(), sonde("system")[0], sonde("vm")[0], vmstat()
        self.between(a["CPU context switches"], s["context_switches_total"],
                     b["CPU context switches"], 0, "context switches")
        self.between(a["interrupts"], s["interrupts_total"], b["interrupts"], 0, "interrupts")
        self.between(a["forks"], s["forks_total"], b["forks"], 0, "forks")
        self.between(a["pages swapped in"], v["swap_in_pages_total"], b["pages swapped in"], 0,
                     "swap in")
        paged_in = next(k for k in a if k.endswith("paged in"))     # "pages" or "K", always KiB
        self.between(a[paged_in], v["paged_in_bytes_total"] // 1024, b[paged_in], 0, "paged in")

    def test_disks(self):
        a, rows = psutil.disk_io_counters(perdisk=True), {r["name"]: r for r in sonde("disk")}
        b = psutil.disk_io_counters(perdisk=True)
        seen = 0
        for name in set(a) & set(rows):
            for field, other in (("reads_total", "read_count"), ("writes_total", "write_count"),
                                 ("read_bytes_total", "read_bytes"),
                                 ("write_bytes_total", "write_bytes")):
                self.between(getattr(a[name], other), rows[name][field], getattr(b[name], other),
                             0, f"{name} {field}")
            seen += 1
        self.assertTrue(seen or not a, "no disk in common")

    def test_networks(self):
        a, rows = psutil.net_io_counters(pernic=True), {r["name"]: r for r in sonde("net")}
        b = psutil.net_io_counters(pernic=True)
        self.assertEqual(set(rows), set(a))
        for name, row in rows.items():
            for field, other in (("receive_bytes_total", "bytes_recv"),
                                 ("transmit_bytes_total", "bytes_sent"),
                                 ("receive_packets_total", "packets_recv"),
                                 ("transmit_packets_total", "packets_sent")):
                self.between(getattr(a[name], other), row[field], getattr(b[name], other), 0,
                             f"{name} {field}")

    @unittest.skipUnless(shutil.which("nstat"), "no nstat (iproute2)")
    def test_sockets(self):
        """As nstat says: it reads the same counters, and more."""
        def nstat():
            return {k: int(v) for k, v in (line.split()[:2] for line in
                    run("nstat", "-asz").splitlines() if not line.startswith("#"))}
        a, row, b = nstat(), sonde("sockets")[0], nstat()
        for field, other in (("tcp_active_opens_total", "TcpActiveOpens"),
                             ("tcp_passive_opens_total", "TcpPassiveOpens"),
                             ("tcp_attempt_fails_total", "TcpAttemptFails"),
                             ("tcp_established_resets_total", "TcpEstabResets"),
                             ("tcp_in_segments_total", "TcpInSegs"),
                             ("tcp_out_segments_total", "TcpOutSegs"),
                             ("tcp_retransmitted_segments_total", "TcpRetransSegs"),
                             ("tcp_in_errors_total", "TcpInErrs"),
                             ("tcp_out_resets_total", "TcpOutRsts"),
                             ("udp_in_datagrams_total", "UdpInDatagrams"),
                             ("udp_out_datagrams_total", "UdpOutDatagrams"),
                             ("udp_no_port_total", "UdpNoPorts"),
                             ("udp_in_errors_total", "UdpInErrors"),
                             ("udp_receive_buffer_errors_total", "UdpRcvbufErrors"),
                             ("udp_send_buffer_errors_total", "UdpSndbufErrors")):
            self.between(a[other], row[field], b[other], 0, field)

    @unittest.skipUnless(shutil.which("ss"), "no ss (iproute2)")
    def test_open_sockets(self):
        """Beside ss, while eight connections to ourselves are held open."""
        def ss():
            said = run("ss", "-s")
            number = {m[1]: (int(m[2]), int(m[3])) for m in
                      re.finditer(r"^(TCP|UDP|RAW)\s+\d+\s+(\d+)\s+(\d+)", said, re.M)}
            return {"used_count": int(re.search(r"^Total: (\d+)", said, re.M)[1]),
                    "tcp_established_count": int(re.search(r"estab (\d+)", said)[1]),
                    "tcp_used_count": number["TCP"][0], "tcp6_used_count": number["TCP"][1],
                    "udp_used_count": number["UDP"][0], "udp6_used_count": number["UDP"][1],
                    "raw_used_count": number["RAW"][0], "raw6_used_count": number["RAW"][1]}
        listener = socket.create_server(("127.0.0.1", 0))
        pairs = []
        for _ in range(8):
            pairs += [socket.create_connection(listener.getsockname()), listener.accept()[0]]
        a, row, b = ss(), sonde("sockets")[0], ss()
        for s in (*pairs, listener):
            s.close()
        self.assertGreaterEqual(row["tcp_used_count"], 17)
        self.assertGreaterEqual(row["tcp_established_count"], 16)
        for field, value in a.items():
            # ss itself holds a few, of netlink and to read with
            self.between(value, row[field] or 0, b[field], 4, field)

    def test_file_systems(self):
        seen = 0
        for row in sonde("fs"):
            mount = row["mount"]
            if row["size_bytes"] is None or not os.path.ismount(mount):
                continue
            line = run("df", "-B1", "--output=size,used,avail,target", mount).splitlines()[1]
            size, used, avail, target = line.split(None, 3)
            if target != mount:
                continue        # something else is mounted over it
            self.assertEqual(row["size_bytes"], int(size), mount)
            self.between(int(used), row["used_bytes"], int(used), 64 * MIB, mount)
            self.between(int(avail), row["available_bytes"], int(avail), 64 * MIB, mount)
            seen += 1
        self.assertGreater(seen, 0)


if __name__ == "__main__":
    unittest.main()
