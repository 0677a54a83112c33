"""CSV and TSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.errors import ReadError
from qa.readers import read
from qa.readers.document import Document
from qa.readers.tables import read_table

TEXT = 'De brug is "dicht";\nzegt, de gemeente.\tEcht: één.'


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("b.csv", ";"), ("c.tsv", "\t"), ("d.csv", "|")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_tables(tmp_path: Path, name: str, delimiter: str, encoding: str) -> None:
    path = tmp_path / name
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["ID", "Titel", "Datum", "Krant", "Tekst"])
        writer.writerow(["k1", "Brug dicht", "3-4-2022", "De Peilstok", TEXT])
        writer.writerow(["", "", "", "", ""])
        writer.writerow(["", "Weg dicht", "", "", "De weg is dicht."])
    first, second = read(str(path))
    assert (first.source, first.title, first.text, first.publisher) == (f"{path}#k1", "Brug dicht", TEXT, "De Peilstok")
    assert first.published is not None and first.published.iso == "2022-04-03"
    assert second.source == f"{path}#3"


def test_a_table_for_excel_names_its_delimiter_first(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(
        b'\xef\xbb\xbfsep=;\r\nDatum;Titel;Inhoud\r\n12-3-2025;Brug;"Hij is dicht.\r\nEcht."\r\n'
    )
    (article,) = read(str(tmp_path / "x.csv"))
    assert (article.title, article.text) == ("Brug", "Hij is dicht.\r\nEcht.")


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "tekst\n", "id;titel\n1;2\n"])
def test_tables_without_text_have_a_reason(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(ReadError):
        list(read(str(path)))


# the replacement character is what garbled text is told by
readable = st.text(st.characters(exclude_characters="\ufffd"), min_size=1).filter(lambda text: text.strip() != "")


@settings(max_examples=60)
@given(st.lists(readable, min_size=1, max_size=5))
def test_every_text_survives(texts: list[str]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["text"])
    writer.writerows([text] for text in texts)
    data = stream.getvalue().encode("utf-8", "replace")
    if b"\0" in data or any(ord(letter) < 32 or ord(letter) == 127 for text in texts for letter in text):
        return
    found = [article.text for article in read_table(Document("x", "x.csv", io.BytesIO(data)), lambda *_: None)]
    assert found == texts


def test_a_column_for_the_time(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'Datum;Tijd;Kop;Tekst\n21-05-2025;06:30;Een;"De brug is dicht. Dat is zo."\n22-05-2025 14:05;07:00;Twee;"De weg is dicht. Dat is zo."\n'
        '23-05-2025;onbekend;Drie;"De pont is er. Dat is zo."\n'
    )
    dates = [article.published for article in read(str(path))]
    assert [(date.iso, date.time) for date in dates if date] == [
        ("2025-05-21", "06:30"), ("2025-05-22", "14:05"), ("2025-05-23", ""),
    ]  # fmt: skip
