"""The clipboard: through the desktop's own program where there is one, else through the terminal."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from qa.errors import UsageError

if TYPE_CHECKING:
    from qa.console import Console

__all__ = ["copy"]

_SECONDS: Final = 5


def _program() -> list[str]:
    if sys.platform == "darwin":
        wanted = [["pbcopy"]]
    elif sys.platform == "win32":
        wanted = [["clip"]]
    else:
        wanted = []
        if os.environ.get("WAYLAND_DISPLAY"):
            wanted.append(["wl-copy"])
        if os.environ.get("DISPLAY"):
            wanted += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    return next((command for command in wanted if shutil.which(command[0])), [])


def copy(console: Console, text: str) -> None:
    """Put text on the clipboard.

    Raises:
        UsageError: there is neither a program for it nor a terminal that could do it.
    """
    command = _program()
    if command:
        try:
            subprocess.run(
                command,
                input=text.encode("utf-16-le" if command == ["clip"] else "utf-8"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=True,
            )
            return
        except (OSError, subprocess.SubprocessError):
            pass  # the terminal may still do it
    if not (console.on_terminal and console.capable):
        raise UsageError("there is no clipboard to copy to", "use /export FILE instead")
    # OSC 52, which terminals pass on even over SSH.
    console.out.write(f"\x1b]52;c;{base64.b64encode(text.encode('utf-8')).decode('ascii')}\x07")
    console.out.flush()
