"""What the lines of a plain text are: title, date, byline, headings, furniture, prose.

Nothing is taken out of the text: what is not prose is named by its span, so that all offsets hold in the file
as the user has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from embeddings.records import PublicationDate, Span
from qa.dates import parse_date
from qa.readers.furniture import belongs_to_link, is_furniture, opens_link_box

__all__ = ["Dateline", "Layout", "dateline", "first_sentence", "lay_out", "merged"]

LONGEST_HEADING = 120  # characters
LONGEST_TITLE = 200
_HEADER_LINES = 12  # how far from the top title, date and byline are looked for
_BODY_LINES = 200  # how far back a teaser's words are looked for, so that the time stays linear

_ENDS_SENTENCE = re.compile(r"[.!?…][\"'”’»)\]]*$")
_INNER_SENTENCE_END = re.compile(r"[.!?…][\"”’»)]*\s+[\"“‘«(]*[A-ZÀ-ÖØ-Þ]")
_DATE_MARK = re.compile(r"\s*+(?P<title>[^\n]{0,200}?)\s{0,20}\bdate:?\s+(?P<date>\d{4}(?:-\d{2}(?:-\d{2})?)?)(?=\s|$)")
_HEADER_FIELD = re.compile(r"(?P<key>[A-Za-zéë ]{3,20}?)\s*:\s+(?P<value>\S.{0,400})")
_HEADER_KEYS = {
    "title": "title", "titel": "title", "kop": "title", "headline": "title", "titre": "title",
    "date": "date", "datum": "date", "published": "date", "publication date": "date",
    "publicatiedatum": "date",
    "gepubliceerd": "date", "load date": "ignored", "source": "publisher", "bron": "publisher",
    "krant": "publisher",
    "publisher": "publisher", "uitgever": "publisher", "medium": "publisher", "outlet": "publisher",
    "publication": "publisher", "quelle": "publisher", "newspaper": "publisher", "author": "author",
    "auteur": "author", "byline": "author", "auteurs": "author", "autor": "author", "url": "url",
    "link": "url",
    "section": "section", "sectie": "section", "rubriek": "section", "rubrik": "section",
    "language": "language",
    "taal": "language", "length": "ignored", "lengte": "ignored",
}  # fmt: skip
# Possessive, since otherwise a long word that is no name could be cut in endless ways.
_BYLINE = re.compile(
    r"(?:door|tekst|by|von|par)\s*(?::\s*|\s)(?P<author>(?:[A-ZÀ-ÖØ-Þ][\w.'’-]*+|van|de|der|den|ten|ter|te|en|and|und|et|von|du|"
    r"la|le|el|al|&|,|\s|onze|our|verslaggever|correspondent|redactie|redacteur|redacteuren)++)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """What was found in a text; fields are "" or None where the text does not say."""

    title: str
    published: PublicationDate | None
    author: str
    publisher: str
    section: str
    url: str
    language: str
    furniture: tuple[Span, ...]
    headings: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    alone: bool  # a paragraph by itself: nothing or a blank line on both sides


def lay_out(text: str, *, skip: int = 0, language: str = "", today: date | None = None) -> Layout:
    """Find title, date, byline, headings and furniture of a plain text.

    Args:
        skip: where the text proper begins (after front matter, which the caller has dealt with).
        language: of the text, where known; decides only how an ambiguous date is read.
        today: the clock for dates, for tests.
    """
    found: dict[str, str] = {}
    published: PublicationDate | None = None
    furniture: list[Span] = []
    headings: list[Span] = []
    mark = _DATE_MARK.match(text, skip)
    if mark and "\n" not in text[skip : mark.start("date")].strip():
        published = parse_date(mark["date"], "text", today=today)
        if published:
            title_start, title_end = mark.span("title")
            if title_start < title_end:
                found["title"] = mark["title"]
                headings.append(Span(title_start, title_end))
            furniture.append(Span(title_end, mark.end()) if title_start < title_end else Span(skip, mark.end()))
            skip = mark.end()
    lines = _lines(text, skip)
    first_body, header_date = _read_header(lines, found, furniture, headings, language, today)
    published = published or header_date
    body = lines[first_body:]
    skipped = _find_furniture(text, body, furniture)
    _find_headings(body, skipped, headings, sparse=not any(line.alone for line in lines))
    if "title" not in found and headings and not _prose_before(text, headings[0].start, skip, furniture):
        found["title"] = text[headings[0].start : headings[0].end]
    return Layout(
        title=" ".join(found.get("title", "").split())[:LONGEST_TITLE],
        published=published,
        author=found.get("author", ""),
        publisher=found.get("publisher", ""),
        section=found.get("section", ""),
        url=found.get("url", ""),
        language=found.get("language", ""),
        furniture=merged(furniture),
        headings=tuple(sorted(headings, key=lambda span: span.start)),
    )


def first_sentence(text: str, furniture: tuple[Span, ...], limit: int = 100) -> str:
    """The beginning of the prose, at most `limit` characters cut at a word, for articles without a title of
    their own.

    A cut is shown by an ellipsis; nothing is ever put in words that the text does not have.
    """
    position = 0
    for span in (*furniture, Span(len(text), len(text))):
        stretch = text[position : span.start].strip()
        if stretch:
            line = " ".join(stretch.split("\n", 1)[0].split())
            end = _INNER_SENTENCE_END.search(line)
            sentence = line[: end.start() + 1] if end else line
            if len(sentence) <= limit:
                return sentence
            return sentence[: limit + 1].rsplit(" ", 1)[0][:limit].rstrip(" ,;:–-") + "…"
        position = span.end
    return ""


def merged(spans: list[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch or overlap made one."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if result and span.start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        elif span.start < span.end:
            result.append(span)
    return tuple(result)


def _lines(text: str, skip: int) -> list[_Line]:
    rows: list[tuple[int, int, str]] = []
    for match in re.finditer(r"[^\r\n\u2028\u2029\x0b\x0c\x85]+", text[skip:]):
        stripped = match[0].strip()
        if stripped:
            start = skip + match.start() + match[0].index(stripped)
            rows.append((start, start + len(stripped), stripped))
    result = []
    for number, (start, end, line) in enumerate(rows):
        before = number == 0 or _blank_between(text, rows[number - 1][1], start)
        after = number + 1 == len(rows) or _blank_between(text, end, rows[number + 1][0])
        result.append(_Line(start, end, line, before and after))
    return result


def _blank_between(text: str, end: int, start: int) -> bool:
    return len(re.findall(r"\r\n|[\n\r\u2029]", text[end:start])) > 1


def _read_header(
    lines: list[_Line],
    found: dict[str, str],
    furniture: list[Span],
    headings: list[Span],
    language: str,
    today: date | None,
) -> tuple[int, PublicationDate | None]:
    """Take title, date, byline and "key: value" lines from the top; gives the number of the first line after
    them."""
    published: PublicationDate | None = None
    number = 0
    for number, line in enumerate(lines[: _HEADER_LINES + 1]):
        span = Span(line.start, line.end)
        field = _HEADER_FIELD.fullmatch(line.text)
        key = _HEADER_KEYS.get(field["key"].strip().lower(), "") if field else ""
        if field and key:
            furniture.append(span)
            if key == "date":
                published = published or parse_date(field["value"], "text", language=language, today=today)
            else:
                found.setdefault(key, field["value"].strip())
            continue
        stated = parse_date(line.text, "text", language=language, today=today) if len(line.text) <= 80 else None
        if stated and stated.precision != "year":
            published = published or stated
            furniture.append(span)
            continue
        if stated_there := dateline(line.text, language, today):
            published = published or stated_there.published
            if stated_there.publisher:
                found.setdefault("publisher", stated_there.publisher)
            if stated_there.author:
                found.setdefault("author", stated_there.author)
            furniture.append(span)
            continue
        byline = _BYLINE.fullmatch(line.text) if len(line.text) <= 90 else None
        if byline and len(line.text.split()) >= 3 and _capitalised(byline["author"]):
            found.setdefault("author", byline["author"].strip())
            furniture.append(span)
            continue
        if number + 1 < len(lines) and not headings and "title" not in found and _is_heading(line, top=True):
            headings.append(span)
            found["title"] = line.text
            continue
        return number, published
    return min(number, len(lines)), published


@dataclass(frozen=True, slots=True)
class Dateline:
    """Who published something and when, as one line says it; "" where it does not."""

    publisher: str
    author: str
    published: PublicationDate


def dateline(line: str, language: str = "", today: date | None = None) -> Dateline | None:
    """Outlet, author and date of a line such as "Door Jan Jansen, De Krant, 3 mei 2022" or "3 mei 2022 door Jan
    Jansen"; None for any other line."""
    if len(line) > 140 or _ENDS_SENTENCE.search(line):
        return None
    joints = r"\s+[|•·–—-]+\s+|,\s+|\s*[|•·—]\s*|\s+(?=(?:[Dd]oor|[Bb]y|[Vv]on|[Pp]ar)\s+[A-ZÀ-Þ])"
    parts = [part.strip() for part in re.split(joints, line) if part.strip()]
    if not 2 <= len(parts) <= 6:
        return None
    spans = [(first, last) for last in range(len(parts), 0, -1) for first in range(last)]
    for first, last in spans:
        for joint in (" ", ", "):
            stated = parse_date(joint.join(parts[first:last]), "text", language=language, today=today)
            if stated and stated.precision != "year":
                return _named_beside(parts[:first] + parts[last:], stated)
    return None


def _named_beside(parts: list[str], stated: PublicationDate) -> Dateline | None:
    outlet = author = ""
    for part in parts:
        byline = _BYLINE.fullmatch(part)
        if byline and not author:
            author = byline["author"].strip()
        elif not outlet and len(part) <= 50 and part[0].isupper() and len(part.split()) <= 6:
            outlet = part
        elif not re.fullmatch(r"\d{1,2}[:.]\d{2}(?:\s*uur)?", part):
            return None
    return Dateline(outlet, author, stated) if outlet or author else None


def _capitalised(author: str) -> bool:
    words = author.split()
    return bool(words) and sum(1 for word in words if word[:1].isupper()) >= 1 and not author.islower()


def _find_furniture(text: str, lines: list[_Line], furniture: list[Span]) -> set[int]:
    """Mark furniture among the lines; gives the numbers of the lines that were marked."""
    marked: set[int] = set()
    number = 0
    while number < len(lines):
        line = lines[number]
        if opens_link_box(line.text):
            marked.add(number)
            number = _mark_link_box(text, lines, number + 1, marked)
            continue
        if is_furniture(line.text):
            marked.add(number)
        number += 1
    furniture.extend(Span(lines[number].start, lines[number].end) for number in marked)
    return marked


def _mark_link_box(text: str, lines: list[_Line], number: int, marked: set[int]) -> int:
    """Mark the titles below "Lees ook:" and the teaser of the last one; gives the number of the line after
    them."""
    body_before = "\n".join(line.text for at, line in enumerate(lines[: number - 1][-_BODY_LINES:]))
    titles: list[str] = []
    while number < len(lines) and len(titles) < 8:
        line = lines[number]
        bulleted = re.match(r"[-•*–>»]\s", line.text) is not None
        title_like = len(line.text) <= LONGEST_TITLE and not _ENDS_SENTENCE.search(line.text.rstrip("?!"))
        if not title_like or (titles and not bulleted and _blank_between(text, lines[number - 1].end, line.start)):
            break
        titles.append(line.text)
        marked.add(number)
        number += 1
    if titles and number < len(lines) and belongs_to_link(lines[number].text, titles, body_before):
        marked.add(number)
        number += 1
    return number


def _find_headings(lines: list[_Line], skipped: set[int], headings: list[Span], *, sparse: bool) -> None:
    """Mark the lines that head what follows. `sparse`: the text has no blank lines, so each line is a
    paragraph."""
    prose = [number for number in range(len(lines)) if number not in skipped]
    for position, number in enumerate(prose[:-1]):
        line, following = lines[number], lines[prose[position + 1]]
        if sparse:
            previous = lines[prose[position - 1]].text if position else "."
            fits = _ENDS_SENTENCE.search(previous) is not None and len(following.text) > 80
            fits = fits and len(line.text) <= 70 and _ENDS_SENTENCE.search(following.text) is not None
        else:
            fits = line.alone
        leads_on = len(following.text) > len(line.text) or _is_heading(following)
        if fits and leads_on and _is_heading(line):
            headings.append(Span(line.start, line.end))


def _is_heading(line: _Line, *, top: bool = False) -> bool:
    text = line.text
    if len(text) > (LONGEST_TITLE if top else LONGEST_HEADING) or not (line.alone or not top):
        return False
    if not re.match(r"[\"'“‘„«(¿¡]*[\wÀ-ÿ]", text) or text[0].islower() or not re.search(r"[^\W\d_]{2}", text):
        return False
    if re.search(r"[.,;:…][\"'”’»)]*$", text) or _INNER_SENTENCE_END.search(text):
        return False
    if re.match(r"(?:https?://|www\.)", text) or "\t" in text:
        return False
    if not top and (": " in text or re.search(r"[!?][\"'”’»)\]]+$", text)):
        return False  # "Hoofdstad: Oranjestad" states a fact, and a quotation is somebody's words
    if text.endswith(("!", "?", "”", "’", '"', "»")):
        return len(text) <= (LONGEST_HEADING if top else 80)
    return len(text.split()) <= (30 if top else 16)


def _prose_before(text: str, position: int, skip: int, furniture: list[Span]) -> bool:
    at = skip
    for span in merged(furniture):
        if span.start >= position:
            break
        if text[at : span.start].strip() and at < span.start:
            return True
        at = max(at, span.end)
    return bool(text[at:position].strip())
