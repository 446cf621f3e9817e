#!/bin/sh
# Corpus and peers when absent, then the measurement; arguments go to run.py (`--runs 5 --cases text`).
set -eu
cd "$(dirname "$0")"

for variant in access.log access-dirty.log access.jsonl access-shuffled.jsonl; do
    [ -s "data/$variant" ] || { python3 corpus.py; break; }
done
if [ ! -x .venv/bin/python ]; then
    python3 -m venv .venv
    .venv/bin/pip install --quiet --requirement peers/requirements.txt
fi
exec python3 run.py "$@"
