"""Sentence boundaries: hand-made cases in four languages, and the laws that hold for any string."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.records import Span
from embeddings.sentences import MAXIMUM_QUOTATION, split_sentences


def sentences(text: str, language: str = "nl") -> list[str]:
    return [text[found.start : found.end] for found in split_sentences(text, language)]


def kinds(text: str, language: str = "nl") -> list[tuple[str, str]]:
    return [(found.kind, text[found.start : found.end]) for found in split_sentences(text, language)]


WHOLE = {
    "nl": [
        "Er gaan 2.000 troepen naar Polen en 8.500 naar Roemenië.",
        "Dr. Jansen en prof. dr. ir. A. de Vries waren het eens.",
        "Hij sprak o.a. over de NAVO, m.b.t. de inzet van bijv. extra militairen, d.w.z. 8.500 man.",
        "Het staat in art. 5 van het verdrag en in nr. 12 op blz. 3.",
        "Oud-premier J. P. Balkenende en J.P.H. Donner kwamen.",
        "De heer J. Jansen woont aan de Kerkstr. 5 in Den Haag.",
        "George W. Bush belde met senatoren.",
        "“Zo werkt het niet. Dat weet u”, zei John Kirby.",
        "‘Het begon klein. Nu is het groot,’ zei ze.",
        "'Het begon klein. Nu is het groot', zei ze.",
        '"Het begon klein. Nu is het groot", zei ze.',
        "„Het begon klein. Nu is het groot”, zei ze.",
        "“Wat is dit?” vroeg de minister.",
        "Hij wacht... en wacht… en gaat dan weg.",
        "De trein van 12.30 uur kostte € 3,50.",
        "Kijk op www.overheid.nl/wet.html voor meer.",
        "Zo'n 100 man, d.w.z. een compagnie, vertrok.",
        "De straffen (zie par. 3) zijn hoog.",
    ],
    "en": [
        "Mr. Bolton met Sen. J. Smith in the U.S. Senate.",
        "It costs approx. 3.5 million, i.e. too much.",
        '"It was amazing. Everyone was there," he said.',
        "Gov. Ralph S. Northam spoke at 7 a.m. on Monday.",
        "The rally is at 7 p.m. Eastern time, Sens. John Kennedy and Mark Kelly said.",
        '"Are you ready?" CNN reported.',
    ],
    "de": [
        "Am 3. Mai kamen z. B. die Minister nach Berlin.",
        "Er sprach u.a. mit Dr. Müller, d.h. dem Arzt.",
        "„Das ist falsch. Ganz falsch“, sagte Scholz.",
    ],
    "fr": ["M. Macron a vu Mme. Dupont, p.ex. à Paris.", "« C'est faux. Très faux », a dit le ministre."],
}


@pytest.mark.parametrize(("language", "text"), [(code, text) for code in WHOLE for text in WHOLE[code]])
def test_one_sentence_stays_one(language: str, text: str) -> None:
    assert sentences(text, language) == [text]


@pytest.mark.parametrize(
    "parts",
    [
        ["Dat bevestigt het Pentagon vandaag.", "Er worden 2.000 militairen gestuurd."],
        ["De troepen komen uit de VS.", "De NAVO is blij."],
        ["Hij kreeg vitamine C.", "Dat hielp."],
        ["“Nee!”", "Toen liep hij weg."],
        ["Ze kochten appels, peren enz.", "Daarna gingen ze naar huis."],
        ["Hij zweeg…", "Toen sprak hij."],
        ["Waarom?", "Omdat het moet!", "Echt."],
        ["Het waren er 8.500.", "2.000 gingen naar Polen."],
        ["Meer staat op overheid.nl.", "Kijk daar eens."],
        ["'s Ochtends regent het.", "'s Avonds niet.", "’t Is mooi."],
        ["Hij zei: ‘Ik kom.’", "Maar hij kwam niet."],
        ["De wet geldt voor u.", "Het is onbeperkt geldig."],
        ["Zij (de minister) bleef.", "(Hij niet.)", "Einde."],
    ],
)
def test_sentences_are_told_apart(parts: list[str]) -> None:
    assert sentences(" ".join(parts)) == parts


def test_a_space_that_was_lost_is_seen_by_the_word_after_it() -> None:
    assert sentences("Dat is het einde.Het begin volgt op Booking.Com vandaag.") == [
        "Dat is het einde.",
        "Het begin volgt op Booking.Com vandaag.",
    ]


def test_a_long_quotation_is_cut_within() -> None:
    inner = " ".join(["Dit is een zin van de minister over de troepen."] * 10)
    assert len(inner) > MAXIMUM_QUOTATION
    found = sentences(f"“{inner}”, zei hij.")
    assert len(found) == 10
    assert found[-1] == "Dit is een zin van de minister over de troepen.”, zei hij."


def test_a_quotation_mark_that_is_never_closed_swallows_nothing() -> None:
    assert sentences("“Wij gaan. Zij gaan ook. Wie blijft?") == ["“Wij gaan.", "Zij gaan ook.", "Wie blijft?"]


ARTICLE = """ date 2022-02 De VS sturen troepen. Dat is bevestigd.

Volledig scherm Woordvoerder John Kirby. © AFP

8.500 andere troepen stand-by

Die troepen komen bovenop de rest:

- logistiek personeel;
- medische hulp.

Lees ook:

Rutte in Kiev: het Westen kan niet toekijken

Concrete afspraken bleven uit."""


def test_headings_captions_lists_and_links() -> None:
    assert kinds(ARTICLE) == [
        ("furniture", "date 2022-02"),
        ("body", "De VS sturen troepen."),
        ("body", "Dat is bevestigd."),
        ("furniture", "Volledig scherm Woordvoerder John Kirby. © AFP"),
        ("heading", "8.500 andere troepen stand-by"),
        ("body", "Die troepen komen bovenop de rest:"),
        ("body", "- logistiek personeel;"),
        ("body", "- medische hulp."),
        ("furniture", "Lees ook:"),
        ("furniture", "Rutte in Kiev: het Westen kan niet toekijken"),
        ("body", "Concrete afspraken bleven uit."),
    ]


def test_windows_line_ends_change_nothing_but_offsets() -> None:
    assert kinds(ARTICLE.replace("\n", "\r\n")) == kinds(ARTICLE)


def test_wrapped_lines_are_one_paragraph() -> None:
    text = (
        "Russische eisen\n"
        "Rusland ontkent dat het een invasie van Oekraïne plant, maar heeft wel zo’n\n"
        "100.000 Russische troepen opgesteld aan de grenzen. In 2014 veroverde Rusland\n"
        "Krim en steunde het rebellen.\n"
        "Moskou zwijgt."
    )
    assert kinds(text) == [
        ("heading", "Russische eisen"),
        (
            "body",
            "Rusland ontkent dat het een invasie van Oekraïne plant, maar heeft wel zo’n\n"
            "100.000 Russische troepen opgesteld aan de grenzen.",
        ),
        ("body", "In 2014 veroverde Rusland\nKrim en steunde het rebellen."),
        ("body", "Moskou zwijgt."),
    ]


def test_a_list_of_names_is_no_run_of_headings() -> None:
    text = "Het gaat om:\n\nDuitsland\n\nItalië\n\nDaarna volgen andere landen."
    assert [kind for kind, _ in kinds(text)] == ["body"] * 4


def test_what_the_article_says_wins() -> None:
    text = "Een kop. Tekst van het stuk. Foto van iets."
    found = split_sentences(text, "nl", furniture=[Span(29, 999)], headings=[Span(0, 8), Span(30, 33)])
    assert [(sentence.kind, text[sentence.start : sentence.end]) for sentence in found] == [
        ("heading", "Een kop."),
        ("body", "Tekst van het stuk."),
        ("furniture", "Foto van iets."),
    ]


FRAGMENTS = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [". ", "\n", "\n\n", " “", "” ", "‘", "’", '"', "'", "Dr. ", "o.a. ", "Het ", "- ", "…", "A. "]
        ),
        st.sampled_from(["Lees ook:", "© AFP", " 2.000 ", "。", "Kop", "?", "ß", "😀"]),
        st.sampled_from(["\r\n", "\ud800", "\x85", "\u2028", "\u0301", "\x1c", "\u00a0"]),
    ),
    max_size=40,
).map("".join)


@settings(max_examples=400)
@given(
    FRAGMENTS,
    st.sampled_from(["", "nl", "en", "de", "fr", "xx"]),
    st.lists(st.tuples(st.integers(-3, 60), st.integers(-3, 60)), max_size=4),
    st.lists(st.tuples(st.integers(-3, 60), st.integers(-3, 60)), max_size=4),
)
def test_laws(text: str, language: str, furniture: list[tuple[int, int]], headings: list[tuple[int, int]]) -> None:
    found = split_sentences(text, language, [Span(*pair) for pair in furniture], [Span(*pair) for pair in headings])
    position = 0
    for sentence in found:
        assert position <= sentence.start < sentence.end <= len(text)
        assert not text[position : sentence.start].strip()
        content = text[sentence.start : sentence.end]
        assert content == content.strip()
        position = sentence.end
    assert not text[position:].strip()


def test_rows_of_a_small_table_are_read_as_text() -> None:
    text = "De branden per jaar staan hieronder. Dat meldt de korpschef.\n\nJaar | Branden\n\n2023 | 412\n\nHet artikel gaat dan verder."
    assert kinds(text)[2:4] == [("body", "Jaar | Branden"), ("body", "2023 | 412")]


@pytest.mark.parametrize(
    "unit",
    [
        "Dit is een zin. ",
        "a. ",
        "“",
        "„ a. ",
        "‘a’b ",
        '"A. ',
        ".",
        "x.Het",
        "1. ",
        "A.",
        "(",
        "\n",
        "- a\n",
        "K\n\n",
        "'",
    ],
)
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        best = 9e9
        for _ in range(3):
            begun = time.thread_time()  # the processor's: other work on the machine does not count
            split_sentences(text)
            best = min(best, time.thread_time() - begun)
        return best

    assert seconds(40_000) < 12 * seconds(10_000) + 0.05
