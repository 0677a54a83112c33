"""Plain text and Markdown: the stored text is the decoded file, so that offsets index the user's own file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final

from embeddings.records import Article, Span
from qa.dates import date_in_name, first_date
from qa.errors import ReadError
from qa.readers.decoding import decode
from qa.readers.document import MAXIMUM_TEXT, Document, Report
from qa.readers.exports import split_export
from qa.readers.fields import Fields, language_code
from qa.readers.layout import first_sentence, lay_out, merged

__all__ = ["read_markdown", "read_plain"]

LONGEST_HEADING: Final = 500  # characters of it that can become a title

_FRONT_MATTER: Final = re.compile(
    r"(?:---|\+\+\+)[ \t]*\r?\n(?P<yaml>.{0,64000}?)\r?\n(?:---|\.\.\.|\+\+\+)[ \t]*(?:\r?\n|$)", re.DOTALL
)
_ATX_HEADING: Final = re.compile(r"^ {0,3}(?P<mark>#{1,6})[ \t]+(?P<title>.*?\S.*?)[ \t]*#*[ \t]*\r?$", re.MULTILINE)
_SETEXT_HEADING: Final = re.compile(
    r"^(?P<title>[^\s#>|-].{0,200}?)[ \t]*\r?\n {0,3}(?:={3,}|-{3,})[ \t]*\r?$", re.MULTILINE
)
_MARKUP: Final = re.compile(
    r"^ {0,3}(?:!\[[^\]\n]{0,400}\]\([^)\n]{0,2000}\)[^\n]{0,200}|\[[^\]\n]{1,200}\]:[ \t]+\S+.{0,200}|"
    r"(?:[-*_][ \t]*){3,}|"
    r"\|?(?:[ \t]*:?-{3,}:?[ \t]*\|)+(?:[ \t]*:?-{3,}:?)?[ \t]*)\r?$",
    re.MULTILINE,
)  # fmt: skip
_FENCE: Final = re.compile(r"^ {0,3}(?P<mark>```+|~~~+).{0,80}$\n(?:.*\n)*? {0,3}(?P=mark)[ \t]*$", re.MULTILINE)
_INLINE: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")


def read_plain(document: Document, report: Report) -> Iterator[Article]:
    """One article a file; title, date and byline from its first lines where they are there.

    An export of a news archive gives one article each for those that it holds, with the text between its
    field lines.
    """
    text = _text(document)
    exported = list(split_export(text, document.source))
    if exported:
        yield from exported
        return
    layout = lay_out(text)
    yield Article(
        text=text,
        source=document.source,
        title=layout.title or first_sentence(text, layout.furniture),
        published=layout.published or date_in_name(document.name),
        publisher=layout.publisher,
        author=layout.author,
        section=layout.section,
        url=layout.url or document.url,
        language=language_code(layout.language),
        furniture=layout.furniture,
        headings=layout.headings,
    )


def read_markdown(document: Document, report: Report) -> Iterator[Article]:
    """One article a file; fields from its front matter, headings from its `#` and underlined lines."""
    text = _text(document)
    front = _FRONT_MATTER.match(text)
    fields = Fields(_front_matter(front["yaml"])) if front else Fields({})
    skip = front.end() if front else 0
    furniture = [
        Span(0, skip),
        *(Span(*match.span()) for match in _MARKUP.finditer(text, skip)),
        *_comments(text, skip),
    ]
    marked = [(Span(*match.span()), match["title"]) for match in _ATX_HEADING.finditer(text, skip)]
    marked += [(Span(*match.span()), match["title"]) for match in _SETEXT_HEADING.finditer(text, skip)]
    fences = [Span(*match.span()) for match in _FENCE.finditer(text, skip)]
    marked = sorted(
        (pair for pair in marked if not any(fence.start <= pair[0].start < fence.end for fence in fences)),
        key=lambda pair: pair[0].start,
    )
    headings = [span for span, _ in marked]
    first = next((span for span in headings[:1] if not text[skip : span.start].strip()), None)
    below = first.end if first else skip  # byline and date stand below the title
    layout = lay_out(text, skip=below, language=fields.language, titled=bool(first or fields.title))
    headings += [
        span
        for span in layout.headings
        if not any(span.start < other.end and other.start < span.end for other in headings)
    ]
    all_furniture = merged([*furniture, *layout.furniture])
    heading = _INLINE.sub(r"\1", marked[0][1][:LONGEST_HEADING]).strip() if marked else ""
    published = first_date(((value, "front matter") for value in fields.dates), language=fields.language)
    yield Article(
        text=text,
        source=document.source,
        title=fields.title or heading or layout.title or first_sentence(text, all_furniture),
        published=published or layout.published or date_in_name(document.name),
        publisher=fields.publisher or layout.publisher,
        author=fields.author or layout.author,
        section=fields.section or layout.section,
        url=fields.url or layout.url or document.url,
        language=fields.language or language_code(layout.language),
        external_id=fields.identifier,
        furniture=all_furniture,
        headings=tuple(sorted(headings, key=lambda span: span.start)),
    )


def _comments(text: str, skip: int) -> Iterator[Span]:
    start = text.find("<!--", skip)
    while start >= 0 and (end := text.find("-->", start)) >= 0:
        yield Span(start, end + 3)
        start = text.find("<!--", end)


def _text(document: Document) -> str:
    text = decode(document.read(), document.charset).text
    if len(text) > MAXIMUM_TEXT:
        raise ReadError(f"longer than {MAXIMUM_TEXT // 10**6} million characters", "split the file")
    return text


def _front_matter(source: str) -> Mapping[str, object]:
    """The fields of YAML front matter; none where it is not valid, since the text is good without them."""
    import yaml

    if re.search(
        r"(?:^|[\s,\[{])[&*]\w", source
    ):  # anchors: nothing that a title or a date needs, and a way to blow up
        return {}
    try:
        fields = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    if not isinstance(fields, dict):
        return {}
    return {
        str(key): value
        for key, value in fields.items()
        if isinstance(value, str | int | float | date | datetime | list)
    }
