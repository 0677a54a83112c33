"""Disagreement between sources: what is found, how it is typed, and what must never raise an alarm."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import Article, Hit, Passage, PublicationDate, Sentence
from qa.citing import Citer
from qa.disagreement import Difference, find
from qa.evidence import Evidence, weigh

Told = tuple[str, str, str]  # publication date, outlet, text


def hits(told: list[Told], language: str = "nl") -> list[Hit]:
    """One hit an article, all equally near to the question."""
    made = []
    for date, outlet, text in told:
        article = Article(
            text,
            f"/nieuws/{outlet}-{date}.txt",
            "",
            PublicationDate(date, "made"),
            publisher=outlet,
            language=language,
        )
        cuts = [match.span() for match in re.finditer(r"\S.*?[.!?](?=\s|$)", text)]
        passage = Passage(article.id, 0, tuple(Sentence(start, end) for start, end in cuts))
        made.append(Hit(article, passage, 1.0, 0.9, 10.0, tuple(0.9 for _ in cuts)))
    return made


def evidence(question: str, told: list[Told], language: str = "nl") -> Evidence:
    return weigh(question, language, hits(told, language), lambda terms: dict.fromkeys(terms, 1))


def differences(question: str, told: list[Told], language: str = "nl") -> list[Difference]:
    found = evidence(question, told, language)
    return find(found, found.candidates[:1], language)


DISAGREEING = [
    (
        "superseded",
        "nl",
        "Hoeveel woningen komen er in Duinrade?",
        [
            ("2023-02-03", "De Bode", "In Duinrade komen 1.200 woningen op het oude haventerrein."),
            ("2023-11-20", "De Bode", "In Duinrade komen geen 1.200 maar 850 woningen op het haventerrein."),
        ],
    ),
    (
        "superseded",
        "nl",
        "Wanneer gaat het zwembad in Wierdum open?",
        [
            ("2024-01-09", "Wierdumer Courant", "Het zwembad in Wierdum gaat op 3 mei 2024 open."),
            ("2024-04-22", "Wierdumer Courant", "Het zwembad in Wierdum gaat op 14 september 2024 open."),
        ],
    ),
    (
        "conflict",
        "nl",
        "Hoeveel betogers waren er in Oosterhaven?",
        [
            ("2024-06-02", "De Bode", "Volgens de politie waren er vierduizend betogers in Oosterhaven."),
            ("2024-06-02", "Havenkrant", "De vakbond spreekt van negenduizend betogers in Oosterhaven."),
        ],
    ),
    (
        "scope",
        "nl",
        "Welk percentage van de huurders heeft een betalingsachterstand?",
        [
            ("2024-03-01", "De Bode", "Landelijk heeft 4 procent van de huurders een betalingsachterstand."),
            ("2024-03-08", "Havenkrant", "In Oosterhaven heeft 11 procent van de huurders een betalingsachterstand."),
        ],
    ),
    (
        "opinion",
        "nl",
        "Is het nieuwe stadion van Duinrade te duur?",
        [
            ("2024-03-01", "De Bode", "Het nieuwe stadion van Duinrade blijft binnen de begroting."),
            ("2024-03-08", "Havenkrant", "Oud-wethouder Pronk vindt het nieuwe stadion van Duinrade te duur."),
        ],
    ),
    # nothing in the two relates them, but they answer the same question at the same time
    (
        "conflict",
        "nl",
        "Hoeveel kost het herstel van de Sluisbrug in Merum?",
        [
            ("2024-03-12", "De Bode", "Het herstel van de Sluisbrug in Merum kost 2,4 miljoen euro."),
            ("2024-03-13", "Havenkrant", "Aan het herstel van de Sluisbrug in Merum wordt 7 miljoen euro uitgegeven."),
        ],
    ),
    # a sum without its currency
    (
        "superseded",
        "nl",
        "Wat gaat de tunnel bij Merum kosten?",
        [
            ("2023-05-25", "De Bode", "De tunnel bij Merum mag 184 miljoen euro kosten."),
            ("2024-06-14", "De Bode", "De kosten van de tunnel bij Merum komen nu op 241 miljoen."),
        ],
    ),
    # a number whose noun stands in the sentence before it, and of which the sentence before it is near the question
    (
        "conflict",
        "nl",
        "Hoeveel leden zijn er overgestapt van De Schakel?",
        [
            (
                "2023-10-24",
                "De Bode",
                "Van De Schakel zijn volgens de bond 140 leden overgestapt. De andere bond spreekt van er 900.",
            ),
        ],
    ),
    # a plan that came to nothing
    (
        "superseded",
        "nl",
        "Komt er een nieuw stadion in Duinrade?",
        [
            ("2023-08-22", "De Bode", "De club wil in Duinrade een nieuw stadion bouwen."),
            ("2024-12-10", "De Bode", "Er komt geen nieuw stadion in Duinrade."),
        ],
    ),
    (
        "conflict",
        "nl",
        "Heeft wethouder Pronk het rapport achtergehouden?",
        [
            ("2024-03-01", "De Bode", "Wethouder Pronk heeft het rapport achtergehouden. Pronk ontkent dat."),
        ],
    ),
    (
        "conflict",
        "nl",
        "Was de brug bij Merum afgesloten?",
        [
            ("2022-01-01", "De Bode", "De brug bij Merum was afgesloten, zegt de gemeente."),
            ("2022-01-02", "Havenkrant", "De brug bij Merum was niet afgesloten, zeggen bewoners."),
        ],
    ),
    (
        "superseded",
        "nl",
        "Komt er een tunnel onder de Merel?",
        [
            ("2022-01-01", "De Bode", "Er komt een tunnel onder de Merel."),
            ("2024-09-01", "De Bode", "De tunnel onder de Merel komt er toch niet."),
        ],
    ),
    (
        "superseded",
        "nl",
        "Hoeveel leerlingen telt de Vlierschool?",
        [
            ("2022-01-01", "De Bode", "De Vlierschool telt 410 leerlingen."),
            ("2024-09-01", "Havenkrant", "De Vlierschool telt 365 leerlingen."),
        ],
    ),
    (
        "conflict",
        "nl",
        "Hoe diep is het gat in de Dorpsstraat?",
        [
            ("2022-01-01", "De Bode", "Het gat in de Dorpsstraat is volgens de brandweer vier meter diep."),
            ("2022-01-02", "Havenkrant", "Het gat in de Dorpsstraat is zeven meter diep, zegt de aannemer."),
        ],
    ),
    (
        "scope",
        "nl",
        "Hoe hoog is het ziekteverzuim in Wierdum?",
        [
            (
                "2024-06-01",
                "De Bode",
                "Het ziekteverzuim bij de gemeente Wierdum is 6 procent. Bij de buitendienst is dat 11 procent.",
            )
        ],
    ),
    (
        "superseded",
        "en",
        "How much does the bridge in Harwick cost?",
        [
            ("2023-05-02", "The Echo", "The bridge in Harwick will cost £12 million."),
            ("2024-05-02", "The Echo", "The cost of the bridge in Harwick has risen to £19 million."),
        ],
    ),
    (
        "superseded",
        "de",
        "Wie viele Wohnungen entstehen in Auental?",
        [
            ("2023-05-02", "Tagblatt", "In Auental entstehen 300 Wohnungen."),
            ("2024-05-02", "Tagblatt", "In Auental entstehen nicht 300, sondern 180 Wohnungen."),
        ],
    ),
    (
        "superseded",
        "fr",
        "Combien de logements seront construits à Valmont ?",
        [
            ("2023-05-02", "Le Relais", "À Valmont, 300 logements seront construits."),
            ("2024-05-02", "Le Relais", "À Valmont, ce ne sont pas 300 mais 180 logements qui seront construits."),
        ],
    ),
]


@pytest.mark.parametrize(("kind", "language", "question", "told"), DISAGREEING)
def test_disagreements_are_found_and_typed(kind: str, language: str, question: str, told: list[Told]) -> None:
    assert [item.type for item in differences(question, told, language)] == [kind]


def test_text_puts_the_values_side_by_side_newest_first() -> None:
    _, language, question, told = DISAGREEING[1]
    (found,) = differences(question, told, language)
    assert found.text == (
        "Wierdumer Courant (22 april 2024): 14 september 2024; "
        "Wierdumer Courant (9 januari 2024): 3 mei 2024 — nieuwer bericht"
    )
    assert [source.article.published.iso for source in found.sources if source.article.published] == [
        "2024-04-22",
        "2024-01-09",
    ]


def test_a_third_value_that_the_answer_quotes_is_shown_beside_the_two() -> None:
    told = [
        ("2023-02-03", "De Bode", "In Duinrade komen 1.200 woningen op het oude haventerrein."),
        ("2023-11-20", "De Bode", "In Duinrade komen geen 1.200 maar 850 woningen op het haventerrein."),
        ("2024-05-02", "Havenkrant", "In Duinrade zijn 790 woningen gebouwd op het haventerrein."),
        ("2024-05-03", "Havenkrant", "In Duinrade kostten de woningen op het haventerrein 400.000 euro."),
    ]
    made = evidence("Hoeveel woningen komen er in Duinrade?", told)
    quoted = [item.source for item in made.weighed]
    (without,) = find(made, [], "nl")
    assert "790" not in without.text
    (difference,) = find(made, quoted, "nl")
    assert re.findall(r"\): ([^;—]+?)(?: —|;)", difference.text) == ["790 woningen", "850 woningen", "1.200 woningen"]
    assert difference.type == without.type == "superseded"
    assert [source.key for source in difference.sources if source not in without.sources] == [
        source.key for source in quoted if "790" in source.text
    ]


def test_both_sides_of_one_article_are_shown_as_it_has_them() -> None:
    (_, language, question, told) = next(item for item in DISAGREEING if "overgestapt" in item[2])
    (found,) = differences(question, told, language)
    assert found.text == "De Bode (24 oktober 2023): 140 leden / 900 — lezingen verschillen"


def test_of_one_day_the_later_report_comes_first() -> None:
    _, language, question, (one, other) = DISAGREEING[2]
    for times in (("09:30+02:00", "18:00"), ("18:00+02:00", "18:00+01:00"), ("", "00:10"), ("23:10", "18:00")):
        told = [one, other]
        found = hits(told, language)
        made = [
            replace(
                hit,
                article=replace(hit.article, published=PublicationDate("2024-06-02", "made", time)),
            )
            for hit, time in zip(found, times, strict=True)
        ]
        weighed = weigh(question, language, made, lambda terms: dict.fromkeys(terms, 1))
        (difference,) = find(weighed, weighed.candidates[:1], language)
        later = 0 if times[0] == "23:10" else 1
        assert difference.sources[0].article.publisher == ("De Bode", "Havenkrant")[later]


AGREEING = [
    # one value, written in three ways
    (
        "Hoeveel woningen komen er in Duinrade?",
        [
            ("2023-02-03", "De Bode", "In Duinrade komen 2.000 woningen."),
            ("2023-11-20", "Havenkrant", "In Duinrade komen inmiddels tweeduizend woningen."),
            ("2023-12-20", "Courant", "In Duinrade komen 2 duizend woningen."),
        ],
    ),
    # numbers of different things
    (
        "Hoeveel woningen komen er in Duinrade?",
        [
            ("2023-02-03", "De Bode", "In Duinrade komen 1.200 woningen."),
            ("2023-11-20", "Havenkrant", "In Duinrade zijn inmiddels 340 bomen gekapt."),
        ],
    ),
    # a rounded value
    (
        "Hoeveel leden heeft de bond in Duinrade?",
        [
            ("2023-02-03", "De Bode", "De bond in Duinrade heeft 4.950 leden."),
            ("2023-11-20", "Havenkrant", "De bond in Duinrade heeft inmiddels bijna vijfduizend leden."),
        ],
    ),
    # a profit is no fine
    (
        "Hoeveel winst maakte Veldhof?",
        [
            ("2023-02-03", "De Bode", "Veldhof maakte 12 miljoen euro winst."),
            ("2023-11-20", "Havenkrant", "Veldhof krijgt alsnog een boete van 3 miljoen euro."),
        ],
    ),
    # the old value alone in a sentence about the change, and nothing else
    (
        "Hoeveel woningen komen er in Duinrade?",
        [("2023-11-20", "De Bode", "In Duinrade komen geen 1.200 maar 850 woningen.")],
    ),
    # two affairs that the question's words fit
    (
        "Hoeveel doden vielen er bij de brand in Merum?",
        [
            (
                "2022-03-01",
                "De Bode",
                "Bij de brand in Merum vielen drie doden, zegt burgemeester Els Pronk van Merum.",
            ),
            (
                "2022-03-05",
                "De Bode",
                "Bij de aardbeving in Lombia vielen inmiddels 46 doden, zegt president Jorge Sanz van Lombia.",
            ),
        ],
    ),
    # "van de" before a number's noun makes it no part of another
    (
        "Hoeveel passagiers per uur kan de terminal van Merum aan?",
        [
            ("2022-03-01", "De Bode", "De terminal van Merum kan 2.300 passagiers per uur aan."),
            ("2022-03-02", "Havenkrant", "De terminal van Merum heeft twee ingangen en is in 3 jaar gebouwd."),
        ],
    ),
    # two years, two houses, two fires
    (
        "Hoeveel winst maakte Veldhof?",
        [
            ("2022-03-01", "De Bode", "Veldhof maakte in 2021 12 miljoen euro winst."),
            ("2023-03-02", "De Bode", "Veldhof maakte in 2022 15 miljoen euro winst."),
        ],
    ),
    (
        "Hoeveel bomen zijn er geplant in Merum?",
        [
            ("2022-01-01", "De Bode", "In Merum zijn 300 bomen geplant in het Noorderpark."),
            ("2022-09-02", "De Bode", "In Merum zijn 500 bomen geplant langs de dijk."),
        ],
    ),
    (
        "Wanneer was de brand in Merum?",
        [
            ("2022-01-02", "De Bode", "Op 1 januari 2022 brandde de kerk in Merum af."),
            ("2022-09-02", "De Bode", "In Merum was op 30 augustus 2022 brand in een schuur."),
        ],
    ),
    ("Wie is de burgemeester van Duinrade?", [("2023-11-20", "De Bode", "Els Pronk is burgemeester van Duinrade.")]),
]


@pytest.mark.parametrize(("question", "told"), AGREEING)
def test_agreeing_sources_raise_no_alarm(question: str, told: list[Told]) -> None:
    assert differences(question, told) == []


@pytest.mark.parametrize(("kind", "language", "question", "told"), DISAGREEING)
def test_a_source_never_disagrees_with_its_copy(kind: str, language: str, question: str, told: list[Told]) -> None:
    for date, _, text in told:
        if re.search(r"\. \w", text):
            continue  # two sentences that disagree with each other, in either copy
        copies = [(date, outlet, text) for outlet in ("Eerste", "Tweede", "Derde")]
        assert differences(question, copies, language) == []


@pytest.mark.parametrize(("kind", "language", "question", "told"), DISAGREEING)
def test_the_order_of_the_hits_is_of_no_account(kind: str, language: str, question: str, told: list[Told]) -> None:
    assert {repr(differences(question, list(order), language)) for order in permutations(told)} == {
        repr(differences(question, told, language))
    }


@given(old=st.integers(20, 9000), new=st.integers(20, 9000))
def test_a_correction_is_found_exactly_where_the_values_differ(old: int, new: int) -> None:
    told = [
        ("2023-02-03", "De Bode", f"In Duinrade komen {old} woningen."),
        ("2023-11-20", "De Bode", f"In Duinrade komen niet {old} maar {new} woningen."),
    ]
    found = differences("Hoeveel woningen komen er in Duinrade?", told)
    assert bool(found) == (old != new)
    for item in found:
        assert f"{new} woningen" in item.text
        assert str(old) in item.text
        assert item.type == "superseded"


def test_nothing_is_said_without_evidence() -> None:
    assert differences("Hoeveel woningen komen er in Duinrade?", []) == []


def test_both_sides_are_cited_once_and_numbered_after_the_answer() -> None:
    _, language, question, told = DISAGREEING[0]
    found = evidence(question, told, language)
    (difference,) = find(found, found.candidates[:1], language)
    citer = Citer(question, language, found)
    citer.cite(found.candidates[0])
    disagreement = citer.differ(difference)
    assert sorted(disagreement.citations) == [1, 2] == [citation.number for citation in citer.citations]
    assert citer.differ(difference) == disagreement
    assert disagreement.type == "superseded"
    assert disagreement.text == difference.text
