"""vt.py: enough of xterm to know what is on the screen and what the bytes were for.

    screen = Screen(160, 50)
    screen.feed(b"...")            any split of the stream will do
    screen.rows()                  the text, one string a row
    screen.spent                   Counter of bytes by purpose (see PURPOSES)
    diff_cost(old, screen.copy())  what a plain cell diff would have sent

A cell is (text, attr) with attr = (foreground, background, flags), colours as SGR parameters
("31", "38;5;208") or "". Not modelled: tab stops, origin mode, the alternate screen's memory.
"""
import codecs
import collections
import re
import unicodedata

# text    glyphs that changed a cell; resent: glyphs that were there already, same attributes
# sgr     colours and attributes      move   the cursor, controls included
# erase   erase, insert, delete, repeat, scroll     other  modes, charsets, titles, queries
PURPOSES = ("text", "resent", "sgr", "move", "erase", "other")

TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)"
    r"|\x1b\[(?P<private>[<=>?]?)(?P<par>[0-9;:]*)(?P<inter>[ -/]*)(?P<final>[@-~])"
    r"|(?P<string>\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\))"
    r"|\x1b(?P<inter2>[ -/]*)(?P<escape>[0-OQ-WYZ\\`-~])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])", re.S)

# A sequence with a control character in it, which ends it.
BROKEN = re.compile(r"\x1b(\[[0-?]*[ -/]*)?(?=[\x00-\x1f])")

PLAIN = ("", "", frozenset())
MOVES = frozenset("ABCDEFGHade`f")
ERASES = frozenset("JKLMPSTX@b")


class Screen:
    def __init__(self, width, height):
        self.width, self.height = width, height
        self.spent = collections.Counter()
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.pending = ""
        self.reset()

    def reset(self):
        self.x = self.y = 0
        self.attr, self.saved, self.wrap, self.last = PLAIN, (0, 0, PLAIN), False, " "
        self.top, self.bottom = 0, self.height - 1
        self.cells = [self.blank() for _ in range(self.height)]

    def blank(self, n=None):
        """Erased cells keep the background colour (bce)."""
        return [(" ", ("", self.attr[1], PLAIN[2]))] * (self.width if n is None else n)

    def rows(self):
        return ["".join(c for c, _ in row) for row in self.cells]

    def copy(self):
        return [row[:] for row in self.cells]

    def feed(self, data):
        s, i = self.pending + self.decoder.decode(data), 0
        self.pending = ""
        while i < len(s):
            m = TOKEN.match(s, i)
            broken = not m and BROKEN.match(s, i)
            if broken:                      # a writer was stopped within; another one goes on
                i = broken.end()
                continue
            if not m:                       # an escape sequence cut short, or nonsense
                if len(s) - i < 4096:
                    self.pending = s[i:]
                    return
                i += 1
                continue
            i = m.end()
            size = i - m.start()
            if m["text"]:
                self.text(m["text"])
            elif m["final"]:
                self.spent[self.csi(m["private"], m["par"], m["inter"], m["final"])] += size
            elif m["control"]:
                self.spent["move"] += size
                self.control(m["control"])
            else:
                self.spent["other"] += size
                if m["escape"] and not m["inter2"]:
                    self.escape(m["escape"])

    def text(self, s):
        for c in s:
            changed = self.put(c)
            self.spent["text" if changed else "resent"] += 1 if c < "\x80" else len(c.encode())

    def put(self, c):
        """Writes a glyph; says whether that changed the cell."""
        if c >= "\u0300":
            if unicodedata.combining(c):
                return True
            wide = unicodedata.east_asian_width(c) in "WF" and self.x < self.width - 1
        else:
            wide = False
        if self.wrap:
            self.x = 0
            self.line_feed()
        row, cell = self.cells[self.y], (c, self.attr)
        changed = row[self.x] != cell
        row[self.x] = cell
        if wide:
            self.x += 1
            row[self.x] = ("", self.attr)
        self.last = c
        if self.x == self.width - 1:
            self.wrap = True
        else:
            self.x += 1
        return changed

    def control(self, c):
        if c in "\n\v\f":
            self.line_feed()
        elif c == "\r":
            self.x, self.wrap = 0, False
        elif c == "\b":
            self.x, self.wrap = max(0, self.x - 1), False
        elif c == "\t":
            self.x = min(self.width - 1, (self.x // 8 + 1) * 8)

    def escape(self, c):
        if c == "7":
            self.saved = (self.x, self.y, self.attr)
        elif c == "8":
            self.x, self.y, self.attr = self.saved
        elif c == "M":
            if self.y == self.top:
                self.scroll(-1)
            else:
                self.y = max(0, self.y - 1)
        elif c in "DE":
            self.x = 0 if c == "E" else self.x
            self.line_feed()
        elif c == "c":
            self.reset()

    def line_feed(self):
        self.wrap = False
        if self.y == self.bottom:
            self.scroll(1)
        elif self.y < self.height - 1:
            self.y += 1

    def scroll(self, n, top=None):
        """Moves the scrolling region, or its part from `top` on, up by n (down if negative)."""
        top = self.top if top is None else top
        for _ in range(min(abs(n), self.bottom - top + 1)):
            del self.cells[top if n > 0 else self.bottom]
            self.cells.insert(self.bottom if n > 0 else top, self.blank())

    def csi(self, private, par, inter, final):
        """Obeys a control sequence; returns its purpose."""
        if final == "m" and not private:
            self.sgr(par)
            return "sgr"
        if inter or (private and final not in "hlJK"):
            return "other"
        a = [int(p.split(":")[0] or 0) for p in par.split(";")]
        n, second = a[0] or 1, (a[1] if len(a) > 1 else 0)
        if final in MOVES:
            self.move(final, n, second or 1)
            return "move"
        if final in ERASES:
            if final in "JK":
                self.erase(final, a[0])
            else:
                self.edit(final, n)
            return "erase"
        if final == "r":
            self.top, self.bottom = n - 1, min(second or self.height, self.height) - 1
            self.x = self.y = 0
        elif final in "hl" and private and a[0] in (47, 1047, 1049):
            self.cells = [self.blank() for _ in range(self.height)]
        elif final == "s":
            self.saved = (self.x, self.y, self.attr)
        elif final == "u":
            self.x, self.y, self.attr = self.saved
        return "other"

    def move(self, final, n, second):
        x, y = self.x, self.y
        if final in "Hf":
            y, x = n - 1, second - 1
        elif final in "AF":
            y -= n
        elif final in "BEe":
            y += n
        elif final in "Ca":
            x += n
        elif final == "D":
            x -= n
        elif final in "G`":
            x = n - 1
        elif final == "d":
            y = n - 1
        if final in "EF":
            x = 0
        self.x = min(max(x, 0), self.width - 1)
        self.y = min(max(y, 0), self.height - 1)
        self.wrap = False

    def erase(self, final, mode):
        """ED and EL: 0 from the cursor on, 1 up to the cursor, else all."""
        row = self.cells[self.y]
        if mode == 0:
            row[self.x:] = self.blank(self.width - self.x)
        elif mode == 1:
            row[:self.x + 1] = self.blank(self.x + 1)
        else:
            self.cells[self.y] = self.blank()
        if final == "J":
            others = (range(self.y + 1, self.height) if mode == 0 else
                      range(self.y) if mode == 1 else range(self.height))
            for y in others:
                self.cells[y] = self.blank()

    def edit(self, final, n):
        row, x = self.cells[self.y], self.x
        if final in "LM":
            self.scroll(n if final == "M" else -n, self.y)
        elif final in "ST":
            self.scroll(n if final == "S" else -n)
        elif final == "P":
            del row[x:x + n]
            row.extend(self.blank(self.width - len(row)))
        elif final == "@":
            row[x:x] = self.blank(n)
            del row[self.width:]
        elif final == "X":
            n = min(n, self.width - x)
            row[x:x + n] = self.blank(n)
        elif final == "b":
            for _ in range(min(n, self.width)):
                self.put(self.last)

    def sgr(self, par):
        fg, bg, flags = self.attr
        codes = [int(p or 0) for p in par.replace(":", ";").split(";")]
        while codes:
            c = codes.pop(0)
            if c == 0:
                fg, bg, flags = PLAIN
            elif c in (38, 48):
                n = {5: 2, 2: 4}.get(codes[0] if codes else 0, 1)
                colour = ";".join(map(str, [c] + codes[:n]))
                del codes[:n]
                fg, bg = (colour, bg) if c == 38 else (fg, colour)
            elif 30 <= c <= 37 or 90 <= c <= 97:
                fg = str(c)
            elif 40 <= c <= 47 or 100 <= c <= 107:
                bg = str(c)
            elif c == 39:
                fg = ""
            elif c == 49:
                bg = ""
            elif c < 10:
                flags |= {c}
            elif 22 <= c <= 29:
                flags -= {1, 2} if c == 22 else {c - 20}
        self.attr = (fg, bg, flags)


def sgr_cost(attr):
    """Bytes of the SGR that sets attr from nothing: \\e[0;1;31;44m."""
    parts = [p for p in attr[:2] if p] + [str(f) for f in attr[2]]
    return 3 + sum(1 + len(p) for p in parts)


def diff_cost(old, new):
    """Bytes a plain encoder sends for the change: the shortest of a few cursor moves, one SGR
    per change of attributes, the changed glyphs; no erasing, repeating or scrolling."""
    total, attr, at = 0, PLAIN, None
    for y, (before, after) in enumerate(zip(old, new)):
        if before == after:
            continue
        for x, cell in enumerate(after):
            if before[x] == cell:
                continue
            if at != (y, x):
                jump = 4 + len(str(y + 1)) + len(str(x + 1))
                if at and at[0] == y:
                    gap = x - at[1]
                    jump = min(jump, 3 + (len(str(gap)) if gap > 1 else 0))
                    if all(c[1] == attr for c in after[at[1]:x]):
                        jump = min(jump, gap)   # send the few unchanged glyphs again
                total += jump
            if cell[1] != attr:
                attr = cell[1]
                total += sgr_cost(attr)
            total += len(cell[0].encode())
            at = (y, x + 1)
    return total


def cells_changed(old, new):
    return sum(a != b for r0, r1 in zip(old, new) for a, b in zip(r0, r1))
