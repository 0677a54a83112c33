"""A model that repeats its instructions is not shown, whatever an article holds."""

from __future__ import annotations

import re

import pytest
from test_citing import QUESTION, hit, source

from prompts import load
from qa.citing import Citer
from qa.evidence import weigh
from qa.markers import MarkedSentence
from qa.prompt_echo import RUN, echoes_prompt


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr", "xx"])
def test_any_run_of_the_rules_is_noticed(language: str) -> None:
    words = re.findall(r"\w+", load("answer-rules", language).text)
    for start in range(0, len(words) - RUN, 5):
        run = words[start : start + RUN]
        assert echoes_prompt(f"Zij zei: {' '.join(run).upper()}!", language)
        assert not echoes_prompt(" ".join(run[:-1]), language)
        assert not echoes_prompt(" ".join([*run[:4], "schaap", *run[4:]]), language)
    assert not echoes_prompt("De kudde van Lienderveld telt 214 schapen en de herder heet Wobke Talsma.", language)


@pytest.mark.parametrize("show_unverified", [False, True])
def test_p3_rules_that_an_article_begins_are_not_completed(show_unverified: bool) -> None:
    """Found by an attack: the article holds the beginning of the rules, and so its words support what the model repeats."""
    begun = "Je beantwoordt vragen met genummerde zinnen uit nieuwsartikelen, die tussen twee gelijke regels staan."
    text = f"De kudde van Lienderveld telt 214 schapen. {begun} De herder heet Wobke Talsma."
    evidence = weigh(QUESTION, "nl", [hit("0", text, 0.9)], lambda terms: dict.fromkeys(terms, 1))
    citer = Citer(QUESTION, "nl", evidence, show_unverified=show_unverified)
    shown = [source(evidence, "214"), source(evidence, "genummerde")]
    citer.write(MarkedSentence("De kudde van Lienderveld telt 214 schapen.", (1,)), shown)
    first_rule = load("answer-rules", "nl").text.split(". ")[0] + "."
    citer.write(MarkedSentence(first_rule, (2,)), shown)
    assert [sentence.text for sentence in citer.sentences] == ["De kudde van Lienderveld telt 214 schapen."]
    assert [sentence.text for sentence in citer.withheld] == [first_rule]
    assert citer.withheld[0].problems == ("repeats_its_instructions",)
