"""Expressions that are compiled late are the same as those that are compiled at once, and each of them can be."""

import importlib
import pkgutil
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import embeddings
import qa
from embeddings.patterns import _Lazy, lazily


@given(st.text(alphabet="ab1 .", max_size=20))
def test_it_does_what_a_compiled_one_does(text):
    late, early = lazily(r"(?P<letters>[ab]+)\d", re.I), re.compile(r"(?P<letters>[ab]+)\d", re.I)
    assert late.sub("-", text) == early.sub("-", text)
    assert [match.groupdict() for match in late.finditer(text)] == [match.groupdict() for match in early.finditer(text)]
    assert (late.pattern, late.flags) == (early.pattern, early.flags)


def test_what_is_no_expression_says_so_at_its_first_use():
    wrong = lazily("(")
    with pytest.raises(re.error):
        wrong.search("a")


def test_every_expression_of_the_program_can_be_compiled():
    found = 0
    for package in (qa, embeddings):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            for value in vars(importlib.import_module(module.name)).values():
                late = [
                    value,
                    *(value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()),
                ]
                for one in late:
                    if isinstance(one, _Lazy):
                        found += 1
                        assert isinstance(one.pattern, str)
    assert found > 50
