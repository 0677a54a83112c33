"""Who says what: a speaker may be left out of nothing that is his word, and no other may be put in his place."""

from __future__ import annotations

import pytest

from qa.speakers import speaker_problem

SAID = "De brug is dicht, zegt Joke Terpstal."
BARE = "De brug is dicht."


def problem(
    claim: str, text: str, before: str = "", *, in_quotation: bool = False, publisher: str = "", language: str = "nl"
) -> str:
    evidence = (text, language, f"{before} {text}".strip(), in_quotation, publisher)
    found = speaker_problem(claim, [evidence], language=language)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("claim", "text", "expected"),
    [
        ("Volgens Joke Terpstal is de brug dicht.", SAID, ""),
        ("Volgens Terpstal is de brug dicht.", SAID, ""),  # the shorter name
        ("Volgens Joke Terpstal is de brug dicht.", "De brug is dicht, zegt Terpstal.", ""),  # the fuller one
        ("Volgens Jan Visser is de brug dicht.", SAID, "other_speaker"),
        ("Volgens Jan Visser is de brug dicht.", BARE, "other_speaker"),
        ("Volgens het artikel is de brug dicht.", BARE, ""),
        ("De politie meldt dat de brug dicht is.", "De brug is dicht, meldt de politie.", ""),
        (BARE, SAID, "attribution_lost"),
        (BARE, BARE, ""),
        ("“De brug is helemaal dicht.”", "“De brug is helemaal dicht”, zegt Joke Terpstal.", ""),
        # "I" is nobody once the quotation is gone
        ("Ik zeg dat de brug dicht is.", "“Ik zeg dat de brug dicht is”, zegt Joke Terpstal.", "attribution_lost"),
        # what stands beside the speaker's words is the article's own
        (BARE, "De brug is dicht, maar Joke Terpstal zegt dat de pont vaart.", ""),
        ("De pont vaart.", "De brug is dicht, maar Joke Terpstal zegt dat de pont vaart.", "attribution_lost"),
    ],
)
def test_who_says_it_stays(claim: str, text: str, expected: str) -> None:
    assert problem(claim, text) == expected


def test_the_outlet_may_be_named_as_the_one_that_says_so() -> None:
    claim = "Volgens de Noorderkroniek is de brug dicht."
    assert problem(claim, BARE, publisher="Noorderkroniek") == ""
    assert problem(claim, BARE, publisher="De Peilstok") == "other_speaker"


def test_who_only_acts_may_report_but_holds_no_opinion() -> None:
    text = "Joke Terpstal deed de brug dicht."
    assert problem("Terpstal meldt dat de brug dicht is.", text) == ""
    assert problem("Volgens Terpstal is de brug dicht.", text) == "other_speaker"


def test_a_pronoun_takes_its_name_from_the_sentence_before() -> None:
    text, before = "De brug is dicht, zegt hij.", "Jan Visser kwam aan."
    assert problem("Volgens Jan Visser is de brug dicht.", text, before) == ""
    assert problem("Volgens Piet Bos is de brug dicht.", text, before) == "other_speaker"


def test_a_sentence_inside_a_longer_quotation_is_somebodys_word() -> None:
    before = "Jan Visser sprak de raad toe."
    assert problem(BARE, BARE, before, in_quotation=True) == "attribution_lost"
    assert problem("Volgens Jan Visser is de brug dicht.", BARE, before, in_quotation=True) == ""
    assert problem("Volgens Piet Bos is de brug dicht.", BARE, before, in_quotation=True) == "other_speaker"


def test_a_speaker_within_somebodys_words_does_not_say_it_himself() -> None:
    text = "“Volgens Jan Visser is de brug dicht”, zei Joke Terpstal."
    assert problem("Volgens Jan Visser is de brug dicht.", text) == "attribution_lost"


def test_what_shares_too_little_is_not_looked_at_and_no_words_share_all() -> None:
    other = ("De herder heet Wobke, zegt Joke Terpstal.", "nl", "", False, "")
    bare = (BARE, "nl", "", False, "")
    assert speaker_problem(BARE, [other, bare], language="nl") is None
    assert speaker_problem("Ja.", [bare], language="nl") is None
    assert speaker_problem(BARE, [], language="nl") is None


def test_other_languages() -> None:
    said = "The bridge is closed, says John Smith."
    assert problem("The bridge is closed.", said, language="en") == "attribution_lost"
    assert problem("According to John Smith the bridge is closed.", said, language="en") == ""
    assert problem("According to Jane Doe the bridge is closed.", said, language="en") == "other_speaker"
