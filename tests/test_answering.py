"""Questions from end to end: a real library, the real encoder, and language models that do one thing each."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from embeddings.encoders import Encoder, load_encoder
from embeddings.library import Library
from embeddings.records import Filters
from qa.answer import Answer, AnswerSentence, Citation, SourceSentence
from qa.answering import Answerer
from qa.conversation import Exchange
from qa.disagreement import Difference, find
from qa.evidence import Evidence
from qa.ingest import add
from qa.language_models import GenerationOptions, Message

EXAMPLES = Path(__file__).parent.parent / "examples" / "articles"
ARTICLES = (
    "hanzebrug-dicht.md",
    "hanzebrug-duurder.md",
    "storm-hedda-eerste.txt",
    "storm-hedda-dagblad.md",
    "staking-kolderink-begin.md",
    "fusie-voorstel.md",
    "kolderink-polen.html",
)
INHABITANTS = "Hoeveel inwoners krijgt de gemeente Veenhorst?"
BRIDGE = "Hoeveel kost het herstel van de Hanzebrug?"
GUST = "Hoe hard was de windstoot bij storm Hedda?"
MAYOR = "Wie is de burgemeester van Damshorn?"
UNKNOWN_PLACE = "Hoeveel inwoners van Knollenveen moesten hun huis verlaten?"
QUESTIONS = (INHABITANTS, BRIDGE, GUST, MAYOR, UNKNOWN_PLACE, "Wat eist de bond bij Kolderink?")

Shown = dict[int, str]
Reply = Callable[[Shown], Sequence[str]]


class MadeStream:
    """Pieces of a reply, as a back end would hand them over."""

    prompt_tokens = 100

    def __init__(self, pieces: Sequence[str], complete: bool) -> None:
        self._pieces = pieces
        self.complete = complete
        self.done_reason = "stop" if complete else "aborted"
        self.problem = "" if complete else "the connection was closed"
        self.closed = False

    def __iter__(self) -> Iterator[str]:
        return iter(self._pieces)

    def close(self) -> None:
        self.closed = True


class MadeModel:
    """A language model that replies by rule to the numbered sentences it was shown."""

    backend = "made"
    name = "made 1"
    instruction_tuned = True
    context_window = 4096
    fingerprint = "0123"

    def is_loaded(self) -> bool:
        return True

    def __init__(self, reply: Reply, complete: bool = True) -> None:
        self._reply = reply
        self._complete = complete
        self.streams: list[MadeStream] = []
        self.prompts: list[Sequence[Message]] = []

    def count_tokens(self, text: str) -> int:
        return len(text) // 3 + 1

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> MadeStream:
        self.prompts.append(messages)
        shown = {int(number): text for number, text in re.findall(r"^\[(\d+)\] (.+)$", messages[-1].content, re.M)}
        stream = MadeStream(self._reply(shown), self._complete)
        self.streams.append(stream)
        return stream


def number_of(shown: Shown, part: str) -> int:
    return next(number for number, text in shown.items() if part in text)


def supported(shown: Shown) -> list[str]:
    text = f"Veenhorst krijgt ruim 47.000 inwoners. [{number_of(shown, '47.000')}]"
    return [text[start : start + 5] for start in range(0, len(text), 5)]


def invented(shown: Shown) -> list[str]:
    return [f"Veenhorst krijgt ruim 52.000 inwoners. [{number_of(shown, '47.000')}]"]


def partly_invented(shown: Shown) -> list[str]:
    number = number_of(shown, "47.000")
    return [
        f"Veenhorst krijgt ruim 47.000 inwoners. [{number}] ",
        f"Daarvan wonen er 33.000 in een flat. [{number}]",
    ]


def copied(shown: Shown) -> list[str]:
    number = number_of(shown, "47.000")
    return [f"{shown[number]} [{number}]"]


def without_marks(shown: Shown) -> list[str]:
    return ["De gemeente Veenhorst krijgt ruim 47.000 inwoners."]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    made = tmp_path_factory.mktemp("answering") / "library"
    with Library.open(made, create=True) as library:
        summary = add(library, encoder, [str(EXAMPLES / name) for name in ARTICLES])
        assert (summary.added, summary.failed) == (len(ARTICLES), ())
    return made


@pytest.fixture(scope="module")
def library(folder: Path) -> Iterator[Library]:
    with Library.open(folder) as opened:
        yield opened


@pytest.fixture
def answerer(library: Library, encoder: Encoder) -> Answerer:
    return Answerer(library, encoder)


def assert_laws(answer: Answer, library: Library) -> None:
    """What holds of every answer, whatever the question."""
    made = answer.as_json()
    pointers = [*made["citations"], *made["nearest"]]
    for pointer in pointers:
        article = library.article(pointer["article_id"])
        assert article is not None
        assert article.text[pointer["start"] : pointer["end"]] == pointer["quote"] != ""
        assert pointer["sha256"] == article.sha256
        assert (pointer["title"], pointer["source"]) == (article.title, article.source)
    numbers = [citation["number"] for citation in made["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    used = {number for sentence in made["sentences"] for number in sentence["citations"]}
    used |= {number for difference in made["disagreements"] for number in difference["citations"]}
    assert used == set(numbers)
    assert {int(number) for number in re.findall(r"\[(\d+)\]", made["text"])} <= set(numbers)
    for sentence in made["sentences"]:
        assert bool(sentence["citations"]) == sentence["verified"] == (not sentence["problems"])
    assert made["independent_sources"] <= len({citation["article_id"] for citation in made["citations"]})
    published = [citation["published"] for citation in made["citations"] if citation["published"]]
    assert made["newest_evidence"] == max(published, default=None)
    if made["status"] == "abstained":
        assert made["reason"] and made["text"]
        assert (made["citations"], made["sentences"], made["disagreements"]) == ([], [], [])
    else:
        assert made["reason"] is None and made["nearest"] == [] and made["sentences"]


def without_timings(answer: Answer) -> dict[str, Any]:
    return {key: value for key, value in answer.as_json().items() if key != "timings_ms"}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_keeps_the_laws_and_comes_out_the_same_again(
    answerer: Answerer, library: Library, question: str
) -> None:
    first = answerer.ask(question)
    assert_laws(first, library)
    assert without_timings(answerer.ask(question)) == without_timings(first)
    assert first.as_json()["schema"] == 1
    assert {"encode", "search", "total"} <= first.timings_ms.keys()


@pytest.mark.parametrize(
    ("question", "held", "file"),
    [
        (INHABITANTS, "47.000 inwoners", "fusie-voorstel.md"),
        (GUST, "131 kilometer per uur", "storm-hedda"),
        (MAYOR, "Gea Lubbinge", "fusie-voorstel.md"),
        ("Wat eist de bond bij Kolderink?", "7 procent meer loon", "staking-kolderink-begin.md"),
        ("Hoeveel banen komen er in Zielnikowo?", "210 banen", "kolderink-polen.html"),
    ],
)
def test_without_a_model_the_sentence_that_answers_is_quoted(
    answerer: Answerer, library: Library, question: str, held: str, file: str
) -> None:
    answer = answerer.ask(question)
    assert (answer.status, answer.composed_by, answer.backend, answer.prompt) == ("answered", "none", "none", "")
    assert held in answer.text
    assert any(held in citation.quote and file in citation.source for citation in answer.citations)
    for sentence in answer.sentences:
        article = library.article(answer.citations[sentence.citations[0] - 1].article_id)
        assert article is not None and sentence.text in article.text


def test_a_later_figure_beside_an_earlier_one_is_a_conflict_that_names_both(
    answerer: Answerer, library: Library
) -> None:
    answer = answerer.ask(BRIDGE)
    assert_laws(answer, library)
    assert answer.status == "conflict"
    assert answer.independent_sources == 2
    assert [difference.type for difference in answer.disagreements] == ["superseded"]
    (difference,) = answer.disagreements
    quotes = " ".join(answer.citations[number - 1].quote for number in difference.citations)
    assert "8,9 miljoen euro" in quotes and "3,2 miljoen euro" in quotes
    assert answer.newest_evidence == "2025-03-19"


def test_copies_of_one_report_are_one_independent_source(answerer: Answerer, library: Library) -> None:
    answer = answerer.ask("Hoeveel inwoners van Zandwerf hebben hun huis moeten verlaten?")
    assert_laws(answer, library)
    assert "twaalfhonderd" in answer.text
    assert answer.independent_sources == 1


def test_a_name_that_no_article_has_is_named_in_the_refusal(answerer: Answerer) -> None:
    answer = answerer.ask(UNKNOWN_PLACE)
    assert (answer.status, answer.reason) == ("abstained", "no_evidence")
    assert "Knollenveen" in answer.text
    assert f"{len(ARTICLES)} artikelen van 7 januari 2025 tot en met 27 november 2025" in answer.text
    assert 1 <= len(answer.nearest) <= 3
    assert [citation.number for citation in answer.nearest] == list(range(1, len(answer.nearest) + 1))


def test_an_unknown_speaker_is_named_once(answerer: Answerer) -> None:
    answer = answerer.ask("Wat zei Willemijn Terhorst over storm Hedda?")
    assert answer.status == "abstained"
    assert answer.text.count("Terhorst") == 1


def test_as_of_hides_what_was_published_later(answerer: Answerer, library: Library) -> None:
    answer = answerer.ask(BRIDGE, filters=Filters(as_of=date(2025, 2, 1)))
    assert_laws(answer, library)
    assert answer.status == "answered"
    assert "3,2 miljoen" in answer.text and "8,9" not in answer.text
    assert {citation.published for citation in answer.citations} == {"2025-01-07"}


def test_since_hides_what_was_published_earlier(answerer: Answerer) -> None:
    answer = answerer.ask(BRIDGE, filters=Filters(since=date(2025, 3, 1)))
    assert "8,9 miljoen" in answer.text
    assert {citation.published for citation in answer.citations} == {"2025-03-19"}


@pytest.mark.parametrize(
    "filters",
    [
        Filters(as_of=date(2024, 2, 1)),
        Filters(since=date(2025, 10, 1)),
        Filters(until=date(2024, 12, 31)),
        Filters(sources=("Krant die er niet is",)),
    ],
)
def test_evidence_only_outside_the_limits_is_said_to_be_there(
    answerer: Answerer, library: Library, filters: Filters
) -> None:
    answer = answerer.ask(INHABITANTS, filters=filters)
    assert_laws(answer, library)
    assert (answer.status, answer.reason) == ("abstained", "outside_dates")
    assert "47.000" not in answer.text


def test_only_the_articles_that_are_allowed_are_cited(answerer: Answerer, library: Library) -> None:
    (early,) = [article for article in library.articles() if article.source.endswith("hanzebrug-dicht.md")]
    answer = answerer.ask(BRIDGE, only=frozenset({early.id}))
    assert {citation.article_id for citation in answer.citations} == {early.id}
    assert answer.disagreements == ()


def test_a_supported_sentence_of_the_model_is_shown_with_its_source(library: Library, encoder: Encoder) -> None:
    model = MadeModel(supported)
    answer = Answerer(library, encoder, model).ask(INHABITANTS)
    assert_laws(answer, library)
    assert answer.text == "Veenhorst krijgt ruim 47.000 inwoners. [1]"
    assert (answer.status, answer.composed_by, answer.backend, answer.model) == ("answered", "made", "made", "made 1")
    assert "47.000" in answer.citations[0].quote
    assert (answer.withheld, answer.discarded, answer.complete) == ((), (), True)
    assert answer.prompt
    assert all(stream.closed for stream in model.streams)


def test_a_sentence_without_marks_gets_the_source_that_supports_it(library: Library, encoder: Encoder) -> None:
    answer = Answerer(library, encoder, MadeModel(without_marks)).ask(INHABITANTS)
    assert_laws(answer, library)
    assert answer.status == "answered" and answer.composed_by == "made"
    assert "47.000" in answer.citations[answer.sentences[0].citations[0] - 1].quote


def test_an_invented_number_is_never_shown_and_quotations_take_its_place(library: Library, encoder: Encoder) -> None:
    answer = Answerer(library, encoder, MadeModel(invented)).ask(INHABITANTS)
    assert_laws(answer, library)
    assert "52.000" not in answer.text and "47.000" in answer.text
    assert (answer.status, answer.composed_by) == ("answered", "none")
    assert [sentence.text for sentence in answer.discarded] == ["Veenhorst krijgt ruim 52.000 inwoners."]
    assert answer.discarded[0].problems
    assert answer.as_json()["discarded"] == 1 and answer.as_json()["withheld"] == 0


def test_an_invented_sentence_beside_a_supported_one_is_withheld_and_counted(
    library: Library, encoder: Encoder
) -> None:
    answer = Answerer(library, encoder, MadeModel(partly_invented)).ask(INHABITANTS)
    assert_laws(answer, library)
    assert answer.text == "Veenhorst krijgt ruim 47.000 inwoners. [1]"
    assert answer.status == "partial"
    assert [sentence.text for sentence in answer.withheld] == ["Daarvan wonen er 33.000 in een flat."]
    assert answer.as_json()["withheld"] == 1


def test_show_unverified_keeps_the_sentence_marked_and_uncited(library: Library, encoder: Encoder) -> None:
    answer = Answerer(library, encoder, MadeModel(partly_invented)).ask(INHABITANTS, show_unverified=True)
    assert_laws(answer, library)
    assert answer.status == "partial" and answer.withheld == ()
    good, bad = answer.sentences
    assert (good.verified, bad.verified) == (True, False)
    assert bad.text == "Daarvan wonen er 33.000 in een flat."
    assert bad.citations == () and bad.problems


@pytest.mark.parametrize("refusal", ["GEEN ANTWOORD", "NO ANSWER", "Geen antwoord."])
def test_a_model_that_sees_no_answer_is_replaced_by_quotations(
    library: Library, encoder: Encoder, refusal: str
) -> None:
    answer = Answerer(library, encoder, MadeModel(lambda _: [refusal])).ask(INHABITANTS)
    assert_laws(answer, library)
    assert (answer.status, answer.composed_by) == ("answered", "none")
    assert "47.000" in answer.text and refusal.rstrip(".") not in answer.text


def test_a_reply_that_breaks_off_is_partial_where_some_of_it_stood(library: Library, encoder: Encoder) -> None:
    def broken(shown: Shown) -> list[str]:
        return [*supported(shown), " Het gemeentehuis komt in"]

    answer = Answerer(library, encoder, MadeModel(broken, complete=False)).ask(INHABITANTS)
    assert_laws(answer, library)
    assert answer.sentences[0].text == "Veenhorst krijgt ruim 47.000 inwoners."
    assert (answer.status, answer.complete) == ("partial", False)


def test_a_reply_that_breaks_off_at_once_leaves_complete_quotations(library: Library, encoder: Encoder) -> None:
    answer = Answerer(library, encoder, MadeModel(lambda _: [], complete=False)).ask(INHABITANTS)
    assert_laws(answer, library)
    assert (answer.status, answer.complete, answer.composed_by) == ("answered", True, "none")


def test_a_mark_of_a_source_that_was_not_shown_never_reaches_the_answer(library: Library, encoder: Encoder) -> None:
    answer = Answerer(library, encoder, MadeModel(lambda _: ["Veenhorst krijgt ruim 47.000 inwoners. [987]"])).ask(
        INHABITANTS
    )
    assert_laws(answer, library)
    assert "987" not in answer.text and "47.000" in answer.text


def test_the_model_is_not_asked_where_the_articles_have_nothing(library: Library, encoder: Encoder) -> None:
    model = MadeModel(lambda _: ["Er moesten 300 inwoners weg. [1]"])
    answer = Answerer(library, encoder, model).ask(UNKNOWN_PLACE)
    assert answer.status == "abstained" and model.prompts == []
    assert (answer.backend, answer.composed_by) == ("made", "none")


@pytest.mark.parametrize("reply", [None, supported, partly_invented, invented])
def test_sentences_are_told_in_order_with_their_new_citations(
    library: Library, encoder: Encoder, reply: Reply | None
) -> None:
    told: list[AnswerSentence] = []
    cited: list[Citation] = []
    steps: list[str] = []

    def hear(sentence: AnswerSentence, new: tuple[Citation, ...]) -> None:
        told.append(sentence)
        cited.extend(new)

    answer = Answerer(library, encoder, MadeModel(reply) if reply else None).ask(
        INHABITANTS, on_sentence=hear, on_status=steps.append
    )
    assert tuple(told) == answer.sentences
    assert tuple(cited) == answer.citations
    assert steps == ["searching", *(["reading", "writing"] if reply else []), "checking"]


def test_a_complete_question_is_not_changed_by_what_came_before(answerer: Answerer, library: Library) -> None:
    first = answerer.ask(INHABITANTS)
    exchange = Exchange(first.question, first.standalone_question, first)
    answer = answerer.ask(GUST, history=[exchange])
    assert_laws(answer, library)
    assert answer.standalone_question == GUST
    assert "131 kilometer per uur" in answer.text


def test_an_article_that_was_removed_is_never_cited_again(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    with Library.open(shutil.copytree(folder, tmp_path / "library"), writable=True) as library:
        answerer = Answerer(library, encoder)
        before = answerer.ask(BRIDGE)
        (late,) = [article for article in library.articles() if article.source.endswith("hanzebrug-duurder.md")]
        assert late.id in {citation.article_id for citation in before.citations}
        assert library.remove(late.id)
        after = answerer.ask(BRIDGE)
        assert_laws(after, library)
        assert after.status == "answered" and "3,2 miljoen" in after.text
        assert late.id not in {citation.article_id for citation in (*after.citations, *after.nearest)}
        assert answerer.article(late.id) is None
        assert after.articles_in_library == len(ARTICLES) - 1


def test_an_empty_library_says_that_it_is_empty(tmp_path: Path, encoder: Encoder) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        add(library, encoder, [])
        model = MadeModel(lambda _: ["Het kost 3 euro. [1]"])
        answer = Answerer(library, encoder, model).ask(BRIDGE)
        assert_laws(answer, library)
        assert (answer.status, answer.reason, answer.nearest) == ("abstained", "empty_library", ())
        assert answer.text == "Er staan nog geen artikelen in de bibliotheek."
        assert model.prompts == []


def test_c5_an_answer_records_what_it_was_made_from(library: Library, encoder: Encoder) -> None:
    """Model, weights, wording, passages sent and dropped, tokens and how it ended, also where it was cut off (C5)."""
    model = MadeModel(supported)
    answer = Answerer(library, encoder, model).ask("Hoeveel inwoners krijgt de gemeente Veenhorst?").as_json()
    used, found = answer["retrieval"]["passages_used"], answer["retrieval"]["passages_found"]
    assert 1 <= used <= found <= answer["retrieval"]["passages_considered"]
    assert answer["llm"] == {
        "backend": "made",
        "model": "made 1",
        "composed_by": "made",
        "prompt": answer["llm"]["prompt"],
        "fingerprint": "0123",
        "done_reason": "stop",
        "prompt_tokens": 100,
        "invalid_markers": 0,
        "problem": None,
    }
    assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]{12}", answer["llm"]["prompt"])
    cut = MadeModel(supported, complete=False)
    answer = Answerer(library, encoder, cut).ask("Hoeveel inwoners krijgt de gemeente Veenhorst?").as_json()
    assert (answer["complete"], answer["llm"]["done_reason"]) == (False, "aborted")
    assert answer["llm"]["problem"] == "the connection was closed"
    none = Answerer(library, encoder).ask("Hoeveel inwoners krijgt de gemeente Veenhorst?").as_json()
    assert none["llm"]["done_reason"] is None and none["llm"]["prompt_tokens"] == 0


def test_each_thing_asked_is_answered_by_itself(answerer: Answerer, library: Library) -> None:
    answer = answerer.ask("Sinds wanneer is de Hanzebrug dicht en hoe hard was de windstoot bij storm Hedda?")
    assert_laws(answer, library)
    assert answer.unanswered == () and answer.message == ""
    sources = {Path(citation.source).name for citation in answer.citations}
    assert "hanzebrug-dicht.md" in sources and sources & {"storm-hedda-eerste.txt", "storm-hedda-dagblad.md"}
    assert answer.text.index("dinsdagochtend") < answer.text.index("kilometer per uur")


def test_what_the_articles_leave_open_of_a_question_is_said(answerer: Answerer, library: Library) -> None:
    answer = answerer.ask("Sinds wanneer is de Hanzebrug dicht en hoeveel inwoners van Knollenveen zijn er boos?")
    assert_laws(answer, library)
    assert answer.status == "partial"
    assert answer.unanswered == ("hoeveel inwoners van Knollenveen zijn er boos?",)
    assert answer.message == "Hierop geven de artikelen geen antwoord: hoeveel inwoners van Knollenveen zijn er boos?"
    assert answer.as_json()["unanswered"] == list(answer.unanswered)
    assert {Path(citation.source).name for citation in answer.citations} == {"hanzebrug-dicht.md"}


def test_a_follow_up_is_answered_without_the_question_before_it(answerer: Answerer, library: Library) -> None:
    first = answerer.ask("Sinds wanneer is de Hanzebrug dicht?")
    history = [Exchange(first.question, first.standalone_question, first)]
    answer = answerer.ask("En hoe hard was de windstoot bij storm Hedda daar?", history=history)
    assert_laws(answer, library)
    assert answer.standalone_question.startswith("Sinds wanneer is de Hanzebrug dicht? En hoe hard")
    assert "kilometer per uur" in answer.text and not set(first.text.split(". ")) & set(answer.text.split(". "))
    unknown = answerer.ask("En hoeveel inwoners van Knollenveen zijn daar boos over?", history=history)
    assert unknown.status == "abstained" and not unknown.citations


def test_what_one_part_cites_of_its_disagreement_does_not_weigh_for_the_next(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cited_before = []

    def recorded(evidence: Evidence, cited: Sequence[SourceSentence], *rest: Any) -> list[Difference]:
        cited_before.append([source.key for source in cited])
        return find(evidence, cited, *rest)

    monkeypatch.setattr("qa.answering.find", recorded)
    answer = answerer.ask("Hoeveel kost het herstel van de Hanzebrug en hoeveel inwoners krijgt de gemeente Veenhorst?")
    assert len(cited_before) == 2 and cited_before[0] == cited_before[1]
    assert answer.disagreements and len(answer.citations) > len(cited_before[0])


def test_a_base_model_may_shorten_a_sentence_and_no_more(library: Library, encoder: Encoder) -> None:
    class Base(MadeModel):
        instruction_tuned = False

    question = "Hoeveel inwoners krijgt de gemeente Veenhorst?"
    for reply in ("Ruim 47.000 inwoners.", "Veenhorst is de grootste gemeente, met 47.000 inwoners."):
        answer = Answerer(library, encoder, Base(lambda _, reply=reply: [reply])).ask(question)
        assert (answer.composed_by, len(answer.discarded)) == ("none", 1)
    whole = answer.citations[0].quote
    answer = Answerer(library, encoder, Base(lambda _: [whole])).ask(question)
    assert (answer.composed_by, answer.sentences[0].text) == ("made", whole)


def test_a_models_refusal_counts_unless_the_sources_plainly_say_it(library: Library, encoder: Encoder) -> None:
    left_open = "Hoeveel leden telt de vakbond bij Kolderink?"
    plain = "Hoeveel inwoners krijgt de gemeente Veenhorst?"
    refusing = Answerer(library, encoder, MadeModel(lambda _: ["GEEN ANTWOORD"]))
    assert Answerer(library, encoder).ask(left_open).status == "answered"
    answer = refusing.ask(left_open)
    assert_laws(answer, library)
    assert (answer.status, answer.reason, answer.sentences) == ("abstained", "no_evidence", ())
    assert answer.message.startswith("Het taalmodel vindt hierop geen antwoord") and answer.nearest
    assert (answer.as_json()["llm"]["done_reason"], answer.composed_by) == ("stop", "made")
    answer = refusing.ask(plain)
    assert (answer.status, answer.composed_by) == ("answered", "none")
    assert "47.000" in answer.text


def test_the_refusal_of_a_base_model_or_a_small_one_is_not_believed(library: Library, encoder: Encoder) -> None:
    class Base(MadeModel):
        instruction_tuned = False

    class Small(MadeModel):
        name = "qwen2.5:1.5b-instruct"

    for model in (Base, Small):
        answer = Answerer(library, encoder, model(lambda _: ["GEEN ANTWOORD"])).ask(
            "Hoeveel leden telt de vakbond bij Kolderink?"
        )
        assert (answer.status, answer.composed_by) == ("answered", "none")


def test_a_small_model_may_shorten_a_sentence_and_no_more(library: Library, encoder: Encoder) -> None:
    class Small(MadeModel):
        name = "qwen2.5:1.5b-instruct"

    class Large(MadeModel):
        name = "qwen2.5:7b-instruct"

    question = "Hoeveel inwoners krijgt de gemeente Veenhorst?"
    answer = Answerer(library, encoder, Large(supported)).ask(question)
    assert (answer.composed_by, answer.text) == ("made", "Veenhorst krijgt ruim 47.000 inwoners. [1]")
    reworded = Answerer(library, encoder, Small(lambda _: ["Ruim 47.000 mensen telt Veenhorst straks."])).ask(question)
    assert (reworded.composed_by, len(reworded.discarded)) == ("none", 1)
    whole = reworded.citations[0].quote
    answer = Answerer(library, encoder, Small(lambda _: [whole])).ask(question)
    assert (answer.composed_by, answer.sentences[0].text) == ("made", whole)


def test_what_a_small_model_leaves_out_is_quoted(library: Library, encoder: Encoder) -> None:
    def partly(shown: Shown) -> list[str]:
        return [*copied(shown), " De burgemeester heet Jansma."]

    small = MadeModel(partly)
    small.name = "made-1.5b"
    answer = Answerer(library, encoder, small).ask(INHABITANTS)
    assert_laws(answer, library)
    assert (answer.status, answer.composed_by, answer.withheld) == ("answered", "made", ())
    assert [sentence.text for sentence in answer.discarded] == ["De burgemeester heet Jansma."]
    quoted = Answerer(library, encoder).ask(INHABITANTS)
    cited = {(citation.article_id, citation.start) for citation in answer.citations}
    assert {(citation.article_id, citation.start) for citation in quoted.citations} <= cited


@pytest.mark.parametrize(("reason", "status"), [("length", "answered"), ("aborted", "partial")])
def test_the_limit_of_a_small_models_reply_costs_nothing_of_the_answer(
    library: Library, encoder: Encoder, reason: str, status: str
) -> None:
    class Cut(MadeModel):
        name = "made-1.5b"

        def stream(self, messages: Sequence[Message], options: GenerationOptions) -> MadeStream:
            stream = super().stream(messages, options)
            stream.done_reason = reason
            return stream

    answer = Answerer(library, encoder, Cut(copied, complete=False)).ask(INHABITANTS)
    assert_laws(answer, library)
    assert (answer.status, answer.complete) == (status, status == "answered")
    assert answer.generation is not None and answer.generation.done_reason == reason
