"""What a model is asked always fits its window, and never loses what matters (L1)."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from ollama_double import OllamaDouble, model, tokens
from test_language_models_openai import Double as OpenAIDouble

from embeddings.records import Article, Hit, Passage, PublicationDate, Sentence
from qa.answer import SourceSentence
from qa.errors import GenerationFailed
from qa.evidence import Evidence, Features, Weighed
from qa.language_models.ollama import OllamaModel
from qa.language_models.ollama_server import OllamaServer
from qa.language_models.openai import OpenAIModel
from qa.model_request import CONTEXT_TOKENS, REPLY_TOKENS, request_for
from qa.question_shape import shape_of
from qa.writing import write

QUESTION = "Hoeveel schapen telt de kudde van Lienderveld?"
SHAPE = shape_of(QUESTION, "nl", lambda *_: [])
BEST = "De kudde van Lienderveld telt 214 schapen."
WORDS = (
    "de kudde telt schapen volgens herder Wobke Talsma in Lienderveld dinsdag 3.412 euro begroting één café "
    "部长会议 周五 привет 😀 👩‍👩‍👧 नमस्ते <|im_end|> [3] Overheidscommunicatiemedewerkers"
).split()


def evidence_of(passages: list[list[str]], order: random.Random | None = None) -> Evidence:
    """Evidence over passages of given sentences; the first sentence of the first passage is the best one."""
    weighed = []
    for place, texts in enumerate(passages):
        article = Article(
            " ".join(texts), f"/{place}.txt", f"Titel {place}", PublicationDate("2024-05-06", "field"), language="nl"
        )
        sentences, start = [], 0
        for text in texts:
            sentences.append(Sentence(start, start + len(text)))
            start += len(text) + 1
        hit = Hit(article, Passage(article.id, 0, tuple(sentences), ""), 0.9, 0.9, 1.0, (0.5,) * len(texts))
        for index in range(len(texts)):
            score = order.random() if order else -place - index / 100
            score = 10.0 if place == index == 0 else score
            source = SourceSentence(hit, index, 0.5)
            weighed.append(Weighed(source, Features(0.9, 0.9, 1, 1, 1, 1, 0, 0), score, ()))
    return Evidence(SHAPE, tuple(sorted(weighed, key=lambda item: -item.score)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, Evidence, str]:
    """A window, passages of any size in any script, and a question of some length."""
    order = random.Random(draw(st.integers(0, 1 << 30)))
    passages = [
        [" ".join(order.choices(WORDS, k=order.randint(1, order.choice((8, 40, 150))))) for _ in range(length)]
        for length in draw(st.lists(st.integers(1, 12), min_size=1, max_size=12))
    ]
    passages[0][0] = BEST
    question = QUESTION + " " + " ".join(order.choices(WORDS, k=draw(st.integers(0, 60))))
    return draw(st.sampled_from((1024, 1536, 2048, 4096, 8192, 32768))), evidence_of(passages, order), question


@pytest.fixture(scope="module")
def double():
    with OllamaDouble(model("made:1b", context=32768), reply=("De kudde telt 214 schapen. [1]",)) as made:
        yield made


@pytest.fixture(scope="module")
def server(double):
    made = OllamaServer(double.url)
    yield made
    made.close()


def keeps_the_law(double: OllamaDouble, server: OllamaServer, window: int, evidence: Evidence, question: str) -> None:
    asked = OllamaModel(server, "made:1b", window=window)
    double.prompts.clear()
    double.requests.clear()
    draft = write(asked, question, "nl", evidence, lambda *_: None)
    (body,) = double.bodies("/api/chat")
    (prompt,) = double.prompts
    assert not draft.failed and draft.complete and draft.generation.problem == ""
    assert body["options"]["num_ctx"] == window and body["truncate"] is False and body["shift"] is False
    assert draft.generation.prompt_tokens == len(tokens(prompt)) <= window - REPLY_TOKENS
    assert "GEEN ANTWOORD" in prompt and QUESTION in prompt and f"] {BEST}\n" in prompt
    found = len({id(item.source.hit) for item in evidence.weighed})
    shown = set(re.findall(r"^# Titel (\d+)", prompt, re.M))
    assert 1 <= draft.passages_used == len(shown) <= found


@seed(20261122)
@settings(max_examples=25)
@given(case=cases())
def test_prompt_and_reply_fit_the_window_and_rules_question_and_best_sentence_are_there(double, server, case) -> None:
    keeps_the_law(double, server, *case)


@pytest.mark.long
@settings(max_examples=500, print_blob=True)
@given(case=cases())
def test_so_for_five_hundred_prompts(double, server, case) -> None:
    keeps_the_law(double, server, *case)


def test_everything_is_shown_where_there_is_room(server) -> None:
    passages = [[f"Zin {place} van stuk {part} gaat over schapen." for place in range(2)] for part in range(8)]
    request = request_for(OllamaModel(server, "made:1b"), QUESTION, "nl", evidence_of(passages))
    assert (request.passages, request.found, len(request.shown)) == (8, 8, 16)
    assert [source.text for source in request.shown] == [text for passage in passages for text in passage]


def test_ollama_and_an_openai_compatible_server_are_asked_the_same(server) -> None:
    """So that what one of them answers stands for the other, with the same weights."""
    with OpenAIDouble(models=({"id": "made", "max_model_len": 8192},)) as other:
        asked = (OllamaModel(server, "made:1b"), OpenAIModel(other.url))
        for seed_ in range(5):
            evidence = evidence_of(
                [[BEST, "De herder zweeg."], *[[f"Zin {n} van {seed_}."] * 3 for n in range(seed_ * 3)]]
            )
            first, second = (request_for(one, QUESTION, "nl", evidence) for one in asked)
            assert first.messages == second.messages and first.shown == second.shown
            assert (first.options.temperature, first.options.max_tokens) == (0.0, REPLY_TOKENS)
            assert (second.options.temperature, second.options.seed) == (0.0, first.options.seed)


def test_a_model_on_this_machine_is_shown_what_it_can_read_in_time(server) -> None:
    class Slow(OllamaModel):
        backend = "local"

    passages = [[f"Zin {place} van stuk {part} gaat over schapen." for place in range(12)] for part in range(8)]
    slow = Slow(server, "made:1b")
    request = request_for(slow, QUESTION, "nl", evidence_of(passages))
    assert 1 < request.passages < request.found == 8
    assert sum(slow.count_tokens(source.text) for source in request.shown) <= CONTEXT_TOKENS["local"]


def test_a_sentence_comes_with_the_one_after_it_under_its_articles_heading(server) -> None:
    passages = [["Eerste zin hier.", "Tweede zin hier.", "Derde zin hier."], ["Vierde zin hier.", "Vijfde zin hier."]]
    asked = OllamaModel(server, "made:1b")
    (_, user) = request_for(asked, QUESTION, "nl", evidence_of(passages)).messages
    lines = [line for line in user.content.splitlines() if line.startswith(("#", "["))]
    assert lines == [
        "# Titel 0 (2024-05-06)",
        "[1] Eerste zin hier.",
        "[2] Tweede zin hier.",
        "[3] Derde zin hier.",
        "# Titel 1 (2024-05-06)",
        "[4] Vierde zin hier.",
        "[5] Vijfde zin hier.",
    ]


def test_the_prompt_begins_alike_for_every_question(server) -> None:
    """So that a model reads the rules once."""
    asked = OllamaModel(server, "made:1b")
    first = request_for(asked, QUESTION, "nl", evidence_of([["Eerste zin hier."]])).messages
    second = request_for(asked, "Wanneer dan?", "nl", evidence_of([["Andere zin hier."]])).messages
    assert first[0] == second[0] and first[1] != second[1]


@pytest.mark.parametrize("tuned", [True, False])
def test_a_question_beyond_the_window_is_refused_with_its_reason(server, tuned) -> None:
    asked = OllamaModel(server, "made:1b", window=1024)
    asked.instruction_tuned = tuned
    with pytest.raises(GenerationFailed) as caught:
        request_for(asked, "Waarom " * 2000, "nl", evidence_of([["Eerste zin hier.", "Tweede zin."]]))
    assert caught.value.cause == "the question does not fit into the model's window of 1024 tokens"


def test_a_base_model_gets_less_where_its_window_is_small(server) -> None:
    asked = OllamaModel(server, "made:1b", window=1024)
    asked.instruction_tuned = False
    (message,) = request_for(
        asked, QUESTION, "nl", evidence_of([["Het beste staat hier.", "Veel woorden " * 900, "Kort."]])
    ).messages
    assert "Het beste staat hier." in message.content and "Veel woorden" not in message.content
    assert "Kort." in message.content


def test_control_tokens_in_a_question_are_taken_apart(server) -> None:
    asked = OllamaModel(server, "made:1b")
    messages = request_for(asked, "Hoe <|im_end|> dan? [7]", "nl", evidence_of([["Eerste zin hier."]])).messages
    assert not set("<>") & set("".join(message.content for message in messages))
    assert "Vraag: Hoe ‹¦im_end¦› dan? (7)" in messages[-1].content
