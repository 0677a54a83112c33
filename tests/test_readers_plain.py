"""Plain text and Markdown: the stored text is the file, its fields come from what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from embeddings.records import Article
from qa.errors import ReadError
from qa.readers import read
from qa.readers.masthead import without_by


def _write(folder: Path, name: str, text: str | bytes) -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return str(path)


def _only(path: str) -> Article:
    articles = list(read(path))
    assert len(articles) == 1
    return articles[0]


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_the_text_is_the_decoded_file_exactly(tmp_path: Path, name: str) -> None:
    text = "Kop\r\n\r\nDe brug\tis dicht.  \r\nEcht.\u200b\u202e\r\n\r\n"
    article = _only(_write(tmp_path, name, text))
    assert article.text == text
    assert article.source == str(tmp_path / name)
    assert _only(_write(tmp_path, name, "\ufeff" + text)).text == text
    assert _only(_write(tmp_path, name, text.encode("utf-16"))).text == text


def test_a_text_without_title_or_date_gets_none_invented(tmp_path: Path) -> None:
    article = _only(_write(tmp_path, "krant.txt", "De brug is sinds maandag dicht. Dat zegt de gemeente.\n"))
    assert article.title == "De brug is sinds maandag dicht."
    assert article.published is None
    assert article.language == "nl"


def test_the_date_in_the_file_name_is_the_last_resort(tmp_path: Path) -> None:
    named = _only(_write(tmp_path, "2022-02-03-brug.txt", "De brug is dicht.\n"))
    assert named.published is not None
    assert (named.published.iso, named.published.origin) == ("2022-02-03", "file name")
    stated = _only(_write(tmp_path, "2022-02-03-weg.txt", " date 2021-11 De weg is dicht.\n"))
    assert stated.published is not None and stated.published.iso == "2021-11"


def test_front_matter(tmp_path: Path) -> None:
    text = (
        "---\ntitle: 'Brug: dicht'\ndate: 2025-01-07\npublisher: De Peilstok\nauthor: [Ilse Brandsema, Jan Vos]\n"
        "lang: nl-NL\nurl: https://peilstok.example/1\nid: p1\nsection: Regio\n---\n\n# Brug"
        " dicht\n\nDe brug is dicht.\n\n"
        "## Herstel\n\nHet kost 3 miljoen.\n\n![De brug](brug.jpg)\n\n---\n\n[1]: https://x.example\n"
    )
    article = _only(_write(tmp_path, "a.md", text))
    assert article.published is not None
    assert (article.published.iso, article.published.origin) == ("2025-01-07", "front matter")
    assert (article.title, article.publisher, article.author) == (
        "Brug: dicht",
        "De Peilstok",
        "Ilse Brandsema, Jan Vos",
    )
    assert (article.language, article.url, article.external_id) == ("nl", "https://peilstok.example/1", "p1")
    assert article.section == "Regio"
    assert [text[span.start : span.end] for span in article.headings] == ["# Brug dicht", "## Herstel"]
    assert [text[span.start : span.end].strip() for span in article.furniture] == [
        text[: text.index("# Brug")].strip(), "![De brug](brug.jpg)", "---", "[1]: https://x.example",
    ]  # fmt: skip


def test_front_matter_that_is_wrong_leaves_the_text(tmp_path: Path) -> None:
    for front in ("a: [1", "a: &x [1,2]\nb: *x", "- 1\n- 2", "a: !!python/object:os.system ls"):
        article = _only(_write(tmp_path, "a.md", f"---\n{front}\n---\nDe brug is dicht.\n"))
        assert article.title == "De brug is dicht."
        assert article.published is None


def test_code_fences_hold_no_headings(tmp_path: Path) -> None:
    text = "# Kop\n\nTekst van het stuk.\n\n```\n# geen kop\n```\n\nNog wat tekst, en klaar.\n"
    article = _only(_write(tmp_path, "a.md", text))
    assert [text[span.start : span.end] for span in article.headings] == ["# Kop"]
    assert article.title == "Kop"


def test_an_export_of_an_archive_gives_its_articles(tmp_path: Path) -> None:
    part = (
        "\n{title}\n\nDe Peilstok\n\n{date}\n\nSection: Regio; Blz. {page}\n\nByline:"
        " {author}\n\nBody\n\n{body}\n\nLoad-Date: May 4, 2022\n\nEnd of Document\n"
    )
    text = part.format(title="Brug dicht", date="2 mei 2022 maandag", page=5, author="I. Vos", body="De brug is dicht.")
    text += part.format(title="Brug open", date="3 mei 2022", page=1, author="J. Bos", body="De brug is weer open.")
    first, second = read(_write(tmp_path, "export.txt", text))
    assert (first.title, first.text, first.publisher) == ("Brug dicht", "De brug is dicht.", "De Peilstok")
    assert (first.author, first.section) == ("I. Vos", "Regio, p. 5")
    assert first.published is not None and first.published.iso == "2022-05-02"
    assert second.published is not None and second.published.iso == "2022-05-03"
    assert [first.source, second.source] == [f"{tmp_path}/export.txt#1", f"{tmp_path}/export.txt#2"]


@pytest.mark.parametrize(
    "data", [b"", b"   \n", b"\x00\x01\x02\x03" * 20, b"\x89PNG\r\n\x1a\n", b"abc\0def and more text"]
)
def test_what_is_no_text_is_an_error(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ReadError):
        list(read(_write(tmp_path, "a.txt", data)))


@pytest.mark.parametrize(
    "line", ["*Door Jan Jansen*", "_Door: Jan Jansen_", "**Door Jan Jansen**", "*Jan Jansen, 12 maart 2025*"]
)
def test_emphasis_around_a_byline_is_no_part_of_it(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"# De brug is dicht\n\n{line}\n\nDe brug bij Merwoude is dicht. Dat zegt de gemeente *zelf*.\n")
    (article,) = read(str(path))
    assert (article.title, article.author or article.publisher) == ("De brug is dicht", "Jan Jansen")
    assert [article.text[span.start : span.end] for span in article.furniture] == [line]


def test_a_byline_in_a_field_loses_its_preposition_only() -> None:
    written = (
        "Door Jan Jansen",
        "Door onze redacteur Mark Duur",
        "by: Jane Roe",
        "Von der Leyen",
        "van Onze verslaggever",
    )
    assert list(map(without_by, written)) == [
        "Jan Jansen", "onze redacteur Mark Duur", "Jane Roe", "Von der Leyen", "van Onze verslaggever",
    ]  # fmt: skip


COPIED = """Nieuws
Waterschap wil sloten dempen

Natuurorganisaties vrezen voor de grutto. 'Dit is een slecht plan.'

{}

Het waterschap Rijn en Merle wil komende winter 14 kilometer sloot dempen. Daarmee moet het grondwater sneller weg kunnen.
"""


@pytest.mark.parametrize(
    ("below", "author", "moment"),
    [
        ("Anouk Verweij\n21 mei 2025, 16:40 • Leestijd 2 min", "Anouk Verweij", "2025-05-21 16:40"),
        ("Anouk Verweij\n21 mei 2025", "Anouk Verweij", "2025-05-21 "),
        ("21 mei 2025, 16:40", "", "2025-05-21 16:40"),
        ("21 mei 2025", "", None),  # may be what the text is about
    ],
)
def test_a_page_copied_from_a_browser(tmp_path: Path, below: str, author: str, moment: str | None) -> None:
    path = tmp_path / "a.txt"
    path.write_text(COPIED.format(below))
    (article,) = read(str(path))
    assert (article.title, article.author) == ("Waterschap wil sloten dempen", author)
    assert (f"{article.published.iso} {article.published.time}" if article.published else None) == moment
    furniture = [article.text[span.start : span.end] for span in article.furniture]
    assert furniture == ["Nieuws", *(below.split("\n") if moment else [])]
