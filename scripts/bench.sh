#!/bin/sh
# The benchmarks. Without an argument those that need nothing but the project, some ten minutes: where the time goes, a
# cold question, bulk indexing beside the same by hand, both stores, a library as it grows.
# With --peers also five other programs, each in an environment of its own (7 GB, from the package index), and with
# --large a hundred thousand and a million passages (an hour, 10 GB).
set -eu
cd "$(dirname "$0")/.."
peers=""
large=""
for argument in "$@"; do
    case "$argument" in
        --peers) peers=yes ;;
        --large) large=yes ;;
        *) echo "usage: scripts/bench.sh [--peers] [--large]" >&2; exit 2 ;;
    esac
done
sh scripts/setup.sh local,bench,milvus-lite
export PYTHONPATH=.
.venv/bin/python bench/parts.py
.venv/bin/python bench/cold_start.py 5000 --folder .bench/cold
if [ "$peers" ]; then
    .venv/bin/python bench/peers.py --make --folder .bench/peers --environments .bench/environments \
        --plot docs/images/peers.svg
else
    .venv/bin/python bench/peers.py --folder .bench/peers --articles 30 --only bronvast "sentence-transformers + FAISS"
fi
.venv/bin/python bench/stores.py 2000 --folder .bench/stores
.venv/bin/python bench/growth.py 1000 10000 --folder .bench/growth
if [ "$large" ]; then
    .venv/bin/python bench/cold_start.py 100000 --hand 150 --folder .bench/cold
    .venv/bin/python bench/growth.py 100000 1000000 --folder .bench/growth
fi
