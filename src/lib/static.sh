#!/bin/sh
# A static library of one object with hidden names made local.   static.sh LD OBJCOPY AR IN OUT DIR
set -eu
mkdir -p "$6"
"$1" -r --whole-archive "$4" -o "$6/sonde.o"
"$2" --localize-hidden "$6/sonde.o"
rm -f "$5"
"$3" rcs "$5" "$6/sonde.o"
