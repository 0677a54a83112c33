"""PDF: reading order, paragraphs, hyphens, running heads, headings; pathological files end within limits."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import ReadError
from qa.readers import read
from qa.readers.page_order import Line, join_lines, reading_order

Placed = tuple[float, float, float, str]  # x, y, size, text


def pdf_of(pages: list[list[Placed]], extra: dict[int, bytes] | None = None) -> bytes:
    """A small PDF with these lines on its pages, in Helvetica."""
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    kids = []
    for number, lines in enumerate(pages):
        page, content = 10 + 2 * number, 11 + 2 * number
        drawn = b"".join(
            b"BT /F1 %.1f Tf %.1f %.1f Td (%s) Tj ET\n"
            % (
                size,
                x,
                y,
                text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)"),
            )
            for x, y, size, text in lines
        )
        packed = zlib.compress(drawn)
        objects[page] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0"
            b" R >> >> /Contents %d 0 R >>" % content
        )
        objects[content] = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (
            len(packed),
            packed,
        )
        kids.append(b"%d 0 R" % page)
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), b" ".join(kids))
    objects.update(extra or {})
    data, places = b"%PDF-1.4\n", {}
    for number, content in sorted(objects.items()):
        places[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(
        b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
        for number in range(max(objects) + 1)
    )
    return data + b"xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        max(objects) + 1, table, max(objects) + 1, len(data),
    )  # fmt: skip


def _read(tmp_path: Path, data: bytes, name: str = "krant.pdf") -> list[str]:
    path = tmp_path / name
    path.write_bytes(data)
    return [article.text for article in read(str(path))]


LEFT = [
    "De brug bij Merwoude is dicht,",
    "meldt de gemeente. Er zijn scheu-",
    "ren gevonden in het staal van",
    "de liggers, zegt de wethouder.",
]
NAMES = ["", "Anna", "Bert", "Carla", "Dirk"]
RIGHT = [
    "Het herstel kost drie miljoen",
    "euro en duurt acht maanden.",
    "Pro-",
    "Russische hackers ontkennen.",
]


def test_columns_headline_and_hyphens(tmp_path: Path) -> None:
    lines: list[Placed] = [(60, 780, 24, "Hanzebrug dicht na vondst van scheuren")]
    for number in range(4):  # drawn row by row, as some programs do
        lines += [(60, 740 - 14 * number, 11, LEFT[number]), (310, 740 - 14 * number, 11, RIGHT[number])]
    path = tmp_path / "krant.pdf"
    path.write_bytes(pdf_of([lines]))
    (article,) = read(str(path))
    assert article.title == "Hanzebrug dicht na vondst van scheuren"
    assert article.text == (
        "Hanzebrug dicht na vondst van scheuren\n\nDe brug bij Merwoude is dicht, meldt de gemeente. Er zijn scheuren "
        "gevonden in het staal van de liggers, zegt de wethouder.\n\nHet herstel kost drie miljoen euro en duurt acht "
        "maanden. Pro-Russische hackers ontkennen."
    )
    assert [article.text[span.start : span.end] for span in article.headings] == [article.title]
    assert article.published is None


def test_a_page_of_a_newspaper_with_two_articles(tmp_path: Path) -> None:
    lines: list[Placed] = [
        (60, 815, 9, "Trouw"), (250, 815, 9, "woensdag 12 maart 2025"), (520, 815, 9, "3"),
        (60, 770, 24, "Treinen rond Harlo stil na brand"),
        (60, 600, 18, "Meer woningen in Damshorn"),
        (60, 570, 10, "De gemeente Damshorn wil tot"), (310, 570, 10, "Een derde daarvan wordt sociale huur."),
        (60, 557, 10, "2035 ruim duizend woningen bouwen."), (310, 557, 10, "De raad stemt er in april over."),
        (60, 544, 10, "Dat staat in de woonvisie."),
    ]  # fmt: skip
    columns = (
        ["Het treinverkeer rond Harlo heeft", "dinsdag uren stilgelegen door een", "brand in een seinhuis."],
        ["De brand brak rond vier uur uit", "bij het station. Niemand raakte", "gewond, maar de schade wordt"],
        ["geschat op twee miljoen euro, zegt", "de veiligheidsregio. Vandaag rijden", "de treinen weer."],
    )
    lines += [
        (60 + 175 * column, 730 - 13 * number, 10, text)
        for column, texts in enumerate(columns)
        for number, text in enumerate(texts)
    ]
    path = tmp_path / "krant.pdf"
    path.write_bytes(pdf_of([lines]))
    first, second = read(str(path))
    assert first.text.split("\n\n") == [
        "Treinen rond Harlo stil na brand",
        "Het treinverkeer rond Harlo heeft dinsdag uren stilgelegen door een brand in een seinhuis.",
        "De brand brak rond vier uur uit bij het station. Niemand raakte gewond, maar de schade wordt geschat op twee "
        "miljoen euro, zegt de veiligheidsregio. Vandaag rijden de treinen weer.",
    ]
    assert second.text.split("\n\n") == [
        "Meer woningen in Damshorn",
        "De gemeente Damshorn wil tot 2035 ruim duizend woningen bouwen. Dat staat in de woonvisie.",
        "Een derde daarvan wordt sociale huur. De raad stemt er in april over.",
    ]
    for number, (article, title) in enumerate(
        ((first, "Treinen rond Harlo stil na brand"), (second, "Meer woningen in Damshorn")), start=1
    ):
        assert article.published is not None
        assert (article.title, article.publisher, article.published.iso, article.section, article.source) == (
            title, "Trouw", "2025-03-12", "p. 3", f"{path}#{number}",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("Trouw", "‘Toen heb ik een week niet geslapen’"),  # set large within the article
        ("Trouw", "Het plan in het kort"),  # and hardly anything below it
        ("Jaarverslag Gemeente Harlo", "Meer woningen in Damshorn"),  # no newspaper
    ],
)
def test_large_words_within_an_article_do_not_part_it(tmp_path: Path, head: str, words: str) -> None:
    lines: list[Placed] = [
        (60, 815, 9, head),
        (250, 815, 9, "woensdag 12 maart 2025"),
        (60, 770, 24, "Treinen stil na brand"),
    ]
    texts = [
        "Het treinverkeer rond Harlo heeft dinsdag uren stilgelegen na",
        "een brand in een seinhuis. Niemand raakte gewond.",
    ]
    lines += [(60, 740 - 13 * number, 10, text) for number, text in enumerate(texts)]
    lines.append((60, 690, 18, words))
    after = ["De schade is twee miljoen euro."] if "kort" in words else texts * 2
    lines += [(60, 660 - 13 * number, 10, text) for number, text in enumerate(after)]
    path = tmp_path / "krant.pdf"
    path.write_bytes(pdf_of([lines]))
    (article,) = read(str(path))
    assert (article.title, article.source) == ("Treinen stil na brand", str(path))
    assert words in article.text


def test_paragraphs_headings_and_running_heads(tmp_path: Path) -> None:
    pages = []
    for page in range(1, 5):
        lines: list[Placed] = [(60, 815, 9, f"De Peilstok  -  dinsdag {page} mei"), (290, 20, 9, f"{page}")]
        y = 760.0
        for number in range(1, 4):
            lines.append((60, y, 14, f"Kop {NAMES[page]} {number}"))
            lines.append((60, y - 30, 11, f"{NAMES[page]} {number} begint hier en loopt nog even door tot de"))
            lines.append((60, y - 44, 11, "volgende regel van het stuk, en eindigt dan toch."))
            y -= 100
        pages.append(lines)
    (text,) = _read(tmp_path, pdf_of(pages))
    assert "De Peilstok" not in text
    blocks = text.split("\n\n")
    assert len(blocks) == 24
    assert blocks[0] == "Kop Anna 1"
    assert (
        blocks[1]
        == "Anna 1 begint hier en loopt nog even door tot de volgende regel van het stuk, en eindigt dan toch."
    )


def test_a_sentence_goes_on_across_pages(tmp_path: Path) -> None:
    first: list[Placed] = [
        (60, 700, 11, "De gemeente Merwoude heeft dinsdag besloten om de brug die al"),
        (60, 686, 11, "jaren slecht onderhouden is"),
    ]
    second: list[Placed] = [
        (60, 780, 11, "voorgoed te sluiten. Dat zegt"),
        (60, 766, 11, "de wethouder in de krant."),
    ]
    (text,) = _read(tmp_path, pdf_of([first, second]))
    assert text == (
        "De gemeente Merwoude heeft dinsdag besloten om de brug die al jaren slecht"
        " onderhouden is voorgoed te sluiten. "
        "Dat zegt de wethouder in de krant."
    )


def test_pdfs_without_text_or_with_a_password_say_so(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="images"):
        _read(tmp_path, pdf_of([[]]))
    encrypted = {
        4: b"<< /Filter /Standard /V 1 /R 2 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> /P -4 >>",
    }
    data = pdf_of([[(60, 700, 11, "Geheim")]], encrypted).replace(
        b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 4 0 R /ID [<41><41>]"
    )
    with pytest.raises(ReadError, match="password"):
        _read(tmp_path, data)


def lzw_of_zeros(size: int) -> bytes:
    """At least so many zero bytes as LZW packs them: each code stands for one more than the one before."""
    codes = [(256, 9)]  # with their widths in bits; 256 clears the table
    total, length, known = 0, 1, 258
    while total < size:
        width = min(12, max(9, known.bit_length()))
        codes.append((0 if length == 1 else known - 1, width))
        total, length, known = total + length, length + 1, known + 1
        if known == 4095:
            codes.append((256, 12))
            length, known = 1, 258
    codes.append((257, min(12, max(9, known.bit_length()))))
    bits = "".join(f"{code:0{width}b}" for code, width in codes)
    count = -(-len(bits) // 8)
    return int(bits.ljust(8 * count, "0"), 2).to_bytes(count, "big")


@cache
def bad_pdfs() -> dict[str, Callable[[], bytes]]:
    """By name; made when they are asked for, since some take a second."""
    good = pdf_of([[(60, 700, 11, "De brug is dicht.")]])
    nested = b"[" * 50_000 + b"]" * 50_000
    deep = {100 + n: b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (101 + n) for n in range(5000)}
    deep[5100] = b"<< /Type /Page /Parent 5099 0 R /MediaBox [0 0 595 842] /Contents 11 0 R >>"

    def flate_bomb() -> bytes:
        return zlib.compress(b"\0" * 200_000_000, 9)

    def unicode_map() -> bytes:
        return b"/CIDInit /ProcSet findresource begin begincmap\n" + b"".join(
            b"100 beginbfchar\n%s\nendbfchar\n"
            % b"\n".join(b"<%04X> <%s>" % (n % 65536, b"0041" * 40) for n in range(k, k + 100))
            for k in range(0, 60_000, 100)
        )

    def stream(number: int, dictionary: bytes, content: bytes) -> dict[int, bytes]:
        return {number: b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), dictionary, content)}

    def form_of(content: bytes) -> bytes:
        own = b"/Resources << /XObject << /F 5 0 R >> >>"
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] " + own + b" /Contents 6 0 R >>"
        form = stream(5, b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] " + own, content)
        return pdf_of([[(60, 700, 11, "x")]], form | {10: page} | stream(6, b"", b"/F Do"))

    return {
        "empty": lambda: b"",
        "no pdf": lambda: b"dit is geen pdf, wat de naam ook zegt",
        "cut": lambda: good[: len(good) // 2],
        "page tree cycle": lambda: pdf_of(
            [[(60, 700, 11, "x")]], {2: b"<< /Type /Pages /Count 5 /Kids [2 0 R 10 0 R] >>"}
        ),
        "own parent": lambda: pdf_of(
            [[(60, 700, 11, "x")]], {2: b"<< /Type /Pages /Count 1 /Parent 2 0 R /Kids [2 0 R] >>"}
        ),
        "outline cycle": lambda: pdf_of(
            [[(60, 700, 11, "x")]],
            {
                1: b"<< /Type /Catalog /Pages 2 0 R /Outlines 5 0 R >>",
                5: b"<< /First 5 0 R /Next 5 0 R /Parent 5 0 R >>",
            },
        ),
        "xref cycle": lambda: good.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % good.rindex(b"xref\n0")),
        "huge size": lambda: good.replace(b"/Size ", b"/Size 99999999"),
        "wrong startxref": lambda: good.replace(b"startxref\n", b"startxref\n99999"),
        "flate bomb": lambda: pdf_of(
            [[(60, 700, 11, "x")]],
            stream(11, b"/Filter /FlateDecode", flate_bomb()),
        ),
        "flate bomb in flate": lambda: pdf_of(
            [[(60, 700, 11, "x")]], stream(11, b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(flate_bomb(), 9))
        ),
        "lzw bomb": lambda: pdf_of([[(60, 700, 11, "x")]], stream(11, b"/Filter /LZWDecode", lzw_of_zeros(60_000_000))),
        "huge ToUnicode": lambda: pdf_of(
            [[(60, 700, 11, "De brug is dicht.")]],
            stream(5, b"", unicode_map())
            | {
                3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode 5 0 R >>"
            },
        ),
        "form that draws itself": lambda: form_of(b"/F Do"),
        "form that draws itself twice": lambda: form_of(b"/F Do /F Do"),
        "length that is its own stream": lambda: pdf_of(
            [[(60, 700, 11, "x")]], {11: b"<< /Length 11 0 R >>\nstream\nBT ET\nendstream"}
        ),
        "object stream that extends itself": lambda: pdf_of(
            [[(60, 700, 11, "x")]], stream(5, b"/Type /ObjStm /N 1 /First 4 /Extends 5 0 R", b"5 0 << >>")
        ),
        "deep page tree": lambda: pdf_of(
            [[(60, 700, 11, "x")]], deep | {2: b"<< /Type /Pages /Count 1 /Kids [100 0 R] >>"}
        ),
        "nested arrays": lambda: pdf_of(
            [[(60, 700, 11, "x")]], {5: nested, 1: b"<< /Type /Catalog /Pages 2 0 R /X " + nested + b" >>"}
        ),
        "inline image without end": lambda: pdf_of(
            [[(60, 700, 11, "x) Tj ET BI /W 99999 /H 99999 /BPC 8 /CS /RGB ID (")]]
        ),
        "count lies": lambda: pdf_of(
            [[(60, 700, 11, "x")]], {2: b"<< /Type /Pages /Count 2000000000 /Kids [10 0 R] >>"}
        ),
    }


def test_the_next_file_is_read_after_a_bad_one(tmp_path: Path) -> None:
    with pytest.raises(ReadError):
        _read(tmp_path, b"%PDF-1.4 stuk")
    assert _read(tmp_path, pdf_of([[(60, 700, 11, "De brug is dicht.")]])) == ["De brug is dicht."]


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["scheu-", "ren"], "scheuren"),
        (["scheu\xad", "ren"], "scheuren"),
        (["pro-", "Russisch"], "pro-Russisch"),
        (["in-", "en uitvoer"], "in- en uitvoer"),
        (["de brug", "is dicht"], "de brug is dicht"),
        ([], ""),
    ],
)
def test_words_divided_at_a_lines_end(lines: list[str], joined: str) -> None:
    assert join_lines(lines) == joined


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 800), st.integers(5, 200)), max_size=40))
def test_reading_order_loses_and_doubles_no_line(places: list[tuple[int, int, int]]) -> None:
    lines = [
        Line(str(number), left, left + width, bottom, bottom + 10, 10.0)
        for number, (left, bottom, width) in enumerate(places)
    ]
    ordered = reading_order(lines)
    assert sorted(line.text for line in ordered) == sorted(line.text for line in lines)
