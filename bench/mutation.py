"""How many small faults put into a module its tests find.

    python bench/mutation.py MODULE.py TEST.py [TEST.py …] [--every N] [--from N] [--most N] [--seconds 60]

Each fault is one change to the syntax tree: a comparison turned round, a boundary moved by one, "and" for "or", a
condition negated, a number changed, a statement left out, a returned value lost. The module is changed in a copy of
the project, never in place. Messages, annotations and docstrings are left alone, for no test should hold their words.
Killed are the faults with which a test fails or takes too long; the tests run once without any fault first.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("qa", "embeddings", "prompts", "tests", "bench", "examples", "pyproject.toml")

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    """The faults that one node can have."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield ast.Compare(node.left, [_COMPARISONS[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            operators = [*node.ops[:place], _COMPARISONS[type(operator)](), *node.ops[place + 1 :]]
            yield ast.Compare(node.left, operators, node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and not _is_type(node):
        yield ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        other = copy.copy(node)
        other.test = ast.UnaryOp(ast.Not(), node.test)
        yield other
    elif isinstance(node, ast.Return) and node.value is not None and not _is_nothing(node.value):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()
    elif isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)
    elif isinstance(node, ast.Continue | ast.Break):
        yield ast.Pass()


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_nothing(node: ast.AST) -> bool:
    """Whether a value is as false as None."""
    return isinstance(node, ast.Constant) and not node.value


def _is_type(node: ast.BinOp) -> bool:
    return any(
        _is_none(side) or (isinstance(side, ast.Name) and side.id in ("str", "int", "bytes", "float"))
        for side in (node.left, node.right)
    )


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.copy_location(self._new, node) if node is self._old else super().generic_visit(node)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes outside annotations, decorators, docstrings and the making of errors and their messages."""
    for name, field in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for node in field if isinstance(field, list) else [field]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.Raise | ast.JoinedStr):
                continue
            if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "sys.platform == 'win32'"):
                yield from (inner for part in node.orelse for inner in (part, *_nodes(part)))
                continue
            yield node
            yield from _nodes(node)


def faults(source: str) -> Iterator[tuple[int, str, str]]:
    """Line, the code before and after, and the whole module with each fault."""
    tree = ast.parse(source)
    for node in list(_nodes(tree)):
        for new in _changed(node):
            made = ast.unparse(ast.fix_missing_locations(_Replace(node, new).visit(copy_of(tree, node))))
            before, after = ast.unparse(node).split("\n")[0], ast.unparse(ast.fix_missing_locations(new)).split("\n")[0]
            yield node.lineno, f"{before}  →  {after}", made  # type: ignore[attr-defined]


def copy_of(tree: ast.Module, kept: ast.AST) -> ast.Module:
    """The tree with every node new but one, which is to be found again in it."""
    return copy.deepcopy(tree, {id(kept): kept})


def run(folder: Path, tests: list[str], seconds: int) -> bool:
    """Whether the tests pass in a copy of the project; processor time is limited, so that a busy machine kills no fault."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), *tests]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, timeout=20 * seconds, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("module", type=Path)
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--every", type=int, default=1, help="take one fault in so many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="leave out so many of those at first")
    parser.add_argument("--most", type=int, default=10**6, help="stop after so many")
    parser.add_argument("--seconds", type=int, default=60, help="a test run that computes longer counts as failed")
    given = parser.parse_args()
    source = given.module.read_text(encoding="utf-8")
    chosen = list(faults(source))[:: given.every][given.first : given.first + given.most]
    with tempfile.TemporaryDirectory(prefix="bronvast-mutation-") as name:
        folder = Path(name)
        for part in COPIED:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            elif (ROOT / part).exists():
                shutil.copy(ROOT / part, folder / part)
        place = folder / given.module.resolve().relative_to(ROOT)
        if not run(folder, given.tests, given.seconds):
            sys.exit("the tests fail without any fault")
        killed = 0
        for line, what, made in chosen:
            place.write_text(made, encoding="utf-8")
            if run(folder, given.tests, given.seconds):
                print(f"lives: {given.module}:{line}: {what}", flush=True)
            else:
                killed += 1
        print(f"{given.module}: {killed} of {len(chosen)} faults found ({killed / max(1, len(chosen)):.0%})")


if __name__ == "__main__":
    main()
