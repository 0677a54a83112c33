"""The long tier's look through other programs' eyes: an exported page in a browser, completion in zsh and fish, the manual.

`scripts/outside_programs.sh` installs them where they are missing.
"""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qa.cli import run

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
pytestmark = pytest.mark.long


def program(*names):
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, f"{names[0]} is not installed; run: sh scripts/outside_programs.sh"
    return found


def browse(page, folder, *options):
    """Open a page in a headless browser; what it prints, and every address it asked for."""
    log = folder / "net.json"
    command = [
        program(*BROWSERS), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
        f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", "--enable-logging=stderr",
        "--window-size=420,900", *options, page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=120, env={**os.environ, "HOME": str(folder)})
    assert done.returncode == 0, done.stderr[-2000:]
    refused = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in line]
    asked = set(re.findall(r'"url":"(https?://[^"]+)"', log.read_text(encoding="utf-8", errors="replace")))
    return done.stdout.decode("utf-8"), refused, asked


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_page_in_a_browser_shows_the_citation_and_asks_for_nothing(samples, tmp_path, scheme, monkeypatch):
    page, picture = tmp_path / "answer.html", tmp_path / "answer.png"
    monkeypatch.setenv("BRONVAST_LIBRARY", str(samples / "library"))
    question = "Wat vonden inspecteurs bij de Hanzebrug?"
    assert run(["ask", question, "--llm", "none", "--quiet", "--html", str(page)]) == 0
    preferred = f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}"
    shown, refused, asked = browse(page, tmp_path, preferred, "--dump-dom")
    assert "<mark>Inspecteurs vonden scheuren in twee van de vier hoofdliggers.</mark>" in shown
    assert not refused  # the page's own style passes its own policy
    assert not [address for address in asked if "Hanzebrug" in address or "peilstok" in address.lower()]
    browse(page, tmp_path, preferred, f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 10_000


def test_what_is_smuggled_into_a_page_is_neither_run_nor_fetched(samples, tmp_path, monkeypatch):
    page = tmp_path / "answer.html"
    monkeypatch.setenv("BRONVAST_LIBRARY", str(samples / "library"))
    smuggled = "<img src=https://kwaad.example/x.png><script>document.title='kwaad'</script>"
    run(["ask", f"Hoe heet {smuggled}?", "--llm", "none", "--quiet", "--html", str(page)])
    text = page.read_text(encoding="utf-8")
    assert "&lt;script&gt;" in text
    # Even unescaped it could do nothing: the page's policy forbids it.
    page.write_text(text.replace("</body>", f"{smuggled}</body>"), encoding="utf-8")
    shown, refused, asked = browse(page, tmp_path, "--dump-dom")
    assert "<title>kwaad</title>" not in shown
    assert len(refused) >= 2
    assert not [address for address in asked if "kwaad.example" in address]


def typed_in(shell, lines, wait=2.0):
    """What a shell shows after each line or key sequence."""
    process, terminal = pty.fork()
    if process == 0:
        bin_ = str(Path(sys.executable).parent)
        os.environ.update(TERM="xterm", COLUMNS="100", LINES="40", PATH=f"{bin_}:{os.environ['PATH']}")
        os.execv(shell[0], shell)
    shown = []
    try:
        for line in lines:
            os.write(terminal, line.encode())
            seen, deadline = b"", time.monotonic() + wait
            while time.monotonic() < deadline:
                if select.select([terminal], [], [], 0.1)[0]:
                    try:
                        seen += os.read(terminal, 65536)
                    except OSError:  # the shell is gone
                        break
            shown.append(re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", seen).decode("utf-8", "replace"))
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    return shown


def completion_of(shell, folder):
    """The script that the program gives for a shell, in a file."""
    path = folder / f"bronvast.{shell}"
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [str(Path(sys.executable).parent / "bronvast"), "--show-completion", shell]
    path.write_bytes(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)
    return path


def test_completion_in_bash(tmp_path):
    script = completion_of("bash", tmp_path)
    words = 'COMP_WORDS=(bronvast s); COMP_CWORD=1; _bronvast_completion bronvast; echo "${COMPREPLY[*]}"'
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [program("bash"), "--norc", "-c", f"source {script}; {words}"],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
    )
    assert set(done.stdout.split()) == {"search", "show", "status", "sync"}


def test_completion_in_fish(tmp_path):
    script = completion_of("fish", tmp_path)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [program("fish"), "-c", f'source {script}; complete -C "bronvast ask --s"'],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["--show-unverified", "--since", "--source"]


def test_completion_in_zsh(tmp_path):
    script = completion_of("zsh", tmp_path)
    start = f"autoload -U compinit; compinit -u -d {tmp_path}/dump; source {script}; PS1='%% '\n"
    _, shown, _ = typed_in([program("zsh"), "-f"], [start, "bronvast s\t", "\x15exit\n"])
    assert {"search", "show", "status", "sync"} <= set(re.findall(r"^(\w+) +--", shown, re.MULTILINE))


def test_the_manual_is_sound():
    done = subprocess.run([program("mandoc"), "-Tlint", "-Werror", "docs/bronvast.1"], capture_output=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    shown = subprocess.run([program("mandoc"), "-Tascii", "docs/bronvast.1"], capture_output=True, cwd=ROOT).stdout
    assert b"--show-unverified" in re.sub(rb".\x08", b"", shown)


def test_the_net_log_would_have_shown_a_request(tmp_path):
    """The check on the checks above: a page that does fetch is seen doing so."""
    page = tmp_path / "page.html"
    page.write_text('<img src="http://127.0.0.1:9/seen.png">', encoding="utf-8")
    _, _, asked = browse(page, tmp_path, "--dump-dom")
    assert "http://127.0.0.1:9/seen.png" in asked, json.dumps(sorted(asked))
