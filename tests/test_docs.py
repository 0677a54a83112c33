"""Every command and option that the documents show exists, and every command is documented."""

import importlib.util
import re
from pathlib import Path

import pytest
import typer

from qa.cli import CLOSED_PIPE, app
from qa.errors import ExitCode
from qa.slash_commands import COMMANDS as SLASH_COMMANDS

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
GLOBAL = {"--library", "--store", "--config", "--quiet", "--version", "--help"}


def options(command: object) -> set[str]:
    found = {option for parameter in command.params for option in parameter.opts}  # type: ignore[attr-defined]
    for sub in getattr(command, "commands", {}).values():
        found |= options(sub)
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_options_in_the_documents_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    calls = re.findall(
        r"bronvast (?:--library \S+ )?([a-z]+)\b((?: --?[\w-]+(?:[= ](?!-)[^\s`]+)?| \"[^\"]*\"| [^\s`]+)*)", text
    )
    for name, rest in calls:
        if name not in COMMANDS:
            continue
        for option in re.findall(r"(?<!\S)--[a-z][\w-]*", rest.split("  ")[0]):
            assert option in options(COMMANDS[name]) | GLOBAL, f"{document.name}: bronvast {name} {option}"
    for name in re.findall(r"`bronvast ([a-z]+)", text):
        assert name in COMMANDS, f"{document.name}: bronvast {name}"


def test_every_command_is_in_the_readme_or_the_documents() -> None:
    text = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    missing = [name for name in COMMANDS if not re.search(rf"bronvast (?:--library \S+ |[a-z]+, )*{name}\b", text)]
    assert not missing


def test_make_targets_in_the_readme_exist() -> None:
    targets = set(re.findall(r"^(\w[\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for name in re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert name in targets or name not in {"demo", "test", "bench", "test-long"}, name


def test_links_between_documents_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_reference_and_the_manual_are_what_the_program_says(capsys: pytest.CaptureFixture[str]) -> None:
    specification = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert specification is not None and specification.loader is not None
    reference = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(reference)
    for path, write in reference.WRITTEN.items():
        assert path.read_text(encoding="utf-8") == write(), "run: python scripts/reference.py"
    assert [code for code, _ in reference.EXIT_CODES] == [*ExitCode, CLOSED_PIPE]
    manual = reference.manual()
    for name in COMMANDS:
        assert re.search(rf"^\.SS {name}\b", manual, re.MULTILINE)
    assert not re.search(
        r"^'|^\.(?!\\\"|TH|SH|SS|TP|B )", manual, re.MULTILINE
    )  # nothing that roff would take for a request


def test_every_command_of_the_chat_that_the_documents_show_exists() -> None:
    for document in (ROOT / "README.md", ROOT / "docs" / "guide.md"):
        text = document.read_text(encoding="utf-8")
        for name in re.findall(r"(?:`|^> )/([a-z][a-z-]*)(?=[` ]|$)", text, re.MULTILINE):
            assert name in SLASH_COMMANDS, f"{document.name}: /{name}"
