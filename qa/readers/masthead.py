"""The first lines of an article: title, outlet, author and date, in the ways in which newspapers write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from embeddings.records import PublicationDate, Span
from qa.dates import parse_date
from qa.readers.furniture import is_furniture, opens_link_box
from qa.readers.lines import ENDS_SENTENCE, TextLine, is_heading

__all__ = [
    "Dateline",
    "Masthead",
    "byline",
    "dateline",
    "is_name",
    "names_outlet",
    "read_masthead",
    "without_by",
]

PROSE = 80  # characters of a line that is surely a paragraph
_STANDFIRST = 3  # lines
_LINES = 12  # how far from the top they are looked for
_FIELD = re.compile(r"(?P<key>[A-Za-zéë ]{3,20}?)\s*:\s+(?P<value>\S.{0,400})")
_FIELD_KEYS = {
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
_OWN_REPORTER = re.compile(
    r"(?:van|door)\s+(?:een\s+(?:van\s+)?)?onzer?\s+(?:[\w-]{3,20}\s+)?(?:verslaggever|verslaggeefster|correspondent|redacteur|"
    r"(?:nieuws|sport|economie)?redactie|medewerker)(?:s|en)?(?:\s+[\w/ -]{2,40})?",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"[A-ZÀ-ÖØ-Þ][\w.'’-]{0,20}+(?:\s(?:van|de|der|den|ten|ter|te|el|al|von|du|la|le|[A-ZÀ-ÖØ-Þ'’][\w.'’-]{1,25}+)){1,4}"
)
_EMPHASIS = re.compile(r"^([*_]{1,3})([^*_].*[^*_\s])\1$")
_ENGLISH_WORDS = re.compile(r"\b(?:the|and|of|to|is|are|for|with|on|that|by|was)\b", re.IGNORECASE)
_OTHER_WORDS = re.compile(
    r"\b(?:de|het|een|van|en|te|op|is|zijn|dat|met|voor|der|die|das|und|den|ein|eine|ist|mit|le|la|les|des|et|du|un|une|est)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?:Den|De|Het|New|Los|Las|San|Santa|Sint|St\.?|Saint|Sankt|Rio|Abu|Tel|Addis|Buenos|Kuala|Hong|Bad|Le|La|Noord|Zuid|Oost|West|Nieuw|Nieuwe|Oud|Groot|"
    r"Bergen|Alphen|Capelle|Krimpen|Hoek|Hof|Huis|Raad|Eerste|Tweede|Europese|Verenigde)\s"
)
_OUTLETS = frozenset(
    "nrc|nrc handelsblad|nrc.next|nrc next|de volkskrant|volkskrant|trouw|het parool|parool|ad|algemeen dagblad|de telegraaf|"
    "telegraaf|nos|nos nieuws|nu.nl|fd|het financieele dagblad|het financiële dagblad|de standaard|de morgen|"
    "het laatste nieuws|hln|het nieuwsblad|de tijd|gazet van antwerpen|het belang van limburg|knack|vrt nws|vrt|rtl nieuws|rtl z|"
    "metro|nederlands dagblad|reformatorisch dagblad|de limburger|de gelderlander|tubantia|de stentor|bn destem|pzc|"
    "brabants dagblad|eindhovens dagblad|leeuwarder courant|friesch dagblad|dagblad van het noorden|noordhollands dagblad|"
    "haarlems dagblad|leidsch dagblad|de groene amsterdammer|vrij nederland|ew|elsevier weekblad|hp/de tijd|anp|belga|"
    "bruzz|apache|follow the money|de correspondent|omroep brabant|rtv utrecht|rtv rijnmond|at5|omrop fryslân|l1|1limburg".split("|")
)  # fmt: skip
_LABELS = frozenset(
    "nieuws|achtergrond|reportage|interview|opinie|column|analyse|commentaar|premium|plus|live|liveblog|video|update|exclusief|"
    "binnenland|buitenland|economie|sport|politiek|regio|cultuur|media|wetenschap|infrastructuur|voor abonnees|abonnee".split("|")
)  # fmt: skip
_OUTLET_WORD = re.compile(
    r"^(?:de|het|the|der|die|das|le|la)\s|(?:courant|krant|dagblad|weekblad|nieuws|nieuwsblad|bode|post|journaal|times|news|"
    r"omroep|zeitung|tageblatt|rundblatt|gazette|gazet|tribune|herald|ledger)\b",
    re.IGNORECASE,
)
_MONTH_DAY = (
    r"(?:(?:ma|di|wo|do|vr|za|zo|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag)\.?,?\s+)?"
    r"\d{1,2}\s+[A-Za-zéûä]{3,9}\.?\s+\d{4}\b"
)
_JOINTS = re.compile(
    r"\s+[|•·–—-]+\s+|,\s+|\s*[|•·—]\s*|\s+(?=(?:[Dd]oor|[Bb]y|[Vv]on|[Pp]ar)\s+[A-ZÀ-Þ])" + rf"|\s+(?={_MONTH_DAY})"
)
_BARE_JOINT = re.compile(rf"[^\s,|•·–—-]\s+{_MONTH_DAY}")


@dataclass(frozen=True, slots=True)
class Dateline:
    """Who published something and when, as one line says it; "" where it does not."""

    publisher: str
    author: str
    published: PublicationDate


@dataclass(slots=True)
class Masthead:
    """What the first lines say.

    Attributes:
        fields: title, publisher, author, section, url and language, as far as they are said.
        furniture: the lines that are no more than that.
        title: the line that is the title, where there is one.
        lines: how many lines it takes up.
    """

    fields: dict[str, str] = field(default_factory=dict)
    published: PublicationDate | None = None
    furniture: list[Span] = field(default_factory=list)
    title: Span | None = None
    lines: int = 0


def read_masthead(
    lines: Sequence[TextLine], language: str = "", today: date | None = None, *, titled: bool = False
) -> Masthead:
    """What the first lines of a text say of it, up to the first that is neither title nor such a statement.

    Args:
        language: of the text, where known; decides only how an ambiguous date is read.
        today: the clock for dates, for tests.
        titled: whether the title is known already, and these lines come right below it.
    """
    head = Masthead()
    for number, line in enumerate(lines[: _LINES + 1]):
        head.lines = number
        if _take_statement(head, line, language, today):
            continue
        following = lines[number + 1] if number + 1 < len(lines) else None
        known = titled or head.title is not None or "title" in head.fields
        if following and not known and is_heading(line.text, top=True):
            rests_on = Masthead()  # a title right above such a statement needs no blank line between them
            after = lines[number + 2] if number + 2 < len(lines) else None
            below = not line.ends_paragraph and (
                _take_statement(rests_on, following, language, today)
                or bool(after and _is_person(following) and _is_prose(after.text))
            )
            if line.alone or below or (number and line.ends_paragraph):  # below other such statements, too
                head.title = Span(line.start, line.end)
                head.fields["title"] = line.text
                continue
        previous = lines[number - 1] if number else None
        below_title = titled if previous is None else head.title == Span(previous.start, previous.end)
        if below_title and following and _is_person(line) and _is_prose(following.text):
            head.fields.setdefault("author", line.text)
            head.furniture.append(Span(line.start, line.end))
            continue
        break
    if head.title and not head.published:
        _take_below_standfirst(head, lines[head.lines : head.lines + _STANDFIRST + 2], language, today)
    return head


def _take_below_standfirst(head: Masthead, lines: Sequence[TextLine], language: str, today: date | None) -> None:
    """Note who and when from below the standfirst: a date with a time of day, or one below a name; a bare date may be
    what the text is about."""
    for number, line in enumerate(lines):
        stated = _day_line(_EMPHASIS.sub(r"\2", line.text), language, today)
        above = lines[number - 1] if number else None
        named = above is not None and is_name(above.text)
        if not stated or not (stated.time or named):
            continue
        head.published = stated
        head.furniture.append(Span(line.start, line.end))
        if above and named:
            head.fields.setdefault("author", above.text)
            head.furniture.append(Span(above.start, above.end))
        return


def _is_prose(text: str) -> bool:
    """Whether a line is surely a paragraph, and not of English text, where headings have capitals like names."""
    return len(text) >= PROSE and len(_OTHER_WORDS.findall(text)) > len(_ENGLISH_WORDS.findall(text))


def _is_person(line: TextLine) -> bool:
    """Whether a line is a name and could not be a place or a heading."""
    return line.ends_paragraph and is_name(line.text)


def is_name(text: str) -> bool:
    """Whether some words are a person's name, and not a place's."""
    if len(text) > 50 or text.isupper() or _PLACE.match(text):
        return False
    return _PERSON.fullmatch(text) is not None


def _take_statement(head: Masthead, line: TextLine, language: str, today: date | None) -> bool:
    """Note what a line states, if it is nothing but a statement: a field, a date, an outlet, a byline."""
    text = _EMPHASIS.sub(r"\2", line.text)  # "*Door Jan Jansen*" in Markdown
    stated = _FIELD.fullmatch(text)
    key = _FIELD_KEYS.get(stated["key"].strip().lower(), "") if stated else ""
    if stated and key:
        if key == "date":
            head.published = head.published or parse_date(stated["value"], "text", language=language, today=today)
        else:
            value = stated["value"].strip()
            head.fields.setdefault(key, without_by(value) if key == "author" else value)
    elif day := _day_line(text, language, today):
        head.published = head.published or day
    elif found := dateline(text, language, today):
        if (head.title is None and "title" not in head.fields) and not _is_known(found) and _BARE_JOINT.search(text):
            return False  # "Verkiezingen Tweede Kamer 12 september 2012" is a title
        head.published = head.published or found.published
        if found.publisher:
            head.fields.setdefault("publisher", found.publisher)
        if found.author:
            head.fields.setdefault("author", found.author)
    elif text.casefold() in _OUTLETS:
        head.fields.setdefault("publisher", text)
    elif text.casefold() in _LABELS and head.title is None and "title" not in head.fields:
        pass  # "Nieuws" above the title
    elif not any(map(str.isalnum, text)):
        pass  # a mark between two statements: "•"
    elif is_furniture(text) and not opens_link_box(text):
        pass  # "Bekijk deze nieuwsbrief in je browser" is no title
    elif author := byline(text):
        head.fields.setdefault("author", author)
    else:
        return False
    head.furniture.append(Span(line.start, line.end))
    return True


def _day_line(line: str, language: str, today: date | None) -> PublicationDate | None:
    stated = parse_date(line, "text", language=language, today=today) if len(line) <= 80 else None
    return stated if stated and stated.precision != "year" else None


def _is_known(found: Dateline) -> bool:
    return found.publisher.casefold() in _OUTLETS


def byline(line: str) -> str:
    """The author that a line names, "" where it is no byline."""
    if len(line) > 90:
        return ""
    line = _EMPHASIS.sub(r"\2", line)
    line = re.sub(r"\s*\([^()]{2,40}\)$", "", line)  # "Par Camille Fournet (Lyon, correspondante)"
    if _OWN_REPORTER.fullmatch(line):
        return re.sub(r"^door\s+", "", line, flags=re.IGNORECASE)
    found = _BYLINE.fullmatch(line)
    if found and len(line.split()) >= 3 and any(word[:1].isupper() for word in found["author"].split()):
        return found["author"].strip()
    return ""


def without_by(author: str) -> str:
    """An author's name without the "Door" before it."""
    return re.sub(
        r"^(?:door|by|tekst|von|par)\s*:?\s+(?=(?-i:[A-ZÀ-ÖØ-Þ]|onze\b))", "", author, flags=re.IGNORECASE
    ).strip()


def dateline(line: str, language: str = "", today: date | None = None) -> Dateline | None:
    """Outlet, author and date of a line such as "Door Jan Jansen, De Krant, 3 mei 2022" or "3 mei 2022 door Jan
    Jansen"; None for any other line."""
    if len(line) > 140 or ENDS_SENTENCE.search(line):
        return None
    parts = [part.strip() for part in _JOINTS.split(line) if part.strip()]
    if not 2 <= len(parts) <= 6:
        return None
    spans = [(first, last) for last in range(len(parts), 0, -1) for first in range(last)]
    for first, last in spans:
        for joint in (" ", ", "):
            stated = parse_date(joint.join(parts[first:last]), "text", language=language, today=today)
            if stated and stated.precision != "year":
                return _named_beside(parts[:first] + parts[last:], stated, bare=_BARE_JOINT.search(line) is not None)
    return None


def _named_beside(parts: Sequence[str], stated: PublicationDate, *, bare: bool) -> Dateline | None:
    """Who stands beside a date; with nothing but a space between them (`bare`), a name that is no newspaper's is a
    person's."""
    outlet = author = ""
    place = False
    for part in parts:
        found = _BYLINE.fullmatch(part)
        named = _OWN_REPORTER.fullmatch(part) or (bare and _PERSON.fullmatch(part) and not names_outlet(part))
        alone = len(parts) == 1 or (part is parts[0] and part.isupper())
        if found and not author:
            author = found["author"].strip()
        elif named and not author:
            author = part
        elif alone and " " not in part and part[:1].isupper() and part.isalpha() and not names_outlet(part):
            place = True  # "Utrecht, 12 maart 2025"
        elif not outlet and len(part) <= 50 and part[0].isupper() and len(part.split()) <= 6:
            outlet = part
        elif not re.fullmatch(r"\d{1,2}[:.]\d{2}(?:\s*uur)?", part):
            return None
    return Dateline(outlet, author, stated) if outlet or author or place else None


def names_outlet(name: str) -> bool:
    """Whether a name is that of a known newspaper or broadcaster, or says that it is one."""
    return name.casefold() in _OUTLETS or _OUTLET_WORD.search(name) is not None
