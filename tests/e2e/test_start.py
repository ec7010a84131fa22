"""It starts on every kind of terminal and in every state of one, draws, and ends."""
import os
import re
import subprocess
import tempfile
import unittest

from terminal import ESC, SONDE, Terminal, fixture


def lines(raw):
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()=>].?", b"", raw)


class Start(unittest.TestCase):
    def test_live(self):
        for size in ((80, 24), (200, 60)):
            with Terminal(["-d", "0.3"], size) as t:
                t.wait(r"^ *PID USER")
                t.wait(r"^cpu +\d")
                t.wait(r"^ +1 root .* 0:\d\d|^ +1 root ")
                t.wait("^F1 help")     # the last of a screen comes with a read of its own
                rows = t.screen.rows()
                self.assertEqual(len(rows), size[1])
                self.assertRegex(rows[0], r" up .* load +\d+\.\d\d .*live 0\.3s")
                self.assertRegex(rows[-1], r"^F1 help")
                self.assertEqual(t.end(), 0)
                t.given_back()

    def test_terminals(self):
        """Those whose description is missing here say so in a sentence; all others draw."""
        for kind in ("xterm", "xterm-256color", "screen-256color", "tmux-256color", "linux",
                     "vt100", "vt220", "xterm-direct", "xterm-kitty", "rxvt-unicode-256color"):
            with self.subTest(kind), Terminal(fixture("busy"), env={"TERM": kind}) as t:
                t.wait(r"java|terminfo")
                if "terminfo" in t.text():
                    self.assertEqual(t.ended(), 2)
                else:
                    self.assertEqual(t.end(), 0)

    def test_unknown_terminals(self):
        for kind in (None, "", "dumb", "nosuchterminal"):
            with self.subTest(kind), Terminal(env={"TERM": kind}) as t:
                self.assertEqual(t.ended(), 2)
                self.assertIn(b"TERM", t.raw)
                self.assertNotIn(b"\x1b", t.raw)
                self.assertEqual(t.raw.count(b"\n"), 1)

    def test_no_terminal(self):
        for streams in ({"stdin": subprocess.DEVNULL}, {"stdin": subprocess.PIPE}):
            r = subprocess.run([SONDE], capture_output=True, text=True, timeout=10, **streams)
            self.assertEqual(r.returncode, 2)
            self.assertEqual(r.stdout, "")
            self.assertRegex(r.stderr, r"^sonde: .*sonde once.*\n$")
        with tempfile.TemporaryFile() as out:       # only the output is none
            with Terminal(before=lambda: os.dup2(out.fileno(), 1)) as t:
                self.assertEqual(t.ended(), 2)
                self.assertIn(b"standard output is not a terminal", t.raw)

    def test_ascii(self):
        for args, env in (((), {"LC_ALL": "C"}), (("--ascii",), {})):
            with Terminal([*fixture("hostile"), *args], env=env) as t:
                t.wait("PID")
                t.settle()
                t.keys("t", "u")
                t.settle()
                t.keys(ESC)
                t.settle()
                self.assertEqual(t.end(), 0)
                self.assertEqual([b for b in t.raw if b > 0x7e], [])

    def test_utf8_where_nothing_is_said(self):
        none = {"LC_ALL": None, "LC_CTYPE": None, "LANG": None}
        with Terminal(fixture("busy"), env=none) as t:
            t.wait("\u2588")

    def test_no_colour(self):
        for args, env in (((), {"NO_COLOR": "1"}), (("--no-color",), {})):
            with Terminal([*fixture("busy"), *args], env=env) as t:
                t.wait("java")
                t.settle()
                self.assertEqual(t.end(), 0)
                self.assertEqual(re.findall(rb"\x1b\[[0-9;]*[34][0-9][0-9;]*m", t.raw.replace(
                    b"\x1b[39;49m", b"")), [])

    def test_hostile_names(self):
        """What a process calls itself never reaches the terminal as it is."""
        evil = b"\x1b]0;owned\x07\x1b[31m\xff\xe2\x80\xae\n\x9b31m"

        def name_it():
            with open("/proc/self/comm", "wb") as f:
                f.write(evil[:15])

        child = subprocess.Popen([b"/tmp/" + evil, "60"], executable="/bin/sleep",
                                 preexec_fn=name_it)
        try:
            with Terminal(["-d", "0.2", "-p", str(child.pid)]) as t:
                t.wait(r"^ +%d " % child.pid)
                t.keys("c")
                t.settle()
                self.assertEqual(t.end(), 0)
                for bad in (b"\x1b]0;owned", b"\x07", b"\xff", b"\xe2\x80\xae", b"\x9b"):
                    self.assertNotIn(bad, t.raw)
        finally:
            child.kill()
            child.wait()


if __name__ == "__main__":
    unittest.main()
