"""Ollama against a server that behaves, and misbehaves, as real versions do."""

import json
import os
import socket
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ollama_double import FAULTS, STREAM_FAULTS, OllamaDouble, model, tokens

from qa.errors import GenerationFailed, LanguageModelError, ModelRefused, ModelUnavailable
from qa.language_models import GenerationOptions, Message
from qa.language_models.ollama import OllamaModel, pick_model
from qa.language_models.ollama_server import OllamaServer, full_name, ollama_endpoint

ASK = [
    Message("system", "Antwoord alleen met wat in de bronnen staat."),
    Message("user", "[1] Het kabinet stemde in.\n[2] Het gaat in op 1 januari 2023.\nWanneer gaat het in?"),
]


def open_model(double, name="qwen2.5:3b", **more):
    server = OllamaServer(double.url, idle_seconds=more.pop("idle_seconds", 5.0), **more.pop("server", {}))
    return OllamaModel(server, name, **more)


def test_a_reply_comes_in_pieces_and_ends_complete():
    with OllamaDouble() as double:
        stream = open_model(double).stream(ASK, GenerationOptions(max_tokens=80, seed=7, stop=("\n\n",)))
        assert list(stream) == ["Het ", "gaat ", "in ", "op 1 januari 2023. [2]"]
        assert (stream.complete, stream.done_reason, stream.problem) == (True, "stop", "")
        assert stream.prompt_tokens == len(tokens("\n".join(message.content for message in ASK)))
        (body,) = double.bodies("/api/chat")
        assert body["truncate"] is False
        assert body["shift"] is False
        assert body["keep_alive"] == "10m"
        assert body["options"] == {
            "num_ctx": 8192,
            "num_predict": 80,
            "temperature": 0.0,
            "seed": 7,
            "stop": ["\n\n"],
        }


def test_the_window_is_the_models_own_where_that_is_smaller():
    with OllamaDouble(model("smollm2:135m", context=2048)) as double:
        small = open_model(double, "smollm2:135m")
        assert small.context_window == 2048
        list(small.stream(ASK, GenerationOptions()))
        assert double.bodies("/api/chat")[0]["options"]["num_ctx"] == 2048


@pytest.mark.parametrize("version", ["0.24.0", "0.33.0-rc2"])
def test_a_prompt_that_is_too_long_is_refused_and_never_cut(version):
    with OllamaDouble(version=version) as double:
        long = [ASK[0], Message("user", "Het regent vandaag in Utrecht. " * 4000)]
        with pytest.raises(GenerationFailed) as caught:
            open_model(double).stream(long, GenerationOptions())
        assert caught.value.cause.startswith("the prompt is too long for the model: ")
        assert "{" not in caught.value.cause
        assert caught.value.remedy == "ask with fewer passages: a smaller --top-k"
        assert double.prompts == []


@pytest.mark.parametrize("version", ["0.11.0", "0.12.0"])
def test_an_old_server_that_cuts_to_the_window_is_found_out(version):
    with OllamaDouble(version=version) as double:
        stream = open_model(double, window=2048).stream(
            [ASK[0], Message("user", "Het regent vandaag in Utrecht. " * 600)], GenerationOptions()
        )
        list(stream)
        assert stream.prompt_tokens == 2048
        assert stream.problem == "the server read only part of the prompt; update Ollama, or ask with fewer passages"


def test_a_server_that_cuts_to_half_the_window_is_found_out(monkeypatch):
    with OllamaDouble(version="0.33.0") as double:
        cutting = open_model(double, window=2048)
        body = cutting._body
        monkeypatch.setattr(cutting, "_body", lambda *given: {**body(*given), "truncate": True})
        stream = cutting.stream([ASK[0], Message("user", "Het regent in Utrecht. " * 300)], GenerationOptions())
        list(stream)
        assert 1000 < stream.prompt_tokens < 1100
        assert stream.problem.startswith("the server read only part of the prompt")


def test_a_prompt_that_fits_raises_no_alarm_at_any_length():
    with OllamaDouble() as double:
        honest = open_model(double)
        for repeat in (1, 3, 10, 50, 200, 500):
            stream = honest.stream([ASK[0], Message("user", "Het regent in Utrecht. " * repeat)], GenerationOptions())
            list(stream)
            assert stream.problem == ""


def test_a_reply_cut_off_by_its_limit_is_not_complete():
    with OllamaDouble() as double:
        stream = open_model(double).stream(ASK, GenerationOptions(max_tokens=2))
        assert "".join(stream) == "Het gaat "
        assert (stream.complete, stream.done_reason) == (False, "length")
        assert stream.problem == "the reply reached its maximum length and was cut off there"


def test_thoughts_are_kept_apart_in_their_field_and_in_the_text():
    reply = (("laat me denken", ""), "<thi", "nk>bron 2 ", "zegt</th", "ink>\n\nHet gaat in.")
    with OllamaDouble(model("qwen3:4b", capabilities=("completion", "thinking")), reply=reply) as double:
        stream = open_model(double, "qwen3:4b").stream(ASK, GenerationOptions())
        assert "".join(stream) == "Het gaat in."
        assert double.bodies("/api/chat")[0]["think"] is False


def test_a_model_without_thinking_is_not_asked_about_it():
    with OllamaDouble() as double:
        list(open_model(double).stream(ASK, GenerationOptions()))
        assert "think" not in double.bodies("/api/chat")[0]


def test_a_base_model_gets_plain_text_to_continue():
    with OllamaDouble(model("qwen2.5:3b-base", template="{{ .Prompt }}")) as double:
        base = open_model(double, "qwen2.5:3b-base")
        assert not base.instruction_tuned
        assert "".join(base.stream([Message("user", "Bron: x\nAntwoord:")], GenerationOptions())).startswith("Het")
        (body,) = double.bodies("/api/generate")
        assert (body["prompt"], body["raw"], body["truncate"]) == ("Bron: x\nAntwoord:", True, False)


def test_a_schema_is_passed_on():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    with OllamaDouble() as double:
        list(open_model(double).stream(ASK, GenerationOptions(schema=json.dumps(schema))))
        assert double.bodies("/api/chat")[0]["format"] == schema


def test_closing_the_stream_stops_the_server():
    with OllamaDouble(reply=("woord ",) * 20_000) as double:
        double.delay = 0.005
        stream = open_model(double).stream(ASK, GenerationOptions(max_tokens=5000))
        iterator = iter(stream)
        assert next(iterator) == "woord "
        stream.close()
        stream.close()
        assert list(iterator) == []
        assert double.disconnected.wait(20)
        assert (stream.complete, stream.done_reason) == (False, "aborted")


def test_whether_the_model_is_in_memory_is_the_servers_word():
    with OllamaDouble() as double:
        asked = open_model(double)
        assert not asked.is_loaded()
        list(asked.stream(ASK, GenerationOptions()))
        assert asked.is_loaded()
    assert asked.is_loaded()  # a server that has gone says why when it is asked


# What each fault is called, and whether it raises before a piece came or marks the reply as broken off.
BEFORE = {
    "404": (ModelUnavailable, "Ollama has no model qwen2.5:3b", "fetch it with `ollama pull qwen2.5:3b`"),
    "400 context": (GenerationFailed, "the prompt is too long", "fewer passages"),
    "429": (GenerationFailed, "too many requests", "wait a moment"),
    "500 memory": (GenerationFailed, "too little memory", "choose a smaller model"),
    "503": (GenerationFailed, "is busy or still loading", "wait a moment"),
    "html": (ModelUnavailable, "did not answer as a language model server does", "check that the address"),
    "redirect": (ModelRefused, "sends requests on to another address", "the model server itself"),
    "empty body": (GenerationFailed, "before the model said that it was finished", "ask again"),
    "slow first token": (GenerationFailed, "was silent for", "smaller model"),
}
AFTER = {
    "bad json line": "did not answer as a language model server does",
    "error mid-stream": "an error was encountered while running the model: unexpected EOF",
    "eof without done": "before the model said that it was finished",
    "reset": "broke off",
    "stall": "was silent for 0.5 seconds",
    "huge line": "a line of more than a megabyte",
}


def test_every_fault_has_its_expectation():
    assert set(BEFORE) | set(AFTER) == set(FAULTS)
    assert set(AFTER) == set(STREAM_FAULTS)


@pytest.mark.parametrize("fault", sorted(BEFORE))
def test_a_fault_before_the_first_piece_is_raised_with_cause_and_remedy(fault):
    kind, cause, remedy = BEFORE[fault]
    with OllamaDouble(fault=fault, seconds=60) as double:
        began = time.monotonic()
        with pytest.raises(LanguageModelError) as caught:
            open_model(double, idle_seconds=0.5).stream(ASK, GenerationOptions())
        assert isinstance(caught.value, kind)
        assert cause in caught.value.cause
        assert remedy in caught.value.remedy
        assert "\n" not in str(caught.value)
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("fault", sorted(AFTER))
def test_a_fault_after_it_keeps_what_came_and_marks_it_incomplete(fault):
    with OllamaDouble(fault=fault, seconds=60) as double:
        live = open_model(double, idle_seconds=0.5)
        began = time.monotonic()
        stream = live.stream(ASK, GenerationOptions())
        text = "".join(stream)
        assert text.startswith("Het ")
        assert (stream.complete, stream.done_reason) == (False, "aborted")
        assert AFTER[fault] in stream.problem
        assert "\n" not in stream.problem
        assert time.monotonic() - began < 20
        double.fault = ""
        again = live.stream(ASK, GenerationOptions())
        assert "".join(again) == "Het gaat in op 1 januari 2023. [2]"
        assert again.complete


@pytest.mark.parametrize("host", ["127.0.0.1:9", "127.9.9.9:11434", "[::1]:9"])
def test_a_server_that_is_not_there_is_named_at_once(host):
    began = time.monotonic()
    with pytest.raises(ModelUnavailable, match="no answer from Ollama at") as caught:
        pick_model(OllamaServer(host))
    assert "ollama serve" in caught.value.remedy
    assert time.monotonic() - began < 20


def test_a_server_that_takes_no_connections_is_given_up_after_three_seconds():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
            fillers.append(filler)
        began = time.monotonic()
        with pytest.raises(LanguageModelError) as caught:
            OllamaServer(f"127.0.0.1:{deaf.getsockname()[1]}", idle_seconds=0.5).models()
        assert time.monotonic() - began < 20
        assert "did not accept a connection" in caught.value.cause or "silent" in caught.value.cause
        for filler in fillers:
            filler.close()


def test_proxies_and_keys_of_the_environment_do_not_touch_a_local_server(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "socks5h://127.0.0.1:9" if "all" in name.lower() else "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("OLLAMA_API_KEY", "geheim")
    with OllamaDouble() as double:
        assert "".join(open_model(double).stream(ASK, GenerationOptions())).startswith("Het gaat")
        assert not any("authorization" in {name.lower() for name in sent} for sent in double.headers)


@pytest.mark.parametrize(
    "host",
    [
        "192.0.2.1",
        "http://192.0.2.1:11434",
        "ollama.example.com:443",
        "https://ollama.com",
        "[2001:db8::1]:1",
    ],
)
def test_a_server_elsewhere_is_refused_unless_allowed(host, monkeypatch):
    with pytest.raises(ModelRefused, match="not on this machine"):
        OllamaServer(host)
    monkeypatch.setenv("OLLAMA_HOST", host)
    with pytest.raises(ModelRefused, match="not on this machine"):
        OllamaServer()
    assert not OllamaServer(host, allow_remote=True).endpoint.is_loopback


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:1234", "http://127.0.0.1:1234"),
        ("http://0.0.0.0:1234/", "http://127.0.0.1:1234"),
        (":1234", "http://127.0.0.1:1234"),
        ("::", "http://[::1]:11434"),
        ("[::]:99", "http://[::1]:99"),
        ("localhost", "http://localhost:11434"),
        ("http://localhost", "http://localhost:80"),
        ("https://localhost", "https://localhost:443"),
        ("127.3.2.1", "http://127.3.2.1:11434"),
    ],
)
def test_listening_addresses_are_read_as_this_machine(written, url, monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", written)
    endpoint = ollama_endpoint()
    assert endpoint.url == url
    assert endpoint.is_loopback


@pytest.mark.parametrize("name", ["gpt-oss:120b-cloud", "kimi-k2:cloud", "DeepSeek-V3.1:671b-Cloud"])
def test_models_that_run_elsewhere_are_refused(name):
    with OllamaDouble(model(name.lower()), model("qwen2.5:3b")) as double:
        server = OllamaServer(double.url)
        with pytest.raises(ModelRefused, match="runs on other machines"):
            pick_model(server, name)
        with pytest.raises(ModelRefused, match="runs on other machines"):
            OllamaModel(server, name)
        assert pick_model(server).name == "qwen2.5:3b"
        assert double.bodies("/api/chat") == []


def test_a_model_that_the_server_marks_as_remote_is_refused_whatever_its_name():
    with OllamaDouble(model("mijn-model:latest", remote_host="https://ollama.com")) as double:
        server = OllamaServer(double.url)
        assert server.models() == ()
        with pytest.raises(ModelRefused):
            OllamaModel(server, "mijn-model:latest")


def test_the_model_asked_for_is_found_as_the_server_finds_it():
    with OllamaDouble(model("qwen2.5-coder:0.5b"), model("llama3.2:latest")) as double:
        server = OllamaServer(double.url)
        assert pick_model(server, "LLama3.2").name == "llama3.2:latest"
        assert pick_model(server, "registry.ollama.ai/library/llama3.2:latest").name == "llama3.2:latest"
        with pytest.raises(ModelUnavailable) as caught:
            pick_model(server, "qwen2.5-coder")
        assert caught.value.cause == "Ollama has no model qwen2.5-coder"
        assert (
            caught.value.remedy == "fetch it with `ollama pull qwen2.5-coder`, or use the installed qwen2.5-coder:0.5b"
        )


def test_the_best_installed_model_for_dutch_is_taken_and_never_one_that_makes_vectors():
    names = ("nomic-embed-text:latest", "tinyllama:1.1b", "qwen2.5-coder:7b", "gemma3:4b", "llama3.2:3b")
    entries = [model(name, capabilities=("embedding",) if "embed" in name else ("completion",)) for name in names]
    with OllamaDouble(*entries, version="0.33.0") as new, OllamaDouble(*entries, version="0.24.0") as old:
        assert pick_model(OllamaServer(new.url)).name == "gemma3:4b"
        assert pick_model(OllamaServer(old.url)).name == "gemma3:4b"
    with (
        OllamaDouble(entries[0]) as only_vectors,
        pytest.raises(ModelUnavailable, match="no model that writes"),
    ):
        pick_model(OllamaServer(only_vectors.url))


def test_an_embedding_model_asked_for_by_name_is_no_language_model():
    with (
        OllamaDouble(model("bge-m3:latest", family="bert", capabilities=("embedding",))) as double,
        pytest.raises(ModelUnavailable, match="makes vectors"),
    ):
        open_model(double, "bge-m3:latest")


def test_an_outdated_server_is_warned_about():
    with OllamaDouble(version="0.16.3") as double:
        assert open_model(double).warning.startswith("Ollama 0.16.3 is outdated")
    with OllamaDouble(version="0.17.1") as double:
        assert open_model(double).warning == ""


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
@settings(max_examples=200)
def test_full_names_are_stable(name):
    once = full_name(name)
    assert full_name(once) == once or "/" in name or ":" in name


def test_halves_of_characters_do_not_break_a_request():
    with OllamaDouble() as double:
        stream = open_model(double).stream([Message("user", "kapot \ud83d teken")], GenerationOptions())
        list(stream)
        assert stream.complete
        assert double.bodies("/api/chat")[0]["messages"][0]["content"] == "kapot ? teken"


def test_two_threads_can_ask_at_once():
    with OllamaDouble() as double:
        shared = open_model(double)
        results = []
        threads = [
            threading.Thread(target=lambda: results.append("".join(shared.stream(ASK, GenerationOptions()))))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == ["Het gaat in op 1 januari 2023. [2]"] * 4


def test_nothing_of_the_environment_is_left_over():
    assert "OLLAMA_API_KEY" not in os.environ
