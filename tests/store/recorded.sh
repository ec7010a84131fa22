#!/bin/sh
# Of every fixture: what is said of its recording is what is said of itself, byte for byte, in all
# tables and moments, at once and moment by moment.
set -u
sonde=$1 fixtures=$2
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
LC_ALL=C.UTF-8 TZ=UTC
export LC_ALL TZ
n=0 bad=0
for dir in "$fixtures"/*/MANIFEST; do
	dir=${dir%/MANIFEST}
	name=${dir##*/}
	# one file; and a new one for every moment
	"$sonde" record "$tmp/$name" --root "$dir" || bad=1
	"$sonde" record "$tmp/$name.many" --root "$dir" --segment 1,0 || bad=1
	"$sonde" once --root "$dir" -T all -F json -n 0 >"$tmp/a" 2>/dev/null
	for rec in "$name" "$name.many"; do
		if ! "$sonde" once --in "$tmp/$rec" -T all -F json -n 0 | cmp - "$tmp/a"; then
			echo "$rec: not what was recorded"
			bad=1
		fi
	done
	files=$(ls "$tmp/$name.many" | grep -c sonde)
	moments=$(wc -l <"$tmp/a")
	if [ "$files" -ne "$moments" ]; then
		echo "$name: $moments moments in $files files"
		bad=1
	fi
	rm -rf "${tmp:?}/$name" "${tmp:?}/$name.many"
	n=$((n + 1))
done
echo "$n fixtures"
[ $n -ge 15 ] && [ $bad -eq 0 ]
