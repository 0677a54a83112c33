"""EPUB: a chapter is an article."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from qa.errors import ReadError
from qa.readers import read

CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
OPF = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
<dc:title>De Peilstok, 7
januari</dc:title><dc:date>2025-01-07</dc:date><dc:language>nl</dc:language></metadata><manifest> <item
id="nav" href="nav.xhtml" properties="nav"/><item id="a" href="stuk%20a.xhtml"/><item id="b" href="b.xhtml"/>
<item id="t" href="titel.xhtml"/></manifest><spine><itemref idref="nav"/><itemref idref="t"/><itemref
idref="b"/><itemref idref="a"/> <itemref idref="zoek"/></spine></package>"""


def _book(parts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _chapter(title: str) -> str:
    body = "".join(
        f"<p>Alinea {number} van {title} gaat over de brug bij Merwoude en de weg erheen.</p>" for number in range(6)
    )
    return f"<html xmlns='http://www.w3.org/1999/xhtml'><body><h1>{title}</h1>{body}</body></html>"


def test_chapters_in_the_order_of_the_spine(tmp_path: Path) -> None:
    path = tmp_path / "krant.epub"
    path.write_bytes(
        _book({
            "mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OEBPS/content.opf": OPF,
            "OEBPS/nav.xhtml": _chapter("Inhoud"),
            "OEBPS/titel.xhtml": "<html><body><h1>De Peilstok</h1></body></html>",
            "OEBPS/stuk a.xhtml": _chapter("Brug dicht"), "OEBPS/b.xhtml": _chapter("Weg dicht"),
        })
    )  # fmt: skip
    first, second = read(str(path))
    assert (first.title, second.title) == ("Weg dicht", "Brug dicht")
    assert second.source == f"{path}#OEBPS/stuk a.xhtml"
    assert first.published is not None
    assert (first.published.iso, first.published.origin) == ("2025-01-07", "epub date")
    assert (first.publisher, first.language) == ("De Peilstok, 7 januari", "nl")
    assert "Alinea 5 van Weg dicht" in first.text


@pytest.mark.parametrize(
    "parts",
    [
        {"x": "y"},
        {"META-INF/container.xml": "<container/>"},
        {"META-INF/container.xml": CONTAINER},
        {"META-INF/container.xml": CONTAINER, "OEBPS/content.opf": "<package/>"},
        {"META-INF/container.xml": CONTAINER.replace("OEBPS", "../../etc"), "OEBPS/content.opf": OPF},
    ],
)
def test_books_that_are_wrong_have_a_reason(tmp_path: Path, parts: dict[str, str]) -> None:
    path = tmp_path / "a.epub"
    path.write_bytes(_book(parts))
    with pytest.raises(ReadError):
        list(read(str(path)))
