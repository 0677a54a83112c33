"""Exports from news archives: one file, many articles. Which archive a text comes from is seen by its fixed lines.

A text is asked for the marks of each archive; the first that knows it splits it. In all of them the stored
text of an article is its body alone, and the lines around it become its fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from embeddings.records import Article, PublicationDate
from qa.dates import parse_date
from qa.readers.layout import first_sentence, lay_out
from qa.readers.lines import without_divisions
from qa.readers.nexis import split_nexis

__all__ = ["looks_exported", "split_export"]

_FACTIVA_END: Final = re.compile(
    r"^[ \t]*(?:AN[ \t]+)?(?:Document|Dokument|Documento)[ \t]+[A-Z][A-Z0-9]{4,12}0020\d{6}[a-z0-9]{4,12}[ \t]*$",
    re.MULTILINE,
)
_FACTIVA_WORDS: Final = re.compile(r"(?:WC[ \t]+)?[\d.,]{1,7} (?:words|woorden|mots|Wörter|palabras)")
_FACTIVA_CODE: Final = re.compile(
    r"^[ \t]*(?P<code>SE|HD|BY|CR|WC|PD|ET|SN|SC|NGC|GC|ED|PG|VOL|LA|CY|LP|TD|ART|CT|CO|IN|NS|RE|IPC|IPD|PUB|AN|RF)"
    r"(?:[ \t|]+(?P<value>\S.*)|[ \t]*)$",
    re.MULTILINE,
)
_FACTIVA_BODY: Final = ("LP", "TD")
_GOPRESS_END: Final = re.compile(
    r"^[ \t]*(?:Copyright\b|©|\(c\)).{0,80}\b(?:go\s?press|belga\.?\s?press)\b.{0,120}$", re.MULTILINE | re.IGNORECASE
)
_DELPHER: Final = re.compile(
    r"^[ \t]*[\"“„](?P<title>.{1,300}?)[\"”“]\.[ \t]*[\"“„](?P<outlet>.{1,120}?)[\"”“]\.[ \t]*(?:(?P<place>[^,\n]{1,60}),[ \t]*)?"
    r"(?P<date>\d{1,2}[-/ ][\w]{1,10}[-/ ]\d{4})(?:,[ \t]*p\.[ \t]*(?P<page>[\w-]{1,6}))?\.[ \t]*"
    r"(?:Geraadpleegd op Delpher|Accessed on Delpher).{0,60}?(?P<url>https?://\S+)?[ \t]*$",
    re.MULTILINE,
)
_PAGE: Final = re.compile(
    r"(?:,\s*)?\b(?:Blz\.?|Pg\.?|Page|Pagina|Seite|S\.|p\.|pag\.)\s*:?\s*(?P<page>\d[\w-]{0,7})\b", re.IGNORECASE
)
_BESIDE: Final = re.compile(r"\s+[/·|–-]\s+|,\s+|\*\s+")  # between outlet and date on one line
_BYLINE: Final = re.compile(r"(?:Door|Auteur\s*:|By|Von|Par|BY)\s+(?P<author>\S.{1,100})")


def split_export(text: str, source: str) -> Iterator[Article]:
    """The articles of an export, each with the source `source#number`; nothing if the text is no export."""
    splitters: tuple[Callable[[str, str], Iterator[Article]], ...] = (
        split_nexis, _split_factiva, _split_gopress, _split_delpher,
    )  # fmt: skip
    for split in splitters:
        articles = list(split(text, source))
        if articles:
            yield from articles
            return


def looks_exported(text: str) -> bool:
    """Whether a text has a mark of an archive; quick, and no promise that it can be split."""
    return (
        re.search(
            r"End of Document|DOCUMENTS?\b|Load-Date|Laaddatum|Document\s+[A-Z]|[Gg]o ?[Pp]ress|[Bb]elga\.?[Pp]ress|Delpher",
            text,
        )
        is not None
    )


def _split_factiva(text: str, source: str) -> Iterator[Article]:
    """Factiva ends an article with a line "Document" and its number; above the text stand fields, with codes or
    bare, one a line."""
    start = 0
    number = 0
    for end in _FACTIVA_END.finditer(text):
        part = text[start : end.start()]
        start = end.end()
        article = _factiva_coded(part, source, number + 1) or _factiva_bare(part, source, number + 1)
        if article:
            number += 1
            yield article


def _factiva_coded(part: str, source: str, number: int) -> Article | None:
    marks = list(_FACTIVA_CODE.finditer(part))
    if not {"HD", "PD", "SN"} <= {mark["code"] for mark in marks}:
        return None
    fields: dict[str, str] = {}
    body: list[str] = []
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        value = part[mark.end() - len(mark["value"] or "") : following.start() if following else len(part)].strip()
        if mark["code"] in _FACTIVA_BODY:
            body.append(value)
        else:
            fields.setdefault(mark["code"], " ".join(value.split()))
    return _article(
        "\n\n".join(filter(None, body)), source, number, title=fields["HD"], outlet=fields["SN"],
        published=parse_date(fields["PD"], "archive export"), author=_author(fields.get("BY", "")),
        section=fields.get("SE", ""), page=fields.get("PG", ""),
    )  # fmt: skip


def _factiva_bare(part: str, source: str, number: int) -> Article | None:
    lines = [(match.start(), match.end(), " ".join(match[0].split())) for match in re.finditer(r"[^\n]*\S[^\n]*", part)]
    words = next((at for at, line in enumerate(lines) if _FACTIVA_WORDS.fullmatch(line[2])), None)
    if words is None or words == 0 or words + 2 >= len(lines):
        return None
    above = [line[2] for line in lines[:words]]
    author = _author(above.pop()) if len(above) > 1 and _BYLINE.fullmatch(above[-1]) else ""
    published, outlet, page, at = None, "", "", words + 1
    for at in range(words + 1, min(words + 12, len(lines))):
        line = lines[at][2]
        stated = parse_date(line, "archive export") if published is None else None
        if stated:
            published = stated
        elif re.match(r"(?:Copyright|©|\(c\))", line, re.IGNORECASE):
            break
        elif published and re.fullmatch(r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?", line):
            published = parse_date(f"{published.iso} {line}", "archive export") or published
        elif published and not outlet:
            outlet = line
        elif re.fullmatch(r"\d{1,4}|[A-Z]\d{1,3}", line):
            page = line
    else:
        return None
    body_lines = lines[at + 1 :]
    if not body_lines or not published:
        return None
    body = part[body_lines[0][0] : body_lines[-1][1]]
    return _article(
        body, source, number, title=above[-1], outlet=outlet, published=published, author=author,
        section=above[-2] if len(above) > 1 and len(above[-2]) < 60 else "", page=page,
    )  # fmt: skip


def _split_gopress(text: str, source: str) -> Iterator[Article]:
    """GoPress ends an article with its copyright; above the text stand outlet, date with page, and title."""
    start = 0
    number = 0
    for end in _GOPRESS_END.finditer(text):
        part = text[start : end.start()]
        start = end.end()
        found = re.finditer(r"[^\n]*\S[^\n]*", part)
        lines = [(match.start(), match.end(), " ".join(match[0].split())) for match in found]
        dated = next(
            ((at, stated) for at, line in enumerate(lines[:6]) if (stated := _dated(line[2]))), None
        )  # fmt: skip
        if dated is None:
            continue
        at, published = dated
        above = (line[2] for line in lines[:at] if not re.match(r"©|copyright\b", line[2], re.IGNORECASE))
        outlet = next(above, "").rstrip("*").strip() or _beside_date(lines[at][2])
        page, author, title, first = "", "", "", len(lines)
        for number_of_line in range(at, len(lines)):
            line = lines[number_of_line][2]
            if match := _PAGE.search(line):
                page = page or match["page"]
            if number_of_line == at or _PAGE.fullmatch(line) or _FACTIVA_WORDS.fullmatch(line):
                continue
            if not title:
                title = line
            elif match := _BYLINE.fullmatch(line):
                author = match["author"].strip()
            else:
                first = number_of_line
                break
        body = part[lines[first][0] :].strip() if first < len(lines) else ""
        article = _article(
            body, source, number + 1, title=title, outlet=outlet, published=published, author=author, page=page
        )
        if article:
            number += 1
            yield article


def _split_delpher(text: str, source: str) -> Iterator[Article]:
    """Delpher's reference of an article (title, newspaper, place, date, page, address) stands above or below each."""
    marks = list(_DELPHER.finditer(text))
    if not marks:
        return
    below = bool(text[: marks[0].start()].strip())
    edges = [0, *(mark.end() for mark in marks)] if below else [*(mark.end() for mark in marks), len(text)]
    for number, mark in enumerate(marks, start=1):
        following = marks[number].start() if number < len(marks) else len(text)
        part = text[edges[number - 1] : mark.start()] if below else text[mark.end() : following]
        article = _article(
            without_divisions(part.strip()), source, number, title=mark["title"], outlet=mark["outlet"],
            published=parse_date(mark["date"].replace(" ", "-"), "archive export", language="nl")
            or parse_date(mark["date"], "archive export", language="nl"),
            page=mark["page"] or "", url=(mark["url"] or "").rstrip("."), language="nl",
        )  # fmt: skip
        if article:
            yield article


def _article(
    body: str,
    source: str,
    number: int,
    *,
    title: str,
    outlet: str,
    published: PublicationDate | None,
    author: str = "",
    section: str = "",
    page: str = "",
    url: str = "",
    language: str = "",
) -> Article | None:
    if not body.strip():
        return None
    layout = lay_out(body, language=language, titled=bool(title))
    return Article(
        text=body,
        source=f"{source}#{number}",
        title=" ".join(title.split())[:300] or first_sentence(body, layout.furniture),
        published=published,
        publisher=outlet,
        author=author or layout.author,
        section=", ".join(part for part in (section, f"p. {page}" if page else "") if part),
        url=url,
        language=language,
        furniture=layout.furniture,
        headings=layout.headings,
    )


def _author(line: str) -> str:
    match = _BYLINE.fullmatch(line.strip())
    return (match["author"] if match else line).strip().rstrip(".;")


def _dated(line: str) -> PublicationDate | None:
    """The date of a line that may also name the outlet before it and the page after it."""
    plain = _PAGE.sub("", line).strip(" /·|-,*")
    for wording in (plain, *(_BESIDE.split(plain, maxsplit=1)[1:])):
        stated = parse_date(wording, "archive export", language="nl")
        if stated and stated.precision == "day":
            return stated
    return None


def _beside_date(line: str) -> str:
    parts = _BESIDE.split(line, maxsplit=1)
    return parts[0].strip() if len(parts) > 1 else ""
