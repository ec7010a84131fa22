"""However it ends, the terminal is as it was; and when the terminal ends, so does it."""
import os
import signal
import time
import unittest

from terminal import SONDE, Terminal


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", "rb") as f:
        fields = f.read().rsplit(b")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def gone(pid, limit):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            with open(f"/proc/{pid}/stat", "rb") as f:
                if f.read().rsplit(b")", 1)[1].split()[0] == b"Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


class End(unittest.TestCase):
    def test_signals(self):
        """Ended by a wish: status 0; by a fault: by that signal, for the core dump."""
        for sig, status in ((signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 0),
                            (signal.SIGSEGV, -signal.SIGSEGV), (signal.SIGABRT, -signal.SIGABRT)):
            with self.subTest(sig), Terminal(["-d", "0.1"]) as t:
                t.wait("PID")
                os.kill(t.pid, sig)
                if "ASAN_OPTIONS" in os.environ and status:
                    self.assertNotEqual(t.ended(), 0)
                    continue
                self.assertEqual(t.ended(2), status)
                t.given_back()

    def test_keys_that_end(self):
        for key in ("q", "\x1b[21~", "\x03"):
            with self.subTest(key), Terminal(["-d", "0.1"]) as t:
                t.wait("PID")
                self.assertEqual(t.end(key), 0)
                t.given_back()

    def test_terminal_closes(self):
        """Also where SIGHUP is ignored, as below nohup."""
        for before in (None, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)):
            t = Terminal(["-d", "0.1"], before=before)
            t.wait("PID")
            t.close()
            self.assertIn(t.ended(2), (0, 1))

    def test_terminal_closes_unread(self):
        """With all buffers full and nobody reading."""
        t = Terminal(["-d", "0.1"], (200, 60))
        t.wait("PID")
        for _ in range(60):
            t.keys("\x0c")
            time.sleep(0.005)
        before = cpu_s(t.pid)
        time.sleep(0.5)
        self.assertLess(cpu_s(t.pid) - before, 0.3)  # it waits, it does not spin
        t.close()
        self.assertIn(t.ended(2), (0, 1))

    def test_suspend(self):
        """^Z, the shell's settings in between, and back with fg; below a shell with job control."""
        shell = ["bash", "--norc", "--noprofile", "-i"]
        with Terminal(argv=shell, env={"PS1": "shell> ", "TERM": "xterm-256color"}) as t:
            t.wait(r"shell>$")
            t.keys(f"{SONDE} -d 0.2\r")
            t.wait("PID USER")
            t.keys("\x1a")
            t.wait(lambda _: b"Stopped" in t.raw)
            t.wait(r"shell>$")
            self.assertIn(b"\x1b[?1049l", t.raw)
            t.keys("echo a''b\r")       # the shell's line editor and echo work
            t.wait("^ab")
            mark = len(t.raw)
            t.keys("fg\r")
            t.wait(r"PID USER")
            t.wait(r"live 0\.2s")
            self.assertIn(b"\x1b[?1049h", t.raw[mark:])
            t.keys("q")
            t.wait(lambda _: b"shell> " in t.raw[mark:].partition(b"\x1b[?1049l")[2])
            t.keys("clear; echo status=$?\r")
            t.wait("status=0")
            t.keys("exit\r")
            self.assertEqual(t.ended(), 0)

    def test_stopped_below_a_shell(self):
        """kill -STOP leaves no time to give the terminal back: the shell takes it, fg takes it again."""
        shell = ["bash", "--norc", "--noprofile", "-i"]
        with Terminal(argv=shell, env={"PS1": "shell> "}) as t:
            t.wait("shell>$")
            t.keys(f"{SONDE} -d 0.2\r")
            t.wait("PID USER")
            with open(f"/proc/{t.pid}/task/{t.pid}/children") as f:
                sonde = int(f.read())
            os.kill(sonde, signal.SIGSTOP)
            t.wait(lambda _: b"Stopped" in t.raw)
            t.keys("\x0c")
            mark = len(t.raw)
            t.keys("fg\r")
            t.wait(lambda _: b"\x1b[?1049h" in t.raw[mark:])
            t.wait(r"live 0\.2s")
            t.keys("z")                 # one key without Return, and no echo of it
            t.wait("paused")
            t.keys("q")
            t.wait(lambda _: t.raw.endswith(b"shell> "))
            t.keys("exit\r")
            self.assertEqual(t.ended(), 0)

    def test_stopped_from_outside(self):
        """kill -STOP and -CONT: everything is drawn again, and no burst of samples follows."""
        with Terminal(["-d", "0.2"]) as t:
            t.wait("PID")
            t.settle(0.05, 0.5)
            os.kill(t.pid, signal.SIGSTOP)
            time.sleep(1.5)
            t.settle()
            t.raw = b""
            os.kill(t.pid, signal.SIGCONT)
            t.wait(lambda _: b"PID" in t.raw)
            self.assertEqual(t.end(), 0)
            t.given_back()


if __name__ == "__main__":
    unittest.main()
