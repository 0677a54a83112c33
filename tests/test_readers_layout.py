"""What the lines of a text are; whatever they are, they stay in the text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import Span
from qa.readers.furniture import is_furniture, opens_link_box
from qa.readers.layout import first_sentence, lay_out, merged

ARTICLE = """ date 2023-05 De gemeente Drielanden sluit volgende maand 3 zwembaden. Dat bevestigt de wethouder
vandaag.

Twee baden gaan voorgoed dicht. Het derde bad wordt verbouwd.

Volledig scherm Wethouder Tessa Vlieg. © ANP

1.200 handtekeningen

“Wij geven niet op,” zegt een zwemmer uit Drielanden. De actie begon in maart.

Lees ook:

Wekerom krijgt nieuw zwembad na lang wachten

In Wekerom is juist goed nieuws. Het bad daar opent in juni.

De gemeenteraad beslist op donderdag over het plan van de wethouder.
"""


def _parts(text: str, spans: tuple[Span, ...]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


def test_a_whole_article() -> None:
    layout = lay_out(ARTICLE)
    assert layout.published is not None
    assert (layout.published.iso, layout.published.origin) == ("2023-05", "text")
    assert layout.title == ""
    assert _parts(ARTICLE, layout.furniture) == [
        " date 2023-05",
        "Volledig scherm Wethouder Tessa Vlieg. © ANP",
        "Lees ook:",
        "Wekerom krijgt nieuw zwembad na lang wachten",
        "In Wekerom is juist goed nieuws. Het bad daar opent in juni.",
    ]
    assert _parts(ARTICLE, layout.headings) == ["1.200 handtekeningen"]
    assert first_sentence(ARTICLE, layout.furniture) == "De gemeente Drielanden sluit volgende maand 3 zwembaden."


def test_a_long_first_sentence_is_cut_at_a_word_and_says_so() -> None:
    text = "De minister " + "praat en " * 40 + "zwijgt."
    title = first_sentence(text, ())
    assert title == "De minister " + "praat en " * 9 + "praat…"
    assert len(title) <= 101


def test_a_title_before_the_date_mark() -> None:
    text = "Brug gaat open date 2024-11-03 De brug gaat vandaag open. Dat is mooi.\n"
    layout = lay_out(text)
    assert layout.title == "Brug gaat open"
    assert layout.published is not None and layout.published.iso == "2024-11-03"
    assert _parts(text, layout.headings) == ["Brug gaat open"]
    assert _parts(text, layout.furniture) == [" date 2024-11-03"]


@pytest.mark.parametrize(
    ("head", "publisher", "author", "iso"),
    [
        ("De Peilstok, 14 november 2025", "De Peilstok", "", "2025-11-14"),
        ("Nordmark-Rundblatt, 12. Oktober 2025", "Nordmark-Rundblatt", "", "2025-10-12"),
        ("The Harbour Ledger | October 13, 2025", "The Harbour Ledger", "", "2025-10-13"),
        (
            "Door Ilse Brandsema — Omroep Lieveland, 23 januari 2025",
            "Omroep Lieveland",
            "Ilse Brandsema",
            "2025-01-23",
        ),
        ("Door Ilse Brandsema", "", "Ilse Brandsema", None),
        ("Gepubliceerd op 2 februari 2022, 14:05", "", "", "2022-02-02"),
        ("Friday, January 4, 2019", "", "", "2019-01-04"),
        ("Datum: 2 februari 2022", "", "", "2022-02-02"),
        ("Bron: De Peilstok", "De Peilstok", "", None),
        ("de Volkskrant", "de Volkskrant", "", None),
        ("NRC 12 maart 2025", "NRC", "", "2025-03-12"),
        ("Algemeen Dagblad woensdag 12 maart 2025", "Algemeen Dagblad", "", "2025-03-12"),
        ("Yvonne Hofman 12 maart 2025, 17:00", "", "Yvonne Hofman", "2025-03-12"),
        ("12 mrt. 2025", "", "", "2025-03-12"),
        ("Utrecht, 12 maart 2025", "", "", "2025-03-12"),  # a place is no newspaper
        ("Van onze verslaggever", "", "Van onze verslaggever", None),
        ("Van onze correspondent Berlijn", "", "Van onze correspondent Berlijn", None),
    ],
)
def test_lines_below_the_title(head: str, publisher: str, author: str, iso: str | None) -> None:
    text = f"Brug bij Merwoude dicht\n\n{head}\n\nDe brug bij Merwoude is dicht. Niemand mag erover.\n"
    layout = lay_out(text)
    assert layout.title == "Brug bij Merwoude dicht"
    assert (layout.publisher, layout.author) == (publisher, author)
    assert (layout.published.iso if layout.published else None) == iso
    assert _parts(text, layout.furniture) == [head]


@pytest.mark.parametrize(
    ("head", "title", "publisher", "author", "iso"),
    [
        ("Treinramp afgewend\nDoor Anne van Dam\n12 mrt. 2025\n\n", "Treinramp afgewend", "", "Anne van Dam", "2025-03-12"),
        ("NRC\n12 maart 2025\nKabinet valt over asiel\nKarlijn de Vries\n\n", "Kabinet valt over asiel", "NRC", "Karlijn de Vries", "2025-03-12"),
        ("Kabinet valt over asiel\nTrouw, woensdag 12 maart 2025\n\n", "Kabinet valt over asiel", "Trouw", "", "2025-03-12"),
        ("NOS Nieuws\n•\nvandaag, 14:05\n•\nRechter verbiedt sloop\n\n", "Rechter verbiedt sloop", "NOS Nieuws", "", None),
        ("Kerken worden woningen\n\nEmiel Hakkenes\n\n", "Kerken worden woningen", "", "Emiel Hakkenes", None),
        ("Conditions of Use Policy\n\nShow All\n\nAcceptable Use\n\n", "Conditions of Use Policy", "", "", None),
        ("Kerken worden woningen\n\nDen Haag\n\n", "Kerken worden woningen", "", "", None),
        ("Verkiezingen Tweede Kamer 12 september 2012\n\n", "Verkiezingen Tweede Kamer 12 september 2012", "", "", None),
        ("Bekijk deze nieuwsbrief in je browser: https://x.example/1\n\nGoedemorgen!\n\n", "Goedemorgen!", "", "", None),
    ],
)  # fmt: skip
def test_heads_of_articles(head: str, title: str, publisher: str, author: str, iso: str | None) -> None:
    text = f"{head}De brug bij Merwoude is dicht. Niemand mag erover. Het duurt nog weken, zegt de wethouder, want het staal van de liggers moet uit Finland komen.\n\nMeer volgt.\n"
    layout = lay_out(text)
    assert (layout.title, layout.publisher, layout.author) == (title, publisher, author)
    assert (layout.published.iso if layout.published else None) == iso


def test_a_byline_may_be_the_last_line() -> None:
    text = "Brug dicht\n\nDe brug is dicht. Niemand mag erover.\n\nDoor Rob Koster\n"
    layout = lay_out(text)
    assert (layout.author, _parts(text, layout.furniture)) == ("Rob Koster", ["Door Rob Koster"])


def test_lines_of_prose_that_are_wrapped_are_no_title() -> None:
    text = "De minister heeft dinsdag in de Kamer gezegd dat\nAnne van Dam de opdracht krijgt. Dat is nieuw.\n\nMeer volgt.\n"
    layout = lay_out(text)
    assert (layout.title, layout.author, layout.furniture) == ("", "", ())


def test_fields_above_the_text() -> None:
    text = (
        "Titel: Brug dicht\nDatum: 3-4-2022\nKrant: De Peilstok\nAuteur: I. Brandsema\n\nDe brug is dicht. Echt waar.\n"
    )
    layout = lay_out(text)
    assert layout.published is not None
    assert (layout.title, layout.publisher, layout.author) == ("Brug dicht", "De Peilstok", "I. Brandsema")
    assert layout.published.iso == "2022-04-03"
    assert len(layout.furniture) == 4
    assert layout.headings == ()


@pytest.mark.parametrize(
    "line",
    [
        "Volledig scherm De burgemeester op het plein. © Belga",
        "Foto: Jan de Boer",
        "© ANP / Getty Images",
        "ANP",
        "(AFP)",
        "De burgemeester op het plein. © Reuters",
        "Alle rechten voorbehouden.",
        "Advertentie",
        "Tekst gaat verder onder de foto",
        "Deel dit artikel",
        "Delen op Facebook | Twitter | WhatsApp".replace("Delen op Facebook", "Facebook"),
        "Leestijd 3 min",
        "Schrijf je in voor onze nieuwsbrief en mis niets",
        "Wij gebruiken cookies om deze site te verbeteren. Accepteer ze allemaal.",
        "Lees ook: Rutte bezoekt Kiev",
        "Read more: what we know so far",
        "Sign up to our newsletter",
        "Anzeige",
        "Lire aussi : La ville ferme ses piscines",
        "Wilt u dit artikel verder lezen?",
        "Je ontvangt deze nieuwsbrief omdat je bent aangemeld voor De Peilstok.",
        "Uitschrijven | Voorkeuren wijzigen | Privacy",
        "Bekijk deze mail online",
        "Je hebt deze e-mail ontvangen omdat je je hebt geabonneerd. Afmelden",
        "Aangepast vandaag, 15:22",
        "gisteren om 14.05 uur",
        "Update: 5 uur geleden",
        "Deel artikel:",
        "Kijk onze meest bekeken nieuwsvideo's in onderstaande playlist:",
        "Log in of maak een account aan en mis niks meer van de sterren.",
        "View this email in your browser",
    ],
)
def test_furniture_of_newspapers(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "Deel van de troepen gaat naar Polen.",
        "Foto's van de ramp gingen de wereld over.",
        "Lees dat boek, zegt de minister.",
        "De krant schreef over cookies en hoe men die bakt.",
        "Facebook moet een boete van 3 miljoen betalen.",
        "Advertenties van gokbedrijven zijn sinds juli verboden.",
        "De site gebruikt cookies van adverteerders, oordeelde de rechter dinsdag.",
        "Video's van de aanslag werden verwijderd.",
        "Het ANP meldt dat de brug dicht is.",
        "Ontvang je een brief van de gemeente? Dan moet je betalen.",
        "Print is dood, zei de uitgever.",
        "Related costs rose to 3 million.",
        "Vandaag is het zover.",
        "Contact",
        "Gisteren",
        "Bekijk onze video’s niet als advertentie, zegt de directeur, maar als verslag van wat er in de stad gebeurt.",
    ],
)
def test_prose_is_never_furniture(line: str) -> None:
    assert not is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "Hoofdstad: Oranjestad",
        "- een visumaanvraag;",
        "Bijvoorbeeld bij:",
        "dat is waar",
        "Er kwamen 300 mensen.",
        "“Ik weet het niet!”",
        "https://krant.example/artikel",
        "12.000",
        "En toen. Wie had dat gedacht",
    ],
)
def test_no_headings(line: str) -> None:
    text = (
        f"De eerste alinea gaat over iets. En nog wat.\n\n{line}\n\nDe tweede alinea is langer"
        f" dan de eerste. En klaar.\n"
    )
    assert lay_out(text).headings == ()


@pytest.mark.parametrize(
    "line", ["Kruisraketten", "8.500 andere troepen stand-by", "Wat betekent dit?", "‘Niet nodig’"]
)
def test_headings(line: str) -> None:
    text = (
        f"De eerste alinea gaat over iets. En nog wat.\n\n{line}\n\nDe tweede alinea is langer"
        f" dan de eerste. En klaar.\n"
    )
    assert _parts(text, lay_out(text).headings) == [line]


def test_a_teaser_about_the_articles_own_subject_stays_prose() -> None:
    text = (
        "Rutte sprak in Kiev met de president. Het bezoek duurde kort.\n\nLees ook:\n\n"
        "Rutte in Kiev: een terugblik\n\nRutte reist morgen vanuit Kiev door naar Warschau.\n"
    )
    assert _parts(text, lay_out(text).furniture) == ["Lees ook:", "Rutte in Kiev: een terugblik"]


def test_link_boxes_with_several_titles() -> None:
    text = (
        "De brug is dicht. Dat is zo.\n\nLees ook:\n- Waarom bruggen scheuren\n- De pont"
        " vaart weer\n\nDe brug blijft dicht.\n"
    )
    found = _parts(text, lay_out(text).furniture)
    assert found == ["Lees ook:", "- Waarom bruggen scheuren", "- De pont vaart weer"]
    assert opens_link_box("Lees ook:") and not opens_link_box("Lees ook dit boek eens")


@given(st.text(alphabet=st.sampled_from("Aa .:\n\r©-#?Lees ook:date2022-02foto“”"), max_size=400))
def test_spans_are_in_order_apart_and_within_the_text(text: str) -> None:
    layout = lay_out(text)
    for spans in (layout.furniture, layout.headings):
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        assert all(first.end <= second.start for first, second in itertools.pairwise(spans))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_merged_spans_cover_the_same_places(pairs: list[tuple[int, int]]) -> None:
    spans = [Span(min(pair), max(pair)) for pair in pairs]
    covered = {place for span in spans for place in range(span.start, span.end)}
    result = merged(spans)
    assert {place for span in result for place in range(span.start, span.end)} == covered
    assert all(first.end < second.start for first, second in itertools.pairwise(result))
