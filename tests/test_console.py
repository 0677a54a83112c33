"""What answers look like, compared as whole screens."""

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import Article
from qa.answer import Answer, AnswerSentence, Citation, Disagreement
from qa.console import Console
from qa.layout import Flow, Paint, cell_width, clip, wrap
from qa.listing import article_line
from qa.messages import _TABLE, Messages, language_of_environment, variables_of
from qa.progress import duration

ESCAPE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\|\r\x1b\[K")
HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(["\x1b[2J", "\x1b]52;c;eA==\x07", "\x9b6n", "[/x]", "[link=http://x]y[/]", "\u202e", "\r"]),
        st.text(max_size=12),
    ),
    max_size=6,
).map("".join)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def citation(number=1, **changes):
    fields = {
        "number": number,
        "article_id": "0123456789ab",
        "title": "Troepen naar het oosten",
        "source": "/archief/krant/2022-02-02.txt",
        "publisher": "De Voorbeeldbode",
        "published": "2022-02-02",
        "start": 120,
        "end": 171,
        "quote": "Duizend Amerikaanse militairen gaan naar Roemenië.",
        "sha256": "f" * 64,
    }
    return Citation(**{**fields, **changes})


def answer(**changes):
    fields = {
        "question": "Hoeveel militairen gaan er?",
        "standalone_question": "Hoeveel militairen gaan er?",
        "language": "nl",
        "status": "answered",
        "sentences": (AnswerSentence("Er gaan duizend militairen naar Roemenië.", (1, 2)),),
        "citations": (citation(1), citation(2, start=200, end=230, quote="Zij vertrekken vrijdag.")),
        "independent_sources": 1,
    }
    return Answer(**{**fields, **changes})


def shown(value, *, language="nl", terminal=False, stream=False, **options):
    out, err = (Terminal() if terminal else io.StringIO()), io.StringIO()
    console = Console(Messages(language), out=out, err=err, **options)
    if stream:
        for sentence in value.sentences:
            console.stream_sentence(sentence)
    console.answer(value)
    assert err.getvalue() == ""
    return out.getvalue()


def test_an_answer_off_a_terminal():
    assert shown(answer()) == (
        "Er gaan duizend militairen naar Roemenië. [1][2]\n"
        "\n"
        "Bronnen (1 onafhankelijke bron)\n"
        "[1] Troepen naar het oosten\n"
        "    De Voorbeeldbode · 2 februari 2022 · /archief/krant/2022-02-02.txt 120:171\n"
        "    “Duizend Amerikaanse militairen gaan naar Roemenië.”\n"
        "[2] zelfde artikel als [1]\n"
        "    “Zij vertrekken vrijdag.”\n"
    )


def test_everything_that_can_be_said_about_an_answer():
    value = answer(
        standalone_question="Hoeveel Amerikaanse militairen gaan er?",
        sentences=(
            AnswerSentence("Er gaan duizend militairen.", (1,)),
            AnswerSentence("Het kost veel.", (), verified=False, problems=("no source",)),
        ),
        citations=(citation(1), citation(2, article_id="x", title="", publisher="", published="2022")),
        disagreements=(Disagreement("conflict", (1, 2), "De ene bron noemt 1.000, de andere 2.000."),),
        withheld=(AnswerSentence("a"), AnswerSentence("b")),
        complete=False,
        doubtful=True,
        independent_sources=2,
        newest_evidence="2022-02",
    )
    assert shown(value, language="en") == (
        "Er gaan duizend militairen. [1] [not verified] Het kost veel.\n"
        "Not certain: perhaps no article answers this.\n"
        "Understood as: Hoeveel Amerikaanse militairen gaan er?\n"
        "Note: De ene bron noemt 1.000, de andere 2.000. [1][2]\n"
        "The answer broke off before it was finished.\n"
        "2 sentences were withheld because no source fully supports them."
        " --show-unverified shows what was withheld.\n"
        "\n"
        "Sources (2 independent sources, the newest of February 2022)\n"
        "[1] Troepen naar het oosten\n"
        "    De Voorbeeldbode · 2 February 2022 · /archief/krant/2022-02-02.txt 120:171\n"
        "    “Duizend Amerikaanse militairen gaan naar Roemenië.”\n"
        "[2] untitled\n"
        "    2022 · /archief/krant/2022-02-02.txt 120:171\n"
        "    “Duizend Amerikaanse militairen gaan naar Roemenië.”\n"
    )


def test_an_abstention_shows_the_nearest_evidence():
    value = answer(
        status="abstained", reason="no_evidence", sentences=(), citations=(), message="Dat staat er niet in.",
        nearest=(citation(1, published=""),), independent_sources=0,
    )  # fmt: skip
    assert shown(value) == (
        "Dat staat er niet in.\n\nWat er het dichtst bij komt\n[1] Troepen naar het oosten\n"
        "    De Voorbeeldbode · datum onbekend · /archief/krant/2022-02-02.txt 120:171\n"
        "    “Duizend Amerikaanse militairen gaan naar Roemenië.”\n"
    )


@pytest.mark.parametrize("terminal", [False, True])
def test_a_streamed_answer_looks_like_one_that_was_not(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert shown(answer(), terminal=terminal, stream=True) == shown(answer(), terminal=terminal)


def test_what_was_streamed_and_then_withdrawn_is_followed_by_the_final_answer():
    out = io.StringIO()
    console = Console(Messages("nl"), out=out)
    console.stream_sentence(AnswerSentence("Iets anders.", (1,)))
    console.answer(answer())
    assert out.getvalue().startswith("Iets anders. [1]\n\nEr gaan duizend militairen naar Roemenië. [1][2]\n")


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = shown(answer(), terminal=True)
    assert "\x1b[36m[1][2]\x1b[0m" in coloured
    assert "\x1b]8;;file:///archief/krant/2022-02-02.txt\x1b\\" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    plain = shown(answer(), terminal=True)
    assert "\x1b" not in plain
    assert ESCAPE.sub("", coloured) == plain
    monkeypatch.delenv("NO_COLOR")
    assert shown(answer(), terminal=True, plain=True) == plain
    monkeypatch.setenv("TERM", "dumb")
    assert shown(answer(), terminal=True) == plain


@pytest.mark.parametrize("columns", [20, 60, 80, 140])
def test_lines_fit_the_terminal(columns, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    for quote in ("Een lange zin " * 30, "新聞記事は長い" * 30, "x" * 400):
        value = answer(citations=(citation(1, quote=quote), citation(2, title=quote)))
        for line in ESCAPE.sub("", shown(value, terminal=True)).splitlines():
            assert cell_width(line) <= columns


@given(HOSTILE)
def test_hostile_text_steers_nothing_wherever_it_stands(text):
    value = answer(
        question=text,
        standalone_question=text + "?",
        sentences=(AnswerSentence(text, (1,)),),
        citations=(citation(1, title=text, source=text, publisher=text, quote=text), citation(2)),
        disagreements=(Disagreement("conflict", (1, 2), text),),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "xterm")
        for terminal in (False, True):
            rest = ESCAPE.sub("", shown(value, terminal=terminal)) if terminal else shown(value)
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", rest.replace("\t", ""))
        out = io.StringIO()
        console = Console(Messages("nl"), out=out, err=out)
        console.write_json(value.as_json())
        console.note(text)
        console.error(text)
        first, *rest = out.getvalue().split("\n")
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        assert json.loads(first)["question"] in (text, joined)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", "".join(rest))


@pytest.mark.parametrize(
    "text", ["[/INST]", "[link=https://x.example]y[/link]", ":smile:", "**vet** <b>x</b>", "[@click=a]b"]
)
def test_markup_is_literal(text):
    assert f"{text} [1][2]\n" in shown(answer(sentences=(AnswerSentence(text, (1, 2)),)))


def test_only_addresses_and_paths_become_links():
    paint = Paint(True)
    assert paint.link("javascript:alert(1)", "x") == "x"
    assert paint.link("data:text/html,x", "x") == "x"
    assert paint.link("https://[x", "x") == "x"
    assert (
        paint.link("https://a.example/ë\x1b\x07", "x") == "\x1b]8;;https://a.example/%C3%AB%1B%07\x1b\\x\x1b]8;;\x1b\\"
    )
    assert paint.link("/a b/c.jsonl#7", "x") == "\x1b]8;;file:///a%20b/c.jsonl\x1b\\x\x1b]8;;\x1b\\"
    assert Paint(False).link("https://a.example", "x") == "x"


def test_notes_go_to_stderr_and_are_silenced_by_quiet():
    for quiet, expected in ((False, "een noot\nbronvast: fout\n"), (True, "bronvast: fout\n")):
        out, err = io.StringIO(), io.StringIO()
        console = Console(Messages("nl"), out=out, err=err, quiet=quiet)
        console.status("bezig")
        console.note("een\nnoot")
        console.error("bronvast: fout")
        assert (out.getvalue(), err.getvalue()) == ("", expected)


def test_a_status_is_wiped_before_anything_else(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    err = Terminal()
    console = Console(Messages("nl"), out=io.StringIO(), err=err)
    console.status_of("searching")
    console.status_of("iets eigens")
    console.note("klaar")
    assert err.getvalue() == "\r\x1b[KZoeken…\r\x1b[Kiets eigens\r\x1b[Kklaar\n"


def test_progress_off_a_terminal_is_a_line_now_and_then():
    err = io.StringIO()
    console = Console(Messages("en"), out=io.StringIO(), err=err)
    progress = console.progress("Indexing")
    progress.total(4_000_000)
    progress.advance(1_000_000, "/a.txt")
    progress.advance(3_000_000, "/b.txt")
    assert re.fullmatch(
        r"Indexing 4\.0 MB of 4\.0 MB \(100 %\), [\d.]+ [kMGT]?B/s, 0:00 left /b\.txt\n", err.getvalue()
    )


def test_progress_on_a_terminal_has_a_bar(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    err = Terminal()
    console = Console(Messages("nl"), out=io.StringIO(), err=err)
    progress = console.progress("Indexeren")
    progress._every = 0.0
    progress.total(100)
    progress.advance(50, str(Path.home() / "a.txt"))
    assert "Indexeren ━━━━━━━━──────── 50 B van 100 B (50 %)" in err.getvalue()
    assert f"{'~'}/a.txt" in err.getvalue()


@given(st.text(alphabet=st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=60), st.integers(4, 30))
def test_wrapping_keeps_every_word_and_fits(text, width):
    lines = wrap(text, width, "  ", "- ").split("\n")
    assert "".join("".join(line[2:].split()) for line in lines) == "".join(text.split())
    for line in lines:
        assert cell_width(line) <= width
    assert cell_width(clip(text, width)) <= width


def test_flow_without_a_width_is_one_line():
    pieces = []
    flow = Flow(pieces.append, None)
    for part in ("een", " twee\n", "drie"):
        flow.add(part)
    flow.add(".", glued=True)
    assert "".join(pieces) == "een twee drie."


def test_a_list_keeps_its_titles_on_a_narrow_terminal(monkeypatch):
    article = Article(
        "", "/archief/een.txt", title="Troepen naar het oosten van Roemenië gestuurd", publisher="De Voorbeeldbode"
    )
    for columns, expected in (
        (40, f"{article.id}  -           De Voorbeeldb…\n  Troepen naar het oosten van Roemenië…"),
        (80, f"{article.id}  -           De Voorbeeldbode    Troepen naar het oosten van Roeme…"),
    ):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert article_line(Console(Messages("nl"), out=Terminal()), article) == expected


def test_sizes_and_durations():
    sizes = (0, 999, 1000, 3_140_000, 250_000_000)
    assert [Messages("en").size(value) for value in sizes] == ["0 B", "999 B", "1.0 kB", "3.1 MB", "250 MB"]
    assert [Messages("nl").size(value) for value in sizes] == ["0 B", "999 B", "1,0 kB", "3,1 MB", "250 MB"]
    assert [duration(value) for value in (0, 65, 3723)] == ["0:00", "1:05", "1:02:03"]


def test_both_languages_say_the_same_things():
    for key, (dutch, english) in _TABLE.items():
        assert variables_of(dutch) == variables_of(english), key
        assert dutch.count("|") == english.count("|"), key
        assert dutch and english
    say = Messages("nl")
    assert (say.date("2022"), say.date("2022-02"), say.date("2022-02-09")) == (
        "2022",
        "februari 2022",
        "9 februari 2022",
    )
    assert (say.number(1234567), Messages("en").number(1234567)) == ("1.234.567", "1,234,567")
    with pytest.raises(KeyError):
        say("bestaat_niet")
    with pytest.raises(KeyError):
        say("newest")
    with pytest.raises(TypeError, match="does not use extra"):
        say("sources", extra=1)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "nl_BE.UTF-8"}, "nl"),
        ({"LANG": "nl_NL", "LC_ALL": "C"}, "en"),
        ({}, "en"),
        ({"LC_MESSAGES": "nl"}, "nl"),
    ],
)
def test_the_language_comes_from_the_locale(environment, language):
    assert language_of_environment(environment) == language
