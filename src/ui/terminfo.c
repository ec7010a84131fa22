#include "ui/terminfo.h"

#include <curses.h>
#include <stdio.h>
#include <string.h>
#include <term.h>

#include "base/mem.h"

bool
terminfo_has(const char *name)
{
	int found;

	if (setupterm(name, 1, &found) == ERR)
		return false;
	del_curterm(cur_term);
	return true;
}

const char *
terminfo_string(const char *name)
{
	char copy[16];
	snprintf(copy, sizeof copy, "%s", name); /* tigetstr() takes no const in old versions */
	const char *s = tigetstr(copy);
	return s == (const char *)-1 ? NULL : s;
}

void
terminfo_append(char *to, size_t size, const char *s)
{
	size_t at = strlen(to), start = at;
	if (!s)
		return;
	while (*s) {
		const char *pad_end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;
		if (pad_end) {
			s = pad_end + 1;
			continue;
		}
		if (at + 1 >= size) {
			at = start;
			break;
		}
		to[at++] = *s++;
	}
	to[at] = '\0';
}

bool
terminfo_xterm_like(const char *name)
{
	static const char *const family[] = {
		"xterm", "tmux",    "screen",  "rxvt",   "alacritty", "kitty",
		"foot",  "wezterm", "ghostty", "st-",    "vte",       "konsole",
		"gnome", "contour", "rio",     "mlterm", "iterm",
	};
	for (size_t i = 0; i < ARRAY_LEN(family); i++)
		if (strncmp(name, family[i], strlen(family[i])) == 0)
			return true;
	return strcmp(name, "st") == 0;
}

void
terminfo_warm(void)
{
	static const char *const with_numbers[] = {
		"csr",  "cub", "cud",   "cuf", "cup", "cuu", "dch",   "dl",    "ech", "hpa",
		"ich",  "il",  "indn",  "rep", "rin", "vpa", "setab", "setaf", "sgr", "initc",
		"setb", "setf", "initp",
	};
	const char *s;

	for (size_t i = 0; i < ARRAY_LEN(with_numbers); i++)
		if ((s = terminfo_string(with_numbers[i])))
			(void)tiparm(s, 1, 1, 1, 1, 1, 1, 1, 1, 1);
}

void
terminfo_keys(struct input *in)
{
	static const struct {
		const char *name;
		uint32_t key;
	} keys[] = {
		{"kcuu1", KEYS_UP},
		{"kcud1", KEYS_DOWN},
		{"kcub1", KEYS_LEFT},
		{"kcuf1", KEYS_RIGHT},
		{"khome", KEYS_HOME},
		{"kend", KEYS_END},
		{"kpp", KEYS_PGUP},
		{"knp", KEYS_PGDN},
		{"kich1", KEYS_INSERT},
		{"kdch1", KEYS_DELETE},
		{"kcbt", KEYS_BACKTAB},
		{"kent", '\r'},
		{"kri", KEYS_UP | KEYS_SHIFT},
		{"kind", KEYS_DOWN | KEYS_SHIFT},
		{"kLFT", KEYS_LEFT | KEYS_SHIFT},
		{"kRIT", KEYS_RIGHT | KEYS_SHIFT},
		{"kHOM", KEYS_HOME | KEYS_SHIFT},
		{"kEND", KEYS_END | KEYS_SHIFT},
		{"kPRV", KEYS_PGUP | KEYS_SHIFT},
		{"kNXT", KEYS_PGDN | KEYS_SHIFT},
		{"kDC", KEYS_DELETE | KEYS_SHIFT},
		{"kIC", KEYS_INSERT | KEYS_SHIFT},
	};
	const char *s;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if ((s = terminfo_string(keys[i].name)))
			input_add_seq(in, s, keys[i].key);
	for (uint32_t i = 0; i < 12; i++) {
		char name[8];
		snprintf(name, sizeof name, "kf%u", (unsigned)i + 1);
		if ((s = terminfo_string(name)))
			input_add_seq(in, s, KEYS_F1 + i);
	}
}
