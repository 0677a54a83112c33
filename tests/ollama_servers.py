"""The servers that the tests about Ollama talk to: the double in two versions, and a real one where OLLAMA_HOST names it.

Read when it is imported, before the tests put an address of their own into the environment.
"""

import os
from contextlib import contextmanager

from ollama_double import OllamaDouble

from qa.errors import BronvastError
from qa.language_models.catalogue import best_of
from qa.language_models.network import is_listening
from qa.language_models.ollama_server import OllamaServer, ollama_endpoint


def _real():
    """The address of a real server on this machine with a model that writes, and that model; None where there is none."""
    if not os.environ.get("OLLAMA_HOST"):
        return None
    try:
        endpoint = ollama_endpoint()
        if not endpoint.is_loopback or not is_listening(endpoint):
            return None
        server = OllamaServer(endpoint.url)
        best = best_of(server.models(), 0)
        server.close()
    except BronvastError:
        return None
    return (endpoint.url, best.name) if best else None


REAL = _real()
SERVERS = ["0.24.0", "0.33.0-rc2", *(["real"] if REAL else [])]


@contextmanager
def serving(kind):
    """The address and a model of a server of that kind."""
    if kind == "real":
        yield REAL
        return
    with OllamaDouble(version=kind, reply=("Het gaat ", "in op 1 januari ", "2023. [2]")) as double:
        yield double.url, "qwen2.5:3b"
