"""The faults that `bench/mutation.py` puts in: each is one change, and the tests of a sample find it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bench.mutation import faults

SOURCE = '''
"""Text that stays."""
def larger(a: int | None, b: int = 2) -> bool:
    if a is not None and a > b:
        return a + 1 > b
    raise ValueError(f"{a + 1} is not more than {b}")
'''


def test_each_fault_is_one_change_outside_messages_and_annotations() -> None:
    plain = ast.unparse(ast.parse(SOURCE))
    made = list(faults(SOURCE))
    assert {what for _, what, _ in made} == {
        "2  →  3",
        "if a is not None and a > b:  →  if not (a is not None and a > b):",
        "a is not None and a > b  →  a is not None or a > b",
        "a is not None  →  a is None",
        "a > b  →  a >= b",
        "return a + 1 > b  →  return None",
        "a + 1 > b  →  a + 1 >= b",
        "a + 1  →  a - 1",
        "1  →  2",
    }
    for line, _, changed in made:
        assert 2 <= line <= 5
        assert changed != plain
        assert sum(old != new for old, new in zip(plain.split("\n"), changed.split("\n"), strict=True)) == 1
        assert "f'{a + 1} is not more than {b}'" in changed


@pytest.mark.parametrize("module", ["qa/sanitise.py", "embeddings/files.py", "embeddings/transactions.py"])
def test_every_fault_of_a_real_module_can_be_compiled(module: str) -> None:
    source = (Path(__file__).parent.parent / module).read_text(encoding="utf-8")
    made = [changed for _, _, changed in faults(source)]
    assert len(made) >= 20
    assert len(set(made)) >= len(made) - 2
    for changed in made:
        compile(changed, module, "exec")
