"""The keys, as a person presses them; what they do is in the golden tests, this is that they arrive."""
import fcntl
import os
import random
import re
import statistics
import struct
import subprocess
import termios
import time
import unittest

from terminal import DOWN, ENTER, ESC, F, UP, Terminal, fixture


def column(text, heading):
    """The cells of a right-aligned column, from the top."""
    lines = text.split("\n")
    head = next(i for i, line in enumerate(lines) if re.match(r" *PID.USER", line))
    end = lines[head].index(heading) + len(heading)
    return [line[:end].split(" ")[-1] for line in lines[head + 1:-1] if len(line) >= end]


def size(cell):
    number = re.fullmatch(r"([\d.]+)([KMGT]?)", cell)
    return float(number[1]) * 1024 ** "_KMGT".index(number[2] or "_") if number else 0


def looks(screen):
    """What is seen, but for the last line (a key ends its message): a blank has no foreground."""
    return [[(c, attr[1] if c == " " else attr, attr[2] & {4, 7} if c == " " else None)
             for c, attr in row] for row in screen.cells[:-1]]


class Keys(unittest.TestCase):
    def test_sort(self):
        with Terminal(fixture("busy"), (120, 40)) as t:
            t.wait("CPU%\u25bc")
            t.keys("M")
            t.wait("RES\u25bc")
            res = [size(c) for c in column(t.text(), "RES")]
            self.assertGreater(len(res), 20)
            self.assertEqual(res, sorted(res, reverse=True))
            t.keys("I")
            t.wait("RES\u25b2")
            t.keys("N")
            t.wait("PID\u25b2")
            pids = [int(c) for c in column(t.text(), "PID")]
            self.assertEqual(pids, sorted(pids))
            t.keys("T")
            t.wait("TIME\\+\u25bc")
            t.keys("P")
            t.wait("CPU%\u25bc")
            self.assertEqual(t.end(), 0)

    def test_click_on_heading(self):
        with Terminal(fixture("busy"), (120, 40)) as t:
            t.wait("CPU%\u25bc")
            rows = t.screen.rows()
            y = next(i for i, r in enumerate(rows) if "CPU%" in r)
            x = rows[y].index("MEM%") + 2
            t.keys(f"\x1b[<0;{x + 1};{y + 1}M", f"\x1b[<0;{x + 1};{y + 1}m")
            t.wait("MEM%\u25bc")
            self.assertEqual(t.end(), 0)

    def test_filter_and_search(self):
        with Terminal(fixture("busy")) as t:
            t.wait("java")
            t.keys(F[4])
            t.keys(*"user=postgres")
            t.wait(lambda text: "java" not in text and "postgres" in text)
            t.keys(ENTER)
            t.wait(r"^\d+ of \d+ .*user=postgres")
            t.keys("=")
            t.wait("java")
            t.keys("/", *"gzip", ENTER)
            t.wait(lambda text: "java" in text)
            self.assertEqual(t.end(), 0)

    def test_tree_threads_help_menus(self):
        with Terminal(fixture("busy")) as t:
            t.wait("java")
            t.keys(F[5])
            t.wait("\u251c\u2500|\u2514\u2500")
            t.keys("t", "H")
            t.wait("http-nio-")
            t.keys("H", F[1])
            t.wait("show this list of keys")
            t.keys(ESC)
            t.wait(lambda text: "show this list" not in text)
            for key, sign in ((F[6], "cpu_ratio"), ("u", "everyone|postgres"), ("f", "cpu_ratio")):
                t.keys(key)
                t.wait(sign)
                t.keys(ESC)
                t.settle()
            t.keys(F[1])
            t.wait("show this list of keys")
            self.assertEqual(t.end(ESC + "q"), 0)   # as a slow line brings them: not Alt-q

    def test_pause_and_delay(self):
        with Terminal(["-d", "0.2"]) as t:
            t.wait(r"us +\d")
            t.keys("z")
            t.wait("paused")
            t.settle()
            before = t.text()
            time.sleep(0.6)
            t.settle()
            self.assertEqual(t.text(), before)
            t.keys("z")
            t.wait(r"live 0\.2s")
            t.keys("d")
            t.settle()
            t.keys("\x15", *"3", ENTER)
            t.wait("live 3s")
            self.assertEqual(t.end(), 0)

    def test_past(self):
        """Live goes on while one looks back; a click on the time line goes there."""
        with Terminal(["-d", "0.2"], (100, 30)) as t:
            t.wait(r"us +\d")
            time.sleep(3)
            t.keys("z")
            t.wait("paused")
            t.keys("(", "(", "(")
            t.wait(r" [1-9]s ago  [A-Z][a-z]{2} \d\d:\d\d:\d\d \u25c0 past")
            t.wait(r"^cpu +\d\d:\d\d:\d\d .*\u2503.* \d\d:\d\d:\d\d$")
            time.sleep(1)
            t.wait(r" [2-9]s ago  .* \u25c0 past")
            t.keys("k")
            t.wait("the past cannot be changed")
            t.keys("b", *"-1h", ENTER)
            t.wait("this is the oldest")
            t.keys("\x1b[<0;86;29M", "\x1b[<0;86;29m")   # it moves on to the left from there
            t.wait(lambda text: 80 < text.split("\n")[-2].find("\u2503") < 86)
            t.keys(*"(" * 300)
            t.wait("nothing older is kept")
            t.keys("`")
            t.wait(r"live 0\.2s")
            self.assertNotIn("ago", t.text())
            self.assertEqual(t.end(), 0)

    def test_selection_stays(self):
        """On its process while the rows change places."""
        with Terminal(["-d", "0.1", *fixture("busy")], (120, 40)) as t:
            t.wait("\u25cf end")
            t.keys(DOWN, DOWN, DOWN, UP, "F")
            t.settle()

            def selected():
                on = [y for y in range(t.screen.height - 1)
                      if t.screen.cells[y][0][1][1] and "PID" not in t.screen.rows()[y]]
                self.assertEqual(len(on), 1)
                return t.screen.rows()[on[0]].split()[0]
            who = selected()
            for key in "MTNP":
                t.keys(key)
                t.settle()
                self.assertEqual(selected(), who)
            self.assertEqual(t.end(), 0)

    def test_paste_is_text(self):
        with Terminal(fixture("busy")) as t:
            t.wait("java")
            t.keys("\x1b[200~qqq\x03k\r9\r\x1b[201~")
            t.settle()
            self.assertTrue(t.alive())
            self.assertTrue(t.shows(r"^F1 help"))
            t.keys(F[4], "\x1b[200~gzip\x1b[201~")
            t.wait(lambda text: "gzip" in text and "java" not in text)
            t.keys(ESC)
            t.settle()
            self.assertEqual(t.end(), 0)

    def test_resize_storm(self):
        with Terminal(["-d", "0.1"]) as t:
            t.wait("PID")
            chance = random.Random(1)
            sizes = [(chance.randint(1, 250), chance.randint(1, 80)) for _ in range(60)]
            for w, h in sizes + [(1, 1), (2, 2), (1, 200), (500, 1), (3, 3)]:
                t.resize(w, h)
                t.read(chance.choice((0, 0, 0.02)))
            t.resize(1, 1)
            t.settle()
            t.resize(100, 30)
            t.wait(lambda text: "PID USER" in text and text.split("\n")[29].startswith("F1 help"))
            self.assertRegex(t.screen.rows()[0], "live 0.1s")
            self.assertEqual(t.end(), 0)

    def test_keys_are_quick(self):
        """Also while a tick is being sampled: the feed has a thread of its own."""
        with Terminal(["-d", "0.1"]) as t:
            t.wait("PID")
            t.settle(0.05, 1)
            took = []
            for i in range(21):
                t.keys("z")
                start = time.monotonic()
                t.wait("paused" if i % 2 == 0 else "live")
                took.append(time.monotonic() - start)
            self.assertLess(statistics.median(took), 0.05)

    def test_parts_make_the_whole(self):
        """Only what changed is sent: it must be what sending everything gives, colours too."""
        keys = [DOWN, UP, "t", "t", "M", "P", "N", "T", "I", "\x1b[6~", "\x1b[5~", "\x1b[C", "\x1b[D",
                "c", "p", " ", "U", "#", "1", F[6], ESC, F[1], ESC, F[4], "o", "\x7f", ESC, "=", "K",
                "\x1b[F", "\x1b[H", F[9], ESC]
        r = random.Random(5)
        for name in ("hostile", "busy"):
            with Terminal(["-d", "0.1", *fixture(name)], (97, 31)) as t:
                t.wait(r"● end")
                t.settle()
                for _ in range(12):
                    pressed = r.choices(keys, k=4)
                    for key in pressed:
                        t.keys(key)
                        self.answered(t, 0.15 if key == ESC else 0)
                    parts = looks(t.screen)
                    t.keys("\x0c")
                    self.answered(t, 0)
                    self.assertEqual(parts, looks(t.screen), f"{name}: after {pressed}")
                self.assertIn(b"\x1b[2J", t.raw[-len(t.raw) // 4:])     # ^L does draw everything

    def answered(self, t, escape):
        """Until it has read the key, drawn, and waits for the next; an escape waits for more."""
        time.sleep(escape)
        end, quiet = time.monotonic() + 10, 0
        while quiet < 4:
            self.assertLess(time.monotonic(), end)
            unread = struct.unpack("i", fcntl.ioctl(t.slave, termios.FIONREAD, b"    "))[0]
            with open(f"/proc/{t.pid}/stat") as f:
                waits = f.read().rpartition(")")[2].split()[0] == "S"
            quiet = 0 if t.read(0.005) or unread or not waits else quiet + 1

    def test_slow_terminal(self):
        """Nobody reads for a while; keys are obeyed, and what shows then is what is now."""
        with Terminal(["-d", "0.1"], (200, 60)) as t:
            t.wait("PID")
            for _ in range(60):
                t.keys("\x0c")
                time.sleep(0.01)
            t.keys("z")
            time.sleep(0.5)
            t.wait("paused")
            t.keys("z")
            t.wait("live")
            for _ in range(60):
                t.keys("\x0c")
                time.sleep(0.01)
            t.keys("q")
            time.sleep(0.5)
            self.assertEqual(t.ended(3), 0)
            t.given_back()


class Act(unittest.TestCase):
    """On children of the test, and on nobody else."""

    def setUp(self):
        self.name = f"e2e{os.getpid()}"
        self.child = subprocess.Popen([self.name, "300"], executable="/bin/sleep")
        self.addCleanup(self.child.wait)
        self.addCleanup(self.child.kill)

    def chosen(self, *args):
        t = Terminal(["-d", "0.2", *args])
        self.addCleanup(t.__exit__)
        t.wait("PID")
        t.keys(F[4], *self.name, ENTER)
        t.wait(lambda text: re.search(r"^1 of \d", text, re.M) and str(self.child.pid) in text)
        t.keys(DOWN)
        t.settle()
        return t

    def test_signal(self):
        t = self.chosen()
        t.keys(F[9])
        t.wait("TERM")
        t.keys(ENTER)
        self.assertEqual(self.child.wait(10), -15)
        t.wait("nothing matches")
        self.assertEqual(t.end(), 0)

    def test_signal_can_be_left(self):
        t = self.chosen()
        t.keys("k")
        t.wait("TERM")
        t.keys(ESC)
        t.settle()
        self.assertEqual(t.end(), 0)
        self.assertIsNone(self.child.poll())

    def test_renice(self):
        t = self.chosen()
        t.keys("[")
        end = time.monotonic() + 10
        while os.getpriority(os.PRIO_PROCESS, self.child.pid) < 1 and time.monotonic() < end:
            t.read(0.1)
        self.assertGreaterEqual(os.getpriority(os.PRIO_PROCESS, self.child.pid), 1)
        self.assertEqual(t.end(), 0)

    def test_readonly(self):
        t = self.chosen("--readonly")
        for key in (F[9], "[", "r"):
            t.keys(key)
            t.wait("read.?only")
            t.keys(ESC)
            t.settle()
        self.assertEqual(t.end(), 0)
        self.assertIsNone(self.child.poll())
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, self.child.pid), 0)


if __name__ == "__main__":
    unittest.main()
