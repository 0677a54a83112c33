"""Pieces of a Unigram vocabulary, beside the library that is the standard for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from embeddings.encoder_e5 import prepare
from embeddings.packed_embeddings import PackedEmbeddings
from embeddings.packed_weights import packed_file
from embeddings.unigram import Unigram
from embeddings.weights import unpacked_folder

TEXTS = [
    "Hoeveel Amerikaanse militairen gaan naar Roemenië? | Duizend Amerikanen gaan. |  | ",
    "passage: L’arche d’alliance coûte 1.900 €, “zegt” hij…  twee spaties",
    "Größe: ½ l — Straße №5, ﬁets, Ⅻ, e\u0301\u0301, 東京 и Київ 👩‍🚀\t\nregel",
    " begint met een spatie",
    "",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "\u0378\u0379 onbekend \u0378\u0379\u0380",
]


@pytest.fixture(scope="module")
def packed() -> Path:
    found = packed_file()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def ours(packed: Path) -> Unigram:
    return Unigram(PackedEmbeddings.read(packed).vocabulary)


@pytest.fixture(scope="module")
def theirs(packed: Path) -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(unpacked_folder(packed) / "tokenizer.json"))


@given(text=st.text(max_size=60) | st.text(alphabet="abcdeé ▁-.,’1 ", max_size=40))
@example(text=TEXTS[0])
@example(text=TEXTS[1])
@example(text=TEXTS[2])
@example(text=TEXTS[3])
@example(text=TEXTS[4])
@example(text=TEXTS[5])
@example(text=TEXTS[6])
def test_the_pieces_are_those_of_the_library(text: str, ours: Unigram, theirs: Any) -> None:
    prepared = prepare(text)
    assert ours.ids(prepared, 512) == theirs.encode(prepared).ids


def test_a_long_text_is_cut_and_keeps_its_end_marker(ours: Unigram) -> None:
    whole = ours.ids("woord " * 100, 512)
    cut = ours.ids("woord " * 100, 20)
    assert len(cut) == 20 and cut[:-1] == whole[:19] and cut[-1] == whole[-1]
