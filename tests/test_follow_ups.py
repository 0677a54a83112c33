"""Which questions lean on the ones before them."""

from __future__ import annotations

import pytest

from qa.follow_ups import is_follow_up, pronoun


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("En hoeveel naar Polen?", "nl", True),
        ("En waarom?", "nl", True),
        ("Wie zei dat?", "nl", True),
        ("Hoe zit het met Duitsland?", "nl", True),
        ("What about Poland?", "en", True),
        ("And when was that?", "en", True),
        ("Und nach Polen?", "de", True),
        ("Et en Pologne ?", "fr", True),
        ("Hoeveel Amerikaanse militairen gaan naar Roemenië?", "nl", False),
        # A pronoun beside a name.
        ("Wat zei hij over Gaza?", "nl", True),
        ("Wat vond Geert Wilders daarvan?", "nl", True),
        ("En wat vond Geert Wilders daarvan?", "nl", True),
        ("Heeft hij dat in de Tweede Kamer herhaald?", "nl", True),
        ("Is hij lid van de VVD?", "nl", True),
        ("Hoe reageerde Rusland daarop?", "nl", True),
        ("Hoeveel kost die verbouwing?", "nl", True),
        ("What did he say about Gaza?", "en", True),
        ("What did his wife say?", "en", True),
        ("Did Biden agree with him?", "en", True),
        ("Was sagt die SPD dazu?", "de", True),
        ("Wer hat das gesagt?", "de", True),
        ("Pourquoi a-t-il perdu les élections ?", "fr", True),
        ("Que pense-t-il des retraites ?", "fr", True),
        ("Qu'en pense le maire ?", "fr", True),
        # Less than a question, with a name of several words.
        ("En op de Westelijke Jordaanoever?", "nl", True),
        ("En de burgemeester van Amsterdam?", "nl", True),
        ("En in de Verenigde Staten?", "nl", True),
        ("In de Verenigde Staten?", "nl", True),
        ("And in the United States?", "en", True),
        # Words that also point back, in another use.
        ("Wat zijn de belangrijkste oorzaken van overgewicht?", "nl", False),
        ("Wie zijn de verdachten van de kunstroof?", "nl", False),
        ("Hoeveel boeren zijn er gestopt?", "nl", False),
        ("Waarom is er een tekort aan leraren?", "nl", False),
        ("Hoeveel boeren die stoppen krijgen geld?", "nl", False),
        ("Wie zei dat de brug dichtgaat?", "nl", False),
        ("Hoeveel mensen waren het eens met die van de bakker?", "nl", False),
        ("Hoeveel zij-instromers begonnen dit jaar als leraar?", "nl", False),
        ("How many people are there in prison?", "en", False),
        ("What are the rules this year?", "en", False),
        ("Is it true that taxes rise again?", "en", False),
        ("What did the report say about those who left?", "en", False),
        ("Was kostet das neue Stadion in der Stadt?", "de", False),
        ("Wie alt muss man für den Führerschein sein?", "de", False),
        ("Pourquoi y a-t-il une pénurie de médecins ?", "fr", False),
        ("Combien d'enseignants manquent cette année ?", "fr", False),
        ("Que faut-il faire contre la pollution ?", "fr", False),
        # Pronouns whose antecedent stands in the same question.
        ("Waarom verliet de minister zijn partij?", "nl", False),
        ("Wat zei Rutte toen hij aftrad?", "nl", False),
        ("Wie zei dat hij ziek was?", "nl", False),
        ("Hoeveel kost de brug, wie betaalt dat en wanneer is hij klaar?", "nl", False),
        ("Why did Israel close its border?", "en", False),
        ("Pourquoi le gouvernement a-t-il démissionné ?", "fr", False),
        ("En wanneer gaan Oosterveen en Damshorn nu fuseren?", "nl", False),
        ("Wie won de verkiezingen in Kersavië?", "nl", False),
        ("How many soldiers are going to Romania?", "en", False),
    ],
)
def test_follow_ups_are_recognised(question: str, language: str, expected: bool) -> None:
    assert is_follow_up(question, language) is expected


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("krijgt hij nog geld?", "nl", "hij"),
        ("What did she say about Gaza?", "en", "she"),
        ("En wat vond haar man daarvan?", "nl", None),
        ("Wat vond hij daarvan?", "nl", None),
        ("Wat zei Rutte toen hij aftrad?", "nl", None),
    ],
)
def test_the_only_word_that_points_back_is_found(question: str, language: str, expected: str | None) -> None:
    found = pronoun(question, language)
    assert (found and found[0]) == expected
