"""Errors in Dutch: what is translated, and that every entry still belongs to an error that can be raised."""

import ast
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.cli import run
from qa.dutch_errors import TABLE, in_dutch
from qa.messages import Messages

ROOT = Path(__file__).resolve().parent.parent
# Said by typer, the operating system or SQLite, or put together of pieces.
FOREIGN = re.compile(
    r"No such|Missing argument|Got unexpected|Option \{\}|Invalid value|\{\} is not (in the range|a whole number)|there is no source"
    r"|Is a directory|Not a directory|Permission denied|Read-only file system|No space left|File name too long"
    r"|database disk image"
)


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("there is no article zzz; see: bronvast list", "er is geen artikel zzz; zie: bronvast list"),
        ("there is no article a; b; see: bronvast list", "er is geen artikel a; b; zie: bronvast list"),
        (
            "--since gisteren is not a date; write YYYY, YYYY-MM or YYYY-MM-DD",
            "--since gisteren is geen datum; schrijf JJJJ, JJJJ-MM of JJJJ-MM-DD",
        ),
        (
            "using the embedded x: no Ollama server is running; install Ollama and run `ollama pull y` for better answers",
            "het ingebouwde x schrijft: er draait geen Ollama; met Ollama en `ollama pull y` worden antwoorden beter",
        ),
        ("no text (the file is empty)", "geen tekst (het bestand is leeg)"),
        (
            "no column is named text, body or content; name the columns in the first row",
            "geen kolom heet tekst, inhoud of body; geef de kolommen een naam in de eerste rij",
        ),
        (
            "refused: a part is packed more than 100 to 1, as files do that are made to exhaust a computer; unpack it and add the folder",
            "geweigerd: een onderdeel is meer dan 100 op 1 ingepakt, zoals bestanden die een computer moeten uitputten; pak het uit en voeg de map toe",
        ),
        (
            "line 3: garbled text: too much of it is not valid cp1252; save it again as UTF-8; the version read before is kept",
            "regel 3: verminkte tekst: te veel ervan is geen geldige cp1252; bewaar het opnieuw als UTF-8; wat eerder gelezen was blijft",
        ),
        ("nobody has translated this; ask something first", "nobody has translated this; stel eerst een vraag"),
        ("nobody has translated this", "nobody has translated this"),
        ("", ""),
    ],
)
def test_examples(english, dutch):
    assert in_dutch(english) == dutch
    assert Messages("nl").translated(english) == dutch
    assert Messages("en").translated(english) == english


def gaps(text):
    return sum(1 for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_the_dutch_has_the_gaps_of_the_english():
    for english, dutch in TABLE.items():
        assert gaps(english) == gaps(dutch), english


@given(st.sampled_from(sorted(TABLE)), st.text(alphabet=string.ascii_letters + " .{}/", min_size=1, max_size=12))
def test_what_stands_in_a_gap_is_kept(english, filling):
    fillings = [f"<{number}{filling}>" for number in range(gaps(english))]
    dutch = in_dutch(english.format(*fillings))
    for one in fillings:
        assert one in dutch
    assert dutch == TABLE[english].format(*fillings)


def texts_of(path):
    """Every text in a file, f-strings with `{}` where something is put in, adjacent ones joined by the parser."""
    yield from texts_of_node(ast.parse(path.read_text(encoding="utf-8")))


def texts_of_node(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_entry_belongs_to_a_text_of_the_program():
    paths = [path for name in ("qa", "embeddings") for path in (ROOT / name).rglob("*.py")]
    whole = {text for path in paths if not path.name.startswith("dutch_") for text in texts_of(path)}
    said = whole | {part for text in whole for part in text.split("; ")}
    shapes = {re.sub(r"`[^`]*`", "`{}`", text) for text in said} | said
    lost = [english for english in TABLE if english not in shapes and not FOREIGN.match(english)]
    assert not lost


def test_whatever_goes_wrong_with_a_language_model_can_be_said_in_dutch():
    errors = {"ModelUnavailable", "ModelRefused", "GenerationFailed"}
    paths = [*(ROOT / "qa" / "language_models").glob("*.py"), *(ROOT / "qa").glob("model_*.py")]
    calls = [
        node
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in errors
    ]
    said = {shape for call in calls for part in call.args for shape in shapes_of(part)}
    assert len(said) > 60
    assert not [text for text in said if in_dutch(text.replace("{}", "x")) == text.replace("{}", "x")]


def shapes_of(node):
    """The texts that an expression of texts can be, with `{}` where something is put in."""
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)]
    if isinstance(node, ast.IfExp):
        return [*shapes_of(node.body), *shapes_of(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_the_command_line_complains_in_the_language_of_the_locale(capsys, monkeypatch):
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    assert run(["frobnicate"]) == 2
    assert capsys.readouterr().err == "bronvast: de opdracht 'frobnicate' bestaat niet; zie bronvast --help\n"
    assert run(["list"]) == 6
    err = capsys.readouterr().err
    assert err.startswith("bronvast: er is nog geen bibliotheek in ")
    assert err.endswith("; maak er een met: bronvast add MAP_OF_BESTAND\n")
    monkeypatch.setenv("BRONVAST_LANGUAGE", "en")
    assert run(["list"]) == 6
    assert "there is no library in" in capsys.readouterr().err


def test_every_reason_of_a_reader_is_said_in_dutch():
    makers = {"ReadError", "no_text", "refuse"}
    missing = []
    for path in sorted((ROOT / "qa" / "readers").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name in makers:
                for argument in node.args:
                    missing += [text for text in list(texts_of_node(argument))[:1] if text and text not in TABLE]
    assert missing == []
