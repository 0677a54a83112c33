"""The command that serves other programs: mcp."""

from __future__ import annotations

import sys

import typer

from qa.commands.options import AllowRemote, Backend, BaseUrl, ModelName, Session, TopK, model_flags, version_number
from qa.errors import ExitCode, UsageError

__all__ = ["serve"]


def serve(
    context: typer.Context,
    llm: Backend = "",
    model: ModelName = "",
    base_url: BaseUrl = "",
    allow_remote: AllowRemote = False,
    top_k: TopK = None,
) -> int:
    """Serve search, ask and show to other programs (MCP)."""
    try:
        from qa.mcp_server import make_server
    except ImportError:
        raise UsageError("the MCP server is not installed", 'install it with: pip install "bronvast[mcp]"') from None
    from qa.console import is_terminal

    session: Session = context.obj
    config = session.config(**model_flags(llm, model, base_url, allow_remote, top_k))
    if is_terminal(sys.stdin):
        session.console().note(session.console().say("mcp_by_hand"))
    server, close = make_server(config, version_number())
    try:
        server.run("stdio")
    finally:
        close()
    return ExitCode.ANSWERED
