"""JSON and JSON Lines: every record an article, a wrong one no reason to lose the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import ReadError
from qa.readers import read
from qa.readers.fields import Fields, language_code, valid_unicode
from qa.readers.records import LONGEST_LINE, article_of_record

RECORD = {
    "id": "r-1", "title": "Brug dicht", "date": "2024-10-03", "source": "Gemeente Merwoude", "url": "https://m.example/1",
    "lang": "nl", "text": "De brug is dicht.\n\nHerstel duurt lang.",
}  # fmt: skip


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    records = [
        RECORD,
        {**RECORD, "id": "r-2", "date": "2018", "source": "bbc"},
        {**RECORD, "id": "", "title": ""},
    ]
    path.write_text("\n".join(json.dumps(record) for record in records) + "\n\n")
    first, second, third = read(str(path))
    assert first.published is not None and second.published is not None
    assert first.text == RECORD["text"]
    assert (first.source, first.external_id) == (f"{path}#r-1", "r-1")
    assert (first.title, first.publisher, first.url, first.language) == (
        "Brug dicht", "Gemeente Merwoude", "https://m.example/1", "nl",
    )  # fmt: skip
    assert (first.published.iso, first.published.origin) == ("2024-10-03", "field date")
    assert (second.published.iso, second.publisher) == ("2018", "bbc")
    assert (third.source, third.title) == (f"{path}#3", "")


def test_wrong_lines_are_reported_and_the_others_read(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    good = json.dumps(RECORD).encode()
    long = b'{"text": "' + b"a" * (LONGEST_LINE + 10) + b'"}'
    path.write_bytes(b"\n".join([good, b"{nonsense", b"[1]", b'{"title": "leeg"}', long, b"\x00\x01", good]) + b"\n")
    problems: list[tuple[str, str]] = []
    articles = list(read(str(path), report=lambda source, error: problems.append((source, error.cause))))
    assert [article.source for article in articles] == [f"{path}#r-1", f"{path}#r-1~7"]
    assert [source for source, _ in problems] == [f"{path}#{number}" for number in (2, 3, 4, 5, 6)]
    assert "line 2 is not JSON" in problems[0][1]
    assert problems[2][1] == "no text (the record has no text field)"
    assert "line 5 is longer than 16 MB" in problems[3][1]
    with pytest.raises(ReadError):
        list(read(str(path)))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda records: records,
        lambda records: {"articles": records},
        lambda records: {"status": "ok", "response": {"results": records}},
    ],
)
def test_json_with_a_list(tmp_path: Path, wrap: object) -> None:
    path = tmp_path / "corpus.json"
    assert callable(wrap)
    path.write_text(json.dumps(wrap([RECORD, {**RECORD, "id": "r-2"}])))
    assert [article.source for article in read(str(path))] == [f"{path}#r-1", f"{path}#r-2"]


def test_json_with_one_article_and_json_lines_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(RECORD))
    assert [article.source for article in read(str(path))] == [str(path)]
    path.write_text(json.dumps(RECORD) + "\n" + json.dumps({**RECORD, "id": "r-2"}))
    assert [article.source for article in read(str(path))] == [f"{path}#r-1", f"{path}#r-2"]


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, '"woord"', "12", "{}"])
def test_json_without_articles_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(ReadError):
        list(read(str(path)))


def test_other_names_for_the_fields() -> None:
    article = article_of_record(
        Fields({
            "headline": "Brug &amp; weg", "articleBody": "De brug is dicht. En de weg ook.",
            "datePublished": "2022-02-03T10:00:00Z",
            "publisher": {"@type": "Organization", "name": "De Peilstok"}, "author": [{"name": "I. Vos"}, "J. Bos"],
            "inLanguage": "nl-BE", "articleSection": ["Regio"], "link": "https://p.example/1",
        }),
        "x",
    )  # fmt: skip
    assert article.published is not None
    assert (article.title, article.publisher, article.author) == (
        "Brug & weg",
        "De Peilstok",
        "I. Vos, J. Bos",
    )
    assert (article.language, article.section, article.url) == ("nl", "Regio", "https://p.example/1")
    assert article.published.iso == "2022-02-03"


@pytest.mark.parametrize(
    ("source", "publisher", "url"),
    [
        ("NRC", "NRC", ""),
        ("coronamelder.nl", "coronamelder.nl", ""),
        ("https://krant.example/1", "", "https://krant.example/1"),
        ("/home/x/artikel.txt", "", ""),
        ("C:\\data\\artikel.txt", "", ""),
        ("./artikel.txt", "", ""),
        ("data/artikel.txt", "", ""),
        ({"id": None, "name": "BBC"}, "BBC", ""),
        ("AD/Haagsche Courant", "AD/Haagsche Courant", ""),
    ],
)
def test_a_source_is_an_outlet_unless_it_is_a_place(source: object, publisher: str, url: str) -> None:
    fields = Fields({"text": "De brug is dicht.", "source": source})
    assert (fields.publisher, fields.url) == (publisher, url)


def test_section_and_page_are_told_together() -> None:
    assert [Fields(record).section for record in ({"rubriek": "Regio", "Pagina": 4}, {"blz": "12"}, {"section": "Sport", "page": "<p>Alles</p>"}, {})] == [
        "Regio, p. 4", "p. 12", "Sport", "",
    ]  # fmt: skip
    assert Fields({"Artikelnr": 101}).identifier == "101"


def test_posts_as_wordpress_gives_them(tmp_path: Path) -> None:
    post = {
        "id": 12, "date": "2025-03-12T10:00:00", "title": {"rendered": "Fietsbrug &#8216;open&#8217;"}, "link": "https://regio.example/f",
        "content": {"rendered": "<p>De fietsbrug is open.</p>\n<p>De wethouder knipte het lint door.</p>"},
    }  # fmt: skip
    (tmp_path / "x.json").write_text(json.dumps({"count": 1, "posts": [post]}))
    (article,) = read(str(tmp_path / "x.json"))
    assert article.published is not None
    assert (article.title, article.text, article.published.iso, article.url) == (
        "Fietsbrug ‘open’", "De fietsbrug is open.\n\nDe wethouder knipte het lint door.", "2025-03-12", "https://regio.example/f",
    )  # fmt: skip


def test_an_author_is_named_without_the_word_before_the_name() -> None:
    assert [Fields({"auteur": name}).author for name in ("Door Kees Smit", "By Ann Lee", "Doortje Vos", "Byron")] == [
        "Kees Smit", "Ann Lee", "Doortje Vos", "Byron",
    ]  # fmt: skip


def test_html_in_a_text_field_becomes_text() -> None:
    article = article_of_record(
        Fields({"body": "<p>De brug is <b>dicht</b>.</p><script>x()</script><p>Echt.</p>"}), "x"
    )
    assert article.text == "De brug is dicht.\n\nEcht."


def test_text_that_no_file_can_hold_is_mended() -> None:
    article = article_of_record(Fields({"text": "De \ud800brug\0 is dicht."}), "x")
    assert article.text == "De \ufffdbrug\ufffd is dicht."
    assert len(article.sha256) == 64


@given(st.text())
def test_valid_unicode_changes_nothing_that_is_valid(text: str) -> None:
    assert valid_unicode(text) == text.replace("\0", "\ufffd")


def test_language_codes() -> None:
    names = ("nl", "nl-BE", "NL_nl", "dut", "Nederlands", "English", "ger", "français", "xx", "klingon", "")
    assert [language_code(name) for name in names] == [
        "nl",
        "nl",
        "nl",
        "nl",
        "nl",
        "en",
        "de",
        "fr",
        "xx",
        "",
        "",
    ]
