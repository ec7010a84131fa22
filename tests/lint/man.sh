#!/bin/sh
# The manual page: clean for mandoc, every option of the program in it and no other, and every
# example runs, those in README.md too; so are the other pages.   man.sh SONDE FIXTURES MAN README [PAGE...]
set -u
sonde=$1 fixtures=$2 man=$3 readme=$4
shift 4
case $sonde in /*) ;; *) sonde=$PWD/$sonde ;; esac
case $man in /*) ;; *) man=$PWD/$man ;; esac
export LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
bad=0

# As the man page says it (".It Fl d , Fl -delay Ar seconds") and as help says it ("-d, --delay").
"$sonde" help | sed -n 's/^  *\(-[-a-zA-Z0-9, ]*\).*/\1/p' | grep -o -e '--*[a-z0-9A-Z][-a-z]*' |
	sort -u >"$tmp/help"
sed -n '/^\.Sh OPTIONS/,/^\.Sh INTERACTIVE/s/^\.It \(Fl .*\)/\1/p' "$man" |
	grep -o -e 'Fl -*[a-z0-9A-Z][-a-z]*' | sed 's/^Fl /-/' | sort -u >"$tmp/man"
diff -u "$tmp/help" "$tmp/man" || { echo "options of sonde help (-) and of the manual (+) differ"; bad=1; }

# Examples, on the fixture; of a pipeline the whole. The live monitor has no terminal here and says so.
grep '^\.Dl sonde' "$man" | sed 's/^\.Dl //' >"$tmp/examples"
[ -s "$tmp/examples" ] || { echo "no examples in the manual"; bad=1; }
sed -n 's|^build/src/sonde|sonde|p' "$readme" >"$tmp/shown"
[ -s "$tmp/shown" ] || { echo "no examples in README.md"; bad=1; }
cat "$tmp/shown" >>"$tmp/examples"
mkdir "$tmp/bin" && ln -s "$sonde" "$tmp/bin/sonde"
PATH=$tmp/bin:$PATH
# Recordings that examples speak of.
cd "$tmp" || exit 99
for name in idle:web1.sonde busy:web2.sonde; do
	sonde record "${name#*:}" --root "$fixtures/${name%:*}" || exit 99
done
sonde export --dir lake web1.sonde >"$tmp/out" || exit 99
while IFS= read -r line; do
	case $line in
	'sonde fields'* | 'sonde diff'* | 'sonde stat'* | 'sonde cut'*) run=$line ;;
	'sonde query'*' --in '*) run=$(echo "$line" | sed "s|/tmp/before|$tmp/before|") ;;
	*/tmp/before*)
		run=$(echo "$line" | sed "s|/tmp/before|$tmp/before|")
		[ "$run" = "${run#sonde record}" ] || run="$run --root '$fixtures/idle'"
		;;
	'sonde export'*) run=$line ;;
	*) run="sonde --root '$fixtures/idle' ${line#sonde}" ;;
	esac
	sh -c "$run" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	case $line in
	'sonde record'*) [ $status -eq 0 ] && [ ! -s "$tmp/err" ] ;;
	'sonde query'*)
		# A build without SQL, or a machine without DuckDB, has nothing to show.
		[ $status -eq 0 ] && [ -s "$tmp/out" ] && [ ! -s "$tmp/err" ] ||
			grep -q -e 'built without' -e 'DuckDB is not here' "$tmp/err" ;;
	'sonde once'* | 'sonde fields'* | 'sonde diff'* | 'sonde stat'* | 'sonde cut'* | 'sonde export'* | 'sonde doctor'* | 'sonde -b'*)
		[ $status -eq 0 ] && [ -s "$tmp/out" ] && [ ! -s "$tmp/err" ] ;;
	*)
		[ $status -eq 2 ] && grep -q 'sonde once' "$tmp/err" ;;
	esac || { echo "example failed ($status): $line"; cat "$tmp/err"; bad=1; }
done <"$tmp/examples"

[ $bad -eq 0 ] || exit 1
command -v mandoc >/dev/null || { echo "mandoc is not installed"; exit 77; }
# Whether other pages are installed is not ours.
mandoc -T lint "$man" "$@" 2>&1 | grep -v -e 'mandoc\.db' -e 'referenced manual not found' >"$tmp/lint"
cat "$tmp/lint"
[ ! -s "$tmp/lint" ]
