"""Languages of short questions and of texts."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.languages import identify

QUESTIONS = {
    "nl": [
        "Hoeveel troepen sturen de VS naar Roemenië?",
        "Wie is John Kirby?",
        "Wat eist Rusland van de NAVO?",
        "Waarom ging de trein niet?",
        "oekraine oorlog laatste nieuws",
        "Klopt het dat Poetin dat zei?",
        "Wanneer was de staking bij de spoorwegen?",
    ],
    "en": [
        "How many troops is the US sending to Romania?",
        "Who is John Kirby?",
        "What does Russia demand of NATO?",
        "Did the prime minister resign?",
        "When was the rail strike?",
    ],
    "de": [
        "Wie viele Soldaten schicken die USA nach Rumänien?",
        "Wer ist John Kirby?",
        "Was fordert Russland von der NATO?",
        "Warum fuhr der Zug nicht?",
        "Wann war der Streik bei der Bahn?",
    ],
    "fr": [
        "Combien de soldats les États-Unis envoient-ils en Roumanie ?",
        "Qui est John Kirby ?",
        "Que demande la Russie à l'OTAN ?",
        "Pourquoi le train est-il en retard ?",
    ],
}


@pytest.mark.parametrize(("language", "question"), [(code, text) for code in QUESTIONS for text in QUESTIONS[code]])
def test_questions(language: str, question: str) -> None:
    assert identify(question) == language


def test_a_long_text_in_another_language_is_known_as_that() -> None:
    text = (
        "El presidente del Gobierno anunció ayer que las tropas españolas no participarán en la misión y que "
        "los ministros se reunirán mañana en Madrid para hablar de la situación en Ucrania. "
        "La oposición, por su parte, pidió explicaciones en el Congreso de los Diputados."
    )
    assert identify(text) == "es"


def test_no_words_have_no_language() -> None:
    assert [identify(text) for text in ("", " \n", "2.000 – 8.500", "🙂", "漢字")] == [""] * 5


@given(st.text(max_size=80))
def test_any_text_gives_a_code_or_nothing(text: str) -> None:
    assert identify(text) in {"", "nl", "en", "de", "fr"}


def test_a_question_loads_no_model() -> None:
    program = (
        "import sys; from embeddings.languages import identify; "
        "assert identify('Wie is John Kirby?') == 'nl'; "
        "print([name for name in ('py3langid', 'torch', 'sentencex') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
