"""Files that real programs wrote: the whole article, nothing of the page around it, and what they say of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from embeddings.records import Article
from qa.readers import read

DATA = Path(__file__).parent / "data"
TITLE = "Veerpont van Sluiskerke vaart weer na zeven weken"


def _articles(name: str) -> list[Article]:
    return list(read(str(DATA / name)))


def _original() -> tuple[list[str], list[str], list[str]]:
    """Paragraphs, headings and rows of the article as it was written, without its soft hyphens."""
    page = (DATA / "article.html").read_text(encoding="utf-8").replace("&shy;", "")
    body = page[page.index('<div class="columns">') :]

    def plain(part: str) -> str:
        return " ".join(re.sub("<[^>]+>", " ", part).split())

    rows = [" | ".join(map(plain, re.findall("<t[hd]>(.*?)</t[hd]>", row))) for row in re.findall("<tr>.*?</tr>", body)]
    return (
        [plain(part) for part in re.findall("<p>.*?</p>", body, re.DOTALL)],
        [plain(part) for part in re.findall("<h2>.*?</h2>", body)],
        rows,
    )


@pytest.mark.parametrize(
    "name",
    ["libreoffice.docx", "libreoffice.odt", "libreoffice.rtf", "libreoffice.epub", "libreoffice.pdf",
     "chromium.pdf", "chromium.mhtml"],
)  # fmt: skip
def test_the_article_comes_in_whole_and_in_order(name: str) -> None:
    (article,) = _articles(name)
    paragraphs, headings, rows = _original()
    expected = [
        TITLE,
        "Door Ilse Brandsema",
        *paragraphs[:2],
        headings[0],
        *paragraphs[2:4],
        headings[1],
        *paragraphs[4:],
    ]
    if name.endswith(".pdf"):  # which has no tables, only words at places
        assert article.text.split("\n\n")[: len(expected)] == expected
        assert "As en montage 298.000 euro" in article.text
    else:
        assert article.text.split("\n\n") == expected + rows
    assert (article.title, article.author, article.language) == (TITLE, "Ilse Brandsema", "nl")
    shown = [article.text[span.start : span.end] for span in article.headings]
    assert shown[:3] == [TITLE, *headings]
    assert [article.text[span.start : span.end] for span in article.furniture] == ["Door Ilse Brandsema"]


def test_outlet_and_date_where_the_file_says_them() -> None:
    (page,) = _articles("chromium.mhtml")
    assert page.published is not None
    assert (page.publisher, page.published.iso, page.published.origin, page.url) == (
        "De Peilstok", "2025-04-14", "meta article:published_time", "https://www.peilstok.example/2025/04/14/veerpont",
    )  # fmt: skip
    (printed,) = _articles("chromium.pdf")
    assert printed.published is not None
    assert (printed.publisher, printed.published.iso, printed.published.origin) == (
        "De Peilstok", "2025-04-14", "running head",
    )  # fmt: skip
    for name in ("libreoffice.docx", "libreoffice.odt", "libreoffice.pdf", "libreoffice.rtf", "libreoffice.epub"):
        (article,) = _articles(name)
        assert article.published is None  # when a file was saved says nothing about when its article appeared


def test_messages_of_mail_programs() -> None:
    (letter,) = _articles("newsletter.eml")
    assert (letter.title, letter.publisher, letter.external_id) == (
        "Ochtendbrief: de pont vaart weer", "De Peilstok", "1.ochtendbrief@peilstok.example",
    )  # fmt: skip
    assert "From 1 mei geldt een nieuw tarief, zegt de rederij." in letter.text
    letters = _articles("mailbox.mbox")
    assert [one.title for one in letters] == [letter.title, "Zö begint de dag – dinsdag", "Alleen tekst"]
    assert [one.published.iso for one in letters if one.published] == ["2025-04-14", "2025-04-15", "2025-04-16"]
    assert all("\n\nFrom 1 mei geldt" in one.text for one in letters)
    by_mutt = _articles("mutt.mbox")  # which leaves "From " at the beginning of a line as it is
    assert [(one.title, one.text) for one in by_mutt] == [
        ("Ochtendbrief: de pont vaart weer", "De veerpont bij Sluiskerke vaart weer. De reparatie kostte 412.000 euro.\n\n"
         "From 1 mei geldt een nieuw tarief, zegt de rederij.\n"),
        ("Zö begint de dag", "De coördinator van het café in België is geërgerd. Dat zegt één van hen.\n"),
        ("Met een bijlage", "De brug kost “drie miljoen” – €3 miljoen dus – en is ’s nachts dicht.\n\n-- \nDe Peilstok, Postbus 1, Harlo\n"),
    ]  # fmt: skip
    assert letters[0].source == f"{DATA}/mailbox.mbox#1.ochtendbrief@peilstok.example"


def test_a_newspapers_page_gives_its_articles() -> None:
    page = (DATA / "exports" / "newspaper.html").read_text(encoding="utf-8")
    columns = [re.findall("<p>(.*?)</p>", part, re.DOTALL) for part in re.split("<h2>", page)]
    for article, title, author, paragraphs in zip(
        _articles("exports/newspaper.pdf"),
        ("Treinen rond Harlo uren stil na brand in seinhuis", "Meer dan duizend woningen erbij in Damshorn"),
        ("Jan Jansen", "Van onze verslaggever"),
        columns,
        strict=True,
    ):
        assert (article.title, article.author, article.publisher, article.section) == (
            title, author, "Dagblad De Peilstok", "p. 7",
        )  # fmt: skip
        assert article.published is not None and article.published.iso == "2025-03-12"
        first, byline, *rest = article.text.split("\n\n")
        assert (first, byline.removeprefix("Door ")) == (title, author)
        assert " ".join(rest) == " ".join(paragraphs)


@pytest.mark.parametrize("name", ["nexis.docx", "nexis.rtf"])
def test_the_articles_of_an_archives_export(name: str) -> None:
    articles = _articles(f"exports/{name}")
    assert [(article.title, article.publisher, article.author, article.section) for article in articles] == [
        (
            "Havenbedrijf schrapt 230 banen na slecht jaar",
            "De Peilstok",
            "onze redacteur Bram Elzinga",
            "ECONOMIE, p. 14",
        ),
        ("Regen drukt de opkomst", "Stroomland Nieuwsdienst", "", "Binnenland"),
        ("River sewage spills hit record", "The Harbour Ledger (London)", "Jane Holloway", "ENVIRONMENT"),
    ]
    dates = [article.published for article in articles]
    assert [(date.iso, date.time) for date in dates if date] == [
        ("2025-03-12", ""), ("2025-03-19", "11:42"), ("2025-03-27", "13:05+00:00"),
    ]  # fmt: skip
    assert articles[0].text.startswith("Het Havenbedrijf") and articles[0].text.endswith("steenkool liep terug.")
