"""What every prompt begins with is read once for all runs; nothing else is kept, and nothing damaged is used."""

import os
import stat
from pathlib import Path

import pytest
from test_language_models_local import LINE, _usual_cache, said

from qa.language_models import GenerationOptions, Message
from qa.language_models.completions import request_body
from qa.language_models.kept_beginnings import key_of
from qa.language_models.local import LocalModel
from qa.language_models.model_files import default_weights

BEGINNING = (Message("user", "Regel: antwoord kort en alleen met wat in de bron staat.\n" * 4),)
REST = "Bron: Het kabinet stemde vrijdag in. Het gaat in op 1 januari 2023.\nVraag: Wanneer gaat het in?\nAntwoord:"
OPTIONS = GenerationOptions(max_tokens=16, stop=("\n",), beginning=BEGINNING)


@pytest.fixture
def model(tmp_path):
    """Makes models that share a cache of their own."""
    weights = default_weights(Path(os.environ.get("BRONVAST_CACHE") or _usual_cache()))
    made = []

    def make():
        made.append(LocalModel(str(weights), window=1024, cache=tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()


def kept(tmp_path):
    return sorted((tmp_path / "beginnings").glob("*"))


def read_anew(model, text):
    body = request_body([Message("user", text)], LINE, model="x", as_chat=False) | {"cache_prompt": True}
    return model._ask("/v1/completions", {**body, "stream": False, "stream_options": None})["timings"]["prompt_n"]


def asked(model):
    return said(model, [Message("user", BEGINNING[0].content + REST)], OPTIONS)[0]


def test_the_next_run_takes_it_up_and_answers_the_same(model, tmp_path):
    first = model()
    text = asked(first)
    (path,) = kept(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "1 januari" in text
    written = path.read_bytes()
    first.close()
    second = model()
    second._begin(BEGINNING)
    assert (
        0
        < read_anew(second, BEGINNING[0].content + "De brug is dicht.")
        < 16
        < second.count_tokens(BEGINNING[0].content)
    )
    assert asked(second) == text and path.read_bytes() == written


def test_nothing_of_a_question_or_its_sources_is_kept(model, tmp_path):
    asked(model())
    (path,) = kept(tmp_path)
    with_question = path.read_bytes()
    path.unlink()
    list(model().stream(BEGINNING, GenerationOptions(max_tokens=1, beginning=BEGINNING)))
    assert kept(tmp_path) == [path] and path.read_bytes() == with_question


def test_what_is_damaged_is_read_again(model, tmp_path):
    model()._begin(BEGINNING)
    (path,) = kept(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    model()._begin(BEGINNING)
    assert kept(tmp_path) == [path] and path.read_bytes() == whole


def test_where_nothing_can_be_kept_it_works_without(model, tmp_path):
    (tmp_path / "beginnings").write_text("in the way", encoding="utf-8")
    assert "1 januari" in asked(model())


def test_other_words_or_weights_are_told_apart_and_only_a_few_are_kept(model, tmp_path):
    other = (Message("user", "iets anders"),)
    assert len({key_of(weights, first) for first in (BEGINNING, other) for weights in ("a", "b")}) == 4
    here = model()
    here.count_tokens("x")
    for number in range(6):
        (tmp_path / "beginnings" / f"{number}.state").write_bytes(b"old")
    here._begin(BEGINNING)
    assert len(kept(tmp_path)) == 4
