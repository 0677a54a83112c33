"""What a browser does not show of a page: taken out before anything is read, and named when somebody asks.

Text can be hidden by its element (scripts, templates, `hidden`), by its own style, by the page's style sheet, or by
being moved or clipped out of sight. Style sheets are read for plain rules only (`.x { display: none }`), and what they
hide stays if it is a good part of the page: some pages show their text by a script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from embeddings.records import Article
from qa.readers.document import Document, Report

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped, unused-ignore]

__all__ = ["read_hidden", "remove_hidden"]

TELLING_WORDS = 8  # of hidden text, from which it is worth naming
GOOD_PART = 0.25  # of a page's text
_NOT_SHOWN = frozenset(
    ("script", "style", "template", "noscript", "object", "embed", "applet", "iframe", "svg", "math",
    "canvas", "audio",
     "video", "select", "option", "button", "input", "textarea", "datalist", "dialog")
)  # fmt: skip
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)|"
    r"(?<![\w-])opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)|content-visibility\s*:\s*hidden|(?<![\w-])color\s*:\s*transparent|"
    r"(?<![\w-])(?:left|top|right|text-indent|margin-left)\s*:\s*-(?:[5-9]\d\d|\d{4,})(?:\.\d+)?(?:px|pt)|"
    r"(?<![\w-])(?:left|top|right|text-indent|margin-left)\s*:\s*-(?:\d{3,})(?:\.\d+)?(?:r?em|%|v[wh])|"
    r"(?<![\w-])clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)|clip-path\s*:\s*inset\(\s*(?:50|100)%|"
    r"(?<![\w-])transform\s*:\s*scale\(\s*0\s*\)",
    re.IGNORECASE,
)
_NO_ROOM = re.compile(r"(?<![\w-])(?:max-)?(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|!|$)", re.IGNORECASE)
_OVERFLOW = re.compile(r"overflow(?:-[xy])?\s*:\s*(?:hidden|clip)", re.IGNORECASE)
_SHEET_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SELECTOR = re.compile(r"(?P<tag>[a-z][a-z0-9]*)?(?:\.(?P<name>[\w-]+)|#(?P<id>[\w-]+))", re.IGNORECASE)
_TOLD_ATTRIBUTES = ("alt", "title", "aria-label", "aria-description")
_SILENT = frozenset(("script", "style", "noscript", "template", "select", "option", "svg", "math", "iframe"))


def remove_hidden(tree: HtmlElement) -> None:
    """Take out what a browser would not show: comments, scripts, templates, hidden elements."""
    from lxml import etree  # type: ignore[import-untyped, unused-ignore]

    for element, _ in list(_hidden(tree)):
        parent = element.getparent()
        if parent is None:
            continue
        if element.tail:  # what follows the element is shown and has to stay
            previous = element.getprevious()
            if previous is not None:
                previous.tail = (previous.tail or "") + element.tail
            else:
                parent.text = (parent.text or "") + element.tail
        etree.ElementBase.remove(parent, element) if isinstance(parent, etree.ElementBase) else parent.remove(element)


def read_hidden(document: Document, report: Report) -> Iterator[Article]:
    """Each piece of running text that a page holds and does not show, as an article whose title says where it stood.

    Scripts and styles are left out, and so are descriptions of pictures that use the words of the page itself.
    """
    from qa.readers.html import parsed_page

    tree = parsed_page(document)
    pieces: list[tuple[str, str]] = []
    for element, how in _hidden(tree):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag not in _SILENT:
            pieces.append((how, "".join(element.itertext()) if tag else element.text or ""))
    pieces += [
        ("meta description", str(value)) for value in tree.xpath("//meta[contains(@name, 'description')]/@content")
    ]
    for name in _TOLD_ATTRIBUTES:
        pieces += [(f"attribute {name}", str(value)) for value in tree.xpath(f"//body//@{name}")]
    remove_hidden(tree)
    shown = set(_words("".join(tree.itertext())))
    told: set[str] = set()
    for how, piece in pieces:
        line = " ".join(piece.split())
        words = _words(line)
        if len(words) < TELLING_WORDS or line in told or "<" in line:
            continue
        if how.startswith(("attribute", "meta")) and sum(word in shown for word in words) > len(words) // 2:
            continue
        told.add(line)
        yield Article(text=line, source=document.source, title=how)


def _hidden(tree: HtmlElement) -> Iterator[tuple[Any, str]]:
    """The elements that are not shown, each with what hides it; one that lies in another may come too."""
    by_sheet = _hidden_by_sheet(tree)
    for element in tree.iter():
        if not isinstance(element.tag, str):
            yield element, "comment"
            continue
        tag, style = element.tag.rsplit("}", 1)[-1], element.get("style") or ""
        if tag in ("html", "body"):
            continue
        if tag in _NOT_SHOWN:
            yield element, tag
        elif element.get("hidden") is not None:
            yield element, "hidden"
        elif _HIDDEN_STYLE.search(style) or _has_no_room(style):
            yield element, f"style {style.strip()[:60]}"
        elif element in by_sheet:
            yield element, "style sheet"


def _has_no_room(style: str) -> bool:
    """Whether a box is cut to nothing; with padding it has room after all, as boxes for videos do."""
    return _NO_ROOM.search(style) is not None and _OVERFLOW.search(style) is not None and "padding" not in style


def _hidden_by_sheet(tree: HtmlElement) -> set[Any]:
    """The elements that plain rules of the page's own style sheets hide."""
    sheets = " ".join(element.text or "" for element in tree.iter("style"))
    names, ids = set(), set()
    for selectors, body in _rules(sheets):
        if _SHEET_HIDES.search(body):
            for selector in selectors.split(","):
                if match := _SELECTOR.fullmatch(selector.strip()):
                    names.add((match["tag"] or "", match["name"])) if match["name"] else ids.add(match["id"])
    if not names and not ids:
        return set()
    most = GOOD_PART * len("".join(tree.itertext()))
    found = set()
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("html", "body"):
            continue
        classes = (element.get("class") or "").split()
        named = any(("", name) in names or (element.tag, name) in names for name in classes)
        if (named or element.get("id") in ids) and len("".join(element.itertext())) <= most:
            found.add(element)
    return found


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """The selectors and the body of each rule of a style sheet that stands in no condition such as `@media`."""
    sheet = _without_comments(sheet)
    depth, end, selectors, begin = 0, 0, "", 0
    for brace in re.finditer(r"[{}]", sheet):
        if brace[0] == "{":
            if depth == 0:
                selectors, begin = sheet[end : brace.start()].rpartition(";")[2].strip(), brace.end()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                end = brace.end()
                if not selectors.startswith("@"):
                    yield selectors, sheet[begin : brace.start()]


def _without_comments(sheet: str) -> str:
    parts, end = [], 0
    while (start := sheet.find("/*", end)) >= 0:
        parts.append(sheet[end:start])
        close = sheet.find("*/", start + 2)
        if close < 0:  # it reaches to the end, as browsers have it
            return " ".join(parts)
        end = close + 2
    return " ".join([*parts, sheet[end:]])


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{3,}", text.lower())
