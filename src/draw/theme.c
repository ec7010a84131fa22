/* theme: one table. RGB is the truth where a terminal has 256 colours or more (the nearest of the
 * colour cube and the greys, which terminals agree on); the sixteen and the eight are chosen by
 * hand, because what they look like is the user's choice and nearness means nothing.
 *
 * Styles have the same middle lightness, so that they can be read on a dark and on a light
 * terminal: its own background stays. A ground with a background of its own is dark and
 * therefore brings its own foreground and lightens the styles upon it. With 16 colours and fewer
 * it has one foreground for all of them; weight still tells some apart.
 */
#include "draw/theme.h"

#include "base/mem.h"

#define BOLD      THEME_BOLD
#define DIM       THEME_DIM
#define REVERSE   THEME_REVERSE
#define UNDERLINE THEME_UNDERLINE

struct entry {
	int rgb;             /* -1: the terminal's own */
	uint8_t attr;        /* with colours */
	int8_t fg16, fg8;    /* -1: the terminal's own */
	uint8_t attr8, mono; /* attributes with 8 colours, and with none */
};

struct ground_entry {
	int fg, bg; /* RGB; fg of plain text */
	int8_t fg16, bg16;
	uint8_t attr16; /* with 16 and 8 colours */
	uint8_t mono;
	uint8_t lift; /* percent by which styles are lightened upon it */
	bool one;     /* with 16 and fewer colours one look for all styles */
};

struct theme {
	struct entry style[STYLE_COUNT];
	struct ground_entry ground[GROUND_COUNT];
};

/* clang-format off */
const struct theme theme_default = {
	.style = { /* rgb, attributes, of 16, of 8, attributes with 8, with none */
		[STYLE_TEXT]        = {-1,       0,    -1, -1, 0,    0},
		[STYLE_DIM]         = {0x7c7c7c, 0,    8,  -1, DIM,  DIM},
		[STYLE_STRONG]      = {-1,       BOLD, -1, -1, BOLD, BOLD},
		[STYLE_ACCENT]      = {0x0b8fa8, BOLD, 6,  6,  BOLD, BOLD},
		[STYLE_GOOD]        = {0x2f8f3f, 0,    2,  2,  0,    0},
		[STYLE_WARN]        = {0xb57900, 0,    3,  3,  BOLD, BOLD},
		[STYLE_BAD]         = {0xdd4338, BOLD, 1,  1,  BOLD, BOLD | UNDERLINE},
		[STYLE_USER]        = {0x3c9150, 0,    2,  2,  0,    0},
		[STYLE_NICE]        = {0x3f82cf, 0,    12, 6,  0,    0},
		[STYLE_SYSTEM]      = {0xcf5646, 0,    1,  1,  0,    0},
		[STYLE_IOWAIT]      = {0xa8801a, 0,    3,  3,  0,    0},
		[STYLE_IRQ]         = {0xb05cb8, 0,    5,  5,  0,    0},
		[STYLE_STEAL]       = {0x358c8c, 0,    6,  5,  BOLD, 0},
		[STYLE_MEM_USED]    = {0x3c9150, 0,    2,  2,  0,    0},
		[STYLE_MEM_SHARED]  = {0xb05cb8, 0,    5,  5,  0,    0},
		[STYLE_MEM_BUFFERS] = {0x3f82cf, 0,    12, 6,  0,    0},
		[STYLE_MEM_CACHE]   = {0xa8801a, 0,    3,  3,  0,    0},
		[STYLE_READ]        = {0x3f82cf, 0,    12, 6,  0,    0},
		[STYLE_WRITE]       = {0xc66a2a, 0,    3,  3,  0,    0},
		[STYLE_RX]          = {0x2f8f78, 0,    2,  2,  0,    0},
		[STYLE_TX]          = {0x9a68c8, 0,    5,  5,  0,    0},
	},
	.ground = { /* rgb of text and ground, the same of 16, attributes, with none, lift, one */
		[GROUND_NONE]   = {-1,       -1,       -1, -1, 0,       0,                0,  false},
		[GROUND_SELECT] = {0xffffff, 0x22446a, -1, -1, REVERSE, REVERSE,          70, true},
		[GROUND_HEAD]   = {0xe4e4e4, 0x3a3a3a, -1, -1, REVERSE, REVERSE,          70, true},
		[GROUND_PAST]   = {0xfff0d0, 0x5c4200, 0,  3,  0,       REVERSE,          76, true},
		[GROUND_DIALOG] = {0xeeeeee, 0x303030, 7,  4,  0,       0,                55, true},
		[GROUND_INPUT]  = {0xffffff, 0x1c4646, 0,  6,  0,       UNDERLINE,        60, true},
		[GROUND_NEW]    = {0xe8f5e8, 0x1d401d, 2,  -1, BOLD,    BOLD,             67, true},
		[GROUND_GONE]   = {0xe0d8d4, 0x3a2424, 5,  -1, 0,       UNDERLINE,        67, true},
		[GROUND_TAG]    = {0xfff6c8, 0x484000, 3,  -1, BOLD,    BOLD | UNDERLINE, 76, true},
	},
};
/* clang-format on */

static int
mix(int a, int b, int percent_b)
{
	int rgb = 0;
	for (int shift = 0; shift < 24; shift += 8) {
		int x = a >> shift & 255, y = b >> shift & 255;
		rgb |= (x + (y - x) * percent_b / 100) << shift;
	}
	return rgb;
}

static int
distance(int a, int b)
{
	int r = (a >> 16 & 255) - (b >> 16 & 255), g = (a >> 8 & 255) - (b >> 8 & 255),
	    l = (a & 255) - (b & 255);
	return 2 * r * r + 4 * g * g + 3 * l * l; /* the eye's weights, roughly */
}

static int
nearest_256(int rgb)
{
	static const int step[] = {0, 95, 135, 175, 215, 255};
	int best = -1, best_d = 0;

	if (rgb < 0)
		return COLOUR_DEFAULT;
	for (int i = 16; i < 256; i++) {
		int c = i - 16, grey = 8 + (i - 232) * 10;
		int cand = i >= 232 ? grey << 16 | grey << 8 | grey
				    : step[c / 36] << 16 | step[c / 6 % 6] << 8 | step[c % 6];
		int d = distance(cand, rgb);
		if (best < 0 || d < best_d) {
			best = i;
			best_d = d;
		}
	}
	return best;
}

/* What marks a style on a ground that allows only one colour. */
static uint8_t
weight(enum style style)
{
	return style == STYLE_BAD ? BOLD | UNDERLINE
	       : style == STYLE_STRONG || style == STYLE_ACCENT || style == STYLE_WARN ? BOLD
										       : 0;
}

struct look
theme_look(const struct theme *t, int colours, enum style style, enum ground ground, bool bold)
{
	const struct entry *s = &t->style[style];
	const struct ground_entry *g = &t->ground[ground];
	struct look l = {COLOUR_DEFAULT, COLOUR_DEFAULT, bold ? BOLD : 0};

	if (colours >= 256) {
		int fg = g->bg < 0            ? s->rgb
			 : s->rgb < 0         ? g->fg
			 : style == STYLE_DIM ? mix(g->fg, g->bg, 22)
					      : mix(s->rgb, 0xffffff, g->lift);
		l.fg = colours > 256 ? fg : nearest_256(fg);
		l.bg = colours > 256 ? g->bg : nearest_256(g->bg);
		l.attr |= s->attr;
	} else if (g->one && colours >= 8) {
		l.fg = g->fg16;
		l.bg = g->bg16;
		l.attr |= g->attr16 | weight(style);
	} else if (colours >= 8) {
		l.fg = colours >= 16 ? s->fg16 : s->fg8;
		l.attr |= colours >= 16 ? s->attr : s->attr8;
	} else {
		l.attr |= g->one && g->mono ? g->mono | weight(style) : s->mono;
	}
	if (l.attr & BOLD)
		l.attr &= (uint8_t)~DIM;
	return l;
}

int
theme_rgb(const struct theme *t, enum style style)
{
	return t->style[style].rgb;
}

int
theme_ground_rgb(const struct theme *t, enum ground ground)
{
	return t->ground[ground].bg;
}
