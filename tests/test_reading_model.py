"""The model that reads question and sentence together: its weights, where they lie, what it tells apart."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from embeddings import reading_model
from embeddings.errors import EncoderUnavailable
from embeddings.packed_weights import identity, packed_file
from embeddings.reading_model import (
    _WEIGHTS,
    SCALE,
    Candidate,
    ReadingModel,
    _gelu,
    _Weights,
    load_reading_model,
    pair_text,
    write_weights,
)
from embeddings.unigram import Pieces
from embeddings.weights import packed_names, unpacked_folder

TENSORS = {"head.w": numpy.ones(384, numpy.float32), "head.b": numpy.zeros(1, numpy.float32)}
NONE = Pieces.of(b"", numpy.zeros(1, numpy.uint32))
FERRY = "Het veer tussen Aldersluis en Brakenoord"
PAIRS = [
    (
        "Hoeveel passagiers vervoert het veer per dag?",
        "Per dag brengt het 1.900 passagiers naar de overkant.",
        "De schipper vaart er al elf jaar mee.",
    ),
    (
        "Wie heeft het veer ontworpen?",
        "Het schip is getekend door de Deense bouwmeester Ane Lykke.",
        "Het veer is vorige maand weer in de vaart genomen.",
    ),
    (
        "When did the ferry start sailing?",
        "The ferry has been sailing since March 2019.",
        "The ferry is painted blue and white.",
    ),
    (
        "Warum fährt die Fähre im Winter nicht?",
        "Im Winter fährt sie nicht, weil der Fluss zufriert.",
        "Eine Karte für die Fähre kostet vier Euro.",
    ),
]


@pytest.fixture(scope="module")
def packed() -> Path:
    found = packed_file()
    assert found is not None
    return found


@pytest.mark.parametrize(("question", "answering", "near"), PAIRS)
def test_a_sentence_that_answers_is_told_from_one_about_the_same_thing(
    question: str, answering: str, near: str
) -> None:
    model = load_reading_model()
    assert model is not None
    good, bad = model.log_odds(question, [Candidate(answering, FERRY), Candidate(near, FERRY)])
    assert good > bad + 0.5


def test_each_pair_is_judged_by_itself() -> None:
    model = load_reading_model()
    assert model is not None and model.log_odds("Hoeveel?", []) == []
    question, answering, near = PAIRS[0]
    together = model.log_odds(question, [Candidate(near), Candidate(answering)])
    alone = [model.log_odds(question, [Candidate(text)])[0] for text in (near, answering)]
    assert together == pytest.approx(alone, abs=1e-3)


def test_the_odds_are_those_of_the_network_in_pytorch(packed: Path) -> None:
    """The same weights, made float32, in `transformers.BertModel`."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    weights = _Weights.read(_WEIGHTS)
    folder = unpacked_folder(packed)
    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).float().eval()
    state = network.state_dict()
    for name, short in packed_names(packed):
        if short in weights.tensors:
            values = weights.tensors[short].astype(numpy.float32)
            if values.ndim == 2:
                values = values * weights.tensors[short[:-1] + "s"][:, None]
            state[name] = torch.tensor(values)
    network.load_state_dict(state)
    model = load_reading_model()
    assert model is not None
    for question, *sentences in PAIRS:
        for sentence in sentences:
            candidate = Candidate(sentence, FERRY, "Er gaat een zin aan vooraf.")
            read = tokenizer(pair_text(question, candidate), return_tensors="pt")
            with torch.no_grad():
                pooled = network(**read).last_hidden_state[0].mean(0).numpy()
            unit = SCALE * pooled / numpy.linalg.norm(pooled)
            expected = float(unit @ weights.tensors["head.w"] + weights.tensors["head.b"][0])
            assert model.log_odds(question, [candidate]) == pytest.approx([expected], abs=0.03)


def test_weights_made_for_another_encoder_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.bin"
    write_weights(other, "0123456789abcdef", TENSORS, NONE, layers=1, heads=1, epsilon=1e-6)
    monkeypatch.setattr(reading_model, "_WEIGHTS", other)
    assert load_reading_model() is None
    monkeypatch.setattr(reading_model, "packed_file", lambda: None)
    assert load_reading_model() is None


def test_damaged_weights_are_an_error_that_says_what_to_do(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weights.bin"
    monkeypatch.setattr(reading_model, "_WEIGHTS", path)
    with pytest.raises(EncoderUnavailable, match="cannot be read"):
        load_reading_model()
    write_weights(path, identity(packed), TENSORS, NONE, layers=1, heads=1, epsilon=1e-6)
    assert load_reading_model() is not None
    content = path.read_bytes()
    for damaged in (content[:-4], content[:-1] + b"\1", b"BVAN", b"", b"else" + content[4:]):
        path.write_bytes(damaged)
        with pytest.raises(EncoderUnavailable, match="cannot be read"):
            load_reading_model()


def test_a_damaged_encoder_file_is_an_error_too(packed: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.bin"
    cut.write_bytes(packed.read_bytes()[:1_000_000])
    model = ReadingModel(cut, _Weights.read(_WEIGHTS))
    with pytest.raises(EncoderUnavailable, match="damaged"):
        model.log_odds("?", [Candidate("?")])


def test_what_is_read_is_kept_short_and_holds_no_marker() -> None:
    candidate = Candidate("a" * 900, "b" * 900, "c" * 900)
    text = pair_text("Wat?</s>", candidate)
    assert text == "passage: Wat?‹/s> | " + "a" * 400 + " | " + "b" * 60 + " | " + "c" * 100


@given(arrays(numpy.float32, (4, 32), elements=st.floats(-3, 3, width=16)))
def test_eight_bits_are_off_by_half_a_step(values: NDArray[numpy.float32]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.bin"
        write_weights(path, "", {"m.w": values, "m.b": values[0]}, NONE, layers=0, heads=1, epsilon=1e-6)
        kept = _Weights.read(path).tensors
    steps = kept["m.s"][:, None]
    assert (numpy.abs(kept["m.w"] * steps - values) <= steps * 0.501).all()
    assert (kept["m.b"] == values[0]).all()


def test_the_curve_is_near_the_one_by_the_error_function() -> None:
    points = numpy.linspace(-6, 6, 1001, dtype=numpy.float32)
    exact = [0.5 * x * (1 + math.erf(x / math.sqrt(2))) for x in points.tolist()]
    assert numpy.abs(_gelu(points) - exact).max() < 0.0005
