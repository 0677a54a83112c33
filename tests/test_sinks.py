"""T1: text that steers a terminal, at every place where text is shown."""

from __future__ import annotations

import io
import json
import random
import re
import string
from collections.abc import Iterator

import pytest
from made_articles import fill
from test_console import ESCAPE, Terminal, answer, citation, shown

from embeddings.library import Library
from embeddings.records import Article, Hit, Passage, PublicationDate, Sentence
from qa.answer import AnswerSentence, Disagreement
from qa.console import Console
from qa.export import as_json, as_markdown, as_page, as_text
from qa.listing import article_json, article_line, hit_json, show_article, show_hits
from qa.messages import Messages
from qa.sanitise import json_text, sanitise_line
from qa.sessions import Conversation

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]")
CSI, DCS, APC, PM, SOS = ("\x1b[", "\x9b"), ("\x1bP", "\x90"), ("\x1b_", "\x9f"), ("\x1b^", "\x9e"), ("\x1bX", "\x98")
TERMINATORS = ("\x07", "\x1b\\", "\x9c", "")


def sequence(chance: random.Random) -> str:
    """One control sequence of any of the kinds that terminals know, whole or broken off, or nested."""
    inside = "".join(chance.choices(string.printable[:90], k=chance.randrange(12)))
    if chance.random() < 0.2:
        inside += sequence(chance)
    end = chance.choice(TERMINATORS)
    final, set_of = chance.choice("mJKHnhlsuABCDr"), chance.choice(["", "?", ">"])
    kinds = [
        chr(chance.randrange(0x20)),
        "\x7f",
        chr(chance.randrange(0x80, 0xA0)),
        f"{chance.choice(CSI)}{set_of}{chance.randrange(99)}{final}",
        "\x1b[6n",
        f"\x1b]{chance.choice([0, 7, 8, 52, 777, 1337])};{inside}{end}",
        f"\x1b]8;;https://kwaad.example/{inside}{end}",
        *(f"{chance.choice(opening)}{inside}{end}" for opening in (DCS, APC, PM, SOS)),
        f"\x1b{chance.choice('c78=>NO#(')}",
        chr(chance.randrange(0xD800, 0xE000)),
        chance.choice("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
        "".join(chr(0xE0000 + ord(letter)) for letter in "doe dit"),
        b"\xc3\x28\xe2\x82\xff".decode("utf-8", chance.choice(["surrogateescape", "replace"])),
    ]
    return chance.choice(kinds)


def hostile(number: int) -> str:
    chance = random.Random(number)
    words = ("Roemenië", "duizend", "\n", "新聞", "[/x]", "<b>", " ", "שלום", "\t", "\r\n")
    parts = [sequence(chance) if chance.random() < 0.6 else chance.choice(words) for _ in range(chance.randrange(1, 8))]
    return "".join(parts)


def is_harmless(text: str, allowed: str = "\n") -> None:
    found = FORBIDDEN.search(text.translate({ord(character): None for character in allowed}))
    assert found is None, repr(text[max(0, found.start() - 30) : found.end() + 10])
    text.encode("utf-8")


def views(text: str, terminal: bool) -> str:
    """The article with it in every field, whole and around a citation; in a list, as a search result, as JSON."""
    storable = text.encode("utf-8", "replace").decode()  # a library refuses text that is not valid Unicode
    article = Article(
        f"Begin. {storable} Einde.", f"/{text}", text, PublicationDate("2024-01-02", text), publisher=text, author=text,
        section=text, url=text, language="nl", external_id=text,
    )  # fmt: skip
    sentences = (Sentence(0, 6), Sentence(7, len(article.text) - 7), Sentence(len(article.text) - 6, len(article.text)))
    hit = Hit(article, Passage(article.id, 0, sentences, text), 0.9, 0.9, 1.5, (0.1, 0.9, 0.2))
    out = Terminal() if terminal else io.StringIO()
    console = Console(Messages("nl"), out=out, err=out)
    show_article(console, article)
    show_article(console, article, (7, len(article.text) - 7))
    show_hits(console, [hit])
    console.write(article_line(console, article))
    console.field("naam", text)
    console.write_json({**article_json(article), **hit_json(1, hit)})
    return ESCAPE.sub("", out.getvalue())


def sinks(text: str, library: Library) -> dict[str, str]:
    """What each place makes of it: the answer, sources, address and file name, an error, notes, JSON, exports, views."""
    value = answer(
        question=text,
        standalone_question=f"{text}?",
        sentences=(AnswerSentence(text, (1, 2)),),
        citations=(citation(1, title=text, source=f"/{text}", publisher=text, quote=text), citation(2, source=text)),
        disagreements=(Disagreement("conflict", (1, 2), text),),
    )
    kept = Conversation.of([value])
    err = io.StringIO()
    console = Console(Messages("nl"), out=io.StringIO(), err=err)
    console.note(text)
    console.error(text)
    return {
        "pipe": shown(value),
        "terminal": ESCAPE.sub("", shown(value, terminal=True)),
        "stream": ESCAPE.sub("", shown(value, terminal=True, stream=True)),
        "notes and errors": err.getvalue(),
        "json": json_text(value.as_json()),
        "kept": as_json(kept),
        "page": as_page(kept, library),
        "markdown": as_markdown(kept),
        "clipboard": as_text(value, Messages("nl")),
        "line": sanitise_line(text),
        "views": views(text, terminal=False),
        "views on a terminal": views(text, terminal=True),
    }


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("sinks")
    fill(folder, 1)
    with Library.open(folder) as opened:
        yield opened


@pytest.mark.parametrize("block", range(10))
def test_t1_a_thousand_hostile_texts_steer_nothing_at_any_sink(
    block: int, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for number in range(100 * block, 100 * block + 100):
        text = hostile(number)
        for name, result in sinks(text, library).items():
            is_harmless(result, "\n\t" if name in ("page", "clipboard") else "\n")
        json.loads(json_text({"text": text}))


def test_t1_a_terminal_is_never_asked_to_reply() -> None:
    for ask in ("\x1b[6n", "\x9b6n", "\x1b[c", "\x1b[>0q", "\x1b]52;c;?\x07", "\x1bP$qm\x1b\\", "\x05"):
        out = Terminal()
        console = Console(Messages("nl"), out=out, err=out)
        console.answer(answer(sentences=(AnswerSentence(f"voor{ask}na", (1,)),)))
        assert ask not in ESCAPE.sub("", out.getvalue())
