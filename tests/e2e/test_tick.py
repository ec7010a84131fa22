"""What a tick brings besides rows: whole screens where the terminal can, what ended, what it costs."""
import subprocess
import time
import unittest

from terminal import ESC, Terminal

ASK, BEGIN, END = b"\x1b[?2026$p", b"\x1b[?2026h", b"\x1b[?2026l"


class Tick(unittest.TestCase):
    def press(self, t, key):
        """What a key brings to the terminal."""
        t.settle()
        before = len(t.raw)
        t.keys(key)
        t.settle()
        return t.raw[before:]

    def test_synchronized_output(self):
        for answer, marked in ((b"\x1b[?2026;2$y", True), (b"\x1b[?2026;0$y", False), (b"", False)):
            with self.subTest(answer), Terminal(["-d", "60"]) as t:
                t.wait("COMMAND")
                self.assertEqual(t.raw.count(ASK), 1)
                self.assertNotIn(BEGIN, t.raw)
                t.keys(answer)
                self.press(t, "i")
                out = self.press(t, "i")
                self.assertGreater(len(out), 10)   # what says so, and rows where some are idle
                self.assertEqual(out.startswith(BEGIN) and out.endswith(END), marked, out[:40])
                self.assertEqual(out.count(BEGIN), out.count(END))
                self.assertEqual(t.end(), 0)

    def test_not_asked(self):
        """The Linux console would show the question."""
        with Terminal(env={"TERM": "linux"}) as t:
            t.wait("COMMAND|terminfo")
            self.assertNotIn(ASK, t.raw)

    def test_late_answer(self):
        """Of who quits at once the shell does not get it: it is waited for, a moment."""
        with Terminal() as t:
            while ASK not in t.raw:
                t.read(1)
            t.keys("q", b"\x1b[?2026;2$y")
            self.assertEqual(t.ended(), 0)
            t.given_back()

    def test_ended(self):
        with Terminal(["-d", "0.2"], size=(110, 30)) as t:
            t.wait("COMMAND")
            t.keys("X")
            t.wait(r"^ENDED +PID USER")
            # Others end, too, and then it is seen for a moment only. Where the kernel tells nobody
            # of us there is no status.
            for _ in range(20):
                child = subprocess.Popen(["sh", "-c", "sleep 0.5; exit 77"])
                child.wait()
                end = time.monotonic() + 1
                seen = False
                while not seen and time.monotonic() < end:
                    t.read(0.2)
                    seen = t.shows(rf"^\d\d:\d\d:\d\d +{child.pid} \S+ +(77|-) ")
                if seen:
                    break
            self.assertTrue(seen, t.text())
            t.keys("X")
            t.wait(lambda text: "ENDED" not in text)
            self.assertEqual(t.end(), 0)

    def test_ended_row(self):
        """Who ends while it is looked at stays where it was for some seconds, and nothing is done to it."""
        child = subprocess.Popen(["sh", "-c", "read a; exit $((70+7))"], stdin=subprocess.PIPE)
        other = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        with Terminal(["-d", "0.2", "-p", f"{child.pid},{other.pid}", "-s", "pid"], size=(160, 30)) as t:
            t.wait(rf"^ *{child.pid} .* [SR] .*read a")
            t.wait("2 of ")
            t.keys("\x1b[H")
            child.communicate(b"\n")
            # Where the kernel tells nobody of us there is no status.
            t.wait(rf"^ *{child.pid} .* [!x] .*read a.* (exit 77|ended) after")
            ended = time.monotonic()
            t.wait(r"^1 of ")
            lines = t.text().splitlines()
            at = [i for i, l in enumerate(lines) if l.split()[:1] in ([str(child.pid)], [str(other.pid)])]
            self.assertEqual(len(at), 2, lines)
            self.assertIn("read a", lines[min(at)] + lines[max(at)])
            t.keys("k")
            t.wait(rf"^{child.pid} has ended")
            t.keys(ESC)
            t.wait(lambda text: "read a" not in text)
            self.assertGreater(time.monotonic() - ended, 2)
            self.assertEqual(t.end(), 0)

    def test_costs(self):
        with Terminal(["-d", "0.1"], size=(120, 30)) as t:
            t.wait("COMMAND")
            t.keys("\x0f")
            t.wait(r"^own +\d.*% +\d+\.\d\d ms  list \d.* read \d.* derive .* sort .* draw .* write .*B  "
                   r"(proc|clock|bpf)$")
            self.assertEqual(t.end(), 0)

    def test_count(self):
        """-n: so many samples, and the last one is shown."""
        with Terminal(["-n", "3", "-d", "0.1"]) as t:
            self.assertEqual(t.ended(), 0)
            self.assertIn(b"COMMAND", t.raw)
            t.given_back()


if __name__ == "__main__":
    unittest.main()
