"""Exports of news archives: the same three articles in the layout of each archive and in each of its formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qa.readers import read
from qa.readers.exports import split_export
from tests.test_readers_office import _docx, _paragraph
from tests.test_readers_pdf import pdf_of

BODIES = (
    ["De Hanzebrug bij Merwoude is per direct dicht. Dat meldt de provincie.", "Het herstel duurt tot mei."],
    ["The ferry at Sluiskerke sails again. Repairs cost 412,000 euros."],
    ["Die Fähre fährt wieder. Die Reparatur war teuer.", "Die Stadt zahlte die Busse."],
)
TITLES = ("Hanzebrug per direct dicht", "Ferry sails again", "Fähre fährt wieder")
OUTLETS = ("De Peilstok", "The Harbour Ledger", "Nordmark-Rundblatt")
AUTHORS = ("Ilse Brandsema", "Jane Holloway", "Uwe Petersen")
ISO = ("2025-01-07", "2025-04-14", "2025-03-03")
PAGES = ("3", "12", "5")


def _nexis() -> list[str]:
    lines = ["User Name: lezer", "Date and Time: Tuesday, 22 April 2025 10:15:00 AM CET", "Job Number: 123456789"]
    lines += ["Documents (3)", "1. Hanzebrug per direct dicht", "Client/Matter: -None-", "Search Terms: hanzebrug"]
    dates = ("7 januari 2025 dinsdag", "April 14, 2025 Monday 6:30 AM GMT", "3. März 2025 Montag")
    for title, outlet, date, page, author, body in zip(TITLES, OUTLETS, dates, PAGES, AUTHORS, BODIES, strict=True):
        lines += [title, outlet, date, f"Copyright 2025 {outlet} All Rights Reserved", f"Section: REGIO; Blz. {page}"]
        lines += ["Length: 123 words", f"Byline: {author}", "Body", *body, "Classification", "Language: DUTCH"]
        lines += ["Subject: BRIDGES (90%)", "Load-Date: May 1, 2025", "End of Document"]
    return lines


def _lexisnexis() -> list[str]:
    lines = []
    dates = ("7 januari 2025 dinsdag", "April 14, 2025 Monday", "3. März 2025 Montag")
    for number, parts in enumerate(zip(TITLES, OUTLETS, dates, PAGES, AUTHORS, BODIES, strict=True), start=1):
        title, outlet, date, page, author, body = parts
        lines += [f"{number} of 3 DOCUMENTS", outlet, date, title, f"BYLINE: {author}", f"SECTION: REGIO; Blz. {page}"]
        lines += ["LENGTH: 123 woorden", *body, "LOAD-DATE: May 1, 2025", "LANGUAGE: DUTCH; NEDERLANDS"]
        lines += ["PUBLICATION-TYPE: Krant", f"Copyright 2025 {outlet}", "All Rights Reserved"]
    return lines


def _factiva() -> list[str]:
    lines = []
    dates, words = ("7 januari 2025", "14 April 2025", "3. März 2025"), ("woorden", "words", "Wörter")
    parts = zip(TITLES, OUTLETS, dates, PAGES, AUTHORS, BODIES, words, ("Door", "By", "Von"), strict=True)
    for number, (title, outlet, date, page, author, body, counted, by) in enumerate(parts, start=1):
        lines += [
            "REGIO",
            title,
            f"{by} {author}",
            f"123 {counted}",
            date,
            "06:30",
            outlet,
            "PEILS",
            page,
            "Nederlands",
        ]
        lines += [f"Copyright 2025 {outlet}", *body, f"Document PEILS000202501{number:02}ed1700002"]
    return lines


def _factiva_with_codes() -> list[str]:
    lines = []
    dates = ("7 januari 2025", "14 April 2025", "3 März 2025")
    for number, parts in enumerate(zip(TITLES, OUTLETS, dates, PAGES, AUTHORS, BODIES, strict=True), start=1):
        title, outlet, date, page, author, body = parts
        lines += ["SE REGIO", f"HD {title}", f"BY Door {author}", "WC 123 woorden", f"PD {date}", f"SN {outlet}"]
        lines += ["SC PEILS", f"PG {page}", "LA Nederlands", f"CY Copyright 2025 {outlet}", "LP", body[0], "TD"]
        lines += [*body[1:], "NS gbrug : Bruggen", f"AN Document PEILS000202501{number:02}ed1700002"]
    return lines


def _gopress() -> list[str]:
    lines = []
    dates = ("dinsdag 7 januari 2025", "14/04/2025", "lundi 3 mars 2025")
    for title, outlet, date, page, author, body in zip(TITLES, OUTLETS, dates, PAGES, AUTHORS, BODIES, strict=True):
        lines += [f"{outlet}*", f"{date}, Pagina {page}", title, f"Auteur: {author}", *body]
        lines += ["Copyright © 2025 gopress. Alle rechten voorbehouden"]
    return lines


def test_gopress_with_a_bare_name_and_the_publisher_above_the_outlet(tmp_path: Path) -> None:
    text = (
        "© 2025 Stroomland Media\n\nDe Peilstok - 3 oktober 2025 - Pagina 8\n\nScholen met lekke daken\n\nIlse Brandsema\n\n"
        "Een op de drie schoolgebouwen in de gemeente Merwoude heeft een lekkend dak, blijkt uit een inspectie van het ministerie.\n\n"
        "© gopress - Alle rechten voorbehouden\n"
    )
    path = tmp_path / "a.txt"
    path.write_text(text)
    (article,) = read(str(path))
    assert (article.title, article.publisher, article.author, article.section) == (
        "Scholen met lekke daken", "De Peilstok", "Ilse Brandsema", "p. 8",
    )  # fmt: skip


def test_words_divided_in_a_printed_column_are_whole(tmp_path: Path) -> None:
    text = (
        "De gemeente heeft gisteren be-\nsloten de oude zee-egel-\nvijver te dempen. De zee-\negels, de in-\nen uitvoer van vis en het wa¬\n"
        "ter gaan naar Oost-\nBrabant.\n\n"
        '"Vijver gedempt". "De Peilstok". Merwoude, 07-01-1925, p. 3. Geraadpleegd op Delpher op 22-11-2025, https://r.example/x\n'
    )
    path = tmp_path / "a.txt"
    path.write_text(text.replace("De zee-\negels", "Een zee-egels. De zee-\negels"))
    (article,) = read(str(path))
    assert article.text == (
        "De gemeente heeft gisteren besloten de oude zee-egelvijver te dempen. Een zee-egels. De zee-egels, de in-\nen uitvoer van vis "
        "en het water gaan naar Oost-\nBrabant."
    )


def _delpher() -> list[str]:
    lines = []
    dates = ("07-01-2025", "14-04-2025", "3 maart 2025")
    for title, outlet, date, page, body in zip(TITLES, OUTLETS, dates, PAGES, BODIES, strict=True):
        lines += [*body, f'"{title}". "{outlet}". Merwoude, {date}, p. {page}. Geraadpleegd op Delpher op 22-11-2025, '
                  f"https://resolver.example/resolve?urn=ddd:{page}:mpeg21"]  # fmt: skip
    return lines


LAYOUTS: dict[str, Callable[[], list[str]]] = {
    "nexis": _nexis, "lexisnexis": _lexisnexis, "factiva": _factiva, "factiva codes": _factiva_with_codes,
    "gopress": _gopress, "delpher": _delpher,
}  # fmt: skip


def _as_text(lines: list[str]) -> bytes:
    return "\n\n".join(lines).encode("utf-8")


def _as_html(lines: list[str]) -> bytes:
    paragraphs = "".join(f"<p>{line}</p>" for line in lines)
    return f"<html><head><meta charset='utf-8'><title>Export</title></head><body>{paragraphs}</body></html>".encode()


def _as_docx(lines: list[str]) -> bytes:
    return _docx(*map(_paragraph, lines))


def _as_rtf(lines: list[str]) -> bytes:
    return b"{\\rtf1\\ansi " + b"\\par ".join(line.encode("cp1252") for line in lines) + b"}"


def _as_pdf(lines: list[str]) -> bytes:
    pages = [lines[at : at + 30] for at in range(0, len(lines), 30)]
    return pdf_of([[(60, 800 - 24 * row, 11, line) for row, line in enumerate(page)] for page in pages])


FORMATS = {".txt": _as_text, ".html": _as_html, ".docx": _as_docx, ".rtf": _as_rtf, ".pdf": _as_pdf}


@pytest.mark.parametrize("suffix", sorted(FORMATS))
@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_every_article_comes_out_with_its_fields(tmp_path: Path, layout: str, suffix: str) -> None:
    path = tmp_path / f"export{suffix}"
    path.write_bytes(FORMATS[suffix](LAYOUTS[layout]()))
    articles = list(read(str(path)))
    assert [article.title for article in articles] == list(TITLES)
    assert [article.publisher for article in articles] == list(OUTLETS)
    assert [article.published.iso if article.published else None for article in articles] == list(ISO)
    times = {"nexis": ["", "06:30+00:00", ""], "factiva": ["06:30"] * 3}.get(layout, ["", "", ""])
    assert [article.published.time if article.published else None for article in articles] == times
    assert [" ".join(article.text.split()) for article in articles] == [" ".join(body) for body in BODIES]
    assert [article.section.rsplit(", ", 1)[-1] for article in articles] == [f"p. {page}" for page in PAGES]
    assert [article.source for article in articles] == [f"{path}#{number}" for number in (1, 2, 3)]
    if layout != "delpher":
        assert [article.author for article in articles] == list(AUTHORS)
    assert articles[0].language == "nl"


@pytest.mark.parametrize(
    "text",
    [
        "Het Document PEILS bestaat niet. De brug is dicht.",
        "De minister las voor: 'End of the line'.\n\nDocument\n\nDe brug is dicht.",
        "De krant is te lezen in Delpher en bij Gopress. Meer niet.",
        "© 2025 Mediahuis\n\nDe brug is dicht.",
        "HD televisie is overal.\n\nPD is een partij.\n\nSN ook.",
    ],
)
def test_an_article_about_archives_is_no_export(text: str) -> None:
    assert list(split_export(text, "x")) == []
