"""Whether the text that a browser shows of a page is in what is stored of it.

    python bench/visible_text.py PAGE_OR_FOLDER... [--most 60]

Chromium says what each page shows (`innerText` of its main element, navigation, forms and footers left out). For
each page: the share of the lines of prose (40 characters and more) and of all words that the stored text holds,
letters and digits compared; at the end the sums and the pages that lost most. Needs Chromium, on a machine that
has it: apt-get install chromium.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import random
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.errors import ReadError
from qa.readers import read

SHOWN = """(() => {
  document.querySelectorAll('nav, aside, footer, form, button, select, [role=navigation], [role=search]').forEach(e => e.remove());
  const found = [...document.querySelectorAll('main, [role=main], article')].sort((a, b) => b.innerText.length - a.innerText.length);
  const body = document.body ? document.body.innerText : '';
  return found.length && found[0].innerText.length > 0.5 * body.length ? found[0].innerText : body;
})()"""


class Browser:
    """Chromium without a window, spoken to over two pipes."""

    def __init__(self, folder: str) -> None:
        pipes = [[fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in os.pipe()] for _ in range(2)]
        os.dup2(pipes[0][0], 3, inheritable=True)
        os.dup2(pipes[1][1], 4, inheritable=True)
        self._write, self._read, self._buffer, self._number = pipes[0][1], pipes[1][0], b"", 0
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-javascript-harmony-shipping"]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={folder}", "--remote-debugging-pipe"],
            pass_fds=(3, 4),
            stderr=subprocess.DEVNULL,
        )
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._call("Page.enable")

    def shown(self, path: Path) -> str:
        """What the page shows."""
        self._call("Page.navigate", url=path.resolve().as_uri())
        while self._receive().get("method") != "Page.loadEventFired":
            pass
        return str(self._call("Runtime.evaluate", expression=SHOWN, returnByValue=True)["result"].get("value", ""))

    def close(self) -> None:
        self._call("Browser.close")
        self._process.wait(20)

    def _receive(self) -> Any:
        while b"\0" not in self._buffer:
            self._buffer += os.read(self._read, 1 << 16)
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _call(self, method: str, **parameters: object) -> Any:
        self._number += 1
        request: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if not method.startswith(("Target.", "Browser.")):
            request["sessionId"] = self._session
        os.write(self._write, json.dumps(request).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._number:
            pass
        return answer.get("result", {})


def plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def words(text: str) -> Counter[str]:
    return Counter("".join(c if c.isalnum() else " " for c in text.lower().replace("\xad", "")).split())


def pages(inputs: list[str], most: int) -> Iterator[Path]:
    found = [
        path
        for name in inputs
        for path in ([Path(name)] if Path(name).is_file() else sorted(Path(name).rglob("*.html")))
    ]
    found = [path for path in found if 2_000 < path.stat().st_size < 400_000]
    yield from found if len(found) <= most else random.Random(1).sample(found, most)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--most", type=int, default=60)
    options = parser.parse_args()
    totals: Counter[str] = Counter()
    lost: list[tuple[float, str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(folder)
        for path in pages(options.inputs, options.most):
            shown = browser.shown(path)
            lines = [line for line in shown.splitlines() if len(plain(line)) >= 40]
            if len(lines) < 3:
                continue
            try:
                stored = "\n".join(f"{article.title}\n{article.text}" for article in read(str(path)))
            except ReadError as error:
                stored = ""
                print(f"{path}: {error}")
            held = plain(stored)
            missing = [line for line in lines if plain(line) not in held]
            seen, wanted = words(stored), words(shown)
            kept = sum(min(count, seen[word]) for word, count in wanted.items())
            totals.update(pages=1, lines=len(lines), missing=len(missing), words=wanted.total(), kept=kept)
            lost.append((len(missing) / len(lines), str(path), missing[0][:100] if missing else ""))
        browser.close()
    print(f"{totals['pages']} pages: {totals['lines'] - totals['missing']} of {totals['lines']} lines of prose "
          f"({100 - 100 * totals['missing'] / max(1, totals['lines']):.2f} %), "
          f"{100 * totals['kept'] / max(1, totals['words']):.2f} % of {totals['words']} words")  # fmt: skip
    for share, name, example in sorted(lost, reverse=True)[:12]:
        if share:
            print(f"{share:6.1%}  {name}  {example}")


if __name__ == "__main__":
    main()
