"""What keeps whoever asks waiting: a FUSE file system whose daemon is silent, and a process whose
address space is locked. Needs root and /dev/fuse; no libfuse. It all ends with close(), or with the
test: when /dev/fuse is closed the kernel lets everybody go."""
import ctypes
import os
import signal
import struct
import threading

MNT_FORCE, MNT_DETACH, MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 1, 2, 2, 4, 0x4000, 1 << 18
CLONE_NEWNS = 0x20000
GETATTR, OPEN, READ, STATFS, RELEASE, INIT = 3, 14, 15, 17, 18, 26
DIRECTORY, FILE = 0o40755, 0o100644
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                      ctypes.c_long]


def check(result):
    if result < 0:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))


def why_not():
    """Makes the mounts of this process and its children their own; or says why that cannot be."""
    if os.geteuid() != 0:
        return "mounting needs root"
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
        check(libc.unshare(CLONE_NEWNS))
        check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    except OSError as e:
        return f"no FUSE mounts here: {e}"
    return None


class Fuse:
    """Mounted on a directory, or as a file on a file. talks False: nobody ever reads a question.
    True: the daemon takes every question, answers those of `answers` and leaves the rest open; who
    asked one of these cannot even be killed."""

    def __init__(self, path, kind=DIRECTORY, talks=True, answers=()):
        self.path, self.kind, self.answers, self.reads = path, kind, set(answers), 0
        self.lock, self.open_questions = threading.Lock(), []
        self.fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self.fd},rootmode={kind:o},user_id=0,group_id=0"
        check(libc.mount(b"silent", path.encode(), b"fuse.silent", MS_NOSUID | MS_NODEV,
                         options.encode()))
        if talks:
            threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        libc.umount2(self.path.encode(), MNT_FORCE)     # ends what waits
        libc.umount2(self.path.encode(), MNT_DETACH)
        os.close(self.fd)

    def answer(self, unique, body=b"", error=0):
        os.write(self.fd, struct.pack("<IiQ", 16 + len(body), -error, unique) + body)

    def start_to_answer(self, operation):
        """This one from now on, and what was left open of it."""
        with self.lock:
            self.answers.add(operation)
            for op, unique in self.open_questions:
                if op == operation:
                    self.reply(op, unique)
            self.open_questions = [q for q in self.open_questions if q[0] != operation]

    def reply(self, op, unique):
        if op == GETATTR:
            self.answer(unique, struct.pack("<QII 6Q 3I 7I", 3600, 0, 0, 1, 4096, 8, 0, 0, 0, 0, 0, 0,
                                            self.kind, 1, 0, 0, 0, 4096, 0))
        elif op == OPEN:
            self.answer(unique, struct.pack("<QII", 1, 0, 0))
        elif op == STATFS:      # blocks, free, available, files, free; size of a block and a name
            self.answer(unique, struct.pack("<5Q 4I 6I", 1000, 400, 300, 50, 20, 4096, 255, 4096, 0,
                                            *[0] * 6))
        else:
            self.answer(unique)

    def serve(self):
        try:
            while True:
                question = os.read(self.fd, 1 << 18)
                _, op, unique = struct.unpack_from("<IIQ", question)
                with self.lock:
                    if op == INIT:
                        self.answer(unique, struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 0, 0, 4096, 1,
                                                        0, 0, 0))
                    elif op == READ:
                        # The first one fails, and the kernel tries again, this time with the lock
                        # of the address space held.
                        self.reads += 1
                        if self.reads == 1:
                            self.answer(unique, b"", 5)
                    elif op in self.answers:
                        self.reply(op, unique)
                    else:
                        self.open_questions.append((op, unique))
        except OSError:
            pass                # unmounted


class Locked:
    """A process that holds the lock of its address space: one thread waits for a page of a file
    that never comes, another waits to map memory, and whoever reads cmdline waits behind it."""

    def __init__(self, path):
        open(path, "w").close()
        self.fuse = Fuse(path, FILE, answers=(GETATTR, OPEN, RELEASE, STATFS))
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self.fuse.fd)
                fd = os.open(path, os.O_RDONLY)
                os.fstat(fd)    # so that the kernel knows of a size
                page = libc.mmap(None, 4096, 1, 2, fd, 0)
                touch = threading.Thread(target=libc.memcmp, daemon=True, args=(
                    ctypes.c_void_p(page), ctypes.c_void_p(page + 1), ctypes.c_size_t(64)))
                touch.start()
                signal.sigtimedwait([], 0.5)
                libc.mmap(None, 8192, 3, 0x22, -1, 0)
            finally:
                os._exit(1)     # only when it was not locked

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.kill(self.pid, signal.SIGKILL)
        finally:
            self.fuse.close()
        os.waitpid(self.pid, 0)
