"""An Ollama server for tests, on loopback, that behaves as two real versions were seen to, their faults
included.

It cuts long prompts in silence, answers unknown models with 404, nests JSON in its error strings, and, told
to, breaks in each of the ways in which a server can break. Its tokens are runs of at most three characters.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STREAM_FAULTS = (
    "bad json line",
    "error mid-stream",
    "eof without done",
    "reset",
    "stall",
    "huge line",
)
ANSWER_FAULTS = (
    "404",
    "400 context",
    "429",
    "500 memory",
    "503",
    "html",
    "redirect",
    "empty body",
    "slow first token",
)
FAULTS = STREAM_FAULTS + ANSWER_FAULTS

CHAT_TEMPLATE = "{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>{{ end }}{{ .Prompt }}"


def tokens(text):
    """The double's tokenizer: letters in threes, everything else one by one."""
    return re.findall(r"[^\W\d_]{1,3}|\s?[^\s]|\s", text)


def model(name, *, size=2_000_000_000, parameters="3.1B", context=32768, capabilities=("completion",), **more):
    """What the double knows of a model."""
    return {
        "name": name,
        "size": size,
        "parameters": parameters,
        "context": context,
        "capabilities": list(capabilities),
        "template": CHAT_TEMPLATE,
        "family": "qwen2",
        **more,
    }


class OllamaDouble:
    """A server on a free port; a context manager.

    Args:
        version: "0.33…" keeps half of the window of a prompt that is too long, anything older all of it;
        below
            0.12.6 `truncate` and `shift` are not known and ignored.
        fault: one of `FAULTS`, or "".
        reply: the pieces it streams.
        seconds: how long the slow faults take.
        port: where it listens, 0 for any free port.
    """

    def __init__(
        self,
        *models,
        version="0.33.0",
        fault="",
        reply=("Het ", "gaat ", "in ", "op 1 januari 2023. [2]"),
        seconds=5.0,
        port=0,
    ):
        self.models = {entry["name"]: entry for entry in models or (model("qwen2.5:3b"),)}
        self.version = version
        self.fault = fault
        self.reply = reply
        self.seconds = seconds
        self.delay = 0.0
        self.loaded = set()
        self.connections = []
        self.requests = []
        self.headers = []
        self.prompts = []
        self.released = threading.Event()
        self.disconnected = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        for connection in self.connections:  # those that are kept alive would go on being served
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def bodies(self, path):
        """What was sent to a path, in order."""
        return [body for sent, body in self.requests if sent == path]

    @property
    def numbers(self):
        return tuple(int(part) for part in self.version.split("-")[0].split("."))


def _handler(double):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            double.connections.append(self.connection)

        def log_message(self, *_):
            pass

        def do_GET(self):
            double.requests.append((self.path, None))
            double.headers.append(dict(self.headers))
            if self._early_fault():
                return
            if self.path == "/":
                self._send(200, "Ollama is running", "text/plain; charset=utf-8")
            elif self.path == "/api/version":
                self._json(200, {"version": double.version})
            elif self.path == "/api/ps":
                self._json(200, {"models": [{"name": name, "model": name} for name in sorted(double.loaded)]})
            elif self.path == "/api/tags":
                self._json(200, {"models": [self._listed(entry) for entry in double.models.values()]})
            else:
                self._send(404, "404 page not found", "text/plain")

        def do_POST(self):
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            double.headers.append(dict(self.headers))
            try:
                body = json.loads(raw)
            except ValueError:
                self._json(400, {"error": "unexpected EOF" if raw else "missing request body"})
                return
            double.requests.append((self.path, body))
            if self._early_fault():
                return
            known = self._find(body.get("model"))
            if not body.get("model"):
                self._json(400, {"error": "model is required"})
            elif self.path not in ("/api/chat", "/api/generate", "/api/show"):
                self._send(404, "404 page not found", "text/plain")
            elif known is None or (double.fault == "404" and self.path != "/api/show"):
                self._json(404, {"error": f"model '{body['model']}' not found"})
            elif self.path == "/api/show":
                self._json(200, self._shown(known))
            else:
                self._generate(body, known)

        def _find(self, name):
            plain = str(name).lower().removeprefix("registry.ollama.ai/").removeprefix("library/")
            return double.models.get(plain if ":" in plain else f"{plain}:latest")

        def _listed(self, entry):
            listed = {
                "name": entry["name"],
                "model": entry["name"],
                "modified_at": "2026-01-01T00:00:00Z",
                "size": entry["size"],
                "digest": "0" * 64,
                "details": {
                    "parent_model": "",
                    "format": "gguf",
                    "family": entry["family"],
                    "families": [entry["family"]],
                    "parameter_size": entry["parameters"],
                    "quantization_level": "Q4_K_M",
                },
            }
            if double.numbers >= (0, 30):
                listed["capabilities"] = entry["capabilities"]
            if entry.get("remote_host"):
                listed["remote_host"] = entry["remote_host"]
            return listed

        def _shown(self, entry):
            family = entry["family"]
            return {
                "template": entry["template"],
                "details": {"family": family, "families": [family], "parameter_size": entry["parameters"]},
                "model_info": {
                    "general.architecture": family,
                    f"{family}.context_length": entry["context"],
                    f"{family}.block_count": 36,
                    f"{family}.embedding_length": 2048,
                    f"{family}.attention.head_count": 16,
                    f"{family}.attention.head_count_kv": 2,
                    "tokenizer.ggml.tokens": None,
                },
                "capabilities": entry["capabilities"],
                "modified_at": "2026-01-01T00:00:00Z",
                **({"remote_host": entry["remote_host"]} if entry.get("remote_host") else {}),
            }

        def _generate(self, body, known):
            options = body.get("options") or {}
            window = options.get("num_ctx", 4096)
            if not isinstance(window, int):
                self._json(500, {"error": 'option "num_ctx" must be of type integer'})
                return
            if body.get("think") and "thinking" not in known["capabilities"]:
                self._json(400, {"error": f'"{body["model"]}" does not support thinking'})
                return
            messages = body.get("messages")
            if messages == [] or (messages is None and not body.get("prompt")):
                self._json(
                    200,
                    {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "load"},
                )
                return
            prompt = self._fit(body, min(window, known["context"]))
            if prompt is None:
                return
            double.prompts.append(prompt)
            double.loaded.add(known["name"])
            self._stream(body, len(tokens(prompt)), options.get("num_predict", -1))

        def _fit(self, body, window):
            """The prompt as the model sees it; None where the request was refused."""
            messages = body.get("messages") or [{"role": "user", "content": body.get("prompt", "")}]
            knows = double.numbers >= (0, 12, 6)
            whole = "\n".join(message["content"] for message in messages)
            if double.fault == "400 context":
                self._refuse_length(len(tokens(whole)), window)
                return None
            if len(tokens(whole)) <= window:
                return whole
            if knows and body.get("truncate") is False:
                self._refuse_length(len(tokens(whole)), window)
                return None
            while len(messages) > 1:
                oldest = next((m for m in messages[:-1] if m["role"] != "system"), None)
                if oldest is None or len(tokens("\n".join(m["content"] for m in messages))) <= window:
                    break
                messages = [message for message in messages if message is not oldest]
            parts = tokens("\n".join(message["content"] for message in messages))
            if len(parts) > window:
                keep = 4
                tail = window - keep if double.numbers < (0, 30) else (window - keep) // 2
                parts = parts[:keep] + parts[-tail:]
            return "".join(parts)

        def _refuse_length(self, count, window):
            if double.numbers < (0, 30):
                self._json(400, {"error": "the input length exceeds the context length"})
                return
            inner = {
                "error": {
                    "code": 400,
                    "message": f"request ({count} tokens) exceeds the available context size "
                    f"({window} tokens), try increasing it",
                    "type": "exceed_context_size_error",
                    "n_prompt_tokens": count,
                    "n_ctx": window,
                }
            }
            self._json(400, {"error": json.dumps(inner)})

        def _stream(self, body, counted, limit):
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ndjson")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if double.fault == "empty body":
                self._chunk(b"")
                return
            if double.fault == "slow first token":
                double.released.wait(double.seconds)
            pieces = list(double.reply)
            reason = "stop"
            if 0 <= limit < len(pieces):
                pieces, reason = pieces[:limit], "length"
            for number, piece in enumerate(pieces):
                if number == 1 and self._late_fault():
                    return
                self._line(self._part(body, piece))
                if double.delay:
                    time.sleep(double.delay)
            if double.fault == "eof without done":
                self._chunk(b"")
                return
            self._line(
                self._part(body, "")
                | {
                    "done": True,
                    "done_reason": reason,
                    "prompt_eval_count": counted,
                    "eval_count": len(pieces),
                    "total_duration": 1,
                    "load_duration": 1,
                }
            )
            self._chunk(b"")

        def _part(self, body, piece):
            thinking, text = piece if isinstance(piece, tuple) else ("", piece)
            if self.path == "/api/generate":
                return {"model": body["model"], "response": text, "done": False}
            message = {"role": "assistant", "content": text} | ({"thinking": thinking} if thinking else {})
            return {"model": body["model"], "message": message, "done": False}

        def _early_fault(self):
            fault = double.fault
            if fault == "html":
                self._send(200, "<!doctype html><title>Router</title><h1>Welcome</h1>", "text/html")
            elif fault == "redirect":
                self.send_response(307)
                self.send_header("Location", "http://192.0.2.1:11434" + self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif self.path not in ("/api/chat", "/api/generate"):
                return False
            elif fault == "429":
                self._json(429, {"error": "too many requests"})
            elif fault == "500 memory":
                self._json(500, {"error": "model requires more system memory (9.1 GiB) than is available (3.2 GiB)"})
            elif fault == "503":
                self._json(503, {"error": "server busy, please try again. maximum pending requests exceeded"})
            else:
                return False
            return True

        def _late_fault(self):
            fault = double.fault
            if fault == "bad json line":
                self._chunk(b'{"message": {"content": \n')
            elif fault == "error mid-stream":
                self._line({"error": "an error was encountered while running the model: unexpected EOF"})
                self._chunk(b"")
            elif fault == "reset":
                # What the client has not read yet is lost with a reset, so it gets the time to read the
                # first piece.
                time.sleep(0.1)
                # Zero linger turns the close into a reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
            elif fault == "stall":
                double.released.wait(double.seconds)
            elif fault == "huge line":
                with contextlib.suppress(OSError):
                    for _ in range(64):
                        self._chunk(b"x" * 65536)
            else:
                return False
            self.close_connection = True
            return True

        def _line(self, value):
            self._chunk(json.dumps(value).encode() + b"\n")

        def _chunk(self, data):
            try:
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                self.wfile.flush()
            except OSError:
                double.disconnected.set()
                raise

        def _json(self, status, value):
            self._send(status, json.dumps(value), "application/json; charset=utf-8")

        def _send(self, status, text, kind):
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def handle_one_request(self):
            with contextlib.suppress(ConnectionError, BrokenPipeError, ValueError):
                super().handle_one_request()

        def finish(self):
            with contextlib.suppress(OSError, ValueError):
                super().finish()

    return Handler
