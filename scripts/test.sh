#!/bin/sh
# Installs what the tests need, then lint, types and tests. With --long: the long tier instead of the quick one.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh local,dev
bin=.venv/bin
if [ "${1:-}" = "--long" ]; then
    sh scripts/outside_programs.sh
    mkdir -p .bench
    figures="$PWD/.bench/long-run.jsonl"
    rm -f "$figures"
    echo "-- long tests (up to an hour; what they count goes to .bench/long-run.jsonl)"
    BRONVAST_FIGURES="$figures" exec $bin/python -m pytest -m long -n 2 --dist loadfile --hypothesis-profile=searching
fi
echo "-- lint"
$bin/ruff check .
$bin/ruff format --check .
echo "-- types"
$bin/mypy
echo "-- unpacking the encoder once"
$bin/python -c 'from embeddings.packed_weights import packed_file; from embeddings.weights import unpacked_folder; unpacked_folder(packed_file())'
echo "-- tests"
exec $bin/python -m pytest -n 2 --dist loadfile
