#!/bin/sh
# The header by itself, as C and as C++, with every warning.   header.sh INCLUDE CC CXX
set -u
include=$1 cc=$2 cxx=$3
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/x.c" <<'END'
#include <sonde/sonde.h>
#include <sonde/sonde.h>
int use(const struct sonde_column *c, struct sonde **s);
int
use(const struct sonde_column *c, struct sonde **s)
{
	struct sonde_options o = {sizeof o, NULL, NULL, NULL, NULL, NULL, SONDE_SAMPLER_AUTO, SONDE_THREADS};

	return sonde_valid(c, 0) && sonde_u64(c, 0) && sonde_i64(c, 0) && sonde_f64(c, 0) > 0 &&
	       sonde_string(c, 0) && sonde_open(&o, s, NULL) == SONDE_OK;
}
END
cp "$tmp/x.c" "$tmp/x.cc"
bad=0
for std in c99 c11 gnu17; do
	$cc -std=$std -Wall -Wextra -pedantic -Wshadow -Wconversion -Wcast-qual -Wstrict-prototypes -Werror \
		-I "$include" -c "$tmp/x.c" -o "$tmp/x.o" || { echo "not clean as $std"; bad=1; }
done
command -v "$cxx" >/dev/null || { echo "no $cxx: C++ was not tried"; [ $bad -eq 0 ] && exit 77; exit 1; }
for std in c++11 c++20; do
	$cxx -std=$std -Wall -Wextra -pedantic -Wshadow -Wconversion -Wcast-qual -Werror \
		-I "$include" -c "$tmp/x.cc" -o "$tmp/x.o" 2>"$tmp/err" ||
		{ echo "not clean as $std"; cat "$tmp/err"; bad=1; }
done
exit $bad
