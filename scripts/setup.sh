#!/bin/sh
# Makes .venv in the project's folder and installs bronvast in it, pinned to what was tested. Quick when nothing changed.
# Usage: scripts/setup.sh [EXTRAS]        EXTRAS: "local" or "local,dev"; default "local"
set -eu
cd "$(dirname "$0")/.."
extras="${1:-local}"
python="${PYTHON:-python3}"

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "bronvast needs Python 3.11 or newer, and '$python' is not; set PYTHON=/path/to/python3.11 and try again" >&2
    exit 2
}
if [ ! -x .venv/bin/python ]; then
    echo "-- making a virtual environment in .venv"
    "$python" -m venv .venv || {
        echo "python3's venv module is missing; on Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 2
    }
fi
stamp=".venv/installed-$(echo "$extras" | tr , -)"
if [ ! -f "$stamp" ] || [ pyproject.toml -nt "$stamp" ] || [ constraints.txt -nt "$stamp" ]; then
    echo "-- installing bronvast[$extras] with the versions of constraints.txt (some 300 MB the first time)"
    # PyTorch by itself and first: its plain build needs no CUDA, which an open requirement might pull in.
    torch="$(grep '^torch==' constraints.txt)"
    echo "   PyTorch"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "$torch"
    echo "   bronvast and what else it needs"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
        --editable ".[$extras]"
    .venv/bin/python -c 'import qa, torch, sentence_transformers' # fails here, and loudly, if the installation did
    touch "$stamp"
else
    echo "-- everything is installed already"
fi
