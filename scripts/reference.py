"""Writes docs/reference.md and docs/bronvast.1 from the program itself, so that they cannot say anything else.

    python scripts/reference.py            writes both
    python scripts/reference.py --check    says whether they are current; exit code 1 where they are not

A test runs the check.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

EXIT_CODES = (
    (0, "Answered; or whatever was asked for is done."),
    (1, "Something unexpected."),
    (2, "The request makes no sense."),
    (3, "The articles do not hold the answer, or nothing was found."),
    (4, "Answered in part: something was withheld, or the stream broke off. Of `verify`: a citation no longer holds."),
    (5, "No usable language model where one was demanded."),
    (6, "The library is missing, locked, damaged or of another encoder."),
    (7, "Some inputs of `add` or `sync` failed."),
    (8, "Answered, but the sources disagree, or one is outdated."),
    (130, "Interrupted."),
    (141, "Whoever read the output went away."),
)
FILES = (
    ("~/.local/share/bronvast/library", "the library, where none is named; its conversations are in `sessions`"),
    ("~/.config/bronvast/config.toml", "the settings"),
    ("~/.local/state/bronvast/history", "the lines typed in chats"),
    ("~/.cache/bronvast", "unpacked and fetched models; may be deleted"),
)
PLATFORMS = "On macOS and Windows these lie where that system keeps such files; `bronvast status` and `bronvast doctor` say where."


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, subcommands behind their group."""
    import typer

    from qa.cli import app

    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        yield name, command
        for child, below in getattr(command, "commands", {}).items():
            yield from walk(f"{name} {child}", below)

    yield from walk("bronvast", typer.main.get_command(app))


def usage(name: str, command: Any) -> str:
    pieces = [name, "[OPTIONS]"]
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            metavar = (parameter.metavar or parameter.name.upper()).strip("[]")
            pieces.append(metavar if parameter.required else f"[{metavar}]")
    return " ".join([*pieces, *(["COMMAND"] if getattr(command, "commands", None) else [])])


def options(command: Any) -> Iterator[tuple[str, str]]:
    """How each option and argument is written, and its help; the help of arguments first."""
    for parameter in command.params:
        if parameter.param_type_name == "argument" and parameter.help:
            yield (parameter.metavar or parameter.name.upper()).strip("[]"), parameter.help
    for parameter in command.params:
        if parameter.param_type_name == "option" and not parameter.hidden:
            written = ", ".join(sorted(parameter.opts, key=len))
            metavar = "" if parameter.is_flag else f" {parameter.metavar or parameter.type.name.upper()}"
            yield written + metavar, parameter.help or ""


def settings() -> Iterator[tuple[str, str, str]]:
    """Key, default and meaning of every setting, as the docstring of `Config` has them."""
    from dataclasses import MISSING, fields

    from qa.config import Config

    text = (Config.__doc__ or "").partition("Attributes:")[2]
    entries = re.findall(r"^ {8}(\w+): (.+?)(?=^ {8}\w+: |\Z)", text, re.MULTILINE | re.DOTALL)
    meanings = {key: " ".join(meaning.split()) for key, meaning in entries}
    for field in fields(Config):
        default = "" if field.default is MISSING else str(field.default).lower().join(("`", "`"))
        yield field.name, "" if default == "``" else default, meanings[field.name]


def slash_commands() -> Iterator[tuple[str, str]]:
    from qa.messages import Messages
    from qa.slash_commands import COMMANDS

    say = Messages("en")
    for command in COMMANDS.values():
        argument = say(f"argument_{command.argument}") if command.argument else ""
        yield f"/{command.name} {argument}".rstrip(), say(command.key)


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def reference() -> str:
    """docs/reference.md"""
    lines = [
        "# Reference",
        "",
        "<!-- Written by scripts/reference.py from the program itself; do not edit. -->",
        "",
        "What was asked for goes to stdout, everything else to stderr. Off a terminal there is no colour and no wrapping.",
        "The global options may stand anywhere on the line.",
        "",
    ]
    for name, command in commands():
        lines += [f"## {name}", "", " ".join((command.help or "").split()), "", f"    {usage(name, command)}", ""]
        rows = [f"| `{cell(written)}` | {cell(help_)} |" for written, help_ in options(command)]
        lines += ["| | |", "|---|---|", *rows, ""] if rows else []
    lines += ["## Commands of the chat", "", "| | |", "|---|---|"]
    lines += [f"| `{cell(written)}` | {cell(help_)} |" for written, help_ in slash_commands()]
    lines += ["", "## Exit codes", "", "| | |", "|---|---|", *(f"| {code} | {text} |" for code, text in EXIT_CODES)]
    lines += [
        "",
        "## Settings",
        "",
        "In the configuration file (TOML) by these names, in the environment in capitals behind `BRONVAST_`"
        " (`BRONVAST_LLM=none`). An option of the command line goes before the environment, that before the file.",
        "",
        "| setting | default | |",
        "|---|---|---|",
    ]
    lines += [f"| `{key}` | {default} | {cell(meaning)} |" for key, default, meaning in settings()]
    lines += ["", "## Files", "", "| | |", "|---|---|", *(f"| `{path}` | {text} |" for path, text in FILES)]
    return "\n".join([*lines, "", PLATFORMS, ""])


def roff(text: str) -> str:
    """Text that roff takes literally, `code` in bold."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text)


def entries(pairs: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> list[str]:
    return [line for written, text in pairs for line in (".TP", f"\\fB{roff(written)}\\fR", roff(text))]


def manual() -> str:
    """docs/bronvast.1"""
    everything = list(commands())
    summary = " ".join((everything[0][1].help or "").split())
    lines = [
        '.\\" Written by scripts/reference.py from the program itself; do not edit.',
        '.TH BRONVAST 1 "" "bronvast" "User commands"',
        ".SH NAME",
        "bronvast \\- question answering over your own news articles",
        ".SH SYNOPSIS",
        ".B bronvast",
        "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGS\\fR]",
        ".SH DESCRIPTION",
        roff(summary),
        "What was asked for goes to standard output, everything else to standard error.",
        "Without a command it says where the library is, what is in it and what to do next.",
        ".SH OPTIONS",
        *entries(options(everything[0][1])),
        ".SH COMMANDS",
    ]
    for name, command in everything[1:]:
        lines += [
            f".SS {roff(usage(name, command).removeprefix('bronvast '))}",
            roff(" ".join((command.help or "").split())),
            *entries(options(command)),
        ]
    lines += [".SH COMMANDS OF THE CHAT", *entries(slash_commands())]
    lines += [".SH EXIT STATUS", *entries([(str(code), text) for code, text in EXIT_CODES])]
    lines += [
        ".SH ENVIRONMENT",
        "Each setting, in capitals behind BRONVAST_, goes before the configuration file:",
        *entries([(f"BRONVAST_{key.upper()}", meaning) for key, _, meaning in settings()]),
        *entries(
            [
                ("BRONVAST_CONFIG", "the configuration file"),
                ("BRONVAST_CACHE", "the folder of unpacked and fetched models"),
                ("NO_COLOR", "no colour, whatever it is set to"),
                ("PAGER", "shows articles in the chat; `less` where it is not set"),
                ("LANG", "Dutch where it begins with nl, English otherwise"),
            ]
        ),
        ".SH FILES",
        *entries(list(FILES)),
    ]
    return "\n".join(lines) + "\n"


WRITTEN = {ROOT / "docs" / "reference.md": reference, ROOT / "docs" / "bronvast.1": manual}


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = []
    for path, write in WRITTEN.items():
        text = write()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"{', '.join(stale)} no longer match the program; run: python scripts/reference.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
