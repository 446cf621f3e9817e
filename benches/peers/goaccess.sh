#!/bin/sh
# GoAccess over the first lines of the text corpus: GOACCESS_LINES=1000000 peers/goaccess.sh ../data/access.log
#
# It answers a simpler question (hits, visitors and bytes per URL, host, hour and status; no base combinations, no
# monitors), so it is no part of the table of run.py. Needs Debian's packages `goaccess` and `time`.
set -eu
input=${1:?path of the text corpus}
part=$(mktemp)
report=$(mktemp --suffix=.json)
trap 'rm -f "$part" "$report"' EXIT
head -n "${GOACCESS_LINES:-1000000}" "$input" >"$part"
/usr/bin/time -f "%e s, %U s user, %M KB peak" taskset -c 0 goaccess "$part" --no-global-config --no-progress \
    --log-format='%h - - [%d:%t %^] "%m %U %H" %s %b "%R" "%u" %^ %T warn=%^' \
    --date-format=%d/%b/%Y --time-format=%T --output="$report"
python3 -c 'import json, sys
general = json.load(open(sys.argv[1]))["general"]
print({key: general[key] for key in ("total_requests", "valid_requests", "failed_requests", "unique_visitors")})' "$report"
