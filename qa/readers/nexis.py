"""Exports from news archives (Nexis, LexisNexis): one file, many articles, each between lines of its own
kind.

Such a file states for each article its outlet, date, page, author and section in lines whose names are fixed,
in the language of the archive's screen. What lies between "Body" and "Load-Date" is the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from embeddings.records import Article, PublicationDate, Span
from qa.dates import parse_date
from qa.readers.layout import lay_out, merged
from qa.readers.masthead import without_by

__all__ = ["split_nexis"]

_END = re.compile(
    r"^[ \t]*(?:End of Document|Einde van het document|Fin du document|Ende des Dokuments)[ \t]*$",
    re.MULTILINE,
)
_COUNTED = re.compile(
    r"^[ \t]*(?:Dokument |Document )?\d+ (?:of|van|von|de) \d+ (?:DOCUMENTS?|DOCUMENTEN|DOKUMENTE\w*)[ \t]*$",
    re.MULTILINE,
)
_LOADED = re.compile(
    r"^[ \t]*(?:Load-Date|Laaddatum|Ladedatum|Date de chargement|UPDATE|"
    r"LOAD-DATE)\s*:[ \t]*(?P<date>.{4,60})$",
    re.MULTILINE,
)
_FIELD = re.compile(
    r"^[ \t]*(?P<key>Section|SECTION|Sectie|Rubriek|Length|LENGTH|Lengte|Byline|BYLINE|Auteur|Highlight|"
    r"HIGHLIGHT|Dateline|"
    r"DATELINE|Language|LANGUAGE|Taal|Publication-Type|PUBLICATION-TYPE|Copyright|Graphic|GRAPHIC|Correction-Date|"
    r"Journal Code|JOURNAL-CODE|Subject|SUBJECT|Edition|EDITION|Company|Person|Geographic|Industry|"
    r"Classification)\s*:[ \t]*"
    r"(?P<value>.*)$",
    re.MULTILINE,
)  # fmt: skip
_BODY = re.compile(
    r"^[ \t]*(?:Body|BODY|Hoofdtekst|Tekst|Volledige tekst|Texte|Haupttext|Text)\s*:?[ \t]*$", re.MULTILINE
)
_TAIL = re.compile(
    r"^[ \t]*(?:Classification|CLASSIFICATION|Load-Date|LOAD-DATE|Laaddatum|Graphic|GRAPHIC|Notes|"
    r"Copyright \d{4}|"
    r"Publication-Type|PUBLICATION-TYPE|Language|LANGUAGE|Subject|SUBJECT)\s*(?::.*)?$",
    re.MULTILINE,
)
# The list of articles that stands before the first one; its last line of this kind ends it.
_COVER = re.compile(
    r"^[ \t]*(?:(?:Documents?|Documenten|Dokumente)[ \t]*\(\d+\)|(?:Job Number|Date and Time|User Name|Client/Matter|"
    r"Search Terms|Search Type|Narrowed by|Content Type|Taaknummer|Datum en tijd|Gebruikersnaam|Zoektermen)\s*:.*|"
    r".*\bAbout LexisNexis\b.*|.*\bCopyright © \d{4} LexisNexis\b.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"\b(?:(?:maan|dins|woens|donder|vrij|zater|zon)dag|\w+day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b",
    re.IGNORECASE,
)
_PAGE = re.compile(r"\b(?:Blz\.?|Pg\.?|Page|Pagina|S\.|p\.)\s*(?P<page>[\w-]{1,8})", re.IGNORECASE)


def split_nexis(text: str, source: str) -> Iterator[Article]:
    """The articles of an export, each with the source `source#number`; nothing if the text is no export.

    The text of an article is its body alone; the lines around it become its fields.
    """
    if not (_END.search(text) or (_COUNTED.search(text) and _LOADED.search(text))):
        return
    borders = [0]
    marks = _COUNTED if _COUNTED.search(text) and not _END.search(text) else _END
    for match in marks.finditer(text):
        borders += [match.start(), match.end()] if marks is _END else [match.end()]
    borders.append(len(text))
    pairs = zip(borders[::2], borders[1::2], strict=False) if marks is _END else pairwise(borders)
    number = 0
    for start, end in pairs:
        if _LOADED.search(text, start, end) is None and _FIELD.search(text, start, end) is None:
            continue
        article = _article(text[start:end], f"{source}#{number + 1}")
        if article:
            number += 1
            yield article


def _article(part: str, source: str) -> Article | None:
    fields: dict[str, str] = {}
    for match in _FIELD.finditer(part):
        fields.setdefault(match["key"].lower(), match["value"].strip())
    body = _BODY.search(part)
    first_field = _FIELD.search(part)
    if body:
        start, header_end = (
            body.end(),
            min(body.start(), first_field.start() if first_field else body.start()),
        )
    elif first_field:
        start, header_end = _after_fields(part), first_field.start()
    else:
        return None
    tail = _TAIL.search(part, start)
    text = part[start : tail.start() if tail else len(part)].strip()
    if not text:
        return None
    cover = [match.end() for match in _COVER.finditer(part, 0, header_end)]
    title, outlet, published = _header(part[cover[-1] if cover else 0 : header_end])
    loaded = _LOADED.search(part)
    layout = lay_out(text)
    section = fields.get("section") or fields.get("rubriek") or fields.get("sectie") or ""
    page = _PAGE.search(section)
    name = re.split(r"\s*;\s*", section)[0] if section else ""
    highlight = fields.get("highlight", "")
    return Article(
        text=text,
        source=source,
        title=title or highlight[:200],
        published=published or (parse_date(loaded["date"].strip(), "archive load date") if loaded else None),
        publisher=outlet,
        author=without_by(fields.get("byline") or fields.get("auteur") or layout.author),
        section=f"{name}, p. {page['page']}" if page and name and not _PAGE.match(name) else section if page else name,
        furniture=layout.furniture,
        headings=merged([Span(span.start, span.end) for span in layout.headings]),
    )


def _header(header: str) -> tuple[str, str, PublicationDate | None]:
    """Title, outlet and date from the lines above the fields: the date's line tells them apart."""
    lines = [" ".join(line.split()) for line in header.splitlines()]
    lines = [
        line
        for line in lines
        if line and not re.match(r"(?:Copyright|©|\(c\)|All Rights Reserved|Page \d)", line, re.IGNORECASE)
    ]
    dated: list[tuple[int, PublicationDate]] = []
    for at, line in enumerate(lines):
        stripped = _WEEKDAY.sub("", line)
        timeless = re.sub(r"\b\d{1,2}[:.]\d{2}\b.*$", "", stripped)
        for wording in (line, stripped.strip(" ,"), timeless.strip(" ,")):
            found = parse_date(wording, "archive export")
            if found and found.precision != "year":
                dated.append((at, found))
                break
    if not dated:
        return (lines[0] if lines else "", lines[1] if len(lines) > 1 else "", None)
    at, published = dated[0]
    before, after = lines[:at], lines[at + 1 :]
    if len(before) >= 2:  # title, outlet, date
        return " ".join(before[:-1]), before[-1], published
    return (after[0] if after else "", before[0] if before else "", published)  # outlet, date, title


def _after_fields(part: str) -> int:
    """Where the text begins in the old layout, which has no "Body" line: after the block of fields at the
    top."""
    end = 0
    for match in _FIELD.finditer(part):
        if end and part[end : match.start()].strip():
            break
        end = match.end()
    return end
