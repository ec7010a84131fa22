#!/usr/bin/env python3
"""Makes a storm of short-lived processes, for tests and by hand.

    storm.py 500 10                       500 forks a second for 10 seconds
    storm.py 200 5 --names hostile        each runs a program with a hostile name and command
    storm.py 5 30 --names hostile --life 4    the same to look at

Bounded: at most MAX_RATE forks/s for MAX_SECONDS, each child ended after --life, at most
--alive of them at a time. It waits for its children before it exits and says how many it made;
should it be killed, its children end by themselves. Importable: HOSTILE, class Storm.
"""
import argparse
import collections
import os
import signal
import sys
import tempfile
import time

MAX_RATE, MAX_SECONDS, MAX_LIFE, MAX_ALIVE = 5000, 600, 60, 20000

# (comm: a file name, so no "/", and the kernel keeps 15 bytes; argv[0]; further arguments)
HOSTILE = [
    (b"\x1b[2J\x1b[31mEVIL", b"\x1b[2J\x1b[H\x1b[41mcleared", b"\x1b[999;999H"),  # erase, colour
    (b"\x1b]0;pwned\x07", b"\x1b]0;title\x07", b"\x1b]52;c;cHduZWQ=\x07"),   # title, clipboard
    (b"\x1b[?1049l\x1bc", b"\x1b[?1000h\x1bc\x1b(0lqqk", b"\x1b[?2004l"),    # modes, reset, charset
    (b"\x1bP+q\x1b\\", b"\x1bP+q544e\x1b\\", b"\x1b[6n\x1b[c\x05"),          # DCS, questions
    (b"\x9b31mC1", b"\xc2\x9b31mC1 in UTF-8", b"\x90raw\x9c"),               # 8-bit controls
    (b"new\nline", b"a\nb\tc\rd\x08\x08e\x0b\x0cf\x7f", b"\n\n\n"),          # C0 controls
    (b"a) R 1 (b", b") S 1 1 1 0 -1 4194304 (", b"a"),                       # breaks stat parsers
    (b"\xff\xfe\xc3(", b"\xf0\x28\x8c\x28", b"\xed\xa0\x80\xc0\xaf"),        # not UTF-8
    (b"\xe2\x80\xaeexe.txt", "\u202egnp.exe \u2066\u200b\ufeff".encode()),   # bidi, invisible
    ("\u6f22\u5b57\u30c6\u30b9\u30c8\u540d".encode(),                        # wide, comm cut in one
     "\uff57\uff49\uff44\uff45 \U0001f469\u200d\U0001f469\u200d\U0001f467".encode()),
    (b"e" + b"\xcc\x81" * 6, b"z" + b"\xcd\x93\xcc\x90" * 200, b"\xcc\x81"),   # combining
    (b"<b>&\"'", b"<script>alert(1)</script>", b"{\"a\":\"\\", b"' OR 1=1 --"),   # HTML, JSON, SQL
    (b"%s%n%x", b"%s%s%n", b"$(id)", b"=1+1"),                     # formats, shells, spreadsheets
    (b" ", b" ", b"", b" "),                                                 # nothing to see
    (b"long", b"x" * 100000),                                                # past any screen
    (b"[kthreadd]", b"[kthreadd]"),                                          # not a kernel thread
]
PLAIN = [(b"storm-%d" % i, b"storm-%d" % i, b"--number=%d" % i) for i in range(16)]


class Storm:
    """Children that wait for the end of a pipe whose other end only this process holds."""

    def __init__(self, names, life, directory):
        """names: HOSTILE, PLAIN, or None just to fork; directory: empty, for the programs."""
        self.life, self.made, self.failed, self.most = life, 0, 0, 0
        self.children = collections.deque()     # (when to end it, pid), oldest first
        self.pipe, self.pipe_end = os.pipe()
        null = os.open("/dev/null", os.O_WRONLY | os.O_CLOEXEC)
        self.actions = [(os.POSIX_SPAWN_DUP2, self.pipe, 0), (os.POSIX_SPAWN_DUP2, null, 1),
                        (os.POSIX_SPAWN_DUP2, null, 2)]
        # The comm is the name of the file run, here a link to the shell. The arguments after
        # the script are the shell's $0, $1...: it does not look at them.
        self.programs = []
        for i, (comm, *argv) in enumerate(names or []):
            place = os.path.join(os.fsencode(directory), b"%d" % i)
            os.mkdir(place)
            os.symlink(b"/bin/sh", os.path.join(place, comm))
            self.programs.append((os.path.join(place, comm),
                                  argv[:1] + [b"-c", b"read x"] + argv))

    def fork(self):
        try:
            if self.programs:
                path, argv = self.programs[self.made % len(self.programs)]
                pid = os.posix_spawn(path, argv, {}, file_actions=self.actions)
            else:
                pid = os.fork()
        except OSError:                         # no more processes to be had
            self.failed += 1
            return
        if pid == 0:
            os.close(self.pipe_end)
            if self.life:
                os.read(self.pipe, 1)
            os._exit(0)
        self.made += 1
        # Those that end at once stay a moment, so that waiting for them does not hold us up.
        self.children.append((time.monotonic() + (self.life or 0.05), pid))
        self.most = max(self.most, len(self.children))

    def reap(self, everything=False):
        while self.children and (everything or self.children[0][0] <= time.monotonic()):
            pid = self.children.popleft()[1]
            if self.life or self.programs:
                os.kill(pid, signal.SIGKILL)    # ours and not yet waited for, so still there
            os.waitpid(pid, 0)

    def blow(self, rate, seconds, alive):
        start = due = time.monotonic()
        while (now := time.monotonic()) < start + seconds:
            self.reap()
            if now < due or len(self.children) >= alive:
                time.sleep(min(1 / rate, 0.01))
                continue
            due = max(due + 1 / rate, now - 0.1)    # make up for a short delay only
            self.fork()
        return time.monotonic() - start


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    ap.add_argument("rate", type=float, help=f"forks a second, at most {MAX_RATE}")
    ap.add_argument("seconds", type=float, help=f"how long, at most {MAX_SECONDS}")
    ap.add_argument("--names", choices=["none", "plain", "hostile"], default="none",
                    help="none: fork only; else exec under such names (default: %(default)s)")
    ap.add_argument("--life", type=float, default=0.05, metavar="SECONDS",
                    help=f"of a child, at most {MAX_LIFE} (default: %(default)s)")
    ap.add_argument("--alive", type=int, default=1000, metavar="N",
                    help=f"at a time, at most {MAX_ALIVE} (default: %(default)s)")
    ap.add_argument("--quiet", action="store_true", help="say nothing at the end")
    opt = ap.parse_args()
    if not (0 < opt.rate <= MAX_RATE and 0 < opt.seconds <= MAX_SECONDS
            and 0 <= opt.life <= MAX_LIFE and 0 < opt.alive <= MAX_ALIVE):
        ap.error("a number is outside its bounds (see --help)")
    names = {"none": None, "plain": PLAIN, "hostile": HOSTILE}[opt.names]
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(sig, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="storm-") as directory:
        storm = Storm(names, opt.life, directory)
        try:
            took = storm.blow(opt.rate, opt.seconds, opt.alive)
        finally:
            storm.reap(everything=True)
    if not opt.quiet:
        print(f"{storm.made} forks in {took:.1f} s ({storm.made / took:.0f}/s), "
              f"{storm.failed} failed, {storm.most} alive at most")


if __name__ == "__main__":
    main()
