"""Every test that `docs/reliability.md` and `docs/formats.md` name is there, and every row of their tables names one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENT = "\n".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("reliability.md", "formats.md"))


def test_every_test_that_is_named_exists() -> None:
    there = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT))
    assert len(named) > 40
    assert not [name for name in named if f"def {name}(" not in there and f"\n{name} =" not in there]


def test_every_promise_names_its_test() -> None:
    rows = [line for line in DOCUMENT.splitlines() if re.match(r"\| [A-Z]\d", line)]
    assert len(rows) > 20
    assert not [row for row in rows if "`test_" not in row and "`tests/" not in row and "conftest" not in row]
    assert "@" not in DOCUMENT  # no figure is left to be filled in
