"""Fetching a model: what arrives is checked, what goes wrong is said at once."""

import hashlib
import time
from dataclasses import replace

import huggingface_hub
import pytest
from ollama_double import OllamaDouble, model
from test_language_models_gguf import LLAMA, gguf

from qa.errors import ModelUnavailable, UsageError
from qa.language_models import fetching
from qa.language_models.fetching import overview, pull, recommendation

DATA = gguf(LLAMA)


@pytest.fixture
def hub(monkeypatch):
    """A hub that has one file; the real client is replaced, since no test may use the network."""
    kept = {"data": DATA, "asked": []}

    def download(repository, file, *, local_dir, tqdm_class=None, **_):
        kept["asked"].append((repository, file))
        if tqdm_class is not None:
            with tqdm_class(total=len(kept["data"]), initial=0, name="hub", unit="B") as bar:
                bar.update(len(kept["data"]))
        path = local_dir / file
        path.write_bytes(kept["data"])
        return str(path)

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda *_, **__: None)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    return kept


def pinned(monkeypatch, sha256=""):
    entries = tuple(replace(entry, size=1000, sha256=sha256) for entry in fetching.RECOMMENDATIONS)
    monkeypatch.setattr(fetching, "RECOMMENDATIONS", entries)


def test_a_model_is_fetched_checked_and_kept(tmp_path, hub, monkeypatch):
    pinned(monkeypatch, hashlib.sha256(DATA).hexdigest())
    reports = []
    path = pull("Qwen2.5-1.5B", lambda done, whole: reports.append((done, whole)), tmp_path)
    assert path == tmp_path / "models" / "qwen2.5-1.5b-instruct-q4_k_m.gguf"
    assert path.read_bytes() == DATA
    assert reports[-1] == (len(DATA), len(DATA))
    assert pull("qwen2.5:1.5b", cache=tmp_path) == path
    assert hub["asked"] == [("Qwen/Qwen2.5-1.5B-Instruct-GGUF", "qwen2.5-1.5b-instruct-q4_k_m.gguf")]
    assert [entry.name for entry in path.parent.iterdir() if entry.is_file()] == [path.name]


def test_another_file_than_the_pinned_one_is_not_kept(tmp_path, hub, monkeypatch):
    pinned(monkeypatch, "0" * 64)
    with pytest.raises(ModelUnavailable, match="is not the file that was tried"):
        pull("qwen3-4b", cache=tmp_path)
    assert not list(tmp_path.rglob("*.gguf"))


def test_a_login_page_in_the_place_of_a_model_is_not_kept(tmp_path, hub, monkeypatch):
    pinned(monkeypatch)
    hub["data"] = b"<!doctype html>"
    with pytest.raises(ModelUnavailable, match="it is not a GGUF file"):
        pull("qwen3-4b", cache=tmp_path)
    assert not (tmp_path / "models" / "Qwen3-4B-Q4_K_M.gguf").exists()


def test_no_room_is_said_before_anything_is_fetched(tmp_path, hub, monkeypatch):
    entries = tuple(replace(entry, size=10**18) for entry in fetching.RECOMMENDATIONS)
    monkeypatch.setattr(fetching, "RECOMMENDATIONS", entries)
    with pytest.raises(ModelUnavailable, match="GB left"):
        pull("qwen3-4b", cache=tmp_path)
    assert hub["asked"] == []


@pytest.mark.reaches_out
def test_no_network_is_said_within_seconds(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "hf_hub_url", lambda *_: "http://127.0.0.1:9/model.gguf")
    pinned(monkeypatch)
    began = time.monotonic()
    with pytest.raises(ModelUnavailable) as caught:
        pull("gemma-3-4b", cache=tmp_path)
    assert time.monotonic() - began < 8
    assert caught.value.cause == "gemma-3-4b cannot be fetched from the Hugging Face hub"
    assert caught.value.remedy == "connect to the network and try again, or use `ollama pull gemma3:4b`"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UsageError) as caught:
        recommendation("gpt-5")
    assert caught.value.remedy == "choose one of: qwen2.5-1.5b, gemma-3-4b, qwen3-4b, eurollm-9b"


def test_the_overview_shows_what_is_here_and_what_would_fit(monkeypatch):
    monkeypatch.setattr(fetching, "total_memory", lambda: 6 * 10**9)
    with OllamaDouble(model("gemma3:4b")) as double:
        monkeypatch.setenv("OLLAMA_HOST", double.url)
        seen = overview()
    assert seen.here == (("ollama", "gemma3:4b"), ("local", "gemma-3-270m-q4_k_m"))
    assert [entry.name for entry in seen.fitting] == ["qwen2.5-1.5b", "qwen3-4b"]
