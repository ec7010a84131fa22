#!/usr/bin/env python3
"""Interfaces that come, go and change their names while sonde looks: whose state is it?

Makes a pair of virtual ones in a network namespace of its own: needs root.
"""
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
import live  # noqa: E402  (beside this file)

SKIP = 77
SIOCSIFFLAGS, SIOCSIFNAME, IFF_UP = 0x8914, 0x8923, 1
RTM_NEWLINK, REQUEST, ACK, CREATE = 16, 1, 4, 0x400
IFLA_IFNAME, IFLA_LINKINFO, INFO_KIND, INFO_DATA, VETH_PEER = 3, 18, 1, 2, 1


def attribute(kind, value):
    return struct.pack("=HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


def interface(index, name):
    return (struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, 0, 0) +
            attribute(IFLA_IFNAME, name.encode() + b"\0"))


def make_pair(index, a, b):
    peer = attribute(VETH_PEER, interface(index + 1, b))
    info = attribute(INFO_KIND, b"veth\0") + attribute(INFO_DATA, peer)
    body = interface(index, a) + attribute(IFLA_LINKINFO, info)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
        s.send(struct.pack("=IHHII", len(body) + 16, RTM_NEWLINK, REQUEST | ACK | CREATE, 1, 0) + body)
        error = struct.unpack_from("=i", s.recv(4096), 16)[0]
    if error:
        raise OSError(-error, os.strerror(-error))


def ask(request, name, value):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, request, struct.pack("=16s16s", name.encode(), value))


def set_up(name, up):
    ask(SIOCSIFFLAGS, name, struct.pack("=h", IFF_UP if up else 0))


def rename(old, new):
    ask(SIOCSIFNAME, old, new.encode())


def inside():
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
    try:
        make_pair(20, "eth7", "eth8")
    except OSError as e:
        print(f"skipped: no virtual interfaces: {e}")
        sys.exit(SKIP)
    sonde = subprocess.Popen([live.SONDE, "once", "-n", "20", "-d", "0.3", "--table", "net", "--format", "json"],
                             stdout=subprocess.PIPE, text=True)

    def said():
        """As of what was done before: one sample may have begun meanwhile."""
        sonde.stdout.readline()
        rows = json.loads(sonde.stdout.readline())["tables"]["net"]
        got = {r["name"]: r["link"] for r in rows if r["name"] != "lo"}
        real = {n: live.run("cat", f"/sys/class/net/{n}/operstate").strip() for n in got}
        assert got == real, (got, real)
        return got

    assert said() == {"eth7": "down", "eth8": "down"}
    set_up("eth7", True)
    assert said() == {"eth7": "lowerlayerdown", "eth8": "down"}
    for old, new in (("eth7", "ethx"), ("eth8", "eth7"), ("ethx", "eth8")):
        rename(old, new) if old != "eth7" else (set_up(old, False), rename(old, new))
    set_up("eth8", True)
    assert said() == {"eth7": "down", "eth8": "lowerlayerdown"}
    set_up("eth7", True)
    assert said() == {"eth7": "up", "eth8": "up"}
    make_pair(10, "eth5", "eth6")  # listed before the others
    assert said() == {"eth5": "down", "eth6": "down", "eth7": "up", "eth8": "up"}
    sonde.kill()
    print("ok")


if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
        sys.exit(0)
    if os.getuid() != 0 or subprocess.run(["unshare", "-nm", "true"], stderr=subprocess.DEVNULL).returncode:
        print("skipped: no network namespace of our own")
        sys.exit(SKIP)
    sys.exit(subprocess.run(["unshare", "-nm", sys.executable, os.path.abspath(__file__), "--inside"]).returncode)
