"""The visible blocks of a web page and which of them are its article.

trafilatura finds the article's paragraphs well, but leaves out headings, lists or tables of many pages. So its
paragraphs only say where the article is: the element that holds nearly all of them is read whole, in its own
order. What in there is no part of the text (a caption, a box of links, a newsletter form) is told apart by
`Block.aside`, so that it can be marked rather than lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from qa.readers.blocks import LONGEST_ROW

__all__ = ["PageBlock", "article_blocks", "visible_blocks"]

Kind: TypeAlias = Literal["text", "heading", "item", "row", "caption"]

HELD = 0.9  # of the article's characters, for the element that is taken to hold it
BETWEEN = 600  # characters that may stand between the headline and the text: standfirst, byline, date
MOSTLY_LINKS = 0.6
SURELY_PROSE = 80  # characters of a paragraph
_BLOCKS = frozenset(
    ("p", "div", "li", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "head", "blockquote", "quote", "pre",
     "tr", "item", "list", "table", "hr", "section", "article", "row", "figure", "figcaption", "ul", "ol", "dl", "main",
     "header", "footer", "nav", "aside", "form", "address", "details", "summary", "caption", "thead", "tbody", "body",
     "center", "fieldset", "legend", "hgroup")
)  # fmt: skip
_LOOSE = frozenset(("span", "a", "time", "small", "label", "cite"))  # that style sheets set apart from each other
_BARE_BLOCKS = frozenset(("div", "header", "section", "footer", "li", "address", "article", "main", "body"))
_PARAGRAPHS = frozenset(("p", "li", "h1", "h2", "h3", "h4", "blockquote", "table", "item", "head"))
_ASIDE = frozenset(("nav", "aside", "footer", "form", "menu", "search"))
_ASIDE_ROLES = frozenset(("navigation", "complementary", "contentinfo", "search", "form", "banner"))
_ASIDE_NAME = re.compile(
    r"(?<![a-z])(?:related|gerelateerd\w*|newsletter\w*|nieuwsbrief\w*|promo\w*|share|sharing|social\w*|cookie\w*|consent|"
    r"banner|advert\w*|ad|ads|anzeige|sponsor\w*|comments?|reacties|breadcrumbs?|subscri\w+|abonne\w*|teasers?|"
    r"recommend\w*|aanbevolen|read-?more|read-?also|lees-?ook|lees-?meer|tags?|toolbar|sidebar|widget|outbrain|taboola|"
    r"signup|login|paywall|premium-?wall|polls?|quiz|reactions?|playlist|web-?push|opt-?in)(?![a-z])",
    re.IGNORECASE,
)


_OFFER_NAME = re.compile(
    r"(?<![a-z])(?:paywall|premium-?wall|reg-?wall|newsletter|nieuwsbrief|cookie|subscribe|abonneer|polls?|reactions)(?![a-z])",
    re.IGNORECASE,
)
_CAPTION_NAME = re.compile(
    r"(?<![a-z])(?:caption|bijschrift|fotobijschrift|photo-?credits?|image-?credits?|credits?|bildunterschrift|legende)(?![a-z])",
    re.IGNORECASE,
)
_OFFER_WORDS = re.compile(
    r"\b(?:nieuwsbrie\w+|newsletters?|abonne\w+|abonnement\w*|subscri\w+|inschrijven|sign up|s['’]inscrire|cookies?|advertentie|lees ook|read more)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}(?:\s*(?:uur|uhr|h))?", re.IGNORECASE)
LONGEST_OFFER = 400  # characters; what holds more may be the article behind such a name
LONGEST_CAPTION = 400
LONGEST_KADER = 6000  # characters
KADER_SENTENCE = 50  # characters of a sentence that shows an `aside` to be a part of the article


@dataclass(frozen=True, slots=True)
class PageBlock:
    """A paragraph, heading, list item or row of a table as a reader sees it.

    Attributes:
        aside: not part of the running text: a caption, a box beside the article, mostly links.
        path: the elements that hold it, from the outermost.
    """

    text: str
    kind: Kind
    aside: bool
    links: float
    path: tuple[Any, ...]


def visible_blocks(root: Any, drop: frozenset[str] = frozenset({"title"})) -> list[PageBlock]:
    """All text below an element, block by block; a tree from which hidden elements have been taken out."""
    blocks: list[PageBlock] = []
    parts: list[str] = []
    linked = 0
    path: list[Any] = []
    within_link = within_row = 0
    rows: set[Any] = set()
    broken = False  # a line has just ended, and nothing has come after it
    loose_end = False  # a span or link has just ended, and nothing has come after it

    def end_block() -> None:
        nonlocal linked
        text = _one_block("".join(parts))
        if text:
            kind, aside = _kind(path, rows)
            if (
                kind in ("text", "item")
                and _CLOCK.fullmatch(text)
                and any(True for part in path[-1:] for _ in part.iter("time"))
            ):
                kind = "heading"  # the time above an entry of a live blog
            elif kind == "text" and len(text) <= LONGEST_CAPTION and any(map(_is_caption, path[-1:])):
                kind, aside = "caption", True
            length = len("".join("".join(parts).split()))
            blocks.append(PageBlock(text, kind, aside, min(1.0, linked / max(1, length)), tuple(path)))
        parts.clear()
        linked = 0

    def say(text: str | None) -> None:
        nonlocal linked, loose_end, broken
        if text:
            loose_end = False
            broken = broken and not text.strip()
            parts.append(text.replace("\r", " ").replace("\n", " "))
            linked += len("".join(text.split())) if within_link else 0

    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, closing = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else ""
        if not closing and tag and tag not in drop:
            if tag in _BLOCKS and not within_row:
                end_block()
            elif tag in ("br", "lb"):
                if broken and not within_row:
                    end_block()  # two in a row part paragraphs
                parts.append(" " if within_row else "\n")
                broken = True
            elif tag in ("td", "th", "cell") and "".join(parts).strip():
                if within_row:
                    parts.append(" | ")
                else:
                    end_block()  # a table that was made for looks
            elif loose_end and tag in _LOOSE and path and path[-1].tag in _BARE_BLOCKS:
                parts.append(" ")  # "<span>Nieuws</span><span>Landbouw</span>" outside a paragraph are two things
            loose_end = False
            path.append(element)
            within_link += tag == "a"
            if tag in ("tr", "row") and not within_row and _is_row(element):
                rows.add(element)
            within_row += bool(within_row) or element in rows
            say(element.text)
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))
            continue
        if closing:
            within_row -= bool(within_row)
            if tag in _BLOCKS and not within_row:
                end_block()
            path.pop()
            within_link -= tag == "a"
            loose_end = tag in _LOOSE
        if element is not root:
            say(element.tail)
    end_block()
    return blocks


def article_blocks(tree: Any, kept: list[str]) -> list[PageBlock]:
    """The blocks of a page that are its article, in the page's order; those of its surroundings are left out.

    Args:
        kept: the paragraphs that trafilatura took for the article.
    """
    blocks = visible_blocks(tree)
    known, running = set(map(_plain, kept)), " ".join(map(_plain, kept))
    of_article = [
        _plain(block.text) in known or (len(block.text) > 40 and _plain(block.text) in running) for block in blocks
    ]
    if not any(of_article):
        return []
    holder = _landmark(_holder([block for block, mine in zip(blocks, of_article, strict=True) if mine]))
    if not any(_is_landmark(part) for part in (holder, *holder.iterancestors())):
        # trafilatura may have kept one section of several: whatever is surely prose has a say in where the article is
        wider = _holder([block for block, mine in zip(blocks, of_article, strict=True) if mine or _is_prose(block)])
        if wider.tag not in ("body", "html") and wider in holder.iterancestors():
            holder = wider
    flat = isinstance(holder.tag, str) and holder.tag in ("body", "html")
    first = of_article.index(True)
    last = len(blocks) - 1 - of_article[::-1].index(True)
    inside = [first <= at <= last if flat else holder in block.path for at, block in enumerate(blocks)]
    start = inside.index(True) if True in inside else first
    headline = next((at for at in range(start, -1, -1) if any(part.tag == "h1" for part in blocks[at].path)), start)
    if sum(len(block.text) for block in blocks[headline + 1 : start]) <= BETWEEN:
        inside[headline:start] = [True] * (start - headline)
    landmarks = any(_is_landmark(part) for part in (holder, *holder.iterancestors()))
    parents = {part for block, mine in zip(blocks, of_article, strict=True) if mine for part in block.path}
    holders = {part for block in blocks for part in block.path}
    offers = {part for part in holders if _is_offer(part)}
    boxes = {part for part in holders - parents if _is_box(part)}
    chosen = []
    for block, mine, within in zip(blocks, of_article, inside, strict=True):
        boxed = not boxes.isdisjoint(block.path)
        if not (mine or within or (not landmarks and _is_prose(block))):
            continue
        about = block.kind == "caption" or (not mine and (boxed or _mostly_links(block)))
        about = about or not offers.isdisjoint(block.path)
        chosen.append(replace(block, aside=about))
    return chosen


def _holder(blocks: list[PageBlock]) -> Any:
    """The innermost element that holds nearly all of the text of some blocks."""
    total = sum(len(block.text) for block in blocks)
    weights: dict[Any, int] = {}
    depths: dict[Any, int] = {}
    for block in blocks:
        for depth, part in enumerate(block.path):
            weights[part] = weights.get(part, 0) + len(block.text)
            depths[part] = depth
    heavy = [part for part, weight in weights.items() if weight >= HELD * total]
    return max(heavy, key=lambda part: depths[part])


def _landmark(element: Any) -> Any:
    """The article that the page itself says an element is in, or else its main part; the element where it says none."""
    around = [element, *element.iterancestors()]
    articles = [part for part in around if part.tag == "article"]
    return next(iter(articles or [part for part in around if _is_landmark(part)] or around))


def _is_landmark(element: Any) -> bool:
    return element.tag in ("article", "main") or (element.get("role") or "").lower() == "main"


def _is_prose(block: PageBlock) -> bool:
    """Whether a block of a page without landmarks is surely running text."""
    ends = re.search(r"[.!?:…][\"'”’»)]*$", block.text) is not None
    return len(block.text) >= SURELY_PROSE and ends and block.links < 0.3 and block.kind != "caption"


def _mostly_links(block: PageBlock) -> bool:
    return block.links > MOSTLY_LINKS and block.kind in ("text", "item")


def _is_box(element: Any) -> bool:
    if _ASIDE_NAME.search(_names(element)):
        return True
    if element.tag == "aside":
        return not _is_kader(element)
    if element.tag == "footer" and (element.getparent() is not None and element.getparent().tag == "blockquote"):
        return False  # who is quoted
    return element.tag in _ASIDE or element.tag == "article" or (element.get("role") or "").lower() in _ASIDE_ROLES


def _is_kader(aside: Any) -> bool:
    """Whether an `aside` holds sentences rather than links and offers: a box with figures or a portrait, which is read."""
    length, texts = 0, []
    for text in aside.itertext():
        texts.append(text)
        length += len(text)
        if length > LONGEST_KADER:
            return False
    if _OFFER_WORDS.search("".join(texts)):
        return False
    linked = sum(len("".join(link.itertext())) for link in aside.iter("a"))
    paragraphs = [" ".join("".join(part.itertext()).split()) for part in aside.iter("p", "li")]
    sentences = [text for text in paragraphs if len(text) >= KADER_SENTENCE and re.search(r"[.!?][\"'”’»)]*$", text)]
    return bool(sentences) and linked < 0.3 * sum(map(len, sentences))


def _is_caption(element: Any) -> bool:
    return _CAPTION_NAME.search(_names(element)) is not None


def _names(element: Any) -> str:
    """The class and id of an element, "ArticleNewsletter" as two words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", f"{element.get('class') or ''} {element.get('id') or ''}")


def _is_offer(element: Any) -> bool:
    """Whether a small element sells something by its own name, so that nothing in it is the article."""
    return _OFFER_NAME.search(_names(element)) is not None and len("".join(element.itertext())) <= LONGEST_OFFER


def _is_row(row: Any) -> bool:
    """Whether the cells of a row hold words rather than running text, as they do in tables made for looks."""
    cells = [cell for cell in row if cell.tag in ("td", "th", "cell")]
    paragraphs = max((sum(1 for part in cell.iter() if part.tag in _PARAGRAPHS) for cell in cells), default=0)
    breaks = max((sum(1 for _ in cell.iter("br")) for cell in cells), default=0)
    return len(cells) > 1 and paragraphs <= 1 and breaks <= 2 and len("".join(row.itertext())) <= LONGEST_ROW


def _kind(path: list[Any], rows: set[Any]) -> tuple[Kind, bool]:
    for element in reversed(path):
        tag = element.tag
        if tag == "head" or re.fullmatch(r"h[1-6]", tag):
            return "heading", False
        if tag in ("li", "dt", "dd", "item"):
            return "item", False
        if element in rows:
            return "row", False
        if tag in ("figcaption", "figure"):
            return "caption", True
        if tag in ("table", "article", "main", "body", "section", "blockquote"):
            break
    return "text", False


def _one_block(text: str) -> str:
    """The text of a block as it is shown: white space single, soft hyphens out, line breaks kept."""
    lines = (" ".join(line.split()) for line in text.replace("\xad", "").split("\n"))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def _plain(text: str) -> str:
    return "".join(_letters(text))


def _letters(text: str) -> Iterator[str]:
    return (character for character in text.lower() if character.isalnum())
