"""Who said something according to invented questions, without what stands beside that."""

from __future__ import annotations

import pytest

from embeddings.analysis import query_terms
from qa.question_shape import shape_of


@pytest.mark.parametrize(
    ("question", "language", "speaker"),
    [
        ("Wat zei Talsma gisteren over de kudde?", "nl", "Talsma"),
        ("Wat zei Talsma vorige week over de kudde?", "nl", "Talsma"),
        ("Wat zei Talsma de afgelopen drie maanden over de kudde?", "nl", "Talsma"),
        ("Wat zei Talsma onlangs over de kudde?", "nl", "Talsma"),
        ("Wat zei gisteren de herder over de kudde?", "nl", "herder"),
        ("wat zei de herder onlangs over de kudde?", "nl", "herder"),
        ("Wat heeft Talsma gezegd over de kudde?", "nl", "Talsma"),
        ("Wat heeft de herder van Lienderveld gezegd?", "nl", "herder"),
        ("Wat vindt Talsma eigenlijk van de kudde?", "nl", "Talsma"),
        ("Wat vindt herder Wobke Talsma vooral van de kudde?", "nl", "herder Wobke Talsma"),
        ("Wat wil de herder veranderen aan de kudde?", "nl", "herder"),
        ("Wat zei de Friese herder over de kudde?", "nl", "Friese herder"),
        ("What did Talsma recently say about the flock?", "en", "Talsma"),
        ("What did the Frisian shepherd publicly say?", "en", "Frisian shepherd"),
        ("What did the Holt family say about the flock?", "en", "Holt family"),
        ("What did Emily Holt say about the flock?", "en", "Emily Holt"),
        ("Was sagte Talsma letzte Woche über die Herde?", "de", "Talsma"),
        ("Was sagte der Hirte gestern über die Herde?", "de", "Hirte"),
        ("Qu'a dit Talsma hier sur le troupeau ?", "fr", "Talsma"),
        ("Que dit le berger récemment sur le troupeau ?", "fr", "berger"),
        ("Que pense-t-il des moutons ?", "fr", ""),
    ],
)
def test_only_the_noun_phrase_says_who(question: str, language: str, speaker: str) -> None:
    assert " ".join(shape_of(question, language, query_terms).speaker) == speaker
