"""R9: a library answers only with the encoder and the chunker that it was built with."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embeddings.encoders import EncoderFingerprint
from embeddings.errors import EncoderMismatch
from embeddings.library import Library

ROOT = Path(__file__).parent.parent
BUILT_WITH = EncoderFingerprint("multilingual-e5-small", "1f2e3d", 384, "query: ", "passage: ", True, "mean")
CHUNKER = "sentences-1 700/1400/1"
MISMATCHES: dict[str, tuple[dict[str, Any], str]] = {
    "another model of the same dimension": ({"name": "paraphrase-small", "revision": "99"}, CHUNKER),
    "another dimension": ({"dimension": 768}, CHUNKER),
    "the same name with other weights": ({"revision": "1f2e3e"}, CHUNKER),
    "another prefix of questions": ({"query_prefix": "vraag: "}, CHUNKER),
    "another prefix of passages": ({"passage_prefix": ""}, CHUNKER),
    "vectors that are not normalised, of which the inner product is no cosine": ({"normalised": False}, CHUNKER),
    "another pooling": ({"pooling": "cls"}, CHUNKER),
    "other sentence vectors": ({"sentences": "separate"}, CHUNKER),
    "passages of another length": ({}, "sentences-1 900/1400/1"),
    "another chunker": ({}, "windows-1 700/1400/1"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bound") / "library"
    with Library.open(made, create=True) as library:
        library.bind(BUILT_WITH, CHUNKER)
    return made


@pytest.mark.parametrize("what", MISMATCHES)
def test_r9_whatever_changes_the_vectors_is_refused_at_once(folder: Path, what: str) -> None:
    changes, chunker = MISMATCHES[what]
    given = replace(BUILT_WITH, **changes)
    begin = time.process_time()
    with Library.open(folder) as library, pytest.raises(EncoderMismatch) as caught:
        library.bind(given, chunker)
    assert time.process_time() - begin <= 1.0
    both = (BUILT_WITH.as_text(), given.as_text()) if given != BUILT_WITH else (CHUNKER, chunker)
    assert all(one in caught.value.cause for one in both)
    assert str(folder) in caught.value.cause
    assert f"`--encoder {BUILT_WITH.name}`" in caught.value.remedy
    assert "`bronvast --library NEW_FOLDER add PATH`" in caught.value.remedy


def test_r9_the_same_is_taken(folder: Path) -> None:
    with Library.open(folder) as library:
        library.bind(replace(BUILT_WITH), CHUNKER)
        assert library.encoder_name == BUILT_WITH.name


PROGRAM = """
import json, sys
from dataclasses import replace
from embeddings.encoders import EncoderFingerprint
from embeddings.errors import EncoderMismatch
from embeddings.library import Library

assert False, "this program is to be run without assertions"
built_with = EncoderFingerprint(**json.loads(sys.argv[2]))
refused = 0
for changes, chunker in json.loads(sys.argv[3]):
    with Library.open(sys.argv[1]) as library:
        try:
            library.bind(replace(built_with, **changes), chunker)
        except EncoderMismatch:
            refused += 1
print(refused)
"""


def test_r9_so_without_assertions(folder: Path) -> None:
    arguments = [str(folder), BUILT_WITH.as_text(), json.dumps(list(MISMATCHES.values()))]
    done = subprocess.run(
        [sys.executable, "-O", "-c", PROGRAM, *arguments], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert int(done.stdout) == len(MISMATCHES)
