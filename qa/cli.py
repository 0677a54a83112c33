"""The command line: global options, the commands of `qa.commands`, and the one place where errors end.

Commands return their exit code; every failure becomes one line on stderr with cause and remedy.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from qa.commands import articles, doctor, measuring, models, questions, reading, serving, upkeep
from qa.commands.options import Session, version_number
from qa.errors import BronvastError, ExitCode, exit_code
from qa.sanitise import sanitise_line

if TYPE_CHECKING:
    from qa.messages import Messages

# Read when numpy is first imported, which is later. Its threads wait by turning round: beside those of the encoder's engine, on
# a busy machine, Ctrl-C was then not heeded for more than eight seconds.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__all__ = ["app", "main", "run"]

# What a shell reports for a program whose reader went away (128 + SIGPIPE).
CLOSED_PIPE: Final = 141
GLOBAL_OPTIONS: Final = ("--library", "--store", "--config")
GLOBAL_FLAGS: Final = ("--quiet", "-q")
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
# How the parser ends a complaint about what it does not know, typer and click once each: "(Did you mean one of: 'a', 'b'?)".
_DID_YOU_MEAN: Final = re.compile(r"\(?Did you mean (?:one of: )?([^?]*)\?\)?")
# The parent of typer's own complaints about options and arguments has no public name.
_ComplaintAboutUsage: Final = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


class _PipeClosed(Exception):
    """The reader of stdout went away; raised so that typer does not give it an exit code of its own."""


class _Interrupted(Exception):
    """Ctrl-C, likewise."""


class _Group(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _PipeClosed from None
        except KeyboardInterrupt:
            raise _Interrupted from None


app = typer.Typer(
    name="bronvast",
    cls=_Group,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bronvast {version_number()}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def bronvast(
    context: typer.Context,
    library: Annotated[Path | None, typer.Option("--library", metavar="DIR", help="The folder of the library.")] = None,
    store: Annotated[
        str, typer.Option("--store", metavar="URI", help="A Milvus that holds the articles: milvus://HOST:19530/NAME.")
    ] = "",
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="The configuration file.")] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but what was asked for, and errors.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> int:
    """Ask questions about your own news articles; every sentence of an answer cites its source."""
    del version
    context.obj = Session({"library": library, "store": store}, config, quiet)
    context.call_on_close(lambda: _note_outdated_packages(context.obj))
    return upkeep.overview(context.obj) if context.invoked_subcommand is None else 0


app.command("add")(reading.add)
app.command("sync")(reading.sync)
app.command("watch")(reading.watch)
app.command("ask")(questions.ask)
app.command("chat")(questions.chat)
app.command("search")(questions.search)
app.command("show")(articles.show)
app.command("list")(articles.list_articles)
app.command("remove")(articles.remove)
app.command("status")(upkeep.status)
app.command("check")(upkeep.check)
app.command("verify")(upkeep.verify)
app.add_typer(models.models_app, name="models")
app.command("eval")(measuring.evaluate)
app.command("doctor")(doctor.doctor)
app.command("mcp")(serving.serve)


def run(arguments: Sequence[str]) -> int:
    """Run one command line to its end; returns the exit code and prints every failure as one line."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows a question mark; it is no reason to fail.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        outcome = typer.main.get_command(app).main(
            args=globals_first(arguments), prog_name="bronvast", standalone_mode=False
        )
        sys.stdout.flush()
        return int(outcome or 0)
    except (_PipeClosed, BrokenPipeError):
        _discard_output()
        return CLOSED_PIPE
    except (_Interrupted, KeyboardInterrupt):
        return _complain("interrupted; the same command goes on where this one stopped", ExitCode.INTERRUPTED)
    except BronvastError as error:
        _show_traceback()
        return _complain(str(error), exit_code(error))
    except typer.Abort:
        return _complain("interrupted", ExitCode.INTERRUPTED)
    except Exception as error:
        _show_traceback()
        if isinstance(error, _ComplaintAboutUsage):
            return _complain(_about_usage(error), ExitCode.USAGE)
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            where = error.filename or "the output"
            if not error.filename:
                _discard_output()
            return _complain(f"{where} cannot be written ({error.strerror}); make room and try again", ExitCode.FAILED)
        cause = f"unexpected error ({type(error).__name__}: {error})"
        remedy = "run the command again with BRONVAST_DEBUG=1 and report what it prints"
        return _complain(f"{cause}; {remedy}", ExitCode.FAILED)


def _open_closed_streams() -> None:
    """Give each standard stream that was closed (`<&-`, a service without a terminal) nothing to read or write to."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  for as long as this runs


def _discard_output() -> None:
    """The interpreter flushes once more as it ends; that must not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _note_outdated_packages(session: Session) -> None:
    """One line for each package that this run used and that is so old that it has known faults."""
    from qa.package_versions import in_use, outdated

    for cause, remedy in outdated(in_use()):
        session.console().note(f"{cause}; {remedy}")


def globals_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with the global options in front, so that they may stand after the command too.

    An empty one says nothing, as an empty environment variable does; as a folder it would be the one the user is in.
    """
    first: list[str] = []
    rest: list[str] = []
    remaining = list(arguments)
    while remaining:
        argument = remaining.pop(0)
        if argument == "--":
            rest += [argument, *remaining]
            break
        if argument in GLOBAL_FLAGS or argument.startswith(tuple(f"{name}=" for name in GLOBAL_OPTIONS)):
            first += [] if argument.endswith("=") and argument.rstrip("=") in GLOBAL_OPTIONS else [argument]
        elif argument in GLOBAL_OPTIONS and remaining:
            value = remaining.pop(0)
            first += [argument, value] if value else []
        else:
            rest.append(argument)
    return first + rest


def _complain(text: str, code: ExitCode) -> int:
    try:
        sys.stderr.write(f"bronvast: {sanitise_line(_messages().translated(text))}\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody is left to tell
    return int(code)


def _messages() -> Messages:
    """In the language of the settings; where they are what is wrong, in that of the locale."""
    from qa.config import load_config
    from qa.messages import Messages

    try:
        return Messages(load_config({}).language)
    except BronvastError:
        return Messages(os.environ.get("BRONVAST_LANGUAGE", "auto"))


def _show_traceback() -> None:
    if os.environ.get("BRONVAST_DEBUG") == "1":
        import traceback

        traceback.print_exc()


def _about_usage(error: Any) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "bronvast"
    message, *suggestions = _DID_YOU_MEAN.split(error.format_message())
    cause = message.strip().rstrip(".").replace(" a valid integer range", " a whole number")
    remedy = f"see {command} --help"
    return f"{cause}; did you mean {suggestions[0]}, or {remedy}" if suggestions else f"{cause}; {remedy}"


def main() -> None:
    """The entry point of the command `bronvast`."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
