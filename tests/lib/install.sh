#!/bin/sh
# As somebody has it who installed it: pkg-config, shared and static, the example and that of the
# manual, as C and, where there is a compiler, C++.
#   install.sh MESON BUILD SOURCE CC CXX FIXTURES
set -u
meson=$1 build=$2 source=$3 cc=$4 cxx=$5 fixtures=$6
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
bad=0
fail() { echo "$*"; bad=1; }

DESTDIR=$tmp/root "$meson" install -C "$build" --no-rebuild --quiet >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
pc=$(find "$tmp/root" -name libsonde.pc)
[ -f "$pc" ] || { echo "no libsonde.pc"; exit 1; }
libdir=$(dirname "$(dirname "$pc")")
[ "$(readlink "$libdir/libsonde.so.0")" ] || fail "no libsonde.so.0"
[ -f "$(find "$tmp/root" -name libsonde.3)" ] || fail "no libsonde.3"
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$tmp/root"
# Twice: a static library needs what the shared one brings.
cflags=$(pkg-config --cflags libsonde) shared=$(pkg-config --libs libsonde)
static=$(pkg-config --static --libs libsonde | sed "s|-lsonde|$libdir/libsonde.a|")

"$cc" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror $cflags "$source/tests/lib/snapshot.c" -o "$tmp/shared" $shared ||
	fail "the example does not build"
"$cc" -std=c11 -D_GNU_SOURCE $cflags "$source/tests/lib/snapshot.c" -o "$tmp/static" $static ||
	fail "the example does not build with the static library"
{
	printf '#include <err.h>\n#include <stdio.h>\n#include <unistd.h>\n#include <sonde/sonde.h>\nint\nmain(void)\n{\n'
	sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$source/man/libsonde.3" | sed '1,/^\.Bd/d; /^\.Ed/d; s/\\e/\\/g'
	printf '\treturn 0;\n}\n'
} >"$tmp/manual.c"
grep -q sonde_want "$tmp/manual.c" || fail "no example in the manual"
"$cc" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror $cflags "$tmp/manual.c" -o "$tmp/manual" $shared ||
	fail "the manual's example does not build"
# Nobody's names but its own: a program may have others of the same name.
printf '%s\n' 'int frame_ref, json_frame, xmalloc, buf_puts;' 'const char *sonde_version(void);' \
	'int main(void) { return frame_ref + json_frame + xmalloc + buf_puts + !*sonde_version(); }' >"$tmp/names.c"
"$cc" "$tmp/names.c" -o "$tmp/names" $static && "$tmp/names" || fail "names of the static library get out"

export LD_LIBRARY_PATH="$libdir"
for how in shared static; do
	"$tmp/$how" --root "$fixtures/idle" 'pid<=2' >"$tmp/$how.out" 2>&1 || fail "$how: status $?"
done
head -n 1 "$tmp/shared.out" | grep -q '^web-03 at [0-9]*$' || fail "no first line"
grep -q '^memory total_bytes=[0-9]* used_bytes=[0-9]* used_ratio=0\.[0-9]*$' "$tmp/shared.out" || fail "no memory"
[ "$(grep -c '^proc ' "$tmp/shared.out")" -eq 2 ] || fail "not two processes"
grep -q '^proc pid=1 name=systemd user=root cpu_ratio=0\.[0-9]* resident_bytes=[1-9][0-9]*$' "$tmp/shared.out" ||
	fail "no systemd"
cmp "$tmp/shared.out" "$tmp/static.out" || fail "shared and static differ"
[ $bad -eq 0 ] || cat "$tmp/shared.out"
"$tmp/shared" --root "$fixtures/idle" 'nonsense>1' >"$tmp/out" 2>&1 && fail "a filter that is none"
grep -q '^snapshot: SONDE_E_FILTER: .*"nonsense"' "$tmp/out" || fail "$(cat "$tmp/out")"
if command -v "$cxx" >/dev/null; then
	"$cxx" -std=c++11 -x c++ -Wall -Wextra -pedantic -D_GNU_SOURCE $cflags "$source/tests/lib/snapshot.c" -x none \
		-o "$tmp/cxx" $shared && "$tmp/cxx" --root "$fixtures/idle" 'pid<=2' | cmp - "$tmp/shared.out" ||
		fail "the example as C++"
fi
exit $bad
