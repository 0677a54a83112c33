"""T2 to T5: markup stays literal, only stored addresses become links, every kind of terminal, valid JSON whatever the text."""

from __future__ import annotations

import io
import json
import random
import re
from html.parser import HTMLParser

import pytest
from test_console import ESCAPE, Terminal, answer, citation, shown

from qa.answer import AnswerSentence, Disagreement
from qa.console import Console
from qa.export import as_json, as_markdown, as_page
from qa.layout import cell_width
from qa.messages import Messages
from qa.sessions import Conversation, answer_from_json

MARKUP = [
    "[/INST]", "[/x]", "[bold]", "[link=https://kwaad.example]hier[/link]", "[@click=app.quit]x[/]", "[[dubbel]]", "[red]",
    ":smile:", "**vet**", "_schuin_", "`code`", "# kop", "> citaat", "| a | b |", "<b>vet</b>", "<!-- weg -->", "&amp;",
    "{vraag}", "%s", "$HOME", "~~door~~", "\\[", "[^1]", "[1](x)", "$$x$$",
]  # fmt: skip
ADDRESSES = [
    "https://kwaad.example/?q=geheim", "http://kwaad.example", "javascript:alert(1)", "data:text/html,<script>x</script>",
    "file:///etc/passwd", "//kwaad.example/x", "https://kwaad.example/" + "a" * 400, "mailto:x@kwaad.example",
    "vbscript:x", "https://[kapot",
]  # fmt: skip
FORMS = ["![x]({})", "[x]({})", "<{}>", "[x]: {}", '<img src="{}">']


def markup() -> list[str]:
    """Two hundred texts of markup in several languages, nested and broken off."""
    chance = random.Random(3)
    return [
        f"Zo {' '.join(chance.choices(MARKUP, k=chance.randint(1, 4)))} staat{chance.choice(['', ' het', '['])} er."
        for _ in range(200)
    ]


class Links(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag not in {"img", "script", "iframe", "object", "link", "form", "base"}
        self.found += [value or "" for name, value in attributes if name in {"href", "src", "srcset", "action"}]


@pytest.mark.parametrize("terminal", [False, True])
def test_t2_markup_is_text(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    for text in markup():
        value = answer(sentences=(AnswerSentence(text, (1,)),), citations=(citation(1, title=text, quote=text),))
        visible = " ".join(ESCAPE.sub("", shown(value, terminal=terminal)).split())
        assert visible.count(" ".join(text.split())) == 3  # the sentence, the title and the quotation


def test_t2_markup_is_text_in_exports() -> None:
    for text in markup():
        value = answer(sentences=(AnswerSentence(text, (1,)),), citations=(citation(1, title=text, quote=text),))
        conversation = Conversation.of([value])
        Links(as_page(conversation, Empty()))
        literal = re.sub(r"\\([\\`*_{}\[\]<>#|~$])", r"\1", as_markdown(conversation))
        assert literal.count(text) == 3


class Empty:
    """A library without articles."""

    def article(self, _: str) -> None:
        return None


def test_t3_only_stored_addresses_become_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    written = [form.format(address) for form in FORMS for address in ADDRESSES]
    assert len(written) == 50
    stored = "https://krant.example/artikel"
    for text in written:
        value = answer(
            question=text,
            sentences=(AnswerSentence(text, (1,)),),
            citations=(citation(1, source=stored, title=text, quote=text, publisher=text),),
            disagreements=(Disagreement("conflict", (1,), text),),
        )
        screen = shown(value, terminal=True)
        assert set(re.findall(r"\x1b\]8;;([^\x1b]*)\x1b", screen)) == {stored, ""}
        assert text.split()[0] in "".join(ESCAPE.sub("", screen).split("\n    ")).replace("\n", "") or len(text) > 100
        links = Links(as_page(Conversation.of([value]), Empty())).found  # type: ignore[arg-type]
        assert set(links) == {stored, "#c1-1"}
    for address in ADDRESSES:  # as the stored place of an article only web addresses count
        page = as_page(Conversation.of([answer(citations=(citation(1, source=address),))]), Empty())  # type: ignore[arg-type]
        web = {link for link in Links(page).found if not link.startswith("#")}
        assert web == ({address} if address.startswith("http") else set())


@pytest.mark.parametrize(
    ("environment", "options", "terminal"),
    [
        ({"NO_COLOR": "1"}, {}, True),
        ({"TERM": "dumb"}, {}, True),
        ({"TERM": ""}, {}, True),
        ({}, {"plain": True}, True),
        ({}, {}, False),
    ],
)
def test_t4_no_escapes_where_they_are_not_wanted(
    environment: dict[str, str], options: dict[str, bool], terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    everything = answer(
        sentences=(AnswerSentence("Waar?", (1,)), AnswerSentence("Niet zeker.", (), False)),
        disagreements=(Disagreement("conflict", (1, 2), "De een zegt dit, de ander dat."),),
        complete=False,
        doubtful=True,
    )
    assert "\x1b" not in shown(everything, terminal=terminal, **options)
    assert "\x1b" in shown(everything, terminal=True) or environment


@pytest.mark.parametrize("columns", [20, 37, 60, 80, 140])
def test_t4_wide_and_right_to_left_text_fits_and_is_whole(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    for text in (
        "新聞記事は長いです。" * 9,
        "שלום עולם " * 20,
        "مرحبا بالعالم " * 20,
        "👩‍🚒 brandweer " * 12,
        "é" * 300,
    ):
        numbers = tuple(range(1, 7))
        cited = tuple(citation(number, quote=text, title=text) for number in numbers)
        screen = ESCAPE.sub(
            "", shown(answer(sentences=(AnswerSentence(text, numbers),), citations=cited), terminal=True)
        )
        assert max(map(cell_width, screen.splitlines())) <= columns
        assert "".join(text.split()) in "".join(screen.split())


def test_t4_a_mark_stands_on_the_line_of_its_sentence_and_styled_heads_count_as_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    text = "Precies zo lang dat het merk niet past."
    assert cell_width(text) == 39
    value = answer(
        sentences=(AnswerSentence(text, (1,)),),
        disagreements=(Disagreement("conflict", (1, 2), "De een zegt zeven en de ander acht"),),
    )
    lines = ESCAPE.sub("", shown(value, terminal=True)).splitlines()
    assert lines[:4] == [
        "Precies zo lang dat het merk niet",
        "past. [1]",
        "Let op: De een zegt zeven en de ander",
        "  acht [1][2]",
    ]


def hostile(chance: random.Random) -> str:
    """Text of any kind of character, lone surrogates, quotes and controls among them."""
    kinds = [
        (0, 0x20),
        (0x20, 0x7F),
        (0x7F, 0xA0),
        (0xD800, 0xE000),
        (0x2020, 0x2070),
        (0x1F600, 0x1F640),
        (0xE0000, 0xE0080),
    ]
    return "".join(chr(chance.randrange(*chance.choice(kinds))) for _ in range(chance.randrange(1, 25)))


def test_t5_json_is_valid_whatever_the_text() -> None:
    chance = random.Random(5)
    for _ in range(300):
        text = hostile(chance)
        value = answer(
            question=text,
            sentences=(AnswerSentence(text, (1,), False, (text,)),),
            citations=(citation(1, title=text, source=text, quote=text, publisher=text, article_id=text),),
            disagreements=(Disagreement("opinion", (1,), text),),
        )
        out = io.StringIO()
        Console(Messages("nl"), out=out, err=io.StringIO()).write_json(value.as_json())
        line = out.getvalue()
        assert line.count("\n") == 1 and line.endswith("\n")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", line)
        line.encode("utf-8")
        read = answer_from_json(json.loads(line))
        # two halves that happen to stand beside each other are one character
        assert read.question.encode("utf-16-le", "surrogatepass") == text.encode("utf-16-le", "surrogatepass")
        assert len(json.loads(as_json(Conversation.of([value])))["exchanges"]) == 1


def test_t5_an_ascii_terminal_gets_valid_json_too() -> None:
    class Ascii(Terminal):
        encoding = "ascii"

    out = Ascii()
    Console(Messages("nl"), out=out, err=io.StringIO()).write_json(answer().as_json())
    assert out.getvalue().isascii()
    assert answer_from_json(json.loads(out.getvalue())) == answer()
