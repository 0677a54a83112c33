"""Questions that ask several things."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.question_parts import MOST_PARTS, Part, asked_of, parts_of


@pytest.mark.parametrize(
    ("question", "language", "parts"),
    [
        (
            "Hoeveel kost de brug en wanneer gaat hij open?",
            "nl",
            ("Hoeveel kost de brug?", "wanneer gaat hij open?"),
        ),
        (
            "Wie won de verkiezingen, en met hoeveel stemmen?",
            "nl",
            ("Wie won de verkiezingen?", "met hoeveel stemmen?"),
        ),
        (
            "Wat is er gestolen? Is dat al terug?",
            "nl",
            ("Wat is er gestolen?", "Is dat al terug?"),
        ),
        (
            "Who built the bridge and how much did it cost?",
            "en",
            ("Who built the bridge?", "how much did it cost?"),
        ),
        ("Wer baute die Brücke und was kostete sie?", "de", ("Wer baute die Brücke?", "was kostete sie?")),
        (
            "Qui a construit le pont et combien a-t-il coûté ?",
            "fr",
            ("Qui a construit le pont?", "combien a-t-il coûté?"),
        ),
        (
            "Hoeveel scholen zijn er, en hoeveel zij-instromers zijn er nodig?",
            "nl",
            ("Hoeveel scholen zijn er?", "hoeveel zij-instromers zijn er nodig?"),
        ),
        ("Who won, who lost and why?", "en", ("Who won?", "who lost and why?")),
        ("Que coûte le pont et qui le paie ?", "fr", ("Que coûte le pont?", "qui le paie?")),
        ("Qui a gagné et que dit Macron ?", "fr", ("Qui a gagné?", "que dit Macron?")),
        (
            "Hoe liep het af: wat eiste het OM en wat vonden de rechters?",
            "nl",
            ("Hoe liep het af: wat eiste het OM?", "wat vonden de rechters?"),
        ),
        (
            "Hoeveel kost de brug, wie betaalt dat en wanneer is hij klaar?",
            "nl",
            ("Hoeveel kost de brug?", "wie betaalt dat?", "wanneer is hij klaar?"),
        ),
    ],
)
def test_each_thing_asked_is_a_part(question: str, language: str, parts: tuple[str, ...]) -> None:
    assert tuple(part.text for part in parts_of(question, language)) == parts
    assert all(part.label == part.text for part in parts_of(question, language))


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Hoeveel kosten de brug en de tunnel?", "nl"),
        ("Wie zijn de kandidaten en hun partijen?", "nl"),
        ("Wat zei de minister over zorg en onderwijs?", "nl"),
        ("Waar en wanneer was de brand?", "nl"),
        ("En wat kost dat?", "nl"),
        ("De burgemeester weet wat het kost en hoe het werkt, waarom zegt hij het niet?", "nl"),
        ("Who are the candidates and their parties?", "en"),
        ("Wer sind die Kandidaten und ihre Parteien?", "de"),
        ("Où et quand a eu lieu l'incendie ?", "fr"),
        # More than so many is no comparison.
        ("Heeft Mark Rutte meer dan 100 keer met Poetin gebeld?", "nl"),
        ("Is Rutte langer dan tien jaar bevriend met Poetin?", "nl"),
        ("Wie is er meer dan 10 jaar burgemeester van Rotterdam en lid van de VVD?", "nl"),
        ("Did Rutte talk more than a hundred times with Putin?", "en"),
        ("Hat Scholz mehr als die Hälfte der Zeit mit Putin geredet?", "de"),
        # A relative or another dependent clause is no question.
        ("Wat zegt het boek, waarin Jan Smit over zijn vader schrijft, over de oorlog?", "nl"),
        ("Wat is bekend over de brand, waarbij tien mensen omkwamen?", "nl"),
        ("Wie is de man die zegt wat hij vindt en wat hij doet?", "nl"),
        ("What did the minister, who resigned last week, say about nitrogen?", "en"),
        ("What is in the report, which was kept secret?", "en"),
        ("Was sagt das Buch, wo alles anders ist, über den Krieg?", "de"),
        ("Qui a dit que la France est prête et que l'Ukraine peut gagner ?", "fr"),
        ("Кто и когда построил мост?", "ru"),
        ("", "nl"),
        ("???", "nl"),
    ],
)
def test_one_question_stays_whole(question: str, language: str) -> None:
    assert parts_of(question, language) == (Part(question, question),)


@given(
    st.text(alphabet="hoe wat wie en,?! brug kost", max_size=80), st.sampled_from(["nl", "en", "de", "fr", "", "es"])
)
def test_parts_are_stretches_of_the_question_in_order(question: str, language: str) -> None:
    parts = parts_of(question, language)
    assert 1 <= len(parts) <= MOST_PARTS
    if len(parts) == 1:
        assert parts == (Part(question, question),)
        return
    place = 0
    for part in parts:
        assert part.text.endswith("?")
        found = question.find(part.text[:-1], place)
        assert found >= place
        place = found + len(part.text) - 1


@pytest.mark.parametrize(
    ("question", "language", "parts"),
    [
        (
            "Is de tram in Elderveen duurder dan de brug in Merwoude?",
            "nl",
            (("Is de tram in Elderveen duurder?", "Elderveen"), ("Is de tram in de brug in Merwoude?", "Merwoude")),
        ),
        (
            "Does Kolderink earn more than Lumivance?",
            "en",
            (("Does Kolderink earn more?", "Kolderink"), ("Does Lumivance?", "Lumivance")),
        ),
        (
            "Was ist der Unterschied zwischen Berlin und Hamburg?",
            "de",
            (
                ("Was ist der Unterschied zwischen Berlin?", "Berlin"),
                ("Was ist der Unterschied zwischen Hamburg?", "Hamburg"),
            ),
        ),
    ],
)
def test_of_a_comparison_each_side_is_a_part(question: str, language: str, parts: tuple[tuple[str, str], ...]) -> None:
    assert parts_of(question, language) == tuple(Part(text, label) for text, label in parts)


@pytest.mark.parametrize(
    "question",
    [
        "Wie verdient er meer dan 3 ton bij Kolderink?",
        "Wat is het verschil tussen Merwoude, Damshorn en Veenhorst?",
        "Wat is er in Merwoude gebouwd, en wie is er meer dan tien jaar burgemeester van Damshorn?",
    ],
)
def test_what_only_looks_like_a_comparison_is_none(question: str) -> None:
    assert all(part.label == part.text for part in parts_of(question, "nl"))


@pytest.mark.parametrize(
    ("understood", "typed", "asked"),
    [
        ("Wie is burgemeester van Damshorn?", "Wie is burgemeester van Damshorn?", ()),
        ("Wie is burgemeester van Damshorn? Hoe oud is zij?", "Hoe oud is zij?", ("Hoe oud is zij?",)),
        ("Wie is burgemeester van Damshorn? En hoe oud is zij?", " En hoe oud is zij? ", ("hoe oud is zij?",)),
        (
            "Wie leidt Damshorn? En hoe oud is zij en waar woont zij?",
            "En hoe oud is zij en waar woont zij?",
            ("hoe oud is zij?", "waar woont zij?"),
        ),
        ("Wie leidt Damshorn? Hoe oud is zij?", "Wie leidt Damshorn? Hoe oud is zij?", ("Wie leidt Damshorn?", "Hoe oud is zij?")),
        ("Hoe oud is de burgemeester en waar woont zij?", "en waar woont zij?", ("waar woont zij?",)),
        ("Wat is het verschil tussen Goes en Tiel?", "Wat is het verschil tussen Goes en Tiel?", ("Wat is het verschil tussen Goes?", "Wat is het verschil tussen Tiel?")),
        ("Hoe oud is Postma en waar woont Postma?", "Hoe oud is hij en waar woont hij?", ("Hoe oud is Postma?", "waar woont Postma?")),
    ],
)  # fmt: skip
def test_of_a_question_put_before_for_context_nothing_is_answered(
    understood: str, typed: str, asked: tuple[str, ...]
) -> None:
    assert tuple(part.text for part in asked_of(understood, typed, "nl")) == asked
