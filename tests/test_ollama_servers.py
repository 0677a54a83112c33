"""What any Ollama server does, the double and a real one alike; set OLLAMA_HOST to include yours."""

import time

import pytest
from ollama_servers import SERVERS, serving

from qa.errors import GenerationFailed, ModelUnavailable
from qa.language_models import GenerationOptions, Message
from qa.language_models.ollama import OllamaModel, pick_model
from qa.language_models.ollama_server import OllamaServer

ASK = [
    Message("system", "Antwoord alleen met wat in de bronnen staat."),
    Message("user", "[1] Het kabinet stemde in.\n[2] Het gaat in op 1 januari 2023.\nWanneer gaat het in?"),
]


@pytest.fixture(params=SERVERS)
def asked(request):
    with serving(request.param) as (url, name):
        server = OllamaServer(url)
        yield OllamaModel(server, pick_model(server, name).name, window=2048)
        server.close()


def test_a_reply_comes_in_pieces_and_ends_complete(asked):
    stream = asked.stream(ASK, GenerationOptions(max_tokens=120))
    text = "".join(stream)
    assert "1 januari" in text
    assert (stream.complete, stream.done_reason, stream.problem) == (True, "stop", "")
    assert 20 < stream.prompt_tokens < asked.context_window
    assert asked.is_loaded()


def test_our_count_of_tokens_is_never_below_the_servers(asked):
    stream = asked.stream(ASK, GenerationOptions(max_tokens=1))
    list(stream)
    # What the server's own layout of the conversation adds is not in ours.
    assert stream.prompt_tokens <= sum(asked.count_tokens(message.content) for message in ASK) + 48


def test_a_limit_ends_the_reply_and_is_reported(asked):
    stream = asked.stream(ASK, GenerationOptions(max_tokens=2))
    list(stream)
    assert (stream.complete, stream.done_reason) == (False, "length")


def test_a_prompt_that_is_too_long_is_refused_and_the_next_one_works(asked):
    with pytest.raises(GenerationFailed, match="the prompt is too long for the model"):
        asked.stream([Message("user", "Het regent vandaag in Utrecht. " * 2000)], GenerationOptions(max_tokens=5))
    assert "".join(asked.stream(ASK, GenerationOptions(max_tokens=20)))


def test_a_model_that_is_not_there_is_named_with_the_command_that_fetches_it(asked):
    with pytest.raises(ModelUnavailable) as caught:
        OllamaModel(asked._server, "bestaat-niet:1b")
    assert str(caught.value) == "Ollama has no model bestaat-niet:1b; fetch it with `ollama pull bestaat-niet:1b`"


def test_closing_the_stream_frees_the_server_at_once(asked):
    iterator = iter(stream := asked.stream([Message("user", "Tel tot duizend.")], GenerationOptions(max_tokens=500)))
    next(iterator)
    stream.close()
    began = time.monotonic()
    assert "".join(asked.stream(ASK, GenerationOptions(max_tokens=5)))
    assert time.monotonic() - began < 30
