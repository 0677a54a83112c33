"""Any OpenAI-compatible server, against a small one that speaks the protocol and breaks in its ways."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from qa.errors import GenerationFailed, LanguageModelError, ModelRefused, ModelUnavailable
from qa.language_models import GenerationOptions, Message
from qa.language_models.network import error_text
from qa.language_models.openai import OpenAIModel

ASK = [Message("system", "Regels."), Message("user", "Wanneer gaat het in?")]


class Double:
    """A server whose answers to a chat request are lines given beforehand."""

    def __init__(self, lines=(), status=200, body="", models=({"id": "een", "max_model_len": 4096}, {"id": "twee"})):
        self.lines, self.status, self.body, self.models = lines, status, body, models
        self.requests, self.headers = [], []
        self.hold = 0.0
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                double.headers.append(dict(self.headers))
                self._whole(200, json.dumps({"object": "list", "data": list(double.models)}))

            def do_POST(self):
                double.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                if double.status != 200:
                    self._whole(double.status, double.body)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                with contextlib.suppress(OSError):
                    for line in double.lines:
                        self.wfile.write(line.encode() + b"\n\n")
                        self.wfile.flush()
                    time.sleep(double.hold)
                self.close_connection = True

            def _whole(self, status, text):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def piece(text, reason=None, **more):
    return "data: " + json.dumps(
        {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]} | more
    )


USAGE = "data: " + json.dumps({"choices": [], "usage": {"prompt_tokens": 17, "completion_tokens": 3}})
GOOD = (": ping", piece(""), piece("Het "), piece("gaat in."), piece("", "stop"), USAGE, "data: [DONE]")


def test_a_reply_comes_in_pieces_with_its_usage():
    with Double(GOOD) as double:
        model = OpenAIModel(double.url, "een")
        stream = model.stream(ASK, GenerationOptions(max_tokens=50, seed=3, stop=("\n",)))
        assert list(stream) == ["Het ", "gaat in."]
        assert (stream.complete, stream.done_reason, stream.prompt_tokens) == (True, "stop", 17)
        (sent,) = double.requests
        assert sent == {
            "model": "een",
            "messages": [{"role": "system", "content": "Regels."}, {"role": "user", "content": ASK[1].content}],
            "max_tokens": 50,
            "temperature": 0.0,
            "seed": 3,
            "stop": ["\n"],
            "stream": True,
            "stream_options": {"include_usage": True},
        }


def test_the_window_and_the_name_are_the_servers():
    with Double(GOOD) as double:
        first = OpenAIModel(double.url)
        assert (first.name, first.context_window) == ("een", 4096)
        assert (OpenAIModel(f"{double.url}/v1", "twee").context_window) == 8192
        with pytest.raises(ModelUnavailable) as caught:
            OpenAIModel(double.url, "drie")
        assert caught.value.remedy == "choose one of: een, twee"


def test_a_key_comes_from_the_environment_only(monkeypatch):
    with Double(GOOD) as double:
        OpenAIModel(double.url)
        assert "Authorization" not in double.headers[-1]
        monkeypatch.setenv("OPENAI_API_KEY", "sleutel")
        OpenAIModel(double.url)
        assert double.headers[-1]["Authorization"] == "Bearer sleutel"


def test_a_schema_is_passed_on():
    with Double(GOOD) as double:
        list(OpenAIModel(double.url).stream(ASK, GenerationOptions(schema='{"type": "object"}')))
        assert double.requests[0]["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_reasoning_is_kept_apart():
    reasoning = "data: " + json.dumps({"choices": [{"delta": {"reasoning_content": "hm"}}]})
    lines = (reasoning, piece("<think>nog een</think>"), piece("Ja."), piece("", "stop"), "data: [DONE]")
    with Double(lines) as double:
        assert list(OpenAIModel(double.url).stream(ASK, GenerationOptions())) == ["Ja."]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ((piece("Het "),), "before the model said that it was finished"),
        ((piece("Het "), 'data: {"error": {"message": "CUDA out of memory"}}'), "CUDA out of memory"),
        ((piece("Het "), 'data: {"error": "weg"}'), "stopped: weg"),
        ((piece("Het "), "data: {kapot"), "did not answer as a language model server does"),
        ((piece("Het "), "data: " + "x" * 1_200_000), "more than a megabyte"),
        ((piece("Het "), piece("", "length"), "data: [DONE]"), "maximum length"),
    ],
)
def test_a_reply_that_breaks_off_is_kept_and_marked(lines, problem):
    with Double(lines) as double:
        stream = OpenAIModel(double.url).stream(ASK, GenerationOptions())
        assert list(stream) == ["Het "]
        assert not stream.complete
        assert problem in stream.problem


@pytest.mark.parametrize(
    ("status", "body", "kind", "cause"),
    [
        (404, '{"error":{"message":"model \'x\' not found","type":"not_found_error"}}', ModelUnavailable, "not found"),
        (401, '{"error":{"message":"Invalid API Key"}}', ModelUnavailable, "refused access"),
        (400, '{"message":"maximum context length is 2048 tokens"}', GenerationFailed, "too long for the model"),
        (400, '{"error":"vreemd"}', GenerationFailed, "refused the request: vreemd"),
        (429, "", GenerationFailed, "too many requests"),
        (500, "<html>Internal Server Error</html>", GenerationFailed, "failed with status 500"),
        (503, '{"error":{"message":"Loading model"}}', GenerationFailed, "still loading"),
        (302, "", ModelRefused, "another address"),
    ],
)
def test_a_refusal_has_its_cause_in_one_line(status, body, kind, cause):
    with Double(status=status, body=body) as double:
        model = OpenAIModel(double.url)
        with pytest.raises(LanguageModelError) as caught:
            model.stream(ASK, GenerationOptions())
        assert type(caught.value) is kind
        assert cause in caught.value.cause
        assert "<" not in str(caught.value)
        assert caught.value.remedy


def test_silence_has_an_end():
    with Double(()) as double:
        double.hold = 30
        model = OpenAIModel(double.url, idle_seconds=0.3)
        began = time.monotonic()
        with pytest.raises(GenerationFailed, match=r"was silent for 0\.3 seconds"):
            model.stream(ASK, GenerationOptions())
        assert time.monotonic() - began < 20


def test_a_server_elsewhere_is_refused_unless_allowed():
    with pytest.raises(ModelRefused, match=r"api\.example\.com is not on this machine"):
        OpenAIModel("https://api.example.com/v1")
    with pytest.raises(ModelUnavailable, match="no answer from the model server at 127"):
        OpenAIModel("http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("404 page not found", "404 page not found"),
        ('{"error":"kapot."}', "kapot"),
        ('{"error":{"message":"kapot","code":400}}', "kapot"),
        ('{"error":"{\\"error\\":{\\"message\\":\\"te lang\\"}}"}', "te lang"),
        ("<html><body>hoi</body></html>", ""),
        ('{"error":"rood \\u001b[31m en\\nnieuw"}', "rood [31m en nieuw"),
        ("[" * 100_000, "[" * 300),
        ("", ""),
    ],
)
def test_the_message_is_found_in_every_kind_of_error(body, text):
    assert error_text(body) == text
