#!/bin/sh
# Runs the commands of a .test file and compares what they say with what stands there.
#
#   run.sh [--update] SONDE FIXTURES FILE.test
#
# In a .test file
#   $ COMMAND    is given to sh, in the directory of the fixtures ($FIXTURES), with sonde in the PATH
#                and an empty directory of the file's own in $WORK;
#                     a configuration would be in $WORK/config
#     TEXT       (two blanks) is a line of its standard output
#   ! TEXT       is a line of its standard error
#   ? N          is its exit status, when that is not 0
# and anything else is a comment. --update writes what was said into the file: read the diff.
set -u
update=
if [ "$1" = --update ]; then
	update=yes
	shift
fi
sonde=$1 fixtures=$2 file=$3
case $file in /*) ;; *) file=$PWD/$file ;; esac
case $sonde in /*) ;; *) sonde=$PWD/$sonde ;; esac

tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
WORK=$tmp/own
mkdir "$WORK" "$tmp/bin" && ln -s "$sonde" "$tmp/bin/sonde" || exit 99
XDG_CONFIG_HOME=$WORK/config
PATH=$tmp/bin:$PATH LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
export PATH LC_ALL TZ TERM XDG_CONFIG_HOME
unset COLUMNS LINES NO_COLOR COLORTERM
TEXT=$(dirname "$file")
export TEXT
cd "$fixtures" || exit 99
FIXTURES=$PWD
export FIXTURES WORK

while IFS= read -r line; do
	case $line in
	'$ '*)
		printf '%s\n' "$line"
		sh -c "${line#??}" >"$tmp/out" 2>"$tmp/err" </dev/null
		status=$?
		sed 's/^/  /' "$tmp/out"
		sed 's/^/! /' "$tmp/err"
		[ $status -eq 0 ] || printf '? %d\n' $status
		;;
	'  '* | '! '* | '? '*) ;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$file" >"$tmp/said"

if [ -n "$update" ]; then
	cat "$tmp/said" >"$file"
else
	diff -u "$file" "$tmp/said"
fi
