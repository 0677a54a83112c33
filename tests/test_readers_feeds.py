"""RSS, RDF and Atom."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import ReadError
from qa.readers import read

RSS = """<?xml version="1.0" encoding="ISO-8859-1"?> <rss version="2.0"
xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>De Peilstok</title><language>nl-nl</language> <item><title>Brug &amp; weg
dicht</title><link>https://p.example/1</link><guid>p-1</guid><category>Regio</category> <pubDate>Tue, 07 Jan
2025 08:15:00 +0100</pubDate><dc:creator>Ilse Brandsema</dc:creator>
<description>Kort.</description><content:encoded><![CDATA[<p>De co\xf6rdinator sluit de
brug.</p><script>KANARIE</script><p>Echt.</p>]]></content:encoded></item> <item><title>Zonder
tekst</title><guid>p-2</guid></item> <item><title>Weg
dicht</title><link>https://p.example/3</link><description>De weg is
&lt;b&gt;dicht&lt;/b&gt;.</description></item> </channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nl"><title>De Peilstok</title>
<entry><title>Brug dicht</title><id>urn:1</id><link rel="edit" href="https://p.example/edit"/><link
href="https://p.example/1"/>
<published>2025-01-07T08:15:00+01:00</published><updated>2025-02-01T00:00:00Z</updated><author><name>Ilse
Brandsema</name></author> <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>De brug is
dicht.</p><p>Echt.</p></div></content></entry></feed>"""


def test_rss(tmp_path: Path) -> None:
    path = tmp_path / "feed.rss"
    path.write_bytes(RSS.encode("latin-1"))
    problems: list[str] = []
    first, second = read(str(path), report=lambda source, error: problems.append(source))
    assert first.text == "De coördinator sluit de brug.\n\nEcht."
    assert (first.title, first.publisher, first.author) == ("Brug & weg dicht", "De Peilstok", "Ilse Brandsema")
    assert (first.url, first.section, first.language) == ("https://p.example/1", "Regio", "nl")
    assert first.published is not None
    assert (first.published.iso, first.published.origin) == ("2025-01-07", "feed pubDate")
    assert (first.source, second.source) == (f"{path}#p-1", f"{path}#https://p.example/3")
    assert second.text == "De weg is dicht."
    assert problems == [f"{path}#p-2"]


def test_atom(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(ATOM)
    (article,) = read(str(path))
    assert article.text == "De brug is dicht.\n\nEcht."
    assert (article.url, article.author, article.language) == ("https://p.example/1", "Ilse Brandsema", "nl")
    assert article.published is not None and article.published.iso == "2025-01-07"


@pytest.mark.parametrize("content", ["", "<rss><channel/></rss>", "<html><p>x</p></html>", "gewoon tekst", "<svg/>"])
def test_what_is_no_feed_has_a_reason(tmp_path: Path, content: str) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(content)
    with pytest.raises(ReadError):
        list(read(str(path)))


WORDPRESS = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>De Merwebode</title><language>nl</language>
<item><title>Kringloopwinkel verhuist</title><guid>p-1</guid><content:encoded><![CDATA[<p>De winkel trekt in juni in de oude school.</p>
<figure><img src="a.jpg"/><figcaption>De school, vorig jaar</figcaption></figure><h2>Lees meer</h2><p>De bibliotheek doet mee, zegt Cor Blom.</p>
<ul><li>Huur: 1.150 euro per maand</li></ul><h3>Dit delen:</h3><p>Het bericht <a href="x">Kringloopwinkel verhuist</a>
verscheen eerst op <a href="y">De Merwebode</a>.</p>]]></content:encoded></item></channel></rss>"""


def test_the_markup_of_an_entry_says_what_its_lines_are(tmp_path: Path) -> None:
    path = tmp_path / "feed.rss"
    path.write_text(WORDPRESS)
    (article,) = read(str(path))
    assert [article.text[span.start : span.end] for span in article.furniture] == [
        "De school, vorig jaar", "Lees meer", "Dit delen:",
        "Het bericht Kringloopwinkel verhuist verscheen eerst op De Merwebode.",
    ]  # fmt: skip
    headings = [article.text[span.start : span.end] for span in article.headings]
    assert "Huur: 1.150 euro per maand" not in headings  # an item of a list, though it has no full stop
