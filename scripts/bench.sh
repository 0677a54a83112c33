#!/bin/sh
# The benchmarks that need nothing but the project: a cold question beside the same by hand, and a library as it grows.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh local
.venv/bin/python bench/cold_start.py 5000 --folder .bench/cold
.venv/bin/python bench/growth.py 1000 10000 --folder .bench/growth
