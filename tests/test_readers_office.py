"""DOCX, ODT and RTF: the text that a person sees, with its headings; exports of news archives in them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import Article
from qa.errors import ReadError
from qa.readers import read
from qa.readers.rtf import text_of_rtf

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ODT = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def _package(parts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _paragraph(text: str, style: str = "", run: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r>{run}<w:t>{text}</w:t></w:r></w:p>"


def _docx(*paragraphs: str) -> bytes:
    return _package({"word/document.xml": f"<w:document {W}><w:body>{''.join(paragraphs)}</w:body></w:document>"})


def _read(tmp_path: Path, name: str, data: bytes) -> list[Article]:
    path = tmp_path / name
    path.write_bytes(data)
    return list(read(str(path)))


def test_docx(tmp_path: Path) -> None:
    data = _docx(
        _paragraph("Brug bij Merwoude dicht", "Title"),
        _paragraph("De brug is dicht &amp; blijft dat."),
        _paragraph("Herstel", "Kop2"),
        "<w:p><w:r><w:t>Het kost </w:t></w:r><w:del><w:r><w:delText>vijf</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>drie</w:t></w:r></w:ins><w:r><w:t xml:space='preserve"
        "'> miljoen.</w:t><w:br/><w:t>Echt.</w:t></w:r></w:p>",
        _paragraph("KANARIE", run="<w:rPr><w:vanish/></w:rPr>"),
        "<w:tbl><w:tr><w:tc>"
        + _paragraph("Cel een")
        + "</w:tc><w:tc>"
        + _paragraph("Cel twee")
        + "</w:tc></w:tr></w:tbl>",
    )
    (article,) = _read(tmp_path, "a.docx", data)
    assert article.text == (
        "Brug bij Merwoude dicht\n\nDe brug is dicht & blijft dat.\n\nHerstel\n\nHet kost drie miljoen.\n\nEcht.\n\n"
        "Cel een | Cel twee"
    )
    assert article.title == "Brug bij Merwoude dicht"
    assert [article.text[span.start : span.end] for span in article.headings][:2] == [
        "Brug bij Merwoude dicht",
        "Herstel",
    ]
    assert article.published is None


def test_odt(tmp_path: Path) -> None:
    content = (
        f"<office:document-content {ODT}><office:body><office:text><text:h>Brug"
        f" dicht</text:h><text:p>De <text:span>brug"
        "</text:span> is<text:s text:c='2'/>dicht.<text:line-break/>Echt.<office:annotation><text:p>KANARIE</text:p>"
        "</office:annotation></text:p></office:text></office:body></office:document-content>"
    )
    (article,) = _read(tmp_path, "a.odt", _package({"content.xml": content}))
    assert article.text == "Brug dicht\n\nDe brug is  dicht.\nEcht."
    assert article.title == "Brug dicht"


def test_rtf(tmp_path: Path) -> None:
    data = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset204 Times;}}{\info{\title"
        rb" KANARIE}{\author KANARIE}}"
        rb"{\header KANARIE\par}\f0 Brug dicht\par De co\'f6rdinator zegt: \ldblquote"
        rb" dicht\rdblquote  en \u8364 ?3\~miljoen.\par"
        b"\r\n"
        rb"{\f1 \'cf\'f0\'e5\'e7\'e8\'e4\'e5\'ed\'f2}{\*\onbekend KANARIE}{\v KANARIE}{\pict"
        rb" 89504e47} \{haak\}\\ \u-10179?\u-8704? klaar.\par}"
    )
    (article,) = _read(tmp_path, "a.rtf", data)
    assert article.text == (
        "Brug dicht\n\nDe coördinator zegt: “dicht” en €3\xa0miljoen.\n\nПрезидент {haak}\\ 😀 klaar."
    )
    with pytest.raises(ReadError):
        _read(tmp_path, "b.rtf", b"gewoon tekst")
    with pytest.raises(ReadError):
        _read(tmp_path, "c.rtf", b"{\\rtf1" + b"{" * 100_000)


@given(st.binary(max_size=200))
def test_any_bytes_after_the_head_of_rtf_give_text(data: bytes) -> None:
    text_of_rtf(b"{\\rtf1\\ansi " + data).encode("utf-8", "replace")


def _exported(title: str, date: str, body: str, *, english: bool) -> list[str]:
    lines = [title, "De Peilstok", date, "Copyright 2022 De Peilstok BV All Rights Reserved"]
    if english:
        lines += ["Section: Regio; Blz. 12", "Length: 312 words", "Byline: Ilse Brandsema", "Body"]
    else:
        lines += ["Rubriek: Regio; Blz. 12", "Lengte: 312 woorden", "Auteur: Ilse Brandsema", "Hoofdtekst"]
    return [*lines, body, "Load-Date: May 9, 2022" if english else "Laaddatum: 9 mei 2022", "End of Document"]


@pytest.mark.parametrize("english", [True, False])
def test_an_export_of_an_archive_in_docx_and_rtf(tmp_path: Path, english: bool) -> None:
    lines = [
        *_exported("Brug dicht", "2 mei 2022 maandag 10:00 GMT", "De brug is dicht. Dat is zo.", english=english),
        *_exported("Brug open", "3 mei 2022 dinsdag", "De brug is open. Dat is fijn.", english=english),
    ]
    rtf = b"{\\rtf1\\ansi " + b"\\par ".join(line.encode("cp1252") for line in lines) + b"}"
    for name, data in (("e.docx", _docx(*(_paragraph(line) for line in lines))), ("e.rtf", rtf)):
        first, second = _read(tmp_path, name, data)
        assert (first.title, first.publisher, first.text) == (
            "Brug dicht",
            "De Peilstok",
            "De brug is dicht. Dat is zo.",
        )
        assert (first.author, first.section) == ("Ilse Brandsema", "Regio, p. 12")
        assert first.published is not None and second.published is not None
        assert (first.published.iso, second.published.iso) == ("2022-05-02", "2022-05-03")
        assert first.published.origin == "archive export"
        assert second.source == f"{tmp_path}/{name}#2"


@pytest.mark.parametrize("name", ["a.docx", "a.odt"])
def test_documents_without_text_say_so(tmp_path: Path, name: str) -> None:
    parts = {
        "word/document.xml": f"<w:document {W}><w:body/></w:document>",
        "content.xml": f"<office:document-content {ODT}/>",
    }
    with pytest.raises(ReadError, match="no text"):
        _read(tmp_path, name, _package(parts))
