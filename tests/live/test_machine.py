"""Memory, CPUs, load, disks, networks and file systems, beside free, vmstat, df and psutil. What
moves is asked for before and after: sonde's answer lies between."""
import os
import re
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
