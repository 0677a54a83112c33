"""Runs one contestant in its own environment, which need not hold anything of this project.

python bench/peer_programs/run.py NAME index MODEL PASSAGES.json FOLDER
python bench/peer_programs/run.py NAME query MODEL QUESTIONS.json FOLDER    the first question cold, all of them warm
"""

import importlib
import json
import statistics
import sys
import time
from pathlib import Path


def main() -> None:
    name, verb, encoder, file, folder = sys.argv[1:]
    contestant = importlib.import_module(name)
    given = json.loads(Path(file).read_text(encoding="utf-8"))
    if verb == "index":
        contestant.index(encoder, given, folder)
        return
    query = contestant.open_index(encoder, folder)
    found = query(given[0], 8)
    seconds = []
    for question in given[1:]:
        started = time.perf_counter()
        query(question, 8)
        seconds.append(time.perf_counter() - started)
    warm = 1000 * statistics.median(seconds) if seconds else None
    print(json.dumps({"found": found[0], "warm_ms": warm}))


if __name__ == "__main__":
    main()
