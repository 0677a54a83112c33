"""What in a library looks as if it were meant for machines rather than readers; named, never changed.

Stored text is kept exactly as it was read. Where it is shown or handed to a model, dangerous characters are taken out
anyway (`sanitise.py`, `language_models/neutralise.py`), so this is for a person who wants to know which of his
articles to trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.errors import ReadError
from qa.lookalikes import mixed_words
from qa.readers import is_web_address, read_hidden_text
from qa.readers.formats import format_of_name

if TYPE_CHECKING:
    from embeddings.records import Article
    from embeddings.store import Store

__all__ = ["Suspicion", "suspicions", "suspicions_of_text"]

AROUND = 40  # characters shown on both sides

_SMUGGLED: Final = re.compile("[\U000e0000-\U000e007f]+|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
_TURNED: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNSEEN: Final = re.compile(
    "(?<=\\w)[\u200b\u2060-\u2064\u180e\ufeff\u3164\uffa0\u115f\u1160](?=\\w)|[\u200b-\u200f\u2060-\u2064\ufeff]{4,}"
)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
_TOKEN: Final = re.compile(
    r"<\|[a-z_]{2,30}\|>|<(?:start|end)_of_turn>|\[/?INST\]|<</?SYS>>|</?s>\s*\[|<｜[^｜\n]{2,40}｜>|</?think>|\[/?SYSTEM_PROMPT\]"
)
_ORDER: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|all|your)\b.{0,40}\b(?:instructions?|prompts?|rules|messages)\b|"
    r"\b(?:negeer|vergeet)\b.{0,40}\b(?:vorige|eerdere|voorgaande|bovenstaande|alle|je|jouw|uw)\b.{0,40}\b(?:instructies?|opdrachten|regels|aanwijzingen|prompts?)\b|"
    r"\b(?:ignorier\w*|vergiss)\b.{0,60}\b(?:anweisungen|regeln|anleitung\w*)\b|"
    r"\b(?:ignore[zr]?|oublie[zr]?)\b.{0,60}\b(?:instructions|consignes|règles)\b|"
    r"\b(?:you are|je bent|u bent|du bist|tu es) (?:now |nu |jetzt |maintenant )?(?:an? |een |eine? |une? )?(?:ai|language model|taalmodel|assistent|assistant|chatbot|sprachmodell)\b|"
    r"\b(?:reveal|print|repeat|toon|herhaal|geef)\b.{0,30}\b(?:system prompt|systeemprompt|your instructions|je instructies)\b",
    re.IGNORECASE,
)
_PATTERNS: Final = (
    ("smuggled", _SMUGGLED), ("turned", _TURNED), ("unseen", _UNSEEN), ("control", _CONTROL), ("token", _TOKEN),
    ("order", _ORDER),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One thing in one article.

    Attributes:
        kind: "smuggled", "turned", "unseen", "control", "lookalike", "token", "order" or "hidden".
        where: the part of the article: "text" or a field, and for "hidden" what hides it.
        quote: the place with a little around it.
    """

    article_id: str
    source: str
    kind: str
    where: str
    quote: str

    def as_json(self) -> dict[str, str]:
        """The same as one JSON object."""
        return {"article_id": self.article_id, "source": self.source, "kind": self.kind, "where": self.where,
                "quote": self.quote}  # fmt: skip


def suspicions(library: Store) -> Iterator[Suspicion]:
    """Everything that is suspicious in a library, article by article; the first of each kind in each part.

    Of web pages whose files are still there, also the text that they hold and do not show.
    """
    for article_id, source in library.article_sources():
        article = library.article(article_id)
        if article is None:
            continue
        for where, text in (("text", article.text), ("title", article.title), ("publisher", article.publisher), ("author", article.author)):  # fmt: skip
            for kind, quote in suspicions_of_text(text):
                yield Suspicion(article_id, source, kind, where, quote)
        yield from _hidden(article)


def suspicions_of_text(text: str) -> Iterator[tuple[str, str]]:
    """The kind and a quotation of the first of each kind in a text."""
    for kind, pattern in _PATTERNS:
        if match := pattern.search(text):
            yield kind, _around(text, *match.span())
    for match in mixed_words(text):
        yield "lookalike", _around(text, *match.span())
        return


def _hidden(article: Article) -> Iterator[Suspicion]:
    kind = format_of_name(article.source)
    if is_web_address(article.source) or kind is None or kind.name != "HTML":
        return
    try:
        for how, text in read_hidden_text(article.source):
            yield Suspicion(article.id, article.source, "hidden", how, _around(text, 0, 2 * AROUND))
    except ReadError:  # it is not there any more, or not as it was; what is stored has been looked at
        return


def _around(text: str, start: int, end: int) -> str:
    first, last = max(0, start - AROUND), min(len(text), max(end, start + 1) + AROUND)
    return " ".join(text[first:last].split())
