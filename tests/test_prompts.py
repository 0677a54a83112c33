"""Prompts are files with strict variables."""

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import LANGUAGES, Prompt, PromptError, load

NAMES = sorted({file.name.split(".")[0] for file in files("prompts").iterdir() if file.name.endswith(".md")})


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_exists_in_every_language_with_the_same_variables(name: str) -> None:
    assert len({load(name, language).variables for language in LANGUAGES}) == 1
    assert {load(name, language).language for language in LANGUAGES} == set(LANGUAGES)


def test_an_unknown_language_is_served_in_english() -> None:
    assert load("answer-rules", "sv") == load("answer-rules", "en")


def test_an_unknown_prompt_is_an_error() -> None:
    with pytest.raises(PromptError, match=r"no prompt nothing-like-this.nl.md"):
        load("nothing-like-this", "nl")


def test_missing_and_unknown_variables_are_named() -> None:
    prompt = Prompt("greeting", "nl", "Dag {{name}}, het is {{day}}.")
    with pytest.raises(PromptError, match=r"misses day and does not use colour"):
        prompt.render(name="Jan", colour="rood")


@given(value=st.text())
def test_a_value_is_inserted_literally(value: str) -> None:
    rendered = Prompt("p", "nl", "<{{first}}|{{second}}>").render(first=value, second="{{first}}")
    assert rendered == f"<{value}|{{{{first}}}}>"


def test_the_hash_changes_with_the_wording() -> None:
    assert Prompt("p", "nl", "a").hash != Prompt("p", "nl", "b").hash
    assert re.fullmatch(r"[0-9a-f]{12}", Prompt("p", "nl", "a").hash)
