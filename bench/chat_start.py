"""How long it takes from the start of `bronvast chat` until its prompt stands in a terminal, and until the models are loaded.

    python bench/chat_start.py [--runs 5] [--library DIR]

Each run is a process of its own in a pseudo-terminal; the figures are medians, with the slowest beside them. Beside them
stands a Python that only imports prompt_toolkit and shows an empty prompt: what no chat in Python can go below.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import signal
import statistics
import sys
import time

PROMPT = b"\x1b[0m>"  # as prompt_toolkit draws it
BARE = "from prompt_toolkit import PromptSession; PromptSession().prompt('> ')"


def seconds_until(command: list[str], wanted: list[bytes], limit: float = 60.0) -> list[float]:
    """Seconds from the start until each of these has been shown, in their order."""
    started = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="100", LINES="30", LANG="en_US.UTF-8")
        os.execv(command[0], command)
    screen, found = b"", []
    try:
        while len(found) < len(wanted):
            if time.perf_counter() - started > limit:
                raise SystemExit(f"nothing like {wanted[len(found)]!r} in {limit:.0f} s: {screen[-500:]!r}")
            if select.select([terminal], [], [], 0.05)[0]:
                new = os.read(terminal, 65536)
                if b"\x1b[6n" in new:  # the prompt asks where the cursor is
                    os.write(terminal, b"\x1b[1;1R")
                screen += new
            while len(found) < len(wanted) and (place := screen.find(wanted[len(found)])) >= 0:
                found.append(time.perf_counter() - started)
                screen = screen[place + len(wanted[len(found) - 1]) :]
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(terminal)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--library", default="", help="a library that is there; default: the user's")
    options = parser.parse_args()
    chat = [sys.executable, "-m", "qa.cli", "chat", "--llm", "none"]
    chat += ["--library", options.library] if options.library else []
    prompts, loaded, bare = [], [], []
    for _ in range(options.runs):
        # The prompt is drawn once the cursor's place is known; the status line below it says when all is loaded.
        first, second = seconds_until(chat, [PROMPT, b"sentences"])
        prompts.append(first)
        loaded.append(second)
        bare += seconds_until([sys.executable, "-c", BARE], [PROMPT])
    for name, figures in (("prompt", prompts), ("models loaded", loaded), ("an empty prompt", bare)):
        print(f"{name:<16} median {statistics.median(figures):.2f} s, slowest {max(figures):.2f} s")


if __name__ == "__main__":
    main()
