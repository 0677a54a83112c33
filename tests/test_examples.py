"""The sample articles say that they are invented, and offer what the demonstration relies on."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent.parent / "examples" / "articles"
NOTE = re.compile(r"verzonnen voorbeeldartikel|invented sample article|erfundener beispielartikel", re.IGNORECASE)
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())


def front_matter(path: Path) -> dict[str, object]:
    opening, header, _ = path.read_text(encoding="utf-8").split("---\n", 2)
    assert opening == ""
    loaded = yaml.safe_load(header)
    assert isinstance(loaded, dict)
    return loaded


def test_every_file_says_that_it_is_invented() -> None:
    for path in FILES:
        if path.suffix == ".jsonl":
            for line in path.read_text(encoding="utf-8").splitlines():
                assert NOTE.search(json.loads(line)["note"]), path.name
        elif path.suffix == ".md":
            assert NOTE.search(str(front_matter(path)["note"])), path.name
        else:
            assert NOTE.search(path.read_text(encoding="utf-8")), path.name


def test_plain_text_ends_with_the_note_on_a_line_of_its_own() -> None:
    for path in FOLDER.glob("*.txt"):
        assert NOTE.search(path.read_text(encoding="utf-8").rstrip().splitlines()[-1]), path.name


def test_front_matter_has_title_date_publisher_and_author() -> None:
    for path in FOLDER.glob("*.md"):
        header = front_matter(path)
        assert {"title", "date", "publisher", "author"} <= header.keys(), path.name
        assert isinstance(header["date"], date) and header["date"].year == 2025, path.name


def test_all_formats_are_there_in_number() -> None:
    suffixes = Counter(path.suffix for path in FILES)
    assert set(suffixes) == {".md", ".txt", ".html", ".jsonl"}
    assert suffixes[".md"] >= 8 and suffixes[".txt"] >= 6


def test_there_are_dutch_english_and_german_articles_of_several_outlets() -> None:
    notes = Counter(
        match.group(0).lower() for path in FILES for match in NOTE.finditer(path.read_text(encoding="utf-8"))
    )
    assert notes["verzonnen voorbeeldartikel"] >= 16
    assert notes["invented sample article"] >= 2
    assert notes["erfundener beispielartikel"] >= 2
    publishers = {str(front_matter(path)["publisher"]) for path in FOLDER.glob("*.md")}
    assert len(publishers) >= 5


def test_the_wire_report_is_the_same_in_three_outlets() -> None:
    sentence = "Storm Hedda sloeg een gat van 15 meter in de Oude Zeedijk."
    copies = [path for path in FILES if sentence in path.read_text(encoding="utf-8")]
    assert len(copies) == 3


def test_the_readme_is_not_among_the_articles() -> None:
    assert not [path for path in FILES if "readme" in path.name.lower()]
    assert "invented" in (FOLDER.parent / "README.md").read_text(encoding="utf-8")
